#!/usr/bin/env python3
"""sawatch history: text out and in again, what verify finds, and what real promtool and Prometheus make of an export."""
import calendar
import csv
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from daemon_kit import House, check, program, wait_for

def month_start(before):
    """of the month that is so many before this one; all readings of it are kept still"""
    now = time.gmtime()
    month = now.tm_year * 12 + now.tm_mon - 1 - before
    return calendar.timegm((month // 12, month % 12 + 1, 1, 0, 0, 0))


T0 = month_start(2)
HEADING = "time,device,tunnel,state,maintenance,gap,in_bytes,out_bytes,in_packets,out_packets,replay_errors,in_errors,out_errors,queue_drops"


def history(house, *args, **how):
    done = subprocess.run([program("sawatch"), "history", *args], cwd=house.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, universal_newlines=True, **how)
    return done.returncode, done.stdout, done.stderr


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def rows(days):
    """two tunnels, one of them with a name that needs quotes: 100 and 25 bytes a second"""
    for name, rate in (("berlin-1", 100), ('odd "name", with a comma', 25)):
        for i in range(days * 288):
            at = T0 + i * 300
            yield [stamp(at), "ASR-WAN01", name, "down" if i == 50 else "up", "0", "0", str(i * 300 * rate), str(i * 300),
                   str(i), str(i), "", "", "", "7"]


def text_of(lines):
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    w.writerow(HEADING.split(","))
    w.writerows(lines)
    return out.getvalue()


def out_and_in_again(house):
    whole = text_of(rows(40))
    house.write("whole.csv", whole)
    status, out, err = history(house, "import", "--file", "a.db", "whole.csv")
    check("CSV is imported", status == 0 and "23040 readings of 2 tunnel ends: 23040 are new, 0 were there" in out)
    check("once", "0 are new, 23040 were there" in history(house, "import", "--file", "a.db", "whole.csv")[1])
    status, out, err = history(house, "export", "--file", "a.db")
    check("and comes out as it was", status == 0 and out == whole)
    check("of one tunnel, of a time", history(house, "export", "--file", "a.db", "--tunnel", "berlin-1", "--from", stamp(T0 + 86400)[:10],
                                              "--to", stamp(T0 + 87000))[1].count("\n") == 3)
    # Pieces in any order, with CRLF, other columns, and overlaps, are the same history.
    lines = list(rows(40))
    parts = [lines[5000:], lines[:9000], lines[3000:12000]]
    for i, part in enumerate(parts):
        part = list(reversed(part)) if i == 1 else part
        house.write("part.csv", text_of([[*row, "x"] for row in part]).replace("queue_drops", "queue_drops,note").replace("\n", "\r\n"))
        check("part %d is merged" % i, history(house, "import", "--file", "b.db", "part.csv")[0] == 0)
    check("the parts are the whole", history(house, "export", "--file", "b.db")[1] == whole)
    for name in ("a.db", "b.db"):
        status, out, err = history(house, "verify", "--file", name)
        check("%s is whole" % name, status == 0 and "nothing is wrong" in out)
    status, out, err = history(house, "list", "--file", "a.db", "--json")
    check("list says since when", [t["first_ms"] for t in json.loads(out)["tunnels"]] == [T0 * 1000] * 2)
    check("and so in text", stamp(T0 + 40 * 86400 - 300)[:16] in history(house, "list", "--file", "a.db")[1])


def what_is_wrong_is_said(house):
    for text, expected in (
            ("", "there is no line"),
            ("time,device\n", "time, device and tunnel are needed"),
            (HEADING + "\nyesterday,a,b,up,0,0,,,,,,,,\n", 'line 2: time is not valid: "yesterday"'),
            (HEADING + "\n2026-02-30T00:00:00Z,a,b,up,0,0,,,,,,,,\n", "line 2: time is not valid"),
            (HEADING + "\n%s,a,b,sideways,0,0,,,,,,,,\n" % stamp(T0), "line 2: state is not valid"),
            (HEADING + "\n%s,a,b,up,0,0,-5,,,,,,,\n" % stamp(T0), 'line 2: in_bytes is not valid: "-5"'),
            (HEADING + "\n%s,a,b,up\n" % stamp(T0), "line 2: it has 4 cells, and the first line 14"),
            (HEADING + "\n" + "x" * 5000 + "\n", "longer than 4096 bytes"),
            (HEADING + "\n%s,\"a,b,up,0,0,,,,,,,,\n" % stamp(T0), "line 2: quotes are not closed")):
        house.write("bad.csv", text)
        status, out, err = history(house, "import", "--file", "bad.db", "bad.csv")
        check("refused: " + expected, status == 3 and expected in err)
    check("no file", history(house, "list", "--file", "nowhere.db")[0] == 3)
    check("a file that is no history", history(house, "list", "--file", "bad.csv")[0] == 3)
    check("no such thing", history(house, "frobnicate")[0] == 2)
    check("no configuration", "--file names a history without" in history(house, "list", "--config", "none.yml")[2])


def verify_finds(house):
    def spoiled(sql, *values):
        shutil.copy(house.path("a.db"), house.path("c.db"))
        with sqlite3.connect(house.path("c.db")) as db:
            db.execute(sql, values)
        db.close()
        status, out, err = history(house, "verify", "--file", "c.db", "--json")
        found = json.loads(out)
        check("status 1 where something is wrong", status == 1 and not found["whole"])
        return found["findings"]

    found = spoiled("UPDATE day SET chunk = substr(chunk, 1, 40) || x'0000' || substr(chunk, 43) WHERE id = (SELECT min(id) FROM day)")
    check("a damaged chunk, and whose", ["damaged", "berlin-1", T0 * 1000] in [[f["kind"], f["tunnel"], f["at_ms"]] for f in found])
    found = spoiled("INSERT INTO day SELECT id + 100, chunk FROM day WHERE id = (SELECT min(id) FROM day)")
    check("a row of no end", found[0]["kind"] == "orphan")
    found = spoiled("UPDATE day SET chunk = (SELECT chunk FROM day WHERE id = (SELECT max(id) FROM day)) WHERE id = (SELECT min(id) FROM day)")
    check("readings of another time", "misplaced" in {f["kind"] for f in found})
    check("totals that fall", "decrease" in {f["kind"] for f in found})
    check("summaries that do not fit", "summary" in {f["kind"] for f in found})
    found = spoiled("INSERT INTO piece SELECT ((id >> 24) << 8 << 24) | (id & 16777215), chunk FROM day WHERE id = (SELECT max(id) FROM day)")
    check("readings that are there twice", "overlap" in {f["kind"] for f in found})
    shutil.copy(house.path("a.db"), house.path("c.db"))
    with open(house.path("c.db"), "r+b") as f:
        f.seek(3 * 65536)
        f.write(b"\xff" * 65536)
    status, out, err = history(house, "verify", "--file", "c.db")
    check("pages that are no pages", status == 1 and "file" in out)


def offline_copies(house):
    os.mkdir(house.path("safe"))
    shutil.copy(house.path("a.db"), house.path("safe"))
    os.chmod(house.path("safe"), 0o500)
    reader = ["setpriv", "--reuid=65534", "--clear-groups"] if os.getuid() == 0 and shutil.which("setpriv") else []
    os.chmod(house.dir, 0o755)
    os.chmod(house.path("safe"), 0o555)
    os.chmod(house.path("safe/a.db"), 0o444)
    done = subprocess.run([*reader, program("sawatch"), "history", "list", "--file", house.path("safe/a.db")], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    check("a copy in a folder that nobody may write to is read", done.returncode == 0 and b"berlin-1" in done.stdout)
    check("and nothing is left beside it", os.listdir(house.path("safe")) == ["a.db"])
    os.chmod(house.path("safe"), 0o700)


def openmetrics_comes_back(house):
    """what was exported is imported: the same readings, states, gaps and facts"""
    lines = [r for r in rows(3) if r[3] != "unknown"]
    for i in (7, 8, 300, 900):
        lines[i][5] = "1"       # a gap
    for i in range(20, 30):
        lines[i][4] = "1"       # maintenance
    for i in (40, 41):
        lines[i][6:] = [""] * 8  # nothing is known of it
        lines[i][3] = "unknown"
    whole = text_of(lines)
    house.write("om.csv", whole)
    check("what is to go round", history(house, "import", "--file", "om1.db", "om.csv")[0] == 0)
    status, first, err = history(house, "export", "--file", "om1.db", "--format", "openmetrics")
    house.write("om.om", first)
    status, out, err = history(house, "import", "--file", "om2.db", "om.om")
    check("OpenMetrics is imported " + err, status == 0 and "1728 readings of 2 tunnel ends: 1728 are new, 0 were there" in out)
    check("and comes out as it was", history(house, "export", "--file", "om2.db")[1] == whole)
    # With facts, which CSV has not.
    facts = first.replace('sawatch_tunnel_info{device="ASR-WAN01",tunnel="berlin-1"',
                          'sawatch_tunnel_info{device="ASR-WAN01",tunnel="berlin-1",local="192.0.2.1",site="a \\"b\\" \\\\",encryption="aes-gcm-256",nat_t="true"')
    facts = facts.replace("# TYPE sawatch_tunnel_info", 'sawatch_tunnel_capacity_bytes_per_second{device="ASR-WAN01",tunnel="berlin-1"} 1.25e+07 %d.000\n'
                          "# TYPE sawatch_tunnel_info" % T0)
    house.write("om.om", facts)
    check("facts are imported", history(house, "import", "--file", "om3.db", "om.om")[0] == 0)
    again = history(house, "export", "--file", "om3.db", "--format", "openmetrics")[1]
    check("and come out", again.count('encryption="aes-gcm-256",nat_t="true",site="a \\"b\\" \\\\"} 1') == 864 and
          again.count('sawatch_tunnel_capacity_bytes_per_second{device="ASR-WAN01",tunnel="berlin-1"} 12500000 ') == 864)
    check("and are no readings of their own", history(house, "export", "--file", "om3.db")[1] == whole)
    for text, expected in (
            (first[:-6], "it is cut short: # EOF is missing"),
            (first + "x\n", "something is behind # EOF"),
            ("# x\nsawatch_tunnel_up 1\n", "om.om: line 2: a sample is expected"),
            ('# x\nsawatch_tunnel_bytes_total{tunnel="a",direction="in"} 1 1\n', "line 2: the labels device and tunnel are needed"),
            ('# x\nsawatch_tunnel_state{device="d",tunnel="a"} -1 1\n', "line 2: its value is no count"),
            ('# x\nsawatch_tunnel_state{device="d",tunnel="a"} 1 soon\n', "line 2: its time is not valid")):
        house.write("om.om", text)
        status, out, err = history(house, "import", "--file", "bad.db", "om.om")
        check("refused: %s %s" % (expected, err.strip()), status == 3 and expected in err)


def a_clock_that_was_ahead(house):
    shutil.copy(house.path("a.db"), house.path("d.db"))
    status, out, err = history(house, "forget", "--file", "d.db", "--after", stamp(T0 + 30 * 86400)[:10])
    check("what is later is removed", status == 0 and "5758 readings are removed" in out)
    check("and nothing else", history(house, "export", "--file", "d.db")[1].count("\n") == 23040 - 5758 + 1)
    check("the rest is whole", history(house, "verify", "--file", "d.db")[0] == 0)


def prometheus_reads_it(house):
    if not shutil.which("promtool") or not shutil.which("prometheus"):
        print("promtool or prometheus is not installed: its part is left out")
        return 77
    status, out, err = history(house, "export", "--file", "a.db", "--format", "openmetrics", "--output", "a.om", "--to", str(T0 + 2 * 86400))
    check("OpenMetrics is written", status == 0 and house.read("a.om").endswith("# EOF\n"))
    made = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "a.om", "tsdb"], cwd=house.dir, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    check("promtool makes blocks of it: " + made.stdout.strip().split("\n")[-1][:60], made.returncode == 0)
    house.write("prometheus.yml", "global: {}\n")
    server = house.start(["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.listen-address=127.0.0.1:0",
                          "--storage.tsdb.retention.time=100y"], stdout=subprocess.DEVNULL, stderr=open(house.path("prometheus.log"), "w"))
    # It says first where it will listen, on port 0, and then where it does.
    port = wait_for("Prometheus", lambda: re.search(r"address=127\.0\.0\.1:([1-9]\d*)", house.read("prometheus.log")))
    base = "http://127.0.0.1:%s/" % port.group(1)

    def ready():
        try:
            return urllib.request.urlopen(base + "-/ready", timeout=5).status == 200
        except OSError:
            return False

    wait_for("Prometheus is ready", ready, 60)

    def ask(query, at):
        url = base + "api/v1/query?" + urllib.parse.urlencode({"query": query, "time": at})
        with urllib.request.urlopen(url, timeout=10) as answer:
            return {r["metric"].get("tunnel"): float(r["value"][1]) for r in json.load(answer)["data"]["result"]}

    noon = T0 + 86400 + 43200
    found = ask('rate(sawatch_tunnel_bytes_total{direction="in"}[1h])', noon)
    check("the rates are those that were put in", {k: round(v, 3) for k, v in found.items()} == {
        "berlin-1": 100.0, 'odd "name", with a comma': 25.0})
    check("so are the totals", ask('sawatch_tunnel_bytes_total{direction="in",tunnel="berlin-1"}', noon)["berlin-1"] == 432 * 300 * 100)
    check("and when it was down", ask('min_over_time(sawatch_tunnel_up{tunnel="berlin-1"}[1d])', T0 + 86400)["berlin-1"] == 0)
    check("what is not known has no series", ask("sawatch_tunnel_replay_errors_total", noon) == {})
    server.send_signal(signal.SIGTERM)
    server.wait(20)
    return 0


def main():
    with House() as house:
        out_and_in_again(house)
        what_is_wrong_is_said(house)
        openmetrics_comes_back(house)
        verify_finds(house)
        offline_copies(house)
        a_clock_that_was_ahead(house)
        return prometheus_reads_it(house)


sys.exit(main())
