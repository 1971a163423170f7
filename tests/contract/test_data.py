"""Journal, outbox and calendar: the fake and the real one keep the same contract."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agent.adapters.backends import RoutedBackends
from agent.adapters.backends.calendar import CalendarBackend, seed_calendar
from agent.adapters.fake.data import FakeCalendar, FakeJournal, FakeOutbox, MemoryStore
from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.database import Database
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.adapters.system import SystemClock
from agent.call.codec import CodecError
from agent.call.events import CallAnswered, DtmfReceived, ToolSucceeded, TranscriptPartial
from agent.ports import Backends, Entry, Journal, Outbox, OutboxJob
from agent.tools import idempotency_key, request
from agent.values.caller import CallerIdentity, CallRecord, Outcome
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.profile import AgentProfile, Hours, Service
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

pytestmark = [pytest.mark.contract, pytest.mark.db]

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


@pytest_asyncio.fixture(params=["fake", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The adapters under test. Postgres gets a fresh database of its own."""
    if request.param == "fake":
        store, clock = MemoryStore(), SystemClock()
        calendar = FakeCalendar({t: profile(t) for t in ("dental", "sales")}, lambda: NOW)

        def fake() -> World:
            journal, outbox = FakeJournal(store, clock), FakeOutbox(store, clock, LEASE_MS, poll_ms=20)
            return World(journal, outbox, RoutedBackends({"calendar": calendar}), fake_again)

        async def fake_again() -> World:
            return fake()

        yield fake()
        return
    dsn, key_file = request.getfixturevalue("dsn"), request.getfixturevalue("key_file")
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


# --- journal


async def test_entries_come_back_in_order_from_another_controller(world: World) -> None:
    await world.journal.open_call(record(), "profile text")
    waits = [world.journal.append(CallId("call-1"), Entry(n, DtmfReceived(n, str(n % 10)))) for n in range(1, 300)]
    await asyncio.gather(*waits)
    entries = await (await world.reopened()).journal.load(CallId("call-1"))
    assert entries == [Entry(n, DtmfReceived(n, str(n % 10))) for n in range(1, 300)]


async def test_a_repeated_entry_is_ignored(world: World) -> None:
    await world.journal.open_call(record(), "")
    await world.journal.append(CallId("call-1"), answered(1))
    await world.journal.append(CallId("call-1"), answered(1))
    await world.journal.append(CallId("call-1"), Entry(1, DtmfReceived(10, "9")))
    assert await world.journal.load(CallId("call-1")) == [answered(1)]


async def test_calls_do_not_mix(world: World) -> None:
    for n in (1, 2):
        await world.journal.open_call(record(n), "")
    await asyncio.gather(*(world.journal.append(CallId(f"call-{1 + n % 2}"), answered(1 + n // 2)) for n in range(40)))
    for n in (1, 2):
        assert await world.journal.load(CallId(f"call-{n}")) == [answered(seq) for seq in range(1, 21)]
    assert await world.journal.load(CallId("call-9")) == []


async def test_any_text_a_caller_can_say_survives(world: World) -> None:
    said = TranscriptPartial(5, "Grüße, \x00 \ud800 'quoted'; 🦷 DROP TABLE journal;--")
    await world.journal.open_call(record(), "")
    await world.journal.append(CallId("call-1"), Entry(1, said))
    assert await world.journal.load(CallId("call-1")) == [Entry(1, said)]


async def test_an_entry_for_a_call_never_opened_fails_and_harms_no_other(world: World) -> None:
    await world.journal.open_call(record(), "")
    before = world.journal.append(CallId("call-1"), answered(1))
    orphan = world.journal.append(CallId("call-9"), answered(1))
    after = world.journal.append(CallId("call-1"), answered(2))
    results = await asyncio.gather(before, orphan, after, return_exceptions=True)
    assert [isinstance(r, Exception) for r in results] == [False, True, False]
    assert await world.journal.load(CallId("call-1")) == [answered(1), answered(2)]


async def test_an_event_the_journal_cannot_carry_is_refused_by_the_awaitable(world: World) -> None:
    await world.journal.open_call(record(), "")
    unfit = world.journal.append(CallId("call-1"), Entry(1, ToolSucceeded(1, ToolId("w1"), {"at": NOW})))
    with pytest.raises(CodecError, match=r"value\.at: datetime is not JSON"):
        await unfit
    assert await world.journal.load(CallId("call-1")) == []


async def test_the_head_of_a_call_lives_from_open_to_close(world: World) -> None:
    await world.journal.open_call(record(1), "text one")
    await world.journal.open_call(record(2), "another text under the same sha")
    await world.journal.open_call(replace(record(1), dialled="999"), "")
    await world.journal.set_rtp_port(CallId("call-1"), 20_002)
    again = await world.reopened()
    assert await again.journal.open_calls() == [replace(record(1), rtp_port=20_002), record(2)]
    assert await again.journal.profile_text("sha-dental") == "text one"
    ended = replace(record(1), ended_at=NOW + timedelta(minutes=2), outcome=Outcome.BOOKED, end_reason="done")
    await world.journal.close_call(ended)
    await world.journal.close_call(replace(ended, outcome=Outcome.ERROR, end_reason="again"))
    assert await again.journal.open_calls() == [record(2)]


async def test_what_is_missing_or_unfinished_is_said(world: World) -> None:
    with pytest.raises(LookupError):
        await world.journal.profile_text("sha-unknown")
    with pytest.raises(ValueError, match="call-1: a call is closed with its end time"):
        await world.journal.close_call(record())


# --- outbox


async def ask(world: World, *calls: ToolCall, n: int = 1, case: str = "case-1", tenant: str = "dental") -> None:
    await world.journal.open_call(record(n, case, tenant), "")
    await world.journal.append(CallId(f"call-{n}"), answered(1), calls)


async def test_a_committed_write_becomes_a_job_and_its_result_is_kept(world: World) -> None:
    await ask(world, write())
    (job,) = await take(world.outbox)
    assert job == OutboxJob(CallId("call-1"), "dental", write(), 1)
    assert await world.outbox.result(CallId("call-1"), ToolId("w1")) is None
    assert await world.outbox.finish(job, DONE) == DONE
    again = await world.reopened()
    assert await again.outbox.result(CallId("call-1"), ToolId("w1")) == DONE
    assert await again.outbox.result(CallId("call-1"), ToolId("w2")) is None
    assert await is_quiet(world.outbox)


async def test_an_entry_appended_twice_asks_once(world: World) -> None:
    await ask(world, write())
    await world.journal.append(CallId("call-1"), answered(1), [write()])
    await world.outbox.finish((await take(world.outbox))[0], DONE)
    assert await is_quiet(world.outbox)


async def test_the_first_result_wins(world: World) -> None:
    await ask(world, write())
    (job,) = await take(world.outbox)
    assert await world.outbox.finish(job, FAILED) == FAILED
    assert await world.outbox.finish(job, DONE) == FAILED
    assert await world.outbox.result(CallId("call-1"), ToolId("w1")) == FAILED


async def test_doubt_gives_way_to_a_fact_and_a_fact_never_to_doubt(world: World) -> None:
    await ask(world, write())
    (job,) = await take(world.outbox)
    assert await world.outbox.finish(job, DOUBT) == DOUBT
    assert await world.outbox.finish(job, DONE) == DONE
    assert await world.outbox.finish(job, DOUBT) == DONE


async def test_the_same_wish_in_another_call_of_the_case_is_told_the_result(world: World) -> None:
    await ask(world, write("w1"))
    (first,) = await take(world.outbox)
    await world.outbox.finish(first, DONE)
    await ask(world, write("w4", name="jane  doe"), n=2)
    (second,) = await take(world.outbox)
    assert (second.call_id, second.call.id, second.settled) == (CallId("call-2"), ToolId("w4"), DONE)
    assert await world.outbox.result(CallId("call-2"), ToolId("w4")) == DONE
    assert await is_quiet(world.outbox)


async def test_who_asks_for_what_is_on_its_way_waits(world: World) -> None:
    await ask(world, write("w1", key="k"), n=1)
    (first,) = await take(world.outbox)
    settled = asyncio.ensure_future(world.outbox.finish(first, DONE))
    await ask(world, write("w1", key="k"), n=2)
    await settled
    (second,) = await take(world.outbox)
    assert (second.call_id, second.settled) == (CallId("call-2"), DONE)


async def test_a_key_used_for_something_else_is_refused_and_has_no_effect(world: World) -> None:
    await ask(world, write("w1", key="k"))
    await ask(world, write("w1", key="k", name="John Roe"), n=2)
    jobs = {job.call_id: job for job in await take(world.outbox, 2)}
    refused = jobs[CallId("call-2")]
    assert jobs[CallId("call-1")].settled is None
    assert refused.settled == ToolResult(ToolStatus.FAILED, {}, "key reused")
    assert await world.outbox.finish(refused, DONE) == refused.settled
    assert await world.outbox.result(CallId("call-2"), ToolId("w1")) == refused.settled
    assert await world.outbox.result(CallId("call-1"), ToolId("w1")) is None


async def test_the_same_key_of_another_tenant_is_another_action(world: World) -> None:
    await ask(world, write("w1", key="k"))
    await ask(world, write("w1", key="k", name="John Roe"), n=2, case="case-2", tenant="sales")
    jobs = await take(world.outbox, 2)
    assert {(job.tenant, job.call.arguments["name"], job.settled) for job in jobs} == {
        ("dental", "Jane Doe", None),
        ("sales", "John Roe", None),
    }


async def test_two_controllers_never_hold_the_same_job(world: World) -> None:
    calls = [write(f"w{n}", key=f"k{n}") for n in range(20)]
    await ask(world, *calls)
    other = await world.reopened()
    left, right = await asyncio.gather(take(world.outbox, 10), take(other.outbox, 10))
    assert sorted(job.call.key for job in left + right) == sorted(call.key for call in calls)


async def test_a_job_whose_lease_ran_out_is_given_out_again(world: World) -> None:
    await ask(world, replace(write(), deadline_ms=LEASE_MS // 2))
    (lost,) = await take(world.outbox)
    again = await world.reopened()
    (found,) = await take(again.outbox)
    assert (found.call, found.attempt, lost.attempt) == (lost.call, 2, 1)
    assert await again.outbox.finish(found, DONE) == DONE
    assert await world.outbox.finish(lost, FAILED) == DONE, "the late one is told what really happened"


async def test_jobs_arrive_while_one_waits_for_them(world: World) -> None:
    waiting = asyncio.ensure_future(take(world.outbox, 3))
    for n in (1, 2, 3):
        await ask(world, write(key=f"k{n}"), n=n)
    assert [job.call.key for job in await waiting] == ["k1", "k2", "k3"]


async def test_what_is_put_back_is_given_out_again_as_if_never_tried(world: World) -> None:
    await ask(world, write())
    (job,) = await take(world.outbox)
    assert job.tried_ms_ago is None
    await world.outbox.put_back(job, 60_000)
    assert await is_quiet(world.outbox)
    await world.outbox.put_back(job, 0)
    assert await is_quiet(world.outbox), "it is nobody's attempt any more"


async def test_what_is_put_back_for_now_comes_at_once(world: World) -> None:
    await ask(world, write())
    (job,) = await take(world.outbox)
    await world.outbox.put_back(job, 0)
    (again,) = await take(world.outbox)
    assert (again.call, again.attempt, again.tried_ms_ago) == (job.call, 2, None)


async def test_what_another_attempt_holds_or_settled_is_not_put_back(world: World) -> None:
    await ask(world, replace(write(), deadline_ms=LEASE_MS // 2))
    (lost,) = await take(world.outbox)
    (found,) = await take((await world.reopened()).outbox)
    assert found.tried_ms_ago is not None, "the lost one may have been sent"
    await world.outbox.put_back(lost, 0)
    await world.outbox.finish(found, DONE)
    await world.outbox.put_back(found, 0)
    assert await is_quiet(world.outbox)
    assert await world.outbox.result(CallId("call-1"), ToolId("w1")) == DONE


async def doubt(world: World) -> OutboxJob:
    """The next write in doubt that is to be asked after."""
    doubts = world.outbox.doubts()
    async with asyncio.timeout(10):
        job = await anext(doubts)  # type: ignore[arg-type]
    await doubts.aclose()  # type: ignore[attr-defined]
    return job


async def test_a_doubt_is_given_to_be_asked_after_and_all_who_asked_are_told_what_it_was(world: World) -> None:
    await ask(world, write(key="k"))
    (job,) = await take(world.outbox)
    await ask(world, write("w4", key="k"), n=2)
    await world.outbox.finish(job, DOUBT)
    (other,) = await take(world.outbox)
    assert (other.call_id, other.settled) == (CallId("call-2"), DOUBT)
    asked = await doubt(world)
    assert (asked.call.key, asked.settled, asked.attempt) == ("k", None, 1)
    assert asked.tried_ms_ago is not None
    assert await world.outbox.finish(asked, DONE) == DONE
    told = await take(world.outbox, 2)
    assert {(j.call_id, j.call.id) for j in told} == {("call-1", "w1"), ("call-2", "w4")}
    assert [j.settled for j in told] == [DONE, DONE]
    assert await is_quiet(world.outbox)


async def test_a_doubt_that_is_put_back_is_sent_again(world: World) -> None:
    await ask(world, write())
    (job,) = await take(world.outbox)
    await world.outbox.finish(job, DOUBT)
    await world.outbox.put_back(await doubt(world), 0)
    (again,) = await take(world.outbox)
    assert (again.call, again.settled, again.attempt, again.tried_ms_ago) == (job.call, None, 2, None)


# --- calendar


def question(**arguments: str) -> ToolCall:
    asked = {"service": "cleaning", "date": "2026-03-02", **arguments}
    return request(ToolId("r1"), "calendar.availability", asked, "dental", CaseId("case-1"), "book")


def booking(case: str = "case-1", tenant: str = "dental", **arguments: str) -> ToolCall:
    return request(ToolId("w1"), "calendar.book", {**BOOK, **arguments}, tenant, CaseId(case), "book")


async def slots(world: World, tenant: str = "dental", **arguments: str) -> dict[str, Any]:
    result = await world.backends.run(tenant, question(**arguments))
    assert result.status is ToolStatus.DONE
    return result.value


async def test_a_booking_takes_its_time_and_nothing_else(world: World) -> None:
    free = [f"2026-03-02T{t}" for t in ("09:00", "09:30", "10:00", "10:30", "11:00")]
    assert await slots(world) == {"slots": free, "is_free": False, "closed": False, "next_open": "2026-03-02"}
    assert (await slots(world, time="10:00"))["is_free"]
    booked = await world.backends.run("dental", booking())
    made = {"service": "cleaning", "start": "2026-03-02T10:00", "minutes": 60, "name": "Jane Doe"}
    assert booked == ToolResult(ToolStatus.DONE, {"appointment_id": booked.value["appointment_id"], **made})
    after = await slots(world, time="10:30")
    assert (after["slots"], after["is_free"]) == (["2026-03-02T09:00", "2026-03-02T11:00"], False)
    assert (await slots(world, part="afternoon"))["slots"] == []


async def test_the_same_booking_again_is_the_same_appointment(world: World) -> None:
    first = await world.backends.run("dental", booking())
    spoken_otherwise = replace(booking(), id=ToolId("w7"), arguments={**BOOK, "name": "JANE DOE"})
    assert await world.backends.run("dental", spoken_otherwise) == first
    again = await asyncio.gather(*(world.backends.run("dental", booking()) for _ in range(5)))
    assert all(result == first for result in again)


async def test_a_key_with_other_arguments_books_nothing(world: World) -> None:
    await world.backends.run("dental", booking())
    other = replace(booking(), arguments={**BOOK, "start": "2026-03-02T09:00"})
    refused = await world.backends.run("dental", other)
    assert (refused.status, refused.error) == (ToolStatus.FAILED, "key reused")
    assert "2026-03-02T09:00" in (await slots(world))["slots"]


async def test_of_concurrent_bookings_one_wins(world: World) -> None:
    calls = [booking(case=f"case-{n}", name=f"Jane {chr(65 + n)}") for n in range(8)]
    results = await asyncio.gather(*(world.backends.run("dental", call) for call in calls))
    lost = [r for r in results if r.status is not ToolStatus.DONE]
    assert len(lost) == 7
    assert {r.error for r in lost} == {"taken"}
    assert lost[0].value == {"alternatives": ["2026-03-02T09:00", "2026-03-02T11:00"], "next_open": "2026-03-02"}


async def test_concurrent_bookings_under_one_key_are_one(world: World) -> None:
    results = await asyncio.gather(*(world.backends.run("dental", booking()) for _ in range(8)))
    assert {(r.status, r.value["appointment_id"]) for r in results} == {
        (ToolStatus.DONE, results[0].value["appointment_id"])
    }


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"start": "2026-03-02T11:30"}, "closed"),
        ({"start": "2026-03-07T10:00"}, "closed"),
        ({"start": "2026-02-27T10:00"}, "past"),
        ({"service": "whitening"}, "unknown service"),
    ],
)
async def test_what_cannot_be_booked_is_refused_with_its_cause(
    world: World, arguments: dict[str, str], error: str
) -> None:
    refused = await world.backends.run("dental", booking(**arguments))
    assert (refused.status, refused.error) == (ToolStatus.FAILED, error)


async def test_tenants_do_not_meet(world: World) -> None:
    mine = await world.backends.run("dental", booking())
    assert (await slots(world, "sales", time="10:00"))["is_free"]
    theirs = await world.backends.run("sales", booking())
    assert theirs.status is ToolStatus.DONE
    assert theirs.value["appointment_id"] != mine.value["appointment_id"]
    nobody = await world.backends.run("nobody", booking())
    assert (nobody.status, nobody.error) == (ToolStatus.FAILED, "unknown service")


async def test_a_closed_day_names_the_next_open_one(world: World) -> None:
    assert await slots(world, date="2026-03-07", time="10:00") == {
        "slots": [],
        "is_free": False,
        "closed": True,
        "next_open": "2026-03-09",
    }


async def test_nonsense_fails_and_raises_nothing(world: World) -> None:
    unchecked = replace(booking(), arguments={**BOOK, "start": "soon"})
    assert (await world.backends.run("dental", unchecked)).status is ToolStatus.FAILED
    unknown = replace(booking(), name="calendar.wipe")
    assert "no tool 'calendar.wipe'" in (await world.backends.run("dental", unknown)).error
    strange = replace(booking(), name="fax.send")
    assert (await world.backends.run("dental", strange)).error == "no backend for fax.send"
