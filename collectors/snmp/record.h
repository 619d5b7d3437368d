/*
 * What an agent answered, as a portable recording: lines `oid|type|value` (snmprec), ascending, as snmpsim and our tests replay.
 *
 * Purpose:   keeps the values of what Sawatch reads (tables.h) and of nothing else, so that no answer that went beyond its table
 *            brings along what is none of our business; each object once, as it was first seen.
 * Ownership: everything is copied; given back by saw_snmp_record_destroy.
 * Errors:    sticky; saw_snmp_record_write tells it.
 * Sources:   snmpsim's data file format; types by their BER tag.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_RECORD_H
#define SAWATCH_COLLECTORS_SNMP_RECORD_H

#include "collectors/snmp/tables.h"

struct saw_snmp_record;

/* NULL without memory. */
struct saw_snmp_record *saw_snmp_record_create(size_t max_bytes);
void saw_snmp_record_destroy(struct saw_snmp_record *r);

/* A saw_snmp_seen_fn. */
void saw_snmp_record_take(void *record, const struct saw_varbind *values, size_t n);

/* The recording as text. 0, or SAW_ELIMIT / -ENOMEM where it is not whole. */
int saw_snmp_record_write(struct saw_snmp_record *r, struct saw_buf *out);

/* The table's values as `name.index = value`, column by column. As above; *n: values. */
int saw_snmp_record_print(struct saw_snmp_record *r, const struct saw_snmp_table *t, struct saw_buf *out, size_t *n);

#endif
