/*
 * The supervisor's side of the parts of the daemon (daemon/part.h): their processes, while the configuration wants them.
 *
 * Purpose:   starts and ends them, hands them the configuration and their secrets, and joins each to the hub.
 * Threads:   the loop's thread.
 */
#ifndef SAWATCH_DAEMON_CREW_H
#define SAWATCH_DAEMON_CREW_H

#include "daemon/child.h"
#include "daemon/part.h"
#include "proto/internal.pb-c.h"

struct saw_crew;

struct saw_crew_hooks {
	void *ctx;
	/* To the hub, if it is there. Takes fd. */
	void (*tell_hub)(void *ctx, const Sawatch__Internal__Part *m, int fd);
	void (*ended)(void *ctx); /* one of those that were told to; see saw_crew_running */
};

/* What each part's process is told, by its place in saw_parts. Its texts are the configuration's; the secrets are its own. */
struct saw_crew_setup {
	Sawatch__Internal__PartSetup *list;
	size_t n;
};

/* Reads the secrets of the parts that c wants. A secret that cannot be read is an error of the configuration. */
int saw_crew_setup_load(const struct saw_config *c, const char *text, size_t len, struct saw_crew_setup *out,
						struct saw_err *err);
void saw_crew_setup_free(struct saw_crew_setup *s); /* overwrites them */

struct saw_crew *saw_crew_create(uv_loop_t *loop, const struct saw_child_options *options,
								 const struct saw_crew_hooks *hooks);
/* What is wanted from now on; setup is borrowed until the next call. state_dir: NULL for none. */
void saw_crew_configure(struct saw_crew *c, const struct saw_config *config, const struct saw_crew_setup *setup,
						const char *state_dir);
void saw_crew_hub_ready(struct saw_crew *c, bool ready); /* a new one is there; it went */
void saw_crew_stop(struct saw_crew *c);
unsigned saw_crew_running(const struct saw_crew *c);
void saw_crew_destroy(struct saw_crew *c); /* when nothing runs; takes NULL */

#endif
