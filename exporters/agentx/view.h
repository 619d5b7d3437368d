/*
 * A snapshot as an ordered set of object instances: what GET and GETNEXT ask for.
 *
 * Purpose:   every lookup is a binary search, over objects and then over rows; nothing is scanned per request. Which rows have a
 *            value in a column is found out once for each column, when it is first asked for.
 * Ownership: a view owns its snapshot.
 * Threads:   one at a time; another one may have made it.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_VIEW_H
#define SAWATCH_EXPORTERS_AGENTX_VIEW_H

#include "exporters/agentx/index.h"
#include "exporters/agentx/mib.h"

struct saw_view;

/* Takes the snapshot in every case. 0, -ENOMEM, or SAW_ELIMIT. */
int saw_view_create(Sawatch__V1__Snapshot *s, struct saw_index *x, struct saw_view **out);
void saw_view_destroy(struct saw_view *v); /* takes NULL */

const Sawatch__V1__Snapshot *saw_view_snapshot(const struct saw_view *v);
size_t saw_view_rows(const struct saw_view *v); /* of all tables together */

enum saw_view_found { SAW_VIEW_FOUND, SAW_VIEW_NO_OBJECT, SAW_VIEW_NO_INSTANCE };

/* rel: the n arcs that follow the root. */
enum saw_view_found saw_view_get(struct saw_view *v, const uint32_t *rel, size_t n, int64_t now_ms,
								 struct saw_mib_value *out);
/*
 * The first instance after rel; inclusive: rel itself if it is one. Its arcs are written to `next`, their number returned; 0: there
 * is none.
 */
size_t saw_view_next(struct saw_view *v, const uint32_t *rel, size_t n, bool inclusive, int64_t now_ms,
					 uint32_t next[SAW_MIB_REL_MAX], struct saw_mib_value *out);

/* The row of a table that is about this message (a Device, TunnelEnd or Link; for a comparison: the LinkComparison). False: none. */
bool saw_view_row_of(const struct saw_view *v, enum saw_mib_scope scope, const void *message, struct saw_mib_row *row);

#endif
