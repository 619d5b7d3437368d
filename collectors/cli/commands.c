#include "collectors/cli/commands.h"

#define ASA (1U << SAWATCH__V1__PLATFORM__PLATFORM_ASA)
#define IOSXE (1U << SAWATCH__V1__PLATFORM__PLATFORM_IOSXE)
#define IOS (1U << SAWATCH__V1__PLATFORM__PLATFORM_IOS)
#define ROUTER (IOSXE | IOS)

/* One line per interface, SAs and sessions without their values, and the like. */
static const char *const interface_others[] = {
	"accounting", "brief",  "capabilities", "counters",   "description", "etherchannel", "random-detect", "rate-limit",
	"stats",      "status", "summary",      "switchport", "topology",    "transceiver",  "trunk",         NULL,
};
static const char *const sa_others[] = {"address", "diagnose", "identity", "nat", "platform", "summary", NULL};
static const char *const session_others[] = {"brief", "groups", "summary", NULL};
static const char *const drop_others[] = {"history", "thread", NULL};

/* A new command is a table of its own (tables.h), a row here, and a row in proto/section.c saying which list it fills. */
static const struct saw_cli_command commands[] = {
	{"show crypto ipsec sa",
	 "show ipsec sa",
	 ASA | ROUTER,
	 &saw_cli_ipsec_sa,
	 {"interface: ", "peer address: ", "Crypto map tag: ", "There are no ipsec sas", "#pkts encaps: "},
	 .others = sa_others},
	{"show crypto ipsec sa count", NULL, ROUTER, &saw_cli_ipsec_sa_count, {"IPsec SA total: "}},
	{"show crypto ikev2 sa",
	 NULL,
	 ASA | ROUTER,
	 &saw_cli_ikev2_sa,
	 {"IKEv2 SAs:", "There are no IKEv2 SAs", "IPv4 Crypto IKEv2 SA", "IPv6 Crypto IKEv2 SA", "Tunnel-id Local ",
	  "Tunnel-id fvrf/ivrf "},
	 .others = sa_others},
	{"show crypto isakmp sa",
	 "show isakmp sa",
	 ASA | ROUTER,
	 &saw_cli_isakmp_sa,
	 {"IPv4 Crypto ISAKMP SA", "IPv6 Crypto ISAKMP SA", "dst src state ", "C-id Local ",
	  "IKEv1 SAs:", "There are no IKEv1 SAs", "There are no isakmp sas", "IKE Peer Type "},
	 .also = "show crypto ikev2 sa",
	 .others = sa_others}, /* the ASA shows both versions */
	{"show crypto ikev1 sa", NULL, ASA, &saw_cli_isakmp_sa, .others = sa_others},
	{"show crypto isakmp sa count", NULL, ROUTER, &saw_cli_isakmp_sa_count, {"Active ISAKMP SA's: "}},
	{"show vpn-sessiondb detail l2l",
	 NULL,
	 ASA,
	 &saw_cli_vpn_sessiondb,
	 {"Session Type: LAN-to-LAN Detailed", "There are presently no active sessions"}},
	{"show crypto session",
	 NULL,
	 ROUTER,
	 &saw_cli_session,
	 {"Crypto session current status", "Interface: "},
	 .others = session_others},
	{"show interfaces", NULL, ROUTER, &saw_cli_interfaces, {"*, line protocol is "}, .others = interface_others},
	/* The interfaces of `show interfaces` once more, with the MTU that IP has there. */
	{"show ip interface", NULL, ROUTER, &saw_cli_interfaces, .alone = true, .others = interface_others},
	{"show bgp summary", NULL, ASA | ROUTER, &saw_cli_bgp, {"BGP router identifier "}, .split = 2},
	{"show ip bgp summary", NULL, ROUTER, &saw_cli_bgp, .split = 3},
	{"show failover state", NULL, ASA, &saw_cli_failover, {"State Last Failure Reason ", "This host - "}},
	{"show asp drop", NULL, ASA, &saw_cli_asp_drop, {"Frame drop:", "Flow drop:"}},
	{"show platform hardware qfp active feature ipsec datapath drops",
	 NULL,
	 IOSXE,
	 &saw_cli_qfp_ipsec_drops,
	 {"Drop Type Name "}},
	/* An SA of `show crypto ipsec sa` once more, as the forwarding engine has it. */
	{"show platform hardware qfp active feature ipsec sa", NULL, IOSXE, &saw_cli_qfp_ipsec_sa, .alone = true},
	{"show platform hardware qfp active statistics drop",
	 NULL,
	 IOSXE,
	 &saw_cli_qfp_drops,
	 {"Global Drop Stats "},
	 .others = drop_others},
	{"show version",
	 NULL,
	 ASA | ROUTER,
	 &saw_cli_version,
	 {"Cisco Adaptive Security Appliance Software Version ", "Cisco IOS Software", "Cisco IOS XE Software, Version "}},
	/* The tunnels of `show crypto ipsec sa` once more, by other names. */
	{"show crypto mib ipsec flowmib tunnel", NULL, ROUTER, &saw_cli_flowmib_tunnel, .alone = true},
	{"show crypto mib ipsec flowmib global", NULL, ROUTER, &saw_cli_flowmib_global, .alone = true},
	{"show crypto ipsec stats", "show ipsec stats", ASA, &saw_cli_ipsec_stats, {"IPsec Global Statistics"}},
	{"show crypto eli", NULL, ROUTER, &saw_cli_eli, {"Hardware Encryption : "}},
	{"show crypto ikev2 stats", NULL, ROUTER, &saw_cli_ikev2_stats, {"Crypto IKEv2 SA Statistics"}},
	{"show interface", NULL, ASA, &saw_cli_asa_interface, {"*, line protocol is "}, .others = interface_others},
};

const size_t saw_cli_command_count = sizeof commands / sizeof commands[0];

const struct saw_cli_command *saw_cli_command_at(size_t number) {
	return &commands[number];
}

size_t saw_cli_command_number(const struct saw_cli_command *c) {
	return (size_t)(c - commands);
}

const char *saw_cli_command_name(const struct saw_cli_command *c) {
	return c->name;
}

static bool of_platform(const struct saw_cli_command *c, Sawatch__V1__Platform platform) {
	return (c->platforms & 1U << platform) != 0;
}

const struct saw_cli_command *saw_cli_command_next(Sawatch__V1__Platform platform,
												   const struct saw_cli_command *after) {
	for (size_t i = after ? saw_cli_command_number(after) + 1 : 0; i < saw_cli_command_count; i++)
		if (of_platform(&commands[i], platform))
			return &commands[i];
	return NULL;
}

/* True where `got` spells `want`, in full or cut short as the device allows. */
static bool spells(struct saw_str got, struct saw_str want) {
	return got.n && got.n <= want.n && saw_str_eq_nocase(got, (struct saw_str){want.p, got.n});
}

/*
 * How many words of `typed` spell the words of `name`; 0: not this command. From the word `split` on (0: none), its arguments
 * stand before the rest of its words.
 */
static size_t words_matched(struct saw_str typed, const char *name, size_t split, struct saw_str *arguments) {
	struct saw_str words = saw_str_of(name), want, got;
	size_t n = 0;

	*arguments = (struct saw_str){typed.p, 0};
	while ((want = saw_cli_word(&words)).n) {
		const char *from;

		typed = saw_str_trim(typed);
		from = typed.p;
		got = saw_cli_word(&typed);
		while (split && n == split && got.n && !spells(got, want))
			got = saw_cli_word(&typed);
		if (!spells(got, want))
			return 0;
		if (split && n == split)
			*arguments = saw_str_trim((struct saw_str){from, (size_t)(got.p - from)});
		n++;
	}
	if (!split)
		*arguments = saw_str_trim(typed);
	return n;
}

/* True where an argument makes it another command: `show interfaces status`. Names that follow a keyword, and what is behind
 * a pipe, are none. */
static bool is_other(const struct saw_cli_command *c, struct saw_str arguments) {
	static const char *const keywords[] = {"fvrf", "group", "interface", "ivrf", "map", "profile", "username", "vrf"};
	struct saw_str word;

	while (c->others && (word = saw_cli_word(&arguments)).n && word.p[0] != '|') {
		for (const char *const *other = c->others; *other && word.n >= 3; other++)
			if (spells(word, saw_str_of(*other)))
				return true;
		for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
			if (saw_str_eq_nocase(word, saw_str_of(keywords[i])))
				saw_cli_word(&arguments);
	}
	return false;
}

static const struct saw_cli_command *match(Sawatch__V1__Platform platform, struct saw_str typed,
										   struct saw_str *arguments) {
	const struct saw_cli_command *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < saw_cli_command_count; i++) {
		const char *const spellings[] = {commands[i].name, commands[i].alias};

		for (size_t k = 0; k < 2 && of_platform(&commands[i], platform); k++) {
			struct saw_str rest;
			size_t n = spellings[k] ? words_matched(typed, spellings[k], commands[i].split, &rest) : 0;

			if (n > most) {
				most = n;
				best = &commands[i];
				*arguments = rest;
			}
		}
	}
	return best && !is_other(best, *arguments) ? best : NULL;
}

const struct saw_cli_command *saw_cli_command_find(Sawatch__V1__Platform platform, struct saw_str typed) {
	struct saw_str arguments;

	return match(platform, typed, &arguments);
}

const struct saw_cli_command *saw_cli_command_match(Sawatch__V1__Platform platform, struct saw_str typed,
													struct saw_buf *out, struct saw_str *arguments) {
	const struct saw_cli_command *c = match(platform, typed, arguments);
	struct saw_str words, word, rest;

	if (!c)
		return NULL;
	words = saw_str_of(c->name);
	for (size_t n = 1; (word = saw_cli_word(&words)).n; n++) {
		if (n > 1)
			saw_buf_putc(out, ' ');
		saw_buf_put(out, word.p, word.n);
		if (n != c->split && saw_str_trim(words).n)
			continue;
		/* Behind all words, or in the middle of them. */
		if (c->split && n != c->split)
			continue;
		rest = *arguments;
		while ((word = saw_cli_word(&rest)).n) {
			saw_buf_putc(out, ' ');
			saw_put_clean(out, word.p, word.n);
		}
	}
	return c;
}

const struct saw_cli_command *saw_cli_command_spell(Sawatch__V1__Platform platform, struct saw_str typed,
													struct saw_buf *out) {
	struct saw_str arguments;

	return saw_cli_command_match(platform, typed, out, &arguments);
}

static bool begins(struct saw_str line, const char *sign) {
	struct saw_str rest;
	size_t i = 0;

	if (*sign == '*')
		return saw_cli_behind(line, sign + 1, &rest);
	for (; *sign; sign++) {
		if (i == line.n)
			return *sign == ' ' && !sign[1]; /* the line was trimmed */
		if (line.p[i++] != *sign)
			return false;
		if (*sign == ' ')
			while (i < line.n && line.p[i] == ' ')
				i++;
	}
	return true;
}

const struct saw_cli_command *saw_cli_command_recognise(Sawatch__V1__Platform platform, struct saw_str line) {
	for (size_t i = 0; i < saw_cli_command_count; i++) {
		if (!of_platform(&commands[i], platform))
			continue;
		for (size_t k = 0; k < SAW_CLI_SIGNS && commands[i].signs[k]; k++)
			if (begins(line, commands[i].signs[k]))
				return &commands[i];
	}
	return NULL;
}
