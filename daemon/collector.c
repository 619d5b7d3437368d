#include "daemon/collector.h"

#include "core/frame.h"
#include "daemon/message.h"
#include "daemon/poll.h"
#include "io/log.h"
#include "io/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_QUEUED (SAW_FRAME_MAX + (32U << 20))
#define REPORT_MS 1000
#define SSH_THREADS 2

struct device {
	struct device *next;
	Sawatch__Internal__Task *task;
	struct saw_poll **polls;
	size_t n_polls;
	bool probing; /* its polls are being begun */
};

struct collector {
	uv_loop_t loop;
	struct saw_channel *supervisor;
	struct saw_channel *samples; /* NULL while there is no hub */
	bool had_samples;
	struct saw_poll_home home;
	struct device *devices;
	uv_timer_t report;
	uv_poll_t ssh;
	int status;
};

/* --------------------------------------------------------------------------------------------------------------- devices */

static void wipe(char *secret) {
	if (secret)
		explicit_bzero(secret, strlen(secret));
}

static void wipe_endpoint(Sawatch__Internal__SshEndpoint *e) {
	if (!e)
		return;
	wipe(e->key);
	wipe(e->key_passphrase);
	wipe(e->password);
}

static void task_free(Sawatch__Internal__Task *t) {
	if (t && t->ssh) {
		wipe(t->ssh->enable_secret);
		wipe_endpoint(t->ssh->self);
		wipe_endpoint(t->ssh->jump);
	}
	if (t && t->snmp) {
		wipe(t->snmp->community);
		wipe(t->snmp->auth_password);
		wipe(t->snmp->priv_password);
		for (size_t i = 0; i < t->snmp->n_contexts; i++)
			wipe(t->snmp->contexts[i]->community);
	}
	sawatch__internal__task__free_unpacked(t, NULL);
}

static void device_destroy(struct device *d) {
	for (size_t i = 0; i < d->n_polls; i++)
		saw_poll_destroy(d->polls[i]);
	free(d->polls);
	task_free(d->task);
	free(d);
}

/* Takes the task. */
static struct device *device_create(struct collector *c, Sawatch__Internal__Task *task) {
	struct device *d = calloc(1, sizeof *d);

	if (!d) {
		task_free(task);
		return NULL;
	}
	d->task = task;
	d->polls = calloc(task->n_files + 2, sizeof(struct saw_poll *));
	for (int i = SAW_POLL_SSH; d->polls && i < (int)task->n_files; i++) {
		struct saw_poll *p = NULL;

		if (i >= 0 || (i == SAW_POLL_SNMP && task->snmp) || (i == SAW_POLL_SSH && task->ssh))
			p = saw_poll_create(&c->home, task, i);

		if (p)
			d->polls[d->n_polls++] = p;
	}
	return d;
}

static bool same_task(const Sawatch__Internal__Task *a, const Sawatch__Internal__Task *b) {
	size_t n = sawatch__internal__task__get_packed_size(a);
	uint8_t *bytes;
	bool same;

	if (sawatch__internal__task__get_packed_size(b) != n || !(bytes = malloc(2 * n + 1)))
		return false;
	sawatch__internal__task__pack(a, bytes);
	sawatch__internal__task__pack(b, bytes + n);
	same = memcmp(bytes, bytes + n, n) == 0;
	explicit_bzero(bytes, 2 * n);
	free(bytes);
	return same;
}

/* Takes the device of this task out of the list, if it is there unchanged. */
static struct device *take_same(struct device **list, const Sawatch__Internal__Task *task) {
	for (struct device **at = list; *at; at = &(*at)->next) {
		struct device *d = *at;

		if (strcmp(d->task->device, task->device) == 0 && same_task(d->task, task)) {
			*at = d->next;
			return d;
		}
	}
	return NULL;
}

/* Devices whose task is the same go on as they are; the others begin anew or end. */
static void take_tasks(struct collector *c, Sawatch__Internal__Tasks *m) {
	struct device *old = c->devices, **tail = &c->devices;

	c->devices = NULL;
	for (size_t i = 0; i < m->n_tasks; i++) {
		Sawatch__Internal__Task *t = m->tasks[i];
		struct device *d = t->device ? take_same(&old, t) : NULL;

		if (d || !t->device) {
			task_free(t);
		} else {
			d = device_create(c, t);
		}
		m->tasks[i] = NULL;
		if (!d)
			continue;
		d->next = NULL;
		*tail = d;
		tail = &d->next;
	}
	m->n_tasks = 0;
	while (old) {
		struct device *next = old->next;

		device_destroy(old);
		old = next;
	}
}

static struct saw_poll *find_request(struct collector *c, uint64_t id) {
	for (struct device *d = c->devices; d; d = d->next)
		for (size_t i = 0; i < d->n_polls; i++)
			if (saw_poll_request(d->polls[i]) == id)
				return d->polls[i];
	return NULL;
}

/* ------------------------------------------------------------------------------------------------- samples to the hub */

static void samples_closed(void *ctx, int error) {
	struct collector *c = ctx;

	if (error)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "samples to the hub: %s", saw_strerror(error));
	saw_channel_close(c->samples);
	c->samples = NULL;
}

static void samples_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	(void)ctx;
	(void)kind;
	(void)data;
	(void)len;
	if (fd >= 0)
		close(fd); /* the hub has nothing to say here */
}

static void take_samples(struct collector *c, int fd) {
	const struct saw_channel_hooks hooks = {.ctx = c, .frame = samples_frame, .closed = samples_closed};

	saw_channel_close(c->samples);
	c->samples = NULL;
	if (saw_channel_open(&c->loop, fd, MOST_QUEUED, &hooks, &c->samples) < 0)
		return;
	/* A hub that was started again knows nothing. */
	for (struct device *d = c->had_samples ? c->devices : NULL; d; d = d->next)
		for (size_t i = 0; i < d->n_polls; i++)
			saw_poll_soon(d->polls[i]);
	c->had_samples = true;
}

static bool wanted(void *ctx) {
	return ((struct collector *)ctx)->samples != NULL;
}

static void sample(void *ctx, const char *device, const uint8_t *data, size_t len) {
	struct collector *c = ctx;
	int rc = c->samples ? saw_channel_send(c->samples, SAWATCH__INTERNAL__KIND__KIND_SAMPLE, data, len, -1) : 0;

	if (rc < 0 && rc != -EPIPE)
		saw_log(SAW_LOG_ERROR, device, NULL, "a sample is lost on its way to the hub: %s", saw_strerror(rc));
}

static void configuration(void *ctx, const Sawatch__Internal__Configuration *m) {
	struct collector *c = ctx;
	int rc = c->samples ? saw_message_send(c->samples, SAWATCH__INTERNAL__KIND__KIND_CONFIGURATION, &m->base, -1) : 0;

	if (rc < 0 && rc != -EPIPE)
		saw_log(SAW_LOG_ERROR, m->device, NULL, "its configuration is lost on its way to the hub: %s",
				saw_strerror(rc));
}

/* --------------------------------------------------------------------------------------------------------------- probes */

static struct device *find_device(struct collector *c, const char *name) {
	struct device *d = c->devices;

	while (d && strcmp(d->task->device, name) != 0)
		d = d->next;
	return d;
}

static void tell_probed(struct collector *c, const char *device, const char *error) {
	Sawatch__Internal__Probed m = SAWATCH__INTERNAL__PROBED__INIT;

	m.device = (char *)(uintptr_t)device;
	m.error = (char *)(uintptr_t)error;
	if (c->samples)
		saw_message_send(c->samples, SAWATCH__INTERNAL__KIND__KIND_PROBED, &m.base, -1);
}

/* One of the device's polls has; when all have that a probe waits for, it is told. */
static void ended(void *ctx, const char *device) {
	struct collector *c = ctx;
	const struct device *d = find_device(c, device);

	for (size_t i = 0; d && i < d->n_polls; i++)
		if (saw_poll_is_awaited(d->polls[i]))
			return;
	if (d && !d->probing)
		tell_probed(c, device, NULL);
}

/* A session by SSH costs a device more than a scraper knows: where there is SNMP, its own interval says when. */
static void take_probe(struct collector *c, const uint8_t *data, size_t len) {
	Sawatch__Internal__Probe *m = sawatch__internal__probe__unpack(NULL, len, data);
	struct device *d = m && m->device ? find_device(c, m->device) : NULL;
	bool waits = false, crowded = false;

	if (d) {
		d->probing = true; /* a poll may fail at once, while others are still to be begun */
		for (size_t i = 0; i < d->n_polls; i++)
			if (!d->task->snmp || !saw_poll_is_ssh(d->polls[i]))
				saw_poll_now(d->polls[i], m->min_age_ms * 1000000, &crowded);
		d->probing = false;
		for (size_t i = 0; i < d->n_polls; i++)
			waits |= saw_poll_is_awaited(d->polls[i]);
	}
	if (m && m->device && !waits)
		tell_probed(c, m->device,
					crowded ? "as many devices are being polled as may be at a time"
					: d     ? NULL
							: "it is not polled here any more");
	sawatch__internal__probe__free_unpacked(m, NULL);
}

/* ------------------------------------------------------------------------------------------------------- the supervisor */

static int ask(void *ctx, const Sawatch__Internal__Open *request) {
	struct collector *c = ctx;

	return saw_message_send(c->supervisor, SAWATCH__INTERNAL__KIND__KIND_OPEN, &request->base, -1);
}

static void tell_login(void *ctx, const Sawatch__Internal__Login *login) {
	struct collector *c = ctx;

	saw_message_send(c->supervisor, SAWATCH__INTERNAL__KIND__KIND_LOGIN, &login->base, -1);
}

static void on_ssh(uv_poll_t *w, int status, int events) {
	struct collector *c = w->data;
	struct saw_ssh_done done;

	(void)status;
	(void)events;
	while (saw_ssh_pool_take(c->home.ssh, &done))
		saw_poll_ssh_done(done.ctx, &done);
}

static void take_opened(struct collector *c, const uint8_t *data, size_t len, int fd) {
	Sawatch__Internal__Opened *m = sawatch__internal__opened__unpack(NULL, len, data);
	struct saw_poll *p = m && m->id ? find_request(c, m->id) : NULL;

	if (p)
		saw_poll_opened(p, m, fd);
	else if (fd >= 0)
		close(fd); /* too late, or of a device that is gone */
	sawatch__internal__opened__free_unpacked(m, NULL);
}

static void on_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct collector *c = ctx;
	Sawatch__Internal__Tasks *tasks;

	if (kind == SAWATCH__INTERNAL__KIND__KIND_OPENED) {
		take_opened(c, data, len, fd);
		return;
	}
	if (kind == SAWATCH__INTERNAL__KIND__KIND_SAMPLES && fd >= 0) {
		take_samples(c, fd);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (kind == SAWATCH__INTERNAL__KIND__KIND_PROBE)
		take_probe(c, data, len);
	if (kind != SAWATCH__INTERNAL__KIND__KIND_TASKS)
		return;
	tasks = sawatch__internal__tasks__unpack(NULL, len, data);
	if (!tasks) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the list of devices cannot be read");
		return;
	}
	take_tasks(c, tasks);
	sawatch__internal__tasks__free_unpacked(tasks, NULL);
}

/* The supervisor ended, or told us to: everything is closed, and the loop runs out. */
static void on_closed(void *ctx, int error) {
	struct collector *c = ctx;

	if (error) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "channel to the supervisor: %s", saw_strerror(error));
		c->status = 1;
	}
	saw_channel_close(c->supervisor);
	saw_channel_close(c->samples);
	while (c->devices) {
		struct device *next = c->devices->next;

		device_destroy(c->devices);
		c->devices = next;
	}
	uv_close((uv_handle_t *)&c->report, NULL);
	uv_close((uv_handle_t *)&c->ssh, NULL);
}

static void on_report(uv_timer_t *t) {
	struct collector *c = t->data;
	Sawatch__Internal__Schedule m = SAWATCH__INTERNAL__SCHEDULE__INIT;

	if (c->home.told)
		return;
	m.has_lag_seconds = m.has_missed = 1;
	m.lag_seconds = c->home.lag_seconds;
	m.missed = c->home.missed;
	if (saw_message_send(c->supervisor, SAWATCH__INTERNAL__KIND__KIND_SCHEDULE, &m.base, -1) < 0)
		return;
	c->home.told = true;
	c->home.lag_seconds = 0;
}

int saw_collector_run(int fd, bool sandbox) {
	struct collector c = {.home = {.open = ask,
								   .login = tell_login,
								   .wanted = wanted,
								   .sample = sample,
								   .ended = ended,
								   .configuration = configuration,
								   .told = true}};
	const struct saw_channel_hooks hooks = {.ctx = &c, .frame = on_frame, .closed = on_closed};
	struct saw_err err = {0};
	int rc = uv_loop_init(&c.loop);

	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the event loop: %s", uv_strerror(rc));
		return 1;
	}
	c.home.ctx = &c;
	c.home.loop = &c.loop;
	c.home.snmp = saw_snmp_engine_create(&err);
	/* Threads and the library start here, where nothing is forbidden yet. */
	c.home.ssh = saw_ssh_pool_create(SSH_THREADS, &err);
	c.home.files = saw_file_reader_create(SAW_POLL_SAMPLE_MAX);
	c.home.failed = saw_sample_builder_create(64 << 10);
	uv_timer_init(&c.loop, &c.report);
	c.report.data = &c;
	uv_timer_start(&c.report, on_report, REPORT_MS, REPORT_MS);
	rc = c.home.snmp && c.home.ssh && c.home.files && c.home.failed ? 0 : err.code ? err.code : -ENOMEM;
	if (rc == 0 && sandbox)
		rc = saw_sandbox_enter(SAW_SANDBOX_COLLECTOR);
	if (rc == 0)
		rc = uv_poll_init(&c.loop, &c.ssh, saw_ssh_pool_fd(c.home.ssh));
	c.ssh.data = &c;
	if (rc == 0)
		rc = uv_poll_start(&c.ssh, UV_READABLE, on_ssh);
	if (rc == 0)
		rc = saw_channel_open(&c.loop, fd, MOST_QUEUED, &hooks, &c.supervisor);
	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the collector cannot start: %s", err.code ? err.text : saw_strerror(rc));
		return 1;
	}
	uv_run(&c.loop, UV_RUN_DEFAULT);
	saw_ssh_pool_destroy(c.home.ssh);
	saw_snmp_engine_destroy(c.home.snmp);
	saw_file_reader_destroy(c.home.files);
	saw_sample_builder_destroy(c.home.failed);
	uv_loop_close(&c.loop);
	return c.status;
}
