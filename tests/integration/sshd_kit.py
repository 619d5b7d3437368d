"""A real OpenSSH server on a free loopback port, started by a test, whose shell plays a transcript (ssh_player.py).

    with Sshd() as device:
        device.play("tests/fixtures/ssh/asa-enable.transcript")
        ... connect to 127.0.0.1, device.port, as device.user, with device.client_key; expect device.host_keys ...
        device.sessions()       # what was typed in each session that has ended

sshd runs as whoever runs the test and can log nobody else in, and it can check no password of theirs. So public keys (a file's, an agent's, with
and without a passphrase) are tested against sshd; password and keyboard-interactive logins, and wrong ones, against sawatch-sim.
"""
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from ports_kit import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
SSHD = shutil.which("sshd") or (os.path.exists("/usr/sbin/sshd") and "/usr/sbin/sshd")
DEADLINE = 20
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers end with a test that is ended


def need_sshd():
    """ends the test as skipped where OpenSSH's server or client is not installed"""
    missing = [n for n, found in (("openssh-server", SSHD), ("openssh-client", shutil.which("ssh"))) if not found]
    if missing:
        print("skipped: not installed: " + ", ".join(missing))
        sys.exit(77)


def make_key(path, kind="ed25519", passphrase=""):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", path], check=True, timeout=DEADLINE)
    return path


class Sshd:
    def __init__(self, host_key_kinds=("ed25519",), options=(), address="127.0.0.1"):
        self.dir = tempfile.mkdtemp(prefix="sawatch-sshd-")
        self.address = address
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.options = list(options)
        self.client_key = make_key(self.path("client"))
        self.host_key_kinds = list(host_key_kinds)
        for kind in host_key_kinds:
            make_key(self.path("host_" + kind), kind)
        shutil.copy(self.path("client.pub"), self.path("authorized_keys"))
        self.process = None
        self.port = free_port()

    def path(self, name):
        return os.path.join(self.dir, name)

    @property
    def host_keys(self):
        """{kind: "ssh-ed25519 AAAA…"}"""
        keys = {}
        for kind in self.host_key_kinds:
            with open(self.path("host_%s.pub" % kind), encoding="ascii") as f:
                keys[kind] = " ".join(f.read().split()[:2])
        return keys

    def known_hosts(self):
        """lines as in a known_hosts file"""
        return "".join("[%s]:%d %s\n" % (self.address, self.port, key) for key in self.host_keys.values())

    def authorize(self, public_key_file):
        with open(public_key_file, encoding="ascii") as f, open(self.path("authorized_keys"), "a", encoding="ascii") as to:
            to.write(f.read())

    def new_host_keys(self):
        """other keys of the same kinds, as after a device was replaced; restarts the server on its port"""
        self.stop()
        for kind in self.host_key_kinds:
            os.unlink(self.path("host_" + kind))
            os.unlink(self.path("host_%s.pub" % kind))
            make_key(self.path("host_" + kind), kind)
        self.start()

    def play(self, transcript):
        with open(self.path("playing.new"), "w", encoding="utf-8") as f:
            f.write(os.path.abspath(transcript))
        os.replace(self.path("playing.new"), self.path("playing"))

    def sessions(self):
        try:
            with open(self.path("report"), encoding="utf-8") as f:
                return [json.loads(line) for line in f]
        except FileNotFoundError:
            return []

    def wait_for_sessions(self, n):
        """the reports, once n sessions have ended"""
        end = time.monotonic() + DEADLINE
        while len(self.sessions()) < n:
            if time.monotonic() > end:
                raise AssertionError("%d sessions ended, %d were expected\n%s" % (len(self.sessions()), n, self.log()))
            time.sleep(0.02)
        return self.sessions()

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def start(self):
        if os.getuid() == 0:
            # sshd started as root wants it, and a service manager makes it otherwise; it stays: another test may be using it
            os.makedirs("/run/sshd", 0o755, exist_ok=True)
        lines = ["ListenAddress %s" % self.address, "Port %d" % self.port, "PidFile none", "StrictModes no", "UsePAM no",
                 "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PubkeyAuthentication yes", "PermitRootLogin yes",
                 "AuthorizedKeysFile %s" % self.path("authorized_keys"), "PrintMotd no", "PrintLastLog no", "LogLevel VERBOSE",
                 "ForceCommand exec %s %s %s" % (sys.executable, os.path.join(HERE, "ssh_player.py"), self.dir)]
        lines += ["HostKey %s" % self.path("host_" + kind) for kind in self.host_key_kinds]
        with open(self.path("config"), "w", encoding="ascii") as f:
            f.write("\n".join(self.options + lines) + "\n")  # the first of a keyword counts
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", self.path("config")], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + DEADLINE
        while True:
            with socket.socket() as s:
                if s.connect_ex((self.address, self.port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("sshd does not listen:\n" + self.log())
            time.sleep(0.02)

    def stop(self):
        if not self.process:
            return
        # The listener only; sessions, which have process groups of their own, end with their connections.
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
