/* What a snapshot shows of a device. */
#include "store/paint.h"

#include <string.h>

static void paint_source(struct painter *p, const struct source *src, Sawatch__V1__Source source,
						 Sawatch__V1__SourceStatus *s) {
	size_t n = 0;

	sawatch__v1__source_status__init(s);
	SET(s, source, source);
	SET(s, poll_interval_seconds, (double)src->interval_ms / 1000);
	if (src->attempted) {
		SET(s, complete, src->complete);
		SET(s, attempted_at_ms, src->attempted_ms);
		SET(s, unparsed_lines, src->unparsed);
	}
	if (src->observed_ms)
		SET(s, observed_at_ms, src->observed_ms);
	if (src->has_duration)
		SET(s, poll_duration_seconds, src->duration_seconds);
	if (src->durations) {
		Sawatch__V1__Histogram m;
		struct saw_histogram_lists lists;

		saw_histogram_write(src->durations, &lists, &m);
		s->poll_durations = saw_paint_copy(p, &m.base);
	}
	if (src->has_requests)
		SET(s, requests, src->requests);
	if (src->error_class)
		SET(s, error_class, src->error_class);
	s->error = saw_paint_text(p, src->error);
	for (int i = 0; i < POLL_ERRORS; i++)
		n += src->errors[i] > 0;
	s->errors = saw_paint_list(p, n, sizeof(Sawatch__V1__PollErrorCount));
	for (int i = 0; s->errors && i < POLL_ERRORS; i++) {
		Sawatch__V1__PollErrorCount *count;

		if (src->errors[i] == 0)
			continue;
		count = s->errors[s->n_errors++];
		sawatch__v1__poll_error_count__init(count);
		SET(count, reason, (Sawatch__V1__PollError)i);
		SET(count, count, src->errors[i]);
	}
	if (src->piece[PIECE_TABLES]) {
		Sawatch__V1__DeviceSample *copy = saw_paint_piece(p, src->piece[PIECE_TABLES]);

		if (!copy)
			return;
		s->tables = copy->tables;
		for (size_t i = 0; i < copy->n_tables; i++)
			if (!copy->tables[i]->has_read_at_ms ||
				!saw_store_source_stale(src, true, copy->tables[i]->read_at_ms, p->now_ms))
				s->tables[s->n_tables++] = copy->tables[i];
	}
}

static void paint_logs(struct painter *p, const struct source *src, Sawatch__V1__Device *out) {
	const Sawatch__V1__DeviceSample *copy;

	if (!out->n_ike_failures && !out->n_ipsec_failures && src->piece[PIECE_FAILURES] &&
		(copy = saw_paint_piece(p, src->piece[PIECE_FAILURES]))) {
		out->ike_failures = copy->ike_failures;
		out->n_ike_failures = copy->n_ike_failures;
		out->ipsec_failures = copy->ipsec_failures;
		out->n_ipsec_failures = copy->n_ipsec_failures;
	}
	if (!out->n_ended_tunnels && src->piece[PIECE_ENDED] && (copy = saw_paint_piece(p, src->piece[PIECE_ENDED]))) {
		out->ended_tunnels = copy->ended_tunnels;
		out->n_ended_tunnels = copy->n_ended_tunnels;
	}
}

/* The first source that gives a value is the one that is preferred. */
static void paint_now(struct painter *p, Sawatch__V1__DeviceSample *from, Sawatch__V1__Device *out) {
	const Sawatch__V1__DeviceSample *copy;

	if (from->has_cpu_percent && !out->has_cpu_percent)
		SET(out, cpu_percent, from->cpu_percent);
	if (from->has_crypto_load_percent && !out->has_crypto_load_percent)
		SET(out, crypto_load_percent, from->crypto_load_percent);
	if (from->has_l2l_sessions_active && !out->has_l2l_sessions_active)
		SET(out, l2l_sessions_active, from->l2l_sessions_active);
	if (from->has_l2l_sessions_begun && !out->has_l2l_sessions_begun)
		SET(out, l2l_sessions_begun, from->l2l_sessions_begun);
	if (from->has_l2l_sessions_peak && !out->has_l2l_sessions_peak)
		SET(out, l2l_sessions_peak, from->l2l_sessions_peak);
	if (from->has_remote_access_sessions && !out->has_remote_access_sessions)
		SET(out, remote_access_sessions, from->remote_access_sessions);
	if (from->n_bgp_peers && !out->n_bgp_peers && (copy = saw_paint_piece(p, from))) {
		out->bgp_peers = copy->bgp_peers;
		out->n_bgp_peers = copy->n_bgp_peers;
	}
	if (from->n_memory_pools && !out->n_memory_pools && (copy = saw_paint_piece(p, from))) {
		out->memory_pools = copy->memory_pools;
		out->n_memory_pools = copy->n_memory_pools;
	}
	if (from->n_failover_units && !out->n_failover_units && (copy = saw_paint_piece(p, from))) {
		out->failover_units = copy->failover_units;
		out->n_failover_units = copy->n_failover_units;
	}
}

static bool same_text(const char *a, const char *b) {
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* What an earlier source has not said already. */
static void add_counters(struct painter *p, Sawatch__V1__DeviceSample *from, Sawatch__V1__Device *out) {
	size_t had = out->n_global_counters, n = had + from->n_global_counters;
	Sawatch__V1__GlobalCounter **list = saw_paint_take(p, n * sizeof(Sawatch__V1__GlobalCounter *));

	if (!list)
		return;
	for (size_t i = 0; i < had; i++)
		list[i] = out->global_counters[i];
	out->global_counters = list;
	for (size_t i = 0; i < from->n_global_counters; i++) {
		Sawatch__V1__GlobalCounter *c = from->global_counters[i];
		bool known = false;

		for (size_t k = 0; k < had && !known; k++)
			known = same_text(list[k]->group, c->group) && same_text(list[k]->name, c->name);
		if (!known)
			list[out->n_global_counters++] = c;
	}
}

/* Several commands count the same reasons: the first that does. */
static void add_drops(struct painter *p, Sawatch__V1__DeviceSample *from, Sawatch__V1__Device *out) {
	size_t n = out->n_drops + from->n_drops;
	Sawatch__V1__Drop **list = saw_paint_take(p, n * sizeof(Sawatch__V1__Drop *));

	if (!list)
		return;
	for (size_t i = 0; i < out->n_drops; i++)
		list[i] = out->drops[i];
	out->drops = list;
	for (size_t i = 0; i < from->n_drops; i++) {
		Sawatch__V1__Drop *d = from->drops[i];
		bool known = false;

		for (size_t k = 0; k < out->n_drops && !known; k++)
			known = same_text(list[k]->feature, d->feature) && same_text(list[k]->name, d->name) &&
					same_text(list[k]->drop_list, d->drop_list);
		if (!known)
			list[out->n_drops++] = d;
	}
}

void saw_paint_device(struct painter *p, const struct device *d, Sawatch__V1__Device *out) {
	uint64_t unassigned = 0, remote_access = 0;
	size_t n = 0;

	sawatch__v1__device__init(out);
	out->name = saw_paint_text(p, d->config->name);
	SET(out, platform, d->config->platform);
	out->engine_id = saw_paint_text(p, d->engine_id);
	out->engine_shared_with = saw_paint_text(p, d->twin);
	if (d->unit_ms)
		SET(out, unit_changed_ms, d->unit_ms);
	out->address = saw_paint_text(p, d->config->address);
	out->site = saw_paint_text(p, d->config->site);
	out->probe_module = saw_paint_text(p, d->config->module);
	SET(out, maintenance, d->config->maintenance);
	for (int i = 0; i < SOURCES; i++)
		n += d->source[i].configured;
	out->sources = saw_paint_list(p, n, sizeof(Sawatch__V1__SourceStatus));
	for (int i = 0; out->sources && i < SOURCES; i++) {
		Sawatch__V1__Source source = saw_store_preference[i];
		const struct source *src = &d->source[source - 1];
		Sawatch__V1__DeviceSample *copy;

		if (!src->configured)
			continue;
		paint_source(p, src, source, out->sources[out->n_sources++]);
		out->hostname = out->hostname ? out->hostname : saw_paint_text(p, src->hostname);
		out->os_version = out->os_version ? out->os_version : saw_paint_text(p, src->os_version);
		out->model = out->model ? out->model : saw_paint_text(p, src->model);
		out->serial = out->serial ? out->serial : saw_paint_text(p, src->serial);
		if (src->has_uptime && !out->has_uptime_seconds)
			SET(out, uptime_seconds, src->uptime_seconds);
		if (out->n_interfaces == 0 && !src->failing && saw_store_piece_holds(src, PIECE_INTERFACES, p->now_ms) &&
			(copy = saw_paint_piece(p, src->piece[PIECE_INTERFACES]))) {
			out->interfaces = copy->interfaces;
			out->n_interfaces = copy->n_interfaces;
		}
		if (saw_store_piece_holds(src, PIECE_GLOBALS, p->now_ms) &&
			(copy = saw_paint_piece(p, src->piece[PIECE_GLOBALS])))
			add_counters(p, copy, out);
		if (saw_store_piece_holds(src, PIECE_DROPS, p->now_ms) && (copy = saw_paint_piece(p, src->piece[PIECE_DROPS])))
			add_drops(p, copy, out);
		paint_logs(p, src, out);
		if (!src->failing && src->piece[PIECE_NOW])
			paint_now(p, src->piece[PIECE_NOW], out);
		/* Each source has its own rows for the same tunnels: the largest number, not the sum. */
		unassigned = src->unassigned > unassigned ? src->unassigned : unassigned;
		remote_access = src->remote_access > remote_access ? src->remote_access : remote_access;
		if (src->flows_read) {
			SET(out, unassigned_rows, unassigned);
			SET(out, remote_access_rows, remote_access);
		}
	}
}
