#include "collectors/snmp/rows_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* An encryption algorithm's number as name and key length. */
static char *cipher_in(struct saw_rows *r, const struct saw_snmp_row *row, size_t column, protobuf_c_boolean *has_bits,
					   uint32_t *bits) {
	const struct saw_cipher *c;

	if (!saw_snmp_row_has(row, column))
		return NULL;
	c = saw_cipher_of(row->slots[column].u);
	if (c && c->key_bits) {
		*has_bits = 1;
		*bits = c->key_bits;
	}
	return saw_rows_named(r, c ? c->name : NULL, "cipher", row->slots[column].u);
}

static char *hash_in(struct saw_rows *r, const struct saw_snmp_row *row, size_t column) {
	uint64_t number = saw_snmp_row_number(row, column, 1);

	return number == 1 ? NULL : saw_rows_named(r, saw_number_name(saw_hash_names, number), "hash", number);
}

static int ends_cmp(const struct saw_snmp_row *a, const char *local, const char *remote) {
	int c = strcmp(a->slots[SAW_IKE_LOCAL].text, local);

	return c ? c : strcmp(a->slots[SAW_IKE_REMOTE].text, remote);
}

static int by_ends(const void *a, const void *b) {
	const struct saw_snmp_row *other = *(const struct saw_snmp_row *const *)b;

	return ends_cmp(*(const struct saw_snmp_row *const *)a, other->slots[SAW_IKE_LOCAL].text,
					other->slots[SAW_IKE_REMOTE].text);
}

static void sort_ike(struct saw_rows *r) {
	const struct saw_snmp_row_set *s = &r->sets[SAW_TABLE_IKE_TUNNELS];

	if (r->ike_by_ends || s->n == 0)
		return;
	r->ike_by_ends = calloc(s->n, sizeof *r->ike_by_ends);
	if (!r->ike_by_ends)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (saw_snmp_row_has(s->rows[i], SAW_IKE_LOCAL) && saw_snmp_row_has(s->rows[i], SAW_IKE_REMOTE))
			r->ike_by_ends[r->n_ike_by_ends++] = s->rows[i];
	qsort(r->ike_by_ends, r->n_ike_by_ends, sizeof *r->ike_by_ends, by_ends);
}

/* The one IKE SA between these addresses; NULL where there is none or more than one. */
static const struct saw_snmp_row *ike_between(struct saw_rows *r, const char *local, const char *remote) {
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
static void join_ike(struct saw_rows *r, const struct saw_snmp_row *row, bool ike_complete, Sawatch__V1__IpsecSa *sa) {
	const struct saw_snmp_row_set *ike = &r->sets[SAW_TABLE_IKE_TUNNELS];
	uint64_t id = saw_snmp_row_number(row, SAW_TUN_IKE_INDEX, 0);
	uint32_t index = (uint32_t)id;
	const struct saw_snmp_row *parent = NULL;
	size_t at = saw_snmp_row_set_find(ike, &index, 1);

	if (id && at < ike->n && saw_snmp_row_index_cmp(ike->rows[at], &index, 1) == 0)
		parent = ike->rows[at];
	else if (saw_snmp_row_has(row, SAW_TUN_LOCAL) && saw_snmp_row_has(row, SAW_TUN_REMOTE))
		parent = ike_between(r, row->slots[SAW_TUN_LOCAL].text, row->slots[SAW_TUN_REMOTE].text);
	if (parent)
		sa->ike_tunnel_id = parent->index[0];
	else if (id && !ike_complete)
		sa->ike_tunnel_id = id;
	sa->has_ike_tunnel_id = parent || (id && !ike_complete);
}

/* "192.0.2.0/255.255.255.0/47/0", as the CLI prints a selector; NULL where the first address is not known. */
static char *ident_of(struct saw_rows *r, const struct saw_snmp_row *row, size_t from) {
	const char *first = saw_snmp_row_text(row, from + SAW_END_FIRST),
			   *last = saw_snmp_row_text(row, from + SAW_END_LAST);
	uint64_t type = saw_snmp_row_number(row, from + SAW_END_TYPE, 0);
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
			 (unsigned long long)saw_snmp_row_number(row, from + SAW_END_PROTOCOL, 0),
			 (unsigned long long)saw_snmp_row_number(row, from + SAW_END_PORT, 0));
	return saw_rows_put_text(r, text);
}

/* A row that has several pairs of selectors is known by its first. */
static void join_endpoints(struct saw_rows *r, const struct saw_snmp_row *row, Sawatch__V1__IpsecSa *sa) {
	const struct saw_snmp_row_set *s = &r->sets[SAW_TABLE_IPSEC_ENDPOINTS];
	size_t at = saw_snmp_row_set_find(s, row->index, 1);

	if (at == s->n || s->rows[at]->index[0] != row->index[0])
		return;
	sa->local_ident = ident_of(r, s->rows[at], 0);
	sa->remote_ident = ident_of(r, s->rows[at], SAW_END_REMOTE);
}

static bool is_any(const struct saw_snmp_row *row, size_t from) {
	const char *first = saw_snmp_row_text(row, from + SAW_END_FIRST),
			   *last = saw_snmp_row_text(row, from + SAW_END_LAST);

	return first && last && saw_snmp_row_number(row, from + SAW_END_TYPE, 0) == 3 && strcmp(first, last) == 0 &&
		   (strcmp(first, "0.0.0.0") == 0 || strcmp(first, "::") == 0);
}

static bool is_host(const struct saw_snmp_row *row, size_t from) {
	const char *last = saw_snmp_row_text(row, from + SAW_END_LAST);
	uint64_t type = saw_snmp_row_number(row, from + SAW_END_TYPE, 0);

	return type == 1 ||
		   (type == 3 && last &&
			(strcmp(last, "255.255.255.255") == 0 || strcmp(last, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == 0));
}

/*
 * The MIB does not say whose a tunnel is. A client's leads from anything to the one address that it was given, and the device
 * has clients now: else such selectors are a tunnel's.
 */
static void join_client(struct saw_rows *r, const struct saw_snmp_row *row, Sawatch__V1__IpsecSa *sa) {
	const struct saw_rows *box = r->box ? r->box : r;
	const struct saw_snmp_row_set *cras = &box->sets[SAW_TABLE_L2L_SESSIONS], *s = &r->sets[SAW_TABLE_IPSEC_ENDPOINTS];
	size_t at = saw_snmp_row_set_find(s, row->index, 1);
	const struct saw_snmp_row *ends = at < s->n && s->rows[at]->index[0] == row->index[0] ? s->rows[at] : NULL;

	if (!cras->n || saw_snmp_row_number(cras->rows[0], SAW_CRAS_CLIENTS, 0) == 0 || !ends)
		return;
	if (is_any(ends, 0) && is_host(ends, SAW_END_REMOTE))
		sa->dynamic_peer = saw_rows_put_text(r, saw_snmp_row_text(ends, SAW_END_REMOTE + SAW_END_FIRST));
}

static Sawatch__V1__Sa *sa_of(struct saw_rows *r, const struct saw_snmp_row *tunnel, const struct saw_snmp_row *spi,
							  bool in) {
	static const struct saw_number_name protocols[] = {{1, "ah"}, {2, "esp"}, {3, "pcp"}, {0, NULL}};
	static const struct saw_number_name states[] = {{1, "active"}, {2, "expiring"}, {0, NULL}};
	Sawatch__V1__Sa *sa = saw_arena_alloc(r->scratch, sizeof *sa);
	uint64_t protocol = saw_snmp_row_number(spi, SAW_SPI_PROTOCOL, 0),
			 status = saw_snmp_row_number(spi, SAW_SPI_STATUS, 0);

	if (!sa)
		return NULL;
	sawatch__v1__sa__init(sa);
	sa->has_spi = saw_snmp_row_has(spi, SAW_SPI_VALUE);
	sa->spi = (uint32_t)saw_snmp_row_number(spi, SAW_SPI_VALUE, 0);
	if (saw_snmp_row_has(spi, SAW_SPI_PROTOCOL))
		sa->protocol = saw_rows_named(r, saw_number_name(protocols, protocol), "protocol", protocol);
	if (saw_snmp_row_has(spi, SAW_SPI_STATUS))
		sa->state = saw_rows_named(r, saw_number_name(states, status), "state", status);
	if (protocol == 2) {
		sa->encryption =
			cipher_in(r, tunnel, in ? SAW_TUN_IN_CIPHER : SAW_TUN_OUT_CIPHER, &sa->has_key_bits, &sa->key_bits);
		sa->integrity = hash_in(r, tunnel, in ? SAW_TUN_IN_ESP_AUTH : SAW_TUN_OUT_ESP_AUTH);
	} else if (protocol == 1) {
		sa->integrity = hash_in(r, tunnel, in ? SAW_TUN_IN_AH_AUTH : SAW_TUN_OUT_AH_AUTH);
	}
	return sa;
}

static int join_spis(struct saw_rows *r, const struct saw_snmp_row *row, Sawatch__V1__IpsecSa *sa) {
	const struct saw_snmp_row_set *s = &r->sets[SAW_TABLE_IPSEC_SPIS];
	size_t first = saw_snmp_row_set_find(s, row->index, 1), end = first;

	while (end < s->n && s->rows[end]->index[0] == row->index[0])
		end++;
	if (end == first)
		return 0;
	sa->inbound_sas = saw_arena_alloc(r->scratch, (end - first) * sizeof *sa->inbound_sas);
	sa->outbound_sas = saw_arena_alloc(r->scratch, (end - first) * sizeof *sa->outbound_sas);
	if (!sa->inbound_sas || !sa->outbound_sas)
		return SAW_ELIMIT;
	for (size_t i = first; i < end; i++) {
		uint64_t direction = saw_snmp_row_number(s->rows[i], SAW_SPI_DIRECTION, 0);
		Sawatch__V1__Sa *item;

		if ((direction != 1 && direction != 2) || !saw_snmp_row_has(s->rows[i], SAW_SPI_VALUE))
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

int saw_rows_emit_tunnel(struct saw_rows *r, const struct saw_snmp_row *row, bool ike_complete,
						 const struct saw_sink *sink) {
	Sawatch__V1__IpsecSa sa = SAWATCH__V1__IPSEC_SA__INIT;
	int rc;

	saw_rows_fill(r, &saw_snmp_tables[SAW_TABLE_IPSEC_TUNNELS], row, &sa.base);
	sa.has_device_index = 1;
	sa.device_index = row->index[0];
	sa.peer = sa.remote_endpoint;
	sa.has_dh_group = saw_dh_group_of(saw_snmp_row_number(row, SAW_TUN_DH_GROUP, 0), &sa.dh_group);
	sa.local_interface = saw_rows_interface_with(r, sa.local_endpoint);
	join_ike(r, row, ike_complete, &sa);
	join_endpoints(r, row, &sa);
	join_client(r, row, &sa);
	rc = join_spis(r, row, &sa);
	return rc ? rc : sink->record(sink->ctx, &sa.base);
}

static char *address_text(struct saw_rows *r, const char *text) {
	struct saw_addr a;
	char printed[SAW_ADDR_TEXT];

	if (!text || saw_addr_parse(saw_str_of(text), &a) != 0)
		return NULL;
	return saw_rows_put_text(r, saw_addr_print(&a, printed));
}

int saw_rows_emit_ike(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink) {
	Sawatch__V1__IkeSa sa = SAWATCH__V1__IKE_SA__INIT;

	saw_rows_fill(r, &saw_snmp_tables[SAW_TABLE_IKE_TUNNELS], row, &sa.base);
	sa.has_tunnel_id = 1;
	sa.tunnel_id = row->index[0];
	if (!sa.local)
		sa.local = address_text(r, sa.local_id);
	if (!sa.remote)
		sa.remote = address_text(r, sa.remote_id);
	sa.cipher = cipher_in(r, row, SAW_IKE_CIPHER, &sa.has_key_bits, &sa.key_bits);
	sa.integrity = hash_in(r, row, SAW_IKE_HASH);
	sa.has_dh_group = saw_dh_group_of(saw_snmp_row_number(row, SAW_IKE_DH_GROUP, 0), &sa.dh_group);
	/* The age is the row's, which outlives rekeys: only before the first one does it say what is left. */
	if (sa.has_lifetime_seconds && sa.has_active_seconds && sa.active_seconds <= sa.lifetime_seconds &&
		saw_snmp_row_has(row, SAW_IKE_REFRESHES) && row->slots[SAW_IKE_REFRESHES].u == 0) {
		sa.has_remaining_seconds = 1;
		sa.remaining_seconds = sa.lifetime_seconds - sa.active_seconds;
	}
	return sink->record(sink->ctx, &sa.base);
}

int saw_rows_emit_counters(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_sink *sink,
						   uint64_t *given) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	const struct saw_snmp_row_set *s = &r->sets[table];

	for (size_t i = 0; i < s->n; i++) {
		Sawatch__V1__GlobalCounter c = SAWATCH__V1__GLOBAL_COUNTER__INIT;
		const char *name = saw_number_name(t->counters, s->rows[i]->index[0]);
		const char *next = i + 1 < s->n ? saw_number_name(t->counters, s->rows[i + 1]->index[0]) : NULL;
		int rc;

		if (!name || !saw_snmp_row_has(s->rows[i], 0) || s->rows[i]->index[1] != 0)
			continue;
		if (next && strcmp(name, next) == 0 && saw_snmp_row_has(s->rows[i + 1], 0))
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
