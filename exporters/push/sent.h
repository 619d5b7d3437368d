/*
 * The series that a server was sent, on the disk beside its queue: what ends while the process is down is said to have ended, too.
 *
 * Form:      "sent.series" in the queue's folder: a segment (segment.h) whose bodies are lists of keys, each with how many bytes it
 *            shares with the one before. Behind a '+' are those that are there from then on, behind a '-' those that are no more.
 * Order:     what is new is in the file before a body with it is in the queue, what has ended after the body that says so: a kill
 *            between them ends a series that never was, or one twice, and both are nothing to a receiver; none is forgotten.
 * Bounds:    written anew when more than half of it is history; SAW_SENT_MAX bytes.
 * Errors:    a file that cannot be read or written is no error of what is sent: saw_sent_trouble says so, and it is tried again.
 * Threads:   one owner. Waits for the disk.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_SENT_H
#define SAWATCH_EXPORTERS_PUSH_SENT_H

#include "core/err.h"
#include "exporters/push/series.h"

#define SAW_SENT_MAX (128U << 20)

struct saw_sent;

/* Puts into the set, which is to outlive it, what an earlier run left, and follows what becomes of it. NULL without memory. */
struct saw_sent *saw_sent_open(const char *folder, struct saw_series_set *set);
void saw_sent_close(struct saw_sent *s); /* takes NULL, as the three below do */

/* A record's body into a set. False: it is none of ours; what came before the place where that shows is in the set. */
bool saw_sent_read(struct saw_series_set *set, const uint8_t *body, size_t len);

void saw_sent_begun(struct saw_sent *s);                /* a body is about to be queued */
void saw_sent_commit(struct saw_sent *s);               /* a snapshot is in the queue */
const char *saw_sent_trouble(const struct saw_sent *s); /* why it cannot be kept; NULL: it is */

#endif
