/*
 * A part of the daemon in a process of its own: it takes snapshots from the hub and does something slow or dangerous with them
 * (pushes them to servers, serves them to a master agent, keeps their history), which then can neither stall nor fell the hub.
 *
 * Purpose:   what all such parts share. A part is one constant `struct saw_part`, listed in parts.c; the supervisor starts its
 *            process while the configuration wants it, ends it when a reload does not, and starts it again when it dies.
 * Process:   `wanted` and `secrets` are called in the supervisor, everything else in the part's own process, from its loop.
 * Ownership: a snapshot that is handed over is the part's to free; configurations and secrets are borrowed for the call.
 * Bounds:    one snapshot is under way at a time, and only when the part asked: one that is slow gets fewer, never a queue.
 */
#ifndef SAWATCH_DAEMON_PART_H
#define SAWATCH_DAEMON_PART_H

#include "config/config.h"
#include "io/sandbox.h"
#include "proto/internal.pb-c.h"

#include <uv.h>

struct saw_part_process; /* what a part's process is run by */

/* Told of each secret that a part needs; whole: all lines of the file (a key), else its first one. */
typedef void saw_part_need(void *ctx, const struct saw_secret_ref *ref, bool whole);

struct saw_part {
	const char *role; /* of the process: "push", "agentx", "history" */
	enum saw_sandbox sandbox;
	bool (*wanted)(const struct saw_config *c);
	void (*secrets)(const struct saw_config *c, saw_part_need *need, void *ctx); /* NULL: none */

	/* NULL with err set: the process ends with its text in the log, and is started again. The sandbox is entered after the first
	 * `configure`. */
	void *(*create)(struct saw_part_process *p, uv_loop_t *loop, struct saw_err *err);
	/* A (new) configuration. state_dir: where to keep files; NULL: nothing may be kept. An error ends the process likewise. */
	int (*configure)(void *part, const struct saw_config *c, const char *state_dir, struct saw_err *err);
	/* The answer to saw_part_ask. Taken: sawatch__v1__snapshot__free_unpacked(s, NULL). */
	void (*snapshot)(void *part, Sawatch__V1__Snapshot *s);
	/* What a device's running configuration says; borrowed. NULL: that is none of its business. */
	void (*configuration)(void *part, const Sawatch__Internal__Configuration *c);
	/* Closes its handles; the loop runs once more after that. */
	void (*destroy)(void *part);
};

/* For a snapshot, once; it comes when there is one that this part has not had. Asking again before that changes nothing. */
void saw_part_ask(struct saw_part_process *p);
/* The value of a secret of the configuration, in `configure` and as long as no new one came; NULL where it is none of `secrets`. */
const char *saw_part_secret(const struct saw_part_process *p, const struct saw_secret_ref *ref);
/* How the part does: shown in snapshots (Snapshot.exporters, by its role) from now on. Borrowed. */
void saw_part_tell(struct saw_part_process *p, const Sawatch__V1__Exporter *state);

/* ------------------------------------------------------------------------------------------------------- for the daemon */

extern const struct saw_part saw_part_agentx, saw_part_audit, saw_part_history, saw_part_notify,
	saw_part_push; /* those that are listed */

const struct saw_part *const *saw_parts(size_t *n);
const struct saw_part *saw_part_find(const char *role); /* NULL: no part */
/* Runs a part's process over its channel to the supervisor; the exit status. */
int saw_part_run(const struct saw_part *part, int fd, bool sandbox);

#endif
