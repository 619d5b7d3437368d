#include "collectors/ssh/hostkey.h"

#include "core/base64.h"
#include "core/sha1.h"

#include <ctype.h>
#include <stdio.h>

#define SSH_PORT 22
#define NAME_MAX_BYTES 320 /* "[" host name "]:65535" */

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The name that a line must have for this address. */
static struct saw_str name_of(const char *address, uint16_t port, char out[NAME_MAX_BYTES]) {
	int n = port == SSH_PORT ? snprintf(out, NAME_MAX_BYTES, "%s", address)
							 : snprintf(out, NAME_MAX_BYTES, "[%s]:%u", address, port);

	if (n < 0 || n >= NAME_MAX_BYTES)
		return (struct saw_str){out, 0};
	for (int i = 0; i < n; i++)
		out[i] = lower(out[i]);
	return (struct saw_str){out, (size_t)n};
}

/* `*` any number of characters, `?` one. Goes back to the last star only, so that no pattern costs more than its length times the name's. */
static bool glob(struct saw_str pattern, struct saw_str name) {
	size_t p = 0, i = 0, star = SIZE_MAX, from = 0;

	while (i < name.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			from = i;
		} else if (p < pattern.n && (pattern.p[p] == '?' || lower(pattern.p[p]) == name.p[i])) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

static struct saw_str cut(struct saw_str *rest, char at) {
	const char *end = rest->n ? memchr(rest->p, at, rest->n) : NULL;
	struct saw_str piece = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
	size_t used = piece.n + (end ? 1 : 0);

	rest->p += used;
	rest->n -= used;
	return piece;
}

/* The 20 bytes of a salt or hash. */
static bool decode20(struct saw_str s, uint8_t out[SAW_SHA1_BYTES]) {
	return saw_base64_decode(s, out, SAW_SHA1_BYTES) == SAW_SHA1_BYTES;
}

static bool hashed_matches(struct saw_str s, struct saw_str name) {
	uint8_t salt[SAW_SHA1_BYTES], want[SAW_SHA1_BYTES], have[SAW_SHA1_BYTES];

	cut(&s, '|');
	if (!saw_str_eq(cut(&s, '|'), SAW_STR("1")) || !decode20(cut(&s, '|'), salt) || !decode20(s, want))
		return false;
	saw_hmac_sha1(salt, sizeof salt, name.p, name.n, have);
	return memcmp(want, have, sizeof have) == 0;
}

/* One pattern must match, and none that begins with an exclamation mark. */
static bool names_match(struct saw_str list, struct saw_str name) {
	bool found = false;

	if (list.n && list.p[0] == '|')
		return hashed_matches(list, name);
	while (list.n) {
		struct saw_str pattern = cut(&list, ',');
		bool no = pattern.n && pattern.p[0] == '!';

		if (no) {
			pattern.p++;
			pattern.n--;
		}
		if (!pattern.n || !glob(pattern, name))
			continue;
		if (no)
			return false;
		found = true;
	}
	return found;
}

static struct saw_str word(struct saw_str *line) {
	struct saw_str w;

	while (line->n && (*line->p == ' ' || *line->p == '\t'))
		line->p++, line->n--;
	w = (struct saw_str){line->p, 0};
	while (line->n && *line->p != ' ' && *line->p != '\t')
		line->p++, line->n--, w.n++;
	return w;
}

static bool is_word(struct saw_str s, const char *more) {
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && (!s.p[i] || !strchr(more, s.p[i])))
			return false;
	return s.n > 0;
}

bool saw_hostkey_next(struct saw_str known_hosts, const char *address, uint16_t port, size_t *at,
					  struct saw_hostkey *out) {
	char text[NAME_MAX_BYTES];
	struct saw_str name = name_of(address, port, text);

	while (*at < known_hosts.n) {
		struct saw_str rest = {known_hosts.p + *at, known_hosts.n - *at}, line, names;
		bool revoked;

		line = cut(&rest, '\n');
		*at = known_hosts.n - rest.n;
		line = saw_str_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		names = word(&line);
		revoked = saw_str_eq(names, SAW_STR("@revoked"));
		if (revoked)
			names = word(&line);
		else if (names.p[0] == '@')
			continue;
		out->type = word(&line);
		out->key = word(&line);
		out->revoked = revoked;
		/* What goes into messages and algorithm lists is what such words are made of. */
		if (!is_word(out->type, "-.@_") || !is_word(out->key, "+/=") || out->type.n > 64 || out->key.n > 16384)
			continue;
		if (name.n && names_match(names, name))
			return true;
	}
	return false;
}

size_t saw_hostkey_find(struct saw_str known_hosts, const char *address, uint16_t port, struct saw_hostkey *out,
						size_t max) {
	size_t at = 0, n = 0;

	while (n < max && saw_hostkey_next(known_hosts, address, port, &at, &out[n]))
		n++;
	return n;
}

static bool same(const struct saw_hostkey *a, const struct saw_hostkey *b) {
	return saw_str_eq(a->key, b->key); /* the key's bytes begin with its type */
}

enum saw_hostkey_verdict saw_hostkey_judge(const struct saw_hostkey *known, size_t n, const struct saw_hostkey *shown) {
	enum saw_hostkey_verdict verdict = SAW_HOSTKEY_UNKNOWN;

	for (size_t i = 0; i < n; i++)
		if (known[i].revoked && same(&known[i], shown))
			return SAW_HOSTKEY_REVOKED;
	for (size_t i = 0; i < n; i++) {
		if (known[i].revoked)
			continue;
		if (same(&known[i], shown))
			return SAW_HOSTKEY_KNOWN;
		verdict = SAW_HOSTKEY_CHANGED;
	}
	return verdict;
}

void saw_hostkey_put(struct saw_buf *out, const char *address, uint16_t port, const struct saw_hostkey *key) {
	char text[NAME_MAX_BYTES];
	struct saw_str name = name_of(address, port, text);

	saw_buf_printf(out, "%.*s %.*s %.*s\n", (int)name.n, name.p, (int)key->type.n, key->type.p, (int)key->key.n,
				   key->key.p);
}

/* The algorithms a key can sign with. */
static const struct {
	const char *type, *algorithms;
	bool old;
} kinds[] = {
	{"ssh-ed25519", "ssh-ed25519", false},
	{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", false},
	{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", false},
	{"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", false},
	{"ssh-rsa", "rsa-sha2-512,rsa-sha2-256", false},
	{"ssh-rsa", "ssh-rsa", true},
};

void saw_hostkey_put_algorithms(struct saw_buf *out, const struct saw_hostkey *known, size_t n, bool old) {
	size_t begin = out->len;

	/* First those of which a key is known, then the others: a device that has no such key any more shall be seen. */
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
			bool is_known = false;

			for (size_t i = 0; i < n; i++)
				is_known |= !known[i].revoked && saw_str_eq(known[i].type, saw_str_of(kinds[k].type));
			if (is_known == (pass == 0) && (old || !kinds[k].old))
				saw_buf_printf(out, "%s%s", out->len > begin ? "," : "", kinds[k].algorithms);
		}
}
