#!/usr/bin/env python3
"""A real Nagios 4 loads the shipped configuration, runs the plugin against sawatchd, and its status.dat follows what happens to a tunnel."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from daemon_kit import SOURCE, House, check, program, wait_for
from monitoring_kit import DROP, GROUP, OWNER, USER, Monitor, watch_pair

NAGIOS = shutil.which("nagios4", path=os.environ["PATH"] + ":/usr/sbin")
if not NAGIOS:
    print("nagios4 is not installed")
    sys.exit(77)

CONFIG = """
log_file=%(dir)s/nagios.log
object_cache_file=%(dir)s/objects.cache
precached_object_file=%(dir)s/objects.precache
status_file=%(dir)s/status.dat
status_update_interval=1
state_retention_file=%(dir)s/retention.dat
lock_file=%(dir)s/nagios.pid
temp_file=%(dir)s/nagios.tmp
temp_path=%(dir)s
check_result_path=%(dir)s/results
command_file=%(dir)s/nagios.cmd
query_socket=%(dir)s/nagios.qh
resource_file=%(dir)s/resource.cfg
cfg_file=%(dir)s/sawatch.cfg
cfg_file=%(dir)s/objects.cfg
nagios_user=%(user)s
nagios_group=%(group)s
use_syslog=0
check_for_updates=0
enable_notifications=0
execute_host_checks=0
interval_length=1
max_concurrent_checks=20
illegal_object_name_chars=`~!$%%^&*|'"<>?,()=
illegal_macro_output_chars=`~$&|'"<>
"""

OBJECTS = """
define timeperiod {
    timeperiod_name         24x7
    alias                   always
    monday                  00:00-24:00
    tuesday                 00:00-24:00
    wednesday               00:00-24:00
    thursday                00:00-24:00
    friday                  00:00-24:00
    saturday                00:00-24:00
    sunday                  00:00-24:00
}
define command {
    command_name            tell-nobody
    command_line            /bin/true
}
define contact {
    contact_name            nobody
    service_notification_commands tell-nobody
    host_notification_commands tell-nobody
    service_notification_period 24x7
    host_notification_period 24x7
}
define host {
    use                     sawatch-device
    host_name               ASA-XFW01
    address                 127.0.0.1
    max_check_attempts      1
    active_checks_enabled   0
    _SAWATCH_SERVER         %(url)s
}
define host {
    use                     sawatch-device
    host_name               ASR-WAN01
    address                 127.0.0.1
    max_check_attempts      1
    active_checks_enabled   0
    _SAWATCH_SERVER         %(url)s
}
define service {
    use                     sawatch-tunnel
    host_name               ASA-XFW01
    service_description     replay
    check_command           check_sawatch_tunnel_mode!%(tunnel)s!replay!1!1000000
}
define service {
    use                     sawatch-audit
    host_name               ASA-XFW01
}
%(tunnels)s
"""


class Nagios(Monitor):
    """Nagios in a folder of its own, unprivileged."""

    def __init__(self, house, objects):
        self.house, self.process = house, None
        self.dir = tempfile.mkdtemp(prefix="sawatch-nagios-")
        os.mkdir(os.path.join(self.dir, "results"))
        shutil.copy(program("check_sawatch"), self.dir)
        shutil.copy(os.path.join(SOURCE, "plugins", "nagios", "sawatch.cfg"), self.dir)
        self.write("resource.cfg", "$USER1$=%s\n" % self.dir)
        self.write("nagios.cfg", CONFIG % {"dir": self.dir, "user": USER, "group": GROUP})
        self.write("objects.cfg", objects)
        for path in [self.dir] + [os.path.join(self.dir, name) for name in os.listdir(self.dir)]:
            os.chown(path, OWNER.pw_uid, OWNER.pw_gid)

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as f:
            return f.read()

    def command(self, *words):
        return [*DROP, NAGIOS, *words, os.path.join(self.dir, "nagios.cfg")]

    def verify(self):
        r = subprocess.run(self.command("-v"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=60,
                           check=False)
        return r.returncode, r.stdout

    def start(self):
        self.process = self.house.start(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def services(self):
        """(host, service) -> (state, text, all that status.dat says of it)"""
        try:
            text = self.read("status.dat")
        except OSError:
            return {}
        blocks = [dict(line.strip().split("=", 1) for line in block.split("\n") if "=" in line)
                  for block in re.findall(r"^servicestatus \{\n(.*?)^\t\}", text, re.M | re.S)]
        return {(b["host_name"], b["service_description"]): (int(b["current_state"]), b["plugin_output"], b) for b in blocks
                if b["has_been_checked"] == "1"}

    def log(self):
        return self.read("nagios.log")


with House() as house:
    names, listed = watch_pair(house, "nagios")
    nagios = Nagios(house, OBJECTS % {"url": house.url.rstrip("/"), "tunnels": listed, "tunnel": names[0][1]})
    try:
        status, text = nagios.verify()
        check("Nagios takes the shipped configuration and the list of tunnels" if status == 0 else text, status == 0)
        nagios.start()
        wait_for("a service for each tunnel end", lambda: len(nagios.services()) == len(names) + 2, 60)
        check("the daemon's tunnels are its services", sorted(nagios.services()) == sorted(
            [(d, "tunnel " + t) for d, t in names] + [("ASA-XFW01", "replay"), ("ASA-XFW01", "sawatch audit")]))
        service = (names[0][0], "tunnel " + names[0][1])
        fine = nagios.wait_state(service, "OK")
        check("performance data is taken apart: %s" % fine["performance_data"], "in_packets" in fine["performance_data"])
        house.tell_sim("cut 1")
        nagios.wait_state(service, "CRITICAL")
        house.tell_sim("restore 1")
        nagios.wait_state(service, "OK")
        nagios.wait_state(("ASA-XFW01", "replay"), "WARNING", lambda: house.tell_sim("replay 1 100 b-to-a"))
        nagios.wait_state(("ASA-XFW01", "replay"), "OK")
        house.stop()
        gone = nagios.wait_state(service, "UNKNOWN")
        check("the text says that the daemon does not answer", "127.0.0.1" in gone["plugin_output"])
    finally:
        if nagios.process:
            nagios.process.terminate()
            nagios.process.wait(30)
        shutil.rmtree(nagios.dir, ignore_errors=True)
