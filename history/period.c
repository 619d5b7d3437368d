#include "history/period.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY_MS 86400000

int saw_period_zone(const char *name, struct saw_err *err) {
	const char *folder = getenv("TZDIR");
	char path[512];

	/* The C library takes a name that it does not know for UTC, without a word. */
	if (strcmp(name, "UTC") != 0) {
		folder = folder && *folder ? folder : "/usr/share/zoneinfo";
		snprintf(path, sizeof path, "%.300s/%.150s", folder, name);
		if (name[0] == 0 || name[0] == '/' || name[0] == ':' || strstr(name, "..") || access(path, R_OK) != 0)
			return saw_err_set(
				err, SAW_EUNKNOWN,
				"\"%.64s\": no time zone of this name; expected one such as Europe/Berlin (ls %.300s), or UTC", name,
				folder);
	}
	if (setenv("TZ", name, 1) != 0)
		return saw_err_set(err, -errno, "TZ: %s", strerror(errno));
	tzset();
	return 0;
}

static int64_t floor_div(int64_t a, int64_t b) {
	return a / b - (a % b < 0);
}

static void split(bool local, int64_t at_ms, struct tm *tm) {
	time_t t = (time_t)floor_div(at_ms, 1000);

	if (!(local ? localtime_r(&t, tm) : gmtime_r(&t, tm)))
		memset(tm, 0, sizeof *tm);
}

static int64_t join(bool local, struct tm *tm) {
	tm->tm_isdst = -1;
	return (int64_t)(local ? mktime(tm) : timegm(tm)) * 1000;
}

/* Local days are numbered as if their dates were of UTC, so that a number is a date. */
int64_t saw_period_number(enum saw_period period, bool local, int64_t at_ms) {
	struct tm tm;

	if (period == SAW_PERIOD_DAY && !local)
		return floor_div(at_ms, DAY_MS);
	split(local, at_ms, &tm);
	if (period == SAW_PERIOD_MONTH)
		return (int64_t)tm.tm_year * 12 + tm.tm_mon;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return join(false, &tm) / DAY_MS;
}

int64_t saw_period_start(enum saw_period period, bool local, int64_t number) {
	struct tm tm = {.tm_mday = 1};

	if (period == SAW_PERIOD_MONTH) {
		tm.tm_year = (int)floor_div(number, 12);
		tm.tm_mon = (int)(number - floor_div(number, 12) * 12);
	} else {
		split(false, number * DAY_MS, &tm);
	}
	return join(local, &tm);
}

void saw_period_of(enum saw_period period, bool local, int64_t at_ms, int64_t *from_ms, int64_t *to_ms) {
	int64_t number = saw_period_number(period, local, at_ms);

	*from_ms = saw_period_start(period, local, number);
	*to_ms = saw_period_start(period, local, number + 1);
}
