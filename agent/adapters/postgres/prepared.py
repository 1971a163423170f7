"""Prepared statements in one round trip, without cursor and adaptation: for the one that a caller waits for.

Measured for a bare insert: 0.04 ms of our CPU in place of 0.13.
"""

import asyncio
import os
from collections.abc import Sequence

from psycopg import errors
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from agent.adapters.postgres.database import Connection

_BINARY = 1
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class PreparedLine:
    """A connection as its prepared statements use it, one at a time; psycopg may use it in between. Close it first.

    Its socket is watched under a number of its own, so that it stays watched from one statement to the next.
    """

    def __init__(self, connection: Connection) -> None:
        self._pgconn = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._socket = os.dup(self._pgconn.socket)
        self._is_watched = False
        self._waiting: asyncio.Future[None] | None = None

    def close(self) -> None:
        """Let go of the socket."""
        self._loop.remove_reader(self._socket)
        os.close(self._socket)

    async def prepare(self, name: bytes, query: bytes) -> None:
        """Prepare ``query``, whose parameters are ``$1`` and so on. Raises psycopg.Error."""
        self._pgconn.send_prepare(name, query)
        await self._finished()

    async def run(self, name: bytes, values: Sequence[bytes]) -> int:
        """Run it in a transaction of its own; how many rows it changed. Raises psycopg.Error.

        ``values`` are in binary format: a text is its bytes, an integer as many, big end first, as its type has.
        """
        self._pgconn.send_query_prepared(name, values, [_BINARY] * len(values))
        return (await self._finished()).command_tuples or 0

    async def _finished(self) -> PGresult:
        """The result of what was sent."""
        pgconn, last = self._pgconn, None
        while pgconn.flush():
            await self._written()
        while True:
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    return _checked(last)
                last = result
            await self._ready()
            pgconn.consume_input()

    async def _written(self) -> None:
        """The server takes more, or says something that must be read before it does."""
        self._loop.add_writer(self._socket, self._wake)
        try:
            await self._ready()
        finally:
            self._loop.remove_writer(self._socket)
        self._pgconn.consume_input()

    async def _ready(self) -> None:
        if not self._is_watched:
            self._loop.add_reader(self._socket, self._wake)
            self._is_watched = True
        self._waiting = self._loop.create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is None:  # psycopg reads just now, or the server has gone: whoever comes next will see
            self._loop.remove_reader(self._socket)
            self._is_watched = False
        elif not self._waiting.done():
            self._waiting.set_result(None)


def _checked(result: PGresult | None) -> PGresult:
    if result is None:
        raise errors.OperationalError("the server gave no result")
    if result.status not in _GOOD:
        raise errors.error_from_result(result)
    return result
