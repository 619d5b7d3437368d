/*
 * A small text that a part keeps in the state folder.
 *
 * Purpose: read once at the start; written whole, so that a kill at any moment leaves the old one or the new one.
 * Errors:  a text that cannot be kept is logged once until it can be again, and lives on in memory.
 */
#ifndef SAWATCH_DAEMON_KEEP_H
#define SAWATCH_DAEMON_KEEP_H

#include "core/buf.h"

struct saw_keep {
	char *path; /* NULL: nothing may be kept */
	bool failed;
};

/* state_dir: NULL: nothing may be kept. */
void saw_keep_open(struct saw_keep *k, const char *state_dir, const char *name);
void saw_keep_close(struct saw_keep *k);
/* Appends what is kept; nothing where there is none yet. */
void saw_keep_read(struct saw_keep *k, struct saw_buf *out);
void saw_keep_write(struct saw_keep *k, const struct saw_buf *text);

#endif
