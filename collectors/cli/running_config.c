#include "config.h"

#include "collectors/cli/running_config.h"

#include "collectors/cli/running_config_rules.h"

#include <errno.h>
#include <stdlib.h>

#define LINE_BYTES 4096
#define DEPTH_MAX 16
#define PROBLEMS_MAX 100 /* that are kept; all are counted */
#define ARENA_MAX ((size_t)64 << 20)

/* A line that may have indented lines below it. */
struct frame {
	unsigned indent;
	enum rc_section section;
	void *object;
};

struct saw_rc_reader {
	struct rc_build build;
	struct saw_running_config config;
	struct frame frames[DEPTH_MAX];
	unsigned depth;
	unsigned opened, indented;
	char banner[3]; /* what ends the banner that is being passed over; empty: none is */
	struct saw_rc_problem *last_problem;
	struct rc_line cut;
	char line[LINE_BYTES];
	size_t len;
	bool too_long;
	struct saw_buf *record; /* NULL: none is made */
};

struct saw_rc_reader *saw_rc_reader_create(const uint8_t key[SAW_SIPHASH_KEY]) {
	struct saw_rc_reader *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->build.arena = saw_arena_create(ARENA_MAX);
	if (!r->build.arena) {
		free(r);
		return NULL;
	}
	r->build.config = &r->config;
	if (key)
		memcpy(r->build.key, key, sizeof r->build.key);
	r->build.of_record = !key;
	return r;
}

void saw_rc_reader_record(struct saw_rc_reader *r, struct saw_buf *out) {
	r->record = out;
}

void saw_rc_reader_destroy(struct saw_rc_reader *r) {
	if (!r)
		return;
	saw_arena_destroy(r->build.arena);
	explicit_bzero(r, sizeof *r);
	free(r);
}

/* ------------------------------------------------------------------------------------------------------------ one line */

static void note(struct saw_rc_reader *r, const char *what) {
	struct saw_rc_problem *p;

	if (r->config.n_problems++ >= PROBLEMS_MAX)
		return;
	p = saw_arena_zalloc(r->build.arena, sizeof *p);
	if (!p) {
		r->build.error = -ENOMEM;
		return;
	}
	p->what = what;
	p->line = r->config.lines;
	*(r->last_problem ? &r->last_problem->next : &r->config.problems) = p;
	r->last_problem = p;
}

/* A pager writes over its own prompt: what stands behind the last carriage return or backspace is the line. */
static struct saw_str settled(const char *p, size_t n) {
	struct saw_str s;

	while (n && (p[n - 1] == '\r' || p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	s = (struct saw_str){p, n};
	for (size_t i = n; i > 0; i--)
		if (p[i - 1] == '\r' || p[i - 1] == '\b') {
			s = (struct saw_str){p + i, n - i};
			break;
		}
	return s;
}

static void cut(struct rc_line *l, struct saw_str s) {
	l->n = l->at = 0;
	l->whole = s;
	for (size_t i = 0; i < s.n && l->n < RC_WORDS_MAX;) {
		size_t from;

		while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
			i++;
		for (from = i; i < s.n && s.p[i] != ' ' && s.p[i] != '\t';)
			i++;
		if (i > from)
			l->word[l->n++] = (struct saw_str){s.p + from, i - from};
	}
}

/* `banner motd ^C...` goes on until its delimiter comes again; `^C` is how IOS prints the usual one. The ASA's banner has a line for each. */
static bool begins_banner(struct saw_rc_reader *r, const struct rc_line *l) {
	struct saw_str text;
	size_t delimiter;

	if (l->n < 3 || !saw_str_eq(l->word[0], SAW_STR("banner")) || r->build.platform == RC_ASA)
		return false;
	text = (struct saw_str){l->word[2].p, (size_t)(l->whole.p + l->whole.n - l->word[2].p)};
	delimiter = text.n > 1 && text.p[0] == '^' ? 2 : (unsigned char)text.p[0] < ' ' ? 1 : 0;
	if (!delimiter)
		return false;
	memcpy(r->banner, text.p, delimiter);
	r->banner[delimiter] = 0;
	if (memmem(text.p + delimiter, text.n - delimiter, r->banner, delimiter))
		r->banner[0] = 0;
	return true;
}

/* What the rules took of the line, with what is secret in it replaced. */
static void put_record(struct saw_rc_reader *r, unsigned indent) {
	const struct rc_build *b = &r->build;

	if (!r->record || !b->taken)
		return;
	for (unsigned i = 0; i < indent; i++)
		saw_buf_putc(r->record, ' ');
	for (unsigned i = 0; i < r->cut.n && i < b->open_words; i++) {
		if (i)
			saw_buf_putc(r->record, ' ');
		saw_buf_put(r->record, r->cut.word[i].p, r->cut.word[i].n);
	}
	if (b->token[0]) {
		saw_buf_putc(r->record, ' ');
		saw_buf_puts(r->record, b->token);
	}
}

static void take_line(struct saw_rc_reader *r, const char *bytes, size_t n) {
	struct saw_str s = settled(bytes, n);
	struct frame *top;
	enum rc_section opened = RC_OTHER;
	void *child = NULL;
	unsigned indent = 0;
	const char *wrong;

	r->config.lines++;
	if (r->config.complete)
		return; /* the prompt, or the next command of a longer record */
	if (r->banner[0]) {
		if (memmem(s.p, s.n, r->banner, strlen(r->banner)))
			r->banner[0] = 0;
		return;
	}
	while (indent < s.n && (s.p[indent] == ' ' || s.p[indent] == '\t'))
		indent++;
	s = saw_str_trim(s);
	if (s.n == 0 || s.p[0] == '!')
		return;
	cut(&r->cut, s);
	r->cut.number = r->config.lines;
	if (begins_banner(r, &r->cut))
		return;
	while (r->depth && r->frames[r->depth - 1].indent >= indent)
		r->depth--;
	r->indented += r->depth > 0;
	top = r->depth ? &r->frames[r->depth - 1] : NULL;
	if (top && top->section == RC_OTHER)
		return;
	wrong =
		rc_rules_take(&r->build, top ? top->section : RC_TOP, top ? top->object : &r->config, &r->cut, &opened, &child);
	if (wrong)
		note(r, wrong);
	put_record(r, indent);
	r->opened += opened != RC_OTHER;
	if (r->depth < DEPTH_MAX)
		r->frames[r->depth++] = (struct frame){indent, opened, child};
}

static void end_line(struct saw_rc_reader *r) {
	if (r->too_long) {
		r->config.lines++; /* a line this long is none of ours */
		r->too_long = false;
	} else {
		take_line(r, r->line, r->len);
	}
	if (r->record)
		saw_buf_putc(r->record, '\n');
	explicit_bzero(r->line, r->len); /* it may have held a key */
	r->len = 0;
}

void saw_rc_reader_feed(struct saw_rc_reader *r, const char *bytes, size_t n) {
	while (n && !r->build.error) {
		const char *end = memchr(bytes, '\n', n);
		size_t piece = end ? (size_t)(end - bytes) : n;

		if (piece > sizeof r->line - r->len) {
			r->too_long = true;
		} else if (!r->too_long) {
			memcpy(r->line + r->len, bytes, piece);
			r->len += piece;
		}
		if (!end)
			return;
		end_line(r);
		bytes += piece + 1;
		n -= piece + 1;
	}
}

int saw_rc_reader_end(struct saw_rc_reader *r, const struct saw_running_config **out, struct saw_err *err) {
	if ((r->len || r->too_long) && !r->build.error)
		end_line(r);
	if (r->build.error == SAW_ELIMIT)
		return saw_err_set(err, SAW_ELIMIT, "line %u: more than any device is configured with", r->config.lines);
	if (r->build.error)
		return saw_err_set(err, r->build.error, "%s", saw_strerror(r->build.error));
	if (r->build.platform == RC_NOBODY)
		return saw_err_set(err, SAW_EFORMAT, "no running configuration of an ASA or of IOS-XE is in it");
	if (r->opened && !r->indented)
		return saw_err_set(err, SAW_EFORMAT,
						   "its lines have lost their indentation; save the output of show running-config as it is");
	r->config.asa = r->build.platform == RC_ASA;
	*out = &r->config;
	return 0;
}
