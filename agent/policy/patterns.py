"""The language in which rules of escalation are written, compiled to regular expressions.

A pattern is words with one space between them. Each of them may be:

- ``word``, ``one|other``, ``two_words|one``: alternatives; ``_`` stands for a space within one;
- ``word*``: any word that begins so; ``*``: any one word;
- ``{class}``: an alternative of a class of words, itself written in this language;
- ``word?``: may be missing;
- ``..`` up to two words, ``...`` up to six;
- ``^`` and ``$``: the beginning and the end of what was said;
- ``@`` (in contexts): the hit that the context is about.

What rules fire on may reach over sentence marks, because recognisers place them by chance. What takes a hit back
stays within its sentence, and its gaps do not reach over a "but".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEAR, FAR = 2, 6
_SPECIAL = re.compile(r"([.^$+(){}\[\]\\])")
_MARKS = r"(?:[.,] )?"
_GAP = rf"[^ .,]+ {_MARKS}"
_TURNING = r"(?!(?:but|however|though|although|now|because|is|are|am) )[^ .,]+ "
"""A gap of what takes a hit back ends at these: the sentence has turned."""

_ENDS = {"^": r"(?<=^ )", "$": rf"{_MARKS}$"}

Classes = Mapping[str, Sequence[str]]


class PatternError(ValueError):
    """A pattern that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before and after a hit."""

    source: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None

    def surrounds(self, text: str, start: int, end: int) -> bool:
        """Whether the hit ``text[start:end]`` stands in this context."""
        if self.before is not None and self.before.search(text, 0, start) is None:
            return False
        return self.after is None or self.after.match(text, end) is not None


def firing(pattern: str, classes: Classes) -> re.Pattern[str]:
    """Compile what a rule fires on. Raises PatternError."""
    return _compiled(_sequence(pattern, classes, _MARKS, _GAP))


def veto(pattern: str, classes: Classes) -> re.Pattern[str]:
    """Compile what takes a hit back by lying over it. Raises PatternError."""
    return _compiled(_sequence(pattern, classes, "", _TURNING))


def context(pattern: str, classes: Classes) -> Context:
    """Compile a pattern with one ``@``. Raises PatternError."""
    before, at, after = (f" {pattern} ").partition(" @ ")
    if not at or " @ " in f" {after}":
        raise PatternError(f"a context needs one @: {pattern!r}")
    left, right = (_sequence(side.strip(), classes, "", _TURNING) for side in (before, after))
    return Context(
        pattern,
        _compiled(f"{left}$") if before.strip() else None,
        re.compile(right) if after.strip() else None,
    )


def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(rf"(?<= ){regex}")


def _sequence(pattern: str, classes: Classes, glue: str, gap: str) -> str:
    return "".join(_token(token, classes, glue, gap) for token in pattern.split())


def _token(token: str, classes: Classes, glue: str, gap: str) -> str:
    if token in ("..", "..."):
        return rf"(?:{gap}){{0,{NEAR if token == '..' else FAR}}}?"
    is_optional = token.endswith("?")
    choice = "|".join(_alternative(a, classes, glue, gap) for a in token.removesuffix("?").split("|"))
    return rf"(?:{choice}){'?' if is_optional else ''}"


def _alternative(text: str, classes: Classes, glue: str, gap: str) -> str:
    if text.startswith("{") and text.endswith("}"):
        if text[1:-1] not in classes:
            raise PatternError(f"unknown class of words {text}")
        return "|".join(_sequence(phrase, classes, glue, gap) for phrase in classes[text[1:-1]])
    if text in _ENDS:
        return _ENDS[text]
    if not text:
        raise PatternError("an empty alternative")
    words = (_SPECIAL.sub(r"\\\1", word).replace("*", r"[^ .,]*") for word in text.split("_"))
    return "".join(f"{word} {glue}" for word in words)
