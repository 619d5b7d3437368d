/*
 * One device's SSH session: from a connected descriptor to samples, one after the other, over a session that stays open.
 *
 * Purpose:   a state machine that never waits: handshake, host key, login (with a jump host before it: all of that twice), terminal, then the
 *            dialogue and the commands of the poll, whose answers stream through the parsers into the sample.
 * Threads:   belongs to one thread; saw_ssh_session_abort and _watch_agent alone may come from another.
 * Ownership: the target is copied. The outcome and its sample are borrowed for the call of `done`, from which the session may not be destroyed.
 * Errors:    what goes wrong is in the sample: a class and a sentence.
 */
#ifndef SAWATCH_COLLECTORS_SSH_SESSION_H
#define SAWATCH_COLLECTORS_SSH_SESSION_H

#include "collectors/ssh/ssh.h"

#include <poll.h>

struct saw_ssh_session;
struct saw_transcript_writer;

struct saw_ssh_session_hooks {
	void *ctx;
	void (*done)(void *ctx, const struct saw_ssh_outcome *outcome);
	/* A key was shown, and is going to be judged. False: enough was seen, the session ends. NULL: nobody looks. */
	bool (*hostkey)(void *ctx, const struct saw_ssh_endpoint *of, const struct saw_hostkey *shown,
					const char *fingerprint);
	/* What the device said beside its answers. urgent: it is going to restart, or has another name; each text once per session, and only so many. Else
	 * for whoever looks closely, once per poll. NULL: nobody listens. */
	void (*notice)(void *ctx, const char *device, bool urgent, const char *text);
	/* A piece of the answer to the command of job->asked, which may hold secrets; the sample says only how it ended. */
	void (*answer)(void *ctx, const char *bytes, size_t n);
};

#define SAW_SSH_FDS_MAX 3

/* NULL without memory. */
struct saw_ssh_session *saw_ssh_session_create(const struct saw_ssh_target *target,
											   const struct saw_ssh_session_hooks *hooks);
/* Ends it where it stands; `done` does not come any more. */
void saw_ssh_session_destroy(struct saw_ssh_session *s);

/* What is said from now on is written into a transcript (collectors/ssh/transcript.h), which is the caller's and outlives the session. */
void saw_ssh_session_record(struct saw_ssh_session *s, struct saw_transcript_writer *record);

/* Begins a poll; `done` comes once, possibly at once. Only when none is under way. */
void saw_ssh_session_poll(struct saw_ssh_session *s, const struct saw_ssh_job *job, uint64_t now_ns, int64_t wall_ms);

/* What to wait for: descriptors, and a time (0: at once; UINT64_MAX: never). Both also between polls: a session that ends is noticed. */
size_t saw_ssh_session_fds(const struct saw_ssh_session *s, struct pollfd fds[SAW_SSH_FDS_MAX]);
uint64_t saw_ssh_session_next_ns(const struct saw_ssh_session *s);

/* A descriptor is ready, or the time has come. */
void saw_ssh_session_step(struct saw_ssh_session *s, uint64_t now_ns, int64_t wall_ms);

/* From any thread: whatever it waits for or is stuck in ends with an error. */
void saw_ssh_session_abort(struct saw_ssh_session *s);
/* From any thread, now and then: an agent for whose answer it has been waiting too long is given up. That is the one thing that is waited for. */
void saw_ssh_session_watch_agent(struct saw_ssh_session *s, uint64_t now_ns);

#endif
