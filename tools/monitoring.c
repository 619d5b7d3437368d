#include "tools/monitoring.h"

#include "core/text.h"
#include "proto/tunnel.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 4096

/* Names of the configuration may hold anything but control characters, which are escaped here. */
static void put_name(struct saw_buf *out, const char *name, void (*put)(struct saw_buf *out, char c)) {
	struct saw_buf clean = SAW_BUF_INIT(NAME_MAX_BYTES);

	saw_put_clean(&clean, name, strlen(name));
	for (const char *p = saw_buf_text(&clean); *p; p++)
		put(out, *p);
	saw_buf_free(&clean);
}

static void put_icinga2(struct saw_buf *out, char c) {
	if (c == '"' || c == '\\')
		saw_buf_putc(out, '\\');
	saw_buf_putc(out, c);
}

/* Nagios refuses objects whose names hold these; ';' begins a comment. */
static void put_nagios_name(struct saw_buf *out, char c) {
	saw_buf_putc(out, strchr("`~!$%^&*\"|'<>?,()=;\\", c) ? '_' : c);
}

/* An argument of a command: '!' separates, '$' begins a macro, ';' a comment; the command's line quotes it with ''. A backslash is one
 * where neither follows. */
static void put_nagios_argument(struct saw_buf *out, char c) {
	if (c == '\'')
		saw_buf_puts(out, "'\\''");
	else if (c == '$')
		saw_buf_puts(out, "$$");
	else {
		if (c == '!' || c == ';')
			saw_buf_putc(out, '\\');
		saw_buf_putc(out, c);
	}
}

static bool ends_with_backslash(const char *name) {
	const size_t n = strlen(name);

	return n && name[n - 1] == '\\';
}

static int by_device(const void *a, const void *b) {
	const Sawatch__V1__TunnelEnd *const *x = a, *const *y = b;
	int d = strcmp((*x)->device, (*y)->device);

	return d ? d : strcmp((*x)->name, (*y)->name);
}

/* Device after device, by name: the text is the same as long as the tunnels are. Freed by the caller. */
static const Sawatch__V1__TunnelEnd **sorted(const Sawatch__V1__Snapshot *s, size_t *n) {
	const Sawatch__V1__TunnelEnd **list = calloc(s->n_tunnels + 1, sizeof *list);

	*n = 0;
	for (size_t i = 0; list && i < s->n_tunnels; i++)
		if (s->tunnels[i]->device && s->tunnels[i]->name)
			list[(*n)++] = s->tunnels[i];
	if (list)
		qsort(list, *n, sizeof(const Sawatch__V1__TunnelEnd *), by_device);
	return list;
}

void saw_monitoring_icinga2(const Sawatch__V1__Snapshot *s, struct saw_buf *out) {
	size_t n;
	const Sawatch__V1__TunnelEnd **list = sorted(s, &n);

	saw_buf_puts(out, "/* Made by \"sawatch tunnels --format icinga2\". */\nglobals.SawatchTunnels = {\n");
	for (size_t i = 0; list && i < n; i++) {
		if (i == 0 || strcmp(list[i - 1]->device, list[i]->device) != 0) {
			saw_buf_puts(out, i ? "\t}\n\t\"" : "\t\"");
			put_name(out, list[i]->device, put_icinga2);
			saw_buf_puts(out, "\" = {\n");
		}
		saw_buf_puts(out, "\t\t\"");
		put_name(out, list[i]->name, put_icinga2);
		saw_buf_puts(out, "\" = { }\n");
	}
	saw_buf_puts(out, n ? "\t}\n}\n" : "}\n");
	free(list);
}

void saw_monitoring_nagios(const Sawatch__V1__Snapshot *s, struct saw_buf *out) {
	size_t n;
	const Sawatch__V1__TunnelEnd **list = sorted(s, &n);

	saw_buf_puts(out, "# Made by \"sawatch tunnels --format nagios\".\n");
	for (size_t i = 0; list && i < n; i++) {
		saw_buf_puts(out, "define service {\n    use                     sawatch-tunnel\n    host_name               ");
		put_name(out, list[i]->device, put_nagios_name);
		saw_buf_puts(out, "\n    service_description     tunnel ");
		put_name(out, list[i]->name, put_nagios_name);
		saw_buf_puts(out, "\n    check_command           check_sawatch_tunnel!");
		put_name(out, list[i]->name, put_nagios_argument);
		saw_buf_puts(out,
					 ends_with_backslash(list[i]->name) ? "\\\n}\n" : "\n}\n"); /* at the end of a line it takes two */
	}
	free(list);
}
