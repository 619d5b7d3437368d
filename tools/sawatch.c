/* sawatch: the command line tool. Finds the subcommand and hands over. */
#include "config.h"

#include "core/err.h"
#include "io/sandbox.h"
#include "tools/tool.h"

#include <stdio.h>
#include <string.h>

static const struct subcommand {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{"audit", "compare the running configurations of the two ends of a tunnel", saw_tool_audit},
	{"doctor", "what the configuration will cost each device per day", saw_tool_doctor},
	{"explain", "one tunnel: what is wrong, both its ends, what to look at", saw_tool_explain},
	{"history", "what was kept of all tunnels: list, verify, export, import, forget", saw_tool_history},
	{"links", "pairs of tunnel ends: loss each way, differences", saw_tool_links},
	{"mib", "print SAWATCH-MIB", saw_tool_mib},
	{"mtu", "how large a packet may be inside a tunnel", saw_tool_mtu},
	{"parse", "turn the saved output of show commands into a sample", saw_tool_parse},
	{"poll", "poll a configured device once", saw_tool_poll},
	{"report", "which lines are too small: load, growth, when they are full", saw_tool_report},
	{"snapshot", "what the daemon would say of one device, without it", saw_tool_snapshot},
	{"trust", "show the host key of a device and make it known", saw_tool_trust},
	{"tunnels", "list the daemon's tunnels, what is wrong first", saw_tool_tunnels},
	{"walk", "show a table of a device as its agent gives it", saw_tool_walk},
	{NULL, NULL, NULL},
};

static void print_help(FILE *out) {
	fputs("usage: sawatch COMMAND [OPTION]...\n\n"
		  "Watches IPsec VTI tunnels between Cisco ASA firewalls and IOS-XE routers.\n\nCommands:\n",
		  out);
	for (const struct subcommand *s = subcommands; s->name; s++)
		fprintf(out, "  %-10s %s\n", s->name, s->summary);
	fputs("\n\"sawatch COMMAND --help\" says more of one; \"sawatch --version\" prints the version.\n", out);
}

/* getopt() names the program by its first argument. */
static int run(const struct subcommand *s, int argc, char **argv) {
	char name[32];
	int rc;

	snprintf(name, sizeof name, "sawatch %s", s->name);
	argv[0] = name;
	rc = s->run(argc, argv);
	if (rc == SAW_EXIT_USAGE)
		fprintf(stderr, "\"%s --help\" says more\n", name);
	return rc;
}

int main(int argc, char **argv) {
	int rc = saw_sandbox_keep_secrets(); /* passwords to poll with, keys in configurations that are audited */

	if (rc)
		fprintf(stderr, "sawatch: core dumps cannot be turned off: %s\n", saw_strerror(rc));
	if (argc < 2) {
		print_help(stderr);
		return SAW_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return SAW_EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts(PACKAGE_NAME " " PACKAGE_VERSION);
		return SAW_EXIT_OK;
	}
	for (const struct subcommand *s = subcommands; s->name; s++)
		if (strcmp(argv[1], s->name) == 0)
			return run(s, argc - 1, argv + 1);
	fprintf(stderr, "sawatch: there is no command \"%s\"; \"sawatch --help\" lists them\n", argv[1]);
	return SAW_EXIT_USAGE;
}
