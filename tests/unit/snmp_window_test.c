/*
 * Several requests under way: nothing is left out, whatever the rows of the last poll were, and time is saved as promised.
 */
#include "tests/fixtures/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROUND_TRIP (20 * MS)
#define ROWS_MAX 3000

static const struct saw_oid tunnels = {{1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 2, 1}, 13};

static void add_scalars(struct snmprec *r) {
	static const struct saw_oid globals = {{1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 1, 1, 0}, 14};

	snmprec_add(r, &saw_sys_scalars[SAW_SYS_UPTIME], SAW_VALUE_UNSIGNED, 500000, NULL, 0);
	snmprec_add(r, &globals, SAW_VALUE_UNSIGNED, 1, NULL, 0);
}

/* What a column of a row holds, so that a value in the wrong place is seen. */
static uint32_t number(uint32_t index, uint32_t column) {
	return index * 64 + column;
}

static void add_tunnel(struct snmprec *r, uint32_t index) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_IPSEC_TUNNELS];
	const uint8_t address[] = {192, 0, 2, 1};

	for (size_t i = 0; i < t->n_columns; i++) {
		struct saw_oid o = tunnels;

		o.sub[o.n++] = t->columns[i].number;
		o.sub[o.n++] = index;
		if (t->columns[i].convert == SAW_CONVERT_ADDRESS)
			snmprec_add(r, &o, SAW_VALUE_OCTETS, 0, address, sizeof address);
		else
			snmprec_add(r, &o, SAW_VALUE_UNSIGNED, number(index, t->columns[i].number), NULL, 0);
	}
}

static void setup(struct device *d, unsigned window, struct saw_snmp_memory *memory) {
	device_setup(d, NULL);
	d->agent.walk = snmprec_create();
	assert_non_null(d->agent.walk);
	add_scalars(d->agent.walk);
	d->net.least_ns = ROUND_TRIP;
	d->target.window = window;
	d->target.memory = memory;
	d->target.max_rows = 100000;
	d->target.max_bytes = 64 << 20;
}

/* Row by row: every one that is there, as it is there, and no other. */
static void assert_rows(const struct device *d, const uint32_t *indices, size_t n) {
	assert_false(d->sample->has_error_class);
	assert_int_equal(device_table(d, SAW_TABLE_IPSEC_TUNNELS)->status, TABLE_STATE(COMPLETE));
	assert_int_equal(d->sample->n_ipsec_sas, n);
	for (size_t i = 0; i < n; i++) {
		const Sawatch__V1__IpsecSa *sa = d->sample->ipsec_sas[i];

		assert_int_equal(sa->device_index, indices[i]);
		assert_true(sa->has_in_bytes && sa->in_bytes == number(indices[i], 27));
		assert_true(sa->has_out_bytes && sa->out_bytes == number(indices[i], 40));
		assert_true(sa->has_replay_failed_recv && sa->replay_failed_recv == number(indices[i], 34));
		assert_true(sa->has_encrypt_failed_send && sa->encrypt_failed_send == number(indices[i], 50));
		assert_string_equal(sa->local_endpoint, "192.0.2.1");
	}
}

static void poll_rows(unsigned window, struct saw_snmp_memory *memory, const uint32_t *indices, size_t n,
					  double *seconds, uint64_t *requests) {
	struct device d;

	setup(&d, window, memory);
	for (size_t i = 0; i < n; i++)
		add_tunnel(d.agent.walk, indices[i]);
	device_run_one(&d);
	assert_rows(&d, indices, n);
	if (seconds)
		*seconds = d.sample->poll_duration_seconds;
	if (requests)
		*requests = d.sample->requests;
	device_teardown(&d);
}

static void a_window_saves_the_time_it_promises(void **state) {
	static const unsigned windows[] = {1, 4, 16};
	static uint32_t indices[ROWS_MAX];

	(void)state;
	for (uint32_t i = 0; i < ROWS_MAX; i++)
		indices[i] = 7 + 3 * i;
	for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
		struct saw_snmp_memory *memory = saw_snmp_memory_create();
		double seconds, needed = 7.0 * (ROWS_MAX + 1) / 20, round_trip = (double)ROUND_TRIP / 1e9;
		uint64_t requests;

		poll_rows(windows[w], memory, indices, ROWS_MAX, NULL, NULL);
		poll_rows(windows[w], memory, indices, ROWS_MAX, &seconds, &requests);
		assert_true(seconds <= 1.2 * needed * round_trip / windows[w]);
		assert_true((double)requests <= 1.05 * needed + 20);
		saw_snmp_memory_destroy(memory);
	}
}

static void rows_that_came_and_went_since_the_last_poll_are_seen(void **state) {
	static const unsigned windows[] = {1, 3, 16, 64};
	uint32_t seed = 1;

	(void)state;
	for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
		struct saw_snmp_memory *memory = saw_snmp_memory_create();

		/* None, few and many; with holes before, between and behind those of the poll before. */
		for (unsigned round = 0; round < 24; round++) {
			uint32_t indices[400], index = 0, n = 0;
			unsigned spread;

			seed = seed * 1664525 + 1013904223;
			spread = 1 + (seed >> 16) % (round % 3 == 0 ? 40 : 4);
			while (n < (round % 5 == 0 ? 0 : round % 4 == 0 ? 3 : 400)) {
				seed = seed * 1664525 + 1013904223;
				index += 1 + (seed >> 16) % spread;
				indices[n++] = index;
			}
			poll_rows(windows[w], memory, indices, n, NULL, NULL);
		}
		saw_snmp_memory_destroy(memory);
	}
}

/* A BGP peer: its index is as long as its address. */
static void add_peer(struct snmprec *r, bool v6, uint32_t number) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_CISCO_BGP];
	const uint32_t address[16] = {32, 1, 13, 184}; /* 2001:db8:: */

	for (size_t i = 0; i < t->n_columns; i++) {
		struct saw_oid o = *t->columns[i].top;

		o.sub[o.n++] = t->columns[i].number;
		o.sub[o.n++] = v6 ? 2 : 1;
		o.sub[o.n++] = v6 ? 16 : 4;
		for (size_t k = 0; k < (v6 ? 14 : 2); k++)
			o.sub[o.n++] = v6 ? address[k] : 10;
		o.sub[o.n++] = number >> 8;
		o.sub[o.n++] = number & 255;
		snmprec_add(r, &o, SAW_VALUE_INTEGER, i == SAW_BGP_STATE ? 6 : (int64_t)number, NULL, 0);
	}
}

static double poll_peers(unsigned window, struct saw_snmp_memory *memory, uint32_t first, uint32_t n) {
	struct device d;
	double seconds;

	setup(&d, window, memory);
	d.target.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE;
	for (uint32_t i = 0; i < 2 * n; i++)
		add_peer(d.agent.walk, i >= n, first + i % n);
	device_run_one(&d);
	assert_int_equal(device_table(&d, SAW_TABLE_CISCO_BGP)->status, TABLE_STATE(COMPLETE));
	assert_int_equal(d.sample->n_bgp_peers, 2 * n);
	for (uint32_t i = 0; i < 2 * n; i++) {
		const Sawatch__V1__BgpPeer *peer = d.sample->bgp_peers[i];

		assert_string_equal(peer->state, "established");
		assert_int_equal(peer->remote_as, first + i % n);
		assert_true(!strchr(peer->peer, ':') == (i < n));
	}
	seconds = d.sample->poll_duration_seconds;
	device_teardown(&d);
	return seconds;
}

static void rows_whose_indices_differ_in_length_are_parted_too(void **state) {
	struct saw_snmp_memory *memory = saw_snmp_memory_create();
	double one = poll_peers(1, NULL, 3, 600), many;

	(void)state;
	poll_peers(16, memory, 3, 600);
	many = poll_peers(16, memory, 7, 600); /* some came and some went */
	assert_true(many < one / 4);
	poll_peers(16, memory, 500, 40);
	poll_peers(16, memory, 1, 600);
	saw_snmp_memory_destroy(memory);
}

/* Rows that change under the walk. */
struct churn {
	struct device *device;
	uint32_t next;
};

static void change_rows(void *ctx, const struct saw_request *request) {
	struct churn *c = ctx;

	(void)request;
	if (c->device->agent.requests % 5 == 0) {
		snmprec_remove(c->device->agent.walk, &tunnels, c->next);
		add_tunnel(c->device->agent.walk, c->next + 1);
		c->next += 10;
	}
}

static void rows_that_stay_are_seen_while_others_come_and_go(void **state) {
	static const unsigned windows[] = {1, 4, 16};

	(void)state;
	for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
		struct saw_snmp_memory *memory = saw_snmp_memory_create();
		struct device d;
		struct churn churn = {&d, 10};
		size_t found = 0;

		for (int round = 0; round < 2; round++) {
			setup(&d, windows[w], memory);
			for (uint32_t i = 1; i <= 200; i++)
				add_tunnel(d.agent.walk, 5 * i);
			d.agent.before = round ? change_rows : NULL;
			d.agent.ctx = &churn;
			device_run_one(&d);
			for (size_t i = 0; i < d.sample->n_ipsec_sas; i++) {
				const Sawatch__V1__IpsecSa *sa = d.sample->ipsec_sas[i];

				if (round && sa->device_index % 10 == 5)
					found++;
				if (sa->has_in_bytes)
					assert_true(sa->in_bytes == number((uint32_t)sa->device_index, 27));
				if (sa->has_out_bytes)
					assert_true(sa->out_bytes == number((uint32_t)sa->device_index, 40));
			}
			device_teardown(&d);
		}
		assert_int_equal(found, 100);
		saw_snmp_memory_destroy(memory);
	}
}

static void a_window_over_a_bad_net_reads_the_same(void **state) {
	static uint32_t indices[500];

	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		indices[i] = 1 + 2 * i;
	for (uint32_t seed = 1; seed <= 6; seed++) {
		struct saw_snmp_memory *memory = saw_snmp_memory_create();

		for (int round = 0; round < 2; round++) {
			struct device d;

			setup(&d, 16, memory);
			for (size_t i = 0; i < 500; i++)
				add_tunnel(d.agent.walk, indices[i]);
			d.random = seed;
			d.net = (struct net){.loss = seed % 2 ? 30 : 2, .twice = 30, .spread_ns = (TIMEOUT_MS + 100) * MS};
			d.target.retries = 12;
			device_run_one(&d);
			assert_rows(&d, indices, 500);
			device_teardown(&d);
		}
		saw_snmp_memory_destroy(memory);
	}
}

/* One datagram in fifty is lost: the agent can take what it took before, and is asked for as much. */
static void some_loss_is_not_taken_for_an_agent_that_cannot(void **state) {
	static uint32_t indices[ROWS_MAX];
	struct device d;

	(void)state;
	setup(&d, 1, NULL);
	for (uint32_t i = 0; i < ROWS_MAX; i++) {
		indices[i] = i + 1;
		add_tunnel(d.agent.walk, i + 1);
	}
	d.net.loss = 2;
	device_run_one(&d);
	assert_rows(&d, indices, ROWS_MAX);
	assert_true(d.sample->requests < 1300); /* 1055 without loss */
	device_teardown(&d);
}

struct limit {
	size_t values; /* of an answer; more is not answered at all */
	unsigned over;
};

static void say_nothing_to_much(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct limit *l = ctx;

	(void)v;
	if (request->kind == SAW_REQUEST_GETBULK && *n > l->values) {
		l->over++;
		*n = SIZE_MAX;
	}
}

/* Found out once, and remembered: an agent that falls silent when it is asked for more than eight rows. */
static void what_an_agent_can_take_is_learned_once(void **state) {
	struct saw_snmp_memory *memory = saw_snmp_memory_create();
	struct limit limit = {.values = 40};
	uint32_t indices[300];

	(void)state;
	for (int round = 0; round < 3; round++) {
		struct device d;

		setup(&d, 1, memory);
		for (uint32_t i = 0; i < 300; i++) {
			indices[i] = i + 1;
			add_tunnel(d.agent.walk, i + 1);
		}
		d.agent.edit = say_nothing_to_much;
		d.agent.ctx = &limit;
		limit.over = 0;
		device_run_one(&d);
		assert_rows(&d, indices, 300);
		assert_true(limit.over <= 3);
		device_teardown(&d);
	}
	saw_snmp_memory_destroy(memory);
}

/* The addresses of a box: one column, which a request has to itself. */
static void add_address(struct snmprec *r, uint32_t number) {
	struct saw_oid o = {{1, 3, 6, 1, 2, 1, 4, 20, 1, 2, 10, number >> 16, number >> 8 & 255, number & 255}, 14};

	snmprec_add(r, &o, SAW_VALUE_INTEGER, number, NULL, 0);
}

struct datagram_limit {
	size_t values; /* what an answer holds; 0: all */
	unsigned bulks, cut;
};

static void cut_what_does_not_fit(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct datagram_limit *l = ctx;

	(void)v;
	l->bulks += request->kind == SAW_REQUEST_GETBULK;
	if (request->kind == SAW_REQUEST_GETBULK && l->values && *n > l->values) {
		l->cut++;
		*n = l->values;
	}
}

static uint64_t walk_addresses(uint32_t n, unsigned max_repetitions, struct datagram_limit *limit) {
	struct device d;
	uint64_t requests;

	setup(&d, 1, NULL);
	for (uint32_t i = 1; i <= n; i++)
		add_address(d.agent.walk, i);
	d.target.only = &saw_snmp_tables[SAW_TABLE_ADDRESSES];
	d.target.max_repetitions = max_repetitions;
	d.agent.edit = cut_what_does_not_fit;
	d.agent.ctx = limit;
	device_run_one(&d);
	assert_int_equal(device_table(&d, SAW_TABLE_ADDRESSES)->status, TABLE_STATE(COMPLETE));
	requests = d.sample->requests;
	device_teardown(&d);
	return requests;
}

/* Twenty rows of five columns are a hundred values: of one column they are a hundred rows. A few rows are asked for as before. */
static void a_table_of_few_columns_is_read_in_longer_parts(void **state) {
	struct datagram_limit none = {0}, narrow = {.values = 60}, next = {0};
	uint64_t requests = walk_addresses(20000, 20, &none);

	(void)state;
	assert_int_equal(requests, 204); /* 1003 of twenty rows each */
	assert_in_range(walk_addresses(20000, 20, &narrow), 333, 360);
	assert_true(walk_addresses(10, 20, &none) <= 5);
	assert_true(walk_addresses(300, 1, &next) >= 300);
	assert_int_equal(next.bulks, 0);
}

/* An agent that ends its answers early is asked for what fits, and now and then for some more. */
static void answers_that_are_cut_short_are_asked_for_as_they_come(void **state) {
	struct datagram_limit limit = {.values = 37};
	static uint32_t indices[1000];
	struct device d;

	(void)state;
	setup(&d, 1, NULL);
	for (uint32_t i = 0; i < 1000; i++) {
		indices[i] = i + 1;
		add_tunnel(d.agent.walk, i + 1);
	}
	d.agent.edit = cut_what_does_not_fit;
	d.agent.ctx = &limit;
	device_run_one(&d);
	assert_rows(&d, indices, 1000);
	assert_true(limit.bulks > 900);
	assert_true(limit.cut * 4 < limit.bulks); /* all of them, were it asked for a hundred each time */
	assert_true((double)d.sample->requests < 1.1 * 34 * 1000 / 35);
	device_teardown(&d);
}

struct first_cut {
	struct datagram_limit limit;
	unsigned until; /* requests */
	size_t longest;
};

static void cut_at_first(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct first_cut *c = ctx;

	if (c->limit.bulks >= c->until)
		c->limit.values = 0;
	cut_what_does_not_fit(&c->limit, request, v, n);
	if (c->limit.values == 0 && *n > c->longest)
		c->longest = *n;
}

/* What did not fit was perhaps one table's long values. */
static void what_fits_grows_again(void **state) {
	struct first_cut cut = {.limit = {.values = 15}, .until = 10};
	static uint32_t indices[1000];
	struct device d;

	(void)state;
	setup(&d, 1, NULL);
	for (uint32_t i = 0; i < 1000; i++) {
		indices[i] = i + 1;
		add_tunnel(d.agent.walk, i + 1);
	}
	d.agent.edit = cut_at_first;
	d.agent.ctx = &cut;
	device_run_one(&d);
	assert_rows(&d, indices, 1000);
	assert_int_equal(cut.longest, 100);
	assert_true(d.sample->requests < 450); /* 360 uncut */
	device_teardown(&d);
}

/* A fast poll reads what changes all the time; where it sees that more has changed, it reads the rest as well. */
static void fast_polls_read_less_while_the_rest_holds_still(void **state) {
	enum { NOTHING, REKEYED, GONE, CAME, BEGAN_ANEW, ENDED };
	static const struct {
		int change;
		bool fast;
	} rounds[] = {{NOTHING, false}, {NOTHING, true}, {REKEYED, false},    {NOTHING, true}, {GONE, false},
				  {NOTHING, true},  {CAME, false},   {BEGAN_ANEW, false}, {NOTHING, true}, {ENDED, false}};
	static const unsigned windows[] = {1, 8};

	(void)state;
	for (size_t w = 0; w < 2; w++) {
		struct saw_snmp_memory *memory = saw_snmp_memory_create();
		uint32_t refreshes = 5, age = 1000;
		size_t first = 1, last = 60;

		for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
			struct device d;

			refreshes += rounds[i].change == REKEYED;
			first += rounds[i].change == GONE;
			last += rounds[i].change == CAME;
			last = rounds[i].change == ENDED ? 0 : last;
			age = rounds[i].change == BEGAN_ANEW ? 100 : age + 100;
			setup(&d, windows[w], memory);
			for (size_t k = first; k <= last; k++) {
				struct saw_oid o = tunnels;

				add_tunnel(d.agent.walk, (uint32_t)k);
				o.sub[o.n++] = 13;
				o.sub[o.n++] = (uint32_t)k;
				snmprec_set(d.agent.walk, &o, refreshes);
				o.sub[o.n - 2] = 10;
				snmprec_set(d.agent.walk, &o, age * 100);
				o.sub[o.n - 2] = 32;
				snmprec_set(d.agent.walk, &o, 7000 + i);
			}
			d.target.fast = d.target.keep = true;
			device_run_one(&d);
			assert_false(d.sample->has_error_class);
			assert_int_equal(d.sample->has_fast, rounds[i].fast);
			assert_int_equal(d.sample->n_ipsec_sas, last ? last - first + 1 : 0);
			for (size_t k = 0; k < d.sample->n_ipsec_sas; k++) {
				const Sawatch__V1__IpsecSa *sa = d.sample->ipsec_sas[k];

				assert_true(sa->has_decaps_packets && sa->decaps_packets == 7000 + i);
				assert_true(sa->has_refreshes && sa->refreshes == refreshes);
				assert_true(sa->has_active_seconds && sa->active_seconds == age);
				assert_true(sa->has_lifetime_seconds && sa->lifetime_seconds == number((uint32_t)sa->device_index, 9));
				assert_int_equal(sa->has_encrypt_failed_send, !rounds[i].fast);
				assert_string_equal(sa->local_endpoint, "192.0.2.1");
			}
			if (rounds[i].fast)
				assert_true(d.sample->requests < 20 && d.sample->n_tables == 2);
			else
				assert_true(d.sample->n_tables > 5);
			device_teardown(&d);
		}
		saw_snmp_memory_destroy(memory);
	}
}

static void add_interface(struct snmprec *r, uint32_t index, int64_t status) {
	static const struct saw_oid entry = {{1, 3, 6, 1, 2, 1, 2, 2, 1}, 9};
	static const uint8_t name[] = "Tunnel";
	struct saw_oid o = entry;

	o.n = 11;
	o.sub[10] = index;
	o.sub[9] = 2;
	snmprec_add(r, &o, SAW_VALUE_OCTETS, 0, name, sizeof name - 1);
	o.sub[9] = 3;
	snmprec_add(r, &o, SAW_VALUE_INTEGER, 131, NULL, 0);
	o.sub[9] = 8;
	if (status)
		snmprec_add(r, &o, SAW_VALUE_INTEGER, status, NULL, 0);
	o.sub[9] = 10;
	snmprec_add(r, &o, SAW_VALUE_UNSIGNED, 1000 + index, NULL, 0);
}

/* The line of a tunnel interface is state: fast polls see it, and read the rest where it went up or down. */
static void fast_polls_see_lines_that_go_up_and_down(void **state) {
	static const struct {
		int64_t status; /* of the last interface; 0: it has none */
		uint32_t n;     /* interfaces */
		bool fast;
	} rounds[] = {{1, 100, false}, {1, 100, true}, {2, 100, false}, {2, 100, true}, {7, 100, true}, {1, 100, false},
				  {1, 101, true},  {1, 99, false}, {1, 99, true},   {0, 99, false}, {0, 99, true},  {0, 0, false}};
	static const unsigned windows[] = {1, 8};

	(void)state;
	for (size_t w = 0; w < 2; w++) {
		struct saw_snmp_memory *memory = saw_snmp_memory_create();

		for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
			uint32_t n = rounds[i].n;
			struct device d;

			setup(&d, windows[w], memory);
			add_tunnel(d.agent.walk, 5);
			for (uint32_t k = 1; k <= n; k++)
				add_interface(d.agent.walk, k, k == n || k == 100 ? rounds[i].status : 1);
			d.target.fast = d.target.keep = true;
			device_run_one(&d);
			assert_false(d.sample->has_error_class);
			assert_int_equal(d.sample->n_ipsec_sas, 1);
			assert_int_equal(d.sample->has_fast, rounds[i].fast);
			/* Of a hundred interfaces two GETs; the values of the last whole poll are not told again. */
			assert_int_equal(d.sample->n_interfaces, rounds[i].fast ? 0 : n);
			if (rounds[i].fast)
				assert_true(d.sample->requests <= 10);
			for (size_t k = 0; k < d.sample->n_interfaces; k++)
				assert_true(d.sample->interfaces[k]->has_in_bytes && d.sample->interfaces[k]->in_bytes == 1001 + k);
			if (n && !rounds[i].fast) {
				assert_int_equal(d.sample->interfaces[n - 1]->has_line_up, rounds[i].status != 0);
				assert_int_equal(d.sample->interfaces[n - 1]->line_up, rounds[i].status == 1);
			}
			device_teardown(&d);
		}
		saw_snmp_memory_destroy(memory);
	}
}

struct vrf {
	struct device *device;
	struct snmprec *own, *other;
};

static void choose_context(void *ctx, const struct saw_request *request) {
	struct vrf *v = ctx;

	(void)request;
	v->device->agent.walk = strcmp(v->device->agent.context, "other") == 0 ? v->other : v->own;
}

/* Which interfaces are wanted is known once the tunnels of all contexts are, even where those of the last are what ends last. */
static void interfaces_are_read_when_the_last_context_ends_last(void **state) {
	static const struct saw_snmp_context contexts[] = {{.name = "other", .community = "other", .vrf = "other"}};
	struct saw_snmp_memory *memory = saw_snmp_memory_create();

	(void)state;
	for (int round = 0; round < 3; round++) {
		struct device d;
		struct vrf v = {.device = &d, .other = snmprec_create()};

		setup(&d, 8, memory);
		v.own = d.agent.walk;
		for (uint32_t i = 1; i <= 3; i++)
			add_interface(v.own, i, 1 + (round == 2));
		for (uint32_t i = 1; i <= 200; i++)
			add_tunnel(v.other, i);
		d.agent.before = choose_context;
		d.agent.ctx = &v;
		d.target.contexts = contexts;
		d.target.n_contexts = 1;
		d.target.fast = d.target.keep = true;
		device_run_one(&d);
		assert_false(d.sample->has_error_class);
		assert_int_equal(d.sample->n_ipsec_sas, 200);
		assert_int_equal(d.sample->has_fast, round == 1);
		assert_int_equal(d.sample->n_interfaces, round == 1 ? 0 : 3);
		d.agent.walk = v.own;
		snmprec_destroy(v.other);
		device_teardown(&d);
	}
	saw_snmp_memory_destroy(memory);
}

static void what_was_learned_of_a_device_saves_requests(void **state) {
	struct saw_snmp_memory *memory = saw_snmp_memory_create();
	uint64_t requests[3];

	(void)state;
	for (int round = 0; round < 3; round++) {
		struct device d;

		device_setup(&d, "asa-xfw01");
		d.target.version = SAW_SNMP_V3;
		d.target.memory = memory;
		d.target.rarely = round == 2;
		device_run_one(&d);
		assert_false(d.sample->has_error_class);
		assert_int_equal(d.sample->n_ipsec_sas, 3);
		requests[round] = d.sample->requests;
		device_teardown(&d);
	}
	assert_true(requests[1] < requests[0]);
	assert_true(requests[2] > requests[1]);
	saw_snmp_memory_destroy(memory);
}

/* An engine that is remembered and is another now: said by a Report, or by silence. */
static void a_remembered_engine_that_is_gone_is_found_again(void **state) {
	struct saw_snmp_memory *memory = saw_snmp_memory_create();

	(void)state;
	for (int round = 0; round < 3; round++) {
		struct device d;

		device_setup(&d, "asa-xfw01");
		d.target.version = SAW_SNMP_V3;
		d.target.memory = memory;
		d.agent.engine_id = (uint8_t)(1 + round);
		d.agent.silent_to_others = round == 2;
		device_run_one(&d);
		assert_false(d.sample->has_error_class);
		assert_int_equal(d.sample->n_ipsec_sas, 3);
		device_teardown(&d);
	}
	saw_snmp_memory_destroy(memory);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_saves_the_time_it_promises),
		cmocka_unit_test(rows_that_came_and_went_since_the_last_poll_are_seen),
		cmocka_unit_test(rows_that_stay_are_seen_while_others_come_and_go),
		cmocka_unit_test(rows_whose_indices_differ_in_length_are_parted_too),
		cmocka_unit_test(a_window_over_a_bad_net_reads_the_same),
		cmocka_unit_test(some_loss_is_not_taken_for_an_agent_that_cannot),
		cmocka_unit_test(what_an_agent_can_take_is_learned_once),
		cmocka_unit_test(a_table_of_few_columns_is_read_in_longer_parts),
		cmocka_unit_test(answers_that_are_cut_short_are_asked_for_as_they_come),
		cmocka_unit_test(what_fits_grows_again),
		cmocka_unit_test(fast_polls_read_less_while_the_rest_holds_still),
		cmocka_unit_test(fast_polls_see_lines_that_go_up_and_down),
		cmocka_unit_test(interfaces_are_read_when_the_last_context_ends_last),
		cmocka_unit_test(what_was_learned_of_a_device_saves_requests),
		cmocka_unit_test(a_remembered_engine_that_is_gone_is_found_again),
	};
	int rc = 1;

	device_engine = saw_snmp_engine_create(NULL);
	if (device_engine)
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	saw_snmp_engine_destroy(device_engine);
	return rc;
}
