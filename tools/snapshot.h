/*
 * What the daemon knows, for the subcommands that ask it.
 *
 * Ownership: the snapshot is the caller's: sawatch__v1__snapshot__free_unpacked.
 * Errors:    those of io/http.h and proto/api.h, with a text that names the server.
 */
#ifndef SAWATCH_TOOLS_SNAPSHOT_H
#define SAWATCH_TOOLS_SNAPSHOT_H

#include "core/err.h"
#include "proto/sawatch.pb-c.h"

/* Where the daemon is, unless an option says so. */
const char *saw_snapshot_server(void);

/* device: of this one only; NULL for all. */
int saw_snapshot_ask(const char *server, const char *device, Sawatch__V1__Snapshot **out, struct saw_err *err);

#endif
