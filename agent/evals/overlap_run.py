"""One labelled clip against the agent's speech, in audio time: the real ear, playout and machine, the real models.

A tick of 20 ms is a turn of this loop, however long the models take. What they take in a call is counted instead:
the recogniser's words come RECOGNISE_MS of audio after they were asked for, the turn detector's verdict JUDGE_MS.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.machine import step
from agent.call.state import Call, Floor, Reply
from agent.evals.clipset import BargeInLabels, Clip, from_mulaw, to_mulaw
from agent.evals.endpointing_trace import JUDGE_MS, RECOGNISE_MS
from agent.media.pcm import gain, samples
from agent.media.playout import Playout
from agent.ports.models import Recogniser, TurnDetector, VadStream, VoiceActivity
from agent.shell.ear import Ear, EarPorts
from agent.shell.watch import Stopwatch
from agent.speech.gate import WINDOW_BYTES
from agent.values.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from agent.values.ids import CallId, CaseId, TurnId
from agent.values.profile import AgentProfile
from agent.values.talk import Transcript, Utterance

YIELDS_WITHIN_MS = 2_000
"""An interruption that stops the agent later than this did not stop it."""
WALL = "2026-06-01T10:00:00+00:00"
TURN = TurnId("t-overlap")
_TURNS_OF_LOOP = 8
"""So often the event loop turns before a task that is not running is known to wait."""
_A_MOMENT_S = 0.0003

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Overlap:
    """What became of the agent's speech. Times are from the sound's onset; ``gaps_ms`` are pauses that ended."""

    clip: str
    labels: BargeInLabels
    paused_ms: tuple[int, ...]
    gaps_ms: tuple[int, ...]
    stopped_ms: int | None
    heard: tuple[str, ...]

    @property
    def is_stopped(self) -> bool:
        """The agent gave way in time."""
        return self.stopped_ms is not None and self.stopped_ms <= YIELDS_WITHIN_MS


@dataclass(frozen=True, slots=True)
class Listening:
    """The models of a stack."""

    vad: VoiceActivity
    recogniser: Recogniser
    turn_detector: TurnDetector


async def overlap(clip: Clip, agent_pcm: bytes, models: Listening, profile: AgentProfile) -> Overlap:
    """Play ``agent_pcm`` and send ``clip`` at once; what the product does. Raises ModelUnavailable."""
    if not isinstance(clip.labels, BargeInLabels):
        raise TypeError(f"{clip.name} is no clip of an overlap")
    stage = _Stage(clip.labels, agent_pcm, profile)
    ear = Ear(stage.ports(models), "overlap", stage, Stopwatch())
    stage.ear = ear
    ear.expect("", profile.greeting)  # the recogniser is told what was asked before, as in a call
    listening = asyncio.create_task(ear.run())
    try:
        for frame in _frames(clip.pcm):
            await stage.tick(frame)
            if listening.done():
                listening.result()
            if stage.stopped_ms is not None:
                break
    finally:
        listening.cancel()
        await asyncio.wait([listening])
    return stage.outcome(clip.name)


def _frames(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


@dataclass(slots=True)
class _Stage:
    """The call's runner, mouth, timers and clock, all of them in audio time."""

    labels: BargeInLabels
    agent_pcm: bytes
    profile: AgentProfile
    ear: Ear | None = None
    at_ms: int = 0
    paused_ms: list[int] = field(default_factory=list)
    gaps_ms: list[int] = field(default_factory=list)
    stopped_ms: int | None = None
    heard: list[str] = field(default_factory=list)
    call: Call = field(init=False)
    playout: Playout = field(default_factory=Playout)
    timers: dict[str, int] = field(default_factory=dict)
    sent: bytearray = field(default_factory=bytearray)
    scores: "_Scores" = field(init=False)
    answers: "_Answers" = field(init=False)

    def __post_init__(self) -> None:
        self.scores, self.answers = _Scores(), _Answers(self)
        self.call = _speaking(self.profile, self.labels.agent_said)
        self.playout.begin(TURN)
        self.playout.push(0, self.labels.agent_said, self.agent_pcm)
        self.playout.end(TURN)
        self.post(ev.PlayoutStarted(0, TURN))

    def ports(self, models: Listening) -> EarPorts:
        """The models, answering in audio time."""
        self.scores.vad = models.vad
        recogniser = _PacedRecogniser(models.recogniser, self.answers)
        return EarPorts(_AudioClock(self), self.scores, recogniser, _PacedDetector(models.turn_detector, self.answers))

    async def tick(self, line: bytes) -> None:
        """20 ms: what is due, a frame out, a frame in, and all that follows from it."""
        assert self.ear is not None
        await self.answers.due(self.at_ms)
        for name in [name for name, due_ms in self.timers.items() if due_ms <= self.at_ms]:
            del self.timers[name]
            self.post(ev.TimerFired(self.at_ms, name))
        out = self.playout.pop().pcm
        self.sent += out
        received = self._echo() if self.labels.sound == "echo" else line
        self.ear.push(AudioFrame(received, self.at_ms), out)
        self.at_ms += FRAME_MS
        await self.scores.settle(self.at_ms * BYTES_PER_MS // WINDOW_BYTES, self.answers)

    def _echo(self) -> bytes:
        """What we sent a while ago, softer, through G.711: it falls silent when we do."""
        end = len(self.sent) - self.labels.echo_delay_ms * BYTES_PER_MS
        frame = bytes(self.sent[max(0, end - FRAME_BYTES) : end]) if end > 0 else SILENCE
        softer = gain(frame.rjust(FRAME_BYTES, b"\0"), -float(self.labels.echo_loss_db))
        return bytes(from_mulaw(to_mulaw(samples(softer).copy())).tobytes())

    def outcome(self, name: str) -> Overlap:
        """All that happened. A pause that nothing ended lasted until the clip was over."""
        if self.stopped_ms is None and len(self.paused_ms) > len(self.gaps_ms):
            self.gaps_ms.append(self.at_ms - self.labels.onset_ms - self.paused_ms[-1])
        return Overlap(
            name, self.labels, tuple(self.paused_ms), tuple(self.gaps_ms), self.stopped_ms, tuple(self.heard)
        )

    # The ear's owner.

    def now_ms(self) -> int:
        """Audio time."""
        return self.at_ms

    def guess(self, utterance: Utterance) -> None:
        """Nothing is prepared here."""

    def unguess(self) -> None:
        """Nothing was."""

    def post(self, event: ev.Event) -> None:
        """Step, and do what concerns the playout."""
        if isinstance(event, ev.TranscriptPartial):
            self.heard.append(event.text)
        if self.stopped_ms is not None:
            return
        self.call, commands = step(self.call, event)
        for command in commands:
            self._carry_out(command)

    def _carry_out(self, command: cmd.Command) -> None:
        since_ms = self.at_ms - self.labels.onset_ms
        match command:
            case cmd.PausePlayout():
                self.playout.pause()
                self.paused_ms.append(since_ms)
                if self.ear is not None:
                    self.ear.hurry()
            case cmd.ResumePlayout():
                self.playout.resume()
                self.gaps_ms.append(since_ms - self.paused_ms[-1])
            case cmd.StopPlayout():
                self.stopped_ms = since_ms
            case cmd.SetTimer(name, delay_ms):
                self.timers[name] = self.at_ms + delay_ms
            case cmd.CancelTimer(name):
                self.timers.pop(name, None)
            case _:
                pass  # what would be said or done next is no part of this


def _speaking(profile: AgentProfile, text: str) -> Call:
    """A bridged call whose agent has just begun to say ``text``."""
    call = Call(profile)
    arrived = ev.CallArrived(0, CallId("o"), CaseId("o"), profile.tenant, "", profile.numbers[0], WALL, profile.sha)
    for event in (arrived, ev.CallAnswered(0), ev.MediaReady(0)):
        call, _ = step(call, event)
    return replace(call, floor=Floor.AGENT, reply=Reply(TURN, text, is_over=False))


class _AudioClock:
    """The stage's time as a clock (agent.ports.Clock)."""

    def __init__(self, stage: _Stage) -> None:
        self._stage = stage

    def now_ms(self) -> float:
        """Audio time."""
        return float(self._stage.at_ms)

    def wall(self) -> Any:
        """Nobody asks."""
        raise NotImplementedError

    async def sleep(self, ms: float) -> None:
        """Nobody sleeps."""
        raise NotImplementedError(ms)


class _Scores:
    """Voice activity that counts its windows, so that a tick can wait until the ear has taken all of them in."""

    def __init__(self) -> None:
        self.vad: VoiceActivity | None = None
        self._stream: VadStream | None = None
        self._asked = self._answered = 0

    async def open(self) -> "_Scores":
        assert self.vad is not None
        self._stream = await self.vad.open()
        return self

    async def score(self, pcm: bytes) -> float:
        assert self._stream is not None
        self._asked += 1
        prob = await self._stream.score(pcm)
        self._answered += 1
        return prob

    async def close(self) -> None:
        if self._stream is not None:
            await self._stream.close()

    async def settle(self, windows: int, answers: "_Answers") -> None:
        """Until ``windows`` were scored, or the ear can do nothing but wait for words that come later."""
        idle = 0
        while idle < _TURNS_OF_LOOP or not (self._answered >= windows or answers.are_awaited):
            is_busy = self._asked > self._answered or idle >= _TURNS_OF_LOOP
            idle = 0 if self._asked > self._answered else idle + 1
            await asyncio.sleep(_A_MOMENT_S if is_busy else 0)


class _Answers:
    """Model answers on their way: each is given out when its audio time has come."""

    def __init__(self, stage: _Stage) -> None:
        self._stage = stage
        self._numbers = count()
        self._waiting: dict[int, tuple[int, asyncio.Future[None], asyncio.Task[Any]]] = {}

    @property
    def are_awaited(self) -> bool:
        """Whether something was asked that is not yet due."""
        return bool(self._waiting)

    async def later(self, asked: Coroutine[Any, Any, T], after_ms: int) -> T:
        """The answer, ``after_ms`` of audio from now."""
        work, number = asyncio.create_task(asked), next(self._numbers)
        released: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (self._stage.at_ms + after_ms, released, work)
        try:
            await released
            return await work
        finally:
            self._waiting.pop(number, None)
            work.cancel()

    async def due(self, at_ms: int) -> None:
        """Give out what is due, after waiting for the models if they are late in our time."""
        for due_ms, released, work in list(self._waiting.values()):
            if due_ms <= at_ms:
                await asyncio.wait([work])
                if not released.done():
                    released.set_result(None)
        for _ in range(_TURNS_OF_LOOP):
            await asyncio.sleep(0)


class _PacedRecogniser:
    """The recogniser, RECOGNISE_MS late in audio time."""

    def __init__(self, recogniser: Recogniser, answers: _Answers) -> None:
        self._recogniser, self._answers = recogniser, answers

    async def transcribe(self, *args: Any, **fields: Any) -> Transcript:
        """See the port."""
        return await self._answers.later(self._recogniser.transcribe(*args, **fields), RECOGNISE_MS)


class _PacedDetector:
    """The turn detector, JUDGE_MS late in audio time."""

    def __init__(self, detector: TurnDetector, answers: _Answers) -> None:
        self._detector, self._answers = detector, answers

    async def complete(self, pcm: bytes) -> float:
        """See the port."""
        return await self._answers.later(self._detector.complete(pcm), JUDGE_MS)
