#include "store/sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUSY_MS 5000
#define MAP_BYTES "17179869184"

struct saw_sqlite {
	sqlite3 *db;
};

struct saw_statement {
	struct saw_sqlite *owner;
	sqlite3_stmt *q;
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

/* What the system said when the log could not be written: SQLite's own errno may be that of something later. */
static int log_errno(struct saw_sqlite *s) {
	sqlite3_file *log = NULL;
	int reason = 0;

	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log && log->pMethods)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &reason);
	return reason;
}

static bool is_full(int reason) {
	return reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
}

/* A write that finds the disk full may come back as an I/O error: the system's own reason is the better text. */
static int failed(struct saw_sqlite *s, int rc, struct saw_err *err) {
	int system = s->db ? sqlite3_system_errno(s->db) : 0, code = code_of(rc);

	if (code == -EIO && (is_full(system) || is_full(log_errno(s))))
		code = -ENOSPC;
	if ((code == -EIO || code == -EACCES) && system)
		return saw_err_set(err, code, "%s (%s)", saw_strerror(-system), sqlite3_errstr(rc));
	return saw_err_set(err, code, "%s", code == -ENOSPC ? saw_strerror(code) : sqlite3_errstr(rc));
}

int saw_sqlite_run(struct saw_sqlite *s, const char *sql, struct saw_err *err) {
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : failed(s, rc, err);
}

int saw_sqlite_ask(struct saw_sqlite *s, const char *sql, int64_t *out, struct saw_err *err) {
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		*out = sqlite3_column_int64(q, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(q);
	return rc == SQLITE_OK || rc == SQLITE_DONE ? 0 : failed(s, rc, err);
}

/* It answers "ok", or what is wrong. */
int saw_sqlite_check(struct saw_sqlite *s, bool quick, struct saw_err *err) {
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, quick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)", -1, &q, NULL),
		result = 0;

	if (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(q, 0);

		rc = SQLITE_OK;
		if (!text || strcmp(text, "ok") != 0)
			result = saw_err_set(err, SAW_EFORMAT, "it is damaged: %s", text ? text : "nothing can be read");
	}
	sqlite3_finalize(q);
	return rc == SQLITE_OK ? result : failed(s, rc, err);
}

static int migrate(struct saw_sqlite *s, const struct saw_sqlite_schema *schema, bool read, struct saw_err *err) {
	int64_t version = 0, id = 0, objects = 0;
	int rc = saw_sqlite_ask(s, "PRAGMA user_version", &version, err);
	char text[80];

	if (rc == 0)
		rc = saw_sqlite_ask(s, "PRAGMA application_id", &id, err);
	if (rc == 0)
		rc = saw_sqlite_ask(s, "SELECT count(*) FROM sqlite_master", &objects, err);
	if (rc == 0 && id != schema->id && (id || version || objects || read))
		return saw_err_set(err, SAW_EFORMAT, "it is another program's database");
	if (rc == 0 && version > schema->version)
		return saw_err_set(err, SAW_EVERSION, "a newer sawatchd wrote it (version %lld; this one knows %d)",
						   (long long)version, schema->version);
	if (rc == 0 && read && version < schema->version)
		return saw_err_set(err, SAW_EVERSION,
						   "an older sawatchd wrote it (version %lld; this one reads %d): it is brought up to date "
						   "when sawatchd of this version starts",
						   (long long)version, schema->version);
	for (; rc == 0 && version < schema->version; version++) {
		rc = saw_sqlite_begin(s, err);
		if (rc == 0)
			rc = saw_sqlite_run(s, schema->migrations[version], err);
		snprintf(text, sizeof text, "PRAGMA application_id=%d; PRAGMA user_version=%d;", schema->id, (int)version + 1);
		if (rc == 0)
			rc = saw_sqlite_run(s, text, err);
		if (rc == 0)
			rc = saw_sqlite_commit(s, err);
		else
			saw_sqlite_undo(s);
	}
	return rc;
}

/* A write: the log is made, the lock taken, and the folder synced, none of which a sandbox would allow later. */
static int touch(struct saw_sqlite *s, int version, struct saw_err *err) {
	int rc = saw_sqlite_run(s, "BEGIN IMMEDIATE; PRAGMA user_version=0;", err);
	char text[64];

	snprintf(text, sizeof text, "PRAGMA user_version=%d; COMMIT;", version);
	return rc ? rc : saw_sqlite_run(s, text, err);
}

static int open_for_writing(struct saw_sqlite *s, const char *path, const struct saw_sqlite_schema *schema, bool alone,
							struct saw_err *err) {
	char text[64];
	int rc = sqlite3_open_v2(path, &s->db,
							 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
							 NULL),
		keep = 1;

	if (rc != SQLITE_OK)
		return failed(s, rc, err);
	sqlite3_busy_timeout(s->db, alone ? 0 : BUSY_MS);
	snprintf(text, sizeof text, "PRAGMA page_size=%d;", schema->page_bytes);
	rc = schema->page_bytes ? saw_sqlite_run(s, text, err) : 0;
	/* Exclusive before the log is touched: its index then lies in our memory and not in a third file. */
	if (rc == 0)
		rc = saw_sqlite_run(s, alone ? "PRAGMA locking_mode=EXCLUSIVE;" : "PRAGMA locking_mode=NORMAL;", err);
	if (rc == 0)
		rc = saw_sqlite_run(s,
							"PRAGMA temp_store=MEMORY; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
							"PRAGMA journal_size_limit=67108864;",
							err);
	/* Readers that may not make files need the log's to stay. */
	if (rc == 0 && !alone)
		sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	if (rc == 0)
		rc = migrate(s, schema, false, err);
	if (rc == 0 && alone)
		rc = saw_sqlite_check(s, true, err);
	return rc ? rc : touch(s, schema->version, err);
}

/* A path as a URI: what has a meaning in one is written as %HH. */
static char *uri_of(const char *path, const char *query) {
	char *uri = malloc(3 * strlen(path) + strlen(query) + 6), *to = uri;

	if (!uri)
		return NULL;
	to += sprintf(to, "file:");
	for (; *path; path++)
		to += strchr("?#%", *path) ? sprintf(to, "%%%02X", (unsigned char)*path) : sprintf(to, "%c", *path);
	strcpy(to, query);
	return uri;
}

static int try_reading(struct saw_sqlite *s, const char *path, const struct saw_sqlite_schema *schema,
					   const char *query, struct saw_err *err) {
	char *uri = uri_of(path, query);
	int rc;

	if (!uri)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = sqlite3_open_v2(uri, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	free(uri);
	if (rc != SQLITE_OK)
		return failed(s, rc, err);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	rc = saw_sqlite_run(s, "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=" MAP_BYTES ";", err);
	return rc ? rc : migrate(s, schema, true, err);
}

/* A copy in a folder that we may not write to has no log and gets none: nobody else is writing it then. */
static int open_for_reading(struct saw_sqlite *s, const char *path, const struct saw_sqlite_schema *schema,
							struct saw_err *err) {
	struct saw_err first;
	int rc = try_reading(s, path, schema, "?mode=ro", &first);
	char log[4200];

	if (rc == 0)
		return 0;
	snprintf(log, sizeof log, "%s-wal", path);
	if ((rc == -EACCES || rc == -EROFS) && access(path, R_OK) == 0 && access(log, F_OK) < 0) {
		sqlite3_close(s->db);
		s->db = NULL;
		if (try_reading(s, path, schema, "?mode=ro&immutable=1", err) == 0)
			return 0;
	}
	if (access(path, R_OK) < 0)
		return saw_err_set(err, -errno, "%s", saw_strerror(-errno));
	if (err)
		*err = first;
	return rc;
}

int saw_sqlite_open(const char *path, const struct saw_sqlite_schema *schema, enum saw_sqlite_use use,
					struct saw_sqlite **out, struct saw_err *err) {
	struct saw_sqlite *s = calloc(1, sizeof *s);
	int rc;

	*out = NULL;
	if (!s)
		return saw_err_set(err, -ENOMEM, "no memory");
	if (use == SAW_SQLITE_READ)
		rc = open_for_reading(s, path, schema, err);
	else
		rc = open_for_writing(s, path, schema, use == SAW_SQLITE_ALONE, err);
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
	sqlite3_close(s->db);
	free(s);
}

int saw_sqlite_set_aside(const char *path, char name[64]) {
	static const char *const tails[] = {"", "-wal", "-shm"};
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char from[4200], to[4300], stamp[20];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	snprintf(name, 64, "%.24s.unusable-%s", base, stamp);
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		snprintf(from, sizeof from, "%s%s", path, tails[i]);
		snprintf(to, sizeof to, "%s.unusable-%s%s", path, stamp, tails[i]);
		if (rename(from, to) < 0 && (i == 0 || errno != ENOENT))
			return -errno;
	}
	return 0;
}

/* -------------------------------------------------------------------------------------------------------- transactions */

int saw_sqlite_begin(struct saw_sqlite *s, struct saw_err *err) {
	return saw_sqlite_run(s, "BEGIN IMMEDIATE", err);
}

int saw_sqlite_commit(struct saw_sqlite *s, struct saw_err *err) {
	int rc = saw_sqlite_run(s, "COMMIT", err);

	if (rc)
		saw_sqlite_undo(s);
	return rc;
}

void saw_sqlite_undo(struct saw_sqlite *s) {
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

void saw_sqlite_checkpoint(struct saw_sqlite *s) {
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* ---------------------------------------------------------------------------------------------------------- statements */

int saw_sqlite_prepare(struct saw_sqlite *s, const char *sql, struct saw_statement **out, struct saw_err *err) {
	struct saw_statement *st = calloc(1, sizeof *st);
	int rc;

	*out = NULL;
	if (!st)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->q, NULL);
	if (rc != SQLITE_OK) {
		free(st);
		return failed(s, rc, err);
	}
	st->owner = s;
	*out = st;
	return 0;
}

void saw_statement_destroy(struct saw_statement *st) {
	if (!st)
		return;
	sqlite3_finalize(st->q);
	free(st);
}

void saw_statement_put_int(struct saw_statement *st, int i, int64_t v) {
	sqlite3_bind_int64(st->q, i, v);
}

void saw_statement_put_text(struct saw_statement *st, int i, const char *text) {
	sqlite3_bind_text(st->q, i, text, -1, SQLITE_STATIC);
}

void saw_statement_put_bytes(struct saw_statement *st, int i, const void *bytes, size_t n) {
	sqlite3_bind_blob64(st->q, i, n ? bytes : "", n, SQLITE_STATIC);
}

int saw_statement_step(struct saw_statement *st, struct saw_err *err) {
	int rc = sqlite3_step(st->q);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : failed(st->owner, rc, err);
}

void saw_statement_reset(struct saw_statement *st) {
	sqlite3_reset(st->q);
	sqlite3_clear_bindings(st->q);
}

int saw_statement_run(struct saw_statement *st, struct saw_err *err) {
	int rc;

	do
		rc = saw_statement_step(st, err);
	while (rc == 1);
	saw_statement_reset(st);
	return rc;
}

int64_t saw_statement_int(struct saw_statement *st, int i) {
	return sqlite3_column_int64(st->q, i);
}

const char *saw_statement_text(struct saw_statement *st, int i) {
	return (const char *)sqlite3_column_text(st->q, i);
}

const void *saw_statement_bytes(struct saw_statement *st, int i, size_t *n) {
	const void *bytes = sqlite3_column_blob(st->q, i);

	*n = (size_t)sqlite3_column_bytes(st->q, i);
	return bytes;
}
