/*
 * IOS-XE: what the box as a whole can do -> GlobalCounters: `show crypto eli` (sessions of the crypto engine, and how many it can
 * have), `show crypto ikev2 stats` (requests accepted and rejected). Both as devices in the tests of genieparser print them.
 */
#include "collectors/cli/tables.h"

static void end(struct saw_cli_scan *s) {
	(void)s;
}

static bool emit(struct saw_cli_scan *s, const char *group, const char *name, uint64_t value) {
	Sawatch__V1__GlobalCounter counter = SAWATCH__V1__GLOBAL_COUNTER__INIT;

	counter.group = (char *)(uintptr_t)group;
	counter.name = (char *)(uintptr_t)name;
	counter.has_value = 1;
	counter.value = value;
	saw_cli_emit(s, &counter.base);
	return true;
}

/* ------------------------------------------------------------------------------------------------------- show crypto eli */

static const struct {
	const char *label, *unit, *group, *name;
} sessions[] = {
	{"IPSec-Session", "active", "ipsec", "engine_sessions_active"},
	{"IPSec-Session", "max", "ipsec", "engine_sessions_max"},
	{"IPSec-Session", "failed", "ipsec", "engine_sessions_failed"},
	{"IPSec-Session", "created", "ipsec", "engine_sessions_created"},
	{"IKE-Session", "active", "ike", "engine_ikev1_sessions_active"},
	{"IKE-Session", "max", "ike", "engine_ikev1_sessions_max"},
	{"IKE-Session", "failed", "ike", "engine_ikev1_sessions_failed"},
	{"IKEv2-Session", "active", "ike", "engine_ikev2_sessions_active"},
	{"IKEv2-Session", "max", "ike", "engine_ikev2_sessions_max"},
	{"IKEv2-Session", "failed", "ike", "engine_ikev2_sessions_failed"},
};

/* 2 active, 16000 max, 0 failed, 2 created */
static bool take_sessions(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	bool all = value.n != 0;

	while (value.n) {
		const char *comma = memchr(value.p, ',', value.n);
		struct saw_str unit = {value.p, comma ? (size_t)(comma - value.p) : value.n};
		bool known = false;
		uint64_t v;

		value = (struct saw_str){unit.p + unit.n + (comma != NULL), value.n - unit.n - (comma != NULL)};
		if (saw_parse_u64(saw_cli_word(&unit), UINT64_MAX, &v) == 0)
			for (size_t i = 0; !known && i < sizeof sessions / sizeof sessions[0]; i++)
				known = strcmp(sessions[i].label, r->label) == 0 &&
						saw_str_eq(saw_str_trim(unit), saw_str_of(sessions[i].unit)) &&
						emit(s, sessions[i].group, sessions[i].name, v);
		all = known && all;
	}
	return all;
}

/* ------------------------------------------------------------------------------------------------ show crypto ikev2 stats */

struct stats {
	char way; /* of the requests at hand: Incoming, Outgoing, Rejected */
};

static bool take_requests(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	uint64_t v;

	((struct stats *)s->state)->way = r->label[0];
	return saw_parse_u64(value, UINT64_MAX, &v) == 0;
}

static const struct {
	char way;
	const char *label, *name;
} answers[] = {
	{'I', "accepted", "ikev2_in_requests_accepted"},
	{'I', "rejected", "ikev2_in_requests_rejected"},
	{'O', "accepted", "ikev2_out_requests_accepted"},
	{'O', "rejected", "ikev2_out_requests_rejected"},
	{'R', "rsrc low", "ikev2_requests_rejected_low_resources"},
	{'R', "SA limit", "ikev2_requests_rejected_sa_limit"},
};

/* Behind the requests they belong to, in one line. */
static bool take_answer(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	uint64_t v;

	if (saw_parse_u64(value, UINT64_MAX, &v) != 0)
		return false;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		if (answers[i].way == ((struct stats *)s->state)->way && strcmp(answers[i].label, r->label) == 0)
			return emit(s, "ike", answers[i].name, v);
	return true; /* of cookie challenges */
}

static bool take_cookies(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	((struct stats *)s->state)->way = 0;
	return value.n != 0;
}

static bool take_dropped(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	uint64_t v;

	(void)r;
	return saw_parse_u64(value, UINT64_MAX, &v) == 0 && emit(s, "ike", "ikev2_pkts_dropped_at_dispatch", v);
}

#define ITEM SAW_CLI_ITEM
#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX

static const struct saw_cli_rule eli_rules[] = {
	{"IPSec-Session", WHOLE, take_sessions},
	{"IKE-Session", WHOLE, take_sessions},
	{"IKEv2-Session", WHOLE, take_sessions},
	{"SSL-Session", WHOLE, saw_cli_ignore},
	{"DH", WHOLE, saw_cli_ignore},
	{"Hardware Encryption", WHOLE, saw_cli_ignore},
	{"Number of ", PREFIX, saw_cli_ignore},
	{"CryptoEngine ", PREFIX, saw_cli_ignore},
	{"Capability", WHOLE, saw_cli_ignore},
	{"DH lifetime ", PREFIX, saw_cli_ignore},
	{"DH calculations", WHOLE, saw_cli_ignore},
	{"DH in use/freeing/free ", PREFIX, saw_cli_ignore},
	{"crypto engine ", PREFIX, saw_cli_ignore},
};

static const struct saw_cli_rule ikev2_rules[] = {
	{"---", PREFIX, saw_cli_ignore},
	{"Crypto IKEv2 SA Statistics", PREFIX, saw_cli_ignore},
	{"System Resource Limit", ITEM, saw_cli_ignore},
	{"Max IKEv2 SAs", ITEM, saw_cli_ignore},
	{"Max in nego", ITEM, saw_cli_ignore},
	{"Max in nego(in/out)", ITEM, saw_cli_ignore},
	{"Total IKEv2 SA Count", ITEM, saw_cli_ignore},
	{"Total incoming IKEv2 SA Count", ITEM, saw_cli_ignore},
	{"Total outgoing IKEv2 SA Count", ITEM, saw_cli_ignore},
	{"active", ITEM, saw_cli_ignore},
	{"negotiating", ITEM, saw_cli_ignore},
	{"Incoming IKEv2 Requests", ITEM, take_requests},
	{"Outgoing IKEv2 Requests", ITEM, take_requests},
	{"Rejected IKEv2 Requests", ITEM, take_requests},
	{"accepted", ITEM, take_answer},
	{"rejected", ITEM, take_answer},
	{"rsrc low", ITEM, take_answer},
	{"SA limit", ITEM, take_answer},
	{"rejected no cookie", ITEM, saw_cli_ignore},
	{"IKEv2 packets dropped at dispatch", ITEM, take_dropped},
	{"Incoming Requests dropped as LOW Q limit reached", ITEM, saw_cli_ignore},
	{"Incoming IKEV2 Cookie Challenged Requests", ITEM, take_cookies},
	{"Incoming IKEv2 Cookie Challenged Requests", ITEM, take_cookies},
	{"Total Deleted sessions of Cert Revoked Peers", ITEM, saw_cli_ignore},
	{"Total init sa request rejected due to queue limit", ITEM, saw_cli_ignore},
	{"SA Strength Enforcement Rejects - incoming", ITEM, saw_cli_ignore},
	{"outgoing", ITEM, saw_cli_ignore},
	{"Sessions with Quantum Resistance", ITEM, saw_cli_ignore},
	{"Manual", ITEM, saw_cli_ignore},
	{"Dynamic", ITEM, saw_cli_ignore},
	{"PPK Identity Mismatch", ITEM, saw_cli_ignore},
	{"PPK Retrieve Failure - ALL", ITEM, saw_cli_ignore},
	{"PPK Authentication Failure - ALL", ITEM, saw_cli_ignore},
	{"With PPK Required", ITEM, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_eli = {
	.rules = eli_rules,
	.n = sizeof eli_rules / sizeof eli_rules[0],
	.end = end,
};

const struct saw_cli_table saw_cli_ikev2_stats = {
	.rules = ikev2_rules,
	.n = sizeof ikev2_rules / sizeof ikev2_rules[0],
	.state_size = sizeof(struct stats),
	.pairs = true,
	.end = end,
};
