"""Serves the simulated caller's voices: whole lines, one after the other, ahead of the call."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from agent.wire.messages import Kind, Message
from agent.workers.features import pcm_from_samples
from agent.workers.kokoro import Kokoro
from agent.workers.options import Options
from agent.workers.server import BadRequest, Send

MAX_TEXT_LETTERS = 1000


class CallerService:
    """Renders lines in one thread."""

    def __init__(self, kokoro: Kokoro) -> None:
        self._kokoro = kokoro
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
        if voice not in self._kokoro.voices:
            raise BadRequest(f"no voice {voice!r}; there are {', '.join(self._kokoro.voices)}")
        samples = await asyncio.get_running_loop().run_in_executor(self._thread, self._kokoro.render, text, voice)
        send(Message(Kind.RESULT, request.id, payload=pcm_from_samples(samples)))


def load(options: Options) -> CallerService:
    """The model and its voices. Not warmed: no one waits for it."""
    return CallerService(Kokoro(options.models[0], options.threads))
