#!/usr/bin/env python3
"""sawatchd pushes its results into a real Icinga 2: the states and texts are check_sawatch's, they go stale when the daemon is killed, and
what Icinga does not know is said once."""
import os
import shutil
import signal
import sys

from daemon_kit import SOURCE, House, check, wait_for
from icinga2_kit import ICINGA, Icinga
from monitoring_kit import watch_pair
from push_kit import pair, wait_over_reload

if not ICINGA:
    print("icinga2 is not installed")
    sys.exit(77)

with House() as house:
    names, listed = watch_pair(house, "icinga2")
    ports = dict(line.split(" snmp 127.0.0.1:") for line in house.read("ports").splitlines() if " snmp " in line)
    icinga = Icinga(house, """
%s
object Host "ASA-XFW01" { check_command = "passive", vars.sawatch_push = true }
object Host "ASR-WAN01" { check_command = "passive", vars.sawatch_push = true }
object ApiUser "sawatch" { password = "pushed-in-a-test", permissions = [ "actions/process-check-result" ] }
""" % listed)

    def configure(more=""):
        house.configure(pair(ports), push="""
  - {name: icinga, type: icinga2, url: "https://127.0.0.1:%d", interval: 1s, timeout: 5s, auth: {user: sawatch, password_file: icinga-password},
     tls: {ca_file: "%s/data/ca/ca.crt", server_name: here}, icinga: {ttl: 4s, link_service: "link {link}"}%s}""" % (icinga.port, icinga.dir, more))

    try:
        shutil.copy(os.path.join(SOURCE, "plugins", "icinga2", "sawatch-push.conf"), icinga.dir)
        # One template for the tests' own service, and freshness that is looked at each second.
        icinga.write("icinga2.conf", icinga.read("icinga2.conf").replace('include "sawatch.conf"', 'include "sawatch-push.conf"'))
        icinga.write("sawatch-push.conf", icinga.read("sawatch-push.conf").replace("check_interval = 1m", "check_interval = 1s"))
        icinga.own()
        icinga.icinga("daemon", "-C", "-c", os.path.join(icinga.dir, "icinga2.conf"))
        check("Icinga 2 takes the shipped configuration", True)

        # Before it is there its absence is said; then the results of now come.
        house.write("icinga-password", "pushed-in-a-test\n")
        configure()
        house.reload()
        wait_for("its absence is said", lambda: "push icinga: cannot connect to https://127.0.0.1:" in house.log())
        icinga.start()
        device, tunnel = names[0]
        service = (device, "tunnel " + tunnel)
        wait_for("a service for each tunnel end and device", lambda: len(icinga.services() or {}) >= len(names) + 2, 60)
        fine = icinga.wait_state(service, "OK")
        asked = house.plugin("--device", device, "--tunnel", tunnel, "-v")
        check("the text is check_sawatch's: %s" % fine["output"],
              fine["output"].startswith("SAWATCH TUNNEL OK - %s/%s to " % (device, tunnel)) and asked[1].startswith(fine["output"].split(" for ")[0]))
        check("performance data is taken apart: %s" % fine["performance_data"], any("in_packets" in p for p in fine["performance_data"]))
        shown = {p.split("=")[0].strip("'") for p in fine["performance_data"]}
        theirs = {p.split("=")[0].strip("'") for p in asked[1].split("\n")[0].split("|")[1].split()}
        check("and is the same as the plugin's", shown == theirs)
        check("it says who measured, and until when it counts", fine["check_source"] == "sawatchd" and fine["ttl"] == 4)
        icinga.wait_state((device, "sawatch device"), "OK")
        wait_for("what Icinga does not know is said", lambda: 'Icinga has no service "link ' in house.log())

        # The same verdicts, as things happen.
        house.tell_sim("cut 1")
        icinga.wait_state(service, "CRITICAL")
        house.tell_sim("restore 1")
        icinga.wait_state(service, "OK")
        said = house.log().count("Icinga has no service")
        house.tell_sim("silence ASA-XFW01")
        unread = icinga.wait_state(service, "UNKNOWN")
        check("what cannot be read is unknown, and by the daemon's word: %s" % unread["output"], unread["output"].startswith("SAWATCH TUNNEL UNKNOWN"))
        house.tell_sim("speak ASA-XFW01")
        icinga.wait_state(service, "OK")
        lines = [line.split("push icinga: ")[1] for line in house.log().splitlines() if "Icinga has no service" in line]
        check("and nothing of that was said twice", len(lines) == said == len(set(lines)))

        # Wrong credentials are said and do not lose what comes after they are mended.
        house.write("icinga-password", "another\n")
        house.reload()
        wait_for("a refused user is said", lambda: "push icinga: HTTP 401" in house.log())
        house.write("icinga-password", "pushed-in-a-test\n")
        house.reload()
        wait_over_reload("and is well again", lambda: house.metric('sawatch_push_up{target="icinga"}') == 1)

        # Killed: what it said goes stale by itself.
        sent = house.metric('sawatch_push_sent_samples_total{target="icinga"}')
        check("results are counted", sent > 0)
        house.daemon.send_signal(signal.SIGKILL)
        house.daemon.wait(10)
        stale = icinga.wait_state(service, "UNKNOWN")
        check("no result in time is UNKNOWN: %s" % stale["output"], "no result came" in stale["output"])
        check("no secret is in the log", "pushed-in-a-test" not in house.log())
    finally:
        icinga.close()
