/*
 * The time of a report cut into 5-minute slots, each with its hour of the week and its day in the time zone chosen.
 *
 * Purpose:   every series of a report lies on the same slots, so that the load of a circuit is a sum; the calendar is asked once and not
 *            at each reading.
 * Zone:      that of the process (history/period.h, saw_period_zone). A day with a change of the clocks has 23 or 25 hours; a week is seven times 24
 *            hours, counted back from the end.
 * Threads:   any, once the zone is set.
 * Errors:    SAW_EFORMAT (no time), SAW_ERANGE (the span), -ENOMEM, each with a text.
 */
#ifndef SAWATCH_HISTORY_GRID_H
#define SAWATCH_HISTORY_GRID_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SAW_SLOT_MS (5 * 60 * 1000LL)
#define SAW_DAY_MS (24 * 60 * 60 * 1000LL)
#define SAW_WEEK_MS (7 * SAW_DAY_MS)
#define SAW_WEEK_SLOTS ((size_t)(SAW_WEEK_MS / SAW_SLOT_MS))
#define SAW_WEEK_HOURS 168
#define SAW_GRID_DAYS_MAX 1100 /* three years */

struct saw_grid {
	int64_t begin_ms, to_ms; /* whole slots; what is before `first` is looked at for the trend only */
	size_t n, first;
	uint8_t *hour;   /* of each slot: 0 is Monday, 00:00 */
	uint16_t *day;   /* of each slot */
	int64_t *day_ms; /* when each day begins, and n_days more: the end */
	size_t n_days, first_day;
	size_t n_weeks;   /* whole ones, back from the end */
	int64_t kept_day; /* since 1970: of these days there are percentiles beside the slots, and before them */
	size_t n_kept;
};

/* "2026-10-01", "2026-10-01T14:30", "now", "30d" or "12w" before now; in the zone. */
int saw_zone_time(const char *text, int64_t now_ms, int64_t *out, struct saw_err *err);
/* The calendar month before the one that now_ms is in, or the one named ("2026-10"). */
int saw_zone_month(const char *month, int64_t now_ms, int64_t *from_ms, int64_t *to_ms, struct saw_err *err);
enum saw_zone_form {
	SAW_ZONE_DAY,     /* 2026-10-01 */
	SAW_ZONE_MINUTE,  /* 2026-10-01 14:30 */
	SAW_ZONE_WEEKDAY, /* Thu 2026-10-01 14:30 */
	SAW_ZONE_SHORT,   /* 1 Oct */
	SAW_ZONE_MONTH,   /* 2026-10 */
	SAW_ZONE_ISO,     /* 2026-10-01T14:30:00+0200 */
};
const char *saw_zone_print(int64_t at_ms, enum saw_zone_form form, char out[64]);

/* begin_ms <= from_ms < to_ms; the ends are brought to whole slots. Free it in either case. */
int saw_grid_make(int64_t begin_ms, int64_t from_ms, int64_t to_ms, struct saw_grid *out, struct saw_err *err);
void saw_grid_free(struct saw_grid *g);

static inline int64_t saw_grid_ms(const struct saw_grid *g, size_t slot) {
	return g->begin_ms + (int64_t)slot * SAW_SLOT_MS;
}
/* The week of a slot, 0 the oldest; negative: before the first whole one. */
static inline long saw_grid_week(const struct saw_grid *g, size_t slot) {
	return (long)g->n_weeks - 1 - (long)((g->n - 1 - slot) / SAW_WEEK_SLOTS);
}

#endif
