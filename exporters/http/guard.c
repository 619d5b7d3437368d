#include "exporters/http/guard.h"

#include <stdlib.h>
#include <string.h>

enum state {
	STATE_NEW,  /* has not asked yet */
	STATE_BUSY, /* waits for us */
	STATE_READING,
	STATE_IDLE, /* was answered */
	STATE_ENDED,
};

struct saw_guest {
	struct saw_guest *next, *previous;
	struct saw_guard *guard;
	void *owner;
	struct saw_guard_client client;
	enum state state;
	uint64_t since_ms, until_ms; /* of its state; until: not when busy */
};

struct saw_guard {
	struct saw_guard_limits limits;
	void (*end)(void *ctx, void *owner);
	void *ctx;
	struct saw_guest *guests;
	size_t n;       /* that are not ended */
	size_t waiting; /* new or idle among them */
	uint64_t admitted, ended[SAW_GUARD_REASONS];
};

const char *saw_guard_reason_name(enum saw_guard_reason r) {
	static const char *const names[SAW_GUARD_REASONS] = {
		[SAW_GUARD_CLIENT] = "client_limit",
		[SAW_GUARD_ROOM] = "room",
		[SAW_GUARD_IDLE] = "idle",
		[SAW_GUARD_SLOW_REQUEST] = "slow_request",
		[SAW_GUARD_SLOW_READER] = "slow_reader",
	};

	return names[r];
}

struct saw_guard *saw_guard_create(void (*end)(void *ctx, void *owner), void *ctx) {
	struct saw_guard *g = calloc(1, sizeof *g);

	if (g)
		*g = (struct saw_guard){.end = end, .ctx = ctx};
	return g;
}

void saw_guard_destroy(struct saw_guard *g) {
	if (!g)
		return;
	while (g->guests)
		saw_guard_leave(g->guests);
	free(g);
}

void saw_guard_limit(struct saw_guard *g, const struct saw_guard_limits *limits) {
	g->limits = *limits;
}

static bool waits(const struct saw_guest *x) {
	return x->state == STATE_NEW || x->state == STATE_IDLE;
}

static void turn(struct saw_guest *x, enum state state, uint64_t now_ms, uint64_t most_ms) {
	struct saw_guard *g = x->guard;

	g->waiting -= waits(x);
	if (state == STATE_ENDED && x->state != STATE_ENDED)
		g->n--;
	x->state = state;
	x->since_ms = now_ms;
	x->until_ms = now_ms + most_ms;
	g->waiting += waits(x);
}

static void end(struct saw_guest *x) {
	struct saw_guard *g = x->guard;

	turn(x, STATE_ENDED, x->since_ms, 0);
	g->end(g->ctx, x->owner);
}

bool saw_guard_is_full(const struct saw_guard *g) {
	return g->n >= g->limits.connections && g->waiting == 0;
}

/* The one that has waited longest; client NULL: of all. */
static struct saw_guest *longest(const struct saw_guard *g, const struct saw_guard_client *client) {
	struct saw_guest *found = NULL;

	for (struct saw_guest *x = g->guests; x; x = x->next)
		if (waits(x) && (!found || x->since_ms <= found->since_ms) &&
			(!client || memcmp(&x->client, client, sizeof *client) == 0))
			found = x;
	return found;
}

static size_t of_client(const struct saw_guard *g, const struct saw_guard_client *client) {
	size_t n = 0;

	for (const struct saw_guest *x = g->guests; x; x = x->next)
		n += x->state != STATE_ENDED && memcmp(&x->client, client, sizeof *client) == 0;
	return n;
}

struct saw_guest *saw_guard_admit(struct saw_guard *g, const struct saw_guard_client *client, void *owner,
								  uint64_t now_ms) {
	static const struct saw_guard_client any;
	const bool is_client = memcmp(client, &any, sizeof any) != 0;
	struct saw_guest *goes = NULL, *x;

	if (is_client && of_client(g, client) >= g->limits.per_client) {
		goes = longest(g, client);
		g->ended[SAW_GUARD_CLIENT] += !goes;
		if (!goes)
			return NULL;
	} else if (g->n >= g->limits.connections && !(goes = longest(g, NULL))) {
		return NULL;
	}
	x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	if (goes) {
		g->ended[SAW_GUARD_ROOM]++;
		end(goes);
	}
	*x = (struct saw_guest){.next = g->guests, .guard = g, .owner = owner, .client = *client, .state = STATE_BUSY};
	if (g->guests)
		g->guests->previous = x;
	g->guests = x;
	g->n++;
	g->admitted++;
	turn(x, STATE_NEW, now_ms, g->limits.request_ms);
	return x;
}

void saw_guard_leave(struct saw_guest *x) {
	struct saw_guard *g = x->guard;

	turn(x, STATE_ENDED, 0, 0);
	if (x->previous)
		x->previous->next = x->next;
	else
		g->guests = x->next;
	if (x->next)
		x->next->previous = x->previous;
	free(x);
}

void saw_guard_asked(struct saw_guest *x) {
	if (x->state != STATE_ENDED)
		turn(x, STATE_BUSY, x->since_ms, 0);
}

void saw_guard_answering(struct saw_guest *x, uint64_t bytes, uint64_t now_ms) {
	if (x->state != STATE_ENDED)
		turn(x, STATE_READING, now_ms, x->guard->limits.answer_ms + bytes / SAW_GUARD_BYTES_PER_SECOND * 1000);
}

void saw_guard_answered(struct saw_guest *x, uint64_t now_ms) {
	if (x->state != STATE_ENDED)
		turn(x, STATE_IDLE, now_ms, x->guard->limits.idle_ms);
}

void saw_guard_sweep(struct saw_guard *g, uint64_t now_ms) {
	for (struct saw_guest *x = g->guests, *next; x; x = next) {
		next = x->next;
		if (x->state == STATE_ENDED || x->state == STATE_BUSY || now_ms < x->until_ms)
			continue;
		g->ended[x->state == STATE_NEW    ? SAW_GUARD_SLOW_REQUEST
				 : x->state == STATE_IDLE ? SAW_GUARD_IDLE
										  : SAW_GUARD_SLOW_READER]++;
		end(x);
	}
}

bool saw_guard_end_reader(struct saw_guard *g, uint64_t min_ms, uint64_t now_ms) {
	struct saw_guest *found = NULL;

	for (struct saw_guest *x = g->guests; x; x = x->next)
		if (x->state == STATE_READING && (!found || x->since_ms <= found->since_ms))
			found = x;
	if (!found || now_ms - found->since_ms < min_ms)
		return false;
	g->ended[SAW_GUARD_SLOW_READER]++;
	end(found);
	return true;
}

size_t saw_guard_connections(const struct saw_guard *g) {
	return g->n;
}

uint64_t saw_guard_admitted(const struct saw_guard *g) {
	return g->admitted;
}

uint64_t saw_guard_ended(const struct saw_guard *g, enum saw_guard_reason r) {
	return g->ended[r];
}
