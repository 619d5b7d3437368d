/* What the files of the keeper share. Errors: as history/keeper.h. */
#ifndef SAWATCH_HISTORY_KEEPER_INTERNAL_H
#define SAWATCH_HISTORY_KEEPER_INTERNAL_H

#include "history/file.h"
#include "history/keeper.h"

struct saw_keeper_end {
	struct saw_history_name *name;
	struct saw_point last;
	bool looked, has_last; /* looked: has_last says whether there is one */
	bool changed;          /* its row in the file is another */
	struct saw_buf fact;
	int64_t fact_ms; /* since when; INT64_MIN: there is none */
	bool fact_changed;
};

struct saw_keeper {
	struct saw_history_file *file;
	struct saw_keeper_options options;
	char *path;
	int lock;

	struct saw_keeper_end **ends; /* by number; NULL: none has it */
	size_t n_ends;                /* one above the highest number */
	size_t ends_room;

	struct saw_buf batch;
	uint64_t waiting, taken, written, open_points;
	int64_t newest_ms, oldest_open_ms; /* oldest_open_ms: of what is in batches; 0: nothing is */
	bool zone_noted;
	bool merging; /* a transaction of merges is under way */

	struct saw_points points, more; /* for one end at a time */
	struct saw_buf bytes;

	struct saw_statement *put_batch, *put_end, *put_fact, *put_number, *put_fold, *put_piece, *put_day, *put_month,
		*put_summary[SAW_HISTORY_KINDS], *drop_piece;
};

/* What a transaction that is undone leaves in memory is put back. */
struct saw_keeper_mark {
	int64_t number[SAW_HISTORY_NUMBERS];
};
int saw_keeper_begin(struct saw_keeper *k, struct saw_keeper_mark *mark, struct saw_err *err);
/* rc: 0: commit; else undo, and that is the result. */
int saw_keeper_end_of(struct saw_keeper *k, const struct saw_keeper_mark *mark, int rc, struct saw_err *err);

int saw_keeper_number(struct saw_keeper *k, enum saw_history_number id, int64_t value, struct saw_err *err);
int saw_keeper_write_end(struct saw_keeper *k, struct saw_keeper_end *e, struct saw_err *err);
int saw_keeper_write_chunk(struct saw_keeper *k, struct saw_statement *q, int64_t key, const struct saw_points *points,
						   struct saw_err *err);
/* The end's readings now reach over [first_ms, last_ms] too. */
void saw_keeper_reach(struct saw_keeper_end *e, int64_t first_ms, int64_t last_ms);
struct saw_keeper_end *saw_keeper_find(struct saw_keeper *k, const char *device, const char *tunnel);
struct saw_keeper_end *saw_keeper_find_or_add(struct saw_keeper *k, const char *device, const char *tunnel);
int saw_keeper_set_facts(struct saw_keeper_end *e, const struct saw_history_end *end, int64_t at_ms);

/* Everything in batches becomes pieces; readings of days that are closed are merged into those. */
int saw_keeper_fold(struct saw_keeper *k, struct saw_err *err);
/* Within a transaction: points of one day, in order, into its chunk; what was summed up of them is again. */
int saw_keeper_merge_day(struct saw_keeper *k, struct saw_keeper_end *e, int64_t day, const struct saw_point *p,
						 size_t n, uint64_t *added, struct saw_err *err);
/* Within a transaction: the summary of a closed period, and of a month its hours. */
int saw_keeper_sum_up(struct saw_keeper *k, struct saw_keeper_end *e, int kind, int64_t number, struct saw_err *err);
/* Of every closed period that [from, to) touches. */
int saw_keeper_sum_up_again(struct saw_keeper *k, struct saw_keeper_end *e, int64_t from_ms, int64_t to_ms,
							struct saw_err *err);
/* The kinds that are kept: local ones where a zone is configured. */
bool saw_keeper_has_kind(const struct saw_keeper *k, int kind);

#endif
