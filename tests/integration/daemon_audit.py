#!/usr/bin/env python3
"""The daemon audits: it reads the running configurations of both ends by SSH, compares them, and shows what it found by metric, API and plugin;
no key leaves the collector."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon_kit import check, children, program, wait_for  # noqa: E402

place = tempfile.mkdtemp()
CHECK, SAWATCH, SIM = program("check_sawatch"), program("sawatch"), program("sawatch-sim")


def path(name):
    return os.path.join(place, name)


def write(name, text):
    with open(path(name), "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path(name), 0o600)


def configuration(ports, profile, audited):
    device = "- {name: %s, platform: %s, address: 127.0.0.1, ssh: {port: %s, user: sawatch, password_file: password, enable_file: enable, interval: 10s, " \
        "timeout: 5s, command_timeout: 8s, deadline: 9s%s}}\n"
    every = ", audit_interval: 1h"
    write("sawatch.yml", "listen: 127.0.0.1:0\nstate_dir: none\naudit_profile: %s\ndevices:\n" % profile +
          device % ("ASA-XFW01", "asa", ports["ASA-XFW01"], every) +
          device % ("ASR-WAN01", "iosxe", ports["ASR-WAN01"], every if audited else "") +
          "- {name: nobody, platform: asa, files: [{path: x}], maintenance: true}\n")


def run(url, *arguments):
    p = subprocess.run([CHECK, "--server", url, "--mode", "audit", *arguments], capture_output=True, text=True, timeout=30)
    return p.returncode, p.stdout


def get(url, what):
    p = subprocess.run(["curl", "-sSf", url + what], capture_output=True, text=True, timeout=30)
    return p.stdout


def scenario(ports):
    configuration(ports, "nge", False)
    for name in ("ASA-XFW01", "ASR-WAN01"):
        p = subprocess.run([SAWATCH, "trust", "--config", path("sawatch.yml"), "--yes", name], capture_output=True, text=True, timeout=30)
        check("the host key of %s is known %s" % (name, p.stderr), p.returncode == 0)
    log = open(path("log"), "w", encoding="utf-8")
    daemon = subprocess.Popen([program("sawatchd"), "--ready-file", path("ready"), path("sawatch.yml")], stderr=log)
    try:
        wait_for("the daemon", lambda: os.path.exists(path("ready")))
        with open(path("ready"), encoding="utf-8") as f:
            url = f.read().strip().rstrip("/")

        status, text = wait_for("that one end is not audited", lambda: next(
            (r for r in [run(url, "-d", "ASA-XFW01")] if "ASR-WAN01: its running configuration is not read" in r[1]), None))
        check("one end that is not read is UNKNOWN: " + text.strip(), status == 3)

        configuration(ports, "nge", True)
        daemon.send_signal(1)
        status, text = wait_for("the audit", lambda: next((r for r in [run(url, "-v", "-d", "ASA-XFW01")] if "compared with 1 device" in r[1]), None))
        # `show running-config` of an ASA masks its keys.
        check("the good pair passes: " + text.split("\n")[0], status == 0 and "psk-not-comparable" in text)
        status, text = run(url, "-d", "nobody")
        check("a device in maintenance is OK, and says so: " + text.strip(), status == 0 and "(maintenance)" in text)

        configuration(ports, "cnsa", True)
        daemon.send_signal(1)
        status, text = wait_for("the other profile", lambda: next((r for r in [run(url, "-d", "ASR-WAN01")] if r[0] == 2), None))
        check("what fails is CRITICAL: " + text.strip(), re.search(r"\d+ fail", text.replace("fail ", "1 fail")) and "'fail'=" in text)
        metrics = get(url, "/metrics")
        check("findings are counted by rule", re.search(
            r'sawatch_audit_findings\{device="ASR-WAN01",rule="[a-z0-9-]+",severity="fail"\} [1-9]', metrics))
        check("what the running configuration says that a tunnel carries is its capacity", re.search(
            r'sawatch_tunnel_capacity_bytes_per_second\{device="ASR-WAN01",tunnel="[^"]+"\} 6250000\n', metrics) and
            'sawatch_tunnel_capacity_bytes_per_second{device="ASA' not in metrics)
        check("the age is shown", re.search(r'sawatch_audit_age_seconds\{device="ASA-XFW01"\} \d', metrics))
        snapshot = json.loads(get(url, "/api/v1/snapshot?device=ASR-WAN01"))
        check("and the API says whose it is",
              {t.get("capacity_from") for t in snapshot["tunnels"]} == {"bandwidth qos-reference"})
        audit = snapshot["audits"][0]
        check("the API has the findings", (audit["a_device"], audit["b_device"], audit["profile"], audit["pairs"]) ==
              ("ASA-XFW01", "ASR-WAN01", "cnsa", 2) and all(f["text"] for f in audit["findings"]))

        was = children(daemon.pid)["audit"]
        os.kill(was, 9)
        wait_for("another process that audits", lambda: children(daemon.pid).get("audit", was) != was)
        wait_for("what was read is not read again for that", lambda: run(url, "-d", "ASR-WAN01")[0] == 2 and
                 'sawatch_exporter_up{exporter="audit"} 1' in get(url, "/metrics"))
        check("a part that dies is started again, and counted",
              'sawatch_exporter_restarts_total{exporter="audit"} 1' in get(url, "/metrics"))
        everything = get(url, "/metrics") + json.dumps(snapshot) + open(path("log"), encoding="utf-8").read()
        check("no key is shown", "invented-key" not in everything and "digest:" not in everything)
    finally:
        daemon.terminate()
        daemon.wait(30)
        log.close()
    check("the daemon ends well", daemon.returncode == 0)


for name, text in (("password", "correct horse\n"), ("enable", "battery staple\n")):
    write(name, text)
sim = subprocess.Popen([SIM, "run", "--ssh", "--ssh-password-file", path("password"), "--ssh-enable-file", path("enable"), "--ports-file", path("ports"),
                        "--control", path("control")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    wait_for("the simulated pair", lambda: os.path.exists(path("ports")))
    with open(path("ports"), encoding="utf-8") as f:
        scenario({line.split()[0]: line.rsplit(":", 1)[1].strip() for line in f if " ssh " in line})
finally:
    sim.terminate()
    sim.wait(30)
    shutil.rmtree(place)
