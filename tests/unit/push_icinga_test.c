/* Check results for Icinga 2: which there are, what they are called, and that they say what the plugin says. */
#include "exporters/push/icinga.h"
#include "model/check/check.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct results {
	struct {
		char object[256];
		char *body;
	} list[64];
	size_t n;
};

static void take(void *ctx, const struct saw_icinga_result *r) {
	struct results *all = ctx;

	assert_true(all->n < 64);
	assert_int_equal(strlen(r->body), r->len);
	snprintf(all->list[all->n].object, sizeof all->list[0].object, "%s", r->object);
	all->list[all->n++].body = strdup(r->body);
}

static const char *body_of(const struct results *all, const char *object) {
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->list[i].object, object) == 0)
			return all->list[i].body;
	return NULL;
}

static void forget(struct results *all) {
	while (all->n)
		free(all->list[--all->n].body);
}

static const struct saw_icinga_names standard = {
	.host = "{device}", .tunnel_service = "tunnel {tunnel}", .device_service = "sawatch device", .ttl_seconds = 180};

static void there_is_one_for_each(void **state) {
	const Sawatch__V1__Snapshot *s = fixture_snapshot();
	struct saw_icinga_names names = standard;
	const struct saw_push_choice all = {.n_labels = 0};
	struct results r = {.n = 0};

	(void)state;
	assert_int_equal(saw_icinga_results(s, &all, &names, take, &r), 0);
	assert_int_equal(r.n, s->n_devices - 1 + s->n_tunnels);
	assert_null(body_of(&r, "NEW-FW01!sawatch device")); /* before its first poll nothing is said */
	assert_non_null(body_of(&r, "ASA-XFW01!sawatch device"));
	assert_non_null(body_of(&r, "ASA-XFW01!tunnel berlin-1"));
	assert_non_null(body_of(&r, "ASR-WAN01!tunnel muenchen-1"));
	forget(&r);

	names.device_service = NULL;
	names.link_service = "{device}: {link} {";
	names.host = "vpn";
	names.tunnel_service = "{device}/{tunnel}";
	assert_int_equal(saw_icinga_results(s, &all, &names, take, &r), 0);
	assert_int_equal(r.n, s->n_tunnels + s->n_links);
	assert_non_null(body_of(&r, "vpn!ASA-XFW01/berlin-1"));
	forget(&r);
}

static void no_name_has_what_stands_between_host_and_service(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("turin-1");
	char *name = t->name;
	const struct saw_push_choice all = {.n_labels = 0};
	struct results r = {.n = 0};

	(void)state;
	t->name = (char *)(uintptr_t) "turin!1";
	assert_int_equal(saw_icinga_results(fixture_snapshot(), &all, &standard, take, &r), 0);
	t->name = name;
	assert_non_null(body_of(&r, "ASR-WAN03!tunnel turin_1"));
	forget(&r);
}

static void only_what_is_chosen_is_said(void **state) {
	static const char *const tunnels[] = {"ASA-XFW01/berlin-*", "ASR-WAN03"};
	const struct saw_push_choice choice = {.tunnels = {tunnels, 2}};
	struct results r = {.n = 0};

	(void)state;
	assert_int_equal(saw_icinga_results(fixture_snapshot(), &choice, &standard, take, &r), 0);
	assert_int_equal(r.n, 4);
	assert_non_null(body_of(&r, "ASA-XFW01!sawatch device"));
	assert_non_null(body_of(&r, "ASA-XFW01!tunnel berlin-1"));
	assert_non_null(body_of(&r, "ASR-WAN03!sawatch device"));
	assert_non_null(body_of(&r, "ASR-WAN03!tunnel turin-1"));
	forget(&r);
}

static void verdicts_are_the_plugins(void **state) {
	static const struct {
		const char *object, *status, *text;
	} rows[] = {
		{"ASA-XFW01!tunnel berlin-1", "\"exit_status\":0,",
		 "\"plugin_output\":\"SAWATCH TUNNEL OK - ASA-XFW01/berlin-1 to 203.0.113.1: up"},
		{"ASA-XFW01!tunnel hamburg-1", "\"exit_status\":1,",
		 "SAWATCH TUNNEL WARNING - ASA-XFW01/hamburg-1 to 203.0.113.2: degraded"},
		{"ASA-XFW01!tunnel lyon-1", "\"exit_status\":2,",
		 "SAWATCH TUNNEL CRITICAL - ASA-XFW01/lyon-1 to 203.0.113.3: down"},
		{"ASA-XFW01!tunnel oslo-1", "\"exit_status\":2,",
		 "SAWATCH TUNNEL CRITICAL - ASA-XFW01/oslo-1 to 203.0.113.4: missing"},
		{"ASA-XFW01!tunnel rome-1", "\"exit_status\":0,",
		 "SAWATCH TUNNEL OK - ASA-XFW01/rome-1 to 203.0.113.6: (maintenance: down"},
		{"ASR-WAN01!tunnel muenchen-1", "\"exit_status\":3,",
		 "SAWATCH TUNNEL UNKNOWN - ASR-WAN01/muenchen-1 to 203.0.113.8: unknown"},
		{"ASR-WAN01!sawatch device", "\"exit_status\":3,", "SAWATCH DEVICE UNKNOWN - ASR-WAN01: "},
	};
	const struct saw_push_choice all = {.n_labels = 0};
	struct results r = {.n = 0};
	char wanted[256];

	(void)state;
	assert_int_equal(saw_icinga_results(fixture_snapshot(), &all, &standard, take, &r), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *body = body_of(&r, rows[i].object);

		snprintf(wanted, sizeof wanted, "{\"type\":\"Service\",\"service\":\"%s\",", rows[i].object);
		assert_non_null(body);
		if (strncmp(body, wanted, strlen(wanted)) != 0 || !strstr(body, rows[i].status) || !strstr(body, rows[i].text))
			fail_msg("%s: %s", rows[i].object, body);
		assert_non_null(strstr(body, "\"ttl\":180,"));
		assert_non_null(strstr(body, "\"performance_data\":\""));
		assert_non_null(strstr(body, "\"check_source\":\"sawatchd\""));
		assert_null(strstr(body, "\\n\""));
	}
	forget(&r);
}

static void answers_mean_something(void **state) {
	(void)state;
	assert_int_equal(saw_icinga_fate(200), SAW_ICINGA_TAKEN);
	assert_int_equal(saw_icinga_fate(404), SAW_ICINGA_MISSING);
	assert_int_equal(saw_icinga_fate(400), SAW_ICINGA_REFUSED);
	assert_int_equal(saw_icinga_fate(409), SAW_ICINGA_REFUSED);
	assert_int_equal(saw_icinga_fate(401), SAW_ICINGA_LATER);
	assert_int_equal(saw_icinga_fate(403), SAW_ICINGA_LATER);
	assert_int_equal(saw_icinga_fate(503), SAW_ICINGA_LATER);
	assert_int_equal(saw_icinga_fate(302), SAW_ICINGA_LATER);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_one_for_each),
		cmocka_unit_test(no_name_has_what_stands_between_host_and_service),
		cmocka_unit_test(only_what_is_chosen_is_said),
		cmocka_unit_test(verdicts_are_the_plugins),
		cmocka_unit_test(answers_mean_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
