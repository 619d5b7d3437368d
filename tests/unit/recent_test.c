/* The last hour of a tunnel end: what is kept of polls, and what is not made up; by itself and as the store fills it. */
#include "tests/unit/store_fixture.h"

static Sawatch__V1__RecentPoint points[SAW_RECENT_POINTS];

static struct saw_recent_rates bytes(int64_t span_ms, double in, double out) {
	return (struct saw_recent_rates){.span_ms = span_ms, .has_in = true, .has_out = true, .in = in, .out = out};
}

static void nothing_was_polled(void **state) {
	(void)state;
	assert_int_equal(saw_recent_read(NULL, T0, points), 0);
	assert_int_equal(saw_recent_size(NULL), 0);
	saw_recent_destroy(NULL);
}

static void a_point_has_what_its_poll_gave(void **state) {
	struct saw_recent_rates in_only = {.span_ms = 60000, .has_in = true, .in = 5}, none = {.span_ms = 60000};
	struct saw_recent *r = NULL;

	(void)state;
	saw_recent_add_rates(&r, T0, &none);
	assert_null(r);
	saw_recent_add_rates(&r, T0, &in_only);
	saw_recent_add_state(&r, T0 + 2 * MINUTE, STATE(DOWN));
	assert_int_equal(saw_recent_read(r, T0 + 3 * MINUTE, points), 2);
	assert_int_equal(points[0].at_ms, T0);
	assert_false(points[0].has_state);
	assert_true(points[0].has_in_bytes_per_second);
	assert_false(points[0].has_out_bytes_per_second);
	assert_false(points[0].has_in_packets_per_second);
	assert_false(points[0].has_replay_errors_per_second);
	assert_int_equal(points[0].span_seconds, 60);
	assert_int_equal(points[1].at_ms, T0 + 2 * MINUTE);
	assert_int_equal(points[1].state, STATE(DOWN));
	assert_false(points[1].has_in_bytes_per_second);
	assert_false(points[1].has_span_seconds);
	saw_recent_destroy(r);
}

static void polls_of_one_minute_are_one_point(void **state) {
	const int64_t minute = T0 - T0 % MINUTE;
	struct saw_recent_rates first = bytes(10000, 100, 40), second = bytes(30000, 20, 40);
	struct saw_recent *r = NULL;

	(void)state;
	saw_recent_add_rates(&r, minute + 10000, &first);
	saw_recent_add_state(&r, minute + 10000, STATE(DOWN));
	saw_recent_add_rates(&r, minute + 40000, &second);
	saw_recent_add_state(&r, minute + 40000, STATE(UP));
	assert_int_equal(saw_recent_read(r, minute + MINUTE, points), 1);
	assert_int_equal(points[0].at_ms, minute + 40000);
	assert_true(points[0].in_bytes_per_second == 40.0F); /* (10 s of 100 and 30 s of 20) in 40 s */
	assert_true(points[0].out_bytes_per_second == 40.0F);
	assert_int_equal(points[0].span_seconds, 40);
	assert_int_equal(points[0].state, STATE(DOWN)); /* a tunnel that was down for seconds was down */
	saw_recent_destroy(r);
}

static void packets_stand_for_bytes_and_are_never_mixed_with_them(void **state) {
	const int64_t minute = T0 - T0 % MINUTE;
	struct saw_recent_rates packets = {.span_ms = 60000, .has_in = true, .in = 7, .packets = true};
	struct saw_recent_rates both = bytes(20000, 900, 300), replay = {.span_ms = 5000, .has_replay = true, .replay = 2};
	struct saw_recent *r = NULL;

	(void)state;
	saw_recent_add_rates(&r, minute, &replay);
	saw_recent_add_rates(&r, minute + 1000, &packets);
	saw_recent_read(r, minute + 2000, points);
	assert_true(points[0].in_packets_per_second == 7.0F);
	assert_false(points[0].has_in_bytes_per_second);
	saw_recent_add_rates(&r, minute + 2000, &both);
	assert_int_equal(saw_recent_read(r, minute + 3000, points), 1);
	assert_false(points[0].has_in_packets_per_second);
	assert_true(points[0].in_bytes_per_second == 900.0F);
	assert_int_equal(points[0].span_seconds, 20);
	assert_true(points[0].replay_errors_per_second == 2.0F);
	assert_int_equal(points[0].replay_span_seconds, 5);
	saw_recent_destroy(r);
}

static void an_hour_and_no_more(void **state) {
	struct saw_recent *r = NULL;
	struct saw_recent_rates rates;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		rates = bytes(60000, i, i);
		saw_recent_add_rates(&r, T0 + i * MINUTE, &rates);
		assert_true(saw_recent_size(r) <= 1452); /* 20,000 ends below 30 MB, with malloc's own 16 bytes each */
	}
	assert_int_equal(saw_recent_read(r, T0 + 999 * MINUTE, points), 60);
	for (int i = 0; i < 60; i++)
		assert_true(points[i].in_bytes_per_second == (float)(940 + i));
	assert_int_equal(saw_recent_read(r, T0 + 1029 * MINUTE, points), 30);
	assert_int_equal(saw_recent_read(r, T0 + 2000 * MINUTE, points), 0);
	saw_recent_destroy(r);
}

/* A file that somebody saved a while ago is read after polls that are newer. */
static void what_comes_late_takes_its_place(void **state) {
	struct saw_recent_rates late = bytes(60000, 1, 1), older = bytes(60000, 2, 2);
	struct saw_recent *r = NULL;

	(void)state;
	for (int i = 0; i < 60; i++)
		saw_recent_add_state(&r, T0 + 2 * i * MINUTE, STATE(UP));
	saw_recent_add_rates(&r, T0 + 101 * MINUTE, &late);
	saw_recent_add_rates(&r, T0 - 10 * MINUTE, &older); /* no room for what is older than all */
	assert_int_equal(saw_recent_read(r, T0 + 119 * MINUTE, points), 31);
	for (int i = 1; i < 31; i++)
		assert_true(points[i - 1].at_ms < points[i].at_ms);
	saw_recent_destroy(r);
}

static void times_and_spans_that_cannot_be_do_no_harm(void **state) {
	const int64_t times[] = {INT64_MAX, 0, -1, INT64_MAX - 1000};
	struct saw_recent_rates rates = bytes(INT64_MAX / 2, 1e300, 1);
	struct saw_recent *r = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		for (int k = 0; k < 3; k++) {
			saw_recent_add_rates(&r, times[i], &rates);
			saw_recent_add_state(&r, times[i], STATE(UP));
		}
	assert_true(saw_recent_read(r, 1000, points) > 0);
	rates.span_ms = -5;
	saw_recent_add_rates(&r, T0, &rates);
	rates.span_ms = 0;
	saw_recent_add_rates(&r, T0, &rates);
	assert_int_equal(saw_recent_read(r, T0, points), 0);
	saw_recent_destroy(r);
}

static void a_clock_that_is_set_back_leaves_nothing_behind(void **state) {
	struct saw_recent_rates rates = bytes(60000, 1, 1);
	struct saw_recent *r = NULL;

	(void)state;
	saw_recent_add_rates(&r, T0 + 600 * MINUTE, &rates);
	saw_recent_add_state(&r, T0 + 600 * MINUTE, STATE(DOWN));
	assert_int_equal(saw_recent_read(r, T0, points), 0);
	saw_recent_add_state(&r, T0, STATE(UP));
	assert_int_equal(saw_recent_read(r, T0, points), 1);
	assert_int_equal(saw_recent_read(r, T0 + 600 * MINUTE, points), 0);
	saw_recent_destroy(r);
}

/* ---------------------------------------------------------------------------------------------------------------- the store */

static void poll_snmp(struct saw_store *s, int64_t at_ms, uint64_t packets, uint64_t in_bytes) {
	struct sample m;

	snmp_row(snmp(&m, at_ms), "198.51.100.1", 7, packets, in_bytes);
	put(s, &m);
}

static void fail_snmp(struct saw_store *s, int64_t at_ms) {
	struct sample m;

	blank(&m, SNMP, at_ms);
	m.pb.has_error_class = 1;
	m.pb.error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT;
	put(s, &m);
}

static void polls_fill_the_hour(void **state) {
	struct saw_store *s = *state;

	configure(s, store_plain, T0);
	poll_snmp(s, T0, 10, 1000);
	poll_snmp(s, T0 + 2 * MINUTE, 130, 13000);
	fail_snmp(s, T0 + 4 * MINUTE);
	poll_snmp(s, T0 + 6 * MINUTE, 130, 13000);
	assert_int_equal(saw_store_recent(s, "ASR-WAN01", A, T0 + 6 * MINUTE, points), 4);
	assert_int_equal(points[0].state, STATE(UP));
	assert_false(points[0].has_in_bytes_per_second); /* a first value is no rate */
	assert_true(points[1].in_bytes_per_second == 100.0F);
	assert_int_equal(points[1].span_seconds, 120);
	assert_false(points[1].has_in_packets_per_second);
	assert_false(points[1].has_out_bytes_per_second);
	assert_false(points[2].has_in_bytes_per_second); /* a poll that failed gave nothing, and not 0 */
	assert_int_equal(points[2].state, STATE(UNKNOWN));
	assert_true(points[3].has_in_bytes_per_second);
	assert_true(points[3].in_bytes_per_second == 0.0F); /* nothing came in the four minutes before */
	assert_int_equal(points[3].span_seconds, 240);
}

static void a_source_without_bytes_gives_packets(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	configure(s, store_plain, T0);
	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel1", 100, 1, 2);
	put(s, &m);
	saved_row(saved(&m, T0 + 5 * MINUTE), "198.51.100.1", "Tunnel1", 700, 1, 2);
	put(s, &m);
	assert_int_equal(saw_store_recent(s, "ASR-WAN01", A, T0 + 5 * MINUTE, points), 2);
	assert_true(points[1].in_packets_per_second == 2.0F);
	assert_false(points[1].has_in_bytes_per_second);
}

static void a_lost_worker_is_a_state_and_no_traffic(void **state) {
	struct saw_store *s = *state;

	configure(s, store_plain, T0);
	poll_snmp(s, T0, 10, 1000);
	saw_store_lost(s, "ASR-WAN01", "the collector ended", T0 + MINUTE);
	assert_int_equal(saw_store_recent(s, "ASR-WAN01", A, T0 + MINUTE, points), 2);
	assert_int_equal(points[1].state, STATE(UNKNOWN));
	assert_false(points[1].has_in_bytes_per_second);
	assert_int_equal(saw_store_recent(s, "ASR-WAN01", "nobody", T0, points), 0);
	assert_int_equal(saw_store_recent(s, "nobody", A, T0, points), 0);
	assert_int_equal(saw_store_recent(s, NULL, NULL, T0, points), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_was_polled),
		cmocka_unit_test(a_point_has_what_its_poll_gave),
		cmocka_unit_test(polls_of_one_minute_are_one_point),
		cmocka_unit_test(packets_stand_for_bytes_and_are_never_mixed_with_them),
		cmocka_unit_test(an_hour_and_no_more),
		cmocka_unit_test(what_comes_late_takes_its_place),
		cmocka_unit_test(times_and_spans_that_cannot_be_do_no_harm),
		cmocka_unit_test(a_clock_that_is_set_back_leaves_nothing_behind),
		cmocka_unit_test_setup_teardown(polls_fill_the_hour, setup, teardown),
		cmocka_unit_test_setup_teardown(a_source_without_bytes_gives_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_worker_is_a_state_and_no_traffic, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
