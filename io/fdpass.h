/*
 * Bytes and descriptors over a stream socketpair (SCM_RIGHTS).
 *
 * Purpose:   one send or one receive that may carry one descriptor. The kernel never merges bytes across a descriptor, so the
 *            one that is received belongs to a frame that begins within the received bytes.
 * Ownership: a sent descriptor stays the sender's; a received one is the receiver's, close-on-exec.
 * Errors:    negative errno; -EAGAIN where the socket is full or empty. No SIGPIPE.
 */
#ifndef SAWATCH_IO_FDPASS_H
#define SAWATCH_IO_FDPASS_H

#include <stddef.h>
#include <sys/types.h>

/* A connected pair, close-on-exec, non-blocking. */
int saw_fdpass_pair(int fds[2]);

/* fd: -1 for none. Returns the bytes taken; if that is more than 0 the descriptor went along. */
ssize_t saw_fdpass_send(int socket, const void *bytes, size_t n, int fd);

/* *fd: -1 if none came. Returns 0 at the end of the stream. More than one descriptor at once: all closed, SAW_EPROTO. */
ssize_t saw_fdpass_recv(int socket, void *bytes, size_t n, int *fd);

#endif
