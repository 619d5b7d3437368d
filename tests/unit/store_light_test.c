/* A session asks for the details now and then only: what these alone give holds until they are read again, or too old. */
#include "tests/unit/store_fixture.h"

#include <string.h>

#define SSH SAWATCH__V1__SOURCE__SOURCE_SSH

/* Details may be 25 minutes old, the rest five. */
static const char *const by_ssh = "devices:\n"
								  "- name: ASR-WAN01\n"
								  "  platform: iosxe\n"
								  "  address: 192.0.2.1\n"
								  "  ssh: {user: watch, password_env: P, interval: 2m, deadline: 1m, "
								  "detail_interval: 10m}\n";

static int setup_ssh(void **state) {
	struct saw_store *s = saw_store_create(T0);

	if (!s)
		return -1;
	configure(s, by_ssh, T0);
	*state = s;
	return 0;
}

static void add_ike(struct sample *s, unsigned at, unsigned version, const char *remote) {
	Sawatch__V1__IkeSa *sa = &s->ike[at];

	sawatch__v1__ike_sa__init(sa);
	SET(sa, version, version);
	sa->local = z("192.0.2.1");
	sa->remote = z(remote);
	sa->status = z("READY");
	s->ike_list[s->pb.n_ike_sas++] = sa;
}

static void light(struct saw_store *s, int64_t at_ms, uint64_t packets) {
	struct sample sample;

	blank(&sample, SSH, at_ms);
	add_table(&sample, "show crypto ipsec sa", COMPLETE, NULL);
	add_table(&sample, "show crypto ikev2 sa", COMPLETE, NULL);
	saved_row(&sample, "198.51.100.1", "Tunnel1", packets, 1, 2);
	saved_row(&sample, "198.51.100.2", "Tunnel2", packets, 3, 4);
	add_ike(&sample, 0, 2, "198.51.100.1");
	put(s, &sample);
}

static void detailed(struct saw_store *s, int64_t at_ms, uint64_t packets) {
	struct sample sample;
	struct row *r;

	blank(&sample, SSH, at_ms);
	add_table(&sample, "show crypto ipsec sa detail", COMPLETE, NULL);
	add_table(&sample, "show crypto ikev2 sa detail", COMPLETE, NULL);
	add_table(&sample, "show crypto isakmp sa detail", COMPLETE, NULL);
	add_table(&sample, "show crypto eli all", PARTIAL, "cut");
	r = saved_row(&sample, "198.51.100.1", "Tunnel1", packets, 1, 2);
	SET(&r->sa, plaintext_mtu, 1438);
	SET(&r->sa, replay_failed_recv, 5);
	SET(&r->in, remaining_seconds, 3000);
	SET(&r->in, replay_window, 512);
	saved_row(&sample, "198.51.100.2", "Tunnel2", packets, 3, 4);
	add_ike(&sample, 0, 2, "198.51.100.1");
	SET(&sample.ike[0], dpd_seconds, 30);
	SET(&sample.ike[0], remaining_seconds, 80000);
	add_ike(&sample, 1, 1, "198.51.100.2");
	put(s, &sample);
}

static const Sawatch__V1__TableStatus *table(const struct saw_snapshot *snap, const char *name) {
	const Sawatch__V1__SourceStatus *s = snap->pb->devices[0]->sources[0];

	for (size_t i = 0; i < s->n_tables; i++)
		if (strcmp(s->tables[i]->name, name) == 0)
			return s->tables[i];
	return NULL;
}

static void a_light_poll_keeps_what_the_details_said(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;

	detailed(s, T0, 1000);
	light(s, T0 + 2 * MINUTE, 2000);
	light(s, T0 + 4 * MINUTE, 3000);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	t = tunnel(snap, A);
	assert_int_equal(t->plaintext_mtu, 1438);
	assert_int_equal(t->replay_window, 512);
	assert_int_equal(t->in_remaining_seconds, 3000 - 240);
	assert_int_equal(t->dpd_seconds, 30);
	assert_int_equal(t->ike_remaining_seconds, 80000 - 240);
	assert_int_equal(total(t, "decaps_packets")->value, 3000);
	assert_int_equal(total(t, "replay_failed_recv")->value, 5);
	assert_false(total(t, "replay_failed_recv")->has_stale);
	/* Of the other IKE version, which is among the details. */
	assert_int_equal(tunnel(snap, B)->ike_version, 1);
	assert_true(tunnel(snap, B)->layers[2]->up);
	assert_int_equal(table(snap, "show crypto ipsec sa detail")->status, COMPLETE);
	assert_int_equal(table(snap, "show crypto ipsec sa detail")->read_at_ms, T0);
	assert_int_equal(table(snap, "show crypto eli all")->status, PARTIAL);
	assert_int_equal(table(snap, "show crypto ipsec sa")->read_at_ms, T0 + 4 * MINUTE);
	saw_snapshot_unref(snap);
}

static void details_that_do_not_come_again_are_given_up(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;

	detailed(s, T0, 1000);
	for (int i = 1; i <= 13; i++)
		light(s, T0 + 2 * i * MINUTE, 1000 + (uint64_t)i);
	snap = saw_store_snapshot(s, T0 + 26 * MINUTE);
	t = tunnel(snap, A);
	assert_int_equal(t->state, STATE(UP));
	assert_false(t->has_plaintext_mtu);
	assert_false(t->has_replay_window);
	assert_false(t->has_in_remaining_seconds);
	assert_false(t->has_dpd_seconds);
	assert_false(t->has_ike_remaining_seconds);
	assert_false(total(t, "decaps_packets")->has_stale);
	assert_int_equal(total(t, "replay_failed_recv")->value, 5);
	assert_true(total(t, "replay_failed_recv")->stale);
	assert_false(tunnel(snap, B)->has_ike_version);
	assert_null(table(snap, "show crypto ipsec sa detail"));
	assert_non_null(table(snap, "show crypto ipsec sa"));
	saw_snapshot_unref(snap);
}

/* Another SA has another lifetime. */
static void a_new_sa_does_not_inherit(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample sample;

	detailed(s, T0, 1000);
	blank(&sample, SSH, T0 + 2 * MINUTE);
	add_table(&sample, "show crypto ipsec sa", COMPLETE, NULL);
	saved_row(&sample, "198.51.100.1", "Tunnel1", 2000, 11, 12);
	put(s, &sample);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_false(tunnel(snap, A)->has_in_remaining_seconds);
	assert_int_equal(tunnel(snap, A)->plaintext_mtu, 1438);
	saw_snapshot_unref(snap);
}

/* Beside SNMP a session reads the flows with their details only: between two of these they are not old. */
static void flows_that_are_read_with_the_details_only(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample sample;

	detailed(s, T0, 1000);
	for (int i = 1; i <= 4; i++) {
		blank(&sample, SSH, T0 + 2 * i * MINUTE);
		put(s, &sample);
	}
	snap = saw_store_snapshot(s, T0 + 8 * MINUTE);
	assert_int_equal(tunnel(snap, A)->state, STATE(UP));
	assert_int_equal(tunnel(snap, A)->in_remaining_seconds, 3000 - 480);
	assert_int_equal(table(snap, "show crypto ipsec sa detail")->status, COMPLETE);
	assert_int_equal(tunnel(snap, A)->ike_remaining_seconds, 80000 - 480);
	saw_snapshot_unref(snap);
	blank(&sample, SSH, T0 + 26 * MINUTE);
	put(s, &sample);
	assert_state(s, T0 + 26 * MINUTE, A, STATE(UNKNOWN), "1560 seconds old, and may be 1500 at the most");
}

static void count(Sawatch__V1__GlobalCounter *c, const char *name, uint64_t value) {
	sawatch__v1__global_counter__init(c);
	c->group = z("ipsec");
	c->name = z(name);
	SET(c, value, value);
}

static uint64_t counted(const Sawatch__V1__Device *d, const char *name) {
	uint64_t value = 0;
	size_t times = 0;

	for (size_t i = 0; i < d->n_global_counters; i++)
		if (strcmp(d->global_counters[i]->name, name) == 0) {
			value = d->global_counters[i]->value;
			times++;
		}
	assert_int_equal(times, 1);
	return value;
}

/* What one source counts is not hidden by what another does, and each count stands once: the more trusted source's. */
static void counters_and_drops_of_all_sources_are_shown_once(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample sample;
	Sawatch__V1__GlobalCounter counter[2], *counters[] = {&counter[0], &counter[1]};
	Sawatch__V1__Drop drop[3], *drops[] = {&drop[0], &drop[1], &drop[2]};

	configure(
		s,
		"devices:\n- {name: ASR-WAN01, platform: iosxe, address: 192.0.2.1, snmp: {version: 2c, community_env: C},\n"
		"   ssh: {user: u, password_env: P}}\n",
		T0);
	count(&counter[0], "in_drops", 7);
	blank(&sample, SNMP, T0);
	sample.pb.global_counters = counters;
	sample.pb.n_global_counters = 1;
	put(s, &sample);
	count(&counter[0], "in_drops", 9);
	count(&counter[1], "engine_sessions_max", 16000);
	for (int i = 0; i < 3; i++) {
		sawatch__v1__drop__init(&drop[i]);
		drop[i].feature = z("qfp");
		drop[i].name = z(i == 2 ? "IpsecOutput" : "IpsecInput");
		SET(&drop[i], packets, 10 + (uint64_t)i);
	}
	blank(&sample, SSH, T0);
	sample.pb.global_counters = counters;
	sample.pb.n_global_counters = 2;
	sample.pb.drops = drops;
	sample.pb.n_drops = 3;
	put(s, &sample);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(counted(snap->pb->devices[0], "in_drops"), 7);
	assert_int_equal(counted(snap->pb->devices[0], "engine_sessions_max"), 16000);
	assert_int_equal(snap->pb->devices[0]->n_drops, 2);
	assert_int_equal(snap->pb->devices[0]->drops[0]->packets, 10);
	assert_string_equal(snap->pb->devices[0]->drops[1]->name, "IpsecOutput");
	saw_snapshot_unref(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_light_poll_keeps_what_the_details_said, setup_ssh, teardown),
		cmocka_unit_test_setup_teardown(details_that_do_not_come_again_are_given_up, setup_ssh, teardown),
		cmocka_unit_test_setup_teardown(a_new_sa_does_not_inherit, setup_ssh, teardown),
		cmocka_unit_test_setup_teardown(counters_and_drops_of_all_sources_are_shown_once, setup_ssh, teardown),
		cmocka_unit_test_setup_teardown(flows_that_are_read_with_the_details_only, setup_ssh, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
