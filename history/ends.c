#include "history/ends.h"

#include "core/list.h"
#include "history/fact.h"
#include "history/group.h"
#include "model/mtu_end.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------------------------------------------- reading */

/* A tunnel of the configuration. */
struct named {
	const char *device;
	const struct saw_config_tunnel *tunnel;
};

struct reader {
	const struct saw_report_options *o;
	struct saw_arena *arena;
	struct saw_report_ends *ends;
	struct named *named; /* by device and tunnel */
	size_t n_named;
};

static int by_names(const void *a, const void *b) {
	const struct named *x = a, *y = b;
	const int order = strcmp(x->device, y->device);

	return order ? order : strcmp(x->tunnel->name, y->tunnel->name);
}

static int index_config(struct reader *r) {
	const struct saw_config *c = r->o->config;
	size_t n = 0;

	for (size_t i = 0; c && i < c->n_devices; i++)
		n += c->devices[i].n_tunnels;
	r->named = malloc((n + 1) * sizeof *r->named);
	if (!r->named)
		return -ENOMEM;
	for (size_t i = 0; c && i < c->n_devices; i++)
		for (size_t j = 0; j < c->devices[i].n_tunnels; j++)
			r->named[r->n_named++] = (struct named){.device = c->devices[i].name, .tunnel = &c->devices[i].tunnels[j]};
	qsort(r->named, r->n_named, sizeof *r->named, by_names);
	return 0;
}

static const char *keep(struct reader *r, const char *text, bool *failed) {
	char *copy = text && *text ? saw_arena_strndup(r->arena, text, strlen(text)) : NULL;

	*failed |= text && *text && !copy;
	return copy;
}

/* What the configuration says and the history does not: tags, a circuit that was named since. */
static void fill_in(const struct reader *r, struct saw_history_end *e) {
	const struct saw_config_tunnel wanted = {.name = e->tunnel}, *t;
	const struct named key = {.device = e->device, .tunnel = &wanted};
	const struct saw_config_device *d = r->o->config ? saw_config_find(r->o->config, e->device) : NULL;
	const struct named *found = d ? bsearch(&key, r->named, r->n_named, sizeof key, by_names) : NULL;

	if (d && !e->site)
		e->site = d->site;
	if (!found)
		return;
	t = found->tunnel;
	if (t->circuit)
		e->circuit = t->circuit;
	if (t->capacity_bytes_per_second) {
		e->capacity_bytes_per_second = t->capacity_bytes_per_second;
		e->capacity_from = NULL;
	}
	e->owner = e->owner ? e->owner : t->owner;
	e->link = e->link ? e->link : t->link;
	if (!e->n_tags) {
		e->tags = t->tags;
		e->n_tags = t->n_tags;
	}
}

static int take(void *ctx, const struct saw_history_end *from) {
	struct reader *r = ctx;
	struct saw_report_ends *ends = r->ends;
	struct saw_history_end e = *from;
	const char **texts[] = {&e.device,     &e.tunnel,    &e.interface, &e.local,        &e.remote,
							&e.fvrf,       &e.link,      &e.site,      &e.circuit,      &e.owner,
							&e.encryption, &e.integrity, &e.mode,      &e.capacity_from};
	const char **tags;
	bool failed = false;

	if (SAW_LIST_ROOM(ends->list, ends->n, ends->room))
		return -ENOMEM;
	fill_in(r, &e);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i] = keep(r, *texts[i], &failed);
	tags = saw_arena_alloc(r->arena, e.n_tags * sizeof *tags + 1);
	if (failed || !tags || !e.device || !e.tunnel)
		return failed || !tags ? -ENOMEM : 0;
	for (size_t i = 0; i < e.n_tags; i++)
		tags[i] = keep(r, e.tags[i], &failed);
	e.tags = tags;
	ends->list[ends->n++] = (struct saw_report_end){.facts = e, .mate = SAW_NOBODY, .circuit = SAW_NOBODY};
	return failed ? -ENOMEM : 0;
}

/* ---------------------------------------------------------------------------------------------------------------- circuits */

static int by_circuit_name(const void *a, const void *b) {
	return strcmp(((const struct saw_report_circuit *)a)->name, ((const struct saw_report_circuit *)b)->name);
}

static size_t find_circuit(const struct saw_report_ends *e, const char *name) {
	const struct saw_report_circuit key = {.name = name};
	const struct saw_report_circuit *found =
		name && e->n_circuits ? bsearch(&key, e->circuits, e->n_circuits, sizeof key, by_circuit_name) : NULL;

	return found ? (size_t)(found - e->circuits) : SAW_NOBODY;
}

static size_t root(const struct saw_report_ends *e, size_t i) {
	while (e->circuits[i].cluster != i)
		i = e->circuits[i].cluster;
	return i;
}

/* A sister stands by for the one that names it too. */
static void join_sisters(struct saw_report_ends *e) {
	for (size_t i = 0; i < e->n_circuits; i++)
		e->circuits[i].cluster = i;
	for (size_t i = 0; i < e->n_circuits; i++) {
		const Sawatch__V1__Circuit *c = e->circuits[i].config;
		const size_t s = c ? find_circuit(e, c->sister) : SAW_NOBODY;
		size_t a, b;

		if (s == SAW_NOBODY || s == i)
			continue;
		e->circuits[i].sister = s;
		if (e->circuits[s].sister == SAW_NOBODY)
			e->circuits[s].sister = i;
		a = root(e, i);
		b = root(e, s);
		e->circuits[a > b ? a : b].cluster = a < b ? a : b;
	}
	for (size_t i = 0; i < e->n_circuits; i++)
		e->circuits[i].cluster = root(e, i);
}

static int find_circuits(struct saw_report_ends *e, const Sawatch__V1__Snapshot *configured, struct saw_arena *arena) {
	struct saw_circuits *index =
		saw_circuits_create(configured ? configured->circuits : NULL, configured ? configured->n_circuits : 0);
	size_t n = 0;

	e->circuits = index ? calloc(e->n + 1, sizeof *e->circuits) : NULL;
	if (!e->circuits) {
		saw_circuits_destroy(index);
		return -ENOMEM;
	}
	for (size_t i = 0; i < e->n; i++) {
		struct saw_history_end *f = &e->list[i].facts;
		const struct saw_circuit_member m = {.device = f->device, .fvrf = f->fvrf, .local = f->local};
		const Sawatch__V1__Circuit *c = f->circuit ? NULL : saw_circuits_find(index, &m);

		if (c && !(f->circuit = saw_arena_strndup(arena, c->name, strlen(c->name)))) {
			saw_circuits_destroy(index);
			return -ENOMEM;
		}
		if (f->circuit)
			e->circuits[n++] = (struct saw_report_circuit){.name = f->circuit, .sister = SAW_NOBODY};
	}
	qsort(e->circuits, n, sizeof *e->circuits, by_circuit_name);
	for (size_t i = 0; i < n; i++)
		if (e->n_circuits == 0 || strcmp(e->circuits[i].name, e->circuits[e->n_circuits - 1].name) != 0) {
			e->circuits[e->n_circuits] = e->circuits[i];
			e->circuits[e->n_circuits].config = saw_circuits_named(index, e->circuits[i].name);
			e->n_circuits++;
		}
	for (size_t i = 0; i < e->n; i++)
		e->list[i].circuit = find_circuit(e, e->list[i].facts.circuit);
	join_sisters(e);
	saw_circuits_destroy(index);
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------------- order */

struct placed {
	struct saw_report_end end;
	size_t cluster;
};

static int by_place(const void *a, const void *b) {
	const struct placed *x = a, *y = b;
	int order;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	if (x->end.circuit != y->end.circuit)
		return x->end.circuit < y->end.circuit ? -1 : 1;
	order = strcmp(x->end.facts.device, y->end.facts.device);
	return order ? order : strcmp(x->end.facts.tunnel, y->end.facts.tunnel);
}

/* Circuits that must be known together come together, and what runs over none comes last. */
static int order(struct saw_report_ends *e) {
	struct placed *p = malloc((e->n + 1) * sizeof *p);

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++) {
		p[i].end = e->list[i];
		p[i].cluster = e->list[i].circuit == SAW_NOBODY ? SAW_NOBODY : e->circuits[e->list[i].circuit].cluster;
	}
	qsort(p, e->n, sizeof *p, by_place);
	for (size_t i = 0; i < e->n; i++)
		e->list[i] = p[i].end;
	free(p);
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------------- mates */

/* What two ends of one link share. */
struct shared {
	const char *first, *second; /* a name and NULL; or both addresses, the smaller one first */
	size_t end;
};

static int by_shared(const void *a, const void *b) {
	const struct shared *x = a, *y = b;
	const int by_first = strcmp(x->first, y->first);

	if (by_first)
		return by_first;
	if (!x->second || !y->second)
		return (x->second != NULL) - (y->second != NULL);
	return strcmp(x->second, y->second);
}

static bool are_mates(const struct saw_report_ends *e, const struct shared *x, const struct shared *y) {
	const struct saw_history_end *a = &e->list[x->end].facts, *b = &e->list[y->end].facts;

	return e->list[x->end].mate == SAW_NOBODY && e->list[y->end].mate == SAW_NOBODY &&
		   strcmp(a->device, b->device) != 0 &&
		   (!x->second || (strcmp(a->local, b->remote) == 0 && strcmp(a->remote, b->local) == 0));
}

/* Of what two share; three that share it are left alone. */
static void pair(struct saw_report_ends *e, struct shared *s, size_t n) {
	qsort(s, n, sizeof *s, by_shared);
	for (size_t i = 0, end; i < n; i = end) {
		end = i + 1;
		while (end < n && by_shared(&s[i], &s[end]) == 0)
			end++;
		if (end - i == 2 && are_mates(e, &s[i], &s[i + 1])) {
			e->list[s[i].end].mate = s[i + 1].end;
			e->list[s[i + 1].end].mate = s[i].end;
		}
	}
}

static int find_mates(struct saw_report_ends *e) {
	struct shared *s = malloc((e->n + 1) * sizeof *s);
	size_t n = 0;

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++)
		if (e->list[i].facts.link)
			s[n++] = (struct shared){.first = e->list[i].facts.link, .end = i};
	pair(e, s, n);
	n = 0;
	for (size_t i = 0; i < e->n; i++) {
		const struct saw_history_end *f = &e->list[i].facts;
		const bool turned = f->local && f->remote && strcmp(f->local, f->remote) > 0;

		if (f->local && f->remote)
			s[n++] = (struct shared){
				.first = turned ? f->remote : f->local, .second = turned ? f->local : f->remote, .end = i};
	}
	pair(e, s, n);
	free(s);
	return 0;
}

/* ------------------------------------------------------------------------------------------------------------------- filter */

static bool wanted(const struct saw_report_ends *all, const struct saw_report_options *o,
				   const struct saw_report_end *e) {
	const size_t c = o->circuit ? find_circuit(all, o->circuit) : SAW_NOBODY;

	return (!o->device || strcmp(o->device, e->facts.device) == 0) &&
		   (!o->tunnel || strcmp(o->tunnel, e->facts.tunnel) == 0) &&
		   (!o->circuit || (c != SAW_NOBODY && e->circuit != SAW_NOBODY &&
							all->circuits[e->circuit].cluster == all->circuits[c].cluster)); /* with its sister */
}

/* Those that were asked for, and their peers, which check them. */
static void filter(struct saw_report_ends *e, const struct saw_report_options *o) {
	size_t n = 0;

	if (!o->device && !o->tunnel && !o->circuit)
		return;
	for (size_t i = 0; i < e->n; i++)
		e->list[i].read = wanted(e, o, &e->list[i]);
	for (size_t i = 0; i < e->n; i++) {
		const size_t mate = e->list[i].mate;

		if (e->list[i].read || (o->tunnel && mate != SAW_NOBODY && e->list[mate].read))
			e->list[n++] = e->list[i];
	}
	e->n = n;
	for (size_t i = 0; i < n; i++) {
		e->list[i].read = false;
		e->list[i].mate = SAW_NOBODY;
	}
}

int saw_report_ends_read(const struct saw_history *h, const struct saw_report_options *o,
						 const Sawatch__V1__Snapshot *circuits, struct saw_arena *arena, struct saw_report_ends *out,
						 struct saw_err *err) {
	struct reader r = {.o = o, .arena = arena, .ends = out};
	int rc = index_config(&r);

	err->text[0] = 0;
	rc = rc ? rc : h->ends(h->ctx, o->trend_from_ms, o->to_ms, take, &r, err);
	free(r.named);
	if (rc)
		return *err->text ? rc : saw_err_set(err, rc, "%s", saw_strerror(rc));
	rc = find_circuits(out, circuits, arena);
	rc = rc ? rc : order(out);
	rc = rc ? rc : find_mates(out);
	if (rc == 0 && (o->device || o->tunnel || o->circuit)) {
		filter(out, o);
		rc = find_mates(out); /* their places have changed */
	}
	return rc ? saw_err_set(err, rc, "no memory") : 0;
}

void saw_report_ends_free(struct saw_report_ends *e) {
	for (size_t i = 0; i < e->n_circuits; i++)
		saw_group_destroy(e->circuits[i].group);
	free(e->circuits);
	free(e->list);
}

/* ------------------------------------------------------------------------------------------------------------------- suites */

bool saw_report_suite(const struct saw_history_end *e, struct saw_overhead *out, bool *nat_known) {
	struct saw_mtu_tunnel suite;
	Sawatch__V1__TunnelEnd t;

	saw_fact_to(e, &t);
	*nat_known = e->has_nat_t;
	*out = (struct saw_overhead){0};
	if (!saw_mtu_end_suite(&t, &suite))
		return false;
	*out = saw_overhead_of(&suite);
	return true;
}
