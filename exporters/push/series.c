#include "exporters/push/series.h"

#include "core/buf.h"
#include "core/siphash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX ((size_t)1 << 30)

struct saw_series_set {
	uint8_t seed[SAW_SIPHASH_KEY];
	struct saw_series_entry *entries; /* a power of two of them; len 0: free */
	size_t n, cap;
	struct saw_buf keys;
	uint32_t round;
	void (*changed)(void *ctx, bool begun, const void *key, size_t len); /* may be NULL */
	void *ctx;
};

struct saw_series_set *saw_series_create(uint64_t seed) {
	struct saw_series_set *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	memcpy(s->seed, &seed, sizeof seed);
	saw_buf_init(&s->keys, KEYS_MAX);
	return s;
}

void saw_series_destroy(struct saw_series_set *s) {
	if (!s)
		return;
	free(s->entries);
	saw_buf_free(&s->keys);
	free(s);
}

void saw_series_begin(struct saw_series_set *s) {
	s->round++;
}

static struct saw_series_entry *place(struct saw_series_entry *entries, size_t cap, const struct saw_buf *keys,
									  uint64_t hash, const void *key, size_t len) {
	size_t i = (size_t)hash & (cap - 1);

	while (entries[i].len &&
		   (entries[i].hash != hash || entries[i].len != len || memcmp(keys->data + entries[i].at, key, len) != 0))
		i = (i + 1) & (cap - 1);
	return &entries[i];
}

/* Into a table of this size, those of this round or later only; their keys move together. */
static bool rebuild(struct saw_series_set *s, size_t cap, uint32_t from) {
	struct saw_series_entry *fresh = calloc(cap, sizeof *fresh);
	struct saw_buf keys = SAW_BUF_INIT(KEYS_MAX);
	size_t n = 0;

	if (!fresh)
		return false;
	for (size_t i = 0; i < s->cap; i++) {
		const struct saw_series_entry *e = &s->entries[i];
		size_t k = (size_t)e->hash & (cap - 1);

		if (!e->len || e->round < from)
			continue;
		while (fresh[k].len)
			k = (k + 1) & (cap - 1);
		fresh[k] = *e;
		fresh[k].at = keys.len;
		saw_buf_put(&keys, s->keys.data + e->at, e->len);
		n++;
	}
	if (saw_buf_error(&keys)) {
		saw_buf_free(&keys);
		free(fresh);
		return false;
	}
	free(s->entries);
	saw_buf_free(&s->keys);
	s->entries = fresh;
	s->keys = keys;
	s->cap = cap;
	s->n = n;
	return true;
}

static void say(const struct saw_series_set *s, bool begun, const struct saw_series_entry *e) {
	if (s->changed)
		s->changed(s->ctx, begun, s->keys.data + e->at, e->len);
}

struct saw_series_entry *saw_series_seen(struct saw_series_set *s, const void *key, size_t len) {
	uint64_t hash = saw_siphash(s->seed, key, len);
	struct saw_series_entry *e;

	if ((s->n + 1) * 4 > s->cap * 3 && !rebuild(s, s->cap ? s->cap * 2 : 1024, 0))
		return NULL;
	e = place(s->entries, s->cap, &s->keys, hash, key, len);
	if (!e->len) {
		size_t at = s->keys.len;

		saw_buf_put(&s->keys, key, len);
		if (saw_buf_error(&s->keys))
			return NULL;
		*e = (struct saw_series_entry){.hash = hash, .at = at, .len = (uint32_t)len};
		s->n++;
		say(s, true, e);
	}
	e->times = e->round == s->round ? e->times + 1 : 1;
	e->round = s->round;
	return e;
}

void saw_series_end(struct saw_series_set *s, void (*gone)(void *ctx, const void *key, size_t len), void *ctx) {
	size_t n = 0;

	for (size_t i = 0; i < s->cap; i++)
		if (s->entries[i].len && s->entries[i].round < s->round) {
			gone(ctx, s->keys.data + s->entries[i].at, s->entries[i].len);
			say(s, false, &s->entries[i]);
			n++;
		}
	/* Without memory they stay, and are told again: better than never. */
	if (n)
		rebuild(s, s->cap, s->round);
}

void saw_series_forget(struct saw_series_set *s, const void *key, size_t len) {
	const size_t mask = s->cap - 1;
	struct saw_series_entry *e =
		s->cap ? place(s->entries, s->cap, &s->keys, saw_siphash(s->seed, key, len), key, len) : NULL;
	size_t hole = e ? (size_t)(e - s->entries) : 0;

	if (!e || !e->len)
		return;
	say(s, false, e);
	/* Those behind it that could not have its place move up. */
	for (size_t i = (hole + 1) & mask; s->entries[i].len; i = (i + 1) & mask)
		if (((i - s->entries[i].hash) & mask) >= ((i - hole) & mask)) {
			s->entries[hole] = s->entries[i];
			hole = i;
		}
	s->entries[hole] = (struct saw_series_entry){.len = 0};
	s->n--;
}

struct key {
	const uint8_t *p;
	size_t n;
};

static int by_bytes(const void *a, const void *b) {
	const struct key *x = a, *y = b;
	int way = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return way ? way : x->n < y->n ? -1 : x->n > y->n;
}

int saw_series_each(const struct saw_series_set *s, void (*each)(void *ctx, const void *key, size_t len), void *ctx) {
	struct key *keys = malloc((s->n ? s->n : 1) * sizeof *keys);
	size_t n = 0;

	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < s->cap; i++)
		if (s->entries[i].len)
			keys[n++] = (struct key){s->keys.data + s->entries[i].at, s->entries[i].len};
	if (n)
		qsort(keys, n, sizeof *keys, by_bytes);
	for (size_t i = 0; i < n; i++)
		each(ctx, keys[i].p, keys[i].n);
	free(keys);
	return 0;
}

void saw_series_watch(struct saw_series_set *s, void (*changed)(void *ctx, bool begun, const void *key, size_t len),
					  void *ctx) {
	s->changed = changed;
	s->ctx = ctx;
}

size_t saw_series_count(const struct saw_series_set *s) {
	return s->n;
}
