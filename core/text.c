#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool saw_str_eq_nocase(struct saw_str a, struct saw_str b) {
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool saw_str_starts(struct saw_str s, struct saw_str prefix) {
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static bool is_blank(char c) {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct saw_str saw_str_trim(struct saw_str s) {
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

int saw_parse_u64(struct saw_str s, uint64_t max, uint64_t *out) {
	uint64_t v = 0;

	if (!s.n)
		return SAW_EFORMAT;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)s.p[i] - '0';

		if (d > 9)
			return SAW_EFORMAT;
		if (v > (UINT64_MAX - d) / 10)
			return SAW_ERANGE;
		v = v * 10 + d;
	}
	if (v > max)
		return SAW_ERANGE;
	*out = v;
	return 0;
}

int saw_parse_i64(struct saw_str s, int64_t *out) {
	bool negative = s.n && s.p[0] == '-';
	uint64_t v;
	int rc;

	if (negative) {
		s.p++;
		s.n--;
	}
	rc = saw_parse_u64(s, negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX, &v);
	if (rc == 0)
		*out = negative ? (int64_t)((uint64_t)0 - v) : (int64_t)v;
	return rc;
}

static int hex_digit(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int saw_parse_hex64(struct saw_str s, uint64_t max, uint64_t *out) {
	uint64_t v = 0;

	if (s.n > 2 && s.p[0] == '0' && lower(s.p[1]) == 'x') {
		s.p += 2;
		s.n -= 2;
	}
	if (!s.n)
		return SAW_EFORMAT;
	for (size_t i = 0; i < s.n; i++) {
		int d = hex_digit(s.p[i]);

		if (d < 0)
			return SAW_EFORMAT;
		if (v >> 60)
			return SAW_ERANGE;
		v = v << 4 | (uint64_t)d;
	}
	if (v > max)
		return SAW_ERANGE;
	*out = v;
	return 0;
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/* The digits at *at without the zeros before them; *at goes behind them. */
static struct saw_str cut_number(const char **at) {
	struct saw_str number;

	while (**at == '0' && is_digit((*at)[1]))
		++*at;
	number = (struct saw_str){*at, 0};
	while (is_digit(**at))
		++*at;
	number.n = (size_t)(*at - number.p);
	return number;
}

int saw_compare_natural(const char *a, const char *b) {
	const char *const whole_a = a, *const whole_b = b;

	while (*a && *b) {
		if (is_digit(*a) && is_digit(*b)) {
			const struct saw_str x = cut_number(&a), y = cut_number(&b);
			const int c = x.n == y.n ? memcmp(x.p, y.p, x.n) : x.n < y.n ? -1 : 1;

			if (c)
				return c;
		} else if (*a != *b) {
			break;
		} else {
			a++;
			b++;
		}
	}
	if (*a != *b)
		return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
	return strcmp(whole_a, whole_b);
}

int saw_parse_double(struct saw_str s, double *out) {
	char copy[64];
	char *end;
	double v;

	if (!s.n || s.n >= sizeof copy)
		return SAW_EFORMAT;
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789+-.eE", s.p[i]))
			return SAW_EFORMAT; /* strtod would take blanks, "inf", "nan" and hexadecimal */
	memcpy(copy, s.p, s.n);
	copy[s.n] = 0;
	v = strtod(copy, &end);
	if (end != copy + s.n) /* a NUL among them ends it too */
		return SAW_EFORMAT;
	if (!isfinite(v))
		return SAW_ERANGE;
	*out = v;
	return 0;
}

/* The length of the valid UTF-8 sequence at p, 0 if there is none. Overlong forms, surrogates and > U+10FFFF are invalid. */
static size_t utf8_len(const unsigned char *p, size_t n) {
	size_t want;
	uint32_t cp;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		want = 2;
		cp = p[0] & 0x1fU;
	} else if ((p[0] & 0xf0) == 0xe0) {
		want = 3;
		cp = p[0] & 0x0fU;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		want = 4;
		cp = p[0] & 0x07U;
	} else {
		return 0;
	}
	if (n < want)
		return 0;
	for (size_t i = 1; i < want; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3fU);
	}
	if ((want == 3 && (cp < 0x800 || (cp >= 0xd800 && cp <= 0xdfff))) || (want == 4 && (cp < 0x10000 || cp > 0x10ffff)))
		return 0;
	return want;
}

size_t saw_put_clean(struct saw_buf *out, const void *bytes, size_t n) {
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	size_t escaped = 0, from = 0, i = 0;

	while (i < n) {
		size_t len = utf8_len(p + i, n - i);

		if (len > 1 || (len == 1 && (p[i] >= 0x20 || p[i] == '\t') && p[i] != 0x7f)) {
			i += len;
			continue;
		}
		saw_buf_put(out, p + from, i - from);
		saw_buf_put(out, (char[]){'\\', 'x', hex[p[i] >> 4], hex[p[i] & 15]}, 4);
		escaped++;
		from = ++i;
	}
	saw_buf_put(out, p + from, i - from);
	return escaped;
}

size_t saw_print_u64(char *p, uint64_t v) {
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
								"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
								"8081828384858687888990919293949596979899";
	char digits[20];
	size_t at = sizeof digits;

	while (v >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + v * 2, 2);
	} else {
		digits[--at] = (char)('0' + v);
	}
	memcpy(p, digits + at, sizeof digits - at);
	return sizeof digits - at;
}
