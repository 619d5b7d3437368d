/*
 * The hub: store, snapshots and HTTP. Faces the network, holds no secret of a device, opens
 * no file but the store's own, before its sandbox.
 */
#ifndef SAWATCH_DAEMON_HUB_H
#define SAWATCH_DAEMON_HUB_H

#include <stdbool.h>

/* Runs the hub over the channel `fd` until that ends; takes fd. The exit status. */
int saw_hub_run(int fd, bool sandbox);

#endif
