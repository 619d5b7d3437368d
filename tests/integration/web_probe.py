#!/usr/bin/env python3
"""/probe: off until enabled; polls one device now, once for all who ask, and answers for it alone within the scraper's time."""
import concurrent.futures
import json
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from daemon_kit import House, check, program, wait_for


class Forwarder:
    """UDP to a device and back; each poll comes from a port of its own, so ports are polls. `silent`: nothing gets through."""

    def __init__(self, port):
        self.to = ("127.0.0.1", port)
        self.clients = {}
        self.silent = False
        self.outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.outside.bind(("127.0.0.1", 0))
        self.port = self.outside.getsockname()[1]
        threading.Thread(target=self.inward, daemon=True).start()

    def inward(self):
        while True:
            data, client = self.outside.recvfrom(65536)
            if client not in self.clients:
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.connect(self.to)
                self.clients[client] = s
                threading.Thread(target=self.outward, args=(s, client), daemon=True).start()
            if not self.silent:
                self.clients[client].send(data)

    def outward(self, s, client):
        while True:
            self.outside.sendto(s.recv(65536), client)

    def polls(self):
        return len(self.clients)


def probe(house, target, timeout=None, query=None):
    """status, body and seconds"""
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": str(timeout)} if timeout else {}
    url = house.url + "probe?" + (query if query is not None else "target=" + urllib.parse.quote(target))
    began = time.monotonic()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as r:
            return r.status, r.read().decode(), time.monotonic() - began
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode(), time.monotonic() - began


def device(name, platform, port, more=""):
    return "  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s, interval: 1h, timeout: 1s, deadline: 20s%s}}" % (
        name, platform, port, more)


def up_tunnels(text):
    return sum(float(v) for v in re.findall(r"^sawatch_tunnel_up\{.*\} (\S+)$", text, re.M))


def addresses_beside_the_configuration(house, devices, asa):
    house.configure(devices[1:], probe="{enabled: true, min_age: 1s, modules: [{name: asa, platform: asa, "
                    "networks: [127.0.0.0/30, \"2001:db8::/32\"], snmp: {port: %d, interval: 1h, timeout: 1s, deadline: 20s}}]}" %
                    asa.port)
    house.reload()

    def ask(target, module="asa"):
        return probe(house, "", query=urllib.parse.urlencode({"target": target, "module": module}))
    wait_for("a module", lambda: ask("127.0.0.2")[0] == 200)
    polls = asa.polls()
    text = wait_for("an address of its networks is polled", lambda: (ask("127.0.0.1")[1:2] + ("",))[0])
    guests = {g["labels"]["__param_target"]: g["labels"].get("__param_module") for g in json.loads(house.get("sd")[1])}
    check("service discovery tells it from those of the configuration", guests["127.0.0.1"] == "asa" and guests["ASR-WAN01"] is None)
    check("and answered like a device of that name", up_tunnels(text) == 2 and
          'sawatch_device_up{device="127.0.0.1",source="snmp"} 1' in text and asa.polls() == polls + 1)
    for target, module, status, words in (
            ("127.0.0.9", "asa", 404, "in none of the networks"), ("192.0.2.1", "asa", 404, "in none of the networks"),
            ("2001:db9::1", "asa", 404, "in none of the networks"), ("127.0.0.1", "other", 404, "there is no module other"),
            ("localhost", "asa", 400, "an IP address"), ("127.0.0.01", "asa", 400, "an IP address"),
            ("ASR-WAN01", "asa", 400, "takes no module")):
        got, text, _ = ask(target, module)
        check("%s by %s is refused" % (target, module), got == status and words in text)
    check("it is ready, whatever was asked for", wait_for("ready", lambda: house.get("-/ready")[0] == 200))
    check("what nobody asks for is not polled", asa.polls() == polls + 1)
    house.configure(devices[1:], name="bad.yml", probe="{modules: [{name: asa, platform: asa, networks: [127.0.0.0], snmp: {}}]}")
    r = subprocess.run([program("sawatchd"), "--check-config", "bad.yml"], cwd=house.dir, stderr=subprocess.PIPE,
                       universal_newlines=True, check=False)
    check("a network that is none is named", r.returncode == 1 and "networks: `127.0.0.0` is not valid" in r.stderr)


def main():
    with House() as house:
        ports = house.simulate()
        asa, asr = Forwarder(int(ports["ASA-XFW01"])), ports["ASR-WAN01"]
        devices = [device("ASA-XFW01", "asa", asa.port), device("ASR-WAN01", "iosxe", asr)]
        house.configure(devices)
        house.run_daemon()
        status, text, _ = probe(house, "ASA-XFW01")
        check("it is off until the configuration turns it on, and says so", status == 403 and "enabled: true" in text)
        house.configure(devices, probe="{enabled: true, min_age: 1h, timeout: 30s}")
        house.reload()
        wait_for("the reload", lambda: probe(house, "nobody")[0] == 404)
        check("others than those of the configuration are not polled", "not polled" in probe(house, "192.0.2.99")[1])
        check("an address is answered with the name", "the address of ASA-XFW01" in probe(house, "127.0.0.1")[1])
        for query in ("", "target=", "target=a&target=b", "target=%", "device=ASA-XFW01", "target=ASA-XFW01&x=1"):
            check("a wrong question is refused: %r" % query, probe(house, "", query=query)[0] == 400)

        with concurrent.futures.ThreadPoolExecutor(20) as many:
            answers = list(many.map(lambda _: probe(house, "ASA-XFW01"), range(20)))
        check("20 who ask at once are answered", [a[0] for a in answers] == [200] * 20)
        check("by one poll", asa.polls() == 1)
        text = answers[0][1]
        check("with the device's tunnels", up_tunnels(text) == 2 and 'sawatch_device_up{device="ASA-XFW01",source="snmp"} 1' in text)
        check("and nothing of others, nor of the daemon", "ASR-WAN01\"," not in text and "process_" not in text and
              "sawatch_http" not in text)
        house.tell_sim("cut 1")
        check("what was polled lately is not polled again", up_tunnels(probe(house, "ASA-XFW01")[1]) == 2 and asa.polls() == 1)
        house.configure(devices, probe="{enabled: true, min_age: 1s, timeout: 30s}")
        house.reload()
        wait_for("a later probe sees what has changed", lambda: up_tunnels(probe(house, "ASA-XFW01")[1]) == 1)

        asa.silent = True
        house.tell_sim("restore 1")

        def too_late():
            status, text, seconds = probe(house, "ASA-XFW01", timeout=1.5)
            return status == 504 and "not read within" in text and 0.9 <= seconds < 1.5
        wait_for("a scraper's timeout is kept to", too_late)
        polls = asa.polls()
        check("who asks meanwhile joins the poll under way", probe(house, "ASA-XFW01", timeout=1.5)[0] == 504 and
              asa.polls() == polls)
        asa.silent = False
        wait_for("once it answers again, so does the probe", lambda: up_tunnels(probe(house, "ASA-XFW01")[1]) == 2)

        house.configure([device("ASA-XFW01", "asa", 9, ", retries: 0"), devices[1]],
                        probe="{enabled: true, min_age: 1s, timeout: 30s}")
        house.reload()
        wait_for("a device that cannot be read is an answer too", lambda: (
            'sawatch_device_up{device="ASA-XFW01",source="snmp"} 0' in probe(house, "ASA-XFW01")[1]))
        addresses_beside_the_configuration(house, devices, asa)
        check("it ends well", house.stop()[0] == 0)


if __name__ == "__main__":
    main()
