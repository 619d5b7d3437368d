/* Which replay drops matter, and what is advised. */
#include "model/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct saw_replay_result judge(double drops, double packets, uint32_t window) {
	const struct saw_replay_input in = {.device = "ASR-WAN01",
										.drops_per_second = drops,
										.average_per_second = drops,
										.packets_per_second = packets,
										.has_window = true,
										.window = window};
	struct saw_replay_result out;

	saw_replay_judge(&in, &out);
	return out;
}

static void few_drops_are_no_reason(void **state) {
	struct saw_replay_result r = judge(0, 10000, 64);

	(void)state;
	assert_int_equal(r.advice, SAW_REPLAY_FINE);
	assert_string_equal(r.text, "");
	r = judge(1.0 / 300, 10000, 64); /* one packet between two polls */
	assert_int_equal(r.advice, SAW_REPLAY_FINE);
	assert_non_null(strstr(r.text, "one in 3000000"));
}

static void a_window_is_advised_that_the_load_needs(void **state) {
	(void)state;
	assert_int_equal(judge(5, 1000, 64).window, 128);
	assert_int_equal(judge(5, 40000, 64).window, 512);
	assert_int_equal(judge(50, 1000000, 64).window, 1024);
	assert_int_equal(judge(5, 1000, 512).window, 1024);
	assert_int_equal(judge(5, 40000, 64).advice, SAW_REPLAY_ENLARGE);
	assert_non_null(
		strstr(judge(5, 40000, 64).text, "on ASR-WAN01: crypto ipsec security-association replay window-size 512"));
}

static void beyond_the_largest_window_it_is_the_path(void **state) {
	(void)state;
	assert_int_equal(judge(5, 40000, 1024).advice, SAW_REPLAY_PATH);
	assert_non_null(strstr(judge(5, 40000, 1024).text, "what reorders packets"));
}

static void the_trend_is_said(void **state) {
	struct saw_replay_input in = {
		.device = "A", .drops_per_second = 9, .average_per_second = 4, .packets_per_second = 1000};
	struct saw_replay_result r;

	(void)state;
	saw_replay_judge(&in, &r);
	assert_non_null(strstr(r.text, "9 packets a second, rising"));
	assert_non_null(strstr(r.text, "window of probably 64"));
	in.average_per_second = 20;
	saw_replay_judge(&in, &r);
	assert_non_null(strstr(r.text, ", falling"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_drops_are_no_reason),
		cmocka_unit_test(a_window_is_advised_that_the_load_needs),
		cmocka_unit_test(beyond_the_largest_window_it_is_the_path),
		cmocka_unit_test(the_trend_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
