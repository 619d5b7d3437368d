/*
 * Where `sawatch report` reads from and what it writes to.
 *
 * Ownership: saw_report_close; texts of the options are borrowed.
 * Errors:    the history's, or those of files, each with a text.
 */
#ifndef SAWATCH_TOOLS_REPORT_H
#define SAWATCH_TOOLS_REPORT_H

#include "history/report.h"
#include "tools/report_print.h"

struct saw_report_source {
	const char *where;       /* a file, or the URL of an engine; NULL: where the configuration keeps its history */
	const char *bearer_file; /* of an engine; NULL: none */
	const char *user_file;   /* "USER:PASSWORD"; NULL: none */
	bool cleartext;          /* credentials may go over http */
	const char *selector;    /* more label matchers: job="sawatch"; NULL: none */
	const struct saw_config *config;
};

/* *name: what it is, for people; the caller frees it. */
int saw_report_open(const struct saw_report_source *s, struct saw_history *out, char **name, struct saw_err *err);

enum saw_report_form { SAW_REPORT_TEXT, SAW_REPORT_HTML, SAW_REPORT_CSV, SAW_REPORT_JSON, SAW_REPORT_FORMS };
extern const char *const saw_report_form_names[SAW_REPORT_FORMS];

/*
 * output NULL: to standard output. A folder (it is one, or its name ends in /): an overview, a page for every row, CSV and JSON; it is made where it
 * is not there. Else a file, which appears whole.
 */
int saw_report_write(const Sawatch__V1__Report *r, enum saw_report_form form, const struct saw_report_print *p,
					 const char *output, struct saw_err *err);

#endif
