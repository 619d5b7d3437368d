#include "proto/field.h"

static void *at(const ProtobufCMessage *msg, size_t offset) {
	return (char *)(uintptr_t)msg + offset;
}

int saw_field_set_u64(ProtobufCMessage *msg, const struct saw_field *f, uint64_t v) {
	switch (f->kind) {
	case SAW_FIELD_KIND_U32:
		if (v > UINT32_MAX)
			return SAW_ERANGE;
		*(uint32_t *)at(msg, f->offset) = (uint32_t)v;
		break;
	case SAW_FIELD_KIND_U64:
		*(uint64_t *)at(msg, f->offset) = v;
		break;
	case SAW_FIELD_KIND_BOOL:
		if (v > 1)
			return SAW_ERANGE;
		*(protobuf_c_boolean *)at(msg, f->offset) = (protobuf_c_boolean)v;
		break;
	default:
		return SAW_EFORMAT;
	}
	*(protobuf_c_boolean *)at(msg, f->has) = 1;
	return 0;
}

int saw_field_set_text(ProtobufCMessage *msg, const struct saw_field *f, char *text) {
	if (f->kind != SAW_FIELD_KIND_TEXT)
		return SAW_EFORMAT;
	*(char **)at(msg, f->offset) = text;
	return 0;
}

bool saw_field_get_u64(const ProtobufCMessage *msg, const struct saw_field *f, uint64_t *v) {
	if (f->kind == SAW_FIELD_KIND_NONE || f->kind == SAW_FIELD_KIND_TEXT || !*(protobuf_c_boolean *)at(msg, f->has))
		return false;
	switch (f->kind) {
	case SAW_FIELD_KIND_U32:
		*v = *(uint32_t *)at(msg, f->offset);
		return true;
	case SAW_FIELD_KIND_U64:
		*v = *(uint64_t *)at(msg, f->offset);
		return true;
	default:
		*v = *(protobuf_c_boolean *)at(msg, f->offset) != 0;
		return true;
	}
}

const char *saw_field_get_text(const ProtobufCMessage *msg, const struct saw_field *f) {
	return f->kind == SAW_FIELD_KIND_TEXT ? *(char **)at(msg, f->offset) : NULL;
}
