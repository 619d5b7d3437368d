/*
 * The capacity report, from any history.
 *
 * Purpose:   reads each tunnel end once, one after the other, and keeps its figures, not its points: thousands of tunnels need no more memory than
 *            their rows. Circuits come first, with their sisters; then what was asked for.
 * Ends:      where both ends of a link run over one circuit, one of them is counted and the other one checks it.
 * Ownership: saw_report_free; everything in it is its own.
 * Errors:    as the history's, SAW_EUNKNOWN (nothing fits the filter), -ENOMEM, each with a text.
 */
#ifndef SAWATCH_HISTORY_REPORT_H
#define SAWATCH_HISTORY_REPORT_H

#include "config/config.h"
#include "core/arena.h"
#include "history/grid.h"
#include "history/series.h"
#include "proto/report.pb-c.h"

enum saw_report_by {
	SAW_BY_TUNNEL,
	SAW_BY_LINK,
	SAW_BY_CIRCUIT, /* circuits alone */
	SAW_BY_DEVICE,
	SAW_BY_SITE,
	SAW_BY_TAG,
	SAW_BYS,
};

extern const char *const saw_report_by_names[SAW_BYS];

struct saw_report_options {
	int64_t from_ms, to_ms, now_ms;
	int64_t trend_from_ms; /* readings are looked at from here on */
	int64_t kept_from_ms;  /* and percentiles of days that were kept; 0: from there too */
	const char *zone, *source;
	enum saw_report_by by;
	const char *device, *tunnel, *circuit; /* of these only; NULL: all */
	unsigned lead_days;
	const struct saw_config *config; /* for circuits, and what a history does not know of tunnels; NULL: none */
	void (*progress)(void *ctx, size_t done, size_t total);
	void *progress_ctx;
};

struct saw_report {
	Sawatch__V1__Report pb;
	struct saw_arena *arena;
};

int saw_report_make(const struct saw_history *h, const struct saw_report_options *o, struct saw_report **out,
					struct saw_err *err);
void saw_report_free(struct saw_report *r);

#endif
