"""Fold a journal to the state it means. The same events give the same state, cut anywhere, delivered twice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.call.commands import Command
from agent.call.events import CommandFailed, Event
from agent.call.machine import step
from agent.call.state import Call
from agent.call.tables import IllegalTransition
from agent.values.profile import AgentProfile


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a replay: what happened, what the call was then, and what it asked for."""

    event: Event
    call: Call
    commands: tuple[Command, ...]


def replay(profile: AgentProfile, events: Iterable[Event]) -> Iterator[Step]:
    """Each step in order. An illegal event is met as in production: as a failed command."""
    call = Call(profile)
    for event in events:
        try:
            call, commands = step(call, event)
        except IllegalTransition as illegal:
            event = CommandFailed(event.at_ms, "step", str(illegal))
            call, commands = step(call, event)
        yield Step(event, call, commands)


def fold(profile: AgentProfile, events: Iterable[Event]) -> Call:
    """The state after all events."""
    call = Call(profile)
    for done in replay(profile, events):
        call = done.call
    return call
