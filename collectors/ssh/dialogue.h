/*
 * The dialogue with a device's command line: from a terminal's first bytes to the answers of show commands.
 *
 * Purpose:   logs in to a shell that is already open (the SSH login is over): learns the prompt, enables, turns paging off, changes
 *            to an ASA context, runs commands one after the other, and hands on the text of each answer as it comes, without echo, pager, prompt or
 *            notices. Pure: bytes and the time come in, bytes to send and events go out. No descriptor, no clock, no log.
 * Threads:   one dialogue belongs to one thread at a time.
 * Ownership: options and commands are borrowed until the dialogue is destroyed or the run has ended. Texts in events are borrowed for the call.
 * Errors:    a refused command is an event; what ends the session is `closed` with a class and a sentence.
 * Source:    the vendors' documents on terminals (`terminal length 0`, `terminal pager 0`, `enable`, `changeto context`).
 */
#ifndef SAWATCH_COLLECTORS_SSH_DIALOGUE_H
#define SAWATCH_COLLECTORS_SSH_DIALOGUE_H

#include "core/text.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saw_dialogue_command {
	const char *text;     /* as it is typed; saw_ssh_permitted has said yes */
	uint64_t deadline_ns; /* of this command, from when it is sent */
	size_t max_bytes;     /* of its answer; what is more is dropped and the answer is `cut` */
};

enum saw_dialogue_end {
	SAW_DIALOGUE_ANSWERED,
	SAW_DIALOGUE_REFUSED, /* the device does not know the command: "% Invalid input", "ERROR: %" */
	SAW_DIALOGUE_DENIED, /* the device knows us and says no: "% Authorization failed", "Command authorization failed" */
	SAW_DIALOGUE_LATE,   /* its deadline passed; the session is given up, what came was handed on */
	SAW_DIALOGUE_CUT,    /* the session ended in mid-answer */
	SAW_DIALOGUE_LONG,   /* more than max_bytes */
};

/* What one command cost and came to. */
struct saw_dialogue_result {
	enum saw_dialogue_end end;
	struct saw_str words; /* the device's own, where it refused or denied */
	uint64_t bytes;       /* of the raw answer */
	uint64_t took_ns;
	bool has_cpu; /* the device printed its load with the answer ("CPU utilization for five seconds: 12%/3%") */
	unsigned cpu_percent;
};

/* What a device put into the middle of a session. */
enum saw_dialogue_notice {
	SAW_DIALOGUE_MESSAGE, /* of its log, or of a user */
	SAW_DIALOGUE_RELOAD,  /* it is going to restart: one line of what it says of that */
	SAW_DIALOGUE_RENAMED, /* its prompt changed */
};

struct saw_dialogue_hooks {
	void *ctx;
	/* Bytes to type. secret: they are a password, to be kept out of recordings. */
	void (*send)(void *ctx, const char *bytes, size_t n, bool secret);
	/* A piece of the answer to commands[i]: lines end in '\n' alone. */
	void (*text)(void *ctx, size_t i, const char *bytes, size_t n);
	void (*answered)(void *ctx, size_t i, const struct saw_dialogue_result *result);
	/* All commands of the run have been answered; the session waits at its prompt for the next run. */
	void (*idle)(void *ctx);
	/* The session is of no more use: no prompt, enable refused, no such context, a deadline, the device said goodbye. The last event. */
	void (*closed)(void *ctx, Sawatch__V1__PollError error_class, const char *error);
	/* A line that the device put into the middle; NULL: nobody wants them. */
	void (*notice)(void *ctx, enum saw_dialogue_notice kind, struct saw_str line);
};

struct saw_dialogue_options {
	const char *device;
	Sawatch__V1__Platform platform;
	const char *enable_secret; /* NULL: there is none; privilege by AAA, or user mode will do */
	const char *context;       /* of an ASA; NULL: as it comes */
	uint64_t prompt_ns;        /* how long a prompt may take: at login, after enable */
};

struct saw_dialogue;

/* NULL without memory. The device has `prompt_ns` to show its first prompt. */
struct saw_dialogue *saw_dialogue_create(const struct saw_dialogue_options *options,
										 const struct saw_dialogue_hooks *hooks, uint64_t now_ns);
void saw_dialogue_destroy(struct saw_dialogue *d); /* wipes what it kept */

/* Runs commands: at once when idle, else as soon as the session is at its prompt. One run at a time: -EBUSY. */
int saw_dialogue_run(struct saw_dialogue *d, const struct saw_dialogue_command *commands, size_t n, uint64_t now_ns);

void saw_dialogue_bytes(struct saw_dialogue *d, const char *bytes, size_t n, uint64_t now_ns);
void saw_dialogue_eof(struct saw_dialogue *d, uint64_t now_ns); /* the channel or the connection ended */
void saw_dialogue_timer(struct saw_dialogue *d, uint64_t now_ns);
uint64_t saw_dialogue_next_ns(const struct saw_dialogue *d); /* when to call _timer; UINT64_MAX: never */

/* Name and privilege as the prompt shows them, "" before. */
const char *saw_dialogue_hostname(const struct saw_dialogue *d);
bool saw_dialogue_privileged(const struct saw_dialogue *d);

#endif
