/*
 * Rows of the agent's tables -> records of the sample.
 *
 * Purpose:   gathers cells, in whatever order the walk brings them, as typed values by table and index; then joins tunnels with
 *            their selectors, SPIs and IKE SAs and streams the records to a sink. Pure: no I/O, no clock.
 * Ownership: values are copied; everything is given back by saw_rows_destroy. Records are borrowed by the sink for its call.
 * Errors:    a value that is not what its column should hold is absent and counted, never an error.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_ROWS_H
#define SAWATCH_COLLECTORS_SNMP_ROWS_H

#include "collectors/sample.h"
#include "collectors/snmp/tables.h"

struct saw_rows;

#define SAW_ODD_NAME 80     /* of a value, with the NUL; cut where its index is longer */
#define SAW_CONTEXT_NAME 33 /* bytes of an SNMP context's name, with the NUL */

/* max_rows: of one table. max_bytes: of everything that is held. NULL without memory. */
struct saw_rows *saw_rows_create(uint64_t max_rows, size_t max_bytes);
void saw_rows_destroy(struct saw_rows *r);

/* The tunnels of another context of the device: they leave by the addresses and interfaces that `box` has, which outlives them or
 * ends with them. Said before anything is asked of either. */
void saw_rows_attach(struct saw_rows *r, struct saw_rows *box);

/* One cell. 0; SAW_ELIMIT where the table or the memory is full; -ENOMEM. */
int saw_rows_cell(struct saw_rows *r, enum saw_snmp_table_id table, size_t column, const uint32_t *index,
				  size_t n_index, const struct saw_varbind *value);

uint64_t saw_rows_count(const struct saw_rows *r, enum saw_snmp_table_id table);
/* The index of row i, ascending; of a table whose indices have all one length. */
const uint32_t *saw_rows_index(const struct saw_rows *r, enum saw_snmp_table_id table, uint64_t i, size_t *n);
/* Values of a type their column cannot have. */
uint64_t saw_rows_odd(const struct saw_rows *r, enum saw_snmp_table_id table);
/* The first of these, "cipSecTunInOctets.4711"; "" where there is none. */
const char *saw_rows_odd_first(const struct saw_rows *r, enum saw_snmp_table_id table);

/* The next interface at or after row *at that is a tunnel, or that tunnels leave by: sets *at and its index. Not before the
 * tunnels and the addresses were read. */
bool saw_rows_wanted_interface(struct saw_rows *r, uint64_t *at, uint32_t *if_index);

/* The k-th row of cContextMappingTable: an SNMP context that shows a VRF. False: there are no more. Borrowed texts. */
bool saw_rows_context(const struct saw_rows *r, size_t k, char name[SAW_CONTEXT_NAME], const char **vrf);

/*
 * Of a poll that read the first columns of the tunnels only. Same: the tunnels are those of the earlier rows, not restarted and not rekeyed
 * since, so that what is settled until a rekey (rows of all other tables too) is still as it was. Refresh: the earlier rows
 * take what changes all the time, and lose the counters that were not read.
 */
bool saw_rows_same_tunnels(const struct saw_rows *before, const struct saw_rows *now);
/* The interfaces that are wanted are up or down as they were; of `now` only that was read. */
bool saw_rows_same_lines(struct saw_rows *before, const struct saw_rows *now);
void saw_rows_refresh(struct saw_rows *before, const struct saw_rows *now);

/* Said before saw_rows_emit: the table was not read to its end. */
void saw_rows_cut(struct saw_rows *r, enum saw_snmp_table_id table);

/*
 * Streams the records of a table: IpsecSa (joined with the tables that were read), IkeSa, GlobalCounter, Interface,
 * BgpPeer, MemoryPool, IkeFailure, IpsecFailure or EndedTunnel; facts of the tables that hold loads and sessions.
 * ike_complete: cikeTunnelTable was read to its end, so that a parent it does not hold does not exist.
 * *given: records; *vanished: rows that went away while they were read. 0 or the sink's error.
 */
int saw_rows_emit(struct saw_rows *r, enum saw_snmp_table_id table, bool ike_complete, const struct saw_sink *sink,
				  uint64_t *given, uint64_t *vanished);

/* Facts of the system group. values: SAW_SYS_SCALARS of them, NULL where one was not given. *platform as below. */
int saw_rows_emit_system(const struct saw_varbind *const *values, const struct saw_sink *sink,
						 Sawatch__V1__Platform *platform);

/*
 * "9.12(2)" of an ASA's or IOS's sysDescr, "" if there is none; platform: what the text says this is, 0 if it does not say.
 */
struct saw_str saw_sysdescr_version(struct saw_str descr, Sawatch__V1__Platform *platform);

#endif
