/* A capacity report as text for a terminal: one line of decision per circuit, then rows with sparklines. */
#include "core/text.h"
#include "history/decide.h"
#include "history/grid.h"
#include "proto/json.h"
#include "tools/report_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SPARK 24
#define COLUMNS 80
#define LINE_BYTES_MAX ((size_t)1 << 20)
#define FLOW 8            /* behind "in" and "out", */
#define FLOW_FIGURES 34   /* and behind the picture there */
#define DECISION_NAMES 23 /* behind the decision */

static void put_clean(struct saw_buf *b, const char *text) {
	if (text)
		saw_put_clean(b, text, strlen(text));
}

enum breaks { AT_BLANKS, AT_COMMAS /* where one is near the end: figures stay together */ };

/* How many bytes are put into a line of so many columns. */
static size_t fitting(const char *p, size_t columns, enum breaks breaks) {
	size_t column = 0, blank = 0, whole = 0, i = 0;
	bool text = false;

	for (; p[i]; i++) {
		if (p[i] == '\033') {
			i += strcspn(p + i, "m");
			continue;
		}
		if (p[i] == ' ' && text && p[i - 1] != ' ' && p[i + 1] != '%' && (column <= columns || !blank)) {
			blank = i;
			if (breaks == AT_COMMAS && strchr(",;", p[i - 1]) && column > columns / 2)
				whole = i;
		}
		text |= p[i] != ' ';
		column += ((unsigned char)p[i] & 0xc0) != 0x80;
		if (column > columns && blank)
			return whole ? whole : blank;
	}
	return i;
}

/* The line that was begun goes on behind the margin where it is too long. */
static void end_line(struct saw_buf *b, unsigned margin, enum breaks breaks) {
	struct saw_buf line = SAW_BUF_INIT(LINE_BYTES_MAX);
	size_t begin = b->len, columns = COLUMNS;
	const char *p;

	while (begin > 0 && b->data[begin - 1] != '\n')
		begin--;
	saw_buf_put(&line, b->data + begin, b->len - begin);
	if (saw_buf_error(&line) == 0) {
		b->len = begin;
		for (p = saw_buf_text(&line); *p; columns = COLUMNS - margin) {
			const size_t n = fitting(p, columns, breaks);

			saw_buf_put(b, p, n);
			p += n + strspn(p + n, " ");
			if (*p)
				saw_buf_printf(b, "\n%*s", (int)margin, "");
		}
	}
	saw_buf_putc(b, '\n');
	saw_buf_free(&line);
}

static const char *colour_of(const Sawatch__V1__ReportRow *row, bool colour) {
	if (!colour)
		return "";
	switch (row->decision) {
	case SAWATCH__V1__DECISION__DECISION_UPGRADE:
		return "\033[31;1m";
	case SAWATCH__V1__DECISION__DECISION_WATCH:
		return "\033[33m";
	case SAWATCH__V1__DECISION__DECISION_KEEP:
		return "\033[32m";
	default:
		return "\033[2m";
	}
}

/* Eighths of a block; a blank where nothing is known. Full height: the capacity, or the highest value where there is none. */
static void spark(struct saw_buf *b, const float *values, size_t n, double most) {
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

	for (size_t i = 0; i < SPARK; i++) {
		const size_t from = i * n / SPARK, to = (i + 1) * n / SPARK;
		double v = -1;
		int level;

		for (size_t k = from; k < n && (k < to || k == from); k++)
			if (!isnan(values[k]) && (double)values[k] > v)
				v = (double)values[k];
		if (v < 0) {
			saw_buf_putc(b, ' ');
			continue;
		}
		level = most > 0 ? (int)(v / most * 8) : 0;
		saw_buf_puts(b, blocks[level > 7 ? 7 : level]);
	}
}

static double highest(const Sawatch__V1__ReportRow *row) {
	const double peak = fmax(row->in->peak_bytes_per_second, row->out->peak_bytes_per_second);

	return row->has_capacity_bytes_per_second ? fmax(row->capacity_bytes_per_second, peak) : peak;
}

static void put_flow(struct saw_buf *b, const Sawatch__V1__ReportRow *row, const Sawatch__V1__ReportFlow *f,
					 const float *peaks, const char *way) {
	char mean[32], p95[32], peak[32], at[64], ratio[32];

	saw_buf_printf(b, "    %-3s ", way);
	if (row->chart)
		spark(b, peaks, row->chart->n_in_mean, highest(row));
	if (!f->samples) {
		saw_buf_puts(b, "  nothing known\n");
		return;
	}
	saw_buf_printf(b, "  mean %s, p95 %s", saw_rate_print(f->mean_bytes_per_second, mean),
				   saw_rate_print(f->p95_bytes_per_second, p95));
	if (f->has_p95_ratio)
		saw_buf_printf(b, " (%s)", saw_percent_print(f->p95_ratio, ratio));
	saw_buf_printf(b, ", peak %s %s", saw_rate_print(f->peak_bytes_per_second, peak),
				   saw_zone_print(f->peak_at_ms, SAW_ZONE_WEEKDAY, at));
	end_line(b, row->chart ? FLOW_FIGURES : FLOW, AT_COMMAS);
}

static void put_more(struct saw_buf *b, const Sawatch__V1__ReportFlow *f, const char *way) {
	char text[128], rate[32], ratio[32];

	if (f->has_busy_hour)
		saw_buf_printf(b, "    %-3s busy hour %02u:00, %s; ", way, f->busy_hour,
					   saw_rate_print(f->busy_hour_bytes_per_second, rate));
	else
		saw_buf_printf(b, "    %-3s ", way);
	if (f->has_minutes_above_80_percent)
		saw_buf_printf(b, "above 80 / 90 %%: %u / %u min; ", f->minutes_above_80_percent, f->minutes_above_90_percent);
	if (f->has_packets_per_second && f->has_mean_packet_bytes)
		saw_buf_printf(b, "%.0f packets/s of %.0f bytes; ", f->packets_per_second, f->mean_packet_bytes);
	if (f->has_overhead_ratio)
		saw_buf_printf(b, "IPsec adds %s; ", saw_percent_print(f->overhead_ratio, ratio));
	saw_buf_printf(b, "growth %s", saw_growth_print(f, text));
	end_line(b, FLOW, AT_COMMAS);
	if (f->has_reach && f->reach != SAWATCH__V1__REACH__REACH_UNKNOWN) {
		saw_buf_printf(b, "        95 %% of the capacity: %s", saw_reach_print(f, text));
		end_line(b, FLOW + 2, AT_COMMAS);
	}
	if (f->has_sister_failed_ratio)
		saw_buf_printf(b, "        with the sister's load: %s, %s\n",
					   saw_rate_print(f->sister_failed_p95_bytes_per_second, rate),
					   saw_percent_print(f->sister_failed_ratio, ratio));
	for (size_t i = 0; i < f->n_steps; i++) {
		char day[64];

		saw_buf_printf(b, "        a step on %s: %+.0f %%\n", saw_zone_print(f->steps[i]->at_ms, SAW_ZONE_DAY, day),
					   f->steps[i]->before_bytes_per_second > 0
						   ? (f->steps[i]->after_bytes_per_second / f->steps[i]->before_bytes_per_second - 1) * 100
						   : 100);
	}
}

static void put_state(struct saw_buf *b, const Sawatch__V1__ReportRow *row) {
	char text[32], span[32];

	saw_buf_puts(b, "    ");
	if (row->has_coverage_ratio)
		saw_buf_printf(b, "coverage %s", saw_percent_print(row->coverage_ratio, text));
	if (row->counter_gaps)
		saw_buf_printf(b, ", %llu counter gaps", (unsigned long long)row->counter_gaps);
	if (row->coarse_ratio > 0)
		saw_buf_printf(b, ", %s from readings far apart", saw_percent_print(row->coarse_ratio, text));
	if (row->maintenance_seconds > 0)
		saw_buf_printf(b, ", %s of maintenance left out", saw_span_print(row->maintenance_seconds, span));
	if (row->has_availability_ratio) {
		saw_buf_printf(b, "; available %s", saw_percent_print(row->availability_ratio, text));
		if (row->outages)
			saw_buf_printf(b, ", %u outages, %s", row->outages, saw_span_print(row->down_seconds, span));
	}
	if (row->has_replay_ratio)
		saw_buf_printf(b, "; replay %s", saw_percent_print(row->replay_ratio, text));
	if (row->has_queue_drop_packets)
		saw_buf_printf(b, "; queue drops %.0f", row->queue_drop_packets);
	end_line(b, FLOW, AT_COMMAS);
	for (size_t i = 0; i < row->n_cross; i++) {
		const Sawatch__V1__ReportCross *c = row->cross[i];

		saw_buf_puts(b, "    ");
		put_clean(b, c->from);
		saw_buf_puts(b, " to ");
		put_clean(b, c->to);
		if (c->has_bytes_ratio)
			saw_buf_printf(b, ": %.2f %% of the bytes arrive", c->bytes_ratio * 100);
		else
			saw_buf_puts(b, ": no day is known at both ends");
		if (c->has_loss_ratio)
			saw_buf_printf(b, ", lost packets: %s", saw_loss_print(c->loss_ratio, text));
		end_line(b, FLOW, AT_COMMAS);
	}
	for (size_t i = 0; i < row->n_notes; i++) {
		saw_buf_puts(b, "    ! ");
		put_clean(b, row->notes[i]);
		end_line(b, FLOW - 2, AT_BLANKS);
	}
}

static void put_row(struct saw_buf *b, const Sawatch__V1__ReportRow *row, const struct saw_report_print *p,
					bool whole) {
	char decision[64], rate[32];

	saw_buf_printf(b, "%s%s%s  ", colour_of(row, p->colour), saw_decision_print(row, decision),
				   p->colour ? "\033[0m" : "");
	put_clean(b, row->name);
	if (row->device) {
		saw_buf_puts(b, " at ");
		put_clean(b, row->device);
	}
	saw_buf_puts(b, ": ");
	put_clean(b, row->why);
	end_line(b, FLOW, AT_BLANKS);
	if (row->has_capacity_bytes_per_second) {
		saw_buf_printf(b, "    of %s, ", saw_rate_print(row->capacity_bytes_per_second, rate));
		put_clean(b, row->capacity_from);
		saw_buf_printf(b, "; rates: %s", saw_report_layer_text(row));
		end_line(b, FLOW, AT_COMMAS);
	}
	put_flow(b, row, row->in, row->chart ? row->chart->in_peak : NULL, "in");
	put_flow(b, row, row->out, row->chart ? row->chart->out_peak : NULL, "out");
	if (whole) {
		put_more(b, row->in, "in");
		put_more(b, row->out, "out");
		put_state(b, row);
		for (size_t i = 0; i < row->n_outage_list; i++) {
			const Sawatch__V1__ReportOutage *o = row->outage_list[i];
			char from[64], span[32];

			saw_buf_printf(b, "    down from %s for %s%s\n", saw_zone_print(o->from_ms, SAW_ZONE_WEEKDAY, from),
						   saw_span_print((double)(o->to_ms - o->from_ms) / 1000, span), o->open ? ", goes on" : "");
		}
	}
}

/* A line for each circuit: what is decided from. */
static void put_decisions(struct saw_buf *b, const Sawatch__V1__Report *r, const struct saw_report_print *p) {
	size_t width = 0;

	for (size_t i = 0; i < r->n_circuits; i++)
		width = strlen(r->circuits[i]->name) > width ? strlen(r->circuits[i]->name) : width;
	if (r->n_circuits)
		saw_buf_puts(b, "\nCIRCUITS\n");
	for (size_t i = 0; i < r->n_circuits; i++) {
		const Sawatch__V1__ReportRow *row = r->circuits[i];
		char decision[64];

		saw_buf_printf(b, "%s%-22s%s ", colour_of(row, p->colour), saw_decision_print(row, decision),
					   p->colour ? "\033[0m" : "");
		put_clean(b, row->name);
		saw_buf_printf(b, "%*s  ", (int)(width - strlen(row->name)), "");
		put_clean(b, row->why);
		end_line(b, DECISION_NAMES, AT_BLANKS);
	}
}

void saw_report_text(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *b) {
	const size_t shown = p->top && p->top < r->n_rows ? p->top : r->n_rows;
	char from[64], to[64], trend[64];

	saw_buf_printf(b, "Capacity from %s to %s, ", saw_zone_print(r->from_ms, SAW_ZONE_MINUTE, from),
				   saw_zone_print(r->to_ms, SAW_ZONE_MINUTE, to));
	put_clean(b, r->zone);
	saw_buf_printf(b, "; %u tunnel ends from ", r->tunnels);
	put_clean(b, r->source);
	end_line(b, 2, AT_BLANKS);
	saw_buf_printf(b,
				   "p95: 5-minute samples without the highest 5 %% (billing definition); 5-minute means hide bursts; "
				   "trends since %s",
				   saw_zone_print(r->trend_from_ms, SAW_ZONE_DAY, trend));
	end_line(b, 2, AT_BLANKS);
	put_decisions(b, r, p);
	for (size_t i = 0; i < r->n_circuits && (!p->top || i < p->top); i++) {
		saw_buf_puts(b, "\n");
		put_row(b, r->circuits[i], p, true);
	}
	if (shown)
		saw_buf_printf(b, "\nBY %s\n", r->by);
	for (size_t i = 0; i < shown; i++)
		put_row(b, r->rows[i], p, shown <= 3 || !p->top);
	if (shown < r->n_rows)
		saw_buf_printf(b, "... and %zu more; --top 0 shows all, with all their figures\n", r->n_rows - shown);
}

/* --------------------------------------------------------------------------------------------------------------------- JSON */

void saw_report_json(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *b) {
	Sawatch__V1__ReportRow *const *const lists[] = {r->circuits, r->rows};
	const size_t n[] = {r->n_circuits, r->n_rows};

	/* What the pictures are made of is ten times the rest. */
	for (int k = 0; k < 2 && !p->charts; k++)
		for (size_t i = 0; i < n[k]; i++)
			lists[k][i]->chart = NULL;
	saw_json_write(b, &r->base, &(struct saw_json_opts){.pretty = true});
	saw_buf_putc(b, '\n');
}
