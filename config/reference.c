#include "config/schema.h"
#include "config/value.h"

/* What a value looks like, in a few words; those that are not here are texts, or say it by their choices or bounds. */
static const char *const kinds[] = {
	[SAW_KEY_BOOL] = "true | false",
	[SAW_KEY_URL] = "URL",
	[SAW_KEY_BITRATE] = "bit rate",
	[SAW_KEY_IP] = "IP address",
	[SAW_KEY_HOST] = "IP address or host name",
	[SAW_KEY_LISTEN] = "ADDRESS:PORT | unix:/PATH | list of them",
	[SAW_KEY_MODE] = "octal",
	[SAW_KEY_ROOT] = "object identifier",
	[SAW_KEY_SELECTOR] = "selector",
	[SAW_KEY_FOLDER] = "path",
	[SAW_KEY_PATH] = "path",
	[SAW_KEY_FILE_REF] = "path",
	[SAW_KEY_ENV_REF] = "variable",
	[SAW_KEY_TEXTS] = "list of words",
};

static void put_choices(const struct saw_key *key, const char *between, struct saw_buf *out) {
	for (const struct saw_choice *c = key->choices; c->word; c++)
		saw_buf_printf(out, "%s%s", c == key->choices ? "" : between, c->word);
}

static void put_kind(const struct saw_key *key, struct saw_buf *out) {
	char min[32], max[32];

	switch (key->kind) {
	case SAW_KEY_CHOICE:
	case SAW_KEY_CHOICE_SET:
	case SAW_KEY_WORD:
		put_choices(key, " | ", out);
		break;
	case SAW_KEY_WORDS:
		saw_buf_puts(out, "true | list of ");
		put_choices(key, ", ", out);
		break;
	case SAW_KEY_UINT:
	case SAW_KEY_U16:
	case SAW_KEY_U64:
		saw_buf_printf(out, "%llu..%llu", (unsigned long long)key->min, (unsigned long long)key->max);
		break;
	case SAW_KEY_DURATION:
		saw_buf_printf(out, "%s..%s", saw_value_print_duration(key->min, min), saw_value_print_duration(key->max, max));
		break;
	case SAW_KEY_SIZE:
		saw_buf_printf(out, "%s..%s", saw_value_print_size(key->min, min), saw_value_print_size(key->max, max));
		break;
	default:
		saw_buf_puts(out, key->kind < sizeof kinds / sizeof *kinds && kinds[key->kind] ? kinds[key->kind] : "text");
	}
}

static void put_map(const struct saw_map *map, unsigned depth, struct saw_buf *out) {
	for (size_t i = 0; i < map->n_keys; i++) {
		const struct saw_key *key = &map->keys[i];

		if (key->kind == SAW_KEY_REFUSED)
			continue;
		saw_buf_printf(out, "%*s%s:", (int)depth * 2, "", key->name);
		if (!key->map) {
			saw_buf_puts(out, " <");
			put_kind(key, out);
			saw_buf_puts(out, ">");
		}
		saw_buf_printf(out, "  # %s", key->help);
		if (key->required)
			saw_buf_puts(out, " (required)");
		if (key->standard)
			saw_buf_printf(out, " (default %s)", key->standard);
		saw_buf_puts(out, key->kind == SAW_KEY_MAPS ? " (a list of)\n" : "\n");
		/* The keys of snmp are those of snmp_defaults, printed once; likewise ssh. */
		if (key->map && key->kind != SAW_KEY_MAP_SHARED)
			put_map(key->map, depth + 1, out);
	}
}

void saw_config_reference(struct saw_buf *out) {
	put_map(&saw_schema, 0, out);
}
