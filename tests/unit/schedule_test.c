/* When devices are polled, by whom, and how long a dead process stays dead. */
#include "daemon/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)

static void name(char out[32], unsigned i) {
	snprintf(out, 32, "ASR-WAN%02u", i);
}

static void devices_are_spread_over_the_interval(void **state) {
	const uint64_t interval = 300 * SECOND;
	unsigned tenth[10] = {0};
	char device[32];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t next;

		name(device, i);
		next = saw_schedule_next(0, 0, interval, saw_schedule_hash(device));
		tenth[next % interval / (interval / 10)]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(tenth[i], 60, 140);
}

static void both_ends_of_a_link_fall_into_the_same_tick(void **state) {
	const uint64_t interval = 60 * SECOND, link = saw_schedule_hash("berlin-1");

	(void)state;
	/* Two collectors, one of which was started 17 s later: both are on the same grid. */
	assert_int_equal(saw_schedule_next(1000 * SECOND, 1000 * SECOND, interval, link) % interval,
					 saw_schedule_next(1017 * SECOND, 1017 * SECOND, interval, link) % interval);
	assert_int_not_equal(link % interval, saw_schedule_hash("berlin-2") % interval);
}

static void the_first_poll_comes_soon_and_not_all_at_once(void **state) {
	uint64_t least = UINT64_MAX, most = 0;
	char device[32];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		uint64_t first;

		name(device, i);
		first = saw_schedule_first(50 * SECOND, 300 * SECOND, saw_schedule_hash(device));
		least = first < least ? first : least;
		most = first > most ? first : most;
		assert_in_range(saw_schedule_first(50 * SECOND, SECOND, saw_schedule_hash(device)), 50 * SECOND,
						51 * SECOND - 1);
	}
	assert_in_range(least, 50 * SECOND, 51 * SECOND);
	assert_in_range(most, 59 * SECOND, 60 * SECOND);
}

static void polls_keep_half_an_interval_apart_and_then_the_interval(void **state) {
	const uint64_t interval = 30 * SECOND;
	char device[32];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		uint64_t hash, first, second, third;

		name(device, i);
		hash = saw_schedule_hash(device);
		first = saw_schedule_first(777 * SECOND, interval, hash);
		second = saw_schedule_next(first, first, interval, hash);
		third = saw_schedule_next(second, second + SECOND, interval, hash);
		assert_in_range(second - first, interval / 2, interval * 3 / 2);
		assert_int_equal(third - second, interval);
	}
}

static void places_that_were_overslept_are_left_out(void **state) {
	const uint64_t interval = 10 * SECOND, hash = 4 * SECOND;

	(void)state;
	assert_int_equal(saw_schedule_next(104 * SECOND, 104 * SECOND, interval, hash), 114 * SECOND);
	assert_int_equal(saw_schedule_next(104 * SECOND, 141 * SECOND, interval, hash), 144 * SECOND);
}

static void every_collector_gets_its_share_and_few_devices_move(void **state) {
	unsigned share[4] = {0}, moved = 0;
	char device[32];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		unsigned of_three, of_four;

		name(device, i);
		of_three = saw_schedule_collector(device, 3);
		of_four = saw_schedule_collector(device, 4);
		assert_in_range(of_three, 0, 2);
		share[of_four]++;
		moved += of_three != of_four;
		/* A device moves only to the new collector, never between old ones. */
		if (of_three != of_four)
			assert_int_equal(of_four, 3);
		assert_int_equal(saw_schedule_collector(device, 1), 0);
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(share[i], 190, 310);
	assert_in_range(moved, 190, 310);
}

static void a_slow_device_is_asked_less_and_later_as_often_again(void **state) {
	const uint64_t interval = 100 * SECOND;

	(void)state;
	assert_int_equal(saw_schedule_factor(1, interval, 25 * SECOND, -1), 1);
	assert_int_equal(saw_schedule_factor(1, interval, 26 * SECOND, -1), 2);
	assert_int_equal(saw_schedule_factor(2, interval, 26 * SECOND, -1), 2);
	assert_int_equal(saw_schedule_factor(2, interval, 51 * SECOND, -1), 4);
	assert_int_equal(saw_schedule_factor(4, interval, 200 * SECOND, -1), 4);
	assert_int_equal(saw_schedule_factor(4, interval, 24 * SECOND, -1), 2);
	assert_int_equal(saw_schedule_factor(2, interval, 13 * SECOND, -1), 2);
	assert_int_equal(saw_schedule_factor(2, interval, 12 * SECOND, -1), 1);
	assert_int_equal(saw_schedule_factor(1, interval, 0, -1), 1);
}

static void a_busy_device_is_asked_less_until_it_is_calm(void **state) {
	const uint64_t interval = 100 * SECOND;

	(void)state;
	assert_int_equal(saw_schedule_factor(1, interval, SECOND, 70), 1);
	assert_int_equal(saw_schedule_factor(1, interval, SECOND, 71), 2);
	assert_int_equal(saw_schedule_factor(2, interval, SECOND, 99), 4);
	assert_int_equal(saw_schedule_factor(4, interval, SECOND, 100), 4);
	assert_int_equal(saw_schedule_factor(4, interval, SECOND, 61), 4); /* our polls may be what made it busy */
	assert_int_equal(saw_schedule_factor(4, interval, SECOND, 60), 2);
	assert_int_equal(saw_schedule_factor(2, interval, 40 * SECOND, 0), 2);
	assert_int_equal(saw_schedule_factor(2, interval, SECOND, 0), 1);
}

static void a_process_that_keeps_dying_waits_up_to_a_minute(void **state) {
	const uint64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60};

	(void)state;
	for (unsigned i = 0; i < sizeof seconds / sizeof *seconds; i++)
		assert_int_equal(saw_schedule_backoff_ms(i + 1), seconds[i] * 1000);
	assert_int_equal(saw_schedule_backoff_ms(1000000), 60000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_spread_over_the_interval),
		cmocka_unit_test(both_ends_of_a_link_fall_into_the_same_tick),
		cmocka_unit_test(the_first_poll_comes_soon_and_not_all_at_once),
		cmocka_unit_test(polls_keep_half_an_interval_apart_and_then_the_interval),
		cmocka_unit_test(places_that_were_overslept_are_left_out),
		cmocka_unit_test(every_collector_gets_its_share_and_few_devices_move),
		cmocka_unit_test(a_slow_device_is_asked_less_and_later_as_often_again),
		cmocka_unit_test(a_busy_device_is_asked_less_until_it_is_calm),
		cmocka_unit_test(a_process_that_keeps_dying_waits_up_to_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
