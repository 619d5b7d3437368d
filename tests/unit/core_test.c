/* The pure floor: buffers, arena, texts and numbers, addresses, frames. */
#include "core/addr.h"
#include "core/arena.h"
#include "core/base64.h"
#include "core/buf.h"
#include "core/crc32c.h"
#include "core/frame.h"
#include "core/gzip.h"
#include "core/list.h"
#include "core/siphash.h"
#include "core/text.h"
#include "tests/fixtures/inflate.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void buf_keeps_to_its_ceiling(void **state) {
	struct saw_buf b = SAW_BUF_INIT(5);

	(void)state;
	saw_buf_puts(&b, "abcd");
	assert_int_equal(saw_buf_error(&b), 0);
	saw_buf_puts(&b, "xy");
	assert_int_equal(saw_buf_error(&b), SAW_ELIMIT);
	saw_buf_putc(&b, 'e'); /* would fit, but an error is sticky: no hole in the middle */
	assert_string_equal(saw_buf_text(&b), "abcd");
	saw_buf_reset(&b);
	saw_buf_printf(&b, "%d-%s", 12, "ab");
	assert_string_equal(saw_buf_text(&b), "12-ab");
	saw_buf_consume(&b, 3);
	assert_string_equal(saw_buf_text(&b), "ab");
	saw_buf_free(&b);
}

static void buf_prints_extreme_numbers(void **state) {
	struct saw_buf b = SAW_BUF_INIT(100);

	(void)state;
	saw_buf_put_u64(&b, UINT64_MAX);
	saw_buf_putc(&b, ' ');
	saw_buf_put_i64(&b, INT64_MIN);
	saw_buf_putc(&b, ' ');
	saw_buf_put_u64(&b, 0);
	assert_string_equal(saw_buf_text(&b), "18446744073709551615 -9223372036854775808 0");
	saw_buf_free(&b);
}

static void arena_gives_aligned_memory_up_to_its_ceiling(void **state) {
	struct saw_arena *a = saw_arena_create(10000);
	void *first = saw_arena_alloc(a, 1);
	char *p;

	(void)state;
	assert_int_equal((uintptr_t)saw_arena_alloc(a, 3) % _Alignof(max_align_t), 0);
	p = saw_arena_strndup(a, "hello", 4);
	assert_string_equal(p, "hell");
	assert_non_null(saw_arena_alloc(a, 9000));
	assert_null(saw_arena_alloc(a, 2000));
	saw_arena_reset(a);
	assert_ptr_equal(saw_arena_alloc(a, 1), first); /* the memory is used again */
	saw_arena_destroy(a);
}

static void numbers_are_taken_whole_or_not_at_all(void **state) {
	static const struct {
		const char *text;
		uint64_t max, value;
		int rc;
	} cases[] = {
		{"0", UINT64_MAX, 0, 0},
		{"18446744073709551615", UINT64_MAX, UINT64_MAX, 0},
		{"18446744073709551616", UINT64_MAX, 0, SAW_ERANGE},
		{"4294967296", UINT32_MAX, 0, SAW_ERANGE},
		{"", UINT64_MAX, 0, SAW_EFORMAT},
		{"-1", UINT64_MAX, 0, SAW_EFORMAT},
		{"+1", UINT64_MAX, 0, SAW_EFORMAT},
		{" 1", UINT64_MAX, 0, SAW_EFORMAT},
		{"1,", UINT64_MAX, 0, SAW_EFORMAT},
	};
	uint64_t v;
	int64_t i;
	double d;

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		v = 0;
		assert_int_equal(saw_parse_u64(saw_str_of(cases[k].text), cases[k].max, &v), cases[k].rc);
		assert_true(v == cases[k].value);
	}
	assert_int_equal(saw_parse_i64(SAW_STR("-9223372036854775808"), &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(saw_parse_i64(SAW_STR("9223372036854775808"), &i), SAW_ERANGE);
	assert_int_equal(saw_parse_hex64(SAW_STR("0x20C196D"), UINT32_MAX, &v), 0);
	assert_int_equal(v, 0x20c196d);
	assert_int_equal(saw_parse_hex64(SAW_STR("100000000"), UINT32_MAX, &v), SAW_ERANGE);
	assert_int_equal(saw_parse_hex64(SAW_STR("0x"), UINT32_MAX, &v), SAW_EFORMAT);
	assert_int_equal(saw_parse_double(SAW_STR("-95.99"), &d), 0);
	assert_true(d == -95.99);
	assert_int_equal(saw_parse_double(SAW_STR("nan"), &d), SAW_EFORMAT);
	assert_int_equal(saw_parse_double(SAW_STR("1e999"), &d), SAW_ERANGE);
	assert_int_equal(saw_parse_double(SAW_STR("1 "), &d), SAW_EFORMAT);
	assert_int_equal(saw_parse_double((struct saw_str){"1\0002", 3}, &d), SAW_EFORMAT);
}

static void foreign_bytes_become_clean_text(void **state) {
	static const struct {
		const char *in;
		size_t n;
		const char *out;
		size_t escaped;
	} cases[] = {
		{"plain", 5, "plain", 0},
		{"a\0b", 3, "a\\x00b", 1},
		{"caf\xc3\xa9", 5, "caf\xc3\xa9", 0},
		{"caf\xe9", 4, "caf\\xe9", 1},
		{"\xc0\xaf", 2, "\\xc0\\xaf", 2},                   /* overlong */
		{"\xed\xa0\x80", 3, "\\xed\\xa0\\x80", 3},          /* a surrogate */
		{"\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80", 4}, /* above U+10FFFF */
		{"\x1b[0m", 4, "\\x1b[0m", 1},
		{"\xe2\x82", 2, "\\xe2\\x82", 2}, /* cut */
	};
	struct saw_buf b = SAW_BUF_INIT(1000);

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		saw_buf_reset(&b);
		assert_int_equal(saw_put_clean(&b, cases[k].in, cases[k].n), cases[k].escaped);
		assert_string_equal(saw_buf_text(&b), cases[k].out);
	}
	saw_buf_free(&b);
}

static void addresses_in_every_form(void **state) {
	struct saw_addr a, b;
	char text[SAW_ADDR_TEXT];

	(void)state;
	assert_int_equal(saw_addr_parse(SAW_STR("010.000.000.001"), &a), 0); /* zero-padded by some agents */
	assert_string_equal(saw_addr_print(&a, text), "10.0.0.1");
	assert_int_equal(saw_addr_from_bytes((const uint8_t[]){10, 0, 0, 1}, 4, &b), 0);
	assert_int_equal(saw_addr_cmp(&a, &b), 0);
	assert_int_equal(saw_addr_parse(SAW_STR("2001:DB8:0::1"), &a), 0);
	assert_string_equal(saw_addr_print(&a, text), "2001:db8::1");
	assert_true(saw_addr_cmp(&a, &b) != 0);
	assert_int_equal(saw_addr_parse(SAW_STR("10.0.0"), &a), SAW_EFORMAT);
	assert_int_equal(saw_addr_parse(SAW_STR("10.0.0.256"), &a), SAW_EFORMAT);
	assert_int_equal(saw_addr_parse(SAW_STR("10.0.0.1 "), &a), SAW_EFORMAT);
	assert_int_equal(saw_addr_parse(SAW_STR(""), &a), SAW_EFORMAT);
	assert_int_equal(saw_addr_from_bytes((const uint8_t *)"<private>", 9, &a), SAW_EFORMAT);
	assert_int_equal(saw_addr_parse(SAW_STR("0.0.0.0"), &a), 0);
	assert_true(saw_addr_is_any(&a));
}

static void frames_survive_any_cut(void **state) {
	struct saw_buf b = SAW_BUF_INIT(1000);
	struct saw_frame f;
	size_t used, begin;

	(void)state;
	begin = saw_frame_begin(&b, 7);
	saw_buf_puts(&b, "payload");
	assert_int_equal(saw_frame_end(&b, begin), 0);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(saw_frame_next(b.data, n, &f, &used), 0);
	assert_int_equal(saw_frame_next(b.data, b.len, &f, &used), 1);
	assert_int_equal(f.kind, 7);
	assert_int_equal(f.len, 7);
	assert_memory_equal(f.data, "payload", 7);
	assert_int_equal(used, b.len);
	assert_int_equal(saw_frame_next((const uint8_t *)"\xff\xff\xff\xff\x01", 5, &f, &used), SAW_ELIMIT);
	saw_buf_free(&b);
}

static void errors_say_where(void **state) {
	struct saw_err e;

	(void)state;
	assert_int_equal(saw_err_set(&e, SAW_ECONFIG, "expected %s", "a number"), SAW_ECONFIG);
	saw_err_prefix(&e, "%s:%d", "sawatch.yml", 12);
	assert_string_equal(e.text, "sawatch.yml:12: expected a number");
	assert_string_equal(saw_strerror(SAW_ETIMEOUT), "no answer in time");
	assert_string_equal(saw_strerror(-ENOENT), strerror(ENOENT));
}

/* The test vectors of the paper: the key is 00..0f, the message 00..0e; and the empty message of the reference's list. */
/* RFC 3720, appendix B.4, and the check value of the catalogue of CRCs. */
static void crc32c_gives_the_published_values(void **state) {
	uint8_t bytes[32] = {0};

	(void)state;
	assert_int_equal(saw_crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof bytes);
	assert_int_equal(saw_crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
	assert_int_equal(saw_crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(saw_crc32c(saw_crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

static void siphash_gives_the_published_values(void **state) {
	uint8_t key[SAW_SIPHASH_KEY], message[15];

	(void)state;
	for (uint8_t i = 0; i < sizeof key; i++)
		key[i] = i;
	memcpy(message, key, sizeof message);
	assert_true(saw_siphash(key, message, sizeof message) == 0xa129ca6149be45e5);
	assert_true(saw_siphash(key, message, 0) == 0x726fdb47dd0e0e31);
	assert_true(saw_siphash(key, message, 8) != saw_siphash(key, message, 7));
}

static void assert_inflates_to(const uint8_t *packed, size_t n_packed, const void *plain, size_t n) {
	struct saw_buf b = SAW_BUF_INIT(1U << 20);

	assert_true(fixture_inflate(packed, n_packed, &b));
	assert_int_equal(b.len, n);
	assert_memory_equal(b.data, plain, n);
	saw_buf_free(&b);
}

/* Nothing, little and much, of what repeats itself and of what cannot become shorter. */
static void gzip_is_read_by_others(void **state) {
	enum { MOST = 300000 };
	static const size_t sizes[] = {0, 1, 2, 7, 8, 31, 32, 33, 255, 1024, 4095, 65535, 65536, MOST};
	struct saw_buf b = SAW_BUF_INIT(1U << 20);
	uint8_t *plain = malloc(MOST);
	uint32_t x = 1;

	(void)state;
	for (unsigned noise = 0; noise < 3; noise++) {
		for (size_t i = 0; i < MOST; i++) {
			x = x * 1664525 + 1013904223;
			plain[i] = noise == 2 || (noise == 1 && i % 40 > 30) ? (uint8_t)(x >> 24) : (uint8_t)("name=\"x\" "[i % 9]);
		}
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			saw_buf_reset(&b);
			saw_buf_puts(&b, "before");
			assert_int_equal(saw_gzip_put(&b, plain, sizes[i]), 0);
			assert_memory_equal(b.data, "before", 6);
			assert_inflates_to(b.data + 6, b.len - 6, plain, sizes[i]);
		}
		assert_true(noise == 2 || b.len < MOST / 2);
	}
	saw_buf_reset(&b);
	b.ceiling = MOST;
	assert_int_equal(saw_gzip_put(&b, plain, MOST), SAW_ELIMIT);
	assert_int_equal(saw_gzip_put(&b, plain, 1), SAW_ELIMIT); /* sticks */
	assert_int_equal(b.len, 0);
	saw_buf_free(&b);
	free(plain);
}

/* RFC 4648, section 10. */
static void base64_both_ways(void **state) {
	static const char *const texts[][2] = {{"", ""},
										   {"f", "Zg=="},
										   {"fo", "Zm8="},
										   {"foo", "Zm9v"},
										   {"foob", "Zm9vYg=="},
										   {"fooba", "Zm9vYmE="},
										   {"foobar", "Zm9vYmFy"}};
	struct saw_buf b = SAW_BUF_INIT(64);
	char out[8];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *plain = texts[i][0], *coded = texts[i][1];
		struct saw_str bare = {coded, strcspn(coded, "=")};

		saw_buf_reset(&b);
		saw_base64_put(&b, plain, strlen(plain));
		assert_string_equal(saw_buf_text(&b), coded);
		assert_int_equal(saw_base64_decode(saw_str_of(coded), out, sizeof out), strlen(plain));
		assert_memory_equal(out, plain, strlen(plain));
		assert_int_equal(saw_base64_decode(bare, out, sizeof out), strlen(plain));
	}
	assert_int_equal(saw_base64_decode(SAW_STR("Zm9vYmFy"), out, 5), -1);
	assert_int_equal(saw_base64_decode(SAW_STR("Zm9vY"), out, sizeof out), -1);
	assert_int_equal(saw_base64_decode(SAW_STR("Zm9v!mFy"), out, sizeof out), -1);
	assert_int_equal(saw_base64_decode(SAW_STR("Zm=v"), out, sizeof out), -1);
	saw_buf_free(&b);
}

static void lists_grow_and_keep_what_they_hold(void **state) {
	uint32_t *list = NULL;
	size_t n = 0, room = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(SAW_LIST_ROOM(list, n, room), 0);
		assert_true(room > n);
		list[n++] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	/* As many as no memory holds: an error, and the list as it was. */
	room = SIZE_MAX / sizeof *list;
	assert_int_equal(SAW_LIST_ROOM(list, room, room), -ENOMEM);
	assert_int_equal(room, SIZE_MAX / sizeof *list);
	assert_int_equal(list[999], 999);
	room = n;
	assert_int_equal(SAW_LIST_ROOM(list, n, room), 0);
	free(list);
}

static void numbers_in_names_are_numbers(void **state) {
	static const char *const ordered[] = {
		"",
		"-1",
		"0",
		"00",
		"01",
		"1",
		"2",
		"10",
		"99999999999999999998",
		"99999999999999999999",
		"100000000000000000000",
		"berlin",
		"berlin-",
		"berlin-2",
		"berlin-2a",
		"berlin-9",
		"berlin-10",
		"berlin-10-1",
		"berlin-x",
		"m\xc3\xbc",
	};

	(void)state;
	for (int i = 0; i < (int)(sizeof ordered / sizeof *ordered); i++)
		for (int k = 0; k < (int)(sizeof ordered / sizeof *ordered); k++) {
			const int c = saw_compare_natural(ordered[i], ordered[k]);

			if ((c > 0) - (c < 0) != (i > k) - (i < k))
				fail_msg("%s, %s: %d", ordered[i], ordered[k], c);
		}
	assert_true(saw_compare_natural("192.0.2.9", "192.0.2.10") < 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_keeps_to_its_ceiling),
		cmocka_unit_test(buf_prints_extreme_numbers),
		cmocka_unit_test(arena_gives_aligned_memory_up_to_its_ceiling),
		cmocka_unit_test(numbers_are_taken_whole_or_not_at_all),
		cmocka_unit_test(foreign_bytes_become_clean_text),
		cmocka_unit_test(addresses_in_every_form),
		cmocka_unit_test(frames_survive_any_cut),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(gzip_is_read_by_others),
		cmocka_unit_test(numbers_in_names_are_numbers),
		cmocka_unit_test(base64_both_ways),
		cmocka_unit_test(crc32c_gives_the_published_values),
		cmocka_unit_test(siphash_gives_the_published_values),
		cmocka_unit_test(lists_grow_and_keep_what_they_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
