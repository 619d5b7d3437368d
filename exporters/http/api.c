#include "exporters/http/api.h"

#include "core/siphash.h"
#include "exporters/http/accept.h"
#include "exporters/http/query.h"
#include "exporters/http/summary.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE_JSON "application/json"
#define TYPE_PROTOBUF "application/x-protobuf"

#define NAME_MAX_BYTES 512 /* of a device or tunnel in a query */

/* ------------------------------------------------------------------------------------------------------------------ queries */

/* What a path can be asked for. */
enum { DEVICE = 1, TUNNEL = 2, LINK = 4 };

static const struct {
	const char *name;
	unsigned bit;
} parameters[] = {{"device", DEVICE}, {"tunnel", TUNNEL}, {"link", LINK}};

#define N_PARAMETERS (sizeof parameters / sizeof parameters[0])

/* A query after decoding. */
struct filter {
	unsigned given;
	char text[N_PARAMETERS][NAME_MAX_BYTES];
};

static const char *by_device(const struct filter *f) {
	return f->text[0];
}

static const char *by_tunnel(const struct filter *f) {
	return f->text[1];
}

static const char *by_link(const struct filter *f) {
	return f->text[2];
}

static const char *what_is_taken(unsigned may) {
	return may & LINK     ? "this path takes the parameters device, tunnel and link only"
		   : may & TUNNEL ? "this path takes the parameters device and tunnel only"
						  : "this path takes the parameter device only";
}

/* NULL, or what is wrong. A parameter that nothing reads is refused: it would look like a filter that matched everything. */
static const char *read_filter(struct saw_str query, unsigned may, struct filter *f) {
	struct saw_str name, value;

	f->given = 0;
	while (saw_query_next(&query, &name, &value)) {
		size_t i = 0;

		while (i < N_PARAMETERS && !((parameters[i].bit & may) && saw_str_eq(name, saw_str_of(parameters[i].name))))
			i++;
		if (i == N_PARAMETERS)
			return what_is_taken(may);
		if (f->given & parameters[i].bit)
			return "a parameter is given twice";
		if (!saw_query_decode(value, f->text[i], NAME_MAX_BYTES))
			return "a parameter's value is malformed or longer than 511 bytes";
		f->given |= parameters[i].bit;
	}
	return NULL;
}

enum saw_api_format saw_api_format_of(struct saw_str accept) {
	double protobuf = 0, json = 0;
	struct saw_accept_range r;

	while (saw_accept_next(&accept, &r))
		if (saw_str_eq_nocase(r.name, SAW_STR(TYPE_PROTOBUF)) ||
			saw_str_eq_nocase(r.name, SAW_STR("application/protobuf")))
			protobuf = r.weight > protobuf ? r.weight : protobuf;
		else if (saw_str_eq_nocase(r.name, SAW_STR(TYPE_JSON)))
			json = r.weight;
	return protobuf > 0 && protobuf >= json ? SAW_API_FORMAT_PROTOBUF : SAW_API_FORMAT_JSON;
}

static bool matches(bool given, const char *wanted, const char *name) {
	return !given || (name && strcmp(wanted, name) == 0);
}

/* Where no device has the name: the one that is polled by it as an address. Monitoring systems may know no more. */
static void resolve_device(const Sawatch__V1__Snapshot *s, struct filter *f) {
	const char *found = NULL;
	size_t n = 0;

	for (size_t i = 0; (f->given & DEVICE) && i < s->n_devices; i++) {
		const Sawatch__V1__Device *d = s->devices[i];

		if (matches(true, by_device(f), d->name))
			return;
		if (d->name && matches(true, by_device(f), d->address) && ++n)
			found = d->name;
	}
	if (n == 1) /* none of several that share it */
		snprintf(f->text[0], sizeof f->text[0], "%s", found);
}

static bool is_end(const struct filter *f, const char *device, const char *tunnel) {
	return matches(f->given & DEVICE, by_device(f), device) && matches(f->given & TUNNEL, by_tunnel(f), tunnel);
}

/* ------------------------------------------------------------------------------------------------------------------ answers */

/* The lists of a Snapshot that the path is about are written also when they are empty. */
static bool list_is_answer(const ProtobufCMessage *root, const ProtobufCMessage *msg,
						   const ProtobufCFieldDescriptor *field) {
	const Sawatch__V1__Snapshot *s = (const Sawatch__V1__Snapshot *)root;

	if (root != msg)
		return false;
	return (strcmp(field->name, "devices") == 0 && s->devices) || (strcmp(field->name, "tunnels") == 0 && s->tunnels) ||
		   (strcmp(field->name, "links") == 0 && s->links);
}

static void write_snapshot(const Sawatch__V1__Snapshot *s, enum saw_api_format format, bool pretty,
						   struct saw_answer *out) {
	const struct saw_json_opts opts = {.pretty = pretty, .list_read = list_is_answer};

	out->status = 200;
	if (format == SAW_API_FORMAT_PROTOBUF) {
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

/* Whether a tunnel that the filter lets through goes over it. */
static bool is_used(const Sawatch__V1__Snapshot *s, const struct filter *f, const Sawatch__V1__Circuit *c) {
	for (size_t i = 0; c->name && i < s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = s->tunnels[i];

		if (is_end(f, t->device, t->name) && t->circuit && strcmp(t->circuit, c->name) == 0)
			return true;
	}
	return false;
}

/* A Snapshot whose lists hold what the filter lets through; everything is borrowed but the lists. False without memory. */
static bool choose(const Sawatch__V1__Snapshot *all, const struct filter *f, bool devices, bool tunnels, bool links,
				   Sawatch__V1__Snapshot *some) {
	const bool of_device = f->given & DEVICE;

	*some = *all;
	some->n_devices = some->n_tunnels = some->n_links = some->n_audits = some->n_audited = some->n_circuits = 0;
	/* Never of size 0: a list that is there and empty is not a list that was not asked for. */
	some->devices = devices ? calloc(all->n_devices + 1, sizeof *some->devices) : NULL;
	some->tunnels = tunnels ? calloc(all->n_tunnels + 1, sizeof *some->tunnels) : NULL;
	some->links = links ? calloc(all->n_links + 1, sizeof *some->links) : NULL;
	some->audits = devices ? calloc(all->n_audits + 1, sizeof *some->audits) : NULL;
	some->audited = devices ? calloc(all->n_audited + 1, sizeof *some->audited) : NULL;
	some->circuits = calloc(all->n_circuits + 1, sizeof *some->circuits);
	if (!some->circuits || (devices && (!some->devices || !some->audits || !some->audited)) ||
		(tunnels && !some->tunnels) || (links && !some->links))
		return false;
	for (size_t i = 0; devices && i < all->n_devices; i++)
		if (matches(of_device, by_device(f), all->devices[i]->name))
			some->devices[some->n_devices++] = all->devices[i];
	for (size_t i = 0; devices && i < all->n_audits; i++)
		if (matches(of_device, by_device(f), all->audits[i]->a_device) ||
			matches(of_device, by_device(f), all->audits[i]->b_device))
			some->audits[some->n_audits++] = all->audits[i];
	for (size_t i = 0; devices && i < all->n_audited; i++)
		if (matches(of_device, by_device(f), all->audited[i]->device))
			some->audited[some->n_audited++] = all->audited[i];
	for (size_t i = 0; tunnels && i < all->n_tunnels; i++)
		if (is_end(f, all->tunnels[i]->device, all->tunnels[i]->name))
			some->tunnels[some->n_tunnels++] = all->tunnels[i];
	for (size_t i = 0; i < all->n_circuits; i++)
		if (!f->given || is_used(all, f, all->circuits[i]))
			some->circuits[some->n_circuits++] = all->circuits[i];
	for (size_t i = 0; links && i < all->n_links; i++) {
		Sawatch__V1__Link *l = all->links[i];

		if (matches(f->given & LINK, by_link(f), l->name) &&
			(is_end(f, l->a_device, l->a_tunnel) || is_end(f, l->b_device, l->b_tunnel)))
			some->links[some->n_links++] = l;
	}
	return true;
}

bool saw_api_choose(const Sawatch__V1__Snapshot *all, const char *device, Sawatch__V1__Snapshot *some) {
	struct filter f = {.given = DEVICE};

	snprintf(f.text[0], sizeof f.text[0], "%s", device);
	return choose(all, &f, true, true, true, some);
}

void saw_api_free_lists(Sawatch__V1__Snapshot *some) {
	free(some->devices);
	free(some->tunnels);
	free(some->links);
	free(some->audits);
	free(some->audited);
	free(some->circuits);
}

static void answer_lists(const struct saw_api_request *rq, bool devices, bool tunnels, bool links,
						 struct saw_answer *out) {
	const unsigned may = DEVICE | (tunnels || links ? TUNNEL : 0U) | (links && !tunnels ? LINK : 0U);
	Sawatch__V1__Snapshot some;
	struct filter f;
	const char *wrong = read_filter(rq->query, may, &f);

	if (wrong) {
		saw_answer_error(out, 400, wrong);
		return;
	}
	resolve_device(rq->view->snapshot, &f);
	if (choose(rq->view->snapshot, &f, devices, tunnels, links, &some))
		write_snapshot(&some, rq->format, true, out);
	else
		saw_answer_error(out, 500, "no memory");
	saw_api_free_lists(&some);
}

void saw_api_get_snapshot(const struct saw_api_request *rq, struct saw_answer *out) {
	answer_lists(rq, true, true, true, out);
}

void saw_api_get_devices(const struct saw_api_request *rq, struct saw_answer *out) {
	answer_lists(rq, true, false, false, out);
}

void saw_api_get_tunnels(const struct saw_api_request *rq, struct saw_answer *out) {
	answer_lists(rq, false, true, false, out);
}

void saw_api_get_links(const struct saw_api_request *rq, struct saw_answer *out) {
	answer_lists(rq, false, false, true, out);
}

/* ------------------------------------------------------------------------------------------------------------------ summary */

/* A tag that stays while only time has passed: of everything but what numbers the picture. 0 without memory. */
static uint64_t tag_of(const Sawatch__V1__Snapshot *s, enum saw_api_format format) {
	static const uint8_t key[SAW_SIPHASH_KEY]; /* it hides nothing */
	Sawatch__V1__Snapshot lasting = *s;
	uint64_t tag = 0;
	uint8_t *packed;
	size_t n;

	lasting.has_sequence = lasting.has_made_at_ms = 0;
	n = sawatch__v1__snapshot__get_packed_size(&lasting);
	packed = malloc(n + 1);
	if (packed) {
		sawatch__v1__snapshot__pack(&lasting, packed);
		packed[n] = (uint8_t)format;
		tag = saw_siphash(key, packed, n + 1);
	}
	free(packed);
	return tag;
}

void saw_api_get_summary(const struct saw_api_request *rq, struct saw_answer *out) {
	struct saw_summary *m;
	struct filter f;
	const char *wrong = read_filter(rq->query, DEVICE, &f);

	if (wrong) {
		saw_answer_error(out, 400, wrong);
		return;
	}
	m = saw_summary_create(rq->view->snapshot, f.given & DEVICE ? by_device(&f) : NULL);
	if (!m) {
		saw_answer_error(out, 500, "no memory");
		return;
	}
	out->tag = tag_of(saw_summary_snapshot(m), rq->format);
	write_snapshot(saw_summary_snapshot(m), rq->format, false, out);
	saw_summary_destroy(m);
}

/* ------------------------------------------------------------------------------------------------------------ the last hour */

static const Sawatch__V1__TunnelEnd *find_end(const Sawatch__V1__Snapshot *s, const char *device, const char *tunnel) {
	for (size_t i = 0; i < s->n_tunnels; i++)
		if (s->tunnels[i]->device && s->tunnels[i]->name && strcmp(s->tunnels[i]->device, device) == 0 &&
			strcmp(s->tunnels[i]->name, tunnel) == 0)
			return s->tunnels[i];
	return NULL;
}

void saw_api_get_recent(const struct saw_api_request *rq, struct saw_answer *out) {
	Sawatch__V1__RecentPoint points[SAW_RECENT_POINTS], *list[SAW_RECENT_POINTS];
	Sawatch__V1__TunnelEnd end = SAWATCH__V1__TUNNEL_END__INIT, *ends[] = {&end};
	const struct saw_routes_view *view = rq->view;
	const Sawatch__V1__TunnelEnd *t;
	Sawatch__V1__Snapshot some;
	struct filter f;
	const char *wrong = read_filter(rq->query, DEVICE | TUNNEL, &f);

	if (wrong || f.given != (DEVICE | TUNNEL)) {
		saw_answer_error(out, 400, wrong ? wrong : "this path takes the parameters device and tunnel, and needs both");
		return;
	}
	some = *view->snapshot;
	some.n_devices = some.n_links = some.n_tunnels = some.n_audits = some.n_audited = some.n_exporters =
		some.n_circuits = 0;
	some.devices = NULL;
	some.links = NULL;
	some.tunnels = ends;
	t = find_end(view->snapshot, by_device(&f), by_tunnel(&f));
	if (t) {
		some.n_tunnels = 1;
		end.device = t->device;
		end.name = t->name;
		end.has_state = t->has_state;
		end.state = t->state;
		end.n_recent = view->recent ? view->recent(view->ctx, t->device, t->name, points) : 0;
		end.recent = list;
		for (size_t i = 0; i < end.n_recent; i++)
			list[i] = &points[i];
	}
	write_snapshot(&some, rq->format, true, out);
}
