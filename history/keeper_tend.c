/* What a keeper does when hours, days and months are over. */
#include "history/keeper_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS SAW_HISTORY_DAY_MS
#define FOLD_MS SAW_HISTORY_HOUR_MS
#define FOLD_POINTS 1000000
#define GRACE_MS (10 * 60 * 1000) /* a poll that began before midnight has ended by then */
#define SLICE 500                 /* ends */
#define AROUND_MS (2 * SAW_HISTORY_HOUR_MS)

static int64_t day_of(int64_t at_ms) {
	return saw_period_number(SAW_PERIOD_DAY, false, at_ms);
}

/* Months of both zones are few; of days those of one zone are enough. Months of UTC are what hours are kept by. */
bool saw_keeper_has_kind(const struct saw_keeper *k, int kind) {
	if (SAW_HISTORY_KIND_LOCAL(kind))
		return k->options.zone;
	return SAW_HISTORY_KIND_PERIOD(kind) == SAW_PERIOD_MONTH || !k->options.zone;
}

/* ---------------------------------------------------------------------------------------------------------- summing up */

/* Readings before what is kept in full were thinned: no percentile is made of those. */
int saw_keeper_sum_up(struct saw_keeper *k, struct saw_keeper_end *e, int kind, int64_t number, struct saw_err *err) {
	enum saw_period period = SAW_HISTORY_KIND_PERIOD(kind);
	bool local = SAW_HISTORY_KIND_LOCAL(kind);
	int64_t from = saw_period_start(period, local, number), to = saw_period_start(period, local, number + 1);
	int64_t hole;
	struct saw_summary s;
	int rc;

	if (from < k->file->number[SAW_HISTORY_RAW_FROM] * DAY_MS)
		return 0;
	k->points.n = 0;
	rc = saw_history_file_points(k->file, e->name, from - AROUND_MS, to + AROUND_MS, &k->points, err);
	if (rc || k->points.n == 0)
		return rc;
	rc = saw_summary_make(k->points.p, k->points.n, from, to, k->options.interval_ms, &s);
	if (rc < 0)
		return saw_err_set(err, rc, "no memory");
	if (rc) {
		saw_buf_reset(&k->bytes);
		saw_summary_write(&s, &k->bytes);
		saw_statement_put_int(k->put_summary[kind], 1, SAW_HISTORY_KEY(number, e->name->id));
		saw_statement_put_bytes(k->put_summary[kind], 2, k->bytes.data, k->bytes.len);
		rc = saw_statement_run(k->put_summary[kind], err);
		if (rc)
			return rc;
	}
	if (kind != SAW_HISTORY_KIND(SAW_PERIOD_MONTH, false))
		return 0;
	hole = saw_summary_hole(k->points.p, k->points.n, k->options.interval_ms);
	saw_points_cut(&k->points, 0, from, to);
	saw_points_thin(&k->points, SAW_HISTORY_HOUR_MS, hole);
	return saw_keeper_write_chunk(k, k->put_month, SAW_HISTORY_KEY(number, e->name->id), &k->points, err);
}

int saw_keeper_sum_up_again(struct saw_keeper *k, struct saw_keeper_end *e, int64_t from_ms, int64_t to_ms,
							struct saw_err *err) {
	int rc = 0;

	for (int kind = 0; rc == 0 && kind < SAW_HISTORY_KINDS; kind++) {
		enum saw_period period = SAW_HISTORY_KIND_PERIOD(kind);
		bool local = SAW_HISTORY_KIND_LOCAL(kind);
		int64_t last = saw_period_number(period, local, to_ms - 1);

		if (!saw_keeper_has_kind(k, kind))
			continue;
		for (int64_t n = saw_period_number(period, local, from_ms);
			 rc == 0 && n <= last && n < k->file->number[SAW_HISTORY_NEXT + kind]; n++)
			rc = saw_keeper_sum_up(k, e, kind, n, err);
	}
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------- folding */

struct folding {
	int64_t day; /* of `fold` */
	int64_t fold;
};

/* The fold that new pieces of this day are of. */
static int fold_of(struct saw_keeper *k, struct folding open[2], int64_t day, int64_t *out, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	int64_t n = 0;

	for (int i = 0; i < 2; i++) {
		*out = open[i].fold;
		if (open[i].day == day)
			return 0;
	}
	for (size_t i = 0; i < f->n_folds; i++)
		if (f->folds[i] >= SAW_HISTORY_FOLD(day, 0) && f->folds[i] < SAW_HISTORY_FOLD(day + 1, 0))
			n = f->folds[i] - SAW_HISTORY_FOLD(day, 0) + 1;
	*out = SAW_HISTORY_FOLD(day, n < SAW_HISTORY_FOLDS ? n : SAW_HISTORY_FOLDS - 1);
	open[1] = open[0];
	open[0] = (struct folding){day, *out};
	if (n >= SAW_HISTORY_FOLDS)
		return 0;
	saw_statement_put_int(k->put_fold, 1, *out);
	if (saw_history_file_add_fold(f, *out))
		return saw_err_set(err, -ENOMEM, "no memory");
	return saw_statement_run(k->put_fold, err);
}

/* The readings [i, j) of one end and day. */
static int fold_some(struct saw_keeper *k, struct folding open[2], size_t i, size_t j, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	uint32_t id = f->open[i].end;
	struct saw_keeper_end *e = id < k->n_ends ? k->ends[id] : NULL;
	int64_t day = day_of(f->open[i].p.at_ms), fold;
	uint64_t added;
	int rc;

	if (!e)
		return 0;
	k->points.n = 0;
	for (size_t at = i; at < j; at++)
		if (saw_points_add(&k->points, &f->open[at].p))
			return saw_err_set(err, -ENOMEM, "no memory");
	if (day < f->number[SAW_HISTORY_CLOSED]) {
		struct saw_points late = k->points;

		k->points = (struct saw_points){0};
		rc = saw_keeper_merge_day(k, e, day, late.p, late.n, &added, err);
		if (rc == 0)
			rc = saw_keeper_sum_up_again(k, e, late.p[0].at_ms, late.p[late.n - 1].at_ms + 1, err);
		saw_points_free(&late);
		return rc;
	}
	rc = fold_of(k, open, day, &fold, err);
	/* The last piece of a day is added to: there are never more of them. */
	if (rc == 0 && fold == SAW_HISTORY_FOLD(day, SAW_HISTORY_FOLDS - 1))
		rc = saw_history_file_chunk(f, SAW_HISTORY_TABLE_PIECE, SAW_HISTORY_KEY(fold, id), &k->points, err);
	if (rc < 0)
		return rc;
	saw_points_sort(&k->points);
	saw_keeper_reach(e, k->points.p[0].at_ms, k->points.p[k->points.n - 1].at_ms);
	rc = saw_keeper_write_chunk(k, k->put_piece, SAW_HISTORY_KEY(fold, id), &k->points, err);
	return rc ? rc : saw_keeper_write_end(k, e, err);
}

int saw_keeper_fold(struct saw_keeper *k, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	struct folding open[2] = {{-1, -1}, {-1, -1}};
	struct saw_keeper_mark mark;
	int rc = saw_history_file_load_open(f, err);

	if (rc == 0)
		rc = saw_keeper_begin(k, &mark, err);
	if (rc)
		return rc;
	for (size_t i = 0, j; rc == 0 && i < f->n_open; i = j) {
		for (j = i; j < f->n_open && f->open[j].end == f->open[i].end &&
					day_of(f->open[j].p.at_ms) == day_of(f->open[i].p.at_ms);)
			j++;
		rc = fold_some(k, open, i, j, err);
	}
	if (rc == 0)
		rc = saw_sqlite_run(f->db, "DELETE FROM batch", err);
	rc = saw_keeper_end_of(k, &mark, rc, err);
	saw_history_file_drop_open(f);
	if (rc)
		return rc;
	for (size_t i = 0; i < k->n_ends; i++)
		if (k->ends[i])
			k->ends[i]->changed = k->ends[i]->fact_changed = false;
	k->open_points = 0;
	k->oldest_open_ms = 0;
	return 0;
}

/* ------------------------------------------------------------------------------------------------------------- closing */

static int remove_rows(struct saw_keeper *k, const char *table, int64_t from, int64_t to, struct saw_err *err) {
	char sql[128];

	snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id >= %lld AND id < %lld", table, (long long)from, (long long)to);
	return saw_sqlite_run(k->file->db, sql, err);
}

static bool has_pieces(const struct saw_history_file *f, int64_t day) {
	for (size_t i = 0; i < f->n_folds; i++)
		if (f->folds[i] >> 8 == day)
			return true;
	return false;
}

/* The pieces of one end's day become its chunk. */
static int close_end(struct saw_keeper *k, struct saw_keeper_end *e, int64_t day, struct saw_err *err) {
	int rc;

	k->points.n = 0;
	rc = saw_history_file_points(k->file, e->name, day * DAY_MS, (day + 1) * DAY_MS, &k->points, err);
	return rc ? rc : saw_keeper_write_chunk(k, k->put_day, SAW_HISTORY_KEY(day, e->name->id), &k->points, err);
}

static int after_day(struct saw_keeper *k, int64_t day, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	size_t n = 0;
	int rc = remove_rows(k, "piece", SAW_HISTORY_KEY(SAW_HISTORY_FOLD(day, 0), 0),
						 SAW_HISTORY_KEY(SAW_HISTORY_FOLD(day + 1, 0), 0), err);

	if (rc == 0)
		rc = remove_rows(k, "fold", SAW_HISTORY_FOLD(day, 0), SAW_HISTORY_FOLD(day + 1, 0), err);
	if (rc == 0)
		rc = saw_keeper_number(k, SAW_HISTORY_CLOSED, day + 1, err);
	if (rc == 0)
		rc = saw_keeper_number(k, SAW_HISTORY_CLOSING, 0, err);
	for (size_t i = 0; i < f->n_folds; i++)
		if (f->folds[i] >> 8 != day)
			f->folds[n++] = f->folds[i];
	f->n_folds = n;
	return rc;
}

/* Some ends of the first day that is not closed; the day itself when all are done. */
static int close_slice(struct saw_keeper *k, int64_t today, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	int64_t day = f->number[SAW_HISTORY_CLOSED], id = f->number[SAW_HISTORY_CLOSING];
	struct saw_keeper_mark mark;
	unsigned done = 0;
	int rc = saw_keeper_begin(k, &mark, err);

	if (rc)
		return rc;
	if (!has_pieces(f, day)) {
		while (day < today && !has_pieces(f, day))
			day++;
		rc = saw_keeper_number(k, SAW_HISTORY_CLOSED, day, err);
		return saw_keeper_end_of(k, &mark, rc, err);
	}
	for (id = id > 0 ? id + 1 : 1; rc == 0 && id < (int64_t)k->n_ends && done < SLICE; id++) {
		if (!k->ends[id])
			continue;
		rc = close_end(k, k->ends[id], day, err);
		done++;
	}
	if (rc == 0)
		rc = id < (int64_t)k->n_ends ? saw_keeper_number(k, SAW_HISTORY_CLOSING, id - 1, err) : after_day(k, day, err);
	return saw_keeper_end_of(k, &mark, rc, err);
}

static int sum_slice(struct saw_keeper *k, int kind, struct saw_err *err) {
	enum saw_history_number next = SAW_HISTORY_NEXT + (unsigned)kind, summing = SAW_HISTORY_SUMMING + (unsigned)kind;
	int64_t number = k->file->number[next], id = k->file->number[summing];
	struct saw_keeper_mark mark;
	unsigned done = 0;
	int rc = saw_keeper_begin(k, &mark, err);

	if (rc)
		return rc;
	for (id = id > 0 ? id + 1 : 1; rc == 0 && id < (int64_t)k->n_ends && done < SLICE; id++) {
		if (!k->ends[id])
			continue;
		rc = saw_keeper_sum_up(k, k->ends[id], kind, number, err);
		done++;
	}
	if (rc == 0 && id < (int64_t)k->n_ends) {
		rc = saw_keeper_number(k, summing, id - 1, err);
	} else if (rc == 0) {
		rc = saw_keeper_number(k, summing, 0, err);
		if (rc == 0)
			rc = saw_keeper_number(k, next, number + 1, err);
	}
	return saw_keeper_end_of(k, &mark, rc, err);
}

/* ----------------------------------------------------------------------------------------------------------- retention */

/* The first day that must stay: everything that is made of it is not made yet. */
static int64_t needed_from(const struct saw_keeper *k) {
	int64_t day = k->file->number[SAW_HISTORY_CLOSED];

	for (int kind = 0; kind < SAW_HISTORY_KINDS; kind++) {
		int64_t first;

		if (!saw_keeper_has_kind(k, kind))
			continue;
		first = day_of(saw_period_start(SAW_HISTORY_KIND_PERIOD(kind), SAW_HISTORY_KIND_LOCAL(kind),
										k->file->number[SAW_HISTORY_NEXT + kind]) -
					   AROUND_MS);
		day = first < day ? first : day;
	}
	return day;
}

static int64_t first_day(const struct saw_keeper *k) {
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < k->file->n_names; i++)
		if (k->file->names[i]->first_ms < first)
			first = k->file->names[i]->first_ms;
	return first == INT64_MAX ? -1 : day_of(first);
}

/* One day of readings; what only hours are kept of begins later then. */
static int drop_day(struct saw_keeper *k, int64_t day, struct saw_err *err) {
	struct saw_keeper_mark mark;
	int rc = saw_keeper_begin(k, &mark, err);

	if (rc)
		return rc;
	rc = remove_rows(k, "day", SAW_HISTORY_KEY(day, 0), SAW_HISTORY_KEY(day + 1, 0), err);
	if (rc == 0)
		rc = saw_keeper_number(k, SAW_HISTORY_RAW_FROM, day + 1, err);
	return saw_keeper_end_of(k, &mark, rc, err);
}

static int64_t month_before(int64_t now_ms, unsigned days) {
	return saw_period_number(SAW_PERIOD_MONTH, false, now_ms - (int64_t)days * DAY_MS);
}

/* Its number stays its own until the next start: it may come back. */
static int forget_end(struct saw_keeper *k, struct saw_keeper_end *e, struct saw_err *err) {
	char sql[128];
	int rc;

	snprintf(sql, sizeof sql, "DELETE FROM fact WHERE end = %u; DELETE FROM end WHERE id = %u", e->name->id,
			 e->name->id);
	rc = saw_sqlite_run(k->file->db, sql, err);
	if (rc)
		return rc;
	e->name->first_ms = INT64_MAX;
	e->name->last_ms = -1;
	e->fact_ms = INT64_MIN;
	e->has_last = e->changed = e->fact_changed = false;
	return 0;
}

/* Once a day: hours and summaries that are too old, and ends of which nothing is left. */
static int prune(struct saw_keeper *k, int64_t now_ms, struct saw_err *err) {
	const struct saw_keeper_options *o = &k->options;
	unsigned longest = o->hourly_days > o->raw_days ? o->hourly_days : o->raw_days, days;
	struct saw_keeper_mark mark;
	int rc = saw_keeper_begin(k, &mark, err);

	if (rc)
		return rc;
	days = longest; /* of which there are summaries of days */
	longest = longest > o->summary_days ? longest : o->summary_days;
	rc = remove_rows(k, "month", 0, SAW_HISTORY_KEY(month_before(now_ms, o->hourly_days), 0), err);
	for (int kind = 0; rc == 0 && kind < SAW_HISTORY_KINDS; kind++) {
		int64_t number = SAW_HISTORY_KIND_PERIOD(kind) == SAW_PERIOD_DAY ? day_of(now_ms) - days
																		 : month_before(now_ms, o->summary_days);

		rc = remove_rows(k, saw_history_summary_tables[kind], 0, SAW_HISTORY_KEY(number, 0), err);
	}
	for (size_t i = 0; rc == 0 && i < k->n_ends; i++)
		if (k->ends[i] && k->ends[i]->name->last_ms >= 0 && k->ends[i]->name->last_ms < now_ms - longest * DAY_MS &&
			(!k->ends[i]->has_last || k->ends[i]->last.at_ms < now_ms - longest * DAY_MS))
			rc = forget_end(k, k->ends[i], err);
	if (rc == 0)
		rc = saw_keeper_number(k, SAW_HISTORY_PRUNED, day_of(now_ms), err);
	return saw_keeper_end_of(k, &mark, rc, err);
}

/* ---------------------------------------------------------------------------------------------------------------- due */

/* From this day on local summaries are of the zone that is configured. */
static int note_zone(struct saw_keeper *k, int64_t day, struct saw_err *err) {
	static const char sql[] = "INSERT OR REPLACE INTO zone (from_day, name) SELECT ?1, ?2 WHERE ?2 IS NOT"
							  " (SELECT name FROM zone ORDER BY from_day DESC LIMIT 1)";
	struct saw_statement *q;
	int rc = saw_sqlite_prepare(k->file->db, sql, &q, err);

	if (rc)
		return rc;
	saw_statement_put_int(q, 1, day);
	saw_statement_put_text(q, 2, k->options.zone);
	rc = saw_statement_run(q, err);
	saw_statement_destroy(q);
	k->zone_noted = rc == 0;
	return rc;
}

static int begin_periods(struct saw_keeper *k, int64_t first, struct saw_err *err) {
	struct saw_keeper_mark mark;
	int rc = saw_keeper_begin(k, &mark, err);

	if (rc == 0 && k->file->number[SAW_HISTORY_CLOSED] < 0)
		rc = saw_keeper_number(k, SAW_HISTORY_CLOSED, first, err);
	for (int kind = 0; rc == 0 && kind < SAW_HISTORY_KINDS; kind++) {
		if (k->file->number[SAW_HISTORY_NEXT + kind] >= 0 || !saw_keeper_has_kind(k, kind))
			continue;
		rc = saw_keeper_number(
			k, SAW_HISTORY_NEXT + (unsigned)kind,
			saw_period_number(SAW_HISTORY_KIND_PERIOD(kind), SAW_HISTORY_KIND_LOCAL(kind), first * DAY_MS), err);
	}
	if (rc == 0 && k->options.zone)
		rc = note_zone(k, k->file->number[SAW_HISTORY_CLOSED], err);
	return saw_keeper_end_of(k, &mark, rc, err);
}

static bool are_periods_begun(const struct saw_keeper *k) {
	bool begun = k->file->number[SAW_HISTORY_CLOSED] >= 0 && (k->zone_noted || !k->options.zone);

	for (int kind = 0; kind < SAW_HISTORY_KINDS; kind++)
		begun &= k->file->number[SAW_HISTORY_NEXT + kind] >= 0 || !saw_keeper_has_kind(k, kind);
	return begun;
}

int saw_keeper_tend(struct saw_keeper *k, int64_t now_ms, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	int64_t today = day_of(now_ms), closed, raw_from;
	int rc = k->merging ? saw_keeper_commit(k, err) : 0;

	if (rc)
		return rc;
	if (k->open_points && (k->open_points >= FOLD_POINTS || now_ms - k->oldest_open_ms >= FOLD_MS ||
						   day_of(k->oldest_open_ms) < day_of(now_ms - GRACE_MS))) {
		rc = saw_keeper_fold(k, err);
		return rc ? rc : 1;
	}
	if (!are_periods_begun(k)) {
		int64_t first = first_day(k);

		if (first < 0)
			return 0;
		rc = begin_periods(k, first, err);
		return rc ? rc : 1;
	}
	closed = f->number[SAW_HISTORY_CLOSED];
	if (closed < day_of(now_ms - GRACE_MS)) {
		/* The first reading of a day ends the last sample of the day before. */
		if (k->open_points && f->number[SAW_HISTORY_CLOSING] <= 0) {
			rc = saw_keeper_fold(k, err);
			return rc ? rc : 1;
		}
		rc = close_slice(k, day_of(now_ms - GRACE_MS), err);
		return rc ? rc : 1;
	}
	for (int kind = 0; kind < SAW_HISTORY_KINDS; kind++) {
		int64_t next = f->number[SAW_HISTORY_NEXT + kind];

		if (!saw_keeper_has_kind(k, kind) ||
			saw_period_start(SAW_HISTORY_KIND_PERIOD(kind), SAW_HISTORY_KIND_LOCAL(kind), next + 1) > closed * DAY_MS)
			continue;
		rc = sum_slice(k, kind, err);
		return rc ? rc : 1;
	}
	raw_from = f->number[SAW_HISTORY_RAW_FROM] > 0 ? f->number[SAW_HISTORY_RAW_FROM] : first_day(k);
	if (raw_from >= 0 && raw_from < today - (int64_t)k->options.raw_days && raw_from < needed_from(k)) {
		rc = drop_day(k, raw_from, err);
		return rc ? rc : 1;
	}
	if (f->number[SAW_HISTORY_PRUNED] < today) {
		rc = prune(k, now_ms, err);
		return rc ? rc : 1;
	}
	return 0;
}
