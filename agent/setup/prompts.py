"""The dialplan's own prompts, spoken once by our synthesiser: 8 kHz WAV files that need no process of ours later."""

import asyncio
import wave
from pathlib import Path

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.speaking import WorkerSynthesiser
from agent.media.resample import Decimator
from agent.pbx.prompts import PROMPTS
from agent.values.audio import FRAME_BYTES


def ensure_prompts(folder: Path, tts_socket: Path, voice: str) -> Path:
    """Render what is missing; returns the folder, which is one per voice."""
    target = folder / voice
    missing = {name: text for name, text in PROMPTS.items() if not (target / f"{name}.wav").exists()}
    if missing:
        target.mkdir(parents=True, exist_ok=True)
        asyncio.run(_render(target, missing, tts_socket, voice))
    return target


async def _render(folder: Path, texts: dict[str, str], tts_socket: Path, voice: str) -> None:
    synthesiser = WorkerSynthesiser(WorkerConnection(tts_socket), voice, folder / "phrases")
    for name, text in texts.items():
        pcm = b"".join([piece async for piece in synthesiser.stream(text)])
        _write_wav(folder / f"{name}.wav", _telephone_band(pcm))


def _telephone_band(pcm: bytes) -> bytes:
    """16 kHz to 8 kHz, frame by frame as the decimator takes it."""
    decimator = Decimator()
    padded = pcm + bytes(-len(pcm) % FRAME_BYTES)
    return b"".join(decimator.feed(padded[i : i + FRAME_BYTES]) for i in range(0, len(padded), FRAME_BYTES))


def _write_wav(path: Path, pcm_8k: bytes) -> None:
    partial = path.with_suffix(".part")
    with wave.open(str(partial), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(8000)
        target.writeframes(pcm_8k)
    partial.replace(path)
