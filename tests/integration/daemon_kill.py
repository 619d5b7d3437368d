#!/usr/bin/env python3
"""sawatchd is killed with SIGKILL at random moments: no counter that was ever shown decreases, and nothing is lost that the devices
still count. Prints its seed; SAWATCH_TEST_SEED gives another one."""
import json
import os
import random
import subprocess
import time

from daemon_kit import House, check, children, program, wait_for

ROUNDS = 8
FAMILIES = ("sawatch_tunnel_bytes_total", "sawatch_tunnel_packets_total", "sawatch_tunnel_rekeys_total",
            "sawatch_tunnel_flaps_total", "sawatch_poll_errors_total")


def device(name, platform, port):
    return "- {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %d}}" % (name, platform, port)


class Watch:
    """the highest value of every counter that was ever shown"""

    def __init__(self):
        self.highest = {}
        self.seen = 0

    def look(self, house):
        try:
            status, text = house.get("metrics")
        except OSError:
            return
        if status != 200:
            return
        for line in text.split("\n"):
            if line.startswith(FAMILIES):
                series, value = line.rsplit(" ", 1)
                check_quietly(float(value) >= self.highest.get(series, 0), "%s fell from %s to %s" % (
                    series, self.highest.get(series), value))
                self.highest[series] = float(value)
                self.seen += 1


def check_quietly(good, what):
    if not good:
        raise AssertionError(what)


def raw_packets(house):
    """what the ASA counts now: peer -> packets received"""
    out = subprocess.run([program("sawatch"), "poll", "--config", "sawatch.yml", "--format", "json", "ASA-XFW01"], cwd=house.dir,
                         stdout=subprocess.PIPE, check=True, timeout=20).stdout
    return {row["remote_endpoint"]: row["decaps_packets"] for row in json.loads(out)["ipsec_sas"]}


def shown_packets(house):
    found = {}
    for t in house.api("tunnels")["tunnels"]:
        if t["device"] == "ASA-XFW01":
            found[t["remote"]] = next((x["value"] for x in t.get("totals", []) if x["name"] == "decaps_packets"), 0)
    return found


def main():
    seed = int(os.environ.get("SAWATCH_TEST_SEED") or time.time())
    rng = random.Random(seed)
    print("seed %d" % seed, flush=True)
    with House() as house:
        ports = {name: int(port) for name, port in house.simulate().items()}
        house.configure([device("ASA-XFW01", "asa", ports["ASA-XFW01"]), device("ASR-WAN01", "iosxe", ports["ASR-WAN01"])])
        watch = Watch()
        for i in range(ROUNDS):
            house.run_daemon()
            if i == 0:
                wait_for("ready", lambda: house.get("-/ready")[0] == 200)
            until = time.monotonic() + rng.uniform(0.05, 1.6)
            while time.monotonic() < until:
                watch.look(house)
            roles = children(house.daemon.pid)
            # The hub alone, which may be in the middle of a write, or all of them.
            victim = rng.choice(["hub", "all"])
            if victim == "hub" and "hub" in roles:
                os.kill(roles["hub"], 9)
            house.daemon.kill()
            house.daemon.wait()
            wait_for("the children to follow", lambda r=roles: not any(os.path.exists("/proc/%d" % p) for p in r.values()))
        house.run_daemon()
        wait_for("ready", lambda: house.get("-/ready")[0] == 200)
        watch.look(house)
        check("no counter of %d that were shown ever decreased" % watch.seen, watch.seen > 100)

        links = house.api("links")["links"]
        check("both tunnels are links, by their SPIs, and up", len(links) == 2 and all(
            x["evidence"].startswith("their SPIs agree") and x["up"] and {x["a_device"], x["b_device"]} == {"ASA-XFW01", "ASR-WAN01"}
            for x in links))
        check("and metrics say so", list(house.metrics("sawatch_link_up").values()) == [1, 1])

        # What passed while nobody looked is in the devices' counters, so that the totals are these.
        before = raw_packets(house)
        polled = house.metric("sawatch_snapshot_timestamp_seconds")
        wait_for("another poll", lambda: (house.metric("sawatch_snapshot_timestamp_seconds") or 0) > polled + 2)
        shown = shown_packets(house)
        after = raw_packets(house)
        check("the totals are what the device counts", shown and before and all(
            before[peer] <= shown[peer] <= after[peer] for peer in before))
        check("nothing was set aside", not [f for f in os.listdir(house.path("state")) if "unusable" in f])
        house.stop()


main()
