#!/usr/bin/env python3
"""The alerts as they are on the day: sawatchd polls the simulated pair, Prometheus scrapes it and loads the rules, Alertmanager has the
example. A link that is cut is one page, a silent device explains it, a stopped daemon is heard of. A minute of the rules is a second here."""
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import dashboards_kit as kit
from daemon_kit import House, check, wait_for
from ports_kit import free_port

PROGRAMS = {name: shutil.which(name) for name in ("prometheus", "promtool", "prometheus-alertmanager")}
for missing in [name for name, path in PROGRAMS.items() if not path]:
    print(missing + " is not installed")
    sys.exit(77)

UNITS = {"m": 1, "h": 60, "d": 1440}
DEVICES = (("ASA-XFW01", "asa", "berlin", "198.51.100.%d", ""), ("ASR-WAN01", "iosxe", "hamburg", "192.0.2.1", "198.51.100.%d"))


def quick(rules):
    """the rules, with seconds for their minutes; thresholds stay"""
    def seconds(m):
        return "%s%ds" % (m.group(1), int(m.group(2)) * UNITS[m.group(3)])
    return re.sub(r"(\[|\boffset |\bfor: |_for: |interval: )(\d+)([mhd])\b", seconds, rules)


def get(url, **query):
    try:
        with urllib.request.urlopen(url + ("?" + urllib.parse.urlencode(query) if query else ""), timeout=5) as r:
            return json.load(r)
    except OSError:
        return None


def device(name, platform, site, remote, local, port):
    lines = ["  - name: %s" % name, "    platform: %s" % platform, "    site: %s" % site, "    address: 127.0.0.1",
             "    snmp: {port: %s, interval: 3s, deadline: 2900ms}" % port, "    tunnels:"]
    for i in (1, 2):
        ends = "remote: " + (remote % i if "%" in remote else remote) + (", local: " + local % i if local else "")
        lines.append("      - {name: berlin-%d, %s, link: berlin-%d}" % (i, ends, i))
    return "\n".join(lines)


class Tower(House):
    """the daemon, Prometheus and Alertmanager"""

    def launch(self):
        ports = self.simulate()
        self.configure([device(*d, ports[d[0]]) for d in DEVICES])
        self.run_daemon()
        wait_for("ready", lambda: self.get("-/ready")[0] == 200)
        self.prometheus, self.alertmanager = ("http://127.0.0.1:%d" % free_port() for _ in range(2))
        os.mkdir(self.path("rules"))
        for name in ("recording.yml", "alerts.yml"):
            self.write("rules/" + name, quick(kit.text("dashboards", "prometheus", name)))
        self.write("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules/*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [self.alertmanager[7:]]}]}]},
            "scrape_configs": [{"job_name": "sawatch", "static_configs": [{"targets": [urllib.parse.urlsplit(self.url).netloc]}]}]}))
        example = os.path.abspath(os.path.join(kit.SOURCE, "dashboards", "alertmanager", "alertmanager.example.yml"))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.start([PROGRAMS["prometheus-alertmanager"], "--config.file=" + example, "--storage.path=alertmanager",
                    "--web.listen-address=" + self.alertmanager[7:], "--cluster.listen-address="], **quiet)
        self.start([PROGRAMS["prometheus"], "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                    "--web.listen-address=" + self.prometheus[7:], "--rules.alert.resend-delay=1s"], **quiet)

    def ask(self, expression):
        answer = get(self.prometheus + "/api/v1/query", query=expression)
        return answer["data"]["result"] if answer else []

    def alerts(self, **labels):
        """what Alertmanager has: (labels, state, whose alerts silence it)"""
        return [(a["labels"], a["status"]["state"], a["status"]["inhibitedBy"]) for a in get(self.alertmanager + "/api/v2/alerts") or []
                if all(a["labels"].get(k) == v for k, v in labels.items())]

    def names(self, **labels):
        return sorted(a["alertname"] for a, _, _ in self.alerts(**labels))


def rules_are_well(t):
    def evaluated():
        answer = get(t.prometheus + "/api/v1/rules")
        rules = [r for g in answer["data"]["groups"] for r in g["rules"]] if answer else []
        return rules if rules and all(r["health"] != "unknown" for r in rules) else None
    rules = wait_for("all rules evaluated", evaluated, 60)
    bad = [(r["name"], r.get("lastError")) for r in rules if r["health"] != "ok"]
    check("%d rules are evaluated without an error: %s" % (len(rules), bad), not bad)


def panels_can_be_asked(t):
    values = {"datasource": "x", "site": ".*", "device": "ASA-XFW01|ASR-WAN01", "link": "berlin-1|berlin-2", "tunnel": "berlin-1|berlin-2",
              "circuit": ".*", "window": "15s", "__range": "60s", "peer_device": "ASR-WAN01", "peer_tunnel": "berlin-1"}
    empty, asked = [], 0
    for name, d in kit.dashboards().items():
        one = dict(values, device="ASA-XFW01", tunnel="berlin-1", link="berlin-1") if name == "tunnel" else values
        for p in kit.panels(d):
            for q in p["targets"]:
                answer = get(t.prometheus + "/api/v1/query", query=kit.fill(q["expr"], one))
                asked += 1
                if not answer or answer["status"] != "success":
                    raise AssertionError("%s, %s: %s" % (name, p["title"], q["expr"]))
                empty += [p["title"]] if not answer["data"]["result"] else []
    check("%d expressions of panels can be asked" % asked, asked > 80)
    # What only the real daemon has.
    for title in ("CPU of sawatchd (hub)", "Memory", "Descriptors", "HTTP answers", "Alerts that are on"):
        check("%s shows something" % title, title not in empty)


def a_cut_link_is_one_page(t):
    t.tell_sim("cut 1")
    wait_for("a page for the link", lambda: "SawatchLinkDown" in t.names(), 30)
    wait_for("no redundancy is left", lambda: "SawatchNoRedundancy" in t.names(), 30)
    pages = [n for n in t.names(severity="page") if n != "SawatchSilent"]  # which a scrape of more than a second brings, on a busy machine
    check("one page for the link, one for what it means: %s" % pages, pages == ["SawatchLinkDown", "SawatchNoRedundancy"])
    (labels, state, _), = t.alerts(alertname="SawatchLinkDown")
    check("it names the link and its ends: %s" % labels, labels["link"] == "berlin-1" and {labels["a"], labels["b"]} == {"ASA-XFW01", "ASR-WAN01"})
    check("it is heard of", state != "suppressed")
    check("the list of the NOC wall has it", any(s["metric"]["alertname"] == "SawatchLinkDown" for s in t.ask('ALERTS{alertstate="firing"}')))


def a_silent_device_explains_it(t):
    t.tell_sim("silence ASA-XFW01")
    wait_for("a page for the device", lambda: "SawatchDeviceUnreachable" in t.names(), 60)
    wait_for("the link's page is silenced by it", lambda: [s for _, s, by in t.alerts(alertname="SawatchLinkDown") if s == "suppressed" and by], 30)
    (labels, state, _), = t.alerts(alertname="SawatchDeviceUnreachable")
    check("the device's page is heard of: %s" % labels, state != "suppressed" and labels["device"] == "ASA-XFW01")
    check("nobody says that the other link is down", "berlin-2" not in [a.get("link") for a, _, _ in t.alerts(alertname="SawatchLinkDown")])
    tunnels = [a for a, s, _ in t.alerts(device="ASA-XFW01") if s != "suppressed" and a["alertname"] != "SawatchDeviceUnreachable"]
    check("nothing else of the device is heard of: %s" % tunnels, not tunnels)


def it_ends(t):
    t.tell_sim("speak ASA-XFW01")
    t.tell_sim("restore 1")
    wait_for("the pages have ended, and alerting goes on", lambda: t.names() and not t.names(severity="page"), 90)


def a_stopped_daemon_is_heard_of(t):
    check("the daemon stops", t.stop()[0] == 0)
    wait_for("SawatchSilent", lambda: "SawatchSilent" in t.names(severity="page"), 30)
    check("and nothing is said to be down", not [n for n in t.names(severity="page") if n != "SawatchSilent"])


with Tower() as tower:
    tower.launch()
    wait_for("both links are up in Prometheus", lambda: len(tower.ask("sawatch_link_up == 1")) == 2, 60)
    wait_for("the dead man's switch", lambda: "SawatchDeadMan" in tower.names(), 60)
    rules_are_well(tower)
    wait_for("nobody is woken", lambda: not tower.names(severity="page"))  # nothing was scraped at first, which SawatchSilent says
    a_cut_link_is_one_page(tower)
    panels_can_be_asked(tower)
    a_silent_device_explains_it(tower)
    rules_are_well(tower)
    it_ends(tower)
    a_stopped_daemon_is_heard_of(tower)
