/*
 * The clear part of an SNMPv3 message, and the message that asks an agent who it is.
 *
 * Purpose:   discovery without Net-SNMP's own, which blocks. Pure: bytes in, values out.
 * Sources:   RFC 3412 (message), RFC 3414 (security parameters, discovery).
 */
#ifndef SAWATCH_COLLECTORS_SNMP_USM_H
#define SAWATCH_COLLECTORS_SNMP_USM_H

#include <stddef.h>
#include <stdint.h>

#define SAW_ENGINE_ID_MIN 5
#define SAW_ENGINE_ID_MAX 32
#define SAW_USM_PROBE 64

struct saw_usm_header {
	int32_t message_id;
	uint8_t flags;
	uint8_t engine_id[SAW_ENGINE_ID_MAX];
	size_t n_engine_id;
	uint32_t boots, time;
};

/* The request without user and engine that every agent answers with a Report. id: 0 to 2^31-1. */
void saw_usm_probe(int32_t id, uint8_t out[SAW_USM_PROBE]);

/* 0, or SAW_EFORMAT where this is no SNMPv3 message with user-based security. */
int saw_usm_header(const uint8_t *p, size_t n, struct saw_usm_header *out);

#endif
