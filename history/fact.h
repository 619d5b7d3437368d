/*
 * What is known of a tunnel end, as bytes and back: a TunnelEnd with the fields of saw_history_end.
 *
 * Ownership: what saw_fact_read fills in points into *message, which is the caller's: sawatch__v1__tunnel_end__free_unpacked.
 * Errors:    SAW_EFORMAT, -ENOMEM.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_FACT_H
#define SAWATCH_HISTORY_FACT_H

#include "core/buf.h"
#include "history/series.h"

void saw_fact_write(const struct saw_history_end *end, struct saw_buf *out);
int saw_fact_read(const uint8_t *bytes, size_t len, Sawatch__V1__TunnelEnd **message, struct saw_history_end *out);

/* The view of a TunnelEnd, and the way back; borrowed from it. */
void saw_fact_of(const Sawatch__V1__TunnelEnd *t, struct saw_history_end *out);
void saw_fact_to(const struct saw_history_end *end, Sawatch__V1__TunnelEnd *out);

#endif
