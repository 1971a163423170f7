"""The serial ear: one stage after the other, as most voice agents listen. The honest baseline of the benches.

Speech opens the gate; when SILENCE_MS have passed without a voice, whatever was said, the turn is over, and only
then it is transcribed, once. Nothing is prepared, nothing is heard in mid-speech.
"""

import asyncio

import structlog

from agent.call.events import SpeechEnded, SpeechStarted, TurnEnded
from agent.media.pcm import rms_dbfs
from agent.ports.models import ModelUnavailable
from agent.shell.ear import EarPorts, Listener
from agent.shell.watch import Stopwatch
from agent.speech.gate import Gate, GateSettings, PreRoll, Windows
from agent.values.audio import BYTES_PER_MS, FRAME_MS, SILENCE, AudioFrame
from agent.values.talk import Transcript, Utterance

log = structlog.get_logger()

SILENCE_MS = 800
FRAMES_KEPT = 500
"""Frames that come while a turn is transcribed wait: none is lost, and none is hurried."""


class SerialEar:
    """Listens to one call like agent.shell.ear.Ear, and tells its ``owner``, but decides by silence alone."""

    def __init__(self, ports: EarPorts, name: str, owner: Listener, watch: Stopwatch) -> None:
        self._ports, self._stream, self._owner, self._watch = ports, name, owner, watch
        self._frames: asyncio.Queue[AudioFrame] = asyncio.Queue(FRAMES_KEPT)
        self._gate, self._windows, self._pre_roll = Gate(GateSettings()), Windows(), PreRoll()
        self._heard = bytearray()
        self._hints = ""
        self._offset_ms: int | None = None
        self._started_ms: int | None = None
        self._voiced_ms = 0
        self._is_told = False
        self._utterances = 0

    def push(self, frame: AudioFrame, sent: bytes = SILENCE) -> None:  # noqa: ARG002
        """Take one frame; the oldest goes when too many wait."""
        if self._offset_ms is None:
            self._offset_ms = self._owner.now_ms() - frame.at_ms
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(frame)

    def hurry(self) -> None:
        """Nothing is made sooner here."""

    def expect(self, expects: str, hints: str) -> None:  # noqa: ARG002
        """What was asked, for the recogniser; the endpoint does not care."""
        self._hints = hints

    async def run(self) -> None:
        """Listen until cancelled."""
        stream = await self._ports.vad.open()
        try:
            while True:
                frame = await self._frames.get()
                for window in self._windows.feed(frame.pcm):
                    level_dbfs = rms_dbfs(window)
                    is_voiced = self._gate.feed(await stream.score(window), level_dbfs)
                    await self._hear(window, is_voiced, frame.at_ms + FRAME_MS)
        finally:
            await stream.close()

    async def _hear(self, window: bytes, is_voiced: bool, at_ms: int) -> None:
        if self._started_ms is None and not self._gate.is_open:
            self._pre_roll.feed(window)
            return
        if self._started_ms is None:
            self._heard += self._pre_roll.take()
            self._started_ms = at_ms - len(self._heard) // BYTES_PER_MS
        self._heard += window
        if self._gate.is_open and is_voiced:
            self._voiced_ms = at_ms
        self._tell()
        if at_ms - self._voiced_ms >= SILENCE_MS:
            await self._turn_over()

    def _tell(self) -> None:
        if self._gate.is_open is self._is_told:
            return
        self._is_told = self._gate.is_open
        now = self._owner.now_ms()
        speech_ms = self._voiced_ms - (self._started_ms or 0)
        self._owner.post(SpeechStarted(now) if self._is_told else SpeechEnded(now, max(0, speech_ms)))

    async def _turn_over(self) -> None:
        audio, self._heard = bytes(self._heard), bytearray()
        started_ms, self._started_ms = self._started_ms or 0, None
        if self._is_told:
            self._gate.shut()
            self._tell()
        transcript = await self._transcribe(audio)
        self._utterances += 1
        offset, now = self._offset_ms or 0, self._owner.now_ms()
        self._watch.turn_ended(self._voiced_ms + offset, now, transcript.took_ms)
        spoken = Utterance(
            f"u{self._utterances}",
            started_ms + offset,
            self._voiced_ms + offset,
            transcript.text,
            1.0 - transcript.no_speech_prob,
        )
        self._owner.post(TurnEnded(now, spoken))

    async def _transcribe(self, audio: bytes) -> Transcript:
        try:
            return await self._ports.recogniser.transcribe(audio, self._hints, True, self._stream)
        except ModelUnavailable as error:
            log.warning("recogniser is down", error=str(error))
            return Transcript("")
