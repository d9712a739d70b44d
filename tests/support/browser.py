"""A headless browser with keys to press: it opens a file, and shuts itself off from every network."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.waiting import until
from tornado.websocket import WebSocketClientConnection, websocket_connect

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)
KEYS = {
    "Tab": 9,
    "Enter": 13,
    " ": 32,
    "h": 72,
    "End": 35,
    "Home": 36,
    "Backspace": 8,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
}
"""Names of keys, with the codes that the browser wants beside them."""


def program() -> str:
    """The browser on this machine; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser is installed (any of {', '.join(BROWSERS)}): apt-get install chromium")
    return found


class Page:
    """An open page."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: WebSocketClientConnection) -> None:
        self._loop, self._connection, self._count = loop, connection, 0

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self._ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key; it goes where the focus is."""
        text = {"Enter": "\r", " ": " ", "h": "h"}.get(key, "")
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            what = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            self._ask("Input.dispatchKeyEvent", **what, **({"text": text} if kind == "keyDown" else {}))

    def resize(self, width: int, height: int) -> None:
        """Give it the screen of a phone, or of whatever has so many pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._ask("Emulation.setDeviceMetricsOverride", **size)

    def darken(self, dark: bool) -> None:
        """Let the machine ask for dark pages, or for light ones."""
        wish = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[wish])

    def _ask(self, method: str, **params: Any) -> Any:
        self._count += 1
        return self._loop.run_until_complete(self._answer({"id": self._count, "method": method, "params": params}))

    async def _answer(self, message: dict[str, Any]) -> Any:
        await self._connection.write_message(json.dumps(message))
        while True:
            received = await self._connection.read_message()
            assert received is not None, "the browser closed the connection"
            answer = json.loads(received)
            if answer.get("id") == message["id"]:
                assert "result" in answer, answer
                return answer["result"]


@contextmanager
def opened(page: Path, profile: Path) -> Iterator[Page]:
    """The page in a browser of its own, loaded; `profile` is an empty folder."""
    flags = [*FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0"]
    with subprocess.Popen([program(), *flags, page.as_uri()], stderr=subprocess.DEVNULL) as process:
        loop = asyncio.new_event_loop()
        try:
            port_file = profile / "DevToolsActivePort"
            until(lambda: port_file.exists() and port_file.read_text("utf-8").count("\n") == 1)
            port = port_file.read_text("utf-8").split("\n")[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as listed:
                address = next(t["webSocketDebuggerUrl"] for t in json.load(listed) if t["type"] == "page")
            connection = loop.run_until_complete(connected(address))
            shown = Page(loop, connection)
            # A blank page that stands before the file is complete, too.
            until(lambda: shown.evaluate("location.protocol + document.readyState") == "file:complete")
            yield shown
            connection.close()
        finally:
            loop.close()
            process.kill()


async def connected(address: str) -> WebSocketClientConnection:
    """A connection to one page of the browser."""
    return await websocket_connect(address, max_message_size=2**28)
