#include "sim/words.h"

#include "core/addr.h"

static struct saw_str next_word(struct saw_str *line) {
	while (line->n > 0 && line->p[0] == ' ') {
		line->p++;
		line->n--;
	}
	struct saw_str word = {line->p, 0};
	while (word.n < line->n && line->p[word.n] != ' ') {
		word.n++;
	}
	line->p += word.n;
	line->n -= word.n;
	return word;
}

/* How many letters of the word agree with the keyword. */
static size_t agree(struct saw_str word, struct saw_str keyword) {
	size_t n = 0;
	while (n < word.n && n < keyword.n &&
		   saw_str_eq_nocase((struct saw_str){word.p + n, 1}, (struct saw_str){keyword.p + n, 1})) {
		n++;
	}
	return n;
}

static bool take_address(struct saw_str word, struct saw_sim_words *out) {
	struct saw_addr a;
	if (saw_addr_parse(word, &a) != 0 || a.family != 4) {
		return false;
	}
	out->has_address = true;
	out->address = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 | (uint32_t)a.bytes[2] << 8 | a.bytes[3];
	return true;
}

static bool take_number(struct saw_str word, struct saw_sim_words *out) {
	uint64_t number;
	if (saw_parse_u64(word, UINT32_MAX, &number) != 0) {
		return false;
	}
	out->number = (uint32_t)number;
	return true;
}

/* The number may be a word of its own. *bad: where it is none. */
static bool take_tunnel(struct saw_str word, struct saw_str *line, struct saw_sim_words *out, const char **bad) {
	size_t letters = agree(word, SAW_STR("tunnel"));
	struct saw_str digits = {word.p + letters, word.n - letters};
	*bad = digits.p;
	if (letters < 2) {
		return false;
	}
	if (digits.n == 0) {
		digits = next_word(line);
		*bad = digits.p;
	}
	return take_number(digits, out);
}

static bool take(struct saw_str pattern, struct saw_str word, struct saw_str *line, struct saw_sim_words *out,
				 const char **bad) {
	*bad = word.p;
	switch (pattern.p[0]) {
	case 'A':
		return take_address(word, out);
	case 'T':
		return take_tunnel(word, line, out, bad);
	case 'N':
		if (pattern.p[1] == 'U') {
			return take_number(word, out);
		}
		out->name = word;
		return true;
	default:
		*bad += agree(word, pattern);
		out->detail |= saw_str_eq(pattern, SAW_STR("detail"));
		return agree(word, pattern) == word.n;
	}
}

enum saw_sim_fit saw_sim_words_fit(const char *pattern, struct saw_str line, struct saw_sim_words *out, size_t *reach) {
	const char *begin = line.p, *bad;
	struct saw_str patterns = saw_str_of(pattern), want, word;
	*out = (struct saw_sim_words){.detail = false};
	while ((want = next_word(&patterns)).n > 0) {
		if (want.p[0] == '.') {
			return SAW_SIM_FITS;
		}
		word = next_word(&line);
		if (word.n == 0) {
			*reach = (size_t)(word.p - begin);
			return SAW_SIM_INCOMPLETE;
		}
		if (!take(want, word, &line, out, &bad)) {
			*reach = (size_t)(bad - begin);
			return SAW_SIM_DIFFERS;
		}
	}
	word = next_word(&line);
	*reach = (size_t)(word.p - begin);
	return word.n == 0 ? SAW_SIM_FITS : SAW_SIM_DIFFERS;
}
