#include "history/decide.h"

#include "core/buf.h"
#include "model/circuit.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define FULL 0.95
#define HIGH 0.80
#define COVERAGE_LEAST 0.5
#define SOON_DAYS 90
#define YEAR_DAYS 365
#define QUEUE_DROPS 0.001 /* of the packets */
#define HOUR_A_WEEK (1.0 / 168)

const char *saw_rate_print(double bytes_per_second, char out[32]) {
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
	double v = bytes_per_second * 8;
	size_t u = 0;

	while (u < 4 && fabs(v) >= 999.5) {
		v /= 1000;
		u++;
	}
	snprintf(out, 32, fabs(v) >= 99.95 || u == 0 ? "%.0f %s" : fabs(v) >= 9.995 ? "%.1f %s" : "%.2f %s", v, units[u]);
	return out;
}

struct reasons {
	struct saw_buf text;
	double urgency;
	Sawatch__V1__Decision decision;
	int64_t by_ms; /* 0: none */
};

static int rank(Sawatch__V1__Decision d) {
	return d == SAWATCH__V1__DECISION__DECISION_UPGRADE ? 2 : d == SAWATCH__V1__DECISION__DECISION_WATCH ? 1 : 0;
}

SAW_PRINTF(3, 4)
static void say(struct reasons *y, Sawatch__V1__Decision d, const char *fmt, ...) {
	char text[320];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (rank(d) > rank(y->decision)) /* what is worse is said alone */
		saw_buf_reset(&y->text);
	if (rank(d) < rank(y->decision))
		return;
	y->decision = d;
	saw_buf_printf(&y->text, "%s%s", y->text.len ? "; " : "", text);
}

static void until(struct reasons *y, int64_t by_ms) {
	if (!y->by_ms || by_ms < y->by_ms)
		y->by_ms = by_ms;
}

static void judge_forecast(struct reasons *y, const struct saw_grid *g, const Sawatch__V1__ReportFlow *f,
						   const char *way, unsigned lead_days) {
	const int64_t lead = (int64_t)lead_days * SAW_DAY_MS, now = g->to_ms;
	char full[64], early[64], late[64];

	if (f->has_full_at_ms && f->full_at_ms - lead <= now + SOON_DAYS * SAW_DAY_MS) {
		const int64_t by = f->full_at_ms - lead > now ? f->full_at_ms - lead : now;

		say(y, SAWATCH__V1__DECISION__DECISION_UPGRADE, "95 %% %s is reached on %s (%s %s%s)", way,
			saw_zone_print(f->full_at_ms, SAW_ZONE_DAY, full),
			f->has_full_early_ms ? saw_zone_print(f->full_early_ms, SAW_ZONE_DAY, early) : "now",
			f->has_full_late_ms ? "to " : "or later",
			f->has_full_late_ms ? saw_zone_print(f->full_late_ms, SAW_ZONE_DAY, late) : "");
		until(y, by);
	} else if (f->has_full_early_ms && f->full_early_ms <= now + YEAR_DAYS * SAW_DAY_MS) {
		say(y, SAWATCH__V1__DECISION__DECISION_WATCH, "95 %% %s may be reached from %s on", way,
			saw_zone_print(f->full_early_ms, SAW_ZONE_DAY, early));
	}
}

static void judge_steps(struct reasons *y, const struct saw_grid *g, const Sawatch__V1__ReportFlow *f,
						const char *way) {
	const Sawatch__V1__ReportStep *s = f->n_steps ? f->steps[f->n_steps - 1] : NULL;
	char day[64];

	if (s && s->at_ms >= saw_grid_ms(g, g->first) && s->after_bytes_per_second > s->before_bytes_per_second &&
		f->has_p95_ratio && f->p95_ratio > HIGH / 2)
		say(y, SAWATCH__V1__DECISION__DECISION_WATCH, "a step of %+.0f %% %s on %s",
			(s->after_bytes_per_second / s->before_bytes_per_second - 1) * 100, way,
			saw_zone_print(s->at_ms, SAW_ZONE_DAY, day));
}

static void judge_flow(struct reasons *y, const struct saw_grid *g, const Sawatch__V1__ReportRow *row,
					   const Sawatch__V1__ReportFlow *f, const char *way, unsigned lead_days) {
	char rate[32];

	if (!f->has_p95_ratio)
		return;
	saw_rate_print(f->p95_bytes_per_second, rate);
	if (f->p95_ratio >= FULL) {
		say(y, SAWATCH__V1__DECISION__DECISION_UPGRADE, "p95 %s is %s, %.0f %% of the capacity", way, rate,
			f->p95_ratio * 100);
		until(y, g->to_ms);
	} else if (f->p95_ratio >= HIGH) {
		say(y, SAWATCH__V1__DECISION__DECISION_WATCH, "p95 %s is %s, %.0f %% of the capacity", way, rate,
			f->p95_ratio * 100);
	} else if (f->minutes_above_90_percent * 60000.0 > HOUR_A_WEEK * (double)f->samples * SAW_SLOT_MS) {
		say(y, SAWATCH__V1__DECISION__DECISION_WATCH, "%u minutes %s above 90 %%", f->minutes_above_90_percent, way);
	}
	if (f->p95_ratio < FULL)
		judge_forecast(y, g, f, way, lead_days);
	judge_steps(y, g, f, way);
	if (f->has_sister_failed_ratio && f->sister_failed_ratio >= 1) {
		say(y, SAWATCH__V1__DECISION__DECISION_UPGRADE, "%s would be at %.0f %% if %s failed", way,
			f->sister_failed_ratio * 100, row->sister);
		until(y, g->to_ms);
	} else if (f->has_sister_failed_ratio && f->sister_failed_ratio >= HIGH && f->p95_ratio < HIGH) {
		say(y, SAWATCH__V1__DECISION__DECISION_WATCH, "%s would be at %.0f %% if %s failed", way,
			f->sister_failed_ratio * 100, row->sister);
	}
	y->urgency = fmax(y->urgency, f->p95_ratio);
	if (f->has_sister_failed_ratio)
		y->urgency = fmax(y->urgency, f->sister_failed_ratio);
}

/* Five-minute means hide bursts; the queues do not. */
static void judge_queues(struct reasons *y, const Sawatch__V1__ReportRow *row) {
	const double packets = row->out->packets_per_second * (double)row->out->samples * (SAW_SLOT_MS / 1000);

	if (row->has_queue_drop_packets && packets > 0 && row->queue_drop_packets / packets > QUEUE_DROPS)
		say(y, SAWATCH__V1__DECISION__DECISION_WATCH, "%.2g %% of the packets out were dropped in queues",
			row->queue_drop_packets / packets * 100);
}

/* What keeps anybody from deciding; NULL: nothing. */
static const char *undecidable(const Sawatch__V1__ReportRow *row, char text[160]) {
	if (!row->in->samples && !row->out->samples)
		return "nothing was read";
	if (row->has_coverage_ratio && row->coverage_ratio < COVERAGE_LEAST) {
		snprintf(text, 160, "only %.0f %% of the time was read", floor(row->coverage_ratio * 100));
		return text;
	}
	return row->has_capacity_bytes_per_second ? NULL : "no capacity is known";
}

static void say_kept(struct reasons *y, const Sawatch__V1__ReportRow *row) {
	const bool out = row->out->p95_ratio >= row->in->p95_ratio;
	const Sawatch__V1__ReportFlow *f = out ? row->out : row->in;
	char rate[32];

	saw_buf_printf(&y->text, "p95 %s is %s, %.0f %% of the capacity", out ? "out" : "in",
				   saw_rate_print(f->p95_bytes_per_second, rate), f->p95_ratio * 100);
	if (f->reach == SAWATCH__V1__REACH__REACH_NEVER)
		saw_buf_puts(&y->text, ", and it does not grow");
}

int saw_decide(struct saw_rows *r, Sawatch__V1__ReportRow *row, unsigned lead_days) {
	struct reasons y = {.text = SAW_BUF_INIT(4096), .decision = SAWATCH__V1__DECISION__DECISION_KEEP};
	char text[160];
	const char *why = undecidable(row, text);
	int rc = 0;

	if (why) {
		y.decision = SAWATCH__V1__DECISION__DECISION_UNKNOWN;
		saw_buf_puts(&y.text, why);
	} else {
		judge_flow(&y, r->grid, row, row->out, "out", lead_days);
		judge_flow(&y, r->grid, row, row->in, "in", lead_days);
		judge_queues(&y, row);
		if (y.decision == SAWATCH__V1__DECISION__DECISION_KEEP)
			say_kept(&y, row);
	}
	rc = saw_buf_error(&y.text);
	SAW_SET(row, decision, y.decision);
	row->why = saw_row_text(r, saw_buf_text(&y.text), &rc);
	if (y.by_ms)
		SAW_SET(row, upgrade_by_ms, y.by_ms);
	/* Upgrades first, by how full they are; what nobody can decide comes before what is kept, as somebody has to find out. */
	SAW_SET(row, urgency,
			(y.decision == SAWATCH__V1__DECISION__DECISION_UPGRADE                                          ? 3000
			 : y.decision == SAWATCH__V1__DECISION__DECISION_WATCH                                          ? 2000
			 : y.decision == SAWATCH__V1__DECISION__DECISION_UNKNOWN && !row->has_capacity_bytes_per_second ? 0
			 : y.decision == SAWATCH__V1__DECISION__DECISION_UNKNOWN                                        ? 1500
																											: 1000) +
				100 * fmin(y.urgency, 9));
	saw_buf_free(&y.text);
	return rc;
}
