/* Who is whose peer, what was lost between them, and where they differ. */
#include "model/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE 60000

/* --------------------------------------------------------------------------------------------------------------- pairing */

struct given {
	const char *device, *local, *remote, *name;
	uint32_t in, out;
	bool nat_t;
	const char *local_ident, *remote_ident;
};

static struct saw_end_id ids[8];
static struct saw_link_end ends[8];

static void pair(const struct given *g, size_t n) {
	memset(ids, 0, sizeof ids);
	memset(ends, 0, sizeof ends);
	for (size_t i = 0; i < n; i++) {
		saw_addr_parse(saw_str_of(g[i].local), &ids[i].learned.local);
		saw_addr_parse(saw_str_of(g[i].remote), &ids[i].learned.remote);
		ids[i].learned.local_ident = saw_selector_of(g[i].local_ident);
		ids[i].learned.remote_ident = saw_selector_of(g[i].remote_ident);
		saw_spis_remember(&ids[i].in, g[i].in);
		saw_spis_remember(&ids[i].out, g[i].out);
		ends[i] = (struct saw_link_end){.id = &ids[i], .device = g[i].device, .name = g[i].name, .nat_t = g[i].nat_t};
	}
	assert_int_equal(saw_link_pair(ends, n), 0);
}

static void assert_pair(size_t a, size_t b, enum saw_link_evidence evidence) {
	assert_int_equal(ends[a].evidence, evidence);
	assert_int_equal(ends[b].evidence, evidence);
	assert_int_equal(ends[a].mate, b);
	assert_int_equal(ends[b].mate, a);
}

static void spis_in_both_directions_make_a_pair_whatever_the_addresses(void **state) {
	const struct given g[] = {
		{.device = "A", .local = "10.0.0.1", .remote = "198.51.100.1", .in = 1, .out = 2},
		{.device = "C", .local = "198.51.100.1", .remote = "10.0.0.1", .in = 7, .out = 8},
		{.device = "B", .local = "203.0.113.1", .remote = "203.0.113.9", .in = 2, .out = 1},
	};

	(void)state;
	pair(g, 3);
	assert_pair(0, 2, SAW_LINK_SPIS);
	assert_int_equal(ends[1].evidence, SAW_LINK_NONE);
}

static void an_spi_of_an_older_generation_counts(void **state) {
	const struct given g[] = {
		{.device = "A", .local = "10.0.0.1", .remote = "203.0.113.1", .in = 1, .out = 2},
		{.device = "B", .local = "203.0.113.7", .remote = "203.0.113.9", .in = 2, .out = 1},
	};

	(void)state;
	pair(g, 2);
	for (uint32_t i = 10; i < 14; i++) { /* B was read after two more rekeys */
		saw_spis_remember(&ids[1].in, i);
		saw_spis_remember(&ids[1].out, i + 100);
	}
	assert_int_equal(saw_link_pair(ends, 2), 0);
	assert_pair(0, 1, SAW_LINK_SPIS);
	for (uint32_t i = 20; i < 26; i++)
		saw_spis_remember(&ids[1].in, i);
	assert_int_equal(saw_link_pair(ends, 2), 0);
	assert_int_equal(ends[0].evidence, SAW_LINK_NONE);
}

static void one_spi_needs_the_addresses(void **state) {
	struct given g[] = {
		{.device = "A", .local = "192.0.2.1", .remote = "198.51.100.1", .in = 1, .out = 2},
		{.device = "B", .local = "198.51.100.1", .remote = "192.0.2.1", .in = 2, .out = 9},
	};

	(void)state;
	pair(g, 2);
	assert_pair(0, 1, SAW_LINK_SPI_AND_ADDRESSES);
	g[1].local = "198.51.100.2";
	pair(g, 2);
	assert_int_equal(ends[0].evidence, SAW_LINK_NONE);
}

static void addresses_make_a_pair_and_selectors_tell_two_apart(void **state) {
	const struct given g[] = {
		{.device = "A",
		 .local = "192.0.2.1",
		 .remote = "198.51.100.1",
		 .local_ident = "10.1.0.0/16",
		 .remote_ident = "10.9.0.0/16"},
		{.device = "A",
		 .local = "192.0.2.1",
		 .remote = "198.51.100.1",
		 .local_ident = "10.2.0.0/16",
		 .remote_ident = "10.9.0.0/16"},
		{.device = "B",
		 .local = "198.51.100.1",
		 .remote = "192.0.2.1",
		 .local_ident = "10.9.0.0/16",
		 .remote_ident = "10.2.0.0/16"},
		{.device = "B",
		 .local = "198.51.100.1",
		 .remote = "192.0.2.1",
		 .local_ident = "10.9.0.0/16",
		 .remote_ident = "10.1.0.0/16"},
	};

	(void)state;
	pair(g, 4);
	assert_pair(0, 3, SAW_LINK_ADDRESSES);
	assert_pair(1, 2, SAW_LINK_ADDRESSES);
}

static void what_fits_two_is_not_guessed(void **state) {
	const struct given g[] = {
		{.device = "A", .local = "192.0.2.1", .remote = "198.51.100.1"},
		{.device = "B", .local = "198.51.100.1", .remote = "192.0.2.1"},
		{.device = "C", .local = "198.51.100.1", .remote = "192.0.2.1"},
	};

	(void)state;
	pair(g, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ends[i].evidence, SAW_LINK_NONE);
}

static void behind_nat_one_address_is_enough_where_nobody_else_has_it(void **state) {
	struct given g[] = {
		{.device = "A", .local = "192.0.2.1", .remote = "198.51.100.1", .nat_t = true},
		{.device = "B", .local = "10.7.7.7", .remote = "192.0.2.1", .nat_t = true},
		{.device = "C", .local = "10.7.7.8", .remote = "192.0.2.9", .nat_t = true},
	};

	(void)state;
	pair(g, 3);
	assert_pair(0, 1, SAW_LINK_NAT);
	g[1].nat_t = false;
	pair(g, 3);
	assert_int_equal(ends[0].evidence, SAW_LINK_NONE);
	g[1].nat_t = true;
	g[2].remote = "192.0.2.1"; /* two spokes of one hub */
	pair(g, 3);
	assert_int_equal(ends[0].evidence, SAW_LINK_NONE);
}

static void a_configured_name_wins_and_another_forbids(void **state) {
	struct given g[] = {
		{.device = "A", .local = "192.0.2.1", .remote = "198.51.100.1", .name = "berlin"},
		{.device = "B", .local = "203.0.113.1", .remote = "203.0.113.2", .name = "berlin"},
		{.device = "C", .local = "198.51.100.1", .remote = "192.0.2.1"},
	};

	(void)state;
	pair(g, 3);
	assert_pair(0, 1, SAW_LINK_CONFIGURED);
	g[1].name = "hamburg";
	g[1].local = "198.51.100.1";
	g[1].remote = "192.0.2.1";
	g[2].local = "203.0.113.77";
	pair(g, 3);
	assert_int_equal(ends[0].evidence, SAW_LINK_NONE);
}

static void ends_of_one_device_are_no_link(void **state) {
	const struct given g[] = {
		{.device = "A", .local = "192.0.2.1", .remote = "198.51.100.1", .in = 1, .out = 2},
		{.device = "A", .local = "198.51.100.1", .remote = "192.0.2.1", .in = 2, .out = 1},
	};

	(void)state;
	pair(g, 2);
	assert_int_equal(ends[0].evidence, SAW_LINK_NONE);
}

/* ------------------------------------------------------------------------------------------------------------------ loss */

/* 100 packets a second, of which `per_mille` arrive not; the receiver is read `skew` later than the sender. */
static void run(struct saw_link_way *w, int64_t from_min, int64_t to_min, unsigned per_mille, int64_t skew) {
	static uint64_t arrived;
	static int64_t until;

	if (from_min == 0)
		arrived = until = 0;
	for (int64_t t = from_min * MINUTE; t <= to_min * MINUTE; t += 5 * MINUTE) {
		arrived += (uint64_t)(t + skew - until) * (1000 - per_mille) / 10000;
		until = t + skew;
		saw_link_read(w, SAW_LINK_SENDER, t, (uint64_t)t / 10, false, 1000);
		saw_link_read(w, SAW_LINK_RECEIVER, t + skew, arrived, false, 1000);
	}
}

static void without_loss_there_is_none(void **state) {
	struct saw_link_way w = {.begun = false};
	struct saw_link_loss loss;

	(void)state;
	run(&w, 0, 120, 0, 20000);
	saw_link_result(&w, &loss);
	assert_true(loss.has_ratio);
	assert_true(loss.ratio <= loss.bound && loss.ratio >= -loss.bound);
	assert_int_equal(loss.lost, 0);
	assert_true(loss.window_ms >= SAW_LINK_WINDOW_MS && loss.window_ms < 2 * SAW_LINK_WINDOW_MS);
	assert_false(loss.nothing_arrives);
}

static void loss_is_found_within_the_bound(void **state) {
	struct saw_link_way w = {.begun = false};
	struct saw_link_loss loss;

	(void)state;
	run(&w, 0, 120, 100, 20000);
	saw_link_result(&w, &loss);
	assert_true(loss.ratio > loss.bound);
	assert_true(loss.ratio > 0.1 - loss.bound && loss.ratio < 0.1 + loss.bound);
	/* Of 72,000 a tenth; less what cannot be told from the time between two readings. */
	assert_true(loss.lost <= 72000 && loss.lost > 64000);
	assert_true(loss.sent >= loss.received);
}

static void a_window_shorter_than_15_minutes_says_nothing(void **state) {
	struct saw_link_way w = {.begun = false};
	struct saw_link_loss loss;

	(void)state;
	run(&w, 0, 15, 500, 1000);
	saw_link_result(&w, &loss);
	assert_false(loss.has_window);
	run(&w, 20, 20, 500, 1000);
	saw_link_result(&w, &loss);
	assert_true(loss.has_window);
}

static void a_restart_ends_the_window_and_keeps_what_was_lost(void **state) {
	struct saw_link_way w = {.begun = false};
	struct saw_link_loss before, after;

	(void)state;
	run(&w, 0, 60, 100, 1000);
	saw_link_result(&w, &before);
	saw_link_read(&w, SAW_LINK_SENDER, 65 * MINUTE, 65 * MINUTE / 10, true, 1000);
	saw_link_result(&w, &after);
	assert_false(after.has_window);
	assert_int_equal(after.lost, before.lost);
	assert_int_equal(after.sent, before.sent);
	run(&w, 70, 130, 0, 1000);
	saw_link_result(&w, &after);
	assert_true(after.has_window);
	assert_true(after.ratio <= after.bound);
	assert_int_equal(after.lost, before.lost);
	assert_true(after.sent > before.sent && after.received > before.received);
}

static void a_side_that_is_not_read_gives_no_point(void **state) {
	struct saw_link_way w = {.begun = false};
	struct saw_link_loss loss;

	(void)state;
	for (int64_t t = 0; t < 100 * MINUTE; t += 5 * MINUTE)
		saw_link_read(&w, SAW_LINK_SENDER, t, (uint64_t)t, false, 0);
	saw_link_result(&w, &loss);
	assert_int_equal(loss.sent, 0);
	assert_false(loss.has_window);
}

static void nothing_arrives_is_said_from_1000_packets_on(void **state) {
	(void)state;
	for (unsigned packets = 900; packets <= 1100; packets += 200) {
		struct saw_link_way w = {.begun = false};
		struct saw_link_loss loss;

		for (int64_t i = 0; i <= 4; i++) {
			saw_link_read(&w, SAW_LINK_SENDER, i * 5 * MINUTE, 7 + (uint64_t)i * packets / 3, false, 0);
			saw_link_read(&w, SAW_LINK_RECEIVER, i * 5 * MINUTE, 77, false, 0);
		}
		saw_link_result(&w, &loss);
		assert_int_equal(loss.nothing_arrives, packets > 1000);
	}
}

/* ------------------------------------------------------------------------------------------------------------ comparison */

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

static const struct saw_link_difference *difference(const struct saw_link_difference d[SAW_LINK_FIELDS],
													const char *field) {
	for (int i = 0; i < SAW_LINK_FIELDS; i++)
		if (strcmp(d[i].field, field) == 0)
			return &d[i];
	fail_msg("no field %s", field);
	return d;
}

static void an_asa_and_an_asr_that_agree_differ_in_nothing(void **state) {
	Sawatch__V1__TunnelEnd a = SAWATCH__V1__TUNNEL_END__INIT, b = SAWATCH__V1__TUNNEL_END__INIT;
	struct saw_link_difference d[SAW_LINK_FIELDS];
	char gcm[] = "aes-gcm";

	(void)state;
	a.encryption = b.encryption = gcm;
	SET(&a, key_bits, 256);
	SET(&b, key_bits, 256);
	SET(&a, path_mtu, 1500); /* an ASA: 1437 by its overhead, which is an upper bound */
	SET(&a, ipsec_overhead, 63);
	SET(&b, plaintext_mtu, 1438);
	SET(&a, ike_version, 2);
	SET(&b, ike_version, 2);
	SET(&a, pfs_group, 21); /* the other end does not say */
	saw_link_compare(&a, &b, d);
	for (int i = 0; i < SAW_LINK_FIELDS; i++)
		assert_false(d[i].differs);
	assert_true(difference(d, "mtu")->known);
	assert_string_equal(difference(d, "mtu")->a, "1437");
	assert_false(difference(d, "pfs")->known);
	assert_string_equal(difference(d, "cipher")->a, "aes-gcm-256");
}

static void what_differs_is_named(void **state) {
	Sawatch__V1__TunnelEnd a = SAWATCH__V1__TUNNEL_END__INIT, b = SAWATCH__V1__TUNNEL_END__INIT;
	struct saw_link_difference d[SAW_LINK_FIELDS];
	char gcm[] = "aes-gcm", cbc[] = "aes-cbc", sha[] = "sha256";

	(void)state;
	a.encryption = gcm;
	b.encryption = cbc;
	b.integrity = sha;
	SET(&a, plaintext_mtu, 1400);
	SET(&b, plaintext_mtu, 1438);
	SET(&a, pfs_group, 21);
	SET(&b, pfs_group, 14);
	SET(&a, sa_lifetime_seconds, 3600);
	SET(&b, sa_lifetime_seconds, 28800);
	SET(&a, replay_window, 64);
	SET(&b, replay_window, 512);
	SET(&a, dpd_seconds, 10);
	SET(&b, dpd_seconds, 30);
	SET(&a, ike_version, 1);
	SET(&b, ike_version, 2);
	saw_link_compare(&a, &b, d);
	for (int i = 0; i < SAW_LINK_FIELDS; i++)
		assert_true(d[i].differs);
	assert_string_equal(difference(d, "cipher")->b, "aes-cbc sha256");
	assert_string_equal(difference(d, "replay_window")->a, "64");
}

/* One end was read by SNMP alone, whose algorithms have numbers that nobody named. */
static void a_number_without_a_name_is_compared_with_nothing(void **state) {
	Sawatch__V1__TunnelEnd a = SAWATCH__V1__TUNNEL_END__INIT, b = SAWATCH__V1__TUNNEL_END__INIT;
	struct saw_link_difference d[SAW_LINK_FIELDS];
	char gcm[] = "aes-gcm", nine[] = "cipher-9", cbc[] = "aes-cbc", sha[] = "sha256", twelve[] = "hash-12";

	(void)state;
	a.encryption = gcm;
	b.encryption = nine;
	saw_link_compare(&a, &b, d);
	assert_false(difference(d, "cipher")->known);
	a.encryption = b.encryption = cbc;
	a.integrity = sha;
	b.integrity = twelve;
	saw_link_compare(&a, &b, d);
	assert_false(difference(d, "cipher")->known);
	b.integrity = sha;
	saw_link_compare(&a, &b, d);
	assert_true(difference(d, "cipher")->known);
	assert_false(difference(d, "cipher")->differs);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spis_in_both_directions_make_a_pair_whatever_the_addresses),
		cmocka_unit_test(an_spi_of_an_older_generation_counts),
		cmocka_unit_test(one_spi_needs_the_addresses),
		cmocka_unit_test(addresses_make_a_pair_and_selectors_tell_two_apart),
		cmocka_unit_test(what_fits_two_is_not_guessed),
		cmocka_unit_test(behind_nat_one_address_is_enough_where_nobody_else_has_it),
		cmocka_unit_test(a_configured_name_wins_and_another_forbids),
		cmocka_unit_test(ends_of_one_device_are_no_link),
		cmocka_unit_test(without_loss_there_is_none),
		cmocka_unit_test(loss_is_found_within_the_bound),
		cmocka_unit_test(a_window_shorter_than_15_minutes_says_nothing),
		cmocka_unit_test(a_restart_ends_the_window_and_keeps_what_was_lost),
		cmocka_unit_test(a_side_that_is_not_read_gives_no_point),
		cmocka_unit_test(nothing_arrives_is_said_from_1000_packets_on),
		cmocka_unit_test(an_asa_and_an_asr_that_agree_differ_in_nothing),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(a_number_without_a_name_is_compared_with_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
