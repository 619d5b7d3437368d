/*
 * Snapshot -> Prometheus exposition, in the three forms that scrapers ask for.
 *
 * Purpose:   a table of metric families (families.c: name, type, help, what a row of it is), one walk over it and the snapshot
 *            (render.c), and one writer for each form (text.c, protobuf.c). A value that is absent in the snapshot has no line.
 * Source:    Prometheus text format 0.0.4; OpenMetrics 1.0; io.prometheus.client's protobuf (proto/prometheus.proto); names in
 *            doc/metrics.md.
 * Pure: bytes out, no clock, no I/O.
 */
#ifndef SAWATCH_EXPORTERS_PROMETHEUS_H
#define SAWATCH_EXPORTERS_PROMETHEUS_H

#include "core/buf.h"
#include "proto/sawatch.pb-c.h"

enum saw_exposition {
	SAW_EXPOSITION_TEXT,
	SAW_EXPOSITION_OPENMETRICS,
	SAW_EXPOSITION_PROTOBUF, /* delimited; the only one with native histograms */
	SAW_EXPOSITIONS,
};

const char *saw_prometheus_content_type(enum saw_exposition form);

/* What is asked for; parts are ORed. */
#define SAW_PART_DAEMON 1U  /* Sawatch itself: the daemon, its parts, the process */
#define SAW_PART_DEVICES 2U /* what it watches */
#define SAW_PART_ALL (SAW_PART_DAEMON | SAW_PART_DEVICES)

struct saw_prometheus_options {
	enum saw_exposition form;
	unsigned parts;
	bool all_created; /* OpenMetrics: `_created` of the tunnels' counters too, which is one more series each */
};

/* Figures of the HTTP face, of which this library is told (exporters/http/). */
#define SAW_HTTP_CODES 13
extern const unsigned saw_http_codes[SAW_HTTP_CODES]; /* the last: any other */
enum { SAW_HTTP_DOORS = 2, SAW_HTTP_REASONS = 5 };    /* as enum saw_door and enum saw_guard_reason */

struct saw_http_figures {
	uint64_t connections[SAW_HTTP_DOORS], accepted[SAW_HTTP_DOORS], ended[SAW_HTTP_DOORS][SAW_HTTP_REASONS];
	uint64_t requests[SAW_HTTP_CODES], auth_failures;
	int64_t certificate_expires_s; /* Unix time; 0: no TLS */
};

/* Figures of our own process, read by the caller (process_* families); absent where negative. */
struct saw_process_figures {
	double cpu_seconds, start_time_seconds;
	int64_t resident_bytes, open_fds, max_fds;
	bool has_http;
	struct saw_http_figures http;
};

/* now_ms: Unix time, for ages. process may be NULL. 0, or the buffer's error. */
int saw_prometheus_render(const Sawatch__V1__Snapshot *s, int64_t now_ms, const struct saw_process_figures *process,
						  const struct saw_prometheus_options *options, struct saw_buf *out);

#endif
