"""Serves the simulated caller's voices: whole lines, one after the other, ahead of the call."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from agent.wire.messages import Kind, Message
from agent.workers.features import Floats, pcm_from_samples
from agent.workers.flite import Flite
from agent.workers.kokoro import Kokoro
from agent.workers.options import Options
from agent.workers.server import BadRequest, Send

MAX_TEXT_LETTERS = 1000


class Family(Protocol):
    """Voices of one kind. For one thread at a time."""

    @property
    def voices(self) -> tuple[str, ...]:
        """Their names."""

    def render(self, text: str, voice: str) -> Floats:
        """16 kHz samples of ``text``. Raises KeyError for an unknown voice, BadRequest for what it cannot speak."""


class CallerService:
    """Renders lines in one thread, by the family that has the voice."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = {voice: family for family in families for voice in family.voices}
        self._thread = ThreadPoolExecutor(1)

    def answer(self, _peer: int, _request: Message) -> Message | None:
        return None

    def forget(self, _peer: int) -> None:
        """Nothing is kept of a client; its requests have been cancelled."""

    async def work(self, _peer: int, request: Message, send: Send) -> None:
        if request.kind is not Kind.RENDER:
            raise BadRequest(f"this worker does not serve {request.kind}")
        text, voice = request.text("text"), request.text("voice")
        if not text.strip() or len(text) > MAX_TEXT_LETTERS:
            raise BadRequest(f"a line has 1 to {MAX_TEXT_LETTERS} letters, not {len(text)}")
        if voice not in self._families:
            raise BadRequest(f"no voice {voice!r}; there are {', '.join(self._families)}")
        render = self._families[voice].render
        samples = await asyncio.get_running_loop().run_in_executor(self._thread, render, text, voice)
        send(Message(Kind.RESULT, request.id, payload=pcm_from_samples(samples)))


def load(options: Options) -> CallerService:
    """The model and its voices. Not warmed: no one waits for it."""
    return CallerService((Kokoro(options.models[0], options.threads), Flite()))
