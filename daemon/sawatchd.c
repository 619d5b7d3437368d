/* sawatchd: reads the command line, then is the supervisor or one of its children. */
#include "config.h"

#include "daemon/child.h"
#include "daemon/collector.h"
#include "daemon/hub.h"
#include "daemon/part.h"
#include "daemon/porter.h"
#include "daemon/supervisor.h"
#include "io/log.h"
#include "io/sandbox.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_USAGE 2

struct options {
	const char *config, *ready_file, *user;
	const char *child; /* the role; given by the supervisor only */
	enum saw_log_level level;
	bool check, no_sandbox, no_state;
};

static void print_help(FILE *out) {
	fputs("usage: sawatchd [OPTION]... [FILE]\n\n"
		  "Polls the tunnels of the configured devices and shows them over HTTP. Stays in the foreground and logs to\n"
		  "standard error. SIGHUP reads the configuration again (one with an error is not taken), SIGTERM ends it.\n\n"
		  "  -c, --config FILE        the configuration, also without the option (default: " SAW_CONFIG_FILE ")\n"
		  "      --check-config       say whether the configuration and its secrets can be read, and end: 0 yes, 1 no\n"
		  "      --config-reference   print every key that a configuration may have, with what it means, and end\n"
		  "      --ready-file FILE    write the URL to this file once it can be asked; removed at the end\n"
		  "      --log-level LEVEL    error, warning, info (default) or debug\n"
		  "      --user NAME          started as root: the hub and the collectors run as this user; the process that "
		  "was\n"
		  "                           started, which reads the secrets and opens the sockets, stays who it is\n"
		  "      --no-state           keep totals in memory only, whatever state_dir says\n"
		  "      --no-sandbox         do not restrict the system calls of the hub and the collectors (for debuggers)\n"
		  "  -h, --help\n"
		  "  -V, --version\n",
		  out);
}

static int print_reference(void) {
	struct saw_buf text = SAW_BUF_INIT((size_t)1 << 20);

	saw_config_reference(&text);
	fputs(saw_buf_text(&text), stdout);
	saw_buf_free(&text);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Returns -1, or the exit status where there is nothing more to do. */
static int parse_options(int argc, char **argv, struct options *o) {
	enum { CHECK = 256, REFERENCE, READY, LEVEL, USER, NO_STATE, NO_SANDBOX, CHILD };
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, CHECK},
		{"config-reference", no_argument, NULL, REFERENCE},
		{"ready-file", required_argument, NULL, READY},
		{"log-level", required_argument, NULL, LEVEL},
		{"user", required_argument, NULL, USER},
		{"no-state", no_argument, NULL, NO_STATE},
		{"no-sandbox", no_argument, NULL, NO_SANDBOX},
		{"child", required_argument, NULL, CHILD},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*o = (struct options){.config = SAW_CONFIG_FILE, .level = SAW_LOG_INFO};
	while ((c = getopt_long(argc, argv, "c:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case CHECK:
			o->check = true;
			break;
		case REFERENCE:
			return print_reference();
		case READY:
			o->ready_file = optarg;
			break;
		case LEVEL:
			if (saw_log_level_parse(optarg, &o->level) < 0) {
				fprintf(stderr, "sawatchd: --log-level \"%s\": not one of error, warning, info, debug\n", optarg);
				return EXIT_USAGE;
			}
			break;
		case USER:
			o->user = optarg;
			break;
		case NO_STATE:
			o->no_state = true;
			break;
		case NO_SANDBOX:
			o->no_sandbox = true;
			break;
		case CHILD:
			o->child = optarg;
			break;
		case 'h':
			print_help(stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("sawatchd " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs("\"sawatchd --help\" lists the options\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		o->config = argv[optind++];
	if (optind < argc) {
		fprintf(stderr, "sawatchd: \"%s\" is one too many; \"sawatchd --help\" lists the options\n", argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

static int run_child(const struct options *o) {
	const struct saw_part *part = saw_part_find(o->child);
	int rc = saw_sandbox_follow_parent();

	saw_log_open(o->level, o->child);
	/* A terminal's interrupt goes to the whole group; a child ends when its channel does. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error like a full disk, and handled as one */
	if (rc == 0)
		rc = saw_sandbox_keep_secrets();
	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "cannot protect this process: %s", saw_strerror(rc));
		return 1;
	}
	if (strcmp(o->child, "hub") == 0)
		return saw_hub_run(SAW_CHILD_FD, !o->no_sandbox);
	if (part)
		return saw_part_run(part, SAW_CHILD_FD, !o->no_sandbox);
	return saw_collector_run(SAW_CHILD_FD, !o->no_sandbox);
}

static int find_user(const char *name, struct saw_child_options *out) {
	const struct passwd *p = getpwnam(name);

	if (!p) {
		fprintf(stderr, "sawatchd: --user \"%s\": there is no such user\n", name);
		return EXIT_USAGE;
	}
	out->drop = true;
	out->uid = p->pw_uid;
	out->gid = p->pw_gid;
	return 0;
}

/* Each poll under way and each HTTP client has a descriptor; children inherit this. */
static void raise_descriptors(void) {
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static void print_weak(void *ctx, const struct saw_config_device *d, const char *sentence) {
	fprintf(stderr, "%s:%d: warning: device %s: %s\n", (const char *)ctx, d->line, d->name, sentence);
}

static void print_open(void *ctx, const char *sentence) {
	fprintf(stderr, "%s: warning: %s\n", (const char *)ctx, sentence);
}

static int check_config(const struct options *o) {
	struct saw_setup *setup;
	struct saw_err err = {0};
	size_t tunnels = 0;

	if (saw_setup_load(o->config, &setup, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (saw_porter_check(setup->config, print_open, (void *)(uintptr_t)o->config, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		saw_setup_destroy(setup);
		return 1;
	}
	for (size_t i = 0; i < setup->config->n_devices; i++)
		tunnels += setup->config->devices[i].n_tunnels;
	saw_setup_weak(setup->config, print_weak, (void *)(uintptr_t)o->config);
	printf("%s: %zu devices, %zu expected tunnels\n", o->config, setup->config->n_devices, tunnels);
	saw_setup_destroy(setup);
	return 0;
}

int main(int argc, char **argv) {
	struct saw_supervisor_options s = {0};
	struct saw_setup *setup;
	struct saw_err err = {0};
	struct options o;
	int rc = parse_options(argc, argv, &o);

	if (rc >= 0)
		return rc;
	if (o.child)
		return run_child(&o);
	rc = saw_sandbox_keep_secrets();
	if (rc < 0) {
		fprintf(stderr, "sawatchd: cannot protect the memory that holds secrets: %s\n", saw_strerror(rc));
		return 1;
	}
	if (o.check)
		return check_config(&o);
	if (o.user && (rc = find_user(o.user, &s.child)) != 0)
		return rc;
	saw_log_open(o.level, "supervisor");
	if (geteuid() == 0 && !o.user)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "running as root: --user NAME gives the hub and the collectors less");
	if (o.no_sandbox)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "--no-sandbox: processes that read foreign bytes are not restricted");
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	/* A resolver that hangs occupies a thread: have enough for the other names. */
	setenv("UV_THREADPOOL_SIZE", "16", 0);
	if (saw_setup_load(o.config, &setup, &err) < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%s", err.text);
		return 1;
	}
	s.config_path = o.config;
	s.ready_file = o.ready_file;
	s.no_state = o.no_state;
	s.child.log_level = saw_log_level_name(o.level);
	s.child.sandbox = !o.no_sandbox;
	return saw_supervisor_run(&s, setup);
}
