/*
 * Threshold ranges of the Monitoring Plugins: [@]START:END.
 *
 *   10        alert outside 0..10        10:      alert below 10
 *   ~:10      alert above 10             10:20    alert outside 10..20
 *   @10:20    alert inside 10..20        :5.75    the same as 5.75
 *
 * Both ends belong to the range. START is 0 where it is left out, `~` is minus infinity, END is infinity where it is left out.
 * A per cent sign behind a number is taken and means nothing.
 * Pure. Source: Monitoring Plugins Development Guidelines, "Threshold and Ranges".
 */
#ifndef SAWATCH_MODEL_THRESHOLD_H
#define SAWATCH_MODEL_THRESHOLD_H

#include "core/text.h"

struct saw_range {
	double start; /* -INFINITY for ~ */
	double end;   /* INFINITY where it is left out */
	bool inside;  /* @: alert inside the range, not outside */
};

/* 0, SAW_EFORMAT (no range), SAW_ERANGE (start above end, or a number too large). *out is touched on success only. */
int saw_range_parse(struct saw_str s, struct saw_range *out);

bool saw_range_alert(const struct saw_range *r, double value);

/* Appends the shortest form that parses to the same range; performance data takes it as it is. */
void saw_range_print(const struct saw_range *r, struct saw_buf *out);

#endif
