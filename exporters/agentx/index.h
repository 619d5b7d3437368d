/*
 * Numbers for names: the indices of the tables.
 *
 * Purpose:   a name's number is made from the name alone, so that it is the same after every restart, on every machine. Where two
 *            names of one space make the same number, the later one moves on to a free number, and which did is kept.
 * Ownership: the caller's until _destroy.
 * Threads:   one.
 * Bounds:    SAW_INDEX_MOVED_MAX names are remembered as moved; with 20,000 names there is one about every tenth time.
 * Pure: what must survive a restart goes out and comes in as text.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_INDEX_H
#define SAWATCH_EXPORTERS_AGENTX_INDEX_H

#include "core/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAW_INDEX_MOVED_MAX 10000

struct saw_index;

/* bits: of the numbers, 31 but in tests. NULL without memory. */
struct saw_index *saw_index_create(unsigned bits);
void saw_index_destroy(struct saw_index *x);

/*
 * The numbers of all names of a space ("" for devices and links, a device for its tunnels), 1 to 2^bits - 1, each another one.
 * 0, -ENOMEM, or SAW_ELIMIT where there are more names than numbers.
 */
int saw_index_assign(struct saw_index *x, const char *space, const char *const *names, size_t n, uint32_t *out);

bool saw_index_changed(const struct saw_index *x); /* since the last save or load: worth keeping */
/* One name a line. */
void saw_index_save(struct saw_index *x, struct saw_buf *out);
/* Takes what saw_index_save wrote; lines that are none are left out. */
void saw_index_load(struct saw_index *x, const char *text, size_t n);

#endif
