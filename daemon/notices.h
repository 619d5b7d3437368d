/*
 * What is told: the changes between snapshots, numbered and kept until everybody who is to be told is done with them.
 *
 * Purpose:   what the parts that send notifications share: each change once, over restarts and kills (exporters/agentx/events.h,
 *            daemon/outbox.h).
 * Ownership: a notice that is handed over is the part's. The configuration is borrowed until the next one.
 * Threads:   one owner. Waits for the disk.
 */
#ifndef SAWATCH_DAEMON_NOTICES_H
#define SAWATCH_DAEMON_NOTICES_H

#include "config/config.h"
#include "exporters/agentx/notice.h"
#include "exporters/agentx/view.h"

struct saw_notices;

/* send: takes a notice that is to go to everybody whom saw_notices_owed names. NULL without memory. */
struct saw_notices *saw_notices_create(void (*send)(void *ctx, struct saw_notice *n), void *ctx);
void saw_notices_destroy(struct saw_notices *n); /* takes NULL */

/* Reads what an earlier run kept. state_dir: NULL: nothing may be kept. name: of the files in it. */
void saw_notices_open(struct saw_notices *n, const char *state_dir, const char *name);
/* Who is told, from now on. */
void saw_notices_configure(struct saw_notices *n, const struct saw_config *c, const char *const *receivers,
						   size_t n_receivers);
/* Hands over again what an earlier run left. */
void saw_notices_resume(struct saw_notices *n);

/* Takes the snapshot. look: whether changes in it are told. *out: the view of it, the caller's; NULL where there is none.
 * 0 or a negative code: no memory, or more things than there is room for. */
int saw_notices_take(struct saw_notices *n, Sawatch__V1__Snapshot *s, bool look, struct saw_view **out);
void saw_notices_due(struct saw_notices *n); /* what has lasted long enough by now is told */

bool saw_notices_owed(const struct saw_notices *n, const char *receiver, const struct saw_notice *notice);
/* This one is done with everything up to this number: it took it, or it is given up. */
void saw_notices_done(struct saw_notices *n, const char *receiver, uint64_t serial);
void saw_notices_keep(struct saw_notices *n); /* what has changed goes to the disk */

#endif
