#!/usr/bin/env python3
"""Dashboards, rules and runbooks as files: they are what their source says, Grafana can read them, every metric exists, each alert has
its page and its cases, and promtool and amtool find nothing to mend."""
import collections
import concurrent.futures
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile

from dashboards_kit import BUILT_IN, GRAFANA, NAMES, RULES, SOURCE, dashboards, families, fill, metrics_of, panels, text

try:
    import yaml
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

PROMTOOL, AMTOOL = shutil.which("promtool"), shutil.which("amtool")
KINDS = {"stat", "timeseries", "table", "bargauge", "state-timeline"}
TRANSFORMATIONS = {"merge", "organize"}
UNITS = {"bps", "pps", "s", "bytes", "percentunit", "reqps", "short"}
OWN_VARIABLES = {"__range", "__url_time_range", "__data", "__field"}  # Grafana's
faults = []


def check(good, what):
    if not good:
        faults.append(what)
        print("FAIL: " + what)


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for v in value.values():
            yield from strings(v)
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)


def used(value):
    return {a or b for s in strings(value) for a, b in re.findall(r"\$(?:([a-z_]\w*)|\{(\w+)[^}]*\})", s)}


def stable():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-B", os.path.join(GRAFANA, "generate.py"), folder], check=True)
        check(sorted(os.listdir(folder)) == [n + ".json" for n in NAMES], "generate.py writes the five dashboards")
        for name in os.listdir(folder):
            check(filecmp.cmp(os.path.join(folder, name), os.path.join(GRAFANA, name), shallow=False),
                  "%s is what panels.py says (run dashboards/grafana/generate.py)" % name)


def grid(where, d):
    taken = set()
    for p in d["panels"]:
        g = p["gridPos"]
        check(g["x"] >= 0 and g["w"] > 0 and g["x"] + g["w"] <= 24 and g["h"] > 0, "%s: %s fits the screen" % (where, p["title"]))
        cells = {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
        check(not cells & taken, "%s: %s lies on another panel" % (where, p["title"]))
        taken |= cells


def one_panel(where, p, alerts):
    where = "%s: %s" % (where, p["title"])
    check(p["type"] in KINDS, "%s: kind %s" % (where, p["type"]))
    check(p["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, where + ": its data source is chosen")
    check(len(p["description"]) > 40, where + ": says what one would do")
    for name in re.findall(r"\bSawatch[A-Z]\w+", p["description"]):
        check(name in alerts, "%s: runbook %s" % (where, name))
    check(p["targets"] and len({t["refId"] for t in p["targets"]}) == len(p["targets"]), where + ": queries with names of their own")
    for t in p["targets"]:
        check(t["datasource"] == p["datasource"], where + ": data source of a query")
        check(t["instant"] != t["range"], where + ": instant or range")
        for m in metrics_of(t["expr"]):
            check(m in KNOWN | RECORDED, "%s: no metric %s" % (where, m))
        check(metrics_of(t["expr"]), where + ": asks for something")
    defaults = p["fieldConfig"]["defaults"]
    unit = defaults.get("unit")
    check(unit is None or unit in UNITS or unit.startswith("suffix:"), "%s: unit %s" % (where, unit))
    if p["type"] == "timeseries" and unit is None:
        check(p["title"] == "States", where + ": has a unit")
    steps = [s["value"] for s in defaults["thresholds"]["steps"]]
    check(steps[0] is None and steps[1:] == sorted(steps[1:]), where + ": thresholds rise")
    if p["type"] == "stat":
        check(any(m["type"] == "special" and m["options"]["match"] == "null+nan" and m["options"]["result"]["color"] == "#808080"
                  for m in defaults["mappings"]), where + ": what is not known is grey")
        check(not any("vector(0)" in t["expr"] for t in p["targets"]), where + ": where nothing is scraped nothing is said")
    for t in p.get("transformations", []):
        check(t["id"] in TRANSFORMATIONS, "%s: transformation %s" % (where, t["id"]))
    if p["type"] == "table":
        renamed = p["transformations"][1]["options"]["renameByName"]
        for o in p["fieldConfig"]["overrides"]:
            check(o["matcher"]["options"] in renamed.values(), "%s: column %s" % (where, o["matcher"]["options"]))
        refs = {"Value" if len(p["targets"]) == 1 else "Value #" + t["refId"] for t in p["targets"]}
        hidden = p["transformations"][1]["options"]["excludeByName"]
        check(refs <= set(renamed) | set(hidden), where + ": every query is a column or hidden")


def dashboard_files(alerts):
    everything = dashboards()
    uids = {d["uid"] for d in everything.values()}
    check(len(uids) == len(everything), "dashboards have identities of their own")
    for name, d in everything.items():
        check(d["schemaVersion"] == 36 and d["id"] is None and d["title"] and d["tags"] == ["sawatch"], name + ": head")
        ids = [p["id"] for p in d["panels"]]
        check(len(ids) == len(set(ids)), name + ": panel ids are unique")
        grid(name, d)
        for p in panels(d):
            one_panel(name, p, alerts)
        defined = [v["name"] for v in d["templating"]["list"]]
        check(len(defined) == len(set(defined)), name + ": variables are defined once")
        check(defined[0] == "datasource" and d["templating"]["list"][0]["type"] == "datasource", name + ": the data source is chosen first")
        asked = used([d["panels"], d["annotations"], [v.get("query") for v in d["templating"]["list"]], {"d": "$datasource"}])
        check(asked - OWN_VARIABLES <= set(defined), "%s: not defined: %s" % (name, asked - OWN_VARIABLES - set(defined)))
        check(set(defined) <= asked, "%s: not used: %s" % (name, set(defined) - asked))
        for v in d["templating"]["list"]:
            if v["type"] == "query":
                m = re.match(r"label_values\((\w+)(\{.*\})?, (\w+)\)$", v["query"]["query"])
                check(m and m.group(1) in KNOWN, "%s: variable %s" % (name, v["name"]))
        for a in d["annotations"]["list"]:
            check("expr" not in a or metrics_of(a["expr"]) <= KNOWN, "%s: annotation %s" % (name, a["name"]))
        check({link["url"].split("/")[2] for link in d["links"]} == uids - {d["uid"]}, name + ": leads to the others")
        check(all(link["includeVars"] and link["keepTime"] for link in d["links"]), name + ": links keep selection and time")
        for s in strings(d):
            for uid in re.findall(r"/d/(sawatch-\w+)\?", s):
                there = {v["name"] for e in everything.values() if e["uid"] == uid for v in e["templating"]["list"]}
                check(all("${%s:queryparam}" % v in s for v in ("site", "window") if v in there and v in defined), "%s: keeps what is selected: %s" % (name, s))
                check(uid in uids and "${__url_time_range}" in s and "${datasource:queryparam}" in s, "%s: link %s" % (name, s))
        check("rekeys" not in name and (name != "tunnel" or any(a["name"] == "Rekeys" for a in d["annotations"]["list"])), "rekeys are marked")


def expressions_are_read():
    """promtool reads every panel's and annotation's expression as a rule."""
    rules = []
    for name, d in dashboards().items():
        values = collections.defaultdict(lambda: "x", window="15m", __range="1d")
        values.update({v["name"]: "x" for v in d["templating"]["list"] if v["name"] != "window"})
        asked = [t["expr"] for p in panels(d) for t in p["targets"]] + [a["expr"] for a in d["annotations"]["list"] if "expr" in a]
        rules += [{"record": "x:%s:%d" % (name, i), "expr": fill(e, values)} for i, e in enumerate(asked)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
        yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}, f)
        f.flush()
        promtool("check", "rules", f.name)
    print("%d expressions of dashboards" % len(rules))


def promtool(*args):
    r = subprocess.run([PROMTOOL, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False)
    check(r.returncode == 0, "promtool %s: %s" % (" ".join(args[:2]), r.stdout))


def runbook(name, severity):
    path = os.path.join("doc", "runbooks", name + ".md")
    if not os.path.exists(os.path.join(SOURCE, path)):
        check(False, "%s is missing" % path)
        return
    page = text(path)
    check(page.startswith("# %s\n" % name), path + ": its headline")
    check({"none": "heartbeat"}.get(severity, severity) + " ·" in page, path + ": its severity")
    for heading in ("What it means", "First three commands", "Usual causes", "When to ignore it"):
        check("\n## %s\n" % heading in page, "%s: %s" % (path, heading))
    for device in ("On an ASA:", "On IOS-XE:"):
        block = re.search(re.escape(device) + r"\n\n```\n(.*?)```", page, re.S)
        check(block and len(block.group(1).splitlines()) == 3, "%s: three commands %s" % (path, device))


def rule_files():
    recorded, alerts = {}, {}
    for name in ("recording.yml", "alerts.yml"):
        for group in yaml.safe_load(text("dashboards", "prometheus", name))["groups"]:
            for rule in group["rules"]:
                if "record" in rule:
                    recorded[rule["record"]] = rule["expr"]
                else:
                    check(rule["alert"] not in alerts, rule["alert"] + ": once")
                    alerts[rule["alert"]] = rule
    known = KNOWN | set(recorded)
    for name, expr in list(recorded.items()) + [(n, r["expr"]) for n, r in alerts.items()]:
        check(metrics_of(expr) <= known, "%s: no metric %s" % (name, metrics_of(expr) - known))
        check(metrics_of(expr) or name == "SawatchDeadMan", name + ": asks for something")
    for name, rule in alerts.items():
        a = rule["annotations"]
        check(re.match(r"Sawatch[A-Z]\w+$", name), name + ": its name")
        check(rule["labels"]["severity"] in ("page", "ticket", "none"), name + ": severity")
        check(len(a["summary"]) > 10 and len(a["description"]) > 30, name + ": says what is wrong")
        check(a["runbook_url"] == "doc/runbooks/%s.md" % name, name + ": its runbook")
        runbook(name, rule["labels"]["severity"])
        for q in re.findall(r'printf "((?:[^"\\]|\\.)*)"', a["description"]) + re.findall(r'query "((?:[^"\\]|\\.)*)"', a["description"]):
            check(metrics_of(q.replace('\\"', '"')) <= known, "%s: its text asks for %s" % (name, q))
        # A tunnel or link that is silenced by configuration wakes nobody.
        if metrics_of(rule["expr"]) & {m for m in known if m.startswith(("sawatch_tunnel_", "sawatch_link_", "sawatch:tunnel"))}:
            check("_maintenance" in rule["expr"], name + ": maintenance")
    pages = {f[:-3] for f in os.listdir(os.path.join(SOURCE, "doc", "runbooks")) if f.startswith("Sawatch")}
    check(pages == set(alerts), "runbooks without an alert: %s" % (pages - set(alerts)))
    return alerts


def rule_tests(alerts):
    cases = collections.defaultdict(list)
    files = sorted(os.listdir(os.path.join(RULES, "tests")))
    for name in files:
        for test in yaml.safe_load(text("dashboards", "prometheus", "tests", name))["tests"]:
            for t in test["alert_rule_test"]:
                cases[t["alertname"]].append((test["name"], bool(t["exp_alerts"])))
    check(set(cases) == set(alerts), "cases without an alert: %s" % (set(cases) - set(alerts)))
    for name in alerts:
        check(any(fires for _, fires in cases[name]), name + ": a case that fires")
        check(name == "SawatchDeadMan" or any(not fires for _, fires in cases[name]), name + ": a case that does not")
        check(any("flapping" in case for case, _ in cases[name]), name + ": a case that comes and goes")
    promtool("check", "rules", os.path.join(RULES, "recording.yml"), os.path.join(RULES, "alerts.yml"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda f: promtool("test", "rules", os.path.join(RULES, "tests", f)), files))
    print("%d alerts, %d cases" % (len(alerts), sum(map(len, cases.values()))))


def alertmanager(alerts):
    path = os.path.join(SOURCE, "dashboards", "alertmanager", "alertmanager.example.yml")
    for name in re.findall(r"Sawatch[A-Z]\w+", text("dashboards", "alertmanager", "alertmanager.example.yml")):
        check(name in alerts, "alertmanager.example.yml: " + name)
    if not AMTOOL:
        print("amtool is not installed: the example for Alertmanager is not checked")
        return
    r = subprocess.run([AMTOOL, "check-config", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False)
    check(r.returncode == 0, r.stdout)
    for name, rule in alerts.items():
        r = subprocess.run([AMTOOL, "config", "routes", "test", "--config.file", path, "alertname=" + name, "severity=" + rule["labels"]["severity"]],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True, check=False)
        want = {"page": "pager", "ticket": "tickets", "none": "dead-man"}[rule["labels"]["severity"]]
        check(r.stdout.strip() == want, "%s goes to %s, not to %s" % (name, r.stdout.strip(), want))


def provisioning():
    for name in ("dashboards.yml", "datasources.yml"):
        d = yaml.safe_load(text("dashboards", "grafana", "provisioning", name))
        check(d["apiVersion"] == 1 and len(d) == 2, name)


KNOWN = families() | BUILT_IN
RECORDED = {r["record"] for g in yaml.safe_load(text("dashboards", "prometheus", "recording.yml"))["groups"] for r in g["rules"]}


def main():
    if not PROMTOOL:
        print("promtool is not installed")
        return 77
    stable()
    alerts = rule_files()
    dashboard_files(alerts)
    expressions_are_read()
    provisioning()
    alertmanager(alerts)
    rule_tests(alerts)
    print("%d faults" % len(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
