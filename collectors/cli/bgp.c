/*
 * `show [ip] bgp [… vrf X] summary` of ASA, IOS and IOS-XE -> one BgpPeer per neighbour and address family.
 *
 * A row holds its neighbour and nine columns; a long neighbour (IPv6) has a line for itself, its columns follow in the next.
 */
#include "collectors/cli/tables.h"
#include "core/addr.h"

struct state {
	Sawatch__V1__BgpPeer head; /* address family */
	char peer[SAW_ADDR_TEXT];  /* of a row that goes on in the next line; empty: none */
};

static void begin_head(struct saw_cli_scan *s) {
	struct state *st = s->state;

	saw_arena_reset(s->head_arena);
	sawatch__v1__bgp_peer__init(&st->head);
	s->at[SAW_CLI_HEAD] = &st->head.base;
}

static bool open(struct saw_cli_scan *s, enum saw_cli_level level) {
	if (level != SAW_CLI_HEAD)
		return false;
	begin_head(s);
	return true;
}

static bool take_family(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	begin_head(s);
	return saw_cli_text(s, r, value);
}

/* 65001, or 1.10: the upper 16 bits before the point */
static bool parse_as(struct saw_str text, uint32_t *as) {
	struct saw_str rest;
	uint64_t v, low;

	if (!saw_cli_digits(text, UINT32_MAX, &v, &rest))
		return false;
	if (rest.n) {
		if (v > 65535 || rest.p[0] != '.' || saw_parse_u64((struct saw_str){rest.p + 1, rest.n - 1}, 65535, &low) != 0)
			return false;
		v = v << 16 | low;
	}
	*as = (uint32_t)v;
	return true;
}

/* The VRF of `… vrf RED …` as it was typed. */
static char *typed_vrf(struct saw_cli_scan *s) {
	struct saw_str rest = s->arguments, word;

	while ((word = saw_cli_word(&rest)).n)
		if (saw_str_eq(word, SAW_STR("vrf")) && (word = saw_cli_word(&rest)).n)
			return saw_cli_copy(s, SAW_CLI_RECORD, word);
	return NULL;
}

/* `4 65001 26 27 9 0 0 00:20:06 7`: version … up or down since, and a state or a number of prefixes. */
static bool take_peer(struct saw_cli_scan *s, struct saw_str peer, struct saw_str columns) {
	enum { VERSION, AS, RECEIVED, SENT, TABLE, IN_QUEUE, OUT_QUEUE, SINCE, COLUMNS };
	static const struct saw_cli_rule since = {.level = SAW_CLI_RECORD,
											  .field = SAW_FIELD(Sawatch__V1__BgpPeer, up_seconds)};
	static const struct saw_cli_rule state = {.level = SAW_CLI_RECORD,
											  .field = SAW_FIELD_TEXT(Sawatch__V1__BgpPeer, state)};
	Sawatch__V1__BgpPeer row = SAWATCH__V1__BGP_PEER__INIT;
	struct saw_str words[COLUMNS];
	uint64_t v;
	bool taken;

	for (int i = 0; i < COLUMNS; i++) {
		words[i] = saw_cli_word(&columns);
		if (i != AS && i < SINCE && saw_parse_u64(words[i], UINT64_MAX, &v) != 0)
			return false;
	}
	columns = saw_str_trim(columns);
	if (!columns.n || !parse_as(words[AS], &row.remote_as))
		return false;
	row.has_remote_as = 1;
	s->at[SAW_CLI_RECORD] = &row.base;
	row.peer = saw_cli_copy(s, SAW_CLI_RECORD, peer);
	row.address_family = ((struct state *)s->state)->head.address_family;
	row.vrf = typed_vrf(s);
	taken = row.peer && saw_cli_seconds(s, &since, words[SINCE]);
	if (saw_parse_u64(columns, UINT64_MAX, &v) == 0) {
		row.state = (char *)(uintptr_t) "Established";
		row.has_prefixes_received = 1;
		row.prefixes_received = v;
	} else {
		taken = saw_cli_squeezed(s, &state, columns) && taken;
	}
	if (taken)
		saw_cli_emit(s, &row.base);
	s->at[SAW_CLI_RECORD] = NULL;
	saw_arena_reset(s->arena);
	return taken;
}

/* `117 network entries using 23400 bytes of memory`, `1121781 received paths for inbound soft reconfiguration` */
static bool is_memory(struct saw_str line) {
	struct saw_str rest;

	return line.p[0] >= '0' && line.p[0] <= '9' &&
		   (saw_cli_behind(line, " entries using ", &rest) || saw_cli_behind(line, " received paths ", &rest));
}

static bool take_row(struct saw_cli_scan *s, struct saw_str line) {
	struct state *st = s->state;
	struct saw_str rest = line, peer = saw_cli_word(&rest);
	struct saw_addr address;

	if (is_memory(line))
		return true;
	if (peer.n && peer.p[0] == '*') /* a neighbour that a listen range made */
		peer = (struct saw_str){peer.p + 1, peer.n - 1};
	if (saw_addr_parse(peer, &address) == 0) {
		st->peer[0] = 0;
		if (saw_str_trim(rest).n)
			return take_peer(s, peer, rest);
		memcpy(st->peer, peer.p, peer.n);
		st->peer[peer.n] = 0;
		return true;
	}
	if (st->peer[0] && take_peer(s, saw_str_of(st->peer), line)) {
		st->peer[0] = 0;
		return true;
	}
	return false;
}

static void end(struct saw_cli_scan *s) {
	(void)s;
}

#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX

static const struct saw_cli_rule rules[] = {
	{"For address family", WHOLE, take_family, SAW_CLI_HEAD, SAW_FIELD_TEXT(Sawatch__V1__BgpPeer, address_family)},
	{"BGP router identifier ", PREFIX, saw_cli_ignore},
	{"BGP table version is ", PREFIX, saw_cli_ignore},
	{"BGP using ", PREFIX, saw_cli_ignore},
	{"BGP activity ", PREFIX, saw_cli_ignore},
	{"BGP is not active", PREFIX, saw_cli_ignore},
	{"% BGP not active", PREFIX, saw_cli_ignore},
	{"Neighbor V ", PREFIX, saw_cli_ignore},
	{"* Dynamically created ", PREFIX, saw_cli_ignore},
	{"Dynamically created neighbors", WHOLE, saw_cli_ignore},
	{"Total dynamically created neighbors", WHOLE, saw_cli_ignore},
	{"BGP peergroup ", PREFIX, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_bgp = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.open = open,
	.row = take_row,
	.end = end,
};
