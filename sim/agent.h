/*
 * The SNMP face of one simulated device: Net-SNMP's library as a server, over UDP, v2c and v3.
 *
 * Purpose:   decoded requests are answered from the MIB; the library does the wire, USM, discovery and its reports.
 * Process:   engine id and users are global in the library, so a process has one agent at most.
 * Ownership: the agent borrows the model and the options.
 * Errors:    requests that a real agent would not answer (another community, another version) get no answer.
 */
#ifndef SAWATCH_SIM_AGENT_H
#define SAWATCH_SIM_AGENT_H

#include "sim/model.h"

struct saw_sim_agent_options {
	const char *address; /* numeric IPv4 */
	uint16_t port;       /* 0: any */
	uint32_t delay_ms;   /* answers wait this long */
	const char *community;
	/* SNMPv3, where user is set; always with authentication and encryption */
	const char *user;
	const char *auth; /* sha, sha224, sha256, sha384, sha512 */
	const char *auth_secret;
	const char *priv; /* aes128, aes192, aes256 */
	const char *priv_secret;
};

struct saw_sim_agent;

int saw_sim_agent_create(const struct saw_sim_model *model, enum saw_sim_dev dev,
						 const struct saw_sim_agent_options *options, struct saw_sim_agent **out, struct saw_err *err);
/* One more device behind the same port, of SNMPv2c only: the community of the N-th is COMMUNITY-N. 0 or -ENOMEM. */
int saw_sim_agent_add(struct saw_sim_agent *a, const struct saw_sim_model *model);
void saw_sim_agent_destroy(struct saw_sim_agent *a);

int saw_sim_agent_fd(const struct saw_sim_agent *a);
uint16_t saw_sim_agent_port(const struct saw_sim_agent *a);

/* The descriptor can be read. now_ms is the model's time, clock_ms a clock that only waits. */
void saw_sim_agent_read(struct saw_sim_agent *a, uint64_t now_ms, uint64_t clock_ms);

/* Sends answers that have waited long enough. Returns ms until the next one is due, -1 for none. */
int saw_sim_agent_flush(struct saw_sim_agent *a, uint64_t clock_ms);

/* After an event: a device that was reloaded has another number of boots, and its engine starts anew on the same
 * port. 1 when that was so (a descriptor that was readable is no more), 0, or an error. */
int saw_sim_agent_boots(struct saw_sim_agent *a, uint32_t boots, struct saw_err *err);

/* Whether auth and priv are names it knows. */
int saw_sim_agent_check(const struct saw_sim_agent_options *options, struct saw_err *err);

#endif
