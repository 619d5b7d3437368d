#include "exporters/push/icinga.h"

#include "model/check/check.h"
#include "proto/json.h"

#include <stdlib.h>
#include <string.h>

#define BODY_MAX (256U << 10)
#define NAME_MAX_LEN 1024

const char *const saw_icinga_headers[] = {"Content-Type: application/json", "Accept: application/json"};
const size_t saw_icinga_n_headers = sizeof saw_icinga_headers / sizeof *saw_icinga_headers;

struct writer {
	const Sawatch__V1__Snapshot *s;
	const struct saw_icinga_names *names;
	struct saw_buf object, body, text;
	void (*put)(void *ctx, const struct saw_icinga_result *result);
	void *ctx;
	int error;
};

/* Icinga's names have '!' between host and service only; the shipped configuration does the same. */
static void put_named(struct saw_buf *b, const char *name) {
	for (; *name; name++)
		saw_buf_putc(b, *name == '!' ? '_' : *name);
}

static void put_template(struct saw_buf *b, const char *template, const char *device, const char *tunnel,
						 const char *link) {
	const struct { const char *word, *value; } words[] = {{"{device}", device}, {"{tunnel}", tunnel}, {"{link}", link}};

	while (*template) {
		size_t plain = strcspn(template, "{"), i = 0;

		saw_buf_put(b, template, plain);
		template += plain;
		while (i < 3 && strncmp(template, words[i].word, strlen(words[i].word)) != 0)
			i++;
		if (i < 3) {
			put_named(b, words[i].value ? words[i].value : "");
			template += strlen(words[i].word);
		} else if (*template) {
			saw_buf_putc(b, *template ++);
		}
	}
}

static void put_text(struct saw_buf *b, const char *name, const char *text, size_t n) {
	saw_buf_printf(b, ",\"%s\":", name);
	saw_json_string(b, text, n);
}

/* `view` holds just what is asked about, as the daemon's answer to the plugin would. */
static void put_result(struct writer *w, const struct saw_check *asked, const Sawatch__V1__Snapshot *view,
					   const char *service, const char *device) {
	struct saw_check c = *asked;
	struct saw_output out;

	c.max_age_seconds = -1;
	saw_check_defaults(&c);
	saw_output_init(&out, saw_check_service(c.mode));
	if (!saw_check_run(&c, view, &out)) {
		saw_output_free(&out);
		return;
	}
	saw_buf_reset(&w->object);
	put_template(&w->object, w->names->host, device, c.tunnel, c.link);
	saw_buf_putc(&w->object, '!');
	put_template(&w->object, service, device, c.tunnel, c.link);
	saw_buf_reset(&w->text);
	saw_buf_printf(&w->text, "%s %s - %s\n%s", out.service, saw_status_name(out.status), saw_buf_text(&out.summary),
				   saw_buf_text(&out.details));
	while (w->text.len && w->text.data[w->text.len - 1] == '\n')
		w->text.len--;
	saw_buf_reset(&w->body);
	saw_buf_puts(&w->body, "{\"type\":\"Service\"");
	put_text(&w->body, "service", saw_buf_text(&w->object), w->object.len);
	saw_buf_printf(
		&w->body, ",\"exit_status\":%d,\"ttl\":%llu,\"execution_start\":%lld.%03d,\"execution_end\":%lld.%03d",
		(int)out.status, (unsigned long long)w->names->ttl_seconds, (long long)(w->s->made_at_ms / 1000),
		(int)(w->s->made_at_ms % 1000), (long long)(w->s->made_at_ms / 1000), (int)(w->s->made_at_ms % 1000));
	put_text(&w->body, "check_source", "sawatchd", 8);
	put_text(&w->body, "plugin_output", saw_buf_text(&w->text), w->text.len);
	put_text(&w->body, "performance_data", saw_buf_text(&out.perfdata), out.perfdata.len);
	saw_buf_putc(&w->body, '}');
	saw_output_free(&out);
	if (saw_buf_error(&w->body) || saw_buf_error(&w->object) || saw_buf_error(&w->text))
		w->error = SAW_ELIMIT;
	else
		w->put(w->ctx, &(struct saw_icinga_result){
						   .object = saw_buf_text(&w->object), .body = saw_buf_text(&w->body), .len = w->body.len});
}

/* Nothing is said before the first poll: after each start all would be UNKNOWN for some seconds, and somebody woken. */
static bool is_polled(const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_sources; i++)
		if (d->sources[i]->has_complete)
			return true;
	return false;
}

static int by_name(const void *name, const void *device) {
	return strcmp(name, (*(Sawatch__V1__Device *const *)device)->name);
}

static bool end_is_polled(const Sawatch__V1__Snapshot *s, const char *device) {
	Sawatch__V1__Device **d =
		device ? bsearch(device, s->devices, s->n_devices, sizeof(Sawatch__V1__Device *), by_name) : NULL;

	return d && is_polled(*d);
}

/* The device's tunnels stand together, devices and tunnels both by name. */
static void put_device(struct writer *w, const struct saw_push_choice *choice, Sawatch__V1__Device *d,
					   Sawatch__V1__TunnelEnd **tunnels, size_t n) {
	Sawatch__V1__Snapshot view = *w->s;
	Sawatch__V1__Device *one[1] = {d};

	view.devices = one;
	view.n_devices = 1;
	view.tunnels = tunnels;
	view.n_tunnels = n;
	if (w->names->device_service && saw_choice_device(choice, d->name))
		put_result(w, &(struct saw_check){.device = d->name, .mode = SAW_CHECK_DEVICE}, &view, w->names->device_service,
				   d->name);
	view.n_tunnels = 1;
	for (size_t i = 0; w->names->tunnel_service && i < n; i++) {
		view.tunnels = &tunnels[i];
		if (saw_choice_tunnel(choice, d->name, tunnels[i]->name))
			put_result(w, &(struct saw_check){.device = d->name, .tunnel = tunnels[i]->name, .mode = SAW_CHECK_TUNNEL},
					   &view, w->names->tunnel_service, d->name);
	}
}

static void put_links(struct writer *w, const struct saw_push_choice *choice) {
	Sawatch__V1__Snapshot view = *w->s;

	view.n_links = 1;
	for (size_t i = 0; i < w->s->n_links; i++) {
		const Sawatch__V1__Link *l = w->s->links[i];

		view.links = &w->s->links[i];
		if (saw_choice_link(choice, l) && end_is_polled(w->s, l->a_device) && end_is_polled(w->s, l->b_device))
			put_result(w, &(struct saw_check){.link = l->name, .mode = SAW_CHECK_LINK}, &view, w->names->link_service,
					   l->a_device);
	}
}

int saw_icinga_results(const Sawatch__V1__Snapshot *s, const struct saw_push_choice *choice,
					   const struct saw_icinga_names *names,
					   void (*put)(void *ctx, const struct saw_icinga_result *result), void *ctx) {
	struct writer w = {.s = s,
					   .names = names,
					   .object = SAW_BUF_INIT(NAME_MAX_LEN),
					   .body = SAW_BUF_INIT(BODY_MAX),
					   .text = SAW_BUF_INIT(BODY_MAX / 2),
					   .put = put,
					   .ctx = ctx};
	size_t at = 0;

	for (size_t i = 0; i < s->n_devices; i++) {
		Sawatch__V1__Device *d = s->devices[i];
		size_t first;

		while (at < s->n_tunnels && (!s->tunnels[at]->device || strcmp(s->tunnels[at]->device, d->name) < 0))
			at++;
		first = at;
		while (at < s->n_tunnels && s->tunnels[at]->device && strcmp(s->tunnels[at]->device, d->name) == 0)
			at++;
		if (is_polled(d))
			put_device(&w, choice, d, s->tunnels + first, at - first);
	}
	if (names->link_service)
		put_links(&w, choice);
	saw_buf_free(&w.object);
	saw_buf_free(&w.body);
	saw_buf_free(&w.text);
	return w.error;
}

enum saw_icinga_fate saw_icinga_fate(unsigned status) {
	if (status >= 200 && status < 300)
		return SAW_ICINGA_TAKEN;
	if (status == 404)
		return SAW_ICINGA_MISSING;
	/* Who we are, or what we may, is for a person to mend, and is not this result's fault. */
	if (status < 400 || status == 401 || status == 403 || status == 429 || status >= 500)
		return SAW_ICINGA_LATER;
	return SAW_ICINGA_REFUSED;
}
