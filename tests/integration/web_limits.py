#!/usr/bin/env python3
"""Clients that hang, hold on, read or speak slowly, or send nonsense: who else asks is answered, and the daemon's metrics say so."""
import contextlib
import http.client
import os
import random
import re
import resource
import socket
import struct
import subprocess
import time
import unittest

BUILD = os.environ.get("top_builddir", ".")
DEADLINE = 30


class Fixture:
    """http_fixture with these limits: connections, of one client, ms for a request, idle, for an answer"""

    def __init__(self, *limits, args=()):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "tests/integration/http_fixture"), *args, "--limits", ",".join(map(str, limits))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=DEADLINE)
        self.process.stdout.close()
        return status

    def connect(self, source="127.0.0.1", room=None):
        s = socket.socket()
        if room:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        s.settimeout(DEADLINE)
        s.bind((source, 0))
        s.connect(("127.0.0.1", self.port))
        return s

    def get(self, path="/metrics", source="127.0.0.1"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE, source_address=(source, 0))
        try:
            c.request("GET", path)
            r = c.getresponse()
            return r.status, r.read().decode()
        finally:
            c.close()

    def figure(self, name):
        text = self.get(source="127.0.0.99")[1]
        return float(re.search(r"^%s (\S+)$" % re.escape(name), text, re.M).group(1))

    def ended(self, reason):
        return self.figure('sawatch_http_connections_ended_total{listener="tcp",reason="%s"}' % reason)


def is_ended(s):
    """Waits until the other side has ended the connection; what came before that."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while True:
            more = s.recv(65536)
            if not more:
                break
            data += more
    return data


class Limits(unittest.TestCase):
    def served(self, *limits, args=()):
        fixture = Fixture(*limits, args=args)
        self.addCleanup(fixture.process.kill)
        self.addCleanup(lambda: self.assertEqual(fixture.stop(), 0))
        return fixture

    def keep(self, s):
        self.addCleanup(s.close)
        return s

    def test_1000_idle_connections_do_not_keep_a_scrape_out(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        f = self.served(200, 150, 60000, 60000, 30000)
        for i in range(1000):
            self.keep(f.connect("127.0.0.%d" % (1 + i % 4)))
            if i % 50 == 0:
                began = time.monotonic()
                self.assertEqual(f.get(source="127.0.0.%d" % (1 + i % 5))[0], 200)
                self.assertLess(time.monotonic() - began, 10)
        self.assertLessEqual(f.figure('sawatch_http_connections{listener="tcp"}'), 200)
        self.assertGreaterEqual(f.ended("room"), 700)
        self.assertEqual(f.ended("client_limit"), 0)
        self.assertEqual(f.figure('sawatch_http_connections_accepted_total{listener="tcp"}'), 1000 + 20 + 4)

    def test_a_scrape_every_10_ms_beside_them(self):
        f = self.served(60, 60, 60000, 60000, 30000)
        for _ in range(100):
            self.keep(f.connect())
        kept = http.client.HTTPConnection("127.0.0.1", f.port, timeout=DEADLINE)
        for _ in range(100):
            kept.request("GET", "/metrics")
            r = kept.getresponse()
            self.assertEqual(r.status, 200)
            r.read()
            time.sleep(0.01)
        kept.close()

    def test_a_request_that_dribbles_in_is_given_up(self):
        f = self.served(20, 20, 1000, 60000, 30000)
        silent, slow = self.keep(f.connect()), self.keep(f.connect())
        slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(600):
                slow.sendall(b"X-A: b\r\n")
                time.sleep(0.05)
        self.assertEqual(is_ended(slow), b"")
        self.assertEqual(is_ended(silent), b"")
        self.assertEqual(f.ended("slow_request"), 2)

    def test_a_body_that_nobody_asked_for_is_not_waited_for(self):
        f = self.served(20, 20, 60000, 60000, 60000)
        for framing in (b"Content-Length: 9", b"Content-Length: 99999", b"Transfer-Encoding: chunked"):
            s = self.keep(f.connect())
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n")
            self.assertIn(b" 413 ", is_ended(s), framing)

    def test_every_answer_is_counted(self):
        f = self.served(200, 200, 60000, 60000, 60000)

        def counted():
            return {code: int(n) for code, n in
                    re.findall(r'^sawatch_http_requests_total\{code="(\w+)"\} (\d+)$', f.get("/metrics?part=daemon")[1], re.M)}

        before = counted()
        for request in (b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000 + b"\r\n\r\n",
                        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET /probe?target=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
            s = self.keep(f.connect())
            with contextlib.suppress(ConnectionError):
                s.sendall(request)
            is_ended(s)
        after = counted()
        self.assertEqual({code: after[code] - before[code] for code in after if after[code] != before[code]},
                         {"200": 1, "400": 1, "403": 1, "405": 1, "414": 1, "431": 1, "505": 1})

    def test_a_connection_is_kept_as_long_as_it_may(self):
        f = self.served(20, 20, 60000, 1000, 30000)
        s = self.keep(f.connect())
        s.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b"healthy", is_ended(s))
        self.assertEqual(f.ended("idle"), 1)

    def test_a_client_that_does_not_read_is_given_up(self):
        f = self.served(20, 20, 60000, 60000, 1000)
        stuck = self.keep(f.connect(room=4096))
        stuck.settimeout(0.5)
        # More answers than the kernel holds for somebody who takes none.
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:
                stuck.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        self.assertEqual(f.get("/-/healthy")[0], 200)
        end = time.monotonic() + DEADLINE
        while f.ended("slow_reader") == 0:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        stuck.settimeout(DEADLINE)
        self.assertIn(b"404", is_ended(stuck))

    def test_one_address_does_not_take_all(self):
        f = self.served(40, 8, 60000, 60000, 30000, args=("--tunnels", "8000"))
        f.get("/api/v1/tunnels")
        busy = []
        for _ in range(8):
            s = self.keep(f.connect(room=4096))
            s.sendall(b"GET /api/v1/tunnels HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(s.recv(5), b"HTTP/")
            busy.append(s)
        self.assertEqual(is_ended(self.keep(f.connect())), b"")  # the ninth, with eight that are being answered
        self.assertEqual(f.ended("client_limit"), 1)
        self.assertEqual(f.get(source="127.0.0.2")[0], 200)
        self.assertGreater(f.figure("sawatch_http_answers_held_bytes"), 1000000)
        busy[0].close()
        end = time.monotonic() + DEADLINE
        while True:
            with contextlib.suppress(ConnectionError, http.client.HTTPException):
                self.assertEqual(f.get()[0], 200)
                break
            self.assertLess(time.monotonic(), end)

    def test_when_all_are_busy_others_wait_and_are_answered(self):
        f = self.served(8, 8, 60000, 60000, 60000, args=("--tunnels", "8000"))
        f.get("/api/v1/tunnels")
        busy = []
        for i in range(8):
            s = self.keep(f.connect("127.0.0.%d" % (1 + i), room=4096))
            s.sendall(b"GET /api/v1/tunnels HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(s.recv(5), b"HTTP/")
            busy.append(s)
        waits = self.keep(f.connect("127.0.0.50"))
        waits.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        waits.settimeout(0.3)
        self.assertRaises(TimeoutError, waits.recv, 100)
        waits.settimeout(DEADLINE)
        busy[0].close()
        self.assertIn(b" 200 OK", waits.recv(100))

    def test_resets_and_nonsense_do_no_harm(self):
        f = self.served(50, 50, 2000, 2000, 2000)
        chance = random.Random(20260131)
        starts = [b"", b"GET", b"GET / HTTP/1.1\r\n", b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
                  b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), b"SSH-2.0-x\r\n", b"\0" * 50,
                  b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET " + b"/" * 40000, b"GET / HTTP/9.9\r\n\r\n",
                  b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"A: b\r\n" * 5000,
                  b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + b"A" * 3000 + b"\r\n\r\n"]
        for i in range(300):
            s = f.connect()
            with contextlib.suppress(ConnectionError):
                s.sendall(starts[i % len(starts)] + bytes(chance.randrange(256) for _ in range(chance.randrange(40))))
            if i % 2:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            s.close()
        self.assertEqual(f.get()[0], 200)
        end = time.monotonic() + DEADLINE
        while f.figure('sawatch_http_connections{listener="tcp"}') > 1:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main(verbosity=2)
