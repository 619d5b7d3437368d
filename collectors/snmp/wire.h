/*
 * Requests to bytes and bytes to answers, for one device: its version, credentials and, for SNMPv3, its engine.
 *
 * Purpose:   the neutral face of netsnmp.c, the only file that knows Net-SNMP.
 * Threads:   one thread per process. Net-SNMP's list of users and engine times are global and keyed by user and engine alone, so
 *            they are empty except during a call: two devices with one engine ID, or one user with two passwords, do not meet.
 * Ownership: what decode returns borrows from the wire until the next decode; encoded bytes until the next encode.
 * Errors:    SAW_EFORMAT (not SNMP, or not for us), SAW_EAUTH (an answer that does not authenticate or decrypt), -ENOMEM.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_WIRE_H
#define SAWATCH_COLLECTORS_SNMP_WIRE_H

#include "collectors/snmp/snmp.h"
#include "collectors/snmp/usm.h"
#include "collectors/snmp/varbind.h"

struct saw_wire;

/* Keys made of passwords so far, at several milliseconds each: one per password and hash, however often a device is polled. */
uint64_t saw_snmp_engine_derivations(const struct saw_snmp_engine *e);

struct saw_wire *saw_wire_create(struct saw_snmp_engine *e, const struct saw_snmp_target *t, struct saw_err *err);
void saw_wire_destroy(struct saw_wire *w);

/*
 * SNMPv3: which engine the device is and what its clock says at now_ns, from a Report. Keys are made for it where it is new.
 * 0 or SAW_EFORMAT (no usable engine ID), -ENOMEM.
 */
int saw_wire_set_engine(struct saw_wire *w, const struct saw_usm_header *h, uint64_t now_ns);
bool saw_wire_ready(const struct saw_wire *w); /* false: SNMPv3 and the engine is not known yet */
bool saw_wire_is_engine(const struct saw_wire *w, const struct saw_usm_header *h); /* the one that is known */
void saw_wire_forget_engine(struct saw_wire *w);

/* The context, or the community that stands for it, of the requests that follow. Borrowed. NULL: the default one; no change. */
void saw_wire_set_context(struct saw_wire *w, const char *context, const char *community);

int saw_wire_encode(struct saw_wire *w, const struct saw_request *request, int32_t id, uint64_t now_ns,
					const uint8_t **out, size_t *len);
/* A trap or an inform of version 2c or 3. The engine of a trap is the sender's own, of an inform the receiver's. */
int saw_wire_encode_notification(struct saw_wire *w, bool inform, const struct saw_varbind *values, size_t n,
								 int32_t id, uint64_t now_ns, const uint8_t **out, size_t *len);
int saw_wire_decode(struct saw_wire *w, const uint8_t *data, size_t n, uint64_t now_ns, struct saw_answer *out);

#endif
