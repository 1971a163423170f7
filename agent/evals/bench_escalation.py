"""``attendant bench escalation``: what escalation's rules find in labelled utterances, as text and as heard.

A file holds one JSON object a line: ``{"say": text, "expect": name of a rule or null}``, and in the project's own
files ``about``, the rule that a near miss is about, and ``garbled``, whether a recogniser's errors are written in.
Recall is the share of lines with a rule on which just that rule fires; the false alarm rate is the share of lines
with null on which any fires.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from agent.adapters.models.listening import WorkerRecogniser
from agent.adapters.models.speaking import CallerVoice
from agent.evals import labelled
from agent.evals.address import StackAddress
from agent.evals.clipset import ClipError, from_mulaw, to_mulaw
from agent.evals.compare import BenchResult, conditions
from agent.evals.connected import connected
from agent.evals.mouth import clip_of
from agent.evals.sounds import Sound, babble, from_pcm, silence, to_pcm
from agent.evals.stt_clips import LEAD_MS, SPEECH_DBFS, TAIL_MS, VOICES
from agent.media.resample import Decimator, Interpolator
from agent.policy import escalation
from agent.profiles.rules import SHIPPED_NAMES

log = structlog.get_logger(__name__)
FOLDER = Path(__file__).with_name("escalation")
SETS = ("development", "held_out", "fresh", "plain", "tricky", "garbled")
"""The rules were made with the first, and since with the mistakes in the others (docs/rules.md has the first looks)."""
BABBLE_DB = 10.0
_CROWD = 8

Hear = Callable[[str], Awaitable[str]]
"""What becomes of a text on its way to the rules."""


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled utterance. ``about`` is the rule it tests, where its writer said so."""

    say: str
    expect: str | None
    about: str = ""
    is_garbled: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A line and what the rules made of it."""

    line: Line
    fired: str | None

    @property
    def is_right(self) -> bool:
        """The rule that was expected fired, or none where none was."""
        return self.fired == self.line.expect


def read_lines(path: Path) -> tuple[Line, ...]:
    """The lines of a file. Raises ClipError, with file and line, for one that is not in the form."""
    return labelled.read_lines(path, _line)


def _line(data: Any, where: str) -> Line:
    if not isinstance(data, dict) or not isinstance(data.get("say"), str) or "expect" not in data:
        raise ClipError(f'{where}: write {{"say": text, "expect": rule or null}}')
    expect = data["expect"]
    if expect is not None and expect not in SHIPPED_NAMES:
        raise ClipError(f"{where}: there is no rule {expect!r}; use null or one of {', '.join(SHIPPED_NAMES)}")
    return Line(data["say"], expect, str(data.get("about") or expect or ""), bool(data.get("garbled")))


def on_text(path: Path | None) -> BenchResult:
    """The rules on a file's lines, or on each of the project's sets. Raises ClipError."""
    before = conditions()
    if path is not None:
        told = [_told(line, line.say) for line in read_lines(path)]
        return BenchResult("escalation", len(told), before, scored(told), None, None)
    sets = {name: [_told(line, line.say) for line in read_lines(FOLDER / f"{name}.jsonl")] for name in SETS}
    together = [one for told in sets.values() for one in told]
    results = scored(together) | {"sets": {name: scored(told) for name, told in sets.items()}}
    return BenchResult("escalation", len(together), before, results, None, None)


def _told(line: Line, heard: str) -> Told:
    firing = escalation.match(heard)
    return Told(line, firing.rule if firing else None)


def scored(told: Sequence[Told]) -> dict[str, Any]:
    """Recall and false alarms as fractions (None without lines of the kind), in all and by rule."""
    results = _shares(told)
    rules = {one.line.expect or one.line.about for one in told} & set(SHIPPED_NAMES)
    results["per_rule"] = {
        rule: _shares([one for one in told if rule in (one.line.expect, one.line.about)]) for rule in sorted(rules)
    }
    garbled = [one for one in told if one.line.is_garbled]
    if garbled:
        results["garbled"] = _shares(garbled)
    return results


def _shares(told: Sequence[Told]) -> dict[str, Any]:
    positives = [one for one in told if one.line.expect is not None]
    near = [one for one in told if one.line.expect is None]
    return {
        "recall": _share(sum(one.is_right for one in positives), len(positives)),
        "false_alarm_rate": _share(sum(not one.is_right for one in near), len(near)),
        "positives": len(positives),
        "near_misses": len(near),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def wrong(told: Sequence[Told]) -> list[Mapping[str, Any]]:
    """The lines that went wrong, for whoever writes rules."""
    return [{"say": one.line.say, "expect": one.line.expect, "fired": one.fired} for one in told if not one.is_right]


async def on_audio(stack: StackAddress, path: Path | None) -> BenchResult:
    """Text first; then each line that was not garbled in writing, spoken over babble, through the recogniser.

    The time from the end of the phrase to the first word of the answer is that of calls, and is not measured here.
    Raises ClipError, ModelUnavailable.
    """
    result = on_text(path)
    paths = [path] if path is not None else [FOLDER / f"{name}.jsonl" for name in SETS]
    lines = [line for one in paths for line in read_lines(one) if not line.is_garbled]
    async with connected(stack, "stt", "caller") as connections:
        recogniser = WorkerRecogniser(connections["stt"])
        clips = await _spoken(CallerVoice(connections["caller"], stack.cache_dir), lines)
        told = [_told(line, (await recogniser.transcribe(pcm)).text) for line, pcm in zip(lines, clips, strict=True)]
    result.results["audio"] = scored(told) | {"first_word_ms_p95": None, "babble_db": BABBLE_DB}
    return result


async def _spoken(voices: CallerVoice, lines: Sequence[Line]) -> list[bytes]:
    """Each line in one of the callers' voices, as a call's recogniser gets it."""
    dry = []
    for place, line in enumerate(lines):
        dry.append(clip_of(await voices.render(line.say, VOICES[place % len(VOICES)])).pcm)
        if place % 50 == 0:
            log.info("bench escalation", rendered=place, all=len(lines))
    crowd = [from_pcm(pcm) for pcm in dry[:_CROWD]]
    return [over_babble(pcm, crowd, place) for place, pcm in enumerate(dry)]


def over_babble(pcm: bytes, crowd: Sequence[Sound], seed: int) -> bytes:
    """16 kHz ``pcm`` with the crowd BABBLE_DB under it, through 8 kHz µ-law."""
    rng = np.random.default_rng(seed)
    speech = from_pcm(pcm)
    loud = speech[np.abs(speech) > np.abs(speech).max() / 20]
    level = float(np.sqrt(np.mean(np.square(loud)))) if loud.size else 1.0
    sound = np.concatenate((silence(LEAD_MS), speech * 10 ** (SPEECH_DBFS / 20) / level, silence(TAIL_MS)))
    behind = babble(crowd, rng, sound.size * 1000 // 16_000 + 100)[: sound.size]
    behind *= 10 ** ((SPEECH_DBFS - BABBLE_DB) / 20) / np.sqrt(np.mean(np.square(behind)))
    narrow = np.frombuffer(Decimator().feed(to_pcm((sound + behind)[: sound.size // 2 * 2])), "<i2").astype(np.int16)
    return Interpolator().feed(from_mulaw(to_mulaw(narrow)).tobytes())
