/*
 * SQLite, as the files of Sawatch use it: a file with a schema of ours, statements, transactions.
 *
 * Purpose:   the one place that knows SQLite. What is in a file is its owner's: totals in store/rows.c, history in history/store.c.
 * Threads:   a handle belongs to one thread at a time.
 * Ownership: texts and bytes of a row are borrowed until the next step.
 * Errors:    a negative code and a text for a person. SAW_EFORMAT: the file is damaged or not ours; SAW_EVERSION: a newer version
 *            wrote it; -ENOSPC: the disk is full; -EBUSY: another process has it.
 */
#ifndef SAWATCH_STORE_SQLITE_H
#define SAWATCH_STORE_SQLITE_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saw_sqlite;
struct saw_statement;

struct saw_sqlite_schema {
	int32_t id;                    /* in the file's header: no other program's database is taken for ours */
	const char *const *migrations; /* what brings a file from version i to i + 1; version 0 is an empty file */
	int version;                   /* their number */
	int page_bytes;                /* of a new file; 0: SQLite's own */
};

enum saw_sqlite_use {
	/* No other process may have it, and after saw_sqlite_open no file is opened any more (no shared memory; log and folder are
	 * there), so that a sandbox may forbid it. The whole file is checked first. */
	SAW_SQLITE_ALONE,
	SAW_SQLITE_SHARED, /* one process writes, others read meanwhile; nor is a file opened afterwards */
	SAW_SQLITE_READ,   /* of one that another process may be writing */
};

/* Opens or creates the file; an older schema is brought up to date, when read too old is SAW_EVERSION with a text. */
int saw_sqlite_open(const char *path, const struct saw_sqlite_schema *schema, enum saw_sqlite_use use,
					struct saw_sqlite **out, struct saw_err *err);
void saw_sqlite_close(struct saw_sqlite *db); /* takes NULL */

/* Out of the way, with its log; nothing is thrown away. name: what the file is called now (64 bytes). 0 or negative errno. */
int saw_sqlite_set_aside(const char *path, char name[64]);

/* Statements that answer nothing. */
int saw_sqlite_run(struct saw_sqlite *db, const char *sql, struct saw_err *err);
/* The one number that a statement answers; *out stays as it is where it answers no row. */
int saw_sqlite_ask(struct saw_sqlite *db, const char *sql, int64_t *out, struct saw_err *err);
/* Reads every page. quick: without comparing indices with their tables. */
int saw_sqlite_check(struct saw_sqlite *db, bool quick, struct saw_err *err);

int saw_sqlite_begin(struct saw_sqlite *db, struct saw_err *err);
/* On the disk when it returns 0; else everything since saw_sqlite_begin is undone. */
int saw_sqlite_commit(struct saw_sqlite *db, struct saw_err *err);
void saw_sqlite_undo(struct saw_sqlite *db);
/* Log into file, where no reader hinders it. */
void saw_sqlite_checkpoint(struct saw_sqlite *db);

int saw_sqlite_prepare(struct saw_sqlite *db, const char *sql, struct saw_statement **out, struct saw_err *err);
void saw_statement_destroy(struct saw_statement *st); /* takes NULL */

/* Parameters, from 1. Texts and bytes are to stay until the statement is reset. */
void saw_statement_put_int(struct saw_statement *st, int i, int64_t v);
void saw_statement_put_text(struct saw_statement *st, int i, const char *text); /* NULL is NULL */
void saw_statement_put_bytes(struct saw_statement *st, int i, const void *bytes, size_t n);

/* 1: a row is there; 0: no more. */
int saw_statement_step(struct saw_statement *st, struct saw_err *err);
/* Steps to the end, past any rows, and resets. */
int saw_statement_run(struct saw_statement *st, struct saw_err *err);
void saw_statement_reset(struct saw_statement *st); /* for the next run */

/* Columns of the row, from 0. */
int64_t saw_statement_int(struct saw_statement *st, int i);
const char *saw_statement_text(struct saw_statement *st, int i); /* NULL is NULL */
const void *saw_statement_bytes(struct saw_statement *st, int i, size_t *n);

#endif
