#include "config.h"

#include "exporters/http/landing.h"

#include "proto/json.h"
#include "proto/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Sawatch</title>\n<style>\n"
	":root { color-scheme: light dark; --line: #8884; --bad: #b3261e; --warn: #8a5a00; --good: #1b6e3c; --dim: #777; "
	"}\n"
	"@media (prefers-color-scheme: dark) {\n"
	":root { --bad: #ff8a80; --warn: #ffca6b; --good: #7fd8a0; --dim: #999; } }\n"
	"body { font: 15px/1.45 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }\n"
	"h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }\n"
	"table { border-collapse: collapse; width: 100%; }\n"
	"th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid "
	"var(--line); }\n"
	".down, .missing, .bad { color: var(--bad); font-weight: 600; }\n"
	".degraded, .unexpected, .warn { color: var(--warn); font-weight: 600; }\n"
	".up, .good { color: var(--good); } .unknown, .dim { color: var(--dim); }\n"
	"</style>\n</head>\n<body>\n<h1>Sawatch <span class=\"dim\">" PACKAGE_VERSION "</span></h1>\n"
	"<p><a href=\"/metrics\">/metrics</a> for Prometheus &middot; <a href=\"/api/v1/snapshot\">/api/v1/snapshot</a>, "
	"<a href=\"/api/v1/devices\">devices</a>, <a href=\"/api/v1/tunnels\">tunnels</a> as JSON or protobuf &middot; "
	"<a href=\"/-/healthy\">/-/healthy</a>, <a href=\"/-/ready\">/-/ready</a></p>\n";

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

static void put_cell(struct saw_buf *b, const char *text) {
	saw_buf_puts(b, "<td>");
	put_html(b, text);
	saw_buf_puts(b, "</td>");
}

static void put_source(struct saw_buf *b, const char *device, const Sawatch__V1__SourceStatus *s, int64_t now_ms) {
	const char *source = s->has_source ? saw_enum_name(&sawatch__v1__source__descriptor, (int)s->source) : NULL;
	const char *reason =
		s->has_error_class ? saw_enum_name(&sawatch__v1__poll_error__descriptor, (int)s->error_class) : NULL;

	saw_buf_puts(b, "<tr>");
	put_cell(b, device);
	put_cell(b, source);
	if (!s->has_complete)
		saw_buf_puts(b, "<td class=\"dim\">not polled yet</td>");
	else if (s->complete)
		saw_buf_puts(b, "<td class=\"good\">complete</td>");
	else {
		saw_buf_puts(b, "<td class=\"bad\">");
		put_html(b, reason ? reason : "incomplete");
		saw_buf_puts(b, "</td>");
	}
	saw_buf_puts(b, "<td>");
	if (s->has_observed_at_ms) {
		saw_put_duration(b, saw_ms_since(s->observed_at_ms, now_ms) / 1000);
		saw_buf_puts(b, " ago");
	} else {
		saw_buf_puts(b, "never");
	}
	saw_buf_puts(b, "</td>");
	put_cell(b, s->error);
	saw_buf_puts(b, "</tr>\n");
}

static void put_devices(struct saw_buf *b, const Sawatch__V1__Snapshot *s, int64_t now_ms) {
	saw_buf_puts(b, "<h2>Devices: ");
	saw_buf_put_u64(b, s->n_devices);
	saw_buf_puts(b, "</h2>\n<table>\n<tr><th>Device<th>Source<th>Last poll<th>Data from<th>Error</tr>\n");
	for (size_t i = 0; i < s->n_devices && i < SAW_LANDING_ROWS; i++)
		for (size_t k = 0; k < s->devices[i]->n_sources; k++)
			put_source(b, s->devices[i]->name, s->devices[i]->sources[k], now_ms);
	saw_buf_puts(b, "</table>\n");
	if (s->n_devices > SAW_LANDING_ROWS)
		saw_buf_printf(b, "<p class=\"dim\">Only the first %d devices are listed.</p>\n", SAW_LANDING_ROWS);
}

static void put_tunnel(struct saw_buf *b, const Sawatch__V1__TunnelEnd *t, int64_t now_ms) {
	const char *state = saw_tunnel_state_name(saw_tunnel_state(t));

	saw_buf_puts(b, "<tr><td class=\"");
	saw_buf_puts(b, state);
	saw_buf_puts(b, "\">");
	saw_buf_puts(b, state);
	if (t->has_maintenance && t->maintenance)
		saw_buf_puts(b, " <span class=\"dim\">(maintenance)</span>");
	saw_buf_puts(b, "</td>");
	put_cell(b, t->device);
	put_cell(b, t->name);
	put_cell(b, t->remote);
	saw_buf_puts(b, "<td>");
	if (t->has_since_ms)
		saw_put_duration(b, saw_ms_since(t->since_ms, now_ms) / 1000);
	saw_buf_puts(b, "</td><td>");
	for (size_t i = 0; i < t->n_reasons; i++) {
		if (i)
			saw_buf_puts(b, "; ");
		put_html(b, t->reasons[i]);
	}
	saw_buf_puts(b, "</td></tr>\n");
}

static void put_counts(struct saw_buf *b, const Sawatch__V1__Snapshot *s) {
	const ProtobufCEnumDescriptor *d = &sawatch__v1__tunnel_state__descriptor;

	for (unsigned k = 0; k < d->n_values; k++) {
		size_t n = 0;

		for (size_t i = 0; i < s->n_tunnels; i++)
			n += (int)saw_tunnel_state(s->tunnels[i]) == d->values[k].value;
		if (n == 0)
			continue;
		saw_buf_puts(b, " <span class=\"");
		saw_buf_puts(b, saw_tunnel_state_name((Sawatch__V1__TunnelState)d->values[k].value));
		saw_buf_puts(b, "\">");
		saw_buf_put_u64(b, n);
		saw_buf_putc(b, ' ');
		saw_buf_puts(b, saw_tunnel_state_name((Sawatch__V1__TunnelState)d->values[k].value));
		saw_buf_puts(b, "</span>");
	}
}

static int put_tunnels(struct saw_buf *b, const Sawatch__V1__Snapshot *s, int64_t now_ms) {
	const Sawatch__V1__TunnelEnd **sorted = calloc(s->n_tunnels + 1, sizeof *sorted);

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_tunnels; i++)
		sorted[i] = s->tunnels[i];
	saw_tunnel_sort(sorted, s->n_tunnels);
	saw_buf_puts(b, "<h2>Tunnels: ");
	saw_buf_put_u64(b, s->n_tunnels);
	saw_buf_puts(b, "</h2>\n<p>");
	put_counts(b, s);
	saw_buf_puts(b, "</p>\n<table>\n<tr><th>State<th>Device<th>Tunnel<th>Peer<th>For<th>Why</tr>\n");
	for (size_t i = 0; i < s->n_tunnels && i < SAW_LANDING_ROWS; i++)
		put_tunnel(b, sorted[i], now_ms);
	saw_buf_puts(b, "</table>\n");
	if (s->n_tunnels > SAW_LANDING_ROWS)
		saw_buf_printf(b, "<p class=\"dim\">Only the worst %d tunnels are listed; the API has all.</p>\n",
					   SAW_LANDING_ROWS);
	free(sorted);
	return 0;
}

int saw_landing_render(const Sawatch__V1__Snapshot *s, int64_t now_ms, struct saw_buf *out) {
	int rc = 0;

	saw_buf_put(out, head, sizeof head - 1);
	if (!s) {
		saw_buf_puts(out, "<p>Nothing is known yet: no device was polled since the start.</p>\n");
	} else {
		rc = put_tunnels(out, s, now_ms);
		put_devices(out, s, now_ms);
	}
	saw_buf_puts(out, "</body>\n</html>\n");
	return rc ? rc : saw_buf_error(out);
}
