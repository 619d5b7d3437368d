#include "exporters/http/sd.h"

#include "proto/json.h"

/* A name or an address, and perhaps a port: nothing that means something else in a URL. */
static bool is_host(struct saw_str h) {
	for (size_t i = 0; i < h.n; i++)
		if (!(h.p[i] >= 'a' && h.p[i] <= 'z') && !(h.p[i] >= 'A' && h.p[i] <= 'Z') &&
			!(h.p[i] >= '0' && h.p[i] <= '9') && !memchr("-._:[]", h.p[i], 6))
			return false;
	return h.n > 0 && h.n < 300;
}

static void put_label(struct saw_buf *out, const char *name, const char *value) {
	if (!value || !*value)
		return;
	if (out->data[out->len - 1] != '{')
		saw_buf_putc(out, ',');
	saw_json_string(out, name, strlen(name));
	saw_buf_putc(out, ':');
	saw_json_string(out, value, strlen(value));
}

static void put_device(struct saw_buf *out, const Sawatch__V1__Device *d, struct saw_str host, bool tls) {
	saw_buf_puts(out, "{\"targets\":[");
	saw_json_string(out, host.p, host.n);
	saw_buf_puts(out, "],\"labels\":{");
	put_label(out, "__scheme__", tls ? "https" : "http");
	put_label(out, "__metrics_path__", "/probe");
	put_label(out, "__param_target", d->name);
	put_label(out, "__param_module", d->probe_module);
	put_label(out, "instance", d->name); /* the address is the same for all */
	put_label(out, "site", d->site);
	put_label(out, "platform",
			  d->has_platform ? saw_enum_name(&sawatch__v1__platform__descriptor, (int)d->platform) : NULL);
	saw_buf_puts(out, "}}");
}

int saw_sd_render(const Sawatch__V1__Snapshot *s, struct saw_str host, bool tls, struct saw_buf *out) {
	if (!is_host(host))
		return SAW_EFORMAT;
	saw_buf_putc(out, '[');
	for (size_t i = 0; i < s->n_devices && !saw_buf_error(out); i++) {
		saw_buf_puts(out, i ? ",\n" : "");
		put_device(out, s->devices[i], host, tls);
	}
	saw_buf_puts(out, "]\n");
	return saw_buf_error(out);
}
