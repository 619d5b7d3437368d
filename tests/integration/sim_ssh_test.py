#!/usr/bin/env python3
"""OpenSSH's client talks to sawatch-sim: every way to log in, a shell, single commands, and what a device can do wrong."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SIM = os.path.abspath(os.path.join(os.environ["top_builddir"], "sawatch-sim"))
PASSWORD, ENABLE = "correct horse", "battery staple"
DEADLINE = 30

for tool in ("ssh", "ssh-keygen"):
    if not shutil.which(tool):
        print(tool + " is not installed (Debian: openssh-client)")
        sys.exit(77)

here = tempfile.mkdtemp()


def path(name):
    return os.path.join(here, name)


def write(name, text, mode=0o600):
    with open(path(name), "w") as f:
        f.write(text)
    os.chmod(path(name), mode)
    return path(name)


def read(name):
    with open(path(name)) as f:
        return f.read()


class Sim:
    def __init__(self, *options, verb=("run", "--control", "control")):
        for name in ("ports", "log"):
            if os.path.exists(path(name)):
                os.unlink(path(name))
        self.process = subprocess.Popen(
            [SIM, *verb, "--ssh", "--ssh-password-file", path("password"), "--ssh-authorized-keys", path("key.pub"), "--ssh-log", path("log"),
             "--ports-file", path("ports"), *options],
            cwd=here, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(path("errors"), "w"))
        wait_for(lambda: os.path.exists(path("ports")) or self.process.poll() is not None, "the simulation starts")
        assert self.process.poll() is None, read("errors")
        self.ports = {line.split()[0]: line.rsplit(":", 1)[1] for line in read("ports").splitlines() if " ssh " in line}

    def do(self, what):
        subprocess.run([SIM, "do", "--control", path("control"), what], check=True, timeout=DEADLINE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(DEADLINE) == 0, read("errors")


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "not in time: " + what
        time.sleep(0.02)


def arguments(sim, device, *options, user="sawatch"):
    return ["ssh", "-F", "none", *options, "-p", sim.ports[device], "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=" + path("known"),
            "-o", "GlobalKnownHostsFile=none", "-o", "HostKeyAlias=" + device, "-o", "LogLevel=ERROR", "-o", "IdentityAgent=none", "-o", "ConnectTimeout=10",
            "-l", user, "127.0.0.1"]


KEY = ("-o", "PreferredAuthentications=publickey", "-o", "IdentitiesOnly=yes", "-i", path("key"))


def ssh(sim, device, *command, options=KEY, user="sawatch", typed="", timeout=DEADLINE, secret=PASSWORD, known=False):
    """Runs the client; its answer has stdout, stderr, returncode."""
    if not known and os.path.exists(path("known")):
        os.unlink(path("known"))
    environment = dict(os.environ, SSH_ASKPASS=path("askpass"), SSH_ASKPASS_REQUIRE="force", SECRET=secret)
    return subprocess.run(arguments(sim, device, *options, user=user) + list(command), input=typed, env=environment, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)


def login(method, *more):
    return ("-o", "PreferredAuthentications=" + method, "-o", "NumberOfPasswordPrompts=1", *more)


def ways_to_log_in():
    with Sim() as sim:
        for method in ("password", "keyboard-interactive"):
            r = ssh(sim, "ASR-WAN01", "show clock", options=login(method))
            assert r.returncode == 0 and "UTC" in r.stdout, r
            r = ssh(sim, "ASR-WAN01", "show clock", options=login(method), secret="wrong")
            assert r.returncode == 255 and "Permission denied" in r.stderr, r
        assert ssh(sim, "ASA-XFW01", "show clock").returncode == 0
        assert ssh(sim, "ASA-XFW01", "show clock", user="root", options=login("password")).returncode == 255
        assert ssh(sim, "ASA-XFW01", "show clock", user="sawatch@dev0007").returncode == 0
        assert read("log").splitlines() == [
            "ASR-WAN01 sawatch password accepted", "ASR-WAN01 sawatch password refused",
            "ASR-WAN01 sawatch keyboard-interactive accepted", "ASR-WAN01 sawatch keyboard-interactive refused",
            "ASA-XFW01 sawatch publickey accepted", "ASA-XFW01 root password refused", "dev0007 sawatch publickey accepted"]
        for quirk, way, other in (("interactive-only", "keyboard-interactive", "password"), ("password-only", "password", "keyboard-interactive")):
            sim.do("quirk ASR-WAN01 %s on" % quirk)
            assert ssh(sim, "ASR-WAN01", "show clock", options=login(way)).returncode == 0
            r = ssh(sim, "ASR-WAN01", "show clock", options=login(other))
            assert r.returncode == 255 and other not in r.stderr, r
            sim.do("quirk ASR-WAN01 %s off" % quirk)
        with open("/proc/%d/cmdline" % sim.process.pid) as f:
            assert PASSWORD not in f.read()


def a_shell():
    with Sim("--ssh-enable-file", path("enable")) as sim:
        r = ssh(sim, "ASA-XFW01", options=KEY + ("-tt",), user="sawatch@fw7",
                typed="enable\r%s\rterminal pager 0\rshow crypto ipsec sa detail\rexit\r" % ENABLE)
        assert "fw7> enable" in r.stdout and "fw7# show crypto ipsec sa detail" in r.stdout, r.stdout
        assert r.stdout.count("remote crypto endpt") == 2 and "Logoff" in r.stdout, r.stdout
        assert ENABLE not in r.stdout and "More" not in r.stdout
        r = ssh(sim, "ASR-WAN01", options=KEY + ("-tt",), typed="show crypto ipsec sa\r q\rexit\r")
        assert r.stdout.count(" --More-- ") >= 1 and "ASR-WAN01>" in r.stdout, r.stdout


def the_same_counters_as_everywhere():
    with Sim("--tunnels", "500") as sim:
        sim.do("rate all a-to-b 0")
        sim.do("rate all b-to-a 0")
        answer = ssh(sim, "ASR-WAN01", "show crypto ipsec sa detail").stdout
        shown = subprocess.run([SIM, "show", "--control", path("control"), "ASR-WAN01", "show crypto ipsec sa detail"], stdout=subprocess.PIPE,
                               universal_newlines=True, check=True, timeout=DEADLINE).stdout
        timeless = [re.sub(r"\(\d+/\d+\)", "", text) for text in (answer, shown)]
        assert len(answer) > 1000000 and timeless[0] == timeless[1]
        assert ssh(sim, "ASR-WAN01", "show nothing").returncode == 1


def host_keys():
    keys = path("keys")
    os.mkdir(keys)
    strict = KEY + ("-o", "StrictHostKeyChecking=yes")
    with Sim("--ssh-host-keys", keys) as sim:
        assert ssh(sim, "ASR-WAN01", "show clock").returncode == 0
        assert ssh(sim, "ASR-WAN01", "show clock", options=strict, known=True).returncode == 0
    with Sim("--ssh-host-keys", keys) as sim:
        assert ssh(sim, "ASR-WAN01", "show clock", options=strict, known=True).returncode == 0
        sim.do("quirk ASR-WAN01 new-host-key on")
        r = ssh(sim, "ASR-WAN01", "show clock", options=strict, known=True)
        assert r.returncode == 255 and "Host key verification failed" in r.stderr, r
    assert os.stat(os.path.join(keys, "ASR-WAN01.ed25519")).st_mode & 0o777 == 0o600


def old_algorithms():
    old = ("-o", "KexAlgorithms=+diffie-hellman-group14-sha1", "-o", "HostKeyAlgorithms=+ssh-rsa", "-o", "Ciphers=+aes128-cbc")
    with Sim("--ssh-quirk", "ASR-WAN01:old-algorithms") as sim:
        r = ssh(sim, "ASR-WAN01", "show clock")
        assert r.returncode == 255 and r.stdout == "", r
        assert ssh(sim, "ASR-WAN01", "show clock", options=KEY + old).returncode == 0
        assert ssh(sim, "ASA-XFW01", "show clock").returncode == 0


def disturbed_sessions():
    with Sim("--ssh-quirk", "banner", "--ssh-quirk", "ASA-XFW01:motd") as sim:
        r = ssh(sim, "ASA-XFW01", options=KEY + ("-tt", "-o", "LogLevel=INFO"), typed="exit\r")
        assert "Only for those who are allowed to." in r.stderr and "Change window: Tuesday> 22:00" in r.stdout, r
        whole = ssh(sim, "ASR-WAN01", "show version").stdout
        for quirk in ("split-writes", "slow"):
            sim.do("quirk ASR-WAN01 %s on" % quirk)
            assert len(ssh(sim, "ASR-WAN01", "show version").stdout) == len(whole)
            sim.do("quirk ASR-WAN01 %s off" % quirk)
        sim.do("quirk ASR-WAN01 drop on")
        r = ssh(sim, "ASR-WAN01", "show version")
        assert r.returncode == 255 and whole.startswith(r.stdout[:100]) and 0 < len(r.stdout) < len(whole), r
        sim.do("quirk ASR-WAN01 drop off")
        sim.do("deny ASR-WAN01 show version")
        r = ssh(sim, "ASR-WAN01", "show version")
        assert r.returncode == 1 and r.stdout == "% Authorization failed.\n\n", r


def expect_silence(sim, device, *command):
    """The client gets nothing more, and whoever else comes is served."""
    hung = subprocess.Popen(arguments(sim, device, *KEY) + list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    other = "ASA-XFW01" if device == "ASR-WAN01" else "ASR-WAN01"
    assert ssh(sim, other, "show clock").returncode == 0
    assert hung.poll() is None, hung.stdout.read()
    hung.kill()
    hung.communicate()


def hangs():
    for quirk in ("hang-accept", "hang-kex", "hang-auth", "hang-shell", "hang-answer"):
        with Sim("--ssh-quirk", "ASR-WAN01:" + quirk) as sim:
            if quirk == "hang-shell":
                expect_silence(sim, "ASR-WAN01")
            else:
                expect_silence(sim, "ASR-WAN01", "show version")
            sim.do("quirk ASR-WAN01 %s off" % quirk)
            assert ssh(sim, "ASR-WAN01", "show version").returncode == 0


def a_sixth_session():
    with Sim("--ssh-quirk", "ASA-XFW01:session-limit") as sim:
        open_ones = [subprocess.Popen(arguments(sim, "ASA-XFW01", *KEY, "-tt"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                     for _ in range(5)]
        for one in open_ones:
            assert one.stdout.readline(), "a session did not open"
        assert ssh(sim, "ASA-XFW01", "show clock").returncode == 255
        for one in open_ones:
            one.kill()
            one.communicate()
        wait_for(lambda: ssh(sim, "ASA-XFW01", "show clock").returncode == 0, "a session is free again")


def what_ends_sessions():
    with Sim() as sim:
        for event in ("reload ASR-WAN01", "hangup ASR-WAN01"):
            one = subprocess.Popen(arguments(sim, "ASR-WAN01", *KEY, "-tt"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert one.stdout.readline()
            sim.do(event)
            assert one.wait(DEADLINE) == 255
            one.communicate()
        assert ssh(sim, "ASR-WAN01", "show clock").returncode == 0


def a_fleet():
    with Sim("--devices", "30", "--tunnels", "3", "--ssh-quirk", "motd", verb=("fleet",)) as sim:
        spis = set()
        for name in ("ASR-WAN01-1", "ASR-WAN01-30", "ASA-XFW01-30"):
            device = name.rsplit("-", 1)[0]
            shown = ssh(sim, device, "show crypto ipsec sa", user="sawatch@" + name).stdout
            found = re.findall(r"current outbound spi: (?:0x)?([0-9A-F]+)", shown)
            assert len(found) == 3 and not spis & set(found), (name, found)
            spis |= set(found)
            assert name + " up" in ssh(sim, device, "show version", user="sawatch@" + name).stdout
            r = ssh(sim, device, options=KEY + ("-tt",), user="sawatch@" + name, typed="exit\r")
            assert name + "#" in r.stdout.replace(" ", "") and ("Ticket" in r.stdout), r
        for name in ("ASR-WAN01-31", "ASR-WAN01-0", "ASR-WAN01-", "ASR-WAN01x1", "dev1"):
            assert ssh(sim, "ASR-WAN01", "show version", user="sawatch@" + name).returncode == 255, name


def nobody_could_log_in():
    r = subprocess.run([SIM, "run", "--ssh"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=DEADLINE)
    assert r.returncode == 1 and "nobody could log in" in r.stderr, r


try:
    write("password", PASSWORD + "\n")
    write("enable", ENABLE + "\n")
    write("askpass", '#!/bin/sh\necho "$SECRET"\n', 0o700)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path("key")], check=True, timeout=DEADLINE)
    for test in (ways_to_log_in, a_shell, the_same_counters_as_everywhere, host_keys, old_algorithms, disturbed_sessions, hangs, a_sixth_session,
                 what_ends_sessions, a_fleet, nobody_could_log_in):
        started = time.monotonic()
        test()
        print("- %s (%.1f s)" % (test.__name__.replace("_", " "), time.monotonic() - started), flush=True)
finally:
    shutil.rmtree(here)
