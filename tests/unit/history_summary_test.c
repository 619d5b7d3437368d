/* Percentiles of loads that are known, worked out here by themselves, and days and months with their lengths. */
#include "history/period.h"
#include "history/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T0 1780272000000LL /* 2026-06-01 */
#define N 289
#define ALL (1U << SAW_COLUMN_IN_BYTES | 1U << SAW_COLUMN_OUT_BYTES)

static struct saw_point points[N];
static double rates[N - 1];

/* A day of readings whose samples have these rates, in bytes per second; out is twice in. */
static void day_of(double (*rate)(int i)) {
	double sum = 0;

	memset(points, 0, sizeof points);
	for (int i = 0; i < N; i++) {
		points[i] = (struct saw_point){.at_ms = T0 + i * 5 * MINUTE, .has = ALL, .state = 1};
		points[i].total[SAW_COLUMN_IN_BYTES] = (uint64_t)sum;
		points[i].total[SAW_COLUMN_OUT_BYTES] = 2 * (uint64_t)sum;
		if (i < N - 1) {
			rates[i] = rate(i);
			sum += rates[i] * 300;
		}
	}
}

static struct saw_summary made(void) {
	struct saw_summary s;

	assert_int_equal(saw_summary_make(points, N, T0, T0 + DAY, 5 * MINUTE, &s), 1);
	return s;
}

static int by_size(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* As circuits are billed: sorted, the top 5 % thrown away, the largest that is left. */
static double billed(double top) {
	double sorted[N - 1];

	memcpy(sorted, rates, sizeof sorted);
	qsort(sorted, N - 1, sizeof *sorted, by_size);
	return sorted[N - 1 - (int)((N - 1) * top) - 1];
}

static double constant(int i) {
	(void)i;
	return 1000;
}
static double step(int i) {
	return i < 144 ? 1000 : 5000;
}
static double ramp(int i) {
	return i * 7919 % 288 * 100; /* each of 288 loads once, in no order */
}
static double burst(int i) {
	return i == 100 ? 90000 : i % 20 == 7 ? 8000 : 500; /* five in a hundred, and one above */
}

static void known_loads_have_known_percentiles(void **state) {
	static const struct {
		double (*rate)(int i);
		uint64_t mean, max;
	} loads[] = {{constant, 1000, 1000}, {step, 3000, 5000}, {ramp, 14350, 28700}, {burst, 0, 90000}};

	(void)state;
	for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
		struct saw_summary s;

		day_of(loads[i].rate);
		s = made();
		assert_int_equal(s.load[SAW_DIRECTION_IN].p95, (uint64_t)billed(0.05));
		assert_int_equal(s.load[SAW_DIRECTION_IN].p99, (uint64_t)billed(0.01));
		assert_int_equal(s.load[SAW_DIRECTION_IN].max, loads[i].max);
		assert_int_equal(s.load[SAW_DIRECTION_OUT].max, 2 * loads[i].max);
		if (loads[i].mean)
			assert_int_equal(s.load[SAW_DIRECTION_IN].mean, loads[i].mean);
		assert_true(s.load[SAW_DIRECTION_IN].coverage > 0.999999);
	}
	assert_int_equal(made().load[SAW_DIRECTION_IN].max_ms, T0 + 101 * 5 * MINUTE);
	assert_int_equal(made().load[SAW_DIRECTION_IN].p95, 8000);
}

static void what_is_not_known_is_not_covered(void **state) {
	struct saw_summary s;

	(void)state;
	day_of(constant);
	/* A gap, a restart without one, and an hour that nobody looked. */
	points[50].gap = true;
	for (int i = 100; i < N; i++)
		points[i].total[SAW_COLUMN_IN_BYTES] -= 20000000;
	memmove(points + 200, points + 212, (N - 212) * sizeof *points);
	assert_int_equal(saw_summary_make(points, N - 12, T0, T0 + DAY, 5 * MINUTE, &s), 1);
	assert_int_equal((int)(s.load[SAW_DIRECTION_IN].coverage * 288 + 0.5), 288 - 1 - 1 - 13);
	assert_int_equal((int)(s.load[SAW_DIRECTION_OUT].coverage * 288 + 0.5), 288 - 1 - 13 - 0);
	assert_int_equal(s.load[SAW_DIRECTION_IN].max, 1000);
	assert_int_equal(s.load[SAW_DIRECTION_IN].mean, 1000);
	/* Nothing at all, one reading, and what was never counted. */
	assert_int_equal(saw_summary_make(points, 0, T0, T0 + DAY, 5 * MINUTE, &s), 0);
	assert_int_equal(saw_summary_make(points, 1, T0, T0 + DAY, 5 * MINUTE, &s), 0);
	for (int i = 0; i < N; i++)
		points[i].has = 1U << SAW_COLUMN_IN_BYTES;
	assert_int_equal(saw_summary_make(points, 100, T0, T0 + DAY, 5 * MINUTE, &s), 1);
	assert_true(s.load[SAW_DIRECTION_OUT].coverage == 0);
}

/* A sample that reaches over midnight counts for its part; a device that is read every quarter of an hour is not one hole. */
static void edges_and_other_intervals(void **state) {
	struct saw_summary s;
	struct saw_point p[5] = {0};

	(void)state;
	for (int i = 0; i < 5; i++) {
		p[i] = (struct saw_point){.at_ms = T0 - 10 * MINUTE + i * 15 * MINUTE, .has = ALL};
		p[i].total[SAW_COLUMN_IN_BYTES] = (uint64_t)(i < 2 ? i * 900 : 900 + (i - 1) * 90000);
	}
	assert_int_equal(saw_summary_make(p, 5, T0, T0 + HOUR, 5 * MINUTE, &s), 1);
	assert_int_equal((int)(s.load[SAW_DIRECTION_IN].coverage * 60 + 0.5), 50);
	assert_int_equal(s.load[SAW_DIRECTION_IN].mean, (5 * 1 + 45 * 100 + 25) / 50);
	assert_int_equal(s.load[SAW_DIRECTION_IN].p95, 100);
}

static void a_summary_comes_back(void **state) {
	struct saw_buf b = SAW_BUF_INIT(1000);
	struct saw_summary s, again = {.from_ms = T0, .to_ms = T0 + DAY};

	(void)state;
	day_of(burst);
	s = made();
	s.load[SAW_DIRECTION_OUT] = (struct saw_summary_load){0};
	saw_summary_write(&s, &b);
	assert_int_equal(saw_summary_read(b.data, b.len, &again), 0);
	assert_memory_equal(&s, &again, sizeof s);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(saw_summary_read(b.data, n, &again), SAW_EFORMAT);
	saw_buf_free(&b);
}

static int64_t length(enum saw_period period, bool local, int64_t at_ms) {
	int64_t from, to;

	saw_period_of(period, local, at_ms, &from, &to);
	assert_true(from <= at_ms && at_ms < to);
	assert_int_equal(saw_period_start(period, local, saw_period_number(period, local, at_ms)), from);
	assert_int_equal(saw_period_number(period, local, to - 1), saw_period_number(period, local, at_ms));
	assert_int_equal(saw_period_number(period, local, to), saw_period_number(period, local, at_ms) + 1);
	return to - from;
}

static void days_and_months_have_their_lengths(void **state) {
	const int64_t spring = 1774742400000LL, autumn = 1792886400000LL;     /* 2026-03-29, 2026-10-25 */
	const int64_t february = 1834617600000LL, leap_day = 1835395200000LL; /* 2028-02-20, 2028-02-29 */
	struct saw_err err;

	(void)state;
	assert_int_equal(saw_period_zone("Europe/Berlin", &err), 0);
	assert_int_equal(length(SAW_PERIOD_DAY, false, spring), DAY);
	assert_int_equal(length(SAW_PERIOD_DAY, true, spring + 6 * HOUR), 23 * HOUR);
	assert_int_equal(length(SAW_PERIOD_DAY, true, autumn + 6 * HOUR), 25 * HOUR);
	assert_int_equal(length(SAW_PERIOD_MONTH, true, spring), 31 * DAY - HOUR);
	assert_int_equal(length(SAW_PERIOD_MONTH, true, autumn), 31 * DAY + HOUR);
	assert_int_equal(length(SAW_PERIOD_MONTH, false, february), 29 * DAY);
	assert_int_equal(length(SAW_PERIOD_DAY, true, leap_day), DAY);
	assert_int_equal(saw_period_start(SAW_PERIOD_DAY, true, saw_period_number(SAW_PERIOD_DAY, true, T0)),
					 T0 - 2 * HOUR);
	assert_int_equal(saw_period_zone("America/St_Johns", &err), 0);
	assert_int_equal(saw_period_start(SAW_PERIOD_DAY, true, saw_period_number(SAW_PERIOD_DAY, true, T0 + 4 * HOUR)),
					 T0 + 2 * HOUR + 30 * MINUTE);
	for (int64_t at = T0; at < T0 + 400 * DAY; at += 7 * HOUR)
		length(SAW_PERIOD_DAY, true, at);
	assert_int_equal(saw_period_zone("../etc/passwd", &err), SAW_EUNKNOWN);
	assert_int_equal(saw_period_zone("UTC", &err), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_loads_have_known_percentiles), cmocka_unit_test(what_is_not_known_is_not_covered),
		cmocka_unit_test(edges_and_other_intervals),          cmocka_unit_test(a_summary_comes_back),
		cmocka_unit_test(days_and_months_have_their_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
