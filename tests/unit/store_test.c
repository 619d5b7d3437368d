#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* ------------------------------------------------------------------------------------------------------------- identity */

static void two_tunnels_of_one_peer_are_told_apart_by_selectors(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	for (int i = 0; i < 2; i++) {
		struct row *a, *b;

		snmp(&m, T0 + 2 * i * MINUTE);
		/* In the other order the second time, with other numbers. */
		b = snmp_row(&m, "198.51.100.1", 20 - (uint64_t)i, i ? 2000 : 100, 1);
		a = snmp_row(&m, "198.51.100.1", 10 + (uint64_t)i, i ? 200 : 1000, 1);
		(i ? a : b)->sa.local_ident = z("10.0.0.0/255.255.255.0/0/0");
		(i ? a : b)->sa.remote_ident = z("10.1.0.0/255.255.0.0/0/0");
		(i ? b : a)->sa.local_ident = z("10.0.0.0/255.255.255.0/0/0");
		(i ? b : a)->sa.remote_ident = z("10.2.0.0/255.255.0.0/0/0");
		put(s, &m);
	}
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(total(tunnel(snap, A " 10.0.0.0/24-10.1.0.0/16"), "decaps_packets")->value, 200);
	assert_int_equal(total(tunnel(snap, A " 10.0.0.0/24-10.2.0.0/16"), "decaps_packets")->value, 2000);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 0);
	saw_snapshot_unref(snap);
}

static const char *const twins = "devices:\n"
								 "- name: ASR-WAN01\n"
								 "  platform: iosxe\n"
								 "  address: 192.0.2.1\n"
								 "  snmp: {version: 2c, community_env: C, interval: 2m}\n"
								 "  files: [{path: x}]\n"
								 "  tunnels:\n"
								 "  - {name: one, remote: 198.51.100.1, interface: Tunnel11}\n"
								 "  - {name: two, remote: 198.51.100.1, interface: Tunnel12}\n";

static void rows_that_fit_two_tunnels_are_unassigned_until_spis_tell(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	configure(s, twins, T0);
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.1", 8, 2000, 1);
	set_sas(&m.rows[0], 0x10, 0x20);
	set_sas(&m.rows[1], 0x11, 0x21);
	put(s, &m);
	assert_state(s, T0, "one", STATE(UNKNOWN), "2 rows of ASR-WAN01 could be this tunnel's or another's");
	assert_state(s, T0, "two", STATE(UNKNOWN), "2 rows of ASR-WAN01 could be this tunnel's or another's");
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 2);
	assert_int_equal(tunnel(snap, "one")->n_totals, 0);
	saw_snapshot_unref(snap);
	/* Show output knows the interfaces, and the SPIs. */
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel12", 2100, 0x11, 0x21);
	saved_row(&m, "198.51.100.1", "Tunnel11", 1100, 0x10, 0x20);
	put(s, &m);
	assert_state(s, T0 + MINUTE, "one", STATE(UP), NULL);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1200, 1);
	snmp_row(&m, "198.51.100.1", 8, 2200, 1);
	set_sas(&m.rows[0], 0x10, 0x20);
	set_sas(&m.rows[1], 0x11, 0x21);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 0);
	assert_int_equal(tunnel(snap, "one")->state, STATE(UP));
	assert_int_equal(total(tunnel(snap, "one"), "in_bytes")->value, 1);
	assert_int_equal(total(tunnel(snap, "two"), "decaps_packets")->source, SNMP);
	saw_snapshot_unref(snap);
}

static void rows_of_one_tunnel_that_cannot_be_told_apart_keep_it_up_and_count_nothing(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	/* Around a rekey an old and a new row live side by side, and neither is the one that was counted. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 8, 90, 1);
	snmp_row(&m, "198.51.100.1", 9, 10, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), "2 rows of the device fit this tunnel and cannot be told apart");
	assert_int_equal(value(s, T0 + 2 * MINUTE, A, "decaps_packets"), 1000);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 2);
	saw_snapshot_unref(snap);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 9, 50, 1);
	put(s, &m);
	assert_state(s, T0 + 4 * MINUTE, A, STATE(UP), NULL);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 1050);
}

static void two_rows_that_were_never_told_apart_are_not_guessed_at_later(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	for (int i = 0; i < 3; i++) {
		snmp_row(snmp(&m, T0 + 2 * i * MINUTE), "198.51.100.1", 7, 1000, 1);
		snmp_row(&m, "198.51.100.1", 8, 90, 1);
		put(s, &m);
		assert_state(s, T0 + 2 * i * MINUTE, A, STATE(UP), "2 rows of the device fit this tunnel");
		snap = saw_store_snapshot(s, T0 + 2 * i * MINUTE);
		assert_int_equal(snap->pb->n_tunnels, 1);
		assert_int_equal(snap->pb->tunnels[0]->n_totals, 0);
		assert_int_equal(snap->pb->devices[0]->unassigned_rows, 2);
		saw_snapshot_unref(snap);
	}
}

/* Around a rekey the old row lives on for a while beside the new one: the old one is the one that was counted. */
static void the_row_that_was_counted_is_counted_on_beside_a_new_one(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1100, 1);
	snmp_row(&m, "198.51.100.1", 8, 90, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	assert_int_equal(value(s, T0 + 2 * MINUTE, A, "decaps_packets"), 1100);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 8, 300, 1);
	SET(&m.rows[0].sa, active_seconds, 130);
	put(s, &m);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 1400);
}

static void remote_access_and_peerless_rows_are_counted_and_no_tunnels(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	char *settings[] = {z("RA"), z("Tunnel")};

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	saved_row(&m, "203.0.113.7", "outside", 1, 0x30, 0x40);
	m.rows[1].in.settings = settings;
	m.rows[1].in.n_settings = 2;
	saved_row(&m, "0.0.0.0", "Tunnel99", 0, 0, 0);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(snap->pb->devices[0]->remote_access_rows, 1);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 1);
	saw_snapshot_unref(snap);
}

static void what_is_configured_as_a_tunnel_is_no_client(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	configure(s, store_inventory, T0);
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1)->sa.dynamic_peer = z("10.20.0.66");
	snmp_row(&m, "203.0.113.200", 8, 1000, 1)->sa.dynamic_peer = z("10.20.0.67");
	put(s, &m);
	assert_state(s, T0, "berlin-1", STATE(UP), NULL);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->devices[0]->remote_access_rows, 1);
	saw_snapshot_unref(snap);
}

static void a_row_without_addresses_is_known_by_its_spis(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	set_sas(snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1, 1), 0x10, 0x20);
	put(s, &m);
	set_sas(snmp_row(snmp(&m, T0 + 2 * MINUTE), NULL, 7, 5, 1), 0x10, 0x20);
	m.rows[0].sa.local_endpoint = NULL;
	snmp_row(&m, NULL, 8, 1, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	assert_int_equal(value(s, T0 + 2 * MINUTE, A, "decaps_packets"), 5);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 1);
	saw_snapshot_unref(snap);
}

/* dh_group of the IKE SA that the one tunnel is joined to; 0: to none. */
static uint32_t joined(struct saw_store *s, struct sample *m, int64_t now_ms) {
	struct saw_snapshot *snap;
	uint32_t group;

	for (int i = 0; i < 2; i++) {
		m->ike[i].status = z("QM_IDLE");
		SET(&m->ike[i], dh_group, 14 + (uint32_t)i);
		m->ike_list[i] = &m->ike[i];
	}
	m->pb.n_ike_sas = 2;
	add_table(m, "show crypto isakmp sa", COMPLETE, NULL);
	put(s, m);
	snap = saw_store_snapshot(s, now_ms);
	group = tunnel(snap, A)->has_dh_group ? tunnel(snap, A)->dh_group : 0;
	saw_snapshot_unref(snap);
	return group;
}

static void ike_sas_are_joined_by_both_addresses(void **state) {
	/* The tunnel lies between 192.0.2.1 and 198.51.100.1; the second SA is the one that fits. */
	static const struct {
		const char *remote, *local, *initiator, *responder;
	} fits[][2] = {
		{{"198.51.100.1", "192.0.2.99"}, {"198.51.100.1", "192.0.2.1"}},
		{{"198.51.100.1", "192.0.2.99"}, {"198.51.100.1", NULL}}, /* the local address is not printed */
		{{NULL, NULL, "198.51.100.1", "192.0.2.99"}, {NULL, NULL, "198.51.100.1", "192.0.2.1"}},
		{{NULL, NULL, "192.0.2.99", "198.51.100.1"}, {NULL, NULL, "192.0.2.1", "198.51.100.1"}},
	};
	struct saw_store *s = *state;
	struct sample m;

	for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
		saved_row(saved(&m, T0 + (int64_t)i * MINUTE), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
		m.rows[0].sa.local_endpoint = z("192.0.2.1");
		for (int j = 0; j < 2; j++) {
			sawatch__v1__ike_sa__init(&m.ike[j]);
			m.ike[j].remote = z(fits[i][j].remote);
			m.ike[j].local = z(fits[i][j].local);
			m.ike[j].initiator_address = z(fits[i][j].initiator);
			m.ike[j].responder_address = z(fits[i][j].responder);
		}
		assert_int_equal(joined(s, &m, T0 + (int64_t)i * MINUTE), 15);
	}
}

static void an_ike_sa_without_addresses_is_joined_by_the_index_that_rows_name(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	r = snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1, 1);
	SET(&r->sa, ike_tunnel_id, 13);
	snmp_row(&m, "198.51.100.2", 8, 1, 1);
	add_table(&m, "cikeTunnelTable", COMPLETE, NULL);
	sawatch__v1__ike_sa__init(&m.ike[0]);
	m.ike[0].status = z("active");
	SET(&m.ike[0], tunnel_id, 13);
	SET(&m.ike[0], dh_group, 14);
	m.ike_list[0] = &m.ike[0];
	m.pb.n_ike_sas = 1;
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(tunnel(snap, A)->dh_group, 14);
	assert_true(tunnel(snap, A)->layers[2]->has_up && tunnel(snap, A)->layers[2]->up);
	assert_false(tunnel(snap, B)->has_dh_group);
	assert_false(tunnel(snap, B)->layers[2]->has_up);
	saw_snapshot_unref(snap);
}

static void virtual_access_numbers_are_no_identity(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Virtual-Access3", 10, 0x10, 0x20);
	put(s, &m);
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Virtual-Access8", 20, 0x11, 0x21);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 20);
	saw_snapshot_unref(snap);
}

static void a_name_without_selectors_means_the_flow_of_any_to_any(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	configure(s,
			  "devices:\n- {name: ASR-WAN01, platform: iosxe, files: [{path: x}],\n"
			  "   tunnels: [{name: berlin-1, remote: 198.51.100.1}]}\n",
			  T0);
	r = saved_row(saved(&m, T0), "198.51.100.1", "Tunnel12", 5, 0x11, 0x21);
	r->sa.local_ident = z("10.0.0.0/24");
	r->sa.remote_ident = z("10.1.0.0/24");
	saved_row(&m, "198.51.100.1", "Tunnel11", 7, 0x10, 0x20);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(total(tunnel(snap, "berlin-1"), "decaps_packets")->value, 7);
	assert_int_equal(total(tunnel(snap, A " 10.0.0.0/24-10.1.0.0/24"), "decaps_packets")->value, 5);
	saw_snapshot_unref(snap);
}

/* ------------------------------------------------------------------------------------------------------------- verdicts */

static void a_partial_walk_removes_nothing(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.2", 8, 2000, 1);
	put(s, &m);
	blank(&m, SNMP, T0 + 2 * MINUTE);
	add_table(&m, "cipSecTunnelTable", PARTIAL, "the device stopped answering");
	snmp_row(&m, "198.51.100.1", 7, 1100, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	assert_state(s, T0 + 2 * MINUTE, B, STATE(UNKNOWN),
				 "cipSecTunnelTable was cut short: the device stopped answering");
	assert_int_equal(value(s, T0 + 2 * MINUTE, B, "decaps_packets"), 2000);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 1200, 1);
	snmp_row(&m, "198.51.100.2", 8, 2200, 1);
	put(s, &m);
	assert_state(s, T0 + 4 * MINUTE, B, STATE(UP), NULL);
	assert_int_equal(value(s, T0 + 4 * MINUTE, B, "decaps_packets"), 2200);
}

static void a_discovered_tunnel_that_is_gone_is_down_and_forgotten_in_time(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(DOWN),
				 "its row is gone since 2023-11-14 22:15:20 UTC; the walk was complete");
	snmp_row(snmp(&m, T0 + 24 * 60 * MINUTE), "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 24 * 60 * MINUTE, A, STATE(DOWN), "its row is gone since 2023-11-14 22:15:20 UTC");
	snmp_row(snmp(&m, T0 + (24 * 60 + 2) * MINUTE), "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + (24 * 60 + 2) * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	saw_snapshot_unref(snap);
}

static void a_tunnel_stays_gone_while_its_sources_take_turns(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	put(s, snmp(&m, T0 + 2 * MINUTE));
	assert_state(s, T0 + 2 * MINUTE, A, STATE(DOWN), "its row is gone since 2023-11-14 22:15:20 UTC");
	/* The router's CLI keeps the flow without SAs; the next walk still has no row. */
	saved_row(saved(&m, T0 + 3 * MINUTE), "198.51.100.1", "Tunnel11", 1000, 0, 0);
	put(s, &m);
	assert_state(s, T0 + 3 * MINUTE, A, STATE(DOWN), "the flow to 198.51.100.1 has no SAs");
	put(s, snmp(&m, T0 + 4 * MINUTE));
	assert_state(s, T0 + 4 * MINUTE, A, STATE(DOWN), "its row is gone since 2023-11-14 22:15:20 UTC");
	/* Back, and gone again: a new time. */
	snmp_row(snmp(&m, T0 + 6 * MINUTE), "198.51.100.1", 8, 10, 1);
	put(s, &m);
	assert_state(s, T0 + 6 * MINUTE, A, STATE(UP), NULL);
	put(s, snmp(&m, T0 + 8 * MINUTE));
	assert_state(s, T0 + 8 * MINUTE, A, STATE(DOWN), "its row is gone since 2023-11-14 22:21:20 UTC");
}

static void a_silent_device_is_unknown_with_the_reason(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 5 * MINUTE, A, STATE(UP), NULL);
	assert_state(s, T0 + 5 * MINUTE + 2000, A, STATE(UNKNOWN), "SNMP: what it shows is 302 seconds old");
	blank(&m, SNMP, T0 + 6 * MINUTE);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
	m.pb.error = z("no answer from 192.0.2.1:161 within 3 s, asked 3 times");
	put(s, &m);
	assert_state(s, T0 + 6 * MINUTE, A, STATE(UNKNOWN), "SNMP: no answer from 192.0.2.1:161 within 3 s");
	snmp_row(snmp(&m, T0 + 8 * MINUTE), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 8 * MINUTE, A, STATE(UP), NULL);
	saw_store_lost(s, "ASR-WAN01", "the collector died and is started again", T0 + 9 * MINUTE);
	assert_state(s, T0 + 9 * MINUTE, A, STATE(UNKNOWN), "SNMP: the collector died");
	saw_store_lost(s, "nobody", "x", T0);
}

static void a_slow_device_may_be_older(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	SET(&m.pb, poll_interval_seconds, 240);
	put(s, &m);
	assert_state(s, T0 + 9 * MINUTE, A, STATE(UP), NULL);
	snap = saw_store_snapshot(s, T0 + 9 * MINUTE);
	assert_true(snap->pb->devices[0]->sources[0]->poll_interval_seconds == 240);
	saw_snapshot_unref(snap);
	assert_state(s, T0 + 11 * MINUTE, A, STATE(UNKNOWN), "SNMP: what it shows is");
	/* It is quick again, and held to the configured interval. */
	snmp_row(snmp(&m, T0 + 12 * MINUTE), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 18 * MINUTE, A, STATE(UNKNOWN), "SNMP: what it shows is");
}

static void the_inventory_says_what_is_missing_and_what_is_unexpected(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;
	struct sample m;

	configure(s, store_inventory, T0);
	assert_state(s, T0, "berlin-1", STATE(UNKNOWN), "SNMP: not read yet");
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	assert_state(s, T0, "berlin-1", STATE(UP), NULL);
	assert_state(s, T0, "lab", STATE(MISSING), "it is expected, and ASR-WAN01 has no row for peer 203.0.113.7");
	assert_state(s, T0, B, STATE(UNEXPECTED), "it is not in the inventory of ASR-WAN01");
	snap = saw_store_snapshot(s, T0);
	t = tunnel(snap, "berlin-1");
	assert_true(t->inventory);
	assert_string_equal(t->owner, "netops");
	assert_string_equal(t->site, "hamburg");
	assert_int_equal(t->n_tags, 1);
	assert_string_equal(t->tags[0], "mpls");
	assert_int_equal(t->capacity_bytes_per_second, 1000000);
	assert_false(t->maintenance);
	assert_true(tunnel(snap, "lab")->maintenance);
	assert_false(tunnel(snap, "lab")->has_first_seen_ms);
	assert_false(tunnel(snap, B)->inventory);
	saw_snapshot_unref(snap);
	/* One that nobody asked for is forgotten once it is gone. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	saw_snapshot_unref(snap);
}

static void no_rows_while_tunnel_interfaces_are_up_is_unknown(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	configure(s, store_inventory, T0);
	snmp(&m, T0);
	sawatch__v1__interface__init(&m.ports[0]);
	m.ports[0].name = z("vti-berlin-1");
	SET(&m.ports[0], is_tunnel, 1);
	SET(&m.ports[0], line_up, 1);
	m.port_list[0] = &m.ports[0];
	/* Not counted: what tunnels leave by. */
	sawatch__v1__interface__init(&m.ports[1]);
	m.ports[1].name = z("outside");
	SET(&m.ports[1], is_tunnel, 0);
	SET(&m.ports[1], line_up, 1);
	m.port_list[1] = &m.ports[1];
	m.pb.n_interfaces = 2;
	put(s, &m);
	assert_state(s, T0, "berlin-1", STATE(UNKNOWN),
				 "lists no IPsec tunnel at all (SNMP) while 1 of its tunnel interfaces");
}

static void a_tunnels_interface_is_a_layer(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	sawatch__v1__interface__init(&m.ports[0]);
	m.ports[0].name = z("tunnel11");
	SET(&m.ports[0], line_up, 0);
	SET(&m.ports[0], transport_mtu_bytes, 1438);
	m.port_list[0] = &m.ports[0];
	m.pb.n_interfaces = 1;
	put(s, &m);
	assert_state(s, T0, A, STATE(DOWN), "interface Tunnel11 is down");
}

static void two_commands_that_name_an_interface_make_one(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	sawatch__v1__interface__init(&m.ports[0]);
	m.ports[0].name = z("Tunnel11");
	m.ports[0].vrf = z("BLUE");
	SET(&m.ports[0], line_up, 1);
	SET(&m.ports[0], ip_mtu_bytes, 1400);
	m.port_list[0] = &m.ports[0];
	sawatch__v1__interface__init(&m.ports[1]);
	m.ports[1].name = z("Tunnel11");
	SET(&m.ports[1], line_up, 1);
	SET(&m.ports[1], transport_mtu_bytes, 1438);
	m.port_list[1] = &m.ports[1];
	m.pb.n_interfaces = 2;
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->tunnels[0]->transport_mtu, 1438);
	assert_int_equal(snap->pb->devices[0]->n_interfaces, 1);
	assert_int_equal(snap->pb->devices[0]->interfaces[0]->transport_mtu_bytes, 1438);
	assert_int_equal(snap->pb->devices[0]->interfaces[0]->ip_mtu_bytes, 1400);
	assert_string_equal(snap->pb->devices[0]->interfaces[0]->vrf, "BLUE");
	saw_snapshot_unref(snap);
}

static void a_flow_without_sas_is_down_and_one_way_is_degraded(void **state) {
	struct saw_store *s = *state;
	struct sample m;
	struct row *r;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	put(s, &m);
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel11", 1, 0x10, 0);
	put(s, &m);
	assert_state(s, T0 + MINUTE, A, STATE(DEGRADED), "has an inbound SA and no outbound one");
	saved_row(saved(&m, T0 + 2 * MINUTE), "198.51.100.1", "Tunnel11", 1, 0, 0);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(DOWN), "has no SAs");
	/* Nothing follows from what a shortened text does not list. */
	r = saved_row(saved(&m, T0 + 3 * MINUTE), "198.51.100.1", "Tunnel11", 1, 0, 0);
	SET(&r->sa, current_outbound_spi, 0x20);
	put(s, &m);
	assert_state(s, T0 + 3 * MINUTE, A, STATE(UP), NULL);
	saved_row(saved(&m, T0 + 4 * MINUTE), "198.51.100.1", "Tunnel11", 1, 0x10, 0);
	m.tables[0].status = PARTIAL;
	put(s, &m);
	assert_state(s, T0 + 4 * MINUTE, A, STATE(UP), NULL);
}

/* ---------------------------------------------------------------------------------------------------------------- facts */

static void facts_come_from_whoever_knows_them_and_absent_stays_absent(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;
	char *settings[] = {z("Tunnel"), z("UDP-Encaps"), z("PFS Group 21")};
	struct sample m;
	struct row *r;

	r = saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	r->sa.protected_vrf = z("BLUE");
	r->in.settings = settings;
	r->in.n_settings = 3;
	r->in.encryption = z("aes-gcm");
	SET(&r->in, key_bits, 256);
	SET(&r->sa, path_mtu, 1500);
	SET(&r->in, remaining_seconds, 3000);
	SET(&r->in, remaining_kilobytes, 4000);
	SET(&r->out, remaining_seconds, 30);
	SET(&r->in, replay_detection, 1);
	SET(&r->in, replay_window, 512);
	add_table(&m, "show crypto ikev2 sa", COMPLETE, NULL);
	sawatch__v1__ike_sa__init(&m.ike[0]);
	m.ike[0].local = z("192.0.2.1");
	m.ike[0].remote = z("198.51.100.1");
	m.ike[0].status = z("READY");
	SET(&m.ike[0], version, 2);
	SET(&m.ike[0], dh_group, 20);
	SET(&m.ike[0], lifetime_seconds, 86400);
	SET(&m.ike[0], active_seconds, 400);
	m.ike_list[0] = &m.ike[0];
	m.pb.n_ike_sas = 1;
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + MINUTE);
	t = tunnel(snap, A);
	assert_string_equal(t->ivrf, "BLUE");
	assert_string_equal(t->encryption, "aes-gcm");
	assert_int_equal(t->key_bits, 256);
	assert_null(t->integrity);
	assert_int_equal(t->pfs_group, 21);
	assert_int_equal(t->dh_group, 20);
	assert_int_equal(t->ike_version, 2);
	assert_true(t->has_nat_t && t->nat_t);
	assert_int_equal(t->replay_window, 512);
	assert_int_equal(t->in_remaining_seconds, 2940);
	assert_int_equal(t->in_remaining_bytes, 4096000);
	assert_true(t->has_out_remaining_seconds);
	assert_int_equal(t->out_remaining_seconds, 0);
	assert_false(t->has_out_remaining_bytes);
	assert_int_equal(t->ike_remaining_seconds, 86400 - 400 - 60);
	assert_false(t->has_plaintext_mtu);
	assert_int_equal(t->computed_mtu, 1438);
	assert_int_equal(t->recommended_mss, 1398);
	assert_false(t->has_replay_errors_per_second);
	assert_int_equal(t->n_layers, 5);
	assert_true(t->layers[2]->has_up && t->layers[2]->up);
	assert_false(t->layers[0]->has_up);
	assert_false(t->layers[1]->has_up);
	saw_snapshot_unref(snap);
	/* Without replay detection the window is 0. */
	r = saved_row(saved(&m, T0 + 2 * MINUTE), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	SET(&r->in, replay_detection, 0);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_true(tunnel(snap, A)->has_replay_window);
	assert_int_equal(tunnel(snap, A)->replay_window, 0);
	saw_snapshot_unref(snap);
}

/* ------------------------------------------------------------------------------------------------------- configuration */

static void a_reload_keeps_what_is_known_and_forgets_what_is_gone(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1500, 1);
	put(s, &m);
	/* The discovered tunnel gets a name, and keeps its total. */
	configure(s, store_inventory, T0 + 2 * MINUTE);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(total(tunnel(snap, "berlin-1"), "decaps_packets")->value, 1500);
	saw_snapshot_unref(snap);
	assert_state(s, T0 + 2 * MINUTE, "berlin-1", STATE(UP), NULL);
	/* And loses it again; the one that was never seen goes. */
	configure(s, store_plain, T0 + 3 * MINUTE);
	assert_int_equal(value(s, T0 + 3 * MINUTE, A, "decaps_packets"), 1500);
	snap = saw_store_snapshot(s, T0 + 3 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	saw_snapshot_unref(snap);
	configure(s, "devices:\n- {name: other, platform: asa, files: [{path: x}]}\n", T0 + 4 * MINUTE);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 0);
	assert_int_equal(snap->pb->n_devices, 1);
	assert_string_equal(snap->pb->devices[0]->name, "other");
	saw_snapshot_unref(snap);
	assert_int_equal(saw_store_sample(s, &m.pb, T0 + 4 * MINUTE), SAW_EUNKNOWN);
}

static void a_renamed_tunnel_keeps_its_totals(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	configure(s, store_inventory, T0);
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	configure(s,
			  "devices:\n- {name: ASR-WAN01, platform: iosxe, address: h, snmp: {version: 2c, community_env: C},\n"
			  "   tunnels: [{name: aachen-1, remote: 198.51.100.1}, {name: berlin-1, remote: 198.51.100.9}]}\n",
			  T0 + MINUTE);
	assert_int_equal(value(s, T0 + MINUTE, "aachen-1", "decaps_packets"), 1000);
	assert_state(s, T0 + MINUTE, "berlin-1", STATE(MISSING), "198.51.100.9");
}

static void what_cannot_be_taken_is_refused(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp(&m, T0);
	m.pb.schema_version = 2;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EVERSION);
	snmp(&m, T0);
	m.pb.device = z("nobody");
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EUNKNOWN);
	m.pb.device = NULL;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EUNKNOWN);
	snmp(&m, T0);
	m.pb.source = (Sawatch__V1__Source)77;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EFORMAT);
	m.pb.source = SAWATCH__V1__SOURCE__SOURCE_SSH;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EUNKNOWN);
}

/* Field 0 is what protobuf-c reads, but refuses once it has packed it itself: the row could never be shown again. */
static void fields_that_nobody_knows_do_not_cost_the_snapshot(void **state) {
	struct saw_store *s = *state;
	ProtobufCMessageUnknownField *strange = calloc(1, sizeof *strange);
	struct saw_snapshot *snap;
	struct sample m;

	assert_non_null(strange);
	*strange = (ProtobufCMessageUnknownField){.wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = 1, .data = calloc(1, 1)};
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	m.pb.ipsec_sas[0]->base.unknown_fields = strange;
	m.pb.ipsec_sas[0]->base.n_unknown_fields = 1;
	put(s, &m);
	assert_int_equal(m.pb.ipsec_sas[0]->base.n_unknown_fields, 0);
	snap = saw_store_snapshot(s, T0);
	assert_non_null(snap);
	assert_int_equal(snap->pb->n_tunnels, 1);
	saw_snapshot_unref(snap);
}

/* ------------------------------------------------------------------------------------------------------------ snapshots */

static void a_snapshot_is_immutable_shared_and_cached_for_a_second(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *a, *b;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.2", 7, 1000, 1);
	snmp_row(&m, "198.51.100.1", 8, 1000, 1);
	m.pb.hostname = z("asr-wan01");
	put(s, &m);
	a = saw_store_snapshot(s, T0);
	b = saw_store_snapshot(s, T0 + 1000);
	assert_ptr_equal(a, b);
	saw_snapshot_unref(b);
	b = saw_store_snapshot(s, T0 + 1001);
	assert_ptr_not_equal(a, b);
	assert_int_equal(b->pb->sequence, a->pb->sequence + 1);
	saw_snapshot_unref(b);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 8, 2000, 1);
	put(s, &m);
	b = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(total(tunnel(a, A), "decaps_packets")->value, 1000);
	assert_int_equal(total(tunnel(b, A), "decaps_packets")->value, 2000);
	assert_string_equal(a->pb->tunnels[0]->name, A);
	assert_string_equal(a->pb->tunnels[1]->name, B);
	assert_string_equal(b->pb->devices[0]->hostname, "asr-wan01");
	assert_int_equal(b->pb->devices[0]->sources[0]->n_tables, 1);
	assert_string_equal(b->pb->devices[0]->sources[0]->tables[0]->name, "cipSecTunnelTable");
	saw_snapshot_unref(b);
	/* A snapshot outlives the store. */
	saw_store_destroy(s);
	*state = NULL;
	assert_int_equal(total(tunnel(a, A), "decaps_packets")->value, 1000);
	saw_snapshot_unref(a);
	saw_snapshot_unref(NULL);
}

static void a_snapshot_packs_and_unpacks(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	Sawatch__V1__Snapshot *copy;
	struct sample m;
	uint8_t *p;
	size_t n;

	saw_store_daemon(s, &(struct saw_store_daemon){.scheduler_lag_seconds = 0.5, .polls_missed = 3});
	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	n = sawatch__v1__snapshot__get_packed_size(snap->pb);
	p = malloc(n);
	assert_non_null(p);
	assert_int_equal(sawatch__v1__snapshot__pack(snap->pb, p), n);
	copy = sawatch__v1__snapshot__unpack(NULL, n, p);
	assert_non_null(copy);
	assert_int_equal(copy->n_tunnels, 1);
	assert_int_equal(copy->polls_missed, 3);
	assert_int_equal(copy->tunnels[0]->outbound_spis[0], 0x20);
	sawatch__v1__snapshot__free_unpacked(copy, NULL);
	free(p);
	saw_snapshot_unref(snap);
}

static void logs_stay_until_they_are_read_again_and_load_is_of_the_last_poll(void **state) {
	struct saw_store *s = *state;
	Sawatch__V1__IkeFailure failure = SAWATCH__V1__IKE_FAILURE__INIT, *failures[] = {&failure};
	Sawatch__V1__EndedTunnel ended = SAWATCH__V1__ENDED_TUNNEL__INIT, *ends[] = {&ended};
	Sawatch__V1__BgpPeer peer = SAWATCH__V1__BGP_PEER__INIT, *peers[] = {&peer};
	const Sawatch__V1__Device *d;
	struct saw_snapshot *snap;
	struct sample m;

	failure.reason = z("authentication");
	ended.reason = z("peer_lost");
	peer.peer = z("10.0.11.2");
	snmp(&m, T0);
	add_table(&m, "cikeFailTable", COMPLETE, NULL);
	add_table(&m, "cipSecTunnelHistTable", COMPLETE, NULL);
	m.pb.ike_failures = failures;
	m.pb.ended_tunnels = ends;
	m.pb.bgp_peers = peers;
	m.pb.n_ike_failures = m.pb.n_ended_tunnels = m.pb.n_bgp_peers = 1;
	SET(&m.pb, cpu_percent, 42);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	d = snap->pb->devices[0];
	assert_int_equal(d->cpu_percent, 42);
	assert_string_equal(d->bgp_peers[0]->peer, "10.0.11.2");
	assert_string_equal(d->ike_failures[0]->reason, "authentication");
	assert_string_equal(d->ended_tunnels[0]->reason, "peer_lost");
	saw_snapshot_unref(snap);
	/* The next poll does not read the logs, and the device gives no load. */
	put(s, snmp(&m, T0 + 2 * MINUTE));
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	d = snap->pb->devices[0];
	assert_false(d->has_cpu_percent);
	assert_int_equal(d->n_bgp_peers, 0);
	assert_int_equal(d->n_ike_failures, 1);
	assert_int_equal(d->n_ended_tunnels, 1);
	saw_snapshot_unref(snap);
	/* A log that was read and is empty, one that could not be read, and then a device that says nothing. */
	snmp(&m, T0 + 4 * MINUTE);
	add_table(&m, "cikeFailTable", SAWATCH__V1__TABLE_STATE__TABLE_STATE_ABSENT, NULL);
	add_table(&m, "cipSecTunnelHistTable", SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED, "cut");
	SET(&m.pb, cpu_percent, 0);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	d = snap->pb->devices[0];
	assert_true(d->has_cpu_percent && d->cpu_percent == 0);
	assert_int_equal(d->n_ike_failures, 0);
	assert_int_equal(d->n_ended_tunnels, 1);
	saw_snapshot_unref(snap);
	snmp(&m, T0 + 6 * MINUTE);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 6 * MINUTE);
	assert_false(snap->pb->devices[0]->has_cpu_percent);
	saw_snapshot_unref(snap);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* `remote` alone, and two tunnels to it from two addresses: none is picked, the message says what tells them apart, and that helps. */
static void tunnels_from_several_addresses_need_their_local(void **state) {
	static const char *const given[] = {"  - {name: one, remote: 198.51.100.1}\n",
										"  - {name: one, remote: 198.51.100.1, local: 192.0.2.1}\n"
										"  - {name: two, remote: 198.51.100.1, local: 192.0.2.129}\n"};
	struct saw_store *s = *state;

	for (int i = 0; i < 4; i++) {
		int64_t at = T0 + 2 * i * MINUTE;
		struct saw_snapshot *snap;
		struct sample m;
		char text[512];

		snprintf(text, sizeof text, "%s  tunnels:\n%s", store_plain, given[i / 2]);
		configure(s, text, at);
		snmp_row(snmp(&m, at), "198.51.100.1", 7, 1000, 1);
		snmp_row(&m, "198.51.100.1", 8, 2000, 1)->sa.local_endpoint = z("192.0.2.129");
		set_sas(&m.rows[0], 0x10, 0x20);
		set_sas(&m.rows[1], 0x11, 0x21);
		put(s, &m);
		snap = saw_store_snapshot(s, at);
		assert_int_equal(snap->pb->n_tunnels, i < 2 ? 1 : 2);
		assert_int_equal(tunnel(snap, "one")->n_changes, 0);
		saw_snapshot_unref(snap);
		if (i < 2) {
			assert_state(s, at, "one", STATE(UP), "with `local` or `interface` beside `remote`");
		} else {
			assert_int_equal(value(s, at, "one", "decaps_packets"), 1000);
			assert_int_equal(value(s, at, "two", "decaps_packets"), 2000);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(tunnels_from_several_addresses_need_their_local),
		TEST(two_tunnels_of_one_peer_are_told_apart_by_selectors),
		TEST(logs_stay_until_they_are_read_again_and_load_is_of_the_last_poll),
		TEST(rows_that_fit_two_tunnels_are_unassigned_until_spis_tell),
		TEST(rows_of_one_tunnel_that_cannot_be_told_apart_keep_it_up_and_count_nothing),
		TEST(two_rows_that_were_never_told_apart_are_not_guessed_at_later),
		TEST(the_row_that_was_counted_is_counted_on_beside_a_new_one),
		TEST(remote_access_and_peerless_rows_are_counted_and_no_tunnels),
		TEST(what_is_configured_as_a_tunnel_is_no_client),
		TEST(a_row_without_addresses_is_known_by_its_spis),
		TEST(ike_sas_are_joined_by_both_addresses),
		TEST(an_ike_sa_without_addresses_is_joined_by_the_index_that_rows_name),
		TEST(virtual_access_numbers_are_no_identity),
		TEST(a_name_without_selectors_means_the_flow_of_any_to_any),
		TEST(a_partial_walk_removes_nothing),
		TEST(a_discovered_tunnel_that_is_gone_is_down_and_forgotten_in_time),
		TEST(a_tunnel_stays_gone_while_its_sources_take_turns),
		TEST(a_silent_device_is_unknown_with_the_reason),
		TEST(a_slow_device_may_be_older),
		TEST(the_inventory_says_what_is_missing_and_what_is_unexpected),
		TEST(no_rows_while_tunnel_interfaces_are_up_is_unknown),
		TEST(two_commands_that_name_an_interface_make_one),
		TEST(a_tunnels_interface_is_a_layer),
		TEST(a_flow_without_sas_is_down_and_one_way_is_degraded),
		TEST(facts_come_from_whoever_knows_them_and_absent_stays_absent),
		TEST(a_reload_keeps_what_is_known_and_forgets_what_is_gone),
		TEST(a_renamed_tunnel_keeps_its_totals),
		TEST(what_cannot_be_taken_is_refused),
		TEST(fields_that_nobody_knows_do_not_cost_the_snapshot),
		TEST(a_snapshot_is_immutable_shared_and_cached_for_a_second),
		TEST(a_snapshot_packs_and_unpacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
