/* What the store keeps on the disk, and what it does with a disk that is of no use. */
#include "store/rows.h"
#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[64], file[80], note[SAW_ERR_TEXT_MAX];

static int make_folder(void **state) {
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/store-state-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof file, "%s/state.db", folder);
	return 0;
}

static int remove_folder(void **state) {
	char command[96];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static struct saw_store *start(const char *config, int64_t now_ms) {
	struct saw_store *s = saw_store_create(now_ms);
	struct saw_err err = {0};

	assert_non_null(s);
	if (saw_store_open(s, folder, note, &err) != 0)
		fail_msg("%s", err.text);
	configure(s, config, now_ms);
	return s;
}

static uint64_t bytes_of(struct saw_store *s, int64_t now_ms) {
	/* Snapshots of a store with a disk are at least a second apart. */
	return value(s, now_ms + 1001, A, "in_bytes");
}

/* Nobody ever read the device: there is no state that the first one could differ from. */
static void what_was_never_read_was_not_up_before_a_restart(void **state) {
	struct saw_store *s = start(store_inventory, T0);
	struct saw_snapshot *snap;
	struct sample m;

	(void)state;
	saw_snapshot_unref(saw_store_snapshot(s, T0 + 1001));
	saw_store_destroy(s);

	s = start(store_inventory, T0 + MINUTE);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.77", 7, 1000, 100000);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(tunnel(snap, "berlin-1")->state, STATE(MISSING));
	assert_int_equal(tunnel(snap, "berlin-1")->n_changes, 0);
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

static void totals_go_on_after_a_restart(void **state) {
	struct saw_store *s = start(store_plain, T0);
	struct saw_snapshot *snap;
	struct sample m;

	(void)state;
	assert_string_equal(note, "");
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	SET(&m.rows[0].sa, refreshes, 4);
	put(s, &m);
	/* The device's own counters began anew: what the total had before is not in them. */
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 9, 10, 500);
	m.pb.uptime_seconds = 30;
	put(s, &m);
	assert_int_equal(bytes_of(s, T0 + 2 * MINUTE), 100500);
	saw_store_destroy(s);

	s = start(store_plain, T0 + 3 * MINUTE);
	snap = saw_store_snapshot(s, T0 + 3 * MINUTE);
	assert_int_equal(tunnel(snap, A)->state, STATE(UNKNOWN));
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 100500);
	saw_snapshot_unref(snap);
	snmp_row(snmp(&m, T0 + 4 * MINUTE), "198.51.100.1", 9, 12, 700);
	SET(&m.rows[0].sa, refreshes, 6);
	m.pb.uptime_seconds = 150;
	put(s, &m);
	assert_int_equal(bytes_of(s, T0 + 4 * MINUTE), 100700);
	snap = saw_store_snapshot(s, T0 + 5 * MINUTE);
	assert_int_equal(tunnel(snap, A)->state, STATE(UP));
	/* That the daemon restarted is no change of the tunnel. */
	assert_int_equal(tunnel(snap, A)->n_changes, 1);
	assert_string_equal(tunnel(snap, A)->changes[0]->text, "the device restarted");
	assert_int_equal(tunnel(snap, A)->since_ms, T0);
	assert_int_equal(tunnel(snap, A)->first_seen_ms, T0);
	assert_int_equal(tunnel(snap, A)->rekeys, 2);
	assert_int_equal(tunnel(snap, A)->counter_gaps, 0);
	assert_int_equal(snap->pb->state_errors, 0);
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

static void timed(struct saw_store *s, int64_t at_ms, double seconds) {
	struct sample m;

	snmp_row(snmp(&m, at_ms), "198.51.100.1", 7, 1000, 100000);
	SET(&m.pb, poll_duration_seconds, seconds);
	put(s, &m);
}

/* Of all polls, also those of an earlier run, and those that failed. */
static void how_long_polls_took_is_kept(void **state) {
	struct saw_store *s = start(store_plain, T0);
	const Sawatch__V1__Histogram *h;
	struct saw_snapshot *snap;
	struct sample m;

	(void)state;
	timed(s, T0, 1);
	timed(s, T0 + MINUTE, 0.5);
	saw_store_destroy(s);
	s = start(store_plain, T0 + 2 * MINUTE);
	timed(s, T0 + 2 * MINUTE, 1);
	snmp(&m, T0 + 3 * MINUTE);
	SET(&m.pb, poll_duration_seconds, 15);
	SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 3 * MINUTE);
	h = snap->pb->devices[0]->sources[0]->poll_durations;
	assert_non_null(h);
	assert_int_equal(h->count, 4);
	assert_true(h->sum == 17.5);
	assert_int_equal(h->since_ms, T0);
	assert_int_equal(h->n_indexes, 3);
	assert_int_equal(h->indexes[0], -8);
	assert_int_equal(h->indexes[1], 0);
	assert_int_equal(h->counts[1], 2);
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

static void a_device_that_restarted_meanwhile_is_noticed(void **state) {
	struct saw_store *s = start(store_plain, T0);
	struct sample m;

	(void)state;
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	saw_store_destroy(s);
	s = start(store_plain, T0 + 10 * MINUTE);
	/* More than the last value, and all of it is new. */
	snmp_row(snmp(&m, T0 + 10 * MINUTE), "198.51.100.1", 7, 2000, 200000);
	m.pb.uptime_seconds = 300;
	put(s, &m);
	assert_int_equal(bytes_of(s, T0 + 10 * MINUTE), 300000);
	saw_store_destroy(s);
}

static void a_rekey_meanwhile_is_the_same_tunnel(void **state) {
	struct saw_store *s = start(store_plain, T0);
	struct saw_snapshot *snap;
	struct sample m;

	(void)state;
	saved_row(saved(&m, T0), "198.51.100.1", "Tunnel11", 100, 0x10, 0x20);
	put(s, &m);
	saw_store_destroy(s);
	s = start(store_plain, T0 + MINUTE);
	saved_row(saved(&m, T0 + MINUTE), "198.51.100.1", "Tunnel11", 150, 0x11, 0x21);
	put(s, &m);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "decaps_packets")->value, 150);
	assert_int_equal(tunnel(snap, A)->rekeys, 1);
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

static const char *const named =
	"devices:\n"
	"- name: ASR-WAN01\n"
	"  platform: iosxe\n"
	"  address: 192.0.2.1\n"
	"  snmp: {version: 2c, community_env: C, interval: 2m}\n"
	"  tunnels: [{name: berlin-1, remote: 198.51.100.1}, {name: lab, remote: 203.0.113.7}]\n";

static void audited(char *out, size_t size, const char *more, const char *interval) {
	snprintf(out, size,
			 "devices:\n- name: ASR-WAN01\n  platform: iosxe\n  address: 192.0.2.1\n"
			 "  ssh: {user: watch, password_env: P%s}\n  files: [{path: x, max_age: 15m}]\n%s",
			 interval, more);
}

static void assert_capacity(struct saw_store *s, int64_t now_ms, const char *name, uint64_t capacity,
							const char *from) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	const Sawatch__V1__TunnelEnd *t = tunnel(snap, name);

	assert_int_equal(t->has_capacity_bytes_per_second, capacity != 0);
	assert_int_equal(t->capacity_bytes_per_second, capacity);
	if (from)
		assert_string_equal(t->capacity_from, from);
	else
		assert_null(t->capacity_from);
	saw_snapshot_unref(snap);
}

static void what_an_interface_is_configured_to_carry_is_its_capacity(void **state) {
	static const char tunnels[] = "  tunnels: [{name: berlin-1, remote: 198.51.100.1, capacity: 80Mbit}]\n";
	static const char every_hour[] = ", audit_interval: 1h";
	Sawatch__V1__QosReference first = SAWATCH__V1__QOS_REFERENCE__INIT, second = first, nameless = first;
	Sawatch__V1__QosReference *list[] = {&second, &nameless, &first};
	char config[600];
	struct saw_store *s;
	struct sample m;

	(void)state;
	setenv("P", "x", 1);
	audited(config, sizeof config, "", every_hour);
	s = start(config, T0);
	blank(&m, SAWATCH__V1__SOURCE__SOURCE_SSH, T0);
	saved_row(&m, "198.51.100.1", "Tunnel1", 1000, 1, 2);
	add_table(&m, "show crypto ipsec sa", SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE, NULL);
	sawatch__v1__interface__init(&m.ports[0]);
	m.port_list[0] = &m.ports[0];
	m.ports[0].name = z("Tunnel1");
	SET(&m.ports[0], bandwidth_kbit, 100);
	add_table(&m, "show interfaces", SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE, NULL);
	m.pb.interfaces = m.port_list;
	m.pb.n_interfaces = 1;
	put(s, &m);
	assert_capacity(s, T0 + 2000, A, 0, NULL); /* a default is none */
	m.pb.observed_at_ms += 1000;
	m.ports[0].bandwidth_kbit = 2000;
	put(s, &m);
	assert_capacity(s, T0 + 3500, A, 250000, "bandwidth of the tunnel interface");
	first.interface = (char *)(uintptr_t) "tunnel1"; /* case is not told apart */
	second.interface = (char *)(uintptr_t) "Tunnel2";
	SET(&first, kbit, 50000);
	SET(&second, kbit, 9);
	SET(&nameless, kbit, 7);
	assert_int_equal(saw_store_references(s, "nobody", list, 3), SAW_EUNKNOWN);
	assert_int_equal(saw_store_references(s, "ASR-WAN01", list, 3), 0);
	assert_capacity(s, T0 + 5000, A, 6250000, "bandwidth qos-reference");
	saw_store_destroy(s);

	/* It outlives the process, and what is configured here wins. */
	s = start(config, T0 + MINUTE);
	assert_capacity(s, T0 + MINUTE + 2000, A, 6250000, "bandwidth qos-reference");
	audited(config, sizeof config, tunnels, every_hour);
	configure(s, config, T0 + MINUTE + 3000);
	assert_capacity(s, T0 + MINUTE + 5000, "berlin-1", 10000000, "configured");
	/* The next reading has it no more; */
	audited(config, sizeof config, "", every_hour);
	configure(s, config, T0 + MINUTE + 6000);
	assert_capacity(s, T0 + MINUTE + 8000, A, 6250000, "bandwidth qos-reference");
	assert_int_equal(saw_store_references(s, "ASR-WAN01", list, 2), 0);
	assert_capacity(s, T0 + MINUTE + 10000, A, 0, NULL);
	/* And what nobody reads any more nobody knows. */
	assert_int_equal(saw_store_references(s, "ASR-WAN01", list, 3), 0);
	audited(config, sizeof config, "", "");
	configure(s, config, T0 + MINUTE + 11000);
	assert_capacity(s, T0 + MINUTE + 13000, A, 0, NULL);
	saw_store_destroy(s);
}

static void names_may_change_with_the_configuration(void **state) {
	struct saw_store *s = start(store_plain, T0);
	struct saw_snapshot *snap;
	struct sample m;

	(void)state;
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	saw_store_destroy(s);
	s = start(named, T0 + MINUTE);
	assert_int_equal(value(s, T0 + MINUTE, "berlin-1", "in_bytes"), 100000);
	saw_store_destroy(s);
	/* One that was expected and never there leaves nothing behind; the other goes on under its old name. */
	s = start(store_plain, T0 + 2 * MINUTE);
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE);
	assert_int_equal(snap->pb->n_tunnels, 1);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 100000);
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

static int count_rows(void *ctx, const struct saw_record *r) {
	(void)r;
	++*(unsigned *)ctx;
	return 0;
}

static unsigned rows_in_file(void) {
	struct saw_rows *db;
	struct saw_err err = {0};
	unsigned n = 0;

	if (saw_rows_open(file, &db, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(saw_rows_each(db, count_rows, &n, &err), 0);
	saw_rows_close(db);
	return n;
}

static void what_is_forgotten_leaves_the_disk(void **state) {
	static const char *const another = "devices:\n"
									   "- {name: ASA-XFW01, platform: asa, files: [{path: x}]}\n";
	struct saw_store *s = start(store_plain, T0);
	struct sample m;

	(void)state;
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1, 1);
	snmp_row(&m, "198.51.100.2", 8, 1, 1);
	put(s, &m);
	saw_store_destroy(s);
	assert_int_equal(rows_in_file(), 3);
	s = start(store_plain, T0 + MINUTE);
	snmp_row(snmp(&m, T0 + MINUTE), "198.51.100.1", 7, 1, 1);
	put(s, &m);
	/* Longer than forget_after. */
	snmp_row(snmp(&m, T0 + 1500 * MINUTE), "198.51.100.1", 7, 1, 1);
	put(s, &m);
	saw_store_destroy(s);
	assert_int_equal(rows_in_file(), 2);
	s = start(another, T0 + 1501 * MINUTE);
	saw_store_destroy(s);
	assert_int_equal(rows_in_file(), 1);
}

/* A store that starts in spite of the file at hand. Its old content is kept under another name. */
static void starts_anew(const char *said) {
	struct saw_store *s = start(store_plain, T0 + MINUTE);
	char command[256];
	struct sample m;

	if (!strstr(note, said))
		fail_msg("\"%s\" is not in: %s", said, note);
	snmp_row(snmp(&m, T0 + MINUTE), "198.51.100.1", 7, 1, 77);
	put(s, &m);
	assert_int_equal(bytes_of(s, T0 + MINUTE), 77);
	saw_store_destroy(s);
	snprintf(command, sizeof command, "ls %s | grep -q state.db.unusable- && rm %s/state.db.unusable-*", folder,
			 folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(rows_in_file(), 2);
}

static void leave_a_tunnel(void) {
	struct saw_store *s = start(store_plain, T0);
	struct sample m;

	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	saw_store_destroy(s);
}

static void overwrite(long at, const char *bytes, size_t n) {
	FILE *f = fopen(file, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void a_damaged_file_is_set_aside(void **state) {
	char garbage[4096];

	(void)state;
	memset(garbage, 0xa5, sizeof garbage);
	leave_a_tunnel();
	overwrite(0, garbage, 100);
	starts_anew("totals begin anew");
	/* The header is whole, the tables behind it are not. */
	overwrite(4096, garbage, sizeof garbage);
	starts_anew("totals begin anew");
}

static void a_file_of_a_newer_version_is_set_aside(void **state) {
	(void)state;
	leave_a_tunnel();
	overwrite(60, "\0\0\0\143", 4); /* user_version, big endian */
	starts_anew("a newer sawatchd wrote it (version 99");
}

/* As the first version left it: without links. */
static void an_older_schema_is_brought_up_to_date(void **state) {
	struct saw_store *s;
	sqlite3 *db;

	(void)state;
	leave_a_tunnel();
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE link; PRAGMA user_version=1", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	s = start(store_plain, T0 + MINUTE);
	assert_string_equal(note, "");
	assert_int_equal(value(s, T0 + MINUTE, A, "in_bytes"), 100000);
	saw_store_destroy(s);
	assert_int_equal(rows_in_file(), 2);
}

static void another_programs_file_is_set_aside(void **state) {
	(void)state;
	leave_a_tunnel();
	overwrite(68, "\0\0\0\1", 4); /* application_id */
	starts_anew("another program");
}

static void two_daemons_do_not_share_a_file(void **state) {
	struct saw_store *s = start(store_plain, T0), *second = saw_store_create(T0);
	struct saw_err err = {0};

	(void)state;
	assert_int_equal(saw_store_open(second, folder, note, &err), -EBUSY);
	assert_non_null(strstr(err.text, "another sawatchd"));
	saw_store_destroy(second);
	saw_store_destroy(s);
}

static void a_folder_that_cannot_be_is_an_error(void **state) {
	struct saw_store *s = saw_store_create(T0);
	struct saw_err err = {0};

	(void)state;
	assert_int_equal(saw_store_open(s, "/dev/null/sawatch", note, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, "/dev/null/sawatch"));
	assert_non_null(strstr(err.text, "state_dir"));
	saw_store_destroy(s);
}

static void limit_files(rlim_t bytes) {
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* Until the writer has said what became of its write; it is a thread with a disk, so it takes a moment. */
static void tick_until(struct saw_store *s, int64_t now_ms, bool trouble) {
	for (int i = 0; i < 5000 && (saw_store_trouble(s) != NULL) != trouble; i++) {
		saw_store_tick(s, now_ms);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	assert_int_equal(saw_store_trouble(s) != NULL, trouble);
}

static void a_full_disk_is_said_and_tried_again(void **state) {
	struct saw_store *s = start(store_plain, T0);
	struct saw_snapshot *snap;
	struct sample m;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	snmp_row(snmp(&m, T0), "198.51.100.1", 7, 1000, 100000);
	put(s, &m);
	assert_int_equal(bytes_of(s, T0), 100000);
	limit_files(1);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1000, 100001);
	put(s, &m);
	tick_until(s, T0 + 2 * MINUTE, true);
	/* What is known is served all the same, and the failure is counted once until it is tried again. */
	snap = saw_store_snapshot(s, T0 + 2 * MINUTE + 2000);
	assert_int_equal(total(tunnel(snap, A), "in_bytes")->value, 100001);
	assert_int_equal(snap->pb->state_errors, 1);
	saw_snapshot_unref(snap);
	limit_files(RLIM_INFINITY);
	tick_until(s, T0 + 3 * MINUTE, false);
	saw_store_destroy(s);
	s = start(store_plain, T0 + 4 * MINUTE);
	assert_int_equal(value(s, T0 + 4 * MINUTE, A, "in_bytes"), 100001);
	saw_store_destroy(s);
}

/* A clock that was years ahead when the daemon ran: polls of today are not taken for old ones. */
static void a_clock_that_was_ahead_does_not_silence_the_device(void **state) {
	struct saw_store *s = start(store_plain, T0 + 1000000 * MINUTE);
	struct sample m;

	(void)state;
	snmp_row(snmp(&m, T0 + 1000000 * MINUTE), "198.51.100.1", 7, 1000, 100000);
	m.pb.uptime_seconds = 86400;
	put(s, &m);
	saw_store_destroy(s);
	s = start(store_plain, T0);
	snmp_row(snmp(&m, T0 + 2 * MINUTE), "198.51.100.1", 7, 1100, 110000);
	m.pb.uptime_seconds = 86520;
	put(s, &m);
	assert_int_equal(bytes_of(s, T0 + 2 * MINUTE), 110000);
	saw_store_destroy(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_never_read_was_not_up_before_a_restart, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(totals_go_on_after_a_restart, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(how_long_polls_took_is_kept, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_device_that_restarted_meanwhile_is_noticed, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_rekey_meanwhile_is_the_same_tunnel, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_an_interface_is_configured_to_carry_is_its_capacity, make_folder,
										remove_folder),
		cmocka_unit_test_setup_teardown(names_may_change_with_the_configuration, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_is_forgotten_leaves_the_disk, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_set_aside, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_file_of_a_newer_version_is_set_aside, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(an_older_schema_is_brought_up_to_date, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(another_programs_file_is_set_aside, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(two_daemons_do_not_share_a_file, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_is_an_error, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_full_disk_is_said_and_tried_again, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_clock_that_was_ahead_does_not_silence_the_device, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
