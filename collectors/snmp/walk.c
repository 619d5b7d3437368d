#include "collectors/snmp/walk.h"

#include <stdio.h>

/* Requests in a row that only a smaller try had answered: of a size that was never seen answered, that an earlier poll had answered,
 * and that this one had. */
#define MISSES_NEW 1
#define MISSES_KNOWN 3
#define MISSES_SEEN 8

/* What an agent's datagram holds differs from table to table: after so many answers that were not cut one part in so many is added. */
#define WHOLE_MANY 4
#define WHOLE_MORE 4

#define DOUBLINGS_MAX 8

void saw_pace_init(struct saw_pace *p, unsigned max_repetitions, unsigned max_values, unsigned proven) {
	*p = (struct saw_pace){
		.repetitions = max_repetitions ? max_repetitions : 1, .values = max_values, .columns = SAW_WALK_COLUMNS};
	p->fits = max_values;
	p->proven = proven < max_values ? proven : max_values;
	if (proven && proven * 2 < max_values) /* it was too much once: a little more may do now */
		p->values = proven * 2;
}

unsigned saw_pace_values(const struct saw_pace *p) {
	return p->fits < p->values ? p->fits : p->values;
}

unsigned saw_pace_repetitions(const struct saw_pace *p, size_t columns) {
	unsigned rows = saw_pace_values(p) / (unsigned)columns;

	return p->repetitions > 1 && rows ? rows : 1;
}

bool saw_pace_smaller(struct saw_pace *p, size_t asked, size_t columns) {
	size_t values = asked > columns ? asked / 2 : columns / 2;

	if (values == 0)
		return false;
	if (asked <= columns && values < p->columns)
		p->columns = (unsigned)values;
	if (values < p->values)
		p->values = (unsigned)values;
	p->proven = p->proven < p->values ? p->proven : p->values;
	p->seen = p->seen < p->values ? p->seen : p->values;
	return true;
}

void saw_pace_came(struct saw_pace *p, size_t asked, size_t came, size_t columns) {
	if (came < asked) {
		p->whole = 0;
		if (came < p->fits)
			p->fits = (unsigned)(came > columns ? came : columns);
	} else if (p->fits < p->values && asked + columns > p->fits && ++p->whole >= WHOLE_MANY) {
		p->whole = 0;
		p->fits += p->fits / WHOLE_MORE + 1;
	}
}

unsigned saw_pace_of_try(unsigned values, unsigned tries, bool last) {
	unsigned less = tries > 8 ? 0 : values >> (tries - 1);

	return tries > 1 && (last || !less) ? 1 : less;
}

void saw_pace_answered(struct saw_pace *p, unsigned wanted, unsigned got) {
	unsigned most = wanted > p->proven ? MISSES_NEW : wanted > p->seen ? MISSES_KNOWN : MISSES_SEEN;

	if (got >= wanted) {
		p->misses = 0;
		p->seen = wanted > p->seen ? wanted : p->seen;
		p->proven = wanted > p->proven ? wanted : p->proven;
	} else if (++p->misses >= most) {
		p->misses = 0;
		p->seen = p->proven = got;
		if (got < p->values)
			p->values = got;
	}
}

size_t saw_walk_groups(const struct saw_snmp_table *table) {
	return (table->n_walked + SAW_WALK_COLUMNS - 1) / SAW_WALK_COLUMNS;
}

struct saw_walk_part saw_walk_group(const struct saw_snmp_table *table, size_t group, uint64_t max_rows) {
	size_t first = group * SAW_WALK_COLUMNS, n = table->n_walked - first;

	return (struct saw_walk_part){
		.table = table, .first = first, .n = n < SAW_WALK_COLUMNS ? n : SAW_WALK_COLUMNS, .max_rows = max_rows};
}

/* Where the column's own name ends. */
static size_t depth_of(const struct saw_walk *w, size_t column) {
	const struct saw_snmp_column *c = &w->part.table->columns[w->part.first + column];

	return c->top->n + (c->number ? 1 : 0);
}

void saw_walk_begin(struct saw_walk *w, const struct saw_walk_part *part) {
	w->part = *part;
	w->rows = 0;
	w->whole = part->rows;
	w->whole_known = part->rows_known;
	w->n_done = w->n_asked = 0;
	w->answers = 0;
	w->error_class = 0;
	w->error[0] = 0;
	for (size_t i = 0; i < part->n; i++) {
		const struct saw_snmp_column *column = &part->table->columns[part->first + i];
		struct saw_walk_cursor *c = &w->columns[i];

		saw_oid_set(&c->at, column->top->sub, column->top->n);
		if (column->number)
			c->at.sub[c->at.n++] = column->number;
		for (size_t k = 0; part->after && k < saw_snmp_border_width(part->table); k++)
			c->at.sub[c->at.n++] = part->after[k];
		c->rows = 0;
		c->done = c->end_of_view = false;
	}
}

bool saw_walk_next(struct saw_walk *w, const struct saw_pace *pace, struct saw_request *request) {
	unsigned doublings = w->answers < DOUBLINGS_MAX ? w->answers : DOUBLINGS_MAX;
	uint64_t repetitions, most, least = UINT64_MAX, left;

	w->n_asked = 0;
	for (size_t i = 0; i < w->part.n && w->n_asked < pace->columns; i++)
		if (!w->columns[i].done) {
			saw_oid_set(&request->oids[w->n_asked], w->columns[i].at.sub, w->columns[i].at.n);
			if (w->columns[i].rows < least)
				least = w->columns[i].rows;
			w->asked[w->n_asked++] = i;
		}
	request->n = w->n_asked;
	/* Behind the last row that is left one more, where only that tells the end. */
	left = w->whole_known && w->whole >= least ? w->whole - least + (w->part.upto ? 0 : 1) : 0;
	/* Where that is not known it may be few: what is asked for behind them is the agent's work for nothing. */
	most = left ? left : (uint64_t)pace->repetitions << doublings;
	if (w->n_done && w->rows == 0)
		most = 1;
	repetitions = w->n_asked ? saw_pace_repetitions(pace, w->n_asked) : 1;
	if (most < repetitions)
		repetitions = most;
	request->repetitions = (unsigned)repetitions;
	w->asked_values = w->n_asked * request->repetitions;
	request->kind = repetitions > 1 ? SAW_REQUEST_GETBULK : SAW_REQUEST_GETNEXT;
	return w->n_asked > 0;
}

bool saw_walk_is_over(const struct saw_walk *w) {
	for (size_t i = 0; i < w->part.n; i++)
		if (!w->columns[i].done)
			return false;
	return true;
}

static void end_column(struct saw_walk *w, struct saw_walk_cursor *c) {
	c->done = true;
	w->n_done++;
	w->whole_known = true;
	if (c->rows > w->whole)
		w->whole = c->rows;
}

void saw_walk_stop(struct saw_walk *w, Sawatch__V1__PollError error_class, const char *why) {
	for (size_t i = 0; i < w->part.n; i++)
		w->columns[i].done = true;
	if (w->error_class)
		return;
	w->error_class = error_class;
	snprintf(w->error, sizeof w->error, "%s", why);
}

static void stop_at(struct saw_walk *w, const char *why, const struct saw_varbind *v) {
	struct saw_buf text = SAW_BUF_INIT(160);
	char sentence[200];

	saw_oid_put(&text, v->name, v->n_name);
	snprintf(sentence, sizeof sentence, "%s at %s", why, saw_buf_text(&text));
	saw_buf_free(&text);
	saw_walk_stop(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_PROTOCOL, sentence);
}

static void refused(struct saw_walk *w, struct saw_pace *pace, long status) {
	char why[80];

	switch (status) {
	case SAW_STATUS_AUTHORIZATION:
	case SAW_STATUS_NO_ACCESS:
		saw_walk_stop(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS,
					  "the agent does not let this user or community read it");
		return;
	case SAW_STATUS_NO_SUCH_NAME: /* an SNMPv1 agent behind a proxy, at the end of its tree */
		if (w->n_asked == 1) {
			end_column(w, &w->columns[w->asked[0]]);
			return;
		}
		pace->columns = 1;
		return;
	case SAW_STATUS_TOO_BIG:
	case SAW_STATUS_GEN_ERR:
		if (saw_pace_smaller(pace, w->asked_values, w->n_asked))
			return;
		break;
	default:
		break;
	}
	snprintf(why, sizeof why, "the agent answers with error-status %ld", status);
	saw_walk_stop(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_PROTOCOL, why);
}

/* True where the walk goes on. */
static bool take(struct saw_walk *w, size_t column, const struct saw_varbind *v, saw_walk_cell_fn cell, void *ctx) {
	struct saw_walk_cursor *c = &w->columns[column];
	size_t depth = depth_of(w, column);
	int beyond = -1;

	/* noSuchObject for the column itself: it is not there. Behind a row it is a hole, or an agent that breaks the protocol. */
	c->end_of_view = v->type == SAW_VALUE_END;
	if (v->type == SAW_VALUE_END ||
		(v->type == SAW_VALUE_NONE && c->at.n == depth && saw_oid_cmp(v->name, v->n_name, c->at.sub, c->at.n) == 0)) {
		end_column(w, c);
		return true;
	}
	if (v->n_name > SAW_OID_MAX || saw_oid_cmp(v->name, v->n_name, c->at.sub, c->at.n) <= 0) {
		stop_at(w, "the agent's answers do not advance", v);
		return false;
	}
	if (v->n_name <= depth || memcmp(v->name, c->at.sub, depth * sizeof *v->name) != 0) {
		end_column(w, c);
		return true;
	}
	if (w->part.upto)
		beyond = saw_oid_cmp(v->name + depth, v->n_name - depth, w->part.upto, saw_snmp_border_width(w->part.table));
	if (beyond > 0) { /* another part's */
		end_column(w, c);
		return true;
	}
	saw_oid_set(&c->at, v->name, v->n_name);
	if (c->rows >= w->part.max_rows ||
		(v->type != SAW_VALUE_NONE && cell(ctx, w->part.first + column, v->name + depth, v->n_name - depth, v) != 0)) {
		char why[80];

		snprintf(why, sizeof why, "more rows than a poll may take (%llu)", (unsigned long long)c->rows);
		saw_walk_stop(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_LIMIT, why);
		return false;
	}
	if (++c->rows > w->rows)
		w->rows = c->rows;
	if (beyond == 0)
		end_column(w, c);
	return true;
}

void saw_walk_answer(struct saw_walk *w, struct saw_pace *pace, const struct saw_answer *answer, saw_walk_cell_fn cell,
					 void *ctx) {
	if (answer->error_status != SAW_STATUS_OK) {
		refused(w, pace, answer->error_status);
		return;
	}
	if (answer->n == 0) { /* as good as tooBig: nothing fitted */
		refused(w, pace, SAW_STATUS_TOO_BIG);
		return;
	}
	w->answers++;
	/* Behind the end of the MIB an answer may stop of itself. */
	if (answer->varbinds[answer->n - 1].type != SAW_VALUE_END)
		saw_pace_came(pace, w->asked_values, answer->n, w->n_asked);
	for (size_t i = 0; i < answer->n; i++) {
		size_t column = w->asked[i % w->n_asked];

		if (!w->columns[column].done && !take(w, column, &answer->varbinds[i], cell, ctx))
			return;
	}
}

/* ------------------------------------------------------------------------------------------------------------ ends */

static bool before(const struct saw_snmp_column *a, const struct saw_snmp_column *b) {
	int order = saw_oid_cmp(a->top->sub, a->top->n, b->top->sub, b->top->n);

	return order ? order < 0 : a->number < b->number;
}

void saw_walk_note_ends(const struct saw_walk *w, struct saw_walk_ends *ends) {
	for (size_t i = 0; i < w->part.n; i++) {
		const struct saw_snmp_column *c = &w->part.table->columns[w->part.first + i];

		if (w->columns[i].end_of_view && (!ends->end || before(c, ends->end)))
			ends->end = c;
		if (w->columns[i].rows && (!ends->last || before(ends->last, c)))
			ends->last = c;
	}
}

bool saw_walk_ends_agree(const struct saw_walk_ends *ends) {
	return !ends->end || !ends->last || !before(ends->end, ends->last);
}
