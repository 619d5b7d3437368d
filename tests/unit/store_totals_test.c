#include "tests/unit/store_fixture.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------------------ counters */

static void a_rekey_changes_spis_and_counters_go_on(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 13100000, 0x10, 0x20);
	put(s, &m);
	assert_int_equal(value(s, T0, A, "decaps_packets"), 13100000);
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel11", 13100500, 0x11, 0x21);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 13100500);
	assert_int_equal(tunnel(snap, A)->rekeys, 1);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	assert_int_equal(tunnel(snap, A)->n_inbound_spis, 1);
	assert_int_equal(tunnel(snap, A)->inbound_spis[0], 0x11);
	saw_snapshot_unref(snap);
}

static bool is_stale(struct saw_store *s, int64_t now_ms, const char *field) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	bool stale = total(tunnel(snap, A), field)->stale;

	saw_snapshot_unref(snap);
	return stale;
}

static void counters_of_a_source_that_fails_are_stale_while_another_shows_the_tunnel(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	SET(&m.rows[0].sa, fragments_created, 3);
	put(s, &m);
	assert_false(is_stale(s, T0, "in_bytes"));
	assert_false(is_stale(s, T0, "fragments_created"));
	blank(&m, SNMP, T0 + 2 * MINUTE);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	assert_true(is_stale(s, T0 + 2 * MINUTE, "in_bytes"));
	assert_false(is_stale(s, T0 + 2 * MINUTE, "fragments_created"));
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 1200, 5);
	put(s, &m);
	assert_false(is_stale(s, T0 + 4 * MINUTE, "in_bytes"));
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "in_bytes"), 5);
	/* Gone by a walk that was read to its end: it stands still because nothing passes. */
	put(s, snmp(&m, T0 + 6 * MINUTE));
	assert_state(s, T0 + 6 * MINUTE, A, STATE(DOWN), "its row is gone since");
	assert_false(is_stale(s, T0 + 6 * MINUTE, "in_bytes"));
}

static void rekeys_are_those_that_the_device_counts_where_it_does(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	for (int i = 0; i < 3; i++) {
		r = snmp_row(snmp(&m, T0 + 2 * i * MINUTE), "198.51.100.1", 7, 100, 1000);
		SET(&r->sa, refreshes, 9 + (uint64_t)i);
		set_sas(r, 0x10 + (uint32_t)i, 0x20 + (uint32_t)i);
		put(s, &m);
		saved_row(saved(&m, T0 + 2 * i * MINUTE + 1), "198.51.100.1", "Tunnel11", 100, 0x10 + (uint32_t)i,
				  0x20 + (uint32_t)i);
		put(s, &m);
	}
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE + 1);
	assert_int_equal(tunnel(snap, A)->rekeys, 2);
	saw_snapshot_unref(snap);
}

static void a_renumbered_row_is_the_same_tunnel(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	r = snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	SET(&r->sa, active_seconds, 3600);
	put(s, &m);
	r = snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 4242, 1500, 150000);
	SET(&r->sa, active_seconds, 3720);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1500);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	assert_int_equal(tunnel(snap, A)->state, STATE(UP));
	saw_snapshot_unref(snap);
}

static void a_reload_restarts_the_counters_and_not_the_totals(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	/* Up since one minute: 1200 packets are all of this life, although they are more than the last value. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 1, 1200, 50);
	m.pb.uptime_seconds = 60;
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 2200);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 100050);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	saw_snapshot_unref(snap);
	/* And it goes on from there. */
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 1, 1300, 150);
	m.pb.uptime_seconds = 180;
	put(s, &m);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 2300);
}

static void cleared_counters_count_in_full(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 2000, 200000);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 30, 3000);
	put(s, &m);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 2030);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "in_bytes"), 203000);
}

static void a_32_bit_counter_wraps(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, UINT32_MAX - 20000000, UINT64_C(1) << 40);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, UINT32_MAX - 10000000, (UINT64_C(1) << 40) + 7000000000);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 999999, (UINT64_C(1) << 40) + 14000000000);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	assert_true(total(tunnel(snap, A), "decaps_packets")->value == (uint64_t)UINT32_MAX + 1000000);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	saw_snapshot_unref(snap);
}

static void what_cannot_be_known_is_a_gap_and_a_lower_bound(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1000);
	put(s, &m);
	put(s, snmp(&m, T0 + 2 * MINUTE)); /* gone */
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 5000, 7000);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 5000);
	assert_true(total(tunnel(snap, A), "decaps_packets")->lower_bound);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 7000);
	assert_true(total(tunnel(snap, A), "in_bytes")->lower_bound);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 1);
	assert_int_equal(tunnel(snap, A)->flaps, 1);
	saw_snapshot_unref(snap);
}

/* Two polls are enough: there is no rate yet that a wrap could fit. */
static void bytes_tell_a_wrap_from_a_clear(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, UINT32_MAX - 999999, UINT64_C(1) << 40);
	snmp_row(&m, "198.51.100.2", 8, UINT32_MAX - 999999, UINT64_C(1) << 40);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1000000, (UINT64_C(1) << 40) + 1000000000);
	snmp_row(&m, "198.51.100.2", 8, 1000000, 1000000000);
	put(s, &m);
	assert_true(value(s, T0 + 2 * MINUTE, A, "decaps_packets") == (uint64_t)UINT32_MAX + 1000001);
	assert_true(value(s, T0 + 2 * MINUTE, B, "decaps_packets") == (uint64_t)UINT32_MAX + 1);
	assert_true(value(s, T0 + 2 * MINUTE, B, "in_bytes") == (UINT64_C(1) << 40) + 1000000000);
}

static void counters_of_a_row_are_cleared_together(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1000000);
	put(s, &m);
	/* More packets than before, in fewer bytes: it began anew, and all of them are new. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1500, 90000);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 2500);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 1090000);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	saw_snapshot_unref(snap);
}

/* The old one had fewer packets, and the row is not old enough to have had them. */
static void a_row_that_is_born_since_the_last_poll_is_another_one(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	SET(&m.rows[0].sa, active_seconds, 20);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1500, 150000);
	SET(&m.rows[0].sa, active_seconds, 60);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1500);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 1);
	saw_snapshot_unref(snap);
}

static void a_second_restart_soon_after_a_poll_is_seen(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	m.pb.uptime_seconds = 50;
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1500, 150000);
	m.pb.uptime_seconds = 100;
	put(s, &m);
	assert_int_equal(value(s, T0 + 2 * MINUTE, A, "in_bytes"), 250000);
}

static void replay_errors_per_second_are_those_between_two_polls(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	r = snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1, 1);
	SET(&r->sa, replay_failed_recv, 100);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_false(tunnel(snap, A)->has_replay_errors_per_second);
	saw_snapshot_unref(snap);
	r = snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1, 1);
	SET(&r->sa, replay_failed_recv, 160);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_true(tunnel(snap, A)->has_replay_errors_per_second);
	assert_true(tunnel(snap, A)->replay_errors_per_second == 0.5);
	saw_snapshot_unref(snap);
	/* Old news is no rate. */
	snap = saw_store_snapshot(s, T0 + 20 * MINUTE);
	assert_false(tunnel(snap, A)->has_replay_errors_per_second);
	saw_snapshot_unref(snap);
}

/* ---------------------------------------------------------------------------------------------------------- two sources */

static void two_sources_are_one_tunnel_and_nothing_counts_twice(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;
	struct sample m;
	struct row *r;

	r = snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	set_sas(r, 0x10, 0x20);
	put(s, &m);
	/* Show output comes later and knows more: no new name, no second count. */
	r = saved_row(saved(&m, T0 + 1000), "198.51.100.1", "Tunnel11", 1010, 0x10, 0x20);
	SET(&r->sa, encaps_packets, 77);
	SET(&r->sa, plaintext_mtu, 1438);
	put(s, &m);
	r = saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel11", 1600, 0x10, 0x20);
	SET(&r->sa, encaps_packets, 99);
	SET(&r->sa, plaintext_mtu, 1438);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1700, 170000);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	t = tunnel(snap, A);
	assert_int_equal(total(t, "decaps_packets")->value, 1700);
	assert_int_equal(total(t, "decaps_packets")->source, SNMP);
	assert_int_equal(total(t, "in_bytes")->value, 170000);
	assert_int_equal(total(t, "encaps_packets")->value, 99);
	assert_int_equal(total(t, "encaps_packets")->source, SAVED);
	assert_null(find_total(t, "replay_failed_recv"));
	assert_int_equal(t->counter_gaps, 0);
	assert_string_equal(t->interface, "Tunnel11");
	assert_int_equal(t->plaintext_mtu, 1438);
	assert_false(t->has_path_mtu);
	assert_int_equal(t->state, STATE(UP));
	saw_snapshot_unref(snap);
}

static void a_better_source_takes_a_total_over_without_a_jump(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 900, 0x10, 0x20);
	put(s, &m);
	saved_row(saved(&m, T0 + 1000), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	snmp_row(snmp(&m, T0 + MINUTE), "198.51.100.1", 7, 5000000, 1);
	put(s, &m);
	assert_int_equal(value(s, T0 + MINUTE, A, "decaps_packets"), 1000);
	snmp_row(snmp(&m, T0 + 3 * MINUTE), "198.51.100.1", 7, 5000200, 1);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 3 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1200);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->source, SNMP);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 1);
	saw_snapshot_unref(snap);
	/* SNMP is taken out of the configuration: what is left goes on. */
	configure(s, "devices:\n- {name: ASR-WAN01, platform: iosxe, files: [{path: x}]}\n", T0 + 4 * MINUTE);
	saved_row(saved(&m, T0 + 4 * MINUTE), "198.51.100.1", "Tunnel11", 2000, 0x10, 0x20);
	put(s, &m);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 1200);
	saved_row(saved(&m, T0 + 5 * MINUTE), "198.51.100.1", "Tunnel11", 2100, 0x10, 0x20);
	put(s, &m);
	assert_int_equal(value(s, T0 + 5 * MINUTE, A, "decaps_packets"), 1300);
}

static void a_start_with_the_lesser_source_is_no_gap(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 1000), "198.51.100.1", 7, 1010, 1);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1110, 1);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1100);
	assert_false(total(tunnel(snap, A), "decaps_packets")->has_lower_bound);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	saw_snapshot_unref(snap);
}

static void one_source_fails_while_the_other_is_fine(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	saved_row(saved(&m, T0 + 1000), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	blank(&m, SNMP, T0 + 2 * MINUTE);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH);
	m.pb.error = z("the device refuses the user's key: check user and auth_password");
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->devices[0]->n_sources, 2);
	assert_int_equal(snap->pb->devices[0]->sources[0]->source, SNMP);
	assert_false(snap->pb->devices[0]->sources[0]->complete);
	assert_int_equal(snap->pb->devices[0]->sources[0]->errors[0]->reason, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH);
	assert_int_equal(snap->pb->devices[0]->sources[0]->errors[0]->count, 1);
	assert_true(snap->pb->devices[0]->sources[0]->observed_at_ms == T0);
	assert_true(snap->pb->devices[0]->sources[0]->attempted_at_ms == T0 + 2 * MINUTE);
	assert_true(snap->pb->devices[0]->sources[0]->poll_interval_seconds == 120);
	assert_true(snap->pb->devices[0]->sources[1]->complete);
	saw_snapshot_unref(snap);
	/* The file grows old: nobody is left to say anything. */
	assert_state(s, T0 + 20 * MINUTE, A, STATE(UNKNOWN), "SNMP: the device refuses the user's key");
	assert_state(s, T0 + 20 * MINUTE, A, STATE(UNKNOWN), "saved show output: what it shows is");
}

static void a_table_that_a_device_may_lack_does_not_make_it_down(void **state) {
	static const struct {
		const char *table;
		bool complete;
	} cases[] = {{"cpmCPUTotalTable", true}, {"cikeTunnelHistTable", true}, {"cikeTunnelTable", false}};
	struct saw_store *s = *state;

	for (int i = 0; i < 3; i++) {
		struct saw_snapshot *snap;
		struct sample m;

		snmp_row(snmp(&m, T0 + i * MINUTE), "198.51.100.1", 7, 1000, 100000);
		add_table(&m, cases[i].table, SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED, "refused");
		put(s, &m);
		snap = saw_store_snapshot(s, T0 + i * MINUTE);
		assert_int_equal(snap->pb->devices[0]->sources[0]->complete, cases[i].complete);
		saw_snapshot_unref(snap);
	}
}

static void one_file_of_several_that_fails_hides_nothing(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	configure(s, "devices:\n- {name: ASR-WAN01, platform: iosxe, files: [{path: x}, {path: y}]}\n", T0);
	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	blank(&m, SAVED, T0 + MINUTE);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE);
	m.pb.error = z("y: No such file or directory");
	put(s, &m);
	assert_state(s, T0 + MINUTE, A, STATE(UP), NULL);
	/* The other one with its own commands takes nothing away either. */
	blank(&m, SAVED, T0 + 2 * MINUTE);
	add_table(&m, "show crypto ikev2 sa", COMPLETE, NULL);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	assert_state(s, T0 + 16 * MINUTE, A, STATE(UNKNOWN), "saved show output: what it shows is 960 seconds old");
	saw_store_lost(s, "ASR-WAN01", "the collector died", T0 + 3 * MINUTE);
	assert_state(s, T0 + 3 * MINUTE, A, STATE(UNKNOWN), "saved show output: the collector died");
}

static void a_source_of_contexts_that_never_showed_a_tunnel_does_not_take_it_away(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	snmp_row(snmp(&m, T0 + MINUTE), "198.51.100.2", 7, 1, 1); /* another VRF's */
	put(s, &m);
	assert_state(s, T0 + MINUTE, A, STATE(UP), NULL);
}

/* ------------------------------------------------------------------------------------------- a device that does anything */

#define PEERS 4

struct peer {
	uint64_t packets; /* as the device counts */
	uint64_t ended;   /* counted by rows of it that are gone */
	uint64_t refreshes;
	uint32_t spi;
	uint64_t index, born_s;
	bool there;
};

static uint64_t next(uint64_t *s) {
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Rekeys, renumbered rows, reloads, rows that go and come, and walks that are cut short, in any order. */
/* Renewed and lost as often as here, a tunnel that is up is degraded. */
static Sawatch__V1__TunnelState carries(Sawatch__V1__TunnelState s) {
	return s == STATE(DEGRADED) ? STATE(UP) : s;
}

static void whatever_a_device_does_totals_never_decrease_nor_exceed_the_truth(void **state) {
	static const char *const names[PEERS] = {"198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"};
	uint64_t seed = 0x9e3779b97f4a7c15;

	for (int run = 0; run < 30; run++) {
		struct saw_store *s = *state;
		struct peer peers[PEERS] = {0};
		uint64_t before[PEERS] = {0}, uptime_s = 100000, numbers = 0;
		uint32_t spis = 0x1000;
		int64_t now = T0;

		saw_store_destroy(s);
		*state = s = saw_store_create(T0);
		assert_non_null(s);
		configure(s, store_plain, T0);
		for (int i = 0; i < PEERS; i++)
			peers[i] = (struct peer){.index = ++numbers, .spi = ++spis, .there = true};
		for (int poll = 0; poll < 60; poll++) {
			bool reload = next(&seed) % 25 == 0, cut = next(&seed) % 5 == 0;
			unsigned shown = cut ? (unsigned)(next(&seed) % PEERS) : PEERS;
			struct saw_snapshot *snap;
			struct sample m;

			now += 2 * MINUTE;
			uptime_s = reload ? 50 : uptime_s + 120;
			blank(&m, SNMP, now);
			SET(&m.pb, uptime_seconds, uptime_s);
			add_table(&m, "cipSecTunnelTable", cut ? PARTIAL : COMPLETE, cut ? "cut short" : NULL);
			for (unsigned i = 0; i < PEERS; i++) {
				struct peer *p = &peers[i];
				bool fresh = reload || (!p->there && next(&seed) % 2);

				if (fresh)
					*p = (struct peer){.ended = p->ended + p->packets,
									   .index = ++numbers,
									   .spi = ++spis,
									   .there = true,
									   .born_s = uptime_s};
				else if (p->there && next(&seed) % 12 == 0)
					p->there = false;
				if (!p->there)
					continue;
				if (!fresh && next(&seed) % 4 == 0) {
					p->spi = ++spis;
					p->refreshes++;
					if (run % 2) /* agents that let a row's age begin anew, and its counters not */
						p->born_s = uptime_s;
				}
				if (next(&seed) % 10 == 0)
					p->index = ++numbers;
				p->packets += next(&seed) % 100000;
			}
			for (unsigned i = 0; i < shown; i++) {
				struct peer *p = &peers[i];
				struct row *r;

				if (!p->there)
					continue;
				r = snmp_row(&m, names[i], p->index, p->packets, p->packets * 900);
				set_sas(r, p->spi, p->spi + 0x100000);
				SET(&r->sa, refreshes, p->refreshes);
				SET(&r->sa, active_seconds, uptime_s - p->born_s);
			}
			put(s, &m);
			snap = saw_store_snapshot(s, now);
			for (size_t i = 0; i < snap->pb->n_tunnels; i++) {
				const Sawatch__V1__TunnelEnd *t = snap->pb->tunnels[i];
				unsigned peer = (unsigned)(t->remote[strlen(t->remote) - 1] - '1');
				bool there = peers[peer].there;
				uint64_t packets = total(t, "decaps_packets")->value;

				assert_true(peer < PEERS);
				assert_true(packets >= before[peer]);
				assert_true(packets <= peers[peer].ended + peers[peer].packets);
				before[peer] = packets;
				/* Down only where a complete walk had no row; up only where it had one. */
				if (!cut)
					assert_int_equal(carries(t->state), there ? STATE(UP) : STATE(DOWN));
				else
					assert_int_equal(carries(t->state), peer < shown && there ? STATE(UP) : STATE(UNKNOWN));
			}
			saw_snapshot_unref(snap);
		}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_rekey_changes_spis_and_counters_go_on),
		TEST(counters_of_a_source_that_fails_are_stale_while_another_shows_the_tunnel),
		TEST(rekeys_are_those_that_the_device_counts_where_it_does),
		TEST(a_renumbered_row_is_the_same_tunnel),
		TEST(a_reload_restarts_the_counters_and_not_the_totals),
		TEST(cleared_counters_count_in_full),
		TEST(a_32_bit_counter_wraps),
		TEST(what_cannot_be_known_is_a_gap_and_a_lower_bound),
		TEST(bytes_tell_a_wrap_from_a_clear),
		TEST(counters_of_a_row_are_cleared_together),
		TEST(a_row_that_is_born_since_the_last_poll_is_another_one),
		TEST(a_second_restart_soon_after_a_poll_is_seen),
		TEST(replay_errors_per_second_are_those_between_two_polls),
		TEST(two_sources_are_one_tunnel_and_nothing_counts_twice),
		TEST(a_better_source_takes_a_total_over_without_a_jump),
		TEST(a_start_with_the_lesser_source_is_no_gap),
		TEST(whatever_a_device_does_totals_never_decrease_nor_exceed_the_truth),
		TEST(one_source_fails_while_the_other_is_fine),
		TEST(a_table_that_a_device_may_lack_does_not_make_it_down),
		TEST(one_file_of_several_that_fails_hides_nothing),
		TEST(a_source_of_contexts_that_never_showed_a_tunnel_does_not_take_it_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
