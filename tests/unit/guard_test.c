/* Who is connected and who has to go: room for new ones, bounds for each client, and time. */
#include "exporters/http/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CLIENTS 16

static struct saw_guard *g;
static struct saw_guest *guests[CLIENTS];
static int ended[CLIENTS];
static bool leaves_at_once;

static void end(void *ctx, void *owner) {
	int i = (int)((struct saw_guest **)owner - guests);

	(void)ctx;
	ended[i]++;
	if (leaves_at_once)
		saw_guard_leave(guests[i]);
}

static int setup(void **state) {
	const struct saw_guard_limits limits = {
		.connections = 4, .per_client = 3, .request_ms = 1000, .idle_ms = 5000, .answer_ms = 2000};

	(void)state;
	for (int i = 0; i < CLIENTS; i++)
		ended[i] = 0;
	leaves_at_once = false;
	g = saw_guard_create(end, NULL);
	saw_guard_limit(g, &limits);
	return g ? 0 : -1;
}

static int teardown(void **state) {
	(void)state;
	saw_guard_destroy(g);
	return 0;
}

static bool admit(int i, uint8_t client, uint64_t now) {
	const struct saw_guard_client c = {.bytes = {client}};

	guests[i] = saw_guard_admit(g, &c, &guests[i], now);
	return guests[i] != NULL;
}

static void who_waits_longest_makes_room(void **state) {
	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(admit(i, (uint8_t)(i + 1), (uint64_t)i));
	saw_guard_asked(guests[0]);
	assert_false(saw_guard_is_full(g));
	assert_true(admit(4, 9, 10));
	assert_int_equal(ended[0], 0); /* it is being answered */
	assert_int_equal(ended[1], 1);
	assert_int_equal(saw_guard_connections(g), 4);
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_ROOM), 1);
	/* One that ends is not ended again, and its place is given once. */
	assert_true(admit(5, 10, 11));
	assert_int_equal(ended[1], 1);
	assert_int_equal(ended[2], 1);
	saw_guard_leave(guests[1]);
	saw_guard_leave(guests[2]);
	assert_int_equal(saw_guard_connections(g), 4);
	assert_int_equal(saw_guard_admitted(g), 6);
}

static void when_all_are_busy_nobody_is_let_in(void **state) {
	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_true(admit(i, (uint8_t)(i + 1), 0));
		saw_guard_asked(guests[i]);
	}
	assert_true(saw_guard_is_full(g));
	assert_false(admit(4, 9, 1));
	saw_guard_answering(guests[2], 0, 1);
	assert_true(saw_guard_is_full(g));
	saw_guard_answered(guests[2], 2);
	assert_false(saw_guard_is_full(g));
	leaves_at_once = true;
	assert_true(admit(4, 9, 3));
	assert_int_equal(ended[2], 1);
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_CLIENT), 0);
}

static void a_client_makes_room_for_itself(void **state) {
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(admit(i, 7, (uint64_t)i));
	assert_true(admit(3, 7, 5));
	assert_int_equal(ended[0], 1);
	for (int i = 1; i < 4; i++)
		saw_guard_asked(guests[i]);
	assert_false(admit(4, 7, 6));
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_CLIENT), 1);
	assert_true(admit(4, 8, 6)); /* another one is not its fault */
	/* Those that cannot be told apart share the whole. */
	assert_int_equal(saw_guard_connections(g), 4);
}

static void those_without_an_address_have_only_the_bound_of_all(void **state) {
	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_true(admit(i, 0, 0));
		saw_guard_asked(guests[i]);
	}
	assert_false(admit(4, 0, 0));
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_CLIENT), 0);
}

static void time_ends_each_in_its_way(void **state) {
	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(admit(i, (uint8_t)(i + 1), 0));
	saw_guard_asked(guests[1]); /* waits for us: as long as we need */
	saw_guard_asked(guests[2]);
	saw_guard_answering(guests[2], 10 * SAW_GUARD_BYTES_PER_SECOND, 100);
	saw_guard_asked(guests[3]);
	saw_guard_answered(guests[3], 100);
	saw_guard_sweep(g, 999);
	assert_int_equal(ended[0] + ended[1] + ended[2] + ended[3], 0);
	saw_guard_sweep(g, 1000);
	assert_int_equal(ended[0], 1);
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_SLOW_REQUEST), 1);
	saw_guard_sweep(g, 5099);
	assert_int_equal(ended[3], 0);
	saw_guard_sweep(g, 5100);
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_IDLE), 1);
	saw_guard_sweep(g, 12099);
	assert_int_equal(ended[2], 0);
	saw_guard_sweep(g, 12100);
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_SLOW_READER), 1);
	saw_guard_sweep(g, 1000000);
	assert_int_equal(ended[1], 0);
	for (int i = 0; i < 4; i++)
		assert_true(ended[i] <= 1);
	/* What its request does afterwards changes nothing. */
	saw_guard_answered(guests[2], 1000001);
	assert_int_equal(saw_guard_connections(g), 1);
}

static void who_reads_longest_goes_when_memory_is_short(void **state) {
	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(admit(i, (uint8_t)(i + 1), 0));
	for (int i = 1; i < 3; i++) {
		saw_guard_asked(guests[i]);
		saw_guard_answering(guests[i], 1U << 30, (uint64_t)(300 - 100 * i));
	}
	assert_false(saw_guard_end_reader(g, 1000, 1099));
	assert_true(saw_guard_end_reader(g, 1000, 1100));
	assert_int_equal(ended[2], 1);
	assert_false(saw_guard_end_reader(g, 1000, 1199));
	assert_true(saw_guard_end_reader(g, 1000, 1200));
	assert_int_equal(ended[1], 1);
	assert_false(saw_guard_end_reader(g, 1000, 100000)); /* the others do not read */
	assert_int_equal(saw_guard_ended(g, SAW_GUARD_SLOW_READER), 2);
}

static void each_reason_has_a_name(void **state) {
	(void)state;
	for (int i = 0; i < SAW_GUARD_REASONS; i++) {
		assert_int_equal(saw_guard_ended(g, (enum saw_guard_reason)i), 0);
		assert_non_null(saw_guard_reason_name((enum saw_guard_reason)i));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_waits_longest_makes_room, setup, teardown),
		cmocka_unit_test_setup_teardown(when_all_are_busy_nobody_is_let_in, setup, teardown),
		cmocka_unit_test_setup_teardown(a_client_makes_room_for_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(those_without_an_address_have_only_the_bound_of_all, setup, teardown),
		cmocka_unit_test_setup_teardown(time_ends_each_in_its_way, setup, teardown),
		cmocka_unit_test_setup_teardown(who_reads_longest_goes_when_memory_is_short, setup, teardown),
		cmocka_unit_test_setup_teardown(each_reason_has_a_name, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
