/* sawatch history: what sawatchd has kept of all tunnels, listed, checked, and as text for other programs and back. */
#include "config.h"

#include "config/config.h"
#include "core/list.h"
#include "core/text.h"
#include "history/keeper.h"
#include "history/openmetrics.h"
#include "history/period.h"
#include "history/store.h"
#include "history/transfer.h"
#include "history/verify.h"
#include "io/clock.h"
#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MONTH_POINTS_MAX 2000000 /* that are held until they are merged */

static const char help[] =
	"usage: sawatch history list [OPTION]...\n"
	"       sawatch history verify [OPTION]...\n"
	"       sawatch history export [OPTION]...\n"
	"       sawatch history import [OPTION]... FILE\n"
	"       sawatch history forget --after TIME [OPTION]...\n\n"
	"What sawatchd has kept of all tunnels over time. list: the tunnel ends, and since when; verify: every page,\n"
	"checksum and reading, status 1 where something is wrong; export: readings as text; import: readings from either\n"
	"(FILE or -), merged with those that are there; forget: removes what a clock that was ahead has left.\n"
	"import and forget want sawatchd stopped.\n\n"
	"  -c, --config FILE    whose history (default: " SAW_CONFIG_FILE ")\n"
	"  -f, --file FILE      the history itself, or a copy of it\n"
	"      --json           list, verify: for programs\n"
	"      --format FORMAT  export: csv (default) or openmetrics, which has facts of the tunnels too; for\n"
	"                       promtool tsdb create-blocks-from openmetrics\n"
	"      --from TIME      export: from here on; 2026-06-01, 2026-06-01T12:00:00Z or Unix seconds\n"
	"      --to TIME        and before this\n"
	"  -d, --device NAME    export: of this device only\n"
	"  -t, --tunnel NAME    export: of tunnels of this name only\n"
	"  -o, --output FILE    export: instead of standard output\n"
	"      --after TIME     forget: every reading later than this\n"
	"  -q, --quiet          no progress\n"
	"  -h, --help           this text\n";

struct options {
	const char *config, *file, *device, *tunnel, *output, *input;
	enum saw_transfer_form form;
	int64_t from_ms, to_ms, after_ms;
	bool json, quiet, has_after;
	char path[4200]; /* of the history */
	struct saw_keeper_options keep;
	char zone[64];
};

static int usage(const char *what) {
	fprintf(stderr, "sawatch history: %s\n", what);
	return SAW_EXIT_USAGE;
}

static int failed(const struct saw_err *err) {
	fprintf(stderr, "sawatch history: %s\n", err->text);
	return SAW_EXIT_FAILED;
}

/* ------------------------------------------------------------------------------------------------------------- options */

enum { JSON = 256, FORMAT, FROM, TO, AFTER };

static int take_time(const char *text, int64_t *out) {
	if (saw_transfer_time(text, strlen(text), out) == 0)
		return -1;
	fprintf(stderr, "sawatch history: \"%.60s\" is no time; as 2026-06-01, 2026-06-01T12:00:00Z or Unix seconds\n",
			text);
	return SAW_EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int take(struct options *o, int letter, const char *value) {
	switch (letter) {
	case 'c':
		o->config = value;
		break;
	case 'f':
		o->file = value;
		break;
	case 'd':
		o->device = value;
		break;
	case 't':
		o->tunnel = value;
		break;
	case 'o':
		o->output = value;
		break;
	case 'q':
		o->quiet = true;
		break;
	case JSON:
		o->json = true;
		break;
	case FORMAT:
		o->form = strcmp(value, "openmetrics") == 0 ? SAW_TRANSFER_OPENMETRICS : SAW_TRANSFER_CSV;
		if (o->form == SAW_TRANSFER_CSV && strcmp(value, "csv") != 0)
			return usage("--format is csv or openmetrics");
		break;
	case FROM:
		return take_time(value, &o->from_ms);
	case TO:
		return take_time(value, &o->to_ms);
	case AFTER:
		o->has_after = true;
		return take_time(value, &o->after_ms);
	case 'h':
		fputs(help, stdout);
		return SAW_EXIT_OK;
	default:
		return SAW_EXIT_USAGE;
	}
	return -1;
}

static int parse(struct options *o, int argc, char **argv) {
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"file", required_argument, NULL, 'f'},
		{"json", no_argument, NULL, JSON},
		{"format", required_argument, NULL, FORMAT},
		{"from", required_argument, NULL, FROM},
		{"to", required_argument, NULL, TO},
		{"device", required_argument, NULL, 'd'},
		{"tunnel", required_argument, NULL, 't'},
		{"output", required_argument, NULL, 'o'},
		{"after", required_argument, NULL, AFTER},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int letter, rc;

	*o = (struct options){.config = SAW_CONFIG_FILE, .to_ms = INT64_MAX};
	while ((letter = getopt_long(argc, argv, "c:f:d:t:o:qh", longs, NULL)) != -1) {
		rc = take(o, letter, optarg);
		if (rc >= 0)
			return rc;
	}
	if (optind < argc)
		o->input = argv[optind++];
	return optind < argc ? usage("too many arguments") : -1;
}

static unsigned days(uint64_t ms) {
	return (unsigned)(ms / (24 * 60 * 60 * 1000));
}

/* Which file, and how long what is kept. 0, or the exit status. */
static int find_file(struct options *o) {
	struct saw_config *c = NULL;
	struct saw_err err;
	const char *folder = "/var/lib/sawatch";

	o->keep =
		(struct saw_keeper_options){.interval_ms = 300000, .raw_days = 100, .hourly_days = 800, .summary_days = 3660};
	if (o->file)
		snprintf(o->path, sizeof o->path, "%s", o->file);
	/* A file alone is read without a configuration; where there is one it says how long things are kept. */
	if (saw_config_load(o->config, &c, &err)) {
		if (o->file)
			return 0;
		fprintf(stderr, "sawatch history: %s; --file names a history without a configuration\n", err.text);
		return SAW_EXIT_FAILED;
	}
	o->keep.interval_ms = (int64_t)c->history.interval_ms;
	o->keep.raw_days = days(c->history.keep_readings_ms);
	o->keep.hourly_days = days(c->history.keep_hours_ms);
	o->keep.summary_days = days(c->history.keep_summaries_ms);
	snprintf(o->zone, sizeof o->zone, "%s", c->history.time_zone);
	if (strcmp(o->zone, "UTC") != 0)
		o->keep.zone = o->zone;
	if (c->state_dir && strcmp(c->state_dir, SAW_CONFIG_NONE) != 0)
		folder = c->state_dir;
	if (!o->file && c->history.path)
		snprintf(o->path, sizeof o->path, "%s", c->history.path);
	else if (!o->file)
		snprintf(o->path, sizeof o->path, "%s/" SAW_HISTORY_FILE_NAME, folder);
	saw_config_destroy(c);
	return 0;
}

/* ---------------------------------------------------------------------------------------------------------------- list */

struct listing {
	struct saw_history h;
	struct options *o;
	struct saw_err *err;
	unsigned n;
};

static void print_json_text(const char *s) {
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

static int list_end(void *ctx, const struct saw_history_end *e) {
	struct listing *l = ctx;
	int64_t first_ms, last_ms;
	char first[32], last[32];

	if (!saw_history_store_span(&l->h, e->device, e->tunnel, &first_ms, &last_ms))
		return 0;
	saw_transfer_print_time(first_ms, first);
	saw_transfer_print_time(last_ms, last);
	if (l->o->json) {
		printf("%s\n    {\"device\": ", l->n ? "," : "");
		print_json_text(e->device);
		printf(", \"tunnel\": ");
		print_json_text(e->tunnel);
		printf(", \"first_ms\": %" PRId64 ", \"last_ms\": %" PRId64 "}", first_ms, last_ms);
	} else {
		if (l->n == 0)
			printf("%-20s %-32s %-17s %s\n", "DEVICE", "TUNNEL", "FIRST", "LAST");
		printf("%-20s %-32s %.16sZ %.16sZ\n", e->device, e->tunnel, first, last);
	}
	l->n++;
	return 0;
}

static int run_list(struct options *o) {
	struct saw_err err;
	struct listing l = {.o = o, .err = &err};
	int rc = saw_history_store_open(o->path, &l.h, &err);

	if (rc)
		return failed(&err);
	if (o->json)
		printf("{\"tunnels\": [");
	rc = l.h.ends(l.h.ctx, 0, INT64_MAX, list_end, &l, &err);
	if (o->json)
		printf("\n]}\n");
	else if (l.n == 0 && rc == 0)
		printf("%s has no readings yet\n", o->path);
	l.h.close(l.h.ctx);
	return rc ? failed(&err) : SAW_EXIT_OK;
}

/* -------------------------------------------------------------------------------------------------------------- verify */

struct verifying {
	const struct options *o;
	unsigned n;
};

static void show_finding(void *ctx, const struct saw_verify_finding *f) {
	struct verifying *v = ctx;
	char time[32];

	saw_transfer_print_time(f->at_ms, time);
	if (v->o->json) {
		printf("%s\n    {\"kind\": \"%s\"", v->n ? "," : "", saw_verify_kind_name(f->kind));
		if (f->device) {
			printf(", \"device\": ");
			print_json_text(f->device);
			printf(", \"tunnel\": ");
			print_json_text(f->tunnel);
		}
		if (f->at_ms)
			printf(", \"at_ms\": %" PRId64, f->at_ms);
		printf(", \"text\": ");
		print_json_text(f->text);
		printf("}");
	} else {
		printf("%-9s", saw_verify_kind_name(f->kind));
		if (f->at_ms)
			printf(" %s", time);
		if (f->device)
			printf(" %s %s", f->device, f->tunnel);
		printf(": %s\n", f->text);
	}
	v->n++;
}

static int run_verify(struct options *o) {
	struct verifying v = {.o = o};
	struct saw_verify_result r;
	struct saw_err err;
	int rc;

	if (o->json)
		printf("{\"findings\": [");
	rc = saw_history_verify(o->path, show_finding, &v, &r, &err);
	if (o->json)
		printf("%s],\n \"tunnel_ends\": %" PRIu64 ", \"chunks\": %" PRIu64 ", \"readings\": %" PRIu64
			   ", \"summaries\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"whole\": %s}\n",
			   v.n ? "\n" : "", r.ends, r.chunks, r.readings, r.summaries, r.bytes,
			   rc == 0 && r.all_findings == 0 ? "true" : "false");
	if (rc)
		return failed(&err);
	if (!o->json)
		printf("%s: %" PRIu64 " tunnel ends, %" PRIu64 " chunks, %" PRIu64 " readings, %" PRIu64
			   " summaries, %.1f MB: %s\n",
			   o->path, r.ends, r.chunks, r.readings, r.summaries, (double)r.bytes / 1e6,
			   r.all_findings ? "damaged" : "nothing is wrong");
	return r.all_findings ? SAW_EXIT_FOUND : SAW_EXIT_OK;
}

/* -------------------------------------------------------------------------------------------------------------- export */

struct exporting {
	FILE *out;
	bool progress;
	time_t said;
};

static int write_out(void *ctx, const void *bytes, size_t n) {
	const struct exporting *e = ctx;

	return fwrite(bytes, 1, n, e->out) == n ? 0 : errno ? -errno : -EIO;
}

static void show_progress(void *ctx, size_t done, size_t all) {
	struct exporting *e = ctx;
	time_t now = time(NULL);

	if (!e->progress || (now == e->said && done != all))
		return;
	e->said = now;
	fprintf(stderr, "\r%zu of %zu tunnel ends", done, all);
}

static int run_export(struct options *o) {
	struct exporting e = {.out = o->output ? fopen(o->output, "we") : stdout,
						  .progress = !o->quiet && isatty(STDERR_FILENO)};
	struct saw_transfer t = {.form = o->form,
							 .from_ms = o->from_ms,
							 .to_ms = o->to_ms,
							 .device = o->device,
							 .tunnel = o->tunnel,
							 .write = write_out,
							 .progress = show_progress,
							 .ctx = &e};
	struct saw_history h = {0};
	struct saw_err err = {0};
	const char *damage = NULL;
	uint64_t readings = 0;
	int rc;

	if (!e.out) {
		fprintf(stderr, "sawatch history: %s: %s\n", o->output, strerror(errno));
		return SAW_EXIT_FAILED;
	}
	rc = saw_history_store_open(o->path, &h, &err);
	if (rc == 0)
		rc = saw_history_export(&h, &t, &readings, &err);
	if (fflush(e.out) && rc == 0)
		rc = -errno;
	if (e.progress)
		fputs("\n", stderr);
	if (rc && !*err.text)
		saw_err_set(&err, rc, "%s: %s", o->output ? o->output : "standard output", saw_strerror(rc));
	if (rc == 0 && saw_history_store_damage(&h, &damage))
		fprintf(stderr, "sawatch history: %s and was left out; sawatch history verify says more\n", damage);
	if (h.close)
		h.close(h.ctx);
	if (o->output)
		fclose(e.out);
	return rc ? failed(&err) : damage ? SAW_EXIT_FOUND : SAW_EXIT_OK;
}

/* -------------------------------------------------------------------------------------------------------------- import */

struct imported {
	char *device, *tunnel;
	struct saw_points points;
};

struct importing {
	struct saw_keeper *keeper;
	struct imported *ends; /* by device and tunnel */
	size_t n, room, held;
	size_t whole; /* ends that came with all of their readings */
	uint64_t lines, added;
};

/* NULL without memory. */
static struct imported *end_of(struct importing *m, const char *device, const char *tunnel) {
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(m->ends[mid].device, device);

		if (order == 0)
			order = strcmp(m->ends[mid].tunnel, tunnel);
		if (order == 0)
			return &m->ends[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (SAW_LIST_ROOM(m->ends, m->n, m->room))
		return NULL;
	memmove(m->ends + lo + 1, m->ends + lo, (m->n - lo) * sizeof *m->ends);
	m->n++;
	m->ends[lo] = (struct imported){.device = strdup(device), .tunnel = strdup(tunnel)};
	return m->ends[lo].device && m->ends[lo].tunnel ? &m->ends[lo] : NULL;
}

/* One end's, in order of time: a month at a time. */
static int merge_points(struct importing *m, const struct saw_history_end *end, const struct saw_points *points,
						struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0, j; rc == 0 && i < points->n; i = j) {
		int64_t month = saw_period_number(SAW_PERIOD_MONTH, false, points->p[i].at_ms);
		uint64_t added;

		for (j = i; j < points->n && saw_period_number(SAW_PERIOD_MONTH, false, points->p[j].at_ms) == month;)
			j++;
		rc = saw_keeper_merge(m->keeper, end, points->p + i, j - i, &added, err);
		m->added += rc ? 0 : added;
	}
	return rc;
}

static int merge_end(struct importing *m, struct imported *e, struct saw_err *err) {
	int rc;

	saw_points_sort(&e->points);
	rc = merge_points(m, &(struct saw_history_end){.device = e->device, .tunnel = e->tunnel}, &e->points, err);
	saw_points_free(&e->points);
	return rc;
}

static int merge_all(struct importing *m, struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->n; i++)
		rc = merge_end(m, &m->ends[i], err);
	m->held = 0;
	return rc ? rc : saw_keeper_commit(m->keeper, err);
}

static int take_reading(void *ctx, const char *device, const char *tunnel, const struct saw_point *p,
						struct saw_err *err) {
	struct importing *m = ctx;
	struct imported *e = end_of(m, device, tunnel);

	if (!e || saw_points_add(&e->points, p))
		return saw_err_set(err, -ENOMEM, "no memory");
	m->lines++;
	return ++m->held >= MONTH_POINTS_MAX ? merge_all(m, err) : 0;
}

static int take_end(void *ctx, const struct saw_history_end *end, const struct saw_points *points,
					struct saw_err *err) {
	struct importing *m = ctx;

	m->lines += points->n;
	m->whole++;
	return merge_points(m, end, points, err);
}

/* CSV begins with the names of its columns, OpenMetrics with a comment. */
static int import_file(struct importing *m, FILE *in, struct saw_err *err) {
	struct saw_csv *csv = saw_csv_create(take_reading, m);
	struct saw_openmetrics *metrics = saw_openmetrics_create();
	static char buffer[1 << 16];
	int rc = csv && metrics ? 0 : saw_err_set(err, -ENOMEM, "no memory"), first = fgetc(in);
	size_t n;

	if (first != EOF)
		ungetc(first, in);
	while (rc == 0 && (n = fread(buffer, 1, sizeof buffer, in)) > 0)
		rc = first == '#' ? saw_openmetrics_feed(metrics, buffer, n, err) : saw_csv_feed(csv, buffer, n, err);
	if (rc == 0 && ferror(in))
		rc = saw_err_set(err, -EIO, "%s", strerror(errno));
	if (rc == 0)
		rc = first == '#' ? saw_openmetrics_end(metrics, take_end, m, err) : saw_csv_end(csv, err);
	saw_csv_destroy(csv);
	saw_openmetrics_destroy(metrics);
	if (rc == 0)
		rc = merge_all(m, err);
	while (rc == 0 && (rc = saw_keeper_tend(m->keeper, saw_wall_ms(), err)) == 1)
		rc = 0;
	return rc;
}

static int open_keeper(const struct options *o, struct saw_keeper **out, struct saw_err *err) {
	char note[SAW_ERR_TEXT_MAX];
	int rc = o->keep.zone ? saw_period_zone(o->keep.zone, err) : 0;

	if (rc == 0)
		rc = saw_keeper_open(o->path, &o->keep, false, note, out, err);
	if (rc == 0 && *note)
		fprintf(stderr, "sawatch history: %s\n", note);
	return rc;
}

static int run_import(struct options *o) {
	bool standard = o->input && strcmp(o->input, "-") == 0;
	struct importing m = {0};
	struct saw_err err = {0};
	FILE *in = standard ? stdin : o->input ? fopen(o->input, "re") : NULL;
	int rc;

	if (!o->input)
		return usage("the FILE to import is missing");
	if (!in) {
		fprintf(stderr, "sawatch history: %s: %s\n", o->input, strerror(errno));
		return SAW_EXIT_FAILED;
	}
	rc = open_keeper(o, &m.keeper, &err);
	if (rc == 0) {
		rc = import_file(&m, in, &err);
		if (rc == SAW_EFORMAT && strncmp(err.text, "line", 4) == 0)
			saw_err_prefix(&err, "%s", o->input);
	}
	saw_keeper_close(m.keeper);
	if (!standard)
		fclose(in);
	for (size_t i = 0; i < m.n; i++) {
		saw_points_free(&m.ends[i].points);
		free(m.ends[i].device);
		free(m.ends[i].tunnel);
	}
	free(m.ends);
	if (rc)
		return failed(&err);
	if (!o->quiet)
		printf("%" PRIu64 " readings of %zu tunnel ends: %" PRIu64 " are new, %" PRIu64 " were there\n", m.lines,
			   m.n + m.whole, m.added, m.lines - m.added);
	return SAW_EXIT_OK;
}

/* -------------------------------------------------------------------------------------------------------------- forget */

static int run_forget(struct options *o) {
	struct saw_keeper *k = NULL;
	struct saw_err err;
	uint64_t removed = 0;
	int rc;

	if (!o->has_after)
		return usage("forget: --after TIME is missing: every reading later than that is removed");
	if (access(o->path, F_OK) < 0) {
		fprintf(stderr, "sawatch history: %s: %s\n", o->path, strerror(errno));
		return SAW_EXIT_FAILED;
	}
	rc = open_keeper(o, &k, &err);
	if (rc == 0)
		rc = saw_keeper_forget_after(k, o->after_ms, &removed, &err);
	saw_keeper_close(k);
	if (rc)
		return failed(&err);
	if (!o->quiet)
		printf("%" PRIu64 " readings are removed\n", removed);
	return SAW_EXIT_OK;
}

int saw_tool_history(int argc, char **argv) {
	static const struct {
		const char *name;
		int (*run)(struct options *o);
		bool takes_file;
	} verbs[] = {{"list", run_list, false},
				 {"verify", run_verify, false},
				 {"export", run_export, false},
				 {"import", run_import, true},
				 {"forget", run_forget, false}};
	struct options o;
	int rc;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return SAW_EXIT_OK;
	}
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].name, argv[1]) != 0)
			continue;
		rc = parse(&o, argc - 1, argv + 1);
		if (rc >= 0)
			return rc;
		if (o.input && !verbs[i].takes_file)
			return usage("too many arguments");
		rc = find_file(&o);
		return rc ? rc : verbs[i].run(&o);
	}
	return usage(argc > 1 ? "list, verify, export, import or forget is expected" : "what to do is missing");
}
