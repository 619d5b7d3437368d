/*
 * ASA: `show vpn-sessiondb detail l2l`, from 7.x on -> one L2lSession per connection, with its IKE and IPsec tunnels.
 *
 * The same labels stand in all three: what a line means depends on the section it is in.
 */
#include "collectors/cli/tables.h"

enum section { SESSION, IKE, IPSEC, OTHER };

struct state {
	Sawatch__V1__L2lSession *session;
	enum section section;
	size_t ike_room, ipsec_room;
};

static void end_session(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (st->session)
		saw_cli_emit(s, &st->session->base);
	memset(st, 0, sizeof *st);
	memset(s->at, 0, sizeof s->at);
	saw_arena_reset(s->arena);
}

static bool take_headline(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	(void)value;
	end_session(s);
	return true;
}

static bool take_connection(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;

	end_session(s);
	st->session = saw_arena_alloc(s->arena, sizeof *st->session);
	if (!st->session)
		return false;
	sawatch__v1__l2l_session__init(st->session);
	s->at[SAW_CLI_RECORD] = &st->session->base;
	return saw_cli_text(s, r, value);
}

/* IKE: | IKEv1: | IKEv2: */
static bool take_ike(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	Sawatch__V1__L2lIke *ike;
	void *list;

	st->section = OTHER;
	if (value.n || !st->session)
		return false;
	list = saw_cli_grow(s, st->session->ike, st->session->n_ike, &st->ike_room);
	ike = saw_arena_alloc(s->arena, sizeof *ike);
	if (!list || !ike)
		return false;
	sawatch__v1__l2l_ike__init(ike);
	st->session->ike = list;
	st->session->ike[st->session->n_ike++] = ike;
	if (r->label[3] == 'v') {
		ike->has_version = 1;
		ike->version = (uint32_t)(r->label[4] - '0');
	}
	st->section = IKE;
	s->at[SAW_CLI_CHILD] = &ike->base;
	return true;
}

/* IPsec: | IPsecOverNatT: | … */
static bool take_ipsec(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	Sawatch__V1__L2lIpsec *ipsec;
	void *list;

	st->section = OTHER;
	if (value.n || !st->session)
		return false;
	list = saw_cli_grow(s, st->session->ipsec, st->session->n_ipsec, &st->ipsec_room);
	ipsec = saw_arena_alloc(s->arena, sizeof *ipsec);
	if (!list || !ipsec)
		return false;
	sawatch__v1__l2l_ipsec__init(ipsec);
	st->session->ipsec = list;
	st->session->ipsec[st->session->n_ipsec++] = ipsec;
	ipsec->has_nat_t = 1;
	ipsec->nat_t = strcmp(r->label, "IPsecOverNatT") == 0;
	st->section = IPSEC;
	s->at[SAW_CLI_CHILD] = &ipsec->base;
	return true;
}

/* NAC: what follows is of no tunnel. */
static bool take_other(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	((struct state *)s->state)->section = OTHER;
	s->at[SAW_CLI_CHILD] = NULL;
	return value.n == 0;
}

#define OF_SESSION(f) SAW_FIELD(Sawatch__V1__L2lSession, f)
#define OF_IKE(f) SAW_FIELD(Sawatch__V1__L2lIke, f)
#define OF_IKE_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__L2lIke, f)
#define OF_IPSEC(f) SAW_FIELD(Sawatch__V1__L2lIpsec, f)
#define OF_IPSEC_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__L2lIpsec, f)
#define NONE \
	{ NULL, 0, 0, 0 }

/* What a label means by section; a section without a field has nothing of the model there. */
static const struct {
	const char *label;
	saw_cli_take *take;
	struct saw_field field[3];
} places[] = {
	{"Tunnel ID", saw_cli_text, {NONE, OF_IKE_TEXT(tunnel_id), OF_IPSEC_TEXT(tunnel_id)}},
	{"Session ID", saw_cli_text, {NONE, OF_IKE_TEXT(tunnel_id), OF_IPSEC_TEXT(tunnel_id)}}, /* 7.x */
	{"Encryption", saw_cli_text, {NONE, OF_IKE_TEXT(encryption), OF_IPSEC_TEXT(encryption)}},
	{"Hashing", saw_cli_text, {NONE, OF_IKE_TEXT(hashing), OF_IPSEC_TEXT(hashing)}},
	{"Bytes Tx", saw_cli_number, {OF_SESSION(bytes_tx), NONE, OF_IPSEC(bytes_tx)}},
	{"Bytes Rx", saw_cli_number, {OF_SESSION(bytes_rx), NONE, OF_IPSEC(bytes_rx)}},
	{"Pkts Tx", saw_cli_number, {NONE, NONE, OF_IPSEC(packets_tx)}},
	{"Pkts Rx", saw_cli_number, {NONE, NONE, OF_IPSEC(packets_rx)}},
	{"UDP Src Port", saw_cli_number, {NONE, OF_IKE(udp_src_port), NONE}},
	{"UDP Dst Port", saw_cli_number, {NONE, OF_IKE(udp_dst_port), NONE}},
	{"PRF", saw_cli_text, {NONE, OF_IKE_TEXT(prf), NONE}},
	{"D/H Group", saw_cli_group, {NONE, OF_IKE(dh_group), NONE}},
	{"Local Addr", saw_cli_text, {NONE, NONE, OF_IPSEC_TEXT(local)}},
	{"Remote Addr", saw_cli_text, {NONE, NONE, OF_IPSEC_TEXT(remote)}},
	{"Encapsulation", saw_cli_text, {NONE, NONE, OF_IPSEC_TEXT(encapsulation)}},
	{"PFS Group", saw_cli_group, {NONE, NONE, OF_IPSEC(pfs_group)}},
	{"Rekey Int (T)", saw_cli_leading_number, {NONE, OF_IKE(rekey_interval_seconds), OF_IPSEC(rekey_interval_seconds)}},
	{"Rekey Left(T)", saw_cli_leading_number, {NONE, OF_IKE(rekey_left_seconds), OF_IPSEC(rekey_left_seconds)}},
	{"Rekey Int (D)", saw_cli_leading_number, {NONE, NONE, OF_IPSEC(rekey_interval_kilobytes)}},
	{"Rekey Left(D)", saw_cli_leading_number, {NONE, NONE, OF_IPSEC(rekey_left_kilobytes)}},
};

static bool take_placed(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	const struct state *st = s->state;

	if (!st->session)
		return false;
	for (size_t i = 0; st->section < OTHER && i < sizeof places / sizeof places[0]; i++) {
		struct saw_cli_rule rule = {.level = st->section == SESSION ? SAW_CLI_RECORD : SAW_CLI_CHILD,
									.field = places[i].field[st->section]};

		if (strcmp(places[i].label, r->label) == 0)
			return !rule.field.name || places[i].take(s, &rule, value);
	}
	return true;
}

#define ITEM SAW_CLI_ITEM
#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX
#define RECORD SAW_CLI_RECORD

static const struct saw_cli_rule rules[] = {
	{"Session Type", WHOLE, take_headline},
	{"Connection", WHOLE, take_connection, RECORD, SAW_FIELD_TEXT(Sawatch__V1__L2lSession, connection)},
	{"Index", ITEM, saw_cli_number, RECORD, OF_SESSION(index)},
	{"IP Addr", ITEM, saw_cli_text, RECORD, SAW_FIELD_TEXT(Sawatch__V1__L2lSession, peer)},
	{"Protocol", ITEM, saw_cli_text, RECORD, SAW_FIELD_TEXT(Sawatch__V1__L2lSession, protocol)},
	{"Duration", ITEM, saw_cli_seconds, RECORD, OF_SESSION(duration_seconds)},
	{"There are presently no active sessions", PREFIX, saw_cli_empty},

	{"IKE", WHOLE, take_ike},
	{"IKEv1", WHOLE, take_ike},
	{"IKEv2", WHOLE, take_ike},
	{"IPsec", WHOLE, take_ipsec},
	{"IPSec", WHOLE, take_ipsec}, /* 7.x */
	{"IPsecOverNatT", WHOLE, take_ipsec},
	{"IPsecOverTCP", WHOLE, take_ipsec},
	{"IPsecOverUDP", WHOLE, take_ipsec},
	{"NAC", WHOLE, take_other},
	{"IKE Sessions", WHOLE, saw_cli_ignore},
	{"IKE Tunnels", WHOLE, saw_cli_ignore},
	{"IKEv1 Tunnels", WHOLE, saw_cli_ignore},
	{"IKEv2 Tunnels", WHOLE, saw_cli_ignore},
	{"IPsec Tunnels", WHOLE, saw_cli_ignore},
	{"IPsecOverNatT Tunnels", WHOLE, saw_cli_ignore},
	{"IPsecOverTCP Tunnels", WHOLE, saw_cli_ignore},
	{"IPsecOverUDP Tunnels", WHOLE, saw_cli_ignore},

	{"Tunnel ID", ITEM, take_placed},
	{"Session ID", ITEM, take_placed},
	{"Encryption", ITEM, take_placed},
	{"Hashing", ITEM, take_placed},
	{"Bytes Tx", ITEM, take_placed},
	{"Bytes Rx", ITEM, take_placed},
	{"Pkts Tx", ITEM, take_placed},
	{"Pkts Rx", ITEM, take_placed},
	{"UDP Src Port", ITEM, take_placed},
	{"UDP Dst Port", ITEM, take_placed},
	{"PRF", ITEM, take_placed},
	{"D/H Group", ITEM, take_placed},
	{"Local Addr", ITEM, take_placed},
	{"Remote Addr", ITEM, take_placed},
	{"Encapsulation", ITEM, take_placed},
	{"PFS Group", ITEM, take_placed},
	{"Rekey Int (T)", ITEM, take_placed},
	{"Rekey Left(T)", ITEM, take_placed},
	{"Rekey Int (D)", ITEM, take_placed},
	{"Rekey Left(D)", ITEM, take_placed},

	{"Login Time", WHOLE, saw_cli_ignore},
	{"Filter Name", WHOLE, saw_cli_ignore},
	{"IPv6 Filter", WHOLE, saw_cli_ignore},
	{"IKE Neg Mode", ITEM, saw_cli_ignore},
	{"Auth Mode", ITEM, saw_cli_ignore},
	{"Rem Auth Mode", ITEM, saw_cli_ignore},
	{"Loc Auth Mode", ITEM, saw_cli_ignore},
	{"Idle Time Out", ITEM, saw_cli_ignore},
	{"Idle TO Left", ITEM, saw_cli_ignore},
	{"Conn Time Out", ITEM, saw_cli_ignore},
	{"Conn TO Left", ITEM, saw_cli_ignore},
	{"Pkts Tx Drop", ITEM, saw_cli_ignore},
	{"Pkts Rx Drop", ITEM, saw_cli_ignore},
	{"Tunnel Zone", ITEM, saw_cli_ignore},
	{"Group Policy", ITEM, saw_cli_ignore},
	{"Tunnel Group", ITEM, saw_cli_ignore},
	{"Assigned IP", ITEM, saw_cli_ignore},
	{"Reval Int (T)", ITEM, saw_cli_ignore},
	{"Reval Left(T)", ITEM, saw_cli_ignore},
	{"SQ Int (T)", ITEM, saw_cli_ignore},
	{"EoU Age(T)", ITEM, saw_cli_ignore},
	{"Hold Left (T)", ITEM, saw_cli_ignore},
	{"Posture Token", ITEM, saw_cli_ignore},
	{"Redirect URL", WHOLE, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_vpn_sessiondb = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.pairs = true,
	.end = end_session,
};
