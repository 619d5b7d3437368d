/*
 * What a configuration may say: one table of keys per mapping.
 *
 * Purpose:   value.c turns a tree into structures by these tables; saw_config_reference prints them. A key is added here, and to
 *            the structure in config.h, and nowhere else.
 * Ownership: what is read lies in the configuration's arena.
 * Errors:    SAW_ECONFIG with a text that names file and line, -ENOMEM.
 */
#ifndef SAWATCH_CONFIG_SCHEMA_H
#define SAWATCH_CONFIG_SCHEMA_H

#include "config/config.h"
#include "config/tree.h"

enum saw_key_kind {
	SAW_KEY_TEXT,     /* const char * */
	SAW_KEY_NAME,     /* const char *: letters, digits, . _ - */
	SAW_KEY_IP,       /* const char *: an IP address, in its usual form */
	SAW_KEY_HOST,     /* const char *: an IP address or a host name */
	SAW_KEY_ROOT,     /* const char *: an object identifier below the enterprises */
	SAW_KEY_SELECTOR, /* const char *: 10.0.0.0/255.255.255.0/0/0 or 10.0.0.0/24 */
	SAW_KEY_PATH,     /* const char *: relative to the file's folder */
	SAW_KEY_FOLDER,   /* const char *: as a path, or the word none as it stands */
	SAW_KEY_TEXTS,    /* const char *const *, and their number at `count` */
	SAW_KEY_WORDS,    /* const char *const *, and their number at `count`: some of the choices, `true` for all */
	SAW_KEY_BOOL,     /* bool */
	SAW_KEY_UINT,     /* unsigned */
	SAW_KEY_U16,      /* uint16_t */
	SAW_KEY_U64,      /* uint64_t */
	SAW_KEY_DURATION, /* uint64_t, milliseconds */
	SAW_KEY_BITRATE,  /* uint64_t, bytes per second */
	SAW_KEY_SIZE,     /* uint64_t, bytes */
	SAW_KEY_URL,      /* const char *: of HTTP, without credentials */
	SAW_KEY_LISTEN,   /* const struct saw_config_listen *, and their number at `count`: one, or a list */
	SAW_KEY_MODE,     /* unsigned: permissions of a file, in octal */
	SAW_KEY_BLOCK,    /* const char *: text of several lines */
	SAW_KEY_PAIRS,    /* const struct saw_pair *, and their number at `count`: names of somebody's choice with texts */
	SAW_KEY_CHOICE,   /* int: the choice's value */
	SAW_KEY_CHOICE_SET, /* bool: the choice's value */
	SAW_KEY_WORD,       /* const char *: the choice's word */
	SAW_KEY_FILE_REF,   /* saw_secret_ref: its file */
	SAW_KEY_ENV_REF,    /* saw_secret_ref: its environment variable */
	SAW_KEY_MAP,        /* the mapping's structure itself */
	SAW_KEY_MAP_SHARED, /* pointer to a structure that begins as a copy of the root's at `count`; NULL where the key is absent */
	SAW_KEY_MAPS,    /* pointer to the first of several structures, their number at `count` */
	SAW_KEY_REFUSED, /* known and not taken: `help` says why */
};

/* One of a mapping whose keys are not known beforehand. */
struct saw_pair {
	const char *name, *value;
	int line;
};

struct saw_choice {
	const char *word;
	int value;
};

struct saw_key {
	const char *name;
	enum saw_key_kind kind;
	size_t offset;
	size_t count; /* offset of what goes with it */
	bool required;
	uint64_t min,
		max; /* of numbers; of durations in milliseconds; of sizes in bytes; of lists and texts: of their number or length */
	const char *standard;             /* the default, written as in the file; NULL: none */
	const struct saw_choice *choices; /* ends with a NULL word */
	const struct saw_map *map;
	const char *help;
};

struct saw_map {
	const char *what; /* for messages: "a device" */
	size_t size;
	const struct saw_key *keys;
	size_t n_keys;
	size_t line; /* offset of an int that takes the mapping's line; 0: none */
};

/* The whole as value.c fills it. */
struct saw_config_root {
	struct saw_config config;
	struct saw_config_snmp snmp_defaults;
	struct saw_config_ssh ssh_defaults;
};

extern const struct saw_map saw_schema;
extern const struct saw_map saw_agentx_map, saw_notify_map; /* parts of it */

/* The help of a key that is refused. */
#define SAW_INLINE_SECRET(name)                                                                      \
	"a secret is never written into this file; put it into a file of its own and name it with " name \
	"_file, or name an environment variable with " name "_env"
extern const struct saw_map saw_schema_push; /* push.c: a target */

/* What no single value of `push` can be blamed for; puts in what depends on others. */
int saw_config_check_push(const char *path, struct saw_config *c, struct saw_err *err);

#define SAW_CONFIG_KEYS_MAX 32

/* Fills *out (zeroed, saw_schema.size bytes) from the tree. folder: what relative paths begin with ("" for none). */
int saw_schema_apply(const char *path, const char *folder, const struct saw_node *tree, struct saw_arena *arena,
					 struct saw_config_root *out, struct saw_err *err);

/* The same for a file of another kind, which shares nothing with the configuration: map->size bytes. */
int saw_schema_apply_map(const char *path, const char *folder, const struct saw_map *map, const struct saw_node *tree,
						 struct saw_arena *arena, void *out, struct saw_err *err);

#endif
