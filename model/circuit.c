#include "model/circuit.h"

#include "model/mtu_end.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct place {
	const Sawatch__V1__Circuit *circuit;
	const Sawatch__V1__CircuitEnd *end;
	size_t order;
};

struct saw_circuits {
	size_t n_circuits;
	struct place *ends; /* by device, then as configured */
	size_t n_ends;
	const Sawatch__V1__Circuit **by_name;
};

static int by_device(const void *a, const void *b) {
	const struct place *x = a, *y = b;
	const int order = strcmp(x->end->device, y->end->device);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_name(const void *a, const void *b) {
	return strcmp((*(const Sawatch__V1__Circuit *const *)a)->name, (*(const Sawatch__V1__Circuit *const *)b)->name);
}

struct saw_circuits *saw_circuits_create(Sawatch__V1__Circuit *const *circuits, size_t n) {
	struct saw_circuits *c = calloc(1, sizeof *c);
	size_t n_ends = 0;

	for (size_t i = 0; i < n; i++)
		n_ends += circuits[i]->n_ends;
	if (!c || !(c->ends = calloc(n_ends + 1, sizeof *c->ends)) || !(c->by_name = calloc(n + 1, sizeof *c->by_name))) {
		saw_circuits_destroy(c);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (circuits[i]->name)
			c->by_name[c->n_circuits++] = circuits[i];
		for (size_t j = 0; circuits[i]->name && j < circuits[i]->n_ends; j++)
			if (circuits[i]->ends[j]->device) {
				c->ends[c->n_ends] =
					(struct place){.circuit = circuits[i], .end = circuits[i]->ends[j], .order = c->n_ends};
				c->n_ends++;
			}
	}
	qsort(c->ends, c->n_ends, sizeof *c->ends, by_device);
	qsort(c->by_name, c->n_circuits, sizeof *c->by_name, by_name);
	return c;
}

void saw_circuits_destroy(struct saw_circuits *c) {
	if (!c)
		return;
	free(c->ends);
	free(c->by_name);
	free(c);
}

static bool fits(const char *wanted, const char *is) {
	return !wanted || (is && strcasecmp(wanted, is) == 0);
}

const Sawatch__V1__Circuit *saw_circuits_find(const struct saw_circuits *c, const struct saw_circuit_member *m) {
	size_t low = 0, high = c->n_ends;

	while (m->device && low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(c->ends[middle].end->device, m->device) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; m->device && low < c->n_ends && strcmp(c->ends[low].end->device, m->device) == 0; low++) {
		const Sawatch__V1__CircuitEnd *e = c->ends[low].end;

		if (fits(e->fvrf, m->fvrf) && fits(e->interface, m->interface) && fits(e->local, m->local))
			return c->ends[low].circuit;
	}
	return NULL;
}

const Sawatch__V1__Circuit *saw_circuits_named(const struct saw_circuits *c, const char *name) {
	Sawatch__V1__Circuit key = {.name = (char *)(uintptr_t)name};
	const Sawatch__V1__Circuit *wanted = &key, **found;

	found = name ? bsearch(&wanted, c->by_name, c->n_circuits, sizeof *c->by_name, by_name) : NULL;
	return found ? *found : NULL;
}

enum saw_layer saw_layer_of(Sawatch__V1__TrafficLayer l) {
	switch (l) {
	case SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_IP:
		return SAW_LAYER_AT_IP;
	case SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET:
		return SAW_LAYER_AT_ETHERNET;
	case SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_LINE:
		return SAW_LAYER_AT_LINE;
	default:
		return SAW_LAYER_AT_PLAINTEXT;
	}
}

const char *saw_layer_text(enum saw_layer l) {
	static const char *const texts[SAW_LAYERS_AT] = {
		[SAW_LAYER_AT_PLAINTEXT] = "before encryption",
		[SAW_LAYER_AT_IP] = "IP, encrypted",
		[SAW_LAYER_AT_ETHERNET] = "Ethernet",
		[SAW_LAYER_AT_LINE] = "on the line",
	};

	return texts[l];
}

static void add(struct saw_circuit_limit out[SAW_CIRCUIT_LIMITS_MAX], size_t *n, uint64_t rate,
				Sawatch__V1__TrafficLayer layer, const char *kind, const char *device) {
	if (rate && *n < SAW_CIRCUIT_LIMITS_MAX)
		out[(*n)++] = (struct saw_circuit_limit){
			.bytes_per_second = rate, .layer = saw_layer_of(layer), .kind = kind, .device = device};
}

size_t saw_circuit_limits(const Sawatch__V1__Circuit *c, struct saw_circuit_limit out[SAW_CIRCUIT_LIMITS_MAX]) {
	size_t n = 0;

	add(out, &n, c->committed_bytes_per_second, c->layer, "committed rate", NULL);
	for (size_t i = 0; i < c->n_ends; i++) {
		const Sawatch__V1__CircuitEnd *e = c->ends[i];

		add(out, &n, e->committed_bytes_per_second, c->layer, "committed rate", e->device);
		add(out, &n, e->shaper_bytes_per_second, c->layer, "shaper", e->device);
		add(out, &n, e->licence_bytes_per_second, c->licence_layer, "licence", e->device);
		add(out, &n, e->crypto_bytes_per_second, c->crypto_layer, "crypto limit", e->device);
	}
	return n;
}

struct saw_overhead saw_overhead_of(const struct saw_mtu_tunnel *t) {
	const double outer = t->transport ? 0 : t->outer_ipv6 ? 40 : 20;
	const double icv = t->cipher->icv ? t->cipher->icv : t->integrity ? t->integrity->icv : 0;
	const double align = t->cipher->align > 4 ? t->cipher->align : 4; /* RFC 4303, 2.4 */
	const double spread = (align - 1) / 2;

	return (struct saw_overhead){
		.mean = outer + (t->nat_t ? 8 : 0) + 8 + t->cipher->iv + 2 + spread + icv,
		.spread = spread,
	};
}

/* What a packet is larger by at this layer than before encryption. */
static double added_at(enum saw_layer layer, double ipsec, double frame) {
	const double added[SAW_LAYERS_AT] = {
		[SAW_LAYER_AT_PLAINTEXT] = 0,
		[SAW_LAYER_AT_IP] = ipsec,
		[SAW_LAYER_AT_ETHERNET] = ipsec + frame,
		[SAW_LAYER_AT_LINE] = ipsec + frame + SAW_LINE_BYTES,
	};

	return added[layer];
}

double saw_circuit_packet_bytes(const Sawatch__V1__Circuit *c, const Sawatch__V1__TunnelEnd *t) {
	enum saw_layer counted = SAW_LAYER_AT_PLAINTEXT;
	struct saw_mtu_tunnel suite;
	double ipsec = saw_mtu_end_suite(t, &suite) ? saw_overhead_of(&suite).mean : 0;

	for (size_t i = 0; i < c->n_ends; i++)
		if (t->device && c->ends[i]->device && strcmp(c->ends[i]->device, t->device) == 0) {
			counted = saw_layer_of(c->ends[i]->counts);
			break;
		}
	return added_at(saw_layer_of(c->capacity_layer), ipsec, c->frame_bytes) - added_at(counted, ipsec, c->frame_bytes);
}
