#include "exporters/http/accept.h"

/* Cuts off what stands before the next `at` that is in no quotes (all of it, where there is none). */
static struct saw_str cut(struct saw_str *s, char at) {
	struct saw_str head = {s->p, 0};
	bool quoted = false;

	while (head.n < s->n && (quoted || s->p[head.n] != at)) {
		if (s->p[head.n] == '"')
			quoted = !quoted;
		else if (quoted && s->p[head.n] == '\\' && head.n + 1 < s->n)
			head.n++;
		head.n++;
	}
	s->p += head.n;
	s->n -= head.n;
	if (s->n) {
		s->p++;
		s->n--;
	}
	return saw_str_trim(head);
}

bool saw_accept_param(const struct saw_accept_range *r, struct saw_str name, struct saw_str *value) {
	struct saw_str rest = r->params;

	while (rest.n) {
		struct saw_str v = cut(&rest, ';'), n = cut(&v, '=');

		if (!saw_str_eq_nocase(n, name))
			continue;
		v = saw_str_trim(v);
		if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
			v = (struct saw_str){v.p + 1, v.n - 2};
		*value = v;
		return true;
	}
	return false;
}

bool saw_accept_next(struct saw_str *header, struct saw_accept_range *out) {
	while (header->n) {
		struct saw_str range = cut(header, ','), q;
		double weight;

		*out = (struct saw_accept_range){.name = cut(&range, ';'), .params = range, .weight = 1};
		if (out->name.n == 0)
			continue;
		if (saw_accept_param(out, SAW_STR("q"), &q) && saw_parse_double(q, &weight) == 0)
			out->weight = weight < 0 ? 0 : weight > 1 ? 1 : weight;
		return true;
	}
	return false;
}

enum saw_encoding saw_accept_encoding(struct saw_str header) {
	double gzip = -1, identity = -1, other = -1; /* -1: not named */
	struct saw_accept_range r;

	while (saw_accept_next(&header, &r)) {
		if (saw_str_eq_nocase(r.name, SAW_STR("gzip")) || saw_str_eq_nocase(r.name, SAW_STR("x-gzip")))
			gzip = r.weight;
		else if (saw_str_eq_nocase(r.name, SAW_STR("identity")))
			identity = r.weight;
		else if (saw_str_eq(r.name, SAW_STR("*")))
			other = r.weight;
	}
	if (gzip < 0)
		gzip = other;
	return gzip > 0 && gzip >= identity ? SAW_ENCODING_GZIP : SAW_ENCODING_IDENTITY;
}
