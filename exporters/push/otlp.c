#include "config.h"

#include "exporters/push/otlp.h"

#include "core/arena.h"
#include "core/gzip.h"
#include "core/text.h"
#include "exporters/push/samples.h"
#include "exporters/push/series.h"
#include "proto/otlp.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX ((size_t)64 << 20)
#define KEY_MAX ((size_t)64 << 10)
#define ARENA_MAX ((size_t)256 << 20)
#define LABELS_MAX 16
#define NANO 1000000ULL /* nanoseconds of a millisecond */
#define NO_RECORDED_VALUE 1
#define SAID_MAX 200
#define BUCKETS_MAX 4096

const char *const saw_otlp_headers[] = {"Content-Type: application/x-protobuf", "Content-Encoding: gzip"};
const size_t saw_otlp_n_headers = sizeof saw_otlp_headers / sizeof *saw_otlp_headers;

/* A metric of the request that is being made. */
struct metric {
	Otlp__Metric m;
	Otlp__Gauge gauge;
	Otlp__Sum sum;
	Otlp__ExponentialHistogram histogram;
	size_t first, n; /* of the points */
};

struct saw_otlp {
	struct saw_series_set *series;
	struct saw_buf key, body, packed;
	struct saw_arena *arena; /* of one request */
	struct metric *metrics;
	Otlp__Metric **metric_list;
	Otlp__NumberDataPoint *points;
	void **point_list; /* these, or points of histograms */
	size_t n_metrics, n_points, room;
	int64_t before_ms; /* when the snapshot before was made */

	/* While a snapshot is taken apart. */
	const struct saw_push_choice *choice;
	unsigned batch;
	int64_t time_ms;
	const struct saw_family *family; /* of the last metric */
	void (*put)(void *ctx, const struct saw_queue_item *item);
	void *ctx;
	int error;
};

struct saw_otlp *saw_otlp_create(uint64_t seed) {
	struct saw_otlp *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	saw_buf_init(&o->key, KEY_MAX);
	saw_buf_init(&o->body, BODY_MAX);
	saw_buf_init(&o->packed, 2 * BODY_MAX);
	o->series = saw_series_create(seed);
	o->arena = saw_arena_create(ARENA_MAX);
	if (!o->series || !o->arena) {
		saw_otlp_destroy(o);
		return NULL;
	}
	return o;
}

void saw_otlp_destroy(struct saw_otlp *o) {
	if (!o)
		return;
	saw_series_destroy(o->series);
	saw_arena_destroy(o->arena);
	saw_buf_free(&o->key);
	saw_buf_free(&o->body);
	saw_buf_free(&o->packed);
	free(o->metrics);
	free(o->metric_list);
	free(o->points);
	free(o->point_list);
	free(o);
}

/* Room for a request of `batch` points, each of which may be a metric of its own. */
static int make_room(struct saw_otlp *o, unsigned batch) {
	if (o->room >= batch)
		return 0;
	free(o->metrics);
	free(o->metric_list);
	free(o->points);
	free(o->point_list);
	o->metrics = calloc(batch, sizeof *o->metrics);
	o->metric_list = calloc(batch, sizeof(Otlp__Metric *));
	o->points = calloc(batch, sizeof *o->points);
	o->point_list = calloc(batch, sizeof(void *));
	o->room = o->metrics && o->metric_list && o->points && o->point_list ? batch : 0;
	return o->room ? 0 : -ENOMEM;
}

const char *saw_otlp_unit(const char *family) {
	static const struct {
		const char *ending, *unit;
	} units[] = {
		{"_bytes_per_second", "By/s"}, {"_bytes", "By"}, {"_seconds", "s"}, {"_ratio", "1"}, {"_packets", "{packet}"},
	};
	struct saw_str name = saw_str_of(family);
	const struct saw_str total = SAW_STR("_total");

	if (name.n > total.n && saw_str_eq((struct saw_str){name.p + name.n - total.n, total.n}, total))
		name.n -= total.n;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct saw_str ending = saw_str_of(units[i].ending);

		if (name.n > ending.n && saw_str_eq((struct saw_str){name.p + name.n - ending.n, ending.n}, ending))
			return units[i].unit;
	}
	return "";
}

/* ---------------------------------------------------------------------------------------------------------------- a request */

static char *text_of(const char *s) {
	return (char *)(uintptr_t)s; /* protobuf-c has no const */
}

static void put_attribute(Otlp__KeyValue *kv, Otlp__AnyValue *v, const char *key, const char *value) {
	*kv = (Otlp__KeyValue)OTLP__KEY_VALUE__INIT;
	*v = (Otlp__AnyValue)OTLP__ANY_VALUE__INIT;
	kv->key = text_of(key);
	kv->value = v;
	v->string_value = text_of(value);
}

static void pack(struct saw_otlp *o, Otlp__Resource *resource) {
	Otlp__ExportMetricsServiceRequest request = OTLP__EXPORT_METRICS_SERVICE_REQUEST__INIT;
	Otlp__ResourceMetrics rm = OTLP__RESOURCE_METRICS__INIT, *rm_list[1] = {&rm};
	Otlp__ScopeMetrics sm = OTLP__SCOPE_METRICS__INIT, *sm_list[1] = {&sm};
	Otlp__InstrumentationScope scope = OTLP__INSTRUMENTATION_SCOPE__INIT;
	uint8_t *p;

	scope.name = text_of(PACKAGE_NAME);
	scope.version = text_of(PACKAGE_VERSION);
	sm.scope = &scope;
	sm.metrics = o->metric_list;
	sm.n_metrics = o->n_metrics;
	rm.resource = resource;
	rm.scope_metrics = sm_list;
	rm.n_scope_metrics = 1;
	request.resource_metrics = rm_list;
	request.n_resource_metrics = 1;
	saw_buf_reset(&o->body);
	p = saw_buf_reserve(&o->body, otlp__export_metrics_service_request__get_packed_size(&request));
	if (p)
		o->body.len = otlp__export_metrics_service_request__pack(&request, p);
}

struct saw_series_set *saw_otlp_series(struct saw_otlp *o) {
	return o->series;
}

static void flush(struct saw_otlp *o) {
	Otlp__Resource resource = OTLP__RESOURCE__INIT;
	Otlp__KeyValue attributes[LABELS_MAX + 2], *list[LABELS_MAX + 2];
	Otlp__AnyValue values[LABELS_MAX + 2];
	char names[LABELS_MAX][64];
	size_t n = 0;

	if (o->n_points == 0 || o->error)
		return;
	put_attribute(&attributes[n], &values[n], "service.name", PACKAGE_NAME);
	n++;
	put_attribute(&attributes[n], &values[n], "service.version", PACKAGE_VERSION);
	n++;
	for (size_t i = 0; i < o->choice->n_labels && i < LABELS_MAX; i++) {
		const char *text = o->choice->labels[i];
		size_t len = strcspn(text, "="), k = 0;

		len = len < sizeof names[i] ? len : sizeof names[i] - 1;
		memcpy(names[i], text, len);
		names[i][len] = 0;
		while (k < n && strcmp(attributes[k].key, names[i]) != 0)
			k++;
		put_attribute(&attributes[k], &values[k], names[i], text[len] ? text + len + 1 : "");
		n += k == n;
	}
	for (size_t i = 0; i < n; i++)
		list[i] = &attributes[i];
	resource.attributes = list;
	resource.n_attributes = n;
	for (size_t i = 0; i < o->n_metrics; i++) {
		struct metric *m = &o->metrics[i];

		m->gauge.data_points = m->sum.data_points = (Otlp__NumberDataPoint **)(o->point_list + m->first);
		m->histogram.data_points = (Otlp__ExponentialHistogramDataPoint **)(o->point_list + m->first);
		m->gauge.n_data_points = m->sum.n_data_points = m->histogram.n_data_points = m->n;
	}
	pack(o, &resource);
	saw_buf_reset(&o->packed);
	o->error = saw_buf_error(&o->body) ? saw_buf_error(&o->body) : saw_gzip_put(&o->packed, o->body.data, o->body.len);
	if (o->error == 0)
		o->put(o->ctx, &(struct saw_queue_item){.body = o->packed.data,
												.len = o->packed.len,
												.samples = (uint32_t)o->n_points,
												.time_ms = o->time_ms});
	o->n_points = o->n_metrics = 0;
	o->family = NULL;
	saw_arena_reset(o->arena);
}

static void begin_metric(struct saw_otlp *o, const struct saw_family *f) {
	struct metric *m = &o->metrics[o->n_metrics];

	*m = (struct metric){.m = OTLP__METRIC__INIT,
						 .gauge = OTLP__GAUGE__INIT,
						 .sum = OTLP__SUM__INIT,
						 .histogram = OTLP__EXPONENTIAL_HISTOGRAM__INIT,
						 .first = o->n_points};
	m->m.name = text_of(f->name);
	m->m.description = text_of(f->help);
	m->m.unit = text_of(saw_otlp_unit(f->name));
	if (f->type == SAW_COUNTER) {
		m->sum.has_aggregation_temporality = m->sum.has_is_monotonic = 1;
		m->sum.aggregation_temporality = OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE;
		m->sum.is_monotonic = 1;
		m->m.sum = &m->sum;
	} else if (f->type == SAW_HISTOGRAM) {
		m->histogram.has_aggregation_temporality = 1;
		m->histogram.aggregation_temporality = OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE;
		m->m.exponential_histogram = &m->histogram;
	} else {
		m->m.gauge = &m->gauge;
	}
	o->metric_list[o->n_metrics++] = &m->m;
	o->family = f;
}

/* The labels as attributes of a point of the request that is being made. False without memory. */
static bool put_attributes(struct saw_otlp *o, const struct saw_label *labels, size_t n, Otlp__KeyValue ***out) {
	Otlp__KeyValue *attributes = saw_arena_alloc(o->arena, (n + 1) * sizeof *attributes);
	Otlp__KeyValue **list = saw_arena_alloc(o->arena, (n + 1) * sizeof(Otlp__KeyValue *));
	Otlp__AnyValue *values = saw_arena_alloc(o->arena, (n + 1) * sizeof *values);

	for (size_t i = 0; attributes && list && values && i < n; i++) {
		char *value = saw_arena_strndup(o->arena, labels[i].value, strlen(labels[i].value));
		char *name = saw_arena_strndup(o->arena, labels[i].name, strlen(labels[i].name));

		if (!name || !value)
			return false;
		put_attribute(&attributes[i], &values[i], name, value);
		list[i] = &attributes[i];
	}
	*out = list;
	return attributes && list && values;
}

/* Puts a point into the metric of its family. */
static void add_point(struct saw_otlp *o, const struct saw_family *f, void *point) {
	if (o->family != f)
		begin_metric(o, f);
	o->point_list[o->n_points++] = point;
	o->metrics[o->n_metrics - 1].n++;
}

/* Of a number; NULL without memory. */
static Otlp__NumberDataPoint *add_number(struct saw_otlp *o, const struct saw_family *f, const struct saw_label *labels,
										 size_t n) {
	Otlp__NumberDataPoint *p = &o->points[o->n_points];

	*p = (Otlp__NumberDataPoint)OTLP__NUMBER_DATA_POINT__INIT;
	if (!put_attributes(o, labels, n, &p->attributes)) {
		o->error = -ENOMEM;
		return NULL;
	}
	p->n_attributes = n;
	p->has_time_unix_nano = 1;
	p->time_unix_nano = (uint64_t)o->time_ms * NANO;
	add_point(o, f, p);
	return p;
}

/* Likewise of a histogram. */
static Otlp__ExponentialHistogramDataPoint *add_histogram(struct saw_otlp *o, const struct saw_family *f,
														  const struct saw_label *labels, size_t n) {
	Otlp__ExponentialHistogramDataPoint *p = saw_arena_alloc(o->arena, sizeof *p);

	if (!p) {
		o->error = -ENOMEM;
		return NULL;
	}
	*p = (Otlp__ExponentialHistogramDataPoint)OTLP__EXPONENTIAL_HISTOGRAM_DATA_POINT__INIT;
	if (!put_attributes(o, labels, n, &p->attributes)) {
		o->error = -ENOMEM;
		return NULL;
	}
	p->n_attributes = n;
	p->has_time_unix_nano = 1;
	p->time_unix_nano = (uint64_t)o->time_ms * NANO;
	add_point(o, f, p);
	return p;
}

/* ------------------------------------------------------------------------------------------------------------------ samples */

/* Name and labels, each with its NUL: what can be taken apart again when the series has ended. */
static void put_key(struct saw_otlp *o, const struct saw_push_sample *s) {
	saw_buf_reset(&o->key);
	saw_buf_put(&o->key, s->family->name, strlen(s->family->name) + 1);
	for (size_t i = 0; i < s->n_labels; i++) {
		saw_buf_put(&o->key, s->labels[i].name, strlen(s->labels[i].name) + 1);
		saw_buf_put(&o->key, s->labels[i].value, strlen(s->labels[i].value) + 1);
	}
}

/*
 * Since when it counts, where that is known: of what is counted here. Of what devices count it is not: the first time it was seen
 * stands for it (metrics data model, "unknown start time"), and after a fall the time before.
 */
static int64_t start_of(const struct saw_otlp *o, const struct saw_push_sample *s, struct saw_series_entry *e,
						double value) {
	if (s->created_ms > 0)
		return s->created_ms;
	if (e->start_ms == 0)
		e->start_ms = o->time_ms;
	else if (value < e->last)
		e->start_ms = o->before_ms;
	e->last = value;
	return e->start_ms;
}

static void put_number(struct saw_otlp *o, const struct saw_push_sample *s, struct saw_series_entry *e) {
	const double number = saw_push_number(&s->value);
	Otlp__NumberDataPoint *p = add_number(o, s->family, s->labels, s->n_labels);

	if (!p)
		return;
	if (s->family->type == SAW_COUNTER) {
		p->has_start_time_unix_nano = 1;
		p->start_time_unix_nano = (uint64_t)start_of(o, s, e, number) * NANO;
	}
	if (s->value.kind == SAW_VALUE_U64 && s->value.u64 <= INT64_MAX) {
		p->has_as_int = 1;
		p->as_int = (int64_t)s->value.u64;
	} else {
		p->has_as_double = 1;
		p->as_double = number;
	}
}

/* The buckets of a native histogram are those of an exponential one, whose indices are one less; those between are empty. */
static bool put_buckets(struct saw_otlp *o, const Sawatch__V1__Histogram *h, Otlp__ExponentialHistogramDataPoint *p) {
	const size_t n = h->n_indexes < h->n_counts ? h->n_indexes : h->n_counts;
	const int64_t range = n ? (int64_t)h->indexes[n - 1] - h->indexes[0] + 1 : 0;
	Otlp__Buckets *b;

	if (n == 0)
		return true;
	if (range < 1 || range > BUCKETS_MAX)
		return false;
	b = saw_arena_alloc(o->arena, sizeof *b);
	if (!b)
		return false;
	*b = (Otlp__Buckets)OTLP__BUCKETS__INIT;
	b->has_offset = 1;
	b->offset = h->indexes[0] - 1;
	b->bucket_counts = saw_arena_zalloc(o->arena, (size_t)range * sizeof *b->bucket_counts);
	if (!b->bucket_counts)
		return false;
	b->n_bucket_counts = (size_t)range;
	for (size_t i = 0; i < n; i++) {
		const int64_t at = (int64_t)h->indexes[i] - h->indexes[0];

		if (at >= 0 && at < range)
			b->bucket_counts[at] = h->counts[i];
	}
	p->positive = b;
	return true;
}

static void put_histogram(struct saw_otlp *o, const struct saw_push_sample *s, struct saw_series_entry *e) {
	const Sawatch__V1__Histogram *h = s->histogram;
	Otlp__ExponentialHistogramDataPoint *p = add_histogram(o, s->family, s->labels, s->n_labels);

	if (!p)
		return;
	p->has_start_time_unix_nano = p->has_count = p->has_sum = p->has_scale = p->has_zero_count = 1;
	p->has_zero_threshold = 1;
	p->start_time_unix_nano = (uint64_t)start_of(o, s, e, (double)h->count) * NANO;
	p->count = h->count;
	p->sum = h->sum;
	p->scale = h->schema;
	p->zero_count = h->zero_count;
	p->zero_threshold = h->zero_threshold;
	if (!put_buckets(o, h, p))
		o->error = SAW_ELIMIT;
}

static void on_sample(void *ctx, const struct saw_push_sample *s) {
	struct saw_otlp *o = ctx;
	struct saw_series_entry *e;

	if (o->error)
		return;
	put_key(o, s);
	e = saw_buf_error(&o->key) ? NULL : saw_series_seen(o->series, o->key.data, o->key.len);
	if (!e)
		o->error = saw_buf_error(&o->key) ? saw_buf_error(&o->key) : -ENOMEM;
	if (!e || e->times > 1)
		return;
	if (o->n_points == o->batch)
		flush(o);
	if (o->error == 0)
		(s->histogram ? put_histogram : put_number)(o, s, e);
}

static void on_gone(void *ctx, const void *key, size_t len) {
	struct saw_label labels[SAW_LABELS_MAX];
	const char *at = key, *end = at + len, *name = at;
	const struct saw_family *all;
	struct saw_otlp *o = ctx;
	size_t n = 0, n_all, i = 0;

	if (!len || end[-1]) /* it may be from the disk */
		return;
	at += strlen(at) + 1;
	while (at < end && n < SAW_LABELS_MAX) {
		labels[n].name = at;
		at += strlen(at) + 1;
		if (at == end)
			return;
		labels[n++].value = at;
		at += strlen(at) + 1;
	}
	all = saw_prometheus_families(&n_all);
	while (i < n_all && strcmp(all[i].name, name) != 0)
		i++;
	if (o->n_points == o->batch)
		flush(o);
	if (o->error || i == n_all)
		return;
	if (all[i].type == SAW_HISTOGRAM) {
		Otlp__ExponentialHistogramDataPoint *p = add_histogram(o, &all[i], labels, n);

		if (p)
			p->has_flags = p->flags = NO_RECORDED_VALUE;
	} else {
		Otlp__NumberDataPoint *p = add_number(o, &all[i], labels, n);

		if (p)
			p->has_flags = p->flags = NO_RECORDED_VALUE;
	}
}

int saw_otlp_snapshot(struct saw_otlp *o, const Sawatch__V1__Snapshot *s, const struct saw_push_choice *choice,
					  unsigned batch, void (*put)(void *ctx, const struct saw_queue_item *item), void *ctx) {
	int rc = make_room(o, batch);

	if (rc)
		return rc;
	o->choice = choice;
	o->batch = batch;
	o->time_ms = s->made_at_ms;
	o->put = put;
	o->ctx = ctx;
	o->error = 0;
	o->n_points = o->n_metrics = 0;
	o->family = NULL;
	saw_arena_reset(o->arena);
	saw_series_begin(o->series);
	rc = saw_push_samples(s, choice, on_sample, o);
	if (rc == 0 && o->error == 0 && saw_push_settled(s))
		saw_series_end(o->series, on_gone, o);
	flush(o);
	o->before_ms = s->made_at_ms;
	return rc ? rc : o->error;
}

/* ------------------------------------------------------------------------------------------------------------------ answers */

static void put_said(const char *text, struct saw_buf *out) {
	size_t n = strlen(text);

	saw_put_clean(out, text, n < SAID_MAX ? n : SAID_MAX);
}

bool saw_otlp_partial(const uint8_t *body, size_t len, uint64_t *rejected, struct saw_buf *said) {
	Otlp__ExportMetricsServiceResponse *r = otlp__export_metrics_service_response__unpack(NULL, len, body);
	const Otlp__ExportMetricsPartialSuccess *p = r ? r->partial_success : NULL;

	*rejected = p && p->rejected_data_points > 0 ? (uint64_t)p->rejected_data_points : 0;
	if (p && p->error_message)
		put_said(p->error_message, said);
	if (r)
		otlp__export_metrics_service_response__free_unpacked(r, NULL);
	return *rejected > 0 || said->len > 0;
}

void saw_otlp_put_status(const uint8_t *body, size_t len, struct saw_buf *out) {
	Otlp__Status *s = otlp__status__unpack(NULL, len, body);

	if (s && s->message && *s->message) {
		saw_buf_puts(out, ": ");
		put_said(s->message, out);
	}
	if (s)
		otlp__status__free_unpacked(s, NULL);
}
