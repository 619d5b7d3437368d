/*
 * All forms of `show crypto session` on IOS and IOS-XE -> one Session per interface and peer, with its IKE SAs and flows.
 *
 * Interface -> what heads a session, in any order -> Peer, what is known of it -> IKE SAs -> flows. A line that heads a session
 * and comes after an SA or a flow begins the next session of the same interface.
 */
#include "collectors/cli/tables.h"

struct state {
	Sawatch__V1__Session head; /* the interface: shared by the sessions that follow */
	Sawatch__V1__Session *session;
	Sawatch__V1__SessionIkeSa *ike;
	Sawatch__V1__SessionFlow *flow;
	bool body; /* an SA, a flow or a session id was printed */
	size_t ike_room, flow_room;
};

static void end_session(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (st->session)
		saw_cli_emit(s, &st->session->base);
	st->session = NULL;
	st->ike = NULL;
	st->flow = NULL;
	st->body = false;
	st->ike_room = st->flow_room = 0;
	memset(s->at, 0, sizeof s->at);
	saw_arena_reset(s->arena);
}

static bool begin_session(struct saw_cli_scan *s) {
	struct state *st = s->state;

	end_session(s);
	st->session = saw_arena_alloc(s->arena, sizeof *st->session);
	if (!st->session)
		return false;
	sawatch__v1__session__init(st->session);
	st->session->interface = st->head.interface;
	s->at[SAW_CLI_RECORD] = &st->session->base;
	return true;
}

static bool open(struct saw_cli_scan *s, enum saw_cli_level level) {
	return level == SAW_CLI_RECORD && begin_session(s);
}

static bool take_interface(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;

	(void)r;
	end_session(s);
	saw_arena_reset(s->head_arena);
	st->head.interface = saw_cli_is_none(value) ? NULL : saw_cli_copy(s, SAW_CLI_HEAD, value);
	return begin_session(s);
}

/* The session that a line of a session's head belongs to. */
static Sawatch__V1__Session *at_head(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if ((!st->session || st->body) && !begin_session(s))
		return NULL;
	return st->session;
}

static bool take_head(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return at_head(s) && saw_cli_text(s, r, value);
}

static bool take_uptime(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return at_head(s) && saw_cli_seconds(s, r, value);
}

/* 192.0.2.1 port 500 fvrf: (none) ivrf: BLUE */
static bool take_peer(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct {
		const char *word;
		struct saw_cli_rule rule;
	} words[] = {
		{"port",
		 {.take = saw_cli_number, .level = SAW_CLI_RECORD, .field = SAW_FIELD(Sawatch__V1__Session, peer_port)}},
		{"fvrf:", {.take = saw_cli_text, .level = SAW_CLI_RECORD, .field = SAW_FIELD_TEXT(Sawatch__V1__Session, fvrf)}},
		{"ivrf:", {.take = saw_cli_text, .level = SAW_CLI_RECORD, .field = SAW_FIELD_TEXT(Sawatch__V1__Session, ivrf)}},
	};
	const Sawatch__V1__Session *session = at_head(s);
	struct saw_str word;

	if (session && session->peer)
		session = begin_session(s) ? at_head(s) : NULL;
	if (!session || !saw_cli_text(s, r, saw_cli_word(&value)))
		return false;
	while ((word = saw_cli_word(&value)).n) {
		size_t i = 0;

		while (i < sizeof words / sizeof words[0] && !saw_str_eq(word, saw_str_of(words[i].word)))
			i++;
		if (i == sizeof words / sizeof words[0] || !words[i].rule.take(s, &words[i].rule, saw_cli_word(&value)))
			return false;
	}
	return true;
}

static bool take_session_id(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	const Sawatch__V1__Session *session = (const Sawatch__V1__Session *)saw_cli_at(s, SAW_CLI_RECORD);
	uint64_t v;

	((struct state *)s->state)->body = true;
	if (session && session->has_session_id)
		return saw_parse_u64(value, UINT64_MAX, &v) == 0;
	return saw_cli_number(s, r, value);
}

/* local 192.0.2.1/500 remote 192.0.2.2/500 Active; IPv6: `remote …` stands in the next line. */
static bool take_ends(struct saw_cli_scan *s, struct saw_str value) {
	Sawatch__V1__SessionIkeSa *ike = ((struct state *)s->state)->ike;
	struct saw_str word;

	while ((word = saw_cli_word(&value)).n) {
		bool local = saw_str_eq(word, SAW_STR("local"));

		if (local && !saw_cli_put_endpoint(s, SAW_CLI_CHILD, saw_cli_word(&value), &ike->local, &ike->has_local_port,
										   &ike->local_port))
			return false;
		if (!local && saw_str_eq(word, SAW_STR("remote"))) {
			if (!saw_cli_put_endpoint(s, SAW_CLI_CHILD, saw_cli_word(&value), &ike->remote, &ike->has_remote_port,
									  &ike->remote_port))
				return false;
		} else if (!local) {
			ike->status = ike->status ? ike->status : saw_cli_copy(s, SAW_CLI_CHILD, word);
			return ike->status && !saw_str_trim(value).n;
		}
	}
	return true;
}

static bool take_ike(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	Sawatch__V1__Session *session = (Sawatch__V1__Session *)saw_cli_at(s, SAW_CLI_RECORD);
	void *list;

	if (!session)
		return false;
	list = saw_cli_grow(s, session->ike_sas, session->n_ike_sas, &st->ike_room);
	st->ike = saw_arena_alloc(s->arena, sizeof *st->ike);
	if (!list || !st->ike)
		return false;
	sawatch__v1__session_ike_sa__init(st->ike);
	session->ike_sas = list;
	session->ike_sas[session->n_ike_sas++] = st->ike;
	st->body = true;
	if (r->label[3] == 'v') { /* IKEv2 SA */
		st->ike->has_version = 1;
		st->ike->version = (uint32_t)(r->label[4] - '0');
	}
	return take_ends(s, value);
}

static bool take_remote(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__SessionIkeSa *ike = ((struct state *)s->state)->ike;

	(void)r;
	if (!ike || ike->remote)
		return false;
	return saw_cli_put_endpoint(s, SAW_CLI_CHILD, saw_cli_word(&value), &ike->remote, &ike->has_remote_port,
								&ike->remote_port) &&
		   take_ends(s, value);
}

/* (none) connid:1042 lifetime:05:50:03 */
static bool take_capabilities(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_cli_rule connection = {.level = SAW_CLI_CHILD,
												   .field = SAW_FIELD(Sawatch__V1__SessionIkeSa, conn_id)};
	static const struct saw_cli_rule lifetime = {.level = SAW_CLI_CHILD,
												 .field = SAW_FIELD(Sawatch__V1__SessionIkeSa, remaining_seconds)};
	struct state *st = s->state;
	struct saw_str rest, id = {NULL, 0}, life = {NULL, 0};

	if (!st->ike)
		return false;
	s->at[SAW_CLI_CHILD] = &st->ike->base;
	if (saw_cli_behind(value, "lifetime:", &life))
		value.n -= life.n + strlen("lifetime:");
	if (saw_cli_behind(value, "connid:", &id))
		value.n -= id.n + strlen("connid:");
	rest = id;
	id = saw_cli_word(&rest);
	return saw_cli_text(s, r, saw_str_trim(value)) && (!id.n || saw_cli_number(s, &connection, id)) &&
		   (!life.n || saw_cli_seconds(s, &lifetime, saw_str_trim(life)));
}

static bool take_flow(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	Sawatch__V1__Session *session = (Sawatch__V1__Session *)saw_cli_at(s, SAW_CLI_RECORD);
	void *list;

	if (!session)
		return false;
	list = saw_cli_grow(s, session->flows, session->n_flows, &st->flow_room);
	st->flow = saw_arena_alloc(s->arena, sizeof *st->flow);
	if (!list || !st->flow)
		return false;
	sawatch__v1__session_flow__init(st->flow);
	session->flows = list;
	session->flows[session->n_flows++] = st->flow;
	st->body = true;
	s->at[SAW_CLI_CHILD] = &st->flow->base;
	return saw_cli_squeezed(s, r, value);
}

/* Values of a flow: nothing of an IKE SA may be at hand. */
static bool at_flow(struct saw_cli_scan *s) {
	struct state *st = s->state;

	s->at[SAW_CLI_CHILD] = st->flow ? &st->flow->base : NULL;
	return st->flow != NULL;
}

static bool take_active(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return at_flow(s) && saw_cli_number(s, r, value);
}

static bool take_origin(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return at_flow(s) && saw_cli_text(s, r, value);
}

/* #pkts dec'ed 449282 drop 0 life (KB/Sec) 4605665/2949, or KB Vol Rekey Disabled/3060 */
static bool take_traffic(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	enum { PACKETS, DROPS, KILOBYTES, SECONDS, FIELDS };
	static const struct saw_field fields[2][FIELDS] = {
		{SAW_FIELD(Sawatch__V1__SessionFlow, decrypted_packets),
		 SAW_FIELD(Sawatch__V1__SessionFlow, dropped_in_packets),
		 SAW_FIELD(Sawatch__V1__SessionFlow, in_remaining_kilobytes),
		 SAW_FIELD(Sawatch__V1__SessionFlow, in_remaining_seconds)},
		{SAW_FIELD(Sawatch__V1__SessionFlow, encrypted_packets),
		 SAW_FIELD(Sawatch__V1__SessionFlow, dropped_out_packets),
		 SAW_FIELD(Sawatch__V1__SessionFlow, out_remaining_kilobytes),
		 SAW_FIELD(Sawatch__V1__SessionFlow, out_remaining_seconds)},
	};
	const struct saw_field *field = fields[r->label[0] == 'O'];
	struct saw_cli_rule rule = {.level = SAW_CLI_CHILD};
	struct saw_str packets, drops, life;
	const char *slash;

	if (!at_flow(s) || !saw_cli_behind(value, "c'ed ", &packets) || !saw_cli_behind(value, " drop ", &drops))
		return false;
	rule.field = field[PACKETS];
	if (!saw_cli_number(s, &rule, saw_cli_word(&packets)))
		return false;
	rule.field = field[DROPS];
	if (!saw_cli_number(s, &rule, saw_cli_word(&drops)))
		return false;
	if (!saw_cli_behind(value, "life (KB/Sec)", &life))
		return !saw_str_trim(drops).n;
	slash = memchr(life.p, '/', life.n);
	if (!slash)
		return false;
	rule.field = field[SECONDS];
	if (!saw_cli_seconds(s, &rule, saw_str_trim((struct saw_str){slash + 1, life.n - (size_t)(slash + 1 - life.p)})))
		return false;
	life = saw_str_trim((struct saw_str){life.p, (size_t)(slash - life.p)});
	rule.field = field[KILOBYTES];
	return saw_str_eq(life, SAW_STR("KB Vol Rekey Disabled")) || saw_cli_number(s, &rule, life);
}

static bool take_row(struct saw_cli_scan *s, struct saw_str line) {
	(void)s;
	return saw_cli_is_legend(line);
}

#define ITEM SAW_CLI_ITEM
#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX
#define RECORD SAW_CLI_RECORD
#define CHILD SAW_CLI_CHILD
#define SESSION(f) SAW_FIELD(Sawatch__V1__Session, f)
#define SESSION_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__Session, f)

static const struct saw_cli_rule rules[] = {
	{"Crypto session current status", PREFIX, saw_cli_ignore},
	{"Code", WHOLE, saw_cli_ignore},

	{"Interface", WHOLE, take_interface},
	{"Profile", WHOLE, take_head, RECORD, SESSION_TEXT(profile)},
	{"Uptime", WHOLE, take_uptime, RECORD, SESSION(uptime_seconds)},
	{"Session status", WHOLE, take_head, RECORD, SESSION_TEXT(status)},
	{"Peer", WHOLE, take_peer, RECORD, SESSION_TEXT(peer)},
	{"Phase1_id", WHOLE, saw_cli_text, RECORD, SESSION_TEXT(phase1_id)},
	{"Desc", WHOLE, saw_cli_text, RECORD, SESSION_TEXT(description)},
	{"Username", WHOLE, saw_cli_ignore}, /* remote access */
	{"Group", WHOLE, saw_cli_ignore},
	{"Assigned address", WHOLE, saw_cli_ignore},
	{"Session ID", WHOLE, take_session_id, RECORD, SESSION(session_id)},

	{"IKE SA", WHOLE, take_ike},
	{"IKEv1 SA", WHOLE, take_ike},
	{"IKEv2 SA", WHOLE, take_ike},
	{"remote ", PREFIX, take_remote},
	{"Capabilities", WHOLE, take_capabilities, CHILD, SAW_FIELD_TEXT(Sawatch__V1__SessionIkeSa, capabilities)},

	{"IPSEC FLOW", WHOLE, take_flow, CHILD, SAW_FIELD_TEXT(Sawatch__V1__SessionFlow, selector)},
	{"Active SAs", ITEM, take_active, CHILD, SAW_FIELD(Sawatch__V1__SessionFlow, active_sas)},
	{"origin", ITEM, take_origin, CHILD, SAW_FIELD_TEXT(Sawatch__V1__SessionFlow, origin)},
	{"Inbound", WHOLE, take_traffic, CHILD},
	{"Outbound", WHOLE, take_traffic, CHILD},
};

const struct saw_cli_table saw_cli_session = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.open = open,
	.row = take_row,
	.end = end_session,
};
