"""What the tests of dashboards and rules share: the files, the metrics that exist, and expressions with their variables filled in."""
import json
import os
import re

SOURCE = os.environ.get("top_srcdir", ".")
GRAFANA = os.path.join(SOURCE, "dashboards", "grafana")
RULES = os.path.join(SOURCE, "dashboards", "prometheus")
NAMES = ("capacity", "collector", "fleet", "noc", "tunnel")
# Panels of the dashboard Collector that show the daemon itself.
OF_THE_DAEMON = (
    "What costs the device most (SSH commands)", "Parts of the daemon", "Parts that were restarted", "HTTP answers", "Certificate is good for",
    "Servers that are pushed to", "Samples that wait to be pushed", "History: oldest not on the disk", "History: lost or damaged",
    "History: size", "History: readings kept", "SNMP master agent", "Objects asked for by SNMP", "SNMP notifications",
    "CPU of sawatchd (hub)", "Memory", "Descriptors")
# Prometheus's own.
BUILT_IN = {"up", "ALERTS"}


def text(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as f:
        return f.read()


def dashboards():
    return {name: json.loads(text("dashboards", "grafana", name + ".json")) for name in NAMES}


def families():
    """the table of families: doc/metrics.md, which a unit test holds against the program's"""
    return set(re.findall(r"^\| `(\w+)` \|", text("doc", "metrics.md"), re.M))


def metrics_of(expression):
    """names that an expression asks for"""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    bare = re.sub(r"\b(by|on|without|group_left|group_right|ignoring)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    return {n for n in re.findall(r"[a-zA-Z_:][\w:]*", bare)
            if n in BUILT_IN or n.startswith(("sawatch", "process_", "go_"))}


def fill(expression, values):
    """an expression as Grafana sends it"""
    def value(m):
        name = m.group(1) or m.group(2)
        if name not in values:
            raise KeyError("%s in %s" % (name, expression))
        return re.escape(values[name]).replace("\\", "\\\\") if (m.group(3) or "") == "regex" else values[name]
    return re.sub(r"\$(?:([a-z_]\w*)|\{(\w+)(?::(\w+))?\})", value, expression)


def panels(dashboard):
    return [p for p in dashboard["panels"] if p["type"] != "row"]
