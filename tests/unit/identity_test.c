#include "model/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char *z(const char *s) {
	return (char *)(uintptr_t)s;
}

static struct saw_addr ip(const char *s) {
	struct saw_addr a;

	assert_int_equal(saw_addr_parse(saw_str_of(s), &a), 0);
	return a;
}

static struct saw_end_id end_of(const char *local, const char *remote, const char *local_ident,
								const char *remote_ident, const char *interface) {
	struct saw_end_id e = {.configured = false};

	if (local)
		e.learned.local = ip(local);
	e.learned.remote = ip(remote);
	e.learned.local_ident = saw_selector_of(local_ident);
	e.learned.remote_ident = saw_selector_of(remote_ident);
	e.learned.interface = interface;
	return e;
}

static struct saw_row_id row_of(const char *local, const char *remote, const char *local_ident,
								const char *remote_ident, const char *interface) {
	Sawatch__V1__IpsecSa sa = SAWATCH__V1__IPSEC_SA__INIT;
	struct saw_row_id row;

	sa.local_endpoint = z(local);
	sa.remote_endpoint = z(remote);
	sa.local_ident = z(local_ident);
	sa.remote_ident = z(remote_ident);
	sa.interface = z(interface);
	saw_row_identify(&sa, &row);
	return row;
}

#define ANY4 "0.0.0.0/0.0.0.0/0/0"

static void selectors_have_one_normal_form(void **state) {
	static const struct {
		const char *ident, *text;
		bool any;
	} cases[] = {
		{ANY4, "0.0.0.0/0", true},
		{"0.0.0.0/0", "0.0.0.0/0", true},
		{"::/0/0/0", "::/0", true},
		{"0.0.0.0/0.0.0.0/0/0 - 65535", "0.0.0.0/0", true},
		{"10.0.0.0/255.255.255.0/0/0", "10.0.0.0/24", false},
		{"10.0.0.0/24", "10.0.0.0/24", false},
		{"010.000.000.000/255.255.255.0/0/0", "10.0.0.0/24", false},
		{"192.0.2.1/255.255.255.255/47/0", "192.0.2.1/32/47/0", false},
		{"192.0.2.1", "192.0.2.1/32", false},
		{"10.0.0.0/255.255.255.0/6/443", "10.0.0.0/24/6/443", false},
		{"2001:DB8:0::/48/0/0", "2001:db8::/48", false},
		{"2001:db8::/ffff:ffff::/0/0", "2001:db8::/32", false},
		{"10.0.0.0/255.0.255.0/0/0", "10.0.0.0/255.0.255.0/0/0", false},
		{"10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9", false},
		{"b\xc3\xbcro", "b??ro", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_selector s = saw_selector_of(cases[i].ident);

		assert_true(s.known);
		assert_string_equal(s.text, cases[i].text);
		assert_int_equal(s.any, cases[i].any);
	}
	assert_false(saw_selector_of(NULL).known);
	assert_false(saw_selector_of("  ").known);
}

static void names_hold_nothing_that_changes(void **state) {
	struct saw_end_id e = end_of("192.0.2.1", "198.51.100.1", ANY4, ANY4, "Tunnel11");
	char name[SAW_END_NAME];

	(void)state;
	assert_string_equal(saw_end_name(&e.learned, name), "192.0.2.1-198.51.100.1");
	e = end_of("192.0.2.1", "198.51.100.1", NULL, NULL, NULL);
	assert_string_equal(saw_end_name(&e.learned, name), "192.0.2.1-198.51.100.1");
	e = end_of("192.0.2.1", "198.51.100.1", "10.0.0.0/255.255.255.0/0/0", "10.1.0.0/255.255.0.0/0/0", NULL);
	assert_string_equal(saw_end_name(&e.learned, name), "192.0.2.1-198.51.100.1 10.0.0.0/24-10.1.0.0/16");
	e = end_of(NULL, "2001:db8::1", NULL, NULL, NULL);
	assert_string_equal(saw_end_name(&e.learned, name), "any-2001:db8::1");
}

static void three_generations_of_spis_are_remembered(void **state) {
	struct saw_spis s = {0};

	(void)state;
	for (uint32_t spi = 1; spi <= 6; spi++)
		assert_true(saw_spis_remember(&s, spi));
	assert_false(saw_spis_remember(&s, 1));
	assert_false(saw_spis_remember(&s, 0));
	assert_true(saw_spis_remember(&s, 7));
	assert_false(saw_spis_has(&s, 1));
	assert_true(saw_spis_has(&s, 2));
	assert_int_equal(s.spi[0], 7);
	assert_int_equal(s.n, SAW_SPIS_KEPT);
}

static void a_row_is_reduced_to_what_survives(void **state) {
	Sawatch__V1__IpsecSa sa = SAWATCH__V1__IPSEC_SA__INIT;
	Sawatch__V1__Sa in = SAWATCH__V1__SA__INIT, *ins[] = {&in};
	struct saw_row_id row;

	(void)state;
	sa.local_address = z("192.0.2.1");
	sa.local_endpoint = z("0.0.0.0");
	sa.peer = z("198.51.100.1");
	sa.remote_endpoint = z("peer.example.net");
	sa.interface = z("Virtual-Access3");
	sa.has_current_outbound_spi = 1;
	sa.current_outbound_spi = 0x7a857081;
	in.has_spi = 1;
	in.spi = 0x11;
	sa.inbound_sas = ins;
	sa.n_inbound_sas = 1;
	saw_row_identify(&sa, &row);
	assert_int_equal(row.kind, SAW_ROW_TUNNEL);
	assert_int_equal(saw_addr_cmp(&row.traits.local, &(struct saw_addr){4, {192, 0, 2, 1}}), 0);
	assert_int_equal(saw_addr_cmp(&row.traits.remote, &(struct saw_addr){4, {198, 51, 100, 1}}), 0);
	assert_null(row.traits.interface);
	assert_int_equal(row.in[0], 0x11);
	assert_int_equal(row.out[0], 0x7a857081);
}

static void remote_access_rows_are_told_apart(void **state) {
	Sawatch__V1__IpsecSa sa = SAWATCH__V1__IPSEC_SA__INIT;
	Sawatch__V1__Sa in = SAWATCH__V1__SA__INIT, *ins[] = {&in};
	char *settings[] = {z("RA"), z("Tunnel"), z("NAT-T-Encaps")};
	struct saw_row_id row;

	(void)state;
	sa.peer = z("198.51.100.7");
	sa.inbound_sas = ins;
	sa.n_inbound_sas = 1;
	in.settings = settings;
	in.n_settings = 3;
	saw_row_identify(&sa, &row);
	assert_int_equal(row.kind, SAW_ROW_REMOTE_ACCESS);
	in.settings = settings + 1;
	in.n_settings = 2;
	saw_row_identify(&sa, &row);
	assert_int_equal(row.kind, SAW_ROW_TUNNEL);
	sa.dynamic_peer = z("10.9.8.7");
	saw_row_identify(&sa, &row);
	assert_int_equal(row.kind, SAW_ROW_REMOTE_ACCESS);
	sa.dynamic_peer = z("0.0.0.0");
	saw_row_identify(&sa, &row);
	assert_int_equal(row.kind, SAW_ROW_TUNNEL);
	sa.peer = z("0.0.0.0");
	saw_row_identify(&sa, &row);
	assert_int_equal(row.kind, SAW_ROW_NO_PEER);
}

static void traits_find_the_one_end_that_they_do_not_contradict(void **state) {
	struct saw_end_id a = end_of("192.0.2.1", "198.51.100.1", "10.0.0.0/24", "10.1.0.0/24", NULL),
					  b = end_of("192.0.2.1", "198.51.100.1", "10.0.0.0/24", "10.2.0.0/24", NULL),
					  c = end_of("192.0.2.1", "198.51.100.2", ANY4, ANY4, "Tunnel12"), *ends[] = {&c, &b, &a},
					  *got = NULL;
	struct saw_spi_entry spis[3 * 2 * SAW_SPIS_KEPT];
	struct saw_end_index x;
	struct saw_row_id row;

	(void)state;
	saw_end_index_build(&x, ends, 3, spis);
	row = row_of("192.0.2.1", "198.51.100.1", "10.0.0.0/255.255.255.0/0/0", "10.2.0.0/255.255.255.0/0/0", "outside");
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_ONE);
	assert_ptr_equal(got, &b);
	/* Without selectors it could be either. */
	row = row_of("192.0.2.1", "198.51.100.1", NULL, NULL, NULL);
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_SEVERAL);
	row = row_of(NULL, "198.51.100.2", NULL, NULL, NULL);
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_ONE);
	assert_ptr_equal(got, &c);
	row = row_of(NULL, "198.51.100.2", NULL, NULL, "tunnel12");
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_ONE);
	row = row_of(NULL, "198.51.100.2", NULL, NULL, "Tunnel13");
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_NONE);
	row = row_of(NULL, "203.0.113.1", NULL, NULL, NULL);
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_NONE);
}

static void spis_tell_apart_what_traits_cannot(void **state) {
	struct saw_end_id a = end_of("192.0.2.1", "198.51.100.1", ANY4, ANY4, "Tunnel11"),
					  b = end_of("192.0.2.1", "198.51.100.1", ANY4, ANY4, "Tunnel12"), *ends[] = {&a, &b}, *got = NULL;
	struct saw_spi_entry spis[2 * 2 * SAW_SPIS_KEPT];
	struct saw_row_id row = row_of("192.0.2.1", "198.51.100.1", ANY4, ANY4, NULL);
	struct saw_end_index x;

	(void)state;
	saw_spis_remember(&a.in, 0x100);
	saw_spis_remember(&a.out, 0x200);
	saw_spis_remember(&b.in, 0x101);
	saw_spis_remember(&b.out, 0x200); /* their peers chose the same */
	saw_end_index_build(&x, ends, 2, spis);
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_SEVERAL);
	assert_int_equal(saw_match_spi(&x, &row, &got), SAW_MATCH_NONE);
	row.n_out = 1;
	row.out[0] = 0x200;
	assert_int_equal(saw_match_spi(&x, &row, &got), SAW_MATCH_SEVERAL);
	row.n_in = 2;
	row.in[0] = 0x999;
	row.in[1] = 0x101;
	assert_int_equal(saw_match_spi(&x, &row, &got), SAW_MATCH_ONE);
	assert_ptr_equal(got, &b);
	/* The same SPI of another peer is a chance hit. */
	row.traits.remote = ip("203.0.113.9");
	assert_int_equal(saw_match_spi(&x, &row, &got), SAW_MATCH_NONE);
}

static void a_configured_end_is_found_again_after_its_local_address_changed(void **state) {
	struct saw_end_id a = end_of("192.0.2.1", "198.51.100.1", ANY4, ANY4, "Tunnel11"), *ends[] = {&a}, *got = NULL;
	struct saw_spi_entry spis[2 * SAW_SPIS_KEPT];
	struct saw_row_id row = row_of("192.0.2.77", "198.51.100.1", ANY4, ANY4, NULL);
	struct saw_end_index x;

	(void)state;
	a.configured = true;
	a.given.remote = ip("198.51.100.1");
	saw_end_index_build(&x, ends, 1, spis);
	assert_int_equal(saw_match_traits(&x, &row, &got), SAW_MATCH_NONE);
	assert_int_equal(saw_match_given(&x, &row, &got), SAW_MATCH_ONE);
	a.configured = false;
	assert_int_equal(saw_match_given(&x, &row, &got), SAW_MATCH_NONE);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selectors_have_one_normal_form),
		cmocka_unit_test(names_hold_nothing_that_changes),
		cmocka_unit_test(three_generations_of_spis_are_remembered),
		cmocka_unit_test(a_row_is_reduced_to_what_survives),
		cmocka_unit_test(remote_access_rows_are_told_apart),
		cmocka_unit_test(traits_find_the_one_end_that_they_do_not_contradict),
		cmocka_unit_test(spis_tell_apart_what_traits_cannot),
		cmocka_unit_test(a_configured_end_is_found_again_after_its_local_address_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
