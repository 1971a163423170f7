"""Hearing: voice activity, end of turn and recognition, by workers."""

import asyncio
import itertools
import struct
import time

from agent.adapters.models.connection import WorkerConnection
from agent.ports.models import ModelUnavailable
from agent.values.talk import Transcript
from agent.wire.messages import Kind, Scalar

VAD_TIMEOUT_S = 1.0
WINDOW_BYTES = 1024
TURN_TIMEOUT_S = 1.0
# A final of 28 s takes half a second alone; several may wait.
TRANSCRIBE_TIMEOUT_S = 6.0
# Nobody waits for a baseline, and beside other work it takes its time.
WHOLE_WINDOW_TIMEOUT_S = 60.0
TURN_BYTES = 8 * 16_000 * 2


class WorkerVadStream:
    """One stream's state lives in the worker under its name; after a restart of the worker it begins afresh."""

    def __init__(self, owner: "WorkerVoiceActivity", name: str) -> None:
        self._owner = owner
        self._name = name

    async def score(self, pcm: bytes) -> float:
        """See the port. Raises ModelUnavailable."""
        return await self._owner.score(self._name, pcm)

    async def close(self) -> None:
        self._owner.forget(self._name)


class WorkerVoiceActivity:
    """Silero VAD in the ``vad`` worker. Windows of all streams that come within one round of the event loop, as
    those of one tick do, go there as one request: a request costs more than a window."""

    def __init__(self, connection: WorkerConnection) -> None:
        self._connection = connection
        self._names = itertools.count(1)
        self._waiting: dict[str, tuple[bytes, asyncio.Future[float]]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def open(self) -> WorkerVadStream:
        return WorkerVadStream(self, str(next(self._names)))

    def score(self, name: str, pcm: bytes) -> asyncio.Future[float]:
        """The probability of a stream's next window. It fails with ModelUnavailable."""
        loop = asyncio.get_running_loop()
        scored: asyncio.Future[float] = loop.create_future()
        if len(pcm) != WINDOW_BYTES:
            scored.set_exception(ModelUnavailable(f"vad: a window has {WINDOW_BYTES} bytes, not {len(pcm)}"))
            return scored
        if name in self._waiting:
            self._send()
        if not self._waiting:
            loop.call_soon(self._send)
        self._waiting[name] = (pcm, scored)
        return scored

    def forget(self, name: str) -> None:
        """Drop a stream's state."""
        self._waiting.pop(name, None)
        # After a request that was only just made, or it would bring the stream back.
        asyncio.get_running_loop().call_soon(self._connection.tell, Kind.FORGET, {"stream": name})

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if waiting:
            task = asyncio.get_running_loop().create_task(self._ask(waiting))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _ask(self, waiting: dict[str, tuple[bytes, asyncio.Future[float]]]) -> None:
        payload = b"".join(pcm for pcm, _ in waiting.values())
        try:
            reply = await self._connection.ask(Kind.VAD, {"streams": " ".join(waiting)}, payload, VAD_TIMEOUT_S)
            scores = struct.unpack(f"<{len(waiting)}f", reply.payload)
        except (ModelUnavailable, struct.error) as error:
            for _, scored in waiting.values():
                if not scored.done():
                    scored.set_exception(ModelUnavailable(str(error)))
            return
        for (_, scored), probability in zip(waiting.values(), scores, strict=True):
            if not scored.done():
                scored.set_result(probability)


class WorkerTurnDetector:
    """Smart Turn in the ``vad`` worker."""

    def __init__(self, connection: WorkerConnection) -> None:
        self._connection = connection

    async def complete(self, pcm: bytes) -> float:
        """See the port. Raises ModelUnavailable."""
        reply = await self._connection.ask(Kind.TURN, {}, pcm[-TURN_BYTES:], TURN_TIMEOUT_S)
        return reply.number("probability")


class WorkerRecogniser:
    """Whisper in the ``stt`` worker. Cancelling a request takes it out of the worker's queue.

    ``is_whole_window`` has it work on windows of 30 s, as the model was trained: the baseline of the benches.
    """

    def __init__(self, connection: WorkerConnection, is_whole_window: bool = False) -> None:
        self._connection = connection
        self._always: dict[str, Scalar] = {"whole_window": True} if is_whole_window else {}
        self._timeout_s = WHOLE_WINDOW_TIMEOUT_S if is_whole_window else TRANSCRIBE_TIMEOUT_S

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        started_s = time.monotonic()
        fields: dict[str, Scalar] = {"hints": hints, "final": is_final, "stream": stream, "language": language}
        reply = await self._connection.ask(Kind.TRANSCRIBE, fields | self._always, pcm, self._timeout_s)
        return Transcript(
            reply.text("text"),
            reply.number("no_speech_prob"),
            reply.number("avg_logprob"),
            round((time.monotonic() - started_s) * 1000),
            reply.text("language"),
            reply.number("language_prob"),
        )
