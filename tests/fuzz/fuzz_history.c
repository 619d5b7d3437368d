/*
 * Any bytes as what lies in a history: a chunk ('k': with the checksum that belongs to it), a batch ('b'), a summary ('s'), or the CSV ('t') or
 * OpenMetrics ('o') that is imported. What a chunk gives is written again and is the same.
 */
#include "tests/fuzz/fuzz.h"

#include "history/chunk.h"
#include "history/openmetrics.h"
#include "history/summary.h"
#include "history/transfer.h"

#include <stdlib.h>
#include <string.h>

static void read_chunk(const uint8_t *data, size_t size) {
	struct saw_buf bytes = SAW_BUF_INIT(SAW_CHUNK_BYTES), again = SAW_BUF_INIT(SAW_CHUNK_BYTES);
	struct saw_points a = {0}, b = {0};
	uint32_t check = saw_chunk_checksum(data, size);

	saw_buf_put(&bytes, data, size);
	for (int i = 0; i < 4; i++)
		saw_buf_putc(&bytes, (char)(check >> (8 * i)));
	if (saw_chunk_read(data, size, &a) == 0 || saw_chunk_read(bytes.data, bytes.len, &a) == 0) {
		if (a.n == 0 || a.n > SAW_CHUNK_POINTS || saw_chunk_write(a.p, a.n, &again) ||
			saw_chunk_read(again.data, again.len, &b) || a.n != b.n || memcmp(a.p, b.p, a.n * sizeof *a.p) != 0)
			abort();
		saw_points_thin(&a, 3600000, 720000);
		if (a.n > b.n)
			abort();
	}
	saw_points_free(&a);
	saw_points_free(&b);
	saw_buf_free(&bytes);
	saw_buf_free(&again);
}

static void read_batch(const uint8_t *data, size_t size) {
	struct saw_point p;
	uint32_t end;
	size_t at = 0, before = 0;

	while (saw_batch_next(data, size, &at, &end, &p) == 1) {
		if (at <= before || at > size)
			abort();
		before = at;
	}
}

static void read_summary(const uint8_t *data, size_t size) {
	struct saw_summary s = {.from_ms = 0, .to_ms = 86400000}, again = s;
	struct saw_buf b = SAW_BUF_INIT(1000);

	if (saw_summary_read(data, size, &s) == 0) {
		saw_summary_write(&s, &b);
		if (saw_summary_read(b.data, b.len, &again) || memcmp(&s, &again, sizeof s) != 0)
			abort();
	}
	saw_buf_free(&b);
}

static int take_end(void *ctx, const struct saw_history_end *end, const struct saw_points *points,
					struct saw_err *err) {
	(void)ctx;
	(void)err;
	if (!end->device || !end->tunnel || points->n == 0)
		abort();
	for (size_t i = 1; i < points->n; i++)
		if (points->p[i].at_ms <= points->p[i - 1].at_ms)
			abort();
	return 0;
}

static void read_openmetrics(const uint8_t *data, size_t size) {
	struct saw_openmetrics *m = saw_openmetrics_create();
	struct saw_err err;
	const size_t half = size / 2;

	if (!m)
		abort();
	if (saw_openmetrics_feed(m, (const char *)data, half, &err) == 0 &&
		saw_openmetrics_feed(m, (const char *)data + half, size - half, &err) == 0)
		saw_openmetrics_end(m, take_end, NULL, &err);
	saw_openmetrics_destroy(m);
}

static int take(void *ctx, const char *device, const char *tunnel, const struct saw_point *p, struct saw_err *err) {
	(void)ctx;
	(void)err;
	if (!*device || !*tunnel || p->at_ms < 0)
		abort();
	return 0;
}

static void read_csv(const uint8_t *data, size_t size) {
	struct saw_csv *c = saw_csv_create(take, NULL);
	struct saw_err err;

	/* In two pieces: where they meet must not matter. */
	if (c && saw_csv_feed(c, (const char *)data, size / 2, &err) == 0 &&
		saw_csv_feed(c, (const char *)data + size / 2, size - size / 2, &err) == 0)
		saw_csv_end(c, &err);
	saw_csv_destroy(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0)
		return 0;
	switch (*data) {
	case 'k':
		read_chunk(data + 1, size - 1);
		break;
	case 'b':
		read_batch(data + 1, size - 1);
		break;
	case 's':
		read_summary(data + 1, size - 1);
		break;
	case 'o':
		read_openmetrics(data + 1, size - 1);
		break;
	case 't':
		read_csv(data + 1, size - 1);
		break;
	default:
		break;
	}
	return 0;
}
