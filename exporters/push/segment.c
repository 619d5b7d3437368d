#include "exporters/push/segment.h"

#include "core/crc32c.h"

#include <string.h>

#define VERSION 1

static void put_u32(uint8_t *p, uint32_t v) {
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void put_u64(uint8_t *p, uint64_t v) {
	put_u32(p, (uint32_t)v);
	put_u32(p + 4, (uint32_t)(v >> 32));
}

static uint32_t get_u32(const uint8_t *p) {
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get_u64(const uint8_t *p) {
	return (uint64_t)get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

/* Where the fields of a record are. */
enum { LENGTH = 0, CRC = 4, SAMPLES = 8, STATE = SAW_SEGMENT_STATE, TIME = 16 };

static uint32_t crc_of(const uint8_t *head, const uint8_t *body, size_t len) {
	uint32_t crc = saw_crc32c(0, head + LENGTH, 4);

	crc = saw_crc32c(crc, head + SAMPLES, 4);
	crc = saw_crc32c(crc, head + TIME, 8);
	return saw_crc32c(crc, body, len);
}

static void put_fields(uint8_t *head, const struct saw_segment_record *r) {
	memset(head, 0, SAW_SEGMENT_RECORD);
	put_u32(head + LENGTH, r->len);
	put_u32(head + SAMPLES, r->samples);
	put_u64(head + TIME, (uint64_t)r->time_ms);
}

void saw_segment_put_head(struct saw_buf *b) {
	uint8_t head[SAW_SEGMENT_HEAD] = "SAWQ";

	put_u32(head + 4, VERSION);
	saw_buf_put(b, head, sizeof head);
}

int saw_segment_head(const uint8_t *p, size_t n) {
	if (n < SAW_SEGMENT_HEAD)
		return SAW_ETRUNCATED;
	if (memcmp(p, "SAWQ", 4) != 0)
		return SAW_EFORMAT;
	return get_u32(p + 4) == VERSION ? 0 : SAW_EVERSION;
}

int saw_segment_put(struct saw_buf *b, const struct saw_segment_record *r) {
	uint8_t head[SAW_SEGMENT_RECORD];

	if (r->len > SAW_SEGMENT_BODY_MAX)
		return SAW_ELIMIT;
	put_fields(head, r);
	put_u32(head + CRC, crc_of(head, r->body, r->len));
	saw_buf_put(b, head, sizeof head);
	saw_buf_put(b, r->body, r->len);
	return saw_buf_error(b);
}

int saw_segment_record(const uint8_t *p, struct saw_segment_record *r) {
	*r = (struct saw_segment_record){
		.samples = get_u32(p + SAMPLES),
		.time_ms = (int64_t)get_u64(p + TIME),
		.done = p[STATE] == SAW_SEGMENT_DONE,
		.len = get_u32(p + LENGTH),
		.crc = get_u32(p + CRC),
	};
	if (p[STATE] > SAW_SEGMENT_DONE || p[STATE + 1] || p[STATE + 2] || p[STATE + 3])
		return SAW_EFORMAT;
	return r->len > SAW_SEGMENT_BODY_MAX ? SAW_EFORMAT : 0;
}

int saw_segment_check(const struct saw_segment_record *r) {
	uint8_t head[SAW_SEGMENT_RECORD];

	put_fields(head, r);
	return crc_of(head, r->body, r->len) == r->crc ? 0 : SAW_EFORMAT;
}

int saw_segment_next(const uint8_t *p, size_t n, struct saw_segment_record *r, size_t *used) {
	int rc;

	if (n == 0)
		return 0;
	if (n < SAW_SEGMENT_RECORD)
		return SAW_ETRUNCATED;
	rc = saw_segment_record(p, r);
	if (rc)
		return rc;
	if (n - SAW_SEGMENT_RECORD < r->len)
		return SAW_ETRUNCATED;
	r->body = p + SAW_SEGMENT_RECORD;
	rc = saw_segment_check(r);
	if (rc)
		return rc;
	*used = SAW_SEGMENT_RECORD + (size_t)r->len;
	return 1;
}
