/*
 * The two text forms. The text of 20,000 tunnels is 100 MB: a line is a few copies of what was made once, and no formatted printing.
 *
 * Source: Prometheus text format 0.0.4; OpenMetrics 1.0 (specification/OpenMetrics.md of prometheus/OpenMetrics).
 */
#include "core/text.h"
#include "exporters/prometheus/writer.h"

#include <string.h>

/* What of a family's lines stands before and behind the labels of a row. */
struct text_state {
	char head[SAW_NAME_BYTES]; /* `sawatch_tunnel_bytes_total{` */
	size_t head_len;
	size_t base_len; /* of the name without `_total` or `_info` */
	struct {
		char text[SAW_MORE_BYTES]; /* `,direction="in"} `; without its first byte where no label stands before it */
		size_t len;
	} tail[SAW_SERIES_MAX];
};

/* As saw_buf_reserve, for what is there already in all cases but few. */
static inline char *room(struct saw_buf *b, size_t n) {
	if (!b->error && b->len + n < b->cap && b->len + n <= b->ceiling)
		return (char *)b->data + b->len;
	return (char *)saw_buf_reserve(b, n);
}

static size_t append(char *to, size_t at, const void *bytes, size_t n) {
	memcpy(to + at, bytes, n);
	return at + n;
}

/* The value with its escapes; returns the place behind it. */
static char *escape(char *to, const char *value, size_t n) {
	for (const char *end = value + n; value < end; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			*to++ = '\\';
		*to++ = *value == '\n' ? 'n' : *value;
	}
	return to;
}

static void put_label(struct saw_buf *b, const char *name, const char *value) {
	const size_t name_len = strlen(name), len = strlen(value);
	char *const began = room(b, name_len + 2 * len + strlen(",=\"\"")), *p = began;

	if (!p)
		return;
	if (b->len && p[-1] == '"')
		*p++ = ',';
	p += append(p, 0, name, name_len);
	p += append(p, 0, "=\"", 2);
	if (strcspn(value, "\\\"\n") == len)
		p += append(p, 0, value, len);
	else
		p = escape(p, value, len);
	*p++ = '"';
	*p = 0;
	b->len += (size_t)(p - began);
}

static size_t print_value(char *p, const struct saw_value *v) {
	switch (v->kind) {
	case SAW_VALUE_MS:
		return saw_print_ms(p, v->ms);
	case SAW_VALUE_REAL:
		return saw_print_real(p, v->real);
	default:
		return saw_print_u64(p, v->u64);
	}
}

/* ----------------------------------------------------------------------------------------------------------------- families */

static void begin_lines(struct saw_writer *w) {
	struct text_state *st = w->state;
	const struct saw_family *f = w->family;

	st->head_len = strlen(f->name);
	st->base_len = st->head_len;
	memcpy(st->head, f->name, st->head_len);
	st->head[st->head_len++] = '{';
	for (size_t i = 0; i < f->n_series; i++) {
		const char *labels = f->series[i].labels ? f->series[i].labels : "";
		size_t len = strlen(labels), n = 0;

		if (len)
			st->tail[i].text[n++] = ',';
		n = append(st->tail[i].text, n, labels, len);
		st->tail[i].len = append(st->tail[i].text, n, "} ", 2);
	}
}

static void put_metadata(struct saw_buf *out, const char *what, const char *name, size_t name_len, const char *text) {
	saw_buf_puts(out, what);
	saw_buf_put(out, name, name_len);
	saw_buf_putc(out, ' ');
	saw_buf_puts(out, text);
	saw_buf_putc(out, '\n');
}

static const char *type_of(const struct saw_family *f) {
	static const char *const names[] = {
		[SAW_GAUGE] = "gauge", [SAW_COUNTER] = "counter", [SAW_HISTOGRAM] = "histogram"};

	return names[f->type];
}

static void begin_text(struct saw_writer *w) {
	const struct saw_family *f = w->family;

	begin_lines(w);
	put_metadata(w->out, "# HELP ", f->name, strlen(f->name), f->help); /* which has nothing to escape */
	put_metadata(w->out, "# TYPE ", f->name, strlen(f->name), type_of(f));
}

/* A help text has no backslash and no line feed; here its quotes are escaped too. */
static void put_help(struct saw_buf *out, const struct saw_family *f, size_t name_len) {
	saw_buf_puts(out, "# HELP ");
	saw_buf_put(out, f->name, name_len);
	saw_buf_putc(out, ' ');
	for (const char *p = f->help; *p; p++) {
		if (*p == '"')
			saw_buf_putc(out, '\\');
		saw_buf_putc(out, *p);
	}
	saw_buf_putc(out, '\n');
}

/* A family is named without the suffix that its type gives to its samples. */
static void begin_openmetrics(struct saw_writer *w) {
	struct text_state *st = w->state;
	const struct saw_family *f = w->family;
	const char *unit = saw_family_unit(f), *type = type_of(f);

	begin_lines(w);
	if (f->type == SAW_COUNTER) {
		st->base_len -= strlen("_total");
	} else if (f->n_info) {
		st->base_len -= strlen("_info");
		type = "info";
	}
	put_metadata(w->out, "# TYPE ", f->name, st->base_len, type);
	if (unit)
		put_metadata(w->out, "# UNIT ", f->name, st->base_len, unit);
	put_help(w->out, f, st->base_len);
}

static void end(struct saw_writer *w) {
	(void)w;
}

static void finish_openmetrics(struct saw_writer *w) {
	saw_buf_puts(w->out, "# EOF\n");
}

/* ------------------------------------------------------------------------------------------------------------------ samples */

/* `name_suffix{labels,more} value`, where few lines are written. more: `le="1.0"`, or NULL. */
static void put_line(struct saw_writer *w, const char *suffix, const struct saw_sample *s, const char *more,
					 const struct saw_value *v) {
	const struct text_state *st = w->state;
	char number[SAW_NUMBER_MAX];

	saw_buf_put(w->out, st->head, st->base_len);
	saw_buf_puts(w->out, suffix);
	if (s->labels_len || more || st->tail[s->series].len > 2) {
		saw_buf_putc(w->out, '{');
		saw_buf_put(w->out, s->labels, s->labels_len);
		if (st->tail[s->series].len > 2)
			saw_buf_put(w->out, st->tail[s->series].text + !s->labels_len,
						st->tail[s->series].len - 2 - !s->labels_len);
		if (more && (s->labels_len || st->tail[s->series].len > 2))
			saw_buf_putc(w->out, ',');
		saw_buf_puts(w->out, more ? more : "");
		saw_buf_putc(w->out, '}');
	}
	saw_buf_putc(w->out, ' ');
	saw_buf_put(w->out, number, print_value(number, v));
	saw_buf_putc(w->out, '\n');
}

static void put_histogram(struct saw_writer *w, const struct saw_sample *s) {
	const Sawatch__V1__Histogram *h = s->histogram;
	struct saw_value v = {.kind = SAW_VALUE_U64, .u64 = h->count};
	uint64_t counts[SAW_CLASSIC_BUCKETS];

	saw_classic_counts(h, counts);
	for (size_t i = 0; i < SAW_CLASSIC_BUCKETS; i++) {
		char le[32] = "le=\"";

		strcat(strcat(le, saw_classic_buckets[i].text), "\"");
		put_line(w, "_bucket", s, le, &(struct saw_value){.kind = SAW_VALUE_U64, .u64 = counts[i]});
	}
	put_line(w, "_bucket", s, "le=\"+Inf\"", &v);
	put_line(w, "_sum", s, NULL, &(struct saw_value){.kind = SAW_VALUE_REAL, .real = h->sum});
	put_line(w, "_count", s, NULL, &v);
}

static void sample_text(struct saw_writer *w, const struct saw_sample *s) {
	const struct text_state *st = w->state;
	const size_t tail_len = st->tail[s->series].len;
	size_t n;
	char *p;

	if (s->histogram) {
		put_histogram(w, s);
		return;
	}
	p = room(w->out, st->head_len + s->labels_len + tail_len + SAW_NUMBER_MAX + 1);
	if (!p)
		return;
	if (s->labels_len) {
		n = append(p, 0, st->head, st->head_len);
		n = append(p, n, s->labels, s->labels_len);
		n = append(p, n, st->tail[s->series].text, tail_len);
	} else if (tail_len > 2) {
		n = append(p, 0, st->head, st->head_len);
		n = append(p, n, st->tail[s->series].text + 1, tail_len - 1);
	} else {
		n = append(p, 0, st->head, st->head_len - 1);
		p[n++] = ' ';
	}
	n += print_value(p + n, &s->value);
	p[n++] = '\n';
	p[n] = 0;
	w->out->len += n;
}

static void put_exemplar(struct saw_buf *out, const struct saw_exemplar *e) {
	char number[SAW_NUMBER_MAX];

	out->len--; /* the line goes on */
	saw_buf_puts(out, " # {");
	put_label(out, e->label, e->text);
	saw_buf_puts(out, "} ");
	saw_buf_put(out, number, saw_print_u64(number, e->value));
	saw_buf_putc(out, ' ');
	saw_buf_put(out, number, saw_print_ms(number, e->at_ms));
	saw_buf_putc(out, '\n');
}

static void sample_openmetrics(struct saw_writer *w, const struct saw_sample *s) {
	sample_text(w, s);
	if (s->exemplar && !saw_buf_error(w->out))
		put_exemplar(w->out, s->exemplar);
	if (s->created_ms)
		put_line(w, "_created", s, NULL, &(struct saw_value){.kind = SAW_VALUE_MS, .ms = s->created_ms});
}

const struct saw_form saw_form_text = {
	.content_type = "text/plain; version=0.0.4; charset=utf-8",
	.creation_is_a_series = true,
	.state_size = sizeof(struct text_state),
	.put_label = put_label,
	.begin = begin_text,
	.sample = sample_text,
	.end = end,
	.finish = end,
};

const struct saw_form saw_form_openmetrics = {
	.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	.creation_is_a_series = true,
	.state_size = sizeof(struct text_state),
	.put_label = put_label,
	.begin = begin_openmetrics,
	.sample = sample_openmetrics,
	.end = end,
	.finish = finish_openmetrics,
};
