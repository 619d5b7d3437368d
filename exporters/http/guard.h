/*
 * Who is connected, and who has to go: bounds on connections in all, for each client, and in time.
 *
 * Purpose:   1,000 clients that say nothing, or say and read slowly, must not keep others from being answered. A connection that
 *            waits for its next request makes room for a new one; one with a request under way is left alone until its time is over.
 * Ownership: a guest is the guard's from saw_guard_admit to saw_guard_leave; `owner` is the caller's.
 * Pure: time comes in, in milliseconds.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_GUARD_H
#define SAWATCH_EXPORTERS_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAW_GUARD_BYTES_PER_SECOND (256U << 10) /* that a reader takes at least */

struct saw_guard_limits {
	unsigned connections, per_client;
	uint64_t request_ms; /* from the connection to its first request */
	uint64_t idle_ms;    /* from one answer to the next request */
	uint64_t answer_ms;  /* to read an answer, besides what its length takes */
};

/* Why a connection was ended or refused. */
enum saw_guard_reason {
	SAW_GUARD_CLIENT, /* its client has too many, all of them busy */
	SAW_GUARD_ROOM,   /* it was idle, and another one needed its place */
	SAW_GUARD_IDLE,
	SAW_GUARD_SLOW_REQUEST,
	SAW_GUARD_SLOW_READER,
	SAW_GUARD_REASONS
};

const char *saw_guard_reason_name(enum saw_guard_reason r);

/* The network address; of IPv6 the first 64 bits. All zero: not told apart. */
struct saw_guard_client {
	uint8_t bytes[16];
};

struct saw_guard;
struct saw_guest;

/* `end` has to see to it that the connection ends; saw_guard_leave may come from within, or later. NULL without memory. */
struct saw_guard *saw_guard_create(void (*end)(void *ctx, void *owner), void *ctx);
void saw_guard_destroy(struct saw_guard *g);
void saw_guard_limit(struct saw_guard *g, const struct saw_guard_limits *limits);

/* Nobody else can be let in: all are busy. */
bool saw_guard_is_full(const struct saw_guard *g);
/* NULL: refused, or without memory. May end an idle one. */
struct saw_guest *saw_guard_admit(struct saw_guard *g, const struct saw_guard_client *client, void *owner,
								  uint64_t now_ms);
void saw_guard_leave(struct saw_guest *guest);

void saw_guard_asked(struct saw_guest *guest);                                      /* it waits for us */
void saw_guard_answering(struct saw_guest *guest, uint64_t bytes, uint64_t now_ms); /* we wait for it to read */
void saw_guard_answered(struct saw_guest *guest, uint64_t now_ms);                  /* its next request may come */

/* Ends those whose time is over. */
void saw_guard_sweep(struct saw_guard *g, uint64_t now_ms);

/* Ends the one that reads its answer for longest, if that is at least min_ms: it keeps memory. False: there is none. */
bool saw_guard_end_reader(struct saw_guard *g, uint64_t min_ms, uint64_t now_ms);

size_t saw_guard_connections(const struct saw_guard *g);
uint64_t saw_guard_admitted(const struct saw_guard *g);
uint64_t saw_guard_ended(const struct saw_guard *g, enum saw_guard_reason r);

#endif
