"""Voice activity (Silero) and end of turn (Smart Turn), both on 16 kHz audio."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from agent.wire.messages import Kind, Message
from agent.workers.features import RATE_HZ, Floats, log_mel, samples_from_pcm
from agent.workers.options import Options
from agent.workers.process import CannotStart, model_file
from agent.workers.runtime import session
from agent.workers.server import BadRequest, Send

WINDOW_SAMPLES = 512
WINDOW_BYTES = WINDOW_SAMPLES * 2
CONTEXT_SAMPLES = 64
TURN_SAMPLES = 8 * RATE_HZ
BEHIND_WINDOWS = 3
"""How far Smart Turn stands back behind voice activity, in the process they share."""
MAX_STREAMS_PER_PEER = 1000


@dataclass(slots=True)
class VadState:
    """What Silero keeps of a stream: its LSTM state, and the samples before the window."""

    memory: Floats = field(default_factory=lambda: np.zeros((2, 1, 128), np.float32))
    context: Floats = field(default_factory=lambda: np.zeros(CONTEXT_SAMPLES, np.float32))


class Silero:
    """Silero VAD v5 and v6: 512 new samples after 64 old ones."""

    def __init__(self, path: Path) -> None:
        self._session = session(path, threads=1)
        self._rate = np.array(RATE_HZ, np.int64)

    def score(self, states: Sequence[VadState], samples: Floats) -> Floats:
        """Speech probability of the next 512 ``samples`` of each stream (a row each); updates their ``states``.

        A dozen streams together cost half of what they cost one by one, and come to the same.
        """
        contexts = np.stack([state.context for state in states])
        memory = np.concatenate([state.memory for state in states], axis=1)
        window = np.concatenate((contexts, samples), axis=1)
        probabilities, memory = self._session.run(None, {"input": window, "state": memory, "sr": self._rate})
        for place, state in enumerate(states):
            state.memory = memory[:, place : place + 1]
            state.context = samples[place, -CONTEXT_SAMPLES:]
        return np.asarray(probabilities[:, 0], np.float32)


class SmartTurn:
    """Smart Turn v3: from the sound of the last 8 s, the probability that the speaker has finished."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = session(path, threads)

    def complete(self, samples: Floats) -> float:
        """Shorter audio is preceded by silence; the waveform is brought to zero mean and unit variance."""
        window = np.zeros(TURN_SAMPLES, np.float32)
        recent = samples[-TURN_SAMPLES:]
        window[len(window) - len(recent) :] = recent
        window = (window - window.mean()) / np.sqrt(window.var() + 1e-7)
        (probability,) = self._session.run(None, {"input_features": log_mel(window)[None]})
        return float(probability[0, 0])


class ListeningService:
    """VAD is answered on the loop (0.05 to 0.1 ms a window); turn ends (40 ms) in a thread of their own."""

    def __init__(self, silero: Silero, smart_turn: SmartTurn) -> None:
        self._silero = silero
        self._smart_turn = smart_turn
        self._streams: dict[int, dict[str, VadState]] = {}
        # On Linux a thread has a niceness of its own: where both compete, a window goes before a turn's judgement.
        self._thread = ThreadPoolExecutor(1, initializer=os.nice, initargs=(BEHIND_WINDOWS,))

    def answer(self, peer: int, request: Message) -> Message | None:
        streams = self._streams.setdefault(peer, {})
        if request.kind is Kind.FORGET:
            streams.pop(request.text("stream"), None)
        if request.kind is not Kind.VAD:
            return None
        names = request.text("streams").split()
        if not names or len(request.payload) != WINDOW_BYTES * len(names):
            raise BadRequest(f"{len(names)} windows have {WINDOW_BYTES} bytes each, not {len(request.payload)} in all")
        if len(set(names)) != len(names):
            raise BadRequest("two windows of one stream")
        if len(streams.keys() | set(names)) > MAX_STREAMS_PER_PEER:
            raise BadRequest("too many streams; forget some")
        states = [streams.setdefault(name, VadState()) for name in names]
        samples = samples_from_pcm(request.payload).reshape(len(names), WINDOW_SAMPLES)
        return Message(Kind.RESULT, request.id, payload=self._silero.score(states, samples).tobytes())

    async def work(self, _peer: int, request: Message, send: Send) -> None:
        if request.kind is not Kind.TURN:
            raise BadRequest(f"this worker does not serve {request.kind}")
        loop = asyncio.get_running_loop()
        samples = samples_from_pcm(request.payload)
        probability = await loop.run_in_executor(self._thread, self._smart_turn.complete, samples)
        send(Message(Kind.RESULT, request.id, {"probability": probability}))

    def forget(self, peer: int) -> None:
        self._streams.pop(peer, None)


def load(options: Options) -> ListeningService:
    """The two models, each run once. Expects the folders of Silero and of Smart Turn, in this order."""
    if len(options.models) != 2:
        raise CannotStart("needs --model twice: the folder of Silero VAD, then that of Smart Turn")
    silero = Silero(model_file(options.models[0], "silero_vad.onnx"))
    smart_turn = SmartTurn(model_file(options.models[1], "smart-turn.onnx"), options.threads)
    silero.score([VadState()], np.zeros((1, WINDOW_SAMPLES), np.float32))
    smart_turn.complete(np.zeros(RATE_HZ, np.float32))
    return ListeningService(silero, smart_turn)
