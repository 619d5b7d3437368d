/* The other forms of /metrics: OpenMetrics, protobuf with native histograms; and which one a scraper is given. */
#include "exporters/http/metrics.h"
#include "exporters/prometheus/writer.h"
#include "model/histogram.h"
#include "proto/prometheus.pb-c.h"
#include "tests/fixtures/snapshot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROTOBUF "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

static struct saw_buf out = SAW_BUF_INIT(64U << 20);
static Sawatch__V1__Total drops = SAWATCH__V1__TOTAL__INIT, *totals[] = {&drops};

static void render(enum saw_exposition form, unsigned parts, bool all_created) {
	const struct saw_process_figures process = {1.5, 1700000000, -1, 7, -1};
	const struct saw_prometheus_options options = {form, parts, all_created};

	saw_buf_reset(&out);
	assert_int_equal(saw_prometheus_render(fixture_snapshot(), FIXTURE_NOW_MS, &process, &options, &out), 0);
}

static bool has_line(const char *line) {
	const size_t n = strlen(line);

	for (const char *p = saw_buf_text(&out); (p = strstr(p, line)) != NULL; p++)
		if ((p == saw_buf_text(&out) || p[-1] == '\n') && p[n] == '\n')
			return true;
	return false;
}

static int prepare(void **state) {
	Sawatch__V1__Snapshot *s = fixture_snapshot();
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("wien-1");
	static char name[] = "replay_failed_recv";

	(void)state;
	s->has_started_at_ms = 1;
	s->started_at_ms = FIXTURE_NOW_MS - 1800250;
	s->has_daemon_started_at_ms = s->has_state_errors = 1;
	s->daemon_started_at_ms = FIXTURE_NOW_MS - 3600250;
	drops.name = name;
	drops.has_value = 1;
	drops.value = 40;
	t->totals = totals;
	t->n_totals = 1;
	t->has_last_replay_ms = t->has_last_replay_packets = t->has_last_replay_spi = t->has_first_seen_ms = 1;
	t->last_replay_ms = FIXTURE_NOW_MS - 90250;
	t->last_replay_packets = 3;
	t->last_replay_spi = 0x0badcafe;
	t->first_seen_ms = FIXTURE_NOW_MS - 1000000;
	t->has_flaps = 1;
	t->flaps = 2;
	return 0;
}

static int end(void **state) {
	(void)state;
	saw_buf_free(&out);
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- OpenMetrics */

static void openmetrics_names_families_without_their_suffix(void **state) {
	(void)state;
	render(SAW_EXPOSITION_OPENMETRICS, SAW_PART_ALL, false);
	assert_true(has_line("# TYPE sawatch_tunnel_bytes counter\n# UNIT sawatch_tunnel_bytes bytes"));
	assert_true(has_line("sawatch_tunnel_bytes_total{device=\"ASA-XFW01\",tunnel=\"berlin-1\",direction=\"in\"} "
						 "18446744073709551615"));
	assert_true(has_line("# TYPE sawatch_build info"));
	assert_non_null(strstr(saw_buf_text(&out), "\nsawatch_build_info{version=\""));
	assert_true(has_line("# TYPE sawatch_tunnel info"));
	assert_true(has_line("# UNIT sawatch_poll_age_seconds seconds"));
	assert_null(strstr(saw_buf_text(&out), "# UNIT sawatch_tunnel_up"));
	assert_true(has_line("sawatch_tunnel_up{device=\"ASA-XFW01\",tunnel=\"q\\\"u\\\\o\\nte<b>|\"} 1"));
	assert_memory_equal(saw_buf_text(&out) + out.len - 6, "# EOF\n", 6);
}

static void counters_say_since_when(void **state) {
	(void)state;
	render(SAW_EXPOSITION_OPENMETRICS, SAW_PART_ALL, false);
	assert_true(has_line("sawatch_polls_missed_total 0\nsawatch_polls_missed_created 1699996400.25"));
	assert_true(has_line("process_cpu_seconds_total 1.5\nprocess_cpu_seconds_created 1700000000"));
	assert_true(has_line("sawatch_poll_time_seconds_created{device=\"ASA-XFW01\",source=\"snmp\"} 1699999400.5"));
	/* The hub is younger: it was started again, and what the supervisor counts went on. */
	assert_true(has_line("sawatch_state_errors_total 0\nsawatch_state_errors_created 1699998200.25"));
	/* A series more for each counter of a tunnel is asked for. */
	assert_null(strstr(saw_buf_text(&out), "sawatch_tunnel_flaps_created"));
	assert_null(strstr(saw_buf_text(&out), "start_time_seconds_created"));
	render(SAW_EXPOSITION_OPENMETRICS, SAW_PART_ALL, true);
	assert_true(has_line("sawatch_tunnel_flaps_created{device=\"ASA-XFW01\",tunnel=\"wien-1\"} 1699999000.5"));
	/* The device counted before it was watched: a scraper that is told of a beginning would see all of that pass at once. */
	assert_null(strstr(saw_buf_text(&out), "sawatch_tunnel_replay_errors_created"));
	assert_null(strstr(saw_buf_text(&out), "sawatch_tunnel_bytes_created"));
	render(SAW_EXPOSITION_TEXT, SAW_PART_ALL, true);
	assert_null(strstr(saw_buf_text(&out), "_created"));
}

static void only_what_began_with_us_says_when(void **state) {
	size_t n;
	const struct saw_family *f = saw_prometheus_families(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool ours = f[i].since != SAW_SINCE_UNKNOWN;

		if (ours && f[i].type == SAW_GAUGE)
			fail_msg("%s is a gauge", f[i].name);
		if (ours && f[i].scope == SAW_SCOPE_PROCESS && f[i].since != SAW_SINCE_PROCESS)
			fail_msg("%s is the answering process's", f[i].name);
		for (size_t k = 0; k < f[i].n_series; k++)
			if (ours && f[i].series[k].total)
				fail_msg("%s goes on from what the device had counted", f[i].name);
	}
}

static void the_last_replay_is_an_exemplar(void **state) {
	(void)state;
	render(SAW_EXPOSITION_OPENMETRICS, SAW_PART_ALL, false);
	assert_true(has_line("sawatch_tunnel_replay_errors_total{device=\"ASA-XFW01\",tunnel=\"wien-1\"} 40 "
						 "# {spi=\"0x0badcafe\"} 3 1699999910.25"));
	render(SAW_EXPOSITION_TEXT, SAW_PART_ALL, false);
	assert_true(has_line("sawatch_tunnel_replay_errors_total{device=\"ASA-XFW01\",tunnel=\"wien-1\"} 40"));
}

static void the_text_has_a_classic_histogram(void **state) {
	(void)state;
	for (enum saw_exposition form = SAW_EXPOSITION_TEXT; form <= SAW_EXPOSITION_OPENMETRICS; form++) {
		render(form, SAW_PART_ALL, false);
		assert_true(has_line("# TYPE sawatch_poll_time_seconds histogram"));
		assert_true(has_line("sawatch_poll_time_seconds_bucket{device=\"ASA-XFW01\",source=\"snmp\",le=\"0.125\"} 5"));
		assert_true(has_line("sawatch_poll_time_seconds_bucket{device=\"ASA-XFW01\",source=\"snmp\",le=\"0.25\"} 8"));
		assert_true(has_line("sawatch_poll_time_seconds_bucket{device=\"ASA-XFW01\",source=\"snmp\",le=\"2.0\"} 8"));
		assert_true(has_line("sawatch_poll_time_seconds_bucket{device=\"ASA-XFW01\",source=\"snmp\",le=\"4.0\"} 9"));
		assert_true(has_line("sawatch_poll_time_seconds_bucket{device=\"ASA-XFW01\",source=\"snmp\",le=\"+Inf\"} 9"));
		assert_true(has_line("sawatch_poll_time_seconds_sum{device=\"ASA-XFW01\",source=\"snmp\"} 5.25"));
		assert_true(has_line("sawatch_poll_time_seconds_count{device=\"ASA-XFW01\",source=\"snmp\"} 9"));
	}
}

static void the_daemon_and_the_devices_are_parts(void **state) {
	size_t daemon, devices;

	(void)state;
	render(SAW_EXPOSITION_TEXT, SAW_PART_DAEMON, false);
	daemon = out.len;
	assert_true(has_line("sawatch_polls_missed_total 0"));
	assert_true(has_line("process_open_fds 7"));
	assert_null(strstr(saw_buf_text(&out), "device="));
	render(SAW_EXPOSITION_TEXT, SAW_PART_DEVICES, false);
	devices = out.len;
	assert_true(has_line("sawatch_device_up{device=\"ASA-XFW01\",source=\"snmp\"} 1"));
	assert_null(strstr(saw_buf_text(&out), "process_"));
	assert_null(strstr(saw_buf_text(&out), "sawatch_build_info"));
	render(SAW_EXPOSITION_TEXT, SAW_PART_ALL, false);
	assert_int_equal(out.len, daemon + devices);
}

/* ----------------------------------------------------------------------------------------------------------------- protobuf */

/* The next family; NULL at the end. The caller frees it. */
static Io__Prometheus__Client__MetricFamily *next_family(size_t *at) {
	Io__Prometheus__Client__MetricFamily *f;
	uint64_t len = 0;
	unsigned shift = 0;

	if (*at == out.len)
		return NULL;
	do {
		assert_true(*at < out.len && shift < 64);
		len |= (uint64_t)(out.data[*at] & 0x7f) << shift;
		shift += 7;
	} while (out.data[(*at)++] & 0x80);
	assert_true(len <= out.len - *at);
	f = io__prometheus__client__metric_family__unpack(NULL, len, out.data + *at);
	assert_non_null(f);
	*at += len;
	return f;
}

static Io__Prometheus__Client__MetricFamily *find_family(const char *name) {
	Io__Prometheus__Client__MetricFamily *f;

	for (size_t at = 0; (f = next_family(&at)) != NULL; io__prometheus__client__metric_family__free_unpacked(f, NULL))
		if (strcmp(f->name, name) == 0)
			return f;
	fail_msg("%s is not there", name);
	return NULL;
}

static const char *label(const Io__Prometheus__Client__Metric *m, const char *name) {
	for (size_t i = 0; i < m->n_label; i++)
		if (strcmp(m->label[i]->name, name) == 0)
			return m->label[i]->value;
	return NULL;
}

static double value_of(const Io__Prometheus__Client__Metric *m) {
	return m->gauge ? m->gauge->value : m->counter->value;
}

/* Every sample of the text, and no other, with its labels: what the two say differs in form only. */
static void protobuf_says_what_the_text_says(void **state) {
	Io__Prometheus__Client__MetricFamily *f;
	struct saw_buf text, line = SAW_BUF_INIT(1U << 16);
	size_t lines = 0, samples = 0;

	(void)state;
	render(SAW_EXPOSITION_TEXT, SAW_PART_ALL, false);
	text = out;
	saw_buf_init(&out, 64U << 20);
	for (const char *p = saw_buf_text(&text); *p; p = strchr(p, '\n') + 1)
		lines += *p != '#' && strncmp(p, "sawatch_poll_time_seconds", 25) != 0;
	render(SAW_EXPOSITION_PROTOBUF, SAW_PART_ALL, false);
	for (size_t at = 0; (f = next_family(&at)) != NULL; io__prometheus__client__metric_family__free_unpacked(f, NULL)) {
		assert_true(f->has_type && f->help && *f->help);
		for (size_t i = 0; f->type != IO__PROMETHEUS__CLIENT__METRIC_TYPE__HISTOGRAM && i < f->n_metric; i++) {
			const Io__Prometheus__Client__Metric *m = f->metric[i];

			assert_true((f->type == IO__PROMETHEUS__CLIENT__METRIC_TYPE__COUNTER) == (m->counter != NULL));
			saw_buf_reset(&line);
			saw_buf_putc(&line, '\n');
			saw_buf_puts(&line, f->name);
			saw_buf_puts(&line, m->n_label ? "{" : " ");
			for (size_t k = 0; k < m->n_label; k++) {
				struct saw_buf one = SAW_BUF_INIT(4096);

				saw_form_text.put_label(&one, m->label[k]->name, m->label[k]->value);
				saw_buf_puts(&line, saw_buf_text(&one));
				saw_buf_puts(&line, k + 1 < m->n_label ? "," : "} ");
				saw_buf_free(&one);
			}
			if (value_of(m) < 1e15) { /* a double does not hold what is longer */
				char number[SAW_NUMBER_MAX];

				saw_buf_put(&line, number, saw_print_real(number, value_of(m)));
				saw_buf_putc(&line, '\n');
			}
			if (!strstr(saw_buf_text(&text), saw_buf_text(&line)))
				fail_msg("the text has no%s", saw_buf_text(&line));
			samples++;
		}
	}
	assert_int_equal(samples, lines);
	saw_buf_free(&text);
	saw_buf_free(&line);
}

static void protobuf_has_units_exemplars_and_times(void **state) {
	Io__Prometheus__Client__MetricFamily *f;
	const Io__Prometheus__Client__Counter *c = NULL;

	(void)state;
	render(SAW_EXPOSITION_PROTOBUF, SAW_PART_ALL, false);
	f = find_family("sawatch_tunnel_bytes_total");
	assert_string_equal(f->unit, "bytes");
	io__prometheus__client__metric_family__free_unpacked(f, NULL);
	f = find_family("sawatch_tunnel_replay_errors_total");
	assert_null(f->unit);
	for (size_t i = 0; i < f->n_metric; i++)
		if (strcmp(label(f->metric[i], "tunnel"), "wien-1") == 0)
			c = f->metric[i]->counter;
	assert_true(c && c->exemplar && c->value == 40);
	if (!c) /* which the analyser does not see */
		return;
	assert_string_equal(c->exemplar->label[0]->name, "spi");
	assert_string_equal(c->exemplar->label[0]->value, "0x0badcafe");
	assert_true(c->exemplar->value == 3);
	assert_int_equal(c->exemplar->timestamp->seconds, 1699999910);
	assert_int_equal(c->exemplar->timestamp->nanos, 250000000);
	assert_null(c->created_timestamp);
	io__prometheus__client__metric_family__free_unpacked(f, NULL);
	c = NULL;
	f = find_family("sawatch_tunnel_flaps_total");
	for (size_t i = 0; i < f->n_metric; i++)
		if (strcmp(label(f->metric[i], "tunnel"), "wien-1") == 0)
			c = f->metric[i]->counter;
	assert_true(c && c->value == 2 && c->created_timestamp && c->created_timestamp->seconds == 1699999000);
	io__prometheus__client__metric_family__free_unpacked(f, NULL);
}

static void protobuf_has_the_native_histogram(void **state) {
	Io__Prometheus__Client__MetricFamily *f;
	const Io__Prometheus__Client__Histogram *h;

	(void)state;
	render(SAW_EXPOSITION_PROTOBUF, SAW_PART_ALL, false);
	f = find_family("sawatch_poll_time_seconds");
	assert_int_equal(f->type, IO__PROMETHEUS__CLIENT__METRIC_TYPE__HISTOGRAM);
	assert_int_equal(f->n_metric, 1);
	h = f->metric[0]->histogram;
	assert_int_equal(h->sample_count, 9);
	assert_true(h->sample_sum == 5.25);
	assert_int_equal(h->schema, 3);
	assert_true(h->zero_threshold == 0x1p-10 && h->zero_count == 0);
	/* -24 and -23, then 16: 38 empty ones between. Counts 5, 3, 1 as differences. */
	assert_int_equal(h->n_positive_span, 2);
	assert_int_equal(h->positive_span[0]->offset, -24);
	assert_int_equal(h->positive_span[0]->length, 2);
	assert_int_equal(h->positive_span[1]->offset, 38);
	assert_int_equal(h->positive_span[1]->length, 1);
	assert_int_equal(h->n_positive_delta, 3);
	assert_int_equal(h->positive_delta[0], 5);
	assert_int_equal(h->positive_delta[1], -2);
	assert_int_equal(h->positive_delta[2], -2);
	assert_int_equal(h->n_bucket, SAW_CLASSIC_BUCKETS);
	assert_true(h->bucket[0]->upper_bound == 0.125 && h->bucket[0]->cumulative_count == 5);
	assert_int_equal(h->bucket[SAW_CLASSIC_BUCKETS - 1]->cumulative_count, 9);
	assert_int_equal(h->created_timestamp->seconds, 1699999400);
	io__prometheus__client__metric_family__free_unpacked(f, NULL);
}

/* -------------------------------------------------------------------------------------------------------------- negotiation */

static void each_scraper_gets_the_form_it_prefers(void **state) {
	static const struct {
		const char *accept;
		enum saw_exposition form;
	} cases[] = {
		/* Prometheus 2.0 to 2.4, 2.5 to 2.40, 2.42 as recorded, and 2.42 with native histograms */
		{"text/plain;version=0.0.4;q=1,*/*;q=0.1", SAW_EXPOSITION_TEXT},
		{"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", SAW_EXPOSITION_TEXT},
		{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 SAW_EXPOSITION_OPENMETRICS},
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
		 "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 SAW_EXPOSITION_PROTOBUF},
		/* Prometheus 2.49 and later, by scrape_protocols */
		{"application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 SAW_EXPOSITION_OPENMETRICS},
		{PROTOBUF ";q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,"
				  "application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
		 SAW_EXPOSITION_PROTOBUF},
		{"text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.3",
		 SAW_EXPOSITION_TEXT},
		/* Prometheus 3, by default and with native histograms */
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 SAW_EXPOSITION_OPENMETRICS},
		{PROTOBUF
		 ";q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 SAW_EXPOSITION_PROTOBUF},
		{"application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,text/plain;version=0.0.4;q=0.2",
		 SAW_EXPOSITION_OPENMETRICS},
		{"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;escaping=values;q=0.5",
		 SAW_EXPOSITION_TEXT},
		/* people, and what is of no use */
		{"", SAW_EXPOSITION_TEXT},
		{"*/*", SAW_EXPOSITION_TEXT},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", SAW_EXPOSITION_TEXT},
		{"text/*", SAW_EXPOSITION_TEXT},
		{"image/png", SAW_EXPOSITION_TEXT},
		{"application/openmetrics-text", SAW_EXPOSITION_OPENMETRICS},
		{"Application/OpenMetrics-Text; Version=\"1.0.0\"; charset=utf-8", SAW_EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;version=2.0.0", SAW_EXPOSITION_TEXT},
		{"application/openmetrics-text;q=0", SAW_EXPOSITION_TEXT},
		{"application/openmetrics-text;q=0.5,text/plain;q=0.5", SAW_EXPOSITION_OPENMETRICS},
		{"text/plain;q=0.5,application/openmetrics-text;q=0.5", SAW_EXPOSITION_TEXT},
		{"application/vnd.google.protobuf", SAW_EXPOSITION_TEXT},
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", SAW_EXPOSITION_TEXT},
		{"application/vnd.google.protobuf;proto=other;encoding=delimited", SAW_EXPOSITION_TEXT},
		{";;;,,,q=1;version", SAW_EXPOSITION_TEXT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (saw_metrics_form(saw_str_of(cases[i].accept)) != cases[i].form)
			fail_msg("%s", cases[i].accept);
	assert_string_equal(saw_prometheus_content_type(SAW_EXPOSITION_TEXT), "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(saw_prometheus_content_type(SAW_EXPOSITION_OPENMETRICS),
						"application/openmetrics-text; version=1.0.0; charset=utf-8");
	assert_string_equal(saw_prometheus_content_type(SAW_EXPOSITION_PROTOBUF),
						"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");
}

static void what_is_asked_for_has_a_place_of_its_own(void **state) {
	static const char *const queries[] = {
		"", "part=daemon", "part=devices", "created=all", "part=daemon&created=all", "created=all&part=devices"};
	static const char *const accepts[] = {"", "application/openmetrics-text", PROTOBUF};
	bool seen[SAW_METRICS_PLACES] = {false};
	struct saw_prometheus_options o;

	(void)state;
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
		for (size_t k = 0; k < sizeof accepts / sizeof accepts[0]; k++) {
			int place = saw_metrics_place(saw_str_of(queries[i]), saw_str_of(accepts[k]));

			assert_in_range(place, 0, SAW_METRICS_PLACES - 1);
			assert_false(seen[place]);
			seen[place] = true;
		}
	assert_int_equal(saw_metrics_place(SAW_STR("part=tunnels"), SAW_STR("")), -1);
	assert_int_equal(saw_metrics_place(SAW_STR("part"), SAW_STR("")), -1);
	assert_int_equal(saw_metrics_place(SAW_STR("created=some"), SAW_STR("")), -1);
	assert_non_null(saw_metrics_read(SAW_STR("part="), SAW_STR(""), &o));
	assert_null(saw_metrics_read(SAW_STR("collect[]=x&&part=daemon&=&y"), SAW_STR(""), &o));
	assert_int_equal(o.parts, SAW_PART_DAEMON);
}

/* ---------------------------------------------------------------------------------------------------------------- histogram */

static void powers_of_two_are_bounds(void **state) {
	struct saw_histogram h = {0};
	struct saw_histogram_lists lists;
	Sawatch__V1__Histogram m;

	(void)state;
	saw_histogram_add(&h, 1, 1000);                     /* index 0 */
	saw_histogram_add(&h, nextafter(1, 2), 2000);       /* 1 */
	saw_histogram_add(&h, 0.5, 3000);                   /* -8 */
	saw_histogram_add(&h, 8, 4000);                     /* 24 */
	saw_histogram_add(&h, 0, 5000);                     /* the zero bucket */
	saw_histogram_add(&h, 0x1p-10, 5000);               /* the zero bucket's bound */
	saw_histogram_add(&h, nextafter(0x1p-10, 1), 5000); /* the first */
	saw_histogram_add(&h, 1e12, 5000);                  /* the last */
	saw_histogram_add(&h, -1, 5000);
	saw_histogram_add(&h, NAN, 5000);
	saw_histogram_add(&h, INFINITY, 5000);
	saw_histogram_write(&h, &lists, &m);
	assert_int_equal(m.count, 8);
	assert_int_equal(m.zero_count, 2);
	assert_int_equal(m.since_ms, 1000);
	assert_int_equal(m.n_indexes, 6);
	assert_int_equal(m.indexes[0], SAW_HISTOGRAM_FIRST);
	assert_int_equal(m.indexes[1], -8);
	assert_int_equal(m.indexes[2], 0);
	assert_int_equal(m.indexes[3], 1);
	assert_int_equal(m.indexes[4], 24);
	assert_int_equal(m.indexes[5], SAW_HISTOGRAM_LAST);
}

/* Every value lies in its bucket: above the bound below it, and not above its own. */
static void values_are_within_their_bucket(void **state) {
	(void)state;
	for (double v = 0.001; v < 100000; v *= 1.013) {
		struct saw_histogram h = {0};
		struct saw_histogram_lists lists;
		Sawatch__V1__Histogram m;

		saw_histogram_add(&h, v, 1);
		saw_histogram_write(&h, &lists, &m);
		assert_int_equal(m.n_indexes, 1);
		assert_true(v <= exp2(m.indexes[0] / 8.0) && v > exp2((m.indexes[0] - 1) / 8.0));
	}
}

static void a_histogram_comes_back_from_the_disk_or_begins_anew(void **state) {
	struct saw_histogram h = {0}, back;
	struct saw_histogram_lists lists;
	Sawatch__V1__Histogram m;

	(void)state;
	for (int i = 1; i < 500; i++)
		saw_histogram_add(&h, i * 0.37, 77);
	saw_histogram_write(&h, &lists, &m);
	assert_int_equal(saw_histogram_read(&m, &back), 0);
	assert_memory_equal(&h, &back, sizeof h);
	m.schema = 4;
	assert_int_equal(saw_histogram_read(&m, &back), SAW_EFORMAT);
	m.schema = 3;
	m.count++;
	assert_int_equal(saw_histogram_read(&m, &back), SAW_EFORMAT);
	m.count--;
	lists.indexes[0] = SAW_HISTOGRAM_FIRST - 1;
	assert_int_equal(saw_histogram_read(&m, &back), SAW_EFORMAT);
	assert_int_equal(back.count, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openmetrics_names_families_without_their_suffix),
		cmocka_unit_test(counters_say_since_when),
		cmocka_unit_test(only_what_began_with_us_says_when),
		cmocka_unit_test(the_last_replay_is_an_exemplar),
		cmocka_unit_test(the_text_has_a_classic_histogram),
		cmocka_unit_test(the_daemon_and_the_devices_are_parts),
		cmocka_unit_test(protobuf_says_what_the_text_says),
		cmocka_unit_test(protobuf_has_units_exemplars_and_times),
		cmocka_unit_test(protobuf_has_the_native_histogram),
		cmocka_unit_test(each_scraper_gets_the_form_it_prefers),
		cmocka_unit_test(what_is_asked_for_has_a_place_of_its_own),
		cmocka_unit_test(powers_of_two_are_bounds),
		cmocka_unit_test(values_are_within_their_bucket),
		cmocka_unit_test(a_histogram_comes_back_from_the_disk_or_begins_anew),
	};

	return cmocka_run_group_tests(tests, prepare, end);
}
