/* Circuits: which tunnels run over one, what limits it, and what encryption and layer 2 add to a load. */
#include "model/circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LAYER(name) SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_##name

static Sawatch__V1__CircuitEnd end(const char *device, const char *fvrf, const char *interface, const char *local) {
	Sawatch__V1__CircuitEnd e = SAWATCH__V1__CIRCUIT_END__INIT;

	e.device = (char *)(uintptr_t)device;
	e.fvrf = (char *)(uintptr_t)fvrf;
	e.interface = (char *)(uintptr_t)interface;
	e.local = (char *)(uintptr_t)local;
	return e;
}

static const char *found(const struct saw_circuits *c, const char *device, const char *fvrf, const char *interface,
						 const char *local) {
	const Sawatch__V1__Circuit *k = saw_circuits_find(
		c, &(struct saw_circuit_member){.device = device, .fvrf = fvrf, .interface = interface, .local = local});

	return k ? k->name : "";
}

static void an_end_takes_what_fits_it(void **state) {
	Sawatch__V1__CircuitEnd a = end("ASR-WAN01", "INET", NULL, NULL),
							b = end("ASR-WAN01", NULL, "GigabitEthernet0/0/1", NULL);
	Sawatch__V1__CircuitEnd c = end("ASA-XFW01", NULL, NULL, "192.0.2.1"), d = end("ASA-XFW01", NULL, NULL, NULL);
	Sawatch__V1__CircuitEnd *first_ends[] = {&a, &c}, *second_ends[] = {&b, &d};
	Sawatch__V1__Circuit first = SAWATCH__V1__CIRCUIT__INIT, second = SAWATCH__V1__CIRCUIT__INIT;
	Sawatch__V1__Circuit *all[] = {&first, &second};
	struct saw_circuits *index;

	(void)state;
	first.name = (char *)(uintptr_t) "first";
	first.ends = first_ends;
	first.n_ends = 2;
	second.name = (char *)(uintptr_t) "second";
	second.ends = second_ends;
	second.n_ends = 2;
	index = saw_circuits_create(all, 2);
	assert_non_null(index);
	assert_string_equal(found(index, "ASR-WAN01", "INET", "GigabitEthernet0/0/1", NULL),
						"first"); /* the order of the file */
	assert_string_equal(found(index, "ASR-WAN01", "MPLS", "GigabitEthernet0/0/1", NULL), "second");
	assert_string_equal(found(index, "ASR-WAN01", NULL, "gigabitethernet0/0/1", NULL), "second");
	assert_string_equal(found(index, "ASR-WAN01", NULL, NULL, NULL),
						""); /* what is not known fits nothing that is asked */
	assert_string_equal(found(index, "ASA-XFW01", NULL, NULL, "192.0.2.1"), "first");
	assert_string_equal(found(index, "ASA-XFW01", NULL, NULL, "192.0.2.9"), "second");
	assert_string_equal(found(index, "ASA-XFW02", NULL, NULL, "192.0.2.1"), "");
	assert_string_equal(saw_circuits_named(index, "second")->name, "second");
	assert_null(saw_circuits_named(index, "third"));
	assert_null(saw_circuits_named(index, NULL));
	saw_circuits_destroy(index);
	index = saw_circuits_create(NULL, 0);
	assert_string_equal(found(index, "ASA-XFW01", NULL, NULL, "192.0.2.1"), "");
	saw_circuits_destroy(index);
}

static void every_limit_says_what_it_counts(void **state) {
	Sawatch__V1__CircuitEnd a = end("ASA-XFW01", NULL, NULL, NULL), b = end("ASR-WAN01", NULL, NULL, NULL);
	Sawatch__V1__CircuitEnd *ends[] = {&a, &b};
	Sawatch__V1__Circuit c = SAWATCH__V1__CIRCUIT__INIT;
	struct saw_circuit_limit l[SAW_CIRCUIT_LIMITS_MAX];

	(void)state;
	assert_int_equal(saw_circuit_limits(&c, l), 0);
	c.committed_bytes_per_second = 1000;
	c.layer = LAYER(ETHERNET);
	c.licence_layer = LAYER(IP);
	c.crypto_layer = LAYER(PLAINTEXT);
	a.crypto_bytes_per_second = 900;
	b.shaper_bytes_per_second = 800;
	b.licence_bytes_per_second = 700;
	c.ends = ends;
	c.n_ends = 2;
	assert_int_equal(saw_circuit_limits(&c, l), 4);
	assert_string_equal(l[0].kind, "committed rate");
	assert_null(l[0].device);
	assert_int_equal(l[0].layer, SAW_LAYER_AT_ETHERNET);
	assert_string_equal(l[1].kind, "crypto limit");
	assert_string_equal(l[1].device, "ASA-XFW01");
	assert_int_equal(l[1].layer, SAW_LAYER_AT_PLAINTEXT);
	assert_string_equal(l[2].kind, "shaper");
	assert_int_equal(l[2].bytes_per_second, 800);
	assert_int_equal(l[3].layer, SAW_LAYER_AT_IP);
}

/* Every suite, with and without NAT, in both modes: packets of all sizes are encrypted on paper. */
static void overhead_is_the_mean_over_packets_of_all_sizes(void **state) {
	(void)state;
	for (size_t i = 0; saw_mtu_cipher_at(i); i++)
		for (int variant = 0; variant < 8; variant++) {
			const struct saw_mtu_cipher *cipher = saw_mtu_cipher_at(i);
			const struct saw_mtu_tunnel t = {.cipher = cipher,
											 .integrity =
												 cipher->icv ? NULL : saw_mtu_integrity_find(SAW_STR("sha256")),
											 .nat_t = variant & 1,
											 .outer_ipv6 = variant & 2,
											 .transport = variant & 4};
			const struct saw_overhead o = saw_overhead_of(&t);
			const int align = cipher->align, icv = cipher->icv ? cipher->icv : 16, sizes = 16 * 50;
			double sum = 0, most = 0, least = 1e9;

			for (int size = 40; size < 40 + sizes; size++) {
				const int payload = (size + 2 + align - 1) / align * align;
				const int whole = (t.transport    ? 0
								   : t.outer_ipv6 ? 40
												  : 20) +
								  (t.nat_t ? 8 : 0) + 8 + cipher->iv + payload + icv;
				const double added = whole - size;

				sum += added;
				most = added > most ? added : most;
				least = added < least ? added : least;
			}
			assert_true(fabs(sum / sizes - o.mean) < 1e-9);
			assert_true(most <= o.mean + o.spread + 1e-9 && least >= o.mean - o.spread - 1e-9);
		}
}

/* AES-GCM, IPv4, no NAT: 20 + 8 + 8 + 2 + 16 and on average one and a half bytes of padding. */
static void the_usual_tunnel_adds_55_and_a_half(void **state) {
	const struct saw_mtu_tunnel t = {.cipher = saw_mtu_cipher_find(SAW_STR("aes-gcm-256"))};

	(void)state;
	assert_true(fabs(saw_overhead_of(&t).mean - 55.5) < 1e-9);
	assert_true(fabs(saw_overhead_of(&t).spread - 1.5) < 1e-9);
}

static void a_packet_is_as_large_as_the_circuit_counts_it(void **state) {
	static const struct {
		Sawatch__V1__TrafficLayer circuit, counts; /* counts: of the firewall's end */
		double firewall, router, nat, unknown;
	} rows[] = {
		{LAYER(PLAINTEXT), LAYER(PLAINTEXT), 0, 0, 0, 0},
		{LAYER(IP), LAYER(PLAINTEXT), 55.5, 55.5, 63.5, 0},
		{LAYER(ETHERNET), LAYER(PLAINTEXT), 77.5, 77.5, 85.5, 22},
		{LAYER(LINE), LAYER(PLAINTEXT), 97.5, 97.5, 105.5, 42},
		{LAYER(ETHERNET), LAYER(IP), 22, 77.5, 22, 22},
		{LAYER(ETHERNET), LAYER(LINE), -20, 77.5, -20, -20},
		{LAYER(PLAINTEXT), LAYER(IP), -55.5, 0, -63.5, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Sawatch__V1__CircuitEnd a = end("ASA-XFW01", NULL, NULL, NULL), b = end("ASR-WAN01", NULL, NULL, NULL),
								*ends[] = {&b, &a};
		Sawatch__V1__Circuit c = SAWATCH__V1__CIRCUIT__INIT;
		Sawatch__V1__TunnelEnd t = SAWATCH__V1__TUNNEL_END__INIT;

		a.has_counts = 1;
		a.counts = rows[i].counts;
		c.ends = ends;
		c.n_ends = 2;
		c.has_capacity_layer = 1;
		c.capacity_layer = rows[i].circuit;
		c.frame_bytes = 22;
		t.encryption = (char *)(uintptr_t) "aes-gcm";
		t.has_key_bits = 1;
		t.key_bits = 256;
		t.device = (char *)(uintptr_t) "ASR-WAN01";
		assert_true(fabs(saw_circuit_packet_bytes(&c, &t) - rows[i].router) < 1e-9);
		t.device = (char *)(uintptr_t) "ASA-XFW01";
		assert_true(fabs(saw_circuit_packet_bytes(&c, &t) - rows[i].firewall) < 1e-9);
		t.has_nat_t = t.nat_t = 1;
		assert_true(fabs(saw_circuit_packet_bytes(&c, &t) - rows[i].nat) < 1e-9);
		t.encryption = NULL;
		assert_true(fabs(saw_circuit_packet_bytes(&c, &t) - rows[i].unknown) < 1e-9);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_takes_what_fits_it),
		cmocka_unit_test(every_limit_says_what_it_counts),
		cmocka_unit_test(overhead_is_the_mean_over_packets_of_all_sizes),
		cmocka_unit_test(the_usual_tunnel_adds_55_and_a_half),
		cmocka_unit_test(a_packet_is_as_large_as_the_circuit_counts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
