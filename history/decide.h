/*
 * What a row's figures mean for whoever buys: keep, watch, upgrade by when, and why.
 *
 *   upgrade  95 % of the capacity is reached, or will be so soon that ordering must begin within the next three months, or the sister's load does not fit
 *   watch    above 80 %, above 90 % for more than an hour a week, may be full within a year, 80 % with the sister's load, a step upward,
 *            or more than 0.1 % of the packets dropped in queues
 *   keep     none of that
 *   unknown  no capacity is known, or less than half of the time was read
 *
 * Purpose:   one rule for every form of the report.
 * Ownership: texts are the arena's.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_DECIDE_H
#define SAWATCH_HISTORY_DECIDE_H

#include "history/row.h"

/* Sets decision, why, upgrade_by_ms and urgency. 0 or -ENOMEM. */
int saw_decide(struct saw_rows *r, Sawatch__V1__ReportRow *row, unsigned lead_days);

/* "82.4 Mbit/s"; `out` holds 32. Returns out. */
const char *saw_rate_print(double bytes_per_second, char out[32]);

#endif
