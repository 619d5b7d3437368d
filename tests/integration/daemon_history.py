#!/usr/bin/env python3
"""The history that sawatchd keeps: what is in it, read while it is written, and what is left when its process is killed and when its
file is damaged. Prints its seed; SAWATCH_TEST_SEED gives another one."""
import csv
import json
import os
import random
import subprocess
import time

from daemon_kit import House, check, children, program, wait_for

ROUNDS = 3  # each waits twice as long for the next process


def device(name, platform, port):
    return "- {name: %s, platform: %s, address: 127.0.0.1, site: berlin, snmp: {port: %d}}" % (name, platform, port)


def history(house, *args):
    return subprocess.run([program("sawatch"), "history", *args, "--config", "sawatch.yml"], cwd=house.dir, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30, universal_newlines=True)


def exported(house):
    """(device, tunnel, time) -> the line"""
    done = history(house, "export")
    if done.returncode:
        raise AssertionError(done.stderr)
    return {(row["device"], row["tunnel"], row["time"]): row for row in csv.DictReader(done.stdout.splitlines())}


def is_whole(house, when):
    done = history(house, "verify")
    check("it is whole %s: %s" % (when, done.stdout.strip().split(": ")[-1]), done.returncode == 0)


def samples(house):
    try:
        return house.metric("sawatch_history_samples_total") or 0
    except OSError:
        return 0


def main():
    seed = int(os.environ.get("SAWATCH_TEST_SEED") or time.time())
    rng = random.Random(seed)
    print("seed %d" % seed, flush=True)
    with House() as house:
        ports = {name: int(port) for name, port in house.simulate().items()}
        house.configure([device("ASA-XFW01", "asa", ports["ASA-XFW01"]), device("ASR-WAN01", "iosxe", ports["ASR-WAN01"])],
                        history="{interval: 1s, time_zone: Europe/Berlin}")
        house.run_daemon()
        wait_for("readings of four ends", lambda: samples(house) >= 8)
        check("it is said how it does", house.metric("sawatch_history_tunnel_ends") == 4 and house.metric("sawatch_history_bytes") > 65536
              and time.time() - house.metric("sawatch_history_last_commit_timestamp_seconds") < 20)
        ends = json.loads(history(house, "list", "--json").stdout)["tunnels"]
        check("a reader sees them while it is written", len(ends) == 4)

        # What is kept is what is shown.
        shown = {(t["device"], t["name"]): {x["name"]: x["value"] for x in t["totals"]} for t in house.api("tunnels")["tunnels"]}
        rows = exported(house)
        check("totals are those of the API", all(int(r["in_bytes"]) <= shown[d, t]["in_bytes"] and int(r["in_packets"]) > 0
                                                 and r["state"] == "up" for (d, t, _), r in rows.items()))

        # Killed at any moment, what a reader saw stays.
        for _ in range(ROUNDS):
            before, count = exported(house), samples(house)
            pid = wait_for("its process", lambda: children(house.daemon.pid).get("history"))
            time.sleep(rng.uniform(0, 0.3))
            os.kill(pid, 9)
            wait_for("another process", lambda p=pid: children(house.daemon.pid).get("history") not in (None, p))
            wait_for("new readings", lambda b=before: len(exported(house)) > len(b))
            after = exported(house)
            if any(after.get(k) != row for k, row in before.items()):
                raise AssertionError("a reading is gone or another one")
        check("%d readings outlived %d kills" % (len(before), ROUNDS), len(before) > 8)
        is_whole(house, "after the kills")
        check("the restarts are counted", (house.metric('sawatch_exporter_restarts_total{exporter="history"}') or 0) >= ROUNDS)
        before = exported(house)
        house.stop()
        check("nothing is lost by a stop", set(before) <= set(exported(house)))

        # A damaged file is set aside, and the daemon goes on with another one.
        with open(house.path("state/history.db"), "r+b") as f:
            f.write(b"\xff" * 4096)
        house.run_daemon()
        wait_for("readings in a new file", lambda: samples(house) >= 4)
        log = [line for line in house.log().split("\n") if "history begins anew" in line]
        check("the damaged file is set aside, which is said once: " + log[0].split("warning ")[-1][:100], len(log) == 1)
        check("and kept", len([f for f in os.listdir(house.path("state")) if f.startswith("history.db.unusable")]) >= 1)
        is_whole(house, "again")

        # Off, and without a folder.
        text = house.read("sawatch.yml")
        house.write("sawatch.yml", text.replace("history: {", "history: {enabled: false, "))
        house.reload()
        wait_for("its process to end", lambda: "history" not in children(house.daemon.pid))
        check("what is there can still be read", len(exported(house)) >= 4)
        house.write("sawatch.yml", text)
        house.reload()
        wait_for("its process again", lambda: "history" in children(house.daemon.pid))
        house.stop()

        # Where there is no folder, that is said to those who asked for a history.
        for asked in (False, True):
            for state_dir, options in (("state", ["--no-state"]), ("none", [])):
                os.unlink(house.path("log"))
                house.configure([device("ASA-XFW01", "asa", ports["ASA-XFW01"])], state_dir=state_dir, **({"history": "{}"} if asked else {}))
                house.run_daemon(*options)
                if asked:
                    wait_for("a warning", lambda: "no history is kept" in house.log())
                else:
                    wait_for("polls", lambda: house.metric('sawatch_device_up{device="ASA-XFW01"'))
                house.stop()
                check("state_dir: %s %s: %s" % (state_dir, " ".join(options), "said" if asked else "silent"),
                      house.log().count("no history is kept") == asked)


main()
