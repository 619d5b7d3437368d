/*
 * Object identifiers, variable bindings, requests and answers in a neutral form: no library's types.
 *
 * Ownership: a varbind borrows its name and bytes from whoever decoded it, until the next message is decoded.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_VARBIND_H
#define SAWATCH_COLLECTORS_SNMP_VARBIND_H

#include "core/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SAW_OID_MAX 128 /* RFC 3416, 4.1 */

struct saw_oid {
	uint32_t sub[SAW_OID_MAX];
	size_t n;
};

enum saw_value_type {
	SAW_VALUE_INTEGER,  /* signed, in `i` */
	SAW_VALUE_UNSIGNED, /* Counter32, Gauge32, TimeTicks, Counter64, in `u` */
	SAW_VALUE_OCTETS,   /* bytes, n */
	SAW_VALUE_ADDRESS,  /* IpAddress: bytes, n */
	SAW_VALUE_OID,      /* oid, n */
	SAW_VALUE_NONE,     /* NULL, and noSuchObject, noSuchInstance */
	SAW_VALUE_END,      /* endOfMibView */
	SAW_VALUE_OTHER,
};

/* RFC 3416's application types. */
enum { SAW_TAG_COUNTER32 = 0x41, SAW_TAG_GAUGE32 = 0x42, SAW_TAG_TIMETICKS = 0x43, SAW_TAG_COUNTER64 = 0x46 };

struct saw_varbind {
	const uint32_t *name;
	size_t n_name;
	enum saw_value_type type;
	uint8_t tag; /* of an unsigned value: which of the four it was */
	union {
		int64_t i;
		uint64_t u;
		const uint8_t *bytes;
		const uint32_t *oid;
	};
	size_t n;
};

enum saw_request_kind { SAW_REQUEST_GET, SAW_REQUEST_GETNEXT, SAW_REQUEST_GETBULK };

#define SAW_REQUEST_OIDS 64

struct saw_request {
	enum saw_request_kind kind;
	unsigned repetitions; /* GETBULK */
	size_t n;
	struct saw_oid oids[SAW_REQUEST_OIDS];
};

/* error-status, RFC 3416 */
enum saw_error_status {
	SAW_STATUS_OK = 0,
	SAW_STATUS_TOO_BIG = 1,
	SAW_STATUS_NO_SUCH_NAME = 2,
	SAW_STATUS_GEN_ERR = 5,
	SAW_STATUS_NO_ACCESS = 6,
	SAW_STATUS_AUTHORIZATION = 16,
};

struct saw_answer {
	int32_t request_id;
	bool report; /* an SNMPv3 Report: the first varbind says of what */
	long error_status;
	const struct saw_varbind *varbinds;
	size_t n;
};

static inline int saw_oid_cmp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
	for (size_t i = 0; i < na && i < nb; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return na < nb ? -1 : na > nb;
}

static inline bool saw_oid_under(const uint32_t *oid, size_t n, const struct saw_oid *top) {
	return n >= top->n && memcmp(oid, top->sub, top->n * sizeof *oid) == 0;
}

static inline void saw_oid_set(struct saw_oid *o, const uint32_t *sub, size_t n) {
	o->n = n > SAW_OID_MAX ? SAW_OID_MAX : n;
	memcpy(o->sub, sub, o->n * sizeof *sub);
}

static inline void saw_oid_put(struct saw_buf *out, const uint32_t *sub, size_t n) {
	for (size_t i = 0; i < n; i++)
		saw_buf_printf(out, i ? ".%u" : "%u", sub[i]);
}

#endif
