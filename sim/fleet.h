/*
 * A fleet: many routers behind one port, told apart by the community, for load tests of whoever polls them. Over SSH, where it is asked for,
 * also the firewalls at the other ends; there the user's name tells them apart.
 *
 * Purpose:   one process (and one of SSH) without control socket and events: each device has tunnels of its own (seed, seed + 1, ...).
 * Errors:    struct saw_err; it ends without one at SIGTERM or SIGINT.
 */
#ifndef SAWATCH_SIM_FLEET_H
#define SAWATCH_SIM_FLEET_H

#include "sim/agent.h"
#include "sim/ssh.h"

#define SAW_SIM_FLEET_MAX 20000

struct saw_sim_fleet_options {
	struct saw_sim_options model; /* of the first device */
	struct saw_sim_agent_options agent;
	struct saw_sim_ssh_options ssh;
	const struct saw_sim_event *events; /* that happen to each at the start */
	size_t event_count;
	uint32_t devices;
	const char *ports_file; /* NULL: only on standard output */
};

int saw_sim_fleet(const struct saw_sim_fleet_options *options, struct saw_err *err);

#endif
