"""The read model: what the console and the checks see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.journal import PostgresJournal
from agent.call.events import CallAnswered
from agent.ports import Entry
from agent.values.caller import CallerIdentity, CallRecord, Outcome
from agent.values.ids import CallId, CaseId

pytestmark = pytest.mark.db
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def record(n: int) -> CallRecord:
    return CallRecord(
        call_id=CallId(f"call-{n}"),
        case_id=CaseId(f"case-{n}"),
        tenant="dental",
        direction="inbound",
        caller=CallerIdentity("+12125550142", "DOE"),
        dialled="100",
        channel_id=f"chan-{n}",
        sip_call_id=f"sip-{n % 2}@host",
        profile_sha="sha",
        started_at=NOW + timedelta(seconds=n),
    )


@pytest_asyncio.fixture
async def journal(dsn: str, key_file: Path) -> AsyncIterator[PostgresJournal]:
    async with PostgresJournal(dsn, load_cipher(key_file)) as opened:
        for n in (1, 2, 3):
            await opened.open_call(record(n), "profile text")
        yield opened


@pytest_asyncio.fixture
async def reader(dsn: str, key_file: Path) -> AsyncIterator[CallReader]:
    opened = CallReader(dsn, load_cipher(key_file))
    yield opened
    await opened.close()


async def test_live_and_recent_calls(journal: PostgresJournal, reader: CallReader) -> None:
    ended = replace(record(2), ended_at=NOW + timedelta(minutes=1), outcome=Outcome.ANSWERED, end_reason="hangup")
    await journal.close_call(ended)
    assert await reader.live_calls() == [record(1), record(3)]
    assert await reader.recent(2) == [record(3), ended]
    assert await reader.call("call-2") == ended


async def test_a_call_by_its_ids(journal: PostgresJournal, reader: CallReader) -> None:
    assert await reader.call("call-1") == record(1)
    assert await reader.call("call-9") is None
    assert await reader.by_sip_call_id("sip-1@host") == record(3), "the newest of those that share it"
    assert await reader.by_sip_call_id("sip-9@host") is None
    assert await reader.profile_text("sha") == "profile text"
    assert await reader.profile_text("none") is None
    assert await reader.appointment_by_case("case-1") is None


async def test_changes_are_told_as_they_are_committed(journal: PostgresJournal, reader: CallReader) -> None:
    changes = reader.changes()
    first = asyncio.ensure_future(anext(changes))  # type: ignore[arg-type]
    seq = 0
    while not first.done():  # until the listener stands, nothing is promised
        seq += 1
        await journal.append(CallId("call-1"), Entry(seq, CallAnswered(seq)))
        await asyncio.sleep(0.01)
    assert await first == "call-1"
    await journal.append(CallId("call-3"), Entry(1, CallAnswered(1)))
    async with asyncio.timeout(10):
        while await anext(changes) != "call-3":
            pass
    await journal.close_call(replace(record(2), ended_at=NOW, outcome=Outcome.DROPPED))
    async with asyncio.timeout(10):
        assert await anext(changes) == "call-2"
    await changes.aclose()  # type: ignore[attr-defined]
    assert [e.seq for e in await reader.events("call-1")] == list(range(1, seq + 1))
