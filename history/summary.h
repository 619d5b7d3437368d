/*
 * What is kept of a day and of a month when its readings are gone: percentiles of what went through a tunnel end.
 *
 * Purpose:   percentiles of rollups are not percentiles, so they are worked out from all readings when a day or month closes.
 * Definition: a sample is the rate between two readings. 95 % of the time that was covered the load was at or below `p95`: with
 *            readings at equal distances the largest sample once the top 5 % are thrown away, as circuits are billed. A sample
 *            that reaches over an end of the period counts for its part inside. What lies before a gap, a decrease, or more than
 *            2.5 times the usual distance of readings is not covered. Maintenance is not left out: the carrier does not either.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_SUMMARY_H
#define SAWATCH_HISTORY_SUMMARY_H

#include "core/buf.h"
#include "history/series.h"

enum saw_direction { SAW_DIRECTION_IN, SAW_DIRECTION_OUT, SAW_DIRECTIONS };

struct saw_summary_load {
	double coverage;              /* share of the period's time; 0: the rest is not known */
	uint64_t mean, p95, p99, max; /* bytes per second */
	int64_t max_ms;               /* when the sample of the maximum ended */
};

struct saw_summary {
	int64_t from_ms, to_ms;
	struct saw_summary_load load[SAW_DIRECTIONS];
};

/* points: in order, those around the period too where there are some. False: nothing is covered. -ENOMEM. */
int saw_summary_make(const struct saw_point *p, size_t n, int64_t from_ms, int64_t to_ms, int64_t interval_ms,
					 struct saw_summary *out);
/* The distance of readings above which what lies between is not known. */
int64_t saw_summary_hole(const struct saw_point *p, size_t n, int64_t interval_ms);

/* As bytes and back; the period is kept elsewhere. SAW_EFORMAT. */
void saw_summary_write(const struct saw_summary *s, struct saw_buf *out);
int saw_summary_read(const uint8_t *bytes, size_t len, struct saw_summary *inout);

#endif
