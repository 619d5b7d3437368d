/*
 * What a terminal would show of a stream of bytes, line by line.
 *
 * Purpose:   takes escape sequences and control characters away, and follows the carriage returns and backspaces with which devices wipe a pager or
 *            show a line again: what is written after going back replaces the rest of the line. Pure; memory is bounded.
 * Threads:   one owner at a time. No errors.
 * Source:    ECMA-48 for the sequences.
 */
#ifndef SAWATCH_COLLECTORS_SSH_TERMINAL_H
#define SAWATCH_COLLECTORS_SSH_TERMINAL_H

#include "core/text.h"

#define SAW_TERMINAL_LINE 8192

struct saw_terminal {
	char line[SAW_TERMINAL_LINE + 1]; /* room for a line feed behind a full line */
	size_t n;                         /* what the line holds */
	size_t at;                        /* where the next character goes */
	bool torn;        /* the start of this line has been handed on already: it was longer than the buffer */
	unsigned escape;  /* inside an escape sequence: which part of it */
	unsigned escaped; /* bytes of it so far */
};

enum saw_terminal_event {
	SAW_TERMINAL_MORE, /* all bytes were taken, the line has not ended */
	SAW_TERMINAL_LINE_ENDED,
	SAW_TERMINAL_LINE_FULL, /* the buffer is; the line goes on */
};

/* Takes bytes up to the next event and returns how many. After an event: look at the line, then call _keep. */
size_t saw_terminal_take(struct saw_terminal *t, const char *bytes, size_t n, enum saw_terminal_event *event);

/* What comes goes behind the first n characters of this line; 0: a new line, or the next part of a torn one. */
void saw_terminal_keep(struct saw_terminal *t, size_t n);
void saw_terminal_wipe(struct saw_terminal *t); /* forgets the line, as if nothing had been shown */

static inline struct saw_str saw_terminal_line(const struct saw_terminal *t) {
	return (struct saw_str){t->line, t->n};
}

#endif
