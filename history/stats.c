#include "history/stats.h"

#include <math.h>
#include <string.h>

/* Puts the k-th smallest to v[k], what is not larger before it (Hoare's quickselect, the middle of three as pivot). */
static float nth(float *v, size_t n, size_t k) {
	size_t low = 0, high = n - 1;

	while (low < high) {
		const float a = v[low], b = v[low + (high - low) / 2], c = v[high];
		const float pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
		size_t i = low, j = high;

		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i <= j) {
				const float swap = v[i];

				v[i++] = v[j];
				v[j] = swap;
				if (j == 0)
					break;
				j--;
			}
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return v[k];
}

static size_t known(const float *values, size_t n, float *out) {
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		out[count] = values[i];
		count += !isnan(values[i]);
	}
	return count;
}

double saw_stats_p95(const float *values, size_t n, float *scratch) {
	const size_t count = known(values, n, scratch);

	return count ? (double)nth(scratch, count, count - 1 - count / 20) : NAN;
}

/* Days and hours weigh by their samples, so that a repeated hour counts as two. */
static void busy(const double sums[SAW_WEEK_HOURS], const size_t counts[SAW_WEEK_HOURS], struct saw_figures *out) {
	out->busy_mean = -1;
	for (unsigned hour = 0; hour < 24; hour++) {
		double sum = 0;
		size_t n = 0;

		for (unsigned day = 0; day < 7; day++) {
			sum += sums[day * 24 + hour];
			n += counts[day * 24 + hour];
		}
		if (n && sum / (double)n > out->busy_mean) {
			out->busy_mean = sum / (double)n;
			out->busy_hour = hour;
		}
	}
	for (unsigned h = 0; h < SAW_WEEK_HOURS; h++)
		out->heat[h] = counts[h] ? (float)(sums[h] / (double)counts[h]) : NAN;
}

void saw_stats_figures(const struct saw_grid *g, const float *values, double capacity, float *scratch,
					   struct saw_figures *out) {
	const float most_80 = capacity > 0 ? (float)(capacity * 0.8) : INFINITY;
	const float most_90 = capacity > 0 ? (float)(capacity * 0.9) : INFINITY;
	double sums[SAW_WEEK_HOURS] = {0}, sum = 0;
	size_t counts[SAW_WEEK_HOURS] = {0}, n = 0;
	float peak = -1;

	memset(out, 0, sizeof *out);
	for (size_t i = g->first; i < g->n; i++) {
		const float v = values[i];

		if (isnan(v))
			continue;
		scratch[n++] = v;
		sum += v;
		sums[g->hour[i]] += v;
		counts[g->hour[i]]++;
		out->above_80 += v > most_80;
		out->above_90 += v > most_90;
		if (v > peak) {
			peak = v;
			out->peak_slot = i;
		}
	}
	out->samples = n;
	busy(sums, counts, out);
	if (n == 0)
		return;
	out->mean = sum / (double)n;
	out->peak = peak;
	out->p95 = nth(scratch, n, n - 1 - n / 20);
}

static double p95_of_most(const float *values, size_t n, float *scratch) {
	const size_t count = known(values, n, scratch);

	return n && count * 2 >= n ? (double)nth(scratch, count, count - 1 - count / 20) : NAN;
}

void saw_stats_weeks(const struct saw_grid *g, const float *values, float *scratch, double *out) {
	const size_t begin = g->n - g->n_weeks * SAW_WEEK_SLOTS;

	for (size_t w = 0; w < g->n_weeks; w++)
		out[w] = p95_of_most(values + begin + w * SAW_WEEK_SLOTS, SAW_WEEK_SLOTS, scratch);
}

void saw_stats_days(const struct saw_grid *g, const float *values, float *scratch, float *out) {
	for (size_t d = 0; d < g->n_days; d++) {
		const size_t a = (size_t)((g->day_ms[d] - g->begin_ms) / SAW_SLOT_MS);
		const size_t b = (size_t)((g->day_ms[d + 1] - g->begin_ms) / SAW_SLOT_MS);

		out[d] = (float)p95_of_most(values + a, b - a, scratch);
	}
}
