/*
 * Any Accept header (up to the first line feed), and any texts as names of a device and of a tunnel and as its owner (by NULs): every form
 * of /metrics is well-formed and says exactly these texts.
 */
#include "tests/fuzz/fuzz.h"

#include "exporters/http/accept.h"
#include "exporters/http/metrics.h"
#include "proto/prometheus.pb-c.h"
#include "tests/fixtures/snapshot.h"

#include <stdlib.h>

static void require(bool good) {
	if (!good)
		abort();
}

/* ------------------------------------------------------------------------------------------------------------------- Accept */

static bool within(struct saw_str part, struct saw_str whole) {
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void accept_header(struct saw_str header) {
	const enum saw_exposition form = saw_metrics_form(header);
	const enum saw_encoding encoding = saw_accept_encoding(header);
	struct saw_accept_range r;
	struct saw_str rest = header, v;

	require(form < SAW_EXPOSITIONS && encoding < SAW_ENCODINGS);
	require(saw_metrics_place(SAW_STR("part=daemon"), header) < SAW_METRICS_PLACES);
	for (size_t left = rest.n; saw_accept_next(&rest, &r); left = rest.n) {
		require(rest.n < left && r.weight >= 0 && r.weight <= 1 && r.name.n > 0);
		require(within(r.name, header) && within(r.params, header));
		require(!saw_accept_param(&r, SAW_STR("version"), &v) || within(v, header));
	}
}

/* -------------------------------------------------------------------------------------------------------------------- text */

/* Reads a quoted value and puts its text into b. NULL: malformed. */
static const char *read_quoted(const char *p, struct saw_buf *b) {
	saw_buf_reset(b);
	if (*p++ != '"')
		return NULL;
	for (; *p && *p != '"' && *p != '\n'; p++) {
		const bool escaped = *p == '\\';

		p += escaped;
		if (escaped && *p != '\\' && *p != '"' && *p != 'n')
			return NULL;
		saw_buf_putc(b, escaped && *p == 'n' ? '\n' : *p);
	}
	return *p == '"' ? p + 1 : NULL;
}

static const char *skip_name(const char *p) {
	require((*p >= 'a' && *p <= 'z') || *p == '_');
	while ((*p >= 'a' && *p <= 'z') || *p == '_')
		p++;
	return p;
}

/* One sample; true where its labels `device`, `tunnel` are these. */
static bool read_sample(const char **at, const char *device, const char *tunnel) {
	struct saw_buf value = SAW_BUF_INIT(1U << 20);
	const char *p = skip_name(*at);
	bool by_device = false, by_tunnel = false;

	if (*p == '{') {
		do {
			const char *name = ++p;

			p = skip_name(p);
			require(*p == '=');
			p = read_quoted(p + 1, &value);
			require(p != NULL);
			by_device |= strncmp(name, "device=", 7) == 0 && strcmp(saw_buf_text(&value), device) == 0;
			by_tunnel |= strncmp(name, "tunnel=", 7) == 0 && strcmp(saw_buf_text(&value), tunnel) == 0;
		} while (*p == ',');
		require(*p++ == '}');
	}
	require(*p++ == ' ');
	while (*p && *p != '\n' && *p != '#')
		require(strchr("0123456789.e+- ", *p++) != NULL);
	if (*p == '#')
		p = strchr(p, '\n');
	require(p && *p == '\n');
	*at = p + 1;
	saw_buf_free(&value);
	return by_device && by_tunnel;
}

static size_t read_text(const struct saw_buf *out, bool openmetrics, const char *device, const char *tunnel) {
	size_t found = 0;

	require(strlen(saw_buf_text(out)) == out->len);
	require(!openmetrics || (out->len > 6 && memcmp(out->data + out->len - 6, "# EOF\n", 6) == 0));
	for (const char *p = saw_buf_text(out); *p;) {
		if (*p != '#') {
			found += read_sample(&p, device, tunnel);
			continue;
		}
		require(strncmp(p, "# HELP ", 7) == 0 || strncmp(p, "# TYPE ", 7) == 0 ||
				(openmetrics && (strncmp(p, "# UNIT ", 7) == 0 || strcmp(p, "# EOF\n") == 0)));
		p = strchr(p, '\n') + 1;
	}
	return found;
}

/* ----------------------------------------------------------------------------------------------------------------- protobuf */

static bool has_label(const Io__Prometheus__Client__Metric *m, const char *name, const char *value) {
	for (size_t i = 0; i < m->n_label; i++)
		if (strcmp(m->label[i]->name, name) == 0)
			return strcmp(m->label[i]->value, value) == 0;
	return false;
}

static size_t read_protobuf(const struct saw_buf *out, const char *device, const char *tunnel) {
	size_t found = 0;

	for (size_t at = 0; at < out->len;) {
		Io__Prometheus__Client__MetricFamily *f;
		size_t len = 0;

		for (unsigned shift = 0;; shift += 7) {
			require(at < out->len && shift < 35);
			len |= (size_t)(out->data[at] & 0x7f) << shift;
			if (!(out->data[at++] & 0x80))
				break;
		}
		require(len <= out->len - at);
		f = io__prometheus__client__metric_family__unpack(NULL, len, out->data + at);
		require(f && f->name && f->n_metric > 0);
		for (size_t i = 0; i < f->n_metric; i++)
			found += has_label(f->metric[i], "device", device) && has_label(f->metric[i], "tunnel", tunnel);
		io__prometheus__client__metric_family__free_unpacked(f, NULL);
		at += len;
	}
	return found;
}

/* -------------------------------------------------------------------------------------------------------------------- both */

static size_t count(enum saw_exposition form, const char *device, const char *tunnel) {
	const struct saw_prometheus_options options = {.form = form, .parts = SAW_PART_ALL};
	struct saw_buf out = SAW_BUF_INIT(1U << 26);
	size_t found;

	require(saw_prometheus_render(fixture_snapshot(), FIXTURE_NOW_MS, NULL, &options, &out) == 0);
	found = form == SAW_EXPOSITION_PROTOBUF ? read_protobuf(&out, device, tunnel)
											: read_text(&out, form == SAW_EXPOSITION_OPENMETRICS, device, tunnel);
	saw_buf_free(&out);
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	static Sawatch__V1__TunnelEnd *t;
	Sawatch__V1__TunnelEnd was;
	char *texts;
	size_t n;

	if (!end || size > 1U << 16)
		return 0;
	if (!t)
		t = fixture_tunnel("turin-1");
	was = *t;
	accept_header((struct saw_str){(const char *)data, (size_t)(end - data)});
	n = size - (size_t)(end + 1 - data);
	texts = calloc(1, n + 3); /* three texts at the least, empty where there are none */
	require(texts != NULL);
	memcpy(texts, end + 1, n);
	t->device = texts;
	t->name = t->device + strlen(t->device) + (t->device + strlen(t->device) < texts + n);
	t->owner = t->name + strlen(t->name) + (t->name + strlen(t->name) < texts + n);
	n = count(SAW_EXPOSITION_TEXT, t->device, t->name);
	require(n > 5);
	require(count(SAW_EXPOSITION_OPENMETRICS, t->device, t->name) == n);
	require(count(SAW_EXPOSITION_PROTOBUF, t->device, t->name) == n);
	*t = was;
	free(texts);
	return 0;
}
