"""What the tests against Icinga 2 and Nagios share: a watched pair, an account without rights, and waiting for a service's state."""
import grp
import os
import pwd
import subprocess

from daemon_kit import check, program, wait_for

STATES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
USER = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
OWNER = pwd.getpwnam(USER)
GROUP = grp.getgrgid(OWNER.pw_gid).gr_name
DROP = ["setpriv", "--reuid=" + USER, "--regid=" + GROUP, "--clear-groups"] if os.getuid() == 0 else []


def watch_pair(house, form):
    """Starts the simulated pair and the daemon: the tunnels as (device, name), and the daemon's list of them in that form."""
    ports = house.simulate()
    house.configure(["  - {name: %s, platform: %s, address: %s, snmp: {port: %s}}" % (name, platform, address, ports[name])
                     for name, platform, address in (("ASA-XFW01", "asa", "127.0.0.1"), ("ASR-WAN01", "iosxe", "localhost"))])
    house.run_daemon()

    def up():
        tunnels = house.api("tunnels").get("tunnels", [])
        return len(tunnels) == 4 and all(t["state"] == "up" for t in tunnels) and sorted((t["device"], t["name"]) for t in tunnels)

    names = wait_for("four tunnel ends that are up", up)
    listed = subprocess.run([program("sawatch"), "tunnels", "--server", house.url.rstrip("/"), "--format", form],
                            stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
    return names, listed


class Monitor:
    """What Icinga2 and Nagios have alike: self.process, services() and log()."""

    def wait_state(self, service, state, cause=None, seconds=60):
        """The result with that state, from services(): (host, service) -> (state, text, result). cause(): makes it again, where it passes
        sooner than a check may come."""
        def there():
            if cause:
                cause()
            if self.process.poll() is not None:
                raise AssertionError("it ended: %s" % self.log())
            found = (self.services() or {}).get(service)
            return found if found and found[0] == STATES[state] else None
        _, text, result = wait_for("%s is %s" % (" ".join(service), state), there, seconds)
        check("%s is %s: %s" % (" ".join(service), state, text), True)
        return result
