#include "history/kept.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define HALF_DAY_MS (SAW_DAY_MS / 2)
#define WEEK_DAYS 7
#define WEEK_LEAST 4  /* known days of a week, */
#define WEEKS_LEAST 3 /* and weeks, and days, that say what kept ones are to those of slots */
#define DAYS_LEAST 5
#define PARTIAL 0.05F

static int by_value(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n) {
	qsort(v, n, sizeof *v, by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The days whose noon is in the week. */
static double week_at(const struct saw_grid *g, const float *kept, int64_t begin_ms) {
	const int64_t first = (begin_ms + HALF_DAY_MS - 1) / SAW_DAY_MS - g->kept_day;
	double v[WEEK_DAYS];
	size_t n = 0;

	for (int64_t d = first; d < first + WEEK_DAYS; d++)
		if (d >= 0 && d < (int64_t)g->n_kept && !isnan(kept[d]))
			v[n++] = kept[d];
	return n < WEEK_LEAST ? NAN : median(v, n);
}

int saw_kept_weeks(const struct saw_grid *g, const float *kept, const double *weeks, size_t most, double *out) {
	const int64_t end_ms = g->to_ms - (int64_t)g->n_weeks * SAW_WEEK_MS;
	double *ratios = malloc((g->n_weeks + 1) * sizeof *ratios), ratio;
	size_t n = 0, n_ratios = 0;

	if (!ratios)
		return -ENOMEM;
	for (size_t w = 0; w < g->n_weeks; w++) {
		const double there = week_at(g, kept, end_ms + (int64_t)w * SAW_WEEK_MS);

		if (there > 0 && !isnan(weeks[w]))
			ratios[n_ratios++] = weeks[w] / there;
	}
	ratio = n_ratios < WEEKS_LEAST ? NAN : median(ratios, n_ratios);
	free(ratios);
	while (most && end_ms - (int64_t)most * SAW_WEEK_MS < (g->kept_day - 1) * SAW_DAY_MS)
		most--;
	for (size_t w = most; !isnan(ratio) && w > 0; w--) {
		const double value = week_at(g, kept, end_ms - (int64_t)w * SAW_WEEK_MS) * ratio;

		if (n || !isnan(value))
			out[n++] = value;
	}
	return (int)n;
}

int saw_kept_days(const struct saw_grid *g, const float *kept, const float *days, float *out) {
	double *ratios = malloc((g->n_days + 1) * sizeof *ratios), ratio;
	size_t n = 0, n_ratios = 0;

	if (!ratios)
		return -ENOMEM;
	for (size_t d = 0; d < g->n_days; d++) {
		const int64_t at = (g->day_ms[d] + HALF_DAY_MS) / SAW_DAY_MS - g->kept_day;

		if (at >= 0 && at < (int64_t)g->n_kept && kept[at] > 0 && !isnan(days[d]))
			ratios[n_ratios++] = (double)days[d] / (double)kept[at];
	}
	ratio = n_ratios < DAYS_LEAST ? NAN : median(ratios, n_ratios);
	free(ratios);
	while (n < g->n_kept && (g->kept_day + (int64_t)n) * SAW_DAY_MS + HALF_DAY_MS < g->day_ms[0]) {
		out[n] = (float)((double)kept[n] * ratio);
		n++;
	}
	return (int)n;
}

void saw_kept_add(const float *days, size_t n, float *sum, float *missing) {
	size_t begin = 0, known = 0;
	double total = 0;

	while (begin < n && isnan(days[begin]))
		begin++; /* there was no such tunnel */
	for (size_t d = begin; d < n; d++)
		if (!isnan(days[d])) {
			sum[d] += days[d];
			total += days[d];
			known++;
		}
	for (size_t d = begin; d < n; d++)
		if (isnan(days[d]))
			missing[d] += (float)(total / (double)known);
}

void saw_kept_close(float *sum, const float *missing, size_t n) {
	for (size_t d = 0; d < n; d++)
		if (sum[d] <= 0 || missing[d] > PARTIAL * (sum[d] + missing[d]))
			sum[d] = NAN;
}
