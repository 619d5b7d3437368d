#include "daemon/feed.h"

#include "core/frame.h"
#include "daemon/message.h"
#include "io/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct feed {
	struct saw_feeds *of;
	struct feed *next;
	char role[24];
	struct saw_channel *channel;
	bool asked;
	bool fed;     /* it has had one */
	uint64_t had; /* the sequence of the last one */
};

/* A snapshot while it is packed for those who asked. */
struct packing {
	uv_work_t work;
	struct saw_feeds *of; /* NULL: nobody waits for it any more */
	struct saw_snapshot *snapshot;
	uint8_t *bytes; /* NULL without memory */
	size_t len;
};

struct saw_feeds {
	uv_loop_t *loop;
	struct saw_feeds_hooks hooks;
	struct feed *list;
	struct packing *packing; /* NULL: none under way */
	bool too_big;            /* was logged */
};

static void pack(uv_work_t *w) {
	struct packing *p = w->data;

	p->len = sawatch__v1__snapshot__get_packed_size(p->snapshot->pb);
	p->bytes = malloc(p->len ? p->len : 1);
	if (p->bytes)
		sawatch__v1__snapshot__pack(p->snapshot->pb, p->bytes);
}

static bool wants(const struct feed *f, const struct saw_snapshot *s) {
	return f->asked && (!f->fed || f->had != s->pb->sequence);
}

static void deliver(struct saw_feeds *fs, const struct packing *p) {
	for (struct feed *f = fs->list; f; f = f->next) {
		int rc = 0;

		if (!p->bytes || !wants(f, p->snapshot))
			continue;
		rc = saw_channel_send(f->channel, SAWATCH__INTERNAL__KIND__KIND_SNAPSHOT, p->bytes, p->len, -1);
		if (rc == 0) {
			f->asked = false;
			f->fed = true;
			f->had = p->snapshot->pb->sequence;
		} else if (rc == SAW_ELIMIT && !fs->too_big) {
			fs->too_big = true;
			saw_log(SAW_LOG_ERROR, NULL, NULL, "a snapshot of %zu bytes is more than %s can be handed", p->len,
					f->role);
		}
	}
}

static void packed(uv_work_t *w, int status) {
	struct packing *p = w->data;

	if (p->of) {
		p->of->packing = NULL;
		if (status == 0)
			deliver(p->of, p);
	}
	saw_snapshot_unref(p->snapshot);
	free(p->bytes);
	free(p);
}

void saw_feeds_tick(struct saw_feeds *fs) {
	struct saw_snapshot *s;
	struct packing *p;
	bool asked = false, wanted = false;

	for (const struct feed *f = fs->list; f; f = f->next)
		asked |= f->asked;
	if (!asked || fs->packing)
		return;
	s = fs->hooks.snapshot(fs->hooks.ctx);
	for (const struct feed *f = fs->list; s && f; f = f->next)
		wanted |= wants(f, s);
	p = wanted ? malloc(sizeof *p) : NULL;
	if (!p) {
		saw_snapshot_unref(s);
		return;
	}
	*p = (struct packing){.of = fs, .snapshot = s, .work.data = p};
	if (uv_queue_work(fs->loop, &p->work, pack, packed) < 0) {
		saw_snapshot_unref(s);
		free(p);
	} else {
		fs->packing = p;
	}
}

static void nothing(uv_work_t *w) {
	(void)w;
}

static void prepared(uv_work_t *w, int status) {
	(void)status;
	free(w);
}

void saw_feeds_prepare(uv_loop_t *loop) {
	uv_work_t *w = malloc(sizeof *w);

	if (w && uv_queue_work(loop, w, nothing, prepared) < 0)
		free(w);
}

static void remove_feed(struct feed *f) {
	struct feed **link = &f->of->list;

	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	saw_channel_close(f->channel);
	free(f);
}

static void on_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct feed *f = ctx;
	Sawatch__V1__Exporter *says;

	if (fd >= 0)
		close(fd);
	if (kind == SAWATCH__INTERNAL__KIND__KIND_ASK) {
		f->asked = true;
		saw_feeds_tick(f->of);
	} else if (kind == SAWATCH__INTERNAL__KIND__KIND_STATE) {
		says = sawatch__v1__exporter__unpack(NULL, len, data);
		if (says)
			f->of->hooks.says(f->of->hooks.ctx, f->role, says);
	}
}

static void on_closed(void *ctx, int error) {
	struct feed *f = ctx;

	if (error)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "snapshots to %s: %s", f->role, saw_strerror(error));
	remove_feed(f);
}

void saw_feeds_add(struct saw_feeds *fs, const char *role, int fd) {
	struct feed *f = calloc(1, sizeof *f);
	const struct saw_channel_hooks hooks = {.ctx = f, .frame = on_frame, .closed = on_closed};

	saw_feeds_drop(fs, role);
	if (!f) {
		close(fd);
		return;
	}
	*f = (struct feed){.of = fs};
	snprintf(f->role, sizeof f->role, "%s", role);
	/* Room for one snapshot of any size. */
	if (saw_channel_open(fs->loop, fd, SAW_FRAME_HEADER + (size_t)SAW_FRAME_MAX, &hooks, &f->channel) < 0) {
		free(f);
		return;
	}
	f->next = fs->list;
	fs->list = f;
}

void saw_feeds_drop(struct saw_feeds *fs, const char *role) {
	for (struct feed *f = fs->list, *next; f; f = next) {
		next = f->next;
		if (strcmp(f->role, role) == 0)
			remove_feed(f);
	}
}

void saw_feeds_send(struct saw_feeds *fs, const char *role, uint8_t kind, const void *data, size_t len) {
	int rc;

	for (struct feed *f = fs->list; f; f = f->next) {
		if (strcmp(f->role, role) != 0)
			continue;
		rc = saw_channel_send(f->channel, kind, data, len, -1);
		if (rc < 0 && rc != -EPIPE)
			saw_log(SAW_LOG_ERROR, NULL, NULL, "cannot tell %s: %s", role, saw_strerror(rc));
		return;
	}
}

struct saw_feeds *saw_feeds_create(uv_loop_t *loop, const struct saw_feeds_hooks *hooks) {
	struct saw_feeds *fs = calloc(1, sizeof *fs);

	if (fs) {
		fs->loop = loop;
		fs->hooks = *hooks;
	}
	return fs;
}

void saw_feeds_destroy(struct saw_feeds *fs) {
	if (!fs)
		return;
	while (fs->list)
		remove_feed(fs->list);
	if (fs->packing)
		fs->packing->of = NULL;
	free(fs);
}
