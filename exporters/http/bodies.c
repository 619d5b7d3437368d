#include "exporters/http/bodies.h"

#include "core/gzip.h"
#include "io/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 2          /* a long text does not hold up a short one */
#define COMPRESS_FROM 1024 /* bytes; below, it does not pay */

struct body {
	struct saw_body shown; /* first: what others see of it */
	_Atomic unsigned refs;
	atomic_bool done;
	struct saw_job job;
	struct body *next;  /* in the cache */
	struct body *plain; /* the same before compression, where somebody had asked for that; until it is done */

	/* The question, until it is done. */
	struct saw_snapshot *snapshot;
	int64_t now_ms;
	struct saw_process_figures process;
	int place;
	size_t held_max;
	enum saw_encoding wanted;
	char *texts; /* the target, then the Accept header */
	struct saw_str target, accept;

	pthread_mutex_t lock;
	struct saw_body_waiter *waiters;
};

struct saw_bodies {
	struct saw_workers *workers;
	struct saw_snapshot *snapshot; /* whose bodies are in the cache */
	struct body *cache;
};

static atomic_size_t held; /* bytes of all bodies that are done */

size_t saw_bodies_held(void) {
	return atomic_load_explicit(&held, memory_order_relaxed);
}

/* ------------------------------------------------------------------------------------------------------------------ one body */

static void forget_question(struct body *b) {
	if (b->snapshot)
		saw_snapshot_unref(b->snapshot);
	b->snapshot = NULL;
	free(b->texts);
	b->texts = NULL;
	if (b->plain)
		saw_body_unref(&b->plain->shown);
	b->plain = NULL;
}

struct saw_body *saw_body_ref(struct saw_body *body) {
	atomic_fetch_add_explicit(&((struct body *)body)->refs, 1, memory_order_relaxed);
	return body;
}

void saw_body_unref(struct saw_body *body) {
	struct body *b = (struct body *)body;

	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (saw_body_is_done(body))
		atomic_fetch_sub_explicit(&held, b->shown.len, memory_order_relaxed);
	forget_question(b);
	pthread_mutex_destroy(&b->lock);
	free((void *)(uintptr_t)b->shown.data);
	free(b);
}

bool saw_body_is_done(const struct saw_body *body) {
	return atomic_load_explicit(&((const struct body *)body)->done, memory_order_acquire);
}

bool saw_body_await(struct saw_body *body, struct saw_body_waiter *w) {
	struct body *b = (struct body *)body;
	bool waits;

	pthread_mutex_lock(&b->lock);
	waits = !saw_body_is_done(body);
	if (waits) {
		w->next = b->waiters;
		b->waiters = w;
	}
	pthread_mutex_unlock(&b->lock);
	return waits;
}

/* ------------------------------------------------------------------------------------------------------- on the workers' threads */

/* NULL: there is no memory, or it does not become shorter. */
static uint8_t *compress_bytes(const uint8_t *data, size_t len, size_t *compressed) {
	struct saw_buf b = SAW_BUF_INIT(SIZE_MAX);
	uint8_t *p, *fitted;

	if (saw_gzip_put(&b, data, len) || b.len >= len)
		saw_buf_free(&b);
	p = saw_buf_steal(&b, compressed);
	fitted = p ? realloc(p, *compressed) : NULL;
	return fitted ? fitted : p;
}

static void render(struct body *b) {
	const struct saw_routes_view view = {
		.snapshot = b->snapshot ? b->snapshot->pb : NULL,
		.now_ms = b->now_ms,
		.process = &b->process,
		.ready = true,
	};
	struct saw_answer a = {.body = SAW_BUF_INIT(4096)};

	/* Many who each ask for something else and read slowly: what they hold is bounded before more is made. */
	if (b->place < 0 && saw_bodies_held() > b->held_max)
		saw_answer_error(&a, 503, "clients that read their answers slowly hold too much memory; ask again later");
	else
		saw_routes_answer(&view, b->target, b->accept, &a);
	b->shown.status = a.status;
	b->shown.content_type = a.content_type;
	b->shown.tag = a.tag;
	b->shown.data = saw_buf_steal(&a.body, &b->shown.len);
	if (!b->shown.data)
		b->shown.len = 0;
	saw_buf_free(&a.body);
}

/* Of a body that was rendered before, where there is one. */
static void compress_body(struct body *b) {
	const struct body *plain = b->plain && saw_body_is_done(&b->plain->shown) ? b->plain : b;
	uint8_t *compressed;
	size_t len;

	if (plain == b || plain->shown.status != 200 || plain->shown.len < COMPRESS_FROM) {
		render(b);
		plain = b;
	}
	if (plain->shown.status != 200 || plain->shown.len < COMPRESS_FROM)
		return;
	compressed = compress_bytes(plain->shown.data, plain->shown.len, &len);
	if (!compressed && plain != b)
		render(b);
	if (!compressed)
		return;
	free((void *)(uintptr_t)b->shown.data);
	b->shown = (struct saw_body){.status = plain->shown.status,
								 .content_type = plain->shown.content_type,
								 .encoding = SAW_ENCODING_GZIP,
								 .tag = plain->shown.tag,
								 .data = compressed,
								 .len = len};
}

static void run(struct saw_job *job) {
	struct body *b = (struct body *)((char *)job - offsetof(struct body, job));
	struct saw_body_waiter *waiters, *next;

	if (b->wanted == SAW_ENCODING_GZIP)
		compress_body(b);
	else
		render(b);
	forget_question(b);
	atomic_fetch_add_explicit(&held, b->shown.len, memory_order_relaxed);
	pthread_mutex_lock(&b->lock);
	atomic_store_explicit(&b->done, true, memory_order_release);
	waiters = b->waiters;
	b->waiters = NULL;
	pthread_mutex_unlock(&b->lock);
	/* Once woken, a waiter is gone. */
	for (; waiters; waiters = next) {
		next = waiters->next;
		waiters->wake(waiters);
	}
	saw_body_unref(&b->shown);
}

/* -------------------------------------------------------------------------------------------------------------------- cache */

/* Those of an older snapshot are dropped. */
static void forget(struct saw_bodies *bs) {
	for (struct body *b = bs->cache, *next; b; b = next) {
		next = b->next;
		saw_body_unref(&b->shown);
	}
	bs->cache = NULL;
}

static void show(struct saw_bodies *bs, struct saw_snapshot *s) {
	if (bs->snapshot == s)
		return;
	forget(bs);
	if (bs->snapshot)
		saw_snapshot_unref(bs->snapshot);
	bs->snapshot = s ? saw_snapshot_ref(s) : NULL;
}

static struct body *find(struct saw_bodies *bs, int place, enum saw_encoding encoding) {
	for (struct body **at = &bs->cache, *b; (b = *at); at = &b->next) {
		if (b->place != place || b->wanted != encoding)
			continue;
		/* An error is not kept: the next one may fare better. */
		if (saw_body_is_done(&b->shown) && b->shown.status != 200) {
			*at = b->next;
			saw_body_unref(&b->shown);
			return NULL;
		}
		return b;
	}
	return NULL;
}

struct saw_body *saw_bodies_find(struct saw_bodies *bs, struct saw_snapshot *snapshot, int place,
								 enum saw_encoding encoding) {
	struct body *b;

	show(bs, snapshot);
	b = place >= 0 ? find(bs, place, encoding) : NULL;
	return b ? saw_body_ref(&b->shown) : NULL;
}

static bool keep_texts(struct body *b, const struct saw_bodies_question *q) {
	b->texts = malloc(q->target.n + q->accept.n + 1);
	if (!b->texts)
		return false;
	b->target = (struct saw_str){b->texts, q->target.n};
	b->accept = (struct saw_str){b->texts + q->target.n, q->accept.n};
	memcpy(b->texts, q->target.p, q->target.n);
	if (q->accept.n)
		memcpy(b->texts + q->target.n, q->accept.p, q->accept.n);
	return true;
}

struct saw_body *saw_bodies_make(struct saw_bodies *bs, const struct saw_bodies_question *q) {
	struct body *b = calloc(1, sizeof *b);

	if (!b || !keep_texts(b, q)) {
		free(b);
		return NULL;
	}
	show(bs, q->snapshot);
	b->snapshot = q->snapshot ? saw_snapshot_ref(q->snapshot) : NULL;
	b->now_ms = q->now_ms;
	b->process = q->process;
	b->place = q->place;
	b->held_max = q->held_max;
	b->wanted = q->encoding;
	b->job.run = run;
	pthread_mutex_init(&b->lock, NULL);
	atomic_init(&b->refs, 2); /* the caller's and the worker's */
	atomic_init(&b->done, false);
	if (q->place >= 0) {
		if (q->encoding != SAW_ENCODING_IDENTITY)
			b->plain = find(bs, q->place, SAW_ENCODING_IDENTITY);
		if (b->plain)
			saw_body_ref(&b->plain->shown);
		saw_body_ref(&b->shown);
		b->next = bs->cache;
		bs->cache = b;
	}
	saw_workers_add(bs->workers, &b->job);
	return &b->shown;
}

struct saw_bodies *saw_bodies_create(struct saw_err *err) {
	struct saw_bodies *bs = calloc(1, sizeof *bs);

	if (!bs) {
		saw_err_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	bs->workers = saw_workers_create(THREADS, err);
	if (!bs->workers) {
		free(bs);
		return NULL;
	}
	return bs;
}

void saw_bodies_destroy(struct saw_bodies *bs) {
	if (!bs)
		return;
	saw_workers_destroy(bs->workers);
	forget(bs); /* also what was said before there was a snapshot */
	show(bs, NULL);
	free(bs);
}
