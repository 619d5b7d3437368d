/*
 * Every text in tests/replay/cli.tsv gives the sample that stands beside it as JSON: whole and fed in pieces of any size, with the line ends and
 * blanks that devices and terminals put around lines, and with a line of a later version put in anywhere.
 *
 * usage: cli_replay_test            compares
 *        cli_replay_test --print N  prints the sample of the text whose name contains N: how a new .json is made, to be read
 *                                   against its text line by line before it is believed
 */
#include "collectors/cli/cli.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE 1024
#define OBSERVED_AT_MS 1795430000000 /* any fixed time */

struct parsed {
	struct saw_sample_builder *builder;
	const uint8_t *data;
	size_t len;
};

static struct saw_buf read_file(const char *path) {
	struct saw_buf text = SAW_BUF_INIT(16 << 20);
	FILE *f = fopen(path, "rb");
	char bytes[4096];
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		saw_buf_put(&text, bytes, n);
	fclose(f);
	return text;
}

static struct parsed parse(Sawatch__V1__Platform platform, const char *typed, const struct saw_buf *text,
						   size_t piece) {
	struct saw_cli_parser *parser = saw_cli_parser_create();
	struct parsed out = {.builder = saw_sample_builder_create(16 << 20)};
	struct saw_buf name = SAW_BUF_INIT(LINE);
	const struct saw_cli_command *command = NULL;
	const struct saw_cli_result *results;
	struct saw_sink sink;
	size_t n;

	if (strcmp(typed, "-") != 0) {
		command = saw_cli_command_spell(platform, saw_str_of(typed), &name);
		if (!command) {
			fprintf(stderr, "no such command: %s\n", typed);
			exit(1);
		}
	}
	saw_sample_begin(out.builder, NULL, platform, SAWATCH__V1__SOURCE__SOURCE_FILE);
	sink = saw_sample_sink(out.builder);
	saw_cli_parser_begin(parser, platform, command, &sink);
	for (size_t at = 0; at < text->len; at += piece) {
		size_t left = text->len - at, take = left < piece ? left : piece;
		char *copy = malloc(take); /* of its own length: a read past its end is seen */

		if (!copy)
			exit(1);
		memcpy(copy, text->data + at, take);
		if (saw_cli_parser_feed(parser, copy, take) != 0)
			exit(1);
		free(copy);
	}
	if (saw_cli_parser_end(parser, &results, &n) != 0)
		exit(1);
	for (size_t i = 0; i < n; i++)
		saw_cli_report(out.builder, &results[i], command ? saw_buf_text(&name) : NULL);
	if (saw_sample_finish(out.builder, OBSERVED_AT_MS, 0, 0, &out.data, &out.len) != 0)
		exit(1);
	saw_buf_free(&name);
	saw_cli_parser_destroy(parser);
	return out;
}

static struct saw_buf as_json(const struct parsed *p) {
	const struct saw_json_opts opts = {.pretty = true, .list_read = saw_sample_list_read};
	Sawatch__V1__DeviceSample *s = sawatch__v1__device_sample__unpack(NULL, p->len, p->data);
	struct saw_buf json = SAW_BUF_INIT(16 << 20);

	if (!s)
		exit(1);
	saw_json_write(&json, &s->base, &opts);
	saw_buf_putc(&json, '\n');
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	return json;
}

static void show_difference(const char *path, const char *want, const char *got) {
	unsigned line = 1;

	while (*want && *want == *got) {
		line += *want == '\n';
		want++;
		got++;
	}
	fprintf(stderr, "FAIL %s: line %u: expected ...%.60s, got ...%.60s\n", path, line, want, got);
}

/* 0 where the text gives its JSON, in pieces of every size the same. */
static int check(Sawatch__V1__Platform platform, const char *path, const char *expected, const char *typed) {
	static const size_t pieces[] = {1, 2, 3, 5, 7, 13, 64, 1021};
	struct saw_buf text = read_file(path), want = read_file(expected), got;
	struct parsed whole = parse(platform, typed, &text, text.len + 1);
	int failed = 0;

	got = as_json(&whole);
	if (want.len != got.len || memcmp(want.data, got.data, want.len) != 0) {
		show_difference(expected, saw_buf_text(&want), saw_buf_text(&got));
		failed = 1;
	}
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct parsed p = parse(platform, typed, &text, pieces[i]);

		if (p.len != whole.len || memcmp(p.data, whole.data, p.len) != 0) {
			fprintf(stderr, "FAIL %s: in pieces of %zu the sample is another\n", path, pieces[i]);
			failed = 1;
		}
		saw_sample_builder_destroy(p.builder);
	}
	saw_sample_builder_destroy(whole.builder);
	saw_buf_free(&text);
	saw_buf_free(&want);
	saw_buf_free(&got);
	return failed;
}

/* ----------------------------------------------------------------------------------------------- the same text, in other form */

/* The text with `before` and `after` around each line. A line that was cut keeps no end. */
static struct saw_buf laid_out(const struct saw_buf *text, const char *before, const char *after, const char *end) {
	struct saw_buf out = SAW_BUF_INIT(16 << 20);

	for (size_t at = 0; at < text->len;) {
		const char *line = (const char *)text->data + at, *lf = memchr(line, '\n', text->len - at);
		size_t n = lf ? (size_t)(lf - line) : text->len - at;

		saw_buf_puts(&out, before);
		saw_buf_put(&out, line, n);
		if (lf) {
			saw_buf_puts(&out, after);
			saw_buf_puts(&out, end);
		}
		at += n + (lf != NULL);
	}
	return out;
}

static int check_layouts(Sawatch__V1__Platform platform, const char *path, const char *typed) {
	static const struct {
		const char *before, *after, *end;
	} layouts[] = {{"", "", "\r\n"},  {"", "  ", "\r\r\n"},       {"", "\t", "\n\r"}, {"  ", "", "\n"},
				   {"\t", " ", "\n"}, {" --More-- ", "", "\r\n"}, {"", "\a", "\r\n"}};
	struct saw_buf text = read_file(path), other;
	struct parsed whole = parse(platform, typed, &text, text.len + 1), p;
	int failed = 0;

	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
		other = laid_out(&text, layouts[i].before, layouts[i].after, layouts[i].end);
		p = parse(platform, typed, &other, other.len + 1);
		if (p.len != whole.len || memcmp(p.data, whole.data, p.len) != 0) {
			fprintf(stderr, "FAIL %s: another sample with \"%s\" before and \"%s\" behind its lines\n", path,
					layouts[i].before, layouts[i].after);
			failed = 1;
		}
		saw_buf_free(&other);
		saw_sample_builder_destroy(p.builder);
	}
	saw_sample_builder_destroy(whole.builder);
	saw_buf_free(&text);
	return failed;
}

static const char *const odd_lines[] = {
	"odd: a line of a later version",
	"#pkts odd (rcv): 17",
	"Odd counters, 12 of them, and (some)",
	"-- odd --",
};

/* Takes the odd line, which is number `line`, out of the sample. 1: it was there once; 0: it was not; -1: twice. */
static int without_odd(Sawatch__V1__DeviceSample *s, uint32_t line, const char *odd) {
	size_t to = 0;
	int found = 0;

	for (size_t i = 0; i < s->n_unparsed; i++) {
		Sawatch__V1__UnparsedLine *u = s->unparsed[i];

		if (u->line == line && strcmp(u->text, odd) == 0) {
			found++;
			sawatch__v1__unparsed_line__free_unpacked(u, NULL);
			continue;
		}
		u->line -= u->line > line;
		s->unparsed[to++] = u;
	}
	s->n_unparsed = to;
	return found > 1 ? -1 : found;
}

/*
 * An odd line before the line `number`: everything else is still read, and it is listed as unparsed or, where no answer of ours is at hand,
 * nowhere. *listed counts.
 */
static int check_odd_line(Sawatch__V1__Platform platform, const char *path, const char *typed,
						  const struct saw_buf *text, const struct saw_buf *want, uint32_t number, size_t at,
						  unsigned *listed) {
	const struct saw_json_opts opts = {.pretty = true, .list_read = saw_sample_list_read};
	const char *odd = odd_lines[number % (sizeof odd_lines / sizeof odd_lines[0])];
	struct saw_buf other = SAW_BUF_INIT(16 << 20), got = SAW_BUF_INIT(16 << 20);
	Sawatch__V1__DeviceSample *s;
	struct parsed p;
	int failed, found;

	saw_buf_put(&other, text->data, at);
	saw_buf_puts(&other, odd);
	saw_buf_putc(&other, '\n');
	saw_buf_put(&other, text->data + at, text->len - at);
	p = parse(platform, typed, &other, other.len + 1);
	s = sawatch__v1__device_sample__unpack(NULL, p.len, p.data);
	if (!s)
		exit(1);
	found = without_odd(s, number, odd);
	saw_json_write(&got, &s->base, &opts);
	saw_buf_putc(&got, '\n');
	failed = found < 0 || got.len != want->len || memcmp(got.data, want->data, got.len) != 0;
	if (failed) {
		fprintf(stderr, "FAIL %s: \"%s\" before line %u\n", path, odd, number);
		show_difference(path, saw_buf_text(want), saw_buf_text(&got));
	}
	*listed += found > 0;
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	saw_sample_builder_destroy(p.builder);
	saw_buf_free(&other);
	saw_buf_free(&got);
	return failed;
}

/* Where an answer has rules for all its lines, and nothing but it is in the text, an odd line is listed wherever it stands. */
static bool lists_all(const char *typed, const struct saw_buf *text) {
	return strcmp(typed, "-") != 0 && !strstr(typed, "version") && !memchr(text->data, '#', 40);
}

static int check_odd_lines(Sawatch__V1__Platform platform, const char *path, const char *typed) {
	struct saw_buf text = read_file(path), want;
	struct parsed whole = parse(platform, typed, &text, text.len + 1);
	unsigned listed = 0;
	uint32_t number = 1;
	int failed = 0;

	want = as_json(&whole);
	for (size_t at = 0; at < text.len && !failed; number++) {
		const char *lf = memchr(text.data + at, '\n', text.len - at);

		failed = check_odd_line(platform, path, typed, &text, &want, number, at, &listed);
		at = lf ? (size_t)(lf - (const char *)text.data) + 1 : text.len;
	}
	if (!failed && lists_all(typed, &text) && listed != number - 1) {
		fprintf(stderr, "FAIL %s: an odd line was listed at %u of %u places\n", path, listed, number - 1);
		failed = 1;
	}
	saw_sample_builder_destroy(whole.builder);
	saw_buf_free(&text);
	saw_buf_free(&want);
	return failed;
}

static void print(Sawatch__V1__Platform platform, const char *path, const char *typed) {
	struct saw_buf text = read_file(path), json;
	struct parsed p = parse(platform, typed, &text, text.len + 1);

	json = as_json(&p);
	fputs(saw_buf_text(&json), stdout);
	saw_buf_free(&json);
	saw_buf_free(&text);
	saw_sample_builder_destroy(p.builder);
}

int main(int argc, char **argv) {
	const char *top = getenv("top_srcdir") ? getenv("top_srcdir") : ".";
	char list[LINE], line[LINE], path[LINE * 2], expected[LINE * 2];
	int failed = 0, n = 0;
	FILE *f;

	snprintf(list, sizeof list, "%s/tests/replay/cli.tsv", top);
	f = fopen(list, "r");
	if (!f) {
		perror(list);
		return 1;
	}
	while (fgets(line, sizeof line, f)) {
		char *platform = strtok(line, "\t\n"), *name = strtok(NULL, "\t\n"), *typed = strtok(NULL, "\t\n");
		int value;

		if (!platform || platform[0] == '#' || !name || !typed)
			continue;
		if (!saw_enum_value(&sawatch__v1__platform__descriptor, platform, &value))
			return 1;
		snprintf(path, sizeof path, "%s/tests/fixtures/cli/%s.txt", top, name);
		snprintf(expected, sizeof expected, "%s/tests/fixtures/cli/%s.json", top, name);
		n++;
		if (argc == 3 && strstr(name, argv[2]))
			print((Sawatch__V1__Platform)value, path, typed);
		else if (argc == 1)
			failed += check((Sawatch__V1__Platform)value, path, expected, typed) ||
					  check_layouts((Sawatch__V1__Platform)value, path, typed) ||
					  check_odd_lines((Sawatch__V1__Platform)value, path, typed);
	}
	fclose(f);
	if (argc == 1)
		printf("%d texts, %d failed\n", n, failed);
	return failed != 0 || n == 0;
}
