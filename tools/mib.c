/* sawatch mib: SAWATCH-MIB, below the root that the configuration has. */
#include "exporters/agentx/mib.h"
#include "exporters/agentx/print.h"
#include "tools/tool.h"

#include <getopt.h>
#include <stdio.h>

#define MIB_MAX (1U << 20)

static void print_help(FILE *out) {
	fputs(
		"usage: sawatch mib [--root OID]\n\n"
		"Prints SAWATCH-MIB, for the programs that read what sawatchd serves by AgentX and sends as notifications.\n\n"
		"  -r, --root OID   as `snmp_root` in the configuration of sawatchd (default:\n"
		"                   " SAW_MIB_ROOT ", in Net-SNMP's branch for experiments)\n"
		"  -h, --help       this text\n\n"
		"Exit status: 0 done, 2 wrong usage, 3 it could not be written.\n\n"
		"Example:\n"
		"  sawatch mib > ~/.snmp/mibs/SAWATCH-MIB.txt\n",
		out);
}

int saw_tool_mib(int argc, char **argv) {
	static const struct option options[] = {
		{"root", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct saw_buf text = SAW_BUF_INIT(MIB_MAX);
	const char *root = SAW_MIB_ROOT;
	uint32_t arcs[SAW_MIB_ROOT_MAX];
	size_t n;
	int c, status = SAW_EXIT_OK;

	while ((c = getopt_long(argc, argv, "r:h", options, NULL)) != -1) {
		if (c == 'r') {
			root = optarg;
		} else if (c == 'h') {
			print_help(stdout);
			return SAW_EXIT_OK;
		} else {
			return SAW_EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "sawatch mib: unexpected argument \"%s\"\n", argv[optind]);
		return SAW_EXIT_USAGE;
	}
	n = saw_mib_parse_root(root, arcs);
	if (!n) {
		fprintf(stderr, "sawatch mib: --root %s: expected numbers below 1.3.6.1.4.1, such as 1.3.6.1.4.1.64512.7\n",
				root);
		return SAW_EXIT_USAGE;
	}
	saw_mib_print(arcs, n, &text);
	if (saw_buf_error(&text) || fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) != 0) {
		perror("sawatch mib");
		status = SAW_EXIT_FAILED;
	}
	saw_buf_free(&text);
	return status;
}
