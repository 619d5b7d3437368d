/*
 * Any bytes as the text of a device. The first byte says platform, command (or none) and how the text is cut into pieces; the
 * sample must be the same as in one piece.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/cli/cli.h"

#include <stdlib.h>

static struct saw_cli_parser *parser;

static const struct saw_cli_command *pick(Sawatch__V1__Platform platform, unsigned which) {
	const struct saw_cli_command *c = NULL;

	while (which-- > 0)
		c = saw_cli_command_next(platform, c);
	return c;
}

static void parse(struct saw_sample_builder *b, Sawatch__V1__Platform platform, unsigned which, const char *text,
				  size_t n, size_t piece) {
	const struct saw_cli_result *results;
	struct saw_sink sink;
	size_t count, len;
	const uint8_t *data;

	saw_sample_begin(b, NULL, platform, SAWATCH__V1__SOURCE__SOURCE_FILE);
	sink = saw_sample_sink(b);
	saw_cli_parser_begin(parser, platform, pick(platform, which), &sink);
	for (size_t at = 0; at < n; at += piece)
		saw_cli_parser_feed(parser, text + at, n - at < piece ? n - at : piece);
	saw_cli_parser_end(parser, &results, &count);
	for (size_t i = 0; i < count; i++)
		saw_cli_report(b, &results[i], NULL);
	saw_sample_finish(b, 1, 0, 0, &data, &len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_sample_builder *whole = saw_sample_builder_create(1 << 20), *pieces = saw_sample_builder_create(1 << 20);
	Sawatch__V1__DeviceSample *s;
	const uint8_t *a, *b;
	size_t na, nb;
	unsigned how = size ? data[0] : 0;
	const char *text = (const char *)data + (size != 0);
	Sawatch__V1__Platform platform = (Sawatch__V1__Platform)(how % 3 + 1);

	if (!parser)
		parser = saw_cli_parser_create();
	if (!whole || !pieces || !parser)
		abort();
	size -= size != 0;
	parse(whole, platform, how / 3 % 32, text, size, size + 1);
	parse(pieces, platform, how / 3 % 32, text, size, how / 12 + 1);
	if (saw_sample_finish(whole, 1, 0, 0, &a, &na) != saw_sample_finish(pieces, 1, 0, 0, &b, &nb) || na != nb ||
		memcmp(a, b, na) != 0)
		abort();
	s = sawatch__v1__device_sample__unpack(NULL, na, a);
	if (!s)
		abort();
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	saw_sample_builder_destroy(whole);
	saw_sample_builder_destroy(pieces);
	return 0;
}
