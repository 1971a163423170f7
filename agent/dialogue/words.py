"""Words: number words to figures, tolerant comparison, phrases in a text.

All work on plain spelling (agent.policy.wording.plain). Recognisers split words ("clean ing"), join them
("checkup") and slip by a letter; comparisons forgive that in long words only.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
         "eighty": 80, "ninety": 90}  # fmt: skip
_ORDINALS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
]
_ORDINAL_TENS = {"twentieth": 20, "thirtieth": 30}
NUMBERS = {word: n for n, word in enumerate(_UNITS)} | _TENS
ORDINALS = {word: n for n, word in enumerate(_ORDINALS)} | _ORDINAL_TENS

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
_SHORT_DAYS = {
    "wed": 2,
    "weds": 2,
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "wensday": 2,
}
_SHORT_MONTHS = {"jan": 0, "feb": 1, "mar": 2, "apr": 3, "jun": 5, "jul": 6, "aug": 7, "sept": 8, "sep": 8,
                 "oct": 9, "nov": 10, "dec": 11}  # fmt: skip
_LONG_ENOUGH = 6


def ordinal(n: int) -> str:
    """1 → ``1st``."""
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def figures(words: str) -> str:
    """Plain text with number words as figures and days and months in full: ``friday the twenty fourth at two
    thirty`` is ``friday the 24th at 2 30``. Digits said one by one stay apart."""
    tokens, done, at = words.split(), [], 0
    while at < len(tokens):
        figure, used = _figure(tokens, at)
        done.append(figure)
        at += used
    return " ".join(done)


def _figure(tokens: Sequence[str], at: int) -> tuple[str, int]:
    """The figure that begins at ``at`` and how many tokens it took."""
    word = _uninflected(tokens[at])
    after = _uninflected(tokens[at + 1]) if at + 1 < len(tokens) else ""
    if word in _TENS:
        if 1 <= NUMBERS.get(after, 0) <= 9:
            return str(_TENS[word] + NUMBERS[after]), 2
        if 1 <= ORDINALS.get(after, 0) <= 9:
            return ordinal(_TENS[word] + ORDINALS[after]), 2
        return str(_TENS[word]), 1
    if word in NUMBERS:
        return str(NUMBERS[word]), 1
    if word.endswith("ish") and word[:-3].rstrip("-") in NUMBERS:
        return f"{NUMBERS[word[:-3].rstrip('-')]} ish", 1
    if word in ORDINALS:
        return ordinal(ORDINALS[word]), 1
    if word in ("oh", "o", "nought") and at and _is_number(tokens[at - 1]) and NUMBERS.get(after, 0) in range(1, 10):
        return f"0{NUMBERS[after]}", 2
    return _calendar_word(word), 1


def _uninflected(word: str) -> str:
    """A number word without what is joined to it: "three's fine", "four'll do"."""
    base, _, joined = word.partition("'")
    return base if joined in ("s", "ll", "d") and (base in NUMBERS or base in ORDINALS) else word


def _is_number(word: str) -> bool:
    return word.isdigit() or word in NUMBERS


@lru_cache(maxsize=8192)
def _calendar_word(word: str) -> str:
    if word in _SHORT_DAYS:
        return WEEKDAYS[_SHORT_DAYS[word]]
    if word in _SHORT_MONTHS:
        return MONTHS[_SHORT_MONTHS[word]]
    bare = word.partition("'")[0] if word.endswith(("'s", "'ll", "'d")) else word
    for name in (*WEEKDAYS, *MONTHS):
        if bare in (name, name + "s"):
            return name
        if len(name) >= _LONG_ENOUGH and len(bare) >= _LONG_ENOUGH and bare[0] == name[0] and distance(bare, name) == 1:
            return name
    return word


@lru_cache(maxsize=8192)
def distance(one: str, other: str) -> int:
    """Edit distance (insert, delete, change), capped at 3."""
    if one == other:
        return 0
    if abs(len(one) - len(other)) > 2:
        return 3
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return min(row[-1], 3)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A crude stem: ``cleanings``, ``cleaned``, ``clean`` → ``clean``."""
    for suffix in ("ings", "ing", "ed", "es", "s", "e"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


@lru_cache(maxsize=8192)
def is_like(word: str, wanted: str) -> bool:
    """Whether a heard ``word`` may be ``wanted``: equal, of one stem, or one slip apart in a long word."""
    if word == wanted or stem(word) == stem(wanted):
        return True
    return (
        len(wanted) >= _LONG_ENOUGH
        and len(word) >= _LONG_ENOUGH - 1
        and word[0] == wanted[0]
        and distance(word, wanted) == 1
    )


def has(words: str, wanted: str) -> bool:
    """Whether ``wanted`` (a word or a phrase) occurs in ``words``, split or joined differently if need be."""
    tokens, parts = words.split(), wanted.split()
    if len(parts) == 1 and any(is_like(token, wanted) for token in tokens):
        return True
    if any(
        all(is_like(tokens[at + n], part) for n, part in enumerate(parts)) for at in range(len(tokens) - len(parts) + 1)
    ):
        return True
    joined = "".join(parts)
    return len(joined) >= _LONG_ENOUGH and any(is_like(window, joined) for window in _windows(tokens, len(parts)))


def _windows(tokens: Sequence[str], size: int) -> Iterable[str]:
    for length in {max(1, size - 1), size, size + 1}:
        for at in range(len(tokens) - length + 1):
            yield "".join(tokens[at : at + length])


def best_group(words: str, groups: Iterable[Sequence[str]]) -> int:
    """Letters in the longest word group that is all there, in any order; 0 when none is."""
    return max((sum(map(len, group)) for group in groups if all(has(words, word) for word in group)), default=0)


def contains(words: str, *patterns: str) -> bool:
    """Whether one of the regular expressions occurs at word boundaries."""
    return any(re.search(rf"(?<![\w']){pattern}(?![\w'])", words) for pattern in patterns)
