/* The saved-file reader: what a file's age and content make of its sample. */
#include "collectors/file/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASA SAWATCH__V1__PLATFORM__PLATFORM_ASA
#define MINUTE 60000
#define NOW 1795430000000

static const char answer[] =
	"ASA-XFW01# show crypto ipsec sa detail\r\ninterface: asr-wan01\r\n current_peer: 198.51.100.2\r\n"
	"ASA-XFW01# show crypto ikev2 sa\r\n\r\nThere are no IKEv2 SAs\r\nASA-XFW01# \r\n";

/* The caller frees it. */
static Sawatch__V1__DeviceSample *read_text(const char *text, int64_t mtime_ms, int64_t max_age_ms) {
	struct saw_file_reader *r = saw_file_reader_create(1 << 20);
	Sawatch__V1__DeviceSample *s;
	const uint8_t *data;
	size_t len;

	assert_non_null(r);
	saw_file_begin(r, "xfw01", ASA);
	for (const char *p = text; *p; p++)
		assert_int_equal(saw_file_feed(r, p, 1), 0);
	assert_int_equal(saw_file_end(r, mtime_ms, NOW, max_age_ms, &data, &len), 0);
	s = sawatch__v1__device_sample__unpack(NULL, len, data);
	assert_non_null(s);
	saw_file_reader_destroy(r);
	return s;
}

static void a_file_gives_every_answer_in_it_as_of_the_time_it_was_written(void **state) {
	Sawatch__V1__DeviceSample *s = read_text(answer, NOW - MINUTE, 5 * MINUTE);

	(void)state;
	assert_string_equal(s->device, "xfw01");
	assert_string_equal(s->hostname, "ASA-XFW01");
	assert_int_equal(s->source, SAWATCH__V1__SOURCE__SOURCE_FILE);
	assert_int_equal(s->observed_at_ms, NOW - MINUTE);
	assert_false(s->has_error_class);
	assert_int_equal(s->n_tables, 2);
	assert_string_equal(s->tables[0]->name, "show crypto ipsec sa detail");
	assert_int_equal(s->tables[0]->rows, 1);
	assert_string_equal(s->tables[1]->name, "show crypto ikev2 sa");
	assert_int_equal(s->tables[1]->status, SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	assert_int_equal(s->n_ipsec_sas, 1);
	assert_string_equal(s->ipsec_sas[0]->peer, "198.51.100.2");
	sawatch__v1__device_sample__free_unpacked(s, NULL);
}

static void a_file_that_was_not_renewed_is_stale_beside_what_it_says(void **state) {
	Sawatch__V1__DeviceSample *s = read_text(answer, NOW - 26 * 60 * MINUTE, 15 * MINUTE);

	(void)state;
	assert_true(s->has_error_class);
	assert_int_equal(s->error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_STALE);
	assert_string_equal(s->error, "the file was last written 26 hours ago, more than the 15 minutes it may be old");
	assert_int_equal(s->n_ipsec_sas, 1);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	s = read_text(answer, NOW - 26 * 60 * MINUTE, 0);
	assert_false(s->has_error_class);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
}

static void a_file_from_the_future_is_of_now(void **state) {
	Sawatch__V1__DeviceSample *s = read_text(answer, NOW + MINUTE, 15 * MINUTE);

	(void)state;
	assert_int_equal(s->observed_at_ms, NOW);
	assert_false(s->has_error_class);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
}

static void a_file_without_a_known_answer_says_what_to_save(void **state) {
	Sawatch__V1__DeviceSample *s = read_text("hello\nworld\n", NOW, 0);

	(void)state;
	assert_int_equal(s->error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNSUPPORTED);
	assert_non_null(strstr(s->error, "show crypto ipsec sa detail"));
	assert_int_equal(s->n_tables, 0);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
}

static void a_view_of_one_peer_says_nothing_about_the_others(void **state) {
	static const struct {
		const char *text;
		Sawatch__V1__TableState want;
	} cases[] = {
		{"fw# show crypto ipsec sa peer 192.0.2.1\n", SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL},
		{"fw# show crypto ipsec sa | include spi\n", SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL},
		{"fw# show crypto ipsec sa det\n", SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE},
		{"fw# show crypto ipsec sa\n", SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE},
		{"fw# show crypto ipsec sa peer 192.0.2.1\n% Invalid\n", SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		Sawatch__V1__DeviceSample *s = read_text(cases[i].text, NOW, 0);

		assert_int_equal(s->n_tables, 1);
		assert_int_equal(s->tables[0]->status, cases[i].want);
		sawatch__v1__device_sample__free_unpacked(s, NULL);
	}
}

static void a_file_that_cannot_be_read_fails_with_its_name_and_why(void **state) {
	struct saw_file_reader *r = saw_file_reader_create(1 << 20);
	static const struct {
		int error;
		Sawatch__V1__PollError want;
	} cases[] = {{ENOENT, SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE},
				 {EACCES, SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		Sawatch__V1__DeviceSample *s;
		const uint8_t *data;
		size_t len;

		assert_int_equal(saw_file_failed(r, "xfw01", ASA, "/var/lib/saved/xfw01.txt", cases[i].error, NOW, &data, &len),
						 0);
		s = sawatch__v1__device_sample__unpack(NULL, len, data);
		assert_non_null(s);
		assert_int_equal(s->error_class, cases[i].want);
		assert_non_null(strstr(s->error, "/var/lib/saved/xfw01.txt"));
		assert_non_null(strstr(s->error, strerror(cases[i].error)));
		assert_int_equal(s->observed_at_ms, NOW);
		sawatch__v1__device_sample__free_unpacked(s, NULL);
	}
	saw_file_reader_destroy(r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_gives_every_answer_in_it_as_of_the_time_it_was_written),
		cmocka_unit_test(a_file_that_was_not_renewed_is_stale_beside_what_it_says),
		cmocka_unit_test(a_file_from_the_future_is_of_now),
		cmocka_unit_test(a_file_without_a_known_answer_says_what_to_save),
		cmocka_unit_test(a_view_of_one_peer_says_nothing_about_the_others),
		cmocka_unit_test(a_file_that_cannot_be_read_fails_with_its_name_and_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
