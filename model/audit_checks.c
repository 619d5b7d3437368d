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

/* The line of a value, or of what it would stand in. */
static unsigned line_of(unsigned line, unsigned otherwise) {
	return line ? line : otherwise;
}

static unsigned profile_line(const struct end *e) {
	return e->profile ? e->profile->line : e->tunnel->line;
}

static const char *decimal(char out[24], uint64_t v) {
	snprintf(out, 24, "%" PRIu64, v);
	return out;
}

static bool is_combined(const char *cipher) {
	return strncmp(cipher, "aes-gcm", 7) == 0 || strncmp(cipher, "aes-gmac", 8) == 0;
}

/* "a, b" */
static const char *listed(const struct saw_rc_list *l, char out[96]) {
	size_t at = 0;

	out[0] = 0;
	for (unsigned i = 0; i < l->n && at < 95; i++)
		at += (size_t)snprintf(out + at, 96 - at, "%s%s", i ? ", " : "", l->item[i]);
	return l->n ? out : "none";
}

/* -------------------------------------------------------------------------------------------------- Diffie-Hellman groups */

/* Bits of a symmetric key that is as hard to break: NIST SP 800-57. 0: a group that is not known. */
static unsigned strength(const char *group) {
	static const struct {
		const char *group;
		unsigned bits;
	} groups[] = {
		{"1", 60},   {"2", 80},   {"5", 90},   {"24", 112}, {"14", 112}, {"15", 128},
		{"16", 152}, {"18", 192}, {"19", 128}, {"20", 192}, {"21", 256},
	};

	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (strcmp(group, groups[i].group) == 0)
			return groups[i].bits;
	return 0;
}

static bool is_weak_group(const char *group) {
	return strcmp(group, "1") == 0 || strcmp(group, "2") == 0 || strcmp(group, "5") == 0 || strcmp(group, "24") == 0;
}

/* The guidance names elliptic curves: 19 or 20 for 128 bits, 20 for 192, 21 for 256. */
static const char *guidance(unsigned key_bits) {
	return key_bits > 192 ? "21" : key_bits > 128 ? "20" : "19";
}

static bool below_guidance(const char *group, unsigned key_bits) {
	bool curve = strcmp(group, "19") == 0 || strcmp(group, "20") == 0 || strcmp(group, "21") == 0;

	return !curve || strength(group) < strength(guidance(key_bits));
}

/* Of the longest key in the list; 128 where none has a size. */
static unsigned longest_key(const struct saw_rc_list *ciphers) {
	unsigned longest = 128;

	for (unsigned i = 0; i < ciphers->n; i++) {
		const char *dash = strrchr(ciphers->item[i], '-');
		unsigned bits = dash ? (unsigned)strtoul(dash + 1, NULL, 10) : 0;

		longest = bits > longest ? bits : longest;
	}
	return longest;
}

static const char *strongest(const struct saw_rc_list *groups) {
	const char *best = NULL;

	for (unsigned i = 0; i < groups->n; i++)
		if (!best || strength(groups->item[i]) > strength(best))
			best = groups->item[i];
	return best;
}

/* A group that is weak is said once, by the graver rule. */
static void check_group(struct saw_audit *a, const struct end *e, const char *what, const char *group, unsigned line) {
	if (is_weak_group(group))
		saw_audit_find(a, WEAK_GROUP, e, line, NULL, "%s offers group %s", what, group);
	else if (strcmp(group, "20") != 0 && strcmp(group, "15") != 0 && strcmp(group, "16") != 0)
		saw_audit_find(a, CNSA_GROUP, e, line, NULL, "%s offers group %s", what, group);
}

static void check_guidance(struct saw_audit *a, const struct end *e, const char *what, const char *group, unsigned bits,
						   unsigned line) {
	if (group && !is_weak_group(group) && below_guidance(group, bits))
		saw_audit_find(a, GROUP_BELOW_GUIDANCE, e, line, guidance(bits), "%s has group %s for keys of %u bits", what,
					   group, bits);
}

/* ---------------------------------------------------------------------------------------------------------- algorithms */

static void check_ciphers(struct saw_audit *a, const struct end *e, const char *what, const struct saw_rc_list *l) {
	for (unsigned i = 0; i < l->n; i++) {
		const char *c = l->item[i];

		if (strcmp(c, "des") == 0 || strcmp(c, "3des") == 0 || strcmp(c, "null") == 0 || strncmp(c, "aes-gmac", 8) == 0)
			saw_audit_find(a, WEAK_CIPHER, e, l->line, NULL, "%s offers %s", what, c);
		else if (strcmp(c, "aes-gcm-256") != 0)
			saw_audit_find(a, CNSA_CIPHER, e, l->line, NULL, "%s offers %s", what, c);
	}
}

static void check_hashes(struct saw_audit *a, const struct end *e, const char *what, const struct saw_rc_list *l) {
	if (saw_audit_list_has(l, "md5"))
		saw_audit_find(a, WEAK_HASH, e, l->line, NULL, "%s offers md5", what);
}

static bool only_combined(const struct saw_rc_list *ciphers) {
	for (unsigned i = 0; i < ciphers->n; i++)
		if (!is_combined(ciphers->item[i]))
			return false;
	return ciphers->n > 0;
}

static bool some_combined(const struct saw_rc_list *ciphers) {
	for (unsigned i = 0; i < ciphers->n; i++)
		if (is_combined(ciphers->item[i]))
			return true;
	return false;
}

static void check_gcm(struct saw_audit *a, const struct end *e, const char *what, const struct saw_rc_list *ciphers,
					  const struct saw_rc_list *integrity) {
	char text[96];

	if (only_combined(ciphers) && integrity->n && !saw_audit_list_has(integrity, "null"))
		saw_audit_find(a, GCM_WITH_INTEGRITY, e, integrity->line, NULL, "%s has GCM with integrity %s", what,
					   listed(integrity, text));
}

static const char *offer_name(const struct end *e, const struct saw_rc_ike *o, char out[96]) {
	snprintf(out, 96, "IKEv2 %s %s", e->config->asa ? "policy" : "proposal", o->name);
	return out;
}

static void check_offers(struct saw_audit *a, const struct end *e) {
	char what[96];

	for (unsigned i = 0; i < e->n_offers; i++) {
		const struct saw_rc_ike *o = e->offers[i];

		offer_name(e, o, what);
		check_ciphers(a, e, what, &o->encryption);
		check_hashes(a, e, what, &o->integrity);
		check_hashes(a, e, what, &o->prf);
		check_gcm(a, e, what, &o->encryption, &o->integrity);
		if (some_combined(&o->encryption) && o->prf.n == 0)
			saw_audit_find(a, GCM_WITHOUT_PRF, e, line_of(o->encryption.line, o->line), NULL, "%s has GCM and no prf",
						   what);
		for (unsigned k = 0; k < o->group.n; k++)
			check_group(a, e, what, o->group.item[k], o->group.line);
		check_guidance(a, e, what, strongest(&o->group), longest_key(&o->encryption), o->group.line);
	}
}

static void check_transforms(struct saw_audit *a, const struct end *e) {
	char what[96];

	for (unsigned i = 0; i < e->n_transforms; i++) {
		const struct saw_rc_transform *t = e->transforms[i];

		snprintf(what, sizeof what, "%s %s", e->config->asa ? "IPsec proposal" : "transform set", t->name);
		check_ciphers(a, e, what, &t->encryption);
		check_hashes(a, e, what, &t->integrity);
		check_gcm(a, e, what, &t->encryption, &t->integrity);
	}
}

/* The first of a's that b has too; NULL: none. */
static const char *common(const struct saw_rc_list *a, const struct saw_rc_list *b) {
	for (unsigned i = 0; i < a->n; i++)
		if (saw_audit_list_has(b, a->item[i]))
			return a->item[i];
	return NULL;
}

/* A cipher that authenticates by itself needs no common integrity. */
static const char *common_cipher(const struct saw_rc_list *ciphers_a, const struct saw_rc_list *integrity_a,
								 const struct saw_rc_list *ciphers_b, const struct saw_rc_list *integrity_b) {
	bool integrity = common(integrity_a, integrity_b) || (!integrity_a->n && !integrity_b->n);

	for (unsigned i = 0; i < ciphers_a->n; i++)
		if (saw_audit_list_has(ciphers_b, ciphers_a->item[i]) && (is_combined(ciphers_a->item[i]) || integrity))
			return ciphers_a->item[i];
	return NULL;
}

/* Without `prf` it is the integrity algorithm's; GCM without either is a finding of its own, not one more here. */
static bool common_prf(const struct saw_rc_ike *a, const struct saw_rc_ike *b) {
	const struct saw_rc_list *x = a->prf.n ? &a->prf : &a->integrity, *y = b->prf.n ? &b->prf : &b->integrity;

	return !x->n || !y->n || common(x, y);
}

static bool offers_agree(const struct saw_rc_ike *a, const struct saw_rc_ike *b) {
	return common_cipher(&a->encryption, &a->integrity, &b->encryption, &b->integrity) &&
		   common(&a->group, &b->group) && common_prf(a, b);
}

static bool common_offer(const struct end ends[2], const struct saw_rc_ike *out[2]) {
	for (unsigned i = 0; i < ends[0].n_offers; i++)
		for (unsigned k = 0; k < ends[1].n_offers; k++)
			if (offers_agree(ends[0].offers[i], ends[1].offers[k])) {
				out[0] = ends[0].offers[i];
				out[1] = ends[1].offers[k];
				return true;
			}
	return false;
}

/* The cipher; NULL: none. */
static const char *common_transform(const struct end ends[2], const struct saw_rc_transform *out[2]) {
	for (unsigned i = 0; i < ends[0].n_transforms; i++)
		for (unsigned k = 0; k < ends[1].n_transforms; k++) {
			const struct saw_rc_transform *x = ends[0].transforms[i], *y = ends[1].transforms[k];
			const char *cipher = common_cipher(&x->encryption, &x->integrity, &y->encryption, &y->integrity);

			if (!cipher)
				continue;
			out[0] = x;
			out[1] = y;
			return cipher;
		}
	return NULL;
}

static void check_common(struct saw_audit *a, const struct end ends[2], bool ike, bool esp) {
	char first[96], second[96], x[96], y[96];

	if (ends[0].n_offers && ends[1].n_offers && !ike) {
		const struct saw_rc_ike *p = ends[0].offers[0], *q = ends[1].offers[0];

		saw_audit_find(a, IKE_NO_COMMON, &ends[0], p->line, NULL, "%s: %s, group %s; %s:%u: %s: %s, group %s",
					   offer_name(&ends[0], p, first), listed(&p->encryption, x),
					   p->group.n ? p->group.item[0] : "none", ends[1].file, q->line, offer_name(&ends[1], q, second),
					   listed(&q->encryption, y), q->group.n ? q->group.item[0] : "none");
	}
	if (ends[0].n_transforms && ends[1].n_transforms && !esp) {
		const struct saw_rc_transform *p = ends[0].transforms[0], *q = ends[1].transforms[0];

		saw_audit_find(a, ESP_NO_COMMON, &ends[0], p->line, NULL, "%s has %s, %s:%u: %s has %s", p->name,
					   listed(&p->encryption, x), ends[1].file, q->line, q->name, listed(&q->encryption, y));
	}
}

/* ------------------------------------------------------------------------------------------------------------------ PFS */

static void check_pfs(struct saw_audit *a, const struct end ends[2]) {
	const struct saw_rc_number *pfs[2];
	char value[24];

	for (int i = 0; i < 2; i++) {
		const struct end *e = &ends[i];

		if (!e->profile)
			return;
		pfs[i] = &e->profile->pfs;
	}
	for (int i = 0; i < 2; i++) {
		const struct end *e = &ends[i], *other = &ends[!i];
		unsigned bits = 128;
		const char *group;

		if (!pfs[i]->line)
			continue;
		group = decimal(value, pfs[i]->value);
		check_group(a, e, "PFS", group, pfs[i]->line);
		for (unsigned k = 0; k < e->n_transforms; k++)
			bits =
				longest_key(&e->transforms[k]->encryption) > bits ? longest_key(&e->transforms[k]->encryption) : bits;
		check_guidance(a, e, "PFS", group, bits, pfs[i]->line);
		if (!pfs[!i]->line)
			saw_audit_find(a, PFS_MISMATCH, other, other->profile->line, group,
						   "profile %s has no PFS, %s:%u has group %s", other->profile->name, e->file, pfs[i]->line,
						   group);
	}
	if (pfs[0]->line && pfs[1]->line && pfs[0]->value != pfs[1]->value)
		saw_audit_find(a, PFS_MISMATCH, &ends[0], pfs[0]->line, decimal(value, pfs[1]->value),
					   "PFS group %" PRIu64 ", %s:%u has group %" PRIu64, pfs[0]->value, ends[1].file, pfs[1]->line,
					   pfs[1]->value);
}

/* Against the group that both ends agree on for IKE. */
static void check_pfs_strength(struct saw_audit *a, const struct end ends[2], const struct saw_rc_ike *offers[2]) {
	const char *group = offers[0] ? common(&offers[0]->group, &offers[1]->group) : NULL;
	char value[24];

	for (int i = 0; group && i < 2; i++) {
		const struct saw_rc_number *pfs = ends[i].profile ? &ends[i].profile->pfs : NULL;

		if (!pfs || !pfs->line || is_weak_group(decimal(value, pfs->value)))
			continue;
		if (strength(value) && strength(value) < strength(group))
			saw_audit_find(a, PFS_WEAKER, &ends[i], pfs->line, group, "PFS has group %s, IKE has group %s", value,
						   group);
	}
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
		return id->type == SAW_RC_ID_FQDN && wanted->text && ends_with(id->text, wanted->text);
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
	if (!to->ike)
		return;
	for (const struct saw_rc_identity *wanted = to->ike->remote; wanted; wanted = wanted->next)
		if (matches(wanted, &id))
			return;
	saw_audit_find(a, IDENTITY_MISMATCH, to, line_of(to->ike->remote ? to->ike->remote->line : 0, to->ike->line), text,
				   "%s sends %s, and profile %s does not match it", from->name, text, to->ike->name);
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
		saw_audit_find(a, FVRF_MISMATCH, e, line_of(e->tunnel->tunnel_vrf.line, e->tunnel->line),
					   vrf_name(e->source->vrf.text), "tunnel vrf is %s, its source %s is in %s", vrf_name(vrf),
					   e->source->name, vrf_name(e->source->vrf.text));
	match = e->ike ? &e->ike->fvrf : NULL;
	if (match && !same_vrf(match->text, vrf) && !same_vrf(match->text, "any"))
		saw_audit_find(a, FVRF_MISMATCH, e, line_of(match->line, e->ike->line), vrf_name(vrf),
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
	char value[24];

	if (mtu->line && mtu->value > fits)
		saw_audit_find(a, MTU_TOO_LARGE, e, mtu->line, decimal(value, fits), "%s has MTU %" PRIu64 ", %u fit %s",
					   p->name, mtu->value, fits, inside);
	if (p->tcp_mss.line && p->tcp_mss.value > effective - 40)
		saw_audit_find(a, MSS_TOO_LARGE, e, p->tcp_mss.line, decimal(value, effective - 40),
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
	char value[24];

	for (const struct saw_rc_interface *p = e->config->interfaces; p; p = p->next) {
		if (!carries_vxlan(e->config, p))
			continue;
		check_size(a, e, p, &p->ip_mtu, fits, "into VXLAN in the tunnel");
		if (!p->tcp_mss.line)
			saw_audit_find(a, OVERLAY_MSS_MISSING, e, p->line, decimal(value, fits - 40),
						   "%s is a VXLAN gateway over %s without ip tcp adjust-mss", p->name, e->tunnel->name);
	}
}

static bool has_vxlan(const struct saw_running_config *c) {
	for (const struct saw_rc_interface *p = c->interfaces; p; p = p->next)
		if (p->nve_source.line && !p->shutdown)
			return true;
	return false;
}

static void check_asa_size(struct saw_audit *a, const struct end *e, uint32_t fits) {
	const struct saw_rc_number *mss = &e->config->tcp_mss;
	uint64_t clamp = mss->line ? mss->value : ASA_DEFAULT_MSS;
	struct saw_rc_number mtu = e->tunnel->mtu;
	char value[24];

	if (mtu.value == DEFAULT_MTU) /* what it prints for every interface; it fragments before encryption then */
		mtu.line = 0;
	check_size(a, e, e->tunnel, &mtu, fits, "into the tunnel");
	if (clamp > fits - 40) /* 0: no clamp */
		saw_audit_find(a, MSS_TOO_LARGE, e, mss->line, decimal(value, fits - 40),
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
	if (has_vxlan(e->config) && compute(e, t, cipher, nat_t, true, &fits))
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
		saw_audit_find(a, LIFETIME_MISMATCH, &ends[0], line_of(n[0]->line, profile_line(&ends[0])), NULL,
					   "SAs live %" PRIu64 " s, on %s %" PRIu64 " s", v[0], ends[1].name, v[1]);
	for (int i = 0; i < 2; i++)
		n[i] = saw_audit_end_kilobytes(&ends[i], &v[i]);
	if (v[0] != v[1])
		saw_audit_find(a, LIFETIME_MISMATCH, &ends[0], line_of(n[0]->line, profile_line(&ends[0])), NULL,
					   "SAs live %" PRIu64 " kB, on %s %" PRIu64 " kB (0: without limit)", v[0], ends[1].name, v[1]);
	if (!offers[0])
		return;
	for (int i = 0; i < 2; i++)
		n[i] = ike_seconds(&ends[i], offers[i], &v[i]);
	if (v[0] != v[1])
		saw_audit_find(a, LIFETIME_MISMATCH, &ends[0], line_of(n[0] ? n[0]->line : 0, offers[0]->line), NULL,
					   "the IKE SA lives %" PRIu64 " s, on %s %" PRIu64 " s", v[0], ends[1].name, v[1]);
}

static void check_volume(struct saw_audit *a, const struct end *e) {
	uint64_t kilobytes, seconds;
	const struct saw_rc_number *n = saw_audit_end_kilobytes(e, &kilobytes);

	if (!a->options.load_bits_per_second || !kilobytes || !e->profile)
		return;
	seconds = (uint64_t)((double)kilobytes * 1024 * 8 / (double)a->options.load_bits_per_second);
	if (seconds < SHORTEST_VOLUME_SECONDS)
		saw_audit_find(a, VOLUME_LIFETIME, e, line_of(n->line, profile_line(e)), NULL,
					   "%" PRIu64 " kB last %" PRIu64 " s at this load", kilobytes, seconds);
}

static void check_replay(struct saw_audit *a, const struct end ends[2]) {
	const struct saw_rc_number *n[2];
	uint64_t window[2];
	char value[24];

	for (int i = 0; i < 2; i++) {
		n[i] = saw_audit_end_window(&ends[i], &window[i]);
		if (window[i] == 0)
			saw_audit_find(a, REPLAY_OFF, &ends[i], n[i]->line, NULL, "the anti-replay check is off");
		else if (window[i] < SMALL_WINDOW)
			saw_audit_find(a, REPLAY_WINDOW_SMALL, &ends[i], line_of(n[i]->line, profile_line(&ends[i])), NULL,
						   "the anti-replay window is %" PRIu64 "%s", window[i], n[i]->line ? "" : ", the default");
	}
	if (window[0] && window[1] && window[0] != window[1]) {
		int small = window[0] > window[1];

		saw_audit_find(a, REPLAY_WINDOW_DIFFERS, &ends[small], line_of(n[small]->line, profile_line(&ends[small])),
					   decimal(value, window[!small]), "the anti-replay window is %" PRIu64 ", on %s %" PRIu64,
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

/* What the service policies do to BGP. */
static void treatment(const struct saw_running_config *c, bool *option19, bool *sequence) {
	*option19 = *sequence = false;
	for (const struct saw_rc_policy_map *p = c->policy_maps; p; p = p->next)
		for (const struct saw_rc_policy_class *k = p->classes; k && named(c->service_policies, p->name); k = k->next)
			if (is_bgp_class(c, k->name)) {
				*option19 = *option19 || allows_option19(c, k->tcp_map.text);
				*sequence = *sequence || k->sequence_untouched;
			}
}

static void check_bgp(struct saw_audit *a, const struct end *router, const struct end *asa) {
	bool option19, sequence;

	if (router->config->asa || !asa->config->asa)
		return;
	treatment(asa->config, &option19, &sequence);
	for (const struct saw_rc_neighbor *n = router->config->neighbors; n; n = n->next) {
		if (!n->addr.family || !has_password(router->config, n) || !passes(router, asa, &n->addr))
			continue;
		if (!option19)
			saw_audit_find(a, BGP_MD5_OPTION, asa, 0, NULL,
						   "BGP with MD5 between %s and %s: TCP option 19 is not allowed", router->name, n->name);
		if (!sequence)
			saw_audit_find(a, BGP_MD5_SEQUENCE, asa, 0, NULL,
						   "BGP with MD5 between %s and %s: sequence numbers are changed", router->name, n->name);
	}
}

void saw_audit_check(struct saw_audit *a, struct end ends[2]) {
	const struct saw_rc_transform *transforms[2] = {NULL, NULL};
	const struct saw_rc_ike *offers[2] = {NULL, NULL};
	const char *cipher = common_transform(ends, transforms);
	bool nat_t = is_translated(&ends[0], &ends[1]) || is_translated(&ends[1], &ends[0]);
	bool ike = common_offer(ends, offers);

	check_common(a, ends, ike, cipher != NULL);
	check_pfs(a, ends);
	check_pfs_strength(a, ends, offers);
	check_keys(a, ends);
	if (ends[0].profile && ends[1].profile) {
		check_lifetimes(a, ends, offers);
		check_replay(a, ends);
	}
	check_dpd(a, ends);
	for (int i = 0; i < 2; i++) {
		check_offers(a, &ends[i]);
		check_transforms(a, &ends[i]);
		check_identity(a, &ends[i], &ends[!i]);
		check_destination(a, &ends[i], &ends[!i]);
		check_fvrf(a, &ends[i]);
		check_mtu(a, &ends[i], transforms[i], cipher, nat_t);
		check_versions(a, &ends[i]);
		check_volume(a, &ends[i]);
		check_bgp(a, &ends[i], &ends[!i]);
	}
}
