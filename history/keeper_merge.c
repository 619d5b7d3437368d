/* Readings that come late, and readings that never should have come. */
#include "history/keeper_internal.h"

#include <errno.h>
#include <stdio.h>

#define DAY_MS SAW_HISTORY_DAY_MS

static int64_t day_of(int64_t at_ms) {
	return saw_period_number(SAW_PERIOD_DAY, false, at_ms);
}

/* How many of p are at times that no point of `there` has; those are added to it. */
static int unite(struct saw_points *there, const struct saw_point *p, size_t n, uint64_t *added) {
	size_t old = there->n;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = saw_points_add(there, &p[i]);
	saw_points_sort(there);
	*added += there->n - old;
	return rc;
}

int saw_keeper_merge_day(struct saw_keeper *k, struct saw_keeper_end *e, int64_t day, const struct saw_point *p,
						 size_t n, uint64_t *added, struct saw_err *err) {
	uint64_t new = 0;
	int rc;

	k->more.n = 0;
	rc = saw_history_file_points(k->file, e->name, day * DAY_MS, (day + 1) * DAY_MS, &k->more, err);
	if (rc == 0 && unite(&k->more, p, n, &new))
		rc = saw_err_set(err, -ENOMEM, "no memory");
	if (rc || new == 0)
		return rc;
	saw_keeper_reach(e, p[0].at_ms, p[n - 1].at_ms);
	rc = saw_keeper_write_chunk(k, k->put_day, SAW_HISTORY_KEY(day, e->name->id), &k->more, err);
	*added += new;
	return rc;
}

/* Readings of a time of which only hours are kept: they become hours; a summary is made where there is none. */
static int merge_old(struct saw_keeper *k, struct saw_keeper_end *e, int64_t month, const struct saw_point *p, size_t n,
					 uint64_t *added, struct saw_err *err) {
	int64_t key = SAW_HISTORY_KEY(month, e->name->id);
	uint64_t new = 0;
	int rc = 0;

	for (int kind = 0; rc >= 0 && kind < SAW_HISTORY_KINDS; kind++) {
		enum saw_period period = SAW_HISTORY_KIND_PERIOD(kind);
		bool local = SAW_HISTORY_KIND_LOCAL(kind);
		int64_t last = saw_period_number(period, local, p[n - 1].at_ms);

		for (int64_t number = saw_period_number(period, local, p[0].at_ms);
			 rc >= 0 && saw_keeper_has_kind(k, kind) && number <= last; number++) {
			int64_t id = SAW_HISTORY_KEY(number, e->name->id);
			struct saw_summary s;

			saw_statement_put_int(k->file->summary[kind], 1, id);
			rc = saw_statement_step(k->file->summary[kind], err);
			saw_statement_reset(k->file->summary[kind]);
			if (rc == 0 &&
				(rc = saw_summary_make(p, n, saw_period_start(period, local, number),
									   saw_period_start(period, local, number + 1), k->options.interval_ms, &s)) == 1) {
				saw_buf_reset(&k->bytes);
				saw_summary_write(&s, &k->bytes);
				saw_statement_put_int(k->put_summary[kind], 1, id);
				saw_statement_put_bytes(k->put_summary[kind], 2, k->bytes.data, k->bytes.len);
				rc = saw_statement_run(k->put_summary[kind], err);
			}
		}
	}
	if (rc < 0)
		return rc;
	k->more.n = 0;
	rc = saw_history_file_chunk(k->file, SAW_HISTORY_TABLE_MONTH, key, &k->more, err);
	if (rc < 0)
		return rc;
	if (unite(&k->more, p, n, &new))
		return saw_err_set(err, -ENOMEM, "no memory");
	saw_points_thin(&k->more, SAW_HISTORY_HOUR_MS, saw_summary_hole(p, n, k->options.interval_ms));
	saw_keeper_reach(e, p[0].at_ms, p[n - 1].at_ms);
	*added += new;
	return saw_keeper_write_chunk(k, k->put_month, key, &k->more, err);
}

int saw_keeper_merge(struct saw_keeper *k, const struct saw_history_end *end, const struct saw_point *p, size_t n,
					 uint64_t *added, struct saw_err *err) {
	int64_t raw_from = k->file->number[SAW_HISTORY_RAW_FROM];
	struct saw_keeper_end *e;
	size_t i = 0;
	int rc = 0;

	*added = 0;
	if (n == 0)
		return 0;
	/* What waits in batches is known of then, whatever comes. */
	if (!k->merging && (k->waiting || k->open_points)) {
		rc = saw_keeper_commit(k, err);
		if (rc == 0)
			rc = saw_keeper_fold(k, err);
	}
	if (rc == 0 && !k->merging) {
		rc = saw_sqlite_begin(k->file->db, err);
		k->merging = rc == 0;
	}
	if (rc)
		return rc;
	e = saw_keeper_find_or_add(k, end->device, end->tunnel);
	if (!e || (e->fact_ms == INT64_MIN && (rc = saw_keeper_set_facts(e, end, p[0].at_ms))))
		return saw_err_set(err, -ENOMEM, "no memory for another tunnel end");
	while (i < n && day_of(p[i].at_ms) < raw_from)
		i++;
	if (i)
		rc = merge_old(k, e, saw_period_number(SAW_PERIOD_MONTH, false, p[0].at_ms), p, i, added, err);
	for (size_t j; rc == 0 && i < n; i = j) {
		for (j = i; j < n && day_of(p[j].at_ms) == day_of(p[i].at_ms);)
			j++;
		rc = saw_keeper_merge_day(k, e, day_of(p[i].at_ms), p + i, j - i, added, err);
	}
	if (rc == 0 && *added)
		rc = saw_keeper_sum_up_again(k, e, p[0].at_ms, p[n - 1].at_ms + 1, err);
	if (rc == 0 && (!e->has_last || p[n - 1].at_ms > e->last.at_ms)) {
		e->last = p[n - 1];
		e->has_last = true;
	}
	if (p[n - 1].at_ms > k->newest_ms)
		k->newest_ms = p[n - 1].at_ms;
	return rc;
}

/* ----------------------------------------------------------------------------------------------------------- forgetting */

/* The newest that is left of an end. */
static int newest_before(struct saw_keeper *k, struct saw_keeper_end *e, int64_t after_ms, struct saw_err *err) {
	int64_t step = 40 * DAY_MS, from = after_ms + 1;
	int rc = 0;

	k->more.n = 0;
	while (rc == 0 && k->more.n == 0 && from > e->name->first_ms) {
		int64_t to = from;

		from = to - step > e->name->first_ms ? to - step : e->name->first_ms;
		step *= 2;
		rc = saw_history_file_points(k->file, e->name, from, to, &k->more, err);
	}
	if (rc)
		return rc;
	e->looked = e->changed = true;
	e->has_last = k->more.n > 0;
	if (e->has_last)
		e->last = k->more.p[k->more.n - 1];
	else
		e->name->first_ms = INT64_MAX;
	e->name->last_ms = e->has_last ? e->last.at_ms : -1;
	return 0;
}

static int remove_from(struct saw_keeper *k, const char *table, int64_t key, struct saw_err *err) {
	char sql[96];

	snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id >= %lld", table, (long long)key);
	return saw_sqlite_run(k->file->db, sql, err);
}

/* What is left of the end's last day and month, before their rows go. */
static int forget_of(struct saw_keeper *k, struct saw_keeper_end *e, int64_t after_ms, uint64_t *removed,
					 struct saw_err *err) {
	int64_t month = saw_period_number(SAW_PERIOD_MONTH, false, after_ms), day = day_of(after_ms);
	int rc;

	k->points.n = 0;
	rc = saw_history_file_points(k->file, e->name, after_ms + 1, INT64_MAX, &k->points, err);
	*removed += k->points.n;
	k->points.n = 0;
	if (rc == 0)
		rc = saw_history_file_points(k->file, e->name, day * DAY_MS, after_ms + 1, &k->points, err);
	if (rc == 0)
		rc = newest_before(k, e, after_ms, err);
	if (rc == 0 && day >= k->file->number[SAW_HISTORY_RAW_FROM])
		return saw_keeper_write_chunk(k, k->put_day, SAW_HISTORY_KEY(day, e->name->id), &k->points, err);
	k->points.n = 0;
	if (rc == 0)
		rc = saw_history_file_points(k->file, e->name, saw_period_start(SAW_PERIOD_MONTH, false, month), after_ms + 1,
									 &k->points, err);
	return rc ? rc : saw_keeper_write_chunk(k, k->put_month, SAW_HISTORY_KEY(month, e->name->id), &k->points, err);
}

/* Rows of days and months that begin later. Hours of the month go too where they can be made again. */
static int forget_rows(struct saw_keeper *k, int64_t after_ms, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	int64_t day = day_of(after_ms), month = saw_period_number(SAW_PERIOD_MONTH, false, after_ms);
	bool again = saw_period_start(SAW_PERIOD_MONTH, false, month) >= f->number[SAW_HISTORY_RAW_FROM] * DAY_MS;
	int rc = remove_from(k, "piece", SAW_HISTORY_KEY(SAW_HISTORY_FOLD(day, 0), 0), err);

	if (rc == 0)
		rc = remove_from(k, "fold", SAW_HISTORY_FOLD(day, 0), err);
	if (rc == 0)
		rc = remove_from(k, "day", SAW_HISTORY_KEY(day + 1, 0), err);
	if (rc == 0)
		rc = remove_from(k, "month", SAW_HISTORY_KEY(again ? month : month + 1, 0), err);
	if (rc == 0 && f->number[SAW_HISTORY_CLOSED] > day)
		rc = saw_keeper_number(k, SAW_HISTORY_CLOSED, day, err);
	if (rc == 0)
		rc = saw_keeper_number(k, SAW_HISTORY_CLOSING, 0, err);
	for (int kind = 0; rc == 0 && kind < SAW_HISTORY_KINDS; kind++) {
		enum saw_history_number next = SAW_HISTORY_NEXT + (unsigned)kind;
		int64_t number = saw_period_number(SAW_HISTORY_KIND_PERIOD(kind), SAW_HISTORY_KIND_LOCAL(kind), after_ms);

		if (f->number[next] <= number)
			continue;
		rc = remove_from(k, saw_history_summary_tables[kind], SAW_HISTORY_KEY(number, 0), err);
		if (rc == 0)
			rc = saw_keeper_number(k, next, number, err);
		if (rc == 0)
			rc = saw_keeper_number(k, SAW_HISTORY_SUMMING + (unsigned)kind, 0, err);
	}
	return rc;
}

int saw_keeper_forget_after(struct saw_keeper *k, int64_t after_ms, uint64_t *removed, struct saw_err *err) {
	struct saw_keeper_mark mark;
	int rc = saw_keeper_commit(k, err);

	*removed = 0;
	if (rc == 0)
		rc = saw_keeper_fold(k, err);
	if (rc == 0)
		rc = saw_keeper_begin(k, &mark, err);
	if (rc)
		return rc;
	for (size_t i = 0; rc == 0 && i < k->n_ends; i++)
		if (k->ends[i] && k->ends[i]->name->last_ms > after_ms) {
			rc = forget_of(k, k->ends[i], after_ms, removed, err);
			if (rc == 0)
				rc = saw_keeper_write_end(k, k->ends[i], err);
		}
	if (rc == 0)
		rc = forget_rows(k, after_ms, err);
	rc = saw_keeper_end_of(k, &mark, rc, err);
	if (rc == 0)
		rc = saw_history_file_load_folds(k->file, err);
	k->newest_ms = k->newest_ms < after_ms ? k->newest_ms : after_ms;
	return rc;
}
