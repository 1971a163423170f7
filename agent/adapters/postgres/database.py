"""Connections to Postgres and the named queries that run on them.

A stalled connection is the dangerous one: psycopg waits for it far beyond a cancelled task's timeout
(11 s were measured for one of 1 s). So nothing here is cancelled: work runs in its own task, and when its
time is up the socket is shut down, which ends libpq's wait at once.
"""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.rows import DictRow, dict_row

from agent.adapters.postgres.migrate import SQL_FOLDER

T = TypeVar("T")
Connection = psycopg.AsyncConnection[DictRow]
Work = Callable[[Connection], Awaitable[T]]

_NAME = re.compile(rb"^-- name: (\w+)[ \t]*$", re.MULTILINE)


class DatabaseDown(psycopg.OperationalError):
    """Postgres did not answer: refused, broke off, or took too long.

    Whether work in flight was committed is unknown.
    """


def read_queries(folder: Path = SQL_FOLDER / "queries") -> dict[str, bytes]:
    """All named queries of ``folder``. Raises ValueError on a name used twice."""
    queries: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.sql")):
        parts = _NAME.split(path.read_bytes())
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name.decode() in queries:
                raise ValueError(f"{path}: query {name.decode()!r} exists already")
            queries[name.decode()] = text.strip()
    return queries


async def connect(dsn: str, timeout_s: int = 3) -> Connection:
    """A connection in autocommit, UTC, rows as dicts. Raises DatabaseDown."""
    try:
        return await psycopg.AsyncConnection.connect(
            dsn,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=timeout_s,
            application_name="attendant",
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
        )
    except psycopg.OperationalError as error:
        raise DatabaseDown(" ".join(str(error).split())) from error


def break_off(connection: Connection) -> None:
    """Shut the socket down under libpq: whoever waits on it gets an error at once."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


async def within(connection: Connection, work: Work[T], timeout_ms: float) -> T:
    """Run ``work`` on the connection; after ``timeout_ms``, or when cancelled, break it off. Raises DatabaseDown."""
    task = asyncio.ensure_future(work(connection))
    try:
        await asyncio.wait({task}, timeout=timeout_ms / 1000)
    finally:
        if not task.done():
            break_off(connection)
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # seen: when we are cancelled nobody else asks for it
    try:
        return task.result()
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseDown(" ".join(str(error).split())) from error


async def unless_stalled(connection: Connection, work: Work[T], timeout_ms: float) -> T:
    """As ``within``, without a task of its own: for work that nobody cancels. Raises DatabaseDown."""
    timer = asyncio.get_running_loop().call_later(timeout_ms / 1000, break_off, connection)
    try:
        return await work(connection)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseDown(" ".join(str(error).split())) from error
    finally:
        timer.cancel()


def _in_transaction(work: Work[T]) -> Work[T]:
    async def run(connection: Connection) -> T:
        async with connection.transaction():
            return await work(connection)

    return run


class Database:
    """A few connections, opened when needed and kept, with the named queries.

    ``run`` is for work off the turn path; at most ``size`` run at once, the others wait their turn.
    """

    def __init__(self, dsn: str, size: int = 4) -> None:
        self.dsn = dsn
        self.sql = read_queries()
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(size)
        self._is_closed = False

    async def run(self, work: Work[T], timeout_ms: float = 5_000) -> T:
        """Run ``work`` in one transaction and commit. Raises DatabaseDown; other psycopg errors pass through.

        ``work`` must be idempotent: it runs again, in the time left, when a kept connection turns out to be dead.
        """
        loop = asyncio.get_running_loop()
        async with self._places:
            ends = loop.time() + timeout_ms / 1000
            while True:
                was_kept = bool(self._idle)
                connection = self._idle.pop() if was_kept else await connect(self.dsn)
                try:
                    return await within(connection, _in_transaction(work), (ends - loop.time()) * 1000)
                except DatabaseDown:
                    self._drop_all()
                    if not was_kept or loop.time() >= ends:
                        raise
                finally:
                    self._put_back(connection)

    async def rows(self, query: str, timeout_ms: float = 5_000, **values: Any) -> list[DictRow]:
        """The rows of one named query. Raises DatabaseDown."""

        async def fetch(connection: Connection) -> list[DictRow]:
            return await (await connection.execute(self.sql[query], values)).fetchall()

        return await self.run(fetch, timeout_ms)

    async def close(self) -> None:
        """Close the kept connections. Idempotent."""
        self._is_closed = True
        self._drop_all()

    def _put_back(self, connection: Connection) -> None:
        is_idle = not connection.closed and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if is_idle and not self._is_closed:
            self._idle.append(connection)
        else:
            connection.pgconn.finish()

    def _drop_all(self) -> None:
        """After a restart of the server every kept connection is dead: do not try them one by one."""
        for connection in self._idle:
            connection.pgconn.finish()
        self._idle.clear()
