#!/usr/bin/env python3
"""ssh_player.py FOLDER: a device that says what a transcript says (collectors/ssh/transcript.h). The forced command of sshd_kit.py.

FOLDER/playing names the transcript, FOLDER/report gets a line of JSON when the session ends: what was typed, and what was not expected.
What is typed next in the transcript is answered by what comes next in it. Another line that the transcript has somewhere is answered from
there, so that a poll may ask in another order; a bare return shows the prompt again; any other line is an invalid input.
"""
import json
import os
import re
import select
import signal
import sys
import time
import tty

PATIENCE = 60  # seconds without anything typed

ESCAPES = {b"r": b"\r", b"n": b"\n", b"b": b"\b", b"e": b"\x1b", b"\\": b"\\"}


def decode(text):
    return re.sub(rb"\\(x..|.)", lambda m: ESCAPES.get(m.group(1)) or bytes([int(m.group(1)[1:], 16)]), text)


def parse(path):
    """[(mark, seconds, bytes)] of what happened; facts and comments are left out"""
    events = []
    with open(path, "rb") as f:
        if f.readline() != b"sawatch transcript 1\n":
            raise ValueError("%s is no transcript" % path)
        for line in f.read().split(b"\n"):
            mark, _, rest = line.partition(b" ")
            if mark in (b"<", b">", b"*", b"."):
                seconds, _, text = rest.partition(b" ")
                events.append((mark.decode(), float(seconds), decode(text)))
    return events


class Typed:
    """what comes from the other side"""

    def __init__(self):
        self.bytes = b""

    def _more(self):
        if not select.select([0], [], [], PATIENCE)[0]:
            raise TimeoutError("nothing was typed for %d s" % PATIENCE)
        got = os.read(0, 65536)
        if not got:
            raise EOFError
        self.bytes += got

    def next(self):
        """a line with its end, or the one blank that a pager gets"""
        while not self.bytes:
            self._more()
        if self.bytes[:1] == b" ":
            end = 1
        else:
            while b"\n" not in self.bytes:
                self._more()
            end = self.bytes.index(b"\n") + 1
        unit, self.bytes = self.bytes[:end], self.bytes[end:]
        return unit


class Player:
    def __init__(self, events):
        self.events = events
        self.at = 0
        self.last_line = b""  # of what was shown: the prompt
        self.typed = []
        self.unexpected = []

    def show(self, data):
        self.last_line = re.split(rb"[\r\n]", self.last_line + data)[-1]
        while data:
            data = data[os.write(1, data):]

    def come(self):
        """shows what comes, up to what is typed next; false where the device ends the session"""
        while self.at < len(self.events) and self.events[self.at][0] in "<.":
            mark, seconds, data = self.events[self.at]
            time.sleep(seconds)
            if mark == ".":
                return False
            self.show(data)
            self.at += 1
        return True

    def take(self, unit):
        """finds the place in the transcript that answers this"""
        expected = self.events[self.at] if self.at < len(self.events) else (None, 0, None)
        if expected[0] == "*":
            self.typed.append("<secret>")
            self.at += 2  # and the return behind it
            return True
        self.typed.append(unit.decode("ascii", "replace"))
        if expected[:3:2] == (">", unit):
            self.at += 1
            return True
        places = [i for i, e in enumerate(self.events) if e[::2] == (">", unit)]
        if unit not in (b"\n", b" ") and places:
            self.at = next((i for i in places if i > self.at), places[0]) + 1
            return True
        if unit == b"\n":
            self.show(b"\r\n" + self.last_line)
        else:
            self.unexpected.append(unit.decode("ascii", "replace"))
            self.show(unit.rstrip(b"\n") + b"\r\n" + b" " * 12 + b"^\r\n% Invalid input detected at '^' marker.\r\n\r\n" + self.prompt)
        return False

    def play(self):
        typed = Typed()
        self.prompt = b""
        while self.come():
            self.prompt = self.last_line
            while not self.take(typed.next()):
                pass
        return "the device ended the session"


def main(folder):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the report is written after the connection has gone
    with open(os.path.join(folder, "playing"), encoding="utf-8") as f:
        player = Player(parse(f.read()))
    if os.isatty(0):
        tty.setraw(0)
    try:
        end = player.play()
    except (EOFError, OSError):
        end = "the other side ended the session"
    except TimeoutError as e:
        end = str(e)
    line = json.dumps({"typed": player.typed, "unexpected": player.unexpected, "end": end,
                       "left": sum(1 for e in player.events[player.at:] if e[0] in ">*")}) + "\n"
    with open(os.path.join(folder, "report"), "ab", buffering=0) as f:
        f.write(line.encode())


if __name__ == "__main__":
    main(sys.argv[1])
