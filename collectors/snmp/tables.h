/*
 * What is read from an agent, and where each value goes: one row of a table per column.
 *
 * Threads:   const data.
 * Sources:   SNMPv2-MIB, ENTITY-MIB, CISCO-IPSEC-FLOW-MONITOR-MIB, IF-MIB (ifTable, ifXTable), IP-MIB, CISCO-PROCESS-MIB,
 *            CISCO-FIREWALL-MIB, CISCO-ENHANCED-MEMPOOL-MIB, CISCO-ENTITY-QFP-MIB, CISCO-REMOTE-ACCESS-MONITOR-MIB, BGP4-MIB, CISCO-BGP4-MIB,
 *            CISCO-CONTEXT-MAPPING-MIB; numbers beyond the MIB's enumerations as
 *            agents are known to send them.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_TABLES_H
#define SAWATCH_COLLECTORS_SNMP_TABLES_H

#include "collectors/snmp/varbind.h"
#include "proto/field.h"
#include "proto/sawatch.pb-c.h"

enum saw_convert {
	SAW_CONVERT_NUMBER,
	SAW_CONVERT_CENTISECONDS, /* to whole seconds */
	SAW_CONVERT_KILO,         /* bit/s to kbit/s; 0 and 2^32-1 ("more than that") are none */
	SAW_CONVERT_MEGA,         /* Mbit/s to kbit/s; 0 is none: less than half a megabit */
	SAW_CONVERT_UP,           /* up(1), down(2); any other state is down too, but unknown(4) is none */
	SAW_CONVERT_TRUTH,        /* TruthValue */
	SAW_CONVERT_SPI,          /* some agents send it signed */
	SAW_CONVERT_ADDRESS,      /* 4 or 16 bytes, or an address in text; anything else is none */
	SAW_CONVERT_TEXT,
	SAW_CONVERT_NAME, /* a number's name from `names` */
};

struct saw_number_name {
	uint32_t number;
	const char *name;
};

struct saw_snmp_column {
	const char *name;          /* as the MIB calls it */
	const struct saw_oid *top; /* the entry it belongs to */
	uint32_t number;           /* in the entry; 0: the top itself (a group of scalars) */
	enum saw_convert convert;
	const struct saw_number_name *names;
	struct saw_field field; /* kind NONE: rows.c uses it by its place */
};

enum saw_snmp_table_id {
	SAW_TABLE_IPSEC_TUNNELS,
	SAW_TABLE_IPSEC_SPIS,
	SAW_TABLE_IPSEC_ENDPOINTS,
	SAW_TABLE_IKE_TUNNELS,
	SAW_TABLE_IPSEC_GLOBALS,
	SAW_TABLE_IKE_GLOBALS,
	SAW_TABLE_ADDRESSES, /* before the interfaces: it says which of them tunnels leave by */
	SAW_TABLE_INTERFACES,
	SAW_TABLE_CPU,
	SAW_TABLE_QFP,
	SAW_TABLE_L2L_SESSIONS,
	SAW_TABLE_MEMORY,
	SAW_TABLE_FAILOVER,
	SAW_TABLE_CISCO_BGP,
	SAW_TABLE_BGP_PREFIXES,
	SAW_TABLE_BGP,
	SAW_TABLE_IKE_FAILURES,
	SAW_TABLE_IPSEC_FAILURES,
	SAW_TABLE_IKE_HISTORY,
	SAW_TABLE_IPSEC_HISTORY,
	SAW_TABLE_CONTEXTS,
	SAW_TABLES
};

struct saw_snmp_table {
	const char *name;
	const struct saw_snmp_column *columns;
	size_t n_columns;
	size_t n_walked;   /* these columns are walked; the others are asked for by GET for the rows that are wanted */
	size_t n_index;    /* sub-identifiers of an index; 0: differs */
	const char *group; /* GlobalCounter.group */
	const struct saw_number_name *counters; /* scalars by number; two of one name: the later, 64 bits wide, wins */
	enum { SAW_ON_ALL, SAW_ON_ROUTERS, SAW_ON_FIREWALLS } on;
	/* RARELY: what does not change from poll to poll; MEMORY: what costs a device much; CONTEXTS: what is not of the device's
	 * state. Read where the target says so. */
	enum { SAW_EACH_TIME, SAW_RARELY, SAW_MEMORY, SAW_CONTEXTS } when;
	size_t n_fast; /* columns that a fast poll reads, whole groups of them (walk.h); 0: it leaves the table out */
};

/*
 * How much of an index says where a walk can be parted: all of it, or, where indices differ in length, as much as tells apart
 * what is there (what is longer is cut, what is shorter has zeroes behind: any identifier is a border).
 */
static inline size_t saw_snmp_border_width(const struct saw_snmp_table *t) {
	return t->n_index ? t->n_index : 18; /* InetAddressType, length, IPv6 address */
}

/* Whether the poll of this target asks for the table. */
struct saw_snmp_target;
bool saw_snmp_table_wanted(const struct saw_snmp_table *t, const struct saw_snmp_target *target);

/* Whether an object is one that is read at all. */
bool saw_snmp_reads(const uint32_t *oid, size_t n);

extern const struct saw_snmp_table saw_snmp_tables[SAW_TABLES];

#define SAW_SNMP_COLUMNS_MAX 40

/* Places of the columns that rows.c reads itself. */
enum {
	SAW_TUN_LOCAL,
	SAW_TUN_REMOTE,
	SAW_TUN_STATUS,
	SAW_TUN_IN_OCTETS,
	SAW_TUN_OUT_OCTETS,
	SAW_TUN_HC_IN_OCTETS,
	SAW_TUN_HC_OUT_OCTETS,
	SAW_TUN_IN_PACKETS,
	SAW_TUN_OUT_PACKETS,
	SAW_TUN_REPLAYS,
	SAW_TUN_REFRESHES,
	SAW_TUN_ACTIVE_TIME,
	SAW_TUN_IKE_INDEX,
	SAW_TUN_IKE_ALIVE,
	SAW_TUN_SA_INSTANCES,
	SAW_TUN_FAST, /* so far what changes all the time; from here on what is settled until a rekey */
	SAW_TUN_DH_GROUP = SAW_TUN_FAST,
	SAW_TUN_IN_CIPHER,
	SAW_TUN_IN_AH_AUTH,
	SAW_TUN_IN_ESP_AUTH,
	SAW_TUN_OUT_CIPHER,
	SAW_TUN_OUT_AH_AUTH,
	SAW_TUN_OUT_ESP_AUTH,
	SAW_TUN_MODE,
	SAW_TUN_LIFE_SIZE,
	SAW_TUN_LIFE_TIME,
	SAW_TUN_OTHERS /* counters that are not needed all the time */
};
enum { SAW_SPI_DIRECTION, SAW_SPI_VALUE, SAW_SPI_PROTOCOL, SAW_SPI_STATUS, SAW_SPI_COLUMNS };
/* The remote five follow the local five. */
enum {
	SAW_END_TYPE,
	SAW_END_FIRST,
	SAW_END_LAST,
	SAW_END_PROTOCOL,
	SAW_END_PORT,
	SAW_END_REMOTE,
	SAW_END_COLUMNS = 10
};
enum {
	SAW_IKE_LOCAL,
	SAW_IKE_REMOTE,
	SAW_IKE_STATUS,
	SAW_IKE_LOCAL_ID,
	SAW_IKE_REMOTE_ID,
	SAW_IKE_DH_GROUP,
	SAW_IKE_CIPHER,
	SAW_IKE_HASH,
	SAW_IKE_REFRESHES,
	SAW_IKE_OTHERS
};
enum { SAW_ADDRESS_IF_INDEX, SAW_INET_ADDRESS_IF_INDEX }; /* ipAddrTable, ipAddressTable */
enum { SAW_CONTEXT_VRF };
enum { SAW_CRAS_CLIENTS };
enum { SAW_IF_TYPE, SAW_IF_DESCR, SAW_IF_NAME, SAW_IF_OTHERS, SAW_IF_LINE = 5 };
/* Of both BGP tables. */
enum { SAW_BGP_STATE, SAW_BGP_REMOTE_AS, SAW_BGP_TIME };
#define SAW_BGP_ESTABLISHED 6
/* cfwHardwareType, which is the index, and cfwHardwareStatusValue. */
enum { SAW_UNIT_PRIMARY = 6, SAW_UNIT_SECONDARY = 7 };
enum { SAW_UNIT_ACTIVE = 9, SAW_UNIT_STANDBY = 10 };
#define SAW_QFP_FIVE_MINUTES 3 /* second sub-identifier of the index: the interval */

/* NULL where the number has no name. */
const char *saw_number_name(const struct saw_number_name *names, uint64_t number);

/* What the numbers of EncryptAlgo, IkeHashAlgo and AuthAlgo, DiffHellmanGrp mean. */
struct saw_cipher {
	uint32_t number;
	const char *name;
	uint32_t key_bits; /* 0: says itself */
};
const struct saw_cipher *saw_cipher_of(uint64_t number); /* NULL: not known */
extern const struct saw_number_name saw_hash_names[];
bool saw_dh_group_of(uint64_t number, uint32_t *group);

/* Scalars of the system group and the first physical entity, which is the chassis, in the order they are asked for. */
enum {
	SAW_SYS_DESCR,
	SAW_SYS_OBJECT_ID,
	SAW_SYS_UPTIME,
	SAW_SYS_NAME,
	SAW_SYS_GROUP, /* so far every agent has them */
	SAW_SYS_CHASSIS_CLASS = SAW_SYS_GROUP,
	SAW_SYS_CHASSIS_SERIAL,
	SAW_SYS_CHASSIS_MODEL,
	SAW_SYS_SCALARS
};
#define SAW_CLASS_CHASSIS 3
extern const struct saw_oid saw_sys_scalars[SAW_SYS_SCALARS];

/* The model of a sysObjectID; NULL for one that is not listed. */
const char *saw_model_of(const uint32_t *oid, size_t n);

#endif
