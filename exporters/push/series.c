#include "exporters/push/series.h"

#include "core/buf.h"
#include "core/siphash.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_MAX ((size_t)1 << 30)

struct saw_series_set {
	uint8_t seed[SAW_SIPHASH_KEY];
	struct saw_series_entry *entries; /* a power of two of them; len 0: free */
	size_t n, cap;
	struct saw_buf keys;
	uint32_t round;
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
			n++;
		}
	/* Without memory they stay, and are told again: better than never. */
	if (n)
		rebuild(s, s->cap, s->round);
}

size_t saw_series_count(const struct saw_series_set *s) {
	return s->n;
}
