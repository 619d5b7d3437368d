#include "daemon/message.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int saw_message_send(struct saw_channel *c, Sawatch__Internal__Kind kind, const ProtobufCMessage *message, int fd) {
	size_t len = message ? protobuf_c_message_get_packed_size(message) : 0;
	uint8_t *packed = malloc(len ? len : 1);
	int rc;

	if (!packed) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	if (message)
		protobuf_c_message_pack(message, packed);
	rc = saw_channel_send(c, (uint8_t)kind, packed, len, fd);
	explicit_bzero(packed, len);
	free(packed);
	return rc;
}

Sawatch__V1__PollError saw_message_failure(const Sawatch__V1__DeviceSample *s, const char **text) {
	*text = s->error;
	if (s->has_error_class)
		return s->error_class;
	for (size_t i = 0; i < s->n_tables; i++)
		if (s->tables[i]->has_error_class && s->tables[i]->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_ABSENT) {
			*text = s->tables[i]->error;
			return s->tables[i]->error_class;
		}
	return 0;
}

/* A number of the wire format. False at the end, or where it is none. */
static bool take_varint(const uint8_t **p, const uint8_t *end, uint64_t *out) {
	*out = 0;
	for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t byte = *(*p)++;

		*out |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

int saw_message_cpu(const uint8_t *sample, size_t len) {
	enum { VARINT, FIXED64, BYTES, FIXED32 = 5 };
	const uint64_t wanted = 12; /* DeviceSample.cpu_percent */
	const uint8_t *p = sample, *end = sample + len;
	uint64_t key, value;
	int percent = -1;

	while (p < end && take_varint(&p, end, &key)) {
		uint64_t skip = 0;

		if ((key & 7) == FIXED64)
			skip = 8;
		else if ((key & 7) == FIXED32)
			skip = 4;
		else if (!take_varint(&p, end, &value))
			return -1;
		else if ((key & 7) == BYTES)
			skip = value;
		else if (key >> 3 == wanted && value <= 100)
			percent = (int)value;
		if (skip > (uint64_t)(end - p))
			return -1;
		p += skip;
	}
	return percent;
}
