/* The web configuration: exporter-toolkit's keys, and what is said of what cannot be. */
#include "config/schema.h"
#include "config/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* "s3cret", cost 4; made for this test */
#define HASH "$2b$04$abcdefghijklmnopqrstuuJm4kb8rxvyVYkgnm9SbUvHm5lU3sXS2"

static char folder[] = "/tmp/sawatch-web-test-XXXXXX";

static const char *path_of(const char *name) {
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text, mode_t mode) {
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path_of(name), mode);
}

static int setup(void **state) {
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	put("cert.pem", "the certificate", 0644);
	put("key.pem", "the key", 0600);
	put("open.pem", "the key", 0644);
	put("ca.pem", "the CA", 0644);
	return 0;
}

static int teardown(void **state) {
	static const char *const files[] = {"cert.pem", "key.pem", "open.pem", "ca.pem", "web.yml"};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(path_of(files[i]));
	return rmdir(folder);
}

static struct saw_web *must(const char *text) {
	struct saw_web *w = NULL;
	struct saw_err err = {0};

	put("web.yml", text, 0640);
	if (saw_web_load(path_of("web.yml"), &w, &err) != 0)
		fail_msg("%s", err.text);
	return w;
}

static void every_key_of_the_toolkit_is_taken(void **state) {
	struct saw_web *w = must("tls_server_config:\n"
							 "  cert_file: cert.pem\n"
							 "  key_file: key.pem\n"
							 "  client_auth_type: RequireAndVerifyClientCert\n"
							 "  client_ca_file: ca.pem\n"
							 "  client_allowed_sans: [prometheus.example.net, 192.0.2.1]\n"
							 "  min_version: TLS12\n"
							 "  max_version: TLS13\n"
							 "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
							 "  prefer_server_cipher_suites: false\n"
							 "  curve_preferences: [X25519, CurveP256]\n"
							 "http_server_config:\n"
							 "  http2: true\n"
							 "  headers:\n"
							 "    Strict-Transport-Security: max-age=300\n"
							 "    X-Frame-Options: deny\n"
							 "basic_auth_users:\n"
							 "  monitor: " HASH "\n"
							 "rate_limit: {interval: 100ms, burst: 20}\n");

	(void)state;
	assert_true(w->has_tls);
	assert_string_equal(w->tls.cert.text, "the certificate");
	assert_string_equal(w->tls.key.text, "the key");
	assert_string_equal(w->tls.client_ca.text, "the CA");
	assert_int_equal(w->tls.cert.line, 2);
	assert_int_equal(w->tls.client_auth, SAW_WEB_VERIFY);
	assert_int_equal(w->tls.n_client_sans, 2);
	assert_int_equal(w->tls.min_version, 12);
	assert_int_equal(w->tls.max_version, 13);
	assert_string_equal(w->tls.ciphers[0], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
	assert_string_equal(w->tls.curves[1], "CurveP256");
	assert_false(w->tls.prefer_server);
	assert_int_equal(w->n_users, 1);
	assert_string_equal(w->users[0].name, "monitor");
	assert_string_equal(w->users[0].value, HASH);
	assert_int_equal(w->n_headers, 2);
	assert_string_equal(w->headers[0].value, "max-age=300");
	assert_int_equal(w->rate_interval_ms, 100);
	assert_int_equal(w->rate_burst, 20);
	assert_false(w->exposed);
	saw_web_destroy(w);
}

static void users_without_tls_and_certificates_in_the_file_itself_are_taken(void **state) {
	struct saw_web *w = must("basic_auth_users:\n  a: " HASH "\n  b: " HASH "\n");

	(void)state;
	assert_false(w->has_tls);
	assert_int_equal(w->n_users, 2);
	chmod(path_of("web.yml"), 0644);
	saw_web_destroy(w);
	assert_int_equal(saw_web_load(path_of("web.yml"), &w, NULL), 0);
	assert_true(w->exposed);
	saw_web_destroy(w);
	w = must("tls_server_config:\n  cert: |\n    one\n    two\n  key: |\n    three\n");
	assert_string_equal(w->tls.cert.text, "one\ntwo\n");
	assert_string_equal(w->tls.key.text, "three\n");
	assert_null(w->tls.key.file);
	assert_int_equal(w->tls.min_version, 12);
	assert_true(w->tls.prefer_server);
	saw_web_destroy(w);
}

#define TLS "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n"

static void an_error_names_file_and_line_and_no_secret(void **state) {
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"", ":1: the file is empty"},
		{"tls_config: {}\n",
		 ":1: unknown key `tls_config` in the web configuration; expected one of tls_server_config"},
		{"tls_server_config:\n  cert_fil: x\n",
		 ":2: unknown key `cert_fil` in tls_server_config; did you mean `cert_file`"},
		{"tls_server_config:\n  key_file: key.pem\n", "tls_server_config lacks `cert_file`"},
		{"tls_server_config:\n  cert_file: cert.pem\n", "tls_server_config lacks `key_file`"},
		{"tls_server_config:\n  min_version: TLS12\n", "tls_server_config lacks `cert_file`"},
		{"tls_server_config:\n  cert_file: nowhere.pem\n", ":2: cert_file "},
		{"tls_server_config:\n  cert_file: cert.pem\n  key_file: open.pem\n", ":3: key_file "},
		{TLS "  cert: x\n", ":2: both cert and cert_file are given"},
		{TLS "  client_ca_file: ca.pem\n", "a client CA without `client_auth_type`"},
		{TLS "  client_auth_type: RequireAndVerifyClientCert\n", "needs `client_ca_file`"},
		{TLS "  client_auth_type: Whatever\n",
		 ":4: client_auth_type: `Whatever` is not valid; expected one of NoClientCert"},
		{TLS "  client_allowed_sans: [a]\n", "`client_allowed_sans` needs `client_auth_type:"},
		{TLS "  min_version: TLS13\n  max_version: TLS12\n", "`min_version` must not be above `max_version`"},
		{TLS "  min_version: SSL30\n",
		 ":4: min_version: `SSL30` is not valid; expected one of TLS10, TLS11, TLS12, TLS13"},
		{"basic_auth_users:\n  a: hunter2\n", ":2: basic_auth_users: what a has is no bcrypt hash"},
		{"basic_auth_users:\n  a: $1$abcdefgh$abcdefghijklmnopqrstuv\n",
		 ":2: basic_auth_users: what a has is no bcrypt"},
		{"basic_auth_users:\n  a: $2b$20$abcdefghijklmnopqrstuuJm4kb8rxvyVYkgnm9SbUvHm5lU3sXS2\n", "has the cost 20"},
		{"basic_auth_users:\n  a:b: " HASH "\n", "holds no colon"},
		{"basic_auth_users:\n  a: " HASH "\n  a: " HASH "\n", ":3: a is given twice; the first is in line 2"},
		{"basic_auth_users: [a]\n", ":1: basic_auth_users: a list is not valid"},
		{"basic_auth_users:\n  a: [hunter2]\n", ":2: basic_auth_users: a has no valid value"},
		{"http_server_config:\n  headers:\n    X-Powered-By: x\n", ":3: the header X-Powered-By cannot be set here"},
		{"http_server_config:\n  headers:\n    X-Frame-Options: allow\n",
		 ":3: X-Frame-Options: `allow` is not valid; expected deny or sameorigin"},
		{"rate_limit: {interval: 1s}\n", "needs `burst`"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct saw_web *w = NULL;
		struct saw_err err = {0};

		put("web.yml", bad[i].text, 0640);
		if (saw_web_load(path_of("web.yml"), &w, &err) == 0 || !strstr(err.text, bad[i].message) ||
			strncmp(err.text, folder, strlen(folder)) != 0)
			fail_msg("\"%s\" gave \"%s\", not \"%s\"", bad[i].text, err.text, bad[i].message);
		assert_null(strstr(err.text, "hunter2"));
		assert_null(w);
	}
}

static void a_file_that_was_written_has_another_stamp(void **state) {
	struct saw_web *w = must(TLS);
	const uint64_t before = saw_web_stamp_read(w);

	(void)state;
	assert_int_equal(saw_web_stamp(w), before);
	put("cert.pem", "another certificate", 0644);
	assert_int_not_equal(saw_web_stamp(w), before);
	/* However late it is asked for: it is that of what was read, not of what is there by then. */
	assert_int_equal(saw_web_stamp_read(w), before);
	unlink(path_of("key.pem"));
	assert_int_not_equal(saw_web_stamp(w), before);
	put("key.pem", "key", 0600);
	saw_web_destroy(w);
	saw_web_destroy(NULL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_the_toolkit_is_taken),
		cmocka_unit_test(users_without_tls_and_certificates_in_the_file_itself_are_taken),
		cmocka_unit_test(an_error_names_file_and_line_and_no_secret),
		cmocka_unit_test(a_file_that_was_written_has_another_stamp),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
