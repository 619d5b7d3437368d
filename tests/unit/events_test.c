/* What is told, when, and how often: differences between snapshots, over restarts, in maintenance, and of what is not known. */
#include "exporters/agentx/events.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)
#define STATE(s) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##s

struct told {
	char text[4096]; /* "sawTunnelDown berlin-1; " */
	uint64_t serial; /* the last one */
	bool silent;
	struct saw_notice *last;
};

static struct saw_index *numbers;
static struct saw_events *events;
static struct told told;
static struct saw_events_options options;
static int64_t now;

static void notify(void *ctx, struct saw_notice *n) {
	struct told *t = ctx;
	size_t at = strlen(t->text);

	snprintf(t->text + at, sizeof t->text - at, "%s %s; ", n->what->name, *n->about ? n->about : n->device);
	assert_true(n->serial > t->serial);
	t->serial = n->serial;
	saw_notice_destroy(t->last);
	t->last = n;
}

static bool silenced(void *ctx, const char *device) {
	return ((struct told *)ctx)->silent && strcmp(device, "ASA-XFW01") == 0;
}

/* Of the fixture: berlin-1 and wien-1 only, so that few lines say what happens. */
static int begin(void **state) {
	Sawatch__V1__Snapshot *s = fixture_snapshot();

	(void)state;
	events = saw_events_create();
	numbers = saw_index_create(31);
	told = (struct told){0};
	options = (struct saw_events_options){
		.hold_ms = 10000, .replay_burst = 10, .silenced = silenced, .notify = notify, .ctx = &told};
	now = FIXTURE_NOW_MS;
	s->tunnels[0] = fixture_tunnel("berlin-1");
	s->tunnels[1] = fixture_tunnel("wien-1");
	s->n_tunnels = 2;
	s->n_devices = 1;
	fixture_tunnel("berlin-1")->state = STATE(UP);
	fixture_tunnel("berlin-1")->has_maintenance = 1;
	fixture_tunnel("berlin-1")->maintenance = 0;
	fixture_tunnel("wien-1")->replay_errors_per_second = 0;
	s->devices[0]->sources[0]->has_error_class = 0;
	return 0;
}

static int end(void **state) {
	(void)state;
	saw_events_destroy(events);
	saw_index_destroy(numbers);
	saw_notice_destroy(told.last);
	return 0;
}

static void look(void) {
	const Sawatch__V1__Snapshot *s = fixture_snapshot();
	size_t n = sawatch__v1__snapshot__get_packed_size(s);
	uint8_t *packed = malloc(n);
	struct saw_view *v;

	sawatch__v1__snapshot__pack(s, packed);
	assert_int_equal(saw_view_create(sawatch__v1__snapshot__unpack(NULL, n, packed), numbers, &v), 0);
	assert_int_equal(saw_events_look(events, v, &options, now), 0);
	saw_view_destroy(v);
	free(packed);
}

static void look_after(int64_t ms, const char *expected) {
	now += ms;
	told.text[0] = 0;
	look();
	assert_string_equal(told.text, expected);
}

static void due_after(int64_t ms, const char *expected) {
	now += ms;
	told.text[0] = 0;
	saw_events_due(events, &options, now);
	assert_string_equal(told.text, expected);
}

static void berlin(Sawatch__V1__TunnelState s) {
	fixture_tunnel("berlin-1")->state = s;
}

/* As after a restart: what was kept is all that is known. */
static void restart(void) {
	struct saw_buf kept = SAW_BUF_INIT(1 << 20);

	saw_events_save(events, &kept);
	saw_events_destroy(events);
	events = saw_events_create();
	assert_int_equal(saw_events_load(events, saw_buf_text(&kept), kept.len, now), 0);
	assert_false(saw_events_changed(events));
	saw_buf_free(&kept);
}

static void each_change_once(void **state) {
	(void)state;
	look_after(0, "");
	look_after(MINUTE, ""); /* what is well when first seen is not told */
	berlin(STATE(DOWN));
	look_after(MINUTE, "");
	assert_int_equal(saw_events_next_ms(events), now);
	due_after(9999, "");
	due_after(1, "sawTunnelDown berlin-1; ");
	assert_int_equal(saw_events_next_ms(events), 0);
	due_after(MINUTE, "");
	look_after(MINUTE, "");
	berlin(STATE(MISSING)); /* no better */
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	berlin(STATE(DEGRADED));
	look_after(0, "");
	look_after(10000, "sawTunnelDegraded berlin-1; ");
	berlin(STATE(UP));
	look_after(0, "");
	look_after(10000, "sawTunnelUp berlin-1; ");
	look_after(MINUTE, "");
}

static void what_is_over_soon_is_not_told(void **state) {
	(void)state;
	look_after(0, "");
	for (int i = 0; i < 5; i++) {
		berlin(STATE(DOWN));
		look_after(3000, "");
		berlin(STATE(UP));
		look_after(3000, "");
	}
	due_after(MINUTE, "");
	/* Between two kinds of wrong it is wrong all the time. */
	berlin(STATE(DEGRADED));
	look_after(0, "");
	berlin(STATE(DOWN));
	look_after(6000, "");
	look_after(4000, "sawTunnelDown berlin-1; ");
}

static void unknown_is_not_down(void **state) {
	(void)state;
	look_after(0, "");
	berlin(STATE(UNKNOWN));
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	berlin(STATE(UP));
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	/* What began and cannot be seen any more is not told as if it were so. */
	berlin(STATE(DOWN));
	look_after(MINUTE, "");
	berlin(STATE(UNKNOWN));
	look_after(1000, "");
	due_after(MINUTE, "");
	berlin(STATE(DOWN));
	look_after(MINUTE, "");
	due_after(10000, "sawTunnelDown berlin-1; ");
}

static void wrong_at_first_sight_is_told(void **state) {
	(void)state;
	berlin(STATE(DOWN));
	look_after(0, "");
	due_after(10000, "sawTunnelDown berlin-1; ");
}

static void maintenance_is_silent(void **state) {
	(void)state;
	look_after(0, "");
	fixture_tunnel("berlin-1")->maintenance = 1;
	berlin(STATE(DOWN));
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	berlin(STATE(UP));
	look_after(MINUTE, "");
	berlin(STATE(DOWN));
	look_after(MINUTE, "");
	fixture_tunnel("berlin-1")->maintenance = 0; /* and still wrong */
	look_after(MINUTE, "");
	due_after(10000, "sawTunnelDown berlin-1; ");
	/* Of a whole device. */
	told.silent = true;
	berlin(STATE(UP));
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	told.silent = false;
	look_after(0, "");
	due_after(10000, "sawTunnelUp berlin-1; ");
}

static void bursts_of_replay_drops(void **state) {
	Sawatch__V1__TunnelEnd *wien = fixture_tunnel("wien-1");

	(void)state;
	look_after(0, "");
	wien->replay_errors_per_second = 9.9;
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	wien->replay_errors_per_second = 10;
	look_after(MINUTE, "");
	due_after(10000, "sawTunnelReplayBurst wien-1; ");
	wien->replay_errors_per_second = 6; /* neither a burst nor calm */
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	wien->replay_errors_per_second = 4.9;
	look_after(MINUTE, "");
	due_after(10000, "sawTunnelReplayCalm wien-1; ");
}

static void mtus_of_links(void **state) {
	static Sawatch__V1__LinkComparison c = SAWATCH__V1__LINK_COMPARISON__INIT, *comparisons[] = {&c};
	static Sawatch__V1__Link l = SAWATCH__V1__LINK__INIT, *links[] = {&l};
	Sawatch__V1__Snapshot *s = fixture_snapshot();

	(void)state;
	l.name = (char *)(uintptr_t) "berlin";
	l.a_device = l.b_device = (char *)(uintptr_t) "ASA-XFW01";
	l.comparisons = comparisons;
	l.n_comparisons = 1;
	c.field = (char *)(uintptr_t) "mtu";
	c.a = (char *)(uintptr_t) "1400";
	c.b = (char *)(uintptr_t) "1438";
	c.has_differs = 1;
	c.differs = 0;
	s->links = links;
	s->n_links = 1;
	look_after(0, "");
	c.differs = 1;
	look_after(MINUTE, "");
	due_after(10000, "sawLinkMtuMismatch berlin; ");
	assert_string_equal(told.last->device, "");
	c.differs = 0;
	look_after(MINUTE, "");
	due_after(10000, "sawLinkMtuMatch berlin; ");
	c.field = (char *)(uintptr_t) "cipher";
	c.differs = 1;
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	s->n_links = 0;
}

static void devices(void **state) {
	Sawatch__V1__SourceStatus *source = fixture_snapshot()->devices[0]->sources[0];

	(void)state;
	look_after(0, "");
	source->has_error_class = 1;
	look_after(MINUTE, "");
	due_after(10000, "sawDeviceUnreachable ASA-XFW01; ");
	source->has_error_class = 0;
	look_after(MINUTE, "");
	due_after(10000, "sawDeviceReached ASA-XFW01; ");
}

static void a_restart_tells_nothing_again(void **state) {
	(void)state;
	look_after(0, "");
	berlin(STATE(DOWN));
	look_after(0, "");
	look_after(10000, "sawTunnelDown berlin-1; ");
	assert_true(saw_events_changed(events));
	restart();
	look_after(0, "");
	look_after(10000, "");
	berlin(STATE(UP));
	look_after(0, "");
	look_after(10000, "sawTunnelUp berlin-1; ");
	assert_true(saw_events_changed(events));
	restart();
	look_after(0, "");
	look_after(10000, "");
}

/* A kill before that was kept: the notices themselves were. */
static void what_was_given_out_counts_as_told(void **state) {
	char key[SAW_NOTICE_KEY];

	(void)state;
	look_after(0, "");
	berlin(STATE(DEGRADED));
	look_after(0, "");
	look_after(10000, "sawTunnelDegraded berlin-1; ");
	restart();
	berlin(STATE(DOWN));
	look_after(0, "");
	look_after(10000, "sawTunnelDown berlin-1; ");
	assert_int_equal(told.last->state, 2);
	snprintf(key, sizeof key, "%s", told.last->key);

	/* As it was before, then as the notice says. */
	saw_events_destroy(events);
	events = saw_events_create();
	snprintf(told.text, sizeof told.text, "serial 1\n1 %lld %s\n", (long long)now, key);
	assert_int_equal(saw_events_load(events, told.text, strlen(told.text), now), 0);
	assert_int_equal(saw_events_told(events, key, 0, 1, now), 0); /* is in it already */
	assert_int_equal(saw_events_told(events, key, 2, 2, now), 0);
	assert_int_equal(saw_events_serial(events), 2);
	look_after(0, "");
	look_after(10000, "");

	/* And where it was up in between. */
	assert_int_equal(saw_events_told(events, key, 0, 3, now), 0);
	look_after(0, "");
	told.serial = 3;
	look_after(10000, "sawTunnelDown berlin-1; ");
	assert_int_equal(told.serial, 4);
}

static void what_is_gone_is_forgotten(void **state) {
	struct saw_buf kept = SAW_BUF_INIT(1 << 16);
	Sawatch__V1__Snapshot *s = fixture_snapshot();

	(void)state;
	berlin(STATE(DOWN));
	look_after(0, "");
	look_after(10000, "sawTunnelDown berlin-1; ");
	s->n_tunnels = 0; /* as from a hub that was started again */
	look_after(MINUTE, "");
	s->n_tunnels = 2;
	look_after(MINUTE, "");
	due_after(MINUTE, "");
	s->n_tunnels = 0;
	look_after(25 * 60 * MINUTE, "");
	saw_events_save(events, &kept);
	assert_null(strstr(saw_buf_text(&kept), "berlin"));
	saw_buf_free(&kept);
}

static void nonsense_is_left_out(void **state) {
	static const char text[] = "serial x\nserial 7\n1 2\n\n5 1 Tx\n1 x T\n2 99999999999999999999 T\n"
							   "2 1 TASA-XFW01\x1f"
							   "berlin-1\n2 1 TASA-XFW01\x1f"
							   "berlin-1\n2 1";
	struct saw_buf kept = SAW_BUF_INIT(1 << 16);

	(void)state;
	assert_int_equal(saw_events_load(events, text, sizeof text - 1, now), 0);
	berlin(STATE(DOWN));
	look_after(0, "");
	due_after(MINUTE, "");
	berlin(STATE(UP));
	look_after(0, "");
	look_after(10000, "sawTunnelUp berlin-1; ");
	assert_int_equal(told.serial, 8);
	saw_buf_free(&kept);
}

static void a_notice_says_it_all(void **state) {
	const struct saw_notice_object *o;

	(void)state;
	look_after(0, "");
	berlin(STATE(DOWN));
	look_after(0, "");
	look_after(10000, "sawTunnelDown berlin-1; ");
	assert_string_equal(told.last->device, "ASA-XFW01");
	o = told.last->objects;
	assert_int_equal(o[0].value.number, told.serial);
	assert_memory_equal(o[2].value.octets, "berlin-1 of ASA-XFW01 is down", o[2].value.n);
	/* sawDeviceName of this device */
	assert_int_equal(o[3].n, 5);
	assert_memory_equal(o[3].rel, ((uint32_t[]){1, 2, 1, 2}), 4 * sizeof(uint32_t));
	/* sawTunnelName */
	assert_int_equal(o[4].n, 6);
	assert_memory_equal(o[4].rel, ((uint32_t[]){1, 4, 1, 2}), 4 * sizeof(uint32_t));
	assert_int_equal(o[4].rel[4], o[3].rel[4]);
	/* What is not known is not sent: berlin-1 has neither site nor circuit. */
	assert_true(told.last->n < 3 + 10);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(each_change_once),
		TEST(what_is_over_soon_is_not_told),
		TEST(unknown_is_not_down),
		TEST(wrong_at_first_sight_is_told),
		TEST(maintenance_is_silent),
		TEST(bursts_of_replay_drops),
		TEST(mtus_of_links),
		TEST(devices),
		TEST(a_restart_tells_nothing_again),
		TEST(what_was_given_out_counts_as_told),
		TEST(what_is_gone_is_forgotten),
		TEST(nonsense_is_left_out),
		TEST(a_notice_says_it_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
