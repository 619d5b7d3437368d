#include "store/circuits.h"

#include "model/circuit.h"
#include "store/paint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)256 << 20)
#define LIMIT_TEXT 128

#define SET_IF(m, field, v)       \
	do {                          \
		(m)->field = (v);         \
		(m)->has_##field = v > 0; \
	} while (0)

static char *borrow(const char *text) {
	return (char *)(uintptr_t)text;
}

static void put_end(const struct saw_config_circuit_end *c, Sawatch__V1__CircuitEnd *e) {
	sawatch__v1__circuit_end__init(e);
	e->device = borrow(c->device);
	e->fvrf = borrow(c->fvrf);
	e->interface = borrow(c->interface);
	e->local = borrow(c->local);
	SET_IF(e, committed_bytes_per_second, c->committed);
	SET_IF(e, shaper_bytes_per_second, c->shaper);
	SET_IF(e, licence_bytes_per_second, c->licence);
	SET_IF(e, crypto_bytes_per_second, c->crypto);
	SET_IF(e, counts, (Sawatch__V1__TrafficLayer)c->counts);
}

static const Sawatch__V1__TrafficLayer wire_layers[SAW_LAYERS_AT] = {
	[SAW_LAYER_AT_PLAINTEXT] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT,
	[SAW_LAYER_AT_IP] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_IP,
	[SAW_LAYER_AT_ETHERNET] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET,
	[SAW_LAYER_AT_LINE] = SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_LINE,
};

/* The least of them, as plain numbers: how large packets are, which makes one layer of another, is the report's to know. */
static void put_capacity(Sawatch__V1__Circuit *c, char text[LIMIT_TEXT]) {
	struct saw_circuit_limit limits[SAW_CIRCUIT_LIMITS_MAX];
	const struct saw_circuit_limit *least = NULL;
	size_t n = saw_circuit_limits(c, limits);

	for (size_t i = 0; i < n; i++)
		if (!least || limits[i].bytes_per_second < least->bytes_per_second)
			least = &limits[i];
	if (!least)
		return;
	SET_IF(c, capacity_bytes_per_second, least->bytes_per_second);
	SET_IF(c, capacity_layer, wire_layers[least->layer]);
	snprintf(text, LIMIT_TEXT, "%s%s%s", least->kind, least->device ? " of " : "", least->device ? least->device : "");
	c->limit = text;
}

static int put_circuit(struct saw_arena *a, const struct saw_config_circuit *k, Sawatch__V1__Circuit *c) {
	Sawatch__V1__CircuitEnd *ends = saw_arena_alloc(a, k->n_ends * sizeof *ends + 1);
	char *text = saw_arena_alloc(a, LIMIT_TEXT);

	sawatch__v1__circuit__init(c);
	c->ends = saw_arena_alloc(a, k->n_ends * sizeof(void *) + 1);
	if (!ends || !text || !c->ends)
		return -ENOMEM;
	c->name = borrow(k->name);
	c->sister = borrow(k->sister);
	SET_IF(c, layer, (Sawatch__V1__TrafficLayer)k->layer);
	SET_IF(c, licence_layer, (Sawatch__V1__TrafficLayer)k->licence_layer);
	SET_IF(c, crypto_layer, (Sawatch__V1__TrafficLayer)k->crypto_layer);
	c->frame_bytes = k->frame_bytes;
	c->has_frame_bytes = 1;
	SET_IF(c, committed_bytes_per_second, k->committed);
	for (size_t i = 0; i < k->n_ends; i++) {
		put_end(&k->ends[i], &ends[i]);
		c->ends[c->n_ends++] = &ends[i];
	}
	put_capacity(c, text);
	return 0;
}

int saw_circuits_of(const struct saw_config *c, Sawatch__V1__Snapshot **out) {
	struct saw_arena *a = saw_arena_create(ARENA_MAX);
	Sawatch__V1__Snapshot s = SAWATCH__V1__SNAPSHOT__INIT;
	Sawatch__V1__Circuit *circuits;
	uint8_t *packed;
	size_t n;
	int rc = -ENOMEM;

	*out = NULL;
	if (!a)
		return rc;
	circuits = saw_arena_alloc(a, c->n_circuits * sizeof *circuits + 1);
	s.circuits = saw_arena_alloc(a, c->n_circuits * sizeof(void *) + 1);
	for (size_t i = 0; circuits && s.circuits && i < c->n_circuits; i++) {
		if (put_circuit(a, &c->circuits[i], &circuits[i]) != 0)
			goto out;
		s.circuits[s.n_circuits++] = &circuits[i];
	}
	n = sawatch__v1__snapshot__get_packed_size(&s);
	packed = saw_arena_alloc(a, n + 1);
	if (circuits && s.circuits && packed) {
		sawatch__v1__snapshot__pack(&s, packed);
		*out = sawatch__v1__snapshot__unpack(NULL, n, packed);
		rc = *out ? 0 : -ENOMEM;
	}
out:
	saw_arena_destroy(a);
	return rc;
}

/* ------------------------------------------------------------------------------------------------------- in the store */

int saw_store_circuits_set(struct saw_store *s, const struct saw_config *c) {
	Sawatch__V1__Snapshot *circuits;
	struct saw_circuits *index;
	int rc = saw_circuits_of(c, &circuits);

	if (rc)
		return rc;
	index = saw_circuits_create(circuits->circuits, circuits->n_circuits);
	if (!index) {
		sawatch__v1__snapshot__free_unpacked(circuits, NULL);
		return -ENOMEM;
	}
	saw_store_circuits_free(s);
	s->circuits = circuits;
	s->circuit_index = index;
	return 0;
}

void saw_store_circuits_free(struct saw_store *s) {
	saw_circuits_destroy(s->circuit_index);
	if (s->circuits)
		sawatch__v1__snapshot__free_unpacked(s->circuits, NULL);
	s->circuits = NULL;
	s->circuit_index = NULL;
}

void saw_paint_circuit_of(struct painter *p, const struct device *d, const struct end *e, Sawatch__V1__TunnelEnd *t) {
	const char *name = saw_store_end_interface_name(e);
	const Sawatch__V1__Circuit *c = NULL;

	for (int i = 0; name && i < SOURCES; i++) {
		const Sawatch__V1__Interface *port = saw_store_source_interface(&d->source[saw_store_preference[i] - 1], name);

		if (port && !t->source_interface)
			t->source_interface = saw_paint_text(p, port->tunnel_source_interface);
	}
	if (p->store->circuit_index && !t->circuit) {
		const struct saw_circuit_member m = {
			.device = t->device, .fvrf = t->fvrf, .interface = t->source_interface, .local = t->local};

		c = saw_circuits_find(p->store->circuit_index, &m);
	}
	if (c)
		t->circuit = saw_paint_text(p, c->name);
	else if (p->store->circuit_index)
		c = saw_circuits_named(p->store->circuit_index, t->circuit);
	if (c && c->has_capacity_layer)
		SET(t, circuit_packet_bytes, saw_circuit_packet_bytes(c, t));
}

void saw_paint_circuits(struct painter *p, Sawatch__V1__Snapshot *pb) {
	const Sawatch__V1__Snapshot *from = p->store->circuits, *copy;

	if (!from || from->n_circuits == 0)
		return;
	copy = saw_paint_copy(p, &from->base);
	if (!copy)
		return;
	pb->circuits = copy->circuits;
	pb->n_circuits = copy->n_circuits;
}
