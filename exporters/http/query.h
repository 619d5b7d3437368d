/*
 * The query of a request: name=value pairs behind the question mark.
 *
 * Ownership: everything is borrowed from the request, but what saw_query_decode writes.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_QUERY_H
#define SAWATCH_EXPORTERS_HTTP_QUERY_H

#include "core/text.h"

/* Cuts off what stands before the next `at` (all of it, where there is none). */
struct saw_str saw_query_cut(struct saw_str *s, char at);

/* The next pair, as it stands there. False: there is none any more. */
bool saw_query_next(struct saw_str *query, struct saw_str *name, struct saw_str *value);

/* %XX and +, with a NUL behind. False: malformed, holds a NUL, or does not fit. */
bool saw_query_decode(struct saw_str s, char *out, size_t size);

#endif
