/*
 * What waits to be sent to one server: bodies in order, in files of a folder, and in memory where the disk does not take them.
 *
 * Purpose:   a server that is away, or an end of this process, loses nothing that fits into the limits; when they are reached the oldest
 *            goes, and is counted. Each body leaves the queue once, in the order in which it came.
 * Disk:      segments (segment.h) of at most a sixteenth of the limit. saw_queue_commit is when what was added is on the disk
 *            (fdatasync); that a body is done with is written at once and not waited for, so that after a kill at most the body under
 *            way, after a power cut the last few, are sent again: receivers of time series take the same sample twice as one.
 * Threads:   one owner. Waits for the disk.
 * Errors:    a disk that is full or broken is no error of the queue: saw_queue_trouble says so, and bodies stay in memory, bounded,
 *            behind those on the disk, until it takes them again.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_QUEUE_H
#define SAWATCH_EXPORTERS_PUSH_QUEUE_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saw_queue;

struct saw_queue_limits {
	uint64_t disk_bytes;
	size_t memory_bytes;
};

struct saw_queue_item {
	const uint8_t *body; /* borrowed */
	size_t len;
	uint32_t samples;
	int64_t time_ms; /* of the samples */
};

struct saw_queue_figures {
	uint64_t samples, bytes; /* waiting */
	uint64_t dropped;        /* samples that went because of a limit or a broken file, since the queue was opened */
	unsigned broken;         /* files that read back as something else, likewise */
};

/*
 * folder: made where it is not there; NULL: in memory only. What an earlier run left in it comes first. note (SAW_ERR_TEXT_MAX
 * bytes): for the log where something in it could not be read, else empty. A folder that cannot be used is an error.
 */
int saw_queue_open(const char *folder, const struct saw_queue_limits *limits, char *note, struct saw_queue **out,
				   struct saw_err *err);
void saw_queue_close(struct saw_queue *q); /* takes NULL; what is in memory only is gone */
void saw_queue_limit(struct saw_queue *q, const struct saw_queue_limits *limits);

/* Copies. 0; SAW_ELIMIT: larger than the queue, and counted as dropped; -ENOMEM likewise. */
int saw_queue_add(struct saw_queue *q, const struct saw_queue_item *item);
/* What was added is on the disk when this returns, unless there is trouble. */
void saw_queue_commit(struct saw_queue *q);

/* The oldest; false: nothing waits. The same until saw_queue_done, also where the limit has meanwhile taken its file. */
bool saw_queue_head(struct saw_queue *q, struct saw_queue_item *out);
void saw_queue_done(struct saw_queue *q); /* with the head: the next is the head then */

struct saw_queue_figures saw_queue_figures(const struct saw_queue *q);
int64_t saw_queue_newest_ms(const struct saw_queue *q); /* of what was ever in it, as far as it knows; 0: nothing */
void saw_queue_time(struct saw_queue *q, int64_t newest_ms); /* whatever was in it: the clock was wrong then */
/* Why the disk does not take what is added; NULL while it does. */
const char *saw_queue_trouble(const struct saw_queue *q);

#endif
