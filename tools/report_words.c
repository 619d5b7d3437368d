/* Figures of a report as words; what text and HTML share. */
#include "history/decide.h"
#include "history/grid.h"
#include "model/circuit.h"
#include "tools/report_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *saw_percent_print(double ratio, char out[32]) {
	const double v = ratio * 100;

	/* 99.96 % of the time is not all of it. */
	if (v < 100 && v > 99.9)
		snprintf(out, 32, "%.3f %%", floor(v * 1000) / 1000);
	else
		snprintf(out, 32, fabs(v) < 9.95 && v != 0 ? (fabs(v) < 0.0995 ? "%.2g %%" : "%.1f %%") : "%.0f %%", v);
	return out;
}

const char *saw_loss_print(double ratio, char out[32]) {
	return fabs(ratio) < 0.0001 ? "none that shows" : saw_percent_print(ratio, out);
}

const char *saw_span_print(double seconds, char out[32]) {
	const long minutes = lround(seconds / 60);

	if (seconds < 59.5)
		snprintf(out, 32, "%.0f s", seconds);
	else if (minutes < 120)
		snprintf(out, 32, "%ld min", minutes);
	else if (minutes < 48 * 60)
		snprintf(out, 32, "%ld h %02ld min", minutes / 60, minutes % 60);
	else
		snprintf(out, 32, "%ld d %ld h", minutes / 1440, minutes % 1440 / 60);
	return out;
}

const char *saw_decision_print(const Sawatch__V1__ReportRow *row, char out[64]) {
	char day[64];

	switch (row->decision) {
	case SAWATCH__V1__DECISION__DECISION_KEEP:
		return "keep";
	case SAWATCH__V1__DECISION__DECISION_WATCH:
		return "watch";
	case SAWATCH__V1__DECISION__DECISION_UPGRADE:
		snprintf(out, 64, "upgrade by %.20s", saw_zone_print(row->upgrade_by_ms, SAW_ZONE_DAY, day));
		return out;
	default:
		return row->has_capacity_bytes_per_second ? "no decision" : "no capacity";
	}
}

const char *saw_growth_print(const Sawatch__V1__ReportFlow *f, char out[128]) {
	char rate[32], low[32], high[32];

	if (!f->has_growth_weeks)
		return f->growth_missing ? f->growth_missing : "not enough data";
	snprintf(out, 128, "%s%s a week (%s to %s, %u weeks)", f->growth_bytes_per_second_per_week > 0 ? "+" : "",
			 saw_rate_print(f->growth_bytes_per_second_per_week, rate), saw_rate_print(f->growth_low, low),
			 saw_rate_print(f->growth_high, high), f->growth_weeks);
	return out;
}

const char *saw_reach_print(const Sawatch__V1__ReportFlow *f, char out[128]) {
	char full[64], early[64], late[64];

	switch (f->reach) {
	case SAWATCH__V1__REACH__REACH_NOW:
		return "now";
	case SAWATCH__V1__REACH__REACH_AT:
		snprintf(out, 128, "%.12s (%.12s %s%.12s)", saw_zone_print(f->full_at_ms, SAW_ZONE_DAY, full),
				 f->has_full_early_ms ? saw_zone_print(f->full_early_ms, SAW_ZONE_DAY, early) : "now",
				 f->has_full_late_ms ? "to " : "or later",
				 f->has_full_late_ms ? saw_zone_print(f->full_late_ms, SAW_ZONE_DAY, late) : "");
		return out;
	case SAWATCH__V1__REACH__REACH_NEVER:
		if (!f->has_full_early_ms)
			return "not in sight: it does not grow";
		snprintf(out, 128, "not in sight (earliest %.12s)", saw_zone_print(f->full_early_ms, SAW_ZONE_DAY, early));
		return out;
	case SAWATCH__V1__REACH__REACH_FAR:
		return "in more than five years";
	default:
		return f->growth_missing ? f->growth_missing : "no capacity is known";
	}
}

const char *saw_report_layer_text(const Sawatch__V1__ReportRow *row) {
	return saw_layer_text(saw_layer_of(row->layer));
}

const char *saw_report_page_name(const Sawatch__V1__ReportRow *row, size_t place, char out[64]) {
	snprintf(out, 64, "%.16s-%04zu.html", row->kind, place + 1);
	return out;
}

void saw_put_html(struct saw_buf *b, const char *text) {
	for (; text && *text; text++) {
		const size_t plain = strcspn(text, "<>&\"'");

		saw_buf_put(b, text, plain);
		text += plain;
		if (*text == 0)
			return;
		saw_buf_puts(b, *text == '<'   ? "&lt;"
						: *text == '>' ? "&gt;"
						: *text == '&' ? "&amp;"
						: *text == '"' ? "&quot;"
									   : "&#39;");
	}
}
