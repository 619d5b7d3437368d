"""What the tests of push share: servers to push to, what a queue holds, and the wire forms, read without the project's own code."""
import contextlib
import http.server
import json
import os
import shutil
import ssl
import struct
import subprocess
import threading
import urllib.parse
import urllib.request

from daemon_kit import wait_for
from ports_kit import free_port


def device(name, platform, port):
    return "  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}" % (name, platform, port)


def wait_over_reload(what, condition):
    """wait_for; a reload may close a connection to the daemon that it asks by"""
    def there():
        with contextlib.suppress(OSError):
            return condition()
        return None

    return wait_for(what, there)


def pair(ports):
    return [device("ASA-XFW01", "asa", ports["ASA-XFW01"]), device("ASR-WAN01", "iosxe", ports["ASR-WAN01"])]


# ----------------------------------------------------------------------------------------------------------------- wire forms

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(data):
    """(number, value) of each field of a protobuf message: whole numbers, or bytes"""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 1:
            value, at = data[at:at + 8], at + 8
        elif key & 7 == 5:
            value, at = data[at:at + 4], at + 4
        else:
            assert key & 7 == 2, "wire type %d" % (key & 7)
            n, at = varint(data, at)
            value, at = data[at:at + n], at + n
            assert len(value) == n, "a field ends too early"
        yield key >> 3, value


def unsnappy(data):
    """the block format of Snappy"""
    length, at = varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            n = tag >> 2
            if n >= 60:
                extra = n - 59
                n, at = int.from_bytes(data[at:at + extra], "little"), at + extra
            out += data[at:at + n + 1]
            at += n + 1
            continue
        if tag & 3 == 1:
            n, offset, at = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at], at + 1
        else:
            width = 2 if tag & 3 == 2 else 4
            n, offset, at = (tag >> 2) + 1, int.from_bytes(data[at:at + width], "little"), at + width
        for _ in range(n):
            out.append(out[-offset])
    assert len(out) == length, "%d bytes of %d" % (len(out), length)
    return bytes(out)


def write_request(body):
    """the samples of a remote write body: (labels, ms, value)"""
    for number, series in fields(unsnappy(body)):
        assert number == 1
        labels, samples = [], []
        for n, value in fields(series):
            if n == 1:
                pair_of = {k: v.decode() for k, v in fields(value)}
                labels.append((pair_of[1], pair_of[2]))
            else:
                sample = dict(fields(value))
                samples.append((sample[2], struct.unpack("<d", sample[1])[0]))
        assert labels == sorted(labels) and len(samples) == 1
        yield tuple(labels), samples[0][0], samples[0][1]


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def queued(folder):
    """the bodies that wait in a queue's folder, oldest first"""
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".segment")):
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        assert data[:8] == b"SAWQ\1\0\0\0"[:len(data)], name  # one that was made this moment may still be empty
        at = 8
        while at + 24 <= len(data):
            length, _, _, state = struct.unpack("<IIIB", data[at:at + 13])
            if at + 24 + length > len(data):
                break  # cut by a kill
            if state == 0:
                yield data[at + 24:at + 24 + length]
            at += 24 + length


# -------------------------------------------------------------------------------------------------------------------- servers

def ask(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


class Database:
    """Prometheus or VictoriaMetrics with its data in a folder of the house: may be stopped and started again."""

    def __init__(self, house, name):
        self.house, self.name, self.port = house, name, free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.process = None

    @staticmethod
    def installed(name):
        return shutil.which(name) is not None

    def start(self):
        if self.name == "prometheus":
            self.house.write("prometheus.yml", "global: {}\n")
            command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.enable-remote-write-receiver",
                       "--web.listen-address=127.0.0.1:%d" % self.port]
        else:
            # A batch that was taken, and whose answer a kill took, comes again: the same samples, which count once.
            command = ["victoria-metrics", "-storageDataPath=vmdata", "-httpListenAddr=127.0.0.1:%d" % self.port,
                       "-dedup.minScrapeInterval=1ms", "-search.latencyOffset=0s", "-memory.allowedBytes=128MB"]
        with open(self.house.path(self.name + ".log"), "a", encoding="utf-8") as log:
            self.process = self.house.start(command, stdout=log, stderr=log)
        wait_for(self.name, self.ready)

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError("%s ended: %s" % (self.name, self.house.read(self.name + ".log")[-2000:]))
        with contextlib.suppress(OSError):
            return bool(ask(self.url + ("/-/ready" if self.name == "prometheus" else "/health")))
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def raw(self, selector, seconds=600):
        """labels -> [(ms, value)] as they are stored"""
        if self.name == "prometheus":
            found = json.loads(ask(self.url + "/api/v1/query?" + urllib.parse.urlencode({"query": "%s[%ds]" % (selector, seconds)})))
            return {tuple(sorted(r["metric"].items())): [(round(float(t) * 1000), v) for t, v in r["values"]] for r in found["data"]["result"]}
        text = ask(self.url + "/api/v1/export?" + urllib.parse.urlencode({"match[]": selector}))
        result = {}
        for line in text.splitlines():
            r = json.loads(line)
            result.setdefault(tuple(sorted(r["metric"].items())), []).extend(zip(r["timestamps"], r["values"]))
        return {k: sorted(v) for k, v in result.items()}


class Recorder:
    """An HTTP server that keeps what it was sent, and answers as it is told: answer(request) -> status, headers, body."""

    def __init__(self, certificate=None, client_ca=None):
        self.requests, self.lock = [], threading.Lock()
        self.answer = lambda request: (200, {}, b"")
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = {"path": self.path, "headers": dict(self.headers.items()), "body": body}
                with recorder.lock:
                    recorder.requests.append(request)
                    status, headers, text = recorder.answer(request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients that go away are part of the tests
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            if client_ca:
                context.load_verify_locations(client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.port = self.server.server_address[1]
        self.url = "%s://127.0.0.1:%d" % (self.scheme, self.port)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        with self.lock:
            return list(self.requests)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def certificates(house):
    """An authority, and certificates for a server (name: server.example) and a client: paths by name."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=house.dir, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
    for name in ("server", "client"):
        house.write(name + ".ext", "subjectAltName=DNS:%s.example\n" % name)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=%s.example" % name)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", name + ".pem",
                "-days", "2", "-extfile", name + ".ext")
        os.chmod(house.path(name + ".key"), 0o600)
    return {n: house.path(n) for n in ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")}
