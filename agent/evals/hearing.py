"""Dates and times found in a transcript of what the agent said.

Deliberately not the agent's own resolver: a caller that shared it would share its mistakes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from agent.evals.saying import MONTHS, ORDINAL_TENS, ORDINALS, TENS, UNITS, WEEKDAYS
from agent.evals.scenario import Part


@dataclass(frozen=True, slots=True)
class HeardTime:
    """A time of day; ``is_sure`` when morning or afternoon was said. ``place`` is its offset in the text."""

    hour: int
    minute: int
    is_sure: bool
    place: int

    def fits(self, wanted: time) -> bool:
        """Whether it can mean ``wanted``."""
        same_hour = self.hour == wanted.hour if self.is_sure else self.hour % 12 == wanted.hour % 12
        return same_hour and self.minute == wanted.minute

    def in_office_hours(self) -> time:
        """The reading a caller would take: 7 in the morning to 6 in the evening."""
        if self.is_sure or self.hour > 12:
            return time(self.hour, self.minute)
        hour = self.hour % 12
        return time(hour if hour >= 7 else hour + 12, self.minute)


@dataclass(frozen=True, slots=True)
class HeardDay:
    """A date: whatever of weekday (0 is Monday), day and month was said."""

    weekday: int | None
    day: int | None
    month: int | None
    place: int

    def fits(self, wanted: date) -> bool:
        """Whether nothing said speaks against ``wanted``."""
        return (
            self.weekday in (None, wanted.weekday())
            and self.day in (None, wanted.day)
            and self.month in (None, wanted.month)
        )

    def first_from(self, today: date) -> date | None:
        """The first date from ``today`` that fits, within a year."""
        days = (today + timedelta(days=ahead) for ahead in range(366))
        return next((day for day in days if self.fits(day)), None)


def days_in(text: str) -> list[HeardDay]:
    """Dates in the order they were said; a weekday directly before a date belongs to it."""
    found: list[HeardDay] = []
    weekday_end = 0
    for match in _DAY.finditer(_plain(text)):
        if match["weekday"]:
            found.append(HeardDay(_WEEKDAYS.index(match["weekday"]), None, None, match.start()))
            weekday_end = match.end()
            continue
        month, day = match["m1"] or match["m2"], int(match["d1"] or match["d2"] or match["d3"])
        heard = HeardDay(None, day, _MONTHS.index(month) + 1 if month else None, match.start())
        if found and found[-1].day is None and match.start() - weekday_end <= len(" the "):
            heard = replace(found.pop(), day=heard.day, month=heard.month)
        found.append(heard)
    return [heard for heard in found if heard.day is None or 1 <= heard.day <= 31]


def times_in(text: str) -> list[HeardTime]:
    """Times of day in the order they were said."""
    plain = _DAY.sub(lambda match: " " * len(match[0]), _plain(text))
    found: list[HeardTime] = []
    for pattern, read in _TIMES:
        for match in pattern.finditer(plain):
            hour, minute = read(match)
            if hour <= 23:
                found.append(_heard_time(hour, minute, match.groupdict().get("half"), match.start()))
        plain = pattern.sub(lambda match: " " * len(match[0]), plain)
    return sorted(found, key=lambda heard: heard.place)


def contradiction(text: str, wanted_day: date, wanted_time: time) -> Part:
    """In what the text differs: it names days, or else times, and none of them is the wanted one. Empty: in nothing."""
    days, times = days_in(text), times_in(text)
    if days and not any(day.fits(wanted_day) for day in days):
        return "day"
    return "time" if times and not any(at.fits(wanted_time) for at in times) else ""


def contradicts(text: str, wanted_day: date, wanted_time: time) -> bool:
    """Whether the text differs in anything."""
    return bool(contradiction(text, wanted_day, wanted_time))


def first_offer(text: str, wanted_day: date, wanted_time: time, today: date) -> tuple[date, time] | None:
    """The first slot offered in the text that is not the wanted one, None when there is none."""
    days, offered = days_in(text), _OFFERED.search(_plain(text))
    for heard in times_in(text):
        if offered and heard.place < offered.start():
            continue  # the one that is not free, perhaps misheard
        named = [day for day in days if day.place < heard.place] or days[:1]
        day = (named[-1].first_from(today) if named else None) or wanted_day
        if day != wanted_day or not heard.fits(wanted_time):
            return day, heard.in_office_hours()
    return None


_OFFERED = re.compile(r"\b(?:i|we) (?:have|could offer|can offer)\b")
_MONTHS = tuple(month.lower() for month in MONTHS)
_WEEKDAYS = tuple(day.lower() for day in WEEKDAYS)
_M, _W = "|".join(_MONTHS), "|".join(_WEEKDAYS)
_DAY = re.compile(
    rf"\b(?:(?P<weekday>{_W})\b"
    rf"|(?P<m1>{_M}) (?:the )?(?P<d1>\d{{1,2}})(?:th)?(?![:\d])"
    rf"|(?P<d2>\d{{1,2}})(?:th)? (?:of )?(?P<m2>{_M})\b"
    r"|(?P<d3>\d{1,2})th\b)"
)
_AM_PM = r"(?: ?(?P<half>am|pm)\b)?"
_TIMES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int]]], ...] = (
    (re.compile(rf"\bhalf past (\d{{1,2}})\b{_AM_PM}"), lambda m: (int(m[1]), 30)),
    (re.compile(rf"\bquarter past (\d{{1,2}})\b{_AM_PM}"), lambda m: (int(m[1]), 15)),
    (re.compile(rf"\bquarter to (\d{{1,2}})\b{_AM_PM}"), lambda m: ((int(m[1]) - 1) % 24, 45)),
    (re.compile(rf"\b(\d{{1,2}})[: ]([0-5]\d)(?!\d){_AM_PM}"), lambda m: (int(m[1]), int(m[2]))),
    (re.compile(rf"\b(?:at|have|or) (\d{{1,2}})([0-5]\d)(?!\d){_AM_PM}"), lambda m: (int(m[1]), int(m[2]))),
    (re.compile(r"\b(\d{1,2})([0-5]\d) ?(?P<half>am|pm)\b"), lambda m: (int(m[1]), int(m[2]))),
    (re.compile(rf"\b(\d{{1,2}}) oclock\b{_AM_PM}"), lambda m: (int(m[1]), 0)),
    (re.compile(r"\b(\d{1,2}) ?(?P<half>am|pm)\b"), lambda m: (int(m[1]), 0)),
    (re.compile(r"\bat (\d{1,2})\b"), lambda m: (int(m[1]), 0)),
    (re.compile(r"\b(?:noon|midday)\b"), lambda _: (12, 0)),
)


def _heard_time(hour: int, minute: int, half: str | None, place: int) -> HeardTime:
    if half == "pm" and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    return HeardTime(hour, minute, half is not None or hour > 12, place)


_REPLACE = (
    (re.compile(r"\b([ap])\.? ?m\b\.?"), r"\1m"),
    (re.compile(r"o[’' ]?clock"), "oclock"),
    (re.compile(r"\b(\d{1,2})\.(\d\d)\b"), r"\1:\2"),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), r"\1th"),
    (re.compile(r"[^a-z0-9:]+"), " "),
    (re.compile(r"(?<=\d) (?:at|a|an) m\b"), "am"),
    (re.compile(r"\blove in (?:am|the end)\b"), "11 am"),
    (re.compile(r"\b(?:first|second|third) (one|time|slot)\b"), r"\1"),
    (re.compile(r"\b(?:in the|this|tomorrow) morning\b"), "am"),
    (re.compile(r"\b(?:in the|this|tomorrow) (?:afternoon|evening)\b"), "pm"),
)
_CARDINAL = {word: number for number, word in enumerate(UNITS)} | {word: number for number, word in TENS.items()}
_ORDINAL = {word: number for number, word in enumerate(ORDINALS)} | {word: n for n, word in ORDINAL_TENS.items()}
_COMPOUND = re.compile(rf"\b({'|'.join(TENS.values())}) ({'|'.join(UNITS[1:10] + ORDINALS[1:10])})\b")
_NUMBER = re.compile(rf"\b({'|'.join(sorted(_CARDINAL | _ORDINAL, key=len, reverse=True))})\b")


def _plain(text: str) -> str:
    """Lower case, no punctuation, digits for number words, ``26th`` for every ordinal, am and pm for day parts."""
    plain = text.lower()
    for pattern, replacement in _REPLACE:
        plain = pattern.sub(replacement, plain)
    plain = _COMPOUND.sub(lambda m: _digits(_CARDINAL[m[1]], m[2]), plain)
    return _NUMBER.sub(lambda m: _digits(0, m[1]), plain).strip()


def _digits(tens: int, word: str) -> str:
    return f"{tens + _ORDINAL[word]}th" if word in _ORDINAL else str(tens + _CARDINAL[word])
