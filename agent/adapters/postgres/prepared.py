"""Prepared statements in one round trip, without cursor and adaptation: for the one that a caller waits for.

Measured: 0.04 ms of our CPU in place of 0.13 for a bare insert. Nothing else may use the connection meanwhile.
"""

import asyncio
from collections.abc import Sequence

from psycopg import errors
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from agent.adapters.postgres.database import Connection

_BINARY = 1
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


async def prepare(connection: Connection, name: bytes, query: bytes) -> None:
    """Prepare ``query``, whose parameters are ``$1`` and so on, for this connection. Raises psycopg.Error."""
    connection.pgconn.send_prepare(name, query)
    await _finished(connection.pgconn)


async def run_prepared(connection: Connection, name: bytes, values: Sequence[bytes]) -> int:
    """Run it in a transaction of its own; how many rows it changed. Raises psycopg.Error.

    ``values`` are in binary format: a text is its bytes, an integer as many, big end first, as its type has.
    """
    connection.pgconn.send_query_prepared(name, values, [_BINARY] * len(values))
    return (await _finished(connection.pgconn)).command_tuples or 0


async def _finished(pgconn: PGconn) -> PGresult:
    """The result of what was sent."""
    loop, socket = asyncio.get_running_loop(), pgconn.socket
    last: PGresult | None = None
    while True:
        is_sent = pgconn.flush() == 0
        while is_sent and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                return _checked(last)
            last = result
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(socket, _wake, ready)
        if not is_sent:
            loop.add_writer(socket, _wake, ready)
        try:
            await ready
        finally:
            loop.remove_reader(socket)
            if not is_sent:
                loop.remove_writer(socket)
        pgconn.consume_input()


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _checked(result: PGresult | None) -> PGresult:
    if result is None:
        raise errors.OperationalError("the server gave no result")
    if result.status not in _GOOD:
        raise errors.error_from_result(result)
    return result
