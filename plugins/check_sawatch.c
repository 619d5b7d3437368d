/* check_sawatch: asks the daemon for a device or tunnel and answers in the Monitoring Plugins form. */
#include "config.h"

#include "io/clock.h"
#include "io/server.h"
#include "model/check/check.h"
#include "plugins/direct.h"
#include "proto/api.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_DEFAULT 10
#define TIMEOUT_MAX 3600
#define SPARE_MAX_MS 500 /* of the timeout, for whoever says why: a monitoring system kills at the end of it */

enum { OPTION_DIRECT = 256, OPTION_CONFIG, OPTION_STATE_DIR }; /* they have no letter */

static const char usage[] =
	"usage: check_sawatch --device NAME [--tunnel NAME] [--mode MODE] [OPTION]...\n\n"
	"Asks sawatchd for the IPsec tunnels of ASA and IOS-XE, as a monitoring plugin.\n\n" SAW_SERVER_HELP
	"      --direct           polls the device now instead, as the daemon's configuration says:\n"
	"      --config FILE      it (default: " SAW_CONFIG_FILE "),\n"
	"      --state-dir DIR    what rates are made of, from run to run, and who refused a login\n"
	"                         (default: below $XDG_RUNTIME_DIR, else /tmp/sawatch-UID)\n"
	"  -d, --device NAME      as the daemon's configuration names it, or its address there\n"
	"  -H, --hostname ADDRESS its address, for where no device has that name\n"
	"  -n, --tunnel NAME      one tunnel of it; without: all of them, worst first\n"
	"  -l, --link NAME        mode link: one link, instead of a device's\n"
	"  -i, --include PATTERN  modes fleet and inventory: only DEVICE/TUNNEL that match, as\n"
	"                         file names do ('ASR-*', '*/berlin-?'); may be repeated\n"
	"  -x, --exclude PATTERN  and not these\n"
	"  -m, --mode MODE        what is judged; default: tunnel\n"
	"  -w, --warning RANGES   RANGE for what the mode judges, or NAME=RANGE[,NAME=RANGE]...\n"
	"  -c, --critical RANGES  the same; ranges: 10, 10:, ~:10, 10:20, @10:20\n"
	"  -a, --max-age SECONDS  data older than this is UNKNOWN\n"
	"                         (default: three poll intervals and 30 s)\n"
	"  -t, --timeout SECONDS  UNKNOWN if the daemon has not answered by then (default: 10)\n"
	"  -v, --verbose          more lines behind the first; -vv: all that is known of each\n"
	"                         tunnel; -vvv: its counters, and how the daemon was asked\n"
	"  -h, --help             this text\n"
	"  -V, --version          the version\n\n"
	"Modes, and below each the names for -w and -c with the defaults:\n";

static const char notes[] = "\nWhat the configuration puts in maintenance is OK. A value that is not known is UNKNOWN\n"
							"where it was asked for. Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (also for\n"
							"wrong usage, for this text, and when the daemon does not answer).\n\n"
							"  check_sawatch -d ASA-XFW01\n"
							"  check_sawatch -d ASA-XFW01 -n berlin-1 -w replay_rate=1,mtu=1400: -c mtu=1380:\n"
							"  check_sawatch -m fleet --exclude 'LAB-*' -c down=2\n";

struct options {
	struct saw_server server;
	struct saw_check check;
	const char *address; /* of the device, where its name is not known */
	const char *warning, *critical;
	unsigned timeout; /* of the whole run, in seconds */
	int64_t deadline_ms;
	const char *config, *state_dir;
};

static char last_words[160]; /* of the alarm */
static const char *volatile doing = "before anything was asked";

static void say(const char *text) {
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(SAW_UNKNOWN);
}

static void on_signal(int sig) {
	say(last_words);
	say(sig == SIGALRM ? "" : "ended from outside ");
	say(doing);
	say("\n");
	_exit(SAW_UNKNOWN);
}

static int64_t spare_ms(const struct options *o) {
	const int64_t tenth = (int64_t)o->timeout * 100;

	return tenth < SPARE_MAX_MS ? tenth : SPARE_MAX_MS;
}

/* What asks has its own deadline, which comes first; this is for what cannot be bounded (a resolver), and for who kills us earlier. */
static void arm(const struct options *o) {
	const struct sigaction action = {.sa_handler = on_signal};
	const int64_t ms = (int64_t)o->timeout * 1000 - spare_ms(o) / 2;
	const struct itimerval timer = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};

	snprintf(last_words, sizeof last_words, "%s UNKNOWN - no result within %u s: the time ran out ",
			 saw_check_service(o->check.mode), o->timeout);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static int fail(struct saw_output *out, const struct saw_err *err) {
	out->status = SAW_UNKNOWN;
	saw_output_put(&out->summary, err->text);
	return err->code;
}

/* ------------------------------------------------------------------------------------------------------------------ options */

static int parse_seconds(const char *name, const char *text, uint64_t max, uint64_t *v, struct saw_err *err) {
	if (saw_parse_u64(saw_str_of(text), max, v))
		return saw_err_set(err, SAW_EFORMAT, "--%s %s: a whole number of seconds up to %llu is expected", name, text,
						   (unsigned long long)max);
	return 0;
}

static int add_pattern(struct saw_check_patterns *p, const char *pattern, struct saw_err *err) {
	if (p->n == SAW_CHECK_PATTERNS)
		return saw_err_set(err, SAW_ELIMIT, "%s: more than %d patterns", pattern, SAW_CHECK_PATTERNS);
	p->list[p->n++] = pattern;
	return 0;
}

static int unknown_mode(const char *name, struct saw_err *err) {
	struct saw_buf names = SAW_BUF_INIT(512);
	int rc;

	saw_check_put_mode_names(&names);
	rc = saw_err_set(err, SAW_EFORMAT, "--mode %.64s: one of %s is expected", name, saw_buf_text(&names));
	saw_buf_free(&names);
	return rc;
}

static int parse_option(struct options *o, int letter, const char *arg, struct saw_err *err) {
	uint64_t v;
	int rc;

	if (arg && !*arg && strchr("dHnlix", letter))
		return 0; /* a monitoring system's variable that is not set */
	if (saw_server_option(&o->server, letter, arg))
		return 0;
	switch (letter) {
	case 'd':
		o->check.device = arg;
		return 0;
	case 'H':
		o->address = arg;
		return 0;
	case 'n':
		o->check.tunnel = arg;
		return 0;
	case OPTION_DIRECT:
		o->check.direct = true;
		return 0;
	case OPTION_CONFIG:
		o->config = arg;
		return 0;
	case OPTION_STATE_DIR:
		o->state_dir = arg;
		return 0;
	case 'l':
		o->check.link = arg;
		return 0;
	case 'i':
		return add_pattern(&o->check.include, arg, err);
	case 'x':
		return add_pattern(&o->check.exclude, arg, err);
	case 'm':
		if (!saw_check_mode_named(arg, &o->check.mode))
			return unknown_mode(arg, err);
		return 0;
	case 'w':
		o->warning = arg;
		return 0;
	case 'c':
		o->critical = arg;
		return 0;
	case 'a':
		rc = parse_seconds("max-age", arg, UINT32_MAX, &v, err);
		o->check.max_age_seconds = rc ? -1 : (double)v;
		return rc;
	case 't':
		rc = parse_seconds("timeout", arg, TIMEOUT_MAX, &v, err);
		if (rc == 0 && v == 0)
			return saw_err_set(err, SAW_EFORMAT, "--timeout 0: at least one second is needed");
		o->timeout = rc ? TIMEOUT_DEFAULT : (unsigned)v;
		return rc;
	case 'v':
		o->check.verbose++;
		return 0;
	default:
		return SAW_EFORMAT;
	}
}

static int complete(struct options *o, struct saw_err *err) {
	int rc;

	if (!o->check.device)
		o->check.device = o->address;
	rc = saw_check_complete(&o->check, err);

	/* A link and an audit are of two devices. */
	if (rc == 0 && o->check.direct &&
		(!o->check.device || o->check.mode == SAW_CHECK_LINK || o->check.mode == SAW_CHECK_AUDIT))
		rc = saw_err_set(
			err, SAW_EFORMAT,
			"--direct takes --device, and any mode but link and audit, which are of two devices: those need the "
			"daemon");
	if (rc)
		return rc;
	saw_check_defaults(&o->check);
	if (o->warning)
		rc = saw_check_threshold(&o->check, false, o->warning, err);
	if (rc)
		return saw_err_prefix(err, "--warning");
	if (o->critical)
		rc = saw_check_threshold(&o->check, true, o->critical, err);
	return rc ? saw_err_prefix(err, "--critical") : 0;
}

static void print_help(void) {
	struct saw_buf modes = SAW_BUF_INIT(16384);

	saw_check_put_modes_help(&modes);
	printf("%s%s%s", usage, saw_buf_text(&modes), notes);
	saw_buf_free(&modes);
}

/* word: the last that was read whole. Of letters in one word ("-vz") getopt names the one. */
static int bad_option(int letter, const char *word, struct saw_err *err) {
	const bool has_value = strncmp(word, "--", 2) == 0 && strchr(word, '=');
	const char one[] = {'-', (char)optopt, 0};
	const char *name = !has_value && optopt > 0 && optopt < OPTION_DIRECT ? one : word;
	const char *what = letter == ':'                 ? "needs a value"
					   : has_value && optopt         ? "takes no value"
					   : strncmp(name, "--", 2) == 0 ? "is no option, or short for several"
													 : "is no option";

	return saw_err_set(err, SAW_EFORMAT, "%.64s %s; \"check_sawatch --help\" lists the options", name, what);
}

static int parse(struct options *o, int argc, char **argv, struct saw_err *err) {
	static const struct option longs[] = {
		SAW_SERVER_LONGS,
		{"direct", no_argument, NULL, OPTION_DIRECT},
		{"config", required_argument, NULL, OPTION_CONFIG},
		{"state-dir", required_argument, NULL, OPTION_STATE_DIR},
		{"device", required_argument, NULL, 'd'},
		{"hostname", required_argument, NULL, 'H'},
		{"tunnel", required_argument, NULL, 'n'},
		{"mode", required_argument, NULL, 'm'},
		{"warning", required_argument, NULL, 'w'},
		{"link", required_argument, NULL, 'l'},
		{"include", required_argument, NULL, 'i'},
		{"exclude", required_argument, NULL, 'x'},
		{"critical", required_argument, NULL, 'c'},
		{"max-age", required_argument, NULL, 'a'},
		{"timeout", required_argument, NULL, 't'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int letter, rc = 0;

	opterr = 0; /* what is wrong is said in the plugin's own line */
	while (rc == 0 &&
		   (letter = getopt_long(argc, argv, ":" SAW_SERVER_LETTERS "d:H:n:l:i:x:m:w:c:a:t:vhV", longs, NULL)) != -1) {
		if (letter == 'h' || letter == 'V') {
			if (letter == 'h')
				print_help();
			else
				fputs("check_sawatch " PACKAGE_VERSION "\n", stdout);
			exit(SAW_UNKNOWN); /* so the guidelines: a service that only prints this checks nothing */
		}
		rc = letter == '?' || letter == ':' ? bad_option(letter, argv[optind - 1], err)
											: parse_option(o, letter, optarg, err);
	}
	if (rc == 0 && optind < argc)
		rc = saw_err_set(err, SAW_EFORMAT, "\"%s\" is no option; \"check_sawatch --help\" lists them", argv[optind]);
	return rc ? rc : complete(o, err);
}

/* ---------------------------------------------------------------------------------------------------------------- the answer */

static int ask(struct options *o, const struct saw_api_query *query, Sawatch__V1__Snapshot **out, struct saw_err *err) {
	struct saw_buf path = SAW_BUF_INIT(8192);
	struct saw_fetch_reply reply;
	struct saw_fetch f = {.accept = SAW_API_PROTOBUF, .body_max = SAW_API_ANSWER_MAX, .doing = &doing};
	const int64_t left_ms = o->deadline_ms - saw_steady_ms();
	int rc;

	f.timeout_ms = left_ms > 1 ? (unsigned)left_ms : 1;
	saw_api_put_path(&path, query);
	rc = saw_buf_error(&path);
	if (rc) {
		saw_err_set(err, rc, "the name of the device or tunnel is too long");
		goto out;
	}
	f.path = saw_buf_text(&path);
	rc = saw_server_fetch(&o->server, &f, &reply, err);
	if (rc == SAW_ETIMEOUT)
		saw_err_set(err, rc, "%s: no answer within %u s: the time ran out %s", o->server.asked, o->timeout, doing);
	if (rc)
		goto out;
	rc = saw_api_read(o->server.asked, reply.status, reply.content_type, &reply.body, out, err);
	saw_fetch_reply_free(&reply);
out:
	saw_buf_free(&path);
	return rc;
}

/* The device's tunnels came all at once: the one that is asked for, or the names for a better message. */
static void run_direct(struct options *o, struct saw_output *out) {
	const int64_t left_ms = o->deadline_ms - saw_steady_ms();
	const struct saw_direct d = {.config = o->config,
								 .device = o->check.device,
								 .address = o->address == o->check.device ? NULL : o->address,
								 .state_dir = o->state_dir,
								 .timeout_ms = left_ms > 1 ? (unsigned)left_ms : 1};
	Sawatch__V1__Snapshot *s = NULL, view;
	struct saw_buf told = SAW_BUF_INIT(4096);
	bool found = !o->check.tunnel;
	struct saw_err err;

	doing = "while the device was read";
	if (saw_direct_ask(&d, &s, &told, &err)) {
		fail(out, &err);
		goto out;
	}
	if (s->n_devices) /* which may have been found by its address */
		o->check.device = s->devices[0]->name;
	view = *s;
	for (size_t i = 0; o->check.tunnel && i < s->n_tunnels; i++) {
		if (!s->tunnels[i]->name || strcmp(s->tunnels[i]->name, o->check.tunnel) != 0)
			continue;
		view.tunnels = &s->tunnels[i];
		view.n_tunnels = 1;
		found = true;
		break;
	}
	if (!found || !saw_check_run(&o->check, &view, out))
		saw_check_not_found(&o->check, s, out);
	if (told.len) {
		saw_buf_puts(&out->summary, " (note: ");
		saw_output_put(&out->summary, saw_buf_text(&told));
		saw_buf_putc(&out->summary, ')');
	}
	sawatch__v1__snapshot__free_unpacked(s, NULL);
out:
	saw_buf_free(&told);
}

/* By the device's name; by its address where no device has that name. */
static int ask_by_both(struct options *o, Sawatch__V1__Snapshot **out, struct saw_err *err) {
	const char *name = o->check.device;
	struct saw_api_query query = saw_check_query(&o->check);
	bool known;
	int rc = ask(o, &query, out, err);

	if (rc || !o->address || o->address == name || (*out)->n_devices || (*out)->n_links)
		return rc;
	sawatch__v1__snapshot__free_unpacked(*out, NULL);
	query = (struct saw_api_query){.what = "devices", .device = name}; /* one that has no links has a name, too */
	if ((rc = ask(o, &query, out, err)) != 0)
		return rc;
	known = (*out)->n_devices;
	sawatch__v1__snapshot__free_unpacked(*out, NULL);
	o->check.device = known ? name : o->address;
	query = saw_check_query(&o->check);
	rc = ask(o, &query, out, err);
	if (rc == 0 && (*out)->n_devices + (*out)->n_links == 0)
		o->check.device = name; /* names that come near it are said */
	return rc;
}

static void run(struct options *o, struct saw_output *out) {
	struct saw_api_query query;
	Sawatch__V1__Snapshot *s = NULL, *names = NULL;
	const int64_t began_ms = saw_steady_ms();
	struct saw_err err;

	if (ask_by_both(o, &s, &err)) {
		fail(out, &err);
		return;
	}
	if (!saw_check_run(&o->check, s, out)) {
		query = saw_check_names_query(&o->check, s); /* the names that are make a better message */
		if (ask(o, &query, &names, &err))
			fail(out, &err);
		else
			saw_check_not_found(&o->check, names, out);
	}
	if (o->check.verbose > 2) {
		saw_output_put(&out->details, o->server.asked);
		saw_buf_printf(&out->details, " answered in %lld ms: snapshot %llu, %zu devices, %zu tunnels, %zu links\n",
					   (long long)(saw_steady_ms() - began_ms), (unsigned long long)s->sequence, s->n_devices,
					   s->n_tunnels, s->n_links);
	}
	if (names)
		sawatch__v1__snapshot__free_unpacked(names, NULL);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
}

int main(int argc, char **argv) {
	struct options o = {.check = {.max_age_seconds = -1}, .timeout = TIMEOUT_DEFAULT};
	struct saw_buf text = SAW_BUF_INIT(1U << 20);
	struct saw_output out;
	struct saw_err err;
	int rc = parse(&o, argc, argv, &err);

	saw_output_init(&out, saw_check_service(o.check.mode));
	if (rc) {
		fail(&out, &err);
	} else {
		saw_server_environment(&o.server);
		o.deadline_ms = saw_steady_ms() + (int64_t)o.timeout * 1000 - spare_ms(&o);
		arm(&o);
		(o.check.direct ? run_direct : run)(&o, &out);
	}
	saw_output_print(&out, o.check.verbose > 0, &text);
	fwrite(saw_buf_text(&text), 1, text.len, stdout);
	rc = fflush(stdout) ? SAW_UNKNOWN : (int)out.status;
	saw_buf_free(&text);
	saw_output_free(&out);
	return rc;
}
