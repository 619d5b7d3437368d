/*
 * Walks the families and gives each series that a snapshot has, as what it is: labels as pairs, the value as a number.
 *
 * Purpose: those who write series in other forms than text have the same series as /metrics.
 * Order:   by family, then as the snapshot has the rows.
 * Ownership: everything that is handed over is borrowed for the call.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_PROMETHEUS_WALK_H
#define SAWATCH_EXPORTERS_PROMETHEUS_WALK_H

#include "exporters/prometheus/families.h"

#define SAW_LABELS_MAX 24

struct saw_label {
	const char *name;
	const char *value; /* as it is, without escapes; may be empty */
};

struct saw_sample {
	const struct saw_family *family;
	const struct saw_row *row;
	const struct saw_label *labels; /* of the row, then of the series; not sorted, each name once */
	size_t n_labels;
	struct saw_value value;
};

struct saw_walk {
	void *ctx;
	bool (*family)(void *ctx, const struct saw_family *f); /* false: none of its series; NULL: all */
	bool (*row)(void *ctx, const struct saw_family *f, const struct saw_row *r); /* likewise of its row */
	void (*sample)(void *ctx, const struct saw_sample *s);
};

/* now_ms: Unix time, for ages. process may be NULL. 0, or -ENOMEM. */
int saw_prometheus_walk(const Sawatch__V1__Snapshot *s, int64_t now_ms, const struct saw_process_figures *process,
						const struct saw_walk *walk);

/* The number as all of these forms have it. */
double saw_value_number(const struct saw_value *v);

#endif
