"""Whether a transcript says something. Patterns are made for text that a small recogniser heard.

A pattern is a few words that must all occur, in any order: ``which|what day``. ``a|b`` takes either word,
``book*`` any word that begins so; long words also match when one letter in five is wrong.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_WORD = re.compile(r"[a-z0-9']+")
_FUZZY_FROM = 5
_FUZZY_RATIO = 0.8


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers of a text."""
    return _WORD.findall(text.lower().replace("’", "'"))


def specificity(pattern: str, words: Sequence[str]) -> int:
    """How many words the pattern asks for when all are there, else 0."""
    terms = pattern.lower().split()
    return len(terms) if terms and all(_has(term, words) for term in terms) else 0


def best(patterns: Sequence[str], words: Sequence[str]) -> int:
    """The greatest specificity among the patterns, 0 when none matches."""
    return max((specificity(pattern, words) for pattern in patterns), default=0)


def closeness(one: str, other: str) -> float:
    """Likeness of two texts in letters, 0 to 1: for names, where spelling is chance."""
    a, b = ("".join(words_of(text)) for text in (one, other))
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _has(term: str, words: Sequence[str]) -> bool:
    return any(_same(choice, word) for choice in term.split("|") for word in words)


def _same(choice: str, word: str) -> bool:
    if choice.endswith("*"):
        return word.startswith(choice[:-1])
    if choice == word:
        return True
    if len(choice) < _FUZZY_FROM or abs(len(choice) - len(word)) > 2:
        return False
    return SequenceMatcher(None, choice, word, autojunk=False).ratio() >= _FUZZY_RATIO
