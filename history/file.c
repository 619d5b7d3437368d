#include "history/file.h"

#include "core/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATEST_MS 253402300799999LL /* the year 9999 */

static const char *const migrations[] = {
	"CREATE TABLE end (id INTEGER PRIMARY KEY, device TEXT NOT NULL, tunnel TEXT NOT NULL,"
	"  first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, UNIQUE (device, tunnel));"
	"CREATE TABLE fact (end INTEGER NOT NULL, from_ms INTEGER NOT NULL, fact BLOB NOT NULL,"
	"  PRIMARY KEY (end, from_ms)) WITHOUT ROWID;"
	"CREATE TABLE number (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);"
	"CREATE TABLE batch (id INTEGER PRIMARY KEY, points BLOB NOT NULL);"
	"CREATE TABLE fold (id INTEGER PRIMARY KEY);"
	"CREATE TABLE piece (id INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
	"CREATE TABLE day (id INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
	"CREATE TABLE month (id INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
	"CREATE TABLE day_summary (id INTEGER PRIMARY KEY, summary BLOB NOT NULL);"
	"CREATE TABLE month_summary (id INTEGER PRIMARY KEY, summary BLOB NOT NULL);",
	/* Summaries of local days and months, and which zone they are of. */
	"CREATE TABLE local_day_summary (id INTEGER PRIMARY KEY, summary BLOB NOT NULL);"
	"CREATE TABLE local_month_summary (id INTEGER PRIMARY KEY, summary BLOB NOT NULL);"
	"CREATE TABLE zone (from_day INTEGER PRIMARY KEY, name TEXT NOT NULL);",
};
const struct saw_sqlite_schema saw_history_schema = {
	.id = 0x53415748, /* "SAWH" */
	.migrations = migrations,
	.version = (int)(sizeof migrations / sizeof *migrations),
	.page_bytes = 65536, /* a dozen days of readings each: little is left over at its end */
};

const char *const saw_history_summary_tables[SAW_HISTORY_KINDS] = {
	[SAW_HISTORY_KIND(SAW_PERIOD_DAY, false)] = "day_summary",
	[SAW_HISTORY_KIND(SAW_PERIOD_MONTH, false)] = "month_summary",
	[SAW_HISTORY_KIND(SAW_PERIOD_DAY, true)] = "local_day_summary",
	[SAW_HISTORY_KIND(SAW_PERIOD_MONTH, true)] = "local_month_summary",
};

/* -------------------------------------------------------------------------------------------------------- open and close */

static int no_memory(struct saw_err *err) {
	return saw_err_set(err, -ENOMEM, "no memory");
}

static int load(struct saw_history_file *f, struct saw_err *err);

static int prepare(struct saw_history_file *f, struct saw_err *err) {
	char sql[80];
	int rc = saw_sqlite_prepare(f->db, "SELECT chunk FROM day WHERE id = ?1", &f->day, err);

	if (rc == 0)
		rc = saw_sqlite_prepare(f->db, "SELECT chunk FROM month WHERE id = ?1", &f->month, err);
	if (rc == 0)
		rc = saw_sqlite_prepare(f->db, "SELECT chunk FROM piece WHERE id = ?1", &f->piece, err);
	if (rc == 0)
		rc = saw_sqlite_prepare(f->db,
								"SELECT fact, from_ms FROM fact WHERE end = ?1 ORDER BY from_ms >= ?2,"
								" CASE WHEN from_ms < ?2 THEN -from_ms ELSE from_ms END LIMIT 1",
								&f->fact, err);
	if (rc == 0)
		rc = saw_sqlite_prepare(
			f->db, "SELECT id, device, tunnel, first_ms, last_ms FROM end WHERE device = ?1 AND tunnel = ?2", &f->name,
			err);
	for (int i = 0; rc == 0 && i < SAW_HISTORY_KINDS; i++) {
		snprintf(sql, sizeof sql, "SELECT summary FROM %s WHERE id = ?1", saw_history_summary_tables[i]);
		rc = saw_sqlite_prepare(f->db, sql, &f->summary[i], err);
	}
	return rc;
}

int saw_history_file_open(const char *path, bool write, struct saw_history_file **out, struct saw_err *err) {
	struct saw_history_file *f = calloc(1, sizeof *f);
	int rc;

	*out = NULL;
	if (!f)
		return no_memory(err);
	rc = saw_sqlite_open(path, &saw_history_schema, write ? SAW_SQLITE_SHARED : SAW_SQLITE_READ, &f->db, err);
	if (rc == 0)
		rc = prepare(f, err);
	/* From the first read on, until the handle is closed, it is one picture. */
	if (rc == 0 && !write)
		rc = saw_sqlite_run(f->db, "BEGIN", err);
	if (rc == 0)
		rc = load(f, err);
	if (rc == 0 && write)
		rc = saw_history_file_load_names(f, err);
	if (rc) {
		saw_history_file_close(f);
		return rc;
	}
	*out = f;
	return 0;
}

static void free_names(struct saw_history_file *f) {
	for (size_t i = 0; i < f->n_names; i++) {
		free(f->names[i]->device);
		free(f->names[i]->tunnel);
		free(f->names[i]);
	}
	f->n_names = 0;
}

void saw_history_file_close(struct saw_history_file *f) {
	if (!f)
		return;
	saw_statement_destroy(f->day);
	saw_statement_destroy(f->month);
	saw_statement_destroy(f->piece);
	saw_statement_destroy(f->fact);
	saw_statement_destroy(f->name);
	for (int i = 0; i < SAW_HISTORY_KINDS; i++)
		saw_statement_destroy(f->summary[i]);
	saw_sqlite_close(f->db);
	free_names(f);
	free(f->names);
	free(f->folds);
	free(f->open);
	free(f);
}

/* --------------------------------------------------------------------------------------------------------------- lists */

struct saw_history_name *saw_history_file_add_name(struct saw_history_file *f, uint32_t id, const char *device,
												   const char *tunnel) {
	struct saw_history_name *name;
	size_t at;
	bool found;

	if (SAW_LIST_ROOM(f->names, f->n_names, f->names_room))
		return NULL;
	name = calloc(1, sizeof *name);
	if (!name)
		return NULL;
	*name = (struct saw_history_name){
		.id = id, .device = strdup(device), .tunnel = strdup(tunnel), .first_ms = INT64_MAX, .last_ms = -1};
	if (!name->device || !name->tunnel) {
		free(name->device);
		free(name->tunnel);
		free(name);
		return NULL;
	}
	at = saw_history_file_place(f, device, tunnel, &found);
	memmove(f->names + at + 1, f->names + at, (f->n_names - at) * sizeof *f->names);
	f->names[at] = name;
	f->n_names++;
	return name;
}

static int take_name(struct saw_history_file *f, struct saw_statement *q) {
	int64_t id = saw_statement_int(q, 0);
	const char *device = saw_statement_text(q, 1), *tunnel = saw_statement_text(q, 2);
	struct saw_history_name *name;

	if (id < 1 || id > SAW_HISTORY_ENDS || !device || !tunnel || saw_statement_int(q, 4) > LATEST_MS)
		return SAW_EFORMAT;
	name = saw_history_file_add_name(f, (uint32_t)id, device, tunnel);
	if (!name)
		return -ENOMEM;
	name->first_ms = saw_statement_int(q, 3);
	name->last_ms = saw_statement_int(q, 4);
	return 0;
}

int saw_history_file_add_fold(struct saw_history_file *f, int64_t fold) {
	if (SAW_LIST_ROOM(f->folds, f->n_folds, f->folds_room))
		return -ENOMEM;
	f->folds[f->n_folds++] = fold;
	return 0;
}

static int each_row(struct saw_history_file *f, const char *sql,
					int (*fn)(struct saw_history_file *f, struct saw_statement *q), struct saw_err *err) {
	struct saw_statement *q;
	int rc = saw_sqlite_prepare(f->db, sql, &q, err);

	if (rc)
		return rc;
	while ((rc = saw_statement_step(q, err)) == 1) {
		rc = fn(f, q);
		if (rc) {
			saw_err_set(err, rc, "%s", rc == SAW_EFORMAT ? "it is damaged: a row is not ours" : saw_strerror(rc));
			break;
		}
	}
	saw_statement_destroy(q);
	return rc;
}

static int take_fold(struct saw_history_file *f, struct saw_statement *q) {
	return saw_history_file_add_fold(f, saw_statement_int(q, 0));
}

static int take_number(struct saw_history_file *f, struct saw_statement *q) {
	int64_t id = saw_statement_int(q, 0);

	if (id >= 0 && id < SAW_HISTORY_NUMBERS)
		f->number[id] = saw_statement_int(q, 1);
	return 0;
}

int saw_history_file_load_folds(struct saw_history_file *f, struct saw_err *err) {
	f->n_folds = 0;
	return each_row(f, "SELECT id FROM fold ORDER BY id", take_fold, err);
}

int saw_history_file_load_names(struct saw_history_file *f, struct saw_err *err) {
	int rc;

	if (f->has_names)
		return 0;
	free_names(f);
	rc = each_row(f, "SELECT id, device, tunnel, first_ms, last_ms FROM end ORDER BY device, tunnel", take_name, err);
	f->has_names = rc == 0;
	return rc;
}

int saw_history_file_find(struct saw_history_file *f, const char *device, const char *tunnel,
						  const struct saw_history_name **out, struct saw_err *err) {
	bool found;
	size_t at = saw_history_file_place(f, device, tunnel, &found);
	int rc = 0;

	*out = NULL;
	if (!found && !f->has_names) {
		saw_statement_put_text(f->name, 1, device);
		saw_statement_put_text(f->name, 2, tunnel);
		rc = saw_statement_step(f->name, err);
		if (rc == 1 && (rc = take_name(f, f->name)))
			saw_err_set(err, rc, "%s", saw_strerror(rc));
		saw_statement_reset(f->name);
		at = saw_history_file_place(f, device, tunnel, &found);
	}
	if (found)
		*out = f->names[at];
	return rc;
}

static int load(struct saw_history_file *f, struct saw_err *err) {
	int rc;

	for (int i = 0; i < SAW_HISTORY_NUMBERS; i++)
		f->number[i] = -1;
	rc = saw_history_file_load_folds(f, err);
	return rc ? rc : each_row(f, "SELECT id, value FROM number", take_number, err);
}

size_t saw_history_file_place(const struct saw_history_file *f, const char *device, const char *tunnel, bool *found) {
	size_t lo = 0, hi = f->n_names;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(f->names[mid]->device, device);

		if (order == 0)
			order = strcmp(f->names[mid]->tunnel, tunnel);
		if (order == 0) {
			*found = true;
			return mid;
		}
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ------------------------------------------------------------------------------------------------------------- batches */

struct gathering {
	struct saw_history_open *p;
	size_t n, room;
};

/* A damaged place is said in err and gives no error: what was gathered before it counts. */
static int gather_batch(struct gathering *g, const uint8_t *bytes, size_t len, int64_t id, struct saw_err *err) {
	struct saw_history_open open;
	size_t at = 0;
	int rc;

	while ((rc = saw_batch_next(bytes, len, &at, &open.end, &open.p)) == 1) {
		if (SAW_LIST_ROOM(g->p, g->n, g->room))
			return no_memory(err);
		g->p[g->n++] = open;
	}
	if (rc)
		saw_err_set(err, rc, "batch %lld is damaged", (long long)id);
	return 0;
}

static int by_end_and_time(const void *a, const void *b) {
	const struct saw_history_open *x = a, *y = b;

	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return (x->p.at_ms > y->p.at_ms) - (x->p.at_ms < y->p.at_ms);
}

void saw_history_file_drop_open(struct saw_history_file *f) {
	free(f->open);
	f->open = NULL;
	f->n_open = 0;
}

int saw_history_file_load_open(struct saw_history_file *f, struct saw_err *err) {
	struct gathering g = {0};
	struct saw_statement *q;
	int rc = saw_sqlite_prepare(f->db, "SELECT id, points FROM batch ORDER BY id", &q, err);

	if (rc)
		return rc;
	while ((rc = saw_statement_step(q, err)) == 1) {
		size_t len;
		const uint8_t *bytes = saw_statement_bytes(q, 1, &len);

		rc = gather_batch(&g, bytes, len, saw_statement_int(q, 0), err);
		if (rc)
			break;
	}
	saw_statement_destroy(q);
	if (rc) {
		free(g.p);
		return rc;
	}
	if (g.n)
		qsort(g.p, g.n, sizeof *g.p, by_end_and_time);
	saw_history_file_drop_open(f);
	f->open = g.p;
	f->n_open = g.n;
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- points */

int saw_history_file_chunk(struct saw_history_file *f, enum saw_history_table table, int64_t key,
						   struct saw_points *out, struct saw_err *err) {
	static const char *const names[] = {"day", "month", "piece"};
	struct saw_statement *q = table == SAW_HISTORY_TABLE_DAY     ? f->day
							  : table == SAW_HISTORY_TABLE_MONTH ? f->month
																 : f->piece;
	int rc;

	saw_statement_put_int(q, 1, key);
	rc = saw_statement_step(q, err);
	if (rc == 1) {
		size_t len;
		const uint8_t *bytes = saw_statement_bytes(q, 0, &len);

		rc = saw_chunk_read(bytes, len, out);
		if (rc == -ENOMEM)
			no_memory(err);
		else if (rc)
			saw_err_set(err, rc, "%s %lld of end %lld is damaged (%s)", names[table], (long long)(key >> 24),
						(long long)(key & SAW_HISTORY_ENDS), saw_strerror(rc));
		rc = rc ? rc : 1;
	}
	saw_statement_reset(q);
	return rc;
}

/* A chunk that is damaged is a hole, and no reason to lose what lies around it. */
static int pass_over(struct saw_history_file *f, int rc, const struct saw_err *why, struct saw_err *err) {
	if (rc != SAW_EFORMAT && rc != SAW_ELIMIT && rc != SAW_EVERSION) {
		if (rc < 0 && err)
			*err = *why;
		return rc;
	}
	if (f->damaged++ == 0)
		snprintf(f->damage, sizeof f->damage, "%.250s", why->text);
	return 0;
}

static int add_chunk(struct saw_history_file *f, enum saw_history_table table, int64_t key, struct saw_points *out,
					 struct saw_err *err) {
	struct saw_err why = {0};

	return pass_over(f, saw_history_file_chunk(f, table, key, out, &why), &why, err);
}

static size_t first_fold(const struct saw_history_file *f, int64_t day) {
	size_t lo = 0, hi = f->n_folds;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->folds[mid] < SAW_HISTORY_FOLD(day, 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int add_pieces(struct saw_history_file *f, uint32_t end, int64_t day, struct saw_points *out,
					  struct saw_err *err) {
	int rc = 0;

	for (size_t i = first_fold(f, day); rc >= 0 && i < f->n_folds && f->folds[i] < SAW_HISTORY_FOLD(day + 1, 0); i++)
		rc = add_chunk(f, SAW_HISTORY_TABLE_PIECE, SAW_HISTORY_KEY(f->folds[i], end), out, err);
	return rc < 0 ? rc : 0;
}

static size_t first_open(const struct saw_history_file *f, uint32_t end, int64_t from_ms) {
	size_t lo = 0, hi = f->n_open;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->open[mid].end < end || (f->open[mid].end == end && f->open[mid].p.at_ms < from_ms))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool saw_history_file_is_open(const struct saw_history_file *f, uint32_t end, int64_t from_ms, int64_t to_ms) {
	size_t i = first_open(f, end, from_ms);

	return i < f->n_open && f->open[i].end == end && f->open[i].p.at_ms < to_ms;
}

void saw_history_file_open_span(const struct saw_history_file *f, uint32_t end, int64_t *first_ms, int64_t *last_ms) {
	size_t first = first_open(f, end, INT64_MIN), next = first_open(f, end + 1, INT64_MIN);

	if (first == next)
		return;
	if (f->open[first].p.at_ms < *first_ms)
		*first_ms = f->open[first].p.at_ms;
	if (f->open[next - 1].p.at_ms > *last_ms)
		*last_ms = f->open[next - 1].p.at_ms;
}

static int add_open(struct saw_history_file *f, uint32_t end, int64_t from_ms, int64_t to_ms, struct saw_points *out) {
	int rc = 0;

	for (size_t i = first_open(f, end, from_ms);
		 rc == 0 && i < f->n_open && f->open[i].end == end && f->open[i].p.at_ms < to_ms; i++)
		rc = saw_points_add(out, &f->open[i].p);
	return rc;
}

static int64_t day_of(int64_t at_ms) {
	return saw_period_number(SAW_PERIOD_DAY, false, at_ms);
}

static int add_months(struct saw_history_file *f, uint32_t end, int64_t from_ms, int64_t to_ms, struct saw_points *out,
					  struct saw_err *err) {
	int rc = 0;

	if (from_ms >= to_ms)
		return 0;
	for (int64_t month = saw_period_number(SAW_PERIOD_MONTH, false, from_ms);
		 rc >= 0 && month <= saw_period_number(SAW_PERIOD_MONTH, false, to_ms - 1); month++) {
		size_t first = out->n;

		rc = add_chunk(f, SAW_HISTORY_TABLE_MONTH, SAW_HISTORY_KEY(month, end), out, err);
		saw_points_cut(out, first, from_ms, to_ms);
	}
	return rc < 0 ? rc : 0;
}

static int add_days(struct saw_history_file *f, uint32_t end, int64_t from_ms, int64_t to_ms, struct saw_points *out,
					struct saw_err *err) {
	int rc = 0;

	for (int64_t day = day_of(from_ms); rc >= 0 && from_ms < to_ms && day <= day_of(to_ms - 1); day++) {
		size_t first = out->n;

		rc = add_chunk(f, SAW_HISTORY_TABLE_DAY, SAW_HISTORY_KEY(day, end), out, err);
		if (rc >= 0)
			rc = add_pieces(f, end, day, out, err);
		if (out->n > first && (day == day_of(from_ms) || day == day_of(to_ms - 1))) {
			struct saw_points today = {.p = out->p + first, .n = out->n - first};

			saw_points_sort(&today);
			out->n = first + today.n;
			saw_points_cut(out, first, from_ms, to_ms);
		}
	}
	return rc < 0 ? rc : 0;
}

int saw_history_file_points(struct saw_history_file *f, const struct saw_history_name *name, int64_t from_ms,
							int64_t to_ms, struct saw_points *out, struct saw_err *err) {
	int64_t raw_ms = f->number[SAW_HISTORY_RAW_FROM] > 0 ? f->number[SAW_HISTORY_RAW_FROM] * SAW_HISTORY_DAY_MS : 0;
	int64_t begin = from_ms > name->first_ms ? from_ms : name->first_ms;
	int64_t end = to_ms <= name->last_ms ? to_ms : name->last_ms + 1;
	struct saw_points rest;
	size_t first = out->n;
	int rc;

	rc = add_months(f, name->id, begin, end < raw_ms ? end : raw_ms, out, err);
	if (rc == 0)
		rc = add_days(f, name->id, begin > raw_ms ? begin : raw_ms, end, out, err);
	if (rc == 0 && (rc = add_open(f, name->id, from_ms, to_ms, out)))
		no_memory(err);
	if (rc || out->n == first)
		return rc;
	rest = (struct saw_points){.p = out->p + first, .n = out->n - first};
	saw_points_sort(&rest);
	out->n = first + rest.n;
	return 0;
}
