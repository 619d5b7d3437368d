/*
 * A collector: polls the devices it is given over descriptors it is handed, and sends their samples to the hub.
 *
 * Process:   one of `collectors: N`. Reads hostile bytes and holds the secrets of its own devices; opens and connects nothing.
 */
#ifndef SAWATCH_DAEMON_COLLECTOR_H
#define SAWATCH_DAEMON_COLLECTOR_H

#include <stdbool.h>

/* Runs the collector over the channel `fd` until that ends; takes fd. The exit status. */
int saw_collector_run(int fd, bool sandbox);

#endif
