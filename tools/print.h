/*
 * How `sawatch parse` and `sawatch poll` print a sample: a table for people, JSON, or the packed protobuf itself.
 *
 * Purpose:   one printer, so that both commands show the same thing in the same form.
 * Ownership: everything is borrowed for the length of the call.
 * Errors:    SAW_EUNKNOWN for a format that does not exist, SAW_EFORMAT for bytes that are no DeviceSample, -errno of the
 *            output, -ENOMEM; each with a text in *err.
 */
#ifndef SAWATCH_TOOLS_PRINT_H
#define SAWATCH_TOOLS_PRINT_H

#include "core/err.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* For help texts. */
#define SAW_PRINT_FORMATS "table, json or protobuf"

/* True where `format` is one of the three. */
bool saw_print_format_known(const char *format);

/* For a terminal of 80 columns: what was read, the IPsec flows, the IKE SAs, and what else was read of sessions,
 * interfaces, BGP peers, failover units and drops. */
void saw_print_sample_table(FILE *out, const Sawatch__V1__DeviceSample *sample);

/* Prints a packed DeviceSample. */
int saw_print_sample(FILE *out, const uint8_t *packed, size_t len, const char *format, struct saw_err *err);

#endif
