#include "exporters/http/routes.h"

#include "exporters/http/accept.h"
#include "exporters/http/landing.h"
#include "exporters/http/metrics.h"
#include "exporters/http/sd.h"
#include "proto/json.h"

#include <stdlib.h>

enum format { FORMAT_JSON, FORMAT_PROTOBUF };

#define TYPE_JSON "application/json"
#define TYPE_PROTOBUF "application/x-protobuf"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"

#define NAME_MAX_BYTES 512 /* of a device or tunnel in a query */

/* A query of the API after decoding. */
struct filter {
	char device[NAME_MAX_BYTES], tunnel[NAME_MAX_BYTES], link[NAME_MAX_BYTES];
	bool by_device, by_tunnel, by_link;
};

struct request {
	const struct saw_routes_view *view;
	struct saw_str query, accept;
	enum format format;
};

/* ------------------------------------------------------------------------------------------------------------------ answers */

static void answer_error(struct saw_answer *out, unsigned status, const char *text) {
	saw_buf_free(&out->body);
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

/* -------------------------------------------------------------------------------------------------------------------- query */

static int hex(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* %XX and + of a query. False: malformed, holds a NUL, or does not fit. */
static bool url_decode(struct saw_str s, char *out, size_t size) {
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] == '+' ? ' ' : s.p[i];

		if (c == '%') {
			int high = i + 2 < s.n ? hex(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == 0 || n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = 0;
	return true;
}

/* Cuts off what stands before the next `at` (all of it, where there is none). */
static struct saw_str cut(struct saw_str *s, char at) {
	const char *end = s->n ? memchr(s->p, at, s->n) : NULL;
	struct saw_str head = {s->p, end ? (size_t)(end - s->p) : s->n};

	s->p = end ? end + 1 : s->p + s->n;
	s->n = end ? s->n - head.n - 1 : 0;
	return head;
}

/* NULL, or what is wrong. A parameter that nothing reads is refused: it would look like a filter that matched everything. */
static const char *read_filter(struct saw_str query, bool tunnels, bool links, struct filter *f) {
	*f = (struct filter){.by_device = false};
	while (query.n) {
		struct saw_str value = cut(&query, '&'), name;
		bool *given;
		char *into;

		if (value.n == 0)
			continue;
		name = cut(&value, '=');
		if (saw_str_eq(name, SAW_STR("device"))) {
			given = &f->by_device;
			into = f->device;
		} else if (tunnels && saw_str_eq(name, SAW_STR("tunnel"))) {
			given = &f->by_tunnel;
			into = f->tunnel;
		} else if (links && saw_str_eq(name, SAW_STR("link"))) {
			given = &f->by_link;
			into = f->link;
		} else {
			return links     ? "this path takes the parameters device, tunnel and link only"
				   : tunnels ? "this path takes the parameters device and tunnel only"
							 : "this path takes the parameter device only";
		}
		if (*given)
			return "a parameter is given twice";
		if (!url_decode(value, into, NAME_MAX_BYTES))
			return "a parameter's value is malformed or longer than 511 bytes";
		*given = true;
	}
	return NULL;
}

/* Protobuf where it is named. Wildcards mean JSON, which people can read. */
static enum format format_of(struct saw_str accept) {
	struct saw_accept_range r;

	while (saw_accept_next(&accept, &r))
		if (r.weight > 0 && (saw_str_eq_nocase(r.name, SAW_STR(TYPE_PROTOBUF)) ||
							 saw_str_eq_nocase(r.name, SAW_STR("application/protobuf"))))
			return FORMAT_PROTOBUF;
	return FORMAT_JSON;
}

/* ---------------------------------------------------------------------------------------------------------------------- API */

static bool matches(bool given, const char *wanted, const char *name) {
	return !given || (name && strcmp(wanted, name) == 0);
}

/* The lists of a Snapshot that the path is about are written also when they are empty. */
static bool list_is_answer(const ProtobufCMessage *root, const ProtobufCMessage *msg,
						   const ProtobufCFieldDescriptor *field) {
	const Sawatch__V1__Snapshot *s = (const Sawatch__V1__Snapshot *)root;

	if (root != msg)
		return false;
	return (strcmp(field->name, "devices") == 0 && s->devices) || (strcmp(field->name, "tunnels") == 0 && s->tunnels) ||
		   (strcmp(field->name, "links") == 0 && s->links);
}

static void write_snapshot(const Sawatch__V1__Snapshot *s, enum format format, struct saw_answer *out) {
	const struct saw_json_opts opts = {.pretty = true, .list_read = list_is_answer};

	out->status = 200;
	if (format == FORMAT_PROTOBUF) {
		uint8_t *p = saw_buf_reserve(&out->body, sawatch__v1__snapshot__get_packed_size(s));

		out->content_type = TYPE_PROTOBUF;
		if (p)
			out->body.len += sawatch__v1__snapshot__pack(s, p);
	} else {
		out->content_type = TYPE_JSON;
		saw_json_write(&out->body, &s->base, &opts);
		saw_buf_putc(&out->body, '\n');
	}
}

/* A Snapshot whose lists hold what the filter lets through; everything is borrowed but the lists. */
static bool choose(const Sawatch__V1__Snapshot *all, const struct filter *f, bool devices, bool tunnels, bool links,
				   Sawatch__V1__Snapshot *some) {
	*some = *all;
	some->n_devices = some->n_tunnels = some->n_links = some->n_audits = some->n_audited = 0;
	/* Never of size 0: a list that is there and empty is not a list that was not asked for. */
	some->devices = devices ? calloc(all->n_devices + 1, sizeof *some->devices) : NULL;
	some->tunnels = tunnels ? calloc(all->n_tunnels + 1, sizeof *some->tunnels) : NULL;
	some->links = links ? calloc(all->n_links + 1, sizeof *some->links) : NULL;
	some->audits = devices ? calloc(all->n_audits + 1, sizeof *some->audits) : NULL;
	some->audited = devices ? calloc(all->n_audited + 1, sizeof *some->audited) : NULL;
	if ((devices && (!some->devices || !some->audits || !some->audited)) || (tunnels && !some->tunnels) ||
		(links && !some->links))
		return false;
	for (size_t i = 0; devices && i < all->n_devices; i++)
		if (matches(f->by_device, f->device, all->devices[i]->name))
			some->devices[some->n_devices++] = all->devices[i];
	for (size_t i = 0; devices && i < all->n_audits; i++)
		if (matches(f->by_device, f->device, all->audits[i]->a_device) ||
			matches(f->by_device, f->device, all->audits[i]->b_device))
			some->audits[some->n_audits++] = all->audits[i];
	for (size_t i = 0; devices && i < all->n_audited; i++)
		if (matches(f->by_device, f->device, all->audited[i]->device))
			some->audited[some->n_audited++] = all->audited[i];
	for (size_t i = 0; tunnels && i < all->n_tunnels; i++)
		if (matches(f->by_device, f->device, all->tunnels[i]->device) &&
			matches(f->by_tunnel, f->tunnel, all->tunnels[i]->name))
			some->tunnels[some->n_tunnels++] = all->tunnels[i];
	for (size_t i = 0; links && i < all->n_links; i++) {
		Sawatch__V1__Link *l = all->links[i];

		if (matches(f->by_link, f->link, l->name) &&
			((matches(f->by_device, f->device, l->a_device) && matches(f->by_tunnel, f->tunnel, l->a_tunnel)) ||
			 (matches(f->by_device, f->device, l->b_device) && matches(f->by_tunnel, f->tunnel, l->b_tunnel))))
			some->links[some->n_links++] = l;
	}
	return true;
}

static void free_lists(Sawatch__V1__Snapshot *some) {
	free(some->devices);
	free(some->tunnels);
	free(some->links);
	free(some->audits);
	free(some->audited);
}

static void answer_lists(const struct request *rq, bool devices, bool tunnels, bool links, struct saw_answer *out) {
	Sawatch__V1__Snapshot some;
	struct filter f;
	const char *wrong = read_filter(rq->query, tunnels || links, links && !tunnels, &f);

	if (wrong) {
		answer_error(out, 400, wrong);
		return;
	}
	if (choose(rq->view->snapshot, &f, devices, tunnels, links, &some))
		write_snapshot(&some, rq->format, out);
	else
		answer_error(out, 500, "no memory");
	free_lists(&some);
}

static void get_snapshot(const struct request *rq, struct saw_answer *out) {
	answer_lists(rq, true, true, true, out);
}

static void get_devices(const struct request *rq, struct saw_answer *out) {
	answer_lists(rq, true, false, false, out);
}

static void get_tunnels(const struct request *rq, struct saw_answer *out) {
	answer_lists(rq, false, true, false, out);
}

static void get_links(const struct request *rq, struct saw_answer *out) {
	answer_lists(rq, false, false, true, out);
}

/* ------------------------------------------------------------------------------------------------------------------- others */

static void get_metrics(const struct request *rq, struct saw_answer *out) {
	struct saw_prometheus_options options;
	const char *wrong = saw_metrics_read(rq->query, rq->accept, &options);

	if (wrong) {
		answer_error(out, 400, wrong);
		return;
	}
	out->status = 200;
	out->content_type = saw_prometheus_content_type(options.form);
	if (saw_prometheus_render(rq->view->snapshot, rq->view->now_ms, rq->view->process, &options, &out->body))
		answer_error(out, 500, "the text is larger than its limit, or there is no memory");
}

static const char *read_probe(struct saw_str query, struct saw_routes_probe *out) {
	*out = (struct saw_routes_probe){.wrong = NULL};
	while (query.n) {
		struct saw_str value = cut(&query, '&'), name = cut(&value, '=');
		char *into = saw_str_eq(name, SAW_STR("target"))   ? out->target
					 : saw_str_eq(name, SAW_STR("module")) ? out->module
														   : NULL;

		if (!into)
			return "this path takes the parameters target and module only";
		if (*into)
			return "a parameter is given twice";
		if (!url_decode(value, into, sizeof out->target))
			return "a parameter's value is malformed or longer than 511 bytes";
	}
	return *out->target ? NULL : "the parameter target is missing: the name of a device";
}

bool saw_routes_probe(struct saw_str target, struct saw_routes_probe *out) {
	if (!saw_str_eq(cut(&target, '?'), SAW_STR("/probe")))
		return false;
	out->wrong = read_probe(target, out);
	return true;
}

/* Once the device was polled. */
static void get_probe(const struct request *rq, struct saw_answer *out) {
	struct saw_prometheus_options options;
	struct filter f = {.by_device = true};
	struct saw_routes_probe probe;
	Sawatch__V1__Snapshot some;

	probe.wrong = read_probe(rq->query, &probe);
	if (!probe.wrong)
		probe.wrong = saw_metrics_read((struct saw_str){"", 0}, rq->accept, &options);
	if (probe.wrong) {
		answer_error(out, 400, probe.wrong);
		return;
	}
	memcpy(f.device, probe.target, sizeof f.device);
	options.parts = SAW_PART_DEVICES;
	out->status = 200;
	out->content_type = saw_prometheus_content_type(options.form);
	if (!choose(rq->view->snapshot, &f, true, true, true, &some) ||
		saw_prometheus_render(&some, rq->view->now_ms, NULL, &options, &out->body))
		answer_error(out, 500, "the text is larger than its limit, or there is no memory");
	free_lists(&some);
}

static void get_sd(const struct request *rq, struct saw_answer *out) {
	out->status = 200;
	out->content_type = TYPE_JSON;
	if (saw_sd_render(rq->view->snapshot, rq->view->host, rq->view->tls, &out->body) == SAW_EFORMAT)
		answer_error(out, 400, "the Host header must say how this server is reached: NAME or NAME:PORT");
}

static void get_healthy(const struct request *rq, struct saw_answer *out) {
	(void)rq;
	answer_text(out, 200, "healthy");
}

static void get_ready(const struct request *rq, struct saw_answer *out) {
	if (rq->view->ready)
		answer_text(out, 200, "ready");
	else
		answer_text(out, 503, rq->view->why_not ? rq->view->why_not : "not ready");
}

static void get_landing(const struct request *rq, struct saw_answer *out) {
	out->status = 200;
	out->content_type = TYPE_HTML;
	if (saw_landing_render(rq->view->snapshot, rq->view->now_ms, &out->body))
		answer_error(out, 500, "no memory");
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
	void (*get)(const struct request *rq, struct saw_answer *out);
	bool needs_snapshot; /* 503 until there is one */
	enum sharing sharing;
	bool negotiates; /* JSON or protobuf */
} routes[] = {
	{"/", get_landing, false, ONE, false},
	{"/metrics", get_metrics, true, METRICS, false},
	{"/api/v1/snapshot", get_snapshot, true, ONE_EACH, true},
	{"/api/v1/devices", get_devices, true, ONE_EACH, true},
	{"/api/v1/tunnels", get_tunnels, true, ONE_EACH, true},
	{"/api/v1/links", get_links, true, ONE_EACH, true},
	{"/probe", get_probe, true, NOBODYS, false},
	{"/sd", get_sd, true, AT_ONCE, false},
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
	const struct route *r = find_route(cut(&target, '?'));
	int form = 0;

	if (!r || r->sharing == AT_ONCE)
		return (struct saw_routes_plan){.at_once = true, .place = -1};
	if (r->sharing == METRICS)
		form = saw_metrics_place(target, accept);
	else if (r->negotiates)
		form = (int)format_of(accept);
	if (form < 0 || r->sharing == NOBODYS || (r->sharing == ONE_EACH && target.n))
		return (struct saw_routes_plan){.place = -1};
	return (struct saw_routes_plan){.place = (int)(r - routes) * FORMS + form};
}

void saw_routes_answer(const struct saw_routes_view *view, struct saw_str target, struct saw_str accept,
					   struct saw_answer *out) {
	struct saw_str path = cut(&target, '?');
	const struct route *route = find_route(path);
	struct request rq = {.view = view, .query = target, .accept = accept};

	*out = (struct saw_answer){.body = SAW_BUF_INIT(SAW_HTTP_BODY_MAX)};
	if (!route) {
		answer_error(out, 404, "there is no such path; / lists those that are");
		return;
	}
	if (route->needs_snapshot && !view->snapshot) {
		answer_error(out, 503, "nothing is known yet: no device was polled since the start");
		return;
	}
	rq.format = route->negotiates ? format_of(accept) : FORMAT_JSON;
	route->get(&rq, out);
	if (saw_buf_error(&out->body))
		answer_error(out, 500, "the answer is larger than its limit, or there is no memory");
}
