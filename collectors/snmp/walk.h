/*
 * Walking the columns of a table with an agent that may be slow, limited, wrong or hostile.
 *
 * Purpose:   says what to ask next and checks what was answered: identifiers must increase, stay under their column and come to
 *            an end; several columns share a request, each advancing on its own. Pure: no I/O, no clock.
 * Ownership: the table is const; a cell's value borrows from the answer for the length of the call.
 * Errors:    none stop the process: a walk ends with a state, an error class and a sentence.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_WALK_H
#define SAWATCH_COLLECTORS_SNMP_WALK_H

#include "collectors/snmp/tables.h"
#include "proto/sawatch.pb-c.h"

/* How much this agent can take at once: learned by what failed, and remembered for the rest of the poll. */
struct saw_pace {
	unsigned repetitions; /* 1: GETNEXT */
	unsigned columns;
};

void saw_pace_init(struct saw_pace *p, unsigned max_repetitions);
/* The request was too much. False where there is no smaller one. */
bool saw_pace_smaller(struct saw_pace *p);
/* The last try of a request that was not answered: the least an agent can be asked for. */
void saw_pace_least(struct saw_pace *p);

struct saw_walk_cursor {
	struct saw_oid at; /* the last one seen, or the column itself */
	uint64_t rows;
	bool done;
	bool end_of_view; /* ended because the agent has nothing at all behind it, as it says */
};

struct saw_walk {
	const struct saw_snmp_table *table;
	uint64_t max_rows;
	uint64_t rows;       /* of the longest column so far */
	uint64_t whole_rows; /* of the longest column that came to its end: what the others are expected to have */
	size_t n_done;       /* columns that came to their end */
	struct saw_walk_cursor columns[SAW_SNMP_COLUMNS_MAX];
	size_t asked[SAW_REQUEST_OIDS]; /* columns of the last request */
	size_t n_asked;
	/* 0 while all is well; the first trouble stays. */
	Sawatch__V1__PollError error_class;
	char error[200];
};

/* One value. index: what stands behind the column. 0, or SAW_ELIMIT where no more can be taken. */
typedef int (*saw_walk_cell_fn)(void *ctx, size_t column, const uint32_t *index, size_t n_index,
								const struct saw_varbind *value);

void saw_walk_begin(struct saw_walk *w, const struct saw_snmp_table *table, uint64_t max_rows);
/* True and *request, or false where the walk is over. */
bool saw_walk_next(struct saw_walk *w, const struct saw_pace *pace, struct saw_request *request);
void saw_walk_answer(struct saw_walk *w, struct saw_pace *pace, const struct saw_answer *answer, saw_walk_cell_fn cell,
					 void *ctx);
/* Ends the walk for a reason of the caller's. */
void saw_walk_stop(struct saw_walk *w, Sawatch__V1__PollError error_class, const char *why);

#endif
