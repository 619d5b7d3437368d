/* What goes wrong, in words: silence, refusals, Reports, restarts. */
#include "collectors/snmp/internal.h"

#include <errno.h>
#include <stdio.h>

#define SILENCES_MAX 2 /* requests in a row without an answer: the device is gone, and not only slow with one table */

void saw_snmp_outcome(struct outcome *o, Sawatch__V1__PollError error_class, const char *error) {
	o->reached = o->ended = true;
	o->error_class = error_class;
	snprintf(o->error, sizeof o->error, "%s", error);
}

/*
 * Before the device's first answer that is the poll's end; later, what was read is kept, tables at hand are cut and the others could
 * not be read.
 */
void saw_snmp_give_up(struct saw_snmp_poll *p, Sawatch__V1__PollError error_class, const char *error) {
	if (p->step == STEP_TABLES)
		p->fast = false; /* that the rest holds still was not seen */
	if (p->step <= STEP_SYSTEM) {
		p->error_class = error_class;
		snprintf(p->error, sizeof p->error, "%s", error);
	}
	for (size_t s = 0; s < p->n_scopes && p->step > STEP_SYSTEM; s++)
		for (size_t i = 0; i < SAW_TABLES; i++) {
			struct outcome *o = &p->scopes[s].tables[i].outcome;

			if (!o->ended && saw_snmp_is_wanted(p, &p->scopes[s], (enum saw_snmp_table_id)i))
				saw_snmp_outcome(o, error_class, error);
		}
	if (p->step == STEP_UPTIME)
		saw_snmp_outcome(&p->system, error_class, error);
	p->step = STEP_END;
}

/* What was read is of two lives or of two devices: counters and rows that do not belong together. None of it is kept. */
static void drop(struct saw_snmp_poll *p, Sawatch__V1__PollError error_class, const char *error) {
	p->dropped = true;
	p->error_class = error_class;
	snprintf(p->error, sizeof p->error, "%s", error);
	p->step = STEP_END;
	saw_snmp_memory_forget(p->memory);
}

void saw_snmp_unreachable(struct saw_snmp_poll *p, int error) {
	char text[300];

	snprintf(text, sizeof text, "%s: %s%s", p->target.address, strerror(error),
			 error == ECONNREFUSED ? ": nothing listens on this port (SNMP off, other port, or a firewall's reject)"
								   : "");
	saw_snmp_give_up(p, p->step <= STEP_SYSTEM ? ERROR_CLASS(UNREACHABLE) : ERROR_CLASS(CUT), text);
}

/* One table that is not answered says nothing of the others, and one context nothing of the device. */
static void fell_silent(struct saw_snmp_poll *p, struct job *job, uint64_t now_ns) {
	const struct scope *scope = job->scope;
	char text[300];

	snprintf(text, sizeof text, "%s fell silent: no answer within %.3g s (%u tries)", p->target.address,
			 (double)(now_ns - job->asked_ns) / 1e9, job->tries);
	if (scope != p->scopes && !scope->answered) {
		snprintf(text, sizeof text, "no answer within %.3g s (%u tries): is it mapped to a community, and in the view?",
				 (double)(now_ns - job->asked_ns) / 1e9, job->tries);
		saw_snmp_end_scope(p, job->scope, ERROR_CLASS(TIMEOUT), text);
	} else if (p->step != STEP_TABLES || ++p->silences >= SILENCES_MAX) {
		saw_snmp_give_up(p, ERROR_CLASS(CUT), text);
	} else {
		saw_snmp_end_table(p, job->scope, job->table, ERROR_CLASS(CUT), text, now_ns);
	}
}

void saw_snmp_silent(struct saw_snmp_poll *p, struct job *job, uint64_t now_ns) {
	const struct saw_snmp_target *t = &p->target;
	double seconds = (double)(now_ns - job->asked_ns) / 1e9;
	char text[400];

	if (p->unauthentic) {
		snprintf(text, sizeof text,
				 "%s answers, but not with the keys of user \"%s\": authentication or privacy password?", t->address,
				 t->user);
		saw_snmp_give_up(p, ERROR_CLASS(AUTH), text);
	} else if (p->ignored) {
		snprintf(text, sizeof text, "%s answers, but not with the SNMP that was asked for (%llu datagrams ignored)",
				 t->address, (unsigned long long)p->ignored);
		saw_snmp_give_up(p, ERROR_CLASS(PROTOCOL), text);
	} else if (p->step > STEP_SYSTEM) {
		fell_silent(p, job, now_ns);
	} else if (p->heard) {
		snprintf(
			text, sizeof text,
			"%s tells its engine ID but answers no request of user \"%s\": privacy password or protocol, access list?",
			t->address, t->user);
		saw_snmp_give_up(p, ERROR_CLASS(AUTH), text);
	} else {
		snprintf(text, sizeof text, "no answer from %s within %.3g s (%u tries): address, access list, %s?", t->address,
				 seconds, job->tries, t->version == SAW_SNMP_V3 ? "SNMPv3 enabled" : "community");
		saw_snmp_give_up(p, ERROR_CLASS(TIMEOUT), text);
	}
}

/* The limit may be shorter than all tries: a device that says nothing is silent, not slow. */
void saw_snmp_out_of_time(struct saw_snmp_poll *p, uint64_t now_ns) {
	struct job *oldest = NULL;
	char text[200];

	for (unsigned i = 0; i < p->window; i++)
		if (p->jobs[i].kind != JOB_NONE && (!oldest || p->jobs[i].asked_ns < oldest->asked_ns))
			oldest = &p->jobs[i];
	if (oldest && (!p->heard || oldest->tries > 1 || now_ns - oldest->asked_ns >= p->target.timeout_ns)) {
		p->silences = SILENCES_MAX; /* no time is left for another table */
		saw_snmp_silent(p, oldest, now_ns);
	}
	snprintf(text, sizeof text, "the poll took longer than its limit of %.3g s", (double)p->target.deadline_ns / 1e9);
	if (p->step != STEP_END)
		saw_snmp_give_up(p, ERROR_CLASS(LIMIT), text);
}

void saw_snmp_restarted(struct saw_snmp_poll *p, const char *sign) {
	char text[300];

	snprintf(text, sizeof text, "%s restarted while it was read (%s); the values of before and after are not kept",
			 p->target.address, sign);
	drop(p, ERROR_CLASS(CUT), text);
}

/*
 * What the new engine has to say comes without keys, or with others: only the clear part tells. Before the first value that is
 * a device that was replaced since it was asked for its engine; later it is two devices in one poll.
 */
void saw_snmp_another_engine(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns) {
	char text[300];

	if (p->step == STEP_SYSTEM && p->rediscoveries++ < 2) {
		for (unsigned i = 0; i < p->window; i++)
			if (p->jobs[i].kind != JOB_NONE)
				saw_snmp_job_end(p, &p->jobs[i]);
		saw_snmp_discovered(p, h, now_ns);
		return;
	}
	if (p->step == STEP_SYSTEM) {
		snprintf(text, sizeof text, "%s changes its engine ID again and again", p->target.address);
		saw_snmp_give_up(p, ERROR_CLASS(ENGINE), text);
		return;
	}
	snprintf(
		text, sizeof text,
		"%s became another SNMPv3 engine while it was read (failover, or another device at this address); the values "
		"of both are not kept",
		p->target.address);
	drop(p, ERROR_CLASS(ENGINE), text);
}

/* --------------------------------------------------------------------------------------------------------- Reports */

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
#define REPORT_CONTEXTS 6 /* from here on */
#define RESYNCS_MAX 2

void saw_snmp_report(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a,
					 const struct saw_usm_header *h, uint64_t now_ns) {
	char text[300];

	for (size_t i = 0; a->n && i < sizeof reports / sizeof reports[0]; i++) {
		if (!saw_oid_under(a->varbinds[0].name, a->varbinds[0].n_name, &reports[i].oid))
			continue;
		if (i == REPORT_NOT_IN_TIME && p->step > STEP_SYSTEM && h->boots != p->boots) {
			saw_snmp_restarted(p, "its SNMPv3 engine counts another boot");
			return;
		}
		if (i == REPORT_NOT_IN_TIME && job->resyncs++ < RESYNCS_MAX && saw_snmp_set_engine(p, h, now_ns) == 0) {
			saw_snmp_send(p, job, now_ns);
			return;
		}
		snprintf(text, sizeof text, "%s %s (user \"%s\")", p->target.address, reports[i].text, p->target.user);
		if (i >= REPORT_CONTEXTS && job->scope != p->scopes)
			saw_snmp_end_scope(p, job->scope, reports[i].error_class, text);
		else
			saw_snmp_give_up(p, reports[i].error_class, text);
		return;
	}
	snprintf(text, sizeof text, "%s answers with a Report that is not known", p->target.address);
	saw_snmp_give_up(p, ERROR_CLASS(PROTOCOL), text);
}
