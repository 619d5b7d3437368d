#include "history/keeper_internal.h"

#include "history/fact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_MAX ((size_t)64 << 20) /* that waits for a disk */
#define FACT_MAX ((size_t)64 << 10)
#define EARLIEST_MS 1420070400000LL /* 2015: a clock before that is not set */

/* -------------------------------------------------------------------------------------------------------- transactions */

int saw_keeper_begin(struct saw_keeper *k, struct saw_keeper_mark *mark, struct saw_err *err) {
	memcpy(mark->number, k->file->number, sizeof mark->number);
	return saw_sqlite_begin(k->file->db, err);
}

int saw_keeper_end_of(struct saw_keeper *k, const struct saw_keeper_mark *mark, int rc, struct saw_err *err) {
	if (rc == 0)
		rc = saw_sqlite_commit(k->file->db, err);
	else
		saw_sqlite_undo(k->file->db);
	if (rc) {
		struct saw_err ignored; /* what it would say was said */

		memcpy(k->file->number, mark->number, sizeof mark->number);
		saw_history_file_load_folds(k->file, &ignored);
	}
	return rc;
}

int saw_keeper_number(struct saw_keeper *k, enum saw_history_number id, int64_t value, struct saw_err *err) {
	if (k->file->number[id] == value)
		return 0;
	k->file->number[id] = value;
	saw_statement_put_int(k->put_number, 1, id);
	saw_statement_put_int(k->put_number, 2, value);
	return saw_statement_run(k->put_number, err);
}

int saw_keeper_write_end(struct saw_keeper *k, struct saw_keeper_end *e, struct saw_err *err) {
	int rc;

	if (!e->changed)
		return 0;
	saw_statement_put_int(k->put_end, 1, e->name->id);
	saw_statement_put_text(k->put_end, 2, e->name->device);
	saw_statement_put_text(k->put_end, 3, e->name->tunnel);
	saw_statement_put_int(k->put_end, 4, e->name->first_ms);
	saw_statement_put_int(k->put_end, 5, e->name->last_ms);
	rc = saw_statement_run(k->put_end, err);
	if (rc == 0 && e->fact_changed) {
		saw_statement_put_int(k->put_fact, 1, e->name->id);
		saw_statement_put_int(k->put_fact, 2, e->fact_ms);
		saw_statement_put_bytes(k->put_fact, 3, e->fact.data, e->fact.len);
		rc = saw_statement_run(k->put_fact, err);
	}
	return rc;
}

static void settle_ends(struct saw_keeper *k) {
	for (size_t i = 0; i < k->n_ends; i++)
		if (k->ends[i])
			k->ends[i]->changed = k->ends[i]->fact_changed = false;
}

int saw_keeper_write_chunk(struct saw_keeper *k, struct saw_statement *q, int64_t key, const struct saw_points *points,
						   struct saw_err *err) {
	size_t n = points->n < SAW_CHUNK_POINTS ? points->n : SAW_CHUNK_POINTS;
	int rc;

	if (n == 0)
		return 0;
	saw_buf_reset(&k->bytes);
	rc = saw_chunk_write(points->p, n, &k->bytes);
	if (rc)
		return saw_err_set(err, rc, "a chunk of %zu readings: %s", n, saw_strerror(rc));
	saw_statement_put_int(q, 1, key);
	saw_statement_put_bytes(q, 2, k->bytes.data, k->bytes.len);
	return saw_statement_run(q, err);
}

/* ---------------------------------------------------------------------------------------------------------------- ends */

void saw_keeper_reach(struct saw_keeper_end *e, int64_t first_ms, int64_t last_ms) {
	if (first_ms < e->name->first_ms) {
		e->name->first_ms = first_ms;
		e->changed = true;
	}
	if (last_ms > e->name->last_ms) {
		e->name->last_ms = last_ms;
		e->changed = true;
	}
}

static struct saw_keeper_end *take_end(struct saw_keeper *k, struct saw_history_name *name) {
	struct saw_keeper_end *e;

	if (name->id >= k->ends_room) {
		size_t room = k->ends_room ? k->ends_room : 256;
		struct saw_keeper_end **ends;

		while (room <= name->id)
			room *= 2;
		ends = realloc(k->ends, room * sizeof *ends);
		if (!ends)
			return NULL;
		memset(ends + k->ends_room, 0, (room - k->ends_room) * sizeof *ends);
		k->ends = ends;
		k->ends_room = room;
	}
	e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->name = name;
	e->fact_ms = INT64_MIN;
	saw_buf_init(&e->fact, FACT_MAX);
	k->ends[name->id] = e;
	if (name->id >= k->n_ends)
		k->n_ends = name->id + 1;
	return e;
}

struct saw_keeper_end *saw_keeper_find(struct saw_keeper *k, const char *device, const char *tunnel) {
	bool found;
	size_t at = saw_history_file_place(k->file, device, tunnel, &found);

	return found ? k->ends[k->file->names[at]->id] : NULL;
}

struct saw_keeper_end *saw_keeper_find_or_add(struct saw_keeper *k, const char *device, const char *tunnel) {
	struct saw_keeper_end *e = saw_keeper_find(k, device, tunnel);
	struct saw_history_name *name;

	if (e || k->n_ends > SAW_HISTORY_ENDS)
		return e;
	name = saw_history_file_add_name(k->file, k->n_ends ? (uint32_t)k->n_ends : 1, device, tunnel);
	e = name ? take_end(k, name) : NULL;
	if (e) {
		e->looked = true;
		e->changed = true;
	}
	return e;
}

/* Also where it is kept no more than as facts: what was known before is found in the file. */
static int load_fact(struct saw_keeper *k, struct saw_keeper_end *e, struct saw_err *err) {
	struct saw_statement *q = k->file->fact;
	int rc;

	saw_statement_put_int(q, 1, e->name->id);
	saw_statement_put_int(q, 2, INT64_MAX);
	rc = saw_statement_step(q, err);
	if (rc == 1) {
		size_t len;
		const void *bytes = saw_statement_bytes(q, 0, &len);

		saw_buf_put(&e->fact, bytes, len);
		e->fact_ms = saw_statement_int(q, 1);
	}
	saw_statement_reset(q);
	return rc < 0 ? rc : 0;
}

int saw_keeper_set_facts(struct saw_keeper_end *e, const struct saw_history_end *end, int64_t at_ms) {
	struct saw_buf fact = SAW_BUF_INIT(FACT_MAX);

	saw_fact_write(end, &fact);
	if (saw_buf_error(&fact)) {
		int rc = saw_buf_error(&fact);

		saw_buf_free(&fact);
		return rc;
	}
	if (e->fact_ms != INT64_MIN &&
		(at_ms <= e->fact_ms || (fact.len == e->fact.len && memcmp(fact.data, e->fact.data, fact.len) == 0))) {
		saw_buf_free(&fact);
		return 0;
	}
	saw_buf_free(&e->fact);
	e->fact = fact;
	e->fact_ms = at_ms;
	e->fact_changed = e->changed = true;
	return 0;
}

/* The newest reading in the file; the day of it is decoded once, when the end is read for the first time. */
static void look(struct saw_keeper *k, struct saw_keeper_end *e) {
	struct saw_err ignored;

	if (e->looked)
		return;
	e->looked = true;
	k->points.n = 0;
	if (saw_history_file_points(k->file, e->name, e->name->last_ms, INT64_MAX, &k->points, &ignored) == 0 &&
		k->points.n) {
		e->last = k->points.p[k->points.n - 1];
		e->has_last = true;
	}
}

bool saw_keeper_last(struct saw_keeper *k, const char *device, const char *tunnel, struct saw_point *out) {
	struct saw_keeper_end *e = saw_keeper_find(k, device, tunnel);

	if (!e)
		return false;
	look(k, e);
	*out = e->last;
	return e->has_last;
}

/* ------------------------------------------------------------------------------------------------------------ readings */

int saw_keeper_put(struct saw_keeper *k, const struct saw_history_end *end, bool facts, const struct saw_point *p) {
	struct saw_keeper_end *e;
	int rc = 0;

	if (p->at_ms < EARLIEST_MS)
		return SAW_ERANGE;
	e = saw_keeper_find_or_add(k, end->device, end->tunnel);
	if (!e)
		return k->n_ends > SAW_HISTORY_ENDS ? SAW_ELIMIT : -ENOMEM;
	look(k, e);
	if (e->has_last && p->at_ms <= e->last.at_ms)
		return SAW_ERANGE;
	if (k->batch.len > BATCH_MAX - 4096)
		return SAW_ELIMIT;
	if (facts || e->fact_ms == INT64_MIN)
		rc = saw_keeper_set_facts(e, end, p->at_ms);
	if (rc)
		return rc;
	e->changed |= !e->has_last;
	saw_batch_put(&k->batch, e->name->id, p);
	if (saw_buf_error(&k->batch))
		return saw_buf_error(&k->batch);
	e->last = *p;
	e->has_last = true;
	k->waiting++;
	k->taken++;
	if (p->at_ms > k->newest_ms)
		k->newest_ms = p->at_ms;
	if (!k->oldest_open_ms || p->at_ms < k->oldest_open_ms)
		k->oldest_open_ms = p->at_ms;
	return 0;
}

int saw_keeper_commit(struct saw_keeper *k, struct saw_err *err) {
	struct saw_keeper_mark mark;
	int rc = 0;

	if (k->merging) {
		k->merging = false;
		for (size_t i = 0; rc == 0 && i < k->n_ends; i++)
			rc = k->ends[i] ? saw_keeper_write_end(k, k->ends[i], err) : 0;
		if (rc == 0)
			rc = saw_sqlite_commit(k->file->db, err);
		else
			saw_sqlite_undo(k->file->db);
		if (rc == 0)
			settle_ends(k);
		return rc;
	}
	if (k->waiting == 0)
		return 0;
	rc = saw_keeper_begin(k, &mark, err);
	if (rc)
		return rc;
	for (size_t i = 0; rc == 0 && i < k->n_ends; i++)
		rc = k->ends[i] ? saw_keeper_write_end(k, k->ends[i], err) : 0;
	saw_statement_put_bytes(k->put_batch, 1, k->batch.data, k->batch.len);
	if (rc == 0)
		rc = saw_statement_run(k->put_batch, err);
	else
		saw_statement_reset(k->put_batch);
	if (rc == 0)
		rc = saw_keeper_number(k, SAW_HISTORY_INTERVAL, k->options.interval_ms, err);
	rc = saw_keeper_end_of(k, &mark, rc, err);
	if (rc)
		return rc;
	settle_ends(k);
	k->written += k->waiting;
	k->open_points += k->waiting;
	k->waiting = 0;
	saw_buf_reset(&k->batch);
	return 0;
}

/* ------------------------------------------------------------------------------------------------------- open and close */

static int prepare(struct saw_keeper *k, struct saw_err *err) {
	const struct {
		struct saw_statement **q;
		const char *sql;
	} all[] = {
		{&k->put_batch, "INSERT INTO batch (points) VALUES (?1)"},
		{&k->put_end, "INSERT INTO end (id, device, tunnel, first_ms, last_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
					  " ON CONFLICT (id) DO UPDATE SET first_ms = ?4, last_ms = ?5"},
		{&k->put_fact, "INSERT OR REPLACE INTO fact (end, from_ms, fact) VALUES (?1, ?2, ?3)"},
		{&k->put_number, "INSERT OR REPLACE INTO number (id, value) VALUES (?1, ?2)"},
		{&k->put_fold, "INSERT OR REPLACE INTO fold (id) VALUES (?1)"},
		{&k->put_piece, "INSERT OR REPLACE INTO piece (id, chunk) VALUES (?1, ?2)"},
		{&k->put_day, "INSERT OR REPLACE INTO day (id, chunk) VALUES (?1, ?2)"},
		{&k->put_month, "INSERT OR REPLACE INTO month (id, chunk) VALUES (?1, ?2)"},
		{&k->drop_piece, "DELETE FROM piece WHERE id = ?1"},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
		rc = saw_sqlite_prepare(k->file->db, all[i].sql, all[i].q, err);
	for (int i = 0; rc == 0 && i < SAW_HISTORY_KINDS; i++) {
		char sql[96];

		snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s (id, summary) VALUES (?1, ?2)",
				 saw_history_summary_tables[i]);
		rc = saw_sqlite_prepare(k->file->db, sql, &k->put_summary[i], err);
	}
	return rc;
}

/* One keeper at a time; readers do not ask. */
static int lock(struct saw_keeper *k, struct saw_err *err) {
	char path[4200];

	snprintf(path, sizeof path, "%s-lock", k->path);
	k->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (k->lock < 0)
		return saw_err_set(err, -errno, "%.300s: %s", path, saw_strerror(-errno));
	if (flock(k->lock, LOCK_EX | LOCK_NB) < 0)
		return saw_err_set(err, -EBUSY,
						   "the history in %.300s is being written by another process: is sawatchd running?", k->path);
	return 0;
}

static int load(struct saw_keeper *k, struct saw_err *err) {
	struct saw_history_file *f = k->file;
	int rc = prepare(k, err);

	for (size_t i = 0; rc == 0 && i < f->n_names; i++) {
		struct saw_keeper_end *e = take_end(k, f->names[i]);

		rc = e ? load_fact(k, e, err) : saw_err_set(err, -ENOMEM, "no memory");
		if (f->names[i]->last_ms > k->newest_ms)
			k->newest_ms = f->names[i]->last_ms;
	}
	if (rc == 0)
		rc = saw_history_file_load_open(f, err);
	k->open_points = f->n_open;
	for (size_t i = 0; rc == 0 && i < f->n_open; i++) {
		const struct saw_point *p = &f->open[i].p;
		struct saw_keeper_end *e = f->open[i].end < k->n_ends ? k->ends[f->open[i].end] : NULL;

		if (e) {
			e->last = *p;
			e->has_last = e->looked = true;
		}
		if (p->at_ms > k->newest_ms)
			k->newest_ms = p->at_ms;
		if (!k->oldest_open_ms || p->at_ms < k->oldest_open_ms)
			k->oldest_open_ms = p->at_ms;
	}
	saw_history_file_drop_open(f);
	return rc;
}

static void release(struct saw_keeper *k) {
	struct saw_statement **const all[] = {&k->put_batch, &k->put_end, &k->put_fact,  &k->put_number, &k->put_fold,
										  &k->put_piece, &k->put_day, &k->put_month, &k->drop_piece};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		saw_statement_destroy(*all[i]);
		*all[i] = NULL;
	}
	for (int i = 0; i < SAW_HISTORY_KINDS; i++) {
		saw_statement_destroy(k->put_summary[i]);
		k->put_summary[i] = NULL;
	}
	for (size_t i = 0; i < k->n_ends; i++) {
		if (k->ends[i])
			saw_buf_free(&k->ends[i]->fact);
		free(k->ends[i]);
	}
	free(k->ends);
	k->ends = NULL;
	k->n_ends = k->ends_room = 0;
	saw_history_file_close(k->file);
	k->file = NULL;
}

static int open_file(struct saw_keeper *k, bool damaged, char *note, struct saw_err *err) {
	for (int i = 0;; i++) {
		char name[64];
		int rc = damaged && i == 0 ? saw_err_set(err, SAW_EFORMAT, "it is damaged")
								   : saw_history_file_open(k->path, true, &k->file, err);

		if (rc == 0)
			rc = load(k, err);
		if (rc == 0 || (rc != SAW_EFORMAT && rc != SAW_EVERSION) || i)
			return rc;
		release(k);
		rc = saw_sqlite_set_aside(k->path, name);
		if (rc)
			return saw_err_set(err, rc, "%.300s cannot be used, nor renamed (%s)", k->path, saw_strerror(rc));
		snprintf(note, SAW_ERR_TEXT_MAX, "%.200s: %.160s; history begins anew, and the file is kept as %.60s", k->path,
				 err->text, name);
	}
}

int saw_keeper_open(const char *path, const struct saw_keeper_options *options, bool damaged, char *note,
					struct saw_keeper **out, struct saw_err *err) {
	struct saw_keeper *k = calloc(1, sizeof *k);
	int rc = 0;

	*out = NULL;
	*note = 0;
	if (!k || !(k->path = strdup(path))) {
		free(k);
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	k->lock = -1;
	k->options = *options;
	saw_buf_init(&k->batch, BATCH_MAX);
	saw_buf_init(&k->bytes, SAW_CHUNK_BYTES);
	rc = lock(k, err);
	if (rc == 0)
		rc = open_file(k, damaged, note, err);
	if (rc) {
		saw_keeper_close(k);
		return rc;
	}
	*out = k;
	return 0;
}

void saw_keeper_close(struct saw_keeper *k) {
	if (!k)
		return;
	release(k);
	if (k->lock >= 0)
		close(k->lock);
	saw_buf_free(&k->batch);
	saw_buf_free(&k->bytes);
	saw_points_free(&k->points);
	saw_points_free(&k->more);
	free(k->path);
	free(k);
}

void saw_keeper_options(struct saw_keeper *k, const struct saw_keeper_options *options) {
	k->options = *options;
	k->zone_noted = false;
}

static uint64_t size_of(const char *path, const char *tail) {
	char name[4200];
	struct stat st;

	snprintf(name, sizeof name, "%s%s", path, tail);
	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

void saw_keeper_figures(const struct saw_keeper *k, struct saw_keeper_figures *out) {
	*out = (struct saw_keeper_figures){
		.taken = k->taken,
		.written = k->written,
		.waiting = k->waiting,
		.ends = k->file->n_names,
		.bytes = size_of(k->path, "") + size_of(k->path, "-wal"),
		.damaged = k->file->damaged,
		.newest_ms = k->newest_ms,
	};
}
