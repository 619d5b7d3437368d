/* The CLI parsers: commands, transforms, streaming, and what a hostile or broken text may do. */
#include "collectors/cli/cli.h"
#include "collectors/cli/scan.h"
#include "collectors/cli/transform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ASA SAWATCH__V1__PLATFORM__PLATFORM_ASA
#define IOSXE SAWATCH__V1__PLATFORM__PLATFORM_IOSXE
#define IOS SAWATCH__V1__PLATFORM__PLATFORM_IOS

/* A sink that counts, and keeps the last of each. */
struct seen {
	unsigned records, unparsed, facts;
	uint32_t last_line;
	size_t last_length;
	uint64_t escaped;
	size_t n_inbound, n_children;
	bool has_outbound_spi;
	char peer[64], hostname[64];
	int answer; /* what the sink says to a record */
};

static int on_record(void *ctx, const ProtobufCMessage *record) {
	struct seen *seen = ctx;

	seen->records++;
	if (record->descriptor == &sawatch__v1__ipsec_sa__descriptor) {
		const Sawatch__V1__IpsecSa *f = (const Sawatch__V1__IpsecSa *)record;

		seen->n_inbound = f->n_inbound_sas;
		seen->has_outbound_spi = f->has_current_outbound_spi;
		snprintf(seen->peer, sizeof seen->peer, "%s", f->peer ? f->peer : f->peer_name ? f->peer_name : "");
	} else if (record->descriptor == &sawatch__v1__ike_sa__descriptor) {
		seen->n_children = ((const Sawatch__V1__IkeSa *)record)->n_child_sas;
	}
	return seen->answer;
}

static int on_facts(void *ctx, const Sawatch__V1__DeviceSample *facts) {
	struct seen *seen = ctx;

	seen->facts++;
	seen->escaped += facts->has_escaped_bytes ? facts->escaped_bytes : 0;
	if (facts->hostname)
		snprintf(seen->hostname, sizeof seen->hostname, "%s", facts->hostname);
	return 0;
}

static int on_unparsed(void *ctx, uint32_t line, struct saw_str text) {
	struct seen *seen = ctx;

	seen->unparsed++;
	seen->last_line = line;
	seen->last_length = text.n;
	return 0;
}

static struct saw_sink sink_of(struct seen *seen) {
	return (struct saw_sink){.ctx = seen, .record = on_record, .facts = on_facts, .unparsed = on_unparsed};
}

static const struct saw_cli_command *command(Sawatch__V1__Platform platform, const char *typed) {
	const struct saw_cli_command *c = saw_cli_command_find(platform, saw_str_of(typed));

	assert_non_null(c);
	return c;
}

static int feed(struct saw_cli_parser *p, const char *text) {
	return saw_cli_parser_feed(p, text, strlen(text));
}

/* Parses one text; returns what parser_end says. *results may be NULL. */
static int parse(Sawatch__V1__Platform platform, const char *typed, const char *text, struct seen *seen,
				 struct saw_cli_result *first, size_t *n) {
	struct saw_cli_parser *p = saw_cli_parser_create();
	struct saw_sink sink = sink_of(seen);
	const struct saw_cli_result *results;
	size_t count;
	int rc;

	assert_non_null(p);
	saw_cli_parser_begin(p, platform, typed ? command(platform, typed) : NULL, &sink);
	feed(p, text);
	rc = saw_cli_parser_end(p, &results, &count);
	if (first && count)
		*first = results[0];
	if (n)
		*n = count;
	saw_cli_parser_destroy(p);
	return rc;
}

static void durations_are_read_in_every_form(void **state) {
	static const struct {
		const char *text;
		bool ok, years;
		uint64_t seconds;
	} cases[] = {
		{"3 hours, 7 mins", true, false, 11220},
		{"1 week, 3 days, 16 hours, 11 minutes", true, false, 922260},
		{"41 days 19 hours", true, false, 3610800},
		{"3d18h", true, false, 324000},
		{"7w0d", true, false, 4233600},
		{"6:16:26", true, false, 22586},
		{"00:00:00", true, false, 0},
		{"10d 7h:26m:52s", true, false, 890812},
		{"9h:12m:56s", true, false, 33176},
		{"1y10w", true, true, 6048000},
		{"2 years, 31 weeks", true, true, 18748800},
		{"", false, false, 0},
		{"12", false, false, 0},
		{"3 parsecs", false, false, 0},
		{"1:2", false, false, 0},
		{"1:60:00", false, false, 0},
		{"d3", false, false, 0},
		{"99999999999999999999d", false, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t seconds = 0;
		bool years = false;

		assert_int_equal(saw_cli_duration(saw_str_of(cases[i].text), &seconds, &years), cases[i].ok);
		if (cases[i].ok) {
			assert_int_equal(seconds, cases[i].seconds);
			assert_int_equal(years, cases[i].years);
		}
	}
}

static void every_spelling_of_a_transform_is_decoded(void **state) {
	static const struct {
		const char *text, *encryption;
		uint32_t bits;
		const char *integrity;
	} cases[] = {
		{"esp-256-aes esp-sha-hmac", "aes-cbc", 256, "sha1"},
		{"esp-aes-256 esp-sha-256-hmac no compression", "aes-cbc", 256, "sha256"},
		{"esp-aes 256 esp-sha256-hmac", "aes-cbc", 256, "sha256"},
		{"esp-aes 192 esp-sha512-hmac", "aes-cbc", 192, "sha512"},
		{"esp-aes esp-md5-hmac", "aes-cbc", 128, "md5"},
		{"esp-gcm", "aes-gcm", 128, NULL},
		{"esp-gcm 256", "aes-gcm", 256, NULL},
		{"esp-aes-gcm-256 esp-null-hmac no compression", "aes-gcm", 256, NULL},
		{"esp-gmac 256", "aes-gmac", 256, NULL},
		{"esp-3des esp-sha-hmac no compression", "3des", 0, "sha1"},
		{"esp-null esp-md5-hmac", "null", 0, "md5"},
		{"ah-sha256-hmac", NULL, 0, "sha256"},
		{"esp-later-cipher esp-sha384-hmac", NULL, 0, "sha384"},
		{"", NULL, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_transform t;

		saw_transform_parse(saw_str_of(cases[i].text), &t);
		assert_int_equal(t.key_bits, cases[i].bits);
		assert_int_equal(t.encryption == NULL, cases[i].encryption == NULL);
		assert_int_equal(t.integrity == NULL, cases[i].integrity == NULL);
		if (t.encryption)
			assert_string_equal(t.encryption, cases[i].encryption);
		if (t.integrity)
			assert_string_equal(t.integrity, cases[i].integrity);
	}
	assert_string_equal(saw_ike_cipher(SAW_STR("AES-GCM")), "aes-gcm");
	assert_string_equal(saw_ike_integrity(SAW_STR("SHA96")), "sha1");
	assert_null(saw_ike_integrity(SAW_STR("N/A")));
}

static void a_record_leaves_as_soon_as_the_next_one_begins(void **state) {
	struct saw_cli_parser *p = saw_cli_parser_create();
	struct seen seen = {0};
	struct saw_sink sink = sink_of(&seen);
	const struct saw_cli_result *results;
	size_t n;

	(void)state;
	saw_cli_parser_begin(p, IOSXE, command(IOSXE, "show crypto ipsec sa"), &sink);
	feed(p, "interface: Tunnel1\n protected vrf: (none)\n current_peer 192.0.2.1 port 500\n");
	assert_int_equal(seen.records, 0);
	feed(p, " protected vrf: (none)\n");
	assert_int_equal(seen.records, 1);
	assert_string_equal(seen.peer, "192.0.2.1");
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(results[0].records, 2);
	saw_cli_parser_destroy(p);
}

static void a_parser_takes_one_text_after_another(void **state) {
	struct saw_cli_parser *p = saw_cli_parser_create();
	struct seen first = {0}, second = {0};
	const struct saw_cli_result *results;
	struct saw_sink sink = sink_of(&first);
	size_t n;

	(void)state;
	saw_cli_parser_begin(p, ASA, NULL, &sink);
	feed(p, "FW1# show crypto ipsec sa\ncurrent_peer: 192.0.2.1\nhalf a li");
	sink = sink_of(&second);
	saw_cli_parser_begin(p, ASA, NULL, &sink);
	feed(p, "interface: outside\ncurrent_peer: 192.0.2.2\n");
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(first.records, 0);
	assert_int_equal(second.records, 1);
	assert_int_equal(second.unparsed, 0);
	assert_string_equal(second.hostname, "");
	saw_cli_parser_destroy(p);
}

static void an_empty_answer_is_an_answer(void **state) {
	struct saw_cli_result r = {0};
	struct seen seen = {0};
	size_t n;

	(void)state;
	assert_int_equal(parse(ASA, "show crypto ipsec sa", "", &seen, &r, &n), 0);
	assert_int_equal(n, 1);
	assert_null(r.refused);
	assert_false(r.cut);
	assert_int_equal(parse(ASA, NULL, "fw# show crypto ipsec sa\r\nfw# ", &seen, &r, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(seen.records + seen.unparsed, 0);
	assert_string_equal(seen.hostname, "fw");
}

static void a_text_without_a_known_answer_gives_no_result(void **state) {
	struct seen seen = {0};
	size_t n;

	(void)state;
	assert_int_equal(parse(ASA, NULL, "hello\nthere\n", &seen, NULL, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(parse(ASA, NULL, "", &seen, NULL, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(parse(ASA, NULL, "fw# show running-config\ninterface: x\n", &seen, NULL, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(seen.records + seen.unparsed, 0);
}

static void the_answer_of_another_command_is_not_taken_for_the_one_asked_for(void **state) {
	struct saw_cli_result r = {0};
	struct seen seen = {0};

	(void)state;
	assert_int_equal(parse(ASA, "show crypto ipsec sa",
						   "fw# show crypto ikev2 sa\nIKEv2 SAs:\n1 192.0.2.1/500 192.0.2.2/500 READY INITIATOR\n"
						   "fw# show crypto ipsec sa\ninterface: a\ncurrent_peer: 192.0.2.9\nfw# show clock\n10:00\n",
						   &seen, &r, NULL),
					 0);
	assert_int_equal(seen.records, 1);
	assert_int_equal(seen.unparsed, 0);
	assert_string_equal(seen.peer, "192.0.2.9");
	/* A text that was shown by some other means is what the caller says it is. */
	assert_int_equal(parse(ASA, "show crypto ipsec sa", "fw# more disk0:x\ninterface: a\ncurrent_peer: 192.0.2.8\n",
						   &seen, &r, NULL),
					 0);
	assert_string_equal(seen.peer, "192.0.2.8");
}

static void a_refusal_is_told_in_the_devices_words(void **state) {
	static const char *const words[] = {
		"% Invalid input detected at '^' marker.",
		"% Authorization failed.",
		"ERROR: % Incomplete command",
		"Command authorization failed",
		"% Ambiguous command:  \"show crypto i\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct saw_cli_parser *p = saw_cli_parser_create();
		const struct saw_cli_result *results;
		struct seen seen = {0};
		struct saw_sink sink = sink_of(&seen);
		size_t n;

		saw_cli_parser_begin(p, IOSXE, command(IOSXE, "show crypto ipsec sa"), &sink);
		feed(p, "       ^\r\n");
		feed(p, words[i]);
		assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
		assert_int_equal(n, 1);
		assert_string_equal(results[0].refused, words[i]);
		assert_int_equal(seen.unparsed, 0);
		saw_cli_parser_destroy(p);
	}
}

/* The table status that a text gives. */
static Sawatch__V1__TableState status_of(const char *typed, const char *text) {
	struct saw_sample_builder *b = saw_sample_builder_create(1 << 16);
	struct saw_cli_parser *p = saw_cli_parser_create();
	const struct saw_cli_result *results;
	Sawatch__V1__DeviceSample *s;
	Sawatch__V1__TableState status;
	struct saw_sink sink;
	const uint8_t *data;
	size_t n, len;

	saw_sample_begin(b, "fw", ASA, SAWATCH__V1__SOURCE__SOURCE_FILE);
	sink = saw_sample_sink(b);
	saw_cli_parser_begin(p, ASA, command(ASA, typed), &sink);
	feed(p, text);
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_int_equal(n, 1);
	saw_cli_report(b, &results[0], typed);
	assert_int_equal(saw_sample_finish(b, 1, 0, 0, &data, &len), 0);
	s = sawatch__v1__device_sample__unpack(NULL, len, data);
	assert_non_null(s);
	assert_int_equal(s->n_tables, 1);
	assert_string_equal(s->tables[0]->name, typed);
	assert_int_equal(s->tables[0]->error != NULL,
					 s->tables[0]->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	status = s->tables[0]->status;
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	saw_cli_parser_destroy(p);
	saw_sample_builder_destroy(b);
	return status;
}

static void an_answer_is_complete_only_where_nothing_speaks_against_it(void **state) {
	static const char typed[] = "show crypto ipsec sa";

	(void)state;
	assert_int_equal(status_of(typed, ""), SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	assert_int_equal(status_of(typed, "There are no ipsec sas"), SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	assert_int_equal(status_of(typed, "current_peer: 192.0.2.1"), SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	assert_int_equal(status_of(typed, "current_peer: 192.0.2.1\na new line\n"),
					 SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	assert_int_equal(status_of(typed, "There are no ipsec sas\na new line\n"),
					 SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	/* A form of the command that prints something else says nothing about SAs. */
	assert_int_equal(status_of(typed, "Current IPSec SAs: 12\nPeak: 14\n"),
					 SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL);
	assert_int_equal(status_of(typed, "current_peer: 192.0.2.1\ncurrent outb"),
					 SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL);
	/* Cut in its digits, a counter would look like a restart. */
	assert_int_equal(status_of(typed, "current_peer: 192.0.2.1\n#pkts encaps: 12"),
					 SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL);
	assert_int_equal(status_of(typed, "fw# show crypto ikev2 sa\nIKEv2 SAs:\n"),
					 SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED);
	assert_int_equal(status_of(typed, "ERROR: % Invalid input detected at '^' marker.\n"),
					 SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED);
}

static void a_log_message_between_the_lines_is_nothing(void **state) {
	struct seen seen = {0};

	(void)state;
	assert_int_equal(
		parse(IOSXE, "show crypto ipsec sa",
			  "interface: Tunnel1\n"
			  "*Nov 23 10:51:09.001: %LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel1, changed state to up\n"
			  "%ASA-4-402119: IPSEC: Received an ESP packet\n"
			  "100% of nothing: no log message\n",
			  &seen, NULL, NULL),
		0);
	assert_int_equal(seen.unparsed, 1);
	assert_int_equal(seen.last_line, 4);
}

static void lines_count_the_same_whatever_ends_them(void **state) {
	static const char *const ends[] = {"\n", "\r\n", "\r\n\r", "\r\r\n", "\n\r"};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct seen seen = {0};
		char text[256];

		snprintf(text, sizeof text, "interface: a%sno such line%scurrent_peer: 192.0.2.1%s", ends[i], ends[i], ends[i]);
		assert_int_equal(parse(ASA, "show crypto ipsec sa", text, &seen, NULL, NULL), 0);
		assert_int_equal(seen.unparsed, 1);
		assert_int_equal(seen.last_line, 2);
		assert_int_equal(seen.records, 1);
	}
}

static void an_spi_of_zero_is_no_spi(void **state) {
	struct seen seen = {0};

	(void)state;
	assert_int_equal(parse(IOSXE, "show crypto ipsec sa",
						   "current_peer 192.0.2.1 port 500\ncurrent outbound spi: 0x0(0)\n", &seen, NULL, NULL),
					 0);
	assert_int_equal(seen.unparsed, 0);
	assert_false(seen.has_outbound_spi);
	assert_int_equal(parse(IOSXE, "show crypto ipsec sa",
						   "current_peer 192.0.2.1 port 500\ncurrent outbound spi: 0x1(1)\n", &seen, NULL, NULL),
					 0);
	assert_true(seen.has_outbound_spi);
}

static void a_value_that_is_no_value_leaves_its_line_unparsed(void **state) {
	static const char *const lines[] = {
		"#pkts encaps: many, #pkts encrypt: 1, #pkts digest: 1",
		"#pkts encaps: 99999999999999999999",
		"plaintext mtu 99999999999",
		"current outbound spi: 0x123456789",
		"current outbound spi: GHI",
		"current_peer 192.0.2.1 port 70000",
		"current_peer 192.0.2.1 door 7",
		"PFS (Y/N): maybe, DH group: none",
		"PFS (Y/N): Y, DH group: groupX",
		"local ident (addr/mask/prot/port): 10.0.0.0",
		"local ident (addr/mask/prot/port): )(",
		"inbound esp sas: 7",
		"spi: 0x1",
		"transform: esp-gcm 256",
		"in use settings ={Tunnel, }",
		"sa timing: remaining key lifetime (sec): 1",
		"0xFFFFFFFF 0xFFFFFFFF",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct seen seen = {0};

		assert_int_equal(parse(IOSXE, "show crypto ipsec sa", lines[i], &seen, NULL, NULL), 0);
		if (seen.unparsed != 1)
			fail_msg("taken: %s", lines[i]);
	}
}

static void lines_of_an_sa_with_wrong_values_are_unparsed(void **state) {
	static const char *const lines[] = {
		"sa timing: remaining key lifetime (k/sec): (12/)",
		"sa timing: remaining key lifetime (k/sec): (x/1)",
		"sa timing: remaining key lifetime 4 fortnights",
		"sa timing: soon",
		"replay detection support: perhaps",
		"replay detection support: Y  window 7",
		"IV size: some bytes",
		"in use settings =Tunnel",
		"0xFFFFFFFF 12",
		"conn id: x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct seen seen = {0};
		char text[256];

		snprintf(text, sizeof text, "inbound esp sas:\nspi: 0x1(1)\n%s\n", lines[i]);
		assert_int_equal(parse(IOSXE, "show crypto ipsec sa", text, &seen, NULL, NULL), 0);
		if (seen.unparsed != 1 || seen.last_line != 3)
			fail_msg("taken: %s", lines[i]);
	}
}

static void ike_lines_with_wrong_values_are_unparsed(void **state) {
	static const char *const lines[] = {
		"Tunnel-id Local Remote Colour",
		"1 192.0.2.1/500",
		"1 192.0.2.1/500 192.0.2.2/500 none",
		"x 192.0.2.1/500 192.0.2.2/500 none/none READY",
		"Life/Active Time: 86400 sec",
		"Local spi: XYZ Remote spi: 12",
		"Local spi: 12",
		"DPD configured for some seconds, retry 3",
		"NAT-T is unlikely",
		"Initiator of SA : Possibly",
		"Child sa: selector",
		"remote selector 10.0.0.0/0 - 10.0.0.1/1",
		"Session-id: many",
		"10.0.0.0 255.0.0.0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct seen seen = {0};

		assert_int_equal(parse(IOSXE, "show crypto ikev2 sa", lines[i], &seen, NULL, NULL), 0);
		if (seen.unparsed != 1)
			fail_msg("taken: %s", lines[i]);
	}
}

/* A line that begins something was lost: what follows it is not put into the one before. */
static void lines_whose_beginning_was_lost_change_nothing_before_them(void **state) {
	static const char sa[] =
		"current_peer 192.0.2.1 port 500\ninbound esp sas:\nspi: 0x1(1)\ntransform: esp-gcm 256 ,\n"
		"in use settings ={Tunnel, }\nconn id: 1, flow_id: HW:1\n"
		"sa timing: remaining key lifetime (k/sec): (4000/100)\nIV size: 8 bytes\nStatus: ACTIVE\n"
		"api: lost\ntransform: esp-3des ,\nin use settings ={Transport, }\nconn id: 2, flow_id: HW:2\n"
		"sa timing: remaining key lifetime (k/sec): (5000/200)\nIV size: 16 bytes\n";
	struct saw_cli_result r = {0};
	struct seen seen = {0};

	(void)state;
	assert_int_equal(parse(IOSXE, "show crypto ipsec sa", sa, &seen, &r, NULL), 0);
	assert_int_equal(seen.n_inbound, 1);
	assert_int_equal(seen.unparsed, 6);
	/* Filtered: two flows, and which is which cannot be told. */
	memset(&seen, 0, sizeof seen);
	assert_int_equal(parse(IOSXE, NULL,
						   "r#show crypto ipsec sa | include encaps\n#pkts encaps: 177\n#pkts encaps: 554\nr#\n", &seen,
						   &r, NULL),
					 0);
	assert_true(r.narrowed);
	assert_int_equal(seen.records, 1);
	assert_int_equal(seen.unparsed, 1);
	/* Heads of flows, `local ident` lost. */
	memset(&seen, 0, sizeof seen);
	assert_int_equal(parse(IOSXE, "show crypto ipsec sa",
						   "local ident (addr/mask/prot/port): (a)\nremote ident (addr/mask/prot/port): (b)\n"
						   "current_peer 192.0.2.1 port 500\nremote ident (addr/mask/prot/port): (c)\n"
						   "current_peer 192.0.2.2 port 500\ncurrent_peer 192.0.2.3 port 500\n",
						   &seen, &r, NULL),
					 0);
	assert_int_equal(seen.records, 3);
	assert_int_equal(seen.unparsed, 0);
	assert_string_equal(seen.peer, "192.0.2.3");
}

static void foreign_bytes_are_escaped_and_counted(void **state) {
	struct seen seen = {0};

	(void)state;
	assert_int_equal(parse(ASA, "show crypto ipsec sa", "current_peer: caf\xe9-\x01gw\n", &seen, NULL, NULL), 0);
	assert_string_equal(seen.peer, "caf\\xe9-\\x01gw");
	assert_int_equal(seen.escaped, 2);
}

static void the_sections_of_a_tech_support_are_told_apart_by_their_headlines(void **state) {
	struct saw_cli_result r = {0};
	struct seen seen = {0};
	size_t n;

	(void)state;
	assert_int_equal(parse(IOSXE, NULL,
						   "ASR-WAN01#show tech-support ipsec\n"
						   "------------------ show processes ------------------\n\ninterface: no\n"
						   "------------------ show version ------------------\n\ninterface: no\n"
						   "------------------ show crypto ipsec sa detail ------------------\n\n"
						   "interface: Tunnel1\n protected vrf: (none)\n current_peer 192.0.2.1 port 500\n"
						   "------------------ show running-config ------------------\nhostname x\n"
						   "------------------ show crypto ikev2 sa detail ------------------\n"
						   "Tunnel-id Local Remote fvrf/ivrf Status\n1 192.0.2.2/500 192.0.2.1/500 none/none READY\n"
						   "ASR-WAN01#",
						   &seen, &r, &n),
					 0);
	assert_int_equal(n, 3);
	assert_ptr_equal(r.command, command(IOSXE, "show version"));
	assert_int_equal(r.records, 0);
	assert_int_equal(seen.records, 2);
	assert_int_equal(seen.unparsed, 0);
	assert_string_equal(seen.hostname, "ASR-WAN01");
}

static void what_looks_like_a_prompt_in_a_section_of_others_is_none(void **state) {
	static const char *const lines[] = {
		"r> 10.0.0.0/8 192.0.2.1 0 0 65001 i",
		"192.0.2.1->198.51.100.1",
		"Gi0/1>Gi0/2",
		"other-host#",
		"other-host#show x",
		"show crypto ipsec sa",
		"interface: no",
		"current_peer: 203.0.113.1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct saw_cli_result r = {0};
		struct seen seen = {0};
		char text[512];
		size_t n;

		snprintf(
			text, sizeof text,
			"ASR-WAN01#show tech-support\n------------------ dir nvram: ------------------\n%s\ninterface: no\n"
			"------------------ show crypto ipsec sa ------------------\ncurrent_peer 192.0.2.1 port 500\nASR-WAN01#\n",
			lines[i]);
		assert_int_equal(parse(IOSXE, NULL, text, &seen, &r, &n), 0);
		if (n != 1 || seen.records != 1 || seen.unparsed || strcmp(seen.hostname, "ASR-WAN01") != 0 || r.cut)
			fail_msg("%s: %zu answers, %u records, of %s", lines[i], n, seen.records, seen.hostname);
	}
}

static void a_tech_support_that_ends_inside_an_answer_is_cut(void **state) {
	static const char head[] =
		"------------------ show crypto ipsec sa ------------------\ncurrent_peer 192.0.2.1 port 500\n";
	struct saw_cli_result r = {0};
	struct seen seen = {0};
	char text[512];

	(void)state;
	assert_int_equal(parse(IOSXE, NULL, head, &seen, &r, NULL), 0);
	assert_true(r.cut);
	snprintf(text, sizeof text, "%s%s", head, "------------------ show clock ------------------\n10:00");
	assert_int_equal(parse(IOSXE, NULL, text, &seen, &r, NULL), 0);
	assert_false(r.cut);
	assert_int_equal(parse(IOSXE, "show crypto ipsec sa", text, &seen, &r, NULL), 0);
	assert_false(r.cut || r.other);
	assert_int_equal(r.records, 1);
	/* It has no such answer. */
	assert_int_equal(parse(IOSXE, "show version", text, &seen, &r, NULL), 0);
	assert_true(r.other);
	assert_int_equal(
		parse(IOSXE, "show version", "------------------ show clock ------------------\n10:00\n", &seen, &r, NULL), 0);
	assert_true(r.other);
}

static void a_byte_order_mark_and_utf_16_hide_nothing(void **state) {
	static const char utf8[] = "\xef\xbb\xbf"
							   "fw# show crypto ipsec sa\r\ncurrent_peer: 192.0.2.1\r\n";
	char utf16[2 * sizeof utf8] = "\xff\xfe";
	struct seen seen = {0};
	struct saw_sink sink = sink_of(&seen);
	struct saw_cli_parser *p = saw_cli_parser_create();
	const struct saw_cli_result *results;
	size_t n, length = 2;

	(void)state;
	assert_int_equal(parse(ASA, NULL, utf8, &seen, NULL, NULL), 0);
	assert_string_equal(seen.hostname, "fw");
	assert_string_equal(seen.peer, "192.0.2.1");
	memset(&seen, 0, sizeof seen);
	for (const char *c = utf8 + 3; *c; c++) {
		utf16[length++] = *c;
		utf16[length++] = 0;
	}
	saw_cli_parser_begin(p, ASA, NULL, &sink);
	assert_int_equal(saw_cli_parser_feed(p, utf16, length), 0);
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_string_equal(seen.hostname, "fw");
	assert_string_equal(seen.peer, "192.0.2.1");
	assert_int_equal(seen.unparsed, 0);
	saw_cli_parser_destroy(p);
}

static void a_line_without_end_is_cut_and_its_memory_bounded(void **state) {
	static char junk[1 << 20];
	struct seen seen = {0};
	struct saw_cli_parser *p = saw_cli_parser_create();
	struct saw_sink sink = sink_of(&seen);
	const struct saw_cli_result *results;
	size_t n;

	(void)state;
	memset(junk, 'x', sizeof junk);
	memcpy(junk, "access-list ", strlen("access-list ")); /* which a rule would take */
	saw_cli_parser_begin(p, ASA, command(ASA, "show crypto ipsec sa"), &sink);
	assert_int_equal(saw_cli_parser_feed(p, junk, sizeof junk), 0);
	assert_int_equal(feed(p, "\ncurrent_peer: 192.0.2.1\n"), 0);
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_int_equal(seen.unparsed, 1);
	assert_int_equal(seen.last_length, 2048);
	assert_int_equal(seen.records, 1);
	saw_cli_parser_destroy(p);
}

/* Lines that belong to one record and never end it. */
static void a_record_cannot_grow_without_bound(void **state) {
	struct saw_cli_parser *p = saw_cli_parser_create();
	struct seen seen = {0};
	struct saw_sink sink = sink_of(&seen);
	const struct saw_cli_result *results;
	size_t n;

	(void)state;
	saw_cli_parser_begin(p, IOSXE, command(IOSXE, "show crypto ipsec sa"), &sink);
	assert_int_equal(feed(p, "inbound esp sas:\n"), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(feed(p, "spi: 0x1(1)\ntransform: esp-gcm 256 ,\nremote crypto endpt.: 192.0.2.1\n"), 0);
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_int_equal(seen.records, 1);
	assert_int_equal(seen.n_inbound, 256);
	assert_true(results[0].unparsed > 0);

	memset(&seen, 0, sizeof seen);
	saw_cli_parser_begin(p, ASA, command(ASA, "show crypto ikev2 sa"), &sink);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(feed(p, "Child sa: local selector 0.0.0.0/0 - 255.255.255.255/65535\n"), 0);
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_int_equal(seen.records, 1);
	assert_true(seen.n_children > 1000);
	assert_true(results[0].unparsed > 0);
	saw_cli_parser_destroy(p);
}

static void only_the_first_thousand_odd_lines_of_an_answer_are_listed(void **state) {
	struct saw_sample_builder *b = saw_sample_builder_create(1 << 20);
	struct saw_cli_parser *p = saw_cli_parser_create();
	const struct saw_cli_result *results;
	Sawatch__V1__DeviceSample *s;
	struct saw_sink sink;
	const uint8_t *data;
	size_t n, len;

	(void)state;
	saw_sample_begin(b, "fw", ASA, SAWATCH__V1__SOURCE__SOURCE_FILE);
	sink = saw_sample_sink(b);
	saw_cli_parser_begin(p, ASA, command(ASA, "show crypto ipsec sa"), &sink);
	feed(p, "current_peer: 192.0.2.1\n");
	for (int i = 0; i < 2500; i++)
		feed(p, "a line of a later version\n");
	assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
	assert_int_equal(results[0].unparsed, 2500);
	saw_cli_report(b, &results[0], NULL);
	assert_int_equal(saw_sample_finish(b, 1, 0, 0, &data, &len), 0);
	s = sawatch__v1__device_sample__unpack(NULL, len, data);
	assert_non_null(s);
	assert_int_equal(s->n_unparsed, 1000);
	assert_int_equal(s->tables[0]->status, SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	assert_string_equal(s->tables[0]->error, "2500 lines were not understood; the first 1000 are listed");
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	saw_cli_parser_destroy(p);
	saw_sample_builder_destroy(b);
}

static void an_error_of_the_sink_ends_the_text(void **state) {
	struct seen seen = {.answer = SAW_ELIMIT};
	size_t n;

	(void)state;
	assert_int_equal(parse(ASA, "show crypto ipsec sa",
						   "current_peer: 192.0.2.1\nlocal ident (addr/mask/prot/port): (a)\n"
						   "local ident (addr/mask/prot/port): (b)\n",
						   &seen, NULL, &n),
					 SAW_ELIMIT);
	assert_int_equal(seen.records, 1);
	assert_int_equal(n, 1);
}

static void a_full_sample_says_that_it_is_cut(void **state) {
	struct saw_sample_builder *b = saw_sample_builder_create(4096);
	struct saw_cli_parser *p = saw_cli_parser_create();
	const struct saw_cli_result *results;
	Sawatch__V1__DeviceSample *s;
	struct saw_sink sink;
	const uint8_t *data;
	size_t n, len;

	(void)state;
	saw_sample_begin(b, "fw", ASA, SAWATCH__V1__SOURCE__SOURCE_FILE);
	sink = saw_sample_sink(b);
	saw_cli_parser_begin(p, ASA, command(ASA, "show crypto ipsec sa"), &sink);
	for (int i = 0; i < 1000; i++)
		feed(p, "local ident (addr/mask/prot/port): (10.0.0.0/255.0.0.0/0/0)\n");
	assert_int_equal(saw_cli_parser_end(p, &results, &n), SAW_ELIMIT);
	saw_cli_report(b, &results[0], NULL);
	assert_int_equal(saw_sample_finish(b, 1, 0, 0, &data, &len), SAW_ELIMIT);
	s = sawatch__v1__device_sample__unpack(NULL, len, data);
	assert_non_null(s);
	assert_int_equal(s->n_tables, 1);
	assert_int_equal(s->tables[0]->status, SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL);
	assert_true(s->n_ipsec_sas > 10);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	saw_cli_parser_destroy(p);
	saw_sample_builder_destroy(b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read_in_every_form),
		cmocka_unit_test(every_spelling_of_a_transform_is_decoded),
		cmocka_unit_test(a_record_leaves_as_soon_as_the_next_one_begins),
		cmocka_unit_test(a_parser_takes_one_text_after_another),
		cmocka_unit_test(an_empty_answer_is_an_answer),
		cmocka_unit_test(a_text_without_a_known_answer_gives_no_result),
		cmocka_unit_test(the_answer_of_another_command_is_not_taken_for_the_one_asked_for),
		cmocka_unit_test(a_refusal_is_told_in_the_devices_words),
		cmocka_unit_test(an_answer_is_complete_only_where_nothing_speaks_against_it),
		cmocka_unit_test(a_log_message_between_the_lines_is_nothing),
		cmocka_unit_test(lines_count_the_same_whatever_ends_them),
		cmocka_unit_test(an_spi_of_zero_is_no_spi),
		cmocka_unit_test(a_value_that_is_no_value_leaves_its_line_unparsed),
		cmocka_unit_test(lines_of_an_sa_with_wrong_values_are_unparsed),
		cmocka_unit_test(ike_lines_with_wrong_values_are_unparsed),
		cmocka_unit_test(lines_whose_beginning_was_lost_change_nothing_before_them),
		cmocka_unit_test(foreign_bytes_are_escaped_and_counted),
		cmocka_unit_test(the_sections_of_a_tech_support_are_told_apart_by_their_headlines),
		cmocka_unit_test(what_looks_like_a_prompt_in_a_section_of_others_is_none),
		cmocka_unit_test(a_tech_support_that_ends_inside_an_answer_is_cut),
		cmocka_unit_test(a_byte_order_mark_and_utf_16_hide_nothing),
		cmocka_unit_test(a_line_without_end_is_cut_and_its_memory_bounded),
		cmocka_unit_test(a_record_cannot_grow_without_bound),
		cmocka_unit_test(only_the_first_thousand_odd_lines_of_an_answer_are_listed),
		cmocka_unit_test(an_error_of_the_sink_ends_the_text),
		cmocka_unit_test(a_full_sample_says_that_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
