/*
 * Any bytes as the text of a device: to the parser of every command, and to the one that tells the commands from the text. Fed in pieces the
 * sample must be the same as in one.
 *
 * Each parser is a part, which tests/fuzz/search fuzzes by itself: FUZZ_PART="asa show crypto ipsec sa"; a "-" as the command is the text that
 * tells. FUZZ_PARTS=1 lists them and ends. Without either every part reads the input.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/cli/cli.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>

#define PARTS_MAX 128

struct part {
	Sawatch__V1__Platform platform;
	const struct saw_cli_command *command; /* NULL: told from the text */
};

static struct part parts[PARTS_MAX];
static size_t n_parts;
static struct saw_cli_parser *parser;
static struct saw_sample_builder *whole, *pieces;

static void add(Sawatch__V1__Platform platform, const struct saw_cli_command *command) {
	if (n_parts == PARTS_MAX)
		abort();
	parts[n_parts++] = (struct part){platform, command};
}

static void print_part(const struct part *p, char *out, size_t size) {
	snprintf(out, size, "%s %s", saw_enum_name(&sawatch__v1__platform__descriptor, p->platform),
			 p->command ? saw_cli_command_name(p->command) : "-");
}

/* IOS has no command that IOS-XE has not. */
static void list_parts(void) {
	static const Sawatch__V1__Platform platforms[] = {SAWATCH__V1__PLATFORM__PLATFORM_ASA,
													  SAWATCH__V1__PLATFORM__PLATFORM_IOSXE};

	for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++) {
		add(platforms[i], NULL);
		for (const struct saw_cli_command *c = NULL; (c = saw_cli_command_next(platforms[i], c)) != NULL;)
			add(platforms[i], c);
	}
}

static void pick_part(const char *wanted) {
	char name[256];

	for (size_t i = 0; i < n_parts; i++) {
		print_part(&parts[i], name, sizeof name);
		if (strcmp(name, wanted) != 0)
			continue;
		parts[0] = parts[i];
		n_parts = 1;
		return;
	}
	fprintf(stderr, "fuzz_cli: there is no part \"%s\"\n", wanted);
	exit(2);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
	char name[256];

	(void)argc;
	(void)argv;
	parser = saw_cli_parser_create();
	whole = saw_sample_builder_create(1 << 20);
	pieces = saw_sample_builder_create(1 << 20);
	if (!parser || !whole || !pieces)
		abort();
	list_parts();
	if (getenv("FUZZ_PART"))
		pick_part(getenv("FUZZ_PART"));
	if (!getenv("FUZZ_PARTS"))
		return 0;
	for (size_t i = 0; i < n_parts; i++) {
		print_part(&parts[i], name, sizeof name);
		puts(name);
	}
	exit(0);
}

static void parse(struct saw_sample_builder *b, const struct part *part, const char *text, size_t n, size_t piece) {
	const struct saw_cli_result *results;
	struct saw_sink sink;
	size_t count, len;
	const uint8_t *data;

	saw_sample_begin(b, NULL, part->platform, SAWATCH__V1__SOURCE__SOURCE_FILE);
	sink = saw_sample_sink(b);
	saw_cli_parser_begin(parser, part->platform, part->command, &sink);
	for (size_t at = 0; at < n; at += piece)
		saw_cli_parser_feed(parser, text + at, n - at < piece ? n - at : piece);
	saw_cli_parser_end(parser, &results, &count);
	for (size_t i = 0; i < count; i++)
		saw_cli_report(b, &results[i], NULL);
	saw_sample_finish(b, 1, 0, 0, &data, &len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	Sawatch__V1__DeviceSample *s;
	const uint8_t *a, *b;
	size_t na, nb;

	for (size_t i = 0; i < n_parts; i++) {
		parse(whole, &parts[i], (const char *)data, size, size + 1);
		parse(pieces, &parts[i], (const char *)data, size, size % 89 + 1);
		if (saw_sample_finish(whole, 1, 0, 0, &a, &na) != saw_sample_finish(pieces, 1, 0, 0, &b, &nb) || na != nb ||
			memcmp(a, b, na) != 0)
			abort();
		s = sawatch__v1__device_sample__unpack(NULL, na, a);
		if (!s)
			abort();
		sawatch__v1__device_sample__free_unpacked(s, NULL);
	}
	return 0;
}
