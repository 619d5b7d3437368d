#include "collectors/file/file.h"

#include "collectors/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct saw_file_reader {
	struct saw_sample_builder *builder;
	struct saw_cli_parser *parser;
	struct saw_sink sink;
};

struct saw_file_reader *saw_file_reader_create(size_t ceiling) {
	struct saw_file_reader *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->builder = saw_sample_builder_create(ceiling);
	r->parser = saw_cli_parser_create();
	if (!r->builder || !r->parser) {
		saw_file_reader_destroy(r);
		return NULL;
	}
	return r;
}

void saw_file_reader_destroy(struct saw_file_reader *r) {
	if (!r)
		return;
	saw_cli_parser_destroy(r->parser);
	saw_sample_builder_destroy(r->builder);
	free(r);
}

void saw_file_begin(struct saw_file_reader *r, const char *device, Sawatch__V1__Platform platform) {
	saw_sample_begin(r->builder, device, platform, SAWATCH__V1__SOURCE__SOURCE_FILE);
	r->sink = saw_sample_sink(r->builder);
	saw_cli_parser_begin(r->parser, platform, NULL, &r->sink);
}

int saw_file_feed(struct saw_file_reader *r, const char *bytes, size_t n) {
	return saw_cli_parser_feed(r->parser, bytes, n);
}

/* "3 min", "26 h": how old, for a person. */
static void print_age(char *out, size_t size, int64_t ms) {
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{86400000, "days"}, {3600000, "hours"}, {60000, "minutes"}};
	int64_t seconds = ms / 1000;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (ms >= 2 * units[i].ms) {
			snprintf(out, size, "%lld %s", (long long)(ms / units[i].ms), units[i].unit);
			return;
		}
	}
	snprintf(out, size, "%lld seconds", (long long)seconds);
}

/* A view of one peer or interface must not make the others look gone. */
static void report(struct saw_sample_builder *b, const struct saw_cli_result *result) {
	if (result->narrowed && !result->refused)
		saw_sample_table(b, result->name, SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL, result->records, 0,
						 "the command's arguments leave out a part: save its answer without them");
	else
		saw_cli_report(b, result, NULL);
}

int saw_file_end(struct saw_file_reader *r, int64_t mtime_ms, int64_t now_ms, int64_t max_age_ms, const uint8_t **data,
				 size_t *len) {
	const struct saw_cli_result *results;
	int64_t age = now_ms - mtime_ms;
	char old[64], limit[64], text[256];
	size_t n;
	int rc = saw_cli_parser_end(r->parser, &results, &n), finished;

	for (size_t i = 0; i < n; i++)
		report(r->builder, &results[i]);
	if (!n) {
		saw_sample_fail(
			r->builder, SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNSUPPORTED,
			"no known command's answer was recognised in the file; save the output of \"show crypto ipsec sa "
			"detail\" and \"show crypto ikev2 sa detail\" with the prompt and the typed command");
	} else if (max_age_ms > 0 && age > max_age_ms) {
		print_age(old, sizeof old, age);
		print_age(limit, sizeof limit, max_age_ms);
		snprintf(text, sizeof text, "the file was last written %s ago, more than the %s it may be old", old, limit);
		saw_sample_fail(r->builder, SAWATCH__V1__POLL_ERROR__POLL_ERROR_STALE, text);
	}
	/* A clock that is behind the file's would make an answer from the future. */
	finished = saw_sample_finish(r->builder, mtime_ms < now_ms ? mtime_ms : now_ms, 0, 0, data, len);
	return rc && rc != SAW_ELIMIT ? rc : finished;
}

int saw_file_failed(struct saw_file_reader *r, const char *device, Sawatch__V1__Platform platform, const char *path,
					int error, int64_t now_ms, const uint8_t **data, size_t *len) {
	char text[512];

	snprintf(text, sizeof text, "%s: %s", path, strerror(error));
	saw_sample_begin(r->builder, device, platform, SAWATCH__V1__SOURCE__SOURCE_FILE);
	saw_sample_fail(r->builder,
					error == EACCES || error == EPERM ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS
													  : SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE,
					text);
	return saw_sample_finish(r->builder, now_ms, 0, 0, data, len);
}
