#!/usr/bin/env python3
"""What an administrator gets: documents that name what there is, manual pages that say what the programs say, and a unit that systemd takes."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("top_builddir", ".")
SOURCE = os.environ.get("top_srcdir", ".")
PAGES = os.path.join(BUILD, "doc", "man")
failures = []


def check(what, good, detail=""):
    print(("ok: " if good else "FAIL: ") + what, "" if good else detail, flush=True)
    if not good:
        failures.append(what)


def run(*argv):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return p.returncode, p.stdout


def said(*argv):
    return run(os.path.join(BUILD, argv[0]), *argv[1:])[1]


def shown(page):
    """the page as it is read, on one line"""
    status, text = run("mandoc", "-T", "utf8", "-O", "width=200", os.path.join(PAGES, page))
    text = re.sub(".\b", "", text).replace("\u2010", "-")
    return " ".join(text.lower().split()) if status == 0 else ""


def words(text):
    """of a help, all that the page must say: the order and the shape may differ"""
    text = re.sub(r"^(usage: |exit status: |[a-z]+:$|options of [a-z]+:$)", "", text.lower(), flags=re.M)
    return text.replace("exit status:", "").split()


def pages():
    helps = {"sawatchd.8": ["sawatchd"], "check_sawatch.1": ["check_sawatch"], "sawatch-sim.1": ["sawatch-sim"], "sawatch.1": ["sawatch"]}
    for command in re.findall(r"^  ([a-z]+) +\S", said("sawatch", "--help"), re.M):
        helps["sawatch-%s.1" % command] = ["sawatch", command]
    there = sorted(n for n in os.listdir(PAGES) if re.search(r"\.[158]$", n))
    check("a page for each program and command", there == sorted([*helps, "sawatch.yml.5"]), there)
    for page, argv in helps.items():
        text = shown(page)
        lost = [w for w in words(said(*argv, "--help")) if w not in text]
        check("%s says all that --help says" % page, len(text) > 200 and not lost, lost[:20])
    text = shown("sawatch.yml.5")
    keys = re.findall(r"^ *([a-z_]+):", said("sawatchd", "--config-reference"), re.M)
    lost = [k for k in keys if k + ":" not in text]
    check("sawatch.yml.5 has all %d keys, and the example" % len(keys), len(keys) > 100 and not lost and "asr-wan01" in text, lost[:20])
    for page in there:
        status, text = run("mandoc", "-T", "lint", "-W", "warning", os.path.join(PAGES, page))
        check("%s is clean" % page, status == 0 and not text, text[:1000])


def documents():
    """commands in documents and examples have the options that they are shown with"""
    commands = re.findall(r"^  ([a-z]+) +\S", said("sawatch", "--help"), re.M)
    helps = {name: said(name, "--help") for name in ("sawatchd", "check_sawatch", "sawatch-sim")}
    helps.update({"sawatch " + c: said("sawatch", c, "--help") for c in commands})
    paths = [os.path.join(SOURCE, *p.split("/")) for p in ("README.md", "HACKING.md", "NEWS.md", "quickstart", "config/sawatch.example.yml", "*/README.md",
                                                         "doc/*.md", "doc/runbooks/*.md", "plugins/*/*", "packaging/*")]
    seen, wrong = 0, []
    for path in sorted(p for pattern in paths for p in glob.glob(pattern)):
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("\\\n", " ")
        for name, rest in re.findall(r"(?<![\w/-])(?:[\w./$\"-]*/)?(sawatchd|check_sawatch|sawatch-sim|sawatch)\"? ([^`\n|;&>]*)", text):
            if name == "sawatch":
                name += " " + rest.split(" ")[0]
            for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*|-[A-Za-z])(?=[\s=]|$)", rest) if name in helps else ():
                seen += 1
                if not re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(option), helps[name]):
                    wrong.append("%s: %s %s" % (os.path.relpath(path, SOURCE), name, option))
    check("%d options in documents are there" % seen, seen > 100 and not wrong, wrong)


def wrong_usage():
    """what is typed wrong is named, and where to read more, once"""
    commands = ["sawatch " + c for c in re.findall(r"^  ([a-z]+) +\S", said("sawatch", "--help"), re.M)]
    for command in commands:
        program, *rest = command.split(" ")
        status, text = run(os.path.join(BUILD, program), *rest, "--nonsense")
        last = '"%s --help" says more\n' % command
        check(command + " of an option that is not there", status == 2 and text.startswith(command + ": ") and text.endswith(last) and text.count("--help") == 1, text)


def unit(folder):
    with open(os.path.join(SOURCE, "packaging", "sawatchd.service.in"), encoding="utf-8") as f:
        text = f.read()
    text = text.replace("@sbindir@", os.path.abspath(BUILD)).replace("@sysconfdir@", "/etc")
    check("nothing is left to fill in", "@" not in re.sub(r"@(chown|privileged|system-service)", "", text))
    path = os.path.join(folder, "sawatchd.service")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    if not shutil.which("systemd-analyze"):
        print("no systemd-analyze here: the unit is not verified")
        return
    status, text = run("systemd-analyze", "verify", "--man=no", path)
    check("systemd takes the unit", status == 0 and "sawatchd.service:" not in text, text)
    status, text = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", path)
    if "--offline" not in text:  # systemd before 250 has no such option
        check("what it may do is little", status == 0, text[-300:])


documents()
wrong_usage()
if not shutil.which("mandoc"):
    print("mandoc is not installed")
    sys.exit(1 if failures else 77)
if not os.path.exists(os.path.join(PAGES, "made")):
    print("cross-compiled: there are no manual pages")
    sys.exit(1 if failures else 77)
pages()
with tempfile.TemporaryDirectory() as d:
    unit(d)
sys.exit(1 if failures else 0)
