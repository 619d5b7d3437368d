/* The daemon's tunnels as objects of Icinga 2 and Nagios: names that would break out of their place do not. */
#include "tools/monitoring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Sawatch__V1__TunnelEnd ends[3];
static Sawatch__V1__TunnelEnd *list[3] = {&ends[0], &ends[1], &ends[2]};

static Sawatch__V1__Snapshot snapshot(const char *const names[3][2]) {
	Sawatch__V1__Snapshot s = SAWATCH__V1__SNAPSHOT__INIT;

	for (size_t i = 0; i < 3; i++) {
		sawatch__v1__tunnel_end__init(&ends[i]);
		ends[i].device = (char *)(uintptr_t)names[i][0];
		ends[i].name = (char *)(uintptr_t)names[i][1];
	}
	s.tunnels = list;
	s.n_tunnels = 3;
	return s;
}

static const char *const plain[3][2] = {{"ASR-WAN01", "berlin-1"}, {"ASA-XFW01", "lab"}, {"ASA-XFW01", "berlin-1"}};
static const char *const hostile[3][2] = {{"A\"B", "x\" = { y\\"}, {"A;B!C", "a!b;c$d'e"}, {"Z", "two words\n}"}};

static void says(void (*write)(const Sawatch__V1__Snapshot *, struct saw_buf *), const char *const names[3][2],
				 const char *expected) {
	Sawatch__V1__Snapshot s = snapshot(names);
	struct saw_buf b = SAW_BUF_INIT(1U << 16);

	write(&s, &b);
	assert_string_equal(saw_buf_text(&b), expected);
	saw_buf_free(&b);
}

static void icinga2_gets_a_dictionary_of_devices(void **state) {
	(void)state;
	says(saw_monitoring_icinga2, plain,
		 "/* Made by \"sawatch tunnels --format icinga2\". */\n"
		 "globals.SawatchTunnels = {\n"
		 "\t\"ASA-XFW01\" = {\n\t\t\"berlin-1\" = { }\n\t\t\"lab\" = { }\n\t}\n"
		 "\t\"ASR-WAN01\" = {\n\t\t\"berlin-1\" = { }\n\t}\n}\n");
}

static void quotes_do_not_end_an_icinga2_string(void **state) {
	(void)state;
	says(saw_monitoring_icinga2, hostile,
		 "/* Made by \"sawatch tunnels --format icinga2\". */\n"
		 "globals.SawatchTunnels = {\n"
		 "\t\"A\\\"B\" = {\n\t\t\"x\\\" = { y\\\\\" = { }\n\t}\n"
		 "\t\"A;B!C\" = {\n\t\t\"a!b;c$d'e\" = { }\n\t}\n"
		 "\t\"Z\" = {\n\t\t\"two words\\\\x0a}\" = { }\n\t}\n}\n");
}

static void no_tunnel_is_still_a_dictionary(void **state) {
	Sawatch__V1__Snapshot s = SAWATCH__V1__SNAPSHOT__INIT;
	struct saw_buf b = SAW_BUF_INIT(1024);

	(void)state;
	saw_monitoring_icinga2(&s, &b);
	assert_string_equal(saw_buf_text(&b),
						"/* Made by \"sawatch tunnels --format icinga2\". */\nglobals.SawatchTunnels = {\n}\n");
	saw_buf_free(&b);
}

static void nagios_names_and_arguments_keep_their_places(void **state) {
	Sawatch__V1__Snapshot s = snapshot(hostile);
	struct saw_buf b = SAW_BUF_INIT(1U << 16);

	(void)state;
	saw_monitoring_nagios(&s, &b);
	assert_non_null(strstr(saw_buf_text(&b),
						   "    host_name               A_B_C\n"
						   "    service_description     tunnel a_b_c_d_e\n"
						   "    check_command           check_sawatch_tunnel!a\\!b\\;c$$d'\\''e\n}\n"));
	saw_buf_free(&b);
}

/* Nagios takes a backslash as it is, but before '!', ';' and the end of a line. */
static void a_backslash_is_one_for_nagios_too(void **state) {
	static const char *const names[3][2] = {{"A", "back\\slash"}, {"B", "a\\!b"}, {"C", "tail\\"}};
	Sawatch__V1__Snapshot s = snapshot(names);
	struct saw_buf b = SAW_BUF_INIT(1U << 16);

	(void)state;
	saw_monitoring_nagios(&s, &b);
	assert_non_null(strstr(saw_buf_text(&b), "check_sawatch_tunnel!back\\slash\n"));
	assert_non_null(strstr(saw_buf_text(&b), "check_sawatch_tunnel!a\\\\!b\n"));
	assert_non_null(strstr(saw_buf_text(&b), "check_sawatch_tunnel!tail\\\\\n"));
	saw_buf_free(&b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icinga2_gets_a_dictionary_of_devices),
		cmocka_unit_test(quotes_do_not_end_an_icinga2_string),
		cmocka_unit_test(no_tunnel_is_still_a_dictionary),
		cmocka_unit_test(nagios_names_and_arguments_keep_their_places),
		cmocka_unit_test(a_backslash_is_one_for_nagios_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
