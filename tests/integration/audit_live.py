#!/usr/bin/env python3
"""`sawatch audit DEVICE DEVICE`: the running configurations come by SSH from sawatch-sim, where a simulated pair is well configured."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.environ["top_builddir"]
SAWATCH, SIM = os.path.join(BUILD, "sawatch"), os.path.join(BUILD, "sawatch-sim")
DEADLINE = 60
place = tempfile.mkdtemp()


def path(name):
    return os.path.join(place, name)


def write(name, text):
    with open(path(name), "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path(name), 0o600)


def run(*command):
    return subprocess.run([SAWATCH, *command], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, cwd=place, text=True)


def audit(*arguments, status):
    p = run("audit", "--config", path("sawatch.yml"), *arguments)
    assert p.returncode == status, "%s: exit status %d, expected %d\n%s%s" % (arguments, p.returncode, status, p.stdout, p.stderr)
    assert "invented-key" not in p.stdout + p.stderr and "correct horse" not in p.stdout + p.stderr
    return p.stdout, p.stderr


def checks(ports):
    device = "- {name: %s, platform: %s, address: 127.0.0.1, ssh: {port: %s, user: sawatch, password_file: %s%s}}\n"
    enable = ", enable_file: enable"
    write("sawatch.yml", "devices:\n" + device % ("ASA-XFW01", "asa", ports["ASA-XFW01"], "password", enable) +
          device % ("ASR-WAN01", "iosxe", ports["ASR-WAN01"], "password", enable) +
          device % ("wrong", "iosxe", ports["ASR-WAN01"], "enable", enable) +
          "- {name: file-only, platform: asa, files: [{path: x}]}\n")
    for name in ("ASA-XFW01", "ASR-WAN01"):
        p = run("trust", "--config", path("sawatch.yml"), "--yes", name)
        assert p.returncode == 0, p.stderr
    out, err = audit("--format", "json", "ASA-XFW01", "ASR-WAN01", status=0)
    report = json.loads(out)
    assert err == "" and report["not_understood"] == [], (err, out)
    assert report["tunnels_compared"] == 2, out
    assert [d["hostname"] for d in report["devices"]] == ["ASA-XFW01", "ASR-WAN01"], out
    assert all(d["complete"] for d in report["devices"]), out
    # `show running-config` of an ASA masks its keys.
    assert {f["rule"] for f in report["findings"]} == {"psk-not-comparable"}, out
    out, _ = audit("--profile", "cnsa", "ASR-WAN01", "ASA-XFW01", status=1)
    assert "ASR-WAN01:" in out and "group 21" in out, out

    # One end live, the other from a file.
    p = subprocess.run([SAWATCH, "audit", "--config", path("sawatch.yml"), "-", "ASR-WAN01"], input="hello\n", capture_output=True, timeout=DEADLINE,
                       cwd=place, text=True)
    assert p.returncode == 3 and "no running configuration" in p.stderr, p.stderr

    _, err = audit("ASA-XFW01", "wrong", status=3)
    assert "sawatch audit: wrong: " in err, err
    _, err = audit("ASA-XFW01", "nobody", status=3)
    assert "nobody: no such file, and " in err and "has no such device" in err, err
    _, err = audit("file-only", "ASA-XFW01", status=3)
    assert "does not read it by SSH" in err, err
    p = run("audit", "--config", path("nowhere.yml"), "ASA-XFW01", "ASR-WAN01")
    assert p.returncode == 3 and "nowhere.yml" in p.stderr, p.stderr


for name, text in (("password", "correct horse\n"), ("enable", "battery staple\n")):
    write(name, text)
sim = subprocess.Popen([SIM, "run", "--ssh", "--ssh-password-file", path("password"), "--ssh-enable-file", path("enable"), "--ports-file", path("ports"),
                        "--control", path("control")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(path("errors"), "w"))
try:
    end = time.monotonic() + DEADLINE
    while not os.path.exists(path("ports")):
        assert sim.poll() is None and time.monotonic() < end, open(path("errors")).read()
        time.sleep(0.02)
    with open(path("ports"), encoding="utf-8") as f:
        checks({line.split()[0]: line.rsplit(":", 1)[1].strip() for line in f if " ssh " in line})
finally:
    sim.terminate()
    sim.wait(DEADLINE)
    shutil.rmtree(place)
sys.exit(0)
