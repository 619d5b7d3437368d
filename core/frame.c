#include "core/frame.h"

size_t saw_frame_begin(struct saw_buf *b, uint8_t kind) {
	size_t begin = b->len;

	saw_buf_put(b, (const uint8_t[SAW_FRAME_HEADER]){0, 0, 0, 0, kind}, SAW_FRAME_HEADER);
	return begin;
}

int saw_frame_end(struct saw_buf *b, size_t begin) {
	size_t len;

	if (b->error)
		return b->error;
	len = b->len - begin - SAW_FRAME_HEADER;
	if (len > SAW_FRAME_MAX)
		return b->error = SAW_ELIMIT;
	for (int i = 0; i < 4; i++)
		b->data[begin + (size_t)i] = (uint8_t)(len >> (24 - 8 * i));
	return 0;
}

int saw_frame_next(const uint8_t *p, size_t n, struct saw_frame *frame, size_t *used) {
	size_t len;

	if (n < SAW_FRAME_HEADER)
		return 0;
	len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (len > SAW_FRAME_MAX)
		return SAW_ELIMIT;
	if (n - SAW_FRAME_HEADER < len)
		return 0;
	*frame = (struct saw_frame){.kind = p[4], .data = p + SAW_FRAME_HEADER, .len = len};
	*used = SAW_FRAME_HEADER + len;
	return 1;
}
