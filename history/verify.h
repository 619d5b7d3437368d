/*
 * Is the history whole? Every page, every checksum, every reading.
 *
 * Checked:  the pages of the file; that each chunk can be read, holds readings of its own period only, and none that another has too; that
 *           totals decrease nowhere but where a gap says so; that no row is of an end that does not exist; that the summaries of days of
 *           which all readings are there are what those say.
 * Picture:  as of the call, while sawatchd goes on writing.
 * Errors:   negative where the file cannot be checked at all; what is wrong with it are findings.
 */
#ifndef SAWATCH_HISTORY_VERIFY_H
#define SAWATCH_HISTORY_VERIFY_H

#include "core/err.h"

#include <stdint.h>

enum saw_verify_kind {
	SAW_VERIFY_FILE,      /* pages of the file */
	SAW_VERIFY_DAMAGED,   /* a chunk, batch or summary that cannot be read */
	SAW_VERIFY_MISPLACED, /* a reading that belongs elsewhere */
	SAW_VERIFY_OVERLAP,   /* a reading that is there twice */
	SAW_VERIFY_DECREASE,  /* a total that fell, and no gap */
	SAW_VERIFY_ORPHAN,    /* a row of no end */
	SAW_VERIFY_SUMMARY,   /* a summary that its readings do not bear out */
	SAW_VERIFY_KINDS
};
const char *saw_verify_kind_name(enum saw_verify_kind kind); /* "decrease" */

struct saw_verify_finding {
	enum saw_verify_kind kind;
	const char *device, *tunnel; /* NULL: of no end */
	int64_t at_ms;               /* 0: of no time */
	const char *text;            /* a sentence */
};

struct saw_verify_result {
	uint64_t ends, chunks, readings, summaries, bytes;
	uint64_t findings[SAW_VERIFY_KINDS], all_findings;
};

int saw_history_verify(const char *path, void (*each)(void *ctx, const struct saw_verify_finding *f), void *ctx,
					   struct saw_verify_result *out, struct saw_err *err);

#endif
