/*
 * A segment: a file of the queue, as bytes. A head, then records one behind the other; each is a body that is ready to be sent, with how
 * many samples are in it, and whether it is done with.
 *
 *   head     "SAWQ", version (4 bytes)
 *   record   length, CRC-32C, samples (4 bytes each), state (1), three times 0, time in Unix ms (8), then `length` bytes
 *
 * Numbers are little endian. The CRC is of everything but itself and the state, which is written over when the record is done with: one
 * byte, so that a kill leaves the old or the new one.
 *
 * Purpose: bytes to records and back, after a crash at any byte. Pure.
 * Errors:  SAW_ETRUNCATED: the record ends too early, as after a kill; SAW_EFORMAT: these are other bytes than were written, or none
 *          of ours; SAW_EVERSION.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_SEGMENT_H
#define SAWATCH_EXPORTERS_PUSH_SEGMENT_H

#include "core/buf.h"

#define SAW_SEGMENT_HEAD 8
#define SAW_SEGMENT_RECORD 24 /* bytes before a record's body */
#define SAW_SEGMENT_STATE 12  /* where the state is in them */
#define SAW_SEGMENT_DONE 1    /* what it then is */
#define SAW_SEGMENT_BODY_MAX (32U << 20)

struct saw_segment_record {
	uint32_t samples;
	int64_t time_ms;
	bool done;
	const uint8_t *body; /* borrowed */
	uint32_t len;
	uint32_t crc;
};

void saw_segment_put_head(struct saw_buf *b);
int saw_segment_head(const uint8_t *p, size_t n);

/* Appends a record that is not done. SAW_ELIMIT: its body is too long; or the buffer's error. */
int saw_segment_put(struct saw_buf *b, const struct saw_segment_record *r);

/* Reads what comes before a body; p: SAW_SEGMENT_RECORD bytes. */
int saw_segment_record(const uint8_t *p, struct saw_segment_record *r);
/* Whether r->body is what was written. */
int saw_segment_check(const struct saw_segment_record *r);

/* The record at the beginning of these bytes: 1 and how many it took, 0 where there are no bytes, or an error. */
int saw_segment_next(const uint8_t *p, size_t n, struct saw_segment_record *r, size_t *used);

#endif
