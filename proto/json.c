#include "proto/json.h"

#include "core/text.h"
#include "proto/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct writer {
	struct saw_buf *out;
	const struct saw_json_opts *opts;
	const ProtobufCMessage *root;
	int depth;
};

void saw_json_string(struct saw_buf *out, const char *text, size_t n) {
	size_t from = 0;

	saw_buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		saw_buf_put(out, text + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			saw_buf_put(out, (char[]){'\\', (char)c}, 2);
		else if (c == '\n')
			saw_buf_puts(out, "\\n");
		else if (c == '\t')
			saw_buf_puts(out, "\\t");
		else
			saw_buf_printf(out, "\\u%04x", c);
	}
	saw_buf_put(out, text + from, n - from);
	saw_buf_putc(out, '"');
}

/* Texts were cleaned where they entered; a message that came from elsewhere is cleaned here. */
static void put_text(struct saw_buf *out, const char *text) {
	struct saw_buf clean = SAW_BUF_INIT(out->ceiling);

	if (saw_put_clean(&clean, text, strlen(text)) == 0)
		saw_json_string(out, text, strlen(text));
	else
		saw_json_string(out, saw_buf_text(&clean), clean.len);
	saw_buf_free(&clean);
}

/* The length of "TABLE_STATE_" for TableState. */
static size_t prefix_length(const ProtobufCEnumDescriptor *d) {
	size_t n = 1;

	for (const char *p = d->short_name; *p; p++)
		n += 1 + (p != d->short_name && *p >= 'A' && *p <= 'Z');
	return n;
}

#define ENUM_CACHE 256
#define ENUM_NAME_MAX 32

const char *saw_enum_name(const ProtobufCEnumDescriptor *d, int value) {
	/* Enumerators are few and never change, so each thread makes their lower case forms once. */
	static _Thread_local struct {
		const ProtobufCEnumValue *key;
		char text[ENUM_NAME_MAX];
	} cache[ENUM_CACHE];
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(d, value);
	size_t slot, i;
	const char *from;

	if (!v)
		return NULL;
	slot = ((uintptr_t)v / sizeof *v) % ENUM_CACHE;
	while (cache[slot].key && cache[slot].key != v)
		slot = (slot + 1) % ENUM_CACHE;
	if (cache[slot].key == v)
		return cache[slot].text;
	from = v->name + prefix_length(d);
	for (i = 0; from[i] && i + 1 < ENUM_NAME_MAX; i++)
		cache[slot].text[i] = from[i] >= 'A' && from[i] <= 'Z' ? (char)(from[i] - 'A' + 'a') : from[i];
	cache[slot].text[i] = 0;
	cache[slot].key = v;
	return cache[slot].text;
}

bool saw_enum_value(const ProtobufCEnumDescriptor *d, const char *name, int *value) {
	for (unsigned i = 0; i < d->n_values; i++) {
		if (strcmp(saw_enum_name(d, d->values[i].value), name) == 0) {
			*value = d->values[i].value;
			return true;
		}
	}
	return false;
}

static void newline(struct writer *w) {
	if (!w->opts->pretty)
		return;
	saw_buf_putc(w->out, '\n');
	for (int i = 0; i < w->depth; i++)
		saw_buf_puts(w->out, "  ");
}

static void put_message(struct writer *w, const ProtobufCMessage *msg);

/* The shortest text that is read back as the same number; is_float: by a reader of 32 bits. */
static void put_real(struct saw_buf *out, double v, bool is_float) {
	char text[32];

	if (!isfinite(v)) {
		saw_buf_puts(out, "null");
		return;
	}
	for (int precision = 6; precision <= 17; precision++) {
		snprintf(text, sizeof text, "%.*g", precision, v);
		if (is_float ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
			break;
	}
	saw_buf_puts(out, text);
}

static void put_value(struct writer *w, const ProtobufCFieldDescriptor *f, const void *p) {
	struct saw_buf *out = w->out;

	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		saw_buf_put_i64(out, *(const int32_t *)p);
		break;
	case PROTOBUF_C_TYPE_UINT32:
		saw_buf_put_u64(out, *(const uint32_t *)p);
		break;
	case PROTOBUF_C_TYPE_FIXED32:
		saw_buf_printf(out, "\"0x%08x\"", *(const uint32_t *)p);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		saw_buf_put_i64(out, *(const int64_t *)p);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		saw_buf_put_u64(out, *(const uint64_t *)p);
		break;
	case PROTOBUF_C_TYPE_FLOAT:
		put_real(out, (double)*(const float *)p, true);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		put_real(out, *(const double *)p, false);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		saw_buf_puts(out, *(const protobuf_c_boolean *)p ? "true" : "false");
		break;
	case PROTOBUF_C_TYPE_ENUM: {
		const char *name = saw_enum_name(f->descriptor, *(const int *)p);

		if (name)
			saw_json_string(out, name, strlen(name));
		else
			saw_buf_put_i64(out, *(const int *)p);
		break;
	}
	case PROTOBUF_C_TYPE_STRING:
		put_text(out, *(char *const *)p ? *(char *const *)p : "");
		break;
	case PROTOBUF_C_TYPE_BYTES: {
		const ProtobufCBinaryData *b = p;

		saw_buf_putc(out, '"');
		for (size_t i = 0; i < b->len; i++)
			saw_buf_printf(out, "%02x", b->data[i]);
		saw_buf_putc(out, '"');
		break;
	}
	case PROTOBUF_C_TYPE_MESSAGE:
		put_message(w, *(ProtobufCMessage *const *)p);
		break;
	}
}

static size_t value_size(ProtobufCType type) {
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	default:
		return 4;
	}
}

static bool is_present(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, const void *member) {
	if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(void *const *)member != NULL && *(void *const *)member != f->default_value;
	return f->label == PROTOBUF_C_LABEL_REQUIRED ||
		   *(const protobuf_c_boolean *)((const char *)msg + f->quantifier_offset);
}

static void put_list(struct writer *w, const ProtobufCFieldDescriptor *f, const void *member, size_t n) {
	const char *items = *(char *const *)member;
	bool lines = f->type == PROTOBUF_C_TYPE_MESSAGE;

	saw_buf_putc(w->out, '[');
	w->depth++;
	for (size_t i = 0; i < n; i++) {
		if (i)
			saw_buf_putc(w->out, ',');
		if (lines)
			newline(w);
		else if (i && w->opts->pretty)
			saw_buf_putc(w->out, ' ');
		put_value(w, f, items + i * value_size(f->type));
	}
	w->depth--;
	if (lines && n)
		newline(w);
	saw_buf_putc(w->out, ']');
}

static void put_message(struct writer *w, const ProtobufCMessage *msg) {
	const ProtobufCMessageDescriptor *d = msg->descriptor;
	bool first = true;

	saw_buf_putc(w->out, '{');
	w->depth++;
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const void *member = (const char *)msg + f->offset;
		size_t n = 0;

		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			n = *(const size_t *)((const char *)msg + f->quantifier_offset);
			if (!n && !(w->opts->list_read && w->opts->list_read(w->root, msg, f)))
				continue;
		} else if (!is_present(msg, f, member)) {
			continue;
		}
		if (!first)
			saw_buf_putc(w->out, ',');
		first = false;
		newline(w);
		saw_json_string(w->out, f->name, strlen(f->name));
		saw_buf_puts(w->out, w->opts->pretty ? ": " : ":");
		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			put_list(w, f, member, n);
		else
			put_value(w, f, member);
	}
	w->depth--;
	if (!first)
		newline(w);
	saw_buf_putc(w->out, '}');
}

int saw_json_write(struct saw_buf *out, const ProtobufCMessage *msg, const struct saw_json_opts *opts) {
	static const struct saw_json_opts plain = {0};
	struct writer w = {.out = out, .opts = opts ? opts : &plain, .root = msg, .depth = 0};

	put_message(&w, msg);
	return saw_buf_error(out);
}

bool saw_sample_list_read(const ProtobufCMessage *root, const ProtobufCMessage *msg,
						  const ProtobufCFieldDescriptor *field) {
	const Sawatch__V1__DeviceSample *s;

	if (root->descriptor != &sawatch__v1__device_sample__descriptor)
		return false;
	s = (const Sawatch__V1__DeviceSample *)root;
	for (size_t i = 0; i < s->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = s->tables[i];

		if (!t->name || !t->has_status || t->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE)
			continue;
		if (saw_section_fills(t->name, msg->descriptor, field->name))
			return true;
	}
	return false;
}
