"""Which time of day a caller means. Minutes since midnight; am or pm by the words, else by the office hours.

Input is the figures text (agent.dialogue.words.figures) with the day already masked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.dialogue.spans import Span, chosen, is_of_denied, masked

NOON = 12 * 60
_DAY_MIN = 24 * 60
_NIGHT_ENDS = 6 * 60


@dataclass(frozen=True, slots=True)
class TimeFound:
    """``minutes``: one is decided, two are in doubt (am or pm). ``part`` is morning, afternoon, first or empty."""

    minutes: tuple[int, ...] = ()
    part: str = ""


_Match = re.Match[str]
_H = r"(?P<h>1[0-9]|2[0-3]|0?[0-9])"
_M = r"(?P<m>[0-5]\d)"
_AP = r"(?:(?: in the| of the)? ?(?P<ap>[ap]m))?\b"
_NO_COUNT = (
    r"(?![:/\d])(?! ?(?:\d|weeks?|days?|minutes?|hours?|months?|years?|people|teeth|tooth|times|dollars|of|fillings?"
    r"|kids|children|patients|percent|more|other|cleanings?|check|st\b|nd\b|rd\b|th\b|per|a|persons?|street|digits?)\b)"
)
_NO_STREET = (
    r"(?! (?:[a-z]+ ){1,2}(?:street|st|avenue|ave|road|rd|lane|drive|boulevard|way|apartment|square|court|highway)\b)"
)
_AT = r"(?:at|around|about|by|after|before|towards?|starting|from|until|till|approximately|roughly)"
_SAY = r"(?:for|say|make it|its|it's|that's|do|have|take|like|with|is|let's|the|be|works|to|and|come)"
_PAST = r"(?:past|after)"
_TO = r"(?:to|too|till|til|of|before)"


def _clock(match: _Match) -> tuple[int, ...]:
    groups = match.groupdict()
    return _readings(groups["h"], int(groups.get("m") or 0), groups.get("ap") or "")


def _readings(hour: str, minute: int, half: str) -> tuple[int, ...]:
    h = int(hour)
    if half and 1 <= h <= 12:
        return ((h % 12 + (12 if half == "pm" else 0)) * 60 + minute,)
    if h > 12 or h == 0 or (len(hour) == 2 and hour.startswith("0")):
        return (h * 60 + minute,)
    return (h % 12 * 60 + minute, (h % 12 + 12) * 60 + minute)


def _off(match: _Match) -> tuple[int, ...]:
    """Quarter past three, ten to four, half two."""
    groups = match.groupdict()
    by = {"quarter": 15, "half": 30}.get(groups["by"]) or int(groups["by"])
    sign = -1 if re.fullmatch(_TO, groups.get("dir") or "") else 1
    readings = _readings(groups["h"], 0, groups.get("ap") or "")
    return tuple((minutes + sign * by) % _DAY_MIN for minutes in readings)


def _fixed(minutes: int) -> Callable[[_Match], tuple[int, ...]]:
    return lambda _match: (minutes,)


_Rule = Callable[[_Match], tuple[int, ...]]


def _table(*rows: tuple[str, _Rule]) -> tuple[tuple[re.Pattern[str], _Rule], ...]:
    return tuple((re.compile(pattern), rule) for pattern, rule in rows)


_SURE = _table(
    (rf"(?<![\d:]){_H}(?:[: ]?{_M})?(?: oclock)? (?P<ap>[ap]m)\b", _clock),
    (rf"\b(?P<by>half)(?: past| passed| after)? {_H}{_AP}(?! ?(?:hours?|minutes?))", _off),
    (rf"\b(?:a )?(?P<by>quarter) (?P<dir>{_PAST}|{_TO}|passed) {_H}(?: oclock)?{_AP}", _off),
    (
        rf"\b(?P<by>5|10|20|25) (?:minutes? )?(?P<dir>{_PAST}|passed|to|too|till|til|before|of) {_H}(?: oclock)?{_AP}",
        _off,
    ),
    (rf"(?<![\d:]){_H}:{_M}(?: oclock)?{_AP}", _clock),
    (rf"(?<![\d:]){_H}(?: {_M})? oclock\b{_AP}", _clock),
    (r"(?<![\d:])(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d) hours\b", _clock),
    (r"(?<![\d:])(?P<h>1[3-9]|2[0-3]|0\d) hundred(?: hours)?\b", _clock),
    (r"(?<![\d:])(?P<h>1[3-9]|2[0-3]) (?P<m>[0-5][05])\b(?! ?\d)", _clock),
    (r"\b(?:12 )?(?:noon|midday)(?: ?ish)?\b", _fixed(NOON)),
    (r"\b(?:lunch ?time|lunch hour|over lunch)\b", _fixed(NOON)),
    (r"\bmidnight\b", _fixed(0)),
    (rf"\b{_AT} {_H} ?{_M}(?! ?\d)(?:ish)?{_AP}{_NO_STREET}", _clock),
    (rf"\b{_AT} {_H}(?: ?ish)?\b{_NO_COUNT}{_NO_STREET}", _clock),
    (rf"(?<![\d:]){_H}(?: {_M})?(?= (?:in the|this|tomorrow) (?:morning|afternoon|evening)\b)", _clock),
)
_NEAR_A_DAY = _table(
    (rf"(?:^|\| ){_H} {_M}\b(?! ?\d)", _clock),
    (rf"(?<![\d:] )(?<![\d:]){_H} {_M}\b(?! ?\d)(?= \||$)", _clock),
    (rf"\| {_H}\b{_NO_COUNT}(?! ?[a-z])", _clock),
)
_EXPECTED = _table(
    (rf"(?<![\d:] )(?<![\d:]){_H} {_M}\b(?! ?\d)", _clock),
    (r"(?<![\d:])(?P<h>1[0-9]|2[0-3]|0?[1-9])(?P<m>[0-5]\d)(?![\d:])", _clock),
    (rf"\b{_SAY} {_H}(?: ?ish)?\b{_NO_COUNT}", _clock),
    (rf"(?<![\d:/] )(?<![\d:/]){_H}(?: ?ish)?\b{_NO_COUNT}", _clock),
)
_GOES_ON = (
    r"(?= ?(?:$|\||and|please|thanks|then|instead|works?|would|will|is|was|if|or|not|no|but|sharp|actually|sorry|i"
    r"|in the|on |today|tomorrow|for me|might|could|oclock|ish))"
)
_BEFORE_HOUR = (
    "say|like|make it|make that|make|how about|what about|maybe|perhaps|possibly|let's do|i said|i meant|mean|meant|no"
    "|not|but|actually|rather than|instead of|or|sorry|wait|the|is|be|time"
)
_GOOD = "better|fine|good|great|perfect|ok|okay|best|easier|ideal"
_STATED = _table(
    (rf"\b(?:{_BEFORE_HOUR}) {_H}(?: ?ish)?\b{_NO_COUNT}{_GOES_ON}", _clock),
    (rf"(?<![\d:] )(?<![\d:]){_H}(?= (?:is|was|would be|sounds|might be) (?:{_GOOD}))", _clock),
    (rf"\b(?:would|is|does|could) {_H}(?= (?:be|work|do|suit|ok|okay|good|fine|possible|available)\b)", _clock),
    (rf"(?<![\d:] )(?<![\d:]){_H}(?= (?:works|suits|would work|would suit|sharp)\b)", _clock),
    (rf"(?<![\d:]){_H} ?ish\b", _clock),
    (rf"(?<![\d:] )(?<![\d:]){_H} (?P<m>[0-5][05])\b{_NO_COUNT}{_NO_STREET}", _clock),
)
"""What is a time in a sentence whose question is not known: a bare hour only where nothing else can be meant."""
_GREETING = re.compile(
    r"\bgood (?:morning|afternoon|evening)\b"
    r"|^(?:hi |hello )?(?:morning|afternoon|evening)(?= (?!is|works|please|at|would|or))"
)
_FIRST_THING = re.compile(r"\b(?:first|1st) thing\b|\bwhen you open\b|\bas early as (?:possible|you can)\b")
_PART = re.compile(r"\b(?:(mornings?)|afternoons?|evenings?|tonight|after (?:work|lunch|school)|late in the day)\b")


def part_of_day(text: str) -> str:
    """``first``, or the last part of the day that is named and not denied: ``morning``, ``afternoon``; else empty."""
    if _FIRST_THING.search(text):
        return "first"
    spans = list(_PART.finditer(text))
    which = chosen(text, [Span(*match.span()) for match in spans])
    return "" if which is None else "morning" if spans[which][1] else "afternoon"


def find_time(text: str, is_expected: bool, has_day: bool, is_alone: bool = False) -> tuple[TimeFound, str]:
    """The time in ``text`` (all its readings) and the text without it. Bare numbers count only when expected.

    ``is_alone``: what was asked is not known, and the last time said in any of the accepted ways counts.
    """
    text = _GREETING.sub(lambda m: "|" * len(m[0]), text)
    part = part_of_day(text)
    tables = [_SURE]
    if has_day:
        tables.append(_NEAR_A_DAY)
    if is_alone:
        tables.append(_STATED)
    if is_expected:
        tables.append(_EXPECTED)
    rest = text = re.sub(r"\bat (to|too|for|ate|won)\b", lambda m: f"at {_SLIPS[m[1]]}", text)
    spans: list[Span] = []
    found: list[tuple[int, ...]] = []
    for table in tables:
        for pattern, rule in table:
            for match in pattern.finditer(rest):
                start = match.start("h") if table is _STATED else match.start()  # what denies it may be in the match
                spans.append(Span(start, match.end()))
                found.append(rule(match))
            rest = masked(rest, spans)
        if found and not is_alone:
            break
    own = [n for n, span in enumerate(spans) if not is_of_denied(text, span)] or range(len(spans))
    which = chosen(text, [spans[n] for n in own])
    return TimeFound(() if which is None else found[own[which]], part), rest


_SLIPS = {"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1"}


def decide(found: TimeFound, window: tuple[int, int] | None, not_before: int = -1) -> tuple[int, ...]:
    """The reading that counts: by the part of the day, the office hours, then custom (8 to 11 morning, else
    afternoon). Two readings are returned when both are within hours. ``not_before`` is now, if it is today."""
    readings = found.minutes
    if len(readings) == 1 and window and readings[0] < _NIGHT_ENDS and _is_inside(readings[0] + NOON, window):
        # "3:30 p.m." is easily heard as "3:30 a.m.", when nobody is open: the read-back tells what was understood.
        return (readings[0] + NOON,)
    if len(readings) < 2:
        return readings
    if found.part in ("morning", "first"):
        return tuple(m for m in readings if _NIGHT_ENDS <= m < NOON) or readings[1:]
    if found.part == "afternoon":
        return tuple(m for m in readings if m >= NOON)
    inside = tuple(m for m in readings if window and _is_inside(m, window))
    if inside:
        return tuple(m for m in inside if m > not_before) or inside[:1]
    is_morning = 8 <= readings[0] // 60 <= 11
    return (readings[0] if is_morning else readings[1],)


def _is_inside(minutes: int, window: tuple[int, int]) -> bool:
    return window[0] <= minutes < window[1]
