/* OTLP: sums, gauges, times and ends of series; what servers say; what is sent again, and when. */
#include "exporters/push/otlp.h"
#include "exporters/push/retry.h"
#include "exporters/push/samples.h"
#include "proto/otlp.pb-c.h"
#include "tests/fixtures/inflate.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct exported {
	Otlp__ExportMetricsServiceRequest *requests[64];
	size_t n, points;
};

static void take(void *ctx, const struct saw_queue_item *item) {
	struct saw_buf body = SAW_BUF_INIT(1U << 25);
	struct exported *e = ctx;

	assert_true(fixture_inflate(item->body, item->len, &body));
	assert_true(e->n < 64);
	e->requests[e->n] = otlp__export_metrics_service_request__unpack(NULL, body.len, body.data);
	assert_non_null(e->requests[e->n++]);
	e->points += item->samples;
	saw_buf_free(&body);
}

static void forget(struct exported *e) {
	for (size_t i = 0; i < e->n; i++)
		otlp__export_metrics_service_request__free_unpacked(e->requests[i], NULL);
	*e = (struct exported){.n = 0};
}

static bool has_attributes(const Otlp__NumberDataPoint *p, const char *const *pairs) {
	size_t found = 0, wanted = 0;

	for (; pairs[wanted]; wanted++)
		for (size_t i = 0; i < p->n_attributes; i++) {
			size_t n = strlen(p->attributes[i]->key);

			found += strncmp(pairs[wanted], p->attributes[i]->key, n) == 0 && pairs[wanted][n] == '=' &&
					 strcmp(pairs[wanted] + n + 1, p->attributes[i]->value->string_value) == 0;
		}
	return found == wanted && wanted == p->n_attributes;
}

/* The one point of a metric with just these attributes. */
static const Otlp__NumberDataPoint *point(const struct exported *e, const char *name, const char *const *pairs,
										  const Otlp__Metric **metric) {
	const Otlp__NumberDataPoint *found = NULL;

	for (size_t i = 0; i < e->n; i++) {
		const Otlp__ScopeMetrics *s = e->requests[i]->resource_metrics[0]->scope_metrics[0];

		for (size_t k = 0; k < s->n_metrics; k++) {
			const Otlp__Metric *m = s->metrics[k];
			Otlp__NumberDataPoint **points = m->sum ? m->sum->data_points : m->gauge ? m->gauge->data_points : NULL;
			size_t n = m->sum ? m->sum->n_data_points : m->gauge ? m->gauge->n_data_points : 0;

			for (size_t j = 0; strcmp(m->name, name) == 0 && j < n; j++)
				if (has_attributes(points[j], pairs)) {
					assert_null(found);
					found = points[j];
					*metric = m;
				}
		}
	}
	assert_non_null(found);
	return found;
}

static void count(void *ctx, const struct saw_push_sample *p) {
	(void)p;
	++*(size_t *)ctx;
}

static void there_are_sums_and_gauges(void **state) {
	static const char *const berlin_in[] = {"device=ASA-XFW01", "tunnel=berlin-1", "direction=in", NULL};
	static const char *const berlin[] = {"device=ASA-XFW01", "tunnel=berlin-1", NULL};
	static const char *const labels[] = {"service.instance.id=noc-1", "service.version=x"};
	const struct saw_push_choice choice = {.labels = labels, .n_labels = 2};
	Sawatch__V1__Snapshot *s = fixture_snapshot();
	struct saw_otlp *o = saw_otlp_create(7);
	struct exported e = {.n = 0};
	const Otlp__NumberDataPoint *p;
	const Otlp__Resource *r;
	const Otlp__Metric *m;
	size_t others = 0;

	(void)state;
	assert_int_equal(saw_otlp_snapshot(o, s, &choice, 50, take, &e), 0);
	assert_int_equal(saw_push_samples(s, &choice, count, &others), 0);
	assert_int_equal(e.points, others);
	assert_int_equal(e.n, (e.points + 49) / 50);
	r = e.requests[0]->resource_metrics[0]->resource;
	assert_int_equal(r->n_attributes, 3);
	assert_string_equal(r->attributes[0]->key, "service.name");
	assert_string_equal(r->attributes[0]->value->string_value, "sawatch");
	assert_string_equal(r->attributes[1]->value->string_value, "x");
	assert_string_equal(r->attributes[2]->value->string_value, "noc-1");

	p = point(&e, "sawatch_tunnel_packets_total", berlin_in, &m);
	assert_non_null(m->sum);
	assert_null(m->gauge);
	assert_true(m->sum->is_monotonic);
	assert_int_equal(m->sum->aggregation_temporality, 2);
	assert_string_equal(m->unit, "{packet}");
	assert_true(strlen(m->description) > 10);
	assert_true(p->has_as_int && !p->has_as_double);
	assert_int_equal(p->time_unix_nano, (uint64_t)s->made_at_ms * 1000000);
	assert_true(p->start_time_unix_nano > 0 && p->start_time_unix_nano <= p->time_unix_nano);

	p = point(&e, "sawatch_tunnel_up", berlin, &m);
	assert_non_null(m->gauge);
	assert_null(m->sum);
	assert_string_equal(m->unit, "");
	assert_false(p->has_start_time_unix_nano);
	assert_int_equal(p->as_int, 1);
	forget(&e);
	saw_otlp_destroy(o);
}

/* Of a counter that is the device's it is not known since when it counts: since it was seen first, and since a fall. */
static void a_sum_says_since_when_it_counts(void **state) {
	static const char *const families[] = {"sawatch_ike_failures_total"};
	static const char *const auth[] = {"device=ASA-XFW01", "reason=authentication", NULL};
	const struct saw_push_choice choice = {.families = {families, 1}};
	static const struct {
		uint64_t value;
		int64_t at, start;
	} steps[] = {{5, 0, 0}, {9, 60000, 0}, {9, 120000, 0}, {2, 180000, 120000}, {3, 240000, 120000}};
	Sawatch__V1__GlobalCounter counter = SAWATCH__V1__GLOBAL_COUNTER__INIT, *list[1] = {&counter};
	Sawatch__V1__Snapshot *s = fixture_snapshot();
	Sawatch__V1__Device *d = s->devices[0];
	Sawatch__V1__GlobalCounter **before = d->global_counters;
	const size_t n_before = d->n_global_counters;
	const int64_t made = s->made_at_ms;
	struct saw_otlp *o = saw_otlp_create(8);
	const Otlp__NumberDataPoint *p;
	struct exported e = {.n = 0};
	const Otlp__Metric *m;

	(void)state;
	counter.group = (char *)(uintptr_t) "ike";
	counter.name = (char *)(uintptr_t) "auth_fails";
	counter.has_value = 1;
	d->global_counters = list;
	d->n_global_counters = 1;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		counter.value = steps[i].value;
		s->made_at_ms = made + steps[i].at;
		assert_int_equal(saw_otlp_snapshot(o, s, &choice, 50, take, &e), 0);
		p = point(&e, "sawatch_ike_failures_total", auth, &m);
		assert_int_equal(p->as_int, steps[i].value);
		assert_int_equal(p->start_time_unix_nano, (uint64_t)(made + steps[i].start) * 1000000);
		forget(&e);
	}
	/* And when it has gone it is said to. */
	d->n_global_counters = 0;
	s->made_at_ms = made + 300000;
	assert_int_equal(saw_otlp_snapshot(o, s, &choice, 50, take, &e), 0);
	assert_int_equal(e.points, 1);
	p = point(&e, "sawatch_ike_failures_total", auth, &m);
	assert_int_equal(p->flags, 1);
	assert_false(p->has_as_int || p->has_as_double);
	assert_non_null(m->sum);
	forget(&e);
	d->global_counters = before;
	d->n_global_counters = n_before;
	s->made_at_ms = made;
	saw_otlp_destroy(o);
}

/* A native histogram is an exponential one: bucket 3 of the one, (2^(2/4), 2^(3/4)], is 2 of the other. */
static void histograms_keep_their_buckets(void **state) {
	static const char *const families[] = {"sawatch_poll_time_seconds"};
	const struct saw_push_choice choice = {.families = {families, 1}};
	int32_t indexes[] = {-4, -3, 3};
	uint64_t counts[] = {5, 1, 2};
	Sawatch__V1__Histogram h = SAWATCH__V1__HISTOGRAM__INIT;
	Sawatch__V1__Snapshot *s = fixture_snapshot();
	Sawatch__V1__SourceStatus *source = s->devices[0]->sources[0];
	Sawatch__V1__Histogram *before = source->poll_durations;
	const Otlp__ExponentialHistogramDataPoint *p = NULL;
	struct saw_otlp *o = saw_otlp_create(9);
	struct exported e = {.n = 0};
	const Otlp__Metric *m;

	(void)state;
	h.has_schema = h.has_count = h.has_sum = h.has_since_ms = h.has_zero_count = h.has_zero_threshold = 1;
	h.schema = 2;
	h.count = 9;
	h.zero_count = 1;
	h.zero_threshold = 0.001;
	h.sum = 12.5;
	h.since_ms = s->made_at_ms - 5000;
	h.n_indexes = h.n_counts = 3;
	h.indexes = indexes;
	h.counts = counts;
	source->poll_durations = &h;
	assert_int_equal(saw_otlp_snapshot(o, s, &choice, 50, take, &e), 0);
	m = e.requests[0]->resource_metrics[0]->scope_metrics[0]->metrics[0];
	assert_string_equal(m->name, "sawatch_poll_time_seconds");
	assert_string_equal(m->unit, "s");
	assert_non_null(m->exponential_histogram);
	assert_int_equal(m->exponential_histogram->aggregation_temporality, 2);
	for (size_t i = 0; i < m->exponential_histogram->n_data_points; i++)
		if (m->exponential_histogram->data_points[i]->count == 9)
			p = m->exponential_histogram->data_points[i];
	if (!p)
		fail_msg("the histogram is not there");
	else
		assert_int_equal(p->scale, 2);
	assert_int_equal(p->zero_count, 1);
	assert_true(p->sum == 12.5 && p->zero_threshold == 0.001);
	assert_int_equal(p->start_time_unix_nano, (uint64_t)h.since_ms * 1000000);
	assert_int_equal(p->positive->offset, -5);
	assert_int_equal(p->positive->n_bucket_counts, 8);
	assert_int_equal(p->positive->bucket_counts[0], 5);
	assert_int_equal(p->positive->bucket_counts[1], 1);
	assert_int_equal(p->positive->bucket_counts[2], 0);
	assert_int_equal(p->positive->bucket_counts[7], 2);
	assert_int_equal(p->n_attributes, 2);
	forget(&e);
	source->poll_durations = before;
	saw_otlp_destroy(o);
}

static void units_are_those_of_ucum(void **state) {
	static const char *const rows[][2] = {
		{"sawatch_tunnel_bytes_total", "By"},
		{"sawatch_interface_speed_bytes_per_second", "By/s"},
		{"sawatch_device_uptime_seconds", "s"},
		{"process_cpu_seconds_total", "s"},
		{"sawatch_link_loss_ratio", "1"},
		{"sawatch_tunnel_packets_total", "{packet}"},
		{"sawatch_tunnel_up", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(saw_otlp_unit(rows[i][0]), rows[i][1]);
}

static void what_servers_say_is_read(void **state) {
	Otlp__ExportMetricsServiceResponse response = OTLP__EXPORT_METRICS_SERVICE_RESPONSE__INIT;
	Otlp__ExportMetricsPartialSuccess partial = OTLP__EXPORT_METRICS_PARTIAL_SUCCESS__INIT;
	Otlp__Status status = OTLP__STATUS__INIT;
	struct saw_buf said = SAW_BUF_INIT(512);
	uint8_t bytes[256];
	uint64_t rejected = 9;
	size_t n;

	(void)state;
	assert_false(saw_otlp_partial(NULL, 0, &rejected, &said));
	assert_int_equal(rejected, 0);
	response.partial_success = &partial;
	n = otlp__export_metrics_service_response__pack(&response, bytes);
	assert_false(saw_otlp_partial(bytes, n, &rejected, &said)); /* empty: as if it were not there */
	partial.has_rejected_data_points = 1;
	partial.rejected_data_points = 17;
	partial.error_message = (char *)(uintptr_t) "too\nold";
	n = otlp__export_metrics_service_response__pack(&response, bytes);
	assert_true(saw_otlp_partial(bytes, n, &rejected, &said));
	assert_int_equal(rejected, 17);
	assert_string_equal(saw_buf_text(&said), "too\\x0aold");
	saw_buf_reset(&said);
	partial.rejected_data_points = -5;
	n = otlp__export_metrics_service_response__pack(&response, bytes);
	assert_true(saw_otlp_partial(bytes, n, &rejected, &said)); /* a warning */
	assert_int_equal(rejected, 0);
	saw_buf_reset(&said);
	assert_false(saw_otlp_partial((const uint8_t *)"\377nonsense", 9, &rejected, &said));

	status.message = (char *)(uintptr_t) "no such tenant";
	n = otlp__status__pack(&status, bytes);
	saw_otlp_put_status(bytes, n, &said);
	saw_otlp_put_status((const uint8_t *)"\377", 1, &said);
	assert_string_equal(saw_buf_text(&said), ": no such tenant");
	saw_buf_free(&said);
}

static void answers_mean_what_the_specifications_say(void **state) {
	static const struct {
		unsigned status;
		enum saw_push_fate remote_write, otlp;
	} rows[] = {
		{200, SAW_FATE_TAKEN, SAW_FATE_TAKEN},     {204, SAW_FATE_TAKEN, SAW_FATE_TAKEN},
		{307, SAW_FATE_LATER, SAW_FATE_LATER},     {400, SAW_FATE_REFUSED, SAW_FATE_REFUSED},
		{401, SAW_FATE_REFUSED, SAW_FATE_REFUSED}, {404, SAW_FATE_REFUSED, SAW_FATE_REFUSED},
		{407, SAW_FATE_LATER, SAW_FATE_LATER},     {429, SAW_FATE_LATER, SAW_FATE_LATER},
		{500, SAW_FATE_LATER, SAW_FATE_REFUSED},   {501, SAW_FATE_LATER, SAW_FATE_REFUSED},
		{502, SAW_FATE_LATER, SAW_FATE_LATER},     {503, SAW_FATE_LATER, SAW_FATE_LATER},
		{504, SAW_FATE_LATER, SAW_FATE_LATER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(saw_push_fate(SAW_RULES_REMOTE_WRITE, rows[i].status), rows[i].remote_write);
		assert_int_equal(saw_push_fate(SAW_RULES_OTLP, rows[i].status), rows[i].otlp);
	}
}

static void a_clock_that_was_wrong_does_not_stop_it_for_ever(void **state) {
	const int64_t now = INT64_C(1700000000000);

	(void)state;
	assert_int_equal(saw_push_time(0, now), SAW_TIME_LATER);
	assert_int_equal(saw_push_time(now, now), SAW_TIME_SAME);
	assert_int_equal(saw_push_time(now + 1, now), SAW_TIME_BACK);
	assert_int_equal(saw_push_time(now + SAW_CLOCK_WRONG_MS, now), SAW_TIME_BACK);
	assert_int_equal(saw_push_time(now + SAW_CLOCK_WRONG_MS + 1, now), SAW_TIME_ANEW);
}

static void waits_become_longer(void **state) {
	static const uint64_t most[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
	struct saw_backoff low = {0}, high = {0};

	(void)state;
	for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
		assert_int_equal(saw_backoff_next(&low, 0, 0), most[i]);
		assert_int_equal(saw_backoff_next(&high, 0, UINT32_MAX), most[i] / 2);
	}
	assert_int_equal(saw_backoff_next(&low, 90, 0), 90000);
	assert_int_equal(saw_backoff_next(&low, 90, UINT32_MAX), 99000);
	assert_int_equal(saw_backoff_next(&low, 86400, 0), 3600000);
}

static void reasons_are_short_and_clean(void **state) {
	struct saw_buf b = SAW_BUF_INIT(1024);

	(void)state;
	saw_push_put_reason(&b, 400, "text/plain", SAW_STR("out of \033[1morder\nand more"));
	assert_string_equal(saw_buf_text(&b), "HTTP 400: out of \\x1b[1morder");
	saw_buf_reset(&b);
	saw_push_put_reason(&b, 502, "text/html", SAW_STR("<html>"));
	assert_string_equal(saw_buf_text(&b), "HTTP 502");
	saw_buf_reset(&b);
	saw_push_put_reason(&b, 301, "", SAW_STR(""));
	assert_non_null(strstr(saw_buf_text(&b), "not followed"));
	saw_buf_free(&b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_sums_and_gauges),
		cmocka_unit_test(a_sum_says_since_when_it_counts),
		cmocka_unit_test(histograms_keep_their_buckets),
		cmocka_unit_test(units_are_those_of_ucum),
		cmocka_unit_test(what_servers_say_is_read),
		cmocka_unit_test(answers_mean_what_the_specifications_say),
		cmocka_unit_test(a_clock_that_was_wrong_does_not_stop_it_for_ever),
		cmocka_unit_test(waits_become_longer),
		cmocka_unit_test(reasons_are_short_and_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
