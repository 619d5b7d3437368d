#include "config/tree.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	const char *path;
	const char *text;
	size_t n;
	struct saw_arena *arena;
	struct saw_err *err;
};

static int line_of(yaml_mark_t mark) {
	return mark.line > 1000000000 ? 1000000000 : (int)mark.line + 1;
}

static int no_room(struct reader *r, int line) {
	return saw_err_set(r->err, SAW_ELIMIT, "%s:%d: the file has too many items", r->path, line);
}

/* libyaml's own complaint, in one line, with what usually is behind it. */
static int syntax_error(struct reader *r) {
	const yaml_parser_t *p = &r->parser;
	const char *hint = "";
	size_t at = p->problem_mark.index;

	if (p->error == YAML_MEMORY_ERROR)
		return saw_err_set(r->err, -ENOMEM, "%s: out of memory", r->path);
	if (p->error == YAML_READER_ERROR) {
		int line = 1;

		for (size_t i = 0; i < p->problem_offset && i < r->n; i++)
			line += r->text[i] == '\n';
		return saw_err_set(r->err, SAW_ECONFIG, "%s:%d: %s; the file must be plain UTF-8 text", r->path, line,
						   p->problem ? p->problem : "unreadable character");
	}
	if (at < r->n && (r->text[at] == '\t' || (at > 0 && r->text[at - 1] == '\t')))
		hint = "; tabs cannot indent in YAML, use blanks";
	else if (p->error == YAML_PARSER_ERROR)
		hint = "; compare the indentation with the lines above";
	return saw_err_set(r->err, SAW_ECONFIG, "%s:%d: not valid YAML: %s%s%s%s", r->path, line_of(p->problem_mark),
					   p->problem ? p->problem : "syntax error", p->context ? " " : "", p->context ? p->context : "",
					   hint);
}

static int next_event(struct reader *r, yaml_event_t *event) {
	if (!yaml_parser_parse(&r->parser, event))
		return syntax_error(r);
	return 0;
}

static int read_node(struct reader *r, yaml_event_t *event, int depth, struct saw_node **out);

/* The items of a list or mapping up to its end event. */
static int read_items(struct reader *r, struct saw_node *parent, int depth) {
	const yaml_event_type_t end = parent->kind == SAW_NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	struct saw_node **tail = &parent->first, *node;
	int rc;

	for (;;) {
		yaml_event_t event;
		const char *key = NULL;
		int line;

		rc = next_event(r, &event);
		if (rc)
			return rc;
		if (event.type == end) {
			yaml_event_delete(&event);
			return 0;
		}
		line = line_of(event.start_mark);
		if (parent->kind == SAW_NODE_MAP) {
			if (event.type != YAML_SCALAR_EVENT) {
				yaml_event_delete(&event);
				return saw_err_set(r->err, SAW_ECONFIG, "%s:%d: a key must be a word, as in `name: value`", r->path,
								   line);
			}
			key = saw_arena_strndup(r->arena, (const char *)event.data.scalar.value, event.data.scalar.length);
			yaml_event_delete(&event);
			if (!key)
				return no_room(r, line);
			rc = next_event(r, &event);
			if (rc)
				return rc;
		}
		rc = read_node(r, &event, depth + 1, &node);
		if (rc)
			return rc;
		node->key = key;
		if (key)
			node->line = line;
		*tail = node;
		tail = &node->next;
		parent->n++;
	}
}

/* Takes the event: a scalar, or the begin of a list or mapping, which is read to its end. */
static int read_node(struct reader *r, yaml_event_t *event, int depth, struct saw_node **out) {
	struct saw_node *node = saw_arena_zalloc(r->arena, sizeof *node);
	int line = line_of(event->start_mark), rc = 0;
	const yaml_char_t *anchor = NULL;

	if (!node) {
		yaml_event_delete(event);
		return no_room(r, line);
	}
	*out = node;
	node->line = line;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		node->kind = SAW_NODE_SCALAR;
		node->len = event->data.scalar.length;
		node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		node->text = saw_arena_strndup(r->arena, (const char *)event->data.scalar.value, node->len);
		anchor = event->data.scalar.anchor;
		if (!node->text)
			rc = no_room(r, line);
		break;
	case YAML_SEQUENCE_START_EVENT:
		node->kind = SAW_NODE_LIST;
		anchor = event->data.sequence_start.anchor;
		break;
	case YAML_MAPPING_START_EVENT:
		node->kind = SAW_NODE_MAP;
		anchor = event->data.mapping_start.anchor;
		break;
	case YAML_ALIAS_EVENT:
		rc = saw_err_set(
			r->err, SAW_ECONFIG,
			"%s:%d: aliases (*name) are not taken; write the value out, or use snmp_defaults for what devices share",
			r->path, line);
		break;
	default:
		rc = saw_err_set(r->err, SAW_ECONFIG, "%s:%d: a value is missing", r->path, line);
	}
	if (rc == 0 && anchor)
		rc = saw_err_set(r->err, SAW_ECONFIG,
						 "%s:%d: anchors (&name) are not taken; snmp_defaults holds what devices share", r->path, line);
	yaml_event_delete(event);
	if (rc || node->kind == SAW_NODE_SCALAR)
		return rc;
	if (depth >= SAW_TREE_DEPTH_MAX)
		return saw_err_set(r->err, SAW_ECONFIG, "%s:%d: nested too deeply", r->path, line);
	return read_items(r, node, depth);
}

static int read_document(struct reader *r, const struct saw_node **root) {
	yaml_event_t event;
	struct saw_node *node = NULL;
	int rc, line;

	for (;;) {
		rc = next_event(r, &event);
		if (rc)
			return rc;
		line = line_of(event.start_mark);
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			yaml_event_delete(&event);
			break;
		case YAML_DOCUMENT_START_EVENT:
			yaml_event_delete(&event);
			if (node)
				return saw_err_set(r->err, SAW_ECONFIG, "%s:%d: a second document begins (`---`); one file holds one",
								   r->path, line);
			break;
		case YAML_STREAM_END_EVENT:
			yaml_event_delete(&event);
			if (!node)
				return saw_err_set(r->err, SAW_ECONFIG, "%s:1: the file is empty", r->path);
			*root = node;
			return 0;
		default:
			rc = read_node(r, &event, 0, &node);
			if (rc)
				return rc;
		}
	}
}

int saw_tree_parse(const char *path, const char *text, size_t n, struct saw_arena *arena, const struct saw_node **root,
				   struct saw_err *err) {
	struct reader r = {.path = path, .text = text, .n = n, .arena = arena, .err = err};
	int rc;

	if (!yaml_parser_initialize(&r.parser))
		return saw_err_set(err, -ENOMEM, "%s: out of memory", path);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	rc = read_document(&r, root);
	yaml_parser_delete(&r.parser);
	return rc;
}
