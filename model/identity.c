#include "model/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ------------------------------------------------------------------------------------------------------- selectors */

void saw_ascii_only(char *text) {
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

/* Bits of a mask: "24", "255.255.255.0", "ffff:ffff::". -1 for what is none. */
static int mask_bits(struct saw_str s, uint8_t family) {
	int bits = 0, width = family == 4 ? 32 : 128;
	struct saw_addr mask;
	bool ended = false;
	uint64_t v;

	if (saw_parse_u64(s, (uint64_t)width, &v) == 0)
		return (int)v;
	if (saw_addr_parse(s, &mask) != 0 || mask.family != family)
		return -1;
	for (int i = 0; i < width; i++) {
		bool set = mask.bytes[i / 8] >> (7 - i % 8) & 1;

		if (set && ended)
			return -1;
		ended |= !set;
		bits += set;
	}
	return bits;
}

/* Cuts off what is before the next slash. */
static struct saw_str next_part(struct saw_str *s) {
	const char *slash = s->n ? memchr(s->p, '/', s->n) : NULL;
	struct saw_str part = *s;

	if (slash) {
		part.n = (size_t)(slash - s->p);
		s->n -= part.n + 1;
		s->p = slash + 1;
	} else {
		s->p += s->n;
		s->n = 0;
	}
	return saw_str_trim(part);
}

/* 0, absent, and the range of every port are the same: any. */
static bool is_any_number(struct saw_str s) {
	return s.n == 0 || saw_str_eq(s, SAW_STR("0")) || saw_str_eq(s, SAW_STR("0 - 65535")) ||
		   saw_str_eq(s, SAW_STR("0-65535"));
}

struct saw_selector saw_selector_of(const char *ident) {
	struct saw_selector out = {.known = false};
	static const struct saw_selector everything = {.known = true, .any = true, .text = "0.0.0.0/0"};
	struct saw_str rest, address, mask, protocol, port;
	char text[SAW_ADDR_TEXT];
	struct saw_addr a;
	int bits;

	if (ident && strcmp(ident, "0.0.0.0/0.0.0.0/0/0") == 0) /* what most tunnels have; there may be thousands of them */
		return everything;
	rest = saw_str_trim(saw_str_of(ident));
	if (rest.n == 0)
		return out;
	out.known = true;
	snprintf(out.text, sizeof out.text, "%.*s", (int)(rest.n < sizeof out.text ? rest.n : sizeof out.text - 1), rest.p);
	saw_ascii_only(out.text);
	address = next_part(&rest);
	mask = next_part(&rest);
	protocol = next_part(&rest);
	port = saw_str_trim(rest);
	if (saw_addr_parse(address, &a) != 0)
		return out;
	bits = mask.n ? mask_bits(mask, a.family) : a.family == 4 ? 32 : 128;
	if (bits < 0)
		return out;
	saw_addr_print(&a, text);
	out.any = saw_addr_is_any(&a) && bits == 0 && is_any_number(protocol) && is_any_number(port);
	if (is_any_number(protocol) && is_any_number(port)) {
		snprintf(out.text, sizeof out.text, "%s/%d", text, bits);
	} else {
		protocol = is_any_number(protocol) ? SAW_STR("0") : protocol;
		port = is_any_number(port) ? SAW_STR("0") : port;
		snprintf(out.text, sizeof out.text, "%s/%d/%.*s/%.*s", text, bits, (int)(protocol.n < 8 ? protocol.n : 8),
				 protocol.p, (int)(port.n < 16 ? port.n : 16), port.p);
		saw_ascii_only(out.text);
	}
	return out;
}

static bool selectors_agree(const struct saw_selector *a, const struct saw_selector *b) {
	return !a->known || !b->known || strcmp(a->text, b->text) == 0;
}

/* ------------------------------------------------------------------------------------------------------------ SPIs */

bool saw_spis_has(const struct saw_spis *s, uint32_t spi) {
	for (unsigned i = 0; i < s->n; i++)
		if (s->spi[i] == spi)
			return true;
	return false;
}

bool saw_spis_remember(struct saw_spis *s, uint32_t spi) {
	if (spi == 0 || saw_spis_has(s, spi))
		return false;
	if (s->n < SAW_SPIS_KEPT)
		s->n++;
	memmove(s->spi + 1, s->spi, (s->n - 1) * sizeof s->spi[0]);
	s->spi[0] = spi;
	return true;
}

/* ------------------------------------------------------------------------------------------------------------ rows */

bool saw_interface_is_transient(const char *name) {
	return strncasecmp(name, "Virtual-Access", 14) == 0 ||
		   (strncasecmp(name, "Vi", 2) == 0 && name[2] >= '0' && name[2] <= '9');
}

static struct saw_addr address_of(const char *first, const char *second) {
	struct saw_addr a;

	if (first && saw_addr_parse(saw_str_of(first), &a) == 0 && !saw_addr_is_any(&a))
		return a;
	if (second && saw_addr_parse(saw_str_of(second), &a) == 0 && !saw_addr_is_any(&a))
		return a;
	return (struct saw_addr){0};
}

static bool has_setting(Sawatch__V1__Sa *const *sas, size_t n, const char *setting) {
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < sas[i]->n_settings; j++)
			if (strcasecmp(sas[i]->settings[j], setting) == 0)
				return true;
	return false;
}

static void put_spi(uint32_t *spis, unsigned *n, uint32_t spi) {
	if (spi && *n < SAW_ROW_SPIS)
		spis[(*n)++] = spi;
}

void saw_row_identify(const Sawatch__V1__IpsecSa *row, struct saw_row_id *out) {
	struct saw_addr dynamic = address_of(row->dynamic_peer, NULL);

	memset(out, 0, sizeof *out);
	out->traits.local = address_of(row->local_endpoint, row->local_address);
	out->traits.remote = address_of(row->remote_endpoint, row->peer);
	out->traits.local_ident = saw_selector_of(row->local_ident);
	out->traits.remote_ident = saw_selector_of(row->remote_ident);
	out->traits.fvrf = row->fvrf && *row->fvrf ? row->fvrf : NULL;
	out->traits.context = row->context_vrf;
	if (row->interface && *row->interface && !saw_interface_is_transient(row->interface))
		out->traits.interface = row->interface;
	for (size_t i = 0; i < row->n_inbound_sas; i++)
		if (row->inbound_sas[i]->has_spi)
			put_spi(out->in, &out->n_in, row->inbound_sas[i]->spi);
	for (size_t i = 0; i < row->n_outbound_sas; i++)
		if (row->outbound_sas[i]->has_spi)
			put_spi(out->out, &out->n_out, row->outbound_sas[i]->spi);
	if (out->n_in == 0 && row->has_current_inbound_spi)
		put_spi(out->in, &out->n_in, row->current_inbound_spi);
	if (out->n_out == 0 && row->has_current_outbound_spi)
		put_spi(out->out, &out->n_out, row->current_outbound_spi);
	if (dynamic.family || has_setting(row->inbound_sas, row->n_inbound_sas, "RA") ||
		has_setting(row->outbound_sas, row->n_outbound_sas, "RA"))
		out->kind = SAW_ROW_REMOTE_ACCESS;
	else if (out->traits.remote.family == 0)
		out->kind = SAW_ROW_NO_PEER;
}

/* ------------------------------------------------------------------------------------------------------------ ends */

static bool addresses_agree(const struct saw_addr *a, const struct saw_addr *b) {
	return !a->family || !b->family || saw_addr_cmp(a, b) == 0;
}

static bool names_agree(const char *a, const char *b) {
	return !a || !b || strcasecmp(a, b) == 0;
}

bool saw_traits_agree(const struct saw_traits *a, const struct saw_traits *b) {
	return addresses_agree(&a->remote, &b->remote) && addresses_agree(&a->local, &b->local) &&
		   names_agree(a->interface, b->interface) && names_agree(a->fvrf, b->fvrf) &&
		   names_agree(a->context, b->context) && selectors_agree(&a->local_ident, &b->local_ident) &&
		   selectors_agree(&a->remote_ident, &b->remote_ident);
}

static bool same_spis(const uint32_t *a, unsigned n_a, const uint32_t *b, unsigned n_b) {
	return n_a == n_b && memcmp(a, b, n_a * sizeof *a) == 0;
}

bool saw_rows_are_one(const struct saw_row_id *a, const Sawatch__V1__IpsecSa *row_a, const struct saw_row_id *b,
					  const Sawatch__V1__IpsecSa *row_b) {
	bool has_spis = a->n_in + a->n_out > 0;
	uint64_t x = row_a->active_seconds, y = row_b->active_seconds;

	if (!row_a->has_device_index || !row_b->has_device_index || row_a->device_index != row_b->device_index ||
		saw_addr_cmp(&a->traits.local, &b->traits.local) != 0 ||
		saw_addr_cmp(&a->traits.remote, &b->traits.remote) != 0 ||
		!selectors_agree(&a->traits.local_ident, &b->traits.local_ident) ||
		!selectors_agree(&a->traits.remote_ident, &b->traits.remote_ident) ||
		!same_spis(a->in, a->n_in, b->in, b->n_in) || !same_spis(a->out, a->n_out, b->out, b->n_out))
		return false;
	/* Read one after the other, the same tunnel is as old but for a poll's length. */
	return has_spis || (!row_a->context_vrf != !row_b->context_vrf && (x > y ? x - y : y - x) <= 60);
}

static int by_remote(const void *a, const void *b) {
	return saw_addr_cmp(&(*(struct saw_end_id *const *)a)->learned.remote,
						&(*(struct saw_end_id *const *)b)->learned.remote);
}

static int by_spi(const void *a, const void *b) {
	const struct saw_spi_entry *x = a, *y = b;

	if (x->spi != y->spi)
		return x->spi < y->spi ? -1 : 1;
	return (int)x->outbound - (int)y->outbound;
}

void saw_end_index_build(struct saw_end_index *x, struct saw_end_id **ends, size_t n, struct saw_spi_entry *spis) {
	*x = (struct saw_end_index){.ends = ends, .n = n, .spis = spis};
	if (n == 0)
		return;
	qsort(ends, n, sizeof(struct saw_end_id *), by_remote);
	for (size_t i = 0; i < n; i++) {
		for (unsigned j = 0; j < ends[i]->in.n; j++)
			spis[x->n_spis++] = (struct saw_spi_entry){ends[i]->in.spi[j], false, ends[i]};
		for (unsigned j = 0; j < ends[i]->out.n; j++)
			spis[x->n_spis++] = (struct saw_spi_entry){ends[i]->out.spi[j], true, ends[i]};
	}
	if (x->n_spis)
		qsort(spis, x->n_spis, sizeof spis[0], by_spi);
}

static enum saw_match found(enum saw_match so_far, struct saw_end_id *end, struct saw_end_id **out) {
	if (so_far == SAW_MATCH_NONE) {
		*out = end;
		return SAW_MATCH_ONE;
	}
	return *out == end ? so_far : SAW_MATCH_SEVERAL;
}

/* An inbound SPI is the device's own choice; an outbound one is its peer's, and two peers may choose the same. */
static enum saw_match match_one_spi(const struct saw_end_index *x, uint32_t spi, bool outbound,
									const struct saw_row_id *row, enum saw_match so_far, struct saw_end_id **out) {
	size_t lo = 0, hi = x->n_spis;
	struct saw_spi_entry key = {spi, outbound, NULL};

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_spi(&x->spis[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < x->n_spis && by_spi(&x->spis[lo], &key) == 0; lo++) {
		struct saw_end_id *end = x->spis[lo].end;

		if (addresses_agree(&end->learned.remote, &row->traits.remote) &&
			selectors_agree(&end->learned.local_ident, &row->traits.local_ident) &&
			selectors_agree(&end->learned.remote_ident, &row->traits.remote_ident))
			so_far = found(so_far, end, out);
	}
	return so_far;
}

enum saw_match saw_match_spi(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out) {
	enum saw_match m = SAW_MATCH_NONE;

	for (unsigned i = 0; i < row->n_in; i++)
		m = match_one_spi(x, row->in[i], false, row, m, out);
	for (unsigned i = 0; i < row->n_out && m == SAW_MATCH_NONE; i++)
		m = match_one_spi(x, row->out[i], true, row, m, out);
	return m;
}

static size_t first_with_remote(const struct saw_end_index *x, const struct saw_addr *remote) {
	size_t lo = 0, hi = x->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (saw_addr_cmp(&x->ends[mid]->learned.remote, remote) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The first end from place `i` on that the row does not contradict; x->n where there is none. */
static size_t next_that_agrees(const struct saw_end_index *x, const struct saw_row_id *row, bool given, size_t i) {
	for (; i < x->n && saw_addr_cmp(&x->ends[i]->learned.remote, &row->traits.remote) == 0; i++) {
		const struct saw_end_id *end = x->ends[i];

		if (!given ? saw_traits_agree(&end->learned, &row->traits)
				   : end->configured && saw_traits_agree(&end->given, &row->traits) &&
						 selectors_agree(&end->learned.local_ident, &row->traits.local_ident) &&
						 selectors_agree(&end->learned.remote_ident, &row->traits.remote_ident))
			return i;
	}
	return x->n;
}

enum saw_match saw_match_vrf(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out) {
	enum saw_match m = SAW_MATCH_NONE;

	if (!row->traits.context || !*row->traits.context)
		return m;
	for (size_t i = first_with_remote(x, &row->traits.remote); (i = next_that_agrees(x, row, false, i)) < x->n; i++)
		if (x->ends[i]->learned.fvrf && strcasecmp(x->ends[i]->learned.fvrf, row->traits.context) == 0)
			m = found(m, x->ends[i], out);
	return m;
}

static enum saw_match match(const struct saw_end_index *x, const struct saw_row_id *row, bool given,
							struct saw_end_id **out) {
	size_t i = next_that_agrees(x, row, given, first_with_remote(x, &row->traits.remote));

	if (i == x->n)
		return SAW_MATCH_NONE;
	*out = x->ends[i];
	return next_that_agrees(x, row, given, i + 1) == x->n ? SAW_MATCH_ONE : SAW_MATCH_SEVERAL;
}

enum saw_match saw_match_traits(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out) {
	return match(x, row, false, out);
}

enum saw_match saw_match_given(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out) {
	return match(x, row, true, out);
}

void saw_match_each(const struct saw_end_index *x, const struct saw_row_id *row,
					void (*fn)(void *ctx, struct saw_end_id *end), void *ctx) {
	size_t i = first_with_remote(x, &row->traits.remote);

	while ((i = next_that_agrees(x, row, false, i)) < x->n)
		fn(ctx, x->ends[i++]);
}

const char *saw_end_name(const struct saw_traits *t, char out[SAW_END_NAME]) {
	char local[SAW_ADDR_TEXT], remote[SAW_ADDR_TEXT];
	bool any = (!t->local_ident.known || t->local_ident.any) && (!t->remote_ident.known || t->remote_ident.any);

	saw_addr_print(&t->local, local);
	saw_addr_print(&t->remote, remote);
	if (any)
		snprintf(out, SAW_END_NAME, "%s-%s", *local ? local : "any", remote);
	else
		snprintf(out, SAW_END_NAME, "%s-%s %s-%s", *local ? local : "any", remote,
				 t->local_ident.known ? t->local_ident.text : "any",
				 t->remote_ident.known ? t->remote_ident.text : "any");
	return out;
}
