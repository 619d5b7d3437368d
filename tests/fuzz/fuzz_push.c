/*
 * Any bytes as a segment of the queue of what is pushed: whole records are taken as they were written, and only those; the state of a
 * record is the one thing that may differ. As a list of series that were sent: each is there once, and can be forgotten. And as what a server answers: what comes of it into the log is short and clean.
 */
#include "tests/fuzz/fuzz.h"

#include "exporters/push/otlp.h"
#include "exporters/push/retry.h"
#include "exporters/push/segment.h"
#include "exporters/push/sent.h"

#include <stdlib.h>
#include <string.h>

static void read_answer(const uint8_t *data, size_t size) {
	struct saw_buf said = SAW_BUF_INIT(4096);
	uint64_t rejected;

	saw_otlp_partial(data, size, &rejected, &said);
	saw_otlp_put_status(data, size, &said);
	saw_push_put_reason(&said, 400, "text/plain", (struct saw_str){(const char *)data, size});
	if (saw_buf_error(&said))
		abort();
	for (size_t i = 0; i < said.len; i++)
		if (said.data[i] < ' ' && said.data[i] != '\t')
			abort();
	saw_buf_free(&said);
}

struct seen {
	struct saw_series_set *again;
	size_t n;
};

static void see(void *ctx, const void *key, size_t len) {
	struct seen *s = ctx;
	struct saw_series_entry *e = saw_series_seen(s->again, key, len);

	if (!len || !e || e->times != 1)
		abort();
	s->n++;
}

static void forget(void *ctx, const void *key, size_t len) {
	saw_series_forget(ctx, key, len);
}

static void read_series(const uint8_t *data, size_t size) {
	struct saw_series_set *set = saw_series_create(1);
	struct seen s = {saw_series_create(2), 0};

	if (!set || !s.again)
		abort();
	saw_series_begin(set);
	saw_series_begin(s.again);
	saw_sent_read(set, data, size);
	if (saw_series_each(set, see, &s) != 0 || s.n != saw_series_count(set))
		abort();
	if (saw_series_each(s.again, forget, set) != 0 || saw_series_count(set) != 0)
		abort();
	saw_series_destroy(set);
	saw_series_destroy(s.again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_buf again = SAW_BUF_INIT(1U << 26);
	struct saw_segment_record r;
	size_t at = SAW_SEGMENT_HEAD, used;

	read_answer(data, size);
	read_series(data, size);
	if (saw_segment_head(data, size) != 0)
		return 0;
	while (saw_segment_next(data + at, size - at, &r, &used) == 1) {
		saw_buf_reset(&again);
		if (used > size - at || saw_segment_put(&again, &r) != 0 || again.len != used)
			abort();
		again.data[SAW_SEGMENT_STATE] = r.done;
		if (memcmp(again.data, data + at, used) != 0)
			abort();
		at += used;
	}
	saw_buf_free(&again);
	return 0;
}
