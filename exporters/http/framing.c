#include "exporters/http/framing.h"

static void refuse(struct saw_framing *f, unsigned status, const char *wrong) {
	if (f->status)
		return;
	f->status = status;
	f->wrong = wrong;
}

/* token of RFC 9110 section 5.6.2 */
static bool is_name(struct saw_str s) {
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			!memchr("!#$%&'*+-.^_`|~", c, 15))
			return false;
	}
	return s.n > 0;
}

static bool has_control(struct saw_str s) {
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return true;
	return false;
}

void saw_framing_header(struct saw_framing *f, struct saw_str name, struct saw_str value) {
	if (!is_name(name))
		refuse(f, 400, "a header's name holds what no name may hold");
	else if (has_control(value))
		refuse(f, 400, "a header's value holds a control character");
	else if (saw_str_eq_nocase(name, SAW_STR("Host")))
		f->hosts++;
	else if (saw_str_eq_nocase(name, SAW_STR("Transfer-Encoding")) ||
			 (saw_str_eq_nocase(name, SAW_STR("Content-Length")) && !saw_str_eq(saw_str_trim(value), SAW_STR("0"))))
		refuse(f, 413, "a question has no body here");
}

void saw_framing_end(struct saw_framing *f, const char *version) {
	if (f->hosts > 1)
		refuse(f, 400, "there is more than one Host header");
	else if (f->hosts == 0 && strcmp(version, "HTTP/1.0") != 0)
		refuse(f, 400, "the Host header is missing");
}

struct saw_str saw_framing_target(struct saw_str target) {
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		const struct saw_str scheme = saw_str_of(schemes[i]);

		if (target.n < scheme.n || !saw_str_eq_nocase((struct saw_str){target.p, scheme.n}, scheme))
			continue;
		for (size_t k = scheme.n; k < target.n; k++)
			if (target.p[k] == '/')
				return (struct saw_str){target.p + k, target.n - k};
		return SAW_STR("/");
	}
	return target;
}
