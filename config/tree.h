/*
 * YAML text -> a tree of nodes that know their line. The only door to libyaml.
 *
 * Purpose:   schema.c walks this tree; it never sees libyaml. One document, mappings with plain keys, lists and scalars. Anchors
 *            and aliases are refused, so the tree is never larger than its text is.
 * Ownership: nodes and texts belong to the arena.
 */
#ifndef SAWATCH_CONFIG_TREE_H
#define SAWATCH_CONFIG_TREE_H

#include "core/arena.h"
#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

enum saw_node_kind { SAW_NODE_SCALAR, SAW_NODE_LIST, SAW_NODE_MAP };

struct saw_node {
	enum saw_node_kind kind;
	int line;
	const char *key;  /* in a mapping; else NULL */
	const char *text; /* of a scalar; NUL-terminated, may hold NULs besides */
	size_t len;
	bool quoted;
	struct saw_node *first, *next; /* items of a list or mapping */
	size_t n;
};

/* Deeper than any mapping of ours. */
#define SAW_TREE_DEPTH_MAX 16

/* 0, or SAW_ECONFIG, SAW_ELIMIT, -ENOMEM with err saying "PATH:LINE: …". */
int saw_tree_parse(const char *path, const char *text, size_t n, struct saw_arena *arena, const struct saw_node **root,
				   struct saw_err *err);

#endif
