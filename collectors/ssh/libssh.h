/*
 * One SSH connection over a descriptor that somebody else connected: the only file that speaks libssh.
 *
 * Purpose:   the steps of a connection, none of which waits: each is called again when the descriptor is ready, until it says DONE or FAILED.
 *            Handshake, then the host key is there to be judged, then login, then a terminal with a shell or (on a jump host) a forwarded
 *            channel. Opens nothing, reads no configuration and no key file, resolves nothing: works where socket, connect, open and exec are refused.
 * Threads:   saw_sshwire_init once, before any thread; a wire belongs to one thread at a time.
 * Ownership: saw_sshwire_create takes the descriptor; texts of the login are borrowed until it is over.
 * Errors:    saw_sshwire_failure says why a step failed: a class and a sentence.
 */
#ifndef SAWATCH_COLLECTORS_SSH_LIBSSH_H
#define SAWATCH_COLLECTORS_SSH_LIBSSH_H

#include "collectors/ssh/hostkey.h"
#include "core/err.h"
#include "proto/sawatch.pb-c.h"

#include <sys/types.h>

/* 0, or -EIO: the cryptographic library does not start. */
int saw_sshwire_init(void);

struct saw_sshwire;

enum saw_sshwire_step {
	SAW_SSHWIRE_AGAIN, /* when the descriptor is ready */
	SAW_SSHWIRE_DONE,
	SAW_SSHWIRE_FAILED,
};

struct saw_sshwire_options {
	const char *user;
	const char *hostkey_algorithms; /* as saw_hostkey_put_algorithms wrote them */
	const char *const *old;         /* algorithms that are not offered unless asked for, by their names in RFC 4253 */
	size_t n_old;
};

/* Takes fd, a stream socket that does not block. NULL without memory. */
struct saw_sshwire *saw_sshwire_create(const struct saw_sshwire_options *options, int fd);
void saw_sshwire_destroy(struct saw_sshwire *w); /* says goodbye, closes the descriptor; takes NULL */

enum saw_sshwire_step saw_sshwire_handshake(struct saw_sshwire *w);

/* What the device showed; texts are the wire's. fingerprint: "SHA256:...", as ssh-keygen prints it. 0 or -ENOMEM. */
int saw_sshwire_hostkey(struct saw_sshwire *w, struct saw_hostkey *out, const char **fingerprint);

/* What proves who we are. Each that is set is offered once, in this order, as far as the device takes that kind. */
struct saw_sshwire_login {
	const char *key; /* a private key's file, its text */
	const char *key_passphrase;
	int agent_fd;         /* -1: none; taken by the first call */
	const char *password; /* by `password`, or as the answer to the one question of `keyboard-interactive` */
};

enum saw_sshwire_step saw_sshwire_login(struct saw_sshwire *w, struct saw_sshwire_login *login);

enum saw_sshwire_step saw_sshwire_shell(struct saw_sshwire *w);
enum saw_sshwire_step saw_sshwire_forward(struct saw_sshwire *w, const char *host, uint16_t port);

/* Bytes of the channel: how many; 0: none now; -EPIPE: it ended. */
ssize_t saw_sshwire_read(struct saw_sshwire *w, void *bytes, size_t n);
/* How many were taken, which may be none for now; -EPIPE: it ended. */
ssize_t saw_sshwire_write(struct saw_sshwire *w, const void *bytes, size_t n);

int saw_sshwire_fd(const struct saw_sshwire *w);
short saw_sshwire_events(const struct saw_sshwire *w); /* what to poll for */

/* Of the step that failed: a sentence, and its class. */
const char *saw_sshwire_failure(const struct saw_sshwire *w, Sawatch__V1__PollError *error_class);

/* Whether text is a private key that can be read with this passphrase (NULL: it has none). 0, or SAW_EFORMAT. */
int saw_sshwire_key_check(const char *text, const char *passphrase);

#endif
