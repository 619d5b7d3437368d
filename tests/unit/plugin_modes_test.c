/* Each of the plugin's modes beyond the tunnel's own: links, aspects of a tunnel, BGP peers, counts over many devices. */
#include "model/check/check.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define SET(msg, field, v) ((msg)->has_##field = 1, (msg)->field = (v))

static struct saw_buf said = SAW_BUF_INIT(1U << 20);

/* One tunnel alone with its device, as the daemon answers. */
static enum saw_status run(struct saw_check *c, const char *warning, const char *critical) {
	static Sawatch__V1__TunnelEnd *tunnels[16];
	static Sawatch__V1__Device *devices[16];
	const Sawatch__V1__Snapshot *all = fixture_snapshot();
	Sawatch__V1__Snapshot s = *all;
	struct saw_output out;
	enum saw_status status;

	c->max_age_seconds = -1;
	saw_check_defaults(c);
	assert_int_equal(saw_check_complete(c, NULL), 0);
	if (warning)
		assert_int_equal(saw_check_threshold(c, false, warning, NULL), 0);
	if (critical)
		assert_int_equal(saw_check_threshold(c, true, critical, NULL), 0);
	s.devices = devices;
	s.tunnels = tunnels;
	s.n_devices = s.n_tunnels = 0;
	for (size_t i = 0; i < all->n_devices; i++)
		if (!c->device || strcmp(all->devices[i]->name, c->device) == 0)
			devices[s.n_devices++] = all->devices[i];
	for (size_t i = 0; i < all->n_tunnels; i++)
		if ((!c->device || strcmp(all->tunnels[i]->device, c->device) == 0) &&
			(!c->tunnel || strcmp(all->tunnels[i]->name, c->tunnel) == 0))
			tunnels[s.n_tunnels++] = all->tunnels[i];
	saw_output_init(&out, saw_check_service(c->mode));
	if (!saw_check_run(c, &s, &out))
		saw_check_not_found(c, &s, &out);
	saw_buf_reset(&said);
	saw_output_print(&out, true, &said);
	status = out.status;
	saw_output_free(&out);
	return status;
}

static enum saw_status check(enum saw_check_mode mode, const char *tunnel, const char *warning, const char *critical) {
	struct saw_check c = {.mode = mode, .device = "ASA-XFW01", .tunnel = tunnel};

	return run(&c, warning, critical);
}

static void assert_says(const char *text) {
	if (!strstr(saw_buf_text(&said), text))
		fail_msg("\"%s\" is not in: %s", text, saw_buf_text(&said));
}

static void assert_silent_of(const char *text) {
	if (strstr(saw_buf_text(&said), text))
		fail_msg("\"%s\" is in: %s", text, saw_buf_text(&said));
}

/* ------------------------------------------------------------------------------------------------------------------- links */

static Sawatch__V1__Link link_one;
static Sawatch__V1__LinkDirection ways[2];
static Sawatch__V1__LinkComparison differences[2];

static void link_up(void) {
	static Sawatch__V1__Link *links[] = {&link_one};
	static Sawatch__V1__LinkDirection *way_list[] = {&ways[0], &ways[1]};
	static Sawatch__V1__LinkComparison *difference_list[] = {&differences[0], &differences[1]};

	sawatch__v1__link__init(&link_one);
	link_one.name = TEXT("berlin-turin");
	link_one.a_device = TEXT("ASA-XFW01");
	link_one.a_tunnel = TEXT("berlin-1");
	link_one.b_device = TEXT("ASR-WAN03");
	link_one.b_tunnel = TEXT("turin-1");
	SET(&link_one, up, 1);
	for (int i = 0; i < 2; i++) {
		sawatch__v1__link_direction__init(&ways[i]);
		sawatch__v1__link_comparison__init(&differences[i]);
		ways[i].from = i ? link_one.b_device : link_one.a_device;
		ways[i].to = i ? link_one.a_device : link_one.b_device;
		SET(&ways[i], loss_ratio, -0.001);
		SET(&ways[i], loss_bound_ratio, 0.002);
		differences[i].a = TEXT("1438");
		differences[i].b = TEXT("1400");
		SET(&differences[i], differs, 0);
	}
	differences[0].field = TEXT("mtu");
	differences[1].field = TEXT("replay_window");
	link_one.directions = way_list;
	link_one.n_directions = 2;
	link_one.comparisons = difference_list;
	link_one.n_comparisons = 2;
	fixture_snapshot()->links = links;
	fixture_snapshot()->n_links = 1;
}

static enum saw_status check_link(void) {
	struct saw_check c = {.mode = SAW_CHECK_LINK, .link = "berlin-turin"};

	return run(&c, NULL, NULL);
}

static void a_link_is_as_its_ends_and_its_loss(void **state) {
	(void)state;
	link_up();
	assert_int_equal(check_link(), SAW_OK);
	assert_says("berlin-turin (ASA-XFW01 to ASR-WAN03): both ends are up; ASA-XFW01 to ASR-WAN03: loss 0 %");
	assert_says("'ASA-XFW01_ASR-WAN03_loss'=0%;0.1;1;0 'ASA-XFW01_ASR-WAN03_loss_bound'=0.2%;;;0");
	ways[1].loss_ratio = 0.0015; /* below its bound it says nothing, threshold or not */
	assert_int_equal(check_link(), SAW_OK);
	ways[1].loss_ratio = 0.005;
	assert_int_equal(check_link(), SAW_WARNING);
	assert_says("ASR-WAN03 to ASA-XFW01: loss 0.5 % (warning range 0.1)");
	ways[1].loss_ratio = 0.05;
	assert_int_equal(check_link(), SAW_CRITICAL);
	ways[1].has_loss_ratio = 0;
	assert_int_equal(check_link(), SAW_OK);
	SET(&ways[0], one_way, 1);
	assert_int_equal(check_link(), SAW_CRITICAL);
	assert_says("ASA-XFW01 to ASR-WAN03: traffic passes one way only");
	link_up();
	link_one.up = 0;
	assert_int_equal(check_link(), SAW_CRITICAL);
	SET(&link_one, maintenance, 1);
	assert_int_equal(check_link(), SAW_OK);
	assert_says("(maintenance: down");
	link_one.has_up = link_one.maintenance = 0;
	assert_int_equal(check_link(), SAW_UNKNOWN);
}

static void of_what_differs_some_is_a_warning(void **state) {
	(void)state;
	link_up();
	differences[1].differs = 1;
	assert_int_equal(check_link(), SAW_OK);
	assert_says("replay_window differs");
	differences[0].differs = 1;
	assert_int_equal(check_link(), SAW_WARNING);
	assert_says("mtu differs: 1438 at ASA-XFW01, 1400 at ASR-WAN03");
	assert_int_equal(check(SAW_CHECK_MTU, "berlin-1", NULL, NULL), SAW_WARNING);
	assert_says("the ends of the link differ: 1438 at ASA-XFW01, 1400 at ASR-WAN03");
}

static void links_that_are_not_there_are_unknown(void **state) {
	struct saw_check c = {.mode = SAW_CHECK_LINK, .link = "berlin"};

	(void)state;
	link_up();
	fixture_snapshot()->n_links = 0;
	assert_int_equal(run(&c, NULL, NULL), SAW_UNKNOWN);
	assert_says("the daemon has no link \"berlin\"; it knows none");
	assert_int_equal(check(SAW_CHECK_LINK, "berlin-1", NULL, NULL), SAW_UNKNOWN);
	assert_says("ASA-XFW01 has no link by tunnel \"berlin-1\"");
	c.link = NULL;
	c.device = "nobody";
	assert_int_equal(run(&c, NULL, NULL), SAW_UNKNOWN);
	assert_says("no device \"nobody\"");
}

/* ----------------------------------------------------------------------------------------------------- aspects of a tunnel */

static void throughput_is_judged_where_a_capacity_is_known(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("berlin-1");

	(void)state;
	assert_int_equal(check(SAW_CHECK_THROUGHPUT, "berlin-1", NULL, NULL), SAW_UNKNOWN);
	assert_says("in not known yet (two polls are needed), out 400000000 bit/s");
	SET(t->totals[0], per_second, 1000000);
	assert_int_equal(check(SAW_CHECK_THROUGHPUT, "berlin-1", NULL, NULL), SAW_OK);
	assert_silent_of("capacity");
	assert_int_equal(check(SAW_CHECK_THROUGHPUT, "berlin-1", "in_percent=80", NULL), SAW_UNKNOWN);
	SET(t, capacity_bytes_per_second, 60000000);
	assert_int_equal(check(SAW_CHECK_THROUGHPUT, "berlin-1", NULL, NULL), SAW_WARNING);
	assert_says("out 83.33 % of capacity (warning range 80)");
	t->capacity_bytes_per_second = 50000000;
	assert_int_equal(check(SAW_CHECK_THROUGHPUT, "berlin-1", NULL, NULL), SAW_CRITICAL);
	t->totals[1]->has_stale = t->totals[1]->stale = 1;
	assert_int_equal(check(SAW_CHECK_THROUGHPUT, "berlin-1", NULL, NULL), SAW_UNKNOWN);
	t->totals[1]->has_stale = t->totals[1]->stale = 0;
	t->has_capacity_bytes_per_second = t->totals[0]->has_per_second = 0;
}

static void errors_name_the_fastest_reason(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("berlin-1");

	(void)state;
	assert_int_equal(check(SAW_CHECK_ERRORS, "berlin-1", NULL, NULL), SAW_UNKNOWN);
	SET(t->totals[5], per_second, 0); /* authentication */
	assert_int_equal(check(SAW_CHECK_ERRORS, "berlin-1", NULL, NULL), SAW_OK);
	SET(t->totals[6], per_second, 2); /* no SA */
	assert_int_equal(check(SAW_CHECK_ERRORS, "berlin-1", NULL, NULL), SAW_WARNING);
	assert_says("errors 2/s (warning range 1), most by reason \"no SA to send with\"");
	assert_says("\n  no_sa_send 7, 2/s\n");
	t->totals[5]->has_per_second = t->totals[6]->has_per_second = 0;
}

static void an_overdue_renewal_is_a_warning_and_a_failed_one_critical(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("wien-1");

	(void)state;
	assert_int_equal(check(SAW_CHECK_LIFETIME, "berlin-1", NULL, NULL), SAW_OK);
	assert_says("SA remaining 1790 s, IKE SA remaining 40000 s");
	assert_int_equal(check(SAW_CHECK_LIFETIME, "berlin-1", "1800:", NULL), SAW_WARNING);
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", NULL, NULL), SAW_UNKNOWN);
	SET(t, renewal_overdue, 0);
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", NULL, NULL), SAW_OK);
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", "300:", NULL), SAW_UNKNOWN);
	SET(t, renewal_overdue, 1);
	SET(t, sa_lifetime_seconds, 3600);
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", NULL, NULL), SAW_WARNING);
	assert_says("the renewal is overdue (an SA lives for 1h)");
	SET(t, in_remaining_seconds, 20); /* the device says so */
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", NULL, NULL), SAW_WARNING);
	SET(t, out_remaining_seconds, 0);
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", NULL, NULL), SAW_CRITICAL);
	assert_says("the renewal failed: the SA in use has run out (an SA lives for 1h)");
	t->renewal_overdue = 0; /* counted down to nothing, and perhaps renewed since it was read */
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", NULL, NULL), SAW_OK);
	t->has_renewal_overdue = 0;
	assert_int_equal(check(SAW_CHECK_LIFETIME, "wien-1", NULL, NULL), SAW_OK);
	t->has_sa_lifetime_seconds = t->has_in_remaining_seconds = t->has_out_remaining_seconds = 0;
}

static void storms_and_flaps_are_warnings_also_while_it_is_down(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("lyon-1");

	(void)state;
	assert_int_equal(check(SAW_CHECK_REKEY, "lyon-1", NULL, NULL), SAW_UNKNOWN);
	SET(t, rekeys_per_lifetime, 1.5);
	SET(t, flaps_per_hour, 2);
	SET(t, rekeys, 1);
	SET(t, flaps, 2);
	assert_int_equal(check(SAW_CHECK_REKEY, "lyon-1", NULL, NULL), SAW_OK);
	assert_says(", in all 1 renewal, 2 losses");
	t->has_rekeys = t->has_flaps = 0;
	t->flaps_per_hour = 3;
	assert_int_equal(check(SAW_CHECK_REKEY, "lyon-1", NULL, NULL), SAW_WARNING);
	t->flaps_per_hour = 0;
	t->rekeys_per_lifetime = 5;
	assert_int_equal(check(SAW_CHECK_REKEY, "lyon-1", NULL, NULL), SAW_WARNING);
	assert_int_equal(check(SAW_CHECK_REKEY, "lyon-1", NULL, "4"), SAW_CRITICAL);
	t->has_rekeys_per_lifetime = t->has_flaps_per_hour = 0;
}

static void ike_is_a_layer(void **state) {
	Sawatch__V1__Layer *l = fixture_tunnel("berlin-1")->layers[1];

	(void)state;
	assert_int_equal(check(SAW_CHECK_IKE, "berlin-1", NULL, NULL), SAW_UNKNOWN);
	assert_says("nothing is known of its IKE SA; the tunnel is up");
	assert_int_equal(check(SAW_CHECK_IKE, "lyon-1", NULL, NULL), SAW_UNKNOWN);
	assert_says("nothing is known of its IKE SA; the tunnel is down, interface Tunnel3 is down");
	SET(l, up, 1);
	assert_int_equal(check(SAW_CHECK_IKE, "berlin-1", NULL, NULL), SAW_OK);
	assert_says("IKE is up, version 2, DH group 21");
	l->up = 0;
	assert_int_equal(check(SAW_CHECK_IKE, "berlin-1", NULL, NULL), SAW_CRITICAL);
	l->has_up = 0;
}

static void the_replay_ratio_is_of_what_arrives(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("berlin-1");

	(void)state;
	SET(t->totals[2], per_second, 24.75);
	t->replay_advice = TEXT("enlarge the window");
	assert_int_equal(check(SAW_CHECK_REPLAY, "berlin-1", NULL, NULL), SAW_OK);
	assert_says("replay ratio 1 %, window 512");
	assert_says("\n  enlarge the window\n");
	assert_int_equal(check(SAW_CHECK_REPLAY, "berlin-1", NULL, "replay_ratio=0.5"), SAW_CRITICAL);
	t->totals[2]->has_per_second = 0;
	t->replay_advice = NULL;
}

/* ------------------------------------------------------------------------------------------------------ devices and counts */

static void bgp_peers_are_to_be_established(void **state) {
	Sawatch__V1__BgpPeer peers[2] = {SAWATCH__V1__BGP_PEER__INIT, SAWATCH__V1__BGP_PEER__INIT};
	Sawatch__V1__BgpPeer *list[] = {&peers[0], &peers[1]};
	Sawatch__V1__Device *d = fixture_snapshot()->devices[0];
	struct saw_check unread = {.mode = SAW_CHECK_BGP, .device = "ASR-WAN01"};

	(void)state;
	assert_int_equal(check(SAW_CHECK_BGP, NULL, NULL, NULL), SAW_UNKNOWN);
	assert_says("no BGP peer is known");
	peers[0].peer = TEXT("192.0.2.9");
	peers[1].peer = TEXT("192.0.2.10");
	peers[0].state = peers[1].state = TEXT("Established");
	SET(&peers[1], prefixes_received, 3);
	d->bgp_peers = list;
	d->n_bgp_peers = 2;
	assert_int_equal(check(SAW_CHECK_BGP, NULL, NULL, NULL), SAW_OK);
	assert_int_equal(check(SAW_CHECK_BGP, NULL, NULL, "4:"), SAW_CRITICAL);
	peers[0].state = TEXT("Idle");
	assert_int_equal(check(SAW_CHECK_BGP, NULL, NULL, NULL), SAW_CRITICAL);
	assert_says("ASA-XFW01: 2 BGP peers: 1 OK, 1 CRITICAL; 192.0.2.9: not established, Idle");
	assert_int_equal(run(&unread, NULL, NULL), SAW_UNKNOWN);
	assert_says("is wrong");
	d->n_bgp_peers = 0;
}

static void a_table_that_was_cut_short_is_a_warning(void **state) {
	(void)state;
	assert_int_equal(check(SAW_CHECK_DEVICE, NULL, NULL, NULL), SAW_WARNING);
	assert_says("partial tables 1 (warning range 0)");
	assert_says("\n  cipSecSpiTable was cut short\n");
	assert_int_equal(check(SAW_CHECK_DEVICE, NULL, "partial_tables=1", NULL), SAW_OK);
}

static void a_fleet_is_counted_worst_first(void **state) {
	struct saw_check c = {.mode = SAW_CHECK_FLEET}, few = {.mode = SAW_CHECK_FLEET};
	const char *text;

	(void)state;
	assert_int_equal(run(&c, NULL, NULL), SAW_CRITICAL);
	assert_says(
		"5 devices, 10 tunnels (1 in maintenance): down 1 (critical range 0), missing 1 (critical range 0), "
		"degraded 1 (warning range 0), unexpected 1 (warning range 0), unknown 2, devices not read 3; "
		"ASA-XFW01/lyon-1 to 203.0.113.3: down, interface Tunnel3 is down; ASA-XFW01/oslo-1 to 203.0.113.4: missing");
	text = strstr(saw_buf_text(&said), "\n");
	assert_non_null(text);
	assert_true(strstr(text, "lyon-1") < strstr(text, "hamburg-1"));
	assert_says("[OK] ASA-XFW01/rome-1 to 203.0.113.6: (maintenance) down");
	assert_int_equal(run(&c, "degraded=2,unexpected=2", "down=2,missing=2"), SAW_UNKNOWN);
	assert_int_equal(run(&c, "unread=5", "unknown=5"), SAW_CRITICAL); /* the defaults are set anew */
	few.include.list[few.include.n++] = "ASR-WAN0*";
	few.exclude.list[few.exclude.n++] = "*/muenchen-?";
	few.exclude.list[few.exclude.n++] = "ASR-WAN02";
	assert_int_equal(run(&few, NULL, NULL), SAW_UNKNOWN);
	assert_says("2 devices, 1 tunnel: ");
	assert_says(
		"devices not read 1; ASR-WAN01: data is 6m 40s old, the limit is 3m 30s: 198.51.100.1: the authentication");
	few.exclude.list[few.exclude.n++] = "ASR-WAN01";
	assert_int_equal(run(&few, NULL, NULL), SAW_OK);
	few.exclude.list[few.exclude.n++] = "*";
	assert_int_equal(run(&few, NULL, NULL), SAW_UNKNOWN);
	assert_says("the patterns leave no tunnel");
}

static void an_inventory_minds_what_is_missing_and_what_is_too_much(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("muenchen-1");
	struct saw_check c = {.mode = SAW_CHECK_INVENTORY, .device = "ASA-XFW01"};

	(void)state;
	assert_int_equal(run(&c, NULL, NULL), SAW_CRITICAL);
	assert_says("missing 1 (critical range 0), unexpected 1 (warning range 0), unknown 0; ASA-XFW01/oslo-1 to "
				"203.0.113.4: missing");
	assert_says("[OK] ASA-XFW01/lyon-1 to 203.0.113.3: down");
	c.device = "ASR-WAN03";
	assert_int_equal(run(&c, NULL, NULL), SAW_OK);
	c.device = "ASR-WAN01";
	SET(t, inventory, 1);
	assert_int_equal(run(&c, NULL, NULL), SAW_UNKNOWN);
	assert_says("unknown 1");
	t->has_inventory = t->inventory = 0;
}

/* ------------------------------------------------------------------------------------------------------- for who is woken by it */

static void the_other_end_is_named_where_the_link_is_known(void **state) {
	(void)state;
	fixture_snapshot()->n_links = 0;
	check(SAW_CHECK_TUNNEL, "berlin-1", NULL, NULL);
	assert_says(" - ASA-XFW01/berlin-1 to 203.0.113.1: up for");
	link_up();
	check(SAW_CHECK_TUNNEL, "berlin-1", NULL, NULL);
	assert_says(" - ASA-XFW01/berlin-1 to ASR-WAN03: up for");
	check(SAW_CHECK_MTU, NULL, NULL, NULL);
	assert_says(" - ASA-XFW01: 7 tunnels: ");
	assert_says("[OK] berlin-1 to ASR-WAN03: ");
	run(&(struct saw_check){.mode = SAW_CHECK_TUNNEL, .device = "ASR-WAN03", .tunnel = "turin-1"}, NULL, NULL);
	assert_says(" - ASR-WAN03/turin-1 to ASA-XFW01: up for");
	run(&(struct saw_check){.mode = SAW_CHECK_FLEET}, NULL, NULL);
	assert_says("[OK] ASR-WAN03/turin-1 to ASA-XFW01: up");
	fixture_tunnel("berlin-1")->remote = NULL;
	fixture_snapshot()->n_links = 0;
	check(SAW_CHECK_TUNNEL, "berlin-1", NULL, NULL);
	assert_says(" - ASA-XFW01/berlin-1: up for");
	fixture_tunnel("berlin-1")->remote = TEXT("203.0.113.1");
}

/* A runbook that is named has to be there. */
static void assert_next(const char *text) {
	const char *top = getenv("top_srcdir"), *runbook = strstr(saw_buf_text(&said), "runbook ");
	char path[512];

	assert_says(text);
	assert_non_null(runbook);
	runbook += strlen("runbook ");
	snprintf(path, sizeof path, "%s/doc/runbooks/%.*s.md", top ? top : ".", (int)strcspn(runbook, "\n"), runbook);
	if (access(path, R_OK))
		fail_msg("there is no %s", path);
}

static void what_is_wrong_comes_with_the_next_step(void **state) {
	static Sawatch__V1__BgpPeer peer = SAWATCH__V1__BGP_PEER__INIT, *peers[] = {&peer};
	Sawatch__V1__Device *d = fixture_snapshot()->devices[0];
	struct saw_check direct = {.mode = SAW_CHECK_TUNNEL, .device = "ASA-XFW01", .tunnel = "lyon-1", .direct = true};
	struct saw_check fleet = {.mode = SAW_CHECK_FLEET}, unread = {.mode = SAW_CHECK_DEVICE, .device = "ASR-WAN01"};

	(void)state;
	check(SAW_CHECK_TUNNEL, "berlin-1", NULL, NULL);
	assert_silent_of("next: ");
	check(SAW_CHECK_TUNNEL, "rome-1", NULL, NULL); /* in maintenance */
	assert_silent_of("next: ");
	check(SAW_CHECK_TUNNEL, "lyon-1", NULL, NULL);
	assert_next("\nnext: sawatch explain --device ASA-XFW01 lyon-1; runbook SawatchTunnelDown\n");
	check(SAW_CHECK_TUNNEL, NULL, NULL, NULL); /* of the worst */
	assert_next("\nnext: sawatch explain --device ASA-XFW01 lyon-1; runbook SawatchTunnelDown\n");
	check(SAW_CHECK_TUNNEL, "oslo-1", NULL, NULL);
	assert_next("\nnext: sawatch explain --device ASA-XFW01 oslo-1; runbook SawatchTunnelMissing\n");
	check(SAW_CHECK_TUNNEL, "hamburg-1", NULL, NULL);
	assert_next("; runbook SawatchTunnelDegraded\n");
	check(SAW_CHECK_REPLAY, "wien-1", NULL, NULL);
	assert_next("\nnext: sawatch explain --device ASA-XFW01 wien-1; runbook SawatchReplayBurst\n");
	check(SAW_CHECK_MTU, "wien-1", NULL, NULL);
	assert_next("; runbook SawatchMtuMismatch\n");
	check(SAW_CHECK_LIFETIME, "berlin-1", "1800:", NULL);
	assert_next("; runbook SawatchRekeyOverdue\n");
	run(&fleet, NULL, NULL);
	assert_next("\nnext: sawatch explain --device ASA-XFW01 lyon-1; runbook SawatchTunnelDown\n");
	fleet.exclude.list[fleet.exclude.n++] = "ASA-XFW01";
	run(&fleet, NULL, NULL);
	assert_next("runbook SawatchDeviceUnreachable\n");
	run(&unread, NULL, NULL);
	assert_next("\nnext: runbook SawatchDeviceUnreachable\n");
	unread.mode = SAW_CHECK_BGP;
	run(&unread, NULL, NULL);
	assert_next("\nnext: runbook SawatchDeviceUnreachable\n");
	run(&(struct saw_check){.mode = SAW_CHECK_TUNNEL, .device = "ASR-WAN02"}, NULL, NULL);
	assert_says("old, the limit is");
	assert_next("\nnext: runbook SawatchDeviceUnreachable\n");
	check(SAW_CHECK_DEVICE, NULL, NULL, NULL);
	assert_next("\nnext: runbook SawatchPartialWalk\n");
	run(&direct, NULL, NULL); /* there may be no daemon to ask */
	assert_next("\nnext: runbook SawatchTunnelDown\n");
	check(SAW_CHECK_TUNNEL, "q\"u\\o\nte<b>|", NULL, NULL);
	assert_says("\nnext: sawatch explain --device ASA-XFW01 'q\"u\\");
	fixture_tunnel("lyon-1")->name = TEXT("l'yon");
	check(SAW_CHECK_TUNNEL, "l'yon", NULL, NULL);
	assert_next("\nnext: sawatch explain --device ASA-XFW01 'l'\\''yon'; runbook SawatchTunnelDown\n");
	fixture_tunnel("l'yon")->name = TEXT("lyon-1");
	peer.peer = TEXT("192.0.2.9");
	peer.state = TEXT("Idle");
	SET(&peer, remote_as, 65010);
	d->bgp_peers = peers;
	d->n_bgp_peers = 1;
	check(SAW_CHECK_BGP, NULL, NULL, NULL);
	assert_says("ASA-XFW01: 1 BGP peer: 1 CRITICAL; 192.0.2.9: not established, Idle, AS 65010");
	assert_next("\nnext: runbook SawatchBgpDown\n");
	d->n_bgp_peers = 0;
	link_up();
	link_one.up = 0;
	check_link();
	assert_next("\nnext: runbook SawatchLinkDown\n");
}

static void what_a_mode_cannot_do_with_is_refused(void **state) {
	static const struct saw_check wrong[] = {
		{.mode = SAW_CHECK_FLEET, .tunnel = "x"},
		{.mode = SAW_CHECK_BGP, .device = "x", .tunnel = "y"},
		{.mode = SAW_CHECK_TUNNEL, .device = "x", .link = "y"},
		{.mode = SAW_CHECK_MTU, .device = "x", .include = {.list = {"y"}, .n = 1}},
		{.mode = SAW_CHECK_LINK},
		{.mode = SAW_CHECK_DEVICE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(saw_check_complete(&wrong[i], NULL), SAW_EFORMAT);
}

static int free_said(void **state) {
	(void)state;
	saw_buf_free(&said);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_is_as_its_ends_and_its_loss),
		cmocka_unit_test(of_what_differs_some_is_a_warning),
		cmocka_unit_test(links_that_are_not_there_are_unknown),
		cmocka_unit_test(throughput_is_judged_where_a_capacity_is_known),
		cmocka_unit_test(errors_name_the_fastest_reason),
		cmocka_unit_test(an_overdue_renewal_is_a_warning_and_a_failed_one_critical),
		cmocka_unit_test(storms_and_flaps_are_warnings_also_while_it_is_down),
		cmocka_unit_test(ike_is_a_layer),
		cmocka_unit_test(the_replay_ratio_is_of_what_arrives),
		cmocka_unit_test(bgp_peers_are_to_be_established),
		cmocka_unit_test(a_table_that_was_cut_short_is_a_warning),
		cmocka_unit_test(a_fleet_is_counted_worst_first),
		cmocka_unit_test(an_inventory_minds_what_is_missing_and_what_is_too_much),
		cmocka_unit_test(the_other_end_is_named_where_the_link_is_known),
		cmocka_unit_test(what_is_wrong_comes_with_the_next_step),
		cmocka_unit_test(what_a_mode_cannot_do_with_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, free_said);
}
