/*
 * Notices on their way, on the disk: each one before it is sent for the first time, and who is done with which.
 *
 * Purpose: a kill at any moment loses no notice and makes no second one of it: what a receiver is not done with goes on to be sent,
 *          under the same serial number, with the same message ID.
 * Form:    "NAME-outbox" in the state folder: a segment (exporters/push/segment.h) of OutboxRecords, written anew, without what is
 *          done, as it grows.
 * Errors:  a disk that takes nothing, or gives back something else, is logged once and stops no notice.
 * Threads: one owner. Waits for the disk.
 */
#ifndef SAWATCH_DAEMON_OUTBOX_H
#define SAWATCH_DAEMON_OUTBOX_H

#include "exporters/agentx/notice.h"

struct saw_outbox;

/* state_dir: NULL: nothing may be kept. NULL without memory. */
struct saw_outbox *saw_outbox_open(const char *state_dir, const char *name);
void saw_outbox_close(struct saw_outbox *o); /* takes NULL */

/* Each notice that is kept, by serial number; taken by `notice`. */
void saw_outbox_each(struct saw_outbox *o, void (*notice)(void *ctx, struct saw_notice *n), void *ctx);

/* Those who are told; one who was not yet begins behind `serial`, one who is not any more is forgotten. */
void saw_outbox_receivers(struct saw_outbox *o, const char *const *names, size_t n, uint64_t serial);
bool saw_outbox_owes(const struct saw_outbox *o, const char *receiver, uint64_t serial);

void saw_outbox_put(struct saw_outbox *o, const struct saw_notice *n);
void saw_outbox_commit(struct saw_outbox *o); /* what was put is on the disk when this returns */
void saw_outbox_done(struct saw_outbox *o, const char *receiver, uint64_t serial);
/* Everything up to `serial` is known elsewhere to have been told: where nobody is owed it either, it may go. */
void saw_outbox_tidy(struct saw_outbox *o, uint64_t serial);

#endif
