/* Which readings of a snapshot are kept, and what they say. */
#include "history/recorder.h"
#include "history/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define T0 1780272000000LL /* 2026-06-01 */
#define STATE(name) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##name
#define TOTALS 6

static const struct saw_keeper_options options = {
	.interval_ms = 5 * MINUTE, .raw_days = 40, .hourly_days = 400, .summary_days = 1000};
static char folder[64], file[80];

/* One device with one tunnel. */
static struct world {
	struct saw_recorder *recorder;
	struct saw_keeper *keeper;
	Sawatch__V1__Snapshot snapshot;
	Sawatch__V1__TunnelEnd tunnel, *tunnels[1];
	Sawatch__V1__Total total[TOTALS], *totals[TOTALS];
	int64_t clock_ms; /* that is never set */
	struct saw_recorded out;
} w;

static void restart(void) {
	char note[SAW_ERR_TEXT_MAX];
	struct saw_err err;

	if (w.keeper)
		assert_int_equal(saw_keeper_commit(w.keeper, &err), 0);
	saw_keeper_close(w.keeper);
	saw_recorder_destroy(w.recorder);
	assert_int_equal(saw_keeper_open(file, &options, false, note, &w.keeper, &err), 0);
	w.recorder = saw_recorder_create();
	assert_non_null(w.recorder);
}

static int begin(void **state) {
	static const char *const names[TOTALS] = {"in_bytes",    "out_bytes",        "decaps_packets",
											  "recv_errors", "auth_failed_recv", "decrypt_failed_recv"};

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/recorder-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof file, "%s/history.db", folder);
	memset(&w, 0, sizeof w);
	restart();
	sawatch__v1__snapshot__init(&w.snapshot);
	sawatch__v1__tunnel_end__init(&w.tunnel);
	w.tunnel.device = (char *)(uintptr_t) "ASA-XFW01";
	w.tunnel.name = (char *)(uintptr_t) "berlin-1";
	w.tunnel.has_state = 1;
	w.tunnel.state = STATE(UP);
	for (int i = 0; i < TOTALS; i++) {
		sawatch__v1__total__init(&w.total[i]);
		w.total[i].name = (char *)(uintptr_t)names[i];
		w.total[i].has_value = 1;
		w.totals[i] = &w.total[i];
	}
	w.tunnel.totals = w.totals;
	w.tunnel.n_totals = TOTALS;
	w.tunnels[0] = &w.tunnel;
	w.snapshot.tunnels = w.tunnels;
	w.snapshot.n_tunnels = 1;
	return 0;
}

static int end(void **state) {
	char command[96];

	(void)state;
	saw_keeper_close(w.keeper);
	saw_recorder_destroy(w.recorder);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

/* A snapshot as of made_ms, of what the device said at counted_ms (0: it has not been read). */
static unsigned look(int64_t made_ms, int64_t counted_ms) {
	w.clock_ms += w.snapshot.made_at_ms ? made_ms - w.snapshot.made_at_ms : 0;
	w.snapshot.has_made_at_ms = 1;
	w.snapshot.made_at_ms = made_ms;
	w.tunnel.has_counted_at_ms = counted_ms != 0;
	w.tunnel.counted_at_ms = counted_ms;
	assert_int_equal(saw_recorder_take(w.recorder, w.keeper, &w.snapshot, options.interval_ms, w.clock_ms, &w.out), 0);
	return w.out.taken;
}

static struct saw_point last(void) {
	struct saw_point p;

	assert_true(saw_keeper_last(w.keeper, "ASA-XFW01", "berlin-1", &p));
	return p;
}

static void a_reading_is_taken_once_in_an_interval(void **state) {
	(void)state;
	w.total[0].value = 1000;
	assert_int_equal(look(T0 + SECOND, T0), 1);
	assert_int_equal(last().at_ms, T0);
	assert_int_equal(last().total[SAW_COLUMN_IN_BYTES], 1000);
	assert_int_equal(look(T0 + MINUTE, T0), 0);                               /* nothing was read since */
	assert_int_equal(look(T0 + 2 * MINUTE, T0 + MINUTE), 0);                  /* too soon */
	assert_int_equal(look(T0 + 5 * MINUTE, T0 + 5 * MINUTE - 2 * SECOND), 1); /* polls are not that exact */
	assert_int_equal(look(T0 + 15 * MINUTE, T0 + 15 * MINUTE), 1);
	assert_false(last().gap);
}

static void errors_are_the_largest_of_what_overlaps(void **state) {
	(void)state;
	w.total[3].value = 50;
	w.total[4].value = 30;
	w.total[5].value = 40;
	look(T0, T0);
	assert_int_equal(last().total[SAW_COLUMN_IN_ERRORS], 70);
	w.total[3].value = 100;
	look(T0 + 5 * MINUTE, T0 + 5 * MINUTE);
	assert_int_equal(last().total[SAW_COLUMN_IN_ERRORS], 100);
	assert_int_equal(last().has, 1U << SAW_COLUMN_IN_BYTES | 1U << SAW_COLUMN_OUT_BYTES | 1U << SAW_COLUMN_IN_PACKETS |
									 1U << SAW_COLUMN_IN_ERRORS);
	/* What stands still because nobody looks is absent. */
	w.total[2].stale = w.total[2].has_stale = 1;
	look(T0 + 10 * MINUTE, T0 + 10 * MINUTE);
	assert_false(last().has >> SAW_COLUMN_IN_PACKETS & 1);
}

static void a_change_is_taken_at_once(void **state) {
	(void)state;
	look(T0, T0);
	w.tunnel.state = STATE(DOWN);
	assert_int_equal(look(T0 + MINUTE, T0 + 50 * SECOND), 1);
	assert_int_equal(last().state, STATE(DOWN));
	assert_int_equal(last().at_ms, T0 + 50 * SECOND);
	w.tunnel.has_maintenance = w.tunnel.maintenance = 1;
	assert_int_equal(look(T0 + 2 * MINUTE, T0 + 110 * SECOND), 1);
	assert_true(last().maintenance);
	/* The device cannot be read: since when, and no totals. */
	w.tunnel.state = STATE(UNKNOWN);
	w.tunnel.has_since_ms = 1;
	w.tunnel.since_ms = T0 + 4 * MINUTE;
	assert_int_equal(look(T0 + 5 * MINUTE, T0 + 110 * SECOND), 1);
	assert_int_equal(last().at_ms, T0 + 4 * MINUTE);
	assert_int_equal(last().has, 0);
	assert_int_equal(look(T0 + 65 * MINUTE, T0 + 110 * SECOND), 0);
	w.tunnel.state = STATE(UP);
	assert_int_equal(look(T0 + 66 * MINUTE, T0 + 66 * MINUTE), 1);
	assert_false(last().gap);
}

static void what_cannot_be_known_is_a_gap(void **state) {
	(void)state;
	w.tunnel.has_counter_gaps = 1;
	w.tunnel.counter_gaps = 7;
	w.total[0].value = 1000;
	look(T0, T0);
	assert_false(last().gap);
	w.tunnel.counter_gaps = 8;
	look(T0 + MINUTE, T0 + MINUTE);
	assert_true(last().gap);
	look(T0 + 6 * MINUTE, T0 + 6 * MINUTE);
	assert_false(last().gap);
	/* The daemon's state was lost: the total began anew, also where the device could not be read in between. */
	w.tunnel.state = STATE(UNKNOWN);
	look(T0 + 7 * MINUTE, 0);
	w.tunnel.state = STATE(UP);
	w.total[0].value = 10;
	look(T0 + 12 * MINUTE, T0 + 12 * MINUTE);
	assert_true(last().gap);
	assert_int_equal(last().total[SAW_COLUMN_IN_BYTES], 10);
	/* And of another run's readings the last one counts. */
	restart();
	w.total[0].value = 5;
	look(T0 + 17 * MINUTE, T0 + 17 * MINUTE);
	assert_true(last().gap);
}

static void queue_drops_go_on(void **state) {
	(void)state;
	w.tunnel.has_queue_drops = 1;
	w.tunnel.queue_drops = 500;
	look(T0, T0);
	assert_int_equal(last().total[SAW_COLUMN_QUEUE_DROPS], 0); /* what was before is not ours */
	w.tunnel.queue_drops = 520;
	look(T0 + 5 * MINUTE, T0 + 5 * MINUTE);
	assert_int_equal(last().total[SAW_COLUMN_QUEUE_DROPS], 20);
	w.tunnel.queue_drops = 3; /* began anew */
	look(T0 + 10 * MINUTE, T0 + 10 * MINUTE);
	assert_int_equal(last().total[SAW_COLUMN_QUEUE_DROPS], 23);
	w.tunnel.has_queue_drops = 0;
	look(T0 + 15 * MINUTE, T0 + 15 * MINUTE);
	assert_false(last().has >> SAW_COLUMN_QUEUE_DROPS & 1);
	assert_false(last().gap);
	w.tunnel.has_queue_drops = 1;
	w.tunnel.queue_drops = 40;
	look(T0 + 20 * MINUTE, T0 + 20 * MINUTE);
	restart();
	w.tunnel.queue_drops = 50; /* ten more, or one that began anew: nobody looked */
	look(T0 + 25 * MINUTE, T0 + 25 * MINUTE);
	assert_int_equal(last().total[SAW_COLUMN_QUEUE_DROPS], 60);
	assert_false(last().gap);
	/* Where the last reading before the restart did not have it, it begins anew, and says so. */
	w.tunnel.has_queue_drops = 0;
	look(T0 + 30 * MINUTE, T0 + 30 * MINUTE);
	restart();
	w.tunnel.has_queue_drops = 1;
	look(T0 + 35 * MINUTE, T0 + 35 * MINUTE);
	assert_int_equal(last().total[SAW_COLUMN_QUEUE_DROPS], 0);
	assert_true(last().gap);
}

static void a_clock_that_jumps_is_noticed(void **state) {
	(void)state;
	w.total[0].value = 1000;
	look(T0, T0);
	look(T0 + 5 * MINUTE, T0 + 5 * MINUTE);
	assert_int_equal(w.out.jump_ms, 0);
	/* Forward by two hours: the rate over it is nobody's. */
	w.clock_ms -= 2 * HOUR;
	assert_int_equal(look(T0 + 2 * HOUR + 10 * MINUTE, T0 + 2 * HOUR + 10 * MINUTE), 1);
	assert_int_equal(w.out.jump_ms, 2 * HOUR);
	assert_true(last().gap);
	assert_int_equal(w.out.behind_ms, 0);
	/* And back: nothing is taken until it has passed what is kept. */
	w.clock_ms += 2 * HOUR;
	assert_int_equal(look(T0 + 15 * MINUTE, T0 + 15 * MINUTE), 0);
	assert_int_equal(w.out.jump_ms, -2 * HOUR);
	assert_int_equal(w.out.behind_ms, HOUR + 55 * MINUTE);
	assert_int_equal(look(T0 + 2 * HOUR + 15 * MINUTE, T0 + 2 * HOUR + 15 * MINUTE), 1);
	assert_true(last().gap);
	assert_int_equal(look(T0 + 2 * HOUR + 20 * MINUTE, T0 + 2 * HOUR + 20 * MINUTE), 1);
	assert_false(last().gap);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_reading_is_taken_once_in_an_interval),
		TEST(errors_are_the_largest_of_what_overlaps),
		TEST(a_change_is_taken_at_once),
		TEST(what_cannot_be_known_is_a_gap),
		TEST(queue_drops_go_on),
		TEST(a_clock_that_jumps_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
