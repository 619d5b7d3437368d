/*
 * Check results on their way to Icinga 2: a request for each, a few at a time.
 *
 * Purpose:   results are of now: nothing of them is kept. A new round takes the place of what was not sent of the one before, and goes on
 *            where that stood, so that each service has its turn. That Icinga has no such service is said once for each.
 * Threads:   the loop's.
 * Ownership: the peer and the headers are borrowed until the next saw_push_icinga_configure.
 */
#ifndef SAWATCH_DAEMON_PUSH_ICINGA_H
#define SAWATCH_DAEMON_PUSH_ICINGA_H

#include "exporters/push/icinga.h"
#include "io/http_client.h"

struct saw_push_icinga;

struct saw_push_icinga_hooks {
	void *ctx;
	void (*taken)(void *ctx);
	/* what: the HTTP status, or the error's code. It waits for saw_push_icinga_resume then. */
	void (*failed)(void *ctx, int what, const char *text, unsigned retry_after_seconds);
	void (*refused)(void *ctx, int what, const char *text);
};

/* name: of the target, for the log; borrowed. NULL without memory. */
struct saw_push_icinga *saw_push_icinga_create(struct saw_http_client *client, const char *name,
											   const struct saw_push_icinga_hooks *hooks);
void saw_push_icinga_destroy(struct saw_push_icinga *i); /* takes NULL */

void saw_push_icinga_configure(struct saw_push_icinga *i, const struct saw_http_peer *peer, const char *const *headers,
							   size_t n_headers, unsigned timeout_ms);
void saw_push_icinga_cancel(struct saw_push_icinga *i); /* what is under way and what waits */

int saw_push_icinga_round(struct saw_push_icinga *i, const Sawatch__V1__Snapshot *s,
						  const struct saw_push_choice *choice, const struct saw_icinga_names *names);
void saw_push_icinga_resume(struct saw_push_icinga *i);

size_t saw_push_icinga_waiting(const struct saw_push_icinga *i);
uint64_t saw_push_icinga_dropped(const struct saw_push_icinga *i); /* no such service, or overtaken by a newer one */

#endif
