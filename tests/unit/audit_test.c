#include "config.h"

#include "collectors/cli/running_config.h"
#include "model/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ASA 0
#define ASR 1
#define TEXT_MAX (64U << 10)
#define LOAD UINT64_C(400000000)

static char good[2][TEXT_MAX];

/* One configuration and whoever holds it. */
struct side {
	char text[TEXT_MAX];
	struct saw_rc_reader *reader;
	const struct saw_running_config *config;
};
static struct side sides[2];

static int load(void **state) {
	static const char *const names[] = {"asa-xfw01.txt", "asr-wan01.txt"};
	const char *top = getenv("top_srcdir");

	(void)state;
	for (int i = 0; i < 2; i++) {
		char path[512];
		size_t n;
		FILE *in;

		snprintf(path, sizeof path, "%s/tests/fixtures/audit/%s", top ? top : ".", names[i]);
		in = fopen(path, "rb");
		if (!in)
			return -1;
		n = fread(good[i], 1, TEXT_MAX - 1, in);
		good[i][n] = 0;
		fclose(in);
	}
	return 0;
}

static int setup(void **state) {
	(void)state;
	for (int i = 0; i < 2; i++)
		strcpy(sides[i].text, good[i]);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	for (int i = 0; i < 2; i++) {
		saw_rc_reader_destroy(sides[i].reader);
		sides[i].reader = NULL;
	}
	return 0;
}

/* Every `from` becomes `to`; there must be one at least. */
static void edit(int side, const char *from, const char *to) {
	char out[TEXT_MAX];
	const char *p = sides[side].text, *hit;
	size_t n = 0, times = 0;

	for (; (hit = strstr(p, from)) != NULL; p = hit + strlen(from), times++)
		n += (size_t)snprintf(out + n, sizeof out - n, "%.*s%s", (int)(hit - p), p, to);
	snprintf(out + n, sizeof out - n, "%s", p);
	if (times == 0)
		fail_msg("\"%s\" is not there", from);
	strcpy(sides[side].text, out);
}

/* What the record of a configuration says is what the configuration says, but for its secrets. */
static void same_of_records(const struct saw_audit *a, const struct saw_audit_options *options,
							const struct saw_buf records[2], bool swapped) {
	struct saw_rc_reader *readers[2];
	struct saw_audit_side in[2];
	struct saw_audit *again;

	for (int i = 0; i < 2; i++) {
		struct saw_err err = {0};
		const struct saw_running_config *config;

		assert_int_equal(saw_buf_error(&records[i]), 0);
		assert_null(memmem(records[i].data, records[i].len, "Example-Key", strlen("Example-Key")));
		assert_null(memmem(records[i].data, records[i].len, "password 7 ", strlen("password 7 ")));
		readers[i] = saw_rc_reader_create(NULL);
		saw_rc_reader_feed(readers[i], (const char *)records[i].data, records[i].len);
		if (saw_rc_reader_end(readers[i], &config, &err))
			fail_msg("%s", err.text);
		assert_int_equal(config->complete, sides[i].config->complete);
		in[swapped ? !i : i] = (struct saw_audit_side){config, i == ASA ? "asa.txt" : "asr.txt"};
	}
	again = saw_audit_run(in, options);
	assert_int_equal(saw_audit_count(again), saw_audit_count(a));
	assert_int_equal(saw_audit_pairs(again), saw_audit_pairs(a));
	for (size_t i = 0; i < saw_audit_count(a); i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i), *g = saw_audit_at(again, i);

		assert_ptr_equal(f->rule, g->rule);
		assert_int_equal(f->side, g->side);
		assert_int_equal(f->line, g->line);
		assert_string_equal(f->text, g->text);
	}
	saw_audit_destroy(again);
	saw_rc_reader_destroy(readers[0]);
	saw_rc_reader_destroy(readers[1]);
}

static struct saw_audit *run(enum saw_audit_profile profile, uint64_t load_bits, bool swapped) {
	static const uint8_t key[SAW_SIPHASH_KEY] = "any key will do";
	const struct saw_audit_options options = {.profile = profile, .load_bits_per_second = load_bits};
	struct saw_buf records[2] = {SAW_BUF_INIT(TEXT_MAX), SAW_BUF_INIT(TEXT_MAX)};
	struct saw_audit_side in[2];
	struct saw_audit *a;

	teardown(NULL);
	for (int i = 0; i < 2; i++) {
		struct saw_err err = {0};

		sides[i].reader = saw_rc_reader_create(key);
		assert_non_null(sides[i].reader);
		saw_rc_reader_record(sides[i].reader, &records[i]);
		saw_rc_reader_feed(sides[i].reader, sides[i].text, strlen(sides[i].text));
		if (saw_rc_reader_end(sides[i].reader, &sides[i].config, &err))
			fail_msg("%s", err.text);
		assert_int_equal(sides[i].config->n_problems, 0);
		in[swapped ? !i : i] = (struct saw_audit_side){sides[i].config, i == ASA ? "asa.txt" : "asr.txt"};
	}
	a = saw_audit_run(in, &options);
	assert_non_null(a);
	same_of_records(a, &options, records, swapped);
	saw_buf_free(&records[0]);
	saw_buf_free(&records[1]);
	return a;
}

/* The ids of what was found, each once, in order, with blanks between. */
static const char *found(const struct saw_audit *a, enum saw_audit_severity least) {
	static char ids[1024];
	size_t n = 0;

	ids[0] = 0;
	for (size_t i = 0; i < saw_audit_count(a); i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i);

		if (f->rule->severity >= least && (i == 0 || saw_audit_at(a, i - 1)->rule != f->rule))
			n += (size_t)snprintf(ids + n, sizeof ids - n, "%s%s", n ? " " : "", f->rule->id);
	}
	return ids;
}

static void print(const struct saw_audit *a) {
	for (size_t i = 0; i < saw_audit_count(a); i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i);

		print_message("    %s %s %u:%u %s\n", saw_audit_severity_name(f->rule->severity), f->rule->id, f->side, f->line,
					  f->text);
	}
}

static void the_good_pair_passes_nge(void **state) {
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		struct saw_audit *a = run(SAW_AUDIT_NGE, LOAD, swapped);

		print(a);
		assert_int_equal(saw_audit_pairs(a), 1);
		assert_int_equal(saw_audit_count(a), 0);
		saw_audit_destroy(a);
	}
}

static void cnsa_names_group_21_and_nothing_else(void **state) {
	struct saw_audit *a = run(SAW_AUDIT_CNSA, LOAD, false);

	(void)state;
	assert_string_equal(found(a, SAW_AUDIT_INFO), "cnsa-group");
	assert_int_equal(saw_audit_count(a), 4); /* IKE and PFS, on both */
	for (size_t i = 0; i < saw_audit_count(a); i++)
		assert_non_null(strstr(saw_audit_at(a, i)->text, "group 21"));
	saw_audit_destroy(a);
	for (int i = 0; i < 2; i++) {
		edit(i, "group 21", "group 20");
		edit(i, "group21", "group20");
	}
	a = run(SAW_AUDIT_CNSA, LOAD, false);
	assert_int_equal(saw_audit_count(a), 0);
	saw_audit_destroy(a);
	a = run(SAW_AUDIT_NGE, LOAD, false);
	assert_string_equal(found(a, SAW_AUDIT_INFO), "group-below-guidance");
	saw_audit_destroy(a);
}

struct change {
	int side;
	const char *from, *to;
};

#define CHANGES 4

/* One thing broken in the good pair, and the rule that is meant for it. */
static const struct variant {
	const char *expected; /* ids, worst first */
	struct change changes[CHANGES];
	const char *text; /* part of a finding's text */
} variants[] = {
	{"ike-no-common", {{ASR, "encryption aes-gcm-256", "encryption aes-gcm-128"}}, "aes-gcm-128"},
	{"ike-no-common", {{ASR, " prf sha512", " prf sha384"}}, NULL},
	{"esp-no-common", {{ASR, "esp-gcm 256", "esp-aes 256 esp-sha512-hmac"}}, "aes-cbc-256"},
	{"esp-no-common", {{ASA, "encryption aes-gcm-256\n protocol", "encryption aes-gcm-192\n protocol"}}, "aes-gcm-192"},
	{"weak-cipher", {{ASR, "encryption aes-gcm-256", "encryption aes-gcm-256 3des"}}, "3des"},
	{"weak-cipher",
	 {{ASA, "set ikev2 ipsec-proposal GCM256", "set ikev2 ipsec-proposal GCM256 OLD-DES"},
	  {ASA, "OLD-3DES\n protocol esp encryption 3des\n protocol esp integrity sha-1 md5",
	   "OLD-DES\n protocol esp encryption des\n protocol esp integrity sha-1"}},
	 "des"},
	{"weak-cipher",
	 {{ASR, "set transform-set GCM256 ", "set transform-set GCM256 AUTH"},
	  {ASR, "crypto ipsec profile",
	   "crypto ipsec transform-set AUTH esp-gmac 256\n mode tunnel\ncrypto ipsec profile"}},
	 "aes-gmac"},
	{"weak-hash",
	 {{ASA, "set ikev2 ipsec-proposal GCM256", "set ikev2 ipsec-proposal GCM256 OLD"},
	  {ASA, "OLD-3DES\n protocol esp encryption 3des", "OLD\n protocol esp encryption aes-256"}},
	 "md5"},
	{"weak-group", {{ASR, " group 21\n", " group 21 2\n"}}, "group 2"},
	{"weak-group", {{ASA, " group 21\n", " group 21 24\n"}}, "group 24"},
	{"gcm-with-integrity", {{ASA, " protocol esp integrity null", " protocol esp integrity sha-256"}}, "sha256"},
	{"gcm-with-integrity", {{ASR, " prf sha512", " integrity sha512\n prf sha512"}}, "sha512"},
	{"gcm-without-prf", {{ASR, " prf sha512\n", ""}}, "GCM256"},
	{"pfs-mismatch", {{ASR, " set pfs group21\n", ""}}, "no PFS"},
	{"pfs-mismatch group-below-guidance",
	 {{ASA, "set pfs group21", "set pfs group14"},
	  {ASR, " group 21\n", " group 21 14\n"},
	  {ASA, " group 21\n", " group 14\n"}},
	 "group 14"},
	{"pfs-weaker",
	 {{ASA, "set pfs group21", "set pfs group19"},
	  {ASR, "set pfs group21", "set pfs group19"},
	  {ASA, "encryption aes-gcm-256\n protocol", "encryption aes-gcm-128\n protocol"},
	  {ASR, "esp-gcm 256", "esp-gcm 128"}},
	 "group 19"},
	{"group-below-guidance", {{ASA, " group 21\n", " group 19\n"}, {ASR, " group 21\n", " group 19\n"}}, "256 bits"},
	{"identity-mismatch",
	 {{ASR, "match identity remote address 192.0.2.1 255", "match identity remote address 192.0.2.7 255"}},
	 "192.0.2.1"},
	{"identity-mismatch",
	 {{ASA, "crypto isakmp identity address", "crypto isakmp identity key-id branch-7"}},
	 "key-id branch-7"},
	{"identity-mismatch", {{ASA, "tunnel-group 198.51.100.1 ", "tunnel-group 198.51.100.9 "}}, "no tunnel group"},
	{"psk-crossed",
	 {{ASR, "pre-shared-key local Example-Key-that-the-ASR-sends", "pre-shared-key local X"},
	  {ASR, "pre-shared-key remote Example-Key-that-the-ASA-sends",
	   "pre-shared-key remote Example-Key-that-the-ASR-sends"},
	  {ASR, "pre-shared-key local X", "pre-shared-key local Example-Key-that-the-ASA-sends"}},
	 "likewise"},
	{"psk-mismatch",
	 {{ASR, "pre-shared-key remote Example-Key-that-the-ASA-sends", "pre-shared-key remote another"}},
	 NULL},
	{"psk-not-comparable",
	 {{ASA, "pre-shared-key Example-Key-that-the-ASR-sends", "pre-shared-key *****"},
	  {ASA, "pre-shared-key Example-Key-that-the-ASA-sends", "pre-shared-key *****"}},
	 "ASR-WAN01"},
	{"psk-not-comparable",
	 {{ASR, "pre-shared-key local Example-Key-that-the-ASR-sends", "pre-shared-key local 6 AbCdEf"}},
	 NULL},
	{"destination-mismatch",
	 {{ASR, " ip address 198.51.100.1 255", " ip address 198.51.100.7 255"},
	  {ASR, "identity local address 198.51.100.1", "identity local address 198.51.100.7"}},
	 "198.51.100.7"},
	{"fvrf-mismatch", {{ASR, "profile XFW01\n match fvrf INET\n", "profile XFW01\n"}}, "global table"},
	{"fvrf-mismatch", {{ASR, "policy INET \n match fvrf INET", "policy INET \n match fvrf OTHER"}}, "no IKEv2 policy"},
	{"fvrf-mismatch",
	 {{ASR, " vrf forwarding INET\n ip address 198", " vrf forwarding OTHER\n ip address 198"}},
	 "OTHER"},
	{"mtu-too-large", {{ASR, "ip mtu 1438", "ip mtu 1500"}}, "1446 fit"},
	{"mtu-too-large", {{ASR, "ip mtu 1388", "ip mtu 1438"}}, "1396 fit"},
	{"mtu-too-large", {{ASA, "mtu vti-wan01-11 1500", "mtu vti-wan01-11 1480"}}, "1480"},
	{"mss-too-large", {{ASR, "adjust-mss 1398", "adjust-mss 1460"}}, "leaves 1398"},
	{"mss-too-large", {{ASR, "adjust-mss 1348", "adjust-mss 1398"}}, "leaves 1348"},
	{"mss-too-large", {{ASA, "sysopt connection tcpmss 1380", "sysopt connection tcpmss 1460"}}, "1406"},
	{"overlay-mss-missing", {{ASR, " ip mtu 1388\n ip tcp adjust-mss 1348\n", " ip mtu 1388\n"}}, "BDI100"},
	{"lifetime-mismatch", {{ASA, "lifetime seconds 86400", "lifetime seconds 28800"}}, "IKE SA"},
	{"lifetime-mismatch", {{ASA, " set security-association lifetime seconds 3600\n", ""}}, "28800 s"},
	{"replay-off", {{ASR, "replay window-size 512", "replay disable"}}, NULL},
	{"replay-window-small replay-window-differs",
	 {{ASR, "crypto ipsec security-association replay window-size 512\n", ""}},
	 "64, the default"},
	{"replay-window-differs", {{ASA, "replay window-size 512", "replay window-size 1024"}}, "1024"},
	{"dpd-missing",
	 {{ASR, " dpd 10 2 on-demand\n", ""}, {ASA, "isakmp keepalive threshold 10 retry 2", "isakmp keepalive disable"}},
	 NULL},
	{"ikev1-enabled",
	 {{ASA, "crypto ikev2 enable outside\n", "crypto ikev2 enable outside\ncrypto ikev1 enable outside\n"}},
	 "outside"},
	{"ikev1-enabled",
	 {{ASR, "crypto ipsec profile", "crypto isakmp policy 10\n encr aes 256\ncrypto ipsec profile"}},
	 "isakmp"},
	{"ikev2-disabled", {{ASA, "crypto ikev2 enable outside\n", "crypto ikev2 enable inside\n"}}, "outside"},
	{"ikev2-disabled", {{ASA, "vpn-tunnel-protocol ikev2", "vpn-tunnel-protocol ikev1 ssl-client"}}, "VTI-POLICY"},
	{"volume-lifetime",
	 {{ASR, "lifetime kilobytes disable", "lifetime kilobytes 4608000"},
	  {ASA, "lifetime kilobytes unlimited", "lifetime kilobytes 4608000"}},
	 "94 s"},
	{"bgp-md5-option", {{ASA, "tcp-options range 19 19 allow", "tcp-options selective-ack allow"}}, "10.20.0.9"},
	{"bgp-md5-option", {{ASA, "  set connection advanced-options BGP-MD5\n", ""}}, NULL},
	{"bgp-md5-sequence", {{ASA, "  set connection random-sequence-number disable\n", ""}}, "10.20.0.9"},
	{"bgp-md5-option bgp-md5-sequence", {{ASA, "service-policy global_policy global\n", ""}}, NULL},
	{"undefined-name",
	 {{ASR, "tunnel protection ipsec profile XFW01", "tunnel protection ipsec profile XFW02"}},
	 "XFW02"},
	{"undefined-name", {{ASR, "set ikev2-profile XFW01", "set ikev2-profile XFW02"}}, "IKEv2 profile"},
	{"undefined-name", {{ASA, "default-group-policy VTI-POLICY", "default-group-policy VTI"}}, "group policy"},
	{"no-tunnel-pair", {{ASR, " tunnel protection ipsec profile XFW01\n", ""}}, NULL},
	{"no-tunnel-pair", {{ASA, "interface Tunnel11\n", "interface Tunnel11\n shutdown\n"}}, NULL},
	{"pfs-mismatch",
	 {{ASA, " set pfs group21\n", " set pfs\n"}, {ASR, " set pfs group21\n", ""}},
	 "group of its version"},
	/* Nothing is wrong with these. */
	{"", {{ASA, " set pfs group21\n", " set pfs\n"}}, NULL}, /* which group that is depends on the version */
	{"",
	 {{ASR, "match identity remote address 192.0.2.1 255.255.255.255", "match identity remote address 0.0.0.0"}},
	 NULL},
	{"", {{ASR, "match identity remote address 192.0.2.1 255.255.255.255", "match certificate MAP"}}, NULL},
	{"", {{ASA, "crypto isakmp identity address", "crypto isakmp identity auto"}}, NULL},
	{"",
	 {{ASA, "crypto isakmp identity address", "crypto isakmp identity hostname"},
	  {ASR, "match identity remote address 192.0.2.1 255.255.255.255",
	   "match identity remote fqdn ASA-XFW01.example.net"}},
	 NULL},
	{"", {{ASR, " ip address 198.51.100.1 255", " ip address 10.9.0.1 255"}}, NULL}, /* behind NAT; it says who it is */
	{"",
	 {{ASR, "neighbor FABRIC password", "neighbor FABRIC description"},
	  {ASA, "service-policy global_policy global\n", ""}},
	 NULL},
	{"", {{ASR, "identity local address 198.51.100.1\n", "identity local fqdn asr.example.net\n"}}, NULL},
	{"",
	 {{ASR, "match identity remote address 192.0.2.1 255.255.255.255 ",
	   "match identity remote address 192.0.2.0 255.255.255.0"}},
	 NULL},
	{"", {{ASA, "tcp-options range 19 19 allow", "tcp-options md5 allow"}}, NULL},
	{"", {{ASR, "match fvrf INET", "match fvrf any"}}, NULL},
	{"", {{ASA, "vpn-tunnel-protocol ikev2", "vpn-tunnel-protocol ikev1 ikev2"}}, NULL},
	{"", {{ASR, "ip mtu 1438", "ip mtu 1446"}}, NULL},
};

static void each_broken_variant_is_caught_by_its_rule(void **state) {
	bool failed = false;

	(void)state;
	for (size_t i = 0; i < COUNT(variants); i++)
		for (int swapped = 0; swapped < 2; swapped++) {
			const struct variant *v = &variants[i];
			bool said = v->text == NULL;
			struct saw_audit *a;

			setup(NULL);
			for (size_t k = 0; k < CHANGES && v->changes[k].from; k++)
				edit(v->changes[k].side, v->changes[k].from, v->changes[k].to);
			a = run(SAW_AUDIT_NGE, LOAD, swapped);
			for (size_t k = 0; k < saw_audit_count(a); k++)
				said = said || strstr(saw_audit_at(a, k)->text, v->text);
			if (strcmp(found(a, SAW_AUDIT_INFO), v->expected) != 0 || !said) {
				print_message("variant %zu (%s), expected \"%s\" and \"%s\", found \"%s\":\n", i, v->changes[0].to,
							  v->expected, v->text ? v->text : "", found(a, SAW_AUDIT_INFO));
				print(a);
				failed = true;
			}
			saw_audit_destroy(a);
		}
	assert_false(failed);
}

/* A rule that no variant breaks would be a rule that nothing shows to work. */
static void every_rule_is_broken_by_a_variant(void **state) {
	(void)state;
	for (size_t r = 0; saw_audit_rule_at(r); r++) {
		const struct saw_audit_rule *rule = saw_audit_rule_at(r);
		bool broken = strncmp(rule->id, "cnsa-", 5) == 0; /* above and below */

		for (size_t i = 0; i < COUNT(variants); i++)
			broken = broken || strstr(variants[i].expected, rule->id);
		if (!broken)
			fail_msg("%s", rule->id);
		assert_true(rule->what && rule->why && rule->source && rule->fix_iosxe && rule->fix_asa && rule->profiles);
	}
}

static void cnsa_wants_gcm_256(void **state) {
	struct saw_audit *a;

	(void)state;
	for (int i = 0; i < 2; i++) {
		edit(i, "group 21", "group 20");
		edit(i, "group21", "group20");
		edit(i, "encryption aes-gcm-256", "encryption aes-gcm-128");
	}
	edit(ASR, "esp-gcm 256", "esp-gcm 128");
	a = run(SAW_AUDIT_CNSA, 0, false);
	assert_string_equal(found(a, SAW_AUDIT_INFO), "cnsa-cipher");
	saw_audit_destroy(a);
}

static void a_finding_names_its_line_and_what_mends_it(void **state) {
	const struct saw_audit_finding *f;
	struct saw_audit *a;
	const char *line;
	unsigned number = 1;

	(void)state;
	edit(ASR, "ip mtu 1438", "ip mtu 1500");
	a = run(SAW_AUDIT_NGE, 0, false);
	assert_int_equal(saw_audit_count(a), 1);
	f = saw_audit_at(a, 0);
	assert_int_equal(f->side, ASR);
	line = strstr(sides[ASR].text, "ip mtu 1500");
	for (const char *p = sides[ASR].text; p < line; p++)
		number += *p == '\n';
	assert_int_equal(f->line, number);
	assert_string_equal(f->fix, "ip mtu 1446");
	saw_audit_destroy(a);
}

/* No text of a finding shows a key. */
static void no_key_is_shown(void **state) {
	struct saw_audit *a;

	(void)state;
	edit(ASR, "pre-shared-key remote Example-Key-that-the-ASA-sends", "pre-shared-key remote Another-Example-Key");
	a = run(SAW_AUDIT_NGE, 0, false);
	assert_int_equal(saw_audit_count(a), 1);
	assert_null(strstr(saw_audit_at(a, 0)->text, "Example-Key"));
	assert_null(strstr(saw_audit_at(a, 0)->fix, "Example-Key"));
	saw_audit_destroy(a);
}

/* The firewall and its mirror image. */
static void two_firewalls(void **state) {
	static const struct change mirror[] = {
		{1, "ASA-XFW01", "ASA-XFW02"},    {1, "192.0.2.1 ", "X "},
		{1, "198.51.100.1", "192.0.2.1"}, {1, "X ", "198.51.100.1 "},
		{1, "Key-that-the-ASR", "Key-X"}, {1, "Key-that-the-ASA", "Key-that-the-ASR"},
		{1, "Key-X", "Key-that-the-ASA"}, {1, "10.0.11.1 255", "10.0.11.2 255"},
	};
	struct saw_audit *a;

	(void)state;
	strcpy(sides[1].text, good[ASA]);
	for (size_t i = 0; i < COUNT(mirror); i++)
		edit(mirror[i].side, mirror[i].from, mirror[i].to);
	a = run(SAW_AUDIT_NGE, LOAD, false);
	print(a);
	assert_int_equal(saw_audit_pairs(a), 1);
	assert_int_equal(saw_audit_count(a), 0);
	saw_audit_destroy(a);
	edit(0, "isakmp keepalive threshold 10 retry 2", "isakmp keepalive disable");
	a = run(SAW_AUDIT_NGE, LOAD, false);
	assert_int_equal(saw_audit_count(a), 0); /* the other end asks */
	saw_audit_destroy(a);
	edit(1, "isakmp keepalive threshold 10 retry 2", "isakmp keepalive disable");
	edit(1, "tunnel-group 192.0.2.1 ", "tunnel-group 192.0.2.9 ");
	a = run(SAW_AUDIT_NGE, LOAD, false);
	assert_string_equal(found(a, SAW_AUDIT_INFO), "identity-mismatch");
	assert_int_equal(saw_audit_at(a, 0)->side, 1);
	saw_audit_destroy(a);
}

/* Two routers with GRE over IPsec in transport mode, over IPv6, and two tunnels of which one leads elsewhere. */
static void two_routers_with_gre(void **state) {
	static const char form[] =
		"version 17.12\nhostname R%d\ncrypto ikev2 proposal P\n encryption aes-gcm-256\n prf sha384\n"
		" group 21\ncrypto ikev2 policy P\n proposal P\ncrypto ikev2 keyring K\n peer other\n"
		"  address 2001:DB8:%d::1/128\n  pre-shared-key Example-Key\n"
		"crypto ikev2 profile P\n match identity remote address 2001:DB8:%d::1/128\n"
		" authentication remote pre-share\n authentication local pre-share\n keyring local K\n"
		" dpd 10 2 on-demand\ncrypto ipsec transform-set T esp-gcm 256\n mode transport\n"
		"crypto ipsec profile P\n set transform-set T\n set pfs group21\n set ikev2-profile P\n"
		" set security-association replay window-size 1024\n"
		"interface Tunnel1\n ip address 10.0.0.%d 255.255.255.252\n ip mtu %d\n ip tcp adjust-mss %d\n"
		" tunnel source GigabitEthernet1\n tunnel mode gre ipv6\n tunnel destination 2001:DB8:%d::1\n"
		" tunnel key 5\n tunnel protection ipsec profile P\n"
		"interface Tunnel2\n tunnel source GigabitEthernet1\n tunnel destination 2001:DB8:99::1\n"
		" tunnel mode ipsec ipv6\n tunnel protection ipsec profile P\n"
		"interface GigabitEthernet1\n ipv6 address 2001:DB8:%d::1/64\nend\n";
	struct saw_audit *a;

	(void)state;
	/* 1500 - 40 - 8 - 8 - 16 = 1428, 1426 + 40 in transport mode; GRE with its IPv6 header and key takes 48: 1418. */
	snprintf(sides[0].text, TEXT_MAX, form, 1, 2, 2, 1, 1418, 1378, 2, 1);
	snprintf(sides[1].text, TEXT_MAX, form, 2, 1, 1, 2, 1418, 1378, 1, 2);
	a = run(SAW_AUDIT_NGE, 0, false);
	print(a);
	assert_int_equal(saw_audit_pairs(a), 1);
	assert_int_equal(saw_audit_count(a), 0);
	saw_audit_destroy(a);
	edit(1, "ip mtu 1418", "ip mtu 1419");
	edit(0, "adjust-mss 1378", "adjust-mss 1379");
	a = run(SAW_AUDIT_NGE, 0, false);
	assert_string_equal(found(a, SAW_AUDIT_INFO), "mtu-too-large mss-too-large");
	saw_audit_destroy(a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(the_good_pair_passes_nge),
		TEST(cnsa_names_group_21_and_nothing_else),
		TEST(each_broken_variant_is_caught_by_its_rule),
		TEST(every_rule_is_broken_by_a_variant),
		TEST(cnsa_wants_gcm_256),
		TEST(a_finding_names_its_line_and_what_mends_it),
		TEST(no_key_is_shown),
		TEST(two_firewalls),
		TEST(two_routers_with_gre),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
