"""The voice as a serial agent uses it: whole replies, no phrase kept."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.speaking import PIECE_TIMEOUT_S
from agent.wire.messages import Kind


class WholeSynthesiser:
    """The ``tts`` worker, asked anew for each text; it is heard when all of it is made."""

    def __init__(self, connection: WorkerConnection) -> None:
        self._connection = connection

    def is_ready(self, text: str) -> bool:  # noqa: ARG002
        return False

    async def prepare(self, texts: tuple[str, ...]) -> None:
        """Nothing is kept."""

    async def stream(self, text: str) -> AsyncGenerator[bytes, None]:
        """See the port."""
        if not text.strip():
            return
        async with aclosing(self._connection.stream(Kind.SPEAK, {"text": text}, timeout_s=PIECE_TIMEOUT_S)) as replies:
            yield b"".join([reply.payload async for reply in replies])
