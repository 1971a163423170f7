"""The ear of a call in audio time, with the real recogniser's time: when is a turn over, and was its text there?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from agent.evals.endpointing_trace import JUDGE_MS, PRE_ROLL_MS
from agent.media.pcm import rms_dbfs
from agent.ports.models import Recogniser, TurnDetector, VadStream, VoiceActivity
from agent.speech.endpoint import Edge, Endpointer, Speculate, SpeculationOff, SpeechOn, TurnOver
from agent.speech.gate import WINDOW_BYTES, WINDOW_MS
from agent.speech.shape import Expected
from agent.values.audio import BYTES_PER_MS

_EXPECTED: dict[str, Expected] = {str(slot): slot for slot in get_args(Expected)}


@dataclass(frozen=True, slots=True)
class Senses:
    """Who listens, and the clock that the recogniser is timed by."""

    vad: VoiceActivity
    recogniser: Recogniser
    turns: TurnDetector
    now_s: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that ended at ``at_ms``; its last text was there at ``text_due_ms``."""

    at_ms: int
    text: str
    text_due_ms: float | None


class Listener:
    """A call's ear in audio time: the recogniser's answer counts once the time that it really took has passed."""

    def __init__(self, senses: Senses, pcm: bytes, expects: str, question: str) -> None:
        self._senses, self._pcm, self._question = senses, pcm, question
        self._at_ms = 0
        self._endpointer = Endpointer()
        self._endpointer.hint(expects=_EXPECTED.get(expects))
        self._from_ms: int | None = None
        self._stream: VadStream | None = None
        self._text: tuple[float, str] | None = None
        self._hints: list[tuple[float, str | None, float | None]] = []

    async def next_turn(self) -> Turn | None:
        """The next turn that ends, or None at the end of the audio. Raises ModelUnavailable."""
        if self._stream is None:
            self._stream = await self._senses.vad.open()
        while (self._at_ms + WINDOW_MS) * BYTES_PER_MS <= len(self._pcm):
            start = self._at_ms * BYTES_PER_MS
            window = self._pcm[start : start + WINDOW_BYTES]
            self._at_ms += WINDOW_MS
            self._deliver()
            for edge in self._endpointer.feed(await self._stream.score(window), rms_dbfs(window), self._at_ms):
                if (turn := await self._on(edge)) is not None:
                    return turn
        await self._stream.close()
        return None

    def _deliver(self) -> None:
        for due_ms, text, complete in self._hints:
            if due_ms <= self._at_ms:
                self._endpointer.hint(text, complete)
        self._hints = [hint for hint in self._hints if hint[0] > self._at_ms]

    async def _on(self, edge: Edge) -> Turn | None:
        match edge:
            case SpeechOn() if self._from_ms is None:
                self._from_ms = max(0, self._at_ms - PRE_ROLL_MS)
            case Speculate():
                await self._speculate()
            case SpeculationOff():
                self._hints = []
            case TurnOver():
                due_ms, text = self._text or (None, "")
                self._from_ms, self._text, self._hints = None, None, []
                return Turn(edge.at_ms, text, due_ms)
            case _:
                pass
        return None

    async def _speculate(self) -> None:
        audio = self._pcm[(self._from_ms or 0) * BYTES_PER_MS : self._at_ms * BYTES_PER_MS]
        started = self._senses.now_s()
        # As in the first turns of a call: the language is listened for, too.
        text = (await self._senses.recogniser.transcribe(audio, self._question, language="")).text
        due_ms = self._at_ms + (self._senses.now_s() - started) * 1000
        complete = await self._senses.turns.complete(audio)
        self._text = (due_ms, text)
        self._hints = [(due_ms, text, None), (self._at_ms + JUDGE_MS, None, complete)]
