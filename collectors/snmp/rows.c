#include "config.h"

#include "collectors/snmp/rows_internal.h"

#include "core/addr.h"
#include "core/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX 1024 /* of one value; MIB texts are 255 bytes at most */

struct saw_rows *saw_rows_create(uint64_t max_rows, size_t max_bytes) {
	struct saw_rows *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->max_rows = max_rows;
	r->held = saw_arena_create(max_bytes);
	r->scratch = saw_arena_create(max_bytes);
	saw_buf_init(&r->clean, TEXT_MAX * 4 + 16);
	if (!r->held || !r->scratch) {
		saw_rows_destroy(r);
		return NULL;
	}
	return r;
}

void saw_rows_destroy(struct saw_rows *r) {
	if (!r)
		return;
	for (size_t i = 0; i < SAW_TABLES; i++)
		free(r->sets[i].rows);
	free(r->ike_by_ends);
	free(r->ports);
	free(r->leaving);
	saw_buf_free(&r->clean);
	saw_arena_destroy(r->held);
	saw_arena_destroy(r->scratch);
	free(r);
}

void saw_rows_attach(struct saw_rows *r, struct saw_rows *box) {
	r->box = box;
	r->next = box->next;
	box->next = r;
}

uint64_t saw_rows_count(const struct saw_rows *r, enum saw_snmp_table_id table) {
	return r->sets[table].n;
}

const uint32_t *saw_rows_index(const struct saw_rows *r, enum saw_snmp_table_id table, uint64_t i, size_t *n) {
	*n = r->sets[table].rows[i]->n_index;
	return r->sets[table].rows[i]->index;
}

uint64_t saw_rows_odd(const struct saw_rows *r, enum saw_snmp_table_id table) {
	return r->sets[table].odd;
}

const char *saw_rows_odd_first(const struct saw_rows *r, enum saw_snmp_table_id table) {
	return r->sets[table].odd_first;
}

/* ------------------------------------------------------------------------------------------------------ values in */

size_t saw_snmp_row_set_find(const struct saw_snmp_row_set *s, const uint32_t *index, size_t n) {
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (saw_snmp_row_index_cmp(s->rows[middle], index, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row of this index, made if there is none; NULL where no more can be held. */
static struct saw_snmp_row *row_of(struct saw_rows *r, enum saw_snmp_table_id table, size_t column,
								   const uint32_t *index, size_t n) {
	struct saw_snmp_row_set *s = &r->sets[table];
	size_t at = s->near[column];
	size_t slots = saw_snmp_tables[table].n_columns * sizeof(union saw_snmp_slot);
	struct saw_snmp_row *row;

	if (at >= s->n || saw_snmp_row_index_cmp(s->rows[at], index, n) != 0)
		at =
			s->n && saw_snmp_row_index_cmp(s->rows[s->n - 1], index, n) < 0 ? s->n : saw_snmp_row_set_find(s, index, n);
	s->near[column] = at + 1;
	if (at < s->n && saw_snmp_row_index_cmp(s->rows[at], index, n) == 0)
		return s->rows[at];
	if (s->n >= r->max_rows)
		return NULL;
	if (SAW_LIST_ROOM(s->rows, s->n, s->cap))
		return NULL;
	row = saw_arena_zalloc(r->held, sizeof *row + slots + n * sizeof *index);
	if (!row)
		return NULL;
	row->index = memcpy((char *)row->slots + slots, index, n * sizeof *index);
	row->n_index = n;
	memmove(s->rows + at + 1, s->rows + at, (s->n - at) * sizeof s->rows[0]);
	s->rows[at] = row;
	s->n++;
	return row;
}

bool saw_varbind_number(const struct saw_varbind *v, uint64_t *out) {
	if (v->type == SAW_VALUE_INTEGER && v->i >= 0)
		*out = (uint64_t)v->i;
	else if (v->type == SAW_VALUE_UNSIGNED)
		*out = v->u;
	else
		return false;
	return true;
}

/* A printed address has never four bytes; sixteen may be either, and raw ones do not read as text. */
static const char *address_of(struct saw_rows *r, const struct saw_varbind *v) {
	struct saw_addr a;
	char text[SAW_ADDR_TEXT];

	if (v->type != SAW_VALUE_OCTETS && v->type != SAW_VALUE_ADDRESS)
		return NULL;
	if ((v->n == 4 || saw_addr_parse(saw_str_trim(saw_varbind_octets(v)), &a) != 0) &&
		saw_addr_from_bytes(v->bytes, v->n, &a) != 0)
		return NULL;
	saw_addr_print(&a, text);
	return saw_arena_strndup(r->held, text, strlen(text));
}

static const char *text_of(struct saw_rows *r, const struct saw_varbind *v) {
	struct saw_str s = saw_varbind_octets(v);

	if (v->type != SAW_VALUE_OCTETS)
		return NULL;
	s.n = s.n > TEXT_MAX ? TEXT_MAX : s.n;
	s = saw_str_trim(s);
	while (s.n && s.p[s.n - 1] == 0) /* some agents send the C string whole */
		s.n--;
	saw_buf_reset(&r->clean);
	saw_put_clean(&r->clean, s.p, s.n);
	return saw_arena_strndup(r->held, saw_buf_text(&r->clean), r->clean.len);
}

/* True where the value is one; false leaves it absent. *odd: it is not even of the right type. */
static bool convert(struct saw_rows *r, const struct saw_snmp_column *c, const struct saw_varbind *v,
					union saw_snmp_slot *out, bool *odd) {
	uint64_t u = 0;

	switch (c->convert) {
	case SAW_CONVERT_ADDRESS:
		out->text = address_of(r, v);
		*odd = v->type != SAW_VALUE_OCTETS && v->type != SAW_VALUE_ADDRESS;
		return out->text != NULL;
	case SAW_CONVERT_TEXT:
		out->text = text_of(r, v);
		*odd = !out->text;
		return out->text && out->text[0];
	case SAW_CONVERT_SPI:
		if (v->type == SAW_VALUE_INTEGER && v->i < 0 && v->i >= INT32_MIN)
			u = (uint32_t)v->i;
		else if (!saw_varbind_number(v, &u) || u > UINT32_MAX)
			break;
		out->u = u;
		return u != 0;
	default:
		if (!saw_varbind_number(v, &u))
			break;
		out->u = u;
		if (c->convert == SAW_CONVERT_CENTISECONDS)
			out->u = u / 100;
		else if (c->convert == SAW_CONVERT_KILO)
			out->u = u / 1000;
		else if (c->convert == SAW_CONVERT_MEGA)
			out->u = u > UINT64_MAX / 1000 ? 0 : u * 1000;
		else if (c->convert == SAW_CONVERT_TRUTH || c->convert == SAW_CONVERT_UP)
			out->u = u == 1;
		if (c->convert == SAW_CONVERT_KILO)
			return u != 0 && u != UINT32_MAX;
		if (c->convert == SAW_CONVERT_MEGA)
			return out->u != 0;
		if (c->convert == SAW_CONVERT_TRUTH)
			return u == 1 || u == 2;
		if (c->convert == SAW_CONVERT_UP)
			return u >= 1 && u != 4;
		return true;
	}
	*odd = true;
	return false;
}

static void note_odd(struct saw_rows *r, enum saw_snmp_table_id table, size_t column, const uint32_t *index,
					 size_t n_index) {
	struct saw_snmp_row_set *set = &r->sets[table];

	if (set->odd++)
		return;
	saw_buf_reset(&r->clean);
	saw_buf_printf(&r->clean, "%s.", saw_snmp_tables[table].columns[column].name);
	saw_oid_put(&r->clean, index, n_index);
	snprintf(set->odd_first, sizeof set->odd_first, "%s", saw_buf_text(&r->clean));
}

int saw_rows_cell(struct saw_rows *r, enum saw_snmp_table_id table, size_t column, const uint32_t *index,
				  size_t n_index, const struct saw_varbind *value) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	struct saw_snmp_row *row;
	union saw_snmp_slot slot = {0};
	bool odd = false;

	if (t->n_index ? n_index != t->n_index : n_index > SAW_OID_MAX) {
		note_odd(r, table, column, index, n_index);
		return 0;
	}
	row = row_of(r, table, column, index, n_index);
	if (!row)
		return SAW_ELIMIT;
	if (convert(r, &t->columns[column], value, &slot, &odd)) {
		row->slots[column] = slot;
		row->has |= UINT64_C(1) << column;
		r->sets[table].seen |= UINT64_C(1) << column;
	} else if (odd) {
		note_odd(r, table, column, index, n_index);
	}
	return 0;
}

/* ---------------------------------------------------------------------------------------------------- records out */

char *saw_rows_put_text(struct saw_rows *r, const char *text) {
	return text ? saw_arena_strndup(r->scratch, text, strlen(text)) : NULL;
}

char *saw_rows_named(struct saw_rows *r, const char *name, const char *kind, uint64_t number) {
	char text[40];

	if (name)
		return saw_rows_put_text(r, name);
	snprintf(text, sizeof text, "%s-%llu", kind, (unsigned long long)number);
	return saw_rows_put_text(r, text);
}

/*
 * The low 32 bits of a counter are the counter only of an agent that has no 64 bits of it. Where those were not read, or this
 * row lacks them, the value is not known: a smaller one would look like a restart.
 */
static bool stands_in(const struct saw_snmp_row_set *set, const struct saw_snmp_table *t, size_t column) {
	const struct saw_field *f = &t->columns[column].field;

	for (size_t i = column + 1; i < t->n_walked; i++) /* others come with their row in one answer */
		if (t->columns[i].convert == SAW_CONVERT_NUMBER && t->columns[i].field.kind == f->kind &&
			t->columns[i].field.offset == f->offset && (set->cut || (set->seen >> i & 1)))
			return true;
	return false;
}

void saw_rows_cut(struct saw_rows *r, enum saw_snmp_table_id table) {
	r->sets[table].cut = true;
}

void saw_rows_fill(struct saw_rows *r, const struct saw_snmp_table *t, const struct saw_snmp_row *row,
				   ProtobufCMessage *msg) {
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct saw_snmp_column *c = &t->columns[i];

		if (!saw_snmp_row_has(row, i) || c->field.kind == SAW_FIELD_KIND_NONE ||
			(c->convert == SAW_CONVERT_NUMBER && stands_in(&r->sets[t - saw_snmp_tables], t, i)))
			continue;
		if (c->convert == SAW_CONVERT_NAME)
			saw_field_set_text(
				msg, &c->field,
				saw_rows_named(r, saw_number_name(c->names, row->slots[i].u), c->field.name, row->slots[i].u));
		else if (c->field.kind == SAW_FIELD_KIND_TEXT)
			saw_field_set_text(msg, &c->field, (char *)(uintptr_t)row->slots[i].text);
		else
			saw_field_set_u64(msg, &c->field, row->slots[i].u);
	}
}

static int emit_row(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_snmp_row *row, bool ike_complete,
					const struct saw_sink *sink) {
	switch (table) {
	case SAW_TABLE_IPSEC_TUNNELS:
		return saw_rows_emit_tunnel(r, row, ike_complete, sink);
	case SAW_TABLE_IKE_TUNNELS:
		return saw_rows_emit_ike(r, row, sink);
	case SAW_TABLE_INTERFACES:
		return saw_rows_emit_interface(r, row, sink);
	case SAW_TABLE_CISCO_BGP:
	case SAW_TABLE_BGP:
		return saw_rows_emit_bgp(r, table, row, sink);
	case SAW_TABLE_FAILOVER:
		return saw_rows_emit_unit(r, row, sink);
	case SAW_TABLE_MEMORY:
		return saw_rows_emit_pool(r, row, sink);
	case SAW_TABLE_IKE_FAILURES:
		return saw_rows_emit_ike_failure(r, row, sink);
	case SAW_TABLE_IPSEC_FAILURES:
		return saw_rows_emit_ipsec_failure(r, row, sink);
	case SAW_TABLE_IKE_HISTORY:
	case SAW_TABLE_IPSEC_HISTORY:
		return saw_rows_emit_ended(r, table, row, sink);
	default:
		return 0; /* joined to others, or given as a whole */
	}
}

static bool vanished_row(const struct saw_snmp_row *row) {
	return !saw_snmp_row_has(row, SAW_TUN_LOCAL) && !saw_snmp_row_has(row, SAW_TUN_REMOTE) &&
		   !saw_snmp_row_has(row, SAW_TUN_STATUS);
}

int saw_rows_emit(struct saw_rows *r, enum saw_snmp_table_id table, bool ike_complete, const struct saw_sink *sink,
				  uint64_t *given, uint64_t *vanished) {
	const struct saw_snmp_row_set *s = &r->sets[table];

	*given = *vanished = 0;
	if (saw_snmp_tables[table].counters)
		return saw_rows_emit_counters(r, table, sink, given);
	if (table == SAW_TABLE_CPU || table == SAW_TABLE_QFP || table == SAW_TABLE_L2L_SESSIONS) {
		*given = s->n;
		return s->n ? saw_rows_emit_facts(r, table, sink) : 0;
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct saw_snmp_row *row = s->rows[i];
		int rc;

		if (table == SAW_TABLE_IPSEC_TUNNELS && vanished_row(row)) {
			++*vanished;
			continue;
		}
		if (table == SAW_TABLE_INTERFACES && !saw_rows_wants_interface(r, row))
			continue;
		saw_arena_reset(r->scratch);
		rc = emit_row(r, table, row, ike_complete, sink);
		if (rc)
			return rc;
		++*given;
	}
	return 0;
}
