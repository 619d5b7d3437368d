/*
 * Which line of a running configuration is which fact: the table, and what it needs of the reader. For the two files of the reader.
 */
#ifndef SAWATCH_COLLECTORS_CLI_RUNNING_CONFIG_RULES_H
#define SAWATCH_COLLECTORS_CLI_RUNNING_CONFIG_RULES_H

#include "core/arena.h"
#include "core/siphash.h"
#include "model/running_config.h"

#define RC_WORDS_MAX 48

/* The sections that hold facts. */
enum rc_section {
	RC_TOP,
	RC_OTHER, /* a section, or a line, that holds none */
	RC_IKE,
	RC_IKE_POLICY,
	RC_KEYRING,
	RC_PEER,
	RC_IKE_PROFILE,
	RC_TRANSFORM,
	RC_IPSEC_PROFILE,
	RC_INTERFACE,
	RC_TUNNEL_GROUP,
	RC_GROUP_POLICY,
	RC_TCP_MAP,
	RC_CLASS_MAP,
	RC_POLICY_MAP,
	RC_POLICY_CLASS,
	RC_BGP,
	RC_BRIDGE_DOMAIN,
};

/* One line, cut at blanks; `at` is the first word behind the rule's pattern. */
struct rc_line {
	struct saw_str word[RC_WORDS_MAX];
	unsigned n, at, number;
	struct saw_str whole; /* without the blanks around it */
};

/* What a rule may use. */
struct rc_build {
	struct saw_arena *arena;
	struct saw_running_config *config;
	uint8_t key[SAW_SIPHASH_KEY];
	bool of_record; /* keys are digests already */
	enum { RC_NOBODY, RC_ASA, RC_IOSXE } platform;
	unsigned objects;
	int error; /* SAW_ELIMIT, -ENOMEM: the reading is over */

	/* Of the line that was taken last: what a record may hold of it. */
	bool taken;
	unsigned open_words; /* so many words, and no more */
	char token[32];      /* what stands for the rest; empty: nothing */
};

#define RC_TOKEN "digest:"

/*
 * Takes a line inside a section. *opened and *object say which section its indented lines belong to: RC_OTHER where they are none of ours.
 * Returns NULL, or the first words of a line that should have been understood and was not.
 */
const char *rc_rules_take(struct rc_build *b, enum rc_section section, void *object, struct rc_line *l,
						  enum rc_section *opened, void **child);

#endif
