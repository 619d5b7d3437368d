/*
 * Asking the daemon, for the subcommands that show what it knows.
 *
 * Ownership: the snapshot is the caller's: sawatch__v1__snapshot__free_unpacked(s, NULL).
 * Errors:    as saw_fetch and saw_api_read, with a text.
 */
#ifndef SAWATCH_TOOLS_SERVER_H
#define SAWATCH_TOOLS_SERVER_H

#include "io/server.h"
#include "proto/sawatch.pb-c.h"

/* what: snapshot, devices, tunnels, links, summary. A NULL device or tunnel does not filter. */
int saw_server_ask(struct saw_server *server, const char *what, const char *device, const char *tunnel,
				   Sawatch__V1__Snapshot **out, struct saw_err *err);

#endif
