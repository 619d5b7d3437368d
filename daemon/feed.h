/*
 * The hub's side of the parts of the daemon (daemon/part.h): hands each the snapshots that it asks for.
 *
 * Purpose:   one snapshot is under way to a part at a time, and none that it had already. It is packed off the loop, once for all who wait for
 *            it.
 * Threads:   the loop's thread; packing is done on libuv's, which saw_feeds_prepare starts before a sandbox forbids it.
 */
#ifndef SAWATCH_DAEMON_FEED_H
#define SAWATCH_DAEMON_FEED_H

#include "store/store.h"

#include <uv.h>

struct saw_feeds;

struct saw_feeds_hooks {
	void *ctx;
	struct saw_snapshot *(*snapshot)(void *ctx);                            /* the newest; a reference */
	void (*says)(void *ctx, const char *role, Sawatch__V1__Exporter *says); /* taken */
};

struct saw_feeds *saw_feeds_create(uv_loop_t *loop, const struct saw_feeds_hooks *hooks);
void saw_feeds_prepare(uv_loop_t *loop);

/* A part asks through this descriptor from now on; taken in every case. */
void saw_feeds_add(struct saw_feeds *f, const char *role, int fd);
void saw_feeds_drop(struct saw_feeds *f, const char *role);
/* For a part beside its snapshots; borrowed. Nothing where the part is not there. */
void saw_feeds_send(struct saw_feeds *f, const char *role, uint8_t kind, const void *data, size_t len);
/* To be called when there may be a newer snapshot: once a second. */
void saw_feeds_tick(struct saw_feeds *f);
/* No callback comes any more; the memory goes when the loop has run. Takes NULL. */
void saw_feeds_destroy(struct saw_feeds *f);

#endif
