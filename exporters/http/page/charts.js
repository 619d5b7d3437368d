/* The last hour of a tunnel end as small pictures, each with the same in words. Where nothing was polled there is a gap. */

const DAY = 86400e3, HOUR = 3600e3, MINUTE = 60e3;
const WIDTH = 600, HEIGHT = 76, MIDDLE = HEIGHT / 2;
const JOIN = 65e3; /* a point stands for its minute: spans that meet within it are one curve */

/* The time that is drawn: an hour, or less where the daemon has just begun. */
let drawn = HOUR;

const lengthOf = (points, now) => [10, 30, 60].map((m) => m * MINUTE).find((ms) => ms === HOUR || now - ms <= points[0].at_ms - MINUTE);
const xOf = (ms, now) => Math.round(Math.max(0, (ms - (now - drawn)) / drawn * WIDTH) * 10) / 10;

/* The times that rates are of: [{from, to, value}], and where two meet, joined. */
function spans(points, value, seconds) {
	return points.filter((p) => known(value(p)) && known(p[seconds])).map((p) => ({
		from: p.at_ms - p[seconds] * 1000, to: p.at_ms, value: value(p),
	}));
}

/* Steps: a rate is the mean of its span. direction 1 goes up from `base`, -1 down. */
function steps(list, now, base, room, top, direction) {
	let line = "", area = "", last = null;

	for (const s of list) {
		const x0 = xOf(last !== null && s.from - last < JOIN ? last : s.from, now), x1 = xOf(s.to, now);
		const y = Math.round((base - direction * (top > 0 ? s.value / top : 0) * room) * 10) / 10;

		line += (last !== null && s.from - last < JOIN ? "L" : "M") + `${x0} ${y}L${x1} ${y}`;
		area += `M${x0} ${base}L${x0} ${y}L${x1} ${y}L${x1} ${base}Z`;
		last = s.to;
	}
	return { line, area };
}

/* Times that no span covers, as [from, to]. From the last poll to now there is none where what it said still holds. */
function gaps(list, now, holds) {
	const found = [];
	let at = now - drawn;

	for (const s of list) {
		if (s.from - at > JOIN)
			found.push([at, s.from]);
		at = Math.max(at, s.to);
	}
	if (!holds && now - at > JOIN)
		found.push([at, now]);
	return found;
}

function frame(label, height, ...inside) {
	return h("svg", { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label, class: "chart",
		height }, inside);
}

function hatched(id, found, now, height) {
	return found.length ? [
		h("defs", null, h("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
			h("rect", { width: 2, height: 6, class: "hatch" }))),
		found.map(([from, to]) => h("rect", { x: xOf(from, now), y: 0, width: Math.max(1, xOf(to, now) - xOf(from, now)), height, fill: `url(#${id})` })),
	] : [];
}

/* current: what holds now as text; null: it is not known now, whatever was known last. */
function statistics(list, current, text) {
	if (!list.length)
		return "nothing was read";
	const values = list.map((s) => s.value);

	return `now ${current || "not known"}, at most ${text(Math.max(...values))}, at least ${text(Math.min(...values))}`;
}

const missing = (found) => {
	const minutes = Math.round(found.reduce((n, [from, to]) => n + to - from, 0) / 60e3);

	return minutes ? `; nothing is known of ${plural(minutes, "minute")}` : "";
};

/* What the pointer is told of each span: {from, to, text}. */
const hints = (list, now, height) => list.map((s) => h("rect", { x: xOf(s.from, now), y: 0, width: Math.max(2, xOf(s.to, now) - xOf(s.from, now)), height, class: "hint" },
	h("title", null, `${clock(s.from)} to ${clock(s.to)}: ${s.text}`)));

function trafficHints(points) {
	return points.filter((p) => known(p.span_seconds) && (rateText(p, "in") || rateText(p, "out"))).map((p) => ({
		from: p.at_ms - p.span_seconds * 1000, to: p.at_ms, text: `received ${rateText(p, "in") || "not known"}, sent ${rateText(p, "out") || "not known"}`,
	}));
}

function trafficChart(points, now, current) {
	const bytes = points.some((p) => known(p.in_bytes_per_second) || known(p.out_bytes_per_second));
	const unit = bytes ? "bytes" : "packets", text = bytes ? bitRate : packetRate;
	const received = spans(points, (p) => p[`in_${unit}_per_second`], "span_seconds");
	const sent = spans(points, (p) => p[`out_${unit}_per_second`], "span_seconds");
	const top = Math.max(0, ...received.map((s) => s.value), ...sent.map((s) => s.value));
	const up = steps(received, now, MIDDLE, MIDDLE - 3, top, 1), down = steps(sent, now, MIDDLE, MIDDLE - 3, top, -1);
	const found = gaps(received.length >= sent.length ? received : sent, now, current.in || current.out);
	const label = `Traffic of the last hour. Received: ${statistics(received, current.in, text)}. Sent: ${statistics(sent, current.out, text)}${missing(found)}.`;

	return h("figure", null,
		h("figcaption", null, h("span", { class: "in" }, "▲ received ", h("b", null, current.in || NOTHING)),
			h("span", { class: "out" }, "▼ sent ", h("b", null, current.out || NOTHING)),
			h("span", { class: "dim" }, top ? `peak ${text(top)}` : "")),
		frame(label, HEIGHT, hatched("gap-traffic", found, now, HEIGHT),
			h("path", { d: up.area, class: "area in" }), h("path", { d: up.line, class: "line in" }),
			h("path", { d: down.area, class: "area out" }), h("path", { d: down.line, class: "line out" }),
			h("line", { x1: 0, x2: WIDTH, y1: MIDDLE, y2: MIDDLE, class: "axis" }), hints(trafficHints(points), now, HEIGHT)));
}

function replayChart(points, now, current) {
	const drops = spans(points, (p) => p.replay_errors_per_second, "replay_span_seconds");
	const top = Math.max(0, ...drops.map((s) => s.value));
	const path = steps(drops, now, 36, 33, top, 1), found = gaps(drops, now, current.replay);

	return h("figure", null,
		h("figcaption", null, h("span", { class: "replay" }, "■ replay drops ", h("b", null, current.replay || NOTHING)),
			h("span", { class: "dim" }, top ? `peak ${perSecond(top)}` : drops.length ? "none in this hour" : "")),
		frame(`Replay drops of the last hour: ${statistics(drops, current.replay, perSecond)}${missing(found)}.`, 38, hatched("gap-replay", found, now, 38),
			h("path", { d: path.area, class: "area replay" }), h("path", { d: path.line, class: "line replay" }),
			h("line", { x1: 0, x2: WIDTH, y1: 36, y2: 36, class: "axis" }),
			hints(drops.map((s) => ({ ...s, text: `${perSecond(s.value)} dropped` })), now, 38)));
}

/* Worse is higher, so that the strip can be read without its colours; what is not known is an outline. */
const STRIP = 20, STRIP_HEIGHTS = { up: 6, unexpected: 6, degraded: 12 };

/* "up 48m, down 12m": how long of it in which state. */
function stateSums(runs, unknown) {
	const sums = new Map();

	for (const r of runs)
		sums.set(r.state, (sums.get(r.state) || 0) + r.to - r.from);
	if (unknown)
		sums.set("nothing known", unknown);
	return [...sums].filter(([, ms]) => ms >= MINUTE / 2).map(([name, ms]) => `${name} ${duration(Math.round(ms / MINUTE) * 60)}`).join(", ");
}

/* A state stands for its minute and holds until the next poll, and no longer than what a device shows may be old. */
function stateChart(points, now, holds) {
	const begins = (p) => p.at_ms - p.at_ms % MINUTE;
	const judged = points.filter((p) => p.state), list = judged.map((p, i) => ({
		from: begins(p), state: p.state, to: Math.min(i + 1 < judged.length ? begins(judged[i + 1]) : now, p.at_ms + holds),
	}));
	const found = gaps(list, now, false), runs = [];

	for (const s of list) {
		const last = runs[runs.length - 1];

		if (last && last.state === s.state && s.from - last.to < JOIN)
			last.to = s.to;
		else
			runs.push({ ...s });
	}
	const text = runs.map((r) => `${r.state} from ${clock(r.from)}`).join(", ");
	const bar = (r) => {
		const height = STRIP_HEIGHTS[r.state] || STRIP;

		return h("rect", { x: xOf(r.from, now), y: STRIP - height, height, width: Math.max(1.5, xOf(r.to, now) - xOf(r.from, now)), class: "strip " + r.state });
	};

	return h("figure", null,
		h("figcaption", null, h("span", null, "state"),
			h("span", { class: "dim sums" }, judged.length ? stateSums(runs, found.reduce((n, [from, to]) => n + to - from, 0)) : "not judged in this hour")),
		frame(`State in the last hour: ${text || "not known"}${missing(found)}.`, STRIP, hatched("gap-state", found, now, STRIP),
			runs.map(bar), hints(runs.map((r) => ({ ...r, text: r.state })), now, STRIP)),
		h("div", { class: "scale dim", "aria-hidden": "true" }, h("span", null, clock(now - drawn).slice(0, 5)),
			h("span", null, clock(now - drawn / 2).slice(0, 5)), h("span", null, "now")));
}

function recentTable(points) {
	const cell = (v, text) => h("td", { class: "n" }, known(v) ? text(v) : NOTHING);

	return h("details", null, h("summary", null, "The same as a table"),
		h("table", { class: "plain" }, h("thead", null, h("tr", null, ["Until", "State", "Received", "Sent", "Replay drops"].map((t) => h("th", { scope: "col" }, t)))),
			h("tbody", null, [...points].reverse().map((p) => h("tr", { "data-key": p.at_ms },
				h("th", { scope: "row" }, clock(p.at_ms)), h("td", null, p.state || NOTHING),
				h("td", { class: "n" }, rateText(p, "in") || NOTHING), h("td", { class: "n" }, rateText(p, "out") || NOTHING),
				cell(p.replay_errors_per_second, perSecond))))));
}

/* What the tunnel's totals say now: a rate that is stale is none. */
function currentOf(t) {
	const rate = (name) => ((t.totals || []).find((x) => x.name === name && !x.stale) || {}).per_second;
	const way = (bytes, packets) => known(rate(bytes)) ? bitRate(rate(bytes)) : known(rate(packets)) ? packetRate(rate(packets)) : null;

	return { in: way("in_bytes", "decaps_packets"), out: way("out_bytes", "encaps_packets"),
		replay: known(t.replay_errors_per_second) ? perSecond(t.replay_errors_per_second) : null };
}

function recentSection(points, t, now, holds) {
	const current = currentOf(t);

	if (!points)
		return [h("p", { class: "dim" }, "Not fetched yet.")];
	if (!points.length)
		return [h("p", { class: "dim" }, "Nothing was polled in the last hour, or the daemon started just now: the hour is kept in memory only.")];
	drawn = lengthOf(points, now);
	return [trafficChart(points, now, current), replayChart(points, now, current), stateChart(points, now, holds), recentTable(points)];
}
