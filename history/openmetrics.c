#include "history/openmetrics.h"

#include "core/text.h"
#include "history/fact.h"
#include "history/transfer.h"
#include "proto/tunnel_fact.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX 32

/* What a sample is, beside totals. */
enum kind { TOTAL, STATE, MAINTENANCE, GAPS, CAPACITY, INFO };

static const struct {
	const char *name, *direction, *reason;
	enum kind kind;
	int column;
} families[] = {
	{"sawatch_tunnel_bytes_total", "in", NULL, TOTAL, SAW_COLUMN_IN_BYTES},
	{"sawatch_tunnel_bytes_total", "out", NULL, TOTAL, SAW_COLUMN_OUT_BYTES},
	{"sawatch_tunnel_packets_total", "in", NULL, TOTAL, SAW_COLUMN_IN_PACKETS},
	{"sawatch_tunnel_packets_total", "out", NULL, TOTAL, SAW_COLUMN_OUT_PACKETS},
	{"sawatch_tunnel_replay_errors_total", NULL, NULL, TOTAL, SAW_COLUMN_REPLAY_ERRORS},
	{"sawatch_tunnel_errors_total", "in", "recv", TOTAL, SAW_COLUMN_IN_ERRORS},
	{"sawatch_tunnel_errors_total", "out", "send", TOTAL, SAW_COLUMN_OUT_ERRORS},
	{"sawatch_tunnel_queue_drops_total", NULL, NULL, TOTAL, SAW_COLUMN_QUEUE_DROPS},
	{"sawatch_tunnel_state", NULL, NULL, STATE, 0},
	{"sawatch_tunnel_maintenance", NULL, NULL, MAINTENANCE, 0},
	{"sawatch_tunnel_count_gaps_total", NULL, NULL, GAPS, 0},
	{"sawatch_tunnel_capacity_bytes_per_second", NULL, NULL, CAPACITY, 0},
	{"sawatch_tunnel_info", NULL, NULL, INFO, 0},
};

struct end {
	char *device, *tunnel;
	char *facts[SAW_TUNNEL_FACTS_COUNT];
	uint64_t capacity, gaps;
	struct saw_points points; /* by time */
	size_t at;                /* of the last sample: the next one is mostly behind it */
};

struct saw_openmetrics {
	struct end **ends; /* by device and tunnel */
	size_t n_ends, room, readings;
	struct end *last;
	unsigned long line;
	bool ended;
	size_t n;
	char text[SAW_TRANSFER_LINE];
};

/* One line, cut in place. */
struct sample {
	const char *name, *value, *time;
	const char *keys[LABELS_MAX], *values[LABELS_MAX];
	size_t n_labels;
};

struct saw_openmetrics *saw_openmetrics_create(void) {
	return calloc(1, sizeof(struct saw_openmetrics));
}

void saw_openmetrics_destroy(struct saw_openmetrics *m) {
	if (!m)
		return;
	for (size_t i = 0; i < m->n_ends; i++) {
		for (enum saw_tunnel_fact f = 0; f < SAW_TUNNEL_FACTS_COUNT; f++)
			free(m->ends[i]->facts[f]);
		saw_points_free(&m->ends[i]->points);
		free(m->ends[i]->device);
		free(m->ends[i]->tunnel);
		free(m->ends[i]);
	}
	free(m->ends);
	free(m);
}

/* ---------------------------------------------------------------------------------------------------------------- a line */

/* Takes the escapes out of a value, up to its quote. What is behind it, or NULL. */
static char *cut_value(char *p) {
	char *to = p;

	for (; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			*to++ = *++p == 'n' ? '\n' : *p;
		else
			*to++ = *p;
	}
	if (*p != '"')
		return NULL;
	*to = 0;
	return p + 1;
}

/* NAME{key="value",...} VALUE TIME */
static bool cut(char *p, struct sample *s) {
	*s = (struct sample){.name = p};
	p += strcspn(p, "{ ");
	if (*p != '{')
		return false;
	*p++ = 0;
	while (*p != '}') {
		char *value = strchr(p, '=');

		if (!value || value[1] != '"' || s->n_labels == LABELS_MAX)
			return false;
		*value = 0;
		s->keys[s->n_labels] = p;
		s->values[s->n_labels++] = value + 2;
		p = cut_value(value + 2);
		if (!p || (*p != ',' && *p != '}'))
			return false;
		p += *p == ',';
	}
	if (p[1] != ' ')
		return false;
	s->value = p + 2;
	p = strchr(p + 2, ' ');
	if (!p)
		return false;
	*p = 0;
	s->time = p + 1;
	return strchr(s->time, ' ') == NULL;
}

static const char *label(const struct sample *s, const char *key) {
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->keys[i], key) == 0)
			return s->values[i];
	return NULL;
}

static bool says(const struct sample *s, const char *key, const char *wanted) {
	const char *value = wanted ? label(s, key) : NULL;

	return !wanted || (value && strcmp(value, wanted) == 0);
}

/* Whole numbers as they are; other programs write large ones with an exponent. */
static bool number(const char *text, uint64_t *out) {
	char *end;
	double v;

	if (saw_parse_u64(saw_str_of(text), UINT64_MAX, out) == 0)
		return true;
	v = strtod(text, &end);
	if (end == text || *end || !(v >= 0 && v < 0x1p64))
		return false;
	*out = (uint64_t)v;
	return true;
}

/* --------------------------------------------------------------------------------------------------------------- ends */

static int order(const struct end *e, const char *device, const char *tunnel) {
	const int by_device = strcmp(e->device, device);

	return by_device ? by_device : strcmp(e->tunnel, tunnel);
}

/* NULL without memory. */
static struct end *end_of(struct saw_openmetrics *m, const char *device, const char *tunnel) {
	size_t low = 0, high = m->n_ends;
	struct end *e;

	if (m->last && order(m->last, device, tunnel) == 0)
		return m->last;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int is = order(m->ends[middle], device, tunnel);

		if (is == 0)
			return m->last = m->ends[middle];
		if (is < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (m->n_ends == m->room) {
		const size_t room = m->room ? m->room * 2 : 64;
		struct end **more = realloc(m->ends, room * sizeof *more);

		if (!more)
			return NULL;
		m->ends = more;
		m->room = room;
	}
	e = calloc(1, sizeof *e);
	if (!e || !(e->device = strdup(device)) || !(e->tunnel = strdup(tunnel))) {
		free(e ? e->device : NULL);
		free(e);
		return NULL;
	}
	memmove(m->ends + low + 1, m->ends + low, (m->n_ends - low) * sizeof *m->ends);
	m->ends[low] = e;
	m->n_ends++;
	return m->last = e;
}

/* The reading of that time, or a new one; NULL without memory. */
static struct saw_point *reading_at(struct saw_openmetrics *m, struct end *e, int64_t at_ms) {
	struct saw_points *list = &e->points;
	const struct saw_point fresh = {.at_ms = at_ms, .state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN};
	size_t low = 0, high = list->n;

	for (size_t i = e->at; i < list->n && i < e->at + 2; i++)
		if (list->p[i].at_ms == at_ms)
			return &list->p[e->at = i];
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (list->p[middle].at_ms < at_ms)
			low = middle + 1;
		else
			high = middle;
	}
	e->at = low;
	if (low < list->n && list->p[low].at_ms == at_ms)
		return &list->p[low];
	if (saw_points_add(list, &fresh))
		return NULL;
	m->readings++;
	memmove(list->p + low + 1, list->p + low, (list->n - 1 - low) * sizeof *list->p);
	list->p[low] = fresh;
	return &list->p[low];
}

static int keep_facts(struct end *e, const struct sample *s) {
	for (enum saw_tunnel_fact f = 0; f < SAW_TUNNEL_FACTS_COUNT; f++) {
		const char *text = label(s, saw_tunnel_fact_label(f));
		char *copy = text ? strdup(text) : NULL;

		if (text && !copy)
			return -ENOMEM;
		free(e->facts[f]);
		e->facts[f] = copy;
	}
	return 0;
}

static int take(struct saw_openmetrics *m, struct end *e, const struct sample *s, size_t family, int64_t at_ms,
				uint64_t value) {
	const char *state = label(s, "state");
	struct saw_point *p = reading_at(m, e, at_ms);

	if (!p)
		return -ENOMEM;
	switch (families[family].kind) {
	case TOTAL:
		p->has |= 1U << families[family].column;
		p->total[families[family].column] = value;
		break;
	case STATE:
		for (unsigned i = 1; value == 1 && state && i < SAW_TRANSFER_STATES; i++)
			if (strcmp(saw_transfer_states[i], state) == 0)
				p->state = (uint8_t)i;
		break;
	case MAINTENANCE:
		p->maintenance = value != 0;
		break;
	case GAPS:
		p->gap = value > e->gaps;
		e->gaps = value;
		break;
	case CAPACITY:
		e->capacity = value;
		break;
	case INFO:
		return e->at + 1 == e->points.n ? keep_facts(e, s) : 0; /* the last ones hold */
	}
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- lines */

static int wrong(const struct saw_openmetrics *m, struct saw_err *err, const char *what) {
	return saw_err_set(err, SAW_EFORMAT, "line %lu: %s", m->line, what);
}

static int take_line(struct saw_openmetrics *m, struct saw_err *err) {
	const char *device, *tunnel;
	struct sample s;
	uint64_t value;
	int64_t at_ms;

	m->line++;
	m->text[m->n] = 0;
	if (m->ended)
		return wrong(m, err, "something is behind # EOF");
	if (strlen(m->text) != m->n)
		return wrong(m, err, "it has a NUL byte");
	if (m->n == 0 || m->text[0] == '#') {
		m->ended = strcmp(m->text, "# EOF") == 0;
		return 0;
	}
	if (!cut(m->text, &s))
		return wrong(m, err, "a sample is expected: NAME{LABELS} VALUE TIME");
	device = label(&s, "device");
	tunnel = label(&s, "tunnel");
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		struct end *e;

		if (strcmp(families[i].name, s.name) != 0 || !says(&s, "direction", families[i].direction) ||
			!says(&s, "reason", families[i].reason))
			continue;
		if (!device || !*device || !tunnel || !*tunnel)
			return wrong(m, err, "the labels device and tunnel are needed");
		if (!number(s.value, &value))
			return wrong(m, err, "its value is no count");
		if (saw_transfer_time(s.time, strlen(s.time), &at_ms))
			return wrong(m, err, "its time is not valid");
		e = end_of(m, device, tunnel);
		if (!e || take(m, e, &s, i, at_ms, value))
			return saw_err_set(err, -ENOMEM, "no memory");
		return m->readings <= SAW_OPENMETRICS_READINGS
				   ? 0
				   : saw_err_set(err, SAW_ELIMIT,
								 "more than %d readings: export them in parts (--device, --from and --to), or as CSV",
								 SAW_OPENMETRICS_READINGS);
	}
	return 0;
}

int saw_openmetrics_feed(struct saw_openmetrics *m, const char *bytes, size_t n, struct saw_err *err) {
	for (const char *end = bytes + n; bytes < end;) {
		const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
		const size_t piece = (size_t)((feed ? feed : end) - bytes);
		int rc;

		if (m->n + piece >= sizeof m->text)
			return saw_err_set(err, SAW_EFORMAT, "line %lu: it is longer than %d bytes", m->line + 1,
							   SAW_TRANSFER_LINE);
		memcpy(m->text + m->n, bytes, piece);
		m->n += piece;
		if (!feed)
			return 0;
		bytes = feed + 1;
		rc = take_line(m, err);
		m->n = 0;
		if (rc)
			return rc;
	}
	return 0;
}

static struct saw_history_end describe(const struct end *e) {
	Sawatch__V1__TunnelEnd t;
	struct saw_history_end end;

	sawatch__v1__tunnel_end__init(&t);
	t.device = e->device;
	t.name = e->tunnel;
	for (enum saw_tunnel_fact f = 0; f < SAW_TUNNEL_FACTS_COUNT; f++)
		if (e->facts[f])
			saw_tunnel_fact_take(&t, f, e->facts[f]);
	saw_fact_of(&t, &end);
	end.capacity_bytes_per_second = e->capacity;
	return end;
}

int saw_openmetrics_end(struct saw_openmetrics *m,
						int (*each)(void *ctx, const struct saw_history_end *end, const struct saw_points *points,
									struct saw_err *err),
						void *ctx, struct saw_err *err) {
	int rc = m->n ? take_line(m, err) : 0;

	m->n = 0;
	if (rc == 0 && !m->ended)
		return saw_err_set(err, SAW_EFORMAT, "line %lu: it is cut short: # EOF is missing", m->line + 1);
	for (size_t i = 0; rc == 0 && i < m->n_ends; i++) {
		const struct saw_history_end end = describe(m->ends[i]);

		rc = each(ctx, &end, &m->ends[i]->points, err);
	}
	return rc;
}
