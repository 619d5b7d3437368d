/* What every file of the store needs, and that needs none of them. */
#include "store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const Sawatch__V1__Source saw_store_preference[SOURCES] = {
	SAWATCH__V1__SOURCE__SOURCE_SNMP,
	SAWATCH__V1__SOURCE__SOURCE_SSH,
	SAWATCH__V1__SOURCE__SOURCE_RESTCONF,
	SAWATCH__V1__SOURCE__SOURCE_FILE,
};

void *saw_store_message_copy(struct saw_store *s, const ProtobufCMessage *m) {
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *p;

	saw_buf_reset(&s->scratch);
	p = saw_buf_reserve(&s->scratch, n);
	if (!p)
		return NULL;
	protobuf_c_message_pack(m, p);
	return protobuf_c_message_unpack(m->descriptor, NULL, n, p);
}

int saw_store_text_set(char **slot, const char *text) {
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}
