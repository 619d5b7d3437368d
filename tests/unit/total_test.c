#include "model/scope.h"
#include "model/total.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE 60000

static struct saw_total_input value(uint64_t raw, int64_t at_ms, unsigned bits, enum saw_continuity c) {
	return (struct saw_total_input){.raw = raw, .at_ms = at_ms, .bits = bits, .continuity = c, .scope_known = true};
}

static unsigned add(struct saw_total *t, uint64_t raw, int64_t at_ms, unsigned bits, enum saw_continuity c) {
	struct saw_total_input in = value(raw, at_ms, bits, c);

	return saw_total_add(t, &in, NULL);
}

static void a_total_starts_at_the_devices_value_and_goes_on(void **state) {
	struct saw_total t = {0};

	(void)state;
	assert_int_equal(add(&t, 1000, MINUTE, 64, SAW_CONTINUITY_SHOWN), SAW_TOTAL_FIRST);
	assert_int_equal(t.value, 1000);
	assert_int_equal(add(&t, 1600, 2 * MINUTE, 64, SAW_CONTINUITY_SHOWN), 0);
	assert_int_equal(t.value, 1600);
	assert_int_equal(add(&t, 1600, 3 * MINUTE, 64, SAW_CONTINUITY_ASSUMED), 0);
	assert_int_equal(t.value, 1600);
	assert_false(t.lower_bound);
}

static void a_lower_64_bit_value_is_a_restart_and_counts_in_full(void **state) {
	struct saw_total t = {0};

	(void)state;
	add(&t, 1000, MINUTE, 64, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 70, 2 * MINUTE, 64, SAW_CONTINUITY_SHOWN), SAW_TOTAL_RESTART);
	assert_int_equal(t.value, 1070);
	assert_false(t.lower_bound);
}

static void after_a_reload_the_value_counts_in_full_also_when_it_is_higher(void **state) {
	struct saw_total t = {0};

	(void)state;
	add(&t, 1000, MINUTE, 32, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 1200, 2 * MINUTE, 32, SAW_CONTINUITY_BROKEN), SAW_TOTAL_RESTART);
	assert_int_equal(t.value, 2200);
}

static void a_wrap_needs_32_bits_a_row_that_went_on_and_a_step_that_fits(void **state) {
	struct saw_total t = {0};

	(void)state;
	add(&t, UINT32_MAX - 30000000, MINUTE, 32, SAW_CONTINUITY_SHOWN);
	add(&t, UINT32_MAX - 20000000, 2 * MINUTE, 32, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 999999, 4 * MINUTE, 32, SAW_CONTINUITY_SHOWN), SAW_TOTAL_WRAP);
	assert_int_equal(t.value, (uint64_t)UINT32_MAX + 1000000);
	assert_false(t.lower_bound);
}

static void a_step_far_above_the_rate_is_a_restart_not_a_wrap(void **state) {
	struct saw_total t = {0};

	(void)state;
	add(&t, 1000, MINUTE, 32, SAW_CONTINUITY_SHOWN);
	add(&t, 2000, 2 * MINUTE, 32, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 500, 3 * MINUTE, 32, SAW_CONTINUITY_SHOWN), SAW_TOTAL_RESTART);
	assert_int_equal(t.value, 2500);
}

static void what_cannot_be_told_takes_the_lower_bound_and_is_a_gap(void **state) {
	struct saw_total t = {0};

	(void)state;
	/* No rate yet: 4 thousand million in a minute could be a wrap, or a restart. */
	add(&t, 3000000000, MINUTE, 32, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 5, 2 * MINUTE, 32, SAW_CONTINUITY_SHOWN), SAW_TOTAL_RESTART | SAW_TOTAL_GAP);
	assert_int_equal(t.value, 3000000005);
	assert_true(t.lower_bound);
	/* Fits the rate, but nothing shows that the row went on. */
	memset(&t, 0, sizeof t);
	add(&t, UINT32_MAX - 30000000, MINUTE, 32, SAW_CONTINUITY_ASSUMED);
	add(&t, UINT32_MAX - 20000000, 2 * MINUTE, 32, SAW_CONTINUITY_ASSUMED);
	assert_int_equal(add(&t, 7, 3 * MINUTE, 32, SAW_CONTINUITY_ASSUMED), SAW_TOTAL_RESTART | SAW_TOTAL_GAP);
	assert_int_equal(t.value, (uint64_t)UINT32_MAX - 20000000 + 7);
}

static void a_doubted_rise_adds_the_difference_only(void **state) {
	struct saw_total t = {0};

	(void)state;
	add(&t, 1000, MINUTE, 32, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 5000, 2 * MINUTE, 32, SAW_CONTINUITY_DOUBTED), SAW_TOTAL_GAP);
	assert_int_equal(t.value, 5000);
	assert_true(t.lower_bound);
	assert_int_equal(add(&t, 50, 3 * MINUTE, 32, SAW_CONTINUITY_DOUBTED), SAW_TOTAL_RESTART);
	assert_int_equal(t.value, 5050);
}

static void a_poll_outage_longer_than_a_turn_of_the_counter_is_a_gap(void **state) {
	struct saw_total t = {0};

	(void)state;
	add(&t, 0, 0, 32, SAW_CONTINUITY_SHOWN);
	add(&t, 600000000, MINUTE, 32, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 700000000, 11 * MINUTE, 32, SAW_CONTINUITY_SHOWN), SAW_TOTAL_GAP);
	assert_int_equal(t.value, 700000000);
}

static void a_value_that_is_not_newer_is_ignored(void **state) {
	struct saw_total t = {0};

	(void)state;
	add(&t, 1000, 2 * MINUTE, 64, SAW_CONTINUITY_SHOWN);
	assert_int_equal(add(&t, 10, MINUTE, 64, SAW_CONTINUITY_SHOWN), 0);
	assert_int_equal(add(&t, 10, 2 * MINUTE, 64, SAW_CONTINUITY_SHOWN), 0);
	assert_int_equal(t.value, 1000);
	assert_int_equal(t.last, 1000);
}

static void an_unknown_scope_is_labelled_and_a_full_total_stays_full(void **state) {
	struct saw_total t = {0};
	struct saw_total_input in = value(UINT64_MAX - 1, MINUTE, 0, SAW_CONTINUITY_ASSUMED);

	(void)state;
	in.scope_known = false;
	saw_total_add(&t, &in, NULL);
	assert_true(t.lower_bound);
	add(&t, 100, 2 * MINUTE, 64, SAW_CONTINUITY_SHOWN);
	assert_true(t.value == UINT64_MAX);
}

/* xorshift: the same sequences on every run. */
static uint64_t next(uint64_t *s) {
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/*
 * A device with a counter of known width that carries steady traffic, reloads, and is asked too seldom now and then, against
 * the truth. Whatever happens the total never decreases and never exceeds the truth; with reloads that are seen and a
 * steady rate it loses only what was counted between the last poll and the reload.
 */
static void against_the_truth_totals_never_decrease_and_never_exceed_it(void **state) {
	uint64_t seed = 0x5a17c4b1d2e3f405;

	(void)state;
	for (int run = 0; run < 500; run++) {
		bool wide = next(&seed) & 1;
		uint64_t truth = next(&seed) % 1000000, counter = truth, lost = 0, before = 0;
		uint64_t step = 1 + next(&seed) % 300000000;
		struct saw_total t = {0};
		int64_t now = 0;
		unsigned wraps = 0;

		for (int poll = 0; poll < 200; poll++) {
			uint64_t moved = step / 2 + next(&seed) % step;
			enum saw_continuity c = SAW_CONTINUITY_SHOWN;
			unsigned flags;

			now += MINUTE;
			truth += moved;
			counter += moved;
			if (next(&seed) % 50 == 0) { /* reload: what was counted since the last poll is lost to anybody */
				lost += moved;
				counter = next(&seed) % (step / 4 + 1);
				truth += counter;
				c = SAW_CONTINUITY_BROKEN;
			}
			if (!wide)
				counter &= UINT32_MAX;
			before = t.value;
			flags = add(&t, counter, now, wide ? 64 : 32, c);
			wraps += (flags & SAW_TOTAL_WRAP) != 0;
			assert_true(t.value >= before);
			assert_true(t.value <= truth);
			if (poll == 0)
				lost = truth - t.value;
			assert_true(wide || (flags & SAW_TOTAL_GAP) || t.lower_bound || t.value + lost == truth);
			assert_true(!wide || t.value + lost == truth);
		}
		assert_true(wide || t.lower_bound || step < 100000000 || wraps > 0);
	}
}

/* Arbitrary values at arbitrary times. */
static void nothing_makes_a_total_decrease(void **state) {
	uint64_t seed = 0x123456789abcdef1;

	(void)state;
	for (int run = 0; run < 200; run++) {
		struct saw_total t = {0};
		int64_t now = 0;

		for (int poll = 0; poll < 100; poll++) {
			struct saw_total_input in = value(next(&seed) >> (next(&seed) % 64), now, (unsigned)(next(&seed) % 3) * 32,
											  (enum saw_continuity)(next(&seed) % 4));
			uint64_t before = t.value, delta;

			now += (int64_t)(next(&seed) % 100000) - 10000;
			saw_total_add(&t, &in, &delta);
			assert_true(t.value >= before);
		}
	}
}

static void every_counter_has_a_scope_with_evidence(void **state) {
	(void)state;
	for (int platform = 1; platform <= 3; platform++)
		for (int source = 1; source <= 4; source++)
			for (int i = 0; i < SAW_COUNTERS; i++) {
				const struct saw_scope_rule *r =
					saw_scope_of((Sawatch__V1__Platform)platform, (Sawatch__V1__Source)source, saw_counters[i].name);

				assert_non_null(r);
				assert_true(strlen(r->evidence) > 10);
				assert_true(r->bits == 0 || r->bits == 32 || r->bits == 64);
				assert_int_equal(saw_counter_index(saw_counters[i].name), i);
			}
	assert_int_equal(saw_counter_index("plaintext_mtu"), -1);
	assert_int_equal(
		saw_scope_of(SAWATCH__V1__PLATFORM__PLATFORM_ASA, SAWATCH__V1__SOURCE__SOURCE_SNMP, "in_bytes")->bits, 64);
	assert_int_equal(
		saw_scope_of(SAWATCH__V1__PLATFORM__PLATFORM_ASA, SAWATCH__V1__SOURCE__SOURCE_SNMP, "decaps_packets")->bits,
		32);
	assert_int_equal(
		saw_scope_of(SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, SAWATCH__V1__SOURCE__SOURCE_FILE, "decaps_packets")->scope,
		SAW_SCOPE_FLOW);
	assert_int_equal(
		saw_scope_of(SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, SAWATCH__V1__SOURCE__SOURCE_RESTCONF, "in_bytes")->scope,
		SAW_SCOPE_UNKNOWN);
}

/* Fields 20 to 53 of the schema are the counters: a new one must not be forgotten. */
static void the_counters_are_those_of_the_schema(void **state) {
	const ProtobufCMessageDescriptor *d = &sawatch__v1__ipsec_sa__descriptor;
	int n = 0;

	(void)state;
	for (unsigned i = 0; i < d->n_fields; i++)
		if (d->fields[i].id >= 20 && d->fields[i].id < 60) {
			assert_true(n < SAW_COUNTERS);
			assert_string_equal(d->fields[i].name, saw_counters[n].name);
			assert_int_equal(d->fields[i].offset, saw_counters[n].offset);
			n++;
		}
	assert_int_equal(n, SAW_COUNTERS);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_total_starts_at_the_devices_value_and_goes_on),
		cmocka_unit_test(a_lower_64_bit_value_is_a_restart_and_counts_in_full),
		cmocka_unit_test(after_a_reload_the_value_counts_in_full_also_when_it_is_higher),
		cmocka_unit_test(a_wrap_needs_32_bits_a_row_that_went_on_and_a_step_that_fits),
		cmocka_unit_test(a_step_far_above_the_rate_is_a_restart_not_a_wrap),
		cmocka_unit_test(what_cannot_be_told_takes_the_lower_bound_and_is_a_gap),
		cmocka_unit_test(a_doubted_rise_adds_the_difference_only),
		cmocka_unit_test(a_poll_outage_longer_than_a_turn_of_the_counter_is_a_gap),
		cmocka_unit_test(a_value_that_is_not_newer_is_ignored),
		cmocka_unit_test(an_unknown_scope_is_labelled_and_a_full_total_stays_full),
		cmocka_unit_test(against_the_truth_totals_never_decrease_and_never_exceed_it),
		cmocka_unit_test(nothing_makes_a_total_decrease),
		cmocka_unit_test(every_counter_has_a_scope_with_evidence),
		cmocka_unit_test(the_counters_are_those_of_the_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
