/*
 * What a simulated device answers over SNMP: one ordered tree of OIDs, computed from the model when asked.
 *
 * Purpose:   GET, GETNEXT and GETBULK on the system group, IF-MIB, IP-MIB, ENTITY-MIB, CISCO-IPSEC-FLOW-MONITOR-MIB, load, memory,
 *            BGP and contexts, with the quirks that are switched on. A request costs the logarithm of the number of rows; only box totals look at every tunnel, once per
 *            instant. No SNMP library here.
 * Ownership: the tree borrows the model; values are the caller's.
 * Threads:   one owner.
 * Source:    the MIBs; the numbers of newer algorithms are those real agents send although the MIB's lists end earlier.
 */
#ifndef SAWATCH_SIM_MIB_H
#define SAWATCH_SIM_MIB_H

#include "sim/model.h"

#define SAW_SIM_OID_MAX 128
#define SAW_SIM_BYTES_MAX 512

struct saw_sim_oid {
	uint32_t id[SAW_SIM_OID_MAX];
	size_t n;
};

/* The tags of the wire. */
enum saw_sim_type {
	SAW_SIM_INTEGER = 0x02,
	SAW_SIM_OCTETS = 0x04,
	SAW_SIM_OID = 0x06,
	SAW_SIM_IPADDRESS = 0x40,
	SAW_SIM_COUNTER32 = 0x41,
	SAW_SIM_GAUGE32 = 0x42,
	SAW_SIM_TIMETICKS = 0x43,
	SAW_SIM_COUNTER64 = 0x46,
	SAW_SIM_NO_OBJECT = 0x80,
	SAW_SIM_NO_INSTANCE = 0x81,
	SAW_SIM_END_OF_MIB = 0x82
};

struct saw_sim_value {
	enum saw_sim_type type;
	uint64_t number;
	struct saw_sim_oid oid;
	size_t len; /* of bytes: OCTETS, IPADDRESS */
	uint8_t bytes[SAW_SIM_BYTES_MAX];
};

struct saw_sim_mib;

/* number: of a device of a fleet, as its sysName says it; 0: there is one of its kind. */
struct saw_sim_mib *saw_sim_mib_create(const struct saw_sim_model *model, enum saw_sim_dev dev, uint32_t number);
void saw_sim_mib_destroy(struct saw_sim_mib *mib);

/* The SNMP context that the next requests look at: "" the default one. 0 or SAW_EUNKNOWN. */
int saw_sim_mib_context(struct saw_sim_mib *mib, struct saw_str name);

/* The value, or one of type NO_OBJECT or NO_INSTANCE. */
void saw_sim_mib_get(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *oid,
					 struct saw_sim_value *out);

/* What comes after oid; next may be oid. At the end *next is oid and the type END_OF_MIB. */
void saw_sim_mib_next(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *oid, struct saw_sim_oid *next,
					  struct saw_sim_value *out);

/* Takes one variable binding of an answer; not 0 ends it. */
#define SAW_SIM_BULK_VARIABLES 64 /* one request may ask for */

typedef int saw_sim_emit(void *ctx, const struct saw_sim_oid *oid, const struct saw_sim_value *value);

/*
 * GETBULK (RFC 3416, 4.2.3). room: bytes that the encoded bindings may take; what does not fit is left out from the end.
 * Returns the number of bindings, what emit returned, or SAW_ELIMIT for more than SAW_SIM_BULK_VARIABLES of them.
 */
int saw_sim_mib_bulk(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *asked, size_t count,
					 size_t non_repeaters, size_t repetitions, size_t room, saw_sim_emit *emit, void *ctx);

/* Bytes of the encoded binding. */
size_t saw_sim_varbind_size(const struct saw_sim_oid *oid, const struct saw_sim_value *value);

/* Whether the device says nothing at all to this, because it was silenced or by a quirk. */
bool saw_sim_mib_silent(const struct saw_sim_mib *mib, const struct saw_sim_oid *asked, bool bulk, size_t repetitions);
/* Whether it answers tooBig to so many repetitions. */
bool saw_sim_mib_too_big(const struct saw_sim_mib *mib, size_t repetitions);

#define SAW_SIM_ENGINE_ID_MAX 32
/* The device's SNMP engine: Cisco's number and its name (RFC 3411, SnmpEngineID). */
size_t saw_sim_engine_id(enum saw_sim_dev dev, uint8_t out[SAW_SIM_ENGINE_ID_MAX]);

#endif
