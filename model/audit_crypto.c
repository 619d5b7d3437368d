#include "model/audit_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
			saw_audit_find(a, GCM_WITHOUT_PRF, e, saw_audit_line(o->encryption.line, o->line), NULL,
						   "%s has GCM and no prf", what);
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
	char value[AUDIT_DECIMAL];

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
		group = saw_audit_decimal(value, pfs[i]->value);
		if (!pfs[!i]->line)
			saw_audit_find(a, PFS_MISMATCH, other, other->profile->line, pfs[i]->value ? group : "N",
						   "profile %s has no PFS, %s:%u has group %s", other->profile->name, e->file, pfs[i]->line,
						   pfs[i]->value ? group : "of its version");
		if (!pfs[i]->value)
			continue;
		check_group(a, e, "PFS", group, pfs[i]->line);
		for (unsigned k = 0; k < e->n_transforms; k++) {
			unsigned longest = longest_key(&e->transforms[k]->encryption);

			bits = longest > bits ? longest : bits;
		}
		check_guidance(a, e, "PFS", group, bits, pfs[i]->line);
	}
	if (pfs[0]->value && pfs[1]->value && pfs[0]->value != pfs[1]->value)
		saw_audit_find(a, PFS_MISMATCH, &ends[0], pfs[0]->line, saw_audit_decimal(value, pfs[1]->value),
					   "PFS group %" PRIu64 ", %s:%u has group %" PRIu64, pfs[0]->value, ends[1].file, pfs[1]->line,
					   pfs[1]->value);
}

/* Against the group that both ends agree on for IKE. */
static void check_pfs_strength(struct saw_audit *a, const struct end ends[2], const struct saw_rc_ike *offers[2]) {
	const char *group = offers[0] ? common(&offers[0]->group, &offers[1]->group) : NULL;
	char value[AUDIT_DECIMAL];

	for (int i = 0; group && i < 2; i++) {
		const struct saw_rc_number *pfs = ends[i].profile ? &ends[i].profile->pfs : NULL;

		if (!pfs || !pfs->line || is_weak_group(saw_audit_decimal(value, pfs->value)))
			continue;
		if (strength(value) && strength(value) < strength(group))
			saw_audit_find(a, PFS_WEAKER, &ends[i], pfs->line, group, "PFS has group %s, IKE has group %s", value,
						   group);
	}
}

void saw_audit_check_crypto(struct saw_audit *a, const struct end ends[2], struct agreement *agreed) {
	*agreed = (struct agreement){0};
	agreed->cipher = common_transform(ends, agreed->transforms);
	check_common(a, ends, common_offer(ends, agreed->offers), agreed->cipher != NULL);
	check_pfs(a, ends);
	check_pfs_strength(a, ends, agreed->offers);
	for (int i = 0; i < 2; i++) {
		check_offers(a, &ends[i]);
		check_transforms(a, &ends[i]);
	}
}
