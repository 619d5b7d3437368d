/*
 * The SSH face of the simulated devices: libssh as a server.
 *
 * Purpose:   logins and shells, many at once; what is typed and shown is sim/terminal.c's. A user name `USER@NAME` logs in to a device of that name
 *            behind the same port: a fleet.
 * Process:   one for all devices, one thread, nothing blocks.
 * Ownership: the server borrows models, clock and options.
 * Errors:    struct saw_err at the start; later a session that breaks is closed.
 * Secrets:   password and enable secret are the caller's; neither they nor what users type get into the log of logins.
 */
#ifndef SAWATCH_SIM_SSH_H
#define SAWATCH_SIM_SSH_H

#include "sim/clock.h"
#include "sim/model.h"

struct saw_sim_ssh_options {
	bool on;
	const char *address;         /* numeric IPv4 */
	uint16_t port;               /* of the first device, the next has the next; 0: free ones */
	const char *host_keys;       /* directory they are kept in; NULL: made anew at each start */
	const char *user;            /* whom it knows */
	const char *password;        /* NULL: none is right */
	const char *enable_secret;   /* NULL: users are privileged from the start */
	const char *authorized_keys; /* file; NULL: no key is right */
	const char *log;             /* a line for each login attempt: DEVICE USER METHOD accepted|refused */
};

struct saw_sim_ssh;

/* More than one model: a fleet, whose devices have the names NAME-1, NAME-2, ...; events and reloads are of the first. */
int saw_sim_ssh_create(struct saw_sim_model *const *models, uint32_t count, const struct saw_sim_clock *clock,
					   const struct saw_sim_ssh_options *options, struct saw_sim_ssh **out, struct saw_err *err);
void saw_sim_ssh_destroy(struct saw_sim_ssh *s);

uint16_t saw_sim_ssh_port(const struct saw_sim_ssh *s, enum saw_sim_dev dev);

/* Waits until something happens and serves it. 1 when `fd` can be read, 0, or an error. */
int saw_sim_ssh_turn(struct saw_sim_ssh *s, int fd);

#endif
