"""End of turn as eot-bench counts it: each silence of 100 ms or more, the last of a clip an end, the others holds.

A decision within a hold is a false cut-off; the delay of an end is from the last sound to the decision, and an end that
nothing finds is counted at the end of its clip. Each way of deciding is swept over its settings; what is compared
is the least mean delay at which no more than a share of the holds is cut.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.evals.endpointing_trace import ASKED_AT_MS, JUDGE_MS, Pause
from agent.speech.patience import EndpointSettings, needed_ms
from agent.speech.shape import Shape, text_shape

RESAMPLES = 2_000
Decide = Callable[[Pause], int | None]
"""When the turn is called over within a pause, in the clip's time; None never."""
Floats = npt.NDArray[np.float64]


def ours(settings: EndpointSettings) -> Decide:
    """The product's own rule."""

    def decide(pause: Pause) -> int | None:
        for moment in pause.moments:
            if moment.may_end and moment.silence_ms >= needed_ms(moment.evidence, settings):
                return moment.at_ms
        return None

    return decide


def vad_alone(silence_ms: int) -> Decide:
    """A turn is over when the caller was silent for so long."""

    def decide(pause: Pause) -> int | None:
        return next((m.at_ms for m in pause.moments if m.silence_ms >= silence_ms), None)

    return decide


def smart_turn_alone(asked_at_ms: int, threshold: float, timeout_ms: int) -> Decide:
    """Smart Turn asked once in the pause; when it does not say that the turn is complete, silence decides."""
    wait = vad_alone(timeout_ms)

    def decide(pause: Pause) -> int | None:
        asked = next((m.at_ms for m in pause.moments if m.silence_ms >= asked_at_ms), None)
        late = wait(pause)
        if asked is None or pause.judged.get(asked_at_ms, 0.0) < threshold:
            return late
        answered_ms = asked + JUDGE_MS
        if not pause.label.is_end and answered_ms > pause.moments[-1].at_ms:
            return late  # the caller went on before the answer came
        return answered_ms if late is None else min(late, answered_ms)

    return decide


SCALES = tuple(round(0.2 + 0.1 * step, 1) for step in range(32))
LONGEST_MS = (850, 1_000, 1_200, 1_400, 1_600, 1_800, 2_000, 2_200, 2_500)
THRESHOLDS = (*(round(0.05 * step, 2) for step in range(1, 20)), 0.97, 0.98, 0.99, 0.995)
TIMEOUTS_MS = tuple(range(500, 2_800, 100))
SILENCES_MS = tuple(range(200, 2_800, 32))


def ways(shipped: EndpointSettings) -> dict[str, list[Decide]]:
    """The three ways of deciding, each with all its settings."""
    return {
        "ours": [
            ours(replace(shipped, scale=scale, max_silence_ms=longest))
            for scale, longest in product(SCALES, LONGEST_MS)
        ],
        "smart_turn": [smart_turn_alone(*each) for each in product(ASKED_AT_MS, THRESHOLDS, TIMEOUTS_MS)],
        "vad": [vad_alone(silence) for silence in SILENCES_MS],
    }


@dataclass(frozen=True, slots=True)
class Counts:
    """Per setting (row) and clip (column): holds cut, and the sum of the delays of ends. Per clip: holds and ends."""

    cut: Floats
    delay_ms: Floats
    holds: Floats
    ends: Floats

    def best_ms(self, share: float, weights: Floats | None = None) -> float | None:
        """The least mean delay of a setting that cuts at most ``share`` of the holds; None without one."""
        by_clip = np.ones(self.holds.size) if weights is None else weights
        cut = self.cut @ by_clip / max(1.0, float(self.holds @ by_clip))
        delay = self.delay_ms @ by_clip / max(1.0, float(self.ends @ by_clip))
        allowed = delay[cut <= share]
        return float(allowed.min()) if allowed.size else None


def count(pauses: Sequence[Pause], decides: Iterable[Decide]) -> Counts:
    """What each way of ``decides`` makes of the pauses."""
    clips = {name: at for at, name in enumerate(dict.fromkeys(pause.clip for pause in pauses))}
    chosen = list(decides)
    cut, delay_ms = np.zeros((len(chosen), len(clips))), np.zeros((len(chosen), len(clips)))
    per_clip = np.zeros((2, len(clips)))
    for pause in pauses:
        clip, label = clips[pause.clip], pause.label
        per_clip[int(label.is_end), clip] += 1
        for row, decide in enumerate(chosen):
            at_ms = decide(pause)
            if label.is_end:
                delay_ms[row, clip] += (label.end_ms if at_ms is None else min(at_ms, label.end_ms)) - label.start_ms
            elif at_ms is not None:
                cut[row, clip] += 1
    return Counts(cut, delay_ms, per_clip[0], per_clip[1])


def ratio_interval(one: Counts, other: Counts, share: float, seed: int = 0) -> tuple[float, float] | None:
    """Bootstrap 95 % interval over clips of the ratio of the best delays; each resample chooses its own settings."""
    rng = np.random.default_rng(seed)
    clips = one.holds.size
    ratios = []
    for _ in range(RESAMPLES):
        weights = np.bincount(rng.integers(0, clips, clips), minlength=clips).astype(np.float64)
        a, b = one.best_ms(share, weights), other.best_ms(share, weights)
        if a is not None and b:
            ratios.append(a / b)
    if not ratios:
        return None
    low, high = np.percentile(ratios, [2.5, 97.5])
    return round(float(low), 3), round(float(high), 3)


def by_shape(pauses: Sequence[Pause], decide: Decide) -> dict[str, dict[str, Any]]:
    """For each shape of the transcript at a pause: holds and how many are cut, ends and their mean delay."""
    holds, cut, ends, delay = (Counter[str]() for _ in range(4))
    for pause in pauses:
        shape, at_ms, label = _shape(pause), decide(pause), pause.label
        if label.is_end:
            ends[shape] += 1
            delay[shape] += (label.end_ms if at_ms is None else min(at_ms, label.end_ms)) - label.start_ms
        else:
            holds[shape] += 1
            cut[shape] += at_ms is not None
    return {
        shape: {
            "holds": holds[shape],
            "cut": cut[shape],
            "ends": ends[shape],
            "delay_ms": round(delay[shape] / ends[shape]) if ends[shape] else None,
        }
        for shape in sorted(holds.keys() | ends.keys())
    }


def _shape(pause: Pause) -> str:
    """The shape of the text that came during the pause; a pause may be over before there is one."""
    texts = [m.evidence for m in pause.moments if m.evidence.text is not None]
    if not texts:
        return "no text yet"
    shape: Shape = text_shape(texts[-1].text or "", texts[-1].expects)
    return shape.value
