#include "store/sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x53415721 /* "SAW!" in the file's header: no other program's database is taken for ours */

/* What brings a file from version i to i + 1. Version 0 is an empty file. */
static const char *const migrations[] = {
	"CREATE TABLE device (id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT, state BLOB NOT NULL);"
	"CREATE TABLE tunnel (id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT, state BLOB NOT NULL);",
	"CREATE TABLE link (id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT, state BLOB NOT NULL);",
};
#define VERSION ((int)(sizeof migrations / sizeof *migrations))

static const char *const tables[SAW_RECORD_KINDS] = {
	[SAW_RECORD_DEVICE] = "device", [SAW_RECORD_TUNNEL] = "tunnel", [SAW_RECORD_LINK] = "link"};

struct saw_sqlite {
	sqlite3 *db;
	sqlite3_stmt *put[SAW_RECORD_KINDS], *remove[SAW_RECORD_KINDS];
};

static int code_of(int rc) {
	switch (rc & 0xff) {
	case SQLITE_OK:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return SAW_EFORMAT;
	default:
		return -EIO;
	}
}

/* A write that finds the disk full may come back as an I/O error: the system's own reason is the better text. */
static int failed(struct saw_sqlite *s, int rc, struct saw_err *err) {
	int system = s->db ? sqlite3_system_errno(s->db) : 0, code = code_of(rc);

	if (code == -EIO && (system == ENOSPC || system == EDQUOT || system == EFBIG))
		code = -ENOSPC;
	if ((code == -EIO || code == -EACCES) && system)
		return saw_err_set(err, code, "%s (%s)", saw_strerror(-system), sqlite3_errstr(rc));
	return saw_err_set(err, code, "%s", code == -ENOSPC ? saw_strerror(code) : sqlite3_errstr(rc));
}

static int run(struct saw_sqlite *s, const char *sql, struct saw_err *err) {
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : failed(s, rc, err);
}

/* The one number that a statement answers. */
static int ask(struct saw_sqlite *s, const char *sql, int64_t *out, struct saw_err *err) {
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		*out = sqlite3_column_int64(q, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(q);
	return rc == SQLITE_OK ? 0 : failed(s, rc, err);
}

/* quick_check answers "ok", or what is wrong. */
static int check(struct saw_sqlite *s, struct saw_err *err) {
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &q, NULL), result = 0;

	if (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(q, 0);

		rc = SQLITE_OK;
		if (!text || strcmp(text, "ok") != 0)
			result = saw_err_set(err, SAW_EFORMAT, "it is damaged: %s", text ? text : "nothing can be read");
	}
	sqlite3_finalize(q);
	return rc == SQLITE_OK ? result : failed(s, rc, err);
}

static int migrate(struct saw_sqlite *s, struct saw_err *err) {
	int64_t version = 0, id = 0, objects = 0;
	int rc = ask(s, "PRAGMA user_version", &version, err);
	char text[80];

	if (rc == 0)
		rc = ask(s, "PRAGMA application_id", &id, err);
	if (rc == 0)
		rc = ask(s, "SELECT count(*) FROM sqlite_master", &objects, err);
	if (rc == 0 && id != APPLICATION_ID && (id || version || objects))
		return saw_err_set(err, SAW_EFORMAT, "it is another program's database");
	if (rc == 0 && version > VERSION)
		return saw_err_set(err, SAW_EVERSION, "a newer sawatchd wrote it (version %lld; this one knows %d)",
						   (long long)version, VERSION);
	for (; rc == 0 && version < VERSION; version++) {
		rc = run(s, "BEGIN IMMEDIATE", err);
		if (rc == 0)
			rc = run(s, migrations[version], err);
		snprintf(text, sizeof text, "PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION_ID,
				 (int)version + 1);
		if (rc == 0)
			rc = run(s, text, err);
		if (rc == 0)
			rc = run(s, "COMMIT", err);
	}
	return rc;
}

static int prepare(struct saw_sqlite *s, struct saw_err *err) {
	char sql[160];
	int rc = SQLITE_OK;

	for (int i = 0; rc == SQLITE_OK && i < SAW_RECORD_KINDS; i++) {
		snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s (id, device, name, state) VALUES (?1, ?2, ?3, ?4)",
				 tables[i]);
		rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->put[i], NULL);
		snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id = ?1", tables[i]);
		if (rc == SQLITE_OK)
			rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->remove[i], NULL);
	}
	return rc == SQLITE_OK ? 0 : failed(s, rc, err);
}

int saw_sqlite_open(const char *path, struct saw_sqlite **out, struct saw_err *err) {
	struct saw_sqlite *s = calloc(1, sizeof *s);
	int rc;

	*out = NULL;
	if (!s)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = sqlite3_open_v2(path, &s->db,
						 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	rc = rc == SQLITE_OK ? 0 : failed(s, rc, err);
	/* Exclusive before the log is touched: its index then lies in our memory and not in a third file. */
	if (rc == 0)
		rc = run(s,
				 "PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA journal_mode=WAL;"
				 "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;",
				 err);
	if (rc == 0)
		rc = migrate(s, err);
	if (rc == 0)
		rc = check(s, err);
	if (rc == 0)
		rc = prepare(s, err);
	/* A write now: the log is made, the lock taken, and the folder synced, none of which the sandbox would allow later. */
	if (rc == 0)
		rc = run(s, "BEGIN IMMEDIATE; PRAGMA user_version=0;", err);
	if (rc == 0) {
		char text[64];

		snprintf(text, sizeof text, "PRAGMA user_version=%d; COMMIT;", VERSION);
		rc = run(s, text, err);
	}
	if (rc) {
		saw_sqlite_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void saw_sqlite_close(struct saw_sqlite *s) {
	if (!s)
		return;
	for (int i = 0; i < SAW_RECORD_KINDS; i++) {
		sqlite3_finalize(s->put[i]);
		sqlite3_finalize(s->remove[i]);
	}
	sqlite3_close(s->db);
	free(s);
}

static int each_of(struct saw_sqlite *s, enum saw_record_kind kind, int (*fn)(void *ctx, const struct saw_record *r),
				   void *ctx, struct saw_err *err) {
	sqlite3_stmt *q = NULL;
	char sql[80];
	int rc, result = 0;

	snprintf(sql, sizeof sql, "SELECT id, device, name, state FROM %s", tables[kind]);
	rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	while (rc == SQLITE_OK && result == 0 && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct saw_record r = {
			.kind = kind,
			.id = sqlite3_column_int64(q, 0),
			.device = (const char *)sqlite3_column_text(q, 1),
			.name = (const char *)sqlite3_column_text(q, 2),
			.data = sqlite3_column_blob(q, 3),
			.len = (size_t)sqlite3_column_bytes(q, 3),
		};

		rc = SQLITE_OK;
		if (r.device && r.data)
			result = fn(ctx, &r);
	}
	sqlite3_finalize(q);
	if (result)
		return result;
	return rc == SQLITE_DONE || rc == SQLITE_OK ? 0 : failed(s, rc, err);
}

int saw_sqlite_each(struct saw_sqlite *s, int (*fn)(void *ctx, const struct saw_record *r), void *ctx,
					struct saw_err *err) {
	int rc = 0;

	for (int i = 0; rc == 0 && i < SAW_RECORD_KINDS; i++)
		rc = each_of(s, (enum saw_record_kind)i, fn, ctx, err);
	return rc;
}

static int write_one(struct saw_sqlite *s, const struct saw_record *r) {
	sqlite3_stmt *q = r->len ? s->put[r->kind] : s->remove[r->kind];
	int rc;

	sqlite3_bind_int64(q, 1, r->id);
	if (r->len) {
		sqlite3_bind_text(q, 2, r->device, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 3, r->name, -1, SQLITE_STATIC);
		sqlite3_bind_blob64(q, 4, r->data, r->len, SQLITE_STATIC);
	}
	rc = sqlite3_step(q);
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int saw_sqlite_write(struct saw_sqlite *s, const struct saw_record *const *records, size_t n, struct saw_err *err) {
	int rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (size_t i = 0; rc == SQLITE_OK && i < n; i++)
		rc = write_one(s, records[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	rc = failed(s, rc, err);
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}
