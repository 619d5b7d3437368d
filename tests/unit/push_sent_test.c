/* The series that were sent, over restarts, kills at any byte, bytes that are others, and a disk that takes nothing more. */
#include "exporters/push/segment.h"
#include "exporters/push/sent.h"

#include <dirent.h>
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

#define MANY 3000

static char folder[64], file[96];
static bool there[MANY], ended[MANY];
static unsigned n_ended;

static int make_place(void **state) {
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sawatch-sent-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof file, "%s/sent.series", folder);
	memset(there, 0, sizeof there);
	return 0;
}

static int remove_place(void **state) {
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

static void on_end(void *ctx, const void *key, size_t len) {
	const char *number = strrchr(key, '-');
	unsigned i = number ? (unsigned)atoi(number + 1) : MANY;

	(void)ctx;
	assert_int_equal(strlen(key) + 1, len);
	assert_true(i < MANY);
	assert_false(ended[i]);
	ended[i] = true;
	n_ended++;
}

/* A snapshot with those that are there: `many` bodies on the way. */
static void snapshot(struct saw_sent *s, struct saw_series_set *set, unsigned many) {
	char key[128];

	memset(ended, 0, sizeof ended);
	n_ended = 0;
	saw_series_begin(set);
	for (unsigned i = 0; i < MANY; i++) {
		if (i % (MANY / many) == 0)
			saw_sent_begun(s);
		if (!there[i])
			continue;
		snprintf(key, sizeof key, "name=sawatch_tunnel_traffic_bytes_total,device=ASA-XFW01,tunnel=berlin-%u", i);
		assert_non_null(saw_series_seen(set, key, strlen(key) + 1));
	}
	saw_series_end(set, on_end, NULL);
	saw_sent_commit(s);
}

static uint64_t file_size(void) {
	struct stat st;

	return stat(file, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

static void an_end_between_two_runs_is_found(void **state) {
	(void)state;
	for (int round = 0; round < 30; round++) {
		struct saw_series_set *set = saw_series_create((uint64_t)round);
		struct saw_sent *s = saw_sent_open(folder, set);
		unsigned expected = 0;
		bool before[MANY];

		assert_null(saw_sent_trouble(s));
		memcpy(before, there, sizeof before);
		for (unsigned i = 0; i < MANY; i++) {
			there[i] = (i * 7 + (unsigned)round * 13) % 5 != 0;
			expected += before[i] && !there[i];
		}
		snapshot(s, set, 10);
		assert_int_equal(n_ended, expected);
		for (unsigned i = 0; i < MANY; i++)
			assert_int_equal(ended[i], before[i] && !there[i]);
		snapshot(s, set, 1); /* each once */
		assert_int_equal(n_ended, 0);
		saw_sent_close(s);
		saw_series_destroy(set);
	}
	assert_in_range(file_size(), 2400 * 2, 1 << 20); /* keys share what they begin with; history goes */
}

/* Nothing is written when nothing comes or goes. */
static void what_stays_costs_nothing(void **state) {
	struct saw_series_set *set = saw_series_create(1);
	struct saw_sent *s = saw_sent_open(folder, set);
	struct stat before, after;

	(void)state;
	memset(there, 1, sizeof there);
	snapshot(s, set, 10);
	assert_int_equal(stat(file, &before), 0);
	for (int i = 0; i < 5; i++)
		snapshot(s, set, 10);
	assert_int_equal(stat(file, &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
	/* Those that come and go for ever do not let it grow for ever. */
	for (int i = 0; i < 40; i++) {
		memset(there, i % 2, MANY / 2);
		snapshot(s, set, 10);
	}
	assert_in_range(file_size(), before.st_size / 2, 4 * before.st_size);
	saw_sent_close(s);
	saw_series_destroy(set);
}

static void put_file(const uint8_t *bytes, size_t n) {
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* Cut anywhere, or with another byte anywhere: some ends may be missed, none is invented, and the next run is whole again. */
static void broken_files_are_survived(void **state) {
	static uint8_t bytes[1 << 20];
	struct saw_series_set *set = saw_series_create(1);
	struct saw_sent *s = saw_sent_open(folder, set);
	unsigned random = 4711;
	size_t n;
	int fd;

	(void)state;
	for (unsigned i = 0; i < MANY; i += 10)
		there[i] = true;
	snapshot(s, set, 4);
	for (unsigned i = 0; i < MANY; i += 40)
		there[i] = false;
	snapshot(s, set, 4);
	saw_sent_close(s);
	saw_series_destroy(set);
	fd = open(file, O_RDONLY);
	n = (size_t)read(fd, bytes, sizeof bytes);
	close(fd);
	for (int round = 0; round < 600; round++) {
		size_t at = (random = random * 1103515245 + 12345) / 65536 % n;
		const uint8_t was = bytes[at];

		bytes[at] ^= (uint8_t)(1 + (random >> 20) % 255);
		put_file(bytes, round % 2 ? n : at);
		bytes[at] = was;
		set = saw_series_create(1);
		s = saw_sent_open(folder, set);
		snapshot(s, set, 4);
		for (unsigned i = 0; i < MANY; i++)
			assert_false(ended[i] && i % 40); /* what went away before may be there again, where its end was broken */
		assert_null(saw_sent_trouble(s));
		saw_sent_close(s);
		saw_series_destroy(set);
		set = saw_series_create(2);
		s = saw_sent_open(folder, set);
		assert_null(saw_sent_trouble(s));
		assert_int_equal(saw_series_count(set), 225);
		saw_sent_close(s);
		saw_series_destroy(set);
	}
}

static void a_full_disk_is_said_and_made_good(void **state) {
	struct saw_series_set *set = saw_series_create(1);
	struct saw_sent *s = saw_sent_open(folder, set);
	struct rlimit before;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	there[0] = there[1] = true;
	snapshot(s, set, 1);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){2000, before.rlim_max});
	memset(there, 1, sizeof there);
	snapshot(s, set, 3);
	assert_non_null(saw_sent_trouble(s));
	there[1] = false;
	snapshot(s, set, 3);
	assert_int_equal(n_ended, 1);
	setrlimit(RLIMIT_FSIZE, &before);
	snapshot(s, set, 3);
	assert_null(saw_sent_trouble(s));
	saw_sent_close(s);
	saw_series_destroy(set);
	set = saw_series_create(1);
	s = saw_sent_open(folder, set);
	assert_int_equal(saw_series_count(set), MANY - 1);
	saw_sent_close(s);
	saw_series_destroy(set);
}

int main(void) {
#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		IN_PLACE(an_end_between_two_runs_is_found),
		IN_PLACE(what_stays_costs_nothing),
		IN_PLACE(broken_files_are_survived),
		IN_PLACE(a_full_disk_is_said_and_made_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
