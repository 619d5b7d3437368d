/*
 * Walking the columns of a table with an agent that may be slow, limited, wrong or hostile.
 *
 * Purpose:   says what to ask next and checks what was answered: identifiers must increase, stay under their column and come to
 *            an end; several columns share a request, each advancing on its own. A walk reads a part of a table: a group of columns,
 *            from behind one index up to another, so that several can be under way at once and together leave nothing out:
 *            a part ends with the index behind which the next begins, and rows between two known ones are met on the way.
 *            Pure: no I/O, no clock.
 * Ownership: the table is const; a part's indices are the caller's and outlive the walk; a cell's value borrows from the answer for
 *            the length of the call.
 * Errors:    none stop the process: a walk ends with a state, an error class and a sentence.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_WALK_H
#define SAWATCH_COLLECTORS_SNMP_WALK_H

#include "collectors/snmp/tables.h"
#include "proto/sawatch.pb-c.h"

#define SAW_WALK_COLUMNS 5 /* of one request: with the usual 20 repetitions an answer is then about 2 KiB */

/*
 * How much this agent can take at once: learned from what failed and what was answered. It is counted in values, so that a request
 * for few columns asks for as many more rows.
 */
struct saw_pace {
	unsigned repetitions; /* of a walk through rows whose number is not known, to begin with; 1: GETNEXT, always */
	unsigned values;      /* of one answer; fewer where more was refused or not answered */
	unsigned fits;        /* of these as many as come: agents end an answer where their datagram is full */
	unsigned whole;       /* answers since that were as long as what fits, and not cut */
	unsigned columns;
	unsigned proven; /* values that were answered at the first try, ever */
	unsigned seen;   /* and in this poll */
	unsigned misses; /* requests in a row that only a smaller try had answered */
};

/* proven: what an earlier poll found; 0: nothing is known. */
void saw_pace_init(struct saw_pace *p, unsigned max_repetitions, unsigned max_values, unsigned proven);
/* Of a request for so many columns. */
unsigned saw_pace_repetitions(const struct saw_pace *p, size_t columns);
/* The values of one answer, as far as is known. */
unsigned saw_pace_values(const struct saw_pace *p);
/* A request for so many values of so many columns was too much. False where there is no smaller one. Others that were under way may
 * have been too much as well: it is made smaller once. */
bool saw_pace_smaller(struct saw_pace *p, size_t asked, size_t columns);
/* Agents that are asked for more than they can do, and nets that lose fragments, often say nothing at all: what a try asks for. */
unsigned saw_pace_of_try(unsigned values, unsigned tries, bool last);
/* An answer came to a try that asked for `got`, where the first one wanted `wanted`. A miss may be a datagram that was lost; many in a
 * row are an agent that cannot. */
void saw_pace_answered(struct saw_pace *p, unsigned wanted, unsigned got);
/* Of the values that a request for so many columns asked for, so many came. */
void saw_pace_came(struct saw_pace *p, size_t asked, size_t came, size_t columns);

struct saw_walk_part {
	const struct saw_snmp_table *table;
	size_t first, n; /* columns */
	/* Indices of table->n_index numbers: begins behind the one, ends with the other. NULL: the column's beginning, its end. */
	const uint32_t *after, *upto;
	bool rows_known;   /* what an earlier walk found: */
	uint64_t rows;     /* so many are believed to be in it */
	uint64_t max_rows; /* after which it is cut short */
};

/* How many groups of columns a table is walked in, and one of them from its beginning to its end. */
size_t saw_walk_groups(const struct saw_snmp_table *table);
struct saw_walk_part saw_walk_group(const struct saw_snmp_table *table, size_t group, uint64_t max_rows);

struct saw_walk_cursor {
	struct saw_oid at; /* the last one seen, or where the part begins */
	uint64_t rows;
	bool done;
	bool end_of_view; /* ended because the agent has nothing at all behind it, as it says */
};

struct saw_walk {
	struct saw_walk_part part;
	uint64_t rows;  /* of the longest column so far */
	uint64_t whole; /* rows that a column is expected to have, if that is known */
	bool whole_known;
	size_t n_done; /* columns that came to their end */
	struct saw_walk_cursor columns[SAW_WALK_COLUMNS];
	size_t asked[SAW_WALK_COLUMNS]; /* columns of the last request */
	size_t n_asked, asked_values;
	unsigned answers;
	/* 0 while all is well; the first trouble stays. */
	Sawatch__V1__PollError error_class;
	char error[200];
};

/* One value. column: in the table. index: what stands behind the column. 0, or SAW_ELIMIT where no more can be taken. */
typedef int (*saw_walk_cell_fn)(void *ctx, size_t column, const uint32_t *index, size_t n_index,
								const struct saw_varbind *value);

void saw_walk_begin(struct saw_walk *w, const struct saw_walk_part *part);
/* True and *request, or false where the walk is over. The same again until it is answered. */
bool saw_walk_next(struct saw_walk *w, const struct saw_pace *pace, struct saw_request *request);
bool saw_walk_is_over(const struct saw_walk *w);
void saw_walk_answer(struct saw_walk *w, struct saw_pace *pace, const struct saw_answer *answer, saw_walk_cell_fn cell,
					 void *ctx);
/* Ends the walk for a reason of the caller's. */
void saw_walk_stop(struct saw_walk *w, Sawatch__V1__PollError error_class, const char *why);

/* Of all walks of a table: the first column of which an agent said that nothing is behind it, and the last one it has. */
struct saw_walk_ends {
	const struct saw_snmp_column *end, *last;
};
void saw_walk_note_ends(const struct saw_walk *w, struct saw_walk_ends *ends);
/* False where there was more behind the end: the agent cut a column short. */
bool saw_walk_ends_agree(const struct saw_walk_ends *ends);

#endif
