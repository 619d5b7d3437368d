#!/usr/bin/env python3
"""The status page in a real browser: click, filter, keys, details, colours, 10,000 tunnels, hostile names, a daemon that goes away."""
import os
import re
import socket
import subprocess
import sys
import unittest

import chromium_kit
from daemon_kit import BUILD, SOURCE, House, wait_for

DRAWN = "document.body.classList.contains('is-drawn')"
DETAILS = DRAWN + " && document.querySelectorAll('#details figure').length === 3"
FETCH = "document.dispatchEvent(new Event('visibilitychange'))"  # as when the reader comes back to the page: now and not in 5 s
HOSTILE = "<img src=x onerror=\"document.title='run'\">"
browser = None


class Fixture:
    """http_fixture with a fleet of n tunnels."""

    def __init__(self, *args):
        self.process = subprocess.Popen([os.path.join(BUILD, "tests/integration/http_fixture"), *args], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, universal_newlines=True)
        self.url = "http://127.0.0.1:%d/" % int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def texts(selector):
    return browser.run("[...document.querySelectorAll('%s')].map((e) => e.innerText.trim())" % selector)


def rows():
    return texts("#list tbody .c-name")


def states():
    return texts("#list tbody .c-state")


def focused():
    return browser.run("document.activeElement.innerText || document.activeElement.id")


def follow(condition):
    """Waits for a condition while the page asks for news again and again."""
    wait_for(condition, lambda: browser.run(FETCH + " && " + condition) is True)


class OnPage(unittest.TestCase):
    args = ("--page", "200")

    @classmethod
    def setUpClass(cls):
        cls.server = Fixture(*cls.args)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def open(self, fragment="", ready=DRAWN, width=1440):
        browser.size(width, 900, dark=False)
        browser.open(self.server.url + fragment)
        browser.wait(ready)

    def tearDown(self):
        self.assertEqual(browser.complaints(), [])
        self.assertEqual([u for u in browser.requested() if not u.startswith((self.server.url, "about:"))], [])


class ALook(OnPage):
    def test_what_is_wrong_comes_first(self):
        self.open()
        self.assertEqual([s.split("\n")[0] for s in states()[:4]], ["down", "missing", "degraded", "unknown"])
        self.assertEqual(texts("#verdict .state"), ["1 tunnel down, 1 missing, 1 degraded"])
        self.assertIn("ASR-WAN02", texts("#notices")[0])
        self.assertIn("no answer to 3 requests", texts("#notices")[0])
        self.assertEqual(browser.run("document.title"), "(3) Sawatch")
        self.assertIn("live", texts("#fresh")[0])

    def test_maintenance_is_no_alarm_and_comes_last(self):
        self.open("#page=2")
        self.assertEqual(states()[-1].split(), ["down", "maintenance"])

    def test_filters_and_the_address_say_the_same(self):
        self.open()
        browser.click("#states [data-state=down]")
        browser.click("#states [data-state=degraded]")
        self.assertEqual([s.split("\n")[0] for s in states()], ["down", "degraded"])
        self.assertIn("state=down%2Cdegraded", browser.run("location.hash"))
        browser.open(self.server.url + browser.run("location.hash"))
        browser.wait(DRAWN)
        self.assertEqual(len(rows()), 2)
        self.assertEqual(browser.run("document.querySelector('#states [data-state=down]').getAttribute('aria-pressed')"), "true")
        browser.run("document.getElementById('device').value = 'ASA-XFW01'; document.getElementById('device').dispatchEvent(new Event('change'))")
        self.assertEqual(rows(), [])
        self.assertIn("Nothing fits the filter", texts("#empty")[0])
        browser.click("#empty button")
        browser.wait("document.querySelectorAll('#list tbody tr').length === 100")

    def test_text_is_looked_for_everywhere(self):
        self.open()
        for text, n in (("berlin-42", 2), ("BERLIN-42 asr", 1), ("c-00041", 2), ("198.51.100.85", 1), ("dpd", 1), ("no such", 0)):
            browser.run("document.getElementById('q').value = %r; document.getElementById('q').dispatchEvent(new Event('input'))" % text)
            self.assertEqual(len(rows()), n, text)

    def test_headings_sort(self):
        self.open()
        browser.click("#list [data-order=in]")
        rates = browser.run("[...document.querySelectorAll('#list tbody tr')].map((r) => r.querySelectorAll('.c-rate')[0].innerText)")
        self.assertTrue(rates[0].endswith("Mbit/s") and rates[1].endswith("Mbit/s"), rates[:3])
        self.assertEqual(browser.run("document.querySelector('[aria-sort]').innerText.trim()"), "In")
        browser.click("#list [data-order=in]")
        self.assertEqual(texts("#list tbody tr:first-child .c-rate")[0], "–")

    def test_names_are_in_the_order_of_their_numbers(self):
        self.open("#device=ASR-WAN02")
        self.assertEqual(rows(), ["berlin-%d" % i for i in range(51, 101)])
        self.open("#sort=peer&page=2")
        peers = texts("#list tbody .c-peer")
        self.assertEqual(peers, sorted(peers, key=lambda a: [int(n) for n in a.split(".")]))

    def test_what_the_filter_lets_through_is_counted_and_said(self):
        self.open("#q=berlin-42")
        self.assertEqual(texts("#pages span"), ["2 of 200 shown"])
        browser.run("document.getElementById('q').value = 'asr'; document.getElementById('q').dispatchEvent(new Event('input'))")
        browser.wait("document.getElementById('said').innerText === '100 of 200 tunnels shown'")
        browser.run("document.getElementById('q').value = 'berlin'; document.getElementById('q').dispatchEvent(new Event('input'))")
        self.assertEqual(texts("#pages span"), ["1–100 of 200"])

    def test_a_view_is_kept_in_a_link(self):
        self.open("#state=down%2Cdegraded&q=berlin&open=ASR-WAN01%2Fberlin-2", ready=DETAILS)
        browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }, 0")
        browser.click("[data-action=copy]")
        browser.wait("document.querySelector('[data-action=copy]').innerText === 'Copied'")
        link = browser.run("window.copied")
        browser.open(link)
        browser.wait(DETAILS)
        self.assertEqual((rows(), texts("#details h2")), (["berlin-2", "berlin-3"], ["berlin-2"]))

    def test_pages_of_the_list(self):
        self.open()
        self.assertEqual(texts("#pages span"), ["1–100 of 200"])
        browser.press("n")
        browser.wait("document.querySelector('#pages span').innerText === '101–200 of 200'")
        self.assertTrue(browser.run("document.querySelector('#pages [data-key=next]').disabled"))
        browser.press("p")
        browser.wait("document.querySelector('#pages span').innerText === '1–100 of 200'")

    def test_links_and_devices(self):
        self.open()
        browser.press("2")
        browser.wait("document.querySelector('#list caption').innerText.startsWith('Links')")
        self.assertEqual(browser.run("document.querySelector('#views [aria-current]').dataset.view"), "links")
        self.assertIn("2.1 % of the packets", texts("#list tbody")[0])
        self.assertIn("pfs differs", texts("#list tbody")[0])
        browser.press("3")
        browser.wait("document.querySelector('#list caption').innerText.startsWith('Devices')")
        self.assertIn("not read", states()[0])
        self.assertIn("50 unknown", texts("#list tbody tr:first-child .c-counts")[0])
        browser.click("#list tbody tr:first-child .c-counts a")
        browser.wait("document.querySelector('#list caption').innerText.startsWith('Tunnel')")
        self.assertEqual(set(states()), {"unknown"})
        self.assertEqual(len(rows()), 50)

    def test_a_name_is_never_markup(self):
        self.open("#open=" + "ASA-XFW01%2Fberlin-8%20" + HOSTILE.replace("'", "%27"), ready=DETAILS)
        self.assertEqual(texts("#details h2"), ["berlin-8 " + HOSTILE])
        browser.press("3")
        browser.wait("document.querySelector('#list caption').innerText.startsWith('Devices')")
        self.assertIn(HOSTILE, rows())
        self.assertEqual(browser.run("document.images.length"), 0)
        self.assertEqual(browser.run("document.title"), "(3) Sawatch")


class Details(OnPage):
    def test_a_click_opens_them_and_back_closes_them(self):
        self.open("#q=berlin-7")
        browser.click("#list tbody tr td.c-device")
        browser.wait(DETAILS)
        self.assertEqual(browser.run("document.querySelector('[aria-current=true] .c-name').innerText"), texts("#details h2")[0])
        browser.run("history.back()")
        browser.wait("document.getElementById('details').hidden")

    def test_everything_that_is_known_is_there(self):
        self.open("#open=ASR-WAN01%2Fberlin-7", ready=DETAILS)
        sections = texts("#details h3")
        for title in ("The last hour", "Look at", "Layers, from below", "Both ends", "What is lost on the way", "MTU", "Lifetimes", "SPIs",
                      "Replay", "What changed", "Counters"):
            self.assertIn(title, sections)
        text = texts("#details")[0]
        for piece in ("2.1 % lost", "larger than what fits into the tunnel", "same at the sender", "0x7a857087", "cipher: aes-gcm-256, was aes-gcm-128",
                      "Set a larger window", "of 1h", "1,438", "aes-gcm-256"):
            self.assertIn(piece, text)
        labels = browser.run("[...document.querySelectorAll('#details svg')].map((e) => e.getAttribute('aria-label'))")
        self.assertRegex(labels[0], r"^Traffic of the last hour\. Received: now \d.* at most .*; nothing is known of 1\d minutes\.$")
        self.assertRegex(labels[1], r"^Replay drops of the last hour: now 2\.5/s, at most 5\.5/s, at least 0/s")
        self.assertRegex(labels[2], r"^State in the last hour: up from")

    def test_the_other_end_is_a_click_away(self):
        self.open("#open=ASR-WAN01%2Fberlin-7", ready=DETAILS)
        browser.click("#details .ends thead a")
        browser.wait("document.querySelector('#details .of a') && document.querySelector('#details .of a').innerText === 'ASA-XFW01'")
        browser.wait(DETAILS)

    def test_what_is_not_known_is_not_drawn(self):
        self.open("#open=ASR-WAN01%2Fberlin-2", ready=DETAILS)  # down for twelve minutes: there is no traffic now, known or not
        self.assertEqual(texts("#details figcaption .in b, #details figcaption .out b, #details figcaption .replay b"), ["–", "–", "–"])
        self.assertIn("now not known", browser.run("document.querySelector('#details svg').getAttribute('aria-label')"))
        self.assertIn("Look at", texts("#details h3"))
        self.assertIn("IKE: keys and proposals", texts("#details")[0])

    def test_the_last_hour_is_told_without_colours(self):
        self.open("#open=ASR-WAN01%2Fberlin-2", ready=DETAILS)
        self.assertRegex(texts("#details .sums")[0], r"^up \d+m, down \d+m, nothing known \d+m$")
        height = "Number(document.querySelector('#details .strip.%s').getAttribute('height'))"
        self.assertLess(browser.run(height % "up"), browser.run(height % "down") / 2)
        told = browser.run("[...document.querySelectorAll('#details .hint title')].map((e) => e.textContent)")
        for form in (r"\d\d:\d\d:\d\d to \d\d:\d\d:\d\d: received \S+\s.?bit/s, sent \S+\s.?bit/s$", r".*: \S+/s dropped$", r".*: down$"):
            self.assertTrue([t for t in told if re.match(form, t)], form)

    def test_what_is_wrong_says_where_to_look(self):
        for n, words in ((2, "IKE: keys and proposals"), (4, "is it still there?"), (5, "the inventory: list it there"), (8, "No layer fails")):
            self.open("#open=ASR-WAN01%%2Fberlin-%d" % n, ready=DETAILS)
            self.assertIn(words, texts("#details section[aria-label=\"Look at\"]")[0])

    def test_since_when_and_with_whom_is_said_at_once(self):
        self.open("#open=ASR-WAN01%2Fberlin-2", ready=DETAILS)
        self.assertRegex(texts("#details .lead")[0], r"^down\s+for 5m( \d+s)?, since \d\d:\d\d:\d\d$")
        self.assertTrue(texts("#details .of")[0].startswith("of ASR-WAN01 peer 198.51.100.4"), texts("#details .of"))

    def test_a_tunnel_that_is_gone_is_said_to_be(self):
        self.open("#open=ASR-WAN01%2Fno-such", ready="document.getElementById('details').innerText.includes('no tunnel of this name')")

    def test_the_window_may_be_narrow(self):
        self.open("#open=ASR-WAN01%2Fberlin-7", ready=DETAILS, width=400)
        self.assertGreater(browser.run("Math.min(...[...document.querySelectorAll('#details td.dim')].map((e) => e.offsetWidth))"), 90)
        self.open("#open=ASR-WAN01%2Fberlin-7", ready=DETAILS, width=420)
        self.assertEqual(browser.run("getComputedStyle(document.querySelector('main')).display"), "none")
        self.assertLessEqual(browser.run("document.documentElement.scrollWidth"), 420)
        browser.click("#details .close")
        browser.wait("document.getElementById('details').hidden")
        self.assertLessEqual(browser.run("document.documentElement.scrollWidth"), 420)


class Keys(OnPage):
    def test_rows_are_walked_and_opened_and_closed(self):
        self.open()
        browser.press("/")
        self.assertEqual(focused(), "q")
        browser.type("asr-wan01")
        browser.wait("document.querySelectorAll('#list tbody tr').length === 50")
        browser.press("ArrowDown")
        self.assertEqual(focused(), "berlin-2")
        browser.press("ArrowDown")
        browser.press("j")
        browser.press("k")
        self.assertEqual(focused(), "berlin-4")
        browser.press("End")
        last = focused()
        self.assertEqual(last, rows()[-1])
        browser.press("ArrowDown")
        self.assertEqual(focused(), last)
        browser.press("Home")
        browser.press("Enter")
        browser.wait(DETAILS)
        self.assertEqual(browser.run("document.activeElement.id"), "details-title")
        browser.press("Escape")
        browser.wait("document.getElementById('details').hidden")
        self.assertEqual(focused(), "berlin-2")
        browser.press("/")
        browser.press("Escape")
        browser.wait("document.querySelectorAll('#list tbody tr').length === 100")

    def test_the_tab_key_passes_the_list_in_one_step(self):
        self.open()
        self.assertEqual(browser.run("[...document.querySelectorAll('#list [data-row]')].filter((a) => a.tabIndex === 0).length"), 1)
        passed = []
        for _ in range(40):
            browser.press("Tab")
            passed.append(browser.run("(() => { const e = document.activeElement; return e.id || e.dataset.action || e.dataset.view ||"
                                      " (e.dataset.row === '' ? 'row' : e.innerText); })()"))
            if passed[-1] == "ready":
                break
        order = [passed.index(x) for x in ("skip", "pause", "copy", "theme", "tunnels", "q", "device", "sort", "row", "page", "ready")]
        self.assertEqual(order, sorted(order), passed)
        self.assertEqual(passed.count("row"), 1)

    def test_a_row_keeps_the_focus_when_the_list_is_drawn_anew(self):
        self.open()
        browser.press("/")
        browser.press("ArrowDown")
        browser.press("ArrowDown")
        was = focused()
        browser.run("document.querySelector('#list').dataset.same = '1'; document.activeElement.dataset.same = '1'")
        seen = "performance.getEntriesByType('resource').filter((r) => r.name.includes('summary')).length"
        before = browser.run(seen)
        browser.run(FETCH)
        browser.wait("%s > %d" % (seen, before))
        self.assertEqual(focused(), was)
        self.assertEqual(browser.run("document.activeElement.closest('#list').dataset.same"), "1")

    def test_the_way_to_the_list_keeps_the_filter(self):
        self.open("#q=berlin-4&device=ASR-WAN01")
        was = browser.run("location.hash")
        browser.run("document.querySelector('.skip').focus()")
        browser.press("Enter")
        self.assertEqual((browser.run("location.hash"), focused()), (was, "berlin-4"))

    def test_details_that_a_link_had_opened_give_the_focus_to_the_list(self):
        self.open("#open=ASR-WAN01%2Fberlin-3", ready=DETAILS)
        browser.run("document.getElementById('details-title').focus()")
        browser.press("Escape")
        browser.wait("document.getElementById('details').hidden")
        self.assertEqual(focused(), "berlin-3")

    def test_help(self):
        self.open()
        browser.press("?")
        self.assertTrue(browser.run("document.getElementById('help').open"))
        self.assertEqual(focused(), "Close")
        browser.press("Escape")
        self.assertFalse(browser.run("document.getElementById('help').open"))


class ForEverybody(OnPage):
    def test_everything_that_can_be_used_has_a_name(self):
        self.open("#open=ASR-WAN01%2Fberlin-7", ready=DETAILS)
        tree = browser.call("Accessibility.getFullAXTree")["nodes"]
        shown = [n for n in tree if not n.get("ignored")]
        roles = {n["role"]["value"] for n in shown}
        for role in ("banner", "main", "navigation", "search", "complementary", "contentinfo", "table", "rowheader", "columnheader"):
            self.assertIn(role, roles)
        for n in shown:
            if n["role"]["value"] in ("button", "link", "combobox", "searchbox", "textbox", "image", "dialog", "complementary", "table"):
                named = n.get("name", {}).get("value") or n["role"]["value"] == "table"
                self.assertTrue(named, n)

    def test_a_narrow_list_is_still_a_table(self):
        self.open(width=420)
        roles = [n["role"]["value"] for n in browser.call("Accessibility.getFullAXTree")["nodes"] if not n.get("ignored")]
        self.assertEqual((roles.count("rowheader"), "columnheader" in roles), (100, True))
        label = "getComputedStyle(document.querySelector('#list tbody %s'), '::before').content"
        self.assertIn("For", browser.run(label % ".c-for"))
        self.assertEqual(texts("#list tbody tr:first-child .c-peer"), ["198.51.100.4"])
        browser.press("2")
        browser.wait("document.querySelector('#list caption').innerText.startsWith('Links')")
        self.assertIn("Lost →", browser.run(label % ".c-rate"))

    def test_without_colours_what_is_chosen_is_seen(self):
        browser.size(1440, 900)
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "forced-colors", "value": "active"}])
        try:
            browser.open(self.server.url + "#state=down&open=ASR-WAN01%2Fberlin-2")
            browser.wait(DETAILS)
            style = "getComputedStyle(document.querySelector('%s')).%s"
            self.assertNotEqual(browser.run(style % ("#views [aria-current]", "borderBottomColor")),
                                browser.run(style % ("#views a:not([aria-current])", "borderBottomColor")))
            for chosen in (".chip[aria-pressed=true]", "#list tbody [aria-current]"):
                self.assertEqual(browser.run(style % (chosen, "outlineStyle")), "solid")
            self.assertNotEqual(browser.run("getComputedStyle(document.querySelector('.state.down'), '::before').backgroundColor"),
                                browser.run(style % ("body", "backgroundColor")))
        finally:
            browser.colours(False)

    def test_colours_follow_the_system_and_the_switch(self):
        self.open()
        ground = "getComputedStyle(document.body).backgroundColor"
        light = browser.run(ground)
        browser.colours(True)
        dark = browser.run(ground)
        self.assertNotEqual(light, dark)
        choose = "document.getElementById('theme').value = '%s'; document.getElementById('theme').dispatchEvent(new Event('change'))"
        browser.run(choose % "light")
        self.assertEqual(browser.run(ground), light)
        browser.colours(False)
        browser.run(choose % "dark")
        self.assertEqual(browser.run(ground), dark)
        browser.open(self.server.url)
        browser.wait(DRAWN)
        self.assertEqual(browser.run(ground), dark)
        browser.run(choose % "auto")
        self.assertEqual(browser.run(ground), light)

    def test_texts_stand_out_from_their_ground(self):
        with open(os.path.join(SOURCE, "exporters/http/page/style.css"), encoding="utf-8") as f:
            blocks = re.findall(r":root[^{]*\{([^}]*)\}", f.read())

        def luminance(colour):
            channels = [int(c * 2 if len(colour) == 3 else c, 16) / 255 for c in re.findall("." if len(colour) == 3 else "..", colour)]
            linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

        def contrast(a, b):
            light, dark = sorted((luminance(a), luminance(b)), reverse=True)
            return (light + 0.05) / (dark + 0.05)

        self.assertEqual(len(blocks), 3)
        for block in blocks:
            colour = dict(re.findall(r"--([\w-]+): #([0-9a-f]+);", block))
            for text in ("text", "dim", "accent", "down", "degraded", "unknown", "unexpected", "up", "maintenance", "in", "out", "replay"):
                for ground in ("ground", "panel", "row", "chosen", "degraded-ground"):
                    self.assertGreaterEqual(contrast(colour[text], colour[ground]), 4.5, (text, ground))
            self.assertGreaterEqual(contrast(colour["focus"], colour["panel"]), 3)

    def test_without_javascript_it_says_what_is_wrong(self):
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        try:
            browser.size(1440, 900)
            browser.open(self.server.url)
            document = browser.call("DOM.getDocument", depth=-1)["root"]
            html = browser.call("DOM.getOuterHTML", nodeId=document["nodeId"])["outerHTML"]
        finally:
            browser.call("Emulation.setScriptExecutionDisabled", value=False)
        body = re.sub(r"<[^>]+>", " ", html[html.index("<body"):])
        self.assertIn("1 tunnel down, 1 missing, 1 degraded", body)
        self.assertIn("no answer to 3 requests", body)
        self.assertIn("picture as it was when the page was loaded", body)
        self.assertIn("Only the worst 100 of 200 tunnels", body)
        self.assertEqual(html.count('<tr class="is-'), 100)


class WhatIsNotKnown(OnPage):
    """A picture of long ago, with a part of the daemon that does not run, and devices that were never polled."""
    args = ("--full",)

    def test_it_is_said(self):
        self.open()
        notices = texts("#notices li")
        self.assertTrue(any(re.match(r"not read ASR-WAN01 snmp: .*authentication key", n) for n in notices), notices)
        self.assertTrue(any(re.match(r"old ASR-WAN02 snmp: last seen 2h ago, and due every 1m", n) for n in notices), notices)
        self.assertTrue(any(n.startswith("daemon ") for n in notices), notices)
        browser.press("3")
        browser.wait("document.querySelector('#list caption').innerText.startsWith('Devices')")
        self.assertIn("not polled yet", [s.split("\n")[0] for s in states()])
        self.assertIn("never", texts("#list tbody")[0])

    def test_what_does_not_change_grows_old(self):
        self.open()
        self.assertFalse(any("ASR-WAN03" in n for n in texts("#notices li")))
        browser.run("window.fetch = async () => new Response(null, {status: 304, headers: {Date: new Date(1700000600500).toUTCString()}})")
        browser.run(FETCH)
        browser.wait("document.getElementById('notices').innerText.includes('ASR-WAN03 snmp: last seen 10m')")

    def test_without_a_last_hour_none_is_drawn(self):
        self.open("#open=ASA-XFW01%2Fberlin-1", ready="document.querySelectorAll('#details section').length > 5")
        self.assertEqual(browser.run("document.querySelectorAll('#details svg').length"), 0)
        self.assertIn("Nothing was polled in the last hour", texts("#details")[0])


class BeforeTheFirstPoll(OnPage):
    args = ("--empty",)

    def test_it_waits_and_says_for_what(self):
        self.open(ready="document.getElementById('verdict').innerText.startsWith('Waiting: nothing is known yet')")
        self.assertEqual(rows(), [])
        self.assertTrue(browser.run("document.getElementById('alarm').hidden"))

    def tearDown(self):
        pass  # the browser reports every 503, which is what is tested here


class Many(OnPage):
    args = ("--page", "10000")

    def test_ten_thousand_tunnels_cost_what_a_hundred_do(self):
        self.open()
        figures = browser.run(
            "({paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, nodes: document.querySelectorAll('*').length,"
            " summary: performance.getEntriesByType('resource').filter((r) => r.name.includes('summary'))[0].transferSize})")
        self.assertEqual(len(rows()), 100)
        self.assertLess(figures["nodes"], 4000)
        self.assertLess(figures["summary"], 1000000)
        took = browser.run(
            "['b', 'be', 'berlin-42', 'no such', ''].map((text) => { const q = document.getElementById('q'), began = performance.now();"
            " q.value = text; q.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - began; })")
        print("10,000 tunnels: first paint %d ms, %d bytes fetched, filtered in %s ms"
              % (figures["paint"], figures["summary"], ", ".join("%d" % t for t in took)), file=sys.stderr)
        self.assertEqual(texts("#pages span"), ["1–100 of 10,000"])
        browser.click("#states [data-state=maintenance]")
        self.assertEqual(len(rows()), 20)


class Live(unittest.TestCase):
    """With the daemon and simulated devices."""

    def test_it_follows_the_tunnels_and_says_when_the_daemon_is_gone(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with House() as house:
            ports = house.simulate()
            house.configure(["- {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}" % (name, "asa" if "ASA" in name else "iosxe", p)
                             for name, p in ports.items()], listen="127.0.0.1:%d" % port)
            house.run_daemon()
            browser.size(1440, 900, dark=False)
            browser.open(house.url)
            follow("document.getElementById('verdict').innerText === 'All 4 tunnels are up'")
            browser.click("#list tbody tr:first-child a")
            browser.wait(DETAILS)
            follow("document.querySelector('#details figcaption .in b').innerText.endsWith('bit/s')")
            name = texts("#details h2")[0]
            house.tell_sim("cut all")
            follow("document.getElementById('verdict').innerText.includes('4 tunnels down')")
            self.assertRegex(browser.run("document.getElementById('said').innerText"), r"^\S+ of \S+ is down, was up")
            follow("document.querySelector('#details .lead').innerText.startsWith('down')")
            self.assertEqual(texts("#details h2")[0], name)
            self.assertEqual(browser.complaints(), [])
            house.stop()
            follow("!document.getElementById('alarm').hidden")
            self.assertRegex(texts("#alarm")[0], r"^The daemon cannot be reached \(no connection\)\. What is shown is as it was at \d\d:\d\d:\d\d")
            # What is read out at once does not go on by itself.
            self.assertEqual(browser.run("document.querySelectorAll('[role=alert] [data-since], [role=status] [data-since]').length"), 0)
            self.assertRegex(texts("#fresh")[0], r"^not reachable as of \d\d:\d\d:\d\d, \d+\w( \d+s)? ago$")
            self.assertIn("not reachable", browser.run("document.title"))
            self.assertEqual(len(rows()), 4)
            house.tell_sim("restore all")
            house.run_daemon()
            follow("document.getElementById('alarm').hidden && document.getElementById('verdict').innerText === 'All 4 tunnels are up'")
            self.assertIn("live", texts("#fresh")[0])


if __name__ == "__main__":
    if not chromium_kit.PROGRAM:
        print("chromium is not installed")
        sys.exit(77)
    with chromium_kit.Browser() as browser:
        unittest.main(verbosity=2)
