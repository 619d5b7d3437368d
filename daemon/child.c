#include "config.h"

#include "daemon/child.h"

#include "daemon/schedule.h"
#include "io/fdpass.h"
#include "io/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENVIRONMENT_MAX 8
#define MOST_QUEUED (128U << 20)
#define PATIENCE_MS 1500       /* from the end of the channel to the kill */
#define STEADY_MS (60 * 1000U) /* a child that lived this long begins anew */

struct saw_child {
	uv_loop_t *loop;
	char role[24];
	struct saw_child_options options;
	struct saw_child_hooks hooks;
	uv_process_t process;
	uv_timer_t timer; /* to kill it while it runs, to start it while it does not */
	struct saw_channel *channel;
	bool running, stopping; /* running: until libuv has let go of the process */
	uint64_t generation, started_ms;
	unsigned deaths;
	char why[64];
};

static void start(struct saw_child *c);

static void on_timer_closed(uv_handle_t *h) {
	free(h->data);
}

static void on_restart(uv_timer_t *t) {
	start(t->data);
}

static void on_patience(uv_timer_t *t) {
	struct saw_child *c = t->data;

	if (c->running && !uv_is_closing((uv_handle_t *)&c->process))
		uv_process_kill(&c->process, SIGKILL);
}

/* Both the process and its channel are at their end, or one never began. */
static void down(struct saw_child *c) {
	uint64_t wait;

	uv_timer_stop(&c->timer);
	if (c->stopping) {
		c->hooks.gone(c->hooks.ctx, c);
		uv_close((uv_handle_t *)&c->timer, on_timer_closed);
		return;
	}
	c->deaths = uv_now(c->loop) - c->started_ms > STEADY_MS ? 1 : c->deaths + 1;
	wait = saw_schedule_backoff_ms(c->deaths);
	saw_log(SAW_LOG_ERROR, NULL, NULL, "%s %s; it is started again in %u s", c->role, c->why, (unsigned)(wait / 1000));
	c->hooks.down(c->hooks.ctx, c, c->why);
	/* The hook may have told it to stop. */
	if (!uv_is_closing((uv_handle_t *)&c->timer))
		uv_timer_start(&c->timer, on_restart, wait, 0);
}

static void on_process_closed(uv_handle_t *h) {
	struct saw_child *c = h->data;

	c->running = false;
	if (!c->channel)
		down(c);
}

static void on_process_exit(uv_process_t *p, int64_t status, int signal) {
	struct saw_child *c = p->data;

	if (signal)
		snprintf(c->why, sizeof c->why, "was killed by signal %d (%s)", signal, strsignal(signal));
	else
		snprintf(c->why, sizeof c->why, "ended with status %d", (int)status);
	uv_close((uv_handle_t *)p, on_process_closed);
}

static void on_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct saw_child *c = ctx;

	c->hooks.frame(c->hooks.ctx, c, kind, data, len, fd);
}

static void on_channel_closed(void *ctx, int error) {
	struct saw_child *c = ctx;

	if (error)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "channel to %s: %s", c->role, saw_strerror(error));
	saw_channel_close(c->channel);
	c->channel = NULL;
	if (c->running)
		uv_timer_start(&c->timer, on_patience, PATIENCE_MS, 0);
	else
		down(c);
}

/* What to execute: this very program, also when its file was replaced or removed since. */
static void own_path(char *out, size_t n) {
	static const char deleted[] = " (deleted)";
	size_t len = n;

	if (uv_exepath(out, &len) < 0 || (len >= sizeof deleted && strcmp(out + len - (sizeof deleted - 1), deleted) == 0))
		snprintf(out, n, "/proc/self/exe");
}

/* Secrets may lie in the environment (…_env): children get what they need of it, and nothing else. */
static void pass_environment(char **out) {
	static const char *const passed[] = {"JOURNAL_STREAM", "LANG", "LC_ALL", "TZ", "ASAN_OPTIONS", "UBSAN_OPTIONS"};
	size_t n = 0;

	for (char **e = environ; *e; e++)
		for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
			size_t len = strlen(passed[i]);

			if (strncmp(*e, passed[i], len) == 0 && (*e)[len] == '=' && n < ENVIRONMENT_MAX)
				out[n++] = *e;
		}
	out[n] = NULL;
}

static int spawn(struct saw_child *c, int fd) {
	char name[] = "sawatchd", no_sandbox[] = "--no-sandbox", path[4096], role[40], level[32];
	char *args[] = {name, role, level, c->options.sandbox ? NULL : no_sandbox, NULL};
	uv_stdio_container_t stdio[SAW_CHILD_FD + 1] = {
		{.flags = UV_IGNORE},
		{.flags = UV_IGNORE},
		{.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
		{.flags = UV_INHERIT_FD, .data.fd = fd},
	};
	char *env[ENVIRONMENT_MAX + 1];
	uv_process_options_t o = {
		.exit_cb = on_process_exit, .file = path, .args = args, .env = env, .stdio = stdio, .stdio_count = 4};

	pass_environment(env);
	own_path(path, sizeof path);
	snprintf(role, sizeof role, "--child=%s", c->role);
	snprintf(level, sizeof level, "--log-level=%s", c->options.log_level);
	if (c->options.drop) {
		o.flags = UV_PROCESS_SETUID | UV_PROCESS_SETGID; /* and no supplementary groups */
		o.uid = c->options.uid;
		o.gid = c->options.gid;
	}
	return uv_spawn(c->loop, &c->process, &o);
}

static void start(struct saw_child *c) {
	const struct saw_channel_hooks hooks = {.ctx = c, .frame = on_frame, .closed = on_channel_closed};
	int fds[2] = {-1, -1};
	int rc = saw_fdpass_pair(fds);

	c->generation++;
	c->started_ms = uv_now(c->loop);
	if (rc < 0) {
		snprintf(c->why, sizeof c->why, "could not be started: %s", saw_strerror(rc));
		down(c);
		return;
	}
	rc = spawn(c, fds[1]);
	c->running = true;
	close(fds[1]);
	if (rc < 0) {
		/* libuv wants the handle closed also when nothing was started; `down` comes from there. */
		close(fds[0]);
		snprintf(c->why, sizeof c->why, "could not be started: %s", uv_strerror(rc));
		uv_close((uv_handle_t *)&c->process, on_process_closed);
	} else if (saw_channel_open(c->loop, fds[0], MOST_QUEUED, &hooks, &c->channel) < 0) {
		uv_process_kill(&c->process, SIGKILL);
	} else {
		c->hooks.up(c->hooks.ctx, c);
	}
}

struct saw_child *saw_child_create(uv_loop_t *loop, const char *role, const struct saw_child_options *options,
								   const struct saw_child_hooks *hooks) {
	struct saw_child *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->loop = loop;
	snprintf(c->role, sizeof c->role, "%s", role);
	c->options = *options;
	c->hooks = *hooks;
	uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	c->process.data = c;
	/* From the loop, so that `up` never comes before the caller has the child. */
	uv_timer_start(&c->timer, on_restart, 0, 0);
	return c;
}

void saw_child_stop(struct saw_child *c) {
	if (c->stopping)
		return;
	c->stopping = true;
	saw_channel_close(c->channel);
	c->channel = NULL;
	if (c->running)
		uv_timer_start(&c->timer, on_patience, PATIENCE_MS, 0);
	else
		down(c);
}

struct saw_channel *saw_child_channel(const struct saw_child *c) {
	return c->channel;
}

uint64_t saw_child_generation(const struct saw_child *c) {
	return c->generation;
}

const char *saw_child_role(const struct saw_child *c) {
	return c->role;
}
