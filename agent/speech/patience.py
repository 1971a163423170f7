"""How much silence ends the caller's turn, given what is known of it: words, melody, and what was asked."""

from dataclasses import dataclass
from functools import lru_cache
from math import log
from types import MappingProxyType

from agent.speech.shape import Expected, Shape, text_shape

SILENCE_MS = MappingProxyType(
    {
        # shape: silence needed when the turn detector is sure of an end, and when it is sure of none
        Shape.ANSWERED: (240, 320),
        Shape.CLOSED: (224, 325),
        Shape.QUESTION: (304, 855),
        Shape.FINISHED: (468, 606),
        Shape.UNKNOWN: (591, 1_445),
        Shape.UNFINISHED: (1_700, 2_000),
        Shape.COUNTING: (1_700, 2_000),
        Shape.SPELLING: (1_100, 1_600),
        Shape.EMPTY: (1_000, 1_300),
    }
)
"""Fitted on clips of the split ``tune``, for three to ten pauses in a hundred cut (docs/benchmarks.md)."""
FARTHEST = 0.03
"""The turn detector's probability of an end counts as no nearer to 0 or 1: it is not that sure of anything."""
UNJUDGED = 0.5
"""Stands for the detector's sureness while it has not answered."""
LEAST_MS = 224
"""No shorter silence ends a turn, however little patience is asked for: consonants are as long."""
UNHEARD_MS = (600, 1_000)
"""Needed while the recogniser has not answered: it is late, and what it will say may be half a number."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """The endpointer's thresholds. ``scale`` stretches what the silences of SILENCE_MS have above LEAST_MS.

    So patience costs whole answers least. The count lags behind the voice by some 80 ms. Whisper writes the same after
    128 ms of silence as after 512 (122 of 123 clips); Smart Turn judges better when it has heard a little more.
    """

    speculate_ms: int = 64
    judge_ms: int = 192
    blip_voiced_ms: int = 120
    blip_silence_ms: int = 350
    max_silence_ms: int = 2_200
    max_turn_ms: int = 30_000
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What bears on a pause. ``text`` is the turn's transcript up to it, None before there is one (empty: no words).

    ``complete`` is the turn detector's probability of an end, ``voiced_ms`` how much voice the turn has, ``pace`` how
    much longer than usual this caller pauses (1: no longer).
    """

    voiced_ms: int
    text: str | None = None
    complete: float | None = None
    expects: Expected | None = None
    pace: float = 1.0


class Pace:
    """How long this caller pauses and goes on, learnt in the course of a call. Slow speakers get time."""

    USUAL_MS = 500
    MOST = 1.3
    LEARN, FORGET = 0.3, 0.9

    def __init__(self) -> None:
        self.scale = 1.0
        """1 for callers who pause no longer than is usual, up to MOST."""

    def went_on(self, pause_ms: int) -> None:
        """The caller was silent for so long, and it was no end."""
        seen = min(self.MOST, max(1.0, pause_ms / self.USUAL_MS))
        if seen > self.scale:
            self.scale += self.LEARN * (seen - self.scale)

    def ended(self) -> None:
        """A turn is over."""
        self.scale = 1.0 + self.FORGET * (self.scale - 1.0)


@lru_cache(maxsize=16)
def _silences_ms(text: str | None, expects: Expected | None) -> tuple[int, int]:
    """Asked for every window of a silence, in which the text does not change."""
    return UNHEARD_MS if text is None else SILENCE_MS[text_shape(text, expects)]


def _sureness(complete: float | None) -> float:
    """How sure the turn detector is of an end, 0 to 1: its odds count, up to thirty to one either way."""
    if complete is None:
        return UNJUDGED
    held = min(1.0 - FARTHEST, max(FARTHEST, complete))
    return 0.5 + 0.5 * log(held / (1.0 - held)) / log((1.0 - FARTHEST) / FARTHEST)


def needed_ms(evidence: Evidence, settings: EndpointSettings) -> int:
    """The silence that ends a turn with this evidence."""
    if evidence.voiced_ms < settings.blip_voiced_ms:
        return settings.blip_silence_ms
    sure, unsure = _silences_ms(evidence.text, evidence.expects)
    needed = unsure + (sure - unsure) * _sureness(evidence.complete)
    stretched = LEAST_MS + (needed - LEAST_MS) * settings.scale
    return min(settings.max_silence_ms, round(stretched * evidence.pace))
