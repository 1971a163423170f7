"""Numbers of people, shown without most of their digits. A screen in an office has more readers than its owner."""

import re

SHOWN = 2
"""Digits that stay at the end, enough to tell two callers apart."""

HIDDEN = "••••"
"""The same for any length: how long a number is tells something too."""

LEAST_DIGITS = 7
"""A run of digits this long in speech is taken for a telephone, card or account number."""

_VALUES = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_DIGIT = rf"(?:\d|\b(?:{'|'.join(_VALUES)})\b)"
_GAP = r"[\s,.()/-]*"
_RUN = re.compile(rf"\+?{_DIGIT}(?:{_GAP}{_DIGIT}){{{LEAST_DIGITS - 1},}}", re.IGNORECASE)


def mask_number(number: str) -> str:
    """A telephone number with its last two digits left: ``••••42``; ``unknown`` when there is none."""
    digits = re.sub(r"\D", "", number)
    if not digits:
        return "unknown"
    return HIDDEN + digits[-SHOWN:]


def mask_speech(text: str) -> str:
    """Spoken text in which each long run of digits, or of digit words, is masked."""
    return _RUN.sub(lambda run: _masked(run.group()), text)


def mask_keys(keys: str) -> str:
    """Keys pressed in a row: one or two are a choice and stay, more are a number."""
    return keys if len(keys) <= SHOWN else mask_number(keys)


def _masked(run: str) -> str:
    digits = [_VALUES.get(part.lower(), part) for part in re.findall(_DIGIT, run, re.IGNORECASE)]
    return mask_number("".join(digits))
