#include "store/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STATE(s) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##s

const char *saw_store_end_interface_name(const struct end *e) {
	if (e->interface)
		return e->interface;
	return e->config ? e->config->interface : NULL;
}

/* Why a source cannot be asked now; NULL where it can. */
static const char *why_not(const struct source *src, int64_t now_ms, char text[SAW_REASON_TEXT]) {
	if (!src->attempted)
		return "not read yet";
	if (src->failing)
		return src->error ? src->error : "the last poll failed";
	if (!src->flows_read)
		return src->flows_problem ? src->flows_problem : "it does not list tunnels";
	if (!saw_store_source_stale(src, src->flows_rare, src->flows_ms, now_ms))
		return NULL;
	snprintf(
		text, SAW_REASON_TEXT, "what it shows is %lld seconds old, and may be %lld at the most",
		(long long)((now_ms - src->flows_ms) / 1000),
		(long long)((src->flows_rare && src->detail_age_ms > src->max_age_ms ? src->detail_age_ms : src->max_age_ms) /
					1000));
	return text;
}

/* SAs that are not listed are not there, where the text is whole and does not name one in another place. */
static void count_sas(const struct source *src, const struct kept_row *row, struct saw_witness *w) {
	bool named = row->in_sas + row->out_sas == 0 && row->names_spi;

	w->lists_sas = w->source != SAWATCH__V1__SOURCE__SOURCE_SNMP && src->flows_complete && !named;
	w->in_sas = row->in_sas;
	w->out_sas = row->out_sas;
}

/* False where the source has nothing to say of tunnels (a file with other commands). */
static bool hear_source(const struct source *src, const struct end *e, Sawatch__V1__Source source, int64_t now_ms,
						char text[SAW_REASON_TEXT], struct saw_witness *w) {
	const struct view *v = e->view[source - 1];

	if (!src->configured ||
		(!src->flows_wanted && src->attempted && !src->failing && source != SAWATCH__V1__SOURCE__SOURCE_SNMP))
		return false;
	*w = (struct saw_witness){.source = source, .problem = why_not(src, now_ms, text), .observed_ms = src->flows_ms};
	w->readable = w->problem == NULL;
	w->complete = src->flows_complete && e->ambiguous[source - 1] == 0;
	w->rows = src->flows;
	if (w->readable && !src->flows_complete)
		w->problem = src->flows_problem;
	if (v) {
		w->had_row = v->row.bytes != NULL;
		w->row = w->readable && v->present;
		if (w->row)
			count_sas(src, &v->row, w);
	}
	return true;
}

static void hear_interface(const struct device *d, const struct end *e, int64_t now_ms, struct saw_verdict_input *in) {
	in->interface = saw_store_end_interface_name(e);
	for (int i = 0; i < SOURCES; i++) {
		const struct source *src = &d->source[saw_store_preference[i] - 1];
		const Sawatch__V1__Interface *port;

		if (!saw_store_source_fresh(src, src->interfaces_rare, src->interfaces_ms, now_ms))
			continue;
		if (src->tunnel_interfaces_up > in->tunnel_interfaces_up)
			in->tunnel_interfaces_up = src->tunnel_interfaces_up;
		port = in->interface ? saw_store_source_interface(src, in->interface) : NULL;
		if (port && in->interface_line == SAW_TRI_UNKNOWN && port->has_line_up)
			in->interface_line = port->line_up ? SAW_TRI_YES : SAW_TRI_NO;
		if (port && in->interface_admin == SAW_TRI_UNKNOWN && port->has_admin_up)
			in->interface_admin = port->admin_up ? SAW_TRI_YES : SAW_TRI_NO;
	}
}

static void hear_ike(const struct device *d, const struct end *e, int64_t now_ms, struct saw_verdict_input *in) {
	for (int i = 0; i < SOURCES; i++) {
		const struct source *src = &d->source[saw_store_preference[i] - 1];
		const Sawatch__V1__IkeSa *sa = saw_store_source_fresh(src, src->ike_rare, src->ike_ms, now_ms)
										   ? saw_store_source_ike(d, saw_store_preference[i], e)
										   : NULL;

		if (!sa || in->ike == SAW_TRI_YES)
			continue;
		in->ike = saw_store_ike_is_up(sa) ? SAW_TRI_YES : SAW_TRI_NO;
		in->ike_status = sa->has_deleted && sa->deleted ? "deleted" : sa->status;
	}
}

/* The interface below the tunnel, as the source that shows both says. */
static void hear_underlay(const struct device *d, int64_t now_ms, struct saw_verdict_input *in) {
	for (int i = 0; in->interface && i < SOURCES; i++) {
		const struct source *src = &d->source[saw_store_preference[i] - 1];
		const Sawatch__V1__Interface *port, *below;

		if (!saw_store_source_fresh(src, src->interfaces_rare, src->interfaces_ms, now_ms))
			continue;
		port = saw_store_source_interface(src, in->interface);
		below = port && port->tunnel_source_interface ? saw_store_source_interface(src, port->tunnel_source_interface)
													  : NULL;
		if (!below || !below->has_line_up || in->underlay)
			continue;
		in->underlay = port->tunnel_source_interface;
		in->underlay_up = below->line_up && (!below->has_admin_up || below->admin_up) ? SAW_TRI_YES : SAW_TRI_NO;
	}
}

/* Only a list that was read says that a peer is not there. */
static void hear_bgp(const struct device *d, const struct end *e, int64_t now_ms, struct saw_verdict_input *in) {
	in->bgp = e->config ? e->config->bgp : NULL;
	for (int i = 0; in->bgp && i < SOURCES; i++) {
		const struct source *src = &d->source[saw_store_preference[i] - 1];
		const Sawatch__V1__DeviceSample *now = src->piece[PIECE_NOW];

		if (!now || now->n_bgp_peers == 0 || !saw_store_source_fresh(src, false, src->observed_ms, now_ms) ||
			in->bgp_up == SAW_TRI_YES)
			continue;
		in->bgp_up = SAW_TRI_NO;
		for (size_t j = 0; j < now->n_bgp_peers; j++) {
			const Sawatch__V1__BgpPeer *peer = now->bgp_peers[j];

			if (!peer->peer || !peer->state || strcmp(peer->peer, in->bgp) != 0)
				continue;
			in->bgp_state = peer->state;
			if (strcasecmp(peer->state, "established") == 0)
				in->bgp_up = SAW_TRI_YES;
		}
	}
}

uint64_t saw_store_end_lifetime(const struct end *e) {
	for (int i = 0; i < SOURCES; i++) {
		const struct view *v = e->view[saw_store_preference[i] - 1];

		if (v && v->row.has_lifetime)
			return v->row.lifetime_seconds;
	}
	return 0;
}

int64_t saw_store_end_window(const struct end *e) {
	uint64_t s = saw_store_end_lifetime(e);

	return s >= 60 && s <= 365 * 86400 ? (int64_t)s * 1000 : INT64_C(3600000);
}

/* How long the SA that a row shows has been there, where the source would have shown another. */
static void hear_renewal(const struct end *e, int64_t now_ms, struct saw_verdict_input *in) {
	int64_t shown_ms = 0;

	for (int i = 0; i < SOURCES; i++) {
		const struct view *v = e->view[i];

		if (v && v->present && v->row_ms > shown_ms && (v->row.in_sas || v->row.has_refreshes))
			shown_ms = v->row_ms;
	}
	in->last_seen_ms = e->last_seen_ms;
	in->lifetime_seconds = saw_store_end_lifetime(e);
	in->sa_age_ms = e->renewed_ms && shown_ms > e->renewed_ms ? shown_ms - e->renewed_ms : 0;
	in->rekeys_per_lifetime = saw_store_frequency(&e->rekeyed, now_ms, saw_store_end_window(e));
	in->flaps_per_hour = saw_store_frequency(&e->flapped, now_ms, FLAP_WINDOW_MS);
}

static bool is_up(Sawatch__V1__TunnelState s) {
	return s == STATE(UP) || s == STATE(DEGRADED) || s == STATE(UNEXPECTED);
}

static void note_change(struct device *d, struct end *e, const struct saw_verdict *v, int64_t now_ms) {
	bool was_up = e->was_up;
	int64_t gone_since_ms = e->gone_since_ms;

	saw_store_note_state(d, e, v, now_ms);
	if (v->state != e->state) {
		e->state = v->state;
		e->since_ms = v->state == e->restored_state ? e->restored_since_ms : now_ms;
		saw_store_touch(d, e);
	}
	if (v->state != STATE(UNKNOWN)) {
		bool up = is_up(v->state);

		e->restored_state = 0;
		e->flaps += e->was_up && !up;
		saw_store_frequency_add(&e->flapped, now_ms, FLAP_WINDOW_MS, e->was_up && !up);
		e->was_up = up;
	}
	/* A tunnel that is down may be a row without SAs in one source and no row in the other: it stays gone until it is back. */
	if (v->gone && !e->gone_since_ms)
		e->gone_since_ms = v->gone_since_ms;
	else if (is_up(v->state))
		e->gone_since_ms = 0;
	if (e->was_up != was_up || e->gone_since_ms != gone_since_ms)
		saw_store_touch(d, e);
}

void saw_store_end_judge(struct device *d, struct end *e, int64_t now_ms, struct saw_verdict *v) {
	struct saw_witness witnesses[SOURCES];
	char texts[SOURCES][SAW_REASON_TEXT];
	struct saw_verdict_input in = {
		.device = d->config->name,
		.peer = e->id.learned.remote,
		.inventory = e->config != NULL,
		.inventory_complete = d->config->inventory_complete,
		.witnesses = witnesses,
		.gone_since_ms = e->gone_since_ms,
	};

	for (int i = 0; i < SOURCES; i++) {
		Sawatch__V1__Source source = saw_store_preference[i];
		const struct view *view = e->view[source - 1];

		if (hear_source(&d->source[source - 1], e, source, now_ms, texts[i], &witnesses[in.n_witnesses]))
			in.n_witnesses++;
		if (e->ambiguous[source - 1] > in.ambiguous_rows)
			in.ambiguous_rows = e->ambiguous[source - 1];
		if (view && view->present && view->rows > in.shared_rows)
			in.shared_rows = view->rows;
	}
	hear_interface(d, e, now_ms, &in);
	hear_underlay(d, now_ms, &in);
	hear_ike(d, e, now_ms, &in);
	hear_bgp(d, e, now_ms, &in);
	hear_renewal(e, now_ms, &in);
	saw_verdict_decide(&in, v);
	saw_store_note_ike(d, e, in.ike, in.ike_status, now_ms);
	note_change(d, e, v, now_ms);
}

/* Discovered, gone, and long enough; where the inventory is complete at once: nobody asked for it. */
static bool to_be_forgotten(const struct device *d, const struct end *e, const struct saw_verdict *v, int64_t now_ms) {
	if (e->config || !v->gone)
		return false;
	return d->config->inventory_complete || now_ms - e->gone_since_ms >= d->store->forget_after_ms;
}

void saw_store_device_judge(struct device *d, int64_t now_ms) {
	size_t kept = 0;

	for (size_t i = 0; i < d->n_ends; i++) {
		struct end *e = d->ends[i];
		struct saw_verdict v;

		saw_store_end_judge(d, e, now_ms, &v);
		if (to_be_forgotten(d, e, &v, now_ms)) {
			saw_state_forget_end(d->store->state, e);
			saw_store_end_destroy(e);
		} else {
			d->ends[kept++] = e;
		}
	}
	d->n_ends = kept;
}
