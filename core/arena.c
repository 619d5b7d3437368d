#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN 4096

struct block {
	struct block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

struct saw_arena {
	struct block *first;
	struct block *at; /* the block that is being filled; those behind it are empty */
	size_t ceiling;
	size_t used;
};

struct saw_arena *saw_arena_create(size_t ceiling) {
	struct saw_arena *a = calloc(1, sizeof *a);

	if (a)
		a->ceiling = ceiling;
	return a;
}

void saw_arena_destroy(struct saw_arena *a) {
	struct block *b, *next;

	if (!a)
		return;
	for (b = a->first; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void saw_arena_reset(struct saw_arena *a) {
	for (struct block *b = a->first; b; b = b->next)
		b->used = 0;
	a->at = a->first;
	a->used = 0;
}

void *saw_arena_alloc(struct saw_arena *a, size_t n) {
	const size_t align = alignof(max_align_t);
	struct block *b, *last = NULL;
	void *p;

	if (n > SIZE_MAX - align)
		return NULL;
	n = (n + align - 1) / align * align;
	if (n > a->ceiling || a->used > a->ceiling - n)
		return NULL;
	for (b = a->at; b; b = b->next) {
		if (b->size - b->used >= n)
			break;
		last = b;
	}
	if (!b) {
		size_t size = last ? last->size * 2 : BLOCK_MIN;

		if (size < n)
			size = n;
		b = malloc(sizeof *b + size);
		if (!b)
			return NULL;
		b->next = NULL;
		b->size = size;
		b->used = 0;
		if (last)
			last->next = b;
		else
			a->first = b;
	}
	a->at = b;
	p = b->bytes + b->used;
	b->used += n;
	a->used += n;
	return p;
}

void *saw_arena_zalloc(struct saw_arena *a, size_t n) {
	void *p = saw_arena_alloc(a, n);

	if (p)
		memset(p, 0, n);
	return p;
}

char *saw_arena_strndup(struct saw_arena *a, const char *s, size_t n) {
	char *p = saw_arena_alloc(a, n + 1);

	if (p) {
		memcpy(p, s, n);
		p[n] = 0;
	}
	return p;
}

size_t saw_arena_used(const struct saw_arena *a) {
	return a->used;
}
