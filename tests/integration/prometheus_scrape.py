#!/usr/bin/env python3
"""A real Prometheus scrapes the HTTP face and answers queries over what it read."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

BUILD = os.environ.get("top_builddir", ".")
DEADLINE = 60  # seconds, for Prometheus to start and scrape

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: sawatch
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
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
)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def query(base, expression):
    url = base + "/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url, timeout=5) as r:
        result = json.load(r)["data"]["result"]
    return {s["metric"].get("tunnel", ""): s["value"][1] for s in result}


def wait_for_scrape(base, prometheus):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end and prometheus.poll() is None:
        try:
            if query(base, 'up{job="sawatch"} == 1'):
                return True
        except (OSError, urllib.error.URLError, ValueError):
            pass
        time.sleep(0.1)
    return False


def main():
    program = shutil.which("prometheus")
    if not program:
        print("SKIP: prometheus is not installed")
        return 77
    fixture = subprocess.Popen([os.path.join(BUILD, "tests/integration/http_fixture")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "prometheus.yml"), "w") as f:
            f.write(CONFIG.format(port=int(fixture.stdout.readline())))
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        with open(os.path.join(folder, "log"), "w+") as log:
            prometheus = subprocess.Popen(
                [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                if not wait_for_scrape(base, prometheus):
                    failures += 1
                    log.seek(0)
                    print("FAIL: Prometheus has not scraped:\n" + log.read()[-3000:])
                for expression, want in QUERIES if not failures else ():
                    got = query(base, expression)
                    print(("ok: " if got == want else "FAIL: ") + expression, "" if got == want else got)
                    failures += got != want
            finally:
                prometheus.terminate()
                prometheus.wait(timeout=30)
    fixture.stdin.close()
    failures += fixture.wait(timeout=20) != 0
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
