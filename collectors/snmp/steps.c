/* What is asked next, and what an answer means. */
#include "collectors/snmp/internal.h"

#include <stdio.h>

#define NS_PER_TICK 10000000
#define UPTIME_SLACK 1000 /* ticks: how far a device's clock may be off when sysUpTime turns over */

/* ---------------------------------------------------------------------------------------------------------- tables */

static struct scope *own_scope(struct saw_snmp_poll *p) {
	return &p->scopes[0];
}

/* What a device has once per context. */
static bool is_per_context(enum saw_snmp_table_id table) {
	return table == SAW_TABLE_IPSEC_TUNNELS || table == SAW_TABLE_IPSEC_SPIS || table == SAW_TABLE_IPSEC_ENDPOINTS ||
		   table == SAW_TABLE_IKE_TUNNELS;
}

/* A device of the right kind may not have these at all: then it is not asked at each poll. */
static bool may_lack(enum saw_snmp_table_id table) {
	return table == SAW_TABLE_CPU || table == SAW_TABLE_QFP || table == SAW_TABLE_L2L_SESSIONS ||
		   table == SAW_TABLE_MEMORY || table == SAW_TABLE_FAILOVER || table == SAW_TABLE_CISCO_BGP ||
		   table == SAW_TABLE_BGP_PREFIXES || table == SAW_TABLE_BGP;
}

bool saw_snmp_is_wanted(const struct saw_snmp_poll *p, const struct scope *scope, enum saw_snmp_table_id table) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];

	if (scope != p->scopes && !is_per_context(table))
		return false;
	if (table == SAW_TABLE_CONTEXTS && p->discovers)
		return true;
	if (p->fast && !t->n_fast && table != SAW_TABLE_INTERFACES)
		return false;
	return p->target.only ? t == p->target.only : saw_snmp_table_wanted(t, &p->target);
}

/* Whether the device has what we came for is known once its tunnels and its box-wide counters were asked for. */
static bool is_supported(struct saw_snmp_poll *p) {
	const struct outcome *tunnels = &own_scope(p)->tables[SAW_TABLE_IPSEC_TUNNELS].outcome;
	const struct outcome *globals = &own_scope(p)->tables[SAW_TABLE_IPSEC_GLOBALS].outcome;

	if (tunnels->error_class == ERROR_CLASS(ACCESS) || globals->error_class == ERROR_CLASS(ACCESS)) {
		p->error_class = ERROR_CLASS(ACCESS);
		snprintf(p->error, sizeof p->error,
				 "%s does not let this user or community read CISCO-IPSEC-FLOW-MONITOR-MIB: view?", p->target.address);
		return false;
	}
	if (tunnels->error_class || globals->error_class || p->n_scopes > 1)
		return true;
	p->error_class = ERROR_CLASS(UNSUPPORTED);
	snprintf(p->error, sizeof p->error,
			 "%s answers, but has no CISCO-IPSEC-FLOW-MONITOR-MIB: is this the right device, context and view?",
			 p->target.address);
	return false;
}

/* Of all contexts. */
static bool tunnels_ended(const struct saw_snmp_poll *p) {
	bool ended = true;

	for (size_t s = 0; s < p->n_scopes; s++)
		ended &= p->scopes[s].tables[SAW_TABLE_IPSEC_TUNNELS].outcome.ended;
	return ended;
}

static bool has_tunnels(const struct saw_snmp_poll *p) {
	uint64_t rows = 0;

	for (size_t s = 0; s < p->n_scopes; s++)
		rows += saw_rows_count(p->scopes[s].rows, SAW_TABLE_IPSEC_TUNNELS);
	return rows > 0;
}

enum turn { TURN_NOW, TURN_LATER, TURN_NEVER };

static enum turn turn_of(struct saw_snmp_poll *p, struct scope *scope, enum saw_snmp_table_id table) {
	const struct outcome *tunnels = &scope->tables[SAW_TABLE_IPSEC_TUNNELS].outcome;
	const struct outcome *globals = &scope->tables[SAW_TABLE_IPSEC_GLOBALS].outcome;
	bool rows = saw_rows_count(scope->rows, SAW_TABLE_IPSEC_TUNNELS) > 0;

	if (p->target.only || p->fast || table == SAW_TABLE_CONTEXTS)
		return TURN_NOW;
	if (may_lack(table) && scope->known->unanswered[table] && !p->target.rarely)
		return TURN_NEVER;
	/* Nothing joins to no tunnels. */
	if (table == SAW_TABLE_ADDRESSES)
		return has_tunnels(p) ? TURN_NOW : tunnels_ended(p) ? TURN_NEVER : TURN_LATER;
	if (table == SAW_TABLE_IPSEC_SPIS || table == SAW_TABLE_IPSEC_ENDPOINTS)
		return rows ? TURN_NOW : tunnels->ended ? TURN_NEVER : TURN_LATER;
	if (table <= SAW_TABLE_IPSEC_GLOBALS || rows || saw_rows_count(scope->rows, SAW_TABLE_IPSEC_GLOBALS))
		return TURN_NOW;
	if (!tunnels->ended || !globals->ended)
		return TURN_LATER;
	if (scope == own_scope(p) && !is_supported(p))
		p->step = STEP_END;
	return TURN_NOW;
}

static size_t groups_of(const struct saw_snmp_poll *p, enum saw_snmp_table_id table) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];

	return p->fast ? t->n_fast / SAW_WALK_COLUMNS : saw_walk_groups(t);
}

#define PARTS_AHEAD 4 /* of a group of columns, for each request under way: the last ones end at about the same time */

/* An answer seldom ends where a part does, so few and long parts waste fewest. Whole requests in any case. */
static uint64_t rows_of_part(const struct saw_snmp_poll *p, uint64_t rows, size_t columns) {
	uint64_t repetitions = saw_pace_repetitions(&p->pace, columns < p->pace.columns ? columns : p->pace.columns);
	uint64_t requests = rows / (PARTS_AHEAD * p->window) / repetitions;

	return repetitions * (requests ? requests : 1);
}

/* The table's next part, if there is one that can be read now. */
static bool next_part(struct saw_snmp_poll *p, struct scope *scope, enum saw_snmp_table_id table,
					  struct saw_walk_part *part) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	const struct saw_known_rows *known = &scope->known->rows[table];
	struct run *run = &scope->tables[table];
	uint64_t rows = saw_rows_count(scope->rows, table);

	if (run->group >= groups_of(p, table))
		return false;
	/* The first columns list the rows: there are none without any of them, and how to part the others is known then. */
	if (run->group > 0 && run->at == 0 && run->under_way && (rows == 0 || !known->n))
		return false;
	if (run->group > 0 && rows == 0) {
		run->group = groups_of(p, table);
		return false;
	}
	*part = saw_walk_group(t, run->group, p->target.max_rows);
	part->after = run->at ? known->indices + (run->at - 1) * saw_snmp_border_width(t) : NULL;
	if (p->window > 1 && known->n && known->n - run->at >= rows_of_part(p, known->n, part->n)) {
		part->rows = rows_of_part(p, known->n, part->n);
		run->at += part->rows;
		part->upto = known->indices + (run->at - 1) * saw_snmp_border_width(t);
		part->rows_known = true;
		return true;
	}
	part->rows = p->window == 1 && run->group > 0 ? rows : known->n - run->at;
	part->rows_known = known->n || (p->window == 1 && run->group > 0);
	run->group++;
	run->at = 0;
	return true;
}

/* The next values of tunnel interfaces, of the columns that are not walked. A fast poll asks for the state of those that the last whole
 * one found. False where none is left. */
static bool next_values(struct saw_snmp_poll *p, struct values *v) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_INTERFACES];
	struct saw_rows *rows = p->fast ? own_scope(p)->known->kept : own_scope(p)->rows;
	size_t first = p->fast ? SAW_IF_LINE : t->n_walked, n = p->fast ? 1 : t->n_columns - t->n_walked;
	uint32_t if_index;

	v->n = v->passed = 0;
	while (v->n < saw_pace_values(&p->values_pace) && saw_rows_wanted_interface(rows, &p->interface_row, &if_index)) {
		v->asked[v->n].if_index = if_index;
		v->asked[v->n++].column = first + p->interface_column;
		if (++p->interface_column == n) {
			p->interface_column = 0;
			p->interface_row++;
		}
	}
	return v->n > 0;
}

/* Where they could not be read now, those that were found before are. */
static void take_contexts(struct saw_snmp_poll *p, bool read) {
	struct saw_snmp_memory *m = p->memory;

	if (read)
		saw_snmp_memory_contexts(m, own_scope(p)->rows);
	for (size_t i = 0; i < m->n_found; i++)
		if (saw_snmp_add_scope(p, &(struct saw_snmp_context){.name = m->found[i].name, .vrf = m->found[i].vrf}) != 0)
			saw_snmp_give_up(p, ERROR_CLASS(INTERNAL), "no memory for the contexts of the device");
}

void saw_snmp_end_table(struct saw_snmp_poll *p, struct scope *scope, enum saw_snmp_table_id table,
						Sawatch__V1__PollError error_class, const char *error, uint64_t now_ns) {
	struct run *run = &scope->tables[table];

	for (unsigned i = 0; i < p->window; i++) {
		struct job *job = &p->jobs[i];

		if ((job->kind == JOB_WALK || job->kind == JOB_VALUES) && job->scope == scope && job->table == table)
			saw_snmp_job_end(p, job);
	}
	run->under_way = 0;
	p->ended++;
	if (!error_class && !saw_walk_ends_agree(&run->ends)) {
		error_class = ERROR_CLASS(PROTOCOL);
		error = "the agent says that its MIB ends in mid-table, and has more behind it";
	}
	saw_snmp_outcome(&run->outcome, error_class, error);
	if (table == SAW_TABLE_IPSEC_TUNNELS)
		p->observed_ms = p->wall_ms + (int64_t)((now_ns - p->start_ns) / 1000000);
	if (table == SAW_TABLE_CONTEXTS && p->discovers)
		take_contexts(p, error_class == 0);
	if (error_class || (p->fast && table == SAW_TABLE_INTERFACES)) /* these are not all of its rows */
		return;
	saw_snmp_memory_rows(scope->known, scope->rows, table);
	scope->known->unanswered[table] = may_lack(table) && saw_rows_count(scope->rows, table) == 0;
}

void saw_snmp_end_scope(struct saw_snmp_poll *p, struct scope *scope, Sawatch__V1__PollError error_class,
						const char *error) {
	for (size_t i = 0; i < SAW_TABLES; i++)
		if (!scope->tables[i].outcome.ended && saw_snmp_is_wanted(p, scope, (enum saw_snmp_table_id)i))
			saw_snmp_end_table(p, scope, (enum saw_snmp_table_id)i, error_class, error, p->start_ns);
}

/* Which interfaces tunnels leave by is known when these were read. */
static bool knows_interfaces(struct saw_snmp_poll *p) {
	return p->target.only || (tunnels_ended(p) && (p->fast || own_scope(p)->tables[SAW_TABLE_ADDRESSES].outcome.ended));
}

/* True where a request was sent. A table of which nothing is left ends. */
static bool begin_part(struct saw_snmp_poll *p, struct scope *scope, enum saw_snmp_table_id table, uint64_t now_ns) {
	struct run *run = &scope->tables[table];
	struct saw_walk_part part;
	struct job *job;

	if (next_part(p, scope, table, &part)) {
		job = saw_snmp_job(p, JOB_WALK);
		saw_walk_begin(&job->walk, &part);
	} else {
		if (run->group < groups_of(p, table))
			return false; /* waits for the first columns */
		job = NULL;
		if (table == SAW_TABLE_INTERFACES && !knows_interfaces(p))
			return false;
		if (table == SAW_TABLE_INTERFACES && (!run->under_way || run->values_begun)) {
			run->values_begun = true;
			job = saw_snmp_job(p, JOB_VALUES);
			if (!next_values(p, &job->values)) {
				saw_snmp_job_end(p, job);
				job = NULL;
			}
		}
		if (!job && !run->under_way)
			saw_snmp_end_table(p, scope, table, 0, "", now_ns);
		if (!job)
			return false;
	}
	job->scope = scope;
	job->table = table;
	run->outcome.reached = true;
	run->under_way++;
	saw_snmp_send(p, job, now_ns);
	return true;
}

static bool begin_any(struct saw_snmp_poll *p, uint64_t now_ns) {
	/* Which contexts there are comes before everything. */
	if (p->discovers && !own_scope(p)->tables[SAW_TABLE_CONTEXTS].outcome.ended) {
		if (begin_part(p, own_scope(p), SAW_TABLE_CONTEXTS, now_ns))
			return true;
		if (!own_scope(p)->tables[SAW_TABLE_CONTEXTS].outcome.ended)
			return false;
	}
	for (size_t s = 0; s < p->n_scopes; s++)
		for (size_t i = 0; i < SAW_TABLES && p->step == STEP_TABLES; i++) {
			enum saw_snmp_table_id table = (enum saw_snmp_table_id)i;
			struct scope *scope = &p->scopes[s];
			const struct outcome *tunnels = &scope->tables[SAW_TABLE_IPSEC_TUNNELS].outcome;
			enum turn turn;

			if (scope->tables[i].outcome.ended || !saw_snmp_is_wanted(p, scope, table))
				continue;
			turn = turn_of(p, scope, table);
			if (turn == TURN_NEVER)
				saw_snmp_outcome(
					&scope->tables[i].outcome, may_lack(table) ? 0 : tunnels->error_class,
					!may_lack(table) && tunnels->error_class ? "not asked for: the tunnels could not be read" : "");
			else if (turn == TURN_NOW && p->step == STEP_TABLES && begin_part(p, scope, table, now_ns))
				return true;
		}
	return false;
}

/* What waited for a table may stand before it: where one ended, all have their turn again. */
static bool begin_next(struct saw_snmp_poll *p, uint64_t now_ns) {
	unsigned ended;

	do {
		ended = p->ended;
		if (begin_any(p, now_ns))
			return true;
	} while (p->ended != ended && p->step == STEP_TABLES);
	return false;
}

/* True where the fast poll is all: nothing else has changed. False: the tunnels' other columns and the other tables are read as well. */
static bool fast_is_enough(struct saw_snmp_poll *p) {
	struct run *lines = &own_scope(p)->tables[SAW_TABLE_INTERFACES];
	bool same = lines->outcome.error_class == 0 && saw_rows_same_lines(own_scope(p)->known->kept, own_scope(p)->rows);

	/* Told with the rest or not at all. */
	*lines = (struct run){0};
	p->interface_row = p->interface_column = 0;
	for (size_t s = 0; s < p->n_scopes; s++)
		same = same && p->scopes[s].tables[SAW_TABLE_IPSEC_TUNNELS].outcome.error_class == 0 &&
			   saw_rows_same_tunnels(p->scopes[s].known->kept, p->scopes[s].rows);
	for (size_t s = 0; s < p->n_scopes; s++) {
		struct scope *scope = &p->scopes[s];
		struct outcome *tunnels = &scope->tables[SAW_TABLE_IPSEC_TUNNELS].outcome;

		if (same) {
			saw_rows_refresh(scope->known->kept, scope->rows);
			saw_rows_destroy(scope->rows);
			scope->rows = scope->known->kept;
			scope->known->kept = NULL;
		} else {
			tunnels->ended = tunnels->error_class != 0;
		}
	}
	p->fast = same;
	return same;
}

void saw_snmp_go_on(struct saw_snmp_poll *p, uint64_t now_ns) {
	static const enum job_kind kinds[] = {
		[STEP_DISCOVER] = JOB_DISCOVER, [STEP_SYSTEM] = JOB_SYSTEM, [STEP_UPTIME] = JOB_UPTIME};

	do {
		while (p->step == STEP_TABLES && p->under_way < p->open && begin_next(p, now_ns))
			;
	} while (p->step == STEP_TABLES && p->under_way == 0 && p->fast && !fast_is_enough(p));
	if (p->step == STEP_TABLES && p->under_way == 0)
		p->step = p->has_uptime ? STEP_UPTIME : STEP_END;
	if (p->step != STEP_TABLES && p->step != STEP_END && p->under_way == 0)
		saw_snmp_send(p, saw_snmp_job(p, kinds[p->step]), now_ns);
}

/* -------------------------------------------------------------------------------------------------------- requests */

static void values_request(struct job *job, unsigned most, struct saw_request *request) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_INTERFACES];
	const struct values *v = &job->values;

	request->kind = SAW_REQUEST_GET;
	request->n = v->n - v->passed < most ? v->n - v->passed : most;
	for (size_t i = 0; i < request->n; i++) {
		const struct saw_snmp_column *c = &t->columns[v->asked[v->passed + i].column];
		struct saw_oid *o = &request->oids[i];

		saw_oid_set(o, c->top->sub, c->top->n);
		o->sub[o->n++] = c->number;
		o->sub[o->n++] = v->asked[v->passed + i].if_index;
	}
	request->repetitions = 1;
}

static void scalars_request(size_t first, size_t n, struct saw_request *request) {
	request->kind = SAW_REQUEST_GET;
	request->repetitions = 1;
	request->n = n;
	for (size_t i = 0; i < n; i++)
		saw_oid_set(&request->oids[i], saw_sys_scalars[first + i].sub, saw_sys_scalars[first + i].n);
}

void saw_snmp_request(struct saw_snmp_poll *p, struct job *job, const struct saw_pace *pace,
					  struct saw_request *request) {
	if (job->kind == JOB_WALK)
		saw_walk_next(&job->walk, pace, request);
	else if (job->kind == JOB_VALUES)
		values_request(job, pace->values, request);
	else if (job->kind == JOB_SYSTEM)
		scalars_request(p->system_first, p->n_system, request);
	else
		scalars_request(SAW_SYS_UPTIME, 1, request);
}

/* --------------------------------------------------------------------------------------------------------- answers */

static bool same_engine(const struct saw_usm_header *a, const struct saw_usm_header *b) {
	return a->n_engine_id == b->n_engine_id && memcmp(a->engine_id, b->engine_id, a->n_engine_id) == 0;
}

int saw_snmp_set_engine(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns) {
	int rc = saw_wire_set_engine(p->wire, h, now_ns);

	if (rc)
		return rc;
	p->boots = h->boots;
	p->other_engine |= p->memory->has_engine && !same_engine(&p->memory->engine, h);
	p->engine_remembered = false;
	p->memory->has_engine = true;
	p->memory->engine = *h;
	p->memory->engine_ns = now_ns;
	return 0;
}

void saw_snmp_discovered(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns) {
	char text[200];

	if (saw_snmp_set_engine(p, h, now_ns) == 0) {
		p->step = STEP_SYSTEM;
		return;
	}
	snprintf(text, sizeof text, "%s names an SNMPv3 engine ID of %zu bytes, which cannot be used", p->target.address,
			 h->n_engine_id);
	saw_snmp_give_up(p, ERROR_CLASS(ENGINE), text);
}

static void take_uptime(struct saw_snmp_poll *p, const struct saw_varbind *v, uint64_t now_ns) {
	struct saw_snmp_memory *m = p->memory;

	if (!v || v->type != SAW_VALUE_UNSIGNED)
		return;
	/* Another software may have other tables. */
	for (size_t s = 0; s < p->n_scopes && m->has_uptime && v->u < m->uptime_ticks; s++)
		memset(p->scopes[s].known->unanswered, 0, sizeof p->scopes[s].known->unanswered);
	p->has_uptime = m->has_uptime = true;
	p->uptime_ticks = m->uptime_ticks = v->u;
	p->uptime_ns = now_ns;
}

static void tell_engine(const struct saw_snmp_poll *p) {
	const struct saw_usm_header *e = &p->memory->engine;
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	char hex[2 * SAW_ENGINE_ID_MAX + 1] = "";

	for (size_t i = 0; i < e->n_engine_id; i++)
		snprintf(hex + 2 * i, 3, "%02x", e->engine_id[i]);
	facts.engine_id = hex;
	p->sink.facts(p->sink.ctx, &facts);
}

/* All at once, then without the chassis, then one by one: where that is too much, or SNMPv1 and one of them is not there. */
static void system_answer(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a, uint64_t now_ns) {
	const struct saw_varbind *values[SAW_SYS_SCALARS] = {NULL};
	Sawatch__V1__Platform platform = 0;
	char text[200];

	p->observed_ms = p->wall_ms + (int64_t)((now_ns - p->start_ns) / 1000000);
	p->engine_remembered = false;
	if (a->error_status == SAW_STATUS_AUTHORIZATION || a->error_status == SAW_STATUS_NO_ACCESS) {
		snprintf(text, sizeof text, "%s knows us but does not let us read: view or group?", p->target.address);
		saw_snmp_give_up(p, ERROR_CLASS(ACCESS), text);
		return;
	}
	if (a->error_status && p->n_system > 1) {
		p->n_system = p->n_system > SAW_SYS_GROUP ? SAW_SYS_GROUP : 1;
		saw_snmp_send(p, job, now_ns);
		return;
	}
	for (size_t i = 0; i < a->n && a->error_status == SAW_STATUS_OK; i++)
		for (size_t k = 0; k < SAW_SYS_SCALARS; k++)
			if (saw_oid_cmp(a->varbinds[i].name, a->varbinds[i].n_name, saw_sys_scalars[k].sub, saw_sys_scalars[k].n) ==
				0)
				values[k] = &a->varbinds[i];
	take_uptime(p, values[SAW_SYS_UPTIME], now_ns);
	if (p->target.version == SAW_SNMP_V3 && p->memory->has_engine)
		tell_engine(p);
	saw_rows_emit_system(values, &p->sink, &platform);
	if (platform)
		p->platform_seen = platform;
	snprintf(text, sizeof text, "the agent answers with error-status %ld", a->error_status);
	saw_snmp_outcome(&p->system, a->error_status ? ERROR_CLASS(PROTOCOL) : p->system.error_class,
					 a->error_status ? text : p->system.error);
	if (p->n_system == 1 && ++p->system_first < SAW_SYS_GROUP) {
		saw_snmp_send(p, job, now_ns);
		return;
	}
	saw_snmp_job_end(p, job);
	p->step = STEP_TABLES;
}

static int walk_cell(void *ctx, size_t column, const uint32_t *index, size_t n_index, const struct saw_varbind *value) {
	const struct job *job = ctx;

	return saw_rows_cell(job->scope->rows, job->table, column, index, n_index, value);
}

static void walk_answer(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a, uint64_t now_ns) {
	struct run *run = &job->scope->tables[job->table];

	saw_walk_answer(&job->walk, &p->pace, a, walk_cell, job);
	if (!saw_walk_is_over(&job->walk)) {
		saw_snmp_send(p, job, now_ns);
		return;
	}
	saw_walk_note_ends(&job->walk, &run->ends);
	if (job->walk.error_class) {
		saw_snmp_end_table(p, job->scope, job->table, job->walk.error_class, job->walk.error, now_ns);
		return;
	}
	if (--run->under_way == 0 && run->group == 1 && !job->scope->known->rows[job->table].n && p->window > 1)
		saw_snmp_memory_rows(job->scope->known, job->scope->rows, job->table);
	saw_snmp_job_end(p, job);
}

static void values_answer(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a, uint64_t now_ns) {
	struct values *v = &job->values;
	size_t n = a->error_status ? 0 : a->n;
	char text[80];

	/* Too much at once; or by SNMPv1 one that is not there, which takes the others of its request with it. */
	if (n == 0 &&
		(a->error_status == SAW_STATUS_OK || a->error_status == SAW_STATUS_NO_SUCH_NAME ||
		 a->error_status == SAW_STATUS_TOO_BIG || a->error_status == SAW_STATUS_GEN_ERR) &&
		p->values_pace.values > 1) {
		if (a->error_status == SAW_STATUS_NO_SUCH_NAME)
			p->values_pace.values = 1;
		else
			saw_pace_smaller(&p->values_pace, job->got, 1);
		saw_snmp_send(p, job, now_ns);
		return;
	}
	if (a->error_status && a->error_status != SAW_STATUS_NO_SUCH_NAME) {
		snprintf(text, sizeof text, "the agent answers with error-status %ld", a->error_status);
		saw_snmp_end_table(p, job->scope, job->table,
						   a->error_status == SAW_STATUS_AUTHORIZATION ? ERROR_CLASS(ACCESS) : ERROR_CLASS(PROTOCOL),
						   text, now_ns);
		return;
	}
	for (size_t i = 0; i < n && v->passed < v->n; i++, v->passed++) {
		const struct saw_snmp_column *c = &saw_snmp_tables[job->table].columns[v->asked[v->passed].column];
		const struct saw_varbind *b = &a->varbinds[i];
		const uint32_t *if_index = &v->asked[v->passed].if_index;

		if (b->type != SAW_VALUE_NONE && b->n_name == c->top->n + 2 && saw_oid_under(b->name, b->n_name, c->top) &&
			b->name[c->top->n] == c->number && b->name[c->top->n + 1] == *if_index)
			saw_rows_cell(job->scope->rows, job->table, v->asked[v->passed].column, if_index, 1, b);
	}
	v->passed += n == 0; /* one that is not there */
	if (v->passed < v->n) {
		saw_snmp_send(p, job, now_ns);
		return;
	}
	job->scope->tables[job->table].under_way--;
	saw_snmp_job_end(p, job);
}

/* sysUpTime goes back when a device restarts, and after 497 days by itself. */
static void uptime_answer(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a) {
	const struct saw_varbind *v = a->varbinds;
	uint64_t expected = p->uptime_ticks + (job->asked_ns - p->uptime_ns) / NS_PER_TICK;
	char sign[80];

	saw_snmp_job_end(p, job);
	p->step = STEP_END;
	if (a->error_status || a->n == 0 || v->type != SAW_VALUE_UNSIGNED || v->u >= p->uptime_ticks ||
		expected + UPTIME_SLACK > UINT32_MAX)
		return;
	snprintf(sign, sizeof sign, "sysUpTime went from %llu s to %llu s", (unsigned long long)p->uptime_ticks / 100,
			 (unsigned long long)v->u / 100);
	saw_snmp_restarted(p, sign);
}

void saw_snmp_answer(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a, uint64_t now_ns) {
	if (job->kind == JOB_SYSTEM)
		system_answer(p, job, a, now_ns);
	else if (job->kind == JOB_WALK)
		walk_answer(p, job, a, now_ns);
	else if (job->kind == JOB_VALUES)
		values_answer(p, job, a, now_ns);
	else if (job->kind == JOB_UPTIME)
		uptime_answer(p, job, a);
}
