#!/usr/bin/env python3
"""Remote write into a real Prometheus and a real VictoriaMetrics, which go away and come back while sawatchd is killed: every sample
that was queued is there once, in order."""
import json
import math
import re
import signal
import struct
import sys
import urllib.parse

from daemon_kit import House, check, wait_for
from push_kit import Database, ask, pair, queued, write_request

for needed in ("prometheus", "victoria-metrics"):
    if not Database.installed(needed):
        print(needed + " is not installed")
        sys.exit(77)


def is_stale(value):
    return struct.pack("<d", value) == struct.pack("<Q", 0x7ff0000000000002)


def shown(house):
    """name and labels of every series of /metrics, but for those of the server of it, as a database has them"""
    found = set()
    for line in house.get("metrics")[1].splitlines():
        m = re.match(r"(sawatch_\w+)(\{(.*)\})? \S+$", line)
        if m and not m.group(1).startswith("sawatch_http_"):
            labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m.group(3) or "")
            found.add(tuple(sorted([("__name__", m.group(1)), ("job", "sawatch")] + [(k, v) for k, v in labels if v])))
    return found


with House() as house:
    databases = [Database(house, "prometheus"), Database(house, "victoria-metrics")]
    for d in databases:
        d.start()
    ports = house.simulate()
    house.configure(pair(ports), push="""
  - {name: prometheus, type: remote_write, url: "%s/api/v1/write", interval: 1s, timeout: 5s, labels: [job=sawatch], batch: 100}
  - {name: victoria, type: remote_write, url: "%s/api/v1/write", interval: 1s, timeout: 5s, labels: [job=sawatch]}
""".rstrip() % (databases[0].url, databases[1].url))
    folders = {"prometheus": house.path("state/push/prometheus.remote_write"), "victoria-metrics": house.path("state/push/victoria.remote_write")}
    house.run_daemon()
    wait_for("four tunnels", lambda: len(house.api("tunnels").get("tunnels", [])) == 4)
    wait_for("all is sent", lambda: all(house.metric('sawatch_push_sent_samples_total{target="%s"}' % t) for t in ("prometheus", "victoria")))
    for d in databases:
        wait_for("%s has the series of /metrics" % d.name, lambda d=d: shown(house) <= set(d.raw('{job="sawatch"}')))
        check("%s has the series that /metrics shows" % d.name, True)

    # They go away; what is measured waits on the disk. The daemon is killed, and comes back.
    for d in databases:
        d.stop()
    wait_for("the server's absence is said", lambda: 'push prometheus: cannot connect to' in house.log() and
             'push victoria: cannot connect to' in house.log())
    wait_for("samples wait", lambda: all(v > 1500 for v in house.metrics("sawatch_push_queue_samples").values()) and
             len(house.metrics("sawatch_push_queue_samples")) == 2)
    check("the targets are down", set(house.metrics("sawatch_push_up").values()) == {0.0})
    house.tell_sim("cut 1")
    wait_for("a tunnel is down", lambda: 0.0 in house.metrics("sawatch_tunnel_up").values())
    for _ in range(2):
        house.daemon.send_signal(signal.SIGKILL)
        house.daemon.wait(10)
        before = {d.name: list(queued(folders[d.name])) for d in databases}
        house.run_daemon()
        wait_for("it goes on", lambda: all(len(list(queued(folders[d.name]))) > len(before[d.name]) for d in databases))
    house.daemon.send_signal(signal.SIGKILL)
    house.daemon.wait(10)
    expected = {}
    for d in databases:
        bodies = list(queued(folders[d.name]))
        check("%s: nothing that was queued is lost by a kill, and order is kept" % d.name, bodies[:len(before[d.name])] == before[d.name])
        expected[d.name] = [s for b in bodies for s in write_request(b)]
        times = [ms for _, ms, _ in expected[d.name]]
        check("%s: times never go back" % d.name, times == sorted(times))
        check("%s: what nobody has looked at yet after a start has not ended" % d.name, not any(
            is_stale(v) for labels, _, v in expected[d.name] if dict(labels)["__name__"] in ("sawatch_tunnel_up", "sawatch_device_up")))

    for d in databases:
        d.start()
    house.run_daemon()
    wait_for("the queues are sent", lambda: len(house.metrics("sawatch_push_queue_samples")) == 2 and
             all(v < 1000 for v in house.metrics("sawatch_push_queue_samples").values()) and
             set(house.metrics("sawatch_push_up").values()) == {1.0}, 60)
    for d in databases:
        def all_there(d=d):
            stored = d.raw('{job="sawatch"}')
            for labels, ms, number in expected[d.name]:
                at = [v for t, v in stored.get(labels, []) if t == ms]
                # A stale marker ends a series: it is no sample that can be asked for.
                if not is_stale(number) and (len(at) != 1 or not math.isclose(float(at[0]), number, rel_tol=1e-12)):
                    return False
            return all(t == sorted(set(t)) for t in ([ms for ms, _ in s] for s in stored.values()))

        wait_for("%s has every sample once, in order" % d.name, all_there)
        check("%s has each of %d samples once, in order" % (d.name, len(expected[d.name])), len(expected[d.name]) > 1500)
        stamps = next(iter(d.raw("sawatch_snapshot_timestamp_seconds").values()))
        check("%s: samples are from when the snapshot was made" % d.name, all(abs(float(v) * 1000 - t) < 1 for t, v in stamps) and len(stamps) > 5)
    check("nothing was dropped", set(house.metrics("sawatch_push_dropped_samples_total").values()) == {0.0})

    # What is not there any more ends at once, and not five minutes later.
    targets = re.search(r"push:(.*?)\nsnmp_defaults", house.read("sawatch.yml"), re.S).group(1)
    house.configure([pair(ports)[0]], push=targets)
    house.reload()

    def now(device):
        url = databases[0].url + "/api/v1/query?" + urllib.parse.urlencode({"query": 'sawatch_tunnel_state{device="%s"}' % device})
        return json.loads(ask(url))["data"]["result"]

    wait_for("series of a device that is gone end", lambda: now("ASR-WAN01") == [])
    check("series of a device that is gone end at once", len(databases[0].raw('sawatch_tunnel_state{device="ASR-WAN01"}')) > 0)

    # Nor does it matter that the daemon was down when they went.
    house.daemon.send_signal(signal.SIGKILL)
    house.daemon.wait(10)
    check("while it is down they are as they were", now("ASA-XFW01") != [])
    house.configure([pair(ports)[1]], push=targets)
    house.run_daemon()
    wait_for("the other device is sent", lambda: now("ASR-WAN01") != [])
    wait_for("series that end while the daemon is down end with the next snapshot", lambda: now("ASA-XFW01") == [])
    check("others do not", now("ASR-WAN01") != [])
    check("a clean stop", house.stop()[0] == 0)
