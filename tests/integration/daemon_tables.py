#!/usr/bin/env python3
"""Everything a device tells beside its tunnels, from the simulated pair to /metrics and the API; a busy device is left alone."""
import re

from daemon_kit import House, check, wait_for

ASR = 'device="ASR-WAN01"'
ASA = 'device="ASA-XFW01"'


def device(house, name):
    return next(d for d in house.api("devices")["devices"] if d["name"] == name)


with House() as house:
    ports = house.simulate()
    house.tell_sim("cut 2")
    house.configure(["  - {name: ASA-XFW01, platform: asa, address: 127.0.0.1, snmp: {port: %s, memory_pools: true, "
                     "history_interval: 1s}}" % ports["ASA-XFW01"],
                     "  - {name: ASR-WAN01, platform: iosxe, address: 127.0.0.1, snmp: {port: %s}}" % ports["ASR-WAN01"]])
    house.run_daemon()
    wait_for("both devices read", lambda: len(house.metrics("sawatch_device_cpu_ratio")) == 2)
    text = house.get("metrics")[1]

    def has(line):
        check(line, line in text.split("\n"))

    has("sawatch_device_cpu_ratio{%s} 0.23" % ASA)
    has("sawatch_device_crypto_load_ratio{%s} 0.01" % ASR)
    has('sawatch_crypto_sessions{%s,kind="active"} 1' % ASA)
    has('sawatch_crypto_sessions{%s,kind="peak"} 2' % ASA)
    has('sawatch_bgp_peer_up{%s,peer="10.11.0.1",vrf=""} 1' % ASR)
    has('sawatch_bgp_prefixes_received{%s,peer="10.11.0.1",vrf=""} 3' % ASR)
    has('sawatch_bgp_peer_up{%s,peer="10.11.0.5",vrf=""} 0' % ASR)
    has('sawatch_bgp_prefixes_received{%s,peer="10.11.0.5",vrf=""} 0' % ASR)
    has('sawatch_interface_up{%s,interface="outside"} 1' % ASA)
    has('sawatch_interface_up{%s,interface="GigabitEthernet0/0/4"} 1' % ASR)
    has('sawatch_interface_speed_bytes_per_second{%s,interface="outside"} 125000000' % ASA)
    has('sawatch_interface_discards_total{%s,interface="outside",direction="out"} 0' % ASA)
    has('sawatch_device_memory_used_bytes{%s,pool="System memory"} 3221225472' % ASA)
    check("memory pools are read where they are asked for only", "sawatch_device_memory_used_bytes{%s" % ASR not in text)
    check("tunnels are no interfaces of the box", not re.search(r'^sawatch_interface_up\{.*(vti|Tunnel)', text, re.M))

    asa = device(house, "ASA-XFW01")
    check("serial and model: %s %s" % (asa["serial"], asa["model"]), (asa["serial"], asa["model"]) == ("FCH00000A01", "ASA5555"))
    outside = next(i for i in asa["interfaces"] if i["name"] == "outside")
    check("what tunnels leave by has its description", outside["description"] == "to the provider" and not outside["is_tunnel"])
    check("the cut tunnel is in both histories", sorted((t["kind"], t["reason"]) for t in asa["ended_tunnels"]) ==
          [("ike", "peer_lost"), ("ipsec", "peer_lost")])
    ended = next(t for t in asa["ended_tunnels"] if t["kind"] == "ipsec")
    check("with what it had carried", ended["in_packets"] > 0 and ended["out_bytes"] > ended["out_packets"])
    check("IKE's log of failures names the peer", [(f["reason"], f["remote"]) for f in asa["ike_failures"]] ==
          [("peer_lost", "198.51.100.2")])
    check("IPsec's has the SPI", asa["ipsec_failures"][0]["spi"].startswith("0x"))

    interval = 'sawatch_poll_interval_seconds{%s,source="snmp"}' % ASA
    check("polled as configured", house.metric(interval) == 1)
    house.tell_sim("cpu ASA-XFW01 85")
    wait_for("a busy device is left alone", lambda: house.metric(interval) == 4)
    check("and that is said once", len(re.findall(r"CPU is at 85 %, above 70 %", house.log())) == 1)
    check("the other one is polled as before", house.metric(interval.replace("ASA-XFW01", "ASR-WAN01")) == 1)
    house.tell_sim("cpu ASA-XFW01 20")
    wait_for("a calm one is polled as before", lambda: house.metric(interval) == 1)
    check("a clean stop", house.stop()[0] == 0)

# The tunnels of a VRF are in a context of their own, which the router's own map leads to; BGP is in the default one. SNMPv3 names a
# context, in SNMPv2c a community of its own stands for it. Asked for nothing but that context, there is no BGP.
V3 = "version: 3, user: sawatch, auth: sha256, auth_password_file: auth, priv: aes128, priv_password_file: priv"
for name, how, peers in (("found", V3, 2), ("named", V3 + ", contexts: [{name: INET}]", 2), ("the only one", V3 + ", context: INET", 0),
                         ("mapped", "contexts: [{name: INET, community_file: mapped}]", 2)):
    with House() as house:
        ports = house.simulate()
        house.write("mapped", house.read("community") + "@INET")
        house.tell_sim("quirk ASR-WAN01 vrf-context on")
        house.configure(["  - {name: ASR-WAN01, platform: iosxe, address: 127.0.0.1, snmp: {port: %s, interval: 2s, deadline: 1500ms, %s}}" %
                         (ports["ASR-WAN01"], how)])
        house.run_daemon()
        wait_for("a context that is %s: both tunnels" % name, lambda: list(house.metrics("sawatch_tunnel_up").values()) == [1, 1])
        check("a context that is %s: %d BGP peers" % (name, peers), len(house.metrics("sawatch_bgp_peer_up")) == peers)
        check("a context that is %s: what tunnels leave by" % name,
              house.metric('sawatch_interface_up{%s,interface="GigabitEthernet0/0/4"}' % ASR) == 1)
        check("a context that is %s: nothing is missing of the tables" % name,
              0 not in house.metrics("sawatch_poll_table_complete").values())
