#include "daemon/hub.h"

#include "daemon/configurations.h"
#include "daemon/feed.h"
#include "daemon/message.h"
#include "daemon/probe.h"
#include "exporters/http/http.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/process.h"
#include "io/sandbox.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_QUEUED (1U << 20)
#define STORE_MS 1000

/* Where the samples of one collector come in. */
struct inlet {
	struct hub *hub;
	struct inlet *next;
	unsigned worker;
	struct saw_channel *channel;
};

#define SOURCES SAWATCH__V1__SOURCE__SOURCE_FILE /* the highest */

/* What is remembered of a configured device. */
struct known {
	bool polled; /* a poll of it has ended, well or not */
	/* By source, what was logged last; 0: nothing, or that it is well again. */
	Sawatch__V1__PollError failing[SOURCES + 1];
};

struct hub {
	uv_loop_t loop;
	struct saw_channel *supervisor;
	struct inlet *inlets;
	struct saw_config *config;
	struct known *known; /* as config->devices */
	size_t n_waiting;    /* devices that were never polled */
	uint64_t awaited;    /* the samples that must be in a snapshot before the daemon is ready */
	char why_not_ready[64];
	struct saw_store *store;
	struct saw_feeds *feeds;
	struct saw_configurations *configurations;
	struct saw_http *http;
	struct saw_probes *probes;
	uv_poll_t http_poll;
	uv_timer_t http_timer, store_timer;
	bool store_troubled; /* and it was logged */
	bool sandbox, http_watched;
	bool working; /* listens, and has given up what it gives up */
	int status;
};

static int64_t now_ms(void *unused) {
	(void)unused;
	return saw_wall_ms();
}

/* ------------------------------------------------------------------------------------------------------------------ HTTP */

static struct saw_snapshot *snapshot(void *ctx) {
	struct hub *h = ctx;

	return saw_store_snapshot(h->store, saw_wall_ms());
}

static size_t recent(void *ctx, const char *device, const char *tunnel, Sawatch__V1__RecentPoint *out) {
	struct hub *h = ctx;

	return saw_store_recent(h->store, device, tunnel, saw_wall_ms(), out);
}

static bool ready(void *ctx, const char **why_not) {
	struct hub *h = ctx;

	/* What was polled may still be on its way to the disk, and is not shown before it is there. */
	if (h->n_waiting == 0 && saw_store_shown(h->store) < h->awaited)
		saw_snapshot_unref(snapshot(h));
	if (h->n_waiting == 0 && saw_store_shown(h->store) < h->awaited) {
		*why_not = "what the first polls gave is being written to the disk";
		return false;
	}
	snprintf(h->why_not_ready, sizeof h->why_not_ready, "%zu of %zu devices were not polled yet", h->n_waiting,
			 h->config->n_devices);
	*why_not = h->why_not_ready;
	return h->n_waiting == 0;
}

/* Once a second what changed goes to the disk; that it does not is logged when it begins and when it ends. */
static void on_store_timer(uv_timer_t *t) {
	struct hub *h = t->data;
	const char *trouble;

	saw_store_tick(h->store, saw_wall_ms());
	trouble = saw_store_trouble(h->store);
	if (trouble && !h->store_troubled)
		saw_log(SAW_LOG_ERROR, NULL, NULL,
				"totals cannot be written to the disk (%s): a restart would lose what is counted from now on; trying "
				"again every few seconds",
				trouble);
	else if (!trouble && h->store_troubled)
		saw_log(SAW_LOG_INFO, NULL, NULL, "totals are written to the disk again");
	h->store_troubled = trouble != NULL;
	saw_feeds_tick(h->feeds);
}

static void on_http_timer(uv_timer_t *t);

static void run_http(struct hub *h) {
	int64_t wait;

	saw_http_run(h->http);
	wait = saw_http_timeout_ms(h->http);
	if (wait >= 0)
		uv_timer_start(&h->http_timer, on_http_timer, (uint64_t)wait, 0);
	else
		uv_timer_stop(&h->http_timer);
}

static void on_http_timer(uv_timer_t *t) {
	run_http(t->data);
}

static void on_http_poll(uv_poll_t *p, int status, int events) {
	(void)status;
	(void)events;
	run_http(p->data);
}

static int serve_http(struct hub *h, struct saw_err *err) {
	int rc = uv_poll_init(&h->loop, &h->http_poll, saw_http_fd(h->http));

	if (rc < 0)
		return saw_err_set(err, rc, "cannot watch the HTTP server: %s", uv_strerror(rc));
	h->http_poll.data = h;
	h->http_watched = true;
	uv_poll_start(&h->http_poll, UV_READABLE, on_http_poll);
	return 0;
}

/* --------------------------------------------------------------------------------------------------------------- probes */

static unsigned probe(void *ctx, const struct saw_http_probe *q, struct saw_err *err) {
	struct hub *h = ctx;

	return saw_probes_begin(h->probes, h->config, q, err);
}

/* An address that is not configured. */
static int add_guest(void *ctx, const char *target, const char *module, struct saw_err *err) {
	struct hub *h = ctx;
	const size_t n = h->config->n_devices;
	int rc = saw_config_guest(h->config, target, module, err);

	if (rc || h->config->n_devices == n)
		return rc;
	h->known[n].polled = true; /* nobody waits for it to be ready */
	rc = saw_store_configure(h->store, h->config, saw_wall_ms());
	return rc ? saw_err_set(err, rc, "%s", saw_strerror(rc)) : 0;
}

static int have_polled(void *ctx, const char *device, const char *module, uint64_t min_age_ms) {
	struct hub *h = ctx;
	Sawatch__Internal__Probe m = SAWATCH__INTERNAL__PROBE__INIT;

	m.device = (char *)(uintptr_t)device;
	m.module = (char *)(uintptr_t)module;
	m.has_min_age_ms = 1;
	m.min_age_ms = min_age_ms;
	return saw_message_send(h->supervisor, SAWATCH__INTERNAL__KIND__KIND_PROBE, &m.base, -1);
}

static void answer_probe(void *ctx, uint64_t ticket, unsigned status, const char *error) {
	struct hub *h = ctx;

	saw_http_probed(h->http, ticket, status, error);
}

static uint64_t taken(void *ctx) {
	return saw_store_taken(((struct hub *)ctx)->store);
}

static uint64_t shown(void *ctx) {
	struct hub *h = ctx;
	struct saw_snapshot *s = snapshot(h);

	if (s)
		saw_snapshot_unref(s);
	return saw_store_shown(h->store);
}

/* --------------------------------------------------------------------------------------------------------------- samples */

static void close_inlet(struct hub *h, struct inlet *i) {
	struct inlet **link = &h->inlets;

	while (*link != i)
		link = &(*link)->next;
	*link = i->next;
	saw_channel_close(i->channel);
	free(i);
}

static void close_inlet_of(struct hub *h, unsigned worker) {
	for (struct inlet *i = h->inlets, *next; i; i = next) {
		next = i->next;
		if (i->worker == worker)
			close_inlet(h, i);
	}
}

/* Logs that a device begins to fail, fails for another reason, or is well again; not each poll. */
static void note(struct hub *h, const Sawatch__V1__DeviceSample *s) {
	const struct saw_config_device *d = saw_config_find(h->config, s->device);
	struct known *k = d ? &h->known[d - h->config->devices] : NULL;
	Sawatch__V1__PollError *was = k && s->source <= SOURCES ? &k->failing[s->source] : NULL, is;
	const char *text;
	bool one_of_many;

	if (!was)
		return;
	if (!k->polled) {
		k->polled = true;
		h->n_waiting--;
		h->awaited = saw_store_taken(h->store);
	}
	/* Of several files that are one source, one may fail while another is well: that is no recovery. */
	one_of_many = s->source == SAWATCH__V1__SOURCE__SOURCE_FILE && d->n_files > 1;
	is = saw_message_failure(s, &text);
	if (is && is != *was)
		saw_log(SAW_LOG_WARNING, s->device, NULL, "poll failed: %s", text ? text : "no reason given");
	else if (!is && *was && !one_of_many)
		saw_log(SAW_LOG_INFO, s->device, NULL, "polls succeed again");
	if (is || !one_of_many)
		*was = is;
}

static void on_probed(struct hub *h, const uint8_t *data, size_t len) {
	Sawatch__Internal__Probed *m = sawatch__internal__probed__unpack(NULL, len, data);

	if (m && m->device)
		saw_probes_ended(h->probes, m->device, m->error);
	sawatch__internal__probed__free_unpacked(m, NULL);
}

static void on_configuration(struct hub *h, const uint8_t *data, size_t len) {
	Sawatch__Internal__Configuration *m = sawatch__internal__configuration__unpack(NULL, len, data);
	int rc = 0;

	/* One that could not be read says nothing of what is in it. */
	if (m && m->device && m->has_record)
		rc = saw_store_references(h->store, m->device, m->qos_references, m->n_qos_references);
	if (rc < 0 && rc != SAW_EUNKNOWN)
		saw_log(SAW_LOG_ERROR, m->device, NULL, "bandwidth qos-reference of its interfaces is not taken: %s",
				saw_strerror(rc));
	if (m)
		sawatch__internal__configuration__free_unpacked(m, NULL);
	saw_configurations_take(h->configurations, data, len);
	saw_feeds_send(h->feeds, SAW_CONFIGURATIONS_ROLE, SAWATCH__INTERNAL__KIND__KIND_CONFIGURATION, data, len);
}

static void on_sample(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct inlet *i = ctx;
	struct hub *h = i->hub;
	Sawatch__V1__DeviceSample *sample = NULL;
	const char *twin;
	int rc;

	if (fd >= 0)
		close(fd);
	if (kind == SAWATCH__INTERNAL__KIND__KIND_CONFIGURATION) {
		on_configuration(h, data, len);
		return;
	}
	if (kind == SAWATCH__INTERNAL__KIND__KIND_PROBED) {
		on_probed(h, data, len);
		return;
	}
	if (kind == SAWATCH__INTERNAL__KIND__KIND_SAMPLE)
		sample = sawatch__v1__device_sample__unpack(NULL, len, data);
	if (!sample) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "collector %u sent what is no sample", i->worker + 1);
		return;
	}
	rc = saw_store_sample(h->store, sample, saw_wall_ms());
	/* A poll that was under way when a reload took its device away. */
	if (rc == SAW_EUNKNOWN)
		saw_log(SAW_LOG_DEBUG, sample->device, NULL, "a sample of a device that is not configured any more");
	else if (rc < 0)
		saw_log(SAW_LOG_ERROR, sample->device, NULL, "the sample is not taken: %s", saw_strerror(rc));
	else
		note(h, sample);
	twin = rc < 0 ? NULL : saw_store_twin_found(h->store, sample->device);
	if (twin)
		saw_log(SAW_LOG_WARNING, sample->device, NULL,
				"its SNMPv3 engine ID is that of %s too: one device under two names, or one cloned", twin);
	sawatch__v1__device_sample__free_unpacked(sample, NULL);
}

static void on_inlet_closed(void *ctx, int error) {
	struct inlet *i = ctx;

	if (error)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "samples of collector %u: %s", i->worker + 1, saw_strerror(error));
	close_inlet(i->hub, i);
}

static void add_inlet(struct hub *h, unsigned worker, int fd) {
	struct inlet *i = calloc(1, sizeof *i);
	struct saw_channel_hooks hooks = {.ctx = i, .frame = on_sample, .closed = on_inlet_closed};

	close_inlet_of(h, worker);
	if (!i) {
		close(fd);
		return;
	}
	*i = (struct inlet){.hub = h, .worker = worker};
	if (saw_channel_open(&h->loop, fd, MOST_QUEUED, &hooks, &i->channel) < 0) {
		free(i);
		return;
	}
	i->next = h->inlets;
	h->inlets = i;
}

/* ------------------------------------------------------------------------------------------- what the supervisor says */

/* Takes `fresh`. What is remembered of devices stays. A device that nothing reads is not waited for. */
static int configure(struct hub *h, struct saw_config *fresh) {
	struct known *known = calloc(fresh->n_devices + SAW_CONFIG_GUESTS, sizeof *known);
	int rc = known ? saw_store_configure(h->store, fresh, saw_wall_ms()) : -ENOMEM;

	if (rc < 0) {
		free(known);
		saw_config_destroy(fresh);
		return rc;
	}
	h->n_waiting = 0;
	for (size_t i = 0; i < fresh->n_devices; i++) {
		const struct saw_config_device *d = &fresh->devices[i];
		const struct saw_config_device *was = h->config ? saw_config_find(h->config, d->name) : NULL;

		if (was)
			known[i] = h->known[was - h->config->devices];
		if (!d->snmp && !d->ssh && !d->n_files)
			known[i].polled = true;
		h->n_waiting += !known[i].polled;
	}
	saw_config_destroy(h->config);
	free(h->known);
	h->config = fresh;
	h->known = known;
	return 0;
}

/* Answers, then gives up what only its beginning needed: threads cannot be started after that either. */
static int begin(struct hub *h, struct saw_err *err) {
	struct saw_process unused;
	int rc = serve_http(h, err);

	/* What libraries would open later by themselves. */
	saw_process_read(&unused);
	tzset();
	saw_feeds_prepare(&h->loop);
	if (rc == 0 && h->sandbox) {
		rc = saw_sandbox_enter(SAW_SANDBOX_HUB);
		if (rc < 0)
			saw_err_set(err, rc, "the sandbox (seccomp): %s; --no-sandbox goes without", saw_strerror(rc));
	}
	h->working = rc == 0;
	return rc;
}

/* Closes everything, so that the loop runs out. */
static void end(struct hub *h, int status) {
	h->status = status;
	saw_channel_close(h->supervisor);
	while (h->inlets)
		close_inlet(h, h->inlets);
	saw_feeds_destroy(h->feeds);
	h->feeds = NULL;
	saw_probes_destroy(h->probes);
	h->probes = NULL;
	if (h->http_watched)
		uv_close((uv_handle_t *)&h->http_poll, NULL);
	uv_close((uv_handle_t *)&h->http_timer, NULL);
	uv_close((uv_handle_t *)&h->store_timer, NULL);
}

static int open_state(struct hub *h, const char *folder, struct saw_err *err) {
	char note[SAW_ERR_TEXT_MAX];
	int rc = saw_store_open(h->store, folder, note, err);

	if (rc == 0 && *note)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%s", note);
	return rc;
}

/* A hub that works keeps what it has; one that does not yet has nothing to offer. */
static void fail(struct hub *h, const struct saw_err *err) {
	Sawatch__Internal__Failed failed = SAWATCH__INTERNAL__FAILED__INIT;

	failed.error = (char *)(uintptr_t)err->text;
	saw_message_send(h->supervisor, SAWATCH__INTERNAL__KIND__KIND_FAILED, &failed.base, -1);
	if (!h->working)
		end(h, 1);
}

static void web(struct hub *h, const Sawatch__Internal__Web *m) {
	struct saw_err err = {0};

	if (saw_http_configure(h->http, m, &err) < 0)
		fail(h, &err);
	else if (h->working)
		run_http(h); /* a socket that is new may have clients already */
	if (m->tls && m->tls->key)
		explicit_bzero(m->tls->key, strlen(m->tls->key));
}

static void listener(struct hub *h, const Sawatch__Internal__Listener *m, int fd) {
	if (saw_http_listener(h->http, m->id, m->local, fd) < 0)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "no memory to listen");
}

static void setup(struct hub *h, const Sawatch__Internal__Setup *m) {
	struct saw_config *fresh = NULL;
	struct saw_err err = {0};
	int rc = saw_config_parse(m->path, (const char *)m->text.data, m->text.len, &fresh, &err);

	if (rc == 0 && !h->working && m->state_dir) {
		rc = open_state(h, m->state_dir, &err);
		if (rc < 0)
			saw_config_destroy(fresh);
	}
	if (rc == 0) {
		rc = configure(h, fresh);
		if (rc < 0)
			saw_err_set(&err, rc, "the store does not take the configuration: %s", saw_strerror(rc));
	}
	if (rc == 0 && !h->working)
		rc = begin(h, &err);
	if (rc < 0)
		fail(h, &err);
	else
		saw_message_send(h->supervisor, SAWATCH__INTERNAL__KIND__KIND_LISTENING, NULL, -1);
}

static void lost(struct hub *h, const Sawatch__Internal__Lost *m) {
	close_inlet_of(h, m->worker); /* what was still in it is older than the news */
	for (size_t i = 0; i < m->n_devices; i++) {
		saw_store_lost(h->store, m->devices[i], m->why, saw_wall_ms());
		saw_probes_ended(h->probes, m->devices[i], NULL);
	}
}

static void part_says(void *ctx, const char *role, Sawatch__V1__Exporter *says) {
	struct hub *h = ctx;

	saw_store_exporter_says(h->store, role, says);
}

static void part(struct hub *h, const Sawatch__Internal__Part *m, int fd) {
	if (m->role && m->gone)
		saw_store_exporter_gone(h->store, m->role);
	else if (m->role)
		saw_store_exporter(h->store, m->role, !m->error, m->restarts, m->error);
	if (m->role && fd >= 0) {
		saw_feeds_add(h->feeds, m->role, fd);
		if (strcmp(m->role, SAW_CONFIGURATIONS_ROLE) == 0)
			saw_configurations_replay(h->configurations, h->feeds);
	} else if (fd >= 0)
		close(fd);
}

static void figures(struct hub *h, const Sawatch__Internal__Figures *m) {
	saw_store_daemon(h->store, &(struct saw_store_daemon){
								   .scheduler_lag_seconds = m->scheduler_lag_seconds,
								   .polls_missed = m->polls_missed,
								   .collector_restarts = m->collector_restarts,
								   .config_reloads = m->config_reloads,
								   .config_reload_failures = m->config_reload_failures,
								   .started_ms = m->started_at_ms,
							   });
}

static const ProtobufCMessageDescriptor *message_of(uint8_t kind) {
	switch (kind) {
	case SAWATCH__INTERNAL__KIND__KIND_SETUP:
		return &sawatch__internal__setup__descriptor;
	case SAWATCH__INTERNAL__KIND__KIND_WORKER:
		return &sawatch__internal__worker__descriptor;
	case SAWATCH__INTERNAL__KIND__KIND_LOST:
		return &sawatch__internal__lost__descriptor;
	case SAWATCH__INTERNAL__KIND__KIND_LISTENER:
		return &sawatch__internal__listener__descriptor;
	case SAWATCH__INTERNAL__KIND__KIND_WEB:
		return &sawatch__internal__web__descriptor;
	case SAWATCH__INTERNAL__KIND__KIND_PART:
		return &sawatch__internal__part__descriptor;
	case SAWATCH__INTERNAL__KIND__KIND_FIGURES:
		return &sawatch__internal__figures__descriptor;
	default:
		return NULL;
	}
}

static void on_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct hub *h = ctx;
	const ProtobufCMessageDescriptor *d = message_of(kind);
	ProtobufCMessage *m = d ? protobuf_c_message_unpack(d, NULL, len, data) : NULL;

	if (m && kind == SAWATCH__INTERNAL__KIND__KIND_SETUP)
		setup(h, (const Sawatch__Internal__Setup *)m);
	else if (m && kind == SAWATCH__INTERNAL__KIND__KIND_LOST)
		lost(h, (const Sawatch__Internal__Lost *)m);
	else if (m && kind == SAWATCH__INTERNAL__KIND__KIND_FIGURES)
		figures(h, (const Sawatch__Internal__Figures *)m);
	else if (m && kind == SAWATCH__INTERNAL__KIND__KIND_WEB)
		web(h, (const Sawatch__Internal__Web *)m);
	else if (m && kind == SAWATCH__INTERNAL__KIND__KIND_LISTENER && fd >= 0)
		listener(h, (const Sawatch__Internal__Listener *)m, fd);
	else if (m && kind == SAWATCH__INTERNAL__KIND__KIND_PART)
		part(h, (const Sawatch__Internal__Part *)m, fd);
	else if (m && kind == SAWATCH__INTERNAL__KIND__KIND_WORKER && fd >= 0)
		add_inlet(h, ((const Sawatch__Internal__Worker *)m)->worker, fd);
	else if (fd >= 0)
		close(fd);
	if (m)
		protobuf_c_message_free_unpacked(m, NULL);
}

static void on_closed(void *ctx, int error) {
	if (error)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "channel to the supervisor: %s", saw_strerror(error));
	end(ctx, error ? 1 : 0);
}

int saw_hub_run(int fd, bool sandbox) {
	struct hub h = {.sandbox = sandbox};
	const struct saw_channel_hooks hooks = {.ctx = &h, .frame = on_frame, .closed = on_closed};
	const struct saw_http_hooks http = {
		.ctx = &h, .snapshot = snapshot, .ready = ready, .now_ms = now_ms, .recent = recent, .probe = probe};
	const struct saw_probes_hooks probes = {
		.ctx = &h, .guest = add_guest, .poll = have_polled, .answer = answer_probe, .taken = taken, .shown = shown};
	struct saw_err err = {0};
	const struct saw_feeds_hooks feeds = {.ctx = &h, .snapshot = snapshot, .says = part_says};
	int rc = uv_loop_init(&h.loop);

	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the event loop: %s", uv_strerror(rc));
		return 1;
	}
	uv_timer_init(&h.loop, &h.http_timer);
	h.http_timer.data = &h;
	uv_timer_init(&h.loop, &h.store_timer);
	h.store_timer.data = &h;
	uv_timer_start(&h.store_timer, on_store_timer, STORE_MS, STORE_MS);
	h.store = saw_store_create(saw_wall_ms());
	h.feeds = saw_feeds_create(&h.loop, &feeds);
	h.configurations = saw_configurations_create();
	h.http = saw_http_create(&http, &err);
	h.probes = saw_probes_create(&h.loop, &probes);
	rc = h.store && h.feeds && h.configurations && h.http && h.probes
			 ? saw_channel_open(&h.loop, fd, MOST_QUEUED, &hooks, &h.supervisor)
			 : -ENOMEM;
	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the hub cannot start: %s", saw_strerror(rc));
		return 1;
	}
	uv_run(&h.loop, UV_RUN_DEFAULT);
	saw_http_destroy(h.http);
	saw_configurations_destroy(h.configurations);
	saw_store_destroy(h.store);
	saw_config_destroy(h.config);
	free(h.known);
	uv_loop_close(&h.loop);
	return h.status;
}
