#include "history/verify.h"

#include "history/file.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS SAW_HISTORY_DAY_MS
#define AROUND_MS (2 * SAW_HISTORY_HOUR_MS)
#define COVERAGE_STEP 0.000002 /* as it is written */

const char *saw_verify_kind_name(enum saw_verify_kind kind) {
	static const char *const names[] = {"file", "damaged", "misplaced", "overlap", "decrease", "orphan", "summary"};

	return names[kind];
}

struct verifying {
	struct saw_history_file *file;
	const struct saw_history_name **names; /* by number */
	size_t n_names;
	struct saw_point *last; /* by number: the one before, and of each column what was known last */
	struct saw_points points;
	struct saw_verify_result *out;
	void (*each)(void *ctx, const struct saw_verify_finding *f);
	void *ctx;
};

SAW_PRINTF(5, 6)
static void find(struct verifying *v, enum saw_verify_kind kind, uint32_t end, int64_t at_ms, const char *fmt, ...) {
	const struct saw_history_name *name = end < v->n_names ? v->names[end] : NULL;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	v->out->findings[kind]++;
	v->out->all_findings++;
	v->each(v->ctx, &(struct saw_verify_finding){.kind = kind,
												 .device = name ? name->device : NULL,
												 .tunnel = name ? name->tunnel : NULL,
												 .at_ms = at_ms,
												 .text = text});
}

/* ------------------------------------------------------------------------------------------------------------ readings */

static const char *const columns[SAW_COLUMNS] = {"in_bytes",      "out_bytes", "in_packets", "out_packets",
												 "replay_errors", "in_errors", "out_errors", "queue_drops"};

/* After the one before of the same end. */
static void check_next(struct verifying *v, uint32_t end, const struct saw_point *p) {
	struct saw_point *last = &v->last[end];

	v->out->readings++;
	if (last->at_ms && p->at_ms == last->at_ms)
		find(v, SAW_VERIFY_OVERLAP, end, p->at_ms, "this reading is there twice");
	else if (p->at_ms < last->at_ms)
		find(v, SAW_VERIFY_OVERLAP, end, p->at_ms, "this reading is among later ones");
	for (int c = 0; c < SAW_COLUMNS; c++) {
		if (!(p->has >> c & 1))
			continue;
		if (last->has >> c & 1 && p->total[c] < last->total[c] && !p->gap)
			find(v, SAW_VERIFY_DECREASE, end, p->at_ms, "%s falls from %llu to %llu, and nothing says why", columns[c],
				 (unsigned long long)last->total[c], (unsigned long long)p->total[c]);
		last->total[c] = p->total[c];
	}
	last->has = p->gap ? p->has : last->has | p->has;
	last->at_ms = p->at_ms;
}

/* All chunks of a table, which lie in the order of time. first, next: what period a key's is. */
struct table {
	const char *name, *unit;
	enum saw_period period;
	int shift; /* of the key's number to the period's */
};

static void check_chunk(struct verifying *v, const struct table *t, int64_t key, const uint8_t *bytes, size_t len) {
	uint32_t end = (uint32_t)(key & SAW_HISTORY_ENDS);
	int64_t number = key >> 24 >> t->shift, from = saw_period_start(t->period, false, number),
			to = saw_period_start(t->period, false, number + 1);
	int rc;

	v->out->chunks++;
	v->points.n = 0;
	rc = saw_chunk_read(bytes, len, &v->points);
	if (end >= v->n_names || !v->names[end]) {
		find(v, SAW_VERIFY_ORPHAN, end, from, "a %s of end %u, which does not exist", t->unit, end);
		return;
	}
	if (rc) {
		find(v, SAW_VERIFY_DAMAGED, end, from, "its %s cannot be read: %s", t->unit, saw_strerror(rc));
		return;
	}
	for (size_t i = 0; i < v->points.n; i++) {
		const struct saw_point *p = &v->points.p[i];

		if (p->at_ms < from || p->at_ms >= to)
			find(v, SAW_VERIFY_MISPLACED, end, p->at_ms, "a reading of another time is in a %s", t->unit);
		check_next(v, end, p);
	}
}

static int check_table(struct verifying *v, const struct table *t, struct saw_err *err) {
	struct saw_statement *q;
	char sql[80];
	int rc;

	snprintf(sql, sizeof sql, "SELECT id, chunk FROM %s ORDER BY id", t->name);
	rc = saw_sqlite_prepare(v->file->db, sql, &q, err);
	if (rc)
		return rc;
	while ((rc = saw_statement_step(q, err)) == 1) {
		size_t len;
		const uint8_t *bytes = saw_statement_bytes(q, 1, &len);

		check_chunk(v, t, saw_statement_int(q, 0), bytes, len);
	}
	saw_statement_destroy(q);
	return rc;
}

static int check_batches(struct verifying *v, struct saw_err *err) {
	struct saw_err why = {0};
	int rc = saw_history_file_load_open(v->file, &why);

	if (rc) {
		if (err)
			*err = why;
		return rc;
	}
	if (why.code)
		find(v, SAW_VERIFY_DAMAGED, 0, 0, "%s: what is behind that place is lost", why.text);
	for (size_t i = 0; i < v->file->n_open; i++) {
		uint32_t end = v->file->open[i].end;

		if (end >= v->n_names || !v->names[end])
			find(v, SAW_VERIFY_ORPHAN, end, v->file->open[i].p.at_ms, "a reading of end %u, which does not exist", end);
		else
			check_next(v, end, &v->file->open[i].p);
	}
	return 0;
}

/* ----------------------------------------------------------------------------------------------------------- summaries */

static bool agree(const struct saw_summary *a, const struct saw_summary *b) {
	for (int d = 0; d < SAW_DIRECTIONS; d++) {
		const struct saw_summary_load *x = &a->load[d], *y = &b->load[d];

		if (fabs(x->coverage - y->coverage) > COVERAGE_STEP || x->mean != y->mean || x->p95 != y->p95 ||
			x->p99 != y->p99 || x->max != y->max)
			return false;
	}
	return true;
}

static int check_summary(struct verifying *v, int kind, int64_t key, const uint8_t *bytes, size_t len,
						 struct saw_err *err) {
	enum saw_period period = SAW_HISTORY_KIND_PERIOD(kind);
	uint32_t end = (uint32_t)(key & SAW_HISTORY_ENDS);
	struct saw_summary s = {.from_ms = saw_period_start(period, false, key >> 24),
							.to_ms = saw_period_start(period, false, (key >> 24) + 1)},
					   again;
	int64_t interval = v->file->number[SAW_HISTORY_INTERVAL];
	int rc;

	v->out->summaries++;
	if (end >= v->n_names || !v->names[end]) {
		find(v, SAW_VERIFY_ORPHAN, end, s.from_ms, "a summary of end %u, which does not exist", end);
		return 0;
	}
	if (saw_summary_read(bytes, len, &s)) {
		find(v, SAW_VERIFY_DAMAGED, end, s.from_ms, "its summary of a %s cannot be read",
			 period == SAW_PERIOD_DAY ? "day" : "month");
		return 0;
	}
	/* Local ones are of a zone that this process may not have; and of old readings only hours are left. */
	if (SAW_HISTORY_KIND_LOCAL(kind) || interval <= 0 ||
		s.from_ms - AROUND_MS < v->file->number[SAW_HISTORY_RAW_FROM] * DAY_MS)
		return 0;
	v->points.n = 0;
	rc = saw_history_file_points(v->file, v->names[end], s.from_ms - AROUND_MS, s.to_ms + AROUND_MS, &v->points, err);
	if (rc == 0)
		rc = saw_summary_make(v->points.p, v->points.n, s.from_ms, s.to_ms, interval, &again);
	if (rc >= 0 && !agree(&s, &again))
		find(v, SAW_VERIFY_SUMMARY, end, s.from_ms, "the summary of its %s is not what its readings say",
			 period == SAW_PERIOD_DAY ? "day" : "month");
	return rc < 0 ? rc : 0;
}

static int check_summaries(struct verifying *v, int kind, struct saw_err *err) {
	struct saw_statement *q;
	char sql[80];
	int rc;

	snprintf(sql, sizeof sql, "SELECT id, summary FROM %s ORDER BY id", saw_history_summary_tables[kind]);
	rc = saw_sqlite_prepare(v->file->db, sql, &q, err);
	if (rc)
		return rc;
	while ((rc = saw_statement_step(q, err)) == 1) {
		size_t len;
		const uint8_t *bytes = saw_statement_bytes(q, 1, &len);

		rc = check_summary(v, kind, saw_statement_int(q, 0), bytes, len, err);
		if (rc)
			break;
	}
	saw_statement_destroy(q);
	return rc;
}

/* ----------------------------------------------------------------------------------------------------------- the whole */

static int number_names(struct verifying *v) {
	for (size_t i = 0; i < v->file->n_names; i++)
		if (v->file->names[i]->id >= v->n_names)
			v->n_names = v->file->names[i]->id + 1;
	v->names = calloc(v->n_names + 1, sizeof *v->names);
	v->last = calloc(v->n_names + 1, sizeof *v->last);
	if (!v->names || !v->last)
		return -ENOMEM;
	for (size_t i = 0; i < v->file->n_names; i++)
		v->names[v->file->names[i]->id] = v->file->names[i];
	v->out->ends = v->file->n_names;
	return 0;
}

static int check_all(struct verifying *v, struct saw_err *err) {
	static const struct table hours = {"month", "month", SAW_PERIOD_MONTH, 0},
							  readings[] = {{"day", "day", SAW_PERIOD_DAY, 0},
											{"piece", "piece of a day", SAW_PERIOD_DAY, 8}};
	struct saw_err why;
	int64_t pages = 0, page = 0;
	int rc = number_names(v);

	if (rc)
		return saw_err_set(err, rc, "no memory");
	if (saw_sqlite_check(v->file->db, false, &why))
		find(v, SAW_VERIFY_FILE, 0, 0, "%s", why.text);
	if (saw_sqlite_ask(v->file->db, "PRAGMA page_count", &pages, err) == 0 &&
		saw_sqlite_ask(v->file->db, "PRAGMA page_size", &page, err) == 0)
		v->out->bytes = (uint64_t)(pages * page);
	rc = check_table(v, &hours, err);
	/* Hours and readings are of the same time. */
	memset(v->last, 0, v->n_names * sizeof *v->last);
	for (size_t i = 0; rc == 0 && i < sizeof readings / sizeof *readings; i++)
		rc = check_table(v, &readings[i], err);
	if (rc == 0)
		rc = check_batches(v, err);
	for (int kind = 0; rc == 0 && kind < SAW_HISTORY_KINDS; kind++)
		rc = check_summaries(v, kind, err);
	/* A table that ends in mid-page was found above, and is no reason to say nothing of the rest. */
	return rc == SAW_EFORMAT && v->out->findings[SAW_VERIFY_FILE] ? 0 : rc;
}

int saw_history_verify(const char *path, void (*each)(void *ctx, const struct saw_verify_finding *f), void *ctx,
					   struct saw_verify_result *out, struct saw_err *err) {
	struct verifying v = {.out = out, .each = each, .ctx = ctx};
	int rc = saw_history_file_open(path, false, &v.file, err);

	*out = (struct saw_verify_result){0};
	if (rc == 0)
		rc = check_all(&v, err);
	if (rc)
		saw_err_prefix(err, "the history in %.300s", path);
	saw_history_file_close(v.file);
	saw_points_free(&v.points);
	free(v.names);
	free(v.last);
	return rc;
}
