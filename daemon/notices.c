#include "daemon/notices.h"

#include "daemon/keep.h"
#include "daemon/outbox.h"
#include "exporters/agentx/events.h"
#include "io/clock.h"
#include "io/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define KEPT_MAX (64U << 20)

struct batch {
	struct saw_notice **list;
	size_t n, room;
};

struct saw_notices {
	void (*send)(void *ctx, struct saw_notice *n);
	void *ctx;
	const struct saw_config *config;
	struct saw_index *index;
	struct saw_events *events;
	struct saw_outbox *outbox;
	struct saw_keep kept_index, kept_events;
	struct batch batch; /* of one look */
	int64_t started_ms; /* monotonic */
};

struct saw_notices *saw_notices_create(void (*send)(void *ctx, struct saw_notice *n), void *ctx) {
	struct saw_notices *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	*n = (struct saw_notices){.send = send,
							  .ctx = ctx,
							  .index = saw_index_create(31),
							  .events = saw_events_create(),
							  .started_ms = saw_steady_ms()};
	if (!n->index || !n->events) {
		saw_notices_destroy(n);
		return NULL;
	}
	return n;
}

void saw_notices_destroy(struct saw_notices *n) {
	if (!n)
		return;
	saw_index_destroy(n->index);
	saw_events_destroy(n->events);
	saw_outbox_close(n->outbox);
	saw_keep_close(&n->kept_index);
	saw_keep_close(&n->kept_events);
	for (size_t i = 0; i < n->batch.n; i++)
		saw_notice_destroy(n->batch.list[i]);
	free(n->batch.list);
	free(n);
}

/* ---------------------------------------------------------------------------------------------------------------- a batch */

static void collect(void *ctx, struct saw_notice *notice) {
	struct batch *b = &((struct saw_notices *)ctx)->batch;

	if (b->n == b->room) {
		size_t room = b->room ? 2 * b->room : 64;
		struct saw_notice **more = realloc(b->list, room * sizeof *more);

		if (!more) {
			saw_log(SAW_LOG_ERROR, NULL, NULL, "no memory: notification %s is lost", notice->what->name);
			saw_notice_destroy(notice);
			return;
		}
		b->list = more;
		b->room = room;
	}
	b->list[b->n++] = notice;
}

static void send_batch(struct saw_notices *n) {
	for (size_t i = 0; i < n->batch.n; i++)
		n->send(n->ctx, n->batch.list[i]);
	n->batch.n = 0;
}

/* What every message with it says, also one that comes again. */
static void stamp(const struct saw_notices *n, struct saw_notice *notice) {
	if (getrandom(&notice->id, sizeof notice->id, 0) != sizeof notice->id)
		notice->id = (int32_t)notice->serial;
	notice->id = (notice->id & INT32_MAX) | 1;
	notice->uptime = (uint32_t)((saw_steady_ms() - n->started_ms) / 10);
}

/* On the disk first, all of them at once; then they go. */
static void tell_batch(struct saw_notices *n) {
	if (n->batch.n == 0)
		return;
	for (size_t i = 0; i < n->batch.n; i++) {
		stamp(n, n->batch.list[i]);
		if (n->outbox)
			saw_outbox_put(n->outbox, n->batch.list[i]);
	}
	if (n->outbox)
		saw_outbox_commit(n->outbox);
	send_batch(n);
}

static bool silenced(void *ctx, const char *device) {
	const struct saw_config_device *d = saw_config_find(((const struct saw_notices *)ctx)->config, device);

	return d && d->maintenance;
}

static struct saw_events_options options(struct saw_notices *n) {
	return (struct saw_events_options){.hold_ms = n->config->notify.hold_ms,
									   .replay_burst = n->config->notify.replay_burst,
									   .silenced = silenced,
									   .notify = collect,
									   .ctx = n};
}

int saw_notices_take(struct saw_notices *n, Sawatch__V1__Snapshot *s, bool look, struct saw_view **out) {
	const struct saw_events_options o = options(n);
	int rc = saw_view_create(s, n->index, out);

	if (rc == 0 && look)
		rc = saw_events_look(n->events, *out, &o, saw_wall_ms());
	tell_batch(n);
	saw_notices_keep(n);
	return rc;
}

void saw_notices_due(struct saw_notices *n) {
	const struct saw_events_options o = options(n);

	saw_events_due(n->events, &o, saw_wall_ms());
	tell_batch(n);
}

/* ------------------------------------------------------------------------------------------------------------- what is kept */

static void was_told(void *ctx, struct saw_notice *notice) {
	struct saw_notices *n = ctx;

	saw_events_told(n->events, notice->key, notice->state, notice->serial, saw_wall_ms());
	collect(n, notice);
}

void saw_notices_open(struct saw_notices *n, const char *state_dir, const char *name) {
	struct saw_buf text = SAW_BUF_INIT(KEPT_MAX);
	char file[64];

	snprintf(file, sizeof file, "%s-index", name);
	saw_keep_open(&n->kept_index, state_dir, file);
	snprintf(file, sizeof file, "%s-told", name);
	saw_keep_open(&n->kept_events, state_dir, file);
	saw_keep_read(&n->kept_index, &text);
	saw_index_load(n->index, saw_buf_text(&text), text.len);
	saw_buf_reset(&text);
	saw_keep_read(&n->kept_events, &text);
	saw_events_load(n->events, saw_buf_text(&text), text.len, saw_wall_ms());
	saw_buf_free(&text);
	n->outbox = saw_outbox_open(state_dir, name);
	if (n->outbox)
		saw_outbox_each(n->outbox, was_told, n);
}

void saw_notices_configure(struct saw_notices *n, const struct saw_config *c, const char *const *receivers,
						   size_t n_receivers) {
	n->config = c;
	if (n->outbox)
		saw_outbox_receivers(n->outbox, receivers, n_receivers, saw_events_serial(n->events));
}

void saw_notices_resume(struct saw_notices *n) {
	send_batch(n);
}

bool saw_notices_owed(const struct saw_notices *n, const char *receiver, const struct saw_notice *notice) {
	return !n->outbox || saw_outbox_owes(n->outbox, receiver, notice->serial);
}

void saw_notices_done(struct saw_notices *n, const char *receiver, uint64_t serial) {
	if (n->outbox)
		saw_outbox_done(n->outbox, receiver, serial);
}

void saw_notices_keep(struct saw_notices *n) {
	struct saw_buf text = SAW_BUF_INIT(KEPT_MAX);

	if (saw_events_changed(n->events)) {
		saw_events_save(n->events, &text);
		saw_keep_write(&n->kept_events, &text);
	}
	if (saw_index_changed(n->index)) {
		saw_buf_reset(&text);
		saw_index_save(n->index, &text);
		saw_keep_write(&n->kept_index, &text);
	}
	saw_buf_free(&text);
	if (n->outbox && !n->kept_events.failed)
		saw_outbox_tidy(n->outbox, saw_events_serial(n->events));
}
