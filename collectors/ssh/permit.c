#include "collectors/ssh/permit.h"

#include "core/addr.h"

#include <string.h>

#define ASA (1U << SAWATCH__V1__PLATFORM__PLATFORM_ASA)
#define IOSXE (1U << SAWATCH__V1__PLATFORM__PLATFORM_IOSXE)
#define IOS (1U << SAWATCH__V1__PLATFORM__PLATFORM_IOS)
#define ROUTER (IOSXE | IOS)

#define TYPED_MAX 160
#define NAME_MAX_BYTES 64
#define NUMBER_MAX UINT32_MAX

#define FACTS SAW_SSH_FACTS
#define LIGHT SAW_SSH_LIGHT
#define DETAIL SAW_SSH_DETAIL
#define ASKED SAW_SSH_ASKED
#define SETUP SAW_SSH_SETUP

/* Everything that can ever be typed at a device. A row is refused for all but its platforms. */
static const struct saw_ssh_template templates[] = {
	{"show version", ASA | ROUTER, FACTS, "software version, model, serial number, uptime", false},

	{"show crypto ipsec sa", ASA | ROUTER, LIGHT, "packet counts, MTUs, SPIs", false},
	{"show crypto ipsec sa detail", ASA | ROUTER, DETAIL,
	 "replay, authentication and decryption failures, MTUs, SPIs, remaining lifetimes", true, "show crypto ipsec sa"},
	{"show crypto ipsec sa peer <address>", ASA | ROUTER, ASKED, "packet counts, MTUs, SPIs of one peer", false},
	{"show crypto ipsec sa peer <address> detail", ASA | ROUTER, ASKED, "failure counts, MTUs, SPIs of one peer",
	 false},
	{"show crypto ipsec sa interface <interface>", ROUTER, ASKED, "packet counts, MTUs, SPIs of one tunnel", false},
	{"show crypto ipsec sa interface <interface> detail", ROUTER, ASKED, "failure counts, MTUs, SPIs of one tunnel",
	 false},
	{"show crypto ipsec sa vrf <name>", ROUTER, ASKED, "packet counts, MTUs, SPIs of one VRF", false},
	{"show crypto ipsec sa vrf <name> detail", ROUTER, ASKED, "failure counts, MTUs, SPIs of one VRF", false},
	{"show crypto ipsec sa count", ROUTER, ASKED, "the number of IPsec SAs", false},

	{"show crypto ikev2 sa", ASA | ROUTER, LIGHT, "state of IKEv2", false},
	{"show crypto ikev2 sa detail", ASA | ROUTER, DETAIL, "state, algorithms, lifetimes, DPD and NAT-T of IKEv2", true,
	 "show crypto ikev2 sa"},
	{"show crypto ikev2 stats", ROUTER, DETAIL, "counts of IKEv2 requests and limits", true},
	{"show crypto isakmp sa", ASA | ROUTER, ASKED, "state of IKEv1", false},
	{"show crypto isakmp sa detail", ROUTER, DETAIL, "state, algorithms and lifetimes of IKEv1", false},
	{"show crypto isakmp sa detail", ASA, ASKED, "state, algorithms and lifetimes of IKEv1 and IKEv2", false},
	{"show crypto isakmp sa count", ROUTER, ASKED, "the number of IKEv1 SAs", false},
	{"show crypto ikev1 sa", ASA, ASKED, "state of IKEv1", false},
	{"show crypto ikev1 sa detail", ASA, DETAIL, "state, algorithms and lifetimes of IKEv1", false},
	{"show crypto session", ROUTER, ASKED, "state of sessions", false},
	{"show crypto session detail", ROUTER, DETAIL, "profiles, uptimes, drops and lifetimes of sessions", true},
	{"show crypto eli", ROUTER, ASKED, "load and limits of the crypto engine", false},
	{"show crypto eli all", ROUTER, DETAIL, "load and limits of the crypto engine", true},
	{"show crypto ipsec stats", ASA, DETAIL, "totals of IPsec failures over all tunnels", false},
	{"show crypto mib ipsec flowmib global", ROUTER, ASKED, "totals of IPsec over all tunnels", false},
	{"show crypto mib ipsec flowmib tunnel", ROUTER, ASKED, "tunnels as SNMP shows them", false},
	{"show vpn-sessiondb detail l2l", ASA, DETAIL, "bytes per session, rekey times, DH and PFS groups", true},

	{"show interface", ASA, DETAIL, "state, MTU, source and destination of interfaces", true},
	{"show interface <interface>", ASA, ASKED, "state, MTU, source and destination of one interface", false},
	{"show interfaces", ROUTER, DETAIL, "state, transport MTU, source and destination of interfaces", true},
	{"show interfaces <interface>", ROUTER, ASKED, "state, transport MTU, source and destination of one interface",
	 false},
	{"show ip interface", ROUTER, DETAIL, "IP MTU of interfaces", true},
	{"show ip interface <interface>", ROUTER, ASKED, "IP MTU of one interface", false},

	{"show bgp summary", ASA, LIGHT, "state of BGP neighbours", true},
	{"show bgp summary", ROUTER, ASKED, "state of BGP neighbours of the global table", false},
	{"show bgp all summary", ROUTER, LIGHT, "state of BGP neighbours", false},
	{"show bgp ipv6 unicast summary", ROUTER, ASKED, "state of IPv6 BGP neighbours", false},
	{"show bgp vpnv4 unicast all summary", ROUTER, ASKED, "state of BGP neighbours in VRFs", false},
	{"show bgp vpnv4 unicast vrf <name> summary", ROUTER, ASKED, "state of BGP neighbours in one VRF", false},
	{"show ip bgp summary", ROUTER, ASKED, "state of IPv4 BGP neighbours of the global table", false},
	{"show ip bgp vpnv4 all summary", ROUTER, ASKED, "state of BGP neighbours in VRFs", false},
	{"show ip bgp vpnv4 vrf <name> summary", ROUTER, ASKED, "state of BGP neighbours in one VRF", false},

	{"show failover state", ASA, LIGHT, "which unit of a failover pair is active, and whether the other one is ready",
	 false},
	{"show asp drop", ASA, DETAIL, "drops by reason", true},
	{"show platform hardware qfp active feature ipsec datapath drops", IOSXE, DETAIL, "IPsec drops by reason", true},
	{"show platform hardware qfp active feature ipsec datapath drops all", IOSXE, ASKED, "IPsec drops by reason",
	 false},
	{"show platform hardware qfp active statistics drop", IOSXE, DETAIL, "drops by reason", true},
	{"show platform hardware qfp active feature ipsec sa <number>", IOSXE, ASKED, "replay window of one SA", false},

	{"show running-config", ASA | ROUTER, ASKED, "the audit of the configuration", false},

	{"enable", ASA | ROUTER, SETUP, "what needs privilege", false},
	{"changeto context <name>", ASA, SETUP, "everything: it is another context's", false},
	{"terminal pager 0", ASA, SETUP, "a little time per page", false},
	{"terminal length 0", ROUTER, SETUP, "a little time per page", false},
	{"terminal width 512", ROUTER, SETUP, "nothing", false},
};

#define COUNT (sizeof templates / sizeof templates[0])

/* Words that do more than show, and what they do: for the sentence of the refusal. They are refused wherever they stand. */
static const struct {
	const char *word;
	const char *why;
} harmful[] = {
	{"clear", "it resets counters and tears tunnels down"},
	{"redirect", "it writes a file on the device"},
	{"tee", "it writes a file on the device"},
	{"append", "it writes a file on the device"},
};

static bool of_platform(const struct saw_ssh_template *t, Sawatch__V1__Platform platform) {
	return (t->platforms & 1U << platform) != 0;
}

const struct saw_ssh_template *saw_ssh_template_next(Sawatch__V1__Platform platform,
													 const struct saw_ssh_template *after) {
	for (const struct saw_ssh_template *t = after ? after + 1 : templates; t < templates + COUNT; t++)
		if (of_platform(t, platform) && t->pace != SETUP)
			return t;
	return NULL;
}

bool saw_ssh_template_has_place(const struct saw_ssh_template *t) {
	return strchr(t->words, '<') != NULL;
}

static bool is_due(const struct saw_ssh_template *t, const struct saw_ssh_occasion *o) {
	if (!of_platform(t, o->platform) || saw_ssh_template_has_place(t) || (o->beside_snmp && !t->beside_snmp))
		return false;
	return t->pace == LIGHT || (t->pace == FACTS && o->facts) || (t->pace == DETAIL && o->detail);
}

bool saw_ssh_template_due(const struct saw_ssh_template *t, const struct saw_ssh_occasion *o) {
	const struct saw_ssh_template *other = NULL;

	while ((other = saw_ssh_template_next(o->platform, other)))
		if (other->covers && strcmp(other->covers, t->words) == 0 && is_due(other, o))
			return false;
	return is_due(t, o);
}

/* --------------------------------------------------------------------------------------------------- places for one value */

static bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_address(struct saw_str word) {
	struct saw_addr a;

	return saw_addr_parse(word, &a) == 0;
}

static bool is_number(struct saw_str word) {
	uint64_t v;

	return saw_parse_u64(word, NUMBER_MAX, &v) == 0;
}

/* Tunnel11, GigabitEthernet0/0/4.100, Port-channel1 */
static bool is_interface(struct saw_str word) {
	size_t i = 0;

	while (i < word.n && (is_letter(word.p[i]) || (i && word.p[i] == '-')))
		i++;
	if (!i || i == word.n || !is_digit(word.p[i]) || word.n > NAME_MAX_BYTES)
		return false;
	while (i < word.n && (is_digit(word.p[i]) || word.p[i] == '/' || word.p[i] == '.' || word.p[i] == ':'))
		i++;
	return i == word.n;
}

static bool is_name(struct saw_str word) {
	if (!word.n || word.n > NAME_MAX_BYTES || !(is_letter(word.p[0]) || is_digit(word.p[0])))
		return false;
	for (size_t i = 1; i < word.n; i++)
		if (!is_letter(word.p[i]) && !is_digit(word.p[i]) && word.p[i] != '-' && word.p[i] != '_' && word.p[i] != '.')
			return false;
	return true;
}

static bool fits(struct saw_str place, struct saw_str word) {
	static const struct {
		struct saw_str place;
		bool (*fits)(struct saw_str word);
	} places[] = {
		{{"<address>", 9}, is_address},
		{{"<number>", 8}, is_number},
		{{"<interface>", 11}, is_interface},
		{{"<name>", 6}, is_name},
	};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (saw_str_eq(places[i].place, place))
			return places[i].fits(word);
	return saw_str_eq(place, word);
}

/* --------------------------------------------------------------------------------------------------------------- the match */

/* The next word and the one blank behind it. */
static struct saw_str next_word(struct saw_str *s) {
	const char *blank = memchr(s->p, ' ', s->n);
	struct saw_str word = {s->p, blank ? (size_t)(blank - s->p) : s->n};

	*s = (struct saw_str){s->p + word.n + (blank != NULL), s->n - word.n - (blank != NULL)};
	return word;
}

/* How many words of `typed` fit the template's, from the first. *whole: all of both. */
static size_t words_that_fit(const struct saw_ssh_template *t, struct saw_str typed, bool *whole) {
	struct saw_str words = saw_str_of(t->words);
	size_t n = 0;

	*whole = false;
	while (words.n && typed.n) {
		struct saw_str want = next_word(&words), word = next_word(&typed);

		if (!fits(want, word))
			return n;
		n++;
	}
	*whole = !words.n && !typed.n;
	return n;
}

static struct saw_str word_at(const char *words, size_t n) {
	struct saw_str rest = saw_str_of(words), word = {rest.p, 0};

	for (size_t i = 0; i <= n; i++)
		word = next_word(&rest);
	return word;
}

static bool listed(Sawatch__V1__Platform platform, bool setup, const struct saw_ssh_template *t) {
	return of_platform(t, platform) && (t->pace == SETUP) == setup;
}

/* Says what could stand after the first n words of `typed`. */
static void put_expected(struct saw_buf *out, Sawatch__V1__Platform platform, bool setup, struct saw_str typed,
						 size_t n) {
	struct saw_str last = {NULL, 0};
	bool whole;

	for (const struct saw_ssh_template *t = templates; t < templates + COUNT; t++) {
		struct saw_str next = word_at(t->words, n);

		/* Equal words stand together in the list. */
		if (!listed(platform, setup, t) || words_that_fit(t, typed, &whole) != n || !next.n || saw_str_eq(next, last))
			continue;
		saw_buf_printf(out, "%s'%.*s'", out->len ? ", " : "", (int)next.n, next.p);
		last = next;
	}
}

/* Bytes that no template has: refused before anything is looked up, with a reason of their own. */
static bool has_foreign_byte(struct saw_str typed, struct saw_err *err) {
	static const struct {
		char c;
		const char *why;
	} known[] = {
		{'|', "a pipe can write files on the device; ask for the whole answer"},
		{'>', "a redirection writes a file on the device"},
		{'<', "a redirection reads a file on the device"},
		{';', "one command at a time"},
		{'?', "it asks for help in the middle of a line"},
	};

	for (size_t i = 0; i < typed.n; i++) {
		if (typed.p[i] < ' ' || typed.p[i] > '~') {
			saw_err_set(err, SAW_EFORMAT, "byte %zu of the command is 0x%02x, which is not a printable character",
						i + 1, (unsigned char)typed.p[i]);
			return true;
		}
		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
			if (typed.p[i] == known[k].c) {
				saw_err_set(err, SAW_EUNKNOWN, "'%c' is not allowed in a command: %s", known[k].c, known[k].why);
				return true;
			}
		}
	}
	return false;
}

static bool has_harmful_word(struct saw_str typed, struct saw_err *err) {
	while (typed.n) {
		struct saw_str word = next_word(&typed);

		for (size_t i = 0; i < sizeof harmful / sizeof harmful[0]; i++) {
			if (saw_str_eq_nocase(word, saw_str_of(harmful[i].word))) {
				saw_err_set(err, SAW_EUNKNOWN, "'%.*s' is not allowed in a command: %s", (int)word.n, word.p,
							harmful[i].why);
				return true;
			}
		}
	}
	return false;
}

static bool is_malformed(struct saw_str typed, struct saw_err *err) {
	if (!typed.n) {
		saw_err_set(err, SAW_EFORMAT, "the command is empty");
		return true;
	}
	if (typed.n > TYPED_MAX) {
		saw_err_set(err, SAW_ELIMIT, "the command has more than %d characters", TYPED_MAX);
		return true;
	}
	if (has_foreign_byte(typed, err))
		return true;
	for (size_t i = 0; i < typed.n; i++) {
		if (typed.p[i] == ' ' && (!i || i + 1 == typed.n || typed.p[i + 1] == ' ')) {
			saw_err_set(err, SAW_EFORMAT, "single blanks belong between the words of a command, and nowhere else");
			return true;
		}
	}
	return has_harmful_word(typed, err);
}

/* The words in front fit, the one behind them does not; or there is none. */
static void say_refused(Sawatch__V1__Platform platform, bool setup, struct saw_str typed, size_t fit,
						struct saw_err *err) {
	struct saw_buf expected = SAW_BUF_INIT(SAW_ERR_TEXT_MAX / 2);
	struct saw_str rest = typed, word = {typed.p, 0}, before;

	for (size_t i = 0; i < fit; i++)
		next_word(&rest);
	before = (struct saw_str){typed.p, typed.n - rest.n - (rest.n && fit ? 1 : 0)};
	word = next_word(&rest);
	put_expected(&expected, platform, setup, typed, fit);
	if (!word.n)
		saw_err_set(err, SAW_EUNKNOWN, "'%.*s' is not a whole command; it goes on with %s", (int)before.n, before.p,
					saw_buf_text(&expected));
	else if (!expected.len)
		saw_err_set(err, SAW_EUNKNOWN, "'%.*s' is not allowed behind '%.*s', where the command ends", (int)word.n,
					word.p, (int)before.n, before.p);
	else if (!before.n)
		saw_err_set(err, SAW_EUNKNOWN, "'%.*s' is not allowed: a command begins with %s", (int)word.n, word.p,
					saw_buf_text(&expected));
	else
		saw_err_set(err, SAW_EUNKNOWN, "'%.*s' is not allowed behind '%.*s', where this can stand: %s", (int)word.n,
					word.p, (int)before.n, before.p, saw_buf_text(&expected));
	saw_buf_free(&expected);
}

static const struct saw_ssh_template *find(Sawatch__V1__Platform platform, bool setup, const char *text,
										   struct saw_err *err) {
	struct saw_str typed = saw_str_of(text);
	size_t most = 0, n;
	bool whole;

	if (is_malformed(typed, err))
		return NULL;
	for (const struct saw_ssh_template *t = templates; t < templates + COUNT; t++) {
		if (!listed(platform, setup, t))
			continue;
		n = words_that_fit(t, typed, &whole);
		if (whole)
			return t;
		most = n > most ? n : most;
	}
	say_refused(platform, setup, typed, most, err);
	return NULL;
}

const struct saw_ssh_template *saw_ssh_permitted(Sawatch__V1__Platform platform, const char *typed,
												 struct saw_err *err) {
	return find(platform, false, typed, err);
}

const struct saw_ssh_template *saw_ssh_setup_permitted(Sawatch__V1__Platform platform, const char *typed,
													   struct saw_err *err) {
	return find(platform, true, typed, err);
}
