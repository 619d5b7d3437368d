/* What is kept of an end as its sources showed it, in few bytes: there may be 20,000 ends. */
#include "store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------------------- the row */

/* Counters are in the totals. */
static void leave_counters_out(Sawatch__V1__IpsecSa *row) {
	for (int i = 0; i < SAW_COUNTERS; i++)
		*(protobuf_c_boolean *)((char *)row + saw_counters[i].has) = 0;
}

static void keep_facts(struct kept_row *k, const Sawatch__V1__IpsecSa *row) {
	k->has_index = row->has_device_index;
	k->index = row->device_index;
	k->has_active = row->has_active_seconds;
	k->active_seconds = row->active_seconds;
	k->has_lifetime = row->has_lifetime_seconds;
	k->lifetime_seconds = row->lifetime_seconds;
	k->has_ike = row->has_ike_tunnel_id;
	k->ike_tunnel_id = row->ike_tunnel_id;
	k->has_refreshes = row->has_refreshes;
	k->names_spi = row->current_outbound_spi != 0;
	k->in_sas = row->n_inbound_sas > UINT16_MAX ? UINT16_MAX : (uint16_t)row->n_inbound_sas;
	k->out_sas = row->n_outbound_sas > UINT16_MAX ? UINT16_MAX : (uint16_t)row->n_outbound_sas;
}

int saw_store_row_keep(struct kept_row *k, const Sawatch__V1__IpsecSa *row) {
	Sawatch__V1__IpsecSa bare = *row;
	size_t len;

	leave_counters_out(&bare);
	len = sawatch__v1__ipsec_sa__get_packed_size(&bare);
	if (len > UINT32_MAX)
		return SAW_ELIMIT;
	if (!k->bytes || len != k->len) {
		uint8_t *bytes = realloc(k->bytes, len + 1);

		if (!bytes)
			return -ENOMEM;
		k->bytes = bytes;
		k->len = (uint32_t)len;
	}
	sawatch__v1__ipsec_sa__pack(&bare, k->bytes);
	keep_facts(k, row);
	return 0;
}

int saw_store_row_keep_packed(struct kept_row *k, const uint8_t *bytes, size_t len) {
	Sawatch__V1__IpsecSa *row = sawatch__v1__ipsec_sa__unpack(NULL, len, bytes);
	int rc = row ? saw_store_row_keep(k, row) : SAW_EFORMAT;

	if (row)
		sawatch__v1__ipsec_sa__free_unpacked(row, NULL);
	return rc;
}

/* -------------------------------------------------------------------------------------------------------- the counters */

static void *grow(void *items, unsigned n, size_t size) {
	void *more = n % 4 ? items : realloc(items, (n + 4) * size);

	if (more)
		memset((char *)more + n * size, 0, size);
	return more;
}

struct saw_total *saw_store_view_total(const struct view *v, int counter) {
	return v->place[counter] ? &v->totals[v->place[counter] - 1] : NULL;
}

struct saw_total *saw_store_view_total_add(struct view *v, int counter) {
	void *more;

	if (v->place[counter])
		return saw_store_view_total(v, counter);
	more = grow(v->totals, v->n_totals, sizeof *v->totals);
	if (!more)
		return NULL;
	v->totals = more;
	v->place[counter] = ++v->n_totals;
	return saw_store_view_total(v, counter);
}

struct counter *saw_store_end_counter(const struct end *e, int counter) {
	return e->place[counter] ? &e->totals[e->place[counter] - 1] : NULL;
}

struct counter *saw_store_end_counter_add(struct end *e, int counter) {
	void *more;

	if (e->place[counter])
		return saw_store_end_counter(e, counter);
	more = grow(e->totals, e->n_totals, sizeof *e->totals);
	if (!more)
		return NULL;
	e->totals = more;
	e->place[counter] = ++e->n_totals;
	return saw_store_end_counter(e, counter);
}

struct view *saw_store_view_add(struct end *e, unsigned source) {
	if (!e->view[source - 1])
		e->view[source - 1] = calloc(1, sizeof(struct view));
	return e->view[source - 1];
}

void saw_store_view_destroy(struct view *v) {
	if (!v)
		return;
	free(v->row.bytes);
	free(v->totals);
	free(v);
}
