/*
 * The file of history: its tables and keys, and how the points of an end are found in them. For history/ only; others read by
 * history/store.h and write by history/keeper.h.
 *
 * Layout:  doc/history.md. A reading is first in a batch (all ends' readings of one commit), within the hour in a piece (one end,
 *          one fold of the open day), once the day is over in its chunk of the day, and, thinned to hours, in that of the month.
 *          It may be in two of them: readers take it once.
 * Threads: a handle belongs to one thread at a time.
 * Errors:  as store/sqlite.h.
 */
#ifndef SAWATCH_HISTORY_FILE_H
#define SAWATCH_HISTORY_FILE_H

#include "history/chunk.h"
#include "history/period.h"
#include "history/summary.h"
#include "store/sqlite.h"

#define SAW_HISTORY_DAY_MS 86400000LL
#define SAW_HISTORY_HOUR_MS 3600000LL

/* Ends are numbered from 1. Keys count up with time, so that what is added is added at the end, and what is old lies together. */
#define SAW_HISTORY_ENDS ((1U << 24) - 1)
#define SAW_HISTORY_FOLDS 256 /* of one day */
#define SAW_HISTORY_KEY(period, end) ((int64_t)(period) << 24 | (int64_t)(end))
#define SAW_HISTORY_FOLD(day, n) ((int64_t)(day) << 8 | (int64_t)(n))

/* Numbers that are kept beside the tables; -1: not set yet. */
enum saw_history_number {
	SAW_HISTORY_RAW_FROM, /* day: before it only hours are kept */
	SAW_HISTORY_CLOSED,   /* day: the first that is not closed yet */
	SAW_HISTORY_CLOSING,  /* end: the last that is done of that day */
	SAW_HISTORY_NEXT,     /* and three more: period: the first of which no summary is made yet, by kind */
	SAW_HISTORY_NEXT_LAST = SAW_HISTORY_NEXT + 3,
	SAW_HISTORY_SUMMING, /* and three more: end: the last that is done of it */
	SAW_HISTORY_SUMMING_LAST = SAW_HISTORY_SUMMING + 3,
	SAW_HISTORY_PRUNED,   /* day: when old rows were removed last */
	SAW_HISTORY_INTERVAL, /* ms: usual distance of readings */
	SAW_HISTORY_NUMBERS
};

/* Kinds of summaries: period and zone. */
enum { SAW_HISTORY_KINDS = 4 };
#define SAW_HISTORY_KIND(period, local) ((int)(period) + ((local) ? 2 : 0))
#define SAW_HISTORY_KIND_PERIOD(kind) ((enum saw_period)((kind)&1))
#define SAW_HISTORY_KIND_LOCAL(kind) ((kind) >= 2)
extern const char *const saw_history_summary_tables[SAW_HISTORY_KINDS];

struct saw_history_name {
	uint32_t id;
	char *device, *tunnel;
	int64_t first_ms, last_ms; /* of what is folded; first > last: nothing is */
};

struct saw_history_open {
	uint32_t end;
	struct saw_point p;
};

struct saw_history_file {
	struct saw_sqlite *db;
	int64_t number[SAW_HISTORY_NUMBERS];
	struct saw_history_name **names; /* by device and tunnel */
	size_t n_names, names_room;
	int64_t *folds; /* SAW_HISTORY_FOLD, counting up */
	size_t n_folds, folds_room;
	struct saw_history_open *open; /* what is in batches, by end and time */
	size_t n_open;

	uint64_t damaged; /* chunks that could not be read and were passed over, */
	char damage[256]; /* and what the first was */

	struct saw_statement *day, *month, *piece, *summary[SAW_HISTORY_KINDS], *fact;
};

extern const struct saw_sqlite_schema saw_history_schema;

/* To be read: a picture of the file as it is now, whatever is written meanwhile. To be written: nothing but the handle. */
int saw_history_file_open(const char *path, bool write, struct saw_history_file **out, struct saw_err *err);
void saw_history_file_close(struct saw_history_file *f); /* takes NULL */

/* Reads the list of ends, folds and numbers again. */
int saw_history_file_load(struct saw_history_file *f, struct saw_err *err);
int saw_history_file_load_folds(struct saw_history_file *f, struct saw_err *err);
/* What is behind a damaged place of a batch is given up: err then says so, and the result is 0. */
int saw_history_file_load_open(struct saw_history_file *f, struct saw_err *err);
void saw_history_file_drop_open(struct saw_history_file *f); /* from memory */
/* Whether a batch has a point of the end in [from, to). */
bool saw_history_file_is_open(const struct saw_history_file *f, uint32_t end, int64_t from_ms, int64_t to_ms);
int saw_history_file_add_fold(struct saw_history_file *f, int64_t fold);

/* A new end, without readings; NULL without memory. */
struct saw_history_name *saw_history_file_add_name(struct saw_history_file *f, uint32_t id, const char *device,
												   const char *tunnel);
/* The place of an end, or where it would be. */
size_t saw_history_file_place(const struct saw_history_file *f, const char *device, const char *tunnel, bool *found);

enum saw_history_table { SAW_HISTORY_TABLE_DAY, SAW_HISTORY_TABLE_MONTH, SAW_HISTORY_TABLE_PIECE };
/* Appends a chunk's points. 1: it is there; 0: it is not. A damaged one: SAW_EFORMAT, with a text that names it. */
int saw_history_file_chunk(struct saw_history_file *f, enum saw_history_table table, int64_t key,
						   struct saw_points *out, struct saw_err *err);

/* Appends the points of [from, to), in order. Damaged chunks are passed over, as a hole, and counted. */
int saw_history_file_points(struct saw_history_file *f, const struct saw_history_name *name, int64_t from_ms,
							int64_t to_ms, struct saw_points *out, struct saw_err *err);

#endif
