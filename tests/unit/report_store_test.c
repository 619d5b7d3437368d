/* The same readings from memory and from a history file make the same report, to the last figure. */
#include "history/keeper.h"
#include "history/period.h"
#include "history/report.h"
#include "history/store.h"
#include "tests/fixtures/traffic.h"
#include "tools/report_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DAYS 63
#define TO_MS (20758 * SAW_DAY_MS) /* 2026-11-01 */
#define POINTS_MAX (DAYS * 288 + 1)

struct writer {
	struct saw_history *from;
	struct saw_keeper *keeper;
	struct saw_point *points;
	size_t n;
};

static int collect(void *ctx, const struct saw_point *p) {
	struct writer *w = ctx;

	assert_true(w->n < POINTS_MAX);
	w->points[w->n++] = *p;
	return 0;
}

/* A month at a time, as the keeper takes what comes late. */
static int write_end(void *ctx, const struct saw_history_end *e) {
	struct writer *w = ctx;
	struct saw_err err = {0};

	w->n = 0;
	assert_int_equal(w->from->points(w->from->ctx, e->device, e->tunnel, 0, INT64_MAX, collect, w, &err), 0);
	for (size_t i = 0, end; i < w->n; i = end) {
		int64_t from_ms, to_ms;
		uint64_t added;

		saw_period_of(SAW_PERIOD_MONTH, false, w->points[i].at_ms, &from_ms, &to_ms);
		for (end = i; end < w->n && w->points[end].at_ms < to_ms;)
			end++;
		if (saw_keeper_merge(w->keeper, e, w->points + i, end - i, &added, &err) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(added, end - i);
	}
	return 0;
}

static void fill(const char *path, struct saw_history *from) {
	const struct saw_keeper_options o = {
		.interval_ms = 300000, .raw_days = 200, .hourly_days = 800, .summary_days = 800};
	struct writer w = {.from = from, .points = malloc(POINTS_MAX * sizeof(struct saw_point))};
	char note[SAW_ERR_TEXT_MAX] = "";
	struct saw_err err = {0};

	assert_non_null(w.points);
	if (saw_keeper_open(path, &o, false, note, &w.keeper, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(from->ends(from->ctx, 0, INT64_MAX, write_end, &w, &err), 0);
	assert_int_equal(saw_keeper_commit(w.keeper, &err), 0);
	saw_keeper_close(w.keeper);
	free(w.points);
}

static char *report_of(const struct saw_history *h) {
	const struct saw_report_options o = {.from_ms = TO_MS - 30 * SAW_DAY_MS,
										 .to_ms = TO_MS,
										 .trend_from_ms = TO_MS - DAYS * SAW_DAY_MS,
										 .now_ms = TO_MS,
										 .zone = "Europe/Berlin",
										 .source = "either",
										 .lead_days = 90};
	struct saw_buf b = SAW_BUF_INIT(1U << 26);
	struct saw_report *r = NULL;
	struct saw_err err = {0};

	if (saw_report_make(h, &o, &r, &err) != 0)
		fail_msg("%s", err.text);
	saw_report_json(&r->pb, &(struct saw_report_print){.charts = true}, &b);
	saw_report_free(r);
	assert_int_equal(saw_buf_error(&b), 0);
	return (char *)saw_buf_steal(&b, &(size_t){0});
}

static void both_sources_say_the_same(void **state) {
	struct traffic t = {.links = 9,
						.from_ms = TO_MS - DAYS * SAW_DAY_MS,
						.to_ms = TO_MS,
						.per_circuit = 3,
						.bytes_per_second = 1e6,
						.growth_per_week = 0.01};
	char folder[] = "/tmp/sawatch-report-XXXXXX", path[64], command[80];
	struct saw_history memory, store;
	struct saw_err err = {0};
	char *a, *b;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/history.db", folder);
	assert_int_equal(saw_period_zone("Europe/Berlin", NULL), 0);
	traffic_open(&t, &memory);
	fill(path, &memory);
	if (saw_history_store_open(path, &store, &err) != 0)
		fail_msg("%s", err.text);
	a = report_of(&memory);
	b = report_of(&store);
	assert_string_equal(a, b);
	assert_non_null(strstr(a, "\"growth_weeks\": 9"));
	assert_non_null(strstr(a, "\"loss_ratio\": 0.00"));
	free(a);
	free(b);
	store.close(store.ctx);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* October 2026 in Berlin, from 22:00 UTC of September 30 to 23:00 UTC of October 31: 745 hours. */
#define OCTOBER_MS (20726 * SAW_DAY_MS + 22 * HOUR_MS)
#define NOVEMBER_MS (TO_MS - HOUR_MS)
#define HOUR_MS (3600 * 1000LL)
#define BURST_AT_MS (OCTOBER_MS + 300 * HOUR_MS)

/* 9,000 bytes a second in one sample of twelve, 100 in the others, once 90,000; twice that out. */
static uint64_t rate_at(int64_t at_ms) {
	return at_ms == BURST_AT_MS ? 90000 : (at_ms - OCTOBER_MS) / SAW_SLOT_MS % 12 == 5 ? 9000 : 100;
}

/* All readings of September 29 to November 3, and one so much later that only hours are left of them. */
static void fill_october(const char *path) {
	const struct saw_keeper_options o = {
		.interval_ms = SAW_SLOT_MS, .raw_days = 40, .hourly_days = 800, .summary_days = 800, .zone = "Europe/Berlin"};
	const struct saw_history_end end = {
		.device = "ASR-WAN01", .tunnel = "Tunnel11", .capacity_bytes_per_second = 36000};
	struct saw_point p = {.at_ms = OCTOBER_MS - 2 * SAW_DAY_MS,
						  .has = 1U << SAW_COLUMN_IN_BYTES | 1U << SAW_COLUMN_OUT_BYTES,
						  .state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP};
	char note[SAW_ERR_TEXT_MAX] = "";
	struct saw_keeper *k;
	struct saw_err err = {0};
	int rc;

	if (saw_keeper_open(path, &o, false, note, &k, &err) != 0)
		fail_msg("%s", err.text);
	for (int64_t at = p.at_ms, last = at; at <= NOVEMBER_MS + 2 * SAW_DAY_MS; at += SAW_SLOT_MS) {
		p.at_ms = at;
		assert_int_equal(saw_keeper_put(k, &end, true, &p), 0);
		if (at - last >= SAW_DAY_MS) {
			assert_int_equal(saw_keeper_commit(k, &err), 0);
			last = at;
		}
		p.total[SAW_COLUMN_IN_BYTES] += rate_at(at) * 300;
		p.total[SAW_COLUMN_OUT_BYTES] += rate_at(at) * 600;
	}
	p.at_ms = NOVEMBER_MS + 90 * SAW_DAY_MS;
	assert_int_equal(saw_keeper_put(k, &end, true, &p), 0);
	assert_int_equal(saw_keeper_commit(k, &err), 0);
	while ((rc = saw_keeper_tend(k, p.at_ms + HOUR_MS, &err)) == 1)
		;
	assert_int_equal(rc, 0);
	saw_keeper_close(k);
}

static struct saw_report *report_from(const struct saw_history *h, const char *zone, int64_t from_ms, int64_t to_ms) {
	const struct saw_report_options o = {.from_ms = from_ms,
										 .to_ms = to_ms,
										 .trend_from_ms = from_ms,
										 .zone = zone,
										 .source = "history",
										 .lead_days = 90};
	struct saw_report *r = NULL;
	struct saw_err err = {0};

	assert_int_equal(saw_period_zone(zone, NULL), 0);
	if (saw_report_make(h, &o, &r, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(r->pb.n_rows, 1);
	assert_int_equal(r->pb.rows[0]->n_notes, 2); /* on hours, and of the cipher */
	return r;
}

/* What hours say of it: (11 * 100 + 9,000) / 12 is 842, and 7,592 in the hour of the burst. */
static void assert_hours(const struct saw_history *h, const char *zone, int64_t from_ms, int64_t to_ms) {
	struct saw_report *r = report_from(h, zone, from_ms, to_ms);
	const Sawatch__V1__ReportRow *row = r->pb.rows[0];

	assert_non_null(strstr(row->notes[0], "percentiles, peaks and minutes above a limit are of hourly means"));
	assert_float_equal(row->in->p95_bytes_per_second, 841.67, 10);
	assert_true(row->in->peak_bytes_per_second < 8500);
	saw_report_free(r);
}

/*
 * 745 hours have 8,940 samples, of which 447 are dropped: 745 are of 9,000 or more, so that 9,000 is left. A day has 288, of which 14 are dropped,
 * and 24 of them are of 9,000.
 */
static void assert_readings(const struct saw_history *h, const char *zone, const char *period, int64_t from_ms,
							int64_t to_ms) {
	struct saw_report *r = report_from(h, zone, from_ms, to_ms);
	const Sawatch__V1__ReportRow *row = r->pb.rows[0];
	const bool burst = from_ms <= BURST_AT_MS && BURST_AT_MS < to_ms;

	assert_non_null(strstr(row->notes[0], "worked out from all readings when"));
	assert_non_null(strstr(row->notes[0], period));
	assert_float_equal(row->in->p95_bytes_per_second, 9000, 1);
	assert_float_equal(row->out->p95_bytes_per_second, 18000, 1);
	assert_float_equal(row->out->p95_ratio, 0.5, 1e-3);
	assert_float_equal(row->billed_bytes_per_second, 18000, 1);
	assert_float_equal(row->in->peak_bytes_per_second, burst ? 90000 : 9000, 1);
	if (burst)
		assert_int_equal(row->in->peak_at_ms, BURST_AT_MS);
	assert_true(row->in->mean_bytes_per_second > 830 && row->in->mean_bytes_per_second < 1160);
	saw_report_free(r);
}

static void what_was_worked_out_of_all_readings_is_better_than_hours(void **state) {
	char folder[] = "/tmp/sawatch-report-XXXXXX", path[64], command[80];
	struct saw_history h;
	struct saw_err err = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/history.db", folder);
	assert_int_equal(saw_period_zone("Europe/Berlin", NULL), 0);
	fill_october(path);
	if (saw_history_store_open(path, &h, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(h.raw_from_ms >= NOVEMBER_MS);
	assert_readings(&h, "Europe/Berlin", "this month", OCTOBER_MS, NOVEMBER_MS);
	assert_readings(&h, "UTC", "this month", OCTOBER_MS + 2 * HOUR_MS, TO_MS);
	assert_readings(&h, "Europe/Berlin", "this day", OCTOBER_MS + 3 * SAW_DAY_MS, OCTOBER_MS + 4 * SAW_DAY_MS);
	/* 2026-10-25, a day of 25 hours: 300 samples, of which 15 are dropped, and 25 of 9,000. */
	assert_readings(&h, "Europe/Berlin", "this day", NOVEMBER_MS - 7 * SAW_DAY_MS - HOUR_MS,
					NOVEMBER_MS - 6 * SAW_DAY_MS);
	/* Neither a part of a month, nor two of them, nor that of another zone, nor a day of UTC was kept. */
	assert_hours(&h, "Europe/Berlin", OCTOBER_MS, NOVEMBER_MS - SAW_DAY_MS);
	assert_hours(&h, "Europe/Berlin", OCTOBER_MS, NOVEMBER_MS + SAW_DAY_MS);
	assert_hours(&h, "Europe/Athens", OCTOBER_MS - HOUR_MS, NOVEMBER_MS - HOUR_MS);
	assert_hours(&h, "Europe/Paris", OCTOBER_MS, NOVEMBER_MS);
	assert_hours(&h, "UTC", OCTOBER_MS + 2 * HOUR_MS, OCTOBER_MS + 26 * HOUR_MS);
	h.close(h.ctx);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sources_say_the_same),
		cmocka_unit_test(what_was_worked_out_of_all_readings_is_better_than_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
