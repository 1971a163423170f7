"""A span of the caller's words, and which of several values counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DENIED = re.compile(
    r"(?:\bnot|\binstead of|\brather than|n't|\bno longer)(?: (?:on|at|for|the|in|do|make|come|an?|my|your))* $"
)
_OR = re.compile(r"(?:^| )or(?: |$)")


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` of the figures text."""

    start: int
    end: int


def is_denied(text: str, start: int) -> bool:
    """Whether the words before ``start`` take the value back: "not Tuesday", "instead of two"."""
    return bool(_DENIED.search(text[:start]))


def chosen(text: str, spans: Sequence[Span]) -> int | None:
    """Index of the value that counts: the last one said, since people correct themselves; the first of "a or b"."""
    kept = [n for n, span in enumerate(spans) if not is_denied(text, span.start)]
    if not kept:
        return None
    kept.sort(key=lambda n: spans[n].start)
    last = kept[-1]
    for n in reversed(kept[:-1]):
        if not _OR.search(text[spans[n].end : spans[last].start]):
            break
        last = n
    return last


def masked(text: str, spans: Sequence[Span]) -> str:
    """``text`` with the spans blanked by ``|``, same length: a later search cannot use them or reach across."""
    out = list(text)
    for span in spans:
        for at in range(span.start, span.end):
            if out[at] != " ":
                out[at] = "|"
    return "".join(out)
