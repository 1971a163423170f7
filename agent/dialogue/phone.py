"""Telephone numbers as callers say them and recognisers write them, to E.164."""

import re
from dataclasses import dataclass

import phonenumbers

from agent.dialogue.words import NUMBERS

SHORTEST, LONGEST = 7, 15
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_ZERO = ("oh", "o", "zero", "nought", "owe")
_SLIPS = {"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1", "tree": "3", "fife": "5", "niner": "9", "sex": "6"}
_GLUE = ("and", "um", "uh", "then", "area", "code", "dash", "hyphen", "plus", "er", "space")


@dataclass(frozen=True, slots=True)
class PhoneFound:
    """``number`` is E.164 when the digits make a possible number, else empty; ``digits`` are what was said."""

    number: str
    digits: str


def find_phone(words: str, country: str, is_expected: bool) -> tuple[PhoneFound | None, str]:
    """The longest run of digits in plain ``words``, and the words without it.

    Runs shorter than a number count only when a number is expected; a time or a date is no run.
    """
    tokens = words.split()
    best: tuple[int, int, str] = (0, 0, "")
    at = 0
    while at < len(tokens):
        digits, end = _run(tokens, at, is_expected)
        if len(digits.lstrip("+")) > len(best[2].lstrip("+")):
            best = (at, end, digits)
        at = max(end, at + 1)
    start, end, digits = best
    enough = 1 if is_expected else SHORTEST
    if not enough <= len(digits.lstrip("+")) <= LONGEST:
        return None, words
    rest = " ".join((*tokens[:start], "|", *tokens[end:]))
    return PhoneFound(to_e164(digits, country), digits), rest


def _run(tokens: list[str], at: int, is_expected: bool) -> tuple[str, int]:
    """Digits from ``at`` on, and where the run ends."""
    digits, end, n = "", at, at
    while n < len(tokens):
        part, used = _part(tokens, n, bool(digits) and is_expected)
        if part:
            digits, n = digits + part, n + used
            end = n
        elif digits and tokens[n] in _GLUE and n + 1 < len(tokens):
            n += 1
        else:
            break
    return digits, end


def _part(tokens: list[str], at: int, is_inside: bool) -> tuple[str, int]:
    """The digits of one token (or of two: "double four", "twenty four", "eight hundred") and tokens used."""
    word = tokens[at]
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in _TIMES and (digit := _digit(after)):
        return digit * _TIMES[word], 2
    if re.fullmatch(r"\+?\d+", word):
        return (word + "00", 2) if after == "hundred" and len(word) == 1 else (word, 1)
    if digit := _digit(word):
        return (digit + "00", 2) if after == "hundred" else (digit, 1)
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


def is_local_only(digits: str, country: str) -> bool:
    """Whether ``digits`` lack only the area code."""
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY
