#!/usr/bin/env python3
"""SNMPv3 clocks and engines that change under the daemon, of Net-SNMP's snmpd: restarted, reset to an older state, replaced. Each is read
again."""
import os
import shutil
import socket
import sys

from daemon_kit import House, check, wait_for

os.environ["PATH"] += ":/usr/sbin:/sbin"
snmpd = shutil.which("snmpd")
if not snmpd:
    print("snmpd is not installed")
    sys.exit(77)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]


def serve(house, name, engine, keep):
    """snmpd with this sysName and engine ID; keep: it remembers how often it booted"""
    home = house.path("snmpd")
    if not keep:
        shutil.rmtree(home, ignore_errors=True)
        os.mkdir(home)
    house.write("snmpd.conf", "agentaddress udp:127.0.0.1:%d\nsysName %s\nexactEngineID 0x80001f88%s\n"
                'createUser sawatch SHA-256 "%s" AES "%s"\nrouser sawatch priv\n'
                "override .1.3.6.1.4.1.9.9.171.1.3.1.1.0 integer 3\n"  # cipSecGlobalActiveTunnels: it has the MIB
                % (port, name, engine, house.read("auth"), house.read("priv")))
    return house.start([snmpd, "-f", "-Lf", house.path("snmpd.log"), "-C", "-c", house.path("snmpd.conf"), "-I", "-smux"],
                       env={**os.environ, "SNMP_PERSISTENT_DIR": home, "MIBS": "", "SNMPCONFPATH": home})


def stop(server):
    server.terminate()
    server.wait(30)


with House() as house:
    server = serve(house, "FIRST", "0431", False)
    house.configure(["  - {name: DUT, platform: asa, address: 127.0.0.1, snmp: {port: %d, version: 3, user: sawatch, auth: sha256, "
                     "auth_password_file: auth, priv: aes128, priv_password_file: priv}}" % port])
    house.run_daemon()

    def source():
        return next(d for d in house.api("devices")["devices"] if d["name"] == "DUT")

    def read(name):
        device = source()
        return device if device.get("hostname") == name and all(not s.get("error_class") for s in device["sources"]) else None

    wait_for("the first poll", lambda: read("FIRST"))
    for name, engine, keep, what in (
            ("SECOND", "0431", True, "one that was restarted, and counts another boot"),
            ("THIRD", "0431", True, "once more"),
            ("FOURTH", "0431", False, "one whose boots went back, with the same engine ID"),
            ("FIFTH", "0432", False, "one with another engine ID")):
        stop(server)
        server = serve(house, name, engine, keep)
        wait_for(what, lambda: read(name))
        check("is read: " + what, True)
    stop(server)
