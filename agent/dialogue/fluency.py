"""What a hesitant caller says twice or says while thinking, taken out; what was said stays word for word.

Only words go that carry nothing: "at, um, at half past ten" is "at half past ten". Numbers and single letters said
twice stay, as they may be digits and a spelling.
"""

import re

from agent.dialogue.words import NUMBERS, ORDINALS

_FILLER = re.compile(
    r"(?:^|(?<=[\s,.!?\u2026]))(?:um+|uh+|er+|erm+|hm+|mm+|ah+|eh+)(?:[,.\u2026]+|(?=[\s?!])|$)"
    r"|(?:^|(?<=[.!?] )|(?<=it's )|(?<=is ))oh,(?= )"
    r"|, (?:like|you know|i mean you know|i think|i guess|i suppose|let's see|let me see|let me think|what's it called"
    r"|what do you call it|i want to say|i'd say|hang on),",
    re.IGNORECASE,
)
_AGREES = re.compile(r"\b(?:mm[ -]?hm+|uh[ -]?huh|nuh[ -]?uh|uh[ -]uh)\b", re.IGNORECASE)
_TWICE = re.compile(
    r"\b(?P<said>[^\W\d_][\w']+(?: [\w']+){0,3}|i|a)(?:[,.\u2026\-]+ ?|\s*[,.\u2026]\s*)(?P=said)\b(?!')", re.IGNORECASE
)
_BETWEEN_NAMES = re.compile(r"\b([A-Z][\w'-]+),? (?:um+|uh+|er+|erm+),? (?=(?!\1\b)[A-Z][\w'-]+)")
_BEGUN = re.compile(rf"\b({'|'.join(NUMBERS)})\u2026\s*(?=\1 \1 \1\b)", re.IGNORECASE)
"""A number that was begun, and then said: "five... five five five"."""
_KEPT = frozenset((*NUMBERS, *ORDINALS, "oh", "double", "triple", "no", "yes", "yeah", "not"))


_CONTRACTED = tuple(
    (re.compile(rf"\b{whole}\b", re.IGNORECASE), by)
    for whole, by in (
        (r"(do|did|does|is|are|was|were|would|could|should|have|has|had|ca|wo|ai|sha)nt(?! \w+ing\b)", r"\1n't"),
        (r"(that|what|it|there|where|who|how|let|here|name)s(?= [a-z])", r"\1's"),
        (r"(\w) apostrophe (\w+)", r"\1'\2"),
        (r"(i)m", r"\1'm"),
        (r"(i|they|we|you)ve", r"\1've"),
        (r"(i)d(?= (?:like|love|prefer|rather|be|say|go|need|want|come|take))", r"\1'd"),
        (r"(i)ll(?= (?:take|be|have|come|do|go|see|call|need|try|get|make))", r"\1'll"),
        (r"(that|it|you|they)ll", r"\1'll"),
        (r"(that|it|you|they)d(?= (?:be|work|do))", r"\1'd"),
    )
)
"""Contractions as a recogniser writes them without an apostrophe."""


def fluent(text: str) -> str:
    """``text`` without fillers and without words that are said again at once; contractions have their apostrophe."""
    agreed: list[str] = []
    for pattern, by in _CONTRACTED:
        text = pattern.sub(by, text)

    def keep(match: re.Match[str]) -> str:
        agreed.append(match[0])
        return f"\ue000{len(agreed) - 1}\ue001"

    text = _AGREES.sub(keep, text.replace("...", "\u2026"))
    text = _BEGUN.sub("", _BETWEEN_NAMES.sub(r"\1 ", text))
    text = re.sub(r",\s*,", ",", _FILLER.sub(",", text))
    text = re.sub(r"^[\s,.]+|(?<=[\s])[,.]+(?=\s)", "", text)
    text = re.sub(r"([.!?])[\s,]*,", r"\1", text)
    for _ in range(2):
        text = _TWICE.sub(_once, text)
    return re.sub(r"\ue000(\d+)\ue001", lambda m: agreed[int(m[1])], re.sub(r"\s+", " ", text)).strip()


def _once(match: re.Match[str]) -> str:
    said = match["said"]
    return match[0] if all(word in _KEPT for word in said.lower().split()) else said
