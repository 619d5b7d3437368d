/* A capacity report as HTML: one file that needs no other, or an overview and a page for each row. */
#include "history/decide.h"
#include "history/grid.h"
#include "tools/report_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FEW 8
#define PICTURED 24 /* circuits and rows whose pictures are in a single file */

static const char style[] =
	":root{color-scheme:light "
	"dark;--bg:#fff;--fg:#1c2530;--soft:#5d6b7a;--line:#dde3ea;--card:#f6f8fa;--in:#1f6feb;--out:#bf5a00;"
	"--bad:#c62828;--warn:#a86400;--good:#1a7f37;--gap:#e3e7ec;--hot:31,111,235}"
	"@media "
	"(prefers-color-scheme:dark){:root{--bg:#0f1419;--fg:#e3e9ef;--soft:#93a1b0;--line:#2b3540;--card:#171e26;--in:#"
	"6cabff;"
	"--out:#ff9d52;--bad:#ff7b72;--warn:#e3a63b;--good:#56d364;--gap:#2a323c;--hot:108,171,255}}"
	"*{box-sizing:border-box}body{margin:0 auto;padding:20px 28px "
	"60px;max-width:1500px;background:var(--bg);color:var(--fg);"
	"font:15px/1.45 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Liberation Sans\",sans-serif}"
	"h1{font-size:26px;margin:4px 0}h2{font-size:19px;margin:34px 0 10px}h3{font-size:15px;margin:18px 0 4px}"
	"p{margin:6px 0}.soft,.tick{color:var(--soft)}a{color:var(--in)}"
	".cards{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}.card{background:var(--card);border:1px solid "
	"var(--line);"
	"border-radius:8px;padding:10px 16px;min-width:128px}.card b{display:block;font-size:26px;line-height:1.2}"
	".badge{display:inline-block;border-radius:4px;padding:1px "
	"8px;font-size:13px;font-weight:600;white-space:nowrap;border:1px solid}"
	".upgrade{color:var(--bad)}.watch{color:var(--warn)}.keep{color:var(--good)}.unknown{color:var(--soft)}"
	".card.upgrade b,.card.watch b,.card.keep b{color:inherit}"
	".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}th,td{padding:5px "
	"8px;text-align:left;"
	"border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--soft);font-weight:600;white-space:nowrap}"
	"thead th{position:sticky;top:0;background:var(--bg)}th[data-s]{cursor:pointer}th[data-s]:hover{color:var(--fg)}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}thead "
	"th.n{white-space:normal}"
	"td.why{min-width:170px}td.name{"
	"white-space:nowrap}"
	".bar{display:inline-block;width:90px;height:10px;background:var(--gap);border-radius:3px;overflow:hidden;vertical-"
	"align:middle}"
	".bar i{display:block;height:10px;background:var(--good)}.bar i.watch{background:var(--warn)}.bar "
	"i.upgrade{background:var(--bad)}"
	".two{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,1fr);gap:24px}"
	"@media screen and (max-width:900px){.two{grid-template-columns:1fr}body{padding:12px}}"
	"svg{display:block;width:100%;height:auto;max-width:1000px}svg.spark{width:96px;height:20px;max-width:96px}svg."
	"heat{max-width:520px}"
	".spark "
	"path{fill:none;stroke:var(--in);stroke-width:1.3}.grid{stroke:var(--line)}.tick{font-size:11px;fill:var(--soft)}"
	"path.mean,line.mean{fill:none;stroke-width:1.8}path.peak{fill:none;stroke-width:.8;stroke-opacity:.45}"
	".in{stroke:var(--in)}.out{stroke:var(--out)}line.p95{stroke-dasharray:6 4;stroke-width:1.3}"
	".cap{stroke:var(--bad);stroke-width:1.5}text.name{stroke:var(--bg);stroke-width:3px;paint-order:stroke;font-size:"
	"11px}text.in{fill:var(--in)}text.out{fill:"
	"var(--out)}"
	"text.cap{fill:var(--bad)}.wedge{stroke:none}.in.wedge{fill:var(--in);fill-opacity:.13}.out.wedge{fill:var(--out);"
	"fill-opacity:.13}"
	".in.dot{fill:var(--in)}.out.dot{fill:var(--out)}.dot{stroke:none}.step{stroke-dasharray:2 "
	"3}.now{stroke:var(--soft)}"
	".gap{fill:var(--gap)}.hot{fill:rgb(var(--hot))}.s-up{fill:#2da44e}.s-degraded{fill:#d4a72c}.s-down{fill:#cf222e}"
	".s-unknown{fill:#8c959f}.s-maintenance{fill:#8b5cf6}.s-none{fill:var(--gap)}"
	".key{display:inline-block;width:10px;height:10px;border-radius:2px;margin:0 4px 0 12px}"
	"details{border-top:1px solid var(--line);padding:10px 0}summary{cursor:pointer;font-weight:600}"
	"section.row{border-top:1px solid var(--line);margin-top:22px;padding-top:6px}"
	"#f{padding:6px 10px;border:1px solid "
	"var(--line);border-radius:6px;background:var(--bg);color:var(--fg);width:280px;margin:0 0 8px}"
	"@media "
	"print{:root{--bg:#fff;--fg:#000;--soft:#444;--line:#bbb;--card:#fff;--in:#0b4fae;--out:#9a4600;--bad:#a11;--warn:#"
	"7a4a00;"
	"--good:#156029;--gap:#ddd;--hot:11,79,174}body{max-width:none;padding:0;font-size:10.5px}table{font-size:9px}"
	"th,td{padding:2px 4px}td.why{min-width:120px}thead "
	"th{position:static}#f{display:none}h2,h3{break-after:avoid}h2{font-size:15px;margin:12px 0 "
	"4px}h3{font-size:11px;margin:6px 0 2px}"
	"h1{font-size:20px}.badge{font-size:9px;padding:0 "
	"5px}section.row{break-before:page;border:0;margin:0}.two{gap:14px}.two svg{max-width:122mm}th,td{line-height:1.25}"
	"p{margin:2px 0}tr,svg,.card{break-inside:avoid}.scroll{overflow:visible}.card{padding:4px "
	"10px;min-width:90px}"
	".card b{font-size:18px}svg.spark{width:64px}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
	"details::details-content{content-visibility:visible;display:block}summary{list-style:none;break-after:avoid}"
	"details{padding:4px 0}"
	"@page{size:A4 landscape;margin:12mm}a{color:inherit;text-decoration:none}}";

/* Sorts by a click on a heading and filters by what is typed; without it the tables stay as they are. */
static const char script[] =
	"document.querySelectorAll('table').forEach(function(t){t.querySelectorAll('th[data-s]').forEach(function(h){"
	"h.onclick=function(){var i=h.cellIndex,b=t.tBodies[0],d=h.dataset.d=h.dataset.d==='-1'?'1':'-1';"
	"[].slice.call(b.rows).sort(function(x,y){var a=x.cells[i].dataset.v,c=y.cells[i].dataset.v;"
	"return "
	"a===undefined||c===undefined?d*-1*x.cells[i].textContent.localeCompare(y.cells[i].textContent):d*((+a)-(+c))})"
	".forEach(function(r){b.appendChild(r)})}})});"
	"var f=document.getElementById('f');if(f)f.oninput=function(){var q=f.value.toLowerCase();"
	"[].slice.call(document.getElementById('rows').tBodies[0].rows).forEach(function(r){"
	"r.style.display=r.textContent.toLowerCase().indexOf(q)<0?'none':''})};";

static const char *class_of(const Sawatch__V1__ReportRow *row) {
	switch (row->decision) {
	case SAWATCH__V1__DECISION__DECISION_UPGRADE:
		return "upgrade";
	case SAWATCH__V1__DECISION__DECISION_WATCH:
		return "watch";
	case SAWATCH__V1__DECISION__DECISION_KEEP:
		return "keep";
	default:
		return "unknown";
	}
}

static void head(const Sawatch__V1__Report *r, const char *title, struct saw_buf *b) {
	saw_buf_puts(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
					"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
					"<meta name=\"color-scheme\" content=\"light dark\"><title>");
	saw_put_html(b, title);
	saw_buf_puts(b, "</title><style>");
	saw_buf_puts(b, style);
	saw_buf_puts(b, "</style></head><body>\n");
	(void)r;
}

static void period(const Sawatch__V1__Report *r, struct saw_buf *b) {
	char from[64], to[64], made[64], trend[64];

	saw_buf_printf(b, "<p class=\"soft\">%s to %s, ", saw_zone_print(r->from_ms, SAW_ZONE_MINUTE, from),
				   saw_zone_print(r->to_ms, SAW_ZONE_MINUTE, to));
	saw_put_html(b, r->zone);
	saw_buf_printf(b, " · %u tunnel ends from ", r->tunnels);
	saw_put_html(b, r->source);
	saw_buf_printf(b, " · trends since %s · made %s</p>\n", saw_zone_print(r->trend_from_ms, SAW_ZONE_DAY, trend),
				   saw_zone_print(r->made_at_ms, SAW_ZONE_MINUTE, made));
}

static void tail(struct saw_buf *b) {
	saw_buf_puts(b, "<script>");
	saw_buf_puts(b, script);
	saw_buf_puts(b, "</script></body></html>\n");
}

static void definitions(const Sawatch__V1__Report *r, struct saw_buf *b) {
	saw_buf_puts(b, "<details><summary>What the figures are</summary>"
					"<p><b>p95</b>: the billing definition. The 5-minute samples are sorted and the highest 5 % "
					"dropped; the highest that is "
					"left is the figure, in and out apart, and the larger one is what is billed. Samples that are not "
					"known take no part.</p>"
					"<p><b>5-minute means hide bursts.</b> A line can drop packets in milliseconds while its 5-minute "
					"mean is low: look at "
					"the queue drops beside it. Samples from readings more than 7.5 minutes apart hide more; their "
					"share is shown.</p>"
					"<p><b>Layers.</b> A circuit's load is shown at the layer that its lowest limit counts: what was "
					"encrypted, IP after "
					"encryption (per packet the overhead of the cipher suite), Ethernet, or the line. Tunnels, "
					"devices, sites and tags: "
					"before encryption.</p>"
					"<p><b>Growth</b>: Theil-Sen over weekly p95, with its 95 % interval, from eight weeks on and "
					"since the last step. "
					"<b>Full</b>: when that line reaches 95 % of the capacity; the interval is that of the slope.</p>");
	saw_buf_printf(b,
				   "<p><b>Decision</b>: upgrade where 95 %% is reached, will be within three months plus the %u days "
				   "that an upgrade takes, or "
				   "where a failing sister's load would not fit; watch above 80 %%, above 90 %% for more than an hour "
				   "a week, where it may be "
				   "full within a year, or after a step; keep otherwise.</p>",
				   r->lead_days);
	saw_buf_puts(b, "<p><b>Grey</b> is time of which nothing is known. It is never filled in. Time in maintenance is "
					"left out of all "
					"figures. <b>Availability</b> is of the time in which the state is known.</p></details>\n");
}

/* -------------------------------------------------------------------------------------------------------------------- tables */

static void rate_cell(struct saw_buf *b, bool has, double v) {
	char rate[32];

	if (has)
		saw_buf_printf(b, "<td class=\"n\" data-v=\"%.0f\">%s</td>", v, saw_rate_print(v, rate));
	else
		saw_buf_puts(b, "<td class=\"n soft\" data-v=\"-1\">–</td>");
}

static void percent_cell(struct saw_buf *b, bool has, double v) {
	char text[32];

	if (has)
		saw_buf_printf(b, "<td class=\"n\" data-v=\"%.5f\">%s</td>", v, saw_percent_print(v, text));
	else
		saw_buf_puts(b, "<td class=\"n soft\" data-v=\"-1\">–</td>");
}

static double worst_ratio(const Sawatch__V1__ReportRow *row, bool *has) {
	*has = row->in->has_p95_ratio || row->out->has_p95_ratio;
	return fmax(row->in->p95_ratio, row->out->p95_ratio);
}

static void bar(struct saw_buf *b, const Sawatch__V1__ReportRow *row) {
	bool has;
	const double v = worst_ratio(row, &has);
	char text[32];

	if (has)
		saw_buf_printf(b, "<span class=\"bar\"><i class=\"%s\" style=\"width:%.0f%%\"></i></span> %s",
					   v >= 0.95  ? "upgrade"
					   : v >= 0.8 ? "watch"
								  : "",
					   fmin(v, 1) * 100, saw_percent_print(v, text));
	else
		saw_buf_puts(b, "<span class=\"soft\">–</span>");
}

static void name_cell(struct saw_buf *b, const Sawatch__V1__ReportRow *row, const char *link) {
	saw_buf_puts(b, "<td class=\"name\">");
	if (link)
		saw_buf_printf(b, "<a href=\"%s\">", link);
	saw_put_html(b, row->name);
	saw_buf_puts(b, link ? "</a>" : "");
	if (row->device) {
		saw_buf_puts(b, "<br><span class=\"soft\">");
		saw_put_html(b, row->device);
		saw_buf_puts(b, "</span>");
	}
	saw_buf_puts(b, "</td>");
}

static void badge(struct saw_buf *b, const Sawatch__V1__ReportRow *row) {
	char text[64];

	saw_buf_printf(b, "<span class=\"badge %s\">%s</span>", class_of(row), saw_decision_print(row, text));
}

/* One above the other: a table of circuits is wide enough. */
static void both_cell(struct saw_buf *b, const Sawatch__V1__ReportRow *row) {
	const Sawatch__V1__ReportFlow *ways[] = {row->in, row->out};
	char rate[32];

	saw_buf_puts(b, "<td class=\"n\">");
	for (int w = 0; w < 2; w++)
		saw_buf_printf(b, "%s%s", w ? "<br>" : "",
					   ways[w]->has_p95_bytes_per_second ? saw_rate_print(ways[w]->p95_bytes_per_second, rate) : "–");
	saw_buf_puts(b, "</td>");
}

static void circuit_table(const Sawatch__V1__Report *r, const struct saw_report_print *p, size_t from, size_t to,
						  struct saw_buf *b) {
	saw_buf_puts(
		b,
		"<div class=\"scroll\"><table><thead><tr><th>Decision</th><th>Circuit</th><th>Why</th><th>p95 of capacity</th>"
		"<th class=\"n\">p95 in / out</th><th class=\"n\">Capacity</th>"
		"<th class=\"n\">If the sister fails</th><th>Full (95 %)</th><th>Load</th></tr></thead><tbody>\n");
	for (size_t i = from; i < to; i++) {
		const Sawatch__V1__ReportRow *row = r->circuits[i];
		const Sawatch__V1__ReportFlow *w =
			row->out->p95_bytes_per_second >= row->in->p95_bytes_per_second ? row->out : row->in;
		char anchor[80], text[128], rate[32];

		if (p->folder)
			saw_report_page_name(row, i, anchor);
		else
			snprintf(anchor, sizeof anchor, "#c%zu", i);
		saw_buf_puts(b, "<tr><td>");
		badge(b, row);
		saw_buf_puts(b, "</td>");
		name_cell(b, row, p->folder || i < PICTURED ? anchor : NULL);
		saw_buf_puts(b, "<td class=\"why\">");
		saw_put_html(b, row->why);
		saw_buf_puts(b, "</td><td style=\"white-space:nowrap\">");
		bar(b, row);
		saw_buf_puts(b, "</td>");
		both_cell(b, row);
		if (row->has_capacity_bytes_per_second) {
			saw_buf_printf(b, "<td class=\"n\">%s<br><span class=\"soft\">",
						   saw_rate_print(row->capacity_bytes_per_second, rate));
			saw_put_html(b, row->capacity_from);
			saw_buf_printf(b, "<br>%s</span></td>", saw_report_layer_text(row));
		} else {
			saw_buf_puts(b, "<td class=\"n soft\">–</td>");
		}
		percent_cell(b, row->in->has_sister_failed_ratio || row->out->has_sister_failed_ratio,
					 fmax(row->in->sister_failed_ratio, row->out->sister_failed_ratio));
		saw_buf_puts(b, "<td>");
		saw_put_html(b,
					 w->reach == SAWATCH__V1__REACH__REACH_UNKNOWN || !w->has_reach ? "–" : saw_reach_print(w, text));
		saw_buf_puts(b, "</td><td>");
		saw_svg_spark(row, b);
		saw_buf_puts(b, "</td></tr>\n");
	}
	saw_buf_puts(b, "</tbody></table></div>\n");
}

/* Those that nobody can decide about for want of a capacity come last; many of them are put away. */
static void circuit_tables(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *b) {
	size_t known = r->n_circuits;

	while (known && !r->circuits[known - 1]->has_capacity_bytes_per_second)
		known--;
	if (r->n_circuits - known <= FEW) {
		circuit_table(r, p, 0, r->n_circuits, b);
		return;
	}
	if (known)
		circuit_table(r, p, 0, known, b);
	saw_buf_printf(b, "<details><summary>%zu circuits without a capacity</summary>\n", r->n_circuits - known);
	circuit_table(r, p, known, r->n_circuits, b);
	saw_buf_puts(b, "</details>\n");
}

static void row_table(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *b) {
	const bool tunnels = strcmp(r->by, "tunnel") == 0 || strcmp(r->by, "link") == 0;

	if (r->n_rows > 20)
		saw_buf_puts(b, "<input id=\"f\" placeholder=\"filter: name, device, decision\" aria-label=\"filter\">\n");
	saw_buf_printf(b,
				   "<div class=\"scroll\"><table id=\"rows\"><thead><tr><th data-s>Decision</th><th "
				   "data-s>Name</th><th data-s class=\"n\">p95 in</th>"
				   "<th data-s class=\"n\">p95 out</th><th data-s class=\"n\">Peak</th>"
				   "<th data-s class=\"n\">%% of capacity</th><th data-s "
				   "class=\"n\">Coverage</th>%s<th>Load</th><th>Why</th></tr></thead><tbody>\n",
				   tunnels ? "<th data-s class=\"n\">Available</th><th data-s class=\"n\">Replay</th>"
						   : "<th data-s class=\"n\">Tunnels</th>");
	for (size_t i = 0; i < r->n_rows; i++) {
		const Sawatch__V1__ReportRow *row = r->rows[i];
		char page[64], anchor[32];
		bool has;
		const double ratio = worst_ratio(row, &has);

		snprintf(anchor, sizeof anchor, "#r%zu", i);
		saw_buf_printf(b, "<tr><td data-v=\"%.3f\">", row->urgency);
		badge(b, row);
		saw_buf_puts(b, "</td>");
		name_cell(b, row, p->folder ? saw_report_page_name(row, i, page) : i < PICTURED ? anchor : NULL);
		rate_cell(b, row->in->has_p95_bytes_per_second, row->in->p95_bytes_per_second);
		rate_cell(b, row->out->has_p95_bytes_per_second, row->out->p95_bytes_per_second);
		rate_cell(b, row->in->has_peak_bytes_per_second || row->out->has_peak_bytes_per_second,
				  fmax(row->in->peak_bytes_per_second, row->out->peak_bytes_per_second));
		percent_cell(b, has, ratio);
		percent_cell(b, row->has_coverage_ratio, row->coverage_ratio);
		if (tunnels) {
			percent_cell(b, row->has_availability_ratio, row->availability_ratio);
			percent_cell(b, row->has_replay_ratio, row->replay_ratio);
		} else {
			saw_buf_printf(b, "<td class=\"n\" data-v=\"%u\">%u</td>", row->tunnels, row->tunnels);
		}
		saw_buf_puts(b, "<td>");
		saw_svg_spark(row, b);
		saw_buf_puts(b, "</td><td class=\"why\">");
		saw_put_html(b, row->why);
		saw_buf_puts(b, "</td></tr>\n");
	}
	saw_buf_puts(b, "</tbody></table></div>\n");
}

/* ------------------------------------------------------------------------------------------------------------------ one row */

/* A line of the table of figures: what it is, in, out. */
static void figure(struct saw_buf *b, const char *what, const char *in, const char *out) {
	saw_buf_printf(b, "<tr><th>%s</th><td class=\"n\">", what);
	saw_put_html(b, in ? in : "–");
	saw_buf_puts(b, "</td><td class=\"n\">");
	saw_put_html(b, out ? out : "–");
	saw_buf_puts(b, "</td></tr>\n");
}

struct pair {
	char in[160], out[160];
};

static const char *rate_of(char out[160], bool has, double v, bool has_ratio, double ratio) {
	char rate[32], percent[32];

	if (!has)
		return NULL;
	snprintf(out, 160, "%s%s%s", saw_rate_print(v, rate), has_ratio ? " · " : "",
			 has_ratio ? saw_percent_print(ratio, percent) : "");
	return out;
}

#define RATES(what, field, ratio_field)                                                                    \
	do {                                                                                                   \
		struct pair rates;                                                                                 \
		figure(b, what, rate_of(rates.in, i->has_##field, i->field, i->has_##ratio_field, i->ratio_field), \
			   rate_of(rates.out, o->has_##field, o->field, o->has_##ratio_field, o->ratio_field));        \
	} while (0)

static const char *peak_of(char out[160], const Sawatch__V1__ReportFlow *f) {
	char rate[160], at[64];

	if (!f->has_peak_bytes_per_second)
		return NULL;
	snprintf(out, 160, "%.60s, %.40s", rate_of(rate, true, f->peak_bytes_per_second, f->has_peak_ratio, f->peak_ratio),
			 saw_zone_print(f->peak_at_ms, SAW_ZONE_WEEKDAY, at));
	return out;
}

static const char *busy_of(char out[160], const Sawatch__V1__ReportFlow *f) {
	char rate[32];

	if (!f->has_busy_hour)
		return NULL;
	snprintf(out, 160, "%02u:00 to %02u:00, %s", f->busy_hour, (f->busy_hour + 1) % 24,
			 saw_rate_print(f->busy_hour_bytes_per_second, rate));
	return out;
}

static const char *above_of(char out[160], const Sawatch__V1__ReportFlow *f) {
	if (!f->has_minutes_above_80_percent)
		return NULL;
	snprintf(out, 160, "%u / %u min", f->minutes_above_80_percent, f->minutes_above_90_percent);
	return out;
}

static const char *packets_of(char out[160], const Sawatch__V1__ReportFlow *f) {
	if (!f->has_packets_per_second)
		return NULL;
	if (f->has_mean_packet_bytes)
		snprintf(out, 160, "%.0f /s of %.0f bytes", f->packets_per_second, f->mean_packet_bytes);
	else
		snprintf(out, 160, "%.0f /s", f->packets_per_second);
	return out;
}

static const char *share_of(char out[160], bool has, double v) {
	return has ? saw_percent_print(v, out) : NULL;
}

static const char *volume_of(char out[160], const Sawatch__V1__ReportFlow *f) {
	const double gb = f->volume_bytes / 1e9;

	if (!f->has_volume_bytes)
		return NULL;
	snprintf(out, 160, gb >= 1000 ? "%.2f TB" : gb >= 1 ? "%.1f GB" : "%.3f GB", gb >= 1000 ? gb / 1000 : gb);
	return out;
}

static const char *steps_of(char out[160], const Sawatch__V1__ReportFlow *f) {
	size_t n = 0;

	out[0] = 0;
	for (size_t i = 0; i < f->n_steps && n < 120; i++) {
		const Sawatch__V1__ReportStep *s = f->steps[i];
		char day[64];

		n += (size_t)snprintf(
			out + n, 160 - n, "%s%.12s %+.0f %%", n ? ", " : "", saw_zone_print(s->at_ms, SAW_ZONE_DAY, day),
			s->before_bytes_per_second > 0 ? (s->after_bytes_per_second / s->before_bytes_per_second - 1) * 100 : 100);
	}
	return n ? out : "none";
}

static void figures(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	const Sawatch__V1__ReportFlow *i = row->in, *o = row->out;
	struct pair t;

	saw_buf_printf(b,
				   "<table><thead><tr><th>%s</th><th class=\"n\" style=\"color:var(--in)\">In</th><th class=\"n\" "
				   "style=\"color:var(--out)\">Out</th></tr></thead><tbody>\n",
				   saw_report_layer_text(row));
	RATES("Mean", mean_bytes_per_second, mean_ratio);
	RATES("95th percentile", p95_bytes_per_second, p95_ratio);
	figure(b, "Peak", peak_of(t.in, i), peak_of(t.out, o));
	figure(b, "Busy hour", busy_of(t.in, i), busy_of(t.out, o));
	figure(b, "Above 80 / 90 %", above_of(t.in, i), above_of(t.out, o));
	if (row->sister)
		RATES("p95 if the sister fails", sister_failed_p95_bytes_per_second, sister_failed_ratio);
	figure(b, "Growth", saw_growth_print(i, t.in), saw_growth_print(o, t.out));
	figure(b, "95 % of capacity", saw_reach_print(i, t.in), saw_reach_print(o, t.out));
	figure(b, "Steps", steps_of(t.in, i), steps_of(t.out, o));
	figure(b, "Packets", packets_of(t.in, i), packets_of(t.out, o));
	figure(b, "IPsec adds", share_of(t.in, i->has_overhead_ratio, i->overhead_ratio),
		   share_of(t.out, o->has_overhead_ratio, o->overhead_ratio));
	if (i->has_plaintext_p95_bytes_per_second || o->has_plaintext_p95_bytes_per_second)
		figure(b, "p95 before encryption",
			   rate_of(t.in, i->has_plaintext_p95_bytes_per_second, i->plaintext_p95_bytes_per_second, false, 0),
			   rate_of(t.out, o->has_plaintext_p95_bytes_per_second, o->plaintext_p95_bytes_per_second, false, 0));
	figure(b, "Volume, at least", volume_of(t.in, i), volume_of(t.out, o));
	saw_buf_puts(b, "</tbody></table>\n");
}

static void fact(struct saw_buf *b, const char *what, const char *value) {
	saw_buf_printf(b, "<tr><th>%s</th><td>", what);
	saw_put_html(b, value);
	saw_buf_puts(b, "</td></tr>\n");
}

static void data_facts(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	char text[160], span[32], percent[32], at[64];

	if (row->has_coverage_ratio)
		fact(b, "Coverage", saw_percent_print(row->coverage_ratio, percent));
	if (row->has_readings) {
		snprintf(text, sizeof text, "%llu, usually every %s", (unsigned long long)row->readings,
				 row->has_interval_seconds ? saw_span_print(row->interval_seconds, span) : "?");
		fact(b, "Readings", text);
	}
	if (row->has_last_reading_ms)
		fact(b, "Last reading", saw_zone_print(row->last_reading_ms, SAW_ZONE_MINUTE, at));
	if (row->has_coarse_ratio && row->coarse_ratio > 0)
		fact(b, "From readings far apart", saw_percent_print(row->coarse_ratio, percent));
	if (row->has_counter_gaps) {
		snprintf(text, sizeof text, "%llu", (unsigned long long)row->counter_gaps);
		fact(b, "Counter gaps", text);
	}
	if (row->has_maintenance_seconds && row->maintenance_seconds > 0)
		fact(b, "In maintenance", saw_span_print(row->maintenance_seconds, span));
	if (row->has_partial_ratio && row->partial_ratio > 0)
		fact(b, "Partly read", saw_percent_print(row->partial_ratio, percent));
	if (row->has_tunnels) {
		snprintf(text, sizeof text, "%u", row->tunnels);
		fact(b, "Tunnels", text);
	}
}

static void state_facts(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	char text[160], span[32], percent[32];

	if (row->has_availability_ratio) {
		snprintf(text, sizeof text, "%s; down %s in %u outages", saw_percent_print(row->availability_ratio, percent),
				 saw_span_print(row->down_seconds, span), row->outages);
		fact(b, "Available", text);
	}
	if (row->has_unknown_seconds && row->unknown_seconds > 0)
		fact(b, "State not known", saw_span_print(row->unknown_seconds, span));
	if (row->has_replay_packets) {
		snprintf(text, sizeof text, "%.0f packets%s%s", row->replay_packets, row->has_replay_ratio ? ", " : "",
				 row->has_replay_ratio ? saw_percent_print(row->replay_ratio, percent) : "");
		fact(b, "Replay drops", text);
	}
	if (row->has_in_error_packets || row->has_out_error_packets) {
		snprintf(text, sizeof text, "%.0f in, %.0f out", row->in_error_packets, row->out_error_packets);
		fact(b, "Errors", text);
	}
	if (row->has_queue_drop_packets) {
		snprintf(text, sizeof text, "%.0f packets", row->queue_drop_packets);
		fact(b, "Queue drops, out", text);
	}
	for (size_t i = 0; i < row->n_cross; i++) {
		const Sawatch__V1__ReportCross *c = row->cross[i];
		char loss[32];

		saw_buf_puts(b, "<tr><th>");
		saw_put_html(b, c->from);
		saw_buf_puts(b, " → ");
		saw_put_html(b, c->to);
		saw_buf_puts(b, "</th><td>");
		if (c->has_bytes_ratio)
			saw_buf_printf(b, "%.2f %% of the bytes arrive%s%s (%u days)", c->bytes_ratio * 100,
						   c->has_loss_ratio ? "; lost packets: " : "",
						   c->has_loss_ratio ? saw_loss_print(c->loss_ratio, loss) : "", c->days);
		else
			saw_buf_puts(b, "<span class=\"soft\">no day is known at both ends</span>");
		saw_buf_puts(b, "</td></tr>\n");
	}
}

static void outages(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	if (row->n_outage_list == 0)
		return;
	saw_buf_printf(b, "<h3>Outages%s</h3><table><tbody>\n", row->outages > row->n_outage_list ? ", the longest" : "");
	for (size_t i = 0; i < row->n_outage_list && i < 8; i++) {
		const Sawatch__V1__ReportOutage *o = row->outage_list[i];
		char from[64], span[32];

		saw_buf_printf(b, "<tr><td>%s</td><td class=\"n\">%s%s</td></tr>\n",
					   saw_zone_print(o->from_ms, SAW_ZONE_WEEKDAY, from),
					   saw_span_print((double)(o->to_ms - o->from_ms) / 1000, span), o->open ? ", goes on" : "");
	}
	saw_buf_puts(b, "</tbody></table>\n");
}

static void whereabouts(const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	const struct {
		const char *what, *value;
	} parts[] = {{"device", row->device},
				 {"peer", row->remote},
				 {"site", row->site},
				 {"circuit", strcmp(row->kind, "circuit") ? row->circuit : NULL},
				 {"link", strcmp(row->kind, "link") ? row->link : NULL},
				 {"owner", row->owner},
				 {"sister", row->sister}};
	bool any = false;

	saw_buf_puts(b, "<p class=\"soft\">");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!parts[i].value)
			continue;
		saw_buf_printf(b, "%s%s ", any ? " · " : "", parts[i].what);
		saw_put_html(b, parts[i].value);
		any = true;
	}
	for (size_t i = 0; i < row->n_tags; i++) {
		saw_buf_puts(b, i ? " " : any ? " · tags " : "tags ");
		saw_put_html(b, row->tags[i]);
	}
	if (row->seen_from && !row->device) {
		saw_buf_printf(b, "%sin and out as seen from ", any ? " · " : "");
		saw_put_html(b, row->seen_from);
	}
	saw_buf_puts(b, "</p>\n");
}

static void row_body(const Sawatch__V1__Report *r, const Sawatch__V1__ReportRow *row, struct saw_buf *b) {
	char rate[32];

	saw_buf_puts(b, "<p>");
	badge(b, row);
	saw_buf_puts(b, " ");
	saw_put_html(b, row->why);
	saw_buf_puts(b, "</p>\n");
	whereabouts(row, b);
	if (row->has_capacity_bytes_per_second) {
		saw_buf_printf(b, "<p class=\"soft\">capacity %s: ", saw_rate_print(row->capacity_bytes_per_second, rate));
		saw_put_html(b, row->capacity_from);
		saw_buf_printf(b, " · all rates: %s</p>\n", saw_report_layer_text(row));
	}
	for (size_t i = 0; i < row->n_notes; i++) {
		saw_buf_puts(b, "<p class=\"watch\">");
		saw_put_html(b, row->notes[i]);
		saw_buf_puts(b, "</p>\n");
	}
	saw_buf_puts(b, "<div class=\"two\"><div><h3>Load <span class=\"soft\">– thick: means, thin: highest 5-minute "
					"samples, dashed: p95</span></h3>\n");
	saw_svg_load(r, row, b);
	if (row->chart && row->chart->has_strip) {
		saw_svg_strip(row, b);
		saw_buf_puts(b, "<p class=\"soft\"><span class=\"key\" style=\"background:#2da44e\"></span>up<span "
						"class=\"key\" style=\"background:#d4a72c\"></span>degraded"
						"<span class=\"key\" style=\"background:#cf222e\"></span>down<span class=\"key\" "
						"style=\"background:#8c959f\"></span>not known"
						"<span class=\"key\" style=\"background:#8b5cf6\"></span>maintenance</p>\n");
	}
	saw_buf_puts(b, "<h3>Trend and forecast <span class=\"soft\">– weekly p95</span></h3>\n");
	saw_svg_trend(r, row, b);
	if (!row->in->has_growth_weeks && !row->out->has_growth_weeks) {
		saw_buf_puts(b, "<p class=\"soft\">");
		saw_put_html(b, row->out->growth_missing ? row->out->growth_missing : "not enough data");
		saw_buf_puts(b, "</p>\n");
	}
	saw_buf_puts(b, "</div><div><h3>The week, by hour</h3>\n");
	saw_svg_heat(row, b);
	saw_buf_puts(b, "<h3>Data and state</h3><table><tbody>\n");
	data_facts(row, b);
	state_facts(row, b);
	saw_buf_puts(b, "</tbody></table>\n");
	outages(row, b);
	saw_buf_puts(b, "</div></div>\n<div class=\"scroll\">");
	figures(row, b);
	saw_buf_puts(b, "</div>\n");
}

void saw_report_html_row(const Sawatch__V1__Report *r, const Sawatch__V1__ReportRow *row, const char *up,
						 struct saw_buf *b) {
	head(r, row->name, b);
	if (up)
		saw_buf_printf(b, "<p><a href=\"%s\">← all</a></p>\n", up);
	saw_buf_puts(b, "<h1>");
	saw_put_html(b, row->name);
	saw_buf_printf(b, " <span class=\"soft\">%s</span></h1>\n", row->kind);
	period(r, b);
	row_body(r, row, b);
	definitions(r, b);
	tail(b);
}

/* ------------------------------------------------------------------------------------------------------------------ overview */

static void card(struct saw_buf *b, const char *class, size_t n, const char *what) {
	saw_buf_printf(b, "<div class=\"card %s\"><b>%zu</b>%s</div>\n", class, n, what);
}

static void cards(const Sawatch__V1__Report *r, struct saw_buf *b) {
	Sawatch__V1__ReportRow *const *rows = r->n_circuits ? r->circuits : r->rows;
	const size_t n = r->n_circuits ? r->n_circuits : r->n_rows;
	const char *what = r->n_circuits ? "circuits" : "rows";
	size_t by[5] = {0}, poor = 0, gaps = 0;
	char text[64];

	for (size_t i = 0; i < n; i++)
		by[rows[i]->decision <= 4 ? rows[i]->decision : 4]++;
	for (size_t i = 0; i < r->n_rows; i++) {
		poor += r->rows[i]->has_coverage_ratio && r->rows[i]->coverage_ratio < 0.95;
		gaps += r->rows[i]->counter_gaps > 0;
	}
	saw_buf_puts(b, "<div class=\"cards\">\n");
	snprintf(text, sizeof text, "%s to upgrade", what);
	card(b, by[SAWATCH__V1__DECISION__DECISION_UPGRADE] ? "upgrade" : "", by[SAWATCH__V1__DECISION__DECISION_UPGRADE],
		 text);
	card(b, by[SAWATCH__V1__DECISION__DECISION_WATCH] ? "watch" : "", by[SAWATCH__V1__DECISION__DECISION_WATCH],
		 "to watch");
	card(b, by[SAWATCH__V1__DECISION__DECISION_KEEP] ? "keep" : "", by[SAWATCH__V1__DECISION__DECISION_KEEP],
		 "to keep");
	card(b, "", by[SAWATCH__V1__DECISION__DECISION_UNKNOWN], "without a decision");
	if (r->n_rows) {
		snprintf(text, sizeof text, "of %zu read for less than 95 %% of the time", r->n_rows);
		card(b, "", poor, text);
		card(b, "", gaps, "with counter gaps");
	}
	saw_buf_puts(b, "</div>\n");
}

static void sections(const Sawatch__V1__Report *r, Sawatch__V1__ReportRow *const *rows, size_t n, char letter,
					 struct saw_buf *b) {
	for (size_t i = 0; i < n; i++) {
		saw_buf_printf(b, "<section class=\"row\" id=\"%c%zu\"><h2>", letter, i);
		saw_put_html(b, rows[i]->name);
		saw_buf_printf(b, " <span class=\"soft\">%s</span></h2>\n", rows[i]->kind);
		row_body(r, rows[i], b);
		saw_buf_puts(b, "</section>\n");
	}
}

void saw_report_html(const Sawatch__V1__Report *r, const struct saw_report_print *p, struct saw_buf *b) {
	head(r, "Capacity report", b);
	saw_buf_puts(b, "<h1>Capacity report</h1>\n");
	period(r, b);
	cards(r, b);
	if (r->n_circuits) {
		saw_buf_puts(b, "<h2>Circuits</h2>\n");
		circuit_tables(r, p, b);
	} else if (strcmp(r->by, "tunnel") == 0) {
		saw_buf_puts(b, "<p class=\"soft\">No circuit is configured: <code>circuits:</code> says what was bought, and "
						"each gets a decision.</p>\n");
	}
	if (r->n_rows) {
		saw_buf_printf(b, "<h2>By %s <span class=\"soft\">– what needs attention first</span></h2>\n", r->by);
		row_table(r, p, b);
	}
	definitions(r, b);
	if (!p->folder) {
		sections(r, r->circuits, r->n_circuits < PICTURED ? r->n_circuits : PICTURED, 'c', b);
		sections(r, r->rows, r->n_rows < PICTURED ? r->n_rows : PICTURED, 'r', b);
		if (r->n_circuits + r->n_rows > PICTURED)
			saw_buf_printf(b,
						   "<p class=\"soft\">Pictures of the first %d of each table; <code>--output FOLDER</code> "
						   "makes a page for "
						   "every row.</p>\n",
						   PICTURED);
	}
	tail(b);
}
