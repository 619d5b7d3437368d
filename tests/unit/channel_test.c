/* Frames and descriptors between two processes: whole, in pieces, too many, and at the end. */
#include "core/frame.h"
#include "daemon/message.h"
#include "io/channel.h"
#include "io/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* One end of a channel, and what came out of it. */
struct end {
	struct saw_channel *channel;
	unsigned frames;
	uint8_t kind;
	size_t len;
	bool intact; /* every byte of every frame was its length's low byte */
	int fd;
	bool closed, close_in_frame;
	int error;
};

struct pair {
	uv_loop_t loop;
	struct end a, b;
	int raw; /* a's socket, where a is not a channel */
};

static void on_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct end *e = ctx;

	e->frames++;
	e->kind = kind;
	e->len = len;
	for (size_t i = 0; i < len; i++)
		if (data[i] != (uint8_t)len)
			e->intact = false;
	if (e->fd >= 0)
		close(e->fd);
	e->fd = fd;
	if (e->close_in_frame) {
		saw_channel_close(e->channel);
		e->channel = NULL;
	}
}

static void on_closed(void *ctx, int error) {
	struct end *e = ctx;

	e->closed = true;
	e->error = error;
}

static void open_end(struct pair *p, struct end *e, int fd, size_t max_queued) {
	const struct saw_channel_hooks hooks = {.ctx = e, .frame = on_frame, .closed = on_closed};

	*e = (struct end){.intact = true, .fd = -1};
	assert_int_equal(saw_channel_open(&p->loop, fd, max_queued, &hooks, &e->channel), 0);
}

static int set_up(void **state) {
	struct pair *p = calloc(1, sizeof *p);
	int fds[2];

	if (!p || uv_loop_init(&p->loop) < 0 || saw_fdpass_pair(fds) < 0)
		return -1;
	p->raw = fds[0];
	p->a.fd = -1;
	open_end(p, &p->b, fds[1], 1 << 20);
	*state = p;
	return 0;
}

/* a becomes a channel too. */
static void open_a(struct pair *p, size_t max_queued) {
	open_end(p, &p->a, p->raw, max_queued);
	p->raw = -1;
}

static int tear_down(void **state) {
	struct pair *p = *state;
	int rc;

	saw_channel_close(p->a.channel);
	saw_channel_close(p->b.channel);
	if (p->raw >= 0)
		close(p->raw);
	if (p->a.fd >= 0)
		close(p->a.fd);
	if (p->b.fd >= 0)
		close(p->b.fd);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	rc = uv_loop_close(&p->loop);
	free(p);
	return rc;
}

/* Everything that is on its way arrives; both ends live in this loop, so nothing has to be waited for. */
static void settle(struct pair *p) {
	for (int i = 0; i < 200; i++)
		uv_run(&p->loop, UV_RUN_NOWAIT);
}

static int send_filled(struct saw_channel *c, uint8_t kind, size_t len, int fd) {
	uint8_t *bytes = malloc(len + 1);
	int rc;

	assert_non_null(bytes);
	memset(bytes, (uint8_t)len, len);
	rc = saw_channel_send(c, kind, bytes, len, fd);
	free(bytes);
	return rc;
}

static void frames_arrive_whole_and_in_order(void **state) {
	struct pair *p = *state;

	open_a(p, 16 << 20);
	assert_int_equal(send_filled(p->a.channel, 3, 0, -1), 0);
	assert_int_equal(send_filled(p->a.channel, 4, 77, -1), 0);
	assert_int_equal(send_filled(p->a.channel, 5, 5000001, -1), 0); /* more than a socket holds */
	assert_int_equal(send_filled(p->b.channel, 6, 9, -1), 0);       /* and the other way */
	settle(p);
	assert_int_equal(p->b.frames, 3);
	assert_int_equal(p->b.kind, 5);
	assert_int_equal(p->b.len, 5000001);
	assert_true(p->b.intact);
	assert_int_equal(p->a.frames, 1);
	assert_int_equal(p->a.kind, 6);
	assert_int_equal(p->b.fd, -1);
}

static void a_frame_may_come_byte_by_byte(void **state) {
	struct pair *p = *state;
	const uint8_t bytes[] = {0, 0, 0, 2, 9, 2, 2, 0, 0, 0, 0, 8};

	for (size_t i = 0; i < sizeof bytes; i++) {
		assert_int_equal(p->b.frames, i >= 7);
		assert_int_equal(write(p->raw, &bytes[i], 1), 1);
		settle(p);
	}
	assert_int_equal(p->b.frames, 2);
	assert_int_equal(p->b.kind, 8);
	assert_true(p->b.intact);
}

static bool same_file(int a, int b) {
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void a_descriptor_comes_with_its_own_frame(void **state) {
	struct pair *p = *state;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int null_again = open("/dev/null", O_RDONLY | O_CLOEXEC);

	open_a(p, 16 << 20);
	/* The first frame fills the socket, so that the others wait in the queue with theirs. */
	assert_int_equal(send_filled(p->a.channel, 1, 3000000, null), 0);
	p->b.fd = -1;
	settle(p);
	assert_int_equal(p->b.frames, 1);
	assert_true(same_file(p->b.fd, null_again));
	assert_int_not_equal(fcntl(p->b.fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(send_filled(p->a.channel, 2, 10, zero), 0);
	assert_int_equal(send_filled(p->a.channel, 3, 10, -1), 0);
	settle(p);
	assert_int_equal(p->b.frames, 3);
	assert_int_equal(p->b.fd, -1); /* the last one had none */
	/* What was sent is the sender's no more. */
	assert_int_equal(fcntl(null, F_GETFD), -1);
	close(null_again);
}

static void a_promised_descriptor_that_is_missing_ends_the_channel(void **state) {
	struct pair *p = *state;
	const uint8_t bytes[] = {0, 0, 0, 0, 0x81};

	assert_int_equal(write(p->raw, bytes, sizeof bytes), sizeof bytes);
	settle(p);
	assert_true(p->b.closed);
	assert_int_equal(p->b.error, SAW_EPROTO);
	assert_int_equal(p->b.frames, 0);
}

static void descriptors_without_frames_end_the_channel(void **state) {
	struct pair *p = *state;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* One frame that never ends, and a descriptor with each of its bytes. */
	assert_int_equal(write(p->raw, (const uint8_t[]){0, 1, 0, 0, 1}, 5), 5);
	for (int i = 0; i < 100 && !p->b.closed; i++) {
		saw_fdpass_send(p->raw, "x", 1, fd);
		settle(p);
	}
	close(fd);
	assert_true(p->b.closed);
	assert_int_equal(p->b.error, SAW_EPROTO);
}

static void a_length_that_cannot_be_ends_the_channel(void **state) {
	struct pair *p = *state;

	assert_int_equal(write(p->raw, (const uint8_t[]){0xff, 0, 0, 0, 1}, 5), 5);
	settle(p);
	assert_true(p->b.closed);
	assert_int_equal(p->b.error, SAW_ELIMIT);
}

static void the_queue_is_bounded(void **state) {
	struct pair *p = *state;
	unsigned sent = 0;
	int rc = 0;

	open_a(p, 1 << 20);
	/* Nobody reads: the loop does not run. */
	while (sent < 1000 && (rc = send_filled(p->a.channel, 1, 100000, -1)) == 0)
		sent++;
	assert_int_equal(rc, SAW_ELIMIT);
	assert_in_range(sent, 10, 30); /* a MiB, and what the socket took */
	assert_int_equal(send_filled(p->a.channel, 0x80, 1, -1), -EINVAL);
	settle(p);
	assert_int_equal(p->b.frames, sent);
	assert_true(p->b.intact);
	/* There is room again. */
	assert_int_equal(send_filled(p->a.channel, 1, 100000, -1), 0);
}

static void a_frame_before_the_end_is_not_lost(void **state) {
	struct pair *p = *state;

	assert_int_equal(write(p->raw, (const uint8_t[]){0, 0, 0, 0, 7}, 5), 5);
	send_filled(p->b.channel, 1, 10, -1); /* unread by a when it closes: the socket is reset */
	close(p->raw);
	p->raw = -1;
	settle(p);
	assert_int_equal(p->b.frames, 1);
	assert_int_equal(p->b.kind, 7);
	assert_true(p->b.closed);
	assert_int_equal(p->b.error, 0);
	assert_int_equal(send_filled(p->b.channel, 1, 10, -1), -EPIPE);
}

static void a_channel_may_be_closed_from_its_own_callback(void **state) {
	struct pair *p = *state;

	p->b.close_in_frame = true;
	assert_int_equal(write(p->raw, (const uint8_t[]){0, 0, 0, 0, 1, 0, 0, 0, 0, 2}, 10), 10);
	settle(p);
	assert_int_equal(p->b.frames, 1);
	assert_false(p->b.closed);
}

static void more_than_one_descriptor_at_once_is_refused(void **state) {
	struct pair *p = *state;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec iov = {.iov_base = (char[]){0}, .iov_len = 1};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), (const int[]){0, 1}, 2 * sizeof(int));
	assert_int_equal(sendmsg(p->raw, &msg, 0), 1);
	settle(p);
	assert_true(p->b.closed);
	assert_int_equal(p->b.error, SAW_EPROTO);
}

static void a_message_is_packed_into_a_frame(void **state) {
	struct pair *p = *state;
	Sawatch__Internal__Open m = SAWATCH__INTERNAL__OPEN__INIT;
	char device[] = "ASA-XFW01";

	open_a(p, 1 << 20);
	m.has_id = 1;
	m.id = 5;
	m.device = device;
	assert_int_equal(saw_message_send(p->a.channel, SAWATCH__INTERNAL__KIND__KIND_OPEN, &m.base, -1), 0);
	settle(p);
	assert_int_equal(p->b.kind, SAWATCH__INTERNAL__KIND__KIND_OPEN);
	assert_int_equal(p->b.len, sawatch__internal__open__get_packed_size(&m));
	assert_int_equal(saw_message_send(p->a.channel, SAWATCH__INTERNAL__KIND__KIND_SAMPLES, NULL, -1), 0);
	settle(p);
	assert_int_equal(p->b.kind, SAWATCH__INTERNAL__KIND__KIND_SAMPLES);
	assert_int_equal(p->b.len, 0);
}

static void the_load_is_found_in_a_packed_sample(void **state) {
	Sawatch__V1__DeviceSample s = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	uint8_t packed[256];
	size_t n;

	(void)state;
	s.device = (char *)(uintptr_t) "ASA-XFW01";
	s.has_observed_at_ms = s.has_poll_duration_seconds = s.has_uptime_seconds = 1;
	s.observed_at_ms = 1700000000000;
	s.poll_duration_seconds = 1.5;
	s.uptime_seconds = 99;
	n = sawatch__v1__device_sample__pack(&s, packed);
	assert_int_equal(saw_message_cpu(packed, n), -1);
	s.has_cpu_percent = 1;
	s.cpu_percent = 83;
	n = sawatch__v1__device_sample__pack(&s, packed);
	assert_int_equal(saw_message_cpu(packed, n), 83);
	for (size_t cut = 0; cut < n; cut++)
		assert_true(saw_message_cpu(packed, cut) <= 83); /* and nothing beyond is read */
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_load_is_found_in_a_packed_sample),
		cmocka_unit_test_setup_teardown(frames_arrive_whole_and_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_frame_may_come_byte_by_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_descriptor_comes_with_its_own_frame, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_promised_descriptor_that_is_missing_ends_the_channel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(descriptors_without_frames_end_the_channel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_length_that_cannot_be_ends_the_channel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_queue_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_frame_before_the_end_is_not_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_channel_may_be_closed_from_its_own_callback, set_up, tear_down),
		cmocka_unit_test_setup_teardown(more_than_one_descriptor_at_once_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_is_packed_into_a_frame, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
