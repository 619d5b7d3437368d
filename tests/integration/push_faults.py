#!/usr/bin/env python3
"""Remote write to a server that refuses, fails, hangs, hangs up and talks nonsense: what it never takes is dropped, counted and said, all else
comes again, the same and in order; the process that pushes may be killed, and the rest of the daemon feels none of it."""
import os
import signal
import socket
import threading

from daemon_kit import House, check, children, wait_for
from push_kit import Recorder, pair, wait_over_reload, write_request


class Rude:
    """A server that takes a request and answers with these bytes, or not at all."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        self.manner, self.met, self.held = b"", 0, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                c = self.socket.accept()[0]
            except OSError:
                return
            c.recv(65536)
            self.met += 1
            if self.manner is None:
                self.held.append(c)  # and nothing comes
                continue
            try:
                c.sendall(self.manner)
            except OSError:
                pass
            c.close()

    def close(self):
        self.socket.close()
        for c in self.held:
            c.close()


def times(requests):
    return [[ms for _, ms, _ in write_request(r["body"])][0] for r in requests]


with House() as house:
    server, rude = Recorder(), Rude()
    ports = house.simulate()

    def target(url):
        house.configure(pair(ports), push='\n  - {name: there, type: remote_write, url: "%s/write", interval: 1s, timeout: 1s, batch: 50000}' % url)

    target(server.url)
    house.run_daemon()
    wait_for("it is sent", lambda: len(server.taken()) > 2)
    headers = server.taken()[-1]["headers"]
    check("as the specification has it", headers["Content-Encoding"] == "snappy" and headers["Content-Type"] == "application/x-protobuf" and
          headers["X-Prometheus-Remote-Write-Version"] == "0.1.0" and headers["User-Agent"].startswith("sawatch/"))

    server.answer = lambda _: (400, {"Content-Type": "text/plain"}, b"out of order sample\n")
    wait_for("a refusal is said with the server's words", lambda: "push there: HTTP 400: out of order sample;" in house.log())
    wait_for("what is refused is counted", lambda: house.metric("sawatch_push_dropped_samples_total") > 100)
    check("and does not wait", house.metric("sawatch_push_queue_samples") < 1000)
    for status in (500, 429):
        server.answer = lambda _, status=status: (status, {}, b"")
        wait_for("%d is said" % status, lambda: "push there: HTTP %d" % status in house.log())
        failed, count = server.taken()[-1]["body"], len(server.taken())
        server.answer = lambda _: (200, {}, b"")
        wait_for("it is sent again after %d" % status, lambda: len(server.taken()) > count)
        check("the same after %d" % status, server.taken()[count]["body"] == failed)
        wait_for("well again", lambda: house.metric("sawatch_push_queue_samples") == 0)

    # The process is killed between requests and in them: what comes is later each time, or the same again.
    count = len(server.taken())
    for _ in range(3):
        os.kill(children(house.daemon.pid)["push"], signal.SIGKILL)
        wait_for("it comes back", lambda: "push" in children(house.daemon.pid))
        before = len(server.taken())
        wait_for("and goes on", lambda: len(server.taken()) > before)
    seen = times(server.taken()[count:])
    check("times never go back", seen == sorted(seen))
    check("its end is counted", (house.metric('sawatch_exporter_restarts_total{exporter="push"}') or 0) >= 3)

    for manner, said in ((b"SSH-2.0-OpenSSH_9.2p1\r\n", "HTTP/0.9"), (b"HTTP/1.1 503 Busy\r\n\r\n" + b"x" * (10 << 20), "HTTP 503"),
                         (b"HTTP/1.1 200 OK\r\nX: " + b"x" * (1 << 20), "the head of the answer has no end"), (None, "no answer within 1 s")):
        rude.manner, rude.met = manner, 0
        target(server.url)
        house.reload()
        wait_over_reload("it is well before", lambda: house.metric("sawatch_push_up") == 1 and house.metric("sawatch_push_queue_samples") == 0)
        target(rude.url)
        house.reload()
        wait_over_reload("%s is said" % said, lambda: said in house.log())
        check("others are answered beside it", house.get("metrics")[0] == 200)
        wait_over_reload("what it did not take waits", lambda: house.metric("sawatch_push_queue_samples") > 100)
        wait_for("it is asked again", lambda: rude.met > 1)
    # What is refused in so many words is not sent again for the words.
    dropped = house.metric("sawatch_push_dropped_samples_total")
    rude.manner = b"HTTP/1.1 400 Bad\r\nContent-Type: text/html\r\n\r\n" + b"<p>" * (4 << 20)
    wait_for("a refusal of 12 MiB is one", lambda: house.metric("sawatch_push_dropped_samples_total") > dropped + 100)
    server_has = len(server.taken())
    target(server.url)
    house.reload()
    wait_over_reload("nothing else was lost by any of them", lambda: house.metric("sawatch_push_up") == 1 and house.metric("sawatch_push_queue_samples") == 0)
    check("what comes is taken again", len(server.taken()) > server_has)
    seen = times(server.taken()[count:])
    check("nor out of order", seen == sorted(seen))
    check("polls went on all the time", house.metric('sawatch_device_up{device="ASA-XFW01"') == 1)
    check("a clean stop", house.stop()[0] == 0)
    server.close()
    rude.close()
