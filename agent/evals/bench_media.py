"""Bench ``media``: what our own part of the audio path costs in delay, in punctuality and in CPU.

Real RTP over loopback between a far side (agent.evals.media_peer) and a process of calls with mock models
(agent.evals.media_rig). The voice activity worker is the stack's own; its CPU counts.

- *path*: from a packet's sending to our ear, plus from audio given to the mouth to its packet's arrival; that is the
  way in and the way out without the time anybody thinks. It is given above one packet time: 20 ms of the two waits
  for the tick are the price of 20 ms frames, whoever handles them.
- *egress error*: each packet's distance from the even 20 ms grid of its call, by the kernel's time of arrival.
- *CPU*: user and system seconds of the controller's process and of the worker, a call, in percent of a core.
- *knee*: the most calls tried at which the egress error's p99 stays within KNEE_MS, no frame is missing, and no window
  is left unjudged: what is not done costs nothing, so the CPU counts only where all was done.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import numpy as np

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.speaking import CallerVoice
from agent.adapters.system.priority import take_realtime
from agent.evals.address import StackAddress
from agent.evals.bench_models import LINES, VOICES
from agent.evals.compare import BenchResult, conditions
from agent.evals.media_peer import FRAME_NS, Heard, Peer
from agent.evals.mouth import clip_of
from agent.evals.worker_cpu import WorkerCpu
from agent.media import pcm
from agent.speech.gate import WINDOW_MS
from agent.values.audio import FRAME_BYTES, FRAME_MS, SILENCE

PATH_CALLS = 20
PATH_S = 15.0
EGRESS_CALLS = 10
EGRESS_S = 12.0
SIZES = (10, 50, 100)
SIZE_S = 10.0
BEYOND = (150, 200, 250, 300, 400, 500)
BEYOND_S = 5.0
SETTLE_S = 1.5
KNEE_MS = 5.0
MISSING_MAX = 0.001
JUDGED_MIN = 0.98
"""Windows come in ticks: at the edges of a measurement a few are on the other side."""
_PAUSE_FRAMES = 150
_HOG = "while True: pass"


@dataclass(frozen=True, slots=True)
class Load:
    """One run at one number of calls: what came back, and what it cost a call, in percent of a core."""

    heard: list[Heard]
    cpu_percent: float
    vad_percent: float
    judged: float
    """The part of the windows due that the voice activity worker judged."""

    @property
    def errors_ms(self) -> list[float]:
        """Every packet's distance from its call's grid."""
        return [error for call in self.heard for error in grid_errors_ms(call.packets)]

    @property
    def missing(self) -> float:
        """The part of the frames due between a call's first and last that never came."""
        if not all(call.packets for call in self.heard):
            return 1.0
        spans = [call.packets[-1][1] - call.packets[0][1] for call in self.heard]
        due = sum(round(span / FRAME_NS) + 1 for span in spans)
        return max(0.0, 1 - sum(len(call.packets) for call in self.heard) / due)

    @property
    def is_clean(self) -> bool:
        """Whether a caller would hear nothing of the load."""
        is_done = self.missing <= MISSING_MAX and self.judged >= JUDGED_MIN
        return is_done and percent_of(self.errors_ms, 99) <= KNEE_MS


@dataclass(frozen=True, slots=True)
class Bench:
    """What every run needs: the worker, and what callers say."""

    vad: Path
    frames: tuple[bytes, ...]


class Rig:
    """The process under test; see agent.evals.media_rig."""

    def __init__(self, process: asyncio.subprocess.Process, peer: Peer) -> None:
        self.process = process
        self.peer = peer
        self.is_realtime = False

    async def ask(self, what: str) -> dict[str, Any]:
        """One line there, one object back."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n".encode())
        return await self.told()

    async def told(self) -> dict[str, Any]:
        """The next object. Raises RuntimeError when the process ended."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("the process of mock calls ended; its last words are above")
        told: dict[str, Any] = json.loads(line)
        return told


async def bench_media(stack: StackAddress, n: int) -> BenchResult:
    """``n`` plays no part: each figure has its own count. Two minutes, on a machine that does nothing else."""
    del n
    before = conditions()
    bench = Bench(stack.workers_dir / "vad.sock", await _speech(stack))
    path, is_realtime = await _path(bench)
    quiet = await _load(bench, EGRESS_CALLS, EGRESS_S)
    with hogs():
        hog = await _load(bench, EGRESS_CALLS, EGRESS_S)
    sizes = {size: await _load(bench, size, SIZE_S) for size in SIZES}
    beyond = await _climb(bench, max((size for size, load in sizes.items() if load.is_clean), default=0))
    results = {
        **path,
        "egress_error_ms_p99": percent_of(hog.errors_ms, 99),
        "egress_error_ms": {"quiet": _described(quiet.errors_ms), "hog": _described(hog.errors_ms)},
        "cpu_percent_per_call": {str(size): round(load.cpu_percent, 3) for size, load in sizes.items()},
        "of_it_vad_worker": {str(size): round(load.vad_percent, 3) for size, load in sizes.items()},
        "judged": {str(size): round(load.judged, 4) for size, load in sizes.items()},
        "egress_error_ms_p99_at": {str(size): percent_of(load.errors_ms, 99) for size, load in sizes.items()},
        **beyond,
    }
    after = {"load_average_after": conditions()["load_average"], "realtime_priority": is_realtime}
    return BenchResult("media", sum(len(h.packets) for h in hog.heard), before | after, results, None, None)


async def _climb(bench: Bench, knee: int) -> dict[str, Any]:
    """More and more calls until they are heard to suffer; the far side's own work is on the same cores."""
    tried = {}
    for size in BEYOND if knee == SIZES[-1] else ():
        load = await _load(bench, size, BEYOND_S)
        tried[str(size)] = {
            "cpu_percent_per_call": round(load.cpu_percent, 3),
            "egress_error_ms_p99": percent_of(load.errors_ms, 99),
            "missing": round(load.missing, 4),
            "judged": round(load.judged, 4),
        }
        if not load.is_clean:
            break
        knee = size
    return {"knee_calls": knee, "beyond": tried}


async def _path(bench: Bench) -> tuple[dict[str, Any], bool]:
    """Beeps are sent, heard, answered and heard; each step has its time."""
    async with _rig(bench, PATH_CALLS, "--answer") as rig:
        await _sending(rig.peer, None, PATH_S)
        answers = (await rig.ask("answers"))["answers"]
    heard = rig.peer.take()
    way_in, way_out = [], []
    for sent, told, came in zip(rig.peer.beeps_sent(), answers, (h.beeps for h in heard), strict=True):
        for sent_ns, (heard_ns, answered_ns), came_ns in matched(sent, told, came):
            way_in.append((heard_ns - sent_ns) / 1e6)
            way_out.append((came_ns - answered_ns) / 1e6)
    above = [a + b - FRAME_MS for a, b in zip(way_in, way_out, strict=True)]
    described = {"path_ms": _described(above), "in_ms": _described(way_in), "out_ms": _described(way_out)}
    return {**described, "beeps": len(above)}, rig.is_realtime


def matched(
    sent: Sequence[int], answers: Sequence[Sequence[int]], came: Sequence[int]
) -> Iterator[tuple[int, Sequence[int], int]]:
    """Each beep with its answer and the answer's arrival; what was lost on any leg is left out.

    An answer belongs to the last beep sent before it was heard, an arrival to the last answer given before it.
    """
    for heard in answers:
        before = [at for at in sent if at <= heard[0]]
        after = [at for at in came if at >= heard[1]]
        if before and after and heard[0] - before[-1] < 10 * FRAME_NS and after[0] - heard[1] < 10 * FRAME_NS:
            yield before[-1], heard, after[0]


async def _load(bench: Bench, calls: int, seconds: float) -> Load:
    """So many calls in which a caller speaks, pauses for an answer, and speaks again."""
    worker = WorkerCpu(bench.vad)
    async with _rig(bench, calls) as rig:
        sending = asyncio.create_task(_sending(rig.peer, bench.frames, SETTLE_S + seconds + SETTLE_S))
        await asyncio.sleep(SETTLE_S)
        before, vad_before = await rig.ask("mark"), worker.seconds()
        rig.peer.take()
        await asyncio.sleep(seconds)
        heard = rig.peer.take()
        after, vad_after = await rig.ask("mark"), worker.seconds()
        await sending
    took_s, vad = after["at_s"] - before["at_s"], vad_after - vad_before
    per_call = 100 / calls / took_s
    judged = (after["judged"] - before["judged"]) / (calls * took_s * 1000 / WINDOW_MS)
    return Load(heard, (after["cpu_s"] - before["cpu_s"] + vad) * per_call, vad * per_call, min(1.0, judged))


async def _sending(peer: Peer, frames: tuple[bytes, ...] | None, seconds: float) -> None:
    until = time.monotonic() + seconds

    def send() -> None:
        # A measuring instrument: what it sent late would be held against the calls.
        take_realtime()
        peer.run(frames, lambda: time.monotonic() > until)

    await asyncio.to_thread(send)


@asynccontextmanager
async def _rig(bench: Bench, calls: int, *more: str) -> AsyncIterator[Rig]:
    """The process with ``calls`` calls that know their far side; ends with the block."""
    peer = Peer()
    argv = ["-m", "agent.evals.media_rig", "--calls", str(calls), "--vad", str(bench.vad), "--peer", str(peer.port)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *argv, *more, stdin=pipe, stdout=pipe, limit=2**22)
    try:
        rig = Rig(process, peer)
        told = await rig.told()
        rig.is_realtime = bool(told["realtime"])
        peer.meet(told["ports"])
        yield rig
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
        peer.close()


@contextmanager
def hogs() -> Iterator[None]:
    """As many busy processes of normal priority as there are cores, and one more than that."""
    busy = [Popen([sys.executable, "-c", _HOG]) for _ in range((os.cpu_count() or 1) + 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


async def _speech(stack: StackAddress) -> tuple[bytes, ...]:
    """A caller's lines with pauses between them, in frames of network byte order."""
    speaking = WorkerConnection(stack.workers_dir / "caller.sock")
    try:
        voice = CallerVoice(speaking, stack.cache_dir)
        lines = [clip_of(await voice.render(line, VOICES[place % len(VOICES)])).pcm for place, line in enumerate(LINES)]
    finally:
        await speaking.close()
    sound = pcm.swap(b"".join(line + SILENCE * _PAUSE_FRAMES for line in lines))
    return tuple(sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES))


def grid_errors_ms(packets: Sequence[tuple[int, int]]) -> list[float]:
    """How far each packet (sequence number, time in ns) lies from the even grid that fits its stream best."""
    if not packets:
        return []
    numbers = np.unwrap([number for number, _ in packets], period=1 << 16)
    times = np.array([at for _, at in packets], np.float64) - packets[0][1]
    off = times - (numbers - numbers[0]) * FRAME_NS
    return [float(error) for error in np.abs(off - np.median(off)) / 1e6]


def percent_of(values: Sequence[float], percent: float) -> float:
    """A percentile, to the hundredth. Raises IndexError when nothing was seen: no bar is passed by silence."""
    return round(float(np.percentile(values, percent)), 2)


def _described(values: Sequence[float]) -> dict[str, float]:
    return {"p50": percent_of(values, 50), "p99": percent_of(values, 99)}
