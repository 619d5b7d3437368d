#include "history/engine.h"

#include "core/buf.h"
#include "core/list.h"
#include "history/answer.h"
#include "history/fact.h"
#include "io/http.h"
#include "proto/json.h"
#include "proto/tunnel_fact.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS (5 * 60 * 1000LL)
#define STEPS_MAX 10000
#define DAY_MS (24 * 60 * 60 * 1000LL)
#define TIMEOUT_MS 120000
#define ANSWER_MAX ((size_t)1 << 30)
#define QUERY_MAX 6000
#define SOURCES 4

/* Facts of an end, as its last info series had them. */
struct known {
	char *device, *tunnel;
	int64_t at_ms;
	char *texts[SAW_TUNNEL_FACTS_COUNT];
	uint64_t capacity;
};

/* When a device was read, by step; of the source that is preferred. */
struct reads {
	char *device;
	int64_t from_ms; /* of the chunk */
	int64_t *at_ms;  /* 0: not known */
	size_t n;
	int rank; /* of the source, 0: none yet */
};

struct engine {
	char *url, *credentials, *bearer, *selector;
	bool cleartext;
	struct reads reads;
	struct known *known;
	size_t n_known, room;
};

/* ------------------------------------------------------------------------------------------------------------------- asking */

static void put_encoded(struct saw_buf *b, const char *text) {
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-_.~", c))
			saw_buf_putc(b, (char)c);
		else
			saw_buf_printf(b, "%%%02X", c);
	}
}

static void put_matcher(struct saw_buf *b, const char *label, const char *value) {
	saw_buf_printf(b, ",%s=\"", label);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			saw_buf_putc(b, '\\');
		if (*value == '\n')
			saw_buf_puts(b, "\\n");
		else
			saw_buf_putc(b, *value);
	}
	saw_buf_putc(b, '"');
}

static int ask(const struct engine *e, const char *query, int64_t from_ms, int64_t to_ms, int64_t step_ms,
			   saw_answer_each *each, void *ctx, struct saw_err *err) {
	struct saw_buf path = SAW_BUF_INIT((size_t)QUERY_MAX * 3);
	struct saw_fetch_reply reply;
	struct saw_fetch f = {.server = e->url,
						  .accept = "application/json",
						  .credentials = e->credentials,
						  .bearer = e->bearer,
						  .cleartext = e->cleartext,
						  .timeout_ms = TIMEOUT_MS,
						  .body_max = ANSWER_MAX};
	int rc;

	saw_buf_puts(&path, "/api/v1/query_range?query=");
	put_encoded(&path, query);
	saw_buf_printf(&path, "&start=%.3f&end=%.3f&step=%lld", (double)from_ms / 1000, (double)to_ms / 1000,
				   (long long)(step_ms / 1000));
	f.path = saw_buf_text(&path);
	rc = saw_buf_error(&path) ? saw_err_set(err, saw_buf_error(&path), "the query is too long")
							  : saw_fetch(&f, &reply, err);
	if (rc == 0) {
		rc = saw_answer_read(e->url, reply.status, saw_buf_text(&reply.body), reply.body.len, each, ctx, err);
		saw_fetch_reply_free(&reply);
	}
	saw_buf_free(&path);
	return rc;
}

/* --------------------------------------------------------------------------------------------------------------------- ends */

static void known_free(struct known *k) {
	free(k->device);
	free(k->tunnel);
	for (enum saw_tunnel_fact i = 0; i < SAW_TUNNEL_FACTS_COUNT; i++)
		free(k->texts[i]);
}

static int take_info(void *ctx, const struct saw_answer_series *s, const struct saw_answer_value *v, size_t n,
					 struct saw_err *err) {
	struct engine *e = ctx;
	const char *device = saw_answer_label(s, "device"), *tunnel = saw_answer_label(s, "tunnel");
	struct known k = {0};
	bool failed = false;

	if (!device || !tunnel || n == 0)
		return 0;
	if (SAW_LIST_ROOM(e->known, e->n_known, e->room))
		return saw_err_set(err, -ENOMEM, "no memory");
	failed |= !(k.device = strdup(device)) || !(k.tunnel = strdup(tunnel));
	k.at_ms = v[n - 1].at_ms;
	for (enum saw_tunnel_fact i = 0; i < SAW_TUNNEL_FACTS_COUNT; i++) {
		const char *text = saw_answer_label(s, saw_tunnel_fact_label(i));

		k.texts[i] = text ? strdup(text) : NULL;
		failed |= text && !k.texts[i];
	}
	if (failed) {
		known_free(&k);
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	e->known[e->n_known++] = k;
	return 0;
}

static int by_name(const void *a, const void *b) {
	const struct known *x = a, *y = b;
	int order = strcmp(x->device, y->device);

	order = order ? order : strcmp(x->tunnel, y->tunnel);
	return order ? order : (x->at_ms < y->at_ms) - (x->at_ms > y->at_ms); /* the newest first */
}

/* A cipher that changed makes two series of one tunnel: the last one holds. */
static void only_newest(struct engine *e) {
	size_t n = 0;

	qsort(e->known, e->n_known, sizeof *e->known, by_name);
	for (size_t i = 0; i < e->n_known; i++) {
		if (n && strcmp(e->known[n - 1].device, e->known[i].device) == 0 &&
			strcmp(e->known[n - 1].tunnel, e->known[i].tunnel) == 0)
			known_free(&e->known[i]);
		else
			e->known[n++] = e->known[i];
	}
	e->n_known = n;
}

static int by_names_alone(const void *a, const void *b) {
	const struct known *x = a, *y = b;
	const int order = strcmp(x->device, y->device);

	return order ? order : strcmp(x->tunnel, y->tunnel);
}

static int take_capacity(void *ctx, const struct saw_answer_series *s, const struct saw_answer_value *v, size_t n,
						 struct saw_err *err) {
	struct engine *e = ctx;
	struct known key = {.device = (char *)(uintptr_t)saw_answer_label(s, "device"),
						.tunnel = (char *)(uintptr_t)saw_answer_label(s, "tunnel")};
	struct known *k =
		key.device && key.tunnel && n ? bsearch(&key, e->known, e->n_known, sizeof key, by_names_alone) : NULL;

	(void)err;
	if (k && v[n - 1].value > 0 && v[n - 1].value < 1e15)
		k->capacity = (uint64_t)v[n - 1].value;
	return 0;
}

static int tell(const struct known *k, int (*each)(void *, const struct saw_history_end *), void *each_ctx) {
	struct saw_history_end end;
	Sawatch__V1__TunnelEnd t;

	sawatch__v1__tunnel_end__init(&t);
	t.device = k->device;
	t.name = k->tunnel;
	for (enum saw_tunnel_fact i = 0; i < SAW_TUNNEL_FACTS_COUNT; i++)
		if (k->texts[i])
			saw_tunnel_fact_take(&t, i, k->texts[i]);
	saw_fact_of(&t, &end);
	end.capacity_bytes_per_second = k->capacity;
	end.capacity_from = k->capacity ? "sawatch_tunnel_capacity_bytes_per_second" : NULL;
	return each(each_ctx, &end);
}

static void forget_ends(struct engine *e) {
	for (size_t i = 0; i < e->n_known; i++)
		known_free(&e->known[i]);
	e->n_known = 0;
}

static int ends(void *ctx, int64_t from_ms, int64_t to_ms,
				int (*each)(void *each_ctx, const struct saw_history_end *end), void *each_ctx, struct saw_err *err) {
	struct engine *e = ctx;
	char query[QUERY_MAX];
	int rc;

	/* Steps of a day, each of which looks back over all of it. */
	forget_ends(e);
	snprintf(query, sizeof query, "last_over_time(sawatch_tunnel_info{tunnel!=\"\"%s%s}[1d])", e->selector ? "," : "",
			 e->selector ? e->selector : "");
	rc = ask(e, query, to_ms - (to_ms - from_ms) / DAY_MS * DAY_MS, to_ms, DAY_MS, take_info, e, err);
	if (rc)
		return rc;
	only_newest(e);
	snprintf(query, sizeof query, "last_over_time(sawatch_tunnel_capacity_bytes_per_second{tunnel!=\"\"%s%s}[1d])",
			 e->selector ? "," : "", e->selector ? e->selector : "");
	rc = ask(e, query, to_ms - (to_ms - from_ms) / DAY_MS * DAY_MS, to_ms, DAY_MS, take_capacity, e, err);
	for (size_t i = 0; rc == 0 && i < e->n_known; i++)
		rc = tell(&e->known[i], each, each_ctx);
	forget_ends(e);
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------------- points */

/* One chunk of steps, as it is filled by the answers. */
struct chunk {
	const struct engine *engine;
	int64_t from_ms;
	size_t n;
	struct saw_point *points;
	uint64_t *single_in, *single_out; /* sums of single reasons */
	uint64_t *gaps;
	bool *has_gaps;
};

enum { DIRECT, REASON_SUM, REASON_SINGLE, GAPS, MAINTENANCE };

/* Which column a series is of. */
static int column_of(const struct saw_answer_series *s, enum saw_column *column) {
	const char *name = saw_answer_label(s, "__name__"), *direction = saw_answer_label(s, "direction"),
			   *reason = saw_answer_label(s, "reason");
	const bool in = direction && strcmp(direction, "in") == 0;

	if (!name)
		return -1;
	if (strcmp(name, "sawatch_tunnel_bytes_total") == 0) {
		*column = in ? SAW_COLUMN_IN_BYTES : SAW_COLUMN_OUT_BYTES;
		return DIRECT;
	}
	if (strcmp(name, "sawatch_tunnel_packets_total") == 0) {
		*column = in ? SAW_COLUMN_IN_PACKETS : SAW_COLUMN_OUT_PACKETS;
		return DIRECT;
	}
	if (strcmp(name, "sawatch_tunnel_replay_errors_total") == 0) {
		*column = SAW_COLUMN_REPLAY_ERRORS;
		return DIRECT;
	}
	if (strcmp(name, "sawatch_tunnel_queue_drops_total") == 0) {
		*column = SAW_COLUMN_QUEUE_DROPS;
		return DIRECT;
	}
	if (strcmp(name, "sawatch_tunnel_errors_total") == 0 && reason) {
		*column = in ? SAW_COLUMN_IN_ERRORS : SAW_COLUMN_OUT_ERRORS;
		/* What the device sums up itself holds the others too. */
		return strcmp(reason, "recv") == 0 || strcmp(reason, "send") == 0 || strcmp(reason, "drop") == 0
				   ? REASON_SUM
				   : REASON_SINGLE;
	}
	if (strcmp(name, "sawatch_tunnel_count_gaps_total") == 0)
		return GAPS;
	return strcmp(name, "sawatch_tunnel_maintenance") == 0 ? MAINTENANCE : -1;
}

/* A total; what is none becomes one that is. */
static uint64_t total_of(double v) {
	return v >= 1e18 ? (uint64_t)1e18 : v > 0 ? (uint64_t)v : 0;
}

static bool step_of(const struct chunk *c, int64_t at_ms, size_t *out) {
	const int64_t i = (at_ms - c->from_ms + STEP_MS / 2) / STEP_MS;

	*out = (size_t)i;
	return at_ms >= c->from_ms - 1 && i >= 0 && (size_t)i < c->n;
}

static int take_value(void *ctx, const struct saw_answer_series *s, const struct saw_answer_value *v, size_t n,
					  struct saw_err *err) {
	struct chunk *c = ctx;
	enum saw_column column = SAW_COLUMN_IN_BYTES;
	const int kind = column_of(s, &column);
	uint64_t base = 0, before = 0;

	(void)err;
	for (size_t i = 0; kind >= 0 && i < n; i++) {
		uint64_t value = total_of(v[i].value);
		struct saw_point *p;
		size_t at;

		if (!step_of(c, v[i].at_ms, &at))
			continue;
		p = &c->points[at];
		if (kind == GAPS) {
			c->gaps[at] = value;
			c->has_gaps[at] = true;
			continue;
		}
		if (kind == MAINTENANCE) {
			p->maintenance = value > 0;
			continue;
		}
		if (column == SAW_COLUMN_QUEUE_DROPS) { /* the device's own count, which begins anew with it */
			base += value < before ? before : 0;
			before = value;
			value += base;
		}
		p->has |= 1U << column;
		if (kind == REASON_SINGLE)
			(column == SAW_COLUMN_IN_ERRORS ? c->single_in : c->single_out)[at] += value;
		else if (value > p->total[column])
			p->total[column] = value;
	}
	return 0;
}

static int take_state(void *ctx, const struct saw_answer_series *s, const struct saw_answer_value *v, size_t n,
					  struct saw_err *err) {
	const char *name = saw_answer_label(s, "state");
	struct chunk *c = ctx;
	int state;
	size_t at;

	(void)err;
	if (name && saw_enum_value(&sawatch__v1__tunnel_state__descriptor, name, &state))
		for (size_t i = 0; i < n; i++)
			if (v[i].value == 1 && step_of(c, v[i].at_ms, &at))
				c->points[at].state = (uint8_t)state;
	return 0;
}

/* SNMP's times before those of the others, as its counts come first too. */
static int rank_of(const char *source) {
	static const char *const sources[SOURCES] = {"file", "restconf", "ssh", "snmp"};

	for (int i = 0; source && i < SOURCES; i++)
		if (strcmp(source, sources[i]) == 0)
			return i + 1;
	return 0;
}

static int take_reads(void *ctx, const struct saw_answer_series *s, const struct saw_answer_value *v, size_t n,
					  struct saw_err *err) {
	struct chunk *c = ctx;
	struct reads *r = &((struct engine *)(uintptr_t)c->engine)->reads;
	const int rank = rank_of(saw_answer_label(s, "source"));
	size_t at;

	(void)err;
	if (rank <= r->rank)
		return 0;
	r->rank = rank;
	memset(r->at_ms, 0, r->n * sizeof *r->at_ms);
	for (size_t i = 0; i < n; i++)
		if (step_of(c, v[i].at_ms, &at))
			r->at_ms[at] = v[i].value > 0 && v[i].value < 1e12 ? llround(v[i].value * 1000) : 0;
	return 0;
}

static int read_times(struct engine *e, struct chunk *c, const char *device, struct saw_err *err) {
	struct reads *r = &e->reads;
	struct saw_buf q = SAW_BUF_INIT(QUERY_MAX), m = SAW_BUF_INIT(QUERY_MAX);
	int rc;

	if (r->device && strcmp(r->device, device) == 0 && r->from_ms == c->from_ms && r->n == c->n)
		return 0;
	free(r->device);
	free(r->at_ms);
	*r = (struct reads){
		.device = strdup(device), .from_ms = c->from_ms, .at_ms = calloc(c->n, sizeof *r->at_ms), .n = c->n};
	if (!r->device || !r->at_ms)
		return saw_err_set(err, -ENOMEM, "no memory");
	saw_buf_puts(&m, "sawatch_poll_age_seconds{source!=\"\"");
	put_matcher(&m, "device", device);
	saw_buf_printf(&m, "%s%s}", e->selector ? "," : "", e->selector ? e->selector : "");
	saw_buf_printf(&q, "timestamp(%s)-%s", saw_buf_text(&m), saw_buf_text(&m));
	rc = saw_buf_error(&q) ? saw_err_set(err, saw_buf_error(&q), "the query is too long")
						   : ask(e, saw_buf_text(&q), c->from_ms, c->from_ms + (int64_t)(c->n - 1) * STEP_MS, STEP_MS,
								 take_reads, c, err);
	saw_buf_free(&q);
	saw_buf_free(&m);
	return rc;
}

static int ask_tunnel(struct engine *e, struct chunk *c, const char *what, const char *after, const char *device,
					  const char *tunnel, saw_answer_each *each, struct saw_err *err) {
	struct saw_buf q = SAW_BUF_INIT(QUERY_MAX);
	int rc;

	saw_buf_puts(&q, what);
	put_matcher(&q, "device", device);
	put_matcher(&q, "tunnel", tunnel);
	saw_buf_printf(&q, "%s%s}%s", e->selector ? "," : "", e->selector ? e->selector : "", after);
	rc = saw_buf_error(&q)
			 ? saw_err_set(err, saw_buf_error(&q), "the query is too long")
			 : ask(e, saw_buf_text(&q), c->from_ms, c->from_ms + (int64_t)(c->n - 1) * STEP_MS, STEP_MS, each, c, err);
	saw_buf_free(&q);
	return rc;
}

/* What goes on from one chunk to the next. */
struct telling {
	int (*each)(void *each_ctx, const struct saw_point *p);
	void *each_ctx;
	int64_t last_ms;
	uint8_t state;
	bool maintenance, has_gaps;
	uint64_t gaps;
};

static int tell_points(const struct chunk *c, const struct reads *r, struct telling *t) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->n; i++) {
		struct saw_point *p = &c->points[i];

		if (!p->has && !p->state)
			continue; /* nothing was scraped: a gap */
		if (!p->state)
			p->state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
		if (c->single_in[i] > p->total[SAW_COLUMN_IN_ERRORS])
			p->total[SAW_COLUMN_IN_ERRORS] = c->single_in[i];
		if (c->single_out[i] > p->total[SAW_COLUMN_OUT_ERRORS])
			p->total[SAW_COLUMN_OUT_ERRORS] = c->single_out[i];
		p->at_ms = r->at_ms[i] && p->has ? r->at_ms[i] : c->from_ms + (int64_t)i * STEP_MS;
		if (p->at_ms <= t->last_ms) {
			if (p->state == t->state && p->maintenance == t->maintenance)
				continue; /* the same reading once more */
			/* A state that changed since: of this time, and without counts that are older. */
			p->at_ms = c->from_ms + (int64_t)i * STEP_MS;
			p->has = 0;
			if (p->at_ms <= t->last_ms)
				continue;
		}
		if (c->has_gaps[i]) {
			p->gap = t->has_gaps && c->gaps[i] > t->gaps;
			t->gaps = c->gaps[i];
			t->has_gaps = true;
		}
		t->last_ms = p->at_ms;
		t->state = p->state;
		t->maintenance = p->maintenance;
		rc = t->each(t->each_ctx, p);
	}
	return rc;
}

static int read_chunk(struct engine *e, struct chunk *c, const char *device, const char *tunnel, struct telling *t,
					  struct saw_err *err) {
	int rc = 0;

	c->points = calloc(c->n, sizeof *c->points);
	c->single_in = calloc(c->n, sizeof *c->single_in);
	c->single_out = calloc(c->n, sizeof *c->single_out);
	c->gaps = calloc(c->n, sizeof *c->gaps);
	c->has_gaps = calloc(c->n, sizeof *c->has_gaps);
	if (!c->points || !c->single_in || !c->single_out || !c->gaps || !c->has_gaps)
		rc = saw_err_set(err, -ENOMEM, "no memory");
	rc = rc ? rc : read_times(e, c, device, err);
	rc =
		rc ? rc
		   : ask_tunnel(e, c,
						"{__name__=~\"sawatch_tunnel_(bytes|packets|replay_errors|errors|queue_drops|count_gaps)_total|"
						"sawatch_tunnel_maintenance\"",
						"", device, tunnel, take_value, err);
	rc = rc ? rc : ask_tunnel(e, c, "sawatch_tunnel_state{state!=\"\"", "==1", device, tunnel, take_state, err);
	rc = rc ? rc : tell_points(c, &e->reads, t);
	free(c->points);
	free(c->single_in);
	free(c->single_out);
	free(c->gaps);
	free(c->has_gaps);
	return rc;
}

static int points(void *ctx, const char *device, const char *tunnel, int64_t from_ms, int64_t to_ms,
				  int (*each)(void *each_ctx, const struct saw_point *p), void *each_ctx, struct saw_err *err) {
	struct telling t = {.each = each, .each_ctx = each_ctx, .last_ms = from_ms - 1};
	struct engine *e = ctx;
	int rc = 0;

	for (int64_t at = (from_ms + STEP_MS - 1) / STEP_MS * STEP_MS; rc == 0 && at < to_ms;) {
		const size_t left = (size_t)((to_ms - at + STEP_MS - 1) / STEP_MS);
		struct chunk c = {.engine = e, .from_ms = at, .n = left < STEPS_MAX ? left : STEPS_MAX};

		rc = read_chunk(e, &c, device, tunnel, &t, err);
		at += (int64_t)c.n * STEP_MS;
	}
	return rc;
}

/* --------------------------------------------------------------------------------------------------------------------- whole */

static void wipe(char *secret) {
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void close_engine(void *ctx) {
	struct engine *e = ctx;

	forget_ends(e);
	free(e->known);
	free(e->reads.device);
	free(e->reads.at_ms);
	free(e->url);
	free(e->selector);
	wipe(e->credentials);
	wipe(e->bearer);
	free(e);
}

static char *copy(const char *text, bool *failed) {
	char *c = text ? strdup(text) : NULL;

	*failed |= text && !c;
	return c;
}

int saw_engine_open(const struct saw_engine_options *o, struct saw_history *out, struct saw_err *err) {
	struct engine *e = calloc(1, sizeof *e);
	bool failed = !e;

	if (e) {
		e->url = copy(o->url, &failed);
		e->credentials = copy(o->credentials, &failed);
		e->bearer = copy(o->bearer, &failed);
		e->selector = copy(o->selector, &failed);
		e->cleartext = o->cleartext;
	}
	if (failed) {
		if (e)
			close_engine(e);
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	*out = (struct saw_history){.ctx = e, .ends = ends, .points = points, .close = close_engine};
	return 0;
}
