#include "exporters/http/routes.h"

#include "exporters/http/api.h"
#include "exporters/http/metrics.h"
#include "exporters/http/page.h"
#include "exporters/http/query.h"
#include "exporters/http/sd.h"
#include "proto/json.h"

#define TYPE_JSON "application/json"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"

/* ------------------------------------------------------------------------------------------------------------------ answers */

void saw_answer_error(struct saw_answer *out, unsigned status, const char *text) {
	saw_buf_free(&out->body);
	out->tag = 0;
	out->status = status;
	out->content_type = TYPE_JSON;
	saw_buf_puts(&out->body, "{\"error\":");
	saw_json_string(&out->body, text, strlen(text));
	saw_buf_puts(&out->body, "}\n");
}

static void answer_text(struct saw_answer *out, unsigned status, const char *text) {
	out->status = status;
	out->content_type = TYPE_TEXT;
	saw_buf_puts(&out->body, text);
	saw_buf_putc(&out->body, '\n');
}

/* ------------------------------------------------------------------------------------------------------------------- others */

static void get_metrics(const struct saw_api_request *rq, struct saw_answer *out) {
	struct saw_prometheus_options options;
	const char *wrong = saw_metrics_read(rq->query, rq->accept, &options);

	if (wrong) {
		saw_answer_error(out, 400, wrong);
		return;
	}
	out->status = 200;
	out->content_type = saw_prometheus_content_type(options.form);
	if (saw_prometheus_render(rq->view->snapshot, rq->view->now_ms, rq->view->process, &options, &out->body))
		saw_answer_error(out, 500, "the text is larger than its limit, or there is no memory");
}

static void get_sd(const struct saw_api_request *rq, struct saw_answer *out) {
	out->status = 200;
	out->content_type = TYPE_JSON;
	if (saw_sd_render(rq->view->snapshot, rq->view->host, rq->view->tls, &out->body) == SAW_EFORMAT)
		saw_answer_error(out, 400, "the Host header must say how this server is reached: NAME or NAME:PORT");
}

/* What of a query is neither the target nor the module is for the form of the metrics. */
static const char *read_probe(struct saw_str query, struct saw_routes_probe *out) {
	struct saw_str name, value;

	*out = (struct saw_routes_probe){.wrong = NULL};
	while (saw_query_next(&query, &name, &value)) {
		char *into = saw_str_eq(name, SAW_STR("target"))   ? out->target
					 : saw_str_eq(name, SAW_STR("module")) ? out->module
														   : NULL;

		if (!into)
			return "this path takes the parameters target and module only";
		if (*into)
			return "a parameter is given twice";
		if (!saw_query_decode(value, into, sizeof out->target))
			return "a parameter's value is malformed or longer than 511 bytes";
	}
	return *out->target ? NULL : "the parameter target is missing: the name of a device";
}

bool saw_routes_probe(struct saw_str target, struct saw_routes_probe *out) {
	if (!saw_str_eq(saw_query_cut(&target, '?'), SAW_STR("/probe")))
		return false;
	out->wrong = read_probe(target, out);
	return true;
}

/* Once the device was polled. */
static void get_probe(const struct saw_api_request *rq, struct saw_answer *out) {
	struct saw_prometheus_options options;
	struct saw_routes_probe probe;
	Sawatch__V1__Snapshot some;

	probe.wrong = read_probe(rq->query, &probe);
	if (!probe.wrong)
		probe.wrong = saw_metrics_read((struct saw_str){"", 0}, rq->accept, &options);
	if (probe.wrong) {
		saw_answer_error(out, 400, probe.wrong);
		return;
	}
	options.parts = SAW_PART_DEVICES;
	out->status = 200;
	out->content_type = saw_prometheus_content_type(options.form);
	if (!saw_api_choose(rq->view->snapshot, probe.target, &some) ||
		saw_prometheus_render(&some, rq->view->now_ms, NULL, &options, &out->body))
		saw_answer_error(out, 500, "the text is larger than its limit, or there is no memory");
	else if (some.n_devices == 0) /* a reload took it away while it was polled */
		saw_answer_error(out, 404, "there is no such device any more");
	saw_api_free_lists(&some);
}

static void get_healthy(const struct saw_api_request *rq, struct saw_answer *out) {
	(void)rq;
	answer_text(out, 200, "healthy");
}

static void get_ready(const struct saw_api_request *rq, struct saw_answer *out) {
	if (rq->view->ready)
		answer_text(out, 200, "ready");
	else
		answer_text(out, 503, rq->view->why_not ? rq->view->why_not : "not ready");
}

static void get_page(const struct saw_api_request *rq, struct saw_answer *out) {
	out->status = 200;
	out->content_type = TYPE_HTML;
	if (saw_page_render(rq->view->snapshot, rq->view->now_ms, &out->body))
		saw_answer_error(out, 500, "no memory");
}

static void get_file(const struct saw_api_request *rq, struct saw_answer *out) {
	const struct saw_page_file *file = saw_page_file(rq->path);

	out->status = 200;
	out->content_type = file->content_type;
	saw_buf_put(&out->body, file->data, *file->len);
}

/* How the answers of a path are shared. */
enum sharing {
	AT_ONCE,  /* not at all: they are made in no time */
	NOBODYS,  /* not at all */
	ONE,      /* one of a snapshot for all who ask, whatever the query */
	ONE_EACH, /* one of each form for all who ask without a filter */
	METRICS,  /* one of each form, part and whatever the query may choose */
};

static const struct route {
	const char *path;
	void (*get)(const struct saw_api_request *rq, struct saw_answer *out);
	bool needs_snapshot; /* 503 until there is one */
	enum sharing sharing;
	bool negotiates; /* JSON or protobuf */
} routes[] = {
	{"/", get_page, false, ONE, false},
	{"/metrics", get_metrics, true, METRICS, false},
	{"/api/v1/snapshot", saw_api_get_snapshot, true, ONE_EACH, true},
	{"/api/v1/devices", saw_api_get_devices, true, ONE_EACH, true},
	{"/api/v1/tunnels", saw_api_get_tunnels, true, ONE_EACH, true},
	{"/api/v1/links", saw_api_get_links, true, ONE_EACH, true},
	{"/api/v1/summary", saw_api_get_summary, true, ONE_EACH, true},
	{"/api/v1/recent", saw_api_get_recent, true, AT_ONCE, true},
	{"/sd", get_sd, true, AT_ONCE, false},
	{"/app.js", get_file, false, AT_ONCE, false},
	{"/app.css", get_file, false, AT_ONCE, false},
	{"/icon.svg", get_file, false, AT_ONCE, false},
	{"/probe", get_probe, true, NOBODYS, false},
	{"/-/healthy", get_healthy, false, AT_ONCE, false},
	{"/-/ready", get_ready, false, AT_ONCE, false},
};

#define N_ROUTES (sizeof routes / sizeof routes[0])
#define FORMS SAW_METRICS_PLACES /* no other route has more */

static const struct route *find_route(struct saw_str path) {
	for (size_t i = 0; i < N_ROUTES; i++)
		if (saw_str_eq(path, saw_str_of(routes[i].path)))
			return &routes[i];
	return NULL;
}

struct saw_routes_plan saw_routes_plan(struct saw_str target, struct saw_str accept) {
	const struct route *r = find_route(saw_query_cut(&target, '?'));
	int form = 0;

	if (!r || r->sharing == AT_ONCE)
		return (struct saw_routes_plan){.at_once = true, .place = -1};
	if (r->sharing == METRICS)
		form = saw_metrics_place(target, accept);
	else if (r->negotiates)
		form = (int)saw_api_format_of(accept);
	if (form < 0 || r->sharing == NOBODYS || (r->sharing == ONE_EACH && target.n))
		return (struct saw_routes_plan){.place = -1};
	return (struct saw_routes_plan){.place = (int)(r - routes) * FORMS + form};
}

void saw_routes_answer(const struct saw_routes_view *view, struct saw_str target, struct saw_str accept,
					   struct saw_answer *out) {
	struct saw_str path = saw_query_cut(&target, '?');
	const struct route *route = find_route(path);
	struct saw_api_request rq = {.view = view, .path = path, .query = target, .accept = accept};

	*out = (struct saw_answer){.body = SAW_BUF_INIT(SAW_HTTP_BODY_MAX)};
	if (!route) {
		saw_answer_error(out, 404, "there is no such path; / lists those that are");
		return;
	}
	if (route->needs_snapshot && !view->snapshot) {
		saw_answer_error(out, 503, "nothing is known yet: no device was polled since the start");
		return;
	}
	rq.format = route->negotiates ? saw_api_format_of(accept) : SAW_API_FORMAT_JSON;
	route->get(&rq, out);
	if (saw_buf_error(&out->body))
		saw_answer_error(out, 500, "the answer is larger than its limit, or there is no memory");
}
