/*
 * Whether a request can be read in one way only, header by header.
 *
 * Purpose:   a proxy in front and this server must agree on where a request ends and whom it is for, or else a client hides a second
 *            request in the first (request smuggling). No question has a body here, so whatever announces one is refused, and so is
 *            what another program may read otherwise; the connection ends with the refusal.
 * Source:    RFC 9112 sections 3.2 (Host), 5.1 (names), 6.3 and 11.2 (length); RFC 9110 section 5.5 (values).
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_FRAMING_H
#define SAWATCH_EXPORTERS_HTTP_FRAMING_H

#include "core/text.h"

struct saw_framing {
	unsigned hosts;
	unsigned status;   /* with which it is refused; 0: it is not */
	const char *wrong; /* why; static */
};

/* The next header; both as they came, without the blanks around the value. */
void saw_framing_header(struct saw_framing *f, struct saw_str name, struct saw_str value);
/* There is no other. version: "HTTP/1.1". */
void saw_framing_end(struct saw_framing *f, const char *version);

/* The path and query of a target, which may come with scheme and host before it (RFC 9112 section 3.2.2). */
struct saw_str saw_framing_target(struct saw_str target);

#endif
