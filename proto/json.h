/*
 * Any message of our schema as JSON, by its descriptor.
 *
 * Rules: field names as in the schema; absent fields are left out; 64-bit integers are numbers; enumerators are lower case
 * without the name of their type; every fixed32 is an SPI and written "0x7a857081"; a list is written when it has items, or
 * when `list_read` says that its section was read and was empty.
 * Purpose:   the one JSON form for `sawatch parse`, `sawatch poll` and /api/v1/.
 */
#ifndef SAWATCH_PROTO_JSON_H
#define SAWATCH_PROTO_JSON_H

#include "core/buf.h"
#include "proto/sawatch.pb-c.h"

struct saw_json_opts {
	bool pretty; /* two blanks of indentation, one field per line; else no white space at all */
	/* May be NULL: empty lists are then left out. `root` is the message the writer was given. */
	bool (*list_read)(const ProtobufCMessage *root, const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field);
};

/* Appends one JSON object. Errors are the buffer's. A text that is not UTF-8 is escaped, never passed on. */
int saw_json_write(struct saw_buf *out, const ProtobufCMessage *msg, const struct saw_json_opts *opts);

/* Appends a JSON string with its quotes. */
void saw_json_string(struct saw_buf *out, const char *text, size_t n);

/* "complete" for (TableState, 1); NULL for a number that is no enumerator. The text is static. */
const char *saw_enum_name(const ProtobufCEnumDescriptor *d, int value);
/* The way back; false where no enumerator has this name. */
bool saw_enum_value(const ProtobufCEnumDescriptor *d, const char *name, int *value);

/* A list_read for DeviceSample: the sections named in `tables` were read, and `none` is then an empty list. */
bool saw_sample_list_read(const ProtobufCMessage *root, const ProtobufCMessage *msg,
						  const ProtobufCFieldDescriptor *field);

#endif
