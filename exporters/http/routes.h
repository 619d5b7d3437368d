/*
 * What each path answers: path, query and Accept -> status, type and body, from one snapshot. The paths are in doc/api.md.
 *
 * Purpose:   everything of the HTTP face that is not a socket, so that tests and fuzzers reach it.
 * Ownership: the request borrows; the answer's body is the caller's to free (saw_buf_free).
 * Pure: no clock, no I/O.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_ROUTES_H
#define SAWATCH_EXPORTERS_HTTP_ROUTES_H

#include "core/text.h"
#include "exporters/prometheus/prometheus.h"
#include "store/recent.h"

#define SAW_HTTP_BODY_MAX (512U << 20)

/* What the answers are made of. */
struct saw_routes_view {
	const Sawatch__V1__Snapshot *snapshot; /* NULL: nothing is known yet */
	int64_t now_ms;
	const struct saw_process_figures *process; /* may be NULL */
	bool ready;
	const char *why_not; /* while not ready; may be NULL */
	struct saw_str host; /* the Host header's value, or empty */
	bool tls;            /* the connection is encrypted */
	/* The last hour of a tunnel end, as in saw_store_recent; NULL: of none is anything known. */
	size_t (*recent)(void *ctx, const char *device, const char *tunnel, Sawatch__V1__RecentPoint *out);
	void *ctx; /* its */
};

struct saw_answer {
	unsigned status;
	const char *content_type; /* static */
	uint64_t tag;             /* the same while the answer says the same, whatever time it is; 0: none */
	struct saw_buf body;
};

/* Makes an answer {"error": text} of it. */
void saw_answer_error(struct saw_answer *out, unsigned status, const char *text);

/*
 * The answer to GET target ("/path?query", as it stood in the request). accept: the header's value, or empty. Always gives an
 * answer: an error is one too (a JSON object {"error": "..."}).
 */
void saw_routes_answer(const struct saw_routes_view *view, struct saw_str target, struct saw_str accept,
					   struct saw_answer *out);

/* How a request is to be answered, as far as it says so itself. */
struct saw_routes_plan {
	bool at_once; /* costs next to nothing: it need not leave the loop */
	int place; /* the same for all requests that one snapshot answers alike, so that their body can be shared; -1: nobody
					 else asks the same (a filter) */
};

/* /probe: a device is to be polled before its part of the snapshot is the answer. */
struct saw_routes_probe {
	char target[512], module[512];
	const char *wrong; /* with the query; NULL: nothing */
};

/* False: the path is another one. */
bool saw_routes_probe(struct saw_str target, struct saw_routes_probe *out);

struct saw_routes_plan saw_routes_plan(struct saw_str target, struct saw_str accept);

#endif
