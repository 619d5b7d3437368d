/*
 * Connected sockets.
 *
 * Purpose:   the one place where a name becomes a socket: the tools and the daemon's socket broker use it.
 * Threads:   no state; resolving a name may block, so call it where waiting hurts nobody.
 * Ownership: *fd is the caller's.
 * Errors:    SAW_ERESOLVE (no such name), SAW_EUNREACHABLE (no route), or a negative errno, each with its text.
 */
#ifndef SAWATCH_IO_UDP_H
#define SAWATCH_IO_UDP_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

#define SAW_SOCKET_PRINTED 64 /* bytes that hold "[2001:db8::1]:65535" and its NUL */

/*
 * Resolves `host`, opens a non-blocking, close-on-exec socket with room for a burst of answers and connects it, so that only
 * the peer's datagrams arrive. The address it took is written to `printed` (n bytes) as "192.0.2.1:161".
 * turn: which of a name's addresses, in the order of the addresses, is tried first; UDP cannot tell one that nobody answers at.
 */
int saw_io_udp_connect(const char *host, uint16_t port, unsigned turn, int *fd, char *printed, size_t n,
					   struct saw_err *err);

/*
 * The same for a stream: the connection is begun, not waited for. Once the socket can be written to, SO_ERROR says what came of
 * it. Of several addresses the first that takes the connection is taken: each but the last is waited for, all of them together not longer
 * than patience_ms.
 */
int saw_io_tcp_connect(const char *host, uint16_t port, uint64_t patience_ms, int *fd, char *printed, size_t n,
					   struct saw_err *err);

/* A stream socket in the file system. */
int saw_io_unix_connect(const char *path, int *fd, struct saw_err *err);

#endif
