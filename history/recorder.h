/*
 * What history takes of snapshots: a reading of each tunnel end when its device was read again, and what changed in between.
 *
 * Purpose:   a reading is taken when the configured interval has passed since the last one, and at once when the state changed or a
 *            count could not be known. While a device cannot be read there is one reading without totals: that its tunnels are
 *            unknown.
 * Errors of a tunnel end are counted by several reasons that overlap, and by the device's own sums: history has the largest.
 * Clock:     a clock that jumps makes a rate that nobody can know: the readings around the jump are marked as a gap. While it is behind
 *            what is kept already nothing is taken, and `behind_ms` says by how much.
 * Time comes in: the wall clock with the snapshot, `steady_ms` from one that is never set.
 */
#ifndef SAWATCH_HISTORY_RECORDER_H
#define SAWATCH_HISTORY_RECORDER_H

#include "history/keeper.h"

struct saw_recorder;

struct saw_recorded {
	unsigned taken;
	unsigned lost;     /* readings that the keeper had no room for */
	int64_t behind_ms; /* the clock is behind what is kept; 0: it is not */
	int64_t jump_ms;   /* the clock was set by this much since the last snapshot; 0: it was not */
};

struct saw_recorder *saw_recorder_create(void); /* NULL without memory */
void saw_recorder_destroy(struct saw_recorder *r);

/* Puts readings; the caller commits them. -ENOMEM. */
int saw_recorder_take(struct saw_recorder *r, struct saw_keeper *k, const Sawatch__V1__Snapshot *s, int64_t interval_ms,
					  int64_t steady_ms, struct saw_recorded *out);

/* What a snapshot says of an end's totals: has and total are filled in. */
void saw_recorder_totals(const Sawatch__V1__TunnelEnd *t, struct saw_point *p);

#endif
