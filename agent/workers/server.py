"""Serves one model service to any number of clients over a unix stream socket."""

import asyncio
import itertools
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from agent.wire.messages import Decoder, Kind, Message, WireFault, encode
from agent.workers.process import CannotStart

log = logging.getLogger(__name__)
MAX_TASKS_PER_PEER = 256

Send = Callable[[Message], None]


class BadRequest(ValueError):
    """The request cannot be served as it stands; the text says why and holds none of its content."""


class Service(Protocol):
    """What a model does with requests. ``peer`` numbers the connection."""

    def answer(self, peer: int, request: Message) -> Message | None:
        """The reply, if it takes well under a millisecond; else None, and ``work`` is run as a task."""

    async def work(self, peer: int, request: Message, send: Send) -> None:
        """Serve the request, sending its replies. Cancelled when the client cancels or leaves."""

    def forget(self, peer: int) -> None:
        """The client has left."""


class Peer(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, number: int, service: Service, model: str) -> None:
        self._number = number
        self._service = service
        self._model = model
        self._decoder = Decoder()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio.Transport, not its type.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        for task in self._tasks.values():
            task.cancel()
        self._service.forget(self._number)

    def data_received(self, data: bytes) -> None:
        for item in self._decoder.feed(data):
            if isinstance(item, WireFault):
                log.warning("client %d dropped: %s", self._number, item.reason)
                if self._transport is not None:
                    self._transport.close()
                return
            self._receive(item)

    def _receive(self, request: Message) -> None:
        if request.kind is Kind.PING:
            self._send(Message(Kind.RESULT, request.id, {"model": self._model}))
        elif request.kind is Kind.CANCEL:
            if (task := self._tasks.get(request.id)) is not None:
                task.cancel()
        else:
            self._serve(request)

    def _serve(self, request: Message) -> None:
        try:
            reply = self._service.answer(self._number, request)
        except BadRequest as refusal:
            reply = Message(Kind.ERROR, request.id, {"reason": str(refusal)})
        if reply is not None:
            self._send(reply)
        elif request.kind is not Kind.FORGET:
            self._start(request)

    def _start(self, request: Message) -> None:
        if request.id in self._tasks or len(self._tasks) >= MAX_TASKS_PER_PEER:
            self._send(Message(Kind.ERROR, request.id, {"reason": "busy: too many requests at once"}))
            return
        task = asyncio.ensure_future(self._service.work(self._number, request, self._send))
        self._tasks[request.id] = task
        task.add_done_callback(partial(self._finished, request))

    def _finished(self, request: Message, task: asyncio.Task[None]) -> None:
        self._tasks.pop(request.id, None)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if not isinstance(error, BadRequest):
            log.error("%s request failed: %s", request.kind, type(error).__name__)
        reason = str(error) if isinstance(error, BadRequest) else f"failed: {type(error).__name__}"
        self._send(Message(Kind.ERROR, request.id, {"reason": reason}))

    def _send(self, message: Message) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(message))


def bind(path: Path) -> socket.socket:
    """A socket bound to ``path``, open to our user alone; it refuses clients until it is served.

    A dead worker's socket file is replaced; a live one's is not. Raises CannotStart.
    """
    if len(os.fsencode(path)) > 107:
        raise CannotStart(f"{path}: longer than the 107 bytes a socket path may have; set a shorter ATTENDANT_HOME")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        if path.exists():
            _refuse_live(path)
            path.unlink()
        mask = os.umask(0o177)
        try:
            listener.bind(os.fspath(path))
        finally:
            os.umask(mask)
    except OSError as error:
        raise CannotStart(f"{path}: cannot listen: {error.strerror or error}") from error
    return listener


def _refuse_live(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            return
    raise CannotStart(f"{path}: another worker listens here; stop it first")


async def serve(listener: socket.socket, path: Path, service: Service, model: str) -> None:
    """Serve until SIGTERM or SIGINT. Prints one ``ready`` line on stdout when requests are taken."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _leave, path)
    peers = itertools.count(1)
    server = await loop.create_unix_server(lambda: Peer(next(peers), service, model), sock=listener, backlog=128)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


def _leave(path: Path) -> None:
    """End at once: a model run in a thread cannot be interrupted, and nothing is worth waiting for."""
    path.unlink(missing_ok=True)
    os._exit(0)
