"""A tenant's tool behind an HTTP endpoint. What is sent and what answers mean: agent.tools.webhook.

Every request has a connection of its own, so that "the connection was never made" surely means "not sent". No redirect
is followed, wherever it leads: a signed request goes to the address that the tenant's file names, or nowhere. An answer
is read up to BODY_MAX bytes and never unpacked.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Self

import aiohttp

from agent.tools import webhook as wire
from agent.values.profile import WebhookSpec
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

_IDENTITY = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
ASK_S = 10.0
HEADER_MAX = 8_190
NOT_REACHED = "the backend cannot be reached"
NOT_ANSWERED = "the backend did not answer"


class _NotSent(Exception):
    """The request did not leave this machine."""


class _NoAnswer(Exception):
    """The request may have arrived; no answer came."""


class WebhookBackend:
    """Backends port for the tools that ``spec`` names. ``async with`` it; ``now`` gives aware wall time."""

    def __init__(self, spec: WebhookSpec, secret: bytes, now: Callable[[], datetime]) -> None:
        self._spec = spec
        self._secret = secret
        self._now = now
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_note_sending)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=32),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
            auto_decompress=False,
            trust_env=False,
            max_line_size=HEADER_MAX,
            max_field_size=HEADER_MAX,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port. An endpoint that keeps no keys is first asked whether a WRITE happened already."""
        ends = asyncio.get_running_loop().time() + call.deadline_ms / 1000
        if call.effect is Effect.WRITE and not self._spec.knows_keys and self._spec.find:
            before = await self._look_up(tenant, call, ends)
            if before.status is ToolStatus.IN_DOUBT:
                return ToolResult(ToolStatus.FAILED, {}, f"not sent: {before.error}", again_ms=before.again_ms or 0)
            if before.error != wire.NOT_THERE:
                return before
        try:
            answer = await self._send("POST", self._spec.url, call.key, wire.request_body(tenant, call), ends)
        except _NotSent:
            return ToolResult(ToolStatus.FAILED, {}, NOT_REACHED, again_ms=0)
        except _NoAnswer:
            doubt = ToolStatus.IN_DOUBT if call.effect is Effect.WRITE else ToolStatus.FAILED
            return ToolResult(doubt, {}, NOT_ANSWERED)
        return wire.outcome(call, answer, self._now())

    async def ask(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port. IN_DOUBT for ever where the endpoint neither keeps keys nor has a ``find``."""
        if not self._spec.knows_keys and not self._spec.find:
            return ToolResult(ToolStatus.IN_DOUBT, {}, "the backend cannot be asked")
        return await self._look_up(tenant, call, asyncio.get_running_loop().time() + ASK_S)

    async def probe(self) -> str:
        """What is wrong with the endpoint, as far as a lookup of what never was can tell; "" when nothing is."""
        if not self._spec.knows_keys and not self._spec.find:
            return ""
        call = ToolCall(wire.PROBE_ID, self._spec.tools[0], {}, Effect.READ, wire.PROBE_KEY, 0)
        try:
            answer = await self._found("", call, asyncio.get_running_loop().time() + ASK_S)
        except (_NotSent, _NoAnswer):
            return NOT_REACHED
        # A find that is asked for nothing may well call that a bad request.
        is_good = answer.status == 404 if self._spec.knows_keys else answer.status in (400, 404, 422)
        return "" if is_good else f"a lookup of what never was is answered {answer.status}, not 404"

    async def _look_up(self, tenant: str, call: ToolCall, ends: float) -> ToolResult:
        """FAILED with NOT_THERE, DONE or FAILED as it was answered, or IN_DOUBT."""
        try:
            answer = await self._found(tenant, call, ends)
        except (_NotSent, _NoAnswer):
            return ToolResult(ToolStatus.IN_DOUBT, {}, NOT_REACHED)
        # It may have been sent until its deadline, and be acted on until the endpoint has settled.
        return wire.found(call, answer, call.deadline_ms + self._spec.settles_ms, self._now())

    async def _found(self, tenant: str, call: ToolCall, ends: float) -> wire.Answer:
        """The answer to a lookup, by key or by the wish. Raises as ``_send``."""
        spec = self._spec
        if spec.knows_keys:
            return await self._send("GET", f"{spec.url.rstrip('/')}/{call.key}", call.key, b"", ends)
        body = wire.find_body(tenant, call, spec.natural_key)
        return await self._send("POST", spec.find, call.key, body, ends)

    async def _send(self, method: str, url: str, key: str, body: bytes, ends: float) -> wire.Answer:
        """Raises _NotSent, _NoAnswer. An answer whose body breaks off is an answer that is not whole."""
        assert self._http is not None, "async with the backend"
        left_s = ends - asyncio.get_running_loop().time()
        if left_s <= 0:
            raise _NotSent
        sending = _Sending()
        signed = wire.signature(self._secret, int(self._now().timestamp()), key, body)
        headers = {**_IDENTITY, wire.KEY_HEADER: key, wire.SIGNATURE_HEADER: signed}
        timeout = aiohttp.ClientTimeout(total=left_s, connect=min(left_s, self._spec.connect_ms / 1000))
        try:
            async with self._http.request(
                method,
                url,
                data=body or None,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                trace_request_ctx=sending,
            ) as response:
                return await _read(response)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise (_NoAnswer if sending.has_begun else _NotSent) from error


class _Sending:
    """Whether the first byte of a request was handed to the system."""

    has_begun = False


async def _note_sending(_session: aiohttp.ClientSession, context: SimpleNamespace, _headers: object) -> None:
    context.trace_request_ctx.has_begun = True


async def _read(response: aiohttp.ClientResponse) -> wire.Answer:
    body, is_whole = b"", "Content-Encoding" not in response.headers
    try:
        while len(body) <= wire.BODY_MAX and (piece := await response.content.read(wire.BODY_MAX + 1 - len(body))):
            body += piece
    except (aiohttp.ClientError, OSError, TimeoutError):
        is_whole = False
    return wire.Answer(
        response.status,
        response.headers.get("Content-Type", ""),
        body[: wire.BODY_MAX],
        response.headers.get("Retry-After", ""),
        is_whole and len(body) <= wire.BODY_MAX,
    )
