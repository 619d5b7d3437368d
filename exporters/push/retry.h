/*
 * What comes of a body that was sent, and when it is sent again.
 *
 * Source: Prometheus Remote-Write 1.0, "Retries & Backoff"; OpenTelemetry Protocol, "OTLP/HTTP Response".
 * Pure: chance comes in as a parameter.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_RETRY_H
#define SAWATCH_EXPORTERS_PUSH_RETRY_H

#include "core/text.h"

enum saw_push_rules { SAW_RULES_REMOTE_WRITE, SAW_RULES_OTLP };

enum saw_push_fate {
	SAW_FATE_TAKEN,
	SAW_FATE_REFUSED, /* it never will be taken */
	SAW_FATE_LATER,
};

enum saw_push_fate saw_push_fate(enum saw_push_rules rules, unsigned status);

/* How often in a row it failed; 0 begins anew. */
struct saw_backoff {
	unsigned failures;
};

#define SAW_BACKOFF_MOST_MS 60000
#define SAW_RETRY_AFTER_MOST_SECONDS 3600

/*
 * Milliseconds until the next attempt: 1 s, doubled each time up to a minute, of which chance takes up to a half away, so that many who
 * lost one server do not come back together. What the server asked for (0: nothing) is waited for, with up to a tenth more, an hour
 * at the most.
 */
uint64_t saw_backoff_next(struct saw_backoff *b, unsigned retry_after_seconds, uint32_t chance);

/* A snapshot beside the newest one that was queued. */
enum saw_push_time {
	SAW_TIME_LATER,
	SAW_TIME_SAME, /* and nothing new */
	SAW_TIME_BACK, /* the clock was set back a little: receivers refuse what comes, until it is where it was */
	SAW_TIME_ANEW, /* or by so much that it was wrong before: time begins anew */
};

#define SAW_CLOCK_WRONG_MS INT64_C(600000)

enum saw_push_time saw_push_time(int64_t newest_ms, int64_t made_at_ms);

/* "HTTP 400: out of order sample" from the status and the first line of a text; other content says nothing. */
void saw_push_put_reason(struct saw_buf *out, unsigned status, const char *content_type, struct saw_str body);

#endif
