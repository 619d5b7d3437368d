/* The log's lines, as they leave on standard error. */
#include "io/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char line[16384];

/* What `statement` writes to standard error is in `line` afterwards. */
#define CAUGHT(statement)                                      \
	do {                                                       \
		int fds[2], saved = dup(STDERR_FILENO);                \
		ssize_t n;                                             \
                                                               \
		assert_int_equal(pipe(fds), 0);                        \
		assert_int_not_equal(dup2(fds[1], STDERR_FILENO), -1); \
		close(fds[1]);                                         \
		statement;                                             \
		assert_int_not_equal(dup2(saved, STDERR_FILENO), -1);  \
		close(saved);                                          \
		n = read(fds[0], line, sizeof line - 1);               \
		line[n > 0 ? n : 0] = 0;                               \
		close(fds[0]);                                         \
	} while (0)

static void a_line_has_time_level_role_text_and_fields(void **state) {
	(void)state;
	unsetenv("JOURNAL_STREAM");
	saw_log_open(SAW_LOG_INFO, "hub");
	CAUGHT(saw_log(SAW_LOG_WARNING, "ASA-XFW01", "berlin 1", "%d rows", 3));
	assert_int_equal(strspn(line, "0123456789-T:Z"), 20);
	assert_string_equal(line + 20, " warning sawatchd[hub]: 3 rows device=ASA-XFW01 tunnel=\"berlin 1\"\n");
}

static void the_journal_gets_a_priority_and_no_time(void **state) {
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	saw_log_open(SAW_LOG_INFO, "hub");
	unsetenv("JOURNAL_STREAM");
	CAUGHT(saw_log(SAW_LOG_ERROR, NULL, NULL, "gone"));
	assert_string_equal(line, "<3>sawatchd[hub]: gone\n");
}

static void what_is_finer_than_asked_for_is_not_written(void **state) {
	enum saw_log_level level;

	(void)state;
	assert_int_equal(saw_log_level_parse("warning", &level), 0);
	assert_int_equal(saw_log_level_parse("loud", &level), SAW_EUNKNOWN);
	assert_string_equal(saw_log_level_name(level), "warning");
	saw_log_open(level, "hub");
	CAUGHT(saw_log(SAW_LOG_INFO, NULL, NULL, "detail"));
	assert_string_equal(line, "");
}

static void foreign_bytes_cannot_make_lines_or_fields(void **state) {
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	saw_log_open(SAW_LOG_INFO, "hub");
	unsetenv("JOURNAL_STREAM");
	CAUGHT(saw_log(SAW_LOG_INFO, "a\" device=b", NULL, "one\n<3>two\x1b[2J"));
	assert_string_equal(line, "<6>sawatchd[hub]: one\\x0a<3>two\\x1b[2J device=\"a\\\" device=b\"\n");
}

static void a_long_text_is_still_one_line(void **state) {
	static char text[9000];

	(void)state;
	memset(text, '\n', sizeof text - 1);
	saw_log_open(SAW_LOG_INFO, "hub");
	CAUGHT(saw_log(SAW_LOG_INFO, NULL, NULL, "%s", text));
	assert_int_equal(strchr(line, '\n') - line + 1, strlen(line));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_level_role_text_and_fields),
		cmocka_unit_test(the_journal_gets_a_priority_and_no_time),
		cmocka_unit_test(what_is_finer_than_asked_for_is_not_written),
		cmocka_unit_test(foreign_bytes_cannot_make_lines_or_fields),
		cmocka_unit_test(a_long_text_is_still_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
