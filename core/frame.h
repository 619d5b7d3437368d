/*
 * Frames: how our processes talk. Four bytes of length (big endian), one byte of kind, then a packed protobuf message.
 *
 * Purpose:   put a message into a buffer, and cut a byte stream into frames again. No I/O here.
 * Errors:    SAW_ELIMIT for a length above SAW_FRAME_MAX (the stream is then lost: close it).
 */
#ifndef SAWATCH_CORE_FRAME_H
#define SAWATCH_CORE_FRAME_H

#include "core/buf.h"

#define SAW_FRAME_HEADER 5
#define SAW_FRAME_MAX (64U << 20) /* bytes of one message; a sample of 20,000 tunnels is about 12 MiB */

/* Starts a frame at the end of b and returns its place; append the message, then close it. */
size_t saw_frame_begin(struct saw_buf *b, uint8_t kind);
/* Writes the length. 0, or the buffer's error. */
int saw_frame_end(struct saw_buf *b, size_t begin);

struct saw_frame {
	uint8_t kind;
	const uint8_t *data; /* borrows from the bytes given to saw_frame_next */
	size_t len;
};

/*
 * Looks at the n bytes at p. Returns 1 and sets *frame and *used (bytes to drop once the frame was handled), 0 if more
 * bytes are needed, SAW_ELIMIT if the length cannot be.
 */
int saw_frame_next(const uint8_t *p, size_t n, struct saw_frame *frame, size_t *used);

#endif
