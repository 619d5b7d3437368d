#include "model/audit_internal.h"

#include <inttypes.h>
#include <stdio.h>

#define DEFAULT_KILOBYTES 4608000
#define DEFAULT_WINDOW 64

bool saw_audit_list_has(const struct saw_rc_list *l, const char *item) {
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->item[i], item) == 0)
			return true;
	return false;
}

static bool same(const char *a, const char *b) {
	return a && b && strcmp(a, b) == 0;
}

/* The entry of this name. Every entry begins with its name; `next` says where its list goes on. */
static const void *find(const void *list, size_t next, const char *name) {
	while (list && !same(*(const char *const *)list, name))
		list = *(const void *const *)((const char *)list + next);
	return list;
}
#define FIND(type, list, name) find(list, offsetof(struct type, next), name)

const char *saw_audit_decimal(char out[AUDIT_DECIMAL], uint64_t v) {
	snprintf(out, AUDIT_DECIMAL, "%" PRIu64, v);
	return out;
}

/* ---------------------------------------------------------------------------------------------------------- addresses */

static const struct saw_addr *address_of(const struct saw_rc_interface *p, uint8_t family) {
	for (unsigned i = 0; p && i < p->n_addresses; i++)
		if (p->address[i].addr.family == family)
			return &p->address[i].addr;
	return NULL;
}

static const struct saw_rc_interface *holder_of(const struct saw_running_config *c, const struct saw_addr *a) {
	for (const struct saw_rc_interface *p = c->interfaces; p; p = p->next)
		for (unsigned i = 0; i < p->n_addresses; i++)
			if (saw_addr_cmp(&p->address[i].addr, a) == 0)
				return p;
	return NULL;
}

void saw_audit_end_tunnel(const struct saw_audit_side *side, unsigned number, const struct saw_rc_interface *tunnel,
						  struct end *out) {
	const struct saw_running_config *c = side->config;
	const char *source = tunnel->source.text;
	const struct saw_addr *local;

	*out = (struct end){.config = c, .file = side->file, .side = number, .tunnel = tunnel};
	out->name = c->hostname ? c->hostname : side->file;
	if (tunnel->destination.text)
		saw_addr_parse(saw_str_of(tunnel->destination.text), &out->remote);
	if (source && saw_addr_parse(saw_str_of(source), &out->local) == 0) {
		out->source = holder_of(c, &out->local);
		return;
	}
	for (const struct saw_rc_interface *p = c->interfaces; p && source && !out->source; p = p->next)
		if (same(c->asa ? p->nameif.text : p->name, source))
			out->source = p;
	local = address_of(out->source, out->remote.family ? out->remote.family : tunnel->ipv6 ? 6 : 4);
	if (local)
		out->local = *local;
}

/* -------------------------------------------------------------------------------------------------- what it refers to */

static void undefined(struct saw_audit *a, const struct end *e, unsigned line, const char *what, const char *name) {
	saw_audit_find(a, UNDEFINED_NAME, e, line, NULL, "the %s \"%s\" that %s uses is not defined", what, name,
				   e->tunnel->name);
}

static void resolve_transforms(struct saw_audit *a, struct end *e) {
	const struct saw_rc_list *names = &e->profile->transforms;

	for (unsigned i = 0; i < names->n; i++) {
		const struct saw_rc_transform *t = FIND(saw_rc_transform, e->config->transforms, names->item[i]);

		if (t)
			e->transforms[e->n_transforms++] = t;
		else
			undefined(a, e, names->line, e->config->asa ? "IPsec proposal" : "transform set", names->item[i]);
	}
}

static void offer(struct end *e, const struct saw_rc_ike *o) {
	for (unsigned i = 0; i < e->n_offers; i++)
		if (e->offers[i] == o)
			return;
	if (e->n_offers < AUDIT_OFFERS_MAX)
		e->offers[e->n_offers++] = o;
}

/* A policy without `match fvrf` is for the global table. */
static bool policy_fits(const struct end *e, const struct saw_rc_ike_policy *p) {
	const char *vrf = e->tunnel->tunnel_vrf.text;
	struct saw_addr local;

	if (!same(p->fvrf.text, "any") && !(same(p->fvrf.text, vrf) || (!p->fvrf.text && !vrf)))
		return false;
	return !p->local.text || !e->local.family || saw_addr_parse(saw_str_of(p->local.text), &local) != 0 ||
		   saw_addr_cmp(&local, &e->local) == 0;
}

static void resolve_offers(struct saw_audit *a, struct end *e) {
	for (const struct saw_rc_ike_policy *p = e->config->ike_policies; p; p = p->next) {
		if (e->config->asa) {
			offer(e, &p->offer);
			continue;
		}
		if (!policy_fits(e, p)) {
			e->policies_other_vrf = p->offer.line;
			continue;
		}
		for (unsigned i = 0; i < p->proposals.n; i++) {
			const struct saw_rc_ike *o = FIND(saw_rc_ike, e->config->ike_proposals, p->proposals.item[i]);

			if (o)
				offer(e, o);
			else if (!same(p->proposals.item[i], "default"))
				undefined(a, e, p->proposals.line, "IKEv2 proposal", p->proposals.item[i]);
		}
	}
}

bool saw_audit_inside(const struct saw_rc_prefix *p, const struct saw_addr *a) {
	const unsigned whole = p->bits / 8, more = p->bits % 8;

	if (p->addr.family != a->family || !a->family || memcmp(p->addr.bytes, a->bytes, whole) != 0)
		return false;
	return more == 0 || (p->addr.bytes[whole] ^ a->bytes[whole]) >> (8 - more) == 0;
}

/* The entry of the keyring for the peer: the longest prefix. */
static const struct saw_rc_peer *peer_of(const struct saw_rc_keyring *k, const struct saw_addr *remote) {
	const struct saw_rc_peer *best = NULL;

	for (const struct saw_rc_peer *p = k->peers; p; p = p->next)
		if (p->address_line && saw_audit_inside(&p->address, remote) && (!best || p->address.bits > best->address.bits))
			best = p;
	return best;
}

static void resolve_router(struct saw_audit *a, struct end *e) {
	const struct saw_rc_text *name = &e->tunnel->protection_ike_profile;
	const struct saw_rc_keyring *ring;
	const struct saw_rc_peer *peer;

	if (!name->text && e->profile)
		name = &e->profile->ike_profile;
	if (!name->text)
		return;
	e->ike = FIND(saw_rc_ike_profile, e->config->ike_profiles, name->text);
	if (!e->ike) {
		undefined(a, e, name->line, "IKEv2 profile", name->text);
		return;
	}
	if (e->ike->local_key.state)
		e->local_key = &e->ike->local_key;
	if (e->ike->remote_key.state)
		e->remote_key = &e->ike->remote_key;
	e->key_line = e->ike->line;
	if (!e->ike->keyring.text || strcmp(e->ike->keyring.text, "aaa") == 0)
		return;
	ring = FIND(saw_rc_keyring, e->config->keyrings, e->ike->keyring.text);
	if (!ring)
		undefined(a, e, e->ike->keyring.line, "keyring", e->ike->keyring.text);
	peer = ring ? peer_of(ring, &e->remote) : NULL;
	if (!peer)
		return;
	e->key_line = peer->line;
	e->local_key = peer->local.state ? &peer->local : NULL;
	e->remote_key = peer->remote.state ? &peer->remote : NULL;
}

static void resolve_asa(struct saw_audit *a, struct end *e) {
	char address[SAW_ADDR_TEXT];

	e->group = FIND(saw_rc_tunnel_group, e->config->tunnel_groups, saw_addr_print(&e->remote, address));
	if (!e->group)
		return;
	e->key_line = e->group->line;
	e->local_key = e->group->local.state ? &e->group->local : NULL;
	e->remote_key = e->group->remote.state ? &e->group->remote : NULL;
	e->policy = FIND(saw_rc_group_policy, e->config->group_policies,
					 e->group->group_policy.text ? e->group->group_policy.text : "DfltGrpPolicy");
	if (!e->policy && e->group->group_policy.text)
		undefined(a, e, e->group->group_policy.line, "group policy", e->group->group_policy.text);
}

void saw_audit_end_resolve(struct saw_audit *a, struct end *e) {
	e->profile = FIND(saw_rc_ipsec_profile, e->config->ipsec_profiles, e->tunnel->protection.text);
	if (e->profile)
		resolve_transforms(a, e);
	else
		undefined(a, e, e->tunnel->protection.line, "IPsec profile", e->tunnel->protection.text);
	resolve_offers(a, e);
	if (e->config->asa)
		resolve_asa(a, e);
	else
		resolve_router(a, e);
}

/* ------------------------------------------------------------------- values that a profile, the device or nobody sets */

static const struct saw_rc_number *set_by(const struct end *e, size_t member, uint64_t standard, uint64_t *out) {
	const struct saw_rc_number *own = e->profile ? (const void *)((const char *)&e->profile->sa + member) : NULL;
	const struct saw_rc_number *device = (const void *)((const char *)&e->config->sa + member);

	if (!own || !own->line)
		own = device;
	*out = own->line ? own->value : standard;
	return own;
}

const struct saw_rc_number *saw_audit_end_seconds(const struct end *e, uint64_t *seconds) {
	return set_by(e, offsetof(struct saw_rc_sa, lifetime_seconds), e->config->asa ? 28800 : 3600, seconds);
}

const struct saw_rc_number *saw_audit_end_kilobytes(const struct end *e, uint64_t *kilobytes) {
	return set_by(e, offsetof(struct saw_rc_sa, lifetime_kilobytes), DEFAULT_KILOBYTES, kilobytes);
}

const struct saw_rc_number *saw_audit_end_window(const struct end *e, uint64_t *packets) {
	return set_by(e, offsetof(struct saw_rc_sa, replay_window), DEFAULT_WINDOW, packets);
}
