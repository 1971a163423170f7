"""What our journal says of a call, turned towards the caller's turns. Times are the call's own (``at_ms``)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.adapters.postgres.calls import AppointmentRow
from agent.call.commands import RunTool, Say
from agent.call.events import (
    CallAnswered,
    Event,
    PlayoutStarted,
    PlayoutStopped,
    ToolSucceeded,
    TransferAnswered,
    TransferFailed,
    TurnEnded,
)
from agent.call.replay import replay
from agent.call.state import Leg
from agent.ports.data import Entry
from agent.profiles import parse_bundle
from agent.values.caller import CallRecord
from agent.values.ids import ToolId, TurnId
from agent.values.profile import AgentProfile
from agent.values.work import Effect


class Calls(Protocol):
    """The read model of calls (agent.adapters.postgres.calls.CallReader)."""

    async def by_sip_call_id(self, sip_call_id: str) -> CallRecord | None:
        """The newest call that arrived under a SIP Call-ID."""

    async def events(self, call_id: str) -> list[Entry]:
        """The committed journal, in order."""

    async def profile_text(self, profile_sha: str) -> str | None:
        """The profile's snapshot."""

    async def appointments_by_case(self, case_id: str) -> list[AppointmentRow]:
        """All appointments a case ever made, newest first."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn of the agent: what it set out to say, from when the first frame left."""

    turn_id: str
    at_ms: int
    text: str
    decided_by: str
    stages: dict[str, int]
    was_cut: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """What our recogniser made of the caller, when the turn was taken to be over."""

    at_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class JournalView:
    """The parts of a journal that a grader needs, in order. ``committed`` are the writes that succeeded.

    ``transfer`` says when and by whom the caller was given away: by the ``agent``, or by a ``lease`` that ran out.
    Whether a human answered is not known here.
    """

    answered_ms: int | None = None
    spoken: tuple[Spoken, ...] = ()
    understood: tuple[Understood, ...] = ()
    committed: tuple[tuple[int, dict[str, Any]], ...] = ()
    transfer: dict[str, Any] | None = None
    done_phrases: tuple[str, ...] = ()


@dataclass(slots=True)
class _Fold:
    """What is gathered while the journal is replayed."""

    said: dict[TurnId, list[str]] = field(default_factory=dict)
    writes: set[ToolId] = field(default_factory=set)
    started: list[PlayoutStarted] = field(default_factory=list)
    cut: set[TurnId] = field(default_factory=set)
    understood: list[Understood] = field(default_factory=list)
    committed: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    transfer: dict[str, Any] | None = None
    answered_ms: int | None = None

    def add(self, event: Event, leg: Leg) -> None:
        """One event of the journal, and where the leg was when it came."""
        match event:
            case CallAnswered(at_ms):
                self.answered_ms = at_ms
            case TurnEnded(at_ms, utterance):
                self.understood.append(Understood(at_ms, utterance.text))
            case PlayoutStarted():
                self.started.append(event)
            case PlayoutStopped(_, turn_id):
                self.cut.add(turn_id)
            case ToolSucceeded(at_ms, tool_id, value) if tool_id in self.writes:
                self.committed.append((at_ms, value))
            case TransferAnswered(at_ms, destination) if leg is not Leg.ENDED:
                by = "agent" if leg is Leg.TRANSFERRING else "lease"
                self.transfer = {"destination": destination, "by": by, "at_ms": at_ms}
            case TransferFailed(at_ms, destination, reason) if leg is not Leg.ENDED:
                self.transfer = {"destination": destination, "by": "agent", "at_ms": at_ms, "reason": reason}
            case _:
                pass


def view(profile: AgentProfile, entries: Sequence[Entry]) -> JournalView:
    """Fold a journal. The words come from replaying it: what a turn says is a command, not an event."""
    fold, leg = _Fold(), Leg.NEW
    for step in replay(profile, (entry.event for entry in entries)):
        for command in step.commands:
            if isinstance(command, Say):
                fold.said.setdefault(command.turn_id, []).extend(clause.text for clause in command.clauses)
            elif isinstance(command, RunTool) and command.call.effect is Effect.WRITE:
                fold.writes.add(command.call.id)
        fold.add(step.event, leg)
        leg = step.call.leg
    return JournalView(
        fold.answered_ms,
        tuple(_spoken(fold, started) for started in fold.started),
        tuple(fold.understood),
        tuple(fold.committed),
        fold.transfer,
        tuple(_fixed_part(task.done) for task in profile.tasks),
    )


async def read(calls: Calls, record: CallRecord) -> JournalView:
    """The view of one call; empty when its profile's snapshot is not there."""
    text = await calls.profile_text(record.profile_sha)
    return view(parse_bundle(text), await calls.events(record.call_id)) if text else JournalView()


def _spoken(fold: _Fold, started: PlayoutStarted) -> Spoken:
    text = " ".join(fold.said.get(started.turn_id, [])) or started.text
    was_cut = started.turn_id in fold.cut
    return Spoken(started.turn_id, started.at_ms, text, started.decided_by, dict(started.stages), was_cut)


def _fixed_part(template: str) -> str:
    """The words of a ``done`` text before its first variable: what the confirmation begins with."""
    return template.partition("{")[0].strip()
