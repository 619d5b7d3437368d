#include "exporters/http/query.h"

struct saw_str saw_query_cut(struct saw_str *s, char at) {
	const char *end = s->n ? memchr(s->p, at, s->n) : NULL;
	struct saw_str head = {s->p, end ? (size_t)(end - s->p) : s->n};

	s->p = end ? end + 1 : s->p + s->n;
	s->n = end ? s->n - head.n - 1 : 0;
	return head;
}

bool saw_query_next(struct saw_str *query, struct saw_str *name, struct saw_str *value) {
	while (query->n) {
		*value = saw_query_cut(query, '&');
		if (value->n == 0)
			continue;
		*name = saw_query_cut(value, '=');
		return true;
	}
	return false;
}

static int hex(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

bool saw_query_decode(struct saw_str s, char *out, size_t size) {
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] == '+' ? ' ' : s.p[i];

		if (c == '%') {
			int high = i + 2 < s.n ? hex(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == 0 || n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = 0;
	return true;
}
