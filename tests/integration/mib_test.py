#!/usr/bin/env python3
"""mibs/SAWATCH-MIB before the linter and before Net-SNMP's own reader; and printed for another root."""
import os
import subprocess
import tempfile

from daemon_kit import SOURCE, check, program
from mib_kit import base_modules
from snmpd_kit import need

DEFAULT = ".1.3.6.1.4.1.8072.9999.9999.9857"


def run(*command, **how):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False,
                          timeout=60, **how)


def translate(base, module, name, *options):
    env = dict(os.environ, MIBS="", MIBDIRS=base)
    return run("snmptranslate", "-m", module, "-M", base, *options, "SAWATCH-MIB::" + name, env=env).stdout.strip()


def lint(base, module):
    # The base modules have faults of their own in the linter's eyes.
    out = run("smilint", "-l", "6", "-s", os.path.abspath(module), env=dict(os.environ, SMIPATH=base)).stdout
    return [line for line in out.split("\n") if os.path.basename(module) in line]


def main():
    need("smilint", "snmptranslate")
    base = base_modules()
    module = os.path.join(SOURCE, "mibs", "SAWATCH-MIB")
    check("smilint -l 6 has nothing to say: %s" % lint(base, module), lint(base, module) == [])
    check("Net-SNMP reads it", translate(base, module, "sawTunnelState", "-On") == DEFAULT + ".1.4.1.3")
    check("notifications have their arcs", translate(base, module, "sawTunnelDown", "-On") == DEFAULT + ".0.1")
    check("states have words", "missing(4)" in translate(base, module, "sawTunnelState", "-Td"))

    with tempfile.TemporaryDirectory() as d, open(module, encoding="utf-8") as f:
        spoiled = os.path.join(d, "SPOILED-MIB")
        with open(spoiled, "w", encoding="utf-8") as out:
            out.write(f.read().replace("        sawTunnelMtuDifference,\n", "", 1))
        check("the linter would have said", lint(base, spoiled) != [])
        for root in ("1.3.6.1.4.1.64512", "1.3.6.1.4.1.64512.7", "1.3.6.1.4.1.64512.1.2.3"):
            other = os.path.join(d, "SAWATCH-MIB")
            with open(other, "w", encoding="utf-8") as f:
                f.write(run(program("sawatch"), "mib", "--root", root).stdout)
            check("clean below %s: %s" % (root, lint(base, other)), lint(base, other) == [])
            check("and there", translate(base, other, "sawTunnelState", "-On") == ".%s.1.4.1.3" % root)
    r = run(program("sawatch"), "mib", "--root", "1.3.6.1.2.1.99")
    check("a root that is nobody's is refused", r.returncode == 2 and "below 1.3.6.1.4.1" in r.stdout)


main()
