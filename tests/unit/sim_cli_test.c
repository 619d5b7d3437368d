/* What the simulated devices print, read by our own parsers: every command that may be typed, and the model's values in it. */
#include "collectors/cli/cli.h"
#include "collectors/ssh/permit.h"
#include "sim/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (45 * 60000ULL)

static const Sawatch__V1__Platform platforms[SAW_SIM_DEVICES] = {
	[SAW_SIM_ASA] = SAWATCH__V1__PLATFORM__PLATFORM_ASA,
	[SAW_SIM_ASR] = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE,
};

/* What a reader gets to see, and what it finds wrong with it. */
struct reader {
	const struct saw_sim_model *model;
	enum saw_sim_dev dev;
	const char *command;
	unsigned records, unparsed, matched;
	void (*compare)(struct reader *r, const ProtobufCMessage *record);
};

static int on_record(void *ctx, const ProtobufCMessage *record) {
	struct reader *r = ctx;
	r->records++;
	if (r->compare) {
		r->compare(r, record);
	}
	return 0;
}

static int on_facts(void *ctx, const Sawatch__V1__DeviceSample *facts) {
	(void)ctx;
	(void)facts;
	return 0;
}

static int on_unparsed(void *ctx, uint32_t line, struct saw_str text) {
	struct reader *r = ctx;
	print_error("%s: line %u was not read: %.*s\n", r->command, line, (int)text.n, text.p);
	r->unparsed++;
	return 0;
}

static void happen(struct saw_sim_model *m, uint64_t at, const char *what) {
	struct saw_sim_event e;
	assert_int_equal(saw_sim_event_parse(saw_str_of(what), &e, NULL), 0);
	assert_int_equal(saw_sim_model_apply(m, at, &e), 0);
}

/* Three tunnels, of which one is down, with replay drops, rekeys and, on demand, a reload behind them. */
static struct saw_sim_model *make(const char *last) {
	struct saw_sim_options o = SAW_SIM_OPTIONS_DEFAULT;
	o.tunnels = 3;
	struct saw_sim_model *m = saw_sim_model_create(&o);
	assert_non_null(m);
	happen(m, 1000, "replay all 321 a-to-b");
	happen(m, 2000, "replay 1 55 b-to-a");
	happen(m, 3000, "cut 2");
	happen(m, 4000, "cut 3");
	happen(m, 5000, "restore 3");
	happen(m, 6000, "rekey 1");
	happen(m, 6500, "mtu 1 1403");
	if (last) {
		happen(m, 7000, last);
	}
	saw_sim_model_advance(m, NOW);
	return m;
}

/* Runs and reads a command. Its answer must be taken to the last line. */
static struct reader read_answer(const struct saw_sim_model *m, enum saw_sim_dev dev, const char *typed,
								 void (*compare)(struct reader *r, const ProtobufCMessage *record)) {
	const struct saw_cli_command *c = saw_cli_command_find(platforms[dev], saw_str_of(typed));
	struct saw_buf text = SAW_BUF_INIT(SAW_SIM_CLI_MAX);
	struct saw_sim_cli cli = {m, dev, NOW, true, NULL};
	struct reader r = {m, dev, typed, 0, 0, 0, compare};
	struct saw_sink sink = {.ctx = &r, .record = on_record, .facts = on_facts, .unparsed = on_unparsed};
	const struct saw_cli_result *results;
	size_t reach, n;
	if (saw_sim_cli_run(&cli, saw_str_of(typed), &reach, &text) != 0) {
		fail_msg("%s does not know: %s (from column %zu)", saw_sim_device_name(dev), typed, reach);
	}
	if (c) {
		struct saw_cli_parser *p = saw_cli_parser_create();
		saw_cli_parser_begin(p, platforms[dev], c, &sink);
		assert_int_equal(saw_cli_parser_feed(p, saw_buf_text(&text), text.len), 0);
		assert_int_equal(saw_cli_parser_end(p, &results, &n), 0);
		for (size_t i = 0; i < n; i++) {
			assert_null(results[i].refused);
			assert_false(results[i].cut);
			assert_false(results[i].other);
		}
		saw_cli_parser_destroy(p);
	}
	saw_buf_free(&text);
	assert_int_equal(r.unparsed, 0);
	return r;
}

/* ------------------------------------------------------------------------------------------------------- every command */

/* The template with something in its places. */
static void fill(const struct saw_sim_model *m, enum saw_sim_dev dev, const char *words, char out[160]) {
	size_t rows;
	uint32_t first = saw_sim_model_row(m, dev, saw_sim_model_rows(m, dev, &rows)[0]);
	char number[16];
	snprintf(number, sizeof(number), "%u", 2 * first);
	const char *const places[][2] = {
		{"<address>", dev == SAW_SIM_ASA ? "198.51.100.1" : "192.0.2.1"},
		{"<interface>", "Tunnel11"},
		{"<name>", SAW_SIM_VRF},
		{"<number>", number},
	};
	snprintf(out, 160, "%s", words);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *place = strstr(words, places[i][0]);
		if (place) {
			snprintf(out, 160, "%.*s%s%s", (int)(place - words), words, places[i][1], place + strlen(places[i][0]));
		}
	}
}

static void whatever_may_be_typed_is_answered_and_read(void **state) {
	(void)state;
	static const char *const lasts[] = {NULL, "reload asa-xfw01", "reload asr-wan01", "rename asr-wan01 ASR-OTHER"};
	for (size_t i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++) {
		struct saw_sim_model *m = make(lasts[i]);
		for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
			unsigned commands = 0;
			for (const struct saw_ssh_template *t = NULL; (t = saw_ssh_template_next(platforms[dev], t));) {
				char typed[160];
				fill(m, (enum saw_sim_dev)dev, t->words, typed);
				read_answer(m, (enum saw_sim_dev)dev, typed, NULL);
				commands++;
			}
			assert_true(commands > 15);
		}
		saw_sim_model_destroy(m);
	}
}

static void without_any_tunnel_too(void **state) {
	(void)state;
	struct saw_sim_model *m = make("cut all");
	static const char *const commands[] = {"show crypto ipsec sa detail", "show crypto ikev2 sa detail",
										   "show bgp summary"};
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		read_answer(m, SAW_SIM_ASA, commands[i], NULL);
		read_answer(m, SAW_SIM_ASR, commands[i], NULL);
	}
	assert_int_equal(read_answer(m, SAW_SIM_ASA, "show crypto ipsec sa", NULL).records, 0);
	assert_int_equal(read_answer(m, SAW_SIM_ASA, "show vpn-sessiondb detail l2l", NULL).records, 0);
	assert_int_equal(read_answer(m, SAW_SIM_ASR, "show crypto ipsec sa", NULL).records, 3);
	assert_int_equal(read_answer(m, SAW_SIM_ASR, "show crypto session detail", NULL).records, 3);
	saw_sim_model_destroy(m);
}

/* ---------------------------------------------------------------------------------------------------------- its values */

static struct saw_sim_end end_to(struct reader *r, const char *peer, uint32_t number) {
	struct saw_sim_end e;
	char address[24];
	for (uint32_t i = 0; i < saw_sim_model_tunnels(r->model); i++) {
		saw_sim_model_end(r->model, r->dev, i, NOW, &e);
		snprintf(address, sizeof(address), "%u.%u.%u.%u", e.remote >> 24, e.remote >> 16 & 255, e.remote >> 8 & 255,
				 e.remote & 255);
		if (r->dev == SAW_SIM_ASR ? e.number == number : strcmp(address, peer) == 0) {
			return e;
		}
	}
	fail_msg("%s: nobody knows %s", r->command, peer);
	return e;
}

static uint32_t tunnel_number(const char *interface) {
	return interface && strncmp(interface, "Tunnel", 6) == 0 ? (uint32_t)strtoul(interface + 6, NULL, 10) : 0;
}

static void compare_ipsec(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__IpsecSa *f = (const Sawatch__V1__IpsecSa *)record;
	struct saw_sim_end e = end_to(r, f->peer, tunnel_number(f->interface));
	assert_int_equal(f->encaps_packets, (uint32_t)e.out_packets);
	assert_int_equal(f->decaps_packets, (uint32_t)e.in_packets);
	assert_int_equal(f->replay_failed_recv, e.replay_drops);
	assert_int_equal(f->current_outbound_spi, e.out_spi);
	assert_int_equal(f->path_mtu, e.path_mtu);
	assert_int_equal(f->n_inbound_sas, e.up);
	assert_int_equal(f->n_outbound_sas, e.up);
	if (e.up) {
		uint64_t left = e.sa_life_seconds - e.sa_age_ms / 1000;
		assert_int_equal(f->inbound_sas[0]->spi, e.in_spi);
		assert_int_equal(f->inbound_sas[0]->key_bits, SAW_SIM_KEY_BITS);
		assert_string_equal(f->inbound_sas[0]->encryption, "aes-gcm");
		assert_int_equal(f->inbound_sas[0]->remaining_seconds, left);
		assert_int_equal(f->outbound_sas[0]->spi, e.out_spi);
		assert_int_equal(f->outbound_sas[0]->remaining_kilobytes, SAW_SIM_LIFE_KILOBYTES - e.sa_out_bytes / 1024);
	}
	if (r->dev == SAW_SIM_ASR) {
		assert_int_equal(f->plaintext_mtu, e.plaintext_mtu);
		assert_int_equal(f->pfs, e.up && e.refreshes > 0);
	} else {
		assert_int_equal(f->ipsec_overhead, SAW_SIM_OVERHEAD);
	}
}

static void compare_flow(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__IpsecSa *f = (const Sawatch__V1__IpsecSa *)record;
	size_t rows;
	const uint32_t *tunnels = saw_sim_model_rows(r->model, r->dev, &rows);
	struct saw_sim_end e;
	saw_sim_model_end(r->model, r->dev, tunnels[r->records - 1], NOW, &e);
	assert_int_equal(f->refreshes, e.refreshes);
	assert_int_equal(f->in_bytes, e.in_bytes);
	assert_int_equal(f->out_bytes, e.out_bytes);
	assert_int_equal(f->decaps_packets, e.in_packets);
	assert_int_equal(f->replay_failed_recv, e.replay_drops);
	assert_int_equal(f->lifetime_seconds, e.sa_life_seconds);
	assert_int_equal(f->device_index, e.row);
}

static void compare_ike(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__IkeSa *s = (const Sawatch__V1__IkeSa *)record;
	char spi[17];
	struct saw_sim_end e;
	uint32_t i = 0;
	do {
		assert_true(i < saw_sim_model_tunnels(r->model));
		saw_sim_model_end(r->model, r->dev, i++, NOW, &e);
	} while (!e.up || e.ike_id != s->tunnel_id);
	snprintf(spi, sizeof(spi), "%016llx", (unsigned long long)e.ike_local_spi);
	assert_string_equal(s->local_spi, spi);
	assert_int_equal(s->role == SAWATCH__V1__ROLE__ROLE_INITIATOR, e.initiator);
	assert_int_equal(s->active_seconds, e.ike_age_ms / 1000);
	assert_int_equal(s->lifetime_seconds, SAW_SIM_IKE_LIFE_SECONDS);
	assert_int_equal(s->dh_group, SAW_SIM_DH_GROUP);
	assert_int_equal(s->dpd_seconds, SAW_SIM_DPD_SECONDS);
	assert_true(s->nat_t);
}

static void compare_l2l(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__L2lSession *s = (const Sawatch__V1__L2lSession *)record;
	struct saw_sim_end e = end_to(r, s->peer, 0);
	assert_int_equal(s->bytes_tx, e.out_bytes);
	assert_int_equal(s->bytes_rx, e.in_bytes);
	assert_int_equal(s->duration_seconds, e.session_age_ms / 1000);
	assert_int_equal(s->n_ike, 1);
	assert_int_equal(s->n_ipsec, 1);
	assert_int_equal(s->ipsec[0]->bytes_tx, e.out_bytes);
}

static void compare_session(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__Session *s = (const Sawatch__V1__Session *)record;
	struct saw_sim_end e = end_to(r, "", tunnel_number(s->interface));
	assert_string_equal(s->status, e.up ? "UP-ACTIVE" : "DOWN");
	assert_string_equal(s->fvrf, SAW_SIM_VRF);
	assert_int_equal(s->n_ike_sas, e.up);
	assert_int_equal(s->n_flows, 1);
	assert_int_equal(s->flows[0]->active_sas, e.up ? 2 : 0);
	assert_int_equal(s->flows[0]->decrypted_packets, (uint32_t)e.in_packets);
	assert_int_equal(s->flows[0]->dropped_in_packets, e.replay_drops);
}

static void compare_interface(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__Interface *p = (const Sawatch__V1__Interface *)record;
	uint32_t number = tunnel_number(p->name);
	struct saw_sim_totals t;
	struct saw_sim_end e;
	saw_sim_model_totals(r->model, r->dev, NOW, &t);
	if (number == 0) {
		assert_true(p->line_up);
		assert_int_equal(p->in_bytes, !p->has_in_bytes                               ? 0
									  : strcmp(p->name, "GigabitEthernet0/0/4") == 0 ? t.in_bytes
									  : strcmp(p->name, "GigabitEthernet0/0/5") == 0 ? t.out_bytes
																					 : 0);
		return;
	}
	saw_sim_model_end(r->model, r->dev, number - SAW_SIM_TUNNEL_FIRST, NOW, &e);
	assert_int_equal(p->line_up, e.up);
	if (r->dev == SAW_SIM_ASR) {
		assert_int_equal(p->in_bytes, e.if_in_bytes);
		assert_int_equal(p->out_packets, e.if_out_packets);
		assert_int_equal(p->transport_mtu_bytes, e.plaintext_mtu);
	} else {
		assert_string_equal(p->ipsec_profile, "WAN-VTI");
	}
}

static void compare_bgp(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__BgpPeer *p = (const Sawatch__V1__BgpPeer *)record;
	uint32_t tunnel = r->records - 1;
	struct saw_sim_end e;
	saw_sim_model_end(r->model, r->dev, tunnel, NOW, &e);
	assert_int_equal(p->remote_as, r->dev == SAW_SIM_ASA ? SAW_SIM_ASR_AS : SAW_SIM_ASA_AS);
	assert_int_equal(p->has_prefixes_received, e.up);
	assert_int_equal(p->prefixes_received, e.up ? saw_sim_model_prefixes(tunnel) : 0);
}

static void its_values_are_the_models(void **state) {
	(void)state;
	static const struct {
		enum saw_sim_dev dev;
		const char *command;
		unsigned records; /* one tunnel of three is down */
		void (*compare)(struct reader *r, const ProtobufCMessage *record);
	} rows[] = {
		{SAW_SIM_ASA, "show crypto ipsec sa detail", 2, compare_ipsec},
		{SAW_SIM_ASR, "show crypto ipsec sa detail", 3, compare_ipsec},
		{SAW_SIM_ASR, "show crypto ipsec sa interface Tunnel11 detail", 1, compare_ipsec},
		{SAW_SIM_ASA, "show crypto ipsec sa peer 198.51.100.3 detail", 1, compare_ipsec},
		{SAW_SIM_ASA, "show crypto ikev2 sa detail", 2, compare_ike},
		{SAW_SIM_ASR, "show crypto ikev2 sa detail", 2, compare_ike},
		{SAW_SIM_ASA, "show crypto isakmp sa detail", 2, compare_ike},
		{SAW_SIM_ASR, "show crypto mib ipsec flowmib tunnel", 2, compare_flow},
		{SAW_SIM_ASA, "show vpn-sessiondb detail l2l", 2, compare_l2l},
		{SAW_SIM_ASR, "show crypto session detail", 3, compare_session},
		{SAW_SIM_ASA, "show interface", 6, compare_interface},
		{SAW_SIM_ASR, "show interfaces", 7, compare_interface},
		{SAW_SIM_ASA, "show failover state", 2, NULL},
		{SAW_SIM_ASA, "show bgp summary", 3, compare_bgp},
		{SAW_SIM_ASR, "show bgp all summary", 3, compare_bgp},
	};
	struct saw_sim_model *m = make(NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_answer(m, rows[i].dev, rows[i].command, rows[i].compare).records, rows[i].records);
	}
	saw_sim_model_destroy(m);
}

/* ------------------------------------------------------------------------------------------------------------- totals */

static void compare_counter(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__GlobalCounter *c = (const Sawatch__V1__GlobalCounter *)record;
	struct saw_sim_totals t;
	saw_sim_model_totals(r->model, r->dev, NOW, &t);
	const struct {
		const char *name;
		uint64_t value;
	} known[] = {
		{"active_tunnels", t.active},
		{"previous_tunnels", t.previous},
		{"in_bytes", t.in_bytes},
		{"out_bytes", t.out_bytes},
		{"in_replay_drop_pkts", t.replay_drops},
		{"engine_sessions_active", 2 * t.active},
		{"engine_ikev2_sessions_active", t.active},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(c->name, known[i].name) == 0) {
			assert_int_equal(c->value, known[i].value);
			r->matched++;
		}
	}
}

static void compare_drop(struct reader *r, const ProtobufCMessage *record) {
	const Sawatch__V1__Drop *d = (const Sawatch__V1__Drop *)record;
	struct saw_sim_totals t;
	saw_sim_model_totals(r->model, r->dev, NOW, &t);
	if (d->type == 19) {
		assert_int_equal(d->packets, t.replay_drops);
		assert_true(t.replay_drops > 900);
	}
}

static void totals_are_the_models(void **state) {
	(void)state;
	struct saw_sim_model *m = make(NULL);
	assert_true(read_answer(m, SAW_SIM_ASA, "show crypto ipsec stats", compare_counter).matched > 1);
	assert_true(read_answer(m, SAW_SIM_ASR, "show crypto mib ipsec flowmib global", compare_counter).matched > 1);
	assert_true(read_answer(m, SAW_SIM_ASR, "show crypto eli", compare_counter).matched > 1);
	assert_int_equal(
		read_answer(m, SAW_SIM_ASR, "show platform hardware qfp active feature ipsec datapath drops", compare_drop)
			.records,
		2);
	saw_sim_model_destroy(m);
}

/* ------------------------------------------------------------------------------------------------------ configuration */

static void expect_line(enum saw_sim_dev dev, const char *text, const char *line) {
	if (!strstr(text, line)) {
		fail_msg("%s: no \"%s\" in:\n%s", saw_sim_device_name(dev), line, text);
	}
}

static void the_configuration_is_that_of_the_pair(void **state) {
	(void)state;
	static const struct {
		enum saw_sim_dev dev;
		const char *line;
	} lines[] = {
		{SAW_SIM_ASA, "\nhostname ASA-XFW01\n"},
		{SAW_SIM_ASA, "\ninterface Tunnel13\n nameif vti-wan01-13\n"},
		{SAW_SIM_ASA,
		 "\n tunnel destination 198.51.100.3\n tunnel mode ipsec ipv4\n tunnel protection ipsec profile WAN-VTI\n"},
		{SAW_SIM_ASA, "\n protocol esp encryption aes-gcm-256\n"},
		{SAW_SIM_ASA, "\n set pfs group21\n"},
		{SAW_SIM_ASA, "\ncrypto ipsec security-association replay window-size 512\n"},
		{SAW_SIM_ASA, "\n prf sha512\n"},
		{SAW_SIM_ASA, "\ntunnel-group 198.51.100.1 ipsec-attributes\n isakmp keepalive threshold 10 retry 2\n"},
		{SAW_SIM_ASR, "\nhostname ASR-WAN01\n"},
		{SAW_SIM_ASR, "\n dpd 10 2 on-demand\n"},
		{SAW_SIM_ASR, "\n match fvrf INET\n"},
		{SAW_SIM_ASR, "\ncrypto ipsec transform-set GCM-256 esp-gcm 256 \n mode tunnel\n"},
		{SAW_SIM_ASR, "\n set security-association replay window-size 512\n"},
		{SAW_SIM_ASR, "\n tunnel destination 192.0.2.1\n tunnel vrf INET\n tunnel protection ipsec profile WAN-VTI\n"},
		{SAW_SIM_ASR,
		 "\ninterface BDI100\n ip address 10.40.0.1 255.255.255.0\n ip mtu 1388\n ip tcp adjust-mss 1348\n"},
		{SAW_SIM_ASR, "\n bandwidth qos-reference 50000\n"},
		{SAW_SIM_ASR, "\n neighbor 10.11.0.1 remote-as 65010\n"},
	};
	struct saw_sim_model *m = make(NULL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct saw_buf text = SAW_BUF_INIT(1 << 20);
		saw_sim_cli_answer(&(struct saw_sim_cli){m, lines[i].dev, NOW, true, NULL}, SAW_STR("show run"), &text);
		expect_line(lines[i].dev, saw_buf_text(&text), lines[i].line);
		saw_buf_free(&text);
	}
	saw_sim_model_destroy(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_may_be_typed_is_answered_and_read),
		cmocka_unit_test(without_any_tunnel_too),
		cmocka_unit_test(its_values_are_the_models),
		cmocka_unit_test(totals_are_the_models),
		cmocka_unit_test(the_configuration_is_that_of_the_pair),
	};
	return cmocka_run_group_tests_name("sim_cli", tests, NULL, NULL);
}
