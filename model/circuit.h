/*
 * WAN circuits: which tunnel ends run over one, what it can carry, and what a load on it is at each layer.
 *
 * Ceiling:   the least of committed rate, shaper, licence and crypto limit over both ends. They count at different layers: for the metric the
 *            plain numbers are compared; a report, which knows the sizes of the packets, compares them at one layer.
 * Layers:    plaintext: IP packets as the tunnel takes them. ip: those that leave the device: per packet the outer header, UDP (NAT-T), ESP header, IV,
 *            padding, its two bytes and the ICV. ethernet: and frame_bytes (18: header and checksum). line: and 20 for preamble and gap.
 * Ownership: texts are borrowed or static.
 * Padding:   depends on the size of each packet; over many sizes it is on average (align - 1) / 2, and never off by more than that.
 * Pure.
 * Sources:   as model/mtu.h; IEEE 802.3 (frame, preamble, interpacket gap).
 */
#ifndef SAWATCH_MODEL_CIRCUIT_H
#define SAWATCH_MODEL_CIRCUIT_H

#include "model/mtu.h"
#include "proto/sawatch.pb-c.h"

#define SAW_LINE_BYTES 20 /* preamble, start of frame, interpacket gap */

enum saw_layer {
	SAW_LAYER_AT_PLAINTEXT,
	SAW_LAYER_AT_IP,
	SAW_LAYER_AT_ETHERNET,
	SAW_LAYER_AT_LINE,
	SAW_LAYERS_AT,
};

/* What a tunnel end is known by, as far as circuits ask. NULL: not known. */
struct saw_circuit_member {
	const char *device, *fvrf, *interface, *local;
};

/* The circuits of a configuration, to be asked for thousands of tunnels. Borrows them. NULL without memory. */
struct saw_circuits;
struct saw_circuits *saw_circuits_create(Sawatch__V1__Circuit *const *circuits, size_t n);
void saw_circuits_destroy(struct saw_circuits *c);

/* The first circuit of the configuration with an end that this one fits; NULL: none. */
const Sawatch__V1__Circuit *saw_circuits_find(const struct saw_circuits *c, const struct saw_circuit_member *m);
const Sawatch__V1__Circuit *saw_circuits_named(const struct saw_circuits *c, const char *name); /* NULL: none */

/* One limit of a circuit. */
struct saw_circuit_limit {
	uint64_t bytes_per_second;
	enum saw_layer layer;
	const char *kind;   /* "committed rate", "shaper", "licence", "crypto limit" */
	const char *device; /* NULL: of both ends */
};

#define SAW_CIRCUIT_LIMITS_MAX 260

/* All of them, in the order of the configuration; how many. */
size_t saw_circuit_limits(const Sawatch__V1__Circuit *c, struct saw_circuit_limit out[SAW_CIRCUIT_LIMITS_MAX]);

enum saw_layer saw_layer_of(Sawatch__V1__TrafficLayer l);
/* For people. */
const char *saw_layer_text(enum saw_layer l);

/* What IPsec adds to a packet. */
struct saw_overhead {
	double mean;   /* bytes */
	double spread; /* that it may be off by, either way */
};

/* Mode, suite and NAT-T of the tunnel; t->path_mtu is not asked for. */
struct saw_overhead saw_overhead_of(const struct saw_mtu_tunnel *t);

/*
 * What circuit c counts of each packet of this end beyond what the end's byte counters do, on average; below 0 where these count more. What is
 * not known adds nothing: the cipher, and whether there is NAT-T.
 */
double saw_circuit_packet_bytes(const Sawatch__V1__Circuit *c, const Sawatch__V1__TunnelEnd *t);

#endif
