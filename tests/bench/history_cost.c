/*
 * What history costs: taking readings as sawatchd does, and reading them.
 *
 *   history ingest ENDS DAYS FILE   every minute a fifth of the ends, committed and tended to; CPU per reading
 *   history fill ENDS DAYS FILE     as it would have been left after so many days
 *   history read FILE [MONTHS]      a month of one tunnel, so many times; everything
 *   history dump FILE ENDS          TIME:IN:OUT:PACKETS:PACKETS of the first ends, for another program
 */
#include "history/keeper.h"
#include "history/store.h"
#include "tests/fixtures/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS 86400000LL
#define MINUTE_MS 60000LL
#define T0 1788220800000LL /* 2026-09-01 */

static struct saw_fixture_history plan = {
	.from_ms = T0, .interval_ms = 300000, .rate = 3750000, .growth = 1000, .jitter_ms = 400, .close = true};
static struct saw_err err;

static double clock_of(clockid_t id) {
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(void) {
	fprintf(stderr, "history: %s\n", err.text);
	return 1;
}

/* --------------------------------------------------------------------------------------------------------------- ingest */

static int ingest(const char *path) {
	const struct saw_keeper_options options = {
		.interval_ms = 300000, .raw_days = 100, .hourly_days = 800, .summary_days = 3660};
	struct saw_point *last = calloc(plan.ends, sizeof *last), p;
	double taking = 0, committing = 0, waiting = 0, tending = 0;
	char note[SAW_ERR_TEXT_MAX];
	struct saw_keeper *k;
	uint64_t n = 0, commits = 0;

	if (!last || saw_keeper_open(path, &options, false, note, &k, &err))
		return fail();
	for (unsigned minute = 0; minute < plan.days * 1440; minute++) {
		double cpu = 0, wall;
		int rc;

		for (unsigned end = minute % 5; end < plan.ends; end += 5) {
			struct saw_fixture_history_text text;
			struct saw_history_end e;

			saw_fixture_history_end(end, &text, &e);
			saw_fixture_history_point(&plan, end, minute / 5, minute / 5 ? &last[end] : NULL, &p);
			p.at_ms += minute % 5 * MINUTE_MS;
			last[end] = p;
			cpu -= clock_of(CLOCK_PROCESS_CPUTIME_ID);
			if (saw_keeper_put(k, &e, true, &p))
				return 1;
			cpu += clock_of(CLOCK_PROCESS_CPUTIME_ID);
			n++;
		}
		taking += cpu;
		cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
		wall = clock_of(CLOCK_MONOTONIC);
		if (saw_keeper_commit(k, &err))
			return fail();
		committing += clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		waiting += clock_of(CLOCK_MONOTONIC) - wall;
		commits++;
		cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
		while ((rc = saw_keeper_tend(k, T0 + (minute + 1) * MINUTE_MS, &err)) == 1)
			;
		if (rc)
			return fail();
		tending += clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	}
	saw_keeper_close(k);
	free(last);
	printf("%" PRIu64 " %.3f %.3f %.3f %.1f\n", n, taking / (double)n * 1e6, committing / (double)n * 1e6,
		   tending / (double)n * 1e6, waiting / (double)commits * 1e3);
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- reading */

struct reading {
	uint64_t n, sum;
	FILE *out;
};

static int count(void *ctx, const struct saw_point *p) {
	struct reading *r = ctx;

	r->n++;
	for (int c = 0; c < SAW_COLUMNS; c++)
		r->sum += p->total[c];
	return 0;
}

static int print(void *ctx, const struct saw_point *p) {
	struct reading *r = ctx;

	fprintf(r->out, "%" PRId64 ":%" PRIu64 ":%" PRIu64 ":%" PRIu64 ":%" PRIu64 "\n", p->at_ms / 1000,
			p->total[SAW_COLUMN_IN_BYTES], p->total[SAW_COLUMN_OUT_BYTES], p->total[SAW_COLUMN_IN_PACKETS],
			p->total[SAW_COLUMN_OUT_PACKETS]);
	return 0;
}

struct ends {
	char (*names)[2][64];
	size_t n, room;
};

static int keep(void *ctx, const struct saw_history_end *e) {
	struct ends *all = ctx;

	if (all->n == all->room) {
		all->room = all->room ? all->room * 2 : 1024;
		all->names = realloc(all->names, all->room * sizeof *all->names);
		if (!all->names)
			return -1;
	}
	snprintf(all->names[all->n][0], 64, "%s", e->device);
	snprintf(all->names[all->n++][1], 64, "%s", e->tunnel);
	return 0;
}

static int by_size(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Each time with a process's own handle, as a person who asks for one tunnel has it. */
static int read_months(const char *path, const struct ends *all, unsigned times) {
	double *took = calloc(times, sizeof *took);
	struct reading r = {0};
	struct saw_history h;

	if (!took)
		return 1;
	for (unsigned i = 0; i < times; i++) {
		size_t end = (size_t)i * 7919 % all->n;

		took[i] = clock_of(CLOCK_MONOTONIC);
		r.n = 0;
		if (saw_history_store_open(path, &h, &err) ||
			h.points(h.ctx, all->names[end][0], all->names[end][1], T0, T0 + 30 * DAY_MS, count, &r, &err))
			return fail();
		h.close(h.ctx);
		took[i] = clock_of(CLOCK_MONOTONIC) - took[i];
	}
	qsort(took, times, sizeof *took, by_size);
	printf("%" PRIu64 " %.2f %.2f\n", r.n, took[times / 2] * 1e3, took[times - 1] * 1e3);
	free(took);
	return 0;
}

static int read_all(const char *path, unsigned times) {
	struct ends all = {0};
	struct reading r = {0};
	struct saw_history h;
	double cpu;
	int rc;

	if (saw_history_store_open(path, &h, &err) || h.ends(h.ctx, 0, INT64_MAX, keep, &all, &err))
		return fail();
	rc = read_months(path, &all, times);
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		rc = h.points(h.ctx, all.names[i][0], all.names[i][1], 0, INT64_MAX, count, &r, &err);
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%" PRIu64 " %.2f %.1f\n", r.n, cpu, (double)r.n / cpu / 1e6);
	h.close(h.ctx);
	free(all.names);
	return rc;
}

static int dump(const char *path, unsigned ends) {
	struct reading r = {.out = stdout};
	struct saw_history h;
	int rc;

	if (saw_history_store_open(path, &h, &err))
		return fail();
	for (unsigned end = 0; end < ends; end++) {
		struct saw_fixture_history_text text;
		struct saw_history_end e;

		saw_fixture_history_end(end, &text, &e);
		printf("%u\n", end);
		rc = h.points(h.ctx, e.device, e.tunnel, 0, INT64_MAX, print, &r, &err);
		if (rc)
			return fail();
	}
	h.close(h.ctx);
	return 0;
}

int main(int argc, char **argv) {
	if (argc == 5 && (strcmp(argv[1], "ingest") == 0 || strcmp(argv[1], "fill") == 0)) {
		plan.ends = (unsigned)atoi(argv[2]);
		plan.days = (unsigned)atoi(argv[3]);
		if (*argv[1] == 'i')
			return ingest(argv[4]);
		return saw_fixture_history_fill(argv[4], &plan, &err) ? fail() : 0;
	}
	if (argc >= 3 && strcmp(argv[1], "read") == 0)
		return read_all(argv[2], argc > 3 ? (unsigned)atoi(argv[3]) : 100);
	if (argc == 4 && strcmp(argv[1], "dump") == 0)
		return dump(argv[2], (unsigned)atoi(argv[3]));
	fprintf(stderr, "usage: history ingest|fill ENDS DAYS FILE, read FILE [MONTHS], dump FILE ENDS\n");
	return 2;
}
