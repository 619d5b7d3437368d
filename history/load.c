#include "history/load.h"

#include "core/list.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COARSE_MS (SAW_SLOT_MS * 3 / 2)
#define WHOLE_MS (SAW_SLOT_MS * 3 / 4) /* readings that far apart are a sample of their own */
#define USUAL_LEAST_MS 60000
#define APART_MAX 40 /* readings of a day that the usual distance is taken from */

/* The columns that are kept by slot, and where. */
static const struct {
	enum saw_column column;
	int way, packets;
} kept[] = {
	{SAW_COLUMN_IN_BYTES, SAW_WAY_IN, 0},
	{SAW_COLUMN_OUT_BYTES, SAW_WAY_OUT, 0},
	{SAW_COLUMN_IN_PACKETS, SAW_WAY_IN, 1},
	{SAW_COLUMN_OUT_PACKETS, SAW_WAY_OUT, 1},
};
#define KEPT (sizeof kept / sizeof kept[0])

static float *rate_of(struct saw_load *l, size_t k) {
	return kept[k].packets ? l->packets[kept[k].way] : l->bytes[kept[k].way];
}

int saw_load_init(struct saw_load *l, const struct saw_grid *grid) {
	bool ok = true;

	*l = (struct saw_load){.grid = grid};
	for (int w = 0; w < SAW_WAYS; w++) {
		ok &= (l->bytes[w] = malloc(grid->n * sizeof(float))) != NULL;
		ok &= (l->packets[w] = malloc(grid->n * sizeof(float))) != NULL;
		ok &= (l->kept[w] = malloc((grid->n_kept + 1) * sizeof(float))) != NULL;
	}
	for (size_t k = 0; k < KEPT; k++)
		ok &= (l->covered[k] = malloc(grid->n * sizeof(int32_t))) != NULL;
	l->strip = malloc(grid->n);
	l->days = malloc(grid->n_days * sizeof *l->days);
	l->coarse = malloc(grid->n * sizeof *l->coarse);
	l->apart = malloc(APART_MAX * sizeof *l->apart);
	return ok && l->strip && l->days && l->coarse && l->apart ? 0 : -ENOMEM;
}

void saw_load_free(struct saw_load *l) {
	for (int w = 0; w < SAW_WAYS; w++) {
		free(l->bytes[w]);
		free(l->packets[w]);
		free(l->kept[w]);
	}
	for (size_t k = 0; k < KEPT; k++)
		free(l->covered[k]);
	free(l->strip);
	free(l->days);
	free(l->coarse);
	free(l->apart);
	free(l->points);
	free(l->outages);
	*l = (struct saw_load){0};
}

void saw_load_begin(struct saw_load *l) {
	l->n_points = 0;
	for (int w = 0; w < SAW_WAYS; w++)
		for (size_t d = 0; d < l->grid->n_kept; d++)
			l->kept[w][d] = NAN;
}

int saw_load_add(struct saw_load *l, const struct saw_point *p) {
	if (SAW_LIST_ROOM(l->points, l->n_points, l->room))
		return -ENOMEM;
	if (l->n_points && p->at_ms <= l->points[l->n_points - 1].at_ms)
		return 0; /* a clock that was set back: what is there already holds */
	l->points[l->n_points++] = *p;
	return 0;
}

/* ----------------------------------------------------------------------------------------------------------- between readings */

static int by_size(const void *a, const void *b) {
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The median distance between the readings of a day, from i on, of some of them; *next: the first point of the next day. */
static int64_t usual(struct saw_load *l, size_t i, int64_t until_ms, size_t *next) {
	const size_t begin = i;
	size_t n = 0, stride;

	while (i + 1 < l->n_points && l->points[i].at_ms < until_ms)
		i++;
	*next = i;
	stride = (i - begin) / APART_MAX + 1;
	for (size_t k = begin; k < i; k += stride)
		l->apart[n++] = l->points[k + 1].at_ms - l->points[k].at_ms;
	if (n == 0)
		return 0;
	qsort(l->apart, n, sizeof *l->apart, by_size);
	return l->apart[n / 2];
}

static int32_t overlap(const struct saw_grid *g, size_t slot, int64_t a, int64_t b) {
	const int64_t begin = saw_grid_ms(g, slot), end = begin + SAW_SLOT_MS;

	return (int32_t)((b < end ? b : end) - (a > begin ? a : begin));
}

static enum saw_strip strip_of(const struct saw_point *p) {
	if (p->maintenance)
		return SAW_STRIP_MAINTENANCE;
	switch ((Sawatch__V1__TunnelState)p->state) {
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED:
		return SAW_STRIP_UP;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED:
		return SAW_STRIP_DEGRADED;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING:
		return SAW_STRIP_DOWN;
	default:
		return SAW_STRIP_UNKNOWN;
	}
}

/* What a point said holds until the next one. */
static int take_state(struct saw_load *l, enum saw_strip strip, int64_t a, int64_t b) {
	const struct saw_grid *g = l->grid;
	const int64_t from = saw_grid_ms(g, g->first), begin = a < from ? from : a;
	struct saw_outage *last = l->n_outages ? &l->outages[l->n_outages - 1] : NULL;
	const int64_t ms = b > begin ? b - begin : 0;

	if (strip == SAW_STRIP_MAINTENANCE)
		l->maintenance_ms += ms;
	else if (strip == SAW_STRIP_UNKNOWN)
		l->unknown_ms += ms;
	else if (strip == SAW_STRIP_DOWN)
		l->down_ms += ms;
	else
		l->up_ms += ms;
	if (ms == 0 || strip != SAW_STRIP_DOWN)
		return 0;
	if (last && last->to_ms == begin) {
		last->to_ms = b;
		return 0;
	}
	if (SAW_LIST_ROOM(l->outages, l->n_outages, l->outages_room))
		return -ENOMEM;
	l->outages[l->n_outages++] = (struct saw_outage){.from_ms = begin, .to_ms = b};
	return 0;
}

/* The columns that have a count between the two: bits. A total that shrank is a counter that was lost and begins anew. */
static uint32_t counted(const struct saw_point *p, const struct saw_point *q, bool *broken) {
	uint32_t both = p->has & q->has, bits = 0;

	*broken = q->gap;
	for (int c = 0; c < SAW_COLUMNS; c++) {
		if (!(both & 1U << c))
			continue;
		if (q->total[c] >= p->total[c])
			bits |= 1U << c;
		else
			*broken = true;
	}
	return bits;
}

/* The exact counts of each day that the two readings touch, for what one end says beside the other. */
static void take_days(struct saw_load *l, int64_t a, int64_t b, uint32_t bits, const double per_second[KEPT]) {
	const struct saw_grid *g = l->grid;
	const int64_t from = saw_grid_ms(g, g->first), begin = a > from ? a : from;

	if (begin >= b)
		return;
	for (size_t d = g->day[(begin - g->begin_ms) / SAW_SLOT_MS]; d < g->n_days && g->day_ms[d] < b; d++) {
		const int64_t x = g->day_ms[d] > begin ? g->day_ms[d] : begin, y = g->day_ms[d + 1] < b ? g->day_ms[d + 1] : b;

		for (size_t k = 0; k < KEPT; k++) {
			struct saw_load_day *day = &l->days[d];

			if (!(bits & 1U << kept[k].column))
				continue;
			(kept[k].packets ? day->packets : day->bytes)[kept[k].way] += per_second[k] * (double)(y - x) / 1000;
			day->covered_ms[kept[k].way] += kept[k].packets ? 0 : y - x;
		}
	}
}

static void take_slots(struct saw_load *l, int64_t a, int64_t b, int64_t dt, uint32_t bits,
					   const double per_second[KEPT]) {
	const struct saw_grid *g = l->grid;
	const bool whole = dt >= WHOLE_MS;

	for (size_t i = (size_t)((a - g->begin_ms) / SAW_SLOT_MS); i < g->n && saw_grid_ms(g, i) < b; i++) {
		const int32_t ms = overlap(g, i, a, b);

		for (size_t k = 0; k < KEPT; k++) {
			if (!(bits & 1U << kept[k].column))
				continue;
			if (!whole) { /* the mean so far, and this */
				float *rate = &rate_of(l, k)[i];

				l->covered[k][i] += ms;
				*rate += ((float)per_second[k] - *rate) * (float)ms / (float)l->covered[k][i];
			} else if (ms > l->covered[k][i]) {
				rate_of(l, k)[i] = (float)per_second[k];
				l->covered[k][i] = ms;
				l->coarse[i] = dt > COARSE_MS;
			}
		}
	}
}

static void take_strip(struct saw_load *l, int64_t a, int64_t b, enum saw_strip strip) {
	const struct saw_grid *g = l->grid;

	for (size_t i = (size_t)((a - g->begin_ms) / SAW_SLOT_MS); i < g->n && saw_grid_ms(g, i) < b; i++)
		if (strip > l->strip[i])
			l->strip[i] = (uint8_t)strip;
}

/* What lies before the report is left out by its share of the time. */
static void take_counts(struct saw_load *l, const struct saw_point *p, const struct saw_point *q, int64_t a, int64_t b,
						uint32_t bits) {
	const int64_t dt = q->at_ms - p->at_ms, from = saw_grid_ms(l->grid, l->grid->first), begin = a > from ? a : from;

	for (int c = 0; c < SAW_COLUMNS; c++) {
		const uint64_t n = q->total[c] - p->total[c];

		if (!(bits & 1U << c))
			continue;
		l->count[c] += b - begin == dt ? n : (uint64_t)((double)n * (double)(b - begin) / (double)dt);
		l->has |= 1U << c;
	}
}

static int take(struct saw_load *l, const struct saw_point *p, const struct saw_point *q, int64_t apart_max) {
	const struct saw_grid *g = l->grid;
	const int64_t dt = q->at_ms - p->at_ms, a = p->at_ms > g->begin_ms ? p->at_ms : g->begin_ms;
	const int64_t b = q->at_ms < g->to_ms ? q->at_ms : g->to_ms;
	const bool near = dt <= apart_max, maintenance = p->maintenance || q->maintenance;
	const bool reported = b > saw_grid_ms(g, g->first);
	const enum saw_strip strip = maintenance ? SAW_STRIP_MAINTENANCE : near ? strip_of(p) : SAW_STRIP_UNKNOWN;
	double per_second[KEPT];
	bool broken;
	uint32_t bits;
	int rc;

	if (a >= b)
		return 0;
	rc = take_state(l, strip, a, b);
	if (rc)
		return rc;
	take_strip(l, a, b, strip);
	bits = counted(p, q, &broken);
	l->readings += reported;
	if (maintenance)
		return 0;
	l->gaps += reported && broken;
	if (reported)
		take_counts(l, p, q, a, b, bits);
	if (!near || broken)
		return 0;
	for (size_t k = 0; k < KEPT; k++)
		per_second[k] = (double)(q->total[kept[k].column] - p->total[kept[k].column]) * 1000.0 / (double)dt;
	take_slots(l, a, b, dt, bits, per_second);
	take_days(l, a, b, bits, per_second);
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------------- whole */

static void clear(struct saw_load *l) {
	const size_t n = l->grid->n;

	for (size_t k = 0; k < KEPT; k++) {
		memset(rate_of(l, k), 0, n * sizeof(float));
		memset(l->covered[k], 0, n * sizeof(int32_t));
	}
	memset(l->strip, SAW_STRIP_NONE, n);
	memset(l->coarse, 0, n * sizeof *l->coarse);
	memset(l->count, 0, sizeof l->count);
	memset(l->days, 0, l->grid->n_days * sizeof *l->days);
	l->readings = l->gaps = 0;
	l->interval_ms = l->up_ms = l->down_ms = l->unknown_ms = l->maintenance_ms = 0;
	l->n_outages = 0;
	l->has = 0;
	l->last_ms = 0;
}

/* The last reading holds for as long as the next one may take. */
static int take_last(struct saw_load *l, int64_t apart_max) {
	const struct saw_point *p = l->n_points ? &l->points[l->n_points - 1] : NULL;
	const int64_t to = l->grid->to_ms;

	if (!p || p->at_ms >= to || p->at_ms < l->grid->begin_ms)
		return 0;
	return take_state(l, strip_of(p), p->at_ms, p->at_ms + apart_max < to ? p->at_ms + apart_max : to);
}

int saw_load_end(struct saw_load *l) {
	const struct saw_grid *g = l->grid;
	int64_t apart_max = 0;
	size_t next = 0, day = 0;
	int rc = 0;

	clear(l);
	for (size_t i = 0; rc == 0 && i + 1 < l->n_points; i++) {
		if (i == next) {
			int64_t u;

			while (day + 1 < g->n_days && g->day_ms[day + 1] <= l->points[i].at_ms)
				day++;
			u = usual(l, i, l->points[i].at_ms < g->begin_ms ? g->begin_ms : g->day_ms[day + 1], &next);
			if (next == i)
				next = i + 1; /* after the end */
			if (u)
				l->interval_ms = u;
			apart_max = (u > USUAL_LEAST_MS ? u : USUAL_LEAST_MS) * 5 / 2;
		}
		rc = take(l, &l->points[i], &l->points[i + 1], apart_max);
	}
	if (rc == 0)
		rc = take_last(l, apart_max ? apart_max : 2 * SAW_SLOT_MS);
	for (size_t k = 0; k < KEPT; k++) {
		float *rate = rate_of(l, k);
		const int32_t *covered = l->covered[k];

		for (size_t i = 0; i < g->n; i++)
			rate[i] = covered[i] >= SAW_SLOT_MS / 2 ? rate[i] : NAN;
	}
	if (l->n_points)
		l->last_ms = l->points[l->n_points - 1].at_ms;
	if (l->n_outages && l->outages[l->n_outages - 1].to_ms >= g->to_ms)
		l->outages[l->n_outages - 1].open = true;
	return rc;
}
