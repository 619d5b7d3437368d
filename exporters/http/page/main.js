/* Fetches, draws, listens. */

const EVERY = 5000, AT_MOST = 30000, WHEN_HIDDEN = 30000, RETRY = 2000, TIMEOUT = 20000;

let model = null;         /* of the last summary that came */
let wanted = readFragment(location.hash);
let listed = 0;           /* rows that the filter lets through */
let details = null;       /* {open, tunnel, peer, link, recent, error, gone} */
let answeredAt = 0;       /* our clock, of the last answer; 0: none yet */
let skew = 0;             /* the daemon's clock minus ours */
let failures = 0, trouble = null, waiting = null;
let paused = false, etag = null, timer = 0, fetching = false, returnTo = null, sayTimer = 0;

const now = () => Date.now() + skew;
const hrefOf = (change) => fragmentOf({ ...wanted, ...change });

function apiPath(what, device, tunnel) {
	return `api/v1/${what}?device=${encodeURIComponent(device)}&tunnel=${encodeURIComponent(tunnel)}`;
}

/* {status, body, etag}; throws a sentence where nobody answers. */
async function ask(path, headers) {
	const stop = new AbortController(), alarm = setTimeout(() => stop.abort(), TIMEOUT);

	try {
		const began = Date.now();
		const r = await fetch(path, { headers, cache: "no-store", credentials: "same-origin", signal: stop.signal });
		const body = r.status === 304 ? null : await r.json().catch(() => null);
		const date = Date.parse(r.headers.get("Date"));

		/* Full seconds; a clock that is no further off than that is taken for right. */
		if (!Number.isNaN(date) && Math.abs(date + 500 - (began + Date.now()) / 2) > 3000)
			skew = date + 500 - Date.now();
		return { status: r.status, body, etag: r.headers.get("ETag"), took: Date.now() - began };
	} catch (e) {
		throw new Error(stop.signal.aborted ? `no answer within ${TIMEOUT / 1000} seconds` : "no connection");
	} finally {
		clearTimeout(alarm);
	}
}

/* ---------------------------------------------------------------------------------------------------------------- summary */

async function refresh() {
	let delay = EVERY;

	if (fetching)
		return;
	fetching = true;
	clearTimeout(timer);
	try {
		const r = await ask("api/v1/summary", etag ? { "If-None-Match": etag } : {});

		if (r.status === 200 && r.body) {
			const fresh = makeModel(r.body, r.body.made_at_ms || now());
			const said = model && changesBetween(model, fresh);

			model = fresh;
			etag = r.etag;
			waiting = null;
			if (said)
				by("said").textContent = said;
		} else if (r.status === 503) {
			waiting = (r.body && r.body.error) || "nothing is known yet";
		} else if (r.status === 304) {
			model = makeModel(model.s, now()); /* nothing happened, and what was seen is older now */
		} else {
			throw new Error(r.status === 401 || r.status === 403 ? `it refuses us (HTTP status ${r.status}): log in again by loading the page anew`
				: (r.body && r.body.error) || `HTTP status ${r.status}`);
		}
		answeredAt = Date.now();
		failures = 0;
		trouble = null;
		delay = Math.min(AT_MOST, Math.max(EVERY, 20 * r.took));
		await refreshDetails();
	} catch (e) {
		failures++;
		trouble = e.message;
		delay = Math.min(AT_MOST, RETRY * failures);
	}
	fetching = false;
	draw();
	if (!paused)
		timer = setTimeout(refresh, document.hidden ? Math.max(delay, WHEN_HIDDEN) : delay);
}

/* ---------------------------------------------------------------------------------------------------------------- details */

async function refreshDetails() {
	const open = wanted.open;
	let d;

	if (!open)
		return;
	d = { open };
	try {
		const [ends, links, recent] = await Promise.all(["tunnels", "links", "recent"].map((what) => ask(apiPath(what, open.device, open.tunnel))));
		const failed = [ends, links].find((r) => r.status !== 200);

		if (failed)
			throw new Error((failed.body && failed.body.error) || `HTTP status ${failed.status}`);
		d.tunnel = (ends.body.tunnels || [])[0];
		d.gone = !d.tunnel;
		d.link = (links.body.links || [])[0];
		d.recent = recent.status === 200 ? ((recent.body.tunnels || [])[0] || {}).recent || [] : [];
		if (d.link) {
			const isA = d.link.a_device === open.device && d.link.a_tunnel === open.tunnel;
			const peer = await ask(apiPath("tunnels", isA ? d.link.b_device : d.link.a_device, isA ? d.link.b_tunnel : d.link.a_tunnel));

			d.peer = peer.status === 200 ? (peer.body.tunnels || [])[0] : undefined;
		}
	} catch (e) {
		d = { ...(details && sameOpen(details.open, open) ? details : d), error: `These details could not be fetched: ${e.message}.` };
	}
	if (sameOpen(wanted.open, open))
		details = d;
}

const sameOpen = (a, b) => Boolean(a && b && a.device === b.device && a.tunnel === b.tunnel);

/* How long a state holds that no poll has confirmed. */
function holdsFor(device) {
	const d = model && model.named.get(device);
	const intervals = d ? d.sources.map((x) => x.s.poll_interval_seconds || 0) : [];

	return Math.max(60e3, Math.max(0, ...intervals) * 1000 * STALE_AFTER);
}

async function openDetails(takeFocus) {
	details = { open: wanted.open };
	drawDetails();
	if (takeFocus)
		by("details-title").focus();
	await refreshDetails();
	drawDetails();
}

function drawDetails() {
	const aside = by("details"), is = Boolean(wanted.open);

	document.body.classList.toggle("has-details", is);
	aside.hidden = !is;
	if (is && details)
		fill(aside, detailsOf(details, now(), holdsFor(wanted.open.device)));
	else
		fill(aside);
}

/* ---------------------------------------------------------------------------------------------------------------- drawing */

function drawVerdict() {
	const head = model && headline(model), e = by("verdict");
	const text = waiting && !model ? "Waiting: " + waiting : head ? head.text : trouble ? "Nothing could be fetched yet" : "Fetching …";

	fill(e, state(trouble && failures > 1 || !head ? "unknown" : head.state, text), head && head.beside && h("span", { class: "dim" }, head.beside));
	document.title = (head && head.wrong ? `(${number.format(head.wrong)}) ` : "") + "Sawatch" + (failures > 1 ? " – not reachable" : "");
}

function drawNotices() {
	const gone = failures > 1, list = [];

	by("alarm").hidden = !gone;
	document.body.classList.toggle("is-old", gone);
	fill(by("alarm"), gone && [h("b", null, "The daemon cannot be reached"), ` (${trouble}). `,
		answeredAt ? ["What is shown is as it was at ", h("b", null, clock(answeredAt)), ". "] : "", "Trying again."]);
	if (model) {
		const unread = model.devices.filter((d) => d.unread).sort(byWorst);

		for (const d of unread.slice(0, 5))
			list.push(h("li", { "data-key": d.key }, state(d.state, d.word), " ", h("a", { href: hrefOf({ view: "devices", device: d.name, states: new Set(), q: "", open: null }) }, d.name), " ", d.why.join("; ")));
		if (unread.length > 5)
			list.push(h("li", { "data-key": "more" }, h("a", { href: hrefOf({ view: "devices", device: "", q: "", states: new Set(["down", "degraded"]), open: null }) }, `and ${plural(unread.length - 5, "more device")}`)));
		for (const x of model.s.exporters || [])
			if (x.up === false || x.error)
				list.push(h("li", { "data-key": "exporter " + x.name }, state("degraded", "daemon"), ` ${x.name}: ${x.error || "its process does not run"}`));
		if (waiting)
			list.push(h("li", { "data-key": "waiting" }, state("unknown", "waiting"), " ", waiting));
	}
	by("notices").hidden = !list.length;
	fill(by("notices"), h("h2", { class: "hidden" }, "What cannot be seen"), h("ul", null, list));
}

function drawFresh() {
	const e = by("fresh");

	fill(e, failures ? h("span", { class: "state " + (failures > 1 ? "down" : "degraded") }, failures > 1 ? "not reachable" : "trying again")
		: paused ? h("span", { class: "state unknown" }, "paused") : h("span", { class: "state up" }, "live"),
		answeredAt ? [" as of ", h("time", { datetime: new Date(answeredAt).toISOString() }, clock(answeredAt)), failures > 1 && [", ", age(answeredAt + skew, now(), " ago")]] : "");
}

function draw() {
	drawVerdict();
	drawFresh();
	drawNotices();
	if (!model)
		return;
	document.body.classList.add("is-drawn");
	const rows = matching(model[wanted.view], wanted), counts = new Map();

	for (const r of rows)
		counts.set(r.group, (counts.get(r.group) || 0) + 1);
	drawFilters(model, wanted, counts);
	listed = drawList(ordered(wanted.states.size ? rows.filter((r) => wanted.states.has(r.group)) : rows, wanted.sort), wanted, now(), model[wanted.view].length).all;
	drawDetails();
}

/* For those who listen, once they have stopped typing. */
function sayCount() {
	clearTimeout(sayTimer);
	sayTimer = setTimeout(() => {
		if (model)
			by("said").textContent = `${number.format(listed)} of ${plural(model[wanted.view].length, wanted.view.slice(0, -1))} shown`;
	}, 700);
}

function tick() {
	for (const e of document.querySelectorAll("[data-since]")) {
		const text = duration((now() - Number(e.dataset.since)) / 1000) + (e.dataset.tail || "");

		if (e.textContent !== text)
			e.textContent = text;
	}
}

/* -------------------------------------------------------------------------------------------------------------- listening */

/* keep: the place in the browser's history stays, for what changes with every key. */
function go(change, keep) {
	const hash = hrefOf(change);

	if (hash === fragmentOf(wanted))
		return;
	if (keep) {
		history.replaceState(null, "", hash);
		arrive();
	} else {
		location.hash = hash;
	}
}

function arrive(takeFocus) {
	const before = wanted, inDetails = by("details").contains(document.activeElement);

	wanted = readFragment(location.hash);
	draw();
	if (fragmentOf({ ...wanted, open: null, page: 1, sort: "" }) !== fragmentOf({ ...before, open: null, page: 1, sort: "" }))
		sayCount();
	if (wanted.open && !sameOpen(wanted.open, before.open))
		openDetails(takeFocus);
	else if (!wanted.open && before.open) {
		details = null;
		if (inDetails)
			rove(before.open.device + "\u0000" + before.open.tunnel);
		const back = returnTo && document.contains(returnTo) ? returnTo : inDetails && document.querySelector("#list [data-row][tabindex='0']");

		if (back)
			back.focus();
	}
	if (wanted.view !== before.view || wanted.page !== before.page)
		window.scrollTo(0, 0);
}

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	by("theme").value = theme;
	try {
		localStorage.setItem("sawatch-theme", theme);
	} catch (e) { /* not kept then */ }
}

/* The address holds the filter, the order and what is open. */
async function copyAddress(button) {
	let done;

	try {
		await navigator.clipboard.writeText(location.href);
		done = true;
	} catch (e) { /* only pages that came by TLS, or from this machine, have a clipboard */
		const area = h("textarea", { class: "hidden" });

		area.value = location.href;
		document.body.append(area);
		area.select();
		done = document.execCommand("copy");
		area.remove();
		button.focus();
	}
	button.textContent = done ? "Copied" : "It is the page's address";
	by("said").textContent = done ? "The link is copied" : "The link is the page's address";
	setTimeout(() => button.textContent = "Copy link", 2000);
}

const ACTIONS = {
	skip: () => move("first"),
	copy: copyAddress,
	close: () => go({ open: null }),
	clear: () => go({ q: "", device: "", site: "", states: new Set(), page: 1 }),
	page: (e) => go({ page: Number(e.dataset.page) }),
	sort: (e) => go({ sort: wanted.sort === e.dataset.order && e.dataset.order ? "-" + e.dataset.order : e.dataset.order, page: 1 }, true),
	state: (e) => {
		const states = new Set(wanted.states);

		if (!states.delete(e.dataset.state))
			states.add(e.dataset.state);
		go({ states, page: 1 }, true);
	},
	pause: (e) => {
		paused = !paused;
		e.setAttribute("aria-pressed", paused);
		clearTimeout(timer);
		if (!paused)
			refresh();
		drawFresh();
	},
	help: () => by("help").showModal(),
	"close-help": () => by("help").close(),
};

function onClick(event) {
	const action = event.target.closest("[data-action]"), row = event.target.closest("#list tbody tr");

	if (action && ACTIONS[action.dataset.action]) {
		event.preventDefault(); /* a fragment of its own would be taken for a filter */
		ACTIONS[action.dataset.action](action);
	} else if (row && !event.target.closest("a, button") && !String(getSelection()))
		row.querySelector("[data-row]").click();
	else if (event.target.closest("#list [data-row]"))
		returnTo = event.target.closest("[data-row]");
}

/* Opened by a key, the details get the focus; by a mouse, the row keeps it. */
let byKey = false;

function move(step) {
	const links = [...document.querySelectorAll("#list [data-row]")];
	const at = links.indexOf(document.activeElement);
	const next = links[Math.min(links.length - 1, Math.max(0, step === "first" ? 0 : step === "last" ? links.length - 1 : at < 0 ? 0 : at + step))];

	if (!next)
		return;
	rove(next.closest("tr").dataset.key);
	next.focus();
	next.closest("tr").scrollIntoView({ block: "nearest" });
}

const inList = () => document.activeElement && document.activeElement.closest("#list tbody");

const KEYS = {
	"/": () => by("q").focus() || by("q").select(),
	j: () => move(1), k: () => move(-1),
	1: () => go({ view: "tunnels", page: 1, sort: "", states: new Set() }), 2: () => go({ view: "links", page: 1, sort: "", states: new Set() }),
	3: () => go({ view: "devices", page: 1, sort: "", states: new Set() }),
	n: () => turn(1), p: () => turn(-1),
	"?": () => by("help").showModal(),
};
const ROW_KEYS = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Home: () => move("first"), End: () => move("last") };

function turn(by) {
	const button = document.querySelector(`#pages [data-key=${by > 0 ? "next" : "previous"}]`);

	if (button && !button.disabled)
		button.click();
}

function onKey(event) {
	const typing = event.target.closest("input, select, textarea");

	byKey = event.key === "Enter";
	if (event.ctrlKey || event.metaKey || event.altKey || by("help").open)
		return;
	if (event.key === "Escape") {
		if (event.target === by("q") && by("q").value)
			go({ q: "", page: 1 }, true), by("q").value = "";
		else if (wanted.open)
			ACTIONS.close();
		return;
	}
	if (event.key === "ArrowDown" && event.target === by("q")) {
		event.preventDefault();
		move("first");
		return;
	}
	const act = !typing && (KEYS[event.key] || (inList() && ROW_KEYS[event.key]));

	if (act) {
		event.preventDefault();
		act();
	}
}

function start() {
	let theme = "auto";

	try {
		theme = localStorage.getItem("sawatch-theme") || theme;
	} catch (e) { /* the browser's own then */ }
	document.body.classList.add("has-script");
	setTheme(["auto", "light", "dark"].includes(theme) ? theme : "auto");
	by("q").value = wanted.q;
	document.addEventListener("click", onClick);
	document.addEventListener("keydown", onKey);
	document.addEventListener("pointerdown", () => byKey = false);
	document.addEventListener("visibilitychange", () => !document.hidden && !paused && refresh());
	window.addEventListener("hashchange", () => arrive(byKey));
	by("filter").addEventListener("submit", (e) => e.preventDefault());
	by("q").addEventListener("input", () => go({ q: by("q").value, page: 1 }, true));
	for (const id of ["device", "site"])
		by(id).addEventListener("change", () => go({ [id]: by(id).value, page: 1 }, true));
	by("theme").addEventListener("change", () => setTheme(by("theme").value));
	setInterval(tick, 1000);
	refresh();
	if (wanted.open)
		openDetails(false);
}

start();
