#!/usr/bin/python3
"""netmiko drives the simulated devices as it would drive real ones: log in, enable, turn paging off, ask, and get what the simulation says."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

try:
    from netmiko import ConnectHandler
except ImportError:
    print("netmiko is not installed (Debian: python3-netmiko)")
    sys.exit(77)

SIM = os.path.join(os.environ["top_builddir"], "sawatch-sim")
PASSWORD, ENABLE = "correct horse", "battery staple"
DEADLINE = 30
# nothing in them moves with time once no packet does, lifetimes and ages aside
COMMANDS = {
    "ASA-XFW01": ["show crypto ipsec sa detail", "show crypto ikev2 sa detail", "show vpn-sessiondb detail l2l", "show interface", "show bgp summary",
                  "show running-config"],
    "ASR-WAN01": ["show crypto ipsec sa detail", "show crypto ikev2 sa detail", "show crypto session detail", "show interfaces", "show ip bgp summary",
                  "show crypto mib ipsec flowmib tunnel", "show running-config"],
}
TYPES = {"ASA-XFW01": "cisco_asa", "ASR-WAN01": "cisco_xe"}


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "not in time: " + what
        time.sleep(0.02)


def timeless(text):
    """Without what goes on while one looks: times, ages and what counts messages by them."""
    text = re.sub(r"\d+d ?\d+h\S*|\d+h:\d+m:\d+s|\d+:\d\d:\d\d|\(\d+/\d+\)", "T", text)
    text = re.sub(r"(Time: 86400/|Left\(T\): |KB/Sec\) \d+/)\d+", r"\1T", text)
    text = re.sub(r"(req mess|next mess|req msg|next msg|req queued)( id)?: +\d+", r"\1", text)
    text = re.sub(r"^(\d+\.\S+ +4 +\d+ )(.*)$", lambda m: m.group(1) + m.group(2).split()[-1], text, flags=re.M)
    return [line.rstrip() for line in text.strip().splitlines()]


class Sim:
    def __init__(self, here):
        self.here = here
        for name, text in (("password", PASSWORD), ("enable", ENABLE)):
            with open(os.path.join(here, name), "w") as f:
                f.write(text + "\n")
        self.ports_file, self.control = os.path.join(here, "ports"), os.path.join(here, "control")
        self.process = subprocess.Popen(
            [SIM, "run", "--tunnels", "8", "--lifetime", "86400", "--ssh", "--ssh-password-file", os.path.join(here, "password"), "--ssh-enable-file",
             os.path.join(here, "enable"), "--ports-file", self.ports_file, "--control", self.control],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.ports_file) or self.process.poll() is not None, "the simulation starts")
        with open(self.ports_file) as f:
            self.ports = {line.split()[0]: int(line.rsplit(":", 1)[1]) for line in f if " ssh " in line}
        for direction in ("a-to-b", "b-to-a"):
            self.do("rate all %s 0" % direction)

    def do(self, what):
        subprocess.run([SIM, "do", "--control", self.control, what], check=True, timeout=DEADLINE)

    def show(self, device, command):
        return subprocess.run([SIM, "show", "--control", self.control, device, command], stdout=subprocess.PIPE, universal_newlines=True, check=True,
                              timeout=DEADLINE).stdout

    def stop(self):
        self.process.terminate()
        assert self.process.wait(DEADLINE) == 0


def drive(sim, device):
    connection = ConnectHandler(device_type=TYPES[device], host="127.0.0.1", port=sim.ports[device], username="sawatch", password=PASSWORD, secret=ENABLE, fast_cli=True,
                                timeout=DEADLINE)
    connection.enable()
    assert connection.check_enable_mode()
    assert connection.find_prompt() == device + "#", connection.find_prompt()
    for command in COMMANDS[device]:
        got, said = timeless(connection.send_command(command)), timeless(sim.show(device, command))
        different = [pair for pair in zip(got, said) if pair[0] != pair[1]]
        assert not different and len(got) == len(said), (command, len(got), len(said), different[:3])
        assert len(said) > 8, command
        print("- %s: %s, %d lines" % (device, command, len(said)), flush=True)
    refused = connection.send_command("show everything")
    assert "% Invalid input detected at '^' marker." in refused, refused
    connection.disconnect()


here = tempfile.mkdtemp()
try:
    simulation = Sim(here)
    try:
        for name in sorted(TYPES):
            drive(simulation, name)
        simulation.do("quirk ASR-WAN01 motd on")
        simulation.do("rename ASR-WAN01 ASR-OTHER")
        other = ConnectHandler(device_type="cisco_xe", host="127.0.0.1", port=simulation.ports["ASR-WAN01"], username="sawatch", password=PASSWORD,
                               secret=ENABLE, fast_cli=True, timeout=DEADLINE)
        assert other.find_prompt() == "ASR-OTHER>", other.find_prompt()
        other.disconnect()
    finally:
        simulation.stop()
finally:
    shutil.rmtree(here)
