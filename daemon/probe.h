/*
 * The hub's side of /probe: a device is polled now, and all who asked for it meanwhile wait for the snapshot that holds the poll.
 *
 * Threads:   the loop's thread.
 * Ownership: what is handed in is borrowed for the call; the hooks are copied, their ctx must outlive the probes.
 * Bounds:    SAW_PROBES devices at once; each waits for as long as its client does, and the configuration lets it.
 */
#ifndef SAWATCH_DAEMON_PROBE_H
#define SAWATCH_DAEMON_PROBE_H

#include "config/config.h"
#include "core/err.h"
#include "exporters/http/http.h"

#include <uv.h>

#define SAW_PROBES 64

struct saw_probes;

struct saw_probes_hooks {
	void *ctx;
	/* Makes a device of an address that is not configured. 0, also when it is one already; an error with its text. */
	int (*guest)(void *ctx, const char *target, const char *module, struct saw_err *err);
	/* Has the device polled; saw_probes_ended comes when it was. 0 or an error. */
	int (*poll)(void *ctx, const char *device, const char *module, uint64_t min_age_ms);
	/* status 200: the present snapshot is the answer; else an HTTP status with its reason. */
	void (*answer)(void *ctx, uint64_t ticket, unsigned status, const char *error);
	uint64_t (*taken)(void *ctx); /* how many samples the store has taken */
	uint64_t (*shown)(void *ctx); /* and how many of them the present snapshot holds */
};

/* NULL without memory. */
struct saw_probes *saw_probes_create(uv_loop_t *loop, const struct saw_probes_hooks *hooks);
/* Its memory goes when the loop has run. Takes NULL. */
void saw_probes_destroy(struct saw_probes *p);

/* 0: `answer` will come. Else an HTTP status, with err set. */
unsigned saw_probes_begin(struct saw_probes *p, const struct saw_config *c, const struct saw_http_probe *q,
						  struct saw_err *err);
/* All samples of the poll are the store's. error: nothing was polled; may be NULL. */
void saw_probes_ended(struct saw_probes *p, const char *device, const char *error);

#endif
