"""How much silence ends the caller's turn, given what is known of it: words, melody, and what was asked."""

from dataclasses import dataclass
from types import MappingProxyType

from agent.speech.shape import Expected, Shape, text_shape

SILENCE_MS = MappingProxyType(
    {
        # shape: silence needed when the turn detector is sure of an end, and when it is sure of none
        Shape.ANSWERED: (250, 350),
        Shape.CLOSED: (300, 450),
        Shape.QUESTION: (350, 550),
        Shape.FINISHED: (350, 550),
        Shape.UNKNOWN: (500, 800),
        Shape.UNFINISHED: (900, 1_200),
        Shape.COUNTING: (1_000, 1_200),
        Shape.SPELLING: (900, 1_200),
        Shape.EMPTY: (500, 700),
    }
)
UNJUDGED = 0.5
"""Stands for the turn detector's probability while it has not answered."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """The endpointer's thresholds. ``scale`` stretches the silences of SILENCE_MS.

    The count lags behind the voice by some 80 ms. Whisper writes the same after 128 ms of silence as after 512 (122 of
    123 clips); Smart Turn judges better when it has heard a little more.
    """

    speculate_ms: int = 64
    judge_ms: int = 192
    blip_voiced_ms: int = 120
    blip_silence_ms: int = 350
    max_silence_ms: int = 2_000
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
    MOST = 1.5
    LEARN, FORGET = 0.5, 0.9

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


def needed_ms(evidence: Evidence, settings: EndpointSettings) -> int:
    """The silence that ends a turn with this evidence."""
    if evidence.voiced_ms < settings.blip_voiced_ms:
        return settings.blip_silence_ms
    shape = Shape.UNKNOWN if evidence.text is None else text_shape(evidence.text, evidence.expects)
    sure, unsure = SILENCE_MS[shape]
    complete = UNJUDGED if evidence.complete is None else evidence.complete
    needed = unsure + (sure - unsure) * complete
    return min(settings.max_silence_ms, round(needed * settings.scale * evidence.pace))
