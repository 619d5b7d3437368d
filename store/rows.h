/*
 * The file that totals survive in: a database with one row for each device, tunnel end and link.
 *
 * Purpose:   rows are opaque bytes (proto/state.proto); what stands beside them is there for a person with the sqlite3 shell.
 * Threads:   one at a time. After saw_rows_open no file is opened any more, so that a sandbox may forbid it.
 * Errors:    as store/sqlite.h.
 */
#ifndef SAWATCH_STORE_ROWS_H
#define SAWATCH_STORE_ROWS_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

enum saw_record_kind { SAW_RECORD_DEVICE, SAW_RECORD_TUNNEL, SAW_RECORD_LINK, SAW_RECORD_KINDS };

struct saw_record {
	enum saw_record_kind kind;
	int64_t id;         /* of its kind; above 0 */
	const char *device; /* a device's own name; of a link its first side's */
	const char *name;   /* of the tunnel or link; NULL for a device */
	const uint8_t *data;
	size_t len; /* 0: the row is to be removed */
};

struct saw_rows;

/* Opens or creates the file; no other process may have it. An older schema is brought up to date. */
int saw_rows_open(const char *path, struct saw_rows **out, struct saw_err *err);
void saw_rows_close(struct saw_rows *r); /* takes NULL */

/* Calls fn with every row; what it gets is gone when it returns. Stops at the first result that is not 0, and returns it. */
int saw_rows_each(struct saw_rows *r, int (*fn)(void *ctx, const struct saw_record *record), void *ctx,
				  struct saw_err *err);

/* All or nothing, and on the disk when it returns 0. -ENOSPC: the disk is full. */
int saw_rows_write(struct saw_rows *r, const struct saw_record *const *records, size_t n, struct saw_err *err);

#endif
