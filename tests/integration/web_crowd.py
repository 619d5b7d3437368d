#!/usr/bin/env python3
"""sawatchd among 1,000 clients that say nothing, half a sentence, or do not listen: it polls on, is scraped every 10 ms, and says how it is."""
import contextlib
import http.client
import resource
import socket
import threading
import time

from daemon_kit import House, check, wait_for

MOST, SCRAPES = 200, 200
SILENT, HALF, DEAF = b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"GET /api/v1/snapshot HTTP/1.1\r\nHost: x\r\n\r\n"


class Scraper:
    """Keeps its connection, and comes again where that was ended between two questions, as Prometheus does."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.came_again = 0

    def scrape(self):
        for _ in range(3):
            with contextlib.suppress(http.client.RemoteDisconnected, ConnectionError):
                self.connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
                r = self.connection.getresponse()
                r.read()
                return r.status
            self.connection.close()
            self.came_again += 1
        return None


def crowd_in(port, held):
    for i in range(1000):
        s = socket.socket()
        s.settimeout(30)
        held.append(s)
        s.bind(("127.0.0.%d" % (2 + i % 4), 0))
        with contextlib.suppress(OSError):
            s.connect(("127.0.0.1", port))
            s.sendall((SILENT, SILENT, HALF, DEAF)[i // 4 % 4])


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with House() as house:
        ports = house.simulate()
        house.configure(["  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}" % (name, "asa" if "ASA" in name else "iosxe", p)
                         for name, p in ports.items()], web="{max_connections: %d, max_connections_per_client: 100}" % MOST)
        house.run_daemon()
        wait_for("all tunnels up", lambda: sum(house.metrics("sawatch_tunnel_up").values()) == 4)
        port = int(house.url.rstrip("/").rsplit(":", 1)[1])
        scraper, held = Scraper(port), []
        sequence = house.api("snapshot")["sequence"]
        crowd = threading.Thread(target=crowd_in, args=(port, held))
        crowd.start()
        try:
            answers, next_at = [], time.monotonic()
            for _ in range(SCRAPES):
                answers.append(scraper.scrape())
                next_at += 0.01
                time.sleep(max(0, next_at - time.monotonic()))
            crowd.join()
            check("a scrape every 10 ms is answered all the time", answers == [200] * SCRAPES)
            check("as one more is, with the crowd inside", scraper.scrape() == 200 and house.get("-/healthy")[0] == 200)
            figure = house.metric
            check("no more are let in than may", figure('sawatch_http_connections{listener="tcp"}') <= MOST)
            check("who was idle made room", figure('sawatch_http_connections_ended_total{listener="tcp",reason="room"}') >= 500)
            check("all of that is counted", figure('sawatch_http_connections_accepted_total{listener="tcp"}') >= 1000 and
                  figure('sawatch_http_requests_total{code="200"}') >= SCRAPES)
            check("within its descriptors", figure("process_open_fds") < MOST + 100)
            check("and its memory", figure("sawatch_http_answers_held_bytes") < 64 << 20)
            wait_for("polls go on", lambda: house.api("snapshot")["sequence"] > sequence + 2)
            check("nothing is down for it", sum(house.metrics("sawatch_tunnel_up").values()) == 4)
        finally:
            crowd.join()
            for s in held:
                s.close()
        wait_for("all are gone", lambda: house.metric('sawatch_http_connections{listener="tcp"}') <= 2)
        check("it ends well", house.stop()[0] == 0)


if __name__ == "__main__":
    main()
