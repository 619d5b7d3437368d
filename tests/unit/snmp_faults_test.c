/*
 * What agents and networks do wrong, over whole polls. Whatever happens, no value may come out that the agent did not have.
 */
#include "tests/fixtures/device.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---------------------------------------------------------------------------------------------------- what came out */

/* Every number and text that is there is the one of the reference. */
static void assert_not_invented(const ProtobufCMessage *m, const ProtobufCMessage *truth) {
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const uint8_t *a = (const uint8_t *)m + f->offset, *b = (const uint8_t *)truth + f->offset;
		const char *text;

		if (f->label != PROTOBUF_C_LABEL_OPTIONAL || strcmp(f->name, "ike_tunnel_id") == 0)
			continue;
		if (f->type == PROTOBUF_C_TYPE_STRING) {
			text = *(char *const *)a;
			if (text && strncmp(f->name, "local_ident", 11) != 0 && strncmp(f->name, "remote_ident", 12) != 0) {
				assert_non_null(*(char *const *)b);
				assert_string_equal(text, *(char *const *)b);
			}
		} else if (*(const protobuf_c_boolean *)((const uint8_t *)m + f->quantifier_offset)) {
			assert_true(*(const protobuf_c_boolean *)((const uint8_t *)truth + f->quantifier_offset));
			assert_memory_equal(a, b, f->type == PROTOBUF_C_TYPE_UINT64 ? 8 : 4);
		}
	}
}

static struct device truth_asa, truth_asr;

static void assert_true_to(const struct device *d, const struct device *truth) {
	for (size_t i = 0; i < d->sample->n_ipsec_sas; i++) {
		const Sawatch__V1__IpsecSa *sa = d->sample->ipsec_sas[i], *other = NULL;

		for (size_t k = 0; k < truth->sample->n_ipsec_sas && !other; k++)
			if (truth->sample->ipsec_sas[k]->device_index == sa->device_index)
				other = truth->sample->ipsec_sas[k];
		assert_non_null(other);
		assert_not_invented(&sa->base, &other->base);
	}
	if (d->sample->has_uptime_seconds)
		assert_int_equal(d->sample->uptime_seconds, truth->sample->uptime_seconds);
}

static void assert_whole(const struct device *d, const struct device *truth) {
	assert_false(d->sample->has_error_class);
	assert_int_equal(d->sample->n_ipsec_sas, truth->sample->n_ipsec_sas);
	assert_int_equal(d->sample->n_ike_sas, truth->sample->n_ike_sas);
	assert_int_equal(d->sample->n_interfaces, truth->sample->n_interfaces);
	assert_int_equal(d->sample->n_tables, truth->sample->n_tables);
	for (size_t i = 0; i < truth->sample->n_tables; i++)
		assert_int_equal(d->sample->tables[i]->status, truth->sample->tables[i]->status);
	for (size_t i = 0; i < truth->sample->n_ipsec_sas; i++) {
		assert_not_invented(&truth->sample->ipsec_sas[i]->base, &d->sample->ipsec_sas[i]->base);
		assert_int_equal(d->sample->ipsec_sas[i]->ike_tunnel_id, truth->sample->ipsec_sas[i]->ike_tunnel_id);
	}
	assert_true_to(d, truth);
}

/* -------------------------------------------------------------------------------------------------------- the net */

static void a_net_that_loses_doubles_delays_and_reorders_changes_nothing(void **state) {
	static const struct net nets[] = {
		{.loss = 30},
		{.twice = 100},
		{.spread_ns = (TIMEOUT_MS - 10) * MS, .twice = 50},
		{.least_ns = 20 * MS, .late_ns = (TIMEOUT_MS + 50) * MS},
		{.loss = 30, .twice = 30, .spread_ns = 2 * TIMEOUT_MS * MS, .late_ns = TIMEOUT_MS * MS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++)
		for (uint32_t seed = 1; seed <= 4; seed++) {
			struct device d;

			device_setup(&d, seed % 2 ? "asa-xfw01" : "asr-wan01");
			d.net = nets[i];
			d.random = seed;
			d.target.retries = 12;
			device_run_one(&d);
			assert_whole(&d, seed % 2 ? &truth_asa : &truth_asr);
			device_teardown(&d);
		}
}

static void answers_that_always_come_too_late_are_no_answers(void **state) {
	struct device d;

	(void)state;
	device_setup(&d, "asa-xfw01");
	d.net.least_ns = 10000 * MS;
	device_run_one(&d);
	assert_int_equal(d.sample->error_class, ERROR_CLASS(TIMEOUT));
	assert_int_equal(d.sample->n_tables, 0);
	device_teardown(&d);
}

static void silence_after_any_answer_keeps_what_was_read_and_adds_nothing(void **state) {
	unsigned whole = 0, seen_last = 0;

	(void)state;
	for (unsigned until = 1; until < 60 && !whole; until++) {
		struct device d;

		device_setup(&d, "asa-xfw01");
		d.net.until = until;
		d.target.retries = 0;
		device_run_one(&d);
		assert_true_to(&d, &truth_asa);
		for (size_t i = 0; i < d.sample->n_tables; i++)
			if (d.sample->tables[i]->has_error_class)
				assert_int_equal(d.sample->tables[i]->error_class, ERROR_CLASS(CUT));
		/* Without the last answer all was read, but not that the device is still in the same life. */
		whole = d.agent.requests < until;
		if (d.sample->n_tables && d.sample->tables[0]->has_error_class)
			assert_int_equal(d.sample->tables[0]->status, TABLE_STATE(PARTIAL));
		seen_last += d.sample->n_tables && d.sample->tables[0]->has_error_class;
		device_teardown(&d);
	}
	assert_true(whole);
	assert_true(seen_last >= 1);
}

static void a_silent_device_does_not_hold_up_another(void **state) {
	struct device silent, well, *both[] = {&silent, &well};

	(void)state;
	device_setup(&silent, "asa-xfw01");
	device_setup(&well, "asa-xfw01");
	silent.net.until = 3;
	silent.net.least_ns = well.net.least_ns = 10 * MS;
	device_run(both, 2);
	assert_whole(&well, &truth_asa);
	assert_true(well.sample->poll_duration_seconds < 1);
	assert_true(silent.sample->poll_duration_seconds > 0.8);
	device_teardown(&silent);
	device_teardown(&well);
}

static void a_community_of_one_byte_is_a_community(void **state) {
	struct device d;

	(void)state;
	device_setup(&d, "asa-xfw01");
	d.target.community = "\x01";
	device_run_one(&d);
	assert_whole(&d, &truth_asa);
	device_teardown(&d);
}

static void answers_to_another_request_are_none(void **state) {
	struct device d;

	(void)state;
	device_setup(&d, "asa-xfw01");
	d.agent.id_off = 1000;
	device_run_one(&d);
	assert_int_equal(d.sample->error_class, ERROR_CLASS(PROTOCOL));
	assert_non_null(strstr(d.sample->error, "not with the SNMP that was asked for"));
	assert_int_equal(d.sample->n_ipsec_sas, 0);
	device_teardown(&d);
}

/* A socket on loopback, and where it is. */
static int udp_socket(struct sockaddr_in *at) {
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof *at;

	*at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof *at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &n), 0);
	return fd;
}

/* What a connected socket does for us, which the poll depends on: version 2c has nothing else that tells agents apart. */
static void answers_from_another_address_do_not_come_in(void **state) {
	struct sockaddr_in ours, agent, stranger;
	int fd = udp_socket(&ours), agent_fd = udp_socket(&agent), stranger_fd = udp_socket(&stranger);
	struct saw_buf answer = SAW_BUF_INIT(1 << 16);
	uint8_t request[4096];
	struct device d;
	ssize_t n;

	(void)state;
	device_setup(&d, "asa-xfw01");
	assert_int_equal(connect(fd, (struct sockaddr *)&agent, sizeof agent), 0);
	d.poll = saw_snmp_poll_start(device_engine, &d.target, fd, MS, 1700000000000, device_done, &d, NULL);
	assert_non_null(d.poll);
	n = recv(agent_fd, request, sizeof request, 0);
	assert_true(n > 0);
	agent_answer(&d.agent, request, (size_t)n, &answer);
	assert_int_equal(sendto(stranger_fd, answer.data, answer.len, 0, (struct sockaddr *)&ours, sizeof ours),
					 answer.len);
	saw_snmp_poll_ready(d.poll, 2 * MS);
	assert_true(recv(agent_fd, request, sizeof request, 0) < 0); /* nothing was answered: nothing more is asked */
	assert_int_equal(sendto(agent_fd, answer.data, answer.len, 0, (struct sockaddr *)&ours, sizeof ours), answer.len);
	saw_snmp_poll_ready(d.poll, 3 * MS);
	assert_true(recv(agent_fd, request, sizeof request, 0) > 0);
	saw_snmp_poll_cancel(d.poll);
	saw_buf_free(&answer);
	close(agent_fd);
	close(stranger_fd);
	d.wire = -1;
	device_teardown(&d);
}

/* ------------------------------------------------------------------------------------------------------- the agent */

/* Which cells are harmed, and how. */
struct harm {
	struct device *device;
	enum saw_value_type type; /* what stands there instead */
	unsigned one_in;
	unsigned after; /* requests before it begins */
	uint32_t row;   /* 0: any */
	uint64_t ticks[2];
};

static bool in_tunnels(const struct saw_varbind *v) {
	static const struct saw_oid top = {{1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 2, 1}, 13};

	return v->n_name == 15 && saw_oid_under(v->name, v->n_name, &top);
}

static void replace(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct harm *h = ctx;

	(void)request;
	for (size_t i = 0; i < *n && h->device->agent.requests > h->after; i++)
		if (in_tunnels(&v[i]) && (!h->row || v[i].name[14] == h->row) && device_draw(h->device, h->one_in) == 0) {
			v[i].type = h->type;
			v[i].n = 0;
		}
}

/* The row is gone, as if it had never been: what follows it comes in its place. */
static void remove_row(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct harm *h = ctx;
	const uint32_t *was;

	for (size_t i = 0; i < *n && h->device->agent.requests > h->after; i++)
		if (in_tunnels(&v[i]) && v[i].type != SAW_VALUE_OTHER && v[i].name[14] == h->row) {
			was = v[i].name;
			for (size_t k = i; k < *n; k += request->n)
				if (k + request->n < *n)
					v[k] = v[k + request->n];
				else
					v[k] = (struct saw_varbind){.name = was, .n_name = 15, .type = SAW_VALUE_OTHER};
			i--;
		}
	for (size_t i = 0; i < *n;
		 i++) /* a column's last answer is cut off with those beside it: they are asked for again */
		if (v[i].type == SAW_VALUE_OTHER && v[i].n_name == 15) {
			*n = i;
			return;
		}
}

static void holes_and_ends_in_mid_row_leave_values_absent(void **state) {
	static const struct {
		enum saw_value_type type;
		unsigned one_in;
		uint32_t row;
	} cases[] = {
		{SAW_VALUE_NONE, 3, 0},   {SAW_VALUE_NONE, 1, 4790}, {SAW_VALUE_END, 4, 0},
		{SAW_VALUE_END, 1, 4790}, {SAW_VALUE_OCTETS, 3, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (uint32_t seed = 1; seed < 8; seed++) {
			struct device d;
			struct harm h = {&d, cases[i].type, cases[i].one_in, 0, cases[i].row, {0}};

			device_setup(&d, "asa-xfw01");
			d.random = seed;
			d.agent.edit = replace;
			d.agent.ctx = &h;
			device_run_one(&d);
			assert_true_to(&d, &truth_asa);
			/* A hole costs its value only: the rows behind it are there. (A row without addresses and state is none.) */
			if (cases[i].type == SAW_VALUE_NONE && cases[i].row) {
				assert_int_equal(d.sample->n_ipsec_sas, 2);
				assert_int_equal(device_table(&d, SAW_TABLE_IPSEC_TUNNELS)->status, TABLE_STATE(COMPLETE));
			} else if (cases[i].type == SAW_VALUE_NONE) {
				assert_true(d.sample->n_ipsec_sas >= 2);
			}
			device_teardown(&d);
		}
}

static void a_row_that_vanishes_between_columns_takes_no_values_of_another(void **state) {
	(void)state;
	for (unsigned after = 1; after < 12; after++) {
		struct device d;
		struct harm h = {&d, 0, 0, after, 4790, {0}};

		device_setup(&d, "asa-xfw01");
		d.agent.edit = remove_row;
		d.agent.ctx = &h;
		device_run_one(&d);
		assert_true_to(&d, &truth_asa);
		assert_true(d.sample->n_ipsec_sas >= 2);
		device_teardown(&d);
	}
}

static void set_uptime(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct harm *h = ctx;

	(void)request;
	for (size_t i = 0; i < *n; i++)
		if (saw_oid_cmp(v[i].name, v[i].n_name, saw_sys_scalars[SAW_SYS_UPTIME].sub, 9) == 0)
			v[i].u = h->ticks[h->device->agent.requests > 1];
}

static void set_octets(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct harm *h = ctx;

	(void)request;
	for (size_t i = 0; i < *n; i++)
		if (in_tunnels(&v[i]) && v[i].name[13] == 27)
			v[i].u = h->ticks[0];
}

static void a_restart_in_mid_walk_keeps_nothing_of_either_life(void **state) {
	struct device d;
	struct harm h = {.device = &d, .ticks = {100000, 700}};

	(void)state;
	device_setup(&d, "asa-xfw01");
	d.agent.edit = set_uptime;
	d.agent.ctx = &h;
	device_run_one(&d);
	assert_int_equal(d.sample->error_class, ERROR_CLASS(CUT));
	assert_non_null(strstr(d.sample->error, "sysUpTime went from 1000 s to 7 s"));
	assert_int_equal(d.sample->n_tables + d.sample->n_ipsec_sas + d.sample->n_interfaces, 0);
	assert_false(d.sample->has_uptime_seconds);
	device_teardown(&d);
}

static void an_uptime_that_turns_over_is_no_restart(void **state) {
	struct device d;
	struct harm h = {.device = &d, .ticks = {UINT32_MAX - 5, 90}};

	(void)state;
	device_setup(&d, "asa-xfw01");
	d.agent.edit = set_uptime;
	d.agent.ctx = &h;
	device_run_one(&d);
	assert_false(d.sample->has_error_class);
	assert_int_equal(d.sample->n_ipsec_sas, 3);
	device_teardown(&d);
}

static void change_engine(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct harm *h = ctx;

	(void)request;
	(void)v;
	(void)n;
	h->device->agent.engine_id = h->device->agent.requests >= h->after ? 2 : 1;
}

static void lose_time(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct harm *h = ctx;

	(void)request;
	(void)v;
	(void)n;
	if (h->device->agent.requests == h->after) {
		h->device->agent.not_in_time = true;
		h->device->agent.boots += h->row;
	}
}

/* after: the second request is the first that asks for values. row: boots that the agent counts meanwhile. */
static void a_clock_that_is_wrong_is_set_and_another_boot_is_a_restart(void **state) {
	static const struct {
		unsigned after;
		uint32_t boots;
		bool restart;
	} cases[] = {{2, 0, false}, {2, 1, false}, {6, 0, false}, {6, 1, true}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct device d;
		struct harm h = {.device = &d, .after = cases[i].after, .row = cases[i].boots};

		device_setup(&d, "asa-xfw01");
		d.target.version = SAW_SNMP_V3;
		d.agent.edit = lose_time;
		d.agent.ctx = &h;
		device_run_one(&d);
		if (cases[i].restart) {
			assert_int_equal(d.sample->error_class, ERROR_CLASS(CUT));
			assert_non_null(strstr(d.sample->error, "counts another boot"));
			assert_int_equal(d.sample->n_tables + d.sample->n_ipsec_sas, 0);
		} else {
			assert_whole(&d, &truth_asa);
		}
		device_teardown(&d);
	}
}

enum { ENDLESS, BACKWARDS, LOOP, ODD_ADDRESS, MIXED };

/* Walks that go wrong in the tunnels' columns. row: which of these ways. */
static void mislead(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	static uint32_t names[1024][15];
	static uint32_t next;
	struct harm *h = ctx;

	for (size_t i = 0; i < *n && i < 1024; i++) {
		const uint32_t *asked = request->oids[i % request->n].sub;

		if (request->kind == SAW_REQUEST_GET || request->oids[0].n < 14 || asked[6] != 9 || asked[8] != 171 ||
			asked[10] != 3 || asked[11] != 2)
			return;
		memcpy(names[i], asked, 14 * sizeof *asked);
		switch (h->row) {
		case ENDLESS:
			names[i][14] = ++next;
			break;
		case BACKWARDS:
			names[i][14] = 1000 - (uint32_t)(i / request->n);
			break;
		case LOOP:
			names[i][14] = 1 + (uint32_t)(i / request->n) % 3;
			break;
		default:
			if (in_tunnels(&v[i]) && v[i].name[13] == (h->row == MIXED ? 26 : 5)) {
				v[i].type = h->row == MIXED && i % 2 ? SAW_VALUE_OCTETS : v[i].type;
				v[i].n = v[i].n > 3 ? 3 : v[i].n;
			}
			continue;
		}
		v[i] = (struct saw_varbind){.name = names[i], .n_name = 15, .type = SAW_VALUE_INTEGER, .i = 1};
	}
}

static void walks_that_lead_nowhere_are_named_and_end(void **state) {
	static const struct {
		uint32_t how;
		Sawatch__V1__PollError error_class;
		const char *text;
	} cases[] = {
		{ENDLESS, ERROR_CLASS(LIMIT), "more rows than a poll may take"},
		{BACKWARDS, ERROR_CLASS(PROTOCOL), "do not advance at 1.3.6.1.4.1.9.9.171.1.3.2.1.4.999"},
		{LOOP, ERROR_CLASS(PROTOCOL), "do not advance at 1.3.6.1.4.1.9.9.171.1.3.2.1.4.1"},
		{ODD_ADDRESS, 0, NULL},
		{MIXED, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const Sawatch__V1__TableStatus *t;
		struct device d;
		struct harm h = {.device = &d, .row = cases[i].how};

		device_setup(&d, "asa-xfw01");
		d.agent.edit = mislead;
		d.agent.ctx = &h;
		device_run_one(&d);
		t = device_table(&d, SAW_TABLE_IPSEC_TUNNELS);
		assert_int_equal(t->has_error_class ? t->error_class : 0, cases[i].error_class);
		if (cases[i].text) {
			assert_int_equal(t->status, TABLE_STATE(PARTIAL));
			assert_non_null(strstr(t->error, cases[i].text));
		} else {
			assert_true_to(&d, &truth_asa);
		}
		assert_true(d.agent.requests < 200);
		device_teardown(&d);
	}
}

/* It answers each request, and never comes to an end: that costs the deadline, and not more. */
static void a_walk_without_end_costs_one_deadline(void **state) {
	struct device d;
	struct harm h = {.device = &d, .row = ENDLESS};

	(void)state;
	device_setup(&d, "asa-xfw01");
	d.agent.edit = mislead;
	d.agent.ctx = &h;
	d.net.least_ns = 100 * MS;
	d.target.max_rows = 1000000;
	d.target.max_bytes = 64 << 20;
	d.target.deadline_ns = 5000 * MS;
	device_run_one(&d);
	assert_int_equal(device_table(&d, SAW_TABLE_IPSEC_TUNNELS)->error_class, ERROR_CLASS(LIMIT));
	assert_non_null(strstr(device_table(&d, SAW_TABLE_IPSEC_TUNNELS)->error, "longer than its limit of 5 s"));
	assert_true(d.sample->poll_duration_seconds < 5.2);
	device_teardown(&d);
}

/* A counter that wraps, and one that begins anew after a reload, are told as they are: what they mean is not this room's. */
static void counters_are_what_the_agent_said(void **state) {
	static const uint64_t said[] = {UINT32_MAX, 5, UINT64_MAX, 0, UINT64_C(1) << 63};

	(void)state;
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		struct device d;
		struct harm h = {.device = &d, .ticks = {said[i]}};

		device_setup(&d, "asa-xfw01");
		d.agent.edit = set_octets;
		d.agent.ctx = &h;
		device_run_one(&d);
		assert_int_equal(d.sample->n_ipsec_sas, 3);
		for (size_t k = 0; k < 3; k++)
			assert_true(d.sample->ipsec_sas[k]->in_bytes == said[i]);
		device_teardown(&d);
	}
}

/* The default context has no tunnels; each of the others is another walk. */
struct contexts {
	struct device *device;
	struct snmprec *walks[3];
	const char *silent;
};

static void choose_walk(void *ctx, const struct saw_request *request) {
	static const char *const names[] = {"public", "INET", "MPLS"};
	struct contexts *c = ctx;

	(void)request;
	for (size_t i = 0; i < 3; i++)
		if (strcmp(c->device->agent.context, names[i]) == 0 || (i == 0 && !c->device->agent.context[0]))
			c->device->agent.walk = c->walks[i];
}

static void be_silent_in_one(void *ctx, const struct saw_request *request, struct saw_varbind *v, size_t *n) {
	struct contexts *c = ctx;

	(void)request;
	(void)v;
	if (c->silent && strcmp(c->device->agent.context, c->silent) == 0)
		*n = SIZE_MAX;
}

static void tunnels_of_every_context_are_read_and_say_whose_they_are(void **state) {
	static const struct saw_snmp_context contexts[] = {{"INET", "INET", "inet-vrf"}, {"MPLS", "MPLS", NULL}};
	static const struct saw_oid flow_mib = {{1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 2, 1}, 13};

	(void)state;
	for (int i = 0; i < 4; i++) {
		bool silent = i % 2;
		const Sawatch__V1__TableStatus *t;
		struct device d, inet, mpls;
		struct contexts c = {.device = &d, .silent = silent ? "MPLS" : NULL};
		size_t in_inet = 0, in_mpls = 0;

		device_setup(&d, "asa-xfw01");
		device_setup(&inet, "asa-xfw01");
		device_setup(&mpls, "asr-wan01");
		inet.wire = mpls.wire = -1;
		c.walks[0] = d.agent.walk;
		c.walks[1] = inet.agent.walk;
		c.walks[2] = mpls.agent.walk;
		for (size_t k = 0; k < truth_asa.sample->n_ipsec_sas; k++)
			snmprec_remove(d.agent.walk, &flow_mib, (uint32_t)truth_asa.sample->ipsec_sas[k]->device_index);
		d.target.version = i < 2 ? SAW_SNMP_V2C : SAW_SNMP_V3;
		d.target.contexts = contexts;
		d.target.n_contexts = 2;
		d.target.window = 1 + 3 * (unsigned)(i / 2);
		d.agent.before = choose_walk;
		d.agent.edit = be_silent_in_one;
		d.agent.ctx = &c;
		device_run_one(&d);
		assert_false(d.sample->has_error_class);
		for (size_t k = 0; k < d.sample->n_ipsec_sas; k++) {
			assert_non_null(d.sample->ipsec_sas[k]->context_vrf);
			in_inet += strcmp(d.sample->ipsec_sas[k]->context_vrf, "inet-vrf") == 0;
			in_mpls += strcmp(d.sample->ipsec_sas[k]->context_vrf, "MPLS") == 0;
		}
		assert_int_equal(in_inet, 3);
		assert_int_equal(in_mpls, silent ? 0 : 3);
		t = device_table(&d, SAW_TABLE_IPSEC_TUNNELS);
		assert_int_equal(t->status, silent ? TABLE_STATE(PARTIAL) : TABLE_STATE(COMPLETE));
		if (silent) {
			assert_int_equal(t->error_class, ERROR_CLASS(TIMEOUT));
			assert_non_null(strstr(t->error, "context MPLS: no answer"));
		}
		d.agent.walk = c.walks[0];
		device_teardown(&d);
		device_teardown(&inet);
		device_teardown(&mpls);
	}
}

static void contexts_that_are_mapped_to_vrfs_are_found(void **state) {
	struct saw_snmp_memory *memory = saw_snmp_memory_create();

	(void)state;
	for (int round = 0; round < 4; round++) {
		struct device d, inet;
		struct contexts c = {.device = &d};
		size_t in_inet = 0;

		device_setup(&d, "asr-wan01");
		device_setup(&inet, "asa-xfw01");
		inet.wire = -1;
		c.walks[0] = c.walks[2] = d.agent.walk;
		c.walks[1] = inet.agent.walk;
		d.target.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE;
		d.target.version = SAW_SNMP_V3;
		d.target.memory = memory;
		d.target.discover_contexts = round != 3;
		d.target.rarely = round == 2;
		d.agent.before = choose_walk;
		d.agent.ctx = &c;
		device_run_one(&d);
		assert_false(d.sample->has_error_class);
		for (size_t k = 0; k < d.sample->n_ipsec_sas; k++)
			in_inet += d.sample->ipsec_sas[k]->context_vrf && strcmp(d.sample->ipsec_sas[k]->context_vrf, "INET") == 0;
		assert_int_equal(in_inet, round == 3 ? 0 : 3);
		assert_int_equal(d.sample->n_ipsec_sas, round == 3 ? 3 : 6);
		d.agent.walk = c.walks[0];
		device_teardown(&d);
		device_teardown(&inet);
	}
	saw_snmp_memory_destroy(memory);
}

static void another_engine_in_mid_walk_is_named_and_nothing_is_mixed(void **state) {
	struct device d;
	struct harm h = {.device = &d, .after = 6};

	(void)state;
	device_setup(&d, "asa-xfw01");
	d.target.version = SAW_SNMP_V3;
	device_run_one(&d);
	assert_whole(&d, &truth_asa);
	device_teardown(&d);

	device_setup(&d, "asa-xfw01");
	d.target.version = SAW_SNMP_V3;
	d.agent.edit = change_engine;
	d.agent.ctx = &h;
	device_run_one(&d);
	assert_int_equal(d.sample->error_class, ERROR_CLASS(ENGINE));
	assert_non_null(strstr(d.sample->error, "another SNMPv3 engine"));
	assert_int_equal(d.sample->n_tables + d.sample->n_ipsec_sas, 0);
	device_teardown(&d);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_net_that_loses_doubles_delays_and_reorders_changes_nothing),
		cmocka_unit_test(answers_that_always_come_too_late_are_no_answers),
		cmocka_unit_test(silence_after_any_answer_keeps_what_was_read_and_adds_nothing),
		cmocka_unit_test(a_silent_device_does_not_hold_up_another),
		cmocka_unit_test(a_community_of_one_byte_is_a_community),
		cmocka_unit_test(holes_and_ends_in_mid_row_leave_values_absent),
		cmocka_unit_test(a_row_that_vanishes_between_columns_takes_no_values_of_another),
		cmocka_unit_test(a_restart_in_mid_walk_keeps_nothing_of_either_life),
		cmocka_unit_test(an_uptime_that_turns_over_is_no_restart),
		cmocka_unit_test(answers_to_another_request_are_none),
		cmocka_unit_test(answers_from_another_address_do_not_come_in),
		cmocka_unit_test(a_clock_that_is_wrong_is_set_and_another_boot_is_a_restart),
		cmocka_unit_test(walks_that_lead_nowhere_are_named_and_end),
		cmocka_unit_test(a_walk_without_end_costs_one_deadline),
		cmocka_unit_test(counters_are_what_the_agent_said),
		cmocka_unit_test(tunnels_of_every_context_are_read_and_say_whose_they_are),
		cmocka_unit_test(contexts_that_are_mapped_to_vrfs_are_found),
		cmocka_unit_test(another_engine_in_mid_walk_is_named_and_nothing_is_mixed),
	};
	int rc = 1;

	device_engine = saw_snmp_engine_create(NULL);
	if (device_engine) {
		device_setup(&truth_asa, "asa-xfw01");
		device_setup(&truth_asr, "asr-wan01");
		device_run_one(&truth_asa);
		device_run_one(&truth_asr);
		rc = cmocka_run_group_tests(tests, NULL, NULL);
		device_teardown(&truth_asa);
		device_teardown(&truth_asr);
	}
	saw_snmp_engine_destroy(device_engine);
	return rc;
}
