/*
 * Days and months, of UTC and of one time zone.
 *
 * Purpose: what summaries are kept by. A local day has 23 to 25 hours.
 * Threads: saw_period_zone sets the zone of the whole process; the rest may be called from any thread then.
 */
#ifndef SAWATCH_HISTORY_PERIOD_H
#define SAWATCH_HISTORY_PERIOD_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

enum saw_period { SAW_PERIOD_DAY, SAW_PERIOD_MONTH };

/* The time zone of local periods, for the whole process: a name of the tz database, or UTC. SAW_EUNKNOWN. Before any sandbox. */
int saw_period_zone(const char *name, struct saw_err *err);
/* The period that at_ms is in, [*from_ms, *to_ms). */
void saw_period_of(enum saw_period period, bool local, int64_t at_ms, int64_t *from_ms, int64_t *to_ms);
/* A number that counts up with the periods, under which they are kept; of local ones the same for the same date. */
int64_t saw_period_number(enum saw_period period, bool local, int64_t at_ms);
/* And back: when it begins. */
int64_t saw_period_start(enum saw_period period, bool local, int64_t number);

#endif
