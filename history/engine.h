/*
 * History from an existing engine: Prometheus, Thanos, Mimir or VictoriaMetrics, over their HTTP API.
 *
 * Purpose:   for who outgrew one machine, or has always kept the metrics of sawatchd elsewhere. The same figures as from our own store, within the
 *            sampling error.
 * Reads:     query_range in steps of five minutes, at most 10,000 at a time (engines take 11,000). What is in no answer is a gap.
 * Times:     a value is a reading of the device, which is older than its scrape: when it was read follows from sawatch_poll_age_seconds, so that
 *            a reading that was scraped five times counts once and at its own time. Where that metric is missing, the step's time stands for it.
 * Ownership: options are copied; secrets are wiped by close.
 * Errors:    as saw_fetch and saw_answer_read.
 */
#ifndef SAWATCH_HISTORY_ENGINE_H
#define SAWATCH_HISTORY_ENGINE_H

#include "history/series.h"

struct saw_engine_options {
	const char *url;         /* as in saw_fetch: https://prometheus.example.net, with the path before /api/v1 */
	const char *credentials; /* USER:PASSWORD; NULL: none */
	const char *bearer;      /* NULL: none */
	bool cleartext;          /* they may go over http */
	const char *selector;    /* more matchers: job="sawatch"; NULL: none */
};

int saw_engine_open(const struct saw_engine_options *o, struct saw_history *out, struct saw_err *err);

#endif
