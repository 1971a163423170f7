"""Scripted models: they hear loudness, speak a tone, and say what they were given. No clock, no chance."""

import asyncio
from array import array
from collections.abc import AsyncGenerator, Callable, Iterable
from functools import lru_cache
from math import pi, sin

from agent.ports.models import ModelUnavailable
from agent.values.audio import SAMPLE_RATE_HZ
from agent.values.talk import ModelRequest, PromptUse, Transcript

VAD_WINDOW_BYTES = 1024
# Peak amplitude above which a window counts as speech: -30 dBFS.
SPEECH_PEAK = 1000
QUIET_END_MS = 200
MS_PER_LETTER = 60
PIECE_MS = 200
TONE_HZ = 440
TONE_PEAK = 8000


@lru_cache(maxsize=64)
def peak(pcm: bytes) -> int:
    """The largest amplitude in 16-bit ``pcm``."""
    samples = array("h", pcm)
    return max(max(samples), -min(samples)) if samples else 0


def tone(duration_ms: int) -> bytes:
    """A 440 Hz tone, 16 kHz PCM."""
    count = SAMPLE_RATE_HZ * duration_ms // 1000
    return array("h", (round(TONE_PEAK * sin(2 * pi * TONE_HZ * n / SAMPLE_RATE_HZ)) for n in range(count))).tobytes()


class _Switch:
    """A model that can be taken down and brought back: set ``is_down``."""

    def __init__(self) -> None:
        self.is_down = False

    async def _check(self) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise ModelUnavailable("taken down")


class FakeVadStream:
    """Loud is speech."""

    def __init__(self, owner: "FakeVoiceActivity") -> None:
        self._owner = owner

    async def score(self, pcm: bytes) -> float:
        return await self._owner.judge(pcm)

    async def close(self) -> None:
        self._owner.open_streams -= 1


class FakeVoiceActivity(_Switch):
    """Counts its ``open_streams``, so that a test sees a leak."""

    def __init__(self) -> None:
        super().__init__()
        self.open_streams = 0

    async def open(self) -> FakeVadStream:
        self.open_streams += 1
        return FakeVadStream(self)

    async def judge(self, pcm: bytes) -> float:
        """1 or 0. A window of the wrong size is refused as the worker refuses it."""
        await self._check()
        if len(pcm) != VAD_WINDOW_BYTES:
            raise ModelUnavailable(f"vad: a window has {VAD_WINDOW_BYTES} bytes, not {len(pcm)}")
        return float(peak(pcm) > SPEECH_PEAK)


class FakeTurnDetector(_Switch):
    """A turn is over when its last 200 ms are quiet."""

    async def complete(self, pcm: bytes) -> float:
        await self._check()
        end = pcm[-QUIET_END_MS * SAMPLE_RATE_HZ * 2 // 1000 :]
        return 0.05 if peak(end) > SPEECH_PEAK else 0.95


class FakeRecogniser(_Switch):
    """Hears the given ``texts`` one after the other: a final uses one up, a partial looks ahead at it.

    Quiet audio has no text and uses none. When the texts run out, ``default`` is heard. ``hints`` are kept.
    """

    def __init__(self, texts: Iterable[str] = (), default: str = "") -> None:
        super().__init__()
        self._texts = list(texts)
        self._default = default
        self.hints: list[str] = []

    async def transcribe(
        self,
        pcm: bytes,
        hints: str = "",
        is_final: bool = True,
        stream: str = "",  # noqa: ARG002
        language: str = "en",  # noqa: ARG002
    ) -> Transcript:
        await self._check()
        self.hints.append(hints)
        if peak(pcm[: len(pcm) & ~1]) <= SPEECH_PEAK:
            return Transcript("", no_speech_prob=1.0)
        text = self._texts[0] if self._texts else self._default
        if is_final and self._texts:
            self._texts.pop(0)
        return Transcript(text, no_speech_prob=0.0, avg_logprob=-0.1)


class FakeReasoner(_Switch):
    """Says what ``answer`` makes of a request, a word at a time. ``requests`` and ``warmed`` keep what was asked."""

    def __init__(self, answer: Callable[[ModelRequest], str] = lambda _: "Certainly.") -> None:
        super().__init__()
        self._answer = answer
        self._read: dict[str, list[str]] = {}
        self.requests: list[ModelRequest] = []
        self.warmed: list[str] = []

    async def reply(self, request: ModelRequest, call: str = "") -> AsyncGenerator[str | PromptUse, None]:
        self.requests.append(request)
        await self._check()
        yield self._cost(request, call)
        for word in self._answer(request).split(" ")[: request.max_tokens]:
            await self._check()
            yield f"{word} "

    def _cost(self, request: ModelRequest, call: str) -> PromptUse:
        """A word is a token; what a call's last prompt began with is kept."""
        words = " ".join((request.system, *(text for _, text in request.messages))).split()
        kept, self._read[call] = self._read.get(call, []), words
        same = next((n for n, pair in enumerate(zip(kept, words, strict=False)) if len(set(pair)) > 1), len(kept))
        cached = min(same, len(words))
        return PromptUse(cached, len(words) - cached)

    async def warm(self, system: str) -> None:
        await self._check()
        self.warmed.append(system)


class FakeSynthesiser(_Switch):
    """Speaks a tone of 60 ms a letter, in pieces of 200 ms. ``spoken`` lists the texts not from the cache."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, bytes] = {}
        self.spoken: list[str] = []

    def is_ready(self, text: str) -> bool:
        return text in self._kept

    async def prepare(self, texts: tuple[str, ...]) -> None:
        for text in texts:
            if not self.is_ready(text):
                self._kept[text] = b"".join([piece async for piece in self.stream(text)])

    async def stream(self, text: str) -> AsyncGenerator[bytes, None]:
        if not text.strip():
            return
        if self.is_ready(text):
            yield self._kept[text]
            return
        self.spoken.append(text)
        pcm, step = tone(len(text) * MS_PER_LETTER), PIECE_MS * SAMPLE_RATE_HZ * 2 // 1000
        for start in range(0, len(pcm), step):
            await self._check()
            yield pcm[start : start + step]
        self._kept[text] = pcm
