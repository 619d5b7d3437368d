#include "proto/tunnel.h"

#include "core/text.h"
#include "proto/json.h"

#include <stdlib.h>
#include <string.h>

Sawatch__V1__TunnelState saw_tunnel_state(const Sawatch__V1__TunnelEnd *t) {
	return t->has_state ? t->state : SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
}

const char *saw_tunnel_state_name(Sawatch__V1__TunnelState s) {
	const char *name = saw_enum_name(&sawatch__v1__tunnel_state__descriptor, (int)s);

	return name ? name : "unknown";
}

#define STATES 6

int saw_tunnel_state_rank(Sawatch__V1__TunnelState s) {
	static const Sawatch__V1__TunnelState worst_first[STATES] = {
		SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN,       SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING,
		SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED,   SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN,
		SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED, SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP,
	};
	int rank = 0;

	while (rank < STATES && worst_first[rank] != s)
		rank++;
	return rank;
}

int saw_tunnel_rank(const Sawatch__V1__TunnelEnd *t) {
	int rank = saw_tunnel_state_rank(saw_tunnel_state(t));

	return t->has_maintenance && t->maintenance ? rank + STATES : rank;
}

static int cmp_text(const char *a, const char *b) {
	return saw_compare_natural(a ? a : "", b ? b : "");
}

static int cmp(const void *a, const void *b) {
	const Sawatch__V1__TunnelEnd *x = *(const Sawatch__V1__TunnelEnd *const *)a;
	const Sawatch__V1__TunnelEnd *y = *(const Sawatch__V1__TunnelEnd *const *)b;
	int c = saw_tunnel_rank(x) - saw_tunnel_rank(y);

	if (c == 0)
		c = cmp_text(x->device, y->device);
	return c ? c : cmp_text(x->name, y->name);
}

void saw_tunnel_sort(const Sawatch__V1__TunnelEnd **tunnels, size_t n) {
	if (n)
		qsort(tunnels, n, sizeof *tunnels, cmp);
}

static bool is_same(const char *a, const char *b) {
	return a && b && strcmp(a, b) == 0;
}

static bool is_end_a(const Sawatch__V1__Link *l, const Sawatch__V1__TunnelEnd *t) {
	return is_same(l->a_device, t->device) && is_same(l->a_tunnel, t->name);
}

const Sawatch__V1__Link *saw_tunnel_link(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t) {
	for (size_t i = 0; i < s->n_links; i++) {
		const Sawatch__V1__Link *l = s->links[i];

		if (is_end_a(l, t) || (is_same(l->b_device, t->device) && is_same(l->b_tunnel, t->name)))
			return l;
	}
	return NULL;
}

const char *saw_tunnel_peer(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t) {
	const Sawatch__V1__Link *l = saw_tunnel_link(s, t);
	const char *name = !l ? NULL : is_end_a(l, t) ? l->b_device : l->a_device;

	return name ? name : t->remote;
}

int64_t saw_ms_since(int64_t then_ms, int64_t now_ms) {
	int64_t ms;

	if (then_ms >= now_ms)
		return 0;
	return __builtin_sub_overflow(now_ms, then_ms, &ms) ? INT64_MAX : ms;
}

void saw_put_duration(struct saw_buf *b, int64_t seconds) {
	static const struct {
		int64_t seconds;
		char letter;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;

	if (seconds < 0)
		seconds = 0;
	while (units[i].seconds > 1 && seconds < units[i].seconds)
		i++;
	saw_buf_put_i64(b, seconds / units[i].seconds);
	saw_buf_putc(b, units[i].letter);
	seconds %= units[i].seconds;
	if (units[i].seconds == 1 || seconds / units[i + 1].seconds == 0)
		return;
	saw_buf_putc(b, ' ');
	saw_buf_put_i64(b, seconds / units[i + 1].seconds);
	saw_buf_putc(b, units[i + 1].letter);
}
