#!/usr/bin/env python3
"""Opens report pages in real headless Chromium, as a reader would.

Each page is drawn at 390 and 1280 pixels, light and dark, and printed to PDF; the pictures are left in a folder to be
looked at. A page fails where the console says anything, where it asks for anything beyond itself, where it is wider
than the window, where a table does not sort, or where it is over 1 MB.

    tests/html/look.py target/release/mailrake FOLDER LOG...

Without Chromium it says so and exits 0. Nothing is installed and nothing is fetched.
"""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
]
LARGEST = 1_000_000


class Socket:
    """As much of RFC 6455 as it takes to speak with the browser on this host."""

    def __init__(self, url):
        host, path = url.removeprefix("ws://").split("/", 1)
        name, port = host.rsplit(":", 1)
        self.socket = socket.create_connection((name, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(4096)
        self.rest = self.rest.split(b"\r\n\r\n", 1)[1]

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else (
            struct.pack("!BBH", 0x81, 0x80 | 126, size) if size < 65536 else struct.pack("!BBQ", 0x81, 0x80 | 127, size))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def take(self, size):
        while len(self.rest) < size:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("the browser went away")
            self.rest += more
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def receive(self):
        text = b""
        while True:
            first, second = self.take(2)
            size = second & 0x7F
            if size > 125:
                size = struct.unpack("!H" if size == 126 else "!Q", self.take(2 if size == 126 else 8))[0]
            text += self.take(size)
            if first & 0x80:
                return text.decode()


class Browser:
    """One tab, and all that it said."""

    def __init__(self, program, profile):
        self.process = subprocess.Popen([program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = os.path.join(profile, "DevToolsActivePort")
        for _ in range(300):
            if os.path.exists(port) and open(port).read().count("\n"):
                break
            time.sleep(0.1)
        number = open(port).read().split("\n")[0]
        tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{number}/json"))
        self.tab = Socket(next(t for t in tabs if t["type"] == "page")["webSocketDebuggerUrl"])
        self.number, self.events = 0, []
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        self.tab.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.tab.receive())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def value(self, script):
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        for _ in range(600):
            if self.value("document.readyState") == "complete" and self.value("location.href") == url:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{url}: not loaded within a minute")

    def complaints(self, url):
        """What the console said, and what was asked for beside the page."""
        said = []
        for event in self.events:
            about = event.get("params", {})
            if event.get("method") == "Network.requestWillBeSent" and about["request"]["url"] != url:
                said.append(f"asks for {about['request']['url']}")
            elif event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                said.append(json.dumps(about)[:300])
            elif event.get("method") == "Log.entryAdded":
                said.append(about["entry"]["text"])
        return said

    def picture(self, path, width, dark):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        height = min(self.value("document.documentElement.scrollHeight"), 16000)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))
        return self.value("document.documentElement.scrollWidth")


# Sorts every sortable table by each of its columns, up and down, and says what came out wrong.
SORTS = """(() => {
  const wrong = [];
  let clicks = 0;
  document.querySelectorAll("table.s").forEach(table => {
    const before = table.tBodies[0].rows.length;
    table.querySelectorAll("thead button").forEach(button => {
      for (let i = 0; i < 2; i++) {
        button.click();
        clicks++;
        const head = button.closest("th"), n = [...head.parentNode.cells].indexOf(head);
        const number = head.classList.contains("n"), up = head.getAttribute("aria-sort") === "ascending";
        const values = [...table.tBodies[0].rows].map(row => {
          const cell = row.cells[n], text = cell.dataset.v || cell.textContent;
          if (!number) return text;
          const v = parseFloat(text.replace(/,/g, ""));
          return isNaN(v) ? -1 : v;
        });
        for (let k = 1; k < values.length; k++)
          if (up ? values[k - 1] > values[k] : values[k - 1] < values[k]) { wrong.push(head.textContent); break; }
      }
    });
    if (table.tBodies[0].rows.length !== before) wrong.push("rows were lost");
  });
  return JSON.stringify({clicks, wrong, names: [...document.querySelectorAll("svg[role=img]")].every(s => s.querySelector("title"))});
})()"""


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, folder, logs = sys.argv[1], sys.argv[2], sys.argv[3:]
    chromium = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    if chromium is None:
        print("skipped: no Chromium here (Debian: package chromium)")
        return
    os.makedirs(folder, exist_ok=True)
    failed = False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(chromium, profile)
        try:
            for log in logs:
                name = os.path.basename(log.rstrip("/")).replace(".", "-")
                page = os.path.abspath(os.path.join(folder, name + ".html"))
                subprocess.run([program, "--timezone", "UTC", "--format", "html", "--output", page, log], check=True)
                url = "file://" + page
                browser.open(url)
                wrong = []
                if os.path.getsize(page) >= LARGEST:
                    wrong.append(f"{os.path.getsize(page):,} bytes")
                for width in (1280, 390):
                    for dark in (False, True):
                        shade = "dark" if dark else "light"
                        wide = browser.picture(os.path.join(folder, f"{name}-{width}-{shade}.png"), width, dark)
                        if wide > width:
                            wrong.append(f"{wide} pixels wide in a window of {width}")
                pdf = browser.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
                with open(os.path.join(folder, name + ".pdf"), "wb") as out:
                    out.write(base64.b64decode(pdf))
                sorts = json.loads(browser.value(SORTS))
                wrong += [f"does not sort: {column}" for column in sorts["wrong"]]
                wrong += [] if sorts["names"] else ["a drawing without a name"]
                wrong += browser.complaints(url)
                failed |= bool(wrong)
                print(f"{name}: {os.path.getsize(page):,} bytes, {sorts['clicks']} clicks on table heads"
                      + "".join(f"\n  {what}" for what in wrong))
        finally:
            browser.process.terminate()
            browser.process.wait()
    sys.exit(1 if failed else 0)


main()
