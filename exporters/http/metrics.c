#include "exporters/http/metrics.h"

#include "exporters/http/accept.h"
#include "exporters/http/query.h"

static bool has(const struct saw_accept_range *r, const char *name, const char *value) {
	struct saw_str v;

	return saw_accept_param(r, saw_str_of(name), &v) && saw_str_eq_nocase(v, saw_str_of(value));
}

/* A parameter that is absent fits any. */
static bool allows(const struct saw_accept_range *r, const char *name, const char *value) {
	struct saw_str v;

	return !saw_accept_param(r, saw_str_of(name), &v) || saw_str_eq_nocase(v, saw_str_of(value));
}

static bool takes_openmetrics(const struct saw_accept_range *r) {
	return allows(r, "version", "1.0.0");
}

static bool takes_protobuf(const struct saw_accept_range *r) {
	return has(r, "proto", "io.prometheus.client.MetricFamily") && has(r, "encoding", "delimited");
}

static bool takes_text(const struct saw_accept_range *r) {
	return allows(r, "version", "0.0.4");
}

static bool takes_all(const struct saw_accept_range *r) {
	(void)r;
	return true;
}

/* Wildcards mean the text, which everybody reads. */
static const struct {
	const char *type;
	bool (*takes)(const struct saw_accept_range *r);
	enum saw_exposition form;
} forms[] = {
	{"application/openmetrics-text", takes_openmetrics, SAW_EXPOSITION_OPENMETRICS},
	{"application/vnd.google.protobuf", takes_protobuf, SAW_EXPOSITION_PROTOBUF},
	{"text/plain", takes_text, SAW_EXPOSITION_TEXT},
	{"text/*", takes_all, SAW_EXPOSITION_TEXT},
	{"*/*", takes_all, SAW_EXPOSITION_TEXT},
};

enum saw_exposition saw_metrics_form(struct saw_str accept) {
	enum saw_exposition best = SAW_EXPOSITION_TEXT;
	double weight = 0;
	struct saw_accept_range r;

	/* Of equal weights the first. */
	while (saw_accept_next(&accept, &r))
		for (size_t i = 0; r.weight > weight && i < sizeof forms / sizeof forms[0]; i++)
			if (saw_str_eq_nocase(r.name, saw_str_of(forms[i].type)) && forms[i].takes(&r)) {
				best = forms[i].form;
				weight = r.weight;
			}
	return best;
}

const char *saw_metrics_read(struct saw_str query, struct saw_str accept, struct saw_prometheus_options *out) {
	struct saw_str name, value;

	*out = (struct saw_prometheus_options){.form = saw_metrics_form(accept), .parts = SAW_PART_ALL};
	while (saw_query_next(&query, &name, &value)) {
		if (saw_str_eq(name, SAW_STR("part"))) {
			if (saw_str_eq(value, SAW_STR("daemon")))
				out->parts = SAW_PART_DAEMON;
			else if (saw_str_eq(value, SAW_STR("devices")))
				out->parts = SAW_PART_DEVICES;
			else
				return "the parameter part is daemon or devices";
		} else if (saw_str_eq(name, SAW_STR("created"))) {
			if (!saw_str_eq(value, SAW_STR("all")))
				return "the parameter created is all";
			out->all_created = true;
		}
	}
	return NULL;
}

int saw_metrics_place(struct saw_str query, struct saw_str accept) {
	struct saw_prometheus_options o;

	if (saw_metrics_read(query, accept, &o))
		return -1;
	return (int)o.form + SAW_EXPOSITIONS * (int)(o.parts - 1) + SAW_EXPOSITIONS * (int)SAW_PART_ALL * o.all_created;
}
