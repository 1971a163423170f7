"""``attendant bench NAME``: two ways of doing a thing, interleaved on one machine, compared in pairs.

The machines are small and shared, so a number alone says little: each bench gives the median ratio of its
pairs with a bootstrap interval, and the conditions it was measured under. ``ratio`` is A over B, A being what
the product does. A run whose B drifted by more than DRIFT between its halves is void, and says so.
"""

import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agent.evals.bootstrap import paired_ratio
from agent.evals.result import percentile

DRIFT = 1.25
_PACKAGES = ("attendant", "numpy", "ctranslate2", "piper-tts", "onnxruntime", "uvloop")

Arm = Callable[[int], Awaitable[float]]
"""Does the work once (the argument counts the rounds) and returns what it cost; the unit is the bench's."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms with their names and their unit."""

    name: str
    unit: str
    a: tuple[str, Arm]
    b: tuple[str, Arm]
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What ``attendant bench`` prints."""

    name: str
    n: int
    conditions: dict[str, Any]
    results: dict[str, Any]
    ratio: float | None
    ci95: tuple[float, float] | None

    def as_json(self) -> dict[str, Any]:
        """The object of the command."""
        return {
            "name": self.name,
            "n": self.n,
            "conditions": self.conditions,
            "results": self.results,
            "ratio": self.ratio,
            "ci95": list(self.ci95) if self.ci95 else None,
        }


async def compare(comparison: Comparison, n: int) -> BenchResult:
    """Run ``n`` pairs, A first and B first in turn, after one of each that does not count."""
    (a_name, a), (b_name, b) = comparison.a, comparison.b
    before = conditions()
    await a(-1)
    await b(-1)
    pairs = []
    for place in range(n):
        if place % 2:
            second = await b(place)
            pairs.append((await a(place), second))
        else:
            first = await a(place)
            pairs.append((first, await b(place)))
    found = paired_ratio(pairs)
    of_a, of_b = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    results = {
        a_name: _described(of_a, comparison.unit),
        b_name: _described(of_b, comparison.unit),
        "is_void": has_drifted(of_b),
        **comparison.extra,
    }
    after = {"load_average_after": conditions()["load_average"]}
    return BenchResult(
        comparison.name, n, before | after, results, found.ratio if found else None, found.ci95 if found else None
    )


def conditions() -> dict[str, Any]:
    """The machine and what runs on it, without its name."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _described(values: Sequence[float], unit: str) -> dict[str, Any]:
    return {"unit": unit, "p50": percentile(values, 50), "p95": percentile(values, 95), "n": len(values)}


def has_drifted(values: Sequence[float]) -> bool:
    """Whether the reference changed by more than DRIFT between the halves of a run: the run is void then."""
    if len(values) < 4:
        return False
    half = len(values) // 2
    first, second = statistics.median(values[:half]), statistics.median(values[half:])
    return max(first, second) > DRIFT * min(first, second)


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
