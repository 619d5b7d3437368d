#!/usr/bin/env python3
"""check_sawatch --direct by SSH alone, by SNMP and SSH together, and where it keeps what it knows from run to run when nothing says where."""
import contextlib
import os
import re
import resource
import shutil
import socket
import stat
import subprocess
import sys
import time

from daemon_kit import others_reach
from ssh_kit import PASSWORD as PASSWORD_TEXT
from ssh_kit import BUILD, DEADLINE, QUICK, SECRETS, Sim, at_once, configuration, device, trust, wait_for

PASSWORD = "password_file: password, enable_file: enable" + QUICK
# Nobody's, so that /tmp/sawatch-UID is this test's alone; without the right to become another, our own.
UID = 1 << 20 | os.getpid() if os.getuid() == 0 and others_reach(os.path.join(BUILD, "check_sawatch")) else os.getuid()


def arguments(config, *options):
    return [os.path.join(BUILD, "check_sawatch"), "--direct", "--config", config, "-d", "ASA-XFW01", "-t", "50", *options]


def said(process):
    text, errors = process.communicate(timeout=DEADLINE)
    assert errors == "" and text.endswith("\n"), (text, errors)
    for secret in SECRETS:
        assert secret not in text, "a secret is printed"
    return process.returncode, text


def no_room():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def start(config, *options, uid=None, full_disk=False, **environment):
    settings = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    settings.update(environment, COMMUNITY="public")
    other = {"user": uid, "group": uid, "extra_groups": []} if uid and uid != os.getuid() else {}
    if full_disk:
        other.update(preexec_fn=no_room, restore_signals=False)  # SIGXFSZ stays ignored: a write fails
    return subprocess.Popen(arguments(config, *options), env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            universal_newlines=True, **other)


def direct(*how, **more):
    return said(start(*how, **more))


def mode(path):
    s = os.lstat(path)
    return stat.S_ISDIR(s.st_mode), stat.S_IMODE(s.st_mode), s.st_uid


def rates(text):
    return [float(rate) for rate in re.findall(r"_in_bps'=([\d.e+]+);", text)]


def by_ssh(place):
    """The first run has states and no rates, the second has both; the text names SSH."""
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASA-XFW01", PASSWORD))
        run = place.path("run")
        os.mkdir(run, 0o700)
        status, text = direct(config, XDG_RUNTIME_DIR=run)
        assert status == 3 and "host key" in text, text  # it is shown nobody's password
        trust(config, "ASA-XFW01")
        status, text = direct(config, XDG_RUNTIME_DIR=run)
        assert status == 0 and "2 tunnels: 2 up" in text, text
        assert mode(run + "/sawatch") == (True, 0o700, os.getuid()), "its own folder in $XDG_RUNTIME_DIR"
        assert mode(run + "/sawatch/ASA-XFW01") == (True, 0o700, os.getuid())
        found = wait_for(lambda: rates(direct(config, "-m", "throughput", XDG_RUNTIME_DIR=run)[1]), "rates from run to run")
        assert len(found) == 2 and all(rate >= 0 for rate in found), found
        status, text = direct(config, "-m", "lifetime", "-n", "192.0.2.1-198.51.100.1", XDG_RUNTIME_DIR=run)
        assert status == 0 and re.search(r"'sa_remaining'=[1-9]\d*s", text), text  # SSH says what remains
        sim.do("cut 1")
        status, text = direct(config, XDG_RUNTIME_DIR=run)
        assert status == 2 and "1 down" in text, text


def by_both(place):
    """Two sources of one device: each is told, and the one that fails is a WARNING of mode device, not an outage."""
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASA-XFW01", PASSWORD, snmp=True))
        trust(config, "ASA-XFW01")
        keep = "--state-dir=" + place.path("keep")
        status, text = direct(config, "-m", "device", keep)
        assert status == 0 and "snmp complete" in text and "ssh complete" in text, text
        many = [start(config, keep) for _ in range(4)]
        for process in many:
            status, text = said(process)
            assert status == 0 and "2 tunnels: 2 up" in text, text
        found = wait_for(lambda: rates(direct(config, "-m", "throughput", keep)[1]), "rates from run to run")
        assert len(found) == 2, found
        place.write("password", "do-not-print-me\n")
        status, text = direct(config, "-m", "device", keep)
        assert status == 1 and "snmp complete" in text and "ssh failed: " in text, text
        status, text = direct(config, keep)
        assert status == 0 and "2 up" in text, text


def in_tmp(place):
    """Without $XDG_RUNTIME_DIR: /tmp/sawatch-UID, which another may have laid there before."""
    with Sim(place) as sim:
        row = "- {name: ASA-XFW01, platform: asa, address: 127.0.0.1, snmp: {version: 2c, community_env: COMMUNITY, port: %d}}\n"
        config = configuration(place, row % sim.ports["ASA-XFW01", "snmp"])
        folder = "/tmp/sawatch-%d" % UID
        if os.path.lexists(folder):
            return  # somebody's who works here by this account
        os.chown(config, UID, -1)
        os.chmod(place.folder, 0o711)
        try:
            os.mkdir(place.path("elsewhere"))
            os.chown(place.path("elsewhere"), UID, -1)
            os.symlink(place.path("elsewhere"), folder)
            status, text = direct(config, uid=UID)
            assert status == 3 and "is no folder of ours alone (" in text, text
            assert os.listdir(place.path("elsewhere")) == [], "nothing is written through another's link"
            os.unlink(folder)
            if UID != os.getuid():
                os.mkdir(folder, 0o777)
                os.chmod(folder, 0o755)  # root's: not writable for others, but not ours
                status, text = direct(config, uid=UID)
                assert status == 3 and "is no folder of ours alone" in text and os.listdir(folder) == [], text
                os.rmdir(folder)
            many = [start(config, uid=UID, XDG_RUNTIME_DIR=where) for where in ("", "relative", "", "")]  # who makes it first, does not matter
            for process in many:
                status, text = said(process)
                assert status == 0 and "2 tunnels: 2 up" in text, text
            assert mode(folder) == (True, 0o700, UID) and os.listdir(folder) == ["ASA-XFW01"]
            os.chmod(folder, 0o770)
            status, text = direct(config, uid=UID)
            assert status == 3 and "is no folder of ours alone" in text, text
        finally:
            with contextlib.suppress(OSError):
                os.unlink(folder)
            shutil.rmtree(folder, ignore_errors=True)


def no_lockout(place):
    """A monitoring system repeats what failed: an account must survive that. The refusal is remembered from run to run."""
    wrong = "password_file: wrong, enable_file: enable" + QUICK
    with Sim(place) as sim:
        shared = [device(sim, "FW%d" % i, "password_file: other, enable_file: enable" + QUICK, of="ASA-XFW01", user="sawatch") for i in range(6)]
        config = configuration(place, device(sim, "ASA-XFW01", wrong), *shared)
        place.write("other", "do-not-print-me\n")
        trust(config, "ASA-XFW01")
        keep = "--state-dir=" + place.path("keep")
        status, text = direct(config, keep)
        assert status == 3 and "the device refuses the login" in text and len(sim.attempts()) == 1, (text, sim.attempts())
        many = [start(config, keep, "-m", mode) for mode in ("tunnel", "device", "replay", "bgp", "ike", "mtu")]
        for process in many:
            status, text = said(process)
            assert status == 3 and "the login failed at " in text and "not tried again before " in text, text
            assert "'tunnels'=" not in text, "what was not read is not 0: " + text
        assert len(sim.attempts()) == 1, "a login that was refused is tried again: %s" % sim.attempts()

        # What the operator does: the password is written anew. It counts at once.
        place.write("wrong", PASSWORD_TEXT + "\n")
        os.utime(place.path("wrong"), (2 ** 31 - 1, 2 ** 31 - 1))  # whatever the file system's clock is
        status, text = direct(config, keep)
        assert status == 0 and "2 tunnels: 2 up" in text and len(sim.attempts()) == 2, (text, sim.attempts())

        # One account at six devices, all checked at once: three refusals are enough.
        many = [start(config, keep, "-d", "FW%d" % i) for i in range(6)]
        texts = [said(process)[1] for process in many]
        assert len(sim.attempts()) == 5, (texts, sim.attempts())
        assert sum("the logins with this account at the last devices failed at " in text for text in texts) == 3, texts

        # A server that never says who it is: in time, by its own name, and nothing is held against the account.
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(1)
            row = "- {name: MUTE, platform: asa, address: 127.0.0.1, ssh: {port: %d, user: x, %s}}\n" % (silent.getsockname()[1], wrong)
            mute = configuration(place, row, name="mute.yml")
            status, text = direct(mute, keep, "-d", "MUTE", "-t", "4")
            assert status == 3 and "MUTE: " in text and re.search("in time|deadline|the time ran out", text), text

        # Killed over a login: nobody knows what became of it.
        path = place.path("keep/ASA-XFW01/login")
        with open(path, encoding="ascii") as f:
            good = f.read()
        place.write("keep/ASA-XFW01/login", "t %020d 000\n" % (int(good.split()[1]) + 5000))
        status, text = direct(config, keep)
        assert len(sim.attempts()) == 6 and status == 0, "a time that is to come is that of a wrong clock: " + text
        place.write("keep/ASA-XFW01/login", "t %020d 005\n" % (time.time() * 1000 - 1000))
        status, text = direct(config, keep)
        assert status == 3 and "the login was lost at " in text and len(sim.attempts()) == 6, text
        place.write("keep/ASA-XFW01/login", "rubbish")
        assert direct(config, keep)[0] == 0, "what nobody can read is a new file"

        # A refusal that cannot be remembered is not risked; what SNMP says is told all the same.
        both = configuration(place, device(sim, "ASA-XFW01", wrong, snmp=True), name="both.yml")
        status, text = said(start(both, keep, "-m", "device", full_disk=True))
        assert status == 1 and "snmp complete" in text and "so none is tried" in text and "no rates: nothing can be kept" in text, text
        assert len(sim.attempts()) == 7, sim.attempts()


def damaged(place):
    """Whatever is left of the state, a check answers: states at once, rates from the next on."""
    with Sim(place) as sim:
        row = "- {name: ASA-XFW01, platform: asa, address: 127.0.0.1, snmp: {version: 2c, community_env: COMMUNITY, port: %d}}\n"
        config = configuration(place, row % sim.ports["ASA-XFW01", "snmp"])
        keep = place.path("keep")
        for content in (b"", b"SQLite format 3\0" + b"\xff" * 4000, b"rubbish" * 1000):
            assert direct(config, "--state-dir", keep)[0] == 0
            with open(keep + "/ASA-XFW01/state.db", "wb") as f:
                f.write(content)
            status, text = direct(config, "--state-dir", keep)
            assert status == 0 and "2 tunnels: 2 up" in text and text.count("\n") == 1, text
        # Killed wherever they are: the next one is as good as ever.
        for turn in range(8):
            process = start(config, "--state-dir", keep)
            wait_for(lambda: process.poll() is not None or turn < 4 or os.path.exists(keep + "/ASA-XFW01/state.db-journal"), "a write")
            process.kill()
            process.communicate()
        status, text = direct(config, "--state-dir", keep)
        assert status == 0 and "2 tunnels: 2 up" in text, text


if __name__ == "__main__":
    sys.exit(at_once(by_ssh, by_both, in_tmp, no_lockout, damaged))
