#include "model/mtu.h"
#include "model/mtu_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct saw_mtu_tunnel tunnel(const char *cipher, const char *integrity, uint32_t path_mtu) {
	struct saw_mtu_tunnel t = {.path_mtu = path_mtu};

	t.cipher = saw_mtu_cipher_find(saw_str_of(cipher));
	assert_non_null(t.cipher);
	if (integrity) {
		t.integrity = saw_mtu_integrity_find(saw_str_of(integrity));
		assert_non_null(t.integrity);
	}
	return t;
}

static struct saw_mtu compute(const struct saw_mtu_tunnel *t) {
	struct saw_mtu m;
	struct saw_err err = {0};

	if (saw_mtu_compute(t, &m, &err))
		fail_msg("%s", err.text);
	return m;
}

/* What clouds and devices publish. AWS: the Site-to-Site VPN guide's table of MTU by algorithm. Google: the Cloud VPN page on
 * MTU, whose values for IPv6 and for gateways of 1440 are kept below what would fit. Cisco: what IOS and IOS-XE print. */
static const struct published {
	const char *source, *cipher, *integrity;
	uint32_t path_mtu;
	bool nat_t, ipv6, transport;
	uint32_t plaintext_mtu;
	bool lower_bound;
} published[] = {
	{"AWS", "aes-gcm-128", NULL, 1500, false, false, false, 1446, false},
	{"AWS", "aes-gcm-256", NULL, 1500, true, false, false, 1438, false},
	{"AWS", "aes-cbc-128", "sha1", 1500, false, false, false, 1438, false},
	{"AWS", "aes-cbc-256", "sha256", 1500, false, false, false, 1438, false},
	{"AWS", "aes-cbc-256", "sha1", 1500, true, false, false, 1422, false},
	{"AWS", "aes-cbc-128", "sha256", 1500, true, false, false, 1422, false},
	{"AWS", "aes-cbc-256", "sha384", 1500, false, false, false, 1422, false},
	{"AWS", "aes-cbc-256", "sha384", 1500, true, false, false, 1422, false},
	{"AWS", "aes-cbc-256", "sha512", 1500, false, false, false, 1422, false},
	{"AWS", "aes-cbc-256", "sha512", 1500, true, false, false, 1406, false},
	{"Google", "aes-gcm-256", NULL, 1460, false, false, false, 1406, false},
	{"Google", "aes-gcm-128", NULL, 1460, false, true, false, 1386, false},
	{"Google", "aes-gcm-128", NULL, 1440, false, false, false, 1386, false},
	{"Google", "aes-cbc-128", "sha1", 1460, false, false, false, 1390, false},
	{"Google", "aes-cbc-256", "sha256", 1460, false, false, false, 1390, false},
	{"Google", "aes-cbc-256", "sha512", 1460, false, false, false, 1374, false},
	{"Google", "aes-cbc-256", "sha512", 1460, false, true, false, 1354, true},
	{"Google", "aes-cbc-256", "sha256", 1460, false, true, false, 1370, true},
	{"Google", "aes-cbc-256", "sha256", 1440, false, false, false, 1370, true},
	{"Google", "aes-cbc-256", "sha512", 1440, false, false, false, 1354, true},
	{"Google", "aes-cbc-256", "sha256", 1440, false, true, false, 1350, true},
	{"Google", "aes-cbc-256", "sha512", 1440, false, true, false, 1334, true},
	{"Cisco", "aes-gcm-256", NULL, 1500, false, false, false, 1446, false},
	{"Cisco", "aes-gcm-256", NULL, 1500, false, false, true, 1466, false},
	{"Cisco", "aes-gcm-256", NULL, 9184, false, false, false, 9130, false},
	{"Cisco", "3des", "sha256", 1500, false, false, false, 1446, false},
	{"Cisco", "3des", "sha1", 1500, false, false, false, 1446, false},
	{"Cisco", "3des", NULL, 1476, false, false, false, 1438, false},
	{"Cisco", "des", "md5", 1500, false, false, false, 1446, false},
	{"Cisco", "aes-cbc-256", "sha256", 1500, false, false, true, 1458, false},
	{"Cisco", "aes-cbc-256", "sha1", 1500, true, false, true, 1442, false},
	{"Cisco", "aes-cbc-256", "sha256", 1500, false, true, true, 1446, false},
	{"Cisco", "3des", "md5", 1500, false, true, true, 1470, false},
	{"Cisco", "aes-gcm-256", NULL, 1480, true, true, true, 1438, false},
};

static void published_values_come_out(void **state) {
	(void)state;
	for (size_t i = 0; i < COUNT(published); i++) {
		const struct published *p = &published[i];
		struct saw_mtu_tunnel t = tunnel(p->cipher, p->integrity, p->path_mtu);
		struct saw_mtu m;

		t.nat_t = p->nat_t;
		t.outer_ipv6 = p->ipv6;
		t.transport = p->transport;
		t.inner_ipv6 = p->ipv6 && p->transport;
		m = compute(&t);
		print_message("%s %s %s, path %u: %u\n", p->source, p->cipher, p->integrity ? p->integrity : "-", p->path_mtu,
					  m.plaintext_mtu);
		if (p->lower_bound)
			assert_true(m.plaintext_mtu >= p->plaintext_mtu && m.plaintext_mtu < p->plaintext_mtu + 20);
		else
			assert_int_equal(m.plaintext_mtu, p->plaintext_mtu);
	}
}

/* Over 1500: IPv4, IPv4 with NAT-T, IPv6, IPv6 with NAT-T. */
static void every_suite_over_1500(void **state) {
	static const struct {
		const char *cipher, *integrity;
		uint32_t mtu[4];
	} rows[] = {
		{"aes-gcm-128", NULL, {1446, 1438, 1426, 1418}},     {"aes-gcm-192", NULL, {1446, 1438, 1426, 1418}},
		{"aes-gmac-256", NULL, {1446, 1438, 1426, 1418}},    {"aes-cbc-128", "sha1", {1438, 1422, 1422, 1406}},
		{"aes-cbc-192", "md5", {1438, 1422, 1422, 1406}},    {"aes-cbc-256", "sha256", {1438, 1422, 1406, 1406}},
		{"aes-cbc-256", "sha384", {1422, 1422, 1406, 1390}}, {"aes-cbc-256", "sha512", {1422, 1406, 1390, 1390}},
		{"3des", "sha1", {1446, 1438, 1430, 1422}},          {"null", "sha1", {1458, 1450, 1438, 1430}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned k = 0; k < 4; k++) {
			struct saw_mtu_tunnel t = tunnel(rows[i].cipher, rows[i].integrity, 1500);

			t.nat_t = k & 1;
			t.outer_ipv6 = k & 2;
			assert_int_equal(compute(&t).plaintext_mtu, rows[i].mtu[k]);
		}
}

/* 1500 - (50 VXLAN + 62 IPsec) = 1388, MSS 1348; GRE takes 24 in the place of 50. */
static void overlays_are_counted_layer_by_layer(void **state) {
	static const struct {
		struct saw_mtu_layer layers[2];
		size_t n;
		uint32_t overlay, mtu, mss;
	} rows[] = {
		{{{0}}, 0, 0, 1438, 1398},
		{{{.kind = SAW_MTU_VXLAN}}, 1, 50, 1388, 1348},
		{{{.kind = SAW_MTU_VXLAN, .tag = true}}, 1, 54, 1384, 1344},
		{{{.kind = SAW_MTU_VXLAN, .ipv6 = true}}, 1, 70, 1368, 1328},
		{{{.kind = SAW_MTU_GRE}}, 1, 24, 1414, 1374},
		{{{.kind = SAW_MTU_GRE, .key = true}}, 1, 28, 1410, 1370},
		{{{.kind = SAW_MTU_GRE, .key = true, .sequence = true, .checksum = true, .ipv6 = true}}, 1, 56, 1382, 1342},
		{{{.kind = SAW_MTU_GRE}, {.kind = SAW_MTU_VXLAN}}, 2, 74, 1364, 1324},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct saw_mtu_tunnel t = tunnel("aes-gcm-256", NULL, 1500);
		struct saw_mtu m;

		t.nat_t = true;
		t.n_layers = rows[i].n;
		for (size_t k = 0; k < rows[i].n; k++)
			t.layers[k] = rows[i].layers[k];
		m = compute(&t);
		assert_int_equal(m.plaintext_mtu, 1438);
		assert_int_equal(m.overhead_bytes, 62);
		assert_int_equal(m.overlay_bytes, rows[i].overlay);
		assert_int_equal(m.tunnel_mtu, rows[i].mtu);
		assert_int_equal(m.tcp_mss, rows[i].mss);
		t.inner_ipv6 = true;
		assert_int_equal(compute(&t).tcp_mss, rows[i].mss - 20);
	}
}

/* GRE over IPsec in transport mode: GRE's IP header is the one outside. */
static void transport_mode_shares_the_outer_header(void **state) {
	struct saw_mtu_tunnel t = tunnel("aes-gcm-256", NULL, 1500);
	struct saw_mtu m;

	(void)state;
	t.transport = true;
	t.n_layers = 1;
	m = compute(&t);
	assert_int_equal(m.plaintext_mtu, 1466);
	assert_int_equal(m.tunnel_mtu, 1442);
	assert_string_equal(m.parts[0].text, "IPv4 header, the packet's own");
	for (size_t i = 1; i < m.n_parts; i++)
		assert_string_not_equal(m.parts[i].text, "IPv4 header of GRE");
}

/* Whatever is asked for: the headers drawn add up to the path MTU, one byte more would not fit, and the middle is the MSS. */
static void the_drawn_packet_fills_the_path(void **state) {
	unsigned tried = 0;

	(void)state;
	for (size_t c = 0; saw_mtu_cipher_at(c); c++)
		for (unsigned k = 0; k < 64; k++)
			for (uint32_t path = 1280; path < 1330; path++) {
				const struct saw_mtu_cipher *cipher = saw_mtu_cipher_at(c);
				struct saw_mtu_tunnel t = {.cipher = cipher, .path_mtu = path};
				uint32_t sum = 0, encrypted = 0;
				struct saw_mtu m;

				t.integrity = cipher->icv ? NULL : saw_mtu_integrity_at(k % 5);
				t.nat_t = k & 1;
				t.outer_ipv6 = k & 2;
				t.transport = k & 4;
				t.n_layers = k >> 3 & 3;
				t.inner_ipv6 = t.transport ? t.outer_ipv6 : k & 32;
				for (size_t i = 0; i < t.n_layers; i++)
					t.layers[i] = (struct saw_mtu_layer){.kind = i ? SAW_MTU_VXLAN : SAW_MTU_GRE,
														 .ipv6 = t.transport && i == 0 ? t.outer_ipv6 : k & 1,
														 .key = k & 2,
														 .tag = k & 4};
				m = compute(&t);
				for (size_t i = 0; i < m.n_parts; i++) {
					sum += m.parts[i].bytes;
					encrypted += m.parts[i].zone == SAW_MTU_CLEAR ? 0 : m.parts[i].bytes;
				}
				assert_int_equal(sum, path);
				assert_int_equal(encrypted % cipher->align, 0);
				assert_int_equal(encrypted - 2 + (t.transport ? m.parts[0].bytes : 0), m.plaintext_mtu);
				assert_true(m.unused_bytes < cipher->align);
				assert_int_equal(m.plaintext_mtu + m.overhead_bytes, path);
				assert_int_equal(m.tunnel_mtu + m.overlay_bytes, m.plaintext_mtu);
				tried++;
			}
	assert_int_equal(tried, 12 * 64 * 50);
}

static void what_contradicts_itself_is_refused(void **state) {
	struct saw_mtu m = {.plaintext_mtu = 7};
	struct saw_mtu_tunnel t = tunnel("aes-gcm-256", "sha256", 1500);
	struct saw_err err;

	(void)state;
	assert_int_equal(saw_mtu_compute(&t, &m, &err), SAW_EFORMAT);
	assert_non_null(strstr(err.text, "authenticates by itself"));
	t = tunnel("aes-gcm-256", NULL, 1500);
	t.transport = true;
	t.inner_ipv6 = true;
	assert_int_equal(saw_mtu_compute(&t, &m, &err), SAW_EFORMAT);
	t = tunnel("aes-gcm-256", NULL, 67);
	assert_int_equal(saw_mtu_compute(&t, &m, &err), SAW_ERANGE);
	t.path_mtu = 65536;
	assert_int_equal(saw_mtu_compute(&t, &m, &err), SAW_ERANGE);
	t.path_mtu = 1279;
	t.outer_ipv6 = true;
	assert_int_equal(saw_mtu_compute(&t, &m, &err), SAW_ERANGE);
	/* 68 - 20 - 8 - 8 - 16 = 16 bytes to encrypt hold no TCP header. */
	t = tunnel("aes-gcm-256", NULL, 68);
	assert_int_equal(saw_mtu_compute(&t, &m, &err), SAW_ERANGE);
	assert_non_null(strstr(err.text, "no room"));
	t.cipher = NULL;
	assert_int_equal(saw_mtu_compute(&t, &m, NULL), SAW_EFORMAT);
	assert_int_equal(m.plaintext_mtu, 7);
}

/* GCM's block counts 1, its alignment is 4: there the bound may be up to 3 bytes high. */
static void the_asa_overhead_is_an_upper_bound(void **state) {
	static const struct {
		const char *cipher, *integrity;
		bool nat_t;
		uint32_t x, y;
	} rows[] = {
		{"aes-cbc-256", "sha1", false, 74, 44},  {"aes-cbc-128", "md5", true, 82, 52},
		{"aes-cbc-256", "sha256", true, 86, 52}, {"3des", "sha1", false, 58, 36},
		{"null", "md5", false, 46, 28},          {"aes-gcm-256", NULL, true, 63, 44},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct saw_mtu_tunnel t = tunnel(rows[i].cipher, rows[i].integrity, 1500);
		uint32_t x, y, left;

		t.nat_t = rows[i].nat_t;
		saw_mtu_asa_overhead(&t, &x, &y);
		assert_int_equal(x, rows[i].x);
		assert_int_equal(y, rows[i].y);
		for (t.path_mtu = 1280; t.path_mtu <= 1500; t.path_mtu++) {
			left = saw_mtu_asa_plaintext(t.path_mtu, x);
			if (t.cipher->asa_block > 1)
				assert_true(left <= compute(&t).plaintext_mtu);
			assert_true(saw_mtu_same(t.cipher, left, compute(&t).plaintext_mtu));
		}
	}
	assert_int_equal(saw_mtu_asa_plaintext(60, 63), 0);
}

static void ends_differ_only_from_a_block_on(void **state) {
	const struct saw_mtu_cipher *gcm = saw_mtu_cipher_of("aes-gcm", 256), *cbc = saw_mtu_cipher_of("aes-cbc", 256);

	(void)state;
	assert_true(saw_mtu_same(gcm, 1437, 1438)); /* an ASA's 1500 - 63 beside a router's */
	assert_true(saw_mtu_same(gcm, 1438, 1437));
	assert_false(saw_mtu_same(gcm, 1446, 1438)); /* NAT-T on one end */
	assert_true(saw_mtu_same(cbc, 1438, 1421));
	assert_false(saw_mtu_same(cbc, 1438, 1420));
	assert_true(saw_mtu_exceeds(1439, 1438));
	assert_false(saw_mtu_exceeds(1438, 1438));
}

static void a_difference_from_the_device_has_its_reason(void **state) {
	static const struct {
		const char *cipher, *integrity;
		uint32_t path;
		bool nat_t, esn;
		uint32_t observed, computed;
		enum saw_mtu_reason reason;
	} rows[] = {
		{"aes-gcm-256", NULL, 1500, true, false, 1438, 1438, SAW_MTU_EQUAL},
		{"aes-gcm-256", NULL, 1500, true, false, 1437, 1438, SAW_MTU_ROUNDED},
		{"aes-gcm-256", NULL, 1500, false, false, 1438, 1446, SAW_MTU_COUNTS_NAT_T},
		{"aes-gcm-256", NULL, 1500, false, true, 1438, 1446, SAW_MTU_COUNTS_ESN},
		{"aes-gcm-256", NULL, 1500, true, true, 1446, 1438, SAW_MTU_OMITS_NAT_T},
		{"aes-gcm-256", NULL, 1400, false, false, 1446, 1346, SAW_MTU_OTHER_PATH},
		{"aes-gcm-256", NULL, 1500, false, false, 1400, 1446, SAW_MTU_NOT_EXPLAINED},
		{"aes-cbc-256", "sha256", 1500, false, false, 1422, 1438, SAW_MTU_COUNTS_NAT_T},
		{"aes-cbc-256", "sha256", 1500, false, false, 1430, 1438, SAW_MTU_ROUNDED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct saw_mtu_tunnel t = tunnel(rows[i].cipher, rows[i].integrity, rows[i].path);
		struct saw_mtu_comparison c;

		t.nat_t = rows[i].nat_t;
		assert_int_equal(saw_mtu_compare(&t, rows[i].esn, rows[i].observed, &c, NULL), 0);
		assert_int_equal(c.computed, rows[i].computed);
		assert_int_equal(c.observed, rows[i].observed);
		assert_int_equal(c.reason, rows[i].reason);
		assert_true(strlen(c.text) > 5);
	}
}

/* Generated messages hold char *; nothing here writes to them. */
static char *z(const char *s) {
	return (char *)(uintptr_t)s;
}

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

static Sawatch__V1__TunnelEnd gcm_end(void) {
	Sawatch__V1__TunnelEnd t = SAWATCH__V1__TUNNEL_END__INIT;

	t.encryption = z("aes-gcm");
	t.remote = z("198.51.100.1");
	SET(&t, key_bits, 256);
	SET(&t, path_mtu, 1500);
	SET(&t, nat_t, 1);
	return t;
}

static void a_live_end_shows_computed_beside_observed(void **state) {
	Sawatch__V1__TunnelEnd t = gcm_end();

	(void)state;
	SET(&t, plaintext_mtu, 1438);
	saw_mtu_end_fill(&t);
	assert_int_equal(t.computed_mtu, 1438);
	assert_int_equal(t.recommended_mss, 1398);
	assert_null(t.mtu_difference);
	t.overlay = z("vxlan");
	saw_mtu_end_fill(&t);
	assert_int_equal(t.computed_mtu, 1438);
	assert_int_equal(t.recommended_mss, 1348);
	t.overlay = z("gre");
	saw_mtu_end_fill(&t);
	assert_int_equal(t.recommended_mss, 1374);
	t.nat_t = 0;
	saw_mtu_end_fill(&t);
	assert_int_equal(t.computed_mtu, 1446);
	assert_non_null(strstr(t.mtu_difference, "NAT-T"));

	/* What is not known is not computed. */
	t = gcm_end();
	t.has_nat_t = 0;
	saw_mtu_end_fill(&t);
	assert_false(t.has_computed_mtu || t.has_recommended_mss);
	t = gcm_end();
	t.has_path_mtu = 0;
	saw_mtu_end_fill(&t);
	assert_false(t.has_computed_mtu);
	t = gcm_end();
	t.encryption = z("seal");
	saw_mtu_end_fill(&t);
	assert_false(t.has_computed_mtu);
	t = gcm_end();
	t.encryption = z("aes-cbc");
	t.integrity = z("aes-xcbc");
	saw_mtu_end_fill(&t);
	assert_false(t.has_computed_mtu);

	/* IPv6 outside, transport mode: IPv6 inside. */
	t = gcm_end();
	t.remote = z("2001:db8::1");
	t.mode = z("Transport");
	t.path_mtu = 1480;
	saw_mtu_end_fill(&t);
	assert_int_equal(t.computed_mtu, 1438);
	assert_int_equal(t.recommended_mss, 1378);
}

static void two_ends_are_compared_and_alarmed(void **state) {
	Sawatch__V1__TunnelEnd asr = gcm_end(), asa = gcm_end();

	(void)state;
	SET(&asr, plaintext_mtu, 1438);
	assert_false(saw_mtu_ends_differ(&asr, &asa)); /* the other says nothing */
	SET(&asa, ipsec_overhead, 63);
	assert_int_equal(saw_mtu_end_observed(&asa), 1437);
	assert_false(saw_mtu_ends_differ(&asr, &asa));
	asa.path_mtu = 1480;
	assert_true(saw_mtu_ends_differ(&asr, &asa));
	asr.encryption = asa.encryption = NULL;
	assert_true(saw_mtu_ends_differ(&asr, &asa));
	asa.path_mtu = 1492;
	assert_false(saw_mtu_ends_differ(&asr, &asa)); /* 9 apart, which may be a block */

	asr = gcm_end();
	SET(&asr, ip_mtu, 1500); /* the outer interface's: no alarm */
	SET(&asr, transport_mtu, 1438);
	assert_false(saw_mtu_end_too_large(&asr));
	SET(&asr, plaintext_mtu, 1438);
	assert_false(saw_mtu_end_too_large(&asr));
	asr.transport_mtu = 1439;
	assert_true(saw_mtu_end_too_large(&asr));
	asr.has_plaintext_mtu = 0;
	assert_false(saw_mtu_end_too_large(&asr));
	saw_mtu_end_fill(&asr);
	assert_int_equal(saw_mtu_end_too_large(&asr), 1439);
	SET(&asr, tunnel_ip_mtu, 1400); /* as `ip mtu` says, which counts */
	assert_int_equal(saw_mtu_end_too_large(&asr), 0);
	asr.tunnel_ip_mtu = 1500;
	assert_int_equal(saw_mtu_end_too_large(&asr), 1500);
}

static void names_are_found(void **state) {
	(void)state;
	assert_string_equal(saw_mtu_cipher_find(SAW_STR("AES-GCM-256"))->name, "aes-gcm-256");
	assert_null(saw_mtu_cipher_find(SAW_STR("aes-gcm")));
	assert_null(saw_mtu_cipher_find(SAW_STR("seal")));
	assert_string_equal(saw_mtu_cipher_of("aes-cbc", 192)->name, "aes-cbc-192");
	assert_string_equal(saw_mtu_cipher_of("aes-gcm", 0)->algorithm, "aes-gcm"); /* the size changes nothing */
	assert_string_equal(saw_mtu_cipher_of("3des", 0)->name, "3des");
	assert_null(saw_mtu_cipher_of("seal", 0));
	assert_null(saw_mtu_cipher_of(NULL, 0));
	assert_null(saw_mtu_integrity_find(SAW_STR("sha3")));
	assert_null(saw_mtu_integrity_at(5));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_values_come_out),
		cmocka_unit_test(every_suite_over_1500),
		cmocka_unit_test(overlays_are_counted_layer_by_layer),
		cmocka_unit_test(transport_mode_shares_the_outer_header),
		cmocka_unit_test(the_drawn_packet_fills_the_path),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(the_asa_overhead_is_an_upper_bound),
		cmocka_unit_test(ends_differ_only_from_a_block_on),
		cmocka_unit_test(a_difference_from_the_device_has_its_reason),
		cmocka_unit_test(a_live_end_shows_computed_beside_observed),
		cmocka_unit_test(two_ends_are_compared_and_alarmed),
		cmocka_unit_test(names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
