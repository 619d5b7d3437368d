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
		cmocka_unit_test_setup_teardown(layers_below_and_above_come_from_interfaces_and_bgp, setup, teardown),
		cmocka_unit_test_setup_teardown(a_renewal_that_does_not_come_degrades, setup, teardown),
		cmocka_unit_test_setup_teardown(a_rekey_storm_and_flapping_are_said_and_pass, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
