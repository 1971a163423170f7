"""One connection to a model worker, shared by all its requests, and made anew when the worker comes back.

The worker listens on a unix socket of this host, or on another host behind mutual TLS: the messages are the same.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import cast

import structlog

from agent.adapters.models.tls import TlsPlace, told
from agent.ports.models import ModelUnavailable
from agent.wire.messages import Decoder, Kind, Message, Scalar, WireFault, encode

log = structlog.get_logger(__name__)
FIRST_BACKOFF_S = 0.05
LAST_BACKOFF_S = 1.0
CONNECT_TIMEOUT_S = 1.0
# Two round trips more, and another host's processor.
TLS_TIMEOUT_S = 3.0

Replies = asyncio.Queue[Message | None]


class _Link(asyncio.Protocol):
    """A live connection: hands each reply to the request of its id; None when the connection is lost."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._waiting: dict[int, Replies] = {}
        self._transport: asyncio.Transport | None = None
        self._ids = itertools.count(1)
        self.lost_by: Exception | None = None

    @property
    def is_alive(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio.Transport, not its type.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.lost_by = exc
        for replies in self._waiting.values():
            replies.put_nowait(None)

    def data_received(self, data: bytes) -> None:
        for item in self._decoder.feed(data):
            if isinstance(item, WireFault):
                log.error("model worker sent no messages", reason=item.reason)
                self.close()
            elif (replies := self._waiting.get(item.id)) is not None:
                replies.put_nowait(item)

    def start(self, kind: Kind, fields: Mapping[str, Scalar], payload: bytes) -> tuple[int, Replies]:
        """Send a request under a fresh id."""
        ident = next(self._ids)
        replies: Replies = asyncio.Queue()
        self._write(Message(kind, ident, fields, payload))
        self._waiting[ident] = replies
        return ident, replies

    def end(self, ident: int, is_answered: bool) -> None:
        """Expect no more replies; stop the work if it is not done."""
        self._waiting.pop(ident, None)
        if not is_answered and self.is_alive:
            self._write(Message(Kind.CANCEL, ident))

    def tell(self, kind: Kind, fields: Mapping[str, Scalar]) -> None:
        """Send what is not answered."""
        self._write(Message(kind, next(self._ids), fields))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _write(self, message: Message) -> None:
        if self._transport is not None:
            self._transport.write(encode(message))


class WorkerConnection:
    """Requests to the worker at ``place``: a unix socket, or another host. Connects on first use, again after a loss.

    While the worker is down a request fails at once with ModelUnavailable; a new attempt to connect is made at most
    every 50 ms, later every second.
    """

    def __init__(self, place: Path | TlsPlace) -> None:
        self._place = place
        self._link: _Link | None = None
        self._connecting = asyncio.Lock()
        self._backoff_s = 0.0
        self._next_try_s = 0.0

    async def ask(
        self, kind: Kind, fields: Mapping[str, Scalar], payload: bytes = b"", timeout_s: float = 5.0
    ) -> Message:
        """The one reply to a request. Raises ModelUnavailable."""
        link = await self._connected()
        ident, replies = self._start(link, kind, fields, payload)
        is_answered = False
        try:
            reply = await self._next(kind, replies, timeout_s)
            is_answered = True
            return reply
        finally:
            link.end(ident, is_answered)

    async def stream(
        self, kind: Kind, fields: Mapping[str, Scalar], payload: bytes = b"", timeout_s: float = 5.0
    ) -> AsyncGenerator[Message, None]:
        """The replies up to the end, each within ``timeout_s`` of the one before. Closing it cancels the request.

        Raises ModelUnavailable.
        """
        link = await self._connected()
        ident, replies = self._start(link, kind, fields, payload)
        is_answered = False
        try:
            while not is_answered:
                reply = await self._next(kind, replies, timeout_s)
                is_answered = reply.kind is Kind.END
                if not is_answered:
                    yield reply
        finally:
            link.end(ident, is_answered)

    def tell(self, kind: Kind, fields: Mapping[str, Scalar]) -> None:
        """Send what is not answered, if the worker is there."""
        if self._link is not None and self._link.is_alive:
            self._link.tell(kind, fields)

    async def model(self) -> str:
        """The name of the model the worker serves: a health check. Raises ModelUnavailable."""
        return (await self.ask(Kind.PING, {}, timeout_s=1.0)).text("model")

    async def close(self) -> None:
        """Close the connection; requests in progress end with ModelUnavailable."""
        if self._link is not None:
            self._link.close()

    def drop(self) -> None:
        """Let go of a connection that gives no sign of life: whoever waits for it waits no longer."""
        if self._link is not None:
            self._link.abort()

    @staticmethod
    def _start(link: _Link, kind: Kind, fields: Mapping[str, Scalar], payload: bytes) -> tuple[int, Replies]:
        try:
            return link.start(kind, fields, payload)
        except ValueError as error:
            raise ModelUnavailable(f"{kind}: {error}") from error

    @staticmethod
    async def _next(kind: Kind, replies: Replies, timeout_s: float) -> Message:
        try:
            async with asyncio.timeout(timeout_s):
                reply = await replies.get()
        except TimeoutError:
            raise ModelUnavailable(f"{kind}: no reply within {timeout_s:g} s") from None
        if reply is None:
            raise ModelUnavailable(f"{kind}: the worker broke off")
        if reply.kind is Kind.ERROR:
            raise ModelUnavailable(f"{kind}: {reply.text('reason')}")
        return reply

    async def _connected(self) -> _Link:
        if self._link is not None and self._link.is_alive:
            return self._link
        async with self._connecting:
            if self._link is None or not self._link.is_alive:
                self._link = await self._connect()
            return self._link

    async def _connect(self) -> _Link:
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_try_s:
            raise ModelUnavailable(f"{self._place.name}: the worker is down")
        try:
            link = await self._opened()
        except OSError as error:  # TimeoutError is one of them
            self._backoff_s = min(max(self._backoff_s * 2, FIRST_BACKOFF_S), LAST_BACKOFF_S)
            self._next_try_s = loop.time() + self._backoff_s
            raise ModelUnavailable(f"{self._place.name}: cannot reach the worker ({told(error)})") from error
        self._backoff_s = 0.0
        return link

    async def _opened(self) -> _Link:
        """A link that is good for requests. Raises OSError."""
        loop, place = asyncio.get_running_loop(), self._place
        if isinstance(place, Path):
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                _, link = await loop.create_unix_connection(_Link, os.fspath(place))
            return link
        async with asyncio.timeout(TLS_TIMEOUT_S):
            _, link = await loop.create_connection(
                _Link, place.host, place.port, ssl=place.tls, server_hostname=place.host
            )
            await _greet(link)
        return link


async def _greet(link: _Link) -> None:
    """In TLS 1.3 the client is through before the server has judged it: only an answer says that we are let in."""
    ident, replies = link.start(Kind.PING, {}, b"")
    try:
        if await replies.get() is None:
            raise _refused_by(link.lost_by)
    except BaseException:
        link.abort()
        raise
    finally:
        link.end(ident, is_answered=True)


def _refused_by(lost_by: BaseException | None) -> BaseException:
    """Why nobody was let in. A reset says no more than an end: the server closed on a ping that it had not read."""
    if lost_by is None or isinstance(lost_by, ConnectionError):
        return ConnectionRefusedError(0, "it closed at once: see its relay's log")
    return lost_by
