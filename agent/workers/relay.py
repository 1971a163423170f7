"""``python -m agent.workers.relay``: lets controllers of other hosts reach this host's workers, over mutual TLS.

The workers themselves have no network code; they listen on unix sockets. A client shows a certificate, says by ALPN
(RFC 7301) which kind of worker it wants, and from then on its bytes go to that worker's socket and back, unread.
Prints ``ready`` on stdout when it serves. Exit code 2 and one line on stderr when it cannot.
"""

import argparse
import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

import uvloop

from agent.adapters.models.tls import TlsFault, server_context, split_address, told
from agent.wire.messages import alpn
from agent.workers.process import die_with_parent

log = logging.getLogger(__name__)
MAX_GUESTS = 64
HANDSHAKE_S = 5.0
EARLY_BYTES = 256 * 1024


class Half(asyncio.Protocol):
    """One side of a relayed connection. What comes before the other side is there waits, up to EARLY_BYTES."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._other: Half | None = None
        self._early = bytearray()

    @property
    def protocol(self) -> str:
        """The application protocol that TLS agreed on; empty where there is none."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return (tls.selected_alpn_protocol() or "") if tls is not None else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio.Transport, not its type.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self.lost.set()
        if self._other is not None:
            self._other.close()

    def data_received(self, data: bytes) -> None:
        if self._other is not None:
            self._other.write(data)
            return
        self._early += data
        if len(self._early) > EARLY_BYTES:
            self.abort()

    def pause_writing(self) -> None:
        """We cannot say more for now: the other side reads no more until we have caught up."""
        if self._other is not None and self._other._transport is not None:
            self._other._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._other is not None and self._other._transport is not None:
            self._other._transport.resume_reading()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def join(self, other: "Half") -> None:
        """From now on, what one side hears the other says, and they end together."""
        self._other, other._other = other, self
        other.write(bytes(self._early))
        self._early.clear()
        for one, two in ((self, other), (other, self)):
            if one.lost.is_set():
                two.close()


class Relay:
    """Guests by TLS on one side, the sockets of ``kinds`` below ``sockets`` on the other."""

    def __init__(self, tls: ssl.SSLContext, sockets: Path, kinds: tuple[str, ...]) -> None:
        self._tls = tls
        self._sockets = {alpn(kind): sockets / f"{kind}.sock" for kind in kinds}
        self._guests = 0

    async def serve(self, listener: socket.socket) -> None:
        """Take clients until cancelled, each in a task of its own: a slow handshake holds up nobody."""
        async with asyncio.TaskGroup() as group:
            while True:
                client, peer = await asyncio.get_running_loop().sock_accept(listener)
                address = f"{peer[0]}:{peer[1]}"
                if self._guests >= MAX_GUESTS:
                    log.warning("client %s refused: %d are connected already", address, MAX_GUESTS)
                    client.close()
                    continue
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._guests += 1
                group.create_task(self._receive(client, address))

    async def _receive(self, client: socket.socket, address: str) -> None:
        try:
            if (guest := await self._secured(client, address)) is not None:
                await self._lead(guest, address)
                await guest.lost.wait()
        finally:
            self._guests -= 1

    async def _secured(self, client: socket.socket, address: str) -> Half | None:
        """The client's side after its handshake; None, and one line in the log, where it may not enter."""
        loop, guest = asyncio.get_running_loop(), Half()
        try:
            await loop.connect_accepted_socket(
                lambda: guest, client, ssl=self._tls, ssl_handshake_timeout=HANDSHAKE_S, ssl_shutdown_timeout=1.0
            )
        except OSError as error:
            log.warning("client %s refused: %s", address, _held_against(error))
            client.close()
            return None
        return guest

    async def _lead(self, guest: Half, address: str) -> None:
        """Join the client with the worker it asks for, or close its connection."""
        path = self._sockets.get(guest.protocol)
        if path is None:
            log.warning("client %s refused: it asks for no worker that is served here", address)
            guest.abort()
            return
        worker = Half()
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: worker, os.fspath(path))
        except OSError as error:
            log.warning("%s does not answer: %s", path.name, told(error))
            guest.abort()
            return
        guest.join(worker)


def _held_against(error: OSError) -> str:
    """A failed handshake in few words."""
    if isinstance(error, ssl.SSLError) and "PEER_DID_NOT_RETURN" in (error.reason or ""):
        return "it shows no certificate"
    return "it left during the handshake" if isinstance(error, ConnectionError) else told(error)


def bind(address: tuple[str, int]) -> socket.socket:
    """A listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listener = socket.create_server(address, family=family, backlog=MAX_GUESTS)
    listener.setblocking(False)
    return listener


async def serve(listener: socket.socket, relay: Relay) -> None:
    """Serve until SIGTERM or SIGINT. Prints one ``ready`` line on stdout when clients are taken."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with suppress(asyncio.CancelledError):
        await relay.serve(listener)


def main(argv: list[str]) -> int:
    """Parse, then serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m agent.workers.relay", description="Serve workers over mutual TLS.")
    parser.add_argument("--listen", required=True, help="HOST:PORT")
    parser.add_argument("--tls", type=Path, required=True, help="folder with ca.pem, cert.pem and key.pem")
    parser.add_argument("--sockets", type=Path, required=True, help="folder where the workers listen")
    parser.add_argument("--kind", required=True, action="append", help="a kind of worker that is served; repeat it")
    given = parser.parse_args(argv)
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="relay: %(levelname)s %(message)s", stream=sys.stderr)
    kinds = tuple(given.kind)
    try:
        relay = Relay(server_context(given.tls, kinds), given.sockets, kinds)
        listener = bind(split_address(given.listen))
    except (TlsFault, ValueError) as cause:
        return _give_up(str(cause))
    except OSError as error:
        return _give_up(f"{given.listen}: cannot listen: {error.strerror or error}")
    uvloop.run(serve(listener, relay))
    return 0


def _give_up(cause: str) -> int:
    sys.stderr.write(f"relay: {' '.join(cause.split())}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
