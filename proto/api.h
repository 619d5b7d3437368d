/*
 * The daemon's API as its clients see it: the path that asks for a part of the snapshot, and the answer as a Snapshot.
 *
 * Purpose:   the plugin and the command line tool ask the same way and say the same of a wrong answer. Described in doc/api.md.
 * Ownership: a Snapshot is the caller's: sawatch__v1__snapshot__free_unpacked(s, NULL).
 * Pure.
 */
#ifndef SAWATCH_PROTO_API_H
#define SAWATCH_PROTO_API_H

#include "core/buf.h"
#include "proto/sawatch.pb-c.h"

#define SAW_API_PROTOBUF "application/x-protobuf"
#define SAW_API_ANSWER_MAX (256U << 20)

/* What is asked for. A NULL name does not filter. */
struct saw_api_query {
	const char *what; /* snapshot, devices, tunnels, links, summary, recent */
	const char *device, *tunnel;
	const char *link; /* of links only */
};

/* Appends "/api/v1/WHAT?device=…&tunnel=…", encoded. */
void saw_api_put_path(struct saw_buf *out, const struct saw_api_query *q);

/*
 * Reads an answer. SAW_EHTTP (the server refused; its own words are in the text), SAW_EPROTO (something else than Sawatch
 * answers there), SAW_EFORMAT, SAW_EVERSION. `server` is for the texts.
 */
int saw_api_read(const char *server, unsigned status, const char *content_type, const struct saw_buf *body,
				 Sawatch__V1__Snapshot **out, struct saw_err *err);

#endif
