/*
 * What `sawatch explain` and `sawatch links` print, as text.
 *
 * Purpose:   snapshot in, text out: lines of 80 columns for people, with colours where they are asked for.
 * Ownership: borrows; the text is the caller's buffer.
 * Pure; the time is the snapshot's.
 */
#ifndef SAWATCH_TOOLS_EXPLAIN_H
#define SAWATCH_TOOLS_EXPLAIN_H

#include "core/buf.h"
#include "proto/sawatch.pb-c.h"

/* One tunnel end: state by layer, since when, both ends side by side, what to look at next. */
void saw_explain_tunnel(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t, bool colour,
						struct saw_buf *out);

/* All links: loss each way, what differs. */
void saw_explain_links(const Sawatch__V1__Snapshot *s, bool colour, struct saw_buf *out);

#endif
