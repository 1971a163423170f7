"""Telephone numbers as callers say them and recognisers write them, to E.164."""

import re
from dataclasses import dataclass
from itertools import pairwise

import phonenumbers

from agent.dialogue.words import NUMBERS

SHORTEST, LONGEST = 7, 15
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_ROUND = {"hundred": "00", "thousand": "000"}
_ZERO = ("oh", "o", "zero", "nought", "owe")
_SLIPS = {"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1", "tree": "3", "fife": "5", "niner": "9", "sex": "6"}
_NORTH_AMERICAN = re.compile(r"\+1(?!555)[2-9]\d\d[2-9]\d{6}")
_HOUR_AND_MINUTE = 2
_ROW = 2
_AT = ("at", "around", "about", "by", "past", "to", "after", "of", "half")
_ANNOUNCES = ("is", "number", "cell", "phone", "mobile", "on", "it's", "its", "that's")
_CUTS = ((0, 0), (1, 0), (0, 1), (2, 0), (0, 2), (1, 1), (2, 1), (1, 2), (2, 2))
"""How many words of a time may stand before and after a number, likeliest first."""
_HOURS = tuple(str(hour) for hour in range(1, 13))
_FAR, _AREA = 7, 3
_AGAIN = frozenset(("sorry", "no", "mean", "wait", "actually", "hang", "hold"))
PAUSE = "pausemark"
"""A word in the place of a comma or a full stop, where the words are read with their pauses."""
_GLUE = (PAUSE, "and", "number", "um", "uh", "then", "dash", "hyphen", "plus", "er", "space")


@dataclass(frozen=True, slots=True)
class PhoneFound:
    """``number`` is E.164 when the digits make a possible number, else empty; ``digits`` are what was said."""

    number: str
    digits: str


def find_phone(words: str, country: str, is_expected: bool) -> tuple[PhoneFound | None, str]:
    """The number in plain ``words``, and the words without it: the last that is one, else the longest run of digits.

    Runs shorter than a number count only when a number is expected; a time or a date is no run. What precedes or
    follows a number without a pause ("at nine, five one two ...") is no part of it.
    """
    tokens = words.split()
    runs = _runs(tokens, is_expected)
    most = 0 if is_expected else _HOUR_AND_MINUTE
    numbers = [number for run in runs if (number := _whole(tokens, run, country, most))]
    numbers = numbers or _joined(tokens, runs, country)
    longest = max(runs, key=lambda run: len(run.digits.lstrip("+")), default=_Run(0, 0, ()))
    best = numbers[-1] if numbers else longest
    enough = 1 if is_expected else SHORTEST
    if not enough <= len(best.digits.lstrip("+")) <= LONGEST:
        return None, words
    given_up = [run for run in runs if numbers and _is_row(run)]
    rest = _without(tokens, [best, *(run for run in given_up if run.end <= best.start or run.start >= best.end)])
    return PhoneFound(to_e164(best.digits, country), best.digits), rest


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits said in one go: ``parts`` are the digits of each word or pair with the place of its first word."""

    start: int
    end: int
    parts: tuple[tuple[int, str], ...]

    @property
    def digits(self) -> str:
        return _digits(self.parts)


def _is_row(run: _Run) -> bool:
    """Whether digits were said one by one: a number given up, and no time."""
    return len(run.parts) > _HOUR_AND_MINUTE and all(len(digits) != _HOUR_AND_MINUTE for _, digits in run.parts)


def _without(tokens: list[str], runs: list[_Run]) -> str:
    """The words with a bar in each run's place."""
    rest = list(tokens)
    for run in sorted(runs, key=lambda run: -run.start):
        rest[run.start : run.end] = ["|"]
    return " ".join(rest)


def _runs(tokens: list[str], is_expected: bool) -> list[_Run]:
    runs, at = [], 0
    while at < len(tokens):
        run = _run(tokens, at, is_expected)
        if run.parts:
            runs.append(run)
        at = max(run.end, at + 1)
    return runs


def _run(tokens: list[str], at: int, is_expected: bool) -> _Run:
    """The run from ``at`` on; empty when no digit stands there."""
    parts: list[tuple[int, str]] = []
    end, n = at, at
    while n < len(tokens):
        part, used = _part(tokens, n, bool(parts) and (is_expected or _is_between(tokens, n, len(parts))))
        if part:
            parts.append((n, part))
            n += used
            end = n
        elif parts and tokens[n] in _GLUE and n + 1 < len(tokens):
            n += 1
        else:
            break
    return _Run(at, end, tuple(parts))


def _is_between(tokens: list[str], at: int, said: int) -> bool:
    """Whether a word stands in or ends a longer row of ``said`` digits, where "to" and "for" are digits, too."""
    if at + 1 == len(tokens):
        return said >= SHORTEST
    row = tokens[max(0, at - 1) : at] + tokens[at + 1 : at + 3]
    return len(row) >= _ROW and all(_digit(word) or word.isdigit() or word in _TIMES or word in _SLIPS for word in row)


def _whole(tokens: list[str], run: _Run, country: str, most: int) -> _Run | None:
    """The longest piece of ``run`` that is a number, without at most ``most`` parts of a time before or after it."""
    parts = run.parts
    before = tokens[max(0, run.start - 2) : run.start]
    is_announced = bool(before) and (before[-1] in _ANNOUNCES or before == ["me", "at"])
    is_after_at = bool(most and before) and not is_announced and before[-1] in _AT and parts[0][1] in _HOURS
    pauses = [n for n, (at, _) in enumerate(parts) if at and tokens[at - 1] in (PAUSE, "and")]
    for first, after in sorted(_CUTS, key=lambda cut: _breaks(cut, len(parts), pauses)) if most else ((0, 0),):
        last = len(parts) - after
        piece = parts[first:last]
        if (is_announced and first) or (is_after_at and not first) or len(_digits(piece)) < SHORTEST:
            continue
        number = to_e164(_digits(piece), country)
        if number and (not (first or after) or _is_valid(number)):
            return _Run(piece[0][0], run.end if last == len(parts) else parts[last][0], piece)
    return None


def _breaks(cut: tuple[int, int], length: int, pauses: list[int]) -> int:
    """How many ends of a piece stand at no pause."""
    first, after = cut
    return (first > 0 and first not in pauses) + (after > 0 and length - after not in pauses)


def _digits(parts: tuple[tuple[int, str], ...]) -> str:
    return "".join(digits for _, digits in parts)


def _joined(tokens: list[str], runs: list[_Run], country: str) -> list[_Run]:
    """A number in two runs: its area code said after it, or its end said again ("oh one nine, sorry, oh one two")."""
    for one, other in pairwise(runs):
        between = tokens[one.end : other.start]
        if len(between) > _FAR:
            continue
        is_code = {"area", "code", "with"} & set(tokens[max(0, other.start - 3) : other.start])
        pairs = [one.parts + other.parts] if "code" in between and len(one.digits) == _AREA else []
        pairs += [other.parts + one.parts] if is_code else []
        if _AGAIN & set(between):
            kept = [one.parts[:n] for n in range(len(one.parts), 0, -1)]
            pairs += [parts + other.parts for parts in kept]
        for parts in pairs:
            if len(_digits(other.parts)) >= 3 and to_e164(_digits(parts), country):
                return [_Run(one.start, other.end, parts)]
    return []


def _part(tokens: list[str], at: int, is_inside: bool) -> tuple[str, int]:
    """The digits of one token (or of two: "double four", "twenty four", "eight hundred") and tokens used."""
    word = tokens[at]
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in _TIMES and (digit := _digit(after)):
        return digit * _TIMES[word], 2
    if re.fullmatch(r"\+?\d+", word):
        return (word + _ROUND[after], 2) if after in _ROUND and len(word) <= 2 else (word, 1)
    if digit := _digit(word):
        return (digit + _ROUND[after], 2) if after in _ROUND else (digit, 1)
    if word in NUMBERS:
        unit = NUMBERS.get(after, 0)
        is_pair = NUMBERS[word] >= 20 and 1 <= unit <= 9
        return (str(NUMBERS[word] + unit), 2) if is_pair else (str(NUMBERS[word]), 1)
    return (_SLIPS[word], 1) if is_inside and word in _SLIPS else ("", 0)


def _digit(word: str) -> str:
    if word in _ZERO:
        return "0"
    if len(word) == 1 and word.isdigit():
        return word
    return str(NUMBERS[word]) if NUMBERS.get(word, 10) < 10 else ""


def to_e164(digits: str, country: str) -> str:
    """E.164 of ``digits`` dialled in ``country``, or empty when no such number is possible."""
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return ""
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_valid(number: str) -> bool:
    """Whether a number in E.164 may have been given out; those of North America that fiction uses, too."""
    return bool(_NORTH_AMERICAN.fullmatch(number)) or phonenumbers.is_valid_number(phonenumbers.parse(number))


def is_local_only(digits: str, country: str) -> bool:
    """Whether ``digits`` lack only the area code."""
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY
