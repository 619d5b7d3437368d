#include "config.h"

#include "exporters/http/page.h"

#include "exporters/http/page_files.h"
#include "proto/json.h"
#include "proto/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------------------------------------------------- files */

static const struct saw_page_file files[] = {
	{"/app.js", "text/javascript; charset=utf-8", saw_page_js, &saw_page_js_len},
	{"/app.css", "text/css; charset=utf-8", saw_page_css, &saw_page_css_len},
	{"/icon.svg", "image/svg+xml", saw_page_icon, &saw_page_icon_len},
};

const struct saw_page_file *saw_page_file(struct saw_str path) {
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (saw_str_eq(path, saw_str_of(files[i].path)))
			return &files[i];
	return NULL;
}

/* -------------------------------------------------------------------------------------------------------------------- texts */

struct painter {
	const Sawatch__V1__Snapshot *s;
	int64_t now_ms;
	struct saw_buf *out;
	size_t unread; /* sources of devices */
};

static void put_html(struct saw_buf *b, const char *text) {
	for (; text && *text; text++) {
		switch (*text) {
		case '&':
			saw_buf_puts(b, "&amp;");
			break;
		case '<':
			saw_buf_puts(b, "&lt;");
			break;
		case '>':
			saw_buf_puts(b, "&gt;");
			break;
		case '"':
			saw_buf_puts(b, "&quot;");
			break;
		case '\'':
			saw_buf_puts(b, "&#39;");
			break;
		default:
			saw_buf_putc(b, *text);
		}
	}
}

static void put_cell(struct saw_buf *b, const char *class, const char *text) {
	saw_buf_printf(b, "<td class=\"%s\">", class);
	put_html(b, text);
	saw_buf_puts(b, "</td>");
}

static void put_state(struct saw_buf *b, const char *state, const char *word) {
	saw_buf_printf(b, "<span class=\"state %s\">%s</span>", state, word);
}

static bool in_maintenance(const Sawatch__V1__TunnelEnd *t) {
	return t->has_maintenance && t->maintenance;
}

/* ------------------------------------------------------------------------------------------------------------------ verdict */

/* "2 tunnels down, 1 degraded": what is wrong, worst first. */
static void put_verdict(struct painter *p) {
	const ProtobufCEnumDescriptor *d = &sawatch__v1__tunnel_state__descriptor;
	size_t counts[16] = {0}, maintenance = 0, wrong = 0;
	struct saw_buf *b = p->out;

	if (!p->s) {
		saw_buf_puts(b, "Nothing is known yet: no device was polled since the start");
		return;
	}
	for (size_t i = 0; i < p->s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = p->s->tunnels[i];

		if (in_maintenance(t))
			maintenance++;
		else
			counts[(unsigned)saw_tunnel_state_rank(saw_tunnel_state(t)) & 15]++;
	}
	for (unsigned rank = 0; rank < 16; rank++)
		for (unsigned k = 0; k < d->n_values; k++) {
			const Sawatch__V1__TunnelState state = (Sawatch__V1__TunnelState)d->values[k].value;

			if (saw_tunnel_state_rank(state) != (int)rank || counts[rank] == 0 ||
				state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP)
				continue;
			saw_buf_printf(b, "%s%zu %s%s", wrong ? ", " : "", counts[rank],
						   wrong               ? ""
						   : counts[rank] == 1 ? "tunnel "
											   : "tunnels ",
						   saw_tunnel_state_name(state));
			wrong++;
		}
	if (p->s->n_tunnels == 0)
		saw_buf_puts(b, "No tunnel is known");
	else if (wrong == 0)
		saw_buf_puts(b, "No tunnel is wrong");
	if (maintenance)
		saw_buf_printf(b, ", %zu in maintenance", maintenance);
}

/* ------------------------------------------------------------------------------------------------------------------ devices */

static bool is_read(const Sawatch__V1__SourceStatus *s) {
	return !s->has_complete || s->complete; /* that it was not polled yet is no trouble */
}

static void count_unread(struct painter *p) {
	for (size_t i = 0; p->s && i < p->s->n_devices; i++)
		for (size_t k = 0; k < p->s->devices[i]->n_sources; k++)
			p->unread += !is_read(p->s->devices[i]->sources[k]);
}

static void put_unread_hidden(struct painter *p) {
	if (p->unread == 0)
		saw_buf_puts(p->out, " hidden");
}

static void put_source(struct painter *p, const char *device, const Sawatch__V1__SourceStatus *s) {
	const char *source = s->has_source ? saw_enum_name(&sawatch__v1__source__descriptor, (int)s->source) : NULL;
	const char *reason =
		s->has_error_class ? saw_enum_name(&sawatch__v1__poll_error__descriptor, (int)s->error_class) : NULL;
	struct saw_buf *b = p->out;

	saw_buf_puts(b, "<li>");
	put_state(b, "down", "not read");
	saw_buf_putc(b, ' ');
	put_html(b, device);
	saw_buf_printf(b, " %s: ", source ? source : "");
	put_html(b, s->error ? s->error : reason ? reason : "the poll was not complete");
	if (s->has_observed_at_ms) {
		saw_buf_puts(b, "; seen ");
		saw_put_duration(b, saw_ms_since(s->observed_at_ms, p->now_ms) / 1000);
		saw_buf_puts(b, " ago");
	}
	saw_buf_puts(b, "</li>\n");
}

static void put_unread(struct painter *p) {
	size_t n = 0;

	for (size_t i = 0; p->s && i < p->s->n_devices; i++)
		for (size_t k = 0; k < p->s->devices[i]->n_sources && n < SAW_PAGE_ROWS; k++)
			if (!is_read(p->s->devices[i]->sources[k])) {
				put_source(p, p->s->devices[i]->name, p->s->devices[i]->sources[k]);
				n++;
			}
	if (n < p->unread)
		saw_buf_printf(p->out, "<li>and %zu more; /api/v1/devices has all</li>\n", p->unread - n);
}

/* ------------------------------------------------------------------------------------------------------------------ tunnels */

static void put_tunnel(struct painter *p, const Sawatch__V1__TunnelEnd *t) {
	const char *state = saw_tunnel_state_name(saw_tunnel_state(t));
	struct saw_buf *b = p->out;

	saw_buf_printf(b, "<tr class=\"is-%s\"><td class=\"c-state\">", in_maintenance(t) ? "maintenance" : state);
	put_state(b, state, state);
	if (in_maintenance(t))
		put_state(b, "maintenance", "maintenance");
	saw_buf_puts(b, "</td><th scope=\"row\" class=\"c-name\">");
	put_html(b, t->name);
	saw_buf_puts(b, "</th>");
	put_cell(b, "c-device", t->device);
	put_cell(b, "c-peer", t->remote);
	saw_buf_puts(b, "<td class=\"c-for n\" data-label=\"For\">");
	if (t->has_since_ms)
		saw_put_duration(b, saw_ms_since(t->since_ms, p->now_ms) / 1000);
	saw_buf_puts(b, "</td><td class=\"c-why\">");
	for (size_t i = 0; i < t->n_reasons; i++) {
		if (i)
			saw_buf_puts(b, "; ");
		put_html(b, t->reasons[i]);
	}
	saw_buf_puts(b, "</td></tr>\n");
}

/* The worst first, as everywhere. */
static int put_list(struct painter *p) {
	const Sawatch__V1__TunnelEnd **sorted = p->s ? calloc(p->s->n_tunnels + 1, sizeof *sorted) : NULL;

	if (!p->s)
		return 0;
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < p->s->n_tunnels; i++)
		sorted[i] = p->s->tunnels[i];
	saw_tunnel_sort(sorted, p->s->n_tunnels);
	saw_buf_puts(p->out, "<caption class=\"hidden\">Tunnel ends, what is wrong first</caption>\n<thead><tr>");
	for (size_t i = 0; i < 6; i++)
		saw_buf_printf(p->out, "<th scope=\"col\">%s</th>",
					   (const char *const[]){"State", "Tunnel", "Device", "Peer", "For", "Why"}[i]);
	saw_buf_puts(p->out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->s->n_tunnels && i < SAW_PAGE_ROWS; i++)
		put_tunnel(p, sorted[i]);
	saw_buf_puts(p->out, "</tbody>\n");
	free(sorted);
	return 0;
}

static void put_rest(struct painter *p) {
	if (p->s && p->s->n_tunnels > SAW_PAGE_ROWS)
		saw_buf_printf(p->out, "Only the worst %d of %zu tunnels are listed; /api/v1/tunnels has all.", SAW_PAGE_ROWS,
					   p->s->n_tunnels);
}

/* --------------------------------------------------------------------------------------------------------------------- page */

static void put_made(struct painter *p) {
	char text[32];
	struct tm tm;
	time_t at = (time_t)(p->now_ms / 1000);

	if (gmtime_r(&at, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &tm))
		saw_buf_printf(p->out, "as of %s", text);
}

/* What stands between double braces in page.html. */
static int put_part(struct painter *p, struct saw_str name) {
	static const struct {
		const char *name;
		void (*put)(struct painter *p);
	} parts[] = {
		{"verdict", put_verdict}, {"made", put_made}, {"unread", put_unread}, {"unread-hidden", put_unread_hidden},
		{"rest", put_rest},
	};

	if (saw_str_eq(name, SAW_STR("list")))
		return put_list(p);
	if (saw_str_eq(name, SAW_STR("version")))
		saw_buf_puts(p->out, PACKAGE_VERSION);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (saw_str_eq(name, saw_str_of(parts[i].name)))
			parts[i].put(p);
	return 0;
}

int saw_page_render(const Sawatch__V1__Snapshot *s, int64_t now_ms, struct saw_buf *out) {
	struct painter p = {.s = s, .now_ms = now_ms, .out = out};
	const char *at = (const char *)saw_page_html, *end = at + saw_page_html_len, *open, *close;
	int rc = 0;

	count_unread(&p);
	while (rc == 0 && (open = memmem(at, (size_t)(end - at), "{{", 2)) &&
		   (close = memmem(open, (size_t)(end - open), "}}", 2))) {
		saw_buf_put(out, at, (size_t)(open - at));
		rc = put_part(&p, (struct saw_str){open + 2, (size_t)(close - open) - 2});
		at = close + 2;
	}
	saw_buf_put(out, at, (size_t)(end - at));
	return rc ? rc : saw_buf_error(out);
}
