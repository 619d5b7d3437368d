/*
 * IP addresses as values: parse, print, compare. RFC 4291, RFC 5952 for the printed form. Pure: no resolver.
 */
#ifndef SAWATCH_CORE_ADDR_H
#define SAWATCH_CORE_ADDR_H

#include "core/text.h"

struct saw_addr {
	uint8_t family; /* 4, 6; 0 = none */
	uint8_t bytes[16];
};

#define SAW_ADDR_TEXT 46 /* bytes that hold any printed address and its NUL */

/* 0 or SAW_EFORMAT. Takes leading zeroes in a dotted quad (some agents pad: 010.000.000.001 is 10.0.0.1, decimal). */
int saw_addr_parse(struct saw_str s, struct saw_addr *out);
/* From the 4 or 16 raw bytes of an SNMP address. SAW_EFORMAT for any other length. */
int saw_addr_from_bytes(const uint8_t *p, size_t n, struct saw_addr *out);
const char *saw_addr_print(const struct saw_addr *a, char out[SAW_ADDR_TEXT]); /* returns out; "" for none */
int saw_addr_cmp(const struct saw_addr *a, const struct saw_addr *b);
bool saw_addr_is_any(const struct saw_addr *a); /* 0.0.0.0 or :: */

#endif
