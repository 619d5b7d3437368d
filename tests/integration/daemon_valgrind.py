#!/usr/bin/env python3
"""No process of sawatchd leaks or touches what is not its own: a start, ten polls by SNMP, polls by SSH, a reload and a stop under valgrind."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

from daemon_kit import House, check, program, wait_for

VALGRIND = shutil.which("valgrind")
if not VALGRIND:
    print("valgrind is not installed")
    sys.exit(77)
with open(program("sawatchd"), "rb") as f:
    if b"__asan_init" in f.read():
        print("built with AddressSanitizer, which looks for itself and not under valgrind")
        sys.exit(77)

KEYS = "version: 3, user: sawatch, auth: sha256, auth_password_file: auth, priv: aes128, priv_password_file: priv"

with House() as house:
    os.mkdir(house.path("cli"))
    house.write("login", "not for the log\n")
    ports = house.simulate("--cli-dir", "cli", "--cli-every", "1", "--ssh", "--ssh-password-file", "login")
    ssh_ports = dict(re.findall(r"^(\S+) ssh \S+:(\d+)$", house.read("ports"), re.M))
    wait_for("saved show output", lambda: len(glob.glob(house.path("cli/*.txt"))) == 2)

    def device(name, platform):
        return ("  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s, %s, interval: 2s, timeout: 1s, deadline: 1900ms}, "
                "files: [{path: cli/%s.txt, interval: 1s}], ssh: {port: %s, user: sawatch, password_file: login, interval: 60s, timeout: 25s, "
                "command_timeout: 20s, deadline: 55s}}" % (name, platform, ports[name], KEYS, name, ssh_ports[name]))

    def trust(name):
        subprocess.run([program("sawatch"), "trust", "--config", "sawatch.yml", "--yes", name], cwd=house.dir, check=True, stdout=subprocess.DEVNULL, timeout=60)

    off = "  - {name: OFF, platform: asa, address: 127.0.0.1, snmp: {port: 9}}"
    house.configure([device("ASA-XFW01", "asa"), off])
    trust("ASA-XFW01")
    house.run_daemon("--no-sandbox", wrapper=(
        VALGRIND, "--quiet", "--trace-children=yes", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
        "--errors-for-leak-kinds=definite,indirect,possible", "--log-file=" + house.path("valgrind.%p")))
    observed = set()

    def polls(n):
        def enough():
            for d in json.loads(house.get("api/v1/devices")[1]).get("devices", []):
                observed.update((d["name"], x["observed_at_ms"]) for x in d["sources"]
                                if x["source"] == "snmp" and "observed_at_ms" in x)
            return len(observed) >= n
        return enough

    wait_for("all sources of the ASA", lambda: set(house.metrics("sawatch_device_up").values()) == {0, 1} and
             all(house.metric('sawatch_device_up{device="ASA-XFW01",source="%s"}' % s) == 1 for s in ("snmp", "file", "ssh")), 90)
    wait_for("ten polls over SNMP", polls(10), 90)
    house.configure([device("ASR-WAN01", "iosxe"), off])
    trust("ASR-WAN01")
    house.reload()
    wait_for("the other device after a reload",
             lambda: all(house.metric('sawatch_device_up{device="ASR-WAN01",source="%s"}' % s) == 1 for s in ("snmp", "ssh")), 90)
    check("the first device is forgotten", "ASA-XFW01" not in house.get("metrics")[1])
    for path in ("", "api/v1/snapshot", "api/v1/tunnels?format=json", "-/healthy", "nowhere"):
        house.get(path)
    check("a clean stop", house.stop()[0] == 0)
    reports = glob.glob(house.path("valgrind.*"))
    check("four processes were watched", len(reports) == 4)
    for report in reports:
        text = house.read(os.path.basename(report))
        print(text, end="")
        check("nothing to report of " + re.sub(r".*\.", "", report), text == "")
