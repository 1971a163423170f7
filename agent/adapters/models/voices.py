"""The agent's own voice, and beside it others for the sentences that a profile has in other languages."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from agent.ports.models import Synthesiser


class ManyVoices:
    """See the port. Each text of ``others`` is spoken by the voice it stands with, every other one by ``own``."""

    def __init__(self, own: Synthesiser, others: Mapping[str, Synthesiser]) -> None:
        self._own = own
        self._others = others

    def is_ready(self, text: str) -> bool:
        return self._voice(text).is_ready(text)

    async def prepare(self, texts: tuple[str, ...]) -> None:
        await self._own.prepare(tuple(text for text in texts if text not in self._others))
        for text in texts:
            if text in self._others:
                await self._others[text].prepare((text,))

    async def stream(self, text: str) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._voice(text).stream(text)) as pieces:  # type: ignore[type-var]
            async for pcm in pieces:
                yield pcm

    def _voice(self, text: str) -> Synthesiser:
        return self._others.get(text, self._own)
