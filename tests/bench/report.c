/*
 * What a capacity report over thousands of tunnels costs, apart from reading them: readings are made up as they are asked for, and how long that takes is
 * measured alone first. `report LINKS DAYS FORMAT` prints the report instead.
 */
#include "history/report.h"
#include "tests/fixtures/traffic.h"
#include "tools/report_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

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

int main(int argc, char **argv) {
	const size_t links = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;
	const int64_t days = argc > 2 ? atol(argv[2]) : 30;
	const char *format = argc > 3 ? argv[3] : NULL;
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
	struct saw_buf text = SAW_BUF_INIT((size_t)1 << 30);
	struct saw_report_print p = {.top = 10};
	struct saw_config *config = NULL;
	struct saw_report *report = NULL;
	struct saw_history h;
	struct saw_err err = {0};

	traffic_open(&t, &h);
	if (saw_zone_set("Europe/Berlin", &err) || (argc > 4 && saw_config_load(argv[4], &config, &err))) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	o.config = config;
	if (!format)
		return measure(&h, &t, &o);
	if (saw_report_make(&h, &o, &report, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (strcmp(format, "text") == 0)
		saw_report_text(&report->pb, &p, &text);
	else if (strcmp(format, "csv") == 0)
		saw_report_csv(&report->pb, &text);
	else if (strcmp(format, "json") == 0)
		saw_report_json(&report->pb, &p, &text);
	else if (strcmp(format, "row") == 0)
		saw_report_html_row(&report->pb, report->pb.rows[0], NULL, &text);
	else
		saw_report_html(&report->pb, &p, &text);
	fwrite(text.data, 1, text.len, stdout);
	saw_buf_free(&text);
	saw_report_free(report);
	saw_config_destroy(config);
	return 0;
}
