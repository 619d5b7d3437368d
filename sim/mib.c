#include "sim/mib_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------- what the tables share */

bool saw_sim_mib_quirk(const struct saw_sim_mib *mib, enum saw_sim_quirk quirk) {
	return saw_sim_model_quirk(mib->model, mib->dev, quirk);
}

bool saw_sim_mib_shows_tunnels(const struct saw_sim_mib *mib) {
	return mib->dev != SAW_SIM_ASR || mib->in_vrf == saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_VRF_CONTEXT);
}

int saw_sim_mib_context(struct saw_sim_mib *mib, struct saw_str name) {
	bool vrf = saw_str_eq(name, SAW_STR(SAW_SIM_VRF)) && mib->dev == SAW_SIM_ASR &&
			   saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_VRF_CONTEXT);
	mib->in_vrf = vrf;
	return vrf || name.n == 0 ? 0 : SAW_EUNKNOWN;
}

size_t saw_sim_one(const struct saw_sim_mib *mib) {
	(void)mib;
	return 1;
}

size_t saw_sim_index_zero(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	(void)mib;
	(void)k;
	index[0] = 0;
	return 1;
}

const struct saw_sim_totals *saw_sim_mib_totals(struct saw_sim_mib *mib, uint64_t now_ms) {
	uint64_t generation = saw_sim_model_generation(mib->model);
	if (!mib->have_totals || mib->totals_ms != now_ms || mib->totals_generation != generation) {
		saw_sim_model_totals(mib->model, mib->dev, now_ms, &mib->totals);
		mib->totals_ms = now_ms;
		mib->totals_generation = generation;
		mib->have_totals = true;
	}
	return &mib->totals;
}

size_t saw_sim_put_address(uint32_t address, uint32_t *index) {
	for (size_t i = 0; i < 4; i++) {
		index[i] = address >> (24 - 8 * i) & 255;
	}
	return 4;
}

void saw_sim_address_text(uint32_t address, bool padded, char out[16]) {
	snprintf(out, 16, padded ? "%03u.%03u.%03u.%03u" : "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
			 address >> 8 & 255, address & 255);
}

/* ------------------------------------------------------------------------------------------------------------- the tree */

static int compare(const uint32_t *a, size_t an, const uint32_t *b, size_t bn) {
	for (size_t i = 0; i < an && i < bn; i++) {
		if (a[i] != b[i]) {
			return a[i] < b[i] ? -1 : 1;
		}
	}
	return an == bn ? 0 : an < bn ? -1 : 1;
}

static bool is_there(const struct saw_sim_mib *mib, const struct saw_sim_region *r, size_t k, uint32_t column) {
	return !r->rows->is_there || r->rows->is_there(mib, k, column);
}

/* The first row whose index is above rest. */
static size_t row_after(const struct saw_sim_mib *mib, const struct saw_sim_region *r, const uint32_t *rest, size_t n) {
	size_t low = 0, high = r->rows->count(mib);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t index[SAW_SIM_INDEX_MAX];
		size_t index_n = r->rows->index(mib, mid, index);
		if (compare(index, index_n, rest, n) <= 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

static bool is_inside(const struct saw_sim_region *r, const struct saw_sim_oid *oid) {
	return oid->n >= r->base_n && compare(oid->id, r->base_n, r->base, r->base_n) == 0;
}

/* ------------------------------------------------------------------------------------------------------------------- cells */

static void put_bytes(struct saw_sim_value *out, const void *bytes, size_t n) {
	out->len = n;
	memcpy(out->bytes, bytes, n);
}

static void put_raw_address(uint32_t address, struct saw_sim_value *out) {
	uint8_t raw[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address};
	put_bytes(out, raw, sizeof(raw));
}

static void put_address(const struct saw_sim_mib *mib, uint32_t address, struct saw_sim_value *out) {
	bool padded = saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_ADDRESS_AS_PADDED);
	char text[16];
	if (padded || saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_ADDRESS_AS_TEXT)) {
		saw_sim_address_text(address, padded, text);
		put_bytes(out, text, strlen(text));
		return;
	}
	if (saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_ADDRESS_AS_IPADDRESS)) {
		out->type = SAW_SIM_IPADDRESS;
	}
	put_raw_address(address, out);
}

static void put_number(enum saw_sim_type type, uint64_t number, struct saw_sim_value *out) {
	switch (type) {
	case SAW_SIM_COUNTER64:
		out->number = number;
		break;
	case SAW_SIM_INTEGER:
		out->number = number & INT32_MAX;
		break;
	default:
		out->number = number & UINT32_MAX;
		break;
	}
}

/* A request asks for many cells of a row: it is filled once. */
static const struct saw_sim_row *filled(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_rows *rows,
										size_t k) {
	uint64_t generation = saw_sim_model_generation(mib->model);
	if (mib->filled_by != rows || mib->filled_k != k || mib->filled_ms != now_ms || mib->filled_in_vrf != mib->in_vrf ||
		mib->filled_generation != generation) {
		memset(&mib->row, 0, sizeof(mib->row));
		rows->fill(mib, now_ms, k, &mib->row);
		mib->filled_by = rows;
		mib->filled_k = k;
		mib->filled_ms = now_ms;
		mib->filled_generation = generation;
		mib->filled_in_vrf = mib->in_vrf;
	}
	return &mib->row;
}

static void cell(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_region *r,
				 const struct saw_sim_column *c, size_t k, struct saw_sim_value *out) {
	const struct saw_sim_row *row;
	const void *field;
	out->type = c->type;
	if (c->from == SAW_SIM_FIXED) {
		put_number(c->type, c->arg, out);
		return;
	}
	row = filled(mib, now_ms, r->rows, k);
	field = (const char *)row + c->arg;
	switch (c->from) {
	case SAW_SIM_ADDRESS:
		put_address(mib, *(const uint32_t *)field, out);
		break;
	case SAW_SIM_IP:
		put_raw_address(*(const uint32_t *)field, out);
		break;
	case SAW_SIM_TEXT:
		put_bytes(out, field, strlen(field));
		break;
	case SAW_SIM_MAC:
		put_bytes(out, row->mac, row->if_type == 6 ? sizeof(row->mac) : 0);
		break;
	case SAW_SIM_PRODUCT:
		out->oid = (struct saw_sim_oid){{1, 3, 6, 1, 4, 1, 9, 1, (uint32_t)row->product}, 9};
		break;
	default:
		put_number(c->type, *(const uint64_t *)field, out);
		break;
	}
}

void saw_sim_mib_get(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *oid,
					 struct saw_sim_value *out) {
	out->type = SAW_SIM_NO_OBJECT;
	for (const struct saw_sim_region *r = saw_sim_regions; r < saw_sim_regions + saw_sim_region_count; r++) {
		const struct saw_sim_column *c = r->columns;
		if (!is_inside(r, oid) || oid->n < r->base_n + 2) {
			continue;
		}
		while (c < r->columns + r->column_n && c->number != oid->id[r->base_n]) {
			c++;
		}
		if (c == r->columns + r->column_n || r->rows->count(mib) == 0) {
			continue;
		}
		const uint32_t *rest = oid->id + r->base_n + 1;
		size_t rest_n = oid->n - r->base_n - 1;
		size_t k = row_after(mib, r, rest, rest_n);
		uint32_t index[SAW_SIM_INDEX_MAX];
		if (k > 0 && compare(index, r->rows->index(mib, k - 1, index), rest, rest_n) == 0 &&
			is_there(mib, r, k - 1, c->number)) {
			cell(mib, now_ms, r, c, k - 1, out);
		} else {
			out->type = SAW_SIM_NO_INSTANCE;
		}
		return;
	}
}

static void name_cell(const struct saw_sim_mib *mib, const struct saw_sim_region *r, uint32_t column, size_t k,
					  struct saw_sim_oid *out) {
	uint32_t index[SAW_SIM_INDEX_MAX];
	size_t index_n = r->rows->index(mib, k, index);
	memcpy(out->id, r->base, r->base_n * sizeof(out->id[0]));
	out->id[r->base_n] = column;
	memcpy(out->id + r->base_n + 1, index, index_n * sizeof(out->id[0]));
	out->n = r->base_n + 1 + index_n;
}

/* The first cell of the region after oid. */
static bool next_in_region(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_region *r,
						   const struct saw_sim_oid *oid, struct saw_sim_oid *next, struct saw_sim_value *out) {
	bool inside = is_inside(r, oid) && oid->n > r->base_n;
	size_t rows = r->rows->count(mib);
	for (const struct saw_sim_column *c = r->columns; c < r->columns + r->column_n; c++) {
		size_t k = 0;
		if (inside && c->number < oid->id[r->base_n]) {
			continue;
		}
		if (inside && c->number == oid->id[r->base_n]) {
			k = row_after(mib, r, oid->id + r->base_n + 1, oid->n - r->base_n - 1);
		}
		while (k < rows && !is_there(mib, r, k, c->number)) {
			k++;
		}
		if (k < rows) {
			name_cell(mib, r, c->number, k, next);
			cell(mib, now_ms, r, c, k, out);
			return true;
		}
	}
	return false;
}

void saw_sim_mib_next(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *oid, struct saw_sim_oid *next,
					  struct saw_sim_value *out) {
	const struct saw_sim_oid asked = *oid;
	for (const struct saw_sim_region *r = saw_sim_regions; r < saw_sim_regions + saw_sim_region_count; r++) {
		if (!is_inside(r, &asked) && compare(asked.id, asked.n, r->base, r->base_n) > 0) {
			continue;
		}
		if (next_in_region(mib, now_ms, r, &asked, next, out)) {
			return;
		}
		if (r == saw_sim_ipsec_region && is_inside(r, &asked) && r->rows->count(mib) > 0 &&
			saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_OID_LOOP)) {
			const struct saw_sim_oid start = {{0}, 0};
			next_in_region(mib, now_ms, r, &start, next, out);
			return;
		}
	}
	*next = asked;
	out->type = SAW_SIM_END_OF_MIB;
}

/* ---------------------------------------------------------------------------------------------------------------- requests */

static size_t length_size(size_t n) {
	return n < 128 ? 1 : n < 256 ? 2 : 3;
}

static size_t tagged_size(size_t n) {
	return 1 + length_size(n) + n;
}

static size_t base128_size(uint32_t v) {
	size_t n = 1;
	for (; v >= 128; v >>= 7) {
		n++;
	}
	return n;
}

static size_t oid_size(const struct saw_sim_oid *oid) {
	size_t n = 1; /* the first two numbers share a byte */
	for (size_t i = 2; i < oid->n; i++) {
		n += base128_size(oid->id[i]);
	}
	return tagged_size(n);
}

static size_t number_size(uint64_t v) {
	size_t n = 1;
	for (; v >= 128; v >>= 8) {
		n++;
	}
	return tagged_size(n);
}

static size_t value_size(const struct saw_sim_value *v) {
	switch (v->type) {
	case SAW_SIM_OCTETS:
	case SAW_SIM_IPADDRESS:
		return tagged_size(v->len);
	case SAW_SIM_OID:
		return oid_size(&v->oid);
	case SAW_SIM_NO_OBJECT:
	case SAW_SIM_NO_INSTANCE:
	case SAW_SIM_END_OF_MIB:
		return 2;
	default:
		return number_size(v->number);
	}
}

size_t saw_sim_varbind_size(const struct saw_sim_oid *oid, const struct saw_sim_value *value) {
	return tagged_size(oid_size(oid) + value_size(value));
}

struct bulk {
	struct saw_sim_mib *mib;
	uint64_t now_ms;
	size_t room;
	saw_sim_emit *emit;
	void *ctx;
	int sent;
	bool full;
	int error;
};

/* One binding: what comes after *at, which moves on. False at the end of the MIB. */
static bool bulk_one(struct bulk *b, struct saw_sim_oid *at) {
	struct saw_sim_oid next;
	struct saw_sim_value value;
	saw_sim_mib_next(b->mib, b->now_ms, at, &next, &value);
	size_t size = saw_sim_varbind_size(&next, &value);
	if (size > b->room) {
		b->full = true;
		return false;
	}
	b->error = b->emit(b->ctx, &next, &value);
	b->room -= size;
	b->sent++;
	*at = next;
	return value.type != SAW_SIM_END_OF_MIB;
}

int saw_sim_mib_bulk(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *asked, size_t count,
					 size_t non_repeaters, size_t repetitions, size_t room, saw_sim_emit *emit, void *ctx) {
	struct bulk b = {.mib = mib, .now_ms = now_ms, .room = room, .emit = emit, .ctx = ctx};
	struct saw_sim_oid at[SAW_SIM_BULK_VARIABLES];
	bool alive = count > non_repeaters;
	if (count > SAW_SIM_BULK_VARIABLES) {
		return SAW_ELIMIT;
	}
	memcpy(at, asked, count * sizeof(at[0]));
	for (size_t i = 0; i < count && i < non_repeaters && !b.full && !b.error; i++) {
		bulk_one(&b, &at[i]);
	}
	for (size_t n = 0; n < repetitions && alive && !b.full && !b.error; n++) {
		alive = false;
		for (size_t i = non_repeaters; i < count && !b.full && !b.error; i++) {
			alive |= bulk_one(&b, &at[i]);
		}
	}
	return b.error ? b.error : b.sent;
}

bool saw_sim_mib_silent(const struct saw_sim_mib *mib, const struct saw_sim_oid *asked, bool bulk, size_t repetitions) {
	const struct saw_sim_region *r = saw_sim_ipsec_region;
	struct saw_sim_device d;
	saw_sim_model_device(mib->model, mib->dev, 0, &d);
	if (d.silent) {
		return true;
	}
	if (bulk && repetitions > 10 && saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_BULK_SILENT)) {
		return true;
	}
	return saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_CUT_WALK) && is_inside(r, asked) && asked->n > r->base_n &&
		   asked->id[r->base_n] >= SAW_SIM_IPSEC_MIDDLE;
}

bool saw_sim_mib_too_big(const struct saw_sim_mib *mib, size_t repetitions) {
	return repetitions > 5 && saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_TOO_BIG);
}

/* -------------------------------------------------------------------------------------------------------------------- life */

struct saw_sim_mib *saw_sim_mib_create(const struct saw_sim_model *model, enum saw_sim_dev dev, uint32_t number) {
	struct saw_sim_mib *mib = calloc(1, sizeof(*mib));
	if (mib) {
		mib->model = model;
		mib->dev = dev;
		mib->number = number;
	}
	return mib;
}

void saw_sim_mib_destroy(struct saw_sim_mib *mib) {
	free(mib);
}

size_t saw_sim_engine_id(enum saw_sim_dev dev, uint8_t out[SAW_SIM_ENGINE_ID_MAX]) {
	static const uint8_t head[] = {0x80, 0, 0, 9, 4}; /* enterprise 9; a text follows */
	const char *name = saw_sim_device_name(dev);
	size_t n = strlen(name);
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), name, n);
	return sizeof(head) + n;
}
