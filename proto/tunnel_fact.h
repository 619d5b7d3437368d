/*
 * The facts of a tunnel end that go by a label: one list, for sawatch_tunnel_info, for exported history and for what is read
 * back from an engine.
 *
 * Purpose:   a fact more is one line here; whoever writes labels and whoever reads them take them from here.
 * Ownership: texts are borrowed: of the message, of `scratch`, or (saw_tunnel_fact_take) kept by the message as they are.
 * Errors:    SAW_EFORMAT, SAW_ERANGE for a text that is no such fact; the fact then stays absent.
 * Pure.
 */
#ifndef SAWATCH_PROTO_TUNNEL_FACT_H
#define SAWATCH_PROTO_TUNNEL_FACT_H

#include "proto/field.h"

/* Kind of field, and name of field and label. */
#define SAW_TUNNEL_FACTS(X) \
	X(_TEXT, interface)     \
	X(_TEXT, local)         \
	X(_TEXT, remote)        \
	X(_TEXT, fvrf)          \
	X(_TEXT, ivrf)          \
	X(, ike_version)        \
	X(_TEXT, encryption)    \
	X(_TEXT, integrity)     \
	X(, dh_group)           \
	X(, pfs_group)          \
	X(_TEXT, mode)          \
	X(, nat_t)              \
	X(_TEXT, link)          \
	X(_TEXT, site)          \
	X(_TEXT, circuit)       \
	X(_TEXT, owner)

enum saw_tunnel_fact {
#define X(kind, name) SAW_TUNNEL_FACT_##name,
	SAW_TUNNEL_FACTS(X)
#undef X
		SAW_TUNNEL_FACTS_COUNT
};

const char *saw_tunnel_fact_label(enum saw_tunnel_fact f); /* static */

/* "aes-gcm-256", "14", "true"; NULL where absent. A cipher has the bits of its key behind it: it is one cipher to who reads it. */
const char *saw_tunnel_fact_text(const Sawatch__V1__TunnelEnd *t, enum saw_tunnel_fact f,
								 char scratch[SAW_FIELD_SCRATCH]);

/* The way back; `text` may be cut short, and is kept where the fact is a text. */
int saw_tunnel_fact_take(Sawatch__V1__TunnelEnd *t, enum saw_tunnel_fact f, char *text);

/* "aes-gcm-256"; 0 bits: the cipher has no choice of keys, or they are not known. NULL for NULL. */
const char *saw_cipher_name(const char *encryption, uint32_t key_bits, char scratch[SAW_FIELD_SCRATCH]);

#endif
