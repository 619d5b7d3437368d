/*
 * One poll as a state machine: discover the engine, ask for the system group, walk the tables, ask for tunnel interfaces, and see
 * that all of it was said by one device in one life.
 */
#include "collectors/snmp/rows.h"
#include "collectors/snmp/walk.h"
#include "collectors/snmp/wire.h"
#include "proto/json.h"
#include "proto/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATAGRAM_MAX 65536
#define DATAGRAMS_AT_ONCE 16 /* then the loop's other work has its turn */
#define IGNORED_MAX 1000     /* datagrams that are no answers, while one request waits */
#define INTERFACE_VALUES_AT_ONCE 54
#define HELD_FACTOR 2 /* rows take about twice the room of the packed sample */
#define NS_PER_TICK 10000000
#define UPTIME_SLACK 1000 /* ticks: how far a device's clock may be off when sysUpTime turns over */

#define ERROR_CLASS(name) SAWATCH__V1__POLL_ERROR__POLL_ERROR_##name
#define TABLE_STATE(name) SAWATCH__V1__TABLE_STATE__TABLE_STATE_##name

enum step { STEP_DISCOVER, STEP_SYSTEM, STEP_WALK, STEP_INTERFACES, STEP_UPTIME, STEP_END };

struct outcome {
	bool reached, ended;
	Sawatch__V1__PollError error_class;
	char error[200];
};

struct saw_snmp_poll {
	struct saw_snmp_target target;
	int fd;
	struct saw_wire *wire;
	struct saw_rows *rows;
	struct saw_sample_builder *builder;
	struct saw_sink sink;
	saw_snmp_done_fn done;
	void *ctx;

	uint64_t start_ns, next_ns, asked_ns; /* asked: first try of the request in flight */
	int64_t wall_ms, observed_ms;
	enum step step;
	struct saw_request request;
	int32_t first_id, id; /* of the tries of the request in flight: an answer to any of them will do */
	int32_t oldest_id;    /* of the poll */
	unsigned tries;
	uint64_t requests, ignored, unauthentic;
	int send_errno;
	unsigned rediscoveries, resyncs;
	bool heard; /* anything that was an SNMP message */

	struct saw_pace pace;
	enum saw_snmp_table_id table;
	struct saw_walk walk;
	struct outcome system, tables[SAW_TABLES];
	/* Whether the device restarted, or became another, while it was read. */
	bool has_uptime, dropped;
	uint64_t uptime_ticks, uptime_ns; /* at the poll's start */
	uint32_t boots;                   /* SNMPv3 */
	Sawatch__V1__Platform platform_seen;
	/* Values of tunnel interfaces that are asked for by name: where the request in flight begins, and what it holds. */
	uint64_t interface_row;
	size_t interface_column;
	unsigned interface_values; /* at once */
	struct {
		uint32_t if_index;
		size_t column;
	} asked[SAW_REQUEST_OIDS];

	Sawatch__V1__PollError error_class; /* of the poll as a whole */
	char error[400];
};

static uint8_t datagram[DATAGRAM_MAX]; /* one thread, one poll at a time reads */

/* --------------------------------------------------------------------------------------------------------- endings */

static void set_outcome(struct outcome *o, Sawatch__V1__PollError error_class, const char *error) {
	o->reached = o->ended = true;
	o->error_class = error_class;
	snprintf(o->error, sizeof o->error, "%s", error);
}

static bool is_wanted(const struct saw_snmp_poll *p, enum saw_snmp_table_id table) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];

	return p->target.only ? t == p->target.only : saw_snmp_table_wanted(t, &p->target);
}

/*
 * Nothing more comes from this device. Before its first answer that is the poll's end; later, what was read is kept, the table
 * at hand is cut and the others could not be read.
 */
static void give_up(struct saw_snmp_poll *p, Sawatch__V1__PollError error_class, const char *error) {
	if (p->step <= STEP_SYSTEM) {
		p->error_class = error_class;
		snprintf(p->error, sizeof p->error, "%s", error);
	}
	for (size_t i = 0; i < SAW_TABLES && p->step > STEP_SYSTEM; i++)
		if (!p->tables[i].ended && is_wanted(p, (enum saw_snmp_table_id)i))
			set_outcome(&p->tables[i], error_class, error);
	if (p->step == STEP_UPTIME)
		set_outcome(&p->system, error_class, error);
	p->step = STEP_END;
}

/* What was read is of two lives or of two devices: counters and rows that do not belong together. None of it is kept. */
static void drop(struct saw_snmp_poll *p, Sawatch__V1__PollError error_class, const char *error) {
	p->dropped = true;
	p->error_class = error_class;
	snprintf(p->error, sizeof p->error, "%s", error);
	p->step = STEP_END;
}

static void unreachable(struct saw_snmp_poll *p, int error) {
	char text[300];

	snprintf(text, sizeof text, "%s: %s%s", p->target.address, strerror(error),
			 error == ECONNREFUSED ? ": nothing listens on this port (SNMP off, other port, or a firewall's reject)"
								   : "");
	give_up(p, p->step <= STEP_SYSTEM ? ERROR_CLASS(UNREACHABLE) : ERROR_CLASS(CUT), text);
}

static void silent(struct saw_snmp_poll *p, uint64_t now_ns) {
	const struct saw_snmp_target *t = &p->target;
	double seconds = (double)(now_ns - p->asked_ns) / 1e9;
	char text[400];

	if (p->unauthentic) {
		snprintf(text, sizeof text,
				 "%s answers, but not with the keys of user \"%s\": authentication or privacy password?", t->address,
				 t->user);
		give_up(p, ERROR_CLASS(AUTH), text);
	} else if (p->ignored) {
		snprintf(text, sizeof text, "%s answers, but not with the SNMP that was asked for (%llu datagrams ignored)",
				 t->address, (unsigned long long)p->ignored);
		give_up(p, ERROR_CLASS(PROTOCOL), text);
	} else if (p->step > STEP_SYSTEM) {
		snprintf(text, sizeof text, "%s fell silent: no answer within %.3g s (%u tries)", t->address, seconds,
				 p->tries);
		give_up(p, ERROR_CLASS(CUT), text);
	} else if (p->heard) {
		snprintf(
			text, sizeof text,
			"%s tells its engine ID but answers no request of user \"%s\": privacy password or protocol, access list?",
			t->address, t->user);
		give_up(p, ERROR_CLASS(AUTH), text);
	} else {
		snprintf(text, sizeof text, "no answer from %s within %.3g s (%u tries): address, access list, %s?", t->address,
				 seconds, p->tries, t->version == SAW_SNMP_V3 ? "SNMPv3 enabled" : "community");
		give_up(p, ERROR_CLASS(TIMEOUT), text);
	}
}

/* The limit may be shorter than all tries: a device that says nothing is silent, not slow. */
static void out_of_time(struct saw_snmp_poll *p, uint64_t now_ns) {
	char text[200];

	if (!p->heard || p->tries > 1 || now_ns - p->asked_ns >= p->target.timeout_ns) {
		silent(p, now_ns);
		return;
	}
	snprintf(text, sizeof text, "the poll took longer than its limit of %.3g s", (double)p->target.deadline_ns / 1e9);
	give_up(p, ERROR_CLASS(LIMIT), text);
}

static Sawatch__V1__TableState state_of(const struct saw_snmp_poll *p, enum saw_snmp_table_id table) {
	uint64_t rows = saw_rows_count(p->rows, table), tunnels = saw_rows_count(p->rows, SAW_TABLE_IPSEC_TUNNELS);
	bool mib = saw_rows_count(p->rows, SAW_TABLE_IPSEC_GLOBALS) || saw_rows_count(p->rows, SAW_TABLE_IKE_GLOBALS);

	if (p->tables[table].error_class)
		return rows ? TABLE_STATE(PARTIAL) : TABLE_STATE(FAILED);
	if (rows)
		return TABLE_STATE(COMPLETE);
	/* SNMP does not tell an empty table from one that is not there. The rest of the MIB does: without tunnels an agent that
	 * has it has no rows, and beside tunnels an empty companion is one that the agent does not implement. */
	switch (table) {
	case SAW_TABLE_IPSEC_TUNNELS:
	case SAW_TABLE_IPSEC_SPIS:
	case SAW_TABLE_IPSEC_ENDPOINTS:
	case SAW_TABLE_IKE_TUNNELS:
		return !tunnels && mib ? TABLE_STATE(COMPLETE) : TABLE_STATE(ABSENT);
	default:
		return TABLE_STATE(ABSENT);
	}
}

static void report_table(struct saw_snmp_poll *p, enum saw_snmp_table_id table) {
	const struct outcome *o = &p->tables[table];
	bool ike_complete = state_of(p, SAW_TABLE_IKE_TUNNELS) == TABLE_STATE(COMPLETE);
	uint64_t given = 0, vanished = 0, odd = saw_rows_odd(p->rows, table);
	Sawatch__V1__PollError error_class = o->error_class;
	Sawatch__V1__TableState state = state_of(p, table);
	struct saw_buf text = SAW_BUF_INIT(1024);
	int rc;

	if (!o->reached)
		return;
	if (o->error_class)
		saw_rows_cut(p->rows, table);
	rc = saw_rows_emit(p->rows, table, ike_complete, &p->sink, &given, &vanished);
	if (table == SAW_TABLE_IPSEC_SPIS || table == SAW_TABLE_IPSEC_ENDPOINTS)
		given = saw_rows_count(p->rows, table);
	if (rc && !error_class) {
		error_class = rc == SAW_ELIMIT ? ERROR_CLASS(LIMIT) : ERROR_CLASS(INTERNAL);
		state = TABLE_STATE(PARTIAL);
		saw_buf_puts(&text, "what the device said does not fit into the sample");
	}
	saw_buf_puts(&text, o->error);
	if (vanished)
		saw_buf_printf(&text, "%s%llu rows went away while they were read", text.len ? "; " : "",
					   (unsigned long long)vanished);
	if (odd)
		saw_buf_printf(&text, "%s%llu values are not of their column's type", text.len ? "; " : "",
					   (unsigned long long)odd);
	saw_sample_table(p->builder, saw_snmp_tables[table].name, state, given, error_class,
					 text.len ? saw_buf_text(&text) : NULL);
	saw_buf_free(&text);
}

static void report_system(struct saw_snmp_poll *p) {
	const struct outcome *o = &p->system;
	char text[160];

	if (!o->reached)
		return;
	if (o->error_class) {
		saw_sample_table(p->builder, "system", p->has_uptime ? TABLE_STATE(PARTIAL) : TABLE_STATE(FAILED),
						 p->has_uptime, o->error_class, o->error);
		return;
	}
	if (p->platform_seen && p->platform_seen != p->target.platform) {
		snprintf(text, sizeof text, "sysDescr is that of platform %s, the configuration says %s",
				 saw_enum_name(&sawatch__v1__platform__descriptor, (int)p->platform_seen),
				 saw_enum_name(&sawatch__v1__platform__descriptor, (int)p->target.platform));
		saw_sample_table(p->builder, "system", TABLE_STATE(COMPLETE), 1, 0, text);
		return;
	}
	saw_sample_table(p->builder, "system", TABLE_STATE(COMPLETE), 1, 0, NULL);
}

static void destroy(struct saw_snmp_poll *p) {
	saw_wire_destroy(p->wire);
	saw_rows_destroy(p->rows);
	saw_sample_builder_destroy(p->builder);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

static void conclude(struct saw_snmp_poll *p, uint64_t now_ns) {
	const uint8_t *data;
	size_t len;

	if (p->dropped)
		saw_sample_begin(p->builder, p->target.device, p->target.platform, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	else
		report_system(p);
	for (int i = 0; i < SAW_TABLES && !p->dropped; i++)
		report_table(p, (enum saw_snmp_table_id)i);
	if (p->error_class)
		saw_sample_fail(p->builder, p->error_class, p->error);
	saw_sample_finish(p->builder, p->observed_ms, (double)(now_ns - p->start_ns) / 1e9, p->requests, &data, &len);
	p->done(p->ctx, data, len);
	destroy(p);
}

/* -------------------------------------------------------------------------------------------------------- requests */

static void transmit(struct saw_snmp_poll *p, uint64_t now_ns) {
	uint64_t deadline = p->start_ns + p->target.deadline_ns;
	uint8_t probe[SAW_USM_PROBE];
	const uint8_t *packet = probe;
	size_t n = sizeof probe;
	int rc = 0;

	p->id++;
	p->next_ns = now_ns + p->target.timeout_ns;
	if (p->next_ns > deadline)
		p->next_ns = deadline;
	if (p->step == STEP_DISCOVER)
		saw_usm_probe(p->id, probe);
	else
		rc = saw_wire_encode(p->wire, &p->request, p->id, now_ns, &packet, &n);
	if (rc) {
		char text[200];

		snprintf(text, sizeof text, "%s: a request cannot be made: %s", p->target.address, saw_strerror(rc));
		give_up(p, ERROR_CLASS(INTERNAL), text);
		p->next_ns = now_ns;
		return;
	}
	p->requests++;
	if (send(p->fd, packet, n, MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
		p->send_errno = errno;
		p->next_ns = now_ns;
	}
}

static void ask(struct saw_snmp_poll *p, uint64_t now_ns) {
	p->tries = 1;
	p->asked_ns = now_ns;
	p->ignored = p->unauthentic = 0;
	p->first_id = p->id + 1;
	if (now_ns >= p->start_ns + p->target.deadline_ns)
		out_of_time(p, now_ns);
	else
		transmit(p, now_ns);
}

static void ask_system(struct saw_snmp_poll *p, uint64_t now_ns) {
	p->step = STEP_SYSTEM;
	p->request.kind = SAW_REQUEST_GET;
	p->request.n = SAW_SYS_SCALARS;
	for (size_t i = 0; i < SAW_SYS_SCALARS; i++)
		p->request.oids[i] = saw_sys_scalars[i];
	ask(p, now_ns);
}

/* The next values of tunnel interfaces, of the columns that are not walked. False where none is left. */
static bool request_interfaces(struct saw_snmp_poll *p) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_INTERFACES];
	uint64_t row = p->interface_row;
	size_t column = p->interface_column, n = 0;
	uint32_t if_index;

	while (n < p->interface_values && saw_rows_wanted_interface(p->rows, &row, &if_index)) {
		struct saw_oid *o = &p->request.oids[n];

		*o = *t->columns[column].top;
		o->sub[o->n++] = t->columns[column].number;
		o->sub[o->n++] = if_index;
		p->asked[n].if_index = if_index;
		p->asked[n++].column = column;
		if (++column == t->n_columns) {
			column = t->n_walked;
			row++;
		}
	}
	p->request.kind = SAW_REQUEST_GET;
	p->request.n = n;
	return n > 0;
}

static bool ask_interfaces(struct saw_snmp_poll *p, uint64_t now_ns) {
	if (!request_interfaces(p))
		return false;
	p->step = STEP_INTERFACES;
	ask(p, now_ns);
	return true;
}

static bool ask_uptime(struct saw_snmp_poll *p, uint64_t now_ns) {
	if (!p->has_uptime)
		return false;
	p->step = STEP_UPTIME;
	p->request.kind = SAW_REQUEST_GET;
	p->request.n = 1;
	p->request.oids[0] = saw_sys_scalars[SAW_SYS_UPTIME];
	ask(p, now_ns);
	return true;
}

/* Whether the device has what we came for is known once its tunnels and its box-wide counters were asked for. */
static bool supported(struct saw_snmp_poll *p) {
	const struct outcome *tunnels = &p->tables[SAW_TABLE_IPSEC_TUNNELS], *globals = &p->tables[SAW_TABLE_IPSEC_GLOBALS];

	if (saw_rows_count(p->rows, SAW_TABLE_IPSEC_TUNNELS) || saw_rows_count(p->rows, SAW_TABLE_IPSEC_GLOBALS))
		return true;
	if (tunnels->error_class == ERROR_CLASS(ACCESS) || globals->error_class == ERROR_CLASS(ACCESS)) {
		p->error_class = ERROR_CLASS(ACCESS);
		snprintf(p->error, sizeof p->error,
				 "%s does not let this user or community read CISCO-IPSEC-FLOW-MONITOR-MIB: view?", p->target.address);
		return false;
	}
	if (tunnels->error_class || globals->error_class)
		return true;
	p->error_class = ERROR_CLASS(UNSUPPORTED);
	snprintf(p->error, sizeof p->error,
			 "%s answers, but has no CISCO-IPSEC-FLOW-MONITOR-MIB: is this the right device, context and view?",
			 p->target.address);
	return false;
}

static void next_table(struct saw_snmp_poll *p, uint64_t now_ns) {
	const struct outcome *tunnels = &p->tables[SAW_TABLE_IPSEC_TUNNELS];

	for (;;) {
		if (p->table == SAW_TABLE_IPSEC_GLOBALS + 1 && !p->target.only && !supported(p))
			break;
		if (p->table == SAW_TABLES) {
			if (ask_uptime(p, now_ns))
				return;
			break;
		}
		if (!is_wanted(p, p->table)) {
			p->table++;
			continue;
		}
		/* Nothing joins to no tunnels. */
		if ((p->table == SAW_TABLE_IPSEC_SPIS || p->table == SAW_TABLE_IPSEC_ENDPOINTS ||
			 p->table == SAW_TABLE_ADDRESSES) &&
			!p->target.only && !saw_rows_count(p->rows, SAW_TABLE_IPSEC_TUNNELS)) {
			set_outcome(&p->tables[p->table], tunnels->error_class,
						tunnels->error_class ? "not asked for: the tunnels could not be read" : "");
			p->table++;
			continue;
		}
		p->tables[p->table].reached = true;
		p->step = STEP_WALK;
		saw_walk_begin(&p->walk, &saw_snmp_tables[p->table], p->target.max_rows);
		saw_walk_next(&p->walk, &p->pace, &p->request);
		ask(p, now_ns);
		return;
	}
	p->step = STEP_END;
}

static void end_table(struct saw_snmp_poll *p, uint64_t now_ns) {
	set_outcome(&p->tables[p->table], p->walk.error_class, p->walk.error);
	if (p->table == SAW_TABLE_IPSEC_TUNNELS)
		p->observed_ms = p->wall_ms + (int64_t)((now_ns - p->start_ns) / 1000000);
	p->table++;
	next_table(p, now_ns);
}

/* --------------------------------------------------------------------------------------------------------- answers */

static void system_answer(struct saw_snmp_poll *p, const struct saw_answer *a, uint64_t now_ns) {
	const struct saw_varbind *values[SAW_SYS_SCALARS] = {NULL};
	char text[200];

	p->observed_ms = p->wall_ms + (int64_t)((now_ns - p->start_ns) / 1000000);
	if (a->error_status == SAW_STATUS_AUTHORIZATION || a->error_status == SAW_STATUS_NO_ACCESS) {
		snprintf(text, sizeof text, "%s knows us but does not let us read: view or group?", p->target.address);
		give_up(p, ERROR_CLASS(ACCESS), text);
		return;
	}
	/* Too many at once, or by SNMPv1 one that is not there: the chassis is not needed. */
	if (a->error_status && p->request.n > SAW_SYS_GROUP) {
		p->request.n = SAW_SYS_GROUP;
		ask(p, now_ns);
		return;
	}
	for (size_t i = 0; i < a->n && a->error_status == SAW_STATUS_OK; i++)
		for (size_t k = 0; k < SAW_SYS_SCALARS; k++)
			if (saw_oid_cmp(a->varbinds[i].name, a->varbinds[i].n_name, saw_sys_scalars[k].sub, saw_sys_scalars[k].n) ==
				0)
				values[k] = &a->varbinds[i];
	if (values[SAW_SYS_UPTIME] && values[SAW_SYS_UPTIME]->type == SAW_VALUE_UNSIGNED) {
		p->has_uptime = true;
		p->uptime_ticks = values[SAW_SYS_UPTIME]->u;
		p->uptime_ns = now_ns;
	}
	snprintf(text, sizeof text, "the agent answers with error-status %ld", a->error_status);
	set_outcome(&p->system, a->error_status ? ERROR_CLASS(PROTOCOL) : 0, a->error_status ? text : "");
	saw_rows_emit_system(values, &p->sink, &p->platform_seen);
	next_table(p, now_ns);
}

static int walk_cell(void *ctx, size_t column, const uint32_t *index, size_t n_index, const struct saw_varbind *value) {
	struct saw_snmp_poll *p = ctx;

	return saw_rows_cell(p->rows, p->table, column, index, n_index, value);
}

static void walk_answer(struct saw_snmp_poll *p, const struct saw_answer *a, uint64_t now_ns) {
	saw_walk_answer(&p->walk, &p->pace, a, walk_cell, p);
	if (saw_walk_next(&p->walk, &p->pace, &p->request))
		ask(p, now_ns);
	else if (p->table != SAW_TABLE_INTERFACES || !ask_interfaces(p, now_ns))
		end_table(p, now_ns);
}

/* The position behind the values of the request that was answered. */
static void pass_interfaces(struct saw_snmp_poll *p) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_INTERFACES];
	uint32_t unused;

	for (size_t i = 0; i < p->request.n; i++)
		if (++p->interface_column == t->n_columns) {
			p->interface_column = t->n_walked;
			saw_rows_wanted_interface(p->rows, &p->interface_row, &unused);
			p->interface_row++;
		}
}

static void interfaces_answer(struct saw_snmp_poll *p, const struct saw_answer *a, uint64_t now_ns) {
	/* By SNMPv1 one value that is not there takes the others of its request with it. */
	if (a->error_status == SAW_STATUS_NO_SUCH_NAME && p->interface_values > 1) {
		p->interface_values = 1;
		ask_interfaces(p, now_ns);
		return;
	}
	if ((a->error_status == SAW_STATUS_TOO_BIG || a->error_status == SAW_STATUS_GEN_ERR) && p->interface_values > 1) {
		p->interface_values /= 2;
		ask_interfaces(p, now_ns);
		return;
	}
	if (a->error_status && a->error_status != SAW_STATUS_NO_SUCH_NAME) {
		char text[80];

		snprintf(text, sizeof text, "the agent answers with error-status %ld", a->error_status);
		saw_walk_stop(&p->walk,
					  a->error_status == SAW_STATUS_AUTHORIZATION ? ERROR_CLASS(ACCESS) : ERROR_CLASS(PROTOCOL), text);
		end_table(p, now_ns);
		return;
	}
	for (size_t i = 0; i < a->n && i < p->request.n && !a->error_status; i++) {
		const struct saw_varbind *v = &a->varbinds[i];
		const struct saw_oid *name = &p->request.oids[i];

		if (v->type != SAW_VALUE_NONE && saw_oid_cmp(v->name, v->n_name, name->sub, name->n) == 0)
			saw_rows_cell(p->rows, SAW_TABLE_INTERFACES, p->asked[i].column, &p->asked[i].if_index, 1, v);
	}
	pass_interfaces(p);
	if (!ask_interfaces(p, now_ns))
		end_table(p, now_ns);
}

static void restarted(struct saw_snmp_poll *p, const char *sign) {
	char text[300];

	snprintf(text, sizeof text, "%s restarted while it was read (%s); the values of before and after are not kept",
			 p->target.address, sign);
	drop(p, ERROR_CLASS(CUT), text);
}

/* sysUpTime goes back when a device restarts, and after 497 days by itself. */
static void uptime_answer(struct saw_snmp_poll *p, const struct saw_answer *a) {
	const struct saw_varbind *v = a->varbinds;
	uint64_t expected = p->uptime_ticks + (p->asked_ns - p->uptime_ns) / NS_PER_TICK;
	char sign[80];

	p->step = STEP_END;
	if (a->error_status || a->n == 0 || v->type != SAW_VALUE_UNSIGNED || v->u >= p->uptime_ticks ||
		expected + UPTIME_SLACK > UINT32_MAX)
		return;
	snprintf(sign, sizeof sign, "sysUpTime went from %llu s to %llu s", (unsigned long long)p->uptime_ticks / 100,
			 (unsigned long long)v->u / 100);
	restarted(p, sign);
}

/* Reports that say why: usmStats (RFC 3414), snmpMPDMIB contexts (RFC 3413). */
static const struct report {
	struct saw_oid oid; /* without the instance */
	Sawatch__V1__PollError error_class;
	const char *text;
} reports[] = {
	{{{1, 3, 6, 1, 6, 3, 15, 1, 1, 1}, 10},
	 ERROR_CLASS(AUTH),
	 "knows the user, but not with this security level: are authentication and privacy both set on the device?"},
	{{{1, 3, 6, 1, 6, 3, 15, 1, 1, 2}, 10},
	 ERROR_CLASS(ENGINE),
	 "says that our idea of its clock is wrong, and goes on saying so"},
	{{{1, 3, 6, 1, 6, 3, 15, 1, 1, 3}, 10}, ERROR_CLASS(AUTH), "does not know this SNMPv3 user"},
	{{{1, 3, 6, 1, 6, 3, 15, 1, 1, 4}, 10}, ERROR_CLASS(ENGINE), "changes its engine ID again and again"},
	{{{1, 3, 6, 1, 6, 3, 15, 1, 1, 5}, 10},
	 ERROR_CLASS(AUTH),
	 "says the digest is wrong: authentication password or protocol?"},
	{{{1, 3, 6, 1, 6, 3, 15, 1, 1, 6}, 10}, ERROR_CLASS(AUTH), "cannot decrypt: privacy password or protocol?"},
	{{{1, 3, 6, 1, 6, 3, 12, 1, 4}, 9}, ERROR_CLASS(ACCESS), "does not have this SNMPv3 context now"},
	{{{1, 3, 6, 1, 6, 3, 12, 1, 5}, 9}, ERROR_CLASS(ACCESS), "does not know this SNMPv3 context"},
};
#define REPORT_NOT_IN_TIME 1

static void report_answer(struct saw_snmp_poll *p, const struct saw_answer *a, const struct saw_usm_header *h,
						  uint64_t now_ns) {
	char text[300];

	for (size_t i = 0; a->n && i < sizeof reports / sizeof reports[0]; i++) {
		if (!saw_oid_under(a->varbinds[0].name, a->varbinds[0].n_name, &reports[i].oid))
			continue;
		if (i == REPORT_NOT_IN_TIME && p->step > STEP_SYSTEM && h->boots > p->boots) {
			restarted(p, "its SNMPv3 engine counts another boot");
			return;
		}
		if (i == REPORT_NOT_IN_TIME && p->resyncs++ < 2 && saw_wire_set_engine(p->wire, h, now_ns) == 0) {
			p->boots = h->boots;
			ask(p, now_ns);
			return;
		}
		snprintf(text, sizeof text, "%s %s (user \"%s\")", p->target.address, reports[i].text, p->target.user);
		give_up(p, reports[i].error_class, text);
		return;
	}
	snprintf(text, sizeof text, "%s answers with a Report that is not known", p->target.address);
	give_up(p, ERROR_CLASS(PROTOCOL), text);
}

static bool in_flight(const struct saw_snmp_poll *p, int32_t id) {
	return id >= p->first_id && id <= p->id;
}

static void discovered(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns) {
	char text[200];

	p->heard = true;
	if (saw_wire_set_engine(p->wire, h, now_ns) == 0) {
		p->boots = h->boots;
		ask_system(p, now_ns);
		return;
	}
	snprintf(text, sizeof text, "%s names an SNMPv3 engine ID of %zu bytes, which cannot be used", p->target.address,
			 h->n_engine_id);
	give_up(p, ERROR_CLASS(ENGINE), text);
}

/*
 * What the new engine has to say comes without keys, or with others: only the clear part tells. Before the first value that is
 * a device that was replaced since it was asked for its engine; later it is two devices in one poll.
 */
static void another_engine(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns) {
	char text[300];

	if (p->step == STEP_SYSTEM && p->rediscoveries++ < 1) {
		discovered(p, h, now_ns);
		return;
	}
	if (p->step == STEP_SYSTEM) {
		snprintf(text, sizeof text, "%s changes its engine ID again and again", p->target.address);
		give_up(p, ERROR_CLASS(ENGINE), text);
		return;
	}
	snprintf(
		text, sizeof text,
		"%s became another SNMPv3 engine while it was read (failover, or another device at this address); the values "
		"of both are not kept",
		p->target.address);
	drop(p, ERROR_CLASS(ENGINE), text);
}

static void received(struct saw_snmp_poll *p, const uint8_t *data, size_t n, uint64_t now_ns) {
	struct saw_usm_header h = {0};
	bool v3 = p->target.version == SAW_SNMP_V3 && saw_usm_header(data, n, &h) == 0;
	struct saw_answer a;
	int rc;

	if (p->step == STEP_DISCOVER && v3 && in_flight(p, h.message_id)) {
		discovered(p, &h, now_ns);
		return;
	}
	if (v3 && in_flight(p, h.message_id) && h.n_engine_id >= SAW_ENGINE_ID_MIN && !saw_wire_is_engine(p->wire, &h)) {
		another_engine(p, &h, now_ns);
		return;
	}
	rc = saw_wire_decode(p->wire, data, n, now_ns, &a);
	if (rc == 0 && a.request_id >= p->oldest_id && a.request_id < p->first_id)
		return; /* late, or twice: an answer to a request that has been answered */
	if (rc || !in_flight(p, a.request_id)) {
		p->unauthentic += rc == SAW_EAUTH;
		if (++p->ignored > IGNORED_MAX)
			silent(p, now_ns);
		return;
	}
	p->heard = true;
	if (a.report)
		report_answer(p, &a, &h, now_ns);
	else if (p->step == STEP_SYSTEM)
		system_answer(p, &a, now_ns);
	else if (p->step == STEP_WALK)
		walk_answer(p, &a, now_ns);
	else if (p->step == STEP_INTERFACES)
		interfaces_answer(p, &a, now_ns);
	else if (p->step == STEP_UPTIME)
		uptime_answer(p, &a);
}

void saw_snmp_poll_ready(struct saw_snmp_poll *p, uint64_t now_ns) {
	for (int i = 0; i < DATAGRAMS_AT_ONCE && p->step != STEP_END; i++) {
		ssize_t n = recv(p->fd, datagram, sizeof datagram, MSG_DONTWAIT);

		if (n >= 0)
			received(p, datagram, (size_t)n, now_ns);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			unreachable(p, errno);
	}
	if (p->step == STEP_END)
		conclude(p, now_ns);
}

/* Agents that are asked for more than they can do at once, and nets that lose fragments, often say nothing at all. */
static void ask_for_less(struct saw_snmp_poll *p) {
	if (p->step == STEP_INTERFACES && p->interface_values > 1) {
		p->interface_values /= 2;
		request_interfaces(p);
	}
	if (p->step != STEP_WALK || p->request.kind != SAW_REQUEST_GETBULK)
		return;
	if (p->tries == p->target.retries)
		saw_pace_least(&p->pace);
	else
		saw_pace_smaller(&p->pace);
	if (p->request.repetitions > p->pace.repetitions)
		p->request.repetitions = p->pace.repetitions;
	if (p->request.repetitions == 1)
		p->request.kind = SAW_REQUEST_GETNEXT;
}

void saw_snmp_poll_timer(struct saw_snmp_poll *p, uint64_t now_ns) {
	if (now_ns < p->next_ns)
		return;
	if (p->step == STEP_END) {
		;
	} else if (p->send_errno) {
		unreachable(p, p->send_errno);
	} else if (now_ns >= p->start_ns + p->target.deadline_ns) {
		out_of_time(p, now_ns);
	} else if (p->tries > p->target.retries) {
		silent(p, now_ns);
	} else {
		ask_for_less(p);
		p->tries++;
		transmit(p, now_ns);
	}
	if (p->step == STEP_END)
		conclude(p, now_ns);
}

/* ------------------------------------------------------------------------------------------------------------ face */

struct saw_snmp_poll *saw_snmp_poll_start(struct saw_snmp_engine *e, const struct saw_snmp_target *t, int fd,
										  uint64_t now_ns, int64_t wall_ms, saw_snmp_done_fn done, void *ctx,
										  struct saw_err *err) {
	struct saw_snmp_poll *p = calloc(1, sizeof *p);

	if (!p) {
		close(fd);
		saw_err_set(err, -ENOMEM, "%s: no memory for a poll", t->device);
		return NULL;
	}
	p->target = *t;
	p->fd = fd;
	p->done = done;
	p->ctx = ctx;
	p->start_ns = now_ns;
	p->wall_ms = p->observed_ms = wall_ms;
	p->interface_values = INTERFACE_VALUES_AT_ONCE;
	p->interface_column = saw_snmp_tables[SAW_TABLE_INTERFACES].n_walked;
	saw_pace_init(&p->pace, t->max_repetitions);
	p->wire = saw_wire_create(e, t, err);
	if (!p->wire) {
		destroy(p);
		return NULL;
	}
	p->rows =
		saw_rows_create(t->max_rows, t->max_bytes > SIZE_MAX / HELD_FACTOR ? SIZE_MAX : t->max_bytes * HELD_FACTOR);
	p->builder = saw_sample_builder_create(t->max_bytes);
	if (!p->rows || !p->builder || getrandom(&p->id, sizeof p->id, 0) != sizeof p->id) {
		saw_err_set(err, -ENOMEM, "%s: no memory for a poll", t->device);
		destroy(p);
		return NULL;
	}
	p->id &= 0x3fffffff; /* far from the end: no poll makes so many requests that it gets there */
	p->oldest_id = p->id;
	p->sink = saw_sample_sink(p->builder);
	saw_sample_begin(p->builder, t->device, t->platform, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	if (saw_wire_ready(p->wire)) {
		ask_system(p, now_ns);
	} else {
		p->step = STEP_DISCOVER;
		ask(p, now_ns);
	}
	return p;
}

int saw_snmp_poll_fd(const struct saw_snmp_poll *p) {
	return p->fd;
}

uint64_t saw_snmp_poll_next_ns(const struct saw_snmp_poll *p) {
	return p->next_ns;
}

void saw_snmp_poll_cancel(struct saw_snmp_poll *p) {
	destroy(p);
}

uint8_t *saw_snmp_failed_sample(const char *device, Sawatch__V1__Platform platform, int64_t wall_ms,
								Sawatch__V1__PollError error, const char *text, size_t *len) {
	Sawatch__V1__DeviceSample s = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	struct saw_buf clean = SAW_BUF_INIT(4096);
	uint8_t *data;

	saw_put_clean(&clean, text, strlen(text) > 1000 ? 1000 : strlen(text));
	s.has_schema_version = 1;
	s.schema_version = SAW_SCHEMA_VERSION;
	s.device = (char *)(uintptr_t)device;
	s.has_platform = s.has_source = s.has_observed_at_ms = s.has_error_class = 1;
	s.platform = platform;
	s.source = SAWATCH__V1__SOURCE__SOURCE_SNMP;
	s.observed_at_ms = wall_ms;
	s.error_class = error;
	s.error = (char *)(uintptr_t)saw_buf_text(&clean);
	*len = sawatch__v1__device_sample__get_packed_size(&s);
	data = malloc(*len);
	if (data)
		sawatch__v1__device_sample__pack(&s, data);
	saw_buf_free(&clean);
	return data;
}
