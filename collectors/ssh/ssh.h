/*
 * What is polled over SSH, and what came of it.
 *
 * Ownership: a target's texts are the caller's; whoever keeps a target copies it (saw_ssh_target_copy), and wipes its copy.
 */
#ifndef SAWATCH_COLLECTORS_SSH_SSH_H
#define SAWATCH_COLLECTORS_SSH_SSH_H

#include "collectors/ssh/hostkey.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One SSH server: the device itself, or the jump host before it. */
struct saw_ssh_endpoint {
	const char *name; /* as configured */
	const char *host; /* where it is, and its port: for messages, and for what a jump host is asked to connect */
	uint16_t port;
	const char *user;
	/* What is offered, each once, in this order: the key, what the agent holds, the password. At least one is set. */
	const char *key; /* a private key's file, its text */
	const char *key_passphrase;
	bool agent;
	const char *password;
	const struct saw_hostkey *hostkeys; /* that are known of it */
	size_t n_hostkeys;
	const char *const *old_algorithms; /* to be offered too */
	size_t n_old_algorithms;
};

struct saw_ssh_target {
	const char *device;
	Sawatch__V1__Platform platform;
	struct saw_ssh_endpoint self;
	const struct saw_ssh_endpoint *jump; /* NULL: reached directly */
	const char *enable_secret;           /* NULL: none */
	const char *context;                 /* of an ASA; NULL: as it comes */
	uint64_t timeout_ns;                 /* of each step of a login, and of a prompt */
	uint64_t command_ns;                 /* of one command */
	uint64_t deadline_ns;                /* of a whole poll */
	size_t max_bytes;                    /* of the packed sample */
	bool beside_snmp;                    /* only what SNMP lacks */
	const uint8_t
		*digest_key; /* SAW_SIPHASH_KEY bytes, for the keys in its running configuration; NULL: that is not read */
};

/* NULL without memory. Everything the target points to is copied. */
struct saw_ssh_target *saw_ssh_target_copy(const struct saw_ssh_target *t);
void saw_ssh_target_free(struct saw_ssh_target *t); /* wipes; takes NULL */

/* What became of the login that a poll needed. */
enum saw_ssh_login {
	SAW_SSH_LOGIN_NONE,   /* the session was open, or the device was not asked for one: no secret was sent */
	SAW_SSH_LOGIN_GOOD,   /* it is open now */
	SAW_SSH_LOGIN_DENIED, /* not to be tried again soon: each attempt counts */
	SAW_SSH_LOGIN_LOST,   /* it is not known: the connection ended, or no answer came in time */
};

struct saw_ssh_outcome {
	bool needs_descriptor; /* there is no session: nothing was done, and there is no sample */
	enum saw_ssh_login login;
	const char *endpoint;  /* whose login that was: the device's name or the jump host's */
	size_t answered;       /* commands */
	int cpu_percent;       /* the most that the device said of itself between them; -1: nothing */
	const uint8_t *sample; /* NULL: nothing was due */
	size_t len;
};

/* What is asked of a session. */
struct saw_ssh_job {
	bool detail; /* also what is asked rarely */
	const char
		*asked; /* this command alone, borrowed for the poll: its answer goes to the hook of that name; NULL: none */
	int fd;     /* connected, or about to be, to the device or its jump host; taken; -1: only if the session is open */
	int agent_fd; /* connected to the user's agent; taken; -1: none */
};

#endif
