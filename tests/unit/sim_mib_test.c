/* The simulated device's OID tree: ordered, whole, and the same by every kind of request. */
#include "sim/mib.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct fixture {
	struct saw_sim_model *model;
	struct saw_sim_mib *mib[SAW_SIM_DEVICES];
};

static struct fixture make(uint32_t tunnels) {
	struct saw_sim_options o = SAW_SIM_OPTIONS_DEFAULT;
	struct fixture f;
	o.tunnels = tunnels;
	f.model = saw_sim_model_create(&o);
	assert_non_null(f.model);
	for (int d = 0; d < SAW_SIM_DEVICES; d++) {
		f.mib[d] = saw_sim_mib_create(f.model, (enum saw_sim_dev)d, 0);
		assert_non_null(f.mib[d]);
	}
	return f;
}

static void end(struct fixture *f) {
	for (int d = 0; d < SAW_SIM_DEVICES; d++) {
		saw_sim_mib_destroy(f->mib[d]);
	}
	saw_sim_model_destroy(f->model);
}

static void happen(struct fixture *f, const char *what) {
	struct saw_sim_event e;
	assert_int_equal(saw_sim_event_parse(saw_str_of(what), &e, NULL), 0);
	assert_int_equal(saw_sim_model_apply(f->model, 0, &e), 0);
}

#define OID(...) ((struct saw_sim_oid){.id = {__VA_ARGS__}, .n = sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)})
#define FLOW 1, 3, 6, 1, 4, 1, 9, 9, 171, 1

static int compare(const struct saw_sim_oid *a, const struct saw_sim_oid *b) {
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (a->id[i] != b->id[i]) {
			return a->id[i] < b->id[i] ? -1 : 1;
		}
	}
	return a->n == b->n ? 0 : a->n < b->n ? -1 : 1;
}

static bool below(const struct saw_sim_oid *oid, const struct saw_sim_oid *base) {
	struct saw_sim_oid head = *oid;
	head.n = base->n;
	return oid->n > base->n && compare(&head, base) == 0;
}

/* Walks a subtree; returns its instances. Each must come after the one before and be what GET gives. */
static size_t walk(struct saw_sim_mib *mib, struct saw_sim_oid base) {
	struct saw_sim_oid at = base, next;
	struct saw_sim_value value, got;
	size_t n = 0;
	for (;;) {
		saw_sim_mib_next(mib, 1000, &at, &next, &value);
		if (value.type == SAW_SIM_END_OF_MIB || !below(&next, &base)) {
			return n;
		}
		assert_true(compare(&next, &at) > 0);
		saw_sim_mib_get(mib, 1000, &next, &got);
		assert_int_equal(got.type, value.type);
		at = next;
		n++;
	}
}

static struct saw_sim_value get(struct saw_sim_mib *mib, struct saw_sim_oid oid) {
	struct saw_sim_value v = {.type = SAW_SIM_NO_OBJECT};
	saw_sim_mib_get(mib, 1000, &oid, &v);
	return v;
}

static void a_whole_walk_only_goes_up(void **state) {
	(void)state;
	struct fixture f = make(7);
	happen(&f, "cut 3");
	happen(&f, "renumber ASR-WAN01");
	for (int d = 0; d < SAW_SIM_DEVICES; d++) {
		size_t interfaces = 7 + (d == SAW_SIM_ASA ? 3 : 4), addresses = 7 + 2 + (d == SAW_SIM_ASA ? 1 : 7);
		size_t box = 7 + 1 + interfaces * (17 + 9) + addresses * (5 + 2) + 5 + 4 + 2 * 6;
		size_t own = d == SAW_SIM_ASA ? 3 + 3 * 3 : 7 * (8 + 5 + 3) + 4;
		size_t logs = 23 + 28 + 8 + 6;
		size_t n = walk(f.mib[d], OID(1, 3));
		assert_int_equal(n, box + own + 1 + 26 + 30 + 6 * (34 + 50 + 12 + 2 * 4) + logs);
	}
	end(&f);
}

static void the_other_unit_of_the_pair_takes_over(void **state) {
	(void)state;
	struct fixture f = make(2);
	struct saw_sim_oid states[] = {OID(1, 3, 6, 1, 4, 1, 9, 9, 147, 1, 2, 1, 1, 1, 3, 6),
								   OID(1, 3, 6, 1, 4, 1, 9, 9, 147, 1, 2, 1, 1, 1, 3, 7)};
	struct saw_sim_oid serial = OID(1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11, 1);
	uint8_t first[SAW_SIM_BYTES_MAX];
	static const struct {
		const char *event;
		uint64_t primary, secondary;
		bool other_box;
	} steps[] = {{NULL, 9, 10, false},
				 {"standby off", 9, 4, false},
				 {"failover", 4, 9, true},
				 {"standby on", 10, 9, true},
				 {"failover", 9, 10, false}};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].event) {
			happen(&f, steps[i].event);
		}
		struct saw_sim_value is = get(f.mib[SAW_SIM_ASA], serial);
		if (i == 0) {
			memcpy(first, is.bytes, sizeof(first));
		}
		assert_int_equal(get(f.mib[SAW_SIM_ASA], states[0]).number, steps[i].primary);
		assert_int_equal(get(f.mib[SAW_SIM_ASA], states[1]).number, steps[i].secondary);
		assert_int_equal(memcmp(is.bytes, first, is.len) != 0, steps[i].other_box);
	}
	assert_int_equal(get(f.mib[SAW_SIM_ASR], states[0]).type, SAW_SIM_NO_OBJECT);
	end(&f);
}

static int collect(void *ctx, const struct saw_sim_oid *oid, const struct saw_sim_value *value) {
	struct saw_sim_oid **to = ctx;
	(void)value;
	*(*to)++ = *oid;
	return 0;
}

static void a_bulk_is_so_many_nexts(void **state) {
	(void)state;
	struct fixture f = make(5);
	struct saw_sim_oid asked[2] = {OID(1, 3, 6, 1, 2, 1, 1, 3), OID(FLOW, 3, 2, 1, 5)}, got[64], *to = got;
	struct saw_sim_value v;
	int n = saw_sim_mib_bulk(f.mib[SAW_SIM_ASA], 1000, asked, 2, 1, 12, 1400, collect, &to);
	assert_int_equal(n, 13);
	struct saw_sim_oid next;
	saw_sim_mib_next(f.mib[SAW_SIM_ASA], 1000, &asked[0], &next, &v);
	assert_int_equal(compare(&next, &got[0]), 0);
	struct saw_sim_oid at = asked[1];
	for (int i = 1; i < n; i++) {
		saw_sim_mib_next(f.mib[SAW_SIM_ASA], 1000, &at, &next, &v);
		assert_int_equal(compare(&next, &got[i]), 0);
		at = next;
	}
	end(&f);
}

static void a_bulk_ends_where_the_room_ends(void **state) {
	(void)state;
	struct fixture f = make(5);
	struct saw_sim_oid asked = OID(FLOW, 3, 2, 1, 5), got[64], *to = got;
	struct saw_sim_value v;
	struct saw_sim_oid next;
	saw_sim_mib_next(f.mib[SAW_SIM_ASA], 1000, &asked, &next, &v);
	size_t one = saw_sim_varbind_size(&next, &v);
	/* three headers; 1.3 in one byte, 171 and the row in two each, twelve more; an address */
	assert_int_equal(one, 3 * 2 + 16 + 4);
	assert_int_equal(saw_sim_mib_bulk(f.mib[SAW_SIM_ASA], 1000, &asked, 1, 0, 50, 3 * one, collect, &to), 3);
	assert_int_equal(saw_sim_mib_bulk(f.mib[SAW_SIM_ASA], 1000, &asked, 1, 0, 50, one - 1, collect, &to), 0);
	end(&f);
}

static void a_bulk_at_the_end_says_so_once(void **state) {
	(void)state;
	struct fixture f = make(1);
	struct saw_sim_oid asked = OID(1, 3, 6, 1, 5), got[64], *to = got;
	assert_int_equal(saw_sim_mib_bulk(f.mib[0], 1000, &asked, 1, 0, 20, 1400, collect, &to), 1);
	assert_int_equal(compare(&got[0], &asked), 0);
	end(&f);
}

static void what_is_not_there_is_told_apart(void **state) {
	(void)state;
	struct fixture f = make(2);
	assert_int_equal(get(f.mib[0], OID(1, 3, 6, 1, 2, 1, 1, 5, 0)).type, SAW_SIM_OCTETS);
	assert_int_equal(get(f.mib[0], OID(1, 3, 6, 1, 2, 1, 1, 5, 1)).type, SAW_SIM_NO_INSTANCE);
	assert_int_equal(get(f.mib[0], OID(1, 3, 6, 1, 2, 1, 1, 9, 0)).type, SAW_SIM_NO_OBJECT);
	assert_int_equal(get(f.mib[0], OID(FLOW, 3, 2, 1, 51, 1)).type, SAW_SIM_NO_INSTANCE);
	assert_int_equal(get(f.mib[0], OID(FLOW, 3, 2, 1, 52, 1)).type, SAW_SIM_NO_OBJECT);
	end(&f);
}

static struct saw_sim_value first_of(struct saw_sim_mib *mib, struct saw_sim_oid column) {
	struct saw_sim_value v;
	struct saw_sim_oid next;
	saw_sim_mib_next(mib, 1000, &column, &next, &v);
	assert_true(below(&next, &column));
	return v;
}

static void values_are_the_models(void **state) {
	(void)state;
	struct fixture f = make(2);
	struct saw_sim_end e;
	saw_sim_model_end(f.model, SAW_SIM_ASA, 0, 1000, &e);
	struct saw_sim_value v = first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 3, 2, 1, 4));
	static const uint8_t address[] = {192, 0, 2, 1};
	assert_int_equal(v.len, 4);
	assert_memory_equal(v.bytes, address, 4);
	v = first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 3, 2, 1, 27));
	assert_int_equal(v.type, SAW_SIM_COUNTER64);
	assert_int_equal(v.number, e.in_bytes);
	v = first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 3, 2, 1, 26));
	assert_int_equal(v.type, SAW_SIM_COUNTER32);
	assert_int_equal(v.number, (uint32_t)e.in_bytes);
	v = first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 3, 4, 1, 3));
	assert_int_equal(v.number, e.in_spi);
	end(&f);
}

static void addresses_follow_the_quirk(void **state) {
	(void)state;
	struct fixture f = make(1);
	happen(&f, "quirk ASA-XFW01 address-as-ipaddress on");
	assert_int_equal(first_of(f.mib[0], OID(FLOW, 3, 2, 1, 4)).type, SAW_SIM_IPADDRESS);
	happen(&f, "quirk ASA-XFW01 address-as-padded-text on");
	struct saw_sim_value v = first_of(f.mib[0], OID(FLOW, 3, 2, 1, 4));
	assert_int_equal(v.len, 15);
	assert_memory_equal(v.bytes, "192.000.002.001", 15);
	assert_int_equal(first_of(f.mib[1], OID(FLOW, 3, 2, 1, 4)).len, 4); /* the other device has no quirk */
	end(&f);
}

static void quirks_take_rows_and_columns_away(void **state) {
	(void)state;
	struct fixture f = make(4);
	happen(&f, "quirk ASA-XFW01 ike-row-missing on");
	assert_int_equal(walk(f.mib[0], OID(FLOW, 2, 3)), 2 * 34);
	happen(&f, "quirk ASA-XFW01 ike-table-absent on");
	assert_int_equal(walk(f.mib[0], OID(FLOW, 2, 3)), 0);
	assert_int_equal(get(f.mib[0], OID(FLOW, 2, 3, 1, 2, 12001)).type, SAW_SIM_NO_OBJECT);
	happen(&f, "quirk ASA-XFW01 partial-rows on");
	assert_int_equal(walk(f.mib[0], OID(FLOW, 3, 2)), 4 * 50 - 2 * 12);
	end(&f);
}

static void quirks_silence_and_loop(void **state) {
	(void)state;
	struct fixture f = make(2);
	struct saw_sim_oid middle = OID(FLOW, 3, 2, 1, 40), early = OID(FLOW, 3, 2, 1, 4),
					   last = OID(FLOW, 3, 2, 1, 51, 99999999);
	struct saw_sim_oid next;
	struct saw_sim_value v;
	assert_false(saw_sim_mib_silent(f.mib[0], &middle, true, 20));
	happen(&f, "quirk ASA-XFW01 cut-walk on");
	assert_true(saw_sim_mib_silent(f.mib[0], &middle, false, 0));
	assert_false(saw_sim_mib_silent(f.mib[0], &early, false, 0));
	happen(&f, "quirk ASA-XFW01 bulk-silent on");
	assert_true(saw_sim_mib_silent(f.mib[0], &early, true, 11));
	assert_false(saw_sim_mib_silent(f.mib[0], &early, true, 10));
	assert_false(saw_sim_mib_too_big(f.mib[0], 6));
	happen(&f, "quirk ASA-XFW01 toobig on");
	assert_true(saw_sim_mib_too_big(f.mib[0], 6));
	happen(&f, "quirk ASA-XFW01 oid-loop on");
	saw_sim_mib_next(f.mib[0], 1000, &last, &next, &v);
	assert_true(compare(&next, &last) < 0);
	happen(&f, "silence ASR-WAN01");
	assert_true(saw_sim_mib_silent(f.mib[1], &early, false, 0));
	happen(&f, "speak ASR-WAN01");
	assert_false(saw_sim_mib_silent(f.mib[1], &early, false, 0));
	end(&f);
}

static void what_ended_is_in_the_history_with_its_counts(void **state) {
	(void)state;
	struct fixture f = make(2);
	struct saw_sim_end e;
	saw_sim_model_end(f.model, SAW_SIM_ASA, 0, 0, &e);
	assert_int_equal(walk(f.mib[SAW_SIM_ASA], OID(FLOW, 4)), 0);
	happen(&f, "cut 1");
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 4, 3, 1, 1, 2)).number, SAW_SIM_END_PEER_LOST);
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 4, 3, 1, 1, 3)).number, e.row);
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 4, 3, 1, 1, 26)).number, e.in_bytes);
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 4, 3, 1, 1, 44)).number, e.out_packets);
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 4, 2, 1, 1, 3)).number, e.ike_row);
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 5, 2, 1, 1, 2)).number, SAW_SIM_IKE_FAIL_PEER_LOST);
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(FLOW, 5, 3, 1, 1, 5)).number, e.in_spi);
	/* A rekey ends a row only where counters start anew with it. */
	happen(&f, "rekey 2");
	assert_int_equal(walk(f.mib[SAW_SIM_ASR], OID(FLOW, 4, 3, 1, 1, 2)), 1);
	happen(&f, "quirk ASR-WAN01 restart-at-rekey on");
	happen(&f, "rekey 2");
	assert_int_equal(walk(f.mib[SAW_SIM_ASR], OID(FLOW, 4, 3, 1, 1, 2)), 2);
	assert_int_equal(get(f.mib[SAW_SIM_ASR], OID(FLOW, 4, 3, 1, 1, 2, 2)).number, SAW_SIM_END_NORMAL);
	happen(&f, "reload ASR-WAN01");
	assert_int_equal(walk(f.mib[SAW_SIM_ASR], OID(FLOW, 4)) + walk(f.mib[SAW_SIM_ASR], OID(FLOW, 5)), 0);
	end(&f);
}

static void a_log_keeps_the_last_entries_and_counts_on(void **state) {
	(void)state;
	struct fixture f = make(1);
	for (int i = 0; i < SAW_SIM_LOG_MAX + 5; i++) {
		happen(&f, "cut 1");
		happen(&f, "restore 1");
	}
	assert_int_equal(walk(f.mib[0], OID(FLOW, 5, 2, 1, 1, 2)), SAW_SIM_LOG_MAX);
	assert_int_equal(get(f.mib[0], OID(FLOW, 5, 2, 1, 1, 2, 5)).type, SAW_SIM_NO_INSTANCE);
	assert_int_equal(get(f.mib[0], OID(FLOW, 5, 2, 1, 1, 2, 6)).type, SAW_SIM_INTEGER);
	end(&f);
}

static void a_context_shows_what_the_default_one_does_not(void **state) {
	(void)state;
	struct fixture f = make(2);
	struct saw_sim_mib *asr = f.mib[SAW_SIM_ASR];
	assert_int_equal(saw_sim_mib_context(asr, SAW_STR("INET")), SAW_EUNKNOWN);
	happen(&f, "quirk ASR-WAN01 vrf-context on");
	assert_int_equal(saw_sim_mib_context(asr, SAW_STR("")), 0);
	assert_int_equal(walk(asr, OID(FLOW, 3, 2)) + walk(asr, OID(FLOW, 2, 3)), 0);
	assert_int_equal(get(asr, OID(FLOW, 3, 1, 1, 0)).number, 0);
	assert_int_equal(walk(asr, OID(1, 3, 6, 1, 4, 1, 9, 9, 468)), 1);
	assert_memory_equal(get(asr, OID(1, 3, 6, 1, 4, 1, 9, 9, 468, 1, 1, 1, 2, 4, 'I', 'N', 'E', 'T')).bytes, "INET", 4);
	assert_int_equal(walk(asr, OID(1, 3, 6, 1, 2, 1, 15)), 2 * 8);
	assert_int_equal(saw_sim_mib_context(asr, SAW_STR("INET")), 0);
	assert_int_equal(walk(asr, OID(FLOW, 3, 2)), 2 * 50);
	assert_int_equal(get(asr, OID(FLOW, 3, 1, 1, 0)).number, 2);
	assert_int_equal(walk(asr, OID(1, 3, 6, 1, 2, 1, 15)) + walk(asr, OID(1, 3, 6, 1, 4, 1, 9, 9, 468)), 0);
	end(&f);
}

/* The router's outer addresses are of two blocks from the 251st tunnel on. */
static void addresses_lead_to_interfaces(void **state) {
	(void)state;
	struct fixture f = make(300);
	assert_int_equal(walk(f.mib[SAW_SIM_ASR], OID(1, 3, 6, 1, 2, 1, 4, 20, 1, 2)), 300 + 2 + 300);
	assert_int_equal(get(f.mib[SAW_SIM_ASR], OID(1, 3, 6, 1, 2, 1, 4, 20, 1, 2, 198, 51, 100, 7)).number, 5);
	assert_int_equal(get(f.mib[SAW_SIM_ASR], OID(1, 3, 6, 1, 2, 1, 4, 34, 1, 3, 1, 4, 198, 18, 0, 251)).number, 5);
	assert_int_equal(get(f.mib[SAW_SIM_ASA], OID(1, 3, 6, 1, 2, 1, 4, 20, 1, 2, 192, 0, 2, 1)).number, 2);
	end(&f);
}

static void load_is_as_it_was_made(void **state) {
	(void)state;
	struct fixture f = make(1);
	happen(&f, "cpu ASA-XFW01 87");
	assert_int_equal(first_of(f.mib[SAW_SIM_ASA], OID(1, 3, 6, 1, 4, 1, 9, 9, 109, 1, 1, 1, 1, 8)).number, 87);
	end(&f);
}

/* The time is the test's own processor time: a scan of all rows per request would take hours, not seconds. */
static void a_walk_over_20000_tunnels_does_not_scan(void **state) {
	(void)state;
	struct fixture f = make(SAW_SIM_TUNNELS_MAX);
	clock_t begin = clock();
	assert_int_equal(walk(f.mib[SAW_SIM_ASR], OID(FLOW, 3, 2)), 50 * SAW_SIM_TUNNELS_MAX);
	assert_true((clock() - begin) / CLOCKS_PER_SEC < 60);
	end(&f);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_walk_only_goes_up),
		cmocka_unit_test(the_other_unit_of_the_pair_takes_over),
		cmocka_unit_test(a_bulk_is_so_many_nexts),
		cmocka_unit_test(a_bulk_ends_where_the_room_ends),
		cmocka_unit_test(a_bulk_at_the_end_says_so_once),
		cmocka_unit_test(what_is_not_there_is_told_apart),
		cmocka_unit_test(values_are_the_models),
		cmocka_unit_test(addresses_follow_the_quirk),
		cmocka_unit_test(quirks_take_rows_and_columns_away),
		cmocka_unit_test(quirks_silence_and_loop),
		cmocka_unit_test(what_ended_is_in_the_history_with_its_counts),
		cmocka_unit_test(a_log_keeps_the_last_entries_and_counts_on),
		cmocka_unit_test(a_context_shows_what_the_default_one_does_not),
		cmocka_unit_test(addresses_lead_to_interfaces),
		cmocka_unit_test(load_is_as_it_was_made),
		cmocka_unit_test(a_walk_over_20000_tunnels_does_not_scan),
	};
	return cmocka_run_group_tests_name("sim_mib", tests, NULL, NULL);
}
