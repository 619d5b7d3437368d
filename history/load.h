/*
 * Readings of one tunnel end -> its load on the slots of a report.
 *
 * Samples:   what passed between two readings is one sample. A slot has the sample that covers most of it, at least half; samples are not mixed, as that
 *            would make every peak lower than it was. Where readings come more often than slots, the slot is their mean. What is between two readings
 *            that are further apart than 2.5 times what is usual that day, or that a counter began anew between, is not known: it is never filled in.
 * Left out:  time in maintenance.
 * Coarse:    a slot that is made of readings more than 7.5 minutes apart: it shows no 5-minute peak.
 * Ownership: the arrays are reused from one tunnel to the next; saw_load_free at the end.
 * Errors:    -ENOMEM.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_LOAD_H
#define SAWATCH_HISTORY_LOAD_H

#include "history/grid.h"
#include "history/series.h"

enum saw_way { SAW_WAY_IN, SAW_WAY_OUT, SAW_WAYS };

/* What a slot shows of the state, worst last. */
enum saw_strip {
	SAW_STRIP_NONE, /* nothing was read */
	SAW_STRIP_UP,
	SAW_STRIP_MAINTENANCE,
	SAW_STRIP_UNKNOWN,
	SAW_STRIP_DEGRADED,
	SAW_STRIP_DOWN,
	SAW_STRIPS
};

struct saw_outage {
	int64_t from_ms, to_ms;
	bool open; /* it had not ended at the end */
};

/* What passed on a day of the report, exactly: of the time covered. */
struct saw_load_day {
	double bytes[SAW_WAYS], packets[SAW_WAYS];
	int64_t covered_ms[SAW_WAYS]; /* by bytes */
};

struct saw_load {
	const struct saw_grid *grid;
	float *bytes[SAW_WAYS], *packets[SAW_WAYS]; /* per second, by slot; NAN: not known */
	float *kept[SAW_WAYS];                      /* percentiles of days, grid->n_kept of them; filled in by the caller */
	uint8_t *strip;                             /* enum saw_strip, by slot */
	bool *coarse;

	/* From grid->first on. */
	uint64_t readings, gaps; /* gaps: times that a count could not be known */
	int64_t interval_ms;     /* usual time between readings; 0: there are none */
	int64_t up_ms, down_ms, unknown_ms, maintenance_ms;
	int64_t last_ms; /* the last reading; 0: none */
	struct saw_outage *outages;
	size_t n_outages;
	struct saw_load_day *days;   /* grid->n_days */
	uint64_t count[SAW_COLUMNS]; /* what was counted, a lower bound where there are gaps */
	uint32_t has;                /* 1 << column: something was */

	/* private */
	struct saw_point *points;
	size_t n_points, room, outages_room;
	int32_t *covered[2 * SAW_WAYS];
	int64_t *apart;
};

int saw_load_init(struct saw_load *l, const struct saw_grid *grid);
void saw_load_free(struct saw_load *l);

/* One tunnel: begin, add its points in order, end. */
void saw_load_begin(struct saw_load *l);
int saw_load_add(struct saw_load *l, const struct saw_point *p);
int saw_load_end(struct saw_load *l);

#endif
