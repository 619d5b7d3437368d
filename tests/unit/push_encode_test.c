/* What is pushed is what /metrics shows; series that end are said to. */
#include "exporters/push/remote_write.h"
#include "exporters/push/series.h"
#include "proto/remote_write.pb-c.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ----------------------------------------------------------------------------------------------------------- remote write */

struct sent {
	Prometheus__WriteRequest *requests[64];
	size_t n, samples;
};

static void take(void *ctx, const struct saw_queue_item *item) {
	struct sent *sent = ctx;
	struct saw_buf body = SAW_BUF_INIT(1U << 25);
	Prometheus__WriteRequest *r;

	assert_int_equal(saw_remote_write_unpack(item->body, item->len, &body), 0);
	r = prometheus__write_request__unpack(NULL, body.len, body.data);
	assert_non_null(r);
	assert_int_equal(r->n_timeseries, item->samples);
	assert_true(sent->n < 64);
	sent->requests[sent->n++] = r;
	sent->samples += item->samples;
	saw_buf_free(&body);
}

static void forget(struct sent *sent) {
	for (size_t i = 0; i < sent->n; i++)
		prometheus__write_request__free_unpacked(sent->requests[i], NULL);
	*sent = (struct sent){.n = 0};
}

static void put_series(struct saw_buf *b, const Prometheus__TimeSeries *t) {
	assert_int_equal(t->n_samples, 1);
	for (size_t i = 0; i < t->n_labels; i++) {
		assert_true(i == 0 || strcmp(t->labels[i - 1]->name, t->labels[i]->name) < 0);
		assert_true(*t->labels[i]->value);
		saw_buf_printf(b, "%s%s=%s", i ? "," : "", t->labels[i]->name, t->labels[i]->value);
	}
}

/* The sample of the series with these labels, in their order; NULL: there is none. */
static const Prometheus__Sample *find(const struct sent *sent, const char *labels) {
	const Prometheus__Sample *found = NULL;
	struct saw_buf b = SAW_BUF_INIT(65536);

	for (size_t i = 0; i < sent->n; i++)
		for (size_t k = 0; k < sent->requests[i]->n_timeseries; k++) {
			saw_buf_reset(&b);
			put_series(&b, sent->requests[i]->timeseries[k]);
			if (strcmp(saw_buf_text(&b), labels) == 0) {
				assert_null(found);
				found = sent->requests[i]->timeseries[k]->samples[0];
			}
		}
	saw_buf_free(&b);
	return found;
}

static bool is_stale(const Prometheus__Sample *s) {
	uint64_t bits;

	memcpy(&bits, &s->value, sizeof bits);
	return bits == UINT64_C(0x7ff0000000000002);
}

static const char berlin_up[] = "__name__=sawatch_tunnel_up,device=ASA-XFW01,tunnel=berlin-1";

/* "__name__=…,a=b 1" of each series: the text's, and what was sent. */
struct lines {
	char *list[4096];
	size_t n;
};

static int by_text(const void *a, const void *b) {
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_line(struct lines *all, char **labels, size_t n, double value) {
	struct saw_buf b = SAW_BUF_INIT(65536);

	qsort(labels, n, sizeof *labels, by_text);
	for (size_t i = 0; i < n; i++) {
		saw_buf_printf(&b, "%s%s", i ? "," : "", labels[i]);
		free(labels[i]);
	}
	saw_buf_printf(&b, " %.17g", value);
	assert_true(all->n < 4096);
	all->list[all->n++] = strdup(saw_buf_text(&b));
	saw_buf_free(&b);
}

/* One line of the text form; its escapes are undone, empty labels left out. */
static void read_line(struct lines *all, const char *p) {
	struct saw_buf b = SAW_BUF_INIT(65536);
	char *labels[64];
	size_t n = 0, name = strcspn(p, "{ ");

	saw_buf_printf(&b, "__name__=%.*s", (int)name, p);
	labels[n++] = strdup(saw_buf_text(&b));
	p += name;
	while (*p == '{' || *p == ',') {
		size_t len = strcspn(++p, "="), from;

		saw_buf_reset(&b);
		saw_buf_printf(&b, "%.*s=", (int)len, p);
		from = b.len;
		for (p += len + 2; *p != '"'; p++) {
			p += *p == '\\';
			saw_buf_putc(&b, p[-1] == '\\' && *p == 'n' ? '\n' : *p);
		}
		p++;
		if (b.len > from)
			labels[n++] = strdup(saw_buf_text(&b));
	}
	add_line(all, labels, n, strtod(p + (*p == '}') + 1, NULL));
	saw_buf_free(&b);
}

static void read_sent(struct lines *all, const struct sent *sent) {
	for (size_t i = 0; i < sent->n; i++)
		for (size_t k = 0; k < sent->requests[i]->n_timeseries; k++) {
			const Prometheus__TimeSeries *t = sent->requests[i]->timeseries[k];
			char *labels[64];

			for (size_t l = 0; l < t->n_labels; l++) {
				struct saw_buf b = SAW_BUF_INIT(65536);

				saw_buf_printf(&b, "%s=%s", t->labels[l]->name, t->labels[l]->value);
				labels[l] = strdup(saw_buf_text(&b));
				saw_buf_free(&b);
			}
			add_line(all, labels, t->n_labels, t->samples[0]->value);
		}
}

/* The filled fixture has links from "text" to "text": one series twice, which is sent once. */
static void drop_twins(struct lines *all) {
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (n && strcmp(all->list[n - 1], all->list[i]) == 0)
			free(all->list[i]);
		else
			all->list[n++] = all->list[i];
	all->n = n;
}

static void samples_are_those_of_the_text(void **state) {
	const struct saw_prometheus_options options = {.form = SAW_EXPOSITION_TEXT, .parts = SAW_PART_ALL};
	static struct lines text_lines, sent_lines;
	const struct saw_push_choice all = {.n_labels = 0};
	Sawatch__V1__Snapshot *s = fixture_snapshot();
	struct saw_buf text = SAW_BUF_INIT(1U << 24);

	(void)state;
	for (int filled = 0; filled < 2; filled++) {
		struct saw_remote_write *w = saw_remote_write_create(1);
		struct sent sent = {.n = 0};

		if (filled)
			fixture_fill();
		saw_buf_reset(&text);
		text_lines.n = sent_lines.n = 0;
		assert_int_equal(saw_prometheus_render(s, s->made_at_ms, NULL, &options, &text), 0);
		for (const char *p = saw_buf_text(&text); *p; p += strcspn(p, "\n") + 1)
			if (*p != '#')
				read_line(&text_lines, p);
		assert_int_equal(saw_remote_write_snapshot(w, s, &all, 100, take, &sent), 0);
		assert_int_equal(sent.n, (sent.samples + 99) / 100);
		read_sent(&sent_lines, &sent);
		qsort(text_lines.list, text_lines.n, sizeof(char *), by_text);
		qsort(sent_lines.list, sent_lines.n, sizeof(char *), by_text);
		assert_true(text_lines.n > 100);
		drop_twins(&text_lines);
		for (size_t i = 0; i < text_lines.n && i < sent_lines.n; i++) {
			assert_string_equal(sent_lines.list[i], text_lines.list[i]);
			free(sent_lines.list[i]);
			free(text_lines.list[i]);
		}
		assert_int_equal(sent_lines.n, text_lines.n);
		for (size_t i = 0; i < sent.requests[0]->n_timeseries; i++)
			assert_int_equal(sent.requests[0]->timeseries[i]->samples[0]->timestamp, s->made_at_ms);
		forget(&sent);
		saw_remote_write_destroy(w);
	}
	saw_buf_free(&text);
}

static void a_series_that_ends_is_said_to_once(void **state) {
	struct saw_remote_write *w = saw_remote_write_create(2);
	const struct saw_push_choice all = {.n_labels = 0};
	Sawatch__V1__Snapshot *s = fixture_snapshot();
	Sawatch__V1__TunnelEnd *berlin = fixture_tunnel("berlin-1");
	const int64_t made = s->made_at_ms;
	struct sent sent = {.n = 0};
	size_t all_of_them, ended = 0;

	(void)state;
	assert_int_equal(saw_remote_write_snapshot(w, s, &all, 100000, take, &sent), 0);
	assert_false(is_stale(find(&sent, berlin_up)));
	all_of_them = sent.samples;
	forget(&sent);

	berlin->state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN; /* its device cannot be read */
	s->made_at_ms = made + 60000;
	assert_int_equal(saw_remote_write_snapshot(w, s, &all, 100000, take, &sent), 0);
	assert_int_equal(sent.samples, all_of_them);
	assert_true(is_stale(find(&sent, berlin_up)));
	assert_int_equal(find(&sent, berlin_up)->timestamp, made + 60000);
	for (size_t i = 0; i < sent.requests[0]->n_timeseries; i++)
		ended += is_stale(sent.requests[0]->timeseries[i]->samples[0]);
	assert_true(ended > 10);
	forget(&sent);

	s->made_at_ms = made + 120000;
	assert_int_equal(saw_remote_write_snapshot(w, s, &all, 100000, take, &sent), 0);
	assert_null(find(&sent, berlin_up));
	assert_int_equal(sent.samples, all_of_them - ended);
	forget(&sent);

	berlin->state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP;
	assert_int_equal(saw_remote_write_snapshot(w, s, &all, 100000, take, &sent), 0);
	assert_int_equal(sent.samples, all_of_them);
	assert_false(is_stale(find(&sent, berlin_up)));
	forget(&sent);
	s->made_at_ms = made;
	saw_remote_write_destroy(w);
}

static void only_what_is_chosen_is_sent_with_the_labels_that_were_given(void **state) {
	static const char *const families[] = {"sawatch_tunnel_u?", "sawatch_device_up", "sawatch_build_info"};
	static const char *const tunnels[] = {"ASA-*/berlin-*", "ASR-WAN03"};
	static const char *const labels[] = {"job=sawatch", "device=never", "zone=a=b"};
	const struct saw_push_choice choice = {
		.families = {families, 3}, .tunnels = {tunnels, 2}, .labels = labels, .n_labels = 3};
	struct saw_remote_write *w = saw_remote_write_create(3);
	struct sent sent = {.n = 0};

	(void)state;
	assert_int_equal(saw_remote_write_snapshot(w, fixture_snapshot(), &choice, 100, take, &sent), 0);
	assert_non_null(find(&sent, "__name__=sawatch_tunnel_up,device=ASA-XFW01,job=sawatch,tunnel=berlin-1,zone=a=b"));
	assert_non_null(find(&sent, "__name__=sawatch_tunnel_up,device=ASR-WAN03,job=sawatch,tunnel=turin-1,zone=a=b"));
	assert_null(find(&sent, "__name__=sawatch_tunnel_up,device=ASA-XFW01,job=sawatch,tunnel=lyon-1,zone=a=b"));
	assert_non_null(find(&sent, "__name__=sawatch_device_up,device=ASA-XFW01,job=sawatch,source=snmp,zone=a=b"));
	assert_null(find(&sent, "__name__=sawatch_device_up,device=ASR-WAN01,job=sawatch,source=snmp,zone=a=b"));
	for (size_t i = 0; i < sent.requests[0]->n_timeseries; i++)
		assert_null(strstr(sent.requests[0]->timeseries[i]->labels[0]->value, "state"));
	forget(&sent);
	saw_remote_write_destroy(w);
}

/* ---------------------------------------------------------------------------------------------------------- the set of series */

static void count_gone(void *ctx, const void *key, size_t len) {
	assert_int_equal(len, sizeof(unsigned));
	((unsigned *)ctx)[*(const unsigned *)key]++;
}

static void the_set_knows_each_of_many(void **state) {
	enum { N = 20000 };
	static unsigned gone[N];
	struct saw_series_set *s = saw_series_create(42);

	(void)state;
	saw_series_begin(s);
	for (unsigned i = 0; i < N; i++) {
		struct saw_series_entry *e = saw_series_seen(s, &i, sizeof i);

		assert_int_equal(e->start_ms, 0);
		assert_int_equal(e->times, 1);
		e->start_ms = i + 1;
	}
	saw_series_end(s, count_gone, gone);
	saw_series_begin(s);
	for (unsigned i = 0; i < N; i += 3) {
		struct saw_series_entry *e = saw_series_seen(s, &i, sizeof i);

		assert_int_equal(e->start_ms, i + 1);
		assert_int_equal(e->times, 1);
		assert_int_equal(saw_series_seen(s, &i, sizeof i)->times, 2);
	}
	saw_series_end(s, count_gone, gone);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(gone[i], i % 3 != 0);
	assert_int_equal(saw_series_count(s), (N + 2) / 3);
	saw_series_begin(s);
	saw_series_end(s, count_gone, gone);
	assert_int_equal(saw_series_count(s), 0);
	saw_series_destroy(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_series_that_ends_is_said_to_once),
		cmocka_unit_test(only_what_is_chosen_is_sent_with_the_labels_that_were_given),
		cmocka_unit_test(the_set_knows_each_of_many),
		cmocka_unit_test(samples_are_those_of_the_text), /* fills the fixture: the last one */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
