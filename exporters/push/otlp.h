/*
 * Snapshot -> bodies of OTLP/HTTP metrics: an ExportMetricsServiceRequest as gzipped protobuf.
 *
 * Purpose:   the series of /metrics, less those of the process that answers there: counters are cumulative monotonic sums that say since when they count, the rest
 *            gauges. Names are the same; units are UCUM's. A series that has ended gets a point without a value.
 * Source:    OpenTelemetry Protocol 1.x, metrics data model; proto/otlp.proto.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_OTLP_H
#define SAWATCH_EXPORTERS_PUSH_OTLP_H

#include "exporters/push/choice.h"
#include "exporters/push/queue.h"
#include "exporters/push/series.h"

struct saw_otlp;

extern const char *const saw_otlp_headers[];
extern const size_t saw_otlp_n_headers;

/* NULL without memory. */
struct saw_otlp *saw_otlp_create(uint64_t seed);
void saw_otlp_destroy(struct saw_otlp *o);
/* What it knows to have been sent. */
struct saw_series_set *saw_otlp_series(struct saw_otlp *o);

/* Each body goes to `put`, in order; at most `batch` points are in one. choice->labels are of the resource.
 * 0 or -ENOMEM. */
int saw_otlp_snapshot(struct saw_otlp *o, const Sawatch__V1__Snapshot *s, const struct saw_push_choice *choice,
					  unsigned batch, void (*put)(void *ctx, const struct saw_queue_item *item), void *ctx);

/* The answer to a body that was taken: how many points were not, and what the server says of that; false: all is well. */
bool saw_otlp_partial(const uint8_t *body, size_t len, uint64_t *rejected, struct saw_buf *said);
/* Appends what the answer to one that was not taken says. */
void saw_otlp_put_status(const uint8_t *body, size_t len, struct saw_buf *out);

/* In UCUM: "By" of a name that ends in _bytes or _bytes_total; "" where it has none. */
const char *saw_otlp_unit(const char *family);

#endif
