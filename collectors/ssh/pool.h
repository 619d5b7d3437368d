/*
 * The SSH sessions of many devices on a few threads.
 *
 * Purpose:   each thread waits for all its sessions at once, so a device that hangs delays no other, and five hundred cost two threads. A session
 *            belongs to one thread for its life; those that log in with an agent share one of their own, as libssh waits for an agent. What is asked of a session goes there through a queue; what came of it comes back through another.
 * Threads:   all functions are for the one thread that made the pool.
 * Ownership: samples are the caller's once taken. Create the pool before a sandbox is entered: threads start then.
 * Bounds:    one session per device, one poll at a time in each.
 */
#ifndef SAWATCH_COLLECTORS_SSH_POOL_H
#define SAWATCH_COLLECTORS_SSH_POOL_H

#include "collectors/ssh/ssh.h"
#include "core/err.h"

struct saw_ssh_pool;
struct saw_ssh_client; /* a device in the pool */

/* `threads`, and one more for the sessions with an agent. NULL, with err set, without memory, threads or descriptors. */
struct saw_ssh_pool *saw_ssh_pool_create(unsigned threads, struct saw_err *err);
void saw_ssh_pool_destroy(struct saw_ssh_pool *p); /* with what is left in it; takes NULL */

/* Becomes readable when there is something to take. */
int saw_ssh_pool_fd(const struct saw_ssh_pool *p);

/* The answer to `show running-config`. */
struct saw_ssh_configuration {
	char *record; /* of it (collectors/cli/running_config.h), malloc'ed; NULL: it could not be read */
	size_t len;
	unsigned problems;                      /* lines that should have been understood and were not */
	Sawatch__V1__QosReference **references; /* malloc'ed */
	size_t n_references;
	char error[SAW_ERR_TEXT_MAX]; /* why there is none */
};

/* What came of a poll; `sample` is NULL where there is none to tell of. */
struct saw_ssh_done {
	void *ctx; /* of the client */
	bool needs_descriptor;
	enum saw_ssh_login login;
	char endpoint[72];
	size_t answered; /* commands */
	int cpu_percent; /* of the device; -1: it did not say */
	uint8_t *sample; /* malloc'ed */
	size_t len;
	struct saw_ssh_configuration *configuration; /* malloc'ed; NULL: it was not asked for */
};

/* False: nothing is there any more. Never of a client that was removed. */
bool saw_ssh_pool_take(struct saw_ssh_pool *p, struct saw_ssh_done *out);

/* The target is copied. NULL without memory. */
struct saw_ssh_client *saw_ssh_pool_add(struct saw_ssh_pool *p, const struct saw_ssh_target *target, void *ctx);
/* Its session ends soon; nothing comes of it any more. */
void saw_ssh_pool_remove(struct saw_ssh_client *c);

#define SAW_SSH_CONFIGURATION "show running-config" /* as job->asked: what a client with a digest_key may be asked */

void saw_ssh_configuration_free(struct saw_ssh_configuration *c); /* takes NULL */

/* Begins a poll; descriptors are taken. One at a time: only after the last one's result was taken. */
void saw_ssh_pool_poll(struct saw_ssh_client *c, const struct saw_ssh_job *job);

/* The watchdog: an agent that does not answer is given up; a poll that should have ended by itself at now_ns is ended by force. Returns whether that
 * was. */
bool saw_ssh_pool_watch(struct saw_ssh_client *c, uint64_t now_ns);

#endif
