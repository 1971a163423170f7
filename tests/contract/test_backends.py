"""What every backend keeps to: the calendar, in memory and in Postgres, and an endpoint that serves one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from agent.adapters.backends.calendar import CalendarBackend, seed_calendar
from agent.adapters.backends.webhook import WebhookBackend
from agent.adapters.fake.data import FakeCalendar
from agent.adapters.fake.webhook import FakeEndpoint
from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.database import Database
from agent.ports import Backends
from agent.values.ids import ToolId
from agent.values.profile import WebhookSpec
from agent.values.work import ToolResult, ToolStatus
from tests.contract.data import BOOK, NOW, booking, profile, question

pytestmark = [pytest.mark.contract, pytest.mark.db]
SECRET = b"a secret of the tests"
TOOLS = ("calendar.availability", "calendar.book")


@dataclass(frozen=True, slots=True)
class Served:
    """A backend; ``knows_keys``: it tells a key that was used for something else."""

    backend: Backends
    knows_keys: bool = True


@pytest_asyncio.fixture(params=["fake", "postgres", "webhook", "webhook-without-keys"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    calendar = FakeCalendar({"dental": profile("dental")}, lambda: NOW)
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            yield Served(calendar)
        elif request.param == "postgres":
            database = Database(request.getfixturevalue("dsn"))
            stack.push_async_callback(database.close)
            await seed_calendar(database, profile("dental"))
            yield Served(CalendarBackend(database, load_cipher(request.getfixturevalue("key_file")), lambda: NOW))
        else:
            knows_keys = request.param == "webhook"
            endpoint = await stack.enter_async_context(FakeEndpoint(calendar.run, SECRET, lambda: NOW, knows_keys))
            found_by = {} if knows_keys else {"find": endpoint.find, "natural_key": ("service", "start", "phone")}
            spec = WebhookSpec(TOOLS, endpoint.url, "secret", knows_keys=knows_keys, **found_by)  # type: ignore[arg-type]
            yield Served(await stack.enter_async_context(WebhookBackend(spec, SECRET, lambda: NOW)), knows_keys)


async def test_a_write_is_carried_out_once_and_can_be_asked_after(served: Served) -> None:
    backend = served.backend
    before = await backend.ask("dental", booking())
    assert (before.status, before.error) == (ToolStatus.FAILED, "not there")
    assert before.again_ms is not None, "what is not there may be tried"
    made = await backend.run("dental", booking())
    assert (made.status, made.value["start"]) == (ToolStatus.DONE, BOOK["start"])
    assert await backend.ask("dental", replace(booking(), id=ToolId("w9"))) == made
    again = await asyncio.gather(*(backend.run("dental", booking()) for _ in range(4)))
    assert again == [made] * 4


async def test_of_one_write_sent_many_times_at_once_one_has_its_effect(served: Served) -> None:
    results = await asyncio.gather(*(served.backend.run("dental", booking()) for _ in range(6)))
    assert {r.status for r in results} <= {ToolStatus.DONE, ToolStatus.IN_DOUBT}
    made = await served.backend.run("dental", booking())
    assert {r.value["appointment_id"] for r in results if r.value} == {made.value["appointment_id"]}


async def test_a_refusal_is_a_fact_with_its_cause(served: Served) -> None:
    await served.backend.run("dental", booking())
    refused = await served.backend.run("dental", booking(case="case-2", name="Jane Roe", phone="+12125550111"))
    value = {"alternatives": ["2026-03-02T09:00", "2026-03-02T11:00"], "next_open": "2026-03-02"}
    assert refused == ToolResult(ToolStatus.FAILED, value, "taken")


async def test_a_key_used_for_something_else_is_refused(served: Served) -> None:
    await served.backend.run("dental", booking())
    other = replace(booking(), arguments={**BOOK, "start": "2026-03-02T09:00", "phone": "+12125550111"})
    refused = await served.backend.run("dental", other)
    assert (refused.status, refused.error) == (ToolStatus.FAILED, "key reused")


async def test_a_read_answers_and_changes_nothing(served: Served) -> None:
    answers = [await served.backend.run("dental", question(time="10:00")) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0].value["is_free"] is True


async def test_nonsense_has_no_effect(served: Served) -> None:
    nonsense = replace(booking(), arguments={**BOOK, "start": "soon"})
    assert (await served.backend.run("dental", nonsense)).status is ToolStatus.FAILED
