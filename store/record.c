#include "store/record.h"

#include "proto/state.pb-c.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) ((char *)(uintptr_t)(s)) /* protobuf-c has no const */
#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

enum { TOTAL_HAS_RATE = 1, TOTAL_LOWER_BOUND = 2, TOTAL_SETTLED = 4 };

/* The lists of Totals, with room for every counter. */
struct columns {
	uint32_t field[SAW_COUNTERS], owner[SAW_COUNTERS], flags[SAW_COUNTERS];
	uint64_t value[SAW_COUNTERS], last[SAW_COUNTERS];
	int64_t last_ms[SAW_COUNTERS];
	float rate[SAW_COUNTERS];
};

/* ------------------------------------------------------------------------------------------------------------- to bytes */

static uint32_t number_of(int counter) {
	return protobuf_c_message_descriptor_get_field_by_name(&sawatch__v1__ipsec_sa__descriptor,
														   saw_counters[counter].name)
		->id;
}

static const uint32_t *numbers(void) {
	static uint32_t n[SAW_COUNTERS];

	if (n[0] == 0)
		for (int i = SAW_COUNTERS - 1; i >= 0; i--)
			n[i] = number_of(i);
	return n;
}

static void point_at(Sawatch__State__Totals *t, struct columns *c) {
	sawatch__state__totals__init(t);
	t->field = c->field;
	t->value = c->value;
	t->last = c->last;
	t->last_ms = c->last_ms;
	t->rate = c->rate;
	t->owner = c->owner;
	t->flags = c->flags;
}

static void put_total(Sawatch__State__Totals *t, uint32_t field, const struct saw_total *from) {
	size_t i = t->n_field;

	t->field[i] = field;
	t->value[i] = from->value;
	t->last[i] = from->last;
	t->last_ms[i] = from->last_ms;
	t->rate[i] = from->has_rate ? from->rate : 0;
	t->flags[i] = (from->has_rate ? TOTAL_HAS_RATE : 0) | (from->lower_bound ? TOTAL_LOWER_BOUND : 0);
	t->n_field = t->n_value = t->n_last = t->n_last_ms = t->n_rate = t->n_flags = i + 1;
}

static void put_counter(Sawatch__State__Totals *t, uint32_t field, const struct counter *from) {
	size_t i = t->n_field;

	t->field[i] = field;
	t->value[i] = from->value;
	t->last[i] = from->mark;
	t->owner[i] = from->owner;
	t->flags[i] = (from->settled ? TOTAL_SETTLED : 0) | (from->lower_bound ? TOTAL_LOWER_BOUND : 0);
	t->n_field = t->n_value = t->n_last = t->n_owner = t->n_flags = i + 1;
}

static const uint8_t *pack(const ProtobufCMessage *m, struct saw_arena *a, size_t *len) {
	uint8_t *p;

	*len = protobuf_c_message_get_packed_size(m);
	p = saw_arena_alloc(a, *len + 1);
	if (p)
		protobuf_c_message_pack(m, p);
	return p;
}

/* A view and what it points at. */
struct view_bytes {
	Sawatch__State__View view;
	Sawatch__State__Totals totals, refreshes;
	struct columns columns, refresh_columns;
};

static void put_known(const struct facts *f, Sawatch__State__View *m) {
	m->cipher = *f->cipher ? TEXT(f->cipher) : NULL;
	if (f->has_pfs)
		SET(m, pfs, f->pfs);
	if (f->has_mtu)
		SET(m, mtu, f->mtu);
	if (f->has_window)
		SET(m, window, f->window);
	if (f->has_nat_t)
		SET(m, nat_t, f->nat_t);
}

static void put_view(struct view_bytes *b, unsigned source, const struct view *v) {
	sawatch__state__view__init(&b->view);
	SET(&b->view, source, (Sawatch__V1__Source)source);
	if (v->row.bytes) {
		b->view.has_row = 1;
		b->view.row.data = v->row.bytes;
		b->view.row.len = v->row.len;
	}
	SET(&b->view, row_ms, v->row_ms);
	SET(&b->view, gone, v->gone);
	SET(&b->view, rows, v->rows);
	put_known(&v->facts, &b->view);
	point_at(&b->totals, &b->columns);
	for (int i = 0; i < SAW_COUNTERS; i++)
		if (v->place[i])
			put_total(&b->totals, numbers()[i], saw_store_view_total(v, i));
	b->view.totals = &b->totals;
	if (v->refreshes.seen) {
		point_at(&b->refreshes, &b->refresh_columns);
		put_total(&b->refreshes, 0, &v->refreshes);
		b->view.refreshes = &b->refreshes;
	}
}

static void put_traits(const struct saw_end_id *id, Sawatch__State__End *m, char addresses[2][SAW_ADDR_TEXT]) {
	const struct saw_traits *t = &id->learned;

	m->interface = TEXT(t->interface);
	m->fvrf = TEXT(t->fvrf);
	m->context = TEXT(t->context);
	if (t->local.family)
		m->local = TEXT(saw_addr_print(&t->local, addresses[0]));
	if (t->remote.family)
		m->remote = TEXT(saw_addr_print(&t->remote, addresses[1]));
	if (t->local_ident.known)
		m->local_ident = TEXT(t->local_ident.text);
	if (t->remote_ident.known)
		m->remote_ident = TEXT(t->remote_ident.text);
	m->inbound_spis = (uint32_t *)(uintptr_t)id->in.spi;
	m->n_inbound_spis = id->in.n;
	m->outbound_spis = (uint32_t *)(uintptr_t)id->out.spi;
	m->n_outbound_spis = id->out.n;
}

const uint8_t *saw_record_write_end(const struct end *e, struct saw_arena *a, size_t *len) {
	Sawatch__State__End m = SAWATCH__STATE__END__INIT;
	Sawatch__State__Totals totals;
	Sawatch__State__View *views[SOURCES];
	struct view_bytes bytes[SOURCES];
	struct columns columns;
	char addresses[2][SAW_ADDR_TEXT], *changes[CHANGES];
	int64_t change_ms[CHANGES];

	m.name = e->name;
	SET(&m, configured, e->id.configured);
	put_traits(&e->id, &m, addresses);
	point_at(&totals, &columns);
	for (int i = 0; i < SAW_COUNTERS; i++)
		if (e->place[i])
			put_counter(&totals, numbers()[i], saw_store_end_counter(e, i));
	m.totals = &totals;
	SET(&m, gaps, e->gaps);
	SET(&m, rekeys, e->rekeys);
	SET(&m, flaps, e->flaps);
	SET(&m, has_refreshes, e->has_refreshes);
	SET(&m, first_seen_ms, e->first_seen_ms);
	SET(&m, last_seen_ms, e->last_seen_ms);
	SET(&m, gone_since_ms, e->gone_since_ms);
	SET(&m, renewed_ms, e->renewed_ms);
	SET(&m, was_up, e->was_up);
	if (e->restored_state) {
		SET(&m, state, e->restored_state);
		SET(&m, since_ms, e->restored_since_ms);
	} else if (e->state) {
		SET(&m, state, e->state);
		SET(&m, since_ms, e->since_ms);
	}
	m.change_ms = change_ms;
	m.change_texts = changes;
	for (unsigned i = 0; i < e->n_changes; i++) {
		change_ms[m.n_change_ms++] = e->changes[i]->at_ms;
		changes[m.n_change_texts++] = e->changes[i]->text;
	}
	if (e->noted_state)
		SET(&m, noted_state, (Sawatch__V1__TunnelState)e->noted_state);
	if (e->noted_ike)
		SET(&m, noted_ike, e->noted_ike);
	m.views = views;
	for (unsigned i = 0; i < SOURCES; i++) {
		if (!e->view[i])
			continue;
		put_view(&bytes[i], i + 1, e->view[i]);
		views[m.n_views++] = &bytes[i].view;
	}
	return pack(&m.base, a, len);
}

const uint8_t *saw_record_write_device(const struct device *d, struct saw_arena *a, size_t *len) {
	Sawatch__State__Device m = SAWATCH__STATE__DEVICE__INIT;
	Sawatch__State__DeviceSource sources[SOURCES], *list[SOURCES];
	Sawatch__V1__Histogram durations[SOURCES];
	struct saw_histogram_lists lists[SOURCES];

	SET(&m, platform, d->config->platform);
	if (d->has_boot)
		SET(&m, boot_ms, d->boot_ms);
	if (d->unit_ms)
		SET(&m, unit_ms, d->unit_ms);
	m.qos_references = d->references;
	m.n_qos_references = d->n_references;
	m.sources = list;
	for (unsigned i = 0; i < SOURCES; i++) {
		const struct source *src = &d->source[i];
		Sawatch__State__DeviceSource *s = &sources[m.n_sources];

		if (!src->configured)
			continue;
		sawatch__state__device_source__init(s);
		SET(s, source, (Sawatch__V1__Source)(i + 1));
		if (src->has_uptime) {
			SET(s, uptime_seconds, src->uptime_seconds);
			SET(s, uptime_ms, src->uptime_ms);
		}
		SET(s, flows_ms, src->flows_ms);
		s->errors = (uint64_t *)(uintptr_t)src->errors;
		s->n_errors = POLL_ERRORS;
		s->hostname = src->hostname;
		s->os_version = src->os_version;
		s->model = src->model;
		s->serial = src->serial;
		if (src->durations) {
			saw_histogram_write(src->durations, &lists[i], &durations[i]);
			s->poll_durations = &durations[i];
		}
		list[m.n_sources++] = s;
	}
	return pack(&m.base, a, len);
}

const uint8_t *saw_record_write_link(const struct link *l, struct saw_arena *a, size_t *len) {
	Sawatch__State__Link m = SAWATCH__STATE__LINK__INIT;
	Sawatch__State__Way ways[2], *list[2] = {&ways[0], &ways[1]};

	m.a_device = l->side[0].device;
	m.a_tunnel = l->side[0].tunnel;
	m.b_device = l->side[1].device;
	m.b_tunnel = l->side[1].tunnel;
	m.ways = list;
	m.n_ways = 2;
	for (int i = 0; i < 2; i++) {
		struct saw_link_loss loss;

		saw_link_result(&l->way[i], &loss);
		sawatch__state__way__init(&ways[i]);
		SET(&ways[i], sent, loss.sent);
		SET(&ways[i], received, loss.received);
		SET(&ways[i], lost, loss.lost);
	}
	return pack(&m.base, a, len);
}

/* ------------------------------------------------------------------------------------------------------------ from bytes */

static int place_of(uint32_t field) {
	for (int i = 0; i < SAW_COUNTERS; i++)
		if (numbers()[i] == field)
			return i;
	return -1;
}

/* A clock that was wrong then, or is wrong now, must not make everything that comes look old. */
static int64_t past(const struct device *d, int64_t ms) {
	return ms > d->store->started_ms ? d->store->started_ms : ms;
}

static void get_total(const struct device *d, const Sawatch__State__Totals *t, size_t i, struct saw_total *out) {
	*out = (struct saw_total){
		.value = t->value[i],
		.last = t->last[i],
		.last_ms = past(d, t->last_ms[i]),
		.rate = t->rate[i],
		.seen = true,
		.has_rate = t->flags[i] & TOTAL_HAS_RATE,
		.lower_bound = t->flags[i] & TOTAL_LOWER_BOUND,
	};
}

static bool is_whole(const Sawatch__State__Totals *t, bool owned) {
	size_t n = t->n_field;

	return t->n_value == n && t->n_last == n && t->n_flags == n &&
		   (owned ? t->n_owner == n : t->n_last_ms == n && t->n_rate == n);
}

static void get_known(struct facts *f, const Sawatch__State__View *m) {
	if (m->cipher)
		snprintf(f->cipher, sizeof f->cipher, "%s", m->cipher);
	saw_ascii_only(f->cipher);
	f->has_pfs = m->has_pfs;
	f->pfs = m->pfs;
	f->has_mtu = m->has_mtu;
	f->mtu = m->mtu;
	f->has_window = m->has_window;
	f->window = m->window;
	f->has_nat_t = m->has_nat_t;
	f->nat_t = m->nat_t;
}

static int get_view(const struct device *d, struct end *e, const Sawatch__State__View *m) {
	struct saw_total *t;
	struct view *v;
	int rc;

	if (!m->has_source || m->source < 1 || (unsigned)m->source > SOURCES || e->view[m->source - 1] || !m->totals ||
		!is_whole(m->totals, false) || (m->refreshes && (!is_whole(m->refreshes, false) || !m->refreshes->n_field)))
		return SAW_EFORMAT;
	v = saw_store_view_add(e, (unsigned)m->source);
	rc = v ? 0 : -ENOMEM;
	if (rc == 0 && m->has_row)
		rc = saw_store_row_keep_packed(&v->row, m->row.data, m->row.len);
	if (rc)
		return rc;
	get_known(&v->facts, m);
	v->row_ms = past(d, m->row_ms);
	v->gone = m->gone;
	v->rows = m->rows;
	for (size_t i = 0; i < m->totals->n_field; i++) {
		int at = place_of(m->totals->field[i]);

		if (at < 0)
			continue; /* of a newer sawatchd */
		t = saw_store_view_total_add(v, at);
		if (!t)
			return -ENOMEM;
		get_total(d, m->totals, i, t);
	}
	if (m->refreshes)
		get_total(d, m->refreshes, 0, &v->refreshes);
	return 0;
}

static void get_spis(struct saw_spis *out, const uint32_t *spis, size_t n) {
	for (size_t i = n < SAW_SPIS_KEPT ? n : SAW_SPIS_KEPT; i > 0; i--)
		saw_spis_remember(out, spis[i - 1]);
}

static int get_traits(struct end *e, const Sawatch__State__End *m) {
	struct saw_traits *t = &e->id.learned;

	saw_addr_parse(saw_str_of(m->local), &t->local);
	saw_addr_parse(saw_str_of(m->remote), &t->remote);
	t->local_ident = saw_selector_of(m->local_ident);
	t->remote_ident = saw_selector_of(m->remote_ident);
	if (saw_store_text_set(&e->interface, m->interface) || saw_store_text_set(&e->fvrf, m->fvrf) ||
		saw_store_text_set(&e->context, m->context))
		return -ENOMEM;
	t->interface = e->interface;
	t->fvrf = e->fvrf;
	t->context = e->context;
	get_spis(&e->id.in, m->inbound_spis, m->n_inbound_spis);
	get_spis(&e->id.out, m->outbound_spis, m->n_outbound_spis);
	return 0;
}

/* 0: none that there is. */
static uint8_t state_of(Sawatch__V1__TunnelState state) {
	return state >= SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP &&
				   state <= SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN
			   ? (uint8_t)state
			   : 0;
}

static void get_changes(const struct device *d, struct end *e, const Sawatch__State__End *m) {
	size_t n = m->n_change_ms < m->n_change_texts ? m->n_change_ms : m->n_change_texts;

	for (size_t i = n < CHANGES ? n : CHANGES; i > 0; i--)
		saw_store_note_text(e, past(d, m->change_ms[i - 1]), m->change_texts[i - 1]);
	e->noted_state = m->has_noted_state ? state_of(m->noted_state) : 0;
	e->noted_ike = m->noted_ike <= SAW_TRI_YES ? (uint8_t)m->noted_ike : 0;
}

static int get_end(const struct device *d, struct end *e, const Sawatch__State__End *m) {
	int rc = m->totals && is_whole(m->totals, true) ? get_traits(e, m) : SAW_EFORMAT;

	for (size_t i = 0; rc == 0 && i < m->totals->n_field; i++) {
		int at = place_of(m->totals->field[i]);
		uint32_t owner = m->totals->owner[i];

		struct counter *c;

		if (at < 0 || owner < 1 || owner > SOURCES)
			continue;
		c = saw_store_end_counter_add(e, at);
		if (!c)
			return -ENOMEM;
		*c = (struct counter){
			.value = m->totals->value[i],
			.mark = m->totals->last[i],
			.owner = (uint8_t)owner,
			.settled = m->totals->flags[i] & TOTAL_SETTLED,
			.lower_bound = m->totals->flags[i] & TOTAL_LOWER_BOUND,
		};
	}
	for (size_t i = 0; rc == 0 && i < m->n_views; i++)
		rc = get_view(d, e, m->views[i]);
	get_changes(d, e, m);
	e->id.configured = m->configured;
	e->gaps = m->gaps;
	e->rekeys = m->rekeys;
	e->flaps = m->flaps;
	e->has_refreshes = m->has_refreshes;
	e->first_seen_ms = past(d, m->first_seen_ms);
	e->last_seen_ms = past(d, m->last_seen_ms);
	e->gone_since_ms = past(d, m->gone_since_ms);
	e->renewed_ms = past(d, m->renewed_ms);
	e->was_up = m->was_up;
	e->restored_state = (Sawatch__V1__TunnelState)(m->has_state ? state_of(m->state) : 0);
	e->restored_since_ms = past(d, m->since_ms);
	return rc;
}

int saw_record_read_end(struct device *d, int64_t id, const uint8_t *data, size_t len) {
	Sawatch__State__End *m = sawatch__state__end__unpack(NULL, len, data);
	struct end *e;
	int rc;

	if (!m || !m->name || saw_store_end_find(d, m->name)) {
		sawatch__state__end__free_unpacked(m, NULL);
		return SAW_EFORMAT;
	}
	e = saw_store_end_create(d, m->name);
	if (!e) {
		sawatch__state__end__free_unpacked(m, NULL);
		return -ENOMEM;
	}
	e->record_id = id;
	rc = get_end(d, e, m);
	sawatch__state__end__free_unpacked(m, NULL);
	if (rc)
		saw_store_end_drop(d, e);
	return rc;
}

/* One that was kept otherwise is not taken: counting begins anew. */
static void get_durations(struct source *src, const Sawatch__V1__Histogram *m) {
	if (!src->durations)
		src->durations = calloc(1, sizeof *src->durations);
	if (src->durations && saw_histogram_read(m, src->durations) < 0) {
		free(src->durations);
		src->durations = NULL;
	}
}

int saw_record_read_device(struct device *d, const uint8_t *data, size_t len) {
	Sawatch__State__Device *m = sawatch__state__device__unpack(NULL, len, data);
	int rc = m ? 0 : SAW_EFORMAT;

	if (rc == 0 && m->platform != d->config->platform)
		rc = SAW_EUNKNOWN;
	for (size_t i = 0; rc == 0 && i < m->n_sources; i++) {
		const Sawatch__State__DeviceSource *from = m->sources[i];
		struct source *src;

		if (!from->has_source || from->source < 1 || (unsigned)from->source > SOURCES)
			continue;
		src = &d->source[from->source - 1];
		src->has_uptime = from->has_uptime_seconds;
		src->uptime_seconds = from->uptime_seconds;
		src->uptime_ms = past(d, from->uptime_ms);
		src->flows_ms = past(d, from->flows_ms);
		for (size_t j = 0; j < from->n_errors && j < POLL_ERRORS; j++)
			src->errors[j] = from->errors[j];
		if (from->poll_durations)
			get_durations(src, from->poll_durations);
		if (saw_store_text_set(&src->hostname, from->hostname) ||
			saw_store_text_set(&src->os_version, from->os_version) || saw_store_text_set(&src->model, from->model) ||
			saw_store_text_set(&src->serial, from->serial))
			rc = -ENOMEM;
	}
	if (rc == 0)
		rc = saw_store_references_set(d, m->qos_references, m->n_qos_references);
	if (rc == 0) {
		d->has_boot = m->has_boot_ms;
		d->boot_ms = past(d, m->boot_ms);
		d->unit_ms = past(d, m->unit_ms);
	}
	sawatch__state__device__free_unpacked(m, NULL);
	return rc;
}

static int get_link(struct saw_store *s, int64_t id, const Sawatch__State__Link *m) {
	const char *names[2][2] = {{m->a_device, m->a_tunnel}, {m->b_device, m->b_tunnel}};
	struct link *l;

	if (!m->a_device || !m->a_tunnel || !m->b_device || !m->b_tunnel || m->n_ways != 2)
		return SAW_EFORMAT;
	if (!saw_store_device_find(s, m->a_device) || !saw_store_device_find(s, m->b_device))
		return SAW_EUNKNOWN;
	l = saw_store_link_add(s);
	if (!l)
		return -ENOMEM;
	l->record_id = id;
	for (int i = 0; i < 2; i++) {
		l->way[i].sent_before = m->ways[i]->sent;
		l->way[i].received_before = m->ways[i]->received;
		l->way[i].lost_before = m->ways[i]->lost;
		if (saw_store_text_set(&l->side[i].device, names[i][0]) || saw_store_text_set(&l->side[i].tunnel, names[i][1]))
			return -ENOMEM;
	}
	return saw_store_text_set(&l->name, m->a_tunnel);
}

int saw_record_read_link(struct saw_store *s, int64_t id, const uint8_t *data, size_t len) {
	Sawatch__State__Link *m = sawatch__state__link__unpack(NULL, len, data);
	int rc = m ? get_link(s, id, m) : SAW_EFORMAT;

	sawatch__state__link__free_unpacked(m, NULL);
	return rc;
}
