"""``attendant bench slots``: what the dialogue's reader finds in utterances that stand alone.

A file holds one JSON object a line: ``{"say": text, "now": ISO time with zone, "expect": {slot: value}}``, and in the
project's own files ``style``, how it is said. ``exact`` is the share of lines whose whole object is right; names
compare without regard to case, spacing and full stops. Only rules read; no model is asked.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.dialogue.stated import SLOTS, read
from agent.evals import labelled
from agent.evals.clipset import ClipError
from agent.evals.compare import BenchResult, conditions
from agent.evals.result import percentile
from agent.profiles import FILES, parse
from agent.values.profile import AgentProfile

FOLDER = Path(__file__).with_name("slots")
TENANTS = Path(__file__).parents[1] / "tenants"
DEFAULT_PROFILE = "bright-smile-dental"
OTHER_SETS = ("development", "fresh")
"""Beside ``test``, which is what the bench measures: what the rules were made with, and a last look at unseen lines."""

Reader = Callable[[str, datetime, AgentProfile], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled utterance; ``now`` has a zone."""

    say: str
    now: datetime
    expect: Mapping[str, str]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A line, what was read in it, and how long that took."""

    line: Line
    found: Mapping[str, str]
    ms: float

    @property
    def is_exact(self) -> bool:
        """The whole object is right."""
        return compared(self.found) == compared(self.line.expect)


def compared(values: Mapping[str, str]) -> dict[str, str]:
    """The values as they are compared."""
    name = " ".join(values.get("name", "").replace(".", " ").casefold().split())
    return dict(values) | ({"name": name} if name else {})


def read_lines(path: Path) -> tuple[Line, ...]:
    """The lines of a file. Raises ClipError, with file and line, for one that is not in the form."""
    return labelled.read_lines(path, _line)


def _line(data: Any, where: str) -> Line:
    if not isinstance(data, dict) or not isinstance(data.get("say"), str) or not isinstance(data.get("expect"), dict):
        raise ClipError(f'{where}: write {{"say": text, "now": time with zone, "expect": {{slot: value}}}}')
    wrong = [slot for slot, value in data["expect"].items() if slot not in SLOTS or not isinstance(value, str)]
    if wrong:
        raise ClipError(f"{where}: {wrong[0]!r} is no slot with a text; slots are {', '.join(SLOTS)}")
    try:
        now = datetime.fromisoformat(str(data.get("now")))
    except ValueError:
        now = None
    if now is None or now.tzinfo is None:
        raise ClipError(f'{where}: "now" is {data.get("now")!r}; write a time with its zone, 2026-11-24T10:00:00-06:00')
    return Line(data["say"], now, data["expect"], str(data.get("style") or ""))


def profile_of(name: str) -> AgentProfile:
    """A shipped tenant's profile, or that of a tenant's folder. Raises ClipError, ProfileError."""
    folder = next((one for one in (TENANTS / name, Path(name)) if (one / "profile.toml").is_file()), None)
    if folder is None:
        known = ", ".join(sorted(one.name for one in TENANTS.iterdir() if (one / "profile.toml").is_file()))
        raise ClipError(f"there is no profile {name!r}: name one of {known}, or a tenant's folder")
    files = {file: (folder / file).read_text("utf-8") for file in FILES if (folder / file).exists()}
    return parse(folder.resolve().name, files)


def bench_slots(path: Path | None, profile: str = "") -> BenchResult:
    """The reader on a file's lines, or on the project's test set. Raises ClipError, ProfileError."""
    before, tenant = conditions(), profile_of(profile or DEFAULT_PROFILE)
    told = told_of(read_lines(path or FOLDER / "test.jsonl"), tenant)
    results = scored(told) | {"profile": tenant.tenant, "read_by": "rules"}
    if path is None:
        others = {name: told_of(read_lines(FOLDER / f"{name}.jsonl"), tenant) for name in OTHER_SETS}
        results["other_sets"] = {name: {"exact": _share(lines), "n": len(lines)} for name, lines in others.items()}
    return BenchResult("slots", len(told), before, results, None, None)


def told_of(lines: Sequence[Line], profile: AgentProfile, reader: Reader = read) -> list[Told]:
    """What ``reader`` makes of each line."""
    told = []
    for line in lines:
        begun = time.perf_counter()
        found = reader(line.say, line.now, profile)
        told.append(Told(line, found, (time.perf_counter() - begun) * 1_000))
    return told


def scored(told: Sequence[Told]) -> dict[str, Any]:
    """``exact`` as a fraction, precision and recall by slot (None where nothing counts), time to read a line."""
    times = [one.ms for one in told]
    styles = sorted({one.line.style for one in told} - {""})
    results: dict[str, Any] = {
        "exact": _share(told),
        "per_slot": {slot: _slot(told, slot) for slot in SLOTS},
        "ms": {"p50": percentile(times, 50), "p95": percentile(times, 95)},
    }
    if styles:
        results["per_style"] = {style: _share([one for one in told if one.line.style == style]) for style in styles}
    return results


def _slot(told: Sequence[Told], slot: str) -> dict[str, Any]:
    pairs = [(compared(one.found).get(slot), compared(one.line.expect).get(slot)) for one in told]
    right = sum(found == wanted for found, wanted in pairs if wanted is not None)
    found, wanted = (sum(pair[n] is not None for pair in pairs) for n in (0, 1))
    return {
        "precision": round(right / found, 4) if found else None,
        "recall": round(right / wanted, 4) if wanted else None,
        "expected": wanted,
    }


def _share(told: Sequence[Told]) -> float:
    return round(sum(one.is_exact for one in told) / len(told), 4)


def wrong(told: Sequence[Told]) -> list[dict[str, Any]]:
    """The lines that went wrong, for whoever writes rules."""
    return [
        {"say": one.line.say, "now": one.line.now.isoformat(), "expect": one.line.expect, "found": one.found}
        for one in told
        if not one.is_exact
    ]
