"""What the tests of polling by SSH share: sawatch-sim with its SSH face, a configuration beside it, and the tools that read it."""
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

BUILD = os.environ["top_builddir"]
SAWATCH, SAWATCHD, SIM = (os.path.join(BUILD, name) for name in ("sawatch", "sawatchd", "sawatch-sim"))
PASSWORD, WRONG, ENABLE = "correct horse", "do-not-print-me", "battery staple"
SECRETS = (PASSWORD, WRONG, ENABLE)
DEADLINE = 60
QUICK = ", timeout: 10s, command_timeout: 10s, deadline: 30s"
PLATFORMS = {"ASA-XFW01": "asa", "ASR-WAN01": "iosxe"}

for tool in ("ssh-keygen", "ssh-agent"):
    if not shutil.which(tool):
        print(tool + " is not installed (Debian: openssh-client)")
        sys.exit(77)


def wait_for(condition, what, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "not in time: " + what
        time.sleep(0.02)


class Place:
    """A folder with secrets and keys; its files are private."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        os.mkdir(self.path("hostkeys"))
        for name, text in (("password", PASSWORD), ("wrong", WRONG), ("enable", ENABLE)):
            self.write(name, text + "\n")
        for name, passphrase in (("key", ""), ("locked", ENABLE)):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", self.path(name)], check=True)
        self.write("authorized", self.read("key.pub") + self.read("locked.pub"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def read(self, name):
        if not os.path.exists(self.path(name)):
            return ""
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


def at_once(*tests):
    """Runs tests at the same time, as they mostly wait, each in a process and a place of its own; ends the program: 0 if all are good."""
    def alone(test):
        began = time.monotonic()
        with Place() as place:
            test(place)
        print("ok: %s (%.1f s)" % (test.__name__, time.monotonic() - began), flush=True)

    processes = [multiprocessing.get_context("fork").Process(target=alone, args=(test,), name=test.__name__) for test in tests]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    failed = [process.name for process in processes if process.exitcode != 0]
    if failed:
        print("FAILED: " + ", ".join(failed))
    sys.exit(1 if failed else 0)


class Sim:
    """sawatch-sim, answering by SNMP and SSH."""

    def __init__(self, place, *options):
        self.place = place
        for name in ("ports", "log"):
            if os.path.exists(place.path(name)):
                os.unlink(place.path(name))
        self.process = subprocess.Popen(
            [SIM, "run", "--ssh", "--ssh-password-file", place.path("password"), "--ssh-authorized-keys", place.path("authorized"),
             "--ssh-host-keys", place.path("hostkeys"), "--ssh-log", place.path("log"), "--ports-file", place.path("ports"),
             "--control", place.path("control"), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(place.path("sim-errors"), "w"))
        wait_for(lambda: os.path.exists(place.path("ports")) or self.process.poll() is not None, "the simulation starts")
        assert self.process.poll() is None, place.read("sim-errors")
        self.ports = {}
        for line in place.read("ports").splitlines():
            device, kind, address = line.split()
            self.ports[device, kind] = int(address.rsplit(":", 1)[1])

    def do(self, what):
        subprocess.run([SIM, "do", "--control", self.place.path("control"), what], check=True, timeout=DEADLINE)

    def attempts(self):
        """[(device, user, method, outcome)], as the device saw them"""
        return [tuple(line.split()) for line in self.place.read("log").splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(DEADLINE) == 0, self.place.read("sim-errors")


def device(sim, name, ssh, snmp=False, of=None, user=None, more=""):
    """A row of the configuration: `name` is the simulated device of that name, or one more like `of`."""
    of = of or name
    user = user or ("sawatch" if of == name else "sawatch@" + name)
    row = "- {name: %s, platform: %s, address: 127.0.0.1, ssh: {port: %d, user: %s, %s}%s" % (
        name, PLATFORMS[of], sim.ports[of, "ssh"], user, ssh, more)
    if snmp:
        row += ", snmp: {version: 2c, community_env: COMMUNITY, port: %d, timeout: 2s, deadline: 20s%s}" % (
            sim.ports[of, "snmp"], snmp if isinstance(snmp, str) else "")
    return row + "}\n"


def configuration(place, *rows, head="", name="sawatch.yml"):
    return place.write(name, head + "devices:\n" + "".join(rows))


def run(*command, status=None, **more):
    """Runs a tool; its output is text, and has no secret in it."""
    environment = dict(os.environ, COMMUNITY="public", **more.pop("environment", {}))
    r = subprocess.run(command, env=environment, timeout=DEADLINE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       universal_newlines=True, check=False, **more)
    for secret in SECRETS:
        assert secret not in r.stdout + r.stderr, "a secret is printed"
    assert status is None or r.returncode == status, (command, r)
    return r


def trust(config, name, *options, status=0):
    return run(SAWATCH, "trust", "--config", config, "--yes", *options, name, status=status)


def poll(config, name, *options, source="ssh", status=None, environment=()):
    """The sample as JSON, the exit status, what was said."""
    r = run(SAWATCH, "poll", "--config", config, "--format", "json", "--source", source, *options, name, status=status,
            environment=dict(environment))
    return json.loads(r.stdout) if r.stdout else None, r.returncode, r.stderr


def tables(sample):
    return {t["name"]: t for t in sample["tables"]}


def lasting(sample):
    """what stands still however often it is read"""
    sas = []
    for sa in sample["ipsec_sas"]:
        sas.append({key: value for key, value in sa.items() if isinstance(value, (str, int)) and "packets" not in key and "bytes" not in key
                    and "remaining" not in key})
    return [t["name"] for t in sample["tables"]], sas, len(sample["ike_sas"]), sample.get("unparsed")


class Agent:
    """An SSH agent that holds `key`."""

    def __init__(self, place):
        self.socket = place.path("agent")
        self.process = subprocess.Popen(["ssh-agent", "-D", "-a", self.socket], stdout=subprocess.DEVNULL)
        environment = dict(os.environ, SSH_AUTH_SOCK=self.socket)
        # The socket is there before the agent listens on it; 2: it could not be asked.
        wait_for(lambda: subprocess.run(["ssh-add", "-l"], env=environment, capture_output=True).returncode != 2, "the agent starts")
        subprocess.run(["ssh-add", "-q", place.path("key")], env=environment, check=True)

    def __enter__(self):
        return {"SSH_AUTH_SOCK": self.socket}

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


class Daemon:
    def __init__(self, place, config, *options, environment=()):
        self.place = place
        self.ready = place.path("ready")
        self.log_path = place.path("daemon-log")
        self.process = subprocess.Popen([SAWATCHD, "--config", config, "--no-state", "--ready-file", self.ready, *options],
                                        env=dict(os.environ, COMMUNITY="public", **dict(environment)), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=open(self.log_path, "w"))
        wait_for(lambda: os.path.exists(self.ready) or self.process.poll() is not None, "the daemon starts")
        assert self.process.poll() is None, self.log()
        self.url = place.read("ready").strip()

    def log(self):
        return self.place.read("daemon-log")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=DEADLINE) as answer:
            return answer.read().decode()

    def metric(self, start):
        """{the rest of the line before the value: value} of the series that begin so"""
        found = {}
        for line in self.get("metrics").splitlines():
            if line.startswith(start):
                series, value = line.rsplit(" ", 1)
                found[series[len(start):]] = float(value)
        return found

    def collector(self):
        """the process id of the one collector"""
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid), encoding="ascii") as f:
            for pid in f.read().split():
                with open("/proc/%s/cmdline" % pid, encoding="utf-8") as c:
                    if "collector-1" in c.read():
                        return int(pid)
        return None

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        status = self.process.wait(DEADLINE)
        if kind:
            print(self.log())
        assert status == 0, self.log()
        for secret in SECRETS:
            assert secret not in self.log(), "a secret is in the log"
