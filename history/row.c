#include "history/row.h"

#include "history/kept.h"
#include "history/trend.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FULL 0.95 /* of the capacity: what a forecast is made for */
#define NOTES_MAX 12

int saw_rows_init(struct saw_rows *r, const struct saw_grid *grid, struct saw_arena *arena) {
	*r = (struct saw_rows){.grid = grid,
						   .arena = arena,
						   .scratch = malloc(grid->n * sizeof(float)),
						   .days = malloc((grid->n_kept + grid->n_days) * sizeof(float)),
						   .weeks = malloc((SAW_TREND_WEEKS_MAX + grid->n_weeks) * sizeof(double))};
	return r->scratch && r->days && r->weeks ? 0 : -ENOMEM;
}

void saw_rows_free(struct saw_rows *r) {
	free(r->scratch);
	free(r->days);
	free(r->weeks);
}

char *saw_row_text(struct saw_rows *r, const char *text, int *rc) {
	char *copy = text ? saw_arena_strndup(r->arena, text, strlen(text)) : NULL;

	if (text && !copy)
		*rc = -ENOMEM;
	return copy;
}

char *saw_row_printf(struct saw_rows *r, int *rc, const char *fmt, ...) {
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return saw_row_text(r, text, rc);
}

int saw_row_note(struct saw_rows *r, Sawatch__V1__ReportRow *row, char *text) {
	if (!row->notes)
		row->notes = saw_arena_zalloc(r->arena, NOTES_MAX * sizeof(char *));
	if (!row->notes || !text)
		return -ENOMEM;
	if (row->n_notes < NOTES_MAX)
		row->notes[row->n_notes++] = text;
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------------- flow */

/* What the trend is made of: kept days and weeks, and behind them those of the slots. */
struct past {
	size_t kept_days, days;
	size_t weeks;
};

static int look_back(struct saw_rows *r, const struct saw_row_flow *in, struct past *out) {
	const struct saw_grid *g = r->grid;
	const size_t room = g->n_weeks < SAW_TREND_WEEKS_MAX ? SAW_TREND_WEEKS_MAX - g->n_weeks : 0;
	double weeks[SAW_TREND_WEEKS_MAX];
	int n_weeks = 0, n_days = 0;

	saw_stats_weeks(g, in->values, r->scratch, r->weeks);
	saw_stats_days(g, in->values, r->scratch, r->days);
	if (in->kept && g->n_kept) {
		float *kept = malloc(g->n_kept * sizeof *kept);

		n_weeks = kept ? saw_kept_weeks(g, in->kept, r->weeks, room, weeks) : -ENOMEM;
		n_days = kept ? saw_kept_days(g, in->kept, r->days, kept) : -ENOMEM;
		if (n_weeks > 0)
			memmove(r->weeks + n_weeks, r->weeks, g->n_weeks * sizeof *r->weeks);
		if (n_weeks > 0)
			memcpy(r->weeks, weeks, (size_t)n_weeks * sizeof *weeks);
		if (n_days > 0)
			memmove(r->days + n_days, r->days, g->n_days * sizeof *r->days);
		if (n_days > 0)
			memcpy(r->days, kept, (size_t)n_days * sizeof *kept);
		free(kept);
	}
	if (n_weeks < 0 || n_days < 0)
		return -ENOMEM;
	*out = (struct past){
		.kept_days = (size_t)n_days, .days = (size_t)n_days + g->n_days, .weeks = (size_t)n_weeks + g->n_weeks};
	return 0;
}

static int64_t day_ms(const struct saw_grid *g, const struct past *p, size_t day) {
	return day < p->kept_days ? (g->kept_day + (int64_t)day) * SAW_DAY_MS : g->day_ms[day - p->kept_days];
}

static int put_steps(struct saw_rows *r, const struct past *p, Sawatch__V1__ReportFlow *f, const struct saw_step *steps,
					 size_t n) {
	Sawatch__V1__ReportStep *list = saw_arena_zalloc(r->arena, n * sizeof *list + 1);

	f->steps = saw_arena_zalloc(r->arena, n * sizeof(void *) + 1);
	if (!list || !f->steps)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		sawatch__v1__report_step__init(&list[i]);
		SAW_SET(&list[i], at_ms, day_ms(r->grid, p, steps[i].day));
		SAW_SET(&list[i], before_bytes_per_second, steps[i].before);
		SAW_SET(&list[i], after_bytes_per_second, steps[i].after);
		f->steps[f->n_steps++] = &list[i];
	}
	return 0;
}

static int64_t later(const struct saw_grid *g, double weeks) {
	return g->to_ms + (int64_t)(weeks * (double)SAW_WEEK_MS);
}

static void put_forecast(const struct saw_grid *g, Sawatch__V1__ReportFlow *f, const struct saw_forecast *fc) {
	static const Sawatch__V1__Reach reaches[] = {
		[SAW_REACH_UNKNOWN] = SAWATCH__V1__REACH__REACH_UNKNOWN, [SAW_REACH_NOW] = SAWATCH__V1__REACH__REACH_NOW,
		[SAW_REACH_AT] = SAWATCH__V1__REACH__REACH_AT,           [SAW_REACH_NEVER] = SAWATCH__V1__REACH__REACH_NEVER,
		[SAW_REACH_FAR] = SAWATCH__V1__REACH__REACH_FAR,
	};
	const double far = SAW_REACH_YEARS * 52.18;

	SAW_SET(f, reach, reaches[fc->reach]);
	if (fc->reach == SAW_REACH_AT)
		SAW_SET(f, full_at_ms, later(g, fc->weeks));
	if (fc->reach != SAW_REACH_UNKNOWN && fc->reach != SAW_REACH_NOW && fc->early > 0 && fc->early <= far)
		SAW_SET(f, full_early_ms, later(g, fc->early));
	if (fc->reach == SAW_REACH_AT && fc->late <= far)
		SAW_SET(f, full_late_ms, later(g, fc->late));
}

/* The first whole week after the day of the last step. */
static size_t weeks_since(const struct saw_grid *g, const struct past *p, const struct saw_step *steps, size_t n) {
	const int64_t begin = g->to_ms - (int64_t)p->weeks * SAW_WEEK_MS;
	const int64_t step = n ? day_ms(g, p, steps[n - 1].day) : begin;

	return step <= begin ? 0 : (size_t)((step - begin + SAW_WEEK_MS - 1) / SAW_WEEK_MS);
}

static int put_trend(struct saw_rows *r, const struct saw_row_flow *in, Sawatch__V1__ReportFlow *f) {
	const struct saw_grid *g = r->grid;
	struct saw_step steps[SAW_STEPS_MAX];
	struct saw_forecast fc;
	struct saw_trend tr;
	struct past p;
	size_t n_steps, first, known = 0;
	int rc = look_back(r, in, &p);

	if (rc)
		return rc;
	n_steps = saw_trend_steps(r->days, p.days, steps);
	rc = put_steps(r, &p, f, steps, n_steps);
	f->weekly_p95 = saw_arena_alloc(r->arena, p.weeks * sizeof(double) + 1);
	if (rc || !f->weekly_p95)
		return -ENOMEM;
	memcpy(f->weekly_p95, r->weeks, p.weeks * sizeof(double));
	f->n_weekly_p95 = p.weeks;
	first = weeks_since(g, &p, steps, n_steps);
	for (size_t i = first; i < p.weeks; i++)
		known += !isnan(r->weeks[i]);
	if (first > p.weeks || !saw_trend_of(r->weeks + first, p.weeks - first, &tr)) {
		char day[64];

		SAW_SET(f, reach, SAWATCH__V1__REACH__REACH_UNKNOWN);
		f->growth_missing =
			first ? saw_row_printf(r, &rc, "not enough data: %zu of 8 weeks since the step of %s", known,
								   saw_zone_print(day_ms(g, &p, steps[n_steps - 1].day), SAW_ZONE_DAY, day))
				  : saw_row_printf(r, &rc, "not enough data: %zu of 8 weeks", known);
		return rc;
	}
	SAW_SET(f, growth_weeks, (uint32_t)tr.weeks);
	SAW_SET(f, growth_bytes_per_second_per_week, tr.slope);
	SAW_SET(f, growth_low, tr.low);
	SAW_SET(f, growth_high, tr.high);
	SAW_SET(f, trend_now_bytes_per_second, saw_trend_at(&tr, tr.slope, (double)(p.weeks - first)));
	saw_trend_reach(&tr, p.weeks - first, in->capacity * FULL, &fc);
	put_forecast(g, f, &fc);
	return 0;
}

/* Values may be hours there; this was made of readings. */
static void take_closed(const struct saw_grid *g, const struct saw_history_closed *c, struct saw_figures *s) {
	const int64_t slot = (c->peak_ms - 1 - g->begin_ms) / SAW_SLOT_MS;

	s->p95 = c->p95;
	s->peak = c->peak;
	s->peak_slot = slot < (int64_t)g->first ? g->first : slot < (int64_t)g->n ? (size_t)slot : g->n - 1;
}

int saw_row_flow(struct saw_rows *r, const struct saw_row_flow *in, Sawatch__V1__ReportFlow **out,
				 float heat[SAW_WEEK_HOURS]) {
	Sawatch__V1__ReportFlow *f = saw_arena_alloc(r->arena, sizeof *f);
	const uint32_t minutes = SAW_SLOT_MS / 60000;
	struct saw_figures s;

	if (!f)
		return -ENOMEM;
	sawatch__v1__report_flow__init(f);
	*out = f;
	saw_stats_figures(r->grid, in->values, in->capacity, r->scratch, &s);
	memcpy(heat, s.heat, sizeof s.heat);
	if (s.samples && in->closed && !isnan(in->closed->p95))
		take_closed(r->grid, in->closed, &s);
	SAW_SET(f, samples, s.samples);
	if (s.samples) {
		SAW_SET(f, mean_bytes_per_second, s.mean);
		SAW_SET(f, p95_bytes_per_second, s.p95);
		SAW_SET(f, peak_bytes_per_second, s.peak);
		SAW_SET(f, peak_at_ms, saw_grid_ms(r->grid, s.peak_slot));
		SAW_SET(f, busy_hour, s.busy_hour);
		SAW_SET(f, busy_hour_bytes_per_second, s.busy_mean);
	}
	if (s.samples && in->capacity > 0) {
		SAW_SET(f, mean_ratio, s.mean / in->capacity);
		SAW_SET(f, p95_ratio, s.p95 / in->capacity);
		SAW_SET(f, peak_ratio, s.peak / in->capacity);
		SAW_SET(f, minutes_above_80_percent, (uint32_t)s.above_80 * minutes);
		SAW_SET(f, minutes_above_90_percent, (uint32_t)s.above_90 * minutes);
	}
	return in->trend ? put_trend(r, in, f) : 0;
}

/* ----------------------------------------------------------------------------------------------------------------- pictures */

/* Means and highest values of steps of `per` slots; NAN where nothing is known. */
static void bucket(const struct saw_grid *g, const float *values, size_t per, size_t n, float *mean, float *peak) {
	for (size_t b = 0; b < n; b++) {
		const size_t begin = g->first + b * per, end = begin + per < g->n ? begin + per : g->n;
		size_t known = 0;
		double sum = 0;
		float most = -1;

		for (size_t i = begin; i < end; i++) {
			if (isnan(values[i]))
				continue;
			known++;
			sum += values[i];
			most = values[i] > most ? values[i] : most;
		}
		mean[b] = known ? (float)(sum / (double)known) : NAN;
		peak[b] = known ? most : NAN;
	}
}

int saw_row_chart(struct saw_rows *r, const float *in, const float *out, const uint8_t *strip,
				  const float heat[SAW_WAYS][SAW_WEEK_HOURS], Sawatch__V1__ReportRow *row) {
	const struct saw_grid *g = r->grid;
	const size_t slots = g->n - g->first, per = (slots + SAW_ROW_BUCKETS - 1) / SAW_ROW_BUCKETS;
	const size_t n = (slots + per - 1) / per;
	Sawatch__V1__ReportChart *c = saw_arena_alloc(r->arena, sizeof *c);
	float *values = saw_arena_alloc(r->arena, (4 * n + SAW_WEEK_HOURS) * sizeof *values);
	uint8_t *states = saw_arena_zalloc(r->arena, n);

	if (!c || !values || !states)
		return -ENOMEM;
	sawatch__v1__report_chart__init(c);
	SAW_SET(c, begin_ms, saw_grid_ms(g, g->first));
	SAW_SET(c, step_ms, (int64_t)per * SAW_SLOT_MS);
	c->in_mean = values;
	c->in_peak = values + n;
	c->out_mean = values + 2 * n;
	c->out_peak = values + 3 * n;
	c->heat = values + 4 * n;
	c->n_in_mean = c->n_in_peak = c->n_out_mean = c->n_out_peak = n;
	c->n_heat = SAW_WEEK_HOURS;
	bucket(g, in, per, n, c->in_mean, c->in_peak);
	bucket(g, out, per, n, c->out_mean, c->out_peak);
	for (int h = 0; h < SAW_WEEK_HOURS; h++)
		c->heat[h] = fmaxf(heat[SAW_WAY_IN][h], heat[SAW_WAY_OUT][h]); /* the known one where the other is not */
	for (size_t i = g->first; strip && i < g->n; i++) {
		uint8_t *s = &states[(i - g->first) / per];

		*s = strip[i] > *s ? strip[i] : *s;
	}
	if (strip) {
		c->has_strip = 1;
		c->strip = (ProtobufCBinaryData){.data = states, .len = n};
	}
	row->chart = c;
	return 0;
}

/* ------------------------------------------------------------------------------------------------------------------- facts */

static int longer(const void *a, const void *b) {
	const struct saw_outage *x = a, *y = b;
	const int64_t m = x->to_ms - x->from_ms, n = y->to_ms - y->from_ms;

	return m != n ? (m < n) - (m > n) : (x->from_ms > y->from_ms) - (x->from_ms < y->from_ms);
}

static int put_outages(struct saw_rows *r, const struct saw_load *l, Sawatch__V1__ReportRow *row) {
	const size_t n = l->n_outages < SAW_ROW_OUTAGES ? l->n_outages : SAW_ROW_OUTAGES;
	Sawatch__V1__ReportOutage *list;

	SAW_SET(row, outages, (uint32_t)l->n_outages);
	if (n == 0)
		return 0;
	list = saw_arena_alloc(r->arena, n * sizeof *list);
	row->outage_list = saw_arena_alloc(r->arena, n * sizeof(void *));
	if (!list || !row->outage_list)
		return -ENOMEM;
	qsort(l->outages, l->n_outages, sizeof *l->outages, longer);
	for (size_t i = 0; i < n; i++) {
		sawatch__v1__report_outage__init(&list[i]);
		SAW_SET(&list[i], from_ms, l->outages[i].from_ms);
		SAW_SET(&list[i], to_ms, l->outages[i].to_ms);
		if (l->outages[i].open)
			SAW_SET(&list[i], open, 1);
		row->outage_list[row->n_outage_list++] = &list[i];
	}
	return 0;
}

void saw_row_counts(const uint64_t count[SAW_COLUMNS], uint32_t has, int64_t up_ms, int64_t down_ms,
					Sawatch__V1__ReportRow *row) {
	const double replay = (double)count[SAW_COLUMN_REPLAY_ERRORS];

	if (up_ms + down_ms)
		SAW_SET(row, availability_ratio, (double)up_ms / (double)(up_ms + down_ms));
	if (has & 1U << SAW_COLUMN_REPLAY_ERRORS) {
		SAW_SET(row, replay_packets, replay);
		if (count[SAW_COLUMN_IN_PACKETS] + count[SAW_COLUMN_REPLAY_ERRORS])
			SAW_SET(row, replay_ratio, replay / (replay + (double)count[SAW_COLUMN_IN_PACKETS]));
	}
	if (has & 1U << SAW_COLUMN_IN_ERRORS)
		SAW_SET(row, in_error_packets, (double)count[SAW_COLUMN_IN_ERRORS]);
	if (has & 1U << SAW_COLUMN_OUT_ERRORS)
		SAW_SET(row, out_error_packets, (double)count[SAW_COLUMN_OUT_ERRORS]);
	if (has & 1U << SAW_COLUMN_QUEUE_DROPS)
		SAW_SET(row, queue_drop_packets, (double)count[SAW_COLUMN_QUEUE_DROPS]);
}

int saw_row_facts(struct saw_rows *r, const struct saw_load *l, Sawatch__V1__ReportRow *row) {
	const struct saw_grid *g = r->grid;
	size_t known = 0, coarse = 0, wanted = 0;

	for (size_t i = g->first; i < g->n; i++) {
		const bool is = !isnan(l->bytes[SAW_WAY_IN][i]) || !isnan(l->bytes[SAW_WAY_OUT][i]);

		known += is;
		wanted += is || l->strip[i] != SAW_STRIP_MAINTENANCE;
		coarse += is && l->coarse[i];
	}
	if (wanted)
		SAW_SET(row, coverage_ratio, (double)known / (double)wanted);
	if (known)
		SAW_SET(row, coarse_ratio, (double)coarse / (double)known);
	SAW_SET(row, maintenance_seconds, (double)l->maintenance_ms / 1000);
	SAW_SET(row, counter_gaps, l->gaps);
	SAW_SET(row, readings, l->readings);
	if (l->interval_ms)
		SAW_SET(row, interval_seconds, (double)l->interval_ms / 1000);
	if (l->last_ms)
		SAW_SET(row, last_reading_ms, l->last_ms);
	SAW_SET(row, down_seconds, (double)l->down_ms / 1000);
	SAW_SET(row, unknown_seconds, (double)l->unknown_ms / 1000);
	saw_row_counts(l->count, l->has, l->up_ms, l->down_ms, row);
	return put_outages(r, l, row);
}
