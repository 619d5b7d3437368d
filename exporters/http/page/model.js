/* What the summary says, made ready to be listed: groups, order, filters. Nothing here touches the document. */

/* Worst first, as the daemon and `sawatch tunnels` have it; what is in maintenance is behind all others. */
const GROUPS = ["down", "missing", "degraded", "unknown", "unexpected", "up", "maintenance"];
const RANK = new Map(GROUPS.map((g, i) => [g, i]));
const STALE_AFTER = 2.5; /* intervals, as the store has it */

const VIEWS = ["tunnels", "links", "devices"];

const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;

/* What texts are ordered by: berlin-9 stands before berlin-10, and 192.0.2.9 before 192.0.2.10. */
const natural = (text) => (text || "").replace(/\d+/g, (digits) => digits.padStart(12, "0"));

function words(...texts) {
	return texts.flat().filter(known).join("\n").toLowerCase();
}

function tunnelRow(t) {
	const state = RANK.has(t.state) ? t.state : "unknown";
	const group = t.maintenance ? "maintenance" : state;

	return {
		key: t.device + "\u0000" + t.name, device: t.device || "", name: t.name || "", state, group, t,
		rank: RANK.get(group) * 10 + RANK.get(state), devices: [t.device], site: t.site || "",
		byDevice: natural(t.device), byName: natural(t.name), byPeer: natural(t.remote),
		text: words(t.name, t.device, t.remote, t.interface, t.site, t.owner, t.circuit, t.tags || [], t.reasons || [], state),
	};
}

function linkRow(l, sites) {
	const state = l.up === false ? "down" : l.reasons && l.reasons.length ? "degraded" : l.up ? "up" : "unknown";
	const group = l.maintenance ? "maintenance" : state;

	return {
		key: l.name + "\u0000" + l.a_device + "\u0000" + l.a_tunnel, name: l.name || "", state, group, l,
		rank: RANK.get(group) * 10 + RANK.get(state), devices: [l.a_device, l.b_device], byDevice: "", byName: natural(l.name),
		site: [sites.get(l.a_device), sites.get(l.b_device)],
		text: words(l.name, l.a_device, l.a_tunnel, l.b_device, l.b_tunnel, l.reasons || [], state),
	};
}

/* How one way of reading a device does: what it is called, how bad that is, and why. */
function sourceHealth(s, now) {
	const tables = s.tables || [];
	const old = known(s.observed_at_ms) && known(s.poll_interval_seconds) &&
		now - s.observed_at_ms > s.poll_interval_seconds * 1000 * STALE_AFTER;

	/* A poll that failed leaves what was seen before as old as it is; one that was cut short has just been seen. */
	const seen = known(s.observed_at_ms) && (s.attempted_at_ms || 0) - s.observed_at_ms < (s.poll_interval_seconds || 0) * 500;

	if (!known(s.complete))
		return { name: "not polled yet", state: "unknown", why: null };
	if (!s.complete && !(seen && tables.length))
		return { name: "not read", state: "down", why: s.error || s.error_class || "the poll was not complete" };
	if (old)
		return { name: "old", state: "degraded", why: `last seen ${duration((now - s.observed_at_ms) / 1000)} ago, and due every ${duration(s.poll_interval_seconds)}` };
	if (!s.complete)
		return { name: "partial", state: "degraded", why: tables.map((t) => t.name + ": " + (t.error || t.status)).join("; ") };
	return { name: "read", state: "up", why: null };
}

/* "audit: 2 fail, 1 warn": what the audit found in a device's configuration; null: nothing, or it was not audited. */
function auditText(audited) {
	const counts = new Map();

	for (const c of (audited && audited.counts) || [])
		counts.set(c.severity, (counts.get(c.severity) || 0) + (c.count || 0));
	const found = ["fail", "warn"].filter((x) => counts.get(x)).map((x) => `${number.format(counts.get(x))} ${x}`);

	return found.length ? "audit: " + found.join(", ") : audited && audited.error ? "audit: " + audited.error : null;
}

function deviceRow(d, now, audited) {
	const sources = (d.sources || []).map((s) => ({ s, health: sourceHealth(s, now) }));
	const worst = sources.reduce((a, b) => !a || RANK.get(b.health.state) < RANK.get(a.health.state) ? b : a, null);
	const state = worst ? worst.health.state : "unknown";
	const why = sources.filter((x) => x.health.why).map((x) => `${x.s.source}: ${x.health.why}`);

	if (auditText(audited))
		why.push(auditText(audited));
	if (d.engine_shared_with)
		why.push(`its SNMPv3 engine ID is that of ${d.engine_shared_with} too`);
	return {
		key: d.name, name: d.name || "", state, group: d.maintenance ? "maintenance" : state, d, sources, why,
		rank: RANK.get(d.maintenance ? "maintenance" : state) * 10 + RANK.get(state), devices: [d.name], audit: auditText(audited),
		byDevice: natural(d.name), byName: natural(d.name), unread: !d.maintenance && (state === "down" || state === "degraded"),
		word: worst ? worst.health.name : "not read by anything", site: d.site || "",
		text: words(d.name, d.hostname, d.platform, d.os_version, d.model, d.site, why, state), counts: new Map(),
	};
}

function makeModel(s, now) {
	const audited = new Map((s.audited || []).map((a) => [a.device, a]));
	const devices = (s.devices || []).map((d) => deviceRow(d, now, audited.get(d.name)));
	const named = new Map(devices.map((d) => [d.name, d]));
	const tunnels = (s.tunnels || []).map(tunnelRow);
	const sites = new Map(devices.map((d) => [d.name, d.site]));

	for (const t of tunnels) {
		const d = named.get(t.device);

		if (d)
			d.counts.set(t.group, (d.counts.get(t.group) || 0) + 1);
	}
	return {
		s, tunnels, devices, links: (s.links || []).map((l) => linkRow(l, sites)), named,
		sites: [...new Set([...sites.values()].filter((x) => x))].sort(compare),
	};
}

/* What is asked for; it stands in the fragment of the address, so that it can be kept and sent. */
function readFragment(text) {
	const p = new URLSearchParams(text.replace(/^#/, ""));
	const open = p.get("open");
	const slash = open ? open.indexOf("/") : -1;

	return {
		view: VIEWS.includes(p.get("view")) ? p.get("view") : "tunnels",
		states: new Set((p.get("state") || "").split(",").filter((g) => RANK.has(g))),
		device: p.get("device") || "", site: p.get("site") || "", q: p.get("q") || "", sort: p.get("sort") || "",
		page: Math.max(1, parseInt(p.get("page"), 10) || 1),
		/* A device's name has no slash; a tunnel's may have. */
		open: slash > 0 ? { device: open.slice(0, slash), tunnel: open.slice(slash + 1) } : null,
	};
}

function fragmentOf(w) {
	const p = new URLSearchParams();

	if (w.view !== "tunnels")
		p.set("view", w.view);
	if (w.states.size)
		p.set("state", GROUPS.filter((g) => w.states.has(g)).join(","));
	for (const name of ["device", "site", "q", "sort"])
		if (w[name])
			p.set(name, w[name]);
	if (w.page > 1)
		p.set("page", w.page);
	if (w.open)
		p.set("open", w.open.device + "/" + w.open.tunnel);
	return "#" + p;
}

/* Rows that text, device and site let through; the states are counted over these. */
function matching(rows, w) {
	const asked = w.q.toLowerCase().split(/\s+/).filter((x) => x);

	return rows.filter((r) => (!w.device || r.devices.includes(w.device)) &&
		(!w.site || (Array.isArray(r.site) ? r.site.includes(w.site) : r.site === w.site)) &&
		asked.every((x) => r.text.includes(x)));
}

const byWorst = (a, b) => a.rank - b.rank || compare(a.byDevice, b.byDevice) || compare(a.byName, b.byName);
const rateOf = (t, way) => known(t[way + "_bytes_per_second"]) ? t[way + "_bytes_per_second"]
	: known(t[way + "_packets_per_second"]) ? t[way + "_packets_per_second"] / 1e3 : -1;

/* By heading; each has a first direction that makes sense. "-device" is the other one. */
const ORDERS = {
	device: (a, b) => compare(a.byDevice, b.byDevice),
	name: (a, b) => compare(a.byName, b.byName),
	peer: (a, b) => compare(a.byPeer, b.byPeer),
	site: (a, b) => compare(String(a.site), String(b.site)),
	for: (a, b) => (b.t.since_ms || 0) - (a.t.since_ms || 0),
	in: (a, b) => rateOf(b.t, "in") - rateOf(a.t, "in"),
	out: (a, b) => rateOf(b.t, "out") - rateOf(a.t, "out"),
};

function ordered(rows, sort) {
	const order = ORDERS[sort.replace(/^-/, "")];

	if (!order)
		return rows.sort(byWorst);
	return rows.sort(sort.startsWith("-") ? (a, b) => order(b, a) || byWorst(a, b) : (a, b) => order(a, b) || byWorst(a, b));
}

/* What the page says first: "2 tunnels down, 1 degraded", and beside it what is no fault of a tunnel. */
function headline(m) {
	const counts = new Map(), of = (g) => counts.get(g) || 0;
	const some = (groups) => groups.filter(of).map((g, i) => (i ? number.format(of(g)) : plural(of(g), "tunnel")) + " " + g).join(", ");

	for (const t of m.tunnels)
		counts.set(t.group, of(t.group) + 1);
	const watched = m.tunnels.length - of("maintenance"), unread = m.devices.filter((d) => d.unread).length;
	const wrong = GROUPS.slice(0, 3).filter(of), open = GROUPS.slice(3, 5).filter(of);
	const state = wrong[0] || (unread ? "degraded" : open[0] || (watched ? "up" : "unknown"));
	const text = wrong.length ? some(wrong) : open.length ? some(open) : !m.tunnels.length ? "No tunnel is known"
		: watched ? (watched === 1 ? "The tunnel is up" : `All ${number.format(watched)} tunnels are up`) : "Every tunnel is in maintenance";
	const beside = [wrong.length && open.length && some(open), of("maintenance") && watched && `${number.format(of("maintenance"))} in maintenance`,
		unread && plural(unread, "device") + " not read well"].filter((x) => x).join(", ");

	return { text, beside, state, wrong: wrong.reduce((n, g) => n + of(g), 0) };
}

/* Tunnels whose state became another one, as sentences for those who listen; the first few. */
function changesBetween(before, after) {
	const was = new Map(before.tunnels.map((t) => [t.key, t.state]));
	const changed = after.tunnels.filter((t) => was.has(t.key) && was.get(t.key) !== t.state && !t.t.maintenance);
	const said = changed.sort(byWorst).slice(0, 3).map((t) => `${t.name} of ${t.device} is ${t.state}, was ${was.get(t.key)}`);

	if (changed.length > 3)
		said.push(`and ${changed.length - 3} more changed`);
	return said.join("; ");
}
