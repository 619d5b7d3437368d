#include "config.h"

#include "collectors/snmp/rows.h"

#include "core/addr.h"
#include "core/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX 1024 /* of one value; MIB texts are 255 bytes at most */

union slot {
	uint64_t u;
	const char *text;
};

struct row {
	const uint32_t *index;
	size_t n_index;
	uint64_t has; /* bit i: slots[i] holds a value */
	union slot slots[];
};

struct row_set {
	struct row **rows; /* by index, ascending */
	size_t n, cap;
	size_t near[SAW_SNMP_COLUMNS_MAX]; /* where each column was last: the next row follows it */
	uint64_t odd;
	uint64_t seen; /* bit i: some row has column i */
	bool cut;      /* not read to its end: a column may be missing because it was not reached */
};

struct saw_rows {
	uint64_t max_rows;
	struct saw_arena *held;    /* rows and their texts */
	struct saw_arena *scratch; /* of one record */
	struct saw_buf clean;
	struct row_set sets[SAW_TABLES];
	const struct row **ike_by_ends; /* IKE rows that have both addresses, by them */
	size_t n_ike_by_ends;
};

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
	saw_buf_free(&r->clean);
	saw_arena_destroy(r->held);
	saw_arena_destroy(r->scratch);
	free(r);
}

uint64_t saw_rows_count(const struct saw_rows *r, enum saw_snmp_table_id table) {
	return r->sets[table].n;
}

const uint32_t *saw_rows_index(const struct saw_rows *r, enum saw_snmp_table_id table, uint64_t i) {
	return r->sets[table].rows[i]->index;
}

uint64_t saw_rows_odd(const struct saw_rows *r, enum saw_snmp_table_id table) {
	return r->sets[table].odd;
}

/* ------------------------------------------------------------------------------------------------------ values in */

static int index_cmp(const struct row *row, const uint32_t *index, size_t n) {
	return saw_oid_cmp(row->index, row->n_index, index, n);
}

/* The first row whose index is not below `index`. */
static size_t lower_bound(const struct row_set *s, const uint32_t *index, size_t n) {
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index_cmp(s->rows[middle], index, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row of this index, made if there is none; NULL where no more can be held. */
static struct row *row_of(struct saw_rows *r, enum saw_snmp_table_id table, size_t column, const uint32_t *index,
						  size_t n) {
	struct row_set *s = &r->sets[table];
	size_t at = s->near[column];
	size_t slots = saw_snmp_tables[table].n_columns * sizeof(union slot);
	struct row *row;

	if (at >= s->n || index_cmp(s->rows[at], index, n) != 0)
		at = s->n && index_cmp(s->rows[s->n - 1], index, n) < 0 ? s->n : lower_bound(s, index, n);
	s->near[column] = at + 1;
	if (at < s->n && index_cmp(s->rows[at], index, n) == 0)
		return s->rows[at];
	if (s->n >= r->max_rows)
		return NULL;
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct row **rows = realloc(s->rows, cap * sizeof *rows);

		if (!rows)
			return NULL;
		s->rows = rows;
		s->cap = cap;
	}
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

static bool number_of(const struct saw_varbind *v, uint64_t *out) {
	if (v->type == SAW_VALUE_INTEGER && v->i >= 0)
		*out = (uint64_t)v->i;
	else if (v->type == SAW_VALUE_UNSIGNED)
		*out = v->u;
	else
		return false;
	return true;
}

static struct saw_str octets(const struct saw_varbind *v) {
	return (struct saw_str){(const char *)v->bytes, v->n};
}

/* A printed address has never four bytes; sixteen may be either, and raw ones do not read as text. */
static const char *address_of(struct saw_rows *r, const struct saw_varbind *v) {
	struct saw_addr a;
	char text[SAW_ADDR_TEXT];

	if (v->type != SAW_VALUE_OCTETS && v->type != SAW_VALUE_ADDRESS)
		return NULL;
	if ((v->n == 4 || saw_addr_parse(saw_str_trim(octets(v)), &a) != 0) && saw_addr_from_bytes(v->bytes, v->n, &a) != 0)
		return NULL;
	saw_addr_print(&a, text);
	return saw_arena_strndup(r->held, text, strlen(text));
}

static const char *text_of(struct saw_rows *r, const struct saw_varbind *v) {
	struct saw_str s = octets(v);

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
static bool convert(struct saw_rows *r, const struct saw_snmp_column *c, const struct saw_varbind *v, union slot *out,
					bool *odd) {
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
		else if (!number_of(v, &u) || u > UINT32_MAX)
			break;
		out->u = u;
		return u != 0;
	default:
		if (!number_of(v, &u))
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

int saw_rows_cell(struct saw_rows *r, enum saw_snmp_table_id table, size_t column, const uint32_t *index,
				  size_t n_index, const struct saw_varbind *value) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	struct row *row;
	union slot slot = {0};
	bool odd = false;

	if (t->n_index ? n_index != t->n_index : n_index > SAW_OID_MAX) {
		r->sets[table].odd++;
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
		r->sets[table].odd++;
	}
	return 0;
}

/* ---------------------------------------------------------------------------------------------------- records out */

static bool has(const struct row *row, size_t column) {
	return row->has >> column & 1;
}

static uint64_t number_in(const struct row *row, size_t column, uint64_t otherwise) {
	return has(row, column) ? row->slots[column].u : otherwise;
}

static const char *text_in(const struct row *row, size_t column) {
	return has(row, column) ? row->slots[column].text : NULL;
}

static char *put_text(struct saw_rows *r, const char *text) {
	return text ? saw_arena_strndup(r->scratch, text, strlen(text)) : NULL;
}

/* A number that has no name is passed on as "cipher-12". */
static char *named(struct saw_rows *r, const char *name, const char *kind, uint64_t number) {
	char text[40];

	if (name)
		return put_text(r, name);
	snprintf(text, sizeof text, "%s-%llu", kind, (unsigned long long)number);
	return put_text(r, text);
}

/* Every column that says which field it fills. */
/*
 * The low 32 bits of a counter are the counter only of an agent that has no 64 bits of it. Where those were not read, or this
 * row lacks them, the value is not known: a smaller one would look like a restart.
 */
static bool stands_in(const struct row_set *set, const struct saw_snmp_table *t, size_t column) {
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

static void fill(struct saw_rows *r, const struct saw_snmp_table *t, const struct row *row, ProtobufCMessage *msg) {
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct saw_snmp_column *c = &t->columns[i];

		if (!has(row, i) || c->field.kind == SAW_FIELD_KIND_NONE ||
			(c->convert == SAW_CONVERT_NUMBER && stands_in(&r->sets[t - saw_snmp_tables], t, i)))
			continue;
		if (c->convert == SAW_CONVERT_NAME)
			saw_field_set_text(msg, &c->field,
							   named(r, saw_number_name(c->names, row->slots[i].u), c->field.name, row->slots[i].u));
		else if (c->field.kind == SAW_FIELD_KIND_TEXT)
			saw_field_set_text(msg, &c->field, (char *)(uintptr_t)row->slots[i].text);
		else
			saw_field_set_u64(msg, &c->field, row->slots[i].u);
	}
}

/* An encryption algorithm's number as name and key length. */
static char *cipher_in(struct saw_rows *r, const struct row *row, size_t column, protobuf_c_boolean *has_bits,
					   uint32_t *bits) {
	const struct saw_cipher *c;

	if (!has(row, column))
		return NULL;
	c = saw_cipher_of(row->slots[column].u);
	if (c && c->key_bits) {
		*has_bits = 1;
		*bits = c->key_bits;
	}
	return named(r, c ? c->name : NULL, "cipher", row->slots[column].u);
}

static char *hash_in(struct saw_rows *r, const struct row *row, size_t column) {
	uint64_t number = number_in(row, column, 1);

	return number == 1 ? NULL : named(r, saw_number_name(saw_hash_names, number), "hash", number);
}

static int ends_cmp(const struct row *a, const char *local, const char *remote) {
	int c = strcmp(a->slots[SAW_IKE_LOCAL].text, local);

	return c ? c : strcmp(a->slots[SAW_IKE_REMOTE].text, remote);
}

static int by_ends(const void *a, const void *b) {
	const struct row *other = *(const struct row *const *)b;

	return ends_cmp(*(const struct row *const *)a, other->slots[SAW_IKE_LOCAL].text, other->slots[SAW_IKE_REMOTE].text);
}

static void sort_ike(struct saw_rows *r) {
	const struct row_set *s = &r->sets[SAW_TABLE_IKE_TUNNELS];

	if (r->ike_by_ends || s->n == 0)
		return;
	r->ike_by_ends = calloc(s->n, sizeof *r->ike_by_ends);
	if (!r->ike_by_ends)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (has(s->rows[i], SAW_IKE_LOCAL) && has(s->rows[i], SAW_IKE_REMOTE))
			r->ike_by_ends[r->n_ike_by_ends++] = s->rows[i];
	qsort(r->ike_by_ends, r->n_ike_by_ends, sizeof *r->ike_by_ends, by_ends);
}

/* The one IKE SA between these addresses; NULL where there is none or more than one. */
static const struct row *ike_between(struct saw_rows *r, const char *local, const char *remote) {
	size_t low = 0, high;

	sort_ike(r);
	high = r->n_ike_by_ends;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ends_cmp(r->ike_by_ends[middle], local, remote) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == r->n_ike_by_ends || ends_cmp(r->ike_by_ends[low], local, remote) != 0)
		return NULL;
	if (low + 1 < r->n_ike_by_ends && ends_cmp(r->ike_by_ends[low + 1], local, remote) == 0)
		return NULL;
	return r->ike_by_ends[low];
}

/* The parent that the row names, if it exists; else the one between the same addresses: agents name wrong ones. */
static void join_ike(struct saw_rows *r, const struct row *row, bool ike_complete, Sawatch__V1__IpsecSa *sa) {
	const struct row_set *ike = &r->sets[SAW_TABLE_IKE_TUNNELS];
	uint64_t id = number_in(row, SAW_TUN_IKE_INDEX, 0);
	uint32_t index = (uint32_t)id;
	const struct row *parent = NULL;
	size_t at = lower_bound(ike, &index, 1);

	if (id && at < ike->n && index_cmp(ike->rows[at], &index, 1) == 0)
		parent = ike->rows[at];
	else if (has(row, SAW_TUN_LOCAL) && has(row, SAW_TUN_REMOTE))
		parent = ike_between(r, row->slots[SAW_TUN_LOCAL].text, row->slots[SAW_TUN_REMOTE].text);
	if (parent)
		sa->ike_tunnel_id = parent->index[0];
	else if (id && !ike_complete)
		sa->ike_tunnel_id = id;
	sa->has_ike_tunnel_id = parent || (id && !ike_complete);
}

/* "192.0.2.0/255.255.255.0/47/0", as the CLI prints a selector; NULL where the first address is not known. */
static char *ident_of(struct saw_rows *r, const struct row *row, size_t from) {
	const char *first = text_in(row, from + SAW_END_FIRST), *last = text_in(row, from + SAW_END_LAST);
	uint64_t type = number_in(row, from + SAW_END_TYPE, 0);
	bool v6 = first && strchr(first, ':');
	struct saw_addr mask;
	char middle[SAW_ADDR_TEXT + 1], text[160];

	if (!first)
		return NULL;
	if (type == 1) {
		snprintf(middle, sizeof middle, "/%s", v6 ? "128" : "255.255.255.255");
	} else if (!last || saw_addr_parse(saw_str_of(last), &mask) != 0) {
		return NULL;
	} else if (type == 2) {
		snprintf(middle, sizeof middle, "-%s", last);
	} else if (mask.family == 6) {
		unsigned bits = 0;

		while (bits < 128 && mask.bytes[bits / 8] & 0x80 >> bits % 8)
			bits++;
		snprintf(middle, sizeof middle, "/%u", bits);
	} else {
		snprintf(middle, sizeof middle, "/%s", last);
	}
	snprintf(text, sizeof text, "%s%s/%llu/%llu", first, middle,
			 (unsigned long long)number_in(row, from + SAW_END_PROTOCOL, 0),
			 (unsigned long long)number_in(row, from + SAW_END_PORT, 0));
	return put_text(r, text);
}

/* A row that has several pairs of selectors is known by its first. */
static void join_endpoints(struct saw_rows *r, const struct row *row, Sawatch__V1__IpsecSa *sa) {
	const struct row_set *s = &r->sets[SAW_TABLE_IPSEC_ENDPOINTS];
	size_t at = lower_bound(s, row->index, 1);

	if (at == s->n || s->rows[at]->index[0] != row->index[0])
		return;
	sa->local_ident = ident_of(r, s->rows[at], 0);
	sa->remote_ident = ident_of(r, s->rows[at], SAW_END_REMOTE);
}

static Sawatch__V1__Sa *sa_of(struct saw_rows *r, const struct row *tunnel, const struct row *spi, bool in) {
	static const struct saw_number_name protocols[] = {{1, "ah"}, {2, "esp"}, {3, "pcp"}, {0, NULL}};
	static const struct saw_number_name states[] = {{1, "active"}, {2, "expiring"}, {0, NULL}};
	Sawatch__V1__Sa *sa = saw_arena_alloc(r->scratch, sizeof *sa);
	uint64_t protocol = number_in(spi, SAW_SPI_PROTOCOL, 0), status = number_in(spi, SAW_SPI_STATUS, 0);

	if (!sa)
		return NULL;
	sawatch__v1__sa__init(sa);
	sa->has_spi = has(spi, SAW_SPI_VALUE);
	sa->spi = (uint32_t)number_in(spi, SAW_SPI_VALUE, 0);
	if (has(spi, SAW_SPI_PROTOCOL))
		sa->protocol = named(r, saw_number_name(protocols, protocol), "protocol", protocol);
	if (has(spi, SAW_SPI_STATUS))
		sa->state = named(r, saw_number_name(states, status), "state", status);
	if (protocol == 2) {
		sa->encryption =
			cipher_in(r, tunnel, in ? SAW_TUN_IN_CIPHER : SAW_TUN_OUT_CIPHER, &sa->has_key_bits, &sa->key_bits);
		sa->integrity = hash_in(r, tunnel, in ? SAW_TUN_IN_ESP_AUTH : SAW_TUN_OUT_ESP_AUTH);
	} else if (protocol == 1) {
		sa->integrity = hash_in(r, tunnel, in ? SAW_TUN_IN_AH_AUTH : SAW_TUN_OUT_AH_AUTH);
	}
	return sa;
}

static int join_spis(struct saw_rows *r, const struct row *row, Sawatch__V1__IpsecSa *sa) {
	const struct row_set *s = &r->sets[SAW_TABLE_IPSEC_SPIS];
	size_t first = lower_bound(s, row->index, 1), end = first;

	while (end < s->n && s->rows[end]->index[0] == row->index[0])
		end++;
	if (end == first)
		return 0;
	sa->inbound_sas = saw_arena_alloc(r->scratch, (end - first) * sizeof *sa->inbound_sas);
	sa->outbound_sas = saw_arena_alloc(r->scratch, (end - first) * sizeof *sa->outbound_sas);
	if (!sa->inbound_sas || !sa->outbound_sas)
		return SAW_ELIMIT;
	for (size_t i = first; i < end; i++) {
		uint64_t direction = number_in(s->rows[i], SAW_SPI_DIRECTION, 0);
		Sawatch__V1__Sa *item;

		if ((direction != 1 && direction != 2) || !has(s->rows[i], SAW_SPI_VALUE))
			continue;
		item = sa_of(r, row, s->rows[i], direction == 1);
		if (!item)
			return SAW_ELIMIT;
		if (direction == 1)
			sa->inbound_sas[sa->n_inbound_sas++] = item;
		else
			sa->outbound_sas[sa->n_outbound_sas++] = item;
	}
	return 0;
}

static int emit_tunnel(struct saw_rows *r, const struct row *row, bool ike_complete, const struct saw_sink *sink) {
	Sawatch__V1__IpsecSa sa = SAWATCH__V1__IPSEC_SA__INIT;
	int rc;

	fill(r, &saw_snmp_tables[SAW_TABLE_IPSEC_TUNNELS], row, &sa.base);
	sa.has_device_index = 1;
	sa.device_index = row->index[0];
	sa.peer = sa.remote_endpoint;
	sa.has_dh_group = saw_dh_group_of(number_in(row, SAW_TUN_DH_GROUP, 0), &sa.dh_group);
	join_ike(r, row, ike_complete, &sa);
	join_endpoints(r, row, &sa);
	rc = join_spis(r, row, &sa);
	return rc ? rc : sink->record(sink->ctx, &sa.base);
}

static char *address_text(struct saw_rows *r, const char *text) {
	struct saw_addr a;
	char printed[SAW_ADDR_TEXT];

	if (!text || saw_addr_parse(saw_str_of(text), &a) != 0)
		return NULL;
	return put_text(r, saw_addr_print(&a, printed));
}

static int emit_ike(struct saw_rows *r, const struct row *row, const struct saw_sink *sink) {
	Sawatch__V1__IkeSa sa = SAWATCH__V1__IKE_SA__INIT;

	fill(r, &saw_snmp_tables[SAW_TABLE_IKE_TUNNELS], row, &sa.base);
	sa.has_tunnel_id = 1;
	sa.tunnel_id = row->index[0];
	if (!sa.local)
		sa.local = address_text(r, sa.local_id);
	if (!sa.remote)
		sa.remote = address_text(r, sa.remote_id);
	sa.cipher = cipher_in(r, row, SAW_IKE_CIPHER, &sa.has_key_bits, &sa.key_bits);
	sa.integrity = hash_in(r, row, SAW_IKE_HASH);
	sa.has_dh_group = saw_dh_group_of(number_in(row, SAW_IKE_DH_GROUP, 0), &sa.dh_group);
	/* The age is the row's, which outlives rekeys: only before the first one does it say what is left. */
	if (sa.has_lifetime_seconds && sa.has_active_seconds && sa.active_seconds <= sa.lifetime_seconds &&
		has(row, SAW_IKE_REFRESHES) && row->slots[SAW_IKE_REFRESHES].u == 0) {
		sa.has_remaining_seconds = 1;
		sa.remaining_seconds = sa.lifetime_seconds - sa.active_seconds;
	}
	return sink->record(sink->ctx, &sa.base);
}

static int emit_counters(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_sink *sink,
						 uint64_t *given) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	const struct row_set *s = &r->sets[table];

	for (size_t i = 0; i < s->n; i++) {
		Sawatch__V1__GlobalCounter c = SAWATCH__V1__GLOBAL_COUNTER__INIT;
		const char *name = saw_number_name(t->counters, s->rows[i]->index[0]);
		const char *next = i + 1 < s->n ? saw_number_name(t->counters, s->rows[i + 1]->index[0]) : NULL;
		int rc;

		if (!name || !has(s->rows[i], 0) || s->rows[i]->index[1] != 0)
			continue;
		if (next && strcmp(name, next) == 0 && has(s->rows[i + 1], 0))
			continue; /* its 64-bit twin follows */
		c.group = (char *)(uintptr_t)t->group;
		c.name = (char *)(uintptr_t)name;
		c.has_value = 1;
		c.value = s->rows[i]->slots[0].u;
		rc = sink->record(sink->ctx, &c.base);
		if (rc)
			return rc;
		++*given;
	}
	return 0;
}

/* An ASA prints "Adaptive Security Appliance 'vti-wan' interface"; the name is between the quotes. */
static struct saw_str interface_name(const struct row *row) {
	struct saw_str descr = saw_str_of(text_in(row, SAW_IF_DESCR));
	const char *open = descr.n ? memchr(descr.p, '\'', descr.n) : NULL;
	const char *close = open ? memchr(open + 1, '\'', descr.n - (size_t)(open + 1 - descr.p)) : NULL;

	if (saw_str_starts(descr, SAW_STR("Adaptive Security Appliance")) && close && close > open + 1)
		return (struct saw_str){open + 1, (size_t)(close - open - 1)};
	return descr.n ? descr : saw_str_of(text_in(row, SAW_IF_NAME));
}

static bool is_tunnel(const struct row *row) {
	struct saw_str name = interface_name(row);

	return number_in(row, SAW_IF_TYPE, 0) == 131 || saw_str_starts(name, SAW_STR("Tunnel")) ||
		   saw_str_starts(name, SAW_STR("Virtual-Access"));
}

bool saw_rows_wanted_interface(const struct saw_rows *r, uint64_t *at, uint32_t *if_index) {
	const struct row_set *s = &r->sets[SAW_TABLE_INTERFACES];

	for (; *at < s->n; ++*at)
		if (is_tunnel(s->rows[*at])) {
			*if_index = s->rows[*at]->index[0];
			return true;
		}
	return false;
}

static int emit_interface(struct saw_rows *r, const struct row *row, const struct saw_sink *sink) {
	Sawatch__V1__Interface i = SAWATCH__V1__INTERFACE__INIT;
	struct saw_str name = interface_name(row);

	fill(r, &saw_snmp_tables[SAW_TABLE_INTERFACES], row, &i.base);
	i.has_if_index = 1;
	i.if_index = row->index[0];
	if (name.n)
		i.name = saw_arena_strndup(r->scratch, name.p, name.n);
	return sink->record(sink->ctx, &i.base);
}

/* -------------------------------------------------------------------------------------------- facts, peers and logs */

/* The load of the busiest of several, and what stands alone. */
static int emit_facts(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_sink *sink) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	const struct row_set *s = &r->sets[table];

	for (size_t i = 0; i < s->n; i++) {
		if (table == SAW_TABLE_QFP && s->rows[i]->index[1] != SAW_QFP_FIVE_MINUTES)
			continue;
		for (size_t k = 0; k < t->n_columns; k++) {
			uint64_t before, now = number_in(s->rows[i], k, 0);

			if (has(s->rows[i], k) && (!saw_field_get_u64(&facts.base, &t->columns[k].field, &before) || now > before))
				saw_field_set_u64(&facts.base, &t->columns[k].field, now);
		}
	}
	return sink->facts(sink->ctx, &facts);
}

/* The address is the index: with its type and length (InetAddress), or four numbers. */
static char *peer_of(struct saw_rows *r, enum saw_snmp_table_id table, const struct row *row) {
	size_t skip = table == SAW_TABLE_CISCO_BGP ? 2 : 0, n = row->n_index - skip;
	struct saw_addr a;
	uint8_t bytes[20];
	char text[SAW_ADDR_TEXT];

	if (row->n_index < skip + 4 || n > sizeof bytes || (skip && row->index[1] != n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (row->index[skip + i] > 255)
			return NULL;
		bytes[i] = (uint8_t)row->index[skip + i];
	}
	if (n == 8 || n == 20) /* with a zone behind */
		n -= 4;
	return saw_addr_from_bytes(bytes, n, &a) == 0 ? put_text(r, saw_addr_print(&a, text)) : NULL;
}

/* Nothing where this is no peer, or the other table has it. */
static int emit_bgp(struct saw_rows *r, enum saw_snmp_table_id table, const struct row *row,
					const struct saw_sink *sink) {
	Sawatch__V1__BgpPeer peer = SAWATCH__V1__BGP_PEER__INIT;

	fill(r, &saw_snmp_tables[table], row, &peer.base);
	peer.peer = peer_of(r, table, row);
	if (!peer.peer || (table == SAW_TABLE_BGP && r->sets[SAW_TABLE_CISCO_BGP].n))
		return 0;
	if (number_in(row, SAW_BGP_STATE, 0) == SAW_BGP_ESTABLISHED && has(row, SAW_BGP_TIME)) {
		peer.has_up_seconds = 1;
		peer.up_seconds = row->slots[SAW_BGP_TIME].u;
	}
	return sink->record(sink->ctx, &peer.base);
}

static int emit_ike_failure(struct saw_rows *r, const struct row *row, const struct saw_sink *sink) {
	Sawatch__V1__IkeFailure f = SAWATCH__V1__IKE_FAILURE__INIT;

	fill(r, &saw_snmp_tables[SAW_TABLE_IKE_FAILURES], row, &f.base);
	f.has_index = 1;
	f.index = row->index[0];
	return sink->record(sink->ctx, &f.base);
}

static int emit_ipsec_failure(struct saw_rows *r, const struct row *row, const struct saw_sink *sink) {
	Sawatch__V1__IpsecFailure f = SAWATCH__V1__IPSEC_FAILURE__INIT;

	fill(r, &saw_snmp_tables[SAW_TABLE_IPSEC_FAILURES], row, &f.base);
	f.has_index = 1;
	f.index = row->index[0];
	return sink->record(sink->ctx, &f.base);
}

static int emit_ended(struct saw_rows *r, enum saw_snmp_table_id table, const struct row *row,
					  const struct saw_sink *sink) {
	Sawatch__V1__EndedTunnel t = SAWATCH__V1__ENDED_TUNNEL__INIT;

	fill(r, &saw_snmp_tables[table], row, &t.base);
	t.has_index = 1;
	t.index = row->index[0];
	t.kind = (char *)(uintptr_t)(table == SAW_TABLE_IKE_HISTORY ? "ike" : "ipsec");
	return sink->record(sink->ctx, &t.base);
}

static int emit_row(struct saw_rows *r, enum saw_snmp_table_id table, const struct row *row, bool ike_complete,
					const struct saw_sink *sink) {
	switch (table) {
	case SAW_TABLE_IPSEC_TUNNELS:
		return emit_tunnel(r, row, ike_complete, sink);
	case SAW_TABLE_IKE_TUNNELS:
		return emit_ike(r, row, sink);
	case SAW_TABLE_INTERFACES:
		return emit_interface(r, row, sink);
	case SAW_TABLE_CISCO_BGP:
	case SAW_TABLE_BGP:
		return emit_bgp(r, table, row, sink);
	case SAW_TABLE_IKE_FAILURES:
		return emit_ike_failure(r, row, sink);
	case SAW_TABLE_IPSEC_FAILURES:
		return emit_ipsec_failure(r, row, sink);
	case SAW_TABLE_IKE_HISTORY:
	case SAW_TABLE_IPSEC_HISTORY:
		return emit_ended(r, table, row, sink);
	default:
		return 0; /* joined to others, or given as a whole */
	}
}

static bool vanished_row(const struct row *row) {
	return !has(row, SAW_TUN_LOCAL) && !has(row, SAW_TUN_REMOTE) && !has(row, SAW_TUN_STATUS);
}

int saw_rows_emit(struct saw_rows *r, enum saw_snmp_table_id table, bool ike_complete, const struct saw_sink *sink,
				  uint64_t *given, uint64_t *vanished) {
	const struct row_set *s = &r->sets[table];

	*given = *vanished = 0;
	if (saw_snmp_tables[table].counters)
		return emit_counters(r, table, sink, given);
	if (table == SAW_TABLE_CPU || table == SAW_TABLE_QFP || table == SAW_TABLE_L2L_SESSIONS) {
		*given = s->n;
		return s->n ? emit_facts(r, table, sink) : 0;
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct row *row = s->rows[i];
		int rc;

		if (table == SAW_TABLE_IPSEC_TUNNELS && vanished_row(row)) {
			++*vanished;
			continue;
		}
		if (table == SAW_TABLE_INTERFACES && !is_tunnel(row))
			continue;
		saw_arena_reset(r->scratch);
		rc = emit_row(r, table, row, ike_complete, sink);
		if (rc)
			return rc;
		++*given;
	}
	return 0;
}

/* --------------------------------------------------------------------------------------------------------- system */

struct saw_str saw_sysdescr_version(struct saw_str descr, Sawatch__V1__Platform *platform) {
	static const struct {
		const char *mark;
		Sawatch__V1__Platform platform;
		const char *before; /* the version stands behind this */
	} kinds[] = {
		/* FTD names both; the tunnels are LINA's, and so is the version. */
		{"Threat Defense", SAWATCH__V1__PLATFORM__PLATFORM_ASA, "ASA Version "},
		{"Adaptive Security Appliance", SAWATCH__V1__PLATFORM__PLATFORM_ASA, "Version "},
		{"IOS-XE", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, "Version "},
		{"IOS XE", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, "Version "},
		{"LINUX_IOSD", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, "Version "},
		{"Cisco IOS Software", SAWATCH__V1__PLATFORM__PLATFORM_IOS, "Version "},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *p;
		size_t n = 0;

		if (!descr.n || !memmem(descr.p, descr.n, kinds[i].mark, strlen(kinds[i].mark)))
			continue;
		*platform = kinds[i].platform;
		p = memmem(descr.p, descr.n, kinds[i].before, strlen(kinds[i].before));
		if (!p)
			return (struct saw_str){"", 0};
		p += strlen(kinds[i].before);
		while (p + n < descr.p + descr.n && p[n] > ' ' && p[n] != ',')
			n++;
		return (struct saw_str){p, n};
	}
	*platform = 0;
	return (struct saw_str){"", 0};
}

/* NULL where it is none, or empty. */
static char *short_text(const struct saw_varbind *v, struct saw_buf *clean) {
	struct saw_str s;

	if (!v || v->type != SAW_VALUE_OCTETS)
		return NULL;
	s = saw_str_trim(octets(v));
	saw_put_clean(clean, s.p, s.n > 255 ? 255 : s.n);
	return clean->len ? (char *)(uintptr_t)saw_buf_text(clean) : NULL;
}

int saw_rows_emit_system(const struct saw_varbind *const *values, const struct saw_sink *sink,
						 Sawatch__V1__Platform *platform) {
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	struct saw_buf version = SAW_BUF_INIT(512), name = SAW_BUF_INIT(1040);
	struct saw_buf serial = SAW_BUF_INIT(1040), model = SAW_BUF_INIT(1040);
	const struct saw_varbind *v = values[SAW_SYS_DESCR];
	uint64_t ticks, class;
	int rc;

	*platform = 0;
	if (v && v->type == SAW_VALUE_OCTETS) {
		struct saw_str text = saw_sysdescr_version(octets(v), platform);

		saw_put_clean(&version, text.p, text.n > 120 ? 120 : text.n);
		facts.os_version = version.len ? (char *)version.data : NULL;
	}
	v = values[SAW_SYS_OBJECT_ID];
	if (v && v->type == SAW_VALUE_OID)
		facts.model = (char *)(uintptr_t)saw_model_of(v->oid, v->n);
	v = values[SAW_SYS_UPTIME];
	if (v && number_of(v, &ticks)) {
		facts.has_uptime_seconds = 1;
		facts.uptime_seconds = ticks / 100;
	}
	v = values[SAW_SYS_NAME];
	if (v && v->type == SAW_VALUE_OCTETS) {
		saw_put_clean(&name, v->bytes, v->n > 255 ? 255 : v->n);
		facts.hostname = name.len ? (char *)name.data : NULL;
	}
	v = values[SAW_SYS_CHASSIS_CLASS];
	if (v && number_of(v, &class) && class == SAW_CLASS_CHASSIS) {
		facts.serial = short_text(values[SAW_SYS_CHASSIS_SERIAL], &serial);
		if (!facts.model)
			facts.model = short_text(values[SAW_SYS_CHASSIS_MODEL], &model);
	}
	rc = sink->facts(sink->ctx, &facts);
	saw_buf_free(&serial);
	saw_buf_free(&model);
	saw_buf_free(&version);
	saw_buf_free(&name);
	return rc;
}
