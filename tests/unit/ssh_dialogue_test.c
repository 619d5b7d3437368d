/* The dialogue with a device's command line: each transcript of tests/fixtures/ssh, whole and cut in many ways, comes to the same. */
#include "collectors/ssh/dialogue.h"
#include "tests/fixtures/ssh_player.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

static void load(const char *path, struct saw_buf *text) {
	FILE *f = fopen(path, "rb");
	char bytes[4096];
	size_t n;

	if (!f)
		fail_msg("%s cannot be read", path);
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		saw_buf_put(text, bytes, n);
	fclose(f);
	assert_int_equal(saw_buf_error(text), 0);
}

/* False, and said why, where it does not come to what the transcript says. */
static bool play(const char *path, const struct saw_buf *text, struct saw_player_cut cut) {
	struct saw_buf report = SAW_BUF_INIT(1 << 20);
	bool same = saw_player_play(saw_buf_text(text), text->len, &cut, NULL, &report) == 0;

	if (!same)
		fprintf(stderr, "%s, pieces of %zu, seed %u, %u ms between them: %s\n", path, cut.piece, cut.seed,
				(unsigned)(cut.gap_ns / MS), saw_buf_text(&report));
	saw_buf_free(&report);
	return same;
}

/* Whole, byte by byte, and cut by chance. */
static bool play_in_many_ways(const char *path, const struct saw_buf *text) {
	bool same = play(path, text, (struct saw_player_cut){0}) && play(path, text, (struct saw_player_cut){.piece = 1}) &&
				play(path, text, (struct saw_player_cut){.piece = 1, .gap_ns = 3 * MS}) &&
				play(path, text, (struct saw_player_cut){.piece = 2, .gap_ns = 5 * MS});

	for (unsigned seed = 1; same && seed <= 50; seed++)
		same = play(path, text, (struct saw_player_cut){.piece = 1 + seed, .seed = seed, .gap_ns = seed % 3 * MS});
	return same;
}

/* What is recorded of a session plays to the same end, and the secret is not in it. */
static bool play_what_was_recorded(const char *path, const struct saw_buf *text) {
	struct saw_buf record = SAW_BUF_INIT(1 << 20), report = SAW_BUF_INIT(1 << 20);
	const struct saw_player_cut cut = {.piece = 7, .seed = 3, .gap_ns = MS};
	bool same;

	saw_player_play(saw_buf_text(text), text->len, &cut, &record, &report);
	assert_null(strstr(saw_buf_text(&record), "s3cret"));
	same = play(path, &record, (struct saw_player_cut){0});
	saw_buf_free(&record);
	saw_buf_free(&report);
	return same;
}

static void test_transcripts(void **state) {
	const char *top = getenv("top_srcdir");
	struct saw_buf text = SAW_BUF_INIT(1 << 20);
	char folder[1024], path[2048];
	struct dirent *e;
	unsigned n = 0, faults = 0;
	DIR *dir;

	(void)state;
	snprintf(folder, sizeof folder, "%s/tests/fixtures/ssh", top ? top : ".");
	dir = opendir(folder);
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		saw_buf_reset(&text);
		load(path, &text);
		faults += !play_in_many_ways(path, &text) || !play_what_was_recorded(path, &text);
		n++;
	}
	closedir(dir);
	saw_buf_free(&text);
	assert_true(n >= 20);
	assert_int_equal(faults, 0);
}

/* ------------------------------------------------------------------------------------------------------ without a transcript */

struct session {
	struct saw_dialogue *dialogue;
	uint64_t now;
	struct saw_buf typed;
	uint64_t handed, notices;
	unsigned answered, idle, closed;
	enum saw_dialogue_end end;
	Sawatch__V1__PollError error_class;
	const struct saw_dialogue_command *then; /* to be run when idle */
};

static void on_send(void *ctx, const char *bytes, size_t n, bool secret) {
	struct session *s = ctx;

	assert_false(secret);
	saw_buf_put(&s->typed, bytes, n);
}

static void on_text(void *ctx, size_t i, const char *bytes, size_t n) {
	(void)i;
	(void)bytes;
	((struct session *)ctx)->handed += n;
}

static void on_answered(void *ctx, size_t i, const struct saw_dialogue_result *r) {
	struct session *s = ctx;

	(void)i;
	s->answered++;
	s->end = r->end;
}

static void on_idle(void *ctx) {
	struct session *s = ctx;

	s->idle++;
	if (s->then)
		assert_int_equal(saw_dialogue_run(s->dialogue, s->then, 1, s->now), 0);
	s->then = NULL;
}

static void on_closed(void *ctx, Sawatch__V1__PollError error_class, const char *error) {
	struct session *s = ctx;

	assert_true(error[0]);
	s->closed++;
	s->error_class = error_class;
}

static void on_notice(void *ctx, enum saw_dialogue_notice kind, struct saw_str line) {
	(void)kind;
	(void)line;
	((struct session *)ctx)->notices++;
}

static const struct saw_dialogue_command version = {"show version", 60 * SECOND, 1000};

static void pass(struct session *s, uint64_t ns) {
	uint64_t end = s->now + ns, next;

	while ((next = saw_dialogue_next_ns(s->dialogue)) <= end) {
		s->now = next > s->now ? next : s->now;
		saw_dialogue_timer(s->dialogue, s->now);
	}
	s->now = end;
}

static void come(struct session *s, const char *text) {
	saw_dialogue_bytes(s->dialogue, text, strlen(text), s->now);
	pass(s, SECOND / 2);
}

static void begin(struct session *s) {
	const struct saw_dialogue_options options = {
		.device = "x", .platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, .prompt_ns = 30 * SECOND};
	const struct saw_dialogue_hooks hooks = {s, on_send, on_text, on_answered, on_idle, on_closed, on_notice};

	*s = (struct session){.typed = SAW_BUF_INIT(1 << 20)};
	s->dialogue = saw_dialogue_create(&options, &hooks, 0);
	assert_non_null(s->dialogue);
}

/* To where the first command was typed. */
static void log_in(struct session *s) {
	come(s, "R#");
	come(s, "\r\nR#");
	come(s, "terminal length 0\r\nR#");
	come(s, "terminal width 512\r\nR#");
	saw_buf_reset(&s->typed);
}

static void end(struct session *s) {
	saw_dialogue_destroy(s->dialogue);
	saw_buf_free(&s->typed);
}

/* One run at a time; the next one may be asked for from `idle`; a run of nothing is a login. */
static void test_runs(void **state) {
	struct session s;

	(void)state;
	begin(&s);
	assert_int_equal(saw_dialogue_run(s.dialogue, NULL, 0, 0), 0);
	assert_int_equal(saw_dialogue_run(s.dialogue, &version, 1, 0), -EBUSY);
	assert_string_equal(saw_dialogue_hostname(s.dialogue), "");
	log_in(&s);
	assert_int_equal(s.idle, 1);
	assert_string_equal(saw_dialogue_hostname(s.dialogue), "R");
	assert_true(saw_dialogue_privileged(s.dialogue));
	assert_int_equal(saw_dialogue_next_ns(s.dialogue), UINT64_MAX);
	/* A device that talks while nobody asks. */
	come(&s, "\r\n*Nov 23 13:36:41.123: %SYS-5-CONFIG_I: Configured\r\nR#");
	assert_int_equal(s.notices, 1);
	assert_int_equal(s.typed.len, 0);
	s.then = &version;
	assert_int_equal(saw_dialogue_run(s.dialogue, &version, 1, s.now), 0);
	come(&s, "show version\r\nx\r\nR#");
	assert_int_equal(s.answered, 1);
	assert_int_equal(s.idle, 2);
	assert_int_equal(saw_dialogue_run(s.dialogue, &version, 1, s.now), -EBUSY);
	come(&s, "show version\r\nx\r\nR#");
	assert_int_equal(s.answered, 2);
	assert_int_equal(s.idle, 3);
	assert_string_equal(saw_buf_text(&s.typed), "show version\nshow version\n");
	saw_dialogue_eof(s.dialogue, s.now);
	assert_int_equal(s.closed, 1);
	assert_int_equal(s.error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT);
	assert_int_equal(saw_dialogue_run(s.dialogue, &version, 1, s.now), -EPIPE);
	saw_dialogue_eof(s.dialogue, s.now);
	come(&s, "R#");
	pass(&s, 100 * SECOND);
	assert_int_equal(s.closed, 1);
	end(&s);
	saw_dialogue_destroy(NULL);
}

/* What the list does not have is not even taken. */
static void test_not_permitted(void **state) {
	static const char *const typed[] = {"clear crypto sa", "show version | redirect flash:x", "show version\nreload",
										"enable", ""};
	struct session s;

	(void)state;
	begin(&s);
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		const struct saw_dialogue_command commands[] = {version, {typed[i], SECOND, 1000}};

		assert_true(saw_dialogue_run(s.dialogue, commands, 2, 0) < 0);
	}
	assert_int_equal(saw_dialogue_run(s.dialogue, &version, 1, 0), 0);
	end(&s);
}

/* What never ends is ended by the deadline, and takes no memory. */
static void test_endless(void **state) {
	static const char *const floods[] = {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
										 "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
										 "a line\r\n",
										 "%SYS-5-CONFIG_I: Configured\r\n",
										 "\x1b[1;1;1;1;1;1",
										 "\x1b]0;title",
										 "R#\r\n",
										 "\r\n***\r\n*** --- SHUTDOWN in 0:00:10 ---\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
		struct session s;

		begin(&s);
		assert_int_equal(saw_dialogue_run(s.dialogue, &version, 1, 0), 0);
		log_in(&s);
		come(&s, "show version\r\n");
		for (unsigned turn = 0; turn < 20000 && !s.closed; turn++) {
			saw_dialogue_bytes(s.dialogue, floods[i], strlen(floods[i]), s.now);
			pass(&s, 10 * MS);
		}
		assert_true(s.handed <= version.max_bytes);
		assert_int_equal(s.closed, 1);
		assert_int_equal(s.answered, 1);
		assert_int_equal(s.end, SAW_DIALOGUE_LATE);
		assert_int_equal(s.error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
		end(&s);
	}
}

/* Pages without end are asked for until the deadline, one at a time. */
static void test_endless_pages(void **state) {
	struct session s;
	unsigned pages = 0;

	(void)state;
	begin(&s);
	assert_int_equal(saw_dialogue_run(s.dialogue, &version, 1, 0), 0);
	log_in(&s);
	come(&s, "show version\r\n");
	for (saw_buf_reset(&s.typed); !s.closed && pages < 1000; pages++)
		come(&s, "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\bx\r\n --More-- ");
	assert_true(pages > 100 && pages < 130);
	assert_true(s.typed.len == pages || s.typed.len == pages - 1);
	end(&s);
}

/* A line that is longer than the line buffer is handed on whole. */
static void test_long_line(void **state) {
	static const struct saw_dialogue_command large = {"show version", 60 * SECOND, 1 << 20};
	char *line = malloc(100001);
	struct session s;

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < 100000; i++)
		line[i] = i % 1000 == 999 ? '#' : 'x';
	line[100000] = 0;
	begin(&s);
	assert_int_equal(saw_dialogue_run(s.dialogue, &large, 1, 0), 0);
	log_in(&s);
	come(&s, "show version\r\n");
	come(&s, line);
	come(&s, "\r\nR#");
	assert_int_equal(s.handed, 100001);
	assert_int_equal(s.answered, 1);
	assert_int_equal(s.end, SAW_DIALOGUE_ANSWERED);
	free(line);
	end(&s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcripts), cmocka_unit_test(test_runs),          cmocka_unit_test(test_not_permitted),
		cmocka_unit_test(test_endless),     cmocka_unit_test(test_endless_pages), cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
