/*
 * What an engine answers to a query: series with their labels and values. Prometheus's HTTP API, "Expression query result formats".
 *
 * Ownership: what `each` is handed is borrowed for that call.
 * Errors:    SAW_EFORMAT (no such answer), SAW_EHTTP (the engine says what is wrong), -ENOMEM, each with a text; or what `each` returned.
 * Pure; the JSON is read by Jansson.
 */
#ifndef SAWATCH_HISTORY_ANSWER_H
#define SAWATCH_HISTORY_ANSWER_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

#define SAW_ANSWER_TIME_MAX_MS 9000000000000000LL

struct saw_answer_value {
	int64_t at_ms;
	double value;
};

struct saw_answer_series;
/* The value of a label; NULL: it has none. */
const char *saw_answer_label(const struct saw_answer_series *s, const char *name);

/* values: of a matrix its pairs, of a vector its one; what is no finite number (a stale marker), or of no time that can be, is left out. */
typedef int saw_answer_each(void *ctx, const struct saw_answer_series *s, const struct saw_answer_value *values,
							size_t n, struct saw_err *err);

int saw_answer_read(const char *server, unsigned status, const char *text, size_t n, saw_answer_each *each, void *ctx,
					struct saw_err *err);

#endif
