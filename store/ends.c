#include "store/internal.h"

#include "core/list.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct end *end_of(struct saw_end_id *id) {
	return (struct end *)((char *)id - offsetof(struct end, id));
}

/* -------------------------------------------------------------------------------------------------------- the end list */

static int by_name(const void *a, const void *b) {
	return strcmp((*(struct end *const *)a)->name, (*(struct end *const *)b)->name);
}

/* The first end whose name is not less. */
static size_t place_of(const struct device *d, const char *name) {
	size_t lo = 0, hi = d->n_ends;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(d->ends[mid]->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct end *saw_store_end_find(const struct device *d, const char *name) {
	size_t i = place_of(d, name);

	return i < d->n_ends && strcmp(d->ends[i]->name, name) == 0 ? d->ends[i] : NULL;
}

void saw_store_ends_sort(struct device *d) {
	if (d->n_ends)
		qsort(d->ends, d->n_ends, sizeof(struct end *), by_name);
}

struct end *saw_store_end_create(struct device *d, const char *name) {
	struct end *e = calloc(1, sizeof *e);
	size_t i;

	if (!e || saw_store_text_set(&e->name, name) != 0) {
		free(e);
		return NULL;
	}
	if (SAW_LIST_ROOM(d->ends, d->n_ends, d->room)) {
		saw_store_end_destroy(e);
		return NULL;
	}
	i = place_of(d, name);
	memmove(d->ends + i + 1, d->ends + i, (d->n_ends - i) * sizeof(struct end *));
	d->ends[i] = e;
	d->n_ends++;
	d->store->pairing_due = d->store->pairing_urgent = true;
	return e;
}

void saw_store_end_destroy(struct end *e) {
	if (!e)
		return;
	for (int i = 0; i < SOURCES; i++)
		saw_store_view_destroy(e->view[i]);
	if (e->link)
		e->link->side[e->link_side].end = NULL;
	for (unsigned i = 0; i < e->n_changes; i++)
		free(e->changes[i]);
	free(e->changes);
	saw_recent_destroy(e->recent);
	free(e->totals);
	free(e->name);
	free(e->interface);
	free(e->fvrf);
	free(e->context);
	free(e);
}

void saw_store_end_drop(struct device *d, struct end *e) {
	size_t i = place_of(d, e->name);

	memmove(d->ends + i, d->ends + i + 1, (d->n_ends - i - 1) * sizeof(struct end *));
	d->n_ends--;
	saw_store_end_destroy(e);
}

const char *saw_store_end_unique_name(const struct device *d, const struct end *e, char out[SAW_END_NAME]) {
	char base[SAW_END_NAME];
	const struct end *other;

	saw_end_name(&e->id.learned, base);
	snprintf(out, SAW_END_NAME, "%s", base);
	for (unsigned i = 0; (other = saw_store_end_find(d, out)) && other != e; i++) {
		if (i == 0 && e->id.learned.interface)
			snprintf(out, SAW_END_NAME, "%.240s %.64s", base, e->id.learned.interface);
		else if (i <= 1 && e->id.learned.fvrf)
			snprintf(out, SAW_END_NAME, "%.240s %.64s", base, e->id.learned.fvrf);
		else if (i <= 1 && e->id.learned.context && *e->id.learned.context)
			snprintf(out, SAW_END_NAME, "%.240s %.64s", base, e->id.learned.context);
		else
			snprintf(out, SAW_END_NAME, "%.240s (%u)", base, i + 2);
		saw_ascii_only(out);
	}
	return out;
}

/* ------------------------------------------------------------------------------------------------------ rows find ends */

struct assignment {
	const Sawatch__V1__IpsecSa *row;
	const Sawatch__V1__L2lIpsec *child; /* the same flow in vpn-sessiondb; NULL: none */
	struct saw_row_id id;
	struct end *end;
	bool by_spi, any, ambiguous;
};

struct round {
	struct device *d;
	struct source *src;
	unsigned source; /* place in arrays: Source - 1 */
	int64_t observed_ms;
	const Sawatch__V1__DeviceSample *sample;
	struct assignment *rows;
	size_t n;
	struct saw_end_index index;
	bool in_contexts;           /* rows of several SNMP contexts */
	int replay, sent, received; /* places of these counters */
	int in_bytes, out_bytes;
	unsigned bits[SAW_COUNTERS];
	bool known[SAW_COUNTERS];
};

/* A VRF's context says more than the default one, which may show the rows of all. */
static int learn_context(struct end *e, const char *context) {
	if (context && (!e->context || (*context && strcmp(e->context, context) != 0)) &&
		saw_store_text_set(&e->context, context))
		return -ENOMEM;
	e->id.learned.context = e->context;
	return 0;
}

static void claim(struct assignment *a, struct end *e, bool by_spi) {
	learn_context(e, a->id.traits.context); /* at once: rows of other contexts are not its */
	a->end = e;
	a->by_spi = by_spi;
	e->claims++;
	e->claims_by_spi += by_spi;
	e->claims_any += a->any;
}

static void unclaim(struct assignment *a) {
	a->end->claims--;
	a->end->claims_any -= a->any;
	a->end = NULL;
}

static void mark_ambiguous(void *ctx, struct saw_end_id *id) {
	const struct round *r = ctx;

	end_of(id)->ambiguous[r->source]++;
}

static bool open_row(const struct assignment *a) {
	return a->id.kind == SAW_ROW_TUNNEL && !a->end && !a->ambiguous;
}

/* A row may lack its addresses while tunnels come and go; its SPIs still say whose it is. */
static bool has_spis_of_a_tunnel(const struct assignment *a) {
	return a->id.kind != SAW_ROW_REMOTE_ACCESS && a->id.kind != SAW_ROW_TWIN && a->id.n_in + a->id.n_out > 0;
}

/* Two flows of one peer fit an end that was configured without selectors: any to any is the one that is meant. */
static void prefer_any(struct round *r) {
	for (size_t i = 0; i < r->n; i++) {
		struct assignment *a = &r->rows[i];

		if (a->end && !a->by_spi && !a->any && a->end->claims > 1 && a->end->claims_any == 1)
			unclaim(a);
	}
}

static void find_by_traits(struct round *r, struct assignment *a) {
	struct saw_end_id *id;
	enum saw_match m = saw_match_traits(&r->index, &a->id, &id);

	if (m == SAW_MATCH_ONE) {
		claim(a, end_of(id), false);
	} else if (m == SAW_MATCH_SEVERAL) {
		a->ambiguous = true;
		saw_match_each(&r->index, &a->id, mark_ambiguous, r);
	}
}

static void find_ends(struct round *r) {
	struct saw_end_id *id;

	for (size_t i = 0; i < r->n; i++)
		if (has_spis_of_a_tunnel(&r->rows[i]) && saw_match_spi(&r->index, &r->rows[i].id, &id) == SAW_MATCH_ONE)
			claim(&r->rows[i], end_of(id), true);
	/* What a VRF's name or the default context says of a row leaves less to choose from for the rest. */
	for (size_t i = 0; r->in_contexts && i < r->n; i++)
		if (open_row(&r->rows[i]) && saw_match_vrf(&r->index, &r->rows[i].id, &id) == SAW_MATCH_ONE)
			claim(&r->rows[i], end_of(id), false);
	for (size_t i = 0; r->in_contexts && i < r->n; i++)
		if (open_row(&r->rows[i]) && !*r->rows[i].id.traits.context)
			find_by_traits(r, &r->rows[i]);
	for (size_t i = 0; i < r->n; i++)
		if (open_row(&r->rows[i]))
			find_by_traits(r, &r->rows[i]);
	prefer_any(r);
	for (size_t i = 0; i < r->n; i++)
		if (open_row(&r->rows[i]) && saw_match_given(&r->index, &r->rows[i].id, &id) == SAW_MATCH_ONE &&
			end_of(id)->claims == 0)
			claim(&r->rows[i], end_of(id), false);
}

static int rows_by_remote(const void *a, const void *b) {
	const struct assignment *x = *(struct assignment *const *)a, *y = *(struct assignment *const *)b;
	int order = saw_addr_cmp(&x->id.traits.remote, &y->id.traits.remote);

	/* Then as the device listed them. */
	return order ? order : (x > y) - (x < y);
}

static void note_address(const struct round *r, struct end *e, const char *what, const struct saw_addr *was,
						 const struct saw_addr *now) {
	char texts[2][SAW_ADDR_TEXT];

	if (was->family && now->family && saw_addr_cmp(was, now) != 0)
		saw_store_note(r->d, e, r->observed_ms, "%s: %s, was %s", what, saw_addr_print(now, texts[0]),
					   saw_addr_print(was, texts[1]));
}

static int learn(const struct round *r, struct end *e, const struct saw_traits *t) {
	struct saw_traits *l = &e->id.learned;

	note_address(r, e, "peer address", &l->remote, &t->remote);
	note_address(r, e, "local address", &l->local, &t->local);
	if (t->interface && e->interface && strcmp(e->interface, t->interface) != 0)
		saw_store_note(r->d, e, r->observed_ms, "interface: %s, was %s", t->interface, e->interface);
	if (t->local.family)
		l->local = t->local;
	if (t->remote.family)
		l->remote = t->remote;
	if (t->local_ident.known)
		l->local_ident = t->local_ident;
	if (t->remote_ident.known)
		l->remote_ident = t->remote_ident;
	if (t->interface && (!e->interface || strcmp(e->interface, t->interface) != 0) &&
		saw_store_text_set(&e->interface, t->interface))
		return -ENOMEM;
	if (t->fvrf && (!e->fvrf || strcmp(e->fvrf, t->fvrf) != 0) && saw_store_text_set(&e->fvrf, t->fvrf))
		return -ENOMEM;
	if (learn_context(e, t->context))
		return -ENOMEM;
	if (e->interface)
		l->interface = e->interface;
	if (e->fvrf)
		l->fvrf = e->fvrf;
	return 0;
}

/* Tunnel ends of one device: far above what any can carry; peers with ever new addresses must not fill the memory. */
#define ENDS_MAX 200000

/* Rows that fit nothing known are new ends; rows of this sample that nothing tells apart share one. */
static int discover(struct round *r) {
	struct assignment **open = calloc(r->n + 1, sizeof *open);
	struct end **fresh = calloc(r->n + 1, sizeof *fresh);
	size_t n = 0, n_fresh = 0, group = 0;
	int rc = open && fresh ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < r->n; i++)
		if (open_row(&r->rows[i]))
			open[n++] = &r->rows[i];
	if (n)
		qsort(open, n, sizeof *open, rows_by_remote);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct end *e = NULL;

		if (i == 0 || saw_addr_cmp(&open[i]->id.traits.remote, &open[i - 1]->id.traits.remote) != 0)
			group = n_fresh;
		for (size_t j = group; j < n_fresh && !e; j++)
			if (saw_traits_agree(&fresh[j]->id.learned, &open[i]->id.traits))
				e = fresh[j];
		if (!e && r->d->n_ends >= ENDS_MAX) {
			open[i]->ambiguous = true; /* counted as unassigned */
			continue;
		}
		if (!e) {
			char name[SAW_END_NAME];
			struct end maker = {.id.learned = open[i]->id.traits};

			e = saw_store_end_create(r->d, saw_store_end_unique_name(r->d, &maker, name));
			if (!e) {
				rc = -ENOMEM;
				break;
			}
			e->first_seen_ms = r->observed_ms;
			rc = learn(r, e, &open[i]->id.traits);
			fresh[n_fresh++] = e;
		}
		claim(open[i], e, false);
	}
	free(open);
	free(fresh);
	return rc;
}

/* ------------------------------------------------------------------------------------------------- counters to totals */

static enum saw_continuity continuity_of(const struct round *r, const struct view *v, const Sawatch__V1__IpsecSa *now) {
	const struct kept_row *before = &v->row;
	bool renumbered;

	if (!before->bytes)
		return SAW_CONTINUITY_ASSUMED;
	if (r->d->has_boot && r->d->boot_ms > v->row_ms && r->d->boot_ms <= r->observed_ms)
		return SAW_CONTINUITY_BROKEN;
	if (v->gone || (r->d->unit_ms > v->row_ms && r->d->unit_ms <= r->observed_ms))
		return SAW_CONTINUITY_DOUBTED;
	if (now->has_active_seconds && before->has_active && now->active_seconds < before->active_seconds)
		return SAW_CONTINUITY_DOUBTED;
	/* Born since it was last seen: seconds are cut off, and an answer takes a moment. */
	if (now->has_active_seconds && now->active_seconds < (uint64_t)INT64_MAX / 1000 &&
		r->observed_ms - (int64_t)now->active_seconds * 1000 > v->row_ms + 2000)
		return SAW_CONTINUITY_DOUBTED;
	renumbered = now->has_device_index && before->has_index && now->device_index != before->index;
	if (renumbered) {
		/* A row that is older than the last poll was there already: only its number is new. */
		bool older = now->has_active_seconds && (int64_t)now->active_seconds * 1000 >= r->observed_ms - v->row_ms;

		return older ? SAW_CONTINUITY_ASSUMED : SAW_CONTINUITY_DOUBTED;
	}
	return now->has_device_index && r->src->has_uptime && r->src->uptime_ms == r->observed_ms ? SAW_CONTINUITY_SHOWN
																							  : SAW_CONTINUITY_ASSUMED;
}

static unsigned rank(unsigned source) {
	for (unsigned i = 0; i < SOURCES; i++)
		if ((unsigned)saw_store_preference[i] == source)
			return i;
	return SOURCES;
}

static bool owner_is_gone(const struct device *d, unsigned owner) {
	return !d->source[owner - 1].configured;
}

/* Adds to the exported total what its owner counted. True where something could not be known. */
static bool export_total(const struct round *r, struct counter *c, const struct saw_total *t, unsigned flags) {
	unsigned source = r->source + 1;

	if (c->owner == 0) {
		*c = (struct counter){
			.value = t->value, .mark = t->value, .owner = (uint8_t)source, .lower_bound = t->lower_bound};
		return false;
	}
	if (c->owner != source) {
		if (rank(source) > rank(c->owner) && !owner_is_gone(r->d, c->owner))
			return false;
		/* A better source, or the only one left: the total goes on from here, what passed in between is not known. */
		c->owner = (uint8_t)source;
		c->mark = t->value;
		/* Where a total starts is arbitrary: until it has moved nothing is lost. */
		c->lower_bound |= c->settled || t->lower_bound;
		return c->settled;
	}
	c->value = t->value - c->mark > UINT64_MAX - c->value ? UINT64_MAX : c->value + (t->value - c->mark);
	c->mark = t->value;
	c->settled = true;
	c->lower_bound |= t->lower_bound;
	return (flags & SAW_TOTAL_GAP) != 0;
}

#define REPLAY_FADES 0.2 /* with every poll */

static void take_rate(const struct round *r, struct counter *c, unsigned flags, uint64_t delta, int64_t before_ms) {
	if (c->owner != r->source + 1 || r->observed_ms <= before_ms)
		return;
	c->has_rate = !(flags & (SAW_TOTAL_FIRST | SAW_TOTAL_GAP));
	c->rate = c->has_rate ? (float)((double)delta * 1000 / (double)(r->observed_ms - before_ms)) : 0;
}

enum { RECENT_BYTES, RECENT_PACKETS, RECENT_REPLAY, RECENT_KINDS };

/* Where the counter is one of those whose last hour is kept, and was read with a rate now. */
static void gather_recent(const struct round *r, int counter, const struct counter *c, int64_t before_ms,
						  struct saw_recent_rates out[RECENT_KINDS]) {
	const int kind = counter == r->replay                                ? RECENT_REPLAY
					 : counter == r->in_bytes || counter == r->out_bytes ? RECENT_BYTES
																		 : RECENT_PACKETS;
	const bool in = counter == r->in_bytes || counter == r->received;
	struct saw_recent_rates *rates = &out[kind];

	if ((kind == RECENT_PACKETS && counter != r->sent && counter != r->received) || c->owner != r->source + 1 ||
		!c->has_rate || r->observed_ms <= before_ms)
		return;
	rates->span_ms = r->observed_ms - before_ms;
	rates->packets = kind == RECENT_PACKETS;
	*(kind == RECENT_REPLAY ? &rates->has_replay : in ? &rates->has_in : &rates->has_out) = true;
	*(kind == RECENT_REPLAY ? &rates->replay : in ? &rates->in : &rates->out) = (double)c->rate;
}

static void take_recent(const struct round *r, struct end *e, const struct saw_recent_rates rates[RECENT_KINDS]) {
	const bool bytes = rates[RECENT_BYTES].span_ms > 0;

	saw_recent_add_rates(&e->recent, r->observed_ms, &rates[bytes ? RECENT_BYTES : RECENT_PACKETS]);
	saw_recent_add_rates(&e->recent, r->observed_ms, &rates[RECENT_REPLAY]);
}

#define SMALLEST_PACKET 20 /* bytes of an IP header */

/* The most packets that can have passed, by their bytes, which are 64 bits wide and went on; false where these do not say. */
static bool most_packets(const struct round *r, const struct view *v, const Sawatch__V1__IpsecSa *row, int counter,
						 uint64_t *most) {
	int bytes = saw_counter_bytes(counter);
	const struct saw_total *b = bytes < 0 ? NULL : saw_store_view_total(v, bytes);
	const struct saw_total *packets = saw_store_view_total(v, counter);
	uint64_t now;

	/* In the order of the schema packets come before their bytes, so that these still have their last value. */
	if (!b || !packets || r->bits[bytes] != 64 || !b->seen || b->last_ms != packets->last_ms ||
		!saw_field_get_u64(&row->base, &saw_counters[bytes], &now) || now < b->last)
		return false;
	*most = (now - b->last) / SMALLEST_PACKET;
	return true;
}

/* One counter of the row fell and cannot have wrapped: all of them began anew, also those that are above their last value. */
static bool was_cleared(const struct round *r, const struct view *v, const Sawatch__V1__IpsecSa *row) {
	for (int i = 0; i < SAW_COUNTERS; i++) {
		const struct saw_total *t = saw_store_view_total(v, i);
		uint64_t now, most;

		if (t && t->seen && saw_field_get_u64(&row->base, &saw_counters[i], &now) && now < t->last &&
			(r->bits[i] == 64 || (most_packets(r, v, row, i, &most) && saw_total_turn(t, now) > most)))
			return true;
	}
	return false;
}

static void renewed(struct end *e, int64_t at_ms, uint64_t times) {
	e->rekeys += times;
	if (times && at_ms > e->renewed_ms)
		e->renewed_ms = at_ms;
	saw_store_frequency_add(&e->rekeyed, at_ms, saw_store_end_window(e), times);
}

static void note_replay(struct end *e, const Sawatch__V1__IpsecSa *row, uint64_t packets, int64_t at_ms) {
	const Sawatch__V1__Sa *in = saw_store_current_sa(row->inbound_sas, row->n_inbound_sas);

	e->replayed_ms = at_ms;
	e->replayed_packets = packets;
	e->replayed_spi = in && in->has_spi ? in->spi : row->current_inbound_spi;
}

static int take_counters(struct round *r, struct end *e, struct view *v, const Sawatch__V1__IpsecSa *row) {
	struct saw_total_input in = {
		.at_ms = r->observed_ms, .continuity = continuity_of(r, v, row), .cleared = was_cleared(r, v, row)};
	struct saw_recent_rates recent[RECENT_KINDS] = {{.span_ms = 0}};
	struct link_reading readings[2] = {{false}};
	bool gap = false, anew = false;

	for (int i = 0; i < SAW_COUNTERS; i++) {
		struct saw_total *t;
		struct counter *c;
		int64_t before_ms;
		uint64_t delta;
		unsigned flags;

		if (!saw_field_get_u64(&row->base, &saw_counters[i], &in.raw))
			continue;
		t = saw_store_view_total_add(v, i);
		c = saw_store_end_counter_add(e, i);
		if (!t || !c)
			return -ENOMEM;
		before_ms = t->last_ms;
		in.bits = r->bits[i];
		in.scope_known = r->known[i];
		in.has_most = most_packets(r, v, row, i, &in.most);
		flags = saw_total_add(t, &in, &delta);
		gap |= export_total(r, c, t, flags);
		anew |= (flags & SAW_TOTAL_RESTART) != 0;
		take_rate(r, c, flags, delta, before_ms);
		gather_recent(r, i, c, before_ms, recent);
		if (i == r->replay && c->has_rate && c->owner == r->source + 1)
			e->replay_average += ((double)c->rate - e->replay_average) * REPLAY_FADES;
		if (i == r->replay && delta && !(flags & SAW_TOTAL_FIRST) && c->owner == r->source + 1)
			note_replay(e, row, delta, r->observed_ms);
		if (i == r->sent || i == r->received)
			readings[i == r->sent ? SAW_LINK_SENDER : SAW_LINK_RECEIVER] =
				(struct link_reading){true, flags & (SAW_TOTAL_FIRST | SAW_TOTAL_RESTART | SAW_TOTAL_GAP), t->value};
	}
	saw_store_link_read(r->d, e, r->source + 1, r->observed_ms, readings);
	take_recent(r, e, recent);
	e->gaps += gap;
	if (in.continuity == SAW_CONTINUITY_BROKEN)
		saw_store_note(r->d, e, r->d->boot_ms, "the device restarted");
	else if (r->d->unit_ms > v->row_ms && v->row.bytes)
		saw_store_note(r->d, e, r->d->unit_ms,
					   "another unit of the pair answers: a failover, or another box in its place");
	else if (anew)
		saw_store_note(r->d, e, r->observed_ms, "counters began anew (%s): the SAs or their counters were cleared",
					   saw_source_text((Sawatch__V1__Source)(r->source + 1)));
	if (row->has_refreshes) {
		uint64_t delta;

		in.cleared = in.has_most = false; /* the row's rekeys, whatever was cleared */
		in.raw = row->refreshes;
		in.bits = 32;
		in.scope_known = true;
		saw_total_add(&v->refreshes, &in, &delta);
		renewed(e, r->observed_ms, delta);
		e->has_refreshes = true;
	}
	return 0;
}

/* New inbound SPIs are a rekey, unless the row was gone in between or another source counts them for the device. */
static void take_spis(struct device *d, struct end *e, const struct saw_row_id *id, bool was_there, int64_t at_ms) {
	bool had = id->n_in ? e->id.in.n > 0 : e->id.out.n > 0, fresh_in = false, fresh_out = false;

	for (unsigned i = 0; i < id->n_in; i++)
		fresh_in |= saw_spis_remember(&e->id.in, id->in[i]);
	for (unsigned i = 0; i < id->n_out; i++)
		fresh_out |= saw_spis_remember(&e->id.out, id->out[i]);
	if (had && was_there && !e->has_refreshes && (id->n_in ? fresh_in : fresh_out))
		renewed(e, at_ms, 1);
	else if (!had && (fresh_in || fresh_out))
		e->renewed_ms = at_ms; /* how old it is cannot be known: it is taken for new */
	else if ((fresh_in || fresh_out) && at_ms > e->renewed_ms)
		e->renewed_ms = at_ms;
	d->store->pairing_due |= !e->link && (fresh_in || fresh_out);
}

/* Both counters of one poll; what came before the rekey was seen belongs to nobody. */
static void take_replay_ratio(const struct round *r, const struct end *e, struct view *v) {
	const struct saw_total *drops = saw_store_view_total(v, r->replay), *packets = saw_store_view_total(v, r->received);

	if (!drops || !packets || drops->last_ms != r->observed_ms || packets->last_ms != r->observed_ms)
		return;
	if (!v->base_ms || v->base_ms < e->renewed_ms) {
		v->base_ms = r->observed_ms;
		v->base_drops = drops->value;
		v->base_packets = packets->value;
	}
	v->sa_drops = drops->value - v->base_drops;
	v->sa_packets = packets->value - v->base_packets;
}

static int take_row(struct round *r, const struct assignment *a, unsigned rows, bool count) {
	struct end *e = a->end;
	struct view *v = saw_store_view_add(e, r->source + 1);
	int rc = v ? 0 : -ENOMEM;
	Sawatch__V1__IpsecSa with_bytes;

	if (rc == 0 && count) /* rows that nothing tells apart teach nothing of the one that is meant */
		rc = learn(r, e, &a->id.traits);
	if (rc == 0 && count && a->child) {
		with_bytes = *a->row;
		saw_store_child_bytes(a->child, &with_bytes);
		rc = take_counters(r, e, v, &with_bytes);
	} else if (rc == 0 && count) {
		rc = take_counters(r, e, v, a->row);
	}
	if (rc)
		return rc;
	saw_store_row_nat(a->row, &e->nat_t);
	if (count) {
		saw_store_note_facts(r->d, e, &v->facts, a->row, r->observed_ms);
		take_spis(r->d, e, &a->id, v->row.bytes && !v->gone, r->observed_ms);
		take_replay_ratio(r, e, v);
	}
	if (r->src->detailed)
		v->detail_ms = r->observed_ms;
	/* What only the details say holds until they are read again, or too old. */
	if (!r->src->detailed && v->row.bytes && v->detail_ms &&
		!saw_store_source_stale(r->src, true, v->detail_ms, r->observed_ms))
		rc = saw_store_row_keep_over(&v->row, a->row, r->observed_ms - v->row_ms);
	else
		rc = saw_store_row_keep(&v->row, a->row);
	if (rc)
		return rc;
	v->present = true;
	/* Rows that were not counted leave the last values where they are, and so what is known of the time since. */
	v->gone = v->gone && !count;
	v->rows = rows;
	v->row_ms = r->observed_ms;
	if (!e->first_seen_ms)
		e->first_seen_ms = r->observed_ms;
	if (r->observed_ms > e->last_seen_ms)
		e->last_seen_ms = r->observed_ms;
	saw_store_touch(r->d, e);
	return 0;
}

/* True where this row is the one to count, of several that claim an end: known by SPI, or the row that was counted before. */
static bool is_primary(const struct round *r, const struct assignment *a) {
	const struct view *v = a->end->view[r->source];

	if (a->end->claims == 1)
		return true;
	if (a->end->claims_by_spi == 1)
		return a->by_spi;
	return v && v->row.bytes && v->rows == 1 && v->row.has_index && a->row->has_device_index &&
		   v->row.index == a->row->device_index;
}

static int take_rows(struct round *r) {
	int rc = 0;

	/* The counted rows first: their end is then done with. */
	for (size_t i = 0; i < r->n && rc == 0; i++)
		if (r->rows[i].end && r->rows[i].end->claims && is_primary(r, &r->rows[i])) {
			struct end *e = r->rows[i].end;

			r->src->unassigned += e->claims - 1;
			rc = take_row(r, &r->rows[i], 1, true);
			e->claims = 0;
		}
	for (size_t i = 0; i < r->n && rc == 0; i++)
		if (r->rows[i].end && r->rows[i].end->claims) {
			struct end *e = r->rows[i].end;

			r->src->unassigned += e->claims;
			rc = take_row(r, &r->rows[i], e->claims, false);
			e->claims = 0;
		}
	return rc;
}

/* What is configured as a tunnel is one, though its selectors look like a client's. */
static bool is_configured(const struct device *d, const struct saw_addr *remote) {
	for (size_t i = 0; i < d->n_ends; i++)
		if (d->ends[i]->config && saw_addr_cmp(&d->ends[i]->id.learned.remote, remote) == 0)
			return true;
	return false;
}

static int rows_by_index(const void *a, const void *b) {
	const struct assignment *x = *(struct assignment *const *)a, *y = *(struct assignment *const *)b;

	if (x->row->device_index != y->row->device_index)
		return x->row->device_index < y->row->device_index ? -1 : 1;
	/* The row that names its VRF first: it is the one that stays. */
	return (x->row->context_vrf == NULL) - (y->row->context_vrf == NULL);
}

/* Where VRFs have contexts, rows of the default one are its own, or once more a VRF's. */
static int tell_contexts(struct round *r) {
	struct assignment **sorted = calloc(r->n + 1, sizeof *sorted);

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < r->n; i++) {
		if (!r->rows[i].row->context_vrf)
			r->rows[i].id.traits.context = "";
		sorted[i] = &r->rows[i];
	}
	qsort(sorted, r->n, sizeof *sorted, rows_by_index);
	for (size_t i = 1; i < r->n; i++)
		for (size_t j = i; j-- > 0 && sorted[j]->row->device_index == sorted[i]->row->device_index;)
			if (sorted[j]->id.kind != SAW_ROW_TWIN &&
				saw_rows_are_one(&sorted[j]->id, sorted[j]->row, &sorted[i]->id, sorted[i]->row)) {
				sorted[i]->id.kind = SAW_ROW_TWIN;
				break;
			}
	free(sorted);
	return 0;
}

static int begin_round(struct round *r) {
	struct saw_end_id **ids = calloc(r->d->n_ends + 1, sizeof *ids);
	struct saw_spi_entry *spis = calloc(r->d->n_ends * 2 * SAW_SPIS_KEPT + 1, sizeof *spis);
	const Sawatch__V1__DeviceSample *s = r->sample;
	struct children children;

	r->rows = calloc(s->n_ipsec_sas + 1, sizeof *r->rows);
	r->index = (struct saw_end_index){.ends = ids, .spis = spis};
	if (!ids || !spis || !r->rows || saw_store_children_find(s, &children) < 0)
		return -ENOMEM;
	r->src->unassigned = r->src->remote_access = 0;
	r->replay = saw_counter_index("replay_failed_recv");
	r->sent = saw_counter_index("encaps_packets");
	r->received = saw_counter_index("decaps_packets");
	r->in_bytes = saw_counter_index("in_bytes");
	r->out_bytes = saw_counter_index("out_bytes");
	for (size_t i = 0; i < r->d->n_ends; i++) {
		struct end *e = r->d->ends[i];

		ids[i] = &e->id;
		e->claims = e->claims_by_spi = e->claims_any = e->ambiguous[r->source] = 0;
		if (e->view[r->source])
			e->view[r->source]->present = false;
	}
	saw_end_index_build(&r->index, ids, r->d->n_ends, spis);
	for (size_t i = 0; i < s->n_ipsec_sas; i++) {
		struct assignment *a = &r->rows[r->n++];

		a->row = s->ipsec_sas[i];
		saw_row_identify(a->row, &a->id);
		if (a->id.kind == SAW_ROW_REMOTE_ACCESS && is_configured(r->d, &a->id.traits.remote))
			a->id.kind = SAW_ROW_TUNNEL;
		a->any = a->id.traits.local_ident.any && a->id.traits.remote_ident.any;
		r->src->remote_access += a->id.kind == SAW_ROW_REMOTE_ACCESS;
		a->child = saw_store_child_of(&children, &a->id.traits);
		r->in_contexts |= a->row->context_vrf != NULL;
	}
	free(children.list);
	for (int i = 0; i < SAW_COUNTERS; i++) {
		const struct saw_scope_rule *rule = saw_scope_of(r->d->config->platform, s->source, saw_counters[i].name);

		r->bits[i] = rule->bits;
		r->known[i] = rule->scope != SAW_SCOPE_UNKNOWN;
	}
	return r->in_contexts ? tell_contexts(r) : 0;
}

int saw_store_ends_take(struct device *d, Sawatch__V1__Source source, const Sawatch__V1__DeviceSample *sample,
						int64_t observed_ms) {
	struct round r = {.d = d,
					  .src = &d->source[source - 1],
					  .source = (unsigned)source - 1,
					  .observed_ms = observed_ms,
					  .sample = sample};
	int rc = begin_round(&r);

	if (rc == 0) {
		find_ends(&r);
		rc = discover(&r);
	}
	if (rc == 0)
		rc = take_rows(&r);
	for (size_t i = 0; rc == 0 && i < r.n; i++)
		r.src->unassigned += r.rows[i].ambiguous || (r.rows[i].id.kind == SAW_ROW_NO_PEER && !r.rows[i].end);
	/* Only a list that was read to its end says that what it lacks is gone. */
	for (size_t i = 0; rc == 0 && r.src->flows_complete && i < d->n_ends; i++) {
		struct view *v = d->ends[i]->view[r.source];

		if (v && !v->present && !v->gone && !d->ends[i]->ambiguous[r.source]) {
			v->gone = true;
			saw_store_touch(d, d->ends[i]);
		}
	}
	free(r.index.ends);
	free(r.index.spis);
	free(r.rows);
	return rc;
}
