/*
 * All forms of `show crypto isakmp sa` and of the ASA's `show crypto ikev1 sa` -> one IkeSa per IKEv1 SA.
 *
 * IOS:    rows `dst src state conn-id status`; IPv6 as `dst: …`, `src: …`, `state: …` in lines of their own.
 * detail: rows `C-id Local Remote I-VRF Status Encr Hash Auth DH Lifetime Cap.`, the VRF may be empty.
 * ASA:    a number, `IKE Peer: …`, then pairs of `label : value`; or rows below `IKE Peer  Type  Dir …`.
 */
#include "collectors/cli/tables.h"
#include "collectors/cli/transform.h"

#define WORDS_MAX 16

struct state {
	Sawatch__V1__IkeSa *sa;
};

static void end_sa(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (st->sa)
		saw_cli_emit(s, &st->sa->base);
	st->sa = NULL;
	s->at[SAW_CLI_RECORD] = NULL;
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
	st->sa->version = 1;
	s->at[SAW_CLI_RECORD] = &st->sa->base;
	return true;
}

#define IKE(f) SAW_FIELD(Sawatch__V1__IkeSa, f)
#define IKE_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__IkeSa, f)
#define RECORD SAW_CLI_RECORD

static bool take_role(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = ((struct state *)s->state)->sa;
	bool initiator = saw_str_eq(value, SAW_STR("initiator")) || saw_str_eq(value, SAW_STR("Init"));

	(void)r;
	if (!sa || (!initiator && !saw_str_eq(value, SAW_STR("responder")) && !saw_str_eq(value, SAW_STR("Resp"))))
		return false;
	sa->has_role = 1;
	sa->role = initiator ? SAWATCH__V1__ROLE__ROLE_INITIATOR : SAWATCH__V1__ROLE__ROLE_RESPONDER;
	return true;
}

/* aes, 3des, aes-256: the ASA's name holds the size of the key */
static bool take_encryption(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = ((struct state *)s->state)->sa;
	uint64_t bits;

	if (!sa || !saw_cli_text(s, r, value))
		return false;
	sa->cipher = (char *)(uintptr_t)saw_ike_cipher(value);
	if (saw_str_starts(value, SAW_STR("aes-")) &&
		saw_parse_u64((struct saw_str){value.p + 4, value.n - 4}, 1024, &bits) == 0) {
		sa->has_key_bits = 1;
		sa->key_bits = (uint32_t)bits;
	}
	return true;
}

static bool take_hash(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = ((struct state *)s->state)->sa;

	if (!sa || !saw_cli_text(s, r, value))
		return false;
	sa->integrity = (char *)(uintptr_t)saw_ike_integrity(value);
	return true;
}

/* ------------------------------------------------------------------------------------------------------------------ rows */

static const struct saw_cli_rule short_columns[] = {
	{"dst", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(responder_address)},
	{"src", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(initiator_address)},
	{"state", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(status)},
	{"conn-id", .take = saw_cli_number, .level = RECORD, .field = IKE(tunnel_id)},
};

static const struct saw_cli_rule detail_columns[] = {
	{"C-id", .take = saw_cli_number, .level = RECORD, .field = IKE(tunnel_id)},
	{"Local", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(local)},
	{"Remote", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(remote)},
	{"I-VRF", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(ivrf)},
	{"Status", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(status)},
	{"Encr", .take = take_encryption, .level = RECORD, .field = IKE_TEXT(encryption)},
	{"Hash", .take = take_hash, .level = RECORD, .field = IKE_TEXT(hash)},
	{"Auth", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(auth)},
	{"DH", .take = saw_cli_group, .level = RECORD, .field = IKE(dh_group)},
	{"Lifetime", .take = saw_cli_seconds, .level = RECORD, .field = IKE(remaining_seconds)},
	{"Cap.", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(capabilities)},
};

static const struct saw_cli_rule asa_columns[] = {
	{"number", .take = saw_cli_ignore},
	{"IKE Peer", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(remote)},
	{"Type", .take = saw_cli_ignore},
	{"Dir", .take = take_role, .level = RECORD},
	{"Rky", .take = saw_cli_ignore},
	{"State", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(status)},
	{"Encrypt", .take = take_encryption, .level = RECORD, .field = IKE_TEXT(encryption)},
	{"Hash", .take = take_hash, .level = RECORD, .field = IKE_TEXT(hash)},
	{"Auth", .take = saw_cli_text, .level = RECORD, .field = IKE_TEXT(auth)},
	{"Lifetime", .take = saw_cli_number, .level = RECORD, .field = IKE(lifetime_seconds)},
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* Of an address's bytes: enough to tell a row's columns apart. */
static bool is_address(struct saw_str s) {
	bool separated = false;

	for (size_t i = 0; i < s.n; i++) {
		if (!strchr("0123456789abcdefABCDEF.:", s.p[i]))
			return false;
		separated = separated || s.p[i] == '.' || s.p[i] == ':';
	}
	return separated;
}

static bool is_number(struct saw_str s) {
	uint64_t v;

	return saw_parse_u64(s, UINT64_MAX, &v) == 0;
}

static bool take_columns(struct saw_cli_scan *s, const struct saw_cli_rule *columns, const struct saw_str *words,
						 size_t n) {
	bool all = begin_sa(s);

	for (size_t i = 0; i < n && s->at[RECORD]; i++)
		all = columns[i].take(s, &columns[i], words[i]) && all;
	return all;
}

/* dst src state conn-id [slot] status [(deleted)] */
static bool take_short(struct saw_cli_scan *s, const struct saw_str *words, size_t n) {
	bool deleted = saw_str_eq(words[n - 1], SAW_STR("(deleted)"));

	n -= deleted;
	if ((n != 5 && n != 6) || (n == 6 && !is_number(words[4])) ||
		!take_columns(s, short_columns, words, COUNT(short_columns)))
		return false;
	((struct state *)s->state)->sa->has_deleted = 1;
	((struct state *)s->state)->sa->deleted = deleted;
	return true;
}

/* The VRF may be empty, and so may what follows the lifetime. */
static bool take_detail(struct saw_cli_scan *s, const struct saw_str *words, size_t n) {
	struct saw_str row[COUNT(detail_columns)] = {{NULL, 0}};
	bool vrf = n > 9 && memchr(words[9].p, ':', words[9].n);
	size_t from = 3;

	if (n < 9 + (size_t)vrf || n > 10 + (size_t)vrf)
		return false;
	memcpy(row, words, 3 * sizeof *row);
	if (vrf)
		row[3] = words[from++];
	memcpy(row + 4, words + from, (n - from) * sizeof *row);
	return take_columns(s, detail_columns, row, COUNT(row));
}

/* ASA: `1   IKE Peer: 192.0.2.1` */
static bool take_peer(struct saw_cli_scan *s, const struct saw_str *words, size_t n) {
	static const struct saw_cli_rule peer = {"IKE Peer", .level = RECORD, .field = IKE_TEXT(remote)};

	return n == 4 && saw_str_eq(words[2], SAW_STR("Peer:")) && begin_sa(s) && saw_cli_text(s, &peer, words[3]);
}

static bool take_row(struct saw_cli_scan *s, struct saw_str line) {
	struct saw_str words[WORDS_MAX], rest = line;
	size_t n = 0;

	while (n < WORDS_MAX && (words[n] = saw_cli_word(&rest)).n)
		n++;
	if (n < 4 || n == WORDS_MAX)
		return saw_cli_is_legend(line);
	if (is_address(words[0]) && is_address(words[1]))
		return take_short(s, words, n);
	if (!is_number(words[0]))
		return saw_cli_is_legend(line);
	if (saw_str_eq(words[1], SAW_STR("IKE")))
		return take_peer(s, words, n);
	if (is_address(words[1]) && is_address(words[2]))
		return take_detail(s, words, n);
	return n == COUNT(asa_columns) && take_columns(s, asa_columns, words, n);
}

/* ------------------------------------------------------------------------------------------------------------------ lines */

/* IOS, IPv6: `dst: 2001:db8::2`, the first line of an SA. */
static bool take_dst(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return begin_sa(s) && saw_cli_text(s, r, value);
}

/* IOS, IPv6: `QM_IDLE         conn-id:   1001 status: ACTIVE (deleted)` */
static bool take_state(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IkeSa *sa = ((struct state *)s->state)->sa;
	struct saw_str rest, id;

	if (!sa || !saw_cli_text(s, r, saw_cli_word(&value)))
		return false;
	sa->has_deleted = 1;
	sa->deleted = saw_cli_behind(value, "(deleted)", &rest);
	return !saw_cli_behind(value, "conn-id:", &rest) ||
		   ((id = saw_cli_word(&rest)).n && saw_cli_number(s, &short_columns[3], id));
}

/* Lines below a peer: nothing is at hand where the text was cut at its start. */
static bool take_below(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return s->at[RECORD] && saw_cli_text(s, r, value);
}

static bool take_below_number(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return s->at[RECORD] && saw_cli_number(s, r, value);
}

#define ITEM SAW_CLI_ITEM
#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX

static const struct saw_cli_rule rules[] = {
	{"IPv4 Crypto ISAKMP SA", PREFIX, saw_cli_ignore},
	{"IPv6 Crypto ISAKMP SA", PREFIX, saw_cli_ignore},
	{"dst src ", PREFIX, saw_cli_ignore},
	{"C-id Local ", PREFIX, saw_cli_ignore},
	{"Cap.", PREFIX, saw_cli_ignore}, /* the end of that heading, where the terminal was narrow */
	{"Codes", WHOLE, saw_cli_ignore},
	{"Engine-id", WHOLE, saw_cli_ignore},
	{"Connection-id", WHOLE, saw_cli_ignore},
	{"dst", WHOLE, take_dst, RECORD, IKE_TEXT(responder_address)},
	{"src", WHOLE, take_below, RECORD, IKE_TEXT(initiator_address)},
	{"state", WHOLE, take_state, RECORD, IKE_TEXT(status)},

	/* ASA */
	{"IKEv1 SAs", WHOLE, saw_cli_nothing},
	{"Active SA", WHOLE, saw_cli_ignore},
	{"Rekey SA", WHOLE, saw_cli_ignore},
	{"Standby SA", WHOLE, saw_cli_ignore},
	{"Total IKE SA", WHOLE, saw_cli_ignore},
	{"IKE Peer Type ", PREFIX, saw_cli_ignore},
	{"Type", ITEM, saw_cli_ignore},
	{"Role", ITEM, take_role, RECORD},
	{"Rekey", ITEM, saw_cli_ignore},
	{"State", ITEM, take_below, RECORD, IKE_TEXT(status)},
	{"Encrypt", ITEM, take_encryption, RECORD, IKE_TEXT(encryption)},
	{"Hash", ITEM, take_hash, RECORD, IKE_TEXT(hash)},
	{"Auth", ITEM, take_below, RECORD, IKE_TEXT(auth)},
	{"Lifetime", ITEM, take_below_number, RECORD, IKE(lifetime_seconds)},
	{"Lifetime Remaining", ITEM, take_below_number, RECORD, IKE(remaining_seconds)},
	{"There are no IKEv1 SAs", PREFIX, saw_cli_empty},
	{"There are no IKEv2 SAs", PREFIX, saw_cli_empty}, /* the ASA's `isakmp sa` shows both versions */
	{"There are no isakmp sas", PREFIX, saw_cli_empty},
};

const struct saw_cli_table saw_cli_isakmp_sa = {
	.rules = rules,
	.n = COUNT(rules),
	.state_size = sizeof(struct state),
	.pairs = true,
	.row = take_row,
	.end = end_sa,
};

static void end_nothing(struct saw_cli_scan *s) {
	(void)s;
}

/* `show crypto isakmp sa count` counts SAs of the box: no list of ours. */
static const struct saw_cli_rule count_rules[] = {
	{"Active ISAKMP SA's", ITEM, saw_cli_empty},
	{"Standby ISAKMP SA's", ITEM, saw_cli_empty},
	{"Currently being negotiated ISAKMP SA's", ITEM, saw_cli_empty},
	{"Dead ISAKMP SA's", ITEM, saw_cli_empty},
};

const struct saw_cli_table saw_cli_isakmp_sa_count = {
	.rules = count_rules,
	.n = COUNT(count_rules),
	.end = end_nothing,
};
