#include "collectors/cli/transform.h"

/* The four spellings of a key size: esp-256-aes and esp-aes-256 are tokens of their own, in "esp-aes 256" and "esp-gcm 256" the
 * size is the next token, and "esp-aes" alone has 128 bits. */
static const struct token {
	const char *text;
	struct saw_transform means;
} tokens[] = {
	{"esp-aes", {"aes-cbc", 128, NULL}},
	{"esp-128-aes", {"aes-cbc", 128, NULL}},
	{"esp-192-aes", {"aes-cbc", 192, NULL}},
	{"esp-256-aes", {"aes-cbc", 256, NULL}},
	{"esp-aes-128", {"aes-cbc", 128, NULL}},
	{"esp-aes-192", {"aes-cbc", 192, NULL}},
	{"esp-aes-256", {"aes-cbc", 256, NULL}},
	{"esp-gcm", {"aes-gcm", 128, NULL}},
	{"esp-aes-gcm", {"aes-gcm", 128, NULL}},
	{"esp-aes-gcm-128", {"aes-gcm", 128, NULL}},
	{"esp-aes-gcm-192", {"aes-gcm", 192, NULL}},
	{"esp-aes-gcm-256", {"aes-gcm", 256, NULL}},
	{"esp-gcm-128", {"aes-gcm", 128, NULL}},
	{"esp-gcm-192", {"aes-gcm", 192, NULL}},
	{"esp-gcm-256", {"aes-gcm", 256, NULL}},
	{"esp-gmac", {"aes-gmac", 128, NULL}},
	{"esp-aes-gmac", {"aes-gmac", 128, NULL}},
	{"esp-aes-gmac-128", {"aes-gmac", 128, NULL}},
	{"esp-aes-gmac-192", {"aes-gmac", 192, NULL}},
	{"esp-aes-gmac-256", {"aes-gmac", 256, NULL}},
	{"esp-3des", {"3des", 0, NULL}},
	{"esp-des", {"des", 0, NULL}},
	{"esp-seal", {"seal", 0, NULL}},
	{"esp-null", {"null", 0, NULL}},
	{"esp-md5-hmac", {NULL, 0, "md5"}},
	{"esp-sha-hmac", {NULL, 0, "sha1"}},
	{"esp-sha1-hmac", {NULL, 0, "sha1"}},
	{"esp-sha-1-hmac", {NULL, 0, "sha1"}},
	{"esp-sha256-hmac", {NULL, 0, "sha256"}},
	{"esp-sha-256-hmac", {NULL, 0, "sha256"}},
	{"esp-sha384-hmac", {NULL, 0, "sha384"}},
	{"esp-sha-384-hmac", {NULL, 0, "sha384"}},
	{"esp-sha512-hmac", {NULL, 0, "sha512"}},
	{"esp-sha-512-hmac", {NULL, 0, "sha512"}},
	{"ah-md5-hmac", {NULL, 0, "md5"}},
	{"ah-sha-hmac", {NULL, 0, "sha1"}},
	{"ah-sha256-hmac", {NULL, 0, "sha256"}},
	{"ah-sha384-hmac", {NULL, 0, "sha384"}},
	{"ah-sha512-hmac", {NULL, 0, "sha512"}},
};

static struct saw_str next_token(struct saw_str *s) {
	size_t from = 0, to;

	while (from < s->n && (s->p[from] == ' ' || s->p[from] == '\t' || s->p[from] == ','))
		from++;
	for (to = from; to < s->n && s->p[to] != ' ' && s->p[to] != '\t' && s->p[to] != ',';)
		to++;
	struct saw_str token = {s->p + from, to - from};

	s->p += to;
	s->n -= to;
	return token;
}

static const struct token *find(struct saw_str text) {
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
		if (saw_str_eq(text, saw_str_of(tokens[i].text)))
			return &tokens[i];
	return NULL;
}

void saw_transform_parse(struct saw_str text, struct saw_transform *out) {
	*out = (struct saw_transform){0};
	for (struct saw_str t = next_token(&text); t.n; t = next_token(&text)) {
		const struct token *known = find(t);
		uint64_t bits;

		if (!known) {
			if (out->key_bits && saw_parse_u64(t, 1024, &bits) == 0)
				out->key_bits = (uint32_t)bits;
			continue;
		}
		if (known->means.encryption) {
			out->encryption = known->means.encryption;
			out->key_bits = known->means.key_bits;
		}
		if (known->means.integrity)
			out->integrity = known->means.integrity;
	}
}

struct word {
	const char *printed, *name;
};

static const char *look_up(const struct word *words, size_t n, struct saw_str printed) {
	for (size_t i = 0; i < n; i++)
		if (saw_str_eq_nocase(printed, saw_str_of(words[i].printed)))
			return words[i].name;
	return NULL;
}

const char *saw_ike_cipher(struct saw_str printed) {
	static const struct word words[] = {
		{"AES-CBC", "aes-cbc"}, {"AES-GCM", "aes-gcm"}, {"AES", "aes-cbc"},
		{"aes-128", "aes-cbc"}, {"aes-192", "aes-cbc"}, {"aes-256", "aes-cbc"},
		{"3DES", "3des"},       {"DES", "des"},         {"NULL", "null"},
	};

	return look_up(words, sizeof words / sizeof words[0], printed);
}

const char *saw_ike_integrity(struct saw_str printed) {
	static const struct word words[] = {
		{"SHA96", "sha1"},    {"SHA1", "sha1"},     {"SHA", "sha1"}, {"SHA256", "sha256"},
		{"SHA384", "sha384"}, {"SHA512", "sha512"}, {"MD5", "md5"},  {"MD596", "md5"},
	};

	return look_up(words, sizeof words / sizeof words[0], printed);
}
