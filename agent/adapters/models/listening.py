"""Hearing: voice activity, end of turn and recognition, by workers."""

import itertools
import time

from agent.adapters.models.connection import WorkerConnection
from agent.values.talk import Transcript
from agent.wire.messages import Kind, Scalar

VAD_TIMEOUT_S = 1.0
TURN_TIMEOUT_S = 1.0
# A final of 28 s takes half a second alone; several may wait.
TRANSCRIBE_TIMEOUT_S = 6.0
TURN_BYTES = 8 * 16_000 * 2


class WorkerVadStream:
    """One stream's state lives in the worker under its name; after a restart of the worker it begins afresh."""

    def __init__(self, connection: WorkerConnection, name: str) -> None:
        self._connection = connection
        self._fields = {"stream": name}

    async def score(self, pcm: bytes) -> float:
        """See the port. Raises ModelUnavailable."""
        reply = await self._connection.ask(Kind.VAD, self._fields, pcm, VAD_TIMEOUT_S)
        return reply.number("probability")

    async def close(self) -> None:
        self._connection.tell(Kind.FORGET, self._fields)


class WorkerVoiceActivity:
    """Silero VAD in the ``vad`` worker."""

    def __init__(self, connection: WorkerConnection) -> None:
        self._connection = connection
        self._names = itertools.count(1)

    async def open(self) -> WorkerVadStream:
        return WorkerVadStream(self._connection, str(next(self._names)))


class WorkerTurnDetector:
    """Smart Turn in the ``vad`` worker."""

    def __init__(self, connection: WorkerConnection) -> None:
        self._connection = connection

    async def complete(self, pcm: bytes) -> float:
        """See the port. Raises ModelUnavailable."""
        reply = await self._connection.ask(Kind.TURN, {}, pcm[-TURN_BYTES:], TURN_TIMEOUT_S)
        return reply.number("probability")


class WorkerRecogniser:
    """Whisper in the ``stt`` worker. Cancelling a request takes it out of the worker's queue."""

    def __init__(self, connection: WorkerConnection) -> None:
        self._connection = connection

    async def transcribe(self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "") -> Transcript:
        started_s = time.monotonic()
        fields: dict[str, Scalar] = {"hints": hints, "final": is_final, "stream": stream}
        reply = await self._connection.ask(Kind.TRANSCRIBE, fields, pcm, TRANSCRIBE_TIMEOUT_S)
        return Transcript(
            reply.text("text"),
            reply.number("no_speech_prob"),
            reply.number("avg_logprob"),
            round((time.monotonic() - started_s) * 1000),
        )
