"""``attendant bench endpointing``: when is the turn over? Ours, Smart Turn alone and silence alone, on the same clips.

Figures are of the split ``test``, whose speakers and lines are not those of tuning; settings are swept on it for all
three alike. ``as_shipped`` is our rule without any sweep.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

import agent
from agent.adapters.models.listening import WorkerRecogniser, WorkerTurnDetector, WorkerVoiceActivity
from agent.adapters.models.speaking import CallerVoice, WorkerSynthesiser
from agent.evals.address import StackAddress
from agent.evals.bench_wish import ClipsWish
from agent.evals.clipset import Clip, ClipError, EndpointingLabels, read_clips
from agent.evals.compare import BenchResult, conditions
from agent.evals.connected import connected
from agent.evals.endpointing_clips import SPEAKERS, make_clips
from agent.evals.endpointing_score import Counts, by_shape, count, ours, ratio_interval, ways
from agent.evals.endpointing_trace import JUDGE_MS, RECOGNISE_MS, Models, Pause, trace
from agent.speech.patience import EndpointSettings

log = structlog.get_logger(__name__)
SHARES = {"delay_ms_at_5pct": 0.05, "delay_ms_at_10pct": 0.10}
_KINDS = ("vad", "stt", "tts", "caller")


@dataclass(frozen=True, slots=True)
class CallerVoices:
    """The simulated caller's voices, and the agent's as one more speaker."""

    callers: CallerVoice
    joe: WorkerSynthesiser

    async def render(self, text: str, speaker: str) -> bytes:
        """16 kHz PCM of ``text``. Raises ModelUnavailable."""
        if speaker == "joe":
            return b"".join([piece async for piece in self.joe.stream(text)])
        return await self.callers.render(text, speaker)


async def bench_endpointing(stack: StackAddress, wish: ClipsWish) -> BenchResult:
    """See the module. Raises ClipError for a clip that cannot be used, ModelUnavailable."""
    before = conditions()
    settings = EndpointSettings()
    async with _models(stack) as (models, voices):
        folder = wish.folder or await make_clips(stack.cache_dir, voices, wish.recordings, _tell)
        clips = chosen(read_clips(folder), folder)
        pauses = [pause for clip in clips for pause in await trace(clip, models, settings)]
    results, ratio, ci95 = scored(pauses, settings)
    results["speakers"] = sorted({clip.labels.speaker for clip in clips})
    extra = {
        "recognise_ms": RECOGNISE_MS,
        "judge_ms": JUDGE_MS,
        "speculate_ms": settings.speculate_ms,
        "tuned_on": list(SPEAKERS["tune"]) if wish.folder is None else [],
        "load_average_after": conditions()["load_average"],
    }
    return BenchResult("endpointing", len(pauses), before | extra, results, ratio, ci95)


def chosen(clips: tuple[Clip, ...], folder: Path) -> list[Clip]:
    """The clips of the split ``test`` that have turns. Raises ClipError where there is none."""
    turns = [clip for clip in clips if isinstance(clip.labels, EndpointingLabels) and clip.labels.split == "test"]
    if not turns:
        raise ClipError(f"{folder}: no clip of the kind 'endpointing' and the split 'test'")
    return turns


def scored(
    pauses: list[Pause], settings: EndpointSettings
) -> tuple[dict[str, Any], float | None, tuple[float, float] | None]:
    """The results, and the ratio of our delay to Smart Turn's at 5 % with its interval."""
    counts = {name: count(pauses, decides) for name, decides in ways(settings).items()}
    shipped = count(pauses, [ours(settings)])
    holds, ends = int(shipped.holds.sum()), int(shipped.ends.sum())
    results: dict[str, Any] = {name: _figures(each) for name, each in counts.items()}
    mine, smart, vad = (counts[name].best_ms(0.05) for name in ("ours", "smart_turn", "vad"))
    results |= {
        "holds": holds,
        "ends": ends,
        "ours_to_vad": _share(mine, vad),
        "ours_to_vad_ci95": ratio_interval(counts["ours"], counts["vad"], 0.05),
        "as_shipped": {
            "false_cutoffs": round(float(shipped.cut.sum()) / max(1, holds), 4),
            "delay_ms": round(float(shipped.delay_ms.sum()) / max(1, ends)),
        },
        "by_shape": by_shape(pauses, ours(settings)),
    }
    return results, _share(mine, smart), ratio_interval(counts["ours"], counts["smart_turn"], 0.05)


def _figures(counts: Counts) -> dict[str, int | None]:
    found = {name: counts.best_ms(share) for name, share in SHARES.items()}
    return {name: None if value is None else round(value) for name, value in found.items()}


def _share(one: float | None, other: float | None) -> float | None:
    return round(one / other, 3) if one is not None and other else None


@asynccontextmanager
async def _models(stack: StackAddress) -> AsyncIterator[tuple[Models, CallerVoices]]:
    async with connected(stack, *_KINDS) as connections:
        models = Models(
            WorkerVoiceActivity(connections["vad"]),
            WorkerRecogniser(connections["stt"]),
            WorkerTurnDetector(connections["vad"]),
            stack.cache_dir / "endpointing-answers" / _of_the_workers(),
        )
        joe = WorkerSynthesiser(connections["tts"], "joe-as-caller", stack.cache_dir / "bench")
        yield models, CallerVoices(CallerVoice(connections["caller"], stack.cache_dir), joe)


def _of_the_workers() -> str:
    """Answers are kept for as long as the workers' code is the same."""
    sources = sorted((Path(agent.__file__).parent / "workers").glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _tell(done: int, all_: int) -> None:
    if done % 20 == 0 or done == all_:
        log.info("clips made", done=done, all=all_)
