#include "io/channel.h"

#include "core/frame.h"
#include "io/fdpass.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_AT_ONCE (64U << 10)
#define READS_PER_TURN 16   /* then others on the loop have their turn */
#define MOST_DESCRIPTORS 64 /* that came and whose frame has not been read to its end */
#define HAS_DESCRIPTOR 0x80

struct outgoing {
	struct outgoing *next;
	size_t len, sent;
	int fd; /* -1: none, or already sent */
	uint8_t bytes[];
};

struct saw_channel {
	uv_poll_t poll;
	struct saw_channel_hooks hooks;
	int fd;
	bool closing, ended;
	int watched; /* UV_READABLE | UV_WRITABLE */
	struct saw_buf in;
	int fds[MOST_DESCRIPTORS]; /* in the order of their frames */
	size_t n_fds;
	struct outgoing *head, **tail;
	size_t queued, max_queued;
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void free_outgoing(struct outgoing *o) {
	if (o->fd >= 0)
		close(o->fd);
	explicit_bzero(o->bytes, o->len);
	free(o);
}

static void on_closed(uv_handle_t *handle) {
	struct saw_channel *c = handle->data;

	close(c->fd);
	if (c->in.data)
		explicit_bzero(c->in.data, c->in.cap);
	saw_buf_free(&c->in);
	free(c);
}

int saw_channel_open(uv_loop_t *loop, int fd, size_t max_queued, const struct saw_channel_hooks *hooks,
					 struct saw_channel **out) {
	struct saw_channel *c = calloc(1, sizeof *c);
	int rc;

	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	c->hooks = *hooks;
	c->fd = fd;
	c->max_queued = max_queued;
	c->tail = &c->head;
	saw_buf_init(&c->in, SAW_FRAME_HEADER + (size_t)SAW_FRAME_MAX + READ_AT_ONCE);
	rc = uv_poll_init(loop, &c->poll, fd); /* also makes it non-blocking */
	if (rc < 0) {
		close(fd);
		free(c);
		return rc;
	}
	c->poll.data = c;
	c->watched = UV_READABLE;
	uv_poll_start(&c->poll, c->watched, on_poll);
	*out = c;
	return 0;
}

void saw_channel_close(struct saw_channel *c) {
	if (!c || c->closing)
		return;
	c->closing = true;
	while (c->head) {
		struct outgoing *o = c->head;

		c->head = o->next;
		free_outgoing(o);
	}
	while (c->n_fds)
		close(c->fds[--c->n_fds]);
	uv_close((uv_handle_t *)&c->poll, on_closed);
}

static void end(struct saw_channel *c, int error) {
	if (c->ended || c->closing)
		return;
	c->ended = true;
	uv_poll_stop(&c->poll);
	c->hooks.closed(c->hooks.ctx, error);
}

/* Writes what the socket takes. 0 also when it is full. */
static int flush(struct saw_channel *c) {
	while (c->head) {
		struct outgoing *o = c->head;
		ssize_t n = saw_fdpass_send(c->fd, o->bytes + o->sent, o->len - o->sent, o->fd);

		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		if (o->fd >= 0) {
			close(o->fd);
			o->fd = -1;
		}
		o->sent += (size_t)n;
		if (o->sent < o->len)
			continue;
		c->head = o->next;
		if (!c->head)
			c->tail = &c->head;
		c->queued -= o->len;
		free_outgoing(o);
	}
	return 0;
}

static void watch(struct saw_channel *c) {
	int wanted = UV_READABLE | (c->head ? UV_WRITABLE : 0);

	if (wanted == c->watched || c->closing || c->ended)
		return;
	c->watched = wanted;
	uv_poll_start(&c->poll, wanted, on_poll);
}

int saw_channel_send(struct saw_channel *c, uint8_t kind, const void *data, size_t len, int fd) {
	struct outgoing *o = NULL;
	int rc = 0;

	if (kind > SAW_CHANNEL_KIND_MAX)
		rc = -EINVAL;
	else if (c->ended || c->closing)
		rc = -EPIPE;
	else if (len > SAW_FRAME_MAX || SAW_FRAME_HEADER + len > c->max_queued - c->queued)
		rc = SAW_ELIMIT;
	else if (!(o = malloc(sizeof *o + SAW_FRAME_HEADER + len)))
		rc = -ENOMEM;
	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*o = (struct outgoing){.len = SAW_FRAME_HEADER + len, .fd = fd};
	for (int i = 0; i < 4; i++)
		o->bytes[i] = (uint8_t)(len >> (24 - 8 * i));
	o->bytes[4] = (uint8_t)(kind | (fd >= 0 ? HAS_DESCRIPTOR : 0));
	if (len)
		memcpy(o->bytes + SAW_FRAME_HEADER, data, len);
	*c->tail = o;
	c->tail = &o->next;
	c->queued += o->len;
	/* Written at once where there is room; an error is met again, and told, by the loop. */
	flush(c);
	watch(c);
	return 0;
}

/* Hands on every whole frame. */
static int deliver(struct saw_channel *c) {
	size_t at = 0, used = 0;
	struct saw_frame f;
	int rc = 0;

	while (!c->closing && (rc = saw_frame_next(c->in.data + at, c->in.len - at, &f, &used)) == 1) {
		int fd = -1;

		if (f.kind & HAS_DESCRIPTOR) {
			if (!c->n_fds)
				return SAW_EPROTO;
			fd = c->fds[0];
			memmove(c->fds, c->fds + 1, --c->n_fds * sizeof *c->fds);
		}
		at += used;
		c->hooks.frame(c->hooks.ctx, f.kind & SAW_CHANNEL_KIND_MAX, f.data, f.len, fd);
	}
	if (at)
		saw_buf_consume(&c->in, at);
	return rc < 0 ? rc : 0;
}

/* Returns 1 when bytes came, 0 when there are none for now, negative at the end: -EPIPE for a proper one. */
static int fill(struct saw_channel *c) {
	uint8_t *room = saw_buf_reserve(&c->in, READ_AT_ONCE);
	ssize_t n;
	int fd;

	if (!room)
		return c->in.error;
	n = saw_fdpass_recv(c->fd, room, READ_AT_ONCE, &fd);
	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return n < 0 ? (int)n : -EPIPE;
	c->in.len += (size_t)n;
	if (fd >= 0 && c->n_fds == MOST_DESCRIPTORS) {
		close(fd);
		return SAW_EPROTO;
	}
	if (fd >= 0)
		c->fds[c->n_fds++] = fd;
	return 1;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
	struct saw_channel *c = poll->data;
	int rc = 0;

	/* libuv stops watching a socket in error (a peer that died); what it sent before is still there to be read. */
	if (status < 0) {
		events = UV_READABLE;
		c->watched = 0;
	}
	/* Read first: what the peer said before it went must not be lost to a broken pipe. */
	for (int turn = 0; rc == 0 && (events & UV_READABLE) && turn < READS_PER_TURN && !c->closing; turn++) {
		int got = fill(c);

		if (got == 0)
			break;
		rc = got < 0 ? got : deliver(c);
	}
	if (c->closing)
		return;
	if (rc == 0 && (events & UV_WRITABLE))
		rc = flush(c);
	if (rc < 0)
		end(c, rc == -EPIPE || rc == -ECONNRESET ? 0 : rc);
	else
		watch(c);
}
