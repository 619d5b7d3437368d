#!/usr/bin/env python3
"""Prometheus scrapes sawatchd, which polls the simulated pair; promtool finds nothing to mend."""
import json
import os
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

from daemon_kit import House, check, wait_for
from ports_kit import free_port

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
if not PROMETHEUS or not PROMTOOL:
    print("prometheus or promtool is not installed")
    sys.exit(77)


with House() as house:
    ports = house.simulate()
    house.configure(["  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}" % (name, platform, ports[name])
                     for name, platform in (("ASA-XFW01", "asa"), ("ASR-WAN01", "iosxe"))])
    house.run_daemon()
    wait_for("ready", lambda: house.get("-/ready")[0] == 200)
    r = subprocess.run([PROMTOOL, "check", "metrics"], input=house.get("metrics")[1], universal_newlines=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check("promtool check metrics is clean: %s" % r.stdout.strip(), r.returncode == 0 and not r.stdout.strip())

    target = urllib.parse.urlsplit(house.url).netloc
    house.write("prometheus.yml", "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
                "  - {job_name: sawatch, static_configs: [{targets: [\"%s\"]}]}\n" % target)
    port = free_port()
    house.start([PROMETHEUS, "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                 "--web.listen-address=127.0.0.1:%d" % port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def query(expression):
        url = "http://127.0.0.1:%d/api/v1/query?%s" % (port, urllib.parse.urlencode({"query": expression}))
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return [(s["metric"], s["value"][1]) for s in json.load(answer)["data"]["result"]]
        except OSError:
            return []

    wait_for("both devices up in Prometheus",
             lambda: sorted(m["device"] for m, v in query('sawatch_device_up{source="snmp"} == 1')) == ["ASA-XFW01", "ASR-WAN01"],
             60)
    check("four tunnel ends are up", [v for _, v in query("sawatch_tunnel_up")] == ["1"] * 4)
    wait_for("traffic as a rate", lambda: len(query("rate(sawatch_tunnel_bytes_total[30s]) > 0")) >= 4)
    check("rates can be asked for", True)
    check("the daemon's own memory is there", len(query("process_resident_memory_bytes{job=\"sawatch\"} > 0")) == 1)
    check("polls are in a histogram", [float(v) > 0 for _, v in query("sawatch_poll_time_seconds_count")] == [True] * 2)

    # Prometheus draws a series on for five minutes, unless it is told that it ended.
    house.configure(["  - {name: ASA-XFW01, platform: asa, address: 127.0.0.1, snmp: {port: %s}}" % ports["ASA-XFW01"]])
    house.reload()
    wait_for("the series of a device that is not watched any more end", lambda: not query('{device="ASR-WAN01"}'))
    check("they end at once, and the others stay", sorted({m["device"] for m, _ in query("sawatch_tunnel_up")}) == ["ASA-XFW01"])
    check("a clean stop", house.stop()[0] == 0)
