/*
 * What a poll may know of the one before: rows by table, tables the device does not answer, its SNMPv3 engine, what it can take at once.
 *
 * Ownership: belongs to a device, lies with the caller between polls (snmp.h); one poll at a time uses it.
 * Errors:    none: without memory for it, less is known.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_MEMORY_H
#define SAWATCH_COLLECTORS_SNMP_MEMORY_H

#include "collectors/snmp/rows.h"
#include "collectors/snmp/snmp.h"
#include "collectors/snmp/usm.h"

/* Indices of a table, ascending, each of its n_index numbers. */
struct saw_known_rows {
	uint32_t *indices;
	size_t n;
};

/* Of one context. */
struct saw_known {
	struct saw_known_rows rows[SAW_TABLES];
	bool unanswered[SAW_TABLES]; /* had no rows, and is one that the device may not have at all */
};

struct saw_found_context {
	char name[SAW_CONTEXT_NAME], vrf[65];
};

struct saw_snmp_memory {
	/* By their place in the poll; NULL: not known. Where another stands there now, what is known of it is of no use and does
	 * no harm. */
	struct saw_known *contexts[SAW_SNMP_CONTEXTS_MAX];
	unsigned proven, proven_values; /* struct saw_pace: of walks, of values asked for by name */
	bool looked_for_contexts;
	struct saw_found_context *found; /* of contexts that the device maps to VRFs */
	size_t n_found;
	bool has_engine;
	struct saw_usm_header engine;
	uint64_t engine_ns;
	bool has_uptime;
	uint64_t uptime_ticks;
};

/* What is known of a context; NULL without memory. */
struct saw_known *saw_snmp_memory_of(struct saw_snmp_memory *m, size_t context);
/* The rows of a table as this poll read them. */
void saw_snmp_memory_rows(struct saw_known *k, const struct saw_rows *rows, enum saw_snmp_table_id table);
/* The contexts that are mapped to a VRF, as this poll read them. */
void saw_snmp_memory_contexts(struct saw_snmp_memory *m, const struct saw_rows *rows);
/* The device was restarted or is another: only what it is asked for as always is left. */
void saw_snmp_memory_forget(struct saw_snmp_memory *m);

#endif
