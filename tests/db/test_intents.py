"""An intent is committed by one statement: all of it or nothing, whatever the key's fate."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.database import Connection, DatabaseDown, break_off, connect, unless_stalled
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.prepared import PreparedLine
from agent.call.events import CallAnswered
from agent.ports import Entry
from agent.values.ids import CallId
from tests.contract.test_data import record, write

pytestmark = pytest.mark.db
CALL = CallId("call-1")


def rows(dsn: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    with psycopg.connect(dsn) as connection:
        for table in ("journal", "actions", "tool_calls"):
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            counted[table] = row[0] if row else 0
    return counted


async def test_an_intent_is_an_event_an_action_and_who_asks_and_others_are_woken(dsn: str, key_file: Path) -> None:
    listener = await connect(dsn)
    for channel in ("attendant_journal", "attendant_outbox"):
        await listener.execute(f"LISTEN {channel}".encode())
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        await journal.open_call(record(), "")
        [_ async for _ in listener.notifies(timeout=0.2)]  # the call's opening
        await journal.append(CALL, Entry(1, CallAnswered(-7)), [write()])
        heard = [n.channel async for n in listener.notifies(timeout=10, stop_after=2)]
        assert sorted(heard) == ["attendant_journal", "attendant_outbox"]
        assert await journal.load(CALL) == [Entry(1, CallAnswered(-7))]
    assert rows(dsn) == {"journal": 1, "actions": 1, "tool_calls": 1}
    await listener.close()


async def test_an_intent_whose_commit_was_not_answered_is_committed_again_without_effect(
    dsn: str, key_file: Path
) -> None:
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        await journal.open_call(record(), "")
        for _ in range(3):
            await journal.append(CALL, Entry(1, CallAnswered(1)), [write()])
    assert rows(dsn) == {"journal": 1, "actions": 1, "tool_calls": 1}


async def test_an_intent_whose_key_is_taken_is_noted_all_the_same(dsn: str, key_file: Path) -> None:
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        await journal.open_call(record(), "")
        await journal.append(CALL, Entry(1, CallAnswered(1)), [write("w1", key="k")])
        await journal.append(CALL, Entry(2, CallAnswered(2)), [write("w2", key="k")])
        await journal.append(CALL, Entry(3, CallAnswered(3)), [write("w3", key="k", name="John Roe")])
    assert rows(dsn) == {"journal": 3, "actions": 1, "tool_calls": 3}


async def test_intents_that_come_together_are_committed_together(dsn: str, key_file: Path) -> None:
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        await journal.open_call(record(), "")
        waits = [journal.append(CALL, Entry(n, CallAnswered(n)), [write(f"w{n}", key=f"k{n}")]) for n in range(1, 31)]
        await asyncio.gather(*waits)
    assert rows(dsn) == {"journal": 30, "actions": 30, "tool_calls": 30}


async def test_an_intent_of_a_call_that_was_never_opened_is_refused_whole(dsn: str, key_file: Path) -> None:
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        with pytest.raises(psycopg.Error):
            await journal.append(CALL, Entry(1, CallAnswered(1)), [write()])
        await journal.open_call(record(), "")
        await journal.append(CALL, Entry(1, CallAnswered(1)), [write()])
    assert rows(dsn) == {"journal": 1, "actions": 1, "tool_calls": 1}


async def test_postgres_that_goes_while_the_statement_is_prepared_loses_nothing(
    dsn: str, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, failures = PreparedLine.prepare, iter([True, True])

    async def failing(self: PreparedLine, name: bytes, query: bytes) -> None:
        if next(failures, False):
            raise psycopg.OperationalError("the server closed the connection unexpectedly")
        await prepare(self, name, query)

    monkeypatch.setattr(PreparedLine, "prepare", failing)
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        await journal.open_call(record(), "")
        await journal.append(CALL, Entry(1, CallAnswered(1)), [write()])
    assert rows(dsn) == {"journal": 1, "actions": 1, "tool_calls": 1}


# --- prepared statements


@dataclass(slots=True)
class Line:
    """A connection with a table and a statement for it."""

    connection: Connection
    prepared: PreparedLine


@pytest_asyncio.fixture
async def line(dsn: str) -> AsyncIterator[Line]:
    connection = await connect(dsn)
    await connection.execute("CREATE TABLE kept (n integer PRIMARY KEY, body bytea, said text)")
    prepared = PreparedLine(connection)
    await prepared.prepare(b"keep", b"INSERT INTO kept VALUES ($1, $2, $3)")
    yield Line(connection, prepared)
    prepared.close()
    connection.pgconn.finish()


def kept(n: int, body: bytes = b"", said: bytes = b"") -> tuple[bytes, ...]:
    return n.to_bytes(4), body, said


async def test_what_a_prepared_statement_is_given_arrives_as_it_is(line: Line) -> None:
    assert await line.prepared.run(b"keep", kept(7, b"\x00\xff", "Zoë".encode())) == 1
    row = await (await line.connection.execute("SELECT * FROM kept")).fetchone()
    assert row == {"n": 7, "body": b"\x00\xff", "said": "Zoë"}


async def test_more_than_the_socket_takes_at_once_is_sent_whole(line: Line) -> None:
    body = bytes(range(256)) * 80_000
    assert await asyncio.wait_for(line.prepared.run(b"keep", kept(1, body)), 60) == 1
    row = await (await line.connection.execute("SELECT body FROM kept")).fetchone()
    assert row is not None
    assert row["body"] == body


async def test_psycopg_may_use_the_line_in_between(line: Line) -> None:
    for n in range(1, 30, 2):
        assert await line.prepared.run(b"keep", kept(n)) == 1
        async with line.connection.pipeline(), line.connection.transaction():
            await line.connection.execute("INSERT INTO kept VALUES (%s)", [n + 1])
    row = await (await line.connection.execute("SELECT count(*) AS n FROM kept")).fetchone()
    assert row == {"n": 30}


async def test_what_the_server_refuses_raises_and_the_line_stays_good(line: Line) -> None:
    assert await line.prepared.run(b"keep", kept(1)) == 1
    with pytest.raises(psycopg.errors.UniqueViolation):
        await line.prepared.run(b"keep", kept(1))
    with pytest.raises(psycopg.errors.CharacterNotInRepertoire):
        await line.prepared.run(b"keep", kept(2, said=b"a NUL \x00 in a text"))
    with pytest.raises(psycopg.errors.UndefinedTable):
        await line.prepared.prepare(b"other", b"INSERT INTO nowhere VALUES ($1)")
    assert await line.prepared.run(b"keep", kept(2)) == 1


async def test_a_statement_that_stalls_is_broken_off(line: Line) -> None:
    await line.prepared.prepare(b"stall", b"SELECT pg_sleep(60), $1::integer")
    with pytest.raises(DatabaseDown):
        await unless_stalled(line.connection, lambda _: line.prepared.run(b"stall", ((1).to_bytes(4),)), 100)


async def test_a_server_that_goes_keeps_nobody_busy_and_is_told_to_whoever_comes_next(line: Line) -> None:
    await line.prepared.run(b"keep", kept(1))
    break_off(line.connection)
    await asyncio.sleep(0.05)
    assert not line.prepared._is_watched, "a socket that stays readable would keep the loop turning"
    with pytest.raises(psycopg.OperationalError):
        await line.prepared.run(b"keep", kept(2))


@pytest.mark.parametrize(
    "change",
    [
        "status = 'lost'",
        "status = 'done'",
        "status = 'claimed'",
        "lease_until = now()",
        "result_sealed = 'x'",
        "status = 'in_doubt', result_sealed = 'x', lease_until = now()",
    ],
)
async def test_an_action_cannot_become_what_makes_no_sense(dsn: str, key_file: Path, change: str) -> None:
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        await journal.open_call(record(), "")
        await journal.append(CALL, Entry(1, CallAnswered(1)), [write()])
    with psycopg.connect(dsn) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(f"UPDATE actions SET {change}".encode())
