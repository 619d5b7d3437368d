/*
 * The headers by which a client says what it takes: Accept and Accept-Encoding.
 *
 * Source:    RFC 9110 sections 5.6.6 (parameters), 12.4.2 (weights), 12.5.1 and 12.5.3.
 * Ownership: everything is borrowed from the header.
 * Errors:    what is malformed is passed over; a weight that is none counts as 1, as it does for most servers.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_ACCEPT_H
#define SAWATCH_EXPORTERS_HTTP_ACCEPT_H

#include "core/text.h"

/* One alternative: `application/openmetrics-text;version=1.0.0;q=0.5`. */
struct saw_accept_range {
	struct saw_str name;   /* before the first semicolon */
	struct saw_str params; /* behind it */
	double weight;         /* q: 0 (not at all) to 1 */
};

/* Cuts the next alternative off the header. False: there is none any more. */
bool saw_accept_next(struct saw_str *header, struct saw_accept_range *out);

/* A parameter's value, without its quotes. False: it is not there. */
bool saw_accept_param(const struct saw_accept_range *r, struct saw_str name, struct saw_str *value);

enum saw_encoding {
	SAW_ENCODING_IDENTITY,
	SAW_ENCODING_GZIP,
	SAW_ENCODINGS,
};

/* How the body is to be coded. Without a word of gzip: not at all. */
enum saw_encoding saw_accept_encoding(struct saw_str header);

#endif
