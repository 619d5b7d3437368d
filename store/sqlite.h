/*
 * The file that totals survive in: an SQLite database with one row for each device, tunnel end and link.
 *
 * Purpose:   the one place that knows SQLite. Rows are opaque bytes (proto/state.proto); what stands beside them is there for
 *            a person with the sqlite3 shell.
 * Threads:   one at a time. After saw_sqlite_open no file is opened any more (exclusive locking, so no shared memory; WAL and
 *            directory are there), so that a sandbox may forbid it.
 * Errors:    a negative code and a text for a person.
 */
#ifndef SAWATCH_STORE_SQLITE_H
#define SAWATCH_STORE_SQLITE_H

#include "core/err.h"

#include <stdbool.h>
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

struct saw_sqlite;

/*
 * Opens or creates the file. SAW_EFORMAT: it is damaged or no state of ours; SAW_EVERSION: a newer sawatchd wrote it; -EBUSY:
 * another process has it; else why it cannot be opened. An older schema is brought up to date.
 */
int saw_sqlite_open(const char *path, struct saw_sqlite **out, struct saw_err *err);
void saw_sqlite_close(struct saw_sqlite *db); /* takes NULL */

/* Calls fn with every row; what it gets is gone when it returns. Stops at the first result that is not 0, and returns it. */
int saw_sqlite_each(struct saw_sqlite *db, int (*fn)(void *ctx, const struct saw_record *r), void *ctx,
					struct saw_err *err);

/* All or nothing, and on the disk when it returns 0. -ENOSPC: the disk is full. */
int saw_sqlite_write(struct saw_sqlite *db, const struct saw_record *const *records, size_t n, struct saw_err *err);

#endif
