/* Pictures of a capacity report as SVG. Colours are classes of the page's style sheet, so that they follow light, dark and paper. */
#include "history/decide.h"
#include "history/grid.h"
#include "history/load.h"
#include "tools/report_print.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 760.0
#define LEFT 76.0
#define RIGHT 12.0
#define TOP 14.0
#define FLOOR 26.0 /* for the axis below */

/* A picture with a time axis and rates. */
struct frame {
	struct saw_buf *b;
	double height, most;
	int64_t begin_ms, end_ms;
};

static double x_of(const struct frame *f, int64_t at_ms) {
	return LEFT + (WIDTH - LEFT - RIGHT) * (double)(at_ms - f->begin_ms) / (double)(f->end_ms - f->begin_ms);
}

static double y_of(const struct frame *f, double v) {
	const double h = f->height - TOP - FLOOR;

	return TOP + h - h * (v < 0 ? 0 : v > f->most ? f->most : v) / f->most;
}

/* A round number of bits per second at or above a third of the highest value. */
static double tick_of(double most) {
	const double bits = most * 8 / 4, magnitude = pow(10, floor(log10(bits > 0 ? bits : 1)));
	const double share = bits / magnitude;

	return (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10) * magnitude / 8;
}

static void begin(struct frame *f, const char *label) {
	const double tick = tick_of(f->most);

	f->most = ceil(f->most / tick) * tick;
	saw_buf_printf(f->b, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">\n", WIDTH, f->height, label);
	for (double v = 0; v <= f->most * 1.001; v += tick) {
		char rate[32];

		saw_buf_printf(f->b,
					   "<line class=\"grid\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>"
					   "<text class=\"tick\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
					   LEFT, WIDTH - RIGHT, y_of(f, v), y_of(f, v), LEFT - 6, y_of(f, v) + 4,
					   v > 0 ? saw_rate_print(v, rate) : "0");
	}
}

/* About six dates, each at the start of its day in the zone; a few too many hours are rounded down to it. */
static void dates(struct frame *f) {
	const int64_t span = f->end_ms - f->begin_ms;
	int64_t step = (span / 6 / SAW_DAY_MS) * SAW_DAY_MS;
	char text[64];

	if (step == 0) { /* hours */
		for (int64_t at = f->begin_ms; at < f->end_ms; at += span / 4)
			saw_buf_printf(f->b, "<text class=\"tick\" x=\"%.1f\" y=\"%.0f\">%s</text>\n", x_of(f, at), f->height - 8,
						   saw_zone_print(at, SAW_ZONE_MINUTE, text));
		return;
	}
	if (step > 7 * SAW_DAY_MS)
		step = step / SAW_WEEK_MS * SAW_WEEK_MS;
	for (int64_t at = f->begin_ms; at < f->end_ms - step / 3; at += step)
		saw_buf_printf(f->b,
					   "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.1f\"/>"
					   "<text class=\"tick\" x=\"%.1f\" y=\"%.0f\">%s</text>\n",
					   x_of(f, at), x_of(f, at), TOP, f->height - FLOOR + 4, x_of(f, at) + 2, f->height - 8,
					   saw_zone_print(at, span > 300 * SAW_DAY_MS ? SAW_ZONE_MONTH : SAW_ZONE_SHORT, text));
}

/* A level over the whole width, with its name at the right. */
static void level(struct frame *f, double v, const char *class, const char *name) {
	if (v > f->most)
		return;
	saw_buf_printf(f->b,
				   "<line class=\"%s\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>"
				   "<text class=\"name %s\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
				   class, LEFT, WIDTH - RIGHT, y_of(f, v), y_of(f, v), class, WIDTH - RIGHT - 4, y_of(f, v) - 4, name);
}

/* A line through what is known; where nothing is, the line is broken. */
static void line(struct frame *f, const float *values, size_t n, int64_t step_ms, const char *class) {
	bool open = false;

	saw_buf_printf(f->b, "<path class=\"%s\" d=\"", class);
	for (size_t i = 0; i < n; i++) {
		const int64_t at = f->begin_ms + (int64_t)i * step_ms;

		if (isnan(values[i])) {
			open = false;
			continue;
		}
		saw_buf_printf(f->b, "%s%.1f %.1f", open ? "L" : "M", x_of(f, at), y_of(f, (double)values[i]));
		if (!open) /* a single known step is a short line */
			saw_buf_printf(f->b, "h%.1f", (WIDTH - LEFT - RIGHT) / (double)n);
		open = true;
	}
	saw_buf_puts(f->b, "\"/>\n");
}

static double highest(const float *values, size_t n, double so_far) {
	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]) && (double)values[i] > so_far)
			so_far = (double)values[i];
	return so_far;
}

/* Grey where nothing is known: what is missing is seen, and not joined over. */
static void gaps(struct frame *f, const Sawatch__V1__ReportChart *c) {
	const double width = (WIDTH - LEFT - RIGHT) / (double)c->n_in_mean;

	for (size_t i = 0, end; i < c->n_in_mean; i = end) {
		end = i + 1;
		if (!isnan(c->in_mean[i]) || !isnan(c->out_mean[i]))
			continue;
		while (end < c->n_in_mean && isnan(c->in_mean[end]) && isnan(c->out_mean[end]))
			end++;
		saw_buf_printf(f->b,
					   "<rect class=\"gap\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.1f\"><title>nothing "
					   "known</title></rect>\n",
					   LEFT + (double)i * width, TOP, (double)(end - i) * width, f->height - TOP - FLOOR);
	}
}

void saw_svg_load(const Sawatch__V1__Report *r, const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	const Sawatch__V1__ReportChart *c = row->chart;
	struct frame f = {.b = b, .height = 230, .begin_ms = r->from_ms, .end_ms = r->to_ms};

	if (!c || c->n_in_mean == 0)
		return;
	f.end_ms = c->begin_ms + (int64_t)c->n_in_mean * c->step_ms;
	f.most = highest(c->out_peak, c->n_out_peak, highest(c->in_peak, c->n_in_peak, 0));
	/* The ceiling is in the picture where it says something; else the load would be a line at the bottom. */
	if (row->has_capacity_bytes_per_second && row->capacity_bytes_per_second < f.most * 3)
		f.most = fmax(f.most, row->capacity_bytes_per_second * 1.02);
	f.most = f.most > 0 ? f.most : 125;
	begin(&f, "load over time");
	gaps(&f, c);
	dates(&f);
	line(&f, c->in_peak, c->n_in_peak, c->step_ms, "in peak");
	line(&f, c->out_peak, c->n_out_peak, c->step_ms, "out peak");
	line(&f, c->in_mean, c->n_in_mean, c->step_ms, "in mean");
	line(&f, c->out_mean, c->n_out_mean, c->step_ms, "out mean");
	if (row->in->has_p95_bytes_per_second)
		level(&f, row->in->p95_bytes_per_second, "in p95", "p95 in");
	if (row->out->has_p95_bytes_per_second)
		level(&f, row->out->p95_bytes_per_second, "out p95", "p95 out");
	if (row->has_capacity_bytes_per_second)
		level(&f, row->capacity_bytes_per_second, "cap", "capacity");
	saw_buf_puts(b, "</svg>\n");
}

void saw_svg_heat(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	const Sawatch__V1__ReportChart *c = row->chart;
	const double cell = 14, left = 34, top = 16;
	double most;

	if (!c || c->n_heat != 168)
		return;
	most = highest(c->heat, 168, 0);
	saw_buf_printf(b,
				   "<svg viewBox=\"0 0 %.0f %.0f\" class=\"heat\" role=\"img\" aria-label=\"heat map of the week\">\n",
				   left + 24 * cell + 2, top + 7 * cell + 2);
	for (int hour = 0; hour < 24; hour += 3)
		saw_buf_printf(b, "<text class=\"tick\" x=\"%.1f\" y=\"11\">%d</text>", left + hour * cell, hour);
	for (int day = 0; day < 7; day++) {
		saw_buf_printf(b, "\n<text class=\"tick\" x=\"0\" y=\"%.1f\">%s</text>", top + day * cell + 11, days[day]);
		for (int hour = 0; hour < 24; hour++) {
			const double v = (double)c->heat[day * 24 + hour];
			char rate[32];

			if (isnan(v))
				saw_buf_printf(b, "<rect class=\"gap\" x=\"%.0f\" y=\"%.0f\" width=\"13\" height=\"13\"/>",
							   left + hour * cell, top + day * cell);
			else
				saw_buf_printf(
					b,
					"<rect class=\"hot\" x=\"%.0f\" y=\"%.0f\" width=\"13\" height=\"13\" fill-opacity=\"%.2f\">"
					"<title>%s %02d:00 %s</title></rect>",
					left + hour * cell, top + day * cell, most > 0 ? 0.06 + 0.94 * v / most : 0.06, days[day], hour,
					saw_rate_print(v, rate));
		}
	}
	saw_buf_puts(b, "</svg>\n");
}

/* Weekly percentiles, the line through them, and where its interval leads. */
static void trend_way(struct frame *f, const Sawatch__V1__Report *r, const Sawatch__V1__ReportFlow *w,
					  const char *class) {
	const int64_t first = r->to_ms - (int64_t)w->n_weekly_p95 * SAW_WEEK_MS;
	const double now = w->trend_now_bytes_per_second, ahead = (double)(f->end_ms - r->to_ms) / (double)SAW_WEEK_MS;

	for (size_t i = 0; i < w->n_weekly_p95; i++)
		if (!isnan(w->weekly_p95[i]))
			saw_buf_printf(f->b, "<circle class=\"%s dot\" r=\"3\" cx=\"%.1f\" cy=\"%.1f\"/>", class,
						   x_of(f, first + (int64_t)i * SAW_WEEK_MS + SAW_WEEK_MS / 2), y_of(f, w->weekly_p95[i]));
	for (size_t i = 0; i < w->n_steps; i++)
		saw_buf_printf(
			f->b,
			"<line class=\"%s step\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.1f\"><title>a step</title></line>",
			class, x_of(f, w->steps[i]->at_ms), x_of(f, w->steps[i]->at_ms), TOP, f->height - FLOOR);
	if (!w->has_growth_weeks)
		return;
	saw_buf_printf(f->b, "<path class=\"%s wedge\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fZ\"/>", class, x_of(f, r->to_ms),
				   y_of(f, now), x_of(f, f->end_ms), y_of(f, now + w->growth_high * ahead), x_of(f, f->end_ms),
				   y_of(f, now + w->growth_low * ahead));
	saw_buf_printf(f->b, "<line class=\"%s mean\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
				   x_of(f, r->to_ms - (int64_t)w->growth_weeks * SAW_WEEK_MS),
				   y_of(f, now - w->growth_bytes_per_second_per_week * w->growth_weeks), x_of(f, f->end_ms),
				   y_of(f, now + w->growth_bytes_per_second_per_week * ahead));
}

void saw_svg_trend(const Sawatch__V1__Report *r, const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	const Sawatch__V1__ReportFlow *ways[] = {row->in, row->out};
	struct frame f = {.b = b, .height = 200};
	size_t weeks = 0;

	for (int w = 0; w < 2; w++) {
		weeks = ways[w]->n_weekly_p95 > weeks ? ways[w]->n_weekly_p95 : weeks;
		for (size_t i = 0; i < ways[w]->n_weekly_p95; i++)
			if (!isnan(ways[w]->weekly_p95[i]) && ways[w]->weekly_p95[i] > f.most)
				f.most = ways[w]->weekly_p95[i];
	}
	if (weeks < 2 || f.most <= 0)
		return;
	f.begin_ms = r->to_ms - (int64_t)weeks * SAW_WEEK_MS;
	f.end_ms = r->to_ms + (int64_t)(weeks < 26 ? 26 : weeks < 52 ? weeks : 52) * SAW_WEEK_MS;
	f.most *= 1.25;
	if (row->has_capacity_bytes_per_second && row->capacity_bytes_per_second < f.most * 3)
		f.most = fmax(f.most, row->capacity_bytes_per_second * 1.02);
	begin(&f, "trend and forecast");
	dates(&f);
	trend_way(&f, r, row->in, "in");
	trend_way(&f, r, row->out, "out");
	if (row->has_capacity_bytes_per_second)
		level(&f, row->capacity_bytes_per_second * 0.95, "cap", "95 % of the capacity");
	saw_buf_printf(b, "<line class=\"now\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.1f\"/>\n</svg>\n",
				   x_of(&f, r->to_ms), x_of(&f, r->to_ms), TOP, f.height - FLOOR);
}

void saw_svg_strip(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	static const char *const classes[SAW_STRIPS] = {[SAW_STRIP_NONE] = "none",
													[SAW_STRIP_UP] = "up",
													[SAW_STRIP_MAINTENANCE] = "maintenance",
													[SAW_STRIP_UNKNOWN] = "unknown",
													[SAW_STRIP_DEGRADED] = "degraded",
													[SAW_STRIP_DOWN] = "down"};
	const Sawatch__V1__ReportChart *c = row->chart;
	const uint8_t *s = c ? c->strip.data : NULL;
	const size_t n = c && c->has_strip ? c->strip.len : 0;

	if (n == 0)
		return;
	saw_buf_printf(b, "<svg viewBox=\"0 0 %.0f 22\" role=\"img\" aria-label=\"availability\">\n", WIDTH);
	for (size_t i = 0, end; i < n; i = end) {
		const double width = (WIDTH - LEFT - RIGHT) / (double)n;
		char from[64];

		for (end = i + 1; end < n && s[end] == s[i];)
			end++;
		if (s[i] < SAW_STRIPS)
			saw_buf_printf(
				b,
				"<rect class=\"s-%s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"18\"><title>%s from %s</title></rect>",
				classes[s[i]], LEFT + (double)i * width, (double)(end - i) * width + 0.3, classes[s[i]],
				saw_zone_print(c->begin_ms + (int64_t)i * c->step_ms, SAW_ZONE_MINUTE, from));
	}
	saw_buf_puts(b, "</svg>\n");
}

/* The larger direction's peaks, a line of a table: no axis, one colour. */
void saw_svg_spark(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	const Sawatch__V1__ReportChart *c = row->chart;
	const size_t points = 48;
	double most;
	bool open = false;

	if (!c || c->n_in_mean == 0)
		return;
	most = highest(c->out_peak, c->n_out_peak, highest(c->in_peak, c->n_in_peak, 0));
	if (row->has_capacity_bytes_per_second && most < row->capacity_bytes_per_second)
		most = row->capacity_bytes_per_second;
	saw_buf_puts(b, "<svg class=\"spark\" viewBox=\"0 0 96 20\" aria-hidden=\"true\"><path d=\"");
	for (size_t i = 0; i < points; i++) {
		const size_t from = i * c->n_in_mean / points, to = (i + 1) * c->n_in_mean / points;
		double v = -1;

		for (size_t k = from; k < to || k == from; k++) {
			v = fmax(v, isnan(c->in_peak[k]) ? -1 : (double)c->in_peak[k]);
			v = fmax(v, isnan(c->out_peak[k]) ? -1 : (double)c->out_peak[k]);
		}
		if (v >= 0)
			saw_buf_printf(b, "%s%zu %.1f", open ? "L" : "M", i * 2, 19 - (most > 0 ? 18 * v / most : 0));
		open = v >= 0;
	}
	saw_buf_puts(b, "\"/></svg>");
}
