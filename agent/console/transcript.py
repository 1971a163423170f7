"""A call's journal folded to what a person reads: who said what, what of it was heard, and where the time went.

Pure. The fold is tolerant: a journal cut anywhere, as a live call's is, gives the transcript so far.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from agent.call import events as ev

Who = Literal["caller", "agent", "keys", "note"]


@dataclass(frozen=True, slots=True)
class Part:
    """One stage of a turn's latency: where it begins and how long it is, in ms since the caller's speech ended."""

    stage: str
    start_ms: int
    ms: int


@dataclass(frozen=True, slots=True)
class Latency:
    """From the end of the caller's speech to our first frame, as the controller sees it. The ear hears it later."""

    turn_id: str
    decided_by: str
    total_ms: int
    parts: tuple[Part, ...]
    recognise_ms: int | None
    """Runs beside the endpoint decision, hence no part of the sum."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript. ``is_open``: still being said. ``unheard``: queued, and cut before it was played."""

    who: Who
    at_ms: int
    text: str
    unheard: str = ""
    is_open: bool = False
    turn_id: str = ""
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """All lines in order, and the floor as it stood last: listening, caller, thinking, agent, human or over."""

    lines: tuple[Line, ...] = ()
    floor: str = "ringing"
    keys: str = ""

    @property
    def latencies(self) -> tuple[Latency, ...]:
        """Those of the turns that answered speech."""
        return tuple(line.latency for line in self.lines if line.latency is not None)


def latency(event: ev.PlayoutStarted) -> Latency | None:
    """The stages of a turn as a stack; None for a turn that answers no speech."""
    stages = {name: ms for name, ms in event.stages.items() if name not in ("edge_gap_ms", "recognise_ms")}
    if not event.stages:
        return None
    parts: list[Part] = []
    at_ms = 0
    for name, ms in stages.items():
        parts.append(Part(name.removesuffix("_ms"), at_ms, max(0, ms)))
        at_ms += max(0, ms)
    total = event.stages.get("edge_gap_ms", at_ms)
    return Latency(event.turn_id, event.decided_by, total, tuple(parts), event.stages.get("recognise_ms"))


def transcript(events: Iterable[ev.Event]) -> Transcript:
    """The transcript of a journal."""
    done = Transcript()
    for event in events:
        if done.keys and not isinstance(event, ev.DtmfReceived):
            done = replace(done, keys="")
        if fold := _ON.get(type(event)):
            done = fold(done, event)
    return done


Fold = Callable[[Transcript, Any], Transcript]


def _floor(name: str) -> Fold:
    return lambda so_far, _: replace(so_far, floor=name)


def _note(text: Callable[[Any], str], floor: str = "") -> Fold:
    def fold(so_far: Transcript, event: Any) -> Transcript:
        line = Line("note", event.at_ms, text(event))
        return replace(so_far, lines=(*so_far.lines, line), floor=floor or so_far.floor)

    return fold


def _caller(so_far: Transcript, at_ms: int, text: str, is_open: bool) -> tuple[Line, ...]:
    """The lines with the caller's open one replaced. It stays where it began: the agent may speak meanwhile."""
    lines = list(so_far.lines)
    at = next((i for i, line in enumerate(lines) if line.who == "caller" and line.is_open), None)
    if at is None:
        return (*lines, Line("caller", at_ms, text, is_open=is_open)) if text else tuple(lines)
    if text:
        lines[at] = replace(lines[at], text=text, is_open=is_open)
    else:
        del lines[at]  # it was a cough
    return tuple(lines)


def _on_partial(so_far: Transcript, event: ev.TranscriptPartial) -> Transcript:
    return replace(so_far, lines=_caller(so_far, event.at_ms, event.text, is_open=True))


def _on_turn_ended(so_far: Transcript, event: ev.TurnEnded) -> Transcript:
    said = event.utterance
    floor = "thinking" if said.text else so_far.floor
    return replace(so_far, lines=_caller(so_far, said.started_ms, said.text, is_open=False), floor=floor)


def _on_started(so_far: Transcript, event: ev.PlayoutStarted) -> Transcript:
    line = Line("agent", event.at_ms, event.text, is_open=True, turn_id=event.turn_id, latency=latency(event))
    return replace(so_far, lines=(*so_far.lines, line), floor="agent")


def _agent(so_far: Transcript, turn_id: str, close: Callable[[Line], Line]) -> tuple[Line, ...]:
    return tuple(
        close(line) if line.who == "agent" and line.turn_id == turn_id and line.is_open else line
        for line in so_far.lines
    )


def _on_finished(so_far: Transcript, event: ev.PlayoutFinished) -> Transcript:
    lines = _agent(so_far, event.turn_id, lambda line: replace(line, is_open=False))
    return replace(so_far, lines=lines, floor="listening")


def _on_stopped(so_far: Transcript, event: ev.PlayoutStopped) -> Transcript:
    def close(line: Line) -> Line:
        rest = line.text.removeprefix(event.heard)
        unheard = rest.strip() if line.text.startswith(event.heard) else ""
        return replace(line, text=event.heard.strip(), unheard=unheard, is_open=False)

    return replace(so_far, lines=_agent(so_far, event.turn_id, close), floor="caller")


def _on_key(so_far: Transcript, event: ev.DtmfReceived) -> Transcript:
    """Keys pressed in a row are one line: they are one answer."""
    lines = so_far.lines[:-1] if so_far.keys else so_far.lines
    keys = so_far.keys + event.digit
    at_ms = so_far.lines[-1].at_ms if so_far.keys else event.at_ms
    return replace(so_far, lines=(*lines, Line("keys", at_ms, keys)), keys=keys)


_ON: dict[type[ev.Event], Fold] = {
    ev.CallAnswered: _floor("answered"),
    ev.SpeechStarted: _floor("caller"),
    ev.TranscriptPartial: _on_partial,
    ev.TurnEnded: _on_turn_ended,
    ev.PlayoutStarted: _on_started,
    ev.PlayoutFinished: _on_finished,
    ev.PlayoutStopped: _on_stopped,
    ev.DtmfReceived: _on_key,
    ev.HangupSeen: _note(lambda e: f"Hung up ({e.cause})" if e.cause else "Hung up", "over"),
    ev.PlayoutFailed: _note(lambda e: f"No voice: {e.reason}"),
    ev.ReplyFailed: _note(lambda e: f"The language model gave no answer: {e.reason}"),
    ev.ToolSucceeded: _note(lambda e: f"Request {e.tool_id}: done"),
    ev.ToolFailed: _note(lambda e: f"Request {e.tool_id}: refused ({e.error})"),
    ev.ToolTimedOut: _note(lambda e: f"Request {e.tool_id}: no answer in time"),
    ev.ToolInDoubt: _note(lambda e: f"Request {e.tool_id}: sent, outcome unknown ({e.error})"),
    ev.TransferAnswered: _note(lambda e: f"Handed over to {e.destination}", "human"),
    ev.TransferFailed: _note(lambda e: f"{e.destination} did not take the call: {e.reason}"),
    ev.ModelStepped: _note(lambda e: f"The other host's {e.model} is {'back' if e.is_far else 'lost'}"),
    ev.SoundChanged: _note(lambda e: "Sound from the caller again" if e.is_present else "No sound from the caller"),
    ev.MediaLost: _note(lambda e: f"Audio lost: {e.reason}"),
    ev.CommandFailed: _note(lambda e: f"{e.command} failed: {e.error}"),
    ev.CallBroke: _note(lambda e: f"Our part broke ({e.error}); the dialplan has the call", "human"),
    ev.ControllerRestarted: _note(
        lambda e: "The controller restarted; " + ("the call goes on" if e.is_caller_alive else "the caller had gone")
    ),
}
