/*
 * History that was exported as OpenMetrics, read back (history/transfer.h writes it).
 *
 * Format:    OpenMetrics 1.0: the families of the export, each sample with its time, `# EOF` at the end. Other families and other labels are passed over.
 *            The samples of a reading lie far apart, so that all of it is held until the end: SAW_OPENMETRICS_READINGS at most.
 * Errors:    SAW_EFORMAT with "line N: ...", SAW_ELIMIT, -ENOMEM, or what `each` returned when it was not 0.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_OPENMETRICS_H
#define SAWATCH_HISTORY_OPENMETRICS_H

#include "history/chunk.h"
#include "history/series.h"

#define SAW_OPENMETRICS_READINGS 10000000

struct saw_openmetrics;

struct saw_openmetrics *saw_openmetrics_create(void); /* NULL without memory */
int saw_openmetrics_feed(struct saw_openmetrics *m, const char *bytes, size_t n, struct saw_err *err);
/* Behind the last piece: each tunnel end with its facts and all of its readings, by time. */
int saw_openmetrics_end(struct saw_openmetrics *m,
						int (*each)(void *ctx, const struct saw_history_end *end, const struct saw_points *points,
									struct saw_err *err),
						void *ctx, struct saw_err *err);
void saw_openmetrics_destroy(struct saw_openmetrics *m); /* takes NULL */

#endif
