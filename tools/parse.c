/* sawatch parse: saved output of show commands -> one sample. */
#include "collectors/cli/cli.h"
#include "io/clock.h"
#include "proto/json.h"
#include "tools/print.h"
#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SAMPLE_MAX ((size_t)256 << 20)

struct options {
	Sawatch__V1__Platform platform;
	bool has_platform;
	const char *command;
	const char *format;
	const char *path;
};

static void print_commands(FILE *out, Sawatch__V1__Platform platform) {
	for (const struct saw_cli_command *c = NULL; (c = saw_cli_command_next(platform, c)) != NULL;)
		fprintf(out, "  %s\n", saw_cli_command_name(c));
}

static void print_help(FILE *out) {
	fputs(
		"usage: sawatch parse --platform PLATFORM [OPTION]... FILE\n\n"
		"Reads the saved output of show commands, a session or a whole \"show tech-support\" of any size among it, and "
		"prints\n"
		"what it says as one sample. FILE \"-\" is standard input.\n\n"
		"  -p, --platform PLATFORM  asa, iosxe or ios: what printed the text\n"
		"  -c, --command \"COMMAND\"  the command whose answer FILE is; without it the text may hold any number of\n"
		"                           answers, told by the echoed commands or by their shape\n"
		"  -f, --format FORMAT      " SAW_PRINT_FORMATS " (default: json)\n"
		"  -h, --help               this text\n\n"
		"Lines that are not understood are listed in \"unparsed\". Exit status: 0 done, 2 wrong usage, 3 FILE cannot "
		"be\n"
		"read or no known command is in it.\n\n"
		"Commands understood, of an ASA:\n",
		out);
	print_commands(out, SAWATCH__V1__PLATFORM__PLATFORM_ASA);
	fputs("\nof IOS-XE, and most of them of IOS:\n", out);
	print_commands(out, SAWATCH__V1__PLATFORM__PLATFORM_IOSXE);
	fputs("\nExamples:\n"
		  "  sawatch parse --platform asa --command \"show crypto ipsec sa detail\" saved.txt\n"
		  "  ssh ASR-WAN01 show crypto ikev2 sa detail | sawatch parse -p iosxe -f table -\n",
		  out);
}

static bool take_options(int argc, char **argv, struct options *o, int *status) {
	static const struct option longs[] = {
		{"platform", required_argument, NULL, 'p'},
		{"command", required_argument, NULL, 'c'},
		{"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c, value;

	*status = SAW_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "p:c:f:h", longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			if (!saw_enum_value(&sawatch__v1__platform__descriptor, optarg, &value)) {
				fprintf(stderr, "sawatch parse: there is no platform \"%s\"; use asa, iosxe or ios\n", optarg);
				return false;
			}
			o->platform = (Sawatch__V1__Platform)value;
			o->has_platform = true;
			break;
		case 'c':
			o->command = optarg;
			break;
		case 'f':
			if (!saw_print_format_known(optarg)) {
				fprintf(stderr, "sawatch parse: there is no format \"%s\"; use " SAW_PRINT_FORMATS "\n", optarg);
				return false;
			}
			o->format = optarg;
			break;
		case 'h':
			print_help(stdout);
			*status = SAW_EXIT_OK;
			return false;
		default:
			return false;
		}
	}
	if (!o->has_platform)
		fputs("sawatch parse: --platform is missing: asa, iosxe or ios\n", stderr);
	else if (optind + 1 != argc)
		fprintf(stderr, "sawatch parse: %s; \"-\" is standard input\n",
				optind == argc ? "a FILE is missing" : "one FILE at a time");
	else
		o->path = argv[optind];
	return o->path != NULL;
}

/* Feeds the whole file. 0 or -errno of reading; what the parser thinks of it comes with the sample. */
static int feed(struct saw_cli_parser *parser, FILE *in) {
	static char bytes[64 << 10];
	size_t n;

	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		if (saw_cli_parser_feed(parser, bytes, n) != 0)
			break;
	return ferror(in) ? -errno : 0;
}

/* When the text was saved; now, where that cannot be told (a pipe). */
static int64_t written_at_ms(FILE *in) {
	struct stat st;

	if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode))
		return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	return saw_wall_ms();
}

static int parse(const struct options *o, const struct saw_cli_command *command, const char *name, FILE *in) {
	struct saw_sample_builder *builder = saw_sample_builder_create(SAMPLE_MAX);
	struct saw_cli_parser *parser = saw_cli_parser_create();
	const struct saw_cli_result *results;
	struct saw_err err = {0};
	int status = SAW_EXIT_FAILED, rc;
	const uint8_t *data;
	struct saw_sink sink;
	size_t n, len;

	if (!builder || !parser) {
		fputs("sawatch parse: no memory\n", stderr);
		goto out;
	}
	saw_sample_begin(builder, NULL, o->platform, SAWATCH__V1__SOURCE__SOURCE_FILE);
	sink = saw_sample_sink(builder);
	saw_cli_parser_begin(parser, o->platform, command, &sink);
	rc = feed(parser, in);
	if (rc != 0) {
		fprintf(stderr, "sawatch parse: %s: %s\n", o->path, saw_strerror(rc));
		goto out;
	}
	rc = saw_cli_parser_end(parser, &results, &n);
	if (rc != 0 && rc != SAW_ELIMIT) {
		fprintf(stderr, "sawatch parse: %s: %s\n", o->path, saw_strerror(rc));
		goto out;
	}
	if (!n) {
		fprintf(stderr,
				"sawatch parse: %s: no known command was recognised in the text. Say which command printed it, with "
				"--command:\n",
				o->path);
		print_commands(stderr, o->platform);
		goto out;
	}
	for (size_t i = 0; i < n; i++)
		saw_cli_report(builder, &results[i], name);
	if (saw_cli_parser_skipped(parser))
		fprintf(stderr, "sawatch parse: %s: passed over the answers of %" PRIu64 " other commands\n", o->path,
				saw_cli_parser_skipped(parser));
	rc = saw_sample_finish(builder, written_at_ms(in), 0, 0, &data, &len);
	if (rc != 0)
		fprintf(stderr, "sawatch parse: %s: the sample is cut: %s\n", o->path, saw_strerror(rc));
	if (saw_print_sample(stdout, data, len, o->format, &err) != 0)
		fprintf(stderr, "sawatch parse: %s\n", err.text);
	else if (rc == 0)
		status = SAW_EXIT_OK;
out:
	saw_cli_parser_destroy(parser);
	saw_sample_builder_destroy(builder);
	return status;
}

int saw_tool_parse(int argc, char **argv) {
	struct options o = {.format = "json"};
	const struct saw_cli_command *command = NULL;
	struct saw_buf name = SAW_BUF_INIT(4096);
	int status = SAW_EXIT_FAILED;
	FILE *in = NULL;

	if (!take_options(argc, argv, &o, &status))
		return status;
	status = SAW_EXIT_USAGE;
	if (o.command) {
		command = saw_cli_command_spell(o.platform, saw_str_of(o.command), &name);
		if (!command) {
			fprintf(stderr,
					"sawatch parse: \"%s\" is not a command that is understood. There are (with arguments that "
					"leave their form as it is):\n",
					o.command);
			print_commands(stderr, o.platform);
			goto out;
		}
	}
	in = strcmp(o.path, "-") == 0 ? stdin : fopen(o.path, "rb");
	status = SAW_EXIT_FAILED;
	if (!in)
		fprintf(stderr, "sawatch parse: %s: %s\n", o.path, strerror(errno));
	else
		status = parse(&o, command, command ? saw_buf_text(&name) : NULL, in);
	if (in && in != stdin)
		fclose(in);
out:
	saw_buf_free(&name);
	return status;
}
