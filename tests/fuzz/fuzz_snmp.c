/*
 * An agent's answers: bytes to varbinds, through the walk's checks, into rows and records. The input is a list of answers, each
 * behind two bytes of length (big endian); the first byte of the input chooses the table, its group of columns and the part of it that is
 * walked. Also the clear part of SNMPv3, and what is looked at beside the library's decoding.
 */
#include "collectors/snmp/ber.h"
#include "collectors/snmp/rows.h"
#include "collectors/snmp/usm.h"
#include "collectors/snmp/walk.h"
#include "collectors/snmp/wire.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

struct run {
	struct saw_rows *rows;
	enum saw_snmp_table_id table;
};

static int cell(void *ctx, size_t column, const uint32_t *index, size_t n, const struct saw_varbind *v) {
	struct run *r = ctx;

	return saw_rows_cell(r->rows, r->table, column, index, n, v);
}

static struct saw_wire *wire(void) {
	static const struct saw_snmp_target target = {.device = "fuzz", .version = SAW_SNMP_V2C, .community = "fuzz"};
	static struct saw_snmp_engine *engine;
	static struct saw_wire *w;

	if (!engine) {
		engine = saw_snmp_engine_create(NULL);
		w = engine ? saw_wire_create(engine, &target, NULL) : NULL;
		if (!w)
			abort();
	}
	return w;
}

static void emit(struct run *r) {
	struct saw_sample_builder *b = saw_sample_builder_create(1 << 20);
	struct saw_sink sink;
	const uint8_t *packed;
	uint64_t given, vanished;
	size_t len;

	if (!b)
		abort();
	saw_sample_begin(b, "fuzz", SAWATCH__V1__PLATFORM__PLATFORM_ASA, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	sink = saw_sample_sink(b);
	saw_rows_emit(r->rows, r->table, true, &sink, &given, &vanished);
	saw_sample_finish(b, 0, 0, 0, &packed, &len);
	saw_sample_builder_destroy(b);
}

/* The bytes as a message, as a scoped PDU and as varbinds: every element found must lie inside. */
static void look(const uint8_t *data, size_t size) {
	struct saw_ber pdu, varbinds;
	bool fits;

	for (int scoped = 0; scoped < 2; scoped++) {
		if (!(scoped ? saw_ber_scoped_pdu(data, size, &pdu) : saw_ber_message_pdu(data, size, &pdu)) ||
			!saw_ber_varbinds(pdu, &varbinds))
			continue;
		if (varbinds.p < data || varbinds.n > size || varbinds.p + varbinds.n > data + size)
			abort();
		while (saw_ber_value_fits(&varbinds, &fits))
			;
	}
	varbinds = (struct saw_ber){data, size};
	while (saw_ber_value_fits(&varbinds, &fits))
		if (varbinds.p + varbinds.n != data + size)
			abort();
}

/* A third of the walks are whole, the others parts that begin or end at some index. */
static struct saw_walk_part part_of(const struct saw_snmp_table *t, uint8_t choice) {
	static const uint32_t from[4] = {2, 1, 1, 1}, to[4] = {9, 1, 1, 1};
	struct saw_walk_part part = saw_walk_group(t, choice % saw_walk_groups(t), 64);

	if (choice % 3 && t->n_index && t->n_index <= 4) {
		part.after = choice % 2 ? from : NULL;
		part.upto = choice % 3 == 1 ? to : NULL;
		part.rows = choice % 5;
		part.rows_known = choice % 7 < 3;
	}
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_usm_header header;
	struct saw_request request;
	struct saw_answer answer;
	struct saw_walk_part part;
	struct saw_walk walk;
	struct saw_pace pace;
	struct run r;

	saw_usm_header(data, size, &header);
	look(data, size);
	if (size < 1)
		return 0;
	r.table = (enum saw_snmp_table_id)(data[0] % SAW_TABLES);
	r.rows = saw_rows_create(64, 1 << 18);
	if (!r.rows)
		abort();
	saw_pace_init(&pace, 10, 50, 0);
	part = part_of(&saw_snmp_tables[r.table], data[0] / SAW_TABLES);
	saw_walk_begin(&walk, &part);
	for (size_t at = 1; at + 2 <= size && saw_walk_next(&walk, &pace, &request);) {
		size_t n = (size_t)data[at] << 8 | data[at + 1];
		uint8_t *message;

		at += 2;
		n = n > size - at ? size - at : n;
		message = malloc(n ? n : 1); /* a block of its own, so that a read past the end is seen */
		if (!message)
			abort();
		for (size_t i = 0; i < n; i++)
			message[i] = data[at + i];
		at += n;
		look(message, n);
		if (saw_wire_decode(wire(), message, n, 0, &answer) == 0)
			saw_walk_answer(&walk, &pace, &answer, cell, &r);
		free(message);
	}
	emit(&r);
	saw_rows_destroy(r.rows);
	return 0;
}
