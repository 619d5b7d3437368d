/* What every part of the page uses: elements, forms of numbers and times. No text becomes markup anywhere. */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "rect", "line", "pattern", "defs", "title", "g"]);

/* h("td", {class: "x"}, "text", h("b", null, "more")): attributes that are null, undefined or false are left out. */
function h(tag, attributes, ...children) {
	const e = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);

	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined && value !== false)
			e.setAttribute(name, value === true ? "" : value);
	e.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false).map((c) => c instanceof Node ? c : String(c)));
	return e;
}

const by = (id) => document.getElementById(id);

/*
 * Makes `old` what `fresh` is and keeps the nodes that are there, so that focus, selection, scroll positions and what the
 * reader opened stay. Children with data-key are known by it.
 */
function morph(old, fresh) {
	if (old.isEqualNode(fresh))
		return old;
	if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
		old.replaceWith(fresh);
		return fresh;
	}
	if (old.nodeType !== Node.ELEMENT_NODE) {
		old.data = fresh.data;
		return old;
	}
	for (const { name } of [...old.attributes])
		if (!fresh.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open"))
			old.removeAttribute(name);
	for (const { name, value } of fresh.attributes)
		if (old.getAttribute(name) !== value)
			old.setAttribute(name, value);
	morphChildren(old, [...fresh.childNodes]);
	return old;
}

function morphChildren(parent, wanted) {
	const keyed = new Map();
	let at = parent.firstChild;

	for (const c of parent.children)
		if (c.dataset && c.dataset.key !== undefined)
			keyed.set(c.dataset.key, c);
	for (const w of wanted) {
		const key = w.dataset && w.dataset.key;
		const same = key !== undefined ? keyed.get(key) : at && !(at.dataset && at.dataset.key !== undefined) ? at : null;

		if (!same) {
			parent.insertBefore(w, at);
			continue;
		}
		if (same !== at) {
			const focused = same.contains(document.activeElement) ? document.activeElement : null;

			parent.insertBefore(same, at);
			if (focused)
				focused.focus({ preventScroll: true });
		}
		at = morph(same, w).nextSibling;
	}
	while (at) {
		const next = at.nextSibling;

		at.remove();
		at = next;
	}
}

/* Fills an element; what is in it already stays where it is the same. */
function fill(element, ...children) {
	morphChildren(element, [...h("div", null, ...children).childNodes]);
}

/* ------------------------------------------------------------------------------------------------------------------ forms */

const NOTHING = "–";

const number = new Intl.NumberFormat("en");
const known = (v) => v !== undefined && v !== null;

/* "7m 3s": the two largest units, as `sawatch` writes them. */
function duration(seconds) {
	const units = [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];
	let s = Math.max(0, Math.floor(seconds)), i = 0;

	while (units[i][0] > 1 && s < units[i][0])
		i++;
	const first = Math.floor(s / units[i][0]), rest = s % units[i][0];
	const second = units[i + 1] ? Math.floor(rest / units[i + 1][0]) : 0;

	return first + units[i][1] + (second ? " " + second + units[i + 1][1] : "");
}

function scaled(v, units) {
	let i = 0;

	while (v >= 999.5 && i + 1 < units.length) {
		v /= 1000;
		i++;
	}
	return (v === 0 || v >= 100 ? Math.round(v).toString() : Number(v.toPrecision(v < 1 ? 2 : 3)).toString()) + units[i];
}

const bitRate = (bytesPerSecond) => scaled(bytesPerSecond * 8, [" bit/s", " kbit/s", " Mbit/s", " Gbit/s", " Tbit/s"]);
const packetRate = (v) => scaled(v, [" pkt/s", " kpkt/s", " Mpkt/s"]);
const perSecond = (v) => scaled(v, ["/s", "k/s", "M/s"]);
const byteCount = (v) => scaled(v, [" B", " kB", " MB", " GB", " TB", " PB"]);
const percent = (ratio) => Number((ratio * 100).toPrecision(2)) + " %";

/* Of a tunnel of the summary or a point of the last hour; way is "in" or "out". null: not known. */
function rateText(t, way) {
	const bytes = t[way + "_bytes_per_second"], packets = t[way + "_packets_per_second"];

	return known(bytes) ? bitRate(bytes) : known(packets) ? packetRate(packets) : null;
}

const pad = (n) => String(n).padStart(2, "0");

function clock(ms) {
	const d = new Date(ms);

	return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

function moment(ms) {
	const d = new Date(ms);

	return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${clock(ms)}`;
}

/* A time that goes on by itself: `tick` writes the age anew every second. */
function age(ms, now, tail) {
	return h("time", { datetime: new Date(ms).toISOString(), title: moment(ms), "data-since": ms, "data-tail": tail || null },
		duration((now - ms) / 1000) + (tail || ""));
}

const plural = (n, one, many) => `${number.format(n)} ${n === 1 ? one : many || one + "s"}`;
