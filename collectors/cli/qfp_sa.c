/*
 * IOS-XE `show platform hardware qfp active feature ipsec sa N` -> one IpsecSa with the one SA that was asked for.
 *
 * Lines of `label: value`; the flags are spelled out in lines that begin with a colon. What its numbers mean for certain is taken: SPI, direction,
 * whether replays are checked, and the size of the extended window, 0 being none (a window of the default size is not told here). Its
 * VRFs are numbers that nothing else prints, and its `mtu` is 0 on inbound SAs and unexplained on others: both are left absent.
 * Source: the outputs in the tests of genieparser.
 */
#include "collectors/cli/tables.h"

struct state {
	Sawatch__V1__IpsecSa flow;
	Sawatch__V1__Sa sa;
	Sawatch__V1__Sa *list[1];
	bool outbound, known; /* the direction, and whether it was printed */
};

static void end_sa(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (s->at[SAW_CLI_RECORD]) {
		st->list[0] = &st->sa;
		if (st->known && st->outbound) {
			st->flow.outbound_sas = st->list;
			st->flow.n_outbound_sas = 1;
		} else if (st->known) {
			st->flow.inbound_sas = st->list;
			st->flow.n_inbound_sas = 1;
		}
		saw_cli_emit(s, &st->flow.base);
	}
	s->at[SAW_CLI_RECORD] = s->at[SAW_CLI_CHILD] = NULL;
	st->known = false;
	saw_arena_reset(s->arena);
}

static bool open(struct saw_cli_scan *s, enum saw_cli_level level) {
	struct state *st = s->state;

	if (level == SAW_CLI_HEAD || s->at[SAW_CLI_RECORD])
		return false;
	sawatch__v1__ipsec_sa__init(&st->flow);
	sawatch__v1__sa__init(&st->sa);
	s->at[SAW_CLI_RECORD] = &st->flow.base;
	s->at[SAW_CLI_CHILD] = &st->sa.base;
	return true;
}

static bool take_headline(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	end_sa(s);
	return value.n == 0;
}

static bool take_window(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return saw_str_eq(value, SAW_STR("0")) || saw_cli_number(s, r, value);
}

/* `: replay-check:Yes  proto:ESP  mode:Receive-only  direction:Ingress` */
static bool take_flags(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_cli_rule replay = {.level = SAW_CLI_CHILD,
											   .field = SAW_FIELD(Sawatch__V1__Sa, replay_detection)};
	struct state *st = s->state;
	struct saw_str flag;
	bool all = saw_cli_at(s, SAW_CLI_CHILD) != NULL;

	(void)r;
	while (all && (flag = saw_cli_word(&value)).n) {
		const char *colon = memchr(flag.p, ':', flag.n);
		struct saw_str is = {flag.p + flag.n, 0};

		if (colon)
			is = (struct saw_str){colon + 1, flag.n - (size_t)(colon + 1 - flag.p)};
		if (saw_str_starts(flag, SAW_STR("replay-check:"))) {
			all = saw_cli_yes(s, &replay, is);
		} else if (saw_str_starts(flag, SAW_STR("proto:"))) {
			st->sa.protocol = saw_str_eq(is, SAW_STR("ESP"))  ? (char *)(uintptr_t) "esp"
							  : saw_str_eq(is, SAW_STR("AH")) ? (char *)(uintptr_t) "ah"
															  : NULL;
		} else if (saw_str_starts(flag, SAW_STR("direction:"))) {
			st->outbound = saw_str_eq(is, SAW_STR("Egress"));
			st->known = st->outbound || saw_str_eq(is, SAW_STR("Ingress"));
			all = st->known;
		}
	}
	return all;
}

#define WHOLE SAW_CLI_WHOLE
#define RECORD SAW_CLI_RECORD
#define CHILD SAW_CLI_CHILD
#define FLOW_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__IpsecSa, f)
#define SA(f) SAW_FIELD(Sawatch__V1__Sa, f)

static const struct saw_cli_rule rules[] = {
	{"QFP ipsec sa Information", SAW_CLI_PREFIX, take_headline},
	{"QFP spi", WHOLE, saw_cli_spi, CHILD, SA(spi)},
	{":", SAW_CLI_PREFIX, take_flags},
	{"ext_ar window_size", WHOLE, take_window, CHILD, SA(replay_window)},
	{"local endpoint", WHOLE, saw_cli_text, RECORD, FLOW_TEXT(local_endpoint)},
	{"remote endpoint", WHOLE, saw_cli_text, RECORD, FLOW_TEXT(remote_endpoint)},
	{"first intf name", WHOLE, saw_cli_text, RECORD, FLOW_TEXT(interface)},

	{"QFP sa id", WHOLE, saw_cli_ignore},
	{"pal sa id", WHOLE, saw_cli_ignore},
	{"QFP spd id", WHOLE, saw_cli_ignore},
	{"QFP sp id", WHOLE, saw_cli_ignore},
	{"crypto ctx", WHOLE, saw_cli_ignore},
	{"flags", WHOLE, saw_cli_ignore}, /* spelled out below it */
	{"qos_group", WHOLE, saw_cli_ignore},
	{"mtu", WHOLE, saw_cli_ignore},
	{"mtu_adj", WHOLE, saw_cli_ignore},
	{"ext_ar window top", WHOLE, saw_cli_ignore},
	{"sar_delta", WHOLE, saw_cli_ignore},
	{"sar_window", WHOLE, saw_cli_ignore},
	{"sibling_sa", WHOLE, saw_cli_ignore},
	{"sp_ptr", WHOLE, saw_cli_ignore},
	{"sbs_ptr", WHOLE, saw_cli_ignore},
	{"cgid.cid.fid.rid", WHOLE, saw_cli_ignore},
	{"ivrf", WHOLE, saw_cli_ignore},
	{"fvrf", WHOLE, saw_cli_ignore},
	{"trans udp sport", WHOLE, saw_cli_ignore},
	{"trans udp dport", WHOLE, saw_cli_ignore},
	{"nat fixup src port", WHOLE, saw_cli_ignore},
	{"nat fixup ip", WHOLE, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_qfp_ipsec_sa = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.open = open,
	.end = end_sa,
};
