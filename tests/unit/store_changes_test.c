/* What the store says changed at an end. */
#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct row *row(struct sample *s, uint64_t packets, uint32_t spi, const char *cipher, uint32_t mtu) {
	struct row *r = saved_row(s, "198.51.100.1", "Tunnel1", packets, spi, spi + 1);

	r->in.encryption = r->out.encryption = z(cipher);
	SET(&r->in, key_bits, 256);
	SET(&r->in, replay_window, 64);
	SET(&r->sa, plaintext_mtu, mtu);
	SET(&r->sa, pfs, true);
	SET(&r->sa, dh_group, 21);
	return r;
}

/* The changes of tunnel A as lines, newest first: "MINUTES text" since T0. */
static void assert_changes(struct saw_store *s, int64_t now_ms, const char *expected) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	const Sawatch__V1__TunnelEnd *t = tunnel(snap, A);
	char text[4096] = "";

	for (size_t i = 0; i < t->n_changes; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof text - n, "%d %s\n", (int)((t->changes[i]->at_ms - T0) / MINUTE),
				 t->changes[i]->text);
	}
	assert_string_equal(text, expected);
	saw_snapshot_unref(snap);
}

static void what_a_tunnel_shows_first_is_no_change(void **state) {
	struct saw_store *s = *state;
	struct sample sample;

	row(saved(&sample, T0 + MINUTE), 1000, 1, "aes-gcm", 1438);
	put(s, &sample);
	assert_changes(s, T0 + MINUTE, "");
}

static void each_fact_that_differs_is_said_once(void **state) {
	struct saw_store *s = *state;
	struct sample sample;
	struct row *r;

	row(saved(&sample, T0 + MINUTE), 1000, 1, "aes-gcm", 1438);
	put(s, &sample);
	r = row(saved(&sample, T0 + 2 * MINUTE), 2000, 3, "aes-cbc", 1422);
	r->in.integrity = r->out.integrity = z("sha256");
	SET(&r->in, replay_detection, false);
	SET(&r->sa, dh_group, 14);
	r->sa.local_endpoint = z("192.0.2.1");
	put(s, &sample);
	assert_changes(s, T0 + 2 * MINUTE,
				   "2 replay window: off, was 64\n2 plaintext MTU: 1422, was 1438\n2 PFS group: 14, was 21\n"
				   "2 cipher: aes-cbc-256 sha256, was aes-gcm-256\n");
	r = row(saved(&sample, T0 + 3 * MINUTE), 3000, 3, "aes-cbc", 1422);
	r->in.integrity = r->out.integrity = z("sha256");
	SET(&r->in, replay_detection, false);
	SET(&r->sa, dh_group, 14);
	put(s, &sample);
	{
		struct saw_snapshot *snap = saw_store_snapshot(s, T0 + 3 * MINUTE);

		assert_int_equal(tunnel(snap, A)->n_changes, 4);
		/* The rekey is a count and a time, not an entry. */
		assert_int_equal(tunnel(snap, A)->rekeys, 1);
		assert_int_equal(tunnel(snap, A)->last_rekey_ms, T0 + 2 * MINUTE);
		saw_snapshot_unref(snap);
	}
}

/* A row without SAs says nothing of their cipher: it is compared with what was there before. */
static void a_tunnel_that_comes_back_with_another_cipher(void **state) {
	struct saw_store *s = *state;
	struct sample sample;

	row(saved(&sample, T0 + MINUTE), 1000, 1, "aes-gcm", 1438);
	put(s, &sample);
	saved_row(saved(&sample, T0 + 2 * MINUTE), "198.51.100.1", "Tunnel1", 1000, 0, 0);
	put(s, &sample);
	row(saved(&sample, T0 + 3 * MINUTE), 1100, 5, "3des", 1438);
	put(s, &sample);
	assert_changes(s, T0 + 3 * MINUTE,
				   "3 state: up, was down\n3 cipher: 3des-256, was aes-gcm-256\n"
				   "2 state: down, was up: the flow to 198.51.100.1 has no SAs (saved show output): nothing can be "
				   "encrypted or decrypted\n");
}

static void two_sources_tell_a_change_once(void **state) {
	struct saw_store *s = *state;
	struct sample sample;
	struct row *r;

	for (int i = 1; i <= 2; i++) {
		const char *cipher = i == 1 ? "aes-gcm" : "3des";

		row(saved(&sample, T0 + i * MINUTE), 1000, 1, cipher, 1438);
		put(s, &sample);
		r = snmp_row(snmp(&sample, T0 + i * MINUTE + 30000), "198.51.100.1", 7, 1000, 1000);
		set_sas(r, 1, 2);
		r->in.encryption = r->out.encryption = z(cipher);
		SET(&r->in, key_bits, 256);
		put(s, &sample);
	}
	assert_changes(s, T0 + 3 * MINUTE, "2 cipher: 3des-256, was aes-gcm-256\n");
}

static void counters_and_devices_that_begin_anew(void **state) {
	struct saw_store *s = *state;
	struct sample sample;

	snmp_row(snmp(&sample, T0 + MINUTE), "198.51.100.1", 7, 5000, 500000);
	put(s, &sample);
	snmp_row(snmp(&sample, T0 + 3 * MINUTE), "198.51.100.1", 7, 10, 1000);
	put(s, &sample);
	snmp_row(snmp(&sample, T0 + 10 * MINUTE), "198.51.100.1", 7, 20, 2000);
	sample.pb.uptime_seconds = 120;
	put(s, &sample);
	assert_changes(s, T0 + 10 * MINUTE,
				   "8 the device restarted\n3 counters began anew (SNMP): the SAs or their counters were cleared\n");
}

static void ike_that_goes_is_said_with_its_status(void **state) {
	struct saw_store *s = *state;
	struct sample sample;

	for (int i = 1; i <= 2; i++) {
		row(saved(&sample, T0 + i * MINUTE), 1000, 1, "aes-gcm", 1438);
		add_table(&sample, "show crypto ikev2 sa", COMPLETE, NULL);
		sawatch__v1__ike_sa__init(&sample.ike[0]);
		sample.ike[0].remote = z("198.51.100.1");
		sample.ike[0].status = z(i == 1 ? "READY" : "IN-NEG");
		sample.ike_list[sample.pb.n_ike_sas++] = &sample.ike[0];
		put(s, &sample);
	}
	{
		struct saw_snapshot *snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
		const Sawatch__V1__TunnelEnd *t = tunnel(snap, A);
		bool said = false;

		for (size_t i = 0; i < t->n_changes; i++)
			said |= strcmp(t->changes[i]->text, "IKE: IN-NEG, was up") == 0;
		assert_true(said);
		saw_snapshot_unref(snap);
	}
}

static void the_last_sixteen_are_kept_also_on_the_disk(void **state) {
	char folder[] = "/tmp/sawatch-changes-XXXXXX", note[SAW_ERR_TEXT_MAX], file[64];
	struct saw_store *s;
	struct saw_err err = {0};
	struct sample sample;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int run = 0; run < 2; run++) {
		struct saw_snapshot *snap;
		const Sawatch__V1__TunnelEnd *t;

		s = saw_store_create(T0 + run * 100 * MINUTE);
		assert_int_equal(saw_store_open(s, folder, note, &err), 0);
		configure(s, store_plain, T0 + run * 100 * MINUTE);
		for (int i = 1; run == 0 && i <= 20; i++) {
			row(saved(&sample, T0 + i * MINUTE), 1000, 1, "aes-gcm", 1400 + (unsigned)i);
			put(s, &sample);
		}
		/* A change while nobody looked is a change. */
		row(saved(&sample, T0 + (run * 100 + 21) * MINUTE), 1000, 1, run ? "3des" : "aes-gcm", 1420);
		put(s, &sample);
		snap = saw_store_snapshot(s, T0 + (run * 100 + 21) * MINUTE);
		t = tunnel(snap, A);
		assert_int_equal(t->n_changes, 16);
		assert_string_equal(t->changes[0]->text,
							run ? "cipher: 3des-256, was aes-gcm-256" : "plaintext MTU: 1420, was 1419");
		assert_string_equal(t->changes[run]->text, "plaintext MTU: 1420, was 1419");
		assert_string_equal(t->changes[15]->text,
							run ? "plaintext MTU: 1406, was 1405" : "plaintext MTU: 1405, was 1404");
		saw_snapshot_unref(snap);
		saw_store_destroy(s);
	}
	snprintf(file, sizeof file, "%s/state.db", folder);
	unlink(file);
	snprintf(file, sizeof file, "%s/state.db-wal", folder);
	unlink(file);
	assert_int_equal(rmdir(folder), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_a_tunnel_shows_first_is_no_change, setup, teardown),
		cmocka_unit_test_setup_teardown(each_fact_that_differs_is_said_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tunnel_that_comes_back_with_another_cipher, setup, teardown),
		cmocka_unit_test_setup_teardown(two_sources_tell_a_change_once, setup, teardown),
		cmocka_unit_test_setup_teardown(counters_and_devices_that_begin_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(ike_that_goes_is_said_with_its_status, setup, teardown),
		cmocka_unit_test(the_last_sixteen_are_kept_also_on_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
