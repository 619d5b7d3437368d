/*
 * What survives the process: changed devices and tunnel ends are handed to a thread that writes them as one transaction.
 *
 * Purpose:   a snapshot is published after what it shows is on the disk, so that no exported counter decreases, whenever the
 *            process is killed.
 * Threads:   everything here is called on the store's thread; the writer has its own and sees finished bytes only.
 * Errors:    a disk that is full or hangs never stops the store: saw_state_trouble says so until a write succeeds again.
 */
#ifndef SAWATCH_STORE_STATE_H
#define SAWATCH_STORE_STATE_H

#include "store/internal.h"

/* A file that cannot be used is set aside; `note` (SAW_ERR_TEXT_MAX bytes) then says so. Everything in it is read. */
int saw_state_open(const char *folder, struct saw_state **out, char *note, struct saw_err *err);
void saw_state_close(struct saw_state *st); /* waits for the writer; takes NULL */

/* Fills a device that was not known before with what an earlier run left of it. */
int saw_state_restore(struct saw_state *st, struct device *d);
/* The devices are known: what is left of links is taken, and of other devices removed. */
int saw_state_restored(struct saw_state *st, struct saw_store *s);

/* Rows of what is forgotten are removed with the next write. */
void saw_state_forget_end(struct saw_state *st, const struct end *e);
void saw_state_forget_link(struct saw_state *st, const struct link *l);
void saw_state_forget_device(struct saw_state *st, const struct device *d);

/* True where everything that the store knows is on the disk, or the disk is given up for now. */
bool saw_state_settled(struct saw_state *st, const struct saw_store *s);
/* Begins to write what changed, unless a write is under way or the last one failed a moment ago. */
void saw_state_begin(struct saw_state *st, struct saw_store *s, int64_t now_ms);
/* Waits until the write that is under way has ended, and this long at the most. False: it has not. */
bool saw_state_wait(struct saw_state *st, unsigned ms);

/* NULL while writes succeed. */
const char *saw_state_trouble(struct saw_state *st);
uint64_t saw_state_errors(const struct saw_state *st);

#endif
