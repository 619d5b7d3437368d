/* Lines of known_hosts: which are of an address, and what a key is worth. Hashed lines were made with "ssh-keygen -H". */
#include "collectors/ssh/hostkey.h"
#include "collectors/ssh/ssh.h"
#include "core/sha1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define A "AAAAC3NzaC1lZDI1NTE5AAAAIE/Z9Yi9JX0G6AfnBhAWi2ii9e3GTmwx0VoCw79rA3mw"
#define B "AAAAC3NzaC1lZDI1NTE5AAAAIOXMGAwUDeCeYrAhRY3uU5DqSGlTCwx6yBDzbbS8ACCE"

static void hash_is(const char *text, const char *hex) {
	uint8_t out[SAW_SHA1_BYTES];
	char printed[2 * SAW_SHA1_BYTES + 1];

	saw_sha1(text, strlen(text), out);
	for (size_t i = 0; i < sizeof out; i++)
		snprintf(printed + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(printed, hex);
}

/* FIPS 180 and RFC 2202. */
static void sha1_is_sha1(void **state) {
	static const uint8_t key[20] = {0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
									0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
	static const uint8_t expected[20] = {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b,
										 0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00};
	uint8_t out[SAW_SHA1_BYTES];

	(void)state;
	hash_is("", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	hash_is("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	hash_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	hash_is("0123456701234567012345670123456701234567012345670123456701234567",
			"e0c094e867ef46c350ef54a7f59dd60bed92ae83");
	saw_hmac_sha1(key, sizeof key, "Hi There", 8, out);
	assert_memory_equal(out, expected, sizeof out);
}

static size_t find(const char *text, const char *address, uint16_t port, struct saw_hostkey *keys) {
	return saw_hostkey_find(saw_str_of(text), address, port, keys, SAW_HOSTKEYS_MAX);
}

static void names_are_matched(void **state) {
	static const struct {
		const char *names, *address;
		uint16_t port;
		bool found;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1", 22, true},
		{"192.0.2.1", "192.0.2.10", 22, false},
		{"192.0.2.1", "192.0.2.1", 2222, false},
		{"[192.0.2.1]:2222", "192.0.2.1", 2222, true},
		{"[192.0.2.1]:2222", "192.0.2.1", 22, false},
		{"asa-xfw01.example.net,192.0.2.1", "192.0.2.1", 22, true},
		{"ASA-xfw01.Example.net", "asa-XFW01.example.net", 22, true},
		{"2001:db8::1", "2001:db8::1", 22, true},
		{"[2001:db8::1]:830", "2001:db8::1", 830, true},
		{"*.example.net", "asa.example.net", 22, true},
		{"*.example.net", "example.net", 22, false},
		{"*.example.net,!asa.example.net", "asa.example.net", 22, false},
		{"!asa.example.net,*.example.net", "asr.example.net", 22, true},
		{"!asa.example.net", "asr.example.net", 22, false},
		{"192.0.2.?", "192.0.2.7", 22, true},
		{"192.0.2.?", "192.0.2.77", 22, false},
		{"*a*b*", "xxaxxbxx", 22, true},
		{"*a*b*", "xxbxxaxx", 22, false},
		{"|1|AUPYK1ZltT1dX0IQFAGbKCRQkfY=|vzpJ0k4HyAPyexbHKAho7FfrE5w=", "127.0.0.1", 2299, true},
		{"|1|AUPYK1ZltT1dX0IQFAGbKCRQkfY=|vzpJ0k4HyAPyexbHKAho7FfrE5w=", "127.0.0.1", 22, false},
		{"|1|AUPYK1ZltT1dX0IQFAGbKCRQkfY=|vzpJ0k4HyAPyexbHKAho7FfrF5w=", "127.0.0.1", 2299, false},
		{"|2|AUPYK1ZltT1dX0IQFAGbKCRQkfY=|vzpJ0k4HyAPyexbHKAho7FfrE5w=", "127.0.0.1", 2299, false},
		{"|1|AUPYK1ZltT1dX0IQFAGbKCRQkfY=", "127.0.0.1", 2299, false},
		{"|1||", "127.0.0.1", 2299, false},
	};
	struct saw_hostkey keys[SAW_HOSTKEYS_MAX];
	char line[512];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(line, sizeof line, "%s ssh-ed25519 %s somebody\n", rows[i].names, A);
		if (find(line, rows[i].address, rows[i].port, keys) != rows[i].found)
			fail_msg("%s: %s port %u", rows[i].names, rows[i].address, rows[i].port);
	}
}

static void lines_that_are_none_are_skipped(void **state) {
	struct saw_hostkey keys[SAW_HOSTKEYS_MAX];

	(void)state;
	assert_int_equal(find("# 192.0.2.1 ssh-ed25519 " A "\n"
						  "\n"
						  "192.0.2.1\n"
						  "192.0.2.1 ssh-ed25519\n"
						  "192.0.2.1 ssh-ed25519 not+base64!\n"
						  "@cert-authority 192.0.2.1 ssh-ed25519 " A "\n"
						  "  \t192.0.2.1\tssh-ed25519   " A "\r\n"
						  "192.0.2.1 ssh-rsa AAAAB3NzaC1yc2E=", /* no line feed */
						  "192.0.2.1", 22, keys),
					 2);
	assert_true(saw_str_eq(keys[0].key, SAW_STR(A)));
	assert_true(saw_str_eq(keys[1].type, SAW_STR("ssh-rsa")));
	assert_int_equal(find("", "192.0.2.1", 22, keys), 0);
}

static void keys_are_judged(void **state) {
	const struct saw_hostkey a = {.type = SAW_STR("ssh-ed25519"), .key = SAW_STR(A)};
	const struct saw_hostkey b = {.type = SAW_STR("ssh-ed25519"), .key = SAW_STR(B)};
	struct saw_hostkey known[2] = {b, a};

	(void)state;
	assert_int_equal(saw_hostkey_judge(NULL, 0, &a), SAW_HOSTKEY_UNKNOWN);
	assert_int_equal(saw_hostkey_judge(known, 2, &a), SAW_HOSTKEY_KNOWN);
	assert_int_equal(saw_hostkey_judge(known, 1, &a), SAW_HOSTKEY_CHANGED);
	known[0].revoked = true;
	assert_int_equal(saw_hostkey_judge(known, 2, &b), SAW_HOSTKEY_REVOKED);
	assert_int_equal(saw_hostkey_judge(known, 2, &a), SAW_HOSTKEY_KNOWN);
	/* A revoked key alone makes no other one known, nor changed. */
	assert_int_equal(saw_hostkey_judge(known, 1, &a), SAW_HOSTKEY_UNKNOWN);
}

static void a_written_line_is_found_again(void **state) {
	const struct saw_hostkey a = {.type = SAW_STR("ssh-ed25519"), .key = SAW_STR(A)};
	struct saw_buf out = SAW_BUF_INIT(4096);
	struct saw_hostkey keys[SAW_HOSTKEYS_MAX];

	(void)state;
	saw_hostkey_put(&out, "2001:DB8::1", 2222, &a);
	saw_hostkey_put(&out, "asa.example.net", 22, &a);
	assert_string_equal(saw_buf_text(&out),
						"[2001:db8::1]:2222 ssh-ed25519 " A "\nasa.example.net ssh-ed25519 " A "\n");
	assert_int_equal(find(saw_buf_text(&out), "2001:db8::1", 2222, keys), 1);
	assert_int_equal(saw_hostkey_judge(keys, 1, &a), SAW_HOSTKEY_KNOWN);
	saw_buf_free(&out);
}

static void known_kinds_are_asked_for_first(void **state) {
	const struct saw_hostkey rsa = {.type = SAW_STR("ssh-rsa"), .key = SAW_STR("AAAAB3NzaC1yc2E=")};
	struct saw_buf out = SAW_BUF_INIT(4096);

	(void)state;
	saw_hostkey_put_algorithms(&out, NULL, 0, false);
	assert_string_equal(saw_buf_text(&out), "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
											"rsa-sha2-512,rsa-sha2-256");
	saw_buf_reset(&out);
	saw_hostkey_put_algorithms(&out, &rsa, 1, true);
	assert_string_equal(saw_buf_text(&out), "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-ed25519,ecdsa-sha2-nistp256,"
											"ecdsa-sha2-nistp384,ecdsa-sha2-nistp521");
	saw_buf_free(&out);
}

static void a_target_is_copied_whole(void **state) {
	char password[] = "secret one", enable[] = "secret two", key[] = A;
	const struct saw_hostkey keys[] = {{.type = SAW_STR("ssh-ed25519"), .key = {key, sizeof key - 1}}};
	const char *old[] = {"hmac-sha1", "ssh-rsa"};
	const struct saw_ssh_endpoint jump = {
		.name = "bastion", .host = "192.0.2.9", .port = 22, .user = "j", .agent = true};
	const struct saw_ssh_target t = {.device = "ASA-XFW01",
									 .platform = SAWATCH__V1__PLATFORM__PLATFORM_ASA,
									 .self = {.name = "ASA-XFW01",
											  .host = "192.0.2.1",
											  .port = 2222,
											  .user = "u",
											  .password = password,
											  .hostkeys = keys,
											  .n_hostkeys = 1,
											  .old_algorithms = old,
											  .n_old_algorithms = 2},
									 .jump = &jump,
									 .enable_secret = enable,
									 .deadline_ns = 7};
	struct saw_ssh_target *copy = saw_ssh_target_copy(&t);

	(void)state;
	assert_non_null(copy);
	memset(password, 'x', sizeof password - 1);
	memset(enable, 'x', sizeof enable - 1);
	memset(key, 'x', sizeof key - 1);
	assert_string_equal(copy->device, "ASA-XFW01");
	assert_string_equal(copy->self.password, "secret one");
	assert_string_equal(copy->enable_secret, "secret two");
	assert_null(copy->context);
	assert_null(copy->self.key);
	assert_int_equal(copy->self.port, 2222);
	assert_int_equal(copy->deadline_ns, 7);
	assert_true(saw_str_eq(copy->self.hostkeys[0].key, SAW_STR(A)));
	assert_string_equal(copy->self.old_algorithms[1], "ssh-rsa");
	assert_ptr_not_equal(copy->jump, &jump);
	assert_string_equal(copy->jump->name, "bastion");
	assert_true(copy->jump->agent);
	saw_ssh_target_free(copy);
	saw_ssh_target_free(NULL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha1_is_sha1),
		cmocka_unit_test(names_are_matched),
		cmocka_unit_test(lines_that_are_none_are_skipped),
		cmocka_unit_test(keys_are_judged),
		cmocka_unit_test(a_written_line_is_found_again),
		cmocka_unit_test(known_kinds_are_asked_for_first),
		cmocka_unit_test(a_target_is_copied_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
