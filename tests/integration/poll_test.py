#!/usr/bin/env python3
"""`sawatch poll` against agents that are well, faulty, wrong or away: what it reads, what it says, how it ends."""
import json
import os
import socket
import subprocess
import sys
import tempfile

top = os.environ["top_srcdir"]
sawatch = os.path.join(os.environ["top_builddir"], "sawatch")
walks = os.path.join(top, "tests", "fixtures", "snmp")
failures = 0


def check(what, ok, *seen):
    global failures
    if not ok:
        failures += 1
        print("FAIL: %s" % what, *seen)


class Agent:
    def __init__(self, *faults, walk="asa-xfw01.snmprec"):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(top, "tests", "integration", "fake_agent.py"), os.path.join(walks, walk), *faults],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


def poll(port, platform="asa", address="127.0.0.1", extra="", files="", form="json", deadline="30s"):
    with tempfile.TemporaryDirectory() as d:
        secret = os.path.join(d, "community")
        with open(os.open(secret, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as f:
            f.write("do-not-print-me\n")
        with open(os.path.join(d, "sawatch.yml"), "w", encoding="ascii") as f:
            f.write("devices:\n  - name: DUT\n    platform: %s\n    address: \"%s\"\n    snmp: {version: 2c, port: %d, "
                    "community_file: community, timeout: 300ms, retries: 1, deadline: %s%s}\n%s"
                    % (platform, address, port, deadline, extra, files))
        run = subprocess.run([sawatch, "poll", "--config", f.name, "--format", form, "DUT"],
                             capture_output=True, timeout=120, check=False)
        check("no secret is printed", b"do-not-print-me" not in run.stdout + run.stderr)
        if form != "json":
            return run.returncode, run.stdout, run.stderr.decode()
        return run.returncode, json.loads(run.stdout), run.stderr.decode()


def tool(command, port, *args, platform="asa", extra=""):
    """another subcommand, on the same device: status, output, messages"""
    with tempfile.TemporaryDirectory() as d:
        with open(os.open(os.path.join(d, "community"), os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as f:
            f.write("do-not-print-me\n")
        with open(os.path.join(d, "sawatch.yml"), "w", encoding="ascii") as f:
            f.write("devices:\n  - name: DUT\n    platform: %s\n    address: 127.0.0.1\n    snmp: {version: 2c, port: %d, "
                    "community_file: community, timeout: 300ms, retries: 1, deadline: 30s%s}\n" % (platform, port, extra))
        run = subprocess.run([sawatch, command, "--config", f.name, *args], capture_output=True, timeout=120, check=False)
        check("no secret is printed", b"do-not-print-me" not in run.stdout + run.stderr)
        return run.returncode, run.stdout.decode(), run.stderr.decode()


def tables(sample):
    return {t["name"]: t for t in sample["tables"]} if "tables" in sample else {}


# A name with two addresses, where resolvers give the one first at which nobody listens.
if len({a[4][0] for a in socket.getaddrinfo("localhost", 161, type=socket.SOCK_DGRAM)}) > 1:
    with Agent() as a:
        status, sample, _ = poll(a.port, address="localhost")
        check("the other address of a name is tried", status == 0 and "error_class" not in sample, status, sample)

with Agent() as a:
    rc, s, err = poll(a.port)
    check("well: exit 0, nothing to say", rc == 0 and not err, rc, err)
    t = {x["device_index"]: x for x in s["ipsec_sas"]}
    check("well: three tunnels", sorted(t) == [4711, 4790, 4801], sorted(t))
    check("well: two under one IKE SA", [t[i]["ike_tunnel_id"] for i in sorted(t)] == [52001, 52044, 52001])
    check("well: counters of zero are zeros", t[4801]["in_bytes"] == 0 and t[4801]["encaps_packets"] == 0)
    check("well: facts", (s["hostname"], s["os_version"], s["model"], s["uptime_seconds"]) ==
          ("ASA-XFW01", "9.16(4)", "ASAv", 7712003), s)
    check("well: serial number", s["serial"] == "SAW0001ASA1", s.get("serial"))
    check("well: tables", all(x["status"] == "complete" for n, x in tables(s).items()
                              if n not in ("cipSecSpiTable", "cipSecEndPtTable", "cikeFailTable", "cipSecFailTable",
                                           "cikeTunnelHistTable", "cipSecTunnelHistTable")), s["tables"])
    check("well: load and sessions", (s["cpu_percent"], s["l2l_sessions_active"], s["l2l_sessions_begun"],
                                      s["l2l_sessions_peak"]) == (7, 2, 19, 3), s)
    check("well: a firewall is not asked for what routers have", "cbgpPeer2Table" not in tables(s))
    check("well: what the agent lacks is absent", tables(s)["cipSecSpiTable"]["status"] == "absent")
    check("well: cheap", s["requests"] < 30, s["requests"])
    check("well: interface", [(i["name"], i["in_bytes"], i["line_up"]) for i in s["interfaces"]] ==
          [("outside", 2000000, True), ("vti-berlin-1", 4000000, True)], s["interfaces"])
    check("well: what tunnels leave by", [i["is_tunnel"] for i in s["interfaces"]] == [False, True] and
          {t["local_interface"] for t in s["ipsec_sas"]} == {"outside"})
    rc, out, err = poll(a.port, form="table")
    check("well: table", rc == 0 and b"198.51.100.1" in out, out)

with Agent(walk="asr-wan01.snmprec") as a:
    rc, s, err = poll(a.port, platform="iosxe")
    check("router: exit 0", rc == 0, err)
    t = {x["device_index"]: x for x in s["ipsec_sas"]}
    check("router: parents", [t[i].get("ike_tunnel_id") for i in (17, 23, 40)] == [900, 905, None])
    check("router: SPIs", [x["spi"] for x in t[17]["inbound_sas"]] == ["0x7a857081", "0x0badf00d"])
    check("router: selectors", t[23]["remote_ident"] == "10.2.0.0/255.255.0.0/0/0")
    check("router: interfaces", [(i["name"], i["line_up"]) for i in s["interfaces"]] ==
          [("GigabitEthernet0/0/0", True), ("Tunnel11", True), ("Tunnel12", False), ("Virtual-Access1", True)],
          s["interfaces"])
    check("router: the serial number of what is no chassis is not the router's", "serial" not in s, s.get("serial"))
    check("router: load", (s["cpu_percent"], s["crypto_load_percent"]) == (42, 37), s)
    check("router: BGP peers", [(p["peer"], p["state"]) for p in s["bgp_peers"]] ==
          [("10.0.11.2", "established"), ("2001:db8:b::2", "active")], s["bgp_peers"])
    check("router: failures", [f["reason"] for f in s["ike_failures"] + s["ipsec_failures"]] ==
          ["authentication", "reason-99", "no_sa"], s)
    check("router: ended tunnels", [(t["kind"], t["reason"]) for t in s["ended_tunnels"]] ==
          [("ike", "normal"), ("ike", "peer_lost"), ("ipsec", "peer_lost")], s)
    check("router: 62 interfaces cost few requests", s["requests"] < 45, s["requests"])
    check("router: description", s["interfaces"][1]["description"] == "to ASA-XFW01")
    rc, s, err = poll(a.port, platform="asa")
    check("a platform that is not what sysDescr says is noted", "iosxe" in tables(s)["system"].get("error", ""), s["tables"])

# A recording is what the agent answered to us, and replays as it
for walk, platform in (("asa-xfw01.snmprec", "asa"), ("asr-wan01.snmprec", "iosxe")):
    with tempfile.TemporaryDirectory() as d:
        recording = os.path.join(d, "recording.snmprec")
        with Agent(walk=walk) as a:
            rc, out, err = tool("poll", a.port, "--record", recording, "--format", "json", "DUT", platform=platform)
        first = json.loads(out)
        with open(recording, encoding="ascii") as f:
            lines = f.read().splitlines()
        with open(os.path.join(walks, walk), encoding="ascii") as f:
            known = set(f.read().splitlines())
        oids = [tuple(map(int, line.split("|")[0].split("."))) for line in lines]
        check("%s: recorded" % walk, rc == 0 and len(lines) > 100 and oids == sorted(set(oids)), rc, err, len(lines))
        check("%s: a recording has the agent's own values" % walk, set(lines) <= known, sorted(set(lines) - known)[:5])
        check("%s: nobody else may read it" % walk, os.stat(recording).st_mode & 0o077 == 0)
        with Agent(walk=recording) as a:
            rc, s, err = poll(a.port, platform=platform)
        for sample in first, s:
            for key in ("observed_at_ms", "poll_duration_seconds"):
                sample.pop(key, None)
        check("%s: replayed, it says the same" % walk, rc == 0 and s == first, s, first)

# A device that is well
with Agent() as a:
    rc, out, err = tool("poll", a.port, "--record", "/nowhere/x", "DUT")
    check("a recording that cannot be written is said before the device is asked", rc == 3 and "/nowhere/x" in err, rc, err)
    rc, out, err = tool("walk", a.port, "DUT", "ciketunneltable")
    check("walk: a table", rc == 0 and not err and "cikeTunLocalAddr.52001 = 0xC000020A" in out.splitlines() and
          all(line.startswith("cikeTun") for line in out.splitlines()), rc, out, err)
    rc, out, err = tool("walk", a.port, "DUT", "cipSecSpiTable")
    check("walk: a table that is not there", rc == 1 and not out and "no cipSecSpiTable" in err, rc, out, err)
    rc, out, err = tool("walk", a.port, "DUT", "cikeGlobalStats")
    check("walk: scalars", rc == 0 and "cikeGlobalStats.1.0 = 2" in out.splitlines(), rc, out, err)
    rc, out, err = tool("walk", a.port, "DUT", "ifTabel")
    check("walk: no such table", rc == 2 and "ifTabel" in err, rc, err)
    rc, out, err = tool("walk", a.port, "nobody", "ifTable")
    check("walk: no such device", rc == 2 and "nobody" in err, rc, err)
with Agent(walk="asr-wan01.snmprec") as a:
    rc, out, err = tool("walk", a.port, "DUT", "cipSecSpiTable", platform="iosxe")
    check("walk: a table without those it belongs to", rc == 0 and "cipSecSpiValue.17.1 = 2055565441" in out, rc, out, err)
with Agent("loop") as a:
    rc, out, err = tool("walk", a.port, "DUT", "cipSecTunnelTable")
    check("walk: a table that is cut", rc == 1 and out and "do not advance" in err, rc, err)

# Agents that need care: the same result
for faults in (["nobulk"], ["double"], ["toobig=6"], ["toobig=1"]):
    with Agent(*faults) as a:
        rc, s, err = poll(a.port)
        check("%s: three tunnels" % faults, len(s.get("ipsec_sas", [])) == 3, s.get("tables"), err)
        check("%s: counters" % faults, s["ipsec_sas"][0]["in_bytes"] == 9876543210)
        check("%s: the system group, if need be one by one" % faults, s["hostname"] == "ASA-XFW01" and s["uptime_seconds"], s)
        check("%s: exit" % faults, rc == 0, rc, err)

# A row that came or went during the walk
with Agent("holes") as a:
    rc, s, err = poll(a.port)
    t = {x["device_index"]: x for x in s["ipsec_sas"]}
    check("holes: the vanished row is dropped and counted", sorted(t) == [4711, 4801] and
          "1 rows went away" in tables(s)["cipSecTunnelTable"]["error"], s["tables"])
    check("holes: what a row lacks is absent", "decaps_packets" not in t[4801] and t[4801]["in_bytes"] == 0, t[4801])

# Silence in mid-walk: what was read is kept, nothing is made up
with Agent("silent=4") as a:
    rc, s, err = poll(a.port)
    t = tables(s)
    check("silent: exit 1", rc == 1, rc, err)
    check("silent: tunnels partial, cut", (t["cipSecTunnelTable"]["status"], t["cipSecTunnelTable"]["error_class"]) ==
          ("partial", "cut"), t)
    check("silent: the others failed", t["cikeTunnelTable"]["status"] == "failed" and
          t["ifTable"]["error_class"] == "cut", t)
    check("silent: rows kept", len(s["ipsec_sas"]) == 3 and "fell silent" in err, err)
    check("silent: no error of the whole", "error_class" not in s)

# Faults and their classes
for faults, klass, words in (
        (["loop"], "protocol", "do not advance"),
        (["backwards"], "protocol", "do not advance"),
        (["endless"], "limit", "more rows"),
):
    with Agent(*faults) as a:
        rc, s, err = poll(a.port, extra=", max_rows: 200")
        t = tables(s).get("cipSecTunnelTable", {})
        check("%s: class" % faults, t.get("error_class") == klass, t, err)
        check("%s: words" % faults, words in err, err)
        check("%s: the other tables are read" % faults, tables(s)["cikeTunnelTable"]["status"] == "complete", s["tables"])
        check("%s: exit 1" % faults, rc == 1, rc)

for faults, klass, words, status in (
        (["otheronly"], "unsupported", "has no CISCO-IPSEC-FLOW-MONITOR-MIB", 3),
        (["denied"], "access", "does not let", 3),
        (["garbage"], "protocol", "not with the SNMP", 3),
        (["wrongid"], "protocol", "not with the SNMP", 3),
        (["silent=0"], "timeout", "no answer from 127.0.0.1", 3),
):
    with Agent(*faults) as a:
        rc, s, err = poll(a.port)
        check("%s: class" % faults, s.get("error_class") == klass, s)
        check("%s: words" % faults, words in err, err)
        check("%s: no rows" % faults, "ipsec_sas" not in s or s["ipsec_sas"] == [])
        check("%s: exit" % faults, rc == status, rc)

with Agent("double", "silent=4") as a:
    rc, s, err = poll(a.port)
    check("double: answers that come twice are no protocol error", tables(s)["cipSecTunnelTable"]["error_class"] == "cut", s)

# A limit that is shorter than all tries: silent is silent, not slow
with Agent("silent=0") as a:
    rc, s, err = poll(a.port, deadline="500ms")
    check("short limit, off: timeout", s.get("error_class") == "timeout" and "no answer from" in err, s, err)
with Agent("silent=4") as a:
    rc, s, err = poll(a.port, deadline="550ms")
    check("short limit, cut: cut", tables(s)["cikeTunnelTable"]["error_class"] == "cut" and "fell silent" in err, s, err)

with Agent("cut") as a:
    rc, s, err = poll(a.port)
    check("cut: class", tables(s)["cipSecTunnelTable"]["error_class"] == "protocol", s)
    check("cut: exit 1", rc == 1, rc)

# Nobody there
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
rc, s, err = poll(port)
check("refused: unreachable", (rc, s["error_class"]) == (3, "unreachable"), rc, s)
rc, s, err = poll(161, address="no-such-host.invalid")
check("no such name: resolve", (rc, s["error_class"]) == (3, "resolve"), rc, s)

# Two sources are an array; one that fails leaves the other
with Agent() as a:
    rc, s, err = poll(a.port, files="    files: [{path: nothing-here.txt}]\n")
    check("two sources: array", [x["source"] for x in s] == ["snmp", "file"], s)
    check("two sources: exit 1, a line for the failed one", rc == 1 and "nothing-here.txt" in err, rc, err)

for args in (["poll"], ["poll", "--format", "xml", "X"], ["poll", "--config", "/nonexistent/x.yml", "X"]):
    run = subprocess.run([sawatch, *args], capture_output=True, check=False)
    check("%s: wrong usage" % args, run.returncode == 2 and run.stderr, run.returncode)

print("%d failures" % failures)
sys.exit(1 if failures else 0)
