/* Devices that name one SNMPv3 engine: said of both, told once. */
#include "tests/unit/store_fixture.h"

#include <stdlib.h>
#include <string.h>

#define ENGINE "80001f880431"
#define DAY (INT64_C(24) * 60 * MINUTE)

static const char *const three =
	"devices:\n"
	"- {name: ASA-XFW01, platform: asa, address: 192.0.2.10, snmp: {version: 2c, community_env: C, interval: 2m}}\n"
	"- {name: ASR-WAN01, platform: iosxe, address: 192.0.2.20, snmp: {version: 2c, community_env: C, interval: 2m}}\n"
	"- {name: ASR-WAN02, platform: iosxe, address: 192.0.2.21, snmp: {version: 2c, community_env: C, interval: 2m}}\n";

static const char *poll_engine(struct saw_store *s, int64_t at_ms, const char *device, const char *engine) {
	struct sample m;

	snmp(&m, at_ms);
	m.pb.device = z(device);
	m.pb.engine_id = z(engine);
	put(s, &m);
	return saw_store_twin_found(s, device);
}

static void assert_twins(struct saw_store *s, int64_t now_ms, const char *first, const char *second,
						 const char *third) {
	const char *const twins[] = {first, second, third};
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);

	assert_int_equal(snap->pb->n_devices, 3);
	for (size_t i = 0; i < 3; i++) {
		const char *seen = snap->pb->devices[i]->engine_shared_with;

		if (twins[i])
			assert_string_equal(seen ? seen : "none", twins[i]);
		else
			assert_null(seen);
	}
	assert_string_equal(snap->pb->devices[0]->engine_id, ENGINE);
	saw_snapshot_unref(snap);
}

static void two_that_name_one_engine_are_told_once(void **state) {
	struct saw_store *s = saw_store_create(T0);

	(void)state;
	configure(s, three, T0);
	assert_null(poll_engine(s, T0, "ASA-XFW01", ENGINE));
	assert_null(poll_engine(s, T0, "ASR-WAN02", "80001f880432"));
	assert_string_equal(poll_engine(s, T0, "ASR-WAN01", ENGINE), "ASA-XFW01");
	assert_null(saw_store_twin_found(s, "ASR-WAN01"));
	assert_null(saw_store_twin_found(s, "NOBODY"));
	for (int i = 1; i < 4; i++) {
		assert_null(poll_engine(s, T0 + 2 * i * MINUTE, "ASA-XFW01", ENGINE));
		assert_null(poll_engine(s, T0 + 2 * i * MINUTE, "ASR-WAN01", ENGINE));
	}
	assert_twins(s, T0 + 6 * MINUTE, "ASR-WAN01", "ASA-XFW01", NULL);
	/* Repaired: as soon as each is read, nothing is said of it. Broken once more: told once more. */
	assert_null(poll_engine(s, T0 + 8 * MINUTE, "ASR-WAN01", "80001f880433"));
	assert_null(poll_engine(s, T0 + 8 * MINUTE, "ASA-XFW01", ENGINE));
	assert_twins(s, T0 + 8 * MINUTE, NULL, NULL, NULL);
	assert_string_equal(poll_engine(s, T0 + 10 * MINUTE, "ASR-WAN01", ENGINE), "ASA-XFW01");
	saw_store_destroy(s);
}

static void a_device_that_was_not_read_for_a_day_is_no_twin(void **state) {
	struct saw_store *s = saw_store_create(T0);

	(void)state;
	configure(s, three, T0);
	assert_null(poll_engine(s, T0, "ASR-WAN01", ENGINE));
	assert_null(poll_engine(s, T0 + DAY + MINUTE, "ASA-XFW01", ENGINE));
	assert_twins(s, T0 + DAY + MINUTE, NULL, NULL, NULL);
	saw_store_destroy(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_that_name_one_engine_are_told_once),
		cmocka_unit_test(a_device_that_was_not_read_for_a_day_is_no_twin),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
