/*
 * The terminal of a simulated device: bytes typed in, bytes shown.
 *
 * Purpose:   echo and line editing, prompts, enable, paging, and what else stands around the answers of sim/cli.c, as an ASA and an IOS-XE router
 *            do it. The quirks that are switched on in the model disturb it.
 * Ownership: the terminal borrows the model and copies its options.
 * Threads:   one owner. Pure: time is a parameter.
 * Source:    the vendors' command references; erasing of the pager's prompt and scrolling of long lines as published transcripts have them. What the ASA says about
 *            a context that is not there follows no published source.
 */
#ifndef SAWATCH_SIM_TERMINAL_H
#define SAWATCH_SIM_TERMINAL_H

#include "sim/model.h"

struct saw_sim_terminal_options {
	enum saw_sim_dev dev;
	const char *host;          /* in the prompt; NULL: the device's name */
	const char *user;          /* who is logged in */
	const char *enable_secret; /* NULL: `enable` asks for none */
	bool privileged;           /* from the first prompt on */
};

struct saw_sim_terminal;

/* NULL without memory. */
struct saw_sim_terminal *saw_sim_terminal_create(const struct saw_sim_model *model,
												 const struct saw_sim_terminal_options *options);
void saw_sim_terminal_destroy(struct saw_sim_terminal *t);

/* The size of the window: a page of the pager, and where a typed line begins to scroll (the firewall takes no width but its own). 0: as the
 * device thinks, 24 and 80. */
void saw_sim_terminal_window(struct saw_sim_terminal *t, unsigned rows, unsigned columns);

/* What is shown when the shell opens. */
void saw_sim_terminal_open(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *out);

/* What is shown for typed bytes. */
void saw_sim_terminal_type(struct saw_sim_terminal *t, uint64_t now_ms, const char *bytes, size_t n,
						   struct saw_buf *out);

/* The answer to one command without a terminal (an exec request). 0, or what sim/cli.h says. */
int saw_sim_terminal_exec(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_str command, struct saw_buf *out);

/* The user has left. */
bool saw_sim_terminal_over(const struct saw_sim_terminal *t);

/* What the user reads before the password, "" for nothing: by the quirk `banner`. */
const char *saw_sim_banner(const struct saw_sim_model *model, enum saw_sim_dev dev);

#endif
