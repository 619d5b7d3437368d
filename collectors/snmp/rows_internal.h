/*
 * What the files of saw_rows share: the cells as they are held, and how they become fields. Only rows*.c include this.
 *
 * Ownership: rows and their texts are the arena's; a record's texts are the scratch arena's, which is reset before each row.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_ROWS_INTERNAL_H
#define SAWATCH_COLLECTORS_SNMP_ROWS_INTERNAL_H

#include "collectors/snmp/rows.h"
#include "core/addr.h"
#include "core/arena.h"

union saw_snmp_slot {
	uint64_t u;
	const char *text;
};

struct saw_snmp_row {
	const uint32_t *index;
	size_t n_index;
	uint64_t has; /* bit i: slots[i] holds a value */
	union saw_snmp_slot slots[];
};

struct saw_snmp_row_set {
	struct saw_snmp_row **rows; /* by index, ascending */
	size_t n, cap;
	size_t near[SAW_SNMP_COLUMNS_MAX]; /* where each column was last: the next row follows it */
	uint64_t odd;
	char odd_first[SAW_ODD_NAME]; /* the first of them, as the MIB names it */
	uint64_t seen;                /* bit i: some row has column i */
	bool cut;                     /* not read to its end: a column may be missing because it was not reached */
};

struct saw_snmp_port {
	struct saw_addr addr;
	uint32_t if_index;
};

struct saw_rows {
	uint64_t max_rows;
	struct saw_arena *held;    /* rows and their texts */
	struct saw_arena *scratch; /* of one record */
	struct saw_buf clean;
	struct saw_snmp_row_set sets[SAW_TABLES];
	const struct saw_snmp_row **ike_by_ends; /* IKE rows that have both addresses, by them */
	size_t n_ike_by_ends;
	/* Where addresses are, by the address; and the interfaces that tunnels leave by, by their index. */
	struct saw_snmp_port *ports;
	uint32_t *leaving;
	size_t n_ports, n_leaving;
	bool ports_known;
	struct saw_rows *box;  /* whose addresses and interfaces these tunnels leave by; NULL: its own */
	struct saw_rows *next; /* of those that leave by the same box's */
};

/* How a row's index stands to another one. */
static inline int saw_snmp_row_index_cmp(const struct saw_snmp_row *row, const uint32_t *index, size_t n) {
	return saw_oid_cmp(row->index, row->n_index, index, n);
}
/* The place of the first row whose index is not below `index`. */
size_t saw_snmp_row_set_find(const struct saw_snmp_row_set *s, const uint32_t *index, size_t n);

static inline bool saw_snmp_row_has(const struct saw_snmp_row *row, size_t column) {
	return row->has >> column & 1;
}
static inline uint64_t saw_snmp_row_number(const struct saw_snmp_row *row, size_t column, uint64_t otherwise) {
	return saw_snmp_row_has(row, column) ? row->slots[column].u : otherwise;
}
static inline const char *saw_snmp_row_text(const struct saw_snmp_row *row, size_t column) {
	return saw_snmp_row_has(row, column) ? row->slots[column].text : NULL;
}

bool saw_varbind_number(const struct saw_varbind *v, uint64_t *out);
static inline struct saw_str saw_varbind_octets(const struct saw_varbind *v) {
	return (struct saw_str){(const char *)v->bytes, v->n};
}

/* A copy for the record at hand; NULL of NULL. */
char *saw_rows_put_text(struct saw_rows *r, const char *text);
/* A number that has no name is passed on as "cipher-12". */
char *saw_rows_named(struct saw_rows *r, const char *name, const char *kind, uint64_t number);
/* Every column that says which field it fills. */
void saw_rows_fill(struct saw_rows *r, const struct saw_snmp_table *t, const struct saw_snmp_row *row,
				   ProtobufCMessage *msg);

/* Records: rows_tunnels.c and rows_box.c. Each 0 or the sink's error. */
int saw_rows_emit_tunnel(struct saw_rows *r, const struct saw_snmp_row *row, bool ike_complete,
						 const struct saw_sink *sink);
int saw_rows_emit_ike(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink);
int saw_rows_emit_counters(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_sink *sink,
						   uint64_t *given);
int saw_rows_emit_interface(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink);
int saw_rows_emit_facts(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_sink *sink);
int saw_rows_emit_bgp(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_snmp_row *row,
					  const struct saw_sink *sink);
int saw_rows_emit_unit(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink);
int saw_rows_emit_pool(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink);
int saw_rows_emit_ike_failure(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink);
int saw_rows_emit_ipsec_failure(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink);
int saw_rows_emit_ended(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_snmp_row *row,
						const struct saw_sink *sink);
/* A tunnel, or what one leaves by. */
bool saw_rows_wants_interface(struct saw_rows *r, const struct saw_snmp_row *row);
/* The name of the interface that has this address; NULL where that is not known. */
char *saw_rows_interface_with(struct saw_rows *r, const char *address);

#endif
