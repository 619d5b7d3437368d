/*
 * The processes of the simulation, and how the parent talks to them.
 *
 * Purpose:   fork a child that answers SNMP for one device, or SSH for all, from its copy of the model, and tell it events. Telling waits for the child to have
 *            taken the event, so that whoever asked for it sees its effect in the next answer.
 * Processes: the starting functions are called in the parent; the child never returns from them.
 */
#ifndef SAWATCH_SIM_DEVICE_H
#define SAWATCH_SIM_DEVICE_H

#include "sim/agent.h"
#include "sim/clock.h"
#include "sim/ssh.h"

#include <sys/types.h>

struct saw_sim_process {
	const char *name;
	pid_t pid;
	int channel;
	uint16_t ports[SAW_SIM_DEVICES]; /* those of SSH; SNMP has one */
};

/* The child takes over the model (its copy); the parent keeps its own. */
int saw_sim_device_start(struct saw_sim_model *model, enum saw_sim_dev dev, const struct saw_sim_agent_options *options,
						 const struct saw_sim_clock *clock, struct saw_sim_process *out, struct saw_err *err);

/* models: as for saw_sim_ssh_create. */
int saw_sim_device_start_ssh(struct saw_sim_model *const *models, uint32_t count,
							 const struct saw_sim_ssh_options *options, const struct saw_sim_clock *clock,
							 struct saw_sim_process *out, struct saw_err *err);

/* 0, or SAW_ETIMEOUT when the child does not take it. */
int saw_sim_device_tell(const struct saw_sim_process *p, uint64_t at_ms, const struct saw_sim_event *event);

/* Ends the child and waits for its end. */
void saw_sim_device_stop(struct saw_sim_process *p);

#endif
