"""Serves a Piper voice. Requests share one thread piece by piece, so a long reply does not hold up a short one."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from agent.wire.messages import Kind, Message
from agent.workers.options import Options
from agent.workers.piper import PiperVoice
from agent.workers.server import BadRequest, Send

MAX_TEXT_LETTERS = 2000


class SpeechService:
    """Streams PCM; a cancelled request stops after the piece in hand."""

    def __init__(self, voice: PiperVoice) -> None:
        self._voice = voice
        self._thread = ThreadPoolExecutor(1)

    def answer(self, _peer: int, _request: Message) -> Message | None:
        return None

    def forget(self, _peer: int) -> None:
        """Nothing is kept of a client; its requests have been cancelled."""

    async def work(self, _peer: int, request: Message, send: Send) -> None:
        if request.kind is not Kind.SPEAK:
            raise BadRequest(f"this worker does not serve {request.kind}")
        text = request.text("text")
        if not text.strip() or len(text) > MAX_TEXT_LETTERS:
            raise BadRequest(f"a text has 1 to {MAX_TEXT_LETTERS} letters, not {len(text)}")
        loop, pieces = asyncio.get_running_loop(), self._voice.speak(text)
        while (pcm := await loop.run_in_executor(self._thread, next, pieces, None)) is not None:
            send(Message(Kind.PIECE, request.id, payload=pcm))
        send(Message(Kind.END, request.id))


def load(options: Options) -> SpeechService:
    """The voice, having spoken once."""
    logging.getLogger("piper").setLevel(logging.ERROR)  # its warnings quote what is spoken
    voice = PiperVoice(options.models[0], options.threads)
    for _ in voice.speak("One moment, please."):
        pass
    return SpeechService(voice)
