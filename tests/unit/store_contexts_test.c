/* SNMP contexts: each VRF has a table of its own, and the default one may show the rows of all. */
#include "tests/unit/store_fixture.h"

#include <string.h>

/* A row of the tunnel between the two addresses that every VRF here has; spi 0: the SAs were not read. */
static struct row *vrf_row(struct sample *s, const char *context, uint64_t index, uint64_t packets, uint32_t spi) {
	struct row *r = snmp_row(s, "198.51.100.1", index, packets, packets * 100);

	r->sa.context_vrf = z(context);
	SET(&r->sa, active_seconds, 500 + index);
	if (spi)
		set_sas(r, spi, spi + 1);
	return r;
}

static void assert_tunnels(struct saw_store *s, int64_t now_ms, unsigned n, unsigned unassigned) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);

	assert_int_equal(snap->pb->n_tunnels, n);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, unassigned);
	saw_snapshot_unref(snap);
}

static void the_same_endpoints_in_two_vrfs_are_two_tunnels(void **state) {
	struct saw_store *s = *state;
	struct sample sample;

	/* With their SPIs and without: then by the context alone, whatever the order and the numbers of the rows. */
	for (int i = 0; i < 4; i++) {
		int64_t at = T0 + 2 * i * MINUTE;
		uint32_t spi = i < 2 ? (uint32_t)(10 + i * 10) : 0;

		snmp(&sample, at);
		if (i % 2)
			vrf_row(&sample, "BLUE", 1, 9000 + (uint64_t)i, spi ? spi + 4 : 0);
		vrf_row(&sample, "RED", 1, 100 + (uint64_t)i, spi);
		vrf_row(&sample, NULL, 1 + (unsigned)i, 50 + (uint64_t)i, spi ? spi + 2 : 0)->sa.active_seconds = 90000;
		if (!(i % 2))
			vrf_row(&sample, "BLUE", 1, 9000 + (uint64_t)i, spi ? spi + 4 : 0);
		put(s, &sample);
		assert_tunnels(s, at, 3, 0);
		assert_int_equal(value(s, at, A " BLUE", "decaps_packets"), 9000 + i);
		assert_int_equal(value(s, at, A, "decaps_packets"), 100 + i); /* RED was the first */
	}
}

static void a_row_that_two_contexts_show_is_one(void **state) {
	struct saw_store *s = *state;
	struct sample sample;

	for (int i = 0; i < 2; i++) {
		int64_t at = T0 + 2 * i * MINUTE;
		uint32_t spi = i ? 0 : 10;

		snmp(&sample, at);
		vrf_row(&sample, NULL, 7, 100 + (uint64_t)i, spi);
		vrf_row(&sample, "RED", 7, 100 + (uint64_t)i, spi);
		put(s, &sample);
		assert_tunnels(s, at, 1, 0);
		assert_int_equal(value(s, at, A, "decaps_packets"), 100 + i);
	}
}

/* A tunnel that was known before a second VRF came keeps its totals; the other is new. */
static void a_context_that_comes_later(void **state) {
	struct saw_store *s = *state;
	struct sample sample;

	vrf_row(snmp(&sample, T0), NULL, 1, 100, 0);
	put(s, &sample);
	snmp(&sample, T0 + 2 * MINUTE);
	vrf_row(&sample, "RED", 1, 9000, 0)->sa.active_seconds = 90000;
	vrf_row(&sample, NULL, 1, 110, 0);
	put(s, &sample);
	assert_tunnels(s, T0 + 2 * MINUTE, 2, 0);
	assert_int_equal(value(s, T0 + 2 * MINUTE, A, "decaps_packets"), 110);
	assert_int_equal(value(s, T0 + 2 * MINUTE, A " RED", "decaps_packets"), 9000);
}

/* Show output names the front-door VRF: the same tunnel, by its SPIs and, where a context has that name, without. */
static void show_output_and_contexts_are_one(void **state) {
	for (unsigned with_spis = 0; with_spis < 2; with_spis++) {
		struct saw_store *s = *state;
		struct sample sample;

		saved(&sample, T0);
		saved_row(&sample, "198.51.100.1", "Tunnel1", 100, 10, 11)->sa.fvrf = z("RED");
		saved_row(&sample, "198.51.100.1", "Tunnel2", 200, 20, 21)->sa.fvrf = z("BLUE");
		put(s, &sample);
		snmp(&sample, T0 + MINUTE);
		vrf_row(&sample, "BLUE", 1, 201, with_spis ? 20 : 0);
		vrf_row(&sample, "RED", 1, 101, with_spis ? 10 : 0);
		put(s, &sample);
		assert_tunnels(s, T0 + MINUTE, 2, 0);
		assert_int_equal(value(s, T0 + MINUTE, A, "in_bytes"), 10100);
		assert_int_equal(value(s, T0 + MINUTE, A " Tunnel2", "in_bytes"), 20100);
		teardown(state);
		setup(state);
	}
}

/* Each VRF numbers its IKE SAs from 1 as well. */
static void the_ike_sa_is_of_the_same_vrf(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample sample;

	snmp(&sample, T0);
	add_table(&sample, "cikeTunnelTable", COMPLETE, NULL);
	vrf_row(&sample, "RED", 1, 100, 10);
	vrf_row(&sample, "BLUE", 1, 200, 20);
	for (unsigned i = 0; i < 2; i++) {
		Sawatch__V1__IkeSa *sa = &sample.ike[i];

		sawatch__v1__ike_sa__init(sa);
		sa->context_vrf = z(i ? "BLUE" : "RED");
		sa->local = z("192.0.2.1");
		sa->remote = z("198.51.100.1");
		SET(sa, dh_group, 19 + i);
		sample.ike_list[sample.pb.n_ike_sas++] = sa;
	}
	put(s, &sample);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(tunnel(snap, A)->dh_group, 19);
	assert_int_equal(tunnel(snap, A " BLUE")->dh_group, 20);
	saw_snapshot_unref(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_endpoints_in_two_vrfs_are_two_tunnels, setup, teardown),
		cmocka_unit_test_setup_teardown(a_row_that_two_contexts_show_is_one, setup, teardown),
		cmocka_unit_test_setup_teardown(a_context_that_comes_later, setup, teardown),
		cmocka_unit_test_setup_teardown(show_output_and_contexts_are_one, setup, teardown),
		cmocka_unit_test_setup_teardown(the_ike_sa_is_of_the_same_vrf, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
