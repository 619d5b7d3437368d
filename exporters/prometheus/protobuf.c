/*
 * The delimited protobuf form: each family is a MetricFamily behind its length. Messages are written as they go out: a Metric's
 * labels are a block that is copied, as in the text forms.
 *
 * Source: proto/prometheus.proto (io.prometheus.client); the tests read what is written here with it.
 */
#include "exporters/prometheus/writer.h"

#include <string.h>

/* Wire types, and the fields of proto/prometheus.proto as tags. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2 };
#define TAG(field, type) ((field) << 3 | (type))

#define FAMILY_NAME TAG(1, BYTES)
#define FAMILY_HELP TAG(2, BYTES)
#define FAMILY_TYPE TAG(3, VARINT)
#define FAMILY_METRIC TAG(4, BYTES)
#define FAMILY_UNIT TAG(5, BYTES)
#define METRIC_LABEL TAG(1, BYTES)
#define METRIC_GAUGE TAG(2, BYTES)
#define METRIC_COUNTER TAG(3, BYTES)
#define METRIC_HISTOGRAM TAG(7, BYTES)
#define LABEL_NAME TAG(1, BYTES)
#define LABEL_VALUE TAG(2, BYTES)
#define VALUE TAG(1, FIXED64) /* of a gauge, of a counter */
#define COUNTER_EXEMPLAR TAG(2, BYTES)
#define COUNTER_CREATED TAG(3, BYTES)
#define EXEMPLAR_LABEL TAG(1, BYTES)
#define EXEMPLAR_VALUE TAG(2, FIXED64)
#define EXEMPLAR_TIMESTAMP TAG(3, BYTES)
#define HISTOGRAM_COUNT TAG(1, VARINT)
#define HISTOGRAM_SUM TAG(2, FIXED64)
#define HISTOGRAM_BUCKET TAG(3, BYTES)
#define HISTOGRAM_SCHEMA TAG(5, VARINT)
#define HISTOGRAM_ZERO_THRESHOLD TAG(6, FIXED64)
#define HISTOGRAM_ZERO_COUNT TAG(7, VARINT)
#define HISTOGRAM_SPAN TAG(12, BYTES)
#define HISTOGRAM_DELTA TAG(13, VARINT)
#define HISTOGRAM_CREATED TAG(15, BYTES)
#define BUCKET_COUNT TAG(1, VARINT)
#define BUCKET_BOUND TAG(2, FIXED64)
#define SPAN_OFFSET TAG(1, VARINT)
#define SPAN_LENGTH TAG(2, VARINT)
#define TIMESTAMP_SECONDS TAG(1, VARINT)
#define TIMESTAMP_NANOS TAG(2, VARINT)

#define VARINT_MAX 10

struct protobuf_state {
	size_t start; /* of the family in the output */
	struct saw_buf value;
	struct {
		uint8_t bytes[SAW_MORE_BYTES]; /* the series' own labels, as LabelPairs */
		size_t len;
	} more[SAW_SERIES_MAX];
};

/* ----------------------------------------------------------------------------------------------------------------- the wire */

static size_t varint(uint8_t *p, uint64_t v) {
	size_t n = 0;

	while (v >= 0x80) {
		p[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	p[n++] = (uint8_t)v;
	return n;
}

static void put_varint(struct saw_buf *b, unsigned tag, uint64_t v) {
	uint8_t *p = saw_buf_reserve(b, 2 * (size_t)VARINT_MAX);
	size_t n;

	if (!p)
		return;
	n = varint(p, tag);
	b->len += n + varint(p + n, v);
}

static void put_sint(struct saw_buf *b, unsigned tag, int64_t v) {
	put_varint(b, tag, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

static void put_double(struct saw_buf *b, unsigned tag, double v) {
	uint8_t *p = saw_buf_reserve(b, 9);
	uint64_t bits;

	if (!p)
		return;
	memcpy(&bits, &v, sizeof bits);
	*p++ = (uint8_t)tag;
	for (int i = 0; i < 8; i++)
		*p++ = (uint8_t)(bits >> 8 * i);
	b->len += 9;
}

static void put_bytes(struct saw_buf *b, unsigned tag, const void *bytes, size_t n) {
	put_varint(b, tag, n);
	saw_buf_put(b, bytes, n);
}

static void put_text(struct saw_buf *b, unsigned tag, const char *text) {
	put_bytes(b, tag, text, strlen(text));
}

/* Writes the length of what was appended since `start` before it. */
static void close_message(struct saw_buf *b, size_t start) {
	uint8_t length[VARINT_MAX];
	const size_t len = b->len - start, n = varint(length, len);

	if (!saw_buf_reserve(b, n))
		return;
	memmove(b->data + start + n, b->data + start, len);
	memcpy(b->data + start, length, n);
	b->len += n;
}

/* Begins a message whose length is not known yet; what it returns is for close_message. */
static size_t open_message(struct saw_buf *b, unsigned tag) {
	uint8_t *p = saw_buf_reserve(b, VARINT_MAX);

	if (p)
		b->len += varint(p, tag);
	return b->len;
}

static void put_timestamp(struct saw_buf *b, unsigned tag, int64_t ms) {
	const size_t at = open_message(b, tag);
	int64_t seconds = ms / 1000 - (ms % 1000 < 0);

	put_varint(b, TIMESTAMP_SECONDS, (uint64_t)seconds);
	put_varint(b, TIMESTAMP_NANOS, (uint64_t)(ms - seconds * 1000) * 1000000);
	close_message(b, at);
}

static void put_label(struct saw_buf *b, const char *name, const char *value) {
	const size_t at = open_message(b, METRIC_LABEL);

	put_text(b, LABEL_NAME, name);
	put_text(b, LABEL_VALUE, value);
	close_message(b, at);
}

/* ----------------------------------------------------------------------------------------------------------------- families */

/* A series' labels are text in the table: a="b",c="d", without escapes. */
static size_t encode_labels(const char *text, uint8_t out[SAW_MORE_BYTES]) {
	struct saw_buf b = SAW_BUF_INIT(SAW_MORE_BYTES);
	size_t n;

	while (text && *text) {
		const char *quote = strchr(text, '"'), *end = quote ? strchr(quote + 1, '"') : NULL;
		char name[SAW_MORE_BYTES] = "", value[SAW_MORE_BYTES] = "";

		if (!end || (size_t)(end - text) >= SAW_MORE_BYTES)
			break;
		memcpy(name, text, (size_t)(quote - 1 - text));
		memcpy(value, quote + 1, (size_t)(end - quote - 1));
		put_label(&b, name, value);
		text = end + 1 + (end[1] == ',');
	}
	n = saw_buf_error(&b) ? 0 : b.len;
	if (n)
		memcpy(out, b.data, n);
	saw_buf_free(&b);
	return n;
}

static void begin(struct saw_writer *w) {
	static const unsigned types[] = {[SAW_COUNTER] = 0, [SAW_GAUGE] = 1, [SAW_HISTOGRAM] = 4};
	struct protobuf_state *st = w->state;
	const struct saw_family *f = w->family;
	const char *unit = saw_family_unit(f);

	st->value.ceiling = 1U << 20;
	for (size_t i = 0; i < f->n_series; i++)
		st->more[i].len = encode_labels(f->series[i].labels, st->more[i].bytes);
	st->start = w->out->len;
	put_text(w->out, FAMILY_NAME, f->name);
	put_text(w->out, FAMILY_HELP, f->help);
	put_varint(w->out, FAMILY_TYPE, types[f->type]);
	if (unit)
		put_text(w->out, FAMILY_UNIT, unit);
}

static void end(struct saw_writer *w) {
	const struct protobuf_state *st = w->state;

	close_message(w->out, st->start);
}

static void finish(struct saw_writer *w) {
	struct protobuf_state *st = w->state;

	saw_buf_free(&st->value);
}

/* ------------------------------------------------------------------------------------------------------------------ samples */

static double real_of(const struct saw_value *v) {
	switch (v->kind) {
	case SAW_VALUE_MS:
		return (double)v->ms / 1000;
	case SAW_VALUE_REAL:
		return v->real;
	default:
		return (double)v->u64;
	}
}

static void put_exemplar(struct saw_buf *b, const struct saw_exemplar *e) {
	const size_t at = open_message(b, COUNTER_EXEMPLAR);

	put_label(b, e->label, e->text); /* EXEMPLAR_LABEL is the field that METRIC_LABEL is */
	put_double(b, EXEMPLAR_VALUE, (double)e->value);
	put_timestamp(b, EXEMPLAR_TIMESTAMP, e->at_ms);
	close_message(b, at);
}
_Static_assert(EXEMPLAR_LABEL == METRIC_LABEL, "put_label writes either");

static void put_spans(struct saw_buf *b, const Sawatch__V1__Histogram *h) {
	const size_t n = h->n_indexes < h->n_counts ? h->n_indexes : h->n_counts;
	int64_t next = 0; /* the index behind the last span */
	uint64_t last = 0;

	for (size_t i = 0, k; i < n; i = k) {
		const size_t at = open_message(b, HISTOGRAM_SPAN);

		for (k = i + 1; k < n && h->indexes[k] == h->indexes[k - 1] + 1; k++)
			;
		put_sint(b, SPAN_OFFSET, h->indexes[i] - next);
		put_varint(b, SPAN_LENGTH, k - i);
		close_message(b, at);
		next = (int64_t)h->indexes[k - 1] + 1;
	}
	for (size_t i = 0; i < n; i++) {
		put_sint(b, HISTOGRAM_DELTA, (int64_t)(h->counts[i] - last));
		last = h->counts[i];
	}
}

/* The classic buckets are there too, for those who do not take native ones. */
static void put_histogram(struct saw_buf *b, const Sawatch__V1__Histogram *h, int64_t created_ms) {
	uint64_t counts[SAW_CLASSIC_BUCKETS];

	saw_classic_counts(h, counts);
	put_varint(b, HISTOGRAM_COUNT, h->count);
	put_double(b, HISTOGRAM_SUM, h->sum);
	for (size_t i = 0; i < SAW_CLASSIC_BUCKETS; i++) {
		const size_t at = open_message(b, HISTOGRAM_BUCKET);

		put_varint(b, BUCKET_COUNT, counts[i]);
		put_double(b, BUCKET_BOUND, saw_classic_buckets[i].bound);
		close_message(b, at);
	}
	put_sint(b, HISTOGRAM_SCHEMA, h->schema);
	put_double(b, HISTOGRAM_ZERO_THRESHOLD, h->zero_threshold);
	put_varint(b, HISTOGRAM_ZERO_COUNT, h->zero_count);
	put_spans(b, h);
	if (created_ms)
		put_timestamp(b, HISTOGRAM_CREATED, created_ms);
}

static void sample(struct saw_writer *w, const struct saw_sample *s) {
	struct protobuf_state *st = w->state;
	struct saw_buf *b = &st->value;
	const size_t more = st->more[s->series].len;
	uint8_t head[2 * VARINT_MAX];
	size_t n;

	saw_buf_reset(b);
	if (s->histogram) {
		put_histogram(b, s->histogram, s->created_ms);
	} else {
		put_double(b, VALUE, real_of(&s->value));
		if (w->family->type == SAW_COUNTER && s->exemplar)
			put_exemplar(b, s->exemplar);
		if (w->family->type == SAW_COUNTER && s->created_ms)
			put_timestamp(b, COUNTER_CREATED, s->created_ms);
	}
	if (saw_buf_error(b))
		w->out->error = saw_buf_error(b);
	n = varint(head, s->histogram ? METRIC_HISTOGRAM : w->family->type == SAW_COUNTER ? METRIC_COUNTER : METRIC_GAUGE);
	n += varint(head + n, b->len);
	put_varint(w->out, FAMILY_METRIC, s->labels_len + more + n + b->len);
	saw_buf_put(w->out, s->labels, s->labels_len);
	saw_buf_put(w->out, st->more[s->series].bytes, more);
	saw_buf_put(w->out, head, n);
	saw_buf_put(w->out, b->data, b->len);
}

const struct saw_form saw_form_protobuf = {
	.content_type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
	.state_size = sizeof(struct protobuf_state),
	.put_label = put_label,
	.begin = begin,
	.sample = sample,
	.end = end,
	.finish = finish,
};
