/*
 * HTTP without TLS, from our own daemon: one GET over TCP or a Unix socket.
 *
 * Purpose:   check_sawatch runs thousands of times a minute, and loading libcurl with its 25 libraries takes longer than everything else it does.
 *            What needs more than this (TLS) is libcurl's: io/http.c decides.
 * Threads:   blocks its caller for at most timeout_ms, name resolution aside.
 * Errors:    as saw_fetch.
 * Source:    RFC 9110, RFC 9112. Asks in HTTP/1.0, so that no answer is chunked.
 */
#ifndef SAWATCH_IO_PLAIN_H
#define SAWATCH_IO_PLAIN_H

#include "core/text.h"
#include "io/http.h"

#include <stdbool.h>

/* Whether `server` is one for this: "unix:/..." or "http://...". */
bool saw_plain_takes(const char *server);

int saw_plain_fetch(const struct saw_fetch *f, struct saw_fetch_reply *out, struct saw_err *err);

/* An answer's head, as far as it matters. */
struct saw_plain_head {
	size_t length; /* of the head; 0: it has not ended yet */
	unsigned status;
	bool has_content_length;
	uint64_t content_length;
	char content_type[128]; /* lower case, without parameters; "" where there is none */
};

/* Pure. 0, or SAW_EPROTO where this is no answer that can be read. */
int saw_plain_head(struct saw_str bytes, struct saw_plain_head *out);

#endif
