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

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(both_sources_say_the_same)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
