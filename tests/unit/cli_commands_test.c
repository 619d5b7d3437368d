/* Which command is which, and what its arguments make of it. */
#include "collectors/cli/cli.h"
#include "collectors/ssh/permit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ASA SAWATCH__V1__PLATFORM__PLATFORM_ASA
#define IOSXE SAWATCH__V1__PLATFORM__PLATFORM_IOSXE
#define IOS SAWATCH__V1__PLATFORM__PLATFORM_IOS

static const struct saw_cli_command *command(Sawatch__V1__Platform platform, const char *typed) {
	const struct saw_cli_command *c = saw_cli_command_find(platform, saw_str_of(typed));

	assert_non_null(c);
	return c;
}

static void a_command_is_found_by_its_words_in_any_case_and_cut_short(void **state) {
	(void)state;
	assert_string_equal(saw_cli_command_name(command(ASA, "show crypto ipsec sa")), "show crypto ipsec sa");
	assert_string_equal(saw_cli_command_name(command(IOS, "  SHOW  crypto ipsec sa  detail")), "show crypto ipsec sa");
	assert_string_equal(saw_cli_command_name(command(IOSXE, "sh cry ips sa peer 192.0.2.1")), "show crypto ipsec sa");
	assert_string_equal(saw_cli_command_name(command(ASA, "show ipsec sa")), "show crypto ipsec sa");
	assert_string_equal(saw_cli_command_name(command(IOSXE, "show crypto ikev2 sa remote 192.0.2.1")),
						"show crypto ikev2 sa");
	assert_string_equal(saw_cli_command_name(command(IOSXE, "show crypto ipsec sa count")),
						"show crypto ipsec sa count");
	assert_null(saw_cli_command_find(ASA, SAW_STR("show crypto ipsec")));
	assert_null(saw_cli_command_find(ASA, SAW_STR("show crypto ipsec df-bit")));
	assert_null(saw_cli_command_find(ASA, SAW_STR("show clock")));
	assert_null(saw_cli_command_find(ASA, SAW_STR("")));
}

static void a_command_is_spelled_in_full_with_its_arguments_as_typed(void **state) {
	struct saw_buf out = SAW_BUF_INIT(256);

	(void)state;
	assert_non_null(saw_cli_command_spell(ASA, SAW_STR("sh cry ipse  sa   peer 192.0.2.1\tDetail "), &out));
	assert_string_equal(saw_buf_text(&out), "show crypto ipsec sa peer 192.0.2.1 Detail");
	saw_buf_reset(&out);
	assert_null(saw_cli_command_spell(ASA, SAW_STR("show foo"), &out));
	assert_int_equal(out.len, 0);
	saw_buf_free(&out);
}

static bool lists(Sawatch__V1__Platform platform, const char *name) {
	for (const struct saw_cli_command *c = NULL; (c = saw_cli_command_next(platform, c)) != NULL;)
		if (strcmp(saw_cli_command_name(c), name) == 0)
			return true;
	return false;
}

static void the_last_word_of_a_command_may_stand_behind_its_arguments(void **state) {
	struct saw_buf out = SAW_BUF_INIT(256);

	(void)state;
	assert_non_null(saw_cli_command_spell(IOS, SAW_STR("sh ip bgp vpnv4  vrf RED sum"), &out));
	assert_string_equal(saw_buf_text(&out), "show ip bgp vpnv4 vrf RED summary");
	saw_buf_reset(&out);
	assert_non_null(saw_cli_command_spell(ASA, SAW_STR("show bgp summary"), &out));
	assert_string_equal(saw_buf_text(&out), "show bgp summary");
	assert_null(saw_cli_command_find(ASA, SAW_STR("show bgp")));
	assert_null(saw_cli_command_find(IOSXE, SAW_STR("show ip bgp vpnv4 vrf RED")));
	assert_null(saw_cli_command_find(IOSXE, SAW_STR("show bgp neighbors")));
	saw_buf_free(&out);
}

static void a_form_that_prints_something_else_is_another_command(void **state) {
	static const struct {
		Sawatch__V1__Platform platform;
		const char *typed;
		bool known;
	} cases[] = {
		{IOSXE, "show interfaces status", false},
		{IOSXE, "sh int desc", false},
		{IOSXE, "show interfaces GigabitEthernet0/0/1 counters", false},
		{IOSXE, "show ip interface brief", false},
		{IOSXE, "show ip int Tu11", true},
		{IOSXE, "show interfaces Tunnel11", true},
		{IOSXE, "show interfaces Te0/1/0", true},
		{IOSXE, "show interfaces tu11 | include description", true},
		{IOSXE, "show crypto session brief", false},
		{IOSXE, "show crypto session ivrf summary detail", true},
		{IOSXE, "show crypto ipsec sa identity detail", false},
		{IOSXE, "show crypto ipsec sa vrf address", true},
		{IOSXE, "show platform hardware qfp active statistics drop history", false},
		{ASA, "show interface ip brief", false},
		{ASA, "show interface outside detail", true},
		{ASA, "show crypto ipsec sa summary", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if ((saw_cli_command_find(cases[i].platform, saw_str_of(cases[i].typed)) != NULL) != cases[i].known)
			fail_msg("%s", cases[i].typed);
}

/* Of an answer, by the line that was typed for it. */
static void arguments_that_leave_out_a_part_narrow_an_answer(void **state) {
	static const struct {
		const char *typed;
		bool narrowed;
	} cases[] = {
		{"show crypto ipsec sa", false},
		{"show crypto ipsec sa detail", false},
		{"show crypto ipsec sa det", false},
		{"show crypto ipsec sa peer 192.0.2.1", true},
		{"show crypto ipsec sa interface Tunnel11 detail", true},
		{"show crypto ipsec sa vrf BLUE", true},
		{"show crypto ipsec sa ipv6 detailed", true},
		{"show crypto ipsec sa | include pkts", true},
		{"show crypto ikev2 sa remote 192.0.2.1", true},
		{"show interfaces", false},
		{"show interfaces Tunnel11", true},
		{"show ip bgp vpnv4 all summary", true},
		{"show platform hardware qfp active feature ipsec datapath drops all", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_cli_parser *p = saw_cli_parser_create();
		const struct saw_cli_result *results;
		const struct saw_sink nowhere = {0};
		char text[128];
		size_t n;

		snprintf(text, sizeof text, "ASR-WAN01#%s\n\nASR-WAN01#", cases[i].typed);
		saw_cli_parser_begin(p, IOSXE, NULL, &nowhere);
		saw_cli_parser_feed(p, text, strlen(text));
		assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
		assert_int_equal(n, 1);
		if (results[0].narrowed != cases[i].narrowed)
			fail_msg("%s", cases[i].typed);
		saw_cli_parser_destroy(p);
	}
}

static void a_platform_lists_its_own_commands(void **state) {
	(void)state;
	assert_true(lists(ASA, "show crypto ipsec sa"));
	assert_false(lists(ASA, "show crypto ipsec sa count"));
	assert_false(lists(ASA, "show interfaces"));
	assert_true(lists(ASA, "show interface"));
	assert_true(lists(IOSXE, "show crypto ipsec sa count"));
	assert_true(lists(IOS, "show crypto session"));
}

/* What a poll asks has its parser. */
static void what_may_be_asked_is_understood(void **state) {
	static const Sawatch__V1__Platform platforms[] = {ASA, IOSXE, IOS};

	(void)state;
	for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++)
		for (const struct saw_ssh_template *t = NULL; (t = saw_ssh_template_next(platforms[i], t)) != NULL;)
			if (t->pace != SAW_SSH_ASKED && !saw_cli_command_find(platforms[i], saw_str_of(t->words)))
				fail_msg("no parser for \"%s\"", t->words);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_found_by_its_words_in_any_case_and_cut_short),
		cmocka_unit_test(a_command_is_spelled_in_full_with_its_arguments_as_typed),
		cmocka_unit_test(the_last_word_of_a_command_may_stand_behind_its_arguments),
		cmocka_unit_test(a_form_that_prints_something_else_is_another_command),
		cmocka_unit_test(arguments_that_leave_out_a_part_narrow_an_answer),
		cmocka_unit_test(a_platform_lists_its_own_commands),
		cmocka_unit_test(what_may_be_asked_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
