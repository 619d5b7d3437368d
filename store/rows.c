#include "store/rows.h"

#include "store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const migrations[] = {
	"CREATE TABLE device (id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT, state BLOB NOT NULL);"
	"CREATE TABLE tunnel (id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT, state BLOB NOT NULL);",
	"CREATE TABLE link (id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT, state BLOB NOT NULL);",
};
static const struct saw_sqlite_schema schema = {
	.id = 0x53415721, /* "SAW!" */
	.migrations = migrations,
	.version = (int)(sizeof migrations / sizeof *migrations),
};

static const char *const tables[SAW_RECORD_KINDS] = {
	[SAW_RECORD_DEVICE] = "device", [SAW_RECORD_TUNNEL] = "tunnel", [SAW_RECORD_LINK] = "link"};

struct saw_rows {
	struct saw_sqlite *db;
	struct saw_statement *put[SAW_RECORD_KINDS], *remove[SAW_RECORD_KINDS];
};

int saw_rows_open(const char *path, struct saw_rows **out, struct saw_err *err) {
	struct saw_rows *r = calloc(1, sizeof *r);
	char sql[160];
	int rc;

	*out = NULL;
	if (!r)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = saw_sqlite_open(path, &schema, SAW_SQLITE_ALONE, &r->db, err);
	for (int i = 0; rc == 0 && i < SAW_RECORD_KINDS; i++) {
		snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s (id, device, name, state) VALUES (?1, ?2, ?3, ?4)",
				 tables[i]);
		rc = saw_sqlite_prepare(r->db, sql, &r->put[i], err);
		snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id = ?1", tables[i]);
		if (rc == 0)
			rc = saw_sqlite_prepare(r->db, sql, &r->remove[i], err);
	}
	if (rc) {
		saw_rows_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

void saw_rows_close(struct saw_rows *r) {
	if (!r)
		return;
	for (int i = 0; i < SAW_RECORD_KINDS; i++) {
		saw_statement_destroy(r->put[i]);
		saw_statement_destroy(r->remove[i]);
	}
	saw_sqlite_close(r->db);
	free(r);
}

static int each_of(struct saw_rows *rows, enum saw_record_kind kind, int (*fn)(void *ctx, const struct saw_record *r),
				   void *ctx, struct saw_err *err) {
	struct saw_statement *q;
	char sql[80];
	int rc;

	snprintf(sql, sizeof sql, "SELECT id, device, name, state FROM %s", tables[kind]);
	rc = saw_sqlite_prepare(rows->db, sql, &q, err);
	if (rc)
		return rc;
	while ((rc = saw_statement_step(q, err)) == 1) {
		struct saw_record r = {.kind = kind,
							   .id = saw_statement_int(q, 0),
							   .device = saw_statement_text(q, 1),
							   .name = saw_statement_text(q, 2)};

		r.data = saw_statement_bytes(q, 3, &r.len);
		rc = r.device && r.data ? fn(ctx, &r) : 0;
		if (rc)
			break;
	}
	saw_statement_destroy(q);
	return rc;
}

int saw_rows_each(struct saw_rows *r, int (*fn)(void *ctx, const struct saw_record *record), void *ctx,
				  struct saw_err *err) {
	int rc = 0;

	for (int i = 0; rc == 0 && i < SAW_RECORD_KINDS; i++)
		rc = each_of(r, (enum saw_record_kind)i, fn, ctx, err);
	return rc;
}

static int write_one(struct saw_rows *rows, const struct saw_record *r, struct saw_err *err) {
	struct saw_statement *q = r->len ? rows->put[r->kind] : rows->remove[r->kind];

	saw_statement_put_int(q, 1, r->id);
	if (r->len) {
		saw_statement_put_text(q, 2, r->device);
		saw_statement_put_text(q, 3, r->name);
		saw_statement_put_bytes(q, 4, r->data, r->len);
	}
	return saw_statement_run(q, err);
}

int saw_rows_write(struct saw_rows *r, const struct saw_record *const *records, size_t n, struct saw_err *err) {
	int rc = saw_sqlite_begin(r->db, err);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = write_one(r, records[i], err);
	if (rc == 0)
		return saw_sqlite_commit(r->db, err);
	saw_sqlite_undo(r->db);
	return rc;
}
