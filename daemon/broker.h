/*
 * The socket broker: opens what is configured, for those who may open nothing.
 *
 * Purpose:   a collector asks by the names of the configuration, never by address or path. Names are resolved and files opened
 *            on libuv's threads; an address that needs no resolver is connected at once.
 * Threads:   the loop's thread; `done` comes there, possibly from inside saw_broker_open.
 * Ownership: the descriptor is `done`'s.
 */
#ifndef SAWATCH_DAEMON_BROKER_H
#define SAWATCH_DAEMON_BROKER_H

#include "config/config.h"
#include "proto/internal.pb-c.h"

#include <stdbool.h>
#include <uv.h>

struct saw_broker;

/* Who asked: the answer goes there, or nowhere if that process is no more. */
struct saw_broker_client {
	unsigned collector;
	uint64_t generation;
};

typedef void (*saw_broker_done_fn)(void *ctx, const struct saw_broker_client *client,
								   const Sawatch__Internal__Opened *opened, int fd);

/* NULL without memory. */
struct saw_broker *saw_broker_create(uv_loop_t *loop, saw_broker_done_fn done, void *ctx);
/* Only when nothing is under way. */
void saw_broker_destroy(struct saw_broker *b);

/* device: the configured one that `request` names, or NULL if the client has none of that name. */
void saw_broker_open(struct saw_broker *b, const struct saw_broker_client *client, const struct saw_config *config,
					 const struct saw_config_device *device, const Sawatch__Internal__Open *request);

/* Drops what has not begun. Returns whether something is still under way (a resolver that does not answer). */
bool saw_broker_stop(struct saw_broker *b);

#endif
