/*
 * History as text, for other programs and back.
 *
 * CSV:         RFC 4180, one reading a line, its first line names the columns. Times are RFC 3339 in UTC with milliseconds; what is not
 *              known is empty. By tunnel end and time as it is written, in any order as it is read.
 * OpenMetrics: version 1.0, the families that sawatchd shows to Prometheus, each sample with its time; `promtool tsdb create-blocks-from
 *              openmetrics` makes blocks of it. In-errors and out-errors are their reasons `recv` and `send`. A total that is not
 *              known has no sample.
 * Bounds:      lines of SAW_TRANSFER_LINE bytes.
 * Pure:        bytes leave and come by callbacks.
 */
#ifndef SAWATCH_HISTORY_TRANSFER_H
#define SAWATCH_HISTORY_TRANSFER_H

#include "core/buf.h"
#include "history/series.h"

#define SAW_TRANSFER_LINE 4096

enum saw_transfer_form { SAW_TRANSFER_CSV, SAW_TRANSFER_OPENMETRICS };

struct saw_transfer {
	enum saw_transfer_form form;
	int64_t from_ms, to_ms;
	const char *device, *tunnel; /* these only; NULL: all */
	int (*write)(void *ctx, const void *bytes, size_t n);
	void (*progress)(void *ctx, size_t done, size_t all); /* ends, of each family again; NULL: nobody asks */
	void *ctx;
};

/* *readings: how many were written. Or what `write` returned when it was not 0. */
int saw_history_export(const struct saw_history *h, const struct saw_transfer *t, uint64_t *readings,
					   struct saw_err *err);

/* ---------------------------------------------------------------------------------------------------------- CSV, read */

struct saw_csv;

/* Called with each reading; what is not 0 ends the reading and is its result. */
typedef int saw_csv_reading_fn(void *ctx, const char *device, const char *tunnel, const struct saw_point *p,
							   struct saw_err *err);

struct saw_csv *saw_csv_create(saw_csv_reading_fn *each, void *ctx); /* NULL without memory */
/* SAW_EFORMAT with "line N: ...". */
int saw_csv_feed(struct saw_csv *c, const char *bytes, size_t n, struct saw_err *err);
int saw_csv_end(struct saw_csv *c, struct saw_err *err); /* the last line may have no line feed */
void saw_csv_destroy(struct saw_csv *c);                 /* takes NULL */

/* In the order of TunnelState. */
#define SAW_TRANSFER_STATES 7
extern const char *const saw_transfer_states[SAW_TRANSFER_STATES];

/* "2026-06-01T00:00:00.123Z", the Unix time in seconds, or a date. SAW_EFORMAT. */
int saw_transfer_time(const char *text, size_t n, int64_t *out);
void saw_transfer_print_time(int64_t at_ms, char out[32]);

#endif
