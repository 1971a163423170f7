"""A bench of the model workers behind their ports: a turn with and without its tricks."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agent.adapters.models.listening import WorkerRecogniser
from agent.adapters.models.speaking import CallerVoice, WorkerSynthesiser
from agent.evals.address import StackAddress
from agent.evals.compare import BenchResult, Comparison, compare
from agent.evals.connected import connected
from agent.evals.mouth import clip_of
from agent.ports.models import Recogniser, Synthesiser

VOICES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
LINES = (
    "I would like to book a cleaning for Thursday, please.",
    "What are your opening hours on Friday?",
    "At half past ten in the morning, please.",
    "My name is Sarah Brown.",
    "Yes, that's right, thank you.",
    "Do you have anything on Monday the seventh of December?",
)
OPENER = "One moment, please."
HANG_OVER_MS = 300
SPECULATE_AT_MS = 128


@dataclass(frozen=True, slots=True)
class Models:
    """The workers of a stack, and clips of speech with their texts."""

    recogniser: Recogniser
    synthesiser: Synthesiser
    clips: tuple[tuple[str, bytes], ...]


async def bench_turn(stack: StackAddress, n: int) -> BenchResult:
    """End of speech to first audio at the workers. A is what the product does: transcribe during the silence that
    decides the end of the turn, then speak a phrase that is ready. B does one after the other, and synthesises."""
    async with _models(stack) as models:
        await models.synthesiser.prepare((OPENER,))

        async def speculative(place: int) -> float:
            _, pcm = models.clips[place % len(models.clips)]
            started = time.perf_counter()
            await asyncio.sleep(SPECULATE_AT_MS / 1000)
            hearing = asyncio.create_task(models.recogniser.transcribe(pcm))
            await asyncio.sleep(max(0.0, started + HANG_OVER_MS / 1000 - time.perf_counter()))
            await hearing
            await _first_audio(models.synthesiser, OPENER)
            return (time.perf_counter() - started) * 1000

        async def serial(place: int) -> float:
            _, pcm = models.clips[place % len(models.clips)]
            started = time.perf_counter()
            await asyncio.sleep(HANG_OVER_MS / 1000)
            await models.recogniser.transcribe(pcm)
            # A number makes the phrase a new one, so that no cache holds it.
            await _first_audio(models.synthesiser, f"One moment please, number {place + 2}.")
            return (time.perf_counter() - started) * 1000

        extra = {"decision_silence_ms": HANG_OVER_MS, "speculates_at_ms": SPECULATE_AT_MS}
        arms = (("speculative_and_cached", speculative), ("serial_and_uncached", serial))
        return await compare(Comparison("turn", "ms", *arms, extra), n)


async def _first_audio(synthesiser: Synthesiser, text: str) -> None:
    async for _ in synthesiser.stream(text):
        return


@asynccontextmanager
async def _models(stack: StackAddress) -> AsyncIterator[Models]:
    async with connected(stack, "stt", "tts", "caller") as connections:
        clips = await _clips(CallerVoice(connections["caller"], stack.cache_dir), LINES)
        # A cache folder of its own: phrases of a bench are no phrases of the product.
        synthesiser = WorkerSynthesiser(connections["tts"], "bench", stack.cache_dir / "bench")
        yield Models(WorkerRecogniser(connections["stt"]), synthesiser, clips)


async def _clips(voice: CallerVoice, lines: Sequence[str]) -> tuple[tuple[str, bytes], ...]:
    pairs = [(line, VOICES[place % len(VOICES)]) for place, line in enumerate(lines)]
    return tuple([(line, clip_of(await voice.render(line, name)).pcm) for line, name in pairs])
