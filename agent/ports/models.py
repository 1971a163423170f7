"""The models, each behind a port: they run in worker processes, never in ours."""

from collections.abc import AsyncIterator
from typing import Protocol

from agent.values.talk import ModelRequest, PromptUse, Transcript


class VadStream(Protocol):
    """Voice activity of one audio stream; it keeps the model's recurrent state."""

    async def score(self, pcm: bytes) -> float:
        """Speech probability of the next 512 samples (32 ms, 16 kHz, 1024 bytes)."""

    async def close(self) -> None:
        """Forget the stream's state."""


class VoiceActivity(Protocol):
    """Opens VAD streams."""

    async def open(self) -> VadStream:
        """A fresh stream."""


class TurnDetector(Protocol):
    """Judges from the sound whether a turn is complete."""

    async def complete(self, pcm: bytes) -> float:
        """Probability that the turn in ``pcm`` (16 kHz, at most the last 8 s are used) is over."""


class Recogniser(Protocol):
    """Speech to text."""

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        """Text of one stretch of speech (16 kHz PCM). ``hints`` are words to expect.

        Final requests go before partial ones. ``stream`` names the audio stream (a call): a newer request of the
        same stream replaces a partial that still waits, which then ends with empty text. ``language`` is what is
        spoken (ISO 639-1); empty: it is to be found out, and is told. Raises ModelUnavailable.
        """


class Reasoner(Protocol):
    """The language model."""

    def reply(self, request: ModelRequest, call: str = "") -> AsyncIterator[str | PromptUse]:
        """Stream the reply's text pieces. Closing the iterator stops the work within a token.

        ``call`` names the call it is for: what one call has said already is kept read for its next request. Where
        the server tells what the prompt cost, that comes once, before the text. Raises ModelUnavailable when the
        worker is gone.
        """

    async def warm(self, system: str) -> None:
        """Read ``system`` ahead, so that the first reply under it need not. Raises ModelUnavailable."""


class Synthesiser(Protocol):
    """Text to speech."""

    def stream(self, text: str) -> AsyncIterator[bytes]:
        """Stream 16 kHz PCM of any even length, the first piece as early as possible.

        Text synthesised before by ``prepare`` comes at once from the cache. Raises ModelUnavailable.
        """

    async def prepare(self, texts: tuple[str, ...]) -> None:
        """Synthesise fixed phrases ahead; kept on disk and in memory by voice and text."""

    def is_ready(self, text: str) -> bool:
        """Whether ``text`` would be answered from the cache."""


class ModelUnavailable(RuntimeError):
    """A model worker is down or broke off; the caller of the port goes down the ladder."""
