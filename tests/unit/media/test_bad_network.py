"""The receiving half behind a bad network, in audio time: it conceals what was lost, and holds back what it must.

Packets keep their order. ``renumbered`` is a stream that passed another server, which numbers what it has anew: a
loss is then a pause, not a hole.
"""

from random import Random

import pytest

from agent.media.intake import Intake
from agent.values.audio import FRAME_BYTES, FRAME_MS

PACKETS = 5_000
PHASE_MS = 7
SPEECH = Random(1).randbytes(FRAME_BYTES)


def received_through(loss_percent: float, jitter_ms: int, renumbered: bool, seed: int) -> tuple[Intake, list[int]]:
    """The intake after all has come, and what it held back at each tick."""
    rng, intake, delays = Random(seed), Intake(), []
    arrivals, last_ms, number = [], 0.0, 0
    for place in range(PACKETS):
        is_lost = rng.random() * 100 < loss_percent
        if not is_lost:
            last_ms = max(last_ms, place * FRAME_MS + PHASE_MS + rng.uniform(0, jitter_ms))
            arrivals.append((last_ms, number))
        number += not (is_lost and renumbered)
    waiting = iter([*arrivals, (float("inf"), 0)])
    at_ms, number = next(waiting)
    for tick in range(1, PACKETS + 1):
        while at_ms <= tick * FRAME_MS:
            intake.push(number % 65_536, SPEECH)
            at_ms, number = next(waiting)
        intake.take(tick * FRAME_MS)
        delays.append(intake.delay_ms)
    return intake, delays


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("renumbered", [False, True])
@pytest.mark.parametrize(("loss_percent", "jitter_ms"), [(0, 0), (5, 0), (0, 40), (5, 40), (1, 60)])
def test_what_is_concealed_is_what_was_lost(loss_percent: int, jitter_ms: int, renumbered: bool, seed: int) -> None:
    intake, delays = received_through(loss_percent, jitter_ms, renumbered, seed)
    lost = PACKETS - intake.counts.received
    # A few more while it finds out how long packets may be held up; the delay never exceeds that by two frames.
    assert abs(intake.concealed - lost) <= 10 + lost // 10
    assert intake.counts.merged <= 10 + lost // 10
    assert sorted(delays)[PACKETS * 95 // 100] <= jitter_ms + 2 * FRAME_MS


def test_on_a_good_network_nothing_is_held_back() -> None:
    intake, delays = received_through(0, 0, renumbered=False, seed=1)
    assert max(delays) == 0
    assert intake.concealed <= 1
