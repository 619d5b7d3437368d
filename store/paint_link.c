/* What a snapshot shows of a link. */
#include "proto/tunnel.h"
#include "store/paint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINK_REASONS 12
#define LINK_REASON_TEXT 1024

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
	for (int i = 0; (a <= 0 || b <= 0) && i < 2; i++) {
		const Sawatch__V1__TunnelEnd *end = l->side[i].end->shown;

		say(why, "%s shows it %s%s%s", l->side[i].device, saw_tunnel_state_name(saw_tunnel_state(end)),
			end->n_reasons ? ", " : "", end->n_reasons ? end->reasons[0] : "");
	}
}

static void paint_differences(struct painter *p, const struct link *l, struct reasons *why, Sawatch__V1__Link *out) {
	struct saw_link_difference d[SAW_LINK_FIELDS];
	size_t n = 0;

	saw_link_compare(l->side[0].end->shown, l->side[1].end->shown, d);
	for (int i = 0; i < SAW_LINK_FIELDS; i++)
		n += d[i].known;
	out->comparisons = saw_paint_list(p, n, sizeof(Sawatch__V1__LinkComparison));
	for (int i = 0; out->comparisons && i < SAW_LINK_FIELDS; i++) {
		Sawatch__V1__LinkComparison *c;

		if (!d[i].known)
			continue;
		c = out->comparisons[out->n_comparisons++];
		sawatch__v1__link_comparison__init(c);
		c->field = (char *)(uintptr_t)d[i].field; /* static */
		SET(c, differs, d[i].differs);
		c->a = saw_paint_text(p, d[i].a);
		c->b = saw_paint_text(p, d[i].b);
		if (d[i].differs)
			say(why, "%s differs: %s at %s, %s at %s", d[i].field, d[i].a, out->a_device, d[i].b, out->b_device);
	}
}

static void paint_link(struct painter *p, const struct link *l, Sawatch__V1__Link *out) {
	struct reasons why = {0};
	struct saw_link_loss loss[2];

	sawatch__v1__link__init(out);
	out->name = saw_paint_text(p, l->name);
	out->a_device = saw_paint_text(p, l->side[0].device);
	out->a_tunnel = saw_paint_text(p, l->side[0].tunnel);
	out->b_device = saw_paint_text(p, l->side[1].device);
	out->b_tunnel = saw_paint_text(p, l->side[1].tunnel);
	out->evidence = (char *)(uintptr_t)saw_link_evidence_text(l->evidence); /* static */
	SET(out, maintenance, l->side[0].end->shown->maintenance || l->side[1].end->shown->maintenance);
	paint_state(l, &why, out);
	out->directions = saw_paint_list(p, 2, sizeof(Sawatch__V1__LinkDirection));
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
	out->reasons = why.n ? saw_paint_take(p, why.n * sizeof(char *)) : NULL;
	for (unsigned i = 0; out->reasons && i < why.n; i++)
		out->reasons[out->n_reasons++] = saw_paint_text(p, why.text[i]);
}

void saw_paint_links(struct painter *p, Sawatch__V1__Snapshot *pb) {
	struct saw_store *s = p->store;
	size_t n = 0;

	for (size_t i = 0; i < s->n_links; i++)
		n += s->links[i]->side[0].end && s->links[i]->side[1].end;
	pb->links = saw_paint_list(p, n, sizeof(Sawatch__V1__Link));
	for (size_t i = 0; pb->links && i < s->n_links && !p->failed; i++)
		if (s->links[i]->side[0].end && s->links[i]->side[1].end)
			paint_link(p, s->links[i], pb->links[pb->n_links++]);
}
