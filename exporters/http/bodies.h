/*
 * Bodies that are rendered off the loop, once, and shared by all who ask for the same of one snapshot.
 *
 * Purpose:   the seam between the sockets (server.c) and what is answered (routes.c): a request becomes a body, which is there or
 *            is being rendered on a thread.
 * Threads:   all calls from the loop's thread, but saw_body_unref: from any. Wakes come from the threads that render.
 * Ownership: bodies are counted by references; what is in one never changes once it is done. The cache holds those of one
 *            snapshot: the last one that was asked for. Whoever is still being sent an older one keeps it alive.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_BODIES_H
#define SAWATCH_EXPORTERS_HTTP_BODIES_H

#include "exporters/http/accept.h"
#include "exporters/http/routes.h"
#include "store/store.h"

struct saw_bodies;

struct saw_body {
	unsigned status;
	const char *content_type; /* static */
	enum saw_encoding encoding;
	uint64_t tag; /* as in saw_answer */
	const uint8_t *data;
	size_t len;
};

/* What is asked for. Everything is borrowed and copied. */
struct saw_bodies_question {
	struct saw_snapshot *snapshot;
	int64_t now_ms;
	struct saw_process_figures process;
	struct saw_str target, accept; /* as in saw_routes_answer */
	int place;                     /* of saw_routes_plan; below 0: nobody else asks the same */
	size_t held_max;               /* while more is held, what nobody else asks for is an error (503) */
	enum saw_encoding encoding;    /* what the client takes; a short body is not compressed for that */
};

/* The threads are started here. NULL with err set. */
struct saw_bodies *saw_bodies_create(struct saw_err *err);
/* Waits for what is being rendered; whoever awaits it is woken. */
void saw_bodies_destroy(struct saw_bodies *b);

/* A body that was asked for already, done or not; one reference becomes the caller's. NULL: there is none; make it. */
struct saw_body *saw_bodies_find(struct saw_bodies *b, struct saw_snapshot *snapshot, int place,
								 enum saw_encoding encoding);
/* Begins to render what saw_bodies_find did not find. NULL without memory. */
struct saw_body *saw_bodies_make(struct saw_bodies *b, const struct saw_bodies_question *q);

/* Bytes of all bodies that are rendered and that the cache, or a client that is being sent one, keeps alive. From any thread. */
size_t saw_bodies_held(void);

struct saw_body_waiter {
	void (*wake)(struct saw_body_waiter *w); /* from another thread, once */
	struct saw_body_waiter *next;            /* the body's */
};

/* False: it is done, and wake will not be called. The waiter stays where it is until then. */
bool saw_body_await(struct saw_body *body, struct saw_body_waiter *w);
bool saw_body_is_done(const struct saw_body *body);
struct saw_body *saw_body_ref(struct saw_body *body);
void saw_body_unref(struct saw_body *body); /* takes NULL */

#endif
