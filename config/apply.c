#include "config/schema.h"
#include "config/value.h"

#include "core/text.h"

#include <errno.h>
#include <stdio.h>

struct applier {
	const char *path, *folder;
	struct saw_arena *arena;
	struct saw_config_root *root;
	struct saw_err *err;
};

static int apply_map(struct applier *a, const struct saw_map *map, const struct saw_node *node, bool defaults,
					 void *out);

static struct saw_str text_of(const struct saw_node *node) {
	return (struct saw_str){node->text, node->len};
}

static void *at(void *base, size_t offset) {
	return (char *)base + offset;
}

static int no_memory(struct applier *a, int line) {
	return saw_err_set(a->err, SAW_ELIMIT, "%s:%d: the configuration is too large", a->path, line);
}

/* "FILE:LINE: KEY: VALUE is not taken; expected …" */
static int wrong(struct applier *a, const struct saw_key *key, const struct saw_node *node, const char *expected) {
	struct saw_buf shown = SAW_BUF_INIT(256);
	int rc;

	if (node->kind == SAW_NODE_SCALAR)
		saw_put_clean(&shown, node->text, node->len < 40 ? node->len : 40);
	rc = saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s: %s%s%s is not valid; expected %s", a->path, node->line, key->name,
					 node->kind == SAW_NODE_SCALAR ? "`" : "",
					 node->kind == SAW_NODE_SCALAR ? saw_buf_text(&shown)
					 : node->kind == SAW_NODE_LIST ? "a list"
												   : "a mapping",
					 node->kind == SAW_NODE_SCALAR ? "`" : "", expected);
	saw_buf_free(&shown);
	return rc;
}

static int edit_distance(const char *a, const char *b) {
	size_t row[40], n = strlen(b);

	if (n + 1 > sizeof row / sizeof row[0] || strlen(a) > 39)
		return 100;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return (int)row[n];
}

static int unknown_key(struct applier *a, const struct saw_map *map, const struct saw_node *node) {
	const struct saw_key *nearest = NULL;
	struct saw_buf list = SAW_BUF_INIT(1024);
	int best = 4, rc;

	for (size_t i = 0; i < map->n_keys; i++) {
		int d = edit_distance(node->key, map->keys[i].name);

		if (d < best) {
			best = d;
			nearest = &map->keys[i];
		}
		if (map->keys[i].kind != SAW_KEY_REFUSED)
			saw_buf_printf(&list, "%s%s", list.len ? ", " : "", map->keys[i].name);
	}
	if (nearest)
		rc = saw_err_set(a->err, SAW_ECONFIG, "%s:%d: unknown key `%.60s` in %s; did you mean `%s`?", a->path,
						 node->line, node->key, map->what, nearest->name);
	else
		rc = saw_err_set(a->err, SAW_ECONFIG, "%s:%d: unknown key `%.60s` in %s; expected one of %s", a->path,
						 node->line, node->key, map->what, saw_buf_text(&list));
	saw_buf_free(&list);
	return rc;
}

/* Visible UTF-8 of a bounded length. */
static int check_text(struct applier *a, const struct saw_key *key, const struct saw_node *node, uint64_t min,
					  uint64_t max) {
	struct saw_buf clean = SAW_BUF_INIT(64 << 10);
	bool dirty;

	if (node->len < min || node->len > max) {
		char expected[64];

		snprintf(expected, sizeof expected, "a text of %llu to %llu bytes", (unsigned long long)min,
				 (unsigned long long)max);
		return wrong(a, key, node, expected);
	}
	dirty = saw_put_clean(&clean, node->text, node->len) > 0 || memchr(node->text, '\t', node->len);
	saw_buf_free(&clean);
	if (dirty)
		return wrong(a, key, node, "text without control characters");
	if (node->len && (node->text[0] == ' ' || node->text[node->len - 1] == ' '))
		return wrong(a, key, node, "text without blanks at its ends");
	return 0;
}

static int set_choice(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *out) {
	struct saw_buf list = SAW_BUF_INIT(512);
	int rc;

	saw_buf_puts(&list, "one of ");
	for (const struct saw_choice *c = key->choices; c->word; c++) {
		if (saw_str_eq(text_of(node), saw_str_of(c->word))) {
			saw_buf_free(&list);
			if (key->kind == SAW_KEY_CHOICE)
				*(int *)out = c->value;
			else if (key->kind == SAW_KEY_CHOICE_SET)
				*(bool *)out = c->value != 0;
			else
				*(const char **)out = c->word;
			return 0;
		}
		saw_buf_printf(&list, "%s%s", c == key->choices ? "" : ", ", c->word);
	}
	rc = wrong(a, key, node, saw_buf_text(&list));
	saw_buf_free(&list);
	return rc;
}

static int set_number(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *out) {
	char expected[96];
	uint64_t v;

	if (saw_parse_u64(text_of(node), key->max, &v) != 0 || v < key->min) {
		snprintf(expected, sizeof expected, "a whole number from %llu to %llu", (unsigned long long)key->min,
				 (unsigned long long)key->max);
		return wrong(a, key, node, expected);
	}
	if (key->kind == SAW_KEY_UINT)
		*(unsigned *)out = (unsigned)v;
	else if (key->kind == SAW_KEY_U16)
		*(uint16_t *)out = (uint16_t)v;
	else
		*(uint64_t *)out = v;
	return 0;
}

static int set_duration(struct applier *a, const struct saw_key *key, const struct saw_node *node, uint64_t *out) {
	const char *expected = "";
	char text[128], min[32], max[32];

	if (saw_value_duration(text_of(node), out, &expected) == SAW_ECONFIG)
		return wrong(a, key, node, expected);
	if (*out >= key->min && *out <= key->max)
		return 0;
	snprintf(text, sizeof text, "%s to %s", saw_value_print_duration(key->min, min),
			 saw_value_print_duration(key->max, max));
	return wrong(a, key, node, text);
}

static int set_size(struct applier *a, const struct saw_key *key, const struct saw_node *node, uint64_t *out) {
	const char *expected = "";
	char text[128], min[32], max[32];

	if (saw_value_size(text_of(node), out, &expected) != 0)
		return wrong(a, key, node, expected);
	if (*out >= key->min && *out <= key->max)
		return 0;
	snprintf(text, sizeof text, "%s to %s", saw_value_print_size(key->min, min), saw_value_print_size(key->max, max));
	return wrong(a, key, node, text);
}

/* A path of the file's folder where it does not begin at the root. */
static const char *path_in(struct applier *a, const struct saw_node *node) {
	size_t folder = node->text[0] == '/' ? 0 : strlen(a->folder);
	char *p = saw_arena_alloc(a->arena, folder + node->len + 1);

	if (p) {
		memcpy(p, a->folder, folder);
		memcpy(p + folder, node->text, node->len + 1);
	}
	return p;
}

static int set_secret(struct applier *a, const struct saw_key *key, const struct saw_node *node,
					  struct saw_secret_ref *ref) {
	int rc = check_text(a, key, node, 1, 4096);

	if (rc)
		return rc;
	*ref = (struct saw_secret_ref){.line = node->line};
	if (key->kind == SAW_KEY_ENV_REF)
		ref->env = node->text;
	else if (!(ref->file = path_in(a, node)))
		return no_memory(a, node->line);
	return 0;
}

static int set_address(struct applier *a, const struct saw_key *key, const struct saw_node *node, const char **out) {
	if (key->kind == SAW_KEY_HOST) {
		if (!saw_value_is_host(text_of(node)))
			return wrong(a, key, node, "an IP address or a host name");
		*out = node->text;
		return 0;
	}
	*out = saw_value_ip(a->arena, text_of(node));
	return *out ? 0 : wrong(a, key, node, "an IP address, such as 192.0.2.1 or 2001:db8::1");
}

static int set_scalar(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	void *out = at(base, key->offset);
	const char *expected = "";
	int rc;

	if (node->kind != SAW_NODE_SCALAR)
		return wrong(a, key, node, "a single value");
	if (node->len == 0 || (!node->quoted && (strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0)))
		return saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s has no value; leave the key out, or give it one", a->path,
						   node->line, key->name);
	switch (key->kind) {
	case SAW_KEY_TEXT:
		rc = check_text(a, key, node, key->min, key->max);
		*(const char **)out = node->text;
		return rc;
	case SAW_KEY_NAME:
		if (node->len > key->max || !saw_value_is_name(text_of(node)))
			return wrong(a, key, node, "at most 64 letters, digits, dots, underlines and hyphens");
		*(const char **)out = node->text;
		return 0;
	case SAW_KEY_IP:
	case SAW_KEY_HOST:
		return set_address(a, key, node, out);
	case SAW_KEY_ROOT:
		if (!saw_value_is_root(node->text))
			return wrong(a, key, node, "numbers below 1.3.6.1.4.1, such as 1.3.6.1.4.1.64512.7");
		*(const char **)out = node->text;
		return 0;
	case SAW_KEY_SELECTOR:
		if (!saw_value_is_selector(text_of(node)) || check_text(a, key, node, 1, 128) != 0)
			return wrong(a, key, node, "a selector, such as 10.0.0.0/255.255.255.0/0/0 or 10.0.0.0/24");
		*(const char **)out = node->text;
		return 0;
	case SAW_KEY_FOLDER:
	case SAW_KEY_PATH:
		if (key->kind == SAW_KEY_FOLDER && strcmp(node->text, SAW_CONFIG_NONE) == 0) {
			*(const char **)out = node->text;
			return 0;
		}
		rc = check_text(a, key, node, 1, 4096);
		if (rc == 0 && !(*(const char **)out = path_in(a, node)))
			rc = no_memory(a, node->line);
		return rc;
	case SAW_KEY_BOOL:
		return saw_value_bool(text_of(node), out, &expected) ? wrong(a, key, node, expected) : 0;
	case SAW_KEY_DURATION:
		return set_duration(a, key, node, out);
	case SAW_KEY_SIZE:
		return set_size(a, key, node, out);
	case SAW_KEY_URL:
		if (!saw_value_is_url(text_of(node)))
			return wrong(a, key, node,
						 "a URL, such as https://host.example:9090/path, without user and password in it");
		*(const char **)out = node->text;
		return 0;
	case SAW_KEY_BITRATE:
		return saw_value_bitrate(text_of(node), out, &expected) ? wrong(a, key, node, expected) : 0;
	case SAW_KEY_MODE:
		return saw_value_mode(text_of(node), out) ? wrong(a, key, node, "permissions in octal, such as 0660") : 0;
	case SAW_KEY_BLOCK:
		if (node->len > key->max || memchr(node->text, 0, node->len))
			return wrong(a, key, node, "text without NUL bytes");
		*(const char **)out = node->text;
		return 0;
	case SAW_KEY_CHOICE:
	case SAW_KEY_CHOICE_SET:
	case SAW_KEY_WORD:
		return set_choice(a, key, node, out);
	case SAW_KEY_FILE_REF:
	case SAW_KEY_ENV_REF:
		return set_secret(a, key, node, out);
	default:
		return set_number(a, key, node, out);
	}
}

static int check_list(struct applier *a, const struct saw_key *key, const struct saw_node *node, const char *expected) {
	if (node->kind != SAW_NODE_LIST)
		return wrong(a, key, node, expected);
	if (node->n < key->min || node->n > key->max)
		return saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s has %zu items; expected %llu to %llu", a->path, node->line,
						   key->name, node->n, (unsigned long long)key->min, (unsigned long long)key->max);
	return 0;
}

static int set_texts(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	const char **texts;
	size_t n = 0;
	int rc = check_list(a, key, node, "a list of words, such as [mpls, backup]");

	if (rc)
		return rc;
	texts = saw_arena_alloc(a->arena, node->n * sizeof *texts);
	if (!texts)
		return no_memory(a, node->line);
	for (const struct saw_node *item = node->first; item; item = item->next) {
		if (item->kind != SAW_NODE_SCALAR)
			return wrong(a, key, item, "a word");
		rc = check_text(a, key, item, 1, 256);
		if (rc)
			return rc;
		texts[n++] = item->text;
	}
	*(const char *const **)at(base, key->offset) = texts;
	*(size_t *)at(base, key->count) = n;
	return 0;
}

static int set_listen(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	const bool one = node->kind == SAW_NODE_SCALAR;
	struct saw_config_listen *places = saw_arena_alloc(a->arena, (one ? 1 : node->n + 1) * sizeof *places);
	size_t n = 0;
	int rc = one ? 0 : check_list(a, key, node, "ADDRESS:PORT, unix:/PATH, or a list of them");

	if (rc)
		return rc;
	if (!places)
		return no_memory(a, node->line);
	for (const struct saw_node *item = one ? node : node->first; item; item = one ? NULL : item->next)
		if (item->kind != SAW_NODE_SCALAR || saw_value_listen(a->arena, text_of(item), &places[n++]))
			return wrong(a, key, item,
						 "ADDRESS:PORT, such as 127.0.0.1:9857 or \"[::1]:9857\", or unix:/PATH of at most 100 bytes");
	*(const void **)at(base, key->offset) = places;
	*(size_t *)at(base, key->count) = n;
	return 0;
}

static bool is_text(const struct saw_node *node, size_t max) {
	struct saw_buf clean = SAW_BUF_INIT(64 << 10);
	bool good = node->len <= max && saw_put_clean(&clean, node->text, node->len) == 0;

	saw_buf_free(&clean);
	return good && !memchr(node->text, '\t', node->len);
}

static int set_pairs(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	struct saw_pair *pairs;
	size_t n = 0;

	if (node->kind != SAW_NODE_MAP)
		return wrong(a, key, node, "a mapping of names and texts");
	if (node->n > key->max)
		return saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s has %zu items; expected at most %llu", a->path, node->line,
						   key->name, node->n, (unsigned long long)key->max);
	pairs = saw_arena_alloc(a->arena, (node->n + 1) * sizeof *pairs);
	if (!pairs)
		return no_memory(a, node->line);
	for (const struct saw_node *item = node->first; item; item = item->next) {
		/* The value may be a secret that somebody put there by mistake: it is not shown. */
		if (item->kind != SAW_NODE_SCALAR || !is_text(item, 1024))
			return saw_err_set(a->err, SAW_ECONFIG,
							   "%s:%d: %s: %.60s has no valid value; expected at most 1,024 bytes of text", a->path,
							   item->line, key->name, item->key);
		for (size_t i = 0; i < n; i++)
			if (strcmp(pairs[i].name, item->key) == 0)
				return saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s is given twice; the first is in line %d", a->path,
								   item->line, item->key, pairs[i].line);
		pairs[n++] = (struct saw_pair){.name = item->key, .value = item->text, .line = item->line};
	}
	*(const void **)at(base, key->offset) = pairs;
	*(size_t *)at(base, key->count) = n;
	return 0;
}

/* Some of the choices, or all of them. */
static int set_words(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	bool all = node->kind == SAW_NODE_SCALAR && saw_str_eq(text_of(node), SAW_STR("true"));
	const char **words;
	size_t n = 0;

	if (!all && node->kind == SAW_NODE_SCALAR && saw_str_eq(text_of(node), SAW_STR("false")))
		return 0;
	if (!all && node->kind != SAW_NODE_LIST)
		return wrong(a, key, node, "true, false, or a list of algorithms");
	while (all && key->choices[n].word)
		n++;
	words = saw_arena_alloc(a->arena, (all ? n : node->n ? node->n : 1) * sizeof *words);
	if (!words)
		return no_memory(a, node->line);
	for (size_t i = 0; all && i < n; i++)
		words[i] = key->choices[i].word;
	for (const struct saw_node *item = all ? NULL : node->first; item; item = item->next) {
		const struct saw_key one = {.name = key->name, .kind = SAW_KEY_WORD, .choices = key->choices};
		int rc = item->kind == SAW_NODE_SCALAR ? set_choice(a, &one, item, &words[n++]) : wrong(a, key, item, "a word");

		if (rc)
			return rc;
	}
	*(const char *const **)at(base, key->offset) = words;
	*(size_t *)at(base, key->count) = n;
	return 0;
}

static int set_maps(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	char *items;
	size_t n = 0;
	int rc = check_list(a, key, node, "a list (lines that begin with `- `)");

	if (rc)
		return rc;
	items = saw_arena_zalloc(a->arena, node->n * key->map->size);
	if (!items)
		return no_memory(a, node->line);
	for (const struct saw_node *item = node->first; item; item = item->next, n++) {
		if (item->kind != SAW_NODE_MAP)
			return wrong(a, key, item, "a mapping of keys and values in each item");
		rc = apply_map(a, key->map, item, true, items + n * key->map->size);
		if (rc)
			return rc;
	}
	*(const void **)at(base, key->offset) = items;
	*(size_t *)at(base, key->count) = n;
	return 0;
}

static int set_shared(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	void *own;

	if (node->kind != SAW_NODE_MAP)
		return wrong(a, key, node, "a mapping; `{}` takes the defaults as they are");
	own = saw_arena_alloc(a->arena, key->map->size);
	if (!own)
		return no_memory(a, node->line);
	memcpy(own, at(a->root, key->count), key->map->size);
	*(const void **)at(base, key->offset) = own;
	return apply_map(a, key->map, node, false, own);
}

static int set_key(struct applier *a, const struct saw_key *key, const struct saw_node *node, void *base) {
	switch (key->kind) {
	case SAW_KEY_REFUSED:
		return saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s: %s", a->path, node->line, key->name, key->help);
	case SAW_KEY_TEXTS:
		return set_texts(a, key, node, base);
	case SAW_KEY_WORDS:
		return set_words(a, key, node, base);
	case SAW_KEY_LISTEN:
		return set_listen(a, key, node, base);
	case SAW_KEY_PAIRS:
		return set_pairs(a, key, node, base);
	case SAW_KEY_MAPS:
		return set_maps(a, key, node, base);
	case SAW_KEY_MAP:
		if (node->kind != SAW_NODE_MAP)
			return wrong(a, key, node, "a mapping of keys and values");
		return apply_map(a, key->map, node, true, at(base, key->offset));
	case SAW_KEY_MAP_SHARED:
		return set_shared(a, key, node, base);
	default:
		return set_scalar(a, key, node, base);
	}
}

static int set_default(struct applier *a, const struct saw_key *key, int line, void *base) {
	static const struct saw_node empty = {.kind = SAW_NODE_MAP};
	struct saw_node node = {.kind = SAW_NODE_SCALAR, .line = line, .text = key->standard};

	if (key->kind == SAW_KEY_MAP)
		return apply_map(a, key->map, &empty, true, at(base, key->offset));
	if (!key->standard)
		return 0;
	node.len = strlen(key->standard);
	return set_key(a, key, &node, base);
}

/* Every key of the file finds its slot, then the table is walked: keys that others build on come first there. */
static int apply_map(struct applier *a, const struct saw_map *map, const struct saw_node *node, bool defaults,
					 void *out) {
	const struct saw_node *given[SAW_CONFIG_KEYS_MAX] = {NULL};
	int rc;

	if (map->line)
		*(int *)at(out, map->line) = node->line;
	for (const struct saw_node *item = node->first; item; item = item->next) {
		size_t i = 0;

		while (i < map->n_keys && strcmp(map->keys[i].name, item->key) != 0)
			i++;
		if (i == map->n_keys)
			return unknown_key(a, map, item);
		if (given[i])
			return saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s is given twice; the first is in line %d", a->path,
							   item->line, item->key, given[i]->line);
		given[i] = item;
	}
	for (size_t i = 0; i < map->n_keys; i++) {
		const struct saw_key *key = &map->keys[i];

		if (given[i] && i > 0 && key->kind == SAW_KEY_ENV_REF && given[i - 1])
			return saw_err_set(a->err, SAW_ECONFIG, "%s:%d: both %s and %s are given; expected one of them", a->path,
							   given[i]->line, map->keys[i - 1].name, key->name);
		if (given[i])
			rc = set_key(a, key, given[i], out);
		else if (key->required)
			rc = saw_err_set(a->err, SAW_ECONFIG, "%s:%d: %s lacks `%s`: %s", a->path, node->line, map->what, key->name,
							 key->help);
		else
			rc = defaults ? set_default(a, key, node->line, out) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

int saw_schema_apply(const char *path, const char *folder, const struct saw_node *tree, struct saw_arena *arena,
					 struct saw_config_root *out, struct saw_err *err) {
	struct applier a = {.path = path, .folder = folder, .arena = arena, .root = out, .err = err};

	if (tree->kind != SAW_NODE_MAP)
		return saw_err_set(err, SAW_ECONFIG, "%s:%d: a mapping with `devices:` is expected", path, tree->line);
	return apply_map(&a, &saw_schema, tree, true, out);
}

int saw_schema_apply_map(const char *path, const char *folder, const struct saw_map *map, const struct saw_node *tree,
						 struct saw_arena *arena, void *out, struct saw_err *err) {
	struct applier a = {.path = path, .folder = folder, .arena = arena, .err = err};

	if (tree->kind != SAW_NODE_MAP)
		return saw_err_set(err, SAW_ECONFIG, "%s:%d: a mapping of keys and values is expected", path, tree->line);
	return apply_map(&a, map, tree, true, out);
}
