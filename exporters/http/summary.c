#include "exporters/http/summary.h"

#include "core/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)512 << 20)

struct saw_summary {
	Sawatch__V1__Snapshot pb;
	struct saw_arena *arena;
	bool failed;
};

static void *take(struct saw_summary *m, size_t n, size_t size) {
	void *p = saw_arena_zalloc(m->arena, (n + 1) * size);

	m->failed |= !p;
	return p;
}

#define COPY(to, from, field) ((to)->field = (from)->field, (to)->has_##field = (from)->has_##field)

static bool is_of(const char *wanted, const char *device) {
	return !wanted || (device && strcmp(wanted, device) == 0);
}

/* ---------------------------------------------------------------------------------------------------------------- devices */

static bool is_well(const Sawatch__V1__TableStatus *t) {
	return t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE ||
		   t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_ABSENT;
}

static void cut_source(struct saw_summary *m, const Sawatch__V1__SourceStatus *from, Sawatch__V1__SourceStatus *to) {
	*to = *from;
	to->n_errors = 0;
	to->n_tables = 0;
	to->tables = take(m, from->n_tables, sizeof *to->tables);
	for (size_t i = 0; to->tables && i < from->n_tables; i++)
		if (!is_well(from->tables[i]))
			to->tables[to->n_tables++] = from->tables[i];
}

static void cut_device(struct saw_summary *m, const Sawatch__V1__Device *from, Sawatch__V1__Device *to) {
	Sawatch__V1__SourceStatus *sources = take(m, from->n_sources, sizeof *sources);

	sawatch__v1__device__init(to);
	to->name = from->name;
	to->hostname = from->hostname;
	to->os_version = from->os_version;
	to->model = from->model;
	to->site = from->site;
	to->engine_shared_with = from->engine_shared_with;
	COPY(to, from, platform);
	COPY(to, from, uptime_seconds);
	COPY(to, from, cpu_percent);
	COPY(to, from, unit_changed_ms);
	if (from->has_maintenance && from->maintenance)
		COPY(to, from, maintenance);
	to->sources = take(m, from->n_sources, sizeof *to->sources);
	for (size_t i = 0; sources && to->sources && i < from->n_sources; i++) {
		cut_source(m, from->sources[i], &sources[i]);
		to->sources[to->n_sources++] = &sources[i];
	}
}

static void cut_devices(struct saw_summary *m, const Sawatch__V1__Snapshot *s, const char *wanted) {
	Sawatch__V1__Device *all = take(m, s->n_devices, sizeof *all);

	m->pb.devices = take(m, s->n_devices, sizeof *m->pb.devices);
	for (size_t i = 0; all && m->pb.devices && i < s->n_devices; i++)
		if (is_of(wanted, s->devices[i]->name)) {
			cut_device(m, s->devices[i], &all[i]);
			m->pb.devices[m->pb.n_devices++] = &all[i];
		}
}

/* ---------------------------------------------------------------------------------------------------------------- tunnels */

/* Three digits are enough for a list. */
static float rounded(double v) {
	double step = 1;

	while (v / step >= 1000)
		step *= 10;
	while (v > 0 && v / step < 100 && step > 2e-4)
		step /= 10;
	return (float)((double)(long long)(v / step + 0.5) * step);
}

static void put_rate(Sawatch__V1__TunnelEnd *to, const Sawatch__V1__Total *total) {
	const struct {
		const char *name;
		float *value;
		protobuf_c_boolean *has;
	} rates[] = {
		{"in_bytes", &to->in_bytes_per_second, &to->has_in_bytes_per_second},
		{"out_bytes", &to->out_bytes_per_second, &to->has_out_bytes_per_second},
		{"decaps_packets", &to->in_packets_per_second, &to->has_in_packets_per_second},
		{"encaps_packets", &to->out_packets_per_second, &to->has_out_packets_per_second},
	};

	if (!total->has_per_second || !total->name || (total->has_stale && total->stale) || !(total->per_second < 1e15))
		return;
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
		if (strcmp(total->name, rates[i].name) == 0) {
			*rates[i].value = rounded(total->per_second);
			*rates[i].has = 1;
		}
}

static void cut_tunnel(const Sawatch__V1__TunnelEnd *from, Sawatch__V1__TunnelEnd *to) {
	sawatch__v1__tunnel_end__init(to);
	to->device = from->device;
	to->name = from->name;
	to->interface = from->interface;
	to->remote = from->remote;
	to->site = from->site;
	to->owner = from->owner;
	to->circuit = from->circuit;
	to->n_tags = from->n_tags;
	to->tags = from->tags;
	to->n_reasons = from->n_reasons;
	to->reasons = from->reasons;
	COPY(to, from, state);
	COPY(to, from, since_ms);
	if (from->has_maintenance && from->maintenance)
		COPY(to, from, maintenance);
	COPY(to, from, replay_errors_per_second);
	for (size_t i = 0; i < from->n_totals; i++)
		put_rate(to, from->totals[i]);
	/* Packets only where no bytes are counted. */
	if (to->has_in_bytes_per_second || to->has_out_bytes_per_second)
		to->has_in_packets_per_second = to->has_out_packets_per_second = 0;
}

static void cut_tunnels(struct saw_summary *m, const Sawatch__V1__Snapshot *s, const char *wanted) {
	Sawatch__V1__TunnelEnd *all = take(m, s->n_tunnels, sizeof *all);

	m->pb.tunnels = take(m, s->n_tunnels, sizeof *m->pb.tunnels);
	for (size_t i = 0; all && m->pb.tunnels && i < s->n_tunnels; i++)
		if (is_of(wanted, s->tunnels[i]->device)) {
			cut_tunnel(s->tunnels[i], &all[i]);
			m->pb.tunnels[m->pb.n_tunnels++] = &all[i];
		}
}

/* ------------------------------------------------------------------------------------------------------------------ links */

static void cut_way(const Sawatch__V1__LinkDirection *from, Sawatch__V1__LinkDirection *to) {
	sawatch__v1__link_direction__init(to);
	COPY(to, from, loss_ratio);
	COPY(to, from, loss_bound_ratio);
	COPY(to, from, one_way);
}

static void cut_link(struct saw_summary *m, const Sawatch__V1__Link *from, Sawatch__V1__Link *to) {
	Sawatch__V1__LinkDirection *ways = take(m, from->n_directions, sizeof *ways);

	*to = *from;
	to->evidence = NULL;
	to->has_maintenance = from->has_maintenance && from->maintenance;
	to->n_comparisons = to->n_directions = 0;
	to->directions = take(m, from->n_directions, sizeof *to->directions);
	for (size_t i = 0; ways && to->directions && i < from->n_directions; i++) {
		cut_way(from->directions[i], &ways[i]);
		to->directions[to->n_directions++] = &ways[i];
	}
}

static void cut_links(struct saw_summary *m, const Sawatch__V1__Snapshot *s, const char *wanted) {
	Sawatch__V1__Link *all = take(m, s->n_links, sizeof *all);

	m->pb.links = take(m, s->n_links, sizeof *m->pb.links);
	for (size_t i = 0; all && m->pb.links && i < s->n_links; i++)
		if (is_of(wanted, s->links[i]->a_device) || is_of(wanted, s->links[i]->b_device)) {
			cut_link(m, s->links[i], &all[i]);
			m->pb.links[m->pb.n_links++] = &all[i];
		}
}

struct saw_summary *saw_summary_create(const Sawatch__V1__Snapshot *s, const char *device) {
	struct saw_summary *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->arena = saw_arena_create(ARENA_MAX);
	if (!m->arena) {
		free(m);
		return NULL;
	}
	m->pb = *s;
	m->pb.n_devices = m->pb.n_tunnels = m->pb.n_links = m->pb.n_audits = 0;
	/* It changes from second to second, and tells a reader of lists nothing. */
	m->pb.has_scheduler_lag_seconds = 0;
	cut_devices(m, s, device);
	cut_tunnels(m, s, device);
	cut_links(m, s, device);
	if (m->failed) {
		saw_summary_destroy(m);
		return NULL;
	}
	return m;
}

const Sawatch__V1__Snapshot *saw_summary_snapshot(const struct saw_summary *m) {
	return &m->pb;
}

void saw_summary_destroy(struct saw_summary *m) {
	if (!m)
		return;
	saw_arena_destroy(m->arena);
	free(m);
}
