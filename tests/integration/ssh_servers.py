#!/usr/bin/env python3
"""`sawatch poll` at real OpenSSH servers that differ: users' keys and host keys of each kind, old algorithms only, new session keys in the middle of an
answer, a session that ends there."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "integration"))
import sshd_kit  # noqa: E402

sshd_kit.need_sshd()
SAWATCH = os.path.join(os.environ["top_builddir"], "sawatch")
BEGIN = """sawatch transcript 1
< 0.001 \\r\\nASR-WAN01#
> 0.250 \\n
< 0.001 \\r\\nASR-WAN01#
> 0.030 terminal length 0\\n
< 0.001 terminal length 0\\r\\nASR-WAN01#
> 0.030 terminal width 512\\n
< 0.001 terminal width 512\\r\\nASR-WAN01#
> 0.030 show version\\n
< 0.001 show version\\r\\nCisco IOS XE Software, Version 17.09.04a\\r\\nASR-WAN01 uptime is 3 days, 4 hours\\r\\nASR-WAN01#
"""


def interfaces(n):
    """an answer of about n times 100 bytes"""
    lines = ["> 0.030 show interfaces\\n", "< 0.001 show interfaces\\r\\n"]
    for i in range(n):
        lines.append("< 0.000 Tunnel%d is up, line protocol is up \\r\\n  Hardware is Tunnel\\r\\n  MTU 9972 bytes, BW 100 Kbit/sec, DLY 50000 usec, \\r\\n"
                     % i)
    return "\n".join(lines) + "\n< 0.001 ASR-WAN01#\n"


class Place:
    """one configuration beside one server"""

    def __init__(self, device, transcript=BEGIN):
        self.device = device
        self.write("script", transcript)
        device.play(device.path("script"))
        self.write("known", device.known_hosts())

    def write(self, name, text):
        with open(os.open(self.device.path(name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as f:
            f.write(text)

    def poll(self, login):
        self.write("sawatch.yml", "known_hosts: known\ndevices:\n  - name: DUT\n    platform: iosxe\n    address: 127.0.0.1\n"
                   "    ssh: {user: %s, port: %d, %s}\n" % (self.device.user, self.device.port, login))
        run = subprocess.run([SAWATCH, "poll", "--config", self.device.path("sawatch.yml"), "--format", "json", "DUT"],
                             capture_output=True, timeout=120, check=False)
        return run.returncode, json.loads(run.stdout) if run.stdout else {}, run.stderr.decode()


def check(what, good, *seen):
    if not good:
        raise AssertionError("%s: %s" % (what, " ".join(str(s) for s in seen)))
    print("ok  " + what, flush=True)


def is_read(result):
    """show version is; the transcript refuses the rest"""
    status, sample, _ = result
    table = sample.get("tables", [{}])[0]
    return status == 1 and table.get("name") == "show version" and table["status"] == "complete" and sample.get("uptime_seconds") == 273600


def users_keys():
    with sshd_kit.Sshd() as device:
        place = Place(device)
        for kind in ("rsa", "ecdsa"):
            device.authorize(sshd_kit.make_key(device.path("client_" + kind), kind) + ".pub")
            result = place.poll("key_file: client_" + kind)
            check("a user's key of kind " + kind, is_read(result), *result)
        sshd_kit.make_key(device.path("stranger"))
        status, sample, err = place.poll("key_file: stranger")
        check("a key that is not authorized", status == 3 and sample.get("error_class") == "auth", status, sample, err)
        check("is offered once", device.log().count("Failed publickey") == 1, device.log())


def host_keys():
    """each kind of host key alone, and session keys that change while an answer comes"""
    for kind in ("rsa", "ecdsa", "ed25519"):
        with sshd_kit.Sshd(host_key_kinds=(kind,), options=("RekeyLimit 16K",)) as device:
            result = Place(device, BEGIN + interfaces(1500)).poll("key_file: client")
            tables = {t["name"]: t for t in result[1].get("tables", [])}
            check("a host key of kind %s, new session keys every 16 KiB" % kind,
                  is_read(result) and tables["show interfaces"]["rows"] == 1500, result[0], tables.get("show interfaces"), result[2])


def old_algorithms():
    options = ("KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes256-cbc", "MACs hmac-sha1")
    with sshd_kit.Sshd(host_key_kinds=("rsa",), options=options) as device:
        place = Place(device)
        status, sample, _ = place.poll("key_file: client")
        # The server hangs up as soon as it has seen what we offer, which may be before we have seen what it does.
        check("old algorithms only", status == 3 and sample.get("error_class") in ("protocol", "cut"), status, sample)
        result = place.poll("key_file: client, old_algorithms: true")
        check("are taken where that is said", is_read(result), *result)


def dies():
    with sshd_kit.Sshd() as device:
        place = Place(device, BEGIN + "> 0.030 show crypto ipsec sa detail\\n\n< 0.001 show crypto ipsec sa detail\\r\\ninterface: Tunnel101\\r\\n\n. 0.100\n")
        status, sample, err = place.poll("key_file: client")
        tables = {t["name"]: t for t in sample.get("tables", [])}
        cut = tables.get("show crypto ipsec sa detail", {})
        check("an end in the middle of an answer", status == 1 and cut.get("status") == "partial" and cut.get("error_class") == "cut", status, cut, err)


users_keys()
host_keys()
old_algorithms()
dies()
