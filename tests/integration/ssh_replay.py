#!/usr/bin/env python3
"""`sawatch poll` over a real OpenSSH server, from devices that disturb the session in every way that is known: each answer comes to what
`sawatch parse` makes of its clean text."""
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "integration"))
import sshd_kit  # noqa: E402

sshd_kit.need_sshd()
SAWATCH = os.path.join(os.environ["top_builddir"], "sawatch")
CLI = os.path.join(os.environ["top_srcdir"], "tests", "fixtures", "cli")
SECRET = "s3cret-of-enable"
LISTS = ("ipsec_sas", "ike_sas", "sessions", "l2l_sessions", "interfaces", "bgp_peers", "drops", "global_counters")

# name: platform, prompt, how the session begins, what disturbs it, command -> file with its answer
DEVICES = {
    "IOS-XE 17.9, privilege by AAA, prompt timestamps, log messages": ("iosxe", "ASR-WAN01#", (), ("timestamps", "logs"), {
        "show version": "iosxe/version",
        "show crypto ipsec sa detail": "iosxe/ipsec_sa_detail_vti_gcm",
        "show crypto ikev2 sa detail": "iosxe/ikev2_sa_detail",
        "show crypto session detail": "iosxe/session_detail",
        "show interfaces": "iosxe/interfaces",
        "show platform hardware qfp active feature ipsec datapath drops": "iosxe/qfp_drops",
    }),
    "IOS-XE 16.12, enable, pages, reload notices, wrapped echoes": ("iosxe", "ASR-WAN01#", ("enable",), ("pages", "reload", "wrapped"), {
        "show version": "iosxe/version",
        "show crypto ipsec sa detail": "iosxe/ipsec_sa_variants",
        "show crypto ikev2 sa detail": "iosxe/ikev2_sa_nat",
        "show crypto isakmp sa detail": "iosxe/isakmp_sa",
        "show crypto eli all": "iosxe/engine",
        "show ip interface": "iosxe/ip_interface",
    }),
    "IOS 15, user mode, escape sequences": ("ios", "Router>", (), ("pages", "escapes"), {
        "show version": "ios/version_old",
        "show crypto ipsec sa detail": "ios/ipsec_sa_old",
        "show crypto session detail": "ios/session_old",
    }),
    "ASA 9.16, enable, pages, log messages, odd line ends": ("asa", "ASA-XFW01# ", ("enable",), ("pages", "logs", "line ends"), {
        "show version": "asa/version",
        "show crypto ipsec sa detail": "asa/ipsec_sa_detail_vti_gcm",
        "show crypto ikev2 sa detail": "asa/ikev2_sa_detail",
        "show vpn-sessiondb detail l2l": "asa/vpn_sessiondb_generations",
        "show interface": "asa/interface",
        "show bgp summary": "asa/bgp_summary",
        "show asp drop": "asa/asp_drop",
    }),
    "ASA 9.8, in a context, reload notices": ("asa", "ASA-XFW01/blue# ", ("context",), ("reload", "line ends"), {
        "show crypto ipsec sa detail": "asa/ipsec_sa_variants",
        "show crypto ikev1 sa detail": "asa/ikev1_sa_detail_wide",
        "show crypto ipsec stats": "asa/ipsec_stats",
        "show vpn-sessiondb detail l2l": "asa/vpn_sessiondb_84",
    }),
}

LOGS = {
    "asa": ("%ASA-6-302013: Built outbound TCP connection 7 for outside",
            "Nov 23 2026 13:36:41 ASA-XFW01 : %ASA-4-402119: IPSEC: Received an ESP packet that failed anti-replay checking"),
    "iosxe": ("*Nov 23 13:36:41.123: %SYS-5-CONFIG_I: Configured from console by vty0",
              "000123: Nov 23 13:36:42.007 UTC: %IOSXE-3-PLATFORM: R0/0: cpp_cp: QFP:0.0 %IPSEC-3-REPLAY_ERROR: IPSec SA receives"),
}
RELOAD = ["", "", "***", "*** --- SHUTDOWN in 0:05:00 ---", "***", ""]


def answer_of(name):
    """the lines of the first answer in a file, without its echo"""
    lines = []
    with open(os.path.join(CLI, name + ".txt"), encoding="utf-8") as f:
        for line in f.read().rstrip("\n").split("\n"):
            if re.match(r"[\w-]+[#>]", line):
                if lines:
                    break
                continue
            lines.append(line)
    return lines


def escape(text):
    text = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n").replace("\b", "\\b").replace("\x1b", "\\e")
    return text[:-1] + "\\x20" if text.endswith(" ") else text


class Script:
    """writes a transcript"""

    def __init__(self, platform, prompt, disturbances, seed):
        self.lines = ["sawatch transcript 1", "platform " + platform]
        self.platform, self.prompt, self.disturbances = platform, prompt, disturbances
        self.random = random.Random(seed)

    def come(self, text):
        """in pieces of any size"""
        while text:
            n = self.random.randint(1, 400)
            self.lines.append("< 0.00%d %s" % (self.random.randint(0, 2), escape(text[:n])))
            text = text[n:]

    def type(self, line):
        self.lines.append("> 0.030 " + escape(line))

    def ask(self, line, answer, prompt=None):
        self.type(line + "\n")
        half = len(line) // 2
        self.come((line[:half] + "\r\n" + line[half:] if "wrapped" in self.disturbances and len(line) > 30 else line) + "\r\n")
        if answer and "timestamps" in self.disturbances:
            self.come("Load for five secs: 12%/3%; one minute: 10%; five minutes: 9%\r\n"
                      "Time source is NTP, 13:36:41.123 UTC Mon Nov 23 2026\r\n\r\n")
        for number, text in enumerate(answer, 1):
            self.line(text)
            if "logs" in self.disturbances and self.random.random() < 0.1:
                self.line(self.random.choice(LOGS[self.platform]))
            if "reload" in self.disturbances and self.random.random() < 0.05:
                self.come("".join(l + "\r\n" for l in RELOAD))
            if "pages" in self.disturbances and number % 22 == 0:
                self.page()
        self.come(prompt or self.prompt)

    def line(self, text):
        if "escapes" in self.disturbances and text:
            text = "\x1b[0m" + text + "\x1b[K"
        self.come(text + (self.random.choice(["\r\n", "\r\r\n", "\n\r"]) if "line ends" in self.disturbances else "\r\n"))

    def page(self):
        self.come("<--- More --->" if self.platform == "asa" else " --More-- ")
        self.type(" ")
        self.come("\r" + 14 * " " + "\r" if self.platform == "asa" else 9 * "\b" + 8 * " " + 9 * "\b")

    def login(self, begin):
        first = {"enable": self.prompt.replace("#", ">"), "context": "ASA-XFW01/admin# "}
        prompt = next((first[b] for b in begin), self.prompt)
        self.come("\r\nAuthorized access only. Ticket #4711#\r\n" + prompt)
        self.type("\n")
        self.come("\r\n" + prompt)
        if "enable" in begin:
            self.type("enable\n")
            self.come("enable\r\nPassword: ")
            self.lines.append("* 0.030")
            self.type("\n")
            self.come("\r\n" + self.prompt)
        if "context" in begin:
            self.ask("changeto context blue", [])
            self.type("\n")
            self.come("\r\n" + self.prompt)
        refused = ["% Authorization failed."] if "pages" in self.disturbances else []
        for line in ("terminal pager 0",) if self.platform == "asa" else ("terminal length 0", "terminal width 512"):
            self.ask(line, refused)

    def text(self):
        return "\n".join(self.lines) + "\n"


def sawatch(*args, **options):
    return subprocess.run([SAWATCH, *args], capture_output=True, timeout=120, check=False, **options)


def parse(platform, command, lines):
    run = sawatch("parse", "--platform", platform, "--command", command, "-", input="".join(l + "\n" for l in lines).encode())
    if run.returncode != 0:
        raise AssertionError("%s: %s" % (command, run.stderr.decode()))
    return json.loads(run.stdout)


def poll(device, platform, begin, *options):
    with open(device.path("known_hosts"), "w", encoding="ascii") as f:
        f.write(device.known_hosts())
    with open(os.open(device.path("enable"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as f:
        f.write(SECRET + "\n")
    with open(device.path("sawatch.yml"), "w", encoding="ascii") as f:
        f.write("known_hosts: known_hosts\ndevices:\n  - name: DUT\n    platform: %s\n    address: 127.0.0.1\n"
                "    ssh: {user: %s, port: %d, key_file: client, %s%s}\n"
                % (platform, device.user, device.port, "enable_file: enable, " if "enable" in begin else "",
                   "context: blue" if "context" in begin else ""))
    run = sawatch("poll", "--config", f.name, "--format", "json", *options, "DUT")
    if SECRET.encode() in run.stdout + run.stderr:
        raise AssertionError("the secret is printed")
    if not run.stdout:
        raise AssertionError("nothing was read: " + run.stderr.decode())
    return json.loads(run.stdout)


def faults(platform, answers, sample):
    expected = {name: [] for name in LISTS}
    unparsed, facts = [], {}
    tables = {t["name"]: t for t in sample["tables"]}
    for command in (t["name"] for t in sample["tables"]):
        table = tables[command]
        if command not in answers:
            if table["status"] != "failed" or table.get("error_class") != "unsupported":
                yield "%s should be refused: %r" % (command, table)
            continue
        want = parse(platform, command, answer_of(answers[command]))
        facts.update({k: want[k] for k in ("os_version", "model", "serial", "uptime_seconds") if k in want})
        for name in LISTS:
            expected[name] += want.get(name, [])
        unparsed += [u["text"] for u in want.get("unparsed", [])]
        if table["status"] != want["tables"][0]["status"] or table["rows"] != want["tables"][0]["rows"]:
            yield "%s: %r, and from its clean text %r" % (command, table, want["tables"])
        if not table.get("bytes") or "seconds" not in table:
            yield "%s: what it cost is not said: %r" % (command, table)
    for command in set(answers) - set(tables):
        yield "%s was not asked" % command
    for name in LISTS:
        if expected[name] != sample.get(name, []):
            yield "%s differ: %r, from the clean text %r" % (name, sample.get(name, []), expected[name])
    if unparsed != [u["text"] for u in sample.get("unparsed", [])]:
        yield "unparsed: %r, in the clean text %r" % (sample.get("unparsed"), unparsed)
    for name, value in facts.items():
        if sample.get(name) != value:
            yield "%s is %r, from the clean text %r" % (name, sample.get(name), value)


def play_and_poll(device, transcript, platform, begin, *options):
    """the sample, and what was typed"""
    before = len(device.sessions())
    device.play(transcript)
    sample = poll(device, platform, begin, *options)
    return sample, device.wait_for_sessions(before + 1)[-1]


def replayed(device, name, platform, begin, sample):
    """what is wrong with the recording of a poll: it must not hold the secret, and play to the same sample"""
    with open(name, encoding="ascii") as f:
        text = f.read()
    if SECRET in text or "enable" in begin and "\n* " not in text:
        yield "the secret is recorded, or that there was one is not"
    again, report = play_and_poll(device, name, platform, begin)
    if report["unexpected"] or report["left"]:
        yield "the recording was not played as it went: %r" % report
    for key in LISTS:
        if again.get(key) != sample.get(key):
            yield "%s differ when the recording is played" % key


def one(number, name):
    """what is wrong with the session of this device, and how many lines were typed in it"""
    platform, prompt, begin, disturbances, answers = DEVICES[name]
    script = Script(platform, prompt, disturbances, number)
    script.login(begin)
    for command, answer in answers.items():
        script.ask(command, answer_of(answer))
    with sshd_kit.Sshd() as device:
        with open(device.path("script"), "w", encoding="ascii") as f:
            f.write(script.text())
        sample, report = play_and_poll(device, f.name, platform, begin, "--record", device.path("record"))
        wrong = list(faults(platform, answers, sample))
        if any(line.strip() in answers for line in report["unexpected"]):
            wrong.append("typed, but not as in the transcript: %r" % report["unexpected"])
        return wrong + list(replayed(device, device.path("record"), platform, begin, sample)), len(report["typed"])


def main():
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(DEVICES)) as pool: # they mostly wait
        for name, (wrong, typed) in zip(DEVICES, pool.map(one, range(1, len(DEVICES) + 1), DEVICES)):
            for line in wrong:
                print("FAIL: %s: %s" % (name, line))
            failed += bool(wrong)
            if not wrong:
                print("ok  %s: %d lines typed" % (name, typed))
    return failed != 0


sys.exit(main())
