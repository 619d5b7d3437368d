#include "model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define STATE(s) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##s
#define SNMP SAWATCH__V1__SOURCE__SOURCE_SNMP
#define SAVED SAWATCH__V1__SOURCE__SOURCE_FILE

/* 2023-11-14 22:13:20 UTC */
#define T0 INT64_C(1700000000000)

static struct saw_witness snmp_row(void) {
	return (struct saw_witness){
		.source = SNMP, .readable = true, .complete = true, .row = true, .had_row = true, .rows = 3, .observed_ms = T0};
}

static struct saw_witness snmp_no_row(void) {
	struct saw_witness w = snmp_row();

	w.row = false;
	return w;
}

static struct saw_witness saved_row(unsigned in_sas, unsigned out_sas) {
	struct saw_witness w = snmp_row();

	w.source = SAVED;
	w.lists_sas = true;
	w.in_sas = in_sas;
	w.out_sas = out_sas;
	return w;
}

static struct saw_verdict_input about(const struct saw_witness *w, size_t n) {
	return (struct saw_verdict_input){.device = "ASR-WAN01",
									  .peer = {.family = 4, .bytes = {198, 51, 100, 1}},
									  .witnesses = w,
									  .n_witnesses = n,
									  .gone_since_ms = T0};
}

static struct saw_verdict decide(struct saw_verdict_input in) {
	struct saw_verdict v;

	saw_verdict_decide(&in, &v);
	return v;
}

static void a_row_is_up(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict v = decide(about(&w, 1));

	(void)state;
	assert_int_equal(v.state, STATE(UP));
	assert_int_equal(v.n_reasons, 0);
	assert_true(v.present);
	assert_int_equal(v.layers[SAW_LAYER_IPSEC].up, SAW_TRI_YES);
	assert_int_equal(v.layers[SAW_LAYER_IKE].up, SAW_TRI_UNKNOWN);
	/* Also a row of a walk that was cut short later on. */
	w.complete = false;
	w.problem = "cut short";
	assert_int_equal(decide(about(&w, 1)).state, STATE(UP));
}

static void nothing_read_is_unknown(void **state) {
	struct saw_verdict v = decide(about(NULL, 0));
	struct saw_witness w = {.source = SNMP};

	(void)state;
	assert_int_equal(v.state, STATE(UNKNOWN));
	assert_string_equal(v.reasons[0], "nothing that lists the tunnels of ASR-WAN01 has been read yet");
	v = decide(about(&w, 1));
	assert_int_equal(v.state, STATE(UNKNOWN));
	assert_string_equal(v.reasons[0], "SNMP: not read yet");
	assert_int_equal(v.layers[SAW_LAYER_IPSEC].up, SAW_TRI_UNKNOWN);
}

static void a_source_that_failed_is_unknown_with_its_reason(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict v;

	(void)state;
	w.readable = false;
	w.problem = "no answer within 3 s, 3 times";
	v = decide(about(&w, 1));
	assert_int_equal(v.state, STATE(UNKNOWN));
	assert_string_equal(v.reasons[0], "SNMP: no answer within 3 s, 3 times");
	assert_false(v.present);
	assert_false(v.gone);
}

static void a_walk_that_was_cut_short_takes_nothing_away(void **state) {
	struct saw_witness w = snmp_no_row();
	struct saw_verdict_input in;
	struct saw_verdict v;

	(void)state;
	w.complete = false;
	w.problem = "cipSecTunnelTable was cut short: answers stopped";
	in = about(&w, 1);
	in.inventory = true;
	v = decide(in);
	assert_int_equal(v.state, STATE(UNKNOWN));
	assert_string_equal(v.reasons[0], "SNMP: cipSecTunnelTable was cut short: answers stopped");
}

static void gone_in_a_complete_walk_is_missing_where_expected_and_down_where_discovered(void **state) {
	struct saw_witness w = snmp_no_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v = decide(in);

	(void)state;
	assert_int_equal(v.state, STATE(DOWN));
	assert_string_equal(v.reasons[0], "its row is gone since 2023-11-14 22:13:20 UTC; the walk was complete (SNMP)");
	assert_true(v.gone);
	in.inventory = true;
	v = decide(in);
	assert_int_equal(v.state, STATE(MISSING));
	assert_string_equal(v.reasons[0],
						"it is expected, and ASR-WAN01 has no row for peer 198.51.100.1; the list was read to "
						"its end (SNMP), and it never had one");
	in.last_seen_ms = T0 - 1000;
	v = decide(in);
	assert_non_null(strstr(v.reasons[0], "; it was seen last on 2023-11-14 22:13:19 UTC"));
	assert_int_equal(v.layers[SAW_LAYER_IPSEC].up, SAW_TRI_NO);
	assert_int_equal(v.layers[SAW_LAYER_IPSEC].reason, 0);
	/* Expected and never seen by anybody is missing as well. */
	w.had_row = false;
	assert_int_equal(decide(in).state, STATE(MISSING));
}

static void no_rows_at_all_while_tunnel_interfaces_are_up_is_unknown(void **state) {
	struct saw_witness w = snmp_no_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	w.rows = 0;
	in.inventory = true;
	in.tunnel_interfaces_up = 2;
	v = decide(in);
	assert_int_equal(v.state, STATE(UNKNOWN));
	assert_non_null(
		strstr(v.reasons[0], "lists no IPsec tunnel at all (SNMP) while 2 of its tunnel interfaces are up"));
	in.tunnel_interfaces_up = 0;
	assert_int_equal(decide(in).state, STATE(MISSING));
	/* This one's own interface is down: the list may well be right. */
	in.tunnel_interfaces_up = 2;
	in.interface = "Tunnel11";
	in.interface_line = SAW_TRI_NO;
	v = decide(in);
	assert_int_equal(v.state, STATE(MISSING));
	assert_string_equal(v.reasons[0], "interface Tunnel11 is down");
}

static void a_flow_without_sas_is_down_and_one_direction_is_degraded(void **state) {
	struct saw_witness w = saved_row(0, 0);
	struct saw_verdict v = decide(about(&w, 1));

	(void)state;
	assert_int_equal(v.state, STATE(DOWN));
	assert_non_null(strstr(v.reasons[0], "has no SAs"));
	w.out_sas = 1;
	v = decide(about(&w, 1));
	assert_int_equal(v.state, STATE(DEGRADED));
	assert_non_null(strstr(v.reasons[0], "has an outbound SA and no inbound one"));
	w.in_sas = 1;
	assert_int_equal(decide(about(&w, 1)).state, STATE(UP));
	/* The flow MIB lists no SAs in its rows: nothing follows from their absence. */
	w = snmp_row();
	assert_int_equal(decide(about(&w, 1)).state, STATE(UP));
}

static void an_interface_that_is_down_takes_the_tunnel_down(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.interface = "Tunnel11";
	in.interface_line = SAW_TRI_NO;
	v = decide(in);
	assert_int_equal(v.state, STATE(DOWN));
	assert_string_equal(v.reasons[0], "interface Tunnel11 is down");
	assert_int_equal(v.layers[SAW_LAYER_INTERFACE].up, SAW_TRI_NO);
	assert_int_equal(v.layers[SAW_LAYER_IPSEC].up, SAW_TRI_YES);
	in.interface_admin = SAW_TRI_NO;
	assert_non_null(strstr(decide(in).reasons[0], "shut down by configuration"));
	in.interface_admin = in.interface_line = SAW_TRI_YES;
	v = decide(in);
	assert_int_equal(v.state, STATE(UP));
	assert_int_equal(v.layers[SAW_LAYER_INTERFACE].up, SAW_TRI_YES);
}

static void ike_is_a_layer_of_its_own_and_its_absence_says_nothing(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.ike = SAW_TRI_NO;
	in.ike_status = "MM_NO_STATE";
	v = decide(in);
	assert_int_equal(v.state, STATE(UP));
	assert_int_equal(v.layers[SAW_LAYER_IKE].up, SAW_TRI_NO);
	assert_string_equal(v.reasons[v.layers[SAW_LAYER_IKE].reason],
						"IKE with 198.51.100.1 is not up: it is in state MM_NO_STATE");
	w.row = false;
	v = decide(in);
	assert_int_equal(v.state, STATE(DOWN));
	assert_non_null(strstr(v.reasons[0], "MM_NO_STATE")); /* the lowest layer that fails comes first */
	assert_non_null(strstr(v.reasons[1], "its row is gone"));
}

static void of_two_sources_one_that_fails_changes_nothing(void **state) {
	struct saw_witness w[2] = {snmp_row(), saved_row(1, 1)};

	(void)state;
	w[0].readable = false;
	w[0].problem = "wrong password";
	assert_int_equal(decide(about(w, 2)).state, STATE(UP));
}

static void of_two_sources_that_disagree_the_newer_is_believed(void **state) {
	struct saw_witness w[2] = {snmp_no_row(), saved_row(1, 1)};

	(void)state;
	w[0].observed_ms = T0 + 1;
	assert_int_equal(decide(about(w, 2)).state, STATE(DOWN));
	w[0].observed_ms = T0 - 1;
	assert_int_equal(decide(about(w, 2)).state, STATE(UP));
}

static void a_source_that_never_showed_it_cannot_say_that_it_is_gone(void **state) {
	struct saw_witness w[2] = {snmp_no_row(), saved_row(1, 1)};
	struct saw_verdict_input in;
	struct saw_verdict v;

	(void)state;
	w[0].had_row = false;
	w[0].observed_ms = T0 + 60000;
	assert_int_equal(decide(about(w, 2)).state, STATE(UP));
	w[1].readable = false;
	w[1].row = false;
	w[1].problem = "the file is 20 minutes old";
	in = about(w, 2);
	in.inventory = true;
	v = decide(in);
	assert_int_equal(v.state, STATE(UNKNOWN));
	assert_string_equal(v.reasons[0], "SNMP does not show this tunnel and never did");
	assert_string_equal(v.reasons[1], "saved show output: the file is 20 minutes old");
}

static void what_no_complete_inventory_lists_is_unexpected(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.inventory_complete = true;
	v = decide(in);
	assert_int_equal(v.state, STATE(UNEXPECTED));
	assert_string_equal(v.reasons[0], "it is not in the inventory of ASR-WAN01, which is said to be complete");
	in.inventory = true;
	assert_int_equal(decide(in).state, STATE(UP));
	in.inventory = in.inventory_complete = false;
	assert_int_equal(decide(in).state, STATE(UP));
}

static void rows_that_fit_several_ends_leave_them_unknown(void **state) {
	struct saw_witness w = snmp_no_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.inventory = true;
	w.complete = false; /* what cannot be assigned is not read to its end, for this end */
	in.ambiguous_rows = 2;
	v = decide(in);
	assert_int_equal(v.state, STATE(UNKNOWN));
	assert_non_null(strstr(v.reasons[0], "2 rows of ASR-WAN01 could be this tunnel's or another's"));
}

static void the_interface_below_is_the_lowest_layer(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.underlay = "GigabitEthernet0/0/4";
	in.underlay_up = SAW_TRI_NO;
	v = decide(in);
	assert_int_equal(v.state, STATE(DEGRADED));
	assert_int_equal(v.layers[SAW_LAYER_UNDERLAY].up, SAW_TRI_NO);
	assert_string_equal(v.reasons[0], "interface GigabitEthernet0/0/4, which the tunnel leaves by, is down");
	w.row = false;
	v = decide(in);
	assert_int_equal(v.state, STATE(DOWN));
	assert_int_equal(v.layers[SAW_LAYER_UNDERLAY].reason, 0);
	in.underlay_up = SAW_TRI_YES;
	v = decide(in);
	assert_int_equal(v.layers[SAW_LAYER_UNDERLAY].up, SAW_TRI_YES);
}

static void routing_over_it_is_a_layer_where_it_is_configured(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.bgp = "10.0.11.2";
	v = decide(in);
	assert_int_equal(v.state, STATE(UP));
	assert_int_equal(v.layers[SAW_LAYER_ROUTING].up, SAW_TRI_UNKNOWN);
	in.bgp_up = SAW_TRI_YES;
	v = decide(in);
	assert_int_equal(v.layers[SAW_LAYER_ROUTING].up, SAW_TRI_YES);
	in.bgp_up = SAW_TRI_NO;
	in.bgp_state = "idle";
	v = decide(in);
	assert_int_equal(v.state, STATE(DEGRADED));
	assert_string_equal(v.reasons[0], "BGP with 10.0.11.2 over it is not established: it is in state idle");
	in.bgp_state = NULL;
	v = decide(in);
	assert_non_null(strstr(v.reasons[0], "does not have that peer"));
}

static void a_renewal_is_overdue_by_the_age_of_the_sa(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.lifetime_seconds = 3600;
	in.sa_age_ms = 3960 * 1000 + 60000; /* a tenth and a minute later */
	v = decide(in);
	assert_int_equal(v.state, STATE(UP));
	assert_int_equal(v.renewal_overdue, SAW_TRI_NO);
	in.sa_age_ms++;
	v = decide(in);
	assert_int_equal(v.renewal_overdue, SAW_TRI_YES);
	assert_int_equal(v.state, STATE(DEGRADED));
	assert_string_equal(v.reasons[0], "no new SA was seen for 67 minutes, and one lives for 60: the renewal fails");
	assert_int_equal(v.layers[SAW_LAYER_IPSEC].up, SAW_TRI_NO);
	in.lifetime_seconds = 0; /* not known */
	v = decide(in);
	assert_int_equal(v.renewal_overdue, SAW_TRI_UNKNOWN);
	assert_int_equal(v.state, STATE(UP));
}

static void renewals_and_losses_that_come_too_often_degrade(void **state) {
	struct saw_witness w = snmp_row();
	struct saw_verdict_input in = about(&w, 1);
	struct saw_verdict v;

	(void)state;
	in.rekeys_per_lifetime = SAW_REKEY_STORM - 0.1;
	in.flaps_per_hour = SAW_FLAPPING - 0.1;
	assert_int_equal(decide(in).state, STATE(UP));
	in.rekeys_per_lifetime = 12;
	v = decide(in);
	assert_int_equal(v.state, STATE(DEGRADED));
	assert_non_null(strstr(v.reasons[0], "renewed 12 times in one lifetime"));
	in.rekeys_per_lifetime = 1;
	in.flaps_per_hour = 4;
	v = decide(in);
	assert_int_equal(v.state, STATE(DEGRADED));
	assert_non_null(strstr(v.reasons[0], "went down 4 times"));
	assert_true(v.has_frequencies && v.flaps_per_hour == 4);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_up),
		cmocka_unit_test(nothing_read_is_unknown),
		cmocka_unit_test(a_source_that_failed_is_unknown_with_its_reason),
		cmocka_unit_test(a_walk_that_was_cut_short_takes_nothing_away),
		cmocka_unit_test(gone_in_a_complete_walk_is_missing_where_expected_and_down_where_discovered),
		cmocka_unit_test(no_rows_at_all_while_tunnel_interfaces_are_up_is_unknown),
		cmocka_unit_test(a_flow_without_sas_is_down_and_one_direction_is_degraded),
		cmocka_unit_test(an_interface_that_is_down_takes_the_tunnel_down),
		cmocka_unit_test(ike_is_a_layer_of_its_own_and_its_absence_says_nothing),
		cmocka_unit_test(of_two_sources_one_that_fails_changes_nothing),
		cmocka_unit_test(of_two_sources_that_disagree_the_newer_is_believed),
		cmocka_unit_test(a_source_that_never_showed_it_cannot_say_that_it_is_gone),
		cmocka_unit_test(what_no_complete_inventory_lists_is_unexpected),
		cmocka_unit_test(rows_that_fit_several_ends_leave_them_unknown),
		cmocka_unit_test(the_interface_below_is_the_lowest_layer),
		cmocka_unit_test(routing_over_it_is_a_layer_where_it_is_configured),
		cmocka_unit_test(a_renewal_is_overdue_by_the_age_of_the_sa),
		cmocka_unit_test(renewals_and_losses_that_come_too_often_degrade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
