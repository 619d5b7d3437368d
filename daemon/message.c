#include "daemon/message.h"

#include <errno.h>
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
