/*
 * Everything one configuration brings: its text, what it says, and the tasks of its devices with their secrets.
 *
 * Purpose:   loaded and checked as one thing, replaced as one thing on a reload.
 * Process:   supervisor only; the hub gets the text, a collector the tasks of its own devices.
 * Ownership: the caller's until saw_setup_destroy, which overwrites the secrets.
 */
#ifndef SAWATCH_DAEMON_SETUP_H
#define SAWATCH_DAEMON_SETUP_H

#include "config/config.h"
#include "daemon/crew.h"
#include "daemon/ledger.h"
#include "proto/internal.pb-c.h"

struct saw_setup {
	char *text; /* of the file */
	size_t len;
	struct saw_config *config;
	struct saw_buf known_hosts;
	struct saw_setup_task *tasks; /* as config->devices */
	struct saw_crew_setup crew;
};

/* 0, or an error with "FILE:LINE: ..." in err. A secret that cannot be read is an error of the configuration. */
int saw_setup_load(const char *path, struct saw_setup **out, struct saw_err *err);
/* saw_config_guest, and its task. */
int saw_setup_guest(struct saw_setup *s, const char *target, const char *module, struct saw_err *err);
void saw_setup_destroy(struct saw_setup *s);

/* The tasks of the devices dealt to collector `collector`; *out and what it points to stay s's, but the list is the caller's
 * to free. -ENOMEM. */
int saw_setup_tasks(const struct saw_setup *s, unsigned collector, Sawatch__Internal__Tasks *out);

/* The configured device, if it is this collector's; NULL otherwise. */
const struct saw_config_device *saw_setup_device(const struct saw_setup *s, unsigned collector, const char *device);

/* What the ledger knows a login at this device by; the device has ssh. Texts are the configuration's and s's. */
struct saw_ledger_login saw_setup_login(const struct saw_setup *s, const struct saw_config_device *device);

/* Each thing that is weak and allowed nevertheless, as a sentence; a device may have several. */
void saw_setup_weak(const struct saw_config *c,
					void (*tell)(void *ctx, const struct saw_config_device *device, const char *sentence), void *ctx);

#endif
