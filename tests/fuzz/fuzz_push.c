/*
 * Any bytes as a segment of the queue of what is pushed: whole records are taken as they were written, and only those; the state of a
 * record is the one thing that may differ.
 */
#include "tests/fuzz/fuzz.h"

#include "exporters/push/segment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_buf again = SAW_BUF_INIT(1U << 26);
	struct saw_segment_record r;
	size_t at = SAW_SEGMENT_HEAD, used;

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
