/*
 * What a plugin says: status, one line, performance data, long output.
 *
 * Source: Monitoring Plugins Development Guidelines: STATUS line | 'label'=value[UOM];[warn];[crit];[min];[max], exit status 0-3.
 * Ownership: the struct is the caller's; saw_output_free.
 * Pure.
 */
#ifndef SAWATCH_MODEL_CHECK_OUTPUT_H
#define SAWATCH_MODEL_CHECK_OUTPUT_H

#include "core/buf.h"
#include "model/threshold.h"

enum saw_status { SAW_OK = 0, SAW_WARNING = 1, SAW_CRITICAL = 2, SAW_UNKNOWN = 3 };

const char *saw_status_name(enum saw_status s); /* "OK" */

/* Critical before warning before unknown before OK. */
enum saw_status saw_status_worse(enum saw_status a, enum saw_status b);
int saw_status_rank(enum saw_status s); /* 0 is worst */

struct saw_output {
	const char *service; /* "SAWATCH TUNNEL" */
	enum saw_status status;
	struct saw_buf
		summary; /* fill these three with the functions below, which keep what would end a line or a field out */
	struct saw_buf details;
	struct saw_buf perfdata;
};

void saw_output_init(struct saw_output *o, const char *service);
void saw_output_free(struct saw_output *o);

/* Appends a text from elsewhere: control characters and bytes that are no UTF-8 are escaped, '|' becomes '/'. */
void saw_output_put(struct saw_buf *b, const char *text);

/* Shortest readable form of a number. */
void saw_output_put_number(struct saw_buf *b, double v);

struct saw_perf {
	const char *label;                          /* quoted and cleaned here */
	const char *uom;                            /* "", "s", "B", "c", "%" */
	const struct saw_range *warning, *critical; /* may be NULL */
};

/* Where an entry no longer fits (half of the 8 KiB that Nagios reads), it and those behind it are left out whole. min is 0. */
void saw_output_perf(struct saw_output *o, const struct saw_perf *p, double value);
void saw_output_perf_count(struct saw_output *o, const struct saw_perf *p, uint64_t value);

/* The whole text, details only if asked for. */
void saw_output_print(const struct saw_output *o, bool details, struct saw_buf *out);

#endif
