#!/usr/bin/env python3
"""OTLP/HTTP to a recording server: what is sent reads by the published schema and is what /metrics shows; partial success, refusals and waits
as the specification has them; TLS with a client certificate, a proxy, and credentials that no log shows."""
import gzip
import os
import re
import shutil
import subprocess
import sys
import time

from daemon_kit import SOURCE, House, check, wait_for
from push_kit import Recorder, certificates, fields, pair, wait_over_reload

PROTOC = shutil.which("protoc")
if not PROTOC or not shutil.which("openssl"):
    print("protoc or openssl is not installed")
    sys.exit(77)
SCHEMA = os.path.join(SOURCE, "tests", "fixtures", "otlp")


def decode(body):
    """the request as protoc prints it by the published schema"""
    return subprocess.run([PROTOC, "--proto_path=" + SCHEMA, "--decode=opentelemetry.proto.ExportMetricsServiceRequest", "published.proto"],
                          input=gzip.decompress(body), stdout=subprocess.PIPE, check=True).stdout.decode()


def metrics(body):
    """name -> (kind, number of points)"""
    found = {}
    for _, rm in fields(gzip.decompress(body)):
        for n, scope in fields(rm):
            for k, metric in fields(scope) if n == 2 else ():
                if k == 2:
                    f = dict(fields(metric))
                    data = next(i for i in (5, 7, 10) if i in f)
                    found[f[1].decode()] = ({5: "gauge", 7: "counter", 10: "histogram"}[data], sum(1 for i, _ in fields(f[data]) if i == 1))
    return found


def response(rejected, text):
    partial = (b"\x08" + bytes([rejected]) if rejected else b"") + b"\x12" + bytes([len(text)]) + text
    return b"\x0a" + bytes([len(partial)]) + partial


def target(url, more=""):
    return "\n  - {name: otel, type: otlp, url: \"%s/v1/metrics\", interval: 1s, timeout: 2s, batch: 20000, labels: [service.instance.id=noc-1]%s}" % (url, more)


with House() as house:
    server = Recorder()
    ports = house.simulate()
    house.write("token", "a-very-secret-token\n")
    house.configure(pair(ports), push=target(server.url, ", auth: {token_file: token}, headers: [\"X-Tenant: netops\"]"))
    house.run_daemon()
    wait_for("four tunnels", lambda: len(house.api("tunnels").get("tunnels", [])) == 4)
    before = len(server.taken())
    wait_for("two more requests", lambda: len(server.taken()) > before + 2)
    request = server.taken()[-1]
    check("path, form and compression are said", request["path"] == "/v1/metrics" and request["headers"]["Content-Type"] == "application/x-protobuf" and
          request["headers"]["Content-Encoding"] == "gzip" and request["headers"]["X-Tenant"] == "netops")
    check("the token is sent", request["headers"]["Authorization"] == "Bearer a-very-secret-token")
    text = decode(request["body"])
    check("it reads by the published schema, without unknown fields", not re.search(r"^\s*\d+[:\s{]", text, re.M))
    check("the resource is named", 'key: "service.name"' in text and 'string_value: "noc-1"' in text)
    sent = metrics(request["body"])
    shown = {}
    for line in house.get("metrics")[1].splitlines():
        m = re.match(r"# TYPE (sawatch_\w+) (\w+)", line)
        if m:
            shown[m.group(1)] = m.group(2)
    shown = {k: v for k, v in shown.items() if not k.startswith("sawatch_http_")}
    check("the metrics of /metrics are there, each as what it is", set(shown) <= set(sent) and all(shown[k] == sent[k][0] for k in shown))
    check("cumulative, monotonic, with a beginning", "aggregation_temporality: AGGREGATION_TEMPORALITY_CUMULATIVE" in text and
          "is_monotonic: true" in text and "start_time_unix_nano" in text)

    # Partial success is not sent again; what was not taken is counted.
    server.answer = lambda _: (200, {"Content-Type": "application/x-protobuf"}, response(7, b"7 points are too old"))
    wait_for("it is said", lambda: "did not take 7 points of a request: 7 points are too old" in house.log())
    wait_for("and counted", lambda: (house.metric("sawatch_push_dropped_samples_total") or 0) >= 7)
    server.answer = lambda _: (200, {}, b"")
    check("once", house.log().count("did not take") == 1)

    # 500 is refused for good; 503 is sent again, the same bytes, when the server said.
    dropped = house.metric("sawatch_push_dropped_samples_total")
    server.answer = lambda _: (500, {"Content-Type": "application/x-protobuf"}, b"\x12\x0cno more room")
    wait_for("a refusal is said with the server's words", lambda: "HTTP 500: no more room" in house.log())
    wait_for("and counted", lambda: house.metric("sawatch_push_dropped_samples_total") > dropped + 100)
    server.answer = lambda _: (503, {"Retry-After": "2"}, b"")
    wait_for("an overload is said", lambda: "HTTP 503" in house.log())
    refused, at = server.taken()[-1]["body"], time.monotonic()
    server.answer = lambda _: (200, {}, b"")
    count = len(server.taken())
    wait_for("it comes again", lambda: len(server.taken()) > count)
    check("after the time that was asked for, the same", time.monotonic() - at >= 1.5 and server.taken()[count]["body"] == refused)
    wait_for("all is well again", lambda: house.metric("sawatch_push_up") == 1 and house.metric("sawatch_push_queue_samples") == 0)
    check("which is said", "the server takes what is sent again" in house.log())

    # TLS: our own authority, a name that is not the address, and a certificate of ours.
    files = certificates(house)
    secure = Recorder((files["server.pem"], files["server.key"]), files["ca.pem"])
    tls = ", tls: {ca_file: ca.pem, cert_file: client.pem, key_file: client.key, server_name: %s}"
    house.configure(pair(ports), push=target(secure.url, tls % "other.example"))
    house.reload()
    wait_for("another name is refused", lambda: re.search("push otel: .*certificate", house.log()))
    check("nothing was sent to it", secure.taken() == [])
    house.configure(pair(ports), push=target(secure.url, tls % "server.example"))
    house.reload()
    wait_for("it is sent by TLS", lambda: len(secure.taken()) > 1)
    check("with the certificate's name as host", secure.taken()[-1]["headers"]["Host"].startswith("server.example:"))
    house.configure(pair(ports), push=target(secure.url, ", tls: {ca_file: ca.pem, server_name: server.example}"))
    house.reload()
    count = len(secure.taken())
    wait_over_reload("without our certificate we are refused", lambda: house.metric("sawatch_push_up") == 0)
    check("and nothing is sent", len(secure.taken()) <= count + 1)

    # A proxy, with credentials of its own.
    proxy = Recorder()
    house.write("proxy-password", "proxy-secret\n")
    house.configure(pair(ports), push=target("http://collector.example:4318", ", proxy: \"%s\", proxy_user: u, proxy_password_file: proxy-password" % proxy.url))
    house.reload()
    wait_for("it goes by the proxy", lambda: len(proxy.taken()) > 1)
    check("which is asked for the whole URL", proxy.taken()[-1]["path"] == "http://collector.example:4318/v1/metrics")
    check("with its own credentials", proxy.taken()[-1]["headers"]["Proxy-Authorization"] == "Basic dTpwcm94eS1zZWNyZXQ=")

    # One that is not listened at any more ends with its process.
    house.configure(pair(ports))
    house.reload()
    wait_over_reload("no part any more", lambda: house.metric("sawatch_push_up") is None and house.metric('sawatch_exporter_up{exporter="push"}') is None)
    check("no secret is in the log", not re.search("secret", house.log()))
    check("a clean stop", house.stop()[0] == 0)
    for s in (server, secure, proxy):
        s.close()
