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
from collections.abc import Iterator, Mapping, Sequence
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
class Needs:
    """Words of which a text must hold one, or the beginning of one, for a pattern to be found in it.

    Most patterns are ruled out by them at once; ``None`` for a pattern that any text may hold.
    """

    words: frozenset[str]
    beginnings: tuple[str, ...]

    def may_be_in(self, words: frozenset[str]) -> bool:
        """Whether a text of these words may hold the pattern."""
        if not self.words.isdisjoint(words):
            return True
        return any(word.startswith(self.beginnings) for word in words) if self.beginnings else False


class Pattern:
    """A pattern of a rule, compiled when a text first needs it. ``is_veto``: it stays within a sentence.

    ``compile`` raises PatternError; so does whatever needs the compiled pattern.
    """

    def __init__(self, source: str, classes: Classes, *, is_veto: bool = False) -> None:
        self.source = source
        self._classes = classes
        self._glue, self._gap = ("", _TURNING) if is_veto else (_MARKS, _GAP)
        self._needs = _needs(source, classes)
        self._compiled: re.Pattern[str] | None = None

    def compile(self) -> re.Pattern[str]:
        """The regular expression."""
        if self._compiled is None:
            self._compiled = _compiled(_sequence(self.source, self._classes, self._glue, self._gap))
        return self._compiled

    def spans(self, text: str, words: frozenset[str]) -> Iterator[tuple[int, int]]:
        """Where ``text``, whose words are ``words``, holds the pattern."""
        if self._needs is None or self._needs.may_be_in(words):
            for found in self.compile().finditer(text):
                yield found.span()


class Context:
    """What stands before and after a hit, written with one ``@`` for it. Raises PatternError, as Pattern does."""

    def __init__(self, source: str, classes: Classes) -> None:
        before, at, after = f" {source} ".partition(" @ ")
        if not at or " @ " in f" {after}":
            raise PatternError(f"a context needs one @: {source!r}")
        self.source = source
        self._classes = classes
        self._before, self._after = before.strip(), after.strip()
        self._needs = _needs(f"{self._before} {self._after}", classes)
        self._compiled: tuple[re.Pattern[str] | None, re.Pattern[str] | None] | None = None

    def compile(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        """The regular expressions of both sides; None for a side that may be anything."""
        if self._compiled is None:
            left = _sequence(self._before, self._classes, "", _TURNING)
            right = _sequence(self._after, self._classes, "", _TURNING)
            self._compiled = (_compiled(f"{left}$") if left else None, re.compile(right) if right else None)
        return self._compiled

    def surrounds(self, text: str, words: frozenset[str], start: int, end: int) -> bool:
        """Whether the hit ``text[start:end]`` stands in this context."""
        if self._needs is not None and not self._needs.may_be_in(words):
            return False
        before, after = self.compile()
        if before is not None and before.search(text, 0, start) is None:
            return False
        return after is None or after.match(text, end) is not None


def _needs(pattern: str, classes: Classes) -> Needs | None:
    """The fewest words of which one must be there; raises PatternError for an unknown class."""
    found = [_token_needs(token, classes) for token in pattern.split()]
    return min((one for one in found if one is not None), key=lambda one: len(one.words), default=None)


def _token_needs(token: str, classes: Classes) -> Needs | None:
    if token in ("..", "...") or token.endswith("?"):
        return None
    words: set[str] = set()
    beginnings: list[str] = []
    for choice in token.split("|"):
        for needs in _alternative_needs(choice, classes):
            if needs is None:
                return None
            words |= needs.words
            beginnings += needs.beginnings
    return Needs(frozenset(words), tuple(beginnings))


def _alternative_needs(text: str, classes: Classes) -> Iterator[Needs | None]:
    if text.startswith("{") and text.endswith("}"):
        yield from (_needs(phrase, classes) for phrase in _class(text, classes))
        return
    longest = max(text.split("_"), key=lambda word: (not word.endswith("*"), len(word)))
    if text in _ENDS or longest == "*" or "*" in longest[:-1]:
        yield None
    elif longest.endswith("*"):
        yield Needs(frozenset(), (longest[:-1],))
    else:
        yield Needs(frozenset((longest,)), ())


def _class(name: str, classes: Classes) -> Sequence[str]:
    if name[1:-1] not in classes:
        raise PatternError(f"unknown class of words {name}")
    return classes[name[1:-1]]


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
        return "|".join(_sequence(phrase, classes, glue, gap) for phrase in _class(text, classes))
    if text in _ENDS:
        return _ENDS[text]
    if not text:
        raise PatternError("an empty alternative")
    words = (_SPECIAL.sub(r"\\\1", word).replace("*", r"[^ .,]*") for word in text.split("_"))
    return "".join(f"{word} {glue}" for word in words)
