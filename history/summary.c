#include "history/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define MAX_DAYS_S (62 * 86400)
#define PPM 1000000
#define HOLE_TIMES 2.5

struct sample {
	double rate;
	int64_t ms; /* of the period */
};

/* ------------------------------------------------------------------------------------------------------------- samples */

static int by_number(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int by_rate(const void *a, const void *b) {
	const struct sample *x = a, *y = b;

	return (x->rate > y->rate) - (x->rate < y->rate);
}

/* Where a device is read less often than configured, its own distance is the usual one. */
int64_t saw_summary_hole(const struct saw_point *p, size_t n, int64_t interval_ms) {
	enum { SOME = 64 };
	int64_t distance[SOME], usual = interval_ms;
	size_t some = 0, step = n / SOME + 1;

	for (size_t i = 1; i < n && some < SOME; i += step)
		distance[some++] = p[i].at_ms - p[i - 1].at_ms;
	if (some) {
		qsort(distance, some, sizeof *distance, by_number);
		if (distance[some / 2] > usual)
			usual = distance[some / 2];
	}
	return (int64_t)((double)usual * HOLE_TIMES);
}

static size_t gather(const struct saw_point *p, size_t n, int column, const struct saw_summary *s, int64_t hole_ms,
					 struct sample *samples, struct saw_summary_load *load) {
	double sum = 0, most = -1;
	int64_t covered = 0;
	size_t found = 0;

	for (size_t i = 1; i < n; i++) {
		const struct saw_point *a = &p[i - 1], *b = &p[i];
		int64_t from = a->at_ms > s->from_ms ? a->at_ms : s->from_ms, to = b->at_ms < s->to_ms ? b->at_ms : s->to_ms;
		struct sample *now = &samples[found];

		if (to <= from || b->gap || !(a->has & b->has & 1U << column) || b->total[column] < a->total[column] ||
			b->at_ms - a->at_ms > hole_ms)
			continue;
		now->ms = to - from;
		now->rate = (double)(b->total[column] - a->total[column]) / (double)(b->at_ms - a->at_ms);
		covered += now->ms;
		sum += now->rate * (double)now->ms;
		if (now->rate > most) {
			most = now->rate;
			load->max_ms = b->at_ms;
		}
		found++;
	}
	if (found) {
		load->coverage = (double)covered / (double)(s->to_ms - s->from_ms);
		load->mean = (uint64_t)(sum / (double)covered * 1000 + 0.5);
		load->max = (uint64_t)(most * 1000 + 0.5);
	}
	return found;
}

/* The least rate that the load did not exceed for this share of the time. */
static uint64_t percentile(const struct sample *sorted, size_t n, double share) {
	double whole = 0, sum = 0;
	size_t i = 0;

	for (size_t j = 0; j < n; j++)
		whole += (double)sorted[j].ms;
	/* A millisecond in a thousand: a share that falls between two samples is not decided by the last bit. */
	for (; i + 1 < n; i++) {
		sum += (double)sorted[i].ms;
		if (sum >= whole * share - 0.001)
			break;
	}
	return (uint64_t)(sorted[i].rate * 1000 + 0.5);
}

int saw_summary_make(const struct saw_point *p, size_t n, int64_t from_ms, int64_t to_ms, int64_t interval_ms,
					 struct saw_summary *out) {
	static const int columns[SAW_DIRECTIONS] = {
		[SAW_DIRECTION_IN] = SAW_COLUMN_IN_BYTES, [SAW_DIRECTION_OUT] = SAW_COLUMN_OUT_BYTES};
	struct sample *samples = malloc((n + 1) * sizeof *samples);
	int64_t hole_ms = saw_summary_hole(p, n, interval_ms);
	bool any = false;

	*out = (struct saw_summary){.from_ms = from_ms, .to_ms = to_ms};
	if (!samples)
		return -ENOMEM;
	for (int d = 0; d < SAW_DIRECTIONS; d++) {
		size_t found = gather(p, n, columns[d], out, hole_ms, samples, &out->load[d]);

		if (found == 0)
			continue;
		qsort(samples, found, sizeof *samples, by_rate);
		out->load[d].p95 = percentile(samples, found, 0.95);
		out->load[d].p99 = percentile(samples, found, 0.99);
		any = true;
	}
	free(samples);
	return any;
}

/* --------------------------------------------------------------------------------------------------------------- bytes */

static void put(struct saw_buf *b, uint64_t v) {
	for (; v >= 0x80; v >>= 7)
		saw_buf_putc(b, (char)(v | 0x80));
	saw_buf_putc(b, (char)v);
}

void saw_summary_write(const struct saw_summary *s, struct saw_buf *out) {
	saw_buf_putc(out, VERSION);
	for (int d = 0; d < SAW_DIRECTIONS; d++) {
		const struct saw_summary_load *l = &s->load[d];
		uint64_t ppm = (uint64_t)(l->coverage * PPM + 0.5);

		put(out, ppm);
		if (ppm == 0)
			continue;
		put(out, l->mean);
		put(out, l->p95);
		put(out, l->p99);
		put(out, l->max);
		put(out, l->max_ms > s->from_ms ? (uint64_t)(l->max_ms - s->from_ms) / 1000 : 0);
	}
}

static uint64_t get(const uint8_t **p, const uint8_t *end, bool *bad) {
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
		v |= (uint64_t)(**p & 0x7f) << shift;
		if (*(*p)++ < 0x80)
			return v;
	}
	*bad = true;
	return 0;
}

int saw_summary_read(const uint8_t *bytes, size_t len, struct saw_summary *s) {
	const uint8_t *p = bytes, *end = bytes + len;
	bool bad = false;

	if (get(&p, end, &bad) != VERSION || bad)
		return SAW_EFORMAT;
	for (int d = 0; d < SAW_DIRECTIONS; d++) {
		struct saw_summary_load *l = &s->load[d];
		uint64_t ppm = get(&p, end, &bad), after;

		*l = (struct saw_summary_load){0};
		if (bad || ppm > PPM)
			return SAW_EFORMAT;
		if (ppm == 0)
			continue;
		l->coverage = (double)ppm / PPM;
		l->mean = get(&p, end, &bad);
		l->p95 = get(&p, end, &bad);
		l->p99 = get(&p, end, &bad);
		l->max = get(&p, end, &bad);
		after = get(&p, end, &bad);
		if (bad || after > MAX_DAYS_S)
			return SAW_EFORMAT;
		l->max_ms = s->from_ms + (int64_t)after * 1000;
	}
	return p == end ? 0 : SAW_EFORMAT;
}
