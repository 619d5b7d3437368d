/* Datagrams that are cut, lie about their lengths or hold what their types cannot: what the wire makes of them. */
#include "collectors/snmp/rows.h"
#include "collectors/snmp/walk.h"
#include "collectors/snmp/wire.h"
#include "tests/fixtures/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct saw_snmp_engine *engine;

static const struct saw_snmp_target plain = {.device = "DUT", .version = SAW_SNMP_V2C, .community = "public"};
static const uint32_t in_octets[] = {1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 2, 1, 26, 7};

/* Decodes a copy that ends where the message ends, so that a byte read behind it is seen. */
static int decode(struct saw_wire *w, const uint8_t *bytes, size_t n, struct saw_answer *answer) {
	uint8_t *copy = malloc(n ? n : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	rc = saw_wire_decode(w, copy, n, 0, answer);
	free(copy);
	return rc;
}

static void whole_message(struct saw_buf *out) {
	static const uint32_t addr[] = {1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 2, 1, 4, 7};
	struct saw_buf varbinds = SAW_BUF_INIT(4096);

	agent_put_varbind(&varbinds, addr, 15, "\x40\x04\xc0\x00\x02\x01", 6);
	agent_put_varbind(&varbinds, in_octets, 15, "\x41\x02\x12\x34", 4);
	agent_put_varbind(&varbinds, in_octets, 15, "\x06\x03\x2b\x06\x01", 5);
	agent_put_response(out, 7, &varbinds);
	saw_buf_free(&varbinds);
}

static void a_message_cut_at_any_byte_is_refused(void **state) {
	struct saw_wire *w = saw_wire_create(engine, &plain, NULL);
	struct saw_buf message = SAW_BUF_INIT(4096);
	struct saw_answer answer;

	(void)state;
	assert_non_null(w);
	whole_message(&message);
	assert_int_equal(decode(w, message.data, message.len, &answer), 0);
	assert_int_equal(answer.n, 3);
	for (size_t n = 0; n < message.len; n++)
		assert_int_equal(decode(w, message.data, n, &answer), SAW_EFORMAT);
	saw_buf_free(&message);
	saw_wire_destroy(w);
}

static int take_cell(void *ctx, size_t column, const uint32_t *index, size_t n, const struct saw_varbind *v) {
	return saw_rows_cell(ctx, SAW_TABLE_IPSEC_TUNNELS, column, index, n, v);
}

static void lengths_and_tags_that_lie_at_any_byte_break_nothing(void **state) {
	static const uint8_t lies[] = {0, 1, 2, 5, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xa2, 0xff};
	struct saw_wire *w = saw_wire_create(engine, &plain, NULL);
	struct saw_rows *rows = saw_rows_create(64, 1 << 18);
	struct saw_buf message = SAW_BUF_INIT(4096);
	struct saw_walk_part part = saw_walk_group(&saw_snmp_tables[SAW_TABLE_IPSEC_TUNNELS], 0, 64);
	unsigned understood = 0;

	(void)state;
	assert_true(w && rows);
	whole_message(&message);
	for (size_t i = 0; i < message.len; i++)
		for (size_t k = 0; k < sizeof lies; k++) {
			struct saw_request request;
			struct saw_answer answer;
			struct saw_walk walk;
			struct saw_pace pace;
			uint8_t was = message.data[i];

			message.data[i] = lies[k];
			saw_pace_init(&pace, 10, 50, 0);
			saw_walk_begin(&walk, &part);
			assert_true(saw_walk_next(&walk, &pace, &request));
			if (decode(w, message.data, message.len, &answer) == 0) {
				for (size_t v = 0; v < answer.n; v++)
					assert_true(answer.varbinds[v].n_name <= SAW_OID_MAX && answer.varbinds[v].n < message.len);
				saw_walk_answer(&walk, &pace, &answer, take_cell, rows);
				understood++;
			}
			message.data[i] = was;
		}
	assert_true(understood > 0);
	saw_buf_free(&message);
	saw_rows_destroy(rows);
	saw_wire_destroy(w);
}

static void integers_beyond_their_type_are_none(void **state) {
	static const struct {
		size_t n;
		const char *value;
		enum saw_value_type type;
		int64_t i;
	} cases[] = {
		{3, "\x02\x01\xff", SAW_VALUE_INTEGER, -1},
		{6, "\x02\x04\x80\x00\x00\x00", SAW_VALUE_INTEGER, INT32_MIN},
		{7, "\x02\x05\x00\x00\x00\x00\x07", SAW_VALUE_INTEGER, 7},
		{7, "\x02\x05\x01\x00\x00\x00\x07", SAW_VALUE_OTHER, 0},
		{7, "\x02\x05\x00\x80\x00\x00\x07", SAW_VALUE_OTHER, 0},
		{10, "\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff", SAW_VALUE_OTHER, 0},
		{11, "\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", SAW_VALUE_OTHER, 0},
		{2, "\x02\x00", SAW_VALUE_OTHER, 0},
		{3, "\x41\x01\xff", SAW_VALUE_OTHER, 0},
		{6, "\x41\x04\xff\xff\xff\xff", SAW_VALUE_UNSIGNED, UINT32_MAX},
		{7, "\x41\x05\x00\xff\xff\xff\xff", SAW_VALUE_UNSIGNED, UINT32_MAX},
		{7, "\x41\x05\x01\x00\x00\x00\x05", SAW_VALUE_OTHER, 0},
		{10, "\x42\x08\x01\x00\x00\x00\x00\x00\x00\x05", SAW_VALUE_OTHER, 0},
		{3, "\x46\x01\xff", SAW_VALUE_OTHER, 0},
		{11, "\x46\x09\x00\xff\xff\xff\xff\xff\xff\xff\xfe", SAW_VALUE_UNSIGNED, -2},
		{11, "\x46\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", SAW_VALUE_OTHER, 0},
	};
	struct saw_wire *w = saw_wire_create(engine, &plain, NULL);

	(void)state;
	assert_non_null(w);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_buf varbinds = SAW_BUF_INIT(4096), message = SAW_BUF_INIT(4096);
		struct saw_answer answer;
		int rc;

		agent_put_varbind(&varbinds, in_octets, 15, cases[i].value, cases[i].n);
		agent_put_response(&message, 7, &varbinds);
		rc = decode(w, message.data, message.len, &answer);
		if (cases[i].type != SAW_VALUE_OTHER || rc == 0) { /* what is wrong may also cost the whole message */
			assert_int_equal(rc, 0);
			assert_int_equal(answer.n, 1);
			assert_int_equal(answer.varbinds[0].type, cases[i].type);
		}
		if (cases[i].type != SAW_VALUE_OTHER)
			assert_true(answer.varbinds[0].i == cases[i].i);
		saw_buf_free(&varbinds);
		saw_buf_free(&message);
	}
	saw_wire_destroy(w);
}

static void names_longer_than_128_sub_identifiers_are_refused(void **state) {
	static const size_t lengths[] = {127, 128, 129, 200, 1000};
	struct saw_wire *w = saw_wire_create(engine, &plain, NULL);
	uint32_t name[1000];

	(void)state;
	assert_non_null(w);
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
		name[i] = i < 15 ? in_octets[i] : 1;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct saw_buf varbinds = SAW_BUF_INIT(65536), message = SAW_BUF_INIT(65536);
		struct saw_rows *rows = saw_rows_create(8, 1 << 16);
		struct saw_answer answer;
		int rc;

		agent_put_varbind(&varbinds, name, lengths[i], "\x41\x01\x05", 3);
		agent_put_response(&message, 7, &varbinds);
		rc = decode(w, message.data, message.len, &answer);
		assert_int_equal(rc, lengths[i] <= SAW_OID_MAX ? 0 : SAW_EFORMAT);
		/* One that is read is still no row: a tunnel's index is one number. */
		if (rc == 0)
			assert_int_equal(take_cell(rows, 0, answer.varbinds[0].name + 14, lengths[i] - 14, answer.varbinds), 0);
		assert_int_equal(saw_rows_count(rows, SAW_TABLE_IPSEC_TUNNELS), 0);
		saw_rows_destroy(rows);
		saw_buf_free(&varbinds);
		saw_buf_free(&message);
	}
	saw_wire_destroy(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_cut_at_any_byte_is_refused),
		cmocka_unit_test(lengths_and_tags_that_lie_at_any_byte_break_nothing),
		cmocka_unit_test(integers_beyond_their_type_are_none),
		cmocka_unit_test(names_longer_than_128_sub_identifiers_are_refused),
	};
	int rc = 1;

	engine = saw_snmp_engine_create(NULL);
	if (engine)
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	saw_snmp_engine_destroy(engine);
	return rc;
}
