#include "config.h"

#include "exporters/agentx/view.h"

#include "proto/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof(a)[0])
#define LEAVES_MAX 256
#define PREFIX_MAX 4

/* An object whose instances can be asked for: a scalar or a column. */
struct leaf {
	const struct saw_mib_table *table;
	const struct saw_mib_column *column;
	uint32_t prefix[PREFIX_MAX];
	size_t n;
};

/* One row: its index, and where in the snapshot it is. */
struct row {
	uint32_t index[SAW_MIB_INDEX_MAX];
	uint32_t object, part; /* device, tunnel or link; and which of its sources, layers, directions, comparisons */
};

struct rows {
	struct row *rows;
	size_t n;
	unsigned n_index;
};

/* The rows that have a value in a column: their places in `rows`, in order. */
struct present {
	bool known;
	bool all;
	uint32_t *rows;
	size_t n;
};

struct saw_view {
	Sawatch__V1__Snapshot *snapshot;
	struct saw_mib_counts counts;
	struct rows tables[SAW_MIB_SCOPES];
	struct leaf leaves[LEAVES_MAX];
	struct present present[LEAVES_MAX];
	size_t n_leaves;
	uint32_t *device_index; /* by place in the snapshot */
	uint32_t *tunnel_index;
	uint32_t *tunnel_device; /* its place; UINT32_MAX: not in the snapshot */
	uint32_t *tunnel_link;
	uint32_t *link_index;
	uint32_t (*link_end)[2]; /* places of its tunnels; UINT32_MAX: not in the snapshot */
};

#define NOWHERE UINT32_MAX

/* ------------------------------------------------------------------------------------------------------------ making */

static int compare(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
	for (size_t i = 0; i < na && i < nb; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return na < nb ? -1 : na > nb;
}

static void list_leaves(struct saw_view *v) {
	size_t n;
	const struct saw_mib_table *tables = saw_mib_tables(&n);

	for (size_t i = 0; i < n; i++) {
		const struct saw_mib_table *t = &tables[i];

		for (size_t k = t->n_hidden; k < t->n_columns && t->scope != SAW_MIB_EVENT; k++) {
			struct leaf *l = &v->leaves[v->n_leaves++];

			*l = (struct leaf){t, &t->columns[k], {SAW_MIB_OBJECTS, t->arc}, 2};
			if (t->n_index)
				l->prefix[l->n++] = 1; /* the entry */
			l->prefix[l->n++] = t->columns[k].arc;
		}
	}
}

/* Names in order, with their places: to find a name's place by. */
struct name {
	const char *device, *tunnel;
	uint32_t place;
};

static int by_name(const void *a, const void *b) {
	const struct name *x = a, *y = b;
	int order = strcmp(x->device, y->device);

	return order ? order : strcmp(x->tunnel, y->tunnel);
}

static uint32_t find_name(const struct name *names, size_t n, const char *device, const char *tunnel) {
	const struct name key = {.device = device, .tunnel = tunnel}, *found = NULL;

	if (device && tunnel && n)
		found = bsearch(&key, names, n, sizeof *names, by_name);
	return found ? found->place : NOWHERE;
}

static const char *text_of(const char *text) {
	return text ? text : "";
}

static int number_devices(struct saw_view *v, struct saw_index *x, struct name *devices) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	const char **names = calloc(s->n_devices + 1, sizeof *names);
	int rc;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_devices; i++) {
		names[i] = text_of(s->devices[i]->name);
		devices[i] = (struct name){names[i], "", (uint32_t)i};
	}
	qsort(devices, s->n_devices, sizeof *devices, by_name);
	rc = saw_index_assign(x, "", names, s->n_devices, v->device_index);
	free(names);
	return rc;
}

/* Tunnels are numbered within their device. */
static int number_tunnels(struct saw_view *v, struct saw_index *x, const struct name *devices, struct name *tunnels) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	const char **names = calloc(s->n_tunnels + 1, sizeof *names);
	uint32_t *numbers = calloc(s->n_tunnels + 1, sizeof *numbers);
	int rc = names && numbers ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = s->tunnels[i];

		tunnels[i] = (struct name){text_of(t->device), text_of(t->name), (uint32_t)i};
		v->tunnel_device[i] = find_name(devices, s->n_devices, text_of(t->device), "");
	}
	if (rc == 0)
		qsort(tunnels, s->n_tunnels, sizeof *tunnels, by_name);
	for (size_t i = 0, k; rc == 0 && i < s->n_tunnels; i = k) {
		for (k = i; k < s->n_tunnels && strcmp(tunnels[k].device, tunnels[i].device) == 0; k++)
			names[k - i] = tunnels[k].tunnel;
		rc = saw_index_assign(x, tunnels[i].device, names, k - i, numbers);
		for (size_t j = i; rc == 0 && j < k; j++)
			v->tunnel_index[tunnels[j].place] = numbers[j - i];
	}
	free(names);
	free(numbers);
	return rc;
}

static int number_links(struct saw_view *v, struct saw_index *x, const struct name *tunnels) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	const char **names = calloc(s->n_links + 1, sizeof *names);
	int rc;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_links; i++)
		names[i] = text_of(s->links[i]->name);
	rc = saw_index_assign(x, "link", names, s->n_links, v->link_index);
	for (size_t i = 0; rc == 0 && i < s->n_links; i++) {
		const Sawatch__V1__Link *l = s->links[i];

		v->link_end[i][0] = find_name(tunnels, s->n_tunnels, l->a_device, l->a_tunnel);
		v->link_end[i][1] = find_name(tunnels, s->n_tunnels, l->b_device, l->b_tunnel);
		for (int side = 0; side < 2; side++)
			if (v->link_end[i][side] != NOWHERE)
				v->tunnel_link[v->link_end[i][side]] = v->link_index[i];
	}
	free(names);
	return rc;
}

static int number_all(struct saw_view *v, struct saw_index *x) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	struct name *devices = calloc(s->n_devices + 1, sizeof *devices);
	struct name *tunnels = calloc(s->n_tunnels + 1, sizeof *tunnels);
	int rc = devices && tunnels ? 0 : -ENOMEM;

	if (rc == 0)
		rc = number_devices(v, x, devices);
	if (rc == 0)
		rc = number_tunnels(v, x, devices, tunnels);
	if (rc == 0)
		rc = number_links(v, x, tunnels);
	free(devices);
	free(tunnels);
	return rc;
}

static void count(struct saw_view *v) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	struct saw_mib_counts *c = &v->counts;

	for (size_t i = 0; i < s->n_tunnels; i++) {
		unsigned state = (unsigned)saw_tunnel_state(s->tunnels[i]);

		c->states[state < LENGTH(c->states) ? state : 0]++;
		c->maintenance += s->tunnels[i]->maintenance != 0;
	}
	for (size_t i = 0; i < s->n_links; i++)
		++*(!s->links[i]->has_up ? &c->links_unknown : s->links[i]->up ? &c->links_up : &c->links_down);
	for (size_t i = 0; i < s->n_devices; i++)
		c->devices_unreachable += saw_mib_reachable(s->devices[i], NULL) == 0;
}

/* How many rows of a table one object of the snapshot has. */
static size_t parts(const Sawatch__V1__Snapshot *s, enum saw_mib_scope scope, size_t object) {
	switch (scope) {
	case SAW_MIB_SOURCE:
		return s->devices[object]->n_sources;
	case SAW_MIB_LAYER:
		return s->tunnels[object]->n_layers;
	case SAW_MIB_WAY:
		return s->links[object]->n_directions;
	case SAW_MIB_COMPARISON:
		return s->links[object]->n_comparisons;
	default:
		return 1;
	}
}

static size_t objects(const Sawatch__V1__Snapshot *s, enum saw_mib_scope scope) {
	switch (scope) {
	case SAW_MIB_DEVICE:
	case SAW_MIB_SOURCE:
		return s->n_devices;
	case SAW_MIB_TUNNEL:
	case SAW_MIB_LAYER:
		return s->n_tunnels;
	case SAW_MIB_LINK:
	case SAW_MIB_WAY:
	case SAW_MIB_COMPARISON:
		return s->n_links;
	default:
		return 1;
	}
}

/* Which way of a link this is: by the device that sends, and where both are one device by its place. */
static int way_index(const Sawatch__V1__Link *l, size_t part) {
	const char *from = l->directions[part]->from;

	if (!from || !l->a_device || !l->b_device || strcmp(l->a_device, l->b_device) == 0)
		return (int)part + 1;
	return strcmp(from, l->a_device) == 0 ? 1 : 2;
}

/* The row's index. False: there is no row for this, as its last arc has no number. */
static bool index_row(const struct saw_view *v, enum saw_mib_scope scope, struct row *r) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	uint32_t device;
	int last = 0;

	switch (scope) {
	case SAW_MIB_DEVICE:
		r->index[0] = v->device_index[r->object];
		return true;
	case SAW_MIB_SOURCE:
		r->index[0] = v->device_index[r->object];
		r->index[1] = (uint32_t)s->devices[r->object]->sources[r->part]->source;
		return s->devices[r->object]->sources[r->part]->has_source;
	case SAW_MIB_TUNNEL:
	case SAW_MIB_LAYER:
		device = v->tunnel_device[r->object];
		if (device == NOWHERE)
			return false;
		r->index[0] = v->device_index[device];
		r->index[1] = v->tunnel_index[r->object];
		if (scope == SAW_MIB_LAYER)
			last = saw_mib_layer_index(s->tunnels[r->object]->layers[r->part]->name);
		r->index[2] = (uint32_t)last;
		return last >= 0;
	case SAW_MIB_LINK:
	case SAW_MIB_WAY:
	case SAW_MIB_COMPARISON:
		r->index[0] = v->link_index[r->object];
		if (scope == SAW_MIB_WAY)
			last = way_index(s->links[r->object], r->part);
		if (scope == SAW_MIB_COMPARISON)
			last = saw_mib_comparison_index(s->links[r->object]->comparisons[r->part]->field);
		r->index[1] = (uint32_t)last;
		return last >= 0;
	default:
		return true; /* the one instance of each scalar: 0 */
	}
}

static int by_index(const void *a, const void *b) {
	const struct row *x = a, *y = b;
	int order = compare(x->index, SAW_MIB_INDEX_MAX, y->index, SAW_MIB_INDEX_MAX);

	return order ? order : x->part < y->part ? -1 : x->part > y->part;
}

static int list_rows(struct saw_view *v, enum saw_mib_scope scope) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	struct rows *t = &v->tables[scope];
	size_t n = 0, kept = 0;

	t->n_index = saw_mib_table_of(scope)->n_index;
	if (t->n_index == 0)
		t->n_index = 1; /* the 0 of a scalar */
	for (size_t i = 0; i < objects(s, scope); i++)
		n += parts(s, scope, i);
	t->rows = calloc(n + 1, sizeof *t->rows);
	if (!t->rows)
		return -ENOMEM;
	for (size_t i = 0; i < objects(s, scope); i++)
		for (size_t k = 0; k < parts(s, scope, i); k++) {
			struct row *r = &t->rows[t->n];

			*r = (struct row){.object = (uint32_t)i, .part = (uint32_t)k};
			t->n += index_row(v, scope, r);
		}
	qsort(t->rows, t->n, sizeof *t->rows, by_index);
	/* What says the same thing twice is there once: an index leads to one row. */
	for (size_t i = 0; i < t->n; i++)
		if (kept == 0 || compare(t->rows[kept - 1].index, SAW_MIB_INDEX_MAX, t->rows[i].index, SAW_MIB_INDEX_MAX) != 0)
			t->rows[kept++] = t->rows[i];
	t->n = kept;
	return 0;
}

int saw_view_create(Sawatch__V1__Snapshot *s, struct saw_index *x, struct saw_view **out) {
	struct saw_view *v = calloc(1, sizeof *v);
	int rc = 0;

	if (!v) {
		sawatch__v1__snapshot__free_unpacked(s, NULL);
		return -ENOMEM;
	}
	v->snapshot = s;
	v->device_index = calloc(s->n_devices + 1, sizeof *v->device_index);
	v->tunnel_index = calloc(s->n_tunnels + 1, sizeof *v->tunnel_index);
	v->tunnel_device = calloc(s->n_tunnels + 1, sizeof *v->tunnel_device);
	v->tunnel_link = calloc(s->n_tunnels + 1, sizeof *v->tunnel_link);
	v->link_index = calloc(s->n_links + 1, sizeof *v->link_index);
	v->link_end = calloc(s->n_links + 1, sizeof *v->link_end);
	if (!v->device_index || !v->tunnel_index || !v->tunnel_device || !v->tunnel_link || !v->link_index || !v->link_end)
		rc = -ENOMEM;
	if (rc == 0)
		rc = number_all(v, x);
	list_leaves(v);
	count(v);
	for (int scope = 0; rc == 0 && scope < SAW_MIB_EVENT; scope++)
		rc = list_rows(v, (enum saw_mib_scope)scope);
	if (rc) {
		saw_view_destroy(v);
		return rc;
	}
	*out = v;
	return 0;
}

void saw_view_destroy(struct saw_view *v) {
	if (!v)
		return;
	for (size_t i = 0; i < SAW_MIB_SCOPES; i++)
		free(v->tables[i].rows);
	for (size_t i = 0; i < LEAVES_MAX; i++)
		free(v->present[i].rows);
	sawatch__v1__snapshot__free_unpacked(v->snapshot, NULL);
	free(v->device_index);
	free(v->tunnel_index);
	free(v->tunnel_device);
	free(v->tunnel_link);
	free(v->link_index);
	free(v->link_end);
	free(v);
}

const Sawatch__V1__Snapshot *saw_view_snapshot(const struct saw_view *v) {
	return v->snapshot;
}

size_t saw_view_rows(const struct saw_view *v) {
	size_t n = 0;

	for (int scope = SAW_MIB_DEVICE; scope < SAW_MIB_EVENT; scope++)
		n += v->tables[scope].n;
	return n;
}

/* ------------------------------------------------------------------------------------------------------------ asking */

static void fill_row(const struct saw_view *v, enum saw_mib_scope scope, const struct row *r, int64_t now_ms,
					 struct saw_mib_row *out) {
	const Sawatch__V1__Snapshot *s = v->snapshot;

	*out = (struct saw_mib_row){.snapshot = s, .now_ms = now_ms, .counts = &v->counts};
	memcpy(out->index, r->index, sizeof out->index);
	switch (scope) {
	case SAW_MIB_DEVICE:
	case SAW_MIB_SOURCE:
		out->device = s->devices[r->object];
		if (scope == SAW_MIB_SOURCE)
			out->source = out->device->sources[r->part];
		return;
	case SAW_MIB_TUNNEL:
	case SAW_MIB_LAYER:
		out->device = s->devices[v->tunnel_device[r->object]];
		out->tunnel = s->tunnels[r->object];
		out->link_index = v->tunnel_link[r->object];
		if (scope == SAW_MIB_LAYER)
			out->layer = out->tunnel->layers[r->part];
		return;
	case SAW_MIB_LINK:
	case SAW_MIB_WAY:
	case SAW_MIB_COMPARISON:
		out->link = s->links[r->object];
		if (scope == SAW_MIB_WAY)
			out->way = out->link->directions[r->part];
		if (scope == SAW_MIB_COMPARISON)
			out->comparison = out->link->comparisons[r->part];
		for (int side = 0; side < 2; side++) {
			uint32_t tunnel = v->link_end[r->object][side], *end = side ? out->b : out->a;

			if (tunnel == NOWHERE || v->tunnel_device[tunnel] == NOWHERE)
				continue;
			end[0] = v->device_index[v->tunnel_device[tunnel]];
			end[1] = v->tunnel_index[tunnel];
		}
		return;
	default:
		return;
	}
}

static bool value_at(const struct saw_view *v, const struct leaf *l, size_t at, int64_t now_ms,
					 struct saw_mib_value *out) {
	struct saw_mib_row row;

	fill_row(v, l->table->scope, &v->tables[l->table->scope].rows[at], now_ms, &row);
	return saw_mib_value(l->table, l->column, &row, out);
}

/* The last leaf whose prefix is not after rel; -1: rel is before them all. */
static long leaf_before(const struct saw_view *v, const uint32_t *rel, size_t n) {
	size_t lo = 0, hi = v->n_leaves;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare(v->leaves[mid].prefix, v->leaves[mid].n, rel, n) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (long)lo - 1;
}

static bool is_under(const struct leaf *l, const uint32_t *rel, size_t n) {
	return n >= l->n && memcmp(l->prefix, rel, l->n * sizeof *rel) == 0;
}

/* The first row that is not before the index (after it, unless inclusive). */
static size_t row_from(const struct rows *t, const uint32_t *index, size_t n, bool inclusive) {
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = compare(t->rows[mid].index, t->n_index, index, n);

		if (order < 0 || (order == 0 && !inclusive))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum saw_view_found saw_view_get(struct saw_view *v, const uint32_t *rel, size_t n, int64_t now_ms,
								 struct saw_mib_value *out) {
	long at = leaf_before(v, rel, n);
	const struct leaf *l = at < 0 ? NULL : &v->leaves[at];
	const struct rows *t;
	size_t row;

	if (!l || !is_under(l, rel, n))
		return SAW_VIEW_NO_OBJECT;
	t = &v->tables[l->table->scope];
	row = row_from(t, rel + l->n, n - l->n, true);
	if (row == t->n || compare(t->rows[row].index, t->n_index, rel + l->n, n - l->n) != 0 ||
		!value_at(v, l, row, now_ms, out))
		return SAW_VIEW_NO_INSTANCE;
	return SAW_VIEW_FOUND;
}

/* Which rows have a value is found out once. Without memory every row is looked at each time. */
static const struct present *present_of(struct saw_view *v, size_t leaf) {
	const struct leaf *l = &v->leaves[leaf];
	const struct rows *t = &v->tables[l->table->scope];
	struct present *p = &v->present[leaf];
	struct saw_mib_value value;

	if (p->known)
		return p;
	p->rows = malloc((t->n + 1) * sizeof *p->rows);
	if (!p->rows)
		return NULL;
	for (size_t i = 0; i < t->n; i++)
		if (value_at(v, l, i, 0, &value))
			p->rows[p->n++] = (uint32_t)i;
	p->known = true;
	p->all = p->n == t->n;
	if (p->all || p->n == 0) {
		free(p->rows);
		p->rows = NULL;
	}
	return p;
}

/* The first row from `row` on that has a value in this column. */
static size_t next_present(struct saw_view *v, size_t leaf, size_t row) {
	const struct rows *t = &v->tables[v->leaves[leaf].table->scope];
	const struct present *p = present_of(v, leaf);
	struct saw_mib_value value;
	size_t lo = 0, hi;

	if (!p) {
		while (row < t->n && !value_at(v, &v->leaves[leaf], row, 0, &value))
			row++;
		return row;
	}
	if (p->all)
		return row;
	for (hi = p->n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->rows[mid] < row)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == p->n ? t->n : p->rows[lo];
}

size_t saw_view_next(struct saw_view *v, const uint32_t *rel, size_t n, bool inclusive, int64_t now_ms,
					 uint32_t next[SAW_MIB_REL_MAX], struct saw_mib_value *out) {
	long before = leaf_before(v, rel, n);
	size_t row = 0, leaf = (size_t)(before + 1);

	if (before >= 0 && is_under(&v->leaves[before], rel, n)) {
		const struct leaf *l = &v->leaves[before];

		row = row_from(&v->tables[l->table->scope], rel + l->n, n - l->n, inclusive);
		leaf = (size_t)before;
	}
	for (; leaf < v->n_leaves; leaf++, row = 0) {
		const struct leaf *l = &v->leaves[leaf];
		const struct rows *t = &v->tables[l->table->scope];

		row = next_present(v, leaf, row);
		if (row == t->n || !value_at(v, l, row, now_ms, out))
			continue;
		memcpy(next, l->prefix, l->n * sizeof *next);
		memcpy(next + l->n, t->rows[row].index, t->n_index * sizeof *next);
		return l->n + t->n_index;
	}
	return 0;
}

static size_t place_of(void *const *list, size_t n, const void *message) {
	for (size_t i = 0; i < n; i++)
		if (list[i] == message)
			return i;
	return n;
}

bool saw_view_row_of(const struct saw_view *v, enum saw_mib_scope scope, const void *message, struct saw_mib_row *row) {
	const Sawatch__V1__Snapshot *s = v->snapshot;
	struct row r = {{0}};
	size_t n = objects(s, scope);

	switch (scope) {
	case SAW_MIB_DEVICE:
		r.object = (uint32_t)place_of((void *const *)s->devices, n, message);
		break;
	case SAW_MIB_TUNNEL:
		r.object = (uint32_t)place_of((void *const *)s->tunnels, n, message);
		break;
	default:
		for (r.object = 0; r.object < n; r.object++) {
			const Sawatch__V1__Link *l = s->links[r.object];

			if (scope == SAW_MIB_LINK ? l == message : false)
				break;
			r.part = (uint32_t)place_of((void *const *)l->comparisons, l->n_comparisons, message);
			if (scope == SAW_MIB_COMPARISON && r.part < l->n_comparisons)
				break;
		}
	}
	if (r.object >= n || !index_row(v, scope, &r))
		return false;
	fill_row(v, scope, &r, s->has_made_at_ms ? s->made_at_ms : 0, row);
	return true;
}
