/* One tunnel with both its ends: what is wrong, the last hour, and everything that the devices say of it. */

/* The lowest layer that fails says where to look; the same as `sawatch explain` says. */
const ADVICE = {
	underlay: "the interface that the tunnel leaves by, its cable and its provider",
	interface: "the tunnel interface: is it shut down, does its source interface have an address?",
	ike: "IKE: keys and proposals of both ends (sawatch audit), and whether UDP 500 and 4500 get through",
	ipsec: "the SAs: proposal, PFS group and selectors of both ends (sawatch audit); the device's own log of failures",
	routing: "the routing protocol over the tunnel: its neighbour, its MTU, its filters",
};

const STATE_ADVICE = {
	missing: "the device's configuration: is it still there? Without an SA a device may show no trace of a tunnel that it has",
	unknown: "how the device is read: `sawatch poll` says what it answers",
	unexpected: "the inventory: list it there, or find out who has set it up",
};

const state = (s, text) => h("span", { class: "state " + s }, text || s);

/* Sections without anything to show are left out. */
function section(title, ...inside) {
	const children = inside.flat(Infinity).filter((c) => c);

	return children.length ? h("section", { "aria-label": title, "data-key": title }, h("h3", null, title), children) : null;
}

const totalOf = (t, name) => (t.totals || []).find((x) => x.name === name);

function cipher(t) {
	return t.encryption ? t.encryption + (known(t.key_bits) ? "-" + t.key_bits : "") + (t.integrity ? " " + t.integrity : "") : null;
}

function counted(t, name) {
	const c = totalOf(t, name);

	return c ? number.format(c.value) + (c.stale ? " (old)" : "") : null;
}

function replayOfSa(t) {
	return known(t.sa_replay_drops) ? `${number.format(t.sa_replay_drops)} of this SA` +
		(t.sa_replay_drops && known(t.sa_replay_ratio) ? `, ${percent(t.sa_replay_ratio)}` : "") : null;
}

const ident = (text) => !text ? "?" : /^(0\.0\.0\.0\/0\.0\.0\.0|::\/0)\/0\/0$/.test(text) ? "any" : text;

/* name, value of an end, the comparison of the link that is about it */
const END_ROWS = [
	["state", (t) => state(t.state || "unknown")],
	["for", (t, now) => known(t.since_ms) ? age(t.since_ms, now) : null],
	["interface", (t) => t.interface],
	["address", (t) => t.local],
	["VRF outside, inside", (t) => t.fvrf || t.ivrf ? `${t.fvrf || NOTHING}, ${t.ivrf || NOTHING}` : null],
	["protects", (t) => t.local_ident || t.remote_ident ? `${ident(t.local_ident)} → ${ident(t.remote_ident)}` : null],
	["cipher", cipher, "cipher"],
	["IKE", (t) => [known(t.ike_version) ? "v" + t.ike_version : null, known(t.dh_group) ? "group " + t.dh_group : null].filter(known).join(", ") || null, "version"],
	["PFS group", (t) => t.pfs_group, "pfs"],
	["mode", (t) => t.mode],
	["NAT traversal", (t) => known(t.nat_t) ? (t.nat_t ? "yes" : "no") : null],
	["plaintext MTU", (t) => t.plaintext_mtu, "mtu"],
	["SA lifetime", (t) => known(t.sa_lifetime_seconds) ? duration(t.sa_lifetime_seconds) : null, "lifetime"],
	["replay window", (t) => known(t.replay_window) ? (t.replay_window ? number.format(t.replay_window) : "off") : null, "replay_window"],
	["extended sequence numbers", (t) => known(t.esn) ? (t.esn ? "yes" : "no") : null],
	["replay drops", replayOfSa],
	["DPD", (t) => known(t.dpd_seconds) ? duration(t.dpd_seconds) : null, "dpd"],
	["rekeys, flaps", (t) => known(t.rekeys) ? `${number.format(t.rekeys)}, ${number.format(t.flaps || 0)}` : null],
	["packets in", (t) => counted(t, "decaps_packets")],
	["packets out", (t) => counted(t, "encaps_packets")],
];

function endsTable(t, peer, link, now) {
	const differs = new Set(((link && link.comparisons) || []).filter((c) => c.differs).map((c) => c.field));

	return h("table", { class: "plain ends" },
		h("thead", null, h("tr", null, h("td"), h("th", { scope: "col" }, t.device), peer && h("th", { scope: "col" }, h("a", { href: hrefOf({ open: { device: peer.device, tunnel: peer.name } }) }, peer.device)))),
		h("tbody", null, END_ROWS.map(([name, value, field]) => {
			const a = value(t, now), b = peer ? value(peer, now) : null, differ = field && differs.has(field);

			return !known(a) && !known(b) ? null : h("tr", { class: differ ? "differs" : null },
				h("th", { scope: "row" }, name, differ && h("span", { class: "note" }, " differs")),
				h("td", null, known(a) ? a : NOTHING), peer && h("td", null, known(b) ? b : NOTHING));
		})));
}

function layers(t) {
	return t.layers && h("table", { class: "plain" },
		h("thead", { class: "hidden" }, h("tr", null, ["Layer", "State", "Why"].map((x) => h("th", { scope: "col" }, x)))),
		h("tbody", null, t.layers.map((l) => h("tr", null, h("th", { scope: "row" }, l.name),
			h("td", null, known(l.up) ? state(l.up ? "up" : "down") : state("unknown", "not known")), h("td", null, l.reason || "")))));
}

/* Of both devices, where their configurations are audited. */
function auditsOf(t, peer) {
	return [t, peer].filter((x) => x && model && model.named.get(x.device) && model.named.get(x.device).audit)
		.map((x) => `the configuration of ${x.device}: ${model.named.get(x.device).audit} (sawatch audit)`);
}

function lookAt(t, link, peer) {
	const failing = (t.layers || []).find((l) => l.up === false && ADVICE[l.name]);
	const items = [
		failing && ADVICE[failing.name],
		STATE_ADVICE[t.state || "unknown"],
		...((link && link.reasons) || []), t.replay_advice,
		t.mtu_difference,
		known(t.transport_mtu) && known(t.plaintext_mtu) && t.transport_mtu > t.plaintext_mtu && "its MTU, which is larger than what fits into the tunnel (sawatch mtu)",
		...auditsOf(t, peer),
	].filter((x) => x);

	return items.length ? h("ul", null, items.map((x) => h("li", null, x)))
		: h("p", { class: "dim" }, t.state === "up" ? "No layer fails, nothing is lost that is known of, and the ends agree." : "No more is known than the reason above.");
}

function ways(link) {
	return link && (link.directions || []).map((w) => {
		const lossy = known(w.loss_ratio) && w.loss_ratio > (w.loss_bound_ratio || 0);
		const text = !known(w.loss_ratio)
			? (w.source ? "no loss figure yet (15 minutes of traffic are needed)" : "loss is not known: the ends are read by different kinds of source")
			: lossy ? `${percent(w.loss_ratio)} lost (give or take ${percent(w.loss_bound_ratio || 0)}), at least ${plural(w.lost_packets || 0, "packet")} in all`
				: `no loss above ${percent(w.loss_bound_ratio || 0)}`;

		return h("p", null, `${w.from} → ${w.to}: `, lossy || w.one_way ? state("degraded", text) : text, w.one_way ? "; traffic goes one way only" : "",
			w.replay_drop_packets ? `; ${plural(w.replay_drop_packets, "replay drop")}` : "");
	});
}

/* From the wire to the payload; a bar of each, so that what does not fit is seen. */
const MTUS = [
	["media MTU", "media_mtu", "of the interface it leaves by"],
	["outer IP MTU", "ip_mtu", "of the outer packet"],
	["path MTU", "path_mtu", "to the peer, as the device knows it"],
	["IPsec overhead", "ipsec_overhead", "taken from it"],
	["plaintext MTU", "plaintext_mtu", "what fits, as the device says"],
	["plaintext MTU, computed", "computed_mtu", "what fits, by suite, path and NAT"],
	["tunnel's IP MTU", "tunnel_ip_mtu", "set on the tunnel interface"],
	["tunnel's transport MTU", "transport_mtu", "of the tunnel interface"],
	["recommended TCP MSS", "recommended_mss", "for TCP over IPv4 inside"],
];

function mtuChain(t) {
	const shown = MTUS.filter(([, field]) => known(t[field])), top = Math.max(1, ...shown.map(([, field]) => t[field]));
	const limit = t.plaintext_mtu;

	return shown.length > 0 && h("table", { class: "plain mtu" },
		h("thead", { class: "hidden" }, h("tr", null, ["What", "Bytes", "Share", "Meaning"].map((x) => h("th", { scope: "col" }, x)))),
		h("tbody", null, shown.map(([name, field, meaning]) => {
			const tooLarge = known(limit) && (field === "transport_mtu" || field === "tunnel_ip_mtu") && t[field] > limit;

			return h("tr", { class: tooLarge ? "differs" : null }, h("th", { scope: "row" }, name), h("td", { class: "n" }, number.format(t[field])),
				h("td", { class: "bar" }, h("progress", { max: top, value: t[field], "aria-hidden": "true" })),
				h("td", { class: "dim" }, tooLarge ? "larger than what fits into the tunnel" : meaning));
		})));
}

function lifetimes(t, now) {
	const left = (name, seconds, of) => known(seconds) && h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "n" }, duration(seconds)),
		h("td", { class: "bar" }, known(of) && of > 0 && h("progress", { max: of, value: Math.min(seconds, of), "aria-hidden": "true" })),
		h("td", { class: "dim" }, known(of) ? "of " + duration(of) : ""));
	const volume = (name, bytes) => known(bytes) && h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "n" }, byteCount(bytes)), h("td"), h("td"));
	const rows = [left("SA in, left", t.in_remaining_seconds, t.sa_lifetime_seconds), left("SA out, left", t.out_remaining_seconds, t.sa_lifetime_seconds),
		volume("SA in, left", t.in_remaining_bytes), volume("SA out, left", t.out_remaining_bytes), left("IKE SA, left", t.ike_remaining_seconds, null)].filter((x) => x);

	return [
		rows.length > 0 && h("table", { class: "plain" }, h("thead", { class: "hidden" }, h("tr", null, ["What", "Left", "Share", "Of"].map((x) => h("th", { scope: "col" }, x)))), h("tbody", null, rows)),
		t.renewal_overdue && h("p", null, state("degraded", "overdue"), " the SA is older than it may be"),
		known(t.last_rekey_ms) && h("p", null, "Rekeyed ", age(t.last_rekey_ms, now, " ago"), `, ${plural(t.rekeys || 0, "time")} since it is watched`,
			known(t.rekeys_per_lifetime) ? `; of late ${Number(t.rekeys_per_lifetime.toPrecision(2))} a lifetime` : ""),
	];
}

function spis(t, peer) {
	const row = (name, mine, theirs, whose) => mine && mine.length > 0 && h("tr", null, h("th", { scope: "row" }, name),
		h("td", null, mine.map((spi) => h("span", { class: "spi" }, spi, theirs && theirs.includes(spi) ? h("span", { class: "state up" }, `same at the ${whose}`) : null))));
	const rows = [row("inbound", t.inbound_spis, peer && peer.outbound_spis, "sender"), row("outbound", t.outbound_spis, peer && peer.inbound_spis, "receiver")].filter((x) => x);

	return rows.length > 0 && h("table", { class: "plain" }, h("tbody", null, rows));
}

function replay(t) {
	const rows = [
		["window", known(t.replay_window) ? (t.replay_window ? number.format(t.replay_window) + " packets" : "the check is off") : null],
		["drops now", known(t.replay_errors_per_second) ? perSecond(t.replay_errors_per_second) : null],
		["drops of late", known(t.replay_errors_per_second_average) ? perSecond(t.replay_errors_per_second_average) : null],
		["of this SA", replayOfSa(t)],
	].filter(([, v]) => known(v));

	return [
		rows.length > 0 && h("table", { class: "plain" }, h("tbody", null, rows.map(([name, v]) => h("tr", null, h("th", { scope: "row" }, name), h("td", null, v))))),
		t.replay_advice && h("p", { class: "advice" }, t.replay_advice),
	];
}

function counters(t) {
	const list = t.totals || [];
	const cells = (c) => [h("th", { scope: "row" }, c.name.replace(/_/g, " ")), h("td", { class: "n" }, number.format(c.value)),
		h("td", { class: "n" }, known(c.per_second) ? (/bytes/.test(c.name) ? bitRate(c.per_second) : perSecond(c.per_second)) : NOTHING),
		h("td", { class: "dim" }, [c.source, c.stale && "old: cannot be read now", c.lower_bound && "at least"].filter((x) => x).join(", "))];

	return list.length > 0 && h("details", { "data-key": "counters" }, h("summary", null, plural(list.length, "counter")),
		h("table", { class: "plain" }, h("thead", null, h("tr", null, ["Counter", "Since watched", "Now", "From"].map((x) => h("th", { scope: "col" }, x)))),
			h("tbody", null, list.map((c) => h("tr", { "data-key": c.name }, cells(c))))));
}

function changes(t, now) {
	return t.changes && t.changes.length > 0 && h("ol", { class: "changes" }, t.changes.map((c) => h("li", { "data-key": c.at_ms + c.text }, age(c.at_ms, now, " ago"), " ", c.text)));
}

const quoted = (s) => /^[\w.:@%+=\/-]+$/.test(s) ? s : "'" + s.replace(/'/g, "'\\''") + "'";

function facts(t) {
	return [["peer", t.remote], ["site", t.site], ["owner", t.owner], ["circuit", t.circuit], ["tags", (t.tags || []).join(", ")], ["crypto map", t.crypto_map]]
		.filter(([, v]) => v).map(([name, v]) => h("span", { class: "fact" }, h("span", { class: "dim" }, name + " "), v));
}

/* d: {open, tunnel, peer, link, recent, error, gone} */
function detailsOf(d, now, holds) {
	const t = d.tunnel, close = h("button", { type: "button", "data-action": "close", "data-key": "close", class: "close", title: "Close (Escape)" }, "Close");

	if (!t)
		return [close, h("h2", { id: "details-title", tabindex: "-1" }, d.open.tunnel),
			h("p", { class: d.error ? "warning" : "dim" }, d.error || (d.gone ? `${d.open.device} has no tunnel of this name any more.` : "Fetching …"))];
	return [
		close,
		h("h2", { id: "details-title", tabindex: "-1" }, t.name),
		h("p", { class: "of" }, "of ", h("a", { href: hrefOf({ device: t.device, view: "tunnels", page: 1 }) }, t.device), " ", facts(t)),
		d.error && h("p", { class: "warning", role: "status" }, d.error),
		h("p", { class: "lead" }, state(t.state || "unknown"), " ", t.maintenance && h("span", { class: "state maintenance" }, "maintenance"),
			known(t.since_ms) && [" for ", age(t.since_ms, now), h("span", { class: "dim" }, ", since ", now - t.since_ms < DAY ? clock(t.since_ms) : moment(t.since_ms))],
			t.state === "unknown" && known(t.last_seen_ms) && [" · last seen ", age(t.last_seen_ms, now, " ago")]),
		t.reasons && t.reasons.length > 0 && h("ul", { class: "reasons" }, t.reasons.map((r) => h("li", null, r))),
		section("The last hour", recentSection(d.recent, t, now, holds)),
		section("Look at", lookAt(t, d.link, d.peer)),
		section("Layers, from below", layers(t)),
		section(d.peer ? "Both ends" : "This end", endsTable(t, d.peer, d.link, now),
			!d.peer && h("p", { class: "dim" }, "The other end is not watched, or cannot be told from others.")),
		section("What is lost on the way", ways(d.link)),
		section("MTU", mtuChain(t), t.mtu_difference && h("p", null, t.mtu_difference)),
		section("Lifetimes", lifetimes(t, now)),
		section("SPIs", spis(t, d.peer)),
		section("Replay", replay(t)),
		section("What changed", changes(t, now)),
		section("Counters", counters(t)),
		section("Elsewhere", h("p", null, h("code", null, `sawatch explain --device ${quoted(t.device)} ${quoted(t.name)}`)),
			h("p", null, h("a", { href: apiPath("tunnels", t.device, t.name) }, "this end as JSON"), d.link && [", ", h("a", { href: apiPath("links", t.device, t.name) }, "its link")])),
	];
}
