/*
 * What a request for /metrics asks for: its query, and the Accept header as Prometheus 2 and 3 and others send it.
 *
 * Source: prometheus.io/docs/instrumenting/content_negotiation; RFC 9110 section 12.5.1.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_METRICS_H
#define SAWATCH_EXPORTERS_HTTP_METRICS_H

#include "core/text.h"
#include "exporters/prometheus/prometheus.h"

/*
 * The form that the client weighs highest, of those we have; the text where it names none of them, as scrapers expect it. Our names need
 * no escaping, so that every `escaping=` is served alike.
 */
enum saw_exposition saw_metrics_form(struct saw_str accept);

/* NULL, or what is wrong with the query. Parameters that are not ours are passed over: Prometheus may be told to send any. */
const char *saw_metrics_read(struct saw_str query, struct saw_str accept, struct saw_prometheus_options *out);

/* The same number for all that are answered alike; below 0: an error. */
#define SAW_METRICS_PLACES 32
int saw_metrics_place(struct saw_str query, struct saw_str accept);

#endif
