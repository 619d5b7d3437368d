#include "core/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void saw_base64_put(struct saw_buf *out, const void *bytes, size_t n) {
	const unsigned char *all = bytes;

	for (size_t i = 0; i < n; i += 3) {
		const unsigned char *p = all + i;
		const size_t left = n - i;
		const uint32_t v = (uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);

		saw_buf_putc(out, digits[v >> 18]);
		saw_buf_putc(out, digits[v >> 12 & 63]);
		saw_buf_putc(out, left > 1 ? digits[v >> 6 & 63] : '=');
		saw_buf_putc(out, left > 2 ? digits[v & 63] : '=');
	}
}

/* Not looked up: what is decoded may be a password, and a table's cache lines tell of it. */
static int digit(char c) {
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t saw_base64_decode(struct saw_str s, void *out, size_t room) {
	unsigned char *to = out;
	uint32_t bits = 0;
	size_t n = 0;

	for (int i = 0; i < 2 && s.n && s.p[s.n - 1] == '='; i++)
		s.n--;
	if (s.n % 4 == 1)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		int d = digit(s.p[i]);

		if (d < 0)
			return -1;
		bits = bits << 6 | (uint32_t)d;
		if (i % 4 == 0)
			continue;
		if (n == room)
			return -1;
		to[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	return (ssize_t)n;
}
