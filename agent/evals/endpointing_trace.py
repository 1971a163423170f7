"""What the ear would know at every moment of a labelled clip, in audio time, from the real models.

The clip is heard in 32 ms windows by the real voice activity, the endpointer with its turn held open, and at each
pause by the recogniser and the turn detector; their answers count from the moment they would have come. Deciding
on such a trace costs nothing, so settings can be swept. Each silence is judged on all that was heard before it.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TypedDict, TypeVar, cast, get_args

from agent.evals.clipset import Clip, EndpointingLabels, Silence
from agent.media.pcm import rms_dbfs
from agent.ports.models import Recogniser, TurnDetector, VoiceActivity
from agent.speech.endpoint import Edge, Endpointer, Judge, Speculate, SpeculationOff, SpeechOn
from agent.speech.gate import WINDOW_BYTES, WINDOW_MS
from agent.speech.patience import EndpointSettings, Evidence
from agent.speech.shape import Expected
from agent.values.audio import BYTES_PER_MS

RECOGNISE_MS = 240
"""From a pause's speculation to its text: the median of calls, two at once on two cores (docs/benchmarks.md, Where the
time goes)."""
JUDGE_MS = 60
"""From asking the turn detector to its answer."""
ASKED_AT_MS = (96, 192, 320, 448, 640)
"""Silences at which the turn detector alone is asked."""
PRE_ROLL_MS = 480
_NEVER = 10**9
_LIMITS = ("scale", "blip_silence_ms", "max_silence_ms", "max_turn_ms")
_LATE_MS = 160
"""A decision this late after the caller went on still interrupts."""
QUESTIONS = {
    "person_name": "What is your name, please?",
    "phone": "What is the best phone number to reach you?",
    "email": "What is your e-mail address?",
    "date": "What day would you like?",
    "time": "What time would you like?",
    "service": "What would you like to come in for?",
    "yes_no": "Is that right?",
}
"""What the recogniser is told was said before, by what is expected."""

T = TypeVar("T")
_EXPECTED: dict[str, Expected] = {str(slot): slot for slot in get_args(Expected)}


@dataclass(frozen=True, slots=True)
class Moment:
    """One window of a silence: the endpointer's count of it, and whether its gate lets a turn end."""

    at_ms: int
    silence_ms: int
    may_end: bool
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Pause:
    """A labelled silence as it was heard. ``judged`` are the turn detector's probabilities by silence counted."""

    clip: str
    label: Silence
    moments: tuple[Moment, ...]
    judged: dict[int, float] = field(default_factory=dict)


class Answers:
    """What the models said about a clip, kept in a file: they are asked once."""

    def __init__(self, folder: Path, clip: Clip) -> None:
        self._path = folder / f"{sha256(clip.pcm).hexdigest()[:16]}.json"
        self._known: dict[str, object] = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._is_new = False

    async def get(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """The kept answer, or that of ``ask``."""
        if key not in self._known:
            self._known[key] = await ask()
            self._is_new = True
        return cast(T, self._known[key])

    def save(self) -> None:
        """Keep what is new."""
        if self._is_new:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._known))


@dataclass(frozen=True, slots=True)
class Models:
    """Who listens, and where their answers are kept."""

    vad: VoiceActivity
    recogniser: Recogniser
    turn_detector: TurnDetector
    kept: Path


async def trace(clip: Clip, models: Models, settings: EndpointSettings) -> tuple[Pause, ...]:
    """The silences of ``clip``, which has EndpointingLabels. Raises ModelUnavailable."""
    labels = cast(EndpointingLabels, clip.labels)
    listener = _Listener(clip, labels, models, settings)
    scores = await listener.scores()
    for place, score in enumerate(scores):
        await listener.window(score, clip.pcm[place * WINDOW_BYTES : (place + 1) * WINDOW_BYTES])
    listener.answers.save()
    return tuple(
        Pause(clip.name, label, tuple(listener.moments[at]), listener.judged[at])
        for at, label in enumerate(labels.silences)
    )


class _Hint(TypedDict, total=False):
    text: str
    complete: float


class _Listener:
    """One clip being heard."""

    def __init__(self, clip: Clip, labels: EndpointingLabels, models: Models, settings: EndpointSettings) -> None:
        self._clip, self._labels, self._models = clip, labels, models
        self.answers = Answers(models.kept, clip)
        self._endpointer = Endpointer(replace(settings, **dict.fromkeys(_LIMITS, _NEVER)))
        self._endpointer.hint(expects=_EXPECTED.get(labels.expects))
        self._at_ms = 0
        self._from_ms: int | None = None
        self._hints: list[tuple[int, _Hint]] = []
        self.moments: list[list[Moment]] = [[] for _ in labels.silences]
        self.judged: list[dict[int, float]] = [{} for _ in labels.silences]

    async def scores(self) -> list[float]:
        """The voice activity of every whole window."""
        return await self.answers.get("vad", self._score)

    async def _score(self) -> list[float]:
        stream = await self._models.vad.open()
        pcm = self._clip.pcm
        try:
            starts = range(0, len(pcm) - WINDOW_BYTES + 1, WINDOW_BYTES)
            return [await stream.score(pcm[start : start + WINDOW_BYTES]) for start in starts]
        finally:
            await stream.close()

    async def window(self, score: float, pcm: bytes) -> None:
        """Hear one window; note what is known at its end if it lies in a labelled silence."""
        self._at_ms += WINDOW_MS
        for edge in self._endpointer.feed(score, rms_dbfs(pcm), self._at_ms):
            await self._on_edge(edge)
        for due_ms, hint in self._hints:
            if due_ms <= self._at_ms:
                self._endpointer.hint(**hint)
        self._hints = [hint for hint in self._hints if hint[0] > self._at_ms]
        await self._note()

    async def _on_edge(self, edge: Edge) -> None:
        match edge:
            case SpeechOn() if self._from_ms is None:
                self._from_ms = max(0, self._at_ms - PRE_ROLL_MS)
            case Speculate():
                self._hints = [(self._at_ms + RECOGNISE_MS, {"text": await self._text()})]
            case Judge():
                self._hints.append((self._at_ms + JUDGE_MS, {"complete": await self._complete()}))
            case SpeculationOff():
                self._hints = []
            case _:
                pass

    async def _note(self) -> None:
        """One row of the silence at hand, while the caller is silent or has only just gone on."""
        ear = self._endpointer
        for at, label in enumerate(self._labels.silences):
            if not label.start_ms < self._at_ms <= label.end_ms + (0 if label.is_end else _LATE_MS):
                continue
            began_ms = self._at_ms - ear.silence_ms
            if began_ms > label.end_ms:
                continue
            self.moments[at].append(Moment(self._at_ms, ear.silence_ms, ear.may_end, ear.evidence))
            asked = [at_ms for at_ms in ASKED_AT_MS if ear.silence_ms >= at_ms and at_ms not in self.judged[at]]
            for at_ms in asked:
                self.judged[at][at_ms] = await self._complete()

    async def _text(self) -> str:
        hints = QUESTIONS.get(self._labels.expects, "")
        key = f"text {self._from_ms} {self._at_ms} {hints}"
        return await self.answers.get(key, lambda: self._transcribe(hints))

    async def _transcribe(self, hints: str) -> str:
        return (await self._models.recogniser.transcribe(self._audio(), hints)).text

    async def _complete(self) -> float:
        key = f"complete {self._from_ms} {self._at_ms}"
        return await self.answers.get(key, lambda: self._models.turn_detector.complete(self._audio()))

    def _audio(self) -> bytes:
        return self._clip.pcm[(self._from_ms or 0) * BYTES_PER_MS : self._at_ms * BYTES_PER_MS]
