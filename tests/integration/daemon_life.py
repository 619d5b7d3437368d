#!/usr/bin/env python3
"""sawatchd from its start to its end: data, reloads good and bad, a collector and a hub that die, a clean stop."""
import os
import re
import signal
import subprocess

from daemon_kit import House, check, children, program, wait_for


def device(name, platform, port, more=""):
    return "  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}%s}" % (name, platform, port, more)


def check_config(house, name):
    r = subprocess.run([program("sawatchd"), "--check-config", "--config", name], cwd=house.dir, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, universal_newlines=True, check=False)
    return r.returncode, r.stdout, r.stderr


def configurations_are_checked(house, ports):
    asa = device("ASA-XFW01", "asa", ports["ASA-XFW01"])
    house.configure([asa], name="good.yml")
    status, out, err = check_config(house, "good.yml")
    check("a good configuration is said to be good", status == 0 and "1 devices" in out and not err)
    house.configure([asa, "  - {name: ASR-WAN01, platform: pix, address: 127.0.0.1}"], name="bad.yml")
    status, out, err = check_config(house, "bad.yml")
    check("a bad one is refused with file and line", status == 1 and err.startswith("bad.yml:5: ") and not out)
    house.configure([asa.replace("port:", "community_file: nowhere, port:")], name="secret.yml")
    status, out, err = check_config(house, "secret.yml")
    check("so is one whose secret cannot be read", status == 1 and "nowhere" in err)
    house.configure([asa.replace("port:", "version: 1, allow_insecure: true, port:")], name="weak.yml")
    status, out, err = check_config(house, "weak.yml")
    check("a weak one that is allowed is taken with a warning",
          status == 0 and err.startswith("weak.yml:") and "device ASA-XFW01: SNMPv1" in err)
    house.configure([asa], name="push.yml", push="""
  - {name: there, type: remote_write, url: "https://prometheus.example/api/v1/write", tls: {ca_file: nowhere.pem}}""")
    status, out, err = check_config(house, "push.yml")
    check("so is one that names a certificate that is not there",
          status == 1 and re.search(r"^push\.yml:\d+: push there: ca_file: \S*nowhere\.pem: No such file or directory$", err.strip()) is not None)
    status, out, err = check_config(house, "none.yml")
    check("and one that is not there", status == 1 and "none.yml" in err)
    r = subprocess.run([program("sawatchd"), "--config", "none.yml"], cwd=house.dir, stderr=subprocess.PIPE, check=False)
    check("the daemon does not start with it", r.returncode == 1)
    r = subprocess.run([program("sawatchd"), "--frobnicate"], cwd=house.dir, stderr=subprocess.PIPE, check=False)
    check("wrong usage is another status", r.returncode == 2)


def a_port_in_use_is_said(house, ports):
    port = house.url.rstrip("/").rsplit(":", 1)[1]
    house.configure([device("ASA-XFW01", "asa", ports["ASA-XFW01"])], name="same.yml", listen="127.0.0.1:" + port,
                    state_dir="none")
    r = subprocess.run([program("sawatchd"), "--config", "same.yml"], cwd=house.dir, stderr=subprocess.PIPE,
                       universal_newlines=True, check=False, timeout=30,
                       env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    check("a second daemon on the same port ends and says why", r.returncode == 1 and port in r.stderr)


def up(house, name, source="snmp"):
    return house.metric('sawatch_device_up{device="%s",source="%s"}' % (name, source))


def tables(house, name):
    return [t["name"] for d in house.api("devices")["devices"] if d["name"] == name
            for s in d["sources"] for t in s.get("tables", [])]


def totals(house):
    return house.metrics("sawatch_tunnel_bytes_total")


def main():
    with House() as house:
        ports = house.simulate()
        asa = device("ASA-XFW01", "asa", ports["ASA-XFW01"])
        asr = device("ASR-WAN01", "iosxe", ports["ASR-WAN01"])
        configurations_are_checked(house, ports)
        house.configure([asa], collectors=2)
        house.run_daemon(env={"SAWATCH_TEST_COMMUNITY": house.read("community")})
        check("it is healthy at once", house.get("-/healthy")[0] == 200)
        wait_for("ready", lambda: house.get("-/ready")[0] == 200)
        wait_for("the ASA is read", lambda: up(house, "ASA-XFW01") == 1)
        check("two tunnels are up", list(house.metrics("sawatch_tunnel_up").values()) == [1, 1])
        check("check_sawatch is content", house.plugin("--device", "ASA-XFW01")[0] == 0)
        a_port_in_use_is_said(house, ports)

        roles = children(house.daemon.pid)
        check("a hub, two collectors and what keeps history run", sorted(roles) == ["collector-1", "collector-2", "history", "hub"])
        for role, pid in roles.items():
            with open("/proc/%d/status" % pid, encoding="ascii") as f:
                text = f.read()
            check("%s is in its sandbox" % role, "Seccomp:\t2" in text and "NoNewPrivs:\t1" in text)
        secret = house.read("community").encode()
        for pid in [house.daemon.pid, *roles.values()]:
            # Whoever starts the daemon may put a secret into its environment; it stays there.
            for part in ("cmdline",) if pid == house.daemon.pid else ("cmdline", "environ"):
                try:
                    with open("/proc/%d/%s" % (pid, part), "rb") as f:
                        check("no secret in %s of %d" % (part, pid), secret not in f.read())
                except PermissionError:
                    pass  # not even we may look

        # a reload that is refused
        house.write("sawatch.yml", house.read("sawatch.yml").replace("platform: asa", "platform: pix"))
        house.reload()
        wait_for("the refusal is counted", lambda: house.metric("sawatch_config_reload_failures_total") == 1)
        check("the refusal names file and line", "sawatch.yml:5: " in house.log())
        polled = house.metric("sawatch_snapshot_timestamp_seconds")
        wait_for("polling goes on", lambda: house.metric("sawatch_snapshot_timestamp_seconds") > polled)
        check("the old configuration stays in force", up(house, "ASA-XFW01") == 1)

        # one that is taken: a device more, and another number of collectors
        before = totals(house)
        house.configure([asa, asr], collectors=3)
        house.reload()
        wait_for("the ASR is read", lambda: up(house, "ASR-WAN01") == 1)
        check("the reload is counted", house.metric("sawatch_config_reloads_total") == 1)
        after = totals(house)
        check("totals go on over a reload", before and all(after[k] >= v for k, v in before.items()))
        check("there are three collectors now", len([r for r in children(house.daemon.pid) if r.startswith("collector")]) == 3)

        # a collector dies
        before = totals(house)
        victims = children(house.daemon.pid)
        for role, pid in victims.items():
            if role.startswith("collector"):
                os.kill(pid, signal.SIGKILL)
        wait_for("the devices are unknown", lambda: up(house, "ASA-XFW01") == 0 and up(house, "ASR-WAN01") == 0)
        status, text = house.plugin("--device", "ASA-XFW01")
        check("the plugin says UNKNOWN and why", status == 3 and "signal 9" in text)
        wait_for("they are back", lambda: up(house, "ASA-XFW01") == 1 and up(house, "ASR-WAN01") == 1)
        after = totals(house)
        check("no total decreased", before and all(after[k] >= v for k, v in before.items()))
        check("the deaths are counted", house.metric("sawatch_collector_restarts_total") == 3)
        check("and logged once each", house.log().count("was killed by signal 9") == 3)

        # the hub dies
        since = house.api("snapshot")["daemon_started_at_ms"]
        os.kill(children(house.daemon.pid)["hub"], signal.SIGKILL)

        def back():
            try:
                return up(house, "ASA-XFW01") == 1 and up(house, "ASR-WAN01") == 1
            except OSError:
                return False

        wait_for("the hub listens on the same port again, with data", back)
        check("the figures of the daemon outlive it, and so does since when they count",
              house.metric("sawatch_collector_restarts_total") == 3 and house.api("snapshot")["daemon_started_at_ms"] == since)

        # logs of failures are read less often than the rest
        wait_for("a poll without the logs", lambda: "cikeTunnelTable" in tables(house, "ASA-XFW01")
                 and "cikeFailTable" not in tables(house, "ASA-XFW01"))
        weak = asr.replace("port:", "version: 1, allow_insecure: true, port:")
        house.configure([asa.replace("port:", "history_interval: 1s, port:"), weak], collectors=3)
        house.reload()
        wait_for("a poll with them", lambda: "cikeFailTable" in tables(house, "ASA-XFW01"))
        check("what is weak and allowed is said in the log", "SNMPv1 sends its community in the clear" in house.log())

        # the end
        everyone = [house.daemon.pid, *children(house.daemon.pid).values()]
        status, took = house.stop()
        check("SIGTERM: status 0 within two seconds", status == 0 and took < 2)
        check("no process is left", not any(os.path.exists("/proc/%d" % pid) for pid in everyone))
        check("the ready file is gone", not os.path.exists(house.path("url")))
        check("no secret in the log", house.read("community") not in house.log())

        # the supervisor is killed: nobody stays behind
        house.run_daemon()
        roles = wait_for("the children", lambda: len(children(house.daemon.pid)) == 5 and children(house.daemon.pid))
        house.daemon.kill()
        house.daemon.wait()
        wait_for("the children to follow", lambda: not any(os.path.exists("/proc/%d" % pid) for pid in roles.values()))
        check("the children follow a supervisor that was killed", True)

        # a child that does not react
        house.run_daemon()
        stuck = wait_for("a collector", lambda: children(house.daemon.pid).get("collector-1"))
        os.kill(stuck, signal.SIGSTOP)
        status, took = house.stop()
        check("a collector that hangs does not hold the stop up (%.1f s)" % took, status == 0 and took < 5)
        check("it is gone too", not os.path.exists("/proc/%d" % stuck))


main()
