#include "daemon/supervisor.h"

#include "daemon/broker.h"
#include "daemon/crew.h"
#include "daemon/message.h"
#include "daemon/porter.h"
#include "io/fdpass.h"
#include "io/log.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIGURES_MS 1000
#define STATE_FOLDER "/var/lib/sawatch"

struct collector {
	struct supervisor *s;
	unsigned index;
	struct saw_child *child;
	bool surplus;           /* a reload asked for fewer */
	uint64_t missed_past;   /* of those that died in this place */
	uint64_t missed;        /* of the present one */
	double lag_seconds;     /* the worst since the hub was told */
	struct collector *next; /* in the order of their index */
};

struct supervisor {
	struct saw_supervisor_options options;
	uv_loop_t loop;
	uv_signal_t term, interrupt, hangup;
	uv_timer_t figures_timer;
	struct saw_setup *setup;
	struct saw_broker *broker;
	struct saw_ledger *ledger; /* of logins */
	struct saw_child *hub;
	bool hub_ready;     /* it has the configuration and listens */
	bool listened_once; /* before that, a hub that cannot listen ends the daemon */
	bool stopping;
	int status;
	struct saw_porter *porter;
	struct collector *collectors;
	unsigned n_running; /* hub and collectors that are not gone */
	struct saw_crew *crew;
	uint64_t missed_gone, restarts, reloads, reload_failures;
	int64_t started_ms; /* Unix time */
	bool figures_due;
};

static void balance(struct supervisor *s);
static void stop(struct supervisor *s, int status);

/* ------------------------------------------------------------------------------------------------- what children are told */

static void send_or_log(struct saw_child *to, Sawatch__Internal__Kind kind, const ProtobufCMessage *m, int fd) {
	struct saw_channel *c = saw_child_channel(to);
	int rc;

	if (!c) {
		if (fd >= 0)
			close(fd);
		return;
	}
	rc = saw_message_send(c, kind, m, fd);
	if (rc < 0 && rc != -EPIPE) /* a broken pipe is logged as the death it comes from */
		saw_log(SAW_LOG_ERROR, NULL, NULL, "cannot tell %s: %s", saw_child_role(to), saw_strerror(rc));
}

/* NULL: nothing is kept. `folder` holds a path that had to be cut out of another text. */
static const char *state_folder(const struct supervisor *s, char folder[PATH_MAX]) {
	const char *given = s->setup->config->state_dir, *systemd = getenv("STATE_DIRECTORY");

	if (s->options.no_state || (given && strcmp(given, SAW_CONFIG_NONE) == 0))
		return NULL;
	if (given)
		return given;
	if (!systemd || !*systemd)
		return STATE_FOLDER;
	snprintf(folder, PATH_MAX, "%.*s", (int)strcspn(systemd, ":"), systemd);
	return folder;
}

static void send_setup(struct supervisor *s) {
	Sawatch__Internal__Setup m = SAWATCH__INTERNAL__SETUP__INIT;
	char folder[PATH_MAX];

	m.path = (char *)(uintptr_t)s->setup->config->path;
	m.has_text = 1;
	m.text.data = (uint8_t *)s->setup->text;
	m.text.len = s->setup->len;
	m.state_dir = (char *)(uintptr_t)state_folder(s, folder);
	send_or_log(s->hub, SAWATCH__INTERNAL__KIND__KIND_SETUP, &m.base, -1);
}

static void send_tasks(struct collector *c) {
	Sawatch__Internal__Tasks m;

	if (saw_setup_tasks(c->s->setup, c->index, &m) == 0)
		send_or_log(c->child, SAWATCH__INTERNAL__KIND__KIND_TASKS, &m.base, -1);
	free(m.tasks);
}

/* A new way for samples from this collector to the hub. */
static void join(struct collector *c) {
	Sawatch__Internal__Worker m = SAWATCH__INTERNAL__WORKER__INIT;
	int fds[2], rc;

	if (!c->s->hub_ready || !saw_child_channel(c->child))
		return;
	rc = saw_fdpass_pair(fds);
	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "cannot join %s to the hub: %s", saw_child_role(c->child), saw_strerror(rc));
		return;
	}
	m.has_worker = 1;
	m.worker = c->index;
	send_or_log(c->s->hub, SAWATCH__INTERNAL__KIND__KIND_WORKER, &m.base, fds[0]);
	send_or_log(c->child, SAWATCH__INTERNAL__KIND__KIND_SAMPLES, NULL, fds[1]);
	send_tasks(c);
}

static void send_lost(struct collector *c, const char *why) {
	Sawatch__Internal__Lost m = SAWATCH__INTERNAL__LOST__INIT;
	Sawatch__Internal__Tasks tasks;
	char text[128];

	if (!c->s->hub_ready || saw_setup_tasks(c->s->setup, c->index, &tasks) < 0)
		return;
	m.devices = calloc(tasks.n_tasks ? tasks.n_tasks : 1, sizeof(char *));
	if (m.devices) {
		for (; m.n_devices < tasks.n_tasks; m.n_devices++)
			m.devices[m.n_devices] = tasks.tasks[m.n_devices]->device;
		snprintf(text, sizeof text, "the collector process %s", why);
		m.why = text;
		m.has_worker = 1;
		m.worker = c->index;
		send_or_log(c->s->hub, SAWATCH__INTERNAL__KIND__KIND_LOST, &m.base, -1);
	}
	free(m.devices);
	free(tasks.tasks);
}

static void send_figures(struct supervisor *s) {
	Sawatch__Internal__Figures m = SAWATCH__INTERNAL__FIGURES__INIT;

	if (!s->figures_due || !s->hub_ready)
		return;
	s->figures_due = false;
	m.has_scheduler_lag_seconds = m.has_polls_missed = m.has_collector_restarts = 1;
	m.has_config_reloads = m.has_config_reload_failures = m.has_started_at_ms = 1;
	m.started_at_ms = s->started_ms;
	m.polls_missed = s->missed_gone;
	for (struct collector *c = s->collectors; c; c = c->next) {
		m.polls_missed += c->missed_past + c->missed;
		if (c->lag_seconds > m.scheduler_lag_seconds)
			m.scheduler_lag_seconds = c->lag_seconds;
		c->lag_seconds = 0;
	}
	m.collector_restarts = s->restarts;
	m.config_reloads = s->reloads;
	m.config_reload_failures = s->reload_failures;
	send_or_log(s->hub, SAWATCH__INTERNAL__KIND__KIND_FIGURES, &m.base, -1);
}

static void on_figures(uv_timer_t *t) {
	send_figures(t->data);
}

/* --------------------------------------------------------------------------------------------------------------- the hub */

static void write_ready_file(struct supervisor *s, const char *url) {
	char part[4096];
	FILE *f;
	bool good;

	if (!s->options.ready_file)
		return;
	snprintf(part, sizeof part, "%s.part", s->options.ready_file);
	f = fopen(part, "we");
	good = f && fprintf(f, "%s\n", url) > 0;
	good = f && fclose(f) == 0 && good;
	/* Renamed into place: whoever waits for the file never sees half of it. */
	if (!good || rename(part, s->options.ready_file) < 0)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%s: %s", s->options.ready_file, saw_strerror(-errno));
}

static void hub_listens(struct supervisor *s) {
	bool again = s->hub_ready;
	char url[160];

	if (!s->listened_once)
		write_ready_file(s, saw_porter_url(s->porter, url, sizeof url));
	s->listened_once = s->hub_ready = true;
	s->figures_due = true;
	send_figures(s);
	/* Only now: a sample of a device that the hub does not know yet would be dropped. */
	for (struct collector *c = s->collectors; c; c = c->next) {
		if (again)
			send_tasks(c);
		else
			join(c);
	}
	if (!again)
		saw_crew_hub_ready(s->crew, true);
	balance(s);
}

static void hub_failed(struct supervisor *s, const uint8_t *data, size_t len) {
	Sawatch__Internal__Failed *m = sawatch__internal__failed__unpack(NULL, len, data);

	saw_log(SAW_LOG_ERROR, NULL, NULL, "%s", m && m->error ? m->error : "the hub failed");
	sawatch__internal__failed__free_unpacked(m, NULL);
	if (!s->listened_once)
		stop(s, 1);
}

static void hub_up(void *ctx, struct saw_child *c) {
	struct supervisor *s = ctx;

	(void)c;
	saw_porter_greet(s->porter);
	send_setup(s);
}

/* To the collector that polls the device. */
static void hub_probes(struct supervisor *s, const uint8_t *data, size_t len) {
	Sawatch__Internal__Probe *m = sawatch__internal__probe__unpack(NULL, len, data);
	const bool is_new = m && m->device && m->module && !saw_config_find(s->setup->config, m->device);
	struct saw_err err = {0};

	if (is_new && saw_setup_guest(s->setup, m->device, m->module, &err) < 0)
		saw_log(SAW_LOG_WARNING, m->device, NULL, "it cannot be polled for a probe: %s", err.text);
	for (struct collector *c = s->collectors; m && c; c = c->next) {
		if (!saw_setup_device(s->setup, c->index, m->device))
			continue;
		if (is_new)
			send_tasks(c);
		send_or_log(c->child, SAWATCH__INTERNAL__KIND__KIND_PROBE, &m->base, -1);
	}
	sawatch__internal__probe__free_unpacked(m, NULL);
}

static void hub_frame(void *ctx, struct saw_child *c, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	(void)c;
	if (fd >= 0)
		close(fd);
	if (kind == SAWATCH__INTERNAL__KIND__KIND_LISTENING)
		hub_listens(ctx);
	else if (kind == SAWATCH__INTERNAL__KIND__KIND_PROBE)
		hub_probes(ctx, data, len);
	else if (kind == SAWATCH__INTERNAL__KIND__KIND_FAILED)
		hub_failed(ctx, data, len);
}

static void hub_down(void *ctx, struct saw_child *c, const char *why) {
	struct supervisor *s = ctx;

	(void)c;
	(void)why;
	s->hub_ready = false;
	saw_crew_hub_ready(s->crew, false);
	if (!s->listened_once)
		stop(s, 1);
}

static void hub_gone(void *ctx, struct saw_child *c) {
	struct supervisor *s = ctx;

	(void)c;
	s->hub = NULL;
	s->n_running--;
	balance(s);
}

/* --------------------------------------------------------------------------------------------------------- the collectors */

static void collector_up(void *ctx, struct saw_child *child) {
	struct collector *c = ctx;

	c->child = child;
	join(c);
}

/* A login needs leave. Without it the answer says why. */
static bool may_log_in(struct collector *c, const struct saw_config_device *d, const Sawatch__Internal__Open *m) {
	Sawatch__Internal__Opened o = SAWATCH__INTERNAL__OPENED__INIT;
	struct saw_ledger_login login;
	struct saw_err err = {0};
	int rc;

	if (!m->ssh || !d || !d->ssh)
		return true;
	login = saw_setup_login(c->s->setup, d);
	rc = saw_ledger_ask(c->s->ledger, &login, uv_hrtime(), time(NULL), &err);
	if (rc == 0)
		return true;
	o.has_id = o.has_error_class = o.has_again = 1;
	o.id = m->id;
	o.error_class = rc == SAW_EAUTH ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH
					: rc == -ENOMEM ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL
									: SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT;
	o.error = err.text;
	o.again = rc == -EBUSY;
	send_or_log(c->child, SAWATCH__INTERNAL__KIND__KIND_OPENED, &o.base, -1);
	return false;
}

static void collector_open(struct collector *c, const uint8_t *data, size_t len) {
	Sawatch__Internal__Open *m = sawatch__internal__open__unpack(NULL, len, data);
	struct saw_broker_client client = {.collector = c->index, .generation = saw_child_generation(c->child)};
	const struct saw_config_device *d = m ? saw_setup_device(c->s->setup, c->index, m->device) : NULL;

	if (m && may_log_in(c, d, m))
		saw_broker_open(c->s->broker, &client, c->s->setup->config, d, m);
	sawatch__internal__open__free_unpacked(m, NULL);
}

static void collector_login(struct collector *c, const uint8_t *data, size_t len) {
	Sawatch__Internal__Login *m = sawatch__internal__login__unpack(NULL, len, data);
	const struct saw_config_device *d = m ? saw_setup_device(c->s->setup, c->index, m->device) : NULL;
	struct saw_ledger_login login;

	if (d && d->ssh && m->endpoint) {
		login = saw_setup_login(c->s->setup, d);
		saw_ledger_tell(c->s->ledger, &login, m->endpoint, (enum saw_ledger_outcome)m->outcome, uv_hrtime(),
						time(NULL));
		if (m->outcome == SAWATCH__INTERNAL__LOGIN__OUTCOME__DENIED)
			saw_log(SAW_LOG_WARNING, d->name, NULL,
					"the login at %s failed: not tried again within the hour, or until "
					"the configuration is read again",
					m->endpoint);
	}
	sawatch__internal__login__free_unpacked(m, NULL);
}

static void collector_schedule(struct collector *c, const uint8_t *data, size_t len) {
	Sawatch__Internal__Schedule *m = sawatch__internal__schedule__unpack(NULL, len, data);

	if (m) {
		if (m->lag_seconds > c->lag_seconds)
			c->lag_seconds = m->lag_seconds;
		c->missed = m->missed;
		c->s->figures_due = true;
	}
	sawatch__internal__schedule__free_unpacked(m, NULL);
}

static void collector_frame(void *ctx, struct saw_child *child, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	(void)child;
	if (fd >= 0)
		close(fd);
	if (kind == SAWATCH__INTERNAL__KIND__KIND_OPEN)
		collector_open(ctx, data, len);
	else if (kind == SAWATCH__INTERNAL__KIND__KIND_SCHEDULE)
		collector_schedule(ctx, data, len);
	else if (kind == SAWATCH__INTERNAL__KIND__KIND_LOGIN)
		collector_login(ctx, data, len);
}

static void collector_down(void *ctx, struct saw_child *child, const char *why) {
	struct collector *c = ctx;

	(void)child;
	c->missed_past += c->missed;
	c->missed = 0;
	c->s->restarts++;
	c->s->figures_due = true;
	send_lost(c, why);
	send_figures(c->s);
}

static void collector_gone(void *ctx, struct saw_child *child) {
	struct collector *c = ctx, **link = &c->s->collectors;
	struct supervisor *s = c->s;

	(void)child;
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	s->missed_gone += c->missed_past + c->missed;
	free(c);
	s->n_running--;
	balance(s);
}

/* What the broker opened goes to whoever asked, if that process still lives. */
static void opened(void *ctx, const struct saw_broker_client *client, const Sawatch__Internal__Opened *o, int fd) {
	struct supervisor *s = ctx;

	for (struct collector *c = s->collectors; c; c = c->next)
		if (c->index == client->collector && saw_child_generation(c->child) == client->generation) {
			send_or_log(c->child, SAWATCH__INTERNAL__KIND__KIND_OPENED, &o->base, fd);
			return;
		}
	if (fd >= 0)
		close(fd);
}

static void collector_create(struct supervisor *s, unsigned index, struct collector **at) {
	struct collector *c = calloc(1, sizeof *c);
	const struct saw_child_hooks hooks = {
		.ctx = c, .up = collector_up, .frame = collector_frame, .down = collector_down, .gone = collector_gone};
	char role[24];

	if (!c)
		return;
	*c = (struct collector){.s = s, .index = index, .next = *at};
	snprintf(role, sizeof role, "collector-%u", index + 1);
	c->child = saw_child_create(&s->loop, role, &s->options.child, &hooks);
	if (!c->child) {
		free(c);
		return;
	}
	*at = c;
	s->n_running++;
}

static void end_when_alone(struct supervisor *s) {
	if (s->stopping && s->n_running == 0 && saw_crew_running(s->crew) == 0)
		uv_stop(&s->loop);
}

/* As many collectors as the configuration asks for; ends the loop when everything has ended. */
static void balance(struct supervisor *s) {
	unsigned wanted = s->stopping ? 0 : s->setup->config->collectors, index = 0;
	struct collector **at = &s->collectors;

	while (!s->stopping && index < wanted) {
		if (!*at || (*at)->index != index)
			collector_create(s, index, at);
		if (!*at)
			return;
		index++;
		at = &(*at)->next;
	}
	for (struct collector *c = *at, *next; c; c = next) {
		next = c->next;
		if (!c->surplus) {
			c->surplus = true;
			saw_child_stop(c->child);
		}
	}
	end_when_alone(s);
}

/* ------------------------------------------------------------------------------------------------------------- the parts */

static void part_to_hub(void *ctx, const Sawatch__Internal__Part *m, int fd) {
	struct supervisor *s = ctx;

	if (s->hub && s->hub_ready)
		send_or_log(s->hub, SAWATCH__INTERNAL__KIND__KIND_PART, &m->base, fd);
	else if (fd >= 0)
		close(fd);
}

static void porter_to_hub(void *ctx, Sawatch__Internal__Kind kind, const ProtobufCMessage *m, int fd) {
	struct supervisor *s = ctx;

	if (s->hub)
		send_or_log(s->hub, kind, m, fd);
	else if (fd >= 0)
		close(fd);
}

static void part_ended(void *ctx) {
	end_when_alone(ctx);
}

static void configure_crew(struct supervisor *s) {
	char folder[PATH_MAX];

	saw_crew_configure(s->crew, s->setup->config, &s->setup->crew, state_folder(s, folder));
}

/* ------------------------------------------------------------------------------------------------------------ the daemon */

static void stop(struct supervisor *s, int status) {
	if (s->stopping)
		return;
	s->stopping = true;
	s->status = status;
	if (s->options.ready_file && s->listened_once)
		unlink(s->options.ready_file);
	if (s->hub)
		saw_child_stop(s->hub);
	saw_crew_stop(s->crew);
	balance(s);
}

static void on_stop(uv_signal_t *h, int signal) {
	struct supervisor *s = h->data;

	if (!s->stopping)
		saw_log(SAW_LOG_INFO, NULL, NULL, "stopping: %s", strsignal(signal));
	stop(s, 0);
}

/* What the configuration allows although it is weak is said each time that it is read. */
static void warn_of_weak(void *ctx, const struct saw_config_device *d, const char *sentence) {
	(void)ctx;
	saw_log(SAW_LOG_WARNING, d->name, NULL, "%s", sentence);
}

static const char *or_empty(const char *text) {
	return text ? text : "";
}

/* False: *setup is gone, and everything is as it was. */
static bool take_places(struct supervisor *s, struct saw_setup **setup, struct saw_err *err) {
	if (saw_porter_configure(s->porter, (*setup)->config, err) == 0)
		return true;
	saw_setup_destroy(*setup);
	return false;
}

static void on_reload(uv_signal_t *h, int signal) {
	struct supervisor *s = h->data;
	struct saw_setup *fresh;
	struct saw_err err = {0};

	(void)signal;
	if (s->stopping)
		return;
	s->figures_due = true;
	if (saw_setup_load(s->options.config_path, &fresh, &err) < 0 || !take_places(s, &fresh, &err)) {
		s->reload_failures++;
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the configuration is not changed: %s", err.text);
		send_figures(s);
		return;
	}
	if (strcmp(or_empty(fresh->config->state_dir), or_empty(s->setup->config->state_dir)) != 0)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "another state_dir takes effect when sawatchd is restarted");
	s->reloads++;
	saw_setup_destroy(s->setup);
	s->setup = fresh;
	configure_crew(s);
	saw_log(SAW_LOG_INFO, NULL, NULL, "configuration read again: %zu devices", fresh->config->n_devices);
	saw_ledger_clear(s->ledger);
	saw_setup_weak(fresh->config, warn_of_weak, NULL);
	/* The collectors get their tasks when the hub knows the devices. */
	if (s->hub)
		send_setup(s);
}

static void on_signal(struct supervisor *s, uv_signal_t *h, uv_signal_cb cb, int number) {
	uv_signal_init(&s->loop, h);
	h->data = s;
	uv_signal_start(h, cb, number);
}

static void close_handle(uv_handle_t *h, void *unused) {
	(void)unused;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

int saw_supervisor_run(const struct saw_supervisor_options *options, struct saw_setup *setup) {
	struct supervisor s = {.options = *options, .setup = setup, .started_ms = (int64_t)time(NULL) * 1000};
	const struct saw_child_hooks hub = {
		.ctx = &s, .up = hub_up, .frame = hub_frame, .down = hub_down, .gone = hub_gone};
	const struct saw_crew_hooks crew = {.ctx = &s, .tell_hub = part_to_hub, .ended = part_ended};
	const struct saw_porter_hooks porter = {.ctx = &s, .tell_hub = porter_to_hub};
	struct saw_err err = {0};
	int rc = uv_loop_init(&s.loop);

	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the event loop: %s", uv_strerror(rc));
		saw_setup_destroy(setup);
		return 1;
	}
	saw_setup_weak(setup->config, warn_of_weak, NULL);
	s.ledger = saw_ledger_create();
	s.broker = saw_broker_create(&s.loop, opened, &s);
	s.porter = saw_porter_create(&s.loop, &porter);
	if (s.porter && saw_porter_configure(s.porter, setup->config, &err) < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%s", err.text);
		_exit(1);
	}
	s.hub = s.porter ? saw_child_create(&s.loop, "hub", &options->child, &hub) : NULL;
	s.crew = saw_crew_create(&s.loop, &options->child, &crew);
	if (!s.ledger || !s.broker || !s.hub || !s.crew) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "no memory to start");
		_exit(1);
	}
	s.n_running = 1;
	configure_crew(&s);
	on_signal(&s, &s.term, on_stop, SIGTERM);
	on_signal(&s, &s.interrupt, on_stop, SIGINT);
	on_signal(&s, &s.hangup, on_reload, SIGHUP);
	uv_timer_init(&s.loop, &s.figures_timer);
	s.figures_timer.data = &s;
	uv_timer_start(&s.figures_timer, on_figures, FIGURES_MS, FIGURES_MS);
	balance(&s);
	uv_run(&s.loop, UV_RUN_DEFAULT);

	saw_setup_destroy(s.setup);
	saw_ledger_destroy(s.ledger);
	saw_crew_destroy(s.crew);
	saw_porter_destroy(s.porter);
	/* A resolver that hangs must not hold the end up: its thread cannot be stopped, and libuv would wait for it. */
	if (saw_broker_stop(s.broker)) {
		uv_run(&s.loop, UV_RUN_NOWAIT);
		if (saw_broker_stop(s.broker))
			_exit(s.status);
	}
	saw_broker_destroy(s.broker);
	uv_walk(&s.loop, close_handle, NULL);
	uv_run(&s.loop, UV_RUN_DEFAULT);
	uv_loop_close(&s.loop);
	return s.status;
}
