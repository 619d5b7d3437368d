/*
 * The saved-file collector: text of show commands that somebody else saved -> one packed DeviceSample.
 *
 * Purpose:   whoever may not let a program log in to the devices saves the answers (one file per device, any number of
 *            commands with their prompts, in any order) and renews them; this turns the text into a sample like any other. Pure:
 *            the caller opens and reads the file and says how old it is.
 *            The writer should write to another name and rename: a half-written file is a cut answer.
 * Use:       create once; per poll: begin, feed any number of times, end. Or failed, where the file could not be read.
 * Ownership: *data borrows from the reader until its next begin, failed or destroy.
 * Errors:    a text that is not understood is no error of the call but of the sample: error_class UNSUPPORTED. A file older
 *            than max_age: error_class STALE beside what it says. Both with a sentence in `error`.
 */
#ifndef SAWATCH_COLLECTORS_FILE_FILE_H
#define SAWATCH_COLLECTORS_FILE_FILE_H

#include "proto/sawatch.pb-c.h"

#include <stddef.h>
#include <stdint.h>

struct saw_file_reader;

/* ceiling: bytes of the packed sample. NULL without memory. */
struct saw_file_reader *saw_file_reader_create(size_t ceiling);
void saw_file_reader_destroy(struct saw_file_reader *r);

/* `device` is copied into the sample. */
void saw_file_begin(struct saw_file_reader *r, const char *device, Sawatch__V1__Platform platform);

/* The next n bytes of the file. After an error (SAW_ELIMIT: the sample is full) the rest is not needed; call end all the same. */
int saw_file_feed(struct saw_file_reader *r, const char *bytes, size_t n);

/*
 * Ends the sample: source `file`, observed at mtime_ms (not later than now_ms). max_age_ms 0: any age will do.
 * Returns 0, or SAW_ELIMIT where the sample is cut at its ceiling (it is then valid and says so).
 */
int saw_file_end(struct saw_file_reader *r, int64_t mtime_ms, int64_t now_ms, int64_t max_age_ms, const uint8_t **data,
				 size_t *len);

/*
 * The sample of a file that could not be opened or read: `error` is the errno (positive). Class ACCESS for EACCES and EPERM,
 * UNREACHABLE for the rest.
 */
int saw_file_failed(struct saw_file_reader *r, const char *device, Sawatch__V1__Platform platform, const char *path,
					int error, int64_t now_ms, const uint8_t **data, size_t *len);

#endif
