/* Notices on the disk: over restarts, cut at any byte, with other bytes anywhere, and on a disk that takes nothing more. */
#include "daemon/outbox.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const both[] = {"noc", "late"};
static char folder[64], file[96];
static uint64_t seen[4096];
static size_t n_seen;

static int make_place(void **state) {
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sawatch-outbox-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof file, "%s/t-outbox", folder);
	return 0;
}

static int remove_place(void **state) {
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

static struct saw_notice *make(uint64_t serial) {
	struct saw_notice *n = saw_notice_named("sawTunnelDown");

	assert_non_null(n);
	n->at_ms = 1000 + (int64_t)serial;
	n->state = 2;
	n->id = (int32_t)(serial * 7);
	n->uptime = (uint32_t)serial;
	snprintf(n->device, sizeof n->device, "ASA-XFW01");
	snprintf(n->about, sizeof n->about, "berlin-%u", (unsigned)serial);
	snprintf(n->key, sizeof n->key, "TASA-XFW01\x1f%s", n->about);
	n->n = 3;
	for (size_t i = 0; i < n->n; i++) {
		n->objects[i].n = 4;
		n->objects[i].rel[0] = 1;
		n->objects[i].rel[3] = (uint32_t)i;
	}
	saw_notice_number(n, serial);
	saw_mib_put_text(&n->objects[1].value, n->about);
	saw_mib_put_number(&n->objects[2].value, SAW_MIB_TAG_INTEGER, (uint64_t)-3);
	return n;
}

static void look(void *ctx, struct saw_notice *n) {
	struct saw_notice *expected = make(n->serial);

	(void)ctx;
	assert_memory_equal(n, expected, sizeof *n);
	seen[n_seen++] = n->serial;
	saw_notice_destroy(n);
	saw_notice_destroy(expected);
}

static struct saw_outbox *open_outbox(uint64_t serial) {
	struct saw_outbox *o = saw_outbox_open(folder, "t");

	n_seen = 0;
	saw_outbox_each(o, look, NULL);
	saw_outbox_receivers(o, both, 2, serial);
	return o;
}

static void put(struct saw_outbox *o, uint64_t from, uint64_t to) {
	for (uint64_t i = from; i <= to; i++) {
		struct saw_notice *n = make(i);

		saw_outbox_put(o, n);
		saw_notice_destroy(n);
	}
	saw_outbox_commit(o);
}

static size_t file_size(void) {
	struct stat st;

	return stat(file, &st) < 0 ? 0 : (size_t)st.st_size;
}

static void each_is_owed_until_it_is_done(void **state) {
	struct saw_outbox *o = open_outbox(0);

	(void)state;
	put(o, 1, 3);
	saw_outbox_done(o, "noc", 2);
	assert_false(saw_outbox_owes(o, "noc", 2));
	assert_true(saw_outbox_owes(o, "noc", 3));
	assert_true(saw_outbox_owes(o, "late", 1));
	assert_false(saw_outbox_owes(o, "nobody", 1));
	saw_outbox_close(o);

	o = open_outbox(3);
	assert_int_equal(n_seen, 3);
	assert_int_equal(seen[2], 3);
	assert_false(saw_outbox_owes(o, "noc", 2));
	assert_true(saw_outbox_owes(o, "noc", 3));
	assert_true(saw_outbox_owes(o, "late", 1));
	/* One is not told any more; who comes anew is told what comes. */
	saw_outbox_receivers(o, (const char *const[]){"noc", "new"}, 2, 3);
	assert_false(saw_outbox_owes(o, "late", 1));
	assert_false(saw_outbox_owes(o, "new", 3));
	put(o, 4, 4);
	assert_true(saw_outbox_owes(o, "new", 4));
	saw_outbox_close(o);
	o = open_outbox(4);
	assert_false(saw_outbox_owes(o, "late", 4));
	saw_outbox_close(o);
}

static void what_is_done_goes(void **state) {
	struct saw_outbox *o = open_outbox(0);

	(void)state;
	for (uint64_t i = 0; i < 60; i++) {
		put(o, i * 20 + 1, i * 20 + 20);
		saw_outbox_done(o, "noc", i * 20 + 20);
		saw_outbox_done(o, "late", i * 20 + 3);
		saw_outbox_tidy(o, i * 20 + 11);
	}
	assert_in_range(file_size(), 1, 400 << 10);
	saw_outbox_close(o);
	o = open_outbox(0);
	assert_int_equal(seen[n_seen - 1], 1200);
	for (size_t i = 1; i < n_seen; i++)
		assert_int_equal(seen[i], seen[i - 1] + 1);
	assert_true(saw_outbox_owes(o, "late", 1184));
	assert_false(saw_outbox_owes(o, "late", 1183));
	saw_outbox_tidy(o, 1200);
	saw_outbox_close(o);
	o = open_outbox(0);
	assert_int_equal(n_seen, 17);
	saw_outbox_close(o);
}

/* What is whole before it is there, and what comes is kept. */
static void broken_files_are_survived(void **state) {
	static uint8_t bytes[1 << 16];
	struct saw_outbox *o = open_outbox(0);
	unsigned random = 4711;
	size_t n;
	int fd;

	(void)state;
	for (uint64_t i = 1; i <= 20; i++) {
		put(o, i, i);
		saw_outbox_done(o, "noc", i);
	}
	saw_outbox_close(o);
	fd = open(file, O_RDONLY);
	n = (size_t)read(fd, bytes, sizeof bytes);
	close(fd);
	for (int round = 0; round < 120; round++) {
		const size_t at = (random = random * 1103515245 + 12345) / 65536 % n, len = round % 2 ? n : at;
		const uint8_t was = bytes[at];
		size_t before;

		bytes[at] ^= (uint8_t)(1 + (random >> 20) % 255);
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(write(fd, bytes, len), len);
		close(fd);
		bytes[at] = was;
		o = open_outbox(20);
		before = n_seen;
		for (size_t i = 0; i < n_seen; i++)
			assert_int_equal(seen[i], i + 1);
		put(o, 21, 22);
		saw_outbox_done(o, "late", 21);
		saw_outbox_close(o);
		o = open_outbox(22);
		assert_int_equal(n_seen, before + 2);
		assert_int_equal(seen[n_seen - 1], 22);
		assert_false(saw_outbox_owes(o, "late", 21));
		assert_true(saw_outbox_owes(o, "late", 22));
		saw_outbox_close(o);
	}
}

static void a_full_disk_stops_nothing(void **state) {
	struct saw_outbox *o = open_outbox(0);
	struct rlimit before;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	put(o, 1, 1);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){file_size() + 100, before.rlim_max});
	put(o, 2, 2);
	saw_outbox_done(o, "noc", 2);
	assert_false(saw_outbox_owes(o, "noc", 2));
	setrlimit(RLIMIT_FSIZE, &before);
	put(o, 3, 3);
	saw_outbox_close(o);
	o = open_outbox(0);
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[1], 3);
	saw_outbox_close(o);

	o = saw_outbox_open(NULL, "t"); /* nothing may be kept */
	saw_outbox_receivers(o, both, 2, 0);
	put(o, 4, 4);
	assert_true(saw_outbox_owes(o, "noc", 4));
	saw_outbox_done(o, "noc", 4);
	assert_false(saw_outbox_owes(o, "noc", 4));
	saw_outbox_close(o);
}

int main(void) {
#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		IN_PLACE(each_is_owed_until_it_is_done),
		IN_PLACE(what_is_done_goes),
		IN_PLACE(broken_files_are_survived),
		IN_PLACE(a_full_disk_stops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
