/*
 * How large a packet may be inside an IPsec tunnel: plaintext MTU, overhead, tunnel MTU and TCP MSS from the suite.
 *
 * Purpose:   one arithmetic for `sawatch mtu`, for the metrics, for the audit and for comparing the two ends of a link.
 * Ownership: names are static; everything else is a value of the caller's. Pure.
 * Errors:    saw_mtu_compute: SAW_ERANGE (nothing fits, or the path MTU is none), SAW_EFORMAT (what was asked for
 *            contradicts itself), each with a text.
 * Sources:   RFC 4303 (ESP), RFC 4106 (GCM), RFC 4543 (GMAC), RFC 3602 (CBC), RFC 2404, 4868 (lengths of the ICV), RFC 3948
 *            (NAT-T), RFC 2784 and 2890 (GRE), RFC 7348 (VXLAN), RFC 6691 (MSS). An extended sequence number (RFC 4304) and the
 *            size of the key change nothing on the wire.
 *
 *   plaintext MTU = floor((path MTU - outer header - UDP - 8 - IV - ICV) / align) * align - 2
 *
 * and, in transport mode, the outer header back, because it is the packet's own. What a device prints stands beside the computed
 * value and is never replaced by it.
 */
#ifndef SAWATCH_MODEL_MTU_H
#define SAWATCH_MODEL_MTU_H

#include "core/text.h"

#define SAW_MTU_LAYERS_MAX 4
#define SAW_MTU_PARTS_MAX 48

struct saw_mtu_cipher {
	const char *name;      /* aes-gcm-256 */
	const char *algorithm; /* aes-gcm, as in the field `encryption` */
	uint32_t key_bits;     /* 0: it has but one */
	uint8_t iv, align;     /* bytes */
	uint8_t icv;           /* of a cipher that authenticates by itself, else 0 */
	uint8_t asa_block;     /* what the ASA counts as its block */
};

struct saw_mtu_integrity {
	const char *name; /* sha256, as in the field `integrity` */
	uint8_t icv;      /* bytes */
};

/* All that are known, in the order in which help texts list them; NULL behind the last. */
const struct saw_mtu_cipher *saw_mtu_cipher_at(size_t i);
const struct saw_mtu_integrity *saw_mtu_integrity_at(size_t i);

/* By name (aes-gcm-256, sha256), or by the words of the model (aes-gcm and 256); NULL: not known. */
const struct saw_mtu_cipher *saw_mtu_cipher_find(struct saw_str name);
const struct saw_mtu_cipher *saw_mtu_cipher_of(const char *algorithm, uint32_t key_bits);
const struct saw_mtu_integrity *saw_mtu_integrity_find(struct saw_str name);

enum saw_mtu_kind { SAW_MTU_GRE, SAW_MTU_VXLAN };

/* A tunnel inside the IPsec tunnel. */
struct saw_mtu_layer {
	enum saw_mtu_kind kind;
	bool ipv6;                    /* its own IP header */
	bool key, sequence, checksum; /* GRE */
	bool tag;                     /* VXLAN: the inner frame carries a VLAN tag */
};

struct saw_mtu_tunnel {
	const struct saw_mtu_cipher *cipher;
	const struct saw_mtu_integrity *integrity; /* NULL: none */
	uint32_t path_mtu;
	bool outer_ipv6, nat_t, transport;
	struct saw_mtu_layer layers[SAW_MTU_LAYERS_MAX]; /* the outermost first */
	size_t n_layers;
	bool inner_ipv6; /* the packet in the middle */
};

enum saw_mtu_zone { SAW_MTU_CLEAR, SAW_MTU_ENCRYPTED, SAW_MTU_INNERMOST };

/* One header of the packet that fills the path MTU, in the order of the wire. */
struct saw_mtu_part {
	uint32_t bytes;
	const char *text;
	enum saw_mtu_zone zone;
};

struct saw_mtu {
	uint32_t plaintext_mtu;  /* largest IP packet that IPsec takes */
	uint32_t overhead_bytes; /* path MTU - plaintext MTU */
	uint32_t overlay_bytes;  /* of GRE and VXLAN together */
	uint32_t tunnel_mtu;     /* largest IP packet inside all of it: plaintext MTU - overlay */
	uint32_t tcp_mss;        /* tunnel MTU - IP header - 20 */
	uint32_t unused_bytes;   /* of the path MTU: the cipher's blocks do not fill it */
	struct saw_mtu_part parts[SAW_MTU_PARTS_MAX];
	size_t n_parts;
};

/* *out is touched on success only. `err` may be NULL. */
int saw_mtu_compute(const struct saw_mtu_tunnel *t, struct saw_mtu *out, struct saw_err *err);

uint32_t saw_mtu_layer_bytes(const struct saw_mtu_layer *layer);

/* ------------------------------------------------------------------------------------------------ what the devices print */

/*
 * The ASA's `ipsec overhead x(y)`, tunnel mode: y is outer header + UDP + 8 + IV, x is y + ICV + block + 2. An upper bound, since
 * no packet needs a whole block of padding; of GCM, whose block counts 1 there, it holds to within the alignment of 4. Inferred
 * from captures of AES-CBC, 3DES, NULL and GCM.
 */
void saw_mtu_asa_overhead(const struct saw_mtu_tunnel *t, uint32_t *x, uint32_t *y);

/* Path MTU less such an overhead: the plaintext MTU is this or up to a block more. 0 where nothing is left. */
uint32_t saw_mtu_asa_plaintext(uint32_t path_mtu, uint32_t overhead);

/* Two plaintext MTUs of one tunnel that differ by less than a block + 2 are the same: the ASA's overhead is an upper bound. */
bool saw_mtu_same(const struct saw_mtu_cipher *cipher, uint32_t a, uint32_t b);

/* The alarm of a tunnel. tunnel_ip_mtu: `ip mtu` or the transport MTU, never the hardware MTU (9976, 17868, 1500) that a tunnel
 * interface prints, nor the `ip mtu` inside `show crypto ipsec sa`, which is the outer interface's. */
bool saw_mtu_exceeds(uint32_t tunnel_ip_mtu, uint32_t plaintext_mtu);

enum saw_mtu_reason {
	SAW_MTU_EQUAL,
	SAW_MTU_ROUNDED,      /* less than a block + 2 apart */
	SAW_MTU_COUNTS_NAT_T, /* the device leaves room for UDP encapsulation that this SA does not use */
	SAW_MTU_OMITS_NAT_T,  /* the device leaves no room for the UDP encapsulation of this SA */
	SAW_MTU_COUNTS_ESN,   /* as COUNTS_NAT_T, with ESN: a Catalyst prints 1438 for GCM with ESN on port 500 */
	SAW_MTU_OTHER_PATH,   /* fits a path MTU of 1500: the device has not taken the path MTU up yet */
	SAW_MTU_NOT_EXPLAINED,
};

struct saw_mtu_comparison {
	uint32_t computed, observed;
	enum saw_mtu_reason reason;
	const char *text; /* for people */
};

/* The plaintext MTU that a device printed beside the computed one. As saw_mtu_compute. */
int saw_mtu_compare(const struct saw_mtu_tunnel *t, bool esn, uint32_t observed, struct saw_mtu_comparison *out,
					struct saw_err *err);

#endif
