/*
 * The last hour of one tunnel end: its rates and its state, a point for each minute in which something was polled.
 *
 * Purpose:   the short curves of the status page. In memory only and bounded: 1,444 bytes for an end that is polled every minute, 292
 *            for one that is polled every five. What lasts is history's.
 * Rules:     a minute in which nothing was polled has no point; what a poll did not give is absent from its point. A rate is of
 *            the time between two polls and says how long that was. Several polls in one minute are one point: the mean of their
 *            rates by time, and the worst of their states.
 * Threads:   its owner's.
 * Ownership: saw_recent_destroy.
 * Pure; time comes in.
 */
#ifndef SAWATCH_STORE_RECENT_H
#define SAWATCH_STORE_RECENT_H

#include "proto/sawatch.pb-c.h"

#include <stdbool.h>

#define SAW_RECENT_POINTS 60
#define SAW_RECENT_MS INT64_C(3600000)

struct saw_recent; /* NULL: nothing yet */

/* What one poll of one source gave. In both directions bytes, or packets where the source counts no bytes. */
struct saw_recent_rates {
	int64_t span_ms; /* between this poll and the one before */
	bool has_in, has_out, has_replay;
	bool packets;
	double in, out, replay; /* per second */
};

/* Without memory the point is lost, and nothing else. */
void saw_recent_add_rates(struct saw_recent **r, int64_t at_ms, const struct saw_recent_rates *rates);
/* now_ms: points of a later time are from before the clock was set back, and are dropped. */
void saw_recent_add_state(struct saw_recent **r, int64_t now_ms, Sawatch__V1__TunnelState state);

/* The points that are younger than an hour, oldest first; how many. r may be NULL. */
size_t saw_recent_read(const struct saw_recent *r, int64_t now_ms, Sawatch__V1__RecentPoint out[SAW_RECENT_POINTS]);

/* Bytes that it takes. */
size_t saw_recent_size(const struct saw_recent *r);
void saw_recent_destroy(struct saw_recent *r);

#endif
