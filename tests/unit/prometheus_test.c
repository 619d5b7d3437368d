/* The Prometheus text: exact lines, escaping, what is absent and when; and doc/metrics.md against the table of families. */
#include "exporters/prometheus/writer.h"
#include "tests/fixtures/snapshot.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct saw_buf text = SAW_BUF_INIT(64U << 20);

static const struct saw_prometheus_options as_text = {.form = SAW_EXPOSITION_TEXT, .parts = SAW_PART_ALL};

static void render(void) {
	saw_buf_reset(&text);
	assert_int_equal(saw_prometheus_render(fixture_snapshot(), FIXTURE_NOW_MS, NULL, &as_text, &text), 0);
}

static bool has_line(const char *line) {
	const size_t n = strlen(line);

	for (const char *p = saw_buf_text(&text); (p = strstr(p, line)) != NULL; p++)
		if ((p == saw_buf_text(&text) || p[-1] == '\n') && p[n] == '\n')
			return true;
	return false;
}

/* Lines that begin so. */
static size_t count(const char *start) {
	const size_t n = strlen(start);
	size_t found = 0;

	for (const char *p = saw_buf_text(&text); p; p = strchr(p, '\n')) {
		if (*p == '\n')
			p++;
		found += strncmp(p, start, n) == 0;
	}
	return found;
}

static void numbers_are_exact(void **state) {
	(void)state;
	render();
	assert_true(has_line("sawatch_tunnel_bytes_total{device=\"ASA-XFW01\",tunnel=\"berlin-1\",direction=\"in\"} "
						 "18446744073709551615"));
	assert_true(
		has_line("sawatch_tunnel_packets_total{device=\"ASA-XFW01\",tunnel=\"berlin-1\",direction=\"out\"} 40"));
	assert_true(has_line("sawatch_poll_age_seconds{device=\"ASA-XFW01\",source=\"snmp\"} 12.25"));
	assert_true(has_line("sawatch_poll_age_seconds{device=\"ASR-WAN01\",source=\"snmp\"} 400"));
	assert_true(has_line("sawatch_poll_duration_seconds{device=\"ASA-XFW01\",source=\"snmp\"} 0.125"));
	assert_true(has_line("sawatch_scheduler_lag_seconds 0.1"));
	assert_true(has_line("sawatch_snapshot_timestamp_seconds 1700000000.5"));
	assert_true(has_line("sawatch_poll_interval_seconds{device=\"ASA-XFW01\",source=\"snmp\"} 60"));
}

static void an_age_is_never_negative(void **state) {
	Sawatch__V1__SourceStatus *s = fixture_snapshot()->devices[0]->sources[0];
	const int64_t was = s->observed_at_ms;

	(void)state;
	s->observed_at_ms = FIXTURE_NOW_MS + 5000;
	render();
	s->observed_at_ms = was;
	assert_true(has_line("sawatch_poll_age_seconds{device=\"ASA-XFW01\",source=\"snmp\"} 0"));
}

static void load_and_peers_come_from_the_device_and_ike_failures_while_it_is_read(void **state) {
	Sawatch__V1__Device *d = fixture_snapshot()->devices[0];
	Sawatch__V1__Device was = *d;
	Sawatch__V1__BgpPeer up = SAWATCH__V1__BGP_PEER__INIT, down = up, *peers[] = {&up, &down};
	Sawatch__V1__GlobalCounter auth = SAWATCH__V1__GLOBAL_COUNTER__INIT, other = auth, *counters[] = {&other, &auth};

	(void)state;
	up.peer = (char *)(uintptr_t) "10.0.11.2";
	up.state = (char *)(uintptr_t) "Established"; /* as show output has it; SNMP's are small */
	down.peer = (char *)(uintptr_t) "2001:db8:b::2";
	down.state = (char *)(uintptr_t) "active";
	auth.group = (char *)(uintptr_t) "ike";
	other.group = (char *)(uintptr_t) "ipsec"; /* the same name of another group */
	auth.name = other.name = (char *)(uintptr_t) "auth_fails";
	auth.has_value = other.has_value = 1;
	auth.value = 9;
	other.value = 1000;
	d->bgp_peers = peers;
	d->global_counters = counters;
	d->n_bgp_peers = d->n_global_counters = 2;
	d->has_cpu_percent = 1;
	d->cpu_percent = 42;
	render();
	assert_true(has_line("sawatch_device_cpu_ratio{device=\"ASA-XFW01\"} 0.42"));
	assert_int_equal(count("sawatch_device_crypto_load_ratio{"), 0);
	assert_true(has_line("sawatch_bgp_peer_up{device=\"ASA-XFW01\",peer=\"10.0.11.2\",vrf=\"\"} 1"));
	assert_true(has_line("sawatch_bgp_peer_up{device=\"ASA-XFW01\",peer=\"2001:db8:b::2\",vrf=\"\"} 0"));
	assert_true(has_line("sawatch_ike_failures_total{device=\"ASA-XFW01\",reason=\"authentication\"} 9"));
	assert_int_equal(count("sawatch_ike_failures_total{"), 1);
	d->sources[0]->has_error_class = 1;
	render();
	d->sources[0]->has_error_class = 0;
	*d = was;
	assert_int_equal(count("sawatch_ike_failures_total{"), 0);
}

static void interfaces_are_those_that_tunnels_leave_by(void **state) {
	Sawatch__V1__Device *d = fixture_snapshot()->devices[0];
	Sawatch__V1__Device was = *d;
	Sawatch__V1__Interface outside = SAWATCH__V1__INTERFACE__INIT, tunnel = outside, printed = outside;
	Sawatch__V1__Interface *ports[] = {&outside, &tunnel, &printed};
	Sawatch__V1__MemoryPool pool = SAWATCH__V1__MEMORY_POOL__INIT, *pools[] = {&pool};
	Sawatch__V1__FailoverUnit active = SAWATCH__V1__FAILOVER_UNIT__INIT, failed = active, *units[] = {&active, &failed};

	(void)state;
	outside.name = (char *)(uintptr_t) "outside";
	tunnel.name = (char *)(uintptr_t) "vti-berlin-1";
	printed.name = (char *)(uintptr_t) "GigabitEthernet0/0"; /* show output does not say what it is to the tunnels */
	outside.has_is_tunnel = tunnel.has_is_tunnel = tunnel.is_tunnel = 1;
	outside.has_line_up = tunnel.has_line_up = printed.has_line_up = 1;
	outside.has_in_bytes = outside.has_bandwidth_kbit = 1;
	outside.in_bytes = 4000000000000;
	outside.bandwidth_kbit = 1000000;
	pool.name = (char *)(uintptr_t) "Processor";
	pool.has_free_bytes = 1;
	pool.free_bytes = 123;
	active.unit = (char *)(uintptr_t) "secondary";
	failed.unit = (char *)(uintptr_t) "primary";
	active.has_active = active.active = active.has_ready = active.ready = failed.has_active = failed.has_ready = 1;
	d->interfaces = ports;
	d->n_interfaces = 3;
	d->memory_pools = pools;
	d->n_memory_pools = 1;
	d->failover_units = units;
	d->n_failover_units = 2;
	render();
	*d = was;
	assert_true(has_line("sawatch_interface_up{device=\"ASA-XFW01\",interface=\"outside\"} 0"));
	assert_int_equal(count("sawatch_interface_up{"), 1);
	assert_true(has_line(
		"sawatch_interface_bytes_total{device=\"ASA-XFW01\",interface=\"outside\",direction=\"in\"} 4000000000000"));
	assert_int_equal(count("sawatch_interface_bytes_total{"), 1);
	assert_true(
		has_line("sawatch_interface_speed_bytes_per_second{device=\"ASA-XFW01\",interface=\"outside\"} 125000000"));
	assert_true(has_line("sawatch_device_memory_free_bytes{device=\"ASA-XFW01\",pool=\"Processor\"} 123"));
	assert_int_equal(count("sawatch_device_memory_used_bytes{"), 0);
	assert_true(has_line("sawatch_device_failover_active{device=\"ASA-XFW01\",unit=\"secondary\"} 1"));
	assert_true(has_line("sawatch_device_failover_active{device=\"ASA-XFW01\",unit=\"primary\"} 0"));
	assert_true(has_line("sawatch_device_failover_ready{device=\"ASA-XFW01\",unit=\"secondary\"} 1"));
	assert_true(has_line("sawatch_device_failover_ready{device=\"ASA-XFW01\",unit=\"primary\"} 0"));
	assert_int_equal(count("sawatch_device_failover_"), 4);
}

static void circuits_say_what_they_carry_and_why(void **state) {
	Sawatch__V1__Snapshot *s = fixture_snapshot();
	Sawatch__V1__Circuit full = SAWATCH__V1__CIRCUIT__INIT, bare = full, *circuits[] = {&full, &bare};

	(void)state;
	full.name = (char *)(uintptr_t) "CARRIER-4711";
	full.sister = (char *)(uintptr_t) "CARRIER-4712";
	full.limit = (char *)(uintptr_t) "shaper of ASR-WAN01";
	full.has_capacity_bytes_per_second = full.has_capacity_layer = 1;
	full.capacity_bytes_per_second = 10000000;
	full.capacity_layer = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET;
	bare.name = (char *)(uintptr_t) "CARRIER-4712";
	s->circuits = circuits;
	s->n_circuits = 2;
	render();
	s->circuits = NULL;
	s->n_circuits = 0;
	assert_true(
		has_line("sawatch_circuit_info{circuit=\"CARRIER-4711\",limit=\"shaper of ASR-WAN01\",layer=\"ethernet\","
				 "sister=\"CARRIER-4712\"} 1"));
	assert_true(has_line("sawatch_circuit_capacity_bytes_per_second{circuit=\"CARRIER-4711\"} 10000000"));
	assert_int_equal(count("sawatch_circuit_capacity_bytes_per_second{"), 1); /* no limit is no capacity of 0 */
}

static void labels_are_escaped(void **state) {
	(void)state;
	render();
	assert_true(has_line("sawatch_tunnel_up{device=\"ASA-XFW01\",tunnel=\"q\\\"u\\\\o\\nte<b>|\"} 1"));
	assert_int_equal(count("te<b>"), 0); /* no label breaks its line */
	assert_non_null(strstr(saw_buf_text(&text), "owner=\"net\\\\ops\""));
}

static void zero_is_a_value_and_absent_is_no_line(void **state) {
	(void)state;
	render();
	assert_true(has_line(
		"sawatch_tunnel_errors_total{device=\"ASA-XFW01\",tunnel=\"berlin-1\",direction=\"in\",reason=\"auth\"} 0"));
	assert_true(has_line(
		"sawatch_tunnel_errors_total{device=\"ASA-XFW01\",tunnel=\"berlin-1\",direction=\"out\",reason=\"no_sa\"} 7"));
	assert_int_equal(count("sawatch_tunnel_errors_total{"), 2);
	assert_true(has_line("sawatch_polls_missed_total 0"));
	/* Known nowhere: not even a header. */
	assert_null(strstr(saw_buf_text(&text), "sawatch_tunnel_path_mtu_bytes"));
	assert_null(strstr(saw_buf_text(&text), "process_"));
	/* A layer that is not known, a table the device does not have, a source that was never polled. */
	assert_int_equal(count("sawatch_tunnel_layer_up{"), 2);
	assert_int_equal(count("sawatch_poll_table_complete{"), 2);
	assert_int_equal(count("sawatch_device_up{device=\"NEW-FW01\""), 0);
}

static void info_has_labels_only_for_what_is_known(void **state) {
	(void)state;
	render();
	assert_true(has_line("sawatch_tunnel_info{device=\"ASA-XFW01\",tunnel=\"berlin-1\",interface=\"Tunnel1\","
						 "local=\"192.0.2.1\",remote=\"203.0.113.1\",ike_version=\"2\",encryption=\"aes-gcm-256\","
						 "dh_group=\"21\",nat_t=\"true\",owner=\"net\\\\ops\"} 1"));
	assert_true(has_line("sawatch_tunnel_info{device=\"ASA-XFW01\",tunnel=\"lyon-1\",remote=\"203.0.113.3\"} 1"));
	assert_true(has_line("sawatch_device_info{device=\"ASR-WAN01\",platform=\"iosxe\"} 1"));
}

static void exactly_one_state_is_1(void **state) {
	const Sawatch__V1__Snapshot *s = fixture_snapshot();

	(void)state;
	render();
	assert_int_equal(count("sawatch_tunnel_state{"), 6 * s->n_tunnels);
	for (size_t i = 0; i < s->n_tunnels; i++) {
		static const char *const states[] = {"up", "degraded", "down", "missing", "unexpected", "unknown"};
		size_t ones = 0;

		if (strchr(s->tunnels[i]->name, '"'))
			continue; /* escaped; the count above has it */
		for (size_t k = 0; k < 6; k++) {
			char line[200];

			snprintf(line, sizeof line, "sawatch_tunnel_state{device=\"%s\",tunnel=\"%s\",state=\"%s\"} 1",
					 s->tunnels[i]->device, s->tunnels[i]->name, states[k]);
			ones += has_line(line);
		}
		assert_int_equal(ones, 1);
	}
	assert_true(has_line("sawatch_tunnel_up{device=\"ASA-XFW01\",tunnel=\"oslo-1\"} 0"));
	assert_true(has_line("sawatch_tunnel_maintenance{device=\"ASA-XFW01\",tunnel=\"rome-1\"} 1"));
	assert_true(has_line("sawatch_tunnel_maintenance{device=\"ASA-XFW01\",tunnel=\"lyon-1\"} 0"));
}

/* Of a tunnel that could not be read: its verdict and facts stay, everything that claims to be current ends. */
static void an_unknown_tunnel_claims_nothing_current(void **state) {
	(void)state;
	render();
	assert_true(has_line("sawatch_tunnel_state{device=\"ASR-WAN01\",tunnel=\"muenchen-1\",state=\"unknown\"} 1"));
	assert_true(has_line("sawatch_tunnel_info{device=\"ASR-WAN01\",tunnel=\"muenchen-1\",remote=\"203.0.113.8\"} 1"));
	assert_true(has_line("sawatch_poll_errors_total{device=\"ASR-WAN01\",source=\"snmp\",reason=\"auth\"} 4"));
	assert_true(has_line("sawatch_device_up{device=\"ASR-WAN01\",source=\"snmp\"} 0"));
	assert_int_equal(count("sawatch_tunnel_up{device=\"ASR-WAN01\""), 0);
	assert_int_equal(count("sawatch_tunnel_bytes_total{device=\"ASR-WAN01\""), 0);
	assert_int_equal(count("sawatch_tunnel_rekeys_total{device=\"ASR-WAN01\""), 0);
	assert_int_equal(count("sawatch_tunnel_plaintext_mtu_bytes{device=\"ASR-WAN01\""), 0);
}

static void counters_come_back_as_they_were(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("muenchen-1");

	(void)state;
	t->state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP;
	render();
	t->state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
	assert_true(
		has_line("sawatch_tunnel_bytes_total{device=\"ASR-WAN01\",tunnel=\"muenchen-1\",direction=\"out\"} 2000"));
	assert_true(has_line("sawatch_tunnel_rekeys_total{device=\"ASR-WAN01\",tunnel=\"muenchen-1\"} 3"));
}

static void a_tunnel_without_a_state_is_unknown(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("turin-1");

	(void)state;
	t->has_state = 0;
	render();
	t->has_state = 1;
	assert_true(has_line("sawatch_tunnel_state{device=\"ASR-WAN03\",tunnel=\"turin-1\",state=\"unknown\"} 1"));
	assert_int_equal(count("sawatch_tunnel_up{device=\"ASR-WAN03\""), 0);
}

static void a_missing_tunnel_has_no_sizes(void **state) {
	(void)state;
	render();
	assert_int_equal(count("sawatch_tunnel_plaintext_mtu_bytes{device=\"ASA-XFW01\",tunnel=\"oslo-1\""), 0);
	assert_int_equal(count("sawatch_tunnel_plaintext_mtu_bytes{device=\"ASA-XFW01\",tunnel=\"berlin-1\"} 1438"), 1);
}

/* The counters of a source that cannot be read, of a tunnel that another source shows. */
static void a_stale_total_has_no_line(void **state) {
	Sawatch__V1__Total a = SAWATCH__V1__TOTAL__INIT, b = SAWATCH__V1__TOTAL__INIT, *list[] = {&a, &b};
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("turin-1");
	Sawatch__V1__TunnelEnd before = *t;

	(void)state;
	a.name = (char[]){"in_bytes"};
	b.name = (char[]){"fragments_created"};
	a.has_value = b.has_value = a.has_stale = a.stale = 1;
	a.value = 111;
	b.value = 222;
	t->totals = list;
	t->n_totals = 2;
	t->has_state = 1;
	t->state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP;
	render();
	*t = before;
	assert_int_equal(count("sawatch_tunnel_bytes_total{device=\"ASR-WAN03\",tunnel=\"turin-1\""), 0);
	assert_true(
		has_line("sawatch_tunnel_fragments_total{device=\"ASR-WAN03\",tunnel=\"turin-1\",kind=\"created\"} 222"));
}

/* Totals are found by name, whatever order each tunnel lists them in. */
static void totals_do_not_depend_on_their_order(void **state) {
	Sawatch__V1__Total a = SAWATCH__V1__TOTAL__INIT, b = SAWATCH__V1__TOTAL__INIT, *list[] = {&a, &b};
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("turin-1");

	(void)state;
	a.name = (char[]){"out_bytes"};
	b.name = (char[]){"in_bytes"};
	a.has_value = b.has_value = 1;
	a.value = 111;
	b.value = 222;
	t->n_totals = 2;
	t->totals = list;
	render();
	assert_true(has_line("sawatch_tunnel_bytes_total{device=\"ASR-WAN03\",tunnel=\"turin-1\",direction=\"out\"} 111"));
	assert_true(has_line("sawatch_tunnel_bytes_total{device=\"ASR-WAN03\",tunnel=\"turin-1\",direction=\"in\"} 222"));
	b.has_value = 0;
	render();
	assert_int_equal(count("sawatch_tunnel_bytes_total{device=\"ASR-WAN03\""), 1);
	t->n_totals = 0;
	t->totals = NULL;
}

/* What dashboards and alerts join tunnels to links by. */
static void a_link_names_its_ends(void **state) {
	Sawatch__V1__Snapshot s = SAWATCH__V1__SNAPSHOT__INIT;
	Sawatch__V1__Link l = SAWATCH__V1__LINK__INIT, *links[] = {&l};

	(void)state;
	l.name = (char[]){"berlin"};
	l.a_device = (char[]){"ASA-XFW01"};
	l.a_tunnel = (char[]){"berlin-1"};
	l.b_device = (char[]){"ASR-WAN01"};
	l.b_tunnel = (char[]){"muenchen-1"};
	l.has_maintenance = l.maintenance = 1;
	s.links = links;
	s.n_links = 1;
	saw_buf_reset(&text);
	assert_int_equal(saw_prometheus_render(&s, FIXTURE_NOW_MS, NULL, &as_text, &text), 0);
	assert_true(has_line("sawatch_link_end{link=\"berlin\",device=\"ASA-XFW01\",tunnel=\"berlin-1\"} 1"));
	assert_true(has_line("sawatch_link_end{link=\"berlin\",device=\"ASR-WAN01\",tunnel=\"muenchen-1\"} 1"));
	assert_int_equal(count("sawatch_link_end{"), 2);
	assert_true(has_line("sawatch_link_maintenance{link=\"berlin\",a=\"ASA-XFW01\",b=\"ASR-WAN01\"} 1"));
	assert_int_equal(count("sawatch_link_up{"), 0); /* not known: not down */
}

static void process_figures_below_0_are_absent(void **state) {
	const struct saw_process_figures p = {1.5, 1700000000, -1, 7, -1};

	(void)state;
	saw_buf_reset(&text);
	assert_int_equal(saw_prometheus_render(fixture_snapshot(), FIXTURE_NOW_MS, &p, &as_text, &text), 0);
	assert_true(has_line("process_cpu_seconds_total 1.5"));
	assert_true(has_line("process_start_time_seconds 1700000000"));
	assert_true(has_line("process_open_fds 7"));
	assert_null(strstr(saw_buf_text(&text), "process_resident_memory_bytes"));
	assert_null(strstr(saw_buf_text(&text), "process_max_fds"));
}

static void an_empty_snapshot_is_a_text_too(void **state) {
	Sawatch__V1__Snapshot s = SAWATCH__V1__SNAPSHOT__INIT;

	(void)state;
	saw_buf_reset(&text);
	assert_int_equal(saw_prometheus_render(&s, FIXTURE_NOW_MS, NULL, &as_text, &text), 0);
	assert_int_equal(count("#"), 2);
	assert_int_equal(count("sawatch_build_info{"), 1);
}

static void a_text_over_the_ceiling_fails(void **state) {
	struct saw_buf small = SAW_BUF_INIT(5000);

	(void)state;
	assert_int_equal(saw_prometheus_render(fixture_snapshot(), FIXTURE_NOW_MS, NULL, &as_text, &small), SAW_ELIMIT);
	saw_buf_free(&small);
}

static void each_family_is_written_once_and_together(void **state) {
	size_t n;
	const struct saw_family *f = saw_prometheus_families(&n);

	(void)state;
	render();
	for (size_t i = 0; i < n; i++) {
		char header[200];

		snprintf(header, sizeof header, "# TYPE %s ", f[i].name);
		assert_true(count(header) <= 1);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(f[i].name, f[k].name);
	}
}

static void families_follow_the_rules_of_names(void **state) {
	size_t n;
	const struct saw_family *f = saw_prometheus_families(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const size_t len = strlen(f[i].name);
		const bool total = len > 6 && strcmp(f[i].name + len - 6, "_total") == 0;

		assert_int_equal(total, f[i].type == SAW_COUNTER);
		assert_true(strncmp(f[i].name, "sawatch_", 8) == 0 || strncmp(f[i].name, "process_", 8) == 0);
		assert_null(strpbrk(f[i].help, "\\\n|"));
		assert_true(strlen(f[i].help) > 20);
		assert_true(f[i].n_series > 0 && f[i].n_series <= SAW_SERIES_MAX);
		assert_true(len < SAW_NAME_BYTES - 1);
		for (size_t k = 0; k < f[i].n_series; k++)
			assert_true(!f[i].series[k].labels || strlen(f[i].series[k].labels) < SAW_MORE_BYTES - 4);
		for (const char *p = f[i].name; *p; p++)
			assert_true(islower((unsigned char)*p) || *p == '_');
	}
}

/* ----------------------------------------------------------------------------------------------------------- documentation */

static char *read_doc(void) {
	const char *top = getenv("top_srcdir");
	char path[4096];
	char *doc;
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/doc/metrics.md", top ? top : ".");
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	doc = malloc(1U << 20);
	assert_non_null(doc);
	n = fread(doc, 1, (1U << 20) - 1, f);
	doc[n] = 0;
	fclose(f);
	return doc;
}

/* What the series of a family add to its scope's labels. */
static void put_label_names(struct saw_buf *b, const struct saw_family *f) {
	if (f->label_names)
		saw_buf_puts(b, f->label_names);
	for (size_t i = 0; i < f->n_info; i++)
		saw_buf_printf(b, "%s%s", i ? ", " : "", f->info[i].name);
}

static void the_documentation_is_the_table(void **state) {
	char *doc = read_doc();
	size_t n, rows = 0;
	const struct saw_family *f = saw_prometheus_families(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const char *scope = saw_scope_labels(f[i].scope);
		struct saw_buf names = SAW_BUF_INIT(1000);
		char row[2000];

		put_label_names(&names, &f[i]);
		snprintf(row, sizeof row, "\n| `%s` | %s | %s%s%s | %s |\n", f[i].name,
				 f[i].type == SAW_COUNTER     ? "counter"
				 : f[i].type == SAW_HISTOGRAM ? "histogram"
											  : "gauge",
				 scope, *scope && names.len ? ", " : "", saw_buf_text(&names), f[i].help);
		saw_buf_free(&names);
		if (!strstr(doc, row))
			fail_msg("doc/metrics.md lacks the row:%s", row);
	}
	for (const char *p = doc; (p = strstr(p, "\n| `")) != NULL; p++)
		rows++;
	assert_int_equal(rows, n);
	free(doc);
}

static int free_text(void **state) {
	(void)state;
	saw_buf_free(&text);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(an_age_is_never_negative),
		cmocka_unit_test(load_and_peers_come_from_the_device_and_ike_failures_while_it_is_read),
		cmocka_unit_test(interfaces_are_those_that_tunnels_leave_by),
		cmocka_unit_test(circuits_say_what_they_carry_and_why),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(zero_is_a_value_and_absent_is_no_line),
		cmocka_unit_test(info_has_labels_only_for_what_is_known),
		cmocka_unit_test(exactly_one_state_is_1),
		cmocka_unit_test(an_unknown_tunnel_claims_nothing_current),
		cmocka_unit_test(counters_come_back_as_they_were),
		cmocka_unit_test(a_tunnel_without_a_state_is_unknown),
		cmocka_unit_test(a_missing_tunnel_has_no_sizes),
		cmocka_unit_test(a_stale_total_has_no_line),
		cmocka_unit_test(totals_do_not_depend_on_their_order),
		cmocka_unit_test(a_link_names_its_ends),
		cmocka_unit_test(process_figures_below_0_are_absent),
		cmocka_unit_test(an_empty_snapshot_is_a_text_too),
		cmocka_unit_test(a_text_over_the_ceiling_fails),
		cmocka_unit_test(each_family_is_written_once_and_together),
		cmocka_unit_test(families_follow_the_rules_of_names),
		cmocka_unit_test(the_documentation_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, free_text);
}
