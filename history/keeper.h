/*
 * Keeps history: takes readings, writes them, and does what is to be done when hours, days and months are over.
 *
 * Purpose:   saw_keeper_put collects, saw_keeper_commit makes what was collected durable with one transaction, and
 *            saw_keeper_tend does a slice of what is due: readings of an hour into pieces, a day that is over into chunks, summaries
 *            of days and months, hours of a month, and the removal of what is too old. A kill at any moment loses what was not
 *            committed and nothing else.
 * Process:   one keeper has a file at a time (it holds a lock beside it); others read meanwhile (history/store.h). After
 *            saw_keeper_open nothing is opened any more.
 * Errors:    a negative code with a text. -ENOSPC: the disk is full, everything is tried again with the next call. SAW_EFORMAT:
 *            the file is damaged: close it and open it again with `damaged` set.
 * Time:      comes in as Unix milliseconds.
 */
#ifndef SAWATCH_HISTORY_KEEPER_H
#define SAWATCH_HISTORY_KEEPER_H

#include "history/chunk.h"
#include "history/series.h"

struct saw_keeper;

struct saw_keeper_options {
	int64_t interval_ms;   /* usual distance of readings */
	unsigned raw_days;     /* how long all readings are kept: until their month is closed at the least */
	unsigned hourly_days;  /* hours, and summaries of days */
	unsigned summary_days; /* summaries of months */
	const char *zone; /* of days and months, as saw_period_zone was told; NULL: UTC. Months of UTC are kept besides */
};

/*
 * Opens or creates the file. One that is of no use (not ours, of a newer version, or `damaged`, as was found while it was used) is set
 * aside, which `note` (SAW_ERR_TEXT_MAX bytes) then says. -EBUSY: another process keeps it.
 */
int saw_keeper_open(const char *path, const struct saw_keeper_options *options, bool damaged, char *note,
					struct saw_keeper **out, struct saw_err *err);
void saw_keeper_close(struct saw_keeper *k); /* what is not committed is lost; takes NULL */
void saw_keeper_options(struct saw_keeper *k, const struct saw_keeper_options *options); /* from now on */

/* The newest reading of an end, committed or not. False: there is none. */
bool saw_keeper_last(struct saw_keeper *k, const char *device, const char *tunnel, struct saw_point *out);

/*
 * Takes a reading. facts: what `end` says beside its names is known now, else it stays as it was. SAW_ERANGE: not newer than the
 * last of this end; SAW_ELIMIT: too much waits for a disk that takes nothing, or too many ends.
 */
int saw_keeper_put(struct saw_keeper *k, const struct saw_history_end *end, bool facts, const struct saw_point *p);
/* Everything that was put is on the disk when it returns 0. */
int saw_keeper_commit(struct saw_keeper *k, struct saw_err *err);
/* 1: there is more to do, call again; 0: nothing is due. */
int saw_keeper_tend(struct saw_keeper *k, int64_t now_ms, struct saw_err *err);

/*
 * Points that come late, of one end and of one month: they are merged with what there is; of two readings at one time the
 * old one stays. What was closed is closed again. *added: how many are new. Durable after saw_keeper_commit.
 */
int saw_keeper_merge(struct saw_keeper *k, const struct saw_history_end *end, const struct saw_point *p, size_t n,
					 uint64_t *added, struct saw_err *err);
/* Removes every reading after this time, for a clock that was ahead. *removed: readings. */
int saw_keeper_forget_after(struct saw_keeper *k, int64_t after_ms, uint64_t *removed, struct saw_err *err);

struct saw_keeper_figures {
	uint64_t taken;   /* readings since it was opened, */
	uint64_t written; /* and those that are on the disk */
	uint64_t waiting; /* readings that no commit took yet */
	uint64_t ends;
	uint64_t bytes;    /* on the disk, with the log */
	uint64_t damaged;  /* chunks that could not be read */
	int64_t newest_ms; /* of all readings; 0: none */
};
void saw_keeper_figures(const struct saw_keeper *k, struct saw_keeper_figures *out);

#endif
