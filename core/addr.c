#include "core/addr.h"

#include <arpa/inet.h>

static int parse_v4(struct saw_str s, struct saw_addr *out) {
	size_t at = 0;

	for (int part = 0; part < 4; part++) {
		size_t from = at;
		uint64_t v;

		while (at < s.n && s.p[at] != '.')
			at++;
		if (at - from > 3 || saw_parse_u64((struct saw_str){s.p + from, at - from}, 255, &v) != 0)
			return SAW_EFORMAT;
		out->bytes[part] = (uint8_t)v;
		if (part < 3) {
			if (at == s.n)
				return SAW_EFORMAT;
			at++;
		}
	}
	if (at != s.n)
		return SAW_EFORMAT;
	out->family = 4;
	return 0;
}

int saw_addr_parse(struct saw_str s, struct saw_addr *out) {
	char z[SAW_ADDR_TEXT];

	memset(out, 0, sizeof *out);
	if (!s.n)
		return SAW_EFORMAT;
	if (!memchr(s.p, ':', s.n))
		return parse_v4(s, out);
	if (s.n >= sizeof z)
		return SAW_EFORMAT;
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	if (strlen(z) != s.n || inet_pton(AF_INET6, z, out->bytes) != 1) {
		memset(out, 0, sizeof *out);
		return SAW_EFORMAT;
	}
	out->family = 6;
	return 0;
}

int saw_addr_from_bytes(const uint8_t *p, size_t n, struct saw_addr *out) {
	memset(out, 0, sizeof *out);
	if (n != 4 && n != 16)
		return SAW_EFORMAT;
	memcpy(out->bytes, p, n);
	out->family = n == 4 ? 4 : 6;
	return 0;
}

const char *saw_addr_print(const struct saw_addr *a, char out[SAW_ADDR_TEXT]) {
	out[0] = 0;
	if (a->family == 4)
		inet_ntop(AF_INET, a->bytes, out, SAW_ADDR_TEXT);
	else if (a->family == 6)
		inet_ntop(AF_INET6, a->bytes, out, SAW_ADDR_TEXT);
	return out;
}

int saw_addr_cmp(const struct saw_addr *a, const struct saw_addr *b) {
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool saw_addr_is_any(const struct saw_addr *a) {
	static const uint8_t zero[16];

	return a->family && memcmp(a->bytes, zero, sizeof zero) == 0;
}
