#!/usr/bin/env python3
"""The capacity report from a real Prometheus and a real VictoriaMetrics: both hold the same data, and the figures are worked out here as well."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from ports_kit import free_port

BUILD = os.environ.get("top_builddir", ".")
SAWATCH = os.path.join(BUILD, "sawatch")
DEADLINE = 60
BEGIN = 1791158400  # 2026-10-05 00:00 UTC, a Monday
DAYS = 3
POLL, SCRAPE = 300, 60
CAPACITY = 2_000_000
ENDS = (("ASA-XFW01", "berlin-1", "192.0.2.1", "198.51.100.1", 47), ("ASR-WAN01", "berlin-1", "198.51.100.1", "192.0.2.1", 123))
PACKET = 500
failures = []


def check(what, good, detail=""):
    print(("ok: " if good else "FAIL: ") + what, "" if good else detail)
    if not good:
        failures.append(what)


def rate(slot):
    """bytes per second from the ASA in a slot of five minutes; 100,000 to 1,540,000, without any pattern"""
    return 100000 + (slot * 7919 % 289) * 5000


def total(at):
    """what had passed at a time"""
    slot, rest = divmod(at - BEGIN + 3600, POLL)
    return sum_before(slot) + rate(slot) * rest


SUMS = [0]


def sum_before(slot):
    while len(SUMS) <= slot:
        SUMS.append(SUMS[-1] + rate(len(SUMS) - 1) * POLL)
    return SUMS[slot]


def is_down(at):
    return BEGIN + 36 * 3600 <= at < BEGIN + 37 * 3600


def samples(form):
    """the series as sawatchd would have been scraped; nothing for two hours of the second day"""
    series = {}

    def put(name, labels, at, value):
        series.setdefault(name, {}).setdefault(labels, []).append((at, value))

    for device, tunnel, local, remote, phase in ENDS:
        base = 'device="%s",tunnel="%s"' % (device, tunnel)
        for scrape in range(BEGIN - 3600, BEGIN + DAYS * 86400 + 1800, SCRAPE):
            if BEGIN + 26 * 3600 <= scrape < BEGIN + 28 * 3600:
                continue
            read = (scrape - phase) // POLL * POLL + phase
            sent = total(read)
            put("sawatch_tunnel_info", base + ',local="%s",remote="%s",encryption="aes-gcm-256",nat_t="false",circuit="WAN-1",site="berlin"'
                % (local, remote), scrape, 1)
            put("sawatch_tunnel_capacity_bytes_per_second", base, scrape, CAPACITY)
            put("sawatch_poll_age_seconds", 'device="%s",source="snmp"' % device, scrape, scrape - read)
            put("sawatch_tunnel_maintenance", base, scrape, 0)
            out = device.startswith("ASA")
            for way, count in (("out", sent if out else sent // 4), ("in", sent // 4 if out else sent)):
                put("sawatch_tunnel_bytes", base + ',direction="%s"' % way, scrape, count)
                put("sawatch_tunnel_packets", base + ',direction="%s"' % way, scrape, count // PACKET)
            put("sawatch_tunnel_count_gaps", base, scrape, 0)
            for state in ("up", "degraded", "down", "missing", "unexpected", "unknown"):
                put("sawatch_tunnel_state", base + ',state="%s"' % state, scrape, int(state == ("down" if is_down(read) else "up")))
    counters = ("sawatch_tunnel_bytes", "sawatch_tunnel_packets", "sawatch_tunnel_count_gaps")
    lines = []
    for name in sorted(series):
        if form == "openmetrics":
            lines.append("# TYPE %s %s" % (name, "counter" if name in counters else "gauge"))
        for labels, values in series[name].items():
            shown = name + ("_total" if name in counters else "")
            for at, value in values:
                lines.append("%s{%s} %d %d" % (shown, labels, value, at if form == "openmetrics" else at * 1000))
    return "\n".join(lines) + ("\n# EOF\n" if form == "openmetrics" else "\n")


def wait_for(url, process):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    return False


def report(source, *more):
    p = subprocess.run([SAWATCH, "report", "capacity", "--source", source, "--zone", "UTC", "--from", "2026-10-05", "--to", "2026-10-08", "--format",
                        "json", *more], capture_output=True, text=True, timeout=120)
    if p.returncode:
        print(p.stderr)
    return p.returncode, p.stderr, json.loads(p.stdout) if p.returncode == 0 else {}


def expected(phase):
    """what passed the ASA outwards from one reading to the next, but for those around the two hours that nobody scraped"""
    first, last = BEGIN + 26 * 3600, BEGIN + 28 * 3600
    known = [(total(at + phase + POLL) - total(at + phase)) / POLL for at in range(BEGIN, BEGIN + DAYS * 86400, POLL)
             if at + phase + POLL < first or at + phase >= last]
    known.sort()
    return {"mean": sum(known) / len(known), "p95": known[len(known) - 1 - len(known) // 20], "peak": known[-1], "samples": len(known)}


def check_report(name, got):
    rows = {r["device"]: r for r in got.get("rows", [])}
    want, beyond = expected(ENDS[0][4]), expected(ENDS[1][4])
    check(name + ": both ends", sorted(rows) == ["ASA-XFW01", "ASR-WAN01"], list(rows))
    if len(rows) != 2:
        return
    asa, asr = rows["ASA-XFW01"], rows["ASR-WAN01"]
    out = asa["out"]
    for figure in ("mean", "p95", "peak"):
        value = out[figure + "_bytes_per_second"]
        check(name + ": %s within 0.5 %%" % figure, abs(value / want[figure] - 1) < 0.005, (value, want))
    check(name + ": samples", abs(out["samples"] - want["samples"]) <= 2, (out["samples"], want))
    check(name + ": the way back is a quarter", abs(asa["in"]["mean_bytes_per_second"] * 4 / out["mean_bytes_per_second"] - 1) < 0.001)
    check(name + ": packets", abs(out["mean_packet_bytes"] - PACKET) < 1, out.get("mean_packet_bytes"))
    check(name + ": capacity", asa["capacity_bytes_per_second"] == CAPACITY and abs(out["p95_ratio"] * CAPACITY / out["p95_bytes_per_second"] - 1) < 1e-9)
    check(name + ": an outage of an hour", asa["outages"] == 1 and abs(asa["down_seconds"] - 3600) <= POLL, (asa["outages"], asa["down_seconds"]))
    check(name + ": not known for two hours and a bit", 7200 <= asa["unknown_seconds"] <= 7200 + 3 * POLL, asa["unknown_seconds"])
    check(name + ": usual interval", asa["interval_seconds"] == POLL, asa["interval_seconds"])
    cross = {c["from"]: c for c in asa["cross"]}
    check(name + ": what was sent arrives", abs(cross["ASA-XFW01"]["bytes_ratio"] - 1) < 0.005, cross)
    check(name + ": no loss", abs(cross["ASA-XFW01"]["loss_ratio"]) < 0.005, cross)
    circuit = got["circuits"][0]
    # Per packet of 500 bytes 20 + 8 + 8 + 2 + 1.5 + 16 by IPsec and 18 by Ethernet, in slots of one end only.
    wire = out["mean_bytes_per_second"] * (PACKET + 55.5 + 18) / PACKET
    check(name + ": the circuit at Ethernet", abs(circuit["out"]["mean_bytes_per_second"] / wire - 1) < 0.001 and circuit["tunnels"] == 1,
          (circuit["out"]["mean_bytes_per_second"], wire))
    check(name + ": seen by the other end too", abs(asr["in"]["p95_bytes_per_second"] / beyond["p95"] - 1) < 0.005)
    check(name + ": eight weeks are needed", out["reach"] == "unknown" and out["growth_missing"].startswith("not enough data"))


def same(a, b):
    """every figure of both engines"""
    for x, y in zip(sorted(a["rows"], key=lambda r: r["device"]), sorted(b["rows"], key=lambda r: r["device"])):
        for way in ("in", "out"):
            for figure in ("mean_bytes_per_second", "p95_bytes_per_second", "peak_bytes_per_second", "packets_per_second", "volume_bytes"):
                check("both engines agree: %s %s %s" % (x["device"], way, figure), abs(x[way][figure] / y[way][figure] - 1) < 0.01,
                      (x[way][figure], y[way][figure]))
        for figure in ("down_seconds", "unknown_seconds", "coverage_ratio"):
            check("both engines agree: %s" % figure, abs(x[figure] - y[figure]) <= max(POLL if "seconds" in figure else 0, 0.01), (x[figure], y[figure]))


def prometheus(folder, stop):
    with open(os.path.join(folder, "data.om"), "w") as f:
        f.write(samples("openmetrics"))
    data = os.path.join(folder, "prometheus")
    subprocess.run([shutil.which("promtool"), "tsdb", "create-blocks-from", "openmetrics", "-q", os.path.join(folder, "data.om"), data], check=True,
                   timeout=120, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "prometheus.yml"), "w") as f:
        f.write("global: {}\n")
    base = "http://127.0.0.1:%d" % free_port()
    p = subprocess.Popen([shutil.which("prometheus"), "--config.file=%s/prometheus.yml" % folder, "--storage.tsdb.path=" + data,
                          "--storage.tsdb.retention.time=100y", "--web.listen-address=" + base[7:]], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop.append(p)
    return base if wait_for(base + "/-/ready", p) else None


def victoria(folder, stop):
    base = "http://127.0.0.1:%d" % free_port()
    p = subprocess.Popen([shutil.which("victoria-metrics"), "-storageDataPath=%s/vm" % folder, "-httpListenAddr=" + base[7:], "-retentionPeriod=100y",
                          "-search.disableCache"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop.append(p)
    if not wait_for(base + "/health", p):
        return None
    urllib.request.urlopen(urllib.request.Request(base + "/api/v1/import/prometheus", data=samples("text").encode()), timeout=60).close()
    urllib.request.urlopen(base + "/internal/force_flush", timeout=60).close()
    return base


def refusals(base):
    code, text, _ = report("http://127.0.0.1:%d" % free_port())
    check("an engine that is not there", code == 3 and "cannot connect" in text, text)
    code, text, _ = report(base + "/nowhere")
    check("a wrong path", code == 3 and "no answer of a Prometheus API" in text, text)
    code, text, _ = report(base, "--tunnel", "nobody")
    check("a tunnel that is not there", code == 3 and "has no tunnel nobody" in text, text)
    code, text, _ = report(base, "--selector", 'job="')
    check("a wrong selector is the engine's to refuse", code == 3 and ("parse" in text or "bad_data" in text or "unclosed" in text), text)


def main():
    missing = [name for name in ("prometheus", "promtool", "victoria-metrics") if not shutil.which(name)]
    if missing:
        print("SKIP: not installed: " + ", ".join(missing))
        return 77
    stop = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            got = {}
            for name, start in (("Prometheus", prometheus), ("VictoriaMetrics", victoria)):
                base = start(folder, stop)
                check(name + " runs", base is not None)
                if base:
                    code, _, got[name] = report(base)
                    check(name + ": a report", code == 0)
                    check_report(name, got[name])
                    if name == "Prometheus":
                        refusals(base)
            if len(got) == 2:
                same(got["Prometheus"], got["VictoriaMetrics"])
        finally:
            for p in stop:
                p.terminate()
            for p in stop:
                p.wait(timeout=30)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
