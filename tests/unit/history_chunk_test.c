/* Points as bytes and back, what is left of old ones, and bytes that are no chunk. */
#include "history/chunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE 60000
#define HOUR (60 * MINUTE)
#define T0 1780272000000LL /* 2026-06-01 */
#define ALL ((1U << SAW_COLUMNS) - 1)

static struct saw_points there_and_back(const struct saw_points *in) {
	struct saw_buf b = SAW_BUF_INIT(SAW_CHUNK_BYTES);
	struct saw_points out = {0};

	assert_int_equal(saw_chunk_write(in->p, in->n, &b), 0);
	assert_int_equal(saw_chunk_read(b.data, b.len, &out), 0);
	saw_buf_free(&b);
	return out;
}

static void assert_same(const struct saw_points *a, const struct saw_points *b) {
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->p[i].at_ms, b->p[i].at_ms);
		assert_int_equal(a->p[i].has, b->p[i].has);
		assert_int_equal(a->p[i].state, b->p[i].state);
		assert_int_equal(a->p[i].maintenance, b->p[i].maintenance);
		assert_int_equal(a->p[i].gap, b->p[i].gap);
		for (int c = 0; c < SAW_COLUMNS; c++)
			assert_true(a->p[i].total[c] == b->p[i].total[c]);
	}
}

static uint64_t chance(unsigned bits) {
	uint64_t v = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();

	return bits ? v >> (64 - bits) : 0;
}

static void any_points_come_back(void **state) {
	(void)state;
	srand(7);
	for (int round = 0; round < 600; round++) {
		struct saw_points in = {0}, out;
		struct saw_point p = {.at_ms = T0, .has = (uint32_t)chance(8) & ALL, .state = 1};
		unsigned n = 1 + (unsigned)chance(round < 500 ? 7 : 11), width = (unsigned)rand() % 65;

		for (unsigned i = 0; i < n; i++) {
			p.at_ms += 1 + (int64_t)chance(round % 40);
			p.gap = rand() % 20 == 0;
			p.state = (uint8_t)(rand() % 50 ? p.state : rand() % 7);
			p.maintenance = rand() % 50 ? p.maintenance : !p.maintenance;
			if (rand() % 30 == 0)
				p.has = (uint32_t)chance(8) & ALL;
			for (int c = 0; c < SAW_COLUMNS; c++)
				p.total[c] += chance(width);
			assert_int_equal(saw_points_add(&in, &p), 0);
			for (int c = 0; c < SAW_COLUMNS; c++)
				if (!(p.has >> c & 1))
					in.p[i].total[c] = 0; /* what is not known has no value */
		}
		out = there_and_back(&in);
		assert_same(&in, &out);
		saw_points_free(&in);
		saw_points_free(&out);
	}
}

static struct saw_points steady(unsigned n, uint64_t bytes) {
	struct saw_points points = {0};
	struct saw_point p = {.at_ms = T0, .has = ALL, .state = 1, .total = {1ULL << 60, 5, 7, 9}};

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(saw_points_add(&points, &p), 0);
		p.at_ms += 5 * MINUTE;
		p.total[SAW_COLUMN_IN_BYTES] += bytes;
	}
	return points;
}

static void what_stands_still_takes_no_room(void **state) {
	struct saw_points idle = steady(288, 0), even = steady(288, 123456789);
	struct saw_buf b = SAW_BUF_INIT(SAW_CHUNK_BYTES);

	(void)state;
	assert_int_equal(saw_chunk_write(idle.p, idle.n, &b), 0);
	assert_true(b.len < 80);
	saw_buf_reset(&b);
	assert_int_equal(saw_chunk_write(even.p, even.n, &b), 0);
	assert_true(b.len < 90);
	saw_buf_free(&b);
	saw_points_free(&idle);
	saw_points_free(&even);
}

static void a_bit_that_turned_is_noticed(void **state) {
	struct saw_points in = steady(100, 4711), out = {0};
	struct saw_buf b = SAW_BUF_INIT(SAW_CHUNK_BYTES);

	(void)state;
	assert_int_equal(saw_chunk_write(in.p, in.n, &b), 0);
	for (size_t i = 0; i < b.len * 8; i++) {
		b.data[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_true(saw_chunk_read(b.data, b.len, &out) < 0);
		b.data[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	for (size_t n = 0; n < b.len; n++)
		assert_true(saw_chunk_read(b.data, n, &out) < 0);
	assert_int_equal(out.n, 0);
	assert_int_equal(saw_chunk_write(in.p, 0, &b), SAW_EFORMAT);
	assert_int_equal(saw_chunk_write(in.p, SAW_CHUNK_POINTS + 1, &b), SAW_ELIMIT);
	saw_buf_free(&b);
	saw_points_free(&in);
	saw_points_free(&out);
}

static void batches_hold_many_ends(void **state) {
	struct saw_buf b = SAW_BUF_INIT(1 << 20);
	struct saw_point p = {.at_ms = T0, .has = 1U << SAW_COLUMN_OUT_BYTES, .state = 3, .total = {0, 99}}, q;
	uint32_t end;
	size_t at = 0;

	(void)state;
	for (uint32_t i = 1; i <= 300; i++, p.at_ms++)
		saw_batch_put(&b, i * 1000, &p);
	for (uint32_t i = 1; i <= 300; i++) {
		assert_int_equal(saw_batch_next(b.data, b.len, &at, &end, &q), 1);
		assert_int_equal(end, i * 1000);
		assert_int_equal(q.at_ms, T0 + i - 1);
		assert_int_equal(q.total[SAW_COLUMN_OUT_BYTES], 99);
		assert_int_equal(q.state, 3);
	}
	assert_int_equal(saw_batch_next(b.data, b.len, &at, &end, &q), 0);
	at = 0;
	assert_int_equal(saw_batch_next(b.data, 5, &at, &end, &q), SAW_EFORMAT);
	saw_buf_free(&b);
}

static void two_of_one_time_are_one(void **state) {
	struct saw_points points = {0};

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct saw_point p = {.at_ms = T0 + (5 - i) / 2 * MINUTE, .total = {(uint64_t)i}};

		assert_int_equal(saw_points_add(&points, &p), 0);
	}
	assert_true(saw_points_sort(&points));
	assert_int_equal(points.n, 3);
	assert_int_equal(points.p[0].total[0], 4); /* the first that was there */
	assert_int_equal(points.p[2].total[0], 0);
	assert_false(saw_points_sort(&points));
	saw_points_free(&points);
}

/* Rates between what is left are exact, and no time in a state is lost. */
static void hours_keep_what_matters(void **state) {
	struct saw_points points = {0};
	struct saw_point p = {.at_ms = T0, .has = ALL, .state = 1};
	int64_t down = 0, down_left = 0;
	size_t gaps = 0, n = 0;

	(void)state;
	for (int i = 0; i < 288; i++, p.at_ms += 5 * MINUTE) {
		p.state = i >= 100 && i < 103 ? 3 : 1;
		p.gap = i == 200;
		p.total[0] = i >= 200 ? (uint64_t)i : (uint64_t)i * 1000; /* began anew */
		if (i < 150 || i >= 160)
			assert_int_equal(saw_points_add(&points, &p), 0);
	}
	for (size_t i = 1; i < points.n; i++)
		down += points.p[i - 1].state == 3 ? points.p[i].at_ms - points.p[i - 1].at_ms : 0;
	saw_points_thin(&points, HOUR, 12 * MINUTE);
	assert_in_range(points.n, 24, 36);
	assert_int_equal(points.p[0].at_ms, T0);
	assert_int_equal(points.p[points.n - 1].at_ms, T0 + 287 * 5 * MINUTE);
	for (size_t i = 1; i < points.n; i++) {
		const struct saw_point *a = &points.p[i - 1], *b = &points.p[i];

		down_left += a->state == 3 ? b->at_ms - a->at_ms : 0;
		gaps += b->gap;
		n += a->at_ms == T0 + 149 * 5 * MINUTE && b->at_ms == T0 + 160 * 5 * MINUTE; /* the hole */
		assert_true(b->gap || b->total[0] >= a->total[0]);
		assert_true(b->at_ms - a->at_ms <= HOUR);
	}
	assert_int_equal(down_left, down);
	assert_int_equal(down, 15 * MINUTE);
	assert_int_equal(gaps, 1);
	assert_int_equal(n, 1);
	saw_points_free(&points);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_points_come_back),         cmocka_unit_test(what_stands_still_takes_no_room),
		cmocka_unit_test(a_bit_that_turned_is_noticed), cmocka_unit_test(batches_hold_many_ends),
		cmocka_unit_test(two_of_one_time_are_one),      cmocka_unit_test(hours_keep_what_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
