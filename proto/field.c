#include "proto/field.h"

#include "core/text.h"

#include <stdlib.h>
#include <string.h>

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

const char *saw_field_print(const ProtobufCMessage *msg, const struct saw_field *f, char scratch[SAW_FIELD_SCRATCH]) {
	uint64_t v;

	if (f->kind == SAW_FIELD_KIND_TEXT)
		return saw_field_get_text(msg, f);
	if (!saw_field_get_u64(msg, f, &v))
		return NULL;
	if (f->kind == SAW_FIELD_KIND_BOOL)
		return v ? "true" : "false";
	scratch[saw_print_u64(scratch, v)] = 0;
	return scratch;
}

static size_t size_of(ProtobufCType type) {
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
	case PROTOBUF_C_TYPE_STRING:
		return 0;
	default:
		return 4;
	}
}

void saw_field_fill(ProtobufCMessage *to, ProtobufCMessage *from) {
	for (unsigned i = 0; i < to->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &to->descriptor->fields[i];
		protobuf_c_boolean *has = at(to, f->quantifier_offset);

		if (f->label != PROTOBUF_C_LABEL_OPTIONAL)
			continue;
		if (f->type == PROTOBUF_C_TYPE_STRING) {
			char **text = at(to, f->offset), **other = at(from, f->offset);

			if (!*text) {
				*text = *other;
				*other = NULL;
			}
		} else if (size_of(f->type) && !*has && *(protobuf_c_boolean *)at(from, f->quantifier_offset)) {
			memcpy(at(to, f->offset), at(from, f->offset), size_of(f->type));
			*has = 1;
		}
	}
}

void saw_field_forget_unknown(ProtobufCMessage *msg) {
	for (unsigned i = 0; i < msg->n_unknown_fields; i++)
		free(msg->unknown_fields[i].data);
	free(msg->unknown_fields);
	msg->unknown_fields = NULL;
	msg->n_unknown_fields = 0;
	for (unsigned i = 0; i < msg->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &msg->descriptor->fields[i];
		ProtobufCMessage **inner;
		size_t n = 1;

		if (f->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		inner = at(msg, f->offset);
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			n = *(size_t *)at(msg, f->quantifier_offset);
			inner = *(ProtobufCMessage ***)inner;
		}
		for (size_t j = 0; j < n; j++)
			if (inner[j])
				saw_field_forget_unknown(inner[j]);
	}
}
