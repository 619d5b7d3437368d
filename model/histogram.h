/*
 * A native histogram as Prometheus has it: exponential buckets, of which only those that something fell into are sent.
 *
 * Purpose:   how long polls took, for ever, in a few hundred bytes; schema 3 (8 buckets for each doubling: a quantile is right within
 *            4.5 %). Bounds are from about a millisecond to a day and a half; what is outside goes into the zero bucket or the last one.
 * Source:    Prometheus native histograms (schema, zero bucket, indexes).
 * Ownership: a value; no pointers.
 * Pure.
 */
#ifndef SAWATCH_MODEL_HISTOGRAM_H
#define SAWATCH_MODEL_HISTOGRAM_H

#include "proto/sawatch.pb-c.h"

#define SAW_HISTOGRAM_SCHEMA 3
#define SAW_HISTOGRAM_FIRST (-79) /* index of the first bucket: above 2^-10 */
#define SAW_HISTOGRAM_LAST 136    /* up to 2^17 */
#define SAW_HISTOGRAM_BUCKETS (SAW_HISTOGRAM_LAST - SAW_HISTOGRAM_FIRST + 1)

struct saw_histogram {
	int64_t since_ms; /* of the first value; 0: there is none yet */
	uint64_t count, zero;
	double sum;
	uint64_t buckets[SAW_HISTOGRAM_BUCKETS];
};

/* What is not finite or negative is no value. */
void saw_histogram_add(struct saw_histogram *h, double v, int64_t now_ms);

/* The lists of a message, in memory of the caller. */
struct saw_histogram_lists {
	int32_t indexes[SAW_HISTOGRAM_BUCKETS];
	uint64_t counts[SAW_HISTOGRAM_BUCKETS];
};

/* The message's lists point into `lists`. */
void saw_histogram_write(const struct saw_histogram *h, struct saw_histogram_lists *lists, Sawatch__V1__Histogram *out);
/* Of another schema, or with buckets that there are not: SAW_EFORMAT, and *h is empty. */
int saw_histogram_read(const Sawatch__V1__Histogram *m, struct saw_histogram *h);

#endif
