#!/usr/bin/env python3
"""A real Icinga 2 loads the shipped configuration, runs the plugin against sawatchd, and its own states follow what happens to a tunnel."""
import os
import sys

from daemon_kit import House, check, wait_for
from icinga2_kit import ICINGA, Icinga
from monitoring_kit import watch_pair

if not ICINGA:
    print("icinga2 is not installed")
    sys.exit(77)


with House() as house:
    names, listed = watch_pair(house, "icinga2")
    icinga = Icinga(house, """
%s
template Host "device" {
    check_command = "passive"
    enable_active_checks = false
    vars.sawatch = true
    vars.sawatch_server = "%s"
}
object Host "ASA-XFW01" {
    import "device"
    vars.sawatch_tunnels["%s"] = { sawatch_warning = "replay_rate=1" }
}
object Host "ASR-WAN01" { import "device" }
object Host "vpn-gateway" {
    import "device"
    vars.sawatch_audit = true
    address = "localhost"
}
object Host "nowhere" {
    import "device"
    address = "192.0.2.99"
}
object Service "fleet" {
    import "sawatch"
    host_name = "ASR-WAN01"
    vars.sawatch_mode = "fleet"
    vars.sawatch_device = ""
    vars.sawatch_exclude = [ "LAB-*", "*/spare" ]
}
""" % (listed, house.url.rstrip("/"), names[0][1]))
    try:
        # Tests do not wait a minute between checks.
        icinga.write("sawatch.conf", icinga.read("sawatch.conf").replace("check_interval = 15m", "check_interval = 1s").replace("check_interval = 1m", "check_interval = 1s")
                     .replace("retry_interval = 30s", "retry_interval = 1s"))
        icinga.icinga("daemon", "-C", "-c", os.path.join(icinga.dir, "icinga2.conf"))
        check("Icinga 2 takes the shipped configuration and the list of tunnels", True)
        plain = icinga.read("objects.conf")
        icinga.write("objects.conf", plain + 'SawatchTunnels["ASA-XFW01"]["ex!claim \\"$q$\\" \'Z\u00fcrich\\\\"] = { }\n')
        icinga.icinga("daemon", "-C", "-c", os.path.join(icinga.dir, "icinga2.conf"))
        check("and names of any characters", True)
        icinga.write("objects.conf", plain)
        icinga.start()
        wait_for("a service for each tunnel end and device", lambda: len(icinga.services() or {}) == len(names) + 6, 60)
        check("the daemon's tunnels and devices are its services", sorted(icinga.services()) == sorted(
            [(d, "tunnel " + t) for d, t in names] + [("ASA-XFW01", "sawatch device"), ("ASR-WAN01", "sawatch device"), ("ASR-WAN01", "fleet"),
                                                    ("nowhere", "sawatch device"), ("vpn-gateway", "sawatch audit"), ("vpn-gateway", "sawatch device")]))
        found = icinga.wait_state(("vpn-gateway", "sawatch device"), "OK")
        check("an audit that is not configured is UNKNOWN, with the reason",
              "audit_interval is not configured for it" in icinga.wait_state(("vpn-gateway", "sawatch audit"), "UNKNOWN")["output"])
        check("a host by another name is found by its address", "ASR-WAN01: snmp complete" in found["output"])
        found = icinga.wait_state(("nowhere", "sawatch device"), "UNKNOWN")
        check("nobody's is UNKNOWN by its name", 'no device "nowhere"; known are: ' in found["output"])
        device, tunnel = names[0]
        service = (device, "tunnel " + tunnel)
        fine = icinga.wait_state(service, "OK")
        check("performance data is taken apart: %s" % fine["performance_data"],
              any("in_packets" in p for p in fine["performance_data"]))
        house.tell_sim("cut 1")
        icinga.wait_state(service, "CRITICAL")
        fleet = icinga.wait_state(("ASR-WAN01", "fleet"), "CRITICAL")
        check("the fleet is all of them", "2 devices, 4 tunnels" in fleet["output"])
        house.tell_sim("restore 1")
        icinga.wait_state(service, "OK")
        icinga.wait_state(service, "WARNING", lambda: house.tell_sim("replay 1 1000 b-to-a"))
        icinga.wait_state(service, "OK")
        house.stop()
        gone = icinga.wait_state(service, "UNKNOWN")
        check("the text says that the daemon does not answer", "127.0.0.1" in gone["output"])
    finally:
        icinga.close()
