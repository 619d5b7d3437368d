/* The schema: presence, the JSON form, field references, and the builder that packs records one by one. */
#include "collectors/sample.h"
#include "proto/field.h"
#include "proto/json.h"
#include "proto/tunnel_fact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void json_follows_the_rules(void **state) {
	Sawatch__V1__DeviceSample s = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	Sawatch__V1__IpsecSa flow = SAWATCH__V1__IPSEC_SA__INIT, *flows[] = {&flow};
	Sawatch__V1__TableStatus table = SAWATCH__V1__TABLE_STATUS__INIT, *tables[] = {&table};
	struct saw_json_opts opts = {.list_read = saw_sample_list_read};
	struct saw_buf b = SAW_BUF_INIT(4096);

	(void)state;
	s.has_platform = 1;
	s.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE;
	s.hostname = (char[]){"R\xe9 \"x\"\n"};
	table.name = (char[]){"show crypto ipsec sa detail"};
	table.has_status = 1;
	table.status = SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE;
	s.tables = tables;
	s.n_tables = 1;
	flow.has_current_outbound_spi = 1;
	flow.current_outbound_spi = 0x20c196d;
	flow.has_encaps_packets = 1;
	flow.encaps_packets = UINT64_MAX;
	flow.has_pfs = 1;
	s.ipsec_sas = flows;
	s.n_ipsec_sas = 1;
	assert_int_equal(saw_json_write(&b, &s.base, &opts), 0);
	assert_string_equal(
		saw_buf_text(&b),
		"{\"platform\":\"iosxe\",\"tables\":[{\"name\":\"show crypto ipsec sa detail\",\"status\":\"complete\"}],"
		"\"hostname\":\"R\\\\xe9 \\\"x\\\"\\\\x0a\",\"ipsec_sas\":[{\"encaps_packets\":18446744073709551615,"
		"\"current_outbound_spi\":\"0x020c196d\",\"pfs\":false,\"inbound_sas\":[],\"outbound_sas\":[]}]}");
	/* A list whose section was cut short is not known to be empty. */
	table.status = SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL;
	s.n_ipsec_sas = 0;
	s.hostname = NULL;
	saw_buf_reset(&b);
	saw_json_write(&b, &s.base, &opts);
	assert_null(strstr(saw_buf_text(&b), "ipsec_sas"));
	table.status = SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE;
	saw_buf_reset(&b);
	saw_json_write(&b, &s.base, &opts);
	assert_non_null(strstr(saw_buf_text(&b), "\"ipsec_sas\":[]"));
	assert_null(strstr(saw_buf_text(&b), "ike_sas"));
	saw_buf_free(&b);
}

static void enumerators_go_both_ways(void **state) {
	int v;

	(void)state;
	assert_string_equal(saw_enum_name(&sawatch__v1__poll_error__descriptor, 6), "unsupported");
	assert_string_equal(saw_enum_name(&sawatch__v1__tunnel_state__descriptor, 4), "missing");
	assert_null(saw_enum_name(&sawatch__v1__role__descriptor, 99));
	assert_true(saw_enum_value(&sawatch__v1__platform__descriptor, "ios", &v));
	assert_int_equal(v, SAWATCH__V1__PLATFORM__PLATFORM_IOS);
	assert_false(saw_enum_value(&sawatch__v1__platform__descriptor, "IOS", &v));
}

static void fields_are_set_with_presence_and_range(void **state) {
	static const struct saw_field mtu = SAW_FIELD(Sawatch__V1__IpsecSa, plaintext_mtu);
	static const struct saw_field packets = SAW_FIELD(Sawatch__V1__IpsecSa, encaps_packets);
	static const struct saw_field pfs = SAW_FIELD(Sawatch__V1__IpsecSa, pfs);
	static const struct saw_field peer = SAW_FIELD_TEXT(Sawatch__V1__IpsecSa, peer);
	Sawatch__V1__IpsecSa f = SAWATCH__V1__IPSEC_SA__INIT;
	uint64_t v;

	(void)state;
	assert_false(saw_field_get_u64(&f.base, &mtu, &v));
	assert_int_equal(saw_field_set_u64(&f.base, &mtu, (uint64_t)UINT32_MAX + 1), SAW_ERANGE);
	assert_false(f.has_plaintext_mtu);
	assert_int_equal(saw_field_set_u64(&f.base, &mtu, 1438), 0);
	assert_true(f.has_plaintext_mtu);
	assert_int_equal(f.plaintext_mtu, 1438);
	assert_int_equal(saw_field_set_u64(&f.base, &packets, 0), 0);
	assert_true(saw_field_get_u64(&f.base, &packets, &v));
	assert_int_equal(v, 0);
	assert_int_equal(saw_field_set_u64(&f.base, &pfs, 2), SAW_ERANGE);
	assert_int_equal(saw_field_set_text(&f.base, &peer, (char[]){"192.0.2.1"}), 0);
	assert_string_equal(saw_field_get_text(&f.base, &peer), "192.0.2.1");
	assert_int_equal(saw_field_set_text(&f.base, &mtu, NULL), SAW_EFORMAT);
}

static void what_is_absent_is_filled_from_another_message(void **state) {
	Sawatch__V1__Interface to = SAWATCH__V1__INTERFACE__INIT, from = SAWATCH__V1__INTERFACE__INIT;
	char name[] = "Tunnel11", other[] = "tunnel11", vrf[] = "BLUE";

	(void)state;
	to.name = name;
	to.has_line_up = 1;
	to.line_up = 0;
	from.name = other;
	from.vrf = vrf;
	from.has_line_up = from.has_ip_mtu_bytes = from.has_in_bytes = 1;
	from.line_up = 1;
	from.ip_mtu_bytes = 1400;
	from.in_bytes = UINT64_MAX;
	saw_field_fill(&to.base, &from.base);
	assert_ptr_equal(to.name, name);
	assert_ptr_equal(from.name, other);
	assert_ptr_equal(to.vrf, vrf);
	assert_null(from.vrf);
	assert_int_equal(to.line_up, 0);
	assert_true(to.has_ip_mtu_bytes && to.ip_mtu_bytes == 1400);
	assert_true(to.has_in_bytes && to.in_bytes == UINT64_MAX);
	assert_false(to.has_mtu_bytes || to.has_out_bytes);
}

static void records_stream_into_one_sample(void **state) {
	struct saw_sample_builder *b = saw_sample_builder_create(1 << 16);
	struct saw_sink sink = saw_sample_sink(b);
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT, *s;
	Sawatch__V1__IpsecSa flow = SAWATCH__V1__IPSEC_SA__INIT;
	Sawatch__V1__Interface port = SAWATCH__V1__INTERFACE__INIT;
	const uint8_t *data;
	size_t len;

	(void)state;
	saw_sample_begin(b, "ASR-WAN01", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, SAWATCH__V1__SOURCE__SOURCE_FILE);
	flow.peer = (char[]){"192.0.2.1"};
	assert_int_equal(sink.record(sink.ctx, &flow.base), 0);
	port.name = (char[]){"Tunnel11"};
	assert_int_equal(sink.record(sink.ctx, &port.base), 0);
	flow.peer = (char[]){"192.0.2.2"};
	assert_int_equal(sink.record(sink.ctx, &flow.base), 0);
	facts.hostname = (char[]){"ASR-WAN01"};
	assert_int_equal(sink.facts(sink.ctx, &facts), 0);
	assert_int_equal(sink.unparsed(sink.ctx, 7, SAW_STR("  odd \x01line\r\n")), 0);
	assert_int_equal(saw_sample_records(b), 3);
	saw_sample_table(b, "show crypto ipsec sa", SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE, 2, 0, NULL);
	assert_int_equal(saw_sample_finish(b, 1700000000000, 0.25, 0, &data, &len), 0);
	s = sawatch__v1__device_sample__unpack(NULL, len, data);
	assert_non_null(s);
	assert_string_equal(s->device, "ASR-WAN01");
	assert_string_equal(s->hostname, "ASR-WAN01");
	assert_int_equal(s->n_ipsec_sas, 2);
	assert_string_equal(s->ipsec_sas[1]->peer, "192.0.2.2");
	assert_int_equal(s->n_interfaces, 1);
	assert_int_equal(s->unparsed[0]->line, 7);
	assert_string_equal(s->unparsed[0]->text, "odd \\x01line");
	assert_int_equal(s->escaped_bytes, 1);
	assert_int_equal(s->tables[0]->status, SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	assert_int_equal(s->observed_at_ms, 1700000000000);
	assert_false(s->has_uptime_seconds);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	saw_sample_builder_destroy(b);
}

static void a_full_sample_says_so(void **state) {
	struct saw_sample_builder *b = saw_sample_builder_create(200);
	struct saw_sink sink = saw_sample_sink(b);
	Sawatch__V1__IpsecSa flow = SAWATCH__V1__IPSEC_SA__INIT;
	Sawatch__V1__DeviceSample *s;
	const uint8_t *data;
	size_t len;
	int rc = 0, n = 0;

	(void)state;
	saw_sample_begin(b, "d", SAWATCH__V1__PLATFORM__PLATFORM_ASA, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	flow.peer = (char[]){"192.0.2.1"};
	while (rc == 0 && n < 1000) {
		rc = sink.record(sink.ctx, &flow.base);
		n += rc == 0;
	}
	assert_int_equal(rc, SAW_ELIMIT);
	saw_sample_table(b, "cipSecTunnelTable", SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE, (uint64_t)n, 0, NULL);
	assert_int_equal(saw_sample_finish(b, 1, 0, 5, &data, &len), SAW_ELIMIT);
	s = sawatch__v1__device_sample__unpack(NULL, len, data);
	assert_non_null(s);
	assert_int_equal(s->n_ipsec_sas, n);
	assert_int_equal(s->tables[0]->status, SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL);
	assert_int_equal(s->tables[0]->error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_LIMIT);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	saw_sample_builder_destroy(b);
}

static void facts_become_labels_and_come_back(void **state) {
	static const struct {
		enum saw_tunnel_fact fact;
		const char *text, *becomes; /* NULL: refused */
	} cases[] = {
		{SAW_TUNNEL_FACT_interface, "Tunnel11", "Tunnel11"},
		{SAW_TUNNEL_FACT_encryption, "aes-gcm-256", "aes-gcm-256"},
		{SAW_TUNNEL_FACT_encryption, "3des", "3des"},
		{SAW_TUNNEL_FACT_encryption, "cipher-12", "cipher-12"},
		{SAW_TUNNEL_FACT_ike_version, "2", "2"},
		{SAW_TUNNEL_FACT_ike_version, "4294967296", NULL},
		{SAW_TUNNEL_FACT_dh_group, "19x", NULL},
		{SAW_TUNNEL_FACT_nat_t, "true", "true"},
		{SAW_TUNNEL_FACT_nat_t, "false", "false"},
		{SAW_TUNNEL_FACT_nat_t, "1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[32], scratch[SAW_FIELD_SCRATCH];
		Sawatch__V1__TunnelEnd t;
		int rc;

		sawatch__v1__tunnel_end__init(&t);
		assert_null(saw_tunnel_fact_text(&t, cases[i].fact, scratch));
		snprintf(text, sizeof text, "%s", cases[i].text);
		rc = saw_tunnel_fact_take(&t, cases[i].fact, text);
		if (!cases[i].becomes) {
			assert_true(rc < 0);
			assert_null(saw_tunnel_fact_text(&t, cases[i].fact, scratch));
			continue;
		}
		assert_int_equal(rc, 0);
		assert_string_equal(saw_tunnel_fact_text(&t, cases[i].fact, scratch), cases[i].becomes);
		if (i == 1) {
			assert_string_equal(t.encryption, "aes-gcm");
			assert_int_equal(t.key_bits, 256);
		}
	}
	for (enum saw_tunnel_fact f = 0; f < SAW_TUNNEL_FACTS_COUNT; f++)
		assert_true(*saw_tunnel_fact_label(f));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_follows_the_rules),
		cmocka_unit_test(enumerators_go_both_ways),
		cmocka_unit_test(fields_are_set_with_presence_and_range),
		cmocka_unit_test(what_is_absent_is_filled_from_another_message),
		cmocka_unit_test(records_stream_into_one_sample),
		cmocka_unit_test(a_full_sample_says_so),
		cmocka_unit_test(facts_become_labels_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
