#include "config.h"

#include "exporters/agentx/walks.h"

#include "core/siphash.h"

#include <stdlib.h>

#define WAYS 4
#define SETS (SAW_WALKS_PLACES / WAYS)

struct place {
	uint64_t where; /* digest of the instance; 0: none */
	uint64_t at_ms;
	uint32_t generation;
	bool asked; /* for what comes after it */
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

void saw_walks_publish(struct saw_walks *w, struct saw_view *v, uint64_t now_ms) {
	struct held kept[SAW_WALKS_VIEWS];
	size_t n = 0;

	kept[n++] = (struct held){v, ++w->generations, now_ms};
	for (size_t i = 0; i < w->n; i++) {
		if (n < SAW_WALKS_VIEWS && now_ms - w->held[i].used_ms < SAW_WALKS_PAUSE_MS)
			kept[n++] = w->held[i];
		else
			saw_view_destroy(w->held[i].view);
	}
	for (size_t i = 0; i < n; i++)
		w->held[i] = kept[i];
	w->held[0].used_ms = 0; /* by nobody yet */
	w->n = n;
}

struct saw_view *saw_walks_newest(struct saw_walks *w) {
	return w->n ? w->held[0].view : NULL;
}

/* Of several walks that stopped at one place the one that did so first asks first; one that asks again (its answer was lost) is
 * the last of those that asked. */
static bool is_before(const struct place *a, const struct place *b) {
	if (a->asked != b->asked)
		return b->asked;
	return a->asked ? a->at_ms > b->at_ms : a->at_ms < b->at_ms;
}

static struct saw_view *view_of(const struct saw_walks *w, uint32_t generation) {
	for (size_t i = 0; i < w->n; i++)
		if (w->held[i].generation == generation)
			return w->held[i].view;
	return NULL;
}

struct saw_view *saw_walks_view(struct saw_walks *w, const uint32_t *rel, size_t n, uint64_t now_ms) {
	uint64_t where = digest(rel, n);
	struct place *set = w->places[where % SETS], *found = NULL;

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].where == where && now_ms - set[i].at_ms < SAW_WALKS_PAUSE_MS && view_of(w, set[i].generation) &&
			(!found || is_before(&set[i], found)))
			found = &set[i];
	if (!found)
		return saw_walks_newest(w);
	found->asked = true;
	return view_of(w, found->generation);
}

void saw_walks_gave(struct saw_walks *w, const struct saw_view *v, const uint32_t *rel, size_t n, uint64_t now_ms) {
	uint64_t where = digest(rel, n);
	struct place *set = w->places[where % SETS], *to = &set[0];
	struct held *h = NULL;

	for (size_t i = 0; i < w->n; i++)
		if (w->held[i].view == v)
			h = &w->held[i];
	if (!h)
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
	*to = (struct place){where, now_ms, h->generation, false};
}

size_t saw_walks_held(const struct saw_walks *w) {
	return w->n;
}
