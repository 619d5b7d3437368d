/*
 * A channel: frames (core/frame.h) between two of our processes, each with at most one descriptor.
 *
 * Purpose:   runs one end of a stream socketpair on a libuv loop: cuts what arrives into frames, queues what is sent.
 * Threads:   the loop's thread.
 * Ownership: the channel closes its socket. A descriptor given to saw_channel_send is the channel's in every case; one that
 *            arrives is the callback's.
 * Errors:    the stream's end or any error is told once by `closed`, after which the owner calls saw_channel_close. The
 *            queue of unsent bytes is bounded: SAW_ELIMIT, and the frame is not sent.
 * Secrets:   frames may hold them; queued bytes are overwritten before they are freed.
 */
#ifndef SAWATCH_IO_CHANNEL_H
#define SAWATCH_IO_CHANNEL_H

#include "core/err.h"

#include <stdint.h>
#include <uv.h>

struct saw_channel;

struct saw_channel_hooks {
	void *ctx;
	/* fd: -1 if none came with it; borrowed bytes. May close the channel. */
	void (*frame)(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd);
	/* error: 0 when the peer ended the stream. */
	void (*closed)(void *ctx, int error);
};

#define SAW_CHANNEL_KIND_MAX 0x7f /* the highest bit of the kind says that a descriptor comes with the frame */

/* Takes fd in every case. max_queued: bytes that may wait to be sent. */
int saw_channel_open(uv_loop_t *loop, int fd, size_t max_queued, const struct saw_channel_hooks *hooks,
					 struct saw_channel **out);
/* No callback comes any more; unsent frames are dropped. The memory goes when the loop has run. Takes NULL. */
void saw_channel_close(struct saw_channel *c);

/* fd: -1 for none. */
int saw_channel_send(struct saw_channel *c, uint8_t kind, const void *data, size_t len, int fd);

#endif
