#include "collectors/cli/scan.h"

static bool blank(char c) {
	return c == ' ' || c == '\t';
}

/* The label without what does not count: leading '#', blanks at the ends. */
static struct saw_str bare(struct saw_str s) {
	while (s.n && s.p[0] == '#') {
		s.p++;
		s.n--;
	}
	return saw_str_trim(s);
}

/* FNV-1a over the bare label, a run of blanks being one. */
static uint32_t hash(struct saw_str s) {
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < s.n; i++) {
		if (blank(s.p[i]) && i && blank(s.p[i - 1]))
			continue;
		h = (h ^ (blank(s.p[i]) ? ' ' : (unsigned char)s.p[i])) * 16777619U;
	}
	return h;
}

/* How many bytes of s the label takes from the start, a blank of the label taking a run of them; 0: it does not begin so. */
static size_t begins(struct saw_str s, const char *label) {
	size_t i = 0;

	for (; *label; label++) {
		if (*label == ' ') {
			if (i == s.n || !blank(s.p[i]))
				return 0;
			while (i < s.n && blank(s.p[i]))
				i++;
		} else if (i == s.n || s.p[i++] != *label) {
			return 0;
		}
	}
	return i;
}

static const char *bare_label(const struct saw_cli_rule *r) {
	return r->label + strspn(r->label, "#");
}

bool saw_cli_index_make(struct saw_cli_index *index, const struct saw_cli_table *table) {
	memset(index, 0, sizeof *index);
	if (table->n > SAW_CLI_SLOTS / 2)
		return false;
	/* From the last to the first, so that chains have the order of the table. */
	for (size_t i = table->n; i-- > 0;) {
		const struct saw_cli_rule *r = &table->rules[i];
		struct saw_str label = saw_str_of(bare_label(r));
		uint16_t *head;

		if (r->form == SAW_CLI_ITEM || r->form == SAW_CLI_WHOLE) {
			uint32_t at = hash(label) % SAW_CLI_SLOTS;

			for (; index->slot[at]; at = (at + 1) % SAW_CLI_SLOTS)
				if (strcmp(bare_label(&table->rules[index->slot[at] - 1]), label.p) == 0)
					return false;
			index->slot[at] = (uint16_t)(i + 1);
			continue;
		}
		head = r->form == SAW_CLI_SUFFIX ? &index->suffix : &index->prefix[(unsigned char)r->label[0]];
		index->next[i] = *head;
		*head = (uint16_t)(i + 1);
	}
	return true;
}

static const struct saw_cli_rule *find(const struct saw_cli_scan *s, struct saw_str label) {
	uint32_t at;

	label = bare(label);
	if (!label.n)
		return NULL;
	for (at = hash(label) % SAW_CLI_SLOTS; s->index->slot[at]; at = (at + 1) % SAW_CLI_SLOTS) {
		const struct saw_cli_rule *r = &s->table->rules[s->index->slot[at] - 1];

		if (begins(label, bare_label(r)) == label.n)
			return r;
	}
	return NULL;
}

/*
 * The row of the piece at the start of `rest`. With a colon the label ends there, else at the last blank of the piece, else it is
 * the whole piece. *value: what follows the label within the piece; *used: length of the piece without its comma.
 */
static const struct saw_cli_rule *item_rule(const struct saw_cli_scan *s, struct saw_str rest, struct saw_str *value,
											size_t *used) {
	const char *comma = memchr(rest.p, ',', rest.n), *colon;
	struct saw_str piece = {rest.p, comma ? (size_t)(comma - rest.p) : rest.n};
	const struct saw_cli_rule *r;
	size_t at;

	*used = piece.n;
	colon = memchr(piece.p, ':', piece.n);
	if (colon) {
		r = find(s, (struct saw_str){piece.p, (size_t)(colon - piece.p)});
		if (r) {
			*value = (struct saw_str){colon + 1, piece.n - (size_t)(colon + 1 - piece.p)};
			return r;
		}
	}
	piece = saw_str_trim(piece);
	for (at = piece.n; at > 0 && !blank(piece.p[at - 1]);)
		at--;
	if (at) {
		r = find(s, (struct saw_str){piece.p, at});
		if (r) {
			*value = (struct saw_str){piece.p + at, piece.n - at};
			return r;
		}
	}
	*value = (struct saw_str){piece.p + piece.n, 0};
	return find(s, piece);
}

static bool take_items(struct saw_cli_scan *s, struct saw_str line) {
	bool all = true;

	for (bool first = true;; first = false) {
		const struct saw_cli_rule *r;
		struct saw_str value;
		size_t used;

		line = saw_str_trim(line);
		if (!line.n)
			return all;
		r = item_rule(s, line, &value, &used);
		/* Counters are known by their '#': one that is new does not hide those behind it. */
		if (!r && first && line.p[0] != '#')
			return false;
		if (r && r->form == SAW_CLI_WHOLE) {
			value.n = (size_t)(line.p + line.n - value.p);
			return r->take(s, r, saw_str_trim(value)) && all;
		}
		all = r && r->take(s, r, saw_str_trim(value)) && all;
		used += used < line.n; /* the comma */
		line.p += used;
		line.n -= used;
	}
}

/* Where the next `label :` begins in s, two blanks before it: of an ITEM, or one that no row has; s.n: nowhere. */
static size_t next_pair(const struct saw_cli_scan *s, struct saw_str text) {
	for (size_t colon = 0; colon < text.n; colon++) {
		const struct saw_cli_rule *r;
		size_t begin = colon, last;

		if (text.p[colon] != ':')
			continue;
		while (begin && blank(text.p[begin - 1])) /* the blanks before the colon */
			begin--;
		for (last = begin; begin && !(blank(text.p[begin - 1]) && begin > 1 && blank(text.p[begin - 2]));)
			begin--;
		if (!begin || begin == last)
			continue;
		r = find(s, (struct saw_str){text.p + begin, last - begin});
		if (r ? r->form == SAW_CLI_ITEM : saw_str_trim((struct saw_str){text.p, begin}).n != 0)
			return begin;
	}
	return text.n;
}

static bool take_pairs(struct saw_cli_scan *s, struct saw_str line) {
	bool all = true;

	while (line.n) {
		const char *colon = memchr(line.p, ':', line.n);
		const struct saw_cli_rule *r = colon ? find(s, (struct saw_str){line.p, (size_t)(colon - line.p)}) : NULL;
		struct saw_str value;
		size_t end;

		if (!r)
			return false;
		value = (struct saw_str){colon + 1, line.n - (size_t)(colon + 1 - line.p)};
		end = r->form == SAW_CLI_ITEM ? next_pair(s, value) : value.n;
		line = (struct saw_str){value.p + end, value.n - end};
		value.n = end;
		all = r->take(s, r, saw_str_trim(value)) && all;
	}
	return all;
}

static bool take_prefix(struct saw_cli_scan *s, struct saw_str line) {
	for (uint16_t at = s->index->prefix[(unsigned char)line.p[0]]; at; at = s->index->next[at - 1]) {
		const struct saw_cli_rule *r = &s->table->rules[at - 1];
		size_t n = begins(line, r->label);

		if (n && r->take(s, r, saw_str_trim((struct saw_str){line.p + n, line.n - n})))
			return true;
	}
	return false;
}

static bool take_suffix(struct saw_cli_scan *s, struct saw_str line) {
	for (uint16_t at = s->index->suffix; at; at = s->index->next[at - 1]) {
		const struct saw_cli_rule *r = &s->table->rules[at - 1];
		size_t n = strlen(r->label);

		if (line.n >= n && memcmp(line.p + line.n - n, r->label, n) == 0 &&
			r->take(s, r, (struct saw_str){line.p, line.n - n}))
			return true;
	}
	return false;
}

bool saw_cli_scan_line(struct saw_cli_scan *s, struct saw_str line) {
	return take_prefix(s, line) || (s->table->pairs ? take_pairs(s, line) : take_items(s, line)) ||
		   take_suffix(s, line) || (s->table->row && s->table->row(s, line));
}

void saw_cli_emit(struct saw_cli_scan *s, const ProtobufCMessage *record) {
	int rc;

	if (s->error)
		return;
	rc = s->sink.record ? s->sink.record(s->sink.ctx, record) : 0;
	if (rc < 0)
		s->error = rc;
	else
		s->records++;
}

void saw_cli_emit_facts(struct saw_cli_scan *s, const Sawatch__V1__DeviceSample *facts) {
	int rc;

	if (s->error)
		return;
	rc = s->sink.facts ? s->sink.facts(s->sink.ctx, facts) : 0;
	if (rc < 0)
		s->error = rc;
	else
		s->records++;
}
