#include "config/value.h"

#include "core/addr.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

struct unit {
	const char *name;
	uint64_t factor;
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct unit durations[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
static const struct unit bitrates[] = {{"kbit", 1000}, {"Mbit", 1000000}, {"Gbit", 1000000000}};

static const struct unit sizes[] = {{"KiB", 1U << 10}, {"MiB", 1U << 20}, {"GiB", 1U << 30}};

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Digits (and, with `decimal`, one point among them), then exactly one of the units. */
static int with_unit(struct saw_str s, const struct unit *units, size_t n, bool decimal, double *out) {
	struct saw_str unit = s;
	double v;

	while (unit.n && (is_digit(unit.p[0]) || (decimal && unit.p[0] == '.'))) {
		unit.p++;
		unit.n--;
	}
	if (saw_parse_double((struct saw_str){s.p, s.n - unit.n}, &v) != 0)
		return SAW_ECONFIG;
	for (size_t i = 0; i < n; i++)
		if (saw_str_eq(unit, saw_str_of(units[i].name))) {
			*out = v * (double)units[i].factor;
			return *out < 9e15 ? 0 : SAW_ERANGE;
		}
	return SAW_ECONFIG;
}

int saw_value_duration(struct saw_str s, uint64_t *ms, const char **expected) {
	double v;
	int rc = with_unit(s, durations, COUNT(durations), false, &v);
	uint64_t plain;

	if (rc == 0)
		*ms = (uint64_t)v;
	else if (saw_parse_u64(s, UINT64_MAX, &plain) == 0)
		*expected = "a number with its unit, such as 300s, 5m or 1h (this one has no unit)";
	else
		*expected = "a whole number with its unit (ms, s, m, h, d), such as 300s, 5m or 1h";
	return rc;
}

int saw_value_size(struct saw_str s, uint64_t *bytes, const char **expected) {
	double v;
	int rc = with_unit(s, sizes, COUNT(sizes), false, &v);

	if (rc == 0)
		*bytes = (uint64_t)v;
	else
		*expected = "a whole number with its unit (KiB, MiB, GiB), such as 256MiB";
	return rc;
}

int saw_value_bitrate(struct saw_str s, uint64_t *bytes_per_second, const char **expected) {
	double bits;
	int rc = with_unit(s, bitrates, COUNT(bitrates), true, &bits);

	if (rc == 0 && bits < 8)
		rc = SAW_ERANGE;
	if (rc == 0)
		*bytes_per_second = (uint64_t)(bits / 8);
	else
		*expected = "bits per second with their unit (kbit, Mbit, Gbit), such as 50Mbit";
	return rc;
}

int saw_value_bool(struct saw_str s, bool *out, const char **expected) {
	*expected = "true or false";
	if (!saw_str_eq(s, SAW_STR("true")) && !saw_str_eq(s, SAW_STR("false")))
		return SAW_ECONFIG;
	*out = s.p[0] == 't';
	return 0;
}

const char *saw_value_ip(struct saw_arena *arena, struct saw_str s) {
	char text[SAW_ADDR_TEXT];
	struct saw_addr a;

	if (saw_addr_parse(s, &a) != 0)
		return NULL;
	saw_addr_print(&a, text);
	return saw_arena_strndup(arena, text, strlen(text));
}

bool saw_value_is_host(struct saw_str s) {
	struct saw_addr a;
	bool letter = false;

	if (saw_addr_parse(s, &a) == 0)
		return !saw_addr_is_any(&a);
	if (s.n == 0 || s.n > 253 || s.p[0] == '-' || s.p[0] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' && s.p[i] != '_')
			return false;
		if (s.p[i] == '.' && i + 1 < s.n && s.p[i + 1] == '.')
			return false;
		letter |= !is_digit(s.p[i]) && s.p[i] != '.';
	}
	return letter; /* 192.0.2.300 is a mistyped address, not a name */
}

bool saw_value_is_name(struct saw_str s) {
	if (s.n == 0 || !is_alnum(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return true;
}

bool saw_value_is_selector(struct saw_str s) {
	const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	struct saw_addr a;

	return slash && (size_t)(slash - s.p) + 1 < s.n &&
		   saw_addr_parse((struct saw_str){s.p, (size_t)(slash - s.p)}, &a) == 0;
}

int saw_value_mode(struct saw_str s, unsigned *mode) {
	*mode = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '7' || i > 3)
			return SAW_ECONFIG;
		*mode = *mode * 8 + (unsigned)(s.p[i] - '0');
	}
	return s.n >= 3 && *mode <= 0777 ? 0 : SAW_ECONFIG;
}

#define UNIX_PATH_MAX 100 /* a socket's own limit, with room for the name it has until it is complete */

int saw_value_listen(struct saw_arena *arena, struct saw_str s, struct saw_config_listen *out) {
	struct saw_str host, digits;
	uint64_t v;
	size_t colon = s.n;

	*out = (struct saw_config_listen){.path = NULL};
	if (saw_str_starts(s, SAW_STR("unix:"))) {
		if (s.n < 7 || s.p[5] != '/' || s.p[s.n - 1] == '/' || s.n - 5 > UNIX_PATH_MAX)
			return SAW_ECONFIG;
		out->path = saw_arena_strndup(arena, s.p + 5, s.n - 5);
		return out->path ? 0 : SAW_ECONFIG;
	}
	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return SAW_ECONFIG;
	host = (struct saw_str){s.p, colon - 1};
	digits = (struct saw_str){s.p + colon, s.n - colon};
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct saw_str){host.p + 1, host.n - 2};
	else if (host.n == 0 || memchr(host.p, ':', host.n))
		return SAW_ECONFIG;
	if (saw_parse_u64(digits, 65535, &v) != 0)
		return SAW_ECONFIG;
	out->port = (uint16_t)v;
	out->address = saw_value_ip(arena, host);
	return out->address ? 0 : SAW_ECONFIG;
}

bool saw_value_is_url(struct saw_str s) {
	const bool tls = saw_str_starts(s, SAW_STR("https://"));
	struct saw_str host = {s.p + (tls ? 8 : 7), s.n - (tls ? 8 : 7)};
	size_t n = 0;

	if ((!tls && !saw_str_starts(s, SAW_STR("http://"))) || host.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] > '~' || s.p[i] == '#')
			return false;
	while (n < host.n && host.p[n] != '/' && host.p[n] != '?') {
		if (host.p[n] == '@')
			return false;
		n++;
	}
	return n > 0 && host.p[0] != ':';
}

const char *saw_value_print_size(uint64_t bytes, char out[32]) {
	size_t i = COUNT(sizes) - 1;

	while (i > 0 && bytes % sizes[i].factor != 0)
		i--;
	snprintf(out, 32, "%llu%s", (unsigned long long)(bytes / sizes[i].factor), sizes[i].name);
	return out;
}

const char *saw_value_print_duration(uint64_t ms, char out[32]) {
	size_t i = COUNT(durations) - 1;

	while (i > 0 && (ms == 0 || ms % durations[i].factor != 0))
		i--;
	snprintf(out, 32, "%llu%s", (unsigned long long)(ms / durations[i].factor), durations[i].name);
	return out;
}

/* Numbers below 1.3.6.1.4.1, so many that the longest instance still fits. */
bool saw_value_is_root(const char *text) {
	static const char enterprises[] = "1.3.6.1.4.1.";
	uint64_t arc;
	unsigned n = 0;

	if (*text == '.')
		text++;
	if (strncmp(text, enterprises, sizeof enterprises - 1) != 0)
		return false;
	for (text += sizeof enterprises - 1;; text++) {
		size_t len = strcspn(text, ".");

		if (++n > 90 || saw_parse_u64((struct saw_str){text, len}, UINT32_MAX, &arc) < 0)
			return false;
		text += len;
		if (!*text)
			return true;
	}
}
