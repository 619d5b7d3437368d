/* sawatch audit: two running configurations -> what is wrong with the tunnel between them. */
#include "config.h"

#include "collectors/cli/running_config.h"
#include "config/value.h"
#include "model/audit.h"
#include "proto/api.h"
#include "tools/audit_print.h"
#include "tools/login.h"
#include "tools/server.h"
#include "tools/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

struct options {
	struct saw_audit_options audit;
	saw_audit_print *print;
	enum saw_audit_severity fail_on;
	const char *config;
	struct saw_server server;
	bool ask_load;        /* of the daemon */
	const char *files[2]; /* or the names of devices */
};

static void print_help(FILE *out) {
	fputs("usage: sawatch audit [OPTION]... FILE|DEVICE FILE|DEVICE\n\n"
		  "Compares the running configurations of the two ends of a tunnel (ASA or IOS-XE, in any\n"
		  "order) and says what is wrong, where, why, and what mends it. FILE is the saved output of\n"
		  "\"show running-config\" (an ASA shows its keys with \"more system:running-config\"); one of\n"
		  "them may be \"-\", standard input. DEVICE is the name of a device that the configuration reads by\n"
		  "SSH: it is asked now. Keys are compared, never kept and never shown.\n\n"
		  "  -c, --config FILE      the configuration with the devices (default: " SAW_CONFIG_FILE ")\n"
		  "  -p, --profile PROFILE  nge (default): Cisco's next-generation encryption, groups 19 to 21\n"
		  "                         cnsa: RFC 9206, group 20 and AES-256-GCM\n"
		  "  -l, --load RATE        through the tunnel, as 400Mbit: how long volume lifetimes last; \"daemon\":\n"
		  "                         the highest that sawatchd sees now on the tunnels of these devices\n"
		  "  -f, --format FORMAT    table (default), json or sarif\n"
		  "      --fail-on SEVERITY fail (default), warn or info: what makes the exit status 1\n"
		  "      --rules            lists the rules\n"
		  "  -h, --help             this text\n" SAW_SERVER_HELP "\n"
		  "Exit status: 0 nothing of that severity was found, 1 something was, 2 wrong usage, 3 a FILE\n"
		  "or DEVICE cannot be read.\n\n"
		  "Examples:\n"
		  "  sawatch audit asa.txt asr.txt\n"
		  "  sawatch audit --config sawatch.yml ASA-XFW01 ASR-WAN01\n"
		  "  sawatch audit --profile cnsa --load 400Mbit --format sarif asa.txt asr.txt >audit.sarif\n",
		  out);
}

static int refuse(const char *option, const char *value, const char *expected) {
	fprintf(stderr, "sawatch audit: --%s %s: expected %s\n", option, value, expected);
	return -1;
}

static int take_profile(struct options *o, const char *value) {
	o->audit.profile = strcmp(value, "cnsa") == 0 ? SAW_AUDIT_CNSA : SAW_AUDIT_NGE;
	return o->audit.profile == SAW_AUDIT_CNSA || strcmp(value, "nge") == 0 ? 0
																		   : refuse("profile", value, "nge or cnsa");
}

static int take_load(struct options *o, const char *value) {
	const char *expected;
	uint64_t bytes;

	o->ask_load = strcmp(value, "daemon") == 0;
	if (o->ask_load)
		return 0;
	if (saw_value_bitrate(saw_str_of(value), &bytes, &expected) != 0)
		return refuse("load", value, expected);
	o->audit.load_bits_per_second = bytes * 8;
	return 0;
}

static int take_severity(struct options *o, const char *value) {
	for (enum saw_audit_severity s = SAW_AUDIT_INFO; s <= SAW_AUDIT_FAIL; s++)
		if (strcmp(value, saw_audit_severity_name(s)) == 0) {
			o->fail_on = s;
			return 0;
		}
	return refuse("fail-on", value, "fail, warn or info");
}

/* -1: go on; else the exit status. */
static int take_options(int argc, char **argv, struct options *o) {
	enum { FAIL_ON = 256, RULES };
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"profile", required_argument, NULL, 'p'},
		{"load", required_argument, NULL, 'l'},
		SAW_SERVER_LONGS,
		{"format", required_argument, NULL, 'f'},
		{"fail-on", required_argument, NULL, FAIL_ON},
		{"rules", no_argument, NULL, RULES},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int letter, rc = 0;

	while (rc == 0 && (letter = getopt_long(argc, argv, SAW_SERVER_LETTERS "c:p:l:f:h", longs, NULL)) != -1) {
		if (saw_server_option(&o->server, letter, optarg))
			continue;
		switch (letter) {
		case 'c':
			o->config = optarg;
			break;
		case 'p':
			rc = take_profile(o, optarg);
			break;
		case 'l':
			rc = take_load(o, optarg);
			break;
		case 'f':
			o->print = saw_audit_printer(optarg);
			rc = o->print ? 0 : refuse("format", optarg, "table, json or sarif");
			break;
		case FAIL_ON:
			rc = take_severity(o, optarg);
			break;
		case RULES:
			saw_audit_print_rules(stdout);
			return SAW_EXIT_OK;
		case 'h':
			print_help(stdout);
			return SAW_EXIT_OK;
		default:
			rc = -1;
		}
	}
	if (rc == 0 && argc - optind != 2) {
		fprintf(stderr, "sawatch audit: two FILEs or DEVICEs are needed, one for each end\n");
		rc = -1;
	} else if (rc == 0 && strcmp(argv[optind], "-") == 0 && strcmp(argv[optind + 1], "-") == 0) {
		fprintf(stderr, "sawatch audit: only one FILE can be standard input\n");
		rc = -1;
	}
	if (rc) {
		return SAW_EXIT_USAGE;
	}
	o->files[0] = argv[optind];
	o->files[1] = argv[optind + 1];
	return -1;
}

/* ------------------------------------------------------------------------------------------------------ a saved file */

/* Read without stdio, whose buffers would keep the keys. */
static int feed(struct saw_rc_reader *r, int fd) {
	static char bytes[16 << 10];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			saw_rc_reader_feed(r, bytes, (size_t)n);
	explicit_bzero(bytes, sizeof bytes);
	return n < 0 ? -errno : 0;
}

static int read_file(const char *path, struct saw_rc_reader *r, struct saw_err *err) {
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : feed(r, fd);

	if (fd > STDIN_FILENO)
		close(fd);
	return rc ? saw_err_set(err, rc, "%s", saw_strerror(rc)) : 0;
}

/* ---------------------------------------------------------------------------------------------------------- a device */

struct answer {
	struct saw_rc_reader *reader;
	int rc;
	struct saw_err *err;
};

static void take_answer(void *ctx, const char *bytes, size_t n) {
	struct answer *a = ctx;

	saw_rc_reader_feed(a->reader, bytes, n);
}

/* The sample says how it went; the answer itself is not in it. */
static void take_sample(void *ctx, const uint8_t *packed, size_t len) {
	struct answer *a = ctx;
	Sawatch__V1__DeviceSample *s = sawatch__v1__device_sample__unpack(NULL, len, packed);
	const Sawatch__V1__TableStatus *t = s && s->n_tables ? s->tables[0] : NULL;

	if (!s)
		a->rc = saw_err_set(a->err, -ENOMEM, "no memory");
	else if (s->has_error_class)
		a->rc = saw_err_set(a->err, SAW_EUNREACHABLE, "%s", s->error ? s->error : "it cannot be read");
	else if (!t || t->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE)
		a->rc = saw_err_set(a->err, SAW_ETRUNCATED, "%s", t && t->error ? t->error : "it did not answer");
	sawatch__v1__device_sample__free_unpacked(s, NULL);
}

static int read_device(const char *config, const char *name, struct saw_rc_reader *r, struct saw_err *err) {
	struct answer a = {.reader = r, .err = err};
	const struct saw_login_hooks hooks = {
		.ctx = &a, .sample = take_sample, .asked = "show running-config", .answer = take_answer};
	const struct saw_config_device *d;
	struct saw_config *c = NULL;
	int rc = saw_config_load(config, &c, err);

	if (rc)
		return saw_err_prefix(err, "no such file, and no device of a configuration");
	d = saw_config_find(c, name);
	if (!d)
		rc = saw_err_set(err, SAW_EUNKNOWN, "no such file, and %s has no such device", config);
	else if (!d->ssh)
		rc = saw_err_set(err, SAW_ECONFIG, "%s does not read it by SSH", config);
	else
		rc = saw_login_run(c, d, &hooks, err);
	saw_config_destroy(c);
	return rc ? rc : a.rc;
}

/* What is there as a file is a file. */
static int read_side(const struct options *o, const char *name, struct saw_rc_reader *r,
					 const struct saw_running_config **out) {
	bool file = strcmp(name, "-") == 0 || strchr(name, '/') || access(name, F_OK) == 0;
	struct saw_err err = {0};
	int rc = file ? read_file(name, r, &err) : read_device(o->config, name, r, &err);

	if (rc == 0)
		rc = saw_rc_reader_end(r, out, &err);
	if (rc)
		fprintf(stderr, "sawatch audit: %s: %s\n", name, err.text);
	return rc;
}

/* ----------------------------------------------------------------------------------------------------- the load */

static bool is_of(const Sawatch__V1__TunnelEnd *t, const struct saw_audit_side sides[2]) {
	for (int i = 0; i < 2 && t->device; i++) {
		const char *hostname = sides[i].config->hostname;

		if (strcasecmp(t->device, sides[i].file) == 0 || (hostname && strcasecmp(t->device, hostname) == 0))
			return true;
	}
	return false;
}

/* Bytes a second, the larger direction; 0 where it is not known. */
static double rate_of(const Sawatch__V1__TunnelEnd *t) {
	double most = 0;

	for (size_t i = 0; i < t->n_totals; i++) {
		const Sawatch__V1__Total *total = t->totals[i];
		bool bytes = total->name && (strcmp(total->name, "in_bytes") == 0 || strcmp(total->name, "out_bytes") == 0);

		if (bytes && total->has_per_second && !total->stale && total->per_second > most)
			most = total->per_second;
	}
	return most;
}

static int ask_load(struct options *o, const struct saw_audit_side sides[2], struct saw_err *err) {
	Sawatch__V1__Snapshot *s = NULL;
	double most = 0;
	int rc = saw_server_ask(&o->server, "snapshot", NULL, NULL, &s, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < s->n_tunnels; i++)
		if (is_of(s->tunnels[i], sides) && rate_of(s->tunnels[i]) > most)
			most = rate_of(s->tunnels[i]);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
	o->audit.load_bits_per_second = (uint64_t)(most * 8);
	return 0;
}

/* ------------------------------------------------------------------------------------------------------------ the audit */

/* What could make the audit say less than there is. */
static void warn(const struct saw_audit_side *s) {
	for (const struct saw_rc_problem *p = s->config->problems; p; p = p->next)
		fprintf(stderr, "%s:%u: \"%s\" is not as expected; the audit goes on without this line\n", s->file, p->line,
				p->what);
	if (!s->config->complete)
		fprintf(stderr, "%s: has no end line: if it was cut, or is a part, something may be missing\n", s->file);
}

static int audit(struct options *o, struct saw_rc_reader *readers[2]) {
	struct saw_audit_side sides[2];
	struct saw_err err = {0};
	struct saw_audit *a;
	int status = SAW_EXIT_OK;

	for (int i = 0; i < 2; i++) {
		sides[i].file = o->files[i];
		if (read_side(o, o->files[i], readers[i], &sides[i].config) != 0)
			return SAW_EXIT_FAILED;
		warn(&sides[i]);
	}
	if (o->ask_load && ask_load(o, sides, &err) != 0) {
		fprintf(stderr, "sawatch audit: the load: %s\n", err.text);
		return SAW_EXIT_FAILED;
	}
	if (o->ask_load && !o->audit.load_bits_per_second)
		fprintf(stderr,
				"sawatch audit: %s sees no traffic on tunnels of these devices: volume lifetimes are not judged\n",
				o->server.asked);
	a = saw_audit_run(sides, &o->audit);
	if (!a) {
		fputs("sawatch audit: no memory\n", stderr);
		return SAW_EXIT_FAILED;
	}
	if (saw_audit_count(a) && saw_audit_at(a, 0)->rule->severity >= o->fail_on) /* the worst comes first */
		status = SAW_EXIT_FOUND;
	if (o->print(stdout, a, sides, &o->audit) != 0) {
		fputs("sawatch audit: the output cannot be written\n", stderr);
		status = SAW_EXIT_FAILED;
	}
	saw_audit_destroy(a);
	return status;
}

int saw_tool_audit(int argc, char **argv) {
	struct options o = {.audit = {.profile = SAW_AUDIT_NGE},
						.config = SAW_CONFIG_FILE,

						.print = saw_audit_printer("table"),
						.fail_on = SAW_AUDIT_FAIL};
	struct saw_rc_reader *readers[2] = {NULL, NULL};
	uint8_t key[SAW_SIPHASH_KEY];
	int status = take_options(argc, argv, &o);

	if (status >= 0)
		return status;
	status = SAW_EXIT_FAILED;
	if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
		fprintf(stderr, "sawatch audit: no random numbers: %s\n", strerror(errno));
	else if (!(readers[0] = saw_rc_reader_create(key)) || !(readers[1] = saw_rc_reader_create(key)))
		fputs("sawatch audit: no memory\n", stderr);
	else
		status = audit(&o, readers);
	explicit_bzero(key, sizeof key);
	saw_rc_reader_destroy(readers[0]);
	saw_rc_reader_destroy(readers[1]);
	return status;
}
