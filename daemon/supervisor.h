/*
 * The supervisor: the process that was started. Holds the configuration and the secrets, is the socket broker, and keeps the
 * hub and the collectors running.
 */
#ifndef SAWATCH_DAEMON_SUPERVISOR_H
#define SAWATCH_DAEMON_SUPERVISOR_H

#include "daemon/child.h"
#include "daemon/setup.h"

struct saw_supervisor_options {
	const char *config_path;
	const char *ready_file; /* gets the URL once the hub listens; NULL for none */
	bool no_state;          /* totals in memory only, whatever the configuration says */
	struct saw_child_options child;
};

/* Takes `setup`. Runs until SIGTERM or SIGINT; the exit status: 0, or 1 if the daemon could not start. */
int saw_supervisor_run(const struct saw_supervisor_options *options, struct saw_setup *setup);

#endif
