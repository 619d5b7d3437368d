#include "sim/filter.h"

#include "sim/words.h"

#include <regex.h>
#include <stdio.h>

#define PATTERN_MAX 256
#define REPEATS_MAX 6

enum kind { INCLUDE, EXCLUDE, BEGIN, COUNT };

#define ASA (1 << SAW_SIM_ASA)
#define ASR (1 << SAW_SIM_ASR)

static const struct {
	const char *word;
	int devices;
	enum kind kind;
} kinds[] = {
	{"include ...", ASA | ASR, INCLUDE}, {"exclude ...", ASA | ASR, EXCLUDE}, {"begin ...", ASA | ASR, BEGIN},
	{"count ...", ASR, COUNT},           {"grep ...", ASA, INCLUDE},
};

static int find(enum saw_sim_dev dev, struct saw_str filter, enum kind *out) {
	struct saw_sim_words w;
	size_t reach;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].devices & 1 << dev && saw_sim_words_fit(kinds[i].word, filter, &w, &reach) == SAW_SIM_FITS) {
			*out = kinds[i].kind;
			return 0;
		}
	}
	return SAW_EUNKNOWN;
}

/* The library writes what is repeated out once more for each repetition around it, and tries every length of what is referred back to: a
 * pattern of a line could take all memory and hours. IOS knows no intervals. */
static bool is_modest(const char *pattern) {
	unsigned repeats = 0;
	for (const char *p = pattern; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			if (*p >= '0' && *p <= '9') {
				return false;
			}
		} else if (*p == '{') {
			return false;
		} else {
			repeats += *p == '*' || *p == '+' || *p == '?';
		}
	}
	return repeats <= REPEATS_MAX;
}

/* What stands behind the first word, blanks at its end included. */
static int compile(struct saw_str filter, regex_t *out) {
	char pattern[PATTERN_MAX];
	while (filter.n > 0 && *filter.p == ' ') {
		filter.p++;
		filter.n--;
	}
	const char *space = memchr(filter.p, ' ', filter.n);
	size_t n = space ? filter.n - (size_t)(space + 1 - filter.p) : 0;
	if (n == 0) {
		return SAW_ETRUNCATED;
	}
	snprintf(pattern, sizeof(pattern), "%.*s", (int)(n < PATTERN_MAX ? n : PATTERN_MAX - 1), space + 1);
	return is_modest(pattern) && regcomp(out, pattern, REG_EXTENDED | REG_NOSUB) == 0 ? 0 : SAW_EFORMAT;
}

static bool matches(const regex_t *regex, const char *line, size_t n) {
	char text[1024];
	snprintf(text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : sizeof(text) - 1), line);
	return regexec(regex, text, 0, NULL, 0) == 0;
}

int saw_sim_filter(enum saw_sim_dev dev, struct saw_str filter, size_t from, struct saw_buf *text) {
	enum kind kind;
	regex_t regex;
	unsigned count = 0;
	size_t kept = from;
	int r = find(dev, filter, &kind);
	r = r == 0 ? compile(filter, &regex) : r;
	if (r != 0) {
		return r;
	}
	for (size_t at = from, n; at < text->len; at += n) {
		const char *line = (const char *)text->data + at, *end = memchr(line, '\n', text->len - at);
		n = end ? (size_t)(end + 1 - line) : text->len - at;
		bool match = matches(&regex, line, end ? n - 1 : n);
		count += match;
		if (kind == BEGIN ? count > 0 : kind != COUNT && match == (kind == INCLUDE)) {
			memmove(text->data + kept, line, n);
			kept += n;
		}
	}
	regfree(&regex);
	text->len = kept;
	if (kind == COUNT) {
		saw_buf_printf(text, "Number of lines which match regexp = %u\n", count);
	}
	return 0;
}
