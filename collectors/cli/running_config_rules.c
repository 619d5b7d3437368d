#include "config.h"

#include "collectors/cli/running_config_rules.h"

#include "collectors/cli/transform.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define OBJECTS_MAX 100000
#define LIST_MAX 20000 /* a list is walked for every line that may add to it */

struct rule;

/* Takes what stands behind the pattern. False: it should have been understood. */
typedef bool (*rc_take)(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule);

/* A section's objects begin with their name and line, whatever they are. */
struct named {
	const char *name;
	unsigned line;
};

struct kind {
	enum rc_section section;
	size_t size, next;
};

struct rule {
	enum rc_section in;
	const char *pattern; /* the line's first words */
	rc_take take;
	size_t offset;           /* in the section's object: where the value, or the list of what is opened, is */
	const struct kind *kind; /* what is opened; `take` then gets that */
	int platform;            /* the only one that has such a line */
};

/* ------------------------------------------------------------------------------------------------------------ building */

static char *copy(struct rc_build *b, struct saw_str s) {
	char *text = saw_arena_strndup(b->arena, s.p, s.n);

	if (!text)
		b->error = -ENOMEM;
	return text;
}

static void *create(struct rc_build *b, size_t size) {
	void *object = NULL;

	if (b->objects++ >= OBJECTS_MAX)
		b->error = SAW_ELIMIT;
	else if (!(object = saw_arena_zalloc(b->arena, size)))
		b->error = -ENOMEM;
	return object;
}

/* The object of this name in a list; a new one at its end where there is none. NULL: b->error. */
static void *find_or_add(struct rc_build *b, void *list, const struct kind *k, struct saw_str name, unsigned line) {
	void **slot = list;
	unsigned length = 0;
	struct named *n;

	for (; *slot; slot = (void **)((char *)*slot + k->next)) {
		n = *slot;
		if (saw_str_eq(name, saw_str_of(n->name)))
			return n;
		length++;
	}
	n = length < LIST_MAX ? create(b, k->size) : NULL;
	if (!n) {
		b->error = b->error ? b->error : SAW_ELIMIT;
		return NULL;
	}
	n->name = copy(b, name);
	n->line = line;
	return n->name ? *slot = n : NULL;
}

static const struct kind name_kind = {RC_OTHER, sizeof(struct saw_rc_name), offsetof(struct saw_rc_name, next)};

static void *at(void *object, const struct rule *rule) {
	return (char *)object + rule->offset;
}

static bool has(const struct rc_line *l, unsigned more) {
	return l->n - l->at >= more;
}

static struct saw_str word(const struct rc_line *l, unsigned i) {
	return has(l, i + 1) ? l->word[l->at + i] : SAW_STR("");
}

static bool is(const struct rc_line *l, unsigned i, const char *text) {
	return saw_str_eq(word(l, i), saw_str_of(text));
}

/* Everything from word i of what is behind the pattern. */
static struct saw_str rest(const struct rc_line *l, unsigned i) {
	const char *from = word(l, i).p;

	return has(l, i + 1) ? (struct saw_str){from, (size_t)(l->whole.p + l->whole.n - from)} : SAW_STR("");
}

static bool number(struct saw_str s, uint64_t max, struct saw_rc_number *out, unsigned line) {
	uint64_t v;

	if (saw_parse_u64(s, max, &v) != 0)
		return false;
	*out = (struct saw_rc_number){v, line};
	return true;
}

static void add(struct rc_build *b, struct saw_rc_list *list, const char *item, unsigned line) {
	for (unsigned i = 0; i < list->n; i++)
		if (strcmp(list->item[i], item) == 0)
			return;
	if (list->n == SAW_RC_LIST_MAX) {
		b->error = SAW_ELIMIT;
		return;
	}
	list->item[list->n++] = item;
	list->line = list->line ? list->line : line;
}

/* ------------------------------------------------------------------------------------------------------- kinds of values */

static bool take_text(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_text *t = at(object, rule);

	if (!has(l, 1))
		return false;
	t->text = copy(b, word(l, 0));
	t->line = l->number;
	return true;
}

static bool take_number(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	(void)b;
	return number(word(l, 0), UINT32_MAX, at(object, rule), l->number);
}

/* That it is there is all there is to know of it: what stands behind it may be a secret. */
static bool take_line(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	b->open_words = l->at;
	*(unsigned *)at(object, rule) = l->number;
	return true;
}

static bool take_names(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	for (unsigned i = 0; has(l, i + 1); i++) {
		char *name = copy(b, word(l, i));

		if (name)
			add(b, at(object, rule), name, l->number);
	}
	return has(l, 1);
}

static bool take_name(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	if (!has(l, 1))
		return false;
	find_or_add(b, at(object, rule), &name_kind, word(l, 0), l->number);
	return true;
}

/* What the devices call the algorithms, beside our names. What is not here keeps its own name. */
static const struct {
	const char *printed, *name;
} algorithms[] = {
	{"aes", "aes-cbc-128"},
	{"aes-128", "aes-cbc-128"},
	{"aes-192", "aes-cbc-192"},
	{"aes-256", "aes-cbc-256"},
	{"aes-gcm", "aes-gcm-128"},
	{"aes-gmac", "aes-gmac-128"},
	{"sha", "sha1"},
	{"sha-1", "sha1"},
	{"sha-256", "sha256"},
	{"sha-384", "sha384"},
	{"sha-512", "sha512"},
};

static bool take_algorithms(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	for (unsigned i = 0; has(l, i + 1); i++) {
		const char *name = NULL;

		for (size_t k = 0; !name && k < sizeof algorithms / sizeof algorithms[0]; k++)
			if (is(l, i, algorithms[k].printed))
				name = algorithms[k].name;
		if (!name)
			name = copy(b, word(l, i));
		if (name)
			add(b, at(object, rule), name, l->number);
	}
	return has(l, 1);
}

static bool take_groups(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	for (unsigned i = 0; has(l, i + 1); i++) {
		uint64_t group;
		char *name;

		if (saw_parse_u64(word(l, i), 99, &group) != 0)
			return false;
		name = copy(b, word(l, i));
		if (name)
			add(b, at(object, rule), name, l->number);
	}
	return has(l, 1);
}

/* group21; 0: a default of the version, which is not known */
static bool take_pfs(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_str s = word(l, 0);

	(void)b;
	if (!s.n) {
		*(struct saw_rc_number *)at(object, rule) = (struct saw_rc_number){0, l->number};
		return true;
	}
	if (!saw_str_starts(s, SAW_STR("group")))
		return false;
	return number((struct saw_str){s.p + 5, s.n - 5}, 99, at(object, rule), l->number);
}

static unsigned mask_bits(const struct saw_addr *mask) {
	unsigned bits = 0;

	while (bits < 32 && mask->bytes[bits / 8] & 0x80 >> bits % 8)
		bits++;
	return bits;
}

/* A M, A/N, A, host A */
static bool prefix(const struct rc_line *l, unsigned i, struct saw_rc_prefix *out) {
	struct saw_str s = word(l, i);
	const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	struct saw_addr mask;
	uint64_t bits;

	if (slash) {
		struct saw_str tail = {slash + 1, (size_t)(s.p + s.n - slash - 1)};

		if (saw_addr_parse((struct saw_str){s.p, (size_t)(slash - s.p)}, &out->addr) != 0 ||
			saw_parse_u64(tail, out->addr.family == 4 ? 32 : 128, &bits) != 0)
			return false;
		out->bits = (unsigned)bits;
		return true;
	}
	if (saw_addr_parse(s, &out->addr) != 0)
		return false;
	out->bits = out->addr.family == 4 ? 32 : 128;
	if (out->addr.family == 4 && has(l, i + 2) && saw_addr_parse(word(l, i + 1), &mask) == 0 && mask.family == 4)
		out->bits = mask_bits(&mask);
	return true;
}

/* [0|6|7|8] KEY, hex DIGITS, or ***** */
static bool key(struct rc_build *b, const struct rc_line *l, unsigned i, struct saw_rc_key *out) {
	struct saw_str text = rest(l, i);
	bool masked = true;

	if (text.n == 0)
		return false;
	b->open_words = l->at + i;
	snprintf(b->token, sizeof b->token, "*****");
	out->line = l->number;
	out->state = SAW_RC_KEY_MASKED;
	if (b->of_record && saw_str_starts(text, SAW_STR(RC_TOKEN))) {
		struct saw_str digits = {text.p + strlen(RC_TOKEN), text.n - strlen(RC_TOKEN)};

		if (saw_parse_hex64(digits, UINT64_MAX, &out->digest) == 0)
			out->state = SAW_RC_KEY_READABLE;
		return true;
	}
	if (has(l, i + 2) && word(l, i).n == 1 && strchr("678", word(l, i).p[0]))
		return true;
	if (has(l, i + 2) && is(l, i, "0"))
		text = rest(l, i + 1);
	for (size_t k = 0; k < text.n; k++)
		masked = masked && text.p[k] == '*';
	if (masked || saw_str_eq(text, SAW_STR("<removed>")))
		return true;
	out->state = SAW_RC_KEY_READABLE;
	out->digest = saw_siphash(b->key, text.p, text.n);
	snprintf(b->token, sizeof b->token, RC_TOKEN "%016" PRIx64, out->digest);
	return true;
}

static bool take_key(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	return key(b, l, 0, at(object, rule));
}

/* IOS-XE: one key for both directions. */
static bool take_both_keys(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_peer *p = object;

	(void)rule;
	if (!key(b, l, 0, &p->local))
		return false;
	p->remote = p->local;
	return true;
}

static bool identity(struct rc_build *b, const struct rc_line *l, struct saw_rc_identity *id) {
	static const struct {
		const char *word;
		enum saw_rc_id_type type;
	} types[] = {
		{"address", SAW_RC_ID_ADDRESS}, {"fqdn", SAW_RC_ID_FQDN},     {"email", SAW_RC_ID_EMAIL},
		{"key-id", SAW_RC_ID_KEY_ID},   {"dn", SAW_RC_ID_DN},         {"any", SAW_RC_ID_ANY},
		{"auto", SAW_RC_ID_AUTO},       {"hostname", SAW_RC_ID_FQDN},
	};
	unsigned text = 1;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (is(l, 0, types[i].word))
			id->type = types[i].type;
	if (id->type == SAW_RC_ID_NONE)
		return false;
	if ((id->type == SAW_RC_ID_FQDN || id->type == SAW_RC_ID_EMAIL) && is(l, 1, "domain")) {
		id->type = SAW_RC_ID_DOMAIN;
		text = 2;
	}
	id->line = l->number;
	id->text = has(l, text + 1) ? copy(b, word(l, text)) : NULL;
	if (id->type != SAW_RC_ID_ADDRESS || !id->text)
		return true;
	if (!prefix(l, 1, &id->prefix))
		return false;
	if (saw_addr_is_any(&id->prefix.addr))
		id->prefix.bits = 0; /* printed with or without a mask: every address */
	return true;
}

static bool take_identity(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_identity *id = at(object, rule);

	*id = (struct saw_rc_identity){0};
	return identity(b, l, id);
}

static bool take_identity_match(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_identity **slot = at(object, rule), *id = create(b, sizeof *id);
	unsigned length = 0;

	for (; *slot; slot = &(*slot)->next)
		length++;
	if (length == LIST_MAX)
		b->error = SAW_ELIMIT;
	if (!id || b->error)
		return true;
	*slot = id;
	return identity(b, l, id);
}

/* seconds N, kilobytes N|unlimited|disable, in one line or two; days N too */
static bool take_lifetime(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_sa *sa = at(object, rule);

	(void)b;
	for (unsigned i = 0; has(l, i + 1); i += 2) {
		if (is(l, i, "seconds")) {
			if (!number(word(l, i + 1), UINT32_MAX, &sa->lifetime_seconds, l->number))
				return false;
		} else if (is(l, i, "days")) {
			if (!number(word(l, i + 1), 3650, &sa->lifetime_seconds, l->number))
				return false;
			sa->lifetime_seconds.value *= 86400;
		} else if (!is(l, i, "kilobytes")) {
			return false;
		} else if (is(l, i + 1, "unlimited") || is(l, i + 1, "disable")) {
			sa->lifetime_kilobytes = (struct saw_rc_number){0, l->number};
		} else if (!number(word(l, i + 1), UINT32_MAX, &sa->lifetime_kilobytes, l->number)) {
			return false;
		}
	}
	return has(l, 2);
}

/* window-size N, disable */
static bool take_replay(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_sa *sa = at(object, rule);

	(void)b;
	if (is(l, 0, "disable")) {
		sa->replay_window = (struct saw_rc_number){0, l->number};
		return true;
	}
	return is(l, 0, "window-size") && number(word(l, 1), 65536, &sa->replay_window, l->number);
}

/* --------------------------------------------------------------------------------------------------- lines of one kind */

/* Nothing to take: the section was opened, or the line is like another that is wanted. */
static bool take_no_more(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	(void)b, (void)object, (void)rule;
	return has(l, 1);
}

/* crypto ipsec transform-set NAME esp-gcm 256: our names of its algorithms */
static bool take_transform_set(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_transform *t = object;
	struct saw_transform means;
	char name[32];

	(void)rule;
	saw_transform_parse(rest(l, 1), &means);
	if (!means.encryption)
		return false;
	if (means.key_bits)
		snprintf(name, sizeof name, "%s-%u", means.encryption, means.key_bits);
	else
		snprintf(name, sizeof name, "%s", means.encryption);
	t->encryption.n = t->integrity.n = 0;
	add(b, &t->encryption, saw_arena_strndup(b->arena, name, strlen(name)), l->number);
	if (means.integrity)
		add(b, &t->integrity, means.integrity, l->number);
	return true;
}

static bool take_peer_address(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_peer *p = object;

	(void)b, (void)rule;
	p->address_line = l->number;
	return prefix(l, 0, &p->address);
}

static bool take_address(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_interface *p = object;

	(void)b, (void)rule;
	if (is(l, 0, "dhcp") || is(l, 0, "negotiated") || is(l, 0, "autoconfig") || is(l, 0, "pppoe") || is(l, 0, "pool") ||
		is(l, 1, "link-local") || p->n_addresses == SAW_RC_ADDRESSES_MAX)
		return true;
	return prefix(l, 0, &p->address[p->n_addresses]) && ++p->n_addresses;
}

/* ADDRESS, an interface's name, or the ASA's `interface NAMEIF` */
static bool take_source(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	l->at += is(l, 0, "interface");
	return take_text(b, object, l, rule);
}

/* ipsec ipv4, gre ip, ... */
static bool take_mode(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_interface *p = object;

	(void)b, (void)rule;
	p->mode = is(l, 0, "ipsec") ? SAW_RC_MODE_IPSEC : is(l, 0, "gre") ? SAW_RC_MODE_GRE : SAW_RC_MODE_OTHER;
	p->ipv6 = is(l, 1, "ipv6");
	p->mode_line = l->number;
	return has(l, 1);
}

/* NAME [shared] [ikev2-profile NAME] */
static bool take_protection(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_interface *p = object;

	for (unsigned i = 1; has(l, i + 2); i++)
		if (is(l, i, "ikev2-profile"))
			p->protection_ike_profile = (struct saw_rc_text){copy(b, word(l, i + 1)), l->number};
	return take_text(b, object, l, rule);
}

/* ASA: mtu NAMEIF N; kept by name until the interfaces are known */
static bool take_asa_mtu(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_running_config *c = object;

	(void)b, (void)rule;
	for (struct saw_rc_interface *p = c->interfaces; p; p = p->next)
		if (p->nameif.text && saw_str_eq(word(l, 0), saw_str_of(p->nameif.text)))
			return number(word(l, 1), 65535, &p->mtu, l->number);
	return has(l, 2);
}

/* tcp-options md5 allow, tcp-options range 19 19 allow */
static bool take_tcp_options(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_tcp_map *m = object;
	struct saw_rc_number from = {0}, to = {0};
	bool range = is(l, 0, "range");

	(void)b, (void)rule;
	if (range && (!number(word(l, 1), 255, &from, 0) || !number(word(l, 2), 255, &to, 0)))
		return false;
	if ((range && from.value <= 19 && to.value >= 19) || is(l, 0, "md5"))
		m->option19 = is(l, range ? 3 : 1, "allow") ? l->number : 0;
	return true;
}

static bool is_bgp(struct saw_str s) {
	return saw_str_eq(s, SAW_STR("bgp")) || saw_str_eq(s, SAW_STR("179"));
}

/* access-list NAME extended permit tcp ... eq bgp */
static bool take_acl(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	bool bgp = false;

	for (unsigned i = 1; has(l, i + 2); i++)
		bgp = bgp || (is(l, i, "eq") && is_bgp(word(l, i + 1)));
	if (is(l, 1, "extended") && is(l, 2, "permit") && is(l, 3, "tcp") && bgp)
		take_name(b, object, l, rule);
	return true;
}

/* port tcp eq bgp, any, access-list NAME */
static bool take_class_match(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_class_map *m = object;

	(void)rule;
	if (is(l, 0, "access-list"))
		m->acl = copy(b, word(l, 1));
	m->bgp = m->bgp || is(l, 0, "any") || (is(l, 0, "port") && is(l, 1, "tcp") && is(l, 2, "eq") && is_bgp(word(l, 3)));
	return true;
}

/* set connection KEYWORD VALUE ... */
static bool take_connection(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_policy_class *c = object;

	(void)rule;
	for (unsigned i = 0; has(l, i + 2); i++) {
		if (is(l, i, "advanced-options"))
			c->tcp_map = (struct saw_rc_text){copy(b, word(l, i + 1)), l->number};
		if (is(l, i, "random-sequence-number") && is(l, i + 1, "disable"))
			c->sequence_untouched = l->number;
	}
	return true;
}

static const struct kind neighbor_kind = {RC_OTHER, sizeof(struct saw_rc_neighbor),
										  offsetof(struct saw_rc_neighbor, next)};

/* neighbor NAME password ..., peer-group NAME, remote-as N, inherit peer-session NAME */
static bool take_neighbor(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	struct saw_rc_neighbor *n;

	(void)object, (void)rule;
	if (!has(l, 2))
		return false;
	n = find_or_add(b, &b->config->neighbors, &neighbor_kind, word(l, 0), l->number);
	if (!n)
		return true;
	saw_addr_parse(word(l, 0), &n->addr);
	if (is(l, 1, "password")) {
		n->password = l->number;
		b->open_words = l->at + 2;
	}
	if (is(l, 1, "peer-group") && has(l, 3))
		n->group = copy(b, word(l, 2));
	return true;
}

static bool take_asa_version(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	b->platform = RC_ASA;
	((struct saw_running_config *)object)->version = copy(b, word(l, 0));
	(void)rule;
	return true;
}

/* A header of the file that says which platform it is, if nothing else has. */
static bool take_ios_version(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	(void)rule;
	if (b->platform == RC_NOBODY && has(l, 1)) {
		b->platform = RC_IOSXE;
		((struct saw_running_config *)object)->version = copy(b, word(l, 0));
	}
	return true;
}

static bool take_hostname(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	(void)rule;
	((struct saw_running_config *)object)->hostname = copy(b, word(l, 0));
	return true;
}

static bool take_end(struct rc_build *b, void *object, struct rc_line *l, const struct rule *rule) {
	(void)b, (void)rule;
	((struct saw_running_config *)object)->complete = l->n <= 2;
	return true;
}

/* ------------------------------------------------------------------------------------------------------------ the table */

#define KIND(section, type) \
	{ section, sizeof(struct type), offsetof(struct type, next) }
static const struct kind ike_kind = KIND(RC_IKE, saw_rc_ike), ike_policy_kind = KIND(RC_IKE_POLICY, saw_rc_ike_policy),
						 keyring_kind = KIND(RC_KEYRING, saw_rc_keyring), peer_kind = KIND(RC_PEER, saw_rc_peer),
						 ike_profile_kind = KIND(RC_IKE_PROFILE, saw_rc_ike_profile),
						 transform_kind = KIND(RC_TRANSFORM, saw_rc_transform),
						 ipsec_profile_kind = KIND(RC_IPSEC_PROFILE, saw_rc_ipsec_profile),
						 interface_kind = KIND(RC_INTERFACE, saw_rc_interface),
						 tunnel_group_kind = KIND(RC_TUNNEL_GROUP, saw_rc_tunnel_group),
						 group_policy_kind = KIND(RC_GROUP_POLICY, saw_rc_group_policy),
						 tcp_map_kind = KIND(RC_TCP_MAP, saw_rc_tcp_map),
						 class_map_kind = KIND(RC_CLASS_MAP, saw_rc_class_map),
						 policy_map_kind = KIND(RC_POLICY_MAP, saw_rc_policy_map),
						 policy_class_kind = KIND(RC_POLICY_CLASS, saw_rc_policy_class), bgp_kind = {RC_BGP, 0, 0},
						 domain_kind = KIND(RC_BRIDGE_DOMAIN, saw_rc_bridge_domain);

#define TOP(member) offsetof(struct saw_running_config, member)
#define IN(type, member) offsetof(struct saw_rc_##type, member)

/* The first that fits is taken. */
static const struct rule rules[] = {
	{RC_TOP, "ASA Version", take_asa_version, 0},
	{RC_TOP, "NGFW Version", take_asa_version, 0},
	{RC_TOP, "version", take_ios_version, 0},
	{RC_TOP, "hostname", take_hostname, 0},
	{RC_TOP, "end", take_end, 0},
	{RC_TOP, ": end", take_end, 0},

	{RC_TOP, "crypto ikev2 proposal", take_no_more, TOP(ike_proposals), &ike_kind, RC_IOSXE},
	{RC_IKE, "encryption", take_algorithms, IN(ike, encryption)},
	{RC_IKE, "integrity", take_algorithms, IN(ike, integrity)},
	{RC_IKE, "prf", take_algorithms, IN(ike, prf)},
	{RC_IKE, "group", take_groups, IN(ike, group)},

	{RC_TOP, "crypto ikev2 policy", take_no_more, TOP(ike_policies), &ike_policy_kind},
	{RC_IKE_POLICY, "encryption", take_algorithms, IN(ike_policy, offer.encryption)},
	{RC_IKE_POLICY, "integrity", take_algorithms, IN(ike_policy, offer.integrity)},
	{RC_IKE_POLICY, "prf", take_algorithms, IN(ike_policy, offer.prf)},
	{RC_IKE_POLICY, "group", take_groups, IN(ike_policy, offer.group)},
	{RC_IKE_POLICY, "lifetime seconds", take_number, IN(ike_policy, offer.lifetime_seconds)},
	{RC_IKE_POLICY, "match fvrf", take_text, IN(ike_policy, fvrf)},
	{RC_IKE_POLICY, "match address local", take_text, IN(ike_policy, local)},
	{RC_IKE_POLICY, "proposal", take_names, IN(ike_policy, proposals)},

	{RC_TOP, "crypto ikev2 keyring", take_no_more, TOP(keyrings), &keyring_kind, RC_IOSXE},
	{RC_KEYRING, "peer", take_no_more, IN(keyring, peers), &peer_kind},
	{RC_PEER, "address", take_peer_address, 0},
	{RC_PEER, "pre-shared-key local", take_key, IN(peer, local)},
	{RC_PEER, "pre-shared-key remote", take_key, IN(peer, remote)},
	{RC_PEER, "pre-shared-key", take_both_keys, 0},

	{RC_TOP, "crypto ikev2 profile", take_no_more, TOP(ike_profiles), &ike_profile_kind, RC_IOSXE},
	{RC_IKE_PROFILE, "match fvrf", take_text, IN(ike_profile, fvrf)},
	{RC_IKE_PROFILE, "match identity remote", take_identity_match, IN(ike_profile, remote)},
	{RC_IKE_PROFILE, "match certificate", take_line, IN(ike_profile, match_certificate)},
	{RC_IKE_PROFILE, "identity local", take_identity, IN(ike_profile, local)},
	{RC_IKE_PROFILE, "authentication local pre-share key", take_key, IN(ike_profile, local_key)},
	{RC_IKE_PROFILE, "authentication remote pre-share key", take_key, IN(ike_profile, remote_key)},
	{RC_IKE_PROFILE, "keyring local", take_text, IN(ike_profile, keyring)},
	{RC_IKE_PROFILE, "lifetime certificate", take_no_more, 0},
	{RC_IKE_PROFILE, "lifetime", take_number, IN(ike_profile, lifetime_seconds)},
	{RC_IKE_PROFILE, "dpd", take_number, IN(ike_profile, dpd_seconds)},
	{RC_TOP, "crypto ikev2 dpd", take_number, TOP(ike_dpd_seconds)},

	{RC_TOP, "crypto ipsec transform-set", take_transform_set, TOP(transforms), &transform_kind, RC_IOSXE},
	{RC_TOP, "crypto ipsec ikev2 ipsec-proposal", take_no_more, TOP(transforms), &transform_kind, RC_ASA},
	{RC_TRANSFORM, "mode transport", take_line, IN(transform, transport)},
	{RC_TRANSFORM, "protocol esp encryption", take_algorithms, IN(transform, encryption)},
	{RC_TRANSFORM, "protocol esp integrity", take_algorithms, IN(transform, integrity)},

	{RC_TOP, "crypto ipsec profile", take_no_more, TOP(ipsec_profiles), &ipsec_profile_kind},
	{RC_IPSEC_PROFILE, "set transform-set", take_names, IN(ipsec_profile, transforms)},
	{RC_IPSEC_PROFILE, "set ikev2 ipsec-proposal", take_names, IN(ipsec_profile, transforms)},
	{RC_IPSEC_PROFILE, "set ikev2-profile", take_text, IN(ipsec_profile, ike_profile)},
	{RC_IPSEC_PROFILE, "set ikev2 local-identity", take_identity, IN(ipsec_profile, local)},
	{RC_IPSEC_PROFILE, "set pfs", take_pfs, IN(ipsec_profile, pfs)},
	{RC_IPSEC_PROFILE, "set security-association lifetime", take_lifetime, IN(ipsec_profile, sa)},
	{RC_IPSEC_PROFILE, "set security-association replay", take_replay, IN(ipsec_profile, sa)},
	{RC_TOP, "crypto ipsec security-association lifetime", take_lifetime, TOP(sa)},
	{RC_TOP, "crypto ipsec security-association replay", take_replay, TOP(sa)},

	{RC_TOP, "interface", take_no_more, TOP(interfaces), &interface_kind},
	{RC_INTERFACE, "nameif", take_text, IN(interface, nameif), NULL, RC_ASA},
	{RC_INTERFACE, "vrf forwarding", take_text, IN(interface, vrf)},
	{RC_INTERFACE, "ip vrf forwarding", take_text, IN(interface, vrf)},
	{RC_INTERFACE, "ip address", take_address, 0},
	{RC_INTERFACE, "ipv6 address", take_address, 0},
	{RC_INTERFACE, "shutdown", take_line, IN(interface, shutdown)},
	{RC_INTERFACE, "mtu", take_number, IN(interface, mtu)},
	{RC_INTERFACE, "ip mtu", take_number, IN(interface, ip_mtu)},
	{RC_INTERFACE, "ip tcp adjust-mss", take_number, IN(interface, tcp_mss)},
	{RC_INTERFACE, "bandwidth qos-reference", take_number, IN(interface, qos_reference_kbit)},
	{RC_INTERFACE, "bandwidth receive", take_no_more, 0},
	{RC_INTERFACE, "bandwidth inherit", take_no_more, 0},
	{RC_INTERFACE, "bandwidth", take_number, IN(interface, bandwidth_kbit)},
	{RC_INTERFACE, "tunnel source", take_source, IN(interface, source)},
	{RC_INTERFACE, "tunnel destination", take_text, IN(interface, destination)},
	{RC_INTERFACE, "tunnel mode", take_mode, 0},
	{RC_INTERFACE, "tunnel vrf", take_text, IN(interface, tunnel_vrf)},
	{RC_INTERFACE, "tunnel key", take_line, IN(interface, key)},
	{RC_INTERFACE, "tunnel sequence-datagrams", take_line, IN(interface, sequence)},
	{RC_INTERFACE, "tunnel checksum", take_line, IN(interface, checksum)},
	{RC_INTERFACE, "tunnel protection ipsec profile", take_protection, IN(interface, protection)},
	{RC_INTERFACE, "source-interface", take_text, IN(interface, nve_source)},

	{RC_TOP, "bridge-domain", take_no_more, TOP(bridge_domains), &domain_kind},
	{RC_BRIDGE_DOMAIN, "member vni", take_line, IN(bridge_domain, vni)},

	{RC_TOP, "crypto ikev1 enable", take_name, TOP(ikev1_interfaces), NULL, RC_ASA},
	{RC_TOP, "crypto ikev2 enable", take_name, TOP(ikev2_interfaces), NULL, RC_ASA},
	{RC_TOP, "crypto isakmp identity", take_identity, TOP(identity)},
	{RC_TOP, "crypto isakmp policy", take_line, TOP(ikev1)},
	{RC_TOP, "crypto isakmp key", take_line, TOP(ikev1)},

	{RC_TOP, "tunnel-group", take_no_more, TOP(tunnel_groups), &tunnel_group_kind, RC_ASA},
	{RC_TUNNEL_GROUP, "default-group-policy", take_text, IN(tunnel_group, group_policy)},
	{RC_TUNNEL_GROUP, "ikev2 local-authentication pre-shared-key", take_key, IN(tunnel_group, local)},
	{RC_TUNNEL_GROUP, "ikev2 remote-authentication pre-shared-key", take_key, IN(tunnel_group, remote)},
	{RC_TUNNEL_GROUP, "isakmp keepalive disable", take_line, IN(tunnel_group, keepalive_disabled)},
	{RC_TOP, "group-policy", take_no_more, TOP(group_policies), &group_policy_kind, RC_ASA},
	{RC_GROUP_POLICY, "vpn-tunnel-protocol", take_names, IN(group_policy, protocols)},

	{RC_TOP, "mtu", take_asa_mtu, 0, NULL, RC_ASA},
	{RC_TOP, "sysopt connection tcpmss minimum", take_no_more, 0},
	{RC_TOP, "sysopt connection tcpmss", take_number, TOP(tcp_mss)},
	{RC_TOP, "access-list", take_acl, TOP(bgp_acls)},
	{RC_TOP, "tcp-map", take_no_more, TOP(tcp_maps), &tcp_map_kind, RC_ASA},
	{RC_TCP_MAP, "tcp-options", take_tcp_options, 0},
	{RC_TOP, "class-map type", take_no_more, 0},
	{RC_TOP, "class-map", take_no_more, TOP(class_maps), &class_map_kind},
	{RC_CLASS_MAP, "match", take_class_match, 0},
	{RC_TOP, "policy-map type", take_no_more, 0},
	{RC_TOP, "policy-map", take_no_more, TOP(policy_maps), &policy_map_kind},
	{RC_POLICY_MAP, "class", take_no_more, IN(policy_map, classes), &policy_class_kind},
	{RC_POLICY_CLASS, "set connection", take_connection, 0},
	{RC_TOP, "service-policy", take_name, TOP(service_policies)},

	{RC_TOP, "router bgp", take_no_more, 0, &bgp_kind},
	{RC_BGP, "address-family", take_no_more, 0, &bgp_kind},
	{RC_BGP, "neighbor", take_neighbor, 0},
};

/* How many words of the line the pattern takes; 0: it does not fit. */
static unsigned fit(const struct rc_line *l, const char *pattern) {
	unsigned n = 0;

	while (*pattern) {
		size_t len = strcspn(pattern, " ");

		if (n == l->n || l->word[n].n != len || memcmp(l->word[n].p, pattern, len) != 0)
			return 0;
		n++;
		pattern += len + (pattern[len] == ' ');
	}
	return n;
}

const char *rc_rules_take(struct rc_build *b, enum rc_section section, void *object, struct rc_line *l,
						  enum rc_section *opened, void **child) {
	*opened = RC_OTHER;
	*child = NULL;
	b->taken = false;
	b->open_words = RC_WORDS_MAX;
	b->token[0] = 0;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		const struct rule *rule = &rules[i];

		if (rule->in != section || !(l->at = fit(l, rule->pattern)))
			continue;
		if (rule->platform && b->platform == RC_NOBODY)
			b->platform = rule->platform == RC_ASA ? RC_ASA : RC_IOSXE;
		if (rule->kind) {
			if (!has(l, 1))
				return rule->pattern;
			*opened = rule->kind->section;
			if (rule->kind->size && !(object = find_or_add(b, at(object, rule), rule->kind, word(l, 0), l->number)))
				return NULL;
			*child = object;
		}
		b->taken = rule->take(b, object, l, rule);
		return b->taken || b->error ? NULL : rule->pattern;
	}
	return NULL;
}
