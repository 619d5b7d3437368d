/* The capacity report over a history in memory: circuits, layers, sisters, partial sums, the other end, decisions. */
#include "history/decide.h"
#include "history/period.h"
#include "history/report.h"
#include "tools/report_print.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY SAW_DAY_MS
#define T0 (20731 * DAY) /* 2026-10-05, a Monday */
#define UP SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP
#define DOWN SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN
#define DECISION(d) SAWATCH__V1__DECISION__DECISION_##d

/* A tunnel end whose load is a function of time. */
struct end {
	struct saw_history_end facts;
	double out, in;                 /* bytes per second */
	double growth;                  /* bytes per second and week, of both */
	unsigned packet;                /* bytes */
	double drops;                   /* in queues, in five minutes */
	int64_t unread_from, unread_to; /* nothing was read */
	int64_t down_from, down_to;
	double level; /* this much more from then on, of both */
	int64_t level_from;
};

static struct end ends[8];
static size_t n_ends;
static int64_t begins, stops;

static int list(void *ctx, int64_t from_ms, int64_t to_ms, int (*each)(void *, const struct saw_history_end *),
				void *each_ctx, struct saw_err *err) {
	(void)ctx;
	(void)from_ms;
	(void)to_ms;
	(void)err;
	for (size_t i = 0; i < n_ends; i++)
		if (each(each_ctx, &ends[i].facts))
			return -1;
	return 0;
}

static int read_points(void *ctx, const char *device, const char *tunnel, int64_t from_ms, int64_t to_ms,
					   int (*each)(void *, const struct saw_point *), void *each_ctx, struct saw_err *err) {
	const struct end *e = ends;
	double out = 0, in = 0;

	(void)ctx;
	(void)err;
	while (strcmp(e->facts.device, device) != 0 || strcmp(e->facts.tunnel, tunnel) != 0)
		e++;
	for (int64_t at = begins; at <= stops; at += SAW_SLOT_MS) {
		const double more =
			e->growth * (double)(at - begins) / (double)SAW_WEEK_MS + (at >= e->level_from ? e->level : 0);
		const struct saw_point p = {
			.at_ms = at,
			.has = 15U | (e->drops ? 1U << SAW_COLUMN_QUEUE_DROPS : 0),
			.state = at >= e->down_from && at < e->down_to ? DOWN : UP,
			.total = {[SAW_COLUMN_IN_BYTES] = (uint64_t)in,
					  [SAW_COLUMN_OUT_BYTES] = (uint64_t)out,
					  [SAW_COLUMN_IN_PACKETS] = (uint64_t)in / e->packet,
					  [SAW_COLUMN_OUT_PACKETS] = (uint64_t)out / e->packet,
					  [SAW_COLUMN_QUEUE_DROPS] = (uint64_t)(e->drops * (double)(at - begins) / SAW_SLOT_MS)}};

		if (at >= from_ms && at < to_ms && (at < e->unread_from || at >= e->unread_to) && each(each_ctx, &p))
			return -1;
		out += (e->out + more) * 300;
		in += (e->in + more) * 300;
	}
	return 0;
}

static struct end *add(const char *device, const char *tunnel, const char *circuit, double out, double in) {
	ends[n_ends] = (struct end){.facts = {.device = device,
										  .tunnel = tunnel,
										  .circuit = circuit,
										  .encryption = "aes-gcm",
										  .key_bits = 256,
										  .has_nat_t = true},
								.out = out,
								.in = in,
								.packet = 500};
	return &ends[n_ends++];
}

/* Percentiles of days that are kept, from this one on: of a load that is the same all day long. */
static int64_t kept_from;

static int read_days(void *ctx, const char *device, const char *tunnel, int64_t from_day, int64_t to_day, bool many,
					 void (*each)(void *, const struct saw_history_day *), void *each_ctx, struct saw_err *err) {
	const struct end *e = ends;

	(void)ctx;
	(void)many;
	(void)err;
	while (strcmp(e->facts.device, device) != 0 || strcmp(e->facts.tunnel, tunnel) != 0)
		e++;
	for (int64_t day = from_day > kept_from ? from_day : kept_from; day < to_day; day++) {
		const double weeks = ((double)day + 0.95 - (double)begins / DAY) / 7;
		const double level = day * DAY >= e->level_from ? e->level : 0;

		if (day * DAY < e->unread_from || day * DAY >= e->unread_to)
			each(each_ctx, &(struct saw_history_day){.day = day,
													 .in_p95 = e->in + e->growth * weeks + level,
													 .out_p95 = e->out + e->growth * weeks + level});
	}
	return 0;
}

static struct saw_history history = {.ends = list, .points = read_points};

static struct saw_report *make_with(const char *config, const struct saw_report_options *options) {
	struct saw_report_options o = *options;
	struct saw_config *c = NULL;
	struct saw_report *r = NULL;
	struct saw_err err = {0};

	assert_int_equal(saw_period_zone("UTC", NULL), 0);
	if (config && saw_config_parse("t.yml", config, strlen(config), &c, &err) != 0)
		fail_msg("%s", err.text);
	o.config = c;
	o.zone = "UTC";
	o.source = "memory";
	if (saw_report_make(&history, &o, &r, &err) != 0)
		fail_msg("%s", err.text);
	saw_config_destroy(c);
	return r;
}

static struct saw_report *make(const char *config, int64_t days) {
	begins = T0 - SAW_SLOT_MS;
	stops = T0 + days * DAY + SAW_SLOT_MS;
	return make_with(config, &(struct saw_report_options){
								 .from_ms = T0, .to_ms = T0 + days * DAY, .trend_from_ms = T0, .lead_days = 90});
}

static const Sawatch__V1__ReportRow *row_of(Sawatch__V1__ReportRow *const *rows, size_t n, const char *name,
											const char *device) {
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i]->name, name) == 0 && (!device || strcmp(rows[i]->device, device) == 0))
			return rows[i];
	fail_msg("no row %s", name);
	return rows[0];
}

#define CIRCUIT(r, name) row_of((r)->pb.circuits, (r)->pb.n_circuits, name, NULL)
#define ROW(r, name, device) row_of((r)->pb.rows, (r)->pb.n_rows, name, device)
#define near(a, b) assert_true(fabs((double)(a) - (double)(b)) <= 2e-3 * fabs((double)(b)))
#define DEVICES \
	"devices:\n- {name: A, platform: asa, files: [{path: x}]}\n- {name: B, platform: iosxe, files: [{path: x}]}\n"

static int clear(void **state) {
	(void)state;
	n_ends = 0;
	history.days = NULL;
	history.raw_from_ms = 0;
	return 0;
}

/* ---------------------------------------------------------------------------------------------------------------- the tests */

/* 100,000 and 50,000 bytes a second in packets of 500: 300 packets, each with 55.5 bytes of IPsec and 18 of Ethernet. */
static void a_circuit_is_the_sum_of_its_tunnels_at_its_own_layer(void **state) {
	struct saw_report *r;
	const Sawatch__V1__ReportRow *c;

	(void)state;
	add("A", "one", "WAN", 100000, 20000);
	add("A", "two", "WAN", 50000, 20000);
	r = make("circuits: [{name: WAN, committed: 8Mbit}]\n" DEVICES, 2);
	c = CIRCUIT(r, "WAN");
	assert_int_equal(c->tunnels, 2);
	near(c->out->mean_bytes_per_second, 150000 + 300 * (55.5 + 18));
	near(c->out->plaintext_p95_bytes_per_second, 150000);
	near(c->in->mean_bytes_per_second, 40000 + 80 * (55.5 + 18));
	near(c->out->packets_per_second, 300);
	near(c->out->overhead_ratio, 55.5 / 500);
	assert_int_equal(c->layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET);
	near(c->out->p95_ratio, (150000 + 300 * 73.5) / 1000000);
	near(c->billed_bytes_per_second, c->out->p95_bytes_per_second);
	assert_int_equal(c->decision, DECISION(KEEP));
	near(ROW(r, "one", "A")->out->mean_bytes_per_second, 100000); /* before encryption */
	near(ROW(r, "one", "A")->out->overhead_ratio, 55.5 / 500);
	saw_report_free(r);
}

/* 1,200,000 bit/s before encryption are 1,376,400 on Ethernet: the crypto limit of 1.5 Mbit has more room left than the shaper of 1.6 Mbit. */
static void the_limit_that_is_nearest_at_its_own_layer_counts(void **state) {
	struct saw_report *r;

	(void)state;
	add("A", "one", "WAN", 150000, 0);
	r = make("circuits: [{name: WAN, committed: 9Mbit, ends: [{device: A, crypto_limit: 1500kbit, shaper: "
			 "1600kbit}]}]\n" DEVICES,
			 1);
	assert_string_equal(CIRCUIT(r, "WAN")->capacity_from, "shaper of A");
	near(CIRCUIT(r, "WAN")->out->p95_ratio, (150000 + 300 * 73.5) / 200000);
	saw_report_free(r);
	r = make("circuits: [{name: WAN, committed: 9Mbit, ends: [{device: A, crypto_limit: 1300kbit, shaper: "
			 "1600kbit}]}]\n" DEVICES,
			 1);
	assert_string_equal(CIRCUIT(r, "WAN")->capacity_from, "crypto limit of A");
	assert_int_equal(CIRCUIT(r, "WAN")->layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT);
	near(CIRCUIT(r, "WAN")->out->p95_ratio, 150000.0 / 162500);
	saw_report_free(r);
}

/* Counters of what was encrypted already: 100,000 bytes a second in 200 packets hold 11,100 bytes of IPsec. */
static void what_the_counters_count_is_asked_for(void **state) {
	struct saw_report *r;

	(void)state;
	add("A", "one", "WAN", 100000, 0);
	r = make("circuits: [{name: WAN, committed: 9Mbit, ends: [{device: A, counts: ip}]}]\n" DEVICES, 1);
	near(CIRCUIT(r, "WAN")->out->mean_bytes_per_second, 100000 + 200 * 18);
	near(CIRCUIT(r, "WAN")->out->plaintext_p95_bytes_per_second, 100000 - 200 * 55.5);
	saw_report_free(r);
	r = make("circuits: [{name: WAN, committed: 9Mbit, layer: line, frame_bytes: 22, ends: [{device: A, counts: "
			 "plaintext}]}]\n" DEVICES,
			 1);
	near(CIRCUIT(r, "WAN")->out->mean_bytes_per_second, 100000 + 200 * (55.5 + 22 + 20));
	saw_report_free(r);
}

/* Both ends run over one circuit: the traffic is there once, and the second end says how much arrived. */
static void the_other_end_checks_and_does_not_count_twice(void **state) {
	struct saw_report *r;
	const Sawatch__V1__ReportRow *c, *a;

	(void)state;
	add("A", "one", "WAN", 100000, 40000)->facts.link = "L";
	add("B", "uno", "WAN", 40000, 99000)->facts.link = "L"; /* 1 % is lost from A to B */
	r = make("circuits: [{name: WAN, committed: 9Mbit}]\n" DEVICES, 3);
	c = CIRCUIT(r, "WAN");
	assert_int_equal(c->tunnels, 1);
	assert_string_equal(c->seen_from, "A");
	near(c->out->plaintext_p95_bytes_per_second, 100000);
	a = ROW(r, "one", "A");
	assert_int_equal(a->n_cross, 2);
	assert_string_equal(a->cross[0]->from, "A");
	assert_int_equal(a->cross[0]->days, 3);
	near(a->cross[0]->bytes_ratio, 0.99);
	near(a->cross[0]->loss_ratio, 0.01);
	assert_true(fabs(a->cross[1]->loss_ratio) < 1e-4);
	near(c->cross[0]->loss_ratio, 0.01);
	saw_report_free(r);
}

/* By addresses that mirror each other, where nobody named a link; and the second end counts where the first one could not be read. */
static void an_end_that_was_not_read_is_stood_in_for(void **state) {
	struct end *a, *b;
	struct saw_report *r;

	(void)state;
	a = add("A", "one", "WAN", 100000, 40000);
	b = add("B", "uno", "WAN", 40000, 100000);
	a->facts.local = b->facts.remote = "192.0.2.1";
	a->facts.remote = b->facts.local = "198.51.100.1";
	a->unread_to = INT64_MAX;
	r = make("circuits: [{name: WAN, committed: 9Mbit}]\n" DEVICES, 1);
	assert_int_equal(CIRCUIT(r, "WAN")->tunnels_without_data, 1);
	near(CIRCUIT(r, "WAN")->out->plaintext_p95_bytes_per_second, 100000); /* as seen from A */
	near(CIRCUIT(r, "WAN")->in->plaintext_p95_bytes_per_second, 40000);
	assert_int_equal(ROW(r, "one", "A")->decision, DECISION(UNKNOWN));
	assert_string_equal(ROW(r, "one", "A")->why, "nothing was read");
	saw_report_free(r);
}

/* A tenth of the load is not read for half of the time: those samples are no lower load. */
static void a_sum_that_lacks_something_is_no_sample(void **state) {
	const Sawatch__V1__ReportRow *c;
	struct saw_report *r;
	struct end *small;

	(void)state;
	add("A", "one", "WAN", 90000, 90000);
	small = add("A", "two", "WAN", 10000, 10000);
	small->unread_from = T0 + DAY / 2;
	small->unread_to = T0 + 3 * DAY / 2;
	r = make("circuits: [{name: WAN, committed: 9Mbit, layer: plaintext}]\n" DEVICES, 2);
	c = CIRCUIT(r, "WAN");
	assert_true(fabs(c->partial_ratio - 0.5) <= 1.01 / 288); /* give or take a slot at each end */
	assert_true(fabs(c->coverage_ratio - 0.5) <= 1.01 / 288);
	near(c->out->mean_bytes_per_second, 100000);
	assert_non_null(strstr(c->notes[0], "were not read"));
	saw_report_free(r);
	/* One that carries less than 5 % does not spoil it. */
	small->out = small->in = 1000;
	r = make("circuits: [{name: WAN, committed: 9Mbit, layer: plaintext}]\n" DEVICES, 2);
	near(CIRCUIT(r, "WAN")->coverage_ratio, 1);
	saw_report_free(r);
}

/* After three of six days the tunnel gets another name. It is one load of the circuit and the site, and a row of three days each. */
static void a_tunnel_that_is_renamed_is_not_missing(void **state) {
	const int64_t renamed = T0 + 3 * DAY;
	const Sawatch__V1__ReportRow *c;
	struct saw_report *r;
	struct end *old, *new;

	(void)state;
	old = add("A", "old-name", "WAN", 100000, 40000);
	new = add("A", "new-name", "WAN", 100000, 40000);
	add("A", "other", "WAN", 50000, 10000)->facts.remote = "198.51.100.2";
	old->facts.remote = new->facts.remote = "198.51.100.1";
	old->unread_from = renamed + 1;
	old->unread_to = INT64_MAX;
	new->unread_to = renamed;
	r = make("circuits: [{name: WAN, committed: 9Mbit, layer: plaintext}]\n" DEVICES, 6);
	c = CIRCUIT(r, "WAN");
	near(c->coverage_ratio, 1);
	near(c->partial_ratio + 1, 1);
	near(c->out->mean_bytes_per_second, 150000);
	near(c->out->volume_bytes, 150000.0 * 6 * 86400);
	near(ROW(r, "old-name", "A")->coverage_ratio, 0.5);
	near(ROW(r, "new-name", "A")->coverage_ratio, 0.5);
	near(ROW(r, "new-name", "A")->out->mean_bytes_per_second, 100000);
	saw_report_free(r);
	/* Another peer is another tunnel: the first one is not read any more, and the sum is not known. */
	new->facts.remote = "198.51.100.3";
	r = make("circuits: [{name: WAN, committed: 9Mbit, layer: plaintext}]\n" DEVICES, 6);
	assert_true(fabs(CIRCUIT(r, "WAN")->coverage_ratio - 0.5) <= 1.01 / 288);
	saw_report_free(r);
}

static void a_sister_that_fails_brings_its_load(void **state) {
	const Sawatch__V1__ReportRow *a, *b;
	struct saw_report *r;

	(void)state;
	add("A", "one", "WAN-A", 300000, 0);
	add("A", "two", "WAN-B", 400000, 0);
	r = make("circuits: [{name: WAN-A, committed: 4Mbit, layer: plaintext, sister: WAN-B},\n"
			 "           {name: WAN-B, committed: 8Mbit, layer: plaintext}]\n" DEVICES,
			 1);
	a = CIRCUIT(r, "WAN-A");
	b = CIRCUIT(r, "WAN-B");
	near(a->out->sister_failed_ratio, 700000.0 / 500000);
	near(b->out->sister_failed_ratio, 700000.0 / 1000000); /* the other way too */
	assert_string_equal(b->sister, "WAN-A");
	assert_int_equal(a->decision, DECISION(UPGRADE));
	assert_non_null(strstr(a->why, "would be at 140 % if WAN-B failed"));
	assert_int_equal(b->decision, DECISION(KEEP));
	assert_ptr_equal(r->pb.circuits[0], a); /* what needs attention first */
	saw_report_free(r);
}

/* 100,000 bytes a second and 5,000 more each week: of 190,000, 95 % are 180,500, which is 16.1 weeks from the start; ten weeks are over. */
static void growth_says_when_it_is_full(void **state) {
	const int64_t weeks = 10;
	const Sawatch__V1__ReportRow *row;
	struct saw_report *r;
	struct end *e;

	(void)state;
	e = add("A", "one", NULL, 100000, 0);
	e->growth = 5000;
	e->facts.capacity_bytes_per_second = 190000;
	begins = T0 - weeks * SAW_WEEK_MS - SAW_SLOT_MS;
	stops = T0 + SAW_SLOT_MS;
	r = make_with(
		NULL, &(struct saw_report_options){
				  .from_ms = T0 - 28 * DAY, .to_ms = T0, .trend_from_ms = T0 - weeks * SAW_WEEK_MS, .lead_days = 30});
	row = ROW(r, "one", "A");
	assert_int_equal(row->out->growth_weeks, 10);
	near(row->out->growth_bytes_per_second_per_week, 5000);
	assert_int_equal(row->out->reach, SAWATCH__V1__REACH__REACH_AT);
	/* The 95th percentile of a week that grows stands for 95 % of the week, not its middle: 0.45 weeks earlier. */
	assert_true(fabs((double)(row->out->full_at_ms - T0) / (double)SAW_WEEK_MS - (16.1 - 10 - 0.45)) < 0.05);
	assert_int_equal(row->decision, DECISION(UPGRADE));
	assert_int_equal(row->upgrade_by_ms, row->out->full_at_ms - 30 * DAY);
	saw_report_free(r);
	/* Seven weeks say nothing. */
	r = make_with(NULL,
				  &(struct saw_report_options){
					  .from_ms = T0 - 28 * DAY, .to_ms = T0, .trend_from_ms = T0 - 7 * SAW_WEEK_MS, .lead_days = 30});
	row = ROW(r, "one", "A");
	assert_false(row->out->has_growth_weeks);
	assert_string_equal(row->out->growth_missing, "not enough data: 7 of 8 weeks");
	assert_int_equal(row->out->reach, SAWATCH__V1__REACH__REACH_UNKNOWN);
	saw_report_free(r);
}

/* Readings of 13 weeks, days of 60: growth of 500 a week from 100,000 on is that of all of them. */
static void a_trend_goes_as_far_back_as_days_are_kept(void **state) {
	const struct saw_report_options o = {.from_ms = T0 - 28 * DAY,
										 .to_ms = T0,
										 .trend_from_ms = T0 - 13 * SAW_WEEK_MS,
										 .kept_from_ms = T0 - 114 * SAW_WEEK_MS};
	const Sawatch__V1__ReportFlow *f;
	struct saw_report *r;

	(void)state;
	begins = T0 - 60 * SAW_WEEK_MS;
	stops = T0 + SAW_SLOT_MS;
	kept_from = begins / DAY;
	add("A", "one", "WAN", 100000, 50000)->growth = 500;
	add("A", "two", "WAN", 100000, 50000)->growth = 500;
	history.days = read_days;
	history.raw_from_ms = T0 - 14 * SAW_WEEK_MS;
	r = make_with(NULL, &o);
	f = ROW(r, "one", "A")->out;
	assert_int_equal(ROW(r, "one", "A")->n_notes, 0);
	assert_int_equal(f->n_weekly_p95, 60);
	assert_int_equal(f->growth_weeks, 60);
	assert_int_equal(r->pb.trend_from_ms, begins);
	assert_true(fabs(f->growth_bytes_per_second_per_week - 500) < 10);
	near(f->weekly_p95[0], 100000 + 500 * 0.95); /* as if there were readings */
	near(f->weekly_p95[40], 100000 + 500 * 40.95);
	assert_int_equal(f->n_steps, 0);
	/* A circuit is the sum of both, and what encryption adds: its old weeks are brought to its level. */
	f = CIRCUIT(r, "WAN")->in;
	assert_int_equal(f->growth_weeks, 60);
	near(f->weekly_p95[0], 2 * (50000 + 500 * 0.95) * (1 + 73.5 / 500));
	saw_report_free(r);
	/* Where half of it was not kept the circuit is not known, and its tunnel is. */
	ends[1].unread_from = begins + 10 * SAW_WEEK_MS;
	ends[1].unread_to = begins + 20 * SAW_WEEK_MS;
	r = make_with(NULL, &o);
	assert_true(isnan(CIRCUIT(r, "WAN")->in->weekly_p95[15]));
	assert_int_equal(CIRCUIT(r, "WAN")->in->growth_weeks, 50);
	assert_int_equal(ROW(r, "one", "A")->in->growth_weeks, 60);
	assert_int_equal(ROW(r, "two", "A")->in->growth_weeks, 50);
	saw_report_free(r);
}

static void percentiles_of_hours_are_said_to_be_that(void **state) {
	struct saw_report *r;

	(void)state;
	add("A", "one", "WAN", 100000, 50000);
	history.raw_from_ms = T0 + 2 * DAY;
	r = make(NULL, 3);
	assert_int_equal(ROW(r, "one", "A")->n_notes, 1);
	assert_non_null(strstr(ROW(r, "one", "A")->notes[0], "Before 2026-10-07 only hours are kept"));
	assert_int_equal(CIRCUIT(r, "WAN")->n_notes, 1);
	saw_report_free(r);
}

/* A year ago 50,000 more: growth is what came after it. */
static void a_step_of_long_ago_is_no_growth(void **state) {
	struct saw_report *r;
	const Sawatch__V1__ReportFlow *f;

	(void)state;
	begins = T0 - 60 * SAW_WEEK_MS;
	stops = T0 + SAW_SLOT_MS;
	kept_from = begins / DAY;
	add("A", "one", NULL, 100000, 50000);
	history.days = read_days;
	ends[0].level_from = begins + 20 * SAW_WEEK_MS;
	ends[0].level = 50000;
	r = make_with(NULL, &(struct saw_report_options){.from_ms = T0 - 28 * DAY,
													 .to_ms = T0,
													 .trend_from_ms = T0 - 13 * SAW_WEEK_MS,
													 .kept_from_ms = T0 - 114 * SAW_WEEK_MS});
	f = ROW(r, "one", "A")->out;
	assert_int_equal(f->n_steps, 1);
	assert_int_equal(f->steps[0]->at_ms, ends[0].level_from);
	near(f->steps[0]->after_bytes_per_second, 150000);
	assert_int_equal(f->growth_weeks, 40);
	assert_true(fabs(f->growth_bytes_per_second_per_week) < 1);
	saw_report_free(r);
}

static void a_default_bandwidth_is_no_capacity(void **state) {
	struct saw_report *r;

	(void)state;
	add("A", "none", NULL, 100000, 0);
	add("A", "set", NULL, 100000, 0)->facts.bandwidth_kbit = 2000;
	add("A", "both", NULL, 100000, 0)->facts.bandwidth_kbit = 2000;
	ends[2].facts.capacity_bytes_per_second = 125000;
	r = make(NULL, 1);
	assert_false(ROW(r, "none", "A")->has_capacity_bytes_per_second);
	assert_int_equal(ROW(r, "none", "A")->decision, DECISION(UNKNOWN));
	assert_string_equal(ROW(r, "none", "A")->why, "no capacity is known");
	near(ROW(r, "set", "A")->out->p95_ratio, 0.4);
	near(ROW(r, "both", "A")->out->p95_ratio, 0.8);
	assert_int_equal(ROW(r, "both", "A")->decision, DECISION(WATCH));
	saw_report_free(r);
}

/* 200 packets a second are 60,000 in five minutes: 90 dropped ones are 0.15 %, and 30 are few. */
static void bursts_are_seen_in_the_queues(void **state) {
	struct saw_report *r;

	(void)state;
	add("A", "many", "WAN", 100000, 0)->drops = 90;
	add("A", "few", "WAN", 100000, 0)->drops = 30;
	ends[0].facts.capacity_bytes_per_second = ends[1].facts.capacity_bytes_per_second = 1000000;
	r = make("circuits: [{name: WAN, committed: 90Mbit}]\n" DEVICES, 1);
	assert_int_equal(ROW(r, "many", "A")->decision, DECISION(WATCH));
	assert_string_equal(ROW(r, "many", "A")->why, "0.15 % of the packets out were dropped in queues");
	assert_int_equal(ROW(r, "few", "A")->decision, DECISION(KEEP));
	near(CIRCUIT(r, "WAN")->queue_drop_packets, 120 * 288);
	assert_int_equal(CIRCUIT(r, "WAN")->decision, DECISION(KEEP)); /* 0.1 %, of both */
	near(CIRCUIT(r, "WAN")->availability_ratio, 1);
	saw_report_free(r);
}

static void sites_and_tags_are_sums_too(void **state) {
	static const char *const tags[] = {"mpls", "primary"};
	struct saw_report *r;

	(void)state;
	begins = T0 - SAW_SLOT_MS;
	stops = T0 + DAY + SAW_SLOT_MS;
	add("A", "one", NULL, 100000, 0)->facts.site = "berlin";
	add("A", "two", NULL, 50000, 0)->facts.site = "berlin";
	add("B", "three", NULL, 25000, 0);
	ends[0].facts.tags = ends[1].facts.tags = tags;
	ends[0].facts.n_tags = 2;
	ends[1].facts.n_tags = 1;
	r = make_with(
		NULL, &(struct saw_report_options){.from_ms = T0, .to_ms = T0 + DAY, .trend_from_ms = T0, .by = SAW_BY_SITE});
	assert_int_equal(r->pb.n_rows, 2);
	near(ROW(r, "berlin", NULL)->out->p95_bytes_per_second, 150000);
	near(ROW(r, "(none)", NULL)->out->p95_bytes_per_second, 25000);
	saw_report_free(r);
	r = make_with(
		NULL, &(struct saw_report_options){.from_ms = T0, .to_ms = T0 + DAY, .trend_from_ms = T0, .by = SAW_BY_TAG});
	near(ROW(r, "mpls", NULL)->out->p95_bytes_per_second, 150000);
	near(ROW(r, "primary", NULL)->out->p95_bytes_per_second, 100000);
	saw_report_free(r);
	r = make_with(
		NULL, &(struct saw_report_options){.from_ms = T0, .to_ms = T0 + DAY, .trend_from_ms = T0, .by = SAW_BY_DEVICE});
	near(ROW(r, "A", NULL)->out->p95_bytes_per_second, 150000);
	assert_int_equal(ROW(r, "A", NULL)->tunnels, 2);
	saw_report_free(r);
}

static void a_cipher_that_is_not_known_is_said(void **state) {
	struct saw_report *r;

	(void)state;
	add("A", "one", "WAN", 100000, 0)->facts.encryption = NULL;
	r = make("circuits: [{name: WAN, committed: 9Mbit}]\n" DEVICES, 1);
	assert_non_null(strstr(CIRCUIT(r, "WAN")->notes[0], "lower bound"));
	assert_false(ROW(r, "one", "A")->out->has_overhead_ratio);
	near(CIRCUIT(r, "WAN")->out->mean_bytes_per_second, 100000 + 200 * 18);
	saw_report_free(r);
}

static void nothing_is_said_of_nothing(void **state) {
	struct saw_report_options o = {
		.from_ms = T0, .to_ms = T0 + DAY, .trend_from_ms = T0, .source = "memory", .zone = "UTC"};
	struct saw_report *r = NULL;
	struct saw_err err;

	(void)state;
	assert_int_equal(saw_report_make(&history, &o, &r, &err), SAW_EUNKNOWN);
	assert_string_equal(err.text, "memory has no tunnel in that time");
	add("A", "one", NULL, 1, 1);
	o.tunnel = "two";
	assert_int_equal(saw_report_make(&history, &o, &r, &err), SAW_EUNKNOWN);
	assert_string_equal(err.text, "memory has no tunnel two in that time");
	o.to_ms = T0;
	assert_int_equal(saw_report_make(&history, &o, &r, &err), SAW_ERANGE);
}

/* ---------------------------------------------------------------------------------------------------------------- printing */

static void names_break_no_form(void **state) {
	const struct saw_report_print p = {.top = 0};
	struct saw_buf b = SAW_BUF_INIT(1U << 24);
	Sawatch__V1__ReportFlow *flow;
	struct saw_report *r;

	(void)state;
	add("A", "=cmd|'x'!A1", NULL, 100000, 0)->facts.owner = "a \"b\", c";
	add("A", "<script>&", NULL, 100000, 0)->facts.capacity_bytes_per_second = 125000;
	r = make(NULL, 1);
	saw_report_csv(&r->pb, &b);
	assert_non_null(strstr(saw_buf_text(&b), "\"'=cmd|'x'!A1\""));
	assert_non_null(strstr(saw_buf_text(&b), "\"a \"\"b\"\", c\""));
	assert_non_null(strstr(saw_buf_text(&b), ",in_p95_bytes_per_second,"));
	assert_non_null(strstr(saw_buf_text(&b), "2026-10-0"));
	/* What is not there has empty columns, not their names. */
	flow = r->pb.rows[0]->in;
	r->pb.rows[0]->in = NULL;
	saw_buf_reset(&b);
	saw_report_csv(&r->pb, &b);
	assert_null(strstr(strchr(saw_buf_text(&b), '\n'), "p95_bytes_per_second"));
	r->pb.rows[0]->in = flow;
	saw_buf_reset(&b);
	saw_report_html(&r->pb, &p, &b);
	assert_null(strstr(saw_buf_text(&b), "<script>&"));
	assert_non_null(strstr(saw_buf_text(&b), "&lt;script&gt;&amp;"));
	assert_null(strstr(saw_buf_text(&b), ">nan"));
	assert_null(strstr(saw_buf_text(&b), "http://")); /* it needs no other file */
	saw_buf_reset(&b);
	saw_report_text(&r->pb, &p, &b);
	assert_non_null(strstr(saw_buf_text(&b), "p95 out is 800 kbit/s, 80 % of the capacity"));
	saw_buf_reset(&b);
	saw_report_json(&r->pb, &p, &b);
	assert_null(strstr(saw_buf_text(&b), "\"chart\""));
	assert_int_equal(saw_buf_error(&b), 0);
	saw_buf_free(&b);
	saw_report_free(r);
}

/* Columns of the longest line; escapes and the later bytes of a character take none. */
static size_t widest(const char *text) {
	size_t column = 0, most = 0;

	for (; *text; text++) {
		if (*text == '\033')
			text += strcspn(text, "m");
		else if (*text == '\n')
			column = 0;
		else
			column += ((unsigned char)*text & 0xc0) != 0x80;
		most = column > most ? column : most;
	}
	return most;
}

static void text_fits_a_terminal(void **state) {
	const struct saw_report_print p = {.colour = true};
	struct saw_buf b = SAW_BUF_INIT(1U << 24);
	struct saw_report *r;

	(void)state;
	add("A", "a tunnel with a name of many words, all of which are to be read", "WAN", 100000, 40000)->facts.link = "L";
	add("B", "uno", "WAN-B", 40000, 99000)->facts.link = "L";
	ends[0].facts.capacity_bytes_per_second = 125000;
	ends[0].facts.has_nat_t = false;
	history.raw_from_ms = T0 + DAY;
	r = make("circuits: [{name: WAN, committed: 1Mbit, sister: WAN-B}, {name: WAN-B, committed: 9Mbit}]\n" DEVICES, 3);
	saw_report_text(&r->pb, &p, &b);
	assert_in_range(widest(saw_buf_text(&b)), 70, 80);
	/* What goes on does so behind a margin: of a decision, a note, and a flow with its picture. */
	assert_non_null(strstr(saw_buf_text(&b), "in would be\n                       at 128 % if WAN-B failed\n"));
	assert_non_null(strstr(saw_buf_text(&b),
						   "    ! Before 2026-10-06 only hours are kept: percentiles, peaks and minutes\n"
						   "      above a limit are of hourly means there, and too low.\n"));
	assert_non_null(strstr(saw_buf_text(&b), "mean 800 kbit/s, p95 800 kbit/s (80 %),\n"
											 "                                  peak 800 kbit/s "));
	/* What has no blank stays whole. */
	saw_buf_reset(&b);
	r->pb.source =
		(char
			 *)(uintptr_t) "http://prometheus-of-a-very-long-name.example.net:9090/with/a/path/that/fits/no/line/of/80";
	saw_report_text(&r->pb, &p, &b);
	assert_non_null(
		strstr(saw_buf_text(&b),
			   "\n  http://prometheus-of-a-very-long-name.example.net:9090/with/a/path/that/fits/no/line/of/80\n"));
	assert_int_equal(saw_buf_error(&b), 0);
	saw_buf_free(&b);
	saw_report_free(r);
}

static void figures_are_words(void **state) {
	char out[128];

	(void)state;
	assert_string_equal(saw_rate_print(12500000, out), "100 Mbit/s");
	assert_string_equal(saw_rate_print(1250, out), "10.0 kbit/s");
	assert_string_equal(saw_rate_print(12.5, out), "100 bit/s");
	assert_string_equal(saw_rate_print(124999999, out), "1.00 Gbit/s");
	assert_string_equal(saw_percent_print(0.824, out), "82 %");
	assert_string_equal(saw_percent_print(0.99995, out), "99.995 %"); /* not all of it */
	assert_string_equal(saw_percent_print(1, out), "100 %");
	assert_string_equal(saw_percent_print(0.0123, out), "1.2 %");
	assert_string_equal(saw_percent_print(0.00012, out), "0.012 %");
	assert_string_equal(saw_span_print(59, out), "59 s");
	assert_string_equal(saw_span_print(5400, out), "90 min");
	assert_string_equal(saw_span_print(3 * 3600 + 300, out), "3 h 05 min");
	assert_string_equal(saw_loss_print(-0.00003, out), "none that shows");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_circuit_is_the_sum_of_its_tunnels_at_its_own_layer, clear),
		cmocka_unit_test_setup(the_limit_that_is_nearest_at_its_own_layer_counts, clear),
		cmocka_unit_test_setup(what_the_counters_count_is_asked_for, clear),
		cmocka_unit_test_setup(the_other_end_checks_and_does_not_count_twice, clear),
		cmocka_unit_test_setup(an_end_that_was_not_read_is_stood_in_for, clear),
		cmocka_unit_test_setup(a_sum_that_lacks_something_is_no_sample, clear),
		cmocka_unit_test_setup(a_tunnel_that_is_renamed_is_not_missing, clear),
		cmocka_unit_test_setup(a_sister_that_fails_brings_its_load, clear),
		cmocka_unit_test_setup(growth_says_when_it_is_full, clear),
		cmocka_unit_test_setup(a_trend_goes_as_far_back_as_days_are_kept, clear),
		cmocka_unit_test_setup(percentiles_of_hours_are_said_to_be_that, clear),
		cmocka_unit_test_setup(a_step_of_long_ago_is_no_growth, clear),
		cmocka_unit_test_setup(a_default_bandwidth_is_no_capacity, clear),
		cmocka_unit_test_setup(bursts_are_seen_in_the_queues, clear),
		cmocka_unit_test_setup(sites_and_tags_are_sums_too, clear),
		cmocka_unit_test_setup(a_cipher_that_is_not_known_is_said, clear),
		cmocka_unit_test_setup(nothing_is_said_of_nothing, clear),
		cmocka_unit_test_setup(names_break_no_form, clear),
		cmocka_unit_test_setup(text_fits_a_terminal, clear),
		cmocka_unit_test_setup(figures_are_words, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
