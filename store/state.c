#include "store/state.h"

#include "core/list.h"
#include "store/record.h"
#include "store/rows.h"
#include "store/sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "state.db"
#define BATCH_MAX ((size_t)1 << 30)
#define RETRY_MS 5000   /* after a write that failed */
#define HANGS_MS 5000   /* a write that takes longer is not waited for */
#define NANO 1000000000 /* a second */

/* One transaction. */
struct batch {
	struct saw_arena *arena;
	const struct saw_record **records;
	size_t n, room;
};

/* A row that an earlier run left. */
struct old_row {
	enum saw_record_kind kind;
	int64_t id;
	char *device;
	uint8_t *data;
	size_t len;
	bool taken;
};

struct saw_state {
	struct saw_rows *db;
	pthread_t thread;
	bool has_thread;

	pthread_mutex_t lock;
	pthread_cond_t change;
	struct batch *work; /* handed to the writer; NULL: it has nothing to do */
	bool stop, ended;   /* ended: the writer has a result that nobody took yet */
	int result;
	struct saw_err error;

	/* The store's thread only. */
	bool writing, failing, rewrite; /* rewrite: what the failed batch had is to be written again, so everything */
	int64_t began_ms, failed_ms;
	uint64_t errors;
	struct saw_err trouble;
	int64_t next_id[SAW_RECORD_KINDS];
	struct old_row *rows;
	size_t n_rows, rows_room;
	struct {
		enum saw_record_kind kind;
		int64_t id;
	} * removed;
	size_t n_removed, removed_room;
};

/* ----------------------------------------------------------------------------------------------------------- the writer */

static void batch_destroy(struct batch *b) {
	if (!b)
		return;
	saw_arena_destroy(b->arena);
	free(b->records);
	free(b);
}

static void *write_batches(void *arg) {
	struct saw_state *st = arg;

	pthread_mutex_lock(&st->lock);
	while (!st->stop || st->work) {
		struct batch *b = st->work;
		struct saw_err err = {0};
		int rc;

		if (!b || st->ended) {
			if (st->stop)
				break;
			pthread_cond_wait(&st->change, &st->lock);
			continue;
		}
		pthread_mutex_unlock(&st->lock);
		rc = saw_rows_write(st->db, b->records, b->n, &err);
		pthread_mutex_lock(&st->lock);
		st->result = rc;
		st->error = err;
		st->ended = true;
		pthread_cond_broadcast(&st->change);
	}
	pthread_mutex_unlock(&st->lock);
	return NULL;
}

static int start_writer(struct saw_state *st, struct saw_err *err) {
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&st->thread, NULL, write_batches, st);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	st->has_thread = rc == 0;
	return rc ? saw_err_set(err, -rc, "the thread that writes: %s", saw_strerror(-rc)) : 0;
}

/* ------------------------------------------------------------------------------------------------------ what is left */

static int keep_row(void *ctx, const struct saw_record *r) {
	struct saw_state *st = ctx;
	struct old_row *row;

	if (SAW_LIST_ROOM(st->rows, st->n_rows, st->rows_room))
		return -ENOMEM;
	row = &st->rows[st->n_rows];
	*row = (struct old_row){.kind = r->kind, .id = r->id, .device = strdup(r->device), .data = malloc(r->len + 1)};
	if (!row->device || !row->data) {
		free(row->device);
		free(row->data);
		return -ENOMEM;
	}
	memcpy(row->data, r->data, r->len);
	row->len = r->len;
	st->n_rows++;
	if (r->id >= st->next_id[r->kind])
		st->next_id[r->kind] = r->id + 1;
	return 0;
}

static int by_device(const void *a, const void *b) {
	const struct old_row *x = a, *y = b;
	int order = strcmp(x->device, y->device);

	if (order == 0)
		order = (int)x->kind - (int)y->kind;
	return order ? order : (x->id > y->id) - (x->id < y->id);
}

static void free_rows(struct saw_state *st) {
	for (size_t i = 0; i < st->n_rows; i++) {
		free(st->rows[i].device);
		free(st->rows[i].data);
	}
	free(st->rows);
	st->rows = NULL;
	st->n_rows = st->rows_room = 0;
}

static void remove_later(struct saw_state *st, enum saw_record_kind kind, int64_t id) {
	if (id == 0)
		return;
	if (SAW_LIST_ROOM(st->removed, st->n_removed, st->removed_room))
		return; /* a row too many in the file: the next run removes it */
	st->removed[st->n_removed].kind = kind;
	st->removed[st->n_removed++].id = id;
}

int saw_state_restore(struct saw_state *st, struct device *d) {
	const char *name = d->config->name;
	size_t lo = 0, hi = st->n_rows;
	bool another = false;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(st->rows[mid].device, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* A device's own row comes first. Another platform under the same name is another device. */
	for (; lo < st->n_rows && strcmp(st->rows[lo].device, name) == 0; lo++) {
		struct old_row *row = &st->rows[lo];
		int rc;

		if (row->kind == SAW_RECORD_LINK)
			continue;
		if (row->kind == SAW_RECORD_DEVICE)
			rc = saw_record_read_device(d, row->data, row->len);
		else
			rc = another ? SAW_EUNKNOWN : saw_record_read_end(d, row->id, row->data, row->len);
		if (rc == -ENOMEM)
			return rc;
		another |= rc == SAW_EUNKNOWN;
		row->taken = rc == 0;
		if (rc == 0 && row->kind == SAW_RECORD_DEVICE)
			d->record_id = row->id;
	}
	saw_store_ends_sort(d);
	return 0;
}

int saw_state_restored(struct saw_state *st, struct saw_store *s) {
	int rc = 0;

	for (size_t i = 0; i < st->n_rows && rc != -ENOMEM; i++) {
		struct old_row *row = &st->rows[i];

		if (row->kind == SAW_RECORD_LINK) {
			rc = saw_record_read_link(s, row->id, row->data, row->len);
			row->taken = rc == 0;
		}
		if (!row->taken)
			remove_later(st, row->kind, row->id);
	}
	free_rows(st);
	return rc == -ENOMEM ? rc : 0;
}

void saw_state_forget_end(struct saw_state *st, const struct end *e) {
	if (st)
		remove_later(st, SAW_RECORD_TUNNEL, e->record_id);
}

void saw_state_forget_link(struct saw_state *st, const struct link *l) {
	if (st)
		remove_later(st, SAW_RECORD_LINK, l->record_id);
}

void saw_state_forget_device(struct saw_state *st, const struct device *d) {
	if (!st)
		return;
	remove_later(st, SAW_RECORD_DEVICE, d->record_id);
	for (size_t i = 0; i < d->n_ends; i++)
		remove_later(st, SAW_RECORD_TUNNEL, d->ends[i]->record_id);
}

/* -------------------------------------------------------------------------------------------------------------- writes */

/* NULL without memory. data: len bytes of the batch's arena. */
static bool add_record(struct batch *b, const struct saw_record *r) {
	struct saw_record *copy = saw_arena_alloc(b->arena, sizeof *copy);

	if (!copy)
		return false;
	if (SAW_LIST_ROOM(b->records, b->n, b->room))
		return false;
	*copy = *r;
	if (r->len) {
		copy->device = saw_arena_strndup(b->arena, r->device, strlen(r->device));
		copy->name = r->name ? saw_arena_strndup(b->arena, r->name, strlen(r->name)) : NULL;
		if (!copy->device || (r->name && !copy->name))
			return false;
	}
	b->records[b->n++] = copy;
	return true;
}

static bool add_device(struct saw_state *st, struct batch *b, struct device *d) {
	struct saw_record r = {.kind = SAW_RECORD_DEVICE, .device = d->config->name};

	if (!d->unsaved && !st->rewrite && d->record_id)
		return true;
	if (!d->record_id)
		d->record_id = ++st->next_id[SAW_RECORD_DEVICE];
	r.id = d->record_id;
	r.data = saw_record_write_device(d, b->arena, &r.len);
	return r.data && add_record(b, &r);
}

static bool add_end(struct saw_state *st, struct batch *b, struct device *d, struct end *e) {
	struct saw_record r = {.kind = SAW_RECORD_TUNNEL, .device = d->config->name, .name = e->name};

	if (!e->unsaved && !st->rewrite && e->record_id)
		return true;
	if (!e->record_id)
		e->record_id = ++st->next_id[SAW_RECORD_TUNNEL];
	r.id = e->record_id;
	r.data = saw_record_write_end(e, b->arena, &r.len);
	return r.data && add_record(b, &r);
}

static bool add_link(struct saw_state *st, struct batch *b, struct link *l) {
	struct saw_record r = {.kind = SAW_RECORD_LINK, .device = l->side[0].device, .name = l->name};

	if (!l->unsaved && !st->rewrite && l->record_id)
		return true;
	if (!l->record_id)
		l->record_id = ++st->next_id[SAW_RECORD_LINK];
	r.id = l->record_id;
	r.data = saw_record_write_link(l, b->arena, &r.len);
	return r.data && add_record(b, &r);
}

/* Everything that changed, as bytes of its own. NULL without memory. */
static struct batch *gather(struct saw_state *st, const struct saw_store *s) {
	struct batch *b = calloc(1, sizeof *b);
	bool good = b && (b->arena = saw_arena_create(BATCH_MAX));

	for (size_t i = 0; good && i < st->n_removed; i++)
		good = add_record(b, &(struct saw_record){.kind = st->removed[i].kind, .id = st->removed[i].id});
	for (size_t i = 0; good && i < s->n_devices; i++) {
		struct device *d = s->devices[i];

		good = add_device(st, b, d);
		for (size_t j = 0; good && j < d->n_ends; j++)
			good = add_end(st, b, d, d->ends[j]);
	}
	for (size_t i = 0; good && i < s->n_links; i++)
		good = add_link(st, b, s->links[i]);
	if (!good) {
		batch_destroy(b);
		return NULL;
	}
	for (size_t i = 0; i < s->n_links; i++)
		s->links[i]->unsaved = false;
	for (size_t i = 0; i < s->n_devices; i++) {
		struct device *d = s->devices[i];

		d->unsaved = false;
		for (size_t j = 0; j < d->n_ends; j++)
			d->ends[j]->unsaved = false;
	}
	return b;
}

static void fail(struct saw_state *st, const struct saw_err *why, int64_t now_ms) {
	st->errors++;
	st->failing = true;
	st->failed_ms = now_ms;
	st->trouble = *why;
}

/* Takes the writer's result, where it has one. */
static void collect(struct saw_state *st, int64_t now_ms) {
	struct batch *b = NULL;
	struct saw_err err = {0};
	int rc = 0;

	if (!st->writing)
		return;
	pthread_mutex_lock(&st->lock);
	if (st->ended) {
		b = st->work;
		rc = st->result;
		err = st->error;
		st->work = NULL;
		st->ended = false;
	}
	pthread_mutex_unlock(&st->lock);
	if (!b) {
		if (!st->failing && now_ms - st->began_ms > HANGS_MS) {
			saw_err_set(&err, SAW_ETIMEOUT, "a write has not ended after %d seconds", HANGS_MS / 1000);
			fail(st, &err, now_ms);
		}
		return;
	}
	st->writing = false;
	if (rc) {
		st->rewrite = true;
		fail(st, &err, now_ms);
	} else {
		st->failing = false;
	}
	batch_destroy(b);
}

static bool is_unsaved(const struct saw_state *st, const struct saw_store *s) {
	return s->unsaved || st->rewrite || st->n_removed;
}

void saw_state_begin(struct saw_state *st, struct saw_store *s, int64_t now_ms) {
	struct saw_err err;
	struct batch *b;

	collect(st, now_ms);
	if (st->writing || !is_unsaved(st, s))
		return;
	if (st->failing && now_ms - st->failed_ms < RETRY_MS && now_ms >= st->failed_ms)
		return;
	b = gather(st, s);
	if (!b) {
		saw_err_set(&err, -ENOMEM, "no memory for a write");
		fail(st, &err, now_ms);
		return;
	}
	s->unsaved = false;
	st->rewrite = false;
	st->n_removed = 0;
	st->writing = true;
	st->began_ms = now_ms;
	pthread_mutex_lock(&st->lock);
	st->work = b;
	pthread_cond_broadcast(&st->change);
	pthread_mutex_unlock(&st->lock);
}

bool saw_state_wait(struct saw_state *st, unsigned ms) {
	struct timespec end;
	bool ended;
	int rc = 0;

	if (!st->writing)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += (long)(ms % 1000) * 1000000;
	if (end.tv_nsec >= NANO) {
		end.tv_sec++;
		end.tv_nsec -= NANO;
	}
	pthread_mutex_lock(&st->lock);
	while (!st->ended && rc == 0)
		rc = pthread_cond_timedwait(&st->change, &st->lock, &end);
	ended = st->ended;
	pthread_mutex_unlock(&st->lock);
	return ended;
}

bool saw_state_settled(struct saw_state *st, const struct saw_store *s) {
	return st->failing || (!st->writing && !is_unsaved(st, s));
}

const char *saw_state_trouble(struct saw_state *st) {
	return st->failing ? st->trouble.text : NULL;
}

uint64_t saw_state_errors(const struct saw_state *st) {
	return st->errors;
}

/* ------------------------------------------------------------------------------------------------------- open and close */

static int open_file(struct saw_state *st, const char *path, char *note, struct saw_err *err) {
	char name[64];

	for (int i = 0;; i++) {
		int rc = saw_rows_open(path, &st->db, err);

		if (rc == 0)
			rc = saw_rows_each(st->db, keep_row, st, err);
		if (rc == 0 || (rc != SAW_EFORMAT && rc != SAW_EVERSION) || i)
			return rc;
		saw_rows_close(st->db);
		st->db = NULL;
		free_rows(st);
		rc = saw_sqlite_set_aside(path, name);
		if (rc)
			return saw_err_set(err, rc, "it cannot be used, nor renamed (%s)", saw_strerror(rc));
		snprintf(note, SAW_ERR_TEXT_MAX, "%.200s: %.160s; totals begin anew, and the file is kept as %.60s", path,
				 err->text, name);
	}
}

int saw_state_open(const char *folder, struct saw_state **out, char *note, struct saw_err *err) {
	static const char advice[] = "name another folder with state_dir in the configuration (--state-dir, where a "
								 "program takes it), or keep everything in "
								 "memory with `state_dir: none`";
	struct saw_state *st = calloc(1, sizeof *st);
	pthread_condattr_t clock;
	char path[4096];
	int rc = 0;

	*out = NULL;
	*note = 0;
	if (!st)
		return saw_err_set(err, -ENOMEM, "no memory");
	pthread_mutex_init(&st->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&st->change, &clock);
	pthread_condattr_destroy(&clock);
	snprintf(path, sizeof path, "%s/" FILE_NAME, folder);
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		rc = saw_err_set(err, -errno, "%s", saw_strerror(-errno));
	if (rc == 0)
		rc = open_file(st, path, note, err);
	if (rc == 0)
		rc = start_writer(st, err);
	if (rc) {
		struct saw_err why = *err;

		if (rc == -EBUSY)
			saw_err_set(err, rc, "the state in %.200s is in use: is another sawatchd running? If not, %s", folder,
						advice);
		else
			saw_err_set(err, rc, "the state in %.200s cannot be kept: %.120s; %s", folder, why.text, advice);
		saw_state_close(st);
		return rc;
	}
	if (st->n_rows)
		qsort(st->rows, st->n_rows, sizeof *st->rows, by_device);
	*out = st;
	return 0;
}

void saw_state_close(struct saw_state *st) {
	if (!st)
		return;
	if (st->has_thread) {
		pthread_mutex_lock(&st->lock);
		st->stop = true;
		pthread_cond_broadcast(&st->change);
		pthread_mutex_unlock(&st->lock);
		pthread_join(st->thread, NULL);
	}
	batch_destroy(st->work);
	saw_rows_close(st->db);
	free_rows(st);
	free(st->removed);
	pthread_cond_destroy(&st->change);
	pthread_mutex_destroy(&st->lock);
	free(st);
}
