"""The ear of a call: frames in, edges and words out. The recogniser works while the caller still speaks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, get_args

import structlog

from agent.call.events import Event, SpeechEnded, SpeechStarted, TranscriptPartial, TurnEnded
from agent.media.pcm import rms_dbfs
from agent.ports import Clock, Recogniser, TurnDetector, VoiceActivity
from agent.ports.models import ModelUnavailable
from agent.shell.watch import Stopwatch
from agent.speech.endpoint import (
    Edge,
    Endpointer,
    Speculate,
    SpeculationOff,
    SpeechOff,
    SpeechOn,
    TurnOver,
)
from agent.speech.shape import Expected
from agent.values.audio import BYTES_PER_MS, FRAME_MS, AudioFrame
from agent.values.talk import Transcript, Utterance

log = structlog.get_logger()

_EXPECTED: dict[str, Expected] = {str(slot): slot for slot in get_args(Expected)}

WINDOW_BYTES = 1024
PRE_ROLL_MS = 480
PARTIAL_EVERY_MS = 900
FRAMES_KEPT = 100
"""Two seconds of frames may wait for the voice activity worker; older ones are dropped."""


@dataclass(frozen=True, slots=True)
class EarPorts:
    """What the ear listens with."""

    clock: Clock
    vad: VoiceActivity
    recogniser: Recogniser
    turn_detector: TurnDetector


class Listener(Protocol):
    """Who is told what was heard: the call's runner."""

    def now_ms(self) -> int:
        """The call's own time."""

    def post(self, event: Event) -> None:
        """Put an event into the call's queue."""

    def guess(self, utterance: Utterance) -> None:
        """The turn may be over with these words."""

    def unguess(self) -> None:
        """It was not: the caller goes on."""


class Ear:
    """Listens to one call, called ``name``, and tells its ``owner``."""

    def __init__(self, ports: EarPorts, name: str, owner: Listener, watch: Stopwatch) -> None:
        self._ports = ports
        self._stream = name
        self._owner = owner
        self._now_ms = owner.now_ms
        self._post = owner.post
        self._watch = watch
        self._frames: asyncio.Queue[AudioFrame] = asyncio.Queue(FRAMES_KEPT)
        self._endpointer = Endpointer()
        self._hints = ""
        self._heard = bytearray()  # the audio of the current speech, or the last PRE_ROLL_MS
        self._is_open = False
        self._offset_ms: int | None = None
        self._recognising: asyncio.Task[Transcript] | None = None
        self._judging: asyncio.Task[None] | None = None
        self._partial_task: asyncio.Task[Transcript] | None = None
        self._partial_at_ms = 0
        self._utterances = 0

    def push(self, frame: AudioFrame) -> None:
        """Take one frame; the oldest goes when too many wait."""
        if self._offset_ms is None:
            self._offset_ms = self._now_ms() - frame.at_ms
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(frame)

    def expect(self, expects: str, hints: str) -> None:
        """What the caller is expected to say next: for the endpoint and for the recogniser."""
        self._hints = hints
        self._endpointer.hint(expects=_EXPECTED.get(expects))

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            stream = await self._ports.vad.open()
            try:
                await self._listen(stream.score, group)
            finally:
                await stream.close()

    async def _listen(self, score: Callable[[bytes], Awaitable[float]], group: asyncio.TaskGroup) -> None:
        pending = bytearray()
        while True:
            frame = await self._frames.get()
            pending += frame.pcm
            self._heard += frame.pcm
            heard_end_ms = frame.at_ms + FRAME_MS
            while len(pending) >= WINDOW_BYTES:
                window = bytes(pending[:WINDOW_BYTES])
                del pending[:WINDOW_BYTES]
                at_ms = heard_end_ms - len(pending) // BYTES_PER_MS
                prob = await score(window)
                for edge in self._endpointer.feed(prob, rms_dbfs(window), at_ms):
                    await self._on_edge(edge, group)
                self._partial(at_ms, group)
            if not self._is_open:
                del self._heard[: max(0, len(self._heard) - PRE_ROLL_MS * BYTES_PER_MS)]

    async def _on_edge(self, edge: Edge, group: asyncio.TaskGroup) -> None:
        match edge:
            case SpeechOn():
                self._open(edge)
            case Speculate():
                self._recognise(group, edge.speech_ms)
            case SpeculationOff():
                self._forget_speculation()
                self._owner.unguess()
            case SpeechOff():
                self._post(SpeechEnded(self._now_ms(), edge.speech_ms))
            case TurnOver():
                await self._turn_over(edge, group)

    def _open(self, edge: SpeechOn) -> None:
        """Speech begins, or goes on after a pause within one utterance."""
        if not self._is_open:
            self._is_open = True
            self._partial_at_ms = edge.started_ms
        self._post(SpeechStarted(self._now_ms()))

    def _recognise(self, group: asyncio.TaskGroup, speech_ms: int) -> None:
        """Speculate: transcribe what there is while the silence is still being counted."""
        self._forget_speculation()
        audio = bytes(self._heard)
        self._recognising = group.create_task(self._guess(audio, speech_ms))
        self._judging = group.create_task(self._judge(audio))

    def _forget_speculation(self) -> None:
        for task in (self._recognising, self._judging):
            if task is not None:
                task.cancel()
        self._recognising = self._judging = None

    async def _guess(self, audio: bytes, speech_ms: int) -> Transcript:
        transcript = await self._transcribe(audio, is_final=True)
        self._endpointer.hint(text=transcript.text)
        if transcript.text:
            now = self._now_ms()
            self._owner.guess(Utterance("guess", now - speech_ms, now, transcript.text))
        return transcript

    async def _transcribe(self, audio: bytes, is_final: bool) -> Transcript:
        started = self._ports.clock.now_ms()
        try:
            transcript = await self._ports.recogniser.transcribe(audio, self._hints, is_final, self._stream)
        except ModelUnavailable as error:
            log.warning("recogniser is down", error=str(error))
            transcript = Transcript("")
        took_ms = int(self._ports.clock.now_ms() - started)
        if transcript.text:
            self._post(TranscriptPartial(self._now_ms(), transcript.text))
        return Transcript(transcript.text, transcript.no_speech_prob, transcript.avg_logprob, took_ms)

    async def _judge(self, audio: bytes) -> None:
        try:
            complete = await self._ports.turn_detector.complete(audio)
        except ModelUnavailable:
            return  # a hint less: the endpointer counts silence alone
        self._endpointer.hint(complete=complete)

    def _partial(self, at_ms: int, group: asyncio.TaskGroup) -> None:
        """Words in mid-speech, for barge-in and for whoever watches; one at a time, dropped under load."""
        is_due = self._is_open and at_ms - self._partial_at_ms >= PARTIAL_EVERY_MS
        if not is_due or self._recognising is not None:
            return
        if self._partial_task is None or self._partial_task.done():
            self._partial_at_ms = at_ms
            self._partial_task = group.create_task(self._transcribe(bytes(self._heard), is_final=False))

    async def _turn_over(self, edge: TurnOver, group: asyncio.TaskGroup) -> None:
        """The turn is decided: its words are those of the speculation, made during the silence."""
        if self._recognising is None and not edge.is_blip:
            self._recognise(group, edge.speech_ended_ms - edge.started_ms)
        transcript = Transcript("") if edge.is_blip or self._recognising is None else await self._recognising
        self._recognising = self._judging = None
        self._is_open = False
        self._heard.clear()
        self._utterances += 1
        offset = self._offset_ms or 0
        now = self._now_ms()
        self._watch.turn_ended(edge.speech_ended_ms + offset, now, transcript.took_ms)
        utterance = Utterance(
            id=f"u{self._utterances}",
            started_ms=edge.started_ms + offset,
            ended_ms=edge.speech_ended_ms + offset,
            text=transcript.text,
            confidence=1.0 - transcript.no_speech_prob,
        )
        self._post(TurnEnded(now, utterance))
