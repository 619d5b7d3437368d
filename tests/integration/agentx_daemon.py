#!/usr/bin/env python3
"""SAWATCH-MIB through a real snmpd: what it shows, and what the daemon does while snmpd restarts, hangs, or is not there."""
import os
import signal

from daemon_kit import House, check, children, others_reach, program, wait_for
from snmpd_kit import Master, Receiver, need, all_done, outbox

TUNNEL_NAME, TUNNEL_STATE, IN_OCTETS = (1, 4, 1, 2), (1, 4, 1, 3), (1, 4, 1, 61)
DOWN, UP = 1, 2


def device(name, platform, port, more=""):
    return "- {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}%s}" % (name, platform, port, more)


def column(rows, prefix):
    return {oid[len(prefix):]: value for oid, value in rows if oid[:len(prefix)] == prefix}


def part(house):
    return next((e for e in house.api("snapshot").get("exporters", []) if e["name"] == "agentx"), {})


def connected(house):
    return part(house).get("agentx", {}).get("connected", False)


def shows_the_snapshot(house, master):
    rows = wait_for("four tunnels by SNMP", lambda: len(column(master.walk("1.4.1.2"), TUNNEL_NAME)) == 4 and master.walk())
    check("object identifiers only grow", all(a[0] < b[0] for a, b in zip(rows, rows[1:])))
    names = column(rows, TUNNEL_NAME)
    tunnels = house.api("tunnels")["tunnels"]
    check("every tunnel has a row", sorted(v.split('"')[1] for v in names.values()) == sorted(t["name"] for t in tunnels))
    check("the index is the device's number and the tunnel's", {i[0] for i in names} == {
        i[0] for i in column(rows, (1, 2, 1, 2))})
    check("all are up", set(column(rows, TUNNEL_STATE).values()) == {"INTEGER: 1"})
    octets = column(rows, IN_OCTETS)
    check("bytes are Counter64", len(octets) == 4 and all(v.startswith("Counter64: ") for v in octets.values()))
    check("GET of each instance gives it", all(master.get(".".join(map(str, oid))) is not None for oid, _ in rows[::40]))
    check("GET of what is none gives none", master.get("1.4.1.3.1.1") is None and master.get("1.99.0") is None)
    links = column(rows, (1, 6, 1, 2))
    check("links are there with both ends' indices", len(links) == 2 and all(
        tuple(int(column(rows, (1, 6, 1, c))[i].split(": ")[1]) for c in (10, 11)) in names for i in links))
    return names


def index_of(names, name):
    return next(i for i, v in names.items() if v.split('"')[1] == name)


def notifies_once(house, receiver, seen):
    """A tunnel that goes down and comes back is told once each, as v2c."""
    house.tell_sim("cut 1")
    wait_for("sawTunnelDown of both ends", lambda: [a for a, _ in receiver.taken()[seen:]] == [DOWN, DOWN])
    down = [v for _, v in receiver.taken()[seen:]]
    house.tell_sim("restore 1")
    wait_for("sawTunnelUp of both ends", lambda: [a for a, _ in receiver.taken()[seen:]] == [DOWN, DOWN, UP, UP])
    check("its sentence is for people", any("down" in value for value in down[0].values()))


def main():
    need("snmpd", "snmptrapd", "snmpbulkwalk")
    with House() as house:
        ports = house.simulate()
        receiver = Receiver(house)
        receiver.start()
        informed = Receiver(house, ["createUser noc SHA-256 %s AES %s" % (house.read("auth"), house.read("priv")), "authUser log noc"],
                            "informed")
        informed.start()
        # the same twice: as v2c traps, and as v3 informs
        master = Master(house, ["trap2sink 127.0.0.1:%d public" % receiver.port,
                                "trapsess -Ci -v3 -u noc -l authPriv -a SHA-256 -A %s -x AES -X %s 127.0.0.1:%d" % (
                                    house.read("auth"), house.read("priv"), informed.port)])
        devices = [device("ASA-XFW01", "asa", ports["ASA-XFW01"]), device("ASR-WAN01", "iosxe", ports["ASR-WAN01"])]
        top = {"agentx": '{master: "unix:%s", check: 1s, interval: 1s}' % master.socket, "notify": "{hold: 0s}"}
        if os.getuid() == 0 and others_reach(program("sawatchd")):
            # an ordinary user may not even enter the folder of the socket
            house.configure(devices, state_dir="none", **top)
            house.run_daemon("--user", "nobody")
            wait_for("what to do about access rights", lambda: "agentXPerms" in part(house).get("error", ""))
            house.stop()
        house.configure(devices, **top)
        house.run_daemon()

        # no master agent yet
        wait_for("the missing socket is said", lambda: "no such socket" in part(house).get("error", ""))
        check("and not connected", house.metric('sawatch_agentx_connected{exporter="agentx"}') == 0)
        master.start()
        wait_for("a session", lambda: connected(house))
        names = shows_the_snapshot(house, master)
        check("nothing is told of what is well", receiver.taken() == [])

        notifies_once(house, receiver, 0)
        before = len(receiver.taken())

        # the master agent restarts
        master.stop()
        wait_for("the end of the session is seen", lambda: not connected(house))
        master.start()
        wait_for("a new session", lambda: connected(house))
        wait_for("the same rows", lambda: column(master.walk("1.4.1.2"), TUNNEL_NAME) == names)
        check("nothing is told again", len(receiver.taken()) == before)

        # it hangs: the daemon goes on, says so, and nothing is lost or told twice
        master.freeze()
        house.tell_sim("cut 2")
        polled = house.metric("sawatch_snapshot_timestamp_seconds")
        wait_for("a hung master agent is said", lambda: part(house).get("error"))
        wait_for("notifications wait", lambda: house.metric('sawatch_notifications_waiting{exporter="agentx"}') == 2)
        check("polling goes on", house.metric("sawatch_snapshot_timestamp_seconds") > polled)
        master.thaw()
        wait_for("a session again", lambda: connected(house))
        wait_for("what waited is told", lambda: len(receiver.taken()) >= before + 2)
        house.tell_sim("restore 2")
        wait_for("and its end", lambda: len(receiver.taken()) >= before + 4)
        serials = [v["1.9.1.0"] for _, v in receiver.taken()]
        check("each is told once", len(serials) == len(set(serials)) == before + 4)

        # our own process dies: what was told is not told again
        house.tell_sim("cut 1")
        wait_for("down again", lambda: len(receiver.taken()) == before + 6)
        wait_for("it is kept", lambda: house.read("state/agentx-told").count("\n2 ") == 2 and all_done(house, "agentx"))
        os.kill(children(house.daemon.pid)["agentx"], signal.SIGKILL)
        wait_for("the restart is counted", lambda: part(house).get("restarts") == 1)
        wait_for("a session of the new process", lambda: connected(house) and part(house).get("agentx", {}).get("rows"))
        house.tell_sim("restore 1")
        wait_for("up again", lambda: len(receiver.taken()) >= before + 8)
        check("nothing was told twice", len(receiver.taken()) == before + 8)
        check("informs of version 3 came once each too", sorted(v["1.9.1.0"] for _, v in informed.taken()) == sorted(
            v["1.9.1.0"] for _, v in receiver.taken()))

        # it dies while the master agent hangs: both changes of that time are told, though all is well again by then
        count = len(receiver.taken())
        master.freeze()
        house.tell_sim("cut 2")
        wait_for("they are kept", lambda: len([s for s in outbox(house, "agentx")[1] if s > outbox(house, "agentx")[0]["master agent"]]) == 2)
        os.kill(children(house.daemon.pid)["agentx"], signal.SIGKILL)
        house.tell_sim("restore 2")
        wait_for("the restart is counted", lambda: part(house).get("restarts") == 2)
        master.thaw()
        wait_for("down and up, of both ends", lambda: len(receiver.taken()) >= count + 4, 60)
        check("each once", len(receiver.taken()) == count + 4)
        wait_for("the same numbers", lambda: column(master.walk("1.4.1.2"), TUNNEL_NAME) == names)

        # a stop while the master agent hangs
        master.freeze()
        wait_for("it is said", lambda: part(house).get("error"))
        pid = children(house.daemon.pid)["agentx"]
        status, took = house.stop()
        check("the stop is not held up (%.1f s, status %d)" % (took, status), status == 0 and took < 3)
        check("no process is left", not os.path.exists("/proc/%d" % pid))
        master.thaw()


main()
