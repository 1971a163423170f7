"""Journal and outbox: the fake and the real one keep the same contract."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from agent.call.codec import CodecError
from agent.call.events import DtmfReceived, ToolSucceeded, TranscriptPartial
from agent.ports import Entry, OutboxJob
from agent.values.caller import Outcome
from agent.values.ids import CallId, ToolId
from agent.values.work import ToolCall, ToolResult, ToolStatus
from tests.contract.data import (
    DONE,
    DOUBT,
    FAILED,
    LEASE_MS,
    NOW,
    World,
    adapters,
    answered,
    is_quiet,
    record,
    take,
    write,
)

pytestmark = [pytest.mark.contract, pytest.mark.db]


@pytest_asyncio.fixture(params=["fake", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The adapters under test. Postgres gets a fresh database of its own."""
    is_fake = request.param == "fake"
    dsn, key_file = (None if is_fake else request.getfixturevalue(name) for name in ("dsn", "key_file"))
    async with adapters(dsn, key_file) as made:
        yield made


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
