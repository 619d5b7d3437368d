/* sawatch tunnels: the daemon's tunnels as a table, worst first, as JSON, or as objects of a monitoring system. */
#include "config.h"

#include "core/text.h"
#include "proto/api.h"
#include "proto/json.h"
#include "proto/tunnel.h"
#include "tools/monitoring.h"
#include "tools/server.h"
#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char help[] = "usage: sawatch tunnels [OPTION]...\n\n"
						   "Lists the tunnels that sawatchd knows, what is wrong first.\n\n"
						   "  -d, --device NAME      of this device only\n"
						   "  -f, --format FORM      table (default), json; icinga2 or nagios: a service per tunnel\n"
						   "      --json             the same as --format json\n"
						   "  -h, --help             this text\n" SAW_SERVER_HELP;

struct form {
	const char *name;
	const char *what; /* of the API */
	int (*show)(const Sawatch__V1__Snapshot *s);
};

struct options {
	struct saw_server server;
	const char *device;
	const struct form *form;
};

enum { STATE, DEVICE, TUNNEL, PEER, SINCE, COLUMNS };

static const char *const titles[COLUMNS] = {"STATE", "DEVICE", "TUNNEL", "PEER", "FOR"};

/* One tunnel as text; offsets into table.text. */
struct line {
	const Sawatch__V1__TunnelEnd *tunnel;
	size_t cells[COLUMNS + 1];
};

struct table {
	struct line *lines;
	size_t n;
	struct saw_buf text; /* NUL after each cell */
	size_t widths[COLUMNS];
};

/* -------------------------------------------------------------------------------------------------------------------- table */

/* Characters, not bytes. */
static size_t width_of(const char *text) {
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void put_clean(struct saw_buf *b, const char *text) {
	if (text)
		saw_put_clean(b, text, strlen(text));
}

static void put_cell(struct saw_buf *b, const Sawatch__V1__TunnelEnd *t, int64_t now_ms, int column) {
	switch (column) {
	case STATE:
		saw_buf_puts(b, saw_tunnel_state_name(saw_tunnel_state(t)));
		break;
	case DEVICE:
		put_clean(b, t->device);
		break;
	case TUNNEL:
		put_clean(b, t->name);
		break;
	case PEER:
		put_clean(b, t->remote);
		break;
	case SINCE:
		if (t->has_since_ms)
			saw_put_duration(b, saw_ms_since(t->since_ms, now_ms) / 1000);
		break;
	default: /* why */
		if (t->has_maintenance && t->maintenance)
			saw_buf_puts(b, t->n_reasons ? "(maintenance) " : "(maintenance)");
		for (size_t i = 0; i < t->n_reasons; i++) {
			saw_buf_puts(b, i ? "; " : "");
			put_clean(b, t->reasons[i]);
		}
	}
}

static int fill(struct table *table, const Sawatch__V1__Snapshot *s) {
	const Sawatch__V1__TunnelEnd **sorted = calloc(s->n_tunnels + 1, sizeof *sorted);

	table->lines = calloc(s->n_tunnels + 1, sizeof *table->lines);
	if (!sorted || !table->lines) {
		free(sorted);
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->n_tunnels; i++)
		sorted[i] = s->tunnels[i];
	saw_tunnel_sort(sorted, s->n_tunnels);
	for (int c = 0; c < COLUMNS; c++)
		table->widths[c] = width_of(titles[c]);
	for (size_t i = 0; i < s->n_tunnels; i++) {
		struct line *l = &table->lines[table->n++];

		l->tunnel = sorted[i];
		for (int c = 0; c <= COLUMNS; c++) {
			size_t width;

			l->cells[c] = table->text.len;
			put_cell(&table->text, l->tunnel, s->made_at_ms, c);
			saw_buf_putc(&table->text, 0);
			if (saw_buf_error(&table->text) || c == COLUMNS)
				continue;
			width = width_of(saw_buf_text(&table->text) + l->cells[c]);
			if (width > table->widths[c])
				table->widths[c] = width;
		}
	}
	free(sorted);
	return saw_buf_error(&table->text);
}

static const char *colour_of(const Sawatch__V1__TunnelEnd *t) {
	switch (saw_tunnel_state(t)) {
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP:
		return "\033[32m";
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING:
		return "\033[31;1m";
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN:
		return "\033[2m";
	default:
		return "\033[33m";
	}
}

static void print_padded(const char *text, size_t width) {
	size_t w = width_of(text);

	printf("%s%*s  ", text, (int)(w < width ? width - w : 0), "");
}

/* Characters that fit into the last column; a file's lines are as long as they are. */
static size_t room(const struct table *t) {
	struct winsize w;
	size_t used = 0;

	if (!isatty(STDOUT_FILENO))
		return SIZE_MAX;
	for (int c = 0; c < COLUMNS; c++)
		used += t->widths[c] + 2;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || w.ws_col == 0)
		w.ws_col = 80;
	return used < w.ws_col ? w.ws_col - used : 0;
}

static void print_table(const struct table *t) {
	const bool colour = isatty(STDOUT_FILENO);
	const size_t last = room(t);

	for (int c = 0; c < COLUMNS; c++)
		print_padded(titles[c], t->widths[c]);
	puts("WHY");
	for (size_t i = 0; i < t->n; i++) {
		const struct line *l = &t->lines[i];
		const char *why = saw_buf_text(&t->text) + l->cells[COLUMNS];

		for (int c = 0; c < COLUMNS; c++) {
			const char *cell = saw_buf_text(&t->text) + l->cells[c];

			if (c == STATE && colour)
				fputs(colour_of(l->tunnel), stdout);
			if (c + 1 < COLUMNS || *why)
				print_padded(cell, t->widths[c]);
			else
				fputs(cell, stdout); /* no blanks at the end of a line */
			if (c == STATE && colour)
				fputs("\033[0m", stdout);
		}
		/* The reason is what the reader came for: where it does not fit it has a line of its own. */
		printf("%s%s\n", width_of(why) > last ? "\n    " : "", why);
	}
}

/* A table of unknowns alone would not say what to mend. */
static void print_unread(const Sawatch__V1__Snapshot *s) {
	struct saw_buf b = SAW_BUF_INIT(1U << 20);

	for (size_t i = 0; i < s->n_devices; i++)
		for (size_t k = 0; k < s->devices[i]->n_sources; k++) {
			const Sawatch__V1__SourceStatus *from = s->devices[i]->sources[k];
			const char *name =
				from->has_source ? saw_enum_name(&sawatch__v1__source__descriptor, (int)from->source) : "";

			if (from->has_complete && from->complete)
				continue;
			saw_buf_puts(&b, b.len ? "" : "\nNot read:\n");
			saw_buf_puts(&b, "  ");
			put_clean(&b, s->devices[i]->name);
			saw_buf_printf(&b, " (%s): ", name ? name : "");
			put_clean(&b, !from->has_complete ? "not polled yet"
						  : from->error       ? from->error
											  : "the poll was not complete");
			saw_buf_putc(&b, '\n');
		}
	fputs(saw_buf_text(&b), stdout);
	saw_buf_free(&b);
}

static int show_table(const Sawatch__V1__Snapshot *s) {
	struct table t = {.text = SAW_BUF_INIT(64U << 20)};
	int rc = fill(&t, s);

	if (rc)
		fprintf(stderr, "sawatch tunnels: %s\n", saw_strerror(rc));
	else if (t.n == 0)
		puts("No tunnel is known.");
	else
		print_table(&t);
	if (rc == 0)
		print_unread(s);
	free(t.lines);
	saw_buf_free(&t.text);
	return rc ? SAW_EXIT_FAILED : SAW_EXIT_OK;
}

/* What is said of the whole snapshot at once. */
static int show_text(struct saw_buf *b) {
	const int rc = saw_buf_error(b);

	if (rc)
		fprintf(stderr, "sawatch tunnels: %s\n", saw_strerror(rc));
	else
		fputs(saw_buf_text(b), stdout);
	saw_buf_free(b);
	return rc ? SAW_EXIT_FAILED : SAW_EXIT_OK;
}

static int show_json(const Sawatch__V1__Snapshot *s) {
	struct saw_buf b = SAW_BUF_INIT(1U << 30);

	saw_json_write(&b, &s->base, &(struct saw_json_opts){.pretty = true});
	saw_buf_putc(&b, '\n');
	return show_text(&b);
}

static int show_icinga2(const Sawatch__V1__Snapshot *s) {
	struct saw_buf b = SAW_BUF_INIT(1U << 30);

	saw_monitoring_icinga2(s, &b);
	return show_text(&b);
}

static int show_nagios(const Sawatch__V1__Snapshot *s) {
	struct saw_buf b = SAW_BUF_INIT(1U << 30);

	saw_monitoring_nagios(s, &b);
	return show_text(&b);
}

static const struct form forms[] = {
	{"table", "summary", show_table},
	{"json", "snapshot", show_json},
	{"icinga2", "summary", show_icinga2},
	{"nagios", "summary", show_nagios},
};

static const struct form *form_named(const char *name) {
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return NULL;
}

/* --------------------------------------------------------------------------------------------------------------------- entry */

/* -1: go on; else the exit status. */
static int parse(struct options *o, int argc, char **argv) {
	static const struct option longs[] = {
		SAW_SERVER_LONGS,
		{"device", required_argument, NULL, 'd'},
		{"format", required_argument, NULL, 'f'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, SAW_SERVER_LETTERS "d:f:h", longs, NULL)) != -1) {
		if (saw_server_option(&o->server, letter, optarg))
			continue;
		if (letter == 'd')
			o->device = optarg;
		else if (letter == 'f' && form_named(optarg))
			o->form = form_named(optarg);
		else if (letter == 'j')
			o->form = form_named("json");
		else if (letter == 'h') {
			fputs(help, stdout);
			return SAW_EXIT_OK;
		} else {
			if (letter == 'f')
				fprintf(stderr, "sawatch tunnels: --format %s: table, json, icinga2 or nagios is expected\n", optarg);
			return SAW_EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "sawatch tunnels: \"%s\" is no option\n", argv[optind]);
		return SAW_EXIT_USAGE;
	}
	return -1;
}

int saw_tool_tunnels(int argc, char **argv) {
	struct options o = {.form = &forms[0]};
	Sawatch__V1__Snapshot *s;
	struct saw_err err;
	int rc = parse(&o, argc, argv);

	if (rc >= 0)
		return rc;
	if (saw_server_ask(&o.server, o.form->what, o.device, NULL, &s, &err)) {
		fprintf(stderr, "sawatch tunnels: %s\n", err.text);
		return SAW_EXIT_FAILED;
	}
	if (o.device && s->n_devices == 0) {
		fprintf(stderr, "sawatch tunnels: %s has no device \"%s\"\n", o.server.asked, o.device);
		rc = SAW_EXIT_FAILED;
	} else {
		rc = o.form->show(s);
	}
	sawatch__v1__snapshot__free_unpacked(s, NULL);
	return rc;
}
