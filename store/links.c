/* Ends that are each other's peer: who they are, and what was lost between them. */
#include "store/state.h"

#include "core/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIR_EVERY_MS 60000 /* SPIs change all the time; a pair that is known stays one */

#define SNMP SAWATCH__V1__SOURCE__SOURCE_SNMP
#define SSH SAWATCH__V1__SOURCE__SOURCE_SSH
#define SAVED SAWATCH__V1__SOURCE__SOURCE_FILE

/* -------------------------------------------------------------------------------------------------------------- the list */

void saw_store_link_destroy(struct link *l) {
	if (!l)
		return;
	for (int i = 0; i < 2; i++) {
		if (l->side[i].end)
			l->side[i].end->link = NULL;
		free(l->side[i].device);
		free(l->side[i].tunnel);
	}
	free(l->name);
	free(l);
}

static void drop(struct saw_store *s, struct link *l) {
	for (size_t i = 0; i < s->n_links; i++)
		if (s->links[i] == l) {
			memmove(s->links + i, s->links + i + 1, (s->n_links - i - 1) * sizeof(struct link *));
			s->n_links--;
			break;
		}
	saw_state_forget_link(s->state, l);
	saw_store_link_destroy(l);
}

struct link *saw_store_link_add(struct saw_store *s) {
	struct link *l = calloc(1, sizeof *l);

	if (l && SAW_LIST_ROOM(s->links, s->n_links, s->links_room)) {
		free(l);
		return NULL;
	}
	if (l)
		s->links[s->n_links++] = l;
	return l;
}

static void touch(struct saw_store *s, struct link *l) {
	l->unsaved = true;
	s->unsaved = true;
}

/* --------------------------------------------------------------------------------------------------------------- pairing */

/* Both sides by the same kind: counters of two kinds are not of the same packets. 0: no common one. */
static void choose_sources(struct link *l) {
	const struct source *a = l->side[0].owner->source, *b = l->side[1].owner->source;
	bool snmp = a[SNMP - 1].configured && b[SNMP - 1].configured;

	for (int i = 0; i < 2; i++) {
		const struct source *src = l->side[i].owner->source;
		unsigned source = snmp ? SNMP : src[SSH - 1].configured ? SSH : src[SAVED - 1].configured ? SAVED : 0;

		l->side[i].begins_anew |= l->side[i].source != source;
		l->side[i].source = source;
	}
}

static int name_sides(struct link *l) {
	for (int i = 0; i < 2; i++)
		if (saw_store_text_set(&l->side[i].device, l->side[i].owner->config->name) ||
			saw_store_text_set(&l->side[i].tunnel, l->side[i].end->name))
			return -ENOMEM;
	return 0;
}

static bool is_of(const struct link *l, int side, const struct device *d, const struct end *e) {
	return strcmp(l->side[side].device, d->config->name) == 0 && strcmp(l->side[side].tunnel, e->name) == 0;
}

/* One that an earlier run left for these two. */
static struct link *left_for(struct saw_store *s, struct device *const *d, struct end *const *e) {
	for (size_t i = 0; i < s->n_links; i++) {
		struct link *l = s->links[i];

		if (!l->side[0].end && !l->side[1].end && is_of(l, 0, d[0], e[0]) && is_of(l, 1, d[1], e[1]))
			return l;
	}
	return NULL;
}

/* Sides in the order of device and name, so that a link reads the same in every run. */
static int join(struct saw_store *s, struct device *const *d, struct end *const *e, enum saw_link_evidence evidence) {
	struct link *l = e[0]->link;

	if (!l || l != e[1]->link) {
		if (e[0]->link)
			drop(s, e[0]->link);
		if (e[1]->link)
			drop(s, e[1]->link);
		l = left_for(s, d, e);
		if (!l)
			l = saw_store_link_add(s);
		if (!l)
			return -ENOMEM;
		touch(s, l);
		for (int i = 0; i < 2; i++) {
			l->side[i].end = e[i];
			e[i]->link = l;
			e[i]->link_side = (uint8_t)i;
		}
	}
	l->side[0].owner = d[0];
	l->side[1].owner = d[1];
	l->evidence = evidence;
	choose_sources(l);
	return name_sides(l);
}

/* The configured name; else the first side's. */
static int name_link(struct link *l) {
	char text[SAW_END_NAME + 80];

	for (int i = 0; i < 2; i++) {
		const struct saw_config_tunnel *c = l->side[i].end ? l->side[i].end->config : NULL;

		if (c && c->link)
			return saw_store_text_set(&l->name, c->link);
	}
	snprintf(text, sizeof text, "%s/%s", l->side[0].device, l->side[0].tunnel);
	return saw_store_text_set(&l->name, text);
}

static int by_name(const void *a, const void *b) {
	const struct link *x = *(struct link *const *)a, *y = *(struct link *const *)b;
	int order = strcmp(x->name, y->name);

	if (order == 0)
		order = strcmp(x->side[0].device, y->side[0].device);
	return order ? order : strcmp(x->side[0].tunnel, y->side[0].tunnel);
}

/* A name that two links are given is told apart by the first side. */
static int name_links(struct saw_store *s) {
	char text[SAW_END_NAME + 256];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n_links; i++)
		rc = name_link(s->links[i]);
	if (rc || s->n_links == 0)
		return rc;
	qsort(s->links, s->n_links, sizeof(struct link *), by_name);
	for (size_t i = s->n_links - 1; rc == 0 && i > 0; i--) {
		struct link *l = s->links[i];

		if (strcmp(l->name, s->links[i - 1]->name) != 0)
			continue;
		snprintf(text, sizeof text, "%.128s (%.64s/%.320s)", l->name, l->side[0].device, l->side[0].tunnel);
		rc = saw_store_text_set(&l->name, text);
	}
	if (rc == 0)
		qsort(s->links, s->n_links, sizeof(struct link *), by_name);
	return rc;
}

/* Those whose ends are gone; what an earlier run left stays until every device was asked once. */
static void drop_widows(struct saw_store *s) {
	bool asked = true;

	for (size_t i = 0; i < s->n_devices; i++)
		for (int j = 0; j < SOURCES; j++)
			asked &= !s->devices[i]->source[j].configured || s->devices[i]->source[j].attempted;
	for (size_t i = s->n_links; i > 0; i--) {
		struct link *l = s->links[i - 1];
		unsigned ends = (l->side[0].end != NULL) + (l->side[1].end != NULL);

		if (ends == 1 || (ends == 0 && asked))
			drop(s, l);
	}
}

struct candidate {
	struct device *device;
	struct end *end;
};

static int pair(struct saw_store *s) {
	struct saw_link_end *ends;
	struct candidate *of;
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < s->n_devices; i++)
		n += s->devices[i]->n_ends;
	ends = calloc(n + 1, sizeof *ends);
	of = calloc(n + 1, sizeof *of);
	rc = ends && of ? 0 : -ENOMEM;
	n = 0;
	for (size_t i = 0; rc == 0 && i < s->n_devices; i++)
		for (size_t j = 0; j < s->devices[i]->n_ends; j++) {
			struct end *e = s->devices[i]->ends[j];

			of[n] = (struct candidate){s->devices[i], e};
			ends[n++] = (struct saw_link_end){.id = &e->id,
											  .device = s->devices[i]->config->name,
											  .name = e->config ? e->config->link : NULL,
											  .nat_t = e->nat_t};
		}
	if (rc == 0)
		rc = saw_link_pair(ends, n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		size_t j = ends[i].mate;

		/* Devices and ends are sorted: the lower place is the first side. */
		if (ends[i].evidence && i < j)
			rc = join(s, (struct device *[]){of[i].device, of[j].device}, (struct end *[]){of[i].end, of[j].end},
					  ends[i].evidence);
	}
	free(ends);
	free(of);
	if (rc == 0)
		drop_widows(s);
	return rc ? rc : name_links(s);
}

int saw_store_links_pair(struct saw_store *s, int64_t now_ms) {
	if (!s->pairing_due || (!s->pairing_urgent && now_ms - s->paired_ms < PAIR_EVERY_MS && now_ms >= s->paired_ms))
		return 0;
	s->pairing_due = s->pairing_urgent = false;
	s->paired_ms = now_ms;
	return pair(s);
}

/* ------------------------------------------------------------------------------------------------------------------ loss */

/* An ASR's packet processor hands its statistics up every ten seconds; others count where they answer. */
static int64_t lag_of(const struct device *d) {
	return d->config->platform == SAWATCH__V1__PLATFORM__PLATFORM_IOSXE ? 10000 : 1000;
}

void saw_store_link_read(struct device *d, struct end *e, unsigned source, int64_t at_ms,
						 const struct link_reading readings[2]) {
	struct link *l = e->link;
	int side = e->link_side;
	int64_t lag_ms;

	if (!l || !l->side[!side].end || l->side[side].source != source)
		return;
	lag_ms = lag_of(l->side[0].owner) + lag_of(l->side[1].owner);
	for (int i = 0; i < 2; i++) {
		/* What this side sends is the way from it, what it receives the other one. */
		struct saw_link_way *w = &l->way[i == SAW_LINK_SENDER ? side : !side];

		if (readings[i].known)
			saw_link_read(w, i, at_ms, readings[i].packets, readings[i].broken || l->side[side].begins_anew, lag_ms);
	}
	l->side[side].begins_anew = false;
	touch(d->store, l);
}
