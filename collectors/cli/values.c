/* What stands behind a label, as a value of the model. */
#include "collectors/cli/scan.h"

static bool blank(char c) {
	return c == ' ' || c == '\t';
}

static bool digit(char c) {
	return c >= '0' && c <= '9';
}

static bool hex(char c) {
	return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool saw_cli_is_none(struct saw_str s) {
	static const char *const words[] = {
		"none", "(none)", "N/A", "Not defined", "not set", "[Not Available]",
	};

	if (!s.n)
		return true;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (saw_str_eq_nocase(s, saw_str_of(words[i])))
			return true;
	return false;
}

ProtobufCMessage *saw_cli_at(struct saw_cli_scan *s, enum saw_cli_level level) {
	if (!s->at[level] && s->table->open)
		s->table->open(s, level);
	return s->at[level];
}

char *saw_cli_copy(struct saw_cli_scan *s, enum saw_cli_level level, struct saw_str text) {
	struct saw_arena *arena = level == SAW_CLI_HEAD ? s->head_arena : s->arena;
	bool plain = true;

	for (size_t i = 0; i < text.n; i++)
		plain = plain && (unsigned char)text.p[i] >= 0x20 && (unsigned char)text.p[i] < 0x7f;
	if (plain)
		return saw_arena_strndup(arena, text.p, text.n);
	saw_buf_reset(&s->clean);
	s->escaped += saw_put_clean(&s->clean, text.p, text.n);
	return saw_arena_strndup(arena, saw_buf_text(&s->clean), s->clean.len);
}

struct saw_str saw_cli_word(struct saw_str *rest) {
	struct saw_str word = saw_str_trim(*rest);
	size_t n = 0;

	if (!word.n) { /* may be no text at all: NULL has no offsets, not even 0 */
		*rest = word;
		return word;
	}
	while (n < word.n && !blank(word.p[n]))
		n++;
	*rest = (struct saw_str){word.p + n, word.n - n};
	word.n = n;
	return word;
}

bool saw_cli_between(struct saw_str s, char open, char close, struct saw_str *inside) {
	const char *from = s.n ? memchr(s.p, open, s.n) : NULL;
	size_t end = s.n;

	while (end && s.p[end - 1] != close)
		end--;
	if (!from || !end || from >= s.p + end - 1)
		return false;
	*inside = saw_str_trim((struct saw_str){from + 1, (size_t)(s.p + end - 1 - (from + 1))});
	return true;
}

bool saw_cli_digits(struct saw_str s, uint64_t max, uint64_t *v, struct saw_str *rest) {
	size_t n = 0;

	while (n < s.n && digit(s.p[n]))
		n++;
	if (rest)
		*rest = n ? (struct saw_str){s.p + n, s.n - n} : s;
	return saw_parse_u64((struct saw_str){s.p, n}, max, v) == 0;
}

/* How many seconds a unit has, by its first letter or its words; 0: a year, which has no fixed length; false: no unit. */
static bool unit_seconds(struct saw_str unit, uint64_t *seconds) {
	static const struct {
		const char *letter, *word, *words;
		uint64_t seconds;
	} units[] = {
		{"s", "sec", "secs", 1},        {"", "second", "seconds", 1}, {"m", "min", "mins", 60},
		{"", "minute", "minutes", 60},  {"h", "hour", "hours", 3600}, {"d", "day", "days", 86400},
		{"w", "week", "weeks", 604800}, {"y", "year", "years", 0},
	};

	for (size_t i = 0; unit.n && i < sizeof units / sizeof units[0]; i++) {
		if (!saw_str_eq_nocase(unit, saw_str_of(units[i].letter)) &&
			!saw_str_eq_nocase(unit, saw_str_of(units[i].word)) && !saw_str_eq_nocase(unit, saw_str_of(units[i].words)))
			continue;
		*seconds = units[i].seconds;
		return true;
	}
	return false;
}

static struct saw_str skip(struct saw_str s, const char *bytes) {
	while (s.n && strchr(bytes, s.p[0]))
		s = (struct saw_str){s.p + 1, s.n - 1};
	return s;
}

/* 6:16:26 */
static bool clock_seconds(struct saw_str s, uint64_t *seconds) {
	uint64_t sum = 0, n;

	for (int part = 0; part < 3; part++) {
		if (!saw_cli_digits(s, UINT32_MAX, &n, &s) || (part && n > 59))
			return false;
		sum = sum * 60 + n;
		if (part < 2 && (!s.n || s.p[0] != ':'))
			return false;
		if (part < 2)
			s = (struct saw_str){s.p + 1, s.n - 1};
	}
	*seconds = sum;
	return s.n == 0;
}

bool saw_cli_duration(struct saw_str s, uint64_t *seconds, bool *years) {
	uint64_t sum = 0, n, each;

	*years = false;
	s = saw_str_trim(s);
	if (clock_seconds(s, seconds))
		return true;
	if (!s.n)
		return false;
	while (s.n) {
		struct saw_str unit;

		if (!saw_cli_digits(s, UINT32_MAX, &n, &s))
			return false;
		unit = s = skip(s, " \t");
		while (s.n && ((s.p[0] | 0x20) >= 'a' && (s.p[0] | 0x20) <= 'z'))
			s = (struct saw_str){s.p + 1, s.n - 1};
		unit.n -= s.n;
		if (!unit_seconds(unit, &each))
			return false;
		*years = *years || !each;
		sum += n * each;
		s = skip(s, " \t,:");
	}
	*seconds = sum;
	return true;
}

bool saw_cli_split_endpoint(struct saw_str s, struct saw_str *address, uint32_t *port) {
	uint64_t v;
	size_t at = s.n;

	*address = s;
	*port = 0;
	while (at && s.p[at - 1] != '/')
		at--;
	if (at && saw_parse_u64((struct saw_str){s.p + at, s.n - at}, 65535, &v) == 0) {
		*address = (struct saw_str){s.p, at - 1};
		*port = (uint32_t)v;
	}
	return address->n && !memchr(address->p, ' ', address->n) && !memchr(address->p, '\t', address->n);
}

bool saw_cli_put_endpoint(struct saw_cli_scan *s, enum saw_cli_level level, struct saw_str value, char **address,
						  protobuf_c_boolean *has_port, uint32_t *port) {
	struct saw_str text;
	uint32_t number;

	if (!saw_cli_split_endpoint(value, &text, &number))
		return false;
	*address = saw_cli_copy(s, level, text);
	*has_port = number != 0;
	*port = number;
	return *address != NULL;
}

bool saw_cli_behind(struct saw_str s, const char *label, struct saw_str *rest) {
	size_t n = strlen(label);

	for (size_t at = 0; at + n <= s.n; at++) {
		if (memcmp(s.p + at, label, n) != 0)
			continue;
		*rest = (struct saw_str){s.p + at + n, s.n - at - n};
		return true;
	}
	return false;
}

void *saw_cli_grow(struct saw_cli_scan *s, void *list, size_t n, size_t *room) {
	size_t more = *room ? *room * 2 : 4;
	void **grown;

	if (n < *room)
		return list;
	grown = saw_arena_alloc(s->arena, more * sizeof *grown);
	if (!grown)
		return NULL;
	if (n)
		memcpy(grown, list, n * sizeof *grown);
	*room = more;
	return grown;
}

bool saw_cli_is_legend(struct saw_str line) {
	struct saw_str word = saw_cli_word(&line), dash = saw_cli_word(&line);

	return word.n && word.n <= 5 && saw_str_eq(dash, SAW_STR("-")) && saw_str_trim(line).n;
}

/* ------------------------------------------------------------------------------------------------------------------ takes */

/*
 * A value that comes a second time in one record, and is another, is of another record whose beginning is not in the text (lost, or
 * filtered away by `| include`): the first stays.
 */
static bool set(struct saw_cli_scan *s, const struct saw_cli_rule *r, uint64_t v) {
	ProtobufCMessage *msg = saw_cli_at(s, r->level);
	uint64_t first;

	if (msg && saw_field_get_u64(msg, &r->field, &first))
		return first == v;
	return msg && saw_field_set_u64(msg, &r->field, v) == 0;
}

static bool set_text(ProtobufCMessage *msg, const struct saw_cli_rule *r, char *text) {
	const char *first = saw_field_get_text(msg, &r->field);

	return first ? strcmp(first, text) == 0 : saw_field_set_text(msg, &r->field, text) == 0;
}

bool saw_cli_ignore(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)s;
	(void)r;
	(void)value;
	return true;
}

bool saw_cli_empty(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	(void)value;
	s->empty = true;
	return true;
}

bool saw_cli_number(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	uint64_t v;

	return saw_parse_u64(value, UINT64_MAX, &v) == 0 && set(s, r, v);
}

bool saw_cli_leading_number(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	uint64_t v;

	return saw_cli_digits(value, UINT64_MAX, &v, NULL) && set(s, r, v);
}

bool saw_cli_text(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	ProtobufCMessage *msg = saw_cli_at(s, r->level);
	char *text;

	if (!msg)
		return false;
	if (saw_cli_is_none(value))
		return true;
	text = saw_cli_copy(s, r->level, value);
	return text && set_text(msg, r, text);
}

bool saw_cli_squeezed(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	ProtobufCMessage *msg = saw_cli_at(s, r->level);
	char *text;
	size_t to = 0;

	if (!msg)
		return false;
	if (saw_cli_is_none(value))
		return true;
	text = saw_cli_copy(s, r->level, value);
	if (!text)
		return false;
	for (const char *from = text; *from; from++)
		if (!blank(*from))
			text[to++] = *from;
		else if (!blank(from[1]))
			text[to++] = ' ';
	text[to] = 0;
	return set_text(msg, r, text);
}

bool saw_cli_spi(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	size_t n = value.n > 1 && value.p[0] == '0' && (value.p[1] == 'x' || value.p[1] == 'X') ? 2 : 0;
	uint64_t v;

	if (saw_cli_is_none(value))
		return saw_cli_at(s, r->level) != NULL;
	while (n < value.n && hex(value.p[n]))
		n++;
	if (saw_parse_hex64((struct saw_str){value.p, n}, UINT32_MAX, &v) != 0)
		return false;
	/* No SA has the number 0: it says that there is none. */
	return v ? set(s, r, v) : saw_cli_at(s, r->level) != NULL;
}

bool saw_cli_seconds(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	uint64_t v;
	bool years;

	if (saw_cli_is_none(value) || saw_str_eq(value, SAW_STR("never")))
		return saw_cli_at(s, r->level) != NULL;
	if (saw_parse_u64(value, UINT32_MAX, &v) == 0)
		return set(s, r, v);
	if (!saw_cli_duration(value, &v, &years))
		return false;
	return years ? saw_cli_at(s, r->level) != NULL : set(s, r, v);
}

bool saw_cli_nothing(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)s;
	(void)r;
	return value.n == 0;
}

bool saw_cli_yes(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct {
		const char *word;
		uint64_t is;
	} words[] = {{"Y", 1}, {"Yes", 1}, {"True", 1}, {"N", 0}, {"No", 0}, {"False", 0}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (saw_str_eq_nocase(value, saw_str_of(words[i].word)))
			return set(s, r, words[i].is);
	return false;
}

bool saw_cli_group(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	uint64_t v;

	if (saw_cli_is_none(value))
		return saw_cli_at(s, r->level) != NULL;
	if (saw_str_starts(value, SAW_STR("group")))
		value = (struct saw_str){value.p + 5, value.n - 5};
	return saw_parse_u64(value, UINT32_MAX, &v) == 0 && set(s, r, v);
}
