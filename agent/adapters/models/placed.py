"""Every model port, wherever its worker is: here, on another host, or there with one here to fall back on."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.fallback import (
    FallbackReasoner,
    FallbackRecogniser,
    FallbackSynthesiser,
    FallbackTurnDetector,
    FallbackVoiceActivity,
    Rung,
)
from agent.adapters.models.listening import WorkerRecogniser, WorkerTurnDetector, WorkerVoiceActivity
from agent.adapters.models.reasoning import Endpoint, HttpReasoner
from agent.adapters.models.serial import WholeSynthesiser
from agent.adapters.models.speaking import WorkerSynthesiser
from agent.adapters.models.specs import voice_socket
from agent.adapters.models.tls import TlsPlace
from agent.adapters.models.voices import ManyVoices
from agent.ports.models import Reasoner, Recogniser, Synthesiser, TurnDetector, VoiceActivity


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the workers are. ``far``: those of other hosts; ``near``: the kinds that this host runs below ``sockets``.

    ``far_llm`` is a language model server elsewhere. A kind that is both far and near has one to fall back on.
    ``tongues``: sentences in other languages, with the voice that speaks each; its worker is here.
    """

    sockets: Path
    cache: Path
    voice: str
    near: frozenset[str]
    near_llm: Endpoint
    far: Mapping[str, TlsPlace] = field(default_factory=dict)
    far_llm: Endpoint | None = None
    tongues: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Watched:
    rung: Rung
    look: Callable[[], Awaitable[object]]
    drop: Callable[[], None]


class Models:
    """The model ports of one placement. Use them within ``watch``; ``close`` after use."""

    vad: VoiceActivity
    turn_detector: TurnDetector
    recogniser: Recogniser
    synthesiser: Synthesiser
    reasoner: Reasoner

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._watched: list[_Watched] = []
        self._reasoners: list[HttpReasoner] = []
        self._place_hearing()
        self._place_voice()
        self._place_reasoner()

    async def watch(self, told: Callable[[str, bool], None]) -> None:
        """Look after the workers of other hosts until cancelled; ``told`` hears of each step down and up."""
        async with asyncio.TaskGroup() as group:
            for one in self._watched:
                one.rung.told = told
                group.create_task(one.rung.watch(one.look, one.drop))

    async def close(self) -> None:
        """Close the language model's connections; those of the workers end with the process."""
        for reasoner in self._reasoners:
            await reasoner.close()

    def serial(self) -> tuple[Recogniser, Synthesiser]:
        """Recogniser and voice as a serial agent uses them: the window of 30 s, whole replies."""
        return WorkerRecogniser(self._alone("stt"), is_whole_window=True), WholeSynthesiser(self._alone("tts"))

    def _alone(self, kind: str) -> WorkerConnection:
        return WorkerConnection(self._placement.far.get(kind) or self._placement.sockets / f"{kind}.sock")

    def _place_hearing(self) -> None:
        far, near, rung = self._both("vad")
        if far and near:
            self.vad = FallbackVoiceActivity(rung, WorkerVoiceActivity(far), WorkerVoiceActivity(near))
            self.turn_detector = FallbackTurnDetector(rung, WorkerTurnDetector(far), WorkerTurnDetector(near))
        elif one := far or near:
            self.vad, self.turn_detector = WorkerVoiceActivity(one), WorkerTurnDetector(one)
        far, near, rung = self._both("stt")
        if far and near:
            self.recogniser = FallbackRecogniser(rung, WorkerRecogniser(far), WorkerRecogniser(near))
        elif one := far or near:
            self.recogniser = WorkerRecogniser(one)

    def _place_voice(self) -> None:
        far, near, rung = self._both("tts")
        name, cache = self._placement.voice, self._placement.cache
        voices = [WorkerSynthesiser(one, name, cache) for one in (far, near) if one is not None]
        own: Synthesiser = FallbackSynthesiser(rung, *voices) if len(voices) == 2 else voices[0]
        tongues = {text: self._tongue(voice) for text, voice in self._placement.tongues.items()}
        self.synthesiser = ManyVoices(own, tongues) if tongues else own

    def _tongue(self, voice: str) -> WorkerSynthesiser:
        connection = WorkerConnection(voice_socket(self._placement.sockets, voice))
        return WorkerSynthesiser(connection, voice, self._placement.cache)

    def _place_reasoner(self) -> None:
        placement = self._placement
        endpoints = [e for e in (placement.far_llm, placement.near_llm if "llm" in placement.near else None) if e]
        self._reasoners = [HttpReasoner(endpoint) for endpoint in endpoints]
        rung = Rung("llm")
        if placement.far_llm is not None:
            self._watched.append(_Watched(rung, self._reasoners[0].look, lambda: None))
        many = len(self._reasoners) == 2
        self.reasoner = FallbackReasoner(rung, *self._reasoners) if many else self._reasoners[0]

    def _both(self, kind: str) -> tuple[WorkerConnection | None, WorkerConnection | None, Rung]:
        """The far worker, which is then watched, and the near one."""
        placement, rung = self._placement, Rung(kind)
        far = WorkerConnection(placement.far[kind]) if kind in placement.far else None
        near = WorkerConnection(placement.sockets / f"{kind}.sock") if kind in placement.near else None
        if far is not None:
            self._watched.append(_Watched(rung, far.model, far.drop))
        return far, near, rung
