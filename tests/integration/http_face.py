#!/usr/bin/env python3
"""The HTTP face, check_sawatch and `sawatch tunnels` over real sockets, against a fixed snapshot (http_fixture)."""
import base64
import contextlib
import gzip
import http.client
import json
import os
import pty
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

BUILD = os.environ.get("top_builddir", ".")
PLUGIN = os.path.join(BUILD, "check_sawatch")
TOOL = os.path.join(BUILD, "sawatch")
PROTOBUF = {"Accept": "application/x-protobuf"}
LINE = re.compile(
    r"^SAWATCH [A-Z]+ (OK|WARNING|CRITICAL|UNKNOWN) - [^|]+"
    r"(\|'([^'=]|'')+'=-?[0-9.e+-]+[a-zA-Z%]*;[^; ]*;[^; ]*;0( '([^'=]|'')+'=-?[0-9.e+-]+[a-zA-Z%]*;[^; ]*;[^; ]*;0)*)?$"
)


class Fixture:
    """http_fixture on a free port, until stop()."""

    def __init__(self, *args):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "tests/integration/http_fixture"), *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        return status

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def get(self, path, method="GET", headers=None, body=None):
        c = self.connect()
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            return r, r.read()
        finally:
            c.close()

    def raw(self, data=b""):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        if data:
            s.sendall(data)
        return s


class Answering:
    """A server that gives every connection to `answer` (on a thread), on TCP or a unix socket."""

    def __init__(self, answer, path=None):
        self.answer = answer
        self.requests = []
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
        else:
            self.listener = socket.socket()
            self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.url = f"unix:{path}" if path else "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                request = b""
                while b"\r\n\r\n" not in request:
                    more = connection.recv(65536)
                    if not more:
                        return
                    request += more
                self.requests.append(request)
                self.answer(connection)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


def run(*command, env=None, **kwargs):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env={**os.environ, **(env or {})}, **kwargs)


class WithFixture(unittest.TestCase):
    args = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Fixture(*cls.args)

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        assert status == 0, f"the server ended with status {status} (3: a snapshot was not given back)"


class Http(WithFixture):
    def test_metrics_have_their_type_and_are_clean(self):
        r, body = self.server.get("/metrics")
        self.assertEqual(r.status, 200)
        self.assertEqual(r.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertIn(b'sawatch_tunnel_state{device="ASA-XFW01",tunnel="berlin-1",state="up"} 1\n', body)
        self.assertRegex(body, rb"\nprocess_open_fds [1-9]")
        self.assertRegex(body, rb"\nprocess_resident_memory_bytes [1-9]")
        self.assertRegex(body, rb"\nprocess_start_time_seconds [1-9]")
        self.assertRegex(body, rb"\nprocess_cpu_seconds_total [0-9]")

    @unittest.skipUnless(os.path.exists("/usr/lib/python3/dist-packages/prometheus_client"), "python3-prometheus-client is not installed")
    def test_the_parser_of_the_python_client_reads_openmetrics(self):
        for query in ("", "?created=all"):
            _, body = self.server.get("/metrics" + query, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
            r = subprocess.run(["/usr/bin/python3", "-c", "import json, sys\n"
                                "from prometheus_client.openmetrics.parser import text_string_to_metric_families as read\n"
                                "json.dump([[f.name, f.type, f.unit, [[s.name, s.labels, s.value] for s in f.samples]]"
                                " for f in read(sys.stdin.read())], sys.stdout)"], input=body, capture_output=True, timeout=60)
            self.assertEqual((r.returncode, r.stderr), (0, b""))
            families = {name: (kind, unit, samples) for name, kind, unit, samples in json.loads(r.stdout)}
            self.assertEqual(families["sawatch_tunnel_bytes"][:2], ("counter", "bytes"))
            self.assertEqual(families["sawatch_tunnel"][:2], ("info", ""))
            self.assertEqual(families["sawatch_poll_time_seconds"][:2], ("histogram", "seconds"))
            self.assertIn(["sawatch_tunnel_up", {"device": "ASA-XFW01", "tunnel": 'q"u\\o\nte<b>|'}, 1],
                          families["sawatch_tunnel_up"][2])
            self.assertGreater(len(families), 20)

    def test_a_scrape_every_10_ms_is_answered_from_one_body(self):
        c, began, first = self.server.connect(), time.monotonic(), None
        for i in range(300):
            time.sleep(max(0, began + i * 0.01 - time.monotonic()))
            c.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
            r = c.getresponse()
            body = r.read()
            first = first or body
            self.assertEqual((r.status, body), (200, first))
        c.close()

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool_finds_nothing(self):
        _, body = self.server.get("/metrics")
        r = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, timeout=60)
        self.assertEqual((r.returncode, r.stdout, r.stderr), (0, b"", b""))

    def test_head_is_get_without_a_body(self):
        for path in ("/", "/metrics", "/api/v1/tunnels", "/nothing"):
            get, body = self.server.get(path)
            head, nothing = self.server.get(path, "HEAD")
            self.assertEqual(head.status, get.status)
            self.assertEqual(nothing, b"")
            self.assertEqual(head.headers["Content-Length"], str(len(body)))
            self.assertEqual(head.headers["Content-Type"], get.headers["Content-Type"])

    def test_long_bodies_are_gzip_for_those_who_take_that(self):
        gzipped = {"Accept-Encoding": "gzip"}
        for path in ("/", "/metrics", "/api/v1/tunnels", "/api/v1/tunnels?device=ASA-XFW01"):
            _, plain = self.server.get(path)
            r, body = self.server.get(path, headers=gzipped)
            self.assertEqual((r.status, r.headers["Content-Encoding"]), (200, "gzip"))
            self.assertEqual(gzip.decompress(body), plain)
            self.assertEqual(r.headers["Vary"], "Accept, Accept-Encoding")
            head, _ = self.server.get(path, "HEAD", gzipped)
            self.assertEqual((head.headers["Content-Encoding"], head.headers["Content-Length"]), ("gzip", str(len(body))))
        for path, headers in (("/-/healthy", gzipped), ("/metrics", {"Accept-Encoding": "gzip;q=0"}), ("/nothing", gzipped)):
            self.assertNotIn("Content-Encoding", self.server.get(path, headers=headers)[0].headers)

    def test_other_methods_are_405_and_say_what_is_allowed(self):
        for method, body in (("POST", b"x" * 100000), ("PUT", b""), ("DELETE", None), ("OPTIONS", None)):
            r, text = self.server.get("/metrics", method, body=body)
            self.assertEqual(r.status, 405)
            self.assertEqual(r.headers["Allow"], "GET, HEAD")
            self.assertIn("error", json.loads(text))

    def test_unknown_paths_are_404_in_json(self):
        r, text = self.server.get("/api/v2/snapshot")
        self.assertEqual((r.status, r.headers["Content-Type"]), (404, "application/json"))
        self.assertIn("error", json.loads(text))

    def test_every_answer_has_the_headers(self):
        for path in ("/", "/metrics", "/api/v1/devices", "/nothing", "/-/ready"):
            r, _ = self.server.get(path)
            self.assertEqual(r.headers["Cache-Control"], "no-store")
            self.assertEqual(r.headers["X-Content-Type-Options"], "nosniff")
            self.assertIn("default-src 'none'", r.headers["Content-Security-Policy"])
            self.assertIn("frame-ancestors 'none'", r.headers["Content-Security-Policy"])
            self.assertEqual(r.headers["Cross-Origin-Resource-Policy"], "same-origin")
            self.assertEqual(r.headers["Referrer-Policy"], "no-referrer")

    def test_the_api_is_json_and_protobuf(self):
        r, text = self.server.get("/api/v1/tunnels?device=ASA-XFW01&tunnel=berlin%2D1")
        tunnels = json.loads(text)["tunnels"]
        self.assertEqual([t["name"] for t in tunnels], ["berlin-1"])
        self.assertEqual(tunnels[0]["totals"][0], {"name": "in_bytes", "value": 2**64 - 1})
        r, body = self.server.get("/api/v1/snapshot", headers=PROTOBUF)
        self.assertEqual(r.headers["Content-Type"], "application/x-protobuf")
        self.assertIn(b"berlin-1", body)
        r, text = self.server.get("/api/v1/tunnels?color=red")
        self.assertEqual(r.status, 400)

    def test_a_summary_that_says_the_same_is_not_sent_again(self):
        r, body = self.server.get("/api/v1/summary", headers={"Accept-Encoding": "identity"})
        tag = r.headers["ETag"]
        self.assertEqual(len(json.loads(body)["tunnels"]), 10)
        for had in (tag, '"other", ' + tag, tag[2:]):
            r, body = self.server.get("/api/v1/summary", headers={"If-None-Match": had})
            self.assertEqual((r.status, body, r.headers["ETag"]), (304, b"", tag))
        for headers in ({"If-None-Match": '"other"'}, {"If-None-Match": tag, "Accept": "application/x-protobuf"}):
            r, body = self.server.get("/api/v1/summary", headers=headers)
            self.assertEqual(r.status, 200)
            self.assertIn(b"berlin-1", body)
        self.assertIsNone(self.server.get("/api/v1/tunnels")[0].headers["ETag"])

    def test_the_page_and_its_files_come_from_here_alone(self):
        _, page = self.server.get("/")
        asked = re.findall(rb'(?:src|href)="([^"#]+)"', page)
        self.assertIn(b"app.js", asked)
        for path in asked:
            r, body = self.server.get("/" + path.decode())
            self.assertEqual(r.status, 200, path)
            self.assertNotRegex(body, rb"(src|href|url\()=?\W*https?:")
        for path, kind in (("/app.js", "text/javascript"), ("/app.css", "text/css"), ("/icon.svg", "image/svg+xml")):
            self.assertEqual(self.server.get(path)[0].headers["Content-Type"].split(";")[0], kind)
        self.assertNotRegex(page, rb"<style|\son\w+=|style=|<script[^>]*>[^<]")

    def test_every_path_is_documented_and_every_documented_path_is_there(self):
        source = os.environ.get("top_srcdir", ".")
        with open(os.path.join(source, "doc/api.md"), encoding="utf-8") as f:
            page = f.read()
        with open(os.path.join(source, "exporters/http/routes.c"), encoding="utf-8") as f:
            routes = set(re.findall(r'^\t\{"(/[^"]*)"', f.read(), re.M))
        self.assertGreater(len(routes), 10)
        for path in routes:
            self.assertIn("`%s`" % path, page)
        for path in set(re.findall(r"^\| `(/[^`?]*)`", page, re.M)):
            self.assertNotEqual(self.server.get(path)[0].status, 404, path)

    def test_the_last_hour_of_one_tunnel(self):
        r, body = self.server.get("/api/v1/recent?device=ASA-XFW01&tunnel=berlin-1")
        self.assertEqual((r.status, [t["name"] for t in json.loads(body)["tunnels"]]), (200, ["berlin-1"]))
        self.assertEqual(self.server.get("/api/v1/recent?device=ASA-XFW01")[0].status, 400)

    def test_healthy_and_ready(self):
        self.assertEqual(self.server.get("/-/healthy")[0].status, 200)
        self.assertEqual(self.server.get("/-/ready")[0].status, 200)

    def test_a_connection_serves_many_requests(self):
        c = self.server.connect()
        first = None
        for _ in range(20):
            c.request("GET", "/api/v1/snapshot")
            body = c.getresponse().read()
            first = first or body
            self.assertEqual(body, first)
        c.close()

    def test_a_client_that_goes_while_its_answer_is_made_does_no_harm(self):
        for _ in range(50):
            self.server.raw(b"GET /api/v1/snapshot?device=ASA-XFW01 HTTP/1.1\r\nHost: x\r\n\r\n").close()
        self.assertEqual(self.server.get("/-/healthy")[0].status, 200)

    def test_pipelined_requests_are_all_answered(self):
        s = self.server.raw(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 9 +
                            b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b""
        while True:
            more = s.recv(65536)
            if not more:
                break
            data += more
        s.close()
        self.assertEqual(data.count(b"HTTP/1.1 200 OK"), 10)

    def until_closed(self, data):
        """What comes back until the server closes the connection."""
        s, answer = self.server.raw(data), b""
        try:
            while more := s.recv(65536):
                answer += more
        except ConnectionResetError:
            pass  # what it has not read is thrown away
        finally:
            s.close()
        return answer

    def test_no_request_hides_in_another(self):
        hidden = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
        n = b"%d" % len(hidden)
        for lines, status in ((b"Content-Length: " + n, 413), (b"Content-Length: 0\r\nContent-Length: " + n, 413),
                              (b"Content-Length: " + n + b"\r\nTransfer-Encoding: chunked", 413),
                              (b"Transfer-Encoding: xchunked", 413), (b"Content-Length : " + n, 400),
                              (b"Transfer-Encoding : chunked", 400), (b"X: a\rContent-Length: " + n, 400), (b"Host: y", 400)):
            answer = self.until_closed(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n\r\n" + hidden)
            self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), (lines, answer))
            self.assertIn(b"Connection: close", answer)
            self.assertEqual((answer.count(b"HTTP/1.1 "), answer.count(b"healthy")), (1, 0), lines)
        self.assertTrue(self.until_closed(b"GET /-/healthy HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 "))
        for request in (b"GET /-/healthy HTTP/1.0\r\n\r\n",
                        b"GET http://192.0.2.1/-/healthy HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"):
            self.assertTrue(self.until_closed(request).endswith(b"\r\n\r\nhealthy\n"), request)

    def test_nonsense_is_refused_and_does_no_harm(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
                     b"GET\r\n\r\n", b"\r\n\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
                     b"GET /%00%ff?device=%00 HTTP/1.1\r\nHost: x\r\n\r\n"):
            s = self.server.raw()
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                answer = s.recv(65536)
                if answer:
                    self.assertRegex(answer, rb"^HTTP/1\.[01] [45]")
            except OSError:
                pass  # it may close at once
            s.close()
            self.assertEqual(self.server.get("/-/healthy")[0].status, 200)

    def test_a_slow_client_blocks_nobody(self):
        slow = self.server.raw(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        for _ in range(5):
            slow.sendall(b"y")
            began = time.monotonic()
            self.assertEqual(self.server.get("/metrics")[0].status, 200)
            self.assertLess(time.monotonic() - began, 5)
        slow.sendall(b"\r\n\r\n")
        self.assertTrue(slow.recv(100).startswith(b"HTTP/1.1 200"))
        slow.close()

    def test_300_idle_connections_block_nobody(self):
        idle = [self.server.raw() for _ in range(300)]
        self.assertEqual(self.server.get("/metrics")[0].status, 200)
        for s in idle:
            s.close()
        self.assertEqual(self.server.get("/metrics")[0].status, 200)


class EveryFamily(WithFixture):
    args = ("--full",)

    def test_every_documented_family_can_be_filled(self):
        with open(os.path.join(os.environ["top_srcdir"], "doc/metrics.md"), encoding="utf-8") as f:
            documented = set(re.findall(r"^\| `(\w+)` ", f.read(), re.M))
        text = self.server.get("/metrics")[1].decode()
        shown = set(re.findall(r"^# TYPE (\w+) ", text, re.M))
        # web_security.py has a certificate.
        self.assertEqual(documented ^ shown, {"sawatch_http_certificate_expiry_timestamp_seconds"})

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool_finds_nothing(self):
        r = subprocess.run(["promtool", "check", "metrics"], input=self.server.get("/metrics")[1], capture_output=True, timeout=60)
        self.assertEqual((r.returncode, r.stdout, r.stderr), (0, b"", b""))


class BeforeTheFirstPoll(WithFixture):
    args = ("--empty",)

    def test_it_is_healthy_and_not_ready(self):
        self.assertEqual(self.server.get("/-/healthy")[0].status, 200)
        r, text = self.server.get("/-/ready")
        self.assertEqual((r.status, text), (503, b"not polled yet: NEW-FW01\n"))
        self.assertEqual(self.server.get("/metrics")[0].status, 503)
        self.assertEqual(self.server.get("/")[0].status, 200)

    def test_the_plugin_passes_the_reason_on(self):
        r = run(PLUGIN, "-s", self.server.url, "-d", "ASA-XFW01")
        self.assertEqual(r.returncode, 3)
        self.assertIn("nothing is known yet", r.stdout)


class Many(WithFixture):
    args = ("--tunnels", "5000")

    def test_a_client_that_does_not_read_blocks_nobody(self):
        stuck = [self.server.raw(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(10)]
        for _ in range(3):
            r, body = self.server.get("/metrics")
            self.assertEqual(r.status, 200)
            self.assertEqual(body.count(b"\nsawatch_tunnel_up{"), 5000)
        for s in stuck:
            s.close()

    def test_the_page_is_capped_and_says_so(self):
        _, body = self.server.get("/")
        self.assertEqual(body.count(b"<tr class=\"is-up\">"), 100)
        self.assertIn(b"Only the worst 100 of 5000 tunnels are listed", body)

    def test_the_plugin_stays_within_what_nagios_reads(self):
        r = run(PLUGIN, "-s", self.server.url, "-d", "ASA-XFW01", "-m", "replay")
        self.assertEqual(r.returncode, 0)
        self.assertLess(len(r.stdout), 8192)
        self.assertRegex(r.stdout.rstrip("\n"), LINE)


class ManyAnew(WithFixture):
    """Every request meets a snapshot of its own."""
    args = ("--tunnels", "5000", "--limits", "512,512,30000,30000,30000")

    def test_a_short_answer_does_not_wait_for_a_long_one(self):
        before = 0
        for _ in range(20):
            long = self.server.raw(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            short = self.server.raw(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b" 200 OK", short.recv(4096))
            long.setblocking(False)
            try:
                long.recv(1)
            except BlockingIOError:
                before += 1
            long.close()
            short.close()
        # A machine that is busy may swap a few; a loop that renders never answers the short one first.
        self.assertGreater(before, 0)

    def test_a_scrape_every_10_ms_by_many_is_answered(self):
        answers = []

        def scrape():
            c, began = self.server.connect(), time.monotonic()
            for i in range(10):
                time.sleep(max(0, began + i * 0.01 - time.monotonic()))
                c.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"} if i % 2 else {})
                r = c.getresponse()
                body = gzip.decompress(r.read()) if i % 2 else r.read()
                answers.append((r.status, body.count(b"\nsawatch_tunnel_up{")))
            c.close()

        threads = [threading.Thread(target=scrape) for _ in range(5)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(answers, [(200, 5000)] * 50)


class Plugin(WithFixture):
    def check(self, *args, server=None):
        r = run(PLUGIN, "-s", server or self.server.url, *args)
        self.assertEqual(r.stderr, "")
        first = r.stdout.split("\n")[0]
        self.assertRegex(first, LINE)
        self.assertEqual(("OK", "WARNING", "CRITICAL", "UNKNOWN")[r.returncode], first.split()[2])
        return r.returncode, r.stdout

    def test_status_and_line_agree(self):
        for want, args in (
                (0, "-d ASA-XFW01 -n berlin-1"), (1, "-d ASA-XFW01 -n hamburg-1"), (2, "-d ASA-XFW01 -n lyon-1"),
                (2, "--device ASA-XFW01 --tunnel oslo-1"), (0, "-d ASA-XFW01 -n rome-1"), (2, "-d ASA-XFW01"),
                (3, "-d ASR-WAN01"), (3, "-d ASR-WAN01 --mode device"), (0, "-d ASR-WAN03"),
                (0, "-d ASR-WAN03 -m device"), (1, "-d ASR-WAN03 -m device -w 10"), (3, "-d ASR-WAN02"),
                (0, "-d ASR-WAN02 --max-age 100000"), (3, "-d NEW-FW01"), (3, "-d NEW-FW01 -n x"),
                (1, "-d ASA-XFW01 -n wien-1 -m replay"), (2, "-d ASA-XFW01 -n wien-1 -m mtu"),
                (0, "-d ASA-XFW01 -n wien-1 -m mtu -c 1200:"),
                (1, "-d ASA-XFW01 -n wien-1 -w replay_rate=1,mtu=1400: -c mtu=1000:"),
                (2, "-m fleet"), (0, "-m fleet --include ASR-WAN03"), (3, "-m fleet -i ASR-WAN0[23]"),
                (2, "-m inventory -x ASR-*"), (0, "-m inventory -d ASR-WAN03"), (3, "-m link -l x"),
                (3, "-m link -d ASR-WAN03"), (3, "-m bgp -d ASR-WAN03"), (0, "-m lifetime -d ASA-XFW01 -n berlin-1"),
                (3, "-m throughput -d ASA-XFW01 -n wien-1"), (3, "-m ike -d ASA-XFW01 -n berlin-1")):
            status, text = self.check(*args.split())
            self.assertEqual(status, want, text)

    def test_https_is_libcurls_and_says_what_is_wrong(self):
        status, text = self.check("-d", "ASA-XFW01", server=self.server.url.replace("http:", "https:"))
        self.assertEqual(status, 3)
        self.assertRegex(text, r"UNKNOWN - https://127\.0\.0\.1:\d+.*: .*(SSL|TLS)")

    def test_names_that_need_encoding_are_found(self):
        status, text = self.check("-d", "ASA-XFW01", "-n", "q\"u\\o\nte<b>|")
        self.assertEqual(status, 1, text)

    def test_verbose_adds_lines(self):
        _, text = self.check("-d", "ASA-XFW01", "-v")
        self.assertEqual(len(text.splitlines()), 9)
        self.assertTrue(text.splitlines()[-1].startswith("next: sawatch explain --device "), text)
        _, text = self.check("-d", "ASA-XFW01", "-vv")
        self.assertEqual(len(text.splitlines()), 16)
        self.assertTrue(text.splitlines()[-1].startswith("next: "), text)
        _, text = self.check("-d", "ASA-XFW01", "-vvv")
        self.assertRegex(text, r"\nhttp://127\.0\.0\.1:\d+ answered in \d+ ms: snapshot 77, 1 devices, 7 tunnels, 0 links\n$")

    def test_an_unknown_name_lists_the_near_ones(self):
        status, text = self.check("-d", "ASA-XFW1")
        self.assertEqual(status, 3)
        self.assertIn('no device "ASA-XFW1"; known are: ASA-XFW01,', text)
        status, text = self.check("-d", "ASA-XFW01", "-n", "lyon")
        self.assertEqual(status, 3)
        self.assertIn("known are: lyon-1,", text)

    def test_wrong_usage_is_unknown(self):
        for args in ([], ["-d"], ["-d", "x", "-m", "speed"], ["-d", "x", "-w", "1"], ["-d", "x", "--wat"],
                     ["-d", "x", "-t", "0"], ["-d", "x", "-t", "soon"], ["-d", "x", "y"],
                     ["-d", "x", "-n", "y", "-m", "device"], ["-m", "fleet", "-n", "x"], ["-d", "x", "-l", "y"], ["-d", "x", "-m", "mtu", "-c", "2:1"]):
            r = run(PLUGIN, *args)
            self.assertEqual(r.returncode, 3, args)
            self.assertRegex(r.stdout.rstrip("\n"), LINE)

    def test_help_and_version(self):
        for args in (["--help"], ["-h"]):
            r = run(PLUGIN, *args)
            self.assertEqual(r.returncode, 3)
            # How long a path is was decided by who configured.
            self.assertLessEqual(max(len(line) for line in r.stdout.splitlines() if "/sawatch.yml" not in line), 90)
            self.assertIn("--critical", r.stdout)
        self.assertRegex(run(PLUGIN, "--version").stdout, r"^check_sawatch [0-9.]+\n$")

    def test_the_page_of_the_plugin_has_its_modes_and_defaults(self):
        """doc/check_sawatch.md against --help, which is written from the plugin's own table."""
        listed, mode = [], None
        text = run(PLUGIN, "--help").stdout.split("with the defaults:\n")[1].split("\n\n")[0]
        for line in text.splitlines():
            if re.match(r"  \w", line):
                mode = line.split()[0]
            m = re.match(r" {15}(\w+)(?: -w (\S+))?(?: -c (\S+))?$", line)
            if m:
                listed.append((mode, m[1], m[2] or "", m[3] or ""))
        with open(os.path.join(os.environ["top_srcdir"], "doc/check_sawatch.md"), encoding="utf-8") as f:
            rows = [[c.strip() for c in line.split("|")[1:-1]] for line in f if line.startswith("| ")]
        rows = [r for r in rows if len(r) == 6][1:]
        self.assertEqual([(r[0], r[2].strip("*"), r[4], r[5]) for r in rows], listed)
        self.assertEqual(len({m for m, *_ in listed}), 14)
        for row in rows:  # a range without a name is of what is bold, and of nothing else
            r = run(PLUGIN, "-s", "unix:/nonexistent/s", "-m", row[0], "-w", "1", *({
                "all": [], "links": ["-l", "x"]}.get(row[1], ["-d", "x"])))
            bold = any(q[0] == row[0] and q[2].startswith("**") for q in rows)
            self.assertEqual("a range of what?" not in r.stdout, bold, r.stdout)

    def test_the_server_may_come_from_the_environment(self):
        r = run(PLUGIN, "-d", "ASR-WAN03", env={"SAWATCH_SERVER": self.server.url})
        self.assertEqual(r.returncode, 0, r.stdout)
        r = run(PLUGIN, "-s", "", "-d", "ASR-WAN03", "-n", "", "-l", "", "-i", "", "-x", "", "-A", "",
                env={"SAWATCH_SERVER": self.server.url})
        self.assertEqual(r.returncode, 0, r.stdout)

    def test_proxies_of_the_environment_are_not_used(self):
        r = run(PLUGIN, "-s", self.server.url, "-d", "ASR-WAN03", env={"http_proxy": "http://127.0.0.1:1"})
        self.assertEqual(r.returncode, 0, r.stdout)

    def test_a_password_comes_from_a_file_and_stays_on_this_host(self):
        _, body = self.server.get("/api/v1/snapshot?device=ASR-WAN03", headers=PROTOBUF)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n" % len(body)
        with tempfile.TemporaryDirectory() as folder:
            other = Answering(lambda c: c.sendall(head + body))
            path = os.path.join(folder, "auth")
            for secret in ("monitor:x", "monitor:s3cr:t", "m:", "monitor:\u00e9t\u00e9"):
                with open(path, "w", encoding="utf-8") as f:
                    f.write(secret + "\nsecond line\n")
                os.chmod(path, 0o640)
                status, text = self.check("-d", "ASR-WAN03", "--auth-file", path, server=other.url)
                self.assertEqual(status, 0, text)
                want = b"\r\nAuthorization: Basic " + base64.b64encode(secret.encode()) + b"\r\n"
                self.assertIn(want, other.requests[-1])
            r = run(PLUGIN, "-s", other.url, "-d", "ASR-WAN03", env={"SAWATCH_AUTH_FILE": path})
            self.assertEqual(r.returncode, 0, r.stdout)
            self.assertIn(want, other.requests[-1])
            _, text = self.check("-d", "ASR-WAN03", server=other.url)
            self.assertNotIn(b"Authorization", other.requests[-1])
            other.stop()
            status, text = self.check("-d", "x", "-A", path, server="http://192.0.2.1:9857")
            self.assertEqual(status, 3)
            self.assertIn("would go over the network in the clear; https:// is needed", text)
            _, text = self.check("-d", "x", "-A", path, "--auth-cleartext", "-t", "1", server="http://192.0.2.1:9857")
            self.assertNotIn("in the clear", text)
            for content, mode, words in (("monitor:s3cret", 0o644, "can be read by everybody"),
                                         ("s3cret", 0o600, "USER:PASSWORD is expected"),
                                         (":s3cret", 0o600, "USER:PASSWORD is expected"),
                                         ("", 0o600, "USER:PASSWORD is expected"),
                                         ("monitor:s3cret\x1b", 0o600, "control character"),
                                         ("monitor:s3cret" * 100, 0o600, "longer than 1024 bytes")):
                with open(path, "w", encoding="utf-8") as f:
                    f.write(content)
                os.chmod(path, mode)
                status, text = self.check("-d", "x", "-A", path)
                self.assertEqual(status, 3)
                self.assertIn(words, text)
                self.assertNotIn("s3cret", text)
            for missing in (os.path.join(folder, "none"), folder):
                self.assertEqual(self.check("-d", "x", "-A", missing)[0], 3)

    def test_no_daemon_is_unknown_and_says_why(self):
        s = socket.socket()
        s.bind(("127.0.0.1", 0))  # bound, but nobody listens
        status, text = self.check("-d", "x", server="http://127.0.0.1:%d" % s.getsockname()[1])
        s.close()
        self.assertEqual(status, 3)
        self.assertIn("Connection refused", text)
        status, text = self.check("-d", "x", server="unix:/nonexistent/sawatch.sock")
        self.assertEqual(status, 3)
        self.assertIn("No such file", text)

    def test_another_server_is_unknown(self):
        page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"
        broken = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 3\r\n\r\n\xff\xff\xff"
        short = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 300\r\n\r\nxyz"
        moved = b"HTTP/1.1 302 Found\r\nLocation: " + self.server.url.encode() + b"/api/v1/snapshot\r\nContent-Length: 0\r\n\r\n"
        for answer, words in ((page, "is no sawatchd"), (broken, "malformed"), (short, ""), (moved, "HTTP status 302"),
                              (b"SSH-2.0-OpenSSH_9.2\r\n", ""), (b"", "")):
            other = Answering(lambda c, a=answer: c.sendall(a))
            status, text = self.check("-d", "x", server=other.url)
            other.stop()
            self.assertEqual(status, 3)
            self.assertIn(words, text)

    def test_silence_ends_in_unknown_in_time(self):
        done = threading.Event()

        def drip(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n\r\n")
            while not done.wait(0.1):
                connection.sendall(b"\x08")

        for answer, scheme, when in ((lambda c: done.wait(30), "http", "while waiting for its answer"), (drip, "http", "in the middle of its answer"),
                                     (lambda c: done.wait(30), "https", "while connecting (TCP or TLS)")):
            other = Answering(answer)
            began = time.monotonic()
            status, text = self.check("-d", "x", "-t", "1", server=other.url.replace("http", scheme, 1))
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(status, 3)
            self.assertIn("within 1 s: the time ran out " + when, text)
            other.stop()
        done.set()

    def test_a_connection_that_nobody_takes_ends_in_unknown(self):
        with socket.socket() as full, contextlib.ExitStack() as waiting:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            for _ in range(4):  # Linux answers nobody any more
                s = waiting.enter_context(socket.socket())
                s.setblocking(False)
                s.connect_ex(full.getsockname())
            for scheme in ("http", "https"):
                status, text = self.check("-d", "x", "-t", "1", server="%s://127.0.0.1:%d" % (scheme, full.getsockname()[1]))
                self.assertEqual(status, 3)
                self.assertIn("within 1 s: the time ran out while connecting", text)

    def test_the_question_for_near_names_ends_in_time_too(self):
        done, asked = threading.Event(), []

        def answer(connection):
            asked.append(1)
            if len(asked) > 1:
                done.wait(30)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")

        other = Answering(answer)
        status, text = self.check("-d", "x", "-t", "3", server=other.url)
        done.set()
        other.stop()
        self.assertEqual(len(asked), 2)
        self.assertEqual(status, 3)
        self.assertRegex(text, "no (answer|result) within 3 s")

    def test_a_unix_socket_is_a_server_too(self):
        _, body = self.server.get("/api/v1/snapshot?device=ASR-WAN03", headers=PROTOBUF)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n" % len(body)
        with tempfile.TemporaryDirectory() as folder:
            other = Answering(lambda c: c.sendall(head + body), os.path.join(folder, "s"))
            status, text = self.check("-d", "ASR-WAN03", server=other.url)
            other.stop()
        self.assertEqual(status, 0, text)


class Tunnels(WithFixture):
    def test_a_table_with_the_worst_first(self):
        r = run(TOOL, "tunnels", "-s", self.server.url)
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        lines = r.stdout.splitlines()
        self.assertEqual(lines[0].split(), ["STATE", "DEVICE", "TUNNEL", "PEER", "FOR", "WHY"])
        self.assertEqual([line.split()[0] for line in lines[1:11]],
                         ["down", "missing", "degraded", "unknown", "unexpected", "up", "up", "up", "up", "down"])
        self.assertIn("(maintenance)", lines[10])
        self.assertNotIn("\033", r.stdout)
        self.assertNotRegex(r.stdout, r"[ ]\n")
        self.assertIn('ASR-WAN01 (snmp): 198.51.100.1: the authentication key of user "monitor" is wrong', r.stdout)

    def test_a_terminal_gets_colours_and_80_columns(self):
        master, slave = pty.openpty()
        p = subprocess.Popen([TOOL, "tunnels", "-s", self.server.url, "-d", "ASA-XFW01"], stdin=subprocess.DEVNULL,
                             stdout=slave, stderr=slave)
        os.close(slave)
        data = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:
                break
            if not more:
                break
            data += more
        os.close(master)
        self.assertEqual(p.wait(timeout=20), 0)
        text = data.decode()
        self.assertIn("\033[31;1mdown", text)
        plain = re.sub(r"\033\[[0-9;]*m", "", text)
        self.assertLessEqual(max(map(len, plain.splitlines())), 80)
        self.assertIn("interface Tunnel3 is down", plain)

    def test_json_is_the_snapshot(self):
        for form in (("--format", "json"), ("--json",)):
            r = run(TOOL, "tunnels", "-s", self.server.url, "--device", "ASR-WAN03", *form)
            self.assertEqual(r.returncode, 0)
            self.assertEqual([t["name"] for t in json.loads(r.stdout)["tunnels"]], ["turin-1"])

    def test_errors_have_their_status(self):
        r = run(TOOL, "tunnels", "-s", self.server.url, "-d", "nobody")
        self.assertEqual(r.returncode, 3)
        self.assertIn('no device "nobody"', r.stderr)
        r = run(TOOL, "tunnels", "-s", "http://127.0.0.1:1")
        self.assertEqual(r.returncode, 3)
        self.assertIn("cannot connect", r.stderr)
        self.assertEqual(run(TOOL, "tunnels", "--format", "xml").returncode, 2)
        self.assertEqual(run(TOOL, "tunnels", "x").returncode, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
