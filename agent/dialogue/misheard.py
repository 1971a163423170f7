"""What a small recogniser makes of days and times, undone by what was asked. The rows are data.

A *sure* row rewrites words that mean nothing else after that question. A *doubtful* row gives what the words may
have been: such a reading is asked back, never taken. Input is the figures text (agent.dialogue.words.figures).
"""

import re
from dataclasses import dataclass
from typing import Literal

from agent.dialogue.words import MONTHS, NUMBERS, WEEKDAYS

Expected = Literal["", "date", "time", "any"]

_MINUTES = r"(15|30|45)\b(?! ?minutes?)"
_HALF_OF_DAY = r"(morning|afternoon|evening)"
_HOUR = rf"(?:1[0-2]|[1-9]|{'|'.join(word for word, n in NUMBERS.items() if 1 <= n <= 12)})"
_THIRTY = r"(?:saturday|thursday|thirsty|dirty|sorry|party|sturdy|third|3rd|30th)"
_NO_DATE = "".join(f"(?<!{name} )" for name in (*MONTHS, *WEEKDAYS))
"""Not after the name of a month or a weekday: there a number is a day."""
_IN_THE_HALF = r"(?=(?:in the (?:morning|afternoon)|oclock|[ap]m)\b)"
_PAST = r"(?:that|this|past|passed|pass|parts?|bus|last|fast|best|asked|path|as|the past|a past)"


@dataclass(frozen=True, slots=True)
class Row:
    """``heard`` after a question for ``asked`` (empty: after any) was one of ``meant``, templates of the match."""

    asked: Expected
    heard: re.Pattern[str]
    meant: tuple[str, ...]


def _row(asked: Expected, heard: str, *meant: str) -> Row:
    return Row(asked, re.compile(heard), meant)


SURE: tuple[Row, ...] = (
    # No day has minutes: "eleven thirty" is heard as "11th 30". (Not "the 11th", and not after a month's name.)
    _row("", rf"(?<!the ){_NO_DATE}\b(1[0-2]|[1-9])(?:st|nd|rd|th) {_MINUTES}", r"\1 \2"),
    _row(
        "",
        rf"(\b(?:{'|'.join(MONTHS)}) (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b.*? {_HOUR}) (?:saturday|thursday)\b",
        r"\1 30",
    ),
    _row("", rf"\bi want {_MINUTES}", r"1 \1"),
    _row("", r"(?<=\d) (?:a|of|oh|o|our|all) clock\b", " oclock"),
    _row("", rf"\b(?:to|too|true) {_IN_THE_HALF}", "2 "),
    _row("", rf"\b(?:for|fore) {_IN_THE_HALF}", "4 "),
    _row("", rf"\b(?:tree|free) {_IN_THE_HALF}", "3 "),
    _row("", rf"\bate {_IN_THE_HALF}", "8 "),
    _row("", rf"\bwon {_IN_THE_HALF}", "1 "),
    _row("time", rf"(?<!\d )\b(?:to|too) {_MINUTES}", r"2 \1"),
    _row("time", rf"(?<!\d )\b(?:won|one's) {_MINUTES}", r"1 \1"),
    _row("time", rf"(?<!\d )\b(?:for|fore) {_MINUTES}", r"4 \1"),
    _row("time", rf"(?<!\d )\b(?:ate|a|at a) {_MINUTES}", r"8 \1"),
    _row("time", rf"\bhalf {_PAST} (?={_HOUR}\b)", "half past "),
    _row("time", r"(?<=\d) (?:pn|bm|vm|p n)\b", " pm"),
    _row("time", r"(?<=\d) (?:an|em|e m|a n)\b(?! [a-z|])", " am"),
    *(
        _row("", rf"\b({'|'.join((*WEEKDAYS, *MONTHS))}) the {heard}\b", rf"\1 the {meant}")
        for heard, meant in (("fist", "1st"), ("fort", "4th"), ("sick", "6th"), ("night", "9th"), ("tent", "10th"))
    ),
    *(
        _row("", rf"\b((?:half|quarter|\d+) (?:past|passed)) (?:{heard})\b", rf"\1 {hour}")
        for heard, hour in (("ate", 8), ("won", 1), ("for|fore", 4), ("to|too", 2), ("tree|free", 3))
    ),
    _row("", r"\bhalf ate\b", "half 8"),
    *(_row("", rf"\b{n} teenth\b", f"{n + 10}th") for n in (4, 6, 7, 8, 9)),
    _row("", r"\b([23])0 (?:forth|fort)\b", r"\g<1>4th"),
    _row("", r"\b([23])0 fist\b", r"\g<1>1st"),
    _row("", r"\b([23]0) (?:eth|th)\b", r"\1th"),
    _row("", rf"\b((?:{'|'.join(MONTHS)})(?: the)?|the) forth\b", r"\1 4th"),
    _row("date", r"\bfry day\b", "friday"),
    _row("date", r"\b(?:mon|moon) day\b", "monday"),
    _row("date", r"\b(?:tues|choose|chews) day\b", "tuesday"),
    _row("date", r"\b(?:wens|wed nes|wednes|when's|winds) day\b", "wednesday"),
    _row("date", r"\bthurs day\b", "thursday"),
    _row("date", r"\bwed nesday\b", "wednesday"),
    _row("date", r"\b(?:the summer|this ember|december's) (?=\d)", "december "),
    _row("date", r"\b(?:no member|no ember|know vember|november's) (?=\d)", "november "),
)
DOUBTFUL: tuple[Row, ...] = (
    _row(
        "time",
        rf"\b(?:i have|i've|have|has|of|off|hard|how|our|harp|help) {_PAST} (1[0-2]|[1-9])\b(?! ?[:\d])",
        r"half past \1",
    ),
    _row(
        "time",
        rf"{_NO_DATE}\b(1[0-2]|[3-9])th (?:of|in) the {_HALF_OF_DAY}",
        r"\1 oclock in the \2",
        r"\1:30 in the \2",
    ),
    _row("time", rf"(?<!the )(?<!on ){_NO_DATE}\b(1[0-2]|[3-9])th\b(?! ?(?:of|in|\d))", r"\1 oclock", r"\1:30"),
    _row("time", rf"{_NO_DATE}\b(1[0-2]|[1-9]) {_THIRTY}\b(?! (?:the|{'|'.join(MONTHS)}))", r"\1:30"),
    _row("time", rf"\b(?:love|lemon|level|heaven)(?: in)?(?: in)? the {_HALF_OF_DAY}", r"11 oclock in the \1"),
    _row("time", r"\b(?:to|too) (?:sorry|thirsty|dirty)\b", "2:30"),
    _row("time", r"\b(?:water|order|quota|corner) (past|to) (1[0-2]|[1-9])\b", r"quarter \1 \2"),
    _row("date", r"\b(?:thirsty|first day|third day)\b", "thursday"),
    _row("date", r"\b(?:fright|freed|fried) day\b", "friday"),
    _row("date", r"\b(?:sad|set) day\b", "saturday"),
)
ALIKE = {7: 11, 11: 7, 5: 9, 9: 5}
"""Hours that sound alike on the telephone: one out of the office hours may have been the other."""


def mended(text: str, asked: Expected) -> str:
    """``text`` as it was surely said."""
    for row in SURE:
        if asked == "any" or row.asked in ("", asked):
            text = row.heard.sub(row.meant[0], text)
    return text


def guesses(text: str, asked: Expected) -> tuple[str, ...]:
    """What the words that a doubtful row knows may have been; none when no row fits."""
    found = (
        match.expand(meant)
        for row in DOUBTFUL
        if row.asked == asked
        for match in row.heard.finditer(text)
        for meant in row.meant
    )
    return tuple(dict.fromkeys(found))
