/*
 * How a capacity report is printed: text for a terminal, HTML for people, CSV and JSON for programs.
 *
 * Purpose:   report in, text out. Times are in the zone of the process (history/period.h, saw_period_zone).
 * Ownership: everything is borrowed; the text is the caller's buffer, whose error says whether it is whole.
 * Pure.
 */
#ifndef SAWATCH_TOOLS_REPORT_PRINT_H
#define SAWATCH_TOOLS_REPORT_PRINT_H

#include "core/buf.h"
#include "proto/report.pb-c.h"

#include <stdbool.h>

struct saw_report_print {
	size_t top; /* rows that text shows; 0: all */
	bool colour;
	bool charts; /* JSON: what the pictures are made of too */
	bool folder; /* HTML: rows have pages of their own (saw_report_page_name) */
};

/* Lines of 80 columns; what does not fit goes on in the next, indented. */
void saw_report_text(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *out);
void saw_report_csv(const Sawatch__V1__Report *r, struct saw_buf *out);
void saw_report_json(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *out);
/* The overview; without `folder`, the pictures of all circuits and of the first rows are in it too. */
void saw_report_html(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *out);
/* A page for one row. up: back to the overview; NULL: there is none. */
void saw_report_html_row(const Sawatch__V1__Report *r, const Sawatch__V1__ReportRow *row, const char *up,
						 struct saw_buf *out);

/* "tunnel-0042.html": where the page of a row is, by its place. */
const char *saw_report_page_name(const Sawatch__V1__ReportRow *row, size_t place, char out[64]);

/* ---------------------------------------------------------------------------------------------------- what they share */

/* Of 0.824: "82 %"; small ones with a digit more. */
const char *saw_percent_print(double ratio, char out[32]);
/* Of lost packets: "0.21 %"; "none that shows" below what readings at different times may differ by. */
const char *saw_loss_print(double ratio, char out[32]);
/* "2 d 3 h", "45 min". */
const char *saw_span_print(double seconds, char out[32]);
/* "keep", "watch", "upgrade by 2026-12-01", "no decision". */
const char *saw_decision_print(const Sawatch__V1__ReportRow *row, char out[64]);
/* "+1.2 Mbit/s a week (0.8 to 1.6)", or why there is none. */
const char *saw_growth_print(const Sawatch__V1__ReportFlow *f, char out[128]);
/* "2027-02-11 (2027-01-05 to 2027-04-30)", "not in sight", ... */
const char *saw_reach_print(const Sawatch__V1__ReportFlow *f, char out[128]);
const char *saw_report_layer_text(const Sawatch__V1__ReportRow *row);

/* Appends text for HTML, escaped. */
void saw_put_html(struct saw_buf *b, const char *text);

/* Pictures of a row as SVG. */
void saw_svg_load(const Sawatch__V1__Report *r, const Sawatch__V1__ReportRow *row, struct saw_buf *b);
void saw_svg_heat(const Sawatch__V1__ReportRow *row, struct saw_buf *b);
void saw_svg_trend(const Sawatch__V1__Report *r, const Sawatch__V1__ReportRow *row, struct saw_buf *b);
void saw_svg_strip(const Sawatch__V1__ReportRow *row, struct saw_buf *b);
void saw_svg_spark(const Sawatch__V1__ReportRow *row, struct saw_buf *b);

#endif
