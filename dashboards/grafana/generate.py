#!/usr/bin/env python3
"""Writes the Grafana dashboards from the table in panels.py.

Usage: generate.py [FOLDER]     writes NAME.json into FOLDER (default: beside this file)

The same table gives the same bytes: the files are kept in the repository, and a test holds them against the table.
Schema 36 is Grafana 9's; 10, 11 and 12 migrate it when they import it.
"""
import json
import os
import sys

import panels

SCHEMA = 36
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLOURS = {"ok": "green", "warn": "yellow", "bad": "red", "off": "#808080", "note": "blue"}
WIDTH = 24


def thresholds(steps):
    """("ok", 0.7, "warn", 0.9, "bad"): colours with the values between them"""
    out = [{"color": COLOURS[steps[0]], "value": None}]
    for value, colour in zip(steps[1::2], steps[2::2]):
        out.append({"color": COLOURS[colour], "value": value})
    return {"mode": "absolute", "steps": out}


def mappings(values):
    """{value: (text, colour)}"""
    return [{"type": "value", "options": {str(value): {"text": text, "color": COLOURS[colour], "index": i}
                                          for i, (value, (text, colour)) in enumerate(values.items())}}]


def field(p):
    """what a value looks like: unit, colours, texts"""
    out = {"color": {"mode": "thresholds" if "steps" in p else "palette-classic"},
           "thresholds": thresholds(p.get("steps", ("ok",)))}
    for key in ("unit", "min", "max", "decimals", "noValue"):
        if key in p:
            out[key] = p[key]
    if "values" in p:
        out["mappings"] = mappings(p["values"])
        out["color"] = {"mode": "thresholds"}
    return out


def goto(name, title, variables):
    """a link from a value to another dashboard: the selection, what was clicked on, and the time go with it"""
    parts = ["${datasource:queryparam}"] + variables + ["${__url_time_range}"]
    return {"title": title, "url": "/d/sawatch-%s?%s" % (name, "&".join(parts)), "targetBlank": False}


def kept(p, name):
    """what is selected here and means the same there; the rest is what was clicked on"""
    return ["${%s:queryparam}" % v for v in ("site", "window") if v in p["variables"] and v in panels.DASHBOARDS[name]["variables"]]


def drill(p):
    place_of = 'var-%s=${__data.fields["%s"]:percentencode}' if p["kind"] == "table" else "var-%s=${__field.labels.%s:percentencode}"
    return [goto(name, title, kept(p, name) + [place_of % item for item in names.items()])
            for name, title, names in p.get("goto", ())]


def override(name, properties):
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": i, "value": v} for i, v in properties]}


def timeseries(p, out):
    custom = {"drawStyle": p.get("style", "line"), "lineWidth": 1, "fillOpacity": p.get("fill", 8), "showPoints": "never",
              "spanNulls": False, "stacking": {"mode": "normal" if p.get("stack") else "none", "group": "A"},
              "lineInterpolation": p.get("lines", "linear"),
              "thresholdsStyle": {"mode": "line" if "steps" in p else "off"}}
    out["fieldConfig"]["defaults"]["custom"] = custom
    out["fieldConfig"]["defaults"]["color"] = {"mode": "palette-classic"}
    for pattern in p.get("below", ()):  # drawn below zero, as the other direction
        out["fieldConfig"]["overrides"].append({"matcher": {"id": "byRegexp", "options": pattern},
                                                "properties": [{"id": "custom.transform", "value": "negative-Y"}]})
    out["options"] = {"legend": {"displayMode": "table" if p.get("h", 8) > 6 else "list", "placement": "bottom",
                                 "calcs": ["lastNotNull", "max"] if p.get("h", 8) > 6 else []},
                      "tooltip": {"mode": "multi", "sort": "desc"}}


def stat(p, out):
    out["options"] = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "auto",
                      "textMode": p.get("text", "auto"), "colorMode": "background" if "steps" in p or "values" in p else "value",
                      "graphMode": p.get("graph", "none"), "justifyMode": "auto"}
    # What is not known has no threshold, and would have the colour of the first: calm.
    known = out["fieldConfig"]["defaults"].setdefault("mappings", [])
    known.append({"type": "special", "options": {"match": "null+nan", "result": {
        "text": p.get("noValue", "no data"), "color": COLOURS["off"], "index": sum(len(m["options"]) for m in known)}}})
    if "size" in p:
        out["options"]["text"] = {"valueSize": p["size"]}


def bars(p, out):
    out["options"] = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "horizontal",
                      "displayMode": "basic", "showUnfilled": True, "minVizHeight": 16, "minVizWidth": 8}


def timeline(p, out):
    out["fieldConfig"]["defaults"]["custom"] = {"fillOpacity": 80, "lineWidth": 0}
    out["options"] = {"showValue": "never", "mergeValues": True, "alignValue": "left", "rowHeight": 0.9,
                      "legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "single"}}


def table(p, out):
    """Queries become columns of one table: rows are joined by the labels that all of them have."""
    columns = p["columns"]
    single = len(p["queries"]) == 1
    rename, order, drop = {}, {}, {"Time": True}
    for i, (source, column) in enumerate(columns):
        name = "Value" if source == "A" and single else "Value #" + source if len(source) == 1 else source
        order[name] = i
        if isinstance(column, str):
            rename[name] = column
            continue
        rename[name] = column["name"]
        properties = []
        for key in ("unit", "decimals", "min", "max"):
            if key in column:
                properties.append((key, column[key]))
        if "steps" in column:
            properties += [("thresholds", thresholds(column["steps"])), ("custom.displayMode", "color-background")]
        if "values" in column:
            properties += [("mappings", mappings(column["values"])), ("custom.displayMode", "color-background")]
        if "bar" in column:
            properties += [("custom.displayMode", "basic"), ("max", column["bar"]), ("min", 0)]
        if "width" in column:
            properties.append(("custom.width", column["width"]))
        out["fieldConfig"]["overrides"].append(override(column["name"], properties))
    for name in p.get("hide", ()):
        drop[name] = True
    links = drill(p)
    if links:
        first = rename[next(iter(order))]
        out["fieldConfig"]["overrides"].append(override(first, [("links", links)]))
    out["fieldConfig"]["defaults"]["custom"] = {"align": "auto", "displayMode": "auto", "filterable": True}
    out["transformations"] = [{"id": "merge", "options": {}},
                              {"id": "organize", "options": {"excludeByName": drop, "indexByName": order, "renameByName": rename}}]
    out["options"] = {"showHeader": True, "footer": {"show": False, "reducer": ["sum"], "fields": ""}}
    if "sort" in p:
        column, descending = p["sort"]
        out["options"]["sortBy"] = [{"displayName": column, "desc": descending}]


KINDS = {"timeseries": timeseries, "stat": stat, "bargauge": bars, "state-timeline": timeline, "table": table}


def query(p, ref, q):
    expr, legend = q if isinstance(q, tuple) else (q, "")
    instant = p["kind"] in ("table", "stat", "bargauge") and not p.get("graph")
    out = {"datasource": DATASOURCE, "refId": ref, "expr": " ".join(expr.split()), "editorMode": "code",
           "range": not instant, "instant": instant}
    if p["kind"] == "table":
        out["format"] = "table"
    if legend:
        out["legendFormat"] = legend
    return out


def panel(p, number, x, y):
    out = {"id": number, "type": p["kind"], "title": p["title"], "description": p["do"], "datasource": DATASOURCE,
           "gridPos": {"x": x, "y": y, "w": p["w"], "h": p.get("h", 8)},
           "fieldConfig": {"defaults": field(p), "overrides": []},
           "targets": [query(p, chr(ord("A") + i), q) for i, q in enumerate(p["queries"])]}
    KINDS[p["kind"]](p, out)
    if p["kind"] != "table" and "goto" in p:
        out["fieldConfig"]["defaults"]["links"] = drill(p)
    return out


def place(rows, variables):
    """Panels from left to right; a row begins below the tallest of the one before."""
    out, number, y = [], 0, 0
    for row in rows:
        if isinstance(row, str):
            number += 1
            out.append({"id": number, "type": "row", "title": row, "collapsed": False, "panels": [],
                        "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
            y += 1
            continue
        x = tallest = 0
        for p in row:
            if x + p["w"] > WIDTH:
                raise ValueError("%s: wider than the screen" % p["title"])
            number += 1
            out.append(panel(dict(p, variables=variables), number, x, y))
            x += p["w"]
            tallest = max(tallest, p.get("h", 8))
        y += tallest
    return out


def variable(name, one):
    v = (panels.VARIABLES_OF_ONE if one and name in panels.VARIABLES_OF_ONE else panels.VARIABLES)[name]
    out = {"name": name, "label": v.get("label", name), "hide": 2 if v.get("hidden") else 0, "skipUrlSync": bool(v.get("hidden"))}
    if "description" in v:
        out["description"] = v["description"]
    if v["type"] == "datasource":
        out.update(type="datasource", query="prometheus", regex="", refresh=1, multi=False, includeAll=False, options=[], current={})
    elif v["type"] == "custom":
        options = [{"text": o, "value": o, "selected": o == v["default"]} for o in v["options"]]
        out.update(type="custom", query=",".join(v["options"]), options=options, multi=False, includeAll=False,
                   current={"text": v["default"], "value": v["default"], "selected": True})
    else:
        many = v.get("many", False)
        out.update(type="query", datasource=DATASOURCE, query={"query": v["query"], "refId": "Variable-" + name},
                   definition=v["query"], refresh=2, sort=1, regex="", multi=many, includeAll=many, options=[],
                   current={"text": ["All"], "value": ["$__all"]} if many else {})
        if v.get("all"):
            out["allValue"] = v["all"]
    return out


def annotation(a):
    return {"name": a["name"], "datasource": DATASOURCE, "enable": True, "hide": False, "iconColor": a["colour"],
            "expr": " ".join(a["expr"].split()), "step": "60s", "titleFormat": a["title"], "textFormat": a["text"],
            "tagKeys": a["tags"], "useValueForTime": False}


def dashboard(name, d):
    links = [{"type": "link", "title": other["title"], "url": "/d/sawatch-" + key, "icon": "dashboard", "includeVars": True,
              "keepTime": True, "targetBlank": False, "asDropdown": False, "tags": [], "tooltip": other["about"]}
             for key, other in panels.DASHBOARDS.items() if key != name]
    own = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
           "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"}
    return {"uid": "sawatch-" + name, "title": "Sawatch: " + d["title"], "description": d["about"], "tags": ["sawatch"],
            "schemaVersion": SCHEMA, "version": 1, "id": None, "editable": True, "graphTooltip": 1, "style": "dark",
            "timezone": "", "refresh": d["refresh"], "time": {"from": d["from"], "to": "now"},
            "timepicker": {}, "fiscalYearStartMonth": 0, "weekStart": "", "liveNow": False, "links": links,
            "annotations": {"list": [own] + [annotation(panels.ANNOTATIONS[a]) for a in d.get("annotations", ())]},
            "templating": {"list": [variable(v, d.get("one")) for v in d["variables"]]}, "panels": place(d["rows"], d["variables"])}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, d in panels.DASHBOARDS.items():
        with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
            json.dump(dashboard(name, d), f, indent=1, sort_keys=True, ensure_ascii=False)
            f.write("\n")


if __name__ == "__main__":
    main()
