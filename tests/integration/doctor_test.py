#!/usr/bin/env python3
"""`sawatch doctor`: its estimate against what polls of the simulator really took, its text, its JSON, and how it ends."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

BUILD, TOP = os.environ["top_builddir"], os.environ["top_srcdir"]
SAWATCH, SIM = os.path.join(BUILD, "sawatch"), os.path.join(BUILD, "sawatch-sim")
EXAMPLE = os.path.join(TOP, "config", "sawatch.example.yml")
NEAR = 0.15  # of what it really took
faults = 0


def check(what, ok, *seen):
    global faults
    if not ok:
        faults += 1
        print("FAIL: %s" % what, *seen)


def doctor(*args):
    p = subprocess.run([SAWATCH, "doctor", *args], capture_output=True, timeout=60, check=False)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def ports_of(path, process):
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        if os.path.exists(path):
            with open(path, encoding="ascii") as f:
                lines = [line.split() for line in f]
            if len(lines) == 2:
                return {line[0]: int(line[2].rsplit(":", 1)[1]) for line in lines}
        time.sleep(0.05)
    sys.exit("sawatch-sim did not start")


def against_polls(work, tunnels):
    sim = subprocess.Popen([SIM, "run", "--tunnels", str(tunnels), "--ports-file", os.path.join(work, "ports-%d" % tunnels)],
                           stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        ports = ports_of(os.path.join(work, "ports-%d" % tunnels), sim)
        config = os.path.join(work, "sawatch.yml")
        with open(config, "w", encoding="ascii") as f:
            f.write("devices:\n" + "".join(
                "  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {version: 2c, port: %d, community_file: community}}\n"
                % (n, "asa" if n.startswith("ASA") else "iosxe", p) for n, p in ports.items()))
        status, out, err = doctor("--config", config, "--json", "--tunnels", str(tunnels))
        check("%d tunnels: status" % tunnels, status == 0 and not err, status, err)
        for d in json.loads(out)["devices"]:
            p = subprocess.run([SAWATCH, "poll", "--config", config, "--format", "json", d["device"]], stdout=subprocess.PIPE,
                               timeout=120, check=True)
            sample = json.loads(p.stdout)
            logs = [t for t in sample["tables"] if "Fail" in t["name"] or "Hist" in t["name"]]
            check("the simulator's logs are empty: a request each", len(logs) == 4 and not any(t.get("rows") for t in logs))
            took = sample["requests"] - len(logs)
            check("%s, %d tunnels: %d requests expected, %d taken" % (d["device"], tunnels, d["requests_per_poll"], took),
                  abs(d["requests_per_poll"] - took) <= NEAR * took)
            check("tunnels were assumed", d["tunnels_assumed"] and d["tunnels"] == tunnels, d)
            check("a day of polls", d["polls_per_day"] == 288 and d["history_polls_per_day"] == 96 and d["requests_per_day"] ==
                  288 * d["requests_per_poll"] + 96 * d["requests_per_history"], d)
    finally:
        sim.send_signal(signal.SIGTERM)
        sim.wait(timeout=20)


with tempfile.TemporaryDirectory() as work:
    with open(os.open(os.path.join(work, "community"), os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as f:
        f.write("public\n")
    for tunnels in (2, 300):
        against_polls(work, tunnels)

    status, out, err = doctor("--config", EXAMPLE)
    check("example: status", status == 0 and not err, status, err)
    check("example: devices", "ASA-XFW01 (asa), 1 tunnel\n" in out and "ASR-WAN01 (iosxe), 2 tunnels\n" in out, out)
    check("example: 80 columns", max(len(line) for line in out.split("\n")) <= 80, out)
    check("example: a total", "2 devices: about " in out, out)
    check("example: nothing to advise", "!" not in out, out)
    check("one device", doctor("-c", EXAMPLE, "ASR-WAN01")[1].count("a day: about") == 1)
    check("no such device", doctor("-c", EXAMPLE, "NO-FW")[0::2] ==
          (2, "sawatch doctor: %s: there is no device \"NO-FW\" in it\n" % EXAMPLE))
    check("no such file", doctor("-c", os.path.join(work, "none"))[0] == 3)
    check("tunnels", doctor("--tunnels", "0")[0] == 2 and doctor("--tunnels", "x")[0] == 2)
    check("help", doctor("--help")[0] == 0)

    hasty = os.path.join(work, "hasty.yml")
    with open(hasty, "w", encoding="ascii") as f:
        f.write("devices:\n  - {name: F, platform: asa, address: 127.0.0.1, snmp: {version: 2c, community_file: community, "
                "interval: 30s, deadline: 20s, memory_pools: true, max_repetitions: 50}}\n")
    status, out, err = doctor("-c", hasty)
    check("advice", out.count("\n  ! ") == 3, status, out, err)
print("%d faults" % faults)
sys.exit(1 if faults else 0)
