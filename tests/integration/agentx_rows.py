#!/usr/bin/env python3
"""20,000 rows through a real snmpd: complete, in order, one picture in each walk, and no slower for each row than 1,000."""
import subprocess
import threading
import time

from daemon_kit import House, check, program, wait_for
from mib_kit import base_modules
from snmpd_kit import ROOT, Master, need

NAME, REKEYS, OCTETS = "1.4.1.2", "1.4.1.79", "1.4.1.61"


def column(master, below):
    return [(oid, value) for oid, value in master.walk(below)]


def numbers(rows):
    return {value.split(": ")[1] for _, value in rows}


class Served:
    """A subagent with so many tunnels; it ends with the block."""

    def __init__(self, house, master, tunnels):
        self.process = house.start([program("tests/integration/agentx_fixture"), "unix:" + master.socket, str(tunnels)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        threading.Thread(target=self.read, daemon=True).start()
        wait_for("the subagent", lambda: self.number)
        wait_for("its rows", lambda: master.get("1.1.8.0") == str(tunnels))

    def read(self):
        for line in self.process.stdout:
            connected, number = line.split()
            if connected == b"1":
                self.number = int(number)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.stdin.close()
        self.process.wait(10)


def seconds_of_a_walk(master):
    best = None
    for _ in range(2):
        began = time.monotonic()
        master.walk(NAME)
        took = time.monotonic() - began
        best = took if best is None else min(best, took)
    return best


def many(house, master):
    with Served(house, master, 20000) as served:
        names = column(master, NAME)
        check("all 20,000 are there, once each", len(names) == len({v for _, v in names}) == 20000)
        check("in order", all(a[0] < b[0] for a, b in zip(names, names[1:])))
        seen = set()
        for _ in range(2):
            came = 0
            while not came:  # a busy machine may make none in the time of a walk: that says nothing
                before = served.number
                rows = column(master, OCTETS)
                came = served.number - before
                check("a walk sees one picture (%d came meanwhile)" % came, len(rows) == 20000 and len(numbers(rows)) == 1)
            seen |= numbers(rows)
            wait_for("two newer pictures", lambda: served.number > int(max(seen, key=int)) + 1)
        check("the next walk sees a newer one", len(seen) == 2)

        found = [None, None]

        def walk(i, below):
            found[i] = numbers(column(master, below))
        threads = [threading.Thread(target=walk, args=a) for a in ((0, OCTETS), (1, REKEYS))]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        check("two walks at once see one each", [len(f) for f in found] == [1, 1])
        last = names[-1][0]
        check("GETNEXT after the last row of a column leaves it", master.ask(
            "snmpgetnext", "-On", "%s.%s" % (ROOT, ".".join(map(str, last))))[0].startswith(ROOT + ".1.4.1.3."))
        return seconds_of_a_walk(master)


def by_name(house, master, base):
    """As people use it: with the module, as a table."""
    module = house.path("mibs")
    subprocess.run(["mkdir", module], check=True)
    with open(module + "/SAWATCH-MIB", "w", encoding="utf-8") as f:
        subprocess.run([program("sawatch"), "mib"], stdout=f, check=True)
    mibs = "%s:%s" % (module, base)
    table = master.ask("snmptable", "-Cb", "-Ci", "-Cf", ";", "SAWATCH-MIB::sawSourceTable", mibs=mibs)
    check("snmptable knows an empty table: %s" % table, "No entries" in table[-1] or "SAWATCH-MIB::" in table[0])
    table = master.ask("snmptable", "-Ci", "-Cf", ";", "-CB", "SAWATCH-MIB::sawTunnelTable", mibs=mibs, timeout=120)
    rows = [line.split(";") for line in table if line.count(";") > 10]
    heads = rows[0]
    check("snmptable shows 1,000 rows", len(rows) == 1001)
    name, state, octets = (heads.index(h) for h in ("sawTunnelName", "sawTunnelState", "sawTunnelInOctets"))
    check("with names and words", sorted(r[name] for r in rows[1:])[0] == "tunnel-00000" and
          {r[state] for r in rows[1:]} == {"up"})
    check("of one picture", len({r[octets] for r in rows[1:]}) == 1)


def main():
    need("snmpd", "snmpbulkwalk", "snmptable")
    with House() as house:
        master = Master(house)
        master.start()
        many_seconds = many(house, master)
        with Served(house, master, 1000):
            few_seconds = seconds_of_a_walk(master)
            ratio = (many_seconds / 20000) / (few_seconds / 1000)
            print("a row costs %.1f µs of 20,000 and %.1f µs of 1,000" % (many_seconds * 50, few_seconds * 1000))
            # Whatever else the machine does meanwhile: a walk that looks at every row for each row would cost twenty times as much.
            check("a row of many costs what one of few does, not twenty times that (%.2f)" % ratio, ratio < 10)
            by_name(house, master, base_modules())


main()
