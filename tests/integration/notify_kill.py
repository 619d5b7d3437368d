#!/usr/bin/env python3
"""Each change once, whatever happens: acknowledgements of informs are lost, and the process that sends is killed at any moment. Every number arrives;
what comes twice is the same message, octet for octet; and of a tunnel that goes down and up again each change has one number."""
import os
import random
import re
import secrets
import signal
import socket
import threading
import time

from daemon_kit import House, check, children, wait_for
from snmpd_kit import Receiver, need

DOWN, UP = 1, 2


class Relay:
    """Hands messages on to a receiver, and loses every second acknowledgement."""

    def __init__(self, port):
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.bind(("127.0.0.1", 0))
        self.far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.far.connect(("127.0.0.1", port))
        self.port = self.near.getsockname()[1]
        self.messages, self.lost, self.client = [], 0, None
        threading.Thread(target=self.forward, daemon=True).start()
        threading.Thread(target=self.back, daemon=True).start()

    def forward(self):
        while True:
            try:
                data, self.client = self.near.recvfrom(65536)
                self.messages.append(data)
                self.far.send(data)
            except OSError:
                return

    def back(self):
        acknowledged = 0
        while True:
            try:
                data = self.far.recv(65536)
            except OSError:
                return
            acknowledged += 1
            if acknowledged % 2:
                self.lost += 1
            else:
                self.near.sendto(data, self.client)

    def close(self):
        self.near.close()
        self.far.close()


def serials(receiver):
    return [int(v["1.9.1.0"].split()[-1]) for _, v in receiver.taken()]


def part(house):
    return next((e for e in house.api("snapshot").get("exporters", []) if e["name"] == "notify"), {})


def told_of(receiver):
    """serial -> (tunnel, arc)"""
    found = {}
    for arc, values in receiver.taken():
        serial = int(values["1.9.1.0"].split()[-1])
        about = re.search(r'"(.*?) is ', values["1.9.3.0"]).group(1)
        if found.setdefault(serial, (about, arc)) != (about, arc):
            raise AssertionError("number %d is of two changes: %s, %s" % (serial, found[serial], (about, arc)))
    return found


need("snmptrapd")
random.seed(20261123)
with House() as house:
    ports = house.simulate("--tunnels", "6")
    house.write("trap-community", secrets.token_hex(12))
    lines = ["authCommunity log %s" % house.read("trap-community")]
    trap, inform = Receiver(house, lines, "trap"), Receiver(house, lines, "inform")
    trap.start()
    inform.start()
    relay = Relay(inform.port)
    to = "{name: %s, address: 127.0.0.1, port: %d, timeout: 100ms, retries: 100, version: 2c, type: %s, community_file: trap-community}"
    house.configure(["- {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}" % (n, p, ports[n])
                     for n, p in (("ASA-XFW01", "asa"), ("ASR-WAN01", "iosxe"))],
                    notify="{hold: 0s, receivers: [%s, %s]}" % (to % ("trap", trap.port, "trap"), to % ("inform", relay.port, "inform")))
    house.run_daemon()
    wait_for("the tunnels", lambda: len(house.metrics("sawatch_tunnel_up")) == 12)
    kills = 0
    for turn in range(4):
        want = 0.0 if turn % 2 == 0 else 1.0
        for link in range(1, 7):
            house.tell_sim("%s %d" % ("restore" if want else "cut", link))
        before = len(trap.taken())
        wait_for("something is told", lambda: len(trap.taken()) > before or len(relay.messages) > before)
        time.sleep(random.random() * 0.4)  # somewhere in what is then under way
        if turn < 3:
            os.kill(children(house.daemon.pid)["notify"], signal.SIGKILL)
            kills += 1
            wait_for("it comes back", lambda: part(house).get("up") and part(house).get("restarts") == kills)
        wait_for("all know it", lambda: len(set(serials(trap))) == 12 * (turn + 1) and len(set(serials(inform))) == 12 * (turn + 1))
    receivers = part(house)["notify"]["receivers"]
    wait_for("nothing waits", lambda: all(r.get("waiting") == 0 for r in part(house)["notify"]["receivers"]))
    check("nothing was given up", all(r.get("dropped", 0) == 0 for r in receivers))
    for receiver in (trap, inform):
        told = told_of(receiver)
        check("%s: every number arrived" % receiver.name, sorted(told) == list(range(1, 49)))
        for about in {a for a, _ in told.values()}:
            check("%s: %s went down and up, twice, in order" % (receiver.name, about),
                  [arc for _, (a, arc) in sorted(told.items()) if a == about] == [DOWN, UP, DOWN, UP])
    check("numbers are of the same changes for both", told_of(trap) == told_of(inform))
    check("no trap is sent twice but the one under way when it was killed", len(serials(trap)) <= 48 + kills)
    check("acknowledgements were lost, and informs came again (%d, %d)" % (relay.lost, len(relay.messages)), relay.lost > 10 and len(relay.messages) > 48)
    check("what comes again is the same message, octet for octet", len(set(relay.messages)) == 48)
    check("none comes twice for nothing", len(relay.messages) <= 48 + relay.lost + kills)
    check("a clean stop", house.stop()[0] == 0)
    relay.close()
