#include "history/grid.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* -------------------------------------------------------------------------------------------------------------------- zone */

static int64_t ms_of(struct tm *t) {
	t->tm_isdst = -1;
	return (int64_t)mktime(t) * 1000;
}

int saw_zone_time(const char *text, int64_t now_ms, int64_t *out, struct saw_err *err) {
	struct tm t = {0};
	char unit = 0, more = 0;
	unsigned long n = 0;
	int used = 0;

	if (strcmp(text, "now") == 0) {
		*out = now_ms;
		return 0;
	}
	if (isdigit((unsigned char)text[0]) && sscanf(text, "%5lu%c%c", &n, &unit, &more) == 2 &&
		(unit == 'd' || unit == 'w')) {
		*out = now_ms - (int64_t)n * (unit == 'd' ? SAW_DAY_MS : SAW_WEEK_MS);
		return 0;
	}
	if (sscanf(text, "%4d-%2d-%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &used) == 3 && used == 10) {
		const struct tm date = t;
		int rest = 0;

		if (text[10] == 'T' || text[10] == ' ')
			used = sscanf(text + 11, "%2d:%2d%n", &t.tm_hour, &t.tm_min, &rest) == 2 && rest == 5 ? 16 : 0;
		t.tm_year -= 1900;
		t.tm_mon -= 1;
		if (used && text[used] == 0 && t.tm_hour < 24 && t.tm_min < 60) {
			*out = ms_of(&t);
			/* 2026-02-30 would become a day in March. */
			if (*out >= 0 && t.tm_mday == date.tm_mday && t.tm_mon == date.tm_mon - 1)
				return 0;
		}
	}
	return saw_err_set(err, SAW_EFORMAT,
					   "\"%s\": expected a date (2026-10-01), a date and time (2026-10-01T14:30), now, or "
					   "how long ago (30d, 12w)",
					   text);
}

int saw_zone_month(const char *month, int64_t now_ms, int64_t *from_ms, int64_t *to_ms, struct saw_err *err) {
	time_t now = (time_t)(now_ms / 1000);
	struct tm t = {0}, first = {.tm_mday = 1}, next;
	int used = 0;

	if (month) {
		if (sscanf(month, "%4d-%2d%n", &t.tm_year, &t.tm_mon, &used) != 2 || used != 7 || month[7] || t.tm_mon < 1 ||
			t.tm_mon > 12)
			return saw_err_set(err, SAW_EFORMAT, "\"%s\": expected a month, such as 2026-10", month);
		first.tm_year = t.tm_year - 1900;
		first.tm_mon = t.tm_mon - 1;
	} else {
		localtime_r(&now, &t);
		first.tm_year = t.tm_year;
		first.tm_mon = t.tm_mon - 1; /* mktime makes December of -1 */
	}
	next = first;
	next.tm_mon++;
	*from_ms = ms_of(&first);
	*to_ms = ms_of(&next);
	return 0;
}

const char *saw_zone_print(int64_t at_ms, enum saw_zone_form form, char out[64]) {
	time_t at = (time_t)(at_ms / 1000);
	struct tm t;
	size_t n;

	localtime_r(&at, &t);
	switch (form) {
	case SAW_ZONE_DAY:
		n = strftime(out, 64, "%Y-%m-%d", &t);
		break;
	case SAW_ZONE_WEEKDAY:
		n = strftime(out, 64, "%a %Y-%m-%d %H:%M", &t);
		break;
	case SAW_ZONE_SHORT:
		n = strftime(out, 64, "%e %b", &t);
		break;
	case SAW_ZONE_MONTH:
		n = strftime(out, 64, "%Y-%m", &t);
		break;
	case SAW_ZONE_ISO:
		n = strftime(out, 64, "%Y-%m-%dT%H:%M:%S%z", &t);
		break;
	default:
		n = strftime(out, 64, "%Y-%m-%d %H:%M", &t);
	}
	if (n == 0)
		out[0] = 0;
	return out;
}

/* -------------------------------------------------------------------------------------------------------------------- grid */

static int64_t down(int64_t ms) {
	return ms - ms % SAW_SLOT_MS;
}

/* The hour of the week of each slot; offsets of zones change at full slots. */
static void fill(struct saw_grid *g) {
	int yesterday = -1;

	for (size_t i = 0; i < g->n; i++) {
		time_t at = (time_t)(saw_grid_ms(g, i) / 1000);
		struct tm t;

		localtime_r(&at, &t);
		if (t.tm_yday != yesterday)
			g->day_ms[g->n_days++] = saw_grid_ms(g, i);
		yesterday = t.tm_yday;
		if (i == g->first)
			g->first_day = g->n_days - 1;
		g->day[i] = (uint16_t)(g->n_days - 1);
		g->hour[i] = (uint8_t)((t.tm_wday + 6) % 7 * 24 + t.tm_hour);
	}
	g->day_ms[g->n_days] = g->to_ms;
}

int saw_grid_make(int64_t begin_ms, int64_t from_ms, int64_t to_ms, struct saw_grid *out, struct saw_err *err) {
	*out = (struct saw_grid){.begin_ms = down(begin_ms), .to_ms = down(to_ms)};
	if (begin_ms < 0 || begin_ms > from_ms || down(from_ms) >= out->to_ms)
		return saw_err_set(err, SAW_ERANGE, "the time asked for ends before it has begun");
	if (out->to_ms - out->begin_ms > SAW_GRID_DAYS_MAX * SAW_DAY_MS)
		return saw_err_set(err, SAW_ERANGE, "the time asked for is longer than %d days", SAW_GRID_DAYS_MAX);
	out->n = (size_t)((out->to_ms - out->begin_ms) / SAW_SLOT_MS);
	out->first = (size_t)((down(from_ms) - out->begin_ms) / SAW_SLOT_MS);
	out->n_weeks = out->n / SAW_WEEK_SLOTS;
	out->hour = malloc(out->n);
	out->day = malloc(out->n * sizeof *out->day);
	out->day_ms = malloc((SAW_GRID_DAYS_MAX + 4) * sizeof *out->day_ms);
	if (!out->hour || !out->day || !out->day_ms)
		return saw_err_set(err, -ENOMEM, "no memory");
	fill(out);
	return 0;
}

void saw_grid_free(struct saw_grid *g) {
	free(g->hour);
	free(g->day);
	free(g->day_ms);
	*g = (struct saw_grid){0};
}
