/*
 * Loads by slot -> the figures and pictures of one row of a report.
 *
 * Ownership: everything is taken from the caller's arena.
 * Errors:    -ENOMEM.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_ROW_H
#define SAWATCH_HISTORY_ROW_H

#include "core/arena.h"
#include "history/load.h"
#include "history/stats.h"
#include "proto/report.pb-c.h"

#define SAW_ROW_BUCKETS 240 /* at most, of a picture */
#define SAW_ROW_OUTAGES 20

/* What rows are made with, one after the other. */
struct saw_rows {
	const struct saw_grid *grid;
	struct saw_arena *arena;
	float *scratch, *days; /* grid->n; days that are kept, then grid->n_days */
	double *weeks;         /* SAW_TREND_WEEKS_MAX and grid->n_weeks */
};

int saw_rows_init(struct saw_rows *r, const struct saw_grid *grid, struct saw_arena *arena);
void saw_rows_free(struct saw_rows *r);

/* One direction of a row, of values by slot. capacity 0: none. trend: also growth, steps and forecast. heat: its mean by hour of the week. */
struct saw_row_flow {
	const float *values;
	const float *kept;                       /* of grid->n_kept days; NULL: none */
	const struct saw_history_closed *closed; /* of exactly the time of the report, better than its values; NULL: none */
	double capacity;
	bool trend;
};
int saw_row_flow(struct saw_rows *r, const struct saw_row_flow *in, Sawatch__V1__ReportFlow **out,
				 float heat[SAW_WEEK_HOURS]);

/* The pictures. strip may be NULL. */
int saw_row_chart(struct saw_rows *r, const float *in, const float *out, const uint8_t *strip,
				  const float heat[SAW_WAYS][SAW_WEEK_HOURS], Sawatch__V1__ReportRow *row);

/* Coverage, state, errors: what one tunnel's load says besides its rates. */
int saw_row_facts(struct saw_rows *r, const struct saw_load *l, Sawatch__V1__ReportRow *row);

/* The same of what was counted apart from rates, and of the time in which the state is known. */
void saw_row_counts(const uint64_t count[SAW_COLUMNS], uint32_t has, int64_t up_ms, int64_t down_ms,
					Sawatch__V1__ReportRow *row);

char *saw_row_text(struct saw_rows *r, const char *text, int *rc); /* a copy; NULL of NULL */
char *saw_row_printf(struct saw_rows *r, int *rc, const char *fmt, ...) SAW_PRINTF(3, 4);
int saw_row_note(struct saw_rows *r, Sawatch__V1__ReportRow *row, char *text);

#define SAW_SET(m, field, v)  \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

#endif
