"""The machine on any sequence of events: it never raises, and the invariants of the design hold after each step."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.machine import step
from agent.call.state import Call, Control, Floor, Leg, WorkStatus
from agent.policy.recording import Consent
from agent.values.ids import ToolId
from agent.values.talk import Utterance
from agent.values.work import Effect
from tests.unit.call.rig import OLD_TOOL, OLD_TURN, arrival, spoken
from tests.unit.dialogue.rig import CLINIC, SALES, Calendar, tenant

WORDS = (
    "", "yes", "no", "mm-hm", "okay", "hello?", "stop", "Goodbye.", "I'd like a check-up tomorrow at 2 p.m.",
    "I would like to book a demonstration on Thursday at eleven", "My name is Anna Lee.", "Yes, please.",
    "What are your opening hours?", "on Thursday", "half past two", "five one two five five five zero one four two",
    "I want to speak to a human", "do you have parking for unicorns", "my chest hurts", "no, on Friday at nine",
    "never mind", "start over", "What kind of toothbrush would you recommend?", "A soft toothbrush,",
    "changed every three months.",
)  # fmt: skip
TIMERS = ("max_call", "keys", "bargein", "filler", "overdue", "unheard", "silence", "nothing of ours")


@dataclass(frozen=True)
class Move:
    """One thing that may happen, made an event when it is its turn: ids are then those of the call, or stale."""

    name: str
    make: Callable[[Call, int], ev.Event]

    def __repr__(self) -> str:
        return self.name


def _tool_id(call: Call, nth: int) -> ToolId:
    pending = call.pending()
    return pending[nth % len(pending)].call.id if pending else ToolId(f"w{nth % 3 + 1}")


def _value(call: Call, tool_id: ToolId) -> dict:
    """What the calendar says to a tool call; to one that was never made, nonsense."""
    for work in call.work:
        if work.call.id == tool_id:
            return Calendar(call.profile).run(work.call.name, work.call.arguments).value
    return {"slots": "never"}


def _utterance(text: str, at_ms: int, sound_ms: int) -> Utterance:
    return Utterance(f"u{at_ms}", max(0, at_ms - sound_ms), at_ms, text, 0.9)


def _fixed() -> list[Move]:
    here = lambda e: lambda _call, at_ms: replace(e, at_ms=at_ms)  # noqa: E731
    plain = [
        ev.CallAnswered(0), ev.MediaReady(0), ev.MediaLost(0, "no RTP"), ev.SpeechStarted(0), ev.SpeechEnded(0, 500),
        ev.ControllerRestarted(0, True), ev.ControllerRestarted(0, False), ev.HangupSeen(0, "Normal Clearing"),
        ev.TransferAnswered(0, "dialplan"), ev.TransferFailed(0, "desk", "busy"), ev.CommandFailed(0, "Answer", "no"),
        ev.CallBroke(0, "CommitLate"), ev.ModelStepped(0, "stt", False),
        ev.SoundChanged(0, False), ev.SoundChanged(0, True),
        ev.PlayoutFinished(0, OLD_TURN), ev.PlayoutStopped(0, OLD_TURN, "Thank you", 300),
        ev.PlayoutFailed(0, OLD_TURN, "gone"), ev.ReplyEnded(0, OLD_TURN, "yes"), ev.ReplyFailed(0, OLD_TURN, "late"),
        ev.ReplyText(0, OLD_TURN, "You are booked."), ev.ToolTimedOut(0, OLD_TOOL), ev.ToolSucceeded(0, OLD_TOOL, {}),
    ]  # fmt: skip
    moves = [Move(repr(e), here(e)) for e in plain]
    moves += [Move(f"timer {name}", here(ev.TimerFired(0, name))) for name in TIMERS]
    moves += [Move(f"key {digit}", here(ev.DtmfReceived(0, digit))) for digit in "0159*#A"]
    moves += [
        Move("played", lambda call, at_ms: ev.PlayoutFinished(at_ms, call.reply.turn_id)),
        Move("began", lambda call, at_ms: ev.PlayoutStarted(at_ms, call.reply.turn_id)),
        Move("cut", lambda call, at_ms: ev.PlayoutStopped(at_ms, call.reply.turn_id, call.reply.said[:9], 400)),
        Move("no voice", lambda call, at_ms: ev.PlayoutFailed(at_ms, call.reply.turn_id, "down")),
        Move("model failed", lambda call, at_ms: ev.ReplyFailed(at_ms, call.reply.asked, "timeout")),
        Move("arrived again", lambda call, at_ms: replace(arrival(call.profile), at_ms=at_ms)),
    ]
    return moves


def _worded(text: str, kind: str) -> Move:
    make: dict[str, Callable[[Call, int], ev.Event]] = {
        "turn": lambda _, at_ms: ev.TurnEnded(at_ms, _utterance(text, at_ms, 700)),
        "blip": lambda _, at_ms: ev.TurnEnded(at_ms, _utterance(text, at_ms, 100)),
        "partial": lambda _, at_ms: ev.TranscriptPartial(at_ms, text),
        "model": lambda call, at_ms: ev.ReplyEnded(at_ms, call.reply.asked, text),
        "clause": lambda call, at_ms: ev.ReplyText(at_ms, call.reply.asked, text),
    }
    return Move(f"{kind} {text!r}", make[kind])


def _tool(nth: int, kind: str) -> Move:
    make: dict[str, Callable[[Call, int], ev.Event]] = {
        "done": lambda c, t: ev.ToolSucceeded(t, _tool_id(c, nth), _value(c, _tool_id(c, nth))),
        "odd": lambda c, t: ev.ToolSucceeded(t, _tool_id(c, nth), {}),
        "taken": lambda c, t: ev.ToolFailed(t, _tool_id(c, nth), "taken", {"slots": []}),
        "failed": lambda c, t: ev.ToolFailed(t, _tool_id(c, nth), "the calendar did not answer"),
        "late": lambda c, t: ev.ToolTimedOut(t, _tool_id(c, nth)),
        "doubt": lambda c, t: ev.ToolInDoubt(t, _tool_id(c, nth), "no answer"),
    }
    return Move(f"tool {nth} {kind}", make[kind])


ANY = st.one_of(
    st.sampled_from(_fixed()),
    st.builds(_worded, st.sampled_from(WORDS), st.sampled_from(["turn", "blip", "partial", "model", "clause"])),
    st.builds(_tool, st.integers(0, 2), st.sampled_from(["done", "odd", "taken", "failed", "late", "doubt"])),
)
# What a conversation is made of, so that random walks get somewhere: to bookings, transfers and goodbyes.
_BY_NAME = {move.name: move for move in _fixed()}
LIKELY = st.one_of(
    st.builds(_worded, st.sampled_from(WORDS), st.just("turn")),
    st.just(_BY_NAME["played"]),
    st.just(_BY_NAME["played"]),
    st.just(_tool(0, "done")),
    st.sampled_from([_BY_NAME["SpeechStarted(at_ms=0)"], _BY_NAME["cut"], _BY_NAME["timer filler"]]),
)


@dataclass(frozen=True)
class Taken:
    """One step that was taken."""

    before: Call
    event: ev.Event
    after: Call
    commands: tuple[cmd.Command, ...]

    def __str__(self) -> str:
        at = self.before
        return f"{self.event} in {at.leg}, {at.floor}, {at.control}: {self.commands}"


@dataclass(frozen=True)
class Walk:
    """Moves of one call; ``steps`` takes them. Printed short, so that a failure can be read."""

    tenant: str
    moves: tuple[Move, ...]
    starts_bridged: bool = True

    def steps(self) -> list[Taken]:
        profile = tenant(self.tenant)
        call, steps = Call(profile), []
        makes: list[Callable[[Call, int], ev.Event]] = [lambda c, t: replace(arrival(c.profile), at_ms=t)]
        if self.starts_bridged:
            makes += [lambda _, t: ev.CallAnswered(t), lambda _, t: ev.MediaReady(t)]
        for number, make in enumerate([*makes, *(move.make for move in self.moves)]):
            event = make(call, number * 200)
            after, commands = step(call, event)
            steps.append(Taken(call, event, after, commands))
            call = after
        return steps


walks = st.builds(
    Walk,
    st.sampled_from([CLINIC, SALES]),
    st.lists(st.one_of(LIKELY, LIKELY, LIKELY, ANY), max_size=60).map(tuple),
    st.sampled_from([True, True, True, False]),
)
some = settings(max_examples=200, deadline=None)


@some
@given(walks)
def test_what_reaches_the_caller_obeys_leg_and_control(walk: Walk) -> None:
    """Never raises, in any state; a call that is over or with a human gets no words, tools or model."""
    for taken in walk.steps():
        before, after, commands = taken.before, taken.after, taken.commands
        if before.leg is Leg.ENDED:
            assert after.leg is Leg.ENDED, taken
            assert all(isinstance(c, cmd.CloseCall) for c in commands), taken
        if after.leg is Leg.ENDED:
            started = (c for c in commands if isinstance(c, cmd.Say | cmd.StartReply | cmd.RunTool | cmd.Transfer))
            assert not any(started), taken
        if before.control is not Control.AGENT:
            assert after.control is not Control.AGENT, taken
            assert not any(isinstance(c, cmd.StartReply | cmd.RunTool) for c in commands), taken
        for command in commands:
            if isinstance(command, cmd.Say):
                assert (after.leg, after.floor) == (Leg.BRIDGED, Floor.AGENT), taken
                assert command.clauses, taken
        if any(isinstance(c, cmd.CloseCall) for c in commands):
            assert isinstance(commands[-1], cmd.CloseCall), taken
            assert after.outcome is not None, taken


@some
@given(walks)
def test_a_write_is_asked_for_once_at_a_time_and_never_forgotten(walk: Walk) -> None:
    asked: dict[ToolId, cmd.RunTool] = {}
    for taken in walk.steps():
        for command in taken.commands:
            if isinstance(command, cmd.RunTool):
                assert command.call.id not in asked, f"the id was given before: {taken}"
                asked[command.call.id] = command
        writes = [w.call.key for w in taken.after.pending() if w.call.effect is Effect.WRITE]
        assert len(writes) == len(set(writes)), f"the same write twice under way: {taken}"
        for was, now in zip(taken.before.work, taken.after.work, strict=False):
            assert was.call == now.call
            if was.call.effect is Effect.WRITE:
                assert now.status is not WorkStatus.DROPPED, f"a write was dropped: {taken}"
        assert [w.call.id for w in taken.after.work] == list(asked), "every request is in the books"


@some
@given(walks)
def test_recording_starts_once_and_only_by_consent(walk: Walk) -> None:
    started = 0
    for taken in walk.steps():
        for command in taken.commands:
            if isinstance(command, cmd.StartRecording):
                started += 1
                assert (taken.before.consent, taken.after.consent) == (Consent.ASKED, Consent.GRANTED), taken
    assert started <= 1


@some
@given(walks)
def test_booked_is_said_only_after_the_success_is_in(walk: Walk) -> None:
    for taken in walk.steps():
        if "You are booked" in spoken(taken.commands):
            done = [w for w in taken.after.work if w.call.effect is Effect.WRITE and w.status is WorkStatus.DONE]
            assert done, taken


ONCE = (
    ev.CallArrived, ev.CallAnswered, ev.MediaReady, ev.TurnEnded, ev.ReplyEnded, ev.ReplyFailed, ev.PlayoutFinished,
    ev.PlayoutStopped, ev.PlayoutFailed, ev.ToolSucceeded, ev.ToolFailed, ev.ToolTimedOut, ev.ToolInDoubt,
    ev.HangupSeen, ev.CallBroke, ev.MediaLost, ev.TransferAnswered, ev.SpeechStarted, ev.SpeechEnded,
    ev.TranscriptPartial,
)  # fmt: skip
"""Told twice, these are the same happening: they carry an id, or say how things are. A key, a timer and a refused
command may happen twice."""


@some
@given(walks)
def test_an_event_told_twice_changes_nothing_more(walk: Walk) -> None:
    """Invariant 10, the half about doubled events."""
    for taken in walk.steps():
        if isinstance(taken.event, ONCE):
            again, commands = step(taken.after, taken.event)
            assert again == taken.after, f"{taken.event} told twice"
            assert all(isinstance(c, cmd.CancelTimer) for c in commands), f"{taken.event} told twice: {commands}"


class _Shell:
    """What the commands so far have set going: timers, and a playout that may be paused."""

    def __init__(self) -> None:
        self.timers: set[str] = set()
        self.is_paused = self.is_hanging_up = False

    def take(self, taken: Taken) -> None:
        if isinstance(taken.event, ev.TimerFired):
            self.timers.discard(taken.event.name)
        if isinstance(taken.event, ev.ControllerRestarted):
            self.timers, self.is_paused, self.is_hanging_up = set(), False, False
        for command in taken.commands:
            match command:
                case cmd.SetTimer(name):
                    self.timers.add(name)
                case cmd.CancelTimer(name):
                    self.timers.discard(name)
                case cmd.PausePlayout():
                    self.is_paused = True
                case cmd.ResumePlayout() | cmd.StopPlayout():
                    self.is_paused = False
                case cmd.Hangup():
                    self.is_hanging_up = True


@some
@given(walks)
def test_nobody_is_left_in_silence(walk: Walk) -> None:
    """While the call is ours something is under way: a voice that is not paused, a timer, or the caller."""
    shell = _Shell()
    for taken in walk.steps():
        shell.take(taken)
        call = taken.after
        if call.leg is not Leg.BRIDGED:
            continue
        assert "max_call" in shell.timers or call.end_reason == "max_call" or shell.is_hanging_up, taken
        if call.control is not Control.AGENT:
            assert call.floor is Floor.AGENT, f"on the way to a human, and nothing is said: {taken}"
        if call.floor is Floor.AGENT:
            assert not shell.is_paused, taken
            assert not call.reply.is_over, taken
        if call.floor is Floor.AGENT_PAUSED:
            assert "bargein" in shell.timers, taken
        if call.floor in (Floor.NOBODY, Floor.THINKING):
            assert shell.timers & {"silence", "filler", "unheard", "keys"} or shell.is_hanging_up, taken


@some
@given(walks)
def test_ids_of_turns_are_never_given_twice(walk: Walk) -> None:
    """A stale result can be told from a fresh one only if no id comes back."""
    asking = (cmd.Say, cmd.StartReply)
    seen = [c.turn_id for taken in walk.steps() for c in taken.commands if isinstance(c, asking)]
    assert len(seen) == len(set(seen))
