"""A real snmpd with an AgentX socket, a real snmptrapd, and Net-SNMP's tools, in a folder of their own."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

from daemon_kit import wait_for
from ports_kit import free_port
from push_kit import fields

ROOT = ".1.3.6.1.4.1.8072.9999.9999.9857"


def need(*programs):
    """Ends the test as skipped where a program is not installed."""
    for name in programs:
        if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            print("skipped: %s is not installed" % name)
            sys.exit(77)


def found(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def outbox(house, part):
    """receiver -> the serial number up to which it is written down to be done, and the serial numbers that are kept"""
    with open(house.path("state/%s-outbox" % part), "rb") as f:
        data = f.read()
    done, kept, at = {}, [], 8
    while at + 24 <= len(data):
        n = int.from_bytes(data[at:at + 4], "little")
        record = dict(fields(data[at + 24:at + 24 + n]))
        if 1 in record:
            kept.append(dict(fields(record[1]))[2])
        elif 3 in record:
            done[record[2].decode()] = record[3]
        else:
            done.pop(record[2].decode(), None)
        at += 24 + n
    return done, kept


def all_done(house, part):
    done, kept = outbox(house, part)
    return done and kept and set(done.values()) == {max(kept)}


class Master:
    """snmpd as the master agent; its configuration is what doc/agentx.md says."""

    def __init__(self, house, lines=()):
        self.house = house
        self.port = free_port()
        self.socket = house.path("agentx.sock")
        self.process = None
        house.write("snmpd.conf", "\n".join([
            "agentAddress udp:127.0.0.1:%d" % self.port, "master agentx", "agentXSocket unix:%s" % self.socket,
            "agentXTimeout 5", "rocommunity public 127.0.0.1", *lines]) + "\n")

    def env(self):
        return dict(os.environ, SNMPCONFPATH=self.house.dir, SNMP_PERSISTENT_DIR=self.house.path("snmp-state"), MIBS="")

    def start(self):
        self.process = self.house.start([found("snmpd"), "-f", "-C", "-c", "snmpd.conf", "-Lf", "snmpd.log", "-I", "-smux"],
                                        env=self.env(), stdin=subprocess.DEVNULL)
        wait_for("snmpd's AgentX socket", lambda: os.path.exists(self.socket))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def ask(self, tool, *arguments, timeout=60, mibs=""):
        """What a tool of Net-SNMP prints, line by line; its options are numeric unless `mibs` names a folder."""
        env = dict(self.env(), MIBS="SAWATCH-MIB" if mibs else "", MIBDIRS=mibs)
        r = subprocess.run([tool, "-v2c", "-c", "public", "-t", "5", "-r", "2", *arguments[:-1],
                            "127.0.0.1:%d" % self.port, arguments[-1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           universal_newlines=True, timeout=timeout, env=env, check=False)
        return r.stdout.split("\n")[:-1]

    def get(self, below):
        """The value of one instance as text without its type; None where there is none."""
        line = self.ask("snmpget", "-On", ROOT + "." + below)[0]
        if "No Such" in line or " = " not in line:
            return None
        return re.sub(r"^[A-Za-z0-9-]+: ", "", line.split(" = ", 1)[1]).strip('"')

    def walk(self, below="1", *options):
        """[(oid below the root as a tuple, value with its type)]"""
        rows = []
        for line in self.ask("snmpbulkwalk", "-On", "-Cr50", *options, "%s.%s" % (ROOT, below)):
            m = re.match(re.escape(ROOT) + r"\.([0-9.]+) = (.*)", line)
            if m:
                rows.append((tuple(int(a) for a in m.group(1).split(".")), m.group(2)))
            elif rows and " = " not in line:
                rows[-1] = (rows[-1][0], rows[-1][1] + "\n" + line)
        return rows


class Receiver:
    """snmptrapd, which writes a line for each notification that it takes."""

    def __init__(self, house, lines=(), name="trapd"):
        self.house = house
        self.name = name
        self.port = free_port()
        house.write(name + ".conf", "\n".join([
            "disableAuthorization no", "authCommunity log public", *lines,
            "format2 %B|%v\\n", "outputOption n", "format1 %v\\n"]) + "\n")

    def start(self):
        env = dict(os.environ, SNMPCONFPATH=self.house.dir, SNMP_PERSISTENT_DIR=self.house.path(self.name + "-state"), MIBS="")
        self.process = self.house.start(
            [found("snmptrapd"), "-f", "-C", "-c", self.name + ".conf", "-Lf", self.name + ".log", "-On",
             "udp:127.0.0.1:%d" % self.port], env=env, stdin=subprocess.DEVNULL)
        wait_for("snmptrapd", lambda: "NET-SNMP version" in self.text())

    def text(self):
        try:
            return self.house.read(self.name + ".log")
        except OSError:
            return ""

    def taken(self):
        """[(arc of the notification, {oid below the root: value})]"""
        out = []
        for line in self.text().split("\n"):
            m = re.search(r"\.1\.3\.6\.1\.6\.3\.1\.1\.4\.1\.0 = OID: " + re.escape(ROOT) + r"\.0\.(\d+)", line)
            if m:
                values = dict(re.findall(re.escape(ROOT) + r"\.([0-9.]+) = ((?:\w|-)+: (?:\"(?:[^\"\\]|\\.)*\"|[^\t]*))", line))
                out.append((int(m.group(1)), values))
        return out
