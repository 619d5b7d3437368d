/*
 * Listening sockets: TCP on an address, or a Unix socket in the file system.
 *
 * Purpose:   opened by the process that may (the supervisor), served by another (the hub), so that they outlive the latter.
 * Ownership: the listener's until saw_listener_close; its descriptor is borrowed, duplicate it to hand it on.
 * Errors:    negative errno with a text that names the place. A Unix socket that a living process serves, and a file that is no
 *            socket, are never removed; one that nobody serves any more is replaced. A lock on PATH.lock is held as long as the socket.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_LISTEN_H
#define SAWATCH_EXPORTERS_HTTP_LISTEN_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saw_listen_place {
	const char *path;    /* of a Unix socket; NULL: TCP */
	unsigned mode;       /* of the Unix socket */
	const char *group;   /* NULL: the process's */
	const char *address; /* "127.0.0.1", "::1", "0.0.0.0" */
	uint16_t port;       /* 0: any */
};

/* Only this machine reaches it: a Unix socket or a loopback address. */
bool saw_listen_place_is_local(const struct saw_listen_place *place);

struct saw_listener;

int saw_listener_open(const struct saw_listen_place *place, struct saw_listener **out, struct saw_err *err);
/* A Unix socket is removed, if it is still this one. Takes NULL. */
void saw_listener_close(struct saw_listener *l);

int saw_listener_fd(const struct saw_listener *l);
bool saw_listener_is_unix(const struct saw_listener *l);
bool saw_listener_is_local(const struct saw_listener *l);
/* The place is the same, whatever its permissions. */
bool saw_listener_at(const struct saw_listener *l, const struct saw_listen_place *place);
/* Of a Unix socket: from now on. */
int saw_listener_permit(struct saw_listener *l, unsigned mode, const char *group, struct saw_err *err);
/* "http://127.0.0.1:9857/", "unix:/run/sawatch/sawatch.sock". Returns out. */
const char *saw_listener_url(const struct saw_listener *l, bool tls, char *out, size_t n);

#endif
