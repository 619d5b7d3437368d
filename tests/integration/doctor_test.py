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
    check("example: a total", "2 devices, a day: about " in out, out)
    check("example: nothing to advise", "!" not in out, out)
    example = {d["device"]: d for d in json.loads(doctor("--config", EXAMPLE, "--json")[1])["devices"]}
    check("example: the ASA is asked for what SNMP lacks, the router is not logged in to",
          0 < example["ASA-XFW01"]["commands_per_detail_poll"] < 12 and example["ASA-XFW01"]["detail_polls_per_day"] == 96 and
          example["ASR-WAN01"]["commands_per_day"] == 0 and example["ASR-WAN01"]["aaa_records_per_day"] == 0, example)
    check("one device", doctor("-c", EXAMPLE, "ASR-WAN01")[1].count("\n  a day: about") == 1)
    check("no such device", doctor("-c", EXAMPLE, "NO-FW")[0::2] ==
          (2, "sawatch doctor: %s: there is no device \"NO-FW\" in it\n\"sawatch doctor --help\" says more\n" % EXAMPLE))
    check("no such file", doctor("-c", os.path.join(work, "none"))[0] == 3)
    check("tunnels", doctor("--tunnels", "0")[0] == 2 and doctor("--tunnels", "x")[0] == 2)
    check("help", doctor("--help")[0] == 0)

    # Over SSH alone: light and detailed polls; each command is a record, and so are the session's ends.
    shy = os.path.join(work, "shy.yml")
    with open(shy, "w", encoding="ascii") as f:
        f.write("known_hosts: none\ndevices:\n  - {name: R, platform: iosxe, address: 127.0.0.1, ssh: {user: u, password_file: community, "
                "interval: 5m, detail_interval: 15m}}\n")
    status, out, err = doctor("-c", shy, "--json")
    check("ssh: status", status == 0 and not err, status, err)
    d = json.loads(out)["devices"][0]
    each, detail = d["commands_per_poll"], d["commands_per_detail_poll"]
    check("ssh: commands", 0 < each < detail and d["ssh_polls_per_day"] == 288 and d["detail_polls_per_day"] == 96 and
          192 * each + 96 * detail <= d["commands_per_day"] <= 192 * each + 96 * detail + 2, d)
    check("ssh: records", d["aaa_records_per_day"] > d["commands_per_day"] and d["requests_per_day"] == 0, d)
    check("ssh: text", "  SSH, every 5m: %d commands a poll, every 15m: %d commands\n" % (each, detail) in doctor("-c", shy)[1],
          doctor("-c", shy)[1])

    hasty = os.path.join(work, "hasty.yml")
    with open(hasty, "w", encoding="ascii") as f:
        f.write("devices:\n  - {name: F, platform: asa, address: 127.0.0.1, snmp: {version: 2c, community_file: community, "
                "interval: 30s, deadline: 20s, memory_pools: true, max_repetitions: 50}}\n")
    status, out, err = doctor("-c", hasty)
    check("advice", out.count("\n  ! ") == 3, status, out, err)
print("%d faults" % faults)
sys.exit(1 if faults else 0)
