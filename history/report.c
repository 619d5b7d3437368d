#include "history/report.h"

#include "history/decide.h"
#include "history/ends.h"
#include "history/group.h"
#include "store/circuits.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)8 << 30)
#define AROUND_MS (60 * 60 * 1000) /* readings around the report that its first and last slots are made of too */
#define CROSS_KNOWN 0.9            /* of a day, at both ends */
#define MANY 64                    /* ends: the days of all of them are read in one go */

const char *const saw_report_by_names[SAW_BYS] = {
	[SAW_BY_TUNNEL] = "tunnel", [SAW_BY_LINK] = "link", [SAW_BY_CIRCUIT] = "circuit",
	[SAW_BY_DEVICE] = "device", [SAW_BY_SITE] = "site", [SAW_BY_TAG] = "tag",
};

/* What is asked for by device, site or tag. */
struct groups {
	struct saw_group **list; /* by name */
	size_t n, room;
};

struct maker {
	const struct saw_history *history;
	const struct saw_report_options *o;
	struct saw_report *report;
	struct saw_grid grid;
	struct saw_load load;
	struct saw_rows rows;
	struct saw_report_ends ends;
	struct groups groups;
	float *in, *out; /* a load at some layer */
	Sawatch__V1__ReportRow **list;
	size_t n_list;
};

static Sawatch__V1__ReportRow *new_row(struct maker *m, const char *kind, const char *name, int *rc) {
	Sawatch__V1__ReportRow *row = saw_arena_alloc(m->rows.arena, sizeof *row);

	if (!row) {
		*rc = -ENOMEM;
		return NULL;
	}
	sawatch__v1__report_row__init(row);
	row->kind = (char *)(uintptr_t)kind; /* static */
	row->name = saw_row_text(&m->rows, name, rc);
	return row;
}

static int list_row(struct maker *m, Sawatch__V1__ReportRow *row) {
	Sawatch__V1__ReportRow **more;

	if ((m->n_list & (m->n_list - 1)) == 0) {
		more = realloc(m->list, (m->n_list ? m->n_list * 2 : 1) * sizeof(void *));
		if (!more)
			return -ENOMEM;
		m->list = more;
	}
	m->list[m->n_list++] = row;
	return 0;
}

static bool has_hours(const struct maker *m) {
	return m->history->raw_from_ms > saw_grid_ms(&m->grid, m->grid.first);
}

/* Percentiles of rollups are not percentiles. */
static int note_hours(struct maker *m, bool closed, Sawatch__V1__ReportRow *row) {
	char day[64];
	int rc = 0;
	char *text;

	if (!has_hours(m))
		return 0;
	saw_zone_print(m->history->raw_from_ms, SAW_ZONE_DAY, day);
	if (closed)
		text = saw_row_printf(
			&m->rows, &rc,
			"Before %s only hours are kept. The 95th percentile and the peak were worked out from all readings when "
			"this %s was over%s; minutes above a limit are of hourly means, and too low.",
			day, m->grid.to_ms - saw_grid_ms(&m->grid, m->grid.first) > 2 * SAW_DAY_MS ? "month" : "day",
			m->load.maintenance_ms ? ", its maintenance with them" : "");
	else
		text = saw_row_printf(
			&m->rows, &rc,
			"Before %s only hours are kept: percentiles, peaks and minutes above a limit are of hourly means "
			"there, and too low.",
			day);
	return rc ? rc : saw_row_note(&m->rows, row, text);
}

/* The two directions of a row and its pictures. */
static int put_flows(struct maker *m, const float *in, const float *out, float *const kept[SAW_WAYS], double capacity,
					 const uint8_t *strip, const struct saw_history_closed *closed, Sawatch__V1__ReportRow *row) {
	const float *values[SAW_WAYS] = {in, out};
	Sawatch__V1__ReportFlow **flows[SAW_WAYS] = {&row->in, &row->out};
	float heat[SAW_WAYS][SAW_WEEK_HOURS];
	int rc = 0;

	for (int w = 0; rc == 0 && w < SAW_WAYS; w++)
		rc = saw_row_flow(&m->rows,
						  &(struct saw_row_flow){.values = values[w],
												 .kept = kept[w],
												 .closed = closed ? &closed[w] : NULL,
												 .capacity = capacity,
												 .trend = true},
						  flows[w], heat[w]);
	if (rc == 0)
		rc = saw_row_chart(&m->rows, in, out, strip, (const float(*)[SAW_WEEK_HOURS])heat, row);
	if (rc)
		return rc;
	if (row->in->has_p95_bytes_per_second || row->out->has_p95_bytes_per_second)
		SAW_SET(row, billed_bytes_per_second, fmax(row->in->p95_bytes_per_second, row->out->p95_bytes_per_second));
	if (capacity > 0)
		SAW_SET(row, capacity_bytes_per_second, capacity);
	return note_hours(m, closed, row);
}

/* -------------------------------------------------------------------------------------------------------------- a tunnel end */

static void put_packets(const struct saw_load *l, int way, const struct saw_overhead *o, bool suite,
						Sawatch__V1__ReportFlow *f) {
	const struct saw_grid *g = l->grid;
	double bytes = 0, packets = 0;
	size_t n = 0;

	for (size_t i = g->first; i < g->n; i++)
		if (!isnan(l->bytes[way][i]) && !isnan(l->packets[way][i])) {
			bytes += l->bytes[way][i];
			packets += l->packets[way][i];
			n++;
		}
	if (n == 0)
		return;
	SAW_SET(f, packets_per_second, packets / (double)n);
	if (packets > 0)
		SAW_SET(f, mean_packet_bytes, bytes / packets);
	if (suite && bytes > 0)
		SAW_SET(f, overhead_ratio, packets * o->mean / bytes);
}

static int keep_days(struct maker *m, struct saw_report_end *e) {
	const struct saw_grid *g = &m->grid;
	const size_t n = g->n_days - g->first_day;

	e->days = saw_arena_alloc(m->rows.arena, n * sizeof *e->days);
	if (!e->days)
		return -ENOMEM;
	memcpy(e->days, m->load.days + g->first_day, n * sizeof *e->days);
	for (size_t d = 0; d < n; d++)
		e->has_samples |= e->days[d].covered_ms[SAW_WAY_IN] || e->days[d].covered_ms[SAW_WAY_OUT];
	return 0;
}

static uint64_t capacity_of(const struct saw_history_end *e, const char **from) {
	*from = !e->capacity_bytes_per_second ? "bandwidth of the tunnel interface"
			: e->capacity_from            ? e->capacity_from
										  : "configured";
	return e->capacity_bytes_per_second ? e->capacity_bytes_per_second : e->bandwidth_kbit * 125;
}

static int tunnel_row(struct maker *m, struct saw_report_end *e, const char *kind,
					  const struct saw_history_closed *closed) {
	const struct saw_history_end *f = &e->facts;
	const struct saw_load *l = &m->load;
	struct saw_overhead overhead;
	const char *capacity_from;
	const double capacity = (double)capacity_of(f, &capacity_from);
	bool nat_known, suite = saw_report_suite(f, &overhead, &nat_known);
	int rc = 0;
	Sawatch__V1__ReportRow *row = new_row(m, kind, strcmp(kind, "link") == 0 && f->link ? f->link : f->tunnel, &rc);
	Sawatch__V1__ReportFlow *flows[SAW_WAYS];

	if (rc)
		return rc;
	row->device = (char *)(uintptr_t)f->device; /* these are in the same arena */
	row->tunnel = (char *)(uintptr_t)f->tunnel;
	row->remote = (char *)(uintptr_t)f->remote;
	row->circuit = (char *)(uintptr_t)f->circuit;
	row->link = (char *)(uintptr_t)f->link;
	row->site = (char *)(uintptr_t)f->site;
	row->owner = (char *)(uintptr_t)f->owner;
	row->tags = (char **)(uintptr_t)f->tags;
	row->n_tags = f->n_tags;
	row->seen_from = row->device;
	SAW_SET(row, layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT);
	if (capacity > 0)
		row->capacity_from = (char *)(uintptr_t)capacity_from; /* static, or in the same arena */
	rc = put_flows(m, l->bytes[SAW_WAY_IN], l->bytes[SAW_WAY_OUT], l->kept, capacity, l->strip, closed, row);
	rc = rc ? rc : saw_row_facts(&m->rows, l, row);
	if (rc)
		return rc;
	flows[SAW_WAY_IN] = row->in;
	flows[SAW_WAY_OUT] = row->out;
	for (int w = 0; w < SAW_WAYS; w++) {
		const enum saw_column c = w == SAW_WAY_IN ? SAW_COLUMN_IN_BYTES : SAW_COLUMN_OUT_BYTES;

		if (l->has & 1U << c)
			SAW_SET(flows[w], volume_bytes, (double)l->count[c]);
		put_packets(l, w, &overhead, suite, flows[w]);
	}
	if (!suite && row->in->samples + row->out->samples)
		rc = saw_row_note(
			&m->rows, row,
			saw_row_text(&m->rows, "The cipher is not known, and so neither is the overhead of IPsec.", &rc));
	else if (!nat_known && row->in->samples + row->out->samples)
		rc = saw_row_note(
			&m->rows, row,
			saw_row_text(&m->rows,
						 "Whether NAT-T is in use is not known; the overhead is without it (8 bytes a packet).", &rc));
	e->row = row;
	rc = rc ? rc : saw_decide(&m->rows, row, m->o->lead_days);
	return rc ? rc : list_row(m, row);
}

/* ------------------------------------------------------------------------------------------------------------------ circuits */

static const Sawatch__V1__CircuitEnd *end_of_device(const Sawatch__V1__Circuit *c, const char *device) {
	for (size_t i = 0; c && i < c->n_ends; i++)
		if (c->ends[i]->device && strcmp(c->ends[i]->device, device) == 0)
			return c->ends[i];
	return NULL;
}

static double frame_bytes(const Sawatch__V1__Circuit *c) {
	return c && c->has_frame_bytes ? c->frame_bytes : 18;
}

/* Both ends of a link over one circuit are the same traffic: the second one counts only where the first one could not be read. */
static int add_to_circuit(struct maker *m, size_t index) {
	struct saw_report_end *e = &m->ends.list[index];
	struct saw_report_circuit *c = e->circuit == SAW_NOBODY ? NULL : &m->ends.circuits[e->circuit];
	const struct saw_report_end *mate = e->mate == SAW_NOBODY ? NULL : &m->ends.list[e->mate];
	struct saw_group_part part = {.facts = &e->facts, .load = &m->load};
	const Sawatch__V1__CircuitEnd *at;

	if (!c)
		return 0;
	if (mate && mate->circuit == e->circuit && e->mate < index) {
		if (mate->has_samples)
			return 0;
		part.swapped = true;
	}
	if (!c->group && !(c->group = saw_group_create(&m->grid, c->name, true)))
		return -ENOMEM;
	at = end_of_device(c->config, e->facts.device);
	part.counts = at && at->has_counts ? saw_layer_of(at->counts) : SAW_LAYER_AT_PLAINTEXT;
	part.frame_bytes = frame_bytes(c->config);
	part.suite_known = saw_report_suite(&e->facts, &part.overhead, &part.nat_known);
	if (!part.swapped) {
		c->several |= c->seen_from && strcmp(c->seen_from, e->facts.device) != 0;
		c->seen_from = e->facts.device;
	}
	return saw_group_add(c->group, &m->grid, &part);
}

/* The limit that is reached first by traffic of this kind; limits count at several layers. */
static const struct saw_circuit_limit *least(const struct saw_group *g, const Sawatch__V1__Circuit *c,
											 struct saw_circuit_limit limits[SAW_CIRCUIT_LIMITS_MAX]) {
	const size_t n = c ? saw_circuit_limits(c, limits) : 0;
	const struct saw_circuit_limit *found = NULL;
	double fullest = -1;

	for (size_t i = 0; i < n; i++) {
		double load = 0, ratio;

		for (int w = 0; w < SAW_WAYS; w++)
			load += saw_group_mean_at(g, w, limits[i].layer, frame_bytes(c));
		ratio = (load > 0 ? load : 1) / (double)limits[i].bytes_per_second;
		if (ratio > fullest) {
			fullest = ratio;
			found = &limits[i];
		}
	}
	return found;
}

static int put_circuit_notes(struct maker *m, const struct saw_report_circuit *c, Sawatch__V1__ReportRow *row) {
	const struct saw_group *g = c->group;
	const size_t slots = m->grid.n - m->grid.first;
	int rc = 0;

	if (g->suite_unknown)
		rc = saw_row_note(
			&m->rows, row,
			saw_row_printf(&m->rows, &rc,
						   "The cipher of %zu of %zu tunnels is not known: what IPsec adds to them is missing, and "
						   "the load is a lower bound.",
						   g->suite_unknown, g->members));
	if (rc == 0 && g->nat_unknown)
		rc = saw_row_note(
			&m->rows, row,
			saw_row_printf(&m->rows, &rc,
						   "Whether NAT-T is in use is not known of %zu of %zu tunnels; it would add 8 bytes a "
						   "packet.",
						   g->nat_unknown, g->members));
	if (rc == 0 && g->without_data)
		rc = saw_row_note(&m->rows, row,
						  saw_row_printf(&m->rows, &rc,
										 "Of %zu of %zu tunnels nothing was read; they are not in the sum.",
										 g->without_data, g->members));
	if (rc == 0 && g->partial)
		rc = saw_row_note(
			&m->rows, row,
			saw_row_printf(&m->rows, &rc,
						   "In %.2g %% of the time tunnels that carry more than 5 %% of the load were not read: "
						   "those samples are left out.",
						   100.0 * (double)g->partial / (double)slots));
	return rc;
}

static void put_wire(struct maker *m, const struct saw_group *g, int way, enum saw_layer layer,
					 Sawatch__V1__ReportFlow *f) {
	const double slots = f->samples ? (double)f->samples : 1;

	SAW_SET(f, packets_per_second, g->packet_sum[way] / slots);
	if (g->packet_sum[way] > 0)
		SAW_SET(f, mean_packet_bytes, g->plain_sum[way] / g->packet_sum[way]);
	if (g->plain_sum[way] > 0 && g->packet_sum[way] > 0)
		SAW_SET(f, overhead_ratio, g->ip_sum[way] / g->plain_sum[way] - 1);
	if (f->samples)
		SAW_SET(f, volume_bytes, f->mean_bytes_per_second * slots * (SAW_SLOT_MS / 1000));
	if (layer != SAW_LAYER_AT_PLAINTEXT && f->samples)
		SAW_SET(f, plaintext_p95_bytes_per_second,
				saw_stats_p95(g->plain[way] + m->grid.first, m->grid.n - m->grid.first, m->rows.scratch));
}

static const Sawatch__V1__TrafficLayer wire_layers[SAW_LAYERS_AT] = {
	[SAW_LAYER_AT_PLAINTEXT] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT,
	[SAW_LAYER_AT_IP] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_IP,
	[SAW_LAYER_AT_ETHERNET] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET,
	[SAW_LAYER_AT_LINE] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_LINE,
};

/* Each slot with what the sister carried in it. */
static void put_sister(struct maker *m, const struct saw_report_circuit *c, const struct saw_report_circuit *sister,
					   enum saw_layer layer, double capacity, Sawatch__V1__ReportRow *row) {
	const double frame = frame_bytes(c->config);
	Sawatch__V1__ReportFlow *flows[SAW_WAYS] = {row->in, row->out};

	row->sister = (char *)(uintptr_t)sister->name;
	for (int w = 0; w < SAW_WAYS; w++) {
		double p95;

		saw_group_at(c->group, &m->grid, w, layer, frame, m->in);
		saw_group_at(sister->group, &m->grid, w, layer, frame, m->out);
		for (size_t i = m->grid.first; i < m->grid.n; i++)
			m->in[i] += m->out[i];
		p95 = saw_stats_p95(m->in + m->grid.first, m->grid.n - m->grid.first, m->rows.scratch);
		if (isnan(p95))
			continue;
		SAW_SET(flows[w], sister_failed_p95_bytes_per_second, p95);
		if (capacity > 0)
			SAW_SET(flows[w], sister_failed_ratio, p95 / capacity);
	}
}

static int circuit_row(struct maker *m, struct saw_report_circuit *c) {
	struct saw_circuit_limit limits[SAW_CIRCUIT_LIMITS_MAX];
	const struct saw_circuit_limit *limit = least(c->group, c->config, limits);
	const enum saw_layer layer = limit ? limit->layer : SAW_LAYER_AT_ETHERNET;
	const double capacity = limit ? (double)limit->bytes_per_second : 0, frame = frame_bytes(c->config);
	const struct saw_report_circuit *sister = c->sister == SAW_NOBODY ? NULL : &m->ends.circuits[c->sister];
	const size_t slots = m->grid.n - m->grid.first;
	int rc = 0;
	Sawatch__V1__ReportRow *row = c->row = new_row(m, "circuit", c->name, &rc);

	if (rc)
		return rc;
	row->circuit = row->name;
	row->seen_from = c->several ? (char *)(uintptr_t) "several devices" : (char *)(uintptr_t)c->seen_from;
	SAW_SET(row, layer, wire_layers[layer]);
	SAW_SET(row, tunnels, (uint32_t)c->group->members);
	SAW_SET(row, tunnels_without_data, (uint32_t)c->group->without_data);
	if (limit)
		row->capacity_from = saw_row_printf(&m->rows, &rc, "%s%s%s", limit->kind, limit->device ? " of " : "",
											limit->device ? limit->device : "");
	saw_group_at(c->group, &m->grid, SAW_WAY_IN, layer, frame, m->in);
	saw_group_at(c->group, &m->grid, SAW_WAY_OUT, layer, frame, m->out);
	rc = rc ? rc : put_flows(m, m->in, m->out, c->group->kept, capacity, NULL, NULL, row);
	if (rc)
		return rc;
	SAW_SET(row, coverage_ratio,
			(double)(row->in->samples > row->out->samples ? row->in->samples : row->out->samples) / (double)slots);
	SAW_SET(row, partial_ratio, (double)c->group->partial / (double)slots);
	put_wire(m, c->group, SAW_WAY_IN, layer, row->in);
	put_wire(m, c->group, SAW_WAY_OUT, layer, row->out);
	if (sister && sister->group)
		put_sister(m, c, sister, layer, capacity, row);
	saw_row_counts(c->group->count, c->group->has, c->group->up_ms, c->group->down_ms, row);
	SAW_SET(row, counter_gaps, c->group->gaps);
	rc = put_circuit_notes(m, c, row);
	return rc ? rc : saw_decide(&m->rows, row, m->o->lead_days);
}

/* Those whose tunnels have all been read, and which are asked for together. */
static int close_cluster(struct maker *m, size_t cluster) {
	int rc = 0;

	for (size_t i = 0; i < m->ends.n_circuits; i++)
		if (m->ends.circuits[i].cluster == cluster && m->ends.circuits[i].group)
			saw_group_close(m->ends.circuits[i].group, &m->grid);
	for (size_t i = 0; rc == 0 && i < m->ends.n_circuits; i++)
		if (m->ends.circuits[i].cluster == cluster && m->ends.circuits[i].group)
			rc = circuit_row(m, &m->ends.circuits[i]);
	for (size_t i = 0; i < m->ends.n_circuits; i++)
		if (m->ends.circuits[i].cluster == cluster) {
			saw_group_destroy(m->ends.circuits[i].group);
			m->ends.circuits[i].group = NULL;
		}
	return rc;
}

/* -------------------------------------------------------------------------------------------------------------------- groups */

static struct saw_group *group_named(struct maker *m, const char *name) {
	struct groups *g = &m->groups;
	size_t low = 0, high = g->n;
	struct saw_group *group;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(g->list[middle]->name, name);

		if (order == 0)
			return g->list[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (g->n == g->room) {
		const size_t room = g->room ? g->room * 2 : 64;
		struct saw_group **more = realloc(g->list, room * sizeof(void *));

		if (!more)
			return NULL;
		g->list = more;
		g->room = room;
	}
	group = saw_group_create(&m->grid, name, false);
	if (!group)
		return NULL;
	memmove(g->list + low + 1, g->list + low, (g->n - low) * sizeof(void *));
	g->list[low] = group;
	g->n++;
	return group;
}

static int add_to_group(struct maker *m, const struct saw_report_end *e, const char *name) {
	struct saw_group *group = group_named(m, name ? name : "(none)");
	struct saw_group_part part = {.facts = &e->facts, .load = &m->load};

	if (!group)
		return -ENOMEM;
	part.suite_known = saw_report_suite(&e->facts, &part.overhead, &part.nat_known);
	return saw_group_add(group, &m->grid, &part);
}

static int add_to_groups(struct maker *m, const struct saw_report_end *e) {
	int rc = 0;

	switch (m->o->by) {
	case SAW_BY_DEVICE:
		return add_to_group(m, e, e->facts.device);
	case SAW_BY_SITE:
		return add_to_group(m, e, e->facts.site);
	case SAW_BY_TAG:
		if (e->facts.n_tags == 0)
			return add_to_group(m, e, NULL);
		for (size_t i = 0; rc == 0 && i < e->facts.n_tags; i++)
			rc = add_to_group(m, e, e->facts.tags[i]);
		return rc;
	default:
		return 0;
	}
}

static int close_groups(struct maker *m) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->groups.n; i++) {
		struct saw_group *g = m->groups.list[i];
		Sawatch__V1__ReportRow *row = new_row(m, saw_report_by_names[m->o->by], g->name, &rc);
		const size_t slots = m->grid.n - m->grid.first;

		if (rc)
			return rc;
		saw_group_close(g, &m->grid);
		SAW_SET(row, layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT);
		SAW_SET(row, tunnels, (uint32_t)g->members);
		SAW_SET(row, tunnels_without_data, (uint32_t)g->without_data);
		SAW_SET(row, partial_ratio, (double)g->partial / (double)slots);
		rc = put_flows(m, g->plain[SAW_WAY_IN], g->plain[SAW_WAY_OUT], g->kept, 0, NULL, NULL, row);
		if (rc)
			return rc;
		SAW_SET(row, coverage_ratio,
				(double)(row->in->samples > row->out->samples ? row->in->samples : row->out->samples) / (double)slots);
		put_wire(m, g, SAW_WAY_IN, SAW_LAYER_AT_PLAINTEXT, row->in);
		put_wire(m, g, SAW_WAY_OUT, SAW_LAYER_AT_PLAINTEXT, row->out);
		saw_row_counts(g->count, g->has, g->up_ms, g->down_ms, row);
		SAW_SET(row, counter_gaps, g->gaps);
		row->in->has_overhead_ratio = row->out->has_overhead_ratio = 0; /* its tunnels have suites of their own */
		rc = saw_decide(&m->rows, row, m->o->lead_days);
		rc = rc ? rc : list_row(m, row);
	}
	return rc;
}

/* --------------------------------------------------------------------------------------------------------------- cross-check */

static void cross_days(const struct saw_grid *g, const struct saw_report_end *a, const struct saw_report_end *b,
					   Sawatch__V1__ReportCross *c, double loss[2]) {
	for (size_t d = 0; d < g->n_days - g->first_day; d++) {
		const struct saw_load_day *out = &a->days[d], *in = &b->days[d];
		const size_t day = g->first_day + d;
		const int64_t begin = g->day_ms[day] > saw_grid_ms(g, g->first) ? g->day_ms[day] : saw_grid_ms(g, g->first);
		const double ms = (double)(g->day_ms[day + 1] - begin), sent = (double)out->covered_ms[SAW_WAY_OUT];
		const double received = (double)in->covered_ms[SAW_WAY_IN];

		if (ms <= 0 || sent < CROSS_KNOWN * ms || received < CROSS_KNOWN * ms)
			continue;
		c->days++;
		/* Each is a mean of the time it knows: a day of 23 hours known at one end is comparable with one of 24. */
		c->sent_bytes += out->bytes[SAW_WAY_OUT] * ms / sent;
		c->received_bytes += in->bytes[SAW_WAY_IN] * ms / received;
		if (sent < ms || received < ms)
			continue;
		loss[0] += out->packets[SAW_WAY_OUT];
		loss[1] += in->packets[SAW_WAY_IN];
	}
}

static Sawatch__V1__ReportCross *new_cross(struct maker *m, const char *from, const char *to) {
	Sawatch__V1__ReportCross *c = saw_arena_alloc(m->rows.arena, sizeof *c);

	if (!c)
		return NULL;
	sawatch__v1__report_cross__init(c);
	c->from = (char *)(uintptr_t)from;
	c->to = (char *)(uintptr_t)to;
	return c;
}

static void finish_cross(Sawatch__V1__ReportCross *c, double sent, double received) {
	c->has_days = 1;
	if (c->days == 0)
		return;
	c->has_sent_bytes = c->has_received_bytes = 1;
	if (c->sent_bytes > 0)
		SAW_SET(c, bytes_ratio, c->received_bytes / c->sent_bytes);
	if (sent <= 0)
		return;
	SAW_SET(c, sent_packets, sent);
	SAW_SET(c, received_packets, received);
	SAW_SET(c, loss_ratio, 1 - received / sent);
}

static int put_cross(struct maker *m, const struct saw_report_end *a, const struct saw_report_end *b,
					 Sawatch__V1__ReportRow *row) {
	const struct saw_report_end *sides[2] = {a, b};

	row->cross = saw_arena_alloc(m->rows.arena, 2 * sizeof(void *));
	if (!row->cross)
		return -ENOMEM;
	for (int i = 0; i < 2; i++) {
		Sawatch__V1__ReportCross *c = new_cross(m, sides[i]->facts.device, sides[!i]->facts.device);
		double loss[2] = {0};

		if (!c)
			return -ENOMEM;
		cross_days(&m->grid, sides[i], sides[!i], c, loss);
		finish_cross(c, loss[0], loss[1]);
		row->cross[row->n_cross++] = c;
	}
	return 0;
}

/* All links of a circuit together, in both directions. */
static int put_circuit_cross(struct maker *m, Sawatch__V1__ReportRow **rows) {
	struct sums {
		double loss[2][2];
	} *sums = calloc(m->ends.n_circuits + 1, sizeof *sums);
	int rc = sums ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < m->ends.n; i++) {
		const struct saw_report_end *e = &m->ends.list[i];
		const struct saw_report_end *mate = e->mate == SAW_NOBODY ? NULL : &m->ends.list[e->mate];
		Sawatch__V1__ReportRow *row = e->circuit == SAW_NOBODY ? NULL : rows[e->circuit];

		if (!row || !mate || !e->days || !mate->days || (mate->circuit == e->circuit && e->mate < i))
			continue;
		if (!row->cross) {
			row->cross = saw_arena_alloc(m->rows.arena, 2 * sizeof(void *));
			if (!row->cross || !(row->cross[0] = new_cross(m, row->seen_from, "other ends")) ||
				!(row->cross[1] = new_cross(m, "other ends", row->seen_from))) {
				rc = -ENOMEM;
				break;
			}
			row->n_cross = 2;
		}
		for (int w = 0; w < 2; w++) {
			const uint32_t days = row->cross[w]->days;

			row->cross[w]->days = 0;
			cross_days(&m->grid, w ? mate : e, w ? e : mate, row->cross[w], sums[e->circuit].loss[w]);
			row->cross[w]->days = row->cross[w]->days > days ? row->cross[w]->days : days;
		}
	}
	for (size_t i = 0; rc == 0 && i < m->ends.n_circuits; i++)
		for (size_t w = 0; rows[i] && w < rows[i]->n_cross; w++)
			finish_cross(rows[i]->cross[w], sums[i].loss[w][0], sums[i].loss[w][1]);
	free(sums);
	return rc;
}

static int cross_check(struct maker *m) {
	Sawatch__V1__ReportRow **rows = calloc(m->ends.n_circuits + 1, sizeof *rows);
	int rc = rows ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < m->ends.n_circuits; i++)
		rows[i] = m->ends.circuits[i].row;
	for (size_t i = 0; rc == 0 && i < m->ends.n; i++) {
		const struct saw_report_end *e = &m->ends.list[i];

		if (e->row && e->mate != SAW_NOBODY && e->days && m->ends.list[e->mate].days)
			rc = put_cross(m, e, &m->ends.list[e->mate], e->row);
	}
	rc = rc ? rc : put_circuit_cross(m, rows);
	free(rows);
	return rc;
}

/* --------------------------------------------------------------------------------------------------------------------- whole */

static int add_point(void *ctx, const struct saw_point *p) {
	return saw_load_add(ctx, p);
}

static void add_kept(void *ctx, const struct saw_history_day *d) {
	struct saw_load *l = ctx;
	const int64_t at = d->day - l->grid->kept_day;

	if (at < 0 || at >= (int64_t)l->grid->n_kept)
		return;
	l->kept[SAW_WAY_IN][at] = (float)d->in_p95;
	l->kept[SAW_WAY_OUT][at] = (float)d->out_p95;
}

static bool has_row(const struct maker *m, size_t index) {
	const struct saw_report_end *e = &m->ends.list[index];

	if (m->o->tunnel && strcmp(e->facts.tunnel, m->o->tunnel) != 0)
		return false; /* its peer, read for the cross-check */
	if (m->o->tunnel && m->o->device && strcmp(e->facts.device, m->o->device) != 0)
		return false;
	return m->o->by == SAW_BY_TUNNEL || (m->o->by == SAW_BY_LINK && (e->mate == SAW_NOBODY || index < e->mate));
}

/* 1: what was kept of exactly this time says more than the hours that are left of it. Sums have no such thing. */
static int read_closed(struct maker *m, const struct saw_report_end *e, struct saw_history_closed out[SAW_WAYS],
					   struct saw_err *err) {
	const struct saw_load *l = &m->load;
	int rc;

	if (!m->history->closed || !has_hours(m))
		return 0;
	rc = m->history->closed(m->history->ctx, e->facts.device, e->facts.tunnel, m->o->zone,
							saw_grid_ms(&m->grid, m->grid.first), m->grid.to_ms, out, err);
	if (rc == 1 && ((isnan(out[SAW_WAY_IN].p95) && l->has & 1U << SAW_COLUMN_IN_BYTES) ||
					(isnan(out[SAW_WAY_OUT].p95) && l->has & 1U << SAW_COLUMN_OUT_BYTES)))
		return 0;
	return rc;
}

static int read_end(struct maker *m, size_t index, struct saw_err *err) {
	struct saw_report_end *e = &m->ends.list[index];
	struct saw_history_closed closed[SAW_WAYS];
	int rc, kept;

	saw_load_begin(&m->load);
	rc = m->history->points(m->history->ctx, e->facts.device, e->facts.tunnel, m->grid.begin_ms - AROUND_MS,
							m->grid.to_ms + AROUND_MS, add_point, &m->load, err);
	if (rc == 0 && m->grid.n_kept)
		rc = m->history->days(m->history->ctx, e->facts.device, e->facts.tunnel, m->grid.kept_day,
							  m->grid.kept_day + (int64_t)m->grid.n_kept, m->ends.n > MANY, add_kept, &m->load, err);
	if (rc)
		return rc;
	rc = saw_load_end(&m->load);
	rc = rc ? rc : keep_days(m, e);
	rc = rc ? rc : add_to_circuit(m, index);
	rc = rc ? rc : add_to_groups(m, e);
	if (rc || !has_row(m, index))
		return rc;
	kept = read_closed(m, e, closed, err);
	return kept < 0 ? kept : tunnel_row(m, e, saw_report_by_names[m->o->by], kept ? closed : NULL);
}

static int read_all(struct maker *m, struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->ends.n; i++) {
		const size_t c = m->ends.list[i].circuit, next = i + 1 < m->ends.n ? m->ends.list[i + 1].circuit : SAW_NOBODY;

		if (m->o->progress)
			m->o->progress(m->o->progress_ctx, i, m->ends.n);
		rc = read_end(m, i, err);
		if (rc == 0 && c != SAW_NOBODY &&
			(next == SAW_NOBODY || m->ends.circuits[next].cluster != m->ends.circuits[c].cluster))
			rc = close_cluster(m, m->ends.circuits[c].cluster);
	}
	if (m->o->progress)
		m->o->progress(m->o->progress_ctx, m->ends.n, m->ends.n);
	return rc;
}

static int by_urgency(const void *a, const void *b) {
	const Sawatch__V1__ReportRow *x = *(Sawatch__V1__ReportRow *const *)a, *y = *(Sawatch__V1__ReportRow *const *)b;
	int order;

	if (x->urgency != y->urgency)
		return x->urgency > y->urgency ? -1 : 1;
	if (x->billed_bytes_per_second != y->billed_bytes_per_second)
		return x->billed_bytes_per_second > y->billed_bytes_per_second ? -1 : 1;
	order = strcmp(x->name, y->name);
	return order || !x->device || !y->device ? order : strcmp(x->device, y->device);
}

/* When the oldest week of any row begins. */
static int64_t trend_begin(const struct maker *m) {
	size_t weeks = m->grid.n_weeks;

	for (size_t i = 0; i < m->ends.n_circuits + m->n_list; i++) {
		const Sawatch__V1__ReportRow *row =
			i < m->ends.n_circuits ? m->ends.circuits[i].row : m->list[i - m->ends.n_circuits];
		const Sawatch__V1__ReportFlow *flows[SAW_WAYS] = {row ? row->in : NULL, row ? row->out : NULL};

		for (int w = 0; w < SAW_WAYS; w++)
			if (flows[w] && flows[w]->n_weekly_p95 > weeks)
				weeks = flows[w]->n_weekly_p95;
	}
	return weeks > m->grid.n_weeks ? m->grid.to_ms - (int64_t)weeks * SAW_WEEK_MS : m->grid.begin_ms;
}

static int finish(struct maker *m) {
	Sawatch__V1__Report *pb = &m->report->pb;
	int rc = 0;

	pb->circuits = saw_arena_alloc(m->rows.arena, m->ends.n_circuits * sizeof(void *) + 1);
	pb->rows = saw_arena_alloc(m->rows.arena, m->n_list * sizeof(void *) + 1);
	if (!pb->circuits || !pb->rows)
		return -ENOMEM;
	for (size_t i = 0; i < m->ends.n_circuits; i++)
		if (m->ends.circuits[i].row && !m->o->tunnel)
			pb->circuits[pb->n_circuits++] = m->ends.circuits[i].row;
	if (m->n_list) /* of circuits only there is no list */
		memcpy(pb->rows, m->list, m->n_list * sizeof(void *));
	pb->n_rows = m->n_list;
	qsort(pb->circuits, pb->n_circuits, sizeof(void *), by_urgency);
	qsort(pb->rows, pb->n_rows, sizeof(void *), by_urgency);
	SAW_SET(pb, schema_version, 1);
	SAW_SET(pb, made_at_ms, m->o->now_ms);
	SAW_SET(pb, from_ms, saw_grid_ms(&m->grid, m->grid.first));
	SAW_SET(pb, to_ms, m->grid.to_ms);
	SAW_SET(pb, trend_from_ms, m->grid.begin_ms);
	if (m->grid.n_kept && m->grid.kept_day * SAW_DAY_MS < m->grid.begin_ms)
		pb->trend_from_ms = trend_begin(m);
	SAW_SET(pb, lead_days, m->o->lead_days);
	SAW_SET(pb, tunnels, (uint32_t)m->ends.n);
	pb->zone = saw_row_text(&m->rows, m->o->zone, &rc);
	pb->source = saw_row_text(&m->rows, m->o->source, &rc);
	pb->by = (char *)(uintptr_t)saw_report_by_names[m->o->by];
	return rc;
}

static int nothing_fits(const struct saw_report_options *o, struct saw_err *err) {
	if (o->tunnel && o->device)
		return saw_err_set(err, SAW_EUNKNOWN, "%s has no tunnel %s of device %s in that time", o->source, o->tunnel,
						   o->device);
	if (o->tunnel || o->device || o->circuit)
		return saw_err_set(err, SAW_EUNKNOWN, "%s has no %s %s in that time", o->source,
						   o->tunnel    ? "tunnel"
						   : o->circuit ? "tunnel on circuit"
										: "tunnel of device",
						   o->tunnel    ? o->tunnel
						   : o->circuit ? o->circuit
										: o->device);
	return saw_err_set(err, SAW_EUNKNOWN, "%s has no tunnel in that time", o->source);
}

/* Slots for what there are readings of; before them a trend is made of the percentiles of days that are kept. */
static int make_grid(struct maker *m, struct saw_err *err) {
	const struct saw_report_options *o = m->o;
	const int64_t raw_ms = m->history->raw_from_ms < o->from_ms ? m->history->raw_from_ms : o->from_ms;
	const int64_t kept_ms = o->kept_from_ms ? o->kept_from_ms : o->trend_from_ms;
	const bool keeps = m->history->days != NULL;
	int rc = saw_grid_make(keeps && o->trend_from_ms < raw_ms ? raw_ms : o->trend_from_ms, o->from_ms, o->to_ms,
						   &m->grid, err);

	if (rc || !keeps || kept_ms >= m->grid.begin_ms)
		return rc;
	m->grid.kept_day = kept_ms > 0 ? kept_ms / SAW_DAY_MS : 0;
	m->grid.n_kept = (size_t)(m->grid.to_ms / SAW_DAY_MS - m->grid.kept_day + 1);
	return 0;
}

static int make(struct maker *m, struct saw_err *err) {
	Sawatch__V1__Snapshot *circuits = NULL;
	int rc = make_grid(m, err);

	if (rc)
		return rc;
	rc = m->o->config ? saw_circuits_of(m->o->config, &circuits) : 0;
	rc = rc ? rc : saw_load_init(&m->load, &m->grid);
	rc = rc ? rc : saw_rows_init(&m->rows, &m->grid, m->report->arena);
	m->in = malloc(m->grid.n * sizeof *m->in);
	m->out = malloc(m->grid.n * sizeof *m->out);
	err->text[0] = 0;
	if (rc == 0 && (!m->in || !m->out))
		rc = -ENOMEM;
	rc = rc ? rc : saw_report_ends_read(m->history, m->o, circuits, m->report->arena, &m->ends, err);
	if (rc == 0 && m->ends.n == 0)
		rc = nothing_fits(m->o, err);
	rc = rc ? rc : read_all(m, err);
	rc = rc ? rc : close_groups(m);
	rc = rc ? rc : cross_check(m);
	rc = rc ? rc : finish(m);
	if (circuits)
		sawatch__v1__snapshot__free_unpacked(circuits, NULL);
	return rc && !*err->text ? saw_err_set(err, rc, "%s", saw_strerror(rc)) : rc;
}

int saw_report_make(const struct saw_history *h, const struct saw_report_options *o, struct saw_report **out,
					struct saw_err *err) {
	struct maker m = {.history = h, .o = o, .report = calloc(1, sizeof *m.report)};
	int rc;

	if (!m.report || !(m.report->arena = saw_arena_create(ARENA_MAX))) {
		free(m.report);
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	sawatch__v1__report__init(&m.report->pb);
	rc = make(&m, err);
	for (size_t i = 0; i < m.groups.n; i++)
		saw_group_destroy(m.groups.list[i]);
	free(m.groups.list);
	free(m.list);
	free(m.in);
	free(m.out);
	saw_report_ends_free(&m.ends);
	saw_rows_free(&m.rows);
	saw_load_free(&m.load);
	saw_grid_free(&m.grid);
	if (rc)
		saw_report_free(m.report);
	else
		*out = m.report;
	return rc;
}

void saw_report_free(struct saw_report *r) {
	if (!r)
		return;
	saw_arena_destroy(r->arena);
	free(r);
}
