#!/usr/bin/env python3
"""sawatchd over HTTPS, by users and client certificates, over Unix sockets: what is let in, what is not, and what a reload changes."""
import contextlib
import fcntl
import http.client
import os
import signal
import socket
import ssl
import stat
import subprocess
import time

from daemon_kit import House, check, children, program, wait_for
from ports_kit import has_ipv6
from web_kit import Authority, base64_of, bcrypt

DEVICE = ["  - {name: ASA-XFW01, platform: asa, files: [{path: show.txt}]}"]
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"


class Client:
    """One request to the daemon, by TLS or not."""

    def __init__(self, house):
        self.house = house

    def port(self):
        return int(self.house.url.rstrip("/").rsplit(":", 1)[1])

    def context(self, ca="ca", certificate=None, newest=None):
        c = ssl.create_default_context(cafile=self.house.path(ca + ".pem"))
        if certificate:
            c.load_cert_chain(self.house.path(certificate + ".pem"), self.house.path(certificate + ".key"))
        if newest:
            c.maximum_version = newest
        return c

    def connect(self, host="127.0.0.1", **tls):
        return http.client.HTTPSConnection(host, self.port(), timeout=10, context=self.context(**tls))

    def ask(self, path="/-/healthy", user=None, headers=None, **tls):
        """status, or the name of what went wrong"""
        c = self.connect(**tls)
        headers = dict(headers or {}, **({"Authorization": "Basic " + base64_of(user)} if user else {}))
        try:
            c.request("GET", path, headers=headers)
            r = c.getresponse()
            r.read()
            self.answer = r
            return r.status
        except (ssl.SSLError, ConnectionError, http.client.HTTPException) as e:
            return type(e).__name__
        finally:
            c.close()

    def serial(self, **tls):
        """of the certificate that is shown"""
        with socket.create_connection(("127.0.0.1", self.port()), 10) as s:
            with self.context(**tls).wrap_socket(s, server_hostname="127.0.0.1") as t:
                return t.getpeercert()["serialNumber"]


def unix_get(path, target="/-/healthy"):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(path)
    s.sendall(b"GET %s HTTP/1.0\r\n\r\n" % target.encode())
    answer = b""
    while True:
        more = s.recv(65536)
        if not more:
            return answer.decode()
        answer += more


def can_connect(path):
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


def logged(house, text):
    wait_for("in the log: " + text, lambda: text in house.log())


def change(house, web):
    """Another web configuration, by a reload: quicker than to wait until it is noticed. The hub is told a moment later."""
    count = house.log().count("configuration read again: 1 devices")
    house.write("web.yml", web, 0o640)
    house.reload()
    wait_for("the reload", lambda: house.log().count("configuration read again: 1 devices") > count)


def tls_and_its_certificate(house, client, ca):
    check("it is asked over https", house.url.startswith("https://127.0.0.1:") and client.ask() == 200)
    if has_ipv6():
        check("an IPv6 address is listened on besides", "listening on https://[::1]:" in house.log())
    with socket.create_connection(("127.0.0.1", client.port()), 10) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        check("who speaks no TLS gets nothing", not s.recv(100).startswith(b"HTTP"))
    kept = client.connect()
    kept.request("GET", "/-/healthy")
    kept.getresponse().read()
    before = client.serial()
    ca.issue("next", days=5)
    # The certificate first, the key a moment later: the two do not belong together in between.
    os.replace(house.path("next.pem"), house.path("server.pem"))
    logged(house, "the web configuration is not changed: ")
    check("a certificate without its key is said, with the line, and not taken",
          "web.yml:3: server.key: not the key of the certificate" in house.log() and client.serial() == before)
    os.replace(house.path("next.key"), house.path("server.key"))
    wait_for("the new certificate", lambda: client.serial() != before)
    check("a new pair is shown without a reload", house.log().count("web configuration read again") == 1)
    text = unix_get(house.path("s.sock"), "/metrics")
    ends = float(text.split("\nsawatch_http_certificate_expiry_timestamp_seconds ")[1].split("\n")[0])
    check("its end is a metric", 4 * 86400 < ends - time.time() < 6 * 86400)
    with contextlib.suppress(http.client.HTTPException, ConnectionError, ssl.SSLError):
        kept.request("GET", "/-/healthy")
        check("who was connected before is answered, or told to come again", kept.getresponse().status == 200)
    kept.close()
    before = client.serial()
    ca.issue("late")
    for end in (".pem", ".key"):
        os.rename(house.path("late" + end), house.path("hidden" + end))
    house.write("web.yml", TLS.replace("server.", "late."), 0o640)
    logged(house, "the web configuration is not changed: web.yml:2: cert_file late.pem: No such file or directory")
    for end in (".key", ".pem"):
        os.rename(house.path("hidden" + end), house.path("late" + end))
    wait_for("a file that was named before it was there", lambda: client.serial() != before)
    check("what it lacked was said once", house.log().count("cert_file late.pem: No such file") == 1)
    change(house, TLS + "  min_version: TLS13\n")
    wait_for("TLS 1.2 is refused", lambda: client.ask(newest=ssl.TLSVersion.TLSv1_2) != 200)
    check("and TLS 1.3 is not", client.ask() == 200)
    change(house, TLS + "  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"
           "  curve_preferences: [CurveP384]\n")

    def cipher():
        with socket.create_connection(("127.0.0.1", client.port()), 10) as s:
            with client.context().wrap_socket(s, server_hostname="127.0.0.1") as t:
                return t.cipher()[0]
    wait_for("the one cipher that is allowed", lambda: cipher() == "ECDHE-ECDSA-AES256-GCM-SHA384")


def users(house, client):
    house.write("web.yml", TLS + "basic_auth_users:\n  monitor: %s\n  other: %s\nhttp_server_config:\n  headers:\n"
                "    Strict-Transport-Security: max-age=300\n    X-Frame-Options: deny\n" %
                (bcrypt("s3cr:t", 8), bcrypt("x", 8)), 0o640)
    wait_for("a password is needed", lambda: client.ask() == 401)
    check("and it is said which kind", client.answer.getheader("WWW-Authenticate").startswith("Basic realm="))
    check("headers of the configuration are sent", client.answer.getheader("Strict-Transport-Security") == "max-age=300" and
          client.answer.getheader("X-Frame-Options") == "deny")
    check("the right one is let in", client.ask(user="monitor:s3cr:t") == 200)
    check("a wrong one, another's and none are not",
          [client.ask(user=u) for u in ("monitor:s3cr:T", "monitor:x", "monitor:", ":", "nobody:s3cr:t")] == [401] * 5)
    check("nor is a header that is none", client.ask(headers={"Authorization": "Basic !!!"}) == 401)
    for path in ("/", "/metrics", "/api/v1/snapshot", "/-/ready", "/nowhere"):
        check("nothing is shown without: " + path, client.ask(path) == 401)
    check("the failures are counted and logged, without what was tried",
          "sawatch_http_auth_failures_total 6\n" in unix_get(house.path("s.sock"), "/metrics") and
          "a login from 127.0.0.1 failed" in house.log() and "s3cr:T" not in house.log())

    hub = children(house.daemon.pid)["hub"]

    def cost(user):
        """in ticks of the processor: what else the machine does takes no part"""
        def spent():
            with open("/proc/%d/stat" % hub, encoding="ascii") as f:
                return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
        began = spent()
        for _ in range(10):
            client.ask(user=user)
        return spent() - began
    known, unknown, good = cost("monitor:wrong"), cost("nobody:wrong"), cost("monitor:s3cr:t")
    print("ticks for 10 logins: %d known and wrong, %d unknown, %d remembered" % (known, unknown, good))
    check("an unknown user costs what a known one does, and a known password less", unknown > known / 2 > good)
    change(house, TLS + "basic_auth_users:\n  monitor: %s\n" % bcrypt("changed"))
    wait_for("the new password", lambda: client.ask(user="monitor:changed") == 200)
    check("ends the old one, remembered or not", client.ask(user="monitor:s3cr:t") == 401)
    house.write("web.yml", TLS + "basic_auth_users:\n  monitor: changed\n", 0o640)
    logged(house, "what monitor has is no bcrypt hash")
    check("an error in the file changes nothing", client.ask(user="monitor:changed") == 200)


def curl(house, *args):
    r = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", house.path("ca.pem"), *args,
                        house.url + "-/healthy"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return r.stdout.decode()


def client_certificates(house, client, ca):
    other = Authority(house.dir, "otherca")
    ca.issue("client", "DNS:prometheus.example.net")
    ca.issue("second", "DNS:else.example.net,IP:192.0.2.7,URI:spiffe://example.net/second")
    ca.issue("notclient", usage="serverAuth")
    other.issue("stranger")
    base = TLS + "  client_ca_file: ca.pem\n  client_auth_type: "

    def with_type(text, sign):
        change(house, base + text + "\n")
        wait_for(sign, lambda: refused(client.ask()) == (sign == "must show one"))

    def refused(outcome):
        return outcome != 200

    kept = client.connect()
    kept.request("GET", "/-/healthy")
    kept.getresponse().read()
    with_type("RequireAndVerifyClientCert", "must show one")
    kept.request("GET", "/metrics")
    late = kept.getresponse()
    check("who was connected before is not answered under the rules of then", late.status == 421 and b"sawatch_" not in late.read())
    kept.close()
    check("a certificate of ours is let in", client.ask(certificate="client") == 200)
    check("none, a stranger's, and one for servers only are not",
          all(refused(client.ask(certificate=c)) for c in (None, "stranger", "notclient")))
    check("curl and its certificate are let in",
          curl(house, "--cert", house.path("client.pem"), "--key", house.path("client.key")) == "200")
    check("curl without is not", curl(house) == "000")
    with_type("RequireAndVerifyClientCert\n  client_allowed_sans: [prometheus.example.net]", "must show one")
    wait_for("the name matters", lambda: refused(client.ask(certificate="second")))
    check("the right name is let in", client.ask(certificate="client") == 200)
    for name in ("192.0.2.7", "spiffe://example.net/second"):
        with_type("RequireAndVerifyClientCert\n  client_allowed_sans: [%s]" % name, "must show one")
        wait_for("an address or URI is a name too: " + name, lambda: client.ask(certificate="second") == 200)
    with_type("VerifyClientCertIfGiven", "may show one")
    check("who shows none is let in, who shows a stranger's is not",
          client.ask() == 200 and client.ask(certificate="client") == 200 and refused(client.ask(certificate="stranger")))
    with_type("RequireAnyClientCert", "must show one")
    wait_for("any is enough", lambda: client.ask(certificate="stranger") == 200)


def asked_by(house, name, *options, **env):
    """status and text of the plugin or a tool; the daemon's URL unless env says else"""
    args = [program("check_sawatch"), "-m", "fleet"] if name == "check_sawatch" else [program("sawatch"), name]
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("SAWATCH_")},
           "SAWATCH_SERVER": house.url.rstrip("/"), **env}
    r = subprocess.run(args + list(options), cwd=house.dir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                       universal_newlines=True, check=False, env=env)
    return r.returncode, r.stdout


def our_own_clients(house, client):
    """check_sawatch, tunnels and links: over https, by user, by certificate, over the Unix socket."""
    change(house, TLS + "  client_ca_file: ca.pem\n  client_auth_type: VerifyClientCertIfGiven\n"
           "basic_auth_users:\n  monitor: %s\n" % bcrypt("s3cr:t"))
    wait_for("a password is needed", lambda: client.ask() == 401)
    house.write("auth-file", "monitor:s3cr:t\n")
    house.write("wrong-file", "monitor:wrong\n")
    for name in ("check_sawatch", "tunnels", "links"):
        def ask(*options, **env):
            return asked_by(house, name, *options, **env)
        full = ("--ca-file", "ca.pem", "--auth-file", "auth-file")
        refused, text = ask(*full[:2])
        check(name + ": without a password it is refused and says what is needed",
              refused == 3 and "a user and password are needed" in text)
        status, text = ask(*full)
        check(name + ": by https, with the CA and a password", status == (3 if name == "check_sawatch" else 0) and
              "needed" not in text and "certificate" not in text)
        check(name + ": the same by the environment",
              ask(SAWATCH_CA_FILE="ca.pem", SAWATCH_AUTH_FILE="auth-file") == (status, text))
        check(name + ": with a wrong password", "HTTP status 401" in ask("--ca-file", "ca.pem", "-A", "wrong-file")[1])
        status, text = ask("--auth-file", "auth-file")
        check(name + ": whose certificate nobody knows is not told the password",
              status == 3 and "its certificate is not trusted" in text and "--ca-file" in text)
        check(name + ": another CA does not help",
              "not trusted" in ask("--ca-file", "otherca.pem", "--auth-file", "auth-file")[1])
        check(name + ": unless that is asked for", "certificate" not in ask("--insecure", "--auth-file", "auth-file")[1])
        status, text = ask(*full, "--cert-file", "stranger.pem", "--key-file", "stranger.key")
        check(name + ": a stranger's certificate is refused", status == 3 and text != ask(*full)[1])
        check(name + ": and ours is not", ask(*full, "--cert-file", "client.pem", "--key-file", "client.key") == ask(*full))
        check(name + ": a certificate that is none is named", "nowhere.pem" in ask(
            *full, "--cert-file", "nowhere.pem", "--key-file", "client.key")[1])
        check(name + ": over the Unix socket nothing is needed",
              ask(SAWATCH_SERVER="unix:" + house.path("s.sock")) == ask(*full))
        status, text = ask("--server", house.url.replace("https://", "https://monitor:s3cr:t@").rstrip("/"))
        check(name + ": a password in the URL is refused", status == 3 and "seen by everybody" in text and "s3cr" not in text)
    change(house, TLS)


def sockets(house, client):
    path = house.path("s.sock")
    check("the Unix socket is served without TLS and users", " 200 OK" in unix_get(path))
    st = os.stat(path)
    check("with the permissions of the configuration", stat.S_ISSOCK(st.st_mode) and stat.S_IMODE(st.st_mode) == 0o600)
    house.configure(DEVICE, name="other.yml", listen="[unix:s.sock]".replace("s.sock", path), state_dir="none")
    r = subprocess.run([program("sawatchd"), "other.yml"], cwd=house.dir, stderr=subprocess.PIPE, timeout=30, check=False)
    check("another daemon does not take it away", r.returncode == 1 and b"another process serves it" in r.stderr and
          " 200 OK" in unix_get(path))
    # Of two that start at once on a socket that nobody serves, one has the lock.
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(house.path("stale.sock"))
    stale.close()
    house.configure(DEVICE, name="other.yml", listen="unix:" + house.path("stale.sock"), state_dir="none")
    with open(house.path("stale.sock.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        r = subprocess.run([program("sawatchd"), "other.yml"], cwd=house.dir, stderr=subprocess.PIPE, timeout=30, check=False)
    check("one that another is about to serve is left to it", r.returncode == 1 and b"another process serves it" in r.stderr)
    both = [house.start([program("sawatchd"), "other.yml"], stderr=subprocess.DEVNULL) for _ in range(2)]
    wait_for("one of two gives up", lambda: any(p.poll() is not None for p in both))
    wait_for("the other serves", lambda: can_connect(house.path("stale.sock")))
    check("one of two that start at once serves it", sorted(p.poll() or 0 for p in both) == [0, 1] and
          " 200 OK" in unix_get(house.path("stale.sock")))
    for p in both:
        if p.poll() is None:
            p.terminate()
            p.wait(30)
    check("and leaves nothing behind", not [f for f in os.listdir(house.dir) if f.startswith("stale.sock")])
    house.write("file", "precious")
    house.configure(DEVICE, name="other.yml", listen="unix:" + house.path("file"), state_dir="none")
    r = subprocess.run([program("sawatchd"), "other.yml"], cwd=house.dir, stderr=subprocess.PIPE, timeout=30, check=False)
    check("a file that is no socket is left alone", r.returncode == 1 and b"no socket" in r.stderr and
          house.read("file") == "precious")
    port = client.port()
    house.configure(DEVICE, listen="[127.0.0.1:0, unix:%s, unix:%s]" % (path, house.path("t.sock")),
                    web="{config_file: web.yml, socket_mode: 0666}")
    house.write("web.yml", TLS, 0o640)
    house.reload()
    wait_for("a socket that a reload added", lambda: os.path.exists(house.path("t.sock")))
    wait_for("is served", lambda: " 200 OK" in unix_get(house.path("t.sock")))
    check("the first keeps its port, and its permissions change", client.ask() == 200 and client.port() == port and
          stat.S_IMODE(os.stat(path).st_mode) == 0o666)
    house.configure(DEVICE, listen="[127.0.0.1:0, unix:%s]" % path, web="{config_file: web.yml, socket_mode: 0600}")
    house.reload()
    wait_for("one that a reload took away is gone", lambda: not os.path.exists(house.path("t.sock")))
    house.configure(DEVICE, listen="[127.0.0.1:0, unix:/nowhere/at/all.sock]", web="{config_file: web.yml}")
    house.reload()
    logged(house, "cannot listen on unix:/nowhere/at/all.sock: its folder is not there")
    check("one that cannot be opened leaves everything as it was", " 200 OK" in unix_get(path) and client.ask() == 200)
    house.configure(DEVICE, listen="[127.0.0.1:0, unix:%s]" % path, web="{config_file: web.yml, socket_mode: 0600}")


def a_hub_that_dies_comes_back_with_everything(house, client):
    house.write("web.yml", TLS + "basic_auth_users:\n  monitor: %s\nrate_limit: {interval: 1h, burst: 3}\n" % bcrypt("pw"),
                0o640)
    house.reload()
    wait_for("users", lambda: client.ask() == 401)
    hub = children(house.daemon.pid)["hub"]
    with open("/proc/%d/limits" % hub, encoding="ascii") as f:
        check("what holds the key writes no core file", "Max core file size        0                    0" in f.read())
    os.kill(hub, signal.SIGKILL)
    wait_for("another hub", lambda: children(house.daemon.pid).get("hub", hub) != hub)
    # The kernel's queue holds who comes meanwhile.
    check("it is let in by the same door and password", client.ask(user="monitor:pw") == 200)
    check("and the Unix socket is the same", " 200 OK" in unix_get(house.path("s.sock")))
    check("a rate limit holds", [client.ask(user="monitor:pw") for _ in range(4)][-1] == 429)


def a_configuration_is_checked(house):
    def said(web, config="web: {config_file: bad-web.yml}"):
        house.write("bad-web.yml", web, 0o640)
        house.configure(DEVICE, name="bad.yml", **dict(x.split(": ", 1) for x in [config]))
        r = subprocess.run([program("sawatchd"), "--check-config", "bad.yml"], cwd=house.dir, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, universal_newlines=True, check=False)
        return r.returncode, r.stderr
    check("a key that is not known is named with its line",
          said("tls_server_config:\n  cert_fil: x\n") == (1, "bad-web.yml:2: unknown key `cert_fil` in tls_server_config; did "
                                                          "you mean `cert_file`?\n"))
    house.write("nonsense.pem", "nonsense")
    status, text = said("tls_server_config:\n  cert_file: nonsense.pem\n  key_file: server.key\n")
    check("so is a certificate that is none", status == 1 and text.startswith("bad-web.yml:2: nonsense.pem: not a certificate"))
    status, text = said(TLS + "  client_ca_file: nonsense.pem\n  client_auth_type: RequireAndVerifyClientCert\n")
    check("and a CA that is none", status == 1 and text.startswith("bad-web.yml:4: nonsense.pem: "))
    status, text = said(TLS + "  cipher_suites: [TLS_NULL]\n")
    check("and a cipher", status == 1 and "cipher_suites: `TLS_NULL` is not known" in text)
    os.chmod(house.path("server.key"), 0o644)
    status, text = said(TLS)
    check("and a key that everybody may read", status == 1 and "others may read" in text)
    os.chmod(house.path("server.key"), 0o600)
    status, text = said("basic_auth_users: {}\n", "listen: 0.0.0.0:0")
    check("what is open to other machines is said", status == 0 and "without TLS" in text and "everybody may ask" in text)
    check("a loopback address is one however it is written",
          said("basic_auth_users: {}\n", 'listen: "[0:0:0:0:0:0:0:1]:0"') == (0, ""))
    check("and what is not, is not", said(TLS, "web: {config_file: bad-web.yml}") == (0, ""))


def main():
    with House() as house:
        ca = Authority(house.dir, "ca")
        ca.issue("server")
        house.write("show.txt", "ASA-XFW01# show version\n")
        house.write("web.yml", TLS, 0o640)
        house.configure(DEVICE, listen="[127.0.0.1:0, %sunix:%s]" % ("\"[::1]:0\", " if has_ipv6() else "", house.path("s.sock")),
                        web="{config_file: web.yml, socket_mode: 0600}")
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(house.path("s.sock"))
        stale.close()  # the file stays, and nobody serves it
        house.run_daemon()
        client = Client(house)
        a_configuration_is_checked(house)
        tls_and_its_certificate(house, client, ca)
        users(house, client)
        client_certificates(house, client, ca)
        our_own_clients(house, client)
        sockets(house, client)
        a_hub_that_dies_comes_back_with_everything(house, client)
        status, _ = house.stop()
        check("it ends well, and takes its socket with it", status == 0 and not os.path.exists(house.path("s.sock")))
        check("no secret is in the log", "PRIVATE KEY" not in house.log() and bcrypt("pw")[7:] not in house.log())


if __name__ == "__main__":
    main()
