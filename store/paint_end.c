/* What a snapshot shows of a tunnel end. */
#include "store/paint.h"

#include "model/mtu_end.h"
#include "model/replay.h"
#include "proto/field.h"

#include <stdio.h>
#include <string.h>

/* The rows of an end in the order in which they are believed: those that are there now first. */
struct evidence {
	const Sawatch__V1__IpsecSa *row[SOURCES];
	int64_t row_ms[SOURCES];
	size_t n, n_present;
};

/* The rows of an end, by source; in memory that the next end uses again. */
static void unpack_rows(struct painter *p, const struct end *e, Sawatch__V1__IpsecSa *rows[SOURCES]) {
	saw_arena_reset(p->rows);
	for (int i = 0; i < SOURCES; i++) {
		const struct view *v = e->view[i];

		rows[i] = v && v->row.bytes
					  ? saw_paint_unpack(p->rows, &sawatch__v1__ipsec_sa__descriptor, v->row.bytes, v->row.len)
					  : NULL;
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
				saw_field_set_text(&t->base, &facts[i].to, saw_paint_text(p, s));
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
			t->encryption = saw_paint_text(p, sa->encryption);
			if (sa->has_key_bits)
				SET(t, key_bits, sa->key_bits);
			t->integrity = saw_paint_text(p, sa->integrity);
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

	*out = saw_paint_take(p, (n + 1) * sizeof **out);
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

/* What tunnel interfaces say where nobody configured anything: 9 kbit of old, 100 kbit since. */
static bool is_default_bandwidth(uint64_t kbit) {
	return kbit == 0 || kbit == 9 || kbit == 100;
}

static void put_interface(const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	const char *name = saw_store_end_interface_name(e);

	for (int i = 0; name && i < SOURCES; i++) {
		const Sawatch__V1__Interface *port = saw_store_source_interface(&d->source[saw_store_preference[i] - 1], name);

		if (port && port->has_transport_mtu_bytes && !t->has_transport_mtu)
			SET(t, transport_mtu, port->transport_mtu_bytes);
		if (port && port->has_ip_mtu_bytes && !t->has_tunnel_ip_mtu)
			SET(t, tunnel_ip_mtu, port->ip_mtu_bytes);
		if (port && port->has_bandwidth_kbit && !is_default_bandwidth(port->bandwidth_kbit) && !t->has_bandwidth_kbit)
			SET(t, bandwidth_kbit, port->bandwidth_kbit);
		if (port && port->has_out_discards && !t->has_queue_drops)
			SET(t, queue_drops, port->out_discards);
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

/* When what goes through it was counted last: its own row, or a table without one. */
static void put_counted(const struct painter *p, const struct device *d, const struct end *e,
						Sawatch__V1__TunnelEnd *t) {
	static const char *const names[] = {"in_bytes", "out_bytes", "decaps_packets", "encaps_packets"};
	int64_t at_ms = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int counter = saw_counter_index(names[i]);
		const struct counter *c = saw_store_end_counter(e, counter);
		const struct view *v = c && c->owner ? e->view[c->owner - 1] : NULL;
		const struct saw_total *total = v && v->present ? saw_store_view_total(v, counter) : NULL;

		if (!c || !c->owner || !is_counted(p, d, e, c, counter))
			continue;
		if (total && total->last_ms > at_ms)
			at_ms = total->last_ms;
		else if (!total && d->source[c->owner - 1].flows_ms > at_ms)
			at_ms = d->source[c->owner - 1].flows_ms;
	}
	for (int i = 0; at_ms == 0 && i < SOURCES; i++) {
		const struct source *src = &d->source[saw_store_preference[i] - 1];

		if (src->flows_complete && saw_store_source_fresh(src, src->flows_rare, src->flows_ms, p->now_ms))
			at_ms = src->flows_ms;
	}
	if (at_ms)
		SET(t, counted_at_ms, at_ms);
}

static void put_totals(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	size_t n = 0;

	for (int i = 0; i < SAW_COUNTERS; i++)
		n += e->place[i] != 0;
	t->totals = saw_paint_list(p, n, sizeof(Sawatch__V1__Total));
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

/* The first that somebody wrote down: here, or at the device. */
static void put_capacity(const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	const struct {
		uint64_t bytes_per_second;
		const char *from;
	} known[] = {
		{e->config ? e->config->capacity_bytes_per_second : 0, "configured"},
		{saw_store_reference(d, saw_store_end_interface_name(e)) * 125, "bandwidth qos-reference"},
		{t->bandwidth_kbit * 125, "bandwidth of the tunnel interface"},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (known[i].bytes_per_second == 0)
			continue;
		SET(t, capacity_bytes_per_second, known[i].bytes_per_second);
		t->capacity_from = (char *)(uintptr_t)known[i].from; /* static */
		return;
	}
}

static void put_configured(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	const struct saw_config_tunnel *c = e->config;

	SET(t, inventory, c != NULL);
	SET(t, maintenance, d->config->maintenance || (c && c->maintenance));
	t->site = saw_paint_text(p, d->config->site);
	if (!c)
		return;
	t->owner = saw_paint_text(p, c->owner);
	t->circuit = saw_paint_text(p, c->circuit);
	t->link = saw_paint_text(p, c->link);
	t->overlay = saw_paint_text(p, c->overlay);
	t->tags = c->n_tags ? saw_paint_take(p, c->n_tags * sizeof(char *)) : NULL;
	for (size_t i = 0; t->tags && i < c->n_tags; i++)
		t->tags[t->n_tags++] = saw_paint_text(p, c->tags[i]);
}

static void put_verdict(struct painter *p, const struct saw_verdict *v, Sawatch__V1__TunnelEnd *t) {
	SET(t, state, v->state);
	t->reasons = v->n_reasons ? saw_paint_take(p, v->n_reasons * sizeof(char *)) : NULL;
	for (unsigned i = 0; t->reasons && i < v->n_reasons; i++)
		t->reasons[t->n_reasons++] = saw_paint_text(p, v->reasons[i]);
	if (v->renewal_overdue != SAW_TRI_UNKNOWN)
		SET(t, renewal_overdue, v->renewal_overdue == SAW_TRI_YES);
	if (v->has_frequencies) {
		SET(t, rekeys_per_lifetime, v->rekeys_per_lifetime);
		SET(t, flaps_per_hour, v->flaps_per_hour);
	}
	t->layers = saw_paint_list(p, SAW_LAYERS, sizeof(Sawatch__V1__Layer));
	for (int i = 0; t->layers && i < SAW_LAYERS; i++) {
		Sawatch__V1__Layer *layer = t->layers[t->n_layers++];

		sawatch__v1__layer__init(layer);
		layer->name = (char *)(uintptr_t)saw_layer_names[i]; /* static */
		if (v->layers[i].up != SAW_TRI_UNKNOWN)
			SET(layer, up, v->layers[i].up == SAW_TRI_YES);
		if (v->layers[i].reason >= 0)
			layer->reason = saw_paint_text(p, v->reasons[v->layers[i].reason]);
	}
}

static char *address(struct painter *p, const struct saw_addr *a) {
	char out[SAW_ADDR_TEXT];

	return a->family ? saw_paint_text(p, saw_addr_print(a, out)) : NULL;
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
		t->replay_advice = saw_paint_text(p, result.text);
}

/* Since the SA in use began, as the source says whose drops are counted. */
static void put_sa_replay(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	int replay = saw_counter_index("replay_failed_recv");
	const struct counter *drops = saw_store_end_counter(e, replay);
	const struct view *v = drops && drops->owner ? e->view[drops->owner - 1] : NULL;

	if (!v || !v->base_ms || v->base_ms < e->renewed_ms || !is_shown(p, d, e, drops, replay))
		return;
	if (e->replayed_spi) {
		SET(t, last_replay_ms, e->replayed_ms);
		SET(t, last_replay_packets, e->replayed_packets);
		SET(t, last_replay_spi, e->replayed_spi);
	}
	SET(t, sa_since_ms, v->base_ms);
	SET(t, sa_packets, v->sa_packets);
	SET(t, sa_replay_drops, v->sa_drops);
	if (v->sa_packets + v->sa_drops)
		SET(t, sa_replay_ratio, (double)v->sa_drops / (double)(v->sa_drops + v->sa_packets));
}

static void put_changes(struct painter *p, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	t->changes = saw_paint_list(p, e->n_changes, sizeof(Sawatch__V1__Change));
	for (unsigned i = 0; t->changes && i < e->n_changes; i++) {
		Sawatch__V1__Change *c = t->changes[t->n_changes++];

		sawatch__v1__change__init(c);
		SET(c, at_ms, e->changes[i]->at_ms);
		c->text = saw_paint_text(p, e->changes[i]->text);
	}
	if (e->rekeys && e->renewed_ms)
		SET(t, last_rekey_ms, e->renewed_ms);
}

void saw_paint_end(struct painter *p, struct device *d, struct end *e, Sawatch__V1__TunnelEnd *t) {
	Sawatch__V1__IpsecSa *rows[SOURCES];
	struct saw_verdict v;
	struct evidence ev;

	saw_store_end_judge(d, e, p->now_ms, &v);
	sawatch__v1__tunnel_end__init(t);
	t->device = saw_paint_text(p, d->config->name);
	t->name = saw_paint_text(p, e->name);
	put_verdict(p, &v, t);
	SET(t, since_ms, e->since_ms);
	if (e->first_seen_ms) {
		SET(t, first_seen_ms, e->first_seen_ms);
		SET(t, last_seen_ms, e->last_seen_ms);
	}
	put_configured(p, d, e, t);
	t->interface = saw_paint_text(p, saw_store_end_interface_name(e));
	t->local = address(p, &e->id.learned.local);
	t->remote = address(p, &e->id.learned.remote);
	t->fvrf = saw_paint_text(p, e->id.learned.fvrf);
	unpack_rows(p, e, rows);
	gather(p, d, e, rows, false, &ev);
	put_facts(p, &ev, t);
	gather(p, d, e, rows, true, &ev);
	put_crypto(p, &ev, t);
	put_lifetimes(p, &ev, t);
	put_row_spis(p, &ev, t);
	put_ike(p, d, e, t);
	put_interface(d, e, t);
	put_capacity(d, e, t);
	saw_paint_circuit_of(p, d, e, t);
	saw_mtu_end_fill(t);
	put_totals(p, d, e, t);
	put_counted(p, d, e, t);
	SET(t, rekeys, e->rekeys);
	SET(t, flaps, e->flaps);
	SET(t, counter_gaps, e->gaps);
	put_replay(p, d, e, t);
	put_sa_replay(p, d, e, t);
	put_changes(p, e, t);
}
