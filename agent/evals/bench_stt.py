"""``attendant bench stt``: what the short encoder window costs in words, and saves in CPU.

Every utterance goes through both arms, now one first and now the other: *short* is what calls use, *long* the same
model and threads on the window that it was trained on, 30 s. The cost is the worker's CPU seconds, so that neighbours
on the machine matter little. Apart from that: words heard in ten minutes without any, and how often a turn's text is
there when the turn is found to be over.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

import numpy as np
import structlog

from agent.adapters.models.listening import WorkerRecogniser, WorkerTurnDetector, WorkerVoiceActivity
from agent.adapters.models.speaking import CallerVoice
from agent.evals.address import StackAddress
from agent.evals.bench_wish import ClipsWish
from agent.evals.bootstrap import Ratio, paired_ratio
from agent.evals.clipset import ClipError
from agent.evals.compare import DRIFT, BenchResult, conditions
from agent.evals.connected import connected
from agent.evals.endpointing_trace import QUESTIONS
from agent.evals.no_speech import no_speech
from agent.evals.stt_clips import CONDITIONS, HUMAN, Utterance, from_folder, utterances
from agent.evals.stt_listener import Listener, Senses
from agent.evals.word_errors import spoken_words, word_errors
from agent.evals.worker_cpu import WorkerCpu
from agent.ports.models import Recogniser
from agent.values.audio import BYTES_PER_MS

log = structlog.get_logger(__name__)
RESAMPLES = 5_000
AFTER_MS = 3_000
GREETING = "How may I help you?"
"""What the agent said before the noise: the recogniser's hint in calls."""
PIECE_MS = 4_000
QUICK_STEP = 9
_KINDS = ("vad", "stt", "caller")


class Cpu(Protocol):
    """What the recogniser has cost."""

    def seconds(self) -> float:
        """CPU seconds so far."""


@dataclass(frozen=True, slots=True)
class Arms:
    """The two ways to recognise, and the CPU of the one worker that does both."""

    short: Recogniser
    long: Recogniser
    cpu: Cpu


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance in both arms: words wrong and CPU seconds, short first."""

    speaker: str
    condition: str
    words: int
    errors: tuple[int, int]
    cpu_s: tuple[float, float]


async def bench_stt(stack: StackAddress, wish: ClipsWish) -> BenchResult:
    """See the module. Raises ClipError for a clip that cannot be used, ModelUnavailable."""
    before = conditions()
    async with _models(stack) as (arms, senses, voices):
        spoken = from_folder(wish.folder) if wish.folder else await utterances(voices, wish.recordings, _told("lines"))
        spoken = spoken[::QUICK_STEP] if wish.is_quick else spoken
        if not spoken:
            raise ClipError(f"{wish.folder}: no clip of the kind 'endpointing' in English")
        heard = await both_arms(arms, spoken)
        noise = no_speech(wish.recordings)
        words = {name: await words_in(senses, pcm) for name, pcm in noise.items()}
        ungated = [await words_without_gate(senses.recogniser, pcm) for pcm in noise.values()]
        turns = [one for one in spoken if one.speaker != HUMAN and one.condition == "clean"]
        aheads = [await ahead_ms(senses, one) for one in turns]
        waits = [ahead for ahead in aheads if ahead is not None]
    results, ratio = scored(heard)
    results |= {
        "words_on_noise": sum(words.values()),
        "noise_s": round(sum(len(pcm) for pcm in noise.values()) / BYTES_PER_MS / 1000),
        "words_by_noise": words,
        "words_without_gate": sum(ungated),
        "final_before_endpoint": round(sum(wait >= 0 for wait in waits) / len(aheads), 4) if aheads else None,
        "final_ahead_ms": {
            "n": len(aheads),
            "without_text": len(aheads) - len(waits),
            "p5": _quantile(waits, 5),
            "p50": _quantile(waits, 50),
        },
    }
    after = {"load_average_after": conditions()["load_average"]}
    found = (ratio.ratio, ratio.ci95) if ratio else (None, None)
    return BenchResult("stt", len(heard), before | after, results, *found)


async def both_arms(arms: Arms, spoken: Sequence[Utterance]) -> list[Heard]:
    """Each utterance by both arms, after one of each that does not count."""
    tell = _told("utterances")
    for arm in (arms.short, arms.long):
        await arm.transcribe(spoken[0].pcm)
    heard = []
    for place, one in enumerate(spoken):
        tell(place, len(spoken))
        order = (arms.short, arms.long) if place % 2 == 0 else (arms.long, arms.short)
        found = [await _transcribed(arms.cpu, arm, one) for arm in order]
        short, long = found if place % 2 == 0 else found[::-1]
        size = len(spoken_words(one.text))
        heard.append(Heard(one.speaker, one.condition, size, (short[0], long[0]), (short[1], long[1])))
    return heard


async def _transcribed(cpu: Cpu, arm: Recogniser, one: Utterance) -> tuple[int, float]:
    """Words wrong, and CPU seconds."""
    started = cpu.seconds()
    text = (await arm.transcribe(one.pcm)).text
    return word_errors(spoken_words(one.text), spoken_words(text)), cpu.seconds() - started


def scored(heard: Sequence[Heard]) -> tuple[dict[str, Any], Ratio | None]:
    """Word error rates and CPU seconds of both arms, pooled and by condition, and the ratio of the CPU seconds."""
    results: dict[str, Any] = {
        "short": _arm(heard, 0),
        "long": _arm(heard, 1),
        "wer_points_more": round(_wer(heard, 0) - _wer(heard, 1), 2),
        "wer_points_more_ci95": list(_difference(heard)),
        "words": sum(one.words for one in heard),
        "speakers": sorted({one.speaker for one in heard}),
    }
    for condition in CONDITIONS:
        part = [one for one in heard if one.condition == condition]
        if part:
            results[condition] = {"n": len(part), "short": _arm(part, 0), "long": _arm(part, 1)}
    results["is_void"] = _has_drifted([one.cpu_s[1] for one in heard])
    return results, paired_ratio([one.cpu_s for one in heard])


def _arm(heard: Sequence[Heard], arm: int) -> dict[str, float]:
    """``wer`` in percent, ``cpu_s`` the mean of an utterance."""
    return {"wer": round(_wer(heard, arm), 2), "cpu_s": round(float(np.mean([one.cpu_s[arm] for one in heard])), 4)}


def _wer(heard: Sequence[Heard], arm: int) -> float:
    return 100 * sum(one.errors[arm] for one in heard) / max(1, sum(one.words for one in heard))


def _difference(heard: Sequence[Heard], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of short minus long, in points, over resampled utterances."""
    rng = np.random.default_rng(seed)
    more = np.array([one.errors[0] - one.errors[1] for one in heard])
    words = np.array([one.words for one in heard])
    drawn = rng.integers(0, len(heard), (RESAMPLES, len(heard)))
    points = 100 * more[drawn].sum(axis=1) / words[drawn].sum(axis=1)
    low, high = np.percentile(points, [2.5, 97.5])
    return round(float(low), 2), round(float(high), 2)


def _has_drifted(cpu_s: Sequence[float]) -> bool:
    """Whether the long arm's cost, which hardly depends on the utterance, changed between the halves of the run."""
    if len(cpu_s) < 4:
        return False
    halves = median(cpu_s[: len(cpu_s) // 2]), median(cpu_s[len(cpu_s) // 2 :])
    return max(halves) > DRIFT * min(halves)


async def words_in(senses: Senses, pcm: bytes) -> int:
    """Words that a call would hear in ``pcm``: whatever opens the voice gate is recognised, under a question."""
    words, listener = 0, Listener(senses, pcm, "", GREETING)
    while (turn := await listener.next_turn()) is not None:
        words += len(spoken_words(turn.text))
    return words


async def words_without_gate(recogniser: Recogniser, pcm: bytes) -> int:
    """Words in ``pcm`` cut into pieces, each recognised as if it were speech."""
    size, words = PIECE_MS * BYTES_PER_MS, 0
    for start in range(0, len(pcm), size):
        heard = await recogniser.transcribe(pcm[start : start + size], GREETING)
        words += len(spoken_words(heard.text))
    return words


async def ahead_ms(senses: Senses, one: Utterance) -> float | None:
    """By how much the text is ahead of the turn's end; negative: late. None when no turn was heard."""
    audio = one.pcm + bytes(AFTER_MS * BYTES_PER_MS)
    listener = Listener(senses, audio, one.expects, QUESTIONS.get(one.expects, ""))
    last = None
    while (turn := await listener.next_turn()) is not None:
        last = turn
    return None if last is None or last.text_due_ms is None else last.at_ms - last.text_due_ms


def _quantile(values: Sequence[float], share: float) -> int | None:
    return round(float(np.percentile(values, share))) if values else None


def _told(what: str) -> Callable[[int, int], None]:
    def tell(done: int, all_: int) -> None:
        if done % 50 == 0 or done == all_:
            log.info("bench stt", what=what, done=done, all=all_)

    return tell


@asynccontextmanager
async def _models(stack: StackAddress) -> AsyncIterator[tuple[Arms, Senses, CallerVoice]]:
    async with connected(stack, *_KINDS) as connections:
        short = WorkerRecogniser(connections["stt"])
        long = WorkerRecogniser(connections["stt"], is_whole_window=True)
        vad, turns = WorkerVoiceActivity(connections["vad"]), WorkerTurnDetector(connections["vad"])
        cpu = WorkerCpu(stack.workers_dir / "stt.sock")
        voices = CallerVoice(connections["caller"], stack.cache_dir)
        yield Arms(short, long, cpu), Senses(vad, short, turns, time.monotonic), voices
