/* The simulated pair: both ends are one truth, whatever happens and whenever one looks. */
#include "sim/cli.h"
#include "sim/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE 60000ULL
#define HOUR (60 * MINUTE)

static struct saw_sim_model *make(uint32_t tunnels, uint32_t lifetime) {
	struct saw_sim_options o = SAW_SIM_OPTIONS_DEFAULT;
	o.tunnels = tunnels;
	o.lifetime_seconds = lifetime;
	struct saw_sim_model *m = saw_sim_model_create(&o);
	assert_non_null(m);
	return m;
}

static void happen(struct saw_sim_model *m, uint64_t at, const char *what) {
	struct saw_sim_event e;
	struct saw_err err = {.code = 0};
	if (saw_sim_event_parse(saw_str_of(what), &e, &err) != 0) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(saw_sim_model_apply(m, at, &e), 0);
}

static struct saw_sim_end look(const struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel, uint64_t at) {
	struct saw_sim_end e;
	saw_sim_model_end(m, dev, tunnel, at, &e);
	return e;
}

static void counters_only_grow(void **state) {
	(void)state;
	struct saw_sim_model *m = make(2, 600);
	uint64_t out = 0, in = 0, bytes = 0;
	for (uint64_t t = 0; t < 2 * HOUR; t += 7001) {
		struct saw_sim_end e = look(m, SAW_SIM_ASA, 0, t);
		assert_true(e.out_packets > out && e.in_packets > in && e.out_bytes > bytes);
		out = e.out_packets;
		in = e.in_packets;
		bytes = e.out_bytes;
	}
	saw_sim_model_destroy(m);
}

static void without_loss_both_ends_agree(void **state) {
	(void)state;
	struct saw_sim_model *m = make(3, 900);
	happen(m, 5 * MINUTE, "rekey 2");
	happen(m, 6 * MINUTE, "rate 2 b-to-a 77");
	happen(m, 7 * MINUTE, "renumber ASR-WAN01");
	for (uint64_t t = 8 * MINUTE; t < HOUR; t += 12345) {
		for (uint32_t i = 0; i < 3; i++) {
			struct saw_sim_end a = look(m, SAW_SIM_ASA, i, t), b = look(m, SAW_SIM_ASR, i, t);
			assert_int_equal(a.out_packets, b.in_packets);
			assert_int_equal(b.out_packets, a.in_packets);
			assert_int_equal(a.out_bytes, b.in_bytes);
			assert_int_equal(a.out_spi, b.in_spi);
			assert_int_equal(b.out_spi, a.in_spi);
			assert_int_equal(a.local, b.remote);
			assert_int_equal(a.ike_local_spi, b.ike_remote_spi);
			assert_int_equal(a.refreshes, b.refreshes);
		}
	}
	saw_sim_model_destroy(m);
}

static void a_path_leaves_what_is_not_esp(void **state) {
	(void)state;
	struct saw_sim_model *m = make(2, 900);
	assert_int_equal(look(m, SAW_SIM_ASA, 0, 0).path_mtu, SAW_SIM_PATH_MTU);
	assert_int_equal(look(m, SAW_SIM_ASA, 0, 0).plaintext_mtu, SAW_SIM_PLAINTEXT_MTU);
	happen(m, MINUTE, "mtu 1 1403");
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct saw_sim_end e = look(m, (enum saw_sim_dev)dev, 0, MINUTE);
		assert_int_equal(e.path_mtu, 1403);
		assert_int_equal(e.plaintext_mtu, 1338); /* 1403 - 60 is 1343: 1340 in fours, less the trailer's two */
	}
	assert_int_equal(look(m, SAW_SIM_ASA, 1, MINUTE).plaintext_mtu, SAW_SIM_PLAINTEXT_MTU);
	saw_sim_model_destroy(m);
}

static void loss_is_the_exact_part(void **state) {
	(void)state;
	struct saw_sim_model *m = make(1, 3600);
	happen(m, MINUTE, "loss 1 a-to-b 0.01");
	uint64_t sent = look(m, SAW_SIM_ASA, 0, MINUTE).out_packets, got = look(m, SAW_SIM_ASR, 0, MINUTE).in_packets;
	assert_int_equal(sent, got);
	struct saw_sim_end a = look(m, SAW_SIM_ASA, 0, HOUR), b = look(m, SAW_SIM_ASR, 0, HOUR);
	uint64_t more = a.out_packets - sent;
	assert_true(more > 100000);
	assert_int_equal(b.in_packets - got, more - more / 100);
	assert_int_equal(b.out_packets, a.in_packets);
	happen(m, HOUR, "loss 1 a-to-b 0");
	uint64_t gap = a.out_packets - b.in_packets;
	a = look(m, SAW_SIM_ASA, 0, 2 * HOUR);
	b = look(m, SAW_SIM_ASR, 0, 2 * HOUR);
	assert_int_equal(a.out_packets - b.in_packets, gap);
	saw_sim_model_destroy(m);
}

static void replay_drops_are_of_what_was_sent(void **state) {
	(void)state;
	struct saw_sim_model *m = make(1, 3600);
	uint64_t before = look(m, SAW_SIM_ASR, 0, MINUTE).in_packets;
	happen(m, MINUTE, "replay 1 500");
	struct saw_sim_end b = look(m, SAW_SIM_ASR, 0, MINUTE);
	assert_int_equal(b.replay_drops, 500);
	assert_int_equal(b.in_packets, before);
	struct saw_sim_end a = look(m, SAW_SIM_ASA, 0, 2 * MINUTE);
	b = look(m, SAW_SIM_ASR, 0, 2 * MINUTE);
	assert_int_equal(a.out_packets, b.in_packets + b.replay_drops);
	assert_int_equal(a.replay_drops, 0);
	saw_sim_model_destroy(m);
}

static void a_rekey_changes_spis_and_keeps_counters(void **state) {
	(void)state;
	struct saw_sim_model *m = make(1, 3600);
	struct saw_sim_end before = look(m, SAW_SIM_ASA, 0, MINUTE);
	happen(m, MINUTE, "rekey 1");
	struct saw_sim_end after = look(m, SAW_SIM_ASA, 0, MINUTE);
	assert_int_equal(after.refreshes, before.refreshes + 1);
	assert_int_not_equal(after.in_spi, before.in_spi);
	assert_int_not_equal(after.out_spi, before.out_spi);
	assert_int_equal(after.out_packets, before.out_packets);
	assert_int_equal(after.row, before.row);
	assert_int_equal(after.sa_age_ms, 0);
	assert_int_equal(after.sa_out_bytes, 0);
	saw_sim_model_destroy(m);
}

static void rekeys_come_by_themselves(void **state) {
	(void)state;
	struct saw_sim_model *m = make(1, 300);
	uint32_t first = look(m, SAW_SIM_ASA, 0, 0).refreshes;
	uint32_t later = look(m, SAW_SIM_ASA, 0, HOUR).refreshes;
	assert_in_range(later - first, 12, 14);
	assert_true(look(m, SAW_SIM_ASA, 0, HOUR).sa_age_ms < 300 * 1000);
	saw_sim_model_destroy(m);
}

static void the_quirk_makes_counters_restart_at_a_rekey(void **state) {
	(void)state;
	struct saw_sim_model *m = make(1, 3600);
	happen(m, 0, "quirk ASR-WAN01 restart-at-rekey on");
	happen(m, MINUTE, "rekey 1");
	assert_int_equal(look(m, SAW_SIM_ASR, 0, MINUTE).in_packets, 0);
	struct saw_sim_end a0 = look(m, SAW_SIM_ASA, 0, MINUTE), a = look(m, SAW_SIM_ASA, 0, 2 * MINUTE);
	assert_int_equal(look(m, SAW_SIM_ASR, 0, 2 * MINUTE).in_packets, a.out_packets - a0.out_packets);
	saw_sim_model_destroy(m);
}

static void a_cut_tunnel_comes_back_as_another(void **state) {
	(void)state;
	struct saw_sim_model *m = make(3, 3600);
	struct saw_sim_end before = look(m, SAW_SIM_ASA, 1, MINUTE);
	size_t rows;
	happen(m, MINUTE, "cut 2");
	assert_false(look(m, SAW_SIM_ASA, 1, MINUTE).up);
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		const uint32_t *row = saw_sim_model_rows(m, (enum saw_sim_dev)dev, &rows);
		assert_int_equal(rows, 2);
		assert_true(row[0] != 1 && row[1] != 1);
	}
	happen(m, 2 * MINUTE, "restore 2");
	struct saw_sim_end after = look(m, SAW_SIM_ASA, 1, 2 * MINUTE);
	assert_true(after.up);
	assert_int_not_equal(after.row, before.row);
	assert_int_not_equal(after.in_spi, before.in_spi);
	assert_int_equal(after.out_packets, 0);
	assert_int_equal(after.refreshes, 0);
	assert_int_equal(after.if_out_packets,
					 before.if_out_packets); /* the interface counted on; nothing passed meanwhile */
	saw_sim_model_destroy(m);
}

static void a_reload_starts_the_device_anew(void **state) {
	(void)state;
	struct saw_sim_model *m = make(2, 3600);
	struct saw_sim_device d, peer;
	uint32_t session = look(m, SAW_SIM_ASA, 0, MINUTE).session;
	happen(m, MINUTE, "reload ASR-WAN01");
	saw_sim_model_device(m, SAW_SIM_ASR, MINUTE + 5000, &d);
	saw_sim_model_device(m, SAW_SIM_ASA, MINUTE + 5000, &peer);
	assert_int_equal(d.uptime_ms, 5000);
	assert_int_equal(d.boots, 2);
	assert_int_equal(peer.boots, 1);
	assert_true(peer.uptime_ms > HOUR);
	assert_int_equal(look(m, SAW_SIM_ASR, 0, MINUTE).if_in_packets, 0);
	assert_true(look(m, SAW_SIM_ASA, 0, MINUTE).if_in_packets > 0);
	assert_int_equal(look(m, SAW_SIM_ASA, 0, MINUTE).session, session + 1);
	struct saw_sim_totals t;
	saw_sim_model_totals(m, SAW_SIM_ASR, MINUTE, &t);
	assert_int_equal(t.in_packets, 0);
	assert_int_equal(t.previous, 0);
	assert_int_equal(t.active, 2);
	saw_sim_model_destroy(m);
}

static void totals_are_the_sum_of_the_tunnels(void **state) {
	(void)state;
	struct saw_sim_model *m = make(4, 3600);
	struct saw_sim_totals t;
	uint64_t in = 0, out = 0;
	saw_sim_model_totals(m, SAW_SIM_ASR, MINUTE, &t);
	for (uint32_t i = 0; i < 4; i++) {
		struct saw_sim_end e = look(m, SAW_SIM_ASR, i, MINUTE);
		in += e.in_bytes;
		out += e.out_packets;
	}
	assert_int_equal(t.in_bytes, in);
	assert_int_equal(t.out_packets, out);
	happen(m, MINUTE, "cut all");
	saw_sim_model_totals(m, SAW_SIM_ASR, HOUR, &t);
	assert_int_equal(t.in_bytes, in); /* what ended stays counted */
	assert_int_equal(t.active, 0);
	assert_int_equal(t.previous, 4);
	saw_sim_model_destroy(m);
}

static const char *const story[] = {
	"rekey 1",   "loss 2 a-to-b 0.003",  "replay 2 40",      "cut 1",           "renumber ASA-XFW01",
	"restore 1", "rate all b-to-a 1234", "reload ASR-WAN01", "loss 2 a-to-b 0", "rekey all"};

static void looking_in_between_changes_nothing(void **state) {
	(void)state;
	struct saw_sim_model *m[2] = {make(3, 120), make(3, 120)};
	const size_t events = sizeof(story) / sizeof(story[0]);
	for (size_t i = 0; i < events; i++) {
		struct saw_sim_event e;
		assert_int_equal(saw_sim_event_parse(saw_str_of(story[i]), &e, NULL), 0);
		saw_sim_model_schedule(m[0], (i + 1) * 97001, &e); /* all at once later */
		saw_sim_model_schedule(m[1], (i + 1) * 97001, &e);
	}
	for (uint64_t t = 0; t < 20 * MINUTE; t += 333) {
		saw_sim_model_advance(m[1], t);
		look(m[1], SAW_SIM_ASA, 0, t);
	}
	for (int i = 0; i < 2; i++) {
		saw_sim_model_advance(m[i], 20 * MINUTE);
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		for (uint32_t i = 0; i < 3; i++) {
			struct saw_sim_end x, y;
			memset(&x, 0, sizeof(x));
			memset(&y, 0, sizeof(y));
			saw_sim_model_end(m[0], (enum saw_sim_dev)dev, i, 20 * MINUTE, &x);
			saw_sim_model_end(m[1], (enum saw_sim_dev)dev, i, 20 * MINUTE, &y);
			assert_int_equal(x.out_packets, y.out_packets);
			assert_int_equal(x.in_packets, y.in_packets);
			assert_int_equal(x.replay_drops, y.replay_drops);
			assert_int_equal(x.if_in_bytes, y.if_in_bytes);
			assert_int_equal(x.sa_in_bytes, y.sa_in_bytes);
			assert_int_equal(x.row, y.row);
			assert_int_equal(x.in_spi, y.in_spi);
			assert_int_equal(x.refreshes, y.refreshes);
			assert_int_equal(x.sa_age_ms, y.sa_age_ms);
		}
	}
	saw_sim_model_destroy(m[0]);
	saw_sim_model_destroy(m[1]);
}

static void a_tunnel_that_is_not_there_is_refused(void **state) {
	(void)state;
	struct saw_sim_model *m = make(2, 3600);
	struct saw_sim_event e;
	assert_int_equal(saw_sim_event_parse(SAW_STR("cut 3"), &e, NULL), 0);
	assert_int_equal(saw_sim_model_apply(m, 0, &e), SAW_ERANGE);
	saw_sim_model_destroy(m);
}

static void words_that_do_not_fit_are_named(void **state) {
	(void)state;
	static const struct {
		const char *line, *says;
	} cases[] = {
		{"fly 1", "\"fly\" is no verb"},       {"cut", "expected: cut TUNNEL|all"},
		{"cut 0", "\"0\" does not fit"},       {"loss 1 up 0.1", "\"up\""},
		{"loss 1 a-to-b 1.5", "\"1.5\""},      {"quirk ASA-XFW01 odd on", "\"odd\""},
		{"reload ASA-XFW02", "\"ASA-XFW02\""}, {"cut 1 2", "more words"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct saw_sim_event e;
		struct saw_err err = {.code = 0};
		assert_int_not_equal(saw_sim_event_parse(saw_str_of(cases[i].line), &e, &err), 0);
		if (!strstr(err.text, cases[i].says)) {
			fail_msg("%s: %s", cases[i].line, err.text);
		}
	}
}

static void scenario_lines_have_a_time(void **state) {
	(void)state;
	struct saw_sim_event e;
	uint64_t at = 0;
	assert_int_equal(saw_sim_scenario_parse(SAW_STR("  # nothing"), &at, &e, NULL), 0);
	assert_int_equal(saw_sim_scenario_parse(SAW_STR("at 1.5m replay all 7 b-to-a # so\n"), &at, &e, NULL), 1);
	assert_int_equal(at, 90000);
	assert_int_equal(e.verb, SAW_SIM_REPLAY);
	assert_int_equal(e.tunnel, SAW_SIM_ALL_TUNNELS);
	assert_int_equal(e.dir, SAW_SIM_B_TO_A);
	assert_int_equal(e.amount, 7);
	assert_true(saw_sim_scenario_parse(SAW_STR("120s cut 1"), &at, &e, NULL) < 0);
	assert_true(saw_sim_scenario_parse(SAW_STR("at 1h advance 5"), &at, &e, NULL) < 0);
}

static char *cli(const struct saw_sim_model *m, enum saw_sim_dev dev, const char *command, int expected) {
	struct saw_buf out = SAW_BUF_INIT(1 << 20);
	struct saw_sim_cli cli = {m, dev, MINUTE, true, NULL};
	size_t reach;
	assert_int_equal(saw_sim_cli_run(&cli, saw_str_of(command), &reach, &out), expected);
	saw_buf_reset(&out);
	saw_sim_cli_answer(&cli, saw_str_of(command), &out);
	size_t n;
	return (char *)saw_buf_steal(&out, &n);
}

static void expect_in(char *text, const char *line) {
	if (!text || !strstr(text, line)) {
		fail_msg("no \"%s\" in:\n%s", line, text ? text : "");
	}
}

static void the_cli_shows_what_the_model_counts(void **state) {
	(void)state;
	struct saw_sim_model *m = make(2, 3600);
	char line[128];
	happen(m, 0, "replay 1 321");
	struct saw_sim_end a = look(m, SAW_SIM_ASA, 0, MINUTE), b = look(m, SAW_SIM_ASR, 0, MINUTE);

	char *text = cli(m, SAW_SIM_ASR, "show crypto ipsec sa detail", 0);
	snprintf(line, sizeof(line), "#pkts decaps: %u, #pkts decrypt: %u,", (uint32_t)b.in_packets,
			 (uint32_t)b.in_packets);
	expect_in(text, line);
	expect_in(text, "    ##pkts replay failed (rcv): 321\n");
	expect_in(text, "plaintext mtu 1438, path mtu 1500, ip mtu 1500, ip mtu idb GigabitEthernet0/0/4");
	snprintf(line, sizeof(line), "current outbound spi: 0x%X(%u)", b.out_spi, b.out_spi);
	expect_in(text, line);
	free(text);

	text = cli(m, SAW_SIM_ASA, "sh cry ips sa det", 0);
	snprintf(line, sizeof(line), "#pkts encaps: %u,", (uint32_t)a.out_packets);
	expect_in(text, line);
	expect_in(text, "      #pkts replay failed (rcv): 0\n");
	expect_in(text, "path mtu 1500, ipsec overhead 63(44), media mtu 1500");
	free(text);
	saw_sim_model_destroy(m);
}

static void a_cut_tunnel_is_a_flow_without_sa_on_one_and_nothing_on_the_other(void **state) {
	(void)state;
	struct saw_sim_model *m = make(1, 3600);
	happen(m, 0, "cut 1");
	char *text = cli(m, SAW_SIM_ASR, "show crypto ipsec sa", 0);
	expect_in(text, "current outbound spi: 0x0(0)");
	assert_null(strstr(text, "transform"));
	free(text);
	text = cli(m, SAW_SIM_ASA, "show crypto ipsec sa", 0);
	expect_in(text, "There are no ipsec sas");
	free(text);
	text = cli(m, SAW_SIM_ASA, "show crypto ikev2 sa detail", 0);
	expect_in(text, "There are no IKEv2 SAs");
	free(text);
	saw_sim_model_destroy(m);
}

static void an_unknown_command_is_refused_in_the_devices_words(void **state) {
	(void)state;
	struct saw_sim_model *m = make(1, 3600);
	static const char *const wrong[] = {"show crypto ipsec sas", "reload", "show interfaces Tunnel99",
										"show crypto ipsec sa peer x"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *text = cli(m, SAW_SIM_ASA, wrong[i], SAW_EUNKNOWN);
		expect_in(text, "ERROR: % Invalid input detected at '^' marker.");
		free(text);
		text = cli(m, SAW_SIM_ASR, wrong[i], SAW_EUNKNOWN);
		expect_in(text, "\n% Invalid input detected at '^' marker.");
		free(text);
	}
	char *text = cli(m, SAW_SIM_ASR, "show", SAW_ETRUNCATED);
	expect_in(text, "% Incomplete command.");
	free(text);
	saw_sim_model_destroy(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_only_grow),
		cmocka_unit_test(without_loss_both_ends_agree),
		cmocka_unit_test(a_path_leaves_what_is_not_esp),
		cmocka_unit_test(loss_is_the_exact_part),
		cmocka_unit_test(replay_drops_are_of_what_was_sent),
		cmocka_unit_test(a_rekey_changes_spis_and_keeps_counters),
		cmocka_unit_test(rekeys_come_by_themselves),
		cmocka_unit_test(the_quirk_makes_counters_restart_at_a_rekey),
		cmocka_unit_test(a_cut_tunnel_comes_back_as_another),
		cmocka_unit_test(a_reload_starts_the_device_anew),
		cmocka_unit_test(totals_are_the_sum_of_the_tunnels),
		cmocka_unit_test(looking_in_between_changes_nothing),
		cmocka_unit_test(a_tunnel_that_is_not_there_is_refused),
		cmocka_unit_test(words_that_do_not_fit_are_named),
		cmocka_unit_test(scenario_lines_have_a_time),
		cmocka_unit_test(the_cli_shows_what_the_model_counts),
		cmocka_unit_test(a_cut_tunnel_is_a_flow_without_sa_on_one_and_nothing_on_the_other),
		cmocka_unit_test(an_unknown_command_is_refused_in_the_devices_words),
	};
	return cmocka_run_group_tests_name("sim_model", tests, NULL, NULL);
}
