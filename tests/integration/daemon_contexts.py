#!/usr/bin/env python3
"""Tunnels in an SNMP context of their own, found and named, with several requests under way: from the simulated pair to the metrics."""
from daemon_kit import House, check, wait_for

TUNNELS = 40
V3 = ("version: 3, user: sawatch, auth: sha256, auth_password_file: auth, priv: aes128, priv_password_file: priv, "
      "timeout: 1s, deadline: 5s, interval: 6s")

with House() as house:
    ports = house.simulate("--tunnels", str(TUNNELS))
    house.tell_sim("quirk ASR-WAN01 vrf-context on")
    house.write("inet", house.read("community") + "@INET")
    asr = ports["ASR-WAN01"]
    house.configure([
        "  - {name: FOUND, platform: iosxe, address: 127.0.0.1, snmp: {%s, port: %s, window: 8}}" % (V3, asr),
        "  - {name: TWIN, platform: iosxe, address: 127.0.0.1, snmp: {%s, port: %s, discover_contexts: false}}" % (V3, asr),
        "  - {name: NAMED, platform: iosxe, address: 127.0.0.1, snmp: {port: %s, window: 4, timeout: 1s, deadline: 5s, "
        "interval: 6s, contexts: [{name: INET, community_file: inet}]}}" % asr,
        "  - {name: FAST, platform: iosxe, address: 127.0.0.1, snmp: {port: %s, window: 4, interval: 1h, fast_interval: 1s, "
        "contexts: [{name: INET, community_file: inet}]}}" % asr], collectors=2)
    house.run_daemon()

    def tunnels(device):
        return sum(('device="%s"' % device) in labels for labels in house.metrics("sawatch_tunnel_up"))

    wait_for("tunnels of a context that was found", lambda: tunnels("FOUND") == TUNNELS)
    wait_for("tunnels of a context that is configured", lambda: tunnels("NAMED") == TUNNELS)
    wait_for("the device of which only the default context is read",
             lambda: house.metric('sawatch_device_up{device="TWIN",source="snmp"}') is not None)
    check("there are none in the default context", tunnels("TWIN") == 0)
    check("both are up", all(house.metric('sawatch_device_up{device="%s",source="snmp"}' % d) == 1 for d in ("FOUND", "NAMED")))

    wait_for("the first poll, of everything", lambda: tunnels("FAST") == TUNNELS)
    wait_for("polls that read less", lambda: house.metric('sawatch_poll_requests{device="FAST",source="snmp"}') < 30)
    def packets():
        return sum(v for labels, v in house.metrics("sawatch_tunnel_packets_total").items() if 'device="FAST"' in labels)
    before = packets()
    wait_for("packets that are counted on by them", lambda: packets() > before)
    check("which keep what the first poll read", tunnels("FAST") == TUNNELS and
          house.metric('sawatch_device_up{device="FAST",source="snmp"}') == 1 and
          any('device="FAST"' in labels for labels in house.metrics("sawatch_device_cpu_ratio")) and
          all('encryption="' in labels for labels in house.metrics("sawatch_tunnel_info") if 'device="FAST"' in labels))

    def said(device):
        d = next(x for x in house.api("devices")["devices"] if x["name"] == device)
        return d.get("engine_id"), d.get("engine_shared_with")

    # FOUND and TWIN may be read by two collectors.
    engine = wait_for("the same engine under two names is told of both", lambda: said("FOUND")[1] == "TWIN" and said("TWIN")[1] == "FOUND"
                      and said("FOUND")[0])
    check("by its ID", engine == said("TWIN")[0] and engine.startswith("80"))
    check("SNMPv2c has none", said("NAMED") == (None, None))
    check("and is logged once", house.log().count("engine ID is that of") == 1)
