/*
 * Links of the simulated ASA and ASR in virtual time: both are polled every five minutes, not at one instant, over a day with
 * rekeys. What is lost on the way is known to the packet, and the store's figures agree with it within their bound.
 */
#include "sim/model.h"
#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TUNNELS 2
#define POLL (5 * MINUTE)

static const char *const both =
	"devices:\n"
	"- {name: ASA-XFW01, platform: asa, address: 192.0.2.10, snmp: {version: 2c, community_env: C}}\n"
	"- {name: ASR-WAN01, platform: iosxe, address: 192.0.2.20, snmp: {version: 2c, community_env: C}}\n";

struct world {
	struct saw_store *store;
	struct saw_sim_model *sim;
	uint64_t age_ms; /* of the simulation */
	uint64_t chance;
	bool file_too;
};

static uint64_t draw(struct world *w, uint64_t below) {
	w->chance = w->chance * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (w->chance >> 33) % below;
}

static void begin(struct world *w, unsigned seed) {
	const struct saw_sim_options o = {.tunnels = TUNNELS, .seed = seed, .lifetime_seconds = 3600};

	*w = (struct world){.sim = saw_sim_model_create(&o), .store = saw_store_create(T0), .chance = seed};
	assert_non_null(w->sim);
	configure(w->store, both, T0);
}

static void end(struct world *w) {
	saw_store_destroy(w->store);
	saw_sim_model_destroy(w->sim);
}

static int64_t now_of(const struct world *w) {
	return T0 + (int64_t)w->age_ms;
}

static void poll_device(struct world *w, enum saw_sim_dev dev) {
	struct saw_sim_device device;
	char addresses[TUNNELS][2][32];
	struct sample m;

	saw_sim_model_advance(w->sim, w->age_ms);
	saw_sim_model_device(w->sim, dev, w->age_ms, &device);
	blank(&m, SNMP, now_of(w));
	m.pb.device = z(dev == SAW_SIM_ASA ? "ASA-XFW01" : "ASR-WAN01");
	SET(&m.pb, uptime_seconds, device.uptime_ms / 1000);
	add_table(&m, "cipSecTunnelTable", COMPLETE, NULL);
	for (uint32_t i = 0; i < TUNNELS; i++) {
		struct saw_sim_end e;
		struct row *r;

		saw_sim_model_end(w->sim, dev, i, w->age_ms, &e);
		if (!e.up)
			continue;
		for (int j = 0; j < 2; j++) {
			uint32_t a = j ? e.remote : e.local;

			snprintf(addresses[i][j], 32, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
		}
		r = snmp_row(&m, addresses[i][1], e.row, e.in_packets & UINT32_MAX, e.in_bytes);
		r->sa.local_endpoint = addresses[i][0];
		SET(&r->sa, encaps_packets, e.out_packets & UINT32_MAX);
		SET(&r->sa, out_bytes, e.out_bytes);
		SET(&r->sa, replay_failed_recv, e.replay_drops);
		SET(&r->sa, refreshes, e.refreshes);
		SET(&r->sa, active_seconds, e.session_age_ms / 1000);
		SET(&r->sa, lifetime_seconds, e.sa_life_seconds);
		set_sas(r, e.in_spi, e.out_spi);
	}
	put(w->store, &m);
}

/* One poll of both, some seconds apart, in either order. */
static void poll_both(struct world *w) {
	enum saw_sim_dev first = draw(w, 2) ? SAW_SIM_ASA : SAW_SIM_ASR;
	uint64_t skew = draw(w, 20000);

	poll_device(w, first);
	w->age_ms += skew;
	poll_device(w, first == SAW_SIM_ASA ? SAW_SIM_ASR : SAW_SIM_ASA);
	w->age_ms += POLL - skew;
}

static void do_event(struct world *w, const char *line) {
	struct saw_sim_event e;
	struct saw_err err = {0};

	if (saw_sim_event_parse(saw_str_of(line), &e, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(saw_sim_model_apply(w->sim, w->age_ms, &e), 0);
}

static const Sawatch__V1__LinkDirection *way_of(const Sawatch__V1__Link *l, const char *from) {
	for (size_t i = 0; i < l->n_directions; i++)
		if (strcmp(l->directions[i]->from, from) == 0)
			return l->directions[i];
	fail_msg("no direction from %s", from);
	return NULL;
}

static void nothing_is_found_where_nothing_is_lost(void **state) {
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct world w;

		begin(&w, seed);
		for (int i = 0; i < 288; i++) {
			struct saw_snapshot *snap;

			poll_both(&w);
			snap = saw_store_snapshot(w.store, now_of(&w));
			assert_int_equal(snap->pb->n_links, TUNNELS);
			for (size_t j = 0; j < snap->pb->n_links; j++) {
				const Sawatch__V1__Link *l = snap->pb->links[j];

				assert_int_equal(l->up, 1);
				assert_true(l->has_maintenance && !l->maintenance);
				if (l->n_reasons)
					fail_msg("seed %u, poll %d: %s", seed, i, l->reasons[0]);
				for (size_t k = 0; k < l->n_directions; k++) {
					assert_int_equal(l->directions[k]->lost_packets, 0);
					assert_int_equal(l->directions[k]->has_loss_ratio, i >= 6 ? 1 : l->directions[k]->has_loss_ratio);
				}
			}
			saw_snapshot_unref(snap);
		}
		end(&w);
	}
}

static void injected_loss_is_found_within_the_bound(void **state) {
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct saw_sim_end sender0, receiver0, sender, receiver;
		const Sawatch__V1__LinkDirection *lossy, *clean;
		struct saw_snapshot *snap;
		uint64_t truth, sent;
		struct world w;

		begin(&w, seed);
		for (int i = 0; i < 6; i++)
			poll_both(&w);
		saw_sim_model_end(w.sim, SAW_SIM_ASA, 0, w.age_ms, &sender0);
		saw_sim_model_end(w.sim, SAW_SIM_ASR, 0, w.age_ms, &receiver0);
		do_event(&w, "loss 1 a-to-b 0.05");
		for (int i = 0; i < 60; i++)
			poll_both(&w);
		saw_sim_model_advance(w.sim, w.age_ms);
		saw_sim_model_end(w.sim, SAW_SIM_ASA, 0, w.age_ms, &sender);
		saw_sim_model_end(w.sim, SAW_SIM_ASR, 0, w.age_ms, &receiver);
		sent = sender.out_packets - sender0.out_packets;
		truth = sent - (receiver.in_packets - receiver0.in_packets);
		snap = saw_store_snapshot(w.store, now_of(&w));
		lossy = clean = NULL;
		for (size_t i = 0; i < snap->pb->n_links; i++) {
			const Sawatch__V1__LinkDirection *there = way_of(snap->pb->links[i], "ASA-XFW01"),
											 *back = way_of(snap->pb->links[i], "ASR-WAN01");

			if (there->lost_packets) {
				assert_null(lossy);
				lossy = there;
				clean = back;
				assert_true(snap->pb->links[i]->n_reasons > 0);
				assert_non_null(strstr(snap->pb->links[i]->reasons[0], "from ASA-XFW01 to ASR-WAN01 were lost"));
			} else {
				assert_int_equal(snap->pb->links[i]->n_reasons, 0);
			}
			assert_int_equal(back->lost_packets, 0);
		}
		assert_non_null(lossy);
		if (!lossy || !clean)
			return;
		assert_true(lossy->loss_ratio > lossy->loss_bound_ratio);
		assert_true(lossy->loss_ratio > 0.05 - lossy->loss_bound_ratio);
		assert_true(lossy->loss_ratio < 0.05 + lossy->loss_bound_ratio);
		assert_true(clean->loss_ratio <= clean->loss_bound_ratio);
		/* A lower bound, and over five hours not far below the truth: what the last poll had not seen yet is less than a poll's. */
		assert_true(lossy->lost_packets <= truth);
		assert_true((double)lossy->lost_packets > (double)truth * 0.8);
		saw_snapshot_unref(snap);
		end(&w);
	}
}

static void replay_drops_are_shown_apart(void **state) {
	struct saw_snapshot *snap;
	struct world w;
	uint64_t drops = 0;

	(void)state;
	begin(&w, 3);
	for (int i = 0; i < 6; i++)
		poll_both(&w);
	do_event(&w, "replay 1 500 a-to-b");
	for (int i = 0; i < 6; i++)
		poll_both(&w);
	snap = saw_store_snapshot(w.store, now_of(&w));
	for (size_t i = 0; i < snap->pb->n_links; i++) {
		drops += way_of(snap->pb->links[i], "ASA-XFW01")->replay_drop_packets;
		assert_int_equal(way_of(snap->pb->links[i], "ASR-WAN01")->replay_drop_packets, 0);
	}
	assert_int_equal(drops, 500);
	saw_snapshot_unref(snap);
	end(&w);
}

static void a_link_that_is_down_says_why(void **state) {
	struct saw_snapshot *snap;
	struct world w;
	unsigned down = 0;

	(void)state;
	begin(&w, 3);
	poll_both(&w);
	do_event(&w, "cut 1");
	poll_both(&w);
	snap = saw_store_snapshot(w.store, now_of(&w));
	for (size_t i = 0; i < snap->pb->n_links; i++) {
		const Sawatch__V1__Link *l = snap->pb->links[i];

		assert_true(l->has_up);
		if (l->up)
			continue;
		down++;
		assert_true(l->n_reasons >= 2);
		assert_non_null(strstr(l->reasons[0], "ASA-XFW01 shows it down, its row is gone"));
		assert_non_null(strstr(l->reasons[1], "ASR-WAN01 shows it down, its row is gone"));
	}
	assert_int_equal(down, 1);
	saw_snapshot_unref(snap);
	end(&w);
}

static void a_restart_of_one_end_is_no_loss(void **state) {
	(void)state;
	for (unsigned seed = 1; seed <= 10; seed++) {
		struct world w;

		begin(&w, seed);
		for (int i = 0; i < 60; i++) {
			struct saw_snapshot *snap;

			poll_both(&w);
			if (i % 12 == 7)
				do_event(&w, i % 24 == 7 ? "reload ASR-WAN01" : "renumber ASA-XFW01");
			if (i % 12 == 10)
				do_event(&w, "cut 1");
			if (i % 12 == 11)
				do_event(&w, "restore 1");
			snap = saw_store_snapshot(w.store, now_of(&w));
			for (size_t j = 0; j < snap->pb->n_links; j++)
				for (size_t k = 0; k < snap->pb->links[j]->n_directions; k++)
					assert_int_equal(snap->pb->links[j]->directions[k]->lost_packets, 0);
			saw_snapshot_unref(snap);
		}
		end(&w);
	}
}

static void a_link_outlives_a_restart_of_the_daemon(void **state) {
	char folder[] = "/tmp/store-links-XXXXXX", note[SAW_ERR_TEXT_MAX], command[64];
	uint64_t lost = 0, sent = 0;
	struct saw_err err = {0};
	struct world w;

	(void)state;
	assert_non_null(mkdtemp(folder));
	begin(&w, 5);
	saw_store_destroy(w.store);
	for (int life = 0; life < 3; life++) {
		w.store = saw_store_create(now_of(&w));
		assert_int_equal(saw_store_open(w.store, folder, note, &err), 0);
		configure(w.store, both, now_of(&w));
		if (life == 0)
			do_event(&w, "loss all a-to-b 0.05");
		for (int i = 0; i < 12; i++) {
			const Sawatch__V1__LinkDirection *there;
			struct saw_snapshot *snap;

			if (life < 2)
				poll_both(&w);
			snap = saw_store_snapshot(w.store, now_of(&w) + i * 2000);
			assert_int_equal(snap->pb->n_links, TUNNELS);
			there = way_of(snap->pb->links[0], "ASA-XFW01");
			assert_true(there->lost_packets >= lost && there->sent_packets >= sent);
			lost = there->lost_packets;
			sent = there->sent_packets;
			saw_snapshot_unref(snap);
		}
		saw_store_destroy(w.store);
	}
	assert_true(lost > 0);
	saw_sim_model_destroy(w.sim);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_where_nothing_is_lost),
		cmocka_unit_test(injected_loss_is_found_within_the_bound),
		cmocka_unit_test(replay_drops_are_shown_apart),
		cmocka_unit_test(a_link_that_is_down_says_why),
		cmocka_unit_test(a_restart_of_one_end_is_no_loss),
		cmocka_unit_test(a_link_outlives_a_restart_of_the_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
