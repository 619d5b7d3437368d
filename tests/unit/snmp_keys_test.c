/*
 * Polls of an agent with keys (SHA-1, AES-128): its clock and its engine change between polls and in mid-poll, and say so in authenticated
 * Reports; what it encrypts is looked at as closely as what comes in clear.
 */
#include "collectors/snmp/wire.h"
#include "tests/fixtures/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define AUTH "auth-password-1"
#define PRIV "priv-password-1"

static struct keys keys;

static void setup(struct device *d, struct saw_snmp_memory *memory) {
	device_setup(d, "asa-xfw01");
	d->target.version = SAW_SNMP_V3;
	d->target.auth = SAW_SNMP_AUTH_SHA1;
	d->target.priv = SAW_SNMP_PRIV_AES128;
	d->target.auth_password = AUTH;
	d->target.priv_password = PRIV;
	d->target.memory = memory;
	d->agent.keys = &keys;
	d->agent.ctx = d;
}

static const char *said_of_system(const struct device *d) {
	for (size_t i = 0; i < d->sample->n_tables; i++)
		if (strcmp(d->sample->tables[i]->name, "system") == 0)
			return d->sample->tables[i]->error ? d->sample->tables[i]->error : "";
	fail_msg("no word of the system group");
	return NULL;
}

/* Another poll of the same device, whose clock and engine are these now. */
static void poll_again(struct device *d, struct saw_snmp_memory *memory, uint32_t boots, uint32_t time,
					   uint8_t engine) {
	setup(d, memory);
	d->agent.boots = boots;
	d->agent.time = time;
	d->agent.engine_id = engine;
	device_run_one(d);
	assert_false(d->sample->has_error_class);
	assert_int_equal(d->sample->n_ipsec_sas, 3);
}

static void what_changes_between_polls_costs_a_request_and_no_key(void **state) {
	static const struct {
		uint32_t boots, time;
		uint8_t engine;
		unsigned more; /* requests than of a device that did not change */
		bool named;
	} polls[] = {
		{3, 1000, 1, 0, false},  {3, 1100, 1, 0, false}, {4, 20, 1, 1, false}, /* restarted */
		{4, 90000, 1, 1, false},                                               /* its clock was set */
		{2, 500, 1, 1, false}, /* its boots were reset: an older state was restored */
		{1, 5, 2, 1, true},    /* another device */
		{1, 5, 1, 1, true},      {1, 5, 1, 0, false},
	};
	struct saw_snmp_memory *memory = saw_snmp_memory_create();
	uint64_t known = 0, derivations = saw_snmp_engine_derivations(device_engine);

	(void)state;
	for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
		struct device d;

		poll_again(&d, memory, polls[i].boots, polls[i].time, polls[i].engine);
		if (i == 1)
			known = d.sample->requests;
		if (i > 1)
			assert_int_equal(d.sample->requests, known + polls[i].more);
		assert_int_equal(strstr(said_of_system(&d), "another than at the last poll") != NULL, polls[i].named);
		device_teardown(&d);
	}
	assert_int_equal(saw_snmp_engine_derivations(device_engine) - derivations, 2);
	saw_snmp_memory_destroy(memory);
}

static unsigned change_after;
static uint32_t change_boots, change_time;
static bool change_again;

static void change(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct agent *a = &((struct device *)ctx)->agent;

	(void)request;
	(void)v;
	(void)n;
	if (a->requests == change_after || (change_again && a->requests > change_after)) {
		a->boots += change_boots;
		a->time += change_time;
	}
}

static void what_changes_in_mid_poll_is_named_and_never_looped_on(void **state) {
	static const struct {
		unsigned after;
		uint32_t boots, time;
		bool again;
		Sawatch__V1__PollError error_class; /* 0: the poll is whole */
		const char *words;
	} cases[] = {
		{2, 1, 0, false, 0, NULL}, /* before the first value */
		{2, 0, 5000, false, 0, NULL},
		{2, 1, 0, true, ERROR_CLASS(ENGINE), "goes on saying so"},
		{2, 0, 5000, true, ERROR_CLASS(ENGINE), "goes on saying so"},
		{6, 0, 5000, false, 0, NULL},
		{6, 1, 0, false, ERROR_CLASS(CUT), "counts another boot"},
		{6, 1, 0, true, ERROR_CLASS(CUT), "counts another boot"},
		{6, 0, (uint32_t)-900, false, 0, NULL},
		{6, (uint32_t)-1, 0, false, ERROR_CLASS(CUT), "counts another boot"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct device d;

		setup(&d, NULL);
		d.agent.edit = change;
		change_after = cases[i].after;
		change_boots = cases[i].boots;
		change_time = cases[i].time;
		change_again = cases[i].again;
		device_run_one(&d);
		if (cases[i].error_class) {
			assert_int_equal(d.sample->error_class, cases[i].error_class);
			assert_non_null(strstr(d.sample->error, cases[i].words));
			assert_int_equal(d.sample->n_ipsec_sas, 0);
			assert_true(d.sample->requests < 10);
		} else {
			assert_false(d.sample->has_error_class);
			assert_int_equal(d.sample->n_ipsec_sas, 3);
		}
		device_teardown(&d);
	}
}

/* Whoever does not have the keys cannot set our clock, and not stop a poll. */
static void a_report_with_other_keys_is_no_report(void **state) {
	struct keys others;
	struct device d;

	(void)state;
	assert_true(keys_make(&others, "wrong-password-1", PRIV));
	setup(&d, NULL);
	d.agent.keys = &others;
	d.agent.boots = 9;
	device_run_one(&d);
	assert_int_equal(d.sample->error_class, ERROR_CLASS(AUTH));
	assert_int_equal(d.sample->n_ipsec_sas, 0);
	device_teardown(&d);
}

/* Inbound octets of a tunnel: of more than 32 bits, and below zero. */
static void widen(void *ctx, const struct saw_varbind *varbind, struct saw_buf *value) {
	static const uint8_t wide[] = {0x41, 6, 1, 2, 3, 4, 5, 6}, negative[] = {0x46, 2, 0x80, 0};
	static const uint32_t column[] = {1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 2, 1};

	(void)ctx;
	if (varbind->n_name != 15 || memcmp(varbind->name, column, sizeof column) != 0 || varbind->name[14] != 4790)
		return;
	if (varbind->name[13] == 26 || varbind->name[13] == 27) {
		saw_buf_reset(value);
		if (varbind->name[13] == 26)
			saw_buf_put(value, wide, sizeof wide);
		else
			saw_buf_put(value, negative, sizeof negative);
	}
}

static void an_integer_that_is_too_wide_is_named_in_clear_and_encrypted(void **state) {
	(void)state;
	for (int secret = 0; secret < 2; secret++) {
		struct device d;

		setup(&d, NULL);
		if (!secret) {
			d.target.version = SAW_SNMP_V2C;
			d.agent.keys = NULL;
		}
		d.agent.rewrite = widen;
		device_run_one(&d);
		assert_false(d.sample->has_error_class);
		assert_int_equal(d.sample->n_ipsec_sas, 3);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(d.sample->ipsec_sas[i]->has_in_bytes, d.sample->ipsec_sas[i]->device_index != 4790);
		assert_string_equal(device_table(&d, SAW_TABLE_IPSEC_TUNNELS)->error,
							"2 values are not of their column's type, the first is cipSecTunInOctets.4790");
		device_teardown(&d);
	}
}

/* Fifty users of two passwords each: no key is made twice, in whatever order they come. */
static void keys_are_made_once_per_user(void **state) {
	uint64_t before = saw_snmp_engine_derivations(device_engine);

	(void)state;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 50; i++) {
			char auth[32], priv[32];
			struct saw_snmp_target t = {.device = "DUT",
										.version = SAW_SNMP_V3,
										.user = "user",
										.auth = SAW_SNMP_AUTH_SHA1,
										.priv = SAW_SNMP_PRIV_AES128,
										.auth_password = auth,
										.priv_password = priv};
			struct saw_wire *w;

			snprintf(auth, sizeof auth, "auth-of-%d-long", i);
			snprintf(priv, sizeof priv, "priv-of-%d-long", i);
			w = saw_wire_create(device_engine, &t, NULL);
			assert_non_null(w);
			saw_wire_destroy(w);
		}
	assert_int_equal(saw_snmp_engine_derivations(device_engine) - before, 100);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changes_between_polls_costs_a_request_and_no_key),
		cmocka_unit_test(what_changes_in_mid_poll_is_named_and_never_looped_on),
		cmocka_unit_test(a_report_with_other_keys_is_no_report),
		cmocka_unit_test(an_integer_that_is_too_wide_is_named_in_clear_and_encrypted),
		cmocka_unit_test(keys_are_made_once_per_user),
	};
	int rc = 1;

	device_engine = saw_snmp_engine_create(NULL);
	if (device_engine && keys_make(&keys, AUTH, PRIV))
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	saw_snmp_engine_destroy(device_engine);
	return rc;
}
