/*
 * What each counter of IpsecSa counts: its scope, its width, and what a rekey does to it. One table, with its evidence.
 *
 * Purpose:   a raw value says nothing without its scope. The store adds up values by these rules; documentation is checked
 *            against them.
 */
#ifndef SAWATCH_MODEL_SCOPE_H
#define SAWATCH_MODEL_SCOPE_H

#include "proto/field.h"

enum saw_scope {
	SAW_SCOPE_UNKNOWN, /* no evidence: totals are lower bounds */
	SAW_SCOPE_FLOW,    /* one pair of selectors, over its SAs */
	SAW_SCOPE_ROW,     /* one row of the flow MIB: a phase-2 tunnel over many SAs */
	SAW_SCOPE_BOX,     /* the whole device */
};

enum saw_rekey {
	SAW_REKEY_UNKNOWN,
	SAW_REKEY_GOES_ON,
	SAW_REKEY_USUALLY_GOES_ON, /* some versions restart or renumber: believed as it comes */
};

struct saw_scope_rule {
	int platform;      /* Platform; 0: any */
	int source;        /* Source; 0: any */
	const char *field; /* of IpsecSa; NULL: every other one */
	enum saw_scope scope;
	unsigned bits; /* 32, 64; 0: not known */
	enum saw_rekey rekey;
	const char *evidence;
};

/* The first rule that fits; there always is one. */
const struct saw_scope_rule *saw_scope_of(Sawatch__V1__Platform platform, Sawatch__V1__Source source,
										  const char *field);

/* Every field of IpsecSa that is a counter, in the order of the schema. */
#define SAW_COUNTERS 34
extern const struct saw_field saw_counters[SAW_COUNTERS];

/* The place of `name` in saw_counters, -1 for none. */
int saw_counter_index(const char *name);

/* The counter of the bytes that these packets have, where the flow MIB counts them in 64 bits; -1: none. */
int saw_counter_bytes(int packets);

#endif
