#!/usr/bin/env python3
"""sawatch report capacity as people run it: months, zones, forms, folders, logins, and what it says where something is wrong. The engine is one of our own."""
import base64
import csv
import datetime
import http.server
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.parse

BUILD = os.environ.get("top_builddir", ".")
SAWATCH = os.path.join(BUILD, "sawatch")
RATE = 125000  # bytes per second: 1 Mbit/s
ENDS = (("ASA-XFW01", "berlin-1"), ("ASA-XFW01", "hamburg-1"))
failures = []
asked = []


def check(what, good, detail=""):
    print(("ok: " if good else "FAIL: ") + what, "" if good else detail)
    if not good:
        failures.append(what)


def series(query, start, end, step):
    times = [start + i * step for i in range(int((end - start) / step) + 1)]

    def one(labels, value):
        return {"metric": labels, "values": [[t, str(value(t))] for t in times]}

    for device, tunnel in ENDS:
        if "tunnel=" in query and 'tunnel="%s"' % tunnel not in query:
            continue
        who = {"device": device, "tunnel": tunnel}
        if "sawatch_tunnel_info" in query:
            yield one(dict(who, __name__="sawatch_tunnel_info", circuit="WAN-1", encryption="aes-gcm-256", nat_t="true"), lambda t: 1)
        elif "capacity_bytes" in query:
            yield one(who, lambda t: 200000)
        elif "sawatch_tunnel_state" in query:
            yield one(dict(who, state="up"), lambda t: 1)
        elif "__name__" in query:
            for way in ("in", "out"):
                yield one(dict(who, __name__="sawatch_tunnel_bytes_total", direction=way), lambda t: int(t) * RATE)
                yield one(dict(who, __name__="sawatch_tunnel_packets_total", direction=way), lambda t: int(t) * RATE // 500)


class Engine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        args = {k: v[0] for k, v in urllib.parse.parse_qs(url.query).items()}
        login = self.headers.get("Authorization")
        code, body = 200, b""
        asked.append((url.path, args, login))
        if url.path.startswith("/closed") and login not in ("Bearer t0k3n", "Basic " + base64.b64encode(b"u:p").decode()):
            code, body = 401, b"no"
        elif url.path.startswith("/html"):
            body = b"<html>a proxy</html>"
        elif url.path.startswith("/odd"):
            body = json.dumps({"status": "success", "data": {"result": [{"metric": {}, "values": [[1]]}]}}).encode()
        else:
            start, end, step = float(args["start"]), float(args["end"]), float(args["step"])
            if (end - start) / step > 11000:
                body = json.dumps({"status": "error", "error": "exceeded maximum resolution of 11,000 points"}).encode()
            else:
                body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": list(series(args["query"], start, end, step))}}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def run(*args, env=None):
    p = subprocess.run([SAWATCH, "report", *args], capture_output=True, text=True, timeout=120, env=dict(os.environ, **(env or {})))
    return p.returncode, p.stdout, p.stderr


def says(what, code, wanted, *args):
    got, out, err = run(*args)
    check(what, got == code and wanted in err, (got, out[-300:], err))


def usage(url):
    code, out, _ = run("--help")
    check("--help", code == 0 and "usage: sawatch report capacity" in out and "Examples:" in out)
    says("no report named", 2, "which report?")
    says("another report", 2, '"weather" is no report', "weather")
    says("a format", 2, "text, html, csv or json", "capacity", "--format", "pdf")
    says("what by", 2, "tunnel, link, circuit, device, site or tag", "capacity", "--by", "moon")
    says("a zone", 2, "no time zone of this name", "capacity", "--zone", "Mars/Olympus", "--source", url)
    says("a time", 2, "expected a date", "capacity", "--from", "yesterday", "--source", url)
    says("the wrong way round", 2, "--from is not before --to", "capacity", "--from", "2026-02-01", "--to", "2026-01-01", "--source", url)
    says("the future", 2, "in the future", "capacity", "--from", "2100-02-01", "--to", "2100-03-01", "--source", url)
    says("a month and a time", 2, "--monthly says", "capacity", "--monthly", "--from", "3d", "--source", url)
    says("no month", 2, "expected a month", "capacity", "--monthly=2026-13", "--source", url)
    says("a trend that begins too late", 2, "--trend-from is after", "capacity", "--from", "3d", "--trend-from", "1d", "--source", url)
    says("a file that is not there", 3, "/nowhere/history.db", "capacity", "--source", "/nowhere/history.db")
    says("a configuration that is not there", 3, "/nowhere.yml", "capacity", "--config", "/nowhere.yml")


def forms(url, folder):
    common = ("capacity", "--source", url, "--from", "2026-10-24", "--to", "2026-10-26", "--zone", "Europe/Berlin", "--trend-from", "2026-10-20")
    code, out, err = run(*common)
    check("text", code == 0 and "CIRCUITS" in out and "WAN-1" in out and "berlin-1" in out and "62 % of the capacity" in out, (code, out, err))
    check("no progress and no colours into a pipe", "\r" not in err and "\033" not in out)
    check("no capacity, no decision", "no capacity            WAN-1" in out, out)
    code, out, _ = run(*common, "--format", "json")
    report = json.loads(out)
    check("JSON", report["rows"][0]["out"]["p95_bytes_per_second"] == RATE and "chart" not in report["rows"][0])
    # 2026-10-25 has 25 hours in Berlin.
    check("days of the zone", report["to_ms"] - report["from_ms"] == 49 * 3600 * 1000)
    code, out, _ = run(*common, "--format", "json", "--charts")
    check("--charts", len(json.loads(out)["rows"][0]["chart"]["heat"]) == 168)
    code, out, _ = run(*common, "--format", "csv", "--by", "device")
    rows = list(csv.DictReader(io.StringIO(out)))
    check("CSV", [r["kind"] for r in rows] == ["circuit", "device"] and float(rows[1]["out_mean_bytes_per_second"]) == 2 * RATE, rows)
    check("CSV has times with their offset", rows[1]["out_peak_at"].startswith("2026-10-2") and rows[1]["out_peak_at"][-5] == "+", rows[1]["out_peak_at"])
    page = os.path.join(folder, "one.html")
    code, out, _ = run(*common, "--format", "html", "--output", page)
    text = open(page).read()
    check("HTML in a file, and nothing else", code == 0 and out == "" and "<svg" in text and "http://" not in text.replace(url, "") and os.listdir(folder) == ["one.html"])
    code, out, err = run(*common, "--output", os.path.join(folder, "a", "b") + "/")
    made = sorted(os.listdir(os.path.join(folder, "a", "b"))) if code == 0 else err
    check("a folder", made == ["capacity.csv", "capacity.json", "capacity.txt", "circuit-0001.html", "index.html", "tunnel-0001.html", "tunnel-0002.html"], made)
    index = open(os.path.join(folder, "a", "b", "index.html")).read()
    check("the overview leads to its pages", all('href="%s"' % name in index for name in made if name.startswith(("tunnel", "circuit"))))
    says("a folder that cannot be made", 3, "/proc/nowhere", *common, "--output", "/proc/nowhere/")
    code, out, _ = run(*common, "--tunnel", "berlin-1")
    check("one tunnel, with everything", code == 0 and "busy hour" in out and "hamburg" not in out and "coverage 100 %" in out, out)
    code, out, err = run(*common, "--by", "circuit", "--format", "json")
    check("circuits alone", code == 0 and "rows" not in json.loads(out) and len(json.loads(out)["circuits"]) == 1, err)


def configured(url, folder):
    path = os.path.join(folder, "sawatch.yml")
    with open(path, "w") as f:
        f.write("circuits:\n- {name: WAN-1, committed: 2400kbit}\ndevices:\n- name: ASA-XFW01\n  platform: asa\n  site: berlin\n  files: [{path: x}]\n"
                "  tunnels: [{name: berlin-1, remote: 198.51.100.1, tags: [mpls]}]\n")
    common = ("capacity", "--source", url, "--config", path, "--from", "2026-10-05", "--to", "2026-10-06", "--zone", "UTC", "--format", "json")
    circuit = json.loads(run(*common)[1])["circuits"][0]
    # 250,000 bytes a second in packets of 500, each with 63.5 bytes of IPsec with NAT-T and 18 of Ethernet, of 300,000
    check("a circuit's load and ceiling", abs(circuit["out"]["p95_ratio"] - (2 * RATE + 500 * 81.5) / 300000) < 1e-3 and circuit["decision"] == "upgrade", circuit)
    tags = {r["name"] for r in json.loads(run(*common, "--by", "tag")[1])["rows"]}
    check("tags come from the configuration", tags == {"mpls", "(none)"}, tags)
    sites = {r["name"] for r in json.loads(run(*common, "--by", "site")[1])["rows"]}
    check("sites too", sites == {"berlin"}, sites)


def months(url):
    code, out, _ = run("capacity", "--source", url, "--monthly=2026-02", "--zone", "UTC", "--format", "json")
    report = json.loads(out)
    check("February", (report["to_ms"] - report["from_ms"]) / 86400000 == 28 and report["from_ms"] == 1769904000000, report["from_ms"])
    code, out, _ = run("capacity", "--source", url, "--monthly", "--zone", "UTC", "--format", "json")
    first = datetime.datetime.now(datetime.timezone.utc).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    check("the last month", json.loads(out)["to_ms"] == int(first.timestamp()) * 1000)
    asked.clear()
    code, out, err = run("capacity", "--source", url, "--from", "2026-09-01", "--to", "2026-11-01", "--trend-from", "2026-09-01", "--zone", "UTC", "--tunnel", "berlin-1",
                         "--format", "json")
    check("two months are asked for in pieces", code == 0 and len([a for a in asked if "__name__" in a[1]["query"]]) == 2, (code, err))
    check("and are whole", json.loads(out)["rows"][0]["coverage_ratio"] == 1 and json.loads(out)["rows"][0]["out"]["peak_bytes_per_second"] == RATE)


def logins(url, folder):
    secret = os.path.join(folder, "secret")
    common = ("capacity", "--source", url + "/closed", "--from", "2026-10-05", "--to", "2026-10-06", "--zone", "UTC")

    def write(text, mode=0o600):
        with open(secret, "w") as f:
            f.write(text)
        os.chmod(secret, mode)

    says("a closed engine", 3, "refused (HTTP 401)", *common)
    write("t0k3n\n")
    asked.clear()
    check("a token", run(*common, "--bearer-file", secret)[0] == 0 and {a[2] for a in asked} == {"Bearer t0k3n"})
    write("u:p\n")
    check("a user", run(*common, "--user-file", secret)[0] == 0)
    write("u\n")
    says("a user without a password", 3, "USER:PASSWORD is expected", *common, "--user-file", secret)
    write("wr0ng\n")
    code, out, err = run(*common, "--bearer-file", secret)
    check("a wrong token is refused, and not shown", code == 3 and "refused" in err and "wr0ng" not in out + err, err)
    write("t0k3n\n", 0o644)
    says("a token that others may read", 3, "chmod o=", *common, "--bearer-file", secret)
    says("a page that is no engine", 3, "no answer of a Prometheus API", "capacity", "--source", url + "/html")
    says("an answer that is none", 3, "malformed", "capacity", "--source", url + "/odd")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_address[1]
    try:
        with tempfile.TemporaryDirectory() as folder:
            usage(url)
            forms(url, folder)
        with tempfile.TemporaryDirectory() as folder:
            configured(url, folder)
            months(url)
            logins(url, folder)
    finally:
        server.shutdown()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
