/*
 * The doors that clients come in by: listening sockets, TLS, and the bounds on who may stay and for how long.
 *
 * Purpose:   libmicrohttpd without threads and without listening sockets: connections are accepted here, counted, and handed to one
 *            of its daemons. Another certificate is another daemon; the one before goes once its clients have: at their next
 *            answer, or when they were idle for too long. Nobody's request is cut off by a reload.
 * Threads:   the loop's thread.
 * Ownership: listening descriptors are the doors' from saw_doors_listener on. A visit lasts as long as its connection.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_DOORS_H
#define SAWATCH_EXPORTERS_HTTP_DOORS_H

#include "core/err.h"
#include "exporters/http/guard.h"
#include "proto/internal.pb-c.h"

#include <microhttpd.h>

enum saw_door { SAW_DOOR_TCP, SAW_DOOR_UNIX, SAW_DOOR_COUNT };

struct saw_doors_hooks {
	void *ctx; /* of all */
	MHD_AccessHandlerCallback request;
	void *(*target)(void *ctx, const char *target, struct MHD_Connection *c);
	/* libmicrohttpd has answered by itself: the request line or the headers were too long, or malformed. */
	void (*refused)(void *ctx, unsigned status);
	MHD_RequestCompletedCallback end;
};

struct saw_doors;
struct saw_visit; /* one connection */

/* NULL without memory or descriptors. */
struct saw_doors *saw_doors_create(const struct saw_doors_hooks *hooks);
/* No connection may sleep (MHD_suspend_connection). Takes NULL. */
void saw_doors_destroy(struct saw_doors *d);

/* Takes fd. It is served once saw_doors_configure names it. 0 or -ENOMEM. */
int saw_doors_listener(struct saw_doors *d, uint32_t id, enum saw_door door, int fd);
/* On an error everything stays as it was. */
int saw_doors_configure(struct saw_doors *d, const Sawatch__Internal__Web *w, struct saw_err *err);

int saw_doors_fd(const struct saw_doors *d);
int64_t saw_doors_timeout_ms(const struct saw_doors *d); /* -1: none */
/* crowded: those that read their answers slowly keep too much memory; now and then one of them is sent away. */
void saw_doors_run(struct saw_doors *d, uint64_t now_ms, bool crowded);

struct saw_visit *saw_doors_visit(struct MHD_Connection *c);
enum saw_door saw_visit_door(const struct saw_visit *v);
const char *saw_visit_client(const struct saw_visit *v); /* its address, for the log */
/* Another certificate has come: the client is to connect again after this answer. */
bool saw_visit_is_over(const struct saw_visit *v);
/* Since it connected it has changed who may: it is to show again who it is. */
bool saw_visit_is_distrusted(const struct saw_visit *v);
/* In this order for each request: it came; its answer is known; it is over. */
void saw_visit_asked(struct saw_visit *v);
void saw_visit_answering(struct saw_visit *v, uint64_t bytes, uint64_t now_ms);
void saw_visit_answered(struct saw_visit *v, uint64_t now_ms);

const struct saw_guard *saw_doors_guard(const struct saw_doors *d, enum saw_door door);
int64_t saw_doors_certificate_expires_s(const struct saw_doors *d); /* 0: no TLS */

#endif
