/*
 * A small language to write samples in, and to read snapshots: for the tests of the store.
 * One device, ASR-WAN01, polled by SNMP every two minutes, with a saved file that may be 15 minutes old.
 */
#ifndef SAWATCH_TESTS_UNIT_STORE_FIXTURE_H
#define SAWATCH_TESTS_UNIT_STORE_FIXTURE_H

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STATE(s) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##s
#define SNMP SAWATCH__V1__SOURCE__SOURCE_SNMP
#define SAVED SAWATCH__V1__SOURCE__SOURCE_FILE
#define COMPLETE SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE
#define PARTIAL SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL
#define T0 INT64_C(1700000000000)
#define MINUTE INT64_C(60000)
#define ANY "0.0.0.0/0.0.0.0/0/0"

#define A "192.0.2.1-198.51.100.1"
#define B "192.0.2.1-198.51.100.2"

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

/* Generated messages hold char *; nothing here writes to them. */
static inline char *z(const char *s) {
	return (char *)(uintptr_t)s;
}

struct row {
	Sawatch__V1__IpsecSa sa;
	Sawatch__V1__Sa in, out;
	Sawatch__V1__Sa *ins[1], *outs[1];
};

struct sample {
	Sawatch__V1__DeviceSample pb;
	struct row rows[8];
	Sawatch__V1__IpsecSa *row_list[8];
	Sawatch__V1__TableStatus tables[4];
	Sawatch__V1__TableStatus *table_list[4];
	Sawatch__V1__IkeSa ike[2];
	Sawatch__V1__IkeSa *ike_list[2];
	Sawatch__V1__Interface ports[2];
	Sawatch__V1__Interface *port_list[2];
};

extern const char *const store_plain;     /* the device without tunnels */
extern const char *const store_inventory; /* with a complete inventory of two */

void add_table(struct sample *s, const char *name, Sawatch__V1__TableState status, const char *error);
struct sample *blank(struct sample *s, Sawatch__V1__Source source, int64_t at_ms);
struct sample *snmp(struct sample *s, int64_t at_ms);
struct sample *saved(struct sample *s, int64_t at_ms);
struct row *add_row(struct sample *s, const char *remote);
void set_sas(struct row *r, uint32_t in, uint32_t out);
struct row *snmp_row(struct sample *s, const char *remote, uint64_t index, uint64_t packets, uint64_t bytes);
struct row *saved_row(struct sample *s, const char *remote, const char *interface, uint64_t packets, uint32_t in,
					  uint32_t out);
void configure(struct saw_store *s, const char *text, int64_t now_ms);
int setup(void **state);
int teardown(void **state);
void put(struct saw_store *s, struct sample *sample);
const Sawatch__V1__TunnelEnd *tunnel(const struct saw_snapshot *snap, const char *name);
const Sawatch__V1__Total *find_total(const Sawatch__V1__TunnelEnd *t, const char *name);
const Sawatch__V1__Total *total(const Sawatch__V1__TunnelEnd *t, const char *name);
uint64_t value(struct saw_store *s, int64_t now_ms, const char *name, const char *field);
void assert_state(struct saw_store *s, int64_t now_ms, const char *name, Sawatch__V1__TunnelState state,
				  const char *reason);

#endif
