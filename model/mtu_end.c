#include "model/mtu_end.h"

#include "core/addr.h"

#include <strings.h>

bool saw_mtu_end_suite(const Sawatch__V1__TunnelEnd *t, struct saw_mtu_tunnel *out) {
	struct saw_addr remote;

	*out = (struct saw_mtu_tunnel){.path_mtu = t->path_mtu, .nat_t = t->has_nat_t && t->nat_t};
	out->cipher = t->encryption ? saw_mtu_cipher_of(t->encryption, t->has_key_bits ? t->key_bits : 0) : NULL;
	if (!out->cipher)
		return false;
	if (!out->cipher->icv)
		out->integrity = t->integrity ? saw_mtu_integrity_find(saw_str_of(t->integrity)) : NULL;
	if (!out->cipher->icv && !out->integrity)
		return false;
	out->outer_ipv6 = t->remote && saw_addr_parse(saw_str_of(t->remote), &remote) == 0 && remote.family == 6;
	out->transport = t->mode && strncasecmp(t->mode, "transport", 9) == 0;
	out->inner_ipv6 = out->transport && out->outer_ipv6;
	return true;
}

bool saw_mtu_end_tunnel(const Sawatch__V1__TunnelEnd *t, struct saw_mtu_tunnel *out) {
	return saw_mtu_end_suite(t, out) && t->has_path_mtu && t->has_nat_t;
}

void saw_mtu_end_fill(Sawatch__V1__TunnelEnd *t) {
	struct saw_mtu_comparison beside;
	struct saw_mtu_tunnel in;
	struct saw_mtu m;

	if (!saw_mtu_end_tunnel(t, &in) || saw_mtu_compute(&in, &m, NULL) != 0)
		return;
	t->has_computed_mtu = 1;
	t->computed_mtu = m.plaintext_mtu;
	if (t->has_plaintext_mtu && saw_mtu_compare(&in, t->has_esn && t->esn, t->plaintext_mtu, &beside, NULL) == 0 &&
		beside.reason != SAW_MTU_EQUAL)
		t->mtu_difference = (char *)(uintptr_t)beside.text; /* static */
	if (t->overlay)
		in.layers[in.n_layers++] =
			(struct saw_mtu_layer){.kind = strcmp(t->overlay, "gre") == 0 ? SAW_MTU_GRE : SAW_MTU_VXLAN,
								   .ipv6 = in.transport && in.outer_ipv6};
	in.inner_ipv6 = in.transport && in.outer_ipv6 && !in.n_layers;
	if (saw_mtu_compute(&in, &m, NULL) != 0)
		return;
	t->has_recommended_mss = 1;
	t->recommended_mss = m.tcp_mss;
}

uint32_t saw_mtu_end_observed(const Sawatch__V1__TunnelEnd *t) {
	if (t->has_plaintext_mtu)
		return t->plaintext_mtu;
	return t->has_path_mtu && t->has_ipsec_overhead ? saw_mtu_asa_plaintext(t->path_mtu, t->ipsec_overhead) : 0;
}

bool saw_mtu_ends_differ(const Sawatch__V1__TunnelEnd *a, const Sawatch__V1__TunnelEnd *b) {
	const struct saw_mtu_cipher *cipher = saw_mtu_cipher_of(a->encryption, a->has_key_bits ? a->key_bits : 0);
	uint32_t x = saw_mtu_end_observed(a), y = saw_mtu_end_observed(b);

	if (!cipher) /* the largest block there is: no alarm is raised for what may be one */
		cipher = saw_mtu_cipher_of(b->encryption ? b->encryption : "aes-cbc", 0);
	return x && y && cipher && !saw_mtu_same(cipher, x, y);
}

uint32_t saw_mtu_end_too_large(const Sawatch__V1__TunnelEnd *t) {
	uint32_t plaintext = t->has_plaintext_mtu ? t->plaintext_mtu : t->has_computed_mtu ? t->computed_mtu : 0;
	uint32_t mtu = t->has_tunnel_ip_mtu ? t->tunnel_ip_mtu : t->has_transport_mtu ? t->transport_mtu : 0;

	return plaintext && saw_mtu_exceeds(mtu, plaintext) ? mtu : 0;
}
