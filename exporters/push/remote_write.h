/*
 * Snapshot -> bodies of Prometheus remote write 1.0: packed protobuf in Snappy's block format.
 *
 * Purpose:   the series are those of /metrics, less those of the process that answers there. One that has ended gets a
 *            stale marker with the next snapshot, so that it ends at once at the receiver, too.
 * Source:    Prometheus Remote-Write 1.0 specification; value/value.go (StaleNaN); proto/remote_write.proto.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_REMOTE_WRITE_H
#define SAWATCH_EXPORTERS_PUSH_REMOTE_WRITE_H

#include "exporters/push/choice.h"
#include "exporters/push/queue.h"
#include "exporters/push/series.h"

struct saw_remote_write;

/* What requests must say of such a body. */
extern const char *const saw_remote_write_headers[];
extern const size_t saw_remote_write_n_headers;

/* NULL without memory. */
struct saw_remote_write *saw_remote_write_create(uint64_t seed);
void saw_remote_write_destroy(struct saw_remote_write *w);
/* What it knows to have been sent. */
struct saw_series_set *saw_remote_write_series(struct saw_remote_write *w);

/* Each body goes to `put`, in order; at most `batch` samples are in one. 0, or an error: what was put until then is whole. */
int saw_remote_write_snapshot(struct saw_remote_write *w, const Sawatch__V1__Snapshot *s,
							  const struct saw_push_choice *choice, unsigned batch,
							  void (*put)(void *ctx, const struct saw_queue_item *item), void *ctx);

/* Unpacks what Snappy packed. SAW_EFORMAT. For tests and tools. */
int saw_remote_write_unpack(const uint8_t *body, size_t len, struct saw_buf *out);

#endif
