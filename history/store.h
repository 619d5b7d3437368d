/*
 * Our own history, read: a file that sawatchd may be writing, or a copy of it.
 *
 * Purpose:   the points of every tunnel end as a `struct saw_history`, and the summaries of days and months that outlive them.
 * Picture:   what is read is as of the opening, whatever is written meanwhile; do not keep it open for hours.
 * Threads:   a handle belongs to one thread at a time; any number of processes may read.
 * Errors:    a negative code with a text that names the file. -ENOENT: there is none; SAW_EFORMAT: damaged or not ours; SAW_EVERSION.
 *            A damaged chunk is passed over: saw_history_store_damage says so, `sawatch history verify` which.
 */
#ifndef SAWATCH_HISTORY_STORE_H
#define SAWATCH_HISTORY_STORE_H

#include "history/series.h"
#include "history/summary.h"

#define SAW_HISTORY_FILE_NAME "history.db"

int saw_history_store_open(const char *path, struct saw_history *out, struct saw_err *err);

/* How many chunks could not be read so far; *what: the first of them. `h` is one that saw_history_store_open opened. */
uint64_t saw_history_store_damage(const struct saw_history *h, const char **what);

/* The usual distance of readings, as it was configured last. 0: not known. */
int64_t saw_history_store_interval(const struct saw_history *h);

/* What is between raw readings is finer than hours from here on. */
int64_t saw_history_store_raw_from(const struct saw_history *h);

enum saw_summary_period {
	SAW_SUMMARY_DAY,
	SAW_SUMMARY_MONTH,
	SAW_SUMMARY_LOCAL_DAY, /* of the time zone that was configured when the day closed */
	SAW_SUMMARY_LOCAL_MONTH,
};

/* The summaries of closed periods that begin in [from, to), oldest first. Local ones: saw_period_zone is set to their zone. */
int saw_history_store_summaries(const struct saw_history *h, const char *device, const char *tunnel,
								enum saw_summary_period period, int64_t from_ms, int64_t to_ms,
								int (*each)(void *each_ctx, const struct saw_summary *s), void *each_ctx,
								struct saw_err *err);
/* The zone that local summaries of that time are of; *out stays until the handle is closed. UTC where none was configured. */
int saw_history_store_zone(const struct saw_history *h, int64_t at_ms, char out[64], struct saw_err *err);

#endif
