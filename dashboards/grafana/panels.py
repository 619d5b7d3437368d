"""What the dashboards show: one row of the tables below is one panel. generate.py makes JSON of it; dashboards/README.md says how to change it.

A panel: kind, title, w and h (of 24 columns), queries (an expression, or expression and legend), unit, steps (colours with the values
between them), values (texts for numbers), and `do`: what somebody would do who sees it out of the green. Each has that.

Rates are taken over $window, which holds several polls: a device that is read every five minutes stands still in between, so a
window made of the scrape interval would show zeros and peaks.
"""

STATES = {1: ("up", "ok"), 2: ("degraded", "warn"), 3: ("unexpected", "note"), 4: ("unknown", "off"), 5: ("missing", "bad"),
          6: ("down", "bad")}
UP = {0: ("down", "bad"), 1: ("up", "ok")}
UNITS = {0: ("not ready", "bad"), 1: ("standby", "note"), 2: ("active", "ok")}
OCTETS = "suffix:B"  # as they are: an MTU of 1438 is not 1.4 KiB
# What a count is where there is none of it. Where Sawatch itself is not scraped nothing can be said, and a 0 would look like calm.
NOTHING = "0 * max(sawatch_build_info)"
YES = {0: ("no", "ok"), 1: ("yes", "bad")}


def state(selector):
    """one number per tunnel end: the keys of STATES"""
    return "max by (device, tunnel) (%s)" % " or ".join(
        'sawatch_tunnel_state{state="%s",%s} * %d' % (name, selector, number) for number, (name, _) in STATES.items())


def said(text, expr, by):
    """rows of a list of what is wrong: the expression's, with what it says in the label `what`"""
    return 'label_replace(max by (%s) (%s), "what", "%s", "", "")' % (by, expr, text)


def either(*parts):
    return " or ".join(parts)


D = 'device=~"$device"'
T = 'device=~"$device",tunnel=~"$tunnel"'
L = 'link=~"$link"'
# Both ends of the tunnel that is looked at; where the other one is not watched, only this one.
BOTH = 'device=~"${device:regex}|${peer_device:regex}",tunnel=~"${tunnel:regex}|${peer_tunnel:regex}"'
DEVICES = 'device=~"${device:regex}|${peer_device:regex}"'
END = "{{device}} {{tunnel}}"
BOUND = "on (link, from, to) sawatch_link_loss_bound_ratio"

VARIABLES = {
    "datasource": {"type": "datasource", "label": "data source"},
    "site": {"type": "query", "query": "label_values(sawatch_device_info, site)", "many": True, "all": ".*"},
    "device": {"type": "query", "query": 'label_values(sawatch_device_info{site=~"$site"}, device)', "many": True},
    "link": {"type": "query", "query": 'label_values(sawatch_link_end{device=~"$device"}, link)', "many": True},
    "tunnel": {"type": "query", "query": 'label_values(sawatch_tunnel_info{device=~"$device"}, tunnel)', "many": True},
    "circuit": {"type": "query", "query": "label_values(sawatch_circuit_info, circuit)", "many": True},
    "window": {"type": "custom", "label": "rates over", "options": ["5m", "15m", "30m", "1h", "6h"], "default": "15m",
               "description": "Three polling intervals or more."},
}
# The tunnel dashboard shows one tunnel: the same names, one value, and what the other end is.
VARIABLES_OF_ONE = {
    "site": VARIABLES["site"],
    "device": dict(VARIABLES["device"], many=False),
    "tunnel": dict(VARIABLES["tunnel"], query='label_values(sawatch_tunnel_info{device="$device"}, tunnel)', many=False),
    "link": {"type": "query", "hidden": True, "query": 'label_values(sawatch_link_end{device="$device",tunnel="$tunnel"}, link)'},
    "peer_device": {"type": "query", "hidden": True,
                    "query": 'label_values(sawatch_link_end{link="$link",device!="$device"}, device)'},
    "peer_tunnel": {"type": "query", "hidden": True,
                    "query": 'label_values(sawatch_link_end{link="$link",device="$peer_device"}, tunnel)'},
}

ANNOTATIONS = {
    "rekeys": {"name": "Rekeys", "colour": "blue", "tags": "device,tunnel", "title": "rekey", "text": "{{device}} {{tunnel}}",
               "expr": "sum by (device, tunnel) (changes(sawatch_tunnel_rekeys_total{%s}[2m])) > 0" % BOTH},
    "reloads": {"name": "Reloads", "colour": "orange", "tags": "device", "title": "device restarted", "text": "{{device}}",
                "expr": "resets(sawatch_device_uptime_seconds{%s}[2m]) > 0" % DEVICES},
    "failovers": {"name": "Failovers", "colour": "purple", "tags": "device", "title": "another unit is active", "text": "{{device}}",
                  "expr": "max by (device) (changes(sawatch_device_failover_active{%s}[2m])) > 0" % DEVICES},
    "flaps": {"name": "Losses", "colour": "red", "tags": "device,tunnel", "title": "went down", "text": "{{device}} {{tunnel}}",
              "expr": "sum by (device, tunnel) (changes(sawatch_tunnel_flaps_total{%s}[2m])) > 0" % BOTH},
}

# ------------------------------------------------------------------------------------------------------------------ NOC wall

WRONG_LINKS = either(
    said("down", 'sawatch_link_up{%s} == bool 0 == 1' % L, "link"),
    said("cannot be read", 'sawatch_link_maintenance{%s} >= bool 0 unless on (link) sawatch_link_up' % L, "link"),
    said("one way only", 'sawatch_link_one_way{%s} == 1' % L, "link"),
    said("loses packets", '(sawatch_link_loss_ratio{%s} > %s) >= bool 0.01 == 1' % (L, BOUND), "link"),
    said("BGP is down", '(sawatch_tunnel_layer_up{layer="routing"} == bool 0 == 1) * on (device, tunnel) group_left (link) '
         'sawatch_link_end{%s}' % L, "link"),
    said("rekey overdue", '(sawatch_tunnel_renewal_overdue == 1) * on (device, tunnel) group_left (link) sawatch_link_end{%s}' % L,
         "link"),
    said("an end is degraded", '(sawatch_tunnel_state{state="degraded"} == 1) * on (device, tunnel) group_left (link) '
         'sawatch_link_end{%s}' % L, "link"),
    said("in maintenance", 'sawatch_link_maintenance{%s} == 1' % L, "link"),
    'label_replace(max by (link, field) (sawatch_link_mismatch{%s,field=~"mtu|cipher|pfs|version"} == 1), "what", "$1 differs", '
    '"field", "(.+)")' % L)
WRONG_DEVICES = either(
    'label_replace(max by (device, source) (sawatch_device_up{%s} == bool 0 == 1), "what", "$1 cannot be read, or in part", "source", '
    '"(.+)")' % D,
    'label_replace(max by (device, interface) (sawatch_interface_up{%s} == bool 0 == 1), "what", "$1 is down", "interface", "(.+)")' % D,
    said("cryptography is nearly full", "sawatch_device_crypto_load_ratio{%s} >= bool 0.8 == 1" % D, "device"),
    said("CPU is busy", "sawatch_device_cpu_ratio{%s} >= bool 0.8 == 1" % D, "device"),
    'label_replace(max by (device, reason) (increase(sawatch_ike_failures_total{%s}[1h]) >= bool 5 == 1), "what", "IKE fails: $1", '
    '"reason", "(.+)")' % D,
    'label_replace(max by (device, unit) (sawatch_device_failover_ready{%s} == bool 0 == 1), "what", "$1 unit could not take over", "unit", '
    '"(.+)")' % D,
    said("failed over within an hour", "changes(sawatch_device_failover_active{%s}[1h]) >= bool 1 == 1" % D, "device"),
    'label_replace(max by (device, tunnel) (sawatch_tunnel_state{%s,state=~"down|missing"} == 1 unless on (device, tunnel) '
    'sawatch_link_end), "what", "$1 is not up", "tunnel", "(.+)")' % D)

NOC = {
    "title": "NOC wall", "about": "What is wrong now, by link and device", "refresh": "30s", "from": "now-6h",
    "variables": ["datasource", "site", "device", "link"],
    "rows": [
        [
            {"kind": "stat", "title": "Links down", "w": 4, "h": 6, "size": 90, "steps": ("ok", 1, "bad"),
             "queries": ["count(sawatch_link_up{%s} == 0) or %s" % (L, NOTHING)],
             "do": "Above 0: open the list below, click the link, look at its lowest layer that is down. Runbook: SawatchLinkDown."},
            {"kind": "stat", "title": "Links up", "w": 4, "h": 6, "size": 90, "steps": ("off", 1, "ok"),
             "queries": ["sum(sawatch_link_up{%s}) or %s" % (L, NOTHING)],
             "do": "What carries traffic at both ends. If it falls without a link going down, devices cannot be read: see there. Grey: nothing "
                   "is known to be up."},
            {"kind": "stat", "title": "Pairs without redundancy", "w": 4, "h": 6, "size": 90, "steps": ("ok", 1, "warn"),
             "queries": ["count(sum by (a, b) (sawatch_link_up{%s}) <= 1 and on (a, b) count by (a, b) (sawatch_link_up) > 1 and on "
                         "(a, b) count by (a, b) (sawatch_link_up == 0) > 0) or %s" % (L, NOTHING)],
             "do": "Two devices that have several links and one or none left: mend that before anything else. Runbook: "
                   "SawatchNoRedundancy."},
            {"kind": "stat", "title": "One way, or lossy", "w": 4, "h": 6, "size": 90, "steps": ("ok", 1, "bad"),
             "queries": ["count(count by (link) (sawatch_link_one_way{%s} == 1 or (sawatch_link_loss_ratio{%s} > %s) >= 0.01)) or "
                         "%s" % (L, L, BOUND, NOTHING)],
             "do": "Links that look up while packets get lost: users call about these first. Runbooks: SawatchOneWayTraffic, "
                   "SawatchLinkLoss."},
            {"kind": "stat", "title": "Tunnel ends degraded", "w": 4, "h": 6, "size": 90, "steps": ("ok", 1, "warn"),
             "queries": ['sum(sawatch_tunnel_state{%s,state="degraded"}) or %s' % (D, NOTHING)],
             "do": "They carry traffic, and something is wrong with them: look in the morning. Runbook: SawatchTunnelDegraded."},
            {"kind": "stat", "title": "Devices not read", "w": 4, "h": 6, "size": 90, "steps": ("ok", 1, "bad"),
             "queries": ["count(max by (device) (sawatch_device_up{%s}) == 0) or %s" % (D, NOTHING)],
             "do": "Their tunnels are unknown, which is not down: find out why they do not answer. Runbook: SawatchDeviceUnreachable."},
        ],
        [
            {"kind": "table", "title": "What is wrong with links", "w": 12, "h": 11,
             "queries": [WRONG_LINKS], "columns": [("link", "Link"), ("what", "What")], "hide": ["Value", "field"], "goto": [("fleet", "its tunnels", {"link": "Link"})],
             "do": "Work from the top: what is down first, then what is one way, then what is lossy. Empty is good. A click on a link "
                   "shows its tunnels."},
            {"kind": "table", "title": "What is wrong with devices", "w": 12, "h": 11,
             "queries": [WRONG_DEVICES],
             "columns": [("device", "Device"), ("what", "What")], "hide": ["Value", "source", "interface", "reason", "tunnel", "unit"],
             "goto": [("collector", "how it is read", {"device": "Device"})],
             "do": "A device that cannot be read explains everything unknown about it: begin there. Empty is good."},
        ],
        [
            {"kind": "state-timeline", "title": "Links", "w": 24, "h": 10, "values": UP,
             "queries": [("max by (link) (sawatch_link_up{%s})" % L, "{{link}}")],
             "do": "When it began, and whether it comes and goes. Gaps: nobody could tell. Several that go down at one time share a "
                   "cause: a circuit, a device, a site."},
        ],
        [
            {"kind": "table", "title": "Alerts that are on", "w": 24, "h": 8,
             "queries": ['max by (alertname, severity, link, device, tunnel) (ALERTS{alertname=~"Sawatch.*",alertname!="SawatchDeadMan",'
                         'alertstate="firing"})'],
             "columns": [("severity", "Severity"), ("alertname", "Alert"), ("link", "Link"), ("device", "Device"), ("tunnel", "Tunnel")],
             "hide": ["Value"], "sort": ("Severity", False),
             "do": "Each has a page in doc/runbooks/ with the first three commands. Empty although something is wrong: are the rules of "
                   "dashboards/prometheus/ loaded?"},
        ],
    ],
}

# --------------------------------------------------------------------------------------------------------------------- fleet

def of_ends(expr):
    """only those of the selected links, and tunnels that are no link's"""
    return 'max by (device, tunnel) (%s) and on (device, tunnel) (sawatch_link_end{link=~"$link"} or sawatch_tunnel_info{%s} unless on ' \
           '(device, tunnel) sawatch_link_end)' % (expr, T)


FLEET = {
    "title": "Fleet", "about": "All tunnels: state, throughput, replay, MTU, lifetime", "refresh": "1m", "from": "now-6h",
    "variables": ["datasource", "site", "device", "link", "tunnel", "window"],
    "rows": [
        [{"kind": "stat", "title": name.capitalize(), "w": 4, "h": 4, "steps": ("ok",) if colour == "ok" else ("ok", 1, colour),
          "queries": ['sum(sawatch_tunnel_state{%s,state="%s"}) or %s' % (T, name, NOTHING)], "do": do}
         for name, colour, do in (
             ("up", "ok", "Tunnel ends with SAs in both directions, read just now."),
             ("degraded", "warn", "They carry traffic, and something is wrong with them: click one in the table. Runbook: "
                                  "SawatchTunnelDegraded."),
             ("down", "bad", "Read, and without SAs or gone: see the NOC wall for the link. Runbook: SawatchLinkDown."),
             ("missing", "bad", "In the inventory and not on the device: correct one of the two. Runbook: SawatchTunnelMissing."),
             ("unexpected", "note", "On a device whose inventory is complete, and not in it: add it, or find out who made it."),
             ("unknown", "off", "Could not be read, which is not down: the Collector dashboard says why."))],
        [
            {"kind": "table", "title": "Tunnels", "w": 24, "h": 16,
             "queries": [
                 of_ends(state(T)),
                 of_ends('rate(sawatch_tunnel_bytes_total{%s,direction="in"}[$window]) * 8' % T),
                 of_ends('rate(sawatch_tunnel_bytes_total{%s,direction="out"}[$window]) * 8' % T),
                 of_ends("rate(sawatch_tunnel_replay_errors_total{%s}[$window])" % T),
                 of_ends("sawatch_tunnel_plaintext_mtu_bytes{%s}" % T),
                 of_ends("sawatch_tunnel_computed_mtu_bytes{%s}" % T),
                 of_ends("min by (device, tunnel) (sawatch_tunnel_sa_remaining_seconds{%s})" % T),
                 of_ends("sawatch_tunnel_ike_remaining_seconds{%s}" % T),
                 of_ends("sawatch_tunnel_rekeys_per_lifetime{%s}" % T),
                 of_ends("time() - sawatch_tunnel_state_since_timestamp_seconds{%s}" % T),
                 "max by (device, tunnel, remote, interface, site, circuit, owner) (sawatch_tunnel_info{%s}) and on (device, tunnel) "
                 '(sawatch_link_end{link=~"$link"} or sawatch_tunnel_info{%s} unless on (device, tunnel) sawatch_link_end)' % (T, T),
             ],
             "columns": [
                 ("tunnel", "Tunnel"), ("device", "Device"), ("A", {"name": "State", "values": STATES, "width": 110}),
                 ("J", {"name": "For", "unit": "s", "width": 90}), ("B", {"name": "In", "unit": "bps", "width": 100}),
                 ("C", {"name": "Out", "unit": "bps", "width": 100}),
                 ("D", {"name": "Replay drops/s", "unit": "pps", "decimals": 2, "steps": ("ok", 0.1, "warn", 10, "bad"), "width": 120}),
                 ("E", {"name": "MTU", "unit": OCTETS, "width": 90}), ("F", {"name": "MTU computed", "unit": OCTETS, "width": 120}),
                 ("G", {"name": "SA left", "unit": "s", "steps": ("bad", 60, "warn", 300, "ok"), "width": 90}),
                 ("H", {"name": "IKE left", "unit": "s", "width": 90}),
                 ("I", {"name": "Rekeys per lifetime", "decimals": 1, "steps": ("ok", 3, "warn", 5, "bad"), "width": 140}),
                 ("remote", "Peer"), ("interface", "Interface"), ("site", "Site"), ("circuit", "Circuit"), ("owner", "Owner")],
             "hide": ["Value #K"], "sort": ("State", True),
             "goto": [("tunnel", "both ends of it", {"device": "Device", "tunnel": "Tunnel"})],
             "do": "The worst stand at the top. A click on a tunnel shows it from both ends. MTU beside the computed one: more than a few "
                   "bytes apart, ask `sawatch mtu`."},
        ],
        [
            {"kind": "timeseries", "title": "Throughput, the ten largest", "w": 12, "h": 9, "unit": "bps",
             "queries": [('topk(10, sum by (device, tunnel) (rate(sawatch_tunnel_bytes_total{%s}[$window]) * 8))' % T, END)],
             "goto": [("tunnel", "both ends of it", {"device": "device", "tunnel": "tunnel"})],
             "do": "A fall to nothing on a tunnel that is up is one-way traffic or routing: click it. A rise that stays: Capacity."},
            {"kind": "timeseries", "title": "Replay drops, the ten largest", "w": 12, "h": 9, "unit": "pps",
             "queries": [("topk(10, rate(sawatch_tunnel_replay_errors_total{%s}[$window]) > 0)" % T, END)],
             "goto": [("tunnel", "both ends of it", {"device": "device", "tunnel": "tunnel"})],
             "do": "Steady: packets are reordered behind the encryption, enlarge the window. A peak: a failover, or a real replay. "
                   "Runbooks: SawatchReplaySlow, SawatchReplayBurst. Empty is good."},
        ],
        [
            {"kind": "timeseries", "title": "Losses beyond doubt, by link", "w": 12, "h": 9, "unit": "pps",
             "queries": [("rate(sawatch_link_lost_packets_total{%s}[$window]) > 0" % L, "{{link}} {{from}} → {{to}}")],
             "do": "Packets that went and did not arrive; one direction points at its circuit or policer. Runbook: SawatchLinkLoss. "
                   "Empty is good."},
            {"kind": "table", "title": "Audit findings", "w": 6, "h": 9,
             "queries": ["max by (device, rule, severity) (sawatch_audit_findings{%s})" % D],
             "columns": [("severity", "Severity"), ("device", "Device"), ("rule", "Rule"), ("A", {"name": "Findings", "decimals": 0})],
             "sort": ("Severity", False),
             "do": "fail: it breaks at the next rekey or is unsafe; `sawatch audit` names line and command. Runbook: "
                   "SawatchAuditFindings. Empty: nothing found, or no audit configured."},
            {"kind": "timeseries", "title": "States", "w": 6, "h": 9, "stack": True, "fill": 60, "lines": "stepAfter",
             "queries": [('sum by (state) (sawatch_tunnel_state{%s})' % T, "{{state}}")],
             "do": "When did it change, and for how many at once? Many at one time is a site or a provider, not a tunnel."},
        ],
        [
            {"kind": "state-timeline", "title": "Units of failover pairs", "w": 24, "h": 6, "values": UNITS,
             "queries": [("max by (device, unit) (sawatch_device_failover_ready{%s} * on (device, unit) (1 + sawatch_device_failover_active))" % D,
                          "{{device}} {{unit}}")],
             "do": "Where the colours change places the pair failed over: runbook SawatchFailover. Red could not take over, so the next fault "
                   "ends all tunnels of the pair: runbook SawatchStandbyNotReady. Gaps: nobody could tell. Empty: no ASA with failover."},
        ],
    ],
}

# -------------------------------------------------------------------------------------------------------------------- tunnel

TUNNEL = {
    "title": "Tunnel", "about": "One tunnel from both ends", "refresh": "1m", "from": "now-24h",
    "variables": ["datasource", "site", "device", "tunnel", "link", "peer_device", "peer_tunnel", "window"], "one": True,
    "annotations": ["rekeys", "reloads", "failovers", "flaps"],
    "rows": [
        [
            {"kind": "stat", "title": "State", "w": 6, "h": 5, "values": STATES, "text": "value_and_name",
             "queries": [(state(BOTH), END)],
             "do": "Both ends should be up. One that is unknown could not be read: Collector. `sawatch explain` says it in words."},
            {"kind": "stat", "title": "In this state for", "w": 6, "h": 5, "unit": "s", "text": "value_and_name",
             "queries": [("time() - sawatch_tunnel_state_since_timestamp_seconds{%s}" % BOTH, END)],
             "do": "Compare with your changes and with other tunnels of the device: what happened then?"},
            {"kind": "stat", "title": "Loss by direction", "w": 6, "h": 5, "unit": "percentunit", "decimals": 2, "text": "value_and_name",
             "steps": ("ok", 0.001, "warn", 0.01, "bad"), "noValue": "cannot be said",
             "queries": [('sawatch_link_loss_ratio{link="$link"} > %s' % BOUND, "{{from}} → {{to}}")],
             "do": "Shown only above what reading the ends at different times can feign. One direction: its circuit or policer. Runbook: "
                   "SawatchLinkLoss."},
            {"kind": "stat", "title": "Rekeys in the time of one lifetime", "w": 6, "h": 5, "decimals": 1, "text": "value_and_name",
             "steps": ("ok", 3, "warn", 5, "bad"), "queries": [("sawatch_tunnel_rekeys_per_lifetime{%s}" % BOTH, END)],
             "do": "About 1 is right. Far more is a storm: volume lifetime, or both ends renew. Runbook: SawatchRekeyStorm."},
        ],
        [
            {"kind": "state-timeline", "title": "Layers", "w": 16, "h": 9, "values": UP,
             "queries": [("sawatch_tunnel_layer_up{%s}" % BOTH, "{{device}} {{layer}}")],
             "do": "The lowest layer that is down is the one to mend: underlay, interface, ike, ipsec, routing. Gaps: nobody could tell."},
            {"kind": "table", "title": "The two ends", "w": 8, "h": 9,
             "queries": ["max by (device, tunnel, interface, local, remote, encryption, integrity, dh_group, pfs_group, ike_version, mode, "
                         "nat_t, circuit, owner) (sawatch_tunnel_info{%s})" % BOTH],
             "columns": [("device", "Device"), ("tunnel", "Tunnel"), ("interface", "Interface"), ("local", "Local"), ("remote", "Remote"),
                         ("encryption", "Cipher"), ("integrity", "Integrity"), ("dh_group", "DH"), ("pfs_group", "PFS"),
                         ("ike_version", "IKE"), ("mode", "Mode"), ("nat_t", "NAT-T"), ("circuit", "Circuit"), ("owner", "Owner")],
             "hide": ["Value"],
             "do": "Facts as last read: the circuit number for the provider, whom to call, and what the ends agreed on."},
        ],
        "Traffic",
        [
            {"kind": "timeseries", "title": "Throughput", "w": 12, "h": 9, "unit": "bps", "below": ["/ in$/"],
             "queries": [("rate(sawatch_tunnel_bytes_total{%s}[$window]) * 8" % BOTH, END + " {{direction}}")],
             "do": "What one end sends the other should receive. Blue marks are rekeys: a notch at each is a rekey that loses packets. "
                   "Received is drawn below zero."},
            {"kind": "timeseries", "title": "Packets between the ends", "w": 12, "h": 9, "unit": "pps",
             "queries": [('rate(sawatch_link_sent_packets_total{link="$link"}[$window])', "{{from}} sent"),
                         ('rate(sawatch_link_received_packets_total{link="$link"}[$window])', "{{to}} received")],
             "do": "Sent and received lie on each other when nothing is lost. One line without the other: one-way traffic. Runbook: "
                   "SawatchOneWayTraffic."},
        ],
        [
            {"kind": "timeseries", "title": "Loss by direction, and its bound", "w": 12, "h": 9, "unit": "percentunit",
             "queries": [('sawatch_link_loss_ratio{link="$link"}', "{{from}} → {{to}}"),
                         ('sawatch_link_loss_bound_ratio{link="$link"}', "bound {{from}} → {{to}}")],
             "do": "Below its bound a ratio says nothing; negative is noise. Above it: ask the provider of that direction."},
            {"kind": "timeseries", "title": "Lost beyond doubt", "w": 12, "h": 9, "unit": "short",
             "queries": [('increase(sawatch_link_lost_packets_total{link="$link"}[$window])', "{{from}} → {{to}}"),
                         ('increase(sawatch_link_egress_drops_total{link="$link"}[$window])', "{{from}} dropped itself")],
             "do": "Packets per window. What the sender dropped itself is not the provider's: look at its interface."},
        ],
        [
            {"kind": "timeseries", "title": "Replay drops", "w": 12, "h": 8, "unit": "pps",
             "queries": [("rate(sawatch_tunnel_replay_errors_total{%s}[$window])" % BOTH, END)],
             "do": "Steady: enlarge the window of the end that drops. A peak at a reload or failover: nothing. Runbook: SawatchReplaySlow."},
            {"kind": "timeseries", "title": "Errors by reason", "w": 12, "h": 8, "unit": "pps",
             "queries": [('rate(sawatch_tunnel_errors_total{%s,reason!~"send|recv|drop"}[$window]) > 0' % BOTH, "{{device}} {{direction}} {{reason}}"),
                         ('rate(sawatch_link_receive_failures_total{link="$link"}[$window]) > 0', "{{to}} refused: {{reason}}")],
             "do": "auth, decrypt: another key, or packets that were changed. no_sa, invalid_sa: the ends use different SAs, clear them at "
                   "one. Reasons overlap: do not add them up. Empty is good."},
        ],
        "Sizes and lifetimes",
        [
            {"kind": "timeseries", "title": "MTU chain", "w": 12, "h": 10, "unit": OCTETS, "lines": "stepAfter", "fill": 0,
             "queries": [("sawatch_tunnel_path_mtu_bytes{%s}" % BOTH, "{{device}} path"),
                         ("sawatch_tunnel_ip_mtu_bytes{%s}" % BOTH, "{{device}} outer interface"),
                         ("sawatch_tunnel_plaintext_mtu_bytes{%s}" % BOTH, "{{device}} plaintext"),
                         ("sawatch_tunnel_computed_mtu_bytes{%s}" % BOTH, "{{device}} computed"),
                         ("sawatch_tunnel_interface_ip_mtu_bytes{%s}" % BOTH, "{{device}} tunnel interface"),
                         ("sawatch_tunnel_recommended_mss_bytes{%s}" % BOTH, "{{device}} largest MSS")],
             "do": "From the path down to TCP each should be below the one before. A step down in the path: the provider changed something. "
                   "Tunnel interface above plaintext: packets are fragmented. Runbook: SawatchPlaintextMtuChanged."},
            {"kind": "timeseries", "title": "Fragments", "w": 6, "h": 10, "unit": "pps",
             "queries": [("rate(sawatch_tunnel_fragments_total{%s}[$window])" % BOTH, "{{device}} {{kind}}")],
             "do": "Growth means that MTU or MSS is too large: set `ip mtu` and `ip tcp adjust-mss` to what `sawatch mtu` says."},
            {"kind": "table", "title": "Do the ends agree?", "w": 6, "h": 10,
             "queries": ['max by (field) (sawatch_link_mismatch{link="$link"})'],
             "columns": [("field", "Of"), ("A", {"name": "Differs", "values": YES})],
             "do": "Yes at mtu: large packets pass one way only. At cipher, pfs: the next rekey may fail. `sawatch audit` names the lines."},
        ],
        [
            {"kind": "timeseries", "title": "SA: time left", "w": 8, "h": 8, "unit": "s", "lines": "linear",
             "queries": [("min by (device, tunnel) (sawatch_tunnel_sa_remaining_seconds{%s})" % BOTH, END),
                         ("min by (device, tunnel) (sawatch_tunnel_sa_lifetime_seconds{%s})" % BOTH, END + " lifetime")],
             "do": "A saw tooth that never touches zero. At zero without a rekey the tunnel is about to stop. Runbook: SawatchRekeyOverdue."},
            {"kind": "timeseries", "title": "SA: volume left", "w": 8, "h": 8, "unit": "bytes",
             "queries": [("min by (device, tunnel) (sawatch_tunnel_sa_remaining_bytes{%s})" % BOTH, END)],
             "do": "If this ends a lifetime long before the time does, raise the volume lifetime: each rekey costs."},
            {"kind": "timeseries", "title": "IKE: time left", "w": 8, "h": 8, "unit": "s",
             "queries": [("sawatch_tunnel_ike_remaining_seconds{%s}" % BOTH, END)],
             "do": "A new authentication comes at the end: a certificate that has expired since shows then."},
        ],
        "Routing and the devices",
        [
            {"kind": "state-timeline", "title": "BGP peers of the two devices", "w": 6, "h": 8, "values": UP,
             "queries": [("sawatch_bgp_peer_up{%s}" % DEVICES, "{{device}} {{peer}} {{vrf}}")],
             "do": "Down while the tunnel is up: runbook SawatchBgpDown. Everything down at once: the device."},
            {"kind": "timeseries", "title": "Drops of the devices themselves", "w": 6, "h": 8, "unit": "pps",
             "queries": [("rate(sawatch_device_drops_total{%s}[$window])" % DEVICES, "{{device}} {{feature}} {{reason}}"),
                         ("rate(sawatch_tunnel_queue_drops_total{%s}[$window])" % BOTH, END + " output queue")],
             "do": "Over all tunnels of the device, and the queue of this one: what grows while this tunnel loses packets is the reason, in the "
                   "device's own words."},
            {"kind": "timeseries", "title": "Routes received", "w": 6, "h": 8, "unit": "short", "lines": "stepAfter",
             "queries": [("sawatch_bgp_prefixes_received{%s}" % DEVICES, "{{device}} {{peer}}")],
             "do": "A session that is up and has none carries no traffic: look at filters and at the peer's routes."},
            {"kind": "timeseries", "title": "CPU and cryptography", "w": 6, "h": 8, "unit": "percentunit", "max": 1, "min": 0,
             "queries": [("sawatch_device_cpu_ratio{%s}" % DEVICES, "{{device}} CPU"),
                         ("sawatch_device_crypto_load_ratio{%s}" % DEVICES, "{{device}} cryptography")],
             "do": "Near 1 the device drops, and what looks like loss on the way is here. Runbook: SawatchCryptoEngineBusy."},
        ],
    ],
}

# ------------------------------------------------------------------------------------------------------------------ capacity

LOAD = "max by (device, tunnel) (rate(sawatch_tunnel_bytes_total{%s}[$window]))" % T
CAPACITY_OF = "on (device, tunnel) sawatch_tunnel_capacity_bytes_per_second"
P95 = "quantile_over_time(0.95, (max by (device, tunnel) (rate(sawatch_tunnel_bytes_total{%s}[$window])))[$__range:15m])" % T
DAILY = "(max by (device, tunnel) (rate(sawatch_tunnel_bytes_total{%s}[1h])) / %s)[$__range:1h]" % (T, CAPACITY_OF)
LOADED = ("ok", 0.7, "warn", 0.9, "bad")

# Both ends of a link over one circuit are the same traffic: the second one (twin) is mirrored, and of both the larger counts.
CIRCUIT_ENDS = (
    '(label_replace(max by (circuit, device, tunnel, link) (sawatch_tunnel_info{circuit=~"$circuit",circuit!="",link!=""}), "line", "$1", "link", '
    '"(.+)") or label_join(max by (circuit, device, tunnel) (sawatch_tunnel_info{circuit=~"$circuit",circuit!="",link=""}), "line", "/", '
    '"device", "tunnel"))')
TWINS = ('(%s and on (link, device) label_replace(sawatch_link_maintenance, "device", "$1", "b", "(.+)") and on (circuit, line) '
         'count by (circuit, line) (%s) > 1)' % (CIRCUIT_ENDS, CIRCUIT_ENDS))


# In the bytes that the circuit counts: IPsec, frame and `counts:` are in sawatch_tunnel_circuit_packet_bytes.
OF_CIRCUIT_END = (
    "(rate(sawatch_tunnel_bytes_total[$window]) + on (device, tunnel, direction) (rate(sawatch_tunnel_packets_total[$window]) * on (device, "
    "tunnel) group_left () sawatch_tunnel_circuit_packet_bytes) or on (device, tunnel, direction) rate(sawatch_tunnel_bytes_total[$window]))")


def over_circuit(ends):
    return "%s * on (device, tunnel) group_left (circuit, line) %s" % (OF_CIRCUIT_END, ends)


def mirrored(expr):
    for becomes, was in (("was in", "in"), ("in", "out"), ("out", "was in")):
        expr = 'label_replace(%s, "direction", "%s", "direction", "%s")' % (expr, becomes, was)
    return expr


CIRCUIT_LOAD = "max by (circuit) (sum by (circuit, direction) (max by (circuit, line, direction) (%s)))" % either(
    over_circuit("(%s unless on (circuit, device, tunnel) %s)" % (CIRCUIT_ENDS, TWINS)), mirrored(over_circuit(TWINS)))
CIRCUIT_OF = "on (circuit) sawatch_circuit_capacity_bytes_per_second"
CIRCUIT_P95 = "quantile_over_time(0.95, (%s)[$__range:15m])" % CIRCUIT_LOAD
CIRCUIT_DAILY = "(%s / %s)[$__range:1h]" % (CIRCUIT_LOAD.replace("$window", "1h"), CIRCUIT_OF)

CAPACITY = {
    "title": "Capacity", "about": "95th percentile against capacity, ranking, forecast", "refresh": "15m", "from": "now-14d",
    "variables": ["datasource", "site", "device", "tunnel", "circuit", "window"],
    "rows": [
        "Circuits: what is bought",
        [
            {"kind": "table", "title": "Circuits, by the time range above", "w": 14, "h": 10,
             "queries": [CIRCUIT_P95 + " * 8", 'max by (circuit) (sawatch_circuit_capacity_bytes_per_second{circuit=~"$circuit"}) * 8',
                         CIRCUIT_P95 + " / " + CIRCUIT_OF, CIRCUIT_LOAD + " / " + CIRCUIT_OF,
                         "max by (circuit) (predict_linear(%s, 30 * 86400))" % CIRCUIT_DAILY,
                         'quantile_over_time(0.95, sawatch:circuit_failover_utilization:ratio15m{circuit=~"$circuit"}[$__range])',
                         'max by (circuit, limit, layer, sister) (sawatch_circuit_info{circuit=~"$circuit"})'],
             "columns": [("circuit", "Circuit"), ("A", {"name": "95th percentile", "unit": "bps"}), ("B", {"name": "Capacity", "unit": "bps"}),
                         ("C", {"name": "95th of capacity", "unit": "percentunit", "steps": LOADED}),
                         ("D", {"name": "Now", "unit": "percentunit", "steps": LOADED}),
                         ("E", {"name": "Trend in 30 days", "unit": "percentunit", "steps": LOADED}),
                         ("F", {"name": "95th if it takes over", "unit": "percentunit", "steps": ("ok", 0.9, "warn", 1, "bad")}),
                         ("limit", "Limit"), ("layer", "Counts"), ("sister", "Sister")],
             "hide": ["Value #G"], "sort": ("95th of capacity", True),
             "do": "Above 80 %: order more, or move tunnels to the sister. If it takes over: with the load of the circuit whose sister it is; above "
                   "100 % the failure of one is an overload of both. That column needs the recording rules. Runbooks: SawatchCircuitCapacityNow, "
                   "SawatchCircuitCapacityIn30Days. Empty: no `circuits:` are configured."},
            {"kind": "timeseries", "title": "Circuits", "w": 10, "h": 10, "unit": "percentunit", "min": 0, "steps": LOADED,
             "queries": [(CIRCUIT_LOAD + " / " + CIRCUIT_OF, "{{circuit}}")],
             "do": "The fuller direction over what the circuit can carry, all its tunnels together. Flat at the top: it is full. Two that change "
                   "places: a failover."},
        ],
        "Tunnels",
        [
            {"kind": "table", "title": "Ranking, by the time range above", "w": 24, "h": 12,
             "queries": [P95 + " * 8", "max by (device, tunnel) (sawatch_tunnel_capacity_bytes_per_second{%s}) * 8" % T,
                         P95 + " / " + CAPACITY_OF, LOAD + " / " + CAPACITY_OF,
                         "max by (device, tunnel) (predict_linear(%s, 30 * 86400))" % DAILY,
                         "max by (device, tunnel) ((1 - %s / %s) / (deriv(%s) > 0) / 86400)" % (P95, CAPACITY_OF, DAILY)],
             "columns": [("tunnel", "Tunnel"), ("device", "Device"), ("A", {"name": "95th percentile", "unit": "bps"}),
                         ("B", {"name": "Capacity", "unit": "bps"}),
                         ("C", {"name": "95th of capacity", "unit": "percentunit", "steps": LOADED}),
                         ("D", {"name": "Now", "unit": "percentunit", "steps": LOADED}),
                         ("E", {"name": "Trend in 30 days", "unit": "percentunit", "steps": LOADED}),
                         ("F", {"name": "Days until full", "decimals": 0, "steps": ("bad", 30, "warn", 90, "ok")})],
             "sort": ("95th of capacity", True), "goto": [("tunnel", "both ends of it", {"device": "Device", "tunnel": "Tunnel"})],
             "do": "Above 80 %: order more, or move load. Days until full counts the mean's trend over the time range: take two weeks or "
                   "more. Tunnels without `capacity:` in the configuration are not judged. Runbooks: SawatchCapacityNow, "
                   "SawatchCapacityIn30Days."},
        ],
        [
            {"kind": "timeseries", "title": "Utilization", "w": 16, "h": 10, "unit": "percentunit", "min": 0, "steps": LOADED,
             "queries": [(LOAD + " / " + CAPACITY_OF, END)],
             "do": "The fuller direction over the capacity. Flat at the top is a line that is full: users feel it before the mean shows it."},
            {"kind": "bargauge", "title": "Now", "w": 8, "h": 10, "unit": "percentunit", "min": 0, "max": 1, "steps": LOADED,
             "queries": [("sort_desc(%s / %s)" % (LOAD, CAPACITY_OF), END)],
             "do": "The fullest first. Above 90 % for long: runbook SawatchCapacityNow."},
        ],
        [
            {"kind": "timeseries", "title": "Load of all tunnels", "w": 12, "h": 9, "unit": "bps", "stack": True, "fill": 30,
             "queries": [('sum by (device) (rate(sawatch_tunnel_bytes_total{%s,direction="out"}[$window])) * 8' % T, "{{device}} out")],
             "do": "What the devices encrypt in all: beside their throughput licence it says when the box is the limit."},
            {"kind": "timeseries", "title": "Interfaces that tunnels leave by", "w": 12, "h": 9, "unit": "percentunit", "min": 0,
             "steps": LOADED,
             "queries": [("rate(sawatch_interface_bytes_total{%s}[$window]) / on (device, interface) group_left () "
                          "sawatch_interface_speed_bytes_per_second" % D, "{{device}} {{interface}} {{direction}}")],
             "do": "Of the interface's own speed; the circuit behind it may be slower. Discards here are losses there."},
        ],
        [
            {"kind": "timeseries", "title": "Cryptography", "w": 8, "h": 8, "unit": "percentunit", "min": 0, "max": 1,
             "steps": ("ok", 0.8, "bad"), "queries": [("sawatch_device_crypto_load_ratio{%s}" % D, "{{device}}")],
             "do": "What encrypts. Above 80 % more traffic becomes loss. Runbook: SawatchCryptoEngineBusy."},
            {"kind": "timeseries", "title": "Sessions", "w": 8, "h": 8, "unit": "short", "lines": "stepAfter",
             "queries": [("sawatch_crypto_sessions{%s}" % D, "{{device}} {{kind}}"),
                         ("sawatch_crypto_sessions_limit{%s}" % D, "{{device}} {{kind}} limit")],
             "do": "Near the limit of the engine or its licence new tunnels are refused. Runbook: SawatchSessionsNearLimit."},
            {"kind": "timeseries", "title": "Discards of those interfaces", "w": 8, "h": 8, "unit": "pps",
             "queries": [("rate(sawatch_interface_discards_total{%s}[$window])" % D, "{{device}} {{interface}} {{direction}}")],
             "do": "Outbound ones were encrypted already and are lost to the other end: a queue that is full."},
        ],
    ],
}

# ----------------------------------------------------------------------------------------------------------------- collector

SOURCE = "{{device}} {{source}}"
COLLECTOR = {
    "title": "Collector", "about": "How the devices are read, and how Sawatch itself does", "refresh": "1m", "from": "now-6h",
    "variables": ["datasource", "site", "device", "window"],
    "rows": [
        [
            {"kind": "stat", "title": "Picture is", "w": 4, "h": 4, "unit": "s", "steps": ("ok", 60, "warn", 300, "bad"),
             "queries": ["max(time() - sawatch_snapshot_timestamp_seconds)"],
             "do": "Seconds old. Minutes: the daemon hangs or a clock is wrong. Runbook: SawatchSilent."},
            {"kind": "stat", "title": "Late by", "w": 4, "h": 4, "unit": "s", "steps": ("ok", 5, "warn", 30, "bad"),
             "queries": ["max(sawatch_scheduler_lag_seconds)"],
             "do": "How late the last poll began. Above a few seconds: more `collectors:`, or longer intervals."},
            {"kind": "stat", "title": "Polls missed in an hour", "w": 4, "h": 4, "steps": ("ok", 1, "warn"),
             "queries": ["sum(increase(sawatch_polls_missed_total[1h])) or " + NOTHING],
             "do": "A poll was still running when the next was due: see the slowest below, make its interval longer."},
            {"kind": "stat", "title": "Collector restarts in a day", "w": 4, "h": 4, "steps": ("ok", 1, "bad"),
             "queries": ["sum(increase(sawatch_collector_restarts_total[1d])) or " + NOTHING],
             "do": "A defect worth a report, with the log around that time."},
            {"kind": "stat", "title": "Configurations refused in a day", "w": 4, "h": 4, "steps": ("ok", 1, "warn"),
             "queries": ["sum(increase(sawatch_config_reload_failures_total[1d])) or " + NOTHING],
             "do": "The old one is in force: `sawatchd --check-config` names file and line. Runbook: SawatchConfigRefused."},
            {"kind": "stat", "title": "Writes that failed in an hour", "w": 4, "h": 4, "steps": ("ok", 1, "bad"),
             "queries": ["sum(increase(sawatch_state_errors_total[1h])) or " + NOTHING],
             "do": "A restart would lose totals: look at the disk. Runbook: SawatchStateNotSaved."},
        ],
        [
            {"kind": "table", "title": "Sources", "w": 24, "h": 11,
             "queries": ["max by (device, source) (sawatch_device_up{%s})" % D, "max by (device, source) (sawatch_poll_age_seconds{%s})" % D,
                         "max by (device, source) (sawatch_poll_interval_seconds{%s})" % D,
                         "max by (device, source) (sawatch_poll_duration_seconds{%s})" % D,
                         "max by (device, source) (sawatch_poll_requests{%s})" % D,
                         "sum by (device, source) (sawatch_poll_table_complete{%s} == bool 0)" % D,
                         "max by (device, source) (sawatch_poll_unparsed_lines{%s})" % D,
                         "sum by (device, source) (increase(sawatch_poll_errors_total{%s}[1h]))" % D],
             "columns": [("device", "Device"), ("source", "Source"),
                         ("A", {"name": "Last poll", "values": {0: ("not complete", "bad"), 1: ("complete", "ok")}}),
                         ("B", {"name": "Age", "unit": "s"}), ("C", {"name": "Interval", "unit": "s"}),
                         ("D", {"name": "Took", "unit": "s"}), ("E", "Requests"),
                         ("F", {"name": "Tables cut short", "steps": ("ok", 1, "warn")}),
                         ("G", {"name": "Lines not understood", "steps": ("ok", 1, "note")}),
                         ("H", {"name": "Errors in an hour", "decimals": 0, "steps": ("ok", 1, "warn")})],
             "sort": ("Last poll", False),
             "do": "Not complete: the errors below say why, `sawatch poll DEVICE` says it in words. Age far above the interval: runbook "
                   "SawatchStaleData. Lines not understood: the device's software prints something new, please report it."},
        ],
        [
            {"kind": "timeseries", "title": "How long polls take", "w": 12, "h": 9, "unit": "s",
             "queries": [("sawatch_poll_duration_seconds{%s}" % D, SOURCE)],
             "do": "Rising: the device is busy. At a quarter of the interval Sawatch slows down by itself."},
            {"kind": "timeseries", "title": "Age over interval", "w": 12, "h": 9, "unit": "short", "min": 0, "steps": ("ok", 2.5, "bad"),
             "queries": [("sawatch_poll_age_seconds{%s} / on (device, source) sawatch_poll_interval_seconds" % D, SOURCE)],
             "do": "A saw tooth up to 1. Above 2.5 what was read is stale, and its tunnels are unknown. Runbook: SawatchDeviceUnreachable."},
        ],
        [
            {"kind": "timeseries", "title": "Errors by reason", "w": 12, "h": 9, "unit": "short", "style": "bars", "fill": 60,
             "queries": [("increase(sawatch_poll_errors_total{%s}[$window]) > 0" % D, SOURCE + " {{reason}}")],
             "do": "timeout: address, access list. auth: user or key. access: view or privilege. host_key_changed: page somebody. "
                   "doc/operations.md has the table. Empty is good."},
            {"kind": "state-timeline", "title": "Tables that are not read to their end", "w": 12, "h": 9,
             "values": {0: ("cut short", "bad"), 1: ("complete", "ok")},
             "queries": [("sawatch_poll_table_complete{%s} < 1 or (sawatch_poll_table_complete{%s} and (avg_over_time("
                          "sawatch_poll_table_complete{%s}[6h]) < 1))" % (D, D, D), SOURCE + " {{table}}")],
             "do": "Nothing is concluded from what is not in them. access: the view. cut: the device's CPU. Runbook: SawatchPartialWalk. "
                   "Empty is good."},
        ],
        [
            {"kind": "timeseries", "title": "What costs the device most (SSH commands)", "w": 12, "h": 8, "unit": "s",
             "queries": [("topk(10, sawatch_poll_table_seconds{%s})" % D, "{{device}} {{table}}")],
             "do": "Make `detail_interval` longer for the slowest; SNMP has no such figure."},
            {"kind": "timeseries", "title": "CPU of the devices", "w": 12, "h": 8, "unit": "percentunit", "min": 0, "max": 1,
             "steps": ("ok", 0.7, "warn", 0.9, "bad"), "queries": [("sawatch_device_cpu_ratio{%s}" % D, "{{device}}")],
             "do": "Above 70 % Sawatch polls less often. A rise with each poll: longer interval, `sawatch doctor`."},
        ],
        "Sawatch itself",
        [
            {"kind": "state-timeline", "title": "Parts of the daemon", "w": 6, "h": 7, "values": UP,
             "queries": [("max by (exporter) (sawatch_exporter_up)", "{{exporter}}")],
             "do": "Down: what it does (push, agentx, history, audit) stands still; its log says why. Runbook: SawatchPartDown. Empty: none "
                   "is configured."},
            {"kind": "timeseries", "title": "Parts that were restarted", "w": 6, "h": 7, "unit": "short", "style": "bars", "fill": 60,
             "queries": [("sum by (exporter) (increase(sawatch_exporter_restarts_total[$window]))", "{{exporter}}")],
             "do": "Above 0: its process died. That is a defect worth a report, with the log around that time. Runbook: SawatchPartDown."},
            {"kind": "timeseries", "title": "HTTP answers", "w": 6, "h": 7, "unit": "reqps",
             "queries": [("sum by (code) (rate(sawatch_http_requests_total[$window]))", "{{code}}")],
             "do": "401: a scraper with an old password, or somebody who guesses. 429: the rate limit. 5xx: the log."},
            {"kind": "stat", "title": "Certificate is good for", "w": 6, "h": 7, "unit": "s", "noValue": "no TLS",
             "steps": ("bad", 86400, "warn", 1209600, "ok"),
             "queries": ["min(sawatch_http_certificate_expiry_timestamp_seconds - time())"],
             "do": "Below two weeks: renew it and reload. Afterwards nobody who checks it can scrape. Runbook: SawatchEndpointCertificate."},
        ],
        [
            {"kind": "table", "title": "Servers that are pushed to", "w": 12, "h": 8,
             "queries": ["max by (target) (sawatch_push_up)", "max by (target) (sawatch_push_queue_samples)", "max by (target) (sawatch_push_queue_bytes)",
                         "max by (target) (time() - sawatch_push_last_success_timestamp_seconds)",
                         "sum by (target) (rate(sawatch_push_sent_samples_total[$window]))",
                         "sum by (target) (increase(sawatch_push_failures_total[1h]))",
                         "sum by (target) (increase(sawatch_push_dropped_samples_total[1h]))"],
             "columns": [("target", "Server"), ("A", {"name": "Last request", "values": {0: ("failed", "bad"), 1: ("taken", "ok")}}),
                         ("B", {"name": "Samples wait", "decimals": 0}), ("C", {"name": "On the disk", "unit": "bytes"}),
                         ("D", {"name": "Last taken", "unit": "s", "steps": ("ok", 300, "warn", 900, "bad")}),
                         ("E", {"name": "Samples/s", "decimals": 1}),
                         ("F", {"name": "Failures in an hour", "decimals": 0, "steps": ("ok", 1, "warn")}),
                         ("G", {"name": "Lost in an hour", "decimals": 0, "steps": ("ok", 1, "bad")})],
             "sort": ("Last request", False),
             "do": "Failed: the log of sawatchd has what the server said. What waits is sent when it is back; lost is lost. Runbooks: "
                   "SawatchPushFailing, SawatchPushBehind, SawatchPushLost. Empty: no `push:` is configured."},
            {"kind": "timeseries", "title": "Samples that wait to be pushed", "w": 12, "h": 8, "unit": "short", "min": 0,
             "queries": [("sawatch_push_queue_samples", "{{target}}")],
             "do": "Falls back to nearly 0 with each request. A slope: the server is away, or slower than what is measured."},
        ],
        [
            {"kind": "stat", "title": "History: oldest not on the disk", "w": 4, "h": 6, "unit": "s", "steps": ("ok", 300, "warn", 900, "bad"),
             "noValue": "none kept", "queries": ["max(sawatch_history_lag_seconds)"],
             "do": "What a crash now would lose. Minutes: the disk takes nothing. Runbook: SawatchHistoryNotWritten."},
            {"kind": "stat", "title": "History: lost or damaged", "w": 4, "h": 6, "steps": ("ok", 1, "bad"), "noValue": "none kept",
             "queries": ["sum(sawatch_history_lost_total) + sum(sawatch_history_damaged_chunks)"],
             "do": "Above 0 reports have holes: look at the disk; `sawatch history verify` names what is damaged. Runbook: "
                   "SawatchHistoryNotWritten."},
            {"kind": "timeseries", "title": "History: size", "w": 8, "h": 6, "unit": "bytes",
             "queries": [("sawatch_history_bytes", "{{instance}}")],
             "do": "Grows until the retention has passed once. If the disk is too small, shorten `keep_readings:`."},
            {"kind": "timeseries", "title": "History: readings kept", "w": 8, "h": 6, "unit": "short",
             "queries": [("increase(sawatch_history_samples_total[$window])", "{{instance}}"),
                         ("increase(sawatch_history_errors_total[$window]) > 0", "{{instance}} writes that failed")],
             "do": "Tunnel ends times readings in the window. Nothing: it is not written. Runbook: SawatchHistoryNotWritten."},
        ],
        [
            {"kind": "state-timeline", "title": "SNMP master agent", "w": 8, "h": 6, "values": {0: ("no session", "bad"), 1: ("session", "ok")},
             "queries": [("max by (instance) (sawatch_agentx_connected)", "{{instance}}")],
             "do": "No session: nobody can read SAWATCH-MIB. Does snmpd run, with `master agentx`? doc/agentx.md. Empty: not configured."},
            {"kind": "timeseries", "title": "Objects asked for by SNMP", "w": 8, "h": 6, "unit": "reqps",
             "queries": [("rate(sawatch_agentx_requests_total[$window])", "{{instance}}"),
                         ("increase(sawatch_agentx_sessions_total[$window]) > 0", "{{instance}} sessions begun")],
             "do": "Nothing: nobody reads it. Sessions that begin again and again: the master agent restarts, or does not answer."},
            {"kind": "timeseries", "title": "SNMP notifications", "w": 8, "h": 6, "unit": "short",
             "queries": [("sum by (result) (increase(sawatch_notifications_total[$window]))", "{{result}}"),
                         ("sum(sawatch_notifications_waiting)", "waiting")],
             "do": "dropped: somebody was not told; repeated and waiting: a receiver is away. Test it: doc/agentx.md."},
        ],
        [
            {"kind": "timeseries", "title": "CPU of sawatchd (hub)", "w": 8, "h": 8, "unit": "percentunit",
             "queries": [("rate(process_cpu_seconds_total[$window]) and on (job, instance) sawatch_build_info", "{{instance}}")],
             "do": "A steady rise with the same devices is a defect worth a report."},
            {"kind": "timeseries", "title": "Memory", "w": 8, "h": 8, "unit": "bytes",
             "queries": [("process_resident_memory_bytes and on (job, instance) sawatch_build_info", "{{instance}}")],
             "do": "It should not grow for days: if it does, that is a defect worth a report."},
            {"kind": "timeseries", "title": "Descriptors", "w": 8, "h": 8, "unit": "short",
             "queries": [("process_open_fds and on (job, instance) sawatch_build_info", "{{instance}} open"),
                         ("process_max_fds and on (job, instance) sawatch_build_info", "{{instance}} limit")],
             "do": "Near the limit scrapes are refused: raise LimitNOFILE."},
        ],
    ],
}

DASHBOARDS = {"noc": NOC, "fleet": FLEET, "tunnel": TUNNEL, "capacity": CAPACITY, "collector": COLLECTOR}
