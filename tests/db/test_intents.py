"""An intent is committed by one statement: all of it or nothing, whatever the key's fate."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.database import DatabaseDown, break_off, connect, unless_stalled
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.prepared import prepare, run_prepared
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


# --- prepared statements


@pytest.fixture
async def line(dsn: str) -> Any:
    connection = await connect(dsn)
    await connection.execute("CREATE TABLE kept (n integer PRIMARY KEY, body bytea, said text)")
    await prepare(connection, b"keep", b"INSERT INTO kept VALUES ($1, $2, $3)")
    yield connection
    connection.pgconn.finish()


async def test_what_a_prepared_statement_is_given_arrives_as_it_is(line: Any) -> None:
    assert await run_prepared(line, b"keep", ((7).to_bytes(4), b"\x00\xff", "Zoë".encode())) == 1
    row = await (await line.execute("SELECT * FROM kept")).fetchone()
    assert row == {"n": 7, "body": b"\x00\xff", "said": "Zoë"}


async def test_more_than_the_socket_takes_at_once_is_sent_whole(line: Any) -> None:
    body = bytes(range(256)) * 80_000
    assert await asyncio.wait_for(run_prepared(line, b"keep", ((1).to_bytes(4), body, b"")), 60) == 1
    row = await (await line.execute("SELECT length(body) AS n, body FROM kept")).fetchone()
    assert (row["n"], row["body"]) == (len(body), body)


async def test_what_the_server_refuses_raises_and_the_line_stays_good(line: Any) -> None:
    values = ((1).to_bytes(4), b"", b"")
    assert await run_prepared(line, b"keep", values) == 1
    with pytest.raises(psycopg.errors.UniqueViolation):
        await run_prepared(line, b"keep", values)
    with pytest.raises(psycopg.errors.CharacterNotInRepertoire):
        await run_prepared(line, b"keep", ((2).to_bytes(4), b"", b"a NUL \x00 in a text"))
    with pytest.raises(psycopg.errors.UndefinedTable):
        await prepare(line, b"other", b"INSERT INTO nowhere VALUES ($1)")
    assert await run_prepared(line, b"keep", ((2).to_bytes(4), b"", b"")) == 1


async def test_a_statement_that_stalls_is_broken_off(line: Any) -> None:
    await prepare(line, b"stall", b"SELECT pg_sleep(60), $1::integer")
    with pytest.raises(DatabaseDown):
        await unless_stalled(line, lambda c: run_prepared(c, b"stall", ((1).to_bytes(4),)), 100)


async def test_a_line_that_was_cut_is_told(line: Any) -> None:
    break_off(line)
    with pytest.raises(psycopg.OperationalError):
        await run_prepared(line, b"keep", ((1).to_bytes(4), b"", b""))
