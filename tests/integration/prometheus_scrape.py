#!/usr/bin/env python3
"""Real Prometheus servers scrape the HTTP face, one as it comes and one with native histograms, and answer queries over what they read."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from ports_kit import free_port

BUILD = os.environ.get("top_builddir", ".")
DEADLINE = 60  # seconds, for Prometheus to start, scrape, and see what changed

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: sawatch
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: daemon
    params: {{part: [daemon], created: [all]}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: probes
    scrape_interval: 1h
    http_sd_configs: [{{url: "http://127.0.0.1:{port}/sd"}}]
  - job_name: recorder
    static_configs: [{{targets: ["127.0.0.1:{recorder}"]}}]
"""

# Query, and the values it must give by tunnel.
QUERIES = (
    ('sawatch_tunnel_up{device="ASR-WAN03"}', {"turin-1": "1"}),
    ('sawatch_tunnel_up{device="ASR-WAN01"}', {}),
    ('sawatch_tunnel_state{state="unknown"} == 1', {"muenchen-1": "1"}),
    ('sawatch_tunnel_state{state="unexpected"} == 1', {'q"u\\o\nte<b>|': "1"}),
    ('sawatch_tunnel_bytes_total{direction="out"}', {"berlin-1": "2000"}),
    ('sawatch_tunnel_plaintext_mtu_bytes < 1280', {"wien-1": "1270"}),
    ('sawatch_tunnel_up * on (device, tunnel) group_left (owner) sawatch_tunnel_info{owner!=""}', {"berlin-1": "1"}),
    ('sawatch_polls_missed_total{job="daemon"}', {"": "0"}),
    ('sawatch_device_up{job="daemon"}', {}),
)

# What the two servers send: what tests/unit/exposition_test knows of them must stay what they do.
OPENMETRICS = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
               "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
PROTOBUF = ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
            "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
            "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")

failures = 0


def check(what, good, got=""):
    global failures
    print("ok: " + what if good else f"FAIL: {what} {got}")
    failures += not good


class Recorder:
    """Notes what a scraper sends."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.headers = {}
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                with connection:
                    lines = connection.recv(65536).decode().split("\r\n")
                    self.headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
                    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\nup_to_date 1\n")
            except OSError:
                return


class Prometheus:
    def __init__(self, folder, program, port, *options):
        self.recorder = Recorder()
        self.folder = folder
        os.mkdir(folder)
        with open(os.path.join(folder, "prometheus.yml"), "w") as f:
            f.write(CONFIG.format(port=port, recorder=self.recorder.port))
        own = free_port()
        self.base = f"http://127.0.0.1:{own}"
        self.log = open(os.path.join(folder, "log"), "w+")
        self.process = subprocess.Popen(
            [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{own}", *options], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()
        self.recorder.listener.close()

    def get(self, path, **query):
        with urllib.request.urlopen(f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=5) as r:
            return json.load(r)["data"]

    def query(self, expression):
        return self.get("query", query=expression)["result"]

    def by_tunnel(self, expression):
        return {s["metric"].get("tunnel", ""): s["value"][1] for s in self.query(expression)}

    def wait(self, what, condition):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if condition():
                    check(what, True)
                    return
            except (OSError, urllib.error.URLError, ValueError):
                pass
            time.sleep(0.1)
        self.log.seek(0)
        check(what, False, "\n" + self.log.read()[-3000:])

    def scraped(self):
        return len(self.query('up{job=~"sawatch|daemon|recorder"} == 1')) == 3


def as_it_comes(p):
    """Through OpenMetrics, with a classic histogram."""
    check("it asks for OpenMetrics", p.recorder.headers.get("accept") == OPENMETRICS, p.recorder.headers)
    check("and takes gzip", p.recorder.headers.get("accept-encoding") == "gzip")
    got = p.query('histogram_quantile(1, sawatch_poll_time_seconds_bucket{job="sawatch"})')
    check("the classic histogram", [s["value"][1] for s in got] == ["4"], got)
    check("no native one", not p.query('histogram_count(sawatch_poll_time_seconds)'))
    unit = p.get("targets/metadata", metric="sawatch_poll_age_seconds")
    check("the unit is known", unit and unit[0]["unit"] == "seconds", unit)
    check("info is a type", p.get("targets/metadata", metric="sawatch_tunnel")[0]["type"] == "info")


def with_native_histograms(p):
    """Through protobuf."""
    check("it asks for protobuf", p.recorder.headers.get("accept") == PROTOBUF, p.recorder.headers)
    got = p.query('histogram_count(sawatch_poll_time_seconds{job="sawatch"})')
    check("the native histogram", [s["value"][1] for s in got] == ["9"], got)
    got = p.query('histogram_quantile(0.5, sawatch_poll_time_seconds{job="sawatch"})')
    check("its median is within a bucket", len(got) == 1 and 0.11 < float(got[0]["value"][1]) <= 0.126, got)


def discovered(p):
    """Targets of /sd."""
    targets = [t for t in p.get("targets")["activeTargets"] if t["scrapePool"] == "probes"]
    check("every device is a target", sorted(t["labels"]["instance"] for t in targets) ==
          ["ASA-XFW01", "ASR-WAN01", "ASR-WAN02", "ASR-WAN03", "NEW-FW01"], targets)
    one = [t for t in targets if t["labels"]["instance"] == "ASA-XFW01"][0]
    check("the target is the probe", one["scrapeUrl"].endswith("/probe?target=ASA-XFW01"), one["scrapeUrl"])
    check("with its platform", one["labels"].get("platform") == "asa", one["labels"])


def main():
    program = shutil.which("prometheus")
    if not program:
        print("SKIP: prometheus is not installed")
        return 77
    fixture = subprocess.Popen([os.path.join(BUILD, "tests/integration/http_fixture")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    servers = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            port = int(fixture.stdout.readline())
            try:
                servers.append(Prometheus(os.path.join(folder, "plain"), program, port))
                servers.append(Prometheus(os.path.join(folder, "native"), program, port,
                                          "--enable-feature=native-histograms,exemplar-storage"))
                for p in servers:
                    p.wait("Prometheus has scraped", p.scraped)
                    for expression, want in QUERIES:
                        got = p.by_tunnel(expression)
                        check(expression, got == want, got)
                if not failures:
                    as_it_comes(servers[0])
                    with_native_histograms(servers[1])
                    discovered(servers[0])
                # The next poll: without stale markers Prometheus would draw the old values on for five minutes.
                fixture.stdin.write(b"x")
                fixture.stdin.flush()
                for p in servers:
                    p.wait("the series of a tunnel that is gone end", lambda: not p.query(
                        'sawatch_tunnel_state{tunnel="berlin-1"} or sawatch_tunnel_bytes_total{tunnel="berlin-1"}'))
                    p.wait("nothing is faked of a device that cannot be read", lambda: not p.query(
                        '{device="ASR-WAN03",__name__=~"sawatch_tunnel_(up|plaintext_mtu_bytes|.*_total)"}'))
                    check("it is unknown instead", p.by_tunnel('sawatch_tunnel_state{state="unknown"} == 1') ==
                          {"muenchen-1": "1", "turin-1": "1"})
                    check("the others go on", p.by_tunnel('sawatch_tunnel_up{tunnel="wien-1"}') == {"wien-1": "1"})
            finally:
                for p in servers:
                    p.stop()
    finally:
        fixture.stdin.close()
        check("every snapshot was given back", fixture.wait(timeout=20) == 0)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
