"""What the tests of sawatchd share: a folder with a configuration, simulated devices, the daemon, and waiting for conditions."""
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

BUILD = os.environ.get("top_builddir", ".")
SOURCE = os.environ.get("top_srcdir", ".")
DEADLINE = 90  # seconds for anything that is waited for, on a machine that does much else


def program(name):
    return os.path.join(BUILD, name)


def others_reach(path):
    """whether another user may run what lies there: a checkout below /root lets nobody in"""
    path = os.path.abspath(path)
    folders = [path[:i] or "/" for i, c in enumerate(path) if c == "/"]
    return all(os.stat(p).st_mode & 0o001 for p in folders + [path])


def wait_for(what, condition, seconds=DEADLINE):
    """The first true value of condition(); an exception that names what did not come."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s" % (seconds, what))
        time.sleep(0.05)


def check(what, good):
    if not good:
        raise AssertionError(what)
    print("ok  " + what, flush=True)


def children(pid):
    """role -> process id, as their command lines say"""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError):
            with open("/proc/%s/stat" % entry, encoding="ascii", errors="replace") as f:
                if int(f.read().rsplit(")", 1)[1].split()[1]) != pid:
                    continue
            with open("/proc/%s/cmdline" % entry, "rb") as f:
                role = re.search(rb"--child=([^\0]*)", f.read())
            if role:
                found[role.group(1).decode()] = int(entry)
    return found


class House:
    """A folder, the processes that were started in it, and how all of them end."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sawatchd-test-")
        self.processes = []
        self.daemon = None
        self.url = None
        self.write("community", secrets.token_hex(8))
        self.write("auth", secrets.token_hex(12))
        self.write("priv", secrets.token_hex(12))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(self.log(), file=sys.stderr)
        for p in reversed(self.processes):
            if p.poll() is None:
                p.terminate()
                try:
                    p.wait(10)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
            for stream in (p.stdin, p.stdout, p.stderr):
                if stream:
                    stream.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def start(self, args, **how):
        p = subprocess.Popen(args, cwd=self.dir, **how)
        self.processes.append(p)
        return p

    def simulate(self, *options):
        """Starts sawatch-sim; returns device -> UDP port."""
        def ports():
            if sim.poll() is not None:
                raise AssertionError("sawatch-sim ended with status %d" % sim.returncode)
            try:
                found = dict(re.findall(r"^(\S+) snmp \S+:(\d+)$", self.read("ports"), re.M))
            except OSError:
                return None
            return found if len(found) == 2 else None

        sim = self.start([program("sawatch-sim"), "run", "--control", "sim.sock", "--ports-file", "ports",
                          "--community", self.read("community"), "--v3-user", "sawatch", "--v3-auth", "sha256",
                          "--v3-auth-file", "auth", "--v3-priv", "aes128", "--v3-priv-file", "priv", *options],
                         stdout=subprocess.DEVNULL)
        return wait_for("ports of the simulated devices", ports)

    def tell_sim(self, what):
        subprocess.run([program("sawatch-sim"), "do", "--control", "sim.sock", what], cwd=self.dir, check=True,
                       stdout=subprocess.DEVNULL)

    def fake_agent(self, *faults):
        """Starts an agent that misbehaves; returns its UDP port."""
        script = os.path.join(SOURCE, "tests", "integration", "fake_agent.py")
        walk = os.path.join(SOURCE, "tests", "fixtures", "snmp", "asa-xfw01.snmprec")
        agent = self.start([sys.executable, script, walk, *faults], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return int(agent.stdout.readline())

    def configure(self, devices, name="sawatch.yml", state_dir="state", **top):
        lines = ["%s: %s" % item for item in {"listen": "127.0.0.1:0", **top}.items()]
        lines += ["snmp_defaults: {version: 2c, community_file: community, interval: 1s, timeout: 200ms, retries: 1, "
                  "deadline: 900ms}", "devices:"]
        self.write(name, "\n".join(lines + devices + ["state_dir: " + state_dir]) + "\n")

    def run_daemon(self, *options, wrapper=(), env=None):
        self.daemon_log = open(self.path("log"), "a", encoding="utf-8")
        with contextlib.suppress(OSError):
            os.unlink(self.path("url"))
        # LeakSanitizer starts a process at the end, which the sandbox refuses.
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", **(env or {}))
        env.pop("JOURNAL_STREAM", None)
        self.daemon = self.start([*wrapper, program("sawatchd"), "--config", "sawatch.yml", "--ready-file", "url", *options],
                                 stderr=self.daemon_log, env=env)
        self.daemon_log.close()

        def url():
            if self.daemon.poll() is not None:
                raise AssertionError("sawatchd ended with status %d" % self.daemon.returncode)
            return os.path.exists(self.path("url"))

        wait_for("the daemon's URL", url)
        self.url = self.read("url").strip()

    def log(self):
        return self.read("log") if os.path.exists(self.path("log")) else ""

    def get(self, path):
        """status and body"""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    def metric(self, line_start):
        """The value of the metric line that starts so; None if there is none."""
        for line in self.get("metrics")[1].split("\n"):
            if line.startswith(line_start):
                return float(line.rsplit(" ", 1)[1])
        return None

    def metrics(self, name):
        """labels -> value of all lines of one name"""
        found = {}
        for line in self.get("metrics")[1].split("\n"):
            m = re.match(re.escape(name) + r"(\{.*\})? (\S+)$", line)
            if m:
                found[m.group(1) or ""] = float(m.group(2))
        return found

    def api(self, what):
        return json.loads(self.get("api/v1/" + what)[1])

    def plugin(self, *options):
        """exit status and text of check_sawatch"""
        r = subprocess.run([program("check_sawatch"), "--server", self.url.rstrip("/"), *options], stdout=subprocess.PIPE,
                           universal_newlines=True, check=False)
        return r.returncode, r.stdout

    def reload(self):
        self.daemon.send_signal(signal.SIGHUP)

    def stop(self):
        """Ends the daemon as systemd does; returns its exit status and how long it took."""
        began = time.monotonic()
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(DEADLINE)
        return self.daemon.returncode, time.monotonic() - began
