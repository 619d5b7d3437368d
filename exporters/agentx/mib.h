/*
 * SAWATCH-MIB as tables: every object with its type, what it means, and where its value comes from.
 *
 * Purpose: the agent answers from them, and mibs/SAWATCH-MIB is printed from them, so the two cannot differ.
 * Rules:   arcs are never used twice. What is not known has no instance, as it is absent in the snapshot; only states say `unknown`.
 * Source:  RFC 2578 (SMIv2), RFC 2579 (DateAndTime, TruthValue).
 * Pure; everything here is constant.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_MIB_H
#define SAWATCH_EXPORTERS_AGENTX_MIB_H

#include "core/text.h"
#include "proto/field.h"

#define SAW_MIB_ROOT "1.3.6.1.4.1.8072.9999.9999.9857"
#define SAW_MIB_ROOT_MAX 100 /* arcs: what follows must fit into an object identifier, RFC 2578, 3.5 */
#define SAW_MIB_INDEX_MAX 3
#define SAW_MIB_REL_MAX (4 + SAW_MIB_INDEX_MAX) /* arcs below the root of the longest instance */
#define SAW_MIB_TEXT_MAX 255

/* Below the root: what follows 0 are the notifications, 1 the objects, 2 the conformance statements. */
enum { SAW_MIB_NOTIFICATIONS = 0, SAW_MIB_OBJECTS = 1, SAW_MIB_CONFORMANCE = 2 };

enum saw_mib_syntax {
	SAW_MIB_INDEX,    /* SawIndex: made from a name, see index.h */
	SAW_MIB_NUMBER,   /* Unsigned32 */
	SAW_MIB_GAUGE,    /* Gauge32 */
	SAW_MIB_SIGNED,   /* Integer32 */
	SAW_MIB_COUNTER,  /* Counter64 */
	SAW_MIB_TRUTH,    /* TruthValue */
	SAW_MIB_CHOICE,   /* an enumeration: `choices` */
	SAW_MIB_TEXT,     /* SawText: UTF-8, cut to 255 bytes */
	SAW_MIB_DATETIME, /* DateAndTime, in UTC */
};

/* The kinds of values that travel; the tags are RFC 3416's. */
enum saw_mib_tag {
	SAW_MIB_TAG_INTEGER = 0x02,
	SAW_MIB_TAG_OCTETS = 0x04,
	SAW_MIB_TAG_GAUGE = 0x42,
	SAW_MIB_TAG_COUNTER64 = 0x46,
};

struct saw_mib_value {
	enum saw_mib_tag tag;
	uint64_t number; /* an integer: its two's complement */
	size_t n;        /* of octets */
	uint8_t octets[SAW_MIB_TEXT_MAX];
};

/* What one row of a table is. */
enum saw_mib_scope {
	SAW_MIB_GENERAL,
	SAW_MIB_DEVICE,     /* device */
	SAW_MIB_SOURCE,     /* device, source */
	SAW_MIB_TUNNEL,     /* device, tunnel */
	SAW_MIB_LAYER,      /* device, tunnel, layer */
	SAW_MIB_LINK,       /* link */
	SAW_MIB_WAY,        /* link, direction */
	SAW_MIB_COMPARISON, /* link, field */
	SAW_MIB_EVENT,      /* only sent, never asked for */
	SAW_MIB_SCOPES
};

/* When a tunnel's value is still true, as for metrics: what could not be read has no current facts. */
enum saw_mib_needs {
	SAW_MIB_ALWAYS,
	SAW_MIB_READ /* the device could be read */,
	SAW_MIB_ROW /* and has the tunnel */
};

/* What a row is made of; pointers that do not belong to its scope are NULL. */
struct saw_mib_row {
	const Sawatch__V1__Snapshot *snapshot;
	int64_t now_ms;
	const struct saw_mib_counts *counts;
	const Sawatch__V1__Device *device;
	const Sawatch__V1__SourceStatus *source;
	const Sawatch__V1__TunnelEnd *tunnel;
	const Sawatch__V1__Layer *layer;
	const Sawatch__V1__Link *link;
	const Sawatch__V1__LinkDirection *way;
	const Sawatch__V1__LinkComparison *comparison;
	uint32_t index[SAW_MIB_INDEX_MAX]; /* of this row */
	uint32_t link_index;               /* of a tunnel: its link's; 0: none */
	uint32_t a[2], b[2];               /* of a link: its ends' indices; 0: not in the snapshot */
};

/* Sums over a snapshot. */
struct saw_mib_counts {
	uint32_t states[8]; /* tunnels by TunnelState */
	uint32_t maintenance;
	uint32_t links_up, links_down, links_unknown;
	uint32_t devices_unreachable;
};

/* False: no such instance. */
typedef bool saw_mib_fn(const struct saw_mib_row *r, int arg, struct saw_mib_value *v);

struct saw_mib_choice {
	const char *word;
	int value;
};

struct saw_mib_enum {
	const char *name; /* of the textual convention */
	const char *help;
	const struct saw_mib_choice *choices; /* ends with a NULL word */
};

struct saw_mib_column {
	uint32_t arc;
	const char *name;
	enum saw_mib_syntax syntax;
	enum saw_mib_needs needs;
	/* One of: a field of the scope's message, the total of this name, a function. An index has none. */
	struct saw_field field;
	const char *total;
	saw_mib_fn *fn;
	int arg;
	const struct saw_mib_enum *choices;
	const char *units;
	const char *help; /* what a person concludes; sentences without quotation marks */
};

struct saw_mib_table {
	uint32_t arc;
	enum saw_mib_scope scope;
	const char *name;                     /* sawTunnel: then sawTunnelTable, sawTunnelEntry */
	const char *entry;                    /* what one row is, for its description */
	const char *help;                     /* of the table */
	const char *index[SAW_MIB_INDEX_MAX]; /* names of the index objects */
	unsigned n_index;
	unsigned n_hidden; /* columns at the beginning that are indices of this table, and not accessible */
	const struct saw_mib_column *columns; /* by arc */
	size_t n_columns;
};

struct saw_mib_notification {
	uint32_t arc;
	const char *name;
	const char *help;
	enum saw_mib_scope scope;   /* TUNNEL, LINK or DEVICE: whose columns `objects` are */
	const char *const *objects; /* names of columns, in the order in which they are sent; ends with NULL */
};

/* Scalars first, then the tables, by arc; the last one is what notifications carry besides. */
const struct saw_mib_table *saw_mib_tables(size_t *n);
const struct saw_mib_notification *saw_mib_notifications(size_t *n);
const struct saw_mib_table *saw_mib_table_of(enum saw_mib_scope scope);
/* By name, in any table; *table is its. NULL: there is none. */
const struct saw_mib_column *saw_mib_column_named(const char *name, const struct saw_mib_table **table);

/* The value of a column in a row. False: no such instance. */
bool saw_mib_value(const struct saw_mib_table *t, const struct saw_mib_column *c, const struct saw_mib_row *r,
				   struct saw_mib_value *v);

void saw_mib_put_text(struct saw_mib_value *v, const char *text);                   /* cut at a character's border */
void saw_mib_put_datetime(struct saw_mib_value *v, int64_t ms);                     /* Unix time */
void saw_mib_put_number(struct saw_mib_value *v, enum saw_mib_tag tag, uint64_t n); /* a gauge keeps to 32 bits */

const Sawatch__V1__Total *saw_mib_total(const Sawatch__V1__TunnelEnd *t, const char *name); /* NULL: none */

/* Rows of these tables exist where these are not negative. */
int saw_mib_layer_index(const char *name);
int saw_mib_comparison_index(const char *field);

/* Whether a device answers: 1 by some source, 0 by none that was tried; -1: none was tried yet. *why: a sentence; may be NULL. */
int saw_mib_reachable(const Sawatch__V1__Device *d, const char **why);

extern const uint32_t saw_mib_enterprises[6]; /* 1.3.6.1.4.1 */
/* Parses "1.3.6.1.4.1.…", something below the enterprises (a dot before it is taken too). The number of arcs; 0: it is none. */
size_t saw_mib_parse_root(const char *text, uint32_t out[SAW_MIB_ROOT_MAX]);

#endif
