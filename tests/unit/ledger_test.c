/* A refused login is not tried again, whatever restarts; an account is not tried everywhere. */
#include "daemon/ledger.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)
#define WALL 1767225600 /* 2026-01-01T00:00:00Z */

static const struct saw_ledger_login asa = {.device = "ASA-XFW01", .account = "sawatch|a"};
static const struct saw_ledger_login asr = {.device = "ASR-WAN01", .account = "sawatch|a"};

static struct saw_ledger *l;

static int setup(void **state) {
	(void)state;
	l = saw_ledger_create();
	return l ? 0 : -1;
}

static int teardown(void **state) {
	(void)state;
	saw_ledger_destroy(l);
	return 0;
}

static int ask(const struct saw_ledger_login *login, uint64_t now, struct saw_err *err) {
	return saw_ledger_ask(l, login, now, WALL + (int64_t)(now / SECOND), err);
}

static void tell(const struct saw_ledger_login *login, const char *endpoint, enum saw_ledger_outcome o, uint64_t now) {
	saw_ledger_tell(l, login, endpoint, o, now, WALL + (int64_t)(now / SECOND));
}

static void a_refused_login_latches_for_an_hour(void **state) {
	struct saw_err err = {0};

	(void)state;
	assert_int_equal(ask(&asa, 10 * SECOND, &err), 0);
	tell(&asa, asa.device, SAW_LEDGER_DENIED, 11 * SECOND);
	assert_int_equal(ask(&asa, 12 * SECOND, &err), SAW_EAUTH);
	assert_non_null(strstr(err.text, "failed at 00:00:11Z"));
	assert_non_null(strstr(err.text, "before 01:00:11Z"));
	assert_non_null(strstr(err.text, "until the configuration is read again"));
	assert_int_equal(ask(&asa, 11 * SECOND + SAW_LEDGER_LATCH_NS - 1, &err), SAW_EAUTH);
	assert_int_equal(ask(&asa, 11 * SECOND + SAW_LEDGER_LATCH_NS, &err), 0);
	/* and once more, for one attempt */
	tell(&asa, asa.device, SAW_LEDGER_DENIED, 3700 * SECOND);
	assert_int_equal(ask(&asa, 3701 * SECOND, &err), SAW_EAUTH);
	saw_ledger_clear(l);
	assert_int_equal(ask(&asa, 3702 * SECOND, &err), 0);
}

static void another_device_is_not_latched(void **state) {
	(void)state;
	assert_int_equal(ask(&asa, 0, NULL), 0);
	tell(&asa, asa.device, SAW_LEDGER_DENIED, SECOND);
	assert_int_equal(ask(&asr, SECOND, NULL), 0);
	tell(&asr, asr.device, SAW_LEDGER_GOOD, 2 * SECOND);
	assert_int_equal(ask(&asa, 2 * SECOND, NULL), SAW_EAUTH);
}

/* The collector died before it could tell: nobody knows what the device thinks, so it is left alone, longer each time. */
static void an_outcome_that_never_came_is_a_lost_login(void **state) {
	struct saw_err err = {0};

	(void)state;
	assert_int_equal(ask(&asa, 0, &err), 0);
	assert_int_equal(ask(&asa, 5 * SECOND, &err), SAW_ETIMEOUT);
	assert_non_null(strstr(err.text, "was lost"));
	assert_int_equal(ask(&asa, 34 * SECOND, &err), SAW_ETIMEOUT);
	assert_int_equal(ask(&asa, 35 * SECOND, &err), 0);
	assert_int_equal(ask(&asa, 36 * SECOND, &err), SAW_ETIMEOUT);
	assert_int_equal(ask(&asa, 95 * SECOND, &err), SAW_ETIMEOUT);
	assert_int_equal(ask(&asa, 96 * SECOND, &err), 0);
	tell(&asa, asa.device, SAW_LEDGER_GOOD, 97 * SECOND);
	assert_int_equal(ask(&asa, 98 * SECOND, &err), 0);
}

static void what_is_lost_waits_longer_up_to_a_quarter_of_an_hour(void **state) {
	uint64_t now = 0, wait = 30 * SECOND;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		assert_int_equal(ask(&asa, now, NULL), 0);
		tell(&asa, asa.device, SAW_LEDGER_LOST, now);
		assert_int_equal(ask(&asa, now + wait - 1, NULL), SAW_ETIMEOUT);
		now += wait;
		wait = wait * 2 < 900 * SECOND ? wait * 2 : 900 * SECOND;
	}
}

static void nothing_sent_is_nothing_counted(void **state) {
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(ask(&asa, i * SECOND, NULL), 0);
		tell(&asa, asa.device, SAW_LEDGER_NONE, i * SECOND);
	}
}

static struct saw_ledger_login numbered(unsigned i, char name[16]) {
	snprintf(name, 16, "d%u", i);
	return (struct saw_ledger_login){.device = name, .account = "sawatch|a"};
}

/* A wrong password in the defaults is not tried at five hundred devices: AAA would lock the account. */
static void an_account_is_not_tried_everywhere(void **state) {
	unsigned tried = 0;
	struct saw_err err = {0};

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		char name[16];
		struct saw_ledger_login d = numbered(i, name);

		if (ask(&d, i * SECOND, &err) == 0) {
			tried++;
			tell(&d, d.device, SAW_LEDGER_DENIED, i * SECOND);
		}
	}
	assert_int_equal(tried, SAW_LEDGER_DENIALS);
	assert_non_null(strstr(err.text, "with this account"));
}

static void an_account_that_works_is_not_counted_against(void **state) {
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		char name[16];
		struct saw_ledger_login d = numbered(i, name);

		assert_int_equal(ask(&d, i * SECOND, NULL), 0);
		tell(&d, d.device, i % 2 ? SAW_LEDGER_GOOD : SAW_LEDGER_DENIED, i * SECOND);
	}
}

static void few_at_a_time_until_one_worked(void **state) {
	char name[16];
	struct saw_ledger_login d;

	(void)state;
	for (unsigned i = 0; i < SAW_LEDGER_UNPROVEN; i++) {
		d = numbered(i, name);
		assert_int_equal(ask(&d, 0, NULL), 0);
	}
	d = numbered(100, name);
	assert_int_equal(ask(&d, 0, NULL), -EBUSY);
	d = numbered(0, name);
	tell(&d, d.device, SAW_LEDGER_GOOD, SECOND);
	for (unsigned i = 100; i < 600; i++) {
		d = numbered(i, name);
		assert_int_equal(ask(&d, SECOND, NULL), 0);
	}
}

static void a_jump_host_is_an_endpoint_of_its_own(void **state) {
	const struct saw_ledger_login a = {"a", "sawatch|a", "bastion", "jump|b"};
	const struct saw_ledger_login b = {"b", "sawatch|a", "bastion", "jump|b"};
	struct saw_err err = {0};

	(void)state;
	assert_int_equal(ask(&a, 0, &err), 0);
	tell(&a, "bastion", SAW_LEDGER_DENIED, SECOND);
	assert_int_equal(ask(&b, 2 * SECOND, &err), SAW_EAUTH);
	assert_non_null(strstr(err.text, "jump host"));
	saw_ledger_clear(l);
	/* Refused behind it: the jump host is well, and others pass. */
	assert_int_equal(ask(&a, 3 * SECOND, &err), 0);
	tell(&a, "a", SAW_LEDGER_DENIED, 4 * SECOND);
	assert_int_equal(ask(&a, 5 * SECOND, &err), SAW_EAUTH);
	assert_int_equal(ask(&b, 5 * SECOND, &err), 0);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_refused_login_latches_for_an_hour),
		TEST(another_device_is_not_latched),
		TEST(an_outcome_that_never_came_is_a_lost_login),
		TEST(what_is_lost_waits_longer_up_to_a_quarter_of_an_hour),
		TEST(nothing_sent_is_nothing_counted),
		TEST(an_account_is_not_tried_everywhere),
		TEST(an_account_that_works_is_not_counted_against),
		TEST(few_at_a_time_until_one_worked),
		TEST(a_jump_host_is_an_endpoint_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
