#!/usr/bin/env python3
"""What the dashboards show of the daemon itself and of what only SSH and the audit tell: sawatchd with every part polls the simulated pair, a real
Prometheus scrapes it by TLS, and each of these panels has something to show, with the right value."""
import json
import os
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import dashboards_kit as kit
from daemon_kit import House, check, children, program, wait_for
from ports_kit import free_port
from push_kit import Recorder
from snmpd_kit import Master, need
from web_kit import Authority

PROMETHEUS = shutil.which("prometheus")
for missing in [name for name in ("prometheus", "openssl") if not shutil.which(name)]:
    print(missing + " is not installed")
    sys.exit(77)
need("snmpd")

SSH = "ssh: {port: %s, user: sawatch, password_file: password, enable_file: enable, interval: 10s, timeout: 5s, command_timeout: 8s, deadline: 9s, audit_interval: 1h}"
DEVICES = (("ASA-XFW01", "asa", "198.51.100.1"), ("ASR-WAN01", "iosxe", None))
VALUES = {"datasource": "x", "site": ".*", "device": ".*", "link": ".*", "tunnel": ".*", "circuit": ".*", "window": "15s", "__range": "60s"}


def ports_of(house):
    def both():
        if not os.path.exists(house.path("ports")):
            return None
        found = {(l.split()[0], l.split()[1]): l.rsplit(":", 1)[1] for l in house.read("ports").splitlines()}
        return found if len(found) >= 4 else None

    house.write("password", "correct horse\n")
    house.write("enable", "battery staple\n")
    house.start([program("sawatch-sim"), "run", "--ssh", "--ssh-password-file", "password", "--ssh-enable-file", "enable", "--ports-file", "ports",
                 "--community", house.read("community"), "--control", "sim.sock"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return wait_for("the simulated pair", both)


def configure(house, ports, master, server):
    devices = []
    for name, platform, remote in DEVICES:
        listed = "[{name: berlin-1, remote: %s}]" % remote if remote else "[]"
        devices.append("  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}, %s, inventory: %s, tunnels: %s}" % (
            name, platform, ports[name, "snmp"], SSH % ports[name, "ssh"], "complete" if remote else "open", listed))
    house.configure(devices, audit_profile="cnsa", history="{interval: 1s}", web="{config_file: web.yml}",
                    agentx='{master: "unix:%s", check: 1s, interval: 1s}' % master.socket, notify="{hold: 0s}",
                    push="[{name: sink, type: remote_write, url: \"%s\", interval: 1s}]" % server)


class Asked:
    """Prometheus, and the panels"""

    def __init__(self, house):
        self.url = "http://127.0.0.1:%d" % free_port()
        house.write("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "sawatch", "scheme": "https", "tls_config": {"ca_file": "ca.pem"},
                                "static_configs": [{"targets": [urllib.parse.urlsplit(house.url).netloc]}]}]}))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        house.start([PROMETHEUS, "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.listen-address=" + self.url[7:]], **quiet)
        self.panels = {(name, p["title"]): [t["expr"] for t in p["targets"]] for name, d in kit.dashboards().items() for p in kit.panels(d)}
        self.shown = set()

    def panel(self, dashboard, title, query=0):
        """labels and values; empty while Prometheus is not there"""
        expression = kit.fill(self.panels[dashboard, title][query], VALUES)
        try:
            with urllib.request.urlopen(self.url + "/api/v1/query", urllib.parse.urlencode({"query": expression}).encode(), timeout=5) as r:
                return [(s["metric"], float(s["value"][1])) for s in json.load(r)["data"]["result"]]
        except OSError:
            return []

    def shows(self, dashboard, title, right, query=0, seconds=30):
        """waits until right(values by their labels) holds"""
        def there():
            found = self.panel(dashboard, title, query)
            return found if found and right(found) else None
        found = wait_for("%s: %s, as it should be" % (dashboard, title), there, seconds)
        check("%s: %s: %s" % (dashboard, title, found[:3]), found)
        self.shown.add(title)


def values(found, label):
    return {labels.get(label): v for labels, v in found}


def every_panel(a):
    parts = {"push", "history", "agentx", "audit"}
    a.shows("collector", "Parts of the daemon", lambda f: {k for k, v in values(f, "exporter").items() if v == 1} >= parts)
    a.shows("collector", "Servers that are pushed to", lambda f: values(f, "target") == {"sink": 1})
    a.shows("collector", "Servers that are pushed to", lambda f: values(f, "target")["sink"] > 10, 4)
    a.shows("collector", "Samples that wait to be pushed", lambda f: values(f, "target").keys() == {"sink"})
    a.shows("collector", "SNMP master agent", lambda f: [v for _, v in f] == [1])
    a.shows("collector", "Objects asked for by SNMP", lambda f: len(f) == 1)
    a.shows("collector", "SNMP notifications", lambda f: [v for _, v in f] == [0], 1)
    a.shows("collector", "History: oldest not on the disk", lambda f: 0 <= f[0][1] < 60)
    a.shows("collector", "History: lost or damaged", lambda f: f[0][1] == 0)
    a.shows("collector", "History: size", lambda f: f[0][1] > 1000)
    a.shows("collector", "History: readings kept", lambda f: f[0][1] > 1)
    a.shows("collector", "HTTP answers", lambda f: 0.3 < values(f, "code").get("200", 0) < 5)
    a.shows("collector", "Certificate is good for", lambda f: 19 * 86400 < f[0][1] <= 20 * 86400)
    a.shows("collector", "CPU of sawatchd (hub)", lambda f: 0 < f[0][1] < 2)
    a.shows("collector", "Memory", lambda f: 1e6 < f[0][1] < 1e9)
    a.shows("collector", "Descriptors", lambda f: 5 < f[0][1] < 1000)
    a.shows("collector", "Descriptors", lambda f: f[0][1] >= 1000, 1)
    a.shows("collector", "What costs the device most (SSH commands)", lambda f: {labels["device"] for labels, _ in f} == {d[0] for d in DEVICES})
    a.shows("fleet", "Unexpected", lambda f: f[0][1] == 1)  # the firewall's second tunnel; the router's inventory says nothing of others
    a.shows("fleet", "Audit findings", lambda f: {labels["device"] for labels, _ in f} >= {"ASR-WAN01"})


def a_part_that_dies(house, a):
    was = children(house.daemon.pid)["push"]
    os.kill(was, 9)
    a.shows("collector", "Parts that were restarted", lambda f: values(f, "exporter").get("push", 0) > 0)


with House() as house:
    ports = ports_of(house)
    Authority(house.dir, "ca").issue("server")
    house.write("web.yml", "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n")
    master = Master(house, [])
    master.start()
    server = Recorder()
    try:
        configure(house, ports, master, server.url + "/api/v1/write")
        for name, _, _ in DEVICES:
            subprocess.run([program("sawatch"), "trust", "--config", "sawatch.yml", "--yes", name], cwd=house.dir, check=True, timeout=30,
                           stdout=subprocess.DEVNULL)
        house.run_daemon()
        asked = Asked(house)
        every_panel(asked)
        a_part_that_dies(house, asked)
        check("none is left out", asked.shown >= set(kit.OF_THE_DAEMON))
    finally:
        server.close()
