/* Basic authentication: what is read of a header, what is found good, and what is remembered. */
#include "exporters/http/basic.h"

#include <crypt.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PATIENCE_MS 20000
#define KEPT 1000000 /* a time */

static struct saw_basic *b;
static char hash[2][64];

static void hash_of(const char *password, char out[64]) {
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *room = calloc(1, sizeof *room);

	assert_non_null(room);
	assert_non_null(crypt_gensalt_rn("$2b$", 4, NULL, 0, setting, sizeof setting));
	snprintf(out, 64, "%s", crypt_r(password, setting, room));
	free(room);
}

static int setup(void **state) {
	const struct saw_basic_user users[] = {{"monitor", hash[0]}, {"two:not", hash[0]}, {"x", hash[1]}};

	(void)state;
	hash_of("s3cr:t", hash[0]);
	hash_of("", hash[1]);
	b = saw_basic_create();
	return b && saw_basic_users(b, users, 3) == 0 ? 0 : -1;
}

static int teardown(void **state) {
	(void)state;
	saw_basic_destroy(b);
	return 0;
}

static enum saw_basic_verdict check(const char *header, uint64_t now) {
	return saw_basic_check(b, saw_str_of(header), &b, now);
}

static enum saw_basic_verdict outcome(uint64_t now) {
	struct pollfd p = {.fd = saw_basic_fd(b), .events = POLLIN};
	enum saw_basic_verdict verdict = SAW_BASIC_NONE;
	void *who = NULL;

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_true(saw_basic_take(b, now, &who, &verdict));
	assert_ptr_equal(who, &b);
	assert_false(saw_basic_take(b, now, &who, &verdict));
	return verdict;
}

#define GOOD "Basic bW9uaXRvcjpzM2NyOnQ="  /* monitor:s3cr:t */
#define WRONG "Basic bW9uaXRvcjpzM2NyOnU=" /* monitor:s3cr:u */
#define NOBODY "Basic bm9ib2R5OnMzY3I6dA"  /* nobody:s3cr:t, without padding */
#define EMPTY "basic eDo="                 /* x: */

static void a_password_is_checked_off_the_loop_and_remembered_while_it_is_used(void **state) {
	(void)state;
	assert_true(saw_basic_wanted(b));
	assert_int_equal(check(GOOD, 1), SAW_BASIC_LATER);
	assert_int_equal(outcome(KEPT), SAW_BASIC_GOOD);
	assert_int_equal(check(GOOD, KEPT + SAW_BASIC_KEPT_MS - 1), SAW_BASIC_GOOD);
	assert_int_equal(check(GOOD, KEPT + 2 * SAW_BASIC_KEPT_MS - 2), SAW_BASIC_GOOD);
	assert_int_equal(check(GOOD, KEPT + 4 * SAW_BASIC_KEPT_MS), SAW_BASIC_LATER);
	assert_int_equal(outcome(KEPT), SAW_BASIC_GOOD);
	assert_int_equal(check(EMPTY, 1), SAW_BASIC_LATER);
	assert_int_equal(outcome(KEPT), SAW_BASIC_GOOD);
}

static void what_is_wrong_is_not_remembered(void **state) {
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(check(WRONG, 1), SAW_BASIC_LATER);
		assert_int_equal(outcome(1), SAW_BASIC_BAD);
		assert_int_equal(check(NOBODY, 1), SAW_BASIC_LATER); /* worked out all the same */
		assert_int_equal(outcome(1), SAW_BASIC_BAD);
	}
}

static void other_users_end_what_was_remembered_and_what_is_under_way(void **state) {
	const struct saw_basic_user users[] = {{"monitor", hash[1]}};

	(void)state;
	check(GOOD, 1);
	assert_int_equal(outcome(1), SAW_BASIC_GOOD);
	assert_int_equal(check(WRONG, 1), SAW_BASIC_LATER);
	assert_int_equal(saw_basic_users(b, users, 1), 0);
	assert_int_equal(outcome(1), SAW_BASIC_NONE); /* ask again */
	assert_int_equal(check(GOOD, 1), SAW_BASIC_LATER);
	assert_int_equal(outcome(1), SAW_BASIC_BAD);
	assert_int_equal(saw_basic_users(b, NULL, 0), 0);
	assert_false(saw_basic_wanted(b));
}

static void only_so_many_wait(void **state) {
	int n = 0;

	(void)state;
	while (n < 1000 && check(WRONG, 1) == SAW_BASIC_LATER)
		n++;
	assert_int_equal(n, SAW_BASIC_QUEUE);
	assert_int_equal(check(WRONG, 1), SAW_BASIC_BUSY);
}

static void what_is_no_basic_header_is_none(void **state) {
	static const char *const bad[] = {
		"",
		"Basic",
		"Basic ",
		"Bearer bW9uaXRvcjpzM2NyOnQ=",
		"Basic bW9uaXRvcg==",           /* monitor */
		"Basic bW9uaXRvcjpzM2NyOnQ===", /* three */
		"Basic bW9uaXRvcjpz!2NyOnQ=",
		"Basic bW9uaXRvcjpzM2Ny OnQ=",
		"Basic AAAA",
		"Basic YTpiAGM=", /* a NUL in it */
		"Basic A",
	};
	char out[SAW_BASIC_MAX + 2], longest[3000] = "Basic ";
	size_t user, n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (saw_basic_decode(saw_str_of(bad[i]), out, &user, &n))
			fail_msg("\"%s\" is taken", bad[i]);
	assert_int_equal(check("Basic !", 1), SAW_BASIC_NONE);
	assert_true(saw_basic_decode(SAW_STR("  bAsIc   bW9uaXRvcjpzM2NyOnQ=\t"), out, &user, &n));
	assert_string_equal(out, "monitor");
	assert_string_equal(out + user + 1, "s3cr:t");
	assert_int_equal(n, 14);
	assert_true(saw_basic_decode(SAW_STR("Basic Og=="), out, &user, &n));
	assert_int_equal(user, 0);
	/* "::::…", as long as may be, and one byte longer */
	for (size_t i = 0; i < SAW_BASIC_MAX / 3; i++)
		memcpy(longest + 6 + 4 * i, "Ojo6", 4);
	memcpy(longest + 6 + 4 * (SAW_BASIC_MAX / 3), "Og==", 5);
	assert_true(saw_basic_decode(saw_str_of(longest), out, &user, &n));
	assert_int_equal(n, SAW_BASIC_MAX);
	memcpy(longest + 6 + 4 * (SAW_BASIC_MAX / 3), "Ojo=", 5);
	assert_false(saw_basic_decode(saw_str_of(longest), out, &user, &n));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_password_is_checked_off_the_loop_and_remembered_while_it_is_used, setup,
										teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_not_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(other_users_end_what_was_remembered_and_what_is_under_way, setup, teardown),
		cmocka_unit_test_setup_teardown(only_so_many_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_basic_header_is_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
