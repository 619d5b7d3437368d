#include "config.h"

#include "exporters/agentx/index.h"

#include "core/siphash.h"
#include "core/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Blanks and tabs separate the parts of a line; names have no control characters. */
#define SPACE_END '\x1f'

struct moved {
	char *key; /* space, SPACE_END, name */
	uint32_t number;
};

struct saw_index {
	uint32_t mask;
	bool changed;
	size_t n;
	struct moved moved[SAW_INDEX_MOVED_MAX];
};

struct place {
	uint32_t number;
	bool moved;
	size_t at;
};

struct saw_index *saw_index_create(unsigned bits) {
	struct saw_index *x = calloc(1, sizeof *x);

	if (x)
		x->mask = (UINT32_C(1) << bits) - 1;
	return x;
}

void saw_index_destroy(struct saw_index *x) {
	if (!x)
		return;
	for (size_t i = 0; i < x->n; i++)
		free(x->moved[i].key);
	free(x);
}

/* Not secret: the same numbers everywhere is what it is for. */
static uint32_t made_of(const struct saw_index *x, const char *name) {
	static const uint8_t key[SAW_SIPHASH_KEY] = "sawatch indices";
	uint32_t number = (uint32_t)saw_siphash(key, name, strlen(name)) & x->mask;

	return number ? number : 1;
}

static bool is_key(const char *key, const char *space, const char *name) {
	size_t n = strlen(space);

	return strncmp(key, space, n) == 0 && key[n] == SPACE_END && strcmp(key + n + 1, name) == 0;
}

static struct moved *find(struct saw_index *x, const char *space, const char *name) {
	for (size_t i = 0; i < x->n; i++)
		if (is_key(x->moved[i].key, space, name))
			return &x->moved[i];
	return NULL;
}

static void remember(struct saw_index *x, const char *space, const char *name, uint32_t number) {
	struct moved *known = find(x, space, name);
	size_t n = strlen(space) + strlen(name) + 2;
	char *key;

	x->changed = true;
	if (known) {
		known->number = number;
		return;
	}
	if (x->n == SAW_INDEX_MOVED_MAX || !(key = malloc(n)))
		return; /* then it may get another number after a restart */
	memcpy(key, space, strlen(space));
	key[strlen(space)] = SPACE_END;
	memcpy(key + strlen(space) + 1, name, strlen(name) + 1);
	x->moved[x->n++] = (struct moved){key, number};
}

/* Of those with one number the one that has it from before stays, else the first in the order of names given. */
static int by_number(const void *a, const void *b) {
	const struct place *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->moved != y->moved)
		return x->moved ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int by_number_alone(const void *a, const void *b) {
	const struct place *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static bool is_taken(const struct place *places, size_t n, uint32_t number) {
	const struct place key = {.number = number};

	return bsearch(&key, places, n, sizeof *places, by_number_alone) != NULL;
}

static bool is_given(const uint32_t *given, size_t n, uint32_t number) {
	for (size_t i = 0; i < n; i++)
		if (given[i] == number)
			return true;
	return false;
}

int saw_index_assign(struct saw_index *x, const char *space, const char *const *names, size_t n, uint32_t *out) {
	struct place *places;
	uint32_t *given;
	size_t n_given = 0;

	if (n > x->mask)
		return SAW_ELIMIT;
	places = calloc(n ? n : 1, sizeof *places);
	given = calloc(n ? n : 1, sizeof *given);
	if (!places || !given) {
		free(places);
		free(given);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const struct moved *m = x->n ? find(x, space, names[i]) : NULL;

		places[i] = (struct place){m ? m->number : made_of(x, names[i]), m != NULL, i};
	}
	qsort(places, n, sizeof *places, by_number);
	for (size_t i = 0; i < n; i++) {
		uint32_t number = places[i].number;

		if (i && places[i - 1].number == number) {
			while (is_taken(places, n, number) || is_given(given, n_given, number))
				number = number == x->mask ? 1 : number + 1;
			given[n_given++] = number;
			remember(x, space, names[places[i].at], number);
		}
		out[places[i].at] = number;
	}
	free(places);
	free(given);
	return 0;
}

bool saw_index_changed(const struct saw_index *x) {
	return x->changed;
}

void saw_index_save(struct saw_index *x, struct saw_buf *out) {
	for (size_t i = 0; i < x->n; i++)
		saw_buf_printf(out, "%u %s\n", x->moved[i].number, x->moved[i].key);
	x->changed = false;
}

void saw_index_load(struct saw_index *x, const char *text, size_t n) {
	const char *end = text + n;

	while (text < end && x->n < SAW_INDEX_MOVED_MAX) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = stop ? (size_t)(stop - text) : (size_t)(end - text);
		const char *blank = memchr(text, ' ', len);
		uint64_t number;

		if (blank && saw_parse_u64((struct saw_str){text, (size_t)(blank - text)}, x->mask, &number) == 0 && number &&
			memchr(blank, SPACE_END, len - (size_t)(blank - text)) && !memchr(text, 0, len)) {
			char *key = strndup(blank + 1, len - (size_t)(blank - text) - 1);

			if (!key)
				return;
			x->moved[x->n++] = (struct moved){key, (uint32_t)number};
		}
		text += len + 1;
	}
	x->changed = false;
}
