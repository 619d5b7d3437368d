#include "store/state.h"

#include "model/mtu_end.h"
#include "model/replay.h"
#include "proto/field.h"
#include "proto/schema.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)1 << 30)
#define ROWS_MAX ((size_t)16 << 20)

/* All of a snapshot lies in one arena; whoever has it last frees that. */
struct picture {
	struct saw_snapshot snapshot; /* first: a saw_snapshot is a picture */
	struct saw_arena *arena;
};

struct painter {
	struct saw_store *store;
	struct saw_arena *arena, *rows; /* rows: of the end at hand */
	int64_t now_ms;
	bool failed; /* out of memory: the picture is thrown away */
};

static void *take(struct painter *p, size_t n) {
	void *m = saw_arena_zalloc(p->arena, n);

	p->failed |= !m;
	return m;
}

static char *text(struct painter *p, const char *s) {
	char *copy = s ? saw_arena_strndup(p->arena, s, strlen(s)) : NULL;

	p->failed |= s && !copy;
	return copy;
}

/* An array of n pointers to messages of `size` bytes each, all in one piece. */
static void *list_of(struct painter *p, size_t n, size_t size) {
	void **list;
	char *items;

	if (n == 0)
		return NULL;
	list = take(p, n * sizeof(void *));
	items = take(p, n * size);
	if (!list || !items)
		return NULL;
	for (size_t i = 0; i < n; i++)
		list[i] = items + i * size;
	return list;
}

static void *arena_alloc(void *ctx, size_t n) {
	return saw_arena_alloc(ctx, n);
}
static void arena_free(void *ctx, void *p) {
	(void)ctx;
	(void)p;
}

static void *copy_of(struct painter *p, const ProtobufCMessage *m) {
	ProtobufCAllocator allocator = {.alloc = arena_alloc, .free = arena_free, .allocator_data = p->arena};
	size_t n = protobuf_c_message_get_packed_size(m);
	void *copy = NULL;
	uint8_t *packed;

	saw_buf_reset(&p->store->scratch);
	packed = saw_buf_reserve(&p->store->scratch, n);
	if (packed) {
		protobuf_c_message_pack(m, packed);
		copy = protobuf_c_message_unpack(m->descriptor, &allocator, n, packed);
	}
	p->failed |= !copy;
	return copy;
}

/* A copy of a kept section. */
static Sawatch__V1__DeviceSample *piece(struct painter *p, const Sawatch__V1__DeviceSample *s) {
	return copy_of(p, &s->base);
}

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

/* ------------------------------------------------------------------------------------------------------ what an end shows */

/* The rows of an end in the order in which they are believed: those that are there now first. */
struct evidence {
	const Sawatch__V1__IpsecSa *row[SOURCES];
	int64_t row_ms[SOURCES];
	size_t n, n_present;
};

/* The rows of an end, by source; in memory that the next end uses again. */
static void unpack_rows(struct painter *p, const struct end *e, Sawatch__V1__IpsecSa *rows[SOURCES]) {
	ProtobufCAllocator allocator = {.alloc = arena_alloc, .free = arena_free, .allocator_data = p->rows};

	saw_arena_reset(p->rows);
	for (int i = 0; i < SOURCES; i++) {
		const struct view *v = e->view[i];

		rows[i] = v && v->row.bytes ? sawatch__v1__ipsec_sa__unpack(&allocator, v->row.len, v->row.bytes) : NULL;
		p->failed |= v && v->row.bytes && !rows[i];
	}
}

static void gather(const struct painter *p, const struct device *d, const struct end *e,
				   Sawatch__V1__IpsecSa *const rows[SOURCES], bool text_first, struct evidence *out) {
	out->n = 0;
	for (int present = 1; present >= 0; present--) {
		for (int i = 0; i < SOURCES; i++) {
			/* Show output decodes what the old MIB's enumerations cannot: there SNMP comes last. */
			Sawatch__V1__Source source = saw_store_preference[text_first ? (i + 1) % SOURCES : i];
			const struct source *src = &d->source[source - 1];
			const struct view *v = e->view[source - 1];

			if (!rows[source - 1] ||
				(v->present && saw_store_source_fresh(src, src->flows_rare, v->row_ms, p->now_ms)) != (present == 1))
				continue;
			out->row[out->n] = rows[source - 1];
			out->row_ms[out->n++] = v->row_ms;
		}
		if (present)
			out->n_present = out->n;
	}
}

/* Facts that stand in both messages, under one name or two. */
#define FACT(from, to) \
	{ SAW_FIELD(Sawatch__V1__IpsecSa, from), SAW_FIELD(Sawatch__V1__TunnelEnd, to) }
#define FACT_TEXT(from, to) \
	{ SAW_FIELD_TEXT(Sawatch__V1__IpsecSa, from), SAW_FIELD_TEXT(Sawatch__V1__TunnelEnd, to) }
static const struct {
	struct saw_field from, to;
} facts[] = {
	FACT(plaintext_mtu, plaintext_mtu),
	FACT(path_mtu, path_mtu),
	FACT(ip_mtu, ip_mtu),
	FACT(media_mtu, media_mtu),
	FACT(ipsec_overhead, ipsec_overhead),
	FACT(lifetime_seconds, sa_lifetime_seconds),
	FACT_TEXT(protected_vrf, ivrf),
	FACT_TEXT(local_ident, local_ident),
	FACT_TEXT(remote_ident, remote_ident),
	FACT_TEXT(crypto_map, crypto_map),
	FACT_TEXT(mode, mode),
};

static void put_facts(struct painter *p, const struct evidence *ev, Sawatch__V1__TunnelEnd *t) {
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
		for (size_t j = 0; j < ev->n; j++) {
			const char *s = saw_field_get_text(&ev->row[j]->base, &facts[i].from);
			uint64_t v;

			if (s) {
				saw_field_set_text(&t->base, &facts[i].to, text(p, s));
				break;
			}
			if (saw_field_get_u64(&ev->row[j]->base, &facts[i].from, &v)) {
				saw_field_set_u64(&t->base, &facts[i].to, v);
				break;
			}
		}
	}
}

static void put_crypto(struct painter *p, const struct evidence *ev, Sawatch__V1__TunnelEnd *t) {
	for (size_t i = 0; i < ev->n; i++) {
		const Sawatch__V1__IpsecSa *row = ev->row[i];
		const Sawatch__V1__Sa *sa = saw_store_any_sa(row);
		bool nat_t;

		if (!t->encryption && sa && sa->encryption) {
			t->encryption = text(p, sa->encryption);
			if (sa->has_key_bits)
				SET(t, key_bits, sa->key_bits);
			t->integrity = text(p, sa->integrity);
		}
		/* The flow MIB has the group alone: it is there where a group was used. */
		if (!t->has_pfs_group && (!row->has_pfs || row->pfs) && row->has_dh_group && row->dh_group)
			SET(t, pfs_group, row->dh_group);
		if (!t->has_pfs_group && sa && saw_store_sa_pfs(sa))
			SET(t, pfs_group, saw_store_sa_pfs(sa));
		if (!t->has_nat_t && saw_store_row_nat(row, &nat_t))
			SET(t, nat_t, nat_t);
		/* Every SA that lists its settings has some: without `esn` among them it counts 32 bits. */
		if (!t->has_esn && sa && sa->n_settings)
			SET(t, esn, saw_store_sa_has(sa, "esn"));
	}
}

static uint64_t minus(uint64_t value, int64_t elapsed_ms) {
	uint64_t seconds = elapsed_ms > 0 ? (uint64_t)elapsed_ms / 1000 : 0;

	return value > seconds ? value - seconds : 0;
}

static void put_window(const Sawatch__V1__Sa *sa, Sawatch__V1__TunnelEnd *t) {
	if (sa->has_replay_detection && !sa->replay_detection)
		SET(t, replay_window, 0);
	else if (sa->has_replay_window)
		SET(t, replay_window, sa->replay_window);
}

/* What belongs to the SAs of this moment: only from rows that are there now. */
static void put_lifetimes(const struct painter *p, const struct evidence *ev, Sawatch__V1__TunnelEnd *t) {
	for (size_t i = 0; i < ev->n_present; i++) {
		const Sawatch__V1__Sa *in = saw_store_current_sa(ev->row[i]->inbound_sas, ev->row[i]->n_inbound_sas);
		const Sawatch__V1__Sa *out = saw_store_current_sa(ev->row[i]->outbound_sas, ev->row[i]->n_outbound_sas);
		int64_t elapsed = p->now_ms - ev->row_ms[i];

		if (in && in->has_remaining_seconds && !t->has_in_remaining_seconds)
			SET(t, in_remaining_seconds, minus(in->remaining_seconds, elapsed));
		if (out && out->has_remaining_seconds && !t->has_out_remaining_seconds)
			SET(t, out_remaining_seconds, minus(out->remaining_seconds, elapsed));
		if (in && in->has_remaining_kilobytes && !t->has_in_remaining_bytes)
			SET(t, in_remaining_bytes, in->remaining_kilobytes * 1024);
		if (out && out->has_remaining_kilobytes && !t->has_out_remaining_bytes)
			SET(t, out_remaining_bytes, out->remaining_kilobytes * 1024);
		if (in && !t->has_replay_window)
			put_window(in, t);
	}
}

static size_t put_spis(struct painter *p, Sawatch__V1__Sa *const *sas, size_t n, bool has_current, uint32_t current,
					   uint32_t **out) {
	size_t count = 0;

	*out = take(p, (n + 1) * sizeof **out);
	if (!*out)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (sas[i]->has_spi && sas[i]->spi)
			(*out)[count++] = sas[i]->spi;
	if (count == 0 && has_current && current)
		(*out)[count++] = current;
	return count;
}

/* Both directions from one row, the newest that has any: SPIs of two moments would be no pair. */
static void put_row_spis(struct painter *p, const struct evidence *ev, Sawatch__V1__TunnelEnd *t) {
	int64_t best_ms = -1;

	for (size_t i = 0; i < ev->n_present; i++) {
		const Sawatch__V1__IpsecSa *row = ev->row[i];
		uint32_t *in, *out;
		size_t n_in, n_out;

		if (ev->row_ms[i] <= best_ms)
			continue;
		n_in = put_spis(p, row->inbound_sas, row->n_inbound_sas, row->has_current_inbound_spi, row->current_inbound_spi,
						&in);
		n_out = put_spis(p, row->outbound_sas, row->n_outbound_sas, row->has_current_outbound_spi,
						 row->current_outbound_spi, &out);
		if (n_in + n_out == 0)
			continue;
		best_ms = ev->row_ms[i];
		t->inbound_spis = in;
		t->n_inbound_spis = n_in;
		t->outbound_spis = out;
		t->n_outbound_spis = n_out;
	}
}

static void put_ike(const struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	for (int i = 0; i < SOURCES; i++) {
		Sawatch__V1__Source source = saw_store_preference[(i + 1) % SOURCES]; /* show output first, as above */
		const struct source *src = &d->source[source - 1];
		const Sawatch__V1__IkeSa *sa = saw_store_source_ike(d, source, e);
		bool fresh = saw_store_source_fresh(src, src->ike_rare, src->ike_ms, p->now_ms);

		if (!sa)
			continue;
		if (sa->has_version && !t->has_ike_version)
			SET(t, ike_version, sa->version);
		if (sa->has_dh_group && !t->has_dh_group)
			SET(t, dh_group, sa->dh_group);
		if (sa->has_nat_t && !t->has_nat_t)
			SET(t, nat_t, sa->nat_t);
		if (sa->has_dpd_seconds && !t->has_dpd_seconds)
			SET(t, dpd_seconds, sa->dpd_seconds);
		if (!fresh || t->has_ike_remaining_seconds)
			continue;
		if (sa->has_remaining_seconds)
			SET(t, ike_remaining_seconds, minus(sa->remaining_seconds, p->now_ms - src->ike_ms));
		else if (source != SAWATCH__V1__SOURCE__SOURCE_SNMP && sa->has_lifetime_seconds && sa->has_active_seconds &&
				 sa->lifetime_seconds >= sa->active_seconds)
			SET(t, ike_remaining_seconds, minus(sa->lifetime_seconds - sa->active_seconds, p->now_ms - src->ike_ms));
	}
}

static void put_transport_mtu(const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	const char *name = saw_store_end_interface_name(e);

	for (int i = 0; name && i < SOURCES; i++) {
		const Sawatch__V1__Interface *port = saw_store_source_interface(&d->source[saw_store_preference[i] - 1], name);

		if (port && port->has_transport_mtu_bytes && !t->has_transport_mtu)
			SET(t, transport_mtu, port->transport_mtu_bytes);
		if (port && port->has_ip_mtu_bytes && !t->has_tunnel_ip_mtu)
			SET(t, tunnel_ip_mtu, port->ip_mtu_bytes);
	}
}

/* Its counter was read not too long ago, and so is what it was then: not every poll reads every counter. */
static bool is_shown(const struct painter *p, const struct device *d, const struct end *e, const struct counter *c,
					 int counter) {
	const struct source *src = &d->source[c->owner - 1];
	const struct view *v = e->view[c->owner - 1];
	const struct saw_total *t = v ? saw_store_view_total(v, counter) : NULL;

	return v && v->present && saw_store_source_fresh(src, src->flows_rare, v->row_ms, p->now_ms) &&
		   (!src->detail_age_ms || (t && saw_store_source_fresh(src, true, t->last_ms, p->now_ms)));
}

/* False where the tunnel may have counted on unseen, though another source shows it. */
static bool is_counted(const struct painter *p, const struct device *d, const struct end *e, const struct counter *c,
					   int counter) {
	const struct source *src = &d->source[c->owner - 1];
	const struct view *v = e->view[c->owner - 1];

	return is_shown(p, d, e, c, counter) || (!(v && v->present) && src->flows_complete &&
											 saw_store_source_fresh(src, src->flows_rare, src->flows_ms, p->now_ms));
}

static void put_totals(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	size_t n = 0;

	for (int i = 0; i < SAW_COUNTERS; i++)
		n += e->place[i] != 0;
	t->totals = list_of(p, n, sizeof(Sawatch__V1__Total));
	for (int i = 0; t->totals && i < SAW_COUNTERS; i++) {
		const struct counter *c = saw_store_end_counter(e, i);
		Sawatch__V1__Total *total;

		if (!c || !c->owner)
			continue;
		total = t->totals[t->n_totals++];
		sawatch__v1__total__init(total);
		total->name = (char *)(uintptr_t)saw_counters[i].name; /* static */
		SET(total, value, c->value);
		SET(total, source, (Sawatch__V1__Source)c->owner);
		if (c->lower_bound)
			SET(total, lower_bound, 1);
		if (!is_counted(p, d, e, c, i))
			SET(total, stale, 1);
		if (c->has_rate && is_shown(p, d, e, c, i))
			SET(total, per_second, (double)c->rate);
	}
}

static void put_configured(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	const struct saw_config_tunnel *c = e->config;

	SET(t, inventory, c != NULL);
	SET(t, maintenance, d->config->maintenance || (c && c->maintenance));
	t->site = text(p, d->config->site);
	if (!c)
		return;
	t->owner = text(p, c->owner);
	t->circuit = text(p, c->circuit);
	t->link = text(p, c->link);
	t->overlay = text(p, c->overlay);
	if (c->capacity_bytes_per_second)
		SET(t, capacity_bytes_per_second, c->capacity_bytes_per_second);
	t->tags = c->n_tags ? take(p, c->n_tags * sizeof(char *)) : NULL;
	for (size_t i = 0; t->tags && i < c->n_tags; i++)
		t->tags[t->n_tags++] = text(p, c->tags[i]);
}

static void put_verdict(struct painter *p, const struct saw_verdict *v, Sawatch__V1__TunnelEnd *t) {
	SET(t, state, v->state);
	t->reasons = v->n_reasons ? take(p, v->n_reasons * sizeof(char *)) : NULL;
	for (unsigned i = 0; t->reasons && i < v->n_reasons; i++)
		t->reasons[t->n_reasons++] = text(p, v->reasons[i]);
	if (v->renewal_overdue != SAW_TRI_UNKNOWN)
		SET(t, renewal_overdue, v->renewal_overdue == SAW_TRI_YES);
	if (v->has_frequencies) {
		SET(t, rekeys_per_lifetime, v->rekeys_per_lifetime);
		SET(t, flaps_per_hour, v->flaps_per_hour);
	}
	t->layers = list_of(p, SAW_LAYERS, sizeof(Sawatch__V1__Layer));
	for (int i = 0; t->layers && i < SAW_LAYERS; i++) {
		Sawatch__V1__Layer *layer = t->layers[t->n_layers++];

		sawatch__v1__layer__init(layer);
		layer->name = (char *)(uintptr_t)saw_layer_names[i]; /* static */
		if (v->layers[i].up != SAW_TRI_UNKNOWN)
			SET(layer, up, v->layers[i].up == SAW_TRI_YES);
		if (v->layers[i].reason >= 0)
			layer->reason = text(p, v->reasons[v->layers[i].reason]);
	}
}

static char *address(struct painter *p, const struct saw_addr *a) {
	char out[SAW_ADDR_TEXT];

	return a->family ? text(p, saw_addr_print(a, out)) : NULL;
}

static void put_replay(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	int replay = saw_counter_index("replay_failed_recv");
	const struct counter *drops = saw_store_end_counter(e, replay);
	const struct counter *packets = saw_store_end_counter(e, saw_counter_index("decaps_packets"));
	struct saw_replay_input in = {
		.device = t->device,
		.average_per_second = e->replay_average,
		.packets_per_second = packets && packets->has_rate ? (double)packets->rate : 0,
		.has_window = t->has_replay_window,
		.window = t->replay_window,
	};
	struct saw_replay_result result;

	if (!drops || !drops->owner || !drops->has_rate || !is_shown(p, d, e, drops, replay))
		return;
	in.drops_per_second = (double)drops->rate;
	saw_replay_judge(&in, &result);
	SET(t, replay_errors_per_second, in.drops_per_second);
	SET(t, replay_errors_per_second_average, e->replay_average);
	if (*result.text)
		t->replay_advice = text(p, result.text);
}

/* Since the SA in use began, as the source says whose drops are counted. */
static void put_sa_replay(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	int replay = saw_counter_index("replay_failed_recv");
	const struct counter *drops = saw_store_end_counter(e, replay);
	const struct view *v = drops && drops->owner ? e->view[drops->owner - 1] : NULL;

	if (!v || !v->base_ms || v->base_ms < e->renewed_ms || !is_shown(p, d, e, drops, replay))
		return;
	SET(t, sa_since_ms, v->base_ms);
	SET(t, sa_packets, v->sa_packets);
	SET(t, sa_replay_drops, v->sa_drops);
	if (v->sa_packets + v->sa_drops)
		SET(t, sa_replay_ratio, (double)v->sa_drops / (double)(v->sa_drops + v->sa_packets));
}

static void put_changes(struct painter *p, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	t->changes = list_of(p, e->n_changes, sizeof(Sawatch__V1__Change));
	for (unsigned i = 0; t->changes && i < e->n_changes; i++) {
		Sawatch__V1__Change *c = t->changes[t->n_changes++];

		sawatch__v1__change__init(c);
		SET(c, at_ms, e->changes[i]->at_ms);
		c->text = text(p, e->changes[i]->text);
	}
	if (e->rekeys && e->renewed_ms)
		SET(t, last_rekey_ms, e->renewed_ms);
}

static void paint_end(struct painter *p, struct device *d, struct end *e, Sawatch__V1__TunnelEnd *t) {
	Sawatch__V1__IpsecSa *rows[SOURCES];
	struct saw_verdict v;
	struct evidence ev;

	saw_store_end_judge(d, e, p->now_ms, &v);
	sawatch__v1__tunnel_end__init(t);
	t->device = text(p, d->config->name);
	t->name = text(p, e->name);
	put_verdict(p, &v, t);
	SET(t, since_ms, e->since_ms);
	if (e->first_seen_ms) {
		SET(t, first_seen_ms, e->first_seen_ms);
		SET(t, last_seen_ms, e->last_seen_ms);
	}
	put_configured(p, d, e, t);
	t->interface = text(p, saw_store_end_interface_name(e));
	t->local = address(p, &e->id.learned.local);
	t->remote = address(p, &e->id.learned.remote);
	t->fvrf = text(p, e->id.learned.fvrf);
	unpack_rows(p, e, rows);
	gather(p, d, e, rows, false, &ev);
	put_facts(p, &ev, t);
	gather(p, d, e, rows, true, &ev);
	put_crypto(p, &ev, t);
	put_lifetimes(p, &ev, t);
	put_row_spis(p, &ev, t);
	put_ike(p, d, e, t);
	put_transport_mtu(d, e, t);
	saw_mtu_end_fill(t);
	put_totals(p, d, e, t);
	SET(t, rekeys, e->rekeys);
	SET(t, flaps, e->flaps);
	SET(t, counter_gaps, e->gaps);
	put_replay(p, d, e, t);
	put_sa_replay(p, d, e, t);
	put_changes(p, e, t);
}

/* ------------------------------------------------------------------------------------------------------------- devices */

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
	if (src->has_requests)
		SET(s, requests, src->requests);
	if (src->error_class)
		SET(s, error_class, src->error_class);
	s->error = text(p, src->error);
	for (int i = 0; i < POLL_ERRORS; i++)
		n += src->errors[i] > 0;
	s->errors = list_of(p, n, sizeof(Sawatch__V1__PollErrorCount));
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
		Sawatch__V1__DeviceSample *copy = piece(p, src->piece[PIECE_TABLES]);

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
		(copy = piece(p, src->piece[PIECE_FAILURES]))) {
		out->ike_failures = copy->ike_failures;
		out->n_ike_failures = copy->n_ike_failures;
		out->ipsec_failures = copy->ipsec_failures;
		out->n_ipsec_failures = copy->n_ipsec_failures;
	}
	if (!out->n_ended_tunnels && src->piece[PIECE_ENDED] && (copy = piece(p, src->piece[PIECE_ENDED]))) {
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
	if (from->n_bgp_peers && !out->n_bgp_peers && (copy = piece(p, from))) {
		out->bgp_peers = copy->bgp_peers;
		out->n_bgp_peers = copy->n_bgp_peers;
	}
	if (from->n_memory_pools && !out->n_memory_pools && (copy = piece(p, from))) {
		out->memory_pools = copy->memory_pools;
		out->n_memory_pools = copy->n_memory_pools;
	}
}

static void paint_device(struct painter *p, const struct device *d, Sawatch__V1__Device *out) {
	uint64_t unassigned = 0, remote_access = 0;
	size_t n = 0;

	sawatch__v1__device__init(out);
	out->name = text(p, d->config->name);
	SET(out, platform, d->config->platform);
	out->engine_id = text(p, d->engine_id);
	out->engine_shared_with = text(p, d->twin);
	if (d->unit_ms)
		SET(out, unit_changed_ms, d->unit_ms);
	out->site = text(p, d->config->site);
	for (int i = 0; i < SOURCES; i++)
		n += d->source[i].configured;
	out->sources = list_of(p, n, sizeof(Sawatch__V1__SourceStatus));
	for (int i = 0; out->sources && i < SOURCES; i++) {
		Sawatch__V1__Source source = saw_store_preference[i];
		const struct source *src = &d->source[source - 1];
		Sawatch__V1__DeviceSample *copy;

		if (!src->configured)
			continue;
		paint_source(p, src, source, out->sources[out->n_sources++]);
		out->hostname = out->hostname ? out->hostname : text(p, src->hostname);
		out->os_version = out->os_version ? out->os_version : text(p, src->os_version);
		out->model = out->model ? out->model : text(p, src->model);
		out->serial = out->serial ? out->serial : text(p, src->serial);
		if (src->has_uptime && !out->has_uptime_seconds)
			SET(out, uptime_seconds, src->uptime_seconds);
		if (out->n_interfaces == 0 && !src->failing && saw_store_piece_holds(src, PIECE_INTERFACES, p->now_ms) &&
			(copy = piece(p, src->piece[PIECE_INTERFACES]))) {
			out->interfaces = copy->interfaces;
			out->n_interfaces = copy->n_interfaces;
		}
		if (out->n_global_counters == 0 && saw_store_piece_holds(src, PIECE_GLOBALS, p->now_ms) &&
			(copy = piece(p, src->piece[PIECE_GLOBALS]))) {
			out->global_counters = copy->global_counters;
			out->n_global_counters = copy->n_global_counters;
		}
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

/* --------------------------------------------------------------------------------------------------------------- links */

#define LINK_REASONS 12
#define LINK_REASON_TEXT 400

struct reasons {
	unsigned n;
	char text[LINK_REASONS][LINK_REASON_TEXT];
};

SAW_PRINTF(2, 3)
static void say(struct reasons *r, const char *fmt, ...) {
	va_list ap;

	if (r->n == LINK_REASONS)
		return;
	va_start(ap, fmt);
	vsnprintf(r->text[r->n++], LINK_REASON_TEXT, fmt, ap);
	va_end(ap);
}

static uint64_t total_of(const struct end *e, const char *field) {
	return saw_store_end_counter(e, saw_counter_index(field))->value;
}

static bool has_total(const struct end *e, const char *field) {
	return saw_store_end_counter(e, saw_counter_index(field)) != NULL;
}

#define PUT_TOTAL(to, end, field, name)          \
	do {                                         \
		if (has_total(end, name))                \
			SET(to, field, total_of(end, name)); \
	} while (0)

static void paint_way(const struct link *l, int from, const struct saw_link_loss *loss, bool nothing_comes_back,
					  struct reasons *why, Sawatch__V1__LinkDirection *out) {
	const struct end *sender = l->side[from].end, *receiver = l->side[!from].end;
	const char *a = l->side[from].device, *b = l->side[!from].device;

	sawatch__v1__link_direction__init(out);
	PUT_TOTAL(out, sender, egress_drop_packets, "out_drop_packets");
	PUT_TOTAL(out, receiver, replay_drop_packets, "replay_failed_recv");
	PUT_TOTAL(out, receiver, auth_failed_packets, "auth_failed_recv");
	PUT_TOTAL(out, receiver, decrypt_failed_packets, "decrypt_failed_recv");
	if (!l->side[0].source)
		return;
	SET(out, source, (Sawatch__V1__Source)l->side[from].source);
	SET(out, sent_packets, loss->sent);
	SET(out, received_packets, loss->received);
	SET(out, lost_packets, loss->lost);
	if (!loss->has_window)
		return;
	SET(out, window_seconds, (double)loss->window_ms / 1000);
	SET(out, window_sent_packets, loss->window_sent);
	SET(out, one_way, loss->nothing_arrives || nothing_comes_back);
	if (loss->has_ratio) {
		SET(out, loss_ratio, loss->ratio);
		SET(out, loss_bound_ratio, loss->bound);
	}
	if (loss->nothing_arrives)
		say(why, "none of %llu packets from %s arrived at %s in the last %lld minutes",
			(unsigned long long)loss->window_sent, a, b, (long long)loss->window_ms / 60000);
	else if (loss->has_ratio && loss->ratio > loss->bound)
		say(why, "%.3g %% of %llu packets from %s to %s were lost in the last %lld minutes (give or take %.2g %%)",
			loss->ratio * 100, (unsigned long long)loss->window_sent, a, b, (long long)loss->window_ms / 60000,
			loss->bound * 100);
	if (nothing_comes_back)
		say(why, "%s sent %llu packets in the last %lld minutes, and %s sent none", a,
			(unsigned long long)loss->window_sent, (long long)loss->window_ms / 60000, b);
}

static int works(const struct end *e) {
	switch (e->shown->state) {
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED:
		return 1;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN:
		return -1;
	default:
		return 0;
	}
}

static void paint_state(const struct link *l, struct reasons *why, Sawatch__V1__Link *out) {
	int a = works(l->side[0].end), b = works(l->side[1].end);

	if (a == 0 || b == 0)
		SET(out, up, 0);
	else if (a > 0 && b > 0)
		SET(out, up, 1);
	if (a + b == 1 && a >= 0 && b >= 0)
		say(why, "%s says that it is up and %s that it is not", out->a_device, out->b_device);
}

static void paint_differences(struct painter *p, const struct link *l, struct reasons *why, Sawatch__V1__Link *out) {
	struct saw_link_difference d[SAW_LINK_FIELDS];
	size_t n = 0;

	saw_link_compare(l->side[0].end->shown, l->side[1].end->shown, d);
	for (int i = 0; i < SAW_LINK_FIELDS; i++)
		n += d[i].known;
	out->comparisons = list_of(p, n, sizeof(Sawatch__V1__LinkComparison));
	for (int i = 0; out->comparisons && i < SAW_LINK_FIELDS; i++) {
		Sawatch__V1__LinkComparison *c;

		if (!d[i].known)
			continue;
		c = out->comparisons[out->n_comparisons++];
		sawatch__v1__link_comparison__init(c);
		c->field = (char *)(uintptr_t)d[i].field; /* static */
		SET(c, differs, d[i].differs);
		c->a = text(p, d[i].a);
		c->b = text(p, d[i].b);
		if (d[i].differs)
			say(why, "%s differs: %s at %s, %s at %s", d[i].field, d[i].a, out->a_device, d[i].b, out->b_device);
	}
}

static void paint_link(struct painter *p, const struct link *l, Sawatch__V1__Link *out) {
	struct reasons why = {0};
	struct saw_link_loss loss[2];

	sawatch__v1__link__init(out);
	out->name = text(p, l->name);
	out->a_device = text(p, l->side[0].device);
	out->a_tunnel = text(p, l->side[0].tunnel);
	out->b_device = text(p, l->side[1].device);
	out->b_tunnel = text(p, l->side[1].tunnel);
	out->evidence = (char *)(uintptr_t)saw_link_evidence_text(l->evidence); /* static */
	SET(out, maintenance, l->side[0].end->shown->maintenance || l->side[1].end->shown->maintenance);
	paint_state(l, &why, out);
	out->directions = list_of(p, 2, sizeof(Sawatch__V1__LinkDirection));
	for (int i = 0; i < 2; i++)
		saw_link_result(&l->way[i], &loss[i]);
	for (int i = 0; out->directions && i < 2; i++) {
		bool none_back = loss[i].has_window && loss[!i].has_window && loss[!i].window_sent == 0 &&
						 loss[i].window_received >= SAW_LINK_ONE_WAY_PACKETS;
		Sawatch__V1__LinkDirection *way = out->directions[out->n_directions++];

		paint_way(l, i, &loss[i], none_back, &why, way);
		way->from = i ? out->b_device : out->a_device;
		way->to = i ? out->a_device : out->b_device;
	}
	paint_differences(p, l, &why, out);
	out->reasons = why.n ? take(p, why.n * sizeof(char *)) : NULL;
	for (unsigned i = 0; out->reasons && i < why.n; i++)
		out->reasons[out->n_reasons++] = text(p, why.text[i]);
}

static void paint_links(struct painter *p, Sawatch__V1__Snapshot *pb) {
	struct saw_store *s = p->store;
	size_t n = 0;

	for (size_t i = 0; i < s->n_links; i++)
		n += s->links[i]->side[0].end && s->links[i]->side[1].end;
	pb->links = list_of(p, n, sizeof(Sawatch__V1__Link));
	for (size_t i = 0; pb->links && i < s->n_links && !p->failed; i++)
		if (s->links[i]->side[0].end && s->links[i]->side[1].end)
			paint_link(p, s->links[i], pb->links[pb->n_links++]);
}

static void paint_exporters(struct painter *p, Sawatch__V1__Snapshot *pb) {
	struct saw_store *s = p->store;

	pb->exporters = s->n_exporters ? take(p, s->n_exporters * sizeof(Sawatch__V1__Exporter *)) : NULL;
	for (size_t i = 0; pb->exporters && i < s->n_exporters; i++) {
		Sawatch__V1__Exporter view = saw_store_exporter_view(s->exporters[i]), *copy = copy_of(p, &view.base);

		if (copy)
			pb->exporters[pb->n_exporters++] = copy;
	}
}

static void paint(struct painter *p, Sawatch__V1__Snapshot *pb) {
	struct saw_store *s = p->store;
	size_t n = 0;

	sawatch__v1__snapshot__init(pb);
	SET(pb, schema_version, SAW_SCHEMA_VERSION);
	SET(pb, sequence, s->sequence + 1);
	SET(pb, made_at_ms, p->now_ms);
	SET(pb, started_at_ms, s->started_ms);
	SET(pb, scheduler_lag_seconds, s->daemon.scheduler_lag_seconds);
	SET(pb, polls_missed, s->daemon.polls_missed);
	SET(pb, collector_restarts, s->daemon.collector_restarts);
	SET(pb, config_reloads, s->daemon.config_reloads);
	SET(pb, config_reload_failures, s->daemon.config_reload_failures);
	if (s->state)
		SET(pb, state_errors, saw_state_errors(s->state));
	for (size_t i = 0; i < s->n_devices; i++)
		n += s->devices[i]->n_ends;
	pb->devices = list_of(p, s->n_devices, sizeof(Sawatch__V1__Device));
	pb->tunnels = list_of(p, n, sizeof(Sawatch__V1__TunnelEnd));
	for (size_t i = 0; i < s->n_devices && !p->failed; i++) {
		struct device *d = s->devices[i];

		paint_device(p, d, pb->devices[pb->n_devices++]);
		for (size_t j = 0; j < d->n_ends && !p->failed; j++)
			paint_end(p, d, d->ends[j], d->ends[j]->shown = pb->tunnels[pb->n_tunnels++]);
	}
	if (!p->failed)
		paint_links(p, pb);
	paint_exporters(p, pb);
}

struct saw_snapshot *saw_store_snapshot_make(struct saw_store *s, int64_t now_ms) {
	struct painter p = {
		.store = s, .arena = saw_arena_create(ARENA_MAX), .rows = saw_arena_create(ROWS_MAX), .now_ms = now_ms};
	struct picture *picture = calloc(1, sizeof *picture);

	if (p.arena && p.rows && picture) {
		picture->snapshot.pb = take(&p, sizeof(Sawatch__V1__Snapshot));
		if (picture->snapshot.pb)
			paint(&p, picture->snapshot.pb);
	}
	saw_arena_destroy(p.rows);
	if (!p.arena || !p.rows || !picture || p.failed) {
		saw_arena_destroy(p.arena);
		free(picture);
		return NULL;
	}
	picture->arena = p.arena;
	atomic_init(&picture->snapshot.refs, 1);
	s->sequence++;
	return &picture->snapshot;
}

struct saw_snapshot *saw_snapshot_ref(struct saw_snapshot *s) {
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void saw_snapshot_unref(struct saw_snapshot *s) {
	struct picture *p = (struct picture *)s;

	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	saw_arena_destroy(p->arena);
	free(p);
}
