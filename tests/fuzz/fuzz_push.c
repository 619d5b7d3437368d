/*
 * Any bytes as a segment of the queue of what is pushed: whole records are taken as they were written, and only those; the state of a
 * record is the one thing that may differ. And as what a server answers: what comes of it into the log is short and clean.
 */
#include "tests/fuzz/fuzz.h"

#include "exporters/push/otlp.h"
#include "exporters/push/retry.h"
#include "exporters/push/segment.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_buf again = SAW_BUF_INIT(1U << 26);
	struct saw_segment_record r;
	size_t at = SAW_SEGMENT_HEAD, used;

	read_answer(data, size);
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
