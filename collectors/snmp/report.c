/* What was read, table by table, into the sample. */
#include "collectors/snmp/internal.h"
#include "proto/json.h"

#include <stdio.h>

/* Rows of other contexts say whose they are. */
struct labels {
	struct saw_sink out;
	const char *vrf;
};

static int labelled(void *ctx, const ProtobufCMessage *record) {
	const struct labels *l = ctx;

	if (record->descriptor == &sawatch__v1__ipsec_sa__descriptor) {
		Sawatch__V1__IpsecSa sa = *(const Sawatch__V1__IpsecSa *)record;

		sa.context_vrf = (char *)(uintptr_t)l->vrf;
		return l->out.record(l->out.ctx, &sa.base);
	}
	if (record->descriptor == &sawatch__v1__ike_sa__descriptor) {
		Sawatch__V1__IkeSa sa = *(const Sawatch__V1__IkeSa *)record;

		sa.context_vrf = (char *)(uintptr_t)l->vrf;
		return l->out.record(l->out.ctx, &sa.base);
	}
	return l->out.record(l->out.ctx, record);
}

static Sawatch__V1__TableState state_of(const struct saw_snmp_poll *p, const struct scope *scope,
										enum saw_snmp_table_id table) {
	const struct saw_rows *own = p->scopes[0].rows;
	uint64_t rows = saw_rows_count(scope->rows, table), tunnels = saw_rows_count(scope->rows, SAW_TABLE_IPSEC_TUNNELS);
	bool mib = saw_rows_count(own, SAW_TABLE_IPSEC_GLOBALS) || saw_rows_count(own, SAW_TABLE_IKE_GLOBALS);

	if (scope->tables[table].outcome.error_class)
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

struct told {
	struct saw_buf text;
	uint64_t given;
	Sawatch__V1__PollError error_class;
	unsigned states[SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED + 1];
};

/* A clause of the table's sentence; those of other contexts say of which. */
static void add(struct told *t, const struct scope *scope, const char *clause) {
	if (!clause[0])
		return;
	if (t->text.len)
		saw_buf_puts(&t->text, "; ");
	if (scope->vrf)
		saw_buf_printf(&t->text, "context %s: ", scope->vrf);
	saw_buf_puts(&t->text, clause);
}

static void tell_part(struct saw_snmp_poll *p, struct scope *scope, enum saw_snmp_table_id table, struct told *told) {
	const struct outcome *o = &scope->tables[table].outcome;
	bool ike_complete = state_of(p, scope, SAW_TABLE_IKE_TUNNELS) == TABLE_STATE(COMPLETE);
	Sawatch__V1__TableState state = state_of(p, scope, table);
	struct labels labels = {p->sink, scope->vrf};
	struct saw_sink sink = p->sink;
	uint64_t given = 0, vanished = 0, odd = saw_rows_odd(scope->rows, table);
	char clause[100 + SAW_ODD_NAME];
	int rc;

	if (scope->vrf) {
		sink.ctx = &labels;
		sink.record = labelled;
	}
	if (o->error_class)
		saw_rows_cut(scope->rows, table);
	rc = saw_rows_emit(scope->rows, table, ike_complete, &sink, &given, &vanished);
	if (table == SAW_TABLE_IPSEC_SPIS || table == SAW_TABLE_IPSEC_ENDPOINTS)
		given = saw_rows_count(scope->rows, table);
	if (o->error_class && !told->error_class)
		told->error_class = o->error_class;
	if (rc && !o->error_class) {
		told->error_class = rc == SAW_ELIMIT ? ERROR_CLASS(LIMIT) : ERROR_CLASS(INTERNAL);
		state = TABLE_STATE(PARTIAL);
		add(told, scope, "what the device said does not fit into the sample");
	}
	told->given += given;
	told->states[state]++;
	add(told, scope, o->error);
	if (vanished) {
		snprintf(clause, sizeof clause, "%llu rows went away while they were read", (unsigned long long)vanished);
		add(told, scope, clause);
	}
	if (odd) {
		snprintf(clause, sizeof clause, "%llu values are not of their column's type, the first is %s",
				 (unsigned long long)odd, saw_rows_odd_first(scope->rows, table));
		add(told, scope, clause);
	}
}

/* A table is complete when it was read to its end in every context that has it. */
static Sawatch__V1__TableState together(const struct told *t) {
	if (t->states[TABLE_STATE(PARTIAL)])
		return TABLE_STATE(PARTIAL);
	if (t->states[TABLE_STATE(FAILED)])
		return t->states[TABLE_STATE(COMPLETE)] || t->states[TABLE_STATE(ABSENT)] ? TABLE_STATE(PARTIAL)
																				  : TABLE_STATE(FAILED);
	return t->states[TABLE_STATE(COMPLETE)] ? TABLE_STATE(COMPLETE) : TABLE_STATE(ABSENT);
}

static void tell_table(struct saw_snmp_poll *p, enum saw_snmp_table_id table) {
	struct told told = {.text = SAW_BUF_INIT(8192)};
	bool reached = false;

	for (size_t s = 0; s < p->n_scopes; s++)
		if (p->scopes[s].tables[table].outcome.reached) {
			reached = true;
			tell_part(p, &p->scopes[s], table, &told);
		}
	if (reached)
		saw_sample_table(p->builder, saw_snmp_tables[table].name, together(&told), told.given, told.error_class,
						 told.text.len ? saw_buf_text(&told.text) : NULL);
	saw_buf_free(&told.text);
}

static void tell_system(struct saw_snmp_poll *p) {
	const struct outcome *o = &p->system;
	struct saw_buf text = SAW_BUF_INIT(600);

	if (!o->reached)
		return;
	if (o->error_class) {
		saw_sample_table(p->builder, "system", p->has_uptime ? TABLE_STATE(PARTIAL) : TABLE_STATE(FAILED),
						 p->has_uptime, o->error_class, o->error);
		return;
	}
	if (p->platform_seen && p->platform_seen != p->target.platform)
		saw_buf_printf(&text, "sysDescr is that of platform %s, the configuration says %s",
					   saw_enum_name(&sawatch__v1__platform__descriptor, (int)p->platform_seen),
					   saw_enum_name(&sawatch__v1__platform__descriptor, (int)p->target.platform));
	if (p->other_engine)
		saw_buf_printf(&text, "%sits SNMPv3 engine ID is another than at the last poll: failover, or another device",
					   text.len ? "; " : "");
	saw_sample_table(p->builder, "system", TABLE_STATE(COMPLETE), 1, 0, text.len ? saw_buf_text(&text) : NULL);
	saw_buf_free(&text);
}

void saw_snmp_tell(struct saw_snmp_poll *p) {
	Sawatch__V1__DeviceSample fast = SAWATCH__V1__DEVICE_SAMPLE__INIT;

	fast.has_fast = fast.fast = 1;
	if (p->dropped) {
		saw_sample_begin(p->builder, p->target.device, p->target.platform, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	} else {
		tell_system(p);
		if (p->fast)
			p->sink.facts(p->sink.ctx, &fast);
		for (int i = 0; i < SAW_TABLES; i++)
			tell_table(p, (enum saw_snmp_table_id)i);
	}
	if (p->error_class)
		saw_sample_fail(p->builder, p->error_class, p->error);
}
