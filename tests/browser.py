#!/usr/bin/env python3
"""Shows pages in a headless chromium, and prints what it saw, as JSON.

usage: browser.py PAGE...
       browser.py --picture PNG WIDTH HEIGHT light|dark PAGE
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

LIMIT = 60      # seconds that all of it may take
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
SCREEN = {"width": 1200, "height": 900, "deviceScaleFactor": 1, "mobile": False}

PAINTED = """new Promise(done => requestAnimationFrame(() =>
    requestAnimationFrame(() => done(performance.now()))))"""
TAGS = """Array.from(document.getElementsByTagName('*')).reduce((n, e) => {
    n[e.localName] = (n[e.localName] || 0) + 1; return n }, {})"""
# The middle of the first bar, and what is shown when it was tapped.
BAR = """(() => { const b = document.querySelector('.track .s');
    b.scrollIntoView({ block: 'center' });
    const r = b.getBoundingClientRect();
    return [r.x + r.width / 2, r.y + r.height / 2] })()"""
TIP = """(() => { for (const s of document.querySelectorAll('.track span'))
    if (getComputedStyle(s).display !== 'none') {
        const r = s.getBoundingClientRect();
        return { text: s.innerText, inside: r.left >= 0 && r.top >= 0 &&
            r.right <= innerWidth && r.bottom <= innerHeight } }
    return null })()"""


class Browser:
    """One that is spoken to over two pipes, which it wants as 3 and 4."""

    def __init__(self, home):
        to_read, self.to = os.pipe()
        self.back, back_write = os.pipe()
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--hide-scrollbars", "--remote-debugging-pipe",
            "--user-data-dir=" + home, "about:blank"]
        self.process = subprocess.Popen(["timeout", "-k", "5", str(LIMIT),
            "sh", "-c", 'exec 3<&%d 4>&%d; exec "$@"' % (to_read, back_write),
            "-"] + command, pass_fds=(to_read, back_write),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": home})
        os.close(to_read)
        os.close(back_write)
        self.number, self.left, self.events, self.session = 0, b"", [], None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
            targetId=target["targetId"])["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def receive(self):
        while b"\0" not in self.left:
            data = os.read(self.back, 65536)
            if not data:
                sys.exit("the browser is gone")
            self.left += data
        message, self.left = self.left.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def evaluate(self, script):
        return self.call("Runtime.evaluate", expression=script,
            returnByValue=True, awaitPromise=True)["result"].get("value")

    def show(self, page):
        self.events = []
        self.call("Page.navigate", url="file://" + os.path.realpath(page))
        while not any(e.get("method") == "Page.loadEventFired"
                for e in self.events):
            self.events.append(self.receive())

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": name}])
        return self.evaluate(
            "getComputedStyle(document.body).backgroundColor")

    def tap(self):
        x, y = self.evaluate(BAR)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                button="left", clickCount=1)
        return self.evaluate(TIP)

    def of_kind(self, *methods):
        return [e["params"] for e in self.events if e.get("method") in methods]


def look(browser, page):
    browser.call("Emulation.setDeviceMetricsOverride", **SCREEN)
    browser.show(page)
    painted = browser.evaluate(PAINTED)
    seen = {"painted_ms": round(painted), "tags": browser.evaluate(TAGS),
        "wide": browser.evaluate("document.documentElement.scrollWidth"),
        "light": browser.scheme("light"), "dark": browser.scheme("dark")}
    seen["pdf"] = base64.b64decode(browser.call("Page.printToPDF",
        printBackground=True)["data"])[:5].decode()
    browser.call("Emulation.setDeviceMetricsOverride", **PHONE)
    seen["narrow"] = browser.evaluate("document.documentElement.scrollWidth")
    seen["tip"] = browser.tap()
    seen["requests"] = [e["request"]["url"] for e in
        browser.of_kind("Network.requestWillBeSent")]
    seen["said"] = browser.of_kind("Runtime.consoleAPICalled",
        "Runtime.exceptionThrown", "Log.entryAdded",
        "Page.javascriptDialogOpening")
    return seen


def picture(browser, png, width, height, scheme, page):
    browser.call("Emulation.setDeviceMetricsOverride", **{**SCREEN,
        "width": int(width), "height": int(height)})
    browser.scheme(scheme)
    browser.show(page)
    browser.evaluate(PAINTED)
    with open(png, "wb") as f:
        f.write(base64.b64decode(browser.call("Page.captureScreenshot")
            ["data"]))


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
    chromium = Browser(directory)
    try:
        if sys.argv[1] == "--picture":
            picture(chromium, *sys.argv[2:])
        else:
            json.dump([look(chromium, p) for p in sys.argv[1:]], sys.stdout)
    finally:
        chromium.session = None
        chromium.call("Browser.close")
        chromium.process.wait()
