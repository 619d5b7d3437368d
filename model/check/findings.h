/*
 * What a check found of each of many things (tunnels, links, BGP peers), and how that is said: worst first, the worst in the
 * summary with their whole reason, all of them in the long output.
 *
 * Ownership: items and names are borrowed. Pure.
 */
#ifndef SAWATCH_MODEL_CHECK_FINDINGS_H
#define SAWATCH_MODEL_CHECK_FINDINGS_H

#include "model/check/output.h"

struct saw_finding {
	const void *item;
	const char *name;
	int rank; /* among those of one status; 0 is worst */
	enum saw_status status;
	size_t text, text_len; /* in the text of all */
};

struct saw_findings {
	struct saw_finding *list;
	size_t n;
	struct saw_buf text;
};

/* Room for n. False without memory: `out` says so. */
bool saw_findings_create(struct saw_findings *f, size_t n, struct saw_output *out);
void saw_findings_destroy(struct saw_findings *f);

/* What is appended to f->text from here on is of this item, until _end says how it is. */
void saw_findings_begin(struct saw_findings *f, const void *item, const char *name, int rank);
void saw_findings_end(struct saw_findings *f, enum saw_status status);

void saw_findings_sort(struct saw_findings *f); /* worst first */
enum saw_status saw_findings_worst(const struct saw_findings *f);

/* Says the worst behind what the summary has already, and all in the long output. Sorted before. */
void saw_findings_say(const struct saw_findings *f, struct saw_output *out);

/* "3 links: 2 OK, 1 CRITICAL", counted by status, with performance data. What: "link". */
void saw_findings_count(const struct saw_findings *f, const char *what, struct saw_output *out);

#endif
