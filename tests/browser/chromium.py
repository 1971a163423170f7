"""A headless Chromium over the DevTools protocol: enough to open a page, ask it things and take its picture."""

import asyncio
import base64
import contextlib
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)
PATIENCE_S = 60


class Tab:
    """One page. ``problems`` gathers what the browser complained of: script errors, refused content, failed loads."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.problems: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One DevTools method; events that come meanwhile are looked at for problems."""
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=PATIENCE_S)
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.problems.append(str(message["params"]))

    async def open(self, url: str, width: int = 1180, height: int = 900, scheme: str = "light") -> None:
        """Go to ``url`` in a window of that size and colour scheme, and wait until it is loaded."""
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme_feature = {"name": "prefers-color-scheme", "value": scheme}
        await self.call("Emulation.setEmulatedMedia", features=[scheme_feature])
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until the expression is true."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self.ask(expression):  # noqa: ASYNC110 - the page is another process
                await asyncio.sleep(0.05)

    async def picture(self) -> bytes:
        """A PNG of the whole page."""
        shot = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Tab]:
    """A fresh browser with an empty profile; ended and forgotten afterwards."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "chromium is missing: run `make test`, which installs it, or as root: apt-get install chromium"
    folder = Path(tempfile.mkdtemp(prefix="attendant-chromium-"))
    devnull = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={folder}", "about:blank", stdout=devnull, stderr=devnull
    )
    try:
        async with ClientSession() as session, session.ws_connect(await _page_url(session, folder)) as socket:
            yield Tab(socket)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _page_url(session: ClientSession, folder: Path) -> str:
    """The websocket of the first page, once the browser says where it listens."""
    async with asyncio.timeout(PATIENCE_S):
        while not (lines := _lines(folder / "DevToolsActivePort")):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        base = f"http://127.0.0.1:{lines[0]}"
        while True:
            async with session.get(f"{base}/json/list") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)


def _lines(path: Path) -> list[str]:
    """The lines of a file once its last one is whole."""
    text = path.read_text() if path.exists() else ""
    return text.splitlines() if "\n" in text else []
