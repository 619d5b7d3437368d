#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STATE(s) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##s
#define SNMP SAWATCH__V1__SOURCE__SOURCE_SNMP
#define SAVED SAWATCH__V1__SOURCE__SOURCE_FILE
#define COMPLETE SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE
#define PARTIAL SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL

#define T0 INT64_C(1700000000000)
#define MINUTE INT64_C(60000)
#define ANY "0.0.0.0/0.0.0.0/0/0"

static char *z(const char *s) {
	return (char *)(uintptr_t)s;
}

/* ------------------------------------------------------------------------------- a small language to write samples in */

struct row {
	Sawatch__V1__IpsecSa sa;
	Sawatch__V1__Sa in, out;
	Sawatch__V1__Sa *ins[1], *outs[1];
};

struct sample {
	Sawatch__V1__DeviceSample pb;
	struct row rows[8];
	Sawatch__V1__IpsecSa *row_list[8];
	Sawatch__V1__TableStatus tables[4];
	Sawatch__V1__TableStatus *table_list[4];
	Sawatch__V1__IkeSa ike[2];
	Sawatch__V1__IkeSa *ike_list[2];
	Sawatch__V1__Interface ports[2];
	Sawatch__V1__Interface *port_list[2];
};

static void add_table(struct sample *s, const char *name, Sawatch__V1__TableState status, const char *error) {
	Sawatch__V1__TableStatus *t = &s->tables[s->pb.n_tables];

	sawatch__v1__table_status__init(t);
	t->name = z(name);
	t->has_status = 1;
	t->status = status;
	t->error = z(error);
	if (error) {
		t->has_error_class = 1;
		t->error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT;
	}
	s->table_list[s->pb.n_tables++] = t;
}

/* An empty sample without tables. */
static struct sample *blank(struct sample *s, Sawatch__V1__Source source, int64_t at_ms) {
	memset(s, 0, sizeof *s);
	sawatch__v1__device_sample__init(&s->pb);
	s->pb.has_schema_version = 1;
	s->pb.schema_version = 1;
	s->pb.device = z("ASR-WAN01");
	s->pb.has_platform = 1;
	s->pb.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE;
	s->pb.has_source = 1;
	s->pb.source = source;
	s->pb.has_observed_at_ms = 1;
	s->pb.observed_at_ms = at_ms;
	s->pb.tables = s->table_list;
	s->pb.ipsec_sas = s->row_list;
	s->pb.ike_sas = s->ike_list;
	s->pb.interfaces = s->port_list;
	return s;
}

/* A poll of the flow MIB that was read to its end; the device is up since a day before T0. */
static struct sample *snmp(struct sample *s, int64_t at_ms) {
	blank(s, SNMP, at_ms);
	add_table(s, "cipSecTunnelTable", COMPLETE, NULL);
	s->pb.has_uptime_seconds = 1;
	s->pb.uptime_seconds = (uint64_t)(86400 + (at_ms - T0) / 1000);
	return s;
}

static struct sample *saved(struct sample *s, int64_t at_ms) {
	blank(s, SAVED, at_ms);
	add_table(s, "show crypto ipsec sa", COMPLETE, NULL);
	return s;
}

static struct row *add_row(struct sample *s, const char *remote) {
	struct row *r = &s->rows[s->pb.n_ipsec_sas];

	sawatch__v1__ipsec_sa__init(&r->sa);
	r->sa.local_endpoint = z("192.0.2.1");
	r->sa.remote_endpoint = z(remote);
	r->sa.local_ident = z(ANY);
	r->sa.remote_ident = z(ANY);
	s->row_list[s->pb.n_ipsec_sas++] = &r->sa;
	return r;
}

static void set_sas(struct row *r, uint32_t in, uint32_t out) {
	sawatch__v1__sa__init(&r->in);
	sawatch__v1__sa__init(&r->out);
	r->in.has_spi = r->out.has_spi = 1;
	r->in.spi = in;
	r->out.spi = out;
	r->ins[0] = &r->in;
	r->outs[0] = &r->out;
	r->sa.inbound_sas = r->ins;
	r->sa.outbound_sas = r->outs;
	r->sa.n_inbound_sas = in ? 1 : 0;
	r->sa.n_outbound_sas = out ? 1 : 0;
}

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

/* A row of the flow MIB with one counter of each width. */
static struct row *snmp_row(struct sample *s, const char *remote, uint64_t index, uint64_t packets, uint64_t bytes) {
	struct row *r = add_row(s, remote);

	SET(&r->sa, device_index, index);
	SET(&r->sa, decaps_packets, packets);
	SET(&r->sa, in_bytes, bytes);
	return r;
}

static struct row *saved_row(struct sample *s, const char *remote, const char *interface, uint64_t packets, uint32_t in,
							 uint32_t out) {
	struct row *r = add_row(s, remote);

	r->sa.interface = z(interface);
	SET(&r->sa, decaps_packets, packets);
	set_sas(r, in, out);
	return r;
}

/* ------------------------------------------------------------------------------------------------------------ fixtures */

static const char *const plain = "devices:\n"
								 "- name: ASR-WAN01\n"
								 "  platform: iosxe\n"
								 "  address: 192.0.2.1\n"
								 "  site: hamburg\n"
								 "  snmp: {version: 2c, community_env: C, interval: 2m}\n"
								 "  files: [{path: x, max_age: 15m}]\n";

static void configure(struct saw_store *s, const char *text, int64_t now_ms) {
	struct saw_config *c = NULL;
	struct saw_err err = {0};

	if (saw_config_parse("t", text, strlen(text), &c, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(saw_store_configure(s, c, now_ms), 0);
	saw_config_destroy(c);
}

static int setup(void **state) {
	struct saw_store *s = saw_store_create(T0);

	if (!s)
		return -1;
	configure(s, plain, T0);
	*state = s;
	return 0;
}

static int teardown(void **state) {
	saw_store_destroy(*state);
	return 0;
}

static void put(struct saw_store *s, struct sample *sample) {
	assert_int_equal(saw_store_sample(s, &sample->pb, sample->pb.observed_at_ms), 0);
}

static const Sawatch__V1__TunnelEnd *tunnel(const struct saw_snapshot *snap, const char *name) {
	for (size_t i = 0; i < snap->pb->n_tunnels; i++)
		if (strcmp(snap->pb->tunnels[i]->name, name) == 0)
			return snap->pb->tunnels[i];
	for (size_t i = 0; i < snap->pb->n_tunnels; i++)
		print_message("there is: %s\n", snap->pb->tunnels[i]->name);
	fail_msg("no tunnel %s", name);
	return NULL;
}

static const Sawatch__V1__Total *find_total(const Sawatch__V1__TunnelEnd *t, const char *name) {
	for (size_t i = 0; i < t->n_totals; i++)
		if (strcmp(t->totals[i]->name, name) == 0)
			return t->totals[i];
	return NULL;
}

static const Sawatch__V1__Total *total(const Sawatch__V1__TunnelEnd *t, const char *name) {
	static const Sawatch__V1__Total none = SAWATCH__V1__TOTAL__INIT;
	const Sawatch__V1__Total *found = find_total(t, name);

	if (!found)
		fail_msg("%s has no total %s", t->name, name);
	return found ? found : &none;
}

static uint64_t value(struct saw_store *s, int64_t now_ms, const char *name, const char *field) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	uint64_t v = total(tunnel(snap, name), field)->value;

	saw_snapshot_unref(snap);
	return v;
}

/* The tunnel's state and its reasons, one a line. */
static void assert_state(struct saw_store *s, int64_t now_ms, const char *name, Sawatch__V1__TunnelState state,
						 const char *reason) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	const Sawatch__V1__TunnelEnd *t = tunnel(snap, name);
	bool said = reason == NULL;

	for (size_t i = 0; i < t->n_reasons && !said; i++)
		said = strstr(t->reasons[i], reason) != NULL;
	if (t->state != state || !said || (!reason && t->n_reasons)) {
		for (size_t i = 0; i < t->n_reasons; i++)
			print_message("%s: %s\n", name, t->reasons[i]);
		fail_msg("state %d, expected %d and: %s", t->state, state, reason ? reason : "no reason");
	}
	saw_snapshot_unref(snap);
}

#define A "192.0.2.1-198.51.100.1"
#define B "192.0.2.1-198.51.100.2"

/* ------------------------------------------------------------------------------------------------------------ counters */

static void a_rekey_changes_spis_and_counters_go_on(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 13100000, 0x10, 0x20);
	put(s, &m);
	assert_int_equal(value(s, T0, A, "decaps_packets"), 13100000);
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel11", 13100500, 0x11, 0x21);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 13100500);
	assert_int_equal(tunnel(snap, A)->rekeys, 1);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	assert_int_equal(tunnel(snap, A)->n_inbound_spis, 1);
	assert_int_equal(tunnel(snap, A)->inbound_spis[0], 0x11);
	saw_snapshot_unref(snap);
}

static void rekeys_are_those_that_the_device_counts_where_it_does(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	for (int i = 0; i < 3; i++) {
		r = snmp_row(snmp(&m, T0 + 2 * i * MINUTE), "198.51.100.1", 7, 100, 1000);
		SET(&r->sa, refreshes, 9 + (uint64_t)i);
		set_sas(r, 0x10 + (uint32_t)i, 0x20 + (uint32_t)i);
		put(s, &m);
		saved_row(saved(&m, T0 + 2 * i * MINUTE + 1), "198.51.100.1", "Tunnel11", 100, 0x10 + (uint32_t)i,
				  0x20 + (uint32_t)i);
		put(s, &m);
	}
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE + 1);
	assert_int_equal(tunnel(snap, A)->rekeys, 2);
	saw_snapshot_unref(snap);
}

static void a_renumbered_row_is_the_same_tunnel(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	r = snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	SET(&r->sa, active_seconds, 3600);
	put(s, &m);
	r = snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 4242, 1500, 150000);
	SET(&r->sa, active_seconds, 3720);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1500);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	assert_int_equal(tunnel(snap, A)->state, STATE(UP));
	saw_snapshot_unref(snap);
}

static void a_reload_restarts_the_counters_and_not_the_totals(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	/* Up since one minute: 1200 packets are all of this life, although they are more than the last value. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 1, 1200, 50);
	m.pb.uptime_seconds = 60;
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 2200);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 100050);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	saw_snapshot_unref(snap);
	/* And it goes on from there. */
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 1, 1300, 150);
	m.pb.uptime_seconds = 180;
	put(s, &m);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 2300);
}

static void cleared_counters_count_in_full(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 2000, 200000);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 30, 3000);
	put(s, &m);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 2030);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "in_bytes"), 203000);
}

static void a_32_bit_counter_wraps(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, UINT32_MAX - 20000000, 1);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, UINT32_MAX - 10000000, 2);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 999999, 3);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	assert_true(total(tunnel(snap, A), "decaps_packets")->value == (uint64_t)UINT32_MAX + 1000000);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	saw_snapshot_unref(snap);
}

static void what_cannot_be_known_is_a_gap_and_a_lower_bound(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1000);
	put(s, &m);
	put(s, snmp(&m, T0 + 2 * MINUTE)); /* gone */
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 5000, 700);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 5000);
	assert_true(total(tunnel(snap, A), "decaps_packets")->lower_bound);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 1700);
	assert_false(total(tunnel(snap, A), "in_bytes")->has_lower_bound);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 1);
	assert_int_equal(tunnel(snap, A)->flaps, 1);
	saw_snapshot_unref(snap);
}

static void replay_errors_per_second_are_those_between_two_polls(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	r = snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1, 1);
	SET(&r->sa, replay_failed_recv, 100);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_false(tunnel(snap, A)->has_replay_errors_per_second);
	saw_snapshot_unref(snap);
	r = snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1, 1);
	SET(&r->sa, replay_failed_recv, 160);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_true(tunnel(snap, A)->has_replay_errors_per_second);
	assert_true(tunnel(snap, A)->replay_errors_per_second == 0.5);
	saw_snapshot_unref(snap);
	/* Old news is no rate. */
	snap = saw_store_snapshot(s, T0 + 20 * MINUTE);
	assert_false(tunnel(snap, A)->has_replay_errors_per_second);
	saw_snapshot_unref(snap);
}

/* ---------------------------------------------------------------------------------------------------------- two sources */

static void two_sources_are_one_tunnel_and_nothing_counts_twice(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;
	struct sample m;
	struct row *r;

	r = snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	set_sas(r, 0x10, 0x20);
	put(s, &m);
	/* Show output comes later and knows more: no new name, no second count. */
	r = saved_row(saved(&m, T0 + 1000), "198.51.100.1", "Tunnel11", 1010, 0x10, 0x20);
	SET(&r->sa, encaps_packets, 77);
	SET(&r->sa, plaintext_mtu, 1438);
	put(s, &m);
	r = saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel11", 1600, 0x10, 0x20);
	SET(&r->sa, encaps_packets, 99);
	SET(&r->sa, plaintext_mtu, 1438);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1700, 170000);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	t = tunnel(snap, A);
	assert_int_equal(total(t, "decaps_packets")->value, 1700);
	assert_int_equal(total(t, "decaps_packets")->source, SNMP);
	assert_int_equal(total(t, "in_bytes")->value, 170000);
	assert_int_equal(total(t, "encaps_packets")->value, 99);
	assert_int_equal(total(t, "encaps_packets")->source, SAVED);
	assert_null(find_total(t, "replay_failed_recv"));
	assert_int_equal(t->counter_gaps, 0);
	assert_string_equal(t->interface, "Tunnel11");
	assert_int_equal(t->plaintext_mtu, 1438);
	assert_false(t->has_path_mtu);
	assert_int_equal(t->state, STATE(UP));
	saw_snapshot_unref(snap);
}

static void a_better_source_takes_a_total_over_without_a_jump(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	snmp_row(snmp(&m, T0 + MINUTE), "198.51.100.1", 7, 5000000, 1);
	put(s, &m);
	assert_int_equal(value(s, T0 + MINUTE, A, "decaps_packets"), 1000);
	snmp_row(snmp(&m, T0 + 3 * MINUTE), "198.51.100.1", 7, 5000200, 1);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 3 * MINUTE);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 1200);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->source, SNMP);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 1);
	saw_snapshot_unref(snap);
	/* SNMP is taken out of the configuration: what is left goes on. */
	configure(s, "devices:\n- {name: ASR-WAN01, platform: iosxe, files: [{path: x}]}\n", T0 + 4 * MINUTE);
	saved_row(saved(&m, T0 + 4 * MINUTE), "198.51.100.1", "Tunnel11", 2000, 0x10, 0x20);
	put(s, &m);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 1200);
	saved_row(saved(&m, T0 + 5 * MINUTE), "198.51.100.1", "Tunnel11", 2100, 0x10, 0x20);
	put(s, &m);
	assert_int_equal(value(s, T0 + 5 * MINUTE, A, "decaps_packets"), 1300);
}

static void one_source_fails_while_the_other_is_fine(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	saved_row(saved(&m, T0 + 1000), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	blank(&m, SNMP, T0 + 2 * MINUTE);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH);
	m.pb.error = z("the device refuses the user's key: check user and auth_password");
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->devices[0]->n_sources, 2);
	assert_int_equal(snap->pb->devices[0]->sources[0]->source, SNMP);
	assert_false(snap->pb->devices[0]->sources[0]->complete);
	assert_int_equal(snap->pb->devices[0]->sources[0]->errors[0]->reason, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH);
	assert_int_equal(snap->pb->devices[0]->sources[0]->errors[0]->count, 1);
	assert_true(snap->pb->devices[0]->sources[0]->observed_at_ms == T0);
	assert_true(snap->pb->devices[0]->sources[0]->attempted_at_ms == T0 + 2 * MINUTE);
	assert_true(snap->pb->devices[0]->sources[0]->poll_interval_seconds == 120);
	assert_true(snap->pb->devices[0]->sources[1]->complete);
	saw_snapshot_unref(snap);
	/* The file grows old: nobody is left to say anything. */
	assert_state(s, T0 + 20 * MINUTE, A, STATE(UNKNOWN), "SNMP: the device refuses the user's key");
	assert_state(s, T0 + 20 * MINUTE, A, STATE(UNKNOWN), "saved show output: what it shows is");
}

static void a_source_of_contexts_that_never_showed_a_tunnel_does_not_take_it_away(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1000, 0x10, 0x20);
	put(s, &m);
	snmp_row(snmp(&m, T0 + MINUTE), "198.51.100.2", 7, 1, 1); /* another VRF's */
	put(s, &m);
	assert_state(s, T0 + MINUTE, A, STATE(UP), NULL);
}

/* ------------------------------------------------------------------------------------------------------------- identity */

static void two_tunnels_of_one_peer_are_told_apart_by_selectors(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	for (int i = 0; i < 2; i++) {
		struct row *a, *b;

		snmp(&m, T0 + 2 * i * MINUTE);
		/* In the other order the second time, with other numbers. */
		b = snmp_row(&m, "198.51.100.1", 20 - (uint64_t)i, i ? 2000 : 100, 1);
		a = snmp_row(&m, "198.51.100.1", 10 + (uint64_t)i, i ? 200 : 1000, 1);
		(i ? a : b)->sa.local_ident = z("10.0.0.0/255.255.255.0/0/0");
		(i ? a : b)->sa.remote_ident = z("10.1.0.0/255.255.0.0/0/0");
		(i ? b : a)->sa.local_ident = z("10.0.0.0/255.255.255.0/0/0");
		(i ? b : a)->sa.remote_ident = z("10.2.0.0/255.255.0.0/0/0");
		put(s, &m);
	}
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(total(tunnel(snap, A " 10.0.0.0/24-10.1.0.0/16"), "decaps_packets")->value, 200);
	assert_int_equal(total(tunnel(snap, A " 10.0.0.0/24-10.2.0.0/16"), "decaps_packets")->value, 2000);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 0);
	saw_snapshot_unref(snap);
}

static const char *const twins = "devices:\n"
								 "- name: ASR-WAN01\n"
								 "  platform: iosxe\n"
								 "  address: 192.0.2.1\n"
								 "  snmp: {version: 2c, community_env: C, interval: 2m}\n"
								 "  files: [{path: x}]\n"
								 "  tunnels:\n"
								 "  - {name: one, remote: 198.51.100.1, interface: Tunnel11}\n"
								 "  - {name: two, remote: 198.51.100.1, interface: Tunnel12}\n";

static void rows_that_fit_two_tunnels_are_unassigned_until_spis_tell(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	configure(s, twins, T0);
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.1", 8, 2000, 1);
	set_sas(&m.rows[0], 0x10, 0x20);
	set_sas(&m.rows[1], 0x11, 0x21);
	put(s, &m);
	assert_state(s, T0, "one", STATE(UNKNOWN), "2 rows of ASR-WAN01 could be this tunnel's or another's");
	assert_state(s, T0, "two", STATE(UNKNOWN), "2 rows of ASR-WAN01 could be this tunnel's or another's");
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 2);
	assert_int_equal(tunnel(snap, "one")->n_totals, 0);
	saw_snapshot_unref(snap);
	/* Show output knows the interfaces, and the SPIs. */
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel12", 2100, 0x11, 0x21);
	saved_row(&m, "198.51.100.1", "Tunnel11", 1100, 0x10, 0x20);
	put(s, &m);
	assert_state(s, T0 + MINUTE, "one", STATE(UP), NULL);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1200, 1);
	snmp_row(&m, "198.51.100.1", 8, 2200, 1);
	set_sas(&m.rows[0], 0x10, 0x20);
	set_sas(&m.rows[1], 0x11, 0x21);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 0);
	assert_int_equal(tunnel(snap, "one")->state, STATE(UP));
	assert_int_equal(total(tunnel(snap, "one"), "in_bytes")->value, 1);
	assert_int_equal(total(tunnel(snap, "two"), "decaps_packets")->source, SNMP);
	saw_snapshot_unref(snap);
}

static void rows_of_one_tunnel_that_cannot_be_told_apart_keep_it_up_and_count_nothing(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	/* Around a rekey an old and a new row live side by side, and neither is the one that was counted. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 8, 90, 1);
	snmp_row(&m, "198.51.100.1", 9, 10, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), "2 rows of the device fit this tunnel and cannot be told apart");
	assert_int_equal(value(s, T0 + 2 * MINUTE, A, "decaps_packets"), 1000);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 2);
	saw_snapshot_unref(snap);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 9, 50, 1);
	put(s, &m);
	assert_state(s, T0 + 4 * MINUTE, A, STATE(UP), NULL);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "decaps_packets"), 1050);
}

static void remote_access_and_peerless_rows_are_counted_and_no_tunnels(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	char *settings[] = {z("RA"), z("Tunnel")};

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	saved_row(&m, "203.0.113.7", "outside", 1, 0x30, 0x40);
	m.rows[1].in.settings = settings;
	m.rows[1].in.n_settings = 2;
	saved_row(&m, "0.0.0.0", "Tunnel99", 0, 0, 0);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(snap->pb->devices[0]->remote_access_rows, 1);
	assert_int_equal(snap->pb->devices[0]->unassigned_rows, 1);
	saw_snapshot_unref(snap);
}

static void virtual_access_numbers_are_no_identity(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Virtual-Access3", 10, 0x10, 0x20);
	put(s, &m);
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Virtual-Access8", 20, 0x11, 0x21);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 20);
	saw_snapshot_unref(snap);
}

static void a_name_without_selectors_means_the_flow_of_any_to_any(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;
	struct row *r;

	configure(s,
			  "devices:\n- {name: ASR-WAN01, platform: iosxe, files: [{path: x}],\n"
			  "   tunnels: [{name: berlin-1, remote: 198.51.100.1}]}\n",
			  T0);
	r = saved_row(saved(&m, T0), "198.51.100.1", "Tunnel12", 5, 0x11, 0x21);
	r->sa.local_ident = z("10.0.0.0/24");
	r->sa.remote_ident = z("10.1.0.0/24");
	saved_row(&m, "198.51.100.1", "Tunnel11", 7, 0x10, 0x20);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(total(tunnel(snap, "berlin-1"), "decaps_packets")->value, 7);
	assert_int_equal(total(tunnel(snap, A " 10.0.0.0/24-10.1.0.0/24"), "decaps_packets")->value, 5);
	saw_snapshot_unref(snap);
}

/* ------------------------------------------------------------------------------------------------------------- verdicts */

static void a_partial_walk_removes_nothing(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.2", 8, 2000, 1);
	put(s, &m);
	blank(&m, SNMP, T0 + 2 * MINUTE);
	add_table(&m, "cipSecTunnelTable", PARTIAL, "the device stopped answering");
	snmp_row(&m, "198.51.100.1", 7, 1100, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(UP), NULL);
	assert_state(s, T0 + 2 * MINUTE, B, STATE(UNKNOWN),
				 "cipSecTunnelTable was cut short: the device stopped answering");
	assert_int_equal(value(s, T0 + 2 * MINUTE, B, "decaps_packets"), 2000);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 7, 1200, 1);
	snmp_row(&m, "198.51.100.2", 8, 2200, 1);
	put(s, &m);
	assert_state(s, T0 + 4 * MINUTE, B, STATE(UP), NULL);
	assert_int_equal(value(s, T0 + 4 * MINUTE, B, "decaps_packets"), 2200);
}

static void a_discovered_tunnel_that_is_gone_is_down_and_forgotten_in_time(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(DOWN),
				 "its row is gone since 2023-11-14 22:15:20 UTC; the walk was complete");
	snmp_row(snmp(&m, T0 + 24 * 60 * MINUTE), "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 24 * 60 * MINUTE, A, STATE(DOWN), "its row is gone since 2023-11-14 22:15:20 UTC");
	snmp_row(snmp(&m, T0 + (24 * 60 + 2) * MINUTE), "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + (24 * 60 + 2) * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	saw_snapshot_unref(snap);
}

static void a_silent_device_is_unknown_with_the_reason(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 5 * MINUTE, A, STATE(UP), NULL);
	assert_state(s, T0 + 5 * MINUTE + 2000, A, STATE(UNKNOWN), "SNMP: what it shows is 302 seconds old");
	blank(&m, SNMP, T0 + 6 * MINUTE);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
	m.pb.error = z("no answer from 192.0.2.1:161 within 3 s, asked 3 times");
	put(s, &m);
	assert_state(s, T0 + 6 * MINUTE, A, STATE(UNKNOWN), "SNMP: no answer from 192.0.2.1:161 within 3 s");
	snmp_row(snmp(&m, T0 + 8 * MINUTE), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	assert_state(s, T0 + 8 * MINUTE, A, STATE(UP), NULL);
	saw_store_lost(s, "ASR-WAN01", "the collector died and is started again", T0 + 9 * MINUTE);
	assert_state(s, T0 + 9 * MINUTE, A, STATE(UNKNOWN), "SNMP: the collector died");
	saw_store_lost(s, "nobody", "x", T0);
}

static const char *const inventory =
	"devices:\n"
	"- name: ASR-WAN01\n"
	"  platform: iosxe\n"
	"  address: 192.0.2.1\n"
	"  site: hamburg\n"
	"  inventory: complete\n"
	"  snmp: {version: 2c, community_env: C, interval: 2m}\n"
	"  tunnels:\n"
	"  - {name: berlin-1, remote: 198.51.100.1, owner: netops, tags: [mpls], capacity: 8Mbit}\n"
	"  - {name: lab, remote: 203.0.113.7, maintenance: true}\n";

static void the_inventory_says_what_is_missing_and_what_is_unexpected(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;
	struct sample m;

	configure(s, inventory, T0);
	assert_state(s, T0, "berlin-1", STATE(UNKNOWN), "SNMP: not read yet");
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	snmp_row(&m, "198.51.100.2", 8, 1000, 1);
	put(s, &m);
	assert_state(s, T0, "berlin-1", STATE(UP), NULL);
	assert_state(s, T0, "lab", STATE(MISSING), "it is expected, and ASR-WAN01 has no row for peer 203.0.113.7");
	assert_state(s, T0, B, STATE(UNEXPECTED), "it is not in the inventory of ASR-WAN01");
	snap = saw_store_snapshot(s, T0);
	t = tunnel(snap, "berlin-1");
	assert_true(t->inventory);
	assert_string_equal(t->owner, "netops");
	assert_string_equal(t->site, "hamburg");
	assert_int_equal(t->n_tags, 1);
	assert_string_equal(t->tags[0], "mpls");
	assert_int_equal(t->capacity_bytes_per_second, 1000000);
	assert_false(t->maintenance);
	assert_true(tunnel(snap, "lab")->maintenance);
	assert_false(tunnel(snap, "lab")->has_first_seen_ms);
	assert_false(tunnel(snap, B)->inventory);
	saw_snapshot_unref(snap);
	/* One that nobody asked for is forgotten once it is gone. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	saw_snapshot_unref(snap);
}

static void no_rows_while_tunnel_interfaces_are_up_is_unknown(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	configure(s, inventory, T0);
	snmp(&m, T0);
	sawatch__v1__interface__init(&m.ports[0]);
	m.ports[0].name = z("Tunnel11");
	SET(&m.ports[0], line_up, 1);
	m.port_list[0] = &m.ports[0];
	m.pb.n_interfaces = 1;
	put(s, &m);
	assert_state(s, T0, "berlin-1", STATE(UNKNOWN),
				 "lists no IPsec tunnel at all (SNMP) while 1 of its tunnel interfaces");
}

static void a_tunnels_interface_is_a_layer(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	sawatch__v1__interface__init(&m.ports[0]);
	m.ports[0].name = z("tunnel11");
	SET(&m.ports[0], line_up, 0);
	SET(&m.ports[0], transport_mtu_bytes, 1438);
	m.port_list[0] = &m.ports[0];
	m.pb.n_interfaces = 1;
	put(s, &m);
	assert_state(s, T0, A, STATE(DOWN), "interface Tunnel11 is down");
}

static void a_flow_without_sas_is_down_and_one_way_is_degraded(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	put(s, &m);
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel11", 1, 0x10, 0);
	put(s, &m);
	assert_state(s, T0 + MINUTE, A, STATE(DEGRADED), "has an inbound SA and no outbound one");
	saved_row(saved(&m, T0 + 2 * MINUTE), "198.51.100.1", "Tunnel11", 1, 0, 0);
	put(s, &m);
	assert_state(s, T0 + 2 * MINUTE, A, STATE(DOWN), "has no SAs");
}

/* ---------------------------------------------------------------------------------------------------------------- facts */

static void facts_come_from_whoever_knows_them_and_absent_stays_absent(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	const Sawatch__V1__TunnelEnd *t;
	char *settings[] = {z("Tunnel"), z("UDP-Encaps"), z("PFS Group 21")};
	struct sample m;
	struct row *r;

	r = saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	r->sa.protected_vrf = z("BLUE");
	r->in.settings = settings;
	r->in.n_settings = 3;
	r->in.encryption = z("aes-gcm");
	SET(&r->in, key_bits, 256);
	SET(&r->in, remaining_seconds, 3000);
	SET(&r->in, remaining_kilobytes, 4000);
	SET(&r->out, remaining_seconds, 30);
	SET(&r->in, replay_detection, 1);
	SET(&r->in, replay_window, 512);
	add_table(&m, "show crypto ikev2 sa", COMPLETE, NULL);
	sawatch__v1__ike_sa__init(&m.ike[0]);
	m.ike[0].local = z("192.0.2.1");
	m.ike[0].remote = z("198.51.100.1");
	m.ike[0].status = z("READY");
	SET(&m.ike[0], version, 2);
	SET(&m.ike[0], dh_group, 20);
	SET(&m.ike[0], lifetime_seconds, 86400);
	SET(&m.ike[0], active_seconds, 400);
	m.ike_list[0] = &m.ike[0];
	m.pb.n_ike_sas = 1;
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + MINUTE);
	t = tunnel(snap, A);
	assert_string_equal(t->ivrf, "BLUE");
	assert_string_equal(t->encryption, "aes-gcm");
	assert_int_equal(t->key_bits, 256);
	assert_null(t->integrity);
	assert_int_equal(t->pfs_group, 21);
	assert_int_equal(t->dh_group, 20);
	assert_int_equal(t->ike_version, 2);
	assert_true(t->has_nat_t && t->nat_t);
	assert_int_equal(t->replay_window, 512);
	assert_int_equal(t->in_remaining_seconds, 2940);
	assert_int_equal(t->in_remaining_bytes, 4096000);
	assert_true(t->has_out_remaining_seconds);
	assert_int_equal(t->out_remaining_seconds, 0);
	assert_false(t->has_out_remaining_bytes);
	assert_int_equal(t->ike_remaining_seconds, 86400 - 400 - 60);
	assert_false(t->has_plaintext_mtu);
	assert_false(t->has_replay_errors_per_second);
	assert_int_equal(t->n_layers, 3);
	assert_true(t->layers[1]->has_up && t->layers[1]->up);
	assert_false(t->layers[0]->has_up);
	saw_snapshot_unref(snap);
	/* Without replay detection the window is 0. */
	r = saved_row(saved(&m, T0 + 2 * MINUTE), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	SET(&r->in, replay_detection, 0);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_true(tunnel(snap, A)->has_replay_window);
	assert_int_equal(tunnel(snap, A)->replay_window, 0);
	saw_snapshot_unref(snap);
}

/* ------------------------------------------------------------------------------------------------------- configuration */

static void a_reload_keeps_what_is_known_and_forgets_what_is_gone(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1500, 1);
	put(s, &m);
	/* The discovered tunnel gets a name, and keeps its total. */
	configure(s, inventory, T0 + 2 * MINUTE);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 2);
	assert_int_equal(total(tunnel(snap, "berlin-1"), "decaps_packets")->value, 1500);
	saw_snapshot_unref(snap);
	assert_state(s, T0 + 2 * MINUTE, "berlin-1", STATE(UP), NULL);
	/* And loses it again; the one that was never seen goes. */
	configure(s, plain, T0 + 3 * MINUTE);
	assert_int_equal(value(s, T0 + 3 * MINUTE, A, "decaps_packets"), 1500);
	snap = saw_store_snapshot(s, T0 + 3 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	saw_snapshot_unref(snap);
	configure(s, "devices:\n- {name: other, platform: asa, files: [{path: x}]}\n", T0 + 4 * MINUTE);
	snap = saw_store_snapshot(s, T0 + 4 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 0);
	assert_int_equal(snap->pb->n_devices, 1);
	assert_string_equal(snap->pb->devices[0]->name, "other");
	saw_snapshot_unref(snap);
	assert_int_equal(saw_store_sample(s, &m.pb, T0 + 4 * MINUTE), SAW_EUNKNOWN);
}

static void a_renamed_tunnel_keeps_its_totals(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	configure(s, inventory, T0);
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 1);
	put(s, &m);
	configure(s,
			  "devices:\n- {name: ASR-WAN01, platform: iosxe, address: h, snmp: {version: 2c, community_env: C},\n"
			  "   tunnels: [{name: aachen-1, remote: 198.51.100.1}, {name: berlin-1, remote: 198.51.100.9}]}\n",
			  T0 + MINUTE);
	assert_int_equal(value(s, T0 + MINUTE, "aachen-1", "decaps_packets"), 1000);
	assert_state(s, T0 + MINUTE, "berlin-1", STATE(MISSING), "198.51.100.9");
}

static void what_cannot_be_taken_is_refused(void **state) {
	struct saw_store *s = *state;
	struct sample m;

	snmp(&m, T0);
	m.pb.schema_version = 2;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EVERSION);
	snmp(&m, T0);
	m.pb.device = z("nobody");
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EUNKNOWN);
	m.pb.device = NULL;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EUNKNOWN);
	snmp(&m, T0);
	m.pb.source = (Sawatch__V1__Source)77;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EFORMAT);
	m.pb.source = SAWATCH__V1__SOURCE__SOURCE_SSH;
	assert_int_equal(saw_store_sample(s, &m.pb, T0), SAW_EUNKNOWN);
}

/* ------------------------------------------------------------------------------------------------------------ snapshots */

static void a_snapshot_is_immutable_shared_and_cached_for_a_second(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *a, *b;
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.2", 7, 1000, 1);
	snmp_row(&m, "198.51.100.1", 8, 1000, 1);
	m.pb.hostname = z("asr-wan01");
	put(s, &m);
	a = saw_store_snapshot(s, T0);
	b = saw_store_snapshot(s, T0 + 1000);
	assert_ptr_equal(a, b);
	saw_snapshot_unref(b);
	b = saw_store_snapshot(s, T0 + 1001);
	assert_ptr_not_equal(a, b);
	assert_int_equal(b->pb->sequence, a->pb->sequence + 1);
	saw_snapshot_unref(b);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 8, 2000, 1);
	put(s, &m);
	b = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(total(tunnel(a, A), "decaps_packets")->value, 1000);
	assert_int_equal(total(tunnel(b, A), "decaps_packets")->value, 2000);
	assert_string_equal(a->pb->tunnels[0]->name, A);
	assert_string_equal(a->pb->tunnels[1]->name, B);
	assert_string_equal(b->pb->devices[0]->hostname, "asr-wan01");
	assert_int_equal(b->pb->devices[0]->sources[0]->n_tables, 1);
	assert_string_equal(b->pb->devices[0]->sources[0]->tables[0]->name, "cipSecTunnelTable");
	saw_snapshot_unref(b);
	/* A snapshot outlives the store. */
	saw_store_destroy(s);
	*state = NULL;
	assert_int_equal(total(tunnel(a, A), "decaps_packets")->value, 1000);
	saw_snapshot_unref(a);
	saw_snapshot_unref(NULL);
}

static void a_snapshot_packs_and_unpacks(void **state) {
	struct saw_store *s = *state;
	struct saw_snapshot *snap;
	Sawatch__V1__Snapshot *copy;
	struct sample m;
	uint8_t *p;
	size_t n;

	saw_store_daemon(s, &(struct saw_store_daemon){.scheduler_lag_seconds = 0.5, .polls_missed = 3});
	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 1, 0x10, 0x20);
	put(s, &m);
	snap = saw_store_snapshot(s, T0);
	n = sawatch__v1__snapshot__get_packed_size(snap->pb);
	p = malloc(n);
	assert_non_null(p);
	assert_int_equal(sawatch__v1__snapshot__pack(snap->pb, p), n);
	copy = sawatch__v1__snapshot__unpack(NULL, n, p);
	assert_non_null(copy);
	assert_int_equal(copy->n_tunnels, 1);
	assert_int_equal(copy->polls_missed, 3);
	assert_int_equal(copy->tunnels[0]->outbound_spis[0], 0x20);
	sawatch__v1__snapshot__free_unpacked(copy, NULL);
	free(p);
	saw_snapshot_unref(snap);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_rekey_changes_spis_and_counters_go_on),
		TEST(rekeys_are_those_that_the_device_counts_where_it_does),
		TEST(a_renumbered_row_is_the_same_tunnel),
		TEST(a_reload_restarts_the_counters_and_not_the_totals),
		TEST(cleared_counters_count_in_full),
		TEST(a_32_bit_counter_wraps),
		TEST(what_cannot_be_known_is_a_gap_and_a_lower_bound),
		TEST(replay_errors_per_second_are_those_between_two_polls),
		TEST(two_sources_are_one_tunnel_and_nothing_counts_twice),
		TEST(a_better_source_takes_a_total_over_without_a_jump),
		TEST(one_source_fails_while_the_other_is_fine),
		TEST(a_source_of_contexts_that_never_showed_a_tunnel_does_not_take_it_away),
		TEST(two_tunnels_of_one_peer_are_told_apart_by_selectors),
		TEST(rows_that_fit_two_tunnels_are_unassigned_until_spis_tell),
		TEST(rows_of_one_tunnel_that_cannot_be_told_apart_keep_it_up_and_count_nothing),
		TEST(remote_access_and_peerless_rows_are_counted_and_no_tunnels),
		TEST(virtual_access_numbers_are_no_identity),
		TEST(a_name_without_selectors_means_the_flow_of_any_to_any),
		TEST(a_partial_walk_removes_nothing),
		TEST(a_discovered_tunnel_that_is_gone_is_down_and_forgotten_in_time),
		TEST(a_silent_device_is_unknown_with_the_reason),
		TEST(the_inventory_says_what_is_missing_and_what_is_unexpected),
		TEST(no_rows_while_tunnel_interfaces_are_up_is_unknown),
		TEST(a_tunnels_interface_is_a_layer),
		TEST(a_flow_without_sas_is_down_and_one_way_is_degraded),
		TEST(facts_come_from_whoever_knows_them_and_absent_stays_absent),
		TEST(a_reload_keeps_what_is_known_and_forgets_what_is_gone),
		TEST(a_renamed_tunnel_keeps_its_totals),
		TEST(what_cannot_be_taken_is_refused),
		TEST(a_snapshot_is_immutable_shared_and_cached_for_a_second),
		TEST(a_snapshot_packs_and_unpacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
