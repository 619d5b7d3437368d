#!/usr/bin/env python3
"""Reloads while clients ask all the time, each on a connection that it keeps: none is cut off without its answer."""
import http.client
import os
import shutil
import socket
import ssl
import threading

from daemon_kit import House, check, wait_for
from web_kit import Authority, base64_of, bcrypt

DEVICE = ["  - {name: ASA-XFW01, platform: asa, files: [{path: show.txt}]}"]
PATHS = ("/-/healthy", "/metrics", "/api/v1/snapshot", "/")
RELOADS = 12


class Asker(threading.Thread):
    """Asks one thing again and again, and connects anew only where the answer says that the connection ends."""

    def __init__(self, house, path, tls):
        super().__init__()
        host, port = "127.0.0.1", int(house.url.rstrip("/").rsplit(":", 1)[1])
        self.connection = (http.client.HTTPSConnection(host, port, timeout=30, context=tls) if tls
                           else http.client.HTTPConnection(host, port, timeout=30))
        self.path, self.answers, self.connects, self.failure, self.ended = path, 0, 0, None, threading.Event()

    def run(self):
        try:
            while not self.ended.is_set():
                self.connects += self.connection.sock is None
                self.connection.request("GET", self.path, headers={"Authorization": "Basic " + base64_of("monitor:pw")})
                answer = self.connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise AssertionError("status %d" % answer.status)
                self.answers += 1
        except (AssertionError, OSError, http.client.HTTPException) as e:
            self.failure = "%s after %d answers: %r" % (self.path, self.answers, e)
        finally:
            self.connection.close()


def reload_many_times(house, tls, change):
    """What became of those who asked meanwhile."""
    askers = [Asker(house, path, tls) for path in PATHS]
    for a in askers:
        a.start()
    try:
        for i in range(RELOADS):
            change(i)
            said = house.log().count("configuration read again")
            before = [a.answers for a in askers]
            house.reload()
            wait_for("the reload", lambda: house.log().count("configuration read again") > said)
            wait_for("answers go on", lambda: all(a.failure or a.answers > n + 2 for a, n in zip(askers, before)))
    finally:
        for a in askers:
            a.ended.set()
        for a in askers:
            a.join()
    return askers


def failures(askers):
    found = [a.failure for a in askers if a.failure]
    print("\n".join(found), end="\n" if found else "")
    return found


def without_tls():
    with House() as house:
        house.write("show.txt", "ASA-XFW01# show version\n")
        house.configure(DEVICE)
        house.run_daemon()
        askers = reload_many_times(house, None, lambda i: None)
        check("a reload that changes nothing touches no connection", not failures(askers) and {a.connects for a in askers} == {1})
        askers = reload_many_times(house, None, lambda i: house.configure(
            DEVICE + ["  - {name: ASA-XFW02, platform: asa, files: [{path: show.txt}]}"] * (i % 2)))
        check("nor does one that changes the devices", not failures(askers) and {a.connects for a in askers} == {1})
        askers = reload_many_times(house, None, lambda i: house.configure(DEVICE, web="{max_connections: %d}" % (100 + i)))
        check("another bound on connections cuts nobody off", not failures(askers))


def with_tls():
    with House() as house:
        ca = Authority(house.dir, "ca")
        for name in ("server", "first", "second"):
            ca.issue(name)
        house.write("show.txt", "ASA-XFW01# show version\n")
        web = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\nbasic_auth_users:\n  monitor: %s\n"
        house.write("web.yml", web % bcrypt("pw"), 0o640)
        house.configure(DEVICE, web="{config_file: web.yml}")
        house.run_daemon()
        context = ssl.create_default_context(cafile=house.path("ca.pem"))
        port = int(house.url.rstrip("/").rsplit(":", 1)[1])

        def serial():
            with socket.create_connection(("127.0.0.1", port), 10) as s, \
                    context.wrap_socket(s, server_hostname="127.0.0.1") as t:
                return t.getpeercert()["serialNumber"]

        def certificate(i):
            for end in (".key", ".pem"):
                shutil.copy(house.path(("first", "second")[i % 2] + end), house.path("next" + end))
                os.replace(house.path("next" + end), house.path("server" + end))

        before = serial()
        askers = reload_many_times(house, context, certificate)
        check("another certificate cuts nobody off", not failures(askers))
        check("and everybody is shown it in the end", wait_for("the new one", lambda: serial() != before) and
              all(a.connects > 1 for a in askers))
        askers = reload_many_times(house, context, lambda i: house.write("web.yml", web % bcrypt("pw", 4 + i % 2), 0o640))
        check("other hashes of passwords touch no connection", not failures(askers) and {a.connects for a in askers} == {1})


if __name__ == "__main__":
    without_tls()
    with_tls()
