/*
 * The landing page: where everything is, and what is wrong now. One self-contained page without script or outside resource.
 *
 * Pure. Every text from a device or a configuration is escaped.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_LANDING_H
#define SAWATCH_EXPORTERS_HTTP_LANDING_H

#include "core/buf.h"
#include "proto/sawatch.pb-c.h"

#define SAW_LANDING_ROWS 200 /* tunnels shown; the worst ones */

/* s may be NULL: nothing is known yet. 0, or the buffer's error, or -ENOMEM. */
int saw_landing_render(const Sawatch__V1__Snapshot *s, int64_t now_ms, struct saw_buf *out);

#endif
