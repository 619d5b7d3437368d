/*
 * What a capacity report over thousands of tunnels costs: with readings that are made up as they are asked for, how long that takes being measured alone
 * first; and from a history file of them, FILE. `report print LINKS DAYS FORMAT [CONFIG]` prints one.
 *
 *   report [LINKS [DAYS [FILE]]]
 */
#include "history/report.h"
#include "history/keeper.h"
#include "history/period.h"
#include "history/store.h"
#include "tests/fixtures/traffic.h"
#include "tools/report_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DAY_MS 86400000LL
#define NOW_MS (20758 * DAY_MS) /* 2026-11-01 */

static double cpu(void) {
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int count_end(void *ctx, const struct saw_history_end *e) {
	(void)e;
	(*(size_t *)ctx)++;
	return 0;
}

static int count_point(void *ctx, const struct saw_point *p) {
	*(uint64_t *)ctx += p->total[SAW_COLUMN_IN_BYTES] != 0;
	return 0;
}

static int measure(struct saw_history *h, const struct traffic *t, const struct saw_report_options *o) {
	struct saw_report *report = NULL;
	struct saw_err err = {0};
	struct rusage usage;
	uint64_t points = 0;
	size_t n_ends = 0;
	double begun = cpu(), reading, whole;

	if (h->ends(h->ctx, 0, INT64_MAX, count_end, &n_ends, &err))
		return 1;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < t->links; i++) {
			char tunnel[32];

			snprintf(tunnel, sizeof tunnel, "tunnel-%04zu", i + 1);
			if (h->points(h->ctx, side ? "ASR" : "ASA", tunnel, 0, INT64_MAX, count_point, &points, &err))
				return 1;
		}
	reading = cpu() - begun;
	begun = cpu();
	if (saw_report_make(h, o, &report, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	whole = cpu() - begun;
	getrusage(RUSAGE_SELF, &usage);
	printf("report     %zu tunnel ends, %llu readings: %.2f s CPU beside %.2f s for making them up; %.0f ns a reading; "
		   "%ld MB\n",
		   n_ends, (unsigned long long)points, whole - reading, reading, (whole - reading) / (double)points * 1e9,
		   usage.ru_maxrss / 1024);
	saw_report_free(report);
	return 0;
}

static int print(struct saw_history *h, const struct saw_report_options *o, const char *format) {
	struct saw_buf text = SAW_BUF_INIT((size_t)1 << 30);
	const struct saw_report_print p = {.top = 10};
	struct saw_report *report = NULL;
	struct saw_err err = {0};

	if (saw_report_make(h, o, &report, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (strcmp(format, "csv") == 0)
		saw_report_csv(&report->pb, &text);
	else if (strcmp(format, "json") == 0)
		saw_report_json(&report->pb, &p, &text);
	else if (strcmp(format, "html") == 0)
		saw_report_html(&report->pb, &p, &text);
	else if (strcmp(format, "row") == 0)
		saw_report_html_row(&report->pb, report->pb.rows[0], NULL, &text);
	else
		saw_report_text(&report->pb, &p, &text);
	fwrite(text.data, 1, text.len, stdout);
	saw_buf_free(&text);
	saw_report_free(report);
	return 0;
}

/* ------------------------------------------------------------------------------------------------------ a file of them */

struct filling {
	struct saw_point *points;
	size_t n, room;
};

static int collect(void *ctx, const struct saw_point *p) {
	struct filling *f = ctx;

	if (f->n == f->room) {
		f->room = f->room ? f->room * 2 : 16384;
		f->points = realloc(f->points, f->room * sizeof *f->points);
		if (!f->points)
			abort();
	}
	f->points[f->n++] = *p;
	return 0;
}

struct writer {
	struct saw_history *from;
	struct saw_keeper *keeper;
	struct filling filling;
	struct saw_err err;
	size_t n;
};

/* The keeper takes what comes late a month at a time. */
static int write_end(void *ctx, const struct saw_history_end *e) {
	struct writer *w = ctx;
	int64_t from_ms, to_ms;
	uint64_t added;
	int rc;

	w->filling.n = 0;
	rc = w->from->points(w->from->ctx, e->device, e->tunnel, 0, INT64_MAX, collect, &w->filling, &w->err);
	for (size_t i = 0, end; rc == 0 && i < w->filling.n; i = end) {
		saw_period_of(SAW_PERIOD_MONTH, false, w->filling.points[i].at_ms, &from_ms, &to_ms);
		for (end = i; end < w->filling.n && w->filling.points[end].at_ms < to_ms;)
			end++;
		rc = saw_keeper_merge(w->keeper, e, w->filling.points + i, end - i, &added, &w->err);
	}
	return rc ? rc : ++w->n % 100 ? 0 : saw_keeper_commit(w->keeper, &w->err);
}

static int fill(const char *path, struct saw_history *h) {
	const struct saw_keeper_options o = {
		.interval_ms = 300000, .raw_days = 200, .hourly_days = 800, .summary_days = 800};
	char note[SAW_ERR_TEXT_MAX] = "";
	struct writer w = {.from = h};
	int rc = saw_keeper_open(path, &o, false, note, &w.keeper, &w.err);

	rc = rc ? rc : h->ends(h->ctx, 0, INT64_MAX, write_end, &w, &w.err);
	rc = rc ? rc : saw_keeper_commit(w.keeper, &w.err);
	saw_keeper_close(w.keeper);
	free(w.filling.points);
	if (rc)
		fprintf(stderr, "%s: %s\n", path, w.err.text);
	return rc;
}

static int measure_file(const char *path, const struct saw_report_options *options, size_t n_ends, int64_t days) {
	struct saw_report_options o = *options;
	struct saw_report *report = NULL;
	struct saw_history h;
	struct saw_err err = {0};
	double begun = cpu();

	o.source = path;
	if (saw_history_store_open(path, &h, &err) || saw_report_make(&h, &o, &report, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("report     %zu tunnel ends x %lld days from a history file: %.2f s CPU\n", n_ends, (long long)days,
		   cpu() - begun);
	saw_report_free(report);
	h.close(h.ctx);
	return 0;
}

int main(int argc, char **argv) {
	const int skip = argc > 1 && strcmp(argv[1], "print") == 0;
	const char *const *args = (const char *const *)argv + skip;
	const int n_args = argc - skip;
	const size_t links = n_args > 1 ? strtoul(args[1], NULL, 10) : 5000;
	const int64_t days = n_args > 2 ? atol(args[2]) : 30;
	struct traffic t = {.links = links,
						.from_ms = NOW_MS - days * DAY_MS,
						.to_ms = NOW_MS,
						.per_circuit = links > 30 ? 30 : 1,
						.bytes_per_second = 2.5e6,
						.growth_per_week = 0.012};
	struct saw_report_options o = {.from_ms = NOW_MS - 30 * DAY_MS,
								   .to_ms = NOW_MS,
								   .trend_from_ms = NOW_MS - (days > 30 ? days : 30) * DAY_MS,
								   .now_ms = NOW_MS,
								   .zone = "Europe/Berlin",
								   .source = "made up readings",
								   .lead_days = 90};
	struct saw_config *config = NULL;
	struct saw_history h;
	struct saw_err err = {0};
	int rc = 0;

	traffic_open(&t, &h);
	if (saw_period_zone("Europe/Berlin", &err) || (skip && n_args > 4 && saw_config_load(args[4], &config, &err))) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	o.config = config;
	if (skip)
		rc = print(&h, &o, n_args > 3 ? args[3] : "text");
	else
		rc = measure(&h, &t, &o);
	if (rc == 0 && !skip && n_args > 3)
		rc = (access(args[3], F_OK) != 0 && fill(args[3], &h)) || measure_file(args[3], &o, links * 2, days);
	saw_config_destroy(config);
	return rc;
}
