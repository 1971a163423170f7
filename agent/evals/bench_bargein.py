"""``attendant bench bargein``: who stops the agent, and who does not.

Decisions are made in audio time on labelled clips of the split ``test``, by the ear, the playout and the machine of
the product and the real models. How soon the caller hears the agent fall silent is measured in real calls.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from math import sqrt
from pathlib import Path
from typing import Any

import structlog

from agent.adapters.models.listening import WorkerRecogniser, WorkerTurnDetector, WorkerVoiceActivity
from agent.adapters.models.speaking import CallerVoice, WorkerSynthesiser
from agent.evals import sounds
from agent.evals.address import StackAddress
from agent.evals.bench_wish import ClipsWish
from agent.evals.clipset import BargeInLabels, Clip, ClipError, read_clips
from agent.evals.compare import BenchResult, conditions
from agent.evals.connected import connected
from agent.evals.endpointing_trace import JUDGE_MS, RECOGNISE_MS
from agent.evals.overlap_run import YIELDS_WITHIN_MS, Listening, Overlap, overlap
from agent.evals.overlaps import SPEAKERS, agent_level, make_overlaps
from agent.evals.result import percentile
from agent.evals.run import place_calls
from agent.evals.scenario_file import load
from agent.profiles import FILES, parse
from agent.values.audio import BYTES_PER_MS, duration_ms
from agent.values.profile import AgentProfile

log = structlog.get_logger(__name__)
SCENARIO = "barge-in-often"
CALLS, QUICK_CALLS, PARALLEL, SEED = 7, 1, 2, 20_260
QUICK_SHARE = 10
_KINDS = ("vad", "stt", "tts", "caller")
_SUDDEN = ("cough", "door", "music")
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Speakers:
    """The callers' voices, and the agent's own."""

    callers: CallerVoice
    agent: WorkerSynthesiser

    async def render(self, text: str, voice: str) -> bytes:
        """16 kHz PCM of ``text``; ``voice`` agent is the agent's own. Raises ModelUnavailable."""
        if voice != "agent":
            return await self.callers.render(text, voice)
        await self.agent.prepare((text,))
        return b"".join([piece async for piece in self.agent.stream(text)])


async def bench_bargein(stack: StackAddress, wish: ClipsWish) -> BenchResult:
    """See the module. Raises ClipError for a clip that cannot be used, ModelUnavailable, CannotPlaceCalls."""
    before = conditions()
    async with _models(stack) as (models, speakers):
        folder = wish.folder or await make_overlaps(stack.cache_dir, speakers, wish.recordings, _teller("clips made"))
        clips = chosen(read_clips(folder), folder)
        clips = clips[::QUICK_SHARE] if wish.is_quick else clips
        found = await decide(clips, models, speakers, _teller("clips heard"))
    results = scored(found)
    results["onset_to_silence_ms"] = await _in_calls(stack, QUICK_CALLS if wish.is_quick else CALLS)
    extra = {
        "recognise_ms": RECOGNISE_MS,
        "judge_ms": JUDGE_MS,
        "yields_within_ms": YIELDS_WITHIN_MS,
        "tuned_on": list(SPEAKERS["tune"]) if wish.folder is None else [],
        "load_average_after": conditions()["load_average"],
    }
    return BenchResult("bargein", len(found), before | extra, results, None, None)


def chosen(clips: tuple[Clip, ...], folder: Path, split: str = "test") -> list[Clip]:
    """The overlaps of one split. Raises ClipError where there is none."""
    overlaps = [clip for clip in clips if isinstance(clip.labels, BargeInLabels) and clip.labels.split == split]
    if not overlaps:
        raise ClipError(f"{folder}: no clip of the kind 'bargein' and the split {split!r}")
    return overlaps


async def decide(
    clips: Sequence[Clip], models: Listening, speakers: Speakers, tell: Callable[[int, int], None]
) -> list[Overlap]:
    """Every clip over the agent's speech, one after the other."""
    profile, found = shipped_profile(), list[Overlap]()
    for done, clip in enumerate(clips):
        tell(done, len(clips))
        assert isinstance(clip.labels, BargeInLabels)
        speech = sounds.to_pcm(agent_level(await speakers.render(clip.labels.agent_said, "agent")))
        times = 1 + duration_ms(clip.pcm) * BYTES_PER_MS // max(1, len(speech))
        found.append(await overlap(clip, speech * times, models, profile))
    tell(len(clips), len(clips))
    return found


def shipped_profile() -> AgentProfile:
    """A tenant to speak for."""
    with as_file(files("agent") / "tenants" / "bright-smile-dental") as folder:
        return parse(folder.name, {name: (folder / name).read_text("utf-8") for name in FILES})


def scored(found: Sequence[Overlap]) -> dict[str, Any]:
    """The results but for the calls'. Shares come with their Wilson intervals."""
    meant = [one for one in found if one.labels.sound == "interruption"]
    others = [one for one in found if one.labels.sound != "interruption"]
    kinds = sorted({one.labels.sound for one in others})
    delays = [one.stopped_ms for one in meant if one.is_stopped and one.stopped_ms is not None]
    return {
        "interruptions": {
            **_share(meant, "stopped", lambda one: one.is_stopped),
            "stopped_ms_p50": percentile(delays, 50),
            "stopped_ms_p95": percentile(delays, 95),
            "went_on_before_stopping": sum(bool(one.gaps_ms) for one in meant if one.is_stopped),
            "by_speaker": {
                name: _share([o for o in meant if o.labels.speaker == name], "stopped", lambda one: one.is_stopped)
                for name in sorted({one.labels.speaker for one in meant})
            },
        },
        "others": {
            **_others(others),
            "coughs_doors_music": _others([one for one in others if one.labels.sound in _SUDDEN]),
            "by_class": {kind: _others([one for one in others if one.labels.sound == kind]) for kind in kinds},
        },
    }


def _others(some: Sequence[Overlap]) -> dict[str, Any]:
    gaps = [gap for one in some for gap in one.gaps_ms]
    return {
        **_share(some, "paused", lambda one: bool(one.paused_ms)),
        **_share(some, "stopped", lambda one: one.stopped_ms is not None),
        "resumed_ms_p95": percentile(gaps, 95),
    }


def _share(some: Sequence[Overlap], name: str, is_so: Callable[[Overlap], bool]) -> dict[str, Any]:
    count = sum(is_so(one) for one in some)
    return {"n": len(some), name: count, f"{name}_ci95": wilson(count, len(some))}


def wilson(count: int, n: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson, 1927); None without a sample."""
    if n == 0:
        return None
    share, spread = count / n, _Z * _Z / n
    middle, half = share + spread / 2, _Z * sqrt(share * (1 - share) / n + spread / n / 4)
    return round((middle - half) / (1 + spread), 4), round((middle + half) / (1 + spread), 4)


async def _in_calls(stack: StackAddress, calls: int) -> dict[str, Any]:
    """Real calls whose caller interrupts answer after answer: from its first sound to the agent's last."""
    here = replace(stack, out_dir=stack.out_dir / "bench-bargein")
    placed = await place_calls(here, load(SCENARIO), calls, min(calls, PARALLEL), SEED, _calls_teller)
    delays = [
        turn.stopped_after_ms for call in placed.calls for turn in call.turns if turn.stopped_after_ms is not None
    ]
    return {"n": len(delays), "p50": percentile(delays, 50), "p95": percentile(delays, 95), "calls": calls}


@asynccontextmanager
async def _models(stack: StackAddress) -> AsyncIterator[tuple[Listening, Speakers]]:
    async with connected(stack, *_KINDS) as connections:
        models = Listening(
            WorkerVoiceActivity(connections["vad"]),
            WorkerRecogniser(connections["stt"]),
            WorkerTurnDetector(connections["vad"]),
        )
        agent = WorkerSynthesiser(connections["tts"], "agent", stack.cache_dir / "bench")
        yield models, Speakers(CallerVoice(connections["caller"], stack.cache_dir), agent)


def _teller(what: str) -> Callable[[int, int], None]:
    def tell(done: int, all_: int) -> None:
        if done % 40 == 0 or done == all_:
            log.info(what, done=done, all=all_)

    return tell


def _calls_teller(done: int, all_: int, what: str) -> None:
    if what == "call":
        log.info("calls placed", done=done, all=all_)
