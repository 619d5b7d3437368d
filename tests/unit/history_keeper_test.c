/* What is kept, what comes of it when hours, days and months are over, and what is left of it after a kill. */
#include "history/keeper.h"
#include "history/period.h"
#include "history/store.h"
#include "history/verify.h"
#include "tests/fixtures/history.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T0 1780272000000LL /* 2026-06-01 */
#define ALL ((1U << SAW_COLUMNS) - 1)
#define UP SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP

static char folder[64], file[80], note[SAW_ERR_TEXT_MAX];
static struct saw_err err;
static const struct saw_keeper_options options = {
	.interval_ms = 5 * MINUTE, .raw_days = 40, .hourly_days = 400, .summary_days = 1000};

static int make_folder(void **state) {
	(void)state;
	/* In memory, where there is such a place: on a busy disk each commit waits. */
	snprintf(folder, sizeof folder, "%s/history-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof file, "%s/history.db", folder);
	return 0;
}

static int remove_folder(void **state) {
	char command[96];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static void good(int rc) {
	if (rc)
		fail_msg("%d: %s", rc, err.text);
}

static struct saw_keeper *start(const struct saw_keeper_options *o) {
	struct saw_keeper *k;

	good(saw_keeper_open(file, o, false, note, &k, &err));
	return k;
}

static void tend(struct saw_keeper *k, int64_t now_ms) {
	int rc;

	while ((rc = saw_keeper_tend(k, now_ms, &err)) == 1)
		;
	good(rc);
}

static struct saw_history_end end_of(const char *tunnel) {
	return (struct saw_history_end){.device = "ASR-WAN01", .tunnel = tunnel, .interface = "Tunnel11", .link = "l1"};
}

/* A reading that says when it is: its bytes are the seconds since T0. */
static struct saw_point reading(int64_t at_ms) {
	uint64_t s = (uint64_t)(at_ms - T0) / 1000;

	return (struct saw_point){.at_ms = at_ms, .has = ALL, .state = UP, .total = {s * 100, s * 200, s, s * 2}};
}

static void put(struct saw_keeper *k, const char *tunnel, int64_t at_ms) {
	struct saw_history_end end = end_of(tunnel);
	struct saw_point p = reading(at_ms);

	good(saw_keeper_put(k, &end, true, &p));
}

static struct saw_points was; /* what was read last */

static int take(void *ctx, const struct saw_point *p) {
	(void)ctx;
	assert_true(was.n == 0 || was.p[was.n - 1].at_ms < p->at_ms);
	return saw_points_add(&was, p);
}

/* How many points a reader is given. */
static size_t points_of(const char *tunnel, int64_t from_ms, int64_t to_ms) {
	struct saw_history h;

	was.n = 0;
	good(saw_history_store_open(file, &h, &err));
	good(h.points(h.ctx, "ASR-WAN01", tunnel, from_ms, to_ms, take, NULL, &err));
	h.close(h.ctx);
	return was.n;
}

static void sql(const char *text) {
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
}

static int64_t ask(const char *text) {
	sqlite3_stmt *q;
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

/* Readings of a whole time, committed every hour, tended to as the daemon does. */
static void keep(struct saw_keeper *k, const char *tunnel, int64_t from_ms, int64_t to_ms) {
	for (int64_t at = from_ms; at < to_ms; at += 5 * MINUTE) {
		put(k, tunnel, at);
		if (at % HOUR == 55 * MINUTE) {
			good(saw_keeper_commit(k, &err));
			tend(k, at);
		}
	}
	good(saw_keeper_commit(k, &err));
}

static void readers_see_what_was_committed(void **state) {
	struct saw_keeper *k = start(&options);
	struct saw_history h;

	(void)state;
	put(k, "a", T0);
	put(k, "b", T0 + 1);
	assert_int_equal(points_of("a", 0, INT64_MAX), 0);
	good(saw_keeper_commit(k, &err));
	assert_int_equal(points_of("a", 0, INT64_MAX), 1);
	assert_int_equal(points_of("a", T0, T0), 0);
	assert_int_equal(points_of("a", T0, T0 + 1), 1);
	assert_int_equal(points_of("nobody", 0, INT64_MAX), 0);
	/* A reader's picture stays as it was. */
	good(saw_history_store_open(file, &h, &err));
	put(k, "a", T0 + 5 * MINUTE);
	good(saw_keeper_commit(k, &err));
	good(saw_keeper_tend(k, T0 + 2 * HOUR, &err) == 1 ? 0 : -1); /* and goes on when batches become pieces */
	was.n = 0;
	good(h.points(h.ctx, "ASR-WAN01", "a", 0, INT64_MAX, take, NULL, &err));
	assert_int_equal(was.n, 1);
	h.close(h.ctx);
	assert_int_equal(points_of("a", 0, INT64_MAX), 2);
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), 2);
}

static void a_reading_is_newer_than_the_last(void **state) {
	struct saw_keeper *k = start(&options);
	struct saw_history_end end = end_of("a");
	struct saw_point p = reading(T0 + HOUR);

	(void)state;
	put(k, "a", T0 + HOUR);
	assert_int_equal(saw_keeper_put(k, &end, true, &p), SAW_ERANGE);
	good(saw_keeper_commit(k, &err));
	tend(k, T0 + 3 * HOUR);
	saw_keeper_close(k);
	k = start(&options);
	/* Also after a restart, and when it lies in a piece. */
	assert_true(saw_keeper_last(k, "ASR-WAN01", "a", &p));
	assert_int_equal(p.at_ms, T0 + HOUR);
	assert_int_equal(p.total[0], 360000);
	p = reading(T0);
	assert_int_equal(saw_keeper_put(k, &end, true, &p), SAW_ERANGE);
	assert_false(saw_keeper_last(k, "ASR-WAN01", "b", &p));
	/* A clock that was never set. */
	p = (struct saw_point){.at_ms = 1000};
	assert_int_equal(saw_keeper_put(k, &end, true, &p), SAW_ERANGE);
	saw_keeper_close(k);
}

struct summed {
	unsigned n;
	struct saw_summary last;
};

static int count_summaries(void *ctx, const struct saw_summary *s) {
	struct summed *sum = ctx;

	sum->n++;
	sum->last = *s;
	return 0;
}

static struct summed summaries(const char *tunnel, enum saw_summary_period period) {
	struct summed sum = {0};
	struct saw_history h;

	good(saw_history_store_open(file, &h, &err));
	good(saw_history_store_summaries(&h, "ASR-WAN01", tunnel, period, 0, INT64_MAX, count_summaries, &sum, &err));
	h.close(h.ctx);
	return sum;
}

static void days_and_months_close(void **state) {
	struct saw_keeper *k = start(&options);
	struct summed sum;

	(void)state;
	keep(k, "a", T0, T0 + 30 * DAY + 6 * HOUR);
	tend(k, T0 + 30 * DAY + 6 * HOUR);
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), 30 * 288 + 72);
	for (size_t i = 0; i < was.n; i++)
		assert_int_equal(was.p[i].total[0], (uint64_t)(was.p[i].at_ms - T0) / 10);
	assert_int_equal(ask("SELECT count(*) FROM day"), 30);
	assert_int_equal(ask("SELECT count(*) FROM month"), 1);
	assert_true(ask("SELECT count(*) FROM piece") <= 7);
	assert_true(ask("SELECT count(*) FROM batch") <= 2);
	sum = summaries("a", SAW_SUMMARY_DAY);
	assert_int_equal(sum.n, 30);
	assert_int_equal(sum.last.from_ms, T0 + 29 * DAY);
	assert_int_equal(sum.last.load[SAW_DIRECTION_IN].mean, 100);
	assert_int_equal(sum.last.load[SAW_DIRECTION_OUT].p95, 200);
	assert_true(sum.last.load[SAW_DIRECTION_OUT].coverage > 0.9999);
	sum = summaries("a", SAW_SUMMARY_MONTH);
	assert_int_equal(sum.n, 1);
	assert_int_equal(sum.last.load[SAW_DIRECTION_IN].max, 100);
	assert_int_equal(summaries("a", SAW_SUMMARY_LOCAL_DAY).n, 0);
}

static void sum_day(void *ctx, const struct saw_history_day *d) {
	struct summed *sum = ctx;

	sum->n++;
	assert_true(d->in_p95 == 100 && d->out_p95 == 200);
	sum->last.from_ms = d->day * DAY;
}

/* As many and the same, whether they are asked for one by one or all at once. */
static void assert_kept_days(unsigned n, int64_t last_ms) {
	struct saw_history h;

	for (int many = 0; many < 2; many++) {
		struct summed sum = {0};

		good(saw_history_store_open(file, &h, &err));
		good(h.days(h.ctx, "ASR-WAN01", "a", T0 / DAY - 3, T0 / DAY + 400, many, sum_day, &sum, &err));
		good(h.days(h.ctx, "ASR-WAN01", "nobody", T0 / DAY - 3, T0 / DAY + 400, many, sum_day, &sum, &err));
		assert_int_equal(sum.n, n);
		assert_int_equal(sum.last.from_ms, last_ms);
		h.close(h.ctx);
	}
}

static void old_readings_become_hours(void **state) {
	struct saw_keeper_options o = options;
	struct saw_keeper *k;
	struct saw_history h;

	(void)state;
	o.hourly_days = 60;
	o.summary_days = 100;
	k = start(&o);
	keep(k, "a", T0, T0 + 35 * DAY);
	put(k, "a", T0 + 80 * DAY);
	good(saw_keeper_commit(k, &err));
	tend(k, T0 + 80 * DAY + 2 * HOUR);
	good(saw_history_store_open(file, &h, &err));
	assert_int_equal(saw_history_store_raw_from(&h), T0 + 40 * DAY);
	assert_int_equal(saw_history_store_interval(&h), 5 * MINUTE);
	h.close(h.ctx);
	/* Five minutes became an hour, of June and of the first days of July; totals are as they were. */
	assert_in_range(points_of("a", T0, T0 + 35 * DAY), 35 * 24, 35 * 24 + 4);
	for (size_t i = 0; i < was.n; i++)
		assert_int_equal(was.p[i].total[0], (uint64_t)(was.p[i].at_ms - T0) / 10);
	assert_kept_days(15, T0 + 34 * DAY);
	assert_int_equal(summaries("a", SAW_SUMMARY_DAY).n, 15); /* as long as hours; months longer */
	assert_int_equal(summaries("a", SAW_SUMMARY_MONTH).n, 2);
	/* June is a month that is too old, then everything. */
	tend(k, T0 + 95 * DAY);
	assert_int_equal(points_of("a", T0, T0 + 30 * DAY), 0);
	assert_in_range(points_of("a", T0, T0 + 35 * DAY), 5 * 24, 5 * 24 + 4);
	assert_int_equal(summaries("a", SAW_SUMMARY_MONTH).n, 2); /* of one reading there is none */
	tend(k, T0 + 300 * DAY);
	assert_int_equal(ask("SELECT (SELECT count(*) FROM day) + (SELECT count(*) FROM month) +"
						 " (SELECT count(*) FROM day_summary) + (SELECT count(*) FROM month_summary) +"
						 " (SELECT count(*) FROM end) + (SELECT count(*) FROM fact)"),
					 0);
	/* And an end that comes back begins anew. */
	put(k, "a", T0 + 300 * DAY);
	good(saw_keeper_commit(k, &err));
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), 1);
}

static void local_days_have_their_own_length(void **state) {
	struct saw_keeper_options o = options;
	struct saw_keeper *k;
	struct saw_history h;
	struct summed sum;
	char zone[64];
	int64_t from = 1774742400000LL; /* 2026-03-29, UTC; in Berlin the hour from 2 to 3 is left out */

	(void)state;
	good(saw_period_zone("Europe/Berlin", &err));
	o.zone = "Europe/Berlin";
	k = start(&o);
	for (int64_t at = from - 2 * HOUR; at < from + 3 * DAY; at += 5 * MINUTE) {
		struct saw_history_end end = end_of("a");
		struct saw_point p = reading(T0 + (at - from) + 2 * HOUR);

		p.at_ms = at;
		good(saw_keeper_put(k, &end, true, &p));
	}
	good(saw_keeper_commit(k, &err));
	tend(k, from + 3 * DAY + HOUR);
	saw_keeper_close(k);
	sum = summaries("a", SAW_SUMMARY_LOCAL_DAY);
	/* Of days there is one kind: the file stays as large as it is without a zone. */
	assert_int_equal(summaries("a", SAW_SUMMARY_DAY).n, 0);
	assert_int_equal(sum.n, 4); /* the 28th's last hour, 29th, 30th, 31st */
	assert_int_equal(sum.last.to_ms - sum.last.from_ms, DAY);
	assert_int_equal(sum.last.from_ms, from + 2 * DAY - 2 * HOUR);
	good(saw_history_store_open(file, &h, &err));
	sum = (struct summed){0};
	good(saw_history_store_summaries(&h, "ASR-WAN01", "a", SAW_SUMMARY_LOCAL_DAY, from - HOUR, from + DAY - 2 * HOUR,
									 count_summaries, &sum, &err));
	assert_int_equal(sum.n, 1);
	assert_int_equal(sum.last.to_ms - sum.last.from_ms, 23 * HOUR);
	assert_int_equal(sum.last.load[SAW_DIRECTION_IN].mean, 100);
	good(saw_history_store_zone(&h, from + DAY, zone, &err));
	assert_string_equal(zone, "Europe/Berlin");
	h.close(h.ctx);
	assert_int_equal(saw_period_zone("Europe/Atlantis", &err), SAW_EUNKNOWN);
	assert_non_null(strstr(err.text, "Europe/Atlantis"));
	good(saw_period_zone("UTC", &err));
}

static void what_comes_late_is_merged(void **state) {
	struct saw_keeper *k = start(&options);
	struct saw_history_end end = end_of("a");
	struct saw_points late = {0};
	uint64_t added;

	(void)state;
	keep(k, "a", T0, T0 + 40 * DAY);
	tend(k, T0 + 40 * DAY + HOUR);
	sql("DELETE FROM day WHERE id >> 24 = (SELECT min(id >> 24) + 3 FROM day)");
	assert_int_equal(points_of("a", 0, INT64_MAX), 39 * 288);
	for (int64_t at = T0 + 2 * DAY; at < T0 + 5 * DAY; at += 5 * MINUTE) {
		struct saw_point p = reading(at);

		assert_int_equal(saw_points_add(&late, &p), 0);
	}
	sql("DELETE FROM day_summary WHERE id >> 24 = (SELECT min(id >> 24) + 3 FROM day_summary)");
	good(saw_keeper_merge(k, &end, late.p, late.n, &added, &err));
	good(saw_keeper_commit(k, &err));
	assert_int_equal(added, 288);
	good(saw_keeper_merge(k, &end, late.p, late.n, &added, &err));
	good(saw_keeper_commit(k, &err));
	assert_int_equal(added, 0);
	assert_int_equal(points_of("a", 0, INT64_MAX), 40 * 288);
	assert_int_equal(summaries("a", SAW_SUMMARY_DAY).n, 40);
	saw_points_free(&late);
	saw_keeper_close(k);
}

static void a_clock_that_was_ahead_can_be_undone(void **state) {
	struct saw_keeper_options o = options;
	struct saw_keeper *k;
	uint64_t removed;
	struct saw_point p;

	(void)state;
	o.raw_days = 100;
	k = start(&o);
	keep(k, "a", T0, T0 + 33 * DAY);
	keep(k, "a", T0 + 60 * DAY, T0 + 61 * DAY);
	tend(k, T0 + 62 * DAY);
	good(saw_keeper_forget_after(k, T0 + 32 * DAY + HOUR, &removed, &err));
	assert_int_equal(removed, 288 + 288 - 13);
	assert_true(saw_keeper_last(k, "ASR-WAN01", "a", &p));
	assert_int_equal(p.at_ms, T0 + 32 * DAY + HOUR);
	assert_int_equal(points_of("a", 0, INT64_MAX), 32 * 288 + 13);
	keep(k, "a", T0 + 32 * DAY + HOUR + 5 * MINUTE, T0 + 35 * DAY);
	tend(k, T0 + 35 * DAY + HOUR);
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), 35 * 288);
	assert_int_equal(summaries("a", SAW_SUMMARY_DAY).n, 35);
	assert_int_equal(summaries("a", SAW_SUMMARY_MONTH).n, 1);
}

static int take_end(void *ctx, const struct saw_history_end *e) {
	char *out = ctx;

	snprintf(out + strlen(out), 200 - strlen(out), "%s %s;", e->tunnel, e->owner ? e->owner : "-");
	return 0;
}

static void facts_are_those_of_the_time(void **state) {
	struct saw_keeper *k = start(&options);
	struct saw_history_end end = end_of("a");
	struct saw_history h;
	struct saw_point p;
	char text[200];
	const struct {
		int64_t from, to;
		const char *expected;
	} asked[] = {{T0, T0 + HOUR, "a alice;"},    {T0, T0 + 3 * HOUR, "a bob;"}, {T0 - DAY, T0, ""},
				 {T0 - DAY, T0 + 1, "a alice;"}, {0, INT64_MAX, "a bob;b -;"},  {T0 + 4 * HOUR, INT64_MAX, "b -;"}};

	(void)state;
	end.owner = "alice";
	p = reading(T0);
	good(saw_keeper_put(k, &end, true, &p));
	good(saw_keeper_commit(k, &err));
	end.owner = "bob";
	p = reading(T0 + 2 * HOUR);
	good(saw_keeper_put(k, &end, true, &p));
	/* A tunnel that is not there says nothing of itself. */
	end.owner = NULL;
	p = reading(T0 + 3 * HOUR);
	good(saw_keeper_put(k, &end, false, &p));
	put(k, "b", T0 + 4 * HOUR);
	good(saw_keeper_commit(k, &err));
	for (int folded = 0; folded < 2; folded++) {
		for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
			*text = 0;
			good(saw_history_store_open(file, &h, &err));
			good(h.ends(h.ctx, asked[i].from, asked[i].to, take_end, text, &err));
			h.close(h.ctx);
			assert_string_equal(text, asked[i].expected);
		}
		tend(k, T0 + 2 * DAY);
	}
	saw_keeper_close(k);
}

/* ------------------------------------------------------------------------------------------------------- what goes wrong */

static void an_older_file_is_brought_up_to_date(void **state) {
	struct saw_keeper *k;
	struct saw_history h;

	(void)state;
	/* As version 1 made it, with one reading in a batch: end 1, flags of all columns up, totals 1 to 8. */
	sql("PRAGMA page_size=65536; PRAGMA journal_mode=WAL;"
		"CREATE TABLE end (id INTEGER PRIMARY KEY, device TEXT NOT NULL, tunnel TEXT NOT NULL,"
		"  first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, UNIQUE (device, tunnel));"
		"CREATE TABLE fact (end INTEGER NOT NULL, from_ms INTEGER NOT NULL, fact BLOB NOT NULL,"
		"  PRIMARY KEY (end, from_ms)) WITHOUT ROWID;"
		"CREATE TABLE number (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);"
		"CREATE TABLE batch (id INTEGER PRIMARY KEY, points BLOB NOT NULL);"
		"CREATE TABLE fold (id INTEGER PRIMARY KEY);"
		"CREATE TABLE piece (id INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
		"CREATE TABLE day (id INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
		"CREATE TABLE month (id INTEGER PRIMARY KEY, chunk BLOB NOT NULL);"
		"CREATE TABLE day_summary (id INTEGER PRIMARY KEY, summary BLOB NOT NULL);"
		"CREATE TABLE month_summary (id INTEGER PRIMARY KEY, summary BLOB NOT NULL);"
		"INSERT INTO end VALUES (1, 'ASR-WAN01', 'a', 9223372036854775807, -1);"
		"INSERT INTO batch VALUES (1, x'01' || x'80d8eb83e833' || x'ff8104' || x'0102030405060708');"
		"PRAGMA application_id=1396791112; PRAGMA user_version=1;");
	assert_int_equal(saw_history_store_open(file, &h, &err), SAW_EVERSION);
	assert_non_null(strstr(err.text, "older"));
	k = start(&options);
	assert_string_equal(note, "");
	put(k, "a", T0 + DAY);
	good(saw_keeper_commit(k, &err));
	tend(k, T0 + 3 * DAY);
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), 2);
	assert_int_equal(was.p[0].at_ms, T0);
	assert_int_equal(was.p[0].total[7], 8);
	assert_int_equal(ask("SELECT count(*) FROM local_day_summary"), 0);
}

static void a_newer_file_is_set_aside(void **state) {
	struct saw_keeper *k = start(&options);
	struct saw_history h;

	(void)state;
	put(k, "a", T0);
	good(saw_keeper_commit(k, &err));
	saw_keeper_close(k);
	sql("PRAGMA user_version=99");
	assert_int_equal(saw_history_store_open(file, &h, &err), SAW_EVERSION);
	k = start(&options);
	assert_non_null(strstr(note, "newer"));
	assert_non_null(strstr(note, "history.db.unusable-"));
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), 0);
}

static void overwrite(long offset, const char *text) {
	FILE *f = fopen(file, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, offset, SEEK_SET), 0);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void a_damaged_file_is_set_aside(void **state) {
	struct saw_keeper *k = start(&options);

	(void)state;
	put(k, "a", T0);
	good(saw_keeper_commit(k, &err));
	saw_keeper_close(k);
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	overwrite(0, "this is no database");
	k = start(&options);
	assert_non_null(strstr(note, "history begins anew"));
	saw_keeper_close(k);
	/* Found while it is used: the daemon opens it again like this. */
	good(saw_keeper_open(file, &options, true, note, &k, &err));
	assert_non_null(strstr(note, "it is damaged"));
	put(k, "a", T0);
	good(saw_keeper_commit(k, &err));
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), 1);
}

static void a_damaged_chunk_is_a_hole(void **state) {
	struct saw_keeper *k = start(&options);
	struct saw_history h;
	const char *what;

	(void)state;
	keep(k, "a", T0, T0 + 5 * DAY);
	tend(k, T0 + 6 * DAY);
	sql("UPDATE day SET chunk = substr(chunk, 1, length(chunk) - 1) || x'00' WHERE id >> 24 ="
		" (SELECT min(id >> 24) + 1 FROM day)");
	was.n = 0;
	good(saw_history_store_open(file, &h, &err));
	good(h.points(h.ctx, "ASR-WAN01", "a", 0, INT64_MAX, take, NULL, &err));
	assert_int_equal(was.n, 4 * 288);
	assert_int_equal(saw_history_store_damage(&h, &what), 1);
	assert_non_null(strstr(what, "of end 1 is damaged"));
	h.close(h.ctx);
	saw_keeper_close(k);
}

static void one_process_keeps_it(void **state) {
	struct saw_keeper *k = start(&options), *other;

	(void)state;
	assert_int_equal(saw_keeper_open(file, &options, false, note, &other, &err), -EBUSY);
	assert_non_null(strstr(err.text, "is sawatchd running?"));
	saw_keeper_close(k);
	k = start(&options);
	saw_keeper_close(k);
}

static void a_full_disk_loses_nothing(void **state) {
	struct rlimit old, small = {1 << 20, 1 << 20};
	struct saw_keeper *k = start(&options);
	struct saw_keeper_figures figures;
	int64_t at = T0;
	int rc = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 200 && rc == 0; i++) {
		for (int j = 0; j < 100; j++, at += MINUTE)
			put(k, "a", at);
		rc = saw_keeper_commit(k, &err);
	}
	assert_int_equal(rc, -ENOSPC);
	assert_int_equal(saw_keeper_commit(k, &err), -ENOSPC);
	saw_keeper_figures(k, &figures);
	assert_true(figures.waiting > 0);
	setrlimit(RLIMIT_FSIZE, &old);
	good(saw_keeper_commit(k, &err));
	saw_keeper_figures(k, &figures);
	assert_int_equal(figures.waiting, 0);
	assert_int_equal(figures.written, (uint64_t)(at - T0) / MINUTE);
	tend(k, at + 2 * DAY);
	saw_keeper_close(k);
	assert_int_equal(points_of("a", 0, INT64_MAX), (size_t)((at - T0) / MINUTE));
}

/* Writes as the daemon would, for ever, and says how far it is committed. */
static void write_until_killed(int out) {
	struct saw_keeper_options all = options;
	struct saw_keeper *k;
	struct saw_point last = {.at_ms = T0 - 5 * MINUTE};

	all.raw_days = 3000;
	k = start(&all);
	saw_keeper_last(k, "ASR-WAN01", "a", &last);
	for (int64_t at = last.at_ms + 5 * MINUTE;; at += 5 * MINUTE) {
		put(k, "a", at);
		put(k, "b", at);
		if (at / (5 * MINUTE) % 24 == 0) {
			good(saw_keeper_commit(k, &err));
			if (write(out, &at, sizeof at) != sizeof at)
				_exit(1);
			tend(k, at);
		}
	}
}

static void no_finding(void *ctx, const struct saw_verify_finding *f) {
	(void)ctx;
	fail_msg("%s: %s", saw_verify_kind_name(f->kind), f->text);
}

static void a_kill_loses_nothing_that_was_committed(void **state) {
	struct saw_verify_result verified;
	int64_t committed = 0;

	(void)state;
	srand(11);
	for (int round = 0; round < 25; round++) {
		int64_t next;
		int pipes[2], status;
		size_t n;
		pid_t child;

		assert_int_equal(pipe(pipes), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			close(pipes[0]);
			write_until_killed(pipes[1]);
		}
		close(pipes[1]);
		/* Not before it has begun, and then any moment. */
		assert_int_equal(read(pipes[0], &committed, sizeof committed), sizeof committed);
		nanosleep(&(struct timespec){.tv_nsec = rand() % 30000000}, NULL);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		while (read(pipes[0], &next, sizeof next) == sizeof next)
			committed = next;
		close(pipes[0]);
		n = points_of("a", 0, INT64_MAX);
		assert_true(n > (size_t)((committed - T0) / (5 * MINUTE)));
		for (size_t i = 0; i < n; i++)
			assert_int_equal(was.p[i].at_ms, T0 + (int64_t)i * 5 * MINUTE);
		assert_int_equal(points_of("b", 0, INT64_MAX), n);
		good(saw_history_verify(file, no_finding, NULL, &verified, &err));
		assert_true(verified.readings >= 2 * n);
	}
	assert_true(committed > T0 + DAY);
	assert_true(verified.summaries > 0);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(readers_see_what_was_committed),
		TEST(a_reading_is_newer_than_the_last),
		TEST(days_and_months_close),
		TEST(old_readings_become_hours),
		TEST(local_days_have_their_own_length),
		TEST(what_comes_late_is_merged),
		TEST(a_clock_that_was_ahead_can_be_undone),
		TEST(facts_are_those_of_the_time),
		TEST(an_older_file_is_brought_up_to_date),
		TEST(a_newer_file_is_set_aside),
		TEST(a_damaged_file_is_set_aside),
		TEST(a_damaged_chunk_is_a_hole),
		TEST(one_process_keeps_it),
		TEST(a_full_disk_loses_nothing),
		TEST(a_kill_loses_nothing_that_was_committed),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	saw_points_free(&was);
	return failed;
}
