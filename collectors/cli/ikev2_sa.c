/*
 * All forms of `show crypto ikev2 sa` on ASA, IOS and IOS-XE -> one IkeSa per row of the table, with its child SAs (ASA).
 *
 * ASA: `Session-id:` line -> heading -> row -> details -> `Child sa:` … ; IOS: heading -> row -> details, IPv6 addresses in lines
 * of their own below the row.
 */
#include "collectors/cli/tables.h"
#include "collectors/cli/transform.h"
#include "core/addr.h"

enum column { LOCAL, REMOTE, VRFS, STATUS, ROLE, COLUMNS };

struct state {
	Sawatch__V1__IkeSa *sa;
	bool has_session;
	uint64_t session; /* of the ASA's line above the heading */
	bool subnets;     /* `Remote subnets:` was printed: they follow, one per line */
	enum column columns[COLUMNS];
	size_t n_columns;
	size_t child_room;
};

static Sawatch__V1__IkeSa *sa_at_hand(struct saw_cli_scan *s) {
	return ((struct state *)s->state)->sa;
}

static void end_sa(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (st->sa)
		saw_cli_emit(s, &st->sa->base);
	st->sa = NULL;
	st->subnets = false;
	st->child_room = 0;
	s->at[SAW_CLI_RECORD] = s->at[SAW_CLI_CHILD] = NULL;
	saw_arena_reset(s->arena);
}

static bool begin_sa(struct saw_cli_scan *s) {
	struct state *st = s->state;

	end_sa(s);
	st->sa = saw_arena_alloc(s->arena, sizeof *st->sa);
	if (!st->sa)
		return false;
	sawatch__v1__ike_sa__init(st->sa);
	st->sa->has_version = 1;
	st->sa->version = 2;
	st->sa->has_session_id = st->has_session;
	st->sa->session_id = st->session;
	s->at[SAW_CLI_RECORD] = &st->sa->base;
	return true;
}

static bool open(struct saw_cli_scan *s, enum saw_cli_level level) {
	return level == SAW_CLI_RECORD && begin_sa(s);
}

/* ------------------------------------------------------------------------------------------------ the heading and its rows */

static const struct {
	const char *heading;
	enum column column;
} headings[] = {
	{"Local", LOCAL}, {"Remote", REMOTE}, {"fvrf/ivrf", VRFS}, {"Status", STATUS}, {"Role", ROLE},
};

static bool take_heading(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	struct saw_str word;

	(void)r;
	end_sa(s);
	st->n_columns = 0;
	while ((word = saw_cli_word(&value)).n) {
		size_t i = 0;

		while (i < COLUMNS && !saw_str_eq(word, saw_str_of(headings[i].heading)))
			i++;
		if (i == COLUMNS || st->n_columns == COLUMNS)
			return false;
		st->columns[st->n_columns++] = headings[i].column;
	}
	return true;
}

/* WAN/BLUE: front-door and inside VRF. */
static bool set_vrfs(struct saw_cli_scan *s, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = sa_at_hand(s);
	const char *slash = memchr(value.p, '/', value.n);
	struct saw_str front, inside;

	if (!slash)
		return false;
	front = (struct saw_str){value.p, (size_t)(slash - value.p)};
	inside = (struct saw_str){slash + 1, value.n - front.n - 1};
	if (!saw_cli_is_none(front))
		sa->fvrf = saw_cli_copy(s, SAW_CLI_RECORD, front);
	if (!saw_cli_is_none(inside))
		sa->ivrf = saw_cli_copy(s, SAW_CLI_RECORD, inside);
	return true;
}

static bool set_role(Sawatch__V1__IkeSa *sa, bool initiator) {
	sa->has_role = 1;
	sa->role = initiator ? SAWATCH__V1__ROLE__ROLE_INITIATOR : SAWATCH__V1__ROLE__ROLE_RESPONDER;
	return true;
}

static bool set_column(struct saw_cli_scan *s, enum column column, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = sa_at_hand(s);

	switch (column) {
	case LOCAL:
		return saw_cli_put_endpoint(s, SAW_CLI_RECORD, value, &sa->local, &sa->has_local_port, &sa->local_port);
	case REMOTE:
		return saw_cli_put_endpoint(s, SAW_CLI_RECORD, value, &sa->remote, &sa->has_remote_port, &sa->remote_port);
	case VRFS:
		return set_vrfs(s, value);
	case STATUS:
		sa->status = saw_cli_copy(s, SAW_CLI_RECORD, value);
		return sa->status != NULL;
	case ROLE:
		if (saw_str_eq(value, SAW_STR("INITIATOR")) || saw_str_eq(value, SAW_STR("RESPONDER")))
			return set_role(sa, value.p[0] == 'I');
		return false;
	case COLUMNS:
		break;
	}
	return false;
}

/* 10.0.0.0 255.0.0.0, or 2001:db8::/32 */
static bool is_subnet(struct saw_str line) {
	struct saw_str word = saw_cli_word(&line), mask = saw_cli_word(&line);
	const char *slash = memchr(word.p, '/', word.n);
	struct saw_addr address;

	if (slash)
		word.n = (size_t)(slash - word.p);
	return saw_addr_parse(word, &address) == 0 && (!mask.n || saw_addr_parse(mask, &address) == 0);
}

/* A tunnel id and what the heading says. */
static bool take_row(struct saw_cli_scan *s, struct saw_str line) {
	static const enum column asa[] = {LOCAL, REMOTE, STATUS, ROLE}, ios[] = {LOCAL, REMOTE, VRFS, STATUS};
	struct state *st = s->state;
	struct saw_str rest = line, id = saw_cli_word(&rest), words[COLUMNS];
	const enum column *columns = st->columns;
	size_t n_columns = st->n_columns, n = 0;
	uint64_t tunnel;
	bool all = true;

	if (st->subnets && is_subnet(line))
		return true;
	if (saw_parse_u64(id, UINT64_MAX, &tunnel) != 0)
		return false;
	if (!n_columns) { /* a text cut at its start */
		columns = s->platform == SAWATCH__V1__PLATFORM__PLATFORM_ASA ? asa : ios;
		n_columns = sizeof asa / sizeof asa[0];
	}
	while (n < COLUMNS && (words[n] = saw_cli_word(&rest)).n)
		n++;
	if (n != n_columns || saw_str_trim(rest).n || !begin_sa(s))
		return false;
	st->sa->has_tunnel_id = 1;
	st->sa->tunnel_id = tunnel;
	for (size_t i = 0; i < n; i++)
		all = set_column(s, columns[i], words[i]) && all;
	return all;
}

/* IOS, IPv6: `Local  2001:db8::1/500` below the row. */
static bool take_address(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str text;
	struct saw_addr address;
	uint32_t port;

	if (!sa_at_hand(s) || !saw_cli_split_endpoint(value, &text, &port) || saw_addr_parse(text, &address) != 0)
		return false;
	return set_column(s, r->label[0] == 'L' ? LOCAL : REMOTE, value);
}

/* ---------------------------------------------------------------------------------------------------------- the details */

/*
 * ASA, above the heading: `Session-id:12, Status:UP-ACTIVE, IKE count:1, CHILD count:1`, another session begins.
 * In the details: `Session-id: 100`, or `CE id: 0, Session-id: 74`.
 */
static bool take_session(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	struct saw_str rest;
	uint64_t session;

	if (!saw_cli_digits(value, UINT64_MAX, &session, &rest))
		return false;
	if (!saw_str_trim(rest).n)
		return saw_cli_number(s, r, value);
	if (!saw_str_starts(rest, SAW_STR(", Status")))
		return false;
	end_sa(s);
	st->has_session = true;
	st->session = session;
	return true;
}

/* The ASA's detail prints `Encr: …, keysize: …` once more for each child SA: those are not the IKE SA's. */
static bool of_child(const struct saw_cli_scan *s) {
	return s->at[SAW_CLI_CHILD] != NULL;
}

static bool take_encryption(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	if (of_child(s))
		return true;
	if (!saw_cli_text(s, r, value))
		return false;
	sa_at_hand(s)->cipher = (char *)(uintptr_t)saw_ike_cipher(value);
	return true;
}

static bool take_key_bits(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return of_child(s) || saw_cli_number(s, r, value);
}

/* Some ASA versions print SHA96 beside AES-GCM, which has no hash of its own. */
static bool take_hash(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa;

	if (!saw_cli_text(s, r, value))
		return false;
	sa = sa_at_hand(s);
	if (!sa->cipher || strcmp(sa->cipher, "aes-gcm") != 0)
		sa->integrity = (char *)(uintptr_t)saw_ike_integrity(value);
	return true;
}

/* 86400/277 sec */
static bool take_life(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = (Sawatch__V1__IkeSa *)saw_cli_at(s, r->level);
	uint64_t life, active;
	struct saw_str rest;

	if (!sa || !saw_cli_digits(value, UINT64_MAX, &life, &rest) || !rest.n || rest.p[0] != '/' ||
		!saw_cli_digits((struct saw_str){rest.p + 1, rest.n - 1}, UINT64_MAX, &active, NULL))
		return false;
	sa->has_lifetime_seconds = sa->has_active_seconds = 1;
	sa->lifetime_seconds = life;
	sa->active_seconds = active;
	return true;
}

static char *spi_text(struct saw_cli_scan *s, struct saw_str printed) {
	uint64_t v;
	char *text;

	if (saw_parse_hex64(printed, UINT64_MAX, &v) != 0)
		return NULL;
	text = saw_cli_copy(s, SAW_CLI_RECORD, printed);
	for (char *c = text; c && *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
	return text;
}

/* Local spi: 0A1B2C3D4E5F6071       Remote spi: 8899AABBCCDDEEFF */
static bool take_spis(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = (Sawatch__V1__IkeSa *)saw_cli_at(s, r->level);
	static const struct saw_str remote = {"Remote spi:", sizeof "Remote spi:" - 1};
	struct saw_str local = saw_cli_word(&value);

	if (!sa)
		return false;
	sa->local_spi = spi_text(s, local);
	value = saw_str_trim(value);
	if (!sa->local_spi || !saw_str_starts(value, remote))
		return false;
	value = (struct saw_str){value.p + remote.n, value.n - remote.n};
	sa->remote_spi = spi_text(s, saw_cli_word(&value));
	return sa->remote_spi && !saw_str_trim(value).n;
}

/* 60 seconds, retry 3 */
static bool take_dpd(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = (Sawatch__V1__IkeSa *)saw_cli_at(s, r->level);
	static const struct saw_str retry = {" seconds, retry ", sizeof " seconds, retry " - 1};
	struct saw_str rest;
	uint64_t interval, again;

	if (!sa || !saw_cli_digits(value, UINT32_MAX, &interval, &rest) || !saw_str_starts(rest, retry) ||
		saw_parse_u64((struct saw_str){rest.p + retry.n, rest.n - retry.n}, UINT32_MAX, &again) != 0)
		return false;
	sa->has_dpd_seconds = sa->has_dpd_retry_seconds = 1;
	sa->dpd_seconds = (uint32_t)interval;
	sa->dpd_retry_seconds = (uint32_t)again;
	return true;
}

/* not detected | detected inside | detected outside | detected both … */
static bool take_nat(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = (Sawatch__V1__IkeSa *)saw_cli_at(s, r->level);
	bool detected = saw_str_starts(value, SAW_STR("detected"));

	if (!sa || (!detected && !saw_str_eq(value, SAW_STR("not detected"))))
		return false;
	sa->has_nat_t = 1;
	sa->nat_t = detected;
	return true;
}

static bool take_initiator(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = (Sawatch__V1__IkeSa *)saw_cli_at(s, r->level);
	bool yes = saw_str_eq(value, SAW_STR("Yes"));

	return sa && (yes || saw_str_eq(value, SAW_STR("No"))) && set_role(sa, yes);
}

static bool take_subnets(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	(void)value;
	((struct state *)s->state)->subnets = true;
	return true;
}

/* ------------------------------------------------------------------------------------------------- child SAs of an ASA */

/* Child sa: local selector  10.0.0.0/0 - 10.0.0.255/65535 */
static bool take_child(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_str label = {"local selector", sizeof "local selector" - 1};
	struct state *st = s->state;
	Sawatch__V1__IkeSa *sa = (Sawatch__V1__IkeSa *)saw_cli_at(s, SAW_CLI_RECORD);
	Sawatch__V1__ChildSa *child;

	if (!sa || !saw_str_starts(value, label))
		return false;
	if (sa->n_child_sas == st->child_room) {
		size_t room = st->child_room ? st->child_room * 2 : 4;
		Sawatch__V1__ChildSa **list = saw_arena_alloc(s->arena, room * sizeof(Sawatch__V1__ChildSa *));

		if (!list)
			return false;
		for (size_t i = 0; i < sa->n_child_sas; i++)
			list[i] = sa->child_sas[i];
		sa->child_sas = list;
		st->child_room = room;
	}
	child = saw_arena_alloc(s->arena, sizeof *child);
	if (!child)
		return false;
	sawatch__v1__child_sa__init(child);
	sa->child_sas[sa->n_child_sas++] = child;
	s->at[SAW_CLI_CHILD] = &child->base;
	return saw_cli_squeezed(s, r, saw_str_trim((struct saw_str){value.p + label.n, value.n - label.n}));
}

/* 0xc1f5b22/0x7a857081 */
static bool take_child_spis(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_cli_rule outbound = {.level = SAW_CLI_CHILD,
												 .field = SAW_FIELD(Sawatch__V1__ChildSa, outbound_spi)};
	const char *slash = memchr(value.p, '/', value.n);

	if (!slash || !saw_cli_spi(s, r, (struct saw_str){value.p, (size_t)(slash - value.p)}))
		return false;
	return saw_cli_spi(s, &outbound, (struct saw_str){slash + 1, value.n - (size_t)(slash + 1 - value.p)});
}

#define ITEM SAW_CLI_ITEM
#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX
#define RECORD SAW_CLI_RECORD
#define CHILD SAW_CLI_CHILD
#define IKE(f) SAW_FIELD(Sawatch__V1__IkeSa, f)
#define IKE_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__IkeSa, f)

static const struct saw_cli_rule rules[] = {
	/* Headings. */
	{"IKEv2 SAs", WHOLE, saw_cli_ignore},
	{"IPv4 Crypto IKEv2 SA", PREFIX, saw_cli_ignore},
	{"IPv6 Crypto IKEv2 SA", PREFIX, saw_cli_ignore},
	{"Session-id", WHOLE, take_session, RECORD, IKE(session_id)},
	{"Tunnel-id", PREFIX, take_heading},
	{"There are no IKEv2 SAs", PREFIX, saw_cli_empty},
	{"No SAs found", PREFIX, saw_cli_empty},

	/* Below the row. */
	{"Local ", PREFIX, take_address, RECORD},
	{"Remote ", PREFIX, take_address, RECORD},
	{"Encr", ITEM, take_encryption, RECORD, IKE_TEXT(encryption)},
	{"keysize", ITEM, take_key_bits, RECORD, IKE(key_bits)},
	{"PRF", ITEM, saw_cli_text, RECORD, IKE_TEXT(prf)},
	{"Hash", ITEM, take_hash, RECORD, IKE_TEXT(hash)},
	{"DH Grp", ITEM, saw_cli_group, RECORD, IKE(dh_group)},
	{"Auth sign", ITEM, saw_cli_text, RECORD, IKE_TEXT(auth_sign)},
	{"Auth verify", ITEM, saw_cli_text, RECORD, IKE_TEXT(auth_verify)},
	{"QR", ITEM, saw_cli_ignore}, /* quantum resistance, behind `Auth verify` */
	{"PQC Key Exchange", WHOLE, saw_cli_text, RECORD, IKE_TEXT(pqc_key_exchange)},
	{"Life/Active Time", WHOLE, take_life, RECORD},
	{"CE id", ITEM, saw_cli_ignore},
	{"Status Description", WHOLE, saw_cli_ignore},
	{"Local spi", WHOLE, take_spis, RECORD},
	{"Local id", WHOLE, saw_cli_text, RECORD, IKE_TEXT(local_id)},
	{"Remote id", WHOLE, saw_cli_text, RECORD, IKE_TEXT(remote_id)},
	{"Remote EAP id", WHOLE, saw_cli_ignore},
	{"Local req msg id", WHOLE, saw_cli_ignore},
	{"Local next msg id", WHOLE, saw_cli_ignore},
	{"Local req mess id", WHOLE, saw_cli_ignore}, /* ASA */
	{"Local next mess id", WHOLE, saw_cli_ignore},
	{"Local req queued", WHOLE, saw_cli_ignore},
	{"Local window", WHOLE, saw_cli_ignore},
	{"Local Sys Id", WHOLE, saw_cli_ignore},
	{"DPD configured for ", PREFIX, take_dpd, RECORD},
	{"NAT-T is ", PREFIX, take_nat, RECORD},
	{"Fragmentation ", PREFIX, saw_cli_ignore},
	{"IKEv2 Fragmentation ", PREFIX, saw_cli_ignore},
	{"IETF Std Fragmentation ", PREFIX, saw_cli_ignore},
	{"Cisco Fragmentation ", PREFIX, saw_cli_ignore},
	{"Dynamic Route Update", WHOLE, saw_cli_ignore},
	{"Extended Authentication ", PREFIX, saw_cli_ignore},
	{"Cisco Trust Security SGT ", PREFIX, saw_cli_ignore},
	{"Quantum", PREFIX, saw_cli_ignore},
	{"Initiator of SA", WHOLE, take_initiator, RECORD},
	{"Pushed IP address", WHOLE, saw_cli_ignore},
	{"Assigned host addr", WHOLE, saw_cli_ignore},
	{"Remote subnets", WHOLE, take_subnets},
	{"PEER TYPE", WHOLE, saw_cli_ignore},
	{"Parent SA Extended Status", WHOLE, saw_cli_ignore},
	{"Delete in progress", WHOLE, saw_cli_ignore},
	{"Marked for delete", WHOLE, saw_cli_ignore},

	/* Child SAs. */
	{"Child sa", WHOLE, take_child, CHILD, SAW_FIELD_TEXT(Sawatch__V1__ChildSa, local_selector)},
	{"remote selector ", PREFIX, saw_cli_squeezed, CHILD, SAW_FIELD_TEXT(Sawatch__V1__ChildSa, remote_selector)},
	{"ESP spi in/out", WHOLE, take_child_spis, CHILD, SAW_FIELD(Sawatch__V1__ChildSa, inbound_spi)},
	{"AH spi in/out", WHOLE, saw_cli_ignore},
	{"CPI in/out", WHOLE, saw_cli_ignore},
	{"esp_hmac", ITEM, saw_cli_ignore},
	{"ah_hmac", ITEM, saw_cli_ignore},
	{"comp", ITEM, saw_cli_ignore},
	{"mode", ITEM, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_ikev2_sa = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.open = open,
	.row = take_row,
	.end = end_sa,
};
