#include "store/state.h"

#include "proto/field.h"
#include "proto/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)256 << 20)
#define SETTLE_WAIT_MS 1000
#define LAST_WAIT_MS 1000

struct saw_store *saw_store_create(int64_t now_ms) {
	struct saw_store *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->started_ms = now_ms;
	s->dirty = true;
	saw_buf_init(&s->scratch, (size_t)256 << 20);
	return s;
}

static void device_destroy(struct device *d) {
	if (!d)
		return;
	for (size_t i = 0; i < d->n_ends; i++)
		saw_store_end_destroy(d->ends[i]);
	for (int i = 0; i < SOURCES; i++)
		saw_store_source_clear(&d->source[i]);
	saw_arena_destroy(d->arena);
	free(d->ends);
	saw_store_engine_free(d);
	saw_store_references_free(d);
	free(d);
}

void saw_store_destroy(struct saw_store *s) {
	if (!s)
		return;
	if (s->state) {
		saw_state_wait(s->state, LAST_WAIT_MS);
		saw_state_begin(s->state, s, INT64_MAX);
		saw_state_close(s->state);
	}
	for (size_t i = 0; i < s->n_devices; i++)
		device_destroy(s->devices[i]);
	for (size_t i = 0; i < s->n_links; i++)
		saw_store_link_destroy(s->links[i]);
	free(s->links);
	free(s->devices);
	saw_store_circuits_free(s);
	saw_store_exporters_free(s);
	saw_buf_free(&s->scratch);
	saw_snapshot_unref(s->last);
	free(s);
}

struct device *saw_store_device_find(const struct saw_store *s, const char *name) {
	size_t lo = 0, hi = s->n_devices;

	while (name && lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(s->devices[mid]->config->name, name);

		if (order == 0)
			return s->devices[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------------------------- configuration */

static const char *keep_text(struct saw_arena *a, const char *text, bool *failed) {
	char *copy = text ? saw_arena_strndup(a, text, strlen(text)) : NULL;

	*failed |= text && !copy;
	return copy;
}

/* What the store needs of a device's configuration, in an arena of its own. NULL without memory. */
static const struct saw_config_device *copy_config(struct saw_arena *a, const struct saw_config_device *c) {
	struct saw_config_device *d = saw_arena_zalloc(a, sizeof *d);
	struct saw_config_tunnel *tunnels = saw_arena_zalloc(a, c->n_tunnels * sizeof *tunnels + 1);
	bool failed = false;

	if (!d || !tunnels)
		return NULL;
	d->name = keep_text(a, c->name, &failed);
	d->platform = c->platform;
	d->address = keep_text(a, c->address, &failed);
	d->site = keep_text(a, c->site, &failed);
	d->module = keep_text(a, c->module, &failed);
	d->maintenance = c->maintenance;
	d->inventory_complete = c->inventory_complete;
	d->tunnels = tunnels;
	d->n_tunnels = c->n_tunnels;
	for (size_t i = 0; i < c->n_tunnels; i++) {
		struct saw_config_tunnel *t = &tunnels[i];
		const char **texts[] = {&t->name,         &t->remote, &t->local, &t->interface, &t->fvrf, &t->local_ident,
								&t->remote_ident, &t->bgp,    &t->owner, &t->circuit,   &t->link};
		const char **tags = saw_arena_alloc(a, c->tunnels[i].n_tags * sizeof *tags + 1);

		if (!tags)
			return NULL;
		*t = c->tunnels[i];
		for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++)
			*texts[j] = keep_text(a, *texts[j], &failed);
		for (size_t j = 0; j < t->n_tags; j++)
			tags[j] = keep_text(a, t->tags[j], &failed);
		t->tags = tags;
	}
	return failed ? NULL : d;
}

/* A source that is asked for everything at each poll; interval_ms 0: there is none. */
static void configure_polled(struct source *src, uint64_t interval_ms) {
	src->configured = interval_ms != 0;
	if (!src->configured)
		return;
	src->configured_ms = src->interval_ms = (int64_t)interval_ms;
	src->max_age_ms = src->interval_ms * 5 / 2;
}

static void configure_sources(struct device *d, const struct saw_config_device *c) {
	struct source *file = &d->source[SAWATCH__V1__SOURCE__SOURCE_FILE - 1];
	struct source *ssh = &d->source[SAWATCH__V1__SOURCE__SOURCE_SSH - 1];

	configure_polled(&d->source[SAWATCH__V1__SOURCE__SOURCE_SNMP - 1], c->snmp ? c->snmp->interval_ms : 0);
	configure_polled(ssh, c->ssh ? c->ssh->interval_ms : 0);
	ssh->detail_age_ms = c->ssh ? (int64_t)c->ssh->detail_interval_ms * 5 / 2 : 0;
	file->configured = c->n_files > 0;
	file->several = c->n_files > 1;
	file->interval_ms = file->max_age_ms = 0;
	for (size_t i = 0; i < c->n_files; i++) {
		int64_t interval = (int64_t)c->files[i].interval_ms, age = (int64_t)c->files[i].max_age_ms;

		if (file->interval_ms == 0 || interval < file->interval_ms)
			file->interval_ms = interval;
		if (age > file->max_age_ms)
			file->max_age_ms = age;
	}
	if (!c->ssh || !c->ssh->audit_interval_ms)
		saw_store_references_free(d); /* nobody would find out that they changed */
	for (int i = 0; i < SOURCES; i++)
		if (!d->source[i].configured) {
			saw_store_source_clear(&d->source[i]);
			for (size_t j = 0; j < d->n_ends; j++)
				if (d->ends[j]->view[i])
					d->ends[j]->view[i]->present = false;
		}
}

static struct saw_traits given_by(const struct saw_config_tunnel *t) {
	struct saw_traits g = {.interface = t->interface, .fvrf = t->fvrf};

	saw_addr_parse(saw_str_of(t->remote), &g.remote);
	saw_addr_parse(saw_str_of(t->local), &g.local);
	g.local_ident = saw_selector_of(t->local_ident);
	g.remote_ident = saw_selector_of(t->remote_ident);
	return g;
}

/* What is configured holds from the start; what was learned stays where it does not contradict. */
static void give(struct end *e, const struct saw_config_tunnel *t) {
	struct saw_traits g = given_by(t), *l = &e->id.learned;

	e->config = t;
	e->id.configured = true;
	e->id.given = g;
	l->remote = g.remote;
	if (g.local.family)
		l->local = g.local;
	if (g.local_ident.known)
		l->local_ident = g.local_ident;
	if (g.remote_ident.known)
		l->remote_ident = g.remote_ident;
	/* These borrow: what rows showed first, then what is configured. */
	l->interface = e->interface ? e->interface : g.interface;
	l->fvrf = e->fvrf ? e->fvrf : g.fvrf;
	l->context = e->context;
}

static void ungive(struct end *e) {
	e->config = NULL;
	e->id.configured = false;
	memset(&e->id.given, 0, sizeof e->id.given);
	e->id.learned.interface = e->interface;
	e->id.learned.fvrf = e->fvrf;
}

static bool was_seen(const struct end *e) {
	for (int i = 0; i < SOURCES; i++)
		if (e->view[i])
			return true;
	return false;
}

/* An end that carries what the tunnel names: by its name, or discovered before it was named. NULL: none. */
static struct end *end_for(struct device *d, const struct saw_end_index *known, const struct saw_config_tunnel *t) {
	struct saw_row_id wanted = {.traits = given_by(t)};
	struct end *e = saw_store_end_find(d, t->name);
	struct saw_end_id *id;

	if (e && !e->config && saw_traits_agree(&e->id.learned, &wanted.traits))
		return e;
	if (saw_match_traits(known, &wanted, &id) != SAW_MATCH_ONE)
		return NULL;
	e = (struct end *)((char *)id - offsetof(struct end, id));
	return e->config ? NULL : e;
}

/* Ends that nobody names any more: a tunnel that was seen keeps its totals under the name of its own. */
static int release_unnamed(struct device *d) {
	size_t kept = 0;
	char name[SAW_END_NAME];

	for (size_t i = 0; i < d->n_ends; i++) {
		struct end *e = d->ends[i];

		if (!e->config && e->id.configured && !was_seen(e)) {
			saw_state_forget_end(d->store->state, e);
			saw_store_end_destroy(e);
			continue;
		}
		d->ends[kept++] = e;
	}
	d->n_ends = kept;
	for (size_t i = 0; i < d->n_ends; i++) {
		struct end *e = d->ends[i];

		if (e->config || !e->id.configured)
			continue;
		ungive(e);
		if (saw_store_text_set(&e->name, saw_store_end_unique_name(d, e, name)) != 0)
			return -ENOMEM;
		saw_store_ends_sort(d);
		i = (size_t)-1; /* the order changed: look again */
	}
	return 0;
}

static int configure_tunnels(struct device *d) {
	struct saw_end_id **ids = calloc(d->n_ends + 1, sizeof *ids);
	struct saw_spi_entry *spis = calloc(d->n_ends * 2 * SAW_SPIS_KEPT + 1, sizeof *spis);
	struct end **chosen = calloc(d->config->n_tunnels + 1, sizeof *chosen);
	struct saw_end_index known;
	int rc = ids && spis && chosen ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < d->n_ends; i++) {
		d->ends[i]->config = NULL;
		/* Interfaces and VRFs that the old configuration lent. */
		d->ends[i]->id.learned.interface = d->ends[i]->interface;
		d->ends[i]->id.learned.fvrf = d->ends[i]->fvrf;
		ids[i] = &d->ends[i]->id;
	}
	if (rc == 0)
		saw_end_index_build(&known, ids, d->n_ends, spis);
	for (size_t i = 0; rc == 0 && i < d->config->n_tunnels; i++) {
		chosen[i] = end_for(d, &known, &d->config->tunnels[i]);
		if (chosen[i])
			chosen[i]->config = &d->config->tunnels[i];
	}
	if (rc == 0)
		rc = release_unnamed(d);
	for (size_t i = 0; rc == 0 && i < d->config->n_tunnels; i++) {
		if (chosen[i] && saw_store_text_set(&chosen[i]->name, d->config->tunnels[i].name) != 0)
			rc = -ENOMEM;
	}
	saw_store_ends_sort(d);
	for (size_t i = 0; rc == 0 && i < d->config->n_tunnels; i++) {
		if (!chosen[i])
			chosen[i] = saw_store_end_create(d, d->config->tunnels[i].name);
		if (chosen[i])
			give(chosen[i], &d->config->tunnels[i]);
		else
			rc = -ENOMEM;
	}
	free(ids);
	free(spis);
	free(chosen);
	return rc;
}

static int configure_device(struct device *d, const struct saw_config_device *c) {
	struct saw_arena *arena = saw_arena_create(ARENA_MAX), *old = d->arena;
	const struct saw_config_device *copy = arena ? copy_config(arena, c) : NULL;
	int rc;

	if (!copy) {
		saw_arena_destroy(arena);
		return -ENOMEM;
	}
	d->arena = arena;
	d->config = copy;
	rc = !old && d->store->state ? saw_state_restore(d->store->state, d) : 0;
	configure_sources(d, c);
	if (rc == 0)
		rc = configure_tunnels(d);
	saw_store_touch(d, NULL);
	for (size_t i = 0; i < d->n_ends; i++) /* of any it may have changed the name */
		saw_store_touch(d, d->ends[i]);
	saw_arena_destroy(old);
	return rc;
}

static int by_name(const void *a, const void *b) {
	return strcmp((*(struct device *const *)a)->config->name, (*(struct device *const *)b)->config->name);
}

int saw_store_configure(struct saw_store *s, const struct saw_config *c, int64_t now_ms) {
	struct device **devices = calloc(c->n_devices + 1, sizeof *devices);
	size_t n = 0;
	int rc = devices ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < c->n_devices; i++) {
		struct device *d = saw_store_device_find(s, c->devices[i].name);

		/* Another platform under the same name is another device. */
		if (d && d->config->platform != c->devices[i].platform)
			d = NULL;
		if (!d)
			d = calloc(1, sizeof *d);
		if (!d) {
			rc = -ENOMEM;
			break;
		}
		d->store = s;
		devices[n++] = d;
	}
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = configure_device(devices[i], &c->devices[i]);
	if (rc == 0)
		rc = saw_store_circuits_set(s, c);
	if (rc) {
		for (size_t i = 0; i < n; i++)
			if (!devices[i]->config || saw_store_device_find(s, devices[i]->config->name) != devices[i])
				device_destroy(devices[i]);
		free(devices);
		return rc;
	}
	for (size_t i = 0; i < s->n_devices; i++) {
		bool stays = false;

		for (size_t j = 0; j < n && !stays; j++)
			stays = devices[j] == s->devices[i];
		if (!stays) {
			saw_state_forget_device(s->state, s->devices[i]);
			device_destroy(s->devices[i]);
		}
	}
	free(s->devices);
	s->devices = devices;
	s->n_devices = n;
	if (n)
		qsort(devices, n, sizeof *devices, by_name);
	s->forget_after_ms = (int64_t)c->forget_after_ms;
	s->dirty = s->pairing_due = s->pairing_urgent = true;
	rc = s->state ? saw_state_restored(s->state, s) : 0;
	for (size_t i = 0; i < n; i++)
		saw_store_device_judge(devices[i], now_ms);
	return rc ? rc : saw_store_links_pair(s, now_ms);
}

/* ------------------------------------------------------------------------------------------------------------- samples */

/* A poll has ended, well or not: what it makes of the ends belongs to their last hour. */
static void judge(struct device *d, int64_t now_ms) {
	saw_store_device_judge(d, now_ms);
	for (size_t i = 0; i < d->n_ends; i++)
		saw_recent_add_state(&d->ends[i]->recent, now_ms, d->ends[i]->state);
}

/* A device that is slow is polled less often, and what it shows stays good for longer. */
static void pace(struct source *src, const Sawatch__V1__DeviceSample *sample) {
	double slowed = sample->has_poll_interval_seconds ? sample->poll_interval_seconds * 1000 : 0;
	double most = (double)src->configured_ms * 4;

	if (src->configured_ms == 0)
		return;
	src->interval_ms = src->configured_ms;
	if (slowed > (double)src->configured_ms)
		src->interval_ms = (int64_t)(slowed < most ? slowed : most);
	src->max_age_ms = src->interval_ms * 5 / 2;
}

int saw_store_sample(struct saw_store *s, Sawatch__V1__DeviceSample *sample, int64_t now_ms) {
	struct device *d = saw_store_device_find(s, sample->device);
	int64_t observed_ms = sample->has_observed_at_ms ? sample->observed_at_ms : now_ms;
	struct source *src;
	int rc;

	if (sample->has_schema_version && sample->schema_version > SAW_SCHEMA_VERSION)
		return SAW_EVERSION;
	if (!d)
		return SAW_EUNKNOWN;
	if (!sample->has_source || sample->source < 1 || (unsigned)sample->source > SOURCES)
		return SAW_EFORMAT;
	src = &d->source[sample->source - 1];
	if (!src->configured)
		return SAW_EUNKNOWN;
	saw_field_forget_unknown(&sample->base);
	if (observed_ms > now_ms)
		observed_ms = now_ms;
	pace(src, sample);
	rc = saw_store_source_take(d, src, sample, observed_ms, now_ms);
	if (rc == 0 && sample->engine_id)
		rc = saw_store_engine_take(d, sample->engine_id, now_ms);
	saw_store_touch(d, NULL);
	judge(d, now_ms);
	if (rc == 0 && s->pairing_urgent) /* else with the next tick */
		rc = saw_store_links_pair(s, now_ms);
	s->dirty = true;
	s->taken++;
	return rc;
}

void saw_store_daemon(struct saw_store *s, const struct saw_store_daemon *d) {
	if (memcmp(&s->daemon, d, sizeof *d) != 0)
		s->dirty = true;
	s->daemon = *d;
}

void saw_store_lost(struct saw_store *s, const char *device, const char *why, int64_t now_ms) {
	struct device *d = saw_store_device_find(s, device);

	if (!d)
		return;
	for (int i = 0; i < SOURCES; i++)
		if (d->source[i].configured)
			saw_store_source_fail(&d->source[i], SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, why, now_ms);
	saw_store_touch(d, NULL);
	judge(d, now_ms);
	s->dirty = true;
}

size_t saw_store_recent(const struct saw_store *s, const char *device, const char *tunnel, int64_t now_ms,
						Sawatch__V1__RecentPoint out[SAW_RECENT_POINTS]) {
	const struct device *d = saw_store_device_find(s, device);
	const struct end *e = d && tunnel ? saw_store_end_find(d, tunnel) : NULL;

	return e ? saw_recent_read(e->recent, now_ms, out) : 0;
}

/* ----------------------------------------------------------------------------------------------------------- snapshots */

/*
 * What is shown is on the disk: a write is begun and waited for, twice where one was under way already. It takes milliseconds; a
 * disk that takes longer is not waited for again until it has answered. False: not yet, the last picture has to do.
 */
static bool settle(struct saw_store *s, int64_t now_ms) {
	for (int i = 0; i < 2 && !saw_state_settled(s->state, s); i++) {
		saw_state_begin(s->state, s, now_ms);
		if (!saw_state_wait(s->state, SETTLE_WAIT_MS))
			break;
		saw_state_begin(s->state, s, now_ms); /* takes the result */
	}
	return saw_state_settled(s->state, s);
}

int saw_store_open(struct saw_store *s, const char *folder, char *note, struct saw_err *err) {
	return saw_state_open(folder, &s->state, note, err);
}

void saw_store_tick(struct saw_store *s, int64_t now_ms) {
	/* Without memory it is tried again. */
	if (saw_store_links_pair(s, now_ms) < 0)
		s->pairing_due = true;
	if (s->state)
		saw_state_begin(s->state, s, now_ms);
}

const char *saw_store_trouble(const struct saw_store *s) {
	return s->state ? saw_state_trouble(s->state) : NULL;
}

uint64_t saw_store_taken(const struct saw_store *s) {
	return s->taken;
}

uint64_t saw_store_shown(const struct saw_store *s) {
	return s->shown;
}

struct saw_snapshot *saw_store_snapshot(struct saw_store *s, int64_t now_ms) {
	int64_t age = s->last ? now_ms - s->last->pb->made_at_ms : 0;
	bool old = !s->last || age > 1000 || age < 0;

	/* With a disk no more than one a second: each costs a write. */
	if (old || (s->dirty && !s->state)) {
		struct saw_snapshot *fresh;

		for (size_t i = 0; i < s->n_devices; i++)
			saw_store_device_judge(s->devices[i], now_ms);
		if (s->state && !settle(s, now_ms) && s->last)
			return saw_snapshot_ref(s->last);
		fresh = saw_store_snapshot_make(s, now_ms);
		if (fresh)
			s->shown = s->taken;
		if (fresh) {
			saw_snapshot_unref(s->last);
			s->last = fresh;
			s->dirty = false;
		}
	}
	return s->last ? saw_snapshot_ref(s->last) : NULL;
}
