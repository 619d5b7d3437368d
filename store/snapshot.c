#include "store/paint.h"
#include "store/state.h"

#include "proto/schema.h"

#include <stdatomic.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)1 << 30)
#define ROWS_MAX ((size_t)16 << 20)

/* All of a snapshot lies in one arena; whoever has it last frees that. */
struct picture {
	struct saw_snapshot snapshot; /* first: a saw_snapshot is a picture */
	struct saw_arena *arena;
};

static void paint_exporters(struct painter *p, Sawatch__V1__Snapshot *pb) {
	struct saw_store *s = p->store;

	pb->exporters = s->n_exporters ? saw_paint_take(p, s->n_exporters * sizeof(Sawatch__V1__Exporter *)) : NULL;
	for (size_t i = 0; pb->exporters && i < s->n_exporters; i++) {
		const Sawatch__V1__Exporter *says = s->exporters[i]->says;
		Sawatch__V1__Exporter view = saw_store_exporter_view(s->exporters[i]), *copy = saw_paint_copy(p, &view.base);

		if (copy)
			pb->exporters[pb->n_exporters++] = copy;
		/* Only one part audits. */
		if (!says || !says->n_audited || !(copy = saw_paint_copy(p, &says->base)))
			continue;
		pb->audits = copy->audits;
		pb->n_audits = copy->n_audits;
		pb->audited = copy->audited;
		pb->n_audited = copy->n_audited;
	}
}

static void paint(struct painter *p, Sawatch__V1__Snapshot *pb) {
	struct saw_store *s = p->store;
	size_t n = 0;

	sawatch__v1__snapshot__init(pb);
	SET(pb, schema_version, SAW_SCHEMA_VERSION);
	SET(pb, sequence, s->sequence + 1);
	SET(pb, made_at_ms, p->now_ms);
	SET(pb, started_at_ms, s->started_ms);
	SET(pb, scheduler_lag_seconds, s->daemon.scheduler_lag_seconds);
	SET(pb, polls_missed, s->daemon.polls_missed);
	SET(pb, collector_restarts, s->daemon.collector_restarts);
	SET(pb, config_reloads, s->daemon.config_reloads);
	SET(pb, config_reload_failures, s->daemon.config_reload_failures);
	if (s->daemon.started_ms)
		SET(pb, daemon_started_at_ms, s->daemon.started_ms);
	if (s->state)
		SET(pb, state_errors, saw_state_errors(s->state));
	for (size_t i = 0; i < s->n_devices; i++)
		n += s->devices[i]->n_ends;
	pb->devices = saw_paint_list(p, s->n_devices, sizeof(Sawatch__V1__Device));
	pb->tunnels = saw_paint_list(p, n, sizeof(Sawatch__V1__TunnelEnd));
	for (size_t i = 0; i < s->n_devices && !p->failed; i++) {
		struct device *d = s->devices[i];

		saw_paint_device(p, d, pb->devices[pb->n_devices++]);
		for (size_t j = 0; j < d->n_ends && !p->failed; j++)
			saw_paint_end(p, d, d->ends[j], d->ends[j]->shown = pb->tunnels[pb->n_tunnels++]);
	}
	if (!p->failed)
		saw_paint_links(p, pb);
	saw_paint_circuits(p, pb);
	paint_exporters(p, pb);
}

struct saw_snapshot *saw_store_snapshot_make(struct saw_store *s, int64_t now_ms) {
	struct painter p = {
		.store = s, .arena = saw_arena_create(ARENA_MAX), .rows = saw_arena_create(ROWS_MAX), .now_ms = now_ms};
	struct picture *picture = calloc(1, sizeof *picture);

	if (p.arena && p.rows && picture) {
		picture->snapshot.pb = saw_paint_take(&p, sizeof(Sawatch__V1__Snapshot));
		if (picture->snapshot.pb)
			paint(&p, picture->snapshot.pb);
	}
	saw_arena_destroy(p.rows);
	if (!p.arena || !p.rows || !picture || p.failed) {
		saw_arena_destroy(p.arena);
		free(picture);
		return NULL;
	}
	picture->arena = p.arena;
	atomic_init(&picture->snapshot.refs, 1);
	s->sequence++;
	return &picture->snapshot;
}

struct saw_snapshot *saw_snapshot_ref(struct saw_snapshot *s) {
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void saw_snapshot_unref(struct saw_snapshot *s) {
	struct picture *p = (struct picture *)s;

	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	saw_arena_destroy(p->arena);
	free(p);
}
