/*
 * A connected UDP socket.
 *
 * Purpose:   the one place where a name becomes a socket for a UDP peer: `sawatch poll` and the daemon's socket broker use it.
 * Threads:   no state; resolving a name may block, so call it where waiting hurts nobody.
 * Ownership: *fd is the caller's.
 * Errors:    SAW_ERESOLVE (no such name), SAW_EUNREACHABLE (no route), or a negative errno, each with its text.
 */
#ifndef SAWATCH_IO_UDP_H
#define SAWATCH_IO_UDP_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

#define SAW_UDP_PRINTED 64 /* bytes that hold "[2001:db8::1]:65535" and its NUL */

/*
 * Resolves `host`, opens a non-blocking, close-on-exec socket with room for a burst of answers and connects it, so that only
 * the peer's datagrams arrive. The address it took is written to `printed` (n bytes) as "192.0.2.1:161".
 */
int saw_io_udp_connect(const char *host, uint16_t port, int *fd, char *printed, size_t n, struct saw_err *err);

#endif
