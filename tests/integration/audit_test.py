#!/usr/bin/env python3
"""`sawatch audit` as a user and a pipeline meet it: formats, exit statuses, messages, 80 columns, no key anywhere; and doc/audit.md
says of each rule what the program says."""
import json
import os
import subprocess
import sys
import tempfile

top, build = os.environ["top_srcdir"], os.environ["top_builddir"]
fixtures = os.path.join(top, "tests", "fixtures", "audit")
ASA, ASR = (os.path.join(fixtures, name) for name in ("asa-xfw01.txt", "asr-wan01.txt"))
faults = []


def check(truth, what):
    if not truth:
        faults.append(what)
        print("FAIL:", what)


def audit(*args, status, stdin=b""):
    p = subprocess.run([os.path.join(build, "sawatch"), "audit", *args], input=stdin, capture_output=True, timeout=60)
    out, err = p.stdout.decode(), p.stderr.decode()
    check(p.returncode == status, "%s: exit status %d, expected %d\n%s" % (args, p.returncode, status, err))
    check("Example-Key" not in out + err, "%s: shows a key" % (args,))
    return out, err


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def changed(path, folder, *edits):
    text = text_of(path)
    for old, new in edits:
        check(old in text, "%r is not in %s" % (old, path))
        text = text.replace(old, new)
    name = os.path.join(folder, os.path.basename(path))
    with open(name, "w", encoding="utf-8") as f:
        f.write(text)
    return name


def table(folder):
    out, err = audit(ASA, ASR, status=0)
    check(err == "", "the good pair: " + err)
    check("1 tunnel compared, profile nge" in out and "0 fail, 0 warn, 0 info" in out, out)
    check("ASA-XFW01 (ASA 9.18(4))" in out and "ASR-WAN01 (IOS-XE 17.9)" in out, out)
    os.chdir(folder)
    asa = os.path.basename(changed(ASA, folder, ("crypto ikev2 enable outside\n",
                                                 "crypto ikev2 enable outside\ncrypto ikev1 enable outside\n")))
    asr = os.path.basename(changed(ASR, folder, ("ip mtu 1438", "ip mtu 1500"), (" set pfs group21\n", "")))
    out, err = audit(asa, asr, status=1)
    check("\x1b" not in out, "colour in a pipe")
    check(all(len(line) <= 80 for line in out.splitlines()), "wider than 80 columns:\n" + out)
    number = text_of(asr).splitlines().index(" ip mtu 1500") + 1
    check("%s:%d: Tunnel101 has MTU 1500, 1446 fit into the tunnel" % (asr, number) in out, out)
    check("fix: ip mtu 1446" in out and "2 fail, 1 warn, 0 info" in out, out)
    check(out.index("pfs-mismatch") < out.index("mtu-too-large") < out.index("ikev1-enabled"), "not worst first")
    swapped, _ = audit(asr, asa, status=1)
    check("2 fail, 1 warn, 0 info" in swapped, swapped)
    piped, _ = audit("-", asr, status=1, stdin=text_of(asa).encode())
    check("2 fail, 1 warn, 0 info" in piped, piped)
    return asa, asr


def severities(folder):
    warn = changed(ASR, folder, ("adjust-mss 1398", "adjust-mss 1460"))
    audit(ASA, warn, status=0)
    audit(ASA, warn, "--fail-on", "fail", status=0)
    audit(ASA, warn, "--fail-on=warn", status=1)
    info = changed(ASA, folder, ("lifetime seconds 86400", "lifetime seconds 28800"))
    audit(info, ASR, "--fail-on", "warn", status=0)
    audit(info, ASR, "--fail-on", "info", status=1)
    volume = changed(ASR, folder, ("lifetime kilobytes disable", "lifetime kilobytes 4608000"))
    out, _ = audit(ASA, volume, "--load", "400Mbit", "--fail-on", "warn", status=1)
    check("4608000 kB last 94 s at 400 Mbit/s" in out, out)
    audit(ASA, volume, "--load", "10Mbit", "--fail-on", "warn", status=0)


def load_of_the_daemon(folder):
    volume = changed(ASR, folder, ("lifetime kilobytes disable", "lifetime kilobytes 4608000"))
    daemon = subprocess.Popen([os.path.join(build, "tests/integration/http_fixture")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        server = "http://127.0.0.1:%s" % daemon.stdout.readline().decode().strip()
        out, err = audit(ASA, volume, "--load", "daemon", "--server", server, "--fail-on", "warn", status=1)
        check("4608000 kB last 94 s at 400 Mbit/s" in out and err == "", out + err)
        other = changed(ASA, folder, ("hostname ASA-XFW01", "hostname ASA-XFW77"))
        volume = changed(volume, folder, ("hostname ASR-WAN01", "hostname ASR-WAN77"))
        _, err = audit(other, volume, "--load", "daemon", "-s", server, "--fail-on", "warn", status=0)
        check("volume lifetimes are not judged" in err, err)
    finally:
        daemon.stdin.close()
        daemon.wait(30)


def machine_forms(asa, asr):
    out, _ = audit(asa, asr, "--format", "json", status=1)
    report = json.loads(out)
    check([f["rule"] for f in report["findings"]] == ["pfs-mismatch", "mtu-too-large", "ikev1-enabled"], out)
    check(report["devices"][1] == {"file": asr, "platform": "iosxe", "hostname": "ASR-WAN01", "os_version": "17.9",
                                   "complete": True}, out)
    mtu = report["findings"][1]
    check(mtu["device"] == "ASR-WAN01" and mtu["severity"] == "fail" and mtu["fix"] == "ip mtu 1446", out)
    out, _ = audit(asa, asr, "--profile", "cnsa", "-f", "sarif", status=1)
    sarif = json.loads(out)
    run = sarif["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    check(sarif["version"] == "2.1.0" and run["properties"]["profile"] == "cnsa", out)
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        check(rules[result["ruleIndex"]]["id"] == result["ruleId"], "ruleIndex of %s" % result)
        check(place["artifactLocation"]["uri"] in (asa, asr) and place["region"]["startLine"] > 0, "place of %s" % result)
        check(result["level"] in ("error", "warning", "note"), "level of %s" % result)
    groups = [r for r in run["results"] if r["ruleId"] == "cnsa-group"]
    check(len(groups) == 3 and all("group 21" in r["message"]["text"] for r in groups), out)
    return rules


def documentation(rules):
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text_of(os.path.join(top, "doc", "audit.md")).splitlines() if line.startswith("| `")]
    rows = [row for row in rows if len(row) == 6]
    told = [["`%s`" % r["id"], {"error": "fail", "warning": "warn", "note": "info"}[r["defaultConfiguration"]["level"]],
             r["properties"]["profiles"], r["shortDescription"]["text"], r["fullDescription"]["text"],
             r["properties"]["source"]] for r in rules]
    for row in told:
        check(row in rows, "doc/audit.md has no row | %s |" % " | ".join(row))
    check(len(rows) == len(told), "doc/audit.md has %d rules, the program %d" % (len(rows), len(told)))
    out, _ = audit("--rules", status=0)
    check(len(out.splitlines()) == len(rules) and "pfs-mismatch" in out, out)


def wrong_use(folder):
    _, err = audit(ASA, status=2)
    check("two FILEs" in err, err)
    _, err = audit("-", "-", status=2)
    check("only one FILE can be standard input" in err, err)
    for args, expected in ((("--profile", "suite-b"), "nge or cnsa"), (("--format", "xml"), "table, json or sarif"),
                           (("--load", "400"), "bits per second"), (("--fail-on", "all"), "fail, warn or info")):
        _, err = audit(*args, ASA, ASR, status=2)
        check(expected in err, err)
    audit("--frobnicate", ASA, ASR, status=2)
    _, err = audit("--load", "daemon", "--server", "unix:/" + folder + "/nothing", ASA, ASR, status=3)
    check("sawatch audit: the load: " in err, err)
    out, _ = audit("--help", status=0)
    check("--fail-on" in out and "Examples:" in out, out)
    _, err = audit(ASA, os.path.join(folder, "no-such-file"), status=3)
    check("no-such-file: No such file or directory" in err, err)
    _, err = audit(folder, ASR, status=3)
    check("Is a directory" in err, err)
    _, err = audit(ASA, "-", status=3, stdin=b"hello\n")
    check("no running configuration" in err, err)
    _, err = audit(ASA, "-", status=0, stdin=text_of(ASR).replace("\nend\n", "\ncrypto ikev2 proposal X\n group big\n").encode())
    check('-:%d: "group" is not as expected' % (text_of(ASR).splitlines().index("end") + 2) in err, err)
    check("-: has no end line" in err, err)


with tempfile.TemporaryDirectory() as temporary:
    pair = table(temporary)
    documentation(machine_forms(*pair))
    severities(temporary)
    load_of_the_daemon(temporary)
    wrong_use(temporary)
    os.chdir("/")
sys.exit(1 if faults else 0)
