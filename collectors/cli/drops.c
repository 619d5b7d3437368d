/*
 * Drop counters of the box -> one Drop per reason: ASA `show asp drop`, IOS-XE `show platform hardware qfp active feature ipsec
 * datapath drops` and `… statistics drop` (both as in the tests of genieparser; its `detail` from Cisco's troubleshooting guides).
 */
#include "collectors/cli/tables.h"

struct state {
	bool flows; /* below `Flow drop:` */
};

static void end(struct saw_cli_scan *s) {
	(void)s;
}

static bool emit(struct saw_cli_scan *s, Sawatch__V1__Drop *drop, struct saw_str name) {
	drop->name = saw_cli_copy(s, SAW_CLI_RECORD, name);
	if (drop->name)
		saw_cli_emit(s, &drop->base);
	saw_arena_reset(s->arena);
	return drop->name != NULL;
}

/* The last word as a number; *line becomes what stands before it. */
static bool last_number(struct saw_str *line, uint64_t *v) {
	size_t at = line->n;

	while (at && line->p[at - 1] != ' ' && line->p[at - 1] != '\t')
		at--;
	if (saw_parse_u64((struct saw_str){line->p + at, line->n - at}, UINT64_MAX, v) != 0)
		return false;
	*line = saw_str_trim((struct saw_str){line->p, at});
	return line->n != 0;
}

static bool take_list(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	((struct state *)s->state)->flows = r->label[1] == 'l';
	return value.n == 0;
}

/* acl-drop, np-socket-lock-failu */
static bool is_reason(struct saw_str s) {
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-' &&
			s.p[i] != '_')
			return false;
	return s.n != 0;
}

/* `Flow is denied by configured rule (acl-drop)    29`; a long name is cut, its bracket too. */
static bool take_asp(struct saw_cli_scan *s, struct saw_str line) {
	bool flows = ((struct state *)s->state)->flows;
	Sawatch__V1__Drop drop = SAWATCH__V1__DROP__INIT;
	uint64_t v;
	size_t at;

	if (!last_number(&line, &v))
		return false;
	for (at = line.n; at && line.p[at - 1] != '(';)
		at--;
	line = (struct saw_str){line.p + at, line.n - at};
	if (line.n && line.p[line.n - 1] == ')')
		line.n--;
	if (!at || !is_reason(line))
		return false;
	drop.feature = (char *)(uintptr_t) "asp";
	drop.drop_list = (char *)(uintptr_t)(flows ? "flow" : "frame");
	drop.has_packets = !flows;
	drop.has_flows = flows;
	drop.packets = drop.flows = v;
	return emit(s, &drop, line);
}

/* `  19  IN_CD_SW_IPSEC_ANTI_REPLAY_FAIL     12` */
static bool take_qfp_ipsec(struct saw_cli_scan *s, struct saw_str line) {
	Sawatch__V1__Drop drop = SAWATCH__V1__DROP__INIT;
	struct saw_str type = saw_cli_word(&line), name = saw_cli_word(&line), packets = saw_cli_word(&line);
	uint64_t number, v;

	if (saw_parse_u64(type, UINT32_MAX, &number) != 0 || saw_parse_u64(packets, UINT64_MAX, &v) != 0 ||
		saw_str_trim(line).n)
		return false;
	drop.feature = (char *)(uintptr_t) "qfp_ipsec";
	drop.has_type = drop.has_packets = 1;
	drop.type = (uint32_t)number;
	drop.packets = v;
	return emit(s, &drop, name);
}

/* `IpsecInput      12     3456`: packets and octets; `detail` puts the number of the reason before it. */
static bool take_qfp(struct saw_cli_scan *s, struct saw_str line) {
	Sawatch__V1__Drop drop = SAWATCH__V1__DROP__INIT;
	struct saw_str name;
	uint64_t type;

	if (!last_number(&line, &drop.bytes) || !last_number(&line, &drop.packets))
		return false;
	if (saw_cli_digits(line, UINT32_MAX, &type, &name) && name.n && name.p[0] == ' ') {
		drop.has_type = 1;
		drop.type = (uint32_t)type;
		line = saw_str_trim(name);
	}
	drop.feature = (char *)(uintptr_t) "qfp";
	drop.has_packets = drop.has_bytes = 1;
	return emit(s, &drop, line);
}

#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX

static const struct saw_cli_rule asp_rules[] = {
	{"Frame drop", WHOLE, take_list},
	{"Flow drop", WHOLE, take_list},
	{"Last clearing", WHOLE, saw_cli_ignore},
};

static const struct saw_cli_rule qfp_rules[] = {
	{"Drop Type ", PREFIX, saw_cli_ignore},
	{"Global Drop Stats ", PREFIX, saw_cli_ignore},
	{"ID Global Drop Stats ", PREFIX, saw_cli_ignore},
	{"Last clearing of ", PREFIX, saw_cli_ignore},
	{"The Global drop stats were all zero", PREFIX, saw_cli_empty},
	{"No drops", PREFIX, saw_cli_empty},
	{" ago)", SAW_CLI_SUFFIX, saw_cli_ignore}, /* (5m 23s ago) */
	{"---", PREFIX, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_asp_drop = {
	.rules = asp_rules,
	.n = sizeof asp_rules / sizeof asp_rules[0],
	.state_size = sizeof(struct state),
	.row = take_asp,
	.end = end,
};

const struct saw_cli_table saw_cli_qfp_ipsec_drops = {
	.rules = qfp_rules,
	.n = sizeof qfp_rules / sizeof qfp_rules[0],
	.row = take_qfp_ipsec,
	.end = end,
};

const struct saw_cli_table saw_cli_qfp_drops = {
	.rules = qfp_rules,
	.n = sizeof qfp_rules / sizeof qfp_rules[0],
	.row = take_qfp,
	.end = end,
};
