"""The ear of a call: frames in, edges and words out. The recogniser works while the caller still speaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, get_args

import structlog

from agent.call.events import Event, SpeechEnded, SpeechStarted, TranscriptPartial, TurnEnded
from agent.media.pcm import rms_dbfs
from agent.ports import Clock, Recogniser, TurnDetector, VoiceActivity
from agent.ports.models import ModelUnavailable
from agent.shell.watch import Stopwatch
from agent.speech.background import Background
from agent.speech.endpoint import (
    Edge,
    Endpointer,
    Judge,
    Speculate,
    SpeculationOff,
    SpeechOff,
    SpeechOn,
    TurnOver,
)
from agent.speech.gate import WINDOW_MS, PreRoll, Windows
from agent.speech.onset import Onset
from agent.speech.patience import EndpointSettings
from agent.speech.shape import Expected
from agent.speech.stabilise import Stabiliser
from agent.values.audio import FRAME_MS, SILENCE, AudioFrame
from agent.values.talk import Transcript, Utterance

log = structlog.get_logger()

_EXPECTED: dict[str, Expected] = {str(slot): slot for slot in get_args(Expected)}

PARTIAL_EVERY_MS = 600
PARTIAL_SHARE = 3
"""Partials of one call keep a recogniser busy a third of the time at most: under load they come more seldom."""
PARTIAL_WAITS_MS = 1_200
"""A partial that has waited so long is given up for a newer one."""
HURRIED_EVERY_MS = 190
"""While the agent holds its breath the words are wanted soon: twice before it goes on, if the recogniser keeps up."""
SURE_PROB = 0.9
LANGUAGE_TURNS = 3
"""In so many turns the caller's language is listened for: it costs the recogniser a step."""
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

    def __init__(
        self,
        ports: EarPorts,
        name: str,
        owner: Listener,
        watch: Stopwatch,
        patience: EndpointSettings | None = None,
    ) -> None:
        self._ports = ports
        self._stream = name
        self._owner = owner
        self._now_ms = owner.now_ms
        self._post = owner.post
        self._watch = watch
        self._frames: asyncio.Queue[tuple[AudioFrame, bytes]] = asyncio.Queue(FRAMES_KEPT)
        self._endpointer = Endpointer(patience or EndpointSettings())
        self._onset = Onset()
        self._background = Background()
        self._is_told = False  # that the caller speaks
        self._was_told = False  # within the turn
        self._is_hurried = False
        self._sure_ms = 0  # of speech beyond doubt, since the agent paused for it
        self._hints = ""
        self._pre_roll = PreRoll()
        self._heard = bytearray()  # the audio of the current speech
        self._stabiliser = Stabiliser()
        self._is_open = False
        self._offset_ms: int | None = None
        self._recognising: asyncio.Task[Transcript] | None = None
        self._judging: asyncio.Task[None] | None = None
        self._partial_task: asyncio.Task[None] | None = None
        self._partial_at_ms = self._partial_took_ms = 0
        self._utterances = 0

    def push(self, frame: AudioFrame, sent: bytes = SILENCE) -> None:
        """Take one frame, and what was sent in the same tick; the oldest goes when too many wait."""
        if self._offset_ms is None:
            self._offset_ms = self._now_ms() - frame.at_ms
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait((frame, sent))

    def hurry(self) -> None:
        """The agent has paused for what is being said: tell its words early, also that there are none."""
        self._is_hurried = True

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
        async for at_ms, window, beside in self._windows():
            prob, level_dbfs = await score(window), rms_dbfs(window)
            self._background.feed(prob, level_dbfs)
            is_onset = self._is_onset(window, beside, prob, level_dbfs)
            for edge in self._endpointer.feed(prob, level_dbfs, at_ms):
                await self._on_edge(edge, group)
            self._tell(is_onset)
            if self._is_hurried and prob >= SURE_PROB:
                self._sure_ms += WINDOW_MS
            self._partial(at_ms, group)

    async def _windows(self) -> AsyncIterator[tuple[int, bytes, bytes]]:
        """Windows of what came and of what was sent meanwhile, with the audio time of their end.

        Those of all calls end in the same ticks, five of eight: judged together they cost less.
        """
        frame, sent = await self._frames.get()
        tick_ms = int(self._ports.clock.now_ms()) // FRAME_MS * FRAME_MS
        came, went = Windows(tick_ms % WINDOW_MS), Windows(tick_ms % WINDOW_MS)
        while True:
            if self._is_open:
                self._heard += frame.pcm
            else:
                self._pre_roll.feed(frame.pcm)
            for window, beside in zip(came.feed(frame.pcm), went.feed(sent), strict=True):
                yield frame.at_ms + FRAME_MS - came.waiting_ms, window, beside
            frame, sent = await self._frames.get()

    def _is_onset(self, window: bytes, sent: bytes, prob: float, level_dbfs: float) -> bool:
        """Whether somebody begins to speak over the agent; the voice gate then opens at once."""
        gate = self._endpointer.gate
        is_onset = self._onset.feed(window, sent, prob, level_dbfs - gate.floor.dbfs, level_dbfs)
        if is_onset and not gate.is_open:
            gate.prompt()
        return is_onset

    def _tell(self, is_onset: bool) -> None:
        """The gate is open: the caller speaks. Over the agent's speech that alone does not count."""
        is_sound = self._endpointer.gate.is_open and not self._is_told
        if is_sound and (is_onset or not self._onset.is_agent_heard):
            self._is_told = self._was_told = True
            self._post(SpeechStarted(self._now_ms()))

    async def _on_edge(self, edge: Edge, group: asyncio.TaskGroup) -> None:
        match edge:
            case SpeechOn():
                self._open(edge)
            case Speculate():
                self._recognise(group, edge.speech_ms)
            case Judge():
                self._judging = group.create_task(self._judge(bytes(self._heard)))
            case SpeculationOff():
                self._forget_speculation()
                self._owner.unguess()
            case SpeechOff():
                if self._is_told:
                    self._is_told = False
                    self._post(SpeechEnded(self._now_ms(), edge.speech_ms))
            case TurnOver():
                await self._turn_over(edge, group)

    def _open(self, edge: SpeechOn) -> None:
        """Speech begins, or goes on after a pause within one utterance."""
        if not self._is_open:
            self._is_open = True
            self._onset.forget()
            self._heard += self._pre_roll.take()
            self._partial_at_ms = edge.started_ms

    def _recognise(self, group: asyncio.TaskGroup, speech_ms: int) -> None:
        """Speculate: transcribe what there is while the silence is still being counted."""
        self._forget_speculation()
        audio = bytes(self._heard)
        self._recognising = group.create_task(self._guess(audio, speech_ms))

    def _forget_speculation(self) -> None:
        for task in (self._recognising, self._judging):
            if task is not None:
                task.cancel()
        self._recognising = self._judging = None

    async def _guess(self, audio: bytes, speech_ms: int) -> Transcript:
        heard = await self._transcribe(audio, is_final=True)
        transcript = heard or Transcript("")
        if heard is not None:
            self._tell_words(heard.text)
        self._endpointer.hint(text=transcript.text)
        if transcript.text:
            now = self._now_ms()
            self._owner.guess(self._utterance("guess", now - speech_ms, now, transcript))
        return transcript

    async def _transcribe(self, audio: bytes, is_final: bool) -> Transcript | None:
        """None while there is no recogniser."""
        started = self._ports.clock.now_ms()
        language = "" if is_final and self._utterances < LANGUAGE_TURNS else "en"
        try:
            transcript = await self._ports.recogniser.transcribe(audio, self._hints, is_final, self._stream, language)
        except ModelUnavailable as error:
            log.warning("recogniser is down", error=str(error))
            return None
        return replace(transcript, took_ms=int(self._ports.clock.now_ms() - started))

    def _tell_words(self, text: str) -> None:
        """What was heard so far; that there are no words is told when they are waited for."""
        if text or self._is_hurried:
            self._post(TranscriptPartial(self._now_ms(), text, self._sure_ms))

    async def _judge(self, audio: bytes) -> None:
        try:
            complete = await self._ports.turn_detector.complete(audio)
        except ModelUnavailable:
            return  # a hint less: the endpointer counts silence alone
        self._endpointer.hint(complete=complete)

    def _partial(self, at_ms: int, group: asyncio.TaskGroup) -> None:
        """Words in mid-speech, for barge-in and for whoever watches: one request at a time, the newest audio."""
        is_undecided = self._onset.is_agent_heard and not self._is_told
        if not self._is_open or self._recognising is not None or is_undecided:
            return
        every_ms = max(PARTIAL_EVERY_MS, PARTIAL_SHARE * self._partial_took_ms)
        since_ms = at_ms - self._partial_at_ms
        if since_ms < (HURRIED_EVERY_MS if self._is_hurried else every_ms):
            return
        if self._partial_task is not None and not self._partial_task.done():
            if since_ms < PARTIAL_WAITS_MS:
                return
            self._partial_task.cancel()
        self._partial_at_ms = at_ms
        self._partial_task = group.create_task(self._hear_partly(bytes(self._heard)))

    async def _hear_partly(self, audio: bytes) -> None:
        transcript = await self._transcribe(audio, is_final=False)
        if transcript is not None:
            self._partial_took_ms = transcript.took_ms
            self._tell_words(self._stabiliser.feed(transcript.text).text)

    async def _turn_over(self, edge: TurnOver, group: asyncio.TaskGroup) -> None:
        """The turn is decided: its words are those of the speculation, made during the silence."""
        is_nothing = edge.is_blip or (self._onset.is_echo and not self._was_told)
        if self._recognising is None and not is_nothing:
            self._recognise(group, edge.speech_ended_ms - edge.started_ms)
        transcript = Transcript("") if is_nothing or self._recognising is None else await self._recognising
        self._forget_speculation()
        if self._partial_task is not None:
            self._partial_task.cancel()
        self._is_open = self._is_hurried = self._was_told = False
        self._sure_ms = 0
        self._heard.clear()
        self._stabiliser.restart()
        self._utterances += 1
        offset = self._offset_ms or 0
        now = self._now_ms()
        self._watch.turn_ended(edge.speech_ended_ms + offset, now, transcript.took_ms)
        name, started_ms, ended_ms = f"u{self._utterances}", edge.started_ms + offset, edge.speech_ended_ms + offset
        if not transcript.text and self._background.is_playing:
            ended_ms = started_ms  # music, a motor: nobody spoke whom we did not understand
        self._post(TurnEnded(now, self._utterance(name, started_ms, ended_ms, transcript)))

    @staticmethod
    def _utterance(name: str, started_ms: int, ended_ms: int, heard: Transcript) -> Utterance:
        surety = 1.0 - heard.no_speech_prob
        return Utterance(name, started_ms, ended_ms, heard.text, surety, heard.language, heard.language_prob)
