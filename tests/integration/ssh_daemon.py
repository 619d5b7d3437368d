#!/usr/bin/env python3
"""sawatchd polls by SSH, in its sandbox: sessions stay open, a refused login is not tried again whatever dies, a changed host key is an alarm, and
many devices cost little, also while some of them hang."""
import json
import os
import signal
import socket
import time

from ssh_kit import SAWATCH, Agent, Daemon, Sim, at_once, configuration, device, run, trust, wait_for

OFTEN = ", interval: 3s, timeout: 1s, command_timeout: 2s, deadline: 2900ms, detail_interval: 3s"
HEAD = "listen: 127.0.0.1:0\n"
FLEET = 500


def process(pid, field):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return int(next(line.split()[1] for line in f if line.startswith(field + ":")))


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def source(daemon, name, kind="ssh"):
    """how the device does by this source: SourceStatus of the API"""
    for d in json.loads(daemon.get("api/v1/devices"))["devices"]:
        if d["name"] == name:
            return next((s for s in d.get("sources", []) if s["source"] == kind), {})
    return {}


def polled_again(daemon, *names):
    """Waits until the devices were read once more, or that was tried."""
    last = {name: source(daemon, name).get("attempted_at_ms", 0) for name in names}
    wait_for(lambda: all(source(daemon, name).get("attempted_at_ms", 0) > last[name] for name in names), "%s are polled again" % (names,))


def up(daemon):
    return sum(daemon.metric("sawatch_device_up{").values())


def errors(daemon, name, reason):
    return daemon.metric('sawatch_poll_errors_total{device="%s",source="ssh",reason="%s"}' % (name, reason)).get("", 0)


def sessions_stay_open(place):
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASA-XFW01", "password_file: password" + OFTEN, snmp=", interval: 60s"),
                               device(sim, "ASR-WAN01", "key_file: key" + OFTEN).replace("127.0.0.1", "localhost"), head=HEAD)
        trust(config, "ASA-XFW01")
        trust(config, "ASR-WAN01")
        for quirk in ("reload-notice", "syslog-lines"):
            sim.do("quirk ASR-WAN01 %s on" % quirk)
        with Daemon(place, config, "--log-level", "debug") as daemon:
            wait_for(lambda: up(daemon) == 3, "every source of every device is up")
            assert process(daemon.collector(), "Seccomp") == 2
            tunnels = daemon.metric("sawatch_tunnel_up")
            assert len(tunnels) == 4 and set(tunnels.values()) == {1}, tunnels
            # What SNMP does not have.
            assert len(daemon.metric("sawatch_tunnel_path_mtu_bytes")) == 4
            # A firewall prints no plaintext MTU, but an overhead that says it.
            explained = run(SAWATCH, "explain", "--server", daemon.url.rstrip("/"), "192.0.2.1-198.51.100.1", status=0).stdout
            assert " 1437, by its overhead" in explained and " 1438 " in explained.replace("\n", " "), explained
            costs = daemon.metric('sawatch_poll_table_seconds{device="ASR-WAN01",source="ssh"')
            assert any("show crypto ipsec sa detail" in k and v > 0 for k, v in costs.items()), costs
            polled_again(daemon, "ASR-WAN01")
            assert sorted(a[0] for a in sim.attempts()) == ["ASA-XFW01", "ASR-WAN01"], sim.attempts()

            # What the device says between its answers: of a reload once, of its log that there were messages.
            said = [line for line in daemon.log().splitlines() if "device=ASR-WAN01" in line]
            assert len([line for line in said if " warning " in line and "*** --- SHUTDOWN in 0:05:00 ---" in line]) == 1, said
            assert any(" debug " in line and "log messages of the device" in line for line in said), said
            assert "CONFIG_I" not in daemon.log()

            # A session that the device ends is opened again.
            sim.do("quirk ASR-WAN01 drop on")
            wait_for(lambda: errors(daemon, "ASR-WAN01", "cut"), "a session is cut")
            sim.do("quirk ASR-WAN01 drop off")
            wait_for(lambda: up(daemon) == 3, "it is open again")
            assert len(sim.attempts()) > 2, sim.attempts()


def another_key_is_an_alarm(place):
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASR-WAN01", "key_file: key" + OFTEN), head=HEAD)
        trust(config, "ASR-WAN01")
        with Daemon(place, config) as daemon:
            wait_for(lambda: up(daemon) == 1, "its own key is known")
            # Nothing is sent.
            sim.do("quirk ASR-WAN01 new-host-key on")
            sim.do("quirk ASR-WAN01 drop on")
            wait_for(lambda: errors(daemon, "ASR-WAN01", "host_key_changed"), "the alarm")
            tried = len(sim.attempts())
            sim.do("quirk ASR-WAN01 drop off")
            wait_for(lambda: errors(daemon, "ASR-WAN01", "host_key_changed") > 1, "it goes on")
            assert len(sim.attempts()) == tried, sim.attempts()
            trust(config, "ASR-WAN01", "--replace")
            daemon.reload()
            wait_for(lambda: up(daemon) == 1, "the new key is known")


def what_cannot_be_used_is_said_at_the_start(place):
    check = [os.path.join(os.environ["top_builddir"], "sawatchd"), "--check-config"]
    with Sim(place) as sim:
        for login, says in (("key_file: password", "not a private key"), ("key_file: locked", "`key_passphrase_file`"),
                            ("key_file: locked, key_passphrase_file: wrong", "passphrase is not its"), ("key_file: nothing", "No such file")):
            r = run(*check, configuration(place, device(sim, "ASR-WAN01", login + OFTEN)), status=1)
            assert says in r.stderr and "sawatch.yml:2: " in r.stderr, (login, r)
        run(*check, configuration(place, device(sim, "ASR-WAN01", "key_file: locked, key_passphrase_file: enable" + OFTEN)), status=0)


def an_agent(place):
    with Sim(place) as sim, Agent(place) as environment:
        config = configuration(place, device(sim, "ASR-WAN01", "agent: true" + OFTEN), head=HEAD)
        trust(config, "ASR-WAN01")
        with Daemon(place, config, environment=environment) as daemon:
            wait_for(lambda: up(daemon) == 1, "the agent's key is taken")
            assert sim.attempts() == [("ASR-WAN01", "sawatch", "publickey", "accepted")], sim.attempts()
            open_now = descriptors(daemon.collector())
            for logins in (2, 3):
                sim.do("quirk ASR-WAN01 drop on")
                wait_for(lambda: up(daemon) == 0, "the session is cut")
                sim.do("quirk ASR-WAN01 drop off")
                wait_for(lambda n=logins: up(daemon) == 1 and len(sim.attempts()) >= n, "it is open again")
            assert descriptors(daemon.collector()) <= open_now, (open_now, descriptors(daemon.collector()))


def an_agent_that_hangs(place):
    """It is given up soon; who does not need it is polled as ever, and no login is refused."""
    with Sim(place) as sim, socket.socket(socket.AF_UNIX) as agent:
        agent.bind(place.path("agent"))
        agent.listen(64)
        patient = ", interval: 8s, timeout: 7s, command_timeout: 2s, deadline: 7900ms, detail_interval: 8s"
        config = configuration(place, device(sim, "ASR-WAN01", "agent: true" + patient), device(sim, "ASA-XFW01", "password_file: password" + OFTEN),
                               device(sim, "either", "agent: true, password_file: password" + patient, of="ASR-WAN01"), head=HEAD)
        trust(config, "ASR-WAN01")
        trust(config, "ASA-XFW01")
        with Daemon(place, config, environment={"SSH_AUTH_SOCK": agent.getsockname()}) as daemon:
            wait_for(lambda: errors(daemon, "ASR-WAN01", "timeout"), "the agent is given up")
            assert "the SSH agent does not answer" in source(daemon, "ASR-WAN01")["error"], source(daemon, "ASR-WAN01")
            wait_for(lambda: daemon.metric('sawatch_device_up{device="either"') == {',source="ssh"}': 1}, "the password is taken instead")
            polled_again(daemon, "ASA-XFW01")
            assert daemon.metric('sawatch_device_up{device="ASA-XFW01"') == {',source="ssh"}': 1} and "by force" not in daemon.log(), daemon.log()
            assert not daemon.metric('sawatch_poll_errors_total{device="ASA-XFW01"'), daemon.metric("sawatch_poll_errors_total")
            assert sorted(sim.attempts()) == [("ASA-XFW01", "sawatch", "password", "accepted"), ("either", "sawatch", "password", "accepted")], sim.attempts()


def a_refused_login_latches(place):
    names, ways = ("ASR-WAN01", "ASA-XFW01"), {"ASR-WAN01": "password", "ASA-XFW01": "keyboard-interactive"}
    with Sim(place, "--ssh-quirk", "ASA-XFW01:interactive-only") as sim:
        def tried(*outcomes):
            """Has each device seen just these attempts?"""
            return all([a[2:] for a in sim.attempts() if a[0] == name] == [(ways[name], o) for o in outcomes] for name in names)

        config = configuration(place, *(device(sim, name, "password_file: wrong" + OFTEN) for name in names),
                               head=HEAD + "probe: {enabled: true, min_age: 1s}\n")
        for name in names:
            trust(config, name)
        with Daemon(place, config) as daemon:
            for name in names:
                wait_for(lambda name=name: errors(daemon, name, "auth"), "the login is refused")
            polled_again(daemon, *names)
            for name in names:
                said = source(daemon, name)["error"]
                assert "not tried again before" in said and "until the configuration is read again" in said, said
            assert tried("refused"), sim.attempts()
            # Nor for a scraper that asks for it.
            for name in names:
                text = daemon.get("probe?target=" + name)
                assert 'sawatch_device_up{device="%s",source="ssh"} 0\n' % name in text, text
            assert tried("refused"), sim.attempts()
            # Not by a collector that is new either.
            old = daemon.collector()
            os.kill(old, signal.SIGKILL)
            wait_for(lambda: daemon.collector() not in (None, old), "another collector")
            polled_again(daemon, *names)
            assert tried("refused"), sim.attempts()
            # Once more when the configuration is read again; then with the right one.
            daemon.reload()
            wait_for(lambda: tried("refused", "refused"), "one more attempt of each")
            polled_again(daemon, *names)
            assert tried("refused", "refused"), sim.attempts()
            configuration(place, *(device(sim, name, "password_file: password" + OFTEN) for name in names), head=HEAD)
            daemon.reload()
            wait_for(lambda: up(daemon) == 2, "the right password")
            assert tried("refused", "refused", "accepted"), sim.attempts()


def an_account_is_not_tried_everywhere(place):
    with Sim(place) as sim:
        config = configuration(place, *(device(sim, "dev%02d" % i, "password_file: wrong" + OFTEN, of="ASR-WAN01", user="sawatch") for i in range(20)), head=HEAD)
        trust(config, "dev00")
        with Daemon(place, config) as daemon:
            wait_for(lambda: all(errors(daemon, "dev%02d" % i, "auth") for i in range(20)), "every login failed, tried or not")
            polled_again(daemon, "dev00", "dev07", "dev19")
            assert 3 <= len(sim.attempts()) <= 5, sim.attempts()
            assert "this account" in source(daemon, "dev19")["error"] + source(daemon, "dev07")["error"] + source(daemon, "dev00")["error"]


def hundreds_at_once(place):
    """One process polls a fleet, while some of it hangs: figures, and bounds on them."""
    once = ", interval: 120s, detail_interval: 120s, timeout: 20s, command_timeout: 60s, deadline: 100s"
    hanging = []
    with Sim(place) as sim:
        rows = [device(sim, "dev%03d" % i, "key_file: key" + once, of=("ASR-WAN01", "ASA-XFW01")[i % 2]) for i in range(FLEET)]
        for i in range(5): # takes the connection, and says nothing
            listener = socket.create_server(("127.0.0.1", 0))
            hanging.append(listener)
            rows.append("- {name: hung%d, platform: asa, address: 127.0.0.1, ssh: {port: %d, user: u, key_file: key%s}}\n"
                        % (i, listener.getsockname()[1], once.replace("timeout: 20s", "timeout: 4s", 1)))
        config = configuration(place, *rows, head=HEAD)
        trust(config, "dev000")
        trust(config, "dev001")
        began = time.monotonic()
        with Daemon(place, config) as daemon:
            pid = wait_for(daemon.collector, "the collector")
            most = {"threads": 0, "KiB": 0, "descriptors": 0}

            def looked():
                most["threads"] = max(most["threads"], process(pid, "Threads"))
                most["KiB"] = max(most["KiB"], process(pid, "VmRSS"))
                most["descriptors"] = max(most["descriptors"], descriptors(pid))
                return up(daemon) == FLEET

            wait_for(looked, "the whole fleet is read", 100)
            took = time.monotonic() - began
            print("%d devices in %.1f s, 5 more hanging; one collector: %s" % (FLEET, took, most))
            assert most["threads"] <= 8, most
            assert most["descriptors"] <= FLEET + 5 + 64, most
            assert most["KiB"] <= 400 << 10, most
            assert len(sim.attempts()) == FLEET, len(sim.attempts())
            wait_for(lambda: errors(daemon, "hung0", "timeout") + errors(daemon, "hung4", "timeout") >= 2, "those that hang are given up")
            # Sessions of devices that are gone end, and nothing of them stays.
            configuration(place, rows[0], head=HEAD)
            daemon.reload()
            wait_for(lambda: descriptors(pid) <= 40, "their descriptors are closed")
    for listener in hanging:
        listener.close()


at_once(what_cannot_be_used_is_said_at_the_start, sessions_stay_open, another_key_is_an_alarm, an_agent, an_agent_that_hangs,
        a_refused_login_latches,
        an_account_is_not_tried_everywhere, hundreds_at_once)
