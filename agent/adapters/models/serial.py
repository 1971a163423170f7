"""The models as a serial agent uses them: the whole window of the recogniser, whole replies, no phrase kept."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.speaking import PIECE_TIMEOUT_S
from agent.ports.models import Recogniser
from agent.values.audio import BYTES_PER_MS
from agent.values.talk import Transcript
from agent.wire.messages import Kind

WINDOW_MS = 28_000
"""With the recogniser's tail of silence this is the 30 s that the model was trained on."""


class WholeWindowRecogniser:
    """Every turn is given to ``inner`` with silence up to the whole window."""

    def __init__(self, inner: Recogniser) -> None:
        self._inner = inner

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        """See the port."""
        whole = pcm.ljust(WINDOW_MS * BYTES_PER_MS, b"\0")
        return await self._inner.transcribe(whole, hints, is_final, stream, language)


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
