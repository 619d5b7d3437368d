#!/usr/bin/env python3
"""Devices that fail, each in its own way: the reason in the metrics and in the plugin, and nobody else is held up."""
import os
import socket
import subprocess

from daemon_kit import House, check, program, wait_for

V3 = "version: 3, user: sawatch, auth: sha256, auth_password_file: %s, priv: aes128, priv_password_file: priv"


def snmp_device(name, port, more="", address="127.0.0.1"):
    return "  - {name: %s, platform: asa, address: %s, snmp: {port: %s%s}}" % (name, address, port, more)


def main():
    with House() as house, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        deaf.bind(("127.0.0.1", 0))
        closed.bind(("127.0.0.1", 0))
        closed_port = closed.getsockname()[1]
        closed.close()
        ports = house.simulate()
        house.tell_sim("quirk ASA-XFW01 cut-walk on")
        house.write("wrong", "not the right passphrase")
        command = "show crypto ipsec sa detail"
        shown = subprocess.run([program("sawatch-sim"), "show", "ASA-XFW01", command], stdout=subprocess.PIPE,
                               universal_newlines=True, check=True).stdout
        house.write("saved.txt", "ASA-XFW01# %s\n%s" % (command, shown))
        os.utime(house.path("saved.txt"), (1, 1))
        house.write("strange.txt", "nothing that a show command prints\n")
        # device -> the reasons that are right for it, and a word of the sentence
        expected = {
            "OFF": (("timeout",), "no answer"),
            "REFUSES": (("unreachable",), ""),
            "NO-NAME": (("resolve",), "no-such-host.invalid"),
            "WRONG-KEY": (("auth",), ""),
            "OTHER-MIB": (("unsupported",), ""),
            "CUT": (("cut",), ""),
            "GARBAGE": (("protocol", "timeout"), ""),
            "NO-FILE": (("unreachable",), "nowhere.txt"),
            "OLD-FILE": (("stale",), ""),
            "STRANGE-FILE": (("unsupported",), ""),
        }
        house.configure([
            snmp_device("GOOD", ports["ASR-WAN01"], ", " + V3 % "auth"),
            snmp_device("OFF", deaf.getsockname()[1]),
            snmp_device("REFUSES", closed_port),
            snmp_device("NO-NAME", 161, address="no-such-host.invalid"),
            snmp_device("WRONG-KEY", ports["ASA-XFW01"], ", " + V3 % "wrong"),
            snmp_device("OTHER-MIB", house.fake_agent("otheronly")),
            snmp_device("CUT", ports["ASA-XFW01"]),
            snmp_device("GARBAGE", house.fake_agent("garbage")),
            "  - {name: NO-FILE, platform: asa, address: 127.0.0.1, files: [{path: nowhere.txt, interval: 1s}]}",
            "  - {name: OLD-FILE, platform: asa, address: 127.0.0.1, files: [{path: saved.txt, interval: 1s, max_age: 1m}]}",
            "  - {name: STRANGE-FILE, platform: asa, address: 127.0.0.1, files: [{path: strange.txt, interval: 1s}]}",
        ])
        house.run_daemon()
        wait_for("every device was tried", lambda: house.get("-/ready")[0] == 200)

        for name, (reasons, words) in expected.items():
            def failed():
                return {labels for labels, value in house.metrics("sawatch_poll_errors_total").items()
                        if 'device="%s"' % name in labels and value > 0}

            seen = wait_for("errors of " + name, failed)
            check("%s fails as %s: %s" % (name, " or ".join(reasons), " ".join(seen)),
                  all(any('reason="%s"' % r in labels for r in reasons) for labels in seen))
            status, text = house.plugin("--device", name)
            check("the log has it once", house.log().count("device=%s\n" % name) == 1)
            check("%s is UNKNOWN to the plugin: %s" % (name, text.split("\n")[0]), status == 3 and words in text)

        up = 'sawatch_device_up{device="GOOD",source="snmp"}'
        wait_for("the good one is read", lambda: house.metric(up) == 1)
        age = 'sawatch_poll_age_seconds{device="GOOD",source="snmp"}'
        worst = max(house.metric(age) for _ in range(20))
        check("the good one is not held up by the others (%.1f s)" % worst, worst < 3)
        check("no secret in the log", not any(house.read(s) in house.log() for s in ("community", "auth", "priv", "wrong")))
        check("a clean stop with polls under way", house.stop()[0] == 0)


main()
