/* Replay drops of the SA in use, and what its settings say. */
#include "tests/unit/store_fixture.h"

#include <string.h>

static void poll(struct saw_store *s, int minute, uint32_t spi, uint64_t packets, uint64_t drops) {
	struct sample sample;
	struct row *r = snmp_row(snmp(&sample, T0 + minute * MINUTE), "198.51.100.1", 7, packets, packets * 100);

	SET(&r->sa, replay_failed_recv, drops);
	set_sas(r, spi, spi + 1);
	put(s, &sample);
}

static void assert_ratio(struct saw_store *s, int minute, int since, uint64_t packets, uint64_t drops) {
	struct saw_snapshot *snap = saw_store_snapshot(s, T0 + minute * MINUTE);
	const Sawatch__V1__TunnelEnd *t = tunnel(snap, A);

	assert_int_equal(t->sa_since_ms, T0 + since * MINUTE);
	assert_int_equal(t->sa_packets, packets);
	assert_int_equal(t->sa_replay_drops, drops);
	assert_int_equal(t->has_sa_replay_ratio, packets + drops > 0);
	if (packets + drops)
		assert_float_equal(t->sa_replay_ratio, (double)drops / (double)(packets + drops), 1e-9);
	assert_int_equal(t->state, STATE(UP));
	saw_snapshot_unref(snap);
}

static void the_ratio_is_of_the_sa_in_use(void **state) {
	struct saw_store *s = *state;

	poll(s, 0, 1, 5000, 40);
	assert_ratio(s, 0, 0, 0, 0);
	poll(s, 2, 1, 14900, 140);
	assert_ratio(s, 2, 0, 9900, 100);
	/* A rekey: counters go on, the ratio begins anew. */
	poll(s, 4, 3, 20000, 150);
	assert_ratio(s, 4, 4, 0, 0);
	poll(s, 6, 3, 20999, 151);
	assert_ratio(s, 6, 4, 999, 1); /* and one packet is no reason to wake anybody: it is up */
}

static void counters_that_begin_anew_are_no_traffic(void **state) {
	struct saw_store *s = *state;

	poll(s, 0, 1, 5000, 40);
	poll(s, 2, 1, 6000, 50);
	poll(s, 4, 1, 100, 1);
	assert_ratio(s, 4, 0, 1100, 11);
}

static void assert_last(struct saw_store *s, int minute, int at, uint64_t packets, uint32_t spi) {
	struct saw_snapshot *snap = saw_store_snapshot(s, T0 + minute * MINUTE);
	const Sawatch__V1__TunnelEnd *t = tunnel(snap, A);

	assert_int_equal(t->has_last_replay_spi, spi != 0);
	assert_int_equal(t->last_replay_spi, spi);
	assert_int_equal(t->last_replay_packets, packets);
	assert_int_equal(t->last_replay_ms, spi ? T0 + at * MINUTE : 0);
	saw_snapshot_unref(snap);
}

/* What was counted before anybody looked is no event. */
static void the_last_drops_name_their_sa(void **state) {
	struct saw_store *s = *state;

	poll(s, 0, 1, 5000, 40);
	assert_last(s, 0, 0, 0, 0);
	poll(s, 2, 1, 14900, 140);
	assert_last(s, 2, 2, 100, 1);
	poll(s, 4, 3, 20000, 140);
	assert_last(s, 4, 2, 100, 1);
	poll(s, 6, 3, 20999, 141);
	assert_last(s, 6, 6, 1, 3);
}

static void without_both_counters_there_is_no_ratio(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample sample;

	snmp_row(snmp(&sample, T0), "198.51.100.1", 7, 5000, 500000);
	put(s, &sample);
	snap = saw_store_snapshot(s, T0);
	assert_false(tunnel(snap, A)->has_sa_since_ms);
	assert_false(tunnel(snap, A)->has_sa_replay_ratio);
	saw_snapshot_unref(snap);
}

/* A device that leaves room for extended sequence numbers is not wrong about its MTU. */
static void esn_explains_an_mtu(void **state) {
	static const char *const settings[2] = {"Tunnel", "esn"};
	struct saw_store *s = *state;

	for (size_t n = 0; n <= 2; n++) {
		struct saw_snapshot *snap;
		const Sawatch__V1__TunnelEnd *t;
		struct sample sample;
		struct row *r = saved_row(saved(&sample, T0 + (int64_t)n * MINUTE), "198.51.100.1", "Tunnel1", 1000, 1, 2);

		SET(&r->sa, path_mtu, 1500);
		SET(&r->sa, plaintext_mtu, 1438);
		r->in.encryption = z("aes-gcm");
		SET(&r->in, key_bits, 256);
		r->in.settings = (char **)(uintptr_t)settings;
		r->in.n_settings = n;
		put(s, &sample);
		snap = saw_store_snapshot(s, T0 + (int64_t)n * MINUTE);
		t = tunnel(snap, A);
		assert_int_equal(t->has_esn, n > 0);
		assert_int_equal(t->esn, n == 2);
		if (n)
			assert_int_equal(strstr(t->mtu_difference, "ESN") != NULL, n == 2);
		saw_snapshot_unref(snap);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_ratio_is_of_the_sa_in_use, setup, teardown),
		cmocka_unit_test_setup_teardown(counters_that_begin_anew_are_no_traffic, setup, teardown),
		cmocka_unit_test_setup_teardown(the_last_drops_name_their_sa, setup, teardown),
		cmocka_unit_test_setup_teardown(without_both_counters_there_is_no_ratio, setup, teardown),
		cmocka_unit_test_setup_teardown(esn_explains_an_mtu, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
