#include "exporters/push/retry.h"

#define FIRST_MS 1000
#define SAID_MAX 200

enum saw_push_fate saw_push_fate(enum saw_push_rules rules, unsigned status) {
	if (status >= 200 && status < 300)
		return SAW_FATE_TAKEN;
	/* A redirect is not followed: it is for a person to mend, and what waits is not at fault. */
	if (status < 400 || status == 429 || status == 407) /* 407: the proxy says so, not the server */
		return SAW_FATE_LATER;
	if (rules == SAW_RULES_OTLP)
		return status == 502 || status == 503 || status == 504 ? SAW_FATE_LATER : SAW_FATE_REFUSED;
	return status >= 500 ? SAW_FATE_LATER : SAW_FATE_REFUSED;
}

uint64_t saw_backoff_next(struct saw_backoff *b, unsigned retry_after_seconds, uint32_t chance) {
	uint64_t ms = FIRST_MS;

	for (unsigned i = 0; i < b->failures && ms < SAW_BACKOFF_MOST_MS; i++)
		ms *= 2;
	b->failures++;
	ms = ms < SAW_BACKOFF_MOST_MS ? ms : SAW_BACKOFF_MOST_MS;
	ms -= ms / 2 * chance / UINT32_MAX;
	if (retry_after_seconds) {
		uint64_t asked =
			retry_after_seconds < SAW_RETRY_AFTER_MOST_SECONDS ? retry_after_seconds : SAW_RETRY_AFTER_MOST_SECONDS;

		ms = asked * 1000 + asked * 100 * chance / UINT32_MAX;
	}
	return ms;
}

enum saw_push_time saw_push_time(int64_t newest_ms, int64_t made_at_ms) {
	if (made_at_ms > newest_ms)
		return SAW_TIME_LATER;
	if (made_at_ms == newest_ms)
		return SAW_TIME_SAME;
	return newest_ms - made_at_ms > SAW_CLOCK_WRONG_MS ? SAW_TIME_ANEW : SAW_TIME_BACK;
}

void saw_push_put_reason(struct saw_buf *out, unsigned status, const char *content_type, struct saw_str body) {
	const char *end = body.n ? memchr(body.p, '\n', body.n) : NULL;
	struct saw_str line = saw_str_trim((struct saw_str){body.p, end ? (size_t)(end - body.p) : body.n});

	saw_buf_printf(out, "HTTP %u", status);
	if (status >= 300 && status < 400)
		saw_buf_puts(out, ", a redirect, which is not followed: is the URL right?");
	else if (status == 407)
		saw_buf_puts(out, ": the proxy does not take `proxy_user` and its password");
	else if (status == 413)
		saw_buf_puts(out, ": a request is larger than it takes: set a smaller `batch`");
	else if (line.n &&
			 (strncmp(content_type, "text/plain", 10) == 0 || strcmp(content_type, "application/json") == 0)) {
		saw_buf_puts(out, ": ");
		saw_put_clean(out, line.p, line.n < SAID_MAX ? line.n : SAID_MAX);
	}
}
