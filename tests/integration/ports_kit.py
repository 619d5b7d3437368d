"""Ports for servers that cannot be told to let the kernel choose one."""
import itertools
import os
import socket

claims = []  # until this program ends
turn = itertools.count(os.getpid() * 37)


def first_of_the_kernel():
    """From here on the kernel gives ports to whoever asks for any, so that one found free may be taken a moment later."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
            return int(f.read().split()[0])
    except OSError:
        return 32768


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def is_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("", port))
            except OSError:
                return False
    return True


def claim(port):
    """Whether this port is ours among all tests that run on this machine: a name in the abstract namespace has one holder."""
    s = socket.socket(socket.AF_UNIX)
    try:
        s.bind("\0sawatch-test-port-%d" % port)
    except OSError:
        s.close()
        return False
    claims.append(s)
    return True


def free_port():
    """A port of TCP and UDP that nobody else is given: it was free, no kernel hands it out, and no other test claims it."""
    end = first_of_the_kernel()
    begin = 10000 if end > 12000 else 1024
    for n in itertools.islice(turn, 10 * max(end - begin, 1)):
        port = begin + n % max(end - begin, 1)
        if claim(port) and is_free(port):
            return port
    raise OSError("no free port below %d" % end)
