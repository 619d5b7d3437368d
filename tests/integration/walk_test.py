#!/usr/bin/env python3
"""`sawatch walk` of every table there is, by every version of SNMP: each answers alike, and an unknown one is told which there are."""
import os
import re
import shutil
import socket
import subprocess
import sys

from daemon_kit import SOURCE, House, check, program, wait_for

SNMPSIM = shutil.which("snmpsimd")
if not SNMPSIM:
    print("snmpsimd is not installed")
    sys.exit(77)

V3 = "version: 3, user: sawatch, auth: sha256, auth_password_file: auth, priv: aes128, priv_password_file: priv"
# what the simulated pair has none of, or none yet
OFTEN_EMPTY = {"cikeFailTable", "cipSecFailTable", "cikeTunnelHistTable", "cipSecTunnelHistTable", "cContextMappingTable"}
LACKS = {"ASA-XFW01": {"ceqfpUtilizationTable", "cbgpPeer2Table", "cbgpPeer2AddrFamilyPrefixTable", "bgpPeerTable", "cContextMappingTable"},
         "ASR-WAN01": {"crasL2LSessions", "cfwHardwareStatusTable"}}


def walk(house, device, table):
    p = subprocess.run([program("sawatch"), "walk", "--config", house.path("walk.yml"), device, table], timeout=60, check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return p.returncode, p.stdout, p.stderr


def names_in(text):
    return re.findall(r"\b[a-z]\w*(?:Table|Stats|Sessions)\b", text)


with House() as house:
    ports = house.simulate()
    house.tell_sim("rate all a-to-b 0")  # counters stand still
    house.tell_sim("rate all b-to-a 0")
    # The simulator has no version 1: that is snmpsim's, with recordings.
    for folder in ("data", "cache"):
        os.mkdir(house.path(folder))
    for name in ("asa-xfw01", "asr-wan01"):
        shutil.copy(os.path.join(SOURCE, "tests", "fixtures", "snmp", name + ".snmprec"), house.path("data"))
        house.write("community-" + name, name)
    command = [SNMPSIM, "--data-dir=" + house.path("data"), "--cache-dir=" + house.path("cache")]
    if os.getuid() == 0:  # it refuses to run as root
        os.chmod(house.dir, 0o755)
        for path in ("data", "cache", "data/asa-xfw01.snmprec", "data/asr-wan01.snmprec"):
            os.chown(house.path(path), 65534, 65534)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    house.start(command + ["--agent-udpv4-endpoint=127.0.0.1:%d" % port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=dict(os.environ, HOME=house.dir))
    with open(house.path("walk.yml"), "w", encoding="ascii") as f:
        f.write("snmp_defaults: {timeout: 2s}\ndevices:\n")
        for d, platform in (("ASA-XFW01", "asa"), ("ASR-WAN01", "iosxe")):
            for name, where, how in (("2c", ports[d], "version: 2c, community_file: community"), ("3", ports[d], V3),
                                     ("1-recorded", port, "version: 1, allow_insecure: true, community_file: community-" + d.lower()),
                                     ("2c-recorded", port, "version: 2c, community_file: community-" + d.lower())):
                f.write("  - {name: %s-%s, platform: %s, address: 127.0.0.1, snmp: {port: %s, %s}}\n" % (d, name, platform, where, how))
    usage = subprocess.run([program("sawatch"), "walk", "--help"], stdout=subprocess.PIPE, check=True, text=True).stdout
    tables = names_in(usage[usage.index("Tables:"):])
    check("the help lists the tables", len(tables) == len(set(tables)) == 21)

    code, out, err = walk(house, "ASA-XFW01-2c", "noSuchTable")
    check("an unknown table: the message lists those that there are",
          code == 2 and not out and '"noSuchTable"' in err and names_in(err.split("there are", 1)[1]) == tables)

    wait_for("snmpsim", lambda: walk(house, "ASA-XFW01-2c-recorded", "cipSecTunnelTable")[0] == 0)
    for device, lacks in LACKS.items():
        lacks |= OFTEN_EMPTY
        for table in tables:
            seen = {}
            for how in ("2c", "3", "1-recorded", "2c-recorded"):
                code, out, err = walk(house, device + "-" + how, table)
                seen[how] = re.findall(r"^(\w+)\.[\d.]+ = ", out, re.M)
                there = bool(out) if table in lacks or "recorded" in how else True
                if (code, bool(out), bool(err)) != ((0, True, False) if there else (1, False, True)):
                    print(code, out[:300], err, file=sys.stderr)
                check("%s %s by version %s" % (device, table, how),
                      (code, bool(out), bool(err)) == ((0, True, False) if there else (1, False, True)))
            check("%s %s: the same columns by 2c and 3" % (device, table), set(seen["2c"]) == set(seen["3"]))
            check("%s %s: by 1 all but counters of 64 bits" % (device, table), set(seen["1-recorded"]) <= set(seen["2c-recorded"]) and all(
                "H" in c or "64" in c for c in set(seen["2c-recorded"]) - set(seen["1-recorded"])))
