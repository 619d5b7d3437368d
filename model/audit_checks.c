#include "model/audit_internal.h"

#include "model/mtu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHORTEST_VOLUME_SECONDS 900
#define SMALL_WINDOW 512
#define DEFAULT_IKE_SECONDS 86400
#define DEFAULT_MTU 1500
#define ASA_DEFAULT_MSS 1380

static unsigned profile_line(const struct end *e) {
	return e->profile ? e->profile->line : e->tunnel->line;
}

/* ------------------------------------------------------------------------------------------------------------ identity */

/* What an end sends, as far as its configuration says. False: not known. */
static bool sent(const struct end *e, struct saw_rc_identity *out) {
	const struct saw_rc_identity *set = e->config->asa ? &e->config->identity : e->ike ? &e->ike->local : NULL;

	if (e->config->asa && e->profile && e->profile->local.type)
		set = &e->profile->local;
	*out = set ? *set : (struct saw_rc_identity){0};
	if (out->type == SAW_RC_ID_FQDN && !out->text)
		out->text = e->config->hostname; /* ASA: crypto isakmp identity hostname */
	if (out->type != SAW_RC_ID_NONE && out->type != SAW_RC_ID_AUTO && (out->type != SAW_RC_ID_ADDRESS || out->text))
		return out->text != NULL;
	/* The address of the tunnel's source, for pre-shared keys. */
	out->type = SAW_RC_ID_ADDRESS;
	out->prefix = (struct saw_rc_prefix){e->local, e->local.family == 4 ? 32 : 128};
	return e->local.family != 0 && (e->config->asa ? e->group && e->group->local.state : e->local_key != NULL);
}

static bool ends_with(const char *text, const char *tail) {
	size_t n = strlen(text), m = strlen(tail);

	return n >= m && strcmp(text + n - m, tail) == 0;
}

static bool matches(const struct saw_rc_identity *wanted, const struct saw_rc_identity *id) {
	if (wanted->type == SAW_RC_ID_ANY)
		return true;
	if (wanted->type == SAW_RC_ID_DOMAIN)
		return (id->type == SAW_RC_ID_FQDN || id->type == SAW_RC_ID_EMAIL) && wanted->text &&
			   ends_with(id->text, wanted->text);
	if (wanted->type != id->type)
		return false;
	if (id->type == SAW_RC_ID_ADDRESS)
		return saw_audit_inside(&wanted->prefix, &id->prefix.addr);
	/* The ASA sends its hostname with its domain behind it. */
	return wanted->text && strncmp(wanted->text, id->text, strlen(id->text)) == 0;
}

static bool asa_has_group(const struct end *e, const char *name) {
	for (const struct saw_rc_tunnel_group *g = e->config->tunnel_groups; g; g = g->next)
		if (strcmp(g->name, name) == 0)
			return true;
	return false;
}

static const char *identity_text(const struct saw_rc_identity *id, char out[96]) {
	static const char *const words[] = {
		[SAW_RC_ID_ADDRESS] = "address", [SAW_RC_ID_FQDN] = "fqdn", [SAW_RC_ID_EMAIL] = "email",
		[SAW_RC_ID_KEY_ID] = "key-id",   [SAW_RC_ID_DN] = "dn",     [SAW_RC_ID_ANY] = "any"};
	char address[SAW_ADDR_TEXT];

	snprintf(out, 96, "%s %s", words[id->type],
			 id->type == SAW_RC_ID_ADDRESS ? saw_addr_print(&id->prefix.addr, address) : id->text);
	return out;
}

static void check_identity(struct saw_audit *a, const struct end *from, const struct end *to) {
	char text[96], address[SAW_ADDR_TEXT];
	struct saw_rc_identity id;

	if (!sent(from, &id))
		return;
	identity_text(&id, text);
	if (to->config->asa) {
		const char *name = strchr(text, ' ') + 1;

		/* The ASA looks for a tunnel group of that name, then for one with the peer's address. */
		if (!asa_has_group(to, name) && !asa_has_group(to, saw_addr_print(&to->remote, address)))
			saw_audit_find(a, IDENTITY_MISMATCH, to, to->tunnel->destination.line, name,
						   "%s sends %s, and no tunnel group has that name or that of its address", from->name, text);
		return;
	}
	if (!to->ike || to->ike->match_certificate)
		return;
	for (const struct saw_rc_identity *wanted = to->ike->remote; wanted; wanted = wanted->next)
		if (matches(wanted, &id))
			return;
	saw_audit_find(a, IDENTITY_MISMATCH, to, saw_audit_line(to->ike->remote ? to->ike->remote->line : 0, to->ike->line),
				   text, "%s sends %s, and profile %s does not match it", from->name, text, to->ike->name);
}

/* ----------------------------------------------------------------------------------------------------- pre-shared keys */

static bool readable(const struct saw_rc_key *k) {
	return k && k->state == SAW_RC_KEY_READABLE;
}

static bool equal(const struct saw_rc_key *a, const struct saw_rc_key *b) {
	return readable(a) && readable(b) && a->digest == b->digest;
}

static void check_keys(struct saw_audit *a, const struct end ends[2]) {
	bool masked = false;

	if (equal(ends[0].local_key, ends[1].local_key) && equal(ends[0].remote_key, ends[1].remote_key) &&
		!equal(ends[0].local_key, ends[1].remote_key)) {
		saw_audit_find(a, PSK_CROSSED, &ends[0], ends[0].local_key->line, NULL,
					   "the local key is the local key of %s:%u too, the remote key likewise", ends[1].file,
					   ends[1].local_key->line);
		return;
	}
	for (int i = 0; i < 2; i++) {
		const struct saw_rc_key *mine = ends[i].local_key, *theirs = ends[!i].remote_key;

		masked = masked || (mine && !readable(mine)) || (theirs && !readable(theirs));
		if (readable(mine) && readable(theirs) && !equal(mine, theirs))
			saw_audit_find(a, PSK_MISMATCH, &ends[i], mine->line, "local",
						   "the local key is not the remote key of %s:%u", ends[!i].file, theirs->line);
	}
	for (int i = 0; masked && i < 2; i++) {
		const struct saw_rc_key *k =
			ends[i].local_key && !readable(ends[i].local_key) ? ends[i].local_key : ends[i].remote_key;

		if (k && !readable(k))
			saw_audit_find(a, PSK_NOT_COMPARABLE, &ends[i], k->line, NULL, "the keys for %s are masked or encrypted",
						   ends[!i].name);
	}
}

/* --------------------------------------------------------------------------------------------------------- addresses, VRF */

static bool is_private(const struct saw_addr *a) {
	const uint8_t *b = a->bytes;

	if (a->family == 6)
		return (b[0] & 0xfe) == 0xfc;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
		   (b[0] == 100 && (b[1] & 0xc0) == 64);
}

static bool is_translated(const struct end *from, const struct end *to) {
	return from->remote.family && to->local.family && saw_addr_cmp(&from->remote, &to->local) != 0 &&
		   is_private(&to->local) && !is_private(&from->remote);
}

static void check_destination(struct saw_audit *a, const struct end *from, const struct end *to) {
	char there[SAW_ADDR_TEXT], here[SAW_ADDR_TEXT];

	if (!from->remote.family || !to->local.family || saw_addr_cmp(&from->remote, &to->local) == 0 ||
		is_translated(from, to))
		return;
	saw_audit_find(a, DESTINATION_MISMATCH, from, from->tunnel->destination.line, saw_addr_print(&to->local, there),
				   "%s leads to %s, the source of %s is %s", from->tunnel->name, saw_addr_print(&from->remote, here),
				   to->name, there);
}

static bool same_vrf(const char *a, const char *b) {
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static const char *vrf_name(const char *vrf) {
	return vrf ? vrf : "the global table";
}

static void check_fvrf(struct saw_audit *a, const struct end *e) {
	const char *vrf = e->tunnel->tunnel_vrf.text;
	const struct saw_rc_text *match;

	if (e->config->asa)
		return;
	if (e->source && !same_vrf(e->source->vrf.text, vrf))
		saw_audit_find(a, FVRF_MISMATCH, e, saw_audit_line(e->tunnel->tunnel_vrf.line, e->tunnel->line),
					   vrf_name(e->source->vrf.text), "tunnel vrf is %s, its source %s is in %s", vrf_name(vrf),
					   e->source->name, vrf_name(e->source->vrf.text));
	match = e->ike ? &e->ike->fvrf : NULL;
	if (match && !same_vrf(match->text, vrf) && !same_vrf(match->text, "any"))
		saw_audit_find(a, FVRF_MISMATCH, e, saw_audit_line(match->line, e->ike->line), vrf_name(vrf),
					   "IKEv2 profile %s is for %s, tunnel vrf is %s", e->ike->name, vrf_name(match->text),
					   vrf_name(vrf));
	if (e->policies_other_vrf && e->n_offers == 0)
		saw_audit_find(a, FVRF_MISMATCH, e, e->policies_other_vrf, vrf_name(vrf), "no IKEv2 policy is for %s",
					   vrf_name(vrf));
}

/* ------------------------------------------------------------------------------------------------------------ MTU and MSS */

struct fits {
	uint32_t plaintext; /* largest packet that the tunnel interface may send */
	uint32_t inner;     /* largest inside VXLAN over it */
};

/* With the cipher that both ends agree on. */
static bool compute(const struct end *e, const struct saw_rc_transform *t, const char *cipher, bool nat_t, bool vxlan,
					uint32_t *out) {
	struct saw_mtu_tunnel in = {.path_mtu = DEFAULT_MTU, .nat_t = nat_t, .outer_ipv6 = e->remote.family == 6};
	const struct saw_rc_interface *p = e->tunnel;
	struct saw_mtu m;

	in.cipher = saw_mtu_cipher_find(saw_str_of(cipher));
	if (!in.cipher)
		return false;
	if (!in.cipher->icv && t->integrity.n)
		in.integrity = saw_mtu_integrity_find(saw_str_of(t->integrity.item[0]));
	if (e->source && e->source->ip_mtu.line)
		in.path_mtu = (uint32_t)e->source->ip_mtu.value;
	else if (e->source && e->source->mtu.line)
		in.path_mtu = (uint32_t)e->source->mtu.value;
	if (p->mode == SAW_RC_MODE_GRE) {
		in.transport = t->transport != 0;
		in.layers[in.n_layers++] = (struct saw_mtu_layer){.kind = SAW_MTU_GRE,
														  .ipv6 = in.outer_ipv6,
														  .key = p->key,
														  .sequence = p->sequence,
														  .checksum = p->checksum};
	}
	if (vxlan)
		in.layers[in.n_layers++] = (struct saw_mtu_layer){.kind = SAW_MTU_VXLAN};
	if (saw_mtu_compute(&in, &m, NULL) != 0)
		return false;
	*out = m.tunnel_mtu;
	return true;
}

static void check_size(struct saw_audit *a, const struct end *e, const struct saw_rc_interface *p,
					   const struct saw_rc_number *mtu, uint32_t fits, const char *inside) {
	uint64_t effective = mtu->line && mtu->value < fits ? mtu->value : fits;
	char value[AUDIT_DECIMAL];

	if (mtu->line && mtu->value > fits)
		saw_audit_find(a, MTU_TOO_LARGE, e, mtu->line, saw_audit_decimal(value, fits),
					   "%s has MTU %" PRIu64 ", %u fit %s", p->name, mtu->value, fits, inside);
	if (p->tcp_mss.line && p->tcp_mss.value > effective - 40)
		saw_audit_find(a, MSS_TOO_LARGE, e, p->tcp_mss.line, saw_audit_decimal(value, effective - 40),
					   "%s has MSS %" PRIu64 ", the MTU of %" PRIu64 " leaves %" PRIu64, p->name, p->tcp_mss.value,
					   effective, effective - 40);
}

/* BDI100 is the gateway of bridge domain 100. */
static bool carries_vxlan(const struct saw_running_config *c, const struct saw_rc_interface *p) {
	if (strncmp(p->name, "BDI", 3) != 0 || p->shutdown)
		return false;
	for (const struct saw_rc_bridge_domain *d = c->bridge_domains; d; d = d->next)
		if (strcmp(d->name, p->name + 3) == 0)
			return d->vni != 0;
	return false;
}

static void check_vxlan(struct saw_audit *a, const struct end *e, uint32_t fits) {
	char value[AUDIT_DECIMAL];

	for (const struct saw_rc_interface *p = e->config->interfaces; p; p = p->next) {
		if (!carries_vxlan(e->config, p))
			continue;
		check_size(a, e, p, &p->ip_mtu, fits, "into VXLAN in the tunnel");
		if (!p->tcp_mss.line)
			saw_audit_find(a, OVERLAY_MSS_MISSING, e, p->line, saw_audit_decimal(value, fits - 40),
						   "%s is a VXLAN gateway over %s without ip tcp adjust-mss", p->name, e->tunnel->name);
	}
}

static void check_asa_size(struct saw_audit *a, const struct end *e, uint32_t fits) {
	const struct saw_rc_number *mss = &e->config->tcp_mss;
	uint64_t clamp = mss->line ? mss->value : ASA_DEFAULT_MSS;
	struct saw_rc_number mtu = e->tunnel->mtu;
	char value[AUDIT_DECIMAL];

	if (mtu.value == DEFAULT_MTU) /* what it prints for every interface; it fragments before encryption then */
		mtu.line = 0;
	check_size(a, e, e->tunnel, &mtu, fits, "into the tunnel");
	if (clamp > fits - 40) /* 0: no clamp */
		saw_audit_find(a, MSS_TOO_LARGE, e, mss->line, saw_audit_decimal(value, fits - 40),
					   "the ASA lets TCP have an MSS of %" PRIu64 ", the tunnel's MTU of %u leaves %u", clamp, fits,
					   fits - 40);
}

static void check_mtu(struct saw_audit *a, const struct end *e, const struct saw_rc_transform *t, const char *cipher,
					  bool nat_t) {
	uint32_t fits;

	if (!cipher || !compute(e, t, cipher, nat_t, false, &fits))
		return;
	if (e->config->asa) {
		check_asa_size(a, e, fits);
		return;
	}
	check_size(a, e, e->tunnel, &e->tunnel->ip_mtu, fits, "into the tunnel");
	if (a->vxlan[e->side] && compute(e, t, cipher, nat_t, true, &fits))
		check_vxlan(a, e, fits);
}

/* ------------------------------------------------------------------------------------------------- lifetimes, replay, DPD */

static const struct saw_rc_number *ike_seconds(const struct end *e, const struct saw_rc_ike *offer, uint64_t *seconds) {
	const struct saw_rc_number *n = e->config->asa ? &offer->lifetime_seconds
									: e->ike       ? &e->ike->lifetime_seconds
												   : NULL;

	*seconds = n && n->line ? n->value : DEFAULT_IKE_SECONDS;
	return n;
}

static void check_lifetimes(struct saw_audit *a, const struct end ends[2], const struct saw_rc_ike *offers[2]) {
	const struct saw_rc_number *n[2];
	uint64_t v[2];

	for (int i = 0; i < 2; i++)
		n[i] = saw_audit_end_seconds(&ends[i], &v[i]);
	if (v[0] != v[1])
		saw_audit_find(a, LIFETIME_MISMATCH, &ends[0], saw_audit_line(n[0]->line, profile_line(&ends[0])), NULL,
					   "SAs live %" PRIu64 " s, on %s %" PRIu64 " s", v[0], ends[1].name, v[1]);
	for (int i = 0; i < 2; i++)
		n[i] = saw_audit_end_kilobytes(&ends[i], &v[i]);
	if (v[0] != v[1])
		saw_audit_find(a, LIFETIME_MISMATCH, &ends[0], saw_audit_line(n[0]->line, profile_line(&ends[0])), NULL,
					   "SAs live %" PRIu64 " kB, on %s %" PRIu64 " kB (0: without limit)", v[0], ends[1].name, v[1]);
	if (!offers[0])
		return;
	for (int i = 0; i < 2; i++)
		n[i] = ike_seconds(&ends[i], offers[i], &v[i]);
	if (v[0] != v[1])
		saw_audit_find(a, LIFETIME_MISMATCH, &ends[0], saw_audit_line(n[0] ? n[0]->line : 0, offers[0]->line), NULL,
					   "the IKE SA lives %" PRIu64 " s, on %s %" PRIu64 " s", v[0], ends[1].name, v[1]);
}

static void check_volume(struct saw_audit *a, const struct end *e) {
	uint64_t kilobytes, seconds;
	const struct saw_rc_number *n = saw_audit_end_kilobytes(e, &kilobytes);

	if (!a->options.load_bits_per_second || !kilobytes || !e->profile)
		return;
	seconds = (uint64_t)((double)kilobytes * 1024 * 8 / (double)a->options.load_bits_per_second);
	if (seconds < SHORTEST_VOLUME_SECONDS)
		saw_audit_find(a, VOLUME_LIFETIME, e, saw_audit_line(n->line, profile_line(e)), NULL,
					   "%" PRIu64 " kB last %" PRIu64 " s at %.4g Mbit/s", kilobytes, seconds,
					   (double)a->options.load_bits_per_second / 1e6);
}

static void check_replay(struct saw_audit *a, const struct end ends[2]) {
	const struct saw_rc_number *n[2];
	uint64_t window[2];
	char value[AUDIT_DECIMAL];

	for (int i = 0; i < 2; i++) {
		n[i] = saw_audit_end_window(&ends[i], &window[i]);
		if (window[i] == 0)
			saw_audit_find(a, REPLAY_OFF, &ends[i], n[i]->line, NULL, "the anti-replay check is off");
		else if (window[i] < SMALL_WINDOW)
			saw_audit_find(a, REPLAY_WINDOW_SMALL, &ends[i], saw_audit_line(n[i]->line, profile_line(&ends[i])), NULL,
						   "the anti-replay window is %" PRIu64 "%s", window[i], n[i]->line ? "" : ", the default");
	}
	if (window[0] && window[1] && window[0] != window[1]) {
		int small = window[0] > window[1];

		saw_audit_find(
			a, REPLAY_WINDOW_DIFFERS, &ends[small], saw_audit_line(n[small]->line, profile_line(&ends[small])),
			saw_audit_decimal(value, window[!small]), "the anti-replay window is %" PRIu64 ", on %s %" PRIu64,
			window[small], ends[!small].name, window[!small]);
	}
}

/* The ASA asks by default. */
static bool has_dpd(const struct end *e) {
	if (e->config->asa)
		return !e->group || !e->group->keepalive_disabled;
	return (e->ike && e->ike->dpd_seconds.line) || e->config->ike_dpd_seconds.line;
}

static void check_dpd(struct saw_audit *a, const struct end ends[2]) {
	const struct end *e = &ends[ends[0].config->asa]; /* the router's, where there is one */

	if (!has_dpd(&ends[0]) && !has_dpd(&ends[1]))
		saw_audit_find(a, DPD_MISSING, e,
					   e->ike     ? e->ike->line
					   : e->group ? e->group->line
								  : e->tunnel->line,
					   NULL, "neither this end nor %s has dead peer detection", ends[!ends[0].config->asa].name);
}

/* ------------------------------------------------------------------------------------------------------------------- IKE */

static const struct saw_rc_name *named(const struct saw_rc_name *list, const char *name) {
	while (list && (!name || strcmp(list->name, name) != 0))
		list = list->next;
	return list;
}

static void check_versions(struct saw_audit *a, const struct end *e) {
	const char *nameif = e->tunnel->source.text;
	const struct saw_rc_name *v1;

	if (!e->config->asa) {
		if (e->config->ikev1)
			saw_audit_find(a, IKEV1_ENABLED, e, e->config->ikev1, NULL, "IKEv1 (crypto isakmp) is configured");
		return;
	}
	v1 = named(e->config->ikev1_interfaces, nameif);
	if (v1)
		saw_audit_find(a, IKEV1_ENABLED, e, v1->line, nameif, "IKEv1 is enabled on %s", nameif);
	if (nameif && !named(e->config->ikev2_interfaces, nameif))
		saw_audit_find(a, IKEV2_DISABLED, e, e->tunnel->source.line, NULL, "IKEv2 is not enabled on %s", nameif);
	if (e->policy && e->policy->protocols.n && !saw_audit_list_has(&e->policy->protocols, "ikev2"))
		saw_audit_find(a, IKEV2_DISABLED, e, e->policy->protocols.line, NULL, "group policy %s does not allow ikev2",
					   e->policy->name);
}

/* ------------------------------------------------------------------------------------------------------------------- BGP */

static bool has_password(const struct saw_running_config *c, const struct saw_rc_neighbor *n) {
	if (n->password)
		return true;
	for (const struct saw_rc_neighbor *g = c->neighbors; n->group && g; g = g->next)
		if (strcmp(g->name, n->group) == 0)
			return g->password != 0;
	return false;
}

/* The neighbour is beyond the firewall: neither the firewall itself, nor on a network of the router other than the tunnel. */
static bool passes(const struct end *router, const struct end *asa, const struct saw_addr *neighbor) {
	for (const struct saw_rc_interface *p = asa->config->interfaces; p; p = p->next)
		for (unsigned i = 0; i < p->n_addresses; i++)
			if (saw_addr_cmp(&p->address[i].addr, neighbor) == 0)
				return false;
	for (const struct saw_rc_interface *p = router->config->interfaces; p; p = p->next)
		for (unsigned i = 0; i < p->n_addresses && p != router->tunnel; i++)
			if (saw_audit_inside(&p->address[i], neighbor))
				return false;
	return true;
}

static bool is_bgp_class(const struct saw_running_config *c, const char *name) {
	for (const struct saw_rc_class_map *m = c->class_maps; m; m = m->next)
		if (strcmp(m->name, name) == 0)
			return m->bgp || (m->acl && named(c->bgp_acls, m->acl));
	return false;
}

static bool allows_option19(const struct saw_running_config *c, const char *name) {
	for (const struct saw_rc_tcp_map *m = c->tcp_maps; m && name; m = m->next)
		if (strcmp(m->name, name) == 0)
			return m->option19 != 0;
	return false;
}

/* What the service policies do to BGP; the line of a class that is for it. */
struct treatment {
	bool option19, sequence;
	unsigned line;
};

static struct treatment treatment_of_bgp(const struct saw_running_config *c) {
	struct treatment t = {0};

	for (const struct saw_rc_policy_map *p = c->policy_maps; p; p = p->next)
		for (const struct saw_rc_policy_class *k = p->classes; k && named(c->service_policies, p->name); k = k->next)
			if (is_bgp_class(c, k->name)) {
				t.option19 = t.option19 || allows_option19(c, k->tcp_map.text);
				t.sequence = t.sequence || k->sequence_untouched;
				t.line = k->line;
			}
	return t;
}

static void check_bgp(struct saw_audit *a, const struct end *router, const struct end *asa) {
	struct treatment t;

	if (router->config->asa || !asa->config->asa)
		return;
	t = treatment_of_bgp(asa->config);
	for (const struct saw_rc_neighbor *n = router->config->neighbors; n; n = n->next) {
		if (!n->addr.family || !has_password(router->config, n) || !passes(router, asa, &n->addr))
			continue;
		if (!t.option19)
			saw_audit_find(a, BGP_MD5_OPTION, asa, t.line, NULL,
						   "TCP option 19 is not allowed between %s and its neighbor %s (%s:%u)", router->name, n->name,
						   router->file, n->line);
		if (!t.sequence)
			saw_audit_find(a, BGP_MD5_SEQUENCE, asa, t.line, NULL,
						   "sequence numbers are changed between %s and its neighbor %s (%s:%u)", router->name, n->name,
						   router->file, n->line);
	}
}

void saw_audit_check(struct saw_audit *a, struct end ends[2]) {
	bool nat_t = is_translated(&ends[0], &ends[1]) || is_translated(&ends[1], &ends[0]);
	struct agreement agreed;

	saw_audit_check_crypto(a, ends, &agreed);
	check_keys(a, ends);
	if (ends[0].profile && ends[1].profile) {
		check_lifetimes(a, ends, agreed.offers);
		check_replay(a, ends);
	}
	check_dpd(a, ends);
	for (int i = 0; i < 2; i++) {
		check_identity(a, &ends[i], &ends[!i]);
		check_destination(a, &ends[i], &ends[!i]);
		check_fvrf(a, &ends[i]);
		check_mtu(a, &ends[i], agreed.transforms[i], agreed.cipher, nat_t);
		check_versions(a, &ends[i]);
		check_volume(a, &ends[i]);
		check_bgp(a, &ends[i], &ends[!i]);
	}
}
