#include "model/threshold.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The published cases of the Monitoring Plugins' own tests first. */
static const struct good {
	const char *text;
	double start, end;
	bool inside;
	const char *printed;
	double quiet, alert; /* a value that is fine and one that is not; NAN: there is none */
} good[] = {
	{"6", 0, 6, false, "6", 6, 6.001},
	{"1:12%%", 1, 12, false, "1:12", 12, 0.99},
	{"-7:23", -7, 23, false, "-7:23", -7, 23.1},
	{":5.75", 0, 5.75, false, "5.75", 5.75, -0.1},
	{"~:-95.99", -INFINITY, -95.99, false, "~:-95.99", -96, -95},
	{"12345678901234567890:", 12345678901234567890.0, INFINITY, false, "1.2345678901234567e+19:", 2e19, 1e19},
	{"~:0", -INFINITY, 0, false, "~:0", -10, 0.5},
	{"@0:657.8210567", 0, 657.8210567, true, "@657.8210567", -134151, 657.8210567},
	{"1:1", 1, 1, false, "1:1", 1, 5.2},
	{"30", 0, 30, false, "30", 15.3, 30.0001},
	{"60", 0, 60, false, "60", 30.0001, 69},
	{"0", 0, 0, false, "0", 0, 0.1},
	{"@10:20", 10, 20, true, "@10:20", 9.99, 10},
	{"10:", 10, INFINITY, false, "10:", 10, 9.9},
	{"0:", 0, INFINITY, false, "0:", 0, -0.5},
	{"@~:5", -INFINITY, 5, true, "@~:5", 5.1, 5},
	{"~:", -INFINITY, INFINITY, false, "~:", 0, NAN},
	{" 5% ", 0, 5, false, "5", 5, 6},
	{"1e3:", 1000, INFINITY, false, "1000:", 1000, 999},
};

static void published_ranges_mean_what_the_guidelines_say(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct saw_range r;

		print_message("%s\n", good[i].text);
		assert_int_equal(saw_range_parse(saw_str_of(good[i].text), &r), 0);
		assert_true(r.start == good[i].start);
		assert_true(r.end == good[i].end);
		assert_int_equal(r.inside, good[i].inside);
		assert_false(saw_range_alert(&r, good[i].quiet));
		assert_true(isnan(good[i].alert) || saw_range_alert(&r, good[i].alert));
	}
}

static void a_printed_range_parses_to_itself(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct saw_buf b = SAW_BUF_INIT(128);
		struct saw_range r, again;

		assert_int_equal(saw_range_parse(saw_str_of(good[i].text), &r), 0);
		saw_range_print(&r, &b);
		assert_string_equal(saw_buf_text(&b), good[i].printed);
		assert_int_equal(saw_range_parse(saw_str_of(saw_buf_text(&b)), &again), 0);
		assert_true(again.start == r.start && again.end == r.end && again.inside == r.inside);
		saw_buf_free(&b);
	}
}

static void what_is_no_range_is_refused(void **state) {
	static const struct {
		const char *text;
		int code;
	} bad[] = {
		{"2:1", SAW_ERANGE},  {"", SAW_EFORMAT},    {"@", SAW_EFORMAT},   {":", SAW_EFORMAT},     {"@:", SAW_EFORMAT},
		{"a", SAW_EFORMAT},   {"1:b", SAW_EFORMAT}, {"~", SAW_EFORMAT},   {"1:2:3", SAW_EFORMAT}, {"1 :2", SAW_EFORMAT},
		{"5:~", SAW_EFORMAT}, {"%", SAW_EFORMAT},   {"nan", SAW_EFORMAT}, {"-5", SAW_ERANGE},     {"@@1", SAW_EFORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct saw_range r = {.start = 41, .end = 42};

		print_message("'%s'\n", bad[i].text);
		assert_int_equal(saw_range_parse(saw_str_of(bad[i].text), &r), bad[i].code);
		assert_true(r.start == 41 && r.end == 42);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_ranges_mean_what_the_guidelines_say),
		cmocka_unit_test(a_printed_range_parses_to_itself),
		cmocka_unit_test(what_is_no_range_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
