#include "history/fact.h"

#include <errno.h>

static char *text(const char *s) {
	return (char *)(uintptr_t)s; /* packed, never written to */
}

void saw_fact_to(const struct saw_history_end *e, Sawatch__V1__TunnelEnd *t) {
	sawatch__v1__tunnel_end__init(t);
	t->interface = text(e->interface);
	t->local = text(e->local);
	t->remote = text(e->remote);
	t->fvrf = text(e->fvrf);
	t->link = text(e->link);
	t->site = text(e->site);
	t->circuit = text(e->circuit);
	t->owner = text(e->owner);
	t->tags = (char **)(uintptr_t)e->tags;
	t->n_tags = e->n_tags;
	t->encryption = text(e->encryption);
	t->integrity = text(e->integrity);
	t->mode = text(e->mode);
	t->key_bits = e->key_bits;
	t->has_key_bits = e->key_bits != 0;
	t->nat_t = e->nat_t;
	t->has_nat_t = e->has_nat_t;
	t->capacity_bytes_per_second = e->capacity_bytes_per_second;
	t->has_capacity_bytes_per_second = e->capacity_bytes_per_second != 0;
	t->capacity_from = text(e->capacity_from);
	t->bandwidth_kbit = e->bandwidth_kbit;
	t->has_bandwidth_kbit = e->bandwidth_kbit != 0;
}

void saw_fact_write(const struct saw_history_end *e, struct saw_buf *out) {
	Sawatch__V1__TunnelEnd t;
	uint8_t *to;
	size_t n;

	saw_fact_to(e, &t);
	n = sawatch__v1__tunnel_end__get_packed_size(&t);
	to = saw_buf_reserve(out, n);
	if (to)
		out->len += sawatch__v1__tunnel_end__pack(&t, to);
}

void saw_fact_of(const Sawatch__V1__TunnelEnd *t, struct saw_history_end *out) {
	*out = (struct saw_history_end){
		.device = t->device,
		.tunnel = t->name,
		.interface = t->interface,
		.local = t->local,
		.remote = t->remote,
		.fvrf = t->fvrf,
		.link = t->link,
		.site = t->site,
		.circuit = t->circuit,
		.owner = t->owner,
		.tags = (const char *const *)t->tags,
		.n_tags = t->n_tags,
		.encryption = t->encryption,
		.integrity = t->integrity,
		.mode = t->mode,
		.key_bits = t->has_key_bits ? t->key_bits : 0,
		.nat_t = t->has_nat_t && t->nat_t,
		.has_nat_t = t->has_nat_t,
		.capacity_bytes_per_second = t->has_capacity_bytes_per_second ? t->capacity_bytes_per_second : 0,
		.capacity_from = t->capacity_from,
		.bandwidth_kbit = t->has_bandwidth_kbit ? t->bandwidth_kbit : 0,
	};
}

int saw_fact_read(const uint8_t *bytes, size_t len, Sawatch__V1__TunnelEnd **message, struct saw_history_end *out) {
	*message = sawatch__v1__tunnel_end__unpack(NULL, len, bytes);
	if (!*message)
		return SAW_EFORMAT;
	saw_fact_of(*message, out);
	return 0;
}
