/*
 * What a trend knows of the time before a report's slots: the 95th percentiles of days, as they were worked out when the days were over.
 *
 * Weeks:     the median of a week's days, brought to the level of weekly percentiles by what the two are to each other in the weeks that have slots.
 *            For sums (circuits, sites) the days are the sum of their tunnels' percentiles, and brought to level alike.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_KEPT_H
#define SAWATCH_HISTORY_KEPT_H

#include "history/grid.h"

/* kept: of grid->n_kept days; weeks: of the grid. At most `most` of them, oldest first, the first one known; how many. -ENOMEM. */
int saw_kept_weeks(const struct saw_grid *g, const float *kept, const double *weeks, size_t most, double *out);

/* days: of the grid. The kept ones before them, grid->n_kept of them at most, from day grid->kept_day on; how many. -ENOMEM. */
int saw_kept_days(const struct saw_grid *g, const float *kept, const float *days, float *out);

/* Adds a tunnel's days to a sum; where it is not known it lacks what it usually has. */
void saw_kept_add(const float *days, size_t n, float *sum, float *missing);
/* Days in which tunnels of more than 5 % are missing are not known. */
void saw_kept_close(float *sum, const float *missing, size_t n);

#endif
