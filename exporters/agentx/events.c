#include "config.h"

#include "exporters/agentx/events.h"

#include "core/text.h"
#include "proto/tunnel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORGET_MS (INT64_C(86400) * 1000)
#define KEY_MAX SAW_NOTICE_KEY
#define PART_END '\x1f'

/* What of a thing is told. Each has a state that is well: 0. */
enum kind { OF_TUNNEL = 'T', OF_REPLAY = 'R', OF_MTU = 'M', OF_DEVICE = 'D' };
enum { WELL = 0, DEGRADED = 1, BAD = 2, UNKNOWN = -1 };

struct record {
	char *key; /* kind, device, PART_END, tunnel; or kind, link */
	int told;
	uint64_t serial; /* of the notice that told it, where that is newer than what was loaded beside it */
	int64_t seen_ms;
	int64_t left_ms; /* when it was first seen to be another than told; 0: it is not */
	int held;        /* that other state */
	struct saw_notice *waiting;
};

struct saw_events {
	struct record *records; /* by key */
	size_t n, room;
	uint64_t serial; /* the last one that was given */
	bool changed;
	bool unsorted; /* and a key may be there twice */
};

/* What a look is made with. */
struct look {
	struct saw_events *e;
	const struct saw_events_options *o;
	int64_t now_ms;
	size_t n_sorted; /* records before the look: the rest is new and not sorted yet */
	int rc;
};

struct saw_events *saw_events_create(void) {
	return calloc(1, sizeof(struct saw_events));
}

static void record_free(struct record *r) {
	saw_notice_destroy(r->waiting);
	free(r->key);
}

void saw_events_destroy(struct saw_events *e) {
	if (!e)
		return;
	for (size_t i = 0; i < e->n; i++)
		record_free(&e->records[i]);
	free(e->records);
	free(e);
}

static int by_key(const void *a, const void *b) {
	return strcmp(((const struct record *)a)->key, ((const struct record *)b)->key);
}

static void sort(struct saw_events *e) {
	if (e->n)
		qsort(e->records, e->n, sizeof *e->records, by_key);
}

static int by_key_the_newest_first(const void *a, const void *b) {
	const struct record *x = a, *y = b;
	int way = by_key(a, b);

	return way ? way : x->serial < y->serial ? 1 : x->serial > y->serial ? -1 : 0;
}

/* Of what was loaded the newest counts. */
static void settle(struct saw_events *e) {
	size_t kept = 0;

	if (e->n && e->unsorted)
		qsort(e->records, e->n, sizeof *e->records, by_key_the_newest_first);
	for (size_t i = 0; e->unsorted && i < e->n; i++) {
		if (kept && strcmp(e->records[kept - 1].key, e->records[i].key) == 0)
			record_free(&e->records[i]);
		else
			e->records[kept++] = e->records[i];
	}
	e->n = e->unsorted ? kept : e->n;
	e->unsorted = false;
}

static struct record *find(struct saw_events *e, size_t n, char *key) {
	const struct record wanted = {.key = key};

	return n ? bsearch(&wanted, e->records, n, sizeof *e->records, by_key) : NULL;
}

static struct record *add(struct saw_events *e, const char *key, int told, int64_t now_ms) {
	struct record *r;

	if (e->n == e->room) {
		size_t room = e->room ? 2 * e->room : 64;

		r = e->n < SAW_EVENTS_MAX ? realloc(e->records, room * sizeof *r) : NULL;
		if (!r)
			return NULL;
		e->records = r;
		e->room = room;
	}
	r = &e->records[e->n];
	*r = (struct record){.key = strdup(key), .told = told, .seen_ms = now_ms};
	if (!r->key)
		return NULL;
	e->n++;
	return r;
}

/* -------------------------------------------------------------------------------------------------------- telling */

static void tell(struct saw_events *e, const struct saw_events_options *o, struct record *r) {
	struct saw_notice *n = r->waiting;

	r->waiting = NULL;
	r->left_ms = 0;
	r->told = r->held;
	e->changed = true;
	if (!n)
		return;
	saw_notice_number(n, ++e->serial);
	snprintf(n->key, sizeof n->key, "%s", r->key);
	n->state = r->told;
	o->notify(o->ctx, n);
}

void saw_events_due(struct saw_events *e, const struct saw_events_options *o, int64_t now_ms) {
	for (size_t i = 0; i < e->n; i++)
		if (e->records[i].waiting && now_ms - e->records[i].left_ms >= (int64_t)o->hold_ms)
			tell(e, o, &e->records[i]);
}

int64_t saw_events_next_ms(const struct saw_events *e) {
	int64_t next = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->records[i].waiting && (!next || e->records[i].left_ms < next))
			next = e->records[i].left_ms;
	return next;
}

static void calm(struct record *r) {
	saw_notice_destroy(r->waiting);
	r->waiting = NULL;
	r->left_ms = 0;
}

/* One thing as it is now. make: its notice, where its state is another than was told. */
static void see(struct look *l, char *key, int state, bool silent,
				struct saw_notice *(*make)(void *ctx, int told, int state), void *ctx) {
	struct record *r = find(l->e, l->n_sorted, key);

	if (r)
		r->seen_ms = l->now_ms;
	if (state == UNKNOWN || silent) {
		if (r)
			calm(r);
		return;
	}
	if (!r) {
		r = add(l->e, key, WELL, l->now_ms);
		if (!r) {
			l->rc = -ENOMEM;
			return;
		}
	}
	if (state == r->told) {
		calm(r);
		return;
	}
	if (r->waiting && r->held == state)
		return;
	if (!r->left_ms)
		r->left_ms = l->now_ms;
	saw_notice_destroy(r->waiting);
	r->held = state;
	r->waiting = make(ctx, r->told, state);
	if (!r->waiting)
		l->rc = -ENOMEM;
}

/* -------------------------------------------------------------------------------------------------------- looking */

struct subject {
	const struct saw_view *view;
	const Sawatch__V1__Snapshot *snapshot;
	const void *message;
	const Sawatch__V1__TunnelEnd *tunnel;
	const Sawatch__V1__Link *link;
	const Sawatch__V1__Device *device;
	int64_t now_ms;
};

static struct saw_notice *make(const struct subject *s, enum saw_mib_scope scope, const char *name, int64_t at_ms,
							   const char *text) {
	struct saw_mib_row row;

	if (!saw_view_row_of(s->view, scope, s->message, &row))
		return NULL;
	return saw_notice_create(name, &row, at_ms, text);
}

static struct saw_notice *make_tunnel(void *ctx, int told, int state) {
	const struct subject *s = ctx;
	const Sawatch__V1__TunnelEnd *t = s->tunnel;
	const char *const names[] = {[WELL] = "sawTunnelUp", [DEGRADED] = "sawTunnelDegraded", [BAD] = "sawTunnelDown"};
	const char *why = t->n_reasons ? t->reasons[0] : NULL;
	char text[SAW_MIB_TEXT_MAX + 1];

	(void)told;
	snprintf(text, sizeof text, "%s of %s is %s%s%s", t->name, t->device, saw_tunnel_state_name(saw_tunnel_state(t)),
			 why ? ": " : "", why ? why : "");
	return make(s, SAW_MIB_TUNNEL, names[state], t->has_since_ms ? t->since_ms : s->now_ms, text);
}

static struct saw_notice *make_replay(void *ctx, int told, int state) {
	const struct subject *s = ctx;
	const Sawatch__V1__TunnelEnd *t = s->tunnel;
	char text[SAW_MIB_TEXT_MAX + 1];

	(void)told;
	if (state == WELL)
		snprintf(text, sizeof text, "%s of %s: the burst of replay drops is over", t->name, t->device);
	else
		snprintf(text, sizeof text, "%s of %s: the anti-replay check drops %.1f packets a second%s%s", t->name,
				 t->device, t->replay_errors_per_second, t->replay_advice ? ": " : "",
				 t->replay_advice ? t->replay_advice : "");
	return make(s, SAW_MIB_TUNNEL, state == WELL ? "sawTunnelReplayCalm" : "sawTunnelReplayBurst", s->now_ms, text);
}

static struct saw_notice *make_mtu(void *ctx, int told, int state) {
	const struct subject *s = ctx;
	const Sawatch__V1__LinkComparison *c = s->message;
	char text[SAW_MIB_TEXT_MAX + 1];

	(void)told;
	if (state == WELL)
		snprintf(text, sizeof text, "%s: both ends have the same MTU again, %s", s->link->name, c->a ? c->a : "");
	else
		snprintf(text, sizeof text, "%s: MTU %s on %s, %s on %s", s->link->name, c->a ? c->a : "?", s->link->a_device,
				 c->b ? c->b : "?", s->link->b_device);
	return make(s, SAW_MIB_COMPARISON, state == WELL ? "sawLinkMtuMatch" : "sawLinkMtuMismatch", s->now_ms, text);
}

static struct saw_notice *make_device(void *ctx, int told, int state) {
	const struct subject *s = ctx;
	const char *why = NULL;
	char text[SAW_MIB_TEXT_MAX + 1];

	(void)told;
	saw_mib_reachable(s->device, &why);
	if (state == WELL)
		snprintf(text, sizeof text, "%s answers again", s->device->name);
	else
		snprintf(text, sizeof text, "%s cannot be read%s%s", s->device->name, why ? ": " : "", why ? why : "");
	return make(s, SAW_MIB_DEVICE, state == WELL ? "sawDeviceReached" : "sawDeviceUnreachable", s->now_ms, text);
}

static int state_of(const Sawatch__V1__TunnelEnd *t) {
	switch (saw_tunnel_state(t)) {
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED:
		return WELL;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED:
		return DEGRADED;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING:
		return BAD;
	default:
		return UNKNOWN;
	}
}

/* Between the burst and half of it nothing changes. */
static int replay_of(const Sawatch__V1__TunnelEnd *t, double burst) {
	if (state_of(t) == UNKNOWN || !t->has_replay_errors_per_second)
		return UNKNOWN;
	if (t->replay_errors_per_second >= burst)
		return BAD;
	return t->replay_errors_per_second < burst / 2 ? WELL : UNKNOWN;
}

static void key_of(char out[KEY_MAX], enum kind kind, const char *first, const char *second) {
	snprintf(out, KEY_MAX, "%c%s%c%s", kind, first ? first : "", PART_END, second ? second : "");
}

static bool is_silenced(const struct saw_events_options *o, const char *device) {
	return o->silenced && device && o->silenced(o->ctx, device);
}

static void look_at_links(struct look *l, struct subject *s) {
	char key[KEY_MAX];

	for (size_t i = 0; i < s->snapshot->n_links; i++) {
		s->link = s->snapshot->links[i];
		for (size_t k = 0; k < s->link->n_comparisons; k++) {
			const Sawatch__V1__LinkComparison *c = s->link->comparisons[k];

			if (!c->field || strcmp(c->field, "mtu") != 0 || !c->has_differs || !s->link->name)
				continue;
			s->message = c;
			key_of(key, OF_MTU, s->link->name, NULL);
			see(l, key, c->differs ? BAD : WELL, s->link->maintenance, make_mtu, s);
		}
	}
}

static void look_at_all(struct look *l, struct subject *s) {
	const Sawatch__V1__Snapshot *snapshot = s->snapshot;
	char key[KEY_MAX];

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		int reachable;

		s->message = s->device = snapshot->devices[i];
		if (!s->device->name)
			continue;
		reachable = saw_mib_reachable(s->device, NULL);
		key_of(key, OF_DEVICE, s->device->name, NULL);
		see(l, key,
			reachable < 0 ? UNKNOWN
			: reachable   ? WELL
						  : BAD,
			is_silenced(l->o, s->device->name), make_device, s);
	}
	for (size_t i = 0; i < snapshot->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = snapshot->tunnels[i];
		bool silent = t->maintenance || is_silenced(l->o, t->device);

		if (!t->device || !t->name)
			continue;
		s->message = s->tunnel = t;
		key_of(key, OF_TUNNEL, t->device, t->name);
		see(l, key, state_of(t), silent, make_tunnel, s);
		key_of(key, OF_REPLAY, t->device, t->name);
		see(l, key, replay_of(t, l->o->replay_burst), silent, make_replay, s);
	}
	look_at_links(l, s);
}

static void forget(struct saw_events *e, int64_t now_ms) {
	size_t kept = 0;

	for (size_t i = 0; i < e->n; i++) {
		if (now_ms - e->records[i].seen_ms > FORGET_MS) {
			e->changed |= e->records[i].told != WELL;
			record_free(&e->records[i]);
		} else {
			e->records[kept++] = e->records[i];
		}
	}
	e->n = kept;
}

int saw_events_look(struct saw_events *e, const struct saw_view *v, const struct saw_events_options *o,
					int64_t now_ms) {
	struct look l = {.e = e, .o = o, .now_ms = now_ms};
	struct subject s = {.view = v, .snapshot = saw_view_snapshot(v), .now_ms = now_ms};

	settle(e);
	l.n_sorted = e->n;
	look_at_all(&l, &s);
	forget(e, now_ms);
	sort(e);
	saw_events_due(e, o, now_ms);
	return l.rc;
}

/* ------------------------------------------------------------------------------------------------------- keeping */

bool saw_events_changed(const struct saw_events *e) {
	return e->changed;
}

uint64_t saw_events_serial(const struct saw_events *e) {
	return e->serial;
}

/* What is well needs no line: it is not told when it is found so. */
void saw_events_save(struct saw_events *e, struct saw_buf *out) {
	settle(e);
	saw_buf_printf(out, "serial %" PRIu64 "\n", e->serial);
	for (size_t i = 0; i < e->n; i++) {
		const struct record *r = &e->records[i];

		if (r->told != WELL)
			saw_buf_printf(out, "%d %" PRId64 " %s\n", r->told, r->seen_ms, r->key);
	}
	e->changed = false;
}

static void load_line(struct saw_events *e, const char *line, size_t n, int64_t now_ms) {
	char text[KEY_MAX + 64];
	int64_t seen;
	int told, at = 0;
	uint64_t serial;

	if (n >= sizeof text || memchr(line, 0, n))
		return;
	memcpy(text, line, n);
	text[n] = 0;
	if (strncmp(text, "serial ", 7) == 0) {
		if (saw_parse_u64((struct saw_str){text + 7, n - 7}, UINT64_MAX / 2, &serial) == 0)
			e->serial = serial;
		return;
	}
	if (sscanf(text, "%d %" SCNd64 " %n", &told, &seen, &at) != 2 || !at || !text[at] ||
		(told != DEGRADED && told != BAD))
		return;
	/* A clock that was set back would keep it for ever. */
	add(e, text + at, told, seen < now_ms ? seen : now_ms);
}

int saw_events_load(struct saw_events *e, const char *text, size_t n, int64_t now_ms) {
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t len = end ? (size_t)(end - text) : n;

		load_line(e, text, len, now_ms);
		text += end ? len + 1 : len;
		n -= end ? len + 1 : len;
	}
	e->unsorted = true;
	settle(e);
	e->changed = false;
	return 0;
}

int saw_events_told(struct saw_events *e, const char *key, int state, uint64_t serial, int64_t now_ms) {
	struct record *r;

	if (serial <= e->serial || state < WELL || state > BAD)
		return 0;
	e->serial = serial;
	e->unsorted = e->changed = true;
	r = add(e, key, state, now_ms);
	if (r)
		r->serial = serial;
	return r ? 0 : -ENOMEM;
}
