#!/usr/bin/env python3
"""The disk under the queue takes nothing more (here: no file grows past 2 MiB): it is said, what is measured waits in memory, and all of it arrives
in order when the server is back; then the disk takes it again, which is said too."""
import socket

from daemon_kit import House, check, wait_for
from push_kit import Recorder, pair, wait_over_reload, write_request

with House() as house:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        server = Recorder()
        ports = house.simulate("--tunnels", "150")

        def target(port):
            house.configure(pair(ports), push="""
  - {name: there, type: remote_write, url: "http://127.0.0.1:%d/write", interval: 1s, timeout: 5s, batch: 50000, queue: 64MiB}""" % port)

        target(nobody.getsockname()[1])
        house.run_daemon(wrapper=["prlimit", "--fsize=%d" % (2 << 20)])
        wait_for("it is said", lambda: "push there: its queue cannot be written to the disk (File too large): up to 16 MiB are kept in memory" in house.log(), 60)
        waiting = house.metric("sawatch_push_queue_samples")
        wait_for("what is measured waits all the same", lambda: house.metric("sawatch_push_queue_samples") > waiting + 10000)
        check("once", house.log().count("its queue cannot be written") == 1)
        target(server.server.server_address[1])
        house.reload()
        wait_over_reload("all of it is sent", lambda: house.metric("sawatch_push_up") == 1 and house.metric("sawatch_push_queue_samples") < 20000)
        wait_for("the disk takes it again", lambda: "push there: its queue is written to the disk again" in house.log())
        times = [next(write_request(r["body"]))[1] for r in server.taken()]
        check("in order, each once: %d requests" % len(times), times == sorted(set(times)) and len(times) > 5)
        check("and nothing is dropped", house.metric("sawatch_push_dropped_samples_total") == 0)
        check("a clean stop", house.stop()[0] == 0)
        server.close()
