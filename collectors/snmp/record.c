#include "collectors/snmp/record.h"

#include "core/arena.h"
#include "core/list.h"
#include "core/text.h"

#include <errno.h>
#include <stdlib.h>

struct object {
	const uint32_t *name;
	size_t n;
	size_t place; /* in the order of arrival */
	const char *type, *value;
};

struct saw_snmp_record {
	struct saw_arena *arena;
	struct saw_buf scratch;
	struct object *objects;
	size_t n, cap, sorted;
	int error;
};

struct saw_snmp_record *saw_snmp_record_create(size_t max_bytes) {
	struct saw_snmp_record *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->arena = saw_arena_create(max_bytes);
	saw_buf_init(&r->scratch, 1 << 18);
	if (!r->arena) {
		saw_snmp_record_destroy(r);
		return NULL;
	}
	return r;
}

void saw_snmp_record_destroy(struct saw_snmp_record *r) {
	if (!r)
		return;
	saw_arena_destroy(r->arena);
	saw_buf_free(&r->scratch);
	free(r->objects);
	free(r);
}

/* ------------------------------------------------------------------------------------------------------ values in */

static bool is_plain(const uint8_t *p, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0x20 || p[i] > 0x7e)
			return false;
	return n == 0 || (p[0] != ' ' && p[n - 1] != ' ');
}

static void put_hex(struct saw_buf *out, const uint8_t *p, size_t n) {
	for (size_t i = 0; i < n; i++)
		saw_buf_printf(out, "%02X", p[i]);
}

/* The type's name in the recording, with the value in the scratch buffer; NULL for what holds no value. */
static const char *describe(struct saw_buf *out, const struct saw_varbind *v) {
	saw_buf_reset(out);
	switch (v->type) {
	case SAW_VALUE_INTEGER:
		saw_buf_printf(out, "%lld", (long long)v->i);
		return "2";
	case SAW_VALUE_UNSIGNED:
		saw_buf_printf(out, "%llu", (unsigned long long)v->u);
		return v->tag == SAW_TAG_COUNTER32   ? "65"
			   : v->tag == SAW_TAG_TIMETICKS ? "67"
			   : v->tag == SAW_TAG_COUNTER64 ? "70"
											 : "66";
	case SAW_VALUE_OCTETS:
		if (is_plain(v->bytes, v->n)) {
			saw_buf_put(out, v->bytes, v->n);
			return "4";
		}
		put_hex(out, v->bytes, v->n);
		return "4x";
	case SAW_VALUE_ADDRESS:
		put_hex(out, v->bytes, v->n);
		return "64x";
	case SAW_VALUE_OID:
		saw_oid_put(out, v->oid, v->n);
		return "6";
	default:
		return NULL;
	}
}

static void take(struct saw_snmp_record *r, const struct saw_varbind *v) {
	struct object o = {.n = v->n_name, .place = r->n, .type = describe(&r->scratch, v)};
	uint32_t *name;

	if (!o.type || !saw_snmp_reads(v->name, v->n_name))
		return;
	if (SAW_LIST_ROOM(r->objects, r->n, r->cap)) {
		r->error = -ENOMEM;
		return;
	}
	name = saw_arena_alloc(r->arena, v->n_name * sizeof *name);
	o.value = saw_arena_strndup(r->arena, saw_buf_text(&r->scratch), r->scratch.len);
	if (!name || !o.value || saw_buf_error(&r->scratch)) {
		r->error = SAW_ELIMIT;
		return;
	}
	o.name = memcpy(name, v->name, v->n_name * sizeof *name);
	r->objects[r->n++] = o;
}

void saw_snmp_record_take(void *record, const struct saw_varbind *values, size_t n) {
	struct saw_snmp_record *r = record;

	for (size_t i = 0; i < n && !r->error; i++)
		take(r, &values[i]);
}

/* ----------------------------------------------------------------------------------------------------- texts out */

static int by_name(const void *a, const void *b) {
	const struct object *x = a, *y = b;
	int c = saw_oid_cmp(x->name, x->n, y->name, y->n);

	return c ? c : (x->place > y->place) - (x->place < y->place);
}

/* Ascending, each once: an answer that went beyond a column has what the next request brings again. */
static void sort(struct saw_snmp_record *r) {
	size_t n = 0;

	if (r->sorted == r->n || r->n == 0)
		return;
	qsort(r->objects, r->n, sizeof *r->objects, by_name);
	for (size_t i = 1; i < r->n; i++)
		if (saw_oid_cmp(r->objects[i].name, r->objects[i].n, r->objects[n].name, r->objects[n].n) != 0)
			r->objects[++n] = r->objects[i];
	r->n = r->sorted = n + 1;
}

int saw_snmp_record_write(struct saw_snmp_record *r, struct saw_buf *out) {
	sort(r);
	for (size_t i = 0; i < r->n; i++) {
		saw_oid_put(out, r->objects[i].name, r->objects[i].n);
		saw_buf_printf(out, "|%s|%s\n", r->objects[i].type, r->objects[i].value);
	}
	return r->error ? r->error : saw_buf_error(out);
}

static void print_value(const struct object *o, struct saw_buf *out) {
	if (strchr(o->type, 'x'))
		saw_buf_printf(out, "0x%s", o->value);
	else
		saw_buf_puts(out, o->value);
}

int saw_snmp_record_print(struct saw_snmp_record *r, const struct saw_snmp_table *t, struct saw_buf *out, size_t *n) {
	sort(r);
	*n = 0;
	for (size_t c = 0; c < t->n_columns; c++) {
		struct saw_oid top = *t->columns[c].top;

		if (t->columns[c].number)
			top.sub[top.n++] = t->columns[c].number;
		for (size_t i = 0; i < r->n; i++) {
			const struct object *o = &r->objects[i];

			if (o->n == top.n || !saw_oid_under(o->name, o->n, &top))
				continue;
			saw_buf_printf(out, "%s.", t->columns[c].name);
			saw_oid_put(out, o->name + top.n, o->n - top.n);
			saw_buf_puts(out, " = ");
			print_value(o, out);
			saw_buf_putc(out, '\n');
			++*n;
		}
	}
	return r->error ? r->error : saw_buf_error(out);
}
