#!/usr/bin/env python3
"""A `show tech-support` of any size goes through `sawatch parse` as it comes: the answers that are known are read, the others passed over
and counted, in the same memory for one megabyte and for a hundred."""
import json
import os
import subprocess
import sys
import threading
import time

SAWATCH = os.path.join(os.environ["top_builddir"], "sawatch")
FIXTURES = os.path.join(os.environ["top_srcdir"], "tests", "fixtures", "cli", "iosxe")
HEADLINE = "\n------------------ %s ------------------\n\n"
MEGABYTE = 1 << 20
LIMIT_S = 120
faults = 0


def expect(what, want, got):
    global faults
    if want != got:
        faults += 1
        print("FAIL %s: expected %r, got %r" % (what, want, got))


def section(command, body):
    return (HEADLINE % command + body).encode()


def fixture(name):
    with open(os.path.join(FIXTURES, name + ".txt")) as f:
        return f.read()


def others():
    """One megabyte of what nobody here knows, some of it alike."""
    lines = ["interface: %d is no answer of ours" % i if i % 50 == 0 else
             "IP-%05d r> 10.%d.%d.0/24  0x%08x  -- --  up/up  %d%%" % (i, i >> 8 & 255, i & 255, i * 2654435761 & 0xffffffff, i % 100)
             for i in range(15000)]
    text = "\n".join(lines) + "\n"
    return section("show platform software peers", (text * 2)[:MEGABYTE])


def parse(pieces):
    """(sample, exit status, standard error, peak KB of memory)"""
    p = subprocess.Popen([SAWATCH, "parse", "--platform", "iosxe", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    said = {}
    readers = [threading.Thread(target=lambda k=k, f=f: said.__setitem__(k, f.read())) for k, f in
               (("out", p.stdout), ("err", p.stderr))]
    for r in readers:
        r.start()
    deadline = time.monotonic() + LIMIT_S
    timer = threading.Timer(LIMIT_S, p.kill)
    timer.start()
    for piece in pieces:
        p.stdin.write(piece)
    with open("/proc/%d/status" % p.pid) as f:  # of the program alone: what wait4 says has the interpreter's in it
        peak = int(next(line for line in f if line.startswith("VmHWM")).split()[1])
    p.stdin.close()
    for r in readers:
        r.join()
    status = p.wait()
    timer.cancel()
    expect("in time", True, time.monotonic() < deadline)
    return json.loads(said["out"] or "{}"), status, said["err"].decode(), peak


def tech(megabytes):
    megabyte = others()
    yield b"ASR-WAN01#show tech-support\n"
    yield section("show version", fixture("version").split("\n", 1)[1].replace("ASR-WAN01#", ""))
    for i in range(megabytes):
        yield megabyte
        if i == megabytes // 2:
            yield section("show crypto ipsec sa detail", fixture("ipsec_sa_detail_vti_gcm"))
    yield section("show crypto ikev2 sa detailed", fixture("ikev2_sa_detail"))
    yield section("show clock", "10:51:08.123 UTC Mon Nov 23 2026\n")
    yield b"ASR-WAN01#"


peaks = []
for size in (1, 150):
    sample, status, said, peak = parse(tech(size))
    peaks.append(peak)
    expect("%d MB: exit status" % size, 0, status)
    expect("%d MB: answers" % size, ["show version", "show crypto ipsec sa detail", "show crypto ikev2 sa detailed"],
           [t["name"] for t in sample.get("tables", []) if t["status"] == "complete"])
    expect("%d MB: flows and SAs" % size, (1, 3), (len(sample.get("ipsec_sas", [])), len(sample.get("ike_sas", []))))
    expect("%d MB: host" % size, "ASR-WAN01", sample.get("hostname"))
    expect("%d MB: unparsed" % size, [], sample.get("unparsed", []))
    expect("%d MB: said" % size, "sawatch parse: -: passed over the answers of %d other commands\n" % (size + 2), said)
expect("memory for 150 MB, %d KB, is not that for 1 MB, %d KB, and more" % (peaks[1], peaks[0]), True, peaks[1] - peaks[0] < 4096)

# Cut in the middle of an answer, at the end of a line: nobody may take the tunnels behind the cut for gone.
whole = section("show crypto ipsec sa detail", fixture("ipsec_sa_detail_vti_gcm"))
cut = whole[:whole.index(b"inbound esp sas")].rsplit(b"\n", 1)[0] + b"\n"
sample, status, said, _ = parse([section("show clock", "10:51\n"), cut])
expect("cut: state", ["partial"], [t["status"] for t in sample.get("tables", [])])
expect("cut: what was there is read", 1, len(sample.get("ipsec_sas", [])))
print("%d faults, peaks of %s KB" % (faults, peaks))
sys.exit(1 if faults else 0)
