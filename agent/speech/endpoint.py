"""When is the caller's turn over? Silence is counted, and how much is needed depends on what was said.

Fed one 32 ms window at a time in audio time. Preparation starts early (Speculate), the decision comes late
(TurnOver); what was prepared is void as soon as the caller goes on.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from agent.speech.gate import WINDOW_MS, Gate, GateSettings
from agent.speech.patience import EndpointSettings, Evidence, Pace, needed_ms
from agent.speech.shape import Expected


@dataclass(frozen=True, slots=True)
class SpeechOn:
    """The gate opened at ``at_ms``; the speech began at ``started_ms``. Again after each SpeechOff of a turn."""

    at_ms: int
    started_ms: int


@dataclass(frozen=True, slots=True)
class Speculate:
    """A pause long enough to prepare on: transcribe now. ``speech_ms`` is from the turn's start to the pause."""

    at_ms: int
    speech_ms: int


@dataclass(frozen=True, slots=True)
class Judge:
    """Later in the same pause: ask the turn detector, which wants to hear some silence."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeculationOff:
    """The caller went on: what was prepared since Speculate is void."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechOff:
    """The gate closed. ``speech_ms`` is the length of this stretch, ``voiced_ms`` its voiced part."""

    at_ms: int
    speech_ms: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The turn is over. ``is_blip``: less voice than any word has, a cough or a click."""

    at_ms: int
    started_ms: int
    speech_ended_ms: int
    is_blip: bool


Edge = SpeechOn | Speculate | Judge | SpeculationOff | SpeechOff | TurnOver


class Keep(Enum):
    """Says that a hint brings no news."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(slots=True)
class _Turn:
    started_ms: int
    stretch_ms: int
    ended_ms: int
    voiced_ms: int = 0
    stretch_voiced_ms: int = 0
    silence_ms: int = 0
    is_speculated: bool = False
    is_judged: bool = False
    text: str | None = None
    complete: float | None = None


@dataclass(slots=True)
class Endpointer:
    """Turns windows into edges. One per call; ``gate`` shows the voice gate's state."""

    settings: EndpointSettings = field(default_factory=EndpointSettings)
    gate: Gate = field(default_factory=lambda: Gate(GateSettings()))
    expects: Expected | None = None
    _turn: _Turn | None = None
    _pace: Pace = field(default_factory=Pace)

    @property
    def silence_ms(self) -> int:
        """How long the caller has been silent within the turn; 0 without one."""
        return 0 if self._turn is None else self._turn.silence_ms

    @property
    def evidence(self) -> Evidence:
        """What is known of the turn."""
        turn = self._turn
        if turn is None:
            return Evidence(0, expects=self.expects, pace=self._pace.scale)
        return Evidence(turn.voiced_ms, turn.text, turn.complete, self.expects, self._pace.scale)

    def hint(
        self,
        text: str | None = None,
        complete: float | None = None,
        expects: Expected | Keep | None = KEEP,
    ) -> None:
        """News that bears on the present pause; None brings none.

        ``text`` is the transcript of the turn up to this pause (empty: no words), ``complete`` the turn detector's
        probability. Both count until the next Speculate. ``expects`` is the slot the agent asked for and counts until
        it is changed; None is nothing in particular.
        """
        if not isinstance(expects, Keep):
            self.expects = expects
        if self._turn is not None:
            self._turn.text = self._turn.text if text is None else text
            self._turn.complete = self._turn.complete if complete is None else complete

    def feed(self, prob: float, rms_dbfs: float, at_ms: int) -> tuple[Edge, ...]:
        """One window: speech probability, level, and the audio time of the window's end."""
        was_open = self.gate.is_open
        is_voiced = self.gate.feed(prob, rms_dbfs)
        edges: list[Edge] = []
        if self.gate.is_open and not was_open:
            edges += self._open(at_ms)
        turn = self._turn
        if turn is None:
            return ()
        if self.gate.is_open and self.gate.silent_run == 0:
            edges += self._speak(turn, at_ms)
        elif is_voiced and self.gate.is_open:
            self._count(turn)
        edges += self._fall_silent(turn, was_open, at_ms)
        return tuple(edges)

    def _open(self, at_ms: int) -> list[Edge]:
        opening_ms = self.gate.voiced_run * WINDOW_MS
        started_ms = at_ms - opening_ms
        if self._turn is None:
            self._turn = _Turn(started_ms, started_ms, at_ms)
        turn = self._turn
        turn.stretch_ms = started_ms
        # _speak counts the window at hand.
        turn.stretch_voiced_ms = opening_ms - WINDOW_MS
        turn.voiced_ms += opening_ms - WINDOW_MS
        return [*self._withdraw(turn, at_ms), SpeechOn(at_ms, started_ms)]

    def _speak(self, turn: _Turn, at_ms: int) -> list[Edge]:
        self._count(turn)
        turn.ended_ms = at_ms
        return self._withdraw(turn, at_ms)

    def _count(self, turn: _Turn) -> None:
        turn.voiced_ms += WINDOW_MS
        turn.stretch_voiced_ms += WINDOW_MS

    def _withdraw(self, turn: _Turn, at_ms: int) -> list[Edge]:
        """The caller goes on: what was prepared is about a pause that is no end."""
        if not turn.is_speculated:
            return []
        turn.is_speculated = False
        self._pace.went_on(turn.silence_ms)
        return [SpeculationOff(at_ms)]

    def _fall_silent(self, turn: _Turn, was_open: bool, at_ms: int) -> list[Edge]:
        edges: list[Edge] = []
        turn.silence_ms = at_ms - turn.ended_ms
        if not turn.is_speculated and turn.silence_ms >= self.settings.speculate_ms:
            turn.is_speculated = True
            # Hints of an earlier pause, or given while the caller spoke, are of a shorter text.
            turn.text = turn.complete = None
            turn.is_judged = False
            edges.append(Speculate(at_ms, turn.ended_ms - turn.started_ms))
        if turn.is_speculated and not turn.is_judged and turn.silence_ms >= self.settings.judge_ms:
            turn.is_judged = True
            edges.append(Judge(at_ms))
        if was_open and not self.gate.is_open:
            edges.append(self._off(turn, at_ms))
        is_too_long = at_ms - turn.started_ms >= self.settings.max_turn_ms
        if is_too_long and self.gate.is_open:
            edges.append(self._off(turn, at_ms))
            self.gate.shut()
        if is_too_long or self._is_over(turn.silence_ms):
            is_blip = turn.voiced_ms < self.settings.blip_voiced_ms
            edges.append(TurnOver(at_ms, turn.started_ms, turn.ended_ms, is_blip))
            self._turn = None
            self._pace.ended()
        return edges

    def _is_over(self, silence_ms: int) -> bool:
        return self.may_end and silence_ms >= needed_ms(self.evidence, self.settings)

    @property
    def may_end(self) -> bool:
        """Whether the gate is shut and nobody is just opening the mouth again (for that it waits up to the cap)."""
        capped = self.silence_ms >= self.settings.max_silence_ms
        return not self.gate.is_open and (self.gate.voiced_run == 0 or capped)

    def _off(self, turn: _Turn, at_ms: int) -> SpeechOff:
        return SpeechOff(at_ms, turn.ended_ms - turn.stretch_ms, turn.stretch_voiced_ms)
