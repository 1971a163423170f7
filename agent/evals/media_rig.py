"""Many calls' audio in a process of its own, with mock models: what ``bench media`` measures.

Everything between the socket and the words is the product's: line, jitter buffer, mouth, ear, the one tick, and the
stack's own voice activity worker. Only recogniser, turn detector and voice are mocks, which answer at once.

``python -m agent.evals.media_rig --calls N --vad SOCKET --peer PORT`` speaks one JSON object a line: its RTP ports
first, then an answer to each line of stdin (``mark``: CPU seconds and windows judged; ``answers``: what was heard and
answered when); the end of stdin ends it. Times are Unix time in ns.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import structlog
import uvloop

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerVoiceActivity
from agent.adapters.rtp.line import RtpMedia
from agent.adapters.system import SystemClock
from agent.adapters.system.priority import take_realtime
from agent.call.commands import Say
from agent.call.events import Event, TurnEnded
from agent.media.pcm import samples
from agent.ports import Line, VoiceActivity
from agent.ports.models import VadStream
from agent.shell.ear import Ear, EarPorts
from agent.shell.media_loop import LineTick, MediaLoop
from agent.shell.mouth import Mouth
from agent.shell.watch import Stopwatch
from agent.values.audio import BYTES_PER_MS, FRAME_MS, AudioFrame
from agent.values.ids import TurnId
from agent.values.talk import Clause, Transcript, Utterance

HOST = "127.0.0.1"
BEEP_MS = 100
LOUD = 12_000
"""Amplitude of a beep; half of it tells a beep from all else."""
SPEECH_MS = 2_000


class MockRecogniser:
    """Hears "yes" in everything."""

    async def transcribe(
        self,
        pcm: bytes,  # noqa: ARG002
        hints: str = "",  # noqa: ARG002
        is_final: bool = True,  # noqa: ARG002
        stream: str = "",  # noqa: ARG002
        language: str = "en",  # noqa: ARG002
    ) -> Transcript:
        return Transcript("yes")


class CountedVoiceActivity:
    """The product's, with a count of the windows it judged (agent.ports.models.VoiceActivity)."""

    def __init__(self, vad: VoiceActivity) -> None:
        self._vad = vad
        self.judged = 0

    async def open(self) -> VadStream:
        """See VoiceActivity."""
        return CountedStream(await self._vad.open(), self)


class CountedStream:
    """One of its streams."""

    def __init__(self, stream: VadStream, owner: CountedVoiceActivity) -> None:
        self._stream = stream
        self._owner = owner

    async def score(self, pcm: bytes) -> float:
        """See VadStream."""
        probability = await self._stream.score(pcm)
        self._owner.judged += 1
        return probability

    async def close(self) -> None:
        """See VadStream."""
        await self._stream.close()


class MockTurnDetector:
    """Thinks that every turn is over."""

    async def complete(self, pcm: bytes) -> float:  # noqa: ARG002
        return 1.0


async def mock_voice(text: str) -> AsyncIterator[bytes]:
    """A beep, or two seconds that sound like speech to an encoder."""
    if text.startswith("beep"):
        yield LOUD.to_bytes(2, "little") * (BEEP_MS * BYTES_PER_MS // 2)
    else:
        yield Random(1).randbytes(SPEECH_MS * BYTES_PER_MS)


@dataclass(slots=True)
class RigCall:
    """The call's owner (agent.shell.ear.Listener). It answers each turn with some speech, or each beep with a beep."""

    name: str
    answers_beeps: bool
    rng: Random
    answers: list[tuple[int, int]] = field(default_factory=list)
    """When a beep was given to the ear, and when the answer to it was given to the mouth."""
    mouth: Mouth = field(init=False)
    _turns: int = 0
    _was_loud: bool = False

    def now_ms(self) -> int:
        """The call's own time."""
        return time.monotonic_ns() // 1_000_000

    def post(self, event: Event) -> None:
        """Nobody decides anything: whatever was said, there is an answer."""
        if isinstance(event, TurnEnded) and not self.answers_beeps:
            self.say("speech")

    def guess(self, utterance: Utterance) -> None:
        """Nothing is prepared."""

    def unguess(self) -> None:
        """Nothing was."""

    def say(self, text: str) -> None:
        """Speak one turn."""
        self._turns += 1
        self.mouth.say(Say(TurnId(f"t{self._turns}"), (Clause(text),), "cached"))

    def heard(self, frame: AudioFrame) -> None:
        """Answer the beginning of a beep after a time of its own, so that it falls anywhere between two ticks."""
        is_loud = not frame.concealed and int(samples(frame.pcm).max()) > LOUD // 2
        if is_loud and not self._was_loud:
            heard_ns = time.time_ns()
            delay_s = self.rng.uniform(0, FRAME_MS) / 1000
            asyncio.get_running_loop().call_later(delay_s, self._answer, heard_ns)
        self._was_loud = is_loud

    def _answer(self, heard_ns: int) -> None:
        self.answers.append((heard_ns, time.time_ns()))
        self.say("beep")


class ToldLine:
    """The product's line, whose owner is told of each frame as it is given to the ear (agent.ports.media.Line)."""

    def __init__(self, line: Line, owner: RigCall) -> None:
        self._line = line
        self._owner = owner

    @property
    def port(self) -> int:
        """See Line."""
        return self._line.port

    @property
    def quiet_ms(self) -> int:
        """See Line."""
        return self._line.quiet_ms

    def connect(self, host: str, port: int) -> None:
        """See Line."""
        self._line.connect(host, port)

    def exchange(self, pcm: bytes) -> AudioFrame | None:
        """See Line."""
        frame = self._line.exchange(pcm)
        if frame is not None:
            self._owner.heard(frame)
        return frame

    def stats(self) -> dict[str, int]:
        """See Line."""
        return self._line.stats()

    def close(self) -> None:
        """See Line."""
        self._line.close()


async def run(calls: int, vad_socket: Path, peer_port: int, answers_beeps: bool) -> None:
    """Serve until stdin ends."""
    clock, connection, media = SystemClock(), WorkerConnection(vad_socket), RtpMedia(HOST)
    vad = CountedVoiceActivity(WorkerVoiceActivity(connection))
    ports = EarPorts(clock, vad, MockRecogniser(), MockTurnDetector())
    loop, rig_calls, numbers = MediaLoop(clock), [], []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(loop.run())]
        for number in range(calls):
            line: Line = await media.open()
            line.connect(HOST, peer_port)
            call = RigCall(f"call-{number}", answers_beeps, Random(number))
            call.mouth = Mouth(mock_voice, call.now_ms, call.post, Stopwatch())
            ear = Ear(ports, call.name, call, Stopwatch())
            tasks += [group.create_task(ear.run()), group.create_task(call.mouth.run())]
            told = ToldLine(line, call) if answers_beeps else line
            loop.add(call.name, LineTick(told, call.mouth, ear, lambda _quiet_ms: None))
            rig_calls.append(call)
            numbers.append(line.port)
        _tell({"ports": numbers, "realtime": take_realtime()})
        asking = await _stdin()
        while asked := (await asking.readline()).decode().strip():
            _tell(_marks(vad) if asked == "mark" else {"answers": [call.answers for call in rig_calls]})
        for task in tasks:
            task.cancel()


def _marks(vad: CountedVoiceActivity) -> dict[str, Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"at_s": time.monotonic(), "cpu_s": used.ru_utime + used.ru_stime, "judged": vad.judged}


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m agent.evals.media_rig")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--vad", type=Path, required=True, help="socket of the voice activity worker")
    parser.add_argument("--peer", type=int, required=True, help="UDP port of the other side of every call")
    parser.add_argument("--answer", action="store_true", help="answer beeps instead of turns")
    given = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for answers
    uvloop.run(run(given.calls, given.vad, given.peer, given.answer))


if __name__ == "__main__":
    main()
