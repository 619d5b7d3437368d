/* The queue of what is to be sent: order, restarts, an end at any byte, limits, and a disk that takes nothing more. */
#include "exporters/push/queue.h"
#include "exporters/push/segment.h"

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

static const struct saw_queue_limits wide = {.disk_bytes = 64U << 20, .memory_bytes = 1U << 20};

struct place {
	char top[64], folder[96];
};

static int make_place(void **state) {
	struct place *p = calloc(1, sizeof *p);

	if (!p)
		return -1;
	snprintf(p->top, sizeof p->top, "/tmp/sawatch-queue-XXXXXX");
	if (!mkdtemp(p->top))
		return -1;
	snprintf(p->folder, sizeof p->folder, "%s/push/there", p->top);
	*state = p;
	return 0;
}

static int remove_place(void **state) {
	struct place *p = *state;
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", p->top);
	free(p);
	return system(command);
}

static struct saw_queue *open_queue(const char *folder, const struct saw_queue_limits *limits, char *note) {
	struct saw_queue *q = NULL;
	struct saw_err err = {0};

	if (saw_queue_open(folder, limits, note, &q, &err))
		fail_msg("%s", err.text);
	return q;
}

static int add(struct saw_queue *q, unsigned number, size_t len) {
	char *body = calloc(1, len + 1);
	int rc;

	assert_non_null(body);
	memset(body, 'a' + (int)(number % 26), len);
	snprintf(body, len, "body %u", number);
	rc = saw_queue_add(
		q, &(struct saw_queue_item){.body = (uint8_t *)body, .len = len, .samples = 10, .time_ms = 1000 + number});
	free(body);
	return rc;
}

/* The number of the head; -1: nothing waits. */
static int head(struct saw_queue *q) {
	struct saw_queue_item item;
	unsigned number;

	if (!saw_queue_head(q, &item))
		return -1;
	assert_int_equal(sscanf((const char *)item.body, "body %u", &number), 1);
	assert_int_equal(item.samples, 10);
	assert_int_equal(item.time_ms, 1000 + number);
	return (int)number;
}

static int take(struct saw_queue *q) {
	int number = head(q);

	saw_queue_done(q);
	return number;
}

static size_t files(const char *folder, char *last, size_t n) {
	DIR *d = opendir(folder);
	struct dirent *e;
	size_t count = 0;

	assert_non_null(d);
	if (last)
		*last = 0;
	while ((e = readdir(d)))
		if (strstr(e->d_name, ".segment")) {
			count++;
			if (last && strcmp(e->d_name, strrchr(last, '/') ? strrchr(last, '/') + 1 : "") > 0)
				snprintf(last, n, "%s/%s", folder, e->d_name);
		}
	closedir(d);
	return count;
}

static void order_is_kept(void **state) {
	struct place *p = *state;
	char note[SAW_ERR_TEXT_MAX];

	for (int memory = 0; memory < 2; memory++) {
		struct saw_queue *q = open_queue(memory ? NULL : p->folder, &wide, note);

		assert_string_equal(note, "");
		assert_int_equal(head(q), -1);
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(add(q, i, 100), 0);
		saw_queue_commit(q);
		assert_int_equal(saw_queue_figures(q).samples, 50);
		assert_int_equal(saw_queue_figures(q).bytes, 500);
		assert_int_equal(head(q), 0);
		assert_int_equal(head(q), 0);
		for (int i = 0; i < 5; i++)
			assert_int_equal(take(q), i);
		assert_int_equal(take(q), -1);
		assert_int_equal(add(q, 7, 100), 0);
		assert_int_equal(take(q), 7);
		assert_int_equal(saw_queue_figures(q).samples, 0);
		assert_int_equal(saw_queue_figures(q).dropped, 0);
		assert_null(saw_queue_trouble(q));
		saw_queue_close(q);
	}
}

/* Over many files, with restarts between: each once, in order; and the files go. */
static void restarts_lose_and_repeat_nothing(void **state) {
	struct place *p = *state;
	char note[SAW_ERR_TEXT_MAX];
	unsigned added = 0;
	int taken = 0;

	for (int round = 0; round < 40; round++) {
		struct saw_queue *q = open_queue(p->folder, &wide, note);

		assert_string_equal(note, "");
		assert_int_equal(saw_queue_figures(q).samples, (added - (unsigned)taken) * 10);
		for (int i = 0; i < 7; i++)
			assert_int_equal(add(q, added++, 40000), 0);
		for (int i = 0; i < (round < 20 ? 3 : 11) && taken < (int)added; i++)
			assert_int_equal(take(q), taken++);
		assert_int_equal(head(q), taken < (int)added ? taken : -1); /* and the end comes while it is under way */
		saw_queue_close(q);
	}
	assert_int_equal(taken, (int)added);
	saw_queue_close(open_queue(p->folder, &wide, note));
	assert_in_range(files(p->folder, NULL, 0), 0, 2);
}

static void copy_until(const char *from, const char *to, size_t n) {
	char *bytes = malloc(n + 1);
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_non_null(bytes);
	assert_int_equal(read(in, bytes, n), n);
	assert_int_equal(write(out, bytes, n), n);
	close(in);
	close(out);
	free(bytes);
}

/* As a kill leaves it: the file ends anywhere. What is whole is there, and what comes is behind it. */
static void an_end_at_any_byte_is_survived(void **state) {
	struct place *p = *state;
	const size_t record = SAW_SEGMENT_RECORD + 50;
	char note[SAW_ERR_TEXT_MAX], file[512], folder[128], cut[700];
	struct saw_queue *q = open_queue(p->folder, &wide, note);

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(add(q, i, 50), 0);
	saw_queue_close(q);
	assert_int_equal(files(p->folder, file, sizeof file), 1);
	for (size_t n = 0; n <= SAW_SEGMENT_HEAD + 3 * record; n++) {
		const int whole = n < SAW_SEGMENT_HEAD ? 0 : (int)((n - SAW_SEGMENT_HEAD) / record);

		snprintf(folder, sizeof folder, "%s/cut-%zu", p->top, n);
		snprintf(cut, sizeof cut, "%s/%s", folder, strrchr(file, '/') + 1);
		mkdir(folder, 0700);
		copy_until(file, cut, n);
		q = open_queue(folder, &wide, note);
		assert_string_equal(note, "");
		assert_int_equal(saw_queue_figures(q).samples, whole * 10);
		assert_int_equal(add(q, (unsigned)whole, 50), 0);
		saw_queue_close(q);
		/* Half a record that is not in the newest file is no news either. */
		q = open_queue(folder, &wide, note);
		assert_string_equal(note, "");
		for (int i = 0; i <= whole; i++)
			assert_int_equal(take(q), i);
		assert_int_equal(take(q), -1);
		saw_queue_close(q);
	}
}

/* The disk gives back something else: what is before it is there, the rest is counted, and what comes is taken. */
static void broken_bytes_are_said(void **state) {
	struct place *p = *state;
	char note[SAW_ERR_TEXT_MAX], file[512];
	struct saw_queue *q = open_queue(p->folder, &wide, note);
	int fd;

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(add(q, i, 50), 0);
	assert_int_equal(take(q), 0);
	files(p->folder, file, sizeof file);
	fd = open(file, O_RDWR);
	assert_int_equal(pwrite(fd, "X", 1, SAW_SEGMENT_HEAD + SAW_SEGMENT_RECORD + 50 + SAW_SEGMENT_RECORD + 9), 1);
	close(fd);
	assert_int_equal(head(q), -1);
	assert_null(saw_queue_trouble(q)); /* it takes what comes */
	assert_int_equal(saw_queue_figures(q).broken, 1);
	assert_int_equal(saw_queue_figures(q).dropped, 20);
	assert_int_equal(add(q, 3, 50), 0);
	assert_int_equal(take(q), 3);
	saw_queue_close(q);

	q = open_queue(p->folder, &wide, note);
	for (unsigned i = 4; i < 7; i++)
		assert_int_equal(add(q, i, 50), 0);
	saw_queue_close(q);
	files(p->folder, file, sizeof file);
	fd = open(file, O_RDWR);
	assert_int_equal(pwrite(fd, "X", 1, SAW_SEGMENT_HEAD + SAW_SEGMENT_RECORD + 50 + SAW_SEGMENT_RECORD + 9), 1);
	close(fd);
	q = open_queue(p->folder, &wide, note);
	assert_non_null(strstr(note, ".segment: malformed input; what is behind byte 82 of it is lost"));
	assert_int_equal(take(q), 4);
	assert_int_equal(take(q), -1);
	saw_queue_close(q);
}

/* Other bytes, or an end, anywhere in any file: what comes out is whole, in order, each once; and what comes is taken. */
static void random_damage_is_survived(void **state) {
	enum { BODIES = 60, ROUNDS = 40 };
	struct place *p = *state;
	char note[SAW_ERR_TEXT_MAX], command[512], folder[128], file[512];
	struct saw_queue *q = open_queue(p->folder, &wide, note);
	unsigned random = 20261123;
	struct dirent *e;

	for (unsigned i = 0; i < BODIES; i++)
		assert_int_equal(add(q, i, 8000), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(q), i);
	saw_queue_close(q);
	snprintf(folder, sizeof folder, "%s/damaged", p->top);
	for (int round = 0; round < ROUNDS; round++) {
		int last = -1, number, fd;
		DIR *d;

		snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", folder, p->folder, folder);
		assert_int_equal(system(command), 0);
		d = opendir(folder);
		while ((e = readdir(d))) {
			struct stat st;
			uint8_t byte;
			off_t at;

			snprintf(file, sizeof file, "%s/%s", folder, e->d_name);
			random = random * 1103515245 + 12345;
			if (!strstr(file, ".segment") || random / 65536 % 3 == 0 || stat(file, &st) < 0)
				continue;
			at = (off_t)((random = random * 1103515245 + 12345) / 64 % (unsigned)st.st_size);
			if (round % 3 == 0)
				at %= 200; /* heads */
			fd = open(file, O_RDWR);
			assert_int_equal(pread(fd, &byte, 1, at), 1);
			byte ^= (uint8_t)(1 + random % 255);
			assert_int_equal(round % 2 ? (int)pwrite(fd, &byte, 1, at) - 1 : ftruncate(fd, at), 0);
			close(fd);
		}
		closedir(d);
		q = open_queue(folder, &wide, note);
		for (unsigned i = BODIES; i < BODIES + 5; i++)
			assert_int_equal(add(q, i, 8000), 0);
		while ((number = take(q)) >= 0) {
			assert_true(number > last);
			last = number;
		}
		assert_int_equal(last, BODIES + 4);
		assert_int_equal(saw_queue_figures(q).samples, 0);
		assert_int_equal(saw_queue_figures(q).bytes, 0);
		assert_int_equal(add(q, BODIES + 5, 100), 0);
		saw_queue_close(q);
		q = open_queue(folder, &wide, note);
		assert_string_equal(note, "");
		assert_int_equal(take(q), BODIES + 5);
		saw_queue_close(q);
	}
}

static void the_oldest_goes_first(void **state) {
	const struct saw_queue_limits small = {.disk_bytes = 1U << 20, .memory_bytes = 1U << 20};
	struct place *p = *state;
	char note[SAW_ERR_TEXT_MAX];
	struct saw_queue_figures f;
	struct saw_queue *q = open_queue(p->folder, &small, note);
	int first;

	assert_int_equal(add(q, 0, 30000), 0);
	assert_int_equal(head(q), 0); /* it is under way while its file goes */
	for (unsigned i = 1; i < 100; i++)
		assert_int_equal(add(q, i, 30000), 0);
	f = saw_queue_figures(q);
	assert_in_range(f.bytes, 800000, 1U << 20);
	assert_int_equal(take(q), 0);
	first = head(q);
	assert_int_equal(f.dropped, (first - 1) * 10);
	assert_int_equal(f.samples, (100 - first) * 10);
	for (int i = first; i < 100; i++)
		assert_int_equal(take(q), i);
	assert_int_equal(add(q, 100, 2U << 20), SAW_ELIMIT);
	assert_int_equal(saw_queue_figures(q).dropped, f.dropped + 10);
	saw_queue_close(q);

	q = open_queue(NULL, &small, note);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(add(q, i, 100000), 0);
	assert_int_equal(saw_queue_figures(q).dropped, 300);
	assert_int_equal(take(q), 30);
	saw_queue_close(q);
}

/* A disk without room, by a limit on the size of files. */
static void a_full_disk_is_survived(void **state) {
	struct place *p = *state;
	const struct saw_queue_limits limits = {.disk_bytes = 64U << 20, .memory_bytes = 20000};
	char note[SAW_ERR_TEXT_MAX];
	struct saw_queue *q = open_queue(p->folder, &limits, note);
	struct rlimit before;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(add(q, 0, 5000), 0);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){12000, before.rlim_max});
	for (unsigned i = 1; i < 5; i++)
		assert_int_equal(add(q, i, 5000), 0);
	saw_queue_commit(q);
	assert_non_null(saw_queue_trouble(q));
	assert_int_equal(saw_queue_figures(q).samples, 50);
	assert_int_equal(take(q), 0);
	assert_int_equal(add(q, 5, 5000), 0);
	assert_int_equal(saw_queue_figures(q).dropped, 0);
	for (unsigned i = 6; i < 9; i++)
		assert_int_equal(add(q, i, 5000), 0);
	assert_int_equal(saw_queue_figures(q).dropped, 30);
	assert_int_equal(take(q), 1);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(add(q, 9, 5000), 0);
	assert_null(saw_queue_trouble(q));
	saw_queue_close(q);
	q = open_queue(p->folder, &limits, note);
	assert_string_equal(note, "");
	for (int i = 5; i < 10; i++)
		assert_int_equal(take(q), i);
	assert_int_equal(take(q), -1);
	saw_queue_close(q);
}

static void a_folder_that_cannot_be_is_an_error(void **state) {
	struct saw_queue *q = NULL;
	struct saw_err err = {0};
	char note[SAW_ERR_TEXT_MAX];

	(void)state;
	assert_int_not_equal(saw_queue_open("/dev/null/push", &wide, note, &q, &err), 0);
	assert_non_null(strstr(err.text, "/dev/null/push: Not a directory"));
	assert_null(q);
}

int main(void) {
#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		IN_PLACE(order_is_kept),
		IN_PLACE(restarts_lose_and_repeat_nothing),
		IN_PLACE(an_end_at_any_byte_is_survived),
		IN_PLACE(broken_bytes_are_said),
		IN_PLACE(random_damage_is_survived),
		IN_PLACE(the_oldest_goes_first),
		IN_PLACE(a_full_disk_is_survived),
		cmocka_unit_test(a_folder_that_cannot_be_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
