#include "config.h"

#include "exporters/agentx/walks.h"

#include "core/siphash.h"

#include <stdlib.h>
#include <string.h>

#define WAYS 4
#define SETS (SAW_WALKS_PLACES / WAYS)
#define COLUMN 4 /* arcs of a column below the root: objects, table, row, column */

struct place {
	uint64_t where; /* digest of the instance; 0: none */
	uint64_t at_ms;
	uint32_t generation;
};

struct held {
	struct saw_view *view;
	uint32_t generation;
	uint64_t used_ms;
};

struct saw_walks {
	struct held held[SAW_WALKS_VIEWS]; /* the newest first */
	size_t n;
	uint32_t generations;
	struct place places[SETS][WAYS];
};

struct saw_walks *saw_walks_create(void) {
	return calloc(1, sizeof(struct saw_walks));
}

void saw_walks_destroy(struct saw_walks *w) {
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		saw_view_destroy(w->held[i].view);
	free(w);
}

static uint64_t digest(const uint32_t *rel, size_t n) {
	static const uint8_t key[SAW_SIPHASH_KEY] = "places of walks";
	uint64_t d = saw_siphash(key, rel, n * sizeof *rel);

	return d ? d : 1;
}

static void drop(struct saw_walks *w, size_t i) {
	saw_view_destroy(w->held[i].view);
	w->n--;
	memmove(&w->held[i], &w->held[i + 1], (w->n - i) * sizeof w->held[0]);
}

static size_t least_used(const struct saw_walks *w) {
	size_t least = 0;

	for (size_t i = 1; i < w->n; i++)
		if (w->held[i].used_ms <= w->held[least].used_ms)
			least = i;
	return least;
}

/* What no walk uses goes, and of more than there is room for what was used longest ago. */
void saw_walks_publish(struct saw_walks *w, struct saw_view *v, uint64_t now_ms) {
	for (size_t i = w->n; i > 0; i--)
		if (now_ms - w->held[i - 1].used_ms >= SAW_WALKS_PAUSE_MS)
			drop(w, i - 1);
	if (w->n == SAW_WALKS_VIEWS)
		drop(w, least_used(w));
	memmove(&w->held[1], &w->held[0], w->n * sizeof w->held[0]);
	w->n++;
	w->held[0] = (struct held){.view = v, .generation = ++w->generations}; /* used by nobody yet */
}

struct saw_view *saw_walks_newest(struct saw_walks *w) {
	return w->n ? w->held[0].view : NULL;
}

/* Of several walks that stopped at one place the last one is who asks: those before went on, or only looked beyond their end. */
static bool is_later(const struct place *a, const struct place *b) {
	return a->at_ms != b->at_ms ? a->at_ms > b->at_ms : a->generation > b->generation;
}

/* The view of the walk that stopped here; NULL: none did. */
static struct saw_view *went_on(const struct saw_walks *w, const uint32_t *rel, size_t n, uint64_t now_ms) {
	uint64_t where = digest(rel, n);
	const struct place *set = w->places[where % SETS], *found = NULL;

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].where == where && now_ms - set[i].at_ms < SAW_WALKS_PAUSE_MS && (!found || is_later(&set[i], found)))
			found = &set[i];
	for (size_t i = 0; found && i < w->n; i++)
		if (w->held[i].generation == found->generation)
			return w->held[i].view;
	return NULL;
}

struct saw_view *saw_walks_view(struct saw_walks *w, const uint32_t *rel, size_t n, uint64_t now_ms) {
	struct saw_view *v = went_on(w, rel, n, now_ms);

	return v ? v : saw_walks_newest(w);
}

/* A table is read with a place in every column, also in one that holds nothing: what is given from there lies in another column, and
 * the next request has a place in the old one again. That is no walk, and must not cost the table its view. */
static bool is_stray(const struct saw_walks *w, const struct saw_walks_step *s, uint64_t now_ms) {
	return s->n_from > COLUMN && memcmp(s->from, s->to, COLUMN * sizeof *s->to) != 0 &&
		   !went_on(w, s->from, s->n_from, now_ms);
}

void saw_walks_gave(struct saw_walks *w, const struct saw_view *v, const struct saw_walks_step *s, uint64_t now_ms) {
	uint64_t where = digest(s->to, s->n_to);
	struct place *set = w->places[where % SETS], *to = &set[0];
	struct held *h = NULL;

	for (size_t i = 0; i < w->n; i++)
		if (w->held[i].view == v)
			h = &w->held[i];
	if (!h || is_stray(w, s, now_ms))
		return;
	h->used_ms = now_ms;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].where == where && set[i].generation == h->generation) {
			to = &set[i];
			break;
		}
		if (set[i].at_ms < to->at_ms)
			to = &set[i];
	}
	*to = (struct place){where, now_ms, h->generation};
}

size_t saw_walks_held(const struct saw_walks *w) {
	return w->n;
}
