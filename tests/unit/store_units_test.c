/* Failover pairs are one device; what an ASA says of one flow in two commands is one flow. */
#include "tests/unit/store_fixture.h"

#include <string.h>

static const char *const pair =
	"devices:\n"
	"- {name: ASA-XFW01, platform: asa, address: 192.0.2.10,\n"
	"   snmp: {version: 2c, community_env: C, interval: 2m}, files: [{path: x, max_age: 15m}]}\n";

static void poll_unit(struct saw_store *s, int64_t at_ms, const char *serial, uint64_t uptime, uint64_t packets) {
	struct sample m;

	snmp_row(snmp(&m, at_ms), "198.51.100.1", 7, packets, packets * 100);
	m.pb.device = z("ASA-XFW01");
	m.pb.serial = z(serial);
	m.pb.uptime_seconds = uptime;
	put(s, &m);
}

/* Whatever the other unit counts, and however long it has been up: what cannot be known is not traffic. */
static void the_other_unit_of_a_pair_is_the_same_device(void **state) {
	struct saw_store *s = saw_store_create(T0);
	struct saw_snapshot *snap;

	(void)state;
	configure(s, pair, T0);
	poll_unit(s, T0, "JAD0000001A", 86400, 1000);
	poll_unit(s, T0 + 2 * MINUTE, "JAD0000001A", 86520, 1100);
	/* More than before, and up for less: neither a restart nor traffic. */
	poll_unit(s, T0 + 4 * MINUTE, "JAD0000002B", 600, 1150);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(snap->pb->devices[0]->unit_changed_ms, T0 + 4 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1150);
	assert_true(total(tunnel(snap, A), "decaps_packets")->lower_bound);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 1);
	assert_int_equal(tunnel(snap, A)->state, STATE(UP));
	saw_snapshot_unref(snap);
	poll_unit(s, T0 + 6 * MINUTE, "JAD0000002B", 720, 1200);
	/* And back to one that counts from less. */
	poll_unit(s, T0 + 8 * MINUTE, "JAD0000001A", 86880, 30);
	snap = saw_store_snapshot(s, T0 + 8 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1230);
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

/* Which unit is active is known while the device is read, and no longer; a pair that is gone is absent, not failed. */
static void the_units_of_a_pair_are_as_last_read(void **state) {
	Sawatch__V1__FailoverUnit primary = SAWATCH__V1__FAILOVER_UNIT__INIT, secondary = primary,
							  *units[] = {&primary, &secondary};
	static const size_t shown[] = {2, 0, 2, 0};
	struct saw_store *s = saw_store_create(T0);
	struct sample m;

	(void)state;
	primary.unit = z("primary");
	secondary.unit = z("secondary");
	SET(&primary, active, 1);
	SET(&secondary, active, 0);
	configure(s, pair, T0);
	for (int i = 0; i < 4; i++) {
		struct saw_snapshot *snap;
		int64_t now_ms = T0 + 2 * i * MINUTE;

		snmp(&m, now_ms);
		m.pb.device = z("ASA-XFW01");
		if (i == 1) { /* it does not answer */
			m.pb.n_tables = 0;
			SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
		} else if (i < 3) {
			m.pb.failover_units = units;
			m.pb.n_failover_units = 2;
		}
		put(s, &m);
		snap = saw_store_snapshot(s, now_ms);
		assert_int_equal(snap->pb->devices[0]->n_failover_units, shown[i]);
		if (shown[i])
			assert_true(snap->pb->devices[0]->failover_units[0]->active &&
						!snap->pb->devices[0]->failover_units[1]->active);
		saw_snapshot_unref(snap);
	}
	saw_store_destroy(s);
}

static void bytes_of_an_asa_come_from_its_sessions(void **state) {
	struct saw_store *s = saw_store_create(T0);
	Sawatch__V1__L2lIpsec child = SAWATCH__V1__L2L_IPSEC__INIT, other = SAWATCH__V1__L2L_IPSEC__INIT,
						  *children[] = {&child, &other};
	Sawatch__V1__L2lSession session = SAWATCH__V1__L2L_SESSION__INIT, *sessions[] = {&session};
	struct saw_snapshot *snap;
	struct sample m;

	(void)state;
	configure(s, pair, T0);
	session.peer = z("198.51.100.1");
	session.ipsec = children;
	session.n_ipsec = 2;
	SET(&session, bytes_rx, 999999999); /* of children that ended too */
	child.local = child.remote = z(ANY);
	other.local = z("10.9.0.0/255.255.0.0/0/0");
	other.remote = z(ANY);
	SET(&other, bytes_rx, 5);
	for (uint64_t i = 0; i < 2; i++) {
		saved_row(saved(&m, T0 + (int64_t)i * MINUTE), "198.51.100.1", "outside", 100 + i, 0x10, 0x20);
		m.pb.device = z("ASA-XFW01");
		m.pb.l2l_sessions = sessions;
		m.pb.n_l2l_sessions = 1;
		SET(&child, bytes_rx, 70000 + i * 700);
		SET(&child, bytes_tx, 80000 + i * 800);
		put(s, &m);
	}
	snap = saw_store_snapshot(s, T0 + MINUTE);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 70700);
	assert_int_equal(total(tunnel(snap, A), "out_bytes")->value, 80800);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->source, SAVED);
	assert_false(total(tunnel(snap, A), "in_bytes")->lower_bound);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 101);
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_other_unit_of_a_pair_is_the_same_device),
		cmocka_unit_test(the_units_of_a_pair_are_as_last_read),
		cmocka_unit_test(bytes_of_an_asa_come_from_its_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
