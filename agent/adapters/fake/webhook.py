"""An endpoint as a tenant would run it: a real HTTP server, the receiving side of agent.tools.webhook.

It counts what it does, may ignore our keys, and misbehaves on demand. ``effects`` is what it did, whatever it answered.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from aiohttp import web

from agent.tools import canonical, webhook
from agent.values.ids import ToolId
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

Act = Callable[[str, ToolCall], Awaitable[ToolResult]]
"""Does what is asked, for a tenant; with a calendar behind it, ``FakeCalendar.run``."""

HUGE = 10_000_000


class Trouble(StrEnum):
    """What may go wrong with one request. LOST to CUT happen after the effect, the others instead of it."""

    BUSY = "busy"
    REFUSED = "refused"
    DROPPED = "dropped"
    REDIRECTED = "redirected"
    LOST = "lost"
    SLOW = "slow"
    BROKEN = "broken"
    HTML = "html"
    HALF = "half"
    HUGE = "huge"
    PENDING = "pending"
    CUT = "cut"
    LATE = "late"


@dataclass(slots=True)
class FakeEndpoint:
    """``async with`` it: it listens on a port of its own. ``trouble`` is asked at every request to act."""

    act: Act
    secret: bytes
    now: Callable[[], datetime]
    knows_keys: bool = True
    trouble: Callable[[], Trouble | None] = lambda: None
    slow_s: float = 1.0
    elsewhere: str = "http://127.0.0.1:9/"
    port: int = 0
    effects: list[ToolCall] = field(default_factory=list)
    requests: int = 0
    _results: dict[str, tuple[str, ToolResult]] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where tools are posted to."""
        return f"http://127.0.0.1:{self.port}/tool"

    @property
    def find(self) -> str:
        """Where wishes are found by their arguments."""
        return f"http://127.0.0.1:{self.port}/find"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.post("/tool", self._run), web.get("/tool/{key}", self._ask), web.post("/find", self._find)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _run(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        body = await request.read()
        key = request.headers.get(webhook.KEY_HEADER, "")
        if not self._is_ours(request, key, body):
            return _answer(401, {})
        trouble = self.trouble()
        if instead := await self._instead(request, trouble):
            return instead
        asked = json.loads(body)
        result = await self._once(key, asked)
        return await self._answered(request, trouble, result)

    async def _once(self, key: str, asked: Mapping[str, Any]) -> ToolResult | None:
        """The result; None while the same key is being worked on."""
        call = ToolCall(ToolId("w"), asked["tool"], asked["arguments"], Effect(asked["effect"]), key, 1_000)
        if call.effect is Effect.READ:
            return await self.act(asked["tenant"], call)
        wish = f"{call.name} {canonical(call.arguments)}"
        if self.knows_keys:
            if key in self._results:
                known, result = self._results[key]
                return result if known == wish else ToolResult(ToolStatus.FAILED, {}, webhook.KEY_REUSED)
            if key in self._busy:
                return None
        self._busy.add(key)
        try:
            result = await self.act(asked["tenant"], call)
        finally:
            self._busy.discard(key)
        self._results[key] = (wish, result)
        if result.status is ToolStatus.DONE:
            self.effects.append(call)
        return result

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        if not self._is_ours(request, key, b""):
            return _answer(401, {})
        if not self.knows_keys or key not in self._results:
            return _answer(404, {})
        return _answer(200, _said(self._results[key][1]))

    async def _find(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not self._is_ours(request, request.headers.get(webhook.KEY_HEADER, ""), body):
            return _answer(401, {})
        asked = json.loads(body)
        for made in self.effects:
            if made.name == asked["tool"] and asked["arguments"].items() <= made.arguments.items():
                return _answer(200, _said(self._results[made.key][1]))
        return _answer(404, {})

    def _is_ours(self, request: web.Request, key: str, body: bytes) -> bool:
        header = request.headers.get(webhook.SIGNATURE_HEADER, "")
        return webhook.is_signed(self.secret, header, key, body, int(self.now().timestamp()))

    async def _instead(self, request: web.Request, trouble: Trouble | None) -> web.StreamResponse | None:
        match trouble:
            case Trouble.BUSY:
                return _answer(503, {}, {"Retry-After": "1"})
            case Trouble.REFUSED:
                return _answer(403, {})
            case Trouble.REDIRECTED:
                return _answer(307, {}, {"Location": self.elsewhere})
            case Trouble.DROPPED:
                return await _break_off(request)
            case Trouble.LATE:
                await asyncio.sleep(self.slow_s)
        return None

    async def _answered(
        self, request: web.Request, trouble: Trouble | None, result: ToolResult | None
    ) -> web.StreamResponse:
        if result is None:
            return _answer(409, {})
        if result.error == webhook.KEY_REUSED:
            return _answer(422, {})
        said = _said(result)
        match trouble:
            case Trouble.LOST:
                return await _break_off(request)
            case Trouble.SLOW:
                await asyncio.sleep(self.slow_s)
            case Trouble.BROKEN:
                return _answer(502, {})
            case Trouble.HTML:
                return web.Response(text="<html>OK</html>", content_type="text/html")
            case Trouble.HALF:
                return web.Response(body=json.dumps(said).encode()[:-5], content_type="application/json")
            case Trouble.HUGE:
                return await _endless(request)
            case Trouble.PENDING:
                return _answer(202, {"status": "pending"})
            case Trouble.CUT:
                return await _cut(request, json.dumps(said).encode())
        return _answer(200, said)


def _said(result: ToolResult) -> dict[str, Any]:
    return {"status": result.status.value, "error": result.error, "value": result.value}


def _answer(status: int, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(said, status=status, headers=headers)


async def _break_off(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    """Half of the promised bytes, then nothing."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return await _break_off(request)


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    with suppress(ConnectionError):
        await response.write(b'{"status": "done", "value": {"notes": "')
        for _ in range(HUGE // 10_000):
            await response.write(b"x" * 10_000)
        await response.write(b'"}}')
    return response
