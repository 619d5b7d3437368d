/*
 * Totals against a device that knows the truth: random traffic, rekeys with and without a restart of the counters, renumbered rows,
 * reloads, `clear crypto sa counters`, lost and cut polls, SAs that overlap, wraps of 32 bits, two sources, restarts of the daemon.
 *
 * What must hold at every poll of each tunnel:
 *  - no total decreases, and none is above what passed;
 *  - what can be known is counted exactly; where the total falls behind, a gap is counted with it;
 *  - no gap is counted where nothing happened.
 *
 * Prints the seed of a run that fails; SAWATCH_TEST_SEED=N runs that one alone, SAWATCH_TEST_RUNS=N another number of them.
 */
#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 2000
#define STEPS 40
#define TUNNELS 3
#define STEP (2 * MINUTE)
#define SPAN_32 (UINT64_C(1) << 32)

enum { BY_SNMP, BY_FILE, WAYS };

/* xorshift64*: the same numbers everywhere. */
static uint64_t seed, chance;

static uint64_t draw(uint64_t below) {
	chance ^= chance >> 12;
	chance ^= chance << 25;
	chance ^= chance >> 27;
	return chance * UINT64_C(2685821657736338717) % below;
}

static bool happens(unsigned percent) {
	return draw(100) < percent;
}

/* One way of reading a tunnel: what it showed last, and what happened since. */
struct reader {
	bool any;
	uint64_t packets, bytes; /* the device's own count when it was last read */
	bool restarted;          /* the count began anew since */
	bool cleared;            /* in a way that nothing but the count shows */
	bool happened;           /* anything that may make it doubt */
};

struct tunnel {
	const char *peer;
	char name[40];
	bool up;
	uint64_t index, refreshes, load;
	int64_t born_ms;
	uint64_t packets, bytes; /* since the device began to count */
	uint32_t in, out, old_in, old_out;
	struct reader reader[WAYS];
	int owner;                                 /* the way whose counts are exported; -1: none yet */
	uint64_t known_packets, known_bytes;       /* what can be known of what passed */
	uint64_t behind_packets, behind_bytes;     /* how far the totals were behind it */
	uint64_t total_packets, total_bytes, gaps; /* as last shown */
};

struct world {
	struct saw_store *store;
	char folder[40]; /* empty: in memory only */
	int64_t now_ms, boot_ms;
	uint64_t next_index;
	uint32_t next_spi;
	struct tunnel tunnels[TUNNELS];
	bool file_too, snmp_too;
};

/* ----------------------------------------------------------------------------------------------------- what may happen */

static void note(struct tunnel *t, bool restarted, bool cleared) {
	for (int i = 0; i < WAYS; i++) {
		t->reader[i].restarted |= restarted;
		t->reader[i].cleared |= cleared;
		t->reader[i].happened = true;
	}
}

static void new_row(struct world *w, struct tunnel *t) {
	t->index = ++w->next_index;
	t->born_ms = w->now_ms;
	t->refreshes = 0;
	t->packets = t->bytes = 0;
	note(t, true, false);
}

static void rekey(struct world *w, struct tunnel *t) {
	t->old_in = t->in;
	t->old_out = t->out;
	t->in = ++w->next_spi;
	t->out = ++w->next_spi;
	t->refreshes++;
}

static void something_happens(struct world *w, struct tunnel *t) {
	switch (draw(7)) {
	case 0:
	case 1:
		rekey(w, t);
		break;
	case 2: /* some IOS begin a new row at a rekey */
		rekey(w, t);
		new_row(w, t);
		break;
	case 3: /* another number and nothing else */
		t->index = ++w->next_index;
		note(t, false, false);
		break;
	case 4: /* clear crypto sa counters */
		t->packets = t->bytes = 0;
		note(t, true, true);
		break;
	default:
		t->up = !t->up;
		if (t->up)
			new_row(w, t);
		else
			note(t, false, false);
		rekey(w, t);
	}
}

static void reload(struct world *w) {
	w->boot_ms = w->now_ms;
	w->next_index = 0;
	for (int i = 0; i < TUNNELS; i++) {
		rekey(w, &w->tunnels[i]);
		new_row(w, &w->tunnels[i]);
	}
}

static void traffic(struct tunnel *t) {
	uint64_t packets = t->load / 2 + draw(t->load + 1);

	if (!t->up || happens(5))
		return;
	t->packets += packets;
	t->bytes += packets * (40 + draw(1400));
}

/* -------------------------------------------------------------------------------------------------------- what is read */

static void show(struct world *w, struct tunnel *t, struct sample *m, int way) {
	struct row *r;

	if (way == BY_FILE) {
		r = saved_row(m, t->peer,
					  t->peer[11] == '1'   ? "Tunnel11"
					  : t->peer[11] == '2' ? "Tunnel12"
										   : "Tunnel13",
					  t->packets, t->in, t->out);
		return;
	}
	r = snmp_row(m, t->peer, t->index, t->packets % SPAN_32, t->bytes);
	SET(&r->sa, active_seconds, (uint64_t)(w->now_ms - t->born_ms) / 1000);
	SET(&r->sa, refreshes, t->refreshes);
	/* While a new SA takes over, some show the old one. */
	set_sas(r, happens(20) ? t->old_in : t->in, happens(20) ? t->old_out : t->out);
}

/* What the totals are made of now, after `t` was shown. */
static void know(struct tunnel *t, int way, bool *may_fall_behind) {
	struct reader *r = &t->reader[way];
	uint64_t packets = r->restarted ? t->packets : t->packets - r->packets;
	uint64_t bytes = r->restarted ? t->bytes : t->bytes - r->bytes;
	/* What began anew and is above the old count again: only the age of a row or of the device tells. */
	bool unseen = (r->cleared || way == BY_FILE) && r->restarted && t->packets >= r->packets;

	*may_fall_behind = unseen;
	if (t->owner < 0) {
		t->owner = way;
		t->known_packets = way == BY_SNMP ? t->packets % SPAN_32 : t->packets;
	} else if (t->owner == way && r->any) {
		t->known_packets += packets;
	} else if (way == BY_SNMP) {
		t->owner = way; /* from here on it is SNMP's that is added */
	}
	/* Bytes are SNMP's alone. */
	if (way == BY_SNMP)
		t->known_bytes = r->any ? t->known_bytes + bytes : t->bytes;
	r->any = true;
	r->packets = t->packets;
	r->bytes = t->bytes;
}

static void failed(const struct tunnel *t, const char *what, int step) {
	fail_msg("SAWATCH_TEST_SEED=%llu: step %d: %s: %s; packets: total %llu, known %llu, behind by %llu; bytes: total "
			 "%llu, known "
			 "%llu, behind by %llu; gaps %llu",
			 (unsigned long long)seed, step, t->name, what, (unsigned long long)t->total_packets,
			 (unsigned long long)t->known_packets, (unsigned long long)t->behind_packets,
			 (unsigned long long)t->total_bytes, (unsigned long long)t->known_bytes,
			 (unsigned long long)t->behind_bytes, (unsigned long long)t->gaps);
}

/* One counter after a poll. True where it fell further behind. */
static bool compare(const struct tunnel *t, const Sawatch__V1__TunnelEnd *end, const char *field, uint64_t known,
					uint64_t *total_before, uint64_t *behind, int step) {
	const Sawatch__V1__Total *total = find_total(end, field);
	uint64_t value = total ? total->value : 0;
	bool fell;

	if (!total)
		return false;
	if (value < *total_before)
		failed(t, "a total decreased", step);
	*total_before = value;
	if (value > known)
		failed(t, "a total is above what passed", step);
	fell = known - value > *behind;
	if (known - value < *behind)
		failed(t, "a total caught up with what it cannot know", step);
	*behind = known - value;
	return fell;
}

static void check(struct world *w, int way, const bool *shown, int step) {
	struct saw_snapshot *snap = saw_store_snapshot(w->store, w->now_ms);

	for (int i = 0; i < TUNNELS; i++) {
		struct tunnel *t = &w->tunnels[i];
		struct reader *r = &t->reader[way];
		const Sawatch__V1__TunnelEnd *end;
		bool unseen, fell, took_over;

		if (!shown[i])
			continue;
		took_over = t->owner >= 0 && t->owner != way && way == BY_SNMP;
		know(t, way, &unseen);
		end = tunnel(snap, t->name);
		fell = compare(t, end, "decaps_packets", t->known_packets, &t->total_packets, &t->behind_packets, step);
		fell |= compare(t, end, "in_bytes", t->known_bytes, &t->total_bytes, &t->behind_bytes, step);
		if (end->counter_gaps < t->gaps)
			failed(t, "the number of gaps decreased", step);
		if (fell && !unseen && end->counter_gaps == t->gaps)
			failed(t, "a total fell behind and no gap is counted", step);
		if (end->counter_gaps > t->gaps && !r->happened && !took_over)
			failed(t, "a gap is counted where nothing happened", step);
		t->gaps = end->counter_gaps;
		r->restarted = r->cleared = r->happened = false;
	}
	saw_snapshot_unref(snap);
}

static void poll_device(struct world *w, int way, int step) {
	bool cut = happens(5), shown[TUNNELS] = {false};
	struct sample m;

	if (happens(8))
		return;
	if (happens(4)) {
		blank(&m, way == BY_SNMP ? SNMP : SAVED, w->now_ms);
		SET(&m.pb, error_class, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT);
		put(w->store, &m);
		return;
	}
	if (way == BY_SNMP) {
		blank(&m, SNMP, w->now_ms);
		SET(&m.pb, uptime_seconds, (uint64_t)(w->now_ms - w->boot_ms) / 1000);
		add_table(&m, "cipSecTunnelTable", cut ? PARTIAL : COMPLETE, cut ? "cut" : NULL);
	} else {
		blank(&m, SAVED, w->now_ms);
		add_table(&m, "show crypto ipsec sa", cut ? PARTIAL : COMPLETE, cut ? "cut" : NULL);
	}
	for (int i = 0; i < TUNNELS; i++) {
		shown[i] = w->tunnels[i].up && !(cut && happens(50));
		if (shown[i])
			show(w, &w->tunnels[i], &m, way);
		else if (!w->tunnels[i].up && !cut)
			w->tunnels[i].reader[way].happened = true;
	}
	put(w->store, &m);
	check(w, way, shown, step);
}

/* ----------------------------------------------------------------------------------------------------------------- runs */

static void open_store(struct world *w) {
	char said[SAW_ERR_TEXT_MAX];
	struct saw_err err = {0};

	w->store = saw_store_create(w->now_ms);
	assert_non_null(w->store);
	if (*w->folder && saw_store_open(w->store, w->folder, said, &err) != 0)
		fail_msg("%s", err.text);
	configure(w->store, store_plain, w->now_ms);
}

static void one_run(void) {
	static const char *const peers[TUNNELS] = {"198.51.100.1", "198.51.100.2", "198.51.100.3"};
	struct world w = {.now_ms = T0, .boot_ms = T0 - 86400000, .next_spi = 0x1000};
	char command[64];

	chance = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	for (int i = 0; i < 8; i++)
		draw(2);
	for (int i = 0; i < TUNNELS; i++) {
		struct tunnel *t = &w.tunnels[i];

		*t = (struct tunnel){.peer = peers[i], .up = happens(80), .owner = -1};
		snprintf(t->name, sizeof t->name, "192.0.2.1-%s", peers[i]);
		t->load = UINT64_C(1) << draw(24);
		t->index = ++w.next_index;
		t->born_ms = T0 - 3600000;
		t->packets = happens(30) ? SPAN_32 - 1 - draw(t->load * 20 + 1) : draw(UINT64_C(1) << draw(31));
		t->bytes = t->packets * 700;
		rekey(&w, t);
	}
	w.file_too = happens(40);
	w.snmp_too = !w.file_too || happens(80);
	if (draw(50) == 0) { /* the disk is slow */
		snprintf(w.folder, sizeof w.folder, "/tmp/store-property-XXXXXX");
		assert_non_null(mkdtemp(w.folder));
	}
	open_store(&w);
	for (int step = 0; step < STEPS; step++) {
		w.now_ms += 10000; /* a device that restarts within seconds of a poll may not be noticed */
		for (int i = 0; i < TUNNELS; i++) {
			/* Before it or after: what passes between a poll and a restart is nobody's. */
			if (happens(50))
				traffic(&w.tunnels[i]);
			if (happens(12))
				something_happens(&w, &w.tunnels[i]);
			traffic(&w.tunnels[i]);
		}
		w.now_ms += (int64_t)draw(STEP / 2);
		if (happens(2))
			reload(&w);
		w.now_ms += STEP / 2;
		if (*w.folder && happens(10)) {
			saw_store_destroy(w.store);
			open_store(&w);
		}
		if (w.file_too)
			poll_device(&w, BY_FILE, step);
		w.now_ms += 1001 + (int64_t)draw(1000);
		if (w.snmp_too && step >= (w.file_too ? 5 : 0))
			poll_device(&w, BY_SNMP, step);
		w.now_ms += 1001; /* with a disk there is one snapshot a second */
	}
	saw_store_destroy(w.store);
	if (*w.folder) {
		snprintf(command, sizeof command, "rm -rf %s", w.folder);
		assert_int_equal(system(command), 0);
	}
}

static void totals_hold_against_the_truth(void **state) {
	const char *one = getenv("SAWATCH_TEST_SEED"), *many = getenv("SAWATCH_TEST_RUNS");
	unsigned long long runs = many ? strtoull(many, NULL, 10) : RUNS;

	(void)state;
	if (one) {
		seed = strtoull(one, NULL, 10);
		one_run();
		return;
	}
	for (seed = 1; seed <= runs; seed++)
		one_run();
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(totals_hold_against_the_truth)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
