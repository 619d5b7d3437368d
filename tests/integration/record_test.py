#!/usr/bin/env python3
"""What `sawatch poll --record` keeps of a device with all its tables is, served by snmpsim, the same device once more."""
import json
import os
import shutil
import socket
import subprocess
import sys

from daemon_kit import House, check, program, wait_for

SNMPSIM = shutil.which("snmpsimd")
if not SNMPSIM:
    print("snmpsimd is not installed")
    sys.exit(77)
LISTS = ("ipsec_sas", "ike_sas", "interfaces", "bgp_peers", "memory_pools", "ike_failures", "ipsec_failures", "ended_tunnels",
         "global_counters")
FACTS = ("hostname", "serial", "model", "os_version", "cpu_percent", "crypto_load_percent", "l2l_sessions_peak")


def poll(house, config, device, *options):
    def once():
        p = subprocess.run([program("sawatch"), "poll", "--config", house.path(config), "--format", "json", *options, device],
                           stdout=subprocess.PIPE, check=False)
        return json.loads(p.stdout) if p.returncode == 0 else None
    return wait_for("a poll of " + device, once)


with House() as house:
    ports = house.simulate()
    house.tell_sim("cut 1")
    house.tell_sim("rate all a-to-b 0")  # counters stand still
    house.tell_sim("rate all b-to-a 0")
    platforms = {"ASA-XFW01": "asa", "ASR-WAN01": "iosxe"}
    house.write("first.yml", "snmp_defaults: {version: 2c, community_file: community, memory_pools: true}\ndevices:\n" + "".join(
        "  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}\n" % (d, p, ports[d]) for d, p in platforms.items()))
    os.mkdir(house.path("data"))
    os.mkdir(house.path("cache"))
    before = {d: poll(house, "first.yml", d, "--record", house.path("data/%s.snmprec" % d)) for d in platforms}

    command = [SNMPSIM, "--data-dir=" + house.path("data"), "--cache-dir=" + house.path("cache")]
    if os.getuid() == 0:  # it refuses to run as root
        os.chmod(house.dir, 0o755)
        for path in [house.path(p) for p in ("data", "cache")] + [house.path("data/%s.snmprec" % d) for d in platforms]:
            os.chown(path, 65534, 65534)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    house.start(command + ["--agent-udpv4-endpoint=127.0.0.1:%d" % port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=dict(os.environ, HOME=house.dir))
    for d in platforms:
        house.write("community-" + d, d)  # snmpsim's community is the file's name
    house.write("second.yml", "snmp_defaults: {version: 2c, memory_pools: true, port: %d, timeout: 2s}\ndevices:\n" % port + "".join(
        "  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {community_file: community-%s}}\n" % (d, p, d)
        for d, p in platforms.items()))
    for d in platforms:
        after = poll(house, "second.yml", d)
        for what in LISTS + FACTS:
            if what not in before[d]:
                check("%s: %s: neither has it" % (d, what), what not in after and (d, what) in (
                    ("ASA-XFW01", "crypto_load_percent"), ("ASA-XFW01", "bgp_peers"), ("ASR-WAN01", "l2l_sessions_peak")))
                continue
            was, now = ([{k: v for k, v in r.items() if not k.endswith("_seconds")} if isinstance(r, dict) else r
                         for r in (s[what] if isinstance(s[what], list) else [s[what]])] for s in (before[d], after))
            # what keepalives move on between two tables of the first poll is not compared
            if what == "global_counters":
                was, now = ([c["name"] for c in side] for side in (was, now))
            if was != now:
                print(was, now, sep="\n")
            check("%s: %s" % (d, what), was and was == now)
