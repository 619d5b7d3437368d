/* The wire: what is refused before anything is sent, and that users who share an engine and a name do not share keys. */
#include "collectors/snmp/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct saw_snmp_engine *engine;

static const struct saw_usm_header agent = {
	.engine_id = {0x80, 0, 0x1f, 0x88, 4, 't', 'e', 's', 't'}, .n_engine_id = 9, .boots = 3, .time = 1000};
static struct saw_request request = {
	.kind = SAW_REQUEST_GET, .n = 1, .oids = {{.sub = {1, 3, 6, 1, 2, 1, 1, 1, 0}, .n = 9}}};

static struct saw_snmp_target v3(const char *auth_password, const char *priv_password) {
	return (struct saw_snmp_target){.device = "DUT",
									.version = SAW_SNMP_V3,
									.user = "sawatch",
									.auth = SAW_SNMP_AUTH_SHA256,
									.priv = SAW_SNMP_PRIV_AES256_CISCO,
									.auth_password = auth_password,
									.priv_password = priv_password};
}

static struct saw_wire *wire(const struct saw_snmp_target *t) {
	struct saw_err err = {0};
	struct saw_wire *w = saw_wire_create(engine, t, &err);

	assert_non_null(w);
	assert_false(saw_wire_ready(w));
	assert_int_equal(saw_wire_set_engine(w, &agent, 0), 0);
	assert_true(saw_wire_ready(w));
	return w;
}

/* A request of `from` as `to` sees it. SAW_EFORMAT: its keys fit, only that a request is no answer. */
static int seen(struct saw_wire *from, struct saw_wire *to, uint64_t sent_ns, uint64_t read_ns) {
	struct saw_answer answer;
	const uint8_t *packet;
	uint8_t *copy;
	size_t n;
	int rc;

	assert_int_equal(saw_wire_encode(from, &request, 7, sent_ns, &packet, &n), 0);
	copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, packet, n);
	rc = saw_wire_decode(to, copy, n, read_ns, &answer);
	free(copy);
	return rc;
}

static void one_user_with_two_passwords_on_one_engine_is_two_users(void **state) {
	struct saw_snmp_target ta = v3("first-password", "privacy-password"),
						   tb = v3("second-password", "privacy-password");
	struct saw_wire *a = wire(&ta), *b = wire(&tb);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seen(a, a, 0, 0), SAW_EFORMAT);
		assert_int_equal(seen(b, b, 0, 0), SAW_EFORMAT);
		assert_int_equal(seen(a, b, 0, 0), SAW_EAUTH);
		assert_int_equal(seen(b, a, 0, 0), SAW_EAUTH);
	}
	saw_wire_destroy(a);
	assert_int_equal(seen(b, b, 0, 0), SAW_EFORMAT);
	saw_wire_destroy(b);
}

static void one_user_with_two_privacy_protocols_on_one_engine_is_two_users(void **state) {
	struct saw_snmp_target ta = v3("first-password", "privacy-password"), tb = ta;
	struct saw_wire *a, *b;

	(void)state;
	tb.priv = SAW_SNMP_PRIV_AES128;
	a = wire(&ta);
	b = wire(&tb);
	assert_int_equal(seen(b, b, 0, 0), SAW_EFORMAT);
	assert_int_equal(seen(a, a, 0, 0), SAW_EFORMAT);
	saw_wire_destroy(a);
	saw_wire_destroy(b);
}

static void two_devices_with_one_engine_id_keep_their_own_clocks(void **state) {
	struct saw_usm_header later = agent;
	struct saw_snmp_target t = v3("first-password", "privacy-password");
	struct saw_wire *a = wire(&t), *b = wire(&t);

	(void)state;
	later.boots = 9;
	later.time = 500000;
	assert_int_equal(saw_wire_set_engine(b, &later, 0), 0);
	assert_int_equal(seen(b, b, 0, 0), SAW_EFORMAT);
	assert_int_equal(seen(a, a, 0, 0), SAW_EFORMAT);
	saw_wire_destroy(a);
	saw_wire_destroy(b);
}

static void the_engines_clock_goes_on_between_requests(void **state) {
	struct saw_snmp_target t = v3("first-password", "privacy-password");
	struct saw_wire *w = wire(&t);

	(void)state;
	assert_int_equal(seen(w, w, UINT64_C(100000) * 1000000000, UINT64_C(100000) * 1000000000), SAW_EFORMAT);
	/* What was sent long ago is outside of the window, with the right keys too. */
	assert_int_equal(seen(w, w, 0, UINT64_C(1000) * 1000000000), SAW_EAUTH);
	saw_wire_destroy(w);
}

static void what_cannot_work_is_refused_with_words(void **state) {
	static const struct {
		struct saw_snmp_target target;
		const char *words;
	} cases[] = {
		{{.device = "DUT", .version = SAW_SNMP_V2C}, "community"},
		{{.device = "DUT", .version = SAW_SNMP_V3}, "user"},
		{{.device = "DUT", .version = SAW_SNMP_V3, .user = "u", .priv = SAW_SNMP_PRIV_AES128}, "needs authentication"},
		{{.device = "DUT", .version = SAW_SNMP_V3, .user = "u", .auth = SAW_SNMP_AUTH_SHA1, .auth_password = "short"},
		 "8 characters"},
		{{.device = "DUT", .version = SAW_SNMP_V3, .user = "u", .auth = (enum saw_snmp_auth)40}, "not known"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_err err = {0};

		assert_null(saw_wire_create(engine, &cases[i].target, &err));
		assert_int_equal(err.code, SAW_ECONFIG);
		assert_non_null(strstr(err.text, cases[i].words));
		assert_non_null(strstr(err.text, "DUT"));
		assert_null(strstr(err.text, "short"));
	}
}

static void an_engine_id_that_cannot_be_is_refused(void **state) {
	struct saw_snmp_target t = v3("first-password", "privacy-password");
	struct saw_wire *w = saw_wire_create(engine, &t, NULL);
	struct saw_usm_header h = agent;

	(void)state;
	assert_non_null(w);
	h.n_engine_id = 4;
	assert_int_equal(saw_wire_set_engine(w, &h, 0), SAW_EFORMAT);
	assert_false(saw_wire_ready(w));
	saw_wire_destroy(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_user_with_two_passwords_on_one_engine_is_two_users),
		cmocka_unit_test(one_user_with_two_privacy_protocols_on_one_engine_is_two_users),
		cmocka_unit_test(two_devices_with_one_engine_id_keep_their_own_clocks),
		cmocka_unit_test(the_engines_clock_goes_on_between_requests),
		cmocka_unit_test(what_cannot_work_is_refused_with_words),
		cmocka_unit_test(an_engine_id_that_cannot_be_is_refused),
	};
	int rc;

	engine = saw_snmp_engine_create(NULL);
	rc = engine ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	saw_snmp_engine_destroy(engine);
	return rc;
}
