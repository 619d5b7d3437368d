/*
 * A child process of the supervisor: this program again, with fresh memory, a role, and a channel on descriptor 3.
 *
 * Purpose:   starts it, starts it again when it dies (1 s later, then ever less often up to once a minute), ends it.
 * Threads:   the loop's thread.
 * Errors:    that it died is logged here, once, with the reason.
 */
#ifndef SAWATCH_DAEMON_CHILD_H
#define SAWATCH_DAEMON_CHILD_H

#include "io/channel.h"

#include <stdbool.h>
#include <sys/types.h>

#define SAW_CHILD_FD 3 /* where a child finds its channel */

/* What every child is started with. */
struct saw_child_options {
	const char *log_level;
	bool sandbox;
	bool drop; /* to this user and group */
	uid_t uid;
	gid_t gid;
};

struct saw_child;

struct saw_child_hooks {
	void *ctx;
	void (*up)(void *ctx, struct saw_child *c); /* started; its channel takes frames */
	void (*frame)(void *ctx, struct saw_child *c, uint8_t kind, const uint8_t *data, size_t len, int fd);
	void (*down)(void *ctx, struct saw_child *c, const char *why); /* it died, and is going to be started again */
	void (*gone)(void *ctx, struct saw_child *c);                  /* ended as told; c is freed after this */
};

/* role: "hub", "collector-1"; copied. Starts at once. NULL without memory. */
struct saw_child *saw_child_create(uv_loop_t *loop, const char *role, const struct saw_child_options *options,
								   const struct saw_child_hooks *hooks);
/* Closes its channel, which tells it to end, and kills it if it does not. `gone` comes when it has. */
void saw_child_stop(struct saw_child *c);

/* NULL while it is down. */
struct saw_channel *saw_child_channel(const struct saw_child *c);
/* Another number with each start. */
uint64_t saw_child_generation(const struct saw_child *c);
const char *saw_child_role(const struct saw_child *c);

#endif
