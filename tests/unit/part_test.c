/* A part of the daemon in a process of its own: set up with its secrets, fed with snapshots it asks for, joined to another hub, ended. */
#include "daemon/feed.h"
#include "daemon/message.h"
#include "daemon/part.h"
#include "io/fdpass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 20000

static const char config_text[] = "devices:\n- {name: ASA-XFW01, platform: asa, files: [{path: x}]}\n";
static const struct saw_secret_ref token = {.file = "/etc/token"}, other = {.env = "OTHER"};

/* ---------------------------------------------------------------------------------------------- the part, in its process */

struct fake {
	struct saw_part_process *process;
	uv_timer_t timer;
	unsigned seen, configured;
};

static bool wanted(const struct saw_config *c) {
	return c->n_devices > 0;
}

static void *create(struct saw_part_process *p, uv_loop_t *loop, struct saw_err *err) {
	struct fake *f = calloc(1, sizeof *f);

	(void)err;
	f->process = p;
	uv_timer_init(loop, &f->timer);
	f->timer.data = f;
	return f;
}

static int configure(void *part, const struct saw_config *c, const char *state_dir, struct saw_err *err) {
	struct fake *f = part;

	if (c->n_devices != 1 || !state_dir || strcmp(state_dir, "/var/lib/x") != 0)
		return saw_err_set(err, SAW_ECONFIG, "not what was sent");
	if (f->configured++ == 0)
		saw_part_ask(f->process);
	return 0;
}

/* Tells what it saw, and asks for the next. */
static void take(void *part, Sawatch__V1__Snapshot *s) {
	struct fake *f = part;
	Sawatch__V1__Exporter e = SAWATCH__V1__EXPORTER__INIT;
	const char *secret = saw_part_secret(f->process, &token), *none = saw_part_secret(f->process, &other);
	char text[128];

	snprintf(text, sizeof text, "%u of %zu devices, %s, %s, set up %u times", ++f->seen, s->n_devices,
			 secret ? secret : "no secret", none ? none : "none", f->configured);
	e.error = text;
	sawatch__v1__snapshot__free_unpacked(s, NULL);
	saw_part_tell(f->process, &e);
	saw_part_ask(f->process);
}

static void free_fake(uv_handle_t *h) {
	free(h->data);
}

static void destroy(void *part) {
	struct fake *f = part;

	uv_close((uv_handle_t *)&f->timer, free_fake);
}

static const struct saw_part fake = {
	.role = "fake", .wanted = wanted, .create = create, .configure = configure, .snapshot = take, .destroy = destroy};
static const struct saw_part *const parts[] = {&fake};

const struct saw_part *const *saw_parts(size_t *n) {
	*n = 1;
	return parts;
}

/* ------------------------------------------------------------------------------------------------- the daemon, in this one */

struct daemon {
	uv_loop_t loop;
	uv_timer_t tick, deadline;
	struct saw_channel *to_part;
	struct saw_store *store;
	struct saw_feeds *feeds;
	pid_t pid;
	const char *awaited; /* what the part is to say */
	bool came, late, closed;
	int64_t now_ms;
};

static struct saw_snapshot *snapshot(void *ctx) {
	struct daemon *d = ctx;

	return saw_store_snapshot(d->store, d->now_ms);
}

static const Sawatch__V1__Exporter *shown(struct daemon *d, struct saw_snapshot **s) {
	*s = saw_store_snapshot(d->store, d->now_ms);
	return (*s)->pb->n_exporters ? (*s)->pb->exporters[0] : NULL;
}

/* The one there must be. */
static const Sawatch__V1__Exporter *must_show(struct daemon *d, struct saw_snapshot **s) {
	static const Sawatch__V1__Exporter none = SAWATCH__V1__EXPORTER__INIT;
	const Sawatch__V1__Exporter *e = shown(d, s);

	assert_non_null(e);
	return e ? e : &none; /* compilers do not know that a failed assertion does not return */
}

static void says(void *ctx, const char *role, Sawatch__V1__Exporter *e) {
	struct daemon *d = ctx;

	assert_string_equal(role, "fake");
	d->came |= d->awaited && e->error && strcmp(e->error, d->awaited) == 0;
	saw_store_exporter_says(d->store, role, e);
	if (d->came)
		uv_stop(&d->loop);
}

static void on_tick(uv_timer_t *t) {
	struct daemon *d = t->data;

	d->now_ms += 1001;
	saw_feeds_tick(d->feeds);
}

static void on_deadline(uv_timer_t *t) {
	struct daemon *d = t->data;

	d->late = true;
	uv_stop(&d->loop);
}

static void on_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	(void)ctx;
	(void)kind;
	(void)data;
	(void)len;
	(void)fd;
}

static void on_closed(void *ctx, int error) {
	struct daemon *d = ctx;

	(void)error;
	d->closed = true;
	uv_stop(&d->loop);
}

static void await(struct daemon *d, const char *text) {
	d->awaited = text;
	d->came = false;
	uv_timer_start(&d->deadline, on_deadline, PATIENCE_MS, 0);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_timer_stop(&d->deadline);
	assert_false(d->late);
}

static void send_setup(struct daemon *d, const char *text) {
	Sawatch__Internal__PartSetup m = SAWATCH__INTERNAL__PART_SETUP__INIT;
	Sawatch__Internal__Secret s = SAWATCH__INTERNAL__SECRET__INIT, *list[] = {&s};

	m.path = (char *)(uintptr_t) "test.yml";
	m.has_text = 1;
	m.text.data = (uint8_t *)(uintptr_t)text;
	m.text.len = strlen(text);
	m.state_dir = (char *)(uintptr_t) "/var/lib/x";
	s.file = (char *)(uintptr_t)token.file;
	s.value = (char *)(uintptr_t) "invented";
	m.secrets = list;
	m.n_secrets = 1;
	assert_int_equal(saw_message_send(d->to_part, SAWATCH__INTERNAL__KIND__KIND_PART_SETUP, &m.base, -1), 0);
}

static void join(struct daemon *d) {
	int fds[2];

	assert_int_equal(saw_fdpass_pair(fds), 0);
	saw_feeds_add(d->feeds, "fake", fds[0]);
	assert_int_equal(saw_message_send(d->to_part, SAWATCH__INTERNAL__KIND__KIND_FEED, NULL, fds[1]), 0);
}

static int begin(void **state) {
	struct daemon *d = calloc(1, sizeof *d);
	const struct saw_channel_hooks hooks = {.ctx = d, .frame = on_frame, .closed = on_closed};
	const struct saw_feeds_hooks feeds = {.ctx = d, .snapshot = snapshot, .says = says};
	struct saw_config *c;
	struct saw_err err;
	int fds[2];

	*state = d;
	d->now_ms = 1700000000000;
	assert_int_equal(saw_fdpass_pair(fds), 0);
	d->pid = fork();
	assert_true(d->pid >= 0);
	if (d->pid == 0) {
		close(fds[0]);
		_exit(saw_part_run(saw_part_find("fake"), fds[1], false));
	}
	close(fds[1]);
	uv_loop_init(&d->loop);
	uv_timer_init(&d->loop, &d->tick);
	uv_timer_init(&d->loop, &d->deadline);
	d->tick.data = d->deadline.data = d;
	uv_timer_start(&d->tick, on_tick, 1, 1);
	d->store = saw_store_create(d->now_ms);
	d->feeds = saw_feeds_create(&d->loop, &feeds);
	assert_int_equal(saw_config_parse("test.yml", config_text, strlen(config_text), &c, &err), 0);
	assert_int_equal(saw_store_configure(d->store, c, d->now_ms), 0);
	saw_config_destroy(c);
	assert_int_equal(saw_channel_open(&d->loop, fds[0], 1 << 20, &hooks, &d->to_part), 0);
	assert_int_equal(saw_store_exporter(d->store, "fake", true, 0, NULL), 0);
	return 0;
}

static int finish(void **state) {
	struct daemon *d = *state;

	saw_channel_close(d->to_part);
	saw_feeds_destroy(d->feeds);
	uv_close((uv_handle_t *)&d->tick, NULL);
	uv_close((uv_handle_t *)&d->deadline, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	saw_store_destroy(d->store);
	if (d->pid)
		waitpid(d->pid, NULL, 0);
	free(d);
	return 0;
}

static int status_of(struct daemon *d) {
	int status;

	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	d->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void it_gets_the_snapshots_it_asks_for(void **state) {
	struct daemon *d = *state;
	const Sawatch__V1__Exporter *e;
	struct saw_snapshot *s;

	send_setup(d, config_text);
	join(d);
	await(d, "3 of 1 devices, invented, none, set up 1 times");
	e = must_show(d, &s);
	assert_string_equal(e->name, "fake");
	assert_true(e->has_up && e->up);
	assert_string_equal(e->error, "3 of 1 devices, invented, none, set up 1 times");
	saw_snapshot_unref(s);
}

static void another_hub_is_told_again_and_asked_again(void **state) {
	struct daemon *d = *state;

	send_setup(d, config_text);
	join(d);
	await(d, "1 of 1 devices, invented, none, set up 1 times");
	saw_feeds_drop(d->feeds, "fake");
	saw_store_exporter_gone(d->store, "fake");
	assert_int_equal(saw_store_exporter(d->store, "fake", true, 7, NULL), 0);
	send_setup(d, config_text);
	join(d);
	await(d, "4 of 1 devices, invented, none, set up 2 times");
}

static void what_the_daemon_knows_of_the_process_comes_first(void **state) {
	struct daemon *d = *state;
	const Sawatch__V1__Exporter *e;
	struct saw_snapshot *s;

	send_setup(d, config_text);
	join(d);
	await(d, "1 of 1 devices, invented, none, set up 1 times");
	assert_int_equal(saw_store_exporter(d->store, "fake", false, 3, "the process was killed"), 0);
	e = must_show(d, &s);
	assert_false(e->up);
	assert_int_equal(e->restarts, 3);
	assert_string_equal(e->error, "the process was killed");
	saw_snapshot_unref(s);
	saw_store_exporter_gone(d->store, "fake");
	assert_null(shown(d, &s));
	saw_snapshot_unref(s);
}

/* A hub whose first snapshot cannot be read. */
struct bad_hub {
	struct daemon *d;
	struct saw_channel *to_part;
	unsigned asked;
};

static void on_asked(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct bad_hub *h = ctx;

	(void)data;
	(void)len;
	(void)fd;
	if (kind == SAWATCH__INTERNAL__KIND__KIND_ASK && ++h->asked == 1)
		assert_int_equal(saw_channel_send(h->to_part, SAWATCH__INTERNAL__KIND__KIND_SNAPSHOT, "\xff", 1, -1), 0);
	else if (h->asked == 2)
		uv_stop(&h->d->loop);
}

static void a_snapshot_that_cannot_be_read_is_not_the_last(void **state) {
	struct bad_hub h = {.d = *state};
	const struct saw_channel_hooks hooks = {.ctx = &h, .frame = on_asked, .closed = on_closed};
	int fds[2];

	send_setup(h.d, config_text);
	assert_int_equal(saw_fdpass_pair(fds), 0);
	assert_int_equal(saw_channel_open(&h.d->loop, fds[0], 1 << 20, &hooks, &h.to_part), 0);
	assert_int_equal(saw_message_send(h.d->to_part, SAWATCH__INTERNAL__KIND__KIND_FEED, NULL, fds[1]), 0);
	await(h.d, NULL);
	assert_int_equal(h.asked, 2);
	saw_channel_close(h.to_part);
}

static void it_ends_with_the_supervisor(void **state) {
	struct daemon *d = *state;

	send_setup(d, config_text);
	join(d);
	await(d, "1 of 1 devices, invented, none, set up 1 times");
	saw_channel_close(d->to_part);
	d->to_part = NULL;
	uv_run(&d->loop, UV_RUN_NOWAIT);
	assert_int_equal(status_of(d), 0);
}

static void a_set_up_that_cannot_be_ends_it(void **state) {
	struct daemon *d = *state;

	send_setup(d, "devices: []\n");
	await(d, NULL);
	assert_true(d->closed);
	saw_channel_close(d->to_part);
	d->to_part = NULL;
	assert_int_equal(status_of(d), 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_gets_the_snapshots_it_asks_for, begin, finish),
		cmocka_unit_test_setup_teardown(another_hub_is_told_again_and_asked_again, begin, finish),
		cmocka_unit_test_setup_teardown(what_the_daemon_knows_of_the_process_comes_first, begin, finish),
		cmocka_unit_test_setup_teardown(a_snapshot_that_cannot_be_read_is_not_the_last, begin, finish),
		cmocka_unit_test_setup_teardown(it_ends_with_the_supervisor, begin, finish),
		cmocka_unit_test_setup_teardown(a_set_up_that_cannot_be_ends_it, begin, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
