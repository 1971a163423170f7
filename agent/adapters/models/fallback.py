"""One rung of the ladder: a worker of another host, and one of this host for when that is gone.

Each class serves a port from two others. A request that fails there is answered here, at once, so a call in progress
goes on; whatever has begun stays where it began. Losing the far worker steps down immediately, its return steps up
after it has answered for STEADY_S without a break.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

import structlog

from agent.ports.models import (
    ModelUnavailable,
    Reasoner,
    Recogniser,
    Synthesiser,
    TurnDetector,
    VadStream,
    VoiceActivity,
)
from agent.values.talk import ModelRequest, PromptUse, Transcript

log = structlog.get_logger(__name__)
STEADY_S = 30.0
LOOK_EVERY_S = 0.5

P = TypeVar("P")
T = TypeVar("T")


class Rung:
    """Whether the far worker of ``kind`` serves. ``told`` hears of each step: the kind, and whether it is far now."""

    def __init__(self, kind: str, steady_s: float = STEADY_S) -> None:
        self.kind = kind
        self.is_far = True
        self.told: Callable[[str, bool], None] = lambda _kind, _is_far: None
        self._steady_s = steady_s
        self._well_since_s: float | None = None

    def failed(self, cause: str) -> None:
        """The far worker did not answer."""
        self._well_since_s = None
        if self.is_far:
            self.is_far = False
            log.warning("model worker of the other host is lost", kind=self.kind, cause=cause)
            self.told(self.kind, False)

    def answered(self, now_s: float) -> None:
        """The far worker is well. A link that comes and goes does not count as back."""
        if self._well_since_s is None:
            self._well_since_s = now_s
        if not self.is_far and now_s - self._well_since_s >= self._steady_s:
            self.is_far = True
            log.warning("model worker of the other host is back", kind=self.kind)
            self.told(self.kind, True)

    async def watch(self, look: Callable[[], Awaitable[object]], drop: Callable[[], None]) -> None:
        """Look after the far worker until cancelled. ``drop`` lets go of a connection that has gone silent."""
        while True:
            try:
                await look()
            except ModelUnavailable as error:
                self.failed(str(error))
                drop()
            else:
                self.answered(asyncio.get_running_loop().time())
            await asyncio.sleep(LOOK_EVERY_S)


class _Pair(Generic[P]):
    """A far and a near adapter of one port."""

    def __init__(self, rung: Rung, far: P, near: P) -> None:
        self._rung = rung
        self._far = far
        self._near = near

    async def _ask(self, what: Callable[[P], Awaitable[T]]) -> T:
        """The far one's answer, or the near one's. What both refuse is no fault of the far one."""
        if not self._rung.is_far:
            return await what(self._near)
        try:
            return await what(self._far)
        except ModelUnavailable as error:
            answer = await what(self._near)
            self._rung.failed(str(error))
            return answer


class FallbackRecogniser(_Pair[Recogniser]):
    """See the port."""

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        return await self._ask(lambda one: one.transcribe(pcm, hints, is_final, stream, language))


class FallbackTurnDetector(_Pair[TurnDetector]):
    """See the port."""

    async def complete(self, pcm: bytes) -> float:
        return await self._ask(lambda one: one.complete(pcm))


class FallbackVoiceActivity(_Pair[VoiceActivity]):
    """See the port. A stream that came down stays down: its state is here."""

    async def open(self) -> VadStream:
        return _Stream(self._rung, await self._far.open(), self._near) if self._rung.is_far else await self._near.open()


class _Stream:
    """A stream that begins far and may end near."""

    def __init__(self, rung: Rung, far: VadStream, near: VoiceActivity) -> None:
        self._rung = rung
        self._serving = far
        self._near: VoiceActivity | None = near

    async def score(self, pcm: bytes) -> float:
        if self._near is None:
            return await self._serving.score(pcm)
        if self._rung.is_far:
            try:
                return await self._serving.score(pcm)
            except ModelUnavailable as error:
                self._rung.failed(str(error))
        await self._serving.close()
        self._serving, self._near = await self._near.open(), None
        return await self._serving.score(pcm)

    async def close(self) -> None:
        await self._serving.close()


class FallbackReasoner(_Pair[Reasoner]):
    """See the port. A reply that breaks off after its first words is not begun anew: they may have been spoken."""

    async def reply(self, request: ModelRequest, call: str = "") -> AsyncGenerator[str | PromptUse, None]:
        has_begun = False
        if self._rung.is_far:
            try:
                async with aclosing(self._far.reply(request, call)) as pieces:  # type: ignore[type-var]
                    async for piece in pieces:
                        has_begun = has_begun or isinstance(piece, str)
                        yield piece
                return
            except ModelUnavailable as error:
                self._rung.failed(str(error))
                if has_begun:
                    raise
        async with aclosing(self._near.reply(request, call)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                yield piece

    async def warm(self, system: str) -> None:
        await self._near.warm(system)
        if self._rung.is_far:
            try:
                await self._far.warm(system)
            except ModelUnavailable as error:
                self._rung.failed(str(error))


class FallbackSynthesiser(_Pair[Synthesiser]):
    """See the port. Fixed phrases are made and kept near, where nothing can take them away.

    A clause that breaks off goes on near, at the same place: the two voices are the same one.
    """

    def is_ready(self, text: str) -> bool:
        return self._near.is_ready(text) or (self._rung.is_far and self._far.is_ready(text))

    async def prepare(self, texts: tuple[str, ...]) -> None:
        await self._near.prepare(texts)

    async def stream(self, text: str) -> AsyncGenerator[bytes, None]:
        given = 0
        if self._rung.is_far and not self._near.is_ready(text):
            try:
                async with aclosing(self._far.stream(text)) as pieces:  # type: ignore[type-var]
                    async for pcm in pieces:
                        given += len(pcm)
                        yield pcm
                return
            except ModelUnavailable as error:
                self._rung.failed(str(error))
        async with aclosing(self._near.stream(text)) as pieces:  # type: ignore[type-var]
            async for pcm in pieces:
                already, given = pcm[:given], max(0, given - len(pcm))
                if rest := pcm[len(already) :]:
                    yield rest
