# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven by the DevTools protocol over a pair of pipes."""
import base64
import json
import os
import select
import shutil
import subprocess
import time


class Navigating(Exception):
    """The page that was asked is making room for another one."""


class Browser:
    """One page. What it was told of errors and requests: .problems, .requests."""

    def __init__(self, directory, javascript=True, user=None):
        self.directory = directory / f"chromium{time.monotonic_ns()}"
        self.directory.mkdir()
        self.number, self.rest, self.events = 0, b"", []
        self.problems, self.requests, self.session = [], [], None
        self.user = user
        to_read, to_write = os.pipe(), os.pipe()
        binary = shutil.which("chromium")
        assert binary, "the tests of the console need Debian's chromium package"
        with open(self.directory / "said", "wb") as said:
            self.process = subprocess.Popen(
                ["bash", "-c", f'exec "$@" 3<&{to_read[0]} 4>&{to_write[1]}', "bash", binary, "--headless=new", "--no-sandbox",
                 "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--remote-debugging-pipe", f"--user-data-dir={self.directory}",
                 "--hide-scrollbars"],
                pass_fds=(to_read[0], to_write[1]), stdout=said, stderr=said)
        os.close(to_read[0])
        os.close(to_write[1])
        self.output, self.input = to_read[1], to_write[0]
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        if user:
            basic = base64.b64encode(user.encode()).decode()
            self.ask("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {basic}"})
        if not javascript:
            self.ask("Emulation.setScriptExecutionDisabled", value=True)

    def close(self):
        os.close(self.output)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.input)
        shutil.rmtree(self.directory, ignore_errors=True)

    def next_message(self, deadline):
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.input], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            piece = os.read(self.input, 1 << 20)
            if not piece:
                raise EOFError((self.directory / "said").read_text(errors="replace")[-2000:])
            self.rest += piece
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def note(self, message):
        """What a page must not do is kept."""
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(params["exceptionDetails"]["exception"].get("description", params))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.problems.append(params["args"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(params["entry"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        self.events.append(method)

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + 60
        while (answer := self.next_message(deadline)).get("id") != self.number:
            self.note(answer)
        if "navigated" in answer.get("error", {}).get("message", ""):
            raise Navigating
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def listen(self, seconds):
        """Lets the page live for so long."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.note(self.next_message(deadline))
        except TimeoutError:
            pass

    def open(self, url):
        self.events.clear()
        self.ask("Page.navigate", url=url)
        deadline = time.monotonic() + 60
        while "Page.loadEventFired" not in self.events:
            self.note(self.next_message(deadline))

    def size(self, width, height, phone=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def scheme(self, name):
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def run(self, expression):
        """The value of a JavaScript expression; of a promise, what it becomes."""
        done = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, expression, seconds=20):
        """Waits for it to be true; its value."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if value := self.run(expression):
                    return value
            except Navigating:
                pass
            assert time.monotonic() < deadline, expression
            self.listen(0.1)

    def key(self, text, code=None, **more):
        if text == "Escape":
            more["windowsVirtualKeyCode"] = 27
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=text, code=code or text,
                     **({"text": text} if len(text) == 1 and kind == "keyDown" else {}), **more)

    def picture(self, path, whole=False, most=6000):
        options = {"captureBeyondViewport": True} if whole else {}
        if whole:
            size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
            options["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1}
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png", **options)["data"]))
