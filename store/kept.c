/* What is kept of an end as its sources showed it, in few bytes: there may be 20,000 ends. */
#include "store/internal.h"

#include "proto/field.h"

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

static const Sawatch__V1__Sa *sa_with_spi(Sawatch__V1__Sa *const *sas, size_t n, uint32_t spi) {
	for (size_t i = 0; i < n; i++)
		if (spi && sas[i]->spi == spi)
			return sas[i];
	return NULL;
}

static void fill_sas(Sawatch__V1__Sa *const *sas, size_t n, Sawatch__V1__Sa *const *before, size_t n_before,
					 uint64_t elapsed_seconds) {
	for (size_t i = 0; i < n; i++) {
		Sawatch__V1__Sa *old = (Sawatch__V1__Sa *)(uintptr_t)sa_with_spi(before, n_before, sas[i]->spi);

		if (!old)
			continue;
		old->remaining_seconds -= elapsed_seconds < old->remaining_seconds ? elapsed_seconds : old->remaining_seconds;
		saw_field_fill(&sas[i]->base, &old->base);
		if (sas[i]->n_settings == 0) {
			sas[i]->settings = old->settings;
			sas[i]->n_settings = old->n_settings;
			old->settings = NULL;
			old->n_settings = 0;
		}
	}
}

int saw_store_row_keep_over(struct kept_row *k, const Sawatch__V1__IpsecSa *row, int64_t elapsed_ms) {
	struct kept_row bare = {.bytes = NULL};
	Sawatch__V1__IpsecSa *old = sawatch__v1__ipsec_sa__unpack(NULL, k->len, k->bytes), *now = NULL;
	uint64_t elapsed = elapsed_ms > 0 ? (uint64_t)elapsed_ms / 1000 : 0;
	int rc = old ? saw_store_row_keep(&bare, row) : -ENOMEM;

	if (rc == 0)
		now = sawatch__v1__ipsec_sa__unpack(NULL, bare.len, bare.bytes);
	if (rc == 0 && now) {
		/* What belongs to the SAs of a moment is theirs alone. */
		old->has_current_inbound_spi = old->has_current_outbound_spi = old->has_active_seconds = 0;
		saw_field_fill(&now->base, &old->base);
		fill_sas(now->inbound_sas, now->n_inbound_sas, old->inbound_sas, old->n_inbound_sas, elapsed);
		fill_sas(now->outbound_sas, now->n_outbound_sas, old->outbound_sas, old->n_outbound_sas, elapsed);
		rc = saw_store_row_keep(k, now);
	} else if (rc == 0) {
		rc = -ENOMEM;
	}
	if (old)
		sawatch__v1__ipsec_sa__free_unpacked(old, NULL);
	if (now)
		sawatch__v1__ipsec_sa__free_unpacked(now, NULL);
	free(bare.bytes);
	return rc;
}

int saw_store_row_keep_packed(struct kept_row *k, const uint8_t *bytes, size_t len) {
	Sawatch__V1__IpsecSa *row = sawatch__v1__ipsec_sa__unpack(NULL, len, bytes);
	int rc = SAW_EFORMAT;

	if (row) {
		saw_field_forget_unknown(&row->base);
		rc = saw_store_row_keep(k, row);
		sawatch__v1__ipsec_sa__free_unpacked(row, NULL);
	}
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
