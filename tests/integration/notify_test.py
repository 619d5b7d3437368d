#!/usr/bin/env python3
"""Notifications straight to real snmptrapds: v2c and v3, traps and informs, each once, also to a receiver that comes late."""
import os
import secrets
import signal

from daemon_kit import House, check, children, wait_for
from ports_kit import free_port
from snmpd_kit import Receiver, all_done, need

DOWN, UP, UNREACHABLE, REACHED = 1, 2, 8, 9


def device(name, platform, port, more=""):
    return "- {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}%s}" % (name, platform, port, more)


def engine_id():
    return "80001f8804" + os.uname().nodename[:27].encode().hex()


def part(house):
    exporters = house.api("snapshot").get("exporters", [])
    return next((e for e in exporters if e["name"] == "notify"), {})


def receiver_status(house, name):
    return next((r for r in part(house).get("notify", {}).get("receivers", []) if r["name"] == name), {})


def arcs(receiver):
    return [a for a, _ in receiver.taken()]


def serials(receiver):
    return [v["1.9.1.0"] for _, v in receiver.taken()]


def main():
    need("snmptrapd")
    with House() as house:
        ports = house.simulate()
        for name in ("trap-community", "trap-auth", "trap-priv", "wrong"):
            house.write(name, secrets.token_hex(12))
        auth, priv = house.read("trap-auth"), house.read("trap-priv")
        community = "authCommunity log %s" % house.read("trap-community")
        v2 = Receiver(house, [community], "v2")
        late = Receiver(house, [community], "late")
        user = "createUser %s noc SHA-256 %s AES %s"
        # An inform is the receiver's engine's affair, a trap its sender's: its user stands for the sender's engine.
        v3 = Receiver(house, [user % ("", auth, priv), user % ("-e 0x" + engine_id(), auth, priv), "authUser log noc"], "v3")
        v2.start()
        v3.start()
        usm = "version: 3, user: noc, auth: sha256, auth_password_file: trap-auth, priv: aes128, priv_password_file: trap-priv"

        def to(name, port, more):
            return "{name: %s, address: 127.0.0.1, port: %d, timeout: 300ms, retries: 100, %s}" % (name, port, more)

        everyone = ", ".join([
            to("v2-trap", v2.port, "version: 2c, type: trap, community_file: trap-community"),
            to("v3-inform", v3.port, usm + ", type: inform"),
            to("v3-trap", v3.port, usm + ", type: trap"),
            to("late", late.port, "version: 2c, type: inform, community_file: trap-community"),
            to("mistaken", v3.port, usm.replace("trap-auth,", "wrong,") + ", type: inform"),
            to("nobody", free_port(), "version: 2c, type: inform, community_file: trap-community")])
        devices = [device("ASA-XFW01", "asa", ports["ASA-XFW01"]), device("ASR-WAN01", "iosxe", ports["ASR-WAN01"])]
        house.configure(devices, notify="{hold: 0s, receivers: [%s]}" % everyone)
        house.run_daemon()
        wait_for("the tunnels", lambda: len(house.metrics("sawatch_tunnel_up")) == 4)
        check("how v3 traps are known is said", engine_id() in house.log())

        house.tell_sim("cut 1")
        wait_for("v2c traps", lambda: len(v2.taken()) == 2)
        wait_for("v3 traps and informs", lambda: len(v3.taken()) == 4)
        check("of both ends", arcs(v2) == [DOWN, DOWN] and arcs(v3) == [DOWN] * 4)
        check("with one number for all receivers", set(serials(v2)) == set(serials(v3)) and len(set(serials(v3))) == 2)
        wait_for("why the mistaken one is not taken", lambda: "password" in receiver_status(house, "mistaken").get("error", ""))
        wait_for("that nobody listens", lambda: receiver_status(house, "nobody").get("error"))
        wait_for("they wait", lambda: receiver_status(house, "late").get("waiting") == 2)

        # one that comes late is told what it missed, once
        late.start()
        wait_for("the late one", lambda: len(late.taken()) >= 2 and receiver_status(house, "late").get("waiting") == 0)
        check("it is told once", len(late.taken()) == 2 and set(serials(late)) == set(serials(v2)))
        check("repeated ones are counted", house.metric('sawatch_notifications_total{exporter="notify",result="repeated"}') > 0)

        # a restart: what was told is not told again. Those that nobody takes would be.
        house.configure(devices, notify="{hold: 0s, receivers: [%s]}" % ", ".join(everyone.split(", {name: mistaken")[:1]))
        house.reload()
        wait_for("the reload", lambda: len(part(house).get("notify", {}).get("receivers", [])) == 4)
        wait_for("it is kept", lambda: house.read("state/notify-told").count("\n2 ") == 2 and all_done(house, "notify"))
        before = len(v2.taken()), len(v3.taken()), len(late.taken())
        os.kill(children(house.daemon.pid)["notify"], signal.SIGKILL)
        wait_for("the new process", lambda: part(house).get("restarts") == 1 and part(house).get("up"))
        house.tell_sim("restore 1")
        wait_for("up", lambda: len(v2.taken()) >= before[0] + 2 and len(v3.taken()) >= before[1] + 4 and
                 len(late.taken()) >= before[2] + 2)
        check("nothing is told twice", (len(v2.taken()), len(v3.taken()), len(late.taken())) == (
            before[0] + 2, before[1] + 4, before[2] + 2) and arcs(v2)[-2:] == [UP, UP])
        check("numbers go on", len(set(serials(v2))) == 4)

        # a device that does not answer is told; its tunnels, of which nothing is known, are not. Nor is what is in maintenance.
        first = everyone.split(", {name: v3-inform")[0]

        def configure(asa, asr):
            house.configure([device("ASA-XFW01", "asa", asa), device("ASR-WAN01", "iosxe", asr, ", maintenance: true")],
                            notify="{hold: 0s, receivers: [%s]}" % first)
            house.reload()

        count = len(v2.taken())
        configure(free_port(), free_port())
        wait_for("the ASA is told", lambda: len(v2.taken()) > count)
        wait_for("the ASR is not read either", lambda: house.metric(
            'sawatch_device_up{device="ASR-WAN01",source="snmp"}') == 0)
        configure(ports["ASA-XFW01"], ports["ASR-WAN01"])
        wait_for("and that it is back", lambda: len(v2.taken()) >= count + 2)
        check("once each, and nothing else", arcs(v2)[count:] == [UNREACHABLE, REACHED])
        status, took = house.stop()
        check("the stop is not held up (%.1f s, status %d)" % (took, status), status == 0 and took < 3)
        log = house.log()
        check("no secret in the log", all(house.read(n) not in log for n in ("trap-community", "trap-auth", "trap-priv", "wrong")))


main()
