"""What the contracts of journal, outbox and calendar are tested with: adapters of both kinds, and calls to make."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.adapters.backends import RoutedBackends
from agent.adapters.backends.calendar import CalendarBackend, seed_calendar
from agent.adapters.fake.data import FakeCalendar, FakeJournal, FakeOutbox, MemoryStore
from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.database import Database
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.adapters.system import SystemClock
from agent.call.events import CallAnswered
from agent.ports import Backends, Entry, Journal, Outbox, OutboxJob
from agent.tools import idempotency_key, request
from agent.values.caller import CallerIdentity, CallRecord
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.profile import AgentProfile, Hours, Service
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # a Sunday
BOOK = {"service": "cleaning", "start": "2026-03-02T10:00", "name": "Jane Doe", "phone": "+12125550199"}
DONE = ToolResult(ToolStatus.DONE, {"appointment_id": "apt-1"})
FAILED = ToolResult(ToolStatus.FAILED, {"alternatives": []}, "taken")
DOUBT = ToolResult(ToolStatus.IN_DOUBT, {}, "no answer")
LEASE_MS = 60


def profile(tenant: str) -> AgentProfile:
    """A tenant open on weekdays from 9 to 12, with two services."""
    return AgentProfile(
        tenant=tenant,
        name="Ada",
        business="Practice",
        timezone="America/New_York",
        numbers=("100",),
        disclosure="",
        greeting="",
        goodbye="",
        voice="",
        queue="front",
        services=(Service("cleaning", "Cleaning", 60, ""), Service("filling", "Filling", 30, "")),
        facts=(),
        hours=tuple(Hours(day, 9 * 60, 12 * 60) for day in range(5)),
        tasks=(),
        phrases={},
        persona="",
    )


@dataclass(frozen=True, slots=True)
class World:
    """One set of adapters over one committed state; ``reopened`` gives a second controller over the same."""

    journal: Journal
    outbox: Outbox
    backends: Backends
    reopened: Callable[[], Any]


@asynccontextmanager
async def adapters(dsn: str | None, key_file: Path | None) -> AsyncIterator[World]:
    """The adapters over a fresh database; the fakes where there is none."""
    if dsn is None or key_file is None:
        store, clock = MemoryStore(), SystemClock()
        calendar = FakeCalendar({t: profile(t) for t in ("dental", "sales")}, lambda: NOW)

        def fake() -> World:
            journal, outbox = FakeJournal(store, clock), FakeOutbox(store, clock, LEASE_MS, poll_ms=20)
            return World(journal, outbox, RoutedBackends({"calendar": calendar}), fake_again)

        async def fake_again() -> World:
            return fake()

        yield fake()
        return
    async with AsyncExitStack() as stack:
        yield await real(stack, dsn, key_file)


async def real(stack: AsyncExitStack, dsn: str, key_file: Path) -> World:
    cipher, database = load_cipher(key_file), Database(dsn)
    stack.push_async_callback(database.close)
    journal = await stack.enter_async_context(PostgresJournal(dsn, cipher))
    outbox = await stack.enter_async_context(PostgresOutbox(dsn, cipher, LEASE_MS, poll_ms=20))
    for tenant in ("dental", "sales"):
        await seed_calendar(database, profile(tenant))
    backends = RoutedBackends({"calendar": CalendarBackend(database, cipher, lambda: NOW)})

    async def again() -> World:
        return await real(stack, dsn, key_file)

    return World(journal, outbox, backends, again)


def record(n: int = 1, case: str = "case-1", tenant: str = "dental") -> CallRecord:
    return CallRecord(
        call_id=CallId(f"call-{n}"),
        case_id=CaseId(case),
        tenant=tenant,
        direction="inbound",
        caller=CallerIdentity("+12125550199", "DOE JANE", attestation="B", verified=True, trust=1),
        dialled="100",
        channel_id=f"chan-{n}",
        sip_call_id=f"sip-{n}@host",
        profile_sha=f"sha-{tenant}",
        started_at=NOW + timedelta(seconds=n),
    )


def write(tool_id: str = "w1", key: str = "", **arguments: str) -> ToolCall:
    asked = {**BOOK, **arguments}
    key = key or idempotency_key("dental", "case-1", "book", asked)
    return ToolCall(ToolId(tool_id), "calendar.book", dict(asked), Effect.WRITE, key, deadline_ms=60_000)


def answered(seq: int) -> Entry:
    return Entry(seq, CallAnswered(seq * 10))


async def take(outbox: Outbox, n: int = 1) -> list[OutboxJob]:
    """The next ``n`` jobs."""
    taken: list[OutboxJob] = []
    jobs = outbox.jobs()
    async with asyncio.timeout(10):
        async for job in jobs:
            taken.append(job)
            if len(taken) == n:
                break
    await jobs.aclose()  # type: ignore[attr-defined]
    return taken


async def is_quiet(outbox: Outbox) -> bool:
    """Whether nothing can be claimed; asked of the claim itself, not of a clock."""
    jobs = outbox.jobs()
    first = asyncio.ensure_future(anext(jobs))  # type: ignore[arg-type]
    done, _ = await asyncio.wait({first}, timeout=0.03)
    first.cancel()
    await asyncio.wait({first})
    return not done


def question(**arguments: str) -> ToolCall:
    asked = {"service": "cleaning", "date": "2026-03-02", **arguments}
    return request(ToolId("r1"), "calendar.availability", asked, "dental", CaseId("case-1"), "book")


def booking(case: str = "case-1", tenant: str = "dental", **arguments: str) -> ToolCall:
    return request(ToolId("w1"), "calendar.book", {**BOOK, **arguments}, tenant, CaseId(case), "book")
