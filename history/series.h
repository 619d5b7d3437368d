/*
 * What history is made of: one tunnel end's totals over time, from wherever they are kept.
 *
 * Purpose:   the report and the exports read points through `struct saw_history`; our own store (history/store.h) is one,
 *            Prometheus and its kin (history/engine.h) another. Same figures from both on the same data.
 * Ownership: what `each` is handed is borrowed for that call.
 * Errors:    0, a negative code with err set, or what `each` returned when it was not 0 (which ends the reading).
 */
#ifndef SAWATCH_HISTORY_SERIES_H
#define SAWATCH_HISTORY_SERIES_H

#include "core/err.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is counted of a tunnel end. Bytes and packets are those through IPsec (the plaintext side), as in sawatch_tunnel_*. */
enum saw_column {
	SAW_COLUMN_IN_BYTES,
	SAW_COLUMN_OUT_BYTES,
	SAW_COLUMN_IN_PACKETS,
	SAW_COLUMN_OUT_PACKETS,
	SAW_COLUMN_REPLAY_ERRORS,
	SAW_COLUMN_IN_ERRORS, /* all reasons but replay */
	SAW_COLUMN_OUT_ERRORS,
	SAW_COLUMN_QUEUE_DROPS, /* output discards of the tunnel interface */
	SAW_COLUMNS
};

/* One reading of a device. */
struct saw_point {
	int64_t at_ms; /* when the device answered */
	uint32_t has;  /* 1 << column; absent is not zero */
	uint8_t state; /* Sawatch__V1__TunnelState */
	bool maintenance;
	bool gap; /* since the point before, a count could not be known: what lies between is a lower bound */
	uint64_t total
		[SAW_COLUMNS]; /* never decrease, but where state was lost: then the first one starts anew, and gap is set */
};

/* A tunnel end that has points in the time asked for; texts as last known, NULL where not known. */
struct saw_history_end {
	const char *device, *tunnel;
	const char *interface, *local, *remote, *fvrf;
	const char *link, *site, *circuit, *owner;
	const char *const *tags;
	size_t n_tags;
	const char *encryption, *integrity, *mode; /* with nat_t: what the exact overhead of a packet is worked out from */
	uint32_t key_bits;
	bool nat_t, has_nat_t;
	uint64_t capacity_bytes_per_second; /* that somebody wrote down; 0: none */
	const char *capacity_from;          /* who did; NULL: the configuration of Sawatch */
	uint64_t bandwidth_kbit;            /* of the tunnel interface, where it is no default; 0: none */
};

/* The 95th percentiles of a day, from all of its readings; NAN where less than half of it is known. */
struct saw_history_day {
	int64_t day; /* since 1970, in the zone of the history */
	double in_p95, out_p95;
};

/* What was worked out of one direction of a day or month from all of its readings when it was over; p95 is NAN where nothing was. */
struct saw_history_closed {
	double p95, peak; /* bytes per second */
	int64_t peak_ms;  /* when the sample of the peak ended */
};

struct saw_history {
	void *ctx;
	int64_t raw_from_ms; /* before it there are no more than hours */
	/* By device and tunnel. */
	int (*ends)(void *ctx, int64_t from_ms, int64_t to_ms,
				int (*each)(void *each_ctx, const struct saw_history_end *end), void *each_ctx, struct saw_err *err);
	/* Oldest first, from <= at < to. */
	int (*points)(void *ctx, const char *device, const char *tunnel, int64_t from_ms, int64_t to_ms,
				  int (*each)(void *each_ctx, const struct saw_point *p), void *each_ctx, struct saw_err *err);
	/* Percentiles of days [from, to) that outlive the readings; many: all ends will be asked for. NULL: there are none. */
	int (*days)(void *ctx, const char *device, const char *tunnel, int64_t from_day, int64_t to_day, bool many,
				void (*each)(void *each_ctx, const struct saw_history_day *d), void *each_ctx, struct saw_err *err);
	/* In and out of exactly that day or month, of UTC or of the zone (which is the process's). 1: it was kept; 0: not. NULL: nothing is. */
	int (*closed)(void *ctx, const char *device, const char *tunnel, const char *zone, int64_t from_ms, int64_t to_ms,
				  struct saw_history_closed out[2], struct saw_err *err);
	void (*close)(void *ctx);
};

#endif
