"""Headless Chromium over the DevTools protocol (its pipe, no network): pages are opened, keys pressed, things looked at."""
import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DEADLINE = 30
# What a key sends besides its name.
KEYS = {"Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, None), "Tab": ("Tab", 9, None), "ArrowDown": ("ArrowDown", 40, None),
        "ArrowUp": ("ArrowUp", 38, None), "Home": ("Home", 36, None), "End": ("End", 35, None)}


class Browser:
    """One browser with a profile of its own, until close(). Use as a context."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="sawatch-chromium-")
        to_browser, self.out = os.pipe()
        self.inp, from_browser = os.pipe()
        self.number = 0
        self.rest = b""
        self.events = []

        def descriptors():
            os.dup2(to_browser, 13)
            os.dup2(from_browser, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)
            for fd in (3, 4):
                os.set_inheritable(fd, True)
            os.close(13)
            os.close(14)

        self.process = subprocess.Popen(
            [PROGRAM, "--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + self.profile, "--no-first-run", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
             "--disable-extensions", "--disable-sync", "--hide-scrollbars", "--force-device-scale-factor=1", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=descriptors,
            start_new_session=True, env={**os.environ, "HOME": self.profile})
        os.close(to_browser)
        os.close(from_browser)
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def close(self):
        """Ends the browser and what it started: they are a process group."""
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.out)
        os.close(self.inp)
        shutil.rmtree(self.profile, ignore_errors=True)

    # ------------------------------------------------------------------------------------------------------- the protocol

    def receive(self, end):
        while b"\0" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.inp], [], [], left)[0]:
                raise AssertionError("the browser does not answer")
            more = os.read(self.inp, 1 << 20)
            if not more:
                raise AssertionError("the browser has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        end = time.monotonic() + DEADLINE
        while True:
            m = self.receive(end)
            if m.get("id") == self.number:
                if "error" in m:
                    raise AssertionError("%s: %s" % (method, m["error"]["message"]))
                return m["result"]
            if "method" in m:
                self.events.append(m)

    # ----------------------------------------------------------------------------------------------------------- a page

    def size(self, width, height, dark=None):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        if dark is not None:
            self.colours(dark)

    def colours(self, dark):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank' && document.body !== null")
        self.call("Page.navigate", url=url)
        self.wait("location.href !== 'about:blank' && document.body !== null && document.readyState !== 'loading'")

    def run(self, expression):
        """The value of a JavaScript expression; a promise is waited for."""
        r = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in r:
            raise AssertionError("%s: %s" % (expression, r["exceptionDetails"].get("exception", {}).get("description", r["exceptionDetails"]["text"])))
        return r["result"].get("value")

    def wait(self, expression, seconds=DEADLINE):
        """The first true value of the expression."""
        end = time.monotonic() + seconds
        while True:
            value = self.run(expression)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError("not within %d s: %s\n%s" % (seconds, expression, self.run("document.body.innerText")[:2000]))
            time.sleep(0.05)

    def press(self, key):
        name, code, text = KEYS[key] if key in KEYS else (key, ord(key.upper()), key)
        params = {"key": name, "windowsVirtualKeyCode": code, **({"text": text} if text else {})}
        self.call("Input.dispatchKeyEvent", type="keyDown", **params)
        self.call("Input.dispatchKeyEvent", type="keyUp", **params)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def click(self, selector):
        x, y = self.run("(() => { const e = document.querySelector(%s); e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();"
                        " return [r.x + Math.min(r.width / 2, 60), r.y + r.height / 2]; })()" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def complaints(self):
        """What the browser had to say: uncaught exceptions, blocked resources, warnings of its own."""
        self.run("0")
        found = []
        for e in self.events:
            if e["method"] == "Runtime.exceptionThrown":
                d = e["params"]["exceptionDetails"]
                found.append(d.get("exception", {}).get("description", d["text"]))
            elif e["method"] == "Log.entryAdded" and e["params"]["entry"]["level"] in ("error", "warning"):
                found.append(e["params"]["entry"]["text"] + " " + e["params"]["entry"].get("url", ""))
        return found

    def requested(self):
        return [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
