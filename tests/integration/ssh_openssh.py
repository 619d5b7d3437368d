#!/usr/bin/env python3
"""OpenSSH's client at OpenSSH's server with a terminal between them: transcripts come through it byte for byte."""
import os
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "integration"))
import ssh_player  # noqa: E402
import sshd_kit  # noqa: E402

sshd_kit.need_sshd()
FIXTURES = os.path.join(os.environ["top_srcdir"], "tests", "fixtures", "ssh")
PLAYED = ("iosxe-enable", "iosxe-pagers", "iosxe-log-messages", "asa-enable", "iosxe-cut")
DEADLINE = 30


def client(device):
    with open(device.path("known_hosts"), "w", encoding="ascii") as f:
        f.write(device.known_hosts())
    return subprocess.Popen(
        ["ssh", "-F", "none", "-tt", "-q", "-p", str(device.port), "-i", device.client_key, "-o", "IdentitiesOnly=yes",
         "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + device.path("known_hosts"),
         "-o", "EscapeChar=none", "%s@127.0.0.1" % device.user],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def read(pipe, want):
    """as many bytes as were wanted, or as come"""
    got, end = b"", time.monotonic() + DEADLINE
    while len(got) < want and select.select([pipe], [], [], max(0, end - time.monotonic()))[0]:
        more = os.read(pipe.fileno(), want - len(got))
        if not more:
            break
        got += more
    return got


def play(device, path):
    """types what the transcript types when all before it has come; says what is wrong"""
    ssh = client(device)
    try:
        for mark, _, data in ssh_player.parse(path):
            if mark == "<":
                got = read(ssh.stdout, len(data))
                if got != data:
                    return "came: %r\nexpected: %r\n%s" % (got, data, device.log())
            elif mark in ">*":
                ssh.stdin.write(data if mark == ">" else b"s3cret")
            elif read(ssh.stdout, 1):
                return "more than what was expected"
        return ""
    finally:
        ssh.kill()
        ssh.stdin.close()
        ssh.wait()
        ssh.stdout.close()


failed = 0
with sshd_kit.Sshd(host_key_kinds=("ed25519", "ecdsa")) as device:
    for number, name in enumerate(PLAYED, 1):
        path = os.path.join(FIXTURES, name + ".transcript")
        device.play(path)
        wrong = play(device, path)
        report = device.wait_for_sessions(number)[-1]
        if wrong or report["unexpected"] or report["left"]:
            print("FAIL: %s: %s %s" % (name, wrong, report))
            failed += 1
        else:
            print("ok  %s: %d lines typed" % (name, len(report["typed"])))
sys.exit(failed != 0)
