#include "model/link.h"

#include "model/mtu_end.h"
#include "proto/tunnel_fact.h"

#include <stdio.h>
#include <string.h>

#define DELAY_MS 1000 /* on the way, and from the moment of counting to the answer */
#define POINTS_APART_MS (SAW_LINK_LONGEST_MS / (SAW_LINK_POINTS - 2))
#define RATE_FADES 0.9 /* with every point: a burst counts for the points around it */
#define ALWAYS 2       /* packets that a difference always may have: those under way */

/* ------------------------------------------------------------------------------------------------------------------ loss */

static double rate_between(const struct saw_link_reading *a, const struct saw_link_reading *b) {
	if (!a->known || !b->known || b->at_ms <= a->at_ms)
		return 0;
	return (double)(b->packets - a->packets) * 1000 / (double)(b->at_ms - a->at_ms);
}

/* A counter began anew: what was counted so far stays, and a new span begins. */
static void begin_anew(struct saw_link_way *w) {
	if (w->begun) {
		w->sent_before += w->last.sent - w->first.sent;
		w->received_before += w->last.received - w->first.received;
		w->lost_before += w->lost;
	}
	w->begun = false;
	w->lost = 0;
	w->n_points = 0;
	w->rate = 0;
	memset(w->before, 0, sizeof w->before);
	memset(w->now, 0, sizeof w->now);
}

static void keep_point(struct saw_link_way *w, const struct saw_link_point *p) {
	if (w->n_points && p->at_ms - w->points[w->n_points - 1].at_ms < POINTS_APART_MS)
		return;
	/* The second oldest begins a window that is long enough: the oldest is not needed any more. */
	if (w->n_points > 1 && (p->at_ms - w->points[1].at_ms >= SAW_LINK_LONGEST_MS || w->n_points == SAW_LINK_POINTS)) {
		memmove(w->points, w->points + 1, (w->n_points - 1) * sizeof *w->points);
		w->n_points--;
	}
	w->points[w->n_points++] = *p;
}

static void add_point(struct saw_link_way *w, const struct saw_link_point *p) {
	double lost;

	if (!w->begun) {
		w->begun = true;
		w->first = *p;
	}
	w->last = *p;
	keep_point(w, p);
	lost = (double)(p->sent - w->first.sent) - (double)(p->received - w->first.received) - p->bound - w->first.bound;
	if (lost > (double)w->lost)
		w->lost = (uint64_t)lost;
}

void saw_link_read(struct saw_link_way *w, int side, int64_t at_ms, uint64_t packets, bool broken, int64_t lag_ms) {
	struct saw_link_reading *before = &w->before[side], *now = &w->now[side];
	const struct saw_link_reading *other = &w->now[!side];
	double rate, other_rate, part;
	struct saw_link_point p;
	int64_t apart;

	if (broken || (now->known && packets < now->packets))
		begin_anew(w);
	if (now->known && at_ms <= now->at_ms)
		return;
	*before = *now;
	*now = (struct saw_link_reading){true, at_ms, packets};
	/* The earlier of the two last readings is the common time: this side is known before and after it. */
	if (!before->known || !other->known || other->at_ms < before->at_ms || other->at_ms > at_ms ||
		(w->begun && other->at_ms <= w->last.at_ms))
		return;
	rate = rate_between(before, now);
	other_rate = rate_between(&w->before[!side], other);
	w->rate *= RATE_FADES;
	w->rate = rate > w->rate ? rate : w->rate;
	w->rate = other_rate > w->rate ? other_rate : w->rate;
	part = (double)(other->at_ms - before->at_ms) / (double)(at_ms - before->at_ms);
	apart = other->at_ms - before->at_ms < at_ms - other->at_ms ? other->at_ms - before->at_ms : at_ms - other->at_ms;
	p = (struct saw_link_point){
		.at_ms = other->at_ms,
		.bound = w->rate * (double)(apart + DELAY_MS + lag_ms) / 1000 + ALWAYS,
	};
	packets = before->packets + (uint64_t)((double)(now->packets - before->packets) * part);
	p.sent = side == SAW_LINK_SENDER ? packets : other->packets;
	p.received = side == SAW_LINK_SENDER ? other->packets : packets;
	add_point(w, &p);
}

static void judge_window(const struct saw_link_way *w, const struct saw_link_point *from, struct saw_link_loss *out) {
	out->has_window = true;
	out->window_ms = w->last.at_ms - from->at_ms;
	out->window_sent = w->last.sent - from->sent;
	out->window_received = w->last.received - from->received;
	out->nothing_arrives = out->window_received == 0 && out->window_sent >= SAW_LINK_ONE_WAY_PACKETS;
	out->has_ratio = out->window_sent > 0;
	if (!out->has_ratio)
		return;
	out->ratio = ((double)out->window_sent - (double)out->window_received) / (double)out->window_sent;
	out->bound = (w->last.bound + from->bound) / (double)out->window_sent;
}

void saw_link_result(const struct saw_link_way *w, struct saw_link_loss *out) {
	*out = (struct saw_link_loss){
		.sent = w->sent_before, .received = w->received_before, .lost = w->lost_before + w->lost};
	if (!w->begun)
		return;
	out->sent += w->last.sent - w->first.sent;
	out->received += w->last.received - w->first.received;
	for (unsigned i = w->n_points; i > 0; i--) {
		struct saw_link_loss longer = *out;

		if (w->last.at_ms - w->points[i - 1].at_ms < SAW_LINK_WINDOW_MS)
			continue;
		judge_window(w, &w->points[i - 1], &longer);
		if (!out->has_window || (longer.has_ratio && longer.ratio > longer.bound))
			*out = longer;
		if (out->has_ratio && out->ratio > out->bound)
			return;
	}
}

/* ------------------------------------------------------------------------------------------------------------ comparison */

static void put_number(char out[48], bool has, uint64_t v) {
	if (has)
		snprintf(out, 48, "%llu", (unsigned long long)v);
}

/* A number of the flow MIB that has no name: agents number on as they like, so it is the same as no other, and no other either. */
static bool is_numbered(const char *name, const char *kind) {
	return name && strncmp(name, kind, strlen(kind)) == 0;
}

static void put_cipher(char out[48], const Sawatch__V1__TunnelEnd *t) {
	char cipher[SAW_FIELD_SCRATCH];

	if (!t->encryption || is_numbered(t->encryption, "cipher-") || is_numbered(t->integrity, "hash-"))
		return;
	snprintf(out, 48, "%.31s%s%.12s", saw_tunnel_fact_text(t, SAW_TUNNEL_FACT_encryption, cipher),
			 t->integrity ? " " : "", t->integrity ? t->integrity : "");
}

void saw_link_compare(const Sawatch__V1__TunnelEnd *a, const Sawatch__V1__TunnelEnd *b,
					  struct saw_link_difference out[SAW_LINK_FIELDS]) {
	static const char *const fields[SAW_LINK_FIELDS] = {"mtu",           "cipher", "pfs",    "lifetime",
														"replay_window", "dpd",    "version"};
	const Sawatch__V1__TunnelEnd *ends[2] = {a, b};

	memset(out, 0, SAW_LINK_FIELDS * sizeof *out);
	for (int i = 0; i < 2; i++) {
		const Sawatch__V1__TunnelEnd *t = ends[i];
		char *texts[SAW_LINK_FIELDS];

		for (int j = 0; j < SAW_LINK_FIELDS; j++)
			texts[j] = i ? out[j].b : out[j].a;
		put_number(texts[0], saw_mtu_end_observed(t) != 0, saw_mtu_end_observed(t));
		put_cipher(texts[1], t);
		put_number(texts[2], t->has_pfs_group, t->pfs_group);
		put_number(texts[3], t->has_sa_lifetime_seconds, t->sa_lifetime_seconds);
		put_number(texts[4], t->has_replay_window, t->replay_window);
		put_number(texts[5], t->has_dpd_seconds, t->dpd_seconds);
		put_number(texts[6], t->has_ike_version, t->ike_version);
	}
	for (int j = 0; j < SAW_LINK_FIELDS; j++) {
		out[j].field = fields[j];
		out[j].known = *out[j].a && *out[j].b;
		out[j].differs = out[j].known && strcmp(out[j].a, out[j].b) != 0;
	}
	if (out[0].differs)
		out[0].differs = saw_mtu_ends_differ(a, b);
}
