"""Journal, outbox and calendar in memory, with the contracts of the real ones.

``MemoryStore`` is what a database is: it outlives the controller. A crash is to drop the FakeJournal and
FakeOutbox and to make new ones over the same store.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from agent.adapters.fake.cases import CaseRow, FakeCases
from agent.call.codec import CodecError, dumps, loads
from agent.ports.data import Entry, OutboxJob
from agent.ports.system import Clock
from agent.tools import ArgumentError, check, is_same_request
from agent.tools.calendar import (
    Calendar,
    availability,
    booked_value,
    free_providers,
    instant,
    refusal,
)
from agent.tools.keys import appointment_id
from agent.values.caller import CallRecord
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.profile import AgentProfile
from agent.values.work import ToolCall, ToolResult, ToolStatus

KEY_REUSED = ToolResult(ToolStatus.FAILED, {}, "key reused")
RETRY_MS = 100.0
ASK_FIRST_MS, ASK_MOST_MS = 1_000, 300_000


@dataclass(slots=True)
class Action:
    """What shall happen once, under its key."""

    case_id: CaseId
    call: ToolCall
    attempt: int = 0
    lease_until_ms: float | None = None
    result: ToolResult | None = None
    asked_at_ms: float = 0.0
    tried_at_ms: float | None = None
    next_at_ms: float = 0.0
    asks: int = 0
    is_undelivered: bool = False

    @property
    def is_in_doubt(self) -> bool:
        """Whether it was sent and nobody knows what became of it."""
        return self.result is not None and self.result.status is ToolStatus.IN_DOUBT


@dataclass(slots=True)
class Ask:
    """One call's asking for an action."""

    call_id: CallId
    tenant: str
    call: ToolCall
    is_reused: bool = False
    is_settled: bool = False


@dataclass(slots=True)
class MemoryStore:
    """The committed state. While ``is_down`` nothing is committed, claimed or finished."""

    profiles: dict[str, str] = field(default_factory=dict)
    heads: dict[CallId, CallRecord] = field(default_factory=dict)
    cases: dict[CaseId, CaseRow] = field(default_factory=dict)
    journal: dict[CallId, dict[int, bytes]] = field(default_factory=dict)
    actions: dict[tuple[str, str], Action] = field(default_factory=dict)
    asks: dict[tuple[CallId, ToolId], Ask] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_down: bool = False

    def ask(self, call_id: CallId, call: ToolCall, at_ms: float) -> None:
        """Commit one call's wish; a key taken by other arguments is marked."""
        head = self.heads[call_id]
        action = self.actions.setdefault((head.tenant, call.key), Action(head.case_id, call, asked_at_ms=at_ms))
        is_same = is_same_request(call.name, call.arguments, action.call.name, action.call.arguments)
        self.asks.setdefault((call_id, call.id), Ask(call_id, head.tenant, call, is_reused=not is_same))
        self.changed.set()


class FakeJournal(FakeCases):
    """Journal port over a store. A commit takes ``commit_ms`` of the clock; 0 commits at once."""

    def __init__(self, store: MemoryStore, clock: Clock, commit_ms: float = 0.0) -> None:
        super().__init__(store)
        self._store = store
        self._clock = clock
        self._commit_ms = commit_ms
        self._queue: deque[tuple[Callable[[], None], asyncio.Future[None]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def open_call(self, record: CallRecord, profile_text: str) -> None:
        """See the port."""

        def commit() -> None:
            self._store.profiles.setdefault(record.profile_sha, profile_text)
            self._store.cases.setdefault(record.case_id, CaseRow(record.tenant, record.caller.number))
            self._store.heads.setdefault(record.call_id, record)

        await self._put(commit)

    def append(self, call_id: CallId, entry: Entry, writes: Sequence[ToolCall] = ()) -> Awaitable[None]:
        """See the port."""

        def commit() -> None:
            if call_id not in self._store.heads:
                raise LookupError(f"{call_id} was never opened")
            self._store.journal.setdefault(call_id, {}).setdefault(entry.seq, body)
            for call in writes:
                self._store.ask(call_id, call, self._clock.now_ms())

        try:
            body = dumps(entry.event)
        except CodecError as error:
            refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused
        return self._put(commit)

    async def load(self, call_id: CallId) -> list[Entry]:
        """See the port."""
        return [Entry(seq, loads(body)) for seq, body in sorted(self._store.journal.get(call_id, {}).items())]

    async def profile_text(self, profile_sha: str) -> str:
        """See the port. Raises LookupError when there is no such snapshot."""
        return self._store.profiles[profile_sha]

    async def open_calls(self) -> list[CallRecord]:
        """See the port."""
        heads = (head for head in self._store.heads.values() if head.ended_at is None)
        return sorted(heads, key=lambda head: (head.started_at, head.call_id))

    async def set_rtp_port(self, call_id: CallId, port: int) -> None:
        """See the port."""

        def commit() -> None:
            if call_id in self._store.heads:
                self._store.heads[call_id] = replace(self._store.heads[call_id], rtp_port=port)

        await self._put(commit)

    async def close_call(self, record: CallRecord) -> None:
        """See the port. Raises ValueError when the record has no end."""
        if record.ended_at is None:
            raise ValueError(f"{record.call_id}: a call is closed with its end time")

        def commit() -> None:
            head = self._store.heads.get(record.call_id)
            if head is None or head.ended_at is not None:
                return
            caller = replace(record.caller, number=head.caller.number, display=head.caller.display)
            end = {"ended_at": record.ended_at, "outcome": record.outcome, "end_reason": record.end_reason}
            self._store.heads[record.call_id] = replace(head, caller=caller, **end)  # type: ignore[arg-type]

        await self._put(commit)

    def crash(self) -> None:
        """Lose what is not committed, as a killed process does."""
        self._queue.clear()
        if self._writer is not None:
            self._writer.cancel()

    def _put(self, commit: Callable[[], None]) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((commit, done))
        if self._commit_ms <= 0 and not self._store.is_down and len(self._queue) == 1:
            self._commit_next()
        elif self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="fake journal writer")
        return done

    async def _write(self) -> None:
        while self._queue:
            await self._clock.sleep(RETRY_MS if self._store.is_down else self._commit_ms)
            if self._queue and not self._store.is_down:
                self._commit_next()

    def _commit_next(self) -> None:
        commit, done = self._queue.popleft()
        try:
            commit()
        except LookupError as error:
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(None)


class FakeOutbox:
    """Outbox port over a store."""

    def __init__(self, store: MemoryStore, clock: Clock, lease_ms: int = 30_000, poll_ms: int = 1_000) -> None:
        self._store = store
        self._clock = clock
        self._lease_ms = lease_ms
        self._poll_ms = poll_ms

    async def jobs(self) -> AsyncIterator[OutboxJob]:
        """See the port."""
        while True:
            self._store.changed.clear()
            while not self._store.is_down and (job := self._claim()) is not None:
                yield job
            net = {
                asyncio.ensure_future(self._store.changed.wait()),
                asyncio.ensure_future(self._clock.sleep(self._poll_ms)),
            }
            try:
                await asyncio.wait(net, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in net:
                    task.cancel()

    async def doubts(self) -> AsyncIterator[OutboxJob]:
        """See the port."""
        while True:
            while not self._store.is_down and (job := self._claim_doubt()) is not None:
                yield job
            await self._clock.sleep(self._poll_ms)

    async def finish(self, job: OutboxJob, result: ToolResult) -> ToolResult:
        """See the port."""
        while self._store.is_down:
            await self._clock.sleep(RETRY_MS)
        ask = self._store.asks[job.call_id, job.call.id]
        ask.is_settled = True
        if ask.is_reused:
            return KEY_REUSED
        action = self._store.actions[ask.tenant, ask.call.key]
        was_doubt = action.is_in_doubt
        if action.result is None or (was_doubt and result.status is not ToolStatus.IN_DOUBT):
            action.result, action.lease_until_ms = replace(result, again_ms=None), None
            action.is_undelivered = result.status is ToolStatus.FAILED and result.again_ms is not None
            if was_doubt:
                self._tell_again(ask.tenant, ask.call.key)
        if action.is_in_doubt:
            pause_ms = max(result.again_ms or 0, min(ASK_MOST_MS, ASK_FIRST_MS * 2 ** min(action.asks, 30)))
            action.next_at_ms = self._clock.now_ms() + pause_ms
        self._store.changed.set()
        return action.result

    async def put_back(self, job: OutboxJob, after_ms: int) -> None:
        """See the port."""
        while self._store.is_down:
            await self._clock.sleep(RETRY_MS)
        action = self._store.actions[job.tenant, job.call.key]
        is_open = action.is_in_doubt or action.lease_until_ms is not None
        if is_open and action.attempt == job.attempt:
            action.result, action.lease_until_ms, action.tried_at_ms = None, None, None
            action.next_at_ms = self._clock.now_ms() + after_ms
            self._tell_again(job.tenant, job.call.key)

    def _tell_again(self, tenant: str, key: str) -> None:
        for ask in self._store.asks.values():
            if (ask.tenant, ask.call.key) == (tenant, key) and not ask.is_reused:
                ask.is_settled = False

    async def result(self, call_id: CallId, tool_id: ToolId) -> ToolResult | None:
        """See the port."""
        ask = self._store.asks.get((call_id, tool_id))
        if ask is None:
            return None
        return KEY_REUSED if ask.is_reused else self._store.actions[ask.tenant, ask.call.key].result

    def _claim(self) -> OutboxJob | None:
        now_ms = self._clock.now_ms()
        for ask in self._store.asks.values():
            action = self._store.actions[ask.tenant, ask.call.key]
            if ask.is_settled:
                continue
            settled = KEY_REUSED if ask.is_reused else action.result
            if settled is not None:
                ask.is_settled = True
                return self._job(ask, action, settled)
            due_ms = action.next_at_ms if action.lease_until_ms is None else action.lease_until_ms
            if due_ms <= now_ms:
                action.attempt += 1
                job = self._job(ask, action, None)
                action.lease_until_ms = now_ms + max(self._lease_ms, 2 * action.call.deadline_ms)
                action.tried_at_ms = now_ms
                return job
        return None

    def _claim_doubt(self) -> OutboxJob | None:
        for ask in self._store.asks.values():
            action = self._store.actions[ask.tenant, ask.call.key]
            if not ask.is_reused and action.is_in_doubt and action.next_at_ms <= self._clock.now_ms():
                action.asks += 1
                lease_ms = max(self._lease_ms, 2 * action.call.deadline_ms)
                action.next_at_ms = self._clock.now_ms() + lease_ms
                return self._job(ask, action, None)
        return None

    def _job(self, ask: Ask, action: Action, settled: ToolResult | None) -> OutboxJob:
        now_ms = self._clock.now_ms()
        tried_ms = None if action.tried_at_ms is None else int(now_ms - action.tried_at_ms)
        age_ms, call = int(now_ms - action.asked_at_ms), replace(action.call, id=ask.call.id)
        return OutboxJob(ask.call_id, ask.tenant, call, action.attempt, settled, age_ms, tried_ms)


@dataclass(frozen=True, slots=True)
class FakeAppointment:
    """A committed appointment: one external effect."""

    appointment_id: str
    tenant: str
    provider: str
    begins: datetime
    ends: datetime
    call: ToolCall


class FakeCalendar:
    """Backends port for ``calendar.*`` in memory; ``appointments`` are the effects it had."""

    def __init__(
        self, profiles: Mapping[str, AgentProfile], now: Callable[[], datetime], providers: Sequence[str] = ("desk",)
    ) -> None:
        self._profiles = dict(profiles)
        self._now = now
        self._providers = tuple(providers)
        self.appointments: list[FakeAppointment] = []

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port."""
        try:
            checked = replace(call, arguments=dict(check(call.name, call.arguments)))
        except ArgumentError as error:
            return _failed(str(error))
        if (booked := self._booked(tenant, checked)) is not None:
            return booked
        profile = self._profiles.get(tenant)
        lengths = {s.id: s.minutes for s in profile.services} if profile else {}
        if profile is None or checked.arguments["service"] not in lengths:
            return _failed("unknown service")
        minutes, calendar = lengths[checked.arguments["service"]], self._calendar(profile)
        if call.name == "calendar.book":
            return self._book(calendar, minutes, tenant, checked)
        day = date.fromisoformat(checked.arguments["date"])
        at, part = checked.arguments.get("time", ""), checked.arguments.get("part", "")
        return ToolResult(ToolStatus.DONE, availability(calendar, day, minutes, at, part).value())

    async def ask(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port."""
        try:
            checked = replace(call, arguments=dict(check(call.name, call.arguments)))
        except ArgumentError as error:
            return _failed(str(error))
        booked = self._booked(tenant, checked)
        return booked if booked is not None else ToolResult(ToolStatus.FAILED, {}, "not there", again_ms=0)

    def _calendar(self, profile: AgentProfile) -> Calendar:
        busy = {
            provider: [
                (a.begins, a.ends) for a in self.appointments if (a.tenant, a.provider) == (profile.tenant, provider)
            ]
            for provider in self._providers
        }
        return Calendar(profile.timezone, profile.hours, busy, self._now())

    def _book(self, calendar: Calendar, minutes: int, tenant: str, call: ToolCall) -> ToolResult:
        start = datetime.fromisoformat(call.arguments["start"])
        begins = instant(start, calendar.timezone)
        providers = free_providers(calendar, start, minutes)
        if begins is None or not providers:
            error, value = refusal(calendar, start, minutes)
            return ToolResult(ToolStatus.FAILED, value, error)
        ends = begins + timedelta(minutes=minutes)
        new = FakeAppointment(appointment_id(tenant, call.key), tenant, providers[0], begins, ends, call)
        self.appointments.append(new)
        return self._booked(tenant, call) or _failed("the calendar lost the appointment")

    def _booked(self, tenant: str, call: ToolCall) -> ToolResult | None:
        for a in self.appointments if call.name == "calendar.book" else ():
            if (a.tenant, a.call.key) == (tenant, call.key):
                if not is_same_request(call.name, call.arguments, a.call.name, a.call.arguments):
                    return _failed("key reused")
                made, minutes = a.call.arguments, int((a.ends - a.begins).total_seconds()) // 60
                value = booked_value(a.appointment_id, made["service"], made["start"], minutes, made["name"])
                return ToolResult(ToolStatus.DONE, value)
        return None


def _failed(error: str) -> ToolResult:
    return ToolResult(ToolStatus.FAILED, {}, error)
