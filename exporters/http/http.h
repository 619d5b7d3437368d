/*
 * The HTTP face of the hub: /metrics, /api/v1/…, /-/healthy, /-/ready and the status page (libmicrohttpd).
 *
 * Purpose:   serves snapshots. It is run by its owner's loop: watch saw_http_fd for reading and call saw_http_run, also when
 *            saw_http_timeout_ms has passed (without that, TLS and slow clients stall).
 * Threads:   all calls from the loop's thread. It starts threads of its own, which render (bodies.h); snapshots are let go from there.
 * Ownership: bodies are rendered once per snapshot and shared by all answers.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_HTTP_H
#define SAWATCH_EXPORTERS_HTTP_HTTP_H

#include "core/err.h"
#include "proto/internal.pb-c.h"
#include "store/store.h"

struct saw_http;

/* /probe: what is asked for. */
struct saw_http_probe {
	const char *target, *module; /* module: NULL for a device of the configuration */
	uint64_t timeout_ms;         /* of the client; 0: it did not say */
	uint64_t ticket;
};

struct saw_http_hooks {
	void *ctx;
	/* The snapshot to show: one reference becomes the server's. NULL: nothing is known yet (503). */
	struct saw_snapshot *(*snapshot)(void *ctx);
	bool (*ready)(void *ctx, const char **why_not); /* every device was polled at least once */
	int64_t (*now_ms)(void *ctx);
	/* The last hour of a tunnel end, as in saw_store_recent. May be NULL. */
	size_t (*recent)(void *ctx, const char *device, const char *tunnel, Sawatch__V1__RecentPoint *out);
	/*
	 * Polls a device for /probe; saw_http_probed(ticket) is the answer, which always comes. Another status than 0, with err set: it is
	 * refused. NULL: nothing can be polled here.
	 */
	unsigned (*probe)(void *ctx, const struct saw_http_probe *q, struct saw_err *err);
};

/* Starts the threads. NULL with err set. */
struct saw_http *saw_http_create(const struct saw_http_hooks *hooks, struct saw_err *err);
void saw_http_destroy(struct saw_http *h);

/* A socket that listens (listen.h); taken. Served once saw_http_configure names its id. is_unix: neither TLS nor users there. */
int saw_http_listener(struct saw_http *h, uint32_t id, bool is_unix, int fd);
/* Whom to answer, and how much: again for each change. On an error of TLS everything stays as it was. */
int saw_http_configure(struct saw_http *h, const Sawatch__Internal__Web *w, struct saw_err *err);

/* 200: the snapshot of now holds the poll that `ticket` waited for; else the reason. */
void saw_http_probed(struct saw_http *h, uint64_t ticket, unsigned status, const char *error);

int saw_http_fd(const struct saw_http *h);
int64_t saw_http_timeout_ms(const struct saw_http *h); /* -1: none */
void saw_http_run(struct saw_http *h);

#endif
