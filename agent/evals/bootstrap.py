"""Paired comparison by median ratio, with a bootstrap interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Ratio:
    """Median of the paired ratios a/b, and its 95 % bootstrap interval (percentile method)."""

    ratio: float
    ci95: tuple[float, float]


def paired_ratio(pairs: Sequence[tuple[float, float]], seed: int = 0) -> Ratio | None:
    """The ratio of pairs (a, b) measured side by side; None without a pair, or where a value is not positive."""
    if not pairs or any(value <= 0 for pair in pairs for value in pair):
        return None
    ratios = np.array([a / b for a, b in pairs])
    rng = np.random.default_rng(seed)
    resampled = np.median(ratios[rng.integers(0, ratios.size, (RESAMPLES, ratios.size))], axis=1)
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Ratio(round(float(np.median(ratios)), 4), (round(float(low), 4), round(float(high), 4)))
