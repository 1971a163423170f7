"""The paired ratio and its interval."""

import numpy as np

from agent.evals.bootstrap import paired_ratio


def test_a_clear_difference_has_an_interval_that_clears_one() -> None:
    rng = np.random.default_rng(5)
    drift = rng.uniform(1, 3, 60)
    pairs = [(0.5 * load * rng.uniform(0.9, 1.1), load * rng.uniform(0.9, 1.1)) for load in drift]
    found = paired_ratio(pairs)
    assert found is not None
    assert 0.45 < found.ci95[0] < found.ratio < found.ci95[1] < 0.55


def test_no_difference_is_not_found() -> None:
    rng = np.random.default_rng(6)
    pairs = [(float(a), float(b)) for a, b in rng.uniform(0.8, 1.2, (200, 2))]
    found = paired_ratio(pairs)
    assert found is not None
    assert found.ci95[0] < 1 < found.ci95[1]


def test_nothing_to_compare() -> None:
    assert paired_ratio([]) is None
    assert paired_ratio([(0.0, 1.0)]) is None
