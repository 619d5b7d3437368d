#!/usr/bin/env python3
"""SNMPv3 and SNMPv1 against Net-SNMP's snmpd and snmpsim, over IPv4 and IPv6: every pair of algorithms, and what is said where a
key, a user or a context is wrong."""
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from ports_kit import free_port, has_ipv6

top = os.environ["top_srcdir"]
sawatch = os.path.join(os.environ["top_builddir"], "sawatch")
os.environ["PATH"] += ":/usr/sbin:/sbin"
snmpd, snmpsimd = shutil.which("snmpd"), shutil.which("snmpsimd")
if not snmpd or not snmpsimd:
    print("snmpd or snmpsimd is not installed")
    sys.exit(77)
AUTH, PRIV, WRONG = "auth-password-1", "priv-password-1", "wrong-password-1"
failures = 0


IPV6 = has_ipv6()


def check(what, ok, *seen):
    global failures
    if not ok:
        failures += 1
        print("FAIL: %s" % what, *seen)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(args, log, env):
    """as nobody where we are root: neither server needs more, and snmpsimd wants less"""
    if os.getuid() == 0:
        args = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + args
    return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **env})


def poll(d, port, user, auth="sha1", priv="aes128", auth_password=AUTH, priv_password=PRIV, extra="", address="127.0.0.1", version="3"):
    for name, text in (("auth", auth_password), ("priv", priv_password)):
        path = os.path.join(d, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as f:
            f.write(text + "\n")
    with open(os.path.join(d, "sawatch.yml"), "w", encoding="ascii") as f:
        f.write("devices:\n  - name: DUT\n    platform: asa\n    address: \"%s\"\n    snmp:\n      {version: %s, port: %d, "
                "user: %s, auth: %s, auth_password_file: auth, priv: %s, priv_password_file: priv, timeout: 2s, "
                "community_file: auth, retries: 1%s}\n" % (address, version, port, user, auth, priv, extra))
    run = subprocess.run([sawatch, "poll", "--config", f.name, "--format", "json", "DUT"],
                         capture_output=True, timeout=120, check=False)
    for secret in (AUTH, PRIV, WRONG):
        check("no secret is printed", secret.encode() not in run.stdout + run.stderr)
    return json.loads(run.stdout), run.stderr.decode(), run.returncode


def wait_for(process, log, ready):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return
        time.sleep(0.1)
    log.seek(0)
    print("the server did not start:", log.read().decode(errors="replace")[-2000:])
    sys.exit(1)


class Forgetful:
    """stands before an agent and takes boots and time out of its first Report, as agents do that tell them only to known users"""

    def __init__(self, port):
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect(("127.0.0.1", port))
        self.back.settimeout(5)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        first = True
        while True:
            request, peer = self.front.recvfrom(65536)
            if not request:
                return
            self.back.send(request)
            answer = bytearray(self.back.recv(65536))
            if first:
                at = answer.index(b"\x04", answer.index(b"\x02\x01\x03\x04") + 4)  # the engine ID
                at += 2 + answer[at + 1]
                for _ in range(2):
                    n = answer[at + 1]
                    answer[at + 2:at + 2 + n] = bytes(n)
                    at += 2 + n
                first = False
            self.front.sendto(answer, peer)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join(timeout=20)
        self.front.close()
        self.back.close()


AUTHS = {"sha1": "SHA", "md5": "MD5", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
PRIVS = {"aes128": "AES", "des": "DES", "aes192": "AES-192", "aes256": "AES-256", "aes192-cisco": "AES-192-C",
         "aes256-cisco": "AES-256-C"}
USERS = tuple(itertools.product(AUTHS, PRIVS))  # the first is sha1 with aes128
ALLOWED = ", allow_insecure: true"


def against_snmpd(d, home):
    port = free_port()
    conf = os.path.join(home, "snmpd.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write("agentaddress udp:127.0.0.1:%d%s\nsysName ASA-XFW01\n" % (port, ",udp6:[::1]:%d" % port if IPV6 else ""))
        f.write('createUser open\nrouser open noauth\nrocommunity %s\nrocommunity6 %s\n' % (AUTH, AUTH))
        for i, (auth, priv) in enumerate(USERS):
            f.write('createUser user%d %s "%s" %s "%s"\nrouser user%d priv\n' % (i, AUTHS[auth], AUTH, PRIVS[priv], PRIV, i))
        f.write('createUser authonly SHA "%s"\nrouser authonly auth\ncreateUser nobody SHA "%s" AES "%s"\n'
                % (AUTH, AUTH, PRIV))
    os.chmod(conf, 0o644)  # it is read as another user
    with tempfile.TemporaryFile() as log:
        server = start([snmpd, "-f", "-Lo", "-C", "-c", conf, "-I", "-smux"], log,
                       {"SNMP_PERSISTENT_DIR": home, "MIBS": "", "SNMPCONFPATH": home})
        try:
            wait_for(server, log, lambda: poll(d, port, "user0")[0].get("hostname"))
            for i, (auth, priv) in enumerate(USERS):
                s, err, rc = poll(d, port, "user%d" % i, auth, priv, extra=ALLOWED if "md5" in auth or "des" in priv else "")
                # snmpd has no such MIB: it was read, and says so
                check("%s %s" % (auth, priv), (s.get("hostname"), s.get("error_class")) == ("ASA-XFW01", "unsupported"), s)
                check("%s %s: cheap" % (auth, priv), s["requests"] <= 6, s["requests"])
            for user, auth, extra in (("open", "none", ALLOWED), ("authonly", "sha1", "")):
                s, err, rc = poll(d, port, user, auth, "none", extra=extra)
                check("%s without privacy" % auth,
                      (s.get("hostname"), s.get("error_class")) == ("ASA-XFW01", "unsupported"), s, err)
            s, err, rc = poll(d, port, "authonly", "none", "none", extra=ALLOWED)
            check("a user who must authenticate and does not", (rc, s.get("error_class")) == (3, "access"), rc, s, err)
            for address in ("127.0.0.1", "::1") if IPV6 else ("127.0.0.1",):
                for version, extra in (("1", ALLOWED), ("2c", ""), ("3", "")):
                    s, err, rc = poll(d, port, "user0", extra=extra, address=address, version=version)
                    check("version %s over %s" % (version, address),
                          (s.get("hostname"), s.get("error_class")) == ("ASA-XFW01", "unsupported"), s, err)
            proxy = Forgetful(port)
            s, err, rc = poll(d, proxy.port, "user0")
            proxy.close()
            check("a clock that is told late is learned", (s.get("hostname"), s["requests"]) == ("ASA-XFW01", 6), s, err)
            for what, args, klass, words in (
                    ("wrong authentication password", {"auth_password": WRONG}, "auth", "digest is wrong"),
                    ("wrong authentication protocol", {"auth": "sha256"}, "auth", "digest is wrong"),
                    ("wrong privacy password", {"priv_password": WRONG}, "auth", "privacy password"),
            ):
                s, err, rc = poll(d, port, "user0", **args)
                check(what, (rc, s.get("error_class")) == (3, klass) and words in err, rc, s, err)
            for user, words in (("stranger", "does not know"), ("authonly", "security level")):
                s, err, rc = poll(d, port, user)
                check(user, (rc, s.get("error_class")) == (3, "auth") and words in err, rc, s, err)
            s, err, rc = poll(d, port, "nobody")
            check("a user without a view", (rc, s.get("error_class")) == (3, "access"), rc, s, err)
        finally:
            server.terminate()
            server.wait(timeout=30)


def against_snmpsim(d, home):
    port = free_port()
    for sub in ("data", "cache"):
        os.mkdir(os.path.join(home, sub))
    shutil.copy(os.path.join(top, "tests", "fixtures", "snmp", "asa-xfw01.snmprec"), os.path.join(home, "data"))
    for folder, _, files in os.walk(home):
        if os.getuid() == 0:
            for path in [folder] + [os.path.join(folder, f) for f in files]:
                os.chown(path, 65534, 65534)
    with tempfile.TemporaryFile() as log:
        server = start([snmpsimd, "--v3-engine-id=auto", "--agent-udpv4-endpoint=127.0.0.1:%d" % port,
                        "--data-dir=" + os.path.join(home, "data"), "--cache-dir=" + os.path.join(home, "cache"),
                        "--v3-user=sim", "--v3-auth-key=" + AUTH, "--v3-auth-proto=SHA",
                        "--v3-priv-key=" + PRIV, "--v3-priv-proto=AES"], log, {"HOME": home})

        def listening():
            log.seek(0)
            return b"Listening" in log.read()
        try:
            wait_for(server, log, listening)
            s, err, rc = poll(d, port, "sim", extra=", context: asa-xfw01")
            t = {x["device_index"]: x for x in s.get("ipsec_sas", [])}
            check("snmpsim: three tunnels", rc == 0 and sorted(t) == [4711, 4790, 4801], rc, s, err)
            check("snmpsim: two under one IKE SA", [t[i].get("ike_tunnel_id") for i in sorted(t)] == [52001, 52044, 52001])
            v1, err, rc = poll(d, port, "sim", extra=ALLOWED, version="1", auth_password="asa-xfw01")
            check("snmpsim: SNMPv1 brings the same, but for counters of 64 bits",
                  [x.get("decaps_packets") for x in v1.get("ipsec_sas", [])] == [t[i].get("decaps_packets") for i in sorted(t)]
                  and [i["name"] for i in v1.get("interfaces", [])] == [i["name"] for i in s.get("interfaces", [])]
                  and [i.get("line_up") for i in v1["interfaces"]] == [i.get("line_up") for i in s["interfaces"]], rc, v1, err)
            check("snmpsim: counters of zero are zeros", [t[4801].get(f) for f in (
                "in_bytes", "out_bytes", "decaps_packets", "encaps_packets", "replay_failed_recv")] == [0] * 5)
        finally:
            server.terminate()
            server.wait(timeout=30)


for case in (against_snmpd, against_snmpsim):
    with tempfile.TemporaryDirectory() as mine, tempfile.TemporaryDirectory() as theirs:
        if os.getuid() == 0:
            os.chown(theirs, 65534, 65534)
        case(mine, theirs)
print("%d failures" % failures)
sys.exit(1 if failures else 0)
