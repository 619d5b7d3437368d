#!/usr/bin/env python3
"""An SNMPv2c agent with faults, for tests: serves a recorded walk (oid|type|value) on a free port of 127.0.0.1.

usage: fake_agent.py WALK [FAULT...]     prints its port on the first line; ends when its standard input closes

  silent=N     answers N requests, then nothing more
  nobulk       does not answer GETBULK
  backwards    in cipSecTunnelTable: the second answer goes back behind what was asked for
  loop         in cipSecTunnelTable: answers with what was asked for
  cut          the second and later answers lack their last ten bytes
  wrongid      every answer carries another request id
  toobig=N     error-status tooBig where an answer would have more than N values
  endless      columns of cipSecTunnelTable go on for ever
  otheronly    has the system group and interfaces, nothing else
  denied       error-status authorizationError for everything but the system group
  double       sends every answer twice
  garbage      every request is answered by bytes that are no BER
  holes        row 4790 of cipSecTunnelTable has lost addresses, status and a half of its columns; 4801 has no packet columns
"""
import bisect
import selectors
import socket
import sys

TUNNELS = (1, 3, 6, 1, 4, 1, 9, 9, 171, 1, 3, 2, 1)
INTEGER, OCTETS, NULL, OID, SEQUENCE = 2, 4, 5, 6, 0x30
NO_SUCH_OBJECT, END_OF_MIB = 0x80, 0x82
GET, GETNEXT, RESPONSE, GETBULK = 0xA0, 0xA1, 0xA2, 0xA5


def length(n):
    if n < 0x80:
        return bytes([n])
    body = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body


def tlv(tag, body):
    return bytes([tag]) + length(len(body)) + body


def integer(n, tag=INTEGER):
    return tlv(tag, n.to_bytes(max(1, n.bit_length() // 8 + 1), "big", signed=True))


def oid(sub):
    out = bytearray([sub[0] * 40 + sub[1]])
    for n in sub[2:]:
        part = [n & 0x7F]
        while n > 0x7F:
            n >>= 7
            part.append(n & 0x7F | 0x80)
        out += bytes(reversed(part))
    return tlv(OID, bytes(out))


def value(kind, text):
    if kind == "2":
        return integer(int(text))
    if kind == "4":
        return tlv(OCTETS, text.encode())
    if kind == "4x":
        return tlv(OCTETS, bytes.fromhex(text))
    if kind == "64x":
        return tlv(0x40, bytes.fromhex(text))
    if kind == "6":
        return oid(tuple(map(int, text.split("."))))
    return integer(int(text), {"65": 0x41, "66": 0x42, "67": 0x43, "70": 0x46}[kind])


def read(data, at):
    """tag, content and where the next one begins"""
    tag, n = data[at], data[at + 1]
    at += 2
    if n & 0x80:
        k = n & 0x7F
        n = int.from_bytes(data[at:at + k], "big")
        at += k
    return tag, data[at:at + n], at + n


def read_oid(body):
    out, n = [body[0] // 40, body[0] % 40], 0
    for b in body[1:]:
        n = n << 7 | b & 0x7F
        if not b & 0x80:
            out.append(n)
            n = 0
    return tuple(out)


def parse(data):
    _, message, _ = read(data, 0)
    _, version, at = read(message, 0)
    _, community, at = read(message, at)
    command, pdu, _ = read(message, at)
    fields, at = [], 0
    for _ in range(3):
        _, body, at = read(pdu, at)
        fields.append(int.from_bytes(body, "big", signed=True))
    _, varbinds, _ = read(pdu, at)
    names, at = [], 0
    while at < len(varbinds):
        _, varbind, at = read(varbinds, at)
        names.append(read_oid(read(varbind, 0)[1]))
    return version, community, command, fields, names


class Agent:
    def __init__(self, walk, faults):
        self.faults = dict(f.split("=") if "=" in f else (f, "1") for f in faults)
        self.values = {}
        with open(walk, encoding="utf-8") as f:
            for line in f:
                name, kind, text = line.rstrip("\n").split("|", 2)
                self.values[tuple(map(int, name.split(".")))] = value(kind, text)
        if "otheronly" in self.faults:
            self.values = {k: v for k, v in self.values.items() if k[:6] == (1, 3, 6, 1, 2, 1)}
        if "holes" in self.faults:
            for name in list(self.values):
                if name[:13] == TUNNELS and (name[14] == 4790 and (name[13] % 2 or name[13] in (4, 5, 51))
                                             or name[14] == 4801 and name[13] in (32, 45)):
                    del self.values[name]
        self.names = sorted(self.values)
        self.requests = self.in_tunnels = 0

    def next(self, name):
        if "endless" in self.faults and name[:13] == TUNNELS and len(name) >= 14:
            return name[:14] + ((name[14] + 1) if len(name) > 14 else 1,)
        at = bisect.bisect_right(self.names, name)
        return self.names[at] if at < len(self.names) else None

    def answer(self, data):
        version, community, command, (request, non, repetitions), names = parse(data)
        self.requests += 1
        if self.requests > int(self.faults.get("silent", 1 << 30)):
            return None
        if "garbage" in self.faults:
            return b"\xff\x00 this is not SNMP"
        if "nobulk" in self.faults and command == GETBULK:
            return None
        status, out = 0, []
        if "denied" in self.faults and command != GET:
            status = 16
        elif command == GET:
            out = [(n, self.values.get(n, tlv(NO_SUCH_OBJECT, b""))) for n in names]
        else:
            at = list(names)
            for _ in range(repetitions if command == GETBULK else 1):
                for i, name in enumerate(at):
                    found = self.next(name)
                    out.append((found or name, self.values.get(found, integer(7)) if found else tlv(END_OF_MIB, b"")))
                    at[i] = found or name
        if names and names[0][:13] == TUNNELS:
            self.in_tunnels += 1
            if "loop" in self.faults:
                out = [(n if len(n) > 14 else n + (1,), integer(1)) for n in names] * 3
            if "backwards" in self.faults and self.in_tunnels == 2:
                out = [(TUNNELS + (4, 1), integer(1))]
        if len(out) > int(self.faults.get("toobig", 1 << 30)):
            status, out = 1, []
        if status:
            out = [(n, tlv(NULL, b"")) for n in names]
        if "wrongid" in self.faults:
            request += 1000
        body = b"".join(tlv(SEQUENCE, oid(n) + v) for n, v in out)
        pdu = integer(request) + integer(status) + integer(1 if status else 0) + tlv(SEQUENCE, body)
        packet = tlv(SEQUENCE, tlv(INTEGER, version) + tlv(OCTETS, community) + tlv(RESPONSE, pdu))
        return packet[:-10] if "cut" in self.faults and self.requests > 1 else packet


def main():
    agent = Agent(sys.argv[1], sys.argv[2:])
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    print(sock.getsockname()[1], flush=True)
    wait = selectors.DefaultSelector()
    wait.register(sock, selectors.EVENT_READ)
    wait.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in wait.select():
            if key.fileobj is sys.stdin:
                return
            data, peer = sock.recvfrom(65536)
            packet = agent.answer(data)
            for _ in range(2 if "double" in agent.faults and packet else 1 if packet else 0):
                sock.sendto(packet, peer)


if __name__ == "__main__":
    main()
