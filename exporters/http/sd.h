/*
 * The devices as Prometheus's HTTP service discovery wants them: one target group for each, whose target is this server's /probe.
 *
 * Source: prometheus.io/docs/prometheus/latest/http_sd.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_SD_H
#define SAWATCH_EXPORTERS_HTTP_SD_H

#include "core/text.h"
#include "proto/sawatch.pb-c.h"

/*
 * host: as the asker wrote it in the Host header ("sawatch.example.net:9857"), so that it gets an address that it can reach. SAW_EFORMAT where
 * that is none; else 0 or the buffer's error.
 */
int saw_sd_render(const Sawatch__V1__Snapshot *s, struct saw_str host, bool tls, struct saw_buf *out);

#endif
