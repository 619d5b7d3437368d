#include "history/trend.h"

#include <math.h>
#include <stdlib.h>

#define Z_95 1.959964
#define WINDOW 7
#define WINDOW_LEAST 5
#define STEP_LEAST 0.2
#define SCATTER_TIMES 3.0
#define MAD_TO_SIGMA 1.4826

static int by_value(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n) {
	qsort(v, n, sizeof *v, by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The interval of the slope: sorted slopes at these places (from 1, between two by their share). */
static double at_rank(const double *slopes, size_t n, double rank) {
	const double at = rank < 1 ? 1 : rank > (double)n ? (double)n : rank;
	const size_t i = (size_t)floor(at);
	const double share = at - floor(at);

	return i >= n ? slopes[n - 1] : slopes[i - 1] + (slopes[i] - slopes[i - 1]) * share;
}

bool saw_trend_of(const double *values, size_t n, struct saw_trend *out) {
	double t[SAW_TREND_WEEKS_MAX], y[SAW_TREND_WEEKS_MAX], c, *slopes;
	size_t m = 0, pairs = 0;

	*out = (struct saw_trend){0};
	for (size_t i = n > SAW_TREND_WEEKS_MAX ? n - SAW_TREND_WEEKS_MAX : 0; i < n; i++)
		if (!isnan(values[i])) {
			t[m] = (double)i + 0.5; /* a week stands for its middle */
			y[m++] = values[i];
		}
	slopes = m < SAW_TREND_WEEKS_LEAST ? NULL : malloc(m * (m - 1) / 2 * sizeof *slopes);
	if (!slopes)
		return false;
	for (size_t i = 0; i < m; i++)
		for (size_t j = i + 1; j < m; j++)
			slopes[pairs++] = (y[j] - y[i]) / (t[j] - t[i]);
	out->weeks = m;
	out->slope = median(slopes, pairs);
	c = Z_95 * sqrt((double)m * (double)(m - 1) * (double)(2 * m + 5) / 18.0);
	out->low = at_rank(slopes, pairs, ((double)pairs - c) / 2);
	out->high = at_rank(slopes, pairs, ((double)pairs + c) / 2 + 1);
	out->t_middle = median(t, m);
	out->y_middle = median(y, m);
	free(slopes);
	return true;
}

double saw_trend_at(const struct saw_trend *tr, double slope, double t) {
	return tr->y_middle + slope * (t - tr->t_middle);
}

/* -------------------------------------------------------------------------------------------------------------------- steps */

/* Median and scatter of the days known in [a, b); false where they are too few. */
static bool level(const float *days, size_t a, size_t b, double *middle, double *scatter) {
	double v[WINDOW];
	size_t n = 0;

	for (size_t i = a; i < b; i++)
		if (!isnan(days[i]))
			v[n++] = days[i];
	if (n < WINDOW_LEAST)
		return false;
	*middle = median(v, n);
	for (size_t i = 0; i < n; i++)
		v[i] = fabs(v[i] - *middle);
	*scatter = median(v, n) * MAD_TO_SIGMA;
	return true;
}

/* How much day d stands out as the first one of a new level; 0: it does not. */
static double rise(const float *days, size_t n, size_t d, struct saw_step *step) {
	double scatter_before, scatter_after, larger, change;

	if (d < WINDOW || d + WINDOW > n || !level(days, d - WINDOW, d, &step->before, &scatter_before) ||
		!level(days, d, d + WINDOW, &step->after, &scatter_after))
		return 0;
	step->day = d;
	larger = step->before > step->after ? step->before : step->after;
	change = fabs(step->after - step->before);
	if (change <= STEP_LEAST * larger ||
		change <= SCATTER_TIMES * (scatter_before > scatter_after ? scatter_before : scatter_after))
		return 0;
	return change;
}

/* The medians on both sides of a step stay apart for some days around it, a to b. Its own day is the first one that differs from the same day
 * of the week before by half of the step: weekends are no steps. */
static size_t first_of(const float *days, size_t a, size_t b, double change) {
	for (size_t d = a; d <= b; d++)
		if (fabs((double)days[d] - (double)days[d - WINDOW]) >= change / 2)
			return d;
	return a + (b - a) / 2;
}

size_t saw_trend_steps(const float *days, size_t n, struct saw_step out[SAW_STEPS_MAX]) {
	size_t count = 0;

	for (size_t d = WINDOW; d + WINDOW <= n && count < SAW_STEPS_MAX; d++) {
		struct saw_step s;
		size_t end = d;

		if (rise(days, n, d, &s) <= 0)
			continue;
		while (end + 1 + WINDOW <= n && rise(days, n, end + 1, &s) > 0)
			end++;
		rise(days, n, d + (end - d) / 2, &s);
		s.day = first_of(days, d, end, fabs(s.after - s.before));
		out[count++] = s;
		d = end;
	}
	return count;
}

/* ----------------------------------------------------------------------------------------------------------------- forecast */

/* Weeks from the end until the line with this slope is at the limit; INFINITY: never. */
static double weeks_to(const struct saw_trend *tr, double slope, double end, double limit) {
	const double now = saw_trend_at(tr, slope, end);

	if (now >= limit)
		return 0;
	return slope > 0 ? (limit - now) / slope : INFINITY;
}

void saw_trend_reach(const struct saw_trend *tr, size_t n, double limit, struct saw_forecast *out) {
	*out = (struct saw_forecast){.reach = SAW_REACH_UNKNOWN};
	if (!tr->weeks || !(limit > 0))
		return;
	out->weeks = weeks_to(tr, tr->slope, (double)n, limit);
	out->early = weeks_to(tr, tr->high, (double)n, limit);
	out->late = weeks_to(tr, tr->low, (double)n, limit);
	if (out->weeks == 0)
		out->reach = SAW_REACH_NOW;
	else if (isinf(out->weeks))
		out->reach = SAW_REACH_NEVER;
	else
		out->reach = out->weeks > SAW_REACH_YEARS * 52.18 ? SAW_REACH_FAR : SAW_REACH_AT;
}
