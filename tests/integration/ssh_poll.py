#!/usr/bin/env python3
"""`sawatch poll` and `sawatch trust` by SSH against sawatch-sim: every way to log in, host keys, what a device can do wrong, and that SNMP and SSH
say the same."""
import contextlib
import os
import re
import socket
import subprocess
import time

from ssh_kit import BUILD, QUICK, SAWATCH, Agent, Sim, at_once, configuration, device, lasting, poll, run, tables, trust

HASTY = ", timeout: 1s, command_timeout: 1s, deadline: 20s"


def ways_to_log_in(place):
    with Sim(place) as sim:
        config = configuration(
            place,
            device(sim, "ASR-WAN01", "password_file: password" + QUICK),
            device(sim, "with-key", "key_file: key" + QUICK, of="ASR-WAN01"),
            device(sim, "with-locked-key", "key_file: locked, key_passphrase_file: enable" + QUICK, of="ASR-WAN01"),
            device(sim, "with-wrong-passphrase", "key_file: locked, key_passphrase_file: wrong" + QUICK, of="ASR-WAN01"),
            device(sim, "with-agent", "agent: true" + QUICK, of="ASR-WAN01"),
            device(sim, "wrong", "password_file: wrong" + QUICK, of="ASR-WAN01"))
        trust(config, "ASR-WAN01")
        for name in ("ASR-WAN01", "with-key", "with-locked-key"):
            sample, status, said = poll(config, name, status=0)
            assert status == 0 and not said, said
            assert sample["source"] == "ssh" and sample["hostname"].startswith(name.split("-")[0]), sample
            assert len(sample["ipsec_sas"]) == 2 and len(sample["ike_sas"]) == 2, sample
            cost = tables(sample)["show crypto ipsec sa detail"]
            assert cost["bytes"] > 1000 and cost["seconds"] > 0, cost
        with Agent(place) as environment:
            poll(config, "with-agent", status=0, environment=environment)
        sample, _, said = poll(config, "with-agent", status=3, environment={"SSH_AUTH_SOCK": place.path("nothing")})
        assert sample is None and "the SSH agent: " in said and "nothing: No such file" in said, said
        assert [a[3] for a in sim.attempts()] == ["accepted"] * 4, sim.attempts()

        # One attempt, and no more.
        sample, _, _ = poll(config, "wrong", status=3)
        assert sample["error_class"] == "auth" and "refuses the login" in sample["error"], sample
        assert sim.attempts()[4:] == [("wrong", "sawatch", "password", "refused")], sim.attempts()
        sample, _, _ = poll(config, "with-wrong-passphrase", status=3)
        assert sample["error_class"] == "auth" and "passphrase" in sample["error"], sample
        assert len(sim.attempts()) == 5, sim.attempts()


def the_password_as_an_answer(place):
    """Keyboard-interactive: a device that takes no password but as the answer to its question."""
    with Sim(place, "--ssh-quirk", "ASR-WAN01:interactive-only") as sim:
        config = configuration(place, device(sim, "ASR-WAN01", "password_file: password" + QUICK),
                               device(sim, "wrong", "password_file: wrong" + QUICK, of="ASR-WAN01"))
        trust(config, "ASR-WAN01")
        poll(config, "ASR-WAN01", status=0)
        sample, _, _ = poll(config, "wrong", status=3)
        assert sample["error_class"] == "auth" and "refuses the login" in sample["error"], sample
        assert sim.attempts() == [("ASR-WAN01", "sawatch", "keyboard-interactive", "accepted"),
                                  ("wrong", "sawatch", "keyboard-interactive", "refused")], sim.attempts()


def several_addresses(place):
    """`localhost` is ::1 and 127.0.0.1 on most machines, and the device is at the second: the first refuses, then does not answer at all."""
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASR-WAN01", "password_file: password" + QUICK).replace("127.0.0.1", "localhost"))
        trust(config, "ASR-WAN01")
        poll(config, "ASR-WAN01", status=0)
        if not any(a[0] == socket.AF_INET6 for a in socket.getaddrinfo("localhost", 22, type=socket.SOCK_STREAM)):
            return
        at = ("::1", sim.ports["ASR-WAN01", "ssh"])
        with contextlib.ExitStack() as full:
            full.enter_context(socket.create_server(at, family=socket.AF_INET6, backlog=0))
            for _ in range(4): # fills its queue
                waiting = full.enter_context(socket.socket(socket.AF_INET6))
                waiting.setblocking(False)
                waiting.connect_ex(at)
            sample, _, _ = poll(config, "ASR-WAN01", status=0)
        assert sample["source"] == "ssh" and len(sim.attempts()) == 2, sim.attempts()


def security_contexts(place):
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASA-XFW01", "password_file: password, context: ctx" + QUICK),
                               device(sim, "as-it-comes", "password_file: password" + QUICK, of="ASA-XFW01"),
                               device(sim, "nowhere", "password_file: password, context: nowhere" + QUICK, of="ASA-XFW01"))
        trust(config, "ASA-XFW01")
        for name, prompt in (("ASA-XFW01", "ASA-XFW01/ctx#\\x20"), ("as-it-comes", "as-it-comes#\\x20")):
            record = place.path("record")
            sample, _, _ = poll(config, name, "--record", record, status=0)
            assert len(sample["ipsec_sas"]) == 2, sample
            # Every command was typed at the prompt of that context, and of no other.
            lines = [line for line in place.read("record").splitlines() if line[0] in "<>"]
            at = {typed: shown.split(" ", 2)[2] for shown, typed in zip(lines, lines[1:]) if typed.startswith("> ") and " show " in typed}
            assert len(at) >= 5 and set(at.values()) == {prompt}, (prompt, at)
        sample, _, said = poll(config, "nowhere", status=3)
        assert sample["error_class"] == "unsupported", sample
        assert "'changeto context nowhere' was refused: ERROR: Context nowhere does not exist" in sample["error"], sample
        assert not sample.get("tables"), sample


def host_keys(place):
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASA-XFW01", "password_file: password" + QUICK), head="known_hosts: hosts\n")
        sample, _, _ = poll(config, "ASA-XFW01", status=3)
        assert sample["error_class"] == "host_key_unknown" and "`sawatch trust ASA-XFW01`" in sample["error"], sample
        fingerprint = re.search(r"SHA256:[A-Za-z0-9+/]{43}", sample["error"]).group()

        # As ssh-keygen prints it of the key that is kept.
        keys = [os.path.join(place.path("hostkeys"), name) for name in os.listdir(place.path("hostkeys"))]
        printed = "".join(subprocess.run(["ssh-keygen", "-lf", key], stdout=subprocess.PIPE, universal_newlines=True, check=False).stdout
                          for key in keys)
        assert fingerprint in printed, (fingerprint, printed)

        r = run(SAWATCH, "trust", "-c", config, "ASA-XFW01", status=1)
        assert fingerprint in r.stdout and "nobody is there to be asked" in r.stderr, r
        r = run(SAWATCH, "trust", "-c", config, "--fingerprint", "SHA256:" + "A" * 43, "ASA-XFW01", status=1)
        assert "nothing is recorded" in r.stderr and not place.read("hosts"), r
        run(SAWATCH, "trust", "-c", config, "--fingerprint", fingerprint, "ASA-XFW01", status=0)
        assert place.read("hosts").startswith("[127.0.0.1]:%d ssh-" % sim.ports["ASA-XFW01", "ssh"]), place.read("hosts")
        assert "known already" in trust(config, "ASA-XFW01").stdout
        assert not sim.attempts(), sim.attempts()
        poll(config, "ASA-XFW01", status=0)

        # OpenSSH's own hashing of names.
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", place.path("hosts")], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert place.read("hosts").startswith("|1|")
        poll(config, "ASA-XFW01", status=0)
        assert len(sim.attempts()) == 2, sim.attempts()

        # Another key: an alarm, and nothing is sent.
        sim.do("quirk ASA-XFW01 new-host-key on")
        sample, _, _ = poll(config, "ASA-XFW01", status=3)
        assert sample["error_class"] == "host_key_changed" and "nothing was sent" in sample["error"], sample
        assert "ANOTHER KEY" in trust(config, "ASA-XFW01", status=1).stderr
        assert len(sim.attempts()) == 2, sim.attempts()
        trust(config, "ASA-XFW01", "--replace")
        assert len(place.read("hosts").splitlines()) == 1
        poll(config, "ASA-XFW01", status=0)

        # A revoked one is not taken, whatever stands beside it.
        known = place.read("hosts")
        place.write("hosts", known + "@revoked " + known)
        sample, _, _ = poll(config, "ASA-XFW01", status=3)
        assert sample["error_class"] == "host_key_changed" and "revoked" in sample["error"], sample
        assert len(sim.attempts()) == 3, sim.attempts()
        os.unlink(place.path("hosts"))


def hangs(place):
    with Sim(place) as sim:
        config = configuration(place, device(sim, "ASR-WAN01", "password_file: password" + HASTY),
                               device(sim, "patient", "password_file: password" + QUICK, of="ASR-WAN01"))
        trust(config, "patient")
        for quirk, error_class, says in (
                ("hang-accept", "timeout", "handshake"), ("hang-kex", "timeout", "handshake"), ("hang-auth", "timeout", "login"),
                ("hang-shell", "timeout", ""), ("hang-answer", "timeout", ""), ("drop", "cut", "")):
            sim.do("quirk ASR-WAN01 %s on" % quirk)
            began = time.monotonic()
            sample, status, said = poll(config, "ASR-WAN01")
            took = time.monotonic() - began
            sim.do("quirk ASR-WAN01 %s off" % quirk)
            assert took < 15, (quirk, took)
            if quirk in ("hang-answer", "drop"):
                assert status == 3 and "error_class" not in sample, (quirk, sample)
                bad = [t for t in sample["tables"] if t["status"] != "complete"]
                assert bad and bad[0]["status"] == "partial" and bad[0]["error_class"] == error_class, (quirk, bad)
            else:
                assert status == 3 and sample["error_class"] == error_class and says in sample["error"], (quirk, sample)
        poll(config, "patient", status=0)


def what_is_refused(place):
    with Sim(place, "--ssh-enable-file", place.path("enable")) as sim:
        config = configuration(
            place,
            device(sim, "ASR-WAN01", "password_file: password, enable_file: enable" + QUICK),
            device(sim, "ASA-XFW01", "password_file: password, enable_file: enable" + QUICK),
            device(sim, "wrong-enable", "password_file: password, enable_file: wrong" + QUICK, of="ASR-WAN01"))
        trust(config, "ASR-WAN01")
        trust(config, "ASA-XFW01")
        poll(config, "ASR-WAN01", status=0)
        poll(config, "ASA-XFW01", status=0)
        sample, _, _ = poll(config, "wrong-enable", status=3)
        assert sample["error_class"] == "auth" and "enable" in sample["error"], sample
        sim.do("deny ASR-WAN01 show crypto session")
        sample, _, said = poll(config, "ASR-WAN01", status=1)
        denied = tables(sample)["show crypto session detail"]
        assert denied["status"] == "failed" and denied["error_class"] == "access", denied
        assert "missing without it: profiles, uptimes" in denied["error"], denied
        assert all(t["status"] == "complete" for t in sample["tables"] if t is not denied), sample["tables"]
        assert "show crypto session detail failed" in said, said


def old_algorithms(place):
    with Sim(place, "--ssh-quirk", "ASR-WAN01:old-algorithms") as sim:
        config = configuration(
            place,
            device(sim, "ASR-WAN01", "password_file: password" + QUICK),
            device(sim, "allowed", "password_file: password, old_algorithms: true" + QUICK, of="ASR-WAN01"),
            device(sim, "listed", "password_file: password, old_algorithms: [diffie-hellman-group14-sha1, diffie-hellman-group1-sha1, "
                   "aes256-cbc, aes128-cbc, hmac-sha1, ssh-rsa]" + QUICK, of="ASR-WAN01"))
        trust(config, "allowed")
        sample, _, _ = poll(config, "ASR-WAN01", status=3)
        # Which of the two says so first is a race.
        assert sample["error_class"] in ("protocol", "cut") and "`old_algorithms`" in sample["error"], sample
        poll(config, "allowed", status=0)
        poll(config, "listed", status=0)
        r = run(os.path.join(BUILD, "sawatchd"), "--check-config", config, status=0)
        assert r.stderr.count("old SSH algorithms are allowed") == 2 and "device listed: old SSH algorithms" in r.stderr, r


def noise(place, name):
    with Sim(place) as sim:
        config = configuration(place, device(sim, name, "password_file: password" + QUICK))
        trust(config, name)
        quiet, _, _ = poll(config, name, status=0)
        assert not quiet.get("unparsed"), quiet["unparsed"]
        for quirk in ("banner", "motd", "pager-always", "prompt-timestamp", "syslog-lines", "reload-notice", "odd-newlines", "split-writes",
                      "syslog-at-prompt"):
            sim.do("quirk %s %s on" % (name, quirk))
            loud, status, said = poll(config, name)
            sim.do("quirk %s %s off" % (name, quirk))
            assert status == 0, (name, quirk, said)
            assert said.count("*** --- SHUTDOWN in 0:05:00 ---") == (quirk == "reload-notice"), said
            assert not said or quirk == "reload-notice", (quirk, said)
            assert lasting(loud) == lasting(quiet), (name, quirk, lasting(loud), lasting(quiet))
        sim.do("quirk %s prompt-timestamp on" % name)
        sim.do("cpu %s 83" % name)
        sample, _, _ = poll(config, name, status=0)
        assert any(t.get("cpu_percent") == 83 for t in sample["tables"]) == (name == "ASR-WAN01"), sample["tables"]


def noise_of_a_firewall(place):
    noise(place, "ASA-XFW01")


def noise_of_a_router(place):
    noise(place, "ASR-WAN01")


def ends(sample):
    """{peer: counters} of a sample; by SNMP as by SSH"""
    found = {}
    for sa in sample["ipsec_sas"]:
        counts = found.setdefault((sa.get("peer"), sa.get("local_ident"), sa.get("remote_ident")), {})
        for name in ("in_bytes", "out_bytes", "encaps_packets", "decaps_packets", "replay_failed_recv"):
            if name in sa:
                counts[name] = counts.get(name, 0) + sa[name]
    return found


def snmp_and_ssh_say_the_same(place):
    with Sim(place, "--tunnels", "20") as sim:
        config = configuration(place, *(device(sim, name, "password_file: password" + QUICK, snmp=True) for name in ("ASR-WAN01", "ASA-XFW01")))
        alone = configuration(place, *(device(sim, name, "password_file: password" + QUICK) for name in ("ASR-WAN01", "ASA-XFW01")), name="alone.yml")
        for tunnel in range(1, 21):
            for way in ("a-to-b", "b-to-a"):
                sim.do("rate %d %s 0" % (tunnel, way)) # one instant for both
        for name in ("ASR-WAN01", "ASA-XFW01"):
            trust(config, name)
            snmp, _, _ = poll(config, name, source="snmp", status=0)
            ssh, _, _ = poll(alone, name, status=0)
            beside, _, _ = poll(config, name, status=0)
            assert len(snmp["ipsec_sas"]) == len(ssh["ipsec_sas"]) == 20
            by_snmp, by_ssh = ends(snmp), ends(ssh)
            for end, counts in by_snmp.items():
                assert counts["encaps_packets"] > 0 and counts["decaps_packets"] > 0, (end, counts)
            peers = {}
            for end, counts in by_ssh.items():
                peers[end[0]] = counts
            for end, counts in by_snmp.items():
                shared = set(counts) & set(peers[end[0]])
                assert {"encaps_packets", "decaps_packets"} <= shared, (end, counts, peers[end[0]])
                assert {n: counts[n] for n in shared} == {n: peers[end[0]][n] for n in shared}, (name, end, counts, peers[end[0]])
            # Beside SNMP only what that lacks is typed.
            assert set(tables(beside)) < set(tables(ssh)) and "show crypto ipsec sa detail" in tables(beside), tables(beside)


at_once(ways_to_log_in, the_password_as_an_answer, several_addresses, security_contexts, host_keys, hangs, what_is_refused, old_algorithms, noise_of_a_firewall, noise_of_a_router,
        snmp_and_ssh_say_the_same)
