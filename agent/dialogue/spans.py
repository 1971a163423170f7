"""A span of the caller's words, and which of several values counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DENIES = (
    r"not", r"instead of", r"rather than", r"no longer", r"except(?: for)?", r"other than", r"apart from", r"bar",
    r"any ?(?:thing|day|time|where) (?:but|bar|except|other than)",
    r"unavailable", r"cannot", r"never", r"(?<!later )(?<!earlier )(?<!sooner )(?<!more )than",
    r"(?:i'm|i am|we're) (?:away|busy|out) (?:on|until|from)",
)  # fmt: skip
_STEPS = (
    r"on|at|for|the|in|do|make|come|an?|my|your|this|next|to|book|me|want|like|need|work|have|available|free|it|until"
    r"|be|doing|with|call|ring|phone|text|before|after|seen|scheduled|booked|see|visit|attend|take|use|pick|choose"
    r"|anything|appointments?|us|schedule|really|quite|exactly|necessarily"
)
_DENIED = re.compile(rf"(?:\b(?:{'|'.join(_DENIES)})|n't)(?: (?:{_STEPS}))* $")
_OF_DENIED = re.compile(rf"(?:\b(?:{'|'.join(_DENIES)})|n't)(?: (?:{_STEPS}))* \|+ (?:(?:at|around|about|by) )?$")
_DENIES_AFTER = (
    r"no (?:good|use|chance)",
    r"not (?:good|possible|available|free|great|convenient|an option)",
    r"out",
    r"impossible",
    r"too (?:early|late|soon|far)",
    r"(?:doesn't|does not|don't|won't|will not|isn't|wasn't|wouldn't|can't)(?! you| we| i)",
    r"(?:i'm|i am|we're|we are) (?:out|busy|away|working|not|unavailable|booked)",
    r"i can't",
    r"would've",
    r"would have",
    r"(?<=is )(?:tough|hard|difficult|tricky|bad|awkward)",
    r"(?<=are )(?:tough|hard|difficult|tricky|bad|awkward)",
)
_DENIED_AFTER = re.compile(
    r"^ ?(?:(?:is|are|was|would be|will be|that's) )?(?:really |just |a bit |way |much )?"
    rf"(?:{'|'.join(_DENIES_AFTER)})\b"
)
_OR = re.compile(r"(?:^| )or(?! (?:actually|no|rather|better|maybe|make)\b)(?: |$)")
_AND_SO = re.compile(r"^ ?(?:or|nor|and) ?(?:on |at |the |a |in )*$")


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` of the figures text."""

    start: int
    end: int


def is_denied(text: str, span: Span) -> bool:
    """Whether the words around ``span`` take the value back: "not Tuesday", "instead of two", "Friday is no good"."""
    return bool(_DENIED.search(text[: span.start]) or _DENIED_AFTER.search(text[span.end :]))


def is_of_denied(text: str, span: Span) -> bool:
    """Whether the value belongs to another that was taken back and masked: the hour of "not Tuesday at three"."""
    return bool(_OF_DENIED.search(text[: span.start]))


def denied(text: str, spans: Sequence[Span]) -> frozenset[int]:
    """The indices of the values that are taken back: "not Monday or Tuesday" takes back both."""
    out: set[int] = set()
    for n in sorted(range(len(spans)), key=lambda n: spans[n].start):
        joined = (other for other in out if _AND_SO.search(text[spans[other].end : spans[n].start]))
        if is_denied(text, spans[n]) or next(joined, None) is not None:
            out.add(n)
    return frozenset(out)


def chosen(text: str, spans: Sequence[Span], values: Sequence[object] = ()) -> int | None:
    """Index of the value that counts: the last one said, since people correct themselves; the first of "a or b".

    With the ``values`` of the spans, one that is taken back later counts nowhere.
    """
    taken_back = denied(text, spans)
    kept = [n for n in range(len(spans)) if n not in taken_back]
    if values:
        ends = {values[n]: spans[n].start for n in sorted(taken_back, key=lambda n: spans[n].start)}
        kept = [n for n in kept if spans[n].start > ends.get(values[n], -1)]
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
