/* The terminals of the simulated devices, byte by byte. */
#include "sim/cli.h"
#include "sim/terminal.h"
#include "sim/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW 60000

struct room {
	struct saw_sim_model *model;
	struct saw_sim_terminal *terminal;
	struct saw_buf shown;
};

static void happen(struct room *r, const char *what) {
	struct saw_sim_event e;
	assert_int_equal(saw_sim_event_parse(saw_str_of(what), &e, NULL), 0);
	assert_int_equal(saw_sim_model_apply(r->model, 0, &e), 0);
}

static struct room enter(enum saw_sim_dev dev, const char *enable, const char *event) {
	struct room r = {.model = saw_sim_model_create(&SAW_SIM_OPTIONS_DEFAULT)};
	assert_non_null(r.model);
	if (event) {
		happen(&r, event);
	}
	r.terminal = saw_sim_terminal_create(
		r.model,
		&(struct saw_sim_terminal_options){.dev = dev, .user = "noc", .enable_secret = enable, .privileged = !enable});
	assert_non_null(r.terminal);
	saw_buf_init(&r.shown, SAW_SIM_CLI_MAX);
	saw_sim_terminal_open(r.terminal, NOW, &r.shown);
	return r;
}

static void leave(struct room *r) {
	saw_sim_terminal_destroy(r->terminal);
	saw_sim_model_destroy(r->model);
	saw_buf_free(&r->shown);
}

/* What is shown for this, until the next call. */
static const char *type(struct room *r, const char *typed) {
	saw_buf_reset(&r->shown);
	saw_sim_terminal_type(r->terminal, NOW, typed, strlen(typed), &r->shown);
	assert_int_equal(saw_buf_error(&r->shown), 0);
	return saw_buf_text(&r->shown);
}

static void expect_in(const char *text, const char *part) {
	if (!strstr(text, part)) {
		fail_msg("no \"%s\" in:\n%s", part, text);
	}
}

static bool ends_with(const char *text, const char *end) {
	size_t n = strlen(text), m = strlen(end);
	return n >= m && strcmp(text + n - m, end) == 0;
}

static size_t count(const char *text, const char *part) {
	size_t n = 0;
	for (; (text = strstr(text, part)); text += strlen(part)) {
		n++;
	}
	return n;
}

static void words_may_be_shortened(void **state) {
	(void)state;
	struct saw_sim_words w;
	size_t reach;
	assert_int_equal(saw_sim_words_fit("show interfaces TUNNEL", SAW_STR(" sh  int tu 12 "), &w, &reach), SAW_SIM_FITS);
	assert_int_equal(w.number, 12);
	assert_int_equal(saw_sim_words_fit("show interfaces TUNNEL", SAW_STR("SHOW interfaces Tunnel13"), &w, &reach),
					 SAW_SIM_FITS);
	assert_int_equal(w.number, 13);
	assert_int_equal(saw_sim_words_fit("show version", SAW_STR("show verzion"), &w, &reach), SAW_SIM_DIFFERS);
	assert_int_equal(reach, 8);
	assert_int_equal(saw_sim_words_fit("show version", SAW_STR("show version x"), &w, &reach), SAW_SIM_DIFFERS);
	assert_int_equal(reach, 13);
	assert_int_equal(saw_sim_words_fit("show version", SAW_STR("show"), &w, &reach), SAW_SIM_INCOMPLETE);
	assert_int_equal(saw_sim_words_fit("show ip ...", SAW_STR("sh ip route"), &w, &reach), SAW_SIM_FITS);
	assert_int_equal(saw_sim_words_fit("peer ADDRESS", SAW_STR("peer 2001:db8::1"), &w, &reach), SAW_SIM_DIFFERS);
}

static void prompts_and_enable(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASA, "opensesame", NULL);
	assert_true(ends_with(saw_buf_text(&r.shown), "\r\nASA-XFW01> "));
	expect_in(saw_buf_text(&r.shown), "User noc logged in to ASA-XFW01\r\n");
	assert_string_equal(type(&r, "ena\r"), "ena\r\nPassword: ");
	assert_string_equal(type(&r, "wrong\r\n"), "\r\nInvalid password\r\nPassword: ");
	assert_string_equal(type(&r, "opensesame\n"), "\r\nASA-XFW01# ");
	assert_string_equal(type(&r, "disable\n"), "disable\r\nASA-XFW01> ");
	type(&r, "enable\n1\n2\n");
	assert_string_equal(type(&r, "3\n"), "\r\nInvalid password\r\nAccess denied.\r\nASA-XFW01> ");
	assert_string_equal(type(&r, "exit\n"), "exit\r\n\r\nLogoff\r\n\r\n");
	assert_true(saw_sim_terminal_over(r.terminal));
	leave(&r);

	r = enter(SAW_SIM_ASR, "opensesame", NULL);
	assert_string_equal(saw_buf_text(&r.shown), "\r\nASR-WAN01>");
	type(&r, "enable\n1\n2\n");
	assert_string_equal(type(&r, "3\n"), "\r\n% Bad secrets\r\n\r\nASR-WAN01>");
	assert_string_equal(type(&r, "enable\nopensesame\n"), "enable\r\nPassword: \r\nASR-WAN01#");
	leave(&r);

	r = enter(SAW_SIM_ASR, NULL, NULL);
	assert_string_equal(saw_buf_text(&r.shown), "\r\nASR-WAN01#");
	assert_string_equal(
		type(&r, "conf t\n"),
		"conf t\r\nEnter configuration commands, one per line.  End with CNTL/Z.\r\nASR-WAN01(config)#");
	assert_string_equal(type(&r, "end\n"), "end\r\nASR-WAN01#");
	leave(&r);
}

static void secrets_are_not_echoed(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, "opensesame", NULL);
	type(&r, "enable\n");
	assert_string_equal(type(&r, "opens?same"), "");
	assert_string_equal(type(&r, "\x15opensesame\n"), "\r\nASR-WAN01#");
	leave(&r);
}

static void lines_can_be_edited(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, NULL, NULL);
	assert_string_equal(type(&r, "show x?\bclock"), "show x\b \bclock");
	assert_string_equal(type(&r, "\x15"), "\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
	assert_string_equal(type(&r, "\x7f"), "");
	assert_string_equal(type(&r, "show\x03"), "show^C\r\nASR-WAN01#");
	assert_string_equal(type(&r, "\r"), "\r\nASR-WAN01#");
	assert_string_equal(type(&r, "\n"), "");
	assert_string_equal(type(&r, "\n"), "\r\nASR-WAN01#");
	leave(&r);
}

static void long_lines_scroll(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, NULL, NULL);
	saw_sim_terminal_window(r.terminal, 0, 22); /* 11 columns behind the prompt */
	assert_string_equal(type(&r, "show verzi"), "show verzi");
	assert_string_equal(type(&r, "o"), "o\b\b\b\b\b\b\b\b\b\b\b$erzio     \b\b\b\b\b");
	assert_string_equal(type(&r, "n\b"), "n\b \b");
	assert_true(strncmp(type(&r, "\n"), "\b\b\b\b\b\bshow verzi$\r\n", 19) == 0);
	expect_in(saw_buf_text(&r.shown), "\r\n% Invalid input");
	type(&r, "terminal width 0\n");
	assert_string_equal(type(&r, "show something long"), "show something long");
	leave(&r);
}

static void the_caret_stands_where_it_stopped_to_understand(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, NULL, NULL);
	assert_string_equal(type(&r, "show verzion\n"), "show verzion\r\n"
													"                  ^\r\n"
													"% Invalid input detected at '^' marker.\r\n\r\nASR-WAN01#");
	assert_string_equal(type(&r, "show crypto\n"), "show crypto\r\n% Incomplete command.\r\n\r\nASR-WAN01#");
	leave(&r);
	r = enter(SAW_SIM_ASA, NULL, NULL);
	assert_string_equal(type(&r, "terminal width 512\n"),
						"terminal width 512\r\n"
						"                    ^\r\n"
						"ERROR: % Invalid input detected at '^' marker.\r\nASA-XFW01# ");
	assert_string_equal(type(&r, "conf t\nterminal width 512\nexit\n"),
						"conf t\r\nASA-XFW01(config)# terminal width 512\r\nASA-XFW01(config)# exit\r\nASA-XFW01# ");
	type(&r, "disable\n");
	expect_in(type(&r, "show crypto ipsec sa\n"), "ERROR: % Invalid input");
	leave(&r);
}

static void an_answer_comes_in_pages(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASA, NULL, NULL);
	const char *text = type(&r, "show crypto ipsec sa detail\n");
	assert_int_equal(count(text, "\r\n"), 25); /* the command's own and a page */
	assert_true(ends_with(text, "\r\n<--- More --->"));
	text = type(&r, "\r");
	assert_true(strncmp(text, "\r              \r", 16) == 0);
	assert_int_equal(count(text, "\r\n"), 1);
	assert_int_equal(count(type(&r, " "), "\r\n"), 24);
	assert_string_equal(type(&r, "q"), "\r              \rASA-XFW01# ");
	assert_string_equal(type(&r, "ter pag 0\n"), "ter pag 0\r\nASA-XFW01# ");
	assert_null(strstr(type(&r, "show crypto ipsec sa detail\n"), "More"));
	leave(&r);

	r = enter(SAW_SIM_ASR, NULL, NULL);
	text = type(&r, "show crypto ipsec sa detail\n");
	assert_int_equal(count(text, "\r\n"), 24);
	assert_true(ends_with(text, "\r\n --More-- "));
	text = type(&r, " ");
	assert_true(strncmp(text, "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b", 26) == 0);
	type(&r, "q");
	saw_sim_terminal_window(r.terminal, 10, 0);
	assert_int_equal(count(type(&r, "show version\n"), "\r\n"), 10);
	type(&r, "q");
	type(&r, "terminal length 0\n");
	assert_null(strstr(type(&r, "show crypto ipsec sa detail\n"), "More"));
	happen(&r, "quirk asr-wan01 pager-always on");
	expect_in(type(&r, "show crypto ipsec sa detail\n"), " --More-- ");
	leave(&r);
}

static void pages_are_the_whole_answer(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, NULL, NULL);
	struct saw_buf whole = SAW_BUF_INIT(SAW_SIM_CLI_MAX), expected = SAW_BUF_INIT(SAW_SIM_CLI_MAX);
	const char *text = type(&r, "show version\n") + strlen("show version\r\n");
	while (ends_with(text, " --More-- ")) {
		saw_buf_put(&whole, text, strlen(text) - 10);
		text = type(&r, " ") + 26;
	}
	saw_buf_puts(&whole, text);
	saw_sim_terminal_exec(r.terminal, NOW, SAW_STR("show version"), &expected);
	saw_buf_puts(&expected, "ASR-WAN01#");
	assert_string_equal(saw_buf_text(&whole), saw_buf_text(&expected));
	saw_buf_free(&whole);
	saw_buf_free(&expected);
	leave(&r);
}

static void what_stands_behind_a_bar_filters(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, NULL, NULL);
	type(&r, "terminal length 0\n");
	assert_string_equal(type(&r, "show int tu11 | in Tunnel.*MTU\n"),
						"show int tu11 | in Tunnel.*MTU\r\n  Tunnel transport MTU 1438 bytes\r\nASR-WAN01#");
	assert_string_equal(type(&r, "show clock | exclude UTC\n"), "show clock | exclude UTC\r\nASR-WAN01#");
	assert_string_equal(
		type(&r, "show run | begin ^control\n") + strlen("show run | begin ^control\r\n"),
		"control-plane\r\n!\r\nline con 0\r\n stopbits 1\r\nline vty 0 4\r\n transport input ssh\r\n!\r\n"
		"end\r\n\r\nASR-WAN01#");
	expect_in(type(&r, "show crypto ipsec sa | count interface: Tunnel\n"),
			  "\r\nNumber of lines which match regexp = 2\r\n");
	assert_string_equal(type(&r, "show clock | redirect flash:x\n"),
						"show clock | redirect flash:x\r\n                       ^\r\n"
						"% Invalid input detected at '^' marker.\r\n\r\nASR-WAN01#");
	expect_in(type(&r, "show clock | include\n"), "% Incomplete command.");
	expect_in(type(&r, "show clock | include [\n"), "% Invalid input");
	/* What would cost all memory, or hours. */
	expect_in(type(&r, "show clock | include (((((((l+)+)+)+)+)+)+)+\n"), "% Invalid input");
	expect_in(type(&r, "show clock | include (l{9}){9}\n"), "% Invalid input");
	expect_in(type(&r, "show clock | include (.*)(.*)\\1\\2\n"), "% Invalid input");
	leave(&r);
	r = enter(SAW_SIM_ASA, NULL, NULL);
	expect_in(type(&r, "show crypto ipsec sa peer 198.51.100.1 | grep mtu\n"),
			  "mtu\r\n      path mtu 1500, ipsec overhead 63(44), media mtu 1500\r\nASA-XFW01# ");
	expect_in(type(&r, "show clock | count UTC\n"), "ERROR: % Invalid input");
	leave(&r);
}

static void contexts_change_the_prompt(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASA, NULL, NULL);
	assert_string_equal(type(&r, "changeto context ctx\n"), "changeto context ctx\r\nASA-XFW01/ctx# ");
	assert_string_equal(type(&r, "changeto system\n"), "changeto system\r\nASA-XFW01# ");
	expect_in(type(&r, "changeto context none\n"), "ERROR: ");
	assert_true(ends_with(saw_buf_text(&r.shown), "\r\nASA-XFW01# "));
	leave(&r);
}

static void disturbances_stand_around_the_answer(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, NULL, "quirk asr-wan01 motd on");
	expect_in(saw_buf_text(&r.shown), "* Ticket # before any change\r\n");
	type(&r, "terminal length 0\n");
	happen(&r, "quirk asr-wan01 prompt-timestamp on");
	expect_in(type(&r, "show clock\n"), "show clock\r\nLoad for five secs: 9%/1%; one minute: 9%; five minutes: 9%\r\n"
										"Time source is NTP, 08:01:00.000 UTC Mon Mar  2 2026\r\n\r\n"
										"*08:01:00.000 UTC Mon Mar  2 2026\r\nASR-WAN01#");
	happen(&r, "quirk asr-wan01 syslog-lines on");
	expect_in(type(&r, "show version\n"), "%SYS-5-CONFIG_I: Configured from console by noc on vty0 (192.0.2.10)\r\n");
	happen(&r, "quirk asr-wan01 reload-notice on");
	expect_in(type(&r, "show version\n"), "\r\n***\r\n*** --- SHUTDOWN in 0:05:00 ---\r\n***\r\n");
	happen(&r, "rename asr-wan01 ASR-NEW");
	assert_true(ends_with(type(&r, "\n"), "\r\nASR-NEW#"));
	happen(&r, "quirk asr-wan01 odd-newlines on");
	expect_in(type(&r, "show version\n"), "\r\r\n");
	expect_in(saw_buf_text(&r.shown), "\n\r");
	leave(&r);
}

static void a_denied_command_is_denied_in_every_spelling(void **state) {
	(void)state;
	struct room r = enter(SAW_SIM_ASR, NULL, "deny asr-wan01 show crypto ikev2 sa");
	assert_string_equal(type(&r, "sh cry ikev2 sa detail\n"),
						"sh cry ikev2 sa detail\r\n% Authorization failed.\r\n\r\nASR-WAN01#");
	expect_in(type(&r, "show clock\n"), "UTC");
	happen(&r, "deny asr-wan01 terminal");
	expect_in(type(&r, "term len 0\n"), "\r\n% Authorization failed.\r\n");
	happen(&r, "deny asr-wan01 nothing");
	expect_in(type(&r, "show crypto ikev2 sa\n"), "IPv4 Crypto IKEv2  SA");
	leave(&r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_may_be_shortened),
		cmocka_unit_test(prompts_and_enable),
		cmocka_unit_test(secrets_are_not_echoed),
		cmocka_unit_test(lines_can_be_edited),
		cmocka_unit_test(long_lines_scroll),
		cmocka_unit_test(the_caret_stands_where_it_stopped_to_understand),
		cmocka_unit_test(an_answer_comes_in_pages),
		cmocka_unit_test(pages_are_the_whole_answer),
		cmocka_unit_test(what_stands_behind_a_bar_filters),
		cmocka_unit_test(contexts_change_the_prompt),
		cmocka_unit_test(disturbances_stand_around_the_answer),
		cmocka_unit_test(a_denied_command_is_denied_in_every_spelling),
	};
	return cmocka_run_group_tests_name("sim_terminal", tests, NULL, NULL);
}
