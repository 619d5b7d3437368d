#!/usr/bin/env python3
"""`sawatch poll` against a real OpenSSH server: what was recorded of a simulated device replays there; keys and agents; devices behind it, with the
server as their jump host."""
import os
import sys
import time

from ssh_kit import (ENABLE, PASSWORD, QUICK, Agent, Daemon, Place, Sim, configuration, device, lasting, poll, run, trust, wait_for)
import sshd_kit
from ssh_kit import SAWATCH

sshd_kit.need_sshd()


def row(server, name, platform, login, more=""):
    return "- {name: %s, platform: %s, address: 127.0.0.1, ssh: {port: %d, user: %s, %s%s%s}}\n" % (
        name, platform, server.port, server.user, login, QUICK, more)


def a_recording_replays(place):
    with Sim(place, "--ssh-enable-file", place.path("enable")) as sim, sshd_kit.Sshd() as server:
        server.authorize(place.path("key.pub"))
        for name, platform in (("ASA-XFW01", "asa"), ("ASR-WAN01", "iosxe")):
            config = configuration(place, device(sim, name, "password_file: password, enable_file: enable" + QUICK))
            trust(config, name)
            simulated, _, _ = poll(config, name, "--record", place.path("recording"), status=0)
            assert os.stat(place.path("recording")).st_mode & 0o077 == 0
            recording = place.read("recording")
            assert recording.startswith("sawatch transcript 1\nplatform %s\n" % platform) and len(recording) > 4000, recording[:200]
            assert ENABLE not in recording and PASSWORD not in recording and "\n* " in recording
            server.play(place.path("recording"))
            config = configuration(place, row(server, name, platform, "key_file: key, enable_file: enable"))
            place.write("known_hosts", server.known_hosts())
            replayed, _, _ = poll(config, name, status=0)
            assert lasting(replayed) == lasting(simulated), (replayed, simulated)
            os.unlink(place.path("known_hosts"))


def keys_and_agents(place):
    with sshd_kit.Sshd() as server:
        server.authorize(place.path("key.pub"))
        server.authorize(place.path("locked.pub"))
        server.play(os.path.join(os.environ["top_srcdir"], "tests", "fixtures", "ssh", "iosxe-aaa.transcript"))
        place.write("known_hosts", server.known_hosts())
        config = configuration(
            place, row(server, "key", "iosxe", "key_file: key"), row(server, "locked", "iosxe", "key_file: locked, key_passphrase_file: enable"),
            row(server, "agent", "iosxe", "agent: true"), row(server, "password", "iosxe", "password_file: password"))
        for name in ("key", "locked"):
            sample, _, _ = poll(config, name)
            assert "error_class" not in sample, sample
        with Agent(place) as environment:
            sample, _, _ = poll(config, "agent", environment=environment)
            assert "error_class" not in sample, sample
        # It takes no passwords: none is sent.
        sample, _, _ = poll(config, "password", status=3)
        assert sample["error_class"] == "auth" and "none of the ways" in sample["error"], sample
        assert "Failed password" not in server.log()
        # Another host key: nothing is offered.
        offered = server.log().count("Accepted publickey")
        server.new_host_keys()
        sample, _, _ = poll(config, "key", status=3)
        assert sample["error_class"] == "host_key_changed", sample
        assert server.log().count("Accepted publickey") == offered
        os.unlink(place.path("known_hosts"))


def behind_a_jump_host(place):
    with Sim(place) as sim, sshd_kit.Sshd() as server:
        server.authorize(place.path("key.pub"))
        head = "listen: 127.0.0.1:0\njump_hosts:\n- {name: bastion, address: 127.0.0.1, ssh: {port: %d, user: %s, key_file: key}}\n" % (
            server.port, server.user)
        config = configuration(place, device(sim, "ASR-WAN01", "password_file: password, jump: bastion" + QUICK),
                               device(sim, "ASA-XFW01", "password_file: password, jump: bastion, interval: 31s" + QUICK), head=head)
        sample, _, _ = poll(config, "ASR-WAN01", status=3)
        assert sample["error_class"] == "host_key_unknown" and "jump host bastion" in sample["error"], sample
        assert "`sawatch trust bastion`" in sample["error"], sample
        trust(config, "bastion")
        assert place.read("known_hosts") == server.known_hosts()
        sample, _, _ = poll(config, "ASR-WAN01", status=3)
        assert sample["error_class"] == "host_key_unknown" and "`sawatch trust ASR-WAN01`" in sample["error"], sample
        assert not sim.attempts()
        trust(config, "ASR-WAN01")
        trust(config, "ASA-XFW01")
        through, _, _ = poll(config, "ASR-WAN01", status=0)
        direct = configuration(place, device(sim, "ASR-WAN01", "password_file: password" + QUICK), name="direct.yml")
        assert lasting(through) == lasting(poll(direct, "ASR-WAN01", status=0)[0])
        # In the daemon's sandbox as well.
        with Daemon(place, config) as daemon:
            wait_for(lambda: sum(daemon.metric("sawatch_device_up{").values()) == 2, "both are read through it")
            # It ends, and is back.
            server.stop()
        sample, _, _ = poll(config, "ASR-WAN01", status=3)
        assert sample["error_class"] == "unreachable" and "jump host bastion" in sample["error"], sample
        server.start()
        # A port where nobody listens, behind it.
        config = configuration(place, device(sim, "ASR-WAN01", "password_file: password, jump: bastion" + QUICK).replace(
            "port: %d" % sim.ports["ASR-WAN01", "ssh"], "port: 1"), head=head)
        sample, _, _ = poll(config, "ASR-WAN01", status=3)
        assert sample["error_class"] in ("unreachable", "protocol", "cut") and "does not connect us" in sample["error"], sample
        run(SAWATCH, "trust", "-c", config, "nobody", status=2)


with Place() as where:
    for test in (a_recording_replays, keys_and_agents, behind_a_jump_host):
        begun = time.monotonic()
        test(where)
        print("ok: %s (%.1f s)" % (test.__name__, time.monotonic() - begun), flush=True)
sys.exit(0)
