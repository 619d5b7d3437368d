#include "collectors/ssh/lines.h"

static bool starts(struct saw_str s, const char *prefix) {
	return saw_str_starts(s, saw_str_of(prefix));
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_upper(char c) {
	return c >= 'A' && c <= 'Z';
}

static bool is_word(char c) {
	return (c >= 'a' && c <= 'z') || is_upper(c) || is_digit(c);
}

/* ---------------------------------------------------------------------------------------------- prompts, pagers, questions */

bool saw_line_is_prompt(struct saw_str line, struct saw_str *name, bool *privileged) {
	bool any = false;

	while (line.n && line.p[line.n - 1] == ' ')
		line.n--;
	if (line.n < 2 || line.n > SAW_PROMPT_MAX || (line.p[line.n - 1] != '#' && line.p[line.n - 1] != '>'))
		return false;
	*privileged = line.p[--line.n] == '#';
	for (size_t i = 0; i < line.n; i++) {
		if (is_word(line.p[i]))
			any = true;
		else if (!line.p[i] || !strchr("-._/:@()+~", line.p[i]))
			return false;
	}
	*name = line;
	return any;
}

bool saw_line_is_pager(struct saw_str line, bool *whole) {
	static const struct saw_str asa = {"<--- More --->", 14};

	*whole = saw_str_eq(line, asa) || saw_str_eq(line, SAW_STR(" --More-- "));
	line = saw_str_trim(line);
	return starts(line, "--More--") || saw_str_eq(line, asa);
}

bool saw_line_is_login_question(struct saw_str line, bool *secret) {
	static const struct {
		const char *end;
		bool secret;
	} questions[] = {
		{"assword:", true}, {"asscode:", true}, {"PASSCODE:", true}, {"sername:", false}, {"login:", false}};

	line = saw_str_trim(line);
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		struct saw_str end = saw_str_of(questions[i].end);

		if (line.n >= end.n && memcmp(line.p + line.n - end.n, end.p, end.n) == 0) {
			*secret = questions[i].secret;
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------------------------------------------------ log messages */

/* %FACILITY-SUBFACILITY-SEVERITY-MNEMONIC: at `at`; on an ASA also %ASA-auth-6-113005: */
static bool is_mnemonic(struct saw_str line, size_t at) {
	size_t i = at + 1, severity = 0;

	for (; i < line.n && (is_word(line.p[i]) || line.p[i] == '_' || line.p[i] == '-'); i++)
		if (line.p[i] == '-' && i + 2 < line.n && line.p[i + 1] >= '0' && line.p[i + 1] <= '7' && line.p[i + 2] == '-')
			severity = i;
	return severity > at + 1 && i < line.n && line.p[i] == ':' && i > severity + 3;
}

static size_t take_digits(struct saw_str s, size_t i) {
	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i;
}

static size_t take_blanks(struct saw_str s, size_t i) {
	while (i < s.n && s.p[i] == ' ')
		i++;
	return i;
}

/* 13:36:41, 13:36:41.123; where it ends, 0: it is none */
static size_t take_clock(struct saw_str s, size_t i) {
	for (int part = 0; part < 3; part++) {
		size_t end = take_digits(s, i);

		if (end == i || end > i + 2 || (part < 2 && (end == s.n || s.p[end] != ':')))
			return 0;
		i = part < 2 ? end + 1 : end;
	}
	return i < s.n && s.p[i] == '.' ? take_digits(s, i + 1) : i;
}

/* 2026-11-23T; where it ends, 0: it is none */
static size_t take_iso_day(struct saw_str s, size_t i) {
	static const char form[] = "dddd-dd-ddT";

	for (size_t k = 0; form[k]; k++, i++)
		if (i == s.n || (form[k] == 'd' ? !is_digit(s.p[i]) : s.p[i] != form[k]))
			return 0;
	return i;
}

/* Nov 23 2026, with or without the year; where it ends, 0: it is none */
static size_t take_day(struct saw_str s, size_t i) {
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	bool month = false;
	size_t end;

	for (size_t m = 0; m + 3 < sizeof months && !month; m += 3)
		month = s.n - i > 3 && memcmp(s.p + i, months + m, 3) == 0;
	if (!month)
		return 0;
	i = take_blanks(s, i + 3);
	end = take_digits(s, i);
	if (end == i)
		return 0;
	i = take_blanks(s, end);
	end = take_digits(s, i);
	return end == i + 4 ? take_blanks(s, end) : i;
}

/* KST, Z, +01:00, UTC+07:30, behind a clock or a blank; where it ends, i: there is none */
static size_t take_zone(struct saw_str s, size_t i) {
	size_t end = i, sign;

	while (end < s.n && (is_word(s.p[end]) || s.p[end] == '_' || s.p[end] == '.'))
		end++;
	sign = end;
	if (end < s.n && (s.p[end] == '+' || s.p[end] == '-')) {
		end = take_digits(s, end + 1);
		if (end == sign + 1)
			return sign;
		if (end + 1 < s.n && s.p[end] == ':' && is_digit(s.p[end + 1]))
			end = take_digits(s, end + 1);
	}
	return end;
}

/* `*Nov 23 2026 13:36:41.123 UTC`, `2026-11-23T13:36:41Z`; where it ends, 0: it is none */
static size_t take_date(struct saw_str s, size_t i) {
	size_t day;

	if (i < s.n && (s.p[i] == '*' || s.p[i] == '.')) /* the clock is not set, or not synchronized */
		i++;
	day = take_day(s, i);
	if (!day)
		day = take_iso_day(s, i);
	i = day ? take_clock(s, day) : 0;
	if (!i)
		return 0;
	i = take_zone(s, i);
	return i < s.n && s.p[i] == ' ' ? take_zone(s, take_blanks(s, i)) : i;
}

/* The device's own name (ASA), and the colon before the message. */
static size_t take_rest_of_header(struct saw_str s, size_t i) {
	i = take_blanks(s, i);
	while (i < s.n && (is_word(s.p[i]) || s.p[i] == '-' || s.p[i] == '_' || s.p[i] == '.'))
		i++;
	i = take_blanks(s, i);
	return i < s.n && s.p[i] == ':' ? take_blanks(s, i + 1) : 0;
}

/* 000123: */
static size_t take_sequence(struct saw_str s, size_t i) {
	size_t end = take_digits(s, i);

	return end > i && end < s.n && s.p[end] == ':' && end + 1 < s.n && s.p[end + 1] == ' ' ? take_blanks(s, end + 1)
																						   : i;
}

/* 00:12:34: or 1w2d: */
static size_t take_uptime(struct saw_str s, size_t i) {
	size_t end = take_clock(s, i);

	if (!end)
		for (end = i; end < s.n && (is_digit(s.p[end]) || (s.p[end] && strchr("ywdh", s.p[end])));)
			end++;
	return end > i && end < s.n && s.p[end] == ':' ? take_blanks(s, end + 1) : 0;
}

bool saw_line_is_log(struct saw_str line, size_t *at) {
	const char *percent = memchr(line.p, '%', line.n);
	size_t begin, to;

	while (percent && !is_mnemonic(line, (size_t)(percent - line.p)))
		percent = memchr(percent + 1, '%', line.n - (size_t)(percent + 1 - line.p));
	*at = 0;
	if (!percent)
		return starts(saw_str_trim(line), "connection id="); /* the second line of %CRYPTO-4-PKT_REPLAY_ERR */
	to = (size_t)(percent - line.p);
	begin = take_sequence(line, take_blanks(line, 0));
	if (begin == to || take_uptime(line, begin) == to)
		return true;
	for (size_t i = 0; i < to; i++) {
		size_t end = take_date(line, take_sequence(line, i));

		if (end && take_rest_of_header(line, end) == to) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* ---------------------------------------------------------------------------------------------------------- other messages */

bool saw_line_is_reload(struct saw_str line, bool *inside) {
	line = saw_str_trim(line);
	if (!starts(line, "***")) {
		*inside = *inside && !line.n;
		return false;
	}
	if (line.n == 3 || *inside)
		return true;
	*inside = starts(line, "*** --- ");
	return *inside;
}

enum saw_line_refusal saw_line_refusal(struct saw_str line) {
	static const struct {
		const char *start;
		enum saw_line_refusal refusal;
	} refusals[] = {
		{"% Authorization failed", SAW_LINE_DENIED},
		{"Authorization failed", SAW_LINE_DENIED},
		{"Command authorization failed", SAW_LINE_DENIED},
		{"% Command authorization failed", SAW_LINE_DENIED},
		{"ERROR: Command authorization failed", SAW_LINE_DENIED},
		{"% Access denied", SAW_LINE_DENIED},
		{"% Permission denied", SAW_LINE_DENIED},
		{"% Invalid input", SAW_LINE_REFUSED},
		{"% Incomplete command", SAW_LINE_REFUSED},
		{"% Ambiguous command", SAW_LINE_REFUSED},
		{"% Unknown command", SAW_LINE_REFUSED},
		{"% Unrecognized command", SAW_LINE_REFUSED},
		{"% Type \"", SAW_LINE_REFUSED}, /* % Type "show ?" for a list of subcommands */
		{"ERROR: ", SAW_LINE_REFUSED},
	};

	line = saw_str_trim(line);
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (starts(line, refusals[i].start))
			return refusals[i].refusal;
	return SAW_LINE_NO_REFUSAL;
}

bool saw_line_is_wrong_secret(struct saw_str line) {
	static const char *const sentences[] = {"% Access denied",
											"Access denied",
											"Invalid password",
											"% Bad secrets",
											"% Bad passwords",
											"% Bad enable secret",
											"% Bad password",
											"% Error in authentication",
											"% Authentication failed",
											"% No password set",
											"The enable password is not set"};

	line = saw_str_trim(line);
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
		if (starts(line, sentences[i]))
			return true;
	return false;
}

bool saw_line_is_load(struct saw_str line, bool *has_cpu, unsigned *cpu_percent) {
	static const struct saw_str load = {"Load for five secs: ", 20};
	uint64_t percent;
	size_t digits;

	line = saw_str_trim(line);
	if (!saw_str_starts(line, load))
		return starts(line, "Time source is ") || starts(line, "No time source, ");
	digits = take_digits(line, load.n);
	if (digits < line.n && line.p[digits] == '%' &&
		saw_parse_u64((struct saw_str){line.p + load.n, digits - load.n}, 100, &percent) == 0) {
		*has_cpu = true;
		*cpu_percent = (unsigned)percent;
	}
	return true;
}
