#!/usr/bin/env python3
"""check_sawatch --direct polls the device itself: the same verdicts as with a daemon, rates from run to run, many runs at once, silence in time."""
import fcntl
import os
import re
import socket
import stat
import subprocess

from daemon_kit import House, check, program, wait_for



def arguments(*options):
    return [program("check_sawatch"), "--direct", "--config", house.path("sawatch.yml"), "--state-dir", house.path("direct"), *options]


def direct(*options, env=None):
    r = subprocess.run(arguments(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=60,
                       check=False, env=env)
    check("nothing on standard error, one line: %s" % r.stdout.strip(), r.stderr == "" and r.stdout.count("\n") == 1)
    return r.returncode, r.stdout


with House() as house:
    ports = house.simulate()
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    house.configure(["  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}" % (name, platform, port)
                     for name, platform, port in (("ASA-XFW01", "asa", ports["ASA-XFW01"]), ("SILENT", "asa", silent.getsockname()[1]))])
    status, text = direct("-d", "ASA-XFW01")
    check("both tunnels are up", status == 0 and "2 tunnels: 2 up" in text)
    folder = house.path("direct")
    check("the folder is ours alone", stat.S_IMODE(os.stat(folder).st_mode) == 0o700)

    status, text = direct("-d", "ASA-XFW01", "-m", "throughput")
    rates = wait_for("rates from run to run", lambda: re.findall(r"_in_bps'=([\d.e+]+);", direct("-d", "ASA-XFW01", "-m", "throughput")[1]))
    check("rates are of this device's traffic: %s" % rates, len(rates) == 2 and all(float(r) >= 0 for r in rates))

    house.tell_sim("cut 1")
    status, text = direct("-d", "ASA-XFW01")
    check("a tunnel that was cut is CRITICAL", status == 2 and "1 down" in text)
    name = re.search(r"; (\S+) to \S+: down", text).group(1)
    check("by its name, too", direct("-d", "ASA-XFW01", "-n", name)[0] == 2)
    house.tell_sim("restore 1")
    wait_for("the tunnel is back", lambda: direct("-d", "ASA-XFW01")[0] == 0)

    many = [subprocess.Popen(arguments("-d", "ASA-XFW01", "-t", "50"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             universal_newlines=True) for _ in range(8)]
    said = [p.communicate(timeout=60)[0] for p in many]
    check("runs at once do not hurt each other: %s" % said, all(p.returncode == 0 for p in many) and all("2 up" in t for t in said))

    status, text = direct("-d", "SILENT")
    check("a device that does not answer is UNKNOWN with the reason", status == 3 and "answer" in text)
    status, text = direct("-d", "ASA-XFW01", "-n", "nobody")
    check("names that come near", status == 3 and 'has no tunnel "nobody"; known are: ' in text)
    status, text = direct("-d", "NOBODY")
    check("a device that is not configured", status == 3 and 'has no device "NOBODY"' in text and "it has ASA-XFW01, SILENT" in text)
    status, text = direct("-d", "127.0.0.1")
    check("an address of two devices does not say which", status == 3 and "2 devices with the address 127.0.0.1: the name is needed" in text)
    house.configure(["  - {name: %s, platform: asa, address: %s, snmp: {port: %s}}" % row
                     for row in (("ASA-XFW01", "127.0.0.1", ports["ASA-XFW01"]), ("OTHER", "192.0.2.1", 161))])
    for names in (("-d", "127.0.0.1"), ("-H", "127.0.0.1"), ("-d", "asa.example.net", "-H", "127.0.0.1"), ("-d", "ASA-XFW01", "-H", "192.0.2.1")):
        status, text = direct(*names)
        check("a device by its address: %s" % (names,), status == 0 and "2 tunnels: 2 up" in text)
    check("and by its name and its address it is one device", sorted(f for f in os.listdir(folder) if f[0] != ".") == ["ASA-XFW01", "SILENT"])
    check("a link needs both ends", direct("-d", "ASA-XFW01", "-m", "link")[0] == 3)

    lock = os.open(os.path.join(folder, "ASA-XFW01"), os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    status, text = direct("-d", "ASA-XFW01", "-t", "2")
    check("a run that hangs ends in time", status == 3 and "the time ran out while another check read it" in text)
    os.close(lock)

    os.chmod(folder, 0o777)
    status, text = direct("-d", "ASA-XFW01")
    check("a folder that others may write in is refused", status == 3 and "is no folder of ours alone (" in text)
    os.chmod(folder, 0o700)
    os.rename(folder, folder + "-real")
    os.symlink(folder + "-real", folder)
    status, text = direct("-d", "ASA-XFW01")
    check("nor is a link to one taken", status == 3 and "is no folder of ours alone (" in text)
    silent.close()
