#include "model/threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* One end of a range: a number with or without per cent signs behind it. */
static int parse_number(struct saw_str s, double *out) {
	while (s.n && s.p[s.n - 1] == '%')
		s.n--;
	return saw_parse_double(s, out);
}

int saw_range_parse(struct saw_str s, struct saw_range *out) {
	struct saw_range r = {.start = 0, .end = INFINITY, .inside = false};
	struct saw_str start = {NULL, 0}, end;
	const char *colon;
	int rc;

	s = saw_str_trim(s);
	if (s.n && s.p[0] == '@') {
		r.inside = true;
		s.p++;
		s.n--;
	}
	if (s.n == 0)
		return SAW_EFORMAT;
	colon = memchr(s.p, ':', s.n);
	end = s;
	if (colon) {
		start = (struct saw_str){s.p, (size_t)(colon - s.p)};
		end = (struct saw_str){colon + 1, s.n - start.n - 1};
		if (start.n == 0 && end.n == 0)
			return SAW_EFORMAT;
	}
	if (saw_str_eq(start, SAW_STR("~")))
		r.start = -INFINITY;
	else if (start.n && (rc = parse_number(start, &r.start)) != 0)
		return rc;
	if (end.n && (rc = parse_number(end, &r.end)) != 0)
		return rc;
	if (r.start > r.end)
		return SAW_ERANGE;
	*out = r;
	return 0;
}

bool saw_range_alert(const struct saw_range *r, double value) {
	bool within = value >= r->start && value <= r->end;

	return within == r->inside;
}

static void print_number(struct saw_buf *out, double v) {
	char text[40];

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	saw_buf_puts(out, text);
}

void saw_range_print(const struct saw_range *r, struct saw_buf *out) {
	if (r->inside)
		saw_buf_putc(out, '@');
	if (isinf(r->start))
		saw_buf_putc(out, '~');
	else if (r->start != 0 || isinf(r->end))
		print_number(out, r->start);
	if (isinf(r->start) || r->start != 0 || isinf(r->end))
		saw_buf_putc(out, ':');
	if (!isinf(r->end))
		print_number(out, r->end);
}
