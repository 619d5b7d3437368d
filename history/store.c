#include "history/store.h"

#include "history/fact.h"
#include "history/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store {
	struct saw_history_file *file;
	struct saw_points points; /* of the last that was asked for; memory that is used again */
	bool has_open;
};

/* What is in batches is read when it is needed: `sawatch history list` does not. */
static int need_open(struct store *s, struct saw_err *err) {
	int rc = s->has_open ? 0 : saw_history_file_load_open(s->file, err);

	s->has_open = rc == 0;
	return rc;
}

/* ---------------------------------------------------------------------------------------------------------------- ends */

static int has_chunk(struct saw_statement *q, int64_t key, struct saw_err *err) {
	int rc;

	saw_statement_put_int(q, 1, key);
	rc = saw_statement_step(q, err);
	saw_statement_reset(q);
	return rc;
}

/* 1: it has points there, as far as can be told without reading them. */
static int is_there(struct store *s, const struct saw_history_name *name, int64_t from_ms, int64_t to_ms,
					struct saw_err *err) {
	struct saw_history_file *f = s->file;
	int64_t begin = from_ms > name->first_ms ? from_ms : name->first_ms;
	int64_t end = to_ms <= name->last_ms ? to_ms : name->last_ms + 1;
	int rc = 0;

	if (saw_history_file_is_open(f, name->id, from_ms, to_ms))
		return 1;
	if (begin >= end)
		return 0;
	/* What is not closed yet lies in pieces: the last of them is in there, which is enough. */
	if (name->last_ms >= from_ms && name->last_ms < to_ms)
		return 1;
	for (int64_t day = saw_period_number(SAW_PERIOD_DAY, false, end - 1);
		 rc == 0 && day >= saw_period_number(SAW_PERIOD_DAY, false, begin) && day >= f->number[SAW_HISTORY_RAW_FROM];
		 day--)
		rc = has_chunk(f->day, SAW_HISTORY_KEY(day, name->id), err);
	for (int64_t month = saw_period_number(SAW_PERIOD_MONTH, false, end - 1);
		 rc == 0 && month >= saw_period_number(SAW_PERIOD_MONTH, false, begin); month--)
		rc = has_chunk(f->month, SAW_HISTORY_KEY(month, name->id), err);
	return rc;
}

/* Its facts as they were known last before to_ms; the first ones where none were yet. */
static int facts(struct saw_history_file *f, const struct saw_history_name *name, int64_t to_ms,
				 Sawatch__V1__TunnelEnd **message, struct saw_history_end *out, struct saw_err *err) {
	int rc;

	*message = NULL;
	*out = (struct saw_history_end){0};
	saw_statement_put_int(f->fact, 1, name->id);
	saw_statement_put_int(f->fact, 2, to_ms);
	rc = saw_statement_step(f->fact, err);
	if (rc == 1) {
		size_t len;
		const uint8_t *bytes = saw_statement_bytes(f->fact, 0, &len);

		if (saw_fact_read(bytes, len, message, out))
			f->damaged++;
	}
	saw_statement_reset(f->fact);
	out->device = name->device;
	out->tunnel = name->tunnel;
	return rc < 0 ? rc : 0;
}

static int each_end(void *ctx, int64_t from_ms, int64_t to_ms,
					int (*each)(void *each_ctx, const struct saw_history_end *end), void *each_ctx,
					struct saw_err *err) {
	struct store *s = ctx;
	int rc = need_open(s, err);

	for (size_t i = 0; rc == 0 && i < s->file->n_names; i++) {
		const struct saw_history_name *name = s->file->names[i];
		Sawatch__V1__TunnelEnd *message;
		struct saw_history_end end;

		rc = is_there(s, name, from_ms, to_ms, err);
		if (rc != 1)
			continue;
		rc = facts(s->file, name, to_ms, &message, &end, err);
		if (rc == 0)
			rc = each(each_ctx, &end);
		if (message)
			sawatch__v1__tunnel_end__free_unpacked(message, NULL);
	}
	return rc;
}

/* -------------------------------------------------------------------------------------------------------------- points */

static int each_point(void *ctx, const char *device, const char *tunnel, int64_t from_ms, int64_t to_ms,
					  int (*each)(void *each_ctx, const struct saw_point *p), void *each_ctx, struct saw_err *err) {
	struct store *s = ctx;
	bool found;
	size_t at = saw_history_file_place(s->file, device, tunnel, &found);
	int rc = need_open(s, err);

	s->points.n = 0;
	if (rc == 0 && found)
		rc = saw_history_file_points(s->file, s->file->names[at], from_ms, to_ms, &s->points, err);
	for (size_t i = 0; rc == 0 && i < s->points.n; i++)
		rc = each(each_ctx, &s->points.p[i]);
	return rc;
}

static void destroy(void *ctx) {
	struct store *s = ctx;

	if (!s)
		return;
	saw_history_file_close(s->file);
	saw_points_free(&s->points);
	free(s);
}

int saw_history_store_open(const char *path, struct saw_history *out, struct saw_err *err) {
	struct store *s = calloc(1, sizeof *s);
	int rc;

	*out = (struct saw_history){0};
	if (!s)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = saw_history_file_open(path, false, &s->file, err);
	if (rc) {
		free(s);
		saw_err_prefix(err, "the history in %.300s", path);
		return rc;
	}
	*out = (struct saw_history){.ctx = s, .ends = each_end, .points = each_point, .close = destroy};
	return 0;
}

uint64_t saw_history_store_damage(const struct saw_history *h, const char **what) {
	const struct store *s = h->ctx;

	*what = s->file->damaged ? s->file->damage : NULL;
	return s->file->damaged;
}

int64_t saw_history_store_interval(const struct saw_history *h) {
	const struct store *s = h->ctx;
	int64_t ms = s->file->number[SAW_HISTORY_INTERVAL];

	return ms > 0 ? ms : 0;
}

int64_t saw_history_store_raw_from(const struct saw_history *h) {
	const struct store *s = h->ctx;
	int64_t day = s->file->number[SAW_HISTORY_RAW_FROM];

	return day > 0 ? day * SAW_HISTORY_DAY_MS : 0;
}

/* ----------------------------------------------------------------------------------------------------------- summaries */

int saw_history_store_summaries(const struct saw_history *h, const char *device, const char *tunnel,
								enum saw_summary_period period, int64_t from_ms, int64_t to_ms,
								int (*each)(void *each_ctx, const struct saw_summary *s), void *each_ctx,
								struct saw_err *err) {
	struct saw_history_file *f = ((struct store *)h->ctx)->file;
	enum saw_period kind = SAW_HISTORY_KIND_PERIOD(period);
	bool local = SAW_HISTORY_KIND_LOCAL(period), found;
	size_t at = saw_history_file_place(f, device, tunnel, &found);
	struct saw_statement *q = f->summary[period];
	int64_t next = f->number[SAW_HISTORY_NEXT + (int)period], number;
	int rc = 0;

	if (!found)
		return 0;
	if (from_ms < f->names[at]->first_ms)
		saw_period_of(kind, local, f->names[at]->first_ms, &from_ms, &(int64_t){0});
	number = saw_period_number(kind, local, from_ms);
	if (saw_period_start(kind, local, number) < from_ms)
		number++;
	for (; rc == 0 && number < next && saw_period_start(kind, local, number) < to_ms; number++) {
		struct saw_summary s = {.from_ms = saw_period_start(kind, local, number),
								.to_ms = saw_period_start(kind, local, number + 1)};

		saw_statement_put_int(q, 1, SAW_HISTORY_KEY(number, f->names[at]->id));
		rc = saw_statement_step(q, err);
		if (rc == 1) {
			size_t len;
			const uint8_t *bytes = saw_statement_bytes(q, 0, &len);

			rc = saw_summary_read(bytes, len, &s);
			if (rc)
				f->damaged++;
			rc = rc ? 0 : each(each_ctx, &s);
		}
		saw_statement_reset(q);
	}
	return rc;
}

int saw_history_store_zone(const struct saw_history *h, int64_t at_ms, char out[64], struct saw_err *err) {
	struct saw_history_file *f = ((struct store *)h->ctx)->file;
	struct saw_statement *q;
	int rc =
		saw_sqlite_prepare(f->db, "SELECT name FROM zone WHERE from_day <= ?1 ORDER BY from_day DESC LIMIT 1", &q, err);

	snprintf(out, 64, "UTC");
	if (rc)
		return rc;
	saw_statement_put_int(q, 1, saw_period_number(SAW_PERIOD_DAY, false, at_ms));
	rc = saw_statement_step(q, err);
	if (rc == 1 && saw_statement_text(q, 0))
		snprintf(out, 64, "%s", saw_statement_text(q, 0));
	saw_statement_destroy(q);
	return rc < 0 ? rc : 0;
}
