/* sawatch report: what the lines carry, and which of them are too small. */
#include "config.h"

#include "tools/report.h"

#include "core/text.h"
#include "history/period.h"
#include "io/clock.h"
#include "tools/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TREND_WEEKS 13 /* of readings before the end, where nobody says otherwise, */
#define KEPT_WEEKS 114 /* and of days that were kept of readings that are gone */
#define LEAD_DAYS 90
#define TOP 25

static const char help[] =
	"usage: sawatch report capacity [OPTION]...\n\n"
	"Says of each circuit whether to keep it, watch it or upgrade it, by when and why, and what went through it, its "
	"tunnels,\n"
	"devices, sites or tags: mean, 95th percentile (5-minute samples without the highest 5 %), peak, growth, "
	"availability.\n\n"
	"      --from TIME       2026-10-01, 2026-10-01T14:30, now, or how long ago: 30d, 12w (default: 30d)\n"
	"      --to TIME         up to this moment (default: now); a date is its midnight\n"
	"      --monthly[=MONTH] the last calendar month, or 2026-10\n"
	"      --zone NAME       of days and hours, such as Europe/Berlin (default: $TZ, the history's, this machine's)\n"
	"      --trend-from TIME since when growth is looked at (default: as far back as days are kept, 114\n"
	"                        weeks at the most; with --source URL 13 weeks)\n"
	"      --lead-time DAYS  that an upgrade takes from order to use (default: 90)\n\n"
	"      --by WHAT         tunnel (default), link, circuit, device, site, tag\n"
	"  -d, --device NAME     of this device only\n"
	"  -t, --tunnel NAME     of this tunnel only, with everything that is known of it\n"
	"      --circuit NAME    of the tunnels on this circuit and on its sister\n\n"
	"  -c, --config FILE     circuits, and where the history is (default: " SAW_CONFIG_FILE ")\n"
	"      --source WHERE    a history file, or the URL of Prometheus, Thanos, Mimir or VictoriaMetrics:\n"
	"                        https://prometheus.example.net, with the path before /api/v1 where there is one\n"
	"      --selector TEXT   more label matchers for an engine, such as 'job=\"sawatch\"'\n"
	"      --bearer-file FILE  token for an engine\n"
	"      --user-file FILE  USER:PASSWORD for an engine\n"
	"      --cleartext       they may be sent over http\n\n"
	"  -f, --format FORM     text (default), html, csv, json\n"
	"  -o, --output PATH     a file; or a folder (it exists, or ends in /): an overview, a page for each row, CSV, "
	"JSON\n"
	"      --top N           rows that text shows (default: 25; 0: all, with all their figures)\n"
	"      --charts          JSON: with what the pictures are made of\n"
	"  -h, --help            this text\n\n"
	"Examples:\n"
	"  sawatch report capacity --from 2026-10-01 --to 2026-11-01 --format html --output october.html\n"
	"  sawatch report capacity --monthly --zone Europe/Berlin --output /srv/reports/last-month/\n"
	"  sawatch report capacity --tunnel berlin-1 --from 12w\n"
	"  sawatch report capacity --source https://prometheus.example.net --by site --format csv\n";

struct asked {
	const char *from, *to, *zone, *trend_from, *month, *config, *output;
	bool monthly;
	struct saw_report_source source;
	struct saw_report_options o;
	enum saw_report_form form;
	struct saw_report_print print;
};

enum {
	FROM = 256,
	TO,
	MONTHLY,
	ZONE,
	TREND,
	LEAD,
	BY,
	CIRCUIT,
	SOURCE,
	SELECTOR,
	BEARER,
	USER,
	CLEARTEXT,
	TOPMOST,
	CHARTS
};

static int wrong(const char *option, const char *value, const char *expected) {
	fprintf(stderr, "sawatch report: --%s %s: %s is expected\n", option, value, expected);
	return SAW_EXIT_USAGE;
}

static bool find(const char *const *names, int n, const char *name, int *out) {
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0) {
			*out = i;
			return true;
		}
	return false;
}

/* -1: go on; else the exit status. */
static int take(struct asked *a, int letter) {
	uint64_t n;
	int which;

	switch (letter) {
	case FROM:
		a->from = optarg;
		break;
	case TO:
		a->to = optarg;
		break;
	case MONTHLY:
		a->monthly = true;
		a->month = optarg;
		break;
	case ZONE:
		a->zone = optarg;
		break;
	case TREND:
		a->trend_from = optarg;
		break;
	case LEAD:
		if (saw_parse_u64(saw_str_of(optarg), 3650, &n) != 0)
			return wrong("lead-time", optarg, "a number of days, 0 to 3650,");
		a->o.lead_days = (unsigned)n;
		break;
	case BY:
		if (!find(saw_report_by_names, SAW_BYS, optarg, &which))
			return wrong("by", optarg, "tunnel, link, circuit, device, site or tag");
		a->o.by = (enum saw_report_by)which;
		break;
	case 'd':
		a->o.device = optarg;
		break;
	case 't':
		a->o.tunnel = optarg;
		break;
	case CIRCUIT:
		a->o.circuit = optarg;
		break;
	case 'c':
		a->config = optarg;
		break;
	case SOURCE:
		a->source.where = optarg;
		break;
	case SELECTOR:
		a->source.selector = optarg;
		break;
	case BEARER:
		a->source.bearer_file = optarg;
		break;
	case USER:
		a->source.user_file = optarg;
		break;
	case CLEARTEXT:
		a->source.cleartext = true;
		break;
	case 'f':
		if (!find(saw_report_form_names, SAW_REPORT_FORMS, optarg, &which))
			return wrong("format", optarg, "text, html, csv or json");
		a->form = (enum saw_report_form)which;
		break;
	case 'o':
		a->output = optarg;
		break;
	case TOPMOST:
		if (saw_parse_u64(saw_str_of(optarg), 1000000, &n) != 0)
			return wrong("top", optarg, "a number");
		a->print.top = (size_t)n;
		break;
	case CHARTS:
		a->print.charts = true;
		break;
	case 'h':
		fputs(help, stdout);
		return SAW_EXIT_OK;
	default:
		return SAW_EXIT_USAGE;
	}
	return -1;
}

static int parse(struct asked *a, int argc, char **argv) {
	static const struct option longs[] = {
		{"from", required_argument, NULL, FROM},
		{"to", required_argument, NULL, TO},
		{"monthly", optional_argument, NULL, MONTHLY},
		{"zone", required_argument, NULL, ZONE},
		{"trend-from", required_argument, NULL, TREND},
		{"lead-time", required_argument, NULL, LEAD},
		{"by", required_argument, NULL, BY},
		{"device", required_argument, NULL, 'd'},
		{"tunnel", required_argument, NULL, 't'},
		{"circuit", required_argument, NULL, CIRCUIT},
		{"config", required_argument, NULL, 'c'},
		{"source", required_argument, NULL, SOURCE},
		{"selector", required_argument, NULL, SELECTOR},
		{"bearer-file", required_argument, NULL, BEARER},
		{"user-file", required_argument, NULL, USER},
		{"cleartext", no_argument, NULL, CLEARTEXT},
		{"format", required_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'},
		{"top", required_argument, NULL, TOPMOST},
		{"charts", no_argument, NULL, CHARTS},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int letter, rc;

	while ((letter = getopt_long(argc, argv, "d:t:c:f:o:h", longs, NULL)) != -1) {
		rc = take(a, letter);
		if (rc >= 0)
			return rc;
	}
	if (optind + 1 != argc || strcmp(argv[optind], "capacity") != 0) {
		fprintf(stderr,
				optind == argc ? "sawatch report: which report? There is `sawatch report capacity`\n"
							   : "sawatch report: \"%s\" is no report; there is `sawatch report capacity`\n",
				optind == argc ? "" : argv[optind + (strcmp(argv[optind], "capacity") == 0)]);
		return SAW_EXIT_USAGE;
	}
	if (a->monthly && (a->from || a->to)) {
		fputs("sawatch report: --monthly says from when to when; --from and --to do not go with it\n", stderr);
		return SAW_EXIT_USAGE;
	}
	return -1;
}

/* The zone that the history closes its days in, else that of the machine: days and hours are named with it. */
static const char *zone_here(const struct saw_config *c, char out[256]) {
	const char *tz = getenv("TZ"), *at;
	ssize_t n;

	if (tz && *tz)
		return tz[0] == ':' ? tz + 1 : tz;
	if (c && strcmp(c->history.time_zone, "UTC") != 0)
		return c->history.time_zone;
	n = readlink("/etc/localtime", out, 255);
	out[n > 0 ? n : 0] = 0;
	at = strstr(out, "zoneinfo/");
	return at ? at + strlen("zoneinfo/") : "UTC";
}

static int set_times(struct asked *a, struct saw_err *err) {
	struct saw_report_options *o = &a->o;
	int rc;

	if (a->monthly)
		rc = saw_zone_month(a->month, o->now_ms, &o->from_ms, &o->to_ms, err);
	else {
		rc = saw_zone_time(a->to ? a->to : "now", o->now_ms, &o->to_ms, err);
		/* A length is counted back from the end, wherever that is. */
		rc = rc ? rc : saw_zone_time(a->from ? a->from : "30d", o->to_ms, &o->from_ms, err);
	}
	if (rc)
		return rc;
	if (o->from_ms >= o->to_ms)
		return saw_err_set(err, SAW_ERANGE, "--from is not before --to");
	if (o->from_ms >= o->now_ms)
		return saw_err_set(err, SAW_ERANGE, "--from is in the future");
	if (o->to_ms > o->now_ms)
		o->to_ms = o->now_ms;
	if (a->trend_from)
		return saw_zone_time(a->trend_from, o->to_ms, &o->trend_from_ms, err) ? SAW_EFORMAT
			   : o->trend_from_ms > o->from_ms
				   ? saw_err_set(err, SAW_ERANGE, "--trend-from is after the report's beginning; it must be before it")
				   : 0;
	o->kept_from_ms = o->to_ms - KEPT_WEEKS * SAW_WEEK_MS;
	o->trend_from_ms = o->to_ms - TREND_WEEKS * SAW_WEEK_MS;
	if (o->trend_from_ms > o->from_ms)
		o->trend_from_ms = o->from_ms;
	return 0;
}

static void on_progress(void *ctx, size_t done, size_t total) {
	size_t *shown = ctx;
	const size_t percent = total ? done * 100 / total : 100;

	if (percent == *shown && done != total)
		return;
	*shown = percent;
	fprintf(stderr, "\rreading %zu of %zu tunnel ends, %zu %%", done, total, percent);
	if (done == total)
		fputs("\r\033[K", stderr);
}

/* The standard one need not be there: an engine knows enough without it. */
static int load_config(const struct asked *a, struct saw_config **out, struct saw_err *err) {
	*out = NULL;
	if (!a->config && access(SAW_CONFIG_FILE, R_OK) != 0)
		return a->source.where
				   ? 0
				   : saw_err_set(
						 err, SAW_ECONFIG,
						 "there is no %s; --config names the configuration, --source a history file or an engine",
						 SAW_CONFIG_FILE);
	return saw_config_load(a->config ? a->config : SAW_CONFIG_FILE, out, err);
}

static int run(struct asked *a, struct saw_err *err) {
	struct saw_report *report = NULL;
	struct saw_history history = {0};
	size_t shown = SIZE_MAX;
	char *name = NULL;
	int rc = saw_report_open(&a->source, &history, &name, err);

	a->o.source = name;
	if (isatty(STDERR_FILENO)) {
		a->o.progress = on_progress;
		a->o.progress_ctx = &shown;
	}
	rc = rc ? rc : saw_report_make(&history, &a->o, &report, err);
	rc = rc ? rc : saw_report_write(&report->pb, a->form, &a->print, a->output, err);
	saw_report_free(report);
	if (history.close)
		history.close(history.ctx);
	free(name);
	return rc;
}

static int told(int status, const struct saw_err *err) {
	fprintf(stderr, "sawatch report: %s\n", err->text);
	return status;
}

int saw_tool_report(int argc, char **argv) {
	struct asked a = {.o = {.lead_days = LEAD_DAYS}, .print = {.top = TOP}};
	struct saw_config *config = NULL;
	struct saw_err err = {0};
	char here[256];
	int rc = parse(&a, argc, argv);

	if (rc >= 0)
		return rc;
	a.print.colour = isatty(STDOUT_FILENO) && !a.output;
	a.o.now_ms = saw_wall_ms();
	if (load_config(&a, &config, &err))
		return told(SAW_EXIT_FAILED, &err);
	a.o.config = a.source.config = config;
	a.o.zone = a.zone ? a.zone : zone_here(config, here);
	if (saw_period_zone(a.o.zone, &err) || set_times(&a, &err))
		rc = told(SAW_EXIT_USAGE, &err);
	else
		rc = run(&a, &err) ? told(SAW_EXIT_FAILED, &err) : SAW_EXIT_OK;
	saw_config_destroy(config);
	return rc;
}
