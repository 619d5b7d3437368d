/*
 * usage: cli_parse PLATFORM "COMMAND" FILE SECONDS
 *
 * How fast the parser alone is: FILE, held in memory, over and over for so long of processor time, in pieces as they come from a pipe; the records go nowhere.
 * Prints one line: MB/s, bytes, records of one pass, unparsed lines of one pass, peak memory without the text in KB.
 */
#include "collectors/cli/cli.h"
#include "proto/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PIECE ((size_t)64 << 10)

struct count {
	uint64_t records, unparsed;
};

static int on_record(void *ctx, const ProtobufCMessage *record) {
	(void)record;
	((struct count *)ctx)->records++;
	return 0;
}

static int on_unparsed(void *ctx, uint32_t line, struct saw_str text) {
	(void)line;
	(void)text;
	((struct count *)ctx)->unparsed++;
	return 0;
}

/* Of this program's one thread, so that what else runs on the machine changes little. */
static double cpu_seconds(void) {
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *read_file(const char *path, size_t *n) {
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size;

	if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0 &&
		(text = malloc((size_t)size)) != NULL)
		*n = fread(text, 1, (size_t)size, f);
	if (f)
		fclose(f);
	return text;
}

static long peak_kilobytes(void) {
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

int main(int argc, char **argv) {
	const struct saw_cli_command *command;
	const struct saw_cli_result *results;
	struct saw_cli_parser *parser = saw_cli_parser_create();
	struct count count;
	struct saw_sink sink = {.ctx = &count, .record = on_record, .unparsed = on_unparsed};
	double begin, seconds;
	size_t n = 0, answers;
	uint64_t passes = 0;
	char *text;
	int platform;

	if (argc != 5 || !parser || !saw_enum_value(&sawatch__v1__platform__descriptor, argv[1], &platform) ||
		!(command = saw_cli_command_find((Sawatch__V1__Platform)platform, saw_str_of(argv[2]))) ||
		!(text = read_file(argv[3], &n))) {
		fputs("usage: cli_parse PLATFORM \"COMMAND\" FILE SECONDS\n", stderr);
		return 2;
	}
	begin = cpu_seconds();
	do {
		count = (struct count){0};
		saw_cli_parser_begin(parser, (Sawatch__V1__Platform)platform, command, &sink);
		for (size_t at = 0; at < n; at += PIECE)
			saw_cli_parser_feed(parser, text + at, n - at < PIECE ? n - at : PIECE);
		saw_cli_parser_end(parser, &results, &answers);
		passes++;
		seconds = cpu_seconds() - begin;
	} while (seconds < atof(argv[4]));
	printf("%.0f %zu %" PRIu64 " %" PRIu64 " %ld\n", (double)n * (double)passes / seconds / 1e6, n, count.records,
		   count.unparsed, peak_kilobytes() - (long)(n / 1024));
	saw_cli_parser_destroy(parser);
	free(text);
	return 0;
}
