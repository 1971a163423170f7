"""What a call leaves of its case, and who finds it: the fake and the real journal keep the same contract."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from agent.ports import Entry
from agent.values.caller import CallerIdentity
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId
from tests.contract.data import BOOK, NOW, World, adapters, answered, record, take, write

pytestmark = [pytest.mark.contract, pytest.mark.db]
NUMBER = record().caller.number
LEFT = OpenCase(CaseId("case-1"), "book", {"service": "cleaning", "name": "Zoë O'Neil"}, dict(BOOK))
ONE, TWO = CallId("call-1"), CallId("call-2")


@pytest_asyncio.fixture(params=["fake", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    is_fake = request.param == "fake"
    dsn, key_file = (None if is_fake else request.getfixturevalue(name) for name in ("dsn", "key_file"))
    async with adapters(dsn, key_file) as made:
        yield made


async def found(world: World, tenant: str = "dental", number: str = NUMBER, since_s: int = 0) -> list[OpenCase]:
    return await world.journal.open_cases(tenant, number, NOW + timedelta(seconds=since_s))


async def left(world: World, n: int, case: str, at_s: int) -> OpenCase:
    """A call that ended in the middle of its case."""
    await world.journal.open_call(record(n, case), "")
    one = replace(LEFT, case_id=CaseId(case))
    await world.journal.leave_case(CallId(f"call-{n}"), CaseId(case), one, NOW + timedelta(seconds=at_s))
    return one


async def test_what_was_left_is_found_by_another_controller_as_it_was(world: World) -> None:
    await left(world, 1, "case-1", 10)
    assert await found(await world.reopened()) == [LEFT]


async def test_only_the_same_number_of_the_same_tenant_finds_it(world: World) -> None:
    await left(world, 1, "case-1", 10)
    assert await found(world, number="+12125550198") == []
    assert await found(world, tenant="sales") == []


async def test_what_is_older_than_the_window_is_not_found(world: World) -> None:
    await left(world, 1, "case-1", 10)
    assert await found(world, since_s=10) == [LEFT]
    assert await found(world, since_s=11) == []


async def test_the_latest_few_come_newest_first(world: World) -> None:
    cases = [await left(world, n, f"case-{n}", n) for n in (1, 3, 2, 4)]
    assert await found(world) == [cases[3], cases[1], cases[2]]


async def test_a_case_that_a_call_has_or_that_is_done_is_left_by_nobody(world: World) -> None:
    await world.journal.open_call(record(1), "")
    assert await found(world) == []
    await world.journal.leave_case(ONE, CaseId("case-1"), LEFT, NOW)
    await world.journal.leave_case(ONE, CaseId("case-1"), None, NOW)
    assert await found(world) == []


async def test_who_goes_on_with_a_case_has_it_and_writes_under_it(world: World) -> None:
    await left(world, 1, "case-1", 1)
    await world.journal.open_call(record(2, "case-2"), "")
    await world.journal.join_case(TWO, CaseId("case-1"))
    assert await found(world) == []
    await world.journal.append(TWO, answered(1), [write()])
    (head,) = [head for head in await world.journal.open_calls() if head.call_id == TWO]
    assert head.case_id == "case-1"
    (job,) = await take(world.outbox)
    assert (job.call_id, job.call.key) == (TWO, write().key)


async def test_a_late_result_of_the_earlier_call_does_not_give_the_case_away_again(world: World) -> None:
    await left(world, 1, "case-1", 1)
    await world.journal.open_call(record(2, "case-2"), "")
    await world.journal.join_case(TWO, CaseId("case-1"))
    await world.journal.leave_case(ONE, CaseId("case-1"), LEFT, NOW)
    assert await found(world) == []
    await world.journal.leave_case(TWO, CaseId("case-1"), LEFT, NOW)
    assert await found(world) == [LEFT]


async def test_a_case_that_nobody_wants_any_more_is_closed(world: World) -> None:
    await left(world, 1, "case-1", 1)
    await world.journal.open_call(record(2, "case-2"), "")
    await world.journal.close_case(TWO, CaseId("case-1"))
    assert await found(world) == []


async def test_two_calls_of_one_case_that_ask_for_the_same_share_one_write(world: World) -> None:
    await world.journal.open_call(record(1), "")
    await world.journal.append(ONE, answered(1), [write()])
    await world.journal.leave_case(ONE, CaseId("case-1"), LEFT, NOW)
    await world.journal.open_call(record(2, "case-2"), "")
    await world.journal.join_case(TWO, CaseId("case-1"))
    await world.journal.append(TWO, Entry(1, answered(1).event), [write()])
    (job,) = await take(world.outbox)
    assert job.settled is None
    result = await world.backends.run("dental", job.call)
    await world.outbox.finish(job, result)
    (told,) = await take(world.outbox)
    assert (told.call_id, told.settled) == (TWO, result)


async def test_odd_numbers_are_numbers(world: World) -> None:
    odd = replace(record(1), caller=CallerIdentity("\ud800\x00anonymous"))
    await world.journal.open_call(odd, "")
    await world.journal.leave_case(ONE, CaseId("case-1"), LEFT, NOW)
    assert await found(world, number="\ud800\x00anonymous") == [LEFT]
    assert await found(world, number="anonymous") == []
