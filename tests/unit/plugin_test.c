/* The plugin's verdicts, thresholds and form, without a daemon. */
#include "model/check/check.h"
#include "model/check/findings.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct saw_buf said = SAW_BUF_INIT(1U << 20);

/* What the daemon would answer for this device and tunnel: a view of the fixture. */
static Sawatch__V1__Snapshot part(const char *device, const char *tunnel) {
	static Sawatch__V1__TunnelEnd *tunnels[16];
	static Sawatch__V1__Device *devices[16];
	Sawatch__V1__Snapshot s = *fixture_snapshot();
	const Sawatch__V1__Snapshot *all = fixture_snapshot();

	s.n_devices = s.n_tunnels = 0;
	s.devices = devices;
	s.tunnels = tunnels;
	for (size_t i = 0; i < all->n_devices; i++)
		if (!device || strcmp(all->devices[i]->name, device) == 0)
			devices[s.n_devices++] = all->devices[i];
	for (size_t i = 0; i < all->n_tunnels; i++)
		if ((!device || strcmp(all->tunnels[i]->device, device) == 0) &&
			(!tunnel || strcmp(all->tunnels[i]->name, tunnel) == 0))
			tunnels[s.n_tunnels++] = all->tunnels[i];
	return s;
}

static enum saw_status run_check(const struct saw_check *c) {
	Sawatch__V1__Snapshot s = part(c->device, c->tunnel);
	struct saw_output out;
	enum saw_status status;

	saw_output_init(&out, saw_check_service(c->mode));
	if (!saw_check_run(c, &s, &out)) {
		s = s.n_devices ? part(c->device, NULL) : part(NULL, NULL);
		saw_check_not_found(c, &s, &out);
	}
	saw_buf_reset(&said);
	saw_output_print(&out, false, &said);
	status = out.status;
	saw_output_free(&out);
	return status;
}

static enum saw_status check(enum saw_check_mode mode, const char *device, const char *tunnel, const char *warning,
							 const char *critical) {
	struct saw_check c = {.device = device, .tunnel = tunnel, .mode = mode, .max_age_seconds = -1};

	saw_check_defaults(&c);
	if (warning)
		assert_int_equal(saw_check_threshold(&c, false, warning, NULL), 0);
	if (critical)
		assert_int_equal(saw_check_threshold(&c, true, critical, NULL), 0);
	return run_check(&c);
}

static enum saw_status tunnel(const char *device, const char *name) {
	return check(SAW_CHECK_TUNNEL, device, name, NULL, NULL);
}

static void assert_says(const char *text) {
	if (!strstr(saw_buf_text(&said), text))
		fail_msg("\"%s\" is not in: %s", text, saw_buf_text(&said));
}

static void each_state_has_its_status(void **state) {
	(void)state;
	assert_int_equal(tunnel("ASA-XFW01", "berlin-1"), SAW_OK);
	assert_int_equal(tunnel("ASA-XFW01", "hamburg-1"), SAW_WARNING);
	assert_int_equal(tunnel("ASA-XFW01", "lyon-1"), SAW_CRITICAL);
	assert_string_equal(
		saw_buf_text(&said),
		"SAWATCH TUNNEL CRITICAL - ASA-XFW01/lyon-1 to 203.0.113.3: down for 1h 2m, interface Tunnel3 is down\n");
	assert_int_equal(tunnel("ASA-XFW01", "oslo-1"), SAW_CRITICAL);
	assert_int_equal(tunnel("ASA-XFW01", "q\"u\\o\nte<b>|"), SAW_WARNING);
}

static void performance_data_has_the_form(void **state) {
	(void)state;
	check(SAW_CHECK_TUNNEL, "ASA-XFW01", "berlin-1", "mtu=1400:,replay_rate=1", "mtu=1380:");
	assert_string_equal(saw_buf_text(&said),
						"SAWATCH TUNNEL OK - ASA-XFW01/berlin-1 to 203.0.113.1: up for 1h 2m, replay errors 0.25/s, "
						"plaintext MTU 1438 B|"
						"'replay_rate'=0.25;1;;0 'mtu'=1438B;1400:;1380:;0 'sa_remaining'=1790s;;;0 "
						"'ike_remaining'=40000s;;;0 'in_bytes'=18446744073709551615c;;;0 'out_bytes'=2000c;;;0 "
						"'in_packets'=30c;;;0 'out_packets'=40c;;;0 'replay_errors'=5c;;;0\n");
}

static void what_could_not_be_read_is_unknown_with_the_devices_reason(void **state) {
	(void)state;
	assert_int_equal(tunnel("ASR-WAN01", "muenchen-1"), SAW_UNKNOWN);
	assert_string_equal(saw_buf_text(&said),
						"SAWATCH TUNNEL UNKNOWN - ASR-WAN01/muenchen-1 to 203.0.113.8: unknown: 198.51.100.1: the "
						"authentication key of user \"monitor\" is wrong\n");
	assert_int_equal(tunnel("ASR-WAN01", NULL), SAW_UNKNOWN);
	assert_says("is wrong");
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASR-WAN01", "muenchen-1", NULL, NULL), SAW_UNKNOWN);
	assert_int_equal(check(SAW_CHECK_MTU, "ASR-WAN01", "muenchen-1", NULL, NULL), SAW_UNKNOWN);
	assert_int_equal(check(SAW_CHECK_DEVICE, "ASR-WAN01", NULL, NULL, NULL), SAW_UNKNOWN);
	assert_int_equal(tunnel("NEW-FW01", NULL), SAW_UNKNOWN);
	assert_says("it was not polled yet");
	assert_int_equal(check(SAW_CHECK_DEVICE, "NEW-FW01", NULL, NULL, NULL), SAW_UNKNOWN);
}

static void old_data_is_unknown(void **state) {
	struct saw_check c = {.device = "ASR-WAN02", .tunnel = "graz-1", .max_age_seconds = -1};

	(void)state;
	assert_int_equal(run_check(&c), SAW_UNKNOWN);
	assert_says("graz-1 to 203.0.113.9: data is 2h old, the limit is 3m 30s");
	c.tunnel = NULL;
	assert_int_equal(run_check(&c), SAW_UNKNOWN);
	assert_null(strstr(saw_buf_text(&said), "'up'=1"));
	c.mode = SAW_CHECK_DEVICE;
	assert_int_equal(run_check(&c), SAW_UNKNOWN);
	c.max_age_seconds = 7200;
	assert_int_equal(run_check(&c), SAW_OK);
	c.max_age_seconds = 7199;
	assert_int_equal(run_check(&c), SAW_UNKNOWN);
}

static void maintenance_is_ok_and_says_so(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("muenchen-1");

	(void)state;
	assert_int_equal(tunnel("ASA-XFW01", "rome-1"), SAW_OK);
	assert_says("rome-1 to 203.0.113.6: (maintenance: down for 1h 2m, interface Tunnel6 is down)");
	t->has_maintenance = t->maintenance = 1;
	assert_int_equal(tunnel("ASR-WAN01", "muenchen-1"), SAW_OK);
	assert_int_equal(tunnel("ASR-WAN01", NULL), SAW_OK);
	t->has_maintenance = t->maintenance = 0;
}

static void all_tunnels_worst_first_with_counts(void **state) {
	const char *text;

	(void)state;
	assert_int_equal(tunnel("ASA-XFW01", NULL), SAW_CRITICAL);
	assert_says("7 tunnels: 2 up, 1 degraded, 2 down, 1 missing, 1 unexpected; lyon-1 to 203.0.113.3: down");
	assert_says("; and 1 more|");
	assert_says("'down'=2;;;0");
	text = saw_buf_text(&said);
	assert_true(strstr(text, "lyon-1") < strstr(text, "oslo-1"));
	assert_true(strstr(text, "oslo-1") < strstr(text, "hamburg-1"));
	assert_null(strstr(text, "rome-1"));
	assert_int_equal(tunnel("ASR-WAN03", NULL), SAW_OK);
	assert_says("1 tunnel: 1 up|");
}

static void replay_errors_have_defaults(void **state) {
	(void)state;
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASA-XFW01", "berlin-1", NULL, NULL), SAW_OK);
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASA-XFW01", "wien-1", NULL, NULL), SAW_WARNING);
	assert_string_equal(saw_buf_text(&said), "SAWATCH REPLAY WARNING - ASA-XFW01/wien-1 to 203.0.113.7: replay errors "
											 "2.5/s (warning range 1)|'replay_rate'=2.5;1;10;0\n");
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASA-XFW01", "wien-1", NULL, "2"), SAW_CRITICAL);
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASA-XFW01", "wien-1", "3", NULL), SAW_OK);
	/* Two polls are needed; a tunnel that is down has no rate to judge. */
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASA-XFW01", "hamburg-1", NULL, NULL), SAW_UNKNOWN);
	assert_says("two polls are needed");
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASA-XFW01", "lyon-1", NULL, NULL), SAW_UNKNOWN);
}

static void a_replay_check_that_is_off_is_no_error(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("hamburg-1");

	(void)state;
	t->has_replay_window = 1;
	t->replay_window = 0;
	assert_int_equal(check(SAW_CHECK_REPLAY, "ASA-XFW01", "hamburg-1", NULL, NULL), SAW_OK);
	assert_says("the replay check is off");
	t->has_replay_window = 0;
}

static void the_mtu_has_a_floor(void **state) {
	(void)state;
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", "berlin-1", NULL, NULL), SAW_OK);
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", "wien-1", NULL, NULL), SAW_CRITICAL);
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", "hamburg-1", NULL, NULL), SAW_UNKNOWN);
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", "berlin-1", "1439:", NULL), SAW_WARNING);
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", NULL, NULL, NULL), SAW_CRITICAL);
	assert_says("'wien-1_mtu'=1270B;;1280:;0");
}

static Sawatch__V1__TunnelEnd *find_tunnel(const char *name) {
	const Sawatch__V1__Snapshot *s = fixture_snapshot();
	size_t i = 0;

	while (i + 1 < s->n_tunnels && strcmp(s->tunnels[i]->name, name) != 0)
		i++;
	return s->tunnels[i];
}

static void a_tunnel_mtu_above_the_plaintext_mtu_is_a_warning(void **state) {
	Sawatch__V1__TunnelEnd *t = find_tunnel("berlin-1");

	(void)state;
	t->has_tunnel_ip_mtu = 1;
	t->tunnel_ip_mtu = 1500;
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", "berlin-1", NULL, NULL), SAW_WARNING);
	assert_says("but the tunnel's IP MTU is 1500");
	t->tunnel_ip_mtu = 1438;
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", "berlin-1", NULL, NULL), SAW_OK);
	t->has_tunnel_ip_mtu = 0;
}

/* An ASA gives no plaintext MTU: path MTU less its overhead is one, to within a block. */
static void an_asa_mtu_comes_from_its_overhead(void **state) {
	Sawatch__V1__TunnelEnd *t = find_tunnel("hamburg-1");

	(void)state;
	t->has_path_mtu = t->has_ipsec_overhead = 1;
	t->path_mtu = 1500;
	t->ipsec_overhead = 63;
	assert_int_equal(check(SAW_CHECK_MTU, "ASA-XFW01", "hamburg-1", NULL, NULL), SAW_OK);
	assert_says("1437");
	t->has_path_mtu = t->has_ipsec_overhead = 0;
}

static void a_device_with_one_failing_source_is_a_warning(void **state) {
	const Sawatch__V1__Snapshot *s = fixture_snapshot();
	Sawatch__V1__Device *d = s->devices[3];
	Sawatch__V1__SourceStatus second = SAWATCH__V1__SOURCE_STATUS__INIT, *both[] = {d->sources[0], &second};
	Sawatch__V1__SourceStatus **was = d->sources;

	(void)state;
	assert_int_equal(check(SAW_CHECK_DEVICE, "ASR-WAN03", NULL, NULL, NULL), SAW_OK);
	assert_int_equal(check(SAW_CHECK_DEVICE, "ASR-WAN03", NULL, "10", "15"), SAW_WARNING);
	assert_int_equal(check(SAW_CHECK_DEVICE, "ASR-WAN03", NULL, NULL, "poll_duration=0.1"), SAW_CRITICAL);
	second.has_source = second.has_complete = 1;
	second.source = SAWATCH__V1__SOURCE__SOURCE_FILE;
	second.error = (char[]){"the file was not renewed"};
	d->sources = both;
	d->n_sources = 2;
	assert_int_equal(check(SAW_CHECK_DEVICE, "ASR-WAN03", NULL, NULL, NULL), SAW_WARNING);
	assert_says("file failed: the file was not renewed");
	d->sources = was;
	d->n_sources = 1;
}

static void names_that_are_not_there_are_unknown_with_near_ones(void **state) {
	(void)state;
	assert_int_equal(tunnel("asr-wan3", NULL), SAW_UNKNOWN);
	assert_says("no device \"asr-wan3\"; known are: ASR-WAN03, ");
	assert_int_equal(tunnel("ASA-XFW01", "berlin-2"), SAW_UNKNOWN);
	assert_says("ASA-XFW01 has no tunnel \"berlin-2\"; known are: berlin-1, ");
	assert_int_equal(tunnel("NEW-FW01", "x"), SAW_UNKNOWN);
	assert_says("it was not polled yet");
}

static void a_device_is_found_by_its_address(void **state) {
	struct saw_output out;
	struct saw_check c = {.device = "192.0.2.10", .tunnel = "berlin-2", .max_age_seconds = -1};

	(void)state;
	saw_check_defaults(&c);
	saw_output_init(&out, saw_check_service(c.mode));
	assert_true(saw_check_run(&c, fixture_snapshot(), &out));
	saw_output_free(&out);
	saw_output_init(&out, saw_check_service(c.mode));
	saw_check_not_found(&c, fixture_snapshot(), &out);
	assert_non_null(strstr(saw_buf_text(&out.summary), "ASA-XFW01 has no tunnel \"berlin-2\"; known are: berlin-1, "));
	saw_output_free(&out);
	c.device = "192.0.2.20";
	saw_output_init(&out, saw_check_service(c.mode));
	assert_false(saw_check_run(&c, fixture_snapshot(), &out));
	saw_check_not_found(&c, fixture_snapshot(), &out);
	assert_non_null(
		strstr(saw_buf_text(&out.summary), "2 devices have the address 192.0.2.20: their names are needed; known"));
	saw_output_free(&out);
}

/* A daemon of tomorrow, or one that is broken. */
static void a_state_that_is_not_known_here_is_unknown(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("turin-1");
	const Sawatch__V1__TunnelState was = t->state;

	(void)state;
	for (int value = -1; value < 100; value += value == 0 ? 98 : 1) {
		t->state = (Sawatch__V1__TunnelState)value;
		assert_int_equal(tunnel("ASR-WAN03", "turin-1"), SAW_UNKNOWN);
	}
	t->state = was;
}

static void wrong_thresholds_are_explained(void **state) {
	static const struct {
		enum saw_check_mode mode;
		const char *text, *why;
	} cases[] = {
		{SAW_CHECK_TUNNEL, "5", "a range of what?"},
		{SAW_CHECK_TUNNEL, "size=5", "replay_rate, mtu, sa_remaining, ike_remaining"},
		{SAW_CHECK_TUNNEL, "age=5", "NAME=RANGE is expected"},
		{SAW_CHECK_TUNNEL, "mtu=5,", NULL},
		{SAW_CHECK_TUNNEL, "mtu=5,6", "NAME=RANGE is expected"},
		{SAW_CHECK_TUNNEL, "mtu=5,,", "NAME=RANGE is expected"},
		{SAW_CHECK_MTU, "", "is no range"},
		{SAW_CHECK_MTU, "2:1", "is no range"},
		{SAW_CHECK_MTU, "mtu=", "is no range"},
		{SAW_CHECK_DEVICE, "mtu=5", "age, poll_duration"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_check c = {.mode = cases[i].mode};
		struct saw_err err = {0};
		int rc = saw_check_threshold(&c, false, cases[i].text, &err);

		assert_int_equal(rc, cases[i].why ? SAW_EFORMAT : 0);
		if (cases[i].why && !strstr(err.text, cases[i].why))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

/* ------------------------------------------------------------------------------------------------------------------- output */

static void the_worst_status_wins(void **state) {
	(void)state;
	assert_int_equal(saw_status_worse(SAW_OK, SAW_UNKNOWN), SAW_UNKNOWN);
	assert_int_equal(saw_status_worse(SAW_WARNING, SAW_UNKNOWN), SAW_WARNING);
	assert_int_equal(saw_status_worse(SAW_UNKNOWN, SAW_CRITICAL), SAW_CRITICAL);
	assert_int_equal(saw_status_worse(SAW_CRITICAL, SAW_WARNING), SAW_CRITICAL);
}

static void foreign_texts_cannot_break_the_form(void **state) {
	struct saw_output o;

	(void)state;
	saw_output_init(&o, "T");
	saw_output_put(&o.summary, "a|b\nc\xff");
	saw_output_perf(&o, &(struct saw_perf){.label = "it's=x|y", .uom = "s"}, 1e6);
	saw_buf_reset(&said);
	saw_output_print(&o, true, &said);
	assert_string_equal(saw_buf_text(&said), "T OK - a/b\\x0ac\\xff|'it''s_x/y'=1000000s;;;0\n");
	saw_output_free(&o);
}

static void performance_data_is_cut_between_entries(void **state) {
	struct saw_output o;
	size_t quotes = 0;

	(void)state;
	saw_output_init(&o, "T");
	for (int i = 0; i < 1000; i++)
		saw_output_perf(&o, &(struct saw_perf){.label = "a_rather_long_label", .uom = ""}, i);
	assert_in_range(o.perfdata.len, 3000, 4096);
	for (const char *p = saw_buf_text(&o.perfdata); *p; p++)
		quotes += *p == '\'';
	assert_int_equal(quotes % 2, 0);
	assert_string_equal(saw_buf_text(&o.perfdata) + o.perfdata.len - 4, ";;;0");
	saw_output_free(&o);
}

static int free_said(void **state) {
	(void)state;
	saw_buf_free(&said);
	return 0;
}

/* Reasons as long as a device makes them: what the line has no room for is counted, never cut. */
static void a_reason_is_whole_or_counted(void **state) {
	static char reason[1800];
	struct saw_output out;
	struct saw_findings f;
	struct saw_buf text = SAW_BUF_INIT(1U << 20);

	(void)state;
	memset(reason, 'x', sizeof reason - 1);
	saw_output_init(&out, "SAWATCH TUNNEL");
	assert_true(saw_findings_create(&f, 5, &out));
	for (int i = 0; i < 5; i++) {
		saw_findings_begin(&f, NULL, "n", 0);
		saw_buf_printf(&f.text, "%s end%d", reason, i);
		saw_findings_end(&f, SAW_CRITICAL);
	}
	saw_findings_say(&f, &out);
	saw_output_print(&out, false, &text);
	assert_non_null(strstr(saw_buf_text(&text), "x end0; "));
	assert_non_null(strstr(saw_buf_text(&text), "x end1; and 3 more\n"));
	saw_buf_free(&text);
	saw_findings_destroy(&f);
	saw_output_free(&out);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state_has_its_status),
		cmocka_unit_test(performance_data_has_the_form),
		cmocka_unit_test(what_could_not_be_read_is_unknown_with_the_devices_reason),
		cmocka_unit_test(old_data_is_unknown),
		cmocka_unit_test(maintenance_is_ok_and_says_so),
		cmocka_unit_test(all_tunnels_worst_first_with_counts),
		cmocka_unit_test(replay_errors_have_defaults),
		cmocka_unit_test(a_replay_check_that_is_off_is_no_error),
		cmocka_unit_test(the_mtu_has_a_floor),
		cmocka_unit_test(a_tunnel_mtu_above_the_plaintext_mtu_is_a_warning),
		cmocka_unit_test(an_asa_mtu_comes_from_its_overhead),
		cmocka_unit_test(a_device_with_one_failing_source_is_a_warning),
		cmocka_unit_test(names_that_are_not_there_are_unknown_with_near_ones),
		cmocka_unit_test(a_device_is_found_by_its_address),
		cmocka_unit_test(a_state_that_is_not_known_here_is_unknown),
		cmocka_unit_test(wrong_thresholds_are_explained),
		cmocka_unit_test(the_worst_status_wins),
		cmocka_unit_test(foreign_texts_cannot_break_the_form),
		cmocka_unit_test(performance_data_is_cut_between_entries),
		cmocka_unit_test(a_reason_is_whole_or_counted),
	};

	return cmocka_run_group_tests(tests, NULL, free_said);
}
