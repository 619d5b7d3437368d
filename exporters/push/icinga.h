/*
 * Snapshot -> check results for Icinga 2: the same verdict and the same words as check_sawatch has.
 *
 * Source: Icinga 2 API, action process-check-result.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_ICINGA_H
#define SAWATCH_EXPORTERS_PUSH_ICINGA_H

#include "exporters/push/choice.h"

#define SAW_ICINGA_PATH "/v1/actions/process-check-result"

extern const char *const saw_icinga_headers[];
extern const size_t saw_icinga_n_headers;

/* Names with {device}, {tunnel} and {link} in them; NULL: of those nothing is said. */
struct saw_icinga_names {
	const char *host;
	const char *tunnel_service, *device_service, *link_service;
	uint64_t ttl_seconds;
};

struct saw_icinga_result {
	const char *object; /* "HOST!SERVICE" */
	const char *body;   /* the request's, as JSON */
	size_t len;
};

/* One for each device, tunnel and link that is chosen and was polled; borrowed for the call. 0, or an error. */
int saw_icinga_results(const Sawatch__V1__Snapshot *s, const struct saw_push_choice *choice,
					   const struct saw_icinga_names *names,
					   void (*put)(void *ctx, const struct saw_icinga_result *result), void *ctx);

enum saw_icinga_fate {
	SAW_ICINGA_TAKEN,
	SAW_ICINGA_MISSING, /* it has no such service */
	SAW_ICINGA_REFUSED, /* this one */
	SAW_ICINGA_LATER,
};

enum saw_icinga_fate saw_icinga_fate(unsigned status);

#endif
