/*
 * A reference to one scalar field of a generated message, for tables: CLI line rules, SNMP columns, metric families.
 *
 * Purpose:   `{…, SAW_FIELD(Sawatch__V1__IpsecSa, encaps_packets)}` in a table says which field a value goes to or comes from.
 * Ownership: texts are borrowed: the message keeps the pointer that was set.
 * Errors:    SAW_ERANGE where a number does not fit the field (the field then stays absent), SAW_EFORMAT for a wrong kind.
 */
#ifndef SAWATCH_PROTO_FIELD_H
#define SAWATCH_PROTO_FIELD_H

#include "core/err.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum saw_field_kind {
	SAW_FIELD_KIND_NONE = 0,
	SAW_FIELD_KIND_U32,
	SAW_FIELD_KIND_U64,
	SAW_FIELD_KIND_BOOL,
	SAW_FIELD_KIND_TEXT,
};

struct saw_field {
	const char *name;
	uint16_t offset;
	uint16_t has; /* offset of has_…; not used for texts */
	uint8_t kind;
};

#define SAW_FIELD_KIND_OF(Msg, f)                     \
	_Generic(((Msg *)0)->f, uint32_t                  \
			 : SAW_FIELD_KIND_U32, uint64_t           \
			 : SAW_FIELD_KIND_U64, protobuf_c_boolean \
			 : SAW_FIELD_KIND_BOOL)

/* A number or truth value. */
#define SAW_FIELD(Msg, f) \
	{ .name = #f, .offset = offsetof(Msg, f), .has = offsetof(Msg, has_##f), .kind = SAW_FIELD_KIND_OF(Msg, f) }
/* A text. */
#define SAW_FIELD_TEXT(Msg, f) \
	{ .name = #f, .offset = offsetof(Msg, f), .has = 0, .kind = SAW_FIELD_KIND_TEXT }

int saw_field_set_u64(ProtobufCMessage *msg, const struct saw_field *f, uint64_t v);  /* bool: v must be 0 or 1 */
int saw_field_set_text(ProtobufCMessage *msg, const struct saw_field *f, char *text); /* borrowed; NULL clears */

/* False where the field is absent. */
bool saw_field_get_u64(const ProtobufCMessage *msg, const struct saw_field *f, uint64_t *v);
const char *saw_field_get_text(const ProtobufCMessage *msg, const struct saw_field *f); /* NULL where absent */
/* Whatever its kind: "vti-1", "1400", "true"; NULL where absent. */
#define SAW_FIELD_SCRATCH 64
const char *saw_field_print(const ProtobufCMessage *msg, const struct saw_field *f, char scratch[SAW_FIELD_SCRATCH]);

/* Scalar fields that `to` lacks and `from`, of the same type, has: texts move, so that `from` can be freed. Lists stay. */
void saw_field_fill(ProtobufCMessage *to, ProtobufCMessage *from);

/*
 * Fields that this program does not know are freed (of a message that was unpacked without an allocator of its own), in the
 * messages inside too. protobuf-c takes an unknown field of number 0 and packs it as bytes that it then refuses itself: what is
 * packed again, to be kept, must not have any.
 */
void saw_field_forget_unknown(ProtobufCMessage *msg);

#endif
