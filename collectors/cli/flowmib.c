/*
 * The flow MIB and the global counters as the CLI prints them: IOS-XE `show crypto mib ipsec flowmib tunnel` -> one IpsecSa per
 * row; `… flowmib global` and the ASA's `show crypto ipsec stats` -> GlobalCounters, named as SNMP's (CISCO-IPSEC-FLOW-MONITOR-MIB,
 * cipSecGlobalStats).
 */
#include "collectors/cli/tables.h"

/* ------------------------------------------------------------------------------------------------------------------ rows */

struct tunnels {
	Sawatch__V1__IpsecSa *row;
};

static void end_row(struct saw_cli_scan *s) {
	struct tunnels *st = s->state;

	if (st->row)
		saw_cli_emit(s, &st->row->base);
	st->row = NULL;
	s->at[SAW_CLI_RECORD] = NULL;
	saw_arena_reset(s->arena);
}

static bool take_vrf(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	end_row(s);
	return value.n != 0;
}

static bool take_index(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct tunnels *st = s->state;

	end_row(s);
	st->row = saw_arena_alloc(s->arena, sizeof *st->row);
	if (!st->row)
		return false;
	sawatch__v1__ipsec_sa__init(st->row);
	s->at[SAW_CLI_RECORD] = &st->row->base;
	return saw_cli_number(s, r, value);
}

/* EncapMode of the MIB: 1, 2 */
static bool take_mode(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct tunnels *st = s->state;
	bool tunnel = saw_str_eq(value, SAW_STR("1"));

	(void)r;
	if (!st->row || (!tunnel && !saw_str_eq(value, SAW_STR("2"))))
		return false;
	st->row->mode = (char *)(uintptr_t)(tunnel ? "tunnel" : "transport");
	return true;
}

#define ITEM SAW_CLI_ITEM
#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX
#define RECORD SAW_CLI_RECORD
#define ROW(f) SAW_FIELD(Sawatch__V1__IpsecSa, f)
#define ROW_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__IpsecSa, f)

static const struct saw_cli_rule tunnel_rules[] = {
	{"vrf ", PREFIX, take_vrf},
	{"Index", WHOLE, take_index, RECORD, ROW(device_index)},
	{"Local address", WHOLE, saw_cli_text, RECORD, ROW_TEXT(local_endpoint)},
	{"Remote address", WHOLE, saw_cli_text, RECORD, ROW_TEXT(remote_endpoint)},
	{"Encapsulation mode", WHOLE, take_mode, RECORD},
	{"Lifetime (KB)", WHOLE, saw_cli_number, RECORD, ROW(lifetime_kilobytes)},
	{"Lifetime (Sec)", WHOLE, saw_cli_number, RECORD, ROW(lifetime_seconds)},
	{"Active time", WHOLE, saw_cli_seconds, RECORD, ROW(active_seconds)},
	{"Total number of refreshes", WHOLE, saw_cli_number, RECORD, ROW(refreshes)},
	{"Current SA instances", WHOLE, saw_cli_number, RECORD, ROW(sa_instances)},
	{"In octets", WHOLE, saw_cli_number, RECORD, ROW(in_bytes)},
	{"In packets", WHOLE, saw_cli_number, RECORD, ROW(decaps_packets)},
	{"In drops", WHOLE, saw_cli_number, RECORD, ROW(in_drop_packets)},
	{"In replay drops", WHOLE, saw_cli_number, RECORD, ROW(replay_failed_recv)},
	{"In authentications", WHOLE, saw_cli_number, RECORD, ROW(verify_packets)},
	{"In authentication failures", WHOLE, saw_cli_number, RECORD, ROW(auth_failed_recv)},
	{"In decrypts", WHOLE, saw_cli_number, RECORD, ROW(decrypt_packets)},
	{"In decrypt failures", WHOLE, saw_cli_number, RECORD, ROW(decrypt_failed_recv)},
	{"Out octets", WHOLE, saw_cli_number, RECORD, ROW(out_bytes)},
	{"Out packets", WHOLE, saw_cli_number, RECORD, ROW(encaps_packets)},
	{"Out drops", WHOLE, saw_cli_number, RECORD, ROW(out_drop_packets)},
	{"Out authentications", WHOLE, saw_cli_number, RECORD, ROW(digest_packets)},
	{"Out encryptions", WHOLE, saw_cli_number, RECORD, ROW(encrypt_packets)},
	{"Out encryption failures", WHOLE, saw_cli_number, RECORD, ROW(encrypt_failed_send)},

	{"IPSEC keying", WHOLE, saw_cli_ignore},
	{"Lifetime threshold (KB)", WHOLE, saw_cli_ignore},
	{"Lifetime threshold (Sec)", WHOLE, saw_cli_ignore},
	{"Expired SA instances", WHOLE, saw_cli_ignore},
	{"In SA DH group", WHOLE, saw_cli_ignore},
	{"In sa encrypt algorithm", WHOLE, saw_cli_ignore},
	{"In SA AH auth algorithm", WHOLE, saw_cli_ignore},
	{"In SA ESP auth algo", WHOLE, saw_cli_ignore},
	{"In SA uncompress algorithm", WHOLE, saw_cli_ignore},
	{"Out SA DH group", WHOLE, saw_cli_ignore},
	{"Out SA encryption algorithm", WHOLE, saw_cli_ignore},
	{"Out SA auth algorithm", WHOLE, saw_cli_ignore},
	{"Out SA ESP auth algorithm", WHOLE, saw_cli_ignore},
	{"Out SA uncompress algorithm", WHOLE, saw_cli_ignore},
	{"Decompressed octets", WHOLE, saw_cli_ignore},
	{"Compressed octets", WHOLE, saw_cli_ignore},
	{"Out uncompressed octets", WHOLE, saw_cli_ignore},
	{"Out authentication failures", WHOLE, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_flowmib_tunnel = {
	.rules = tunnel_rules,
	.n = sizeof tunnel_rules / sizeof tunnel_rules[0],
	.state_size = sizeof(struct tunnels),
	.end = end_row,
};

/* -------------------------------------------------------------------------------------------------------------- counters */

enum direction { BOTH, IN, OUT };

struct counters {
	Sawatch__V1__GlobalCounter head; /* the VRF */
	enum direction direction;        /* ASA: of the section at hand */
};

static void end_counters(struct saw_cli_scan *s) {
	(void)s;
}

static bool take_counter_vrf(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct counters *st = s->state;

	saw_arena_reset(s->head_arena);
	sawatch__v1__global_counter__init(&st->head);
	s->at[SAW_CLI_HEAD] = &st->head.base;
	return saw_str_eq(value, SAW_STR("Global")) || saw_cli_text(s, r, value);
}

/* ASA: what follows counts packets received, or sent. */
static bool take_direction(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	((struct counters *)s->state)->direction = r->label[0] == 'I' ? IN : OUT;
	return value.n == 0;
}

/* What a label is called in the MIB; what the MIB does not count is not here. */
static const struct {
	const char *label;
	enum direction direction;
	const char *name;
} names[] = {
	{"Active Tunnels", BOTH, "active_tunnels"},
	{"Previous Tunnels", BOTH, "previous_tunnels"},
	{"In octets", BOTH, "in_octets"},
	{"Out octets", BOTH, "out_octets"},
	{"In packets", BOTH, "in_pkts"},
	{"Out packets", BOTH, "out_pkts"},
	{"In packets drops", BOTH, "in_drops"},
	{"Out packets drops", BOTH, "out_drops"},
	{"In replay drops", BOTH, "in_replay_drops"},
	{"In authentications", BOTH, "in_auths"},
	{"Out authentications", BOTH, "out_auths"},
	{"In authentication failures", BOTH, "in_auth_fails"},
	{"Out authentication failures", BOTH, "out_auth_fails"},
	{"In decrypts", BOTH, "in_decrypts"},
	{"In decrypt failures", BOTH, "in_decrypt_fails"},
	{"Out encrypts", BOTH, "out_encrypts"},
	{"Out encrypt failures", BOTH, "out_encrypt_fails"},
	{"No SA failures", BOTH, "no_sa_fails"},
	{"Protocol use failures", BOTH, "protocol_use_fails"},
	{"System capacity failures", BOTH, "sys_cap_fails"},

	/* ASA */
	{"Active tunnels", BOTH, "active_tunnels"},
	{"Previous tunnels", BOTH, "previous_tunnels"},
	{"Bytes", IN, "in_octets"},
	{"Bytes", OUT, "out_octets"},
	{"Decompressed bytes", IN, "in_decomp_octets"},
	{"Uncompressed bytes", OUT, "out_uncomp_octets"},
	{"Packets", IN, "in_pkts"},
	{"Packets", OUT, "out_pkts"},
	{"Dropped packets", IN, "in_drops"},
	{"Dropped packets", OUT, "out_drops"},
	{"Replay failures", IN, "in_replay_drops"},
	{"Authentications", IN, "in_auths"},
	{"Authentications", OUT, "out_auths"},
	{"Authentication failures", IN, "in_auth_fails"},
	{"Authentication failures", OUT, "out_auth_fails"},
	{"Decryptions", IN, "in_decrypts"},
	{"Decryption failures", IN, "in_decrypt_fails"},
	{"Encryptions", OUT, "out_encrypts"},
	{"Encryption failures", OUT, "out_encrypt_fails"},
	{"Protocol failures", BOTH, "protocol_use_fails"},
	{"Missing SA failures", BOTH, "no_sa_fails"},
};

static bool take_counter(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	const struct counters *st = s->state;
	Sawatch__V1__GlobalCounter counter = SAWATCH__V1__GLOBAL_COUNTER__INIT;

	if (saw_parse_u64(value, UINT64_MAX, &counter.value) != 0)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i].label, r->label) != 0 || (names[i].direction && names[i].direction != st->direction))
			continue;
		counter.group = (char *)(uintptr_t) "ipsec";
		counter.name = (char *)(uintptr_t)names[i].name;
		counter.vrf = st->head.vrf;
		counter.has_value = 1;
		saw_cli_emit(s, &counter.base);
		return true;
	}
	return false; /* it belongs to a section that was not met */
}

#define COUNTER(label) \
	{ label, WHOLE, take_counter }
#define IGNORED(label) \
	{ label, WHOLE, saw_cli_ignore }

static const struct saw_cli_rule global_rules[] = {
	{"vrf ", PREFIX, take_counter_vrf, SAW_CLI_HEAD, SAW_FIELD_TEXT(Sawatch__V1__GlobalCounter, vrf)},
	COUNTER("Active Tunnels"),
	COUNTER("Previous Tunnels"),
	COUNTER("In octets"),
	COUNTER("Out octets"),
	COUNTER("In packets"),
	COUNTER("Out packets"),
	COUNTER("In packets drops"),
	COUNTER("Out packets drops"),
	COUNTER("In replay drops"),
	COUNTER("In authentications"),
	COUNTER("Out authentications"),
	COUNTER("In authentication failures"),
	COUNTER("Out authentication failures"),
	COUNTER("In decrypts"),
	COUNTER("In decrypt failures"),
	COUNTER("Out encrypts"),
	COUNTER("Out encrypt failures"),
	COUNTER("No SA failures"),
	COUNTER("Protocol use failures"),
	COUNTER("System capacity failures"),
	IGNORED("Uncompressed encrypted bytes"),
	IGNORED("Compressed bytes"),
	IGNORED("Uncompressed bytes"),
	IGNORED("In uncompressed bytes"),
	IGNORED("Out uncompressed bytes"),
};

static const struct saw_cli_rule stats_rules[] = {
	{"IPsec Global Statistics", PREFIX, saw_cli_ignore},
	{"---", PREFIX, saw_cli_ignore},
	{"Inbound", PREFIX, take_direction},
	{"Outbound", PREFIX, take_direction},
	COUNTER("Active tunnels"),
	COUNTER("Previous tunnels"),
	COUNTER("Bytes"),
	COUNTER("Decompressed bytes"),
	COUNTER("Uncompressed bytes"),
	COUNTER("Packets"),
	COUNTER("Dropped packets"),
	COUNTER("Replay failures"),
	COUNTER("Authentications"),
	COUNTER("Authentication failures"),
	COUNTER("Decryptions"),
	COUNTER("Decryption failures"),
	COUNTER("Encryptions"),
	COUNTER("Encryption failures"),
	COUNTER("Protocol failures"),
	COUNTER("Missing SA failures"),
	COUNTER("System capacity failures"),
	IGNORED("TFC Packets"),
	IGNORED("Decapsulated fragments needing reassembly"),
	IGNORED("Valid ICMP Errors rcvd"),
	IGNORED("Invalid ICMP Errors rcvd"),
	IGNORED("Fragmentation successes"),
	IGNORED("Pre-fragmentation successes"),
	IGNORED("Pre-fragmentation successses"), /* so printed */
	IGNORED("Post-fragmentation successes"),
	IGNORED("Fragmentation failures"),
	IGNORED("Pre-fragmentation failures"),
	IGNORED("Post-fragmentation failures"),
	IGNORED("Fragments created"),
	IGNORED("PMTUs sent"),
	IGNORED("PMTUs rcvd"),
};

const struct saw_cli_table saw_cli_flowmib_global = {
	.rules = global_rules,
	.n = sizeof global_rules / sizeof global_rules[0],
	.state_size = sizeof(struct counters),
	.end = end_counters,
};

const struct saw_cli_table saw_cli_ipsec_stats = {
	.rules = stats_rules,
	.n = sizeof stats_rules / sizeof stats_rules[0],
	.state_size = sizeof(struct counters),
	.end = end_counters,
};
