/* What the layers below and above a tunnel, and how often it is renewed, make of its state. */
#include "tests/unit/store_fixture.h"

static const char *const with_bgp =
	"devices:\n"
	"- name: ASR-WAN01\n"
	"  platform: iosxe\n"
	"  address: 192.0.2.1\n"
	"  snmp: {version: 2c, community_env: C, interval: 2m}\n"
	"  tunnels: [{name: berlin-1, remote: 198.51.100.1, interface: Tunnel11, bgp: 10.0.11.2}]\n";

static void layers_below_and_above_come_from_interfaces_and_bgp(void **state) {
	struct saw_store *s = *state;
	Sawatch__V1__BgpPeer peer = SAWATCH__V1__BGP_PEER__INIT, *peers[] = {&peer};
	struct sample m;

	configure(s, with_bgp, T0);
	for (int i = 0; i < 2; i++) {
		snmp_row(snmp(&m, T0 + i * MINUTE), "198.51.100.1", 7, 1, 1);
		add_table(&m, "ifTable", COMPLETE, NULL);
		for (int j = 0; j < 2; j++) {
			sawatch__v1__interface__init(&m.ports[j]);
			m.port_list[j] = &m.ports[j];
			SET(&m.ports[j], line_up, j == 0 || i == 0);
		}
		m.ports[0].name = z("Tunnel11");
		m.ports[0].tunnel_source_interface = z("GigabitEthernet0/0/4");
		m.ports[1].name = z("GigabitEthernet0/0/4");
		m.pb.n_interfaces = 2;
		peer.peer = z("10.0.11.2");
		peer.state = z(i ? "active" : "established");
		m.pb.bgp_peers = peers;
		m.pb.n_bgp_peers = 1;
		put(s, &m);
		if (i == 0)
			assert_state(s, T0, "berlin-1", STATE(UP), NULL);
	}
	assert_state(s, T0 + MINUTE, "berlin-1", STATE(DEGRADED),
				 "GigabitEthernet0/0/4, which the tunnel leaves by, is down");
	assert_state(s, T0 + MINUTE, "berlin-1", STATE(DEGRADED),
				 "BGP with 10.0.11.2 over it is not established: it is in state active");
}

static void ends_run_over_the_circuit_that_takes_them(void **state) {
	struct saw_store *s = *state;
	const Sawatch__V1__TunnelEnd *t;
	struct saw_snapshot *shot;
	struct sample m;

	configure(s,
			  "circuits:\n"
			  "- {name: WAN-A, committed: 100Mbit, sister: WAN-B,\n"
			  "   ends: [{device: ASR-WAN01, interface: GigabitEthernet0/0/4, shaper: 80Mbit}]}\n"
			  "- {name: WAN-B, ends: [{device: ASR-WAN01}]}\n"
			  "devices:\n"
			  "- name: ASR-WAN01\n"
			  "  platform: iosxe\n"
			  "  address: 192.0.2.1\n"
			  "  snmp: {version: 2c, community_env: C, interval: 2m}\n"
			  "  tunnels: [{name: named, remote: 198.51.100.2, circuit: WAN-C}]\n",
			  T0);
	snmp(&m, T0);
	for (int i = 0; i < 2; i++) {
		sawatch__v1__interface__init(&m.ports[i]);
		m.port_list[i] = &m.ports[i];
		m.ports[i].tunnel_source_interface = z("GigabitEthernet0/0/4");
	}
	m.ports[0].name = z("Tunnel11");
	m.ports[1].name = z("Tunnel12");
	m.pb.n_interfaces = 2;
	add_table(&m, "ifTable", COMPLETE, NULL);
	snmp_row(&m, "198.51.100.1", 7, 1, 1)->sa.interface = z("Tunnel11");
	snmp_row(&m, "198.51.100.2", 8, 1, 1)->sa.interface = z("Tunnel12");
	snmp_row(&m, "198.51.100.3", 9, 1, 1);
	put(s, &m);
	shot = saw_store_snapshot(s, T0);
	t = tunnel(shot, A);
	assert_string_equal(t->source_interface, "GigabitEthernet0/0/4");
	assert_string_equal(t->circuit, "WAN-A");
	assert_true(t->has_circuit_packet_bytes && t->circuit_packet_bytes == 18); /* the frame; its cipher is not known */
	t = tunnel(shot, "named");
	assert_string_equal(t->circuit, "WAN-C"); /* what it names itself comes first */
	assert_string_equal(tunnel(shot, "192.0.2.1-198.51.100.3")->circuit, "WAN-B");
	assert_false(tunnel(shot, "192.0.2.1-198.51.100.3")->has_circuit_packet_bytes); /* nothing limits it */
	assert_int_equal(shot->pb->n_circuits, 2);
	assert_string_equal(shot->pb->circuits[0]->limit, "shaper of ASR-WAN01");
	assert_int_equal(shot->pb->circuits[0]->capacity_bytes_per_second, 10000000);
	assert_int_equal(shot->pb->circuits[0]->capacity_layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET);
	assert_string_equal(shot->pb->circuits[0]->sister, "WAN-B");
	assert_false(shot->pb->circuits[1]->has_capacity_bytes_per_second);
	saw_snapshot_unref(shot);
}

static void a_renewal_that_does_not_come_degrades(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	for (int i = 0; i <= 70; i += 2) {
		struct row *r = snmp_row(snmp(&m, T0 + i * MINUTE), "198.51.100.1", 7, 1, 1);

		SET(&r->sa, lifetime_seconds, 3600);
		SET(&r->sa, refreshes, 4);
		set_sas(r, 0x10, 0x20);
		put(s, &m);
		assert_state(s, T0 + i * MINUTE, A, i <= 66 ? STATE(UP) : STATE(DEGRADED),
					 i <= 66 ? NULL : "the renewal fails");
	}
	snmp_row(snmp(&m, T0 + 72 * MINUTE), "198.51.100.1", 7, 1, 1);
	SET(&m.rows[0].sa, lifetime_seconds, 3600);
	SET(&m.rows[0].sa, refreshes, 5);
	set_sas(&m.rows[0], 0x11, 0x21);
	put(s, &m);
	assert_state(s, T0 + 72 * MINUTE, A, STATE(UP), NULL);
}

static void a_rekey_storm_and_flapping_are_said_and_pass(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	for (int i = 0; i < 12; i++) {
		struct row *r = snmp_row(snmp(&m, T0 + 2 * i * MINUTE), "198.51.100.1", 7, 1, 1);

		SET(&r->sa, lifetime_seconds, 3600);
		SET(&r->sa, refreshes, (uint64_t)i);
		put(s, &m);
	}
	assert_state(s, T0 + 22 * MINUTE, A, STATE(DEGRADED), "renewed 11 times in one lifetime");
	for (int i = 0; i < 3; i++) {
		put(s, snmp(&m, T0 + (24 + 4 * i) * MINUTE));
		snmp_row(snmp(&m, T0 + (26 + 4 * i) * MINUTE), "198.51.100.1", 7, 1, 1);
		put(s, &m);
	}
	assert_state(s, T0 + 34 * MINUTE, A, STATE(DEGRADED), "it went down 3 times in the last hour");
	for (int i = 0; i < 130; i += 2) {
		snmp_row(snmp(&m, T0 + (36 + i) * MINUTE), "198.51.100.1", 7, 1, 1);
		put(s, &m);
	}
	assert_state(s, T0 + 164 * MINUTE, A, STATE(UP), NULL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ends_run_over_the_circuit_that_takes_them, setup, teardown),
		cmocka_unit_test_setup_teardown(layers_below_and_above_come_from_interfaces_and_bgp, setup, teardown),
		cmocka_unit_test_setup_teardown(a_renewal_that_does_not_come_degrades, setup, teardown),
		cmocka_unit_test_setup_teardown(a_rekey_storm_and_flapping_are_said_and_pass, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
