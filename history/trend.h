/*
 * Growth and where it leads: a trend that single odd weeks do not bend, with how sure it is.
 *
 * Growth:    Theil-Sen: the median of the slopes between all pairs of weekly 95th percentiles; its 95 % interval by Kendall's variance (Sen 1968;
 *            Gilbert 1987, "Statistical Methods for Environmental Pollution Monitoring", 16.5). From eight weeks on.
 * Steps:     a day from which on the median of seven daily percentiles differs from that of the seven days before by more than 20 % and by more than
 *            three times their scatter. A trend is of the time since the last one: a step is no growth.
 * Forecast:  when the line through the medians reaches the limit; the interval is that of the slope.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_TREND_H
#define SAWATCH_HISTORY_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAW_TREND_WEEKS_LEAST 8
#define SAW_TREND_WEEKS_MAX 160
#define SAW_STEPS_MAX 8

struct saw_trend {
	size_t weeks;              /* known ones that it was made of; 0: there are too few, and nothing else is said */
	double slope;              /* per week */
	double low, high;          /* the interval */
	double t_middle, y_middle; /* the medians: the line goes through them */
};

/* values[i] is of week i, NAN: not known. False where fewer than eight are known. */
bool saw_trend_of(const double *values, size_t n, struct saw_trend *out);

/* The line at week t. */
double saw_trend_at(const struct saw_trend *tr, double slope, double t);

struct saw_step {
	size_t day; /* the first one of the new level */
	double before, after;
};

/* Of daily percentiles, oldest first. The number of steps, at most SAW_STEPS_MAX. */
size_t saw_trend_steps(const float *days, size_t n, struct saw_step out[SAW_STEPS_MAX]);

enum saw_reach {
	SAW_REACH_UNKNOWN, /* not enough data, or no limit */
	SAW_REACH_NOW,     /* it is there already */
	SAW_REACH_AT,      /* see weeks */
	SAW_REACH_NEVER,   /* it does not grow */
	SAW_REACH_FAR,     /* beyond SAW_REACH_YEARS: such a line says nothing that far */
};
#define SAW_REACH_YEARS 5

struct saw_forecast {
	enum saw_reach reach;
	double weeks; /* from the end of the data on */
	double early; /* of the interval; 0 where it may be there already */
	double late;  /* INFINITY: perhaps never */
};

/* n: the weeks that the trend's time counts; the end of the data is at n. */
void saw_trend_reach(const struct saw_trend *tr, size_t n, double limit, struct saw_forecast *out);

#endif
