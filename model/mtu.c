#include "model/mtu.h"

#define IPV4 20
#define IPV6 40
#define UDP 8
#define ESP 8
#define TRAILER 2
#define TCP 20
#define VXLAN 8
#define ETHERNET 14
#define VLAN_TAG 4
#define GRE 4
#define GRE_OPTION 4

static const struct saw_mtu_cipher ciphers[] = {
	{"aes-gcm-128", "aes-gcm", 128, .iv = 8, .align = 4, .icv = 16, .asa_block = 1},
	{"aes-gcm-192", "aes-gcm", 192, .iv = 8, .align = 4, .icv = 16, .asa_block = 1},
	{"aes-gcm-256", "aes-gcm", 256, .iv = 8, .align = 4, .icv = 16, .asa_block = 1},
	{"aes-gmac-128", "aes-gmac", 128, .iv = 8, .align = 4, .icv = 16, .asa_block = 1},
	{"aes-gmac-192", "aes-gmac", 192, .iv = 8, .align = 4, .icv = 16, .asa_block = 1},
	{"aes-gmac-256", "aes-gmac", 256, .iv = 8, .align = 4, .icv = 16, .asa_block = 1},
	{"aes-cbc-128", "aes-cbc", 128, .iv = 16, .align = 16, .icv = 0, .asa_block = 16},
	{"aes-cbc-192", "aes-cbc", 192, .iv = 16, .align = 16, .icv = 0, .asa_block = 16},
	{"aes-cbc-256", "aes-cbc", 256, .iv = 16, .align = 16, .icv = 0, .asa_block = 16},
	{"3des", "3des", 0, .iv = 8, .align = 8, .icv = 0, .asa_block = 8},
	{"des", "des", 0, .iv = 8, .align = 8, .icv = 0, .asa_block = 8},
	{"null", "null", 0, .iv = 0, .align = 4, .icv = 0, .asa_block = 4},
};

static const struct saw_mtu_integrity integrities[] = {
	{"md5", 12}, {"sha1", 12}, {"sha256", 16}, {"sha384", 24}, {"sha512", 32},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const struct saw_mtu_cipher *saw_mtu_cipher_at(size_t i) {
	return i < COUNT(ciphers) ? &ciphers[i] : NULL;
}

const struct saw_mtu_integrity *saw_mtu_integrity_at(size_t i) {
	return i < COUNT(integrities) ? &integrities[i] : NULL;
}

const struct saw_mtu_cipher *saw_mtu_cipher_find(struct saw_str name) {
	for (size_t i = 0; i < COUNT(ciphers); i++)
		if (saw_str_eq_nocase(name, saw_str_of(ciphers[i].name)))
			return &ciphers[i];
	return NULL;
}

/* A key size that is not known changes nothing here. */
const struct saw_mtu_cipher *saw_mtu_cipher_of(const char *algorithm, uint32_t key_bits) {
	const struct saw_mtu_cipher *found = NULL;

	for (size_t i = 0; algorithm && i < COUNT(ciphers); i++)
		if (strcmp(algorithm, ciphers[i].algorithm) == 0 && (!found || ciphers[i].key_bits == key_bits))
			found = &ciphers[i];
	return found;
}

const struct saw_mtu_integrity *saw_mtu_integrity_find(struct saw_str name) {
	for (size_t i = 0; i < COUNT(integrities); i++)
		if (saw_str_eq_nocase(name, saw_str_of(integrities[i].name)))
			return &integrities[i];
	return NULL;
}

/* --------------------------------------------------------------------------------------------------------- the arithmetic */

static uint32_t ip_bytes(bool ipv6) {
	return ipv6 ? IPV6 : IPV4;
}

static uint32_t icv_of(const struct saw_mtu_tunnel *t) {
	return t->cipher->icv ? t->cipher->icv : t->integrity ? t->integrity->icv : 0;
}

uint32_t saw_mtu_layer_bytes(const struct saw_mtu_layer *l) {
	if (l->kind == SAW_MTU_GRE)
		return ip_bytes(l->ipv6) + GRE + GRE_OPTION * ((uint32_t)l->key + l->sequence + l->checksum);
	return ip_bytes(l->ipv6) + UDP + VXLAN + ETHERNET + (l->tag ? VLAN_TAG : 0);
}

static void put(struct saw_mtu *m, uint32_t bytes, const char *text, enum saw_mtu_zone zone) {
	if (bytes && m->n_parts < SAW_MTU_PARTS_MAX)
		m->parts[m->n_parts++] = (struct saw_mtu_part){bytes, text, zone};
}

static void put_ip(struct saw_mtu *m, bool ipv6, const char *v4, const char *v6, enum saw_mtu_zone zone) {
	put(m, ip_bytes(ipv6), ipv6 ? v6 : v4, zone);
}

static void put_layer(struct saw_mtu *m, const struct saw_mtu_layer *l, bool has_header) {
	const enum saw_mtu_zone zone = SAW_MTU_ENCRYPTED;

	if (l->kind == SAW_MTU_GRE) {
		if (has_header)
			put_ip(m, l->ipv6, "IPv4 header of GRE", "IPv6 header of GRE", zone);
		put(m, GRE, "GRE header", zone);
		put(m, l->checksum ? GRE_OPTION : 0, "GRE checksum", zone);
		put(m, l->key ? GRE_OPTION : 0, "GRE key", zone);
		put(m, l->sequence ? GRE_OPTION : 0, "GRE sequence number", zone);
		return;
	}
	if (has_header)
		put_ip(m, l->ipv6, "IPv4 header of VXLAN", "IPv6 header of VXLAN", zone);
	put(m, UDP, "UDP header of VXLAN", zone);
	put(m, VXLAN, "VXLAN header", zone);
	put(m, ETHERNET, "inner Ethernet header", zone);
	put(m, l->tag ? VLAN_TAG : 0, "inner VLAN tag", zone);
}

static void draw(const struct saw_mtu_tunnel *t, struct saw_mtu *m) {
	bool own = t->transport; /* the outer header is the first one of what is inside */

	put_ip(m, t->outer_ipv6, own ? "IPv4 header, the packet's own" : "IPv4 header, outer",
		   own ? "IPv6 header, the packet's own" : "IPv6 header, outer", SAW_MTU_CLEAR);
	put(m, t->nat_t ? UDP : 0, "UDP header, port 4500 (NAT-T)", SAW_MTU_CLEAR);
	put(m, ESP, "ESP header: SPI, sequence number", SAW_MTU_CLEAR);
	put(m, t->cipher->iv, "IV", SAW_MTU_CLEAR);
	for (size_t i = 0; i < t->n_layers; i++)
		put_layer(m, &t->layers[i], i > 0 || !own);
	if (t->n_layers || !own)
		put_ip(m, t->inner_ipv6, "IPv4 header", "IPv6 header", SAW_MTU_INNERMOST);
	put(m, TCP, "TCP header", SAW_MTU_INNERMOST);
	put(m, m->tcp_mss, "TCP data: the MSS", SAW_MTU_INNERMOST);
	put(m, TRAILER, "ESP trailer: pad length, next header", SAW_MTU_ENCRYPTED);
	put(m, icv_of(t), "ICV: what authenticates the packet", SAW_MTU_CLEAR);
	put(m, m->unused_bytes, "unused: not another block of the cipher", SAW_MTU_CLEAR);
}

static int check(const struct saw_mtu_tunnel *t, struct saw_err *err) {
	const uint32_t least = t->outer_ipv6 ? 1280 : 68;
	bool first_ipv6 = t->n_layers ? t->layers[0].ipv6 : t->inner_ipv6;

	if (!t->cipher)
		return saw_err_set(err, SAW_EFORMAT, "the cipher is missing");
	if (t->path_mtu < least || t->path_mtu > 65535)
		return saw_err_set(err, SAW_ERANGE, "a path MTU of %u is none: %u to 65535 over %s", t->path_mtu, least,
						   t->outer_ipv6 ? "IPv6" : "IPv4");
	if (t->n_layers > SAW_MTU_LAYERS_MAX)
		return saw_err_set(err, SAW_ERANGE, "more than %d overlays in each other", SAW_MTU_LAYERS_MAX);
	if (t->cipher->icv && t->integrity)
		return saw_err_set(err, SAW_EFORMAT, "%s authenticates by itself: leave the integrity algorithm %s out",
						   t->cipher->name, t->integrity->name);
	if (t->transport && first_ipv6 != t->outer_ipv6)
		return saw_err_set(err, SAW_EFORMAT,
						   "in transport mode the outer header is the packet's own: it cannot be %s around %s",
						   t->outer_ipv6 ? "IPv6" : "IPv4", first_ipv6 ? "IPv6" : "IPv4");
	return 0;
}

int saw_mtu_compute(const struct saw_mtu_tunnel *t, struct saw_mtu *out, struct saw_err *err) {
	struct saw_mtu m = {0};
	uint32_t fixed, blocks, headers;
	int rc = check(t, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < t->n_layers; i++)
		m.overlay_bytes += saw_mtu_layer_bytes(&t->layers[i]);
	fixed = ip_bytes(t->outer_ipv6) + (t->nat_t ? UDP : 0) + ESP + t->cipher->iv + icv_of(t);
	headers = m.overlay_bytes + ip_bytes(t->inner_ipv6) + TCP;
	blocks = t->path_mtu > fixed ? (t->path_mtu - fixed) / t->cipher->align * t->cipher->align : 0;
	m.plaintext_mtu = (blocks > TRAILER ? blocks - TRAILER : 0) + (t->transport ? ip_bytes(t->outer_ipv6) : 0);
	if (m.plaintext_mtu <= headers)
		return saw_err_set(err, SAW_ERANGE, "a path MTU of %u leaves no room for data behind %u bytes of headers",
						   t->path_mtu, fixed + TRAILER + headers);
	m.overhead_bytes = t->path_mtu - m.plaintext_mtu;
	m.tunnel_mtu = m.plaintext_mtu - m.overlay_bytes;
	m.tcp_mss = m.plaintext_mtu - headers;
	m.unused_bytes = t->path_mtu - fixed - blocks;
	draw(t, &m);
	*out = m;
	return 0;
}

/* ----------------------------------------------------------------------------------------------- what the devices print */

void saw_mtu_asa_overhead(const struct saw_mtu_tunnel *t, uint32_t *x, uint32_t *y) {
	*y = ip_bytes(t->outer_ipv6) + (t->nat_t ? UDP : 0) + ESP + t->cipher->iv;
	*x = *y + icv_of(t) + t->cipher->asa_block + TRAILER;
}

uint32_t saw_mtu_asa_plaintext(uint32_t path_mtu, uint32_t overhead) {
	return path_mtu > overhead ? path_mtu - overhead : 0;
}

bool saw_mtu_same(const struct saw_mtu_cipher *cipher, uint32_t a, uint32_t b) {
	return (a > b ? a - b : b - a) < (uint32_t)cipher->align + TRAILER;
}

bool saw_mtu_exceeds(uint32_t tunnel_ip_mtu, uint32_t plaintext_mtu) {
	return tunnel_ip_mtu > plaintext_mtu;
}

static const char *const reasons[] = {
	[SAW_MTU_EQUAL] = "as computed",
	[SAW_MTU_ROUNDED] = "as computed, within a block of the cipher",
	[SAW_MTU_COUNTS_NAT_T] = "the device leaves room for NAT-T (UDP, 8 bytes), which this SA does not use",
	[SAW_MTU_OMITS_NAT_T] = "the device leaves no room for the NAT-T (UDP, 8 bytes) of this SA",
	[SAW_MTU_COUNTS_ESN] = "the device takes 8 bytes off with ESN, which is not on the wire; harmless",
	[SAW_MTU_OTHER_PATH] = "the device has computed it from a path MTU of 1500",
	[SAW_MTU_NOT_EXPLAINED] = "not explained by the suite, NAT-T or the path MTU",
};

static bool gives(struct saw_mtu_tunnel t, uint32_t observed) {
	struct saw_mtu m;

	return saw_mtu_compute(&t, &m, NULL) == 0 && m.plaintext_mtu == observed;
}

static enum saw_mtu_reason why(const struct saw_mtu_tunnel *t, bool esn, uint32_t observed, uint32_t computed) {
	struct saw_mtu_tunnel other = *t;

	if (observed == computed)
		return SAW_MTU_EQUAL;
	other.nat_t = !t->nat_t;
	if (gives(other, observed))
		return t->nat_t ? SAW_MTU_OMITS_NAT_T : esn ? SAW_MTU_COUNTS_ESN : SAW_MTU_COUNTS_NAT_T;
	if (saw_mtu_same(t->cipher, observed, computed))
		return SAW_MTU_ROUNDED;
	other = *t;
	other.path_mtu = 1500;
	return gives(other, observed) ? SAW_MTU_OTHER_PATH : SAW_MTU_NOT_EXPLAINED;
}

int saw_mtu_compare(const struct saw_mtu_tunnel *t, bool esn, uint32_t observed, struct saw_mtu_comparison *out,
					struct saw_err *err) {
	struct saw_mtu m;
	int rc = saw_mtu_compute(t, &m, err);

	if (rc)
		return rc;
	out->computed = m.plaintext_mtu;
	out->observed = observed;
	out->reason = why(t, esn, observed, m.plaintext_mtu);
	out->text = reasons[out->reason];
	return 0;
}
