#!/usr/bin/env python3
"""`sawatch doctor` counts the commands that a poll over SSH really types, alone and beside SNMP."""
import json
import sys

from ssh_kit import QUICK, SAWATCH, Place, Sim, configuration, device, poll, run, trust

NAMES = ("ASR-WAN01", "ASA-XFW01")


def expected(config):
    return {d["device"]: d for d in json.loads(run(SAWATCH, "doctor", "--config", config, "--json", status=0).stdout)["devices"]}


with Place() as place, Sim(place) as sim:
    ssh = "password_file: password" + QUICK
    alone = configuration(place, *(device(sim, name, ssh) for name in NAMES), name="alone.yml")
    beside = configuration(place, *(device(sim, name, ssh, snmp=True) for name in NAMES), name="beside.yml")
    for name in NAMES:
        trust(alone, name)
        for config, facts in ((alone, 1), (beside, 0)):  # show version, in a session's first poll
            sample, _, _ = poll(config, name, status=0)
            cost = expected(config)[name]
            typed = [t["name"] for t in sample["tables"]]
            assert sample["requests"] == len(typed) == cost["commands_per_detail_poll"] + facts, (config, typed, cost)
            assert ("show version" in typed) == (facts == 1), typed
            assert cost["aaa_records_per_day"] > cost["commands_per_day"] >= cost["detail_polls_per_day"] * (len(typed) - facts), cost
print("ok")
sys.exit(0)
