/*
 * The tunnel ends of a report: what is known of each, who is whose peer, which circuit it runs over, and in what order they are read.
 *
 * Ownership: texts are the arena's.
 * Errors:    -ENOMEM, or the history's.
 */
#ifndef SAWATCH_HISTORY_ENDS_H
#define SAWATCH_HISTORY_ENDS_H

#include "history/report.h"
#include "history/row.h"
#include "model/circuit.h"

#define SAW_NOBODY SIZE_MAX

struct saw_report_circuit {
	const char *name;
	const Sawatch__V1__Circuit *config; /* NULL: tunnels name it, and nobody says what it carries */
	size_t sister;                      /* SAW_NOBODY: none */
	size_t cluster;                     /* those that must be known at one time */
	struct saw_group *group;
	Sawatch__V1__ReportRow *row;
	const char *seen_from;
	bool several;
};

struct saw_report_end {
	struct saw_history_end facts;
	size_t mate;    /* SAW_NOBODY: its peer is not in the history */
	size_t circuit; /* likewise */
	bool read, has_samples;
	struct saw_load_day *days; /* of the report */
	Sawatch__V1__ReportRow *row;
};

struct saw_report_ends {
	struct saw_report_end *list; /* in the order in which they are read */
	size_t n, room;
	struct saw_report_circuit *circuits;
	size_t n_circuits;
};

int saw_report_ends_read(const struct saw_history *h, const struct saw_report_options *o,
						 const Sawatch__V1__Snapshot *circuits, struct saw_arena *arena, struct saw_report_ends *out,
						 struct saw_err *err);
void saw_report_ends_free(struct saw_report_ends *e);

/* Suite, mode and NAT-T of an end; false where the suite is not known. */
bool saw_report_suite(const struct saw_history_end *e, struct saw_overhead *out, bool *nat_known);

#endif
