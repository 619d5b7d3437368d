#include "exporters/push/remote_write.h"

#include "exporters/prometheus/writer.h"
#include "exporters/push/samples.h"
#include "exporters/push/series.h"
#include "proto/remote_write.pb-c.h"

#include <errno.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALE_NAN UINT64_C(0x7ff0000000000002)
#define BODY_MAX ((size_t)16 << 20) /* of a request before it is packed */
#define KEY_MAX ((size_t)64 << 10)
#define LABELS_MAX (SAW_LABELS_MAX + 2 + 16)

const char *const saw_remote_write_headers[] = {"Content-Type: application/x-protobuf", "Content-Encoding: snappy",
												"X-Prometheus-Remote-Write-Version: 0.1.0"};
const size_t saw_remote_write_n_headers = sizeof saw_remote_write_headers / sizeof *saw_remote_write_headers;

struct saw_remote_write {
	struct saw_series_set *series;
	struct saw_buf key, body, packed;

	/* While a snapshot is taken apart. */
	const struct saw_push_choice *choice;
	unsigned batch, samples;
	int64_t time_ms;
	void (*put)(void *ctx, const struct saw_queue_item *item);
	void *ctx;
	int error;
};

struct saw_remote_write *saw_remote_write_create(uint64_t seed) {
	struct saw_remote_write *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	saw_buf_init(&w->key, KEY_MAX);
	saw_buf_init(&w->body, BODY_MAX + KEY_MAX);
	saw_buf_init(&w->packed, SIZE_MAX / 2);
	w->series = saw_series_create(seed);
	if (!w->series) {
		free(w);
		return NULL;
	}
	return w;
}

void saw_remote_write_destroy(struct saw_remote_write *w) {
	if (!w)
		return;
	saw_series_destroy(w->series);
	saw_buf_free(&w->key);
	saw_buf_free(&w->body);
	saw_buf_free(&w->packed);
	free(w);
}

struct saw_series_set *saw_remote_write_series(struct saw_remote_write *w) {
	return w->series;
}

static void flush(struct saw_remote_write *w) {
	size_t n = snappy_max_compressed_length(w->body.len);
	uint8_t *p;

	if (w->samples == 0 || w->error)
		return;
	saw_buf_reset(&w->packed);
	p = saw_buf_reserve(&w->packed, n);
	if (!p || snappy_compress((const char *)w->body.data, w->body.len, (char *)p, &n) != SNAPPY_OK)
		w->error = -ENOMEM;
	else
		w->put(w->ctx, &(struct saw_queue_item){.body = p, .len = n, .samples = w->samples, .time_ms = w->time_ms});
	saw_buf_reset(&w->body);
	w->samples = 0;
}

static int by_name(const void *a, const void *b) {
	return strcmp((*(Prometheus__Label *const *)a)->name, (*(Prometheus__Label *const *)b)->name);
}

static char *text_of(const char *s) {
	return (char *)(uintptr_t)s; /* protobuf-c has no const */
}

/* The labels as a TimeSeries without samples: a key, and, with a sample behind it, the series. */
static void put_key(struct saw_remote_write *w, const char *name, const struct saw_label *given, size_t n_given) {
	Prometheus__TimeSeries series = PROMETHEUS__TIME_SERIES__INIT;
	Prometheus__Label labels[LABELS_MAX], *list[LABELS_MAX];
	char names[16][64];
	size_t n = 0;
	uint8_t *p;

	labels[n] = (Prometheus__Label)PROMETHEUS__LABEL__INIT;
	labels[n].name = text_of("__name__");
	labels[n++].value = text_of(name);
	for (size_t i = 0; i < n_given; i++) {
		labels[n] = (Prometheus__Label)PROMETHEUS__LABEL__INIT;
		labels[n].name = text_of(given[i].name);
		labels[n++].value = text_of(given[i].value);
	}
	for (size_t i = 0; i < w->choice->n_labels && i < 16; i++) {
		const char *text = w->choice->labels[i];
		size_t len = strcspn(text, "="), k = 0;

		len = len < sizeof names[i] ? len : sizeof names[i] - 1;
		memcpy(names[i], text, len);
		names[i][len] = 0;
		while (k < n && strcmp(labels[k].name, names[i]) != 0)
			k++;
		if (k < n || !text[len])
			continue;
		labels[n] = (Prometheus__Label)PROMETHEUS__LABEL__INIT;
		labels[n].name = names[i];
		labels[n++].value = text_of(text + len + 1);
	}
	for (size_t i = 0; i < n; i++)
		list[i] = &labels[i];
	qsort(list, n, sizeof *list, by_name);
	series.labels = list;
	series.n_labels = n;
	saw_buf_reset(&w->key);
	p = saw_buf_reserve(&w->key, prometheus__time_series__get_packed_size(&series));
	if (p)
		w->key.len += prometheus__time_series__pack(&series, p);
}

static void put_varint(struct saw_buf *b, uint64_t v) {
	for (; v > 0x7f; v >>= 7)
		saw_buf_putc(b, (char)(v | 0x80));
	saw_buf_putc(b, (char)v);
}

/* A message is its fields one behind the other: the labels, as the key has them, then the sample. */
static void put_series(struct saw_remote_write *w, const void *key, size_t len, double value) {
	Prometheus__TimeSeries series = PROMETHEUS__TIME_SERIES__INIT;
	Prometheus__Sample sample = PROMETHEUS__SAMPLE__INIT, *list[1] = {&sample};
	uint8_t packed[64];
	size_t n;

	sample.value = value;
	sample.timestamp = w->time_ms;
	series.samples = list;
	series.n_samples = 1;
	n = prometheus__time_series__pack(&series, packed);
	if (w->samples == w->batch || w->body.len + len + n + 16 > BODY_MAX)
		flush(w);
	put_varint(&w->body, 1 << 3 | 2); /* WriteRequest.timeseries */
	put_varint(&w->body, len + n);
	saw_buf_put(&w->body, key, len);
	saw_buf_put(&w->body, packed, n);
	w->samples++;
	if (saw_buf_error(&w->body))
		w->error = saw_buf_error(&w->body);
}

static void put_sample(struct saw_remote_write *w, const char *name, const struct saw_label *labels, size_t n,
					   double value) {
	const struct saw_series_entry *seen;

	if (w->error)
		return;
	put_key(w, name, labels, n);
	seen = saw_buf_error(&w->key) ? NULL : saw_series_seen(w->series, w->key.data, w->key.len);
	if (!seen)
		w->error = saw_buf_error(&w->key) ? saw_buf_error(&w->key) : -ENOMEM;
	else if (seen->times == 1) /* two rows of one name would be two values at one time, which no receiver takes */
		put_series(w, w->key.data, w->key.len, value);
}

/* As the text form has it: what native histograms have besides is not of this version. */
static void put_histogram(struct saw_remote_write *w, const struct saw_push_sample *p) {
	struct saw_label labels[SAW_LABELS_MAX + 1];
	uint64_t counts[SAW_CLASSIC_BUCKETS];
	char name[SAW_NAME_BYTES + 8];
	const size_t n = p->n_labels;

	memcpy(labels, p->labels, n * sizeof *labels);
	labels[n].name = "le";
	saw_classic_counts(p->histogram, counts);
	snprintf(name, sizeof name, "%s_bucket", p->family->name);
	for (size_t i = 0; i < SAW_CLASSIC_BUCKETS; i++) {
		labels[n].value = saw_classic_buckets[i].text;
		put_sample(w, name, labels, n + 1, (double)counts[i]);
	}
	labels[n].value = "+Inf";
	put_sample(w, name, labels, n + 1, (double)p->histogram->count);
	snprintf(name, sizeof name, "%s_sum", p->family->name);
	put_sample(w, name, labels, n, p->histogram->sum);
	snprintf(name, sizeof name, "%s_count", p->family->name);
	put_sample(w, name, labels, n, (double)p->histogram->count);
}

static void on_sample(void *ctx, const struct saw_push_sample *p) {
	if (p->histogram)
		put_histogram(ctx, p);
	else
		put_sample(ctx, p->family->name, p->labels, p->n_labels, saw_push_number(&p->value));
}

static void on_gone(void *ctx, const void *key, size_t len) {
	const uint64_t bits = STALE_NAN;
	double stale;

	memcpy(&stale, &bits, sizeof stale);
	put_series(ctx, key, len, stale);
}

int saw_remote_write_snapshot(struct saw_remote_write *w, const Sawatch__V1__Snapshot *s,
							  const struct saw_push_choice *choice, unsigned batch,
							  void (*put)(void *ctx, const struct saw_queue_item *item), void *ctx) {
	int rc;

	w->choice = choice;
	w->batch = batch;
	w->samples = 0;
	w->time_ms = s->made_at_ms;
	w->put = put;
	w->ctx = ctx;
	w->error = 0;
	saw_buf_reset(&w->body);
	saw_series_begin(w->series);
	rc = saw_push_samples(s, choice, on_sample, w);
	if (rc == 0 && w->error == 0 && saw_push_settled(s))
		saw_series_end(w->series, on_gone, w);
	flush(w);
	return rc ? rc : w->error;
}

int saw_remote_write_unpack(const uint8_t *body, size_t len, struct saw_buf *out) {
	size_t n;
	uint8_t *p;

	if (snappy_uncompressed_length((const char *)body, len, &n) != SNAPPY_OK || n > BODY_MAX + KEY_MAX)
		return SAW_EFORMAT;
	p = saw_buf_reserve(out, n);
	if (!p)
		return saw_buf_error(out);
	if (snappy_uncompress((const char *)body, len, (char *)p, &n) != SNAPPY_OK)
		return SAW_EFORMAT;
	out->len += n;
	return 0;
}
