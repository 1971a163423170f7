"""Writes on their way out, on virtual time: what is sent again, what is asked after, what a call is told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from agent.adapters.fake.data import FakeJournal, FakeOutbox, MemoryStore
from agent.adapters.fake.system import LoopClock, VirtualClock, run_virtual
from agent.call.events import CallAnswered, ControllerRestarted, Event, ToolFailed, ToolInDoubt, ToolSucceeded
from agent.call.state import Call, Work, WorkStatus
from agent.ports import Entry
from agent.shell import recover as recovery
from agent.shell.media_loop import MediaLoop
from agent.shell.outbox import GIVE_UP_MS, pause_ms, run_outbox
from agent.shell.runner import Runner
from agent.values.caller import CallerIdentity, CallRecord
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus
from tests.unit.dialogue.rig import CLINIC, tenant

DONE = ToolResult(ToolStatus.DONE, {"appointment_id": "apt-1"})
TAKEN = ToolResult(ToolStatus.FAILED, {}, "taken")
DOUBT = ToolResult(ToolStatus.IN_DOUBT, {}, "no answer")
NOT_SENT = ToolResult(ToolStatus.FAILED, {}, "not reached", again_ms=0)
NOT_THERE = ToolResult(ToolStatus.FAILED, {}, "not there", again_ms=0)
CALL = CallId("call-1")


@dataclass(slots=True)
class Scripted:
    """Answers as scripted, the last one for ever; remembers when it was asked for what."""

    runs: list[ToolResult]
    asks: list[ToolResult] = field(default_factory=lambda: [DOUBT])
    takes_s: float = 0.0
    ran_at: list[float] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)

    async def run(self, _tenant: str, _call: ToolCall) -> ToolResult:
        self.ran_at.append(asyncio.get_running_loop().time())
        result = self.runs.pop(0) if len(self.runs) > 1 else self.runs[0]
        await asyncio.sleep(self.takes_s)
        return result

    async def ask(self, _tenant: str, _call: ToolCall) -> ToolResult:
        self.asked_at.append(asyncio.get_running_loop().time())
        return self.asks.pop(0) if len(self.asks) > 1 else self.asks[0]


def live(
    backend: Scripted, for_s: float, crash_s: float | None = None, store: MemoryStore | None = None
) -> tuple[list[Event], MemoryStore]:
    """One committed write and ``for_s`` of an outbox; killed and started anew after ``crash_s``, if given."""
    store, told = store or MemoryStore(), []

    def tell(_call_id: CallId, make: Callable[[int], Event]) -> None:
        told.append(make(0))

    async def world() -> None:
        clock = LoopClock()
        journal = FakeJournal(store, clock)
        started = datetime(2026, 3, 2, 9, tzinfo=UTC)
        caller = CallerIdentity("+15125550142")
        await journal.open_call(CallRecord(CALL, CaseId("c"), "t", "inbound", caller, "1", "ch", "s", "p", started), "")
        call = ToolCall(ToolId("w1"), "calendar.book", {"name": "Jane"}, Effect.WRITE, "key-1", 8_000)
        await journal.append(CALL, Entry(1, CallAnswered(1)), [call])
        for part_s in (for_s,) if crash_s is None else (crash_s, for_s - crash_s):
            running = asyncio.create_task(run_outbox(FakeOutbox(store, clock), backend, tell))
            await asyncio.sleep(part_s)
            running.cancel()
            await asyncio.wait({running})

    run_virtual(world())
    return told, store


def result(store: MemoryStore) -> ToolResult | None:
    return store.actions["t", "key-1"].result


def test_what_was_not_sent_is_sent_again_with_growing_pauses_and_told_once() -> None:
    backend = Scripted([NOT_SENT, NOT_SENT, NOT_SENT, DONE])
    told, store = live(backend, 60)
    assert told == [ToolSucceeded(0, ToolId("w1"), DONE.value)]
    gaps = [b - a for a, b in zip(backend.ran_at, backend.ran_at[1:], strict=False)]
    assert len(gaps) == 3
    assert backend.asked_at == [], "what surely was not sent need not be asked after"
    assert gaps[2] > gaps[0]
    assert result(store) == DONE


def test_retry_after_is_honoured() -> None:
    backend = Scripted([ToolResult(ToolStatus.FAILED, {}, "busy", again_ms=20_000), DONE])
    live(backend, 60)
    assert 20 <= backend.ran_at[1] - backend.ran_at[0] <= 21.5


def test_what_cannot_be_delivered_in_time_has_failed_and_is_a_persons() -> None:
    backend = Scripted([NOT_SENT])
    told, store = live(backend, 900)
    assert told == [ToolFailed(0, ToolId("w1"), "not delivered in time", {})]
    assert backend.ran_at[-1] < GIVE_UP_MS / 1000
    assert store.actions["t", "key-1"].is_undelivered


def test_a_refusal_is_final() -> None:
    backend = Scripted([TAKEN])
    told, store = live(backend, 60)
    assert told == [ToolFailed(0, ToolId("w1"), "taken", {})]
    assert len(backend.ran_at) == 1
    assert not store.actions["t", "key-1"].is_undelivered


@pytest.mark.parametrize(
    ("found", "last"),
    [(DONE, ToolSucceeded(0, ToolId("w1"), DONE.value)), (TAKEN, ToolFailed(0, ToolId("w1"), "taken"))],
)
def test_a_doubt_is_asked_after_until_it_is_known_and_told_again(found: ToolResult, last: Event) -> None:
    backend = Scripted([DOUBT], [DOUBT, DOUBT, found])
    told, store = live(backend, 60)
    assert told == [ToolInDoubt(0, ToolId("w1"), "no answer"), last]
    assert (len(backend.ran_at), len(backend.asked_at)) == (1, 3)
    assert result(store) == found


def test_a_doubt_that_nobody_can_solve_is_asked_after_ever_more_seldom_and_never_sent_again() -> None:
    backend = Scripted([DOUBT], [DOUBT])
    _, store = live(backend, 3_600)
    assert len(backend.ran_at) == 1
    gaps = [b - a for a, b in zip(backend.asked_at, backend.asked_at[1:], strict=False)]
    assert gaps[-1] > 250
    assert len(backend.asked_at) < 25
    assert result(store) == DOUBT


def test_what_is_not_there_and_cannot_come_any_more_is_sent_again() -> None:
    backend = Scripted([DOUBT, DONE], [NOT_THERE])
    told, _ = live(backend, 60)
    assert [type(event) for event in told] == [ToolInDoubt, ToolSucceeded]
    assert len(backend.ran_at) == 2


def test_what_is_not_there_yet_is_not_sent_again() -> None:
    may_come = ToolResult(ToolStatus.FAILED, {}, "not there", again_ms=38_000)
    backend = Scripted([DOUBT, DONE], [may_come])
    live(backend, 120)
    assert backend.ran_at[1] - backend.ran_at[0] >= 38


def test_what_is_not_there_after_ten_minutes_has_failed_and_is_a_persons() -> None:
    backend = Scripted([DOUBT], [*[DOUBT] * 12, NOT_THERE])
    told, store = live(backend, 7_200)
    assert told[-1] == ToolFailed(0, ToolId("w1"), "not there", {})
    assert len(backend.ran_at) == 1
    assert store.actions["t", "key-1"].is_undelivered


@pytest.mark.parametrize(("asked", "runs"), [(DONE, 1), (NOT_THERE, 2), (DOUBT, 1)])
def test_after_a_crash_the_backend_is_asked_before_anything_is_sent_again(asked: ToolResult, runs: int) -> None:
    backend = Scripted([DONE], [asked], takes_s=5)
    _, store = live(backend, 120, crash_s=1)
    assert len(backend.ran_at) == runs
    assert backend.asked_at[0] > 1
    assert result(store) == (DOUBT if asked is DOUBT else DONE)


def test_who_is_adopted_after_a_crash_is_told_what_became_known_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, store = live(Scripted([DOUBT], [DONE]), 30)
    profile = tenant(CLINIC)
    asked = store.asks[CALL, ToolId("w1")].call
    in_doubt = replace(Call(profile), work=(Work(asked, WorkStatus.IN_DOUBT),))
    monkeypatch.setattr(recovery, "fold", lambda _profile, _events: in_doubt)
    clock = VirtualClock()
    ports = SimpleNamespace(journal=FakeJournal(store, clock), outbox=FakeOutbox(store, clock), clock=clock)

    async def adopt() -> Runner:
        (adopted,) = await recovery.recover(ports, MediaLoop(clock), lambda _text: profile, ["ch"])  # type: ignore[arg-type]
        return adopted[0]

    runner = asyncio.run(adopt())
    posted = [runner._queue.get_nowait() for _ in range(2)]
    assert [type(event) for event in posted] == [ControllerRestarted, ToolSucceeded]


def test_pauses_are_spread_and_never_shorter_than_asked() -> None:
    pauses = {pause_ms(f"key-{n}", 4, NOT_SENT) for n in range(50)}
    assert len(pauses) > 40
    assert min(pauses) >= 2_000
    assert max(pauses) <= 4_000
    assert pause_ms("key", 1, ToolResult(ToolStatus.FAILED, {}, "busy", again_ms=9_000)) == 9_000
