/*
 * What the paths below /api/v1/ answer: a Snapshot, whole or in part, as JSON or protobuf. Described in doc/api.md.
 *
 * Ownership: the request borrows; the answer's body is the caller's.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_API_H
#define SAWATCH_EXPORTERS_HTTP_API_H

#include "exporters/http/routes.h"

enum saw_api_format { SAW_API_FORMAT_JSON, SAW_API_FORMAT_PROTOBUF };

struct saw_api_request {
	const struct saw_routes_view *view; /* with a snapshot */
	struct saw_str path, query, accept;
	enum saw_api_format format;
};

/* Protobuf where the Accept header names it and does not weigh JSON higher. Wildcards mean JSON, which people can read. */
enum saw_api_format saw_api_format_of(struct saw_str accept);

void saw_api_get_snapshot(const struct saw_api_request *rq, struct saw_answer *out);
void saw_api_get_devices(const struct saw_api_request *rq, struct saw_answer *out);
void saw_api_get_tunnels(const struct saw_api_request *rq, struct saw_answer *out);
void saw_api_get_links(const struct saw_api_request *rq, struct saw_answer *out);
void saw_api_get_summary(const struct saw_api_request *rq, struct saw_answer *out);
void saw_api_get_recent(const struct saw_api_request *rq, struct saw_answer *out);

/*
 * The part of a snapshot that is about one device: a Snapshot of which only the lists are the caller's (saw_api_free_lists, also where
 * there is no memory: false).
 */
bool saw_api_choose(const Sawatch__V1__Snapshot *all, const char *device, Sawatch__V1__Snapshot *some);
void saw_api_free_lists(Sawatch__V1__Snapshot *some);

#endif
