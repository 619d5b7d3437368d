/*
 * An AgentX subagent (RFC 2741) by Net-SNMP's agent library, in a thread of its own.
 *
 * Purpose:   serves the newest view to a master agent and sends notifications through it. Registering, pinging and opening a session
 *            wait for the master's answer; the thread does that waiting, so that whoever owns the agent never does.
 * Threads:   everything here is called from the owner's thread. The library is global: one agent in a process, and no other use of
 *            Net-SNMP in it.
 * Ownership: views and notices that are handed over are the agent's in every case.
 * Errors:    a master that is not there, refuses, or does not answer is an error in the status, and tried again every `check_s`.
 * Each once: a notification is sent on a session on which the master has just answered, one at a time, and is done when the master
 *            has taken it; if the session ends in between it is sent again with the same serial number.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_AGENT_H
#define SAWATCH_EXPORTERS_AGENTX_AGENT_H

#include "core/err.h"
#include "exporters/agentx/notice.h"
#include "exporters/agentx/view.h"

#define SAW_AGENT_NOTICES_MAX 10000 /* that wait for the master; of more the oldest are dropped */

struct saw_agent_options {
	const char *master; /* unix:/PATH, tcp:ADDRESS:PORT */
	const uint32_t *root;
	size_t n_root;
	unsigned check_s;
	void (*changed)(void *ctx); /* the status did; called from the agent's thread, to wake the owner's */
	void *ctx;
};

struct saw_agent_status {
	bool connected;
	uint64_t sessions;      /* with the master, since the start */
	uint64_t requests;      /* objects that were asked for */
	uint64_t busy_since_ns; /* monotonic: it waits for the master, or answers it, since then; 0: it is idle */
	uint64_t waiting;       /* notices that are not done */
	uint64_t done_serial;   /* of the last one that is */
	uint64_t sent, dropped;
	char error[320]; /* why there is no session; empty where there is one */
};

struct saw_agent;

/* Starts the thread. NULL with err set. */
struct saw_agent *saw_agent_create(const struct saw_agent_options *o, struct saw_err *err);
void saw_agent_publish(struct saw_agent *a, struct saw_view *v);
void saw_agent_notify(struct saw_agent *a, struct saw_notice *n);
void saw_agent_status(struct saw_agent *a, struct saw_agent_status *out);
/* Waits for the thread to end, at most so long: one that waits for the master is left behind, for the end of the process. */
void saw_agent_destroy(struct saw_agent *a, unsigned wait_ms);

#endif
