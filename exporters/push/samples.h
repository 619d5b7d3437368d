/*
 * The series of a snapshot as what they are: labels as pairs, values as numbers, of what was chosen to be sent.
 *
 * Purpose:   the walk of /metrics (exporters/prometheus/) with a form of its own, so that the series are the same.
 * Ownership: everything that is handed over is borrowed for the call. Pure.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_SAMPLES_H
#define SAWATCH_EXPORTERS_PUSH_SAMPLES_H

#include "exporters/push/choice.h"

#define SAW_LABELS_MAX 24

struct saw_label {
	const char *name;
	const char *value; /* as it is, without escapes; never empty: to receivers that would be none */
};

struct saw_push_sample {
	const struct saw_family *family;
	const struct saw_label *labels; /* not sorted, each name once */
	size_t n_labels;
	struct saw_value value;
	const Sawatch__V1__Histogram *histogram; /* instead of the value */
	int64_t created_ms;                      /* of a counter; 0: not known */
};

/* By family, then as the snapshot has the rows. 0, or an error. */
int saw_push_samples(const Sawatch__V1__Snapshot *s, const struct saw_push_choice *choice,
					 void (*sample)(void *ctx, const struct saw_push_sample *p), void *ctx);

/*
 * Whether what is not in it has ended: after a start of the daemon each source was tried once, or a quarter of an hour is over. Before that a
 * series is absent because nobody has looked yet.
 */
bool saw_push_settled(const Sawatch__V1__Snapshot *s);

double saw_push_number(const struct saw_value *v);

#endif
