#!/usr/bin/env python3
"""From devices to figures: what sawatchd read is in the report; and weeks of readings give the same figures from the history file and from Prometheus,
which are worked out here as well."""
import calendar
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request

from daemon_kit import House, check, program, wait_for

STEP = 300
WEEKS = 5
CAPACITY = 2_000_000  # bytes per second
PACKET = 500
NOW = int(time.time())
TO = calendar.timegm((*time.gmtime(NOW)[:3], 0, 0, 0))
FROM = TO - WEEKS * 7 * 86400
ENDS = (("ASA-XFW01", 47), ("ASR-WAN01", 123))  # and how long after the slot begins each is read
HOLE = (FROM + 3 * 86400 + 7200, FROM + 3 * 86400 + 18000)  # nothing was read
DOWN = (FROM + 9 * 86400 + 3600, FROM + 9 * 86400 + 7200)
CONFIG = """devices:
- {name: ASA-XFW01, platform: asa, address: 192.0.2.1, snmp: {}, tunnels: [{name: berlin-1, remote: 203.0.113.1, capacity: 16Mbit}]}
- {name: ASR-WAN01, platform: iosxe, address: 198.51.100.1, snmp: {}, tunnels: [{name: berlin-1, remote: 203.0.113.1, capacity: 16Mbit}]}
snmp_defaults: {version: 2c, community_file: community}
"""


def sawatch(house, *args):
    return subprocess.run([program("sawatch"), *args], cwd=house.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          universal_newlines=True)


def report(house, begin, end, *args):
    def stamp(at):
        return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(at))

    done = sawatch(house, "report", "capacity", "--zone", "UTC", "--from", stamp(begin), "--to", stamp(end), "--format", "json", *args)
    if done.returncode:
        raise AssertionError(done.stderr)
    return {(r["device"], r["tunnel"]): r for r in json.loads(done.stdout)["rows"]}


def near(what, value, wanted, within):
    check("%s: %.6g is %.6g" % (what, value, wanted), abs(value - wanted) <= within * abs(wanted))


# ---------------------------------------------------------------------------------------------------------- from devices


def exported(house, *args):
    done = sawatch(house, "history", "export", *args)
    check("exported", done.returncode == 0)
    return list(csv.DictReader(done.stdout.splitlines()))


def from_devices(house):
    """What takes a day in life takes seconds here: readings of each second are given the times of a slot each, in text, and read in again."""
    def device(name, platform):
        return "- {name: %s, platform: %s, address: 127.0.0.1, site: berlin, snmp: {port: %s}}" % (name, platform, ports[name])

    ports = house.simulate()
    house.configure([device("ASA-XFW01", "asa"), device("ASR-WAN01", "iosxe")], history="{interval: 1s}")
    house.run_daemon()
    wait_for("readings of four ends", lambda: (house.metric("sawatch_history_samples_total") or 0) >= 24)
    shown = {(t["device"], t["name"]) for t in house.api("tunnels")["tunnels"]}
    live = report(house, NOW - 2 * STEP, NOW + STEP, "--config", "sawatch.yml")
    check("the report reads what is being written", set(live) == shown and len(live) == 4)
    house.stop()
    check("what was kept is whole", sawatch(house, "history", "verify", "--config", "sawatch.yml").returncode == 0)

    done = sawatch(house, "history", "export", "--config", "sawatch.yml", "--format", "openmetrics")
    facts = {(f["device"], f["tunnel"]): f for f in (dict(re.findall(r'(\w+)="([^"]*)"', line)) for line in done.stdout.split("\n")
                                                     if line.startswith("sawatch_tunnel_info"))}
    check("what is known of the ends is exported too", set(facts) == shown and all(
        f["encryption"] and f["site"] == "berlin" and f["local"] and f["remote"] for f in facts.values()))

    readings = {}
    for row in exported(house, "--config", "sawatch.yml"):
        readings.setdefault((row["device"], row["tunnel"]), []).append(row)
    check("all ends are exported", set(readings) == shown and all(len(rows) >= 4 for rows in readings.values()))
    with open(house.path("slow.csv"), "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, list(next(iter(readings.values()))[0]))
        out.writeheader()
        for rows in readings.values():
            out.writerows(dict(row, time=FROM + i * STEP) for i, row in enumerate(rows))
    check("and read in", sawatch(house, "history", "import", "--file", "slow.db", "slow.csv").returncode == 0)
    got = report(house, FROM, FROM + 86400, "--source", "slow.db")
    for end, rows in readings.items():
        for way in ("in", "out"):
            totals = [int(row[way + "_bytes"]) for row in rows]
            rates = sorted((b - a) / STEP for a, b in zip(totals, totals[1:]))
            flow = got[end][way]
            check("%s %s %s: samples" % (*end, way), flow["samples"] == len(rates) and rates[-1] > 0)
            near("mean", flow["mean_bytes_per_second"], sum(rates) / len(rates), 1e-6)
            near("95th percentile", flow["p95_bytes_per_second"], rates[len(rates) - 1 - len(rates) // 20], 1e-6)
            near("peak", flow["peak_bytes_per_second"], rates[-1], 1e-6)


# ---------------------------------------------------------------------------------------------------- from weeks of text


def totals(slots):
    """bytes that had passed when each slot began: 100,000 to 1,540,000 a second, without any pattern"""
    found = [0]
    for slot in range(slots):
        found.append(found[-1] + (100000 + slot * 7919 % 289 * 5000) * STEP)
    return found


SLOTS = WEEKS * 7 * 288
PASSED = totals(SLOTS + 2)


def total(at):
    slot, rest = divmod(at - FROM + STEP, STEP)
    return PASSED[slot] + (PASSED[slot + 1] - PASSED[slot]) * rest // STEP


def write_weeks(path):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow("time device tunnel state maintenance gap in_bytes out_bytes in_packets out_packets".split())
        for device, late in ENDS:
            for slot in range(-1, SLOTS):
                at = FROM + slot * STEP + late
                if HOLE[0] <= at < HOLE[1]:
                    continue
                sent, back = total(at), total(at) // 4
                came, went = (back, sent) if device == ENDS[0][0] else (sent, back)
                out.writerow([at, device, "berlin-1", "down" if DOWN[0] <= at < DOWN[1] else "up", 0, 0, came, went, came // PACKET, went // PACKET])


def expected(late):
    """what passed from one reading to the next, where both are known"""
    known = []
    for slot in range(-1, SLOTS - 1):
        at = FROM + slot * STEP + late
        if at + STEP < HOLE[0] or at >= HOLE[1]:
            known.append(((total(at + STEP) - total(at)) / STEP, at))
    rates = sorted(r for r, _ in known)
    return {"mean": sum(rates) / len(rates), "p95": rates[len(rates) - 1 - len(rates) // 20], "peak": rates[-1]}, len(rates)


def check_weeks(name, got, within):
    check(name + ": both ends", set(got) == {(device, "berlin-1") for device, _ in ENDS})
    for device, late in ENDS:
        row = got[device, "berlin-1"]
        full, quarter = ("out", "in") if device == ENDS[0][0] else ("in", "out")
        wanted, n = expected(late)
        for figure, value in wanted.items():
            near("%s: %s %s" % (name, device, figure), row[full][figure + "_bytes_per_second"], value, within)
            near("%s: %s %s the other way" % (name, device, figure), row[quarter][figure + "_bytes_per_second"], value / 4, within)
        check(name + ": samples", abs(row[full]["samples"] - n) <= 3)
        near(name + ": of its capacity", row[full]["p95_ratio"], wanted["p95"] / CAPACITY, within)
        near(name + ": bytes in a packet", row[full]["mean_packet_bytes"], PACKET, 0.001)
        check(name + ": an outage of an hour", row["outages"] == 1 and abs(row["down_seconds"] - 3600) <= STEP)


def export_to_prometheus(house):
    done = sawatch(house, "history", "export", "--file", "weeks.db", "--format", "openmetrics", "--output", "weeks.om")
    check("OpenMetrics is written", done.returncode == 0)
    made = subprocess.run(["promtool", "tsdb", "create-blocks-from", "--max-block-duration=24h", "openmetrics", "-q", "weeks.om", "tsdb"], cwd=house.dir,
                          timeout=120, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    check("promtool makes blocks of it: " + made.stdout.strip()[-200:], made.returncode == 0)
    house.write("prometheus.yml", "global: {}\n")
    with open(house.path("prometheus.log"), "w", encoding="utf-8") as log:
        house.start(["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.listen-address=127.0.0.1:0",
                     "--storage.tsdb.retention.time=100y"], stdout=subprocess.DEVNULL, stderr=log)
    # It says first where it will listen, on port 0, and then where it does.
    port = wait_for("Prometheus", lambda: re.search(r"address=127\.0\.0\.1:([1-9]\d*)", house.read("prometheus.log")), 60)
    base = "http://127.0.0.1:" + port.group(1)

    def ready():
        try:
            return urllib.request.urlopen(base + "/-/ready", timeout=5).status == 200
        except OSError:
            return False

    wait_for("Prometheus is ready", ready, 60)
    return base


def from_weeks(house):
    house.write("weeks.yml", CONFIG)
    write_weeks(house.path("weeks.csv"))
    check("weeks are read in", sawatch(house, "history", "import", "--file", "weeks.db", "weeks.csv").returncode == 0)
    check("and whole", sawatch(house, "history", "verify", "--file", "weeks.db").returncode == 0)
    kept = report(house, FROM, TO, "--config", "weeks.yml", "--source", "weeks.db")
    check_weeks("history", kept, 0.001)
    if not shutil.which("promtool") or not shutil.which("prometheus"):
        print("promtool or prometheus is not installed: its part is left out")
        return 77
    asked = report(house, FROM, TO, "--config", "weeks.yml", "--source", export_to_prometheus(house))
    check_weeks("Prometheus", asked, 0.005)
    for end, row in kept.items():
        for way in ("in", "out"):
            for figure in ("mean_bytes_per_second", "p95_bytes_per_second", "peak_bytes_per_second", "volume_bytes"):
                near("both sources: %s %s %s" % (end[0], way, figure), asked[end][way][figure], row[way][figure], 0.005)
    return 0


def main():
    with House() as house:
        from_devices(house)
        return from_weeks(house)


sys.exit(main())
