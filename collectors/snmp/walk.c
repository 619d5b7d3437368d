#include "collectors/snmp/walk.h"

#include <stdio.h>

/* Columns of one request: with the usual 20 repetitions an answer is then about 2 KiB. */
#define COLUMNS_AT_ONCE 5

void saw_pace_init(struct saw_pace *p, unsigned max_repetitions) {
	p->repetitions = max_repetitions ? max_repetitions : 1;
	p->columns = COLUMNS_AT_ONCE;
}

bool saw_pace_smaller(struct saw_pace *p) {
	if (p->repetitions > 1)
		p->repetitions /= 2;
	else if (p->columns > 1)
		p->columns /= 2;
	else
		return false;
	return true;
}

void saw_pace_least(struct saw_pace *p) {
	p->repetitions = 1;
}

void saw_walk_begin(struct saw_walk *w, const struct saw_snmp_table *table, uint64_t max_rows) {
	memset(w, 0, offsetof(struct saw_walk, columns));
	w->table = table;
	w->max_rows = max_rows;
	w->n_asked = 0;
	w->error_class = 0;
	w->error[0] = 0;
	for (size_t i = 0; i < table->n_walked; i++) {
		struct saw_walk_cursor *c = &w->columns[i];

		c->at = *table->columns[i].top;
		if (table->columns[i].number)
			c->at.sub[c->at.n++] = table->columns[i].number;
		c->rows = 0;
		c->done = c->end_of_view = false;
	}
}

bool saw_walk_next(struct saw_walk *w, const struct saw_pace *pace, struct saw_request *request) {
	uint64_t repetitions = pace->repetitions, least = UINT64_MAX;

	w->n_asked = 0;
	if (w->n_done >= COLUMNS_AT_ONCE && w->rows == 0) /* a row without any of its first columns is none */
		return false;
	for (size_t i = 0; i < w->table->n_walked && w->n_asked < pace->columns; i++)
		if (!w->columns[i].done) {
			request->oids[w->n_asked] = w->columns[i].at;
			if (w->columns[i].rows < least)
				least = w->columns[i].rows;
			w->asked[w->n_asked++] = i;
		}
	request->n = w->n_asked;
	/* One more than the rows that are left, so that the end is seen in the same answer. */
	if (w->n_done && w->rows == 0)
		repetitions = 1;
	else if (w->whole_rows > least && w->whole_rows - least + 1 < repetitions)
		repetitions = w->whole_rows - least + 1;
	request->repetitions = (unsigned)repetitions;
	request->kind = repetitions > 1 ? SAW_REQUEST_GETBULK : SAW_REQUEST_GETNEXT;
	return w->n_asked > 0;
}

static void end_column(struct saw_walk *w, struct saw_walk_cursor *c) {
	c->done = true;
	w->n_done++;
	if (c->rows > w->whole_rows)
		w->whole_rows = c->rows;
}

void saw_walk_stop(struct saw_walk *w, Sawatch__V1__PollError error_class, const char *why) {
	for (size_t i = 0; i < w->table->n_walked; i++)
		w->columns[i].done = true;
	if (w->error_class)
		return;
	w->error_class = error_class;
	snprintf(w->error, sizeof w->error, "%s", why);
}

static void stop_at(struct saw_walk *w, const char *why, const uint32_t *name, size_t n) {
	struct saw_buf text = SAW_BUF_INIT(160);
	char sentence[200];

	saw_oid_put(&text, name, n);
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
		if (saw_pace_smaller(pace))
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
	const struct saw_snmp_column *spec = &w->table->columns[column];
	size_t depth = spec->top->n + (spec->number ? 1 : 0);

	/* noSuchObject for the column itself: it is not there. Behind a row it is a hole, or an agent that breaks the protocol. */
	c->end_of_view = v->type == SAW_VALUE_END;
	if (v->type == SAW_VALUE_END ||
		(v->type == SAW_VALUE_NONE && c->at.n == depth && saw_oid_cmp(v->name, v->n_name, c->at.sub, c->at.n) == 0)) {
		end_column(w, c);
		return true;
	}
	if (v->n_name > SAW_OID_MAX || saw_oid_cmp(v->name, v->n_name, c->at.sub, c->at.n) <= 0) {
		stop_at(w, "the agent's answers do not advance", v->name, v->n_name > SAW_OID_MAX ? SAW_OID_MAX : v->n_name);
		return false;
	}
	if (v->n_name <= depth || memcmp(v->name, c->at.sub, depth * sizeof *v->name) != 0) {
		end_column(w, c);
		return true;
	}
	saw_oid_set(&c->at, v->name, v->n_name);
	if (c->rows >= w->max_rows ||
		(v->type != SAW_VALUE_NONE && cell(ctx, column, v->name + depth, v->n_name - depth, v) != 0)) {
		char why[80];

		snprintf(why, sizeof why, "more rows than a poll may take (%llu)", (unsigned long long)c->rows);
		saw_walk_stop(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_LIMIT, why);
		return false;
	}
	if (++c->rows > w->rows)
		w->rows = c->rows;
	return true;
}

/* What stands behind an end of the MIB view cannot be: an agent that says both cut a column short. */
static void check_ends(struct saw_walk *w) {
	const struct saw_walk_cursor *end = NULL, *last = NULL;

	for (size_t i = 0; i < w->table->n_walked; i++) {
		const struct saw_walk_cursor *c = &w->columns[i];

		if (!c->done)
			return;
		if (c->end_of_view && (!end || saw_oid_cmp(c->at.sub, c->at.n, end->at.sub, end->at.n) < 0))
			end = c;
		if (c->rows && (!last || saw_oid_cmp(c->at.sub, c->at.n, last->at.sub, last->at.n) > 0))
			last = c;
	}
	if (end && last && saw_oid_cmp(end->at.sub, end->at.n, last->at.sub, last->at.n) < 0)
		stop_at(w, "the agent says that its MIB ends, and has more behind it,", end->at.sub, end->at.n);
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
	for (size_t i = 0; i < answer->n; i++) {
		size_t column = w->asked[i % w->n_asked];

		if (!w->columns[column].done && !take(w, column, &answer->varbinds[i], cell, ctx))
			return;
	}
	check_ends(w);
}
