#include "history/store.h"

#include "history/fact.h"
#include "history/file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store {
	struct saw_history_file *file;
	struct saw_points points; /* of the last that was asked for; memory that is used again */
	bool has_open;

	/* Percentiles of days of all ends: those of end i from day_p95[i * n_days * 2] on, in and out. */
	float *day_p95;
	int64_t first_day;
	size_t n_days, day_ends;
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

	if (rc == 0)
		rc = saw_history_file_load_names(s->file, err);
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
	const struct saw_history_name *name;
	int rc = need_open(s, err);

	s->points.n = 0;
	if (rc == 0)
		rc = saw_history_file_find(s->file, device, tunnel, &name, err);
	if (rc == 0 && name)
		rc = saw_history_file_points(s->file, name, from_ms, to_ms, &s->points, err);
	for (size_t i = 0; rc == 0 && i < s->points.n; i++)
		rc = each(each_ctx, &s->points.p[i]);
	return rc;
}

/* ---------------------------------------------------------------------------------------------------------------- days */

#define DAYS_MAX ((size_t)1 << 29) /* bytes that those of all ends may take */
#define DAY_KNOWN 0.5

static const int day_kinds[] = {SAW_HISTORY_KIND(SAW_PERIOD_DAY, false), SAW_HISTORY_KIND(SAW_PERIOD_DAY, true)};

static bool read_day(struct saw_history_file *f, struct saw_statement *q, int column, int64_t day,
					 struct saw_history_day *out) {
	struct saw_summary s = {.from_ms = day * SAW_HISTORY_DAY_MS, .to_ms = (day + 1) * SAW_HISTORY_DAY_MS};
	const struct saw_summary_load *in = &s.load[SAW_DIRECTION_IN], *way_out = &s.load[SAW_DIRECTION_OUT];
	size_t len;
	const uint8_t *bytes = saw_statement_bytes(q, column, &len);

	if (saw_summary_read(bytes, len, &s)) {
		f->damaged++;
		return false;
	}
	*out = (struct saw_history_day){.day = day,
									.in_p95 = in->coverage >= DAY_KNOWN ? (double)in->p95 : NAN,
									.out_p95 = way_out->coverage >= DAY_KNOWN ? (double)way_out->p95 : NAN};
	return true;
}

static int scan_days(struct store *s, int kind, struct saw_err *err) {
	struct saw_statement *q;
	char sql[128];
	int rc;

	snprintf(sql, sizeof sql, "SELECT id, summary FROM %s WHERE id >= ?1 AND id < ?2",
			 saw_history_summary_tables[kind]);
	rc = saw_sqlite_prepare(s->file->db, sql, &q, err);
	if (rc)
		return rc;
	saw_statement_put_int(q, 1, SAW_HISTORY_KEY(s->first_day, 0));
	saw_statement_put_int(q, 2, SAW_HISTORY_KEY(s->first_day + (int64_t)s->n_days, 0));
	while ((rc = saw_statement_step(q, err)) == 1) {
		const int64_t key = saw_statement_int(q, 0), day = key >> 24;
		const size_t end = (size_t)(key & SAW_HISTORY_ENDS);
		struct saw_history_day d;

		if (end < s->day_ends && read_day(s->file, q, 1, day, &d)) {
			float *to = s->day_p95 + (end * s->n_days + (size_t)(day - s->first_day)) * 2;

			to[0] = (float)d.in_p95;
			to[1] = (float)d.out_p95;
		}
	}
	saw_statement_destroy(q);
	return rc;
}

/* 1: they are there; 0: they would take too much memory. */
static int need_days(struct store *s, int64_t from_day, int64_t to_day, struct saw_err *err) {
	const size_t n_days = (size_t)(to_day - from_day);
	size_t ends = 0;
	int rc = 0;

	if (s->day_p95 && s->first_day == from_day && s->n_days == n_days)
		return 1;
	rc = saw_history_file_load_names(s->file, err);
	for (size_t i = 0; rc == 0 && i < s->file->n_names; i++)
		ends = s->file->names[i]->id >= ends ? s->file->names[i]->id + 1 : ends;
	if (rc || n_days == 0 || ends > DAYS_MAX / 2 / sizeof(float) / n_days)
		return rc;
	free(s->day_p95);
	s->day_p95 = malloc(ends * n_days * 2 * sizeof(float) + 1);
	if (!s->day_p95)
		return 0;
	for (size_t i = 0; i < ends * n_days * 2; i++)
		s->day_p95[i] = NAN;
	s->first_day = from_day;
	s->n_days = n_days;
	s->day_ends = ends;
	for (size_t i = 0; rc == 0 && i < sizeof day_kinds / sizeof *day_kinds; i++)
		rc = scan_days(s, day_kinds[i], err);
	return rc ? rc : 1;
}

static int each_day_of(struct store *s, uint32_t id, int64_t from_day, int64_t to_day,
					   void (*each)(void *each_ctx, const struct saw_history_day *d), void *each_ctx,
					   struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < sizeof day_kinds / sizeof *day_kinds; i++) {
		struct saw_statement *q = s->file->summary[day_kinds[i]];

		for (int64_t day = from_day; rc >= 0 && day < to_day; day++) {
			struct saw_history_day d;

			saw_statement_put_int(q, 1, SAW_HISTORY_KEY(day, id));
			rc = saw_statement_step(q, err);
			if (rc == 1 && read_day(s->file, q, 0, day, &d))
				each(each_ctx, &d);
			saw_statement_reset(q);
		}
	}
	return rc < 0 ? rc : 0;
}

static int each_day(void *ctx, const char *device, const char *tunnel, int64_t from_day, int64_t to_day, bool many,
					void (*each)(void *each_ctx, const struct saw_history_day *d), void *each_ctx,
					struct saw_err *err) {
	struct store *s = ctx;
	const struct saw_history_name *name;
	const int all = many ? need_days(s, from_day, to_day, err) : 0; /* before the name, as it reads the list anew */
	const int rc = all < 0 ? all : saw_history_file_find(s->file, device, tunnel, &name, err);

	if (rc || !name)
		return rc;
	if (!all)
		return each_day_of(s, name->id, from_day, to_day, each, each_ctx, err);
	for (int64_t day = from_day; name->id < s->day_ends && day < to_day; day++) {
		const float *p95 = s->day_p95 + (name->id * s->n_days + (size_t)(day - from_day)) * 2;

		if (!isnan(p95[0]) || !isnan(p95[1]))
			each(each_ctx, &(struct saw_history_day){.day = day, .in_p95 = p95[0], .out_p95 = p95[1]});
	}
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- closed */

/* Whether local summaries from then on are of this zone: those before the newest one may be of any, unless there was no other. */
static int is_zone(struct store *s, const char *zone, int64_t from_ms, struct saw_err *err) {
	struct saw_statement *q;
	bool is = false;
	int rc = saw_sqlite_prepare(s->file->db, "SELECT name, from_day FROM zone ORDER BY from_day DESC LIMIT 2", &q, err);

	if (rc)
		return rc;
	rc = saw_statement_step(q, err);
	if (rc == 1 && saw_statement_text(q, 0) && strcmp(saw_statement_text(q, 0), zone) == 0) {
		is = saw_statement_int(q, 1) <= saw_period_number(SAW_PERIOD_DAY, false, from_ms);
		rc = is ? 0 : saw_statement_step(q, err);
		is = is || rc == 0;
	}
	saw_statement_destroy(q);
	return rc < 0 ? rc : is;
}

static int read_closed(struct store *s, int kind, uint32_t id, int64_t from_ms, int64_t to_ms,
					   struct saw_history_closed out[2], struct saw_err *err) {
	const int64_t number = saw_period_number(SAW_HISTORY_KIND_PERIOD(kind), SAW_HISTORY_KIND_LOCAL(kind), from_ms);
	struct saw_summary sum = {.from_ms = from_ms, .to_ms = to_ms};
	struct saw_statement *q = s->file->summary[kind];
	int rc;

	saw_statement_put_int(q, 1, SAW_HISTORY_KEY(number, id));
	rc = saw_statement_step(q, err);
	if (rc == 1) {
		size_t len;
		const uint8_t *bytes = saw_statement_bytes(q, 0, &len);

		if (saw_summary_read(bytes, len, &sum)) {
			s->file->damaged++;
			rc = 0;
		}
	}
	saw_statement_reset(q);
	for (int d = 0; rc == 1 && d < SAW_DIRECTIONS; d++) {
		const struct saw_summary_load *l = &sum.load[d];

		out[d] = (struct saw_history_closed){
			.p95 = l->coverage > 0 ? (double)l->p95 : NAN, .peak = (double)l->max, .peak_ms = l->max_ms};
	}
	return rc;
}

static int closed(void *ctx, const char *device, const char *tunnel, const char *zone, int64_t from_ms, int64_t to_ms,
				  struct saw_history_closed out[2], struct saw_err *err) {
	struct store *s = ctx;
	const struct saw_history_name *name;
	int rc = saw_history_file_find(s->file, device, tunnel, &name, err);

	for (int kind = 0; rc == 0 && name && kind < SAW_HISTORY_KINDS; kind++) {
		const bool local = SAW_HISTORY_KIND_LOCAL(kind);
		int64_t begin, end;

		saw_period_of(SAW_HISTORY_KIND_PERIOD(kind), local, from_ms, &begin, &end);
		if (begin != from_ms || end != to_ms)
			continue;
		rc = local ? is_zone(s, zone, from_ms, err) : 1;
		if (rc == 1)
			rc = read_closed(s, kind, name->id, from_ms, to_ms, out, err);
	}
	return rc;
}

static void destroy(void *ctx) {
	struct store *s = ctx;

	if (!s)
		return;
	free(s->day_p95);
	saw_history_file_close(s->file);
	saw_points_free(&s->points);
	free(s);
}

static int64_t raw_from(const struct saw_history_file *f) {
	const int64_t day = f->number[SAW_HISTORY_RAW_FROM];

	return day > 0 ? day * SAW_HISTORY_DAY_MS : 0;
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
	*out = (struct saw_history){.ctx = s,
								.raw_from_ms = raw_from(s->file),
								.ends = each_end,
								.points = each_point,
								.days = each_day,
								.closed = closed,
								.close = destroy};
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
	return raw_from(((const struct store *)h->ctx)->file);
}

bool saw_history_store_span(const struct saw_history *h, const char *device, const char *tunnel, int64_t *first_ms,
							int64_t *last_ms) {
	struct store *s = h->ctx;
	const struct saw_history_name *name;
	struct saw_err ignored;

	if (need_open(s, &ignored) || saw_history_file_find(s->file, device, tunnel, &name, &ignored) || !name)
		return false;
	*first_ms = name->first_ms;
	*last_ms = name->last_ms;
	saw_history_file_open_span(s->file, name->id, first_ms, last_ms);
	return *first_ms <= *last_ms;
}

/* ----------------------------------------------------------------------------------------------------------- summaries */

int saw_history_store_summaries(const struct saw_history *h, const char *device, const char *tunnel,
								enum saw_summary_period period, int64_t from_ms, int64_t to_ms,
								int (*each)(void *each_ctx, const struct saw_summary *s), void *each_ctx,
								struct saw_err *err) {
	struct saw_history_file *f = ((struct store *)h->ctx)->file;
	enum saw_period kind = SAW_HISTORY_KIND_PERIOD(period);
	bool local = SAW_HISTORY_KIND_LOCAL(period);
	const struct saw_history_name *name;
	struct saw_statement *q = f->summary[period];
	int64_t next = f->number[SAW_HISTORY_NEXT + (int)period], number;
	int rc = saw_history_file_find(f, device, tunnel, &name, err);

	if (rc || !name)
		return rc;
	if (from_ms < name->first_ms)
		saw_period_of(kind, local, name->first_ms, &from_ms, &(int64_t){0});
	number = saw_period_number(kind, local, from_ms);
	if (saw_period_start(kind, local, number) < from_ms)
		number++;
	for (; rc == 0 && number < next && saw_period_start(kind, local, number) < to_ms; number++) {
		struct saw_summary s = {.from_ms = saw_period_start(kind, local, number),
								.to_ms = saw_period_start(kind, local, number + 1)};

		saw_statement_put_int(q, 1, SAW_HISTORY_KEY(number, name->id));
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
