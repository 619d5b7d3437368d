#!/usr/bin/env python3
"""/probe: off until enabled; polls one device now, once for all who ask, and answers for it alone within the scraper's time."""
import concurrent.futures
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from daemon_kit import House, check, wait_for


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
        check("it ends well", house.stop()[0] == 0)


if __name__ == "__main__":
    main()
