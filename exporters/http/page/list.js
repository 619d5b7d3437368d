/* The lists: tunnels, links, devices. A page of rows at a time, so that 10,000 tunnels cost what 100 do. */

const PAGE = 100;

/* heading, its order (null: cannot be sorted by), class, cell */
const COLUMNS = {
	tunnels: [
		["State", "", "c-state", (r) => [state(r.state), r.t.maintenance && [" ", h("span", { class: "state maintenance" }, "maintenance")]]],
		["Tunnel", "name", "c-name", (r) => h("a", { href: hrefOf({ open: { device: r.device, tunnel: r.name } }), "data-row": "" }, r.name)],
		["Device", "device", "c-device", (r) => r.device],
		["Peer", "peer", "c-peer", (r) => r.t.remote || NOTHING],
		["Site", "site", "c-site", (r) => r.site],
		["For", "for", "c-for n", (r, now) => known(r.t.since_ms) ? age(r.t.since_ms, now) : NOTHING],
		["In", "in", "c-rate n", (r) => rateText(r.t, "in") || NOTHING],
		["Out", "out", "c-rate n", (r) => rateText(r.t, "out") || NOTHING],
		["Why", null, "c-why", (r) => [...(r.t.reasons || []), r.t.replay_errors_per_second > 0 && `replay drops: ${perSecond(r.t.replay_errors_per_second)}`].filter((x) => x).join("; ")],
	],
	links: [
		["State", "", "c-state", (r) => [state(r.state, r.state === "degraded" ? "look at it" : r.state), r.l.maintenance && [" ", h("span", { class: "state maintenance" }, "maintenance")]]],
		["Link", "name", "c-name", (r) => h("a", { href: hrefOf({ open: { device: r.l.a_device, tunnel: r.l.a_tunnel } }), "data-row": "" }, r.name)],
		["One end", null, "c-device", (r) => [r.l.a_device, " ", h("span", { class: "dim" }, r.l.a_tunnel)]],
		["Other end", null, "c-device", (r) => [r.l.b_device, " ", h("span", { class: "dim" }, r.l.b_tunnel)]],
		["Lost →", null, "c-rate n", (r) => lossText((r.l.directions || [])[0])],
		["Lost ←", null, "c-rate n", (r) => lossText((r.l.directions || [])[1])],
		["Look at", null, "c-why", (r) => (r.l.reasons || []).join("; ")],
	],
	devices: [
		["State", "", "c-state", (r) => [state(r.state, r.word), r.d.maintenance && [" ", h("span", { class: "state maintenance" }, "maintenance")]]],
		["Device", "name", "c-name", (r) => h("a", { href: hrefOf({ view: "tunnels", device: r.name, states: new Set(), q: "", page: 1, open: null }), "data-row": "" }, r.name)],
		["Platform", null, "c-peer", (r) => [r.d.platform || "", " ", h("span", { class: "dim" }, r.d.os_version || "")]],
		["Site", "site", "c-site", (r) => r.site],
		["Read by", null, "c-read", (r, now) => r.sources.map(({ s, health }) => h("div", null, h("b", null, s.source), " ",
			health.state === "up" ? "" : h("span", { class: "state " + health.state }, health.name), " ",
			known(s.observed_at_ms) ? age(s.observed_at_ms, now, " ago") : "never",
			known(s.poll_duration_seconds) ? h("span", { class: "dim" }, `, took ${Number(s.poll_duration_seconds.toPrecision(2))} s`) : ""))],
		["Tunnels", null, "c-counts", (r) => r.counts.size ? GROUPS.filter((g) => r.counts.get(g)).map((g) =>
			h("a", { class: "state " + g, href: hrefOf({ view: "tunnels", device: r.name, states: new Set([g]), q: "", page: 1, open: null }) }, `${number.format(r.counts.get(g))} ${g}`)) : NOTHING],
		["Up for", null, "c-for n", (r) => known(r.d.uptime_seconds) ? duration(r.d.uptime_seconds) : NOTHING],
		["CPU", null, "c-rate n", (r) => known(r.d.cpu_percent) ? r.d.cpu_percent + " %" : NOTHING],
		["What is wrong", null, "c-why", (r) => r.why.join("; ")],
	],
};

const CAPTIONS = {
	tunnels: "Tunnel ends, what is wrong first", links: "Links: pairs of tunnel ends, what is wrong first",
	devices: "Devices and how they are read, what is wrong first",
};

const lossText = (w) => !w || !known(w.loss_ratio) ? NOTHING
	: w.one_way ? "one way" : w.loss_ratio > (w.loss_bound_ratio || 0) ? h("span", { class: "state degraded" }, percent(w.loss_ratio)) : "none";

function heading([name, order, cls], sort) {
	const now = order !== null && (order === sort.replace(/^-/, "") || (order === "" && !sort));

	if (order === null)
		return h("th", { scope: "col", role: "columnheader", class: cls }, name);
	return h("th", { scope: "col", role: "columnheader", class: cls, "aria-sort": !now ? null : sort.startsWith("-") ? "descending" : "ascending" },
		h("button", { type: "button", "data-action": "sort", "data-order": order, "data-key": name, title: order === "" ? "Worst first" : null }, name));
}

/* The roles are a table's own; they are named because a narrow window's style takes its form away. */
function rowOf(columns, r, now, isOpen) {
	return h("tr", { "data-key": r.key, role: "row", class: "is-" + r.group, "aria-current": isOpen ? "true" : null }, columns.map(([name, , cls, cell], i) =>
		i === 1 ? h("th", { scope: "row", role: "rowheader", class: cls }, cell(r, now)) : h("td", { role: "cell", class: cls, "data-label": name }, cell(r, now))));
}

/* Rows of this page, and where in all of them they are. */
function pageOf(rows, w) {
	const pages = Math.max(1, Math.ceil(rows.length / PAGE)), page = Math.min(w.page, pages);

	return { rows: rows.slice((page - 1) * PAGE, page * PAGE), page, pages, first: rows.length ? (page - 1) * PAGE + 1 : 0,
		last: Math.min(rows.length, page * PAGE), all: rows.length };
}

/* all: how many there are without the filter */
function drawList(rows, w, now, all) {
	const columns = COLUMNS[w.view], p = pageOf(rows, w), table = by("list");
	const focused = document.activeElement && document.activeElement.closest && document.activeElement.closest("#list tbody tr");
	const key = focused && focused.dataset.key;
	const sites = w.view !== "links" && !model.sites.length;

	table.className = w.view + (sites ? " no-sites" : "");
	fill(table, h("caption", { class: "hidden" }, CAPTIONS[w.view]),
		h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map((c) => heading(c, w.sort)))),
		h("tbody", { role: "rowgroup" }, p.rows.map((r) => rowOf(columns, r, now, w.open && w.view === "tunnels" && r.device === w.open.device && r.name === w.open.tunnel))));
	rove(key);
	fill(by("empty"), p.all ? null : nothingText(w));
	by("empty").hidden = p.all > 0;
	const filtered = p.all < all;

	fill(by("pages"), p.pages === 1 ? filtered && p.all > 0 && h("span", null, `${number.format(p.all)} of ${number.format(all)} shown`) : [
		h("button", { type: "button", "data-action": "page", "data-page": p.page - 1, "data-key": "previous", disabled: p.page === 1 }, "← Previous"),
		h("span", null, `${number.format(p.first)}–${number.format(p.last)} of ${number.format(p.all)}`, filtered && `, ${number.format(all)} in all`),
		h("button", { type: "button", "data-action": "page", "data-page": p.page + 1, "data-key": "next", disabled: p.page === p.pages }, "Next →"),
	]);
	return p;
}

function nothingText(w) {
	if (w.q || w.device || w.site || w.states.size)
		return ["Nothing fits the filter. ", h("button", { type: "button", "data-action": "clear" }, "Show all")];
	return w.view === "links" ? "No link is known: both ends of a tunnel have to be watched." : `No ${w.view.slice(0, -1)} is known.`;
}

/* One row is in the order of the Tab key; the arrows go from row to row. */
function rove(key) {
	const links = [...document.querySelectorAll("#list [data-row]")];
	const current = links.find((a) => a.closest("tr").dataset.key === key) || links.find((a) => a.closest("[aria-current]")) || links[0];

	for (const a of links)
		a.tabIndex = a === current ? 0 : -1;
}

function drawFilters(m, w, counts) {
	const option = (value, text, chosen) => h("option", { value, selected: value === chosen }, text);
	const select = (id, all, values, chosen) => {
		const e = by(id);

		fill(e, option("", all, chosen), (values.includes(chosen) || !chosen ? values : [...values, chosen]).map((v) => option(v, v, chosen)));
		e.value = chosen;
	};

	fill(by("states"), GROUPS.filter((g) => counts.get(g) || w.states.has(g)).map((g) =>
		h("button", { type: "button", class: "chip is-" + g, "data-action": "state", "data-state": g, "data-key": g, "aria-pressed": w.states.has(g) ? "true" : "false" },
			h("b", null, number.format(counts.get(g) || 0)), " ", h("span", { class: "state " + g }, w.view === "devices" ? DEVICE_WORDS[g] || g : g))));
	select("device", "All devices", m.devices.map((d) => d.name), w.device);
	select("site", "All sites", m.sites, w.site);
	by("site").parentNode.hidden = !m.sites.length && !w.site;
	if (document.activeElement !== by("q") && by("q").value !== w.q)
		by("q").value = w.q;
	for (const a of document.querySelectorAll("#views a")) {
		const view = a.dataset.view;

		a.href = hrefOf({ view, page: 1, sort: "", states: new Set(), open: null });
		a.toggleAttribute("aria-current", false);
		if (view === w.view)
			a.setAttribute("aria-current", "page");
		const wrong = m[view].filter((r) => RANK.get(r.group) < 3).length;

		fill(a, a.dataset.title, " ", h("span", { class: "count" }, number.format(m[view].length), wrong > 0 && ", "),
			wrong > 0 && h("span", { class: "count wrong" }, `${number.format(wrong)} wrong`));
	}
}

const DEVICE_WORDS = { down: "not read", degraded: "old or partial", unknown: "not polled yet", up: "read" };
