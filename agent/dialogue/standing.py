"""Times that stand between pauses. Plain words show no pauses, so such a time is marked before they are made."""

import re

from agent.dialogue.words import NUMBERS

_MINUTES = ("ten", "fifteen", "twenty", "thirty", "forty", "forty five", "forty-five", "fifty", "15", "30", "45")
_HOUR = rf"(?:1[0-2]|[1-9]|{'|'.join(word for word, n in NUMBERS.items() if 1 <= n <= 12)})"
_MINUTE = f"(?:{'|'.join(_MINUTES)})"
_TIME_FIRST = re.compile(
    rf"^({_HOUR}(?: {_MINUTE})?)(?= (?:on|in the|tomorrow|today|please|would|works|is|this|next"
    r"|(?:mon|tues|wednes|thurs|fri)day)\b|'s )",
    re.IGNORECASE,
)
_TIME_LAST = re.compile(
    rf"\b(not|mean|meant|say|said|maybe|perhaps|like|is|do|about|around) ({_HOUR}(?: {_MINUTE})?)$", re.IGNORECASE
)
_MOST_NUMBERS, _DIGITS = 3, 3
_LEADS = re.compile(r"^(?:not|no|or|maybe|like|say|i mean|i said|i meant|is it|at) ")
_GOES_ON = ("past", "to", "after", "half", "quarter", "the", "of")
"""What a pause does not end: "half past, you know, two"."""
_AT_LAST = re.compile(rf"\b(?:at|around|about|by|say) {_HOUR}$", re.IGNORECASE)


def marked(text: str) -> str:
    """``text`` with "at" before a time that stands between two pauses, and "oclock" after an hour before one.

    "Tuesday, ten, cleaning" is ``Tuesday, at ten oclock, cleaning``. Digits in groups stay as they are.
    """
    parts = re.split(r"([,.;!?]+(?:\s+|$))", text)
    chunks = [_LEADS.sub("", part.strip().lower()) for part in parts[::2]]
    if sum(map(_is_hour, chunks)) >= _DIGITS:
        return text
    for n in range(len(chunks)):
        parts[2 * n] = _marked(parts[2 * n].strip(), chunks[max(0, n - 1) : n], chunks[n + 1 : n + 2])
    return "".join(parts)


def _marked(chunk: str, before: list[str], after: list[str]) -> str:
    around = before + after
    if before and before[0].rpartition(" ")[2] in _GOES_ON:
        return chunk
    if any(around) and _is_time(chunk.lower()) and all(_is_time(one) or not _has_number(one) for one in around):
        return f"at {chunk}{' oclock' if _is_hour(chunk.lower()) else ''}"
    if _AT_LAST.search(chunk) and not (after and _has_number(after[0].partition(" ")[0])):
        return f"{chunk} oclock"
    if sum(word in NUMBERS for word in chunk.lower().split()) <= _MOST_NUMBERS:
        return _TIME_FIRST.sub(r"at \1", _TIME_LAST.sub(r"\1 at \2", chunk))
    return chunk


def _is_time(chunk: str) -> bool:
    """Whether a chunk is an hour, an hour and minutes, or one hour or another."""
    hour, _, more = chunk.partition(" ")
    is_more = more in ("", *_MINUTES) or (more.startswith("or ") and _is_hour(more[3:]))
    return _is_hour(hour) and is_more


def _is_hour(word: str) -> bool:
    return 1 <= (int(word) if re.fullmatch(r"[1-9]\d?", word) else NUMBERS.get(word, 0)) <= 12


def _has_number(chunk: str) -> bool:
    words = chunk.split() or [""]
    return any(word.isdigit() or word in NUMBERS or word == "oh" for word in (words[0], words[-1]))
