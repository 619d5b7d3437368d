/* A session with a peer that is silent, talks nonsense, goes away or holds it fast: it never waits, and it always ends. */
#include "collectors/ssh/libssh.h"
#include "collectors/ssh/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)
#define WALL 1767225600000

struct seen {
	unsigned done;
	bool needs_descriptor;
	enum saw_ssh_login login;
	Sawatch__V1__DeviceSample *sample;
};

static struct seen seen;
static struct saw_ssh_session *session;
static int peer;

static void on_done(void *ctx, const struct saw_ssh_outcome *o) {
	struct seen *s = ctx;

	s->done++;
	s->needs_descriptor = o->needs_descriptor;
	s->login = o->login;
	s->sample = o->len ? sawatch__v1__device_sample__unpack(NULL, o->len, o->sample) : NULL;
}

static int setup(void **state) {
	const struct saw_ssh_target target = {
		.device = "ASA-XFW01",
		.platform = SAWATCH__V1__PLATFORM__PLATFORM_ASA,
		.self = {.name = "ASA-XFW01", .host = "192.0.2.1", .port = 22, .user = "u", .password = "secret"},
		.timeout_ns = 5 * SECOND,
		.command_ns = 10 * SECOND,
		.deadline_ns = 60 * SECOND,
		.max_bytes = 1 << 20,
	};
	const struct saw_ssh_session_hooks hooks = {.ctx = &seen, .done = on_done};

	(void)state;
	seen = (struct seen){0};
	session = saw_ssh_session_create(&target, &hooks);
	return session ? 0 : -1;
}

static int teardown(void **state) {
	(void)state;
	saw_ssh_session_destroy(session);
	sawatch__v1__device_sample__free_unpacked(seen.sample, NULL);
	if (peer > 0)
		close(peer);
	peer = 0;
	return 0;
}

static void begin(uint64_t now_ns) {
	int fds[2];
	struct saw_ssh_job job = {.detail = true, .agent_fd = -1};

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	peer = fds[1];
	job.fd = fds[0];
	saw_ssh_session_poll(session, &job, now_ns, WALL);
}

static void ended(Sawatch__V1__PollError error_class, const char *words) {
	struct pollfd fds[SAW_SSH_FDS_MAX];
	char byte;

	assert_int_equal(seen.done, 1);
	assert_non_null(seen.sample);
	assert_true(seen.sample->has_error_class);
	if (seen.sample->error_class != error_class || !strstr(seen.sample->error, words))
		fail_msg("%d: %s", (int)seen.sample->error_class, seen.sample->error);
	assert_int_equal(seen.sample->source, SAWATCH__V1__SOURCE__SOURCE_SSH);
	assert_int_equal(seen.sample->observed_at_ms, WALL);
	/* No secret was sent, nothing is kept open, and nothing more is waited for. */
	assert_int_equal(seen.login, SAW_SSH_LOGIN_NONE);
	assert_int_equal(saw_ssh_session_fds(session, fds), 0);
	assert_true(saw_ssh_session_next_ns(session) == UINT64_MAX);
	while (recv(peer, &byte, 1, 0) == 1)
		;
	assert_int_equal(recv(peer, &byte, 1, 0), 0);
}

static void without_a_session_a_descriptor_is_needed(void **state) {
	const struct saw_ssh_job job = {.fd = -1, .agent_fd = -1};

	(void)state;
	saw_ssh_session_poll(session, &job, SECOND, WALL);
	assert_int_equal(seen.done, 1);
	assert_true(seen.needs_descriptor);
	assert_null(seen.sample);
}

static void a_silent_peer_is_left_when_the_time_has_come(void **state) {
	struct pollfd fds[SAW_SSH_FDS_MAX];

	(void)state;
	begin(SECOND);
	assert_int_equal(seen.done, 0);
	assert_int_equal(saw_ssh_session_fds(session, fds), 1);
	assert_true(saw_ssh_session_next_ns(session) == 6 * SECOND);
	saw_ssh_session_step(session, 6 * SECOND - 1, WALL);
	assert_int_equal(seen.done, 0);
	saw_ssh_session_step(session, 6 * SECOND, WALL);
	ended(SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT, "handshake took too long");
}

static void a_peer_that_hangs_up_is_named(void **state) {
	(void)state;
	begin(SECOND);
	shutdown(peer, SHUT_WR);
	for (unsigned i = 0; i < 5 && !seen.done; i++)
		saw_ssh_session_step(session, 2 * SECOND, WALL);
	ended(SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT, "the device ended the connection");
}

static void nonsense_is_no_ssh(void **state) {
	static const char *const texts[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-1.5-Cisco-1.25\r\n"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (i)
			assert_int_equal(setup(state), 0);
		begin(SECOND);
		assert_true(send(peer, texts[i], strlen(texts[i]), 0) > 0);
		shutdown(peer, SHUT_WR);
		for (unsigned k = 0; k < 5 && !seen.done; k++)
			saw_ssh_session_step(session, 2 * SECOND, WALL);
		assert_int_equal(seen.done, 1);
		assert_true(seen.sample->error_class == SAWATCH__V1__POLL_ERROR__POLL_ERROR_PROTOCOL ||
					seen.sample->error_class == SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT);
		assert_int_equal(seen.login, SAW_SSH_LOGIN_NONE);
		if (i == 0)
			teardown(state);
	}
}

/* What the watchdog does, from another thread. */
static void a_session_that_is_held_fast_is_ended_by_force(void **state) {
	(void)state;
	begin(SECOND);
	saw_ssh_session_abort(session);
	for (unsigned i = 0; i < 5 && !seen.done; i++)
		saw_ssh_session_step(session, 2 * SECOND, WALL);
	ended(SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT, "ended the connection");
	saw_ssh_session_abort(session); /* of what has ended already */
}

static void a_session_can_go_in_the_middle(void **state) {
	(void)state;
	begin(SECOND);
	assert_int_equal(seen.done, 0); /* the teardown destroys it; nobody is called */
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(without_a_session_a_descriptor_is_needed),
		TEST(a_silent_peer_is_left_when_the_time_has_come),
		TEST(a_peer_that_hangs_up_is_named),
		TEST(nonsense_is_no_ssh),
		TEST(a_session_that_is_held_fast_is_ended_by_force),
		TEST(a_session_can_go_in_the_middle),
	};

	return saw_sshwire_init() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
