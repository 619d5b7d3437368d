/* What a line on a device's terminal is. */
#include "collectors/ssh/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void test_prompts(void **state) {
	static const struct {
		const char *line, *name; /* NULL: it is no prompt */
		bool privileged;
	} cases[] = {
		{"ASR-WAN01#", "ASR-WAN01", true},
		{"ASR-WAN01>", "ASR-WAN01", false},
		{"ASA-XFW01# ", "ASA-XFW01", true},
		{"ASA-XFW01/pri/act>  ", "ASA-XFW01/pri/act", false},
		{"ASR-WAN01(config)#", "ASR-WAN01(config)", true},
		{"r1.example_net#", "r1.example_net", true},
		{"7#", "7", true},
		{"", NULL, false},
		{"#", NULL, false},
		{">", NULL, false},
		{"-----#", NULL, false},
		{" ASR-WAN01#", NULL, false},
		{"ASR-WAN01# show", NULL, false},
		{"two words#", NULL, false},
		{"<--- More --->", NULL, false},
		{"a#b#", NULL, false},
		{"name\t#", NULL, false},
		{"ASR-WAN01$", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct saw_str name = {NULL, 0};
		bool privileged = false, is = saw_line_is_prompt(saw_str_of(cases[i].line), &name, &privileged);

		if (is != (cases[i].name != NULL) ||
			(is && (!saw_str_eq(name, saw_str_of(cases[i].name)) || privileged != cases[i].privileged)))
			fail_msg("'%s'", cases[i].line);
	}
}

static void test_logs(void **state) {
	static const struct {
		const char *line;
		int at; /* -1: it is none */
	} cases[] = {
		{"%SYS-5-CONFIG_I: Configured from console by vty0", 0},
		{"*Nov 23 13:36:41.123: %SYS-5-CONFIG_I: Configured", 0},
		{".Nov  3 13:36:41: %SYS-5-CONFIG_I: Configured", 0},
		{"Nov 23 2026 13:36:41.123 CET: %SYS-5-CONFIG_I: Configured", 0},
		{"Nov 23 13:36:41KST: %SYS-5-CONFIG_I: Configured", 0},
		{"Nov 23 13:36:41.123 UTC+07:30: %SYS-5-CONFIG_I: Configured", 0},
		{"000123: *Nov 23 13:36:41.123 UTC: %SYS-5-CONFIG_I: Configured", 0},
		{"000123: 00:12:34: %SYS-5-CONFIG_I: Configured", 0},
		{"2y10w: %SYS-5-CONFIG_I: Configured", 0},
		{"%IOSXE-3-PLATFORM: R0/0: cpp_cp: QFP:0.0 %IPSEC-3-REPLAY_ERROR: IPSec SA receives", 0},
		{"%CRYPTO-IKEV2-4-X_Y: three parts", 0},
		{"%ASA-6-302013: Built outbound TCP connection 7", 0},
		{"%ASA-auth-6-113005: AAA user authentication Rejected", 0},
		{"Nov 23 2026 13:36:41: %ASA-6-302013: Built", 0},
		{"Nov 23 2026 13:36:41 ASA-XFW01 : %ASA-6-302013: Built", 0},
		{"2026-11-23T13:36:41Z: %ASA-6-302013: Built", 0},
		{"2026-11-23T13:36:41.123+01:00: %ASA-6-302013: Built", 0},
		{"   connection id=529, sequence number=10", 0},
		{"   #pkts dec*Nov 23 13:36:41.123: %SYS-5-CONFIG_I: Configured", 12},
		{"ASR-WAN01#000007: *Nov 23 13:36:41.123: %SYS-5-CONFIG_I: Configured", 10},
		{"", -1},
		{"100%", -1},
		{"% Invalid input detected at '^' marker.", -1},
		{"%SYS-9-CONFIG_I: no such severity", -1},
		{"%SYS-5-CONFIG_I without a colon", -1},
		{"%-5-X: no facility", -1},
		{"%SYS-5-: no mnemonic", -1},
		{"about 12 % of %SYS-5-CONFIG_I: in a text", -1},
		{"see %SYS-5-CONFIG_I: in a text", -1},
		{"the uptime is 1w2d", -1},
		{"Nov 23 13:36:41.123: a date and no message", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t at = 0;
		bool is = saw_line_is_log(saw_str_of(cases[i].line), &at);

		if (is != (cases[i].at >= 0) || (is && at != (size_t)cases[i].at))
			fail_msg("'%s': %d at %zu", cases[i].line, is, at);
	}
}

static void test_questions_and_pagers(void **state) {
	bool secret, whole;

	(void)state;
	assert_true(saw_line_is_login_question(SAW_STR("Password: "), &secret) && secret);
	assert_true(saw_line_is_login_question(SAW_STR("Enter old password:"), &secret) && secret);
	assert_true(saw_line_is_login_question(SAW_STR("Username:"), &secret) && !secret);
	assert_true(saw_line_is_login_question(SAW_STR("router login: "), &secret) && !secret);
	assert_false(saw_line_is_login_question(SAW_STR("Password: x"), &secret));
	assert_false(saw_line_is_login_question(SAW_STR("ASR-WAN01#"), &secret));
	assert_true(saw_line_is_pager(SAW_STR("--More--"), &whole) && !whole);
	assert_true(saw_line_is_pager(SAW_STR(" --More--"), &whole) && !whole);
	assert_true(saw_line_is_pager(SAW_STR(" --More-- "), &whole) && whole);
	assert_true(saw_line_is_pager(SAW_STR("<--- More --->"), &whole) && whole);
	assert_false(saw_line_is_pager(SAW_STR("More"), &whole));
	assert_false(saw_line_is_pager(SAW_STR("text --More--"), &whole));
}

static void test_refusals(void **state) {
	static const struct {
		const char *line;
		enum saw_line_refusal refusal;
	} cases[] = {
		{"% Invalid input detected at '^' marker.", SAW_LINE_REFUSED},
		{"ERROR: % Invalid input detected at '^' marker.", SAW_LINE_REFUSED},
		{"% Incomplete command.", SAW_LINE_REFUSED},
		{"% Unknown command or computer name, or unable to find computer address", SAW_LINE_REFUSED},
		{"% Ambiguous command:  \"show c\"", SAW_LINE_REFUSED},
		{"% Type \"show ?\" for a list of subcommands", SAW_LINE_REFUSED},
		{"Command authorization failed.", SAW_LINE_DENIED},
		{"% Authorization failed.", SAW_LINE_DENIED},
		{"ERROR: Command authorization failed", SAW_LINE_DENIED},
		{"% BGP not active", SAW_LINE_NO_REFUSAL},
		{"There are no ipsec sas", SAW_LINE_NO_REFUSAL},
		{"#send errors 0, #recv errors 0", SAW_LINE_NO_REFUSAL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (saw_line_refusal(saw_str_of(cases[i].line)) != cases[i].refusal)
			fail_msg("'%s'", cases[i].line);
}

static void test_load(void **state) {
	unsigned cpu = 0;
	bool has = false;

	(void)state;
	assert_true(saw_line_is_load(SAW_STR("Load for five secs: 12%/3%; one minute: 10%; five minutes: 9%"), &has, &cpu));
	assert_true(has);
	assert_int_equal(cpu, 12);
	has = false;
	assert_true(saw_line_is_load(SAW_STR("Time source is NTP, 13:36:41.123 UTC Mon Nov 23 2026"), &has, &cpu));
	assert_true(saw_line_is_load(SAW_STR("No time source, *13:36:41.123 UTC Mon Nov 23 2026"), &has, &cpu));
	assert_true(saw_line_is_load(SAW_STR("Load for five secs: 999%/3%"), &has, &cpu));
	assert_true(saw_line_is_load(SAW_STR("Load for five secs: ?"), &has, &cpu));
	assert_false(has);
	assert_false(saw_line_is_load(SAW_STR("Loaded 3"), &has, &cpu));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prompts),  cmocka_unit_test(test_logs), cmocka_unit_test(test_questions_and_pagers),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
