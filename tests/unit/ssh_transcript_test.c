/* Transcripts of sessions: what is written, what is masked, what is read. */
#include "collectors/ssh/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)

static void came(struct saw_transcript_writer *w, const char *text, uint64_t ms) {
	saw_transcript_came(w, text, strlen(text), ms * MS);
}

static void typed(struct saw_transcript_writer *w, const char *text, bool secret, uint64_t ms) {
	saw_transcript_typed(w, text, strlen(text), secret, ms * MS);
}

static void test_written(void **state) {
	struct saw_buf out = SAW_BUF_INIT(1 << 16);
	struct saw_transcript_writer *w = saw_transcript_writer_create(&out, 1000 * MS);

	(void)state;
	saw_transcript_fact(w, "platform", "asa");
	saw_transcript_fact(w, "command", "show version");
	came(w, "\r\nASA", 1100);
	came(w, "-XFW01> ", 1150);
	typed(w, "enable\n", false, 1200);
	came(w, "enable\r\nPass", 1201);
	came(w, "word: ", 3202);
	typed(w, "hunter22", true, 3300);
	typed(w, "\n", false, 3300);
	came(w, "\\\x1b[K\b\t\x01\xc3 \r\nit was hunter22, they say\r\nASA-XFW01# ", 3400);
	saw_transcript_ended(w, 4000 * MS);
	saw_transcript_writer_destroy(w);
	assert_string_equal(saw_buf_text(&out), "sawatch transcript 1\n"
											"platform asa\n"
											"command show version\n"
											"< 0.100 \\r\\n\n"
											"< 0.000 ASA-XFW01>\\x20\n"
											"> 0.100 enable\\n\n"
											"< 0.001 enable\\r\\n\n"
											"< 0.000 Password:\\x20\n"
											"* 2.099\n"
											"> 0.000 \\n\n"
											"< 0.100 \\\\\\e[K\\b\\x09\\x01\\xc3 \\r\\n\n"
											"< 0.000 it was <masked>, they say\\r\\n\n"
											"< 0.000 ASA-XFW01#\\x20\n"
											". 0.600\n");
	saw_buf_free(&out);
}

/* In one piece, byte by byte, and with a return typed in the middle of the line. */
static void record_line(const char *line, struct saw_buf *out, size_t piece, size_t pause) {
	struct saw_transcript_writer *w = saw_transcript_writer_create(out, 0);

	for (size_t i = 0, n = strlen(line); i < n; i += piece) {
		saw_transcript_came(w, line + i, n - i < piece ? n - i : piece, 0);
		if (i + piece == pause)
			typed(w, "\n", false, 0);
	}
	saw_transcript_came(w, "\r\nnext line\r\n", 13, 0);
	saw_transcript_writer_destroy(w);
}

static void test_masked(void **state) {
	static const char *const lines[] = {
		" pre-shared-key HIDDEN",
		" pre-shared-key local 6 HIDDEN",
		" ikev2 remote-authentication pre-shared-key HIDDEN",
		" ikev1 pre-shared-key HIDDEN",
		"crypto isakmp key 6 HIDDEN address 192.0.2.1",
		"crypto isakmp key HIDDEN address 192.0.2.1",
		" key 7 HIDDEN",
		" key HIDDEN",
		"  key-string HIDDEN",
		"enable secret 9 HIDDEN",
		"enable password HIDDEN encrypted",
		"passwd HIDDEN encrypted",
		"username x privilege 15 secret 9 HIDDEN",
		"username x password 0 HIDDEN",
		"snmp-server community HIDDEN RO",
		"snmp-server host inside 192.0.2.5 community HIDDEN version 2c",
		"snmp-server host 192.0.2.5 version 2c HIDDEN",
		"snmp-server user u g v3 auth sha HIDDEN priv aes 128 HIDDEN",
		"tacacs-server key HIDDEN",
		"radius-server key 7 HIDDEN",
		" neighbor 192.0.2.9 password 7 HIDDEN",
		"ntp authentication-key 1 md5 HIDDEN 7",
		" ip ospf authentication-key HIDDEN",
		" ip ospf message-digest-key 1 md5 HIDDEN",
		"failover key HIDDEN",
		"failover ipsec pre-shared-key HIDDEN",
		"key config-key password-encrypt HIDDEN",
		" ldap-login-password HIDDEN",
		" PASSWORD HIDDEN",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		size_t secret = (size_t)(strstr(lines[i], "HIDDEN") - lines[i]);

		for (size_t piece = 1; piece < 100; piece += 33) {
			struct saw_buf out = SAW_BUF_INIT(1 << 16);

			record_line(lines[i], &out, piece, piece == 1 ? secret + 3 : 0);
			if (strstr(saw_buf_text(&out), "HID") || strstr(saw_buf_text(&out), "DEN"))
				fail_msg("%s: %s", lines[i], saw_buf_text(&out));
			assert_non_null(strstr(saw_buf_text(&out), "<masked>"));
			assert_non_null(strstr(saw_buf_text(&out), "next line"));
			saw_buf_free(&out);
		}
	}
}

/* Words of answers that look a little like it. */
static void test_not_masked(void **state) {
	static const char *const lines[] = {
		"        sa timing: remaining key lifetime (k/sec): (4607999/3412)",
		"      Encr: AES-CBC, keysize: 256, Hash: SHA512, DH Grp:21, Auth sign: PSK, Auth verify: PSK",
		"      transform: esp-256-aes esp-sha-hmac ,",
		"  Encryption   : 3DES                   Hashing      : MD5        ",
		"4 BGP extended community entries using 96 bytes of memory",
		"The enable password is not set.  Please set it now.",
		"   monkey 7",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct saw_buf out = SAW_BUF_INIT(1 << 16);

		record_line(lines[i], &out, 100, 0);
		if (strstr(saw_buf_text(&out), "<masked>"))
			fail_msg("%s: %s", lines[i], saw_buf_text(&out));
		saw_buf_free(&out);
	}
}

/* A line longer than the writer keeps: what follows the words of a mask stays masked to its end. */
static void test_long_lines(void **state) {
	struct saw_buf out = SAW_BUF_INIT(1 << 20);
	char *line = malloc(30001);

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < 30000; i++)
		line[i] = i < 8000 ? 'a' : 'H';
	for (size_t i = 0; i < 7; i++)
		line[7990 + i] = "secret "[i];
	line[30000] = 0;
	record_line(line, &out, 30000, 0);
	assert_null(strchr(saw_buf_text(&out), 'H'));
	assert_non_null(strstr(saw_buf_text(&out), "next line"));
	free(line);
	saw_buf_free(&out);
}

static void test_malformed(void **state) {
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{"", "line 1"},
		{"sawatch transcript 2\n", "line 1"},
		{"sawatch transcript 1\nplatform asa\n< x\n", "line 3"},
		{"sawatch transcript 1\n< 0.1 x\n", "line 2"},
		{"sawatch transcript 1\n< 0.1000 x\n", "line 2"},
		{"sawatch transcript 1\n< -1 x\n", "line 2"},
		{"sawatch transcript 1\n< 99999999999999999999 x\n", "line 2"},
		{"sawatch transcript 1\n\n# x\n< 0.100 \\q\n", "line 4"},
		{"sawatch transcript 1\n< 0.100 \\x4\n", "line 2"},
		{"sawatch transcript 1\n< 0.100 \\xzz\n", "line 2"},
		{"sawatch transcript 1\n< 0.100 \\", "line 2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_transcript_reader r;
		struct saw_transcript_event e;
		struct saw_err err = {0};
		int rc;

		saw_transcript_reader_init(&r, saw_str_of(cases[i].text));
		while ((rc = saw_transcript_read(&r, &e, &err)) > 0)
			;
		assert_int_equal(rc, SAW_EFORMAT);
		if (!strstr(err.text, cases[i].says))
			fail_msg("'%s': %s", cases[i].text, err.text);
		saw_transcript_reader_free(&r);
	}
}

static void test_read(void **state) {
	static const char text[] =
		"sawatch transcript 1\n# a comment\ncommand show version\n\n< 1 a\\x20\\\\\\e\n> 0.250 \\n\n* 0.001\n. 2.000";
	struct saw_transcript_reader r;
	struct saw_transcript_event e;
	struct saw_err err;

	(void)state;
	saw_transcript_reader_init(&r, saw_str_of(text));
	assert_int_equal(saw_transcript_read(&r, &e, &err), 1);
	assert_int_equal(e.kind, SAW_TRANSCRIPT_FACT);
	assert_true(saw_str_eq(e.word, SAW_STR("command")) && saw_str_eq(e.bytes, SAW_STR("show version")));
	assert_int_equal(saw_transcript_read(&r, &e, &err), 1);
	assert_int_equal(e.kind, SAW_TRANSCRIPT_CAME);
	assert_true(e.after_ns == 1000 * MS && saw_str_eq(e.bytes, SAW_STR("a \\\x1b")));
	assert_int_equal(saw_transcript_read(&r, &e, &err), 1);
	assert_int_equal(e.kind, SAW_TRANSCRIPT_TYPED);
	assert_true(e.after_ns == 250 * MS && saw_str_eq(e.bytes, SAW_STR("\n")));
	assert_int_equal(saw_transcript_read(&r, &e, &err), 1);
	assert_int_equal(e.kind, SAW_TRANSCRIPT_SECRET);
	assert_int_equal(saw_transcript_read(&r, &e, &err), 1);
	assert_int_equal(e.kind, SAW_TRANSCRIPT_ENDED);
	assert_int_equal(e.after_ns, 2000 * MS);
	assert_int_equal(saw_transcript_read(&r, &e, &err), 0);
	saw_transcript_reader_free(&r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),    cmocka_unit_test(test_masked),    cmocka_unit_test(test_not_masked),
		cmocka_unit_test(test_long_lines), cmocka_unit_test(test_malformed), cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
