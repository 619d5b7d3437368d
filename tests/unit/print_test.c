/* The sample printer of the command line tool. */
#include "tools/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COMPLETE SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE

/* Two flows (one up, one without an SA), one IKE SA. */
static Sawatch__V1__DeviceSample *example(void) {
	static Sawatch__V1__DeviceSample s;
	static Sawatch__V1__TableStatus table;
	static Sawatch__V1__IpsecSa up, down;
	static Sawatch__V1__Sa in, in_old, out;
	static Sawatch__V1__IkeSa ike;
	static Sawatch__V1__TableStatus *tables[] = {&table};
	static Sawatch__V1__IpsecSa *flows[] = {&up, &down};
	static Sawatch__V1__Sa *ins[] = {&in_old, &in}, *outs[] = {&out};
	static Sawatch__V1__IkeSa *ikes[] = {&ike};

	sawatch__v1__device_sample__init(&s);
	sawatch__v1__table_status__init(&table);
	sawatch__v1__ipsec_sa__init(&up);
	sawatch__v1__ipsec_sa__init(&down);
	sawatch__v1__sa__init(&in);
	sawatch__v1__sa__init(&in_old);
	sawatch__v1__sa__init(&out);
	sawatch__v1__ike_sa__init(&ike);
	table.name = (char *)"show crypto ipsec sa detail";
	table.has_status = table.has_rows = 1;
	table.status = COMPLETE;
	table.rows = 2;
	s.device = (char *)"wan01";
	s.has_platform = s.has_source = s.has_observed_at_ms = 1;
	s.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE;
	s.source = SAWATCH__V1__SOURCE__SOURCE_FILE;
	s.observed_at_ms = 1795430000000;
	s.n_tables = 1;
	s.tables = tables;
	in.has_remaining_seconds = in_old.has_remaining_seconds = out.has_remaining_seconds = 1;
	in.remaining_seconds = 28400;
	in_old.remaining_seconds = 3; /* on its way out: the new one counts */
	out.remaining_seconds = 21732;
	up.interface = (char *)"Tunnel101";
	up.peer = (char *)"192.0.2.1";
	up.has_encaps_packets = up.has_decaps_packets = up.has_replay_failed_recv = up.has_plaintext_mtu = 1;
	up.encaps_packets = 4033901277;
	up.decaps_packets = 81238290;
	up.replay_failed_recv = 711;
	up.plaintext_mtu = 1438;
	up.inbound_sas = ins;
	up.n_inbound_sas = 2;
	up.outbound_sas = outs;
	up.n_outbound_sas = 1;
	down.interface = (char *)"Tunnel2001";
	down.peer = (char *)"2001:DB8:1101:2202:3303:4404:5505:6606";
	s.ipsec_sas = flows;
	s.n_ipsec_sas = 2;
	ike.local = (char *)"198.51.100.2";
	ike.remote = (char *)"192.0.2.1";
	ike.status = (char *)"READY";
	ike.has_tunnel_id = up.has_ike_tunnel_id = 1;
	ike.tunnel_id = up.ike_tunnel_id = 13;
	ike.has_role = ike.has_active_seconds = ike.has_lifetime_seconds = 1;
	ike.role = SAWATCH__V1__ROLE__ROLE_RESPONDER;
	ike.cipher = (char *)"aes-gcm";
	ike.active_seconds = 64660;
	ike.lifetime_seconds = 86400;
	s.ike_sas = ikes;
	s.n_ike_sas = 1;
	return &s;
}

/* The caller frees it. */
static char *table_of(const Sawatch__V1__DeviceSample *s) {
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	saw_print_sample_table(f, s);
	fclose(f);
	return text;
}

static void assert_has_line(const char *text, const char *line) {
	const char *at = strstr(text, line);

	if (!at || (at != text && at[-1] != '\n') || at[strlen(line)] != '\n')
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void a_table_says_what_was_read_and_what_is_not_known(void **state) {
	char *text = table_of(example());

	(void)state;
	assert_has_line(text, "wan01 (iosxe), by file, 2026-11-23 10:33:20 UTC");
	assert_has_line(text, "  show crypto ipsec sa detail: complete, 2 rows");
	assert_has_line(text, "INTERFACE      PEER            SA       OUT PKTS     IN PKTS REPLAY  MTU    LEFT");
	assert_has_line(text, "Tunnel101      192.0.2.1       up     4033901277    81238290    711 1438   6h02m");
	assert_has_line(text, "Tunnel2001     2001:DB8:1101:2202:3303:4404:5505:6606");
	assert_has_line(text, "                               no SA           -           -      -    -       -");
	assert_has_line(text, "198.51.100.2    192.0.2.1       READY    responder aes-gcm  17h57m   1d00h     1");
	free(text);
}

static void no_line_of_a_table_is_wider_than_a_terminal(void **state) {
	char *text = table_of(example());

	(void)state;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(text);
}

static void sessions_interfaces_bgp_peers_and_drops_are_shown_where_they_were_read(void **state) {
	Sawatch__V1__DeviceSample *s = example();
	Sawatch__V1__Session session = SAWATCH__V1__SESSION__INIT, *sessions[] = {&session};
	Sawatch__V1__Interface tunnel = SAWATCH__V1__INTERFACE__INIT, *interfaces[] = {&tunnel};
	Sawatch__V1__BgpPeer peer = SAWATCH__V1__BGP_PEER__INIT, *peers[] = {&peer};
	Sawatch__V1__Drop drop = SAWATCH__V1__DROP__INIT, never = SAWATCH__V1__DROP__INIT, *drops[] = {&never, &drop};
	char *text = table_of(s);

	(void)state;
	assert_null(strstr(text, "SESSION"));
	assert_null(strstr(text, "BGP PEER"));
	assert_null(strstr(text, "DROPS"));
	free(text);
	session.interface = (char *)"Tunnel101";
	session.status = (char *)"DOWN-NEGOTIATING";
	tunnel.name = (char *)"Tunnel101";
	tunnel.has_line_up = tunnel.has_mtu_bytes = tunnel.has_transport_mtu_bytes = 1;
	tunnel.mtu_bytes = 9976;
	tunnel.transport_mtu_bytes = 1438;
	peer.peer = (char *)"2001:db8:1101:2202:3303:4404:5505:6606";
	peer.state = (char *)"Idle (Admin)";
	never.has_packets = drop.has_flows = 1;
	never.name = (char *)"acl-drop";
	drop.feature = (char *)"asp";
	drop.name = (char *)"vpn-handle-not-found";
	drop.flows = 20;
	s->sessions = sessions;
	s->interfaces = interfaces;
	s->bgp_peers = peers;
	s->drops = drops;
	s->n_sessions = s->n_interfaces = s->n_bgp_peers = 1;
	s->n_drops = 2;
	text = table_of(s);
	assert_has_line(text, "Tunnel101      -               DOWN-NEGOTIATING        -     0         -");
	assert_has_line(text, "Tunnel101               -     down  1438            -            -        -");
	assert_has_line(text, "2001:db8:1101:2202:3303:4404:5505:6606 -         ");
	assert_has_line(text, "asp       vpn-handle-not-found                                               20");
	assert_null(strstr(text, "acl-drop"));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(text);
}

static void a_list_that_was_read_and_is_empty_is_none_and_one_that_was_not_is_not_shown(void **state) {
	Sawatch__V1__DeviceSample *s = example();
	char *text;

	(void)state;
	s->n_ipsec_sas = s->n_ike_sas = 0;
	text = table_of(s);
	assert_has_line(text, "none");
	assert_null(strstr(text, "IKE LOCAL"));
	free(text);
}

static void an_error_of_the_poll_and_of_a_table_is_shown(void **state) {
	Sawatch__V1__DeviceSample *s = example();
	char *text;

	(void)state;
	s->error = (char *)"the file was last written 26 hours ago";
	s->tables[0]->status = SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED;
	s->tables[0]->error = (char *)"% Authorization failed.";
	text = table_of(s);
	assert_has_line(text, "error: the file was last written 26 hours ago");
	assert_has_line(text, "  show crypto ipsec sa detail: failed, 2 rows: % Authorization failed.");
	free(text);
}

static void every_format_prints_the_packed_sample(void **state) {
	Sawatch__V1__DeviceSample *s = example();
	size_t len = sawatch__v1__device_sample__get_packed_size(s), n;
	uint8_t *packed = malloc(len);
	struct saw_err err;
	char *text;
	FILE *f;

	(void)state;
	assert_non_null(packed);
	sawatch__v1__device_sample__pack(s, packed);
	f = open_memstream(&text, &n);
	assert_int_equal(saw_print_sample(f, packed, len, "protobuf", &err), 0);
	fclose(f);
	assert_int_equal(n, len);
	assert_memory_equal(text, packed, len);
	free(text);
	f = open_memstream(&text, &n);
	assert_int_equal(saw_print_sample(f, packed, len, "json", &err), 0);
	fclose(f);
	assert_non_null(strstr(text, "\"replay_failed_recv\": 711"));
	assert_int_equal(text[n - 1], '\n');
	free(text);
	f = open_memstream(&text, &n);
	assert_int_equal(saw_print_sample(f, packed, len, "table", &err), 0);
	assert_int_equal(saw_print_sample(f, packed, len, "xml", &err), SAW_EUNKNOWN);
	assert_non_null(strstr(err.text, "table, json or protobuf"));
	assert_int_equal(saw_print_sample(f, (const uint8_t *)"\xff\xff", 2, "json", &err), SAW_EFORMAT);
	fclose(f);
	assert_non_null(strstr(text, "Tunnel101"));
	free(text);
	free(packed);
}

static void output_that_cannot_be_written_is_an_error(void **state) {
	Sawatch__V1__DeviceSample *s = example();
	static const char *const formats[] = {"table", "json", "protobuf"};
	size_t len = sawatch__v1__device_sample__get_packed_size(s);
	uint8_t *packed = malloc(len);

	(void)state;
	assert_non_null(packed);
	sawatch__v1__device_sample__pack(s, packed);
	for (size_t i = 0; i < 3; i++) {
		FILE *full = fopen("/dev/full", "w");
		struct saw_err err = {0};

		if (!full)
			skip();
		assert_true(saw_print_sample(full, packed, len, formats[i], &err) < 0);
		assert_non_null(strstr(err.text, "cannot be written"));
		fclose(full);
	}
	free(packed);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_says_what_was_read_and_what_is_not_known),
		cmocka_unit_test(no_line_of_a_table_is_wider_than_a_terminal),
		cmocka_unit_test(sessions_interfaces_bgp_peers_and_drops_are_shown_where_they_were_read),
		cmocka_unit_test(a_list_that_was_read_and_is_empty_is_none_and_one_that_was_not_is_not_shown),
		cmocka_unit_test(an_error_of_the_poll_and_of_a_table_is_shown),
		cmocka_unit_test(every_format_prints_the_packed_sample),
		cmocka_unit_test(output_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
