/*
 * The running simulation: one process per device and one that holds them together.
 *
 * Purpose:   the parent keeps the time, tells every event to its own model and to the devices' processes, serves the control
 *            socket and writes the CLI files; each child is a device's SNMP agent, or the SSH server of all, with the same model.
 * Processes: children die with the parent; a child that dies ends the simulation. What the parent made in the file system is
 *            gone after a clean stop.
 */
#ifndef SAWATCH_SIM_RUN_H
#define SAWATCH_SIM_RUN_H

#include "sim/agent.h"
#include "sim/model.h"
#include "sim/ssh.h"

struct saw_sim_run_options {
	struct saw_sim_options model;
	struct saw_sim_agent_options agent; /* the port is the first device's; 0 takes free ones */
	struct saw_sim_ssh_options ssh;
	const struct saw_sim_event *events; /* that happen at the start */
	size_t event_count;
	const char *scenario; /* files and directories: NULL for none */
	const char *control;
	const char *cli_dir;
	const char *ports_file;
	uint32_t cli_every_seconds;
};

/* Runs until SIGTERM or SIGINT. 0 or an error. */
int saw_sim_run(const struct saw_sim_run_options *options, struct saw_err *err);

/* A model with the scenario's events scheduled. */
int saw_sim_load(const struct saw_sim_options *options, const char *scenario, struct saw_sim_model **out,
				 struct saw_err *err);

#endif
