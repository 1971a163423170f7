"""The built-in calendar, in our Postgres. The exclusion constraint has the last word on double bookings.

It shares nothing with the journal but the database it is handed, and the sealing of names and numbers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg import errors
from psycopg.rows import DictRow

from agent.tools import ArgumentError, check, is_same_request, tool
from agent.tools.calendar import (
    Calendar,
    Interval,
    availability,
    booked_value,
    free_providers,
    instant,
    local_minute,
    refusal,
    window,
)
from agent.tools.keys import appointment_id
from agent.values.profile import AgentProfile, Hours
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

T = TypeVar("T")
Connection = psycopg.AsyncConnection[DictRow]
Arguments = Mapping[str, str]
Do = Callable[[Connection, str, ToolCall], Awaitable[ToolResult]]

RETRY_S = 0.2
NO_ANSWER = "the calendar did not answer"
DEFAULT_PROVIDERS = ("desk",)


class Database(Protocol):
    """What the calendar needs of a database: its named queries and a transaction."""

    sql: dict[str, bytes]

    async def run(self, work: Callable[[Connection], Awaitable[T]], timeout_ms: float = ...) -> T:
        """Run ``work`` in one transaction; psycopg.OperationalError when Postgres is away or too slow."""


class Sealer(Protocol):
    """Sealing of personal fields."""

    def seal_text(self, text: str, place: str) -> bytes:
        """Encrypt for a place."""

    def open_text(self, sealed: bytes, place: str) -> str:
        """Decrypt what was sealed for the same place."""


class CalendarBackend:
    """Backends port for ``calendar.*``. ``now`` gives aware wall time; nothing earlier is offered or booked."""

    def __init__(self, database: Database, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._database = database
        self._sealer = sealer
        self._now = now
        self._tools: dict[str, Do] = {
            "calendar.availability": self._availability,
            "calendar.book": self._book,
        }

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port. Tries again while the deadline allows: both tools are idempotent."""
        return await self._carry_out(tenant, call, self._tools.get(call.name))

    async def ask(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port. Always answers whether the key has its appointment, unless Postgres is away."""
        result = await self._carry_out(tenant, call, self._look_up)
        return ToolResult(ToolStatus.IN_DOUBT, {}, NO_ANSWER) if result.error == NO_ANSWER else result

    async def _carry_out(self, tenant: str, call: ToolCall, do: Do | None) -> ToolResult:
        try:
            arguments = check(call.name, call.arguments)
        except ArgumentError as error:
            return _failed(str(error))
        if do is None:
            return _failed(f"no backend for {call.name}")
        checked = replace(call, arguments=dict(arguments), effect=tool(call.name).effect)
        is_sent = False

        async def work(connection: Connection) -> ToolResult:
            nonlocal is_sent
            await self._limit_time(connection, left_ms())
            result = await do(connection, tenant, checked)
            is_sent = True  # the commit follows; if its answer is lost, we do not know
            return result

        loop = asyncio.get_running_loop()
        ends = loop.time() + call.deadline_ms / 1000

        def left_ms() -> float:
            return (ends - loop.time()) * 1000

        while left_ms() > 0:
            try:
                return await self._database.run(work, left_ms())
            except psycopg.OperationalError:
                await asyncio.sleep(max(0.0, min(RETRY_S, left_ms() / 1000)))
            except psycopg.Error as error:  # refused and rolled back: nothing was changed
                return _failed(f"the calendar refused: {error.sqlstate}")
        if is_sent and checked.effect is Effect.WRITE:
            return ToolResult(ToolStatus.IN_DOUBT, {}, NO_ANSWER)
        return _failed(NO_ANSWER)

    async def _look_up(self, connection: Connection, tenant: str, call: ToolCall) -> ToolResult:
        booked = await self._booked(connection, tenant, call)
        return booked if booked is not None else ToolResult(ToolStatus.FAILED, {}, "not there", again_ms=0)

    async def _limit_time(self, connection: Connection, ms: float) -> None:
        """Let the server give up first: what it cancels is known not to have happened."""
        await connection.execute(self._database.sql["limit_time"], {"ms": str(max(1, int(ms * 0.8)))})

    async def _availability(self, connection: Connection, tenant: str, call: ToolCall) -> ToolResult:
        arguments: Arguments = call.arguments
        day = date.fromisoformat(arguments["date"])
        found = await self._calendar(connection, tenant, arguments["service"], day)
        if found is None:
            return _failed("unknown service")
        calendar, minutes = found
        answer = availability(calendar, day, minutes, arguments.get("time", ""), arguments.get("part", ""))
        return ToolResult(ToolStatus.DONE, answer.value())

    async def _book(self, connection: Connection, tenant: str, call: ToolCall) -> ToolResult:
        if (booked := await self._booked(connection, tenant, call)) is not None:
            return booked
        start = datetime.fromisoformat(call.arguments["start"])
        found = await self._calendar(connection, tenant, call.arguments["service"], start.date())
        if found is None:
            return _failed("unknown service")
        calendar, minutes = found
        for provider in free_providers(calendar, start, minutes):
            if await self._insert(connection, tenant, call, provider, (calendar.timezone, minutes)):
                new = await self._booked(connection, tenant, call)
                return new if new is not None else _failed("the calendar lost the appointment")
        # Someone was faster; perhaps ourselves, under the same key.
        if (booked := await self._booked(connection, tenant, call)) is not None:
            return booked
        found = await self._calendar(connection, tenant, call.arguments["service"], start.date()) or found
        error, value = refusal(found[0], start, minutes)
        return ToolResult(ToolStatus.FAILED, value, error)

    async def _insert(
        self, connection: Connection, tenant: str, call: ToolCall, provider: str, length: tuple[str, int]
    ) -> bool:
        timezone, minutes = length
        begins = instant(datetime.fromisoformat(call.arguments["start"]), timezone)
        if begins is None:
            return False
        new_id = appointment_id(tenant, call.key)

        def sealed(name: str) -> bytes:
            return self._sealer.seal_text(call.arguments.get(name, ""), f"appointments.{name}_sealed:{new_id}")

        row = {
            "appointment_id": new_id,
            "tenant": tenant,
            "provider": provider,
            "service": call.arguments["service"],
            "begins": begins,
            "ends": begins + timedelta(minutes=minutes),
            "key": call.key,
            "name": sealed("name"),
            "phone": sealed("phone"),
            "notes": sealed("notes"),
        }
        try:
            async with connection.transaction():
                await connection.execute(self._database.sql["book"], row)
        except (errors.ExclusionViolation, errors.UniqueViolation):
            return False
        return True

    async def _booked(self, connection: Connection, tenant: str, call: ToolCall) -> ToolResult | None:
        """The appointment under the call's key, as the result it had; refused when it is another wish's."""
        cursor = await connection.execute(self._database.sql["booked_by_key"], {"tenant": tenant, "key": call.key})
        row = await cursor.fetchone()
        if row is None:
            return None

        def opened(name: str) -> str:
            return self._sealer.open_text(row[f"{name}_sealed"], f"appointments.{name}_sealed:{row['appointment_id']}")

        start = local_minute(row["starts_at"], row["timezone"])
        stored = {"service": row["service"], "start": start, **{n: opened(n) for n in ("name", "phone", "notes")}}
        if not is_same_request(call.name, {"notes": "", **call.arguments}, call.name, stored):
            return _failed("key reused")
        minutes = int((row["ends_at"] - row["starts_at"]).total_seconds()) // 60
        value = booked_value(row["appointment_id"], row["service"], start, minutes, stored["name"])
        return ToolResult(ToolStatus.DONE, value)

    async def _calendar(
        self, connection: Connection, tenant: str, service: str, day: date
    ) -> tuple[Calendar, int] | None:
        """The tenant's calendar around ``day`` and the service's length; None for a service it has not."""
        sql, now = self._database.sql, self._now()
        row = await (await connection.execute(sql["service"], {"tenant": tenant, "service": service})).fetchone()
        if row is None:
            return None
        hours = await (await connection.execute(sql["hours"], {"tenant": tenant})).fetchall()
        begins, ends = window(day, now)
        values = {"tenant": tenant, "begins": begins, "ends": ends}
        busy: dict[str, list[Interval]] = {}
        for taken in await (await connection.execute(sql["busy"], values)).fetchall():
            stretches = busy.setdefault(taken["provider"], [])
            if taken["begins"] is not None:
                stretches.append((taken["begins"], taken["ends"]))
        opening = tuple(Hours(h["weekday"], h["opens_min"], h["closes_min"]) for h in hours)
        return Calendar(row["timezone"], opening, busy, now), row["minutes"]


async def seed_calendar(
    database: Database, profile: AgentProfile, providers: Sequence[str] = DEFAULT_PROVIDERS
) -> None:
    """Bring the tenant's providers, services and opening hours to what the profile says; appointments stay."""
    tenant = {"tenant": profile.tenant}

    async def work(connection: Connection) -> None:
        async def each(query: str, *rows: dict[str, Any]) -> None:
            for row in rows:
                await connection.execute(database.sql[query], {**tenant, **row})

        # The first statement locks the tenant's row: a second seeding waits for this one.
        await each("seed_calendar", {"timezone": profile.timezone})
        await each("retire_providers", {})
        await each("seed_provider", *({"provider": p} for p in providers))
        await each("retire_services", {})
        await each("seed_service", *({"service": s.id, "name": s.name, "minutes": s.minutes} for s in profile.services))
        await each("clear_hours", {})
        hours = ({"weekday": h.weekday, "opens_min": h.opens_min, "closes_min": h.closes_min} for h in profile.hours)
        await each("seed_hours", *hours)

    await database.run(work, 10_000)


def _failed(error: str) -> ToolResult:
    return ToolResult(ToolStatus.FAILED, {}, error)
