/*
 * Figures of a load: what a report says of 5-minute samples.
 *
 * Percentile: the billing definition. The samples known are sorted, the highest 5 % of them (rounded down) are dropped, and the highest that is
 *             left is the figure; the larger one of in and out is what is billed. Samples that are not known take no part.
 * Busy hour:  the hour of the day (in the report's zone) whose mean over all days is the highest.
 * Pure. Sources: ITU-T E.600 (busy hour); Sen 1968 and Gilbert 1987 (trend.h).
 */
#ifndef SAWATCH_HISTORY_STATS_H
#define SAWATCH_HISTORY_STATS_H

#include "history/grid.h"

struct saw_figures {
	size_t samples; /* known; 0: nothing else is said */
	double mean, p95, peak;
	size_t peak_slot;
	unsigned busy_hour; /* 0 to 23 */
	double busy_mean;
	size_t above_80, above_90;  /* samples above that share of the capacity */
	float heat[SAW_WEEK_HOURS]; /* mean by hour of the week; NAN: not known */
};

/* Of the samples known among values[0..n). scratch holds n. NAN where there is none. */
double saw_stats_p95(const float *values, size_t n, float *scratch);

/* From g->first on. capacity: in the unit of the values; 0: none. scratch holds g->n. */
void saw_stats_figures(const struct saw_grid *g, const float *values, double capacity, float *scratch,
					   struct saw_figures *out);

/* By week (g->n_weeks) and by day (g->n_days): the 95th percentile; NAN where less than half of the samples are known. */
void saw_stats_weeks(const struct saw_grid *g, const float *values, float *scratch, double *out);
void saw_stats_days(const struct saw_grid *g, const float *values, float *scratch, float *out);

#endif
