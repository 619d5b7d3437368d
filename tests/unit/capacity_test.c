/* What a capacity report says of loads that are known beforehand; each expectation is worked out here, without the code under test. */
#include "history/load.h"
#include "history/period.h"
#include "history/stats.h"
#include "history/trend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define UP SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP
#define DOWN SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN
#define UNKNOWN SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN

/* 2026-10-05 00:00 UTC, a Monday: 20,731 days since 1970-01-01, which was a Thursday. */
#define MONDAY_MS (20731 * SAW_DAY_MS)

#define BYTES_IN (1U << SAW_COLUMN_IN_BYTES)
#define BYTES_OUT (1U << SAW_COLUMN_OUT_BYTES)
#define PACKETS_IN (1U << SAW_COLUMN_IN_PACKETS)

static struct saw_grid grid;
static struct saw_load load;
static float *scratch;

static void begin_zone(const char *zone, int64_t begin_ms, int64_t from_ms, int64_t to_ms) {
	assert_int_equal(saw_period_zone(zone, NULL), 0);
	assert_int_equal(saw_grid_make(begin_ms, from_ms, to_ms, &grid, NULL), 0);
	assert_int_equal(saw_load_init(&load, &grid), 0);
	scratch = malloc(grid.n * sizeof *scratch);
	assert_non_null(scratch);
	saw_load_begin(&load);
}

static void begin(int64_t from_ms, int64_t to_ms) {
	begin_zone("UTC", from_ms, from_ms, to_ms);
}

static void end(void) {
	saw_load_free(&load);
	saw_grid_free(&grid);
	free(scratch);
	scratch = NULL;
}

static void add(int64_t at_ms, int state, uint64_t in_bytes, bool gap) {
	const struct saw_point p = {.at_ms = at_ms,
								.has = BYTES_IN,
								.state = (uint8_t)state,
								.gap = gap,
								.total = {[SAW_COLUMN_IN_BYTES] = in_bytes}};

	assert_int_equal(saw_load_add(&load, &p), 0);
}

static struct saw_figures figures(double capacity) {
	struct saw_figures f;

	assert_int_equal(saw_load_end(&load), 0);
	saw_stats_figures(&grid, load.bytes[SAW_WAY_IN], capacity, scratch, &f);
	return f;
}

#define near(a, b) assert_true(fabs((double)(a) - (double)(b)) <= 1e-6 * (1 + fabs((double)(b))))

/* ------------------------------------------------------------------------------------------------------------- known series */

/* 1,000 bytes a second, read every 5 minutes but never on a slot's edge. */
static void a_constant_load_is_the_same_everywhere(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int64_t t = -137; t <= 86400 + 400; t += 300)
		add(MONDAY_MS + t * 1000, UP, (uint64_t)(1000000 + t * 1000), false);
	f = figures(1200);
	assert_int_equal(f.samples, 288);
	near(f.mean, 1000);
	near(f.p95, 1000);
	near(f.peak, 1000);
	near(f.busy_mean, 1000);
	assert_int_equal(f.above_80, 288); /* 1,000 of 1,200 are 83 % */
	assert_int_equal(f.above_90, 0);
	assert_int_equal(load.gaps, 0);
	assert_int_equal(load.interval_ms, 300000);
	assert_int_equal(load.up_ms, SAW_DAY_MS);
	assert_int_equal(load.down_ms + load.unknown_ms + load.maintenance_ms, 0);
	/* What went through between 00:00 and 24:00, whatever the readings before and after say. */
	assert_true(llabs((long long)load.count[SAW_COLUMN_IN_BYTES] - 86400000LL) <= 2);
	for (int h = 0; h < 24; h++)
		near(f.heat[h], 1000);
	for (int h = 24; h < SAW_WEEK_HOURS; h++)
		assert_true(isnan(f.heat[h]));
	end();
}

/* 100 bytes a second, and 1,000 from 12:00 on. */
static void a_step_in_the_middle_of_a_day(void **state) {
	uint64_t total = 0;
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = 0; i <= 288; i++) {
		add(MONDAY_MS + i * SAW_SLOT_MS, UP, total, false);
		total += i < 144 ? 100 * 300 : 1000 * 300;
	}
	f = figures(0);
	near(f.mean, 550);
	near(f.p95, 1000);
	near(f.peak, 1000);
	assert_int_equal(f.peak_slot, 144);
	assert_int_equal(f.busy_hour, 12);
	assert_int_equal(f.above_80, 0); /* no capacity, nothing above it */
	end();
}

/* The samples 1 to 288 in an order by chance: 14 of them, 5 % rounded down, are dropped, and 274 is the highest that is left. */
static void the_percentile_is_the_one_that_is_billed(void **state) {
	uint64_t total = 0;
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = 0; i <= 288; i++) {
		add(MONDAY_MS + i * SAW_SLOT_MS, UP, total, false);
		total += (uint64_t)(i * 125 % 289) * 300; /* 289 is prime to 125: each of 0 to 288 once */
	}
	f = figures(0);
	/* i goes from 0 to 287: the residue of 288 is missing, which is 288 * 125 % 289 = 164. */
	assert_int_equal(288 * 125 % 289, 164);
	near(f.p95, 274);
	near(f.peak, 288);
	near(f.mean, (288.0 * 289 / 2 - 164) / 288);
	end();
}

static void the_percentile_of_few_samples(void **state) {
	float v[20], out[20];

	(void)state;
	for (int n = 1; n <= 20; n++) {
		for (int i = 0; i < n; i++)
			v[i] = (float)((i * 7 + 3) % n + 1); /* 1 to n where 7 and n have no divisor in common; else at least 1 */
		if (n % 7 == 0)
			continue;
		/* One is dropped from 20 on. */
		near(saw_stats_p95(v, (size_t)n, out), n == 20 ? 19 : n);
	}
	assert_true(isnan(saw_stats_p95(v, 0, out)));
	v[0] = NAN;
	assert_true(isnan(saw_stats_p95(v, 1, out)));
}

/* Two weeks: every day a sine with its height at 15:00, nothing at weekends. */
static void a_daily_cycle_has_its_busy_hour(void **state) {
	double total = 0, sum = 0, hour15 = 0;
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + 14 * SAW_DAY_MS);
	for (int i = 0; i <= 14 * 288; i++) {
		const int day = i / 288, slot = i % 288;
		const double rate = day % 7 >= 5 ? 0 : 5000 + 4000 * cos((slot - 183) * 2 * 3.14159265358979 / 288);

		add(MONDAY_MS + i * SAW_SLOT_MS, UP, (uint64_t)total, false);
		if (i < 14 * 288) {
			sum += rate;
			if (slot / 12 == 15)
				hour15 += rate;
		}
		total += rate * 300;
	}
	f = figures(0);
	assert_true(fabs(f.mean - sum / (14 * 288)) < 1);
	assert_int_equal(f.busy_hour, 15);
	assert_true(fabs(f.busy_mean - hour15 / (14 * 12)) < 1);
	assert_true(f.heat[15] > 8900 && f.heat[3] < 1100); /* Monday */
	assert_true(f.heat[5 * 24 + 15] < 1);               /* Saturday */
	end();
}

/* -------------------------------------------------------------------------------------------------- what is not known, and says so */

/* Nothing was read from 06:00 to 18:00, though the total went on: that half of the day is no sample, and is in no rate. */
static void a_gap_is_left_out_and_counted(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = 0; i <= 288; i++)
		if (i <= 72 || i >= 216)
			add(MONDAY_MS + i * SAW_SLOT_MS, UP,
				(uint64_t)(i <= 72 ? i * 30000 : 72 * 30000 + 90000000 + (i - 216) * 60000), false);
	f = figures(0);
	assert_int_equal(f.samples, 144);
	near(f.mean, 150); /* 72 of 100, 72 of 200 */
	near(f.peak, 200);
	assert_int_equal(load.unknown_ms, 12 * HOUR_MS);
	assert_int_equal(load.up_ms, 12 * HOUR_MS);
	assert_int_equal(load.strip[100], SAW_STRIP_UNKNOWN);
	/* The volume is all of it: it did pass. */
	assert_int_equal(load.count[SAW_COLUMN_IN_BYTES], 72 * 30000 + 90000000 + 72 * 60000);
	end();
}

/* The total begins anew at 12:00 (state was lost): no negative rate, no giant one, one slot less, one gap. */
static void a_total_that_begins_anew_is_no_traffic(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = 0; i <= 288; i++)
		add(MONDAY_MS + i * SAW_SLOT_MS, UP, (uint64_t)(i < 144 ? 5000000000 + i * 30000 : (i - 144) * 30000),
			i == 144);
	f = figures(0);
	assert_int_equal(f.samples, 287);
	near(f.mean, 100);
	near(f.peak, 100);
	assert_int_equal(load.gaps, 1);
	end();
}

/* A gap that the store marked, with a total that grew nevertheless: a lower bound, and no sample. */
static void a_marked_gap_is_no_sample(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + HOUR_MS);
	for (int i = 0; i <= 12; i++)
		add(MONDAY_MS + i * SAW_SLOT_MS, UP, (uint64_t)i * 30000, i == 6);
	f = figures(0);
	assert_int_equal(f.samples, 11);
	assert_int_equal(load.gaps, 1);
	assert_int_equal(load.count[SAW_COLUMN_IN_BYTES], 360000);
	end();
}

/* A column that is not there is not zero. */
static void absent_is_not_zero(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + HOUR_MS);
	for (int i = 0; i <= 12; i++)
		add(MONDAY_MS + i * SAW_SLOT_MS, UP, (uint64_t)i * 30000, false);
	f = figures(0);
	assert_int_equal(f.samples, 12);
	for (size_t i = 0; i < grid.n; i++)
		assert_true(isnan(load.bytes[SAW_WAY_OUT][i]) && isnan(load.packets[SAW_WAY_IN][i]));
	assert_int_equal(load.has, BYTES_IN);
	end();
}

static void readings_every_quarter_of_an_hour_are_coarse(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = 0; i <= 96; i++)
		add(MONDAY_MS + i * 3 * SAW_SLOT_MS, UP, (uint64_t)i * 90000, false);
	f = figures(0);
	assert_int_equal(f.samples, 288);
	near(f.mean, 100);
	for (size_t i = 0; i < grid.n; i++)
		assert_true(load.coarse[i]);
	end();
}

/* The first half of the time in hours (kept for longer), the second in five minutes: both are known, the first is coarse. */
static void old_hours_and_new_minutes(void **state) {
	size_t coarse = 0;
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + 2 * SAW_DAY_MS);
	for (int i = 0; i <= 576; i++)
		if (i % 12 == 0 || i > 288)
			add(MONDAY_MS + i * SAW_SLOT_MS, UP, (uint64_t)i * 30000, false);
	f = figures(0);
	assert_int_equal(f.samples, 576);
	near(f.mean, 100);
	for (size_t i = 0; i < grid.n; i++)
		coarse += load.coarse[i];
	assert_int_equal(coarse, 288);
	end();
}

static void an_outage_is_down_and_not_unknown(void **state) {
	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = 0; i <= 288; i++)
		add(MONDAY_MS + i * SAW_SLOT_MS,
			i >= 12 && i < 18   ? DOWN
			: i >= 24 && i < 36 ? UNKNOWN
			: i >= 282          ? DOWN
								: UP,
			0, false);
	assert_int_equal(saw_load_end(&load), 0);
	assert_int_equal(load.down_ms, 60 * MINUTE_MS);
	assert_int_equal(load.unknown_ms, 60 * MINUTE_MS);
	assert_int_equal(load.up_ms, SAW_DAY_MS - 2 * HOUR_MS);
	assert_int_equal(load.n_outages, 2);
	assert_int_equal(load.outages[0].from_ms, MONDAY_MS + HOUR_MS);
	assert_int_equal(load.outages[0].to_ms, MONDAY_MS + HOUR_MS + 30 * MINUTE_MS);
	assert_false(load.outages[0].open);
	assert_int_equal(load.outages[1].from_ms, MONDAY_MS + 23 * HOUR_MS + 30 * MINUTE_MS);
	assert_true(load.outages[1].open);
	assert_int_equal(load.strip[12], SAW_STRIP_DOWN);
	assert_int_equal(load.strip[24], SAW_STRIP_UNKNOWN);
	end();
}

static void maintenance_is_left_out(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = 0; i <= 288; i++) {
		/* From 02:00 to 04:00 the tunnel is down, in maintenance, and a flood of test traffic goes through it. */
		const bool m = i >= 24 && i < 48;
		const struct saw_point p = {.at_ms = MONDAY_MS + i * SAW_SLOT_MS,
									.has = BYTES_IN,
									.state = (uint8_t)(m ? DOWN : UP),
									.maintenance = m,
									.total = {(uint64_t)(i * 30000 + (i >= 30 ? 900000000 : 0))}};

		assert_int_equal(saw_load_add(&load, &p), 0);
	}
	f = figures(0);
	/* The intervals that begin or end in maintenance: 23-24 to 47-48. */
	assert_int_equal(f.samples, 288 - 25);
	near(f.mean, 100);
	near(f.peak, 100);
	assert_int_equal(load.n_outages, 0);
	assert_int_equal(load.down_ms, 0);
	assert_int_equal(load.maintenance_ms, 25 * SAW_SLOT_MS);
	end();
}

static void nothing_at_all_is_no_zero(void **state) {
	struct saw_figures f;

	(void)state;
	begin(MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	f = figures(100);
	assert_int_equal(f.samples, 0);
	assert_int_equal(load.interval_ms, 0);
	assert_int_equal(load.up_ms + load.down_ms, 0);
	saw_load_begin(&load);
	add(MONDAY_MS + HOUR_MS, UP, 5, false); /* a single reading is no rate either */
	f = figures(100);
	assert_int_equal(f.samples, 0);
	end();
}

/* The readings before `from` are the trend's: no figure of the report holds them. */
static void what_is_before_the_report_is_not_in_it(void **state) {
	struct saw_figures f;

	(void)state;
	begin_zone("UTC", MONDAY_MS - SAW_DAY_MS, MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
	for (int i = -288; i <= 288; i++)
		add(MONDAY_MS + i * SAW_SLOT_MS, i < 0 ? DOWN : UP,
			(uint64_t)(i < 0 ? (i + 288) * 300000 : 86400000 + i * 30000), false);
	f = figures(0);
	assert_int_equal(f.samples, 288);
	near(f.mean, 100);
	assert_int_equal(load.down_ms, 0);
	assert_int_equal(load.n_outages, 0);
	assert_int_equal(load.count[SAW_COLUMN_IN_BYTES], 288 * 30000);
	near(load.bytes[SAW_WAY_IN][0], 1000); /* and there it is */
	end();
}

/* ----------------------------------------------------------------------------------------------------------------- calendar */

/* Berlin: the clocks went back at 03:00 on 2026-10-25, a Sunday of 25 hours, and forward on 2026-03-29, one of 23. */
static void days_of_23_and_25_hours(void **state) {
	int64_t from, to;
	size_t hour2 = 0;

	(void)state;
	assert_int_equal(saw_period_zone("Europe/Berlin", NULL), 0);
	assert_int_equal(saw_zone_time("2026-10-25", 0, &from, NULL), 0);
	assert_int_equal(saw_zone_time("2026-10-26", 0, &to, NULL), 0);
	assert_int_equal(to - from, 25 * HOUR_MS);
	begin_zone("Europe/Berlin", from, from, to);
	assert_int_equal(grid.n, 300);
	assert_int_equal(grid.n_days, 1);
	for (size_t i = 0; i < grid.n; i++)
		hour2 += grid.hour[i] == 6 * 24 + 2;
	assert_int_equal(hour2, 24);
	assert_int_equal(grid.hour[0], 6 * 24);
	assert_int_equal(grid.hour[299], 6 * 24 + 23);
	end();
	assert_int_equal(saw_zone_time("2026-03-29", 0, &from, NULL), 0);
	assert_int_equal(saw_zone_time("2026-03-30T00:00", 0, &to, NULL), 0);
	assert_int_equal(to - from, 23 * HOUR_MS);
	begin_zone("Europe/Berlin", from, from, to);
	assert_int_equal(grid.n, 276);
	hour2 = 0;
	for (size_t i = 0; i < grid.n; i++)
		hour2 += grid.hour[i] == 6 * 24 + 2;
	assert_int_equal(hour2, 0);
	end();
}

/* The busy hour is one of the zone: 14:00 UTC is 16:00 in Berlin in summer, 15:00 in winter, and 23:00 in Tokyo. */
static void the_busy_hour_is_one_of_the_zone(void **state) {
	static const struct {
		const char *zone;
		unsigned hour;
	} zones[] = {{"UTC", 14}, {"Europe/Berlin", 16}, {"Asia/Tokyo", 23}, {"Asia/Kolkata", 19}};

	(void)state;
	for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
		uint64_t total = 0;
		struct saw_figures f;

		begin_zone(zones[z].zone, MONDAY_MS, MONDAY_MS, MONDAY_MS + SAW_DAY_MS);
		for (int i = 0; i <= 288; i++) {
			add(MONDAY_MS + i * SAW_SLOT_MS, UP, total, false);
			total += i / 12 == 14 ? 900000 : 30000;
		}
		f = figures(0);
		assert_int_equal(f.busy_hour, zones[z].hour);
		end();
	}
}

static void leap_days_and_months(void **state) {
	int64_t from, to, now;

	(void)state;
	assert_int_equal(saw_period_zone("UTC", NULL), 0);
	assert_int_equal(saw_zone_month("2028-02", 0, &from, &to, NULL), 0);
	assert_int_equal(to - from, 29 * SAW_DAY_MS);
	begin(from, to);
	assert_int_equal(grid.n_days, 29);
	end();
	assert_int_equal(saw_zone_month("2026-02", 0, &from, &to, NULL), 0);
	assert_int_equal(to - from, 28 * SAW_DAY_MS);
	/* 2028-02-29 is a day, 2026-02-29 is none. */
	assert_int_equal(saw_zone_time("2028-02-29", 0, &from, NULL), 0);
	assert_int_equal(saw_zone_time("2026-02-29", 0, &from, NULL), SAW_EFORMAT);
	/* The month before January is December of the year before. */
	assert_int_equal(saw_zone_time("2027-01-15T10:00", 0, &now, NULL), 0);
	assert_int_equal(saw_zone_month(NULL, now, &from, &to, NULL), 0);
	assert_int_equal(to - from, 31 * SAW_DAY_MS);
	assert_int_equal(to, now - 14 * SAW_DAY_MS - 10 * HOUR_MS);
}

/* Readings of these days: 900 bytes a second for some time, 100 else; nobody reads for the last hour of it where that is said. */
static struct saw_figures day_with_a_peak(const char *day, const char *next, int64_t peak_ms, int64_t peak_end_ms,
										  bool unread) {
	int64_t from, to;
	uint64_t total = 0;

	assert_int_equal(saw_period_zone("Europe/Berlin", NULL), 0);
	assert_int_equal(saw_zone_time(day, 0, &from, NULL), 0);
	assert_int_equal(saw_zone_time(next, 0, &to, NULL), 0);
	begin_zone("Europe/Berlin", from, from, to);
	for (int64_t at = from; at <= to; at += SAW_SLOT_MS) {
		if (!unread || at <= peak_end_ms - HOUR_MS || at >= peak_end_ms)
			add(at, UP, total, false);
		total += at >= peak_ms && at < peak_end_ms ? 900 * 300 : 100 * 300;
	}
	return figures(1000);
}

/* Worked out by hand: slots are 12 an hour, and 5 % of them are dropped. */
static void figures_of_days_of_23_and_25_hours(void **state) {
	const int64_t autumn_ms = 20751 * SAW_DAY_MS, spring_ms = 20541 * SAW_DAY_MS; /* 2026-10-25 and 03-29, UTC */
	struct saw_figures f;

	(void)state;
	/* From 2 to 3 twice, 00:00 to 02:00 UTC: 24 of 300 slots, of which 15 are dropped. */
	f = day_with_a_peak("2026-10-25", "2026-10-26", autumn_ms, autumn_ms + 2 * HOUR_MS, false);
	assert_int_equal(f.samples, 300);
	assert_int_equal(f.busy_hour, 2);
	near(f.busy_mean, 900);
	assert_int_equal(f.above_80, 24);
	assert_int_equal(f.above_90, 0);
	near(f.mean, (24 * 900 + 276 * 100) / 300.0);
	near(f.p95, 900);
	end();
	/* Its second half is not read: 288 of 300 are known, 12 above, of which 14 are dropped. */
	f = day_with_a_peak("2026-10-25", "2026-10-26", autumn_ms, autumn_ms + 2 * HOUR_MS, true);
	assert_int_equal(f.samples, 288);
	assert_int_equal(f.busy_hour, 2);
	assert_int_equal(f.above_80, 12);
	near(f.p95, 100);
	end();
	/* 01:00 to 02:00 UTC is from 3 to 4: 12 of 276 slots, of which 13 are dropped. */
	f = day_with_a_peak("2026-03-29", "2026-03-30", spring_ms + HOUR_MS, spring_ms + 2 * HOUR_MS, false);
	assert_int_equal(f.samples, 276);
	assert_int_equal(f.busy_hour, 3);
	assert_int_equal(f.above_80, 12);
	near(f.mean, (12 * 900 + 264 * 100) / 276.0);
	near(f.p95, 100);
	assert_true(isnan(f.heat[6 * 24 + 2])); /* there was no such hour */
	near(f.heat[6 * 24 + 3], 900);
	end();
}

/* 1,000 bytes a second on February 29 and 100 on the 28 days before it: 288 of 8,352 samples, of which 417 are dropped. */
static void a_leap_day_is_a_day_of_its_month(void **state) {
	int64_t from, to, leap_ms;
	struct saw_figures f;
	uint64_t total = 0;

	(void)state;
	assert_int_equal(saw_period_zone("UTC", NULL), 0);
	assert_int_equal(saw_zone_month("2028-02", 0, &from, &to, NULL), 0);
	assert_int_equal(saw_zone_time("2028-02-29", 0, &leap_ms, NULL), 0);
	begin(from, to);
	for (int64_t at = from; at <= to; at += SAW_SLOT_MS) {
		add(at, UP, total, false);
		total += at >= leap_ms ? 1000 * 300 : 100 * 300;
	}
	f = figures(1200);
	assert_int_equal(f.samples, 8352);
	near(f.mean, (28 * 100 + 1000) / 29.0);
	near(f.p95, 100);
	near(f.peak, 1000);
	assert_int_equal(f.peak_slot, 28 * 288);
	assert_int_equal(f.above_80, 288);
	near(f.heat[24 + 5], (4 * 100 + 1000) / 5.0); /* a Tuesday, the fifth of the month */
	end();
}

/*
 * In October 1,000 bytes a second until the 16th; then two hours without a device, and one of another serial: its totals go on where those of the old
 * one ended and say that something is missing, or begin anew where the state was lost with it.
 */
static void a_device_that_is_replaced_is_no_traffic(void **state) {
	const int64_t from = MONDAY_MS - 4 * SAW_DAY_MS, out = from + 15 * SAW_DAY_MS, in = out + 2 * HOUR_MS;

	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		uint64_t total = 5000000, last = 0;
		struct saw_figures f;

		begin(from, from + 31 * SAW_DAY_MS);
		for (int64_t at = from; at <= from + 31 * SAW_DAY_MS; at += SAW_SLOT_MS) {
			if (at == in)
				total = lost ? 70 : last;
			if (at == out)
				last = total;
			if (at <= out || at >= in)
				add(at, UP, total, !lost && at == in);
			total += at < out ? 1000 * 300 : 2000 * 300;
		}
		f = figures(2400);
		assert_int_equal(load.gaps, 1);
		assert_int_equal(f.samples, 31 * 288 - 24);
		near(f.mean, (15 * 288 * 1000.0 + (16 * 288 - 24) * 2000.0) / (31 * 288 - 24));
		near(f.p95, 2000);
		near(f.peak, 2000);
		assert_int_equal(f.above_80, 16 * 288 - 24);
		assert_int_equal(load.count[SAW_COLUMN_IN_BYTES], (15 * 288 * 1000LL + (16 * 288 - 24) * 2000LL) * 300);
		end();
	}
}

static void times_are_read_or_refused(void **state) {
	static const char *const wrong[] = {"",          "yesterday",   "2026-13-01",      "2026-10-01T25:00",
										"2026-10-1", "2026-10-01T", "2026-10-01T10:0", "12",
										"12y",       "2026-10-01x"};
	struct saw_err err;
	int64_t t;

	(void)state;
	assert_int_equal(saw_period_zone("UTC", NULL), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(saw_zone_time(wrong[i], 0, &t, &err), SAW_EFORMAT);
		assert_non_null(strstr(err.text, "expected"));
	}
	assert_int_equal(saw_zone_time("2026-10-05T06:30", 0, &t, NULL), 0);
	assert_int_equal(t, MONDAY_MS + 6 * HOUR_MS + 30 * MINUTE_MS);
	assert_int_equal(saw_zone_time("4w", MONDAY_MS, &t, NULL), 0);
	assert_int_equal(t, MONDAY_MS - 28 * SAW_DAY_MS);
	assert_int_equal(saw_period_zone("Mars/Olympus", &err), SAW_EUNKNOWN);
	assert_int_equal(saw_period_zone("../../etc/passwd", &err), SAW_EUNKNOWN);
	assert_int_equal(saw_period_zone("/etc/passwd", &err), SAW_EUNKNOWN);
}

/* -------------------------------------------------------------------------------------------------------------------- trend */

/* 100 + 5 a week, without noise: every slope is 5, and so is the interval. */
static void a_line_is_its_own_trend(void **state) {
	struct saw_forecast f;
	struct saw_trend tr;
	double weeks[12];

	(void)state;
	for (int i = 0; i < 12; i++)
		weeks[i] = 100 + 5 * i;
	assert_true(saw_trend_of(weeks, 12, &tr));
	near(tr.slope, 5);
	near(tr.low, 5);
	near(tr.high, 5);
	near(saw_trend_at(&tr, tr.slope, 0.5), 100);
	/* At the end of week 12 it stands at 100 + 5 * 11.5 = 157.5; 200 is (200 - 157.5) / 5 = 8.5 weeks away. */
	saw_trend_reach(&tr, 12, 200, &f);
	assert_int_equal(f.reach, SAW_REACH_AT);
	near(f.weeks, 8.5);
	near(f.early, 8.5);
	near(f.late, 8.5);
	saw_trend_reach(&tr, 12, 150, &f);
	assert_int_equal(f.reach, SAW_REACH_NOW);
	saw_trend_reach(&tr, 12, 0, &f);
	assert_int_equal(f.reach, SAW_REACH_UNKNOWN);
	saw_trend_reach(&tr, 12, 5000, &f);
	assert_int_equal(f.reach, SAW_REACH_FAR);
}

static void seven_weeks_are_not_enough(void **state) {
	struct saw_forecast f;
	struct saw_trend tr;
	double weeks[10];

	(void)state;
	for (int i = 0; i < 10; i++)
		weeks[i] = i < 3 ? NAN : 100 + 5 * i;
	assert_false(saw_trend_of(weeks, 10, &tr));
	saw_trend_reach(&tr, 10, 200, &f);
	assert_int_equal(f.reach, SAW_REACH_UNKNOWN);
	weeks[2] = 110;
	assert_true(saw_trend_of(weeks, 10, &tr));
	assert_int_equal(tr.weeks, 8);
	near(tr.slope, 5);
}

/* The example of Gilbert's book for Sen's estimator needs 8 weeks too: here 10 values with one that is far off. All 45 slopes are made again
 * and sorted by insertion; the ranks of the interval are worked out from n (n - 1)(2n + 5) / 18 = 125: C = 1.96 * 11.18 = 21.91. */
static void an_odd_week_does_not_bend_the_trend(void **state) {
	static const double y[10] = {10, 12, 11, 15, 14, 90, 17, 19, 18, 22};
	double s[45], low_rank, high_rank;
	struct saw_trend tr;
	int n = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		for (int j = i + 1; j < 10; j++) {
			const double v = (y[j] - y[i]) / (j - i);
			int at = n++;

			for (; at > 0 && s[at - 1] > v; at--)
				s[at] = s[at - 1];
			s[at] = v;
		}
	assert_int_equal(n, 45);
	assert_true(saw_trend_of(y, 10, &tr));
	near(tr.slope, s[22]); /* the middle one */
	assert_true(tr.slope > 1 && tr.slope < 1.6);
	low_rank = (45 - 21.9129) / 2;      /* 11.54 */
	high_rank = (45 + 21.9129) / 2 + 1; /* 34.46 */
	assert_true(fabs(tr.low - (s[10] + (low_rank - 11) * (s[11] - s[10]))) < 1e-3);
	assert_true(fabs(tr.high - (s[33] + (high_rank - 34) * (s[34] - s[33]))) < 1e-3);
	assert_true(tr.low < tr.slope && tr.slope < tr.high);
}

static void what_shrinks_never_gets_there(void **state) {
	struct saw_forecast f;
	struct saw_trend tr;
	double weeks[9];

	(void)state;
	for (int i = 0; i < 9; i++)
		weeks[i] = 100 - i;
	assert_true(saw_trend_of(weeks, 9, &tr));
	saw_trend_reach(&tr, 9, 200, &f);
	assert_int_equal(f.reach, SAW_REACH_NEVER);
	assert_true(isinf(f.late) && isinf(f.early));
}

/* Level 100 with weekends of 20, and 180 from day 30 (weekends 36) on. */
static void a_step_is_found_on_its_day(void **state) {
	struct saw_step steps[SAW_STEPS_MAX];
	float days[60];

	(void)state;
	for (int first = 0; first < 7; first++) {
		for (int d = 0; d < 60; d++)
			days[d] = (float)(((d + first) % 7 >= 5 ? 20 : 100) * (d >= 30 ? 1.8 : 1) + d % 3);
		assert_int_equal(saw_trend_steps(days, 60, steps), 1);
		/* Where the new level begins on a Saturday, the first day that differs by half of the step is the Monday. */
		assert_true(steps[0].day >= 30 && steps[0].day <= 32);
		if ((30 + first) % 7 < 5)
			assert_int_equal(steps[0].day, 30);
		assert_true(fabs(steps[0].before - 101) < 3 && fabs(steps[0].after - 181) < 3);
	}
}

static void weekends_growth_and_odd_days_are_no_steps(void **state) {
	struct saw_step steps[SAW_STEPS_MAX];
	float days[90];

	(void)state;
	for (int d = 0; d < 90; d++)
		days[d] = (float)((d % 7 >= 5 ? 20 : 100) * (1 + 0.004 * d) + d % 3);
	assert_int_equal(saw_trend_steps(days, 90, steps), 0);
	days[40] = 900;
	days[41] = NAN;
	assert_int_equal(saw_trend_steps(days, 90, steps), 0);
	assert_int_equal(saw_trend_steps(days, 10, steps), 0);
}

/* Weeks are counted back from the end, and half-known ones say nothing. */
static void weeks_end_with_the_report(void **state) {
	const int days = 24;
	double weeks[3];
	float by_day[32];

	(void)state;
	begin_zone("UTC", MONDAY_MS - 17 * SAW_DAY_MS, MONDAY_MS, MONDAY_MS + 7 * SAW_DAY_MS);
	assert_int_equal(grid.n_weeks, 3);
	assert_int_equal(grid.n_days, days);
	/* Day 3 to 9: 100, 10 to 16: 200 but for four days that nobody read, 17 to 23: 300. */
	for (uint64_t d = 0; d < (uint64_t)days; d++)
		for (uint64_t i = 0; i < 288; i++) {
			const uint64_t at = d * 288 + i, rate = d < 3 ? 10 : d < 10 ? 100 : d < 17 ? 200 : 300;

			if (d < 11 || d >= 15)
				add(grid.begin_ms + (int64_t)at * SAW_SLOT_MS, UP, rate * 1000000000 + at * 300 * rate,
					i == 0 && (d == 3 || d == 10 || d == 17));
		}
	assert_int_equal(saw_load_end(&load), 0);
	saw_stats_weeks(&grid, load.bytes[SAW_WAY_IN], scratch, weeks);
	near(weeks[0], 100);
	assert_true(isnan(weeks[1]));
	near(weeks[2], 300);
	saw_stats_days(&grid, load.bytes[SAW_WAY_IN], scratch, by_day);
	near(by_day[0], 10);
	near(by_day[5], 100);
	assert_true(isnan(by_day[12]));
	near(by_day[23], 300);
	assert_int_equal(saw_grid_week(&grid, grid.n - 1), 2);
	assert_int_equal(saw_grid_week(&grid, 0), -1);
	end();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_load_is_the_same_everywhere),
		cmocka_unit_test(a_step_in_the_middle_of_a_day),
		cmocka_unit_test(the_percentile_is_the_one_that_is_billed),
		cmocka_unit_test(the_percentile_of_few_samples),
		cmocka_unit_test(a_daily_cycle_has_its_busy_hour),
		cmocka_unit_test(a_gap_is_left_out_and_counted),
		cmocka_unit_test(a_total_that_begins_anew_is_no_traffic),
		cmocka_unit_test(a_marked_gap_is_no_sample),
		cmocka_unit_test(absent_is_not_zero),
		cmocka_unit_test(readings_every_quarter_of_an_hour_are_coarse),
		cmocka_unit_test(old_hours_and_new_minutes),
		cmocka_unit_test(an_outage_is_down_and_not_unknown),
		cmocka_unit_test(maintenance_is_left_out),
		cmocka_unit_test(nothing_at_all_is_no_zero),
		cmocka_unit_test(what_is_before_the_report_is_not_in_it),
		cmocka_unit_test(days_of_23_and_25_hours),
		cmocka_unit_test(the_busy_hour_is_one_of_the_zone),
		cmocka_unit_test(leap_days_and_months),
		cmocka_unit_test(figures_of_days_of_23_and_25_hours),
		cmocka_unit_test(a_leap_day_is_a_day_of_its_month),
		cmocka_unit_test(a_device_that_is_replaced_is_no_traffic),
		cmocka_unit_test(times_are_read_or_refused),
		cmocka_unit_test(a_line_is_its_own_trend),
		cmocka_unit_test(seven_weeks_are_not_enough),
		cmocka_unit_test(an_odd_week_does_not_bend_the_trend),
		cmocka_unit_test(what_shrinks_never_gets_there),
		cmocka_unit_test(a_step_is_found_on_its_day),
		cmocka_unit_test(weekends_growth_and_odd_days_are_no_steps),
		cmocka_unit_test(weeks_end_with_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
