"""The built-in calendar: the fake and the one in Postgres book by the same rules."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from agent.values.ids import ToolId
from agent.values.work import ToolResult, ToolStatus
from tests.contract.data import (
    BOOK,
    World,
    adapters,
    booking,
    question,
)

pytestmark = [pytest.mark.contract, pytest.mark.db]


@pytest_asyncio.fixture(params=["fake", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The adapters under test. Postgres gets a fresh database of its own."""
    is_fake = request.param == "fake"
    dsn, key_file = (None if is_fake else request.getfixturevalue(name) for name in ("dsn", "key_file"))
    async with adapters(dsn, key_file) as made:
        yield made


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
