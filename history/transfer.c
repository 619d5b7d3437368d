#include "history/transfer.h"

#include "core/list.h"
#include "core/text.h"
#include "history/fact.h"
#include "proto/tunnel_fact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLUSH ((size_t)64 << 10)
#define BUFFER_MAX ((size_t)1 << 20)

static const char *const columns[SAW_COLUMNS] = {
	[SAW_COLUMN_IN_BYTES] = "in_bytes",           [SAW_COLUMN_OUT_BYTES] = "out_bytes",
	[SAW_COLUMN_IN_PACKETS] = "in_packets",       [SAW_COLUMN_OUT_PACKETS] = "out_packets",
	[SAW_COLUMN_REPLAY_ERRORS] = "replay_errors", [SAW_COLUMN_IN_ERRORS] = "in_errors",
	[SAW_COLUMN_OUT_ERRORS] = "out_errors",       [SAW_COLUMN_QUEUE_DROPS] = "queue_drops",
};

const char *const saw_transfer_states[SAW_TRANSFER_STATES] = {"",        "up",         "degraded", "down",
															  "missing", "unexpected", "unknown"};

/* --------------------------------------------------------------------------------------------------------------- times */

void saw_transfer_print_time(int64_t at_ms, char out[32]) {
	time_t t = (time_t)(at_ms / 1000);
	struct tm tm = {0};
	size_t n;

	gmtime_r(&t, &tm);
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(at_ms % 1000));
}

static bool digits(const char *p, size_t n, int *out) {
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*out = *out * 10 + (p[i] - '0');
	}
	return true;
}

/* Up to three digits behind a point. */
static bool fraction(const char *p, size_t n, int *ms) {
	int value;

	if (n < 2 || n > 4 || *p != '.' || !digits(p + 1, n - 1, &value))
		return false;
	for (; n < 4; n++)
		value *= 10;
	*ms = value;
	return true;
}

int saw_transfer_time(const char *p, size_t n, int64_t *out) {
	struct tm tm = {0}, back;
	int year, month, day, ms = 0;
	const char *point;
	uint64_t seconds;
	time_t t;

	if (n >= 10 && p[4] == '-') {
		if (!digits(p, 4, &year) || p[7] != '-' || !digits(p + 5, 2, &month) || !digits(p + 8, 2, &day) || year < 1970)
			return SAW_EFORMAT;
		tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
		if (n > 10 && (n < 20 || p[10] != 'T' || p[13] != ':' || p[16] != ':' || p[n - 1] != 'Z' ||
					   !digits(p + 11, 2, &tm.tm_hour) || !digits(p + 14, 2, &tm.tm_min) ||
					   !digits(p + 17, 2, &tm.tm_sec) || (n > 20 && !fraction(p + 19, n - 20, &ms))))
			return SAW_EFORMAT;
		back = tm;
		t = timegm(&back);
		if (back.tm_mday != tm.tm_mday || back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min)
			return SAW_EFORMAT;
		*out = (int64_t)t * 1000 + ms;
		return 0;
	}
	point = memchr(p, '.', n);
	if (point && !fraction(point, n - (size_t)(point - p), &ms))
		return SAW_EFORMAT;
	if (saw_parse_u64((struct saw_str){p, point ? (size_t)(point - p) : n}, 253402300799, &seconds))
		return SAW_EFORMAT;
	*out = (int64_t)seconds * 1000 + ms;
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- writing */

struct family {
	const char *name, *type, *help; /* name: without _total */
	int in, out;                    /* columns; -1: another value */
	const char *in_labels, *out_labels;
};

static const struct family families[] = {
	{"sawatch_tunnel_bytes", "counter", "Bytes through IPsec.", SAW_COLUMN_IN_BYTES, SAW_COLUMN_OUT_BYTES,
	 ",direction=\"in\"", ",direction=\"out\""},
	{"sawatch_tunnel_packets", "counter", "Packets through IPsec.", SAW_COLUMN_IN_PACKETS, SAW_COLUMN_OUT_PACKETS,
	 ",direction=\"in\"", ",direction=\"out\""},
	{"sawatch_tunnel_replay_errors", "counter", "Packets dropped by the anti-replay check.", SAW_COLUMN_REPLAY_ERRORS,
	 -1, "", NULL},
	{"sawatch_tunnel_errors", "counter", "Packets lost in IPsec.", SAW_COLUMN_IN_ERRORS, SAW_COLUMN_OUT_ERRORS,
	 ",direction=\"in\",reason=\"recv\"", ",direction=\"out\",reason=\"send\""},
	{"sawatch_tunnel_queue_drops", "counter", "Packets that the queue of the tunnel interface dropped.",
	 SAW_COLUMN_QUEUE_DROPS, -1, "", NULL},
	{"sawatch_tunnel_up", "gauge", "1 if the tunnel carries traffic, 0 if it does not; absent while unknown.", -1, -1,
	 NULL, NULL},
	{"sawatch_tunnel_maintenance", "gauge", "1 while nobody is to be woken for this tunnel.", -1, -1, NULL, NULL},
	{"sawatch_tunnel_state", "gauge", "1 while the tunnel is in this state, 0 when it leaves it.", -1, -1, NULL, NULL},
	{"sawatch_tunnel_count_gaps", "counter", "Counts that could not be known.", -1, -1, NULL, NULL},
	{"sawatch_tunnel_capacity_bytes_per_second", "gauge", "What the tunnel can carry, as configured.", -1, -1, NULL,
	 NULL},
	{"sawatch_tunnel_info", "gauge", "Always 1; facts of the tunnel end as last known.", -1, -1, NULL, NULL},
};
#define FAMILIES (sizeof families / sizeof *families)
enum { UP_FAMILY = FAMILIES - 6, MAINTENANCE_FAMILY, STATE_FAMILY, GAPS_FAMILY, CAPACITY_FAMILY, INFO_FAMILY };

struct names {
	char *device, *tunnel;
	struct saw_buf facts; /* as labels */
	uint64_t capacity;
};

struct writing {
	const struct saw_transfer *t;
	const struct family *family; /* OpenMetrics */
	struct saw_buf out, labels;
	struct names *names;
	size_t n, room;
	uint64_t *readings;
	const char *suffix;
	const struct names *name; /* whose samples these are */
	uint64_t gaps;
	unsigned state; /* whose series this is */
	bool was;       /* in it */
};

static int flush(struct writing *w, size_t least) {
	int rc = saw_buf_error(&w->out);

	if (rc == 0 && w->out.len > least) {
		rc = w->t->write(w->t->ctx, w->out.data, w->out.len);
		saw_buf_reset(&w->out);
	}
	return rc;
}

static void put_label(struct saw_buf *b, const char *text) {
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			saw_buf_putc(b, '\\');
		saw_buf_putc(b, *text);
	}
}

/* As sawatch_tunnel_info has them. */
static void put_facts(struct saw_buf *b, const struct saw_history_end *e) {
	Sawatch__V1__TunnelEnd t;

	saw_fact_to(e, &t);
	for (enum saw_tunnel_fact f = 0; f < SAW_TUNNEL_FACTS_COUNT; f++) {
		char scratch[SAW_FIELD_SCRATCH];
		const char *text = saw_tunnel_fact_text(&t, f, scratch);

		if (!text)
			continue;
		saw_buf_printf(b, ",%s=\"", saw_tunnel_fact_label(f));
		put_label(b, text);
		saw_buf_putc(b, '"');
	}
}

static int keep_name(void *ctx, const struct saw_history_end *end) {
	struct writing *w = ctx;
	struct names *n;

	if ((w->t->device && strcmp(w->t->device, end->device) != 0) ||
		(w->t->tunnel && strcmp(w->t->tunnel, end->tunnel) != 0))
		return 0;
	if (SAW_LIST_ROOM(w->names, w->n, w->room))
		return -ENOMEM;
	n = &w->names[w->n++];
	*n = (struct names){strdup(end->device), strdup(end->tunnel), SAW_BUF_INIT(BUFFER_MAX),
						end->capacity_bytes_per_second};
	put_facts(&n->facts, end);
	return n->device && n->tunnel ? saw_buf_error(&n->facts) : -ENOMEM;
}

/* RFC 4180: in quotes where it needs them. */
static void put_cell(struct saw_buf *b, const char *text) {
	if (!strpbrk(text, ",\"\r\n")) {
		saw_buf_puts(b, text);
		return;
	}
	saw_buf_putc(b, '"');
	for (; *text; text++) {
		if (*text == '"')
			saw_buf_putc(b, '"');
		saw_buf_putc(b, *text);
	}
	saw_buf_putc(b, '"');
}

static int put_row(void *ctx, const struct saw_point *p) {
	struct writing *w = ctx;
	char time[32];

	saw_transfer_print_time(p->at_ms, time);
	saw_buf_puts(&w->out, time);
	saw_buf_put(&w->out, w->labels.data, w->labels.len);
	saw_buf_puts(&w->out, p->state < SAW_TRANSFER_STATES ? saw_transfer_states[p->state] : "");
	saw_buf_puts(&w->out, p->maintenance ? ",1" : ",0");
	saw_buf_puts(&w->out, p->gap ? ",1" : ",0");
	for (int c = 0; c < SAW_COLUMNS; c++) {
		saw_buf_putc(&w->out, ',');
		if (p->has >> c & 1)
			saw_buf_put_u64(&w->out, p->total[c]);
	}
	saw_buf_putc(&w->out, '\n');
	++*w->readings;
	return flush(w, FLUSH);
}

static void put_sample(struct writing *w, const struct saw_point *p, const char *more, uint64_t value) {
	struct saw_buf *b = &w->out;

	saw_buf_puts(b, w->family->name);
	saw_buf_puts(b, w->suffix);
	saw_buf_put(b, w->labels.data, w->labels.len);
	saw_buf_puts(b, more);
	saw_buf_puts(b, "} ");
	saw_buf_put_u64(b, value);
	saw_buf_printf(b, " %lld.%03d\n", (long long)(p->at_ms / 1000), (int)(p->at_ms % 1000));
}

static int put_in_samples(void *ctx, const struct saw_point *p) {
	struct writing *w = ctx;
	const struct family *f = w->family;

	if (f->in >= 0 && p->has >> f->in & 1)
		put_sample(w, p, f->in_labels, p->total[f->in]);
	if (f == &families[UP_FAMILY] && p->state && p->state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN)
		put_sample(w, p, "",
				   p->state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN &&
					   p->state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING);
	if (f == &families[MAINTENANCE_FAMILY])
		put_sample(w, p, "", p->maintenance);
	if (f == &families[GAPS_FAMILY])
		put_sample(w, p, "", w->gaps += p->gap);
	if (f == &families[CAPACITY_FAMILY] && w->name->capacity)
		put_sample(w, p, "", w->name->capacity);
	if (f == &families[INFO_FAMILY])
		put_sample(w, p, saw_buf_text(&w->name->facts), 1);
	*w->readings += f == families;
	return flush(w, FLUSH);
}

static int put_out_samples(void *ctx, const struct saw_point *p) {
	struct writing *w = ctx;

	if (p->has >> w->family->out & 1)
		put_sample(w, p, w->family->out_labels, p->total[w->family->out]);
	return flush(w, FLUSH);
}

/* The other states have no samples, but the 0 that ends them: a sixth of the text. */
static int put_state(void *ctx, const struct saw_point *p) {
	struct writing *w = ctx;
	bool is = p->state == w->state;
	char label[32];

	if (is || w->was) {
		snprintf(label, sizeof label, ",state=\"%s\"", saw_transfer_states[w->state]);
		put_sample(w, p, label, is);
	}
	w->was = is;
	return flush(w, FLUSH);
}

static int put_states(struct writing *w, const struct saw_history *h, const struct names *n, struct saw_err *err) {
	int rc = 0;

	for (w->state = 1; rc == 0 && w->state < SAW_TRANSFER_STATES; w->state++) {
		w->was = false;
		rc = h->points(h->ctx, n->device, n->tunnel, w->t->from_ms, w->t->to_ms, put_state, w, err);
	}
	return rc;
}

static int each_end(struct writing *w, const struct saw_history *h, int (*row)(void *ctx, const struct saw_point *p),
					void (*begin)(struct writing *w, const struct names *n), struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < w->n; i++) {
		const struct names *n = w->name = &w->names[i];

		w->gaps = 0;
		saw_buf_reset(&w->labels);
		begin(w, n);
		rc = saw_buf_error(&w->labels);
		if (rc == 0)
			rc = h->points(h->ctx, n->device, n->tunnel, w->t->from_ms, w->t->to_ms, row, w, err);
		/* Series by series, as OpenMetrics wants them. */
		if (rc == 0 && w->family && w->family->out >= 0)
			rc = h->points(h->ctx, n->device, n->tunnel, w->t->from_ms, w->t->to_ms, put_out_samples, w, err);
		if (rc == 0 && w->family == &families[STATE_FAMILY])
			rc = put_states(w, h, n, err);
		if (w->t->progress)
			w->t->progress(w->t->ctx, i + 1, w->n);
	}
	return rc;
}

static void begin_rows(struct writing *w, const struct names *n) {
	saw_buf_putc(&w->labels, ',');
	put_cell(&w->labels, n->device);
	saw_buf_putc(&w->labels, ',');
	put_cell(&w->labels, n->tunnel);
	saw_buf_putc(&w->labels, ',');
}

static void begin_samples(struct writing *w, const struct names *n) {
	saw_buf_puts(&w->labels, "{device=\"");
	put_label(&w->labels, n->device);
	saw_buf_puts(&w->labels, "\",tunnel=\"");
	put_label(&w->labels, n->tunnel);
	saw_buf_putc(&w->labels, '"');
}

static int write_csv(struct writing *w, const struct saw_history *h, struct saw_err *err) {
	saw_buf_puts(&w->out, "time,device,tunnel,state,maintenance,gap");
	for (int c = 0; c < SAW_COLUMNS; c++)
		saw_buf_printf(&w->out, ",%s", columns[c]);
	saw_buf_putc(&w->out, '\n');
	return each_end(w, h, put_row, begin_rows, err);
}

static int write_openmetrics(struct writing *w, const struct saw_history *h, struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < FAMILIES; i++) {
		const struct family *f = w->family = &families[i];

		w->suffix = strcmp(f->type, "counter") == 0 ? "_total" : "";
		saw_buf_printf(&w->out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name, f->type);
		rc = each_end(w, h, put_in_samples, begin_samples, err);
	}
	saw_buf_puts(&w->out, "# EOF\n");
	return rc;
}

int saw_history_export(const struct saw_history *h, const struct saw_transfer *t, uint64_t *readings,
					   struct saw_err *err) {
	struct writing w = {.t = t, .readings = readings};
	int rc;

	*readings = 0;
	saw_buf_init(&w.out, BUFFER_MAX);
	saw_buf_init(&w.labels, BUFFER_MAX);
	rc = h->ends(h->ctx, t->from_ms, t->to_ms, keep_name, &w, err);
	if (rc == 0)
		rc = t->form == SAW_TRANSFER_CSV ? write_csv(&w, h, err) : write_openmetrics(&w, h, err);
	if (rc == 0)
		rc = flush(&w, 0);
	for (size_t i = 0; i < w.n; i++) {
		free(w.names[i].device);
		free(w.names[i].tunnel);
		saw_buf_free(&w.names[i].facts);
	}
	free(w.names);
	saw_buf_free(&w.out);
	saw_buf_free(&w.labels);
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------ CSV, read */

/* What a column of the file is. */
enum { TIME, DEVICE, TUNNEL, STATE, MAINTENANCE, GAP, TOTAL, CELLS = TOTAL + SAW_COLUMNS };
static const char *const cells[TOTAL] = {"time", "device", "tunnel", "state", "maintenance", "gap"};
#define CELLS_MAX 64

struct saw_csv {
	saw_csv_reading_fn *each;
	void *ctx;
	unsigned long line;
	size_t n;
	char text[SAW_TRANSFER_LINE];
	int means[CELLS_MAX]; /* by place in the line; -1: nothing we know */
	size_t n_means;       /* 0: the first line has not come */
};

struct saw_csv *saw_csv_create(saw_csv_reading_fn *each, void *ctx) {
	struct saw_csv *c = calloc(1, sizeof *c);

	if (c) {
		c->each = each;
		c->ctx = ctx;
	}
	return c;
}

void saw_csv_destroy(struct saw_csv *c) {
	free(c);
}

/* Cuts the next cell out of the line, in place; NULL: the quotes are wrong. *next: NULL after the last. */
static char *cut_cell(char *p, char **next) {
	char *begin = p, *to = p;

	*next = NULL;
	if (*p != '"') {
		p += strcspn(p, ",");
		if (*p)
			*next = p + 1;
		*p = 0;
		return strchr(begin, '"') ? NULL : begin;
	}
	for (p++; *p; p++) {
		if (*p == '"' && p[1] != '"')
			break;
		p += *p == '"';
		*to++ = *p;
	}
	if (*p != '"' || (p[1] && p[1] != ','))
		return NULL;
	if (p[1])
		*next = p + 2;
	*to = 0;
	return begin;
}

static int wrong(const struct saw_csv *c, struct saw_err *err, const char *what, const char *value) {
	struct saw_buf shown = SAW_BUF_INIT(400);
	int rc;

	saw_put_clean(&shown, value, strnlen(value, 60));
	rc = saw_err_set(err, SAW_EFORMAT, "line %lu: %s is not valid: \"%s\"", c->line, what, saw_buf_text(&shown));
	saw_buf_free(&shown);
	return rc;
}

static int take_heading(struct saw_csv *c, struct saw_err *err) {
	unsigned found = 0;

	for (char *p = c->text, *next; p; p = next) {
		const char *name = cut_cell(p, &next);
		int means = -1;

		if (!name || c->n_means == CELLS_MAX)
			return saw_err_set(err, SAW_EFORMAT,
							   "line 1: names of columns are expected, as `sawatch history export` writes them");
		for (int i = 0; i < TOTAL; i++)
			if (strcmp(cells[i], name) == 0)
				means = i;
		for (int i = 0; i < SAW_COLUMNS; i++)
			if (strcmp(columns[i], name) == 0)
				means = TOTAL + i;
		c->means[c->n_means++] = means;
		found |= means >= 0 && means < TOTAL ? 1U << means : 0;
	}
	if (~found & (1U << TIME | 1U << DEVICE | 1U << TUNNEL))
		return saw_err_set(err, SAW_EFORMAT, "line 1: the columns time, device and tunnel are needed, by these names");
	return 0;
}

static bool take_bool(const char *text, bool *out) {
	*out = *text == '1';
	return (*text == '1' || *text == '0') && !text[1];
}

static int take_cell(const struct saw_csv *c, int means, const char *text, const char *names[2], struct saw_point *p,
					 struct saw_err *err) {
	int column = means - TOTAL;

	switch (means) {
	case TIME:
		return saw_transfer_time(text, strlen(text), &p->at_ms) ? wrong(c, err, "time", text) : 0;
	case DEVICE:
	case TUNNEL:
		names[means - DEVICE] = text;
		return *text ? 0 : wrong(c, err, cells[means], text);
	case STATE:
		for (size_t i = 0; i < SAW_TRANSFER_STATES; i++)
			if (strcmp(saw_transfer_states[i], text) == 0) {
				p->state = i ? (uint8_t)i : SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
				return 0;
			}
		return wrong(c, err, "state", text);
	case MAINTENANCE:
		return !*text || take_bool(text, &p->maintenance) ? 0 : wrong(c, err, "maintenance", text);
	case GAP:
		return !*text || take_bool(text, &p->gap) ? 0 : wrong(c, err, "gap", text);
	default:
		if (column < 0 || !*text)
			return 0;
		p->has |= 1U << column;
		return saw_parse_u64(saw_str_of(text), UINT64_MAX, &p->total[column]) ? wrong(c, err, columns[column], text)
																			  : 0;
	}
}

static int take_line(struct saw_csv *c, struct saw_err *err) {
	struct saw_point p = {.state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN};
	const char *names[2] = {"", ""};
	size_t i = 0;
	int rc = 0;

	c->line++;
	c->text[c->n] = 0;
	if (c->n && c->text[c->n - 1] == '\r')
		c->text[--c->n] = 0;
	if (c->n == 0)
		return 0;
	if (strlen(c->text) != c->n)
		return saw_err_set(err, SAW_EFORMAT, "line %lu: it has a NUL byte", c->line);
	if (c->n_means == 0)
		return take_heading(c, err);
	for (char *cell = c->text, *next; rc == 0 && cell; cell = next, i++) {
		const char *text = cut_cell(cell, &next);

		if (!text)
			return saw_err_set(err, SAW_EFORMAT, "line %lu: quotes are not closed, or stand inside a cell", c->line);
		if (i == c->n_means)
			return saw_err_set(err, SAW_EFORMAT, "line %lu: it has more cells than the first line", c->line);
		rc = take_cell(c, c->means[i], text, names, &p, err);
	}
	if (rc == 0 && i < c->n_means)
		return saw_err_set(err, SAW_EFORMAT, "line %lu: it has %zu cells, and the first line %zu", c->line, i,
						   c->n_means);
	return rc ? rc : c->each(c->ctx, names[0], names[1], &p, err);
}

int saw_csv_feed(struct saw_csv *c, const char *bytes, size_t n, struct saw_err *err) {
	for (const char *end = bytes + n; bytes < end;) {
		const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t piece = (size_t)((feed ? feed : end) - bytes);
		int rc;

		if (c->n + piece >= sizeof c->text)
			return saw_err_set(err, SAW_EFORMAT, "line %lu: it is longer than %d bytes", c->line + 1,
							   SAW_TRANSFER_LINE);
		memcpy(c->text + c->n, bytes, piece);
		c->n += piece;
		bytes += piece + 1;
		if (!feed)
			break;
		rc = take_line(c, err);
		c->n = 0;
		if (rc)
			return rc;
	}
	return 0;
}

int saw_csv_end(struct saw_csv *c, struct saw_err *err) {
	int rc = c->n ? take_line(c, err) : 0;

	c->n = 0;
	if (rc == 0 && c->n_means == 0)
		return saw_err_set(err, SAW_EFORMAT, "there is no line with the names of the columns");
	return rc;
}
