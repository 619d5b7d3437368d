/* Recorded walks through the walk and the rows, without a network: what comes out, for agents of several temperaments. */
#include "collectors/snmp/rows.h"
#include "collectors/snmp/snmp.h"
#include "collectors/snmp/walk.h"
#include "tests/fixtures/snmprec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define RECORD_MAX 16

struct replay {
	struct snmprec *agent;
	struct saw_rows *rows;
	struct saw_walk walk;
	struct saw_pace pace;
	enum saw_snmp_table_id table;
	size_t most; /* varbinds of one answer */
	unsigned requests;
	ProtobufCMessage *records[RECORD_MAX];
	size_t n_records;
	Sawatch__V1__DeviceSample facts; /* numbers only */
};

static int cell(void *ctx, size_t column, const uint32_t *index, size_t n, const struct saw_varbind *v) {
	struct replay *r = ctx;

	return saw_rows_cell(r->rows, r->table, column, index, n, v);
}

static void walk_table(struct replay *r, enum saw_snmp_table_id table) {
	struct saw_request request;
	struct saw_answer answer;

	r->table = table;
	for (size_t g = 0; g < saw_walk_groups(&saw_snmp_tables[table]); g++) {
		struct saw_walk_part part = saw_walk_group(&saw_snmp_tables[table], g, 1000);

		part.rows = saw_rows_count(r->rows, table);
		part.rows_known = g > 0;
		if (part.rows_known && part.rows == 0)
			break;
		saw_walk_begin(&r->walk, &part);
		while (saw_walk_next(&r->walk, &r->pace, &request)) {
			snmprec_answer(r->agent, &request, r->most, &answer);
			r->requests++;
			saw_walk_answer(&r->walk, &r->pace, &answer, cell, r);
		}
		assert_string_equal(r->walk.error, "");
	}
}

static int keep(void *ctx, const ProtobufCMessage *m) {
	struct replay *r = ctx;
	uint8_t *packed = malloc(protobuf_c_message_get_packed_size(m));

	assert_non_null(packed);
	assert_true(r->n_records < RECORD_MAX);
	r->records[r->n_records++] =
		protobuf_c_message_unpack(m->descriptor, NULL, protobuf_c_message_pack(m, packed), packed);
	free(packed);
	return 0;
}

static int keep_facts(void *ctx, const Sawatch__V1__DeviceSample *facts) {
	struct replay *r = ctx;

	r->facts = *facts;
	return 0;
}

static uint64_t emit(struct replay *r, enum saw_snmp_table_id table, bool ike_complete) {
	struct saw_sink sink = {.ctx = r, .record = keep, .facts = keep_facts};
	uint64_t given, vanished;

	for (size_t i = 0; i < r->n_records; i++)
		protobuf_c_message_free_unpacked(r->records[i], NULL);
	r->n_records = 0;
	assert_int_equal(saw_rows_emit(r->rows, table, ike_complete, &sink, &given, &vanished), 0);
	assert_int_equal(vanished, 0);
	return given;
}

static void begin(struct replay *r, const char *name, unsigned repetitions, size_t most) {
	const char *top = getenv("top_srcdir");
	char path[512];

	memset(r, 0, sizeof *r);
	snprintf(path, sizeof path, "%s/tests/fixtures/snmp/%s", top ? top : ".", name);
	r->agent = snmprec_load(path);
	assert_non_null(r->agent);
	r->rows = saw_rows_create(1000, 1 << 20);
	assert_non_null(r->rows);
	saw_pace_init(&r->pace, repetitions, repetitions * SAW_WALK_COLUMNS, 0);
	r->most = most;
}

static void end(struct replay *r) {
	for (size_t i = 0; i < r->n_records; i++)
		protobuf_c_message_free_unpacked(r->records[i], NULL);
	saw_rows_destroy(r->rows);
	snmprec_destroy(r->agent);
}

static void check_asa(unsigned repetitions, size_t most) {
	const Sawatch__V1__IpsecSa *sa;
	struct replay r;

	begin(&r, "asa-xfw01.snmprec", repetitions, most);
	for (int t = 0; t < SAW_TABLE_INTERFACES; t++)
		walk_table(&r, (enum saw_snmp_table_id)t);
	assert_int_equal(emit(&r, SAW_TABLE_IPSEC_TUNNELS, true), 3);
	sa = (const Sawatch__V1__IpsecSa *)r.records[0];
	assert_int_equal(sa->device_index, 4711);
	assert_string_equal(sa->peer, "198.51.100.1");
	assert_string_equal(sa->local_endpoint, "192.0.2.10");
	assert_int_equal(sa->in_bytes, 9876543210);
	assert_int_equal(sa->out_bytes, 12345678901);
	assert_int_equal(sa->decaps_packets, 11223344);
	assert_int_equal(sa->encaps_packets, 14151617);
	assert_int_equal(sa->replay_failed_recv, 57);
	assert_int_equal(sa->active_seconds, 100200);
	assert_int_equal(sa->refreshes, 3);
	assert_int_equal(sa->ike_tunnel_id, 52001);
	assert_int_equal(sa->dh_group, 21);
	assert_string_equal(sa->mode, "tunnel");
	assert_null(sa->local_ident);
	assert_int_equal(((const Sawatch__V1__IpsecSa *)r.records[1])->ike_tunnel_id, 52044);
	/* A tunnel without traffic has counters of zero, not absent ones. */
	sa = (const Sawatch__V1__IpsecSa *)r.records[2];
	assert_int_equal(sa->ike_tunnel_id, 52001);
	assert_true(sa->has_in_bytes && sa->has_out_bytes && sa->has_decaps_packets && sa->has_encaps_packets);
	assert_int_equal(sa->in_bytes + sa->out_bytes + sa->decaps_packets + sa->encaps_packets, 0);
	assert_int_equal(emit(&r, SAW_TABLE_IKE_TUNNELS, true), 2);
	assert_string_equal(((const Sawatch__V1__IkeSa *)r.records[1])->cipher, "cipher-9");
	assert_null(((const Sawatch__V1__IkeSa *)r.records[1])->integrity);
	assert_int_equal(((const Sawatch__V1__IkeSa *)r.records[1])->remaining_seconds, 86400 - 7260);
	assert_false(((const Sawatch__V1__IkeSa *)r.records[0])->has_remaining_seconds);
	end(&r);
}

static void an_asa_gives_three_tunnels_two_of_them_under_one_ike_sa(void **state) {
	(void)state;
	check_asa(20, 1000);
}

static void answers_cut_to_a_few_values_give_the_same(void **state) {
	(void)state;
	check_asa(20, 7);
	check_asa(50, 1);
}

static void an_agent_that_takes_only_getnext_gives_the_same(void **state) {
	(void)state;
	check_asa(1, 1000);
}

static void a_router_gives_selectors_spis_and_repaired_parents(void **state) {
	const Sawatch__V1__IpsecSa *sa;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	for (int t = 0; t < SAW_TABLE_INTERFACES; t++)
		walk_table(&r, (enum saw_snmp_table_id)t);
	assert_int_equal(emit(&r, SAW_TABLE_IPSEC_TUNNELS, true), 3);
	sa = (const Sawatch__V1__IpsecSa *)r.records[0];
	assert_string_equal(sa->local_ident, "0.0.0.0/0.0.0.0/0/0");
	assert_int_equal(sa->n_inbound_sas, 2);
	assert_int_equal(sa->n_outbound_sas, 1);
	assert_int_equal(sa->inbound_sas[0]->spi, 0x7a857081);
	assert_string_equal(sa->inbound_sas[0]->state, "active");
	assert_string_equal(sa->inbound_sas[1]->state, "expiring");
	assert_int_equal(sa->outbound_sas[0]->spi, 0xf00dcafe);
	assert_string_equal(sa->outbound_sas[0]->protocol, "esp");
	assert_string_equal(sa->outbound_sas[0]->encryption, "cipher-12");
	assert_null(sa->outbound_sas[0]->integrity);
	/* The second names an IKE SA that does not exist: the one between the same addresses is its parent. */
	sa = (const Sawatch__V1__IpsecSa *)r.records[1];
	assert_int_equal(sa->ike_tunnel_id, 905);
	assert_false(sa->ike_alive);
	assert_string_equal(sa->remote_endpoint, "203.0.113.7");
	assert_string_equal(sa->remote_ident, "10.2.0.0/255.255.0.0/0/0");
	assert_string_equal(sa->inbound_sas[0]->encryption, "aes");
	assert_int_equal(sa->inbound_sas[0]->key_bits, 256);
	assert_string_equal(sa->inbound_sas[0]->integrity, "sha512");
	/* The third has no parent, and printed addresses with leading zeroes. */
	sa = (const Sawatch__V1__IpsecSa *)r.records[2];
	assert_false(sa->has_ike_tunnel_id);
	assert_string_equal(sa->local_endpoint, "198.51.100.1");
	assert_string_equal(sa->peer, "203.0.113.99");
	end(&r);
}

static void box_wide_counters_come_once_and_64_bits_wide(void **state) {
	unsigned octets = 0;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_IPSEC_GLOBALS);
	assert_int_equal(emit(&r, SAW_TABLE_IPSEC_GLOBALS, true), 9);
	for (size_t i = 0; i < r.n_records; i++) {
		const Sawatch__V1__GlobalCounter *c = (const Sawatch__V1__GlobalCounter *)r.records[i];

		assert_string_equal(c->group, "ipsec");
		if (strcmp(c->name, "in_octets") == 0) {
			octets++;
			assert_int_equal(c->value, 12345005070);
		}
	}
	assert_int_equal(octets, 1);
	end(&r);
}

static void loads_are_those_of_the_busiest_over_five_minutes(void **state) {
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_CPU);
	assert_int_equal(emit(&r, SAW_TABLE_CPU, true), 2);
	assert_int_equal(r.facts.cpu_percent, 42);
	assert_false(r.facts.has_crypto_load_percent);
	walk_table(&r, SAW_TABLE_QFP);
	emit(&r, SAW_TABLE_QFP, true);
	assert_true(r.facts.has_crypto_load_percent && !r.facts.has_cpu_percent);
	assert_int_equal(r.facts.crypto_load_percent, 37);
	end(&r);
	begin(&r, "asa-xfw01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_L2L_SESSIONS);
	emit(&r, SAW_TABLE_L2L_SESSIONS, true);
	assert_int_equal(r.facts.l2l_sessions_active, 2);
	assert_int_equal(r.facts.l2l_sessions_begun, 19);
	assert_int_equal(r.facts.l2l_sessions_peak, 3);
	walk_table(&r, SAW_TABLE_QFP);
	assert_int_equal(emit(&r, SAW_TABLE_QFP, true), 0);
	end(&r);
}

static void bgp_peers_come_once_with_addresses_of_both_families(void **state) {
	const Sawatch__V1__BgpPeer *peer;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_BGP);
	emit(&r, SAW_TABLE_BGP, true);
	assert_int_equal(r.n_records, 1);
	assert_string_equal(((const Sawatch__V1__BgpPeer *)r.records[0])->peer, "10.0.11.2");
	walk_table(&r, SAW_TABLE_CISCO_BGP);
	walk_table(&r, SAW_TABLE_BGP_PREFIXES);
	emit(&r, SAW_TABLE_CISCO_BGP, true);
	assert_int_equal(r.n_records, 2);
	peer = (const Sawatch__V1__BgpPeer *)r.records[0];
	assert_string_equal(peer->peer, "10.0.11.2");
	assert_string_equal(peer->state, "established");
	assert_int_equal(peer->remote_as, 65010);
	assert_int_equal(peer->up_seconds, 7300);
	assert_int_equal(peer->prefixes_received, 42); /* of two address families */
	/* The time of a session that is not up is how long it is down. */
	peer = (const Sawatch__V1__BgpPeer *)r.records[1];
	assert_string_equal(peer->peer, "2001:db8:b::2");
	assert_string_equal(peer->state, "active");
	assert_int_equal(peer->remote_as, 4200000010);
	assert_false(peer->has_up_seconds || peer->has_prefixes_received);
	/* The older table has the first of them again. */
	emit(&r, SAW_TABLE_BGP, true);
	assert_int_equal(r.n_records, 0);
	end(&r);
}

static void failures_and_ended_tunnels_say_why_and_how_much(void **state) {
	const Sawatch__V1__IkeFailure *ike;
	const Sawatch__V1__IpsecFailure *ipsec;
	const Sawatch__V1__EndedTunnel *ended;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	for (int t = SAW_TABLE_IKE_FAILURES; t <= SAW_TABLE_IPSEC_HISTORY; t++)
		walk_table(&r, (enum saw_snmp_table_id)t);
	assert_int_equal(emit(&r, SAW_TABLE_IKE_FAILURES, true), 2);
	ike = (const Sawatch__V1__IkeFailure *)r.records[0];
	assert_string_equal(ike->reason, "authentication");
	assert_string_equal(ike->remote, "203.0.113.7");
	assert_string_equal(ike->local_id, "198.51.100.1");
	assert_int_equal(ike->uptime_seconds, 3600);
	assert_string_equal(((const Sawatch__V1__IkeFailure *)r.records[1])->reason, "reason-99");
	assert_null(((const Sawatch__V1__IkeFailure *)r.records[1])->remote);
	assert_int_equal(emit(&r, SAW_TABLE_IPSEC_FAILURES, true), 1);
	ipsec = (const Sawatch__V1__IpsecFailure *)r.records[0];
	assert_int_equal(ipsec->index, 4);
	assert_string_equal(ipsec->reason, "no_sa");
	assert_int_equal(ipsec->spi, 0xdeadbeef);
	assert_string_equal(ipsec->source, "203.0.113.7");
	assert_int_equal(emit(&r, SAW_TABLE_IKE_HISTORY, true), 2);
	ended = (const Sawatch__V1__EndedTunnel *)r.records[0];
	assert_string_equal(ended->kind, "ike");
	assert_string_equal(ended->reason, "normal");
	assert_int_equal(ended->active_seconds, 86400);
	assert_false(ended->has_in_bytes);
	assert_int_equal(emit(&r, SAW_TABLE_IPSEC_HISTORY, true), 1);
	ended = (const Sawatch__V1__EndedTunnel *)r.records[0];
	assert_string_equal(ended->kind, "ipsec");
	assert_string_equal(ended->reason, "peer_lost");
	assert_int_equal(ended->in_bytes, 5000000000);
	assert_int_equal(ended->replay_failed_recv, 17);
	assert_true(ended->has_auth_failed_recv && ended->auth_failed_recv == 0);
	assert_false(ended->has_out_bytes);
	end(&r);
}

static bool wanted(enum saw_snmp_table_id table, Sawatch__V1__Platform platform, bool rarely) {
	const struct saw_snmp_target t = {.platform = platform, .rarely = rarely};

	return saw_snmp_table_wanted(&saw_snmp_tables[table], &t);
}

static void firewalls_and_routers_are_asked_for_what_they_may_have(void **state) {
	const Sawatch__V1__Platform asa = SAWATCH__V1__PLATFORM__PLATFORM_ASA,
								iosxe = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE;

	(void)state;
	assert_false(wanted(SAW_TABLE_CISCO_BGP, asa, true));
	assert_true(wanted(SAW_TABLE_CISCO_BGP, iosxe, false));
	assert_true(wanted(SAW_TABLE_L2L_SESSIONS, asa, false));
	assert_false(wanted(SAW_TABLE_L2L_SESSIONS, iosxe, true));
	assert_true(wanted(SAW_TABLE_IKE_HISTORY, asa, true));
	assert_false(wanted(SAW_TABLE_IKE_HISTORY, iosxe, false));
}

static void memory_pools_are_read_where_they_are_asked_for_and_contexts_never_with_them(void **state) {
	struct saw_snmp_target t = {.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, .rarely = true};
	const struct saw_snmp_table *memory = &saw_snmp_tables[SAW_TABLE_MEMORY];

	(void)state;
	assert_false(saw_snmp_table_wanted(memory, &t));
	t.memory_pools = true;
	assert_true(saw_snmp_table_wanted(memory, &t));
	assert_false(saw_snmp_table_wanted(&saw_snmp_tables[SAW_TABLE_CONTEXTS], &t));
}

static void memory_pools_come_64_bits_wide(void **state) {
	const Sawatch__V1__MemoryPool *pool;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_MEMORY);
	assert_int_equal(emit(&r, SAW_TABLE_MEMORY, true), 2);
	pool = (const Sawatch__V1__MemoryPool *)r.records[0];
	assert_string_equal(pool->name, "Processor");
	assert_int_equal(pool->used_bytes, 5000000000);
	assert_int_equal(pool->free_bytes, 9000000000);
	end(&r);
}

static void contexts_have_names_and_some_a_vrf(void **state) {
	char name[SAW_CONTEXT_NAME];
	const char *vrf;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_CONTEXTS);
	assert_true(saw_rows_context(r.rows, 0, name, &vrf));
	assert_string_equal(name, "INET");
	assert_string_equal(vrf, "INET");
	assert_true(saw_rows_context(r.rows, 1, name, &vrf));
	assert_string_equal(name, "TEST1");
	assert_null(vrf);
	assert_false(saw_rows_context(r.rows, 2, name, &vrf));
	end(&r);
}

/* Three tunnels leave from 198.51.100.1, in three forms; the addresses of others lead nowhere. */
static void what_tunnels_leave_by_is_wanted_too(void **state) {
	static const uint32_t expected[] = {1, 71, 72, 80};
	const Sawatch__V1__Interface *port;
	uint64_t at = 0;
	uint32_t index;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	for (int t = 0; t <= SAW_TABLE_INTERFACES; t++)
		walk_table(&r, (enum saw_snmp_table_id)t);
	for (size_t i = 0; i < 4; i++, at++) {
		assert_true(saw_rows_wanted_interface(r.rows, &at, &index));
		assert_int_equal(index, expected[i]);
	}
	assert_false(saw_rows_wanted_interface(r.rows, &at, &index));
	assert_int_equal(emit(&r, SAW_TABLE_INTERFACES, true), 4);
	port = (const Sawatch__V1__Interface *)r.records[0];
	assert_string_equal(port->name, "GigabitEthernet0/0/0");
	assert_true(port->has_is_tunnel && !port->is_tunnel);
	port = (const Sawatch__V1__Interface *)r.records[1];
	assert_true(port->has_is_tunnel && port->is_tunnel);
	assert_int_equal(emit(&r, SAW_TABLE_IPSEC_TUNNELS, true), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(((const Sawatch__V1__IpsecSa *)r.records[i])->local_interface, "GigabitEthernet0/0/0");
	end(&r);
	/* An ASA that has the newer table only. */
	begin(&r, "asa-xfw01.snmprec", 20, 64);
	for (int t = 0; t <= SAW_TABLE_INTERFACES; t++)
		walk_table(&r, (enum saw_snmp_table_id)t);
	assert_int_equal(emit(&r, SAW_TABLE_INTERFACES, true), 2);
	assert_string_equal(((const Sawatch__V1__Interface *)r.records[0])->name, "outside");
	end(&r);
}

static void put(struct replay *r, enum saw_snmp_table_id table, const char *column, uint32_t first, uint32_t second,
				const char *octets, uint64_t number) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	struct saw_varbind v = {.type = octets ? SAW_VALUE_OCTETS : SAW_VALUE_UNSIGNED, .u = number};
	const uint32_t index[] = {first, second};
	size_t c = 0;

	while (strcmp(t->columns[c].name, column) != 0)
		assert_true(++c < t->n_columns);
	if (octets) {
		v.bytes = (const uint8_t *)octets;
		v.n = 4;
	}
	assert_int_equal(saw_rows_cell(r->rows, table, c, index, t->n_index, &v), 0);
}

/* Of the unit, 6 or 7; states as cfwHardwareStatusValue has them. Empty: nothing is said of it. */
static const char *unit_of(uint64_t primary, uint64_t secondary, uint32_t which) {
	static char said[64];
	struct replay r;

	begin(&r, "asa-xfw01.snmprec", 20, 64);
	put(&r, SAW_TABLE_FAILOVER, "cfwHardwareStatusValue", 4, 0, NULL, 2); /* the interface between them */
	put(&r, SAW_TABLE_FAILOVER, "cfwHardwareStatusValue", 6, 0, NULL, primary);
	put(&r, SAW_TABLE_FAILOVER, "cfwHardwareStatusValue", 7, 0, NULL, secondary);
	emit(&r, SAW_TABLE_FAILOVER, true);
	said[0] = 0;
	for (size_t i = 0; i < r.n_records; i++) {
		const Sawatch__V1__FailoverUnit *u = (const Sawatch__V1__FailoverUnit *)r.records[i];

		if (strcmp(u->unit, which == 6 ? "primary" : "secondary") == 0)
			snprintf(said, sizeof said, "%s, %s, %s", u->state, u->active ? "active" : "not active",
					 u->ready ? "ready" : "not ready");
	}
	end(&r);
	return said;
}

static void a_failover_pair_is_told_from_none(void **state) {
	(void)state;
	assert_string_equal(unit_of(9, 10, 6), "active, active, ready");
	assert_string_equal(unit_of(9, 10, 7), "standby ready, not active, ready");
	assert_string_equal(unit_of(10, 9, 6), "standby ready, not active, ready");
	assert_string_equal(unit_of(9, 4, 7), "error, not active, not ready");
	assert_string_equal(unit_of(3, 9, 6), "down, not active, not ready");
	assert_string_equal(unit_of(9, 42, 7), "state-42, not active, not ready");
	assert_string_equal(unit_of(3, 3, 6), ""); /* failover is off */
	assert_string_equal(unit_of(3, 3, 7), "");
}

static const char *client_of(uint64_t clients, const char *local, const char *remote_mask) {
	static char address[64];
	const Sawatch__V1__IpsecSa *sa;
	struct replay r;

	begin(&r, "asa-xfw01.snmprec", 20, 64);
	put(&r, SAW_TABLE_L2L_SESSIONS, "crasIPSecNumSessions", 0, 0, NULL, clients);
	put(&r, SAW_TABLE_IPSEC_TUNNELS, "cipSecTunLocalAddr", 7, 0, "\xc0\0\2\1", 0);
	put(&r, SAW_TABLE_IPSEC_TUNNELS, "cipSecTunRemoteAddr", 7, 0, "\xcb\0\x71\7", 0);
	put(&r, SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalType", 7, 1, NULL, 3);
	put(&r, SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalAddr1", 7, 1, local, 0);
	put(&r, SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalAddr2", 7, 1, "\0\0\0\0", 0);
	put(&r, SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemoteType", 7, 1, NULL, 3);
	put(&r, SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemoteAddr1", 7, 1, "\x0a\x14\0\x42", 0);
	put(&r, SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemoteAddr2", 7, 1, remote_mask, 0);
	assert_int_equal(emit(&r, SAW_TABLE_IPSEC_TUNNELS, true), 1);
	sa = (const Sawatch__V1__IpsecSa *)r.records[0];
	snprintf(address, sizeof address, "%s", sa->dynamic_peer ? sa->dynamic_peer : "");
	end(&r);
	return address;
}

static void a_clients_row_is_told_where_the_device_has_clients(void **state) {
	(void)state;
	assert_string_equal(client_of(3, "\0\0\0\0", "\xff\xff\xff\xff"), "10.20.0.66");
	assert_string_equal(client_of(0, "\0\0\0\0", "\xff\xff\xff\xff"), "");
	assert_string_equal(client_of(3, "\0\0\0\0", "\xff\xff\xff\0"), "");
	assert_string_equal(client_of(3, "\x0a\0\0\0", "\xff\xff\xff\xff"), "");
	assert_string_equal(client_of(3, "\0\0\0\0", "\0\0\0\0"), ""); /* a route-based tunnel */
}

static void only_tunnel_interfaces_are_wanted(void **state) {
	static const uint32_t expected[] = {71, 72, 80};
	uint64_t at = 0;
	uint32_t index;
	struct replay r;

	(void)state;
	begin(&r, "asr-wan01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_INTERFACES);
	assert_int_equal(saw_rows_count(r.rows, SAW_TABLE_INTERFACES), 62);
	assert_true(r.requests <= 6);
	for (size_t i = 0; i < 3; i++, at++) {
		assert_true(saw_rows_wanted_interface(r.rows, &at, &index));
		assert_int_equal(index, expected[i]);
	}
	assert_false(saw_rows_wanted_interface(r.rows, &at, &index));
	end(&r);
}

static void an_asa_interface_is_called_by_the_name_in_its_description(void **state) {
	struct replay r;

	(void)state;
	begin(&r, "asa-xfw01.snmprec", 20, 64);
	walk_table(&r, SAW_TABLE_INTERFACES);
	assert_int_equal(emit(&r, SAW_TABLE_INTERFACES, true), 1);
	assert_string_equal(((const Sawatch__V1__Interface *)r.records[0])->name, "vti-berlin-1");
	end(&r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_asa_gives_three_tunnels_two_of_them_under_one_ike_sa),
		cmocka_unit_test(answers_cut_to_a_few_values_give_the_same),
		cmocka_unit_test(an_agent_that_takes_only_getnext_gives_the_same),
		cmocka_unit_test(a_router_gives_selectors_spis_and_repaired_parents),
		cmocka_unit_test(box_wide_counters_come_once_and_64_bits_wide),
		cmocka_unit_test(loads_are_those_of_the_busiest_over_five_minutes),
		cmocka_unit_test(bgp_peers_come_once_with_addresses_of_both_families),
		cmocka_unit_test(failures_and_ended_tunnels_say_why_and_how_much),
		cmocka_unit_test(firewalls_and_routers_are_asked_for_what_they_may_have),
		cmocka_unit_test(memory_pools_are_read_where_they_are_asked_for_and_contexts_never_with_them),
		cmocka_unit_test(memory_pools_come_64_bits_wide),
		cmocka_unit_test(contexts_have_names_and_some_a_vrf),
		cmocka_unit_test(what_tunnels_leave_by_is_wanted_too),
		cmocka_unit_test(a_failover_pair_is_told_from_none),
		cmocka_unit_test(a_clients_row_is_told_where_the_device_has_clients),
		cmocka_unit_test(only_tunnel_interfaces_are_wanted),
		cmocka_unit_test(an_asa_interface_is_called_by_the_name_in_its_description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
