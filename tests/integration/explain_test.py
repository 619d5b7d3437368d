#!/usr/bin/env python3
"""sawatch links and sawatch explain against a daemon that watches both simulated devices: both ends side by side, a tunnel that is cut."""
import json
import re
import subprocess

from daemon_kit import House, check, program, wait_for

NAMES = {"ASA-XFW01": ("vpn-a", "198.51.100.1", "192.0.2.1"), "ASR-WAN01": ("vpn-b", "192.0.2.1", "198.51.100.1")}


def device(name, platform, port):
    return ("- {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %d}, tunnels: [{name: %s, remote: %s, local: %s, link: berlin}]}"
            % (name, platform, port, *NAMES[name]))


def sawatch(house, *args):
    p = subprocess.run([program("sawatch"), *args], cwd=house.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20,
                       universal_newlines=True, check=False, env={"SAWATCH_SERVER": house.url.rstrip("/"), "LC_ALL": "C.UTF-8"})
    return p.returncode, p.stdout, p.stderr


def main():
    with House() as house:
        ports = {name: int(port) for name, port in house.simulate().items()}
        house.configure([device("ASA-XFW01", "asa", ports["ASA-XFW01"]), device("ASR-WAN01", "iosxe", ports["ASR-WAN01"])])
        house.run_daemon()
        wait_for("ready", lambda: house.get("-/ready")[0] == 200)

        status, out, err = sawatch(house, "explain", "vpn-a")
        check("a tunnel that is up: status 0, no message", status == 0 and not err)
        check("its state", out.startswith("ASA-XFW01  vpn-a: up for "))
        check("both ends side by side", "Both ends        ASA-XFW01                      ASR-WAN01" in out)
        check("layers", all("  %-10s " % x in out for x in ("underlay", "interface", "ike", "ipsec", "routing")))
        check("the link", "Link berlin\n  ASA-XFW01 -> ASR-WAN01: " in out)
        check("nothing to look at", "No layer fails" in out)
        check("80 columns and no colour in a file", max(map(len, out.split("\n"))) <= 80 and "\033" not in out)

        status, out, err = sawatch(house, "explain", "--json", "vpn-b")
        some = json.loads(out)
        check("as JSON: both ends and their link", status == 0 and {t["name"] for t in some["tunnels"]} == {"vpn-a", "vpn-b"}
              and [x["name"] for x in some["links"]] == ["berlin"])

        status, out, err = sawatch(house, "links")
        check("links: two, by name", status == 0 and "berlin: up\n  ASA-XFW01 vpn-a = ASR-WAN01 vpn-b\n" in out and out.count(": up\n") == 2)
        status, out, err = sawatch(house, "links", "--json", "--device", "ASR-WAN01")
        check("as JSON", len(json.loads(out)["links"]) == 2)
        status, out, err = sawatch(house, "links", "--device", "NOBODY")
        check("no link is said", status == 0 and out.startswith("No link is known"))

        status, out, err = sawatch(house, "explain", "nobody")
        check("a tunnel that is not there", status == 3 and 'there is no tunnel "nobody"' in err and not out)
        check("no tunnel named", sawatch(house, "explain")[0] == 2 and sawatch(house, "explain", "a", "b")[0] == 2)
        check("help", "usage: sawatch explain" in sawatch(house, "explain", "--help")[1])

        house.tell_sim("cut 1")
        wait_for("the cut to be seen", lambda: house.metric('sawatch_tunnel_up{device="ASA-XFW01",tunnel="vpn-a"}') == 0)
        status, out, err = sawatch(house, "explain", "vpn-a")
        check("a tunnel that is missing: status 1 and the reason", status == 1 and "vpn-a: missing" in out
              and "it is expected, and ASA-XFW01 has no row" in " ".join(out.split()))
        check("what changed, and when", re.search(
            r"\nWhat changed\n  - \d+s ago \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\): state: missing, was\s+up: it is expected", out))
        status, out_json, err = sawatch(house, "explain", "--json", "vpn-a")
        changes = [t for t in json.loads(out_json)["tunnels"] if t["name"] == "vpn-a"][0]["changes"]
        check("as JSON", changes[0]["at_ms"] > 0 and changes[0]["text"].startswith("state: missing, was up: it is expected"))
        check("what to look at", "\nLook at\n  - " in out and "is it still there? Without an SA" in " ".join(out.split()))
        check("still in 80 columns", max(map(len, out.split("\n"))) <= 80)
        house.stop()


main()
