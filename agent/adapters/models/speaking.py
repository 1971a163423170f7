"""Speech: the agent's voice with its cache of phrases, and the simulated caller's voices."""

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import structlog

from agent.adapters.models.connection import WorkerConnection
from agent.ports.models import ModelUnavailable
from agent.wire.messages import Kind

log = structlog.get_logger(__name__)
PIECE_TIMEOUT_S = 5.0
RENDER_TIMEOUT_S = 60.0
RECENT_BYTES = 32 * 1024 * 1024


class PhraseFiles:
    """16 kHz PCM by voice and text, one file each. Reading and writing block: call them from a thread."""

    def __init__(self, folder: Path, voice: str) -> None:
        self._folder = folder
        self._voice = voice

    def read(self, text: str) -> bytes | None:
        """The phrase, or None where there is no sound file of it."""
        try:
            pcm = self._path(text).read_bytes()
        except OSError:
            return None
        return pcm if pcm and len(pcm) % 2 == 0 else None

    def write(self, text: str, pcm: bytes) -> None:
        """Keep the phrase. A disk that refuses costs only the next start: it is logged, not raised."""
        path = self._path(text)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(pcm)
            part.replace(path)
        except OSError as error:
            log.warning("phrase not kept", folder=str(self._folder), cause=error.strerror)

    def _path(self, text: str) -> Path:
        return self._folder / (hashlib.sha256(f"{self._voice}\0{text}".encode()).hexdigest() + ".pcm")


class WorkerSynthesiser:
    """Piper in the ``tts`` worker.

    Fixed phrases (``prepare``) are kept in memory and on disk under ``folder``. Whatever else was spoken to its end
    is kept in memory only, the oldest forgotten first: it may name a person.
    """

    def __init__(self, connection: WorkerConnection, voice: str, folder: Path) -> None:
        self._connection = connection
        self._files = PhraseFiles(folder, voice)
        self._fixed: dict[str, bytes] = {}
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_bytes = 0

    def is_ready(self, text: str) -> bool:
        return text in self._fixed or text in self._recent

    async def prepare(self, texts: tuple[str, ...]) -> None:
        """See the port. Raises ModelUnavailable; what was made until then is kept."""
        for text in texts:
            if text in self._fixed:
                continue
            pcm = await asyncio.to_thread(self._files.read, text)
            if pcm is None:
                pcm = b"".join([piece async for piece in self.stream(text)])
                await asyncio.to_thread(self._files.write, text, pcm)
            if pcm:
                self._fixed[text] = pcm

    async def stream(self, text: str) -> AsyncGenerator[bytes, None]:
        """See the port. Closing the iterator stops the worker after the piece in hand."""
        if not text.strip():
            return
        if self.is_ready(text):
            yield self._kept(text)
            return
        pieces = []
        async with aclosing(self._connection.stream(Kind.SPEAK, {"text": text}, timeout_s=PIECE_TIMEOUT_S)) as replies:
            async for reply in replies:
                pieces.append(reply.payload)
                yield reply.payload
        if pieces:
            self._remember(text, b"".join(pieces))

    def _kept(self, text: str) -> bytes:
        if text in self._recent:
            self._recent.move_to_end(text)
        return self._fixed.get(text) or self._recent[text]

    def _remember(self, text: str, pcm: bytes) -> None:
        self._recent_bytes += len(pcm) - len(self._recent.pop(text, b""))
        self._recent[text] = pcm
        while self._recent_bytes > RECENT_BYTES:
            _, oldest = self._recent.popitem(last=False)
            self._recent_bytes -= len(oldest)


class CallerVoice:
    """The ``caller`` worker: the lines of a simulated caller, rendered once and kept under ``folder``."""

    def __init__(self, connection: WorkerConnection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder

    async def render(self, text: str, voice: str) -> bytes:
        """16 kHz PCM of ``text`` in ``voice``: Kokoro's (jf_alpha, jf_gongitsune, jf_nezumi, jf_tebukuro, jm_kumo) or
        flite's (flite-awb, flite-kal16, flite-rms, flite-slt).

        Raises ModelUnavailable, also for an unknown voice.
        """
        files = PhraseFiles(self._folder, voice)
        if (kept := await asyncio.to_thread(files.read, text)) is not None:
            return kept
        fields = {"text": text, "voice": voice}
        pcm = (await self._connection.ask(Kind.RENDER, fields, timeout_s=RENDER_TIMEOUT_S)).payload
        if not pcm:
            raise ModelUnavailable("render: nothing in the line can be spoken")
        await asyncio.to_thread(files.write, text, pcm)
        return pcm
